"""Decision tables through a spreadsheet and back: not a cell changes by itself, and what a spreadsheet damaged is refused whole."""

from __future__ import annotations

import csv
import datetime
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from planner.rulebook.load import load_rulebook
from planner.rulebook.workbook import from_workbook, read_rows, rows_as_csv, table_files, to_workbook

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "tests" / "rulebook" / "good"
Command = Callable[..., "subprocess.CompletedProcess[str]"]
TABLES = sorted(p for p in (ROOT / "rules").glob("*/tables/**/*.csv"))


@pytest.fixture
def table(office: Path, run: Command) -> Command:
    """`table("export", "eia_class")`: the command in the officer's folder."""
    return lambda *arguments: run(office, "table", *arguments, "--rules", "rules/city")


def rows_file(office: Path) -> Path:
    return office / "rules/national/tables/eia_class.csv"


# -- nothing changes by itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_shipped_tables_are_written_as_they_would_be_written_back(path: Path) -> None:
    """So that an edit through a spreadsheet changes the lines that were edited, and no others."""
    assert path.read_text("utf-8") == rows_as_csv(read_rows(path))


def test_every_shipped_table_goes_through_a_workbook_unchanged(tmp_path: Path) -> None:
    book, _ = load_rulebook()
    files = {p.stem: p for p in (ROOT / "rules").glob("*/tables/*.yaml")}
    seen = 0
    for code, table in book.tables.items():
        parts = table_files(files[code], table.model)
        if parts.parts:
            to_workbook(parts, book.vocabulary).save(tmp_path / "t.xlsx")
            assert from_workbook(tmp_path / "t.xlsx", parts) == {name: read_rows(path) for name, path in parts.parts.items()}
            seen += len(parts.parts)
    assert seen == len(TABLES)


CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=12).map(str.strip)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_text_comes_back(rows: list[list[str]]) -> None:
    """Also text that looks like a date, a number or a formula."""
    from tempfile import TemporaryDirectory

    book, _ = load_rulebook(SAMPLE / "city")
    described = SAMPLE / "national/tables/eia_class.yaml"
    with TemporaryDirectory() as folder:
        copy = Path(folder) / described.name
        shutil.copy(described, copy)
        sheet = [["编号", "条款", "结果"], *([n or "1", a, o] for n, a, o in rows)]
        copy.with_suffix(".csv").write_text(rows_as_csv(sheet), "utf-8")
        parts = table_files(copy, book.tables["eia_class"].model)
        to_workbook(parts, book.vocabulary).save(Path(folder) / "t.xlsx")
        assert from_workbook(Path(folder) / "t.xlsx", parts) == {"eia_class": sheet}


@pytest.mark.parametrize("text", ["3-5", "1.1E+10", "=1+1", "00123", "2026-03-01", "TRUE", "-", "一,二", '他说"好"', "两行\n文字"])
def test_what_spreadsheets_like_to_change_is_kept(office: Path, table: Command, text: str) -> None:
    path = rows_file(office)
    rows = read_rows(path)
    rows[1][rows[0].index("说明")] = text
    path.write_text(rows_as_csv(rows), "utf-8")
    assert table("export", "eia_class", "-o", "t.xlsx").returncode == 0
    assert load_workbook(office / "t.xlsx").worksheets[0].cell(2, rows[0].index("说明") + 1).data_type == "s"
    told = table("import", "eia_class", "t.xlsx")
    assert (told.returncode, told.stdout.strip()) == (0, "没有变化。")


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-8", ";"), ("utf-16", "\t")])
def test_a_csv_as_office_programs_save_it_loads_alike(office: Path, encoding: str, separator: str) -> None:
    before, _ = load_rulebook(office / "rules/city")
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(read_rows(rows_file(office)))
    rows_file(office).write_bytes(written.getvalue().encode(encoding))
    after, _ = load_rulebook(office / "rules/city")
    assert before.tables["eia_class"].rows == after.tables["eia_class"].rows


# -- an edit -----------------------------------------------------------------------------------------------------------


def edit(office: Path, cell: str, value: object) -> None:
    book = load_workbook(office / "t.xlsx")
    book.worksheets[0][cell] = value
    book.save(office / "t.xlsx")


def test_an_edit_changes_that_line_only(office: Path, table: Command) -> None:
    rows_file(office).write_text(rows_as_csv(read_rows(rows_file(office))), "utf-8")
    table("export", "eia_class", "-o", "t.xlsx")
    before = rows_file(office).read_text("utf-8").splitlines()
    edit(office, "C2", "≥ 8 公顷")
    told = table("import", "eia_class", "t.xlsx")
    assert (told.returncode, told.stderr) == (0, "")
    after = rows_file(office).read_text("utf-8").splitlines()
    assert [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [1]
    assert "≥ 8 公顷" in after[1]


def test_the_workbook_explains_headings_and_offers_outcomes(office: Path, table: Command) -> None:
    table("export", "eia_class", "-o", "t.xlsx")
    sheet = load_workbook(office / "t.xlsx").worksheets[0]
    assert "工程占地多少" in sheet["C1"].comment.text
    assert [v.formula1 for v in sheet.data_validations.dataValidation] == ['"报告书,报告表,免办"']
    assert sheet.freeze_panes == "B2"


# -- what a spreadsheet damaged ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [(datetime.datetime(2026, 3, 5), "日期"), (1.1e10, "数字"), ("=SUM(A1:A2)", "公式"), (1 / 3, "数字")],
)
def test_a_damaged_cell_is_named_and_nothing_is_written(office: Path, table: Command, value: object, said: str) -> None:
    table("export", "eia_class", "-o", "t.xlsx")
    before = rows_file(office).read_bytes()
    edit(office, "C3", value)
    edit(office, "C2", "≥ 8 公顷")
    told = table("import", "eia_class", "t.xlsx")
    assert told.returncode == 2
    assert "T408" in told.stderr
    assert "C3" in told.stderr
    assert said in told.stderr
    assert rows_file(office).read_bytes() == before


def test_an_import_that_breaks_the_rulebook_is_undone(office: Path, table: Command) -> None:
    table("export", "eia_class", "-o", "t.xlsx")
    before = rows_file(office).read_bytes()
    edit(office, "C2", "≥ 八 公顷")
    told = table("import", "eia_class", "t.xlsx")
    assert told.returncode == 2
    assert "eia_class.csv:2:" in told.stderr
    assert "Traceback" not in told.stderr
    assert rows_file(office).read_bytes() == before
    assert sorted(p.name for p in rows_file(office).parent.iterdir()) == ["eia_class.csv", "eia_class.yaml", "special_works.yaml"]


def test_a_renamed_and_a_missing_sheet_are_named(office: Path, table: Command) -> None:
    table("export", "eia_class", "-o", "t.xlsx")
    book = load_workbook(office / "t.xlsx")
    book.worksheets[0].title = "Sheet1"
    book.save(office / "t.xlsx")
    told = table("import", "eia_class", "t.xlsx")
    assert "“Sheet1”不是" in told.stderr
    assert "少了工作表“eia_class”" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "eia_clas"), "是不是要写“eia_class”"),
        (("export", "special_works"), "行写在"),
        (("import", "eia_class", "nowhere.xlsx"), "不是能读的 .xlsx"),
        (("export", "eia_class", "-o", "nowhere/t.xlsx"), "写不进"),
    ],
)
def test_slips_are_told(office: Path, table: Command, arguments: tuple[str, ...], said: str) -> None:
    told = table(*arguments)
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr
