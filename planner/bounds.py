"""Bounds on a count of days that are not published yet.

Two things are known of a coming notice. Which days it may touch: those near a festival. And that around each festival it gives
back what it takes: a weekday moved off is worked back on a weekend day of the same window. So a count over a whole window is known
though its days are not, and the uncertainty of a count does not grow with every festival it passes.

`Envelope` holds, for each day, the least and the most working days there can be up to it. What a window that is over did to the count
is the same for every day after it, so it makes no count between two such days uncertain: a bound rests on the windows between its
two days alone, whatever else was counted before. `Earliest` and `Latest` count spans with it. Near a festival the table of days sure
to be worked (or possibly worked) may bound closer; both bounds hold, so the closer one is taken.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple, Protocol

from planner.days import FIRST_YEAR, LAST_YEAR, OUT_OF_RANGE, CalendarDays, CalendarRangeError, DayTable, Span


class Clock(Protocol):
    """What a schedule asks of a way to count days; all in ordinals."""

    def next_ordinal(self, day: int) -> int: ...

    def previous_ordinal(self, day: int) -> int: ...

    def add_ordinal(self, day: int, span: Span) -> int: ...

    def latest_start_ordinal(self, deadline: int, span: Span) -> int: ...


class Window(NamedTuple):
    """Days a coming notice may touch, as ordinals, both included, and how many days more than the law's it may leave off."""

    first: int
    last: int
    extra: int


class _Counts(NamedTuple):
    base: int
    inner: int  # answers for ordinals in [inner, outer)
    outer: int
    low: array[int]  # the least number of working days from base to base + i, both included
    high: array[int]  # the most
    # The most working days there can be after day a, up to day b, are high[b] - since_low[a]; the least, low[b] - since_high[a].
    since_low: array[int]
    since_high: array[int]


class Envelope:
    """The least and the most working days there can be up to a day.

    `windows` gives the windows of the notice of a year, none if it is published. A window may begin in the December before.
    """

    __slots__ = ("_counts", "_expected", "_possible", "_sure", "_windows")

    def __init__(self, expected: DayTable, sure: DayTable, possible: DayTable, windows: Callable[[int], Iterable[Window]]) -> None:
        self._expected, self._sure, self._possible, self._windows = expected, sure, possible, windows
        self._counts = _Counts(1, 1, 1, array("i"), array("i"), array("i"), array("i"))

    # As in a day table, what is held is replaced whole, never changed.
    def cover(self, a: int, b: int) -> _Counts:
        """Counts that answer for every ordinal in [a, b]."""
        held = self._counts
        if held.inner <= a and b < held.outer:
            return held
        try:
            low, high = date.fromordinal(a).year - 1, date.fromordinal(b).year + 1
        except (ValueError, OverflowError):
            low, high = 0, 0
        if low < FIRST_YEAR or high > LAST_YEAR:
            raise CalendarRangeError(OUT_OF_RANGE)
        if held.outer > held.inner:
            old_low, old_high = date.fromordinal(held.inner).year - 1, date.fromordinal(held.outer).year
            years = old_high - old_low
            low = max(min(low, old_low - years), FIRST_YEAR) if low < old_low else old_low
            high = min(max(high, old_high + years), LAST_YEAR) if high > old_high else old_high
        self._counts = grown = self._count(low, high)
        return grown

    def _count(self, first_year: int, last_year: int) -> _Counts:
        base, end = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
        expected = self._expected.counts(base, end)
        low, high = array("i", expected), array("i", expected)
        since_low, since_high = array("i", expected), array("i", expected)
        found = [window for year in range(first_year, last_year + 2) for window in self._windows(year)]
        shift_low = shift_high = 0
        done = 0
        for window in _joined(found):
            if window.first <= base or window.last > end:
                continue
            start, stop = window.first - base, window.last - base
            for index in range(done, start):
                low[index] += shift_low
                high[index] += shift_high
                since_low[index] += shift_high
                since_high[index] += shift_low
            sure, possible = self._sure.counts(window.first, window.last), self._possible.counts(window.first, window.last)
            most = expected[stop] - expected[start - 1]
            least = most - window.extra
            before_low, before_high = expected[start - 1] + shift_low, expected[start - 1] + shift_high
            for index in range(stop - start + 1):
                # What is sure so far; or the window's whole less all that may still come of it. And the same from above.
                low[start + index] = before_low + max(sure[index], least - (possible[-1] - possible[index]))
                high[start + index] = before_high + min(possible[index], most - (sure[-1] - sure[index]))
                since_low[start + index] = low[start + index] + shift_high - shift_low
                since_high[start + index] = high[start + index] - shift_high + shift_low
            shift_low, shift_high = low[stop] - expected[stop], high[stop] - expected[stop]
            # On its last day a window is over.
            since_low[stop], since_high[stop] = expected[stop] + shift_high, expected[stop] + shift_low
            done = stop + 1
        for index in range(done, len(low)):
            low[index] += shift_low
            high[index] += shift_high
            since_low[index] += shift_high
            since_high[index] += shift_low
        # After an earlier day there can be no fewer working days than after a later one.
        for index in range(len(since_high) - 2, -1, -1):
            since_high[index] = min(since_high[index], since_high[index + 1])
        inner, outer = date(first_year + 1, 1, 1).toordinal(), date(last_year, 1, 1).toordinal()
        return _Counts(base, inner, outer, low, high, since_low, since_high)


def _joined(windows: list[Window]) -> list[Window]:
    """The windows in order of time, those that overlap made one: what one festival takes the other may give back."""
    result: list[Window] = []
    for window in sorted(windows):
        if result and window.first <= result[-1].last:
            before = result[-1]
            result[-1] = Window(before.first, max(before.last, window.last), before.extra + window.extra)
        else:
            result.append(window)
    return result


class Earliest:
    """The earliest a count can turn out. Counting back from a deadline, the latest: days that are worked leave more time."""

    __slots__ = ("_envelope", "_possible")

    def __init__(self, envelope: Envelope, possible: DayTable) -> None:
        self._envelope, self._possible = envelope, possible

    def next_ordinal(self, day: int) -> int:
        return self._possible.next_ordinal(day)

    def previous_ordinal(self, day: int) -> int:
        return self._possible.previous_ordinal(day)

    def add_ordinal(self, day: int, span: Span) -> int:
        closest = self._possible.add_ordinal(day, span)
        if span.n == 0 or isinstance(span, CalendarDays):
            return closest
        held = self._envelope.cover(day, closest)
        wanted = held.since_low[day - held.base] + span.n
        while held.high[held.outer - 1 - held.base] < wanted:
            held = self._envelope.cover(day, held.outer)
            wanted = held.since_low[day - held.base] + span.n
        return max(closest, held.base + bisect_left(held.high, wanted))

    def latest_start_ordinal(self, deadline: int, span: Span) -> int:
        closest = self._possible.latest_start_ordinal(deadline, span)
        if span.n == 0 or isinstance(span, CalendarDays):
            return closest
        held = self._envelope.cover(closest, deadline)
        allowed = held.high[deadline - held.base] - span.n
        while held.since_low[held.inner - held.base] > allowed:
            held = self._envelope.cover(held.inner - 1, deadline)
            allowed = held.high[deadline - held.base] - span.n
        return self._possible.previous_ordinal(min(closest, held.base + bisect_right(held.since_low, allowed) - 1))


class Latest:
    """The latest a count can turn out. Counting back from a deadline, the earliest: days off leave less time."""

    __slots__ = ("_envelope", "_sure")

    def __init__(self, envelope: Envelope, sure: DayTable) -> None:
        self._envelope, self._sure = envelope, sure

    def next_ordinal(self, day: int) -> int:
        return self._sure.next_ordinal(day)

    def previous_ordinal(self, day: int) -> int:
        return self._sure.previous_ordinal(day)

    def add_ordinal(self, day: int, span: Span) -> int:
        furthest = self._sure.add_ordinal(day, span)
        if span.n == 0 or isinstance(span, CalendarDays):
            return furthest
        held = self._envelope.cover(day, furthest)
        return min(furthest, held.base + bisect_left(held.low, held.since_high[day - held.base] + span.n))

    def latest_start_ordinal(self, deadline: int, span: Span) -> int:
        furthest = self._sure.latest_start_ordinal(deadline, span)
        if span.n == 0 or isinstance(span, CalendarDays):
            return furthest
        held = self._envelope.cover(furthest, deadline)
        index = bisect_right(held.since_high, held.low[deadline - held.base] - span.n) - 1
        return max(furthest, self._sure.previous_ordinal(held.base + index)) if index >= 0 else furthest
