"""Limits that are the least that must pass, and how often the others may be extended: in the plan and in what people read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from planner import DiagnosticError, Plan, Planner
from planner.output.html import render_html
from planner.output.table import render_table
from planner.plan import DayUnit

PlanOf = Callable[..., Plan]
PlannerOf = Callable[..., Planner]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
HOLD = f"卡住: [{{节点: 开工, {BASIS}}}]\n"
WAIT = f"法定时限: [{{期限: 15 日, 性质: 最短间隔, 起算: 收到申请, {BASIS}}}]\n"


def limit(term: str, rest: str = "") -> str:
    return f"法定时限: [{{期限: {term}, {rest}{BASIS}}}]\n"


def test_a_minimum_wait_is_scheduled_and_called_what_it_is(plan_of: PlanOf) -> None:
    plan = plan_of({"a": WAIT + HOLD})
    item = plan.item("a")
    assert item.statutory is not None
    assert (item.statutory.nature, item.statutory.days, item.statutory.unit) == ("minimum_wait", 15, DayUnit.CALENDAR_DAYS)
    assert (item.statutory.extension_days, item.statutory.extension_times) == (None, 0)
    assert item.dates.decide_statutory.date == item.dates.decide_promised.date == date(2026, 3, 17)
    assert plan.milestones.start_of_works.promised.date == date(2026, 3, 17)


@pytest.mark.parametrize(
    ("written", "days", "times"),
    [("", None, 0), ("可延长: 10 工作日, ", 10, 1), ("可延长: 10 工作日, 延长次数: 2, ", 10, 2)],
)
def test_how_often_a_limit_may_be_extended(plan_of: PlanOf, written: str, days: int | None, times: int) -> None:
    statutory = plan_of({"a": limit("20 工作日", written)}).item("a").statutory
    assert statutory is not None
    assert (statutory.nature, statutory.extension_days, statutory.extension_times) == ("handling", days, times)


def test_readers_see_at_least_and_not_at_most(planner_of: PlannerOf, plan_of: PlanOf) -> None:
    bodies = {"a": WAIT + HOLD, "b": limit("20 工作日", "可延长: 10 工作日, 延长次数: 2, ") + HOLD}
    plan, calendar = plan_of(bodies), planner_of(bodies).calendar
    text, page = render_table(plan), render_html(plan, calendar)
    assert "至少 15 日" in text
    assert "法定 15 日" not in text
    assert "法定 20 工作日" in text
    wait, handling = (page[page.index(f'id="item-{code}"') :].split("</article>")[0] for code in ("a", "b"))
    assert "至少 15 日" in wait
    assert "不能缩短，也没有延长" in wait
    assert "最短间隔届满" in wait
    assert "法定时限" not in wait
    assert "最长" not in wait
    assert "法定时限届满" in handling
    assert "至少" not in handling
    english = render_table(plan, lang="en")
    assert "at least 15 d" in " ".join(english.split())


def test_no_promise_and_no_route_shortens_a_minimum_wait(planner_of: PlannerOf) -> None:
    def promised(term: str) -> dict[str, str]:
        return {"a": f"承诺时限: [{{期限: {term}, {BASIS}}}]\n"}

    assert planner_of({"a": WAIT}, promised("15 日")).warnings == ()
    for shorter in ("14 日", "10 工作日"):
        with pytest.raises(DiagnosticError, match="短于法定的最短间隔"):
            planner_of({"a": WAIT}, promised(shorter))
    # Nobody needs it longer, and nobody is harmed.
    assert planner_of({"a": WAIT}, promised("30 日")).warnings == ()
    route = f"路线: [{{方式: 告知承诺, 期限: 当场, {BASIS}}}]\n"
    with pytest.raises(DiagnosticError, match="不能凭承诺缩短"):
        planner_of({"a": WAIT + route})
