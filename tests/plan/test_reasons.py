"""Reasons name what decided and nothing else, in whatever order plans are asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from planner import Plan, Planner, Project
from planner.plan import Reason, Status

PlanOf = Callable[..., Plan]
PlannerOf = Callable[..., Planner]
DAY = date(2026, 3, 2)
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"


def need(when: str) -> str:
    return f"适用: [{{名称: 规则, 当: {when}, {BASIS}}}]\n"


def reasons(plan: Plan) -> tuple[Reason, ...]:
    (one,) = [*plan.items, *plan.not_required]
    return one.because


def reads(plan: Plan) -> list[tuple[str, str, str]]:
    return [(r.fact, r.test, r.holds) for r in reasons(plan)[0].facts]


def plan(planner: Planner, **facts: Any) -> Plan:
    return planner.plan(Project(name="试", facts=facts), as_of=DAY, routes="fastest")


def test_a_negated_condition_is_read_as_its_contrary(plan_of: PlanOf) -> None:
    body = need("{非: {任一: [{规模: ≥ 100 ㎡}, {有风险: 是}]}}")
    assert reads(plan_of({"a": body}, size="50 ㎡", risky=False)) == [
        ("size", "非（≥ 100 ㎡）", "true"),
        ("risky", "非（是）", "true"),
    ]
    assert reads(plan_of({"a": body}, size="150 ㎡", risky=False)) == [("size", "非（≥ 100 ㎡）", "false")]
    assert reads(plan_of({"a": body}, size="50 ㎡")) == [("risky", "非（是）", "unknown")]


def test_a_part_is_negated_inside_a_group_too(plan_of: PlanOf) -> None:
    body = need("{规模: ≥ 100 ㎡, 非: {有风险: 是}}")
    assert reads(plan_of({"a": body}, size="150 ㎡", risky=False)) == [("size", "≥ 100 ㎡", "true"), ("risky", "非（是）", "true")]
    assert reads(plan_of({"a": body}, size="150 ㎡", risky=True)) == [("risky", "非（是）", "false")]


def test_twice_negated_is_as_written(plan_of: PlanOf) -> None:
    body = need("{非: {非: {有风险: 是}}}")
    assert plan_of({"a": body}, risky=True).items
    assert not plan_of({"a": body}, risky=False).items


def test_only_the_rules_that_hold_are_reasons(plan_of: PlanOf) -> None:
    two = f"适用: [{{名称: 大, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}, {{名称: 险, 当: {{有风险: 是}}, {BASIS}}}]\n"
    assert [r.rule for r in reasons(plan_of({"a": two}, size="150 ㎡"))] == ["大"]
    assert [r.rule for r in reasons(plan_of({"a": two}))] == ["大", "险"]


def test_an_exception_that_holds_is_the_only_reason_and_one_in_doubt_is_named(plan_of: PlanOf) -> None:
    body = need("{规模: ≥ 100 ㎡}") + f"例外: [{{名称: 无风险, 当: {{有风险: 否}}, {BASIS}}}]\n"
    assert [r.rule for r in reasons(plan_of({"a": body}, size="150 ㎡", risky=False))] == ["无风险"]
    assert [(r.rule, r.holds) for r in reasons(plan_of({"a": body}, size="150 ㎡"))] == [("规则", "true"), ("无风险", "unknown")]
    assert [r.rule for r in reasons(plan_of({"a": body}, size="50 ㎡", risky=True))] == ["规则"]


def test_a_row_that_may_hold_may_give_its_outcome(plan_of: PlanOf) -> None:
    open_rows = [r for r in reasons(plan_of({"a": need("{等级: 高}")})) if r.rule.startswith("等级表")]
    assert [("可能得出" in r.text, r.holds) for r in open_rows] == [(True, "unknown"), (True, "unknown")]
    (row,) = [r for r in reasons(plan_of({"a": need("{等级: 高}")}, size="120 ㎡")) if r.rule.startswith("等级表")]
    assert "：得出 等级 = 高" in row.text


def test_a_table_without_a_row_for_the_project_says_that_the_rulebook_does_not_say(plan_of: PlanOf) -> None:
    table = "代码: grade\n名称: 等级表\n得出: 等级\n命中: 唯一\n{}依据: [{{文件: 本法}}]\n行: [{{编号: 大, 当: {{规模: ≥ 100 ㎡}}, 结果: 高}}]\n"
    silent = plan_of({"a": need("{等级: 高}")}, files={"tables/grade": table.format("")}, size="50 ㎡")
    assert silent.item("a").status is Status.DEPENDS
    assert silent.item("a").depends_on == ("grade",)
    assert any("规则库未载明“等级”" in r.text for r in reasons(silent))
    spoken = plan_of({"a": need("{等级: 高}")}, files={"tables/grade": table.format("无匹配: 低\n")}, size="50 ㎡")
    (last,) = [r for r in reasons(spoken) if r.rule == "等级表"]
    assert "没有一行适用，等级 = 低" in last.text
    assert [b.document for b in last.basis] == ["本法"]


def test_no_row_of_a_table_whose_law_is_not_in_force_is_not_verified(plan_of: PlanOf) -> None:
    table = (
        "代码: grade\n名称: 等级表\n得出: 等级\n命中: 唯一\n无匹配: 低\n依据: [{文件: 新法}]\n核验: 已核\n"
        "行: [{编号: 大, 当: {规模: ≥ 100 ㎡}, 结果: 高}]\n"
    )
    files = {"tables/grade": table}
    assert not plan_of({"a": need("{等级: 低}")}, files=files, size="50 ㎡", as_of=date(2026, 8, 14)).item("a").verified
    assert plan_of({"a": need("{等级: 低}")}, files=files, size="50 ㎡", as_of=date(2026, 8, 17)).item("a").verified


def test_only_rows_that_may_hold_lead_on_to_other_tables(plan_of: PlanOf) -> None:
    vocabulary = (
        "事实:\n"
        "  - {代码: size, 名称: 规模, 类型: 数量, 单位: ㎡}\n"
        "  - {代码: risky, 名称: 有风险, 类型: 是否}\n"
        "  - {代码: grade, 名称: 等级, 类型: 单选, 派生: 是, 取值: [{代码: high, 名称: 高}, {代码: low, 名称: 低}]}\n"
        "  - {代码: grave, 名称: 重大, 类型: 是否, 派生: 是}\n"
    )
    grave = (
        "代码: grave\n名称: 重大表\n得出: 重大\n命中: 取最高\n次序: [是, 否]\n无匹配: 否\n依据: [{文件: 本法}]\n"
        "行:\n  - {编号: 险, 当: {有风险: 是}, 结果: 是}\n  - {编号: 高, 当: {等级: 高}, 结果: 是}\n"
    )
    files = {"vocabulary": vocabulary, "tables/grave": grave}

    def told(**facts: object) -> list[str]:
        return [r.rule for r in reasons(plan_of({"a": need("{重大: 是}")}, files=files, **facts))]

    assert told(risky=True, size="50 ㎡") == ["规则", "重大表 险"]
    assert told(risky=False, size="150 ㎡") == ["规则", "重大表 高", "等级表 大"]


def test_what_one_plan_remembers_does_not_leak_into_another(planner_of: PlannerOf) -> None:
    planner = planner_of({"a": need("{等级: 高}")})
    first, second = plan(planner, size="120 ㎡"), plan(planner, size="130 ㎡")
    assert "规模：120 ㎡" in first.item("a").because[1].text
    assert "规模：130 ㎡" in second.item("a").because[1].text
    stated = plan(planner, size="130 ㎡", grade="高")
    assert any("直接给定" in r.text for r in stated.item("a").because)


def test_gates_and_papers_are_shown_as_each_project_has_them(planner_of: PlannerOf) -> None:
    bodies = {
        "a": "",
        "b": f"前置: [{{事项: a, 卡点: 受理, 当: {{有风险: 是}}, {BASIS}}}]\n材料: [{{名称: 说明, 次要: 是, 当: {{有风险: 是}}}}]\n",
    }
    planner = planner_of(bodies, {"b": f"容缺后补: [{{材料: 说明, {BASIS}}}]\n"})
    seen = [plan(planner, **facts).item("b") for facts in ({}, {"risky": True}, {"risky": True, "credit_bad": False})]
    assert [i.gates[0].status for i in seen] == [Status.DEPENDS, Status.REQUIRED, Status.REQUIRED]
    assert [(i.materials[0].status, i.materials[0].later) for i in seen] == [
        (Status.DEPENDS, False),
        (Status.REQUIRED, False),
        (Status.REQUIRED, True),
    ]
