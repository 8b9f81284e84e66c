"""What can be said about a project, and the three truth values.

A *test* looks at one fact's value (`≥ 5 公顷`, `医院,学校`, `非 是`); a *condition* is a test bound to a fact. Tests are frozen plain
data: the inference engine's adapter, the independent evaluator and later a columnar evaluator or a prover all read the same
fields. A fact that was not given is UNKNOWN: not zero, not false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, Literal, TypeAlias


class Truth(Enum):
    """Kleene's three values. The member values are the plain strings the inference engine sees."""

    TRUE = "t"
    FALSE = "f"
    UNKNOWN = "u"

    # Members are compared by identity; Enum's own hash, computed from the name, would dominate look-ups by many truths at once.
    __hash__ = object.__hash__

    def __invert__(self) -> Truth:
        if self is Truth.UNKNOWN:
            return self
        return Truth.FALSE if self is Truth.TRUE else Truth.TRUE

    @staticmethod
    def of(value: bool) -> Truth:
        return Truth.TRUE if value else Truth.FALSE


class NotApplicable(Enum):
    """The value of a fact that does not exist for this project (a road has no beds). Neither unknown nor no."""

    NOT_APPLICABLE = "不适用"


NOT_APPLICABLE = NotApplicable.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Possible:
    """What a derived fact may still turn out to be when some of its inputs are unknown: at least two outcomes.

    `None` among the outcomes means "no row of the table says"; an outcome set can never be empty.
    """

    outcomes: frozenset[str | None]


@dataclass(frozen=True, slots=True)
class PossibleSet:
    """A set-valued derived fact with open questions: members that are certain, and members that may come."""

    certain: frozenset[str]
    maybe: frozenset[str]


Value: TypeAlias = Fraction | bool | str | frozenset[str] | date | NotApplicable | Possible | PossibleSet
Facts: TypeAlias = Mapping[str, Value]
"""Validated facts by code. A code that is absent is unknown."""


@dataclass(frozen=True, slots=True)
class Compare:
    """`≥ 5 公顷`. The bound is already in the fact's canonical unit (or a date). On 不适用 it is false."""

    op: Literal["<", "<=", "=", ">=", ">"]
    bound: Fraction | date


@dataclass(frozen=True, slots=True)
class Between:
    """`[3..10)`: from `low` to `high`, each end in (closed) or out. On 不适用 it is false."""

    low: Fraction | date
    low_closed: bool
    high: Fraction | date
    high_closed: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """`甲,乙` on a choice, a code or a set: true when the value (or a member of the set) is one of `values` or lies below one.

    Choices may be nested (`二` holds `永久基本农田`) and industry codes are nested by prefix (C3 holds C308). `inside` lists every
    code that counts as a hit (`values` and all below them); `above` lists the strict ancestors: a value given that coarsely leaves
    the test UNKNOWN. For `kind="prefix"` both are empty and prefixes decide.
    """

    kind: Literal["choice", "set", "prefix"]
    values: tuple[str, ...]
    inside: frozenset[str]
    above: frozenset[str]


@dataclass(frozen=True, slots=True)
class ContainsAll:
    """`全含 甲,乙` on a set: every one of `tests` (each a one-value `OneOf`) holds."""

    tests: tuple[OneOf, ...]


@dataclass(frozen=True, slots=True)
class Is:
    """`是` or `否` on a yes/no fact. On 不适用 both are false: a fact that does not exist is not a "no"."""

    value: bool


@dataclass(frozen=True, slots=True)
class IsNotApplicable:
    """`不适用`: the fact was stated not to exist for this project."""


@dataclass(frozen=True, slots=True)
class Not:
    """`非 …`: the contrary of a test; unknown stays unknown."""

    test: Test


Test: TypeAlias = Compare | Between | OneOf | ContainsAll | Is | IsNotApplicable | Not


def evaluate(test: Test, value: Value | None) -> Truth:
    """What `test` says of `value`; `None` is a fact that was not given."""
    if isinstance(test, Not):
        return ~evaluate(test.test, value)
    if value is None:
        return Truth.UNKNOWN
    if isinstance(value, Possible):
        # No row may turn out to hold; the fact is then unknown, so nothing can be certain of it now.
        return _agreed(evaluate(test, outcome) for outcome in value.outcomes)
    if isinstance(test, IsNotApplicable):
        return Truth.of(value is NOT_APPLICABLE)
    if value is NOT_APPLICABLE:
        return Truth.FALSE
    match test:
        case Compare(op, bound):
            return Truth.of(_compare(op, value, bound))
        case Between(low, low_closed, high, high_closed):
            above = _compare(">=" if low_closed else ">", value, low)
            return Truth.of(above and _compare("<=" if high_closed else "<", value, high))
        case Is(expected):
            return Truth.of(value is expected)
        case OneOf():
            return _one_of(test, value)
        case ContainsAll(tests):
            return _all(_one_of(part, value) for part in tests)
    raise TypeError(f"not a test: {test!r}")


_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def _compare(op: str, value: object, bound: Fraction | date) -> bool:
    # bool is an int to Python; a yes/no fact never reaches a numeric test because the loader types tests by their fact.
    for kind in (Fraction, date):
        if isinstance(value, kind) and isinstance(bound, kind):
            return _SIGNS[op](value, bound)
    raise TypeError(f"cannot compare {value!r} with {bound!r}")


def _one_of(test: OneOf, value: Value) -> Truth:
    if isinstance(value, PossibleSet):
        certain = _member_hits(test, value.certain)
        if certain is Truth.TRUE:
            return certain
        open_hit = _member_hits(test, value.maybe) is not Truth.FALSE
        return Truth.UNKNOWN if open_hit or certain is Truth.UNKNOWN else Truth.FALSE
    if isinstance(value, frozenset):
        return _member_hits(test, value)
    if isinstance(value, str):
        return _hit(test, value)
    raise TypeError(f"cannot look for a code in {value!r}")


def _member_hits(test: OneOf, members: frozenset[str]) -> Truth:
    found = {_hit(test, member) for member in members}
    if Truth.TRUE in found:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.FALSE


def _hit(test: OneOf, code: str) -> Truth:
    if test.kind == "prefix":
        if any(code.startswith(value) for value in test.values):
            return Truth.TRUE
        coarse = bool(code) and any(value.startswith(code) for value in test.values)
        return Truth.UNKNOWN if coarse else Truth.FALSE
    if code in test.inside:
        return Truth.TRUE
    return Truth.UNKNOWN if code in test.above else Truth.FALSE


def _agreed(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    return found.pop() if len(found) == 1 else Truth.UNKNOWN


def _all(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    if Truth.FALSE in found:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.TRUE


def telling_values(test: Test) -> Iterator[Value]:
    """Values on either side of what `test` tells apart: enough to see every answer it can give."""
    match test:
        case Not(test=inner):
            yield from telling_values(inner)
        case Compare(bound=bound):
            yield from _around(bound)
        case Between(low=low, high=high):
            yield from _around(low)
            yield from _around(high)
        case Is():
            yield from (True, False, NOT_APPLICABLE)
        case IsNotApplicable():
            yield NOT_APPLICABLE
        case OneOf(kind="set", inside=inside, above=above):
            yield from (frozenset((code,)) for code in sorted(inside | above))
            yield from (frozenset(), inside)
        case OneOf(kind="prefix", values=codes):
            yield from (variant for code in codes for variant in (code, code + "0", code[:1]))
        case OneOf(inside=inside, above=above):
            yield from sorted(inside | above)
        case ContainsAll(tests=tests):
            for one in tests:
                yield from telling_values(one)
            yield frozenset().union(*(one.inside for one in tests))


def _around(bound: Fraction | date) -> Iterator[Value]:
    if isinstance(bound, date):
        yield from (bound - timedelta(days=1), bound, bound + timedelta(days=1))
    else:
        yield from (bound - Fraction(1, 1000), bound, bound + Fraction(1, 1000))
