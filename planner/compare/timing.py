"""A plan as the network it was made from: what waits for what, how long each part takes, and when each moment comes.

A plan names all of it: gates, preparation, limits, construction. Dates of the promised schedule are the plan's own; those that a plan
does not show (the statutory schedule moment by moment, the latest decisions) are counted anew with the same rules as `planner.schedule`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from planner.calendar import CalendarDays, Span, WorkCalendar, WorkingDays
from planner.network import (
    COMPLETION,
    MILESTONES,
    START_OF_WORKS,
    USE,
    WORKS_DONE,
    Activity,
    Gate,
    Link,
    Network,
    Node,
    build_without_cycles,
)
from planner.plan import DayUnit, Item, OpenRoute, Plan, RouteTaken
from planner.project import CONSTRUCTION
from planner.rulebook.models import parse_span
from planner.schedule import moments

Basis = Literal["promised", "statutory"]


def span_of(days: int, unit: DayUnit | None) -> Span:
    return CalendarDays(days) if unit is DayUnit.CALENDAR_DAYS else WorkingDays(days)


def preparation_of(item: Item) -> tuple[Span, ...]:
    """The time before submission, step by step; a step nobody timed takes none."""
    return tuple(span_of(step.days, step.unit) for step in item.preparation if step.days is not None)


def limit_of(item: Item, basis: Basis) -> tuple[Span, ...]:
    """The limit that times an item on one of the two schedules: where it has only one, that one."""
    limit = (item.promised or item.statutory) if basis == "promised" else (item.statutory or item.promised)
    return () if limit is None else (span_of(limit.days, limit.unit),)


def procedures_of(item: Item) -> tuple[Span, ...]:
    """The special procedures whose time the schedule adds."""
    return tuple(span_of(one.days, one.unit) for one in item.excluded if one.counted and one.days is not None)


def handling_of(item: Item, basis: Basis) -> tuple[Span, ...]:
    """The time from acceptance to decision, as the plan counted it."""
    counted = item.handling if basis == "promised" else item.handling_statutory
    return tuple(span_of(one.days, one.unit) for one in counted)


def promised_whole(item: Item) -> OpenRoute | None:
    """The promise on which the whole approval is decided in a time of its own; None where none is taken."""
    return next((route for route in item.routes if route.taken and route.decided_within is not None), None)


def staged_routes(item: Item) -> tuple[OpenRoute, ...]:
    """The permits by stages that an item takes: what the first stage need not wait for has to be there before 竣工验收."""
    return tuple(route for route in item.routes if route.taken and route.route is RouteTaken.STAGED)


def accept_of(code: str) -> Node:
    return Node(code, "accept")


def decide_of(code: str) -> Node:
    return Node(code, "decide")


def milestone_of(code: str) -> Node:
    return Node(code, "milestone")


START, DONE, COMPLETED, IN_USE = (milestone_of(name) for name in (START_OF_WORKS, WORKS_DONE, COMPLETION, USE))
_MILESTONE_NODES = tuple(milestone_of(name) for name in MILESTONES)


def milestones_up_to(node: Node) -> tuple[Node, ...]:
    return _MILESTONE_NODES[: _MILESTONE_NODES.index(node) + 1]


@dataclass(frozen=True)
class Schedule:
    """When each moment of a plan comes, on one of its two schedules, if everything happens as early as it can."""

    timing: Timing
    basis: Basis
    at: Mapping[Node, date]

    def own(self, node: Node, driver: Node | None) -> tuple[Span, ...]:
        """The time a moment takes after what sets it."""
        return self.timing.between(driver, node, self.basis)

    def day(self, node: Node | None) -> date:
        """The day of a moment; None is the start of the plan, as it was asked for."""
        return self.timing.plan.start if node is None else self.at[node]

    def drivers(self, node: Node) -> tuple[Node | None, ...]:
        """What sets a moment's day, each by itself; None is the start of the plan. What the plan names itself comes first."""
        timing, at = self.timing, self.at
        waits = timing.before[node]
        by_time = [one for one in waits if at[one] == at[node]]
        if node.moment == "accept":
            last = max((at[one] for one in waits), default=date.min)
            said = timing.items[node.code].dates.accept_after
            if self.basis == "promised":
                named = [one for one in waits if one.code == said]
                return (*named, *(one for one in waits if at[one] == at[named[0]] and one not in named)) if named else (None,)
            return tuple(one for one in waits if at[one] == last) if last >= timing.begin else (None,)
        if node.moment == "decide":
            said = timing.items[node.code].dates.decide_after
            own: Node | None = accept_of(node.code)
            by_own = not said if self.basis == "promised" else not by_time
            by_time.sort(key=lambda one: one.code != said)
        else:
            own = timing.milestone_before(node)
            by_own = not by_time
        if own is not None and (by_own or timing.add(at[own], self.own(node, own)) >= at[node]):
            return (own, *by_time) if by_own else (*by_time, own)
        return tuple(by_time) or (own,)


@dataclass(frozen=True)
class Latest:
    """How late each moment may come: measured against the milestone it holds back, or (`aimed`) against the target asked."""

    timing: Timing
    at: Mapping[Node, date]
    aimed: bool

    def anchor(self, node: Node) -> date:
        return self.timing.anchor(node, self.aimed)

    def bound(self, node: Node, later: Node) -> date:
        """The latest day of a moment that `later`, which waits for it, leaves."""
        return self.timing.back(self.at[later], self.timing.between(node, later, "promised"))

    def holds(self, node: Node, later: Node) -> bool:
        """Whether the latest day of `later` limits that of the moment before it."""
        timing = self.timing
        if self.aimed:
            return later in timing.upstream
        return timing.structural(node, later) or timing.group[node] == timing.group[later]


@dataclass(frozen=True)
class Timing:
    """The network of a plan. Raises ValueError, in Chinese, when the plan contradicts itself and so cannot be followed."""

    plan: Plan
    calendar: WorkCalendar

    @cached_property
    def items(self) -> Mapping[str, Item]:
        found = {item.code: item for item in self.plan.items}
        if len(found) < len(self.plan.items):
            raise ValueError("计划里有两个事项代码相同")
        return found

    def check(self) -> None:
        """Raise ValueError, in Chinese, when the plan cannot be followed."""
        if not set(self.items).isdisjoint(MILESTONES):
            raise ValueError("计划里有事项用了节点的代码")
        for item in self.items.values():
            preparation_of(item), handling_of(item, "promised"), handling_of(item, "statutory")
        _ = self.construction

    @cached_property
    def construction(self) -> Span:
        written = self.plan.project.durations.get(CONSTRUCTION)
        return WorkingDays(0) if written is None else parse_span(written)

    @cached_property
    def begin(self) -> date:
        return self.calendar.expected.next_workday(self.plan.start)

    @cached_property
    def network(self) -> Network:
        """The network without the links that wait for each other, which a plan reports and leaves out."""
        activities = [Activity(code, preparation_of(item)) for code, item in self.items.items()]
        return build_without_cycles(activities, self._links(), lambda link: link)[0]

    def _links(self) -> Iterable[Link]:
        known = {*self.items, *MILESTONES}
        for code, item in self.items.items():
            for gate in item.gates:
                if gate.gate in ("ACCEPT", "DECIDE") and gate.code in known:
                    yield Link(gate.code, Gate(gate.gate), code)
                elif gate.gate not in ("ACCEPT", "DECIDE"):
                    yield Link(code, Gate(gate.gate))
            for route in staged_routes(item):
                yield from (Link(moved, Gate.COMPLETE) for moved in route.ahead_of if moved in self.items)

    @cached_property
    def before(self) -> Mapping[Node, tuple[Node, ...]]:
        """What each moment waits for by a gate."""
        nodes = self.network.nodes
        return {nodes[number]: tuple(nodes[one] for one in waits) for number, waits in enumerate(self.network.before)}

    @cached_property
    def after(self) -> Mapping[Node, tuple[Node, ...]]:
        """What waits for each moment, its own decision and the next milestone first."""
        nodes = self.network.nodes
        found: dict[Node, list[Node]] = {node: [] for node in nodes}
        for number, node in enumerate(nodes):
            for one in self.network.predecessors(number):
                if self.structural(nodes[one], node):
                    found[nodes[one]].insert(0, node)
                else:
                    found[nodes[one]].append(node)
        return {node: tuple(later) for node, later in found.items()}

    @cached_property
    def group(self) -> Mapping[Node, int]:
        return dict(zip(self.network.nodes, self.network.group, strict=True))

    @cached_property
    def upstream(self) -> frozenset[Node]:
        """The moments before the target's milestone; none without a target."""
        if self.plan.target is None:
            return frozenset()
        number = self.network.milestone(self.plan.target.milestone)
        return frozenset(self.network.nodes[one] for one in self.network.upstream(number))

    # -- days ----------------------------------------------------------------------------------------------------------

    def add(self, day: date, spans: Sequence[Span]) -> date:
        for span in spans:
            day = self.calendar.expected.add(day, span)
        return day

    def back(self, day: date, spans: Sequence[Span]) -> date:
        for span in reversed(spans):
            day = self.calendar.expected.latest_start(day, span)
        return day

    def milestone_before(self, node: Node) -> Node | None:
        place = _MILESTONE_NODES.index(node)
        return _MILESTONE_NODES[place - 1] if place else None

    def structural(self, node: Node, later: Node) -> bool:
        """Whether `later` always follows the moment: its own decision, or the next milestone."""
        if later.moment == "decide":
            return node == accept_of(later.code)
        return later.moment == "milestone" and self.milestone_before(later) == node

    def between(self, node: Node | None, later: Node, basis: Basis) -> tuple[Span, ...]:
        """The time from a moment (None: the start of the plan) to one that waits for it."""
        if later.moment == "accept":
            return preparation_of(self.items[later.code])
        if later.moment == "decide":
            return handling_of(self.items[later.code], basis) if node == accept_of(later.code) else ()
        return (self.construction,) if later == DONE and node == START and self.construction.n else ()

    @cached_property
    def promised(self) -> Schedule:
        """The plan's own dates."""
        at: dict[Node, date] = {}
        for code, item in self.items.items():
            at[accept_of(code)], at[decide_of(code)] = item.dates.accept.date, item.dates.decide_promised.date
        milestones = self.plan.milestones
        at[START] = milestones.start_of_works.promised.date
        at[DONE] = self.add(at[START], (self.construction,)) if self.construction.n else at[START]
        at[COMPLETED], at[IN_USE] = milestones.completion.promised.date, milestones.use.promised.date
        return Schedule(self, "promised", at)

    @cached_property
    def statutory(self) -> Schedule:
        """When each moment comes if every office takes its full statutory limit."""
        handling = {code: handling_of(item, "statutory") for code, item in self.items.items()}
        network = self.network.with_handling(handling)
        return Schedule(self, "statutory", moments(network, self.calendar, self.plan.start, self.construction))

    def anchor(self, node: Node, aimed: bool) -> date:
        if aimed and self.plan.target is not None:
            return self.calendar.expected.previous_workday(self.plan.target.date)
        return self._anchors[self.group[node]]

    @cached_property
    def last(self) -> Node:
        """The moment that comes last of all."""
        at = self.promised.at
        return max((self.network.nodes[number] for number in reversed(self.network.order)), key=lambda node: at[node])

    @cached_property
    def _anchors(self) -> tuple[date, date, date, date]:
        at = self.promised.at
        return at[START], at[COMPLETED], at[IN_USE], at[self.last]

    def anchor_node(self, node: Node) -> Node:
        """The moment whose day a moment's latest day is measured against."""
        return (START, COMPLETED, IN_USE, self.last)[self.group[node]]

    @cached_property
    def latest(self) -> Latest:
        return self._latest(aimed=False)

    @cached_property
    def latest_aimed(self) -> Latest:
        return self._latest(aimed=True)

    def _latest(self, aimed: bool) -> Latest:
        at: dict[Node, date] = {}
        latest = Latest(self, at, aimed)
        for number in reversed(self.network.order):
            node = self.network.nodes[number]
            if not aimed or node in self.upstream:
                bounds = [latest.bound(node, one) for one in self.after[node] if latest.holds(node, one)]
                at[node] = min([self.anchor(node, aimed), *bounds])
        return latest

    def latest_for(self, code: str) -> Latest:
        """What the latest submission of an item is measured by."""
        return self.latest_aimed if accept_of(code) in self.upstream else self.latest
