"""What can be decided when: a rulebook's strata, worked out once and then walked for every project.

given facts → conditions on them → formulas of the lowest level → tables whose rows are now known
            → conditions on those derived facts → formulas of the next level → …
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from planner.conditions import Possible, PossibleSet, Test, Truth, Value, evaluate
from planner.rulebook.compiled import CompiledRulebook, Table

_KEPT_VALUES = 512  # per fact; yes/no facts need two, an amount of money as many as there are projects
_KEPT_READINGS = 64  # per table


class FactConditions:
    """All conditions on one fact, decided together and remembered by the fact's value."""

    __slots__ = ("_remembered", "_tests", "fact", "ids", "unknown")

    def __init__(self, fact: str, tests: Mapping[str, Test]) -> None:
        self.fact = fact
        self.ids = tuple(tests)
        self._tests = tuple(tests.values())
        self._remembered: dict[tuple[type, Value], tuple[tuple[str, Truth], ...]] = {}
        self.unknown = self._decide(None)

    def truths(self, value: Value | None) -> tuple[tuple[str, Truth], ...]:
        """Each condition's id with what it says of `value`; `None` is a fact not given."""
        if value is None:
            return self.unknown
        key = (value.__class__, value)  # the class too: Fraction(1), True and 1 are equal to Python and different here
        found = self._remembered.get(key)
        if found is None:
            found = self._decide(value)
            if len(self._remembered) >= _KEPT_VALUES:
                self._remembered = {}  # replaced, not cleared: another thread may be reading it
            self._remembered[key] = found
        return found

    def _decide(self, value: Value | None) -> tuple[tuple[str, Truth], ...]:
        return tuple((identifier, evaluate(test, value)) for identifier, test in zip(self.ids, self._tests, strict=True))


class TableRows:
    """All rows of a table, read together; what follows from them is remembered by their truths."""

    __slots__ = ("_remembered", "_single", "_truths", "ids", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.ids = tuple(row.id for row in table.rows)
        formulas = tuple(row.formula for row in table.rows)
        self._single = len(formulas) == 1
        self._truths: Callable[[Mapping[str, Truth]], Any] = itemgetter(*formulas) if formulas else lambda _: ()
        self._remembered: dict[tuple[Truth, ...], tuple[Value | None, tuple[str, ...]]] = {}

    def truths(self, formulas: Mapping[str, Truth]) -> tuple[Truth, ...]:
        """Each row's truth, in the table's order."""
        found: tuple[Truth, ...] = (self._truths(formulas),) if self._single else self._truths(formulas)
        return found

    def concluded(self, truths: tuple[Truth, ...]) -> tuple[Value | None, tuple[str, ...]]:
        """The derived fact's value, and the rows that clash."""
        found = self._remembered.get(truths)
        if found is None:
            rows = dict(zip(self.ids, truths, strict=True))
            found = derive(self.table, rows), clashing_rows(self.table, rows)
            if len(self._remembered) >= _KEPT_READINGS:
                self._remembered = {}  # replaced, not cleared: another thread may be reading it
            self._remembered[truths] = found
        return found


@dataclass(frozen=True, slots=True)
class Stratum:
    """One step: first these tables give their facts, then the conditions on those are decided, then formulas of `level` inferred.

    `level` is `None` in a last stratum that only closes tables nothing reads.
    """

    tables: tuple[TableRows, ...]
    conditions: tuple[FactConditions, ...]
    level: int | None


class Strata:
    """The order in which a rulebook is decided. Raises `ValueError` for a rulebook that reads something before it is known."""

    def __init__(self, book: CompiledRulebook) -> None:
        self.book = book
        by_fact: dict[str, dict[str, Test]] = {}
        for condition in book.conditions.values():
            by_fact.setdefault(condition.fact, {})[condition.id] = condition.test
        on_fact = {fact: FactConditions(fact, tests) for fact, tests in by_fact.items()}
        derived = {table.fact for table in book.tables.values()}
        self.base = tuple(conditions for fact, conditions in on_fact.items() if fact not in derived)
        self.asked = {conditions.fact: conditions for conditions in self.base}
        self.nothing_known = dict(truth for conditions in self.base for truth in conditions.unknown)
        """Every condition on a fact that is asked of a project, as it is when no fact is given."""
        levels = sorted({formula.level for formula in book.formulas.values()})
        # A table is closed as soon as its rows are known, which is never later than the level it states.
        due: dict[int, list[Table]] = {}
        for table in book.tables.values():
            ready = max((book.formulas[row.formula].level for row in table.rows), default=-1)
            after = sum(1 for level in levels if level <= ready)
            due.setdefault(after, []).append(table)
        self.steps = tuple(
            Stratum(
                tables=tuple(TableRows(table) for table in due.get(number, ())),
                conditions=tuple(on_fact[table.fact] for table in due.get(number, ()) if table.fact in on_fact),
                level=level,
            )
            for number, level in enumerate([*levels, None])
        )
        self._check()

    def _check(self) -> None:
        book = self.book
        known = {identifier for conditions in self.base for identifier in conditions.ids}
        for step in self.steps:
            known.update(identifier for conditions in step.conditions for identifier in conditions.ids)
            formulas = [formula for formula in book.formulas.values() if formula.level == step.level]
            for formula in formulas:
                for part in formula.parts:
                    if part.id not in known:
                        raise ValueError(f"formula {formula.id} of level {formula.level} reads {part.id} before it is known")
            known.update(formula.id for formula in formulas)
        for table in book.tables.values():
            if table.policy == "highest":
                unordered = {row.outcome for row in table.rows} - set(table.order)
                if unordered:
                    raise ValueError(f"table {table.code} has outcomes outside its order: {sorted(unordered)}")


def clashing_rows(table: Table, rows: Mapping[str, Truth]) -> tuple[str, ...]:
    """The rows that hold although the table says at most one may, when they differ in outcome; else ()."""
    if table.policy != "unique":
        return ()
    holding = [row for row in table.rows if rows[row.id] is Truth.TRUE]
    return tuple(row.id for row in holding) if len({row.outcome for row in holding}) > 1 else ()


def derive(table: Table, rows: Mapping[str, Truth]) -> Value | None:
    """The derived fact's value from its rows' truths; `None` when no row holds and the table has no default."""
    certain = {row.outcome for row in table.rows if rows[row.id] is Truth.TRUE}
    maybe = {row.outcome for row in table.rows if rows[row.id] is Truth.UNKNOWN}
    if table.policy == "collect":
        return _collected(certain, maybe, table.default)
    if not certain:
        return _one_of({*maybe, table.default})
    if table.policy == "unique":
        return _one_of(certain)  # more than one is a conflict; a row that holds settles those still open
    rank = {outcome: place for place, outcome in enumerate(table.order)}
    best = min(certain, key=rank.__getitem__)
    return _one_of({best, *(outcome for outcome in maybe if rank[outcome] < rank[best])})


def _one_of(outcomes: Iterable[str | None]) -> Value | None:
    distinct = frozenset(outcomes)
    if len(distinct) == 1:
        return next(iter(distinct))
    return Possible(distinct)


def _collected(certain: set[str], maybe: set[str], default: str | None) -> Value:
    """The outcomes of all rows that hold: an empty set, or only the default, when none does."""
    if not certain and default is not None:
        if not maybe:
            return frozenset((default,))
        maybe = maybe | {default}
    maybe = maybe - certain
    return PossibleSet(frozenset(certain), frozenset(maybe)) if maybe else frozenset(certain)
