"""Dates as plans show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache

from planner.calendar import PlanDate as Day
from planner.calendar import SkippedDays as Skipped
from planner.plan import Certainty, PlanDate, SkippedDays


def first_of(*days: Day) -> Day:
    """Whichever day comes first: as early, on the expected days and on either bound, as the earliest of them. At least one is given."""
    return _combined(min, days)


def last_of(*days: Day) -> Day:
    """Whichever day comes last. At least one is given."""
    return _combined(max, days)


def _combined(pick: Callable[[Iterable[date]], date], days: Sequence[Day]) -> Day:
    expected = pick([day.date for day in days])
    low, high = pick([day.earliest for day in days]), pick([day.latest for day in days])
    likeliest = next(day for day in days if day.date == expected)
    if (low, high) == (likeliest.earliest, likeliest.latest):
        return likeliest
    return Day(expected, "FIRM" if low == high else "PROVISIONAL", low, high, likeliest.skipped)


def plan_date(day: Day) -> PlanDate:
    """A calendar date as plans show it."""
    return _plan_date(day.date, day.certainty, day.earliest, day.latest, day.skipped)


@lru_cache(maxsize=65_536)
def _plan_date(day: date, certainty: str, earliest: date, latest: date, skipped: tuple[Skipped, ...]) -> PlanDate:
    return PlanDate.model_construct(
        date=day,
        certainty=Certainty.FIRM if certainty == "FIRM" else Certainty.PROVISIONAL,
        earliest=earliest,
        latest=latest,
        skipped=tuple(SkippedDays.model_construct(first=s.first, last=s.last, name=s.name) for s in skipped),
    )
