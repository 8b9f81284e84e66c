"""`planner test` as an officer runs it: a real process, real files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "tests" / "rulebook" / "good"
GOOD = """# language: zh-CN
功能: 施工许可
  场景: 都要办
    假如 一个项目:
      | 事实     | 值   |
      | 工程类型 | 道路 |
    当 按2026-11-24的法律制定计划
    那么 需要办理"施工许可"

  场景大纲: 道路占绿
    假如 一个项目:
      | 事实     | 值     |
      | 工程类型 | <类型> |
    当 按2026-11-24的法律制定计划
    那么 "绿地审批"的结论为 <结论>

    例子:
      | 类型 | 结论   |
      | 道路 | 需要   |
      | 住宅 | 不需要 |
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder as another city would have it: its layers and its features."""
    shutil.copytree(SAMPLE, tmp_path / "rules")
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "许可.feature").write_text(GOOD, "utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planner.cli", "test", "--rules", "rules/city", *arguments]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}", "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=120)


def test_all_hold(office: Path) -> None:
    found = run(office)
    assert (found.returncode, found.stderr) == (0, "")
    assert "场景 3 个：成立 3 个，不成立 0 个" in found.stdout


def test_a_broken_rule_is_shown_with_expectation_reason_file_and_line(office: Path) -> None:
    rule = office / "rules/city/approvals/tree_permit.yaml"
    rule.write_text(rule.read_text("utf-8").replace("当: {工程类型: 道路}", "当: {工程类型: 住宅}"), "utf-8")
    found = run(office)
    assert found.returncode == 1
    for words in (
        "例子：类型=道路、结论=需要",
        "features/许可.feature 第 15 行",
        "期望“需要”，实际是“不需要”",
        "道路占绿",
        "[city/approvals/tree_permit.yaml:",
    ):
        assert words in found.stdout
    assert "场景 3 个：成立 1 个，不成立 2 个" in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


def test_a_word_picks_scenarios(office: Path) -> None:
    assert "场景 2 个" in run(office, "-k", "道路占绿").stdout
    nothing = run(office, "-k", "没有的词")
    assert nothing.returncode == 2
    assert "没有提到“没有的词”的场景" in nothing.stderr


def test_json(office: Path) -> None:
    said = json.loads(run(office, "--format", "json", "--coverage").stdout)
    assert (said["passed"], said["failed"]) == (3, 0)
    lacking = {(gap["file"], gap["kind"]) for gap in said["coverage"]["gaps"]}
    assert ("national/approvals/soil_plan.yaml", "门槛") in lacking
    assert not any(file == "city/approvals/tree_permit.yaml" for file, _ in lacking)


def test_coverage_only_runs_nothing(office: Path) -> None:
    found = run(office, "--coverage-only")
    assert found.returncode == 0
    assert "场景 3 个" not in found.stdout
    assert "门槛缺：占地面积 ≥ 5 公顷：成立" in found.stdout


def test_slips_are_told_not_thrown(office: Path) -> None:
    assert "没有场景“nowhere”" in run(office, "nowhere").stderr
    (office / "features" / "坏.feature").write_text("功能: 没有写语言\n", "utf-8")
    found = run(office)
    assert found.returncode == 2
    assert "坏.feature:1" in found.stderr
    assert "# language: zh-CN" in found.stderr
    assert "Traceback" not in found.stderr


def test_an_empty_folder_is_not_a_success(office: Path) -> None:
    (office / "features" / "许可.feature").unlink()
    found = run(office)
    assert found.returncode == 2
    assert "一个场景也没有" in found.stderr
