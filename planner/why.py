"""Why an approval is, or is not, in the plan, and the smallest change of facts that would turn the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from planner.conditions import (
    Between,
    Compare,
    ContainsAll,
    Facts,
    Is,
    IsNotApplicable,
    Not,
    OneOf,
    Test,
    Truth,
    Value,
    evaluate,
    telling_values,
)
from planner.inference.conclude import Conclusions
from planner.inference.questions import flips, open_causes
from planner.plan import Reason
from planner.reasons import Explainer
from planner.rulebook.compile import InForce
from planner.rulebook.compiled import Condition
from planner.rulebook.rulebook import Rulebook
from planner.vocabulary import NO, YES, Fact, Kind, show_value


@dataclass(frozen=True, slots=True)
class Change:
    """One fact as it is, and what it would have to satisfy instead."""

    fact: str
    name: str
    value: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "why this approval?".

    `answer`: whether it is needed. `flip`: the smallest set of changes after which the answer would be the other one, one per fact;
    None when none was found that does it. `settle`: the facts that would settle an open answer. `lacking`: names of the parameters
    an open answer turns on that the rulebook has no value for.
    """

    code: str
    name: str
    as_of: date
    answer: Truth
    because: tuple[Reason, ...]
    flip: tuple[Change, ...] | None
    settle: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def explain(
    book: Rulebook, law: InForce, conclusions: Conclusions, code: str, as_of: date, again: Callable[[Facts], Conclusions]
) -> Explanation:
    """Explain one approval of the rulebook. `again` concludes anew from other facts. Raises KeyError for a code not in the rulebook."""
    approval = next((a for a in law.approvals if a.model.code == code), None)
    if approval is None:
        raise KeyError(code)
    answer = conclusions.formulas[approval.need]
    explainer = Explainer(law, book.vocabulary, conclusions)
    because = explainer.why_not(approval) if answer is Truth.FALSE else explainer.why_needed(approval)
    flip = None
    settle: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    if answer is Truth.UNKNOWN:
        causes = open_causes(law.compiled, conclusions, approval.need)
        settle = tuple(code for code in causes if code not in law.parameters)
        lacking = tuple(law.parameters[code].name for code in causes if code in law.parameters)
    else:
        wanted = flips(law.compiled, conclusions, approval.need, ~answer)
        flip = None if wanted is None else _changes(book, law.compiled.conditions, conclusions, wanted)
        # Another kind or industry makes another project: what turns the answer within this one is worth more.
        remoteness = max((_REMOTENESS[book.vocabulary.facts[change.fact].kind] for change in flip), default=0) if flip else 4
        if remoteness >= _ANOTHER_PROJECT:
            named = [read.fact for reason in because for read in reason.facts]
            flip = _one_fact_that_turns(book, law, conclusions, approval.need, again, named, remoteness) or flip
    return Explanation(code, approval.model.name, as_of, answer, because, flip, settle, lacking)


def _one_fact_that_turns(
    book: Rulebook,
    law: InForce,
    conclusions: Conclusions,
    need: str,
    again: Callable[[Facts], Conclusions],
    named: Sequence[str],
    nearer_than: int,
) -> tuple[Change, ...] | None:
    """One fact with another value that turns the answer when everything is concluded anew, or None.

    The search over conditions cannot ask two things of one fact; trying values can. What a project could be with the same purpose
    is tried first: its sizes and circumstances before its kind, its industry last; among these the facts the reasons name.
    """
    stated = {
        code: value for code, value in conclusions.values.items() if value is not None and code not in _derived(law, conclusions)
    }
    wanted = ~conclusions.formulas[need]
    behind = _telling_values_behind(law, need)
    facts = book.vocabulary.facts
    stated_by_projects = [facts[code] for code in behind if code not in law.parameters]
    kinds = {fact.code: fact for fact in stated_by_projects if not fact.derived and _REMOTENESS[fact.kind] < nearer_than}
    for code in sorted(kinds, key=lambda code: (_REMOTENESS[kinds[code].kind], code not in named)):
        fact = kinds[code]
        for value in _nearest_first(behind[code], stated.get(code)):
            if value == stated.get(code) or not _admits(fact, value):
                continue
            if again({**stated, code: value}).formulas[need] is wanted:
                return (Change(code, fact.name, show_value(fact, stated.get(code)), _show_wanted(fact, value)),)
    return None


_REMOTENESS: Mapping[Kind, int] = {"number": 0, "yes_no": 0, "date": 0, "set": 1, "choice": 2, "code": 3}
_ANOTHER_PROJECT = 2


def _nearest_first(values: Iterable[Value], current: Value | None) -> list[Value]:
    """Numbers by their distance from the current one: the least change is offered."""
    if not isinstance(current, Fraction):
        return list(values)
    return sorted(values, key=lambda value: abs(value - current) if isinstance(value, Fraction) else 0)


def _admits(fact: Fact, value: Value) -> bool:
    if not isinstance(value, Fraction):
        return True
    return (fact.low is None or value >= fact.low) and (fact.high is None or value <= fact.high)


def _show_wanted(fact: Fact, value: Value) -> str:
    """The value to take instead; one that stands just beside a bound reads as that side of the bound."""
    if isinstance(value, Fraction):
        bound = Fraction(round(value * 100), 100)
        if bound != value:
            return f"{'小于' if value < bound else '大于'} {show_value(fact, bound)}"
    return show_value(fact, value, exactly=True)


def _derived(law: InForce, conclusions: Conclusions) -> frozenset[str]:
    return frozenset(law.compiled.derived) - conclusions.given


def _telling_values_behind(law: InForce, need: str) -> dict[str, dict[Value, None]]:
    """For every fact a formula reads, directly or through tables: the values its tests tell apart."""
    book = law.compiled
    found: dict[str, dict[Value, None]] = {}
    waiting, seen = [need], {need}
    while waiting:
        identifier = waiting.pop()
        formula = book.formulas.get(identifier)
        below = [part.id for part in formula.parts] if formula else []
        if formula is None:
            condition = book.conditions[identifier]
            found.setdefault(condition.fact, {}).update(dict.fromkeys(telling_values(condition.test)))
            table = book.tables.get(book.derived.get(condition.fact, ""))
            below = [row.formula for row in table.rows] if table else []
        waiting += [one for one in below if one not in seen]
        seen.update(below)
    return found


def _changes(
    book: Rulebook, conditions: Mapping[str, Condition], conclusions: Conclusions, wanted: Iterable[tuple[str, Truth]]
) -> tuple[Change, ...] | None:
    """One change per fact; None when no value of some fact meets all that is asked of it."""
    by_fact: dict[str, list[Demand]] = {}
    for identifier, truth in wanted:
        condition = conditions[identifier]
        by_fact.setdefault(condition.fact, []).append((condition.test, truth))
    found: list[Change] = []
    for code, demands in by_fact.items():
        fact = book.vocabulary.facts[code]
        needed = _without_repetition(fact, demands)
        if needed is None:
            return None
        text = "，且".join(_show_demand(fact, test, truth) for test, truth in needed)
        found.append(Change(code, fact.name, show_value(fact, conclusions.values.get(code)), text))
    return tuple(found)


Demand: TypeAlias = tuple[Test, Truth]
"""A test on a fact, and what it would have to say of it."""


def _without_repetition(fact: Fact, demands: Sequence[Demand]) -> list[Demand] | None:
    """The demands without those that follow from the others; None when no value meets them all.

    What a test must not say usually follows from what another must: `不满足“新建”` is dropped beside `扩建`.
    """
    if len(demands) == 1:
        return list(demands)
    values = _values_to_try(fact, demands)

    def met(value: Value, by: Iterable[Demand]) -> bool:
        return all(evaluate(test, value) is truth for test, truth in by)

    if not any(met(value, demands) for value in values):
        return None
    kept = list(demands)
    for demand in sorted(demands, key=lambda one: one[1] is Truth.TRUE):
        rest = [one for one in kept if one is not demand]
        if rest and all(met(value, [demand]) for value in values if met(value, rest)):
            kept = rest
    return kept


def _values_to_try(fact: Fact, demands: Iterable[Demand]) -> list[Value]:
    """Values enough to see whether demands on a fact agree and which follow from which."""
    told = [value for test, _ in demands for value in telling_values(test)]
    if fact.kind == "set":
        members = sorted({code for value in told if isinstance(value, frozenset) for code in value})
        return [frozenset(some) for size in range(4) for some in combinations(members, size)]
    if fact.is_choice_like:
        return [choice.code for choice in fact.choices] or [YES, NO]
    return told


def _show_demand(fact: Fact, test: Test, truth: Truth) -> str:
    if truth is Truth.TRUE:
        return show_test(fact, test)
    if isinstance(test, Not):
        return show_test(fact, test.test)
    return f"不满足“{show_test(fact, test)}”"


def show_test(fact: Fact, test: Test) -> str:
    """A test as a rule file would write it, in the fact's canonical unit."""
    match test:
        case Not(inner):
            return f"非 {show_test(fact, inner)}"
        case IsNotApplicable():
            return "不适用"
        case Is(value):
            return "是" if value else "否"
        case Compare(op, bound):
            return f"{ {'>=': '≥', '<=': '≤'}.get(op, op) } {_bound(fact, bound)}"
        case Between(low, low_closed, high, high_closed):
            return f"{'[' if low_closed else '('}{_bound(fact, low)}..{_bound(fact, high)}{']' if high_closed else ')'}"
        case OneOf(_, values):
            return "、".join(_code(fact, v) for v in values)
        case ContainsAll(tests):
            return "全含 " + "、".join(_code(fact, v) for t in tests for v in t.values)


def _bound(fact: Fact, bound: Fraction | date) -> str:
    return show_value(fact, bound, exactly=True)


def _code(fact: Fact, code: str) -> str:
    if fact.kind == "yes_no":
        return {YES: "是", NO: "否"}[code]
    return fact.names.get(code, code)
