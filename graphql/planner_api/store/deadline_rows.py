"""Deadlines of current plans: lists and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)

from planner_api.access.viewer import Scope
from planner_api.store.identities import is_identity
from planner_api.store.pages import AnyRow, AnySelect, Order
from planner_api.store.records import DeadlineCount, DeadlineFilter, DeadlineOrder, DeadlineRecord, Page, PageRequest
from planner_api.store.scoping import keepable, one_of, sees_deadline
from planner_api.store.tables import deadlines, plans, projects

_DAY = (deadlines.c.day, deadlines.c.department, deadlines.c.id)
_DEPARTMENT = (deadlines.c.department, deadlines.c.day, deadlines.c.id)
ORDERS: Mapping[DeadlineOrder, Order] = {
    DeadlineOrder.DAY: Order("dd", _DAY, (date, str, int)),
    DeadlineOrder.DAY_DESCENDING: Order("dz", _DAY, (date, str, int), descending=True),
    DeadlineOrder.DEPARTMENT: Order("do", _DEPARTMENT, (str, date, int)),
}
_SHOWN = (
    *(column for column in deadlines.c if column.name not in ("owner", "archived")),
    projects.c.name.label("project_name"),
    projects.c.plan,
)


def record(row: AnyRow) -> DeadlineRecord:
    return DeadlineRecord(
        id=f"{row.plan}/{row.key}",
        project=row.project,
        project_name=row.project_name,
        plan=row.plan,
        project_class=row.project_class,
        team=row.team,
        kind=row.kind,
        item=row.item,
        name=row.name,
        title=row.title,
        department=row.department,
        stage=row.stage,
        day=row.day,
        earliest=row.earliest,
        latest=row.latest,
        provisional=row.provisional,
        depends=row.depends,
        critical=row.critical,
        verified=row.verified,
    )


def page(
    connection: Connection, scope: Scope, which: DeadlineFilter, order: DeadlineOrder, request: PageRequest
) -> Page[DeadlineRecord]:
    places = select(*_DAY).where(*_conditions(scope, which))
    return ORDERS[order].page(connection, places, request, record, _whole)


def _whole(places: AnySelect) -> AnySelect:
    """The rows at these places. Sorted and cut off first, they are found in the index alone."""
    found = places.subquery()
    return (
        select(*_SHOWN)
        .join_from(found, deadlines, deadlines.c.id == found.c.id)
        .join(projects, projects.c.id == deadlines.c.project)
    )


def one(connection: Connection, scope: Scope, id: str) -> DeadlineRecord | None:
    plan, _, key = id.partition("/")
    if not is_identity(plan) or scope.empty or not keepable([key]):
        return None
    query = (
        select(*_SHOWN)
        .join_from(projects, deadlines, projects.c.id == deadlines.c.project)
        .join(plans, and_(plans.c.project == projects.c.id, plans.c.id == projects.c.plan))
        .where(plans.c.id == plan, deadlines.c.key == key, *_conditions(scope, DeadlineFilter()))
    )
    found = connection.execute(query).first()
    return None if found is None else record(found)


def count(connection: Connection, scope: Scope, which: DeadlineFilter) -> int:
    query = select(func.count()).select_from(deadlines).where(*_conditions(scope, which))
    return connection.execute(query).scalar_one()


def counts(connection: Connection, scope: Scope, which: DeadlineFilter) -> tuple[DeadlineCount, ...]:
    week = _week(connection.dialect.name, deadlines.c.day).label("week")
    provisional = func.sum(case((deadlines.c.provisional, 1), else_=0))
    query = (
        select(deadlines.c.department, week, func.count(), provisional)
        .where(*_conditions(scope, which))
        .group_by(deadlines.c.department, literal_column("week"))
        .order_by(deadlines.c.department, literal_column("week"))
    )
    return tuple(DeadlineCount(department, first, number, open_) for department, first, number, open_ in connection.execute(query))


def _week(dialect: str, day: Column[date]) -> ColumnElement[date]:
    """The Monday of the day's week."""
    if dialect == "postgresql":
        return type_coerce(day - (cast(func.extract("isodow", day), Integer) - 1), Date)
    return type_coerce(func.date(day, "weekday 0", "-6 days"), Date)


def _conditions(scope: Scope, which: DeadlineFilter) -> list[ColumnElement[bool]]:
    # SQLite does not know how many rows a value has: few of an owner, many of an approval, and of a department or working group
    # most. What is written as an expression is not looked up in its index.
    item: ColumnElement[str] = deadlines.c.item
    team: ColumnElement[str | None] = deadlines.c.team
    department: ColumnElement[str] = deadlines.c.department
    if which.items and (scope.everything or scope.teams or scope.departments):
        team, department = team.concat(""), department.concat("")
    elif which.items:
        item = item.concat("")
    conditions = [~deadlines.c.archived, sees_deadline(scope, team, department)]
    for column, values in (
        (deadlines.c.kind, which.kinds),
        (deadlines.c.project_class, which.classes),
        (team, which.teams),
        (department, which.departments),
        (deadlines.c.stage, which.stages),
        (item, which.items),
    ):
        if values:
            conditions.append(one_of(column, values))
    if which.projects:
        conditions.append(one_of(deadlines.c.project, filter(is_identity, which.projects)))
    if which.first is not None:
        conditions.append(deadlines.c.day >= which.first)
    if which.last is not None:
        conditions.append(deadlines.c.day <= which.last)
    for flag, wanted in (
        (deadlines.c.depends, which.depends),
        (deadlines.c.critical, which.critical),
        (deadlines.c.provisional, which.provisional),
    ):
        if wanted is not None:
            conditions.append(flag if wanted else ~flag)
    return conditions
