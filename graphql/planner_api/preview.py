"""A project as sent, read and planned without being kept: what is wrong with its facts and days is said all at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from planner import DiagnosticError
from planner.plan import MilestoneName, Plan
from planner.project import ProjectFacts
from planner_api.inputs import TargetInput
from planner_api.observe import measure
from planner_api.plan_types import InvalidProject, Problem, problem_at

if TYPE_CHECKING:
    from planner_api.live import InUse

FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)
"""Days a plan may be asked for. Working days far beyond the published calendars cost seconds to count and mean nothing."""

Day = tuple[datetime.date | None, list[str]]
"""A day that was sent, None for one that was not, and its path."""


def read_project(in_use: InUse, project: Any, days: Iterable[Day] = ()) -> ProjectFacts | InvalidProject:
    """The facts of a `ProjectInput`, or every problem of it and of the days sent with it."""
    described, problems = in_use.form.read(project)
    problems += out_of_range(days)
    try:
        facts = in_use.planner.read(described)
    except DiagnosticError as error:
        return InvalidProject(problems=[*problems, *(in_use.form.problem(d, project) for d in error.diagnostics)])
    return InvalidProject(problems=problems) if problems else facts


def preview(
    in_use: InUse,
    project: Any,
    as_of: datetime.date,
    start: datetime.date | None = None,
    target: TargetInput | None = None,
    routes: str = "standard",
) -> Plan | InvalidProject:
    """The plan of a `ProjectInput`, or every problem of it and of the days."""
    facts = read_project(in_use, project, days_of(as_of, start, target))
    return facts if isinstance(facts, InvalidProject) else planned(in_use, facts, as_of, start, target, routes)


def planned(
    in_use: InUse,
    facts: ProjectFacts,
    as_of: datetime.date,
    start: datetime.date | None,
    target: TargetInput | None,
    routes: str,
) -> Plan | InvalidProject:
    """The plan of facts that were read, on days that can be planned for."""
    wish: tuple[MilestoneName, datetime.date] | None = (target.milestone.value, target.date) if target else None
    try:
        with measure("plan"):
            return in_use.planner.plan(facts, as_of=as_of, start=start, target=wish, routes=routes)
    except DiagnosticError as error:
        # A duration of centuries: the facts were read, so what is left to refuse is a day of the plan.
        return InvalidProject(problems=[problem_at([d.field or "start"], d) for d in error.diagnostics])


def days_of(as_of: datetime.date, start: datetime.date | None, target: TargetInput | None) -> list[Day]:
    """The days that a plan is asked for with."""
    return [(as_of, ["asOf"]), (start, ["start"]), (target.date if target else None, ["target", "date"])]


def out_of_range(days: Iterable[Day]) -> list[Problem]:
    """A problem for each day that nobody can plan for."""
    text = f"超出可以计划的范围（{FIRST_DAY} 至 {LAST_DAY}）"
    return [
        Problem(code="S105", message=f"日期 {day} {text}", help="核对年份", path=path)
        for day, path in days
        if day is not None and not FIRST_DAY <= day <= LAST_DAY
    ]


def below(prefix: list[str], invalid: InvalidProject) -> InvalidProject:
    """The same problems of an input that lies deeper in an argument."""
    moved = [Problem(code=p.code, message=p.message, help=p.help, path=[*prefix, *p.path]) for p in invalid.problems]
    return InvalidProject(problems=moved)
