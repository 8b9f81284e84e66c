"""When things come: said as domain statements, then as properties, then against networkx."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import networkx as nx
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
    Network,
    Node,
    build_network,
)
from planner.schedule import Schedule, schedule, serial_working_days
from tests.schedule.networks import ANY, WORKING, build, networks, plans

MONDAY = date(2026, 3, 2)  # 20 working days on: 30 March; 清明 follows on 4–6 April
STARTS = st.dates(date(2019, 1, 1), date(2022, 12, 31))
STARTS_PAST_THE_NOTICES = st.dates(date(2026, 3, 1), date(2027, 12, 31))


def activity(code: str, *handling: Span, preparation: tuple[Span, ...] = ()) -> Activity:
    return Activity(code, preparation, handling)


def network(activities: list[Activity], *links: Link) -> Network:
    built = build_network(activities, links)
    assert isinstance(built, Network)
    return built


def wd(n: int) -> WorkingDays:
    return WorkingDays(n)


# -- statements -------------------------------------------------------------------------------------------------------------


def test_limits_in_series_add_up(calendar: WorkCalendar) -> None:
    """Accepted on the day the predecessor is decided: 20 and 10 working days make 30."""
    net = network([activity("a", wd(20)), activity("b", wd(10))], Link("a", Gate.ACCEPT, "b"), Link("b", Gate.START))
    plan = schedule(net, calendar, MONDAY)
    assert plan.items["a"].decide.date == date(2026, 3, 30)
    assert plan.items["b"].accept.date == date(2026, 3, 30)
    assert plan.items["b"].decide.date == calendar.expected.add(MONDAY, wd(30))
    assert plan.milestones[START_OF_WORKS].date == plan.items["b"].decide.date
    assert plan.working_days == 30
    assert serial_working_days(net, calendar, MONDAY) == 30


def test_parallel_by_default(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(20)), activity("b", wd(10))], Link("a", Gate.START), Link("b", Gate.START))
    plan = schedule(net, calendar, MONDAY)
    assert plan.working_days == 20
    assert serial_working_days(net, calendar, MONDAY) == 30
    assert (plan.items["a"].slack, plan.items["a"].critical) == (0, True)
    assert (plan.items["b"].slack, plan.items["b"].critical) == (10, False)
    assert plan.items["b"].latest_accept.date == calendar.expected.add(MONDAY, wd(10))


def test_a_decide_gate_lets_the_review_run_and_holds_the_decision(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(20)), activity("b", wd(10))], Link("a", Gate.DECIDE, "b"), Link("b", Gate.START))
    plan = schedule(net, calendar, MONDAY)
    b = plan.items["b"]
    assert b.accept.date == MONDAY
    assert b.decide.date == plan.items["a"].decide.date
    assert (b.slack, b.critical) == (10, False)
    assert plan.critical_path[:3] == (Node("a", "accept"), Node("a", "decide"), Node("b", "decide"))
    assert plan.working_days == 20


def test_what_waits_for_the_works_sits_after_construction_which_is_not_office_time(calendar: WorkCalendar) -> None:
    net = network(
        [activity("permit", wd(7)), activity("check", wd(10)), activity("filing", wd(5))],
        Link("permit", Gate.START),
        Link(WORKS_DONE, Gate.ACCEPT, "check"),
        Link("check", Gate.COMPLETE),
        Link(COMPLETION, Gate.ACCEPT, "filing"),
        Link("filing", Gate.USE),
    )
    plan = schedule(net, calendar, MONDAY, construction=CalendarDays(100))
    dates = [plan.milestones[name].date for name in MILESTONES]
    assert dates[1] == calendar.expected.add(dates[0], CalendarDays(100))
    assert plan.items["check"].accept.date == dates[1]
    assert dates[2] == calendar.expected.add(dates[1], wd(10))
    assert dates[3] == plan.end.date == calendar.expected.add(dates[2], wd(5))
    assert plan.working_days == 7 + 10 + 5
    assert [node.code for node in plan.critical_path if node.moment != "accept"] == [
        "permit", "start_of_works", "works_done", "check", "completion", "filing", "use"
    ]  # fmt: skip
    assert plan.start_path == (Node("permit", "accept"), Node("permit", "decide"), Node(START_OF_WORKS, "milestone"))
    assert all(item.critical for item in plan.items.values())


def test_slack_is_measured_against_the_first_milestone_held_back(calendar: WorkCalendar) -> None:
    """With a long construction, what only holds back acceptance has much time; what holds back the start has none."""
    net = network(
        [activity("permit", wd(20)), activity("quick", wd(5)), activity("late", wd(5)), activity("free", wd(5))],
        Link("permit", Gate.START),
        Link("quick", Gate.START),
        Link("late", Gate.COMPLETE),
    )
    plan = schedule(net, calendar, MONDAY, construction=wd(100))
    assert plan.items["quick"].slack == 15
    assert plan.items["late"].slack == 20 + 100 - 5
    assert plan.items["free"].slack == 20 + 100 - 5
    assert plan.working_days == 20


def test_what_holds_nothing_is_measured_against_the_last_date(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(5)), activity("b", wd(30)), activity("c", wd(10))], Link("a", Gate.USE))
    plan = schedule(net, calendar, MONDAY)
    assert plan.items["a"].slack == 0
    assert plan.items["b"].slack == 0
    assert plan.items["c"].slack == 20
    assert plan.end.date == plan.items["b"].decide.date
    assert plan.critical_path == (Node("b", "accept"), Node("b", "decide"))
    assert plan.working_days == 30


def test_preparation_begins_when_the_predecessor_is_done(calendar: WorkCalendar) -> None:
    net = network(
        [activity("land", wd(10)), activity("eia", wd(20), preparation=(wd(30),))],
        Link("land", Gate.ACCEPT, "eia"),
        Link("eia", Gate.START),
    )
    plan = schedule(net, calendar, MONDAY)
    eia = plan.items["eia"]
    assert eia.prepare_from.date == plan.items["land"].decide.date
    assert eia.submit_from == eia.accept
    assert eia.accept.date == calendar.expected.add(MONDAY, wd(40))
    assert plan.working_days == 60
    assert [run.name for run in eia.accept.skipped] == ["周末", "周末", "清明节", "周末", "周末", "周末"]


def test_each_deadline_names_the_days_its_own_clock_skipped(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(5), CalendarDays(30)), activity("b", wd(1))], Link("a", Gate.DECIDE, "b"))
    plan = schedule(net, calendar, date(2026, 8, 25))
    # 5 working days end on 1 September; 30 days later is 1 October, moved past the holiday.
    assert plan.items["a"].decide.date == date(2026, 10, 8)
    assert [str(run) for run in plan.items["a"].decide.skipped] == [
        "周末 2026-08-29 至 2026-08-30",
        "国庆节 2026-10-01 至 2026-10-07",
    ]
    assert plan.items["b"].decide.date == date(2026, 10, 8)
    assert plan.items["b"].decide.skipped == ()


def test_a_plan_started_on_a_holiday_starts_on_the_first_working_day(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(1))], Link("a", Gate.START))
    plan = schedule(net, calendar, date(2026, 10, 3))
    assert plan.start.date == plan.items["a"].accept.date == date(2026, 10, 8)
    assert [str(run) for run in plan.start.skipped] == ["国庆节 2026-10-03 至 2026-10-07"]
    assert plan.items["a"].decide.date == date(2026, 10, 9)
    assert plan.working_days == 1


def test_an_empty_plan_has_its_milestones_at_the_start(calendar: WorkCalendar) -> None:
    plan = schedule(network([]), calendar, MONDAY)
    assert {day.date for day in plan.milestones.values()} == {MONDAY}
    assert plan.working_days == 0
    assert serial_working_days(network([]), calendar, MONDAY) == 0


def test_statutory_limits_run_on_the_same_links(calendar: WorkCalendar) -> None:
    promised = network([activity("a", wd(5)), activity("b", wd(3))], Link("a", Gate.ACCEPT, "b"), Link("b", Gate.START))
    statutory = promised.with_handling({"a": (wd(20),)})
    assert schedule(promised, calendar, MONDAY).working_days == 8
    assert schedule(statutory, calendar, MONDAY).working_days == 23
    assert statutory == network([activity("a", wd(20)), activity("b", wd(3))], Link("a", Gate.ACCEPT, "b"), Link("b", Gate.START))


def test_only_dates_past_the_last_notice_are_provisional(calendar: WorkCalendar) -> None:
    net = network(
        [activity("a", wd(10)), activity("b", wd(10)), activity("c", wd(5))], Link("a", Gate.ACCEPT, "b"), Link("b", Gate.START)
    )
    plan = schedule(net, calendar, date(2026, 12, 1))
    assert plan.items["a"].decide == PlanDate(
        date(2026, 12, 15), "FIRM", date(2026, 12, 15), date(2026, 12, 15), plan.items["a"].decide.skipped
    )
    decided = plan.items["b"].decide
    # 27 December is a Sunday that the coming notice may make a workday, as 29 December 2018, a Saturday, was.
    assert (decided.certainty, decided.date, decided.earliest) == ("PROVISIONAL", date(2026, 12, 29), date(2026, 12, 28))
    assert plan.milestones[START_OF_WORKS].certainty == "PROVISIONAL"
    # Its latest acceptance hangs on an uncertain date, so it is uncertain, though the earliest is not.
    assert plan.items["a"].accept.certainty == "FIRM"
    assert plan.items["a"].latest_accept.certainty == "PROVISIONAL"
    assert plan.items["a"].latest_accept.earliest == date(2026, 12, 1)


def test_a_plan_from_before_the_first_notice_is_provisional(calendar: WorkCalendar) -> None:
    net = network([activity("a", wd(10))], Link("a", Gate.START))
    plan = schedule(net, calendar, date(2003, 12, 1))
    assert plan.items["a"].decide.certainty == plan.items["a"].latest_accept.certainty == "PROVISIONAL"
    assert schedule(net, calendar, date(2004, 1, 5)).items["a"].decide.certainty == "FIRM"


# -- properties -------------------------------------------------------------------------------------------------------------


def moments(plan: Schedule) -> dict[tuple[str, str], PlanDate]:
    items = {(code, moment): getattr(item, moment) for code, item in plan.items.items() for moment in ("accept", "decide")}
    return {**items, **{(name, "milestone"): day for name, day in plan.milestones.items()}}


@given(networks(), STARTS, ANY)
def test_dates_are_working_days_in_order(calendar: WorkCalendar, net: Network, start: date, works: Span) -> None:
    plan = schedule(net, calendar, start, works)
    assert all(calendar.expected.is_workday(day.date) and day.certainty == "FIRM" for day in moments(plan).values())
    for code, item in plan.items.items():
        assert start <= item.prepare_from.date <= item.submit_from.date == item.accept.date <= item.decide.date <= plan.end.date
        assert item.accept.date <= item.latest_accept.date
        assert item.decide.date <= item.latest_decide.date
        assert item.slack == calendar.expected.working_days_between(item.accept.date, item.latest_accept.date)
        assert item.critical == (item.slack == 0), code
    dates = [plan.milestones[name].date for name in MILESTONES]
    assert dates == sorted(dates)


@given(plans(), STARTS, ANY, st.data())
def test_one_more_link_makes_nothing_earlier(
    calendar: WorkCalendar, plan: tuple[list[Activity], list[Link]], start: date, works: Span, data: st.DataObject
) -> None:
    activities, links = plan
    codes = [activity.code for activity in activities]
    extra = data.draw(
        st.one_of(
            st.builds(Link, st.sampled_from(codes), st.sampled_from([Gate.ACCEPT, Gate.DECIDE]), st.sampled_from(codes)),
            st.builds(Link, st.sampled_from(codes), st.sampled_from([Gate.START, Gate.COMPLETE, Gate.USE])),
        )
    )
    more = build_network(activities, [*links, extra])
    if isinstance(more, Network):
        before, after = (moments(schedule(net, calendar, start, works)) for net in (build(plan), more))
        assert all(before[key].date <= after[key].date for key in before)


@given(networks(), STARTS, ANY, st.data())
def test_a_longer_limit_makes_nothing_earlier(
    calendar: WorkCalendar, net: Network, start: date, works: Span, data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from([activity.code for activity in net.activities]))
    (handling,) = (activity.handling for activity in net.activities if activity.code == code)
    longer = net.with_handling({code: (*handling, WorkingDays(3))})
    before, after = (moments(schedule(one, calendar, start, works)) for one in (net, longer))
    assert all(before[key].date <= after[key].date for key in before)


@given(networks(WORKING), STARTS, WORKING)
def test_times_are_the_longest_paths(calendar: WorkCalendar, net: Network, start: date, works: Span) -> None:
    """Counted in working days only, the calendar drops out: networkx's longest path gives the same times."""
    graph = nx.DiGraph()
    for number, activity_ in enumerate(net.activities):
        preparation, handling = (sum(span.n for span in spans) for spans in (activity_.preparation, activity_.handling))
        graph.add_edge("start", ("ready", number), weight=0)
        graph.add_edge(("ready", number), 2 * number, weight=preparation)
        graph.add_edge(2 * number, 2 * number + 1, weight=handling)
    first = net.first_milestone
    graph.add_edge("start", first, weight=0)
    for step, weight in enumerate((works.n, 0, 0)):
        graph.add_edge(first + step, first + step + 1, weight=weight)
    for node, earlier in enumerate(net.before):
        for one in earlier:
            graph.add_edge(one, ("ready", node // 2) if node < first and node % 2 == 0 else node, weight=0)
    longest: dict[object, int] = {}
    for node in nx.topological_sort(graph):
        longest[node] = max((longest[one] + graph.edges[one, node]["weight"] for one in graph.predecessors(node)), default=0)
    assert max(longest.values()) == nx.dag_longest_path_length(graph)
    plan = schedule(net, calendar, start, works)
    count = calendar.expected.working_days_between
    for number, item in enumerate(plan.items.values()):
        assert count(plan.start.date, item.accept.date) == longest[2 * number]
        assert count(plan.start.date, item.decide.date) == longest[2 * number + 1]
    for place, name in enumerate(MILESTONES):
        assert count(plan.start.date, plan.milestones[name].date) == longest[first + place]
    assert count(plan.start.date, plan.end.date) == max(longest.values())
    assert plan.working_days == longest[first] + max(longest.values()) - longest[first + 1]


@given(networks(WORKING), STARTS, WORKING)
def test_taking_all_the_slack_of_one_item_moves_no_milestone_it_is_measured_against(
    calendar: WorkCalendar, net: Network, start: date, works: Span
) -> None:
    """Accepted `slack` days later, the first milestone it holds back stays; one day more and it moves."""
    plan = schedule(net, calendar, start, works)
    for number, (code, item) in enumerate(plan.items.items()):
        group = net.group[2 * number]
        for more in (0, 1):
            delayed = Network(
                tuple(
                    Activity(one.code, (*one.preparation, WorkingDays(item.slack + more)), one.handling)
                    if one.code == code
                    else one
                    for one in net.activities
                ),
                net.before,
                net.order,
            )
            then = schedule(delayed, calendar, start, works)
            if group < 3:
                name = (START_OF_WORKS, COMPLETION, USE)[group]
                assert (then.milestones[name].date > plan.milestones[name].date) == bool(more), code
            else:
                assert (then.end.date > plan.end.date) == bool(more), code


@given(networks(WORKING), STARTS, WORKING)
def test_the_critical_path_leads_from_the_start_to_the_last_date(
    calendar: WorkCalendar, net: Network, start: date, works: Span
) -> None:
    plan = schedule(net, calendar, start, works)
    dates = moments(plan)
    number = {node: place for place, node in enumerate(net.nodes)}
    for path, last in ((plan.critical_path, plan.end), (plan.start_path, plan.milestones[START_OF_WORKS])):
        assert dates[path[-1]].date == last.date
        assert all(number[one] in net.predecessors(number[other]) for one, other in pairwise(path))
        # Nothing between one moment and the next but the next one's own time.
        for one, other in pairwise(path):
            own: tuple[Span, ...] = ()
            if other.code in plan.items:
                activity_ = net.activities[number[other] // 2]
                if other.moment == "accept":
                    own = activity_.preparation
                elif one == Node(other.code, "accept"):
                    own = activity_.handling
            elif other.code == WORKS_DONE:
                own = (works,)
            assert calendar.deadline(dates[one].date, *own).date == dates[other].date
        first = path[0]
        if first.moment == "accept":
            assert calendar.deadline(plan.start.date, *net.activities[number[first] // 2].preparation).date == dates[first].date
        else:
            assert dates[first].date == plan.start.date
    accepted = [node for node, following in pairwise(plan.start_path) if following == Node(node.code, "decide")]
    assert all(plan.items[node.code].critical for node in accepted)


@given(networks(), STARTS)
def test_one_after_the_other_takes_at_least_as_long(calendar: WorkCalendar, net: Network, start: date) -> None:
    assert schedule(net, calendar, start).working_days <= serial_working_days(net, calendar, start)


@settings(max_examples=60)
@given(networks(), STARTS_PAST_THE_NOTICES, ANY)
def test_bounds_enclose_the_expected_dates(calendar: WorkCalendar, net: Network, start: date, works: Span) -> None:
    plan = schedule(net, calendar, start, works)
    latest = [day for item in plan.items.values() for day in (item.latest_accept, item.latest_decide)]
    for day in [*moments(plan).values(), *latest, plan.start, plan.end]:
        assert day.earliest <= day.date <= day.latest
        assert day.certainty == "PROVISIONAL" or day.earliest == day.date == day.latest
    for day in moments(plan).values():
        assert day.certainty == calendar.certainty(day.date)


@settings(max_examples=150)
@given(networks(), st.sampled_from(range(2017, 2027)), st.integers(0, 330), ANY)
def test_the_true_schedule_lies_within_the_bounds(
    calendar: WorkCalendar, net: Network, year: int, offset: int, works: Span
) -> None:
    """The plan made before a year's notice encloses the plan made after it."""
    start = date(year - 1, 12, 1) + timedelta(days=offset)
    truth = schedule(net, calendar, start, works)
    if truth.end.date > date(year, 12, 20):
        return
    past = WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < year}, calendar.festivals)
    guess = schedule(net, past, start, works)
    for key, day in moments(guess).items():
        assert day.earliest <= moments(truth)[key].date <= day.latest, key
    for code, item in guess.items.items():
        assert item.latest_accept.earliest <= truth.items[code].latest_accept.date <= item.latest_accept.latest, code
        assert item.latest_decide.earliest <= truth.items[code].latest_decide.date <= item.latest_decide.latest, code
    assert guess.end.earliest <= truth.end.date <= guess.end.latest


@given(networks(), STARTS, ANY)
def test_the_same_plan_twice_is_the_same_plan(calendar: WorkCalendar, net: Network, start: date, works: Span) -> None:
    fresh = WorkCalendar(calendar.notices, calendar.festivals)
    assert schedule(net, calendar, start, works) == schedule(net, fresh, start, works)
