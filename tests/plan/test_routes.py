"""Easier routes in plans: what opens and shuts them, what they gain and ask; lanes, joint handling, caps, clocks, relief."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from planner import Plan, Planner, Project
from planner.plan import ClockRule, ClosedRoute, Item, OpenRoute, RouteTaken, Status

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第一条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
START = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
PAPER = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
REVIEW = f"路线: [{{方式: 预审, 先审: [a], {BASIS}}}]\n"
PROMISE = f"路线: [{{方式: 告知承诺, 名称: 乙的承诺, 代替: [甲的批复], 承诺内容: [会取得], {BASIS}}}]\n"


def exclusion(text: str) -> dict[str, Any]:
    return {
        "files": {
            "routes": f"路线总则: [{{代码: g, 名称: 承诺总则, 方式: 告知承诺, 排除: [{text}], 核查期限: 20 工作日, "
            f"路线材料: [承诺书], 后果: [撤销], {BASIS}}}]\n"
        }
    }


def route_of(item: Item) -> OpenRoute:
    assert len(item.routes) == 1
    return item.routes[0]


def closed_of(item: Item) -> ClosedRoute:
    assert item.routes == ()
    assert len(item.closed_routes) == 1
    return item.closed_routes[0]


# -- choosing ----------------------------------------------------------------------------------------------------------


def test_no_optional_route_is_taken_unless_asked(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN, "b": TEN + PAPER + START + REVIEW})
    assert (plan.routes, plan.choice.taken) == ("standard", ())
    assert (plan.choice.days_gained, plan.choice.days_possible) == (0, 10)
    assert plan.choice.standard == plan.choice.reached
    assert plan.choice.fastest.date == date(2026, 3, 16)
    route = route_of(plan.item("b"))
    assert (route.taken, route.days_gained, route.status) == (False, 10, Status.REQUIRED)
    assert plan.item("b").route is RouteTaken.STANDARD
    assert plan.item("b").gates[0].gate == "ACCEPT"


@pytest.mark.parametrize("policy", ["fastest", "fewest_promises"])
def test_a_route_that_gains_is_taken_when_asked(plan_of: PlanOf, policy: str) -> None:
    plan = plan_of({"a": TEN, "b": TEN + PAPER + START + REVIEW}, routes=policy)
    assert plan.choice.taken == ("b/pre_review",)
    assert (plan.choice.days_gained, plan.choice.promises, plan.choice.later_papers) == (10, 0, 0)
    assert plan.milestones.start_of_works.promised.date == plan.choice.reached.date == date(2026, 3, 16)
    assert route_of(plan.item("b")).days_gained == 10
    assert plan.item("b").route is RouteTaken.PRE_REVIEW


def test_the_fewest_promises_leave_out_what_gains_nothing(plan_of: PlanOf) -> None:
    long = TEN.replace("10 工作日", "30 工作日") + START
    bodies = {"a": TEN, "b": TEN + PAPER + START + PROMISE, "c": long}
    fastest = plan_of(bodies, routes="fastest")
    assert fastest.choice.taken == ("b/commitment",)
    assert (fastest.choice.promises, fastest.choice.days_gained) == (1, 0)
    fewest = plan_of(bodies, routes="fewest_promises")
    assert (fewest.choice.taken, fewest.choice.promises, fewest.choice.ladder) == ((), 0, ())
    assert fewest.milestones == fastest.milestones


def test_a_target_asks_for_no_more_promises_than_it_needs(plan_of: PlanOf) -> None:
    bodies = {"a": TEN, "b": TEN + PAPER + START + PROMISE}
    easy = plan_of(bodies, routes="fewest_promises", target=("start_of_works", date(2026, 3, 31)))
    assert easy.choice.taken == ()
    hard = plan_of(bodies, routes="fewest_promises", target=("start_of_works", date(2026, 3, 20)))
    assert hard.choice.taken == ("b/commitment",)
    assert hard.target is not None
    assert hard.target.feasible
    missed = plan_of(bodies, target=("start_of_works", date(2026, 3, 20)))
    assert missed.target is not None
    assert not missed.target.feasible
    assert missed.target.earliest_with_routes.date == date(2026, 3, 16)


def test_the_ladder_tells_what_each_further_promise_gains(plan_of: PlanOf) -> None:
    short = TEN.replace("10 工作日", "5 工作日")
    second = (PAPER + PROMISE).replace("来自: a", "来自: d") + START
    bodies = {"a": TEN, "b": TEN + PAPER + PROMISE + START, "c": TEN + second, "d": short}
    plan = plan_of(bodies, routes="fewest_promises")
    steps = [(s.days_gained, s.promises, s.later_papers, s.taken) for s in plan.choice.ladder]
    assert steps == [(5, 1, 0, ("b/commitment",)), (10, 2, 0, ("b/commitment", "c/commitment"))]
    assert plan.choice.ladder[-1].taken == plan.choice.taken
    assert plan.choice.ladder[-1].reached == plan.choice.reached.date


def test_a_step_of_the_ladder_that_gains_more_for_the_same_takes_the_place_of_the_one_before(plan_of: PlanOf) -> None:
    # A promise at b saves what a takes; one at c does away with waiting for b, and so for a.
    second = (PAPER + PROMISE).replace("来自: a", "来自: b") + START
    plan = plan_of({"a": TEN, "b": TEN + PAPER + PROMISE, "c": TEN + second}, routes="fewest_promises")
    assert [(s.days_gained, s.taken) for s in plan.choice.ladder] == [(20, ("c/commitment",))]


def test_a_prescribed_route_is_always_taken(plan_of: PlanOf) -> None:
    body = TEN + START + f"路线: [{{方式: 告知承诺, 选用: 一律, 期限: 当场, {BASIS}}}]\n"
    plan = plan_of({"a": body})
    item = plan.item("a")
    assert item.route is RouteTaken.COMMITMENT
    assert item.dates.accept.date == item.dates.decide_statutory.date == date(2026, 3, 2)
    route = route_of(item)
    assert (route.optional, route.taken, route.days_gained) == (False, True, None)
    assert (plan.choice.taken, plan.choice.promises) == ((), 0)


def test_a_decision_on_a_promise_takes_its_own_time(plan_of: PlanOf) -> None:
    body = TEN + START + f"路线: [{{方式: 告知承诺, 期限: 3 工作日, 核查期限: 5 工作日, {BASIS}}}]\n"
    item = plan_of({"a": body}, routes="fastest").item("a")
    assert item.dates.decide_promised.date == item.dates.decide_statutory.date == date(2026, 3, 5)
    assert item.dates.verify_by is not None
    assert item.dates.verify_by.date == date(2026, 3, 12)
    assert route_of(item).due == item.dates.verify_by
    standard = plan_of({"a": body}).item("a")
    assert standard.dates.decide_statutory.date == date(2026, 3, 16)
    assert route_of(standard).due is None


def test_a_promise_slower_than_the_city_promises_anyway_is_no_shortcut(plan_of: PlanOf) -> None:
    body = TEN + START + f"路线: [{{方式: 告知承诺, 期限: 3 工作日, {BASIS}}}]\n"
    plan = plan_of({"a": body}, {"a": f"承诺时限: [{{期限: 2 工作日, {BASIS}}}]\n"}, routes="fastest")
    assert plan.item("a").dates.decide_promised.date == date(2026, 3, 4)
    assert plan.choice.days_gained == 0


# -- what shuts routes out ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("facts", "status"), [({"risky": False}, Status.REQUIRED), ({}, Status.DEPENDS)])
def test_an_exclusion_that_may_hold_keeps_a_route_from_being_taken(
    plan_of: PlanOf, facts: dict[str, object], status: Status
) -> None:
    shut = exclusion(f"{{名称: 有风险的, 当: {{有风险: 是}}, {BASIS}}}")
    item = plan_of({"a": TEN, "b": TEN + PAPER + PROMISE}, routes="fastest", **shut, **facts).item("b")
    assert (route_of(item).status, route_of(item).taken) == (status, status is Status.REQUIRED)


def test_what_keeps_a_route_undecided_is_asked(plan_of: PlanOf) -> None:
    shut = exclusion(f"{{名称: 有风险的, 当: {{有风险: 是}}, {BASIS}}}")
    plan = plan_of({"a": TEN, "b": TEN + PAPER + PROMISE}, **shut)
    assert {fact.code: fact.items for fact in plan.open_facts} == {"risky": ("b",)}
    city = {"b": f"容缺后补: [{{材料: 甲的批复, {BASIS}}}]\n"}
    paper = PAPER.replace("名称: 甲的批复", "名称: 甲的批复, 次要: 是")
    waiting = plan_of({"a": TEN, "b": TEN + paper}, city)
    assert {fact.code: fact.items for fact in waiting.open_facts} == {"credit_bad": ("b",)}


def test_an_exclusion_that_holds_closes_the_route_and_says_why(plan_of: PlanOf) -> None:
    shut = exclusion(f"{{名称: 有风险的, 当: {{有风险: 是}}, {BASIS}}}")
    plan = plan_of({"a": TEN, "b": TEN + PAPER + PROMISE}, routes="fastest", risky=True, **shut)
    closed = closed_of(plan.item("b"))
    assert (closed.route, closed.name) == (RouteTaken.COMMITMENT, "乙的承诺")
    assert [(r.rule, r.holds, [b.article for b in r.basis]) for r in closed.because] == [("有风险的", "true", ["第一条"])]
    assert "有风险：是" in closed.because[0].text
    assert plan.item("b").gates[0].gate == "ACCEPT"


def test_an_exclusion_may_name_approvals(plan_of: PlanOf) -> None:
    bodies = {"a": TEN, "b": TEN + PAPER + PROMISE, "c": TEN + PAPER + PROMISE}
    plan = plan_of(bodies, routes="fastest", **exclusion(f"{{名称: 涉及安全的, 事项: [b], {BASIS}}}"))
    assert plan.choice.taken == ("c/commitment",)
    assert closed_of(plan.item("b")).because[0].rule == "涉及安全的"


def test_a_prescribed_route_is_not_shut_out(plan_of: PlanOf) -> None:
    body = TEN + f"路线: [{{方式: 告知承诺, 选用: 一律, {BASIS}}}]\n"
    item = plan_of({"a": body}, risky=True, **exclusion(f"{{名称: 有风险的, 当: {{有风险: 是}}, {BASIS}}}")).item("a")
    assert route_of(item).taken


def test_general_rules_add_papers_consequences_and_the_time_for_checking(plan_of: PlanOf) -> None:
    files = exclusion("")
    item = plan_of({"a": TEN, "b": TEN + PAPER + PROMISE}, routes="fastest", **files).item("b")
    route = route_of(item)
    assert (route.own_papers, route.consequences, route.promises) == (("承诺书",), ("撤销",), ("会取得",))
    # Decided on 16 March; 20 working days after it, with the Qingming holiday of 6 April between.
    assert item.dates.verify_by is not None
    assert item.dates.verify_by.date == date(2026, 4, 14)
    own = PROMISE.replace("承诺内容", "核查期限: 5 工作日, 承诺内容")
    nearer = plan_of({"a": TEN, "b": TEN + PAPER + own}, routes="fastest", **files).item("b")
    assert nearer.dates.verify_by is not None
    assert nearer.dates.verify_by.date == date(2026, 3, 23)


def test_a_route_that_changes_nothing_for_the_project_is_not_shown(plan_of: PlanOf) -> None:
    conditional = PAPER.replace(f", {BASIS}", f", 当: {{有风险: 是}}, {BASIS}")
    assert plan_of({"a": TEN, "b": TEN + conditional + PROMISE}, risky=False).item("b").routes == ()
    assert len(plan_of({"a": TEN, "b": TEN + conditional + PROMISE}, risky=True).item("b").routes) == 1


def test_a_paper_may_follow_only_in_the_case_the_rule_names(plan_of: PlanOf) -> None:
    paper = PAPER.replace("名称: 甲的批复", "名称: 甲的批复, 次要: 是")
    city = {"b": f"容缺后补: [{{材料: 甲的批复, 当: {{规模: < 100 ㎡}}, {BASIS}}}]\n"}
    bodies = {"a": TEN, "b": TEN + paper}
    small = plan_of(bodies, city, routes="fastest", credit_bad=False, size="50 ㎡").item("b")
    assert route_of(small).taken
    assert route_of(small).due == small.dates.supplement_by == small.dates.decide_promised
    large = plan_of(bodies, city, routes="fastest", credit_bad=False, size="100 ㎡").item("b")
    assert "规模：100 ㎡" in closed_of(large).because[0].text
    barred = plan_of(bodies, city, routes="fastest", credit_bad=True, size="50 ㎡").item("b")
    assert "失信主体" in closed_of(barred).because[0].text


def test_a_permit_by_stages_moves_a_prerequisite_behind_the_start(plan_of: PlanOf) -> None:
    stages = f"路线: [{{方式: 分阶段办理, 后移: [a], {BASIS}}}]\n"
    bodies = {"a": TEN.replace("10 工作日", "30 工作日"), "b": TEN + PAPER + START + stages}
    plan = plan_of(bodies, routes="fastest", durations={"施工": "5 日"})
    assert plan.item("b").route is RouteTaken.STAGED
    assert plan.milestones.start_of_works.promised.date == date(2026, 3, 16)
    # The later stage still needs it: completion waits for its decision.
    assert plan.milestones.completion.promised.date == plan.item("a").dates.decide_promised.date == date(2026, 4, 14)


# -- lanes, joint handling, caps, clocks -------------------------------------------------------------------------------


@pytest.mark.parametrize(("opened", "taken"), [("是", ("b/pre_review",)), ("否", ())])
def test_a_lane_changes_something_only_where_it_is_open(plan_of: PlanOf, opened: str, taken: tuple[str, ...]) -> None:
    lane = (
        f"快办通道: [{{代码: quick, 名称: 小项目快办, 当: {{规模: < 100 ㎡}}, 开放: {opened}, 效果: [先审], "
        f"路线: [{{事项: b, 方式: 预审, 先审: [a], {BASIS}}}], {BASIS}}}]\n"
    )
    bodies = {"a": TEN, "b": TEN + PAPER + START}
    plan = plan_of(bodies, routes="fastest", size="50 ㎡", files={"lanes": lane})
    assert plan.choice.taken == taken
    assert [(one.code, one.open, one.holds, one.effects) for one in plan.lanes] == [("quick", opened == "是", "true", ("先审",))]
    assert plan_of(bodies, size="100 ㎡", files={"lanes": lane}).lanes == ()
    unknown = plan_of(bodies, routes="fastest", files={"lanes": lane})
    assert [one.holds for one in unknown.lanes] == ["unknown"]
    assert unknown.choice.taken == ()


def test_a_joint_procedure_shows_its_window_and_whether_it_fits_its_limit(plan_of: PlanOf) -> None:
    def joint(term: str) -> dict[str, str]:
        return {"joint": f"联合办理: [{{代码: j, 名称: 联合办, 牵头: 办事, 事项: [a, b], 期限: {term}, {BASIS}}}]\n"}

    bodies = {"a": TEN, "b": TEN + PAPER}
    plan = plan_of(bodies, files=joint("20 工作日"))
    (one,) = plan.joint
    assert (one.lead, one.members, one.working_days, one.over) == ("某局", ("a", "b"), 20, False)
    assert (one.begins.date, one.ends.date) == (date(2026, 3, 2), date(2026, 3, 30))
    assert plan.totals.steps == 1
    over = plan_of(bodies, files=joint("19 工作日"))
    assert over.joint[0].over
    assert any(w.code == "over_joint_limit" for w in over.warnings)
    conditional = f"适用: [{{名称: 有风险才要, 当: {{有风险: 是}}, {BASIS}}}]\n"
    assert plan_of({"a": conditional + TEN, "b": TEN}, files=joint("19 工作日"), risky=False).joint == ()


@pytest.mark.parametrize(("most", "over"), [(20, False), (19, True)])
def test_a_cap_counts_offices_time_and_warns_above_it(plan_of: PlanOf, most: int, over: bool) -> None:
    caps = {"clocks": f"总时限: [{{代码: cap, 名称: 总时限, 到: 开工, 最多: {most} 工作日, 当: {{规模: < 100 ㎡}}, {BASIS}}}]\n"}
    bodies = {"a": TEN, "b": TEN + PAPER + START}
    plan = plan_of(bodies, files=caps, size="50 ㎡", durations={"施工": "300 日"})
    (cap,) = plan.caps
    assert (cap.days, cap.working_days, cap.over, cap.milestone, cap.status) == (most, 20, over, "start_of_works", Status.REQUIRED)
    assert [w.code for w in plan.warnings if w.code == "over_cap"] == (["over_cap"] if over else [])
    assert plan_of(bodies, files=caps, size="100 ㎡").caps == ()
    assert plan_of(bodies, files=caps).caps[0].status is Status.DEPENDS


def clock(plan: Plan, kind: str) -> ClockRule | None:
    return next((rule for rule in plan.item("a").clock if rule.kind == kind), None)


def test_the_clock_of_an_item_names_every_rule_with_its_last_day(plan_of: PlanOf) -> None:
    files = {
        "clocks": f"时限总则: [{{代码: c, 名称: 补正告知, 程序: 补正, 期限: 5 工作日, 种类: [行政许可], 逾期: 视为受理, {BASIS}}}, "
        f"{{代码: d, 名称: 送达, 程序: 送达, 期限: 10 工作日, 种类: [行政许可], {BASIS}}}]\n"
    }
    body = f"法定时限: [{{期限: 10 工作日, 可延长: 5 工作日, 不计入: [{{程序: 听证}}, {{程序: 公示, 最长: 3 日, 必经: 是}}], {BASIS}}}]\n"
    plan = plan_of({"a": body}, files=files)
    assert [rule.kind for rule in plan.item("a").clock] == [
        "correction",
        "handling",
        "extension",
        "special_procedure",
        "special_procedure",
        "delivery",
    ]
    days = {rule.kind: rule.by.date for rule in plan.item("a").clock if rule.by}
    # Accepted on Monday 2 March: 10 working days to the 16th, then 3 days to the 19th; extended, to the 23rd and the 26th.
    assert days == {
        "correction": date(2026, 3, 9),
        "handling": date(2026, 3, 19),
        "extension": date(2026, 3, 26),
        "delivery": date(2026, 4, 2),
    }
    correction = clock(plan, "correction")
    assert correction is not None
    assert (correction.effect, correction.starts, correction.basis[0].article) == ("视为受理", "receipt", "第一条")
    assert [(r.days, r.counted) for r in plan.item("a").clock if r.kind == "special_procedure"] == [(None, False), (3, True)]


def test_a_rule_that_names_the_item_goes_before_one_for_its_kind(plan_of: PlanOf) -> None:
    files = {
        "clocks": f"时限总则: [{{代码: own, 名称: 自己的, 程序: 补正, 期限: 3 工作日, 事项: [a], {BASIS}}}, "
        f"{{代码: all, 名称: 一般的, 程序: 补正, 期限: 5 工作日, 种类: [行政许可], {BASIS}}}]\n"
    }
    found = clock(plan_of({"a": TEN}, files=files), "correction")
    assert found is not None
    assert (found.name, found.days) == ("自己的", 3)
    assert clock(plan_of({"a": TEN}, files={"clocks": files["clocks"].replace("行政许可", "行政备案")}), "correction") is not None
    only = {"clocks": f"时限总则: [{{代码: all, 名称: 一般的, 程序: 补正, 期限: 5 工作日, 种类: [行政备案], {BASIS}}}]\n"}
    assert clock(plan_of({"a": TEN}, files=only), "correction") is None


def test_papers_handed_in_once_and_papers_the_offices_fetch_are_saved(plan_of: PlanOf) -> None:
    bodies = {
        "a": TEN + "材料: [{名称: 申请表甲}, {名称: 营业执照}, {名称: 地图, 共享: 是}]\n",
        "b": TEN + "材料: [{名称: 申请表乙}, {名称: 营业执照}]\n",
    }
    totals = plan_of(bodies).totals
    assert (totals.materials, totals.shared_materials, totals.reused_materials, totals.materials_to_submit) == (5, 1, 1, 3)


def test_a_plan_may_be_relied_on_until_a_rule_changes(plan_of: PlanOf) -> None:
    later = TEN.replace("核验: 已核", "生效: 2026-06-01, 核验: 已核", 1)
    valid = plan_of({"a": later + TEN.replace("法定时限", "承诺时限")}).valid
    assert valid.until == date(2026, 6, 1)
    # The laws of the sample change on 15 August.
    assert plan_of({"a": TEN}).valid.until == date(2026, 8, 15)
    assert plan_of({"a": TEN}, as_of=date(2026, 8, 17)).valid.until is None


def test_an_extension_in_calendar_days_runs_on_from_the_limit_not_from_the_day_it_was_moved_to(plan_of: PlanOf) -> None:
    # 26 days end on Saturday 28 March; extended by 15 they end on Sunday 12 April, and the last day moves to the Monday.
    body = f"法定时限: [{{期限: 26 日, 可延长: 15 日, {BASIS}}}]\n"
    extension = clock(plan_of({"a": body}), "extension")
    assert extension is not None
    assert extension.by is not None
    assert (extension.by.date, extension.times, extension.starts) == (date(2026, 4, 13), 1, "end_of_limit")


# -- routes together -----------------------------------------------------------------------------------------------------

WORKS = {"durations": {"施工": "5 日"}}
STAGES = f"路线: [{{方式: 分阶段办理, 后移: [a], {BASIS}}}]\n"
LONG = TEN.replace("10 工作日", "30 工作日")
SECONDARY = PAPER.replace("名称: 甲的批复", "名称: 甲的批复, 次要: 是")


@pytest.mark.parametrize("policy", ["standard", "fastest", "fewest_promises"])
@pytest.mark.parametrize("milestone", ["completion", "use"])
def test_what_stages_gain_is_told_as_the_plan_would_have_it(plan_of: PlanOf, policy: str, milestone: str) -> None:
    # Moved behind the start, the approval still holds completion, which therefore gains 2 March + 10 + 5 days and no more.
    bodies = {"a": LONG, "b": TEN + PAPER + START + STAGES}
    plan = plan_of(bodies, routes=policy, target=(milestone, date(2026, 3, 20)), **WORKS)
    fastest = plan_of(bodies, routes="fastest", target=(milestone, date(2026, 3, 20)), **WORKS)
    assert plan.choice.fastest == fastest.choice.reached
    assert plan.choice.fastest.date == fastest.item("a").dates.decide_promised.date == date(2026, 4, 14)
    assert plan.target is not None
    assert plan.target.earliest_with_routes == plan.choice.fastest
    gained = (plan.choice.standard.date, plan.choice.days_possible)
    assert gained == (date(2026, 5, 6), 13)
    assert route_of(plan.item("b")).days_gained == 13


def test_a_prescribed_permit_by_stages_does_not_wait_for_what_is_moved(plan_of: PlanOf) -> None:
    stages = STAGES.replace("分阶段办理", "分阶段办理, 选用: 一律")
    plan = plan_of({"a": LONG, "b": TEN + PAPER + START + stages}, **WORKS)
    assert plan.milestones.start_of_works.promised.date == date(2026, 3, 16)
    assert plan.milestones.completion.promised.date == plan.item("a").dates.decide_promised.date
    assert {gate.gate for gate in plan.item("b").gates} == {"START"}


def test_stages_of_an_approval_that_another_waits_for_hold_completion_only_when_taken(plan_of: PlanOf) -> None:
    bodies = {"a": LONG, "b": TEN + PAPER + STAGES, "c": TEN + START}
    standard = plan_of(bodies, target=("completion", date(2026, 6, 1)), **WORKS)
    assert standard.milestones.completion.promised.date == date(2026, 3, 23)
    # Nothing waits for this permit; by stages it would still need what is moved: a loss, and told as one.
    assert route_of(standard.item("b")).days_gained == -15
    assert standard.choice.fastest.date == standard.item("a").dates.decide_promised.date == date(2026, 4, 14)
    bodies["c"] = TEN + START + f"前置: [{{事项: b, 卡点: 受理, {BASIS}}}]\n"
    staged = plan_of(bodies, routes="fastest", **WORKS)
    assert staged.milestones.start_of_works.promised.date == date(2026, 3, 30)
    assert staged.milestones.completion.promised.date == staged.item("a").dates.decide_promised.date


def test_what_a_promise_stands_in_for_is_not_needed_for_a_later_stage_either(plan_of: PlanOf) -> None:
    both = PROMISE.replace("路线: [", "路线: [" + STAGES.removeprefix("路线: [").removesuffix("]\n") + ", ")
    target = ("completion", date(2026, 6, 1))
    plans = [
        plan_of({"a": LONG, "b": TEN + PAPER + START + routes}, routes="fastest", target=target, **WORKS)
        for routes in (PROMISE, both)
    ]
    assert [len(plan.choice.taken) for plan in plans] == [1, 2]
    assert {plan.milestones.completion.promised.date for plan in plans} == {date(2026, 3, 23)}


def test_a_paper_that_a_promise_stands_in_for_need_not_follow(plan_of: PlanOf) -> None:
    city = {"b": f"容缺后补: [{{材料: 甲的批复, 补齐期限: 3 工作日, {BASIS}}}]\n"}
    plan = plan_of({"a": TEN, "b": TEN + SECONDARY + START + PROMISE}, city, routes="fastest", credit_bad=False)
    item = plan.item("b")
    assert plan.choice.taken == ("b/commitment",)
    assert (plan.choice.promises, plan.choice.later_papers) == (1, 0)
    assert item.dates.supplement_by is None
    assert [(paper.by_promise, paper.later) for paper in item.materials] == [(True, False)]
    assert {route.key: route.taken for route in item.routes} == {"b/commitment": True, "b/deficiency/甲的批复": False}
    prescribed = PROMISE.replace("方式: 告知承诺", "方式: 告知承诺, 选用: 一律")
    always = plan_of({"a": TEN, "b": TEN + SECONDARY + START + prescribed}, city, credit_bad=False)
    assert [route.key for route in always.item("b").routes] == ["b/commitment"]
    assert always.item("b").dates.accept.date == date(2026, 3, 2)


@pytest.mark.parametrize(("size", "within"), [("50 ㎡", date(2026, 3, 5)), ("100 ㎡", date(2026, 3, 4)), (None, date(2026, 3, 4))])
def test_a_paper_that_two_rules_let_follow_follows_once(plan_of: PlanOf, size: str | None, within: date) -> None:
    city = {
        "b": f"容缺后补: [{{材料: 甲的批复, 补齐期限: 2 工作日, {BASIS}}}, "
        f"{{材料: 甲的批复, 补齐期限: 3 工作日, 当: {{规模: < 100 ㎡}}, {BASIS}}}]\n"
    }
    given = {} if size is None else {"size": size}
    plan = plan_of({"a": TEN, "b": TEN + SECONDARY + START}, city, routes="fastest", credit_bad=False, **given)
    assert (plan.choice.taken, plan.choice.later_papers) == (("b/deficiency/甲的批复",), 1)
    due = plan.item("b").dates.supplement_by
    assert due is not None
    assert due.date == within
    assert plan.item("b").closed_routes == ()


@pytest.mark.parametrize(("within", "late"), [("3 工作日", True), ("10 工作日", False), (None, False)])
def test_a_paper_due_before_the_approval_it_comes_from_is_warned_of(plan_of: PlanOf, within: str | None, late: bool) -> None:
    term = f", 补齐期限: {within}" if within else ""
    city = {"b": f"容缺后补: [{{材料: 甲的批复{term}, {BASIS}}}]\n"}
    for day in (date(2026, 3, 2), date(2029, 4, 2)):  # the second before a holiday that is not announced yet
        plan = plan_of({"a": TEN, "b": TEN + SECONDARY + START}, city, as_of=day, routes="fastest", credit_bad=False)
        warned = [w.text for w in plan.warnings if w.code == "paper_too_late"]
        assert bool(warned) is late
        assert all("甲的批复" in text and "来不及" in text for text in warned)


def test_a_decision_on_a_promise_has_its_own_clock(plan_of: PlanOf) -> None:
    limit = f"法定时限: [{{期限: 10 工作日, 可延长: 5 工作日, {BASIS}}}]\n"
    body = limit + START + f"路线: [{{方式: 告知承诺, 名称: 凭承诺, 期限: 3 工作日, {BASIS}}}]\n"
    (one,) = plan_of({"a": body}, routes="fastest").item("a").clock
    assert (one.kind, one.name, one.days) == ("handling", "凭承诺", 3)
    assert one.by is not None
    assert one.by.date == date(2026, 3, 5)
    assert [rule.kind for rule in plan_of({"a": body}).item("a").clock] == ["handling", "extension"]


def test_a_faster_promise_of_the_city_does_not_lengthen_the_time_on_a_promise(plan_of: PlanOf) -> None:
    body = TEN + START + f"路线: [{{方式: 告知承诺, 选用: 一律, 期限: 3 工作日, {BASIS}}}]\n"
    item = plan_of({"a": body}, {"a": f"承诺时限: [{{期限: 2 工作日, {BASIS}}}]\n"}).item("a")
    assert (item.dates.decide_promised.date, item.dates.decide_statutory.date) == (date(2026, 3, 4), date(2026, 3, 5))


@pytest.mark.parametrize("day", [date(2026, 9, 24), date(2026, 9, 28), date(2028, 1, 11), date(2028, 9, 30)])
def test_the_statutory_days_never_come_before_the_promised_ones(plan_of: PlanOf, day: date) -> None:
    # Ten working days are two weeks, except over a holiday: there a limit of 14 days is used up first, or may be by the coming notice.
    body = f"法定时限: [{{期限: 14 日, {BASIS}}}]\n" + START
    plan = plan_of({"a": body}, {"a": f"承诺时限: [{{期限: 10 工作日, {BASIS}}}]\n"}, as_of=day)
    dates, works = plan.item("a").dates, plan.milestones.start_of_works
    for late, soon in ((dates.decide_statutory, dates.decide_promised), (works.statutory, works.promised)):
        assert late.earliest >= soon.earliest
        assert late.date >= soon.date
        assert late.latest >= soon.latest


def test_a_choice_never_makes_an_unknown_time_longer(plan_of: PlanOf) -> None:
    body = START + f"路线: [{{方式: 告知承诺, 期限: 3 工作日, {BASIS}}}]\n"
    plan = plan_of({"a": body}, routes="fastest")
    assert (plan.choice.days_gained, plan.choice.days_possible) == (0, 0)
    prescribed = plan_of({"a": body.replace("告知承诺", "告知承诺, 选用: 一律")})
    assert prescribed.item("a").dates.decide_promised.date == date(2026, 3, 5)


def test_what_a_taken_route_rests_on_makes_the_item_as_sure_as_it_is(plan_of: PlanOf) -> None:
    unchecked = REVIEW.replace("第一条", "第九条").replace("已核", "待核")
    bodies = {"a": TEN, "b": TEN + PAPER + START + unchecked}
    standard, taken = plan_of(bodies).item("b"), plan_of(bodies, routes="fastest").item("b")
    assert (standard.verified, taken.verified) == (True, False)
    assert ["第九条" in [b.article for b in item.basis] for item in (standard, taken)] == [False, True]


def test_an_unknown_word_for_the_routes_says_which_there_are(plan_of: PlanOf) -> None:
    with pytest.raises(ValueError, match="standard、fastest、fewest_promises"):
        plan_of({"a": TEN}, routes="quickest")


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"target": ("开工", date(2026, 4, 1))}, ValueError, "start_of_works、completion、use"),
        ({"target": date(2026, 4, 1)}, TypeError, "节点, 日期"),
        ({"target": ("use", "2026-04-01")}, TypeError, "节点, 日期"),
        ({"start": "2026-04-01"}, TypeError, "start='2026-04-01'"),
        ({"as_of": None}, TypeError, "as_of"),
        ({"routes": "quick"}, ValueError, "fewest_promises"),
    ],
)
def test_a_wrong_argument_is_named_with_what_may_be_written(
    planner_of: Callable[..., Planner], asked: dict[str, Any], error: type[Exception], says: str
) -> None:
    planner = planner_of({"a": TEN})
    with pytest.raises(error, match=says):
        planner.plan(Project(name="试"), **{"as_of": date(2026, 3, 2), **asked})


def test_a_route_of_a_lane_is_no_surer_than_the_lane(plan_of: PlanOf) -> None:
    lane = (
        "快办通道: [{代码: quick, 名称: 快办, 当: 一律, 开放: 是, 依据: [{文件: 本法, 条款: 第九条}], 核验: 待核, "
        f"路线: [{{事项: b, 方式: 预审, 先审: [a], {BASIS}}}]}}]\n"
    )
    route = route_of(plan_of({"a": TEN, "b": TEN + PAPER}, files={"lanes": lane}).item("b"))
    assert not route.verified
    assert [law.article for law in route.basis] == ["第一条", "第九条"]
