"""From conclusions to a plan: status, limits, gates, papers, layers, messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from planner import DiagnosticError, Plan, Planner, Project
from planner.calendar import PlanDate as Day
from planner.calendar import WorkingDays
from planner.plan import DayUnit, RouteTaken, Status

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
FIVE_DAYS = f"法定时限: [{{期限: 5 日, {BASIS}}}]\n"


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_without_a_cited_order_everything_runs_in_parallel(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN, "b": TEN, "c": TEN})
    assert {i.dates.accept.date for i in plan.items} == {day("2026-03-02")}
    assert {i.dates.decide_statutory.date for i in plan.items} == {day("2026-03-16")}
    assert plan.totals.working_days_statutory == 10
    assert plan.totals.working_days_serial == 30


def test_acceptance_waits_for_a_paper_that_is_another_results(plan_of: PlanOf) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    plan = plan_of({"a": TEN, "b": TEN + paper})
    assert plan.item("b").dates.accept.date == plan.item("a").dates.decide_statutory.date
    assert [(g.code, g.gate) for g in plan.item("b").gates] == [("a", "ACCEPT")]
    assert plan.totals.working_days_statutory == 20
    assert all(i.critical for i in plan.items)


def test_a_decision_gate_lets_review_run_alongside(plan_of: PlanOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 办结, {BASIS}}}]\n"
    plan = plan_of({"a": TEN, "b": FIVE_DAYS + gate})
    assert plan.item("b").dates.accept.date == day("2026-03-02")
    assert plan.item("b").dates.decide_statutory.date == plan.item("a").dates.decide_statutory.date


def test_a_gate_towards_an_approval_that_is_not_needed_falls_away(plan_of: PlanOf) -> None:
    only_big = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}]\n"
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}, {{名称: 申请表}}]\n"
    small = plan_of({"a": only_big + TEN, "b": TEN + paper}, size="50 ㎡")
    assert [m.name for m in small.item("b").materials] == ["申请表"]
    assert small.item("b").gates == ()
    assert [n.code for n in small.not_required] == ["a"]


def test_an_open_approval_is_planned_for_and_says_on_what_it_turns(plan_of: PlanOf) -> None:
    only_big = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}]\n"
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    plan = plan_of({"a": only_big + TEN, "b": TEN + paper})
    assert plan.item("a").status is Status.DEPENDS
    assert plan.item("a").depends_on == ("size",)
    assert plan.item("b").status is Status.REQUIRED
    assert plan.item("b").gates[0].status is Status.DEPENDS
    assert plan.item("b").dates.accept.date == day("2026-03-16")
    assert [(f.code, f.items) for f in plan.open_facts] == [("size", ("a",))]


def test_an_exception_goes_before_the_rule_and_its_doubt_keeps_the_question_open(plan_of: PlanOf) -> None:
    body = f"适用: [{{名称: 都要, 当: 一律, {BASIS}}}]\n例外: [{{名称: 无风险, 当: {{有风险: 否}}, {BASIS}}}]\n"
    assert [n.code for n in plan_of({"a": body}, risky=False).not_required] == ["a"]
    assert plan_of({"a": body}, risky=True).item("a").status is Status.REQUIRED
    assert plan_of({"a": body}).item("a").depends_on == ("risky",)


def test_the_promised_limit_shortens_one_schedule_and_leaves_the_laws(plan_of: PlanOf) -> None:
    city = {"a": f"承诺时限: [{{期限: 3 工作日, {BASIS}}}]\n"}
    item = plan_of({"a": TEN}, city).item("a")
    assert item.dates.decide_promised.date == day("2026-03-05")
    assert item.dates.decide_statutory.date == day("2026-03-16")
    assert item.promised is not None
    assert (item.promised.days, item.promised.unit) == (3, DayUnit.WORKING_DAYS)


def test_no_promise_means_the_statutory_limit_and_says_so(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN})
    assert plan.item("a").promised is None
    assert plan.item("a").dates.decide_promised == plan.item("a").dates.decide_statutory
    assert any(w.code == "no_promise" for w in plan.warnings)


def test_a_promise_stands_in_for_a_limit_that_is_not_known(plan_of: PlanOf) -> None:
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    plan = plan_of({"a": start}, {"a": f"承诺时限: [{{期限: 5 工作日, {BASIS}}}]\n"})
    assert plan.milestones.start_of_works.promised.date == day("2026-03-09")
    assert plan.milestones.start_of_works.statutory.date == day("2026-03-09")
    assert plan.totals.working_days_statutory == 5
    assert ("a", "a") not in {(z.code, z.item) for z in plan.assumed_zero}


def test_an_excluded_procedure_that_always_takes_place_is_added_in_its_own_unit(plan_of: PlanOf) -> None:
    limit = f"法定时限: [{{期限: 5 工作日, 不计入: [{{程序: 公示, 最长: 7 日, 必经: 是}}, {{程序: 听证, 最长: 20 工作日}}], {BASIS}}}]\n"
    item = plan_of({"a": limit}).item("a")
    # 5 working days end on Monday 9 March; seven calendar days more on Monday 16 March.
    assert item.dates.decide_statutory.date == day("2026-03-16")
    assert [(e.procedure, e.days, e.counted) for e in item.excluded] == [("公示", 7, True), ("听证", 20, False)]


def test_calendar_days_are_not_working_days(plan_of: PlanOf) -> None:
    item = plan_of({"a": FIVE_DAYS}).item("a")
    assert item.statutory is not None
    assert item.statutory.unit is DayUnit.CALENDAR_DAYS
    # Five days after Monday 2 March is Saturday: it moves to Monday.
    assert item.dates.decide_statutory.date == day("2026-03-09")


def test_a_limit_in_doubt_takes_the_longest_and_warns(plan_of: PlanOf) -> None:
    limits = f"法定时限: [{{期限: 10 工作日, 当: {{有风险: 否}}, {BASIS}}}, {{期限: 20 工作日, 当: {{有风险: 是}}, {BASIS}}}]\n"
    plan = plan_of({"a": limits})
    assert plan.item("a").statutory is not None
    assert plan.item("a").statutory.days == 20  # type: ignore[union-attr]
    assert any(w.code == "limit_in_doubt" for w in plan.warnings)
    assert not any(w.code == "limit_in_doubt" for w in plan_of({"a": limits}, risky=False).warnings)


def test_a_longer_limit_that_may_apply_puts_a_known_one_in_doubt(plan_of: PlanOf) -> None:
    limits = f"法定时限: [{{期限: 10 工作日, {BASIS}}}, {{期限: 20 工作日, 当: {{有风险: 是}}, {BASIS}}}]\n"

    def told(**facts: object) -> tuple[int, list[str]]:
        plan = plan_of({"a": limits}, **facts)
        limit = plan.item("a").statutory
        assert limit is not None
        return limit.days, [w.text for w in plan.warnings if w.code == "limit_in_doubt"]

    assert told(risky=False) == (10, [])
    days, (text,) = told()
    assert (days, "尚不能判断" in text) == (20, True)
    days, (text,) = told(risky=True)
    assert (days, "同时适用" in text) == (20, True)


def test_the_longest_limit_is_the_one_that_lasts_longest_not_the_bigger_number(plan_of: PlanOf) -> None:
    limits = f"法定时限: [{{期限: 10 工作日, {BASIS}}}, {{期限: 11 日, 当: {{有风险: 是}}, {BASIS}}}]\n"
    assert plan_of({"a": limits}, risky=True).item("a").dates.decide_statutory.date == day("2026-03-16")


def test_limits_that_say_the_same_leave_no_doubt(plan_of: PlanOf) -> None:
    limits = f"法定时限: [{{期限: 10 工作日, 当: {{有风险: 否}}, {BASIS}}}, {{期限: 10 工作日, 当: {{有风险: 是}}, {BASIS}}}]\n"
    assert not any(w.code == "limit_in_doubt" for w in plan_of({"a": limits}).warnings)


def test_no_known_limit_counts_as_zero_and_is_listed(plan_of: PlanOf) -> None:
    plan = plan_of({"a": ""})
    assert plan.item("a").statutory is None
    assert plan.item("a").dates.decide_statutory.date == day("2026-03-02")
    assert ("a", "a") in {(z.code, z.item) for z in plan.assumed_zero}


def test_an_applicants_step_takes_what_the_project_says_and_else_zero(plan_of: PlanOf) -> None:
    step = "准备: [{代码: drafting, 名称: 编制报告}]\n"
    plan = plan_of({"a": TEN + step})
    assert ("drafting", "a") in {(z.code, z.item) for z in plan.assumed_zero}
    timed = plan_of({"a": TEN + step}, durations={"编制报告": "5 工作日"})
    assert timed.item("a").dates.submit_from.date == day("2026-03-09")
    assert timed.item("a").preparation[0].days == 5
    assert ("drafting", "a") not in {(z.code, z.item) for z in timed.assumed_zero}


def test_a_step_that_may_be_needed_is_planned_for(plan_of: PlanOf) -> None:
    step = "准备: [{代码: drafting, 名称: 编制报告, 当: {有风险: 是}}]\n"
    timed = {"编制报告": "5 工作日"}
    assert plan_of({"a": TEN + step}, durations=timed).item("a").dates.submit_from.date == day("2026-03-09")
    assert plan_of({"a": TEN + step}, durations=timed, risky=False).item("a").preparation == ()


def test_a_procedure_that_always_takes_place_without_a_cap_is_listed_as_zero(plan_of: PlanOf) -> None:
    limit = f"法定时限: [{{期限: 5 工作日, 不计入: [{{程序: 专家评审, 必经: 是}}, {{程序: 听证}}], {BASIS}}}]\n"
    plan = plan_of({"a": limit})
    assert [z.name for z in plan.assumed_zero if z.item == "a"] == ["专家评审"]
    assert [e.counted for e in plan.item("a").excluded] == [False, False]


def test_a_hold_on_the_start_of_works_moves_that_milestone_only(plan_of: PlanOf) -> None:
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    use = f"卡住: [{{节点: 投入使用, {BASIS}}}]\n"
    plan = plan_of({"a": TEN + start, "b": f"法定时限: [{{期限: 20 工作日, {BASIS}}}]\n" + use})
    assert plan.milestones.start_of_works.statutory.date == day("2026-03-16")
    assert plan.milestones.use.statutory.date == day("2026-03-30")
    assert plan.item("a").slack == 0
    assert plan.item("a").critical


def test_each_hold_is_named_and_moves_its_own_milestone(plan_of: PlanOf) -> None:
    holds = {"a": "开工", "b": "竣工验收", "c": "投入使用"}
    days = {"a": 5, "b": 10, "c": 15}
    plan = plan_of(
        {
            code: f"法定时限: [{{期限: {days[code]} 工作日, {BASIS}}}]\n卡住: [{{节点: {word}, {BASIS}}}]\n"
            for code, word in holds.items()
        }
    )
    reached = plan.milestones
    assert [m.statutory.date for m in (reached.start_of_works, reached.completion, reached.use)] == [
        day("2026-03-09"),
        day("2026-03-16"),
        day("2026-03-23"),
    ]
    assert [(g.code, g.gate) for i in plan.items for g in i.gates] == [
        ("start_of_works", "START"),
        ("completion", "COMPLETE"),
        ("use", "USE"),
    ]


def test_what_follows_the_works_waits_for_them(plan_of: PlanOf) -> None:
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    after = f"前置: [{{节点: 完工, 卡点: 受理, {BASIS}}}]\n"
    plan = plan_of({"a": TEN + start, "b": FIVE_DAYS + after}, durations={"施工": "30 日"})
    assert plan.item("b").dates.accept.date == day("2026-04-15")
    assert plan.totals.working_days_statutory < 15


def test_a_decision_may_wait_for_the_works_while_review_runs(plan_of: PlanOf) -> None:
    after = f"前置: [{{节点: 完工, 卡点: 办结, {BASIS}}}]\n"
    item = plan_of({"a": FIVE_DAYS + after}, durations={"施工": "30 日"}).item("a")
    assert item.dates.accept.date == day("2026-03-02")
    assert item.dates.decide_statutory.date == day("2026-04-01")


def test_a_paper_that_may_follow_softens_the_gate_and_sets_a_date(plan_of: PlanOf) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, 次要: 是, {BASIS}}}]\n"
    city = {"b": f"容缺后补: [{{材料: 甲的批复, 补齐期限: 3 工作日, {BASIS}}}]\n"}
    trusted = plan_of({"a": TEN, "b": TEN + paper}, city, credit_bad=False, routes="fastest").item("b")
    assert trusted.gates[0].gate == "DECIDE"
    assert trusted.route is RouteTaken.DEFICIENCY
    assert trusted.dates.accept.date == day("2026-03-02")
    assert trusted.dates.supplement_by is not None
    assert trusted.dates.supplement_by.date == day("2026-03-05")
    for facts in ({"credit_bad": True}, {}):
        barred = plan_of({"a": TEN, "b": TEN + paper}, city, routes="fastest", **facts).item("b")
        assert barred.gates[0].gate == "ACCEPT"
        assert barred.dates.supplement_by is None


def test_a_paper_that_may_follow_comes_before_the_decision_at_the_latest(plan_of: PlanOf) -> None:
    paper = "材料: [{名称: 说明, 次要: 是}]\n"
    for within in ("", ", 补齐期限: 30 工作日"):
        city = {"a": f"容缺后补: [{{材料: 说明{within}, {BASIS}}}]\n"}
        item = plan_of({"a": TEN + paper}, city, credit_bad=False, routes="fastest").item("a")
        assert item.materials[0].later
        assert item.dates.supplement_by is not None
        assert item.dates.supplement_by.date == item.dates.decide_statutory.date == day("2026-03-16")


def test_a_city_may_soften_a_gate(plan_of: PlanOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 受理, {BASIS}}}]\n"
    city = {"b": f"卡点放宽: [{{事项: a, 卡点: 办结, {BASIS}}}]\n"}
    assert plan_of({"a": TEN, "b": TEN + gate}, city).item("b").gates[0].gate == "DECIDE"


def test_softening_reaches_the_gate_of_a_paper_and_the_same_gate_changes_nothing(plan_of: PlanOf) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    for word, gate in (("办结", "DECIDE"), ("受理", "ACCEPT")):
        city = {"b": f"卡点放宽: [{{事项: a, 卡点: {word}, {BASIS}}}]\n"}
        assert plan_of({"a": TEN, "b": TEN + paper}, city).item("b").gates[0].gate == gate


def test_of_two_gates_towards_one_approval_the_stricter_counts(plan_of: PlanOf) -> None:
    for first, second in (("受理", "办结"), ("办结", "受理")):
        both = f"前置: [{{事项: a, 卡点: {first}, {BASIS}}}]\n材料: [{{名称: 甲的批复, 来自: a, 卡点: {second}, {BASIS}}}]\n"
        item = plan_of({"a": TEN, "b": TEN + both}).item("b")
        assert len(item.gates) == 2
        assert item.dates.accept.date == day("2026-03-16")


def test_a_gate_with_an_open_condition_holds_and_says_that_it_may_not(plan_of: PlanOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 受理, 当: {{有风险: 是}}, {BASIS}}}]\n"
    item = plan_of({"a": TEN, "b": TEN + gate}).item("b")
    assert item.gates[0].status is Status.DEPENDS
    assert item.dates.accept.date == day("2026-03-16")
    assert plan_of({"a": TEN, "b": TEN + gate}, risky=True).item("b").gates[0].status is Status.REQUIRED


def test_citations_follow_the_law_in_force(plan_of: PlanOf) -> None:
    body = "适用: [{名称: 都要, 当: 一律, 依据: [{文件: 旧法, 条款: 第三条}, {文件: 新法, 条款: 第九条}], 核验: 已核}]\n"
    before = plan_of({"a": body}, as_of=day("2026-08-14")).item("a").basis
    after = plan_of({"a": body}, as_of=day("2026-08-15")).item("a").basis
    assert [b.document for b in before] == ["旧法"]
    assert [b.document for b in after] == ["新法"]


def test_versions_of_a_rule_change_on_the_day(plan_of: PlanOf) -> None:
    body = (
        f"适用: [{{名称: 规模, 当: {{规模: ≥ 100 ㎡}}, 失效: 2026-08-15, {BASIS}}},"
        f" {{名称: 规模, 当: {{规模: ≥ 200 ㎡}}, 生效: 2026-08-15, {BASIS}}}]\n"
    )
    assert plan_of({"a": body}, as_of=day("2026-08-14"), size="150 ㎡").items
    assert not plan_of({"a": body}, as_of=day("2026-08-15"), size="150 ㎡").items


def test_a_blocker_blocks_when_it_holds_and_warns_when_it_may(plan_of: PlanOf) -> None:
    notices = {"notices": f"告知: [{{代码: stop, 名称: 不得办理, 性质: 阻断, 当: {{有风险: 是}}, 内容: 先去除风险, {BASIS}}}]\n"}
    held = plan_of({"a": TEN}, files=notices, risky=True)
    assert [b.text for b in held.blockers] == ["不得办理：先去除风险"]
    maybe = plan_of({"a": TEN}, files=notices)
    assert maybe.blockers == ()
    assert [(w.code, w.depends_on) for w in maybe.warnings if w.code == "stop"] == [("stop", ("risky",))]
    assert not [w for w in plan_of({"a": TEN}, files=notices, risky=False).warnings if w.code == "stop"]


def test_reasons_lead_through_the_table_to_the_stated_fact(plan_of: PlanOf) -> None:
    body = f"适用: [{{名称: 高等级, 当: {{等级: 高}}, {BASIS}}}]\n"
    reasons = plan_of({"a": body}, size="120 ㎡").item("a").because
    assert any("等级表 大" in r.rule and "规模：120 ㎡" in r.text for r in reasons)
    (refused,) = plan_of({"a": body}, size="80 ㎡").not_required
    assert any("等级：低" in r.text for r in refused.because)


def test_a_given_derived_fact_goes_before_its_table(plan_of: PlanOf) -> None:
    body = f"适用: [{{名称: 高等级, 当: {{等级: 高}}, {BASIS}}}]\n"
    plan = plan_of({"a": body}, size="80 ㎡", grade="高")
    assert any("直接给定" in r.text for r in plan.item("a").because)


def test_unverified_parts_mark_the_item(plan_of: PlanOf) -> None:
    unchecked = "法定时限: [{期限: 10 工作日, 依据: [{文件: 本法}], 核验: 待核}]\n"
    plan = plan_of({"a": TEN, "b": unchecked})
    assert plan.item("a").verified
    assert not plan.item("b").verified
    assert any("事项b" in w.text for w in plan.warnings if w.code == "unverified")


def test_one_unchecked_link_leaves_the_item_unverified(plan_of: PlanOf) -> None:
    unchecked = "依据: [{文件: 本法}], 核验: 待核"
    rule = f"适用: [{{名称: 都要, 当: 一律, {unchecked}}}]\n"
    gate = f"前置: [{{事项: a, 卡点: 受理, {unchecked}}}]\n"
    row = f"适用: [{{名称: 高等级, 当: {{等级: 高}}, {BASIS}}}]\n"  # the table's rows are not checked
    plan = plan_of({"a": TEN, "b": rule + TEN, "c": TEN + gate, "d": row + TEN}, size="120 ㎡")
    assert {i.code: i.verified for i in plan.items} == {"a": True, "b": False, "c": False, "d": False}


def test_a_rule_whose_law_is_not_in_force_is_no_longer_verified_and_says_so(plan_of: PlanOf) -> None:
    body = "适用: [{名称: 都要, 当: 一律, 依据: [{文件: 新法, 条款: 第九条}], 核验: 已核}]\n"
    early = plan_of({"a": body + TEN, "b": TEN}, as_of=day("2026-08-14"))
    assert not early.item("a").verified
    assert [w.text for w in early.warnings if w.code == "law_of_another_time"] == [
        "以下事项的规则在这一天没有有效的法律依据，规则库可能没有收录当时的法律：事项a"
    ]
    then = plan_of({"a": body + TEN, "b": TEN}, as_of=day("2026-08-15"))
    assert then.item("a").verified
    assert not any(w.code == "law_of_another_time" for w in then.warnings)


def test_approvals_on_one_condition_keep_their_own_reasons(plan_of: PlanOf) -> None:
    def rule(name: str, article: str) -> str:
        return f"适用: [{{名称: {name}, 当: {{有风险: 是}}, 依据: [{{文件: 本法, 条款: {article}}}], 核验: 已核}}]\n"

    bodies = {"a": rule("甲的规则", "第八条"), "b": rule("乙的规则", "第九条")}
    for risky, part in ((True, "items"), (False, "not_required")):
        told = getattr(plan_of(bodies, risky=risky), part)
        assert [(one.because[0].rule, one.because[0].basis[0].article) for one in told] == [
            ("甲的规则", "第八条"),
            ("乙的规则", "第九条"),
        ]


def test_an_item_cites_the_law_of_its_rule_its_limit_and_its_gates(plan_of: PlanOf) -> None:
    limit = "法定时限: [{期限: 10 工作日, 依据: [{文件: 旧法, 条款: 第七条}], 核验: 已核}]\n"
    gate = f"前置: [{{事项: a, 卡点: 受理, {BASIS}}}]\n"
    basis = plan_of({"a": TEN, "b": limit + gate}).item("b").basis
    assert [(b.document, b.article) for b in basis] == [("本法", "第一条"), ("旧法", "第七条"), ("本法", "第二条")]


def test_a_ring_that_facts_close_is_reported_and_still_dated(plan_of: PlanOf) -> None:
    # Each order is lawful in its own case; the two cases do not exclude each other, but only through a derived fact.
    one = f"前置: [{{事项: b, 卡点: 办结, 当: {{规模: ≥ 100 ㎡, 有风险: 是}}, {BASIS}}}]\n"
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    other = f"前置: [{{事项: a, 卡点: 办结, 当: {{等级: 高, 有风险: 否}}, {BASIS}}}]\n"
    plan = plan_of({"a": TEN + one + start, "b": TEN + other}, size="120 ㎡")
    assert [b.code for b in plan.blockers] == ["prerequisite_cycle"]
    assert "事项a" in plan.blockers[0].text
    # The ring is cut between the two only: the start of works still waits for a.
    assert plan.milestones.start_of_works.statutory.date == day("2026-03-16")


def test_a_ring_through_a_milestone_is_refused(plan_of: PlanOf) -> None:
    body = f"前置: [{{节点: 竣工验收, 卡点: 受理, {BASIS}}}]\n卡住: [{{节点: 开工, {BASIS}}}]\n"
    with pytest.raises(DiagnosticError, match="R306"):
        plan_of({"a": TEN + body})


def test_the_lawful_last_day_counts_from_this_plans_acceptance(plan_of: PlanOf) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    promises = dict.fromkeys(("a", "b"), f"承诺时限: [{{期限: 3 工作日, {BASIS}}}]\n")
    plan = plan_of({"a": TEN, "b": TEN + paper}, promises)
    assert plan.item("b").dates.accept.date == day("2026-03-05")
    assert plan.item("b").dates.decide_promised.date == day("2026-03-10")
    assert plan.item("b").dates.decide_statutory.date == day("2026-03-19")
    # Both taking all the law gives: twenty working days in a row.
    assert plan.totals.working_days_statutory == 20
    assert plan.totals.working_days_promised == 6


def test_a_size_without_finite_decimal_reads_as_about_and_is_kept_exactly(plan_of: PlanOf) -> None:
    body = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}]\n"
    plan = plan_of({"a": body}, size="0.2 亩")
    assert "约 133.3333 ㎡" in plan.item("a").because[0].text
    assert plan.project.facts["size"] == "400/3 ㎡"


def test_the_lawful_last_day_is_never_before_what_the_decision_waits_for(plan_of: PlanOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 办结, {BASIS}}}]\n"
    city = {"b": f"承诺时限: [{{期限: 3 日, {BASIS}}}]\n"}
    dates = plan_of({"a": TEN, "b": FIVE_DAYS + gate}, city).item("b").dates
    assert dates.decide_promised.date == dates.decide_statutory.date == day("2026-03-16")


def test_a_route_is_taken_when_it_is_open_for_sure(plan_of: PlanOf) -> None:
    city = {"a": f"路线: [{{方式: 告知承诺, 当: {{有风险: 否}}, {BASIS}}}]\n"}

    def taken(**facts: object) -> tuple[RouteTaken, list[tuple[RouteTaken, Status]]]:
        item = plan_of({"a": TEN}, city, routes="fastest", **facts).item("a")
        return item.route, [(r.route, r.status) for r in item.routes]

    assert taken(risky=False) == (RouteTaken.COMMITMENT, [(RouteTaken.COMMITMENT, Status.REQUIRED)])
    assert taken() == (RouteTaken.STANDARD, [(RouteTaken.COMMITMENT, Status.DEPENDS)])
    assert taken(risky=True) == (RouteTaken.STANDARD, [])


def test_a_target_sets_the_last_day_to_hand_in(plan_of: PlanOf) -> None:
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    bodies = {"a": TEN, "b": TEN + paper + start}
    plain = plan_of(bodies)
    assert [(i.dates.latest_submit.date, i.slack) for i in plain.items] == [(day("2026-03-02"), 0), (day("2026-03-16"), 0)]
    # 20 working days before 10 April, with the Qingming holiday of 6 April between.
    plan = plan_of(bodies, target=("start_of_works", day("2026-04-10")))
    assert plan.target is not None
    assert plan.target.feasible
    assert [(i.dates.latest_submit.date, i.slack) for i in plan.items] == [(day("2026-03-12"), 8), (day("2026-03-26"), 8)]


def test_a_target_out_of_reach_names_the_limits_and_the_preparation_in_the_way(plan_of: PlanOf) -> None:
    start = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
    step = "准备: [{代码: drafting, 名称: 编制报告}]\n"
    plan = plan_of({"a": TEN + step + start}, durations={"drafting": "10 工作日"}, target=("start_of_works", day("2026-03-20")))
    assert plan.target is not None
    assert {(t.code, t.part, t.length) for t in plan.target.conflict} == {
        ("a", "preparation", "10 工作日"),
        ("a", "handling", "10 工作日"),
    }
    assert [t.basis for t in plan.target.conflict if t.part == "handling"] == [plan.item("a").statutory.basis]
    built = plan_of({"a": TEN + start}, durations={"施工": "300 日"}, target=("completion", day("2026-06-01")))
    assert built.target is not None
    assert [(t.code, t.length) for t in built.target.conflict] == [("construction", "300 日")]


def test_conditions_and_bureau_of_the_layer_above_are_shown(plan_of: PlanOf) -> None:
    item = plan_of({"a": TEN + "受理条件: [资料齐全]\n"}, {"a": "受理条件: [在本市登记]\n"}).item("a")
    assert item.conditions == ("资料齐全", "在本市登记")


def test_a_receipt_starts_the_clock_where_the_law_says_so(plan_of: PlanOf) -> None:
    starts = f"法定时限: [{{期限: 10 工作日, 起算: 收到申请, {BASIS}}}]\n"
    plan = plan_of({"a": TEN, "b": starts})
    assert [i.statutory.starts for i in plan.items if i.statutory] == ["acceptance", "receipt"]


def test_the_lawful_last_day_carries_the_doubt_of_its_acceptance(planner_of: Callable[..., Planner]) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    promises = dict.fromkeys(("a", "b"), f"承诺时限: [{{期限: 8 工作日, {BASIS}}}]\n")
    planner = planner_of({"a": TEN, "b": TEN + paper}, promises)
    dates = planner.plan(Project(name="试"), as_of=day("2026-12-22")).item("b").dates
    assert dates.accept.earliest < dates.accept.latest
    bounds = (dates.accept.earliest, dates.accept.latest)
    accept = Day(dates.accept.date, "PROVISIONAL", *bounds)
    lawful = planner.calendar.deadline(accept, WorkingDays(10))
    assert (dates.decide_statutory.earliest, dates.decide_statutory.latest) == (lawful.earliest, lawful.latest)


def test_a_commitment_stands_in_for_a_paper_and_sets_a_day_for_checking(plan_of: PlanOf) -> None:
    paper = f"材料: [{{名称: 甲的批复, 来自: a, {BASIS}}}]\n"
    route = f"路线: [{{方式: 告知承诺, 当: {{有风险: 否}}, 代替: [甲的批复], 核查期限: 5 工作日, {BASIS}}}]\n"
    promised = plan_of({"a": TEN, "b": TEN + paper + route}, risky=False, routes="fastest").item("b")
    assert promised.route is RouteTaken.COMMITMENT
    assert promised.gates == ()
    assert [(m.name, m.by_promise) for m in promised.materials] == [("甲的批复", True)]
    assert promised.dates.accept.date == day("2026-03-02")
    assert promised.dates.verify_by is not None
    assert promised.dates.verify_by.date == day("2026-03-23")
    for facts in ({"risky": True}, {}):
        plain = plan_of({"a": TEN, "b": TEN + paper + route}, routes="fastest", **facts).item("b")
        assert plain.route is RouteTaken.STANDARD
        assert [g.gate for g in plain.gates] == ["ACCEPT"]
        assert plain.dates.verify_by is None


def test_a_pre_review_runs_ahead_of_what_the_decision_waits_for(plan_of: PlanOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 受理, {BASIS}}}]\n"
    city = {"b": f"路线: [{{方式: 预审, 先审: [a], {BASIS}}}]\n"}
    item = plan_of({"a": TEN, "b": FIVE_DAYS + gate}, city, routes="fastest").item("b")
    assert item.route is RouteTaken.PRE_REVIEW
    assert [g.gate for g in item.gates] == ["DECIDE"]
    assert item.dates.accept.date == day("2026-03-02")
    assert item.dates.decide_statutory.date == day("2026-03-16")


@pytest.mark.parametrize(("route", "code"), [("方式: 告知承诺, 代替: [没有的材料]", "R317"), ("方式: 预审, 先审: [b]", "R303")])
def test_a_route_names_papers_and_prerequisites_there_are(plan_of: PlanOf, route: str, code: str) -> None:
    with pytest.raises(DiagnosticError, match=code):
        plan_of({"a": TEN, "b": TEN + f"路线: [{{{route}, {BASIS}}}]\n"})


def test_questions_reach_limits_papers_and_blockers(plan_of: PlanOf) -> None:
    limits = f"法定时限: [{{期限: 10 工作日, 当: {{有风险: 否}}, {BASIS}}}, {{期限: 20 工作日, 当: {{有风险: 是}}, {BASIS}}}]\n"
    notices = {"notices": f"告知: [{{代码: stop, 名称: 不得办理, 性质: 阻断, 当: {{规模: ≥ 500 ㎡}}, 内容: 停, {BASIS}}}]\n"}
    plan = plan_of({"a": limits}, files=notices)
    assert {f.code: f.items for f in plan.open_facts} == {"risky": ("a",), "size": ("stop",)}


def test_a_change_of_law_during_the_plan_is_announced(plan_of: PlanOf) -> None:
    long = f"法定时限: [{{期限: 300 工作日, {BASIS}}}]\n"
    warned = [w.text for w in plan_of({"a": long}).warnings if w.code == "law_changes"]
    assert len(warned) == 1
    assert "2026-08-15" in warned[0]
    assert not [w for w in plan_of({"a": TEN}).warnings if w.code == "law_changes"]
    assert not [w for w in plan_of({"a": long}, as_of=day("2026-08-17")).warnings if w.code == "law_changes"]


def test_a_higher_office_takes_over_where_a_rule_says_so(plan_of: PlanOf) -> None:
    body = f"改由: [{{职能: 上级, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}]\n"
    files = {"departments": "部门: [{职能: 办事, 机关: 某局, 核验: 已核}, {职能: 上级, 机关: 某厅, 核验: 已核}]\n"}
    assert plan_of({"a": body}, files=files, size="100 ㎡").item("a").department == "某厅"
    assert plan_of({"a": body}, files=files, size="99 ㎡").item("a").department == "某局"
    open_plan = plan_of({"a": body}, files=files)
    assert open_plan.item("a").department == "某局"
    assert [w.text for w in open_plan.warnings if w.code == "office_in_doubt"] == ["事项a：也可能由某厅办理，事实补齐后才能判断"]
    assert [f.code for f in open_plan.open_facts] == ["size"]


def test_a_higher_office_needs_a_basis_and_a_registered_function(plan_of: PlanOf) -> None:
    with pytest.raises(DiagnosticError) as refused:
        plan_of({"a": "改由: [{职能: 没有的, 当: {规模: ≥ 100 ㎡}}]\n"})
    assert {d.code for d in refused.value.diagnostics} == {"R311", "R313"}
