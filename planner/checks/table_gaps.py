"""决策表没有覆盖到的情形：没有写“无匹配”，又有项目一行也不命中，这时程序得不出结果。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Witness
from planner.conditions import Truth
from planner.rulebook.compiled import PARAMETER

CODE = "K816"


def find(inspection: Inspection) -> Iterator[Finding]:
    told: set[str] = set()
    for period in inspection.periods:
        for table in period.law.compiled.tables.values():
            if table.code in told or table.default is not None or table.policy == "collect" or table.fact.startswith(PARAMETER):
                continue
            if not table.rows:
                continue  # the law of that time is not recorded, and every plan says so
            require = {row.formula: Truth.FALSE for row in table.rows}
            answer = period.finder.solve(require, stated=False, not_applicable=False)
            fact = inspection.book.vocabulary.facts[table.fact]
            title = inspection.book.tables[table.code].model.name
            if isinstance(answer, Witness):
                told.add(table.code)
                message = f"决策表“{title}”有没覆盖到的情形：下面的项目一行也不命中，“{fact.name}”得不出来"
                fix = "补上这种情形的行；其余情形结果相同的，写“无匹配: …”；法律确实没有规定的，可以保留"
                shows = inspection.scenario(period, answer, f"决策表“{title}”没有覆盖")
                yield inspection.finding(CODE, message, table.source, fix, warn=True, shows=shows)
            elif isinstance(answer, GaveUp):
                told.add(table.code)
                yield inspection.undecided(CODE, f"决策表“{title}”是否覆盖了全部情形", table.source, answer.reason)


CHECK = Check("决策表的空白", CODE, __doc__, find)
