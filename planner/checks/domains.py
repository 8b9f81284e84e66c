"""What a fact can be, cut as fine as the rules look and no finer.

A `Domain` lists, for one fact, a value for every difference that some test of the rulebook can see: a number on each bound and between
any two, every choice, a code in and beside every prefix, yes, no, and 不适用. What two values of one cell make of every test is the
same, so whoever has tried all values of the list has tried all there are. A test is then two bit masks over the list: where it is true
and where it is false (where neither, the value is given too coarsely to say).

A set is not listed, there are too many: `SetDomain` keeps which members a test asks for and which it forbids.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from planner.conditions import (
    NOT_APPLICABLE,
    Between,
    Compare,
    ContainsAll,
    Not,
    OneOf,
    Test,
    Truth,
    Value,
    evaluate,
)
from planner.rulebook.compile import InForce
from planner.vocabulary import NO, YES, Fact, Vocabulary


@dataclass
class Domain:
    """The values of one fact that is no set, the plainest first and 不适用 last. `whole` is the mask of all of them."""

    fact: Fact
    values: tuple[Value, ...]
    _masks: dict[Test, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def whole(self) -> int:
        return (1 << len(self.values)) - 1

    @cached_property
    def applicable(self) -> int:
        """All values but 不适用."""
        return self.whole & ~(1 << (len(self.values) - 1))

    @cached_property
    def _sorted_codes(self) -> tuple[list[str], list[int]]:
        codes = sorted((value, index) for index, value in enumerate(self.values) if isinstance(value, str))
        return [code for code, _ in codes], [index for _, index in codes]

    def masks(self, test: Test) -> tuple[int, int]:
        """Where `test` is true, and where it is false."""
        found = self._masks.get(test)
        if found is None:
            found = self._masks[test] = self._read(test)
        return found

    def _read(self, test: Test) -> tuple[int, int]:
        if isinstance(test, Not):
            true, false = self.masks(test.test)
            return false, true
        if isinstance(test, OneOf) and test.kind == "prefix":
            return self._prefix(test)
        true = false = 0
        for index, value in enumerate(self.values):
            truth = evaluate(test, value)
            if truth is Truth.TRUE:
                true |= 1 << index
            elif truth is Truth.FALSE:
                false |= 1 << index
        return true, false

    def _prefix(self, test: OneOf) -> tuple[int, int]:
        codes, places = self._sorted_codes
        true = coarse = 0
        for prefix in test.values:
            for at in range(bisect_left(codes, prefix), bisect_left(codes, prefix + "\U0010ffff")):
                true |= 1 << places[at]
            for length in range(1, len(prefix)):
                at = bisect_left(codes, prefix[:length])
                if at < len(codes) and codes[at] == prefix[:length]:
                    coarse |= 1 << places[at]
        return true, self.whole & ~true & ~coarse


@dataclass
class SetDomain:
    """The members a set fact may hold; bit `n` is the `n`th choice, narrower choices before the wider ones that hold them."""

    fact: Fact
    members: tuple[str, ...]

    @cached_property
    def whole(self) -> int:
        return (1 << len(self.members)) - 1

    @cached_property
    def _bits(self) -> Mapping[str, int]:
        return {code: 1 << index for index, code in enumerate(self.members)}

    def mask(self, codes: Iterable[str]) -> int:
        found = 0
        for code in codes:
            found |= self._bits.get(code, 0)
        return found

    def choose(self, allowed: int, needs: Iterable[int]) -> frozenset[str]:
        """Few members out of `allowed` such that every one of `needs` is met."""
        chosen = 0
        for need in sorted(needs, key=lambda need: (need & allowed).bit_count()):
            if not need & chosen:
                low = need & allowed
                chosen |= low & -low
        return frozenset(code for code, bit in self._bits.items() if bit & chosen)


@dataclass
class Domains:
    """The domains of a vocabulary's facts under the tests of some periods."""

    vocabulary: Vocabulary
    tests: Mapping[str, frozenset[Test]]
    _domains: dict[str, Domain] = field(default_factory=dict)
    _sets: dict[str, SetDomain] = field(default_factory=dict)

    @classmethod
    def of(cls, vocabulary: Vocabulary, periods: Iterable[InForce]) -> Domains:
        """Cut fine enough for every one of `periods`."""
        tests: dict[str, set[Test]] = {}
        for law in periods:
            for condition in law.compiled.conditions.values():
                tests.setdefault(condition.fact, set()).add(condition.test)
        return cls(vocabulary, {fact: frozenset(found) for fact, found in tests.items()})

    def is_set(self, fact: str) -> bool:
        return self.vocabulary.facts[fact].kind == "set"

    def domain(self, fact: str) -> Domain:
        found = self._domains.get(fact)
        if found is None:
            about = self.vocabulary.facts[fact]
            values = tuple(dict.fromkeys((*_values(about, self.tests.get(fact, frozenset())), NOT_APPLICABLE)))
            found = self._domains[fact] = Domain(about, values)
        return found

    def set_domain(self, fact: str) -> SetDomain:
        found = self._sets.get(fact)
        if found is None:
            about = self.vocabulary.facts[fact]
            found = self._sets[fact] = SetDomain(about, _narrow_first(about))
        return found


def _narrow_first(fact: Fact) -> tuple[str, ...]:
    depth = {c.code: len(fact.ancestors(c.code)) for c in fact.choices}
    wide = {ancestor for c in fact.choices for ancestor in fact.ancestors(c.code)}
    return tuple(sorted(depth, key=lambda code: (code in wide, -depth[code] if code in wide else 0)))


def _values(fact: Fact, tests: frozenset[Test]) -> Iterator[Value]:
    if fact.kind == "yes_no":
        yield from (YES, NO) if fact.derived else (True, False)
    elif fact.kind == "choice":
        yield from _narrow_first(fact)
    elif fact.kind == "code":
        yield from _codes(fact, sorted({code for test in tests for code in _prefixes(test)}))
    elif fact.kind == "date":
        yield from _dates(sorted({b for test in tests for b in _bounds(test) if isinstance(b, date)}))
    else:
        yield from _numbers(fact, sorted({b for test in tests for b in _bounds(test) if isinstance(b, Fraction)}))


def _bounds(test: Test) -> Iterator[Fraction | date]:
    match test:
        case Not(test=inner):
            yield from _bounds(inner)
        case Compare(bound=bound):
            yield bound
        case Between(low=low, high=high):
            yield from (low, high)


def _prefixes(test: Test) -> Iterator[str]:
    match test:
        case Not(test=inner):
            yield from _prefixes(inner)
        case OneOf(values=values):
            yield from values
        case ContainsAll(tests=tests):
            for one in tests:
                yield from one.values


def _numbers(fact: Fact, bounds: list[Fraction]) -> Iterator[Fraction]:
    """Values between the bounds first (they read naturally), then the bounds themselves."""
    low, high = fact.low, fact.high
    edges = [b for b in bounds if (low is None or b >= low) and (high is None or b <= high)]
    if low is not None:
        edges = sorted({low, *edges})
    if high is not None:
        edges = sorted({high, *edges})
    inner = [plain_between(one, other, integer=fact.integer) for one, other in pairwise(edges)]
    first = edges[0] if edges else Fraction(0)
    last = edges[-1] if edges else Fraction(0)
    if low is None:
        inner.append(plain_between(Fraction(0), first, integer=fact.integer) if first > 0 else first - 1)
    if high is None:
        inner.append(plain_between(last, 2 * last if last > 0 else last + 10, integer=fact.integer) or last + 1)
    yield from sorted((v for v in inner if v is not None), key=lambda v: (v < 0, v))
    yield from (edge for edge in edges if not fact.integer or edge.denominator == 1)
    if low is None and first > 0:
        yield Fraction(0)


def plain_between(low: Fraction, high: Fraction, *, integer: bool = False) -> Fraction | None:
    """The plainest number strictly between two bounds (10 rather than 7.3), near their middle; None when there is none."""
    for power in range(18, -1 if integer else -13, -1):
        step = Fraction(10) ** power
        middle = round((low + high) / 2 / step) * step
        if low < middle < high:
            return middle
        above = (low // step + 1) * step
        if low < above < high:
            return above
    return None


def _dates(bounds: list[date]) -> Iterator[date]:
    day = timedelta(days=1)
    around = {bound + shift for bound in bounds for shift in (-day, timedelta(), day)}
    yield from sorted(around) or [date(2020, 1, 1)]


def _codes(fact: Fact, prefixes: list[str]) -> Iterator[str]:
    """Every prefix the rules name, and beside it codes that lie in it but in none of the narrower ones."""
    valid = re.compile(fact.pattern) if fact.pattern else None

    def fits(code: str) -> bool:
        return valid is None or valid.fullmatch(code) is not None

    yield from sorted((p for p in prefixes if fits(p)), key=lambda code: (-len(code), code))
    known = set(prefixes)
    stems = {"", *(prefix[:length] for prefix in prefixes for length in range(len(prefix) + 1))}
    for stem in sorted(stems, key=lambda stem: (-len(stem), stem)):
        narrower = [p for p in known if p.startswith(stem) and p != stem]
        if stem in known and not narrower:
            continue
        other = next((code for code in _extensions(stem, fits) if not any(code.startswith(p) for p in narrower)), None)
        if other is not None:
            yield other


def _extensions(stem: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Codes of the fact's pattern that begin with `stem`, up to three characters longer; the stem itself last."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    level = [stem]
    for _ in range(3):
        level = [code + letter for code in level for letter in (letters if not code else "9876543210")]
        yield from (code for code in level if fits(code))
    if stem and fits(stem):
        yield stem
