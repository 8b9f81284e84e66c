"""From a project's facts to conclusions, stratum by stratum: conditions, formulas, derived facts, and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from planner.conditions import Facts, Truth, Value
from planner.inference.strata import Strata
from planner.rulebook.compiled import CompiledRulebook


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
    known = dict(strata.nothing_known)
    formulas: dict[str, Truth] = {}
    rows: dict[str, Truth] = {}
    conflicts: list[tuple[str, tuple[str, ...]]] = []
    given = frozenset(table.fact for table in book.tables.values() if table.fact in facts)
    for code, value in facts.items():
        on_given = strata.asked.get(code)
        if on_given is not None:
            known.update(on_given.truths(value))
    for step in strata.steps:
        for of_table in step.tables:
            truths = of_table.truths(formulas)
            rows.update(zip(of_table.ids, truths, strict=True))
            outcome, clash = of_table.concluded(truths)
            if clash:
                conflicts.append((of_table.table.code, clash))
            if of_table.table.fact not in given:
                values[of_table.table.fact] = outcome
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
