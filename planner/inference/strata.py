"""What can be decided when: a rulebook's strata, worked out once and then walked for every project.

given facts → conditions on them → formulas of the lowest level → tables whose rows are now known
            → conditions on those derived facts → formulas of the next level → …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.conditions import Test, Truth, Value, evaluate
from planner.rulebook.compiled import CompiledRulebook, Table

_KEPT_VALUES = 512  # per fact; yes/no facts need two, an amount of money as many as there are projects


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


@dataclass(frozen=True, slots=True)
class Stratum:
    """One step: first these tables give their facts, then the conditions on those are decided, then formulas of `level` inferred.

    `level` is `None` in a last stratum that only closes tables nothing reads.
    """

    tables: tuple[Table, ...]
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
        levels = sorted({formula.level for formula in book.formulas.values()})
        # A table is closed as soon as its rows are known, which is never later than the level it states.
        due: dict[int, list[Table]] = {}
        for table in book.tables.values():
            ready = max((book.formulas[row.formula].level for row in table.rows), default=-1)
            after = sum(1 for level in levels if level <= ready)
            due.setdefault(after, []).append(table)
        self.steps = tuple(
            Stratum(
                tables=tuple(due.get(number, ())),
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
