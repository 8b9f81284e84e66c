"""Dates on a line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.output.axis import TimeAxis, time_axis

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
BUSY = st.lists(
    st.tuples(DAYS, st.integers(0, 90)).map(lambda pair: (pair[0], pair[0] + timedelta(pair[1]))), min_size=1, max_size=12
)


def axis(*busy: tuple[date, date]) -> TimeAxis:
    return time_axis(busy, 100, 1000, 60)


@settings(deadline=None)
@given(BUSY)
def test_time_runs_to_the_right_without_gaps_and_inside_the_line(busy: list[tuple[date, date]]) -> None:
    line = axis(*busy)
    assert line.stretches[0].left == 100
    assert line.stretches[-1].right == pytest.approx(1000)
    for before, after in zip(line.stretches, line.stretches[1:], strict=False):
        assert after.first - before.last == timedelta(1)
        assert after.left == before.right
    days = sorted({day for pair in busy for day in pair})
    places = [line.start(day) for day in days]
    assert places == sorted(places)
    for day in days:
        assert 100 <= line.start(day) < line.end(day) <= 1000.001


@settings(deadline=None)
@given(BUSY)
def test_busy_days_are_always_to_scale(busy: list[tuple[date, date]]) -> None:
    line = axis(*busy)
    for first, last in busy:
        assert not any(stretch.idle and stretch.first <= last and first <= stretch.last for stretch in line.stretches)
        assert line.end(last) - line.start(first) == pytest.approx(line.day_width * ((last - first).days + 1))


def test_a_long_construction_is_drawn_short() -> None:
    line = axis((date(2026, 1, 5), date(2026, 6, 30)), (date(2029, 1, 1), date(2029, 2, 1)))
    assert len(line.idle) == 1
    assert line.idle[0].right - line.idle[0].left == 60
    assert line.idle[0].days > 800


def test_a_pause_of_some_weeks_is_not() -> None:
    assert axis((date(2026, 1, 5), date(2026, 2, 1)), (date(2026, 3, 10), date(2026, 4, 1))).idle == ()


def test_days_beyond_the_line_stand_at_its_ends() -> None:
    line = axis((date(2026, 1, 5), date(2026, 2, 1)))
    assert line.start(date(2020, 1, 1)) == 100
    assert line.end(date(2040, 1, 1)) == 1000
