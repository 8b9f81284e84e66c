"""What a plan says around its items: warnings, open facts, zeros, milestones, digests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from planner import Plan

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
START = f"卡住: [{{节点: 开工, {BASIS}}}]\n"


def codes(plan: Plan) -> set[str]:
    return {w.code for w in plan.warnings}


def test_a_hint_is_given_only_when_it_applies(plan_of: PlanOf) -> None:
    hint = {"notices": f"告知: [{{代码: mind, 名称: 注意, 性质: 提示, 当: {{有风险: 是}}, 内容: 小心, {BASIS}}}]\n"}
    assert "mind" in codes(plan_of({"a": TEN}, files=hint, risky=True))
    assert "mind" not in codes(plan_of({"a": TEN}, files=hint))


def test_the_fact_that_settles_most_is_asked_first(plan_of: PlanOf) -> None:
    def need(when: str) -> str:
        return f"适用: [{{名称: 规则, 当: {when}, {BASIS}}}]\n"

    plan = plan_of({"a": need("{有风险: 是}"), "b": need("{规模: ≥ 100 ㎡}"), "c": need("{规模: ≥ 200 ㎡}")})
    assert [(f.code, f.items) for f in plan.open_facts] == [("size", ("b", "c")), ("risky", ("a",))]


def test_dates_past_the_last_notice_are_announced(plan_of: PlanOf) -> None:
    assert "provisional" not in codes(plan_of({"a": TEN}))
    assert "provisional" in codes(plan_of({"a": TEN}, as_of=date(2026, 12, 21)))
    # Only the longer of the two schedules reaches past the notice.
    promise = {"a": f"承诺时限: [{{期限: 1 工作日, {BASIS}}}]\n"}
    assert "provisional" in codes(plan_of({"a": TEN}, promise, as_of=date(2026, 12, 21)))


def test_rows_that_contradict_each_other_block(plan_of: PlanOf) -> None:
    table = (
        "代码: grade\n名称: 等级表\n得出: 等级\n命中: 唯一\n依据: [{文件: 本法}]\n"
        "行:\n  - {编号: 大, 当: {规模: ≥ 100 ㎡}, 结果: 高}\n  - {编号: 险, 当: {有风险: 是}, 结果: 低}\n"
    )
    plan = plan_of({"a": TEN}, files={"tables/grade": table}, size="150 ㎡", risky=True)
    assert [(b.code, "大、险" in b.text) for b in plan.blockers] == [("table_conflict", True)]
    assert plan_of({"a": TEN}, files={"tables/grade": table}, size="150 ㎡", risky=False).blockers == ()


def test_each_milestone_is_dated_by_promise_and_by_law(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN + START}, {"a": f"承诺时限: [{{期限: 3 工作日, {BASIS}}}]\n"})
    start = plan.milestones.start_of_works
    assert (start.promised.date, start.statutory.date) == (date(2026, 3, 5), date(2026, 3, 16))


def test_construction_without_a_duration_is_taken_as_zero_and_said(plan_of: PlanOf) -> None:
    def zeros(**facts: object) -> set[str]:
        return {z.code for z in plan_of({"a": TEN}, **facts).assumed_zero}

    assert "construction" in zeros()
    assert "construction" not in zeros(durations={"施工": "300 日"})


def test_what_the_rulebook_lacks_is_said(plan_of: PlanOf) -> None:
    lacking = {"rulebook": "名称: 试验层\n尚未收录: [文物勘探]\n"}
    assert any("文物勘探" in w.text for w in plan_of({"a": TEN}, files=lacking).warnings if w.code == "not_in_rulebook")
    assert "not_in_rulebook" not in codes(plan_of({"a": TEN}))


def test_the_digest_of_the_facts_covers_the_durations(plan_of: PlanOf) -> None:
    one, other = (plan_of({"a": TEN}, durations={"施工": days}).provenance.facts for days in ("300 日", "301 日"))
    assert one != other
