"""Rules that contradict each other only if they are ever in force together: dates, layers, rings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from planner import DiagnosticError, Planner
from planner.diagnostics import Severity

PlannerOf = Callable[..., Planner]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"


def limit(term: str, dates: str = "") -> str:
    return f"法定时限: [{{期限: {term}, {dates}{BASIS}}}]\n"


def promise(term: str, dates: str = "") -> dict[str, str]:
    return {"a": f"承诺时限: [{{期限: {term}, {dates}{BASIS}}}]\n"}


@pytest.mark.parametrize(
    ("law", "promised", "severity"),
    [
        ("5 工作日", "7 日", None),
        ("5 工作日", "8 日", Severity.WARNING),
        ("5 工作日", "9 日", Severity.WARNING),
        ("5 工作日", "10 日", Severity.ERROR),
        ("7 日", "5 工作日", None),
        ("7 日", "6 工作日", Severity.ERROR),
        ("8 日", "6 工作日", Severity.WARNING),
        ("10 日", "6 工作日", None),
        ("5 工作日", "5 工作日", None),
        ("5 工作日", "6 工作日", Severity.ERROR),
    ],
)
def test_a_promise_in_another_unit_is_refused_only_when_it_is_longer_for_sure(
    planner_of: PlannerOf, law: str, promised: str, severity: Severity | None
) -> None:
    if severity is Severity.ERROR:
        with pytest.raises(DiagnosticError, match="R309"):
            planner_of({"a": limit(law)}, promise(promised))
        return
    warnings = planner_of({"a": limit(law)}, promise(promised)).warnings
    assert [(w.code, w.severity) for w in warnings] == ([("R309", severity)] if severity else [])


def test_a_promise_is_held_against_the_limits_of_its_own_time(planner_of: PlannerOf) -> None:
    two = f"法定时限: [{{期限: 5 工作日, 失效: 2026-08-15, {BASIS}}}, {{期限: 20 工作日, 生效: 2026-08-15, {BASIS}}}]\n"
    planner_of({"a": two}, promise("10 工作日", "生效: 2026-08-15, "))
    with pytest.raises(DiagnosticError, match="R309"):
        planner_of({"a": two}, promise("10 工作日", "生效: 2026-08-14, "))


def test_orders_that_are_never_in_force_together_make_no_ring(planner_of: PlannerOf) -> None:
    def order(before: str, dates: str) -> str:
        return f"前置: [{{事项: {before}, 卡点: 受理, {dates}, {BASIS}}}]\n"

    planner_of({"a": order("b", "失效: 2026-08-15"), "b": order("a", "生效: 2026-08-15")})
    with pytest.raises(DiagnosticError, match="R306"):
        planner_of({"a": order("b", "失效: 2026-08-16"), "b": order("a", "生效: 2026-08-15")})


def test_orders_in_cases_that_exclude_each_other_make_no_ring(planner_of: PlannerOf) -> None:
    def order(before: str, when: str) -> str:
        return f"前置: [{{事项: {before}, 卡点: 受理, 当: {when}, {BASIS}}}]\n"

    planner_of({"a": order("b", "{有风险: 是}"), "b": order("a", "{有风险: 否}")})
    planner_of({"a": order("b", "{等级: 高}"), "b": order("a", "{等级: 低}")})
    with pytest.raises(DiagnosticError, match="R306"):
        planner_of({"a": order("b", "{有风险: 是}"), "b": order("a", "{规模: ≥ 100 ㎡}")})
    with pytest.raises(DiagnosticError, match="R306"):
        planner_of({"a": order("b", "{等级: '高,低'}"), "b": order("a", "{等级: 低}")})


@pytest.mark.parametrize("gates", [("办结", "受理"), ("受理", "办结")])
def test_a_layer_may_keep_the_stricter_of_two_gates(planner_of: PlannerOf, gates: tuple[str, str]) -> None:
    first, second = gates
    both = f"前置: [{{事项: a, 卡点: {first}, {BASIS}}}]\n材料: [{{名称: 甲的批复, 来自: a, 卡点: {second}, {BASIS}}}]\n"
    planner_of({"a": "", "b": both}, {"b": f"卡点放宽: [{{事项: a, 卡点: 受理, {BASIS}}}]\n"})


def test_a_layer_may_not_tighten_a_gate(planner_of: PlannerOf) -> None:
    gate = f"前置: [{{事项: a, 卡点: 办结, {BASIS}}}]\n"
    with pytest.raises(DiagnosticError, match="R316"):
        planner_of({"a": "", "b": gate}, {"b": f"卡点放宽: [{{事项: a, 卡点: 受理, {BASIS}}}]\n"})


def test_each_period_between_two_changes_has_its_own_compiled_law(planner_of: PlannerOf) -> None:
    book = planner_of({"a": ""}).rulebook
    assert book.changes == (date(2026, 8, 15),)
    before, eve, after = (book.at(date(2026, 8, day)) for day in (1, 14, 15))
    assert before is eve
    assert before.compiled.digest != after.compiled.digest
    assert (before.since, after.since) == (date.min, date(2026, 8, 15))


def test_an_approval_may_not_wait_for_the_milestone_it_holds_back(planner_of: PlannerOf) -> None:
    def body(waits: str, holds: str) -> str:
        return f"前置: [{{节点: {waits}, 卡点: 受理, {BASIS}}}]\n卡住: [{{节点: {holds}, {BASIS}}}]\n"

    planner_of({"a": body("竣工验收", "投入使用")})
    with pytest.raises(DiagnosticError, match="R306"):
        planner_of({"a": body("竣工验收", "竣工验收")})


def test_a_table_may_not_read_the_fact_it_gives(planner_of: PlannerOf) -> None:
    table = "代码: grade\n名称: 等级表\n得出: 等级\n命中: 唯一\n依据: [{文件: 本法}]\n行: [{编号: 甲, 当: {等级: 低}, 结果: 高}]\n"
    with pytest.raises(DiagnosticError, match="R318"):
        planner_of({"a": ""}, **{"tables/grade": table})
