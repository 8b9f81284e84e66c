"""How to hand in, how often to come, and who looks after the project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from planner import Plan
from planner.calendar import WorkCalendar
from planner.output.html import render_html
from planner.output.table import render_table
from planner.plan import Channel

PlanOf = Callable[..., Plan]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
OFFICE = "部门: [{{职能: 办事, 机关: 某局, 核验: 已核{more}}}]\n"


def office(more: str) -> dict[str, str]:
    return {"departments": OFFICE.format(more=f", {more}" if more else "")}


def channel(plan: Plan) -> tuple[object, ...]:
    one = plan.item("a").channel
    return (one.counter, one.online, one.post, one.visits)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", (None, None, None, None)),
        ("网上申报: 是, 结果邮寄: 是", (None, True, True, 0)),
        ("网上申报: 是, 结果邮寄: 否", (None, True, False, 1)),
        ("网上申报: 否, 结果邮寄: 是", (None, False, True, 1)),
        ("网上申报: 否, 结果邮寄: 否", (None, False, False, 2)),
        ("网上申报: 是", (None, True, None, None)),
        ("结果邮寄: 否", (None, None, False, None)),
        ("网上申报: 是, 结果邮寄: 是, 到场次数: 1", (None, True, True, 1)),
        ("到场次数: 0", (None, None, None, 0)),
        ("窗口: 3 号", ("3 号", None, None, None)),
    ],
)
def test_visits_follow_from_how_it_is_handed_in(plan_of: PlanOf, more: str, expected: tuple[object, ...]) -> None:
    assert channel(plan_of({"a": TEN}, files=office(more))) == expected


def test_unknown_is_not_zero(plan_of: PlanOf) -> None:
    online = f"办理方式: {{网上申报: 是, 结果邮寄: 否, {BASIS}}}\n"
    totals = plan_of({"a": TEN, "b": TEN + online, "c": TEN + online}).totals
    assert (totals.visits, totals.visits_unknown) == (2, 1)


def test_the_approvals_own_way_goes_before_its_departments(plan_of: PlanOf) -> None:
    files = office("窗口: 3 号, 网上申报: 否, 结果邮寄: 否")
    own = f"办理方式: {{网上申报: 是, {BASIS}}}\n"
    assert channel(plan_of({"a": TEN + own}, files=files)) == ("3 号", True, False, 1)
    city = {"a": "办理方式: {结果邮寄: 是, 窗口: 9 号}\n"}
    assert channel(plan_of({"a": TEN + own}, city, files=files)) == ("9 号", True, True, 0)


def test_a_number_stated_farther_off_gives_way_to_what_is_said_nearer(plan_of: PlanOf) -> None:
    files = office("网上申报: 否, 结果邮寄: 否, 到场次数: 3")
    assert channel(plan_of({"a": TEN}, files=files))[-1] == 3
    assert channel(plan_of({"a": TEN + f"办理方式: {{网上申报: 是, {BASIS}}}\n"}, files=files))[-1] == 1
    assert channel(plan_of({"a": TEN + f"办理方式: {{到场次数: 2, {BASIS}}}\n"}, files=files))[-1] == 2


def test_it_rests_on_what_was_used_and_is_no_surer(plan_of: PlanOf) -> None:
    files = office("网上申报: 是, 依据: [{文件: 本法, 条款: 第五条}]")
    own = "办理方式: {结果邮寄: 是, 依据: [{文件: 本法, 条款: 第六条}], 核验: 已核}\n"
    found = plan_of({"a": TEN + own}, files=files).item("a").channel
    assert ([law.article for law in found.basis], found.verified) == (["第六条", "第五条"], True)
    unsure = plan_of({"a": TEN + own.replace("已核", "待核")}, files=files).item("a").channel
    assert unsure.verified is False
    all_own = "办理方式: {网上申报: 是, 结果邮寄: 是, 依据: [{文件: 本法, 条款: 第六条}], 核验: 已核}\n"
    assert [law.article for law in plan_of({"a": TEN + all_own}, files=files).item("a").channel.basis] == ["第六条"]


def test_a_way_that_a_document_opened_is_open_while_it_is_in_force(plan_of: PlanOf) -> None:
    files = office("网上申报: 是, 结果邮寄: 是, 依据: [{文件: 新法}]")
    day = date(2026, 8, 15)
    before = plan_of({"a": TEN}, files=files, as_of=day - timedelta(days=1))
    assert before.item("a").channel == Channel(counter=None, online=None, post=None, visits=None, verified=False, basis=())
    assert before.item("a").department == "某局"
    assert plan_of({"a": TEN}, files=files, as_of=day).item("a").channel.visits == 0


def test_a_department_changes_on_its_day(plan_of: PlanOf) -> None:
    text = "部门:\n  - {职能: 办事, 机关: 旧局, 失效: 2026-03-02}\n  - {职能: 办事, 机关: 新局, 网上申报: 是, 生效: 2026-03-02}\n"
    files = {"departments": text}
    old = plan_of({"a": TEN}, files=files, as_of=date(2026, 3, 1)).item("a")
    new = plan_of({"a": TEN}, files=files, as_of=date(2026, 3, 2)).item("a")
    assert (old.department, old.channel.online, new.department, new.channel.online) == ("旧局", None, "新局", True)


def test_the_office_that_handles_it_in_this_case_has_its_own_way(plan_of: PlanOf) -> None:
    text = "部门:\n  - {职能: 办事, 机关: 某局, 网上申报: 是}\n  - {职能: 上级, 机关: 某厅, 网上申报: 否}\n"
    other = f"改由: [{{职能: 上级, 当: {{规模: ≥ 100 ㎡}}, {BASIS}}}]\n"
    big, small = (plan_of({"a": TEN + other}, files={"departments": text}, size=f"{n} ㎡").item("a") for n in (100, 99))
    assert (big.department, big.channel.online, small.department, small.channel.online) == ("某厅", False, "某局", True)


VOCABULARY = """
事实:
  - 代码: class
    名称: 项目类别
    类型: 单选
    取值: [{代码: one, 名称: 甲类}, {代码: narrow, 名称: 甲一类, 上级: one}, {代码: two, 名称: 乙类}]
"""
TEAMS = f"专班: [{{代码: t, 名称: 甲组, 项目类别: [甲类], 科室: [一科, 二科], {BASIS}}}]\n"
FILES = {"vocabulary/class": VOCABULARY, "teams": TEAMS}


def test_a_team_by_the_projects_class(plan_of: PlanOf) -> None:
    team = plan_of({"a": TEN}, files=FILES, **{"class": "甲类"}).team
    assert team is not None
    assert (team.code, team.name, team.offices, team.verified) == ("t", "甲组", ("一科", "二科"), True)
    assert [law.article for law in team.basis] == ["第二条"]
    assert plan_of({"a": TEN}, files=FILES, **{"class": "甲一类"}).team is not None
    assert plan_of({"a": TEN}, files=FILES, **{"class": "乙类"}).team is None
    assert plan_of({"a": TEN}, files=FILES).team is None


def test_a_team_is_there_from_its_day(plan_of: PlanOf) -> None:
    files = {**FILES, "teams": TEAMS.replace("科室:", "生效: 2026-03-02, 科室:")}
    assert plan_of({"a": TEN}, files=files, as_of=date(2026, 3, 1), **{"class": "甲类"}).team is None
    assert plan_of({"a": TEN}, files=files, as_of=date(2026, 3, 2), **{"class": "甲类"}).team is not None


def test_documents_say_who_and_how(plan_of: PlanOf, calendar: WorkCalendar) -> None:
    files = {**FILES, **office("窗口: 3 号, 网上申报: 是, 结果邮寄: 否")}
    plan = plan_of({"a": TEN}, files=files, **{"class": "甲类"})
    table = render_table(plan, width=100)
    assert "工作专班：甲组（由一科、二科组成）" in table
    assert "怎样申报： 窗口：3 号、网上申报、到窗口领取结果、到场 1 次" in table
    assert "到场次数      1 次\n" in table
    page = render_html(plan, calendar)
    assert "甲组（由一科、二科组成）" in page
    assert "窗口：3 号、网上申报、到窗口领取结果、到场 1 次" in page
    unknown = plan_of({"a": TEN})
    assert "到场次数      不知道\n" in render_table(unknown, width=100)
    assert "怎样申报" not in render_table(unknown, width=100)
    assert "没有查到" in render_html(unknown, calendar)
