"""Dates on a line: the axis that the charts share.

A day takes up room from `start(day)` to `end(day)`. Long stretches in which nothing is decided (the construction itself) are drawn
short, so that the weeks that matter stay readable; the chart marks where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from planner.plan import Item, Plan, PlanDate

LONGEST_IDLE = 50
"""Days without any event that are still drawn to scale."""
_WORKS = ("works_done", "completion")
MARGIN = 6
"""Days drawn to scale on either side of an event, so that a break never touches one."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days `first` to `last`, both included, between two places on the line; `idle` ones are not to scale."""

    first: date
    last: date
    left: float
    right: float
    idle: bool

    @property
    def days(self) -> int:
        return self.last.toordinal() - self.first.toordinal() + 1


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Consecutive stretches. A day outside them is taken to the nearer end."""

    stretches: tuple[Stretch, ...]

    def start(self, day: date) -> float:
        """Where the day begins."""
        return self._at(day, day.toordinal())

    def end(self, day: date) -> float:
        """Where the day ends."""
        return self._at(day, day.toordinal() + 1)

    def _at(self, day: date, edge: int) -> float:
        for stretch in self.stretches:
            if day <= stretch.last:
                share = (edge - stretch.first.toordinal()) / stretch.days
                return stretch.left + (stretch.right - stretch.left) * min(max(share, 0.0), 1.0)
        return self.stretches[-1].right

    @property
    def first(self) -> date:
        return self.stretches[0].first

    @property
    def last(self) -> date:
        return self.stretches[-1].last

    @property
    def day_width(self) -> float:
        """How wide a day is where the line is to scale."""
        scaled = next(stretch for stretch in self.stretches if not stretch.idle)
        return (scaled.right - scaled.left) / scaled.days

    @property
    def idle(self) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in self.stretches if stretch.idle)

    @property
    def scaled(self) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in self.stretches if not stretch.idle)


def busy_days(plan: Plan) -> Iterator[tuple[date, date]]:
    """The times in which something of the plan happens, both ends included.

    A decision that waits for the works (an inspection during installation) leaves the time between idle: the office waits with them.
    """
    yield plan.start, plan.start
    for item in plan.items:
        dates = item.dates
        first, decided = min(dates.submit_from.date, dates.accept.date), dates.decide_promised
        last = max(decided.date, decided.latest)
        if any(gate.gate == "DECIDE" and gate.code in _WORKS for gate in item.gates):
            yield first, dates.accept.date
            yield decided.earliest, last
        else:
            yield first, last
        yield dates.decide_statutory.date, dates.decide_statutory.date
        for due in due_days(item):
            yield due.date, due.date
    milestones = plan.milestones
    for milestone in (milestones.start_of_works, milestones.completion, milestones.use):
        yield milestone.promised.earliest, milestone.promised.latest
        yield milestone.statutory.date, milestone.statutory.date
    if plan.target is not None:
        yield plan.target.date, plan.target.date


def due_days(item: Item) -> tuple[PlanDate, ...]:
    """The days by which an item's easier routes leave something to be done: papers to follow, the check of a promise. Each once."""
    days = [item.dates.supplement_by, item.dates.verify_by, *(route.due for route in item.routes if route.taken)]
    return tuple({day.date: day for day in days if day is not None}.values())


def time_axis(busy: Iterable[tuple[date, date]], left: float, right: float, idle_width: float) -> TimeAxis:
    """An axis from `left` to `right` over the busy times, each idle stretch `idle_width` wide."""
    runs: list[list[int]] = []
    for first, last in sorted((a.toordinal(), b.toordinal()) for a, b in busy):
        if runs and first - runs[-1][1] - 1 <= LONGEST_IDLE:
            runs[-1][1] = max(runs[-1][1], last)
        else:
            runs.append([first, last])
    for place, run in enumerate(runs):
        run[0] -= MARGIN if place else 1
        run[1] += MARGIN if place < len(runs) - 1 else 2
    days = sum(last - first + 1 for first, last in runs)
    # However many breaks there are, at least half of the line stays to scale.
    gap = min(idle_width, (right - left) / 2 / max(len(runs) - 1, 1))
    scale = (right - left - gap * (len(runs) - 1)) / days
    stretches: list[Stretch] = []
    x = left
    for first, last in runs:
        if stretches:
            before = stretches[-1].last.toordinal()
            stretches.append(Stretch(date.fromordinal(before + 1), date.fromordinal(first - 1), x, x + gap, True))
            x += gap
        width = (last - first + 1) * scale
        stretches.append(Stretch(date.fromordinal(first), date.fromordinal(last), x, x + width, False))
        x += width
    return TimeAxis(tuple(stretches))
