"""Before the rulebook's first rule on an approval nobody can say whether it was needed: that is not "not required"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from planner import Plan
from planner.calendar import WorkCalendar
from planner.output.html import render_html
from planner.output.table import render_table

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
LATER = (
    f"适用:\n  - {{名称: 甲, 当: 一律, 生效: 2026-05-01, {BASIS}}}\n  - {{名称: 乙, 当: {{有风险: 是}}, 生效: 2026-04-01, {BASIS}}}\n"
) + TEN


def test_before_its_first_rule(plan_of: PlanOf) -> None:
    plan = plan_of({"a": LATER, "b": TEN}, as_of=date(2026, 3, 31))
    assert [(one.code, one.name, one.since) for one in plan.not_recorded] == [("a", "事项a", date(2026, 4, 1))]
    assert plan.not_required == ()
    assert [item.code for item in plan.items] == ["b"]


def test_once_one_of_its_rules_is_in_force_it_is_judged(plan_of: PlanOf) -> None:
    plan = plan_of({"a": LATER, "b": TEN}, as_of=date(2026, 4, 1), risky=False)
    assert plan.not_recorded == ()
    assert [one.code for one in plan.not_required] == ["a"]


def test_a_rule_that_has_ended_was_recorded(plan_of: PlanOf) -> None:
    ended = (
        f"适用:\n  - {{名称: 甲, 当: 一律, 失效: 2020-01-01, {BASIS}}}\n  - {{名称: 乙, 当: 一律, 生效: 2026-04-01, {BASIS}}}\n"
        + TEN
    )
    plan = plan_of({"a": ended}, as_of=date(2026, 3, 1))
    assert (plan.not_recorded, [one.code for one in plan.not_required]) == ((), ["a"])


def test_documents_keep_it_apart(plan_of: PlanOf, calendar: WorkCalendar) -> None:
    plan = plan_of({"a": LATER, "b": TEN}, as_of=date(2026, 3, 31))
    table = render_table(plan, width=100)
    assert table.index("规则库没有收录这一天的规定") < table.index("事项a：收录的规定从 2026-04-01 起")
    assert "不需要办理的事项" not in table
    page = render_html(plan, calendar)
    assert '<h2 id="not-recorded">规则库没有收录这一天的规定</h2>' in page
    assert "收录的规定从 2026-04-01 起" in page
