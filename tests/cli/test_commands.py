"""The command line as people use it: answers, exit codes, and never a traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.main import main

pytestmark = pytest.mark.usefixtures("checked_rules")

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))


def run(*arguments: str | Path) -> int:
    """Run the command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def write(folder: Path, text: str, name: str = "项目.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_gives_a_plan_as_a_table(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", path, "--as-of", "2026-11-24", "--width", "120") == 0
    shown = capsys.readouterr()
    assert "\x1b[" not in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_json_is_the_plans_own_json(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", path, "--as-of", "2026-11-24", "--format", "json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["as_of"] == plan["start"] == "2026-11-24"
    assert plan["items"]


def test_html_goes_to_a_file(tmp_path: Path, root: Path) -> None:
    out = tmp_path / "计划.html"
    assert run("plan", root / "examples" / "housing-estate.yaml", "--format", "html", "-o", out, "--as-of", "2026-11-24") == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_all_mistakes_of_a_project_come_at_once_with_their_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "名称: 试\n用地面积: 5 公里\n项目类别: 社会投资\n占地: 3\n床位数: 很多\n")
    assert run("plan", path) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    for line in (2, 3, 4, 5):
        assert f"{path}:{line}:" in shown.err
    assert "社会投资类" in shown.err
    assert "共 4 处问题" in shown.err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "F007"),
        ("- 一\n- 二\n", "F007"),
        ("名称：全角冒号\n", "F005"),
        ("名称: 试\n\t用地面积: 5\n", "F004"),
        ("名称: 试\n名称: 再试\n", "F006"),
        ('名称: "没有收尾\n', "F003"),
        ("建设内容: 没有名称\n", "P603"),
        ("名称: 试\n用地面积: 1\nland_area: 2\n", "P602"),
        ("名称: 试\n时长: {编: 3 日}\n", "P604"),
        ("名称: 试\n用地面积: .nan\n", "V206"),
        ("名称: 试\n用地面积: -1 公顷\n", "V207"),
    ],
)
def test_bad_project_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: str) -> None:
    assert run("plan", write(tmp_path, text)) == 2
    assert code in capsys.readouterr().err


def test_a_missing_file_a_folder_and_bytes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise = tmp_path / "noise.yaml"
    noise.write_bytes(bytes(range(256)) * 4)
    for path, code in ((tmp_path / "没有.yaml", "F001"), (tmp_path, "F001"), (noise, "F002")):
        assert run("plan", path) == 2
        assert code in capsys.readouterr().err


def test_rules_and_project_mistakes_come_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = write(tmp_path, "名称：错\n")
    assert run("plan", project, "--rules", tmp_path / "没有规则") == 2
    shown = capsys.readouterr().err
    assert "F005" in shown
    assert "F001" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "x.yaml", "--as-of", "昨天"),
        ("plan", "x.yaml", "--target", "封顶=2027-01-01"),
        ("plan", "x.yaml", "--target", "开工=2027-13-01"),
        ("plan", "x.yaml", "--format", "pdf"),
        ("plan", "x.yaml", "--width", "3"),
        ("plann",),
        ("why", "x.yaml"),
    ],
)
def test_bad_arguments_end_with_2_and_a_sentence(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert "L70" in shown.err
    assert "Traceback" not in shown.err


def test_an_unwritable_output_is_said(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", root / "examples" / "housing-estate.yaml", "-o", tmp_path / "没有" / "计划.txt") == 2
    assert "L704" in capsys.readouterr().err


def test_why_names_the_rule_the_values_the_law_and_what_would_turn_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", root / "examples" / "hospital-600-beds.yaml", "soil_report", "--as-of", "2026-11-24") == 0
    shown = capsys.readouterr().out
    assert "水土保持法" in shown
    assert "rules" not in shown.split("soil_report.yaml")[0][-12:]
    assert "最小改变" in shown


def test_why_suggests_the_nearest_approval(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", root / "examples" / "hospital-600-beds.yaml", "soil_raport") == 2
    assert "soil_report" in capsys.readouterr().err


def test_ask_puts_the_most_telling_question_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", root / "examples" / "incomplete.yaml", "--as-of", "2026-11-24") == 0
    shown = capsys.readouterr().out
    assert "1. " in shown
    assert "？" in shown


def test_a_target_shows_whether_it_can_be_met(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "examples" / "hospital-600-beds.yaml"
    arguments = ("--as-of", "2026-03-02", "--format", "json", "--target")
    assert run("plan", path, *arguments, "开工=2026-03-10") == 0
    target = json.loads(capsys.readouterr().out)["target"]
    assert target["feasible"] is False
    assert target["conflict"]
    assert run("plan", path, *arguments, "开工=2028-03-10") == 0
    target = json.loads(capsys.readouterr().out)["target"]
    assert target["feasible"] is True
    assert target["conflict"] == []


def test_schemas_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema", "-o", tmp_path / "schema") == 0
    names = {p.name for p in (tmp_path / "schema").iterdir()}
    assert {"approval.json", "project.json", "vocabulary.json", "table.json"} <= names
    approval = json.loads((tmp_path / "schema" / "approval.json").read_text(encoding="utf-8"))
    assert "适用" in approval["properties"]
    assert approval["properties"]["法定时限"]["description"]


def test_a_closed_pipe_is_no_error(root: Path) -> None:
    command = f"'{sys.executable}' -m planner.cli plan examples/hospital-600-beds.yaml | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False, timeout=240)
    assert "Traceback" not in done.stderr


def test_a_terminal_without_chinese_still_gets_an_answer(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "planner.cli", "plan", "examples/refractory-line-upgrade.yaml"],
        cwd=root,
        capture_output=True,
        check=False,
        timeout=240,  # the first run may have to check the rulebook first
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "没有写命令"),
        (("pln",), "是不是要写“plan”"),
        (("plan",), "项目文件: 错误 L701: 少了这一项"),
        (("plan", "x.yaml", "y.yaml"), "多了参数：y.yaml"),
        (("plan", "x.yaml", "--asof", "2026-01-01"), "是不是要写“--as-of”"),
        (("plan", "x.yaml", "--as-of"), "--as-of: 错误 L701"),
        (("plan", "x.yaml", "--as-of", "2026-02-30"), "--as-of: 错误 L701: “2026-02-30”不是日期"),
        (("plan", "x.yaml", "--lang", "fr"), "只能写：zh、en"),
        (("plan", "x.yaml", "--width", "宽"), "要写 60 到 400 之间的整数"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_said_in_chinese(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown
    for english in ("Usage", "Missing", "Invalid", "No such", "Got"):
        assert english not in shown


@pytest.mark.parametrize("arguments", [("--help",), ("plan", "-h"), ("why", "--help")])
def test_the_help_page_is_in_chinese(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 0
    shown = capsys.readouterr().out
    assert "用法：planner" in shown
    assert "显示用法" in shown
    for english in ("Usage", "Options", "Commands", "Show", "exit"):
        assert english not in shown


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("planner")


def test_why_takes_a_part_of_a_name_when_it_means_one_approval(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = root / "examples" / "hospital-600-beds.yaml"
    assert run("why", project, "节能审查", "--as-of", "2026-11-24") == 0
    assert "（energy_review）" in capsys.readouterr().out
    assert run("why", project, "水土保持方案") == 2
    shown = capsys.readouterr().err
    assert "水土保持方案报告书审批" in shown
    assert "水土保持方案报告表审批" in shown
    assert run("why", project, "") == 2
    assert "R303" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "ask", "schema"])
def test_warnings_of_the_rules_are_shown_and_do_not_stop_the_command(
    command: str, tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(root / "rules", rules)
    misplaced = rules / "anshan" / "approval"
    misplaced.mkdir()
    shutil.copy(rules / "national" / "approvals" / "soil_report.yaml", misplaced)
    # The copy has no verdict of its own yet; what is looked at here is what the loader says.
    project = [] if command == "schema" else [root / "examples" / "hospital-600-beds.yaml", "--allow-unchecked"]
    assert run(command, *project, "--rules", rules / "anshan") == 0
    shown = capsys.readouterr()
    assert "警告 F010" in shown.err
    assert shown.out


@pytest.mark.parametrize("place", ["文件.txt", "文件.txt/里面", "没有权限/里面"])
def test_schemas_that_cannot_be_written_are_said(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "文件.txt").write_text("占着位置", encoding="utf-8")
    # The tests may run as root, whom no permission stops: a folder under a file of the kernel's stands for a forbidden one.
    target = tmp_path / place if "权限" not in place else Path("/proc/没有权限/里面")
    assert run("schema", "-o", target) == 2
    assert "L70" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "redirect"),
    [
        ("plan examples/incomplete.yaml", ">/dev/full"),
        ("plan examples/incomplete.yaml", ">&-"),
        ("schema", ">/dev/full"),
        ("--help", ">/dev/full"),
    ],
)
def test_output_that_goes_nowhere_is_an_error_without_a_traceback(arguments: str, redirect: str, root: Path) -> None:
    command = f"'{sys.executable}' -m planner.cli {arguments} {redirect}"
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 2, done.stderr
    assert "L704" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
