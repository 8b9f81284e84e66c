"""`planner compare`: two files or one project under two conditions; every problem of both sides at once."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Planner
from planner.cli.main import main
from planner.compare.comparison import PlanComparison
from planner.compare.plans import compare
from planner.output.comparison import render_comparison_html, render_comparison_table
from planner.output.typeset import text_units
from planner.project import load_project
from tests.compare.random_books import Approval, write_rulebook

pytestmark = pytest.mark.usefixtures("checked_rules")
DAY = date(2026, 11, 24)


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture
def factory(root: Path) -> Path:
    return root / "examples" / "standard-factory.yaml"


@pytest.fixture
def plan_file(tmp_path: Path, factory: Path) -> Path:
    path = tmp_path / "计划.json"
    assert run("plan", factory, "--as-of", "2026-11-24", "--format", "json", "-o", path) == 0
    return path


def test_one_project_from_two_starts(factory: Path, capsys: pytest.CaptureFixture[str], anshan: Planner) -> None:
    arguments = ("compare", factory, "--as-of", "2026-11-24", "--right-start", "2027-03-01", "--format", "json")
    assert run(*arguments) == 0
    shown = capsys.readouterr()
    found = PlanComparison.model_validate_json(shown.out)
    facts = anshan.read(load_project(factory)[0])
    left = anshan.plan(facts, as_of=DAY)
    right = anshan.plan(facts, as_of=DAY, start=date(2027, 3, 1))
    names = {code: fact.name for code, fact in anshan.rulebook.vocabulary.facts.items()}
    assert found == compare(left, right, anshan.calendar, names)
    assert {one.cause.kind for one in found.moved} == {"start"}


def test_a_plan_file_and_its_project_are_the_same(plan_file: Path, factory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", plan_file, factory, "--as-of", "2026-11-24") == 0
    shown = capsys.readouterr()
    assert "两份计划相同" in shown.out
    assert shown.err == ""


def test_each_side_is_planned_as_asked(factory: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = root / "examples" / "housing-estate.yaml"
    right = (
        "--right-as-of",
        "2026-12-01",
        "--right-start",
        "2026-12-07",
        "--right-target",
        "开工=2027-06-01",
        "--right-routes",
        "fastest",
    )
    assert run("compare", factory, other, "--as-of", "2026-11-24", *right, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["left"]["as_of"], found["left"]["start"], found["left"]["target"]) == ("2026-11-24", "2026-11-24", None)
    assert (found["right"]["as_of"], found["right"]["start"], found["right"]["routes"]) == ("2026-12-01", "2026-12-07", "fastest")
    assert found["right"]["target"]["date"] == "2027-06-01"
    assert found["left"]["name"] != found["right"]["name"]


def test_another_rulebook_on_the_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    permit = Approval("permit", "20 工作日", None, None, (), ("开工",), None)
    old = write_rulebook(tmp_path / "old", (permit,))
    new = write_rulebook(tmp_path / "new", (replace(permit, limit="12 工作日"),))
    project = tmp_path / "甲.yaml"
    project.write_text("名称: 甲\n", "utf-8")
    rules = ("--rules", old, "--right-rules", new, "--allow-unchecked")
    assert run("compare", project, "--as-of", "2026-11-24", *rules, "--format", "json") == 0
    found = PlanComparison.model_validate_json(capsys.readouterr().out)
    assert {(one.which, one.working_days) for one in found.moved} == {("decide_promised", -8), ("decide_statutory", -8)}
    assert {(one.cause.kind, one.cause.code, one.cause.field) for one in found.moved} == {("limit", "permit", "statutory")}
    assert "rulebook" in {one.setting for one in found.settings}


def test_problems_of_both_sides_come_together(tmp_path: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = json.loads(plan_file.read_text("utf-8"))
    broken["items"][0]["dates"]["accept"]["date"] = "明天"
    del broken["totals"]["steps"]
    bad_plan = tmp_path / "坏计划.json"
    bad_plan.write_text(json.dumps(broken, ensure_ascii=False), "utf-8")
    bad_project = tmp_path / "坏项目.yaml"
    bad_project.write_text("名称: 试\n用地面积: 5 公里\n占地: 3\n", "utf-8")
    assert run("compare", bad_plan, bad_project) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    for words in ("坏计划.json", "items[0].dates.accept.date", "totals.steps", "坏项目.yaml:2", "坏项目.yaml:3"):
        assert words in shown.err


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"a": 1}', "3", '{"provenance": 1, "critical_path": 2}', '{"provenance": {}, "critical_path": [']
)
def test_json_that_is_neither_is_said_to_be(tmp_path: Path, factory: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "什么.json"
    path.write_text(text, "utf-8")
    assert run("compare", path, factory) == 2
    shown = capsys.readouterr().err
    assert str(path) in shown
    assert len(re.findall("错误 [A-Z]", shown)) == 1
    assert re.search("F008|P603|F007", shown)


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", tmp_path / "没有.json", tmp_path / "没有.yaml") == 2
    shown = capsys.readouterr().err
    assert shown.count("F001") == 2


def test_what_cannot_be_asked_is_refused(factory: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        ((factory,), "左右没有不同"),
        ((factory, "--as-of", "2026-11-24"), "左右没有不同"),
        ((plan_file,), "不能换条件重排"),
        ((plan_file, "--right-start", "2027-01-04"), "不能换条件重排"),
        ((plan_file, plan_file, "--start", "2027-01-04"), "--start"),
        ((factory, plan_file, "--right-routes", "fastest"), "--right-routes"),
        ((factory, factory, "--format", "pdf"), "pdf"),
        ((factory, factory, "--routes", "最短"), "最短"),
        ((factory, factory, "--right-start", "昨天"), "昨天"),
    ):
        assert run("compare", *arguments) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert words in shown.err
        assert "Traceback" not in shown.err


def test_a_plan_that_contradicts_itself_is_refused_at_its_file(
    tmp_path: Path, plan_file: Path, factory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = json.loads(plan_file.read_text("utf-8"))
    plan["items"].append(plan["items"][0])
    path = tmp_path / "两次.json"
    path.write_text(json.dumps(plan), "utf-8")
    assert run("compare", path, factory) == 2
    shown = capsys.readouterr().err
    assert "两次.json" in shown
    assert "两个事项代码相同" in shown


def _damaged(plan: Any) -> list[Any]:
    """The plan with dates, gates and limits that no program would have written."""
    found = []
    for change in ("far", "gates", "drivers", "limits", "none"):
        one = json.loads(json.dumps(plan))
        for item in one["items"]:
            if change == "far":
                item["dates"]["accept"]["date"] = "9999-12-31"
            elif change == "gates":
                item["gates"] = [{**gate, "code": item["code"], "gate": "ACCEPT"} for gate in item["gates"]]
            elif change == "drivers":
                item["dates"]["accept_after"] = item["dates"]["decide_after"] = item["code"]
            elif change == "limits":
                item["statutory"] = item["promised"] = None
        if change == "none":
            one["items"] = []
        found.append(one)
    one = json.loads(json.dumps(plan))
    one["project"]["durations"]["construction"] = "很久"
    return [*found, one]


def test_a_damaged_plan_never_ends_in_a_traceback(
    tmp_path: Path, plan_file: Path, factory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "改过.json"
    for plan in _damaged(json.loads(plan_file.read_text("utf-8"))):
        path.write_text(json.dumps(plan), "utf-8")
        code = run("compare", path, factory, "--as-of", "2026-11-24", "--start", "2027-01-04", "--format", "json")
        shown = capsys.readouterr()
        assert code in (0, 2)
        assert (code == 2) == bool("错误" in shown.err)


# -- what is written ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(anshan: Planner, root: Path) -> PlanComparison:
    project, _ = load_project(root / "examples" / "standard-factory.yaml")
    facts = {**project.facts, "水土流失易发区": "是", "年综合能耗": "20000 吨标准煤"}
    other = project.model_copy(update={"facts": facts, "durations": {"construction": "200 日"}})
    left = anshan.plan(project, as_of=DAY)
    right = anshan.plan(other, as_of=DAY, start=date(2026, 12, 1), target=("use", date(2027, 3, 1)))
    return compare(left, right, anshan.calendar)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [64, 90, 160])
def test_no_line_is_too_wide_and_nothing_is_left_out(found: PlanComparison, lang: str, width: int) -> None:
    text = render_comparison_table(found, lang, width)
    assert max(map(text_units, text.split("\n"))) <= width
    joined = "".join(text.split())
    for one in found.moved:
        for day in (one.left, one.right):
            assert day is None or day.date.isoformat() in joined
    for cause in found.causes:
        assert "".join(cause.text.split()) in joined
    for item in (*found.only_left, *found.only_right):
        assert item.name in joined
    assert "\x1b" not in text


def test_a_row_of_figures_has_both_plans_numbers(found: PlanComparison) -> None:
    lines = render_comparison_table(found, "zh", 120).split("\n")
    for label, figure in (("审批事项", "approvals"), ("办理部门", "departments"), ("　要提交", "materials_to_submit")):
        (one,) = [f for f in found.figures if f.figure == figure]
        (line,) = [text for text in lines if text.startswith(label)]
        assert line.split()[1:3] == [str(one.left), str(one.right)]


def test_the_page_stands_alone_and_escapes(found: PlanComparison) -> None:
    named = found.model_copy(update={"left": found.left.model_copy(update={"name": "<script>alert(1)</script>"})})
    page = render_comparison_html(named, sources=("a<b", "c"))
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "a&lt;b" in page
    assert not re.search(r"(src|href)=", page)
    for cause in found.causes:
        assert cause.text in page


def test_control_characters_do_not_reach_the_terminal(found: PlanComparison) -> None:
    named = found.model_copy(update={"left": found.left.model_copy(update={"name": "甲\x1b[2J\u202e乙"})})
    text = render_comparison_table(named, "zh", 100, sources=("x\x1b]0;y", ""))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_html_by_the_files_name(tmp_path: Path, factory: Path) -> None:
    out = tmp_path / "对比.html"
    assert run("compare", factory, "--as-of", "2026-11-24", "--right-start", "2027-01-04", "-o", out) == 0
    assert "计划起始日" in out.read_text("utf-8")


# -- the manual --------------------------------------------------------------------------------------------------------


def test_the_examples_of_the_manual_say_what_it_says(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (root / "docs" / "比较.md").read_text("utf-8")
    examples = re.findall(r"^```console\n(.*?)^```\n\n```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(examples) == 3
    (tmp_path / "examples").symlink_to(root / "examples")
    monkeypatch.chdir(tmp_path)
    for commands, expected in examples:
        for line in commands.splitlines():
            if line.startswith("planner "):
                assert run(*shlex.split(line)[1:]) == 0
            else:
                subprocess.run(["sh", "-c", line], check=True)
        said = capsys.readouterr().out
        for line in expected.splitlines():
            assert line in said, line
