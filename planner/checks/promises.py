"""承诺时限长于法定时限：只要有一个项目、一天使承诺的比法定的长，就不行。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Witness
from planner.conditions import Truth
from planner.rulebook.consistency import certainly_longer, possibly_longer

CODE = "K821"


def find(inspection: Inspection) -> Iterator[Finding]:
    lines = {id(entry.item): entry.source for entry in inspection.entries() if entry.key == "承诺时限"}
    done: set[tuple[int, int]] = set()
    for period in inspection.periods:
        for approval in period.law.approvals:
            for promise in approval.promises:
                for limit in approval.limits:
                    key = (id(promise.item), id(limit.item))
                    if key in done or not possibly_longer(promise.item.term, limit.item.term):
                        continue
                    if limit.item.nature == "最短间隔":
                        continue  # the least that must pass; loading refuses a shorter promise
                    done.add(key)
                    needed = {approval.need: Truth.TRUE, promise.formula: Truth.TRUE, limit.formula: Truth.TRUE}
                    answer = period.finder.solve(needed)
                    source = lines.get(id(promise.item), promise.source)
                    certain = certainly_longer(promise.item.term, limit.item.term)
                    legal = f"{inspection.shown(limit.source.file)}:{limit.source.line}"
                    says = f"“{approval.model.name}”承诺 {promise.item.term}，法定 {limit.item.term}（{legal}）"
                    if isinstance(answer, Witness):
                        message = f"{says}：承诺{'长于法定' if certain else '遇上周末会长于法定'}"
                        fix = "承诺时限只能短于或等于法定时限" if certain else "改用与法定时限相同的单位"
                        shows = inspection.scenario(period, answer, "承诺长于法定")
                        yield inspection.finding(CODE, message, source, fix, warn=not certain, shows=shows)
                    elif isinstance(answer, GaveUp):
                        yield inspection.undecided(CODE, f"{says}会不会碰到一起", source, answer.reason)


CHECK = Check("承诺长于法定", CODE, __doc__, find)
