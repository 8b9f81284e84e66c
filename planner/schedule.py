"""When each moment of a network comes: the earliest, the latest, and what stands in the way of a target.

An application may be accepted on the very day its predecessor is decided; day 1 of its limit is the next working day. So limits
in series add up: 20 and 10 working days make 30. A plan that starts on a day off starts on the next working day.
Every date computed is a working day.

Dates up to the last published day are FIRM. If the plan reaches past it, the same plan is counted as early and as late as the coming
notices allow as well, and each uncertain date carries both ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from planner.calendar import CalendarDays, Clock, PlanDate, SkippedDays, Span, WorkCalendar, WorkingDays
from planner.network import MILESTONES, WORKS_DONE, Milestone, Network, Node

Part: TypeAlias = Literal["preparation", "handling", "construction"]
NONE = WorkingDays(0)


@dataclass(frozen=True, slots=True)
class ItemDates:
    """An activity's dates when everything happens as early as it can.

    `prepare_from`: what it waits for is there. `submit_from`: its papers are ready. `accept` (受理), `decide` (办结).
    `latest_accept`, `latest_decide`: as late as they may be without moving the first milestone the activity holds back (开工, else
    竣工验收, else 投入使用; for one that holds nothing, the last date of the plan).
    `slack`: working days from `accept` to `latest_accept`. `critical`: no slack. A limit in calendar days that would end on a
    day off leaves a day or two of slack even on the critical path: a later acceptance gives the same decision day.
    `accept_after`, `decide_after`: the activity or milestone whose date sets the acceptance or the decision; "" for the start of the plan and
    for the activity's own time.
    """

    prepare_from: PlanDate
    submit_from: PlanDate
    accept: PlanDate
    decide: PlanDate
    latest_accept: PlanDate
    latest_decide: PlanDate
    slack: int
    critical: bool
    accept_after: str
    decide_after: str


@dataclass(frozen=True, slots=True)
class Reached:
    """When a network reaches its milestones and its end, if everything happens as early as it can.

    `working_days`: office time, the working days from the start to 开工 and from 完工 to the end; construction is not counted.
    """

    milestones: Mapping[Milestone, PlanDate]
    end: PlanDate
    working_days: int


@dataclass(frozen=True, slots=True)
class Schedule(Reached):
    """The dates of a network.

    `critical_path`: the moments that set the plan's last date, first to last; each follows from the one before.
    """

    start: PlanDate
    items: Mapping[str, ItemDates]
    critical_path: tuple[Node, ...]
    start_path: tuple[Node, ...]
    """The moments that set the date of 开工, first to last."""


@dataclass(frozen=True, slots=True)
class TargetItem:
    """The latest dates of an activity that still meet a target. They may lie before the plan's start when it cannot be met.

    `slack`: working days between the earliest and the latest acceptance; negative when it is too late.
    """

    latest_prepare: PlanDate
    latest_submit: PlanDate
    latest_decide: PlanDate
    slack: int


class Chain(NamedTuple):
    """When a milestone comes on the expected days (an ordinal), and the moments that set it, first to last."""

    day: int
    nodes: tuple[Node, ...]


class Term(NamedTuple):
    """One duration of the plan: an activity's preparation or handling, or the construction (code `works_done`)."""

    code: str
    part: Part


@dataclass(frozen=True, slots=True)
class Target:
    """Whether a milestone can be reached by a date, and what that asks of each activity before it.

    `feasible` is judged on the expected days; `certain` says that no coming notice can turn the answer. `earliest` is the earliest
    date of the milestone. `conflict`: durations that make the target impossible even if all others took no time, none of which can
    be left out; empty when feasible, or when the start itself is too late.
    """

    milestone: Milestone
    date: date
    feasible: bool
    certain: bool
    earliest: PlanDate
    items: Mapping[str, TargetItem]
    conflict: tuple[Term, ...]


class _Times(NamedTuple):
    """Earliest times by node; when preparation may begin, by activity; and which node set each node's time (-1: the start)."""

    at: list[int]
    ready: list[int]
    driver: list[int]


class _Durations(NamedTuple):
    preparation: list[tuple[Span, ...]]
    handling: list[tuple[Span, ...]]
    construction: Span


def schedule(network: Network, calendar: WorkCalendar, start: date, construction: Span = NONE) -> Schedule:
    """The earliest dates of every moment, and how late each could be without harm."""
    durations = _durations(network, construction)
    plan = _Plan(network, calendar, start, durations)
    at, ready = plan.expected.at, plan.expected.ready
    first = network.first_milestone
    end = max(at)
    late = _latest(network, calendar.expected, durations, _own_targets(network, at))
    plan.bound_latest()
    table = calendar.expected
    reached = _reached(plan)
    items: dict[str, ItemDates] = {}
    for number, activity in enumerate(network.activities):
        accept, decide = 2 * number, 2 * number + 1
        prepared = plan.early(ready[number], accept, ready=True)
        submit = prepared
        if activity.preparation:
            submit = plan.early(at[accept], accept, table.skipped_by_ordinal(ready[number], activity.preparation))
        slack = table.working_ordinals(at[accept], late[accept]) if late[accept] != at[accept] else 0
        items[activity.code] = ItemDates(
            prepared,
            submit,
            submit,
            plan.early(at[decide], decide, table.skipped_by_ordinal(at[accept], activity.handling)),
            plan.late(late[accept], accept),
            plan.late(late[decide], decide),
            slack,
            slack == 0,
            _set_by(network, plan.expected, accept),
            _set_by(network, plan.expected, decide),
        )
    last = first + 3 if at[first + 3] == end else next(node for node in reversed(network.order) if at[node] == end)
    return Schedule(
        milestones=reached.milestones,
        end=reached.end,
        working_days=reached.working_days,
        start=plan.started(start),
        items=items,
        critical_path=_path(network, plan.expected, last),
        start_path=_path(network, plan.expected, first),
    )


def reach(network: Network, calendar: WorkCalendar, start: date, construction: Span = NONE) -> Reached:
    """What `schedule` says of the whole, without the dates of each activity."""
    return _reached(_Plan(network, calendar, start, _durations(network, construction)))


def chain_to(
    network: Network,
    calendar: WorkCalendar,
    start: date,
    milestone: Milestone,
    construction: Span = NONE,
    upstream: Sequence[int] | None = None,
) -> Chain:
    """The chain of moments that sets a milestone, on the expected days alone: what `reach` says of it, for a fraction of the work.

    `upstream`: the nodes to look at, in topological order, where the caller knows them (at least `network.upstream` of the milestone).
    """
    node = network.milestone(milestone)
    table = calendar.expected
    nodes = network.upstream(node) if upstream is None else upstream
    times = _earliest(network, table, table.next_ordinal(start.toordinal()), _durations(network, construction), nodes)
    return Chain(times.at[node], _path(network, times, node))


def moments(network: Network, calendar: WorkCalendar, start: date, construction: Span = NONE) -> Mapping[Node, date]:
    """The earliest day of every moment, on the expected days alone."""
    begin = calendar.expected.next_ordinal(start.toordinal())
    at = _earliest(network, calendar.expected, begin, _durations(network, construction), network.order).at
    return dict(zip(network.nodes, map(date.fromordinal, at), strict=True))


def _reached(plan: _Plan) -> Reached:
    at, first, table = plan.expected.at, plan.network.first_milestone, plan.calendar.expected
    construction = plan.durations.construction
    works = table.skipped_by_ordinal(at[first], (construction,)) if construction.n else ()
    end = max(at)
    milestones: dict[Milestone, PlanDate] = {
        name: plan.early(at[first + place], first + place, works if name == WORKS_DONE else ())
        for place, name in enumerate(MILESTONES)
    }
    office = table.working_ordinals(plan.begin, at[first]) + table.working_ordinals(at[first + 1], max(end, at[first + 1]))
    return Reached(milestones, plan.ended(end), office)


def back_from(
    network: Network, calendar: WorkCalendar, start: date, milestone: Milestone, by: date, construction: Span = NONE
) -> Target:
    """The latest dates with which `milestone` is reached on `by` or before, counted back from it; and whether that can be."""
    durations = _durations(network, construction)
    node = network.milestone(milestone)
    upstream = network.upstream(node)
    plan = _Plan(network, calendar, start, durations)
    reached = plan.expected.at[node]
    earliest = plan.early(reached, node)
    target = by.toordinal()
    late = _latest_for(network, calendar.expected, durations, target, upstream)
    low = high = late
    firm = by <= calendar.firm_until and calendar.firm_from.toordinal() <= min(late[one] for one in upstream)
    if not firm:
        low = _latest_for(network, calendar.latest, durations, target, upstream)
        high = _latest_for(network, calendar.earliest, durations, target, upstream)

    def latest(one: int, spans: tuple[Span, ...] = ()) -> PlanDate:
        if firm:
            day = date.fromordinal(_back(calendar.expected, late[one], spans))
            return PlanDate(day, "FIRM", day, day)
        return PlanDate(
            date.fromordinal(_back(calendar.expected, late[one], spans)),
            "PROVISIONAL",
            date.fromordinal(_back(calendar.latest, low[one], spans)),
            date.fromordinal(_back(calendar.earliest, high[one], spans)),
        )

    items: dict[str, TargetItem] = {}
    for one in upstream:
        if one < network.first_milestone and one % 2:
            activity = network.activities[one // 2]
            accept = one - 1
            items[activity.code] = TargetItem(
                latest(accept, activity.preparation),
                latest(accept),
                latest(one),
                calendar.expected.working_ordinals(plan.expected.at[accept], late[accept]),
            )
    feasible = reached <= target
    return Target(
        milestone,
        by,
        feasible,
        earliest.latest <= by or by < earliest.earliest,
        earliest,
        items,
        () if feasible else _conflict(network, calendar.expected, plan, node, target, upstream),
    )


def serial_working_days(network: Network, calendar: WorkCalendar, start: date) -> int:
    """The working days it would take to do all activities one after the other, each when its predecessors are done."""
    table = calendar.expected
    begin = day = table.next_ordinal(start.toordinal())
    for node in network.order:
        if node < network.first_milestone and node % 2:
            activity = network.activities[node // 2]
            for span in (*activity.preparation, *activity.handling):
                day = table.add_ordinal(day, span)
    return table.working_ordinals(begin, day)


# --------------------------------------------------------------------------------------------------------------------- the passes


def _durations(network: Network, construction: Span) -> _Durations:
    return _Durations([a.preparation for a in network.activities], [a.handling for a in network.activities], construction)


def _earliest(network: Network, table: Clock, begin: int, durations: _Durations, nodes: Sequence[int]) -> _Times:
    """The forward pass over `nodes`, which are in topological order and hold every predecessor. `begin` is a working day."""
    first = network.first_milestone
    before = network.before
    add = table.add_ordinal
    at = [begin] * (first + 4)
    ready = [begin] * len(network.activities)
    driver = [-1] * (first + 4)
    for node in nodes:
        day, by = begin, -1
        if node < first and node % 2:
            day, by = at[node - 1], node - 1
            for span in durations.handling[node // 2]:
                day = add(day, span)
            for earlier in before[node]:
                if at[earlier] > day:
                    day, by = at[earlier], earlier
        else:
            for earlier in before[node]:
                if at[earlier] >= day:
                    day, by = at[earlier], earlier
            if node < first:
                ready[node // 2] = day
                for span in durations.preparation[node // 2]:
                    day = add(day, span)
            elif node > first:
                since = at[node - 1]
                if node == first + 1 and durations.construction.n:
                    since = add(since, durations.construction)
                if since >= day:
                    day, by = since, node - 1
        at[node], driver[node] = day, by
    return _Times(at, ready, driver)


def _back(table: Clock, day: int, spans: Sequence[Span]) -> int:
    """The latest day from which `spans`, one after the other, end by `day`."""
    for span in reversed(spans):
        day = table.latest_start_ordinal(day, span)
    return day


def _own_targets(network: Network, at: list[int]) -> tuple[int, int, int, int]:
    """The day each group of `Network.group` is measured against: its milestone's own earliest, and the last of all."""
    first = network.first_milestone
    return at[first], at[first + 2], at[first + 3], max(at)


def _latest(network: Network, table: Clock, durations: _Durations, targets: tuple[int, int, int, int]) -> list[int]:
    """Each node's latest time, measured against the target of its group (see `Network.group`): nothing else holds it."""
    late = [targets[group] for group in network.group]
    _backward(network, table, durations, late, network.order, network.group)
    return late


def _latest_for(network: Network, table: Clock, durations: _Durations, day: int, upstream: Sequence[int]) -> list[int]:
    """Each node's latest time if the last of `upstream` is to come by `day`. Nodes not in `upstream` mean nothing."""
    count = network.first_milestone + 4
    late = [table.previous_ordinal(day)] * count
    _backward(network, table, durations, late, upstream, [0] * count)
    return late


def _backward(
    network: Network, table: Clock, durations: _Durations, late: list[int], nodes: Sequence[int], group: Sequence[int]
) -> None:
    """The backward pass over `nodes`, in topological order: lowers `late`, but only between nodes of one group."""
    first = network.first_milestone
    back = table.latest_start_ordinal
    for node in reversed(nodes):
        day, own = late[node], group[node]
        if node < first:
            if node % 2:
                handled = day
                for span in reversed(durations.handling[node // 2]):
                    handled = back(handled, span)
                late[node - 1] = min(late[node - 1], handled)
            else:
                for span in reversed(durations.preparation[node // 2]):
                    day = back(day, span)
        elif node > first:
            earlier = back(day, durations.construction) if node == first + 1 else day
            late[node - 1] = min(late[node - 1], earlier)
        for before in network.before[node]:
            if day < late[before] and group[before] == own:
                late[before] = day


class _Plan:
    """A network run on a calendar: the expected times and, where they reach past the published days, both bounds."""

    def __init__(self, network: Network, calendar: WorkCalendar, start: date, durations: _Durations) -> None:
        self.network, self.calendar, self.durations = network, calendar, durations
        self.begin = calendar.expected.next_ordinal(start.toordinal())
        self.expected = _earliest(network, calendar.expected, self.begin, durations, network.order)
        self.firm_until = calendar.firm_until.toordinal() if start >= calendar.firm_from else 0
        self.low = self.high = self.expected
        if max(self.expected.at) > self.firm_until:
            low, high = (table.next_ordinal(start.toordinal()) for table in (calendar.earliest, calendar.latest))
            self.low = _earliest(network, calendar.earliest, low, durations, network.order)
            self.high = _earliest(network, calendar.latest, high, durations, network.order)
        self.late_low: list[int] = []
        self.late_high: list[int] = []
        self.targets = _own_targets(network, self.expected.at)
        self._firm: dict[int, PlanDate] = {}
        self._provisional: dict[tuple[int, int, int], PlanDate] = {}

    def bound_latest(self) -> None:
        """Work out the bounds of the latest dates, if any is uncertain.

        With the coming notice, the milestone lies between its two bounds and the days before it between the two tables: so no
        latest date is before the one counted back from the early milestone through few working days (nor before the moment's own
        earliest), nor after the one counted back from the late milestone through many.
        """
        if self.low is self.expected:
            return
        network, calendar, durations = self.network, self.calendar, self.durations
        floor = _latest(network, calendar.latest, durations, _own_targets(network, self.low.at))
        self.late_low = [max(pair) for pair in zip(floor, self.low.at, strict=True)]
        self.late_high = _latest(network, calendar.earliest, durations, _own_targets(network, self.high.at))

    def firm(self, day: int, skipped: tuple[SkippedDays, ...] = ()) -> PlanDate:
        if skipped:
            when = date.fromordinal(day)
            return PlanDate(when, "FIRM", when, when, skipped)
        known = self._firm.get(day)
        if known is None:
            when = date.fromordinal(day)
            known = self._firm[day] = PlanDate(when, "FIRM", when, when)
        return known

    def provisional(self, day: int, low: int, high: int) -> PlanDate:
        known = self._provisional.get((day, low, high))
        if known is None:
            ends = date.fromordinal(low), date.fromordinal(high)
            known = self._provisional[(day, low, high)] = PlanDate(date.fromordinal(day), "PROVISIONAL", *ends)
        return known

    def started(self, start: date) -> PlanDate:
        skipped = self.calendar.expected.skipped_ordinals(start.toordinal() - 1, self.begin)
        if self.begin <= self.firm_until:
            return self.firm(self.begin, skipped)
        low, high = (
            date.fromordinal(clock.next_ordinal(start.toordinal())) for clock in (self.calendar.earliest, self.calendar.latest)
        )
        return PlanDate(date.fromordinal(self.begin), "PROVISIONAL", low, high, skipped)

    def ended(self, end: int) -> PlanDate:
        if end <= self.firm_until:
            return self.firm(end)
        low, high = (date.fromordinal(max(times.at)) for times in (self.low, self.high))
        return PlanDate(date.fromordinal(end), "PROVISIONAL", low, high)

    def early(self, day: int, node: int, skipped: tuple[SkippedDays, ...] = (), *, ready: bool = False) -> PlanDate:
        """The earliest date of a node, or with `ready` of the moment its preparation may begin."""
        if day <= self.firm_until:
            return self.firm(day, skipped)
        low, high = (t.ready[node // 2] if ready else t.at[node] for t in (self.low, self.high))
        if skipped:
            return PlanDate(date.fromordinal(day), "PROVISIONAL", date.fromordinal(low), date.fromordinal(high), skipped)
        return self.provisional(day, low, high)

    def late(self, day: int, node: int) -> PlanDate:
        """The latest date of a node: as sure as the milestone it is measured against."""
        if self.targets[self.network.group[node]] <= self.firm_until:
            return self.firm(day)
        return self.provisional(day, self.late_low[node], self.late_high[node])


def _path(network: Network, times: _Times, node: int) -> tuple[Node, ...]:
    """What set the time of `node`, back to the start of the plan, in the order of time."""
    path: list[Node] = []
    while node >= 0:
        path.append(network.nodes[node])
        node = times.driver[node]
    return tuple(reversed(path))


def _set_by(network: Network, times: _Times, node: int) -> str:
    """The code of what set the time of a moment; "" for the start of the plan and for the activity's own acceptance."""
    by = times.driver[node]
    return "" if by < 0 or (by == node - 1 and node % 2) else network.nodes[by].code


def _conflict(network: Network, table: Clock, plan: _Plan, node: int, target: int, upstream: Sequence[int]) -> tuple[Term, ...]:
    """A minimal set of durations that alone overrun the target, found by leaving out one after the other.

    The durations along the path that set the milestone's date overrun it by themselves, so the search begins with those. The
    shortest is tried first: what remains are the long ones, which are worth talking about.
    """
    path: set[int] = set()
    one = node
    while one >= 0:
        path.add(one)
        one = plan.expected.driver[one]
    lengths: dict[Term, int] = {}
    first = network.first_milestone
    for number, activity in enumerate(network.activities):
        accept, decide = 2 * number, 2 * number + 1
        if accept in path and activity.preparation:
            lengths[Term(activity.code, "preparation")] = rough_length(activity.preparation)
        if decide in path and activity.handling:
            lengths[Term(activity.code, "handling")] = rough_length(activity.handling)
    if first + 1 in path and plan.expected.driver[first + 1] == first and plan.durations.construction.n:
        lengths[Term(WORKS_DONE, "construction")] = rough_length((plan.durations.construction,))

    def overruns(terms: Mapping[Term, int] | set[Term]) -> bool:
        durations = _Durations(
            [a.preparation if Term(a.code, "preparation") in terms else () for a in network.activities],
            [a.handling if Term(a.code, "handling") in terms else () for a in network.activities],
            plan.durations.construction if Term(WORKS_DONE, "construction") in terms else NONE,
        )
        return _earliest(network, table, plan.begin, durations, upstream).at[node] > target

    kept = set(lengths)
    for term in sorted(lengths, key=lambda term: lengths[term]):
        if overruns(kept - {term}):
            kept.discard(term)
    return tuple(term for term in lengths if term in kept)


def rough_length(spans: Sequence[Span]) -> int:
    """How long spans are, roughly; only to compare. Working days weigh the weekends they span: five of them are as long as seven days."""
    return sum(span.n * (5 if isinstance(span, CalendarDays) else 7) for span in spans)
