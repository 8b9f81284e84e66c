"""The parts of a plan that a rule becomes: gates, papers, limits, routes. Each is made once per rule and variant (`LawMemory`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from planner.calendar import Span, WorkingDays
from planner.network import Gate
from planner.plan import (
    DayUnit,
    ExcludedTime,
    GateHeld,
    MaterialNeeded,
    OpenRoute,
    PreparationStep,
    PromisedLimit,
    RouteTaken,
    Status,
    StatutoryLimit,
    ValidityNote,
)
from planner.reasons import LawMemory, legal_basis
from planner.rulebook.compile import InForceRule
from planner.rulebook.models import Limit, Material, Promise, Route, Step, Validity

T = TypeVar("T")
ROUTES: Mapping[str, RouteTaken] = {
    "告知承诺": RouteTaken.COMMITMENT,
    "容缺受理": RouteTaken.DEFICIENCY,
    "预审": RouteTaken.PRE_REVIEW,
}


def gate_part(memory: LawMemory, rule: InForceRule[T], code: str, name: str, gate: Gate, status: Status) -> GateHeld:
    def make() -> GateHeld:
        basis = legal_basis(rule.basis)
        return GateHeld(code=code, name=name, gate=gate.value, status=status, basis=basis, verified=rule.checked)

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


def unit_of(span: Span) -> DayUnit:
    return DayUnit.WORKING_DAYS if isinstance(span, WorkingDays) else DayUnit.CALENDAR_DAYS


def route_part(memory: LawMemory, rule: InForceRule[Route], status: Status) -> OpenRoute:
    def make() -> OpenRoute:
        route, basis = ROUTES[rule.item.way], legal_basis(rule.basis)
        return OpenRoute(route=route, status=status, basis=basis, verified=rule.checked, note=rule.item.note)

    return memory.part(rule, status, make=make)


def validity_part(rule: InForceRule[Validity]) -> ValidityNote:
    return ValidityNote(term=rule.item.term, basis=legal_basis(rule.basis), verified=rule.checked)


def statutory_part(limit: InForceRule[Limit]) -> StatutoryLimit:
    item = limit.item
    return StatutoryLimit(
        days=item.term.n,
        unit=unit_of(item.term),
        starts="receipt" if item.starts == "收到申请" else "acceptance",
        extension_days=item.extension.n if item.extension is not None else None,
        extension_unit=unit_of(item.extension) if item.extension is not None else None,
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
