"""Which rows a viewer sees: the one place where it is turned into SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from planner_api.access.viewer import Scope
from planner_api.store.tables import deadlines, participations, projects


def seen(
    scope: Scope,
    owner: ColumnElement[str],
    team: ColumnElement[str | None],
    of_departments: Callable[[frozenset[str]], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """The condition for rows of this owner and working group, and, by `of_departments`, of these departments."""
    if scope.everything:
        return true()
    departments = keepable(scope.departments - {""})
    return _any_of([*_whole(scope, owner, team), *([of_departments(departments)] if departments else [])])


def _whole(scope: Scope, owner: ColumnElement[str], team: ColumnElement[str | None]) -> list[ColumnElement[bool]]:
    """The ways by which a row is of a project seen whole."""
    if scope.everything:
        return [true()]
    own = [] if scope.owner is None or not keepable([scope.owner]) else [owner == scope.owner]
    return [*own, *([one_of(team, scope.teams)] if keepable(scope.teams) else [])]


def _any_of(ways: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    # No "false OR …" is written: SQLite would read no index for it.
    return or_(*ways) if ways else false()


def sees_project(scope: Scope) -> ColumnElement[bool]:
    """Projects, and with them their plans."""
    return seen(scope, projects.c.owner, projects.c.team, lambda departments: took_part(departments))


def sees_whole(scope: Scope) -> ColumnElement[bool]:
    """Projects seen with everything in them: these may be changed."""
    return _any_of(_whole(scope, projects.c.owner, projects.c.team))


def sees_deadline(
    scope: Scope, team: ColumnElement[str | None] = deadlines.c.team, department: ColumnElement[str] = deadlines.c.department
) -> ColumnElement[bool]:
    """Deadlines: of a project seen whole all, else the department's own. The columns may be given as expressions of the same value."""
    return seen(scope, deadlines.c.owner, team, lambda departments: one_of(department, departments))


def has_current(scope: Scope, departments: frozenset[str]) -> ColumnElement[bool]:
    """Projects whose current plan has an approval of one of these departments, as far as the viewer may know it."""
    asked = keepable(departments)
    if scope.everything:
        return took_part(asked, current=True)
    ways = [and_(sees_whole(scope), took_part(asked, current=True))] if _whole(scope, projects.c.owner, projects.c.team) else []
    own = asked & scope.departments
    return _any_of([*ways, *([took_part(own, current=True)] if own else [])])


def took_part(departments: frozenset[str], *, current: bool = False) -> ColumnElement[bool]:
    """Projects with an approval of one of these departments in one of their plans, or in the current one."""
    if not departments:
        return false()
    found = exists().where(participations.c.project == projects.c.id, one_of(participations.c.department, departments))
    return found.where(participations.c.current) if current else found


def one_of(column: ColumnElement[str] | ColumnElement[str | None], values: Iterable[str]) -> ColumnElement[bool]:
    """The column has one of these values; one is compared by `=`, which reads an index in order."""
    wanted = sorted(keepable(values))
    if not wanted:
        return false()
    return column == wanted[0] if len(wanted) == 1 else column.in_(wanted)


def keepable(values: Iterable[str]) -> frozenset[str]:
    """Those texts that a database can hold: without NUL, and proper Unicode."""
    return frozenset(value for value in values if "\0" not in value and _proper(value))


def _proper(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
