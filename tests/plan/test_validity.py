"""Until when a result holds, and whether the plan's own dates keep within it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from planner import Plan
from planner.output.html import render_html
from planner.output.table import render_table
from planner.plan import Certainty, Status

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
HOLD = f"卡住: [{{节点: 开工, {BASIS}}}]\n"


def lasting(text: str, reach: str = "开工", when: str = "一律") -> str:
    goal = f", 达到: {reach}" if reach else ""
    return f"有效期: [{{期限: 照印, 时长: {text}{goal}, 当: {when}, {BASIS}}}]\n"


@pytest.mark.parametrize(
    ("text", "lapses"),
    [("2 年", "2028-03-16"), ("6 个月", "2026-09-16"), ("30 日", "2026-04-15"), ("20 工作日", "2026-04-14")],
)
def test_it_is_counted_from_the_promised_decision(plan_of: PlanOf, text: str, lapses: str) -> None:
    (note,) = plan_of({"a": TEN + lasting(text)}).item("a").validity
    assert note.lapses is not None
    assert note.lapses.date == date.fromisoformat(lapses)
    assert note.lapses.certainty is Certainty.FIRM
    assert note.reach == "start_of_works"


def test_a_promise_makes_it_begin_earlier(plan_of: PlanOf) -> None:
    city = {"a": f"承诺时限: [{{期限: 5 工作日, {BASIS}}}]\n"}
    (note,) = plan_of({"a": TEN + lasting("1 年")}, city).item("a").validity
    assert note.lapses is not None
    assert note.lapses.date == date(2027, 3, 9)


def test_without_a_number_there_is_no_date(plan_of: PlanOf) -> None:
    (note,) = plan_of({"a": TEN + f"有效期: [{{期限: 长期, {BASIS}}}]\n"}).item("a").validity
    assert (note.term, note.lapses, note.reach) == ("长期", None, None)


def test_an_uncertain_decision_makes_an_uncertain_end(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN + lasting("1 年")}, as_of=date(2029, 1, 29))
    item = plan.item("a")
    (note,) = item.validity
    assert note.lapses is not None
    assert note.lapses.certainty is Certainty.PROVISIONAL
    decided = item.dates.decide_promised
    assert (note.lapses.earliest, note.lapses.latest) == (
        decided.earliest.replace(year=decided.earliest.year + 1),
        decided.latest.replace(year=decided.latest.year + 1),
    )
    assert note.lapses.earliest < note.lapses.latest


def late(plan: Plan) -> list[str]:
    return [w.text for w in plan.warnings if w.code == "lapses_before_use"]


def test_a_milestone_after_the_end_is_warned_of(plan_of: PlanOf) -> None:
    # b holds the start of works back until 2026-03-16; a is decided on 2026-03-03 and holds for so many days.
    one = f"法定时限: [{{期限: 1 工作日, {BASIS}}}]\n"
    short, long = (plan_of({"a": one + lasting(f"{n} 日"), "b": TEN + HOLD}) for n in (12, 13))
    assert late(short) == ["事项a：批复的有效期到 2026-03-15（照印），按本计划开工在 2026-03-16，晚于到期日"]
    (warning,) = (w for w in short.warnings if w.code == "lapses_before_use")
    assert [law.article for law in warning.basis] == ["第二条"]
    assert short.milestones.start_of_works.promised.date == date(2026, 3, 16)
    assert late(long) == []


@pytest.mark.parametrize(("reach", "warned"), [("竣工验收", True), ("投入使用", True), ("开工", False), ("", False)])
def test_each_milestone_by_its_own_date(plan_of: PlanOf, reach: str, warned: bool) -> None:
    plan = plan_of({"a": TEN + HOLD + lasting("30 日", reach)}, durations={"construction": "200 日"})
    assert bool(late(plan)) is warned


def test_what_may_come_too_late_is_warned_of_as_possible(plan_of: PlanOf) -> None:
    one = f"法定时限: [{{期限: 1 工作日, {BASIS}}}]\n"
    body = {"a": one + lasting("{n} 日"), "b": f"法定时限: [{{期限: 12 工作日, {BASIS}}}]\n" + HOLD}
    begin = date(2029, 1, 29)
    start = plan_of(body | {"a": one}, as_of=begin)
    works, decided = start.milestones.start_of_works.promised, start.item("a").dates.decide_promised
    assert works.latest > works.date
    days = (works.date - decided.date).days
    plan = plan_of({**body, "a": one + lasting(f"{days} 日")}, as_of=begin)
    assert [text[-7:] for text in late(plan)] == ["可能晚于到期日"]


def test_a_case_that_is_open_is_shown_as_open_and_asked_for(plan_of: PlanOf) -> None:
    body = {"a": TEN + lasting("30 日", when="{有风险: 是}")}
    (note,) = plan_of(body).item("a").validity
    assert note.status is Status.DEPENDS
    assert [one.code for one in plan_of(body).open_facts] == ["risky"]
    assert plan_of(body, risky=False).item("a").validity == ()
    assert plan_of(body, risky=True).item("a").validity[0].status is Status.REQUIRED


def test_documents_print_the_date(plan_of: PlanOf, calendar: object) -> None:
    plan = plan_of({"a": TEN + lasting("2 年"), "b": TEN + f"有效期: [{{期限: 长期, {BASIS}}}]\n"})
    assert "有效期： 到 2028-03-16，须在此前开工" in render_table(plan, width=100)
    page = render_html(plan, calendar)  # type: ignore[arg-type]
    assert "到 2028-03-16，须在此前开工" in page
    assert "until 2028-03-16; start of works by then" in render_html(plan, calendar, "en")  # type: ignore[arg-type]
