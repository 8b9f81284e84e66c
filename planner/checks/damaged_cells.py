"""表格软件改坏的单元格：3-5 变成日期、大数变成 1.1E+10、公式出错留下 #REF!、列太窄存成 ####。"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding, Note
from planner.rulebook.compiled import Source
from planner.rulebook.source import read_text

CODE = "K829"

_ERROR = re.compile(r"#(REF|NAME|DIV/0|VALUE|N/A|NULL|NUM)[!?]?|#{3,}")
_NUMBER = re.compile(r"(?<![\w.])\d(\.\d+)?[eE]\+\d+(?!\w)")
_DATE = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(-\d+)?|[A-Z][a-z]{2}-\d{2}")
_FREE_TEXT = frozenset({"内容", "说明"})


def find(inspection: Inspection) -> Iterator[Finding | Note]:
    found_any = False
    for layer in inspection.book.layers:
        for file in layer.files:
            if file.endswith(".csv"):
                found_any = True
                yield from _damage(inspection, f"{layer.name}/{file}", inspection.folders[layer.name] / file)
    if not found_any:
        yield Note("没有用 csv 写的决策表", applies=False)


def _damage(inspection: Inspection, file: str, path: Path) -> Iterator[Finding]:
    text, _ = read_text(path, file)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=text.split("\n", 1)[0].count))
    header = next(reader, [])
    start = reader.line_num + 1
    for cells in reader:
        for heading, cell in zip(header, cells, strict=False):
            what = _what(heading.strip(), cell.strip())
            if what:
                message = f"“{heading}”一格“{cell.strip()[:30]}”{what}"
                yield inspection.finding(CODE, message, Source(file, start, heading), "把这一列的格式设为“文本”，对照原件重新填写")
        start = reader.line_num + 1


def _what(heading: str, cell: str) -> str:
    if _ERROR.search(cell):
        return "是表格软件的出错标记"
    if heading in ("生效", "失效"):
        return ""
    if (_NUMBER.search if heading in _FREE_TEXT else _NUMBER.fullmatch)(cell):
        return "像是被表格软件改成了科学计数"
    if heading not in _FREE_TEXT and _DATE.fullmatch(cell):
        return "像是被表格软件改成了日期"
    return ""


CHECK = Check("表格软件改坏的单元格", CODE, __doc__, find)
