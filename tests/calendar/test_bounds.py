"""The least and most a count can be, against every notice that could be written."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest

from planner.bounds import Envelope, Window
from planner.days import DayTable

BEGIN, END = date(2030, 3, 1).toordinal(), date(2030, 3, 20).toordinal()


def march(*days: int) -> set[int]:
    return {date(2030, 3, day).toordinal() for day in days}


STATUTORY = march(6)
SURE_OFF = march(5, 6, 7, 8, 11, 13)  # weekdays a notice may move off, and the statutory one
MAYBE_ON = march(9, 10, 16)  # weekend days it may have worked back


def table(off: set[int], on: set[int]) -> DayTable:
    """Monday to Friday, but for the days given."""

    def year(number: int) -> tuple[bytearray, dict[int, str]]:
        first, last = date(number, 1, 1).toordinal(), date(number, 12, 31).toordinal()
        worked = [((day - 1) % 7 < 5 and day not in off) or day in on for day in range(first, last + 1)]
        return bytearray(worked), {}

    return DayTable(year)


@pytest.mark.parametrize(
    ("windows", "extra"),
    [
        ([Window(min(march(5)), max(march(16)), 0)], 0),
        ([Window(min(march(5)), max(march(16)), 2)], 2),
        # Two that overlap count as one, and so do the days they may leave off.
        ([Window(min(march(8)), max(march(16)), 1), Window(min(march(5)), max(march(10)), 1)], 2),
    ],
)
def test_the_envelope_is_exact(windows: list[Window], extra: int) -> None:
    expected, sure, possible = table(STATUTORY, set()), table(SURE_OFF, set()), table(STATUTORY, MAYBE_ON)
    envelope = Envelope(expected, sure, possible, lambda year: windows if year == 2030 else [])
    always = {day for day in range(BEGIN, END + 1) if sure.is_workday(date.fromordinal(day))}
    maybe = sorted(day for day in range(BEGIN, END + 1) if possible.is_workday(date.fromordinal(day)) and day not in always)
    law = expected.working_days_between(date.fromordinal(BEGIN - 1), date.fromordinal(END))
    wanted = [law - len(always) - left for left in range(extra + 1)]
    written = [always | set(chosen) for count in wanted for chosen in combinations(maybe, count)]
    assert len(written) > 20
    held = envelope.cover(BEGIN, END)
    before = BEGIN - 1 - held.base
    for day in range(BEGIN, END + 1):
        counts = [sum(one <= day for one in notice) for notice in written]
        assert held.low[day - held.base] - held.low[before] == min(counts), date.fromordinal(day)
        assert held.high[day - held.base] - held.high[before] == max(counts), date.fromordinal(day)
    for first, later in combinations(range(BEGIN - 1, END + 1), 2):
        counts = [sum(first < one <= later for one in notice) for notice in written]
        assert held.low[later - held.base] - held.since_high[first - held.base] <= min(counts)
        assert held.high[later - held.base] - held.since_low[first - held.base] >= max(counts)
    over = max(window.last for window in windows) - held.base
    certain = expected.working_days_between(date.fromordinal(over + held.base), date.fromordinal(END))
    assert held.low[END - held.base] - held.since_high[over] == certain
    assert held.high[END - held.base] - held.since_low[over] == certain
