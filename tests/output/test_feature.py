"""A plan as a feature file: every line is one step, all of it holds of the plan it was made from, and a change is told at its line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import planner.features.steps as steps
from planner import Plan, Planner, Project, load_project
from planner.cli.main import main
from planner.diagnostics import DiagnosticError
from planner.output.feature import render_feature
from planner.plan import RoutePolicy

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
DAYS = (date(2026, 11, 24), date(2026, 8, 14), date(2021, 3, 1), date(2027, 6, 1))
STEPS = [re.fullmatch(r"pytestbdd_stepdef_(given|when|then)_(.+)", name, re.DOTALL) for name in vars(steps)]
PATTERNS = [(one[1], re.compile(one[2])) for one in STEPS if one]
KINDS = {"假如": "given", "当": "when", "那么": "then"}


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """`planner test` in a process of its own."""
    command = [sys.executable, "-m", "planner.cli", "test", "--format", "json", *arguments]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}", "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=600)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def failing_lines(found: dict[str, Any], text: str) -> list[str]:
    """The lines of the feature at which its scenarios failed."""
    numbers = [int(re.search(r"\.feature 第 (\d+) 行", one["message"])[1]) for one in found["failures"]]  # type: ignore[index]
    return [text.splitlines()[number - 1].strip() for number in numbers]


def every_line_is_one_step(text: str) -> None:
    kind = ""
    for line in text.splitlines():
        said = re.fullmatch(r"\s+(假如|当|那么|并且)\s+(.+)", line)
        if said:
            kind = KINDS.get(said[1], kind)
            matching = [one.pattern for of, one in PATTERNS if of == kind and one.fullmatch(said[2])]
            assert len(matching) == 1, (line, matching)
        else:
            assert re.match(r"#|功能: |  背景:|  场景: |      \|", line) or not line, line


def asked(number: int) -> dict[str, Any]:
    """Another day, start, target and route policy for each example."""
    as_of = DAYS[number % len(DAYS)]
    targets = [None, ("start_of_works", as_of + timedelta(days=120)), ("use", as_of + timedelta(days=2))]
    return {
        "as_of": as_of,
        "start": as_of + timedelta(days=7) if number % 2 else None,
        "target": targets[number % len(targets)],
        "routes": list(RoutePolicy)[number % 3],
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_line_of_every_example_is_one_step(anshan: Planner, path: Path) -> None:
    project, positions = load_project(path)
    facts = anshan.read(project, positions)
    for number in range(4):
        every_line_is_one_step(render_feature(anshan.plan(facts, **asked(number)), anshan.rulebook))


def test_every_example_holds_of_its_own_plan(anshan: Planner, tmp_path: Path) -> None:
    expected = 0
    for number, path in enumerate(EXAMPLES):
        project, positions = load_project(path)
        plan = anshan.plan(anshan.read(project, positions), **asked(number))
        text = render_feature(plan, anshan.rulebook)
        assert f"  场景: {plan.items[0].stage}：日期\n" in text
        assert all(f'"{item.name}"' in text for item in plan.items)
        expected += text.count("\n  场景: ")
        (tmp_path / f"{path.stem}.feature").write_text(text, "utf-8")
    found = run(ROOT, str(tmp_path))
    assert found["failures"] == []
    assert found["passed"] == expected > 100


# -- a change is told at its line ------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tests" / "rulebook" / "good", tmp_path / "rules")
    return tmp_path


def written(office: Path, **asked_for: Any) -> tuple[Plan, str]:
    """The plan of a small project, and its feature, which is left in the office's folder."""
    project = Project(
        name="试验路",
        facts={
            "工程类型": "住宅",
            "占地面积": "10.01 亩",
            "水土易发区": True,
            "敏感区": ["一类", "基本农田"],
            "备案日期": "2026-01-05",
            "行业": "C3089",
        },
        durations={"施工": "100 日"},
    )
    planner = Planner.from_files(office / "rules/city")
    plan = planner.plan(project, **{"as_of": date(2026, 11, 24), **asked_for})
    text = render_feature(plan, planner.rulebook)
    (office / "计划.feature").write_text(text, "utf-8")
    return plan, text


@pytest.mark.parametrize("number", range(6))
def test_a_city_of_its_own(office: Path, number: int) -> None:
    """Lanes, joint handling, clocks and routes are in this rulebook."""
    plan, text = written(office, **asked(number))
    every_line_is_one_step(text)
    assert "| 占地面积 | 10.01 亩 |" in text  # no decimal of 公顷 is exact
    assert plan.joint
    assert plan.lanes
    assert text.count("路线选用") == (plan.routes is not RoutePolicy.STANDARD)
    found = run(office, "--rules", "rules/city", "计划.feature")
    assert found["failures"] == []
    assert found["passed"] == text.count("\n  场景: ")


def test_a_changed_fact_fails_where_it_matters(office: Path) -> None:
    _, text = written(office)
    changed = text.replace("| 工程类型 | 住宅 |", "| 工程类型 | 道路 |")
    assert changed != text
    (office / "计划.feature").write_text(changed, "utf-8")
    found = run(office, "--rules", "rules/city", "计划.feature")
    lines = failing_lines(found, changed)
    assert "那么 计划正好包括以下事项:" in lines
    first = next(one["message"] for one in found["failures"] if one["scenario"] == "办哪些事项")
    assert "多出：绿地审批" in first


def test_a_changed_limit_fails_at_its_line(office: Path) -> None:
    plan, text = written(office)
    rule = office / "rules/national/approvals/build_permit.yaml"
    item = plan.item("build_permit")
    before = rule.read_text("utf-8")
    assert before.count("期限: 7 日") == 1
    rule.write_text(before.replace("期限: 7 日", "期限: 9 日"), "utf-8")
    lines = failing_lines(run(office, "--rules", "rules/city", "计划.feature"), text)
    assert f'并且 "{item.name}"的法定时限为 7 日' in lines
    assert not any("由" in line and "办理" in line for line in lines)


def test_a_changed_holiday_fails_at_the_dates(office: Path) -> None:
    plan, text = written(office, as_of=date(2026, 9, 28))
    item = plan.item("build_permit")
    shifted = text.replace(f'"{item.name}"最迟于{item.dates.decide_promised.date}办结', f'"{item.name}"最迟于2026-01-01办结')
    assert shifted != text
    (office / "计划.feature").write_text(shifted, "utf-8")
    lines = failing_lines(run(office, "--rules", "rules/city", "计划.feature"), shifted)
    assert lines == [f'并且 "{item.name}"最迟于2026-01-01办结']


# -- how things are written ------------------------------------------------------------------------------------------------


def test_names_and_texts_that_steps_cannot_quote(office: Path) -> None:
    def edit(file: str, *changes: tuple[str, str]) -> None:
        path = office / "rules" / file
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text, (file, old)
            text = text.replace(old, new)
        path.write_text(text, "utf-8")

    edit(
        "city/approvals/tree_permit.yaml",
        ("名称: 绿地审批", "名称: 绿地“占、伐”审批"),
        ("结果: 绿地批复", "结果: 绿地“三同时”批复"),
    )
    edit("national/vocabulary.yaml", ("名称: 一类", "名称: '甲、乙|类'"), ("名称: 二类", r"名称: '丙\|类'"))
    edit("national/vocabulary.yaml", ("名称: 水土易发区", "名称: 水土、易发 区\n    别名: [水土易发区]"))
    planner = Planner.from_files(office / "rules/city")
    project = Project(
        name='“引号”"与"\n换行 | 竖线 <尖>',
        content="两行\n# language: en",
        facts={"工程类型": "道路", "敏感区": ["甲、乙|类", "丙\\|类", "基本农田"], "水土、易发 区": "不适用"},
    )
    plan = planner.plan(project, as_of=date(2026, 11, 24))
    text = render_feature(plan, planner.rulebook)
    every_line_is_one_step(text)
    assert "| 敏感区 | one、丙\\\\\\|类、基本农田 |" in text
    assert '"tree_permit"' in text
    assert '"tree_permit"办结后取得"三同时"' in text
    (office / "计划.feature").write_text(text, "utf-8")
    found = run(office, "--rules", "rules/city", "计划.feature")
    assert found["failures"] == []
    assert found["passed"] == text.count("\n  场景: ")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("33.35 亩", "33.35 亩"),
        ("1 亩", "1 亩"),
        ("5000 ㎡", "0.5 公顷"),
        ("0.00000000000000000000000000001 ㎡", "0.00000000000000000000000000001 ㎡"),
        (Decimal("0.1"), "0.1 公顷"),
        (0, "0 公顷"),
    ],
)
def test_numbers_are_written_so_that_they_are_read_back_exactly(anshan: Planner, value: Any, written: str) -> None:
    plan = anshan.plan(Project(name="试", facts={"扰动面积": value}), as_of=date(2026, 11, 24))
    text = render_feature(plan, anshan.rulebook)
    assert f"| 扰动面积 | {written} |" in text
    again = anshan.read(Project(name="试", facts={"扰动面积": written}))
    assert again.values == anshan.read(Project(name="试", facts={"扰动面积": value})).values


def test_a_number_that_nobody_could_write_is_refused(anshan: Planner) -> None:
    plan = anshan.plan(Project(name="试", facts={"扰动面积": Fraction(1, 7)}), as_of=date(2026, 11, 24))
    with pytest.raises(DiagnosticError, match="1/7 公顷 写不成小数"):
        render_feature(plan, anshan.rulebook)


def test_a_project_without_facts(anshan: Planner) -> None:
    text = render_feature(anshan.plan(Project(name="空"), as_of=date(2026, 11, 24)), anshan.rulebook)
    every_line_is_one_step(text)
    assert '    假如 项目"空"\n' in text


def test_what_is_said_of_the_check_is_left_out(anshan: Planner, plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("sewage-works")
    marked = plan.model_copy(
        update={"warnings": (plan.warnings[0].model_copy(update={"code": "unchecked_rules", "text": "没有检查"}), *plan.warnings)}
    )
    assert render_feature(marked, anshan.rulebook) == render_feature(plan, anshan.rulebook)


def test_the_command_writes_it(checked_rules: None, anshan: Planner, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    out = tmp_path / "计划.feature"
    arguments = [
        "plan",
        str(ROOT / "examples" / "housing-estate.yaml"),
        "--as-of",
        "2026-09-07",
        "--format",
        "feature",
        "-o",
        str(out),
    ]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert out.read_text("utf-8") == render_feature(plan_of("housing-estate"), anshan.rulebook)
