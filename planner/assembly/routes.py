"""An item's easier routes as plans show them: what each asks and gains, what it leaves to be done, and why others are closed."""

from __future__ import annotations

from collections.abc import Mapping

from planner.assembly.dates import first_of, plan_date
from planner.assembly.parts import durations_part
from planner.assembly.settle import Settled
from planner.assembly.ways import ShutWay, Way
from planner.calendar import PlanDate as Day
from planner.calendar import WorkCalendar
from planner.plan import ClosedRoute, OpenRoute, Reason, RouteTaken
from planner.reasons import Explainer, LawMemory, legal_basis
from planner.rulebook.models import LaterPaper
from planner.schedule import ItemDates as Dates


def due_of(way: Way, dates: Dates, calendar: WorkCalendar) -> Day | None:
    """The day by which what the way leaves open must be done: the paper handed in, the promise checked. None where nothing is dated.

    A paper that follows is due within its own time, and always before the decision, which waits for it.
    """
    if way.route is RouteTaken.COMMITMENT:
        within = way.verify_within
        return None if within is None else calendar.deadline(dates.decide, within)
    if isinstance(way.rule.item, LaterPaper):
        within = way.rule.item.within
        own = [] if within is None else [calendar.deadline(dates.accept, within)]
        return first_of(*own, dates.decide)
    return None


def open_route(
    way: Way, chosen: Settled, dates: Dates, calendar: WorkCalendar, gains: Mapping[str, int], memory: LawMemory
) -> OpenRoute:
    """A way that is, or may be, open. What does not hang on dates is made once."""
    taken = way in chosen.taken
    due = due_of(way, dates, calendar) if taken else None
    own = {"taken": taken, "days_gained": gains.get(way.key), "due": None if due is None else plan_date(due)}
    variant = (way.key, way.status, way.replaces, way.ahead_of)
    undated = memory.part(way.rule, "route", *variant, make=lambda: _undated(way, memory))
    return undated.model_copy(update=own)


def _undated(way: Way, memory: LawMemory) -> OpenRoute:
    general = [one.rule.item for one in way.general]
    stated = way.stated
    own_papers = [*(stated.own_papers if stated else ()), *(p for rule in general for p in rule.own_papers)]
    consequences = [*(stated.consequences if stated else ()), *(c for rule in general for c in rule.consequences)]
    laws = [*way.rule.basis, *(law for one in way.general for law in one.rule.basis)]
    return OpenRoute(
        key=way.key,
        route=way.route,
        name=way.name,
        optional=way.optional,
        taken=False,
        status=way.status,
        papers=(way.paper,) if way.paper else way.replaces,
        ahead_of=way.ahead_of,
        promises=stated.promises if stated else (),
        own_papers=tuple(dict.fromkeys(own_papers)),
        consequences=tuple(dict.fromkeys(consequences)),
        decided_within=None if stated is None or stated.term is None else durations_part([stated.term])[0],
        days_gained=None,
        duty=_duty(way, {a.model.code: a.model.name for a in memory.law.approvals}),
        due=None,
        basis=tuple(dict.fromkeys(legal_basis(tuple(laws)))),
        verified=way.rule.checked and all(one.rule.checked for one in way.general),
        note=way.rule.item.note,
    )


def _duty(way: Way, names: Mapping[str, str]) -> str:
    """What the way leaves to be done."""
    others = "、".join(names.get(code, code) for code in way.ahead_of)
    if isinstance(way.rule.item, LaterPaper):
        within = way.rule.item.within
        by = "" if within is None else f"受理后 {within}内"
        return f"{by}补交“{way.paper}”；补齐以前不作决定"
    if way.route is RouteTaken.COMMITMENT:
        papers = "、".join(f"“{name}”" for name in way.replaces)
        check = "" if way.verify_within is None else f" {way.verify_within}内"
        return f"{f'以承诺代替{papers}' if papers else '履行承诺'}，办结后{check}接受核查"
    if way.route is RouteTaken.PRE_REVIEW:
        return f"等{others}办结后才能办结；预审意见不是批准"
    return f"后续阶段开工以前，办妥{others}并领取该阶段的许可"


def closed_routes(shut: ShutWay, explainer: Explainer) -> ClosedRoute:
    """A closed way with the reasons: the exclusions that hold, else the condition that failed."""
    reasons = [explainer.reason(exclusion, exclusion.item.name, "不能走这条路线") for exclusion in shut.exclusions]
    if shut.bad_credit:
        reasons.append(Reason(rule="失信主体", text="申请人是失信主体，不能容缺受理", holds="true"))
    if not reasons:
        reasons.append(explainer.reason(shut.rule, shut.name, "可以走"))
    return ClosedRoute(route=shut.route, name=shut.name, because=tuple(reasons))
