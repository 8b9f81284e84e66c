"""到了“复核”日期还没有重新核对的内容。"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.rulebook.compiled import Source

CODE = "K826"


_LISTED = (("laws", "法规", "名称"), ("departments", "部门", "职能"), ("teams", "专班", "名称"))


def find(inspection: Inspection) -> Iterator[Finding]:
    for what, day, source in _rechecks(inspection):
        if day < inspection.today:
            message = f"{what}要在 {day} 以前复核，已经过了"
            fix = "对照现行文本核对一遍：没有变的，把“复核”改到下一个日期；变了的，写“失效”并另写新的一条"
            yield inspection.finding(CODE, message, source, fix, warn=True)


def _rechecks(inspection: Inspection) -> Iterator[tuple[str, date, Source]]:
    for entry in inspection.entries():
        if getattr(entry.item, "recheck", None) is not None:
            yield str(entry), entry.item.recheck, entry.source
    for table in inspection.book.tables.values():
        places = {row.id: row.source for row in table.rows}
        for row in table.model.rows or ():
            if row.recheck is not None:
                yield f"决策表“{table.model.name}”的行“{row.id}”", row.recheck, places[row.id]
    for name, key, label in _LISTED:
        for item, source in inspection.listed(name, key):
            if item.get("复核"):
                yield f"{key}“{item.get(label, '')}”", date.fromisoformat(str(item["复核"])), source


CHECK = Check("到期未复核", CODE, __doc__, find)
