"""Decision tables as spreadsheets: out to a workbook with one sheet per part, and back without a cell changed.

Every cell goes out as text in a text-formatted column, so that a spreadsheet leaves `3-5` and `1.1E+10` alone. What comes back as a
date, a formula or a rounded number is refused, with sheet and cell: what was meant can no longer be told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from planner.rulebook.models import TableModel
from planner.rulebook.source import read_text
from planner.rulebook.tables import read_records, row_files
from planner.vocabulary import Fact, ValueProblem, Vocabulary

Sheet = Sequence[Sequence[str]]
_EXACT = 10**9
_WIDE = {"内容": 46, "说明": 46, "国民经济行业": 30}


@dataclass(frozen=True)
class TableFiles:
    """A table's description and the files of its rows, by the name their sheets have."""

    model: TableModel
    parts: Mapping[str, Path]


def table_files(path: Path, model: TableModel) -> TableFiles:
    """The row files of the table described in `path`; those of a table without any (its rows stand in the `.yaml`) are none."""
    return TableFiles(model, {part.stem[:31]: part for part in row_files(path)})


def read_rows(path: Path) -> list[list[str]]:
    """The cells of a row file as written. Raises `DiagnosticError` when it is no CSV."""
    text, problems = read_text(path, str(path))
    if text is None:
        raise DiagnosticError(problems)
    return _trimmed([cells for _, cells in read_records(text, str(path))])


def rows_as_csv(rows: Sheet) -> str:
    """Rows as this project keeps them: UTF-8, commas, quotes only where needed, every row as wide as the heading."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def to_workbook(table: TableFiles, vocabulary: Vocabulary) -> Workbook:
    """The table as a workbook: headings frozen and explained, the outcomes to choose from, everything as text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, path in table.parts.items():
        rows = read_rows(path)
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(number, column, text or None)
                cell.number_format = "@"
                cell.data_type = "s" if text else "n"
                cell.alignment = Alignment(vertical="top", wrap_text=True)
        for column, heading in enumerate(rows[0], 1):
            cell = sheet.cell(1, column)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
            letter = get_column_letter(column)
            sheet.column_dimensions[letter].width = _WIDE.get(heading, 18)
            sheet.column_dimensions[letter].number_format = "@"
            if advice := _advice(heading, vocabulary):
                cell.comment = Comment(advice, "规则库", width=320, height=160)
            if heading == "结果":
                _offer(sheet, letter, table.model, vocabulary)
    return book


def _offer(sheet: Any, letter: str, model: TableModel, vocabulary: Vocabulary) -> None:
    fact = vocabulary.find(model.fact)
    words = ",".join(["是", "否"] if fact.kind == "yes_no" else [c.name for c in fact.choices])
    if len(words) <= 250:  # what the file format allows
        choice = DataValidation(type="list", formula1=f'"{words}"', allow_blank=False, showErrorMessage=True)
        choice.add(f"{letter}2:{letter}10000")
        sheet.add_data_validation(choice)


def _advice(heading: str, vocabulary: Vocabulary) -> str:
    try:
        fact: Fact = vocabulary.find(heading)
    except ValueProblem:
        return ""
    lines = [fact.question or fact.name]
    if fact.unit is not None:
        lines.append(f"单位：{fact.unit.name}；写成“≥ 5 {fact.unit.name}”“[3..10) {fact.unit.name}”")
    if fact.choices:
        lines.append("取值：" + "、".join(c.name for c in fact.choices))
    lines.append("空着表示不限；否定写“非 …”")
    return "\n".join(lines)


def from_workbook(path: Path, table: TableFiles) -> dict[str, list[list[str]]]:
    """The rows of every sheet, by part. Raises `DiagnosticError` with every sheet that is no part and every cell that was changed."""
    try:
        book = load_workbook(path, data_only=False)
    except Exception as error:  # openpyxl raises whatever the broken zip or XML inside raises
        fix = "用表格软件重新存成 .xlsx"
        raise DiagnosticError([Diagnostic("F008", "不是能读的 .xlsx 文件", str(path), help=fix)]) from error
    problems: list[Diagnostic] = []
    found: dict[str, list[list[str]]] = {}
    for sheet in book.worksheets:
        if sheet.title not in table.parts:
            fix = did_you_mean(sheet.title, table.parts) or "工作表的名字就是分册的名字，不要改"
            problems.append(Diagnostic("T405", f"工作表“{sheet.title}”不是“{table.model.name}”的分册", str(path), help=fix))
            continue
        rows = [[_text(cell, f"{path}[{sheet.title}]", problems) for cell in row] for row in sheet.iter_rows()]
        found[sheet.title] = _trimmed(rows)
    missing = [name for name in table.parts if name not in found and name not in {s.title for s in book.worksheets}]
    problems += [Diagnostic("T405", f"少了工作表“{name}”", str(path), help="不要删工作表；要删行就删行") for name in missing]
    if problems:
        raise DiagnosticError(problems)
    return found


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Every row as wide as the heading, without the blank rows and columns at the end that a spreadsheet leaves."""
    rows = [row for row in rows if any(row)]
    width = max((index + 1 for index, heading in enumerate(rows[0]) if heading), default=0) if rows else 0
    return [[*row, *[""] * (width - len(row))] if any(row[width:]) else [*row, *[""] * width][:width] for row in rows]


def _text(cell: Any, where: str, problems: list[Diagnostic]) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f" or cell.is_date or not isinstance(value, (str, int, float)):
        kind = "公式" if cell.data_type == "f" else "日期"
        problems.append(_damage(f"{cell.coordinate} 是{kind}（{value}）", where, cell))
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if abs(value) >= _EXACT or (isinstance(value, float) and value != round(value, 6)):
        problems.append(_damage(f"{cell.coordinate} 是数字 {value}，可能已被改写", where, cell))
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _damage(what: str, where: str, cell: Any) -> Diagnostic:
    fix = "把这一列的格式设为“文本”后照原文重新填写"
    return Diagnostic("T408", f"单元格 {what}", where, int(cell.row), int(cell.column), fix)
