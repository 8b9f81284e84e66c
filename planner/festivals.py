"""The days off of the law and of the State Council's yearly notices.

全国年节及纪念日放假办法 says how many days off there are; the notice of each year moves them, and weekend days, about. What the
notices of the `chinesecalendar` package say is `library_notices`; later ones, and the law's days, are files (`calendar_files`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from chinese_calendar import constants as _library


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival on which all citizens have days off (全国年节及纪念日放假办法 art. 2).

    `first` is a month and day, or the name of a column of the lunar table (除夕, 端午 …). The windows say how many days before the
    first and after the last statutory day a notice may move days off (`off_*`) and name make-up workdays (`work_*`). Within that
    window each weekday moved off is worked back, so that the law's days remain; `extra` says how many more may be left off.
    """

    name: str
    first: tuple[int, int] | str
    days: int
    off_before: int
    off_after: int
    work_before: int
    work_after: int
    extra: int = 0

    @property
    def before(self) -> int:
        """How many days before its first day anything may be moved."""
        return max(self.off_before, self.work_before)

    @property
    def after(self) -> int:
        """How many days after its last day anything may be moved."""
        return max(self.off_after, self.work_after)


@dataclass(frozen=True, slots=True)
class Statute:
    """The festivals in force from 1 January of `since`."""

    since: int
    festivals: tuple[Festival, ...]


class Observance(NamedTuple):
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

    def observances(self, year: int) -> Iterator[Observance]:
        """Each festival of the year, in the order of the law."""
        for festival in self.festivals(year):
            if isinstance(festival.first, tuple):
                first = date(year, *festival.first).toordinal()
                yield Observance(festival, first, first + festival.days - 1, True)
            elif year in self.moons:
                first = self.moons[year][festival.first].toordinal()
                yield Observance(festival, first, first + festival.days - 1, True)
            else:
                # Past the lunar table: anywhere the festival ever fell. Wide, but never wrong.
                falls = sorted((row[festival.first].month, row[festival.first].day) for row in self.moons.values())
                low, high = date(year, *falls[0]).toordinal(), date(year, *falls[-1]).toordinal()
                yield Observance(festival, low, high + festival.days - 1, False)

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
