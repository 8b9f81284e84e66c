"""The schema: what can be asked. `python -m planner_api.schema` writes it to `graphql/schema.graphql`."""

from __future__ import annotations

import datetime
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

from graphql import GraphQLError, lexicographic_sort_schema, print_schema
from graphql import build_schema as parse_schema
from planner import DiagnosticError, Planner
from planner.plan import MilestoneName, Plan
from planner.project import CONSTRUCTION
from planner_api.inputs import ProjectForm, TargetInput, project_form
from planner_api.limits import MAX_TOKENS, OperationLimits
from planner_api.plan_types import InvalidProject, PlanResult, Problem, RoutePolicy
from planner_api.rulebook import Rulebook, rulebook_view
from planner_api.scalars import SCALARS

INTERNAL = "服务器内部错误，已记入服务器日志"
FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)
"""Days a plan may be asked for. Working days far beyond the published calendars cost seconds to count and mean nothing."""

_STANDARD = RoutePolicy("standard")

log = logging.getLogger("planner_api")


def is_internal(error: GraphQLError) -> bool:
    """Whether an error is ours (a defect, to be logged and masked) and not the asker's."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


class PlannerSchema(strawberry.Schema):
    """A schema that works in a thread, so that a long answer holds up nobody else's; it logs defects and shows none of them.

    Masking stands here and not in strawberry's `MaskErrors`: that sees what resolvers raise, but what breaks around them (a parser
    out of stack, an extension) passes it by.
    """

    async def execute(self, *args: Any, **options: Any) -> ExecutionResult:
        return await run_in_threadpool(self.execute_sync, *args, **options)

    def execute_sync(self, *args: Any, **options: Any) -> ExecutionResult:
        result = super().execute_sync(*args, **options)
        if result.errors:
            result.errors = [GraphQLError(INTERNAL, e.nodes, path=e.path) if is_internal(e) else e for e in result.errors]
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002
        for error in errors:
            if is_internal(error):
                log.error("%s at %s", type(error.original_error).__name__, error.path, exc_info=error.original_error)


def build_schema(planner: Planner, today: Callable[[], datetime.date]) -> PlannerSchema:
    """The schema for one planner. `today` gives the day a plan is made for when the asker names none.

    Raises `DiagnosticError` when two codes of its rulebook would get one GraphQL name.
    """
    form = project_form(planner)
    view = rulebook_view(planner, form.fields, {CONSTRUCTION: "施工", **planner.steps})

    def plan_preview(
        project: Any,
        as_of: datetime.date | None = strawberry.UNSET,
        start: datetime.date | None = strawberry.UNSET,
        target: TargetInput | None = strawberry.UNSET,
        routes: Any = strawberry.UNSET,
    ) -> Any:
        return _plan(planner, form, project, as_of or today(), start or None, target or None, (routes or _STANDARD).value)

    # The type of `project` is made from the rulebook, so no annotation can be written for it.
    plan_preview.__annotations__["project"] = _argument(form.project, "The project's facts.")
    plan_preview.__annotations__["as_of"] = _argument(
        datetime.date | None, "The day whose law applies. Default: today, in China's time."
    )
    plan_preview.__annotations__["start"] = _argument(datetime.date | None, "The day the applicant begins. Default: `asOf`.")
    plan_preview.__annotations__["target"] = _argument(TargetInput | None, "A milestone to reach by a date.")

    plan_preview.__annotations__["routes"] = _argument(
        RoutePolicy | None, "Which of the open routes to take. Default: STANDARD, none that is the applicant's choice."
    )

    def rulebook() -> Rulebook:
        return view

    namespace = {
        "plan_preview": strawberry.field(
            resolver=plan_preview,
            graphql_type=PlanResult,
            description="Plans a project. Nothing is stored: equal questions get equal answers as long as the rulebook stays the same.",
        ),
        "rulebook": strawberry.field(resolver=rulebook, description="The rulebook in use: what forms and lists are made from."),
    }
    query = strawberry.type(type("Query", (), namespace), description="What can be asked.")
    return PlannerSchema(
        query=query,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: AddValidationRules([OperationLimits]),
        ],
    )


def _argument(type_: Any, description: str) -> Any:
    return Annotated[type_, strawberry.argument(description=description)]


def _plan(
    planner: Planner,
    form: ProjectForm,
    project: Any,
    as_of: datetime.date,
    start: datetime.date | None,
    target: TargetInput | None,
    routes: str,
) -> Plan | InvalidProject:
    """The plan, or every problem of the project and the dates together."""
    described, problems = form.read(project)
    days = ((as_of, ["asOf"]), (start, ["start"]), (target.date if target else None, ["target", "date"]))
    problems += [problem for day, path in days if day is not None for problem in _out_of_range(day, path)]
    try:
        facts = planner.read(described)
    except DiagnosticError as error:
        problems += [form.problem(d, project) for d in error.diagnostics]
        return InvalidProject(problems=problems)
    if problems:
        return InvalidProject(problems=problems)
    wish: tuple[MilestoneName, datetime.date] | None = (target.milestone.value, target.date) if target else None
    return planner.plan(facts, as_of=as_of, start=start, target=wish, routes=routes)


def _out_of_range(day: datetime.date, path: list[str]) -> list[Problem]:
    if FIRST_DAY <= day <= LAST_DAY:
        return []
    text = f"日期 {day} 超出可以计划的范围（{FIRST_DAY} 至 {LAST_DAY}）"
    return [Problem(code="S105", message=text, help="核对年份", path=path)]


def sorted_text(schema: PlannerSchema) -> str:
    """A schema as text, sorted. The running schema stays unsorted: sorting makes copies of strawberry's types that no longer work."""
    return print_schema(lexicographic_sort_schema(parse_schema(schema.as_str()))) + "\n"


def schema_text() -> str:
    """The packaged rulebook's schema in GraphQL's own language, sorted."""
    return sorted_text(build_schema(Planner.from_files(), datetime.date.today))


SCHEMA_FILE = Path(__file__).resolve().parent.parent / "schema.graphql"


def main() -> int:
    """Write the checkout's schema file, or print it where there is no checkout.

    Needed whenever the vocabulary's facts or a plan's fields change.
    """
    try:
        text = schema_text()
    except DiagnosticError as error:
        print(error, file=sys.stderr)
        return 2
    if not SCHEMA_FILE.is_file():
        print(text, end="")
        return 0
    SCHEMA_FILE.write_text(text, encoding="utf-8")
    print(f"已写入 {SCHEMA_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
