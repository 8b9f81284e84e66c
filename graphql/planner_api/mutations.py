"""Changes: save a project, put it away, make a plan. What the user has to mend comes back as data, all of it at once."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from planner import DiagnosticError
from planner.project import ProjectFacts
from planner_api.drafts import draft_of, project_of
from planner_api.family import Family, Field
from planner_api.ids import local_id
from planner_api.inputs import TargetInput, sent
from planner_api.plan_types import InvalidProject, NotFound, Problem, RoutePolicy, problem_at
from planner_api.preview import below, days_of, out_of_range, planned, read_project
from planner_api.refusals import bad_input
from planner_api.store.records import Missing, PlanRecord, ProjectDraft, ProjectRecord, Stale

if TYPE_CHECKING:
    from planner_api.connections import Info
    from planner_api.context import Context
    from planner_api.inputs import ProjectForm

_MOST_KEY = 100
_MOST = {"name": 500, "content": 20_000, "district": 200, "progress": 2_000}
"""Characters in a project's own texts."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A project as it is kept now."""

    project: ProjectRecord


@dataclass(frozen=True, slots=True)
class Made:
    """A plan that is the project's current one now."""

    plan: PlanRecord
    created: bool


def result_types(family: Family) -> None:
    """Make what mutations answer."""
    family.object("ProjectSaved", "It is kept.", Saved, {"project": Field("Project", "The project as it is now.")})
    family.object(
        "PlanMade",
        "The plan is kept and is the project's current one.",
        Made,
        {
            "plan": Field("SavedPlan", "The project's current plan."),
            "created": Field(bool, "False when the current plan said the same already, byte for byte: nothing was added."),
        },
    )
    family.object(
        "StaleRevision",
        "Somebody changed the project in the meantime; nothing was changed now.",
        Stale,
        {
            "message": Field(str, "What to do, in Chinese.", _stale_message),
            "current": Field("Project", "The project as it is."),
        },
    )
    saved, made, stale = family["ProjectSaved"], family["PlanMade"], family["StaleRevision"]
    what = "What came of it, or what must be put right first."
    family.union("SaveProjectResult", what, (saved, InvalidProject, stale, NotFound))
    family.union("SetProjectArchivedResult", what, (saved, stale, NotFound))
    family.union("MakePlanResult", what, (made, InvalidProject, stale, NotFound))


def _stale_message(root: Any) -> str:
    return f"项目已被别人改过（现在是第 {root.current.revision} 版），没有保存；请在新的内容上重新修改"


def mutation_fields(form: ProjectForm) -> dict[str, Any]:
    """`saveProject`, `setProjectArchived` and `makePlan` of the mutation type."""

    class SaveProjectInput:
        id: strawberry.ID | None = strawberry.field(
            description="The project to change; null for a new one.", default=strawberry.UNSET
        )
        expected_revision: int | None = strawberry.field(
            description="The revision that was seen; needed with `id`, and only with it.", default=strawberry.UNSET
        )
        request_key: str | None = strawberry.field(
            description="For a new project: a text of the client's own making. Sent again with the same key, after an answer that got "
            f"lost, it gives the project made the first time. At most {_MOST_KEY} characters.",
            default=strawberry.UNSET,
        )
        project: Any = strawberry.field(description="The whole project as it is to be: a fact left out becomes unknown.")

    SaveProjectInput.__annotations__ = {
        "id": strawberry.ID | None,
        "expected_revision": int | None,
        "request_key": str | None,
        "project": form.project,
    }
    save_input = strawberry.input(SaveProjectInput, description="A project to keep.")

    @strawberry.input(description="A project to take out of lists and calendars, or to bring back.")
    class SetProjectArchivedInput:
        id: strawberry.ID = strawberry.field(description="The project.")
        expected_revision: int = strawberry.field(description="The revision that was seen.")
        archived: bool = strawberry.field(description="True: take it out. False: bring it back.")

    class MakePlanInput:
        project_id: Any = strawberry.field(description="The project.")
        expected_revision: Any = strawberry.field(
            description="The revision that was seen; null: whichever is current.", default=strawberry.UNSET
        )
        as_of: Any = strawberry.field(
            description="The day whose law applies. Default: today, in China's time.", default=strawberry.UNSET
        )
        start: Any = strawberry.field(description="The day the applicant begins. Default: `asOf`.", default=strawberry.UNSET)
        target: Any = strawberry.field(description="A milestone to reach by a date.", default=strawberry.UNSET)
        routes: Any = strawberry.field(
            description="Which of the open routes to take. Default: STANDARD, none that is the applicant's choice.",
            default=strawberry.UNSET,
        )

    MakePlanInput.__annotations__ = {
        "project_id": strawberry.ID,
        "expected_revision": int | None,
        "as_of": datetime.date | None,
        "start": datetime.date | None,
        "target": TargetInput | None,
        "routes": RoutePolicy | None,
    }
    make_input = strawberry.input(MakePlanInput, description="A plan to make of a kept project.")

    def save_project(info: Info, input: Any) -> Any:
        return _save(info.context, input)

    def set_project_archived(info: Info, input: Any) -> Any:
        context = info.context
        context.rows.forget()
        found = context.service.store.archive_project(
            context.viewer.scope, local_id("Project", input.id), input.expected_revision, input.archived
        )
        return _kept(context, found, input.id)

    def make_plan(info: Info, input: Any) -> Any:
        return _make(form, info.context, input)

    for resolver, type_ in ((save_project, save_input), (set_project_archived, SetProjectArchivedInput), (make_plan, make_input)):
        resolver.__annotations__["input"] = Annotated[type_, strawberry.argument(description="What to do.")]
        resolver.__annotations__["info"] = strawberry.Info
    return {
        "save_project": strawberry.field(
            resolver=save_project,
            graphql_type=form.kept["SaveProjectResult"],
            description="Keeps a project: a new one, or the whole of a changed one. Facts may be missing; what is there must be right.",
        ),
        "set_project_archived": strawberry.field(
            resolver=set_project_archived,
            graphql_type=form.kept["SetProjectArchivedResult"],
            description="Takes a project out of lists and calendars, or brings it back. Nothing is removed.",
        ),
        "make_plan": strawberry.field(
            resolver=make_plan,
            graphql_type=form.kept["MakePlanResult"],
            description="Plans a kept project and keeps the plan as its current one; the earlier ones stay.",
        ),
    }


def _save(context: Context, input: Any) -> Any:
    own_id, revision, key = sent(input.id), sent(input.expected_revision), sent(input.request_key)
    if (own_id is None) != (revision is None):
        raise bad_input("改已有的项目要同时写 id 和 expectedRevision；新项目两个都不写")
    if key is not None and (own_id is not None or not 0 < len(key) <= _MOST_KEY or not _keepable(key)):
        raise bad_input(f"requestKey 只用于新项目，1 到 {_MOST_KEY} 个字符")
    facts = read_project(context.in_use, input.project)
    problems = _unkeepable(input.project)
    if isinstance(facts, InvalidProject) or problems:
        found = facts.problems if isinstance(facts, InvalidProject) else []
        return below(["input"], InvalidProject(problems=[*found, *problems]))
    draft = draft_of(context.in_use.planner, facts, context.today)
    store, viewer = context.service.store, context.viewer
    context.rows.forget()
    if own_id is not None and revision is not None:
        return _kept(context, store.edit_project(viewer.scope, local_id("Project", own_id), revision, draft), own_id)
    if not viewer.scope.whole(viewer.subject, draft.team):
        # A working group that kept it would not see it again.
        message = "项目类别不归本专班管" if draft.project_class else "没有写项目类别，不知道归哪个专班管"
        path = ["input", "project", context.in_use.form.fields.get("class", "class")]
        return InvalidProject(problems=[Problem(code="V204", message=message, help="写明本专班的项目类别", path=path)])
    made = store.create_project(viewer.subject, draft, key)
    if not viewer.scope.whole(made.owner, made.draft.team):
        return _no_project("")  # made by this key before, and another working group's by now
    return _kept(context, made, "")


def _unkeepable(project: Any) -> list[Problem]:
    """A problem for each text that a database cannot hold, or that nobody would write."""
    found: list[Problem] = []
    for name, most in _MOST.items():
        text = sent(getattr(project, name)) or ""
        if not _keepable(text):
            found.append(Problem(code="S103", message="含有不能保存的字符", help="删去重写", path=["project", name]))
        elif len(text) > most:
            found.append(
                Problem(code="S103", message=f"写了 {len(text)} 字，最多 {most} 字", help="写短些", path=["project", name])
            )
    return found


def _keepable(text: str) -> bool:
    """No NUL, and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _kept(context: Context, found: ProjectRecord | Stale | Missing, id: str) -> Saved | Stale | NotFound:
    if isinstance(found, Missing):
        return _no_project(id)
    context.rows.hold(found.current if isinstance(found, Stale) else found)
    return found if isinstance(found, Stale) else Saved(found)


def _no_project(id: str) -> NotFound:
    return NotFound(id=strawberry.ID(id), message="没有这个项目，或者没有权限改它")


def _make(form: ProjectForm, context: Context, input: Any) -> Any:
    store, scope = context.service.store, context.viewer.scope
    context.rows.forget()
    project = store.project(scope, local_id("Project", input.project_id))
    if project is None or not scope.whole(project.owner, project.draft.team):
        return _no_project(input.project_id)
    expected, start, target = sent(input.expected_revision), sent(input.start), sent(input.target)
    if expected is not None and expected != project.revision:
        context.rows.hold(project)
        return Stale(project)
    as_of = input.as_of or context.today
    problems = below(["input"], InvalidProject(problems=out_of_range(days_of(as_of, start, target)))).problems
    facts = _facts(form, context, project.draft, problems)
    if facts is None or problems:
        return InvalidProject(problems=problems)
    plan = planned(context.in_use, facts, as_of, start, target, input.routes.value if input.routes else "standard")
    if isinstance(plan, InvalidProject):
        return below(["input"], plan)
    found = store.add_plan(scope, project.id, project.revision, plan, context.viewer.subject)
    if isinstance(found, Missing):
        return _no_project(input.project_id)
    if isinstance(found, Stale):
        context.rows.hold(found.current)
        return found
    record, created = found
    context.rows.hold(record)
    return Made(record, created)


def _facts(form: ProjectForm, context: Context, draft: ProjectDraft, problems: list[Problem]) -> ProjectFacts | None:
    """A kept project's facts by the rulebook in use; what does not fit it any more is added to `problems`."""
    try:
        return context.in_use.planner.read(project_of(draft))
    except DiagnosticError as error:
        problems += [problem_at(["project", *_place(form, draft, d.field)], d) for d in error.diagnostics]
        return None


def _place(form: ProjectForm, draft: ProjectDraft, field: str) -> list[str]:
    """Where a kept fact or duration stands in a form filled with `Project.facts`."""
    outer, _, inner = field.partition(".")
    if outer != "durations":
        return [form.fields.get(outer, outer)] if outer else []
    steps = list(draft.durations)
    return ["durations", *([str(steps.index(inner))] if inner in steps else [])]
