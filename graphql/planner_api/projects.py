"""Projects: the list, the page of one, and what belongs to it."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry

from planner_api.connections import After, Before, First, Info, Last, Listed, connection, listed
from planner_api.deadlines import FilterArgument, OrderArgument, deadline_filter, deadline_page, of_project
from planner_api.enums import Value, enum_type
from planner_api.family import Family, Field
from planner_api.ids import global_id, local_id, parts_of
from planner_api.inputs import ProjectForm, sent
from planner_api.names import enum_value
from planner_api.naming import CodeName, class_of, team_named
from planner_api.nodes import Node
from planner_api.plans import plan_row, project_row
from planner_api.project_facts import KeptFacts
from planner_api.refusals import bad_input
from planner_api.store.records import PlanRecord, ProjectFilter, ProjectOrder, ProjectRecord

_ORDERS = {
    "newest": "Made last first.",
    "recently_updated": "Changed last first.",
    "name": "By name, as the database sorts text.",
}
ProjectOrderChoice = enum_type(
    "ProjectOrder", "How projects are sorted.", [Value(enum_value(k), k, text) for k, text in _ORDERS.items()]
)
_ANY = "; empty or null: any."


@strawberry.input(name="ProjectFilter", description="Which projects. Conditions add up; what is left out is not asked.")
class ProjectFilterInput:
    classes: list[str] | None = strawberry.field(description="Codes of the class (项目类别)" + _ANY, default=strawberry.UNSET)
    teams: list[str] | None = strawberry.field(description="Codes of the working group (专班)" + _ANY, default=strawberry.UNSET)
    departments: list[str] | None = strawberry.field(
        description="Names of offices with an approval in the current plan" + _ANY, default=strawberry.UNSET
    )
    districts: list[str] | None = strawberry.field(description="县区, as projects write it" + _ANY, default=strawberry.UNSET)
    search: str | None = strawberry.field(description="A part of the name.", default=strawberry.UNSET)
    archived: bool = strawberry.field(description="The archived ones instead of the others.", default=False)
    planned: bool | None = strawberry.field(
        description="Only those with a plan (true), or only those without (false).", default=strawberry.UNSET
    )


def _project_filter(given: ProjectFilterInput | None) -> ProjectFilter:
    if not given:
        return ProjectFilter()
    return ProjectFilter(
        classes=frozenset(given.classes or ()),
        teams=frozenset(given.teams or ()),
        departments=frozenset(given.departments or ()),
        districts=frozenset(given.districts or ()),
        search=given.search or "",
        archived=given.archived,
        planned=sent(given.planned),
    )


def project_type(family: Family, form: ProjectForm) -> None:
    """Make the types of projects."""

    def facts(root: Any, info: Info) -> KeptFacts:
        return KeptFacts(form, info.context.in_use.planner, root.draft)

    family.object(
        "Project",
        "A kept project: its facts as last saved, and the plans made for it.",
        ProjectRecord,
        {
            "id": Field(strawberry.ID, "Its id.", lambda root: global_id("Project", root.id)),
            "revision": Field(int, "Grows by one with each edit. An edit names the revision it saw."),
            "name": Field(str, "名称.", lambda root: root.draft.name),
            "content": Field(str, "建设内容; empty when not given.", lambda root: root.draft.content),
            "district": Field(str, "县区; empty when not given.", lambda root: root.draft.district),
            "progress": Field(str, "形象进度; empty when not given.", lambda root: root.draft.progress),
            "class_": Field(CodeName | None, "Its class (项目类别); null when not given.", _class, "class"),
            "team": Field(
                CodeName | None, "The working group (专班) that looks after it, by its class; null when there is none.", _team
            ),
            "archived": Field(bool, "Whether it was taken out of lists and calendars."),
            "created_at": Field(datetime.datetime, "When it was saved first."),
            "updated_at": Field(datetime.datetime, "When it was last changed."),
            "facts": Field("ProjectFacts", "Its facts, to fill a form with.", facts),
            "plan": Field("SavedPlan | None", "Its current plan; null before the first.", _plan),
            "plans": Field("SavedPlanConnection", "All its plans, newest first.", _plans),
            "deadlines": Field("DeadlineConnection", "Deadlines of its current plan.", _deadlines),
        },
        (Node,),
    )
    connection(family, "Project", "Projects that may be seen.")


def _class(root: Any, info: Info) -> CodeName | None:
    return class_of(info.context.in_use.planner.rulebook, root.draft.project_class)


def _team(root: Any, info: Info) -> CodeName | None:
    return team_named(info.context.in_use.planner.rulebook, root.draft.team)


def _plan(root: Any, info: Info) -> PlanRecord | None:
    return None if root.plan is None else plan_row(info.context, root.plan)


def _plans(
    root: Any,
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Listed[PlanRecord]:
    store, scope = info.context.service.store, info.context.viewer.scope
    info.context.rows.hold(root)
    found = listed(
        lambda page: store.plans(scope, root.id, page),
        lambda: store.count_plans(scope, root.id),
        info,
        first,
        after,
        last,
        before,
    )
    info.context.rows.hold(*found.page.rows)
    return found


def _deadlines(
    root: Any,
    info: Info,
    filter: FilterArgument = strawberry.UNSET,
    order_by: OrderArgument = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    info.context.rows.hold(root)
    return deadline_page(info, of_project(deadline_filter(filter), root.id), order_by, first, after, last, before)


def node_of(info: Info, id: str) -> ProjectRecord | PlanRecord | None:
    """What an id names, if its viewer may see it."""
    type_name, own = parts_of(id) or ("", "")
    if type_name == "Project":
        return project_row(info.context, own)
    return plan_row(info.context, own) if type_name == "SavedPlan" else None


_Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]


def query_fields(form: ProjectForm) -> dict[str, Any]:
    """`node`, `nodes`, `project`, `projects` and `plan` of the query type."""

    def node(info: Info, id: _Id) -> Any:
        return node_of(info, id)

    def nodes(info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]) -> Any:
        most = info.context.service.settings.limits.page
        if len(ids) > most:
            raise bad_input(f"一次最多取 {most} 个，要了 {len(ids)} 个")
        info.context.rows.expect(
            projects=filter(None, (local_id("Project", one) for one in ids)),
            plans=filter(None, (local_id("SavedPlan", one) for one in ids)),
        )
        return [node_of(info, one) for one in ids]

    def project(info: Info, id: _Id) -> Any:
        return project_row(info.context, local_id("Project", id))

    def plan(info: Info, id: _Id) -> Any:
        return plan_row(info.context, local_id("SavedPlan", id))

    def projects(
        info: Info,
        filter: Annotated[
            ProjectFilterInput | None, strawberry.argument(description="Which projects; null: all not archived.")
        ] = strawberry.UNSET,
        order_by: Annotated[
            ProjectOrderChoice | None, strawberry.argument(description="How they are sorted. Default: NEWEST.")  # type: ignore[valid-type]
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Any:
        store, scope, which = info.context.service.store, info.context.viewer.scope, _project_filter(filter)
        wished: Any = order_by
        order = ProjectOrder(wished.value) if wished else ProjectOrder.NEWEST
        found = listed(
            lambda page: store.projects(scope, which, order, page),
            lambda: store.count_projects(scope, which),
            info,
            first,
            after,
            last,
            before,
        )
        info.context.rows.hold(*found.page.rows)
        info.context.rows.expect(plans=[row.plan for row in found.page.rows])
        return found

    kept = form.kept
    return {
        "node": strawberry.field(
            resolver=node,
            graphql_type=Node | None,
            description="Anything by its id; null when there is none or it may not be seen.",
        ),
        "nodes": strawberry.field(
            resolver=nodes,
            graphql_type=list[Node | None],
            description="Several things by their ids, in that order; null for each that is none.",
        ),
        "project": strawberry.field(
            resolver=project,
            graphql_type=kept["Project"] | None,
            description="A project by its id; null when there is none or it may not be seen.",
        ),
        "projects": strawberry.field(
            resolver=projects, graphql_type=kept["ProjectConnection"], description="Projects that may be seen."
        ),
        "plan": strawberry.field(
            resolver=plan,
            graphql_type=kept["SavedPlan"] | None,
            description="A kept plan by its id; null when there is none or it may not be seen.",
        ),
    }
