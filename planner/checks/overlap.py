"""Which rows of a table can hold together at all: an index, so that not every row has to be compared with every other.

Each row has a signature: what it demands of each fact, as far as it demands it without choosing (the tests that all have to hold). Two
rows whose demands on one fact have nothing in common exclude each other; rows are looked up by the fact that most of them demand
something of, mostly the industry.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.witness import Finder
from planner.conditions import ContainsAll, Not, OneOf, Test
from planner.rulebook.compiled import PARAMETER, Row, Table


class RowIndex:
    """The rows of one table in force, by what they demand."""

    def __init__(self, finder: Finder, table: Table) -> None:
        self._finder = finder
        self.rows = table.rows
        self._places = {row.id: place for place, row in enumerate(table.rows)}
        self._demands = {row.id: self._demanded(row.formula, False) for row in table.rows}
        counted: dict[str, int] = {}
        for demands in self._demands.values():
            for fact in demands:
                counted[fact] = counted.get(fact, 0) + 1
        self._fact = max(counted, key=lambda fact: (counted[fact], fact), default="")
        self._by_value: dict[int, list[Row]] = {}
        self._free: list[Row] = []
        for row in table.rows:
            mask = self._demands[row.id].get(self._fact)
            if mask is None:
                self._free.append(row)
            else:
                for bit in _bits(mask):
                    self._by_value.setdefault(bit, []).append(row)

    def place(self, row: Row) -> int:
        """The row's place in the table."""
        return self._places[row.id]

    def meeting(self, row: Row) -> Iterator[Row]:
        """Rows other than `row` that its demands do not exclude, in the table's order."""
        demands = self._demands[row.id]
        mask = demands.get(self._fact)
        near = self.rows if mask is None else [*self._free, *(r for bit in _bits(mask) for r in self._by_value[bit])]
        for other in sorted({r.id: r for r in near}.values(), key=self.place):
            if other.id != row.id and not self._exclude(demands, self._demands[other.id]):
                yield other

    def pairs(self) -> Iterator[tuple[Row, Row]]:
        """Every two rows whose demands do not exclude each other, once, the earlier first."""
        for row in self.rows:
            for other in self.meeting(row):
                if self.place(other) > self.place(row):
                    yield row, other

    @staticmethod
    def _exclude(one: dict[str, int], other: dict[str, int]) -> bool:
        if len(one) > len(other):
            one, other = other, one
        return any(fact in other and not mask & other[fact] for fact, mask in one.items())

    def _demanded(self, identifier: str, negated: bool) -> dict[str, int]:
        """A mask for each fact that every project on which this holds has to lie in."""
        formula = self._finder.book.formulas.get(identifier)
        found: dict[str, int] = {}
        if formula is None:
            condition = self._finder.book.conditions[identifier]
            if not condition.fact.startswith(PARAMETER) and self._listed(condition.fact, condition.test):
                true, false = self._finder.domains.domain(condition.fact).masks(condition.test)
                found[condition.fact] = false if negated else true
            return found
        if (formula.op == "all") == negated and len(formula.parts) != 1:
            return found
        for part in formula.parts:
            for fact, mask in self._demanded(part.id, negated != part.negated).items():
                found[fact] = found.get(fact, mask) & mask
        return found

    def _listed(self, fact: str, test: Test) -> bool:
        while isinstance(test, Not):
            test = test.test
        kind = isinstance(test, OneOf) and test.kind == "set"
        return not kind and not isinstance(test, ContainsAll) and not self._finder.domains.is_set(fact)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
