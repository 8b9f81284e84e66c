"""永远不成立的条件：照取值范围、取值清单和派生结果，没有任何项目能满足的规则、表行、路线、排除、通道、总时限，或其中一支。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.checks.inspection import Inspection, Period, general_rules, rules_of
from planner.checks.report import Check, Finding
from planner.checks.witness import Finder, GaveUp, Unsatisfiable, Witness
from planner.conditions import Truth
from planner.rulebook.compiled import Part, Source
from planner.rulebook.models import LaneRoute

CODE = "K812"
_Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class _Statement:
    """Something that ought to be able to hold: a whole condition, or one branch of a 任一 in it."""

    key: _Key
    source: Source
    formula: str
    what: str
    either: tuple[str, ...] = ()  # of an approval: its rules, one of which has to hold


def find(inspection: Inspection) -> Iterator[Finding]:
    met: set[_Key] = set()
    never: dict[_Key, tuple[_Statement, Period, Unsatisfiable | GaveUp]] = {}
    for period in inspection.periods:
        for one in _statements(inspection, period):
            if one.key in met:
                continue
            answer = period.finder.solve({one.formula: Truth.TRUE})
            if isinstance(answer, Witness):
                met.add(one.key)
                never.pop(one.key, None)
            else:
                never.setdefault(one.key, (one, period, answer))
    whole = {
        (s.source.file, s.source.line) for s, _, answer in never.values() if not s.key[3] and isinstance(answer, Unsatisfiable)
    }
    for one, period, answer in never.values():
        if isinstance(answer, GaveUp):
            if "参数" not in answer.reason:
                yield inspection.undecided(CODE, f"{_called(one.source)}{one.what}能不能成立", one.source, answer.reason)
        elif one.either and not any(isinstance(period.finder.solve({f: Truth.TRUE}), Witness) for f in one.either):
            continue  # said of each of its rules
        elif not one.key[3] or (one.source.file, one.source.line) not in whole:
            message = f"{_called(one.source)}{one.what}永远不成立：没有任何项目能满足"
            clash = _clash(period.finder, one.formula)
            yield inspection.finding(CODE, message, one.source, clash or "核对数值、单位、取值和其中的“非”；不要的规则就删去")


def _statements(inspection: Inspection, period: Period) -> Iterator[_Statement]:
    for approval in period.law.approvals:
        source = approval.source
        rules = tuple(rule.formula for rule in approval.applies)
        yield _Statement((source.file, 0, "need", ""), source, approval.need, "要办的条件（适用而没有例外）", rules)
        for rule in rules_of(approval):
            if isinstance(rule.item, LaneRoute) and not _fits(period, rule.item):
                continue  # said of the lane
            # What a layer above says stands in a file of its own, each on its line.
            place = inspection.places.get(id(rule.item), rule.source)
            yield from _with_branches(period, Source(place.file, place.line, rule.source.name), rule.formula, "")
    for rule in general_rules(period.law):
        yield from _with_branches(period, rule.source, rule.formula, "的条件")
    for notice in period.law.notices:
        yield from _with_branches(period, notice.source, notice.formula, "的条件")
    for table in period.law.compiled.tables.values():
        for row in table.rows:
            yield from _with_branches(period, row.source, row.formula, "这一行")


def _fits(period: Period, route: LaneRoute) -> bool:
    """Whether some project may fit the lane of a route."""
    lanes = (lane for lane in period.law.lanes if any(one is route for one in lane.item.routes))
    return not any(isinstance(period.finder.solve({lane.formula: Truth.TRUE}), Unsatisfiable) for lane in lanes)


def _called(source: Source) -> str:
    return source.name if "“" in source.name else f"“{source.name}”"


def _with_branches(period: Period, source: Source, formula: str, what: str) -> Iterator[_Statement]:
    yield _Statement((source.file, source.line, source.name, ""), source, formula, what)
    for number, (identifier, text) in enumerate(_branches(period.finder, formula)):
        label = f"{what}里“任一”的第 {number + 1} 支（{text}）"
        yield _Statement((source.file, source.line, source.name, f"{number} {text}"), source, identifier, label)


def _branches(finder: Finder, identifier: str) -> Iterator[tuple[str, str]]:
    """Every part of every 任一 below a formula, with its own words; what is negated is left out (there it may well never hold)."""
    formula = finder.book.formulas.get(identifier)
    if formula is None:
        return
    for part in formula.parts:
        if part.negated:
            continue
        if formula.op == "any":
            yield part.id, words(finder, part.id)
        yield from _branches(finder, part.id)


def words(finder: Finder, identifier: str) -> str:
    """A condition or formula in the words of the rule file, cut short."""
    condition = finder.book.conditions.get(identifier)
    if condition is not None:
        fact = finder.domains.vocabulary.facts.get(condition.fact)
        return f"{fact.name if fact else ''} {condition.text}".strip()
    formula = finder.book.formulas[identifier]
    joint = "，" if formula.op == "all" else " 或 "
    parts = [("非 " if part.negated else "") + words(finder, part.id) for part in formula.parts[:4]]
    return joint.join(parts) + ("…" if len(formula.parts) > 4 else "") if parts else "一律"


def _clash(finder: Finder, identifier: str) -> str:
    """The fewest parts of an 全部 that cannot hold together, as a hint; "" when it is no 全部."""
    together = list(_conjuncts(finder, Part(identifier)))
    if not 1 <= len(together) <= 20:
        return ""
    parts = together
    for part in together:
        fewer = [other for other in parts if other is not part]
        if fewer and isinstance(finder.solve(_wanted(fewer)), Unsatisfiable):
            parts = fewer
    shown = "”与“".join(("非 " if part.negated else "") + words(finder, part.id) for part in parts)
    return f"“{shown}”不能同时成立，改其中一处" if len(parts) > 1 else f"“{shown}”本身就不能成立，核对数值、单位和取值"


def _conjuncts(finder: Finder, part: Part) -> Iterator[Part]:
    """What has to hold together for a part to hold, as far as there is nothing to choose."""
    formula = finder.book.formulas.get(part.id)
    if formula is None or (formula.op == "all") == part.negated:
        yield part
        return
    for inner in formula.parts:
        yield from _conjuncts(finder, Part(inner.id, inner.negated != part.negated))


def _wanted(parts: Iterable[Part]) -> dict[str, Truth]:
    return {part.id: Truth.of(not part.negated) for part in parts}


CHECK = Check("永远不成立的条件", CODE, __doc__, find)
