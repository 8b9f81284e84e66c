"""重复或者被包住的规则：同一事项的一条“适用”或“例外”，凡是它成立时另一条也成立，写了等于没写。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from planner.checks.inspection import Inspection, Period
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Unsatisfiable, Witness
from planner.conditions import Truth
from planner.rulebook.compile import InForceRule

CODE = "K813"


def find(inspection: Inspection) -> Iterator[Finding]:
    seen: set[tuple[str, int, int]] = set()
    for period in inspection.periods:
        for approval in period.law.approvals:
            for rules in (approval.applies, approval.exceptions):
                yield from _inside_another(inspection, period, rules, seen)


def _inside_another(
    inspection: Inspection, period: Period, rules: Sequence[InForceRule[Any]], seen: set[tuple[str, int, int]]
) -> Iterator[Finding]:
    for inner, outer in permutations(rules, 2):
        key = (inner.source.file, inner.source.line, outer.source.line)
        same = inner.formula == outer.formula
        if key in seen or (same and inner.source.line < outer.source.line):
            continue
        answer = None if same else period.finder.solve({inner.formula: Truth.TRUE, outer.formula: Truth.FALSE})
        if isinstance(answer, Witness):
            continue
        seen.update({key, (key[0], key[2], key[1])} if same else {key})
        names = f"“{inner.item.name}”", f"第 {outer.source.line} 行的“{outer.item.name}”"
        if isinstance(answer, GaveUp):
            yield inspection.undecided(CODE, f"{names[0]}是不是全在{names[1]}里面", inner.source, answer.reason)
            continue
        both = period.finder.solve({inner.formula: Truth.TRUE, outer.formula: Truth.TRUE})
        if isinstance(both, Unsatisfiable):
            continue  # the inner one never holds at all, which is reported as that
        shows = inspection.scenario(period, both, "两条规则同时成立") if isinstance(both, Witness) else None
        message = f"{names[0]}与{names[1]}条件相同" if same else f"{names[0]}的情形全在{names[1]}里面，删去它结论不变"
        fix = "删去一条，或者改正其中的数值；只为多引一部法律的，把依据并到一条里"
        yield inspection.finding(CODE, message, inner.source, fix, warn=True, shows=shows)


CHECK = Check("重复或被包住的规则", CODE, __doc__, find)
