"""Two plans side by side: every difference said, every moved date with the one difference that moved it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner import Plan, Planner
from planner.calendar import WorkCalendar
from planner.compare.comparison import Cause, DateName, PlanComparison
from planner.compare.plans import compare
from planner.compare.timing import COMPLETED, IN_USE, START, Timing, accept_of, decide_of
from planner.plan import MilestoneName, RoutePolicy
from planner.project import load_project
from tests.compare.random_books import Approval, Case, Wait, cases, spans

TWO: tuple[MilestoneName, ...] = ("start_of_works", "use")
MILESTONE_NODES = {"start_of_works": START, "completion": COMPLETED, "use": IN_USE}


def side_by_side(left: Case, right: Case) -> PlanComparison:
    return compare(left.plan(), right.plan(), left.planner.calendar)


def causes(found: PlanComparison) -> list[Cause]:
    milestones = [one.cause for one in found.milestones if one.cause is not None]
    return [*milestones, *(one.cause for one in found.moved)]


def is_listed(cause: Cause, found: PlanComparison) -> bool:
    """Whether the cause is a difference that the comparison itself shows."""
    match cause.kind:
        case "start" | "target" | "calendar":
            return any(one.setting == cause.kind for one in found.settings)
        case "item":
            return any(one.code == cause.code for one in (*found.only_left, *found.only_right))
        case "construction":
            return any(one.code == "construction" for one in found.durations)
        case "cycle":
            return any(one.text == cause.text for one in found.blockers)
        case "unexplained" | "version":
            return False
        case "limit" if cause.field is None:
            return any(one.code == cause.code and one.which == cause.subject for one in found.moved)
        case _:
            return any(
                (one.code, change.field, change.subject) == (cause.code, cause.field, cause.subject)
                for one in found.changed
                for change in one.changes
            )


def moved_dates(left: Plan, right: Plan) -> set[tuple[str, str]]:
    """Which dates of which common items differ, found without the comparison."""
    found = set()
    for item in left.items:
        for other in right.items:
            if other.code == item.code:
                for which in get_args(DateName):
                    left_day, right_day = getattr(item.dates, which), getattr(other.dates, which)
                    if (left_day and left_day.date) != (right_day and right_day.date):
                        found.add((item.code, which))
    return found


# -- any two plans -----------------------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(cases(), cases())
def test_every_moved_date_has_one_cause_that_the_comparison_lists(left: Case, right: Case) -> None:
    found = side_by_side(left, right)
    listed = [(one.code, one.which) for one in found.moved]
    assert len(listed) == len(set(listed))
    assert set(listed) == moved_dates(left.plan(), right.plan())
    for one in found.milestones:
        assert (one.cause is None) == (one.left.date == one.right.date)
    for cause in causes(found):
        assert is_listed(cause, found), cause


@settings(max_examples=40)
@given(cases(), cases())
def test_the_other_way_round_says_the_same_of_the_same_dates(left: Case, right: Case) -> None:
    there, back = side_by_side(left, right), side_by_side(right, left)

    def said(one: PlanComparison) -> list[tuple[Any, ...]]:
        return sorted((m.code, m.which, m.cause.kind, m.cause.code, m.cause.field or "", m.cause.subject) for m in one.moved)

    assert said(there) == said(back)
    assert [(o.code, o.why_not) for o in there.only_left] == [(o.code, o.why_not) for o in back.only_right]


@settings(max_examples=40)
@given(cases())
def test_equal_plans_give_an_empty_comparison(case: Case) -> None:
    found = side_by_side(case, case)
    assert found.empty
    assert found.causes == ()
    assert PlanComparison.model_validate_json(found.model_dump_json()) == found


@settings(max_examples=60)
@given(cases())
def test_the_network_read_from_a_plan_gives_the_plans_own_dates(case: Case) -> None:
    plan = case.plan()
    timing = Timing(plan, case.planner.calendar)
    for item in plan.items:
        assert timing.latest_for(item.code).at[accept_of(item.code)] == item.dates.latest_submit.date
        drivers = timing.promised.drivers(decide_of(item.code))
        assert (drivers[0] == accept_of(item.code)) == (item.dates.decide_after == "")
        first = timing.promised.drivers(accept_of(item.code))[0]
        assert (first.code if first else "") == item.dates.accept_after
    for name, node in MILESTONE_NODES.items():
        assert timing.statutory.at[node] == getattr(plan.milestones, name).statutory.date


# -- one change --------------------------------------------------------------------------------------------------------


def of_one(case: Case, code: str, **changes: Any) -> Case:
    return case.with_approval(replace(next(a for a in case.approvals if a.code == code), **changes))


@st.composite
def changed(draw: st.DrawFn) -> tuple[Case, Case, tuple[str, str, str | None]]:
    """A case, the same with one change, and what every moved date must be put down to: kind, code, field."""
    case = draw(cases())
    one = draw(st.sampled_from(case.approvals))
    what = draw(
        st.sampled_from(["start", "target", "construction", "limit", "promise", "procedure", "preparation", "wait", "hold", "item"])
    )
    match what:
        case "start":
            return case, replace(case, start=case.start + timedelta(days=draw(st.integers(1, 60)))), ("start", "", None)
        case "target":
            other = draw(st.none() | st.tuples(st.sampled_from(TWO), st.dates(date(2026, 4, 1), date(2027, 1, 1))))
            # The fewest promises depend on the target, so another target would be two changes.
            plain = replace(case, routes=RoutePolicy.STANDARD)
            return plain, replace(plain, target=other), ("target", "", None)
        case "construction":
            return case, replace(case, construction=draw(spans(90))), ("construction", "construction", None)
        case "limit":
            plain = of_one(case, one.code, promise=None, limit="12 工作日", quick=False)
            return plain, of_one(plain, one.code, limit=draw(spans(40))), ("limit", one.code, "statutory")
        case "promise":
            plain = of_one(case, one.code, limit="20 工作日", promise=None, quick=False)
            return plain, of_one(plain, one.code, promise=f"{draw(st.integers(0, 19))} 工作日"), ("limit", one.code, "promised")
        case "procedure":
            plain = of_one(case, one.code, limit="5 工作日", promise=None, procedure="7 日", quick=False)
            return plain, of_one(plain, one.code, procedure=draw(spans())), ("special_procedure", one.code, "special_procedure")
        case "preparation":
            plain = of_one(case, one.code, preparation="3 工作日")
            return plain, of_one(plain, one.code, preparation=draw(spans())), ("preparation", one.code, "preparation")
        case "wait":
            assume(one.waits)
            dropped = draw(st.sampled_from(one.waits))
            plain = of_one(case, one.code, waits=tuple(replace(w, eased="", paper=False) for w in one.waits))
            waits = tuple(replace(w, eased="", paper=False) for w in one.waits if w != dropped)
            return plain, of_one(plain, one.code, waits=waits), ("gate", one.code, "gate")
        case "hold":
            added = tuple(dict.fromkeys((*one.holds, "投入使用")))
            kept = tuple(hold for hold in added if hold != "投入使用")
            return of_one(case, one.code, holds=added), of_one(case, one.code, holds=kept), ("gate", one.code, "gate")
        case _:
            new = Approval("z", "18 工作日", None, None, (), ("开工",), None)
            last = case.approvals[-1]
            waiting = of_one(case, last.code, waits=(*last.waits, Wait("z", "受理")))
            # Without the approval its gate falls away too: the rulebook of the left plan has no such approval.
            return case, replace(waiting, approvals=(new, *waiting.approvals)), ("item", "z", None)


@settings(max_examples=150)
@given(changed())
def test_one_change_is_the_cause_of_everything_that_moved(trial: tuple[Case, Case, tuple[str, str, str | None]]) -> None:
    left, right, expected = trial
    # Which routes are the fewest may change with anything, and then there is more than one change.
    assume(left.routes is not RoutePolicy.FEWEST_PROMISES)
    for first, second in ((left, right), (right, left)):
        found = side_by_side(first, second)
        assert {(c.kind, c.code, c.field) for c in causes(found)} <= {expected}


@pytest.mark.parametrize(("eased", "paper"), [("承诺", True), ("后补", True), ("预审", False), ("分阶段", False)])
def test_a_route_taken_is_the_cause_of_what_it_wins(eased: str, paper: bool) -> None:
    a = Approval("a", "20 工作日", None, None, (), (), None)
    b = Approval("b", "10 工作日", None, None, (Wait("a", "受理", paper, eased),), ("开工",), None)
    slow = Case((a, b))
    found = side_by_side(slow, replace(slow, routes=RoutePolicy.FASTEST))
    assert {one.which for one in found.moved if one.code == "b"} >= {"accept", "decide_promised", "decide_statutory"}
    assert {(c.kind, c.code) for c in causes(found)} == {("route", "b")}
    assert all("采用" in c.text for c in causes(found) if c.field == "routes")
    assert [(s.setting, s.left, s.right) for s in found.settings] == [("routes", "一律一般办理", "能走的快办路线都走")]


def test_a_decision_on_a_promise_alone_is_put_down_to_the_promise() -> None:
    a = Approval("a", "20 工作日", "8 工作日", None, (), ("开工",), None, quick=True)
    b = Approval("b", "10 工作日", None, None, (Wait("a", "受理"),), ("开工",), None)
    found = side_by_side(Case((a, b)), Case((a, b), routes=RoutePolicy.FASTEST))
    assert {(one.code, one.which) for one in found.moved} >= {("a", "decide_promised"), ("b", "accept"), ("b", "latest_submit")}
    assert {(c.kind, c.code) for c in causes(found)} == {("route", "a")}


def test_a_shorter_limit_that_ends_on_the_same_day_is_not_blamed() -> None:
    # 6 days from Monday 2 March end on a Sunday; from Monday 9 March, 5 days end on a Saturday and 6 on the Sunday: both on the 16th.
    approval = Approval("a", "6 日", None, None, (), ("开工",), None)
    left = Case((approval,), start=date(2026, 3, 2))
    right = Case((replace(approval, limit="5 日"),), start=date(2026, 3, 9))
    found = side_by_side(left, right)
    assert {(one.which, one.cause.kind) for one in found.moved if one.which != "latest_submit"} == {
        (which, "start") for which in ("accept", "decide_promised", "decide_statutory")
    }


def test_of_limit_and_procedure_the_one_that_moves_the_date_is_blamed() -> None:
    # 5 and 6 days from Monday 2 March both end on Monday the 9th, so the procedure alone makes the difference.
    left = Approval("a", "6 日", None, "2 工作日", (), ("开工",), None)
    right = replace(left, limit="5 日", procedure="12 工作日")
    found = side_by_side(Case((left,)), Case((right,)))
    assert {(one.which, one.cause.kind) for one in found.moved if one.which != "latest_submit"} == {
        (which, "special_procedure") for which in ("decide_promised", "decide_statutory")
    }
    assert found.moved[0].cause.text == "“事项a”的特别程序“评审”：必经，2 工作日 → 必经，12 工作日"


def test_of_two_that_set_a_day_the_one_both_plans_wait_for_is_followed() -> None:
    # On the right c waits for a as well, but b, which it waited for all along, comes on that very day by itself.
    a, b = (Approval(code, limit, None, None, (), (), None) for code, limit in (("a", "20 工作日"), ("b", "10 工作日")))
    c = Approval("c", "5 工作日", None, None, (Wait("b", "受理"),), ("开工",), None)
    left = Case((a, b, c))
    right = Case((a, replace(b, limit="20 工作日"), replace(c, waits=(Wait("b", "受理"), Wait("a", "受理")))))
    for found in (side_by_side(left, right), side_by_side(right, left)):
        (accepted,) = [one for one in found.moved if (one.code, one.which) == ("c", "accept")]
        assert (accepted.cause.kind, accepted.cause.code) == ("limit", "b")


def test_an_item_new_on_the_way_is_the_cause_of_what_waits_for_it() -> None:
    last = Approval("b", "10 工作日", None, None, (), ("开工",), None)
    new = Approval("a", "20 工作日", None, None, (), (), None)
    found = side_by_side(Case((last,)), Case((new, replace(last, waits=(Wait("a", "受理"),)))))
    assert {(one.which, one.cause.kind, one.cause.code) for one in found.moved} == {
        (which, "item", "a") for which in ("accept", "decide_promised", "decide_statutory", "latest_submit")
    }
    assert {one.cause.text for one in found.moved} == {"“事项a”只在右边的计划里"}


def test_what_a_new_permit_by_stages_leaves_for_later_is_put_down_to_that_permit() -> None:
    first = Approval("b", "20 工作日", None, None, (), ("投入使用",), None)
    staged = Approval("c", "1 工作日", None, None, (Wait("b", "受理", eased="分阶段"),), ("开工",), None)
    last = Approval("d", "30 工作日", None, None, (), ("投入使用",), None)
    found = side_by_side(*(Case(approvals, routes=RoutePolicy.FASTEST) for approvals in ((first, last), (first, last, staged))))
    assert {(one.code, one.which, one.cause.kind, one.cause.code) for one in found.moved} == {("b", "latest_submit", "item", "c")}
    assert {(m.milestone, m.cause.code) for m in found.milestones if m.cause} == {("start_of_works", "c"), ("completion", "c")}


def test_what_holds_another_milestone_is_put_down_to_that_gate() -> None:
    approval = Approval("a", "5 工作日", None, None, (), ("开工",), None)
    slow = Approval("b", "30 工作日", None, None, (), ("竣工验收",), None)
    left, right = Case((approval, slow)), Case((replace(approval, holds=("竣工验收",)), slow))
    found = side_by_side(left, right)
    (latest,) = [one for one in found.moved if one.which == "latest_submit"]
    assert (latest.code, latest.cause.kind, latest.cause.field, latest.cause.subject) == ("a", "gate", "gate", "start_of_works")
    free, works = replace(approval, holds=()), Approval("c", "9 工作日", None, None, (), ("开工",), None)
    found = side_by_side(Case((free, works)), Case((approval, replace(works, limit="30 工作日"))))
    (latest,) = [one for one in found.moved if (one.code, one.which) == ("a", "latest_submit")]
    assert (latest.cause.kind, latest.cause.code, latest.cause.subject) == ("gate", "a", "start_of_works")
    late = Approval("c", "60 工作日", None, None, (), ("开工",), None)
    ends = replace(approval, holds=("竣工验收",))
    found = side_by_side(Case((ends, slow)), Case((replace(approval, holds=("开工", "竣工验收")), slow, late)))
    (latest,) = [one for one in found.moved if (one.code, one.which) == ("a", "latest_submit")]
    assert (latest.cause.kind, latest.cause.code, latest.cause.subject) == ("gate", "a", "start_of_works")


def test_a_stricter_gate_of_the_other_plan_is_not_taken_for_a_missing_one() -> None:
    # On the right the decision waits for a longer approval; on the left the very acceptance waited for it already.
    first = Approval("a", "10 工作日", None, None, (), (), None)
    left = Case((first, Approval("b", "1 工作日", None, None, (Wait("a", "受理"),), ("开工",), None)))
    right = Case((replace(first, limit="25 工作日"), Approval("b", "1 工作日", None, None, (Wait("a", "办结"),), ("开工",), None)))
    found = side_by_side(left, right)
    (decided,) = [one for one in found.moved if (one.code, one.which) == ("b", "decide_promised")]
    assert (decided.cause.kind, decided.cause.code) == ("limit", "a")


def test_a_milestone_is_measured_by_its_own_day() -> None:
    # 开工 and 投入使用 move for different reasons; what holds 开工 moves with 开工, though all milestones fall on one day on the left.
    works, later = (
        Approval("a", "5 工作日", None, None, (), ("开工",), None),
        Approval("b", "5 工作日", None, None, (), ("投入使用",), None),
    )
    right = Case((replace(works, limit="9 工作日"), replace(later, limit="30 工作日")))
    found = side_by_side(Case((works, later)), right)
    assert {(m.milestone, m.cause.code) for m in found.milestones if m.cause and m.schedule == "promised"} == {
        ("start_of_works", "a"),
        ("completion", "a"),
        ("use", "b"),
    }
    waiting = Approval("c", "2 工作日", None, None, (), ("开工",), None)
    left = Case((works, later, waiting))
    found = side_by_side(left, Case((*right.approvals, waiting)))
    (latest,) = [one for one in found.moved if one.code == "c"]
    assert (latest.which, latest.cause.code) == ("latest_submit", "a")


def test_the_time_for_checking_a_promise_is_its_own_cause() -> None:
    a = Approval("a", "20 工作日", None, None, (), (), None)
    b = Approval("b", "10 工作日", None, None, (Wait("a", "受理", True, "承诺"),), ("开工",), None)
    case = Case((a, b), routes=RoutePolicy.FASTEST)
    plan = case.plan()
    item = plan.item("b")
    later = item.dates.verify_by
    assert later is not None
    day = case.planner.calendar.expected.add(later.date, _working(5))
    dates = item.dates.model_copy(update={"verify_by": later.model_copy(update={"date": day})})
    items = tuple(one if one.code == "a" else item.model_copy(update={"dates": dates}) for one in plan.items)
    found = compare(plan, plan.model_copy(update={"items": items}), case.planner.calendar)
    assert [(m.which, m.working_days, m.cause.kind, m.cause.subject) for m in found.moved] == [
        ("verify_by", 5, "limit", "verify_by")
    ]
    assert found.moved[0].cause.text == "“事项b”核查承诺的期限（办结后）：10 工作日 → 15 工作日"


def _working(days: int) -> Any:
    from planner.calendar import WorkingDays

    return WorkingDays(days)


def test_other_notices_are_the_cause_where_nothing_else_differs() -> None:
    a = Approval("a", "20 工作日", None, None, (), ("开工",), None)
    case = Case((a,), construction="30 日")
    planner = case.planner
    found = compare(case.plan(), case.plan(_with_a_day_off(planner)), planner.calendar)
    assert {one.which for one in found.moved} == {"decide_promised", "decide_statutory"}
    assert {c.kind for c in causes(found)} == {"calendar"}
    assert any(one.setting == "calendar" for one in found.settings)


@settings(max_examples=40)
@given(cases())
def test_other_notices_alone_move_no_date_for_another_reason(case: Case) -> None:
    case = replace(case, routes=RoutePolicy.STANDARD)
    found = compare(case.plan(), case.plan(_with_a_day_off(case.planner)), case.planner.calendar)
    assert {c.kind for c in causes(found)} <= {"calendar"}
    assert {(one.code, one.which) for one in found.moved} == moved_dates(case.plan(), case.plan(_with_a_day_off(case.planner)))


def _with_a_day_off(planner: Planner) -> Planner:
    """The same with one more week off in 2026."""
    notice = planner.calendar.notices[2026]
    more = {date(2026, 3, 16) + timedelta(days=n): "加放" for n in range(5)}
    changed = replace(notice, off={**notice.off, **more})
    other = WorkCalendar({**planner.calendar.notices, 2026: changed}, planner.calendar.festivals, planner.calendar.version)
    return Planner(planner.rulebook, other)


# -- what is said ------------------------------------------------------------------------------------------------------


def test_everything_about_an_item_is_said_field_by_field() -> None:
    a = Approval("a", "20 工作日", "8 工作日", "5 日", (), ("开工",), "7 日")
    b = Approval("b", "20 工作日", None, None, (Wait("a", "受理", True),), ("开工",), None)
    other_a = Approval("a", "15 日", None, "6 日", (), ("竣工验收",), "9 日")
    other_b = Approval("b", "20 工作日", None, None, (Wait("a", "办结"),), ("开工",), None)
    found = side_by_side(Case((a, b)), Case((other_a, other_b)))
    first, second = found.changed
    assert {(c.field, c.name, c.left, c.right) for c in first.changes} == {
        ("statutory", "", "20 工作日", "15 日"),
        ("promised", "", "8 工作日", ""),
        ("special_procedure", "评审", "必经，5 日", "必经，6 日"),
        ("preparation", "编制a文件", "7 日", "9 日"),
        ("gate", "开工", "办结才能开工", ""),
        ("gate", "竣工验收", "", "办结才能组织竣工验收"),
    }
    assert {(c.field, c.name, c.left, c.right) for c in second.changes} == {
        ("gate", "事项a", "等它办结才能受理", "等它办结才能办结，受理不必等"),
        ("paper", "a的批复", "要提交", ""),
    }
    assert [(d.code, d.name, d.left, d.right) for d in found.durations] == [("prepare_a", "编制a文件", "7 日", "9 日")]


def test_an_item_of_one_plan_says_why_there_and_why_not_here(anshan: Planner, root: Path) -> None:
    project, _ = load_project(root / "examples" / "standard-factory.yaml")
    more = project.model_copy(update={"facts": {**project.facts, "水土流失易发区": "是"}})
    left, right = (anshan.plan(one, as_of=date(2026, 11, 24)) for one in (project, more))
    found = compare(left, right, anshan.calendar)
    assert [(one.name, one.left, one.right) for one in found.facts] == [("水土流失易发区", "否", "是")]
    assert found.only_left or found.only_right
    for one in (*found.only_left, *found.only_right):
        assert one.because
        assert one.why_not


def test_figures_and_milestones_are_both_plans_own(anshan: Planner, root: Path) -> None:
    project, _ = load_project(root / "examples" / "standard-factory.yaml")
    left = anshan.plan(project, as_of=date(2026, 11, 24))
    right = anshan.plan(project, as_of=date(2026, 11, 24), start=date(2027, 1, 4), routes="fastest")
    found = compare(left, right, anshan.calendar)
    for one in found.figures:
        if one.figure in ("promises", "later_papers"):
            values = tuple(getattr(plan.choice, one.figure) for plan in (left, right))
        elif one.figure == "open_facts":
            values = (len(left.open_facts), len(right.open_facts))
        else:
            values = tuple(getattr(plan.totals, one.figure) for plan in (left, right))
        assert (one.left, one.right) == values
    for milestone, schedule in product(("start_of_works", "completion", "use"), ("promised", "statutory")):
        (row,) = [m for m in found.milestones if (m.milestone, m.schedule) == (milestone, schedule)]
        days = [getattr(getattr(plan.milestones, milestone), schedule).date for plan in (left, right)]
        assert [row.left.date, row.right.date] == days
        assert row.working_days == anshan.calendar.expected.working_days_between(*days)


def test_a_plan_that_contradicts_itself_is_refused_in_words() -> None:
    plan = Case((Approval("a", "20 工作日", None, None, (), (), None),)).plan()
    twice = plan.model_copy(update={"items": (*plan.items, *plan.items)})
    project = plan.project.model_copy(update={"durations": {"construction": "很久"}})
    for broken, words in ((twice, "两个事项代码相同"), (plan.model_copy(update={"project": project}), "很久")):
        with pytest.raises(ValueError, match=words):
            compare(plan, broken, _calendar())


def _calendar() -> WorkCalendar:
    return Case((Approval("a", None, None, None, (), (), None),)).planner.calendar
