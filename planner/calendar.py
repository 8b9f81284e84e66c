"""Which days offices work, and how sure a date is.

Which days are worked follows the State Council's yearly holiday notice. Past the last notice a date cannot be known, so a
`WorkCalendar` keeps three `DayTable`s that agree on every published day and differ after it:

- `expected`: weekends and the statutory festival days off, a festival day on a weekend made good on the next weekday;
- `possible`: every day that may turn out worked is worked;
- `sure`: every day that may turn out off is off.

From these, and from the rule that a notice works back what it moves off, come two ways of counting, `earliest` and `latest`, between
which the truth lies: as long as notices keep within the windows of the festival table (how far from a festival they move days off
and make-up workdays, measured on past notices, with a margin). One thing no table foresees: days off by special decree
(2015-09-03, the Spring Festival of 2020 made longer).
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

import chinese_calendar

from planner.bounds import Clock, Earliest, Envelope, Latest, Window
from planner.days import CalendarDays, CalendarRangeError, DayTable, Lasting, Months, SkippedDays, Span, WorkingDays
from planner.festivals import Festival, FestivalTable, Notice, Observance, Statute, library_notices

__all__ = [
    "CalendarDays",
    "CalendarRangeError",
    "Certainty",
    "Clock",
    "DayTable",
    "Festival",
    "FestivalTable",
    "Lasting",
    "Months",
    "Notice",
    "PlanDate",
    "SkippedDays",
    "Span",
    "Statute",
    "WorkCalendar",
    "WorkingDays",
    "library_notices",
]

Certainty: TypeAlias = Literal["FIRM", "PROVISIONAL"]
View: TypeAlias = Literal["expected", "possible", "sure"]


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
    def possible(self) -> DayTable:
        """Every day that may turn out worked."""
        return DayTable(lambda year: self._days(year, "possible"))

    @cached_property
    def sure(self) -> DayTable:
        """Only days that are sure to be worked."""
        return DayTable(lambda year: self._days(year, "sure"))

    @cached_property
    def earliest(self) -> Clock:
        """Counts as early as the coming notices allow."""
        return Earliest(self._envelope, self.possible)

    @cached_property
    def latest(self) -> Clock:
        """Counts as late as the coming notices allow."""
        return Latest(self._envelope, self.sure)

    @cached_property
    def _envelope(self) -> Envelope:
        return Envelope(self.expected, self.sure, self.possible, self._windows)

    def _windows(self, year: int) -> Iterator[Window]:
        """The days the notice of `year` may touch, if it is still to come."""
        if year not in self.notices:
            for festival, first, last, exact in self.festivals.observances(year):
                # A festival whose date is not known is not among the expected days off: its days are still to be taken.
                extra = festival.extra if exact else festival.extra + festival.days
                yield Window(first - festival.before, last + festival.after, extra)

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
        reach = [first - festival.before for festival, first, _, _ in self.festivals.observances(coming)]
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
        return PlanDate(day, "PROVISIONAL", _walk(self.earliest, low, spans), _walk(self.latest, high, spans), skipped)

    def lapse(self, start: PlanDate, lasting: Lasting) -> PlanDate:
        """The last day on which a result of `start` still holds.

        Months end on the matching day (民法典 202), days are counted as they are: neither moves for a day off, which is the reading
        that is safe to rely on. Only working days ask the calendar. An uncertain `start` carries its bounds along.
        """
        if isinstance(lasting, WorkingDays):
            return self.deadline(start, lasting)

        def after(day: date) -> date:
            return lasting.after(day) if isinstance(lasting, Months) else day + timedelta(days=lasting.n)

        return PlanDate(after(start.date), start.certainty, after(start.earliest), after(start.latest))

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

    def _days(self, year: int, view: View) -> tuple[bytearray, dict[int, str]]:
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

    def foresee(self, observances: list[Observance], view: View) -> None:
        statutory = {day for o in observances if o.exact for day in range(o.first, o.last + 1)}
        if view == "possible":
            for festival, first, last, _ in observances:
                for day in range(first - festival.work_before, last + festival.work_after + 1):
                    self._set(day, 1)
        taken = set(statutory)
        owed: list[tuple[int, str]] = []
        seen: set[int] = set()
        for festival, first, last, exact in observances:
            if view == "sure":
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


def _walk(table: Clock, day: date, spans: tuple[Span, ...]) -> date:
    ordinal = day.toordinal()
    for span in spans:
        ordinal = table.add_ordinal(ordinal, span)
    return date.fromordinal(ordinal)
