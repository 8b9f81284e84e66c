"""Spans of days and tables of working days: how a limit is counted.

A limit is a `Span`: `WorkingDays` or `CalendarDays`, two types that never mix. The day of the event is not counted (民法典 201);
a last day that is no working day moves to the next one (民法典 203).

Days inside are proleptic Gregorian ordinals (`date.toordinal`); dates are Beijing dates, without time of day.
"""

from __future__ import annotations

from array import array
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, compress
from typing import NamedTuple, TypeAlias

MAX_DAYS = 36_525
"""The longest span accepted, in days of its own unit: a century. What is longer is a slip of the pen."""


FIRST_YEAR, LAST_YEAR = 1900, 2400
"""The years that are counted. Tables run on without gaps, so a start in the year 9000 would cost seconds, and is a slip anyway."""
OUT_OF_RANGE = f"日期超出可计算的范围（{FIRST_YEAR} 年至 {LAST_YEAR} 年）"


class CalendarRangeError(ValueError):
    """A date falls outside the years that can be counted."""


@dataclass(frozen=True, slots=True, order=True)
class _Days:
    n: int

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, int):
            raise TypeError(f"天数必须是整数：{self.n!r}")
        if not 0 <= self.n <= MAX_DAYS:
            raise ValueError(f"天数须在 0 到 {MAX_DAYS} 之间：{self.n}")


@dataclass(frozen=True, slots=True, order=True)
class WorkingDays(_Days):
    """So many working days (工作日). Adds to and compares with `WorkingDays` only; anything else is a TypeError."""

    def __add__(self, other: WorkingDays) -> WorkingDays:
        return WorkingDays(self.n + other.n) if isinstance(other, WorkingDays) else NotImplemented

    def __str__(self) -> str:
        return f"{self.n} 工作日"


@dataclass(frozen=True, slots=True, order=True)
class CalendarDays(_Days):
    """So many calendar days (日). Adds to and compares with `CalendarDays` only; anything else is a TypeError."""

    def __add__(self, other: CalendarDays) -> CalendarDays:
        return CalendarDays(self.n + other.n) if isinstance(other, CalendarDays) else NotImplemented

    def __str__(self) -> str:
        return f"{self.n} 日"


Span: TypeAlias = WorkingDays | CalendarDays


@dataclass(frozen=True, slots=True)
class Months:
    """So many calendar months (a year is twelve): how long a result stays valid, never a limit of an office."""

    n: int

    def __post_init__(self) -> None:
        if not 1 <= self.n <= 1200:
            raise ValueError(f"月数须在 1 到 1200 之间：{self.n}")

    def __str__(self) -> str:
        return f"{self.n // 12} 年" if self.n % 12 == 0 else f"{self.n} 个月"

    def after(self, day: date) -> date:
        """The last day of the period that begins with an event on `day`: the same day of the month it ends in, or that month's last day
        where it has no such day (民法典 202). Raises `CalendarRangeError` past the last year that is counted."""
        months = day.year * 12 + day.month - 1 + self.n
        year, month = months // 12, months % 12 + 1
        if year > LAST_YEAR:
            raise CalendarRangeError(OUT_OF_RANGE)
        return date(year, month, min(day.day, monthrange(year, month)[1]))


Lasting: TypeAlias = Months | WorkingDays | CalendarDays
"""How long a result stays valid."""


@dataclass(frozen=True, slots=True)
class SkippedDays:
    """A run of days off that a count passed over: first and last day, both included, and its festival (or 周末)."""

    first: date
    last: date
    name: str

    @property
    def days(self) -> int:
        """How many days the run has."""
        return self.last.toordinal() - self.first.toordinal() + 1

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.name} {self.first.isoformat()}"
        return f"{self.name} {self.first.isoformat()} 至 {self.last.isoformat()}"


class _Stretch(NamedTuple):
    """Consecutive whole years, counted once. Index = ordinal - base."""

    base: int
    inner: int  # lookups are answered for ordinals in [inner, outer): a year less than held on either side, so that
    outer: int  # runs of days off at an edge are whole
    rank: array[int]  # rank[i]: working days before day i
    workdays: array[int]  # ordinals of the working days
    begun: array[int]  # begun[i]: runs of days off that begin before day i
    runs: tuple[SkippedDays, ...]


class DayTable:
    """One view of which days are worked. Every operation costs a lookup or two; years are counted when first asked for.

    The methods on `date` are the library's; those named `*_ordinal` are the same on ordinals, for the scheduler's inner loop.
    """

    __slots__ = ("_stretch", "_year")

    def __init__(self, year: Callable[[int], tuple[bytearray, dict[int, str]]]) -> None:
        """`year` gives, for a year, a byte per day (1 worked, 0 off) and the festival of each day off that has one."""
        self._year = year
        self._stretch = _Stretch(1, 1, 1, array("i", [0]), array("i"), array("i", [0]), ())

    # The stretch is replaced whole, never changed, so threads that share a table see an old one or a new one, both right.
    def _cover(self, a: int, b: int) -> _Stretch:
        """A stretch that answers for every ordinal in [a, b]."""
        held = self._stretch
        if held.inner <= a and b < held.outer:
            return held
        try:
            first, last = date.fromordinal(a).year, date.fromordinal(b).year
        except (ValueError, OverflowError):
            first, last = 0, 0
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise CalendarRangeError(OUT_OF_RANGE)
        if held.inner == held.outer:
            low, high = first - 1, last + 2
        else:
            low, high = date.fromordinal(held.inner).year - 1, date.fromordinal(held.outer).year
            # Grow by what is already held, so that a long walk costs no more than twice its length.
            held_years = high - low
            if last >= high:
                high = max(last + 1, high + held_years)
            if first <= low:
                low = min(first - 1, low - held_years)
        self._stretch = grown = self._count(max(low, FIRST_YEAR - 1), min(high, LAST_YEAR + 1))
        return grown

    def _count(self, low: int, high: int) -> _Stretch:
        base = date(low, 1, 1).toordinal()
        worked = bytearray()
        names: dict[int, str] = {}
        for year in range(low, high + 1):
            days, festivals = self._year(year)
            worked += days
            names.update(festivals)
        end = base + len(worked)
        runs: list[SkippedDays] = []
        begins = bytearray(len(worked))
        start = worked.find(0)
        while start >= 0:
            stop = worked.find(1, start)
            stop = stop if stop >= 0 else len(worked)
            begins[start] = 1
            found = dict.fromkeys(names[day] for day in range(base + start, base + stop) if day in names)
            name = "、".join(dict.fromkeys("、".join(found).split("、"))) if found else "周末"
            runs.append(SkippedDays(date.fromordinal(base + start), date.fromordinal(base + stop - 1), name))
            start = worked.find(0, stop)
        return _Stretch(
            base,
            date(low + 1, 1, 1).toordinal(),
            date(high, 1, 1).toordinal(),
            array("i", accumulate(worked, initial=0)),
            array("i", compress(range(base, end), worked)),
            array("i", accumulate(begins, initial=0)),
            tuple(runs),
        )

    def next_ordinal(self, day: int) -> int:
        held = self._stretch
        if not held.inner <= day < held.outer:
            held = self._cover(day, day)
        return held.workdays[held.rank[day - held.base]]

    def previous_ordinal(self, day: int) -> int:
        held = self._stretch
        if not held.inner <= day < held.outer:
            held = self._cover(day, day)
        return held.workdays[held.rank[day - held.base + 1] - 1]

    def add_ordinal(self, day: int, span: Span) -> int:
        n = span.n
        if n == 0 or isinstance(span, CalendarDays):
            return self.next_ordinal(day + n)
        held = self._stretch
        if not held.inner <= day < held.outer:
            held = self._cover(day, day)
        index = held.rank[day - held.base + 1] + n - 1
        while index >= len(held.workdays):
            held = self._cover(day, held.outer)
            index = held.rank[day - held.base + 1] + n - 1
        return held.workdays[index]

    def latest_start_ordinal(self, deadline: int, span: Span) -> int:
        n = span.n
        last = self.previous_ordinal(deadline)
        if n == 0:
            return last
        if isinstance(span, CalendarDays):
            return self.previous_ordinal(last - n)
        held = self._cover(last, last)
        index = held.rank[last - held.base] - n
        while index < 0:
            held = self._cover(held.inner - 1, last)
            index = held.rank[last - held.base] - n
        return held.workdays[index]

    def working_ordinals(self, a: int, b: int) -> int:
        held = self._cover(min(a, b), max(a, b))
        return held.rank[b - held.base + 1] - held.rank[a - held.base + 1]

    def skipped_ordinals(self, a: int, b: int) -> tuple[SkippedDays, ...]:
        if b <= a:
            return ()
        held = self._cover(a, b)
        first, last = a + 1 - held.base, b - held.base
        # begun[i + 1] counts runs beginning on or before day i, so the run day i lies in, if any, has index begun[i + 1] - 1.
        off = held.rank[first + 1] == held.rank[first]
        runs = held.runs[held.begun[first + 1] - off : held.begun[last + 1]]
        if runs and runs[0].first.toordinal() <= a:
            runs = (SkippedDays(date.fromordinal(a + 1), runs[0].last, runs[0].name), *runs[1:])
        if runs and runs[-1].last.toordinal() > b:
            runs = (*runs[:-1], SkippedDays(runs[-1].first, date.fromordinal(b), runs[-1].name))
        return runs

    def counts(self, first: int, last: int) -> list[int]:
        """For each day of [first, last], the working days from `first` up to and with it."""
        held = self._cover(first, last)
        before = held.rank[first - held.base]
        return [rank - before for rank in held.rank[first - held.base + 1 : last - held.base + 2]]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        ordinal = day.toordinal()
        return self.next_ordinal(ordinal) == ordinal

    def next_workday(self, day: date) -> date:
        """The first working day on or after `day`."""
        return date.fromordinal(self.next_ordinal(day.toordinal()))

    def previous_workday(self, day: date) -> date:
        """The last working day on or before `day`."""
        return date.fromordinal(self.previous_ordinal(day.toordinal()))

    def add(self, day: date, span: Span) -> date:
        """The last day of a limit that begins with an event on `day`. Always a working day.

        Working days: day 1 is the working day after `day`; with 0, `day` itself or the next working day. Calendar days: day 1 is
        the day after, and a last day that is off moves to the next working day (民法典 201, 203).
        """
        return date.fromordinal(self.add_ordinal(day.toordinal(), span))

    def latest_start(self, deadline: date, span: Span) -> date:
        """The latest working day `a` with `add(a, span) <= deadline`.

        For every working day `a`: `add(a, span) <= deadline` exactly when `a <= latest_start(deadline, span)`.
        """
        return date.fromordinal(self.latest_start_ordinal(deadline.toordinal(), span))

    def working_days_between(self, a: date, b: date) -> int:
        """Working days in (a, b]: after `a`, up to and with `b`. Negative when `b` comes first."""
        return self.working_ordinals(a.toordinal(), b.toordinal())

    def skipped(self, a: date, b: date) -> tuple[SkippedDays, ...]:
        """The days off in (a, b], in runs. A run that holds a festival day bears its name from end to end, else 周末."""
        return self.skipped_ordinals(a.toordinal(), b.toordinal())

    def skipped_by(self, day: date, spans: Iterable[Span]) -> tuple[SkippedDays, ...]:
        """The days off that `spans`, one after the other from `day`, pass over."""
        return self.skipped_by_ordinal(day.toordinal(), spans)

    def skipped_by_ordinal(self, day: int, spans: Iterable[Span]) -> tuple[SkippedDays, ...]:
        """Like `skipped_by`. Working days pass over every day off; calendar days count them, and pass over those at the end."""
        result: tuple[SkippedDays, ...] = ()
        for span in spans:
            end = self.add_ordinal(day, span)
            counted = day if span.n and isinstance(span, WorkingDays) else day + span.n - 1
            result += self.skipped_ordinals(counted, end)
            day = end
        return result

    def make_up(self, a: date, b: date) -> tuple[date, ...]:
        """The make-up workdays in (a, b]: Saturdays and Sundays that are worked."""
        if b <= a:
            return ()
        held = self._cover(a.toordinal(), b.toordinal())
        low, high = held.rank[a.toordinal() - held.base + 1], held.rank[b.toordinal() - held.base + 1]
        # Day 1 was a Monday, so ordinal % 7 is 6 on Saturdays and 0 on Sundays.
        return tuple(date.fromordinal(day) for day in held.workdays[low:high] if day % 7 in (6, 0))
