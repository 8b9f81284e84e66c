"""Codes, their documentation and their use agree; a diagnostic prints as people read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.diagnostics import CODES, Diagnostic, DiagnosticError, Severity, did_you_mean, in_reading_order, nearest

ROOT = Path(__file__).parent.parent
ENTRY = re.compile(
    r"^### (\S+) (.+)\n\n(?P<meaning>.+)\n\n例：\n\n```text\n(?P<example>(?:.*\n)+?)```\n\n改法：(?P<fix>.+)$", re.MULTILINE
)


def test_the_page_explains_exactly_the_codes_there_are() -> None:
    page = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    assert [(entry[1], entry[2]) for entry in ENTRY.finditer(page)] == list(CODES.items())
    assert len(re.findall(r"^### ", page, re.MULTILINE)) == len(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_emitted_somewhere(code: str) -> None:
    sources = [*(ROOT / "planner").rglob("*.py"), *(ROOT / "graphql").rglob("*.py")]
    emitting = [path for path in sources if path.name != "diagnostics.py" and f'"{code}"' in path.read_text(encoding="utf-8")]
    assert emitting, f"{code} is in CODES but nothing uses it"


def test_no_unregistered_code_is_written_anywhere() -> None:
    written = {
        code
        for folder in ("planner", "graphql")
        for path in (ROOT / folder).rglob("*.py")
        for code in re.findall(r'"([FSVRTCKPL]\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert written <= CODES.keys()


def test_codes_are_in_order() -> None:
    groups = "".join(dict.fromkeys(code[0] for code in CODES))
    assert groups == "FSVRTCKPL"
    for group in groups:
        own = [code for code in CODES if code[0] == group]
        assert own == sorted(own)


def test_an_unregistered_code_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="X999"):
        Diagnostic("X999", "…")


@pytest.mark.parametrize(
    ("diagnostic", "shown"),
    [
        (
            Diagnostic("V202", "不认识的单位“公倾”", "a.yaml", 3, 7, "公顷"),
            "a.yaml:3:7: 错误 V202: 不认识的单位“公倾”\n    建议：公顷",
        ),
        (Diagnostic("F001", "文件不存在", "a.yaml"), "a.yaml: 错误 F001: 文件不存在"),
        (Diagnostic("F001", "文件不存在", "a.yaml", 3), "a.yaml:3: 错误 F001: 文件不存在"),
        (Diagnostic("P603", "项目没有名称", field="name"), "name: 错误 P603: 项目没有名称"),
        (Diagnostic("R309", "长于", "a.yaml", severity=Severity.WARNING), "a.yaml: 警告 R309: 长于"),
        (Diagnostic("L703", "缺少组件"), "错误 L703: 缺少组件"),
    ],
)
def test_a_diagnostic_reads_as_one_line_and_its_help(diagnostic: Diagnostic, shown: str) -> None:
    assert str(diagnostic) == shown


def test_an_error_shows_all_its_diagnostics() -> None:
    error = DiagnosticError([Diagnostic("F001", "甲"), Diagnostic("F002", "乙")])
    assert [d.code for d in error.diagnostics] == ["F001", "F002"]
    assert "甲" in str(error)
    assert "乙" in str(error)


def test_reading_order_drops_repeats() -> None:
    late, early, other = Diagnostic("F003", "…", "a", 9), Diagnostic("F003", "…", "a", 2), Diagnostic("F001", "…", "b", 1)
    assert in_reading_order([other, late, early, late]) == [early, late, other]


@pytest.mark.parametrize(
    ("word", "pool", "guess"),
    [
        ("soil_reprot", ["soil_report", "soil_form"], "soil_report"),
        ("Soil_Report", ["soil_report"], "soil_report"),
        ("公倾", ["公顷", "亩"], "公顷"),
        ("水务", ["水利", "环保"], "水利"),
        ("完全不同", ["甲", "乙"], ""),
        ("甲", [], ""),
        ("占" * 100_000, ["占地面积"], ""),
    ],
)
def test_nearest_word(word: str, pool: list[str], guess: str) -> None:
    assert nearest(word, pool) == guess


def test_few_choices_are_listed_when_none_is_near() -> None:
    assert did_you_mean("丙", ["甲", "乙"]) == "可以写：甲、乙"
    assert did_you_mean("丙", [str(n) for n in range(13)]) == ""
    assert did_you_mean("公倾", ["公顷"]) == "是不是要写“公顷”？"
