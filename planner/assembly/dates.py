"""Dates as plans show them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from planner.calendar import PlanDate as Day
from planner.calendar import SkippedDays as Skipped
from planner.plan import Certainty, PlanDate, SkippedDays


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
