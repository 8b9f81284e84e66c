"""“唯一”表里会同时命中、结果却不同的两行：这时程序得不出结果。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.overlap import RowIndex
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Unsatisfiable
from planner.conditions import Truth

CODE = "K815"


def find(inspection: Inspection) -> Iterator[Finding]:
    settled: set[tuple[str, int, str, int]] = set()
    for period in inspection.periods:
        for table in period.law.compiled.tables.values():
            if table.policy != "unique":
                continue
            fact = inspection.book.vocabulary.facts[table.fact] if table.rows else None
            for one, other in RowIndex(period.finder, table).pairs():
                key = (one.source.file, one.source.line, other.source.file, other.source.line)
                if one.outcome == other.outcome or key in settled or fact is None:
                    continue
                settled.add(key)
                answer = period.finder.solve({one.formula: Truth.TRUE, other.formula: Truth.TRUE})
                if isinstance(answer, Unsatisfiable):
                    continue
                names = f"“{one.source.name}”与“{other.source.name}”（{inspection.shown(other.source.file)}:{other.source.line}）"
                if isinstance(answer, GaveUp):
                    if "没有载明" not in answer.reason:
                        yield inspection.undecided(CODE, f"{names}会不会同时命中", one.source, answer.reason)
                    continue
                words = [fact.names.get(o, {"yes": "是", "no": "否"}.get(o, o)) for o in (one.outcome, other.outcome)]
                message = f"{names}会同时命中，结果却不同：{words[0]}、{words[1]}"
                fix = "给其中一行补上把它们分开的条件；本来就按从高到低取的，命中写“取最高”并写“次序”"
                shows = inspection.scenario(period, answer, "两行同时命中")
                yield inspection.finding(CODE, message, one.source, fix, shows=shows)


CHECK = Check("结果相互矛盾的表行", CODE, __doc__, find)
