"""起不了作用的表行：凡是它命中时，同样结果或更高结果的别的行已经命中，写了等于没写。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.checks.inspection import Inspection, Period
from planner.checks.overlap import RowIndex
from planner.checks.report import Check, Finding
from planner.checks.witness import Answer, Finder, GaveUp, Unsatisfiable, Witness
from planner.conditions import Truth
from planner.inference.evaluator import Reading
from planner.rulebook.compiled import Row, Table

CODE = "K814"


def find(inspection: Inspection) -> Iterator[Finding]:
    decides: set[tuple[str, int]] = set()
    beaten: dict[tuple[str, int], Finding] = {}
    for period in inspection.periods:
        for table in period.law.compiled.tables.values():
            index = RowIndex(period.finder, table)
            for row in table.rows:
                key = (row.source.file, row.source.line)
                if key in decides:
                    continue
                found = _never_decides(inspection, period, table, index, row)
                if found is None:
                    decides.add(key)
                    beaten.pop(key, None)
                else:
                    beaten.setdefault(key, found)
    yield from beaten.values()


def _rank(table: Table, outcome: str) -> int:
    return table.order.index(outcome) if outcome in table.order else len(table.order)


def _never_decides(inspection: Inspection, period: Period, table: Table, index: RowIndex, row: Row) -> Finding | None:
    """Whether other rows always go before `row`; None when it decides on some project, or never holds (which is reported as that)."""
    place = index.place(row)
    rivals = []
    for other in index.meeting(row):
        above = table.policy == "highest" and _rank(table, other.outcome) < _rank(table, row.outcome)
        if above or (other.outcome == row.outcome and not (other.formula == row.formula and index.place(other) > place)):
            rivals.append(other)
    if not rivals:
        return None
    solve = period.finder.solve
    answer = _escaping(period.finder, row, rivals)
    same = [r for r in rivals if r.formula == row.formula]
    if isinstance(answer, Witness) and not same:
        return None
    if isinstance(answer, GaveUp) and not same:
        if "没有载明" in answer.reason:
            return None  # it may decide where a table does not say: no mistake that anybody could put right here
        return inspection.undecided(CODE, f"“{row.source.name}”这一行会不会起作用", row.source, answer.reason)
    holds = solve({row.formula: Truth.TRUE})
    if not isinstance(holds, Witness):
        return None
    alone = same or [r for r in rivals if isinstance(solve({row.formula: Truth.TRUE, r.formula: Truth.FALSE}), Unsatisfiable)]
    named = "、".join(f"{r.source.name}（第 {r.source.line} 行）" for r in (alone[:1] or rivals[:6]))
    message = f"“{row.source.name}”这一行起不了作用：它命中时，{named}{'' if alone else '合起来'}已经命中"
    shows = inspection.scenario(period, holds, "这一行命中，别的行也命中")
    return inspection.finding(CODE, message, row.source, "删去这一行，或者改正数值、取值、结果", warn=True, shows=shows)


def _escaping(finder: Finder, row: Row, rivals: Sequence[Row]) -> Answer:
    """A project on which `row` holds and every rival fails. Rivals are only brought in once they stand in the way: most never do."""
    away: dict[str, Truth] = {}
    while True:
        answer = finder.solve({**away, row.formula: Truth.TRUE})
        if not isinstance(answer, Witness):
            return answer
        # With everything else 不适用 nearly all rows fail; those that do not have to be avoided.
        reading = Reading(finder.book, {**finder.nothing_else, **answer.facts})
        met = [r.formula for r in rivals if r.formula != row.formula and reading.truth(r.formula) is not Truth.FALSE]
        new = [formula for formula in dict.fromkeys(met) if formula not in away]
        if not new:
            return answer
        away.update(dict.fromkeys(new[:3], Truth.FALSE))


CHECK = Check("起不了作用的表行", CODE, __doc__, find)
