"""What is not settled stands behind what is, under the one answer that would settle it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from planner import Plan, Planner, load_project
from planner.output.axis import busy_days
from planner.output.html import render_html
from planner.output.outline import MANY_UNSETTLED, Outline
from planner.output.table import render_table
from planner.output.words import Words
from planner.plan import Status

PlanOf = Callable[..., Plan]


@pytest.fixture(scope="module")
def incomplete(plan_of: PlanOf) -> Plan:
    return plan_of("incomplete")


def test_every_item_stands_once_and_the_required_ones_first(incomplete: Plan) -> None:
    outline = Outline(incomplete, Words())
    assert sorted(item.code for item in outline.items) == sorted(item.code for item in incomplete.items)
    order = [item.status is Status.DEPENDS for item in outline.items]
    assert order == sorted(order)
    assert 0 < order.count(False) < len(order)
    for group in outline.stages:
        assert {item.status is Status.DEPENDS for item in group.items} == {group.open}


def test_one_answer_that_settles_several_items_heads_them(incomplete: Plan) -> None:
    outline = Outline(incomplete, Words())
    names = {fact.code: fact.name for fact in incomplete.open_facts}
    headed = [group for group in outline.unsettled if group.fact]
    assert len(headed) > 3
    for group in headed:
        assert {item.depends_on for item in group.items} == {(group.fact,)}
        assert f"“{names[group.fact]}”" in group.name
        assert f"（{len(group.items)} 项）" in group.name
    sizes = [len(group.items) for group in headed]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) > 1
    assert len({group.fact for group in headed}) == len(headed)
    alone, several, lacking = outline.unsettled[len(headed) :]
    assert {len(item.depends_on) for item in alone.items} == {1}
    assert min(len(item.depends_on) for item in several.items) == 2
    assert {item.depends_on for item in lacking.items} == {()}
    missing = {code for one in incomplete.parameters_missing for code in one.items}
    assert {item.code for item in lacking.items} <= missing


def test_an_answer_settles_every_item_it_heads(anshan: Planner, incomplete: Plan, root: Path) -> None:
    headed = next(group for group in Outline(incomplete, Words()).unsettled if group.fact == "utility_needs")
    project, _ = load_project(root / "examples" / "incomplete.yaml")
    answered = project.model_copy(update={"facts": {**project.facts, "公用接入需求": "供水"}})
    plan = anshan.plan(answered, as_of=incomplete.as_of)
    settled = {item.code: item.status for item in plan.items}
    assert len(headed.items) > 3
    assert [code for item in headed.items if (code := item.code) in settled] == ["water_connection"]
    assert settled["water_connection"] is Status.REQUIRED


def test_many_unsettled_items_are_told_in_short(anshan: Planner, incomplete: Plan) -> None:
    outline = Outline(incomplete, Words())
    assert outline.depending > MANY_UNSETTLED
    assert outline.brief
    text = render_table(incomplete, width=140)
    assert f"确定要办 {outline.certain} 项，还不能判断 {outline.depending} 项" in text
    hidden = [item for item in incomplete.items if item.status is Status.DEPENDS and not outline.critical(item)]
    assert f"还不能判断的 {len(hidden)} 项没有画出" in text
    page = render_html(incomplete, anshan.calendar)
    assert page.count('<details class="unsettled">') == len(outline.unsettled)
    assert page.count("<article") == len(incomplete.items)
    assert page.count('data-code="') == len(incomplete.items) - len(hidden)
    assert f"还不能判断的 {len(hidden)} 项没有画出" in page


def test_a_few_unsettled_items_are_told_in_full(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    outline = Outline(plan, Words())
    assert 0 < outline.depending <= MANY_UNSETTLED
    text = render_table(plan, width=140)
    assert "没有画出" not in text
    assert "以后再列" not in text
    assert '<details class="unsettled">' not in render_html(plan, anshan.calendar)


def test_the_stage_of_an_unsettled_item_is_told_beside_its_department(incomplete: Plan) -> None:
    text = re.sub(r"\s", "", render_table(incomplete, width=140))
    for item in incomplete.items:
        told = f"{item.department}{'' if item.department_verified else '[待核]'}（{item.stage}）"
        if item.status is Status.DEPENDS:
            assert told in text


def test_an_inspection_that_waits_for_the_works_leaves_the_construction_time_out(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    item = plan.item("special_equipment_inspection")
    accepted, decided = item.dates.accept.date, item.dates.decide_promised.date
    assert (decided - accepted).days > 700
    assert (accepted, decided) not in busy_days(plan)
    assert max((last - first).days for first, last in busy_days(plan)) < 100
