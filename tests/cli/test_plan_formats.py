"""`planner plan` into calendars, workbooks and whatever a file's name asks for."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from planner.cli.main import main

pytestmark = pytest.mark.usefixtures("checked_rules")


@pytest.fixture
def project(root: Path) -> Path:
    return root / "examples" / "housing-estate.yaml"


def run(*arguments: str | Path) -> int:
    """Run the command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_files_name_tells_the_format(project: Path, tmp_path: Path) -> None:
    begins = {
        "计划.xlsx": b"PK",
        "计划.XLSX": b"PK",
        "计划.ics": b"BEGIN:VCALENDAR\r\n",
        "计划.json": b'{"project"',
        "计划.html": b"<!DOCTYPE html>",
        "计划.txt": "工程建设项目审批计划".encode(),
        "计划": "工程建设项目审批计划".encode(),
    }
    for name, start in begins.items():
        assert run("plan", project, "--as-of", "2026-11-24", "-o", tmp_path / name) == 0
        assert (tmp_path / name).read_bytes().startswith(start), name


def test_a_format_that_is_named_outweighs_the_files_name(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "计划.txt"
    assert run("plan", project, "--as-of", "2026-11-24", "--format", "ics", "-o", out) == 0
    written = out.read_bytes()
    assert list(Calendar.from_ical(written).walk("VEVENT"))
    assert written.count(b"\n") == written.count(b"\r\n")


@pytest.mark.parametrize("command", ["plan", "compare"])
@pytest.mark.parametrize("name", ["计划.pdf", "计划.xls", "计划.docx"])
def test_a_name_that_asks_for_another_format_is_refused(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    more = ["--right-start", "2027-03-01"] if command == "compare" else []
    assert run(command, project, "--as-of", "2026-11-24", *more, "-o", tmp_path / name) == 2
    assert "没有扩展名是“." in (said := capsys.readouterr().err)
    assert ".html" in said
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("option", ["--target", "--right-target"])
def test_two_targets_are_refused(project: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    command = "plan" if option == "--target" else "compare"
    assert run(command, project, option, "开工=2027-04-01", option, "竣工验收=2028-01-01") == 2
    assert "一份计划只有一个目标" in (said := capsys.readouterr().err)
    assert option in said


def test_a_workbook_can_be_piped(project: Path, root: Path) -> None:
    command = [sys.executable, "-m", "planner.cli", "plan", str(project), "--as-of", "2026-11-24", "--format", "xlsx"]
    for rest in ([], ["-o", "-"]):
        made = subprocess.run([*command, *rest], capture_output=True, check=False, cwd=root, timeout=120)
        assert made.returncode == 0, made.stderr
        assert load_workbook(BytesIO(made.stdout)).sheetnames[0] == "总表"


def test_a_dash_is_standard_output_and_no_file(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("plan", project, "--as-of", "2026-11-24", "-o", "-") == 0
    assert "审批事项一览" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_is_not_poured_into_a_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("plan", project, "--format", "xlsx") == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "L701" in shown.err
    assert "-o 计划.xlsx" in shown.err


@pytest.mark.parametrize(("form", "package"), [("ics", "icalendar"), ("xlsx", "openpyxl")])
def test_a_missing_package_is_said_with_how_to_get_it(
    form: str, package: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert run("plan", project, "-o", tmp_path / f"计划.{form}") == 2
    shown = capsys.readouterr().err
    assert "L703" in shown
    assert f"pip install 'approval-planner[{form}]'" in shown


def test_a_slip_in_the_format_is_met_with_the_nearest(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", project, "--format", "xlxs") == 2
    shown = capsys.readouterr().err
    assert "L702" in shown
    assert "xlsx" in shown


def test_a_place_that_cannot_be_written_is_said_for_bytes_too(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan", project, "--as-of", "2026-11-24", "-o", tmp_path / "没有" / "计划.xlsx") == 2
    assert "L704" in capsys.readouterr().err


def test_blockers_are_said_even_when_the_plan_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "项目.yaml"
    project.write_text("名称: 试\n", encoding="utf-8")
    assert run("plan", project, "--as-of", "2026-11-24", "-o", tmp_path / "计划.ics") == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("阻断：")]
    events = Calendar.from_ical((tmp_path / "计划.ics").read_bytes()).walk("VEVENT")
    notices = [event for event in events if str(event["SUMMARY"]).startswith("阻断")]
    assert len(notices) == bool(told)
