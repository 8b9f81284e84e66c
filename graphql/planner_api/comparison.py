"""Two plans side by side, kept or made for the occasion; and a kept plan made again."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

import strawberry

from planner import verify
from planner.compare import comparison
from planner.compare.plans import compare
from planner.plan import Plan
from planner_api.context import Context
from planner_api.inputs import ProjectForm, TargetInput
from planner_api.plan_types import InvalidProject, NotFound, RoutePolicy, object_type
from planner_api.plans import kept_plan
from planner_api.preview import below, preview

if TYPE_CHECKING:
    from planner import Planner
    from planner_api.live import InUse
    from planner_api.store.records import PlanRecord

PlanComparison = object_type(comparison.PlanComparison)
PlanVerification = object_type(verify.Verification)

ComparisonResult = Annotated[
    Union[PlanComparison, InvalidProject, NotFound],  # type: ignore[valid-type]  # noqa: UP007
    strawberry.union("ComparisonResult", description="What differs between two plans, or why they cannot be compared."),
]


def query_fields(form: ProjectForm) -> dict[str, Any]:
    """`comparison` of the query type, for the form made from one rulebook."""
    source = _plan_source(form)

    def compared(info: strawberry.Info[Context, None], before: Any, after: Any) -> Any:
        plans: list[Plan] = []
        problems = InvalidProject(problems=[])
        for side, given in (("before", before), ("after", after)):
            found = _plan(info.context, given)
            if isinstance(found, NotFound):
                return found
            if isinstance(found, InvalidProject):
                problems.problems += below([side, "preview"], found).problems
            else:
                plans.append(found)
        if problems.problems:
            return problems
        planner = info.context.in_use.planner
        return compare(plans[0], plans[1], planner.calendar, _names(planner))

    compared.__annotations__ |= {
        "before": Annotated[source, strawberry.argument(description="One plan.")],
        "after": Annotated[source, strawberry.argument(description="The plan it is compared with.")],
    }
    return {
        "comparison": strawberry.field(
            resolver=compared,
            graphql_type=ComparisonResult,
            description="Two plans side by side: everything that differs, and for every date that moved the one difference that moved it.",
        )
    }


def verification_of(in_use: InUse, record: PlanRecord) -> verify.Verification:
    """What comes of making a kept plan again with the rulebook in use; a `PlanVerification`."""
    return verify.verify(record.document, in_use.planner)


def _plan_source(form: ProjectForm) -> Any:
    """The input types that name a plan; made anew for each rulebook, as the project's input type is."""
    asked = _input(
        "PlanPreviewInput",
        "A plan to make for the occasion, as `planPreview` makes it. Nothing is stored.",
        {
            "project": (form.project, "The project's facts."),
            "as_of": (datetime.date | None, "The day whose law applies. Default: today, in China's time."),
            "start": (datetime.date | None, "The day the applicant begins. Default: `asOf`."),
            "target": (TargetInput | None, "A milestone to reach by a date."),
            "routes": (
                RoutePolicy | None,
                "Which of the open routes to take. Default: STANDARD, none that is the applicant's choice.",
            ),
        },
    )
    return _input(
        "PlanSource",
        "Where a plan comes from: exactly one of these.",
        {
            "plan": (strawberry.ID | None, "A kept plan, by its id."),
            "preview": (asked | None, "A plan to make for the occasion."),
        },
        one_of=True,
    )


def _input(name: str, description: str, members: Mapping[str, tuple[Any, str]], *, one_of: bool = False) -> Any:
    namespace: dict[str, Any] = {"__module__": __name__, "__annotations__": {field: type_ for field, (type_, _) in members.items()}}
    for field, (type_, text) in members.items():
        optional = type(None) in getattr(type_, "__args__", ())
        namespace[field] = (
            strawberry.field(description=text, default=strawberry.UNSET) if optional else strawberry.field(description=text)
        )
    return strawberry.input(type(name, (), namespace), description=description, one_of=one_of)


def _plan(context: Context, source: Any) -> Plan | InvalidProject | NotFound:
    if source.plan is not strawberry.UNSET and source.plan is not None:
        kept = kept_plan(context, source.plan)
        return kept or NotFound(id=strawberry.ID(source.plan), message="没有这份计划，或者没有权限看它")
    asked = source.preview
    routes = asked.routes.value if asked.routes else "standard"
    return preview(context.in_use, asked.project, asked.as_of or context.today, asked.start or None, asked.target or None, routes)


def _names(planner: Planner) -> Mapping[str, str]:
    return {**planner.steps, **{code: fact.name for code, fact in planner.rulebook.vocabulary.facts.items()}}
