"""Why an approval is, or is not, in the plan, and the smallest change of facts that would turn the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from planner.conditions import Between, Compare, ContainsAll, Is, IsNotApplicable, Not, OneOf, Test, Truth
from planner.inference.conclude import Conclusions
from planner.inference.questions import flips, open_facts
from planner.plan import Reason
from planner.reasons import Explainer
from planner.rulebook.compile import InForce
from planner.rulebook.compiled import Condition
from planner.rulebook.rulebook import Rulebook
from planner.vocabulary import NO, YES, Fact, show_value


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

    `answer`: whether it is needed. `flip`: the smallest set of changes after which the answer would be the other one, None when no
    change of facts does it. `settle`: the facts that would settle an open answer.
    """

    code: str
    name: str
    as_of: date
    answer: Truth
    because: tuple[Reason, ...]
    flip: tuple[Change, ...] | None
    settle: tuple[str, ...]


def explain(book: Rulebook, law: InForce, conclusions: Conclusions, code: str, as_of: date) -> Explanation:
    """Explain one approval of the rulebook. Raises KeyError for a code that is not in it."""
    approval = next((a for a in law.approvals if a.model.code == code), None)
    if approval is None:
        raise KeyError(code)
    answer = conclusions.formulas[approval.need]
    explainer = Explainer(law, book.vocabulary, conclusions)
    because = explainer.why_not(approval) if answer is Truth.FALSE else explainer.why_needed(approval)
    flip = None
    settle: tuple[str, ...] = ()
    if answer is Truth.UNKNOWN:
        settle = open_facts(law.compiled, conclusions, approval.need)
    else:
        wanted = flips(law.compiled, conclusions, approval.need, ~answer)
        flip = None if wanted is None else _changes(book, law.compiled.conditions, conclusions, wanted)
    return Explanation(code, approval.model.name, as_of, answer, because, flip, settle)


def _changes(
    book: Rulebook, conditions: Mapping[str, Condition], conclusions: Conclusions, wanted: Iterable[tuple[str, Truth]]
) -> tuple[Change, ...]:
    found: list[Change] = []
    for identifier, truth in wanted:
        condition = conditions[identifier]
        fact = book.vocabulary.facts[condition.fact]
        demand = show_test(fact, condition.test)
        found.append(
            Change(
                fact.code,
                fact.name,
                show_value(fact, conclusions.values.get(fact.code)),
                demand if truth is Truth.TRUE else f"不满足“{demand}”",
            )
        )
    return tuple(found)


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
