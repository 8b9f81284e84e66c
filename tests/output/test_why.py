"""Explanations and open questions as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planner import Plan, Planner, load_project
from planner.output.why import render_questions, render_why

PlanOf = Callable[..., Plan]


@pytest.mark.parametrize(
    ("lang", "how"),
    [
        ("zh", "没有这一项的写“不适用”，数量为零写 0，还不知道就不写。"),
        (
            "en",
            "Write 不适用 where the project has no such thing, 0 for a quantity of zero, and nothing where it is not known yet.",
        ),
    ],
)
def test_questions_say_first_how_to_answer_none(anshan: Planner, plan_of: PlanOf, lang: str, how: str) -> None:
    text = render_questions(plan_of("incomplete"), anshan.rulebook.vocabulary, lang)
    assert text.split("\n")[1] == how


def test_questions_name_the_approvals_and_blockers_that_hang_on_each(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    text = render_questions(plan, anshan.rulebook.vocabulary)
    fact = next(fact for fact in plan.open_facts if "own_land_conflict" in fact.items)
    asked = text.split(f"{fact.name}：{fact.question}")[1].split("？")[0]
    assert "自有用地与新增建设用地矛盾" in asked
    assert not [code for one in plan.open_facts for code in one.items if code in text]
    settled = render_questions(plan.model_copy(update={"open_facts": (), "parameters_missing": ()}), anshan.rulebook.vocabulary)
    assert settled == "没有悬而未决的事实：每个事项都已能判断。\n"


def test_a_reason_that_no_rule_gave_has_no_place(anshan: Planner, root: Path) -> None:
    project, positions = load_project(root / "examples" / "hospital-600-beds.yaml")
    why = anshan.why(anshan.read(project, positions), "soil_report", as_of=date(2026, 9, 7))
    reason = why.because[0].model_copy(update={"file": "", "line": 0})
    assert f"{why.because[0].file}:{why.because[0].line}" in render_why(replace(why, because=why.because[:1]))
    shown = render_why(replace(why, because=(reason,)))
    assert reason.text in shown
    assert ":0" not in shown
