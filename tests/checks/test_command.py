"""`planner check` as it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from planner.checks.registry import CHECKS
from planner.cli.check import added_checks
from planner.cli.main import main

SAMPLE = Path(__file__).parent / "sample"
TODAY = ("--today", "2026-11-24")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    return tmp_path / "rules"


def break_it(folder: Path) -> None:
    table = folder / "national/tables/simple.yaml"
    table.write_text(table.read_text(encoding="utf-8").replace('"> 3"', '"≥ 3"'), encoding="utf-8")
    form = folder / "national/approvals/soil_form.yaml"
    form.write_text(form.read_text(encoding="utf-8").replace("[0.5..5)", "[0.5..5]"), encoding="utf-8")


def test_a_clean_rulebook_exits_with_nought(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", folder / "city", *TODAY) == 0
    shown = capsys.readouterr().out
    assert "可以使用。" in shown
    assert all(check.name in shown for check in CHECKS)


def test_failures_come_first_and_all_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(folder)
    assert run("check", folder / "city", *TODAY) == 1
    shown = capsys.readouterr().out
    order = [shown.index(word) for word in ("不通过　结果相互矛盾的表行", "警告　　接不上的成对门槛", "通过　　能读")]
    assert order == sorted(order)
    assert "当 按2026-11-24的法律制定计划" in shown
    assert "| 层数 | 3  |" in shown
    assert "先改好" in shown


def test_warnings_alone_exit_with_nought(folder: Path) -> None:
    break_it(folder)
    assert run("check", folder / "city", *TODAY, "--only", "接不上的成对门槛") == 0
    assert run("check", folder / "city", *TODAY, "--only", "接不上的成对门槛", "--only", "结果相互矛盾的表行") == 1
    assert run("check", folder / "city", *TODAY, "--only", "sibling_thresholds") == 0
    assert run("check", folder / "city", *TODAY, "--only", "conflicting_rows") == 1


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(folder)
    assert run("check", folder / "city", *TODAY, "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert {c["name"] for c in report["checks"]} == {check.name for check in (*CHECKS, *added_checks())}
    assert [c["verdict"] for c in report["checks"]][:2] == ["fail", "warn"]
    (finding,) = report["checks"][0]["findings"]
    assert (finding["code"], finding["severity"], finding["line"]) == ("K815", "error", 8)
    assert finding["witness"]["facts"] == {"层数": "3"}
    assert finding["witness"]["as_of"] == "2026-11-24"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--only", "成环"), "前置成环"), (("--format", "xml"), "L702"), (("--today", "明天"), "明天"), (("--nonsense",), "L701")],
)
def test_bad_usage_exits_with_two(arguments: tuple[str, ...], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", folder / "city", *arguments) == 2
    assert said in capsys.readouterr().err


def test_the_page_lists_every_check_with_its_definition(root: Path) -> None:
    page = (root / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = [line for line in page.split("\n") if line.startswith("| ")]
    assert [row for row in rows if row.count("|") == 4][1:] == [
        f"| {c.name} | {c.definition} | {c.code or '—'} |" for c in (*CHECKS, *added_checks())
    ]


def test_names_and_codes_are_distinct_and_definitions_are_one_line() -> None:
    checks = (*CHECKS, *added_checks())
    assert len({check.name for check in checks}) == len(checks)
    codes = [check.code for check in checks if check.code]
    assert len(set(codes)) == len(codes)
    assert all(check.definition and "\n" not in check.definition and check.definition.endswith("。") for check in checks)


def test_the_shipped_rulebook_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in the wheel is used without a check of its own, because this one is made before it is built."""
    assert run("check", root / "rules" / "anshan") == 0, capsys.readouterr().out
