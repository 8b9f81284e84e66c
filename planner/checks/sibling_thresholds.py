"""成对的门槛接不上：同一职能的两个事项以同一个数分界（≥ 5 与 < 5），却有项目两个都要办，或者正好在界上两个都不办。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from planner.checks.domains import plain_between
from planner.checks.inspection import Inspection, Period
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Witness, leaves
from planner.conditions import Between, Compare, Not, Test, Truth
from planner.rulebook.compile import ApprovalInForce
from planner.rulebook.compiled import Source
from planner.units import show
from planner.vocabulary import Fact

CODE = "K817"


@dataclass(frozen=True, slots=True)
class _Edge:
    """A bound at which an approval begins (`up`) or ends as a fact grows."""

    fact: str
    bound: Fraction
    up: bool


def find(inspection: Inspection) -> Iterator[Finding]:
    """Siblings are approvals of one function that face each other at one bound, in some period; they are looked at in every period."""
    edges = [{a.model.code: frozenset(_edges(period, a)) for a in period.law.approvals} for period in inspection.periods]
    siblings = _siblings(inspection, edges)
    both: set[tuple[str, str]] = set()
    neither: set[tuple[str, str, str]] = set()
    for period, here in zip(inspection.periods, edges, strict=True):
        approvals = {a.model.code: a for a in period.law.approvals}
        for (first, second), facts in siblings.items():
            one, other = approvals[first], approvals[second]
            if (first, second) not in both:
                found = list(_both(inspection, period, one, other, facts))
                both.update([(first, second)] if found else [])
                yield from found
            for fact in sorted(facts):
                for above, below in ((one, other), (other, one)):
                    if (above.model.code, below.model.code, fact) in neither:
                        continue
                    for end, start in _meeting(fact, here[above.model.code], here[below.model.code]):
                        found = list(_neither(inspection, period, above, below, fact, (end, start)))
                        neither.update([(above.model.code, below.model.code, fact)] if found else [])
                        yield from found


def _siblings(inspection: Inspection, edges: Sequence[Mapping[str, frozenset[_Edge]]]) -> dict[tuple[str, str], set[str]]:
    """Pairs of approvals, with the facts at a bound of which they face each other."""
    found: dict[tuple[str, str], set[str]] = {}
    for period, here in zip(inspection.periods, edges, strict=True):
        for one, other in combinations(period.law.approvals, 2):
            if one.function != other.function:
                continue
            facing = {_Edge(e.fact, e.bound, not e.up) for e in here[one.model.code]} & here[other.model.code]
            if facing:
                found.setdefault((one.model.code, other.model.code), set()).update(e.fact for e in facing)
    return found


def _meeting(fact: str, above: frozenset[_Edge], below: frozenset[_Edge]) -> Iterator[tuple[Fraction, Fraction]]:
    """Where the one below ends and the one above begins next, equal or with room between."""
    starts = sorted(e.bound for e in above if e.fact == fact and e.up)
    for end in sorted(e.bound for e in below if e.fact == fact and not e.up):
        start = next((s for s in starts if s >= end), None)
        if start is not None:
            yield end, start


def _edges(period: Period, approval: ApprovalInForce) -> Iterator[_Edge]:
    for rule in approval.applies:
        for condition in leaves(period.finder, rule.formula):
            yield from _of_test(condition.fact, condition.test)


def _of_test(fact: str, test: Test) -> Iterator[_Edge]:
    match test:
        case Compare(op=op, bound=Fraction() as bound) if op != "=":
            yield _Edge(fact, bound, op in (">", ">="))
        case Between(low=Fraction() as low, high=Fraction() as high):
            yield _Edge(fact, low, True)
            yield _Edge(fact, high, False)
        case Not(test=Compare(op=op, bound=Fraction() as bound)) if op != "=":
            yield _Edge(fact, bound, op in ("<", "<="))


def _both(
    inspection: Inspection, period: Period, one: ApprovalInForce, other: ApprovalInForce, facts: Iterable[str]
) -> Iterator[Finding]:
    """A project that needs both."""
    answer = period.finder.solve({one.need: Truth.TRUE, other.need: Truth.TRUE}, stated=False)
    names = f"“{one.model.name}”和“{other.model.name}”"
    if isinstance(answer, GaveUp):
        if "没有载明" not in answer.reason:
            yield inspection.undecided(CODE, f"{names}会不会同时要办", _place(one), answer.reason)
    elif isinstance(answer, Witness):
        shared = "、".join(inspection.book.vocabulary.facts[fact].name for fact in sorted(facts))
        message = f"{names}以“{shared}”分界，却有项目两个都要办"
        fix = "核对两边的数值、“≥”“>”“<”“≤”和“任一”“全部”，日期也要对齐；法律确实要求都办的，可以保留"
        shows = inspection.scenario(period, answer, "两个都要办")
        yield inspection.finding(CODE, message, _place(one), fix, warn=True, shows=shows)


def _neither(
    inspection: Inspection,
    period: Period,
    above: ApprovalInForce,
    below: ApprovalInForce,
    about: str,
    bounds: tuple[Fraction, Fraction],
) -> Iterator[Finding]:
    """A project that needs the one just above the bounds, the other just below them, and neither upon or between them."""
    end, start = bounds
    fact = inspection.book.vocabulary.facts[about]
    values = sorted(v for v in period.finder.domains.domain(about).values if isinstance(v, Fraction))
    over = next((plain_between(start, v) for v in values if v > start), None) or start + 1
    under = next((plain_between(v, end) for v in reversed(values) if v < end), None)
    upon_it = end if end == start else plain_between(end, start, integer=fact.integer)
    if under is None or upon_it is None or (fact.integer and (over.denominator != 1 or under.denominator != 1)):
        return
    solve = period.finder.solve
    higher = solve({above.need: Truth.TRUE}, facts={about: over}, stated=False, not_applicable=False)
    if not isinstance(higher, Witness):
        return
    others = {code: value for code, value in higher.facts.items() if code != about}
    lower = solve({below.need: Truth.TRUE}, facts={**others, about: under}, stated=False, not_applicable=False)
    if not isinstance(lower, Witness):
        return
    upon = {**lower.facts, about: upon_it}
    if not period.finder.shows({above.need: Truth.TRUE}, {**upon, about: over}):
        return
    if period.finder.shows({above.need: Truth.FALSE, below.need: Truth.FALSE}, upon):
        where = f"在“{_shown(fact, end)}”正好断开" if end == start else f"在“{_shown(fact, end)}”与“{_shown(fact, start)}”之间断开"
        message = f"“{above.model.name}”和“{below.model.name}”{where}：大一点办前者，小一点办后者，例子里的项目两个都不办"
        shows = inspection.scenario(period, upon, "正好在界上，两个都不办" if end == start else "落在中间，两个都不办")
        yield inspection.finding(
            CODE, message, _place(above), "照法律条文把两边接上：等号（≥ 或 ≤）加到一边，数值、日期一致", shows=shows
        )


def _place(approval: ApprovalInForce) -> Source:
    """Where the approval's first rule of the time stands: mostly the one that holds the bound."""
    return approval.applies[0].source if approval.applies else approval.source


def _shown(fact: Fact, bound: Fraction) -> str:
    return f"{fact.name} {show(bound, fact.unit.name if fact.unit else '')}"


CHECK = Check("接不上的成对门槛", CODE, __doc__, find)
