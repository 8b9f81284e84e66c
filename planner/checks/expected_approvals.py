"""应有的事项：rulebook.yaml 的“事项”清单列着却没有文件（不通过），或者有文件却没有列进清单（警告：哪天漏抄了它没人发现）。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding, Note
from planner.rulebook.compiled import Source

CODE = "K828"


def find(inspection: Inspection) -> Iterator[Finding | Note]:
    listed: dict[str, Source] = {}
    lists: dict[str, Source] = {}
    for layer in inspection.book.layers:
        file = f"{layer.name}/rulebook.yaml"
        codes = inspection.written(file, ("事项",))
        positions = inspection.positions(file)
        for index, code in enumerate(codes if isinstance(codes, list) else ()):
            listed[str(code)] = Source(file, positions.of(("事项", index))[0], layer.title)
        if isinstance(codes, list):
            lists[layer.name] = Source(file, positions.of(("事项",))[0], layer.title)
    for code, source in listed.items():
        if code not in inspection.book.approvals:
            message = f"清单里的事项“{code}”没有文件 approvals/{code}.yaml"
            yield inspection.finding(CODE, message, source, "找回这个文件；确实取消的，从清单里删去")
    for code, loaded in inspection.book.approvals.items():
        if loaded.layer in lists and code not in listed:
            message = f"“{loaded.model.name}”（{code}）没有列进“事项”清单"
            yield inspection.finding(CODE, message, lists[loaded.layer], f"在清单里加上 {code}", warn=True)
    if not lists:
        yield Note("没有一层写了“事项”清单", applies=False)


CHECK = Check("应有的事项", CODE, __doc__, find)
