"""Where a limit ends: when nothing stops it, when procedures do, and at the longest.

All of it in the unit the law counts in. The day of an event belongs to what was before it (民法典 art. 201), so a stop that begins on day
s and ends on day r takes out the days after s, up to and with r. Days are ordinals inside, and every function works on any `Clock`:
on the two clocks of bounds it gives bounds, as more working days never make anything later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

from planner.calendar import CalendarDays, Clock, PlanDate, SkippedDays, Span, WorkCalendar, WorkingDays

CORRECTION = WorkingDays(5)
"""Within which the office says what is missing (行政许可法 art. 32, 82)."""

DELIVERY = WorkingDays(10)
"""Within which a decision is handed over (行政许可法 art. 44, 82)."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A special procedure whose time does not count (行政许可法 art. 45, and special laws). `cap`: None when law sets none."""

    name: str
    cap: Span | None = None


# -- what a plan can foresee -------------------------------------------------------------------------------------------------


def correction_by(calendar: WorkCalendar, receipt: PlanDate | date, span: Span = CORRECTION) -> PlanDate:
    """The last day to say what is missing; after it, silence is acceptance on the day of receipt (行政许可法 art. 32)."""
    return calendar.deadline(receipt, span)


def deliver_by(calendar: WorkCalendar, decided: PlanDate | date, span: Span = DELIVERY) -> PlanDate:
    """The last day to hand over a decision (行政许可法 art. 44)."""
    return calendar.deadline(decided, span)


def extended_end(calendar: WorkCalendar, start: PlanDate | date, limit: Span, extension: Span, times: int = 1) -> PlanDate:
    """The last day of a limit extended as often as allowed. In one unit limit and extensions are one span, else they follow each other."""
    return calendar.deadline(start, *_joined((limit, *(extension,) * times)))


def longest_end(
    calendar: WorkCalendar,
    start: PlanDate | date,
    limit: Span,
    extension: Span | None = None,
    times: int = 1,
    procedures: Sequence[Procedure] = (),
) -> PlanDate | None:
    """The last day if every extension is used and every procedure takes its whole cap, wherever in the limit that costs most days.

    No history in which each procedure is held once, beginning on a working day, ends later. None when a procedure has no cap.
    """
    spans = _joined((limit, *((extension,) * times if extension is not None else ())))
    caps: list[Span] = []
    for procedure in procedures:
        if procedure.cap is None:
            return None
        caps.append(procedure.cap)

    def end(clock: Clock, day: int) -> int:
        return _longest(clock, day, spans, caps)

    day, low, high = (start.date, start.earliest, start.latest) if isinstance(start, PlanDate) else (start, start, start)
    firm_start = start.certainty == "FIRM" if isinstance(start, PlanDate) else calendar.firm_from <= start
    expected = end(calendar.expected, day.toordinal())
    if firm_start and expected <= calendar.firm_until.toordinal():
        return plan_date(expected)
    return plan_date(expected, end(calendar.earliest, low.toordinal()), end(calendar.latest, high.toordinal()))


def plan_date(day: int, low: int | None = None, high: int | None = None, skipped: tuple[SkippedDays, ...] = ()) -> PlanDate:
    """A day counted in ordinals: FIRM without bounds."""
    when = date.fromordinal(day)
    if low is None or high is None:
        return PlanDate(when, "FIRM", when, when, skipped)
    return PlanDate(when, "PROVISIONAL", date.fromordinal(low), date.fromordinal(high), skipped)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans, those of one unit that follow each other made one."""
    result: list[Span] = []
    for span in spans:
        if result and type(result[-1]) is type(span):
            result[-1] = type(span)(result[-1].n + span.n)
        else:
            result.append(span)
    return tuple(result)


def _longest(clock: Clock, start: int, spans: tuple[Span, ...], caps: Sequence[Span]) -> int:
    """The latest end of `spans` with every one of `caps` as a stop somewhere in it.

    Every step is monotone in the day it starts from, so of all ways to have used so many days and held such procedures only the latest
    matters. Working days put among working days only add up, wherever they stand.
    """
    steps = [type(span)(1) for span in spans for _ in range(span.n)]
    if all(isinstance(span, WorkingDays) for span in spans):
        extra = [cap for cap in caps if isinstance(cap, WorkingDays)]
        steps += [WorkingDays(1) for cap in extra for _ in range(cap.n)]
        caps = [cap for cap in caps if not isinstance(cap, WorkingDays)]
    total = len(steps)

    def walk(day: int, used: int, wanted: int) -> int:
        """The day on which `wanted` days are used, `used` of them on `day` already; once all are, the working day that ends them."""
        for place, span in enumerate(_joined(steps[used:wanted])):
            day = _after(clock, clock.next_ordinal(day) if place else day, span)
        return clock.next_ordinal(day) if wanted == total else day

    reached: list[dict[int, int]] = [{} for _ in range(1 << len(caps))]
    reached[0] = {0: start}
    for held in range(1, 1 << len(caps)):
        for place, cap in enumerate(caps):
            if held >> place & 1:
                for used, day in reached[held ^ 1 << place].items():
                    for wanted in range(used, total + 1):
                        end = _after(clock, walk(day, used, wanted), cap)
                        if end > reached[held].get(wanted, 0):
                            reached[held][wanted] = end
    return max(walk(day, used, total) for used, day in reached[-1].items())


# -- counting with stops -----------------------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """A stop as it was recorded, in ordinals; `end` is None while it goes on."""

    name: str
    since: int
    end: int | None
    reason: str


def _after(clock: Clock, day: int, span: Span) -> int:
    """The day `span` ends after `day`, which need not be a working day."""
    return day + span.n if isinstance(span, CalendarDays) or not span.n else clock.add_ordinal(day, span)


def count_days(clock: Clock, unit: type[Span], a: int, b: int) -> int:
    """How many days of the unit there are in (a, b]; on a clock of bounds, as many as it allows."""
    if unit is CalendarDays or b <= a:
        return max(b - a, 0)
    low, high = 0, b - a
    while low < high:
        middle = (low + high + 1) // 2
        if clock.add_ordinal(a, WorkingDays(middle)) <= b:
            low = middle
        else:
            high = middle - 1
    return low


Run: TypeAlias = tuple[int, int | None]
"""The clock stands still on the days after the first, up to and with the second (None: without an end)."""


def stopped_runs(clock: Clock, pieces: Sequence[Piece], caps: Callable[[str], Span | None]) -> list[Run]:
    """When the clock stands still, in the order in which it stops; runs may overlap. `caps`: the cap of a procedure by its name."""
    used: dict[str, int] = {}
    runs: list[Run] = []
    for piece in sorted(pieces, key=lambda piece: piece.since):
        cap, end = caps(piece.name), piece.end
        if cap is not None:
            left = type(cap)(max(cap.n - used.get(piece.name, 0), 0))
            ends = _after(clock, piece.since, left)
            used[piece.name] = used.get(piece.name, 0) + (left.n if end is None else count_days(clock, type(cap), piece.since, end))
            end = ends if end is None else min(end, ends)
        if end is None or end > piece.since:
            runs.append((piece.since, end))
    return runs


def due_ordinal(clock: Clock, start: int, total: Span, runs: Sequence[Run]) -> int | None:
    """The last day of the limit, None when a stop goes on without an end."""
    unit, left, day = type(total), total.n, start
    for since, end in runs:
        if left:
            reached = _after(clock, day, unit(left))
            if reached > since:
                left -= count_days(clock, unit, day, since)
                if end is None:
                    return None
                day = max(day, end)
                continue
            day, left = reached, 0
        last = clock.next_ordinal(day)
        if last < since:
            return last
        if end is None:
            return None
        day = max(day, end)
    return _after(clock, day, unit(left)) if left and unit is WorkingDays else clock.next_ordinal(day + left)


def used_days(clock: Clock, start: int, until: int, total: Span, runs: Sequence[Run]) -> int:
    """How many days of the limit are used up when `until` is over."""
    used, day = 0, start
    for since, end in runs:
        used += count_days(clock, type(total), day, min(since, until))
        day = max(day, until if end is None else min(end, until))
    return min(used + count_days(clock, type(total), day, until), total.n)
