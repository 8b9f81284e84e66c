"""Who is asking, as GraphQL answers it."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from planner_api.access.viewer import Role
from planner_api.connections import Info
from planner_api.enums import Value, enum_type
from planner_api.names import enum_value
from planner_api.naming import CodeName, team_named

_ROLES = {
    Role.APPLICANT: "An applicant (建设单位): its own projects.",
    Role.DEPARTMENT: "A department (办理部门): its own approvals.",
    Role.TEAM: "A working group (专班): projects of its classes.",
    Role.POLICY: "Policy staff: the rulebook, and no project.",
    Role.ADMIN: "An administrator: everything.",
}
RoleName = enum_type(
    "Role", "What a viewer may do. Roles add up.", [Value(enum_value(r), r.value, text) for r, text in _ROLES.items()]
)


@strawberry.type(name="Viewer", description="Who is asking.")
class ViewerView:
    subject: str = strawberry.field(description="Names the viewer among all; what the sign-in says it is.")
    roles: list[RoleName] = strawberry.field(description="Its roles.")  # type: ignore[valid-type]
    departments: list[str] = strawberry.field(description="The offices it acts for, as plans write them.")
    teams: list[CodeName] = strawberry.field(description="The working groups it belongs to.")
    today: datetime.date = strawberry.field(description="The day it is for this server, in China's time: the default of `asOf`.")


def viewer_view(info: Info) -> ViewerView:
    viewer, book = info.context.viewer, info.context.in_use.planner.rulebook
    return ViewerView(
        subject=viewer.subject,
        roles=[RoleName(role.value) for role in Role if role in viewer.roles],
        departments=sorted(viewer.departments),
        teams=[named for code in sorted(viewer.teams) if (named := team_named(book, code))],
        today=info.context.today,
    )


def query_fields(form: Any) -> dict[str, Any]:  # noqa: ARG001
    """`viewer` of the query type."""
    return {"viewer": strawberry.field(resolver=viewer_view, description="Who is asking, and on which day.")}
