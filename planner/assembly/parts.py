"""The parts of a plan that a rule becomes: gates, papers, limits, routes. Each is made once per rule and variant (`LawMemory`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from planner.calendar import Span, WorkingDays
from planner.network import Gate
from planner.plan import (
    Channel,
    DayUnit,
    Duration,
    ExcludedTime,
    GateHeld,
    MaterialNeeded,
    MilestoneName,
    PlanDate,
    PreparationStep,
    PromisedLimit,
    Status,
    StatutoryLimit,
    ValidityNote,
)
from planner.reasons import LawMemory, legal_basis
from planner.rulebook.compile import InForceRule, Stated
from planner.rulebook.models import (
    ChosenGate,
    Department,
    Handling,
    Limit,
    Material,
    Promise,
    Step,
    Validity,
)

T = TypeVar("T")
REACHED: Mapping[str, MilestoneName] = {"开工": "start_of_works", "竣工验收": "completion", "投入使用": "use"}


def gate_part(
    memory: LawMemory,
    rule: InForceRule[T],
    code: str,
    name: str,
    gate: Gate,
    status: Status,
    choice: InForceRule[ChosenGate] | None = None,
) -> GateHeld:
    """`choice`: a layer's choice between two readings, on which the gate then rests too."""

    def make() -> GateHeld:
        basis = legal_basis(rule.basis + (choice.basis if choice else ()))
        checked = rule.checked and (choice is None or choice.checked)
        return GateHeld(code=code, name=name, gate=gate.value, status=status, basis=basis, verified=checked)

    return memory.part(rule, gate, status, make=make)


def material_part(
    memory: LawMemory, rule: InForceRule[Material], status: Status, *, later: bool, by_promise: bool
) -> MaterialNeeded:
    def make() -> MaterialNeeded:
        paper = rule.item
        return MaterialNeeded(
            name=paper.name,
            issuer=paper.issuer,
            comes_from=paper.comes_from,
            shared=paper.shared,
            secondary=paper.secondary,
            later=later,
            by_promise=by_promise,
            status=status,
            basis=legal_basis(rule.basis),
        )

    return memory.part(rule, status, later, by_promise, make=make)


def step_part(step: Step, span: Span | None) -> PreparationStep:
    days, unit = (None, None) if span is None else (span.n, unit_of(span))
    return PreparationStep(code=step.code, name=step.name, by=step.by, days=days, unit=unit)


def durations_part(spans: Sequence[Span]) -> tuple[Duration, ...]:
    return tuple([Duration(days=span.n, unit=unit_of(span)) for span in spans])


def unit_of(span: Span) -> DayUnit:
    return DayUnit.WORKING_DAYS if isinstance(span, WorkingDays) else DayUnit.CALENDAR_DAYS


def validity_part(rule: InForceRule[Validity], status: Status, lapses: PlanDate | None) -> ValidityNote:
    reach = REACHED[rule.item.reach] if rule.item.reach else None
    return ValidityNote.model_construct(
        term=rule.item.term, lapses=lapses, reach=reach, status=status, basis=legal_basis(rule.basis), verified=rule.checked
    )


_UNKNOWN = Channel(counter=None, online=None, post=None, visits=None, verified=False, basis=())


def channel_part(stated: Sequence[Stated[Handling] | Stated[Department]]) -> Channel:
    """How an item is handed in, from what is stated of it, the nearest first: the approval's own way before its department's.

    The number of visits is the nearest one stated, unless something nearer says how it is handed in; else it follows from that: one to
    hand in unless online, one to collect unless by post.
    """
    counter: str | None = None
    online: bool | None = None
    post: bool | None = None
    visits: int | None = None
    used: list[Stated[Handling] | Stated[Department]] = []
    for one in stated:
        way = one.item
        if not one.stands:
            continue  # a way of handling that a document opened is not open before that document, nor after it
        if visits is None and online is None and post is None:
            visits = way.visits
        new = (counter is None and way.counter, online is None and way.online is not None, post is None and way.post is not None)
        if any(new) or way.visits is not None:
            used.append(one)
        counter = counter or way.counter
        online = way.online if online is None else online
        post = way.post if post is None else post
    if not used:
        return _UNKNOWN
    if visits is None and online is not None and post is not None:
        visits = (not online) + (not post)
    basis = tuple(dict.fromkeys(law for one in used for law in legal_basis(one.basis)))
    checked = all(one.checked for one in used)
    return Channel(counter=counter, online=online, post=post, visits=visits, verified=checked, basis=basis)


def statutory_part(limit: InForceRule[Limit]) -> StatutoryLimit:
    item = limit.item
    return StatutoryLimit(
        days=item.term.n,
        unit=unit_of(item.term),
        nature="minimum_wait" if item.nature == "最短间隔" else "handling",
        starts="receipt" if item.starts == "收到申请" else "acceptance",
        extension_days=item.extension.n if item.extension is not None else None,
        extension_unit=unit_of(item.extension) if item.extension is not None else None,
        extension_times=item.extension_times if item.extension is not None else 0,
        verified=limit.checked,
        basis=legal_basis(limit.basis),
        note=item.note,
    )


def promised_part(promise: InForceRule[Promise] | None) -> PromisedLimit | None:
    if promise is None:
        return None
    term = promise.item.term
    return PromisedLimit(days=term.n, unit=unit_of(term), verified=promise.checked, basis=legal_basis(promise.basis))


def excluded_part(limit: InForceRule[Limit]) -> tuple[ExcludedTime, ...]:
    return tuple(
        ExcludedTime(
            procedure=e.procedure,
            days=e.at_most.n if e.at_most is not None else None,
            unit=unit_of(e.at_most) if e.at_most is not None else None,
            counted=e.always and e.at_most is not None,
        )
        for e in limit.item.excluded
    )
