"""文件名与里面的“代码”不一致：下一个人会找不到它，上层的同名文件也调整不到它。"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.rulebook.compiled import Source

CODE = "K827"


def find(inspection: Inspection) -> Iterator[Finding]:
    named: list[tuple[str, Source]] = [(a.model.code, a.source) for a in inspection.book.approvals.values()]
    named += [(a.model.code, o.source) for a in inspection.book.approvals.values() for o in a.overlays]
    named += [(t.model.code, t.source) for t in inspection.book.tables.values()]
    for code, source in named:
        path = PurePosixPath(source.file)
        if path.stem != code:
            message = f"文件名是“{path.name}”，代码却是“{code}”"
            yield inspection.finding(CODE, message, source, f"文件改名为 {code}{path.suffix}，或把代码改成 {path.stem}")


CHECK = Check("文件名与代码不一致", CODE, __doc__, find)
