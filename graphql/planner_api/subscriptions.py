"""Subscriptions: a plan or project that changed, and deadlines that come due.

A source begins to listen before its stream does, so nothing that happens after a stream has begun is missed. What a viewer may see is judged
anew for each event: by the change's own owner, working group and departments, then by the rows that are read for it.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry
from anyio import to_thread

from graphql import GraphQLError
from planner.days import WorkingDays
from planner_api.access.viewer import Scope
from planner_api.changes.hub import FellBehind, Listener, NoNews
from planner_api.connections import Info
from planner_api.deadlines import FilterArgument, deadline_filter, expect
from planner_api.enums import Value, enum_type
from planner_api.family import Family, Field
from planner_api.http.errors import Code
from planner_api.ids import local_id
from planner_api.names import enum_value
from planner_api.plans import plan_row, project_row
from planner_api.refusals import bad_input
from planner_api.store.records import Change, ChangeKind, DeadlineFilter, DeadlineOrder, DeadlineRecord, PageRequest

if TYPE_CHECKING:
    from planner_api.context import Context
    from planner_api.inputs import ProjectForm

FARTHEST = 60
"""The widest window of working days."""
MOST_TOLD = 10_000
"""Deadlines that one stream keeps in mind as told. A wider question is for a query, page by page."""
_MOST_PROJECTS = 200

_KINDS = {
    ChangeKind.PROJECT_SAVED: "The project was saved, for the first time or again.",
    ChangeKind.PROJECT_ARCHIVED: "The project was taken out of lists and calendars, or brought back.",
    ChangeKind.PLAN_MADE: "A plan was made and is the current one.",
}
ChangeKindChoice = enum_type(
    "PlanChangeKind", "What happened.", [Value(enum_value(kind.value), kind.value, text) for kind, text in _KINDS.items()]
)


@dataclass(frozen=True, slots=True)
class DeadlinesDue:
    """Deadlines that have come within the window on a day. `more`: the rest follows in the next message, at once."""

    as_of: datetime.date
    deadlines: Sequence[DeadlineRecord]
    more: bool


ProjectArgument = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only changes of this project; null: of every project that may be seen.")
]
WithinArgument = Annotated[
    int,
    strawberry.argument(
        description=f"How many working days ahead, by the planner's calendar: 0 is today, or on a day off the next working day. At most {FARTHEST}."
    ),
]


def subscription_fields(form: ProjectForm) -> dict[str, Any]:
    """`planChanged` and `deadlinesComingDue` of the subscription type."""
    family = Family(**{name: form.kept[name] for name in ("Project", "SavedPlan", "Deadline")})
    plan_change = family.object(
        "PlanChange",
        "A project that was saved or archived, or a plan that was made.",
        Change,
        {
            "sequence": Field(int, "Its place among all changes: it only grows. After a gap in one's stream, ask a query again."),
            "kind": Field(ChangeKindChoice, "What happened.", lambda root: ChangeKindChoice(root.kind.value)),
            "at": Field(datetime.datetime, "When."),
            "project": Field("Project | None", "The project as it is now; null when it may not be seen any more.", _project),
            "plan": Field("SavedPlan | None", "The plan that was made; null for other changes.", _plan),
        },
    )
    due = family.object(
        "DeadlinesDue",
        "Deadlines that have newly come within the window.",
        DeadlinesDue,
        {
            "as_of": Field(datetime.date, "The day, in China's time, that the window begins with."),
            "deadlines": Field("list[Deadline]", "Nearest first."),
            "more": Field(bool, "Whether the rest follows in the next message, at once."),
        },
    )
    return {
        "plan_changed": strawberry.subscription(
            resolver=plan_changed,
            graphql_type=plan_change,
            description="Each change of a project or its plan from now on, once, in order, whichever server made it. A client that takes them too "
            "slowly gets an error with the code SLOW_CONSUMER and the end of the stream: it asks its queries again and subscribes anew.",
        ),
        "deadlines_coming_due": strawberry.subscription(
            resolver=deadlines_coming_due,
            graphql_type=due,
            description="Deadlines from today on to some working days ahead: at once those there are, then, when a day begins or a plan is made, "
            "those that are new. Each is told once for the day it falls on. One that a new plan has no longer is not told of: `planChanged` is.",
        ),
    }


def _project(root: Any, info: Info) -> Any:
    return project_row(info.context, root.project)


def _plan(root: Any, info: Info) -> Any:
    return None if root.plan is None else plan_row(info.context, root.plan)


# -- streams -------------------------------------------------------------------------------------------------------------

Events: TypeAlias = AsyncGenerator[Any, None]


class Source:
    """A stream of events that listens already, before it is first asked for one; closing it ends the listening."""

    def __init__(self, listening: AsyncExitStack, events: Events) -> None:
        self._listening = listening
        self._events = events

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await anext(self._events)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        try:
            await self._events.aclose()
        finally:
            await self._listening.aclose()


async def _begin(context: Context, wanted: Callable[[Change], bool], events: Callable[[Listener], Events]) -> Source:
    async with AsyncExitStack() as stack:
        try:
            listener = await stack.enter_async_context(context.service.hub.listen(wanted))
        except NoNews:
            raise GraphQLError("现在收不到变更的消息，请过一会儿再订阅", extensions={"code": Code.UNAVAILABLE}) from None
        return Source(stack.pop_all(), events(listener))
    raise AssertionError("unreachable")


def _seen(scope: Scope, change: Change) -> bool:
    """Whether the change is one of a project that may be seen."""
    return scope.whole(change.owner, change.team) or not scope.departments.isdisjoint(change.departments)


def _fresh(context: Context, today: datetime.date) -> None:
    """What was read for the event before is no longer true."""
    context.rows.forget()
    context.today = today


async def plan_changed(info: Info, project_id: ProjectArgument = None) -> Any:
    context = info.context
    scope, project = context.viewer.scope, None
    if project_id is not None:
        project = local_id("Project", project_id)
        if not project or await to_thread.run_sync(context.service.store.project, scope, project) is None:
            raise GraphQLError("没有这个项目，或者没有权限看它", extensions={"code": Code.NOT_FOUND})

    def wanted(change: Change) -> bool:
        return (project is None or change.project == project) and _seen(scope, change)

    return await _begin(context, wanted, lambda listener: _changes(listener, context))


async def _changes(listener: Listener, context: Context) -> Events:
    while not listener.ended:
        try:
            change = await listener.next()
        except FellBehind:
            raise GraphQLError(
                "接收太慢，中间的变更已经丢掉：请重新查询，再重新订阅", extensions={"code": Code.SLOW_CONSUMER}
            ) from None
        if change is not None:
            _fresh(context, context.service.today())
            context.rows.expect(projects=[change.project], plans=[change.plan])
            yield change


async def deadlines_coming_due(info: Info, within_working_days: WithinArgument = 5, filter: FilterArgument = None) -> Any:
    context = info.context
    if not 0 <= within_working_days <= FARTHEST:
        raise bad_input(f"withinWorkingDays 要在 0 到 {FARTHEST} 之间，写的是 {within_working_days}")
    which, scope = deadline_filter(filter), context.viewer.scope
    span = WorkingDays(within_working_days)

    def wanted(change: Change) -> bool:
        return (not which.projects or change.project in which.projects) and _seen(scope, change)

    return await _begin(context, wanted, lambda listener: _due(listener, context, which, span, info))


async def _due(listener: Listener, context: Context, which: DeadlineFilter, span: WorkingDays, info: Info) -> Events:
    service = context.service
    told: dict[tuple[str, str, datetime.date], None] = {}
    today, projects, first = service.today(), which.projects, True
    while not listener.ended:
        last = service.live.in_use.planner.calendar.expected.add(today, span)
        window = replace(
            which,
            projects=projects,
            first=max(today, which.first or today),
            last=min(last, which.last or last),
        )
        page: PageRequest | None = PageRequest(service.settings.limits.page)
        while page is not None:
            rows, page = await to_thread.run_sync(_page, context, window, page)
            new = [row for row in rows if _named(row) not in told]
            told.update(dict.fromkeys(map(_named, new)))
            if len(told) > MOST_TOLD:
                raise GraphQLError(
                    f"将到期的期限超过 {MOST_TOLD} 个：请用 filter 缩小范围，或者用 deadlines 分页查询",
                    extensions={"code": Code.LIMIT_EXCEEDED},
                )
            if new or (first and page is None):
                _fresh(context, today)
                expect(info, new)
                yield DeadlinesDue(today, new, more=page is not None)
                first = False
        projects = await _what_next(listener, context, which, today)
        now = service.today()
        if now != today:
            told = {one: None for one in told if one[2] >= now}
            today, projects = now, which.projects


async def _what_next(listener: Listener, context: Context, which: DeadlineFilter, today: datetime.date) -> frozenset[str]:
    """The projects to look at again, once there is reason to look; as `which` names them, for all."""
    service = context.service
    while not listener.ended:
        try:
            change = await listener.next(service.hub.tick)
        except FellBehind:
            return which.projects  # what was missed is found by looking at everything
        if change is not None:
            changed = {change.project, *(one.project for one in listener.taken_at_once())}
            return frozenset(changed) if len(changed) <= _MOST_PROJECTS else which.projects
        if service.today() != today:
            break
    return which.projects


def _page(context: Context, window: DeadlineFilter, page: PageRequest) -> tuple[Sequence[DeadlineRecord], PageRequest | None]:
    """A page, and how to ask for the one after it."""
    if window.first is not None and window.last is not None and window.first > window.last:
        return (), None
    found = context.service.store.deadlines(context.viewer.scope, window, DeadlineOrder.DAY, page)
    return found.rows, PageRequest(page.size, after=found.cursors[-1]) if found.has_next else None


def _named(row: DeadlineRecord) -> tuple[str, str, datetime.date]:
    """What names a deadline and its day, whichever plan it stands in."""
    return row.project, row.id.partition("/")[2], row.day
