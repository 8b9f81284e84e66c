"""The second opinion: the rulebook read again, from its definitions alone, without the inference engine.

Nothing is shared with the first way but the data classes. A truth value here is the set of what may still turn out: `{True}`,
`{False}` or both. Formulas and tables are pulled when asked for, so levels and strata play no part. Slower, and deliberately plain:
its one purpose is that a mistake made in either way shows as a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from planner.conditions import (
    Between,
    Compare,
    ContainsAll,
    Facts,
    Is,
    IsNotApplicable,
    Not,
    NotApplicable,
    OneOf,
    Possible,
    PossibleSet,
    Test,
    Truth,
    Value,
)
from planner.rulebook.compiled import CompiledRulebook, Formula, Part, Table

Prospect = frozenset[bool]
"""What a statement may still turn out to be."""

_YES: Prospect = frozenset({True})
_NO: Prospect = frozenset({False})
_EITHER: Prospect = frozenset({True, False})


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Comparable with `conclude.Conclusions` field by field."""

    values: Mapping[str, Value | None]
    conditions: Mapping[str, Truth]
    formulas: Mapping[str, Truth]
    rules: Mapping[str, Truth]
    fired: frozenset[str]


def evaluate_independently(book: CompiledRulebook, facts: Facts) -> SecondOpinion:
    """Everything the rulebook says of a project with these facts. An absent fact is unknown; a given derived fact stands."""
    reading = Reading(book, facts)
    conditions = {identifier: _as_truth(reading.condition(identifier)) for identifier in book.conditions}
    formulas = {identifier: _as_truth(reading.formula(identifier)) for identifier in book.formulas}
    values: dict[str, Value | None] = dict(facts)
    for table in book.tables.values():
        values[table.fact] = reading.value(table.fact)
    rules = {identifier: _as_truth(reading.formula(rule.formula)) for identifier, rule in book.rules.items()}
    fired = frozenset(identifier for identifier in rules if rules[identifier] == Truth.TRUE)
    return SecondOpinion(values, conditions, formulas, rules, fired)


def table_outcome(table: Table, rows: Mapping[str, Truth]) -> Value | None:
    """What a table gives when its rows (by id) are known to this extent."""
    prospects = {Truth.TRUE: _YES, Truth.FALSE: _NO, Truth.UNKNOWN: _EITHER}
    return _outcome(table, [(row.outcome, prospects[rows[row.id]]) for row in table.rows])


def formula_truth(formula: Formula, truths: Mapping[str, Truth]) -> Truth:
    """What one formula amounts to when its parts are known to this extent."""
    prospects = {Truth.TRUE: _YES, Truth.FALSE: _NO, Truth.UNKNOWN: _EITHER}
    return _as_truth(_joined(formula, [_read(part, prospects[truths[part.id]]) for part in formula.parts]))


def _as_truth(prospect: Prospect) -> Truth:
    if prospect == _EITHER:
        return Truth.UNKNOWN
    return Truth.TRUE if True in prospect else Truth.FALSE


def _read(part: Part, prospect: Prospect) -> Prospect:
    return _contrary(prospect) if part.negated else prospect


def _contrary(prospect: Prospect) -> Prospect:
    return frozenset(not outcome for outcome in prospect)


def _joined(formula: Formula, parts: list[Prospect]) -> Prospect:
    """`all` can hold if each part can and can fail if some part can; `any` the other way about."""
    if formula.op == "all":
        can_hold = all(True in part for part in parts)
        can_fail = any(False in part for part in parts)
    else:
        can_hold = any(True in part for part in parts)
        can_fail = all(False in part for part in parts)
    return frozenset([True] * can_hold + [False] * can_fail)


class Reading:
    """One project against one rulebook; everything is worked out once, when first asked for.

    `truth` gives the answer for one condition or formula; the rest of the class speaks in prospects.
    """

    def __init__(self, book: CompiledRulebook, facts: Facts) -> None:
        self.book = book
        self.facts = facts
        self.table_of = {table.fact: table for table in book.tables.values()}
        self.memory: dict[str, Prospect] = {}
        self.derived: dict[str, Value | None] = {}

    def truth(self, identifier: str) -> Truth:
        return _as_truth(self.part(identifier))

    def formula(self, identifier: str) -> Prospect:
        if identifier not in self.memory:
            formula = self.book.formulas[identifier]
            self.memory[identifier] = _joined(formula, [_read(part, self.part(part.id)) for part in formula.parts])
        return self.memory[identifier]

    def part(self, identifier: str) -> Prospect:
        return self.formula(identifier) if identifier in self.book.formulas else self.condition(identifier)

    def condition(self, identifier: str) -> Prospect:
        if identifier not in self.memory:
            condition = self.book.conditions[identifier]
            self.memory[identifier] = _prospect(condition.test, self.value(condition.fact))
        return self.memory[identifier]

    def value(self, fact: str) -> Value | None:
        if fact in self.facts:
            return self.facts[fact]
        if fact not in self.table_of:
            return None
        if fact not in self.derived:
            table = self.table_of[fact]
            self.derived[fact] = _outcome(table, [(row.outcome, self.formula(row.formula)) for row in table.rows])
        return self.derived[fact]


def _outcome(table: Table, rows: list[tuple[str, Prospect]]) -> Value | None:
    """The table's answer: walk to the first outcome that is certain and gather on the way what may come before it."""
    sure = [outcome for outcome, prospect in rows if prospect == _YES]
    open_ = [outcome for outcome, prospect in rows if prospect == _EITHER]
    if table.policy == "collect":
        if not sure and not open_ and table.default is not None:
            return frozenset([table.default])
        extra = [table.default] if not sure and table.default is not None else []
        undecided = frozenset(outcome for outcome in [*open_, *extra] if outcome not in sure)
        return PossibleSet(frozenset(sure), undecided) if undecided else frozenset(sure)
    candidates: list[str | None] = []
    if table.policy == "highest":
        for outcome in table.order:
            if outcome in sure:
                candidates.append(outcome)
                break
            if outcome in open_:
                candidates.append(outcome)
        else:
            candidates.append(table.default)
    elif sure:
        candidates.extend(sure)
    else:
        candidates.extend(open_)
        candidates.append(table.default)
    first = candidates[0]
    return first if all(candidate == first for candidate in candidates) else Possible(frozenset(candidates))


def _prospect(test: Test, value: Value | None) -> Prospect:
    """What `test` may turn out to say of `value`."""
    match test, value:
        case Not(test=inner), _:
            return _contrary(_prospect(inner, value))
        case _, None:
            return _EITHER
        case _, Possible(outcomes=outcomes):
            return frozenset[bool]().union(*(_prospect(test, outcome) for outcome in outcomes))
        case IsNotApplicable(), _:
            return _YES if isinstance(value, NotApplicable) else _NO
        case _, NotApplicable():
            return _NO
        case Compare(op=op, bound=bound), Fraction() | date():
            sign = (value > bound) - (value < bound)  # type: ignore[operator]
            return _YES if sign in {"<": (-1,), "<=": (-1, 0), "=": (0,), ">=": (0, 1), ">": (1,)}[op] else _NO
        case Between(), Fraction() | date():
            return _YES if _within(test, value) else _NO
        case Is(value=expected), _:
            return _YES if value == expected and isinstance(value, bool) else _NO
        case OneOf(), str() | frozenset() | PossibleSet():
            return _membership(test, value)
        case ContainsAll(tests=tests), str() | frozenset() | PossibleSet():
            each = [_membership(one, value) for one in tests]
            if _NO in each:
                return _NO
            return _YES if all(one == _YES for one in each) else _EITHER
    raise TypeError(f"{type(test).__name__} cannot be asked of {value!r}")


def _within(test: Between, value: Fraction | date) -> bool:
    if value == test.low and not test.low_closed:
        return False
    if value == test.high and not test.high_closed:
        return False
    return sorted([test.low, value, test.high]) == [test.low, value, test.high]


def _membership(test: OneOf, value: str | frozenset[str] | PossibleSet) -> Prospect:
    """Hit when a member lies at or below one of the wanted codes; open when a member may, or is given too coarsely to say."""
    certain: frozenset[str]
    maybe: frozenset[str] = frozenset()
    if isinstance(value, PossibleSet):
        certain, maybe = value.certain, value.maybe
    elif isinstance(value, str):
        certain = frozenset([value])
    else:
        certain = value
    if test.kind == "prefix":
        below = {code for code in certain | maybe if code.startswith(test.values)}
        coarse = {code for code in certain | maybe if code and any(want != code and want.startswith(code) for want in test.values)}
    else:
        below = {code for code in certain | maybe if code in test.inside}
        coarse = {code for code in certain | maybe if code in test.above}
    if below & certain:
        return _YES
    return _EITHER if (below | coarse) & (maybe | (coarse & certain)) else _NO
