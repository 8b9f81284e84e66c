"""The gate: a rulebook whose check failed is not used; a verdict is remembered until something changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import DiagnosticError, Planner, Project
from planner.checks import standing as module
from planner.checks.standing import ANNOUNCED, Standing, cache_folder, remembered, ships_with_the_program, standing_of
from planner.diagnostics import Diagnostic
from planner.rulebook.load import load_rulebook

SAMPLE = Path(__file__).parent / "sample"
TODAY = date(2026, 11, 24)
BROKEN = ("national/tables/simple.yaml", '{层数: "> 3"}', '{层数: "≥ 3"}')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    shutil.copytree(SAMPLE, tmp_path / "rules")
    return tmp_path / "rules"


def edit(folder: Path, file: str, find: str, put: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert find in text
    path.write_text(text.replace(find, put), encoding="utf-8")


def load(folder: Path, **options: Any) -> tuple[Planner, list[str]]:
    told: list[str] = []
    return Planner.load(folder / "city", today=TODAY, announce=told.append, **options), told


def test_a_check_runs_once_and_again_after_any_change(folder: Path) -> None:
    assert load(folder)[1] == [ANNOUNCED]
    assert load(folder)[1] == []
    edit(folder, "city/approvals/permit.yaml", "期限: 5 工作日", "期限: 4 工作日")
    assert load(folder)[1] == [ANNOUNCED]
    assert load(folder)[1] == []
    edit(folder, "city/approvals/permit.yaml", "期限: 4 工作日", "期限: 5 工作日")
    assert load(folder)[1] == []  # as it was before: that verdict still holds


def test_another_program_checks_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(folder)
    monkeypatch.setattr(module, "program_digest", lambda: "another")
    assert load(folder)[1] == [ANNOUNCED]


def test_a_failed_rulebook_is_refused_each_time_with_everything_that_failed(folder: Path) -> None:
    edit(folder, *BROKEN)
    for told in ([ANNOUNCED], []):
        said: list[str] = []
        with pytest.raises(DiagnosticError) as caught:
            Planner.load(folder / "city", today=TODAY, announce=said.append)
        assert said == told
        assert [d.code for d in caught.value.diagnostics] == ["K803", "K815"]
        assert "--allow-unchecked" in caught.value.diagnostics[0].help
        assert "低层" in caught.value.diagnostics[1].message
        assert caught.value.diagnostics[1].line == 8


def test_allowed_all_the_same_every_plan_says_so(folder: Path) -> None:
    edit(folder, *BROKEN)
    planner, told = load(folder, allow_unchecked=True)
    assert told == []
    plan = planner.plan(Project(name="甲", storeys=5), as_of=TODAY)
    assert plan.warnings[0].code == "unchecked_rules"
    assert "还没有检查过" in plan.warnings[0].text
    with pytest.raises(DiagnosticError):
        load(folder)
    again, _ = load(folder, allow_unchecked=True)
    assert "没有通过检查" in again.plan(Project(name="甲"), as_of=TODAY).warnings[0].text


def test_a_rulebook_that_passed_carries_no_warning(folder: Path) -> None:
    load(folder)
    for planner in (load(folder)[0], load(folder, allow_unchecked=True)[0], Planner.from_files(folder / "city")):
        codes = [w.code for w in planner.plan(Project(name="甲"), as_of=TODAY).warnings]
        assert "unchecked_rules" not in codes


def test_a_stamp_that_cannot_be_read_or_written_only_costs_a_check(folder: Path, tmp_path: Path) -> None:
    load(folder)
    for stamp in (tmp_path / "cache").rglob("*.json"):
        stamp.write_text("{", encoding="utf-8")
    assert load(folder)[1] == [ANNOUNCED]
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    book, _ = load_rulebook(folder / "city")
    for _ in range(2):
        told: list[str] = []
        assert standing_of(book, folder / "city", TODAY, {"PLANNER_CACHE": str(blocked)}, told.append).passed
        assert told == [ANNOUNCED]
    assert remembered(book, folder / "city", {"PLANNER_CACHE": str(blocked)}) is None


def test_failures_come_back_from_a_stamp_as_they_were(folder: Path) -> None:
    edit(folder, *BROKEN)
    book, _ = load_rulebook(folder / "city")
    fresh = standing_of(book, folder / "city", TODAY)
    assert isinstance(fresh.failures[0], Diagnostic)
    assert remembered(book, folder / "city") == fresh
    assert fresh != Standing()


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"PLANNER_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/approval-planner"),
        ({"LOCALAPPDATA": "/d", "USERPROFILE": "/c"}, "/d/approval-planner"),
        ({"HOME": "/c"}, "/c/.cache/approval-planner"),
    ],
)
def test_where_verdicts_are_kept(environment: dict[str, str], place: str) -> None:
    assert cache_folder(environment) == Path(place)


def test_only_the_rulebook_inside_the_package_needs_no_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "packaged_rules", lambda: tmp_path / "_rules")
    assert ships_with_the_program(tmp_path / "_rules" / "anshan")
    assert not ships_with_the_program(tmp_path / "rules" / "anshan")
    monkeypatch.setattr(module, "packaged_rules", lambda: tmp_path / "rules")  # a checkout
    assert not ships_with_the_program(tmp_path / "rules" / "anshan")


def test_the_command_line_says_once_that_it_checks_and_refuses(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project.yaml"
    project.write_text("名称: 甲\n层数: 5\n", encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "planner.cli", *arguments, "--rules", str(folder / "city"), "--as-of", "2026-11-24"]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    first = run("plan", str(project))
    assert (first.returncode, first.stderr.count(ANNOUNCED)) == (0, 1)
    second = run("ask", str(project))
    assert (second.returncode, second.stderr) == (0, "")
    edit(folder, *BROKEN)
    refused = run("why", str(project), "permit")
    assert refused.returncode == 2
    assert "K803" in refused.stderr
    assert "K815" in refused.stderr
    assert "Traceback" not in refused.stderr
    allowed = run("plan", str(project), "--allow-unchecked")
    assert allowed.returncode == 0
    assert "没有通过检查" in allowed.stdout
