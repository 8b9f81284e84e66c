"""Numbers that rules name and dates give: with a value an ordinary test, without one nobody can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from planner import Plan, Planner, Project
from planner.conditions import Truth
from planner.inference.canary import inspect
from planner.inference.evaluator import evaluate_independently
from planner.output.html import render_html
from planner.output.table import render_table
from planner.output.why import render_questions, render_why
from planner.plan import Status

PlanOf = Callable[..., Plan]
PlannerOf = Callable[..., Planner]
BASIS = "依据: [{文件: 本法, 条款: 第二条}], 核验: 已核"
TEN = f"法定时限: [{{期限: 10 工作日, {BASIS}}}]\n"
BIG = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 参数 大项目规模}}, {BASIS}}}]\n" + TEN
NO_VALUE = "参数: [{代码: big, 名称: 大项目规模, 单位: ㎡, 用于: [a], 说明: 没有查到, 依据: [{文件: 本法, 条款: 第九条}]}]\n"
WITH_VALUE = f"参数: [{{代码: big, 名称: 大项目规模, 单位: ㎡, 值: 100, 用于: [a], {BASIS}}}]\n"
DAY = date(2026, 3, 2)


def test_a_value_makes_an_ordinary_test(plan_of: PlanOf) -> None:
    files = {"parameters": WITH_VALUE}
    needed = plan_of({"a": BIG}, files=files, size="100 ㎡")
    assert [i.status for i in needed.items] == [Status.REQUIRED]
    assert "≥ 100 ㎡（参数“大项目规模”）" in needed.item("a").because[0].text
    assert plan_of({"a": BIG}, files=files, size="99.9 ㎡").items == ()
    assert plan_of({"a": BIG}, files=files, size="0.01 公顷").items[0].status is Status.REQUIRED
    assert needed.parameters_missing == ()


@pytest.mark.parametrize(
    ("test", "size", "needed"),
    [
        ("'> 参数 big'", "100 ㎡", False),
        ("'> 参数 大项目规模'", "100.1 ㎡", True),
        ("≤ 参数 大项目规模", "100 ㎡", True),
        ("'< 参数“大项目规模”'", "100 ㎡", False),
        ("= 参数 大项目规模", "100 ㎡", True),
        ("非 ≥ 参数 大项目规模", "100 ㎡", False),
        ("'[50..参数 大项目规模) ㎡'", "99 ㎡", True),
        ("'[50..参数 大项目规模) ㎡'", "100 ㎡", False),
        ("'[参数 大项目规模..0.05 公顷]'", "100 ㎡", True),
    ],
)
def test_every_comparison_may_name_a_parameter(plan_of: PlanOf, test: str, size: str, needed: bool) -> None:
    body = f"适用: [{{名称: 大项目, 当: {{规模: {test}}}, {BASIS}}}]\n" + TEN
    assert bool(plan_of({"a": body}, files={"parameters": WITH_VALUE}, size=size).items) is needed


@pytest.mark.parametrize("size", ["1 ㎡", "100000 ㎡", None])
def test_without_a_value_nobody_can_say(plan_of: PlanOf, size: str | None) -> None:
    plan = plan_of({"a": BIG, "b": TEN}, files={"parameters": NO_VALUE}, **({"size": size} if size else {}))
    assert plan.item("a").status is Status.DEPENDS
    assert plan.item("a").depends_on == ()
    (missing,) = plan.parameters_missing
    assert (missing.code, missing.name, missing.unit, missing.note) == ("big", "大项目规模", "㎡", "没有查到")
    assert missing.items == ("a",)
    assert [law.article for law in missing.basis] == ["第九条"]


def test_the_project_is_not_asked_for_what_the_rulebook_lacks(plan_of: PlanOf) -> None:
    body = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 参数 大项目规模, 有风险: 是}}, {BASIS}}}]\n" + TEN
    plan = plan_of({"a": body}, files={"parameters": NO_VALUE})
    assert [one.code for one in plan.open_facts] == ["risky"]
    assert plan.item("a").depends_on == ("risky",)
    assert [one.code for one in plan.parameters_missing] == ["big"]
    settled = plan_of({"a": body}, files={"parameters": NO_VALUE}, risky=False)
    assert settled.items == ()
    assert settled.parameters_missing == ()


def test_a_parameter_said_to_be_used_is_missed_though_no_condition_names_it(plan_of: PlanOf) -> None:
    plan = plan_of({"a": TEN, "b": TEN}, files={"parameters": NO_VALUE})
    assert [(one.code, one.items) for one in plan.parameters_missing] == [("big", ("a",))]
    only_big = f"适用: [{{名称: 大项目, 当: {{规模: ≥ 9 ㎡}}, {BASIS}}}]\n" + TEN
    assert plan_of({"a": only_big, "b": TEN}, files={"parameters": NO_VALUE}, size="1 ㎡").parameters_missing == ()


def test_a_blocker_that_turns_on_it_is_named(plan_of: PlanOf) -> None:
    notice = "告知: [{代码: stop, 名称: 太大, 性质: 阻断, 当: {规模: ≥ 参数 大项目规模}, 内容: 不得建设}]\n"
    plan = plan_of({"b": TEN}, files={"parameters": NO_VALUE.replace("[a]", "[b]"), "notices": notice}, size="5 ㎡")
    assert [one.items for one in plan.parameters_missing] == [("stop", "b")]
    assert [(w.code, w.status) for w in plan.warnings if w.code == "stop"] == [("stop", Status.DEPENDS)]


def test_versions_by_date(plan_of: PlanOf) -> None:
    versions = (
        "参数:\n"
        f"  - {{代码: big, 名称: 大项目规模, 单位: ㎡, 值: 100, 用于: [a], 失效: 2026-03-02, {BASIS}}}\n"
        f"  - {{代码: big, 值: 0.02 公顷, 生效: 2026-03-02, 失效: 2026-06-01, {BASIS}}}\n"
    )
    files = {"parameters": versions}
    assert plan_of({"a": BIG}, files=files, as_of=DAY - timedelta(days=1), size="150 ㎡").items
    assert not plan_of({"a": BIG}, files=files, as_of=DAY, size="150 ㎡").items
    assert plan_of({"a": BIG}, files=files, as_of=DAY, size="200 ㎡").items
    after = plan_of({"a": BIG}, files=files, as_of=date(2026, 6, 1), size="200 ㎡")
    assert after.item("a").status is Status.DEPENDS
    assert [one.note for one in after.parameters_missing] == ["规则库没有收录它在这一天的规定"]


@pytest.fixture
def layered(planner_of: PlannerOf, tmp_path: Path) -> Callable[[str], Planner]:
    """The city above says something of the parameter too."""

    def make(city: str) -> Planner:
        planner_of({"a": BIG}, {}, parameters=NO_VALUE)
        folder = tmp_path / "rules" / "city"
        (folder / "parameters.yaml").write_text(city, encoding="utf-8")
        return Planner.from_files(folder)

    return make


def test_a_layer_above_gives_the_value_for_its_dates(layered: Callable[[str], Planner]) -> None:
    city = layered(f"参数: [{{代码: big, 值: 50, 生效: 2026-04-01, {BASIS}}}]\n")
    project = Project(name="试", facts={"size": "50 ㎡"})
    before, after = (city.plan(project, as_of=day) for day in (date(2026, 3, 31), date(2026, 4, 1)))
    assert (before.item("a").status, [p.code for p in before.parameters_missing]) == (Status.DEPENDS, ["big"])
    assert (after.item("a").status, after.parameters_missing) == (Status.REQUIRED, ())
    assert [w.text for w in before.warnings if w.code == "law_changes"]


def test_a_rule_is_no_surer_than_the_number_it_names(plan_of: PlanOf) -> None:
    sure = plan_of({"a": BIG}, files={"parameters": WITH_VALUE}, size="200 ㎡").item("a")
    unsure = plan_of({"a": BIG}, files={"parameters": WITH_VALUE.replace("已核", "待核")}, size="200 ㎡").item("a")
    assert (sure.because[0].verified, unsure.because[0].verified) == (True, False)
    given = WITH_VALUE.replace("第二条", "第七条")
    assert "第七条" in [law.article for law in plan_of({"a": BIG}, files={"parameters": given}, size="200 ㎡").item("a").basis]


def test_in_a_table_and_behind_a_derived_fact(plan_of: PlanOf, planner_of: PlannerOf) -> None:
    grades = (
        "代码: grade\n名称: 等级表\n得出: 等级\n命中: 唯一\n依据: [{文件: 本法}]\n行:\n"
        "  - {编号: 大, 当: {规模: ≥ 参数 大项目规模}, 结果: 高}\n  - {编号: 小, 当: {规模: < 参数 大项目规模}, 结果: 低}\n"
    )
    high = f"适用: [{{名称: 高等级, 当: {{等级: 高}}, {BASIS}}}]\n" + TEN
    files = {"parameters": NO_VALUE, "tables/grade": grades}
    plan = plan_of({"a": high}, files=files, size="5 ㎡")
    assert [(one.code, one.items) for one in plan.parameters_missing] == [("big", ("a",))]
    assert plan.open_facts == ()
    valued = plan_of({"a": high}, files={**files, "parameters": WITH_VALUE}, size="500 ㎡")
    assert valued.item("a").status is Status.REQUIRED


def test_both_evaluators_agree_and_the_engine_passes_its_trial(planner_of: PlannerOf) -> None:
    body = f"适用: [{{名称: 大, 当: {{任一: [{{规模: ≥ 参数 大项目规模}}, {{非: {{规模: < 参数 大项目规模}}}}, {{有风险: 是}}]}}, {BASIS}}}]\n"
    planner = planner_of({"a": body + TEN}, parameters=NO_VALUE)
    for facts in ({}, {"size": "5 ㎡"}, {"risky": True}, {"risky": False}):
        values = planner.read(Project(name="试", facts=facts)).values
        law, first = planner.conclude(values, DAY)
        second = evaluate_independently(law.compiled, values)
        assert (first.conditions, first.formulas, first.rules) == (second.conditions, second.formulas, second.rules)
        assert first.rules["a"] is (Truth.TRUE if facts.get("risky") else Truth.UNKNOWN)
    assert inspect(law.compiled, planner.engine(law)) == []


def test_the_explanation_says_what_is_lacking(planner_of: PlannerOf) -> None:
    planner = planner_of({"a": BIG}, parameters=NO_VALUE)
    why = planner.why(Project(name="试", facts={"size": "500 ㎡"}), "a", as_of=DAY)
    assert (why.answer, why.settle, why.lacking) == (Truth.UNKNOWN, (), ("大项目规模",))
    assert any("规则库缺少参数“大项目规模”的数值（没有查到）" in reason.text for reason in why.because)
    text = render_why(why)
    assert "规则库缺少参数，项目补充情况也定不下来：大项目规模" in text
    assert "知道以下事实就能判断" not in text


def test_no_change_of_facts_is_offered_that_rests_on_it(planner_of: PlannerOf) -> None:
    either = f"适用: [{{名称: 大, 当: {{任一: [{{规模: ≥ 参数 大项目规模}}, {{有风险: 是}}]}}, {BASIS}}}]\n" + TEN
    planner = planner_of({"a": either}, parameters=NO_VALUE)
    why = planner.why(Project(name="试", facts={"size": "500 ㎡", "risky": True}), "a", as_of=DAY)
    assert why.answer is Truth.TRUE
    assert why.flip is None


def test_every_face_shows_it_under_its_own_heading(planner_of: PlannerOf) -> None:
    planner = planner_of({"a": BIG}, parameters=NO_VALUE)
    plan = planner.plan(Project(name="试", facts={"size": "5 ㎡"}), as_of=DAY)
    table = render_table(plan, width=100)
    heading = table.index("规则库缺少参数\n")
    assert "? 大项目规模（㎡）：没有查到" in table[heading:]
    assert "规则库缺少参数： “大项目规模”" in table[:heading]
    page = render_html(plan, planner.calendar)
    assert '<h2 id="parameters-missing">规则库缺少参数</h2>' in page
    assert "大项目规模（㎡）" in page
    asked = render_questions(plan, planner.rulebook.vocabulary)
    assert asked.startswith("规则库缺少 1 个参数：\n- 大项目规模（㎡）：没有查到")
    assert "parameters_missing" in plan.model_dump(mode="json")
