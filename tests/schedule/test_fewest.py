"""The fewest promises: exact against trying every set of options, and the relaxed network against one built anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.calendar import CalendarDays, WorkCalendar, WorkingDays
from planner.network import COMPLETION, START_OF_WORKS, Activity, Gate, Link, Milestone, Network, build_network
from planner.routes import Burden, OpenNetwork, Option, Wait, fewest, open_network
from planner.schedule import Chain, chain_to, schedule

MONDAY = date(2026, 3, 2)
DAYS = [MONDAY, date(2026, 4, 30), date(2026, 9, 28), date(2026, 12, 28)]
MEASURED: tuple[Milestone, ...] = (START_OF_WORKS, COMPLETION)
Opened = tuple[list[Activity], list[Wait], list[Option]]


@st.composite
def opened(draw: st.DrawFn) -> Opened:
    """Activities that hold 开工, waits that run forward, and up to seven options that soften, remove or quicken; two of them only move a
    wait of an approval that holds 开工 behind it.
    """
    count = draw(st.integers(2, 7))
    codes = "abcdefg"[:count]
    spans = st.one_of(st.integers(0, 20).map(WorkingDays), st.integers(0, 30).map(CalendarDays))
    activities = [Activity(code, (), (draw(spans),)) for code in codes]
    keys = [f"o{n}" for n in range(draw(st.integers(0, 7)))]
    some = st.frozensets(st.sampled_from(keys), max_size=2) if keys else st.just(frozenset[str]())
    waits = [Wait(code, Gate.START) for code in codes if draw(st.booleans()) or code == codes[-1]]
    for later in range(count):
        for earlier in range(later):
            for _ in range(draw(st.integers(0, 2))):  # two papers from one approval are two waits
                gate = draw(st.sampled_from([Gate.ACCEPT, Gate.ACCEPT, Gate.DECIDE]))
                waits.append(Wait(codes[earlier], gate, codes[later], draw(some), draw(some)))
    stages, holding = frozenset(keys[:2]), {wait.before for wait in waits if wait.gate is Gate.START}
    waits += [
        Wait(wait.before, Gate.COMPLETE, removed_by=wait.removed_by - stages, only_with=wait.removed_by & stages)
        for wait in waits
        if wait.after in holding and wait.removed_by & stages
    ]
    options = []
    for key in keys:
        activity = draw(st.sampled_from(activities))
        quick = (WorkingDays(0),) if draw(st.integers(0, 3)) == 0 else None
        options.append(Option(key, activity.code, draw(st.sampled_from(list(Burden))), quick))
    return activities, waits, options


def anew(plan: Opened, taken: frozenset[str]) -> Network:
    """The network with these options taken, built from its links and durations."""
    activities, waits, options = plan
    links = [Link(w.before, gate, w.after) for w in waits if (gate := w.gate_with(taken)) is not None]
    quick = {o.activity for o in options if o.key in taken and o.handling is not None}
    network = build_network([Activity(a.code, (), (WorkingDays(0),)) if a.code in quick else a for a in activities], links)
    assert isinstance(network, Network)
    return network


def subsets(keys: Iterable[str]) -> list[frozenset[str]]:
    listed = list(keys)
    return [frozenset(chosen) for size in range(len(listed) + 1) for chosen in combinations(listed, size)]


def opened_network(plan: Opened) -> OpenNetwork:
    network, cycles = open_network(*plan)
    assert not cycles
    return network


def measure(
    network: OpenNetwork, calendar: WorkCalendar, start: date, taken: frozenset[str], milestone: Milestone = START_OF_WORKS
) -> Chain:
    return chain_to(network.taking(taken), calendar, start, milestone, upstream=network.upstream(milestone))


@settings(max_examples=150, deadline=None)
@given(plan=opened(), start=st.sampled_from(DAYS))
def test_the_relaxed_network_gives_the_dates_of_one_built_anew(plan: Opened, start: date, calendar: WorkCalendar) -> None:
    network = opened_network(plan)
    for taken in subsets(network.options)[:40]:
        relaxed, built = schedule(network.taking(taken), calendar, start), schedule(anew(plan, taken), calendar, start)
        assert {code: (d.accept, d.decide) for code, d in relaxed.items.items()} == {
            code: (d.accept, d.decide) for code, d in built.items.items()
        }
        assert relaxed.milestones == built.milestones
        for milestone in MEASURED:
            assert measure(network, calendar, start, taken, milestone).day == built.milestones[milestone].date.toordinal()


@settings(max_examples=150, deadline=None)
@given(plan=opened(), start=st.sampled_from(DAYS))
def test_more_options_never_make_it_later(plan: Opened, start: date, calendar: WorkCalendar) -> None:
    network = opened_network(plan)
    for taken, milestone in product(subsets(network.options), MEASURED):
        day = measure(network, calendar, start, taken, milestone).day
        assert all(measure(network, calendar, start, taken | {key}, milestone).day <= day for key in network.options)


@settings(max_examples=300, deadline=None)
@given(
    plan=opened(),
    start=st.sampled_from(DAYS),
    allowed=st.integers(0, 30),
    milestone=st.sampled_from(MEASURED),
)
def test_no_cheaper_set_reaches_the_day(
    plan: Opened, start: date, allowed: int, milestone: Milestone, calendar: WorkCalendar
) -> None:
    network = opened_network(plan)
    days = {taken: measure(network, calendar, start, taken, milestone).day for taken in subsets(network.options)}
    best = days[frozenset(network.options)]
    for by in (None, best + allowed):
        found = fewest(network, lambda taken: measure(network, calendar, start, taken, milestone), by)
        wanted = best if by is None else by
        assert days[found] <= wanted
        assert network.price(found) == min(network.price(taken) for taken, day in days.items() if day <= wanted)


def test_what_is_not_on_the_critical_path_is_not_promised(calendar: WorkCalendar) -> None:
    activities = [Activity("long", (), (WorkingDays(20),)), *(Activity(c, (), (WorkingDays(5),)) for c in "ab")]
    waits = [
        Wait("a", Gate.ACCEPT, "b", removed_by=frozenset({"idle"})),
        Wait("long", Gate.ACCEPT, "b", softened_by=frozenset({"useful"})),
        Wait("b", Gate.START),
    ]
    options = [Option("idle", "b", Burden.BINDING), Option("useful", "b", Burden.BINDING)]
    network = opened_network((activities, waits, options))
    assert fewest(network, lambda taken: measure(network, calendar, MONDAY, taken)) == {"useful"}


def test_a_review_ahead_goes_before_a_promise(calendar: WorkCalendar) -> None:
    activities = [Activity("a", (), (WorkingDays(10),)), Activity("b", (), (WorkingDays(10),))]
    both = frozenset({"promise", "review"})
    waits = [Wait("a", Gate.ACCEPT, "b", softened_by=both), Wait("b", Gate.START)]
    options = [Option("promise", "b", Burden.BINDING), Option("review", "b", Burden.FREE)]
    network = opened_network((activities, waits, options))
    assert fewest(network, lambda taken: measure(network, calendar, MONDAY, taken)) == {"review"}


def test_two_papers_of_one_approval_have_to_follow_together(calendar: WorkCalendar) -> None:
    activities = [Activity("a", (), (WorkingDays(10),)), Activity("b", (), (WorkingDays(10),))]
    waits = [Wait("a", Gate.ACCEPT, "b", softened_by=frozenset({key})) for key in ("first", "second")]
    waits.append(Wait("b", Gate.START))
    options = [Option(key, "b", Burden.BINDING) for key in ("first", "second")]
    network = opened_network((activities, waits, options))
    assert fewest(network, lambda taken: measure(network, calendar, MONDAY, taken)) == {"first", "second"}
    standard, softened = (measure(network, calendar, MONDAY, t).day for t in (frozenset[str](), frozenset({"first", "second"})))
    assert (standard, softened) == (date(2026, 3, 30).toordinal(), date(2026, 3, 16).toordinal())


def test_a_target_asks_for_no_more_than_it_needs(calendar: WorkCalendar) -> None:
    activities = [Activity(code, (), (WorkingDays(10),)) for code in "abc"]
    waits = [
        Wait("a", Gate.ACCEPT, "b", softened_by=frozenset({"first"})),
        Wait("b", Gate.ACCEPT, "c", softened_by=frozenset({"second"})),
        Wait("c", Gate.START),
    ]
    options = [Option(key, code, Burden.BINDING) for key, code in (("first", "b"), ("second", "c"))]
    network = opened_network((activities, waits, options))

    def reached(taken: frozenset[str]) -> Chain:
        return measure(network, calendar, MONDAY, taken)

    assert fewest(network, reached) == {"first", "second"}
    assert len(fewest(network, reached, date(2026, 4, 3).toordinal())) == 1
    assert fewest(network, reached, date(2026, 4, 30).toordinal()) == frozenset()


def test_what_only_an_option_makes_a_milestone_wait_for_does_not_hold_it_without(calendar: WorkCalendar) -> None:
    activities = [Activity("a", (), (WorkingDays(30),)), Activity("b", (), (WorkingDays(10),))]
    staged = frozenset({"staged"})
    other = frozenset({"other"})
    waits = [Wait("a", Gate.ACCEPT, "b", removed_by=staged), Wait("b", Gate.COMPLETE, removed_by=other)]
    waits.append(Wait("a", Gate.COMPLETE, only_with=staged))
    network = opened_network((activities, waits, [Option(key, "b", Burden.FREE) for key in ("staged", "other")]))
    days = [
        measure(network, calendar, MONDAY, taken, COMPLETION).day for taken in (frozenset[str](), other, staged, staged | other)
    ]
    assert [date.fromordinal(day) for day in days] == [date(2026, 4, 28), MONDAY, date(2026, 4, 14), date(2026, 4, 14)]


def test_what_would_close_a_cycle_with_an_option_only_is_left_out(calendar: WorkCalendar) -> None:
    activities = [Activity(code, (), (WorkingDays(10),)) for code in "ab"]
    staged = frozenset({"staged"})
    late = Wait("completion", Gate.ACCEPT, "a")
    waits = [late, Wait("a", Gate.ACCEPT, "b", removed_by=staged), Wait("a", Gate.COMPLETE, only_with=staged)]
    network, cycles = open_network(activities, waits, [Option("staged", "b", Burden.FREE)])
    assert (cycles, network.waits) == ((), (late, waits[1]))
    assert measure(network, calendar, MONDAY, staged, COMPLETION).day == MONDAY.toordinal()
