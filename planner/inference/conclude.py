"""From a project's facts to conclusions, stratum by stratum: conditions, formulas, derived facts, and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from planner.conditions import Facts, Possible, PossibleSet, Truth, Value
from planner.inference.strata import Strata
from planner.rulebook.compiled import CompiledRulebook, Table


class Engine(Protocol):
    """What concluding asks of an inference engine."""

    @property
    def strata(self) -> Strata:
        """The order in which the engine's rulebook is decided."""

    def infer(self, level: int, known: Mapping[str, Truth]) -> Mapping[str, Truth]:
        """The truth of every formula of `level`, from the conditions and lower formulas in `known`."""


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What follows from the facts.

    `values`: the facts given and those derived by code; `None` is a derived fact the rulebook says nothing about, or nothing yet.
    `rows`: each table row's truth by row id. `fired`: ids of the rules that are TRUE. `conflicts`: tables of policy 唯一 in which
    rows with different outcomes hold, each with those rows' ids; the derived value is then every one of these outcomes.
    `given`: codes of derived facts that were given and so were not taken from their tables.
    """

    values: Mapping[str, Value | None]
    conditions: Mapping[str, Truth]
    formulas: Mapping[str, Truth]
    rules: Mapping[str, Truth]
    fired: frozenset[str]
    rows: Mapping[str, Truth]
    conflicts: tuple[tuple[str, tuple[str, ...]], ...]
    given: frozenset[str]


def conclude(book: CompiledRulebook, facts: Facts, engine: Engine) -> Conclusions:
    """Everything `book` says of a project with these facts. A derived fact that is given wins over its table.

    `engine` must have been built for `book`: a `ValueError` says if it was not.
    """
    strata = engine.strata
    if strata.book is not book:
        raise ValueError("the engine was built for another rulebook")
    values: dict[str, Value | None] = dict(facts)
    known: dict[str, Truth] = {}
    formulas: dict[str, Truth] = {}
    rows: dict[str, Truth] = {}
    conflicts: list[tuple[str, tuple[str, ...]]] = []
    given = frozenset(table.fact for table in book.tables.values() if table.fact in facts)
    for on_fact in strata.base:
        known.update(on_fact.truths(facts.get(on_fact.fact)))
    for step in strata.steps:
        for table in step.tables:
            for row in table.rows:
                rows[row.id] = formulas[row.formula]
            clash = clashing_rows(table, rows)
            if clash:
                conflicts.append((table.code, clash))
            if table.fact not in given:
                values[table.fact] = derive(table, rows)
        for on_fact in step.conditions:
            known.update(on_fact.truths(values.get(on_fact.fact)))
        if step.level is not None:
            inferred = engine.infer(step.level, known)
            formulas.update(inferred)
            known.update(inferred)
    conditions = {identifier: known[identifier] for identifier in book.conditions}
    rules = {identifier: formulas[rule.formula] for identifier, rule in book.rules.items()}
    return Conclusions(
        values=values,
        conditions=conditions,
        formulas=formulas,
        rules=rules,
        fired=frozenset([identifier for identifier, truth in rules.items() if truth is Truth.TRUE]),
        rows=rows,
        conflicts=tuple(conflicts),
        given=given,
    )


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
