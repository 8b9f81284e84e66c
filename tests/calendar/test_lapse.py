"""Until when a result holds: months by 民法典 art. 202, days as they are, and an uncertain beginning carried along."""

from __future__ import annotations

from datetime import date

import pytest

from planner.calendar import CalendarDays, CalendarRangeError, Months, PlanDate, WorkCalendar, WorkingDays
from planner.rulebook.models import parse_lasting


def firm(text: str) -> PlanDate:
    day = date.fromisoformat(text)
    return PlanDate(day, "FIRM", day, day)


@pytest.mark.parametrize(
    ("months", "begin", "end"),
    [
        (3, "2026-03-15", "2026-06-15"),
        (1, "2026-01-31", "2026-02-28"),
        (1, "2028-01-31", "2028-02-29"),
        (6, "2026-08-31", "2027-02-28"),
        (24, "2024-02-29", "2026-02-28"),
        (12, "2026-12-31", "2027-12-31"),
        (2, "2026-11-30", "2027-01-30"),
    ],
)
def test_months_end_on_the_matching_day_else_on_the_months_last(months: int, begin: str, end: str) -> None:
    assert Months(months).after(date.fromisoformat(begin)) == date.fromisoformat(end)


def test_months_are_counted_up_to_the_last_year_only() -> None:
    assert Months(12).after(date(2399, 5, 1)) == date(2400, 5, 1)
    with pytest.raises(CalendarRangeError):
        Months(12).after(date(2400, 5, 1))


@pytest.mark.parametrize("months", [0, -3, 1201])
def test_no_number_of_months_beyond_reason(months: int) -> None:
    with pytest.raises(ValueError):
        Months(months)


def test_a_day_off_moves_no_end(calendar: WorkCalendar) -> None:
    # 2026-05-02 is a Saturday within the Labour Day holiday.
    assert calendar.lapse(firm("2026-02-02"), Months(3)).date == date(2026, 5, 2)
    assert calendar.lapse(firm("2026-04-02"), CalendarDays(30)).date == date(2026, 5, 2)


def test_working_days_ask_the_calendar(calendar: WorkCalendar) -> None:
    assert calendar.lapse(firm("2026-03-06"), WorkingDays(5)).date == date(2026, 3, 13)


def test_an_uncertain_beginning_makes_an_uncertain_end(calendar: WorkCalendar) -> None:
    begin = PlanDate(date(2029, 3, 2), "PROVISIONAL", date(2029, 2, 28), date(2029, 3, 5))
    end = calendar.lapse(begin, Months(12))
    assert (end.date, end.certainty) == (date(2030, 3, 2), "PROVISIONAL")
    assert (end.earliest, end.latest) == (date(2030, 2, 28), date(2030, 3, 5))


@pytest.mark.parametrize(
    ("written", "lasting"),
    [
        ("2 年", Months(24)),
        ("6个月", Months(6)),
        ("30 日", CalendarDays(30)),
        ("20 工作日", WorkingDays(20)),
    ],
)
def test_how_a_validity_is_written(written: str, lasting: object) -> None:
    assert parse_lasting(written) == lasting


@pytest.mark.parametrize("written", ["两年", "0 日", "当场", "0 年", "200 年", "2 月", 3])
def test_what_is_no_validity(written: object) -> None:
    with pytest.raises(ValueError, match="时长"):
        parse_lasting(written)


def test_a_validity_reads_back_as_written() -> None:
    assert [str(Months(n)) for n in (3, 12, 18, 60)] == ["3 个月", "1 年", "18 个月", "5 年"]
