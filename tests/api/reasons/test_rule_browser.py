"""The rulebook as a browser of rules shows it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from planner import Diagnostic, Planner, load_project
from planner.rulebook.grammar import ALWAYS_TRUE, read_condition
from planner.rulebook.source import Positions
from planner.rulebook.unverified import unverified
from planner_api.approval_rules import approval_rules
from planner_api.live import in_use
from planner_api.rule_words import in_words
from planner_api.rulebook import departments_on, teams_on
from planner_api.service import Service
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker
from tests.output.small_rules import BASIS

RULES = """query($code: String!, $asOf: Date) { rulebook { approval(code: $code) { code name stage note rules(asOf: $asOf) {
  asOf begins office { function bureau verified } otherOffices { function bureau when } applies { name when verified basis { document article } }
  exceptions { name when } limits { text days unit minimumWait extension notCounted when effective until } promises { text days unit }
  gates { code name gate paper when } holds { gate milestone when } papers { name comesFrom issuer shared secondary later when }
  steps { code name by when } conditions routes { route name voluntary term replaces promises ownPapers consequences when }
  validity { term reach when } handling { counter online post visits } } } } }"""


@pytest.fixture
def browser(small: Service) -> Asker:
    return Asker(small)


def test_what_one_approval_s_rules_say(browser: Asker) -> None:
    found = browser.ask(RULES, {"code": "permit"})["rulebook"]["approval"]
    rules = found["rules"]
    assert (found["name"], found["stage"], rules["asOf"], rules["begins"]) == ("主许可", "施工许可", TODAY.isoformat(), None)
    assert rules["office"] == {"function": "办事", "bureau": "某局", "verified": True}
    assert rules["applies"] == [
        {
            "name": "都要",
            "when": "一律",
            "verified": True,
            "basis": [{"document": "中华人民共和国本法（2019年修正）", "article": "第二条"}],
        }
    ]
    (limit,) = rules["limits"]
    assert (limit["text"], limit["days"], limit["unit"], limit["minimumWait"]) == ("20 工作日", 20, "WORKING_DAYS", False)
    assert limit["extension"] == "10 工作日，最多 2 次"
    assert limit["notCounted"] == ["专家评审（最长 30 日）", "听证"]
    assert rules["gates"] == [{"code": "survey", "name": "勘测", "gate": "ACCEPT", "paper": "勘测批复", "when": "一律"}]
    assert rules["holds"] == [{"gate": "START", "milestone": "开工", "when": "一律"}]
    assert [(paper["name"], paper["comesFrom"], paper["later"]) for paper in rules["papers"]] == [
        ("勘测批复", "survey", None),
        ("图纸", None, "一律，5 工作日内补齐"),
    ]
    (route,) = rules["routes"]
    assert (route["route"], route["name"], route["voluntary"], route["when"]) == ("COMMITMENT", "免勘测承诺", True, "有风险：否")
    assert (route["replaces"], route["ownPapers"], route["consequences"]) == (["勘测批复"], ["告知承诺书"], ["撤销许可"])


def test_a_minimum_wait_and_an_empty_condition(browser: Asker) -> None:
    rules = browser.ask(RULES, {"code": "notice"})["rulebook"]["approval"]["rules"]
    assert [(one["text"], one["minimumWait"]) for one in rules["limits"]] == [("15 日", True)]
    assert (
        browser.ask(RULES, {"code": "quake"})["rulebook"]["approval"]["rules"]["applies"][0]["when"] == "非（已完成区域评估：地震）"
    )


def test_there_is_no_such_approval(browser: Asker) -> None:
    assert browser.ask(RULES, {"code": "nothing"})["rulebook"]["approval"] is None


def test_the_rules_are_those_of_the_day(small: Service, rules: Path) -> None:
    base = rules.parent / "base" / "approvals"
    survey = (base / "survey.yaml").read_text(encoding="utf-8")
    versions = f"法定时限: [{{期限: 10 工作日, 失效: 2027-01-01, {BASIS}}}, {{期限: 8 工作日, 生效: 2027-01-01, {BASIS}}}]"
    (base / "survey.yaml").write_text(survey.replace(f"法定时限: [{{期限: 10 工作日, {BASIS}}}]", versions), encoding="utf-8")
    (base / "quake.yaml").write_text(
        (base / "quake.yaml").read_text(encoding="utf-8").replace("当:", "生效: 2028-01-01, 当:"), encoding="utf-8"
    )
    small.live.swap(in_use(Planner.from_files(rules)))
    browser = Asker(small)
    for day, days, bound in (("2026-12-31", 10, "until"), ("2027-01-01", 8, "effective")):
        (limit,) = browser.ask(RULES, {"code": "survey", "asOf": day})["rulebook"]["approval"]["rules"]["limits"]
        assert (limit["days"], limit[bound]) == (days, "2027-01-01")
    for day, begins in (("2027-12-31", "2028-01-01"), ("2028-01-01", None)):
        assert browser.ask(RULES, {"code": "quake", "asOf": day})["rulebook"]["approval"]["rules"]["begins"] == begins


def test_every_approval_of_the_shipped_rulebook_can_be_shown_on_every_day_of_change(anshan: Planner) -> None:
    book = anshan.rulebook
    days = [date(2020, 1, 1), TODAY, *book.changes[-2:]]
    for day in days:
        law = {one.model.code: one for one in book.at(day).approvals}
        for code in book.approvals:
            rules, found = approval_rules(book, code, day), law[code]
            assert len(rules.applies) == len(found.applies)
            assert len(rules.limits) == len(found.limits)
            assert rules.begins == found.since
            texts = [*rules.applies, *rules.exceptions, *rules.limits, *rules.papers, *rules.gates, *rules.routes]
            assert all(one.when for one in texts)
            assert rules.office.bureau == (found.department.item.bureau if found.department else None)


@pytest.mark.parametrize("folder", ["示例市", "示例县"])
def test_gates_are_as_the_layers_leave_them(root: Path, folder: str) -> None:
    """Where a city softens a gate, or chooses between two readings, plans hold as it does; so does what is shown."""
    planner = Planner.from_files(root / "features" / "示例规则库" / folder)
    book = planner.rulebook
    adjusted = [one for one in book.at(TODAY).approvals if one.softer or one.chosen]
    assert adjusted
    plan = planner.plan(load_project(root / "examples" / "hospital-600-beds.yaml")[0], as_of=TODAY)
    items = {item.code: item for item in plan.items}
    compared = 0
    for one in adjusted:
        shown = {gate.code: gate.gate for gate in approval_rules(book, one.model.code, TODAY).gates}
        for gate in items[one.model.code].gates if one.model.code in items else ():
            if gate.gate in ("ACCEPT", "DECIDE"):
                assert shown[gate.code] == gate.gate
                compared += 1
    assert compared


# -- conditions in words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("一律", "一律"),
        ({"land_area": "≥ 5 公顷"}, "用地面积 ≥ 5 公顷"),
        ({"land_area": "[1..5) 公顷"}, "用地面积 [1..5) 公顷"),
        ({"new_land": "是", "land_area": "> 0 公顷"}, "新增建设用地：是，且 用地面积 > 0 公顷"),
        ({"任一": [{"new_land": "是"}, {"land_area": "> 1 公顷"}]}, "新增建设用地：是，或 用地面积 > 1 公顷"),
        (
            {"new_land": "否", "任一": [{"land_area": "< 1 公顷"}, {"land_area": "> 5 公顷"}]},
            "新增建设用地：否，且 （用地面积 < 1 公顷，或 用地面积 > 5 公顷）",
        ),
        ({"非": {"任一": [{"land_area": "< 1 公顷"}, {"new_land": "是"}]}}, "非（用地面积 < 1 公顷，或 新增建设用地：是）"),
    ],
)
def test_a_condition_in_words(anshan: Planner, written: object, said: str) -> None:
    vocabulary = anshan.rulebook.vocabulary
    problems: list[Diagnostic] = []
    expression = read_condition(written, (), Positions("", {}, {}), vocabulary, problems)
    assert problems == []
    assert in_words(expression, vocabulary, {}, TODAY) == said


def test_no_condition_is_always(anshan: Planner) -> None:
    assert in_words(ALWAYS_TRUE, anshan.rulebook.vocabulary, {}, TODAY) == "一律"


def test_a_parameter_is_named_with_its_value_of_the_day(anshan: Planner) -> None:
    book = anshan.rulebook
    shown = [when for code in book.approvals for rule in approval_rules(book, code, TODAY).applies if "参数" in (when := rule.when)]
    assert shown
    assert all("（" in when.partition("参数")[2] for when in shown)


# -- the rest --------------------------------------------------------------------------------------------------------------


def test_departments_teams_laws_and_what_is_not_checked(services: object, service: Service, anshan: Planner) -> None:
    found = Asker(service).ask(
        """{ rulebook { since stages departments { name functions verified } teams { code name classes { code value name } offices }
        laws { name title number effective until replacedBy verified note } unverified { grade harm count overdue } refused { at } } }"""
    )["rulebook"]
    book = anshan.rulebook
    functions = {function for one in found["departments"] for function in one["functions"]}
    assert functions == {f for f, versions in book.departments.items() if any(v.bureau for v in versions)}
    assert [one["name"] for one in found["departments"]] == sorted({one["name"] for one in found["departments"]})
    assert {one["code"] for one in found["teams"]} == {team.code for team in book.at(TODAY).teams} != set()
    assert all(one["classes"] for one in found["teams"])
    assert [one["name"] for one in found["laws"]] == list(book.laws)
    assert sum(one["count"] for one in found["unverified"]) == len(unverified(book, TODAY)) > 0
    assert all(one["overdue"] <= one["count"] for one in found["unverified"])
    assert found["refused"] is None
    assert found["since"]
    assert found["stages"][0] == "前期策划"


def test_a_bureau_is_there_on_its_days_only(small: Service, rules: Path) -> None:
    departments = rules.parent / "base" / "departments.yaml"
    departments.write_text(
        "部门:\n- {职能: 办事, 机关: 旧局, 失效: 2026-06-01, 核验: 已核}\n- {职能: 办事, 机关: 新局, 生效: 2026-06-01, 核验: 待核}\n",
        encoding="utf-8",
    )
    book = Planner.from_files(rules).rulebook
    assert [(one.name, one.verified) for one in departments_on(book, date(2026, 5, 31))] == [("旧局", True)]
    assert [(one.name, one.verified) for one in departments_on(book, date(2026, 6, 1))] == [("新局", False)]
    assert teams_on(book, TODAY) == []
