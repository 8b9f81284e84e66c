"""How a limit is counted on published days, said as a clerk would say it."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.calendar import CalendarDays, CalendarRangeError, SkippedDays, Span, WorkCalendar, WorkingDays

ONE = timedelta(days=1)
DATES = st.dates(date(2016, 1, 1), date(2026, 12, 26))
SPANS = st.one_of(st.integers(0, 400).map(WorkingDays), st.integers(0, 400).map(CalendarDays))


# -- the two kinds of day ---------------------------------------------------------------------------------------------------


def test_working_days_and_calendar_days_never_mix() -> None:
    with pytest.raises(TypeError):
        WorkingDays(3) + CalendarDays(3)  # type: ignore[operator]
    with pytest.raises(TypeError):
        CalendarDays(3) + WorkingDays(3)  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert WorkingDays(3) < CalendarDays(4)  # type: ignore[operator]
    with pytest.raises(TypeError):
        WorkingDays(3) + 3  # type: ignore[operator]
    assert len({WorkingDays(3), CalendarDays(3)}) == 2


def test_days_of_one_kind_add_up_and_compare() -> None:
    assert WorkingDays(20) + WorkingDays(10) == WorkingDays(30)
    assert CalendarDays(20) + CalendarDays(10) == CalendarDays(30)
    assert WorkingDays(7) < WorkingDays(20)


def test_a_span_shows_itself_in_chinese() -> None:
    assert str(WorkingDays(10)) == "10 工作日"
    assert str(CalendarDays(60)) == "60 日"


@pytest.mark.parametrize("n", [-1, 36_526])
def test_a_span_out_of_reason_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="天数"):
        WorkingDays(n)


@pytest.mark.parametrize("n", [True, 1.5, "10"])
def test_a_span_is_a_whole_number(n: object) -> None:
    with pytest.raises(TypeError, match="整数"):
        CalendarDays(n)  # type: ignore[arg-type]


# -- holidays ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "span", "end", "why"),
    [
        (date(2026, 9, 18), WorkingDays(1), date(2026, 9, 20), "9 月 20 日星期日为国庆调休上班"),
        (date(2026, 9, 30), WorkingDays(1), date(2026, 10, 8), "国庆放假 7 天"),
        (date(2026, 9, 30), WorkingDays(3), date(2026, 10, 10), "10 月 10 日星期六上班"),
        (date(2026, 9, 30), WorkingDays(4), date(2026, 10, 12), "10 月 11 日星期日休息"),
        (date(2026, 2, 13), WorkingDays(1), date(2026, 2, 14), "春节前星期六上班"),
        (date(2026, 2, 14), WorkingDays(1), date(2026, 2, 24), "春节放假 9 天"),
        (date(2025, 12, 31), WorkingDays(1), date(2026, 1, 4), "元旦放假 3 天，1 月 4 日星期日上班"),
        (date(2018, 12, 28), WorkingDays(2), date(2019, 1, 2), "2018 年 12 月 29 日星期六上班，31 日星期一放假"),
        (date(2026, 9, 14), WorkingDays(20), date(2026, 10, 16), "跨中秋、国庆"),
        # 民法典 203: a last day that is off moves to the next working day; the days before it are counted, off or not.
        (date(2026, 9, 1), CalendarDays(30), date(2026, 10, 8), "第 30 日是 10 月 1 日"),
        (date(2026, 9, 1), CalendarDays(29), date(2026, 9, 30), "第 29 日上班"),
        (date(2026, 8, 21), CalendarDays(30), date(2026, 9, 20), "第 30 日是调休上班的星期日，不顺延"),
        (date(2026, 8, 20), CalendarDays(30), date(2026, 9, 20), "第 30 日是星期六，次日星期日调休上班"),
        # Nothing to count: the day itself, or the first working day after.
        (date(2026, 9, 30), WorkingDays(0), date(2026, 9, 30), "当场"),
        (date(2026, 10, 1), WorkingDays(0), date(2026, 10, 8), "假日里的“当场”到上班第一天"),
        (date(2026, 10, 1), CalendarDays(0), date(2026, 10, 8), "同上"),
        # An event on a day off: the next day is still day 1 if it is worked.
        (date(2026, 10, 3), WorkingDays(1), date(2026, 10, 8), "假日里的事件，第 1 日是上班第一天"),
        (date(2026, 10, 17), WorkingDays(5), date(2026, 10, 23), "星期六的事件，从星期一数起"),
    ],
)
def test_last_day(calendar: WorkCalendar, start: date, span: Span, end: date, why: str) -> None:
    assert calendar.expected.add(start, span) == end, why
    deadline = calendar.deadline(start, span)
    assert (deadline.date, deadline.certainty, deadline.earliest, deadline.latest) == (end, "FIRM", end, end)


def test_a_deadline_names_the_days_it_skipped(calendar: WorkCalendar) -> None:
    deadline = calendar.deadline(date(2026, 9, 14), WorkingDays(20))
    assert deadline.skipped == (
        SkippedDays(date(2026, 9, 19), date(2026, 9, 19), "周末"),
        SkippedDays(date(2026, 9, 25), date(2026, 9, 27), "中秋节"),
        SkippedDays(date(2026, 10, 1), date(2026, 10, 7), "国庆节"),
        SkippedDays(date(2026, 10, 11), date(2026, 10, 11), "周末"),
    )
    assert [str(run) for run in deadline.skipped][:2] == ["周末 2026-09-19", "中秋节 2026-09-25 至 2026-09-27"]
    assert deadline.skipped[2].days == 7
    assert calendar.expected.make_up(date(2026, 9, 14), deadline.date) == (date(2026, 9, 20), date(2026, 10, 10))


def test_calendar_days_skip_only_the_days_off_at_their_end(calendar: WorkCalendar) -> None:
    assert calendar.deadline(date(2026, 9, 1), CalendarDays(30)).skipped == (
        SkippedDays(date(2026, 10, 1), date(2026, 10, 7), "国庆节"),
    )
    assert calendar.deadline(date(2026, 9, 1), CalendarDays(29)).skipped == ()


def test_a_run_cut_short_keeps_its_festival(calendar: WorkCalendar) -> None:
    table = calendar.expected
    assert table.skipped(date(2026, 10, 2), date(2026, 10, 5)) == (SkippedDays(date(2026, 10, 3), date(2026, 10, 5), "国庆节"),)
    assert table.skipped(date(2026, 10, 6), date(2026, 10, 9)) == (SkippedDays(date(2026, 10, 7), date(2026, 10, 7), "国庆节"),)
    assert table.skipped(date(2026, 10, 9), date(2026, 10, 9)) == ()
    assert table.make_up(date(2026, 10, 10), date(2026, 10, 10)) == ()


def test_a_holiday_over_the_year_end_is_one_run(calendar: WorkCalendar) -> None:
    assert calendar.expected.skipped(date(2018, 12, 29), date(2019, 1, 2)) == (
        SkippedDays(date(2018, 12, 30), date(2019, 1, 1), "元旦"),
    )


def test_two_festivals_in_one_holiday_are_both_named(calendar: WorkCalendar) -> None:
    (run,) = calendar.expected.skipped(date(2025, 9, 30), date(2025, 10, 9))
    assert run == SkippedDays(date(2025, 10, 1), date(2025, 10, 8), "国庆节、中秋节")


def test_special_procedures_are_added_each_in_its_own_unit(calendar: WorkCalendar) -> None:
    # 10 working days from 2026-09-01 end on 09-15; 30 days after that is 10-15.
    deadline = calendar.deadline(date(2026, 9, 1), WorkingDays(10), CalendarDays(30))
    assert deadline.date == date(2026, 10, 15)
    assert [run.first for run in deadline.skipped] == [date(2026, 9, 5), date(2026, 9, 12)]


# -- against the other calendar package ------------------------------------------------------------------------------------------


def test_both_calendar_packages_agree_on_every_day_since_2016(calendar: WorkCalendar) -> None:
    other = holidays.country_holidays("CN", years=range(2016, 2027))
    day, differ = date(2016, 1, 1), []
    while day <= date(2026, 12, 31):
        if calendar.expected.is_workday(day) != other.is_working_day(day):
            differ.append(day)
        day += ONE
    assert differ == []


def test_lunar_and_solar_dates_agree_with_the_other_package(calendar: WorkCalendar) -> None:
    names = {
        "初一": "Chinese New Year (Spring Festival)",
        "清明": "Tomb-Sweeping Day",
        "端午": "Dragon Boat Festival",
        "中秋": "Mid-Autumn Festival",
    }
    assert set(calendar.festivals.moons) == set(range(2014, 2041))
    for year, row in calendar.festivals.moons.items():
        other = holidays.country_holidays("CN", years=year, language="en_US")
        for column, english in names.items():
            falls = min(day for day, name in other.items() if english in name.split("; "))
            assert row[column] == falls, (year, column)
        assert row["除夕"] == row["初一"] - ONE


# -- properties -------------------------------------------------------------------------------------------------------------


@given(DATES, st.integers(1, 120))
def test_working_days_counted_one_by_one(calendar: WorkCalendar, start: date, n: int) -> None:
    day, left = start, n
    while left:
        day += ONE
        left -= calendar.expected.is_workday(day)
    assert calendar.expected.add(start, WorkingDays(n)) == day
    assert calendar.expected.working_days_between(start, day) == n


@given(DATES, SPANS, DATES)
def test_latest_start_is_the_other_side_of_add(calendar: WorkCalendar, day: date, span: Span, deadline: date) -> None:
    table = calendar.expected
    latest = table.latest_start(deadline, span)
    assert table.is_workday(latest)
    assert table.add(latest, span) <= deadline
    assert table.add(table.next_workday(latest + ONE), span) > deadline
    start = table.next_workday(day)
    assert (table.add(start, span) <= deadline) == (start <= latest)


@given(DATES, SPANS)
def test_starting_at_the_latest_for_the_end_is_no_earlier_than_the_start(calendar: WorkCalendar, day: date, span: Span) -> None:
    table = calendar.expected
    start = table.next_workday(day)
    end = table.add(start, span)
    assert start <= table.latest_start(end, span)
    if isinstance(span, WorkingDays):
        assert table.latest_start(end, span) == start


@given(DATES, DATES, SPANS)
def test_a_later_start_never_ends_earlier(calendar: WorkCalendar, a: date, b: date, span: Span) -> None:
    a, b = sorted((a, b))
    assert calendar.expected.add(a, span) <= calendar.expected.add(b, span)


@given(DATES, st.integers(0, 200), st.integers(0, 200))
def test_working_days_in_series_add_up(calendar: WorkCalendar, day: date, m: int, n: int) -> None:
    table = calendar.expected
    start = table.next_workday(day)
    assert table.add(table.add(start, WorkingDays(m)), WorkingDays(n)) == table.add(start, WorkingDays(m) + WorkingDays(n))


@given(DATES, DATES)
def test_every_day_is_either_worked_or_skipped(calendar: WorkCalendar, a: date, b: date) -> None:
    table = calendar.expected
    a, b = sorted((a, b))
    assert table.working_days_between(a, b) + sum(run.days for run in table.skipped(a, b)) == (b - a).days
    assert table.working_days_between(b, a) == -table.working_days_between(a, b)
    assert all(not table.is_workday(day) for run in table.skipped(a, b) for day in (run.first, run.last))
    assert all(table.is_workday(day) and day.weekday() >= 5 for day in table.make_up(a, b))


@given(DATES)
def test_next_and_previous_working_day(calendar: WorkCalendar, day: date) -> None:
    table = calendar.expected
    assert table.previous_workday(day) <= day <= table.next_workday(day)
    assert (table.previous_workday(day) == day) == (table.next_workday(day) == day) == table.is_workday(day)
    assert table.working_days_between(table.previous_workday(day), table.next_workday(day)) == (not table.is_workday(day))


def test_far_away_dates_count_or_are_refused(calendar: WorkCalendar) -> None:
    table = calendar.expected
    far = table.add(date(2026, 1, 5), WorkingDays(30_000))
    assert table.working_days_between(date(2026, 1, 5), far) == 30_000
    assert table.latest_start(far, WorkingDays(30_000)) == date(2026, 1, 5)
    assert table.working_days_between(date(1990, 1, 1), far) > 30_000
    for impossible in (date(9999, 6, 1), date(2401, 1, 1), date(1899, 12, 31), date(1, 1, 1)):
        with pytest.raises(CalendarRangeError, match="1900 年至 2400 年"):
            table.is_workday(impossible)
    for clock in (table, calendar.earliest, calendar.latest):
        for span in (WorkingDays(1_000), CalendarDays(5_000)):
            with pytest.raises(CalendarRangeError):
                clock.add_ordinal(date(2399, 1, 4).toordinal(), span)
            with pytest.raises(CalendarRangeError):
                clock.latest_start_ordinal(date(1901, 1, 4).toordinal(), span)


def test_the_order_of_questions_does_not_change_the_answers(calendar: WorkCalendar) -> None:
    days = [date(2016, 3, 1), date(1999, 5, 5), date(2050, 2, 2), date(2003, 1, 1), date(2026, 10, 10)]
    forward = WorkCalendar(calendar.notices, calendar.festivals).expected
    backward = WorkCalendar(calendar.notices, calendar.festivals).expected
    one = {day: (forward.add(day, WorkingDays(300)), forward.skipped(day, day + 40 * ONE)) for day in days}
    other = {day: (backward.add(day, WorkingDays(300)), backward.skipped(day, day + 40 * ONE)) for day in reversed(days)}
    assert one == other
