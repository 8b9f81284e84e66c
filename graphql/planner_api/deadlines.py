"""Deadlines of all projects' current plans: by department and week, for desks and calendars."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from planner.output.words import words_for
from planner_api.connections import After, Before, First, Info, Last, Listed, connection, listed
from planner_api.enums import Value, enum_type
from planner_api.family import Family, Field
from planner_api.ids import global_id, local_id
from planner_api.inputs import sent
from planner_api.names import enum_value
from planner_api.naming import CodeName, class_of, team_named
from planner_api.plans import plan_row, project_row
from planner_api.store.records import DeadlineCount, DeadlineFilter, DeadlineOrder, DeadlineRecord

_KINDS = {
    "submit": "最迟申报: the last day to hand in without delaying what waits for it.",
    "decide_promised": "承诺时限届满: the office has promised to decide by then.",
    "decide_statutory": "法定时限届满: the law's limit for the decision, or the end of a wait that the law prescribes.",
    "supplement": "容缺补正: papers that were to follow must be in.",
    "verify": "承诺核查: the office must have checked a promise.",
    "duty": "承诺履行: what a route leaves to be done must be done.",
    "lapse": "失效: a result lapses.",
    "milestone": "节点: the earliest day of a milestone.",
    "target": "目标: the milestone's wished date.",
}
DeadlineKind = enum_type("DeadlineKind", "What falls on the day.", [Value(enum_value(k), k, text) for k, text in _KINDS.items()])
Responsible = enum_type(
    "Responsible",
    "Who has to act by the day.",
    [
        Value("OFFICE", "office", "The office that handles the approval."),
        Value("APPLICANT", "applicant", "The applicant (建设单位)."),
        Value("NONE", "none", "Nobody: the day tells something, or a time the law prescribes is over."),
    ],
)
_WHO = {
    "submit": "applicant",
    "decide_promised": "office",
    "decide_statutory": "office",
    "supplement": "applicant",
    "verify": "office",
    "duty": "applicant",
    "lapse": "applicant",
    "milestone": "none",
    "target": "none",
}
_WAITED = words_for("zh")("due_wait")
"""Title of a deadline that only ends a wait."""

_ORDERS = {
    "day": "Nearest first.",
    "day_descending": "Farthest first.",
    "department": "By department, then nearest first.",
}
DeadlineOrderChoice = enum_type(
    "DeadlineOrder", "How deadlines are sorted.", [Value(enum_value(k), k, text) for k, text in _ORDERS.items()]
)

_ANY = "; empty or null: any."


@strawberry.input(name="DeadlineFilter", description="Which deadlines. Conditions add up; what is left out is not asked.")
class DeadlineFilterInput:
    kinds: list[DeadlineKind] | None = strawberry.field(description="What falls on the day" + _ANY, default=strawberry.UNSET)  # type: ignore[valid-type]
    classes: list[str] | None = strawberry.field(
        description="Codes of the project's class (项目类别)" + _ANY, default=strawberry.UNSET
    )
    teams: list[str] | None = strawberry.field(
        description="Codes of the project's working group (专班)" + _ANY, default=strawberry.UNSET
    )
    departments: list[str] | None = strawberry.field(
        description="Names of offices as plans write them" + _ANY, default=strawberry.UNSET
    )
    stages: list[str] | None = strawberry.field(description="Stages (阶段), in Chinese" + _ANY, default=strawberry.UNSET)
    items: list[str] | None = strawberry.field(description="Codes of approvals" + _ANY, default=strawberry.UNSET)
    projects: list[strawberry.ID] | None = strawberry.field(description="Ids of projects" + _ANY, default=strawberry.UNSET)
    first_day: datetime.date | None = strawberry.field(description="The first day that counts.", default=strawberry.UNSET)
    last_day: datetime.date | None = strawberry.field(description="The last day that counts.", default=strawberry.UNSET)
    depends: bool | None = strawberry.field(
        description="Only what falls away if open facts turn out so (true), or only the rest (false).", default=strawberry.UNSET
    )
    critical: bool | None = strawberry.field(
        description="Only where a day lost is a day lost at the project's end (true), or only the rest (false).",
        default=strawberry.UNSET,
    )
    provisional: bool | None = strawberry.field(
        description="Only days that coming holiday notices may still move (true), or only the rest (false).",
        default=strawberry.UNSET,
    )


FilterArgument = Annotated[
    DeadlineFilterInput | None, strawberry.argument(description="Which deadlines; null: all that may be seen.")
]
OrderArgument = Annotated[
    DeadlineOrderChoice | None, strawberry.argument(description="How they are sorted. Default: DAY.")  # type: ignore[valid-type]
]


@strawberry.type(name="DeadlineCount", description="How many deadlines an office has in one week.")
class DeadlineCountView:
    department: str = strawberry.field(description="The office; empty for what is no office's.")
    week: datetime.date = strawberry.field(description="The week's Monday.")
    count: int = strawberry.field(description="How many there are.")
    provisional: int = strawberry.field(description="How many of them coming holiday notices may still move.")


def deadline_filter(given: DeadlineFilterInput | None) -> DeadlineFilter:
    """What the store is asked for."""
    if not given:
        return DeadlineFilter()
    kinds: Any = given.kinds
    return DeadlineFilter(
        kinds=frozenset(kind.value for kind in kinds or ()),
        classes=frozenset(given.classes or ()),
        teams=frozenset(given.teams or ()),
        departments=frozenset(given.departments or ()),
        stages=frozenset(given.stages or ()),
        items=frozenset(given.items or ()),
        projects=frozenset(local_id("Project", one) for one in given.projects or ()),
        first=sent(given.first_day),
        last=sent(given.last_day),
        depends=sent(given.depends),
        critical=sent(given.critical),
        provisional=sent(given.provisional),
    )


def deadline_page(
    info: Info, which: DeadlineFilter, order: Any, first: int | None, after: str | None, last: int | None, before: str | None
) -> Listed[DeadlineRecord]:
    """A page of deadlines; their projects and plans will be read together if any is asked for."""
    store, scope = info.context.service.store, info.context.viewer.scope
    sort = DeadlineOrder(order.value) if order else DeadlineOrder.DAY
    found = listed(
        lambda page: store.deadlines(scope, which, sort, page),
        lambda: store.count_deadlines(scope, which),
        info,
        first,
        after,
        last,
        before,
    )
    expect(info, found.page.rows)
    return found


def expect(info: Info, rows: Sequence[DeadlineRecord]) -> None:
    """Let what these deadlines refer to be read together."""
    info.context.rows.expect(projects=[row.project for row in rows], plans=[row.plan for row in rows])


def of_project(which: DeadlineFilter, project: str) -> DeadlineFilter:
    """The same, of one project only; a filter that names others finds nothing."""
    return replace(which, projects=frozenset({project if not which.projects or project in which.projects else ""}))


def deadline_type(family: Family) -> None:
    """Make the types of deadlines."""
    family.object(
        "Deadline",
        "A deadline of a project's current plan. It lives as long as that plan is the current one.",
        DeadlineRecord,
        {
            "id": Field(strawberry.ID, "Names it among all deadlines of all plans.", lambda root: global_id("Deadline", root.id)),
            "kind": Field(DeadlineKind, "What falls on the day.", lambda root: DeadlineKind(root.kind)),
            "responsible": Field(Responsible, "Who has to act.", _responsible),
            "day": Field(datetime.date, "The day, by the expected calendar."),
            "earliest": Field(datetime.date, "The earliest it can turn out; equal to `day` unless `provisional`."),
            "latest": Field(datetime.date, "The latest it can turn out; equal to `day` unless `provisional`."),
            "provisional": Field(
                bool, "Whether a holiday notice it rests on is not published yet: show `earliest` and `latest` too."
            ),
            "item": Field(str, "Code of the approval, or of the milestone."),
            "name": Field(str, "名称 of the approval or milestone."),
            "title": Field(str, "What falls on the day, in Chinese."),
            "department": Field(str, "The office that handles the approval; empty for what is no office's."),
            "stage": Field(str, "The stage (阶段), in Chinese; empty for milestones."),
            "class_": Field(CodeName | None, "The project's class (项目类别); null when not given.", _class, "class"),
            "team": Field(CodeName | None, "The project's working group (专班); null when it has none.", _team),
            "depends": Field(bool, "Whether it falls away if open facts turn out so."),
            "critical": Field(bool, "Whether a day lost here is a day lost at the project's end."),
            "verified": Field(
                bool, "Whether what it rests on was checked against the official text (已核). False means 待核: show it so."
            ),
            "project_name": Field(str, "The project's 名称, without a step to the project."),
            "project": Field("Project", "The project.", _project),
            "plan": Field("SavedPlan", "The plan it stands in.", _plan),
        },
    )
    connection(family, "Deadline", "Deadlines of current plans.")


def _responsible(root: Any) -> Any:
    return Responsible("none" if root.title == _WAITED else _WHO[root.kind])


def _class(root: Any, info: Info) -> CodeName | None:
    return class_of(info.context.in_use.planner.rulebook, root.project_class)


def _team(root: Any, info: Info) -> CodeName | None:
    return team_named(info.context.in_use.planner.rulebook, root.team)


def _project(root: Any, info: Info) -> Any:
    return project_row(info.context, root.project)


def _plan(root: Any, info: Info) -> Any:
    return plan_row(info.context, root.plan)


def _count_view(one: DeadlineCount) -> DeadlineCountView:
    return DeadlineCountView(department=one.department, week=one.week, count=one.count, provisional=one.provisional)


def query_fields(form: Any) -> dict[str, Any]:
    """`deadlines` and `deadlineCounts` of the query type."""

    def deadlines(
        info: Info,
        filter: FilterArgument = strawberry.UNSET,
        order_by: OrderArgument = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Any:
        return deadline_page(info, deadline_filter(filter), order_by, first, after, last, before)

    def deadline_counts(info: Info, filter: FilterArgument = strawberry.UNSET) -> list[DeadlineCountView]:
        found = info.context.service.store.deadline_counts(info.context.viewer.scope, deadline_filter(filter))
        return [_count_view(one) for one in found]

    return {
        "deadlines": strawberry.field(
            resolver=deadlines,
            graphql_type=form.kept["DeadlineConnection"],
            description="Deadlines of all current plans that may be seen.",
        ),
        "deadline_counts": strawberry.field(
            resolver=deadline_counts, description="How many deadlines each office has in each week, by office and week."
        ),
    }
