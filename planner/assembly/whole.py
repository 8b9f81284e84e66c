"""What policies say of the plan as a whole: caps on its time, joint procedures, fast lanes, relief by regional assessments, validity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from planner.assembly.dates import plan_date
from planner.assembly.parts import REACHED, unit_of
from planner.assembly.settle import status_of
from planner.calendar import PlanDate as Day
from planner.calendar import WorkCalendar
from planner.conditions import Facts, Truth
from planner.inference.conclude import Conclusions
from planner.network import WORKS_DONE
from planner.plan import (
    Item,
    JointProcedure,
    Lane,
    MilestoneName,
    PlanValidity,
    Relief,
    Status,
    TimeCap,
    Totals,
)
from planner.reasons import HOLDS, Explainer, LawMemory, legal_basis
from planner.rulebook.compile import InForce
from planner.rulebook.models import ApprovalKind
from planner.rulebook.rulebook import REGIONAL_ASSESSMENTS
from planner.schedule import Schedule
from planner.vocabulary import Fact


def caps_of(law: InForce, conclusions: Conclusions, promised: Schedule, calendar: WorkCalendar) -> tuple[TimeCap, ...]:
    """The caps for such a project, beside the time the offices take in this plan."""
    found: list[TimeCap] = []
    for rule in law.caps:
        truth = conclusions.formulas[rule.formula]
        if truth is Truth.FALSE:
            continue
        reach = REACHED.get(rule.item.reach)
        taken = promised.working_days if reach is None else office_days(promised, reach, calendar)
        found.append(
            TimeCap(
                code=rule.item.code,
                name=rule.item.name,
                milestone=reach or "end",
                days=rule.item.term.n,
                working_days=taken,
                over=taken > rule.item.term.n,
                status=status_of(truth),
                basis=legal_basis(rule.basis),
                verified=rule.checked,
                note=rule.item.note,
            )
        )
    return tuple(found)


def office_days(promised: Schedule, milestone: MilestoneName, calendar: WorkCalendar) -> int:
    """Working days from the start to a milestone, construction not counted."""
    works, done = promised.milestones["start_of_works"].date, promised.milestones[WORKS_DONE].date
    to_works = calendar.expected.working_days_between(promised.start.date, works)
    if milestone == "start_of_works":
        return to_works
    return to_works + calendar.expected.working_days_between(done, promised.milestones[milestone].date)


def joint_of(
    law: InForce, conclusions: Conclusions, items: Sequence[Item], promised: Schedule, calendar: WorkCalendar
) -> tuple[JointProcedure, ...]:
    """The joint procedures that at least two items of the plan belong to."""
    planned = {item.code: item for item in items}
    found: list[JointProcedure] = []
    for one in law.joint:
        rule, truth = one.rule, conclusions.formulas[one.rule.formula]
        members = [code for code in rule.item.approvals if code in planned]
        if truth is Truth.FALSE or len(members) < 2:
            continue
        begins = min((promised.items[code].accept for code in members), key=lambda day: day.date)
        ends = max((promised.items[code].decide for code in members), key=lambda day: day.date)
        term = rule.item.term
        certain = truth is Truth.TRUE and all(planned[code].status is Status.REQUIRED for code in members)
        found.append(
            JointProcedure(
                code=rule.item.code,
                name=rule.item.name,
                lead=one.lead.item.bureau if one.lead else rule.item.lead,
                lead_verified=one.lead is not None and one.lead.checked,
                members=tuple(members),
                begins=plan_date(begins),
                ends=plan_date(ends),
                working_days=calendar.expected.working_days_between(begins.date, ends.date),
                days=None if term is None else term.n,
                unit=None if term is None else unit_of(term),
                over=term is not None and calendar.expected.add(begins.date, term) < ends.date,
                status=Status.REQUIRED if certain else Status.DEPENDS,
                basis=legal_basis(rule.basis),
                verified=rule.checked,
                note=rule.item.note,
            )
        )
    return tuple(found)


def lanes_of(law: InForce, conclusions: Conclusions, explainer: Explainer) -> tuple[Lane, ...]:
    """The fast lanes the project fits or may fit."""
    found: list[Lane] = []
    for rule in law.lanes:
        truth = conclusions.formulas[rule.formula]
        if truth is not Truth.FALSE:
            found.append(
                Lane(
                    code=rule.item.code,
                    name=rule.item.name,
                    open=rule.item.open,
                    holds=HOLDS[truth],
                    because=(explainer.reason(rule, rule.item.name, "符合"),),
                    effects=rule.item.effects,
                    basis=legal_basis(rule.basis),
                    verified=rule.checked,
                    note=rule.item.note,
                )
            )
    return tuple(found)


Again = Callable[[Facts], Conclusions]
"""The conclusions from other facts under the same law."""


def relief_of(
    law: InForce, facts: Facts, conclusions: Conclusions, fact: Fact | None, again: Again, memory: LawMemory
) -> tuple[Relief, ...]:
    """What each finished regional assessment changes: the same project without it, concluded once more and set beside this one."""
    given = facts.get(REGIONAL_ASSESSMENTS)
    if fact is None or not isinstance(given, frozenset) or not given:
        return ()
    found: list[Relief] = []
    for choice in fact.choices:
        if choice.code in given:
            others: Facts = {**facts, REGIONAL_ASSESSMENTS: given - {choice.code}}
            removes, changes = memory.by(
                ("relief", choice.code, frozenset(facts.items())),
                partial(_differences, law, partial(again, others), conclusions),
            )
            if removes or changes:
                found.append(Relief(code=choice.code, name=choice.name, removes=removes, changes=changes))
    return tuple(found)


def _differences(
    law: InForce, again: Callable[[], Conclusions], conclusions: Conclusions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The approvals that are not needed any more, and those whose limits, papers, order or routes are others."""
    without = again()
    removes: list[str] = []
    changes: list[str] = []
    for approval in law.approvals:
        before, now = without.formulas[approval.need], conclusions.formulas[approval.need]
        if before is not Truth.FALSE and now is Truth.FALSE:
            removes.append(approval.model.code)
        elif now is not Truth.FALSE and any(
            without.formulas[one] is not conclusions.formulas[one] for one in (approval.need, *approval.questions)
        ):
            changes.append(approval.model.code)
    return tuple(removes), tuple(changes)


def validity_of(changes: Sequence[date], as_of: date, end: Day) -> PlanValidity:
    """Until when the plan may be relied on: the first day after its own on which a rule of the rulebook begins or ends."""
    coming = next((day for day in changes if as_of < day), None)
    if coming is None:
        return PlanValidity(until=None, because="规则库里没有以后才生效或失效的规定")
    within = "在计划期间，届时尚未办结的事项要重新核对" if coming <= end.date else "在计划的最后一天以后"
    return PlanValidity(until=coming, because=f"{coming.isoformat()} 规则库里有规定生效或失效，{within}")


def totals_of(items: Sequence[Item], joint: Sequence[JointProcedure], promised: int, statutory: int, serial: int) -> Totals:
    """Time and burden in numbers. `promised`, `statutory`, `serial`: working days."""
    papers = [(paper, item) for item in items for paper in item.materials]
    handed: set[tuple[str, str]] = set()
    reused = 0
    for paper, _ in papers:
        if not paper.shared and not paper.by_promise:
            key = (paper.name, paper.issuer)
            reused += key in handed
            handed.add(key)
    applied = [item.code for item in items if item.kind != ApprovalKind.OWN_DUTY.value]
    together: dict[str, int] = {}
    for number, one in enumerate(joint):
        for code in one.members:
            together.setdefault(code, number)
    return Totals(
        working_days_promised=promised,
        working_days_statutory=statutory,
        working_days_serial=serial,
        approvals=len(items),
        steps=len({together.get(code, code) for code in applied}),
        departments=len({item.department for item in items}),
        materials=len(papers),
        shared_materials=sum(paper.shared for paper, _ in papers),
        reused_materials=reused,
        materials_to_submit=len(handed),
        visits=sum(item.channel.visits or 0 for item in items),
        visits_unknown=sum(item.channel.visits is None for item in items),
    )
