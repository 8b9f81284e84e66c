"""Why, why not, and the smallest change of facts that would turn the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from planner import Planner, Project, load_project
from planner.conditions import Truth

PlannerOf = Callable[..., Planner]
DAY = date(2026, 11, 24)
BASIS = "依据: [{文件: 本法}], 核验: 已核"
BIG_OR_RISKY = f"适用: [{{名称: 大或有风险, 当: {{任一: [{{规模: ≥ 100 ㎡}}, {{有风险: 是}}]}}, {BASIS}}}]\n"
BIG_AND_RISKY = f"适用: [{{名称: 大而有风险, 当: {{规模: ≥ 100 ㎡, 有风险: 是}}, {BASIS}}}]\n"


def test_one_change_is_enough_to_need_it(planner_of: PlannerOf) -> None:
    why = planner_of({"a": BIG_OR_RISKY}).why(Project(name="试", size="50 ㎡", risky=False), "a", as_of=DAY)
    assert why.answer is Truth.FALSE
    assert why.flip is not None
    assert len(why.flip) == 1


def test_both_changes_are_named_when_both_are_needed(planner_of: PlannerOf) -> None:
    why = planner_of({"a": BIG_AND_RISKY}).why(Project(name="试", size="50 ㎡", risky=False), "a", as_of=DAY)
    assert why.flip is not None
    assert {(c.fact, c.wanted) for c in why.flip} == {("size", "≥ 100 ㎡"), ("risky", "是")}
    assert {c.value for c in why.flip} == {"50 ㎡", "否"}


def test_an_open_answer_names_what_settles_it(planner_of: PlannerOf) -> None:
    why = planner_of({"a": BIG_AND_RISKY}).why(Project(name="试", size="150 ㎡"), "a", as_of=DAY)
    assert why.answer is Truth.UNKNOWN
    assert why.settle == ("risky",)
    assert why.flip is None


def test_an_approval_without_conditions_cannot_be_turned(planner_of: PlannerOf) -> None:
    why = planner_of({"a": ""}).why(Project(name="试"), "a", as_of=DAY)
    assert why.answer is Truth.TRUE
    assert why.flip is None


def test_each_fact_is_named_once_with_all_that_is_asked_of_it(planner_of: PlannerOf) -> None:
    middle = f"适用: [{{名称: 小而有等级, 当: {{全部: [{{规模: ≥ 50 ㎡}}, {{规模: < 100 ㎡}}, {{有风险: 是}}, {{有风险: 非 否}}]}}, {BASIS}}}]\n"
    planner = planner_of({"a": middle})
    small = planner.why(Project(name="试", size="10 ㎡", risky=False), "a", as_of=DAY)
    assert small.flip is not None
    assert [(c.fact, c.value, c.wanted) for c in small.flip] == [("size", "10 ㎡", "≥ 50 ㎡"), ("risky", "否", "是")]


def test_what_a_fact_should_be_goes_before_what_it_should_not(planner_of: PlannerOf) -> None:
    high = f"适用: [{{名称: 高, 当: {{全部: [{{等级: 高}}, {{非: {{等级: 低}}}}]}}, {BASIS}}}]\n"
    why = planner_of({"a": high}).why(Project(name="试", grade="低"), "a", as_of=DAY)
    assert why.flip is not None
    assert [(c.fact, c.value, c.wanted) for c in why.flip] == [("grade", "低", "高")]


def test_what_no_value_can_be_is_not_offered(planner_of: PlannerOf) -> None:
    never = f"适用: [{{名称: 矛盾, 当: {{全部: [{{规模: ≥ 100 ㎡}}, {{规模: < 50 ㎡}}]}}, {BASIS}}}]\n"
    assert planner_of({"a": never}).why(Project(name="试", size="70 ㎡"), "a", as_of=DAY).flip is None


def test_an_unknown_code_is_a_key_error(planner_of: PlannerOf) -> None:
    with pytest.raises(KeyError):
        planner_of({"a": ""}).why(Project(name="试"), "b", as_of=DAY)


def test_every_approval_of_every_example_is_explained(anshan: Planner, root: Path) -> None:
    for path in sorted((root / "examples").glob("*.yaml")):
        project, positions = load_project(path)
        facts = anshan.read(project, positions)
        for code in anshan.rulebook.approvals:
            why = anshan.why(facts, code, as_of=DAY)
            assert why.because
            assert all(reason.text for reason in why.because)
            if why.answer is Truth.UNKNOWN:
                assert why.settle or why.lacking


def test_a_fact_asked_two_things_at_once_is_turned_by_trying_its_values(planner_of: PlannerOf) -> None:
    band = f"适用: [{{名称: 两段, 当: {{任一: [{{规模: < 50 ㎡}}, {{规模: ≥ 100 ㎡}}]}}, {BASIS}}}]\n"
    why = planner_of({"a": band}).why(Project(name="试", size="30 ㎡"), "a", as_of=DAY)
    assert why.answer is Truth.TRUE
    assert why.flip is not None
    assert [(c.fact, c.value) for c in why.flip] == [("size", "30 ㎡")]


def test_every_settled_need_that_rests_on_facts_can_be_turned(anshan: Planner, root: Path) -> None:
    project, positions = load_project(root / "examples" / "hospital-600-beds.yaml")
    facts = anshan.read(project, positions)
    assert anshan.why(facts, "eia_report", as_of=DAY).flip


def test_the_change_offered_stays_within_the_project_where_one_can(anshan: Planner, root: Path) -> None:
    project, positions = load_project(root / "examples" / "hospital-600-beds.yaml")
    why = anshan.why(anshan.read(project, positions), "eia_report", as_of=DAY)
    assert why.flip is not None
    assert [(c.name, c.value, c.wanted) for c in why.flip] == [("床位数", "600 张", "小于 500 张")]
