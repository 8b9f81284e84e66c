"""Counting back from a target (节点倒逼), and what stands in its way."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.calendar import CalendarDays, PlanDate, Span, WorkCalendar, WorkingDays
from planner.network import (
    COMPLETION,
    MILESTONES,
    START_OF_WORKS,
    USE,
    WORKS_DONE,
    Activity,
    Gate,
    Link,
    Milestone,
    Network,
    build_network,
)
from planner.schedule import NONE, Term, back_from, schedule
from tests.schedule.networks import ANY, networks

MONDAY = date(2026, 3, 2)
STARTS = st.dates(date(2019, 1, 1), date(2022, 12, 31))


def wd(n: int) -> WorkingDays:
    return WorkingDays(n)


def network(activities: list[Activity], *links: Link) -> Network:
    built = build_network(activities, links)
    assert isinstance(built, Network)
    return built


SERIES = network(
    [
        Activity("a", handling=(wd(20),)),
        Activity("b", handling=(wd(10),)),
        Activity("c", handling=(wd(5),)),
        Activity("d", handling=(wd(90),)),
    ],
    Link("a", Gate.ACCEPT, "b"),
    Link("b", Gate.START),
    Link("c", Gate.START),
    Link("d", Gate.COMPLETE),
)


def test_the_latest_day_for_each_step(calendar: WorkCalendar) -> None:
    by = calendar.expected.add(MONDAY, wd(40))
    target = back_from(SERIES, calendar, MONDAY, START_OF_WORKS, by)
    assert target.feasible
    assert target.certain
    assert target.conflict == ()
    assert target.earliest.date == calendar.expected.add(MONDAY, wd(30))
    assert target.items["a"].latest_submit.date == calendar.expected.add(MONDAY, wd(10))
    assert target.items["a"].slack == 10
    assert target.items["b"].latest_submit.date == target.items["a"].latest_decide.date == calendar.expected.add(MONDAY, wd(30))
    assert target.items["c"].latest_submit.date == calendar.expected.add(MONDAY, wd(35))
    assert "d" not in target.items


def test_a_target_on_a_holiday_means_the_working_day_before(calendar: WorkCalendar) -> None:
    target = back_from(SERIES, calendar, MONDAY, START_OF_WORKS, date(2026, 10, 4))
    assert target.items["b"].latest_decide.date == date(2026, 9, 30)


def test_too_early_a_target_names_the_limits_that_make_it_impossible(calendar: WorkCalendar) -> None:
    target = back_from(SERIES, calendar, MONDAY, START_OF_WORKS, calendar.expected.add(MONDAY, wd(25)))
    assert not target.feasible
    assert target.conflict == (Term("a", "handling"), Term("b", "handling"))
    assert target.items["a"].slack == -5
    assert target.items["a"].latest_submit.date < MONDAY
    assert target.items["c"].slack == 20
    alone = back_from(SERIES, calendar, MONDAY, START_OF_WORKS, calendar.expected.add(MONDAY, wd(15)))
    assert alone.conflict == (Term("a", "handling"),)


def test_preparation_and_construction_can_be_what_stands_in_the_way(calendar: WorkCalendar) -> None:
    net = network(
        [Activity("eia", (wd(40),), (wd(10),)), Activity("check", (), (wd(10),))],
        Link("eia", Gate.START),
        Link(WORKS_DONE, Gate.ACCEPT, "check"),
        Link("check", Gate.COMPLETE),
    )
    early = back_from(net, calendar, MONDAY, START_OF_WORKS, calendar.expected.add(MONDAY, wd(30)))
    assert early.conflict == (Term("eia", "preparation"),)
    assert early.items["eia"].latest_prepare.date < MONDAY
    works = CalendarDays(120)
    done = back_from(net, calendar, MONDAY, COMPLETION, MONDAY + timedelta(days=100), works)
    assert done.conflict == (Term(WORKS_DONE, "construction"),)
    possible = back_from(net, calendar, MONDAY, COMPLETION, date(2026, 12, 1), works)
    assert possible.feasible
    assert possible.items["check"].latest_submit.date == calendar.expected.latest_start(date(2026, 12, 1), wd(10))


def test_a_target_before_the_start_has_no_conflict_to_name(calendar: WorkCalendar) -> None:
    target = back_from(SERIES, calendar, MONDAY, START_OF_WORKS, date(2026, 2, 27))
    assert not target.feasible
    assert target.conflict == ()


def test_an_answer_the_coming_notice_may_turn_says_so(calendar: WorkCalendar) -> None:
    net = network([Activity("a", handling=(wd(60),))], Link("a", Gate.START))
    start = date(2026, 12, 1)
    guess = back_from(net, calendar, start, START_OF_WORKS, date(2027, 3, 2))
    assert guess.feasible
    assert not guess.certain
    assert guess.earliest.certainty == "PROVISIONAL"
    latest = guess.items["a"].latest_submit
    assert latest.certainty == "PROVISIONAL"
    assert latest.earliest < latest.date <= latest.latest
    assert back_from(net, calendar, start, START_OF_WORKS, date(2027, 6, 1)).certain
    assert back_from(net, calendar, start, START_OF_WORKS, date(2027, 1, 8)).certain


@given(networks(), STARTS, ANY, st.sampled_from(MILESTONES))
def test_on_its_own_earliest_date_a_target_is_just_met(
    calendar: WorkCalendar, net: Network, start: date, works: Span, milestone: Milestone
) -> None:
    plan = schedule(net, calendar, start, works)
    earliest = plan.milestones[milestone]
    target = back_from(net, calendar, start, milestone, earliest.date, works)
    assert target.feasible
    assert target.earliest.date == earliest.date
    assert all(item.slack >= 0 for item in target.items.values())
    assert all(item.latest_submit.date >= plan.items[code].accept.date for code, item in target.items.items())
    day_before = back_from(net, calendar, start, milestone, earliest.date - timedelta(days=1), works)
    assert not day_before.feasible
    # The first milestone an item holds back is what the schedule measures its slack against.
    if milestone == START_OF_WORKS:
        for code, item in target.items.items():
            own = plan.items[code]
            assert (own.slack, own.latest_accept, own.latest_decide) == (item.slack, item.latest_submit, item.latest_decide)


@given(networks(), STARTS, ANY, st.sampled_from(MILESTONES), st.integers(-60, 60))
def test_submitting_at_the_latest_meets_the_target_and_a_day_later_does_not(
    calendar: WorkCalendar, net: Network, start: date, works: Span, milestone: Milestone, shift: int
) -> None:
    plan = schedule(net, calendar, start, works)
    by = plan.milestones[milestone].date + timedelta(days=shift)
    target = back_from(net, calendar, start, milestone, by, works)
    assert target.feasible == (shift >= 0)
    for code, item in target.items.items():
        assert item.latest_prepare.date <= item.latest_submit.date <= item.latest_decide.date <= by
        if item.slack < 0 or not target.feasible:
            continue
        for more, meets in ((0, True), (1, False)):
            wait = WorkingDays(item.slack + more)
            # Accepted so much later than at the earliest: add the wait to its preparation.
            delayed = Network(
                tuple(
                    Activity(one.code, (*one.preparation, wait), one.handling) if one.code == code else one
                    for one in net.activities
                ),
                net.before,
                net.order,
            )
            reached = schedule(delayed, calendar, start, works).milestones[milestone].date
            assert (reached <= by) == meets, code


@settings(max_examples=150)
@given(networks(), STARTS, ANY, st.sampled_from(MILESTONES), st.integers(1, 120))
def test_a_conflict_is_enough_and_none_of_it_can_be_left_out(
    calendar: WorkCalendar, net: Network, start: date, works: Span, milestone: Milestone, shift: int
) -> None:
    reached = schedule(net, calendar, start, works).milestones[milestone].date
    by = reached - timedelta(days=shift)
    target = back_from(net, calendar, start, milestone, by, works)

    def with_only(terms: frozenset[Term]) -> date:
        kept = Network(
            tuple(
                Activity(
                    one.code,
                    one.preparation if Term(one.code, "preparation") in terms else (),
                    one.handling if Term(one.code, "handling") in terms else (),
                )
                for one in net.activities
            ),
            net.before,
            net.order,
        )
        return (
            schedule(kept, calendar, start, works if Term(WORKS_DONE, "construction") in terms else NONE).milestones[milestone].date
        )

    conflict = frozenset(target.conflict)
    assert len(conflict) == len(target.conflict)
    assert with_only(conflict) > by
    for term in conflict:
        assert with_only(conflict - {term}) <= by
    if not conflict:
        assert calendar.expected.next_workday(start) > by


@given(networks(), st.integers(0, 500), ANY, st.sampled_from(MILESTONES))
def test_bounds_enclose_the_expected_latest_dates(
    calendar: WorkCalendar, net: Network, offset: int, works: Span, milestone: Milestone
) -> None:
    by = date(2026, 11, 1) + timedelta(days=offset)
    target = back_from(net, calendar, date(2026, 9, 1), milestone, by, works)
    days: list[PlanDate] = [target.earliest]
    for item in target.items.values():
        days += [item.latest_prepare, item.latest_submit, item.latest_decide]
    assert all(day.earliest <= day.date <= day.latest for day in days)
    firm = {day.certainty for day in days[1:]}
    assert firm <= {"FIRM" if by <= calendar.firm_until else "PROVISIONAL"}


@given(networks(), st.sampled_from(range(2017, 2027)), st.integers(0, 330))
def test_the_true_latest_dates_lie_within_the_bounds(calendar: WorkCalendar, net: Network, year: int, offset: int) -> None:
    by = date(year, 1, 1) + timedelta(days=offset)
    start = by - timedelta(days=200)
    past = WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < year}, calendar.festivals)
    truth = back_from(net, calendar, start, USE, by)
    guess = back_from(net, past, start, USE, by)
    for code, item in truth.items.items():
        for moment in ("latest_prepare", "latest_submit", "latest_decide"):
            bound = getattr(guess.items[code], moment)
            assert bound.earliest <= getattr(item, moment).date <= bound.latest, (code, moment)
    if guess.certain:
        assert guess.feasible == truth.feasible
