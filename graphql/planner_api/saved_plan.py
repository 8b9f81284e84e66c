"""The GraphQL type of kept plans, and the preview of plans that are not kept."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Annotated, Any

import strawberry

from planner_api import comparison, why
from planner_api.access.reduced import own_codes
from planner_api.connections import Info, connection
from planner_api.context import Context
from planner_api.family import Family, Field
from planner_api.ids import global_id
from planner_api.inputs import ProjectForm, TargetInput, sent
from planner_api.nodes import Node
from planner_api.plan_types import Plan, PlanResult, RoutePolicy
from planner_api.plans import plan_seen, project_row, seen_whole
from planner_api.preview import preview
from planner_api.store.records import PlanRecord


@strawberry.type(description="Paths of a plan's documents on this server. They ask for the same sign-in as this API.")
class PlanDocuments:
    html: str = strawberry.field(description="A page to read and print.")
    ics: str = strawberry.field(description="Its deadlines as a calendar file.")
    xlsx: str = strawberry.field(description="A workbook.")
    json: str = strawberry.field(description="The plan as the library writes it.")


def plan_type(family: Family) -> None:
    """Make the types of kept plans."""
    family.object(
        "SavedPlan",
        "A kept plan. It never changes: a plan made anew is another one, with the next number.",
        PlanRecord,
        {
            "id": Field(strawberry.ID, "Its id.", _id),
            "number": Field(int, "Counts the project's plans, from 1."),
            "current": Field(bool, "Whether it is the project's newest plan, whose deadlines are in the calendars.", _current),
            "as_of": Field(datetime.date, "The day whose law it was made for."),
            "start": Field(datetime.date, "The day the applicant begins."),
            "made_at": Field(datetime.datetime, "When it was made."),
            "made_by": Field(str | None, "Who had it made; null for who sees only its own approvals of the project.", _made_by),
            "revision": Field(int, "The project's revision it was made of."),
            "rulebook": Field(str, "Digest of the rulebook it was made with."),
            "project": Field("Project", "The project as it is now.", _project),
            "content": Field(
                Plan,
                "The plan itself. A department sees its own approvals in it, and of the rest what concerns the project as a whole.",
                plan_content,
            ),
            "documents": Field(
                PlanDocuments | None, "The plan as documents; null for who sees only its own approvals of the project.", _documents
            ),
            "why": Field(
                why.WhyResult,
                "Why the project needs an approval or does not, by the rulebook in use, on the plan's day.",
                _why,
            ),
            "questions": Field(
                why.QuestionsResult, "What to ask next of the project, by the rulebook in use, on the plan's day.", _questions
            ),
            "verification": Field(
                comparison.PlanVerification | None,
                "Whether the rulebook in use makes the same plan again; null for who sees only its own approvals of the project.",
                _verification,
            ),
        },
        (Node,),
    )
    connection(family, "SavedPlan", "A project's plans, newest first.")


def _id(root: Any) -> str:
    return global_id("SavedPlan", root.id)


def _current(root: Any, info: Info) -> bool:
    project = project_row(info.context, root.project)
    return project is not None and project.plan == root.id


def _made_by(root: Any, info: Info) -> str | None:
    maker: str = root.made_by
    return maker if seen_whole(info.context, root.project) else None


def _project(root: Any, info: Info) -> Any:
    return project_row(info.context, root.project)


def plan_content(root: Any, info: Info) -> Any:
    return plan_seen(info.context, root)


def _documents(root: Any, info: Info) -> PlanDocuments | None:
    if not seen_whole(info.context, root.project):
        return None
    path = f"/plans/{root.id}"
    return PlanDocuments(html=f"{path}.html", ics=f"{path}.ics", xlsx=f"{path}.xlsx", json=f"{path}.json")


def _only(context: Context, record: PlanRecord) -> Collection[str] | None:
    """Codes of the approvals that may be asked about; None for all."""
    if seen_whole(context, record.project):
        return None
    return own_codes(context.service.shelf.plan(record), context.viewer.scope.departments)


def _why(root: Any, info: Info, approval: why.APPROVAL_ARGUMENT) -> Any:
    context = info.context
    return why.why_of_plan(context.in_use, context.service.shelf.plan(root), approval, _only(context, root))


def _questions(root: Any, info: Info) -> Any:
    context = info.context
    return why.questions_of_plan(context.in_use, context.service.shelf.plan(root), _only(context, root))


def _verification(root: Any, info: Info) -> Any:
    if not seen_whole(info.context, root.project):
        return None
    return comparison.verification_of(info.context.in_use, root)


def query_fields(form: ProjectForm) -> dict[str, Any]:
    """`planPreview` of the query type."""

    def plan_preview(
        info: Info,
        project: Any,
        as_of: Annotated[
            datetime.date | None, strawberry.argument(description="The day whose law applies. Default: today, in China's time.")
        ] = strawberry.UNSET,
        start: Annotated[
            datetime.date | None, strawberry.argument(description="The day the applicant begins. Default: `asOf`.")
        ] = strawberry.UNSET,
        target: Annotated[
            TargetInput | None, strawberry.argument(description="A milestone to reach by a date.")
        ] = strawberry.UNSET,
        routes: Annotated[
            RoutePolicy | None,
            strawberry.argument(
                description="Which of the open routes to take. Default: STANDARD, none that is the applicant's choice."
            ),
        ] = strawberry.UNSET,
    ) -> Any:
        policy = routes.value if routes else "standard"
        return preview(info.context.in_use, project, as_of or info.context.today, sent(start), sent(target), policy)

    # The type of `project` is made from the rulebook, so no annotation can be written for it.
    plan_preview.__annotations__["project"] = Annotated[form.project, strawberry.argument(description="The project's facts.")]
    return {
        "plan_preview": strawberry.field(
            resolver=plan_preview,
            graphql_type=PlanResult,
            description="Plans a project. Nothing is stored: equal questions get equal answers as long as the rulebook stays the same.",
        )
    }
