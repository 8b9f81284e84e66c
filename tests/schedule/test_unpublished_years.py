"""Each year from 2016 to 2026 once pretended unpublished, with all that followed it: the truth lies within what was said before.

Ten thousand and more samples: limits counted forward one after the other, counted back from a deadline, and small networks, scheduled and
counted back from a target. The samples are the same on every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from random import Random

import pytest

from planner.calendar import CalendarDays, Festival, FestivalTable, PlanDate, Span, WorkCalendar, WorkingDays
from planner.network import MILESTONES, WORKS_DONE, Activity, Gate, Link, Network, build_network
from planner.schedule import ItemDates, TargetItem, back_from, schedule

ONE = timedelta(days=1)
YEARS = tuple(range(2016, 2027))
CHAINS, BACKWARD, NETWORKS = 700, 200, 50
"""Samples for each year."""


def before(calendar: WorkCalendar, year: int) -> WorkCalendar:
    """The calendar as it stood before the notice of `year`: that one and all later ones are still to come."""
    return WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < year}, calendar.festivals)


def span(dice: Random, longest: int) -> Span:
    kind: type[Span] = WorkingDays if dice.random() < 0.7 else CalendarDays
    return kind(dice.randint(0, longest))


def near(dice: Random, year: int) -> date:
    """A day from September before `year` on, so that what starts there may reach it; some lie past its end."""
    return date(year - 1, 9, 1) + dice.randint(0, 500) * ONE


def network(dice: Random) -> Network:
    """One to eight activities; links run forward, and what waits for the works holds no 开工."""
    count = dice.randint(1, 8)
    activities = [
        Activity(chr(97 + n), *(tuple(span(dice, 30) for _ in range(dice.randint(0, 2))) for _ in range(2))) for n in range(count)
    ]
    works = dice.randint(0, count)
    links: list[Link] = []
    for number, activity in enumerate(activities):
        for earlier in activities[:number]:
            if dice.random() < 0.3:
                links.append(Link(earlier.code, dice.choice((Gate.ACCEPT, Gate.DECIDE)), activity.code))
        if number >= works and dice.random() < 0.5:
            links.append(Link(WORKS_DONE, Gate.ACCEPT, activity.code))
        gates = (Gate.START, Gate.COMPLETE, Gate.USE) if number < works else (Gate.COMPLETE, Gate.USE)
        if dice.random() < 0.6:
            links.append(Link(activity.code, dice.choice(gates)))
    built = build_network(activities, links)
    assert isinstance(built, Network)
    return built


def dated(one: ItemDates | TargetItem) -> Iterator[tuple[str, PlanDate]]:
    for each in fields(one):
        value = getattr(one, each.name)
        if isinstance(value, PlanDate):
            yield each.name, value


def holds(truth: PlanDate, guess: PlanDate, about: object) -> None:
    """The truth within the bounds; and where nothing unpublished was reached, the truth itself."""
    assert guess.earliest <= guess.date <= guess.latest, about
    assert guess.earliest <= truth.date <= guess.latest, about
    if guess.certainty == "FIRM":
        assert guess == truth, about


def test_there_are_ten_thousand_samples() -> None:
    assert len(YEARS) * (CHAINS + BACKWARD + NETWORKS) >= 10_000


@pytest.mark.parametrize("year", YEARS)
def test_limits_one_after_the_other(calendar: WorkCalendar, year: int) -> None:
    dice, past, taken = Random(year), before(calendar, year), 0
    firm = 0
    while taken < CHAINS:
        start = near(dice, year)
        spans = [span(dice, dice.choice((5, 30, 120, 300))) for _ in range(dice.randint(1, 4))]
        truth = calendar.deadline(start, *spans)
        if truth.certainty == "PROVISIONAL":
            continue  # past the last notice there is: no truth to compare with
        guess = past.deadline(start, *spans)
        holds(truth, guess, (start, spans))
        # The same, each limit counted from what was said of the one before.
        link = PlanDate(start, past.certainty(start), start, start)
        for one in spans:
            link = past.deadline(link, one)
        assert replace(link, skipped=()) == replace(guess, skipped=()), (start, spans)
        if truth.date <= past.firm_until:
            firm += 1
            assert guess == truth, (start, spans)
        taken += 1
    assert 20 < firm < CHAINS // 2


@pytest.mark.parametrize("year", YEARS)
def test_limits_counted_back_from_a_deadline(calendar: WorkCalendar, year: int) -> None:
    dice, past, taken = Random(-year), before(calendar, year), 0
    while taken < BACKWARD:
        deadline = near(dice, year) + dice.randint(0, 200) * ONE
        if deadline > calendar.firm_until:
            continue
        spans = [span(dice, dice.choice((5, 30, 120))) for _ in range(dice.randint(1, 3))]
        ends = [deadline.toordinal()] * 4
        for one in reversed(spans):
            clocks = (past.latest, past.expected, calendar.expected, past.earliest)
            ends = [clock.latest_start_ordinal(end, one) for clock, end in zip(clocks, ends, strict=True)]
        low, expected, truth, high = ends
        assert low <= expected <= high, (deadline, spans)
        assert low <= truth <= high, (deadline, spans)
        if deadline <= past.firm_until:
            assert low == truth == high, (deadline, spans)
        taken += 1


@pytest.mark.parametrize("year", YEARS)
def test_networks_forward_and_back(calendar: WorkCalendar, year: int) -> None:
    dice, past, taken = Random(3 * year), before(calendar, year), 0
    while taken < NETWORKS:
        net, start, works = network(dice), near(dice, year), span(dice, 200)
        truth = schedule(net, calendar, start, works)
        by = truth.end.date + dice.randint(-60, 30) * ONE
        if max(truth.end.date, by) > calendar.firm_until:
            continue
        guess = schedule(net, past, start, works)
        about = (net, start, works, by)
        for name in MILESTONES:
            holds(truth.milestones[name], guess.milestones[name], about)
        holds(truth.end, guess.end, about)
        holds(truth.start, guess.start, about)
        for code, item in guess.items.items():
            for (key, said), (_, true) in zip(dated(item), dated(truth.items[code]), strict=True):
                holds(true, said, (about, code, key))
        milestone = dice.choice(MILESTONES)
        true_target, said_target = (back_from(net, one, start, milestone, by, works) for one in (calendar, past))
        holds(true_target.earliest, said_target.earliest, about)
        for code, back in said_target.items.items():
            for (key, said), (_, true) in zip(dated(back), dated(true_target.items[code]), strict=True):
                holds(true, said, (about, code, key))
        if said_target.certain:
            assert said_target.feasible == true_target.feasible, about
        taken += 1


@pytest.mark.parametrize("year", YEARS)
def test_outside_the_windows_a_count_is_known_but_for_days_by_decree(calendar: WorkCalendar, year: int) -> None:
    """The bounds are no wider than what is unknown: two days between festivals differ by the days that may be left off for good."""
    dice, past, tried = Random(7 * year), before(calendar, year), 0
    windows = [window for one in range(year, year + 4) for window in past._windows(one)]
    while tried < 150:
        start, n = near(dice, year), dice.randint(1, 400)
        guess = past.deadline(start, WorkingDays(n))
        ends = [day.toordinal() for day in (start, guess.earliest, guess.latest)]
        if guess.certainty == "FIRM" or any(window.first - 1 <= end <= window.last for window in windows for end in ends):
            continue
        left_off = sum(window.extra for window in windows if ends[0] < window.first and window.last < ends[2])
        assert past.expected.working_days_between(guess.earliest, guess.latest) <= left_off, (start, n)
        tried += 1


@pytest.mark.parametrize(
    ("festival", "side", "days"),
    [
        # The windows of the festival table are the farthest that notices went, and one day more (off) or two (work).
        ("元旦", "off_before", 2),
        ("春节", "off_after", 2),
        ("春节", "extra", 1),
        ("清明节", "off_after", 2),
        ("劳动节", "work_before", 3),
        ("端午节", "off_after", 2),
        ("中秋节", "off_before", 3),
        ("国庆节", "work_after", 3),
    ],
)
def test_the_samples_would_notice_a_window_narrower_than_what_notices_did(
    calendar: WorkCalendar, festival: str, side: str, days: int
) -> None:
    def narrowed(one: Festival) -> Festival:
        return replace(one, **{side: getattr(one, side) - days}) if one.name == festival else one

    statutes = tuple(replace(law, festivals=tuple(narrowed(one) for one in law.festivals)) for law in calendar.festivals.statutes)
    narrow = WorkCalendar(calendar.notices, FestivalTable(statutes, calendar.festivals.moons))

    def sampled() -> None:
        for year in YEARS:
            test_limits_one_after_the_other(narrow, year)

    with pytest.raises(AssertionError):
        sampled()
