"""Why a date differs between two plans: exactly one cause each, a difference that the comparison lists.

An early date is followed back in the plan where it comes later, through what sets it there. At each moment either what the moment itself
rests on differs (a gate, a limit, the construction time): that is the cause; or the moment that sets it comes later too, and the question
passes on to that one. It ends at the start of the plan at the latest. Two plans counted with one calendar give no third possibility: the
same time after a day that is no later cannot end later. Latest dates are followed the other way, in the plan where they come earlier,
through what limits them there, up to the milestone or the target they are measured against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from planner.calendar import Span
from planner.compare import phrases
from planner.compare.comparison import Cause, CauseKind, DateName, FieldChange, ItemField, MilestoneOfPlan
from planner.compare.timing import (
    COMPLETED,
    DONE,
    IN_USE,
    START,
    Basis,
    Schedule,
    Timing,
    accept_of,
    decide_of,
    handling_of,
    limit_of,
    milestones_up_to,
    procedures_of,
    promised_whole,
    staged_routes,
)
from planner.network import MILESTONES, Node
from planner.plan import Item, OpenRoute, PlanDate, RouteTaken
from planner.project import CONSTRUCTION

_NODE: Mapping[MilestoneOfPlan, Node] = {"start_of_works": START, "completion": COMPLETED, "use": IN_USE}
_FOLLOWS: Mapping[DateName, RouteTaken] = {"supplement_by": RouteTaken.DEFICIENCY, "verify_by": RouteTaken.COMMITMENT}
"""The kind of route that leaves something to be done by a date."""


@dataclass(frozen=True)
class Causes:
    """Two plans and what differs between their items. `changes`: in the order of the items, and of the fields of each."""

    left: Timing
    right: Timing
    changes: Mapping[str, tuple[FieldChange, ...]]

    def milestone(self, name: MilestoneOfPlan, basis: Basis) -> Cause | None:
        """Why a milestone moved; None where it did not."""
        days = [getattr(getattr(timing.plan.milestones, name), basis).date for timing in (self.left, self.right)]
        if days[0] == days[1]:
            return None
        later, other = self._later(*days)
        schedules: tuple[Schedule, Schedule] = getattr(later, basis), getattr(other, basis)
        node = _NODE[name]
        if schedules[0].at[node] <= schedules[1].at[node]:
            return self._otherwise()
        return self._why_later(*schedules, node)

    def item(self, code: str, which: DateName, left: PlanDate | None, right: PlanDate | None) -> Cause:
        """Why a date of an item moved, or only one plan has it."""
        if left is None or right is None:
            return self._left_to_do(code, which) or self._otherwise()
        later, other = self._later(left.date, right.date)
        match which:
            case "accept":
                return self._why_later(later.promised, other.promised, accept_of(code))
            case "decide_promised":
                return self._why_later(later.promised, other.promised, decide_of(code))
            case "decide_statutory":
                return self._why_lawful_end(later, other, code)
            case "latest_submit":
                return self._why_latest(other, later, code)
            case _:
                return self._why_follow_up(later, other, code, which)

    def _later(self, left: date, right: date) -> tuple[Timing, Timing]:
        return (self.left, self.right) if left > right else (self.right, self.left)

    @property
    def _one_calendar(self) -> bool:
        return self.left.plan.provenance.calendar == self.right.plan.provenance.calendar

    # -- dates as early as they can be ---------------------------------------------------------------------------------

    def _why_later(self, later: Schedule, other: Schedule, node: Node) -> Cause:
        while True:
            drivers = later.drivers(node)
            driver = next((one for one in drivers if _waits_too(other.timing, one, node)), drivers[0])
            if driver is not None and not _waits_too(other.timing, driver, node):
                return self._wait(later.timing, other.timing, driver, node)
            own, spans = later.own(node, driver), other.own(node, driver)
            moved = later.day(driver) > other.day(driver)
            begin = later.timing.begin if driver is None else later.day(driver)
            matters = self._matters(later.timing, begin, later.at[node])
            if own != spans and not (moved and not matters(spans)):
                return self._own_time(later.timing, other.timing, node, later.basis, matters)
            if not moved:
                return self._otherwise()
            if driver is None:
                return self._start()
            node = driver

    def _matters(self, timing: Timing, begin: date, reached: date) -> Callable[[tuple[Span, ...]], bool]:
        """Whether the day reached would have been another with other time after `begin`: a shorter limit may end on the same day."""
        return lambda spans: not self._one_calendar or timing.add(begin, spans) < reached

    def _why_lawful_end(self, later: Timing, other: Timing, code: str) -> Cause:
        """The end of the statutory limit, counted from the acceptance; or the day the plan has it decided, if that is later."""
        item, same = later.items[code], other.items[code]
        day, own, spans = item.dates.decide_statutory.date, handling_of(item, "statutory"), handling_of(same, "statutory")
        begin = item.dates.accept.date
        two_limits = item.promised is not None and item.statutory is not None
        if not two_limits or later.add(begin, own) < day:
            return self._why_later(later.promised, other.promised, decide_of(code))
        moved = begin > same.dates.accept.date
        matters = self._matters(later, begin, day)
        if own != spans and not (moved and not matters(spans)):
            return self._handling(item, same, "statutory", matters)
        return self._why_later(later.promised, other.promised, accept_of(code)) if moved else self._otherwise()

    def _why_follow_up(self, later: Timing, other: Timing, code: str, which: DateName) -> Cause:
        """What is left to be done, counted from the acceptance or the decision: its own time differs, or that day moved."""
        changed = self._left_to_do(code, which)
        if changed is not None:
            return changed
        new, was = later.items[code].dates, other.items[code].dates
        decided = new.decide_promised.date > was.decide_promised.date
        if which == "supplement_by" and new.accept.date > was.accept.date:
            ends_with_decision = was.supplement_by is not None and was.supplement_by.date == was.decide_promised.date
            if not (decided and ends_with_decision):
                return self._why_later(later.promised, other.promised, accept_of(code))
        if decided:
            return self._why_later(later.promised, other.promised, decide_of(code))
        return self._follow_up_time(code, which) or self._otherwise()

    def _follow_up_time(self, code: str, which: DateName) -> Cause | None:
        """The time allowed for it differs: a plan shows the day only."""
        days: list[str] = []
        for timing in (self.left, self.right):
            dates = timing.items[code].dates
            since = dates.accept if which == "supplement_by" else dates.decide_promised
            by: PlanDate = getattr(dates, which)
            days.append(f"{timing.calendar.expected.working_days_between(since.date, by.date)} 工作日")
        if days[0] == days[1]:
            return None
        words = "后补材料的期限（受理后）" if which == "supplement_by" else "核查承诺的期限（办结后）"
        name = self._name(code)
        text = f"“{name}”{words}：{phrases.change(*days)}"
        return Cause(kind="limit", code=code, name=name, field=None, subject=which, text=text)

    def _left_to_do(self, code: str, which: DateName) -> Cause | None:
        """The difference in what is promised or may follow; None where both plans say the same."""
        routes = {
            route.key or route.name
            for timing in (self.left, self.right)
            for route in timing.items[code].routes
            if route.route is _FOLLOWS[which]
        }
        for subject in sorted(routes):
            changed = self._changed("route", code, "routes", subject)
            if changed is not None:
                return changed
        flag = "later" if which == "supplement_by" else "by_promise"
        papers = [
            {paper.name for paper in timing.items[code].materials if getattr(paper, flag)} for timing in (self.left, self.right)
        ]
        return next((self._changed("route", code, "paper", name) for name in sorted(papers[0] ^ papers[1])), None)

    # -- dates as late as they may be ----------------------------------------------------------------------------------

    def _why_latest(self, earlier: Timing, other: Timing, code: str) -> Cause:
        early, late = earlier.latest_for(code), other.latest_for(code)
        node = accept_of(code)
        if early.aimed != late.aimed:
            return self._why_aimed(node)
        if early.at[node] >= late.at[node]:
            return self._otherwise()
        while True:
            # A milestone is measured against its own day, whatever follows it.
            own_day = node.moment == "milestone" and not early.aimed and early.at[node] == early.anchor(node)
            later = () if own_day else earlier.after[node]
            binding = [one for one in later if early.holds(node, one) and early.bound(node, one) == early.at[node]]
            if not binding:
                if early.aimed:
                    return self._target()
                if earlier.group[node] != other.group[node]:
                    return self._why_group(node)
                anchor = other.anchor_node(node)
                if anchor.code not in MILESTONES and anchor.code not in earlier.items:
                    return self._new_item(other.items[anchor.code])
                return self._why_later(other.promised, earlier.promised, anchor)
            bound = next((one for one in binding if _limits_too(other, node, one) and late.holds(node, one)), binding[0])
            if not _limits_too(other, node, bound):
                return self._wait(earlier, other, node, bound)
            if not late.holds(node, bound):
                if early.aimed:
                    return self._why_aimed(bound)
                return self._why_group(node if earlier.group[node] != other.group[node] else bound)
            own, spans = (timing.between(node, bound, "promised") for timing in (earlier, other))
            moved = early.at[bound] < late.at[bound]

            def matters(spans: tuple[Span, ...], day: date = early.at[bound], reached: date = early.at[node]) -> bool:
                return earlier.back(day, spans) > reached

            if own != spans and not (moved and not matters(spans)):
                return self._own_time(earlier, other, bound, "promised", matters)
            node = bound

    def _why_group(self, node: Node) -> Cause:
        """Why a moment holds back an earlier milestone in one plan than in the other: what on the way there only one has."""
        first, other = (self.left, self.right) if self.left.group[node] < self.right.group[node] else (self.right, self.left)
        while True:
            later = next(one for one in first.after[node] if first.group[one] == first.group[node])
            if not _limits_too(other, node, later):
                return self._wait(first, other, node, later)
            node = later

    def _why_aimed(self, node: Node) -> Cause:
        """Why only one plan measures a moment against the target: the targets differ, or what leads there does."""
        targets = [timing.plan.target for timing in (self.left, self.right)]
        if targets[0] is None or targets[1] is None or targets[0].milestone != targets[1].milestone:
            return self._target()
        first, other = (self.left, self.right) if node in self.left.upstream else (self.right, self.left)
        while True:
            later = next(one for one in first.after[node] if one in first.upstream)
            if not _limits_too(other, node, later):
                return self._wait(first, other, node, later)
            node = later

    # -- what differs --------------------------------------------------------------------------------------------------

    def _wait(self, waiting: Timing, other: Timing, driver: Node, node: Node) -> Cause:
        """A wait that only one plan has: one of the two approvals is new, a route does away with it, or the gate itself differs."""
        for one in (driver, node):
            if one.code not in MILESTONES and one.code not in other.items:
                return self._new_item(waiting.items[one.code])
        for code, item in waiting.items.items() if node.moment == "milestone" else ():
            if code not in other.items and any(driver.code in route.ahead_of for route in staged_routes(item)):
                return self._new_item(item)
        route = _softening(other, waiting, driver, node) or _softening(waiting, other, driver, node)
        if route is not None:
            return self._changed("route", route[0], "routes", route[1]) or self._otherwise()
        owner, subject = (driver.code, node.code) if node.moment == "milestone" else (node.code, driver.code)
        return self._changed("gate", owner, "gate", subject) or self._cycle() or self._otherwise()

    def _own_time(self, one: Timing, other: Timing, node: Node, basis: Basis, matters: Callable[[tuple[Span, ...]], bool]) -> Cause:
        """The time before a moment differs: the preparation, the limit, its special procedures; or the construction."""
        if node == DONE:
            return self._construction()
        item, same = one.items[node.code], other.items[node.code]
        if node.moment == "accept":
            return self._changed("preparation", item.code, "preparation") or self._otherwise()
        return self._handling(item, same, basis, matters)

    def _handling(self, item: Item, same: Item, basis: Basis, matters: Callable[[tuple[Span, ...]], bool]) -> Cause:
        """Why the time from acceptance to decision differs. `matters`: whether other time in its place would move the date."""
        for route in (promised_whole(item), promised_whole(same)):
            if route is not None and not (_takes(item, route) and _takes(same, route)):
                return self._changed("route", item.code, "routes", route.key or route.name) or self._otherwise()
        limit, procedures = limit_of(same, basis), procedures_of(item)
        if limit != limit_of(item, basis) and (procedures == procedures_of(same) or matters(limit + procedures)):
            fields: tuple[ItemField, ItemField] = ("promised", "statutory") if basis == "promised" else ("statutory", "promised")
            found = [self._changed("limit", item.code, field) for field in fields]
            return next((cause for cause in found if cause is not None), None) or self._otherwise()
        return self._changed("special_procedure", item.code, "special_procedure") or self._otherwise()

    def _changed(self, kind: CauseKind, code: str, field: ItemField, subject: str | None = None) -> Cause | None:
        """The item's change as a cause; None where the comparison lists none. Without `subject`, the first of the field."""
        for one in sorted(self.changes.get(code, ()), key=lambda change: change.subject):
            if one.field == field and subject in (None, one.subject):
                name = self._name(code)
                what = f"{phrases.NAME_OF[field]}“{one.name}”" if one.name else phrases.NAME_OF[field]
                text = f"“{name}”的{what}：{phrases.change(one.left, one.right)}"
                return Cause(kind=kind, code=code, name=name, field=field, subject=one.subject, text=text)
        return None

    def _name(self, code: str) -> str:
        return (self.right.items.get(code) or self.left.items[code]).name

    def _new_item(self, item: Item) -> Cause:
        side = "左边" if item.code in self.left.items else "右边"
        text = f"“{item.name}”只在{side}的计划里"
        return Cause(kind="item", code=item.code, name=item.name, field=None, subject="", text=text)

    def _construction(self) -> Cause:
        days = [timing.plan.project.durations.get(CONSTRUCTION, "") for timing in (self.left, self.right)]
        text = f"施工工期：{phrases.change(days[0], days[1], '没有给出，按零天计')}"
        return Cause(kind="construction", code=CONSTRUCTION, name="施工", field=None, subject="", text=text)

    def _start(self) -> Cause:
        days = [timing.plan.start.isoformat() for timing in (self.left, self.right)]
        return self._whole("start", f"计划起始日：{phrases.change(*days)}")

    def _target(self) -> Cause:
        targets = [phrases.target(timing.plan.target) for timing in (self.left, self.right)]
        return self._whole("target", f"目标：{phrases.change(*targets)}")

    def _cycle(self) -> Cause | None:
        """A plan leaves out gates that wait for each other, and says so as a blocker."""
        found = [{m.text for m in timing.plan.blockers if m.code == "prerequisite_cycle"} for timing in (self.left, self.right)]
        only = sorted(found[0] ^ found[1])
        return self._whole("cycle", only[0]) if only else None

    def _otherwise(self) -> Cause:
        """What is left when everything a date rests on is the same in both plans."""
        if not self._one_calendar:
            return self._whole("calendar", "放假安排：两份计划用的工作日历不同，同样的时限算出不同的日子")
        if self.left.plan.provenance.versions != self.right.plan.provenance.versions:
            return self._whole("version", "两份计划由程序的不同版本制作")
        return self._whole("unexplained", "没有找到原因：计划文件可能改动过，或者不是用现在这份工作日历排的")

    def _whole(self, kind: CauseKind, text: str) -> Cause:
        return Cause(kind=kind, code="", name="", field=None, subject="", text=text)


def _waits_too(other: Timing, driver: Node | None, node: Node) -> bool:
    """Whether a moment waits for its driver in the other plan as well, or something that comes no later than it does."""
    if driver is None or other.structural(driver, node):
        return True
    if node.moment == "decide":
        return driver in other.before[node] or driver in other.before[accept_of(node.code)]
    if node.moment == "milestone":
        return any(driver in other.before[one] for one in milestones_up_to(node))
    return driver in other.before[node]


def _limits_too(other: Timing, node: Node, later: Node) -> bool:
    """Whether `later`, or what leads to it without fail, waits for a moment in the other plan as well."""
    waiting = other.after.get(node, ())
    return later in waiting or (later.moment == "decide" and accept_of(later.code) in waiting)


def _softening(taking: Timing, other: Timing, driver: Node, node: Node) -> tuple[str, str] | None:
    """The route that one plan takes and the other does not and that concerns a wait: whose it is, and its key."""
    codes = tuple(taking.items) if node.moment == "milestone" else (node.code,)
    for code in codes:
        if code not in other.items:
            continue
        item = taking.items[code]
        papers = {paper.name for paper in item.materials if paper.comes_from == driver.code}
        for route in staged_routes(item) if node.moment == "milestone" else item.routes:
            concerned = driver.code in route.ahead_of or not papers.isdisjoint(route.papers)
            if route.taken and concerned and not _takes(other.items[code], route):
                return code, route.key or route.name
    return None


def _takes(item: Item, route: OpenRoute) -> bool:
    return any(one.taken and (one.key or one.name) == (route.key or route.name) for one in item.routes)
