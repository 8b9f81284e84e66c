"""Files as they really come: merged by two people, saved half, ruined by a spreadsheet, misnamed. Each is named for what it is."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from planner.checks.report import Result, Verdict
from planner.checks.run import check_rules
from planner.diagnostics import Diagnostic

SAMPLE = Path(__file__).parent / "sample"
TODAY = date(2026, 11, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    return tmp_path / "rules"


def unreadable(folder: Path) -> tuple[Diagnostic, ...]:
    report = check_rules(folder / "city", TODAY)
    assert not report.passed
    assert report.results[0].check.name == "能读"
    assert report.results[0].verdict is Verdict.FAIL
    assert all(r.verdict is Verdict.NOT_APPLICABLE for r in report.results[1:])
    assert len(report.results) > 20
    return tuple(f.place for f in report.results[0].findings)


CONFLICT = """代码: permit
承诺时限:
<<<<<<< HEAD
  - {期限: 5 工作日, 依据: [{文件: 水法, 条款: 第七条}], 核验: 已核}
=======
  - {期限: 3 工作日, 依据: [{文件: 水法, 条款: 第七条}], 核验: 已核}
>>>>>>> 李四的修改
"""


def test_two_officers_edits_that_conflict(folder: Path) -> None:
    (folder / "city/approvals/permit.yaml").write_text(CONFLICT, encoding="utf-8")
    (problem,) = unreadable(folder)
    assert problem.code == "K801"
    assert "两个人的修改有冲突" in problem.message
    assert "第 3 行到第 7 行" in problem.message
    assert (Path(problem.file).name, problem.line) == ("permit.yaml", 3)


def test_a_table_with_conflicts_names_each(folder: Path) -> None:
    text = "编号,行业,占地面积,用途,结果\n<<<<<<< 甲\n1,C30,≥ 10 公顷,,报告书\n=======\n1,C30,≥ 9 公顷,,报告书\n>>>>>>> 乙\n<<<<<<< 甲\n3,,,医院,报告表\n"
    (folder / "national/tables/grade.csv").write_text(text, encoding="utf-8")
    found = [p for p in unreadable(folder) if p.code == "K801"]
    assert [p.line for p in found] == [2, 7]


def test_a_text_that_only_looks_like_a_conflict_is_none(folder: Path) -> None:
    path = folder / "national/approvals/permit.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "说明: |\n  前文\n  =======\n  后文 <<<<<<< 举例\n", encoding="utf-8")
    assert check_rules(folder / "city", TODAY, only=["能读"]).passed


@pytest.mark.parametrize("share", [0.35, 0.5, 0.62, 0.75, 0.83, 0.9, 0.96])
def test_a_file_saved_half_is_called_that(share: float, folder: Path) -> None:
    path = folder / "national/approvals/permit.yaml"
    whole = path.read_bytes()
    half = whole[: int(len(whole) * share)]
    path.write_bytes(half if not half.endswith(b"\n") else half[:-1])
    found = unreadable(folder)
    cut = [p for p in found if p.code == "K802"]
    assert len(cut) == 1, "\n".join(map(str, found))
    assert Path(cut[0].file).name == "permit.yaml"
    assert "没有存完整" in cut[0].message


@pytest.mark.parametrize("tail", [b"\x00" * 64, "字".encode()[:2]])
def test_zeros_and_half_a_character_at_the_end(tail: bytes, folder: Path) -> None:
    path = folder / "national/approvals/permit.yaml"
    path.write_bytes(path.read_bytes() + tail)
    (problem,) = unreadable(folder)
    assert problem.code == "K802"


def test_a_table_saved_half(folder: Path) -> None:
    (folder / "national/tables/grade.csv").write_text(
        "编号,行业,占地面积,用途,结果\n1,C30,≥ 10 公顷,,报告书\n2,C30,< 1", encoding="utf-8"
    )
    assert "K802" in {p.code for p in unreadable(folder)}


def test_a_slip_in_a_file_without_a_last_line_end_is_only_that_slip(folder: Path) -> None:
    path = folder / "national/approvals/permit.yaml"
    text = path.read_text(encoding="utf-8").replace("职能: 住建", "职能：住建").rstrip("\n")
    path.write_text(text, encoding="utf-8")
    assert [p.code for p in unreadable(folder)] == ["F005"]


@pytest.mark.parametrize("cell", ["3月5日", "5-Mar", "2026/3/5", "1.1E+10"])
def test_cells_that_a_spreadsheet_turned_into_dates_or_numbers(cell: str, folder: Path) -> None:
    (folder / "national/tables/grade.csv").write_text(
        f"编号,行业,占地面积,用途,结果\n{cell},C30,≥ 10 公顷,,报告书\n", encoding="utf-8"
    )
    (problem,) = unreadable(folder)
    assert problem.code == "T408"
    assert cell in problem.message
    assert "文本" in problem.help


@pytest.mark.parametrize("cell", ["#REF!", "########", "见 1.1E+10 元", "#N/A"])
def test_damage_in_free_text_is_found_though_it_can_be_read(cell: str, folder: Path) -> None:
    (folder / "national/tables/grade.csv").write_text(
        f"编号,行业,占地面积,结果,内容\n1,C30,≥ 10 公顷,报告书,{cell}\n2,,,报告表,正常\n", encoding="utf-8"
    )
    report = check_rules(folder / "city", TODAY, only=["表格软件改坏的单元格"])
    (result,) = report.results
    assert result.verdict is Verdict.FAIL
    assert (result.findings[0].place.line, result.findings[0].place.code) == (2, "K829")
    assert cell in result.findings[0].place.message
    assert len(result.findings) == 1


def test_a_file_with_another_name_than_its_code(folder: Path) -> None:
    (folder / "national/approvals/soil_form.yaml").rename(folder / "national/approvals/soil_from.yaml")
    found = unreadable(folder)
    assert "R302" in {p.code for p in found}
    misnamed = next(p for p in found if p.code == "R302")
    assert "soil_from" in misnamed.message
    assert "soil_form" in misnamed.message


def test_a_folder_that_is_no_rulebook(tmp_path: Path) -> None:
    report = check_rules(tmp_path / "nowhere", TODAY)
    result: Result = report.results[0]
    assert result.verdict is Verdict.FAIL
    assert result.findings[0].place.code == "F001"


def test_what_the_loader_only_warns_of_is_a_warning_of_the_check(folder: Path) -> None:
    (folder / "city/aprovals").mkdir()
    shutil.copy(folder / "city/approvals/permit.yaml", folder / "city/aprovals/permit.yaml")
    (result,) = check_rules(folder / "city", TODAY, only=["能读"]).results
    assert result.verdict is Verdict.WARN
    assert [f.place.code for f in result.findings] == ["F010"]
