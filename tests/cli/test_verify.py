"""`planner verify` as people use it: what `planner plan` wrote is confirmed, anything else is told; 0, 1 or 2, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.cli.main import main
from planner.output.verification import render_verification
from planner.plan_files import read_plan
from planner.verify import Mismatch, MismatchKind, Verification

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "examples" / "equipment-only-upgrade.yaml"
SAMPLE = ROOT / "tests" / "rulebook" / "good"


def run(*arguments: str | Path) -> int:
    """Run the command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def made(checked_rules: None, tmp_path: Path) -> Path:
    path = tmp_path / "计划.json"
    options = ("--as-of", "2026-11-24", "--start", "2026-12-01", "--target", "投入使用=2027-03-01")
    assert run("plan", PROJECT, *options, "--format", "json", "-o", path) == 0
    return path


def test_what_the_command_wrote_is_confirmed(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made.read_bytes().endswith(b"}\n")
    assert run("verify", made) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(
        "核对无误：铁西区冶金设备结构件车间焊接机器人改造项目（按 2026-11-24 的法律，从 2026-12-01 开始办）"
    )
    assert shown.err == ""
    made.write_bytes(made.read_bytes().removesuffix(b"\n"))
    assert run("verify", made) == 0


def test_a_changed_plan_ends_with_1(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = made.read_text("utf-8")
    item = read_plan(made).items[0]
    made.write_text(text.replace(f'"department":"{item.department}"', '"department":"别的局"', 1), "utf-8")
    assert run("verify", made) == 1
    out = capsys.readouterr().out
    assert out.startswith("核对不上：")
    assert f'“{item.name}”的items["{item.code}"].department：计划里是 "别的局"，重新制作的是 "{item.department}"' in out
    assert run("verify", made, "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["confirmed"], found["same_content"], found["more"]) == (False, False, 0)
    assert found["mismatches"][0] == {
        "kind": "content",
        "text": found["mismatches"][0]["text"],
        "path": f'items["{item.code}"].department',
        "was": '"别的局"',
        "now": f'"{item.department}"',
    }


def test_a_reformatted_plan_ends_with_1_and_says_what_it_is(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write_text(json.dumps(json.loads(made.read_text("utf-8")), ensure_ascii=False, indent=2), "utf-8")
    assert run("verify", made) == 1
    out = capsys.readouterr().out
    assert out.startswith("内容相同、文件不同：")
    assert "只是写法不同" in out


def test_bad_input_ends_with_2_with_the_rulebooks_problems_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "坏.json"
    bad.write_text('{"as_of": NaN}', "utf-8")
    assert run("verify", bad, "--rules", tmp_path / "没有规则") == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "NaN" in shown.err
    assert "没有规则" in shown.err
    assert run("verify") == 2
    assert run("verify", tmp_path / "没有.json") == 2
    assert run("verify", PROJECT) == 2
    assert "这不是一份计划：计划是 JSON" in capsys.readouterr().err


def test_a_plan_of_another_rulebook(tmp_path: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    project = tmp_path / "项目.yaml"
    project.write_text("名称: 试\n工程类型: 住宅\n占地面积: 33.35 亩\n", "utf-8")
    rules = ("--rules", tmp_path / "rules" / "city", "--allow-unchecked")
    other = tmp_path / "另一份.json"
    assert run("plan", project, *rules, "--as-of", "2026-11-24", "--format", "json", "-o", other) == 0
    assert any(one.code == "unchecked_rules" for one in read_plan(other).warnings)
    assert read_plan(other).project.facts["site_area"] == "667/300 公顷"
    assert run("verify", other, *rules) == 0
    capsys.readouterr()
    assert run("verify", other) == 1  # not the rulebook it was made with
    out = capsys.readouterr().out
    assert "现在不能重新制作" in out
    assert "计划用的是“某市规则库（样例）”" in out
    assert "不认识" in out
    assert run("verify", made, *rules) == 1


def test_every_kind_of_mismatch_is_shown_under_a_heading() -> None:
    found = Verification.model_validate(
        {
            "confirmed": False,
            "same_content": False,
            "project": "试",
            "as_of": "2026-11-24",
            "start": "2026-11-24",
            "made_again": True,
            "mismatches": [Mismatch(kind=kind, text=f"说{kind.value}") for kind in MismatchKind],
            "more": 7,
        }
    )
    lines = render_verification(found).splitlines()
    assert len(lines) == len(MismatchKind) + 2
    assert all(f"说{kind.value}" in line for kind, line in zip(MismatchKind, lines[1:-1], strict=True))
    assert lines[-1] == "  还有 7 处不同没有列出。"


EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.text(max_size=4)), min_size=1, max_size=3)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_no_traceback(made: Path, edits: list[tuple[float, int, str]], capsys: pytest.CaptureFixture[str]) -> None:
    text = made.read_text("utf-8")
    for at, cut, put in edits:
        begin = int(at * len(text))
        text = text[:begin] + put + text[begin + cut :]
    path = made.with_name("改过.json")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    code = run("verify", path)
    shown = capsys.readouterr()
    assert code in (0, 1, 2)
    assert (shown.out == "") == (code == 2)
    assert ("共" in shown.err) == (code == 2)
