"""What the law says of an item's clock, each rule with the last day that follows from this plan's dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.assembly.dates import last_of, plan_date
from planner.assembly.parts import unit_of
from planner.assembly.settle import Settled
from planner.assembly.ways import Way
from planner.calendar import PlanDate as Day
from planner.calendar import Span, WorkCalendar
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.limits import extended_end
from planner.plan import ClockKind, ClockRule, ClockStart
from planner.reasons import LawMemory, legal_basis
from planner.rulebook.compile import InForceRule
from planner.rulebook.models import Approval, GeneralClock, Limit
from planner.schedule import ItemDates as Dates

_STARTS: dict[str, ClockStart] = {"受理": "acceptance", "收到申请": "receipt"}


@dataclass(frozen=True, slots=True, eq=False)
class GeneralClocks:
    """The general rules that hold for a project, those of the nearest layer last. Told apart by identity."""

    correction: tuple[InForceRule[GeneralClock], ...] = ()
    delivery: tuple[InForceRule[GeneralClock], ...] = ()


def general_clocks(conclusions: Conclusions, memory: LawMemory) -> GeneralClocks:
    """The general rules for a project; remembered by which of all such rules hold."""
    clocks = memory.law.clocks
    truths = tuple([conclusions.formulas[clock.formula] for clock in clocks])

    def make() -> GeneralClocks:
        holding = [clock for clock, truth in zip(clocks, truths, strict=True) if truth is Truth.TRUE]
        correction, delivery = ([clock for clock in holding if clock.item.procedure == one] for one in ("补正", "送达"))
        return GeneralClocks(tuple(correction), tuple(delivery))

    return memory.by(("clocks", truths), make)


def clock_of(
    chosen: Settled, dates: Dates, statutory: Day, general: GeneralClocks, calendar: WorkCalendar, memory: LawMemory
) -> tuple[ClockRule, ...]:
    """The rules in the order of time: what is missing is told, the limit, its extension, what it does not count, delivery.

    Where a promise has its own time for the decision, that takes the place of the limit and what belongs to it.
    """
    days = (dates.submit_from, dates.accept, dates.decide, statutory)
    key = ("clock", chosen, general, calendar.digest, *days)
    return memory.by(key, lambda: tuple(_clock(chosen, dates, statutory, general, calendar, memory)), dated=True)


def _clock(
    chosen: Settled, dates: Dates, statutory: Day, general: GeneralClocks, calendar: WorkCalendar, memory: LawMemory
) -> Iterator[ClockRule]:
    model, limit = chosen.approval.model, chosen.limit
    correction, delivery = _nearest(general.correction, model), _nearest(general.delivery, model)
    if correction is not None:
        yield _general_rule("correction", "receipt", dates.submit_from, correction, calendar, memory)
    quick = next((way for way in chosen.taken if way.stated is not None and chosen.lawful == (way.stated.term,)), None)
    if quick is not None and quick.stated is not None and (limit is None or quick.stated.term != limit.item.term):
        yield _on_promise(quick, statutory, memory)
    elif limit is not None:
        yield from _limit(limit, dates, statutory, calendar, memory)
    if delivery is not None:
        yield _general_rule("delivery", "decision", dates.decide, delivery, calendar, memory)


def _on_promise(way: Way, statutory: Day, memory: LawMemory) -> ClockRule:
    def make() -> ClockRule:
        return _rule("handling", way.name, way.stated.term if way.stated else None, "acceptance", 1, True, "", way.rule)

    return _dated(memory.part(way.rule, "clock", way.name, make=make), statutory)


def _limit(
    limit: InForceRule[Limit], dates: Dates, statutory: Day, calendar: WorkCalendar, memory: LawMemory
) -> Iterator[ClockRule]:
    item = limit.item
    handling, extension, special = memory.part(limit, "clock", make=lambda: _limit_rules(limit))
    yield _dated(handling, statutory)
    if item.extension is not None and extension is not None:
        always = [e.at_most for e in item.excluded if e.always and e.at_most is not None]
        extended = extended_end(calendar, dates.accept, item.term, item.extension, item.extension_times)
        extended = calendar.deadline(extended, *always) if always else extended
        yield _dated(extension, last_of(extended, statutory))
    yield from special


def _limit_rules(limit: InForceRule[Limit]) -> tuple[ClockRule, ClockRule | None, tuple[ClockRule, ...]]:
    """The rules a limit makes, without their days: itself, its extension, what it does not count."""
    item = limit.item
    starts = _STARTS[item.starts]
    kind: ClockKind = "minimum_wait" if item.nature == "最短间隔" else "handling"
    extension: ClockRule | None = None
    if item.extension is not None:
        extension = _rule("extension", "依法延长", item.extension, "end_of_limit", item.extension_times, False, "", limit)
    special = [
        _rule("special_procedure", e.procedure, e.at_most, starts, 1, e.always and e.at_most is not None, "", limit)
        for e in item.excluded
    ]
    return _rule(kind, item.nature, item.term, starts, 1, True, "", limit), extension, tuple(special)


def _nearest(clocks: Sequence[InForceRule[GeneralClock]], model: Approval) -> InForceRule[GeneralClock] | None:
    """The general rule for the item: one that names it goes before one for its kind, a nearer layer's before a farther."""
    named = [clock for clock in clocks if model.code in clock.item.approvals]
    of_kind = [clock for clock in clocks if model.kind in clock.item.kinds]
    return next(reversed(named or of_kind), None)


def _general_rule(
    kind: ClockKind, starts: ClockStart, since: Day, clock: InForceRule[GeneralClock], calendar: WorkCalendar, memory: LawMemory
) -> ClockRule:
    item = clock.item
    undated = memory.part(
        clock, "clock", kind, make=lambda: _rule(kind, item.name, item.term, starts, 1, False, item.effect, clock)
    )
    return _dated(undated, calendar.deadline(since, item.term))


def _dated(undated: ClockRule, by: Day) -> ClockRule:
    return undated.model_copy(update={"by": plan_date(by)})


def _rule(
    kind: ClockKind,
    name: str,
    span: Span | None,
    starts: ClockStart,
    times: int,
    counted: bool,
    effect: str,
    law: InForceRule[Any],
) -> ClockRule:
    """The rule without its day."""
    return ClockRule(
        kind=kind,
        name=name,
        days=None if span is None else span.n,
        unit=None if span is None else unit_of(span),
        starts=starts,
        times=times,
        counted=counted,
        by=None,
        effect=effect,
        basis=legal_basis(law.basis),
        verified=law.checked,
    )
