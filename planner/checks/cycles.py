"""前置成环：有项目使几个事项（连同开工、竣工验收等节点）互相等待，谁也办不了。"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Witness
from planner.conditions import Truth
from planner.rulebook.compile import InForce
from planner.rulebook.compiled import Source

CODE = "K820"
_MOST_CYCLES = 2_000
_MILESTONES = ("开工", "完工", "竣工验收", "投入使用")


@dataclass(frozen=True, slots=True)
class _Edge:
    """`later` waits for `earlier` when `formula` holds ("" for milestones, which follow one another always)."""

    later: str
    earlier: str
    formula: str
    source: Source | None


def find(inspection: Inspection) -> Iterator[Finding]:
    told: set[frozenset[str]] = set()
    tried: set[tuple[tuple[str, int], ...]] = set()
    for period in inspection.periods:
        names = {a.model.code: a.model.name for a in period.law.approvals}
        needs = {a.model.code: a.need for a in period.law.approvals}
        edges = _in_cycles(_edges(period.law))
        for number, cycle in enumerate(_cycles(edges)):
            first = next(edge.source for edge in cycle if edge.source)
            if number >= _MOST_CYCLES:
                yield inspection.undecided(CODE, "前置关系是否成环", first, "可能的环太多，没有逐一算完")
                return
            nodes = frozenset(edge.later for edge in cycle)
            if nodes in told:
                continue
            require = {edge.formula: Truth.TRUE for edge in cycle if edge.formula}
            require |= {needs[node]: Truth.TRUE for node in nodes if node in needs}
            answer = period.finder.solve(require)
            way = " → ".join([*(names.get(e.later, e.later) for e in cycle), names.get(cycle[0].later, cycle[0].later)])
            signature = tuple(sorted((e.source.file, e.source.line) for e in cycle if e.source))
            if isinstance(answer, Witness):
                told.add(nodes)
                others = "、".join(f"{inspection.shown(e.source.file)}:{e.source.line}" for e in cycle if e.source)
                message = f"前置关系成环（→ 读作“要等”）：{way}。各处：{others}"
                shows = inspection.scenario(period, answer, "这几项互相等待")
                yield inspection.finding(CODE, message, first, "至少去掉一处前置，或给它加上不会同时成立的“当”", shows=shows)
            elif isinstance(answer, GaveUp) and signature not in tried:
                yield inspection.undecided(CODE, f"{way} 会不会同时成立", first, answer.reason)
            tried.add(signature)


def _edges(law: InForce) -> Iterator[_Edge]:
    for earlier, later in pairwise(_MILESTONES):
        yield _Edge(later, earlier, "", None)
    known = {a.model.code for a in law.approvals}
    for approval in law.approvals:
        code = approval.model.code
        for need in approval.prerequisites:
            target = need.item.approval or need.item.milestone
            if target in known or target in _MILESTONES:
                yield _Edge(code, str(target), need.formula, need.source)
        for paper in approval.materials:
            if paper.item.comes_from in known:
                yield _Edge(code, str(paper.item.comes_from), paper.formula, paper.source)
        for hold in approval.holds:
            yield _Edge(hold.item.milestone, code, hold.formula, hold.source)


def _in_cycles(edges: Iterator[_Edge]) -> Mapping[str, list[_Edge]]:
    """Edges by who waits, without those that lead nowhere: what nobody waits for, and what waits for nobody, is in no cycle."""
    kept = list(edges)
    while True:
        later, earlier = {e.later for e in kept}, {e.earlier for e in kept}
        fewer = [e for e in kept if e.earlier in later and e.later in earlier]
        if len(fewer) == len(kept):
            break
        kept = fewer
    found: dict[str, list[_Edge]] = {}
    for edge in kept:
        found.setdefault(edge.later, []).append(edge)
    return found


def _cycles(edges: Mapping[str, list[_Edge]]) -> Iterator[list[_Edge]]:
    """Every simple cycle once, begun at its first node."""

    def walk(start: str, node: str, trail: list[_Edge], seen: frozenset[str], home: frozenset[str]) -> Iterator[list[_Edge]]:
        for edge in edges.get(node, ()):
            if edge.earlier == start:
                yield [*trail, edge]
            elif edge.earlier in home and edge.earlier not in seen:
                yield from walk(start, edge.earlier, [*trail, edge], seen | {edge.earlier}, home)

    for start in sorted(edges):
        yield from walk(start, start, [], frozenset({start}), _leading_to(start, edges))


def _leading_to(start: str, edges: Mapping[str, list[_Edge]]) -> frozenset[str]:
    """Nodes after `start` in order from which waiting leads back to it."""
    found = {start}
    while True:
        more = {e.later for waiting in edges.values() for e in waiting if e.earlier in found and e.later > start} - found
        if not more:
            return frozenset(found)
        found |= more


CHECK = Check("前置成环", CODE, __doc__, find)
