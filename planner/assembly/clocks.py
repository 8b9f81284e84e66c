"""What the law says of an item's clock, each rule with the last day that follows from this plan's dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from planner.assembly.dates import plan_date
from planner.assembly.parts import unit_of
from planner.assembly.settle import Settled
from planner.calendar import PlanDate as Day
from planner.calendar import Span, WorkCalendar
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.limits import extended_end
from planner.plan import ClockKind, ClockRule, ClockStart, PlanDate
from planner.reasons import legal_basis
from planner.rulebook.compile import InForceRule
from planner.rulebook.models import GeneralClock, Limit
from planner.schedule import ItemDates as Dates

_STARTS: dict[str, ClockStart] = {"受理": "acceptance", "收到申请": "receipt"}


def clock_of(
    chosen: Settled,
    dates: Dates,
    statutory: Day,
    clocks: Sequence[InForceRule[GeneralClock]],
    conclusions: Conclusions,
    calendar: WorkCalendar,
) -> tuple[ClockRule, ...]:
    """The rules in the order of time: what is missing is told, the limit, its extension, what it does not count, delivery."""
    limit = chosen.limit
    found: list[ClockRule] = []
    found += _general("补正", "correction", "receipt", dates.submit_from, chosen, clocks, conclusions, calendar)
    if limit is not None:
        found += _limit(limit, dates, statutory, calendar)
    found += _general("送达", "delivery", "decision", dates.decide, chosen, clocks, conclusions, calendar)
    return tuple(found)


def _limit(limit: InForceRule[Limit], dates: Dates, statutory: Day, calendar: WorkCalendar) -> Iterator[ClockRule]:
    item = limit.item
    starts = _STARTS[item.starts]
    kind: ClockKind = "minimum_wait" if item.nature == "最短间隔" else "handling"
    yield _rule(kind, item.nature, item.term, starts, 1, True, plan_date(statutory), "", limit)
    always = [e.at_most for e in item.excluded if e.always and e.at_most is not None]
    if item.extension is not None:
        extended = extended_end(calendar, dates.accept, item.term, item.extension, item.extension_times)
        extended = calendar.deadline(extended, *always) if always else extended
        last = plan_date(max(extended, statutory, key=lambda day: day.date))
        yield _rule("extension", "依法延长", item.extension, "end_of_limit", item.extension_times, False, last, "", limit)
    for one in item.excluded:
        yield _rule(
            "special_procedure", one.procedure, one.at_most, starts, 1, one.always and one.at_most is not None, None, "", limit
        )


def _general(
    procedure: Literal["补正", "送达"],
    kind: ClockKind,
    starts: ClockStart,
    since: Day,
    chosen: Settled,
    clocks: Sequence[InForceRule[GeneralClock]],
    conclusions: Conclusions,
    calendar: WorkCalendar,
) -> Iterator[ClockRule]:
    """The general rule for the item: one that names it goes before one for its kind, a nearer layer's before a farther."""
    model = chosen.approval.model
    in_question = [
        clock for clock in clocks if clock.item.procedure == procedure and conclusions.formulas[clock.formula] is Truth.TRUE
    ]
    named = [clock for clock in in_question if model.code in clock.item.approvals]
    of_kind = [clock for clock in in_question if model.kind in clock.item.kinds]
    for clock in (named or of_kind)[-1:]:
        last = plan_date(calendar.deadline(since, clock.item.term))
        yield _rule(kind, clock.item.name, clock.item.term, starts, 1, False, last, clock.item.effect, clock)


def _rule(
    kind: ClockKind,
    name: str,
    span: Span | None,
    starts: ClockStart,
    times: int,
    counted: bool,
    by: PlanDate | None,
    effect: str,
    law: InForceRule[Limit] | InForceRule[GeneralClock],
) -> ClockRule:
    return ClockRule(
        kind=kind,
        name=name,
        days=None if span is None else span.n,
        unit=None if span is None else unit_of(span),
        starts=starts,
        times=times,
        counted=counted,
        by=by,
        effect=effect,
        basis=legal_basis(law.basis),
        verified=law.checked,
    )
