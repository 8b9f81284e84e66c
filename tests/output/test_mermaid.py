"""The text of the mermaid chart; that mermaid draws it is tested in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planner import Plan
from planner.output.mermaid import escaped, render_mermaid
from planner.rulebook.models import Stage

PlanOf = Callable[..., Plan]


@pytest.fixture(scope="module")
def plan(plan_of: PlanOf) -> Plan:
    return plan_of("hospital-600-beds")


def test_every_line_is_an_item_or_a_milestone_with_the_plans_dates(plan: Plan) -> None:
    text = render_mermaid(plan)
    assert text == render_mermaid(plan, "zh")
    tasks = {fields[-3]: tuple(fields[-2:]) for line in text.splitlines() if " :" in line for fields in [_fields(line)]}
    expected = {i.code: (str(i.dates.accept.date), str(i.dates.decide_promised.date)) for i in plan.items}
    for code in ("start_of_works", "completion", "use"):
        expected[code] = (str(getattr(plan.milestones, code).promised.date),) * 2
    assert tasks == expected


def _fields(line: str) -> list[str]:
    return [field.strip() for field in line.partition(" :")[2].split(",")]


def test_sections_are_the_stages_in_the_order_of_law(plan: Plan) -> None:
    sections = [line.split(maxsplit=1)[1] for line in render_mermaid(plan).splitlines() if line.startswith("    section ")]
    assert sections == [*(stage.value for stage in Stage if stage.value in {item.stage for item in plan.items}), "节点"]


def test_what_may_still_move_says_so(plan: Plan) -> None:
    lines = {_fields(line)[-3]: line for line in render_mermaid(plan).splitlines() if " :" in line}
    for item in plan.items:
        moves = any(day.certainty.value == "PROVISIONAL" for day in (item.dates.accept, item.dates.decide_promised))
        assert ("（暂定" in lines[item.code]) == moves
    assert {("（暂定" in line) for line in lines.values()} == {True, False}
    assert "未含准备时间" in lines["start_of_works"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("环评：报告书（一）", "环评：报告书（一）"),
        ("甲:乙;丙#丁,戊", "甲#58;乙#59;丙#35;丁,戊"),
        ("title 一", "#116;itle 一"),
        (" 甲\n乙\t丙 ", "甲 乙 丙"),
        ('甲"%%<&`', "甲#34;#37;#37;#60;#38;#96;"),
        ("甲\x00乙", "甲乙"),
        ("", ""),
    ],
)
def test_signs_that_mean_something_to_mermaid_become_entities(text: str, written: str) -> None:
    assert escaped(text) == written


def test_another_language_is_refused(plan: Plan) -> None:
    assert "section 施工许可 (construction)" in render_mermaid(plan, "en")
    with pytest.raises(ValueError, match="zh 和 en"):
        render_mermaid(plan, "fr")
