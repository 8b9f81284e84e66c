"""Working days: which days offices work, how a limit is counted, and how sure a date is.

A limit is a `Span`: `WorkingDays` or `CalendarDays`, two types that never mix. The day of the event is not counted (民法典 201);
a last day that is no working day moves to the next one (民法典 203).

Which days are worked follows the State Council's yearly holiday notice. Past the last notice a date cannot be known, so a
`WorkCalendar` keeps three `DayTable`s that agree on every published day and differ after it:

- `expected`: weekends and the statutory festival days off, a festival day on a weekend made good on the next weekday;
- `optimistic`: every day that may turn out worked is worked. Never fewer working days than the coming notice will leave;
- `pessimistic`: every day that may turn out off is off. Never more working days than the coming notice will leave.

So for any span the true end lies between the optimistic and the pessimistic one, as long as notices keep within the windows of
the festival table (how far from a festival a notice moves days off and make-up workdays; measured on past notices, with a
margin). One thing no table foresees: a day off by special decree (2015-09-03, the extended Spring Festival of 2020).

Days inside are proleptic Gregorian ordinals (`date.toordinal`); dates are Beijing dates, without time of day.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate, compress
from typing import Literal, NamedTuple, TypeAlias

import chinese_calendar  # type: ignore[import-untyped]
from chinese_calendar import constants as _library

MAX_DAYS = 100_000
"""The longest span accepted, in days of its own unit: longer than any limit or building site, short enough to stay in range."""


class CalendarRangeError(ValueError):
    """A date falls outside the years 1 to 9999 that can be counted."""


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
Certainty: TypeAlias = Literal["FIRM", "PROVISIONAL"]


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


@dataclass(frozen=True, slots=True)
class PlanDate:
    """A date and how sure it is.

    FIRM: every day it rests on is published, and `earliest == latest == date`. PROVISIONAL: `date` is the expected one, and the
    coming notices can move it within [`earliest`, `latest`]. `skipped`: the days off the date's own clock passed over.
    """

    date: datetime.date
    certainty: Certainty
    earliest: datetime.date
    latest: datetime.date
    skipped: tuple[SkippedDays, ...] = ()


# ---------------------------------------------------------------------------------------------------------------- the law's days


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival on which all citizens have days off (全国年节及纪念日放假办法 art. 2).

    `first` is a month and day, or the name of a column of the lunar table (除夕, 端午 …). The windows say how many days before the
    first and after the last statutory day a notice may move days off (`off_*`) and name make-up workdays (`work_*`).
    """

    name: str
    first: tuple[int, int] | str
    days: int
    off_before: int
    off_after: int
    work_before: int
    work_after: int


@dataclass(frozen=True, slots=True)
class Statute:
    """The festivals in force from 1 January of `since`."""

    since: int
    festivals: tuple[Festival, ...]


class _Observance(NamedTuple):
    """A festival in one year, as ordinals. `exact` is False where the lunar table ends: then first..last is where it may lie."""

    festival: Festival
    first: int
    last: int
    exact: bool


@dataclass(frozen=True)
class FestivalTable:
    """The statutory festivals through time, and the dates of those that follow the moon or the sun.

    `moons`: year → column (初一, 除夕, 清明, 端午, 中秋) → date. Before the first `Statute` the first one is taken.
    """

    statutes: tuple[Statute, ...]
    moons: Mapping[int, Mapping[str, date]]

    def festivals(self, year: int) -> tuple[Festival, ...]:
        """The festivals of that year's law."""
        found = self.statutes[0]
        for statute in self.statutes:
            if statute.since <= year:
                found = statute
        return found.festivals

    def observances(self, year: int) -> Iterator[_Observance]:
        for festival in self.festivals(year):
            if isinstance(festival.first, tuple):
                first = date(year, *festival.first).toordinal()
                yield _Observance(festival, first, first + festival.days - 1, True)
            elif year in self.moons:
                first = self.moons[year][festival.first].toordinal()
                yield _Observance(festival, first, first + festival.days - 1, True)
            else:
                # Past the lunar table: anywhere the festival ever fell. Wide, but never wrong.
                falls = sorted((row[festival.first].month, row[festival.first].day) for row in self.moons.values())
                low, high = date(year, *falls[0]).toordinal(), date(year, *falls[-1]).toordinal()
                yield _Observance(festival, low, high + festival.days - 1, False)

    def statutory_days(self, year: int) -> dict[date, str]:
        """The statutory days off of a year in date order, by festival; two festivals on one day are joined (国庆节、中秋节).

        Festivals past the end of the lunar table are missing.
        """
        days: dict[int, str] = {}
        for festival, first, last, exact in self.observances(year):
            if exact:
                for day in range(first, last + 1):
                    days[day] = f"{days[day]}、{festival.name}" if day in days else festival.name
        return {date.fromordinal(day): days[day] for day in sorted(days)}

    def statutory_count(self, year: int) -> int:
        """How many days off on weekdays the law gives that year, all in all (13 since 2025)."""
        return sum(festival.days for festival in self.festivals(year))


@dataclass(frozen=True)
class Notice:
    """A State Council notice: the days off and the make-up workdays of one year, each with its festival.

    A notice may reach back into the last days of December before (2018-12-29 was a make-up workday of the 2019 notice).
    `title` names the document; `checked` is False when it was not compared with the official text.
    """

    year: int
    off: Mapping[date, str]
    work: Mapping[date, str]
    title: str = ""
    checked: bool = True


_NAMES: Mapping[str, str] = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def library_notices() -> dict[int, Notice]:
    """The notices the `chinesecalendar` package knows, by year. New Year's days in December belong to the next year's notice."""
    off: dict[int, dict[date, str]] = {}
    work: dict[int, dict[date, str]] = {}
    for source, target in ((_library.holidays, off), (_library.workdays, work)):
        for day, english in source.items():
            name = _NAMES.get(english, english)
            year = day.year + 1 if day.month == 12 and name == "元旦" else day.year
            target.setdefault(year, {})[day] = name
    # A year counts as known when its National Day is there: a new year's first days alone do not make it known.
    return {year: Notice(year, days, work.get(year, {})) for year, days in sorted(off.items()) if date(year, 10, 1) in days}


# ------------------------------------------------------------------------------------------------------------------- a day table


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
        if first < 2 or last > 9998:
            raise CalendarRangeError("日期超出可计算的范围（公元 2 年至 9998 年）")
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
        self._stretch = grown = self._count(max(low, 1), min(high, 9999))
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


# ------------------------------------------------------------------------------------------------------------------ the calendar


@dataclass(frozen=True)
class WorkCalendar:
    """The published notices, what the law says of the years after them, and the three tables that follow.

    `notices` by year; a year is published when it has one. `version` names where the data came from (for the digest).
    """

    notices: Mapping[int, Notice]
    festivals: FestivalTable
    version: str = field(default=f"chinesecalendar {chinese_calendar.__version__}")

    @cached_property
    def expected(self) -> DayTable:
        """The published days, then what the law alone gives."""
        return DayTable(lambda year: self._days(year, "expected"))

    @cached_property
    def optimistic(self) -> DayTable:
        """At least the working days there will turn out to be: for "earliest"."""
        return DayTable(lambda year: self._days(year, "optimistic"))

    @cached_property
    def pessimistic(self) -> DayTable:
        """At most the working days there will turn out to be: for "latest"."""
        return DayTable(lambda year: self._days(year, "pessimistic"))

    @cached_property
    def published(self) -> tuple[int, int]:
        """First and last year of the unbroken run of published years. A published year after a gap does not lengthen it."""
        if not self.notices:
            return (9999, 0)
        first = last = min(self.notices)
        while last + 1 in self.notices:
            last += 1
        return (first, last)

    @cached_property
    def firm_from(self) -> date:
        """The first day that is known."""
        return date(self.published[0], 1, 1)

    @cached_property
    def firm_until(self) -> date:
        """The last day that is known.

        The coming notice may still move the last days of December (for 2019 it moved 2018-12-29 to 31), so this is some days
        before the end of the last published year. Before `firm_from` when nothing is published.
        """
        if not self.notices:
            return date(1, 1, 1)
        coming = self.published[1] + 1
        reach = [
            first - max(festival.off_before, festival.work_before) for festival, first, _, _ in self.festivals.observances(coming)
        ]
        return date.fromordinal(min([date(coming, 1, 1).toordinal(), *reach]) - 1)

    @cached_property
    def unchecked(self) -> tuple[int, ...]:
        """Years whose notice was not compared with the official text (核验: 待核)."""
        return tuple(sorted(year for year, notice in self.notices.items() if not notice.checked))

    def certainty(self, day: date) -> Certainty:
        """FIRM when the day, and every day since `firm_from`, is published."""
        return "FIRM" if self.firm_from <= day <= self.firm_until else "PROVISIONAL"

    def deadline(self, start: PlanDate | date, *spans: Span) -> PlanDate:
        """The last day of `spans`, counted one after the other from `start`, with the days it passed over.

        Without spans: the day itself, or the next working day.
        An uncertain `start` makes an uncertain deadline: its bounds are carried along.
        """
        spans = spans or (WorkingDays(0),)
        begin = start.date if isinstance(start, PlanDate) else start
        day = _walk(self.expected, begin, spans)
        skipped = self.expected.skipped_by(begin, spans)
        firm = start.certainty == "FIRM" if isinstance(start, PlanDate) else self.firm_from <= start
        if firm and day <= self.firm_until:
            return PlanDate(day, "FIRM", day, day, skipped)
        low, high = (start.earliest, start.latest) if isinstance(start, PlanDate) else (start, start)
        return PlanDate(day, "PROVISIONAL", _walk(self.optimistic, low, spans), _walk(self.pessimistic, high, spans), skipped)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all day data in use: two calendars with one digest give the same dates."""
        content = {
            "version": self.version,
            "notices": [
                [
                    year,
                    sorted((d.isoformat(), n) for d, n in notice.off.items()),
                    sorted((d.isoformat(), n) for d, n in notice.work.items()),
                ]
                for year, notice in sorted(self.notices.items())
            ],
            "statutes": [repr(statute) for statute in self.festivals.statutes],
            "moons": [
                [year, sorted((name, day.isoformat()) for name, day in row.items())]
                for year, row in sorted(self.festivals.moons.items())
            ],
        }
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def _days(self, year: int, view: Literal["expected", "optimistic", "pessimistic"]) -> tuple[bytearray, dict[int, str]]:
        """A byte per day of the year (1 worked) and the festival of each festival day off, by ordinal."""
        base = date(year, 1, 1).toordinal()
        length = date(year, 12, 31).toordinal() - base + 1
        weekday = (base - 1) % 7
        worked = bytearray(b"\1\1\1\1\1\0\0" * 54)[weekday : weekday + length]
        names: dict[int, str] = {}
        year_view = _Year(base, length, worked, names)
        if year in self.notices:
            year_view.follow(self.notices[year])
        else:
            year_view.foresee(list(self.festivals.observances(year)), view)
        if year + 1 in self.notices:
            year_view.follow(self.notices[year + 1])
        elif year < 9999 and view != "expected":
            year_view.foresee(list(self.festivals.observances(year + 1)), view)
        return worked, names


class _Year(NamedTuple):
    """A year being filled in. Days of other years are left out, as each year's table is built by itself."""

    base: int
    length: int
    worked: bytearray
    names: dict[int, str]

    def follow(self, notice: Notice) -> None:
        for day, name in notice.off.items():
            self._set(day.toordinal(), 0, name)
        for day in notice.work:
            self._set(day.toordinal(), 1)

    def foresee(self, observances: list[_Observance], view: str) -> None:
        statutory = {day for o in observances if o.exact for day in range(o.first, o.last + 1)}
        if view == "optimistic":
            for festival, first, last, _ in observances:
                for day in range(first - festival.work_before, last + festival.work_after + 1):
                    if day not in statutory:
                        self._set(day, 1)
        taken = set(statutory)
        owed: list[tuple[int, str]] = []
        seen: set[int] = set()
        for festival, first, last, exact in observances:
            if view == "pessimistic":
                for day in range(first - festival.off_before, last + festival.off_after + 1):
                    self._set(day, 0, festival.name)
            if not exact:
                continue
            for day in range(first, last + 1):
                self._set(day, 0, festival.name)
                if (day - 1) % 7 >= 5 or day in seen:
                    owed.append((day, festival.name))
                seen.add(day)
        if view == "expected":
            # A festival day that falls on a weekend, or on another festival, is made good on a weekday (放假办法 art. 6).
            for day, name in sorted(owed):
                while (day - 1) % 7 >= 5 or day in taken:
                    day += 1
                taken.add(day)
                self._set(day, 0, name)

    def _set(self, day: int, worked: int, name: str = "") -> None:
        index = day - self.base
        if 0 <= index < self.length:
            self.worked[index] = worked
            if worked:
                self.names.pop(day, None)
            else:
                before = self.names.get(day)
                self.names[day] = f"{before}、{name}" if before and name not in before.split("、") else before or name


def _walk(table: DayTable, day: date, spans: tuple[Span, ...]) -> date:
    ordinal = day.toordinal()
    for span in spans:
        ordinal = table.add_ordinal(ordinal, span)
    return date.fromordinal(ordinal)
