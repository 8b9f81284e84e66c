"""Past the last notice: what is firm, and that the truth lies between earliest and latest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.calendar import CalendarDays, FestivalTable, Notice, PlanDate, SkippedDays, WorkCalendar, WorkingDays

ONE = timedelta(days=1)
YEARS = range(2016, 2027)
SPANS = st.lists(st.one_of(st.integers(0, 250).map(WorkingDays), st.integers(0, 300).map(CalendarDays)), min_size=1, max_size=3)


def until(calendar: WorkCalendar, year: int) -> WorkCalendar:
    """The calendar as it stood before the notice of `year`."""
    return WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < year}, calendar.festivals)


@pytest.fixture(scope="module")
def before(calendar: WorkCalendar) -> dict[int, WorkCalendar]:
    return {year: until(calendar, year) for year in YEARS}


@pytest.mark.parametrize("year", YEARS)
def test_the_tables_enclose_what_the_notice_did(calendar: WorkCalendar, before: dict[int, WorkCalendar], year: int) -> None:
    """Sure to be worked ⊆ worked ⊆ possibly worked, on every day from December before to the year's end."""
    past = before[year]
    day = date(year - 1, 12, 1)
    while day < date(year, 12, 20):
        truth, expected = calendar.expected.is_workday(day), past.expected.is_workday(day)
        low, high = past.sure.is_workday(day), past.possible.is_workday(day)
        assert low <= truth <= high, day
        assert low <= expected <= high, day
        if day <= past.firm_until:
            assert low == truth == high, day
        day += ONE


@settings(max_examples=1500)
@given(st.data())
def test_the_true_date_lies_within_the_bounds(calendar: WorkCalendar, before: dict[int, WorkCalendar], data: st.DataObject) -> None:
    year = data.draw(st.sampled_from(YEARS))
    start = data.draw(st.dates(date(year - 1, 9, 1), date(year, 11, 30)))
    spans = data.draw(SPANS)
    truth = calendar.deadline(start, *spans)
    if truth.date > date(year, 12, 20):
        return
    guess = before[year].deadline(start, *spans)
    assert guess.earliest <= truth.date <= guess.latest
    assert guess.earliest <= guess.date <= guess.latest
    if guess.certainty == "FIRM":
        assert guess.earliest == guess.latest == truth.date
        assert guess.skipped == truth.skipped
    # A deadline that starts from an uncertain date carries the uncertainty along.
    onward = before[year].deadline(guess, WorkingDays(5))
    assert onward.earliest <= calendar.deadline(truth, WorkingDays(5)).date <= onward.latest
    if guess.certainty == "PROVISIONAL":
        assert onward.certainty == "PROVISIONAL"


@given(st.sampled_from(YEARS), st.integers(0, 350), st.integers(0, 200))
def test_the_true_latest_start_lies_within_the_bounds(
    calendar: WorkCalendar, before: dict[int, WorkCalendar], year: int, offset: int, n: int
) -> None:
    deadline = date(year, 1, 1) + offset * ONE
    past = before[year]
    truth = calendar.expected.latest_start(deadline, WorkingDays(n))
    latest, earliest = (
        date.fromordinal(clock.latest_start_ordinal(deadline.toordinal(), WorkingDays(n))) for clock in (past.earliest, past.latest)
    )
    assert earliest <= truth <= latest


def test_years_with_several_unpublished_notices_stay_enclosed(calendar: WorkCalendar, before: dict[int, WorkCalendar]) -> None:
    past = before[2016]
    for n in range(0, 2600, 37):
        truth = calendar.expected.add(date(2015, 12, 1), WorkingDays(n))
        guess = past.deadline(date(2015, 12, 1), WorkingDays(n))
        assert guess.earliest <= truth <= guess.latest, n


@pytest.mark.parametrize("year", range(2014, 2027))
def test_notices_work_back_what_they_move_off(calendar: WorkCalendar, before: dict[int, WorkCalendar], year: int) -> None:
    """What the bounds rest on: at the end of each festival's window the law's days off are left, but for days off by decree."""
    past = before.get(year) or until(calendar, year)
    ends = sorted(window.last for window in past._windows(year))
    starts = sorted(window.first for window in past._windows(year))
    for last in ends:
        if any(first <= last + 1 <= other for first, other in zip(starts, ends, strict=True)):
            continue  # inside the next festival's window
        day = date.fromordinal(last)
        law = past.expected.working_days_between(date(year - 1, 12, 1), day)
        notice = calendar.expected.working_days_between(date(year - 1, 12, 1), day)
        # Off by special decree: the Spring Festival of 2020 made longer; 3 September 2015.
        decreed = 2 if year == 2020 and day > date(2020, 1, 31) else 1 if year == 2015 and day > date(2015, 9, 3) else 0
        assert law - notice == decreed, day


def some_of(days: list[date], count: int) -> st.SearchStrategy[list[date]]:
    return st.lists(st.sampled_from(days), min_size=count, max_size=count, unique=True) if count else st.just([])


@st.composite
def notices(draw: st.DrawFn, festivals: FestivalTable, year: int) -> Notice:
    """Any notice that keeps to the windows and to the law: what is moved off is worked back, whichever days are taken."""
    statutory = festivals.statutory_days(year)
    off, work, taken = dict(statutory), {}, set(statutory)
    given_off: set[date] = set()
    for festival, first, last, _ in festivals.observances(year):
        days = [date.fromordinal(day) for day in range(first - festival.off_before, last + festival.off_after + 1)]
        weekdays = [day for day in days if day.weekday() < 5 and day not in taken]
        days = [date.fromordinal(day) for day in range(first - festival.work_before, last + festival.work_after + 1)]
        weekend = [day for day in days if day.weekday() >= 5 and day not in taken]
        # A day that is off for an earlier festival as well is made good like one on a weekend.
        own = {date.fromordinal(day) for day in range(first, last + 1)} - given_off
        given_off |= own
        owed = festival.days - sum(day.weekday() < 5 for day in own)
        moved = draw(st.integers(0, min(len(weekend), max(len(weekdays) - owed - festival.extra, 0), 4)))
        extra = draw(st.integers(0, festival.extra))
        chosen_off, chosen_work = draw(some_of(weekdays, owed + moved + extra)), draw(some_of(weekend, moved))
        off.update(dict.fromkeys(chosen_off, festival.name))
        work.update(dict.fromkeys(chosen_work, festival.name))
        taken.update(chosen_off, chosen_work)
    return Notice(year, off, work)


@settings(max_examples=250)
@given(st.data())
def test_no_notice_within_the_law_breaks_the_bounds(calendar: WorkCalendar, data: st.DataObject) -> None:
    """Two invented notices, for 2027 and 2028: the truth they make lies within what was said before them."""
    invented = {year: data.draw(notices(calendar.festivals, year)) for year in (2027, 2028)}
    truth = WorkCalendar({**calendar.notices, **invented}, calendar.festivals)
    start = data.draw(st.dates(date(2026, 11, 1), date(2028, 6, 30)))
    spans = data.draw(SPANS)
    end = truth.expected.add(start, spans[0])
    for span in spans[1:]:
        end = truth.expected.add(end, span)
    if end > date(2028, 12, 20):
        return
    guess = calendar.deadline(start, *spans)
    assert guess.earliest <= end <= guess.latest
    span = spans[0]
    latest = truth.expected.latest_start(start, span)
    bounds = [
        date.fromordinal(clock.latest_start_ordinal(start.toordinal(), span)) for clock in (calendar.latest, calendar.earliest)
    ]
    assert bounds[0] <= latest <= bounds[1]


@given(st.dates(date(2026, 6, 1), date(2029, 12, 31)), st.dates(date(2026, 6, 1), date(2029, 12, 31)), st.integers(0, 500))
def test_a_later_start_is_never_bound_earlier(calendar: WorkCalendar, a: date, b: date, n: int) -> None:
    first, second = sorted((a.toordinal(), b.toordinal()))
    for clock in (calendar.earliest, calendar.latest):
        assert clock.add_ordinal(first, WorkingDays(n)) <= clock.add_ordinal(second, WorkingDays(n))
        assert clock.latest_start_ordinal(first, WorkingDays(n)) <= clock.latest_start_ordinal(second, WorkingDays(n))


DAYS = st.dates(date(1990, 1, 1), date(2032, 12, 31))


@settings(max_examples=60)
@given(st.lists(st.tuples(DAYS, SPANS), max_size=4), DAYS, SPANS)
def test_what_was_counted_before_changes_no_bound(
    calendar: WorkCalendar,
    asked: list[tuple[date, list[WorkingDays | CalendarDays]]],
    start: date,
    spans: list[WorkingDays | CalendarDays],
) -> None:
    used, fresh = (WorkCalendar(calendar.notices, calendar.festivals) for _ in range(2))
    for day, some in asked:
        used.deadline(day, *some)
        used.latest.latest_start_ordinal(day.toordinal(), some[0])
    assert used.deadline(start, *spans) == fresh.deadline(start, *spans)
    for ours, theirs in ((used.earliest, fresh.earliest), (used.latest, fresh.latest)):
        assert ours.latest_start_ordinal(start.toordinal(), spans[0]) == theirs.latest_start_ordinal(start.toordinal(), spans[0])


def test_a_window_that_is_over_makes_no_later_count_uncertain(calendar: WorkCalendar) -> None:
    # Between two days with no festival near, a limit is as long in 2029 as in any year, though no notice is published.
    spring = calendar.deadline(date(2029, 3, 7), WorkingDays(10))
    assert spring.certainty == "PROVISIONAL"
    assert spring.earliest == spring.date == spring.latest


def test_uncertainty_does_not_pile_up(calendar: WorkCalendar) -> None:
    """Past a festival's window a count is known again, but for the days a Spring Festival may be made longer by decree."""
    year = calendar.deadline(date(2026, 12, 1), WorkingDays(250))
    assert (year.earliest, year.date, year.latest) == (date(2027, 12, 3), date(2027, 12, 3), date(2027, 12, 7))
    far = calendar.deadline(date(2026, 12, 1), WorkingDays(750))
    assert (far.latest - far.earliest).days <= 10


def test_the_last_days_of_december_wait_for_the_next_notice(calendar: WorkCalendar) -> None:
    assert calendar.firm_until == date(2026, 12, 26)
    assert calendar.certainty(date(2026, 12, 26)) == "FIRM"
    assert calendar.certainty(date(2026, 12, 28)) == "PROVISIONAL"
    # As it went in 2018: Monday 31 December off, Saturday 29 worked, both named in the notice for 2019.
    past = until(calendar, 2019)
    assert past.firm_until == date(2018, 12, 26)
    assert not past.sure.is_workday(date(2018, 12, 31))
    assert past.possible.is_workday(date(2018, 12, 29))
    assert past.expected.is_workday(date(2018, 12, 31))
    assert not calendar.expected.is_workday(date(2018, 12, 31))
    assert calendar.expected.is_workday(date(2018, 12, 29))


def test_before_the_first_notice_nothing_is_firm(calendar: WorkCalendar) -> None:
    assert calendar.firm_from == date(2004, 1, 1)
    assert calendar.certainty(date(2003, 12, 31)) == "PROVISIONAL"
    assert calendar.deadline(date(2003, 12, 30), WorkingDays(10)).certainty == "PROVISIONAL"


def test_a_year_after_a_gap_is_used_but_not_firm(calendar: WorkCalendar) -> None:
    off = {date(2028, 1, day): "元旦" for day in (1, 2, 3)}
    later = WorkCalendar({**calendar.notices, 2028: Notice(2028, off, {})}, calendar.festivals)
    assert later.published == (2004, 2026)
    assert later.certainty(date(2028, 5, 8)) == "PROVISIONAL"
    assert not later.possible.is_workday(date(2028, 1, 3))
    assert later.sure.is_workday(date(2028, 1, 4))


def test_without_any_notice_everything_is_provisional(calendar: WorkCalendar) -> None:
    bare = WorkCalendar({}, calendar.festivals)
    deadline = bare.deadline(date(2026, 9, 14), WorkingDays(20))
    assert deadline.certainty == "PROVISIONAL"
    assert deadline.earliest <= date(2026, 10, 16) <= deadline.latest


def test_expected_days_follow_the_law_where_no_notice_is(calendar: WorkCalendar) -> None:
    """2027: 除夕 is Friday 5 February; the Saturday and Sunday of the four days are made good on Tuesday and Wednesday."""
    table = calendar.expected
    assert [str(run) for run in table.skipped(date(2027, 2, 1), date(2027, 2, 12))] == ["春节 2027-02-05 至 2027-02-10"]
    assert [str(run) for run in table.skipped(date(2027, 4, 29), date(2027, 5, 7))] == ["劳动节 2027-05-01 至 2027-05-04"]
    for year in range(2027, 2041):
        days = [date(year, 1, 1) + n * ONE for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
        assert sum(day.weekday() < 5 and not table.is_workday(day) for day in days) == 13, year
        assert not table.make_up(date(year - 1, 12, 31), date(year, 12, 31))


def test_the_law_of_the_year_counts(calendar: WorkCalendar) -> None:
    """除夕 and 2 May are days off by law since 2025, not before."""
    assert calendar.festivals.statutory_count(2024) == 11
    assert calendar.festivals.statutory_count(2025) == 13
    assert date(2024, 2, 9) not in calendar.festivals.statutory_days(2024)
    assert calendar.festivals.statutory_days(2025)[date(2025, 1, 28)] == "春节"
    assert calendar.festivals.statutory_days(2028)[date(2028, 10, 3)] == "中秋节、国庆节"


def test_past_the_lunar_table_the_bounds_still_enclose(calendar: WorkCalendar) -> None:
    """Forget the lunar dates of the years after 2019: the published days of 2020 to 2026 must still lie within."""
    short = FestivalTable(calendar.festivals.statutes, {y: row for y, row in calendar.festivals.moons.items() if y < 2020})
    past = WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < 2020}, short)
    assert past.deadline(date(2019, 12, 2), WorkingDays(900)).certainty == "PROVISIONAL"
    for n in range(0, 1700, 23):
        guess = past.deadline(date(2019, 12, 2), WorkingDays(n))
        assert guess.earliest <= calendar.expected.add(date(2019, 12, 2), WorkingDays(n)) <= guess.latest, n


def test_the_digest_changes_with_any_day(calendar: WorkCalendar) -> None:
    assert len(calendar.digest) == 64
    assert WorkCalendar(dict(calendar.notices), calendar.festivals).digest == calendar.digest
    notice = calendar.notices[2026]
    moved = Notice(2026, {day: name for day, name in notice.off.items() if day != date(2026, 10, 7)}, notice.work)
    assert WorkCalendar({**calendar.notices, 2026: moved}, calendar.festivals).digest != calendar.digest
    moons = {**calendar.festivals.moons, 2030: {**calendar.festivals.moons[2030], "中秋": date(2030, 9, 13)}}
    assert WorkCalendar(calendar.notices, FestivalTable(calendar.festivals.statutes, moons)).digest != calendar.digest


def test_a_deadline_without_spans_is_the_working_day_itself(calendar: WorkCalendar) -> None:
    day, rest = date(2026, 10, 8), SkippedDays(date(2026, 10, 3), date(2026, 10, 7), "国庆节")
    assert calendar.deadline(date(2026, 10, 3)) == PlanDate(day, "FIRM", day, day, (rest,))
    assert calendar.deadline(day) == PlanDate(day, "FIRM", day, day)
