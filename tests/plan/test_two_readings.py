"""A gate the law leaves open may be chosen by a layer above; what the law says one way may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from planner import Plan

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
CHOICE = "卡点选定: [{{事项: a, 卡点: {gate}, 依据: [{{文件: 本法, 条款: 第八条}}], 核验: {checked}{more}}}]\n"
FORMS = [
    f"前置: [{{事项: a, 卡点: {{gate}}, 两读: 是, {BASIS}}}]\n",
    f"材料: [{{名称: 甲的批复, 来自: a, 卡点: {{gate}}, 两读: 是, {BASIS}}}]\n",
]


def chosen(gate: str, checked: str = "已核", more: str = "") -> dict[str, str]:
    return {"b": CHOICE.format(gate=gate, checked=checked, more=more)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("written", "choice", "found"), [
    ("办结", "受理", "ACCEPT"), ("受理", "办结", "DECIDE"), ("办结", "办结", "DECIDE"), ("办结", "", "DECIDE"), ("受理", "", "ACCEPT"),
])  # fmt: skip
def test_the_layers_choice_goes_before_the_default(plan_of: PlanOf, form: str, written: str, choice: str, found: str) -> None:
    plan = plan_of({"a": TEN, "b": TEN + form.replace("{gate}", written)}, chosen(choice) if choice else None)
    (gate,) = plan.item("b").gates
    assert gate.gate == found
    waits = plan.item("b").dates.accept.date == plan.item("a").dates.decide_promised.date
    assert waits is (found == "ACCEPT")


@pytest.mark.parametrize("form", FORMS)
def test_the_gate_rests_on_the_choice_too(plan_of: PlanOf, form: str) -> None:
    body = {"a": TEN, "b": TEN + form.replace("{gate}", "办结")}
    (sure,), (unsure,), (plain,) = (plan_of(body, city).item("b").gates for city in (chosen("受理"), chosen("受理", "待核"), None))
    assert [law.article for law in sure.basis] == ["第二条", "第八条"]
    assert [law.article for law in plain.basis] == ["第二条"]
    assert (sure.verified, unsure.verified, plain.verified) == (True, False, True)


def test_a_choice_holds_from_its_day(plan_of: PlanOf) -> None:
    body = {"a": TEN, "b": TEN + FORMS[0].replace("{gate}", "办结")}
    day = date(2026, 3, 2)
    city = chosen("受理", more=", 生效: 2026-03-02")
    assert plan_of(body, city, as_of=day - timedelta(days=1)).item("b").gates[0].gate == "DECIDE"
    assert plan_of(body, city, as_of=day).item("b").gates[0].gate == "ACCEPT"


def test_a_commitment_still_takes_the_gate_away(plan_of: PlanOf) -> None:
    route = f"路线: [{{方式: 告知承诺, 代替: [甲的批复], {BASIS}}}]\n"
    body = TEN + FORMS[1].replace("{gate}", "办结") + route
    plan = plan_of({"a": TEN, "b": body}, chosen("受理"), routes="fastest")
    assert plan.item("b").gates == ()
