"""The schema: what can be asked. `python -m planner_api.schema` writes it to `graphql/schema.graphql`.

All fields of `Query`, `Mutation` and `Subscription` come together here. A module that has some gives them by name, as fields made for one
rulebook's form:

    def query_fields(form: ProjectForm) -> dict[str, Any]           # also mutation_fields, subscription_fields

Types made with the form are had from it: `form.kept["Project"]`, `["SavedPlan"]`, `["Deadline"]` (classes, to be written into the
annotations of types made in such a function, or given as `graphql_type`). Their values are the store's records themselves: a resolver answers
a `ProjectRecord` for a Project, a `PlanRecord` for a SavedPlan, a `DeadlineRecord` for a Deadline.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graphql import build_schema as parse_schema
from graphql import lexicographic_sort_schema, print_schema
from planner import DiagnosticError, Planner
from planner.project import CONSTRUCTION
from planner_api import comparison, deadlines, feeds, mutations, projects, rulebook, saved_plan, subscriptions, version_types, why
from planner_api.access import viewer_type
from planner_api.execution import PlannerSchema
from planner_api.inputs import ProjectForm, project_form
from planner_api.scalars import SCALARS

Fields = Callable[[ProjectForm], dict[str, Any]]

QUERIES: tuple[Fields, ...] = (
    viewer_type.query_fields,
    projects.query_fields,
    deadlines.query_fields,
    saved_plan.query_fields,
    comparison.query_fields,
    why.query_fields,
    version_types.query_fields,
    feeds.query_fields,
)
MUTATIONS: tuple[Fields, ...] = (mutations.mutation_fields, version_types.mutation_fields, feeds.mutation_fields)
SUBSCRIPTIONS: tuple[Fields, ...] = (subscriptions.subscription_fields,)


def build_schema(planner: Planner, form: ProjectForm) -> PlannerSchema:
    """The schema for one planner and the form made from its rulebook."""
    view = rulebook.rulebook_view(planner, form.fields, {CONSTRUCTION: "施工", **planner.steps})

    def rulebook_in_use() -> rulebook.Rulebook:
        return view

    book = strawberry.field(resolver=rulebook_in_use, description="The rulebook in use: what forms and lists are made from.")
    return PlannerSchema(
        query=_root("Query", "What can be asked.", form, QUERIES, {"rulebook": book}),
        mutation=_root("Mutation", "What can be changed.", form, MUTATIONS),
        subscription=_root("Subscription", "News of changes.", form, SUBSCRIPTIONS),
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def _root(name: str, description: str, form: ProjectForm, parts: Iterable[Fields], own: dict[str, Any] | None = None) -> Any:
    fields = dict(own or {})
    for part in parts:
        fields |= part(form)
    return strawberry.type(type(name, (), fields), description=description)


def sorted_text(schema: PlannerSchema) -> str:
    """A schema as text, sorted. The running schema stays unsorted: sorting makes copies of strawberry's types that no longer work."""
    return print_schema(lexicographic_sort_schema(parse_schema(schema.as_str()))) + "\n"


def edit_form(form: ProjectForm) -> str:
    """The operation of the screen that edits a kept project: every fact there is, so that the form can be sent back whole."""
    plain = "\n".join(f"      {name}" for name in sorted(form.fields.values()))
    return f"""\
# The screen that edits a kept project: the form is filled with `facts` and sent back whole by SaveProject, with the `revision` it saw.
# Made by `python -m planner_api.schema`, as the vocabulary's facts stand in it.
query EditProject($id: ID!) {{
  project(id: $id) {{
    id
    revision
    name
    content
    district
    progress
    facts {{
      notApplicable
      durations {{
        step
        days
        unit
      }}
      unreadable {{
        code
        value
        message
        help
      }}
{plain}
    }}
  }}
}}
"""


SCHEMA_FILE = Path(__file__).resolve().parent.parent / "schema.graphql"


def main() -> int:
    """Write the checkout's schema file and the operation that names every fact, or print the schema where there is no checkout.

    Needed whenever the vocabulary's facts or a plan's fields change.
    """
    try:
        planner = Planner.from_files()
        form = project_form(planner)
        text = sorted_text(build_schema(planner, form))
    except DiagnosticError as error:
        print(error, file=sys.stderr)
        return 2
    if not SCHEMA_FILE.is_file():
        print(text, end="")
        return 0
    SCHEMA_FILE.write_text(text, encoding="utf-8")
    operations = SCHEMA_FILE.parent / "operations"
    if operations.is_dir():
        (operations / "edit_project.graphql").write_text(edit_form(form), encoding="utf-8")
    print(f"已写入 {SCHEMA_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
