"""Stock strawberry: its own ASGI door and the same types over the same frozen plan; no extensions, nothing kept between requests.

python benchmarks/peers/stock.py PLAN_JSON PLAN_ID PORT
python benchmarks/peers/stock.py --schema
"""

from __future__ import annotations

import sys
from pathlib import Path

import strawberry
from serving import serve
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from planner.plan import Plan
from planner_api import plan_types
from planner_api.scalars import SCALARS


@strawberry.type
class SavedPlan:
    id: strawberry.ID
    content: plan_types.Plan


def schema(kept: SavedPlan | None) -> strawberry.Schema:
    """The part of the server's schema that the measured query asks."""

    def plan(id: strawberry.ID) -> SavedPlan | None:
        return kept if kept is not None and kept.id == id else None

    query = strawberry.type(type("Query", (), {"plan": strawberry.field(resolver=plan)}))
    return strawberry.Schema(query=query, config=StrawberryConfig(scalar_map=SCALARS))


def main() -> None:
    if sys.argv[1:] == ["--schema"]:
        print(schema(None).as_str())
        return
    file, identity, port = sys.argv[1:]
    content = Plan.model_validate_json(Path(file).read_bytes())
    serve(GraphQL(schema(SavedPlan(id=strawberry.ID(identity), content=content)), graphql_ide=None), int(port))


if __name__ == "__main__":
    main()
