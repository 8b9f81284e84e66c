"""Decision tables: a `.yaml` that states what the table gives and how, and its rows in a `.csv` beside it (or inline under 行).

A long table is kept in parts: every `.csv` of the folder that bears the table's name, each with only the columns its rows need.

CSV headings: 编号, then one column per condition headed by a fact's 名称 or code (a cell is a unary test, blank = any; a row holds
when all its cells hold), 结果, and optionally 内容, 文件, 条款, 生效, 失效, 核验, 说明. UTF-8, UTF-8 with BOM and GB18030 are read,
comma, semicolon and tab separated alike.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from planner.rulebook.compiled import Source
from planner.rulebook.grammar import Expression, Group, Leaf, ParameterLeaf, names_unread_parameter, read_condition, read_leaf
from planner.rulebook.layers import rule_files
from planner.rulebook.models import Basis, TableModel
from planner.rulebook.source import Positions, read_text
from planner.vocabulary import KIND_NAMES, Fact, ValueProblem, Vocabulary, read_date

_META = ("编号", "结果", "内容", "文件", "条款", "生效", "失效", "核验", "说明")
_SPREADSHEET_NUMBER = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_SPREADSHEET_DATE = re.compile(
    r"\d{1,2}月\d{1,2}日|\d{4}[/-]\d{1,2}[/-]\d{1,2}( 0?0:00(:00)?)?|\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, dated and grounded. `outcome` is the code of the derived fact's value."""

    id: str
    when: Expression
    outcome: str
    effective: date | None
    until: date | None
    basis: tuple[Basis, ...]
    checked: bool
    note: str
    source: Source


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A decision table as read, for all dates."""

    model: TableModel
    fact: str
    order: tuple[str, ...]
    default: str | None
    rows: tuple[TableRow, ...]
    source: Source


@dataclass(frozen=True)
class _Reading:
    """What the row readers share."""

    model: TableModel
    fact: Fact
    vocabulary: Vocabulary
    problems: list[Diagnostic]
    file: str
    leaves: dict[tuple[str, str], Leaf | ParameterLeaf | None] = field(default_factory=dict)
    bases: dict[tuple[str, str], tuple[Basis, ...]] = field(default_factory=dict)

    def leaf(self, fact: Fact, cell: str) -> Leaf | ParameterLeaf | None:
        """The test in a cell; one written the same way in many rows is read once. Raises `ValueProblem`."""
        key = (fact.code, cell)
        if key not in self.leaves:
            self.leaves[key] = read_leaf(fact, cell, self.vocabulary)
        return self.leaves[key]

    def basis(self, document: str, article: str) -> tuple[Basis, ...]:
        """What a row cites: what its cells say, else what the table says."""
        if not document and not article:
            return self.model.basis
        key = (document or (self.model.basis[0].document if self.model.basis else ""), article)
        if key not in self.bases:
            self.bases[key] = (Basis.model_validate({"文件": key[0], "条款": article}),) if key[0] else ()
        return self.bases[key]


def read_table(
    model: TableModel,
    positions: Positions,
    path: Path,
    shown: str,
    source_file: str,
    vocabulary: Vocabulary,
    problems: list[Diagnostic],
) -> LoadedTable | None:
    """The table whose `.yaml` was parsed as `model`; rows come from its `行` or from the `.csv` beside it."""
    try:
        fact = vocabulary.find(model.fact)
    except ValueProblem as problem:
        if model.fact not in vocabulary.unread:
            problems.append(positions.diagnostic(problem.code, problem.message, ("得出",), problem.help))
        return None
    if fact.derived and not fact.is_choice_like:
        kind = KIND_NAMES[fact.kind]
        problems.append(
            positions.diagnostic("T404", f"“{fact.name}”是{kind}，决策表给不出", ("得出",), "派生事实的类型用 是否、单选 或 多选")
        )
        return None
    if not fact.derived:
        problems.append(
            positions.diagnostic(
                "T404", f"“{fact.name}”不是派生事实，不能由决策表得出", ("得出",), "在 vocabulary 里给它写上“派生: 是”"
            )
        )
        return None
    named = [_outcome(fact, word, positions, ("次序", index), problems) for index, word in enumerate(model.order)]
    order = tuple(code for code in named if code)
    default = None if model.default is None else _outcome(fact, model.default, positions, ("无匹配",), problems)
    codes = [c.code for c in fact.choices] if fact.kind != "yes_no" else ["yes", "no"]
    if model.policy == "取最高" and len(order) == len(model.order):
        absent = [c for c in codes if c not in order]
        if absent:
            names = "、".join(fact.names.get(c, {"yes": "是", "no": "否"}.get(c, c)) for c in absent)
            problems.append(
                positions.diagnostic(
                    "T404", f"“取最高”的次序缺少：{names}", ("次序" if model.order else "命中",), "“次序”里把所有取值从高到低排全"
                )
            )
    if (model.policy == "全部") != (fact.kind == "set"):
        problems.append(
            positions.diagnostic(
                "T404", f"命中策略“{model.policy}”与“{fact.name}”的类型不配", ("命中",), "多选事实用“全部”，其余用“唯一”或“取最高”"
            )
        )
    reading = _Reading(model, fact, vocabulary, problems, source_file)
    parts = row_files(path)
    if model.rows is not None:
        rows = _inline_rows(reading, positions)
        if parts:
            problems.append(positions.diagnostic("T405", "行既写在 yaml 里，又有同名 csv", ("行",), "只留一处", key=True))
    elif parts:
        if len(parts) > 1 and parts[0].parent == path.parent:
            fix = "只留一处：或者一个同名 .csv，或者同名文件夹里的几个 .csv"
            problems.append(Diagnostic("T405", "既有同名 csv，又有同名文件夹里的分册", shown, 1, 1, fix))
        rows, seen = [], dict[str, str]()
        for part in parts:
            tail = part.relative_to(path.parent).as_posix()
            rows += _csv_rows(reading, part, f"{shown[: -len(path.name)]}{tail}", f"{source_file[: -len(path.name)]}{tail}", seen)
    else:
        problems.append(Diagnostic("T405", "决策表没有行：既没有“行”，也没有同名 .csv", shown, 1, 1, "补上同名 .csv 文件"))
        return None
    source = Source(source_file, 1, model.name)
    return LoadedTable(model, fact.code, order, default, tuple(rows), source)


def row_files(path: Path) -> list[Path]:
    """The `.csv` files that hold the rows of the table described in `path`: the one beside it, then the parts in its folder, in order."""
    single = path.with_suffix(".csv")
    return [*([single] if single.exists() else []), *rule_files(path.with_suffix(""), ".csv")]


def _outcome(fact: Fact, word: str, positions: Positions, path: tuple[str | int, ...], problems: list[Diagnostic]) -> str | None:
    code = outcome_code(fact, word)
    if code is None and "，" in word:
        problems.append(positions.diagnostic("F005", f"“{word}”里是全角逗号“，”", path, "改成半角“,”，每一项各是一个值"))
    elif code is None:
        problems.append(
            positions.diagnostic("T403", f"“{fact.name}”没有“{word}”这个值", path, did_you_mean(word, _outcome_words(fact)))
        )
    return code


def _outcome_words(fact: Fact) -> list[str]:
    return ["是", "否"] if fact.kind == "yes_no" else [c.name for c in fact.choices]


def outcome_code(fact: Fact, word: str) -> str | None:
    """The code of a derived fact's value written as `word`, or None."""
    if fact.kind == "yes_no":
        return {"是": "yes", "否": "no"}.get(word.strip())
    return fact.by_word.get(word.strip())


def _inline_rows(reading: _Reading, positions: Positions) -> list[TableRow]:
    rows: list[TableRow] = []
    seen: dict[str, int] = {}
    for index, row in enumerate(reading.model.rows or ()):
        path = ("行", index)
        line = positions.of(path)[0]
        if row.id in seen:
            reading.problems.append(
                positions.diagnostic(
                    "T406", f"行号“{row.id}”重复（第一次在第 {seen[row.id]} 行）", (*path, "编号"), "改成不同的编号"
                )
            )
        seen.setdefault(row.id, line)
        when = read_condition(row.when, (*path, "当"), positions, reading.vocabulary, reading.problems)
        outcome = _outcome(reading.fact, row.outcome, positions, (*path, "结果"), reading.problems)
        rows.append(
            TableRow(
                row.id,
                when,
                outcome or "",
                row.effective or reading.model.effective,
                row.until or reading.model.until,
                row.basis or reading.model.basis,
                row.checked == "已核",
                row.note,
                Source(reading.file, line, f"{reading.model.name} {row.id}"),
            )
        )
    if not rows:
        reading.problems.append(positions.diagnostic("T407", "决策表没有任何行", ("行",), "至少写一行；不用的表就删去", key=True))
    return rows


def _csv_rows(reading: _Reading, path: Path, shown: str, source_file: str, seen: dict[str, str]) -> list[TableRow]:
    """The rows of one file. `seen` remembers where each 编号 of the table was first written."""
    text, problems = read_text(path, shown)
    reading.problems.extend(problems)
    if text is None:
        return []
    try:
        records = read_records(text, shown)
    except DiagnosticError as error:
        reading.problems.extend(error.diagnostics)
        return []
    if not records:
        reading.problems.append(Diagnostic("T407", "决策表是空的", shown, 1, 1, "第一行写表头，下面至少写一行"))
        return []
    columns = _columns(reading, records[0], shown)
    if columns is None:
        return []
    rows: list[TableRow] = []
    for line, cells in records[1:]:
        row = _csv_row(reading, columns, line, cells, shown, source_file)
        if row is None:
            continue
        if row.id in seen:
            first = seen[row.id].replace(f"{shown} ", "")
            message = f"行号“{row.id}”重复（第一次在{first}）"
            reading.problems.append(Diagnostic("T406", message, shown, line, 1, "改成不同的编号"))
        seen.setdefault(row.id, f"{shown} 第 {line} 行")
        rows.append(row)
    if not rows:
        reading.problems.append(Diagnostic("T407", "决策表只有表头，没有行", shown, records[0][0], 1, "至少写一行；不用的表就删去"))
    return rows


def read_records(text: str, shown: str) -> list[tuple[int, list[str]]]:
    """The records of a CSV text, each with the line it starts on, cells stripped, blank records left out.

    Comma, semicolon or tab, whichever the first line has most of. Raises `DiagnosticError` (T402) where the quotes do not match.
    """
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    records: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    start = 1
    try:
        for record in reader:
            records.append((start, [cell.strip() for cell in record]))
            start = reader.line_num + 1
    except csv.Error as error:
        problem = Diagnostic("T402", _csv_reason(error), shown, start, 1, "检查这一行的双引号是否成对")
        raise DiagnosticError([problem]) from error
    return [(line, cells) for line, cells in records if any(cells)]


def _csv_reason(error: csv.Error) -> str:
    return "单元格过长" if "field limit" in str(error) else "CSV 读不懂：双引号没有成对，或单元格里的双引号没有写成两个"


@dataclass(frozen=True, slots=True)
class _Columns:
    meta: dict[str, int]
    facts: tuple[tuple[int, Fact], ...]
    width: int
    full_width: int  # with the blank columns that a spreadsheet leaves at the end of every line


def _columns(reading: _Reading, header: tuple[int, list[str]], shown: str) -> _Columns | None:
    line, cells = header
    full_width = len(cells)
    while cells and not cells[-1]:
        cells.pop()
    meta: dict[str, int] = {}
    facts: list[tuple[int, Fact]] = []
    ok = True
    for index, heading in enumerate(cells):
        if heading in meta or any(f.name == heading or f.code == heading for _, f in facts):
            reading.problems.append(Diagnostic("T401", f"表头“{heading}”写了两次", shown, line, index + 1, "删去一列"))
            ok = False
        elif heading in _META:
            meta[heading] = index
        else:
            try:
                facts.append((index, reading.vocabulary.find(heading)))
            except ValueProblem as problem:
                if heading in reading.vocabulary.unread:
                    return None
                hint = did_you_mean(heading, [*_META, *reading.vocabulary.words()])
                reading.problems.append(
                    Diagnostic("T401", f"表头“{heading}”既不是事实，也不是规定的列", shown, line, index + 1, hint or problem.help)
                )
                ok = False
    for needed in ("编号", "结果") if ok else ():
        if needed not in meta:
            reading.problems.append(Diagnostic("T401", f"表头缺少“{needed}”列", shown, line, 1, "补上这一列"))
            ok = False
    return _Columns(meta, tuple(facts), len(cells), full_width) if ok else None


def _csv_row(reading: _Reading, columns: _Columns, line: int, cells: list[str], shown: str, source_file: str) -> TableRow | None:
    if any(cells[columns.width :]) or len(cells) > columns.full_width or len(cells) < columns.width - 1:
        reading.problems.append(
            Diagnostic(
                "T402", f"这一行有 {len(cells)} 格，表头有 {columns.width} 列", shown, line, 1, "单元格里的逗号要用英文双引号括起来"
            )
        )
        return None
    cells = cells + [""] * (columns.width - len(cells))

    def meta(name: str) -> str:
        return cells[columns.meta[name]] if name in columns.meta else ""

    def column(name: str) -> int:
        return columns.meta.get(name, 0) + 1

    def day(name: str) -> date | None:
        if not meta(name):
            return None
        try:
            return read_date(meta(name))
        except ValueProblem as problem:
            reading.problems.append(Diagnostic(problem.code, problem.message, shown, line, column(name), problem.help))
            return None

    identity = meta("编号")
    if not identity:
        reading.problems.append(Diagnostic("T402", "这一行没有编号", shown, line, column("编号"), "补上编号"))
        return None
    for name in ("编号", "条款"):
        if _damaged(meta(name)):
            reading.problems.append(_damage(f"{name}“{meta(name)}”", shown, line, column(name)))
    outcome = outcome_code(reading.fact, meta("结果"))
    if outcome is None:
        words = _outcome_words(reading.fact)
        reading.problems.append(
            Diagnostic(
                "T403",
                f"结果“{meta('结果')}”不在“{reading.fact.name}”的取值里",
                shown,
                line,
                column("结果"),
                did_you_mean(meta("结果"), words),
            )
        )
    parts: list[Expression] = []
    for index, fact in columns.facts:
        cell = cells[index]
        if not cell:
            continue
        if _damaged(cell):
            reading.problems.append(_damage(f"“{fact.name}”一格“{cell}”", shown, line, index + 1))
            continue
        try:
            leaf = reading.leaf(fact, cell)
        except ValueProblem as problem:
            if problem.code != "V213" or not names_unread_parameter(cell, reading.vocabulary):
                reading.problems.append(Diagnostic(problem.code, problem.message, shown, line, index + 1, problem.help))
            continue
        if leaf is not None:
            parts.append(leaf)
    checked = meta("核验") or reading.model.checked
    if checked not in ("已核", "待核"):
        reading.problems.append(Diagnostic("S104", f"核验写的是“{checked}”", shown, line, column("核验"), "只能写“已核”或“待核”"))
    when: Expression = parts[0] if len(parts) == 1 else Group("all", tuple(parts))
    note = "；".join(text for text in (meta("内容"), meta("说明")) if text)
    return TableRow(
        identity,
        when,
        outcome or "",
        day("生效") or reading.model.effective,
        day("失效") or reading.model.until,
        reading.basis(meta("文件"), meta("条款")),
        checked == "已核",
        note,
        Source(source_file, line, f"{reading.model.name} {identity}"),
    )


def _damaged(cell: str) -> bool:
    return bool(_SPREADSHEET_NUMBER.fullmatch(cell) or _SPREADSHEET_DATE.fullmatch(cell))


def _damage(what: str, shown: str, line: int, column: int) -> Diagnostic:
    fix = "把这一列的格式设为“文本”后重新填写"
    return Diagnostic("T408", f"{what}像是被表格软件改成了数字或日期", shown, line, column, fix)
