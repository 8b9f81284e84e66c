"""The clock of one application: what each rule of law does to it, and that it agrees with days walked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.calendar import CalendarDays, PlanDate, Span, WorkCalendar, WorkingDays
from planner.clock import (
    Accepted,
    ClockLaw,
    ClockState,
    CorrectionAsked,
    CorrectionMet,
    Decided,
    Declined,
    Delivered,
    Event,
    Extended,
    Fault,
    Procedure,
    Received,
    Resumed,
    Suspended,
    Withdrawn,
    correction_by,
    deliver_by,
    extended_end,
    longest_end,
    run,
)

ONE = timedelta(days=1)
GENERAL = ClockLaw(
    WorkingDays(20), extension=WorkingDays(10), procedures=(Procedure("听证"), Procedure("专家评审", WorkingDays(15)))
)
"""行政许可法 art. 42 and 45, with a cap on the review."""


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def accepted(on: str, *rest: Event, law: ClockLaw = GENERAL, calendar: WorkCalendar, today: date | None = None) -> ClockState:
    """An application handed in and accepted on one day, and what happened then."""
    return run(law, [Received(day(on)), Accepted(day(on)), *rest], calendar, today)


def faults(state: ClockState) -> list[Fault]:
    return [problem.fault for problem in state.problems]


def due(state: ClockState) -> date:
    assert state.due is not None
    return state.due.date


# -- from which day it runs --------------------------------------------------------------------------------------------------


def test_an_application_accepted_in_time_runs_from_that_day(calendar: WorkCalendar) -> None:
    state = run(GENERAL, [Received(day("03-02")), Accepted(day("03-05"))], calendar)
    assert (state.stage, state.counts_from, state.because) == ("running", day("03-05"), "accepted")
    assert state.correction_by == calendar.deadline(day("03-02"), WorkingDays(5))
    assert state.due == calendar.deadline(day("03-05"), WorkingDays(20))
    assert state.problems == ()


def test_silence_past_five_working_days_is_acceptance_on_receipt(calendar: WorkCalendar) -> None:
    received = [Received(day("03-02"))]
    last = run(GENERAL, received, calendar, day("03-09"))
    assert (last.stage, last.counts_from, last.due) == ("received", None, None)
    silent = run(GENERAL, received, calendar, day("03-10"))
    assert (silent.stage, silent.counts_from, silent.because) == ("running", day("03-02"), "silence")
    assert silent.consumed == WorkingDays(6)
    assert silent.due == calendar.deadline(day("03-02"), WorkingDays(20))


def test_an_acceptance_after_silence_does_not_move_the_clock(calendar: WorkCalendar) -> None:
    assert run(GENERAL, [Received(day("03-02")), Accepted(day("03-09"))], calendar).counts_from == day("03-09")
    state = run(GENERAL, [Received(day("03-02")), Accepted(day("03-20"))], calendar)
    assert (state.counts_from, state.because, faults(state)) == (day("03-02"), "silence", [Fault.ACCEPTED_LATE])
    assert "2026-03-02" in state.problems[0].text


def test_after_a_correction_it_runs_from_the_day_the_papers_are_complete(calendar: WorkCalendar) -> None:
    asked: list[Event] = [Received(day("03-02")), CorrectionAsked(day("03-06"), "总平面图")]
    waiting = run(GENERAL, asked, calendar, day("06-30"))
    assert (waiting.stage, waiting.due) == ("correcting", None)
    met = run(GENERAL, [*asked, CorrectionMet(day("04-01"))], calendar)
    assert (met.counts_from, met.because) == (day("04-01"), "papers_complete")
    # As decided, within the same five working days again; not later.
    assert run(GENERAL, [*asked, CorrectionMet(day("04-01")), Accepted(day("04-03"))], calendar).counts_from == day("04-03")
    late = run(GENERAL, [*asked, CorrectionMet(day("04-01")), Accepted(day("04-15"))], calendar)
    assert (late.counts_from, faults(late)) == (day("04-01"), [Fault.ACCEPTED_LATE])
    # A review begun before the office said the later day takes nothing from a limit that runs only from then.
    review: list[Event] = [Suspended(day("04-01"), "听证"), Resumed(day("04-02"), "听证")]
    state = run(GENERAL, [*asked, CorrectionMet(day("04-01")), *review, Accepted(day("04-03"))], calendar)
    assert due(state) == calendar.expected.add(day("04-03"), WorkingDays(20))
    # An office may accept with papers still to come.
    early = run(GENERAL, [*asked, Accepted(day("03-20")), CorrectionMet(day("04-01"))], calendar)
    assert (early.counts_from, faults(early)) == (day("03-20"), [Fault.ALREADY_ACCEPTED])


def test_what_is_missing_is_said_once_and_in_time(calendar: WorkCalendar) -> None:
    twice = run(GENERAL, [Received(day("03-02")), CorrectionAsked(day("03-04")), CorrectionAsked(day("03-06"))], calendar)
    assert faults(twice) == [Fault.ASKED_TWICE]
    late = run(GENERAL, [Received(day("03-02")), CorrectionAsked(day("03-10")), CorrectionMet(day("03-20"))], calendar)
    assert faults(late) == [Fault.ASKED_LATE, Fault.NOTHING_ASKED]
    assert (late.counts_from, late.because) == (day("03-02"), "silence")
    after = accepted("03-02", CorrectionAsked(day("03-03")), calendar=calendar)
    assert faults(after) == [Fault.ALREADY_ACCEPTED]


def test_a_limit_from_receipt_runs_from_complete_papers(calendar: WorkCalendar) -> None:
    law = ClockLaw(CalendarDays(60), starts="receipt")
    at_once = run(law, [Received(day("03-02")), Accepted(day("03-06"))], calendar)
    assert (at_once.counts_from, at_once.because, at_once.problems) == (day("03-02"), "receipt", ())
    asked: list[Event] = [Received(day("03-02")), CorrectionAsked(day("03-05"))]
    assert run(law, asked, calendar, day("06-30")).counts_from is None
    met = run(law, [*asked, CorrectionMet(day("04-01")), Accepted(day("04-03"))], calendar)
    assert (met.counts_from, met.because) == (day("04-01"), "papers_complete")
    assert met.due == calendar.deadline(day("04-01"), CalendarDays(60))


def test_after_silence_an_application_can_no_longer_be_turned_away(calendar: WorkCalendar) -> None:
    assert run(GENERAL, [Received(day("03-02")), Declined(day("03-09"))], calendar).stage == "declined"
    late = run(GENERAL, [Received(day("03-02")), Declined(day("03-10"))], calendar)
    assert (late.stage, faults(late)) == ("running", [Fault.ALREADY_ACCEPTED])
    complete: list[Event] = [
        Received(day("03-02")),
        CorrectionAsked(day("03-05")),
        CorrectionMet(day("03-12")),
        Declined(day("03-13")),
    ]
    assert faults(run(GENERAL, complete, calendar)) == [Fault.ALREADY_ACCEPTED]


# -- extensions --------------------------------------------------------------------------------------------------------------


def test_one_extension_lengthens_the_limit(calendar: WorkCalendar) -> None:
    state = accepted("03-02", Extended(day("03-20"), WorkingDays(10)), calendar=calendar)
    assert state.due == calendar.deadline(day("03-02"), WorkingDays(30))
    assert (state.total, state.extensions_left) == (WorkingDays(30), 0)


@pytest.mark.parametrize(
    ("law", "extensions", "fault"),
    [
        (replace(GENERAL, extension=None), [Extended(day("03-20"), WorkingDays(1))], Fault.NO_EXTENSION),
        (GENERAL, [Extended(day("03-20"), WorkingDays(11))], Fault.EXTENSION_TOO_LONG),
        (GENERAL, [Extended(day("03-20"), CalendarDays(10))], Fault.EXTENSION_TOO_LONG),
        (GENERAL, [Extended(day("03-20"), WorkingDays(4)), Extended(day("03-23"), WorkingDays(4))], Fault.EXTENSIONS_USED_UP),
        # 20 working days from 2 March end on 30 March.
        (GENERAL, [Extended(day("03-31"), WorkingDays(10))], Fault.EXTENSION_LATE),
        (replace(GENERAL, nature="minimum_wait"), [Extended(day("03-20"), WorkingDays(1))], Fault.MINIMUM_WAIT),
    ],
)
def test_an_extension_law_does_not_allow_changes_nothing(
    calendar: WorkCalendar, law: ClockLaw, extensions: list[Extended], fault: Fault
) -> None:
    lawful = extensions[:-1]
    state = accepted("03-02", *extensions, law=law, calendar=calendar)
    assert faults(state) == [fault]
    assert state.due == accepted("03-02", *lawful, law=law, calendar=calendar).due
    assert len(state.problems[0].text) > 8


def test_the_last_day_is_not_too_late_to_extend(calendar: WorkCalendar) -> None:
    assert faults(accepted("03-02", Extended(day("03-30"), WorkingDays(10)), calendar=calendar)) == []


def test_law_may_allow_several(calendar: WorkCalendar) -> None:
    law = replace(GENERAL, times=2)
    state = accepted("03-02", *(Extended(day("03-20"), WorkingDays(n)) for n in (10, 7)), law=law, calendar=calendar)
    assert (state.total, state.extensions_left, faults(state)) == (WorkingDays(37), 0, [])


# -- what stops it -----------------------------------------------------------------------------------------------------------


def test_a_procedure_stops_the_clock_from_the_day_after_it_begins(calendar: WorkCalendar) -> None:
    # Accepted on Monday 2 March; a review from Wednesday 4 to Wednesday 11 takes out five working days: Thursday to Wednesday.
    state = accepted("03-02", Suspended(day("03-04"), "专家评审"), Resumed(day("03-11"), "专家评审"), calendar=calendar)
    assert due(state) == calendar.expected.add(day("03-02"), WorkingDays(25))
    (stop,) = state.stops
    assert (stop.since, stop.until, stop.taken, stop.over) == (day("03-04"), day("03-11"), WorkingDays(5), WorkingDays(0))
    assert (state.consumed, state.left) == (WorkingDays(2), WorkingDays(18))


def test_beyond_its_cap_a_procedure_counts_again(calendar: WorkCalendar) -> None:
    # 23 working days of a review that law caps at 15.
    state = accepted("03-02", Suspended(day("03-02"), "专家评审"), Resumed(day("04-02"), "专家评审"), calendar=calendar)
    (stop,) = state.stops
    assert (stop.taken, stop.over) == (WorkingDays(23), WorkingDays(8))
    assert due(state) == calendar.expected.add(day("03-02"), WorkingDays(35))
    assert state.consumed == WorkingDays(8)


def test_parts_of_one_procedure_share_its_cap(calendar: WorkCalendar) -> None:
    parts: list[Event] = [
        Suspended(day("03-02"), "专家评审"),
        Resumed(day("03-12"), "专家评审"),
        Suspended(day("03-16"), "专家评审"),
        Resumed(day("03-30"), "专家评审"),
        Suspended(day("03-30"), "专家评审"),
        Resumed(day("04-01"), "专家评审"),
    ]
    state = accepted("03-02", *parts, calendar=calendar)
    assert [(stop.taken.n, stop.over.n) for stop in state.stops] == [(8, 0), (10, 3), (2, 2)]
    assert due(state) == calendar.expected.add(day("03-02"), WorkingDays(35))


def test_while_a_procedure_goes_on_its_cap_bounds_the_limit(calendar: WorkCalendar) -> None:
    capped = accepted("03-02", Suspended(day("03-04"), "专家评审"), calendar=calendar, today=day("03-06"))
    assert (capped.stage, due(capped)) == ("stopped", calendar.expected.add(day("03-02"), WorkingDays(35)))
    open_ended = accepted("03-02", Suspended(day("03-04"), "听证"), calendar=calendar, today=day("06-30"))
    assert (open_ended.stage, open_ended.due, open_ended.left, open_ended.overdue) == ("stopped", None, WorkingDays(18), 0)


def test_stops_at_the_same_time_stop_it_once(calendar: WorkCalendar) -> None:
    both: list[Event] = [
        Suspended(day("03-04"), "专家评审"),
        Resumed(day("03-11"), "专家评审"),
        Suspended(day("03-09"), "听证"),
        Resumed(day("03-13"), "听证"),
    ]
    assert due(accepted("03-02", *both, calendar=calendar)) == calendar.expected.add(day("03-02"), WorkingDays(27))


def test_what_begins_on_the_last_day_ends_the_limit_with_it(calendar: WorkCalendar) -> None:
    last = calendar.expected.add(day("03-02"), WorkingDays(20))
    ends = calendar.expected.add(last, WorkingDays(3))
    state = accepted("03-02", Suspended(last, "听证"), Resumed(ends, "听证"), calendar=calendar)
    assert (due(state), state.left) == (ends, WorkingDays(0))
    later = accepted("03-02", Suspended(last + ONE, "听证"), Resumed(ends, "听证"), calendar=calendar)
    assert due(later) == last


def test_another_suspension_needs_a_ground(calendar: WorkCalendar) -> None:
    refused = accepted("03-02", Suspended(day("03-04"), "争议"), Resumed(day("03-11"), "争议"), calendar=calendar)
    assert faults(refused) == [Fault.UNKNOWN_PROCEDURE, Fault.NOT_STOPPED]
    assert due(refused) == calendar.expected.add(day("03-02"), WorkingDays(20))
    assert "专家评审" in refused.problems[0].text
    grounded = Suspended(day("03-04"), "争议", "取水许可和水资源费征收管理条例第十八条")
    stopped = accepted("03-02", grounded, Resumed(day("03-11"), "争议"), calendar=calendar)
    assert due(stopped) == calendar.expected.add(day("03-02"), WorkingDays(25))
    assert stopped.stops[0].reason == grounded.reason


def test_a_procedure_within_a_day_stops_nothing(calendar: WorkCalendar) -> None:
    state = accepted("03-02", Resumed(day("03-04"), "听证"), Suspended(day("03-04"), "听证"), calendar=calendar)
    assert (faults(state), due(state)) == ([], calendar.expected.add(day("03-02"), WorkingDays(20)))
    # One that ends on the day it begins anew goes on.
    twice: list[Event] = [
        Suspended(day("03-04"), "听证"),
        Resumed(day("03-06"), "听证"),
        Suspended(day("03-06"), "听证"),
        Resumed(day("03-11"), "听证"),
    ]
    again = accepted("03-02", *twice, calendar=calendar)
    assert (faults(again), due(again)) == ([], calendar.expected.add(day("03-02"), WorkingDays(25)))
    wrong = accepted("03-02", Suspended(day("03-04"), "听证"), Suspended(day("03-05"), "听证"), calendar=calendar)
    assert faults(wrong) == [Fault.ALREADY_STOPPED]


def test_a_minimum_wait_is_not_stopped_and_not_shortened(calendar: WorkCalendar) -> None:
    wait = ClockLaw(CalendarDays(15), starts="receipt", nature="minimum_wait", procedures=(Procedure("听证"),), correction=None)
    state = run(wait, [Received(day("03-02")), Suspended(day("03-04"), "听证"), Decided(day("03-13"))], calendar)
    assert faults(state) == [Fault.MINIMUM_WAIT, Fault.TOO_EARLY]
    assert "2026-03-17" in state.problems[1].text
    assert (due(state), state.overdue, state.correction_by) == (day("03-17"), 0, None)
    assert run(wait, [Received(day("03-02")), Decided(day("04-30"))], calendar).overdue == 0
    assert faults(run(wait, [Received(day("03-02")), Decided(day("03-17"))], calendar)) == []


# -- the end -----------------------------------------------------------------------------------------------------------------


def test_a_late_decision_and_its_delivery(calendar: WorkCalendar) -> None:
    state = accepted("03-02", Decided(day("04-02")), Delivered(day("04-30")), calendar=calendar)
    assert (state.stage, state.overdue) == ("delivered", 3)  # 31 March, 1 and 2 April
    assert state.deliver_by == calendar.deadline(day("04-02"), WorkingDays(10))
    assert state.delivery_overdue == calendar.expected.working_days_between(state.deliver_by.date, day("04-30")) > 0
    waiting = accepted("03-02", Decided(day("03-30")), calendar=calendar, today=day("04-30"))
    assert (waiting.stage, waiting.overdue, waiting.delivery_overdue > 0) == ("decided", 0, True)
    undecided = accepted("03-02", calendar=calendar, today=day("04-02"))
    assert (undecided.overdue, undecided.left) == (3, WorkingDays(0))


def test_a_decision_ends_what_is_still_stopped(calendar: WorkCalendar) -> None:
    state = accepted("03-02", Suspended(day("03-04"), "听证"), Decided(day("03-11")), calendar=calendar)
    assert (state.stage, state.overdue, state.stops[0].until) == ("decided", 0, day("03-11"))
    assert due(state) == calendar.expected.add(day("03-02"), WorkingDays(25))


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([Accepted(day("03-02"))], Fault.NOT_RECEIVED),
        ([Received(day("03-02")), Received(day("03-03"))], Fault.REPEATED),
        ([Received(day("03-02")), Accepted(day("03-02")), Accepted(day("03-03"))], Fault.REPEATED),
        ([Received(day("03-02")), CorrectionMet(day("03-03"))], Fault.NOTHING_ASKED),
        (
            [Received(day("03-02")), CorrectionAsked(day("03-03")), *(CorrectionMet(day(f"03-1{n}")) for n in (0, 1))],
            Fault.REPEATED,
        ),
        ([Received(day("03-02")), Suspended(day("03-03"), "听证")], Fault.NOT_RUNNING),
        ([Received(day("03-02")), Extended(day("03-03"), WorkingDays(1))], Fault.NOT_RUNNING),
        ([Received(day("03-02")), Decided(day("03-03"))], Fault.NOT_RUNNING),
        ([Received(day("03-02")), Accepted(day("03-02")), Resumed(day("03-03"), "听证")], Fault.NOT_STOPPED),
        ([Received(day("03-02")), Accepted(day("03-02")), Delivered(day("03-03"))], Fault.NOT_DECIDED),
        ([Received(day("03-02")), Withdrawn(day("03-03")), Accepted(day("03-04"))], Fault.ENDED),
        ([Received(day("03-02")), Accepted(day("03-02")), Decided(day("03-03")), Withdrawn(day("03-04"))], Fault.ENDED),
        ([Received(day("03-02")), Accepted(day("03-02")), Decided(day("03-03")), *[Delivered(day("03-04"))] * 2], Fault.REPEATED),
    ],
)
def test_an_event_out_of_turn_is_refused(calendar: WorkCalendar, events: list[Event], fault: Fault) -> None:
    state = run(GENERAL, events, calendar)
    assert faults(state) == [fault]
    rest = [event for event in events if event is not state.problems[0].event]
    assert run(GENERAL, events[:-1] if len(rest) == len(events) - 1 else events, calendar).stage == state.stage


def test_what_lies_after_today_has_not_happened(calendar: WorkCalendar) -> None:
    state = accepted("03-02", Extended(day("03-20"), WorkingDays(10)), calendar=calendar, today=day("03-10"))
    assert (faults(state), due(state)) == ([Fault.FUTURE], day("03-30"))
    assert run(GENERAL, [], calendar).stage == "not_received"


def test_a_law_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="单位"):
        ClockLaw(WorkingDays(20), extension=CalendarDays(10))
    with pytest.raises(ValueError, match="同名"):
        ClockLaw(WorkingDays(20), procedures=(Procedure("听证"), Procedure("听证", WorkingDays(1))))
    with pytest.raises(ValueError, match="次数"):
        ClockLaw(WorkingDays(20), times=-1)


# -- day by day --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stopping:
    """A stop of a random history; `cap` belongs to its name."""

    name: str
    since: date
    until: date


def walked(
    law: ClockLaw, start: date, total: int, stops: Sequence[Stopping], calendar: WorkCalendar
) -> tuple[date, dict[date, int]]:
    """The last day, and the days used up after each day, found by walking the calendar and knowing only what a day is."""
    caps = {procedure.name: procedure.cap for procedure in law.procedures}
    excused: set[date] = set()
    taken = dict.fromkeys(caps, 0)
    for stop in sorted(stops, key=lambda stop: stop.since):
        cap, one = caps[stop.name], stop.since + ONE
        while one <= stop.until:
            if cap is None or taken[stop.name] < cap.n:
                excused.add(one)
            if cap is not None and (isinstance(cap, CalendarDays) or calendar.expected.is_workday(one)):
                taken[stop.name] += 1
            one += ONE
    one, used = start, 0
    history = {start: 0}
    while not (used >= total and calendar.expected.is_workday(one) and one + ONE not in excused):
        one += ONE
        used += one not in excused and (isinstance(law.limit, CalendarDays) or calendar.expected.is_workday(one))
        history[one] = min(used, total)
    return one, history


CAPS: tuple[Span | None, ...] = (None, WorkingDays(0), WorkingDays(7), WorkingDays(20), CalendarDays(5), CalendarDays(30))


def random_history(dice: Random) -> tuple[ClockLaw, date, list[Stopping], int]:
    """A law, an acceptance in the published years, stops of its procedures, and how much the limit is extended."""
    unit: type[Span] = dice.choice((WorkingDays, CalendarDays))
    names = ("甲", "乙", "丙")[: dice.randint(0, 3)]
    law = ClockLaw(
        unit(dice.choice((0, 1, 3, 5, 10, 20, 45))),
        extension=unit(15),
        procedures=tuple(Procedure(name, dice.choice(CAPS)) for name in names),
    )
    start = date(dice.randint(2015, 2025), 1, 1) + dice.randint(0, 364) * ONE
    stops: list[Stopping] = []
    for name in names:
        since = start + dice.randint(0, 40) * ONE
        for _ in range(dice.randint(0, 3)):
            until = since + dice.randint(0, 25) * ONE
            stops.append(Stopping(name, since, until))
            since = until + dice.randint(0, 12) * ONE
    return law, start, stops, dice.choice((0, 0, 0, 8, 15))


def events_of(start: date, stops: Sequence[Stopping], extended: Span | None = None) -> list[Event]:
    pairs: list[Event] = [event for stop in stops for event in (Suspended(stop.since, stop.name), Resumed(stop.until, stop.name))]
    more: list[Event] = [Extended(start, extended)] if extended is not None and extended.n else []
    return [Received(start), Accepted(start), *more, *pairs]


def test_it_agrees_with_walking_day_by_day(calendar: WorkCalendar) -> None:
    dice = Random(20261124)
    moved = 0
    for _ in range(5000):
        law, start, stops, more = random_history(dice)
        if any(stop.since == stop.until for stop in stops):
            # Begins and ends on one day: which of two such pairs comes first cannot be told, and need not.
            stops = [stop for stop in stops if stop.since < stop.until]
        state = run(law, events_of(start, stops, type(law.limit)(more)), calendar)
        assert state.problems == (), state.problems
        end, history = walked(law, start, law.limit.n + more, stops, calendar)
        assert due(state) == end, (law, start, stops, more)
        moved += end != calendar.expected.add(start, type(law.limit)(law.limit.n + more))
        today = start + dice.randint(0, (end - start).days) * ONE
        so_far = run(law, events_of(start, stops, type(law.limit)(more)), calendar, today)
        assert so_far.consumed.n == history[today], (law, start, stops, today)
        assert so_far.consumed.n + so_far.left.n == so_far.total.n == law.limit.n + more
    assert moved > 1500


# -- properties --------------------------------------------------------------------------------------------------------------

STARTS = st.dates(date(2016, 1, 1), date(2025, 6, 30))
UNITS = st.sampled_from((WorkingDays, CalendarDays))


@given(STARTS, UNITS, st.integers(0, 120))
def test_without_stops_it_is_the_plain_deadline(calendar: WorkCalendar, start: date, unit: type[Span], n: int) -> None:
    state = run(ClockLaw(unit(n)), events_of(start, []), calendar)
    assert state.due == calendar.deadline(start, unit(n))


@given(STARTS, st.integers(1, 60), st.integers(0, 59), st.integers(0, 60))
def test_k_working_days_of_a_stop_move_the_end_by_k(calendar: WorkCalendar, start: date, n: int, before: int, k: int) -> None:
    assume(before <= n)
    table = calendar.expected
    start = table.next_workday(start)
    since = table.add(start, WorkingDays(before))
    until = table.add(since, WorkingDays(k))
    law = ClockLaw(WorkingDays(n), procedures=(Procedure("听证"),))
    state = run(law, events_of(start, [Stopping("听证", since, until)]), calendar)
    assert due(state) == table.add(table.add(start, WorkingDays(n)), WorkingDays(k))
    assert state.stops[0].taken == WorkingDays(k)


@given(STARTS, UNITS, st.integers(0, 60), st.integers(1, 30), st.integers(1, 4))
def test_extensions_add_up(calendar: WorkCalendar, start: date, unit: type[Span], n: int, more: int, times: int) -> None:
    law = ClockLaw(unit(n), extension=unit(more), times=times)
    state = run(law, [*events_of(start, []), *(Extended(start, unit(more)) for _ in range(times))], calendar)
    assert (
        state.due == calendar.deadline(start, unit(n + times * more)) == extended_end(calendar, start, unit(n), unit(more), times)
    )
    assert run(law, [*events_of(start, []), Extended(start, unit(more))], calendar).extensions_left == times - 1


@given(STARTS, st.integers(0, 200))
def test_calendar_days_end_on_their_day_or_the_next_working_one(calendar: WorkCalendar, start: date, n: int) -> None:
    assert due(run(ClockLaw(CalendarDays(n)), events_of(start, []), calendar)) == calendar.expected.next_workday(start + n * ONE)


@settings(max_examples=200)
@given(st.integers(0, 10**9))
def test_the_order_in_which_events_are_told_does_not_matter(calendar: WorkCalendar, seed: int) -> None:
    dice = Random(seed)
    law, start, stops, more = random_history(dice)
    events = events_of(start, stops, type(law.limit)(more))
    shuffled = dice.sample(events, len(events))
    assert run(law, events, calendar) == run(law, shuffled, calendar)


def test_every_order_of_one_history_gives_one_state(calendar: WorkCalendar) -> None:
    events: list[Event] = [
        *events_of(day("03-02"), [Stopping("听证", day("03-04"), day("03-11"))], WorkingDays(10)),
        Decided(day("04-20")),
    ]
    states = [run(GENERAL, order, calendar) for order in permutations(events)]
    assert all(state == states[0] for state in states)


@settings(max_examples=300)
@given(st.integers(0, 10**9), st.data())
def test_every_delay_moves_the_end_later_or_not_at_all(calendar: WorkCalendar, seed: int, data: st.DataObject) -> None:
    dice = Random(seed)
    law, start, stops, more = random_history(dice)
    stops = [stop for stop in stops if stop.since < stop.until]
    end = due(run(law, events_of(start, stops), calendar))
    # A later acceptance, with the same stops.
    if all(stop.since > start for stop in stops):
        assert due(run(law, events_of(start + ONE, stops), calendar)) >= end
    # A longer limit, by extension.
    assert due(run(law, events_of(start, stops, type(law.limit)(more)), calendar)) >= end
    # A stop that ends later (and takes nothing from the parts after it).
    if stops:
        place = data.draw(st.integers(0, len(stops) - 1))
        last = {stop.name: stop for stop in sorted(stops, key=lambda stop: stop.since)}
        if last[stops[place].name] == stops[place]:
            longer = [*stops[:place], replace(stops[place], until=stops[place].until + 9 * ONE), *stops[place + 1 :]]
            assert due(run(law, events_of(start, longer), calendar)) >= end


# -- days that are not published ---------------------------------------------------------------------------------------------


def test_a_clock_past_the_last_notice_is_bounded(calendar: WorkCalendar) -> None:
    """Tell random histories before the notices of their years: what the notices made of them lies within the bounds."""
    dice = Random(415)
    past = {
        year: WorkCalendar({y: notice for y, notice in calendar.notices.items() if y < year}, calendar.festivals)
        for year in range(2016, 2027)
    }
    uncertain = 0
    for _ in range(3000):
        law, start, stops, more = random_history(dice)
        stops = [stop for stop in stops if stop.since < stop.until]
        year = start.year + dice.randint(0, 1)
        if year not in past:
            continue
        events = events_of(start, stops, type(law.limit)(more))
        truth, guess = run(law, events, calendar), run(law, events, past[year])
        assert guess.due is not None
        assert guess.due.earliest <= due(truth) <= guess.due.latest, (law, events, year)
        assert guess.due.earliest <= guess.due.date <= guess.due.latest
        if guess.due.certainty == "FIRM":
            assert guess.due == truth.due
        uncertain += guess.due.certainty == "PROVISIONAL"
    assert uncertain > 800


def test_a_clock_before_the_first_notice_is_not_firm(calendar: WorkCalendar) -> None:
    state = run(ClockLaw(WorkingDays(20)), events_of(date(2003, 12, 30), []), calendar)
    assert state.due is not None
    assert state.due.certainty == "PROVISIONAL"


# -- what a plan can foresee -------------------------------------------------------------------------------------------------


def test_what_a_plan_foresees_is_what_happens_without_delay(calendar: WorkCalendar) -> None:
    receipt = day("03-02")
    state = run(GENERAL, [*events_of(receipt, []), Decided(day("03-30"))], calendar)
    assert correction_by(calendar, receipt) == state.correction_by
    assert deliver_by(calendar, day("03-30")) == state.deliver_by
    assert deliver_by(calendar, day("03-30"), WorkingDays(3)).date == day("04-02")


def test_a_provisional_start_is_carried_along(calendar: WorkCalendar) -> None:
    start = PlanDate(date(2027, 2, 18), "PROVISIONAL", date(2027, 2, 15), date(2027, 2, 23))
    for found in (
        correction_by(calendar, start),
        deliver_by(calendar, start),
        extended_end(calendar, start, WorkingDays(20), WorkingDays(10)),
        longest_end(calendar, start, WorkingDays(20), WorkingDays(10), 1, [Procedure("评审", CalendarDays(30))]),
    ):
        assert found is not None
        assert found.certainty == "PROVISIONAL"
        assert found.earliest < found.date < found.latest
    low, high = (
        longest_end(calendar, start.earliest, WorkingDays(20)),
        longest_end(calendar, start.latest, WorkingDays(20)),
    )
    both = longest_end(calendar, start, WorkingDays(20))
    assert low is not None
    assert high is not None
    assert both is not None
    assert (both.earliest, both.latest) == (low.earliest, high.latest)


def test_no_cap_no_longest(calendar: WorkCalendar) -> None:
    assert longest_end(calendar, day("03-02"), WorkingDays(20), procedures=[Procedure("听证")]) is None
    plain = longest_end(calendar, day("03-02"), WorkingDays(20))
    assert plain is not None
    assert (plain.date, plain.certainty) == (day("03-30"), "FIRM")
    # An extension in another unit follows the limit, and the longest is no shorter.
    mixed = (day("03-02"), CalendarDays(19), WorkingDays(5))
    longest = longest_end(calendar, *mixed)
    assert longest is not None
    assert longest.date == extended_end(calendar, *mixed).date == calendar.deadline(day("03-02"), *mixed[1:]).date == day("03-30")
    # In one unit it is the sum.
    capped = longest_end(calendar, day("03-02"), WorkingDays(10), WorkingDays(10), 1, [Procedure("技术评审", WorkingDays(30))])
    assert capped is not None
    assert capped.date == calendar.expected.add(day("03-02"), WorkingDays(50))


def test_nothing_law_allows_ends_later_than_the_longest(calendar: WorkCalendar) -> None:
    """Every procedure held once, from a working day on: no history ends later, and some history ends on that very day."""
    dice = Random(7)
    table = calendar.expected
    for _ in range(400):
        unit: type[Span] = dice.choice((WorkingDays, CalendarDays))
        caps = [dice.choice((WorkingDays(7), CalendarDays(5), CalendarDays(30))) for _ in range(dice.randint(0, 2))]
        procedures = tuple(Procedure(name, cap) for name, cap in zip("甲乙", caps, strict=False))
        law = ClockLaw(unit(dice.choice((0, 1, 5, 10, 20))), extension=unit(10), procedures=procedures)
        start = table.next_workday(date(dice.randint(2016, 2025), 1, 1) + dice.randint(0, 330) * ONE)
        longest = longest_end(calendar, start, law.limit, law.extension, 1, procedures)
        assert longest is not None
        # The way the plan counts them, one after the other, is one of them.
        assert calendar.deadline(start, law.limit, *caps).date <= longest.date
        for _ in range(12):
            stops: list[Stopping] = []
            for procedure in procedures:
                since = table.next_workday(start + dice.randint(0, 45) * ONE)
                stops.append(Stopping(procedure.name, since, since + dice.randint(1, 60) * ONE))
            assert due(run(law, events_of(start, stops, law.extension), calendar)) <= longest.date, (law, start, stops)
        if len(procedures) == 1:
            tries = (table.next_workday(start + n * ONE) for n in range((longest.date - start).days + 1))
            ends = {
                due(run(law, events_of(start, [Stopping("甲", since, since + 60 * ONE)], law.extension), calendar))
                for since in tries
            }
            assert max(ends) == longest.date, (law, start)
