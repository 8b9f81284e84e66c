"""Random documents made from the schema by schemathesis: whatever is asked, the server does not break."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from planner_api.settings import Limits

EXAMPLES = 4
"""Of each field of `Query` and `Mutation`."""


@pytest.fixture(scope="module")
def asked(another: Any, serve_at: Any) -> Any:
    """The address of a server whose limits let larger documents run too."""
    from planner_api.app import create_app

    wide = Limits(depth=30, aliases=1_000, root_fields=1_000, repeats=1_000, tokens=20_000, directives=1_000, cost=10**9)
    with serve_at(create_app(another(limits=wide))) as address:
        yield f"http://{address}/graphql"


def test_no_server_error(asked: str) -> None:
    schema = schemathesis.graphql.from_url(asked)
    seen: dict[int, int] = {}
    executed: list[str] = []
    for operation in schema.get_all_operations():
        strategy = operation.ok().as_strategy()

        @seed(20261124)
        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(case=strategy)
        def once(case: Any) -> None:
            answer = case.call(timeout=60)
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            assert answer.status_code < 500, (case.body, answer.text)
            found = json.loads(answer.text)
            codes = {error["extensions"]["code"] for error in found.get("errors", [])}
            assert "INTERNAL_SERVER_ERROR" not in codes, (case.body, answer.text)
            if "data" in found:
                executed.append(case.body)

        once()
    assert sum(seen.values()) > 50
    assert len(executed) > 20  # not everything may be refused before it runs
