"""A compiled rulebook: plain frozen data for one date, read alike by every evaluator.

Nothing here computes. Ids are generated (`c0012`, `n0031`), stable for the same rulebook, and carry no meaning; `Source` says where
each thing was written so that reasons and refusals can name file and rule.

    conditions   a fact and a test on it                                     → t / f / u, decided by planner.conditions
    formulas     全部 / 任一 over conditions and formulas, each may be negated → t / f / u, inferred
    tables       rows (a formula each) → outcome of a derived fact, by hit policy
    rules        a named legal rule: its formula, what it concludes, its basis
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from planner.conditions import Test


@dataclass(frozen=True, slots=True)
class Source:
    """Where a thing was written: file (relative to the rulebook's root), line from 1, and the name a policy officer knows it by."""

    file: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A test bound to a fact. `text` is the test as written (`≥ 5 公顷`)."""

    id: str
    fact: str
    test: Test
    text: str


PARAMETER = "parameter:"
"""Begins the code of a fact that stands for a parameter without a value: no fact of a vocabulary has a colon in its code."""


@dataclass(frozen=True, slots=True)
class Part:
    """A reference to a condition or formula; `negated` reads it as its contrary."""

    id: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """`all`: every part holds (an empty one is true). `any`: some part holds (an empty one is false).

    `level` orders inference: every part of a formula, and every row of a table whose derived fact one of its conditions reads,
    has a lower level. Formulas of one level do not depend on each other.
    """

    id: str
    op: Literal["all", "any"]
    parts: tuple[Part, ...]
    level: int
    source: Source


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a decision table in force on the date: when `formula` holds, `outcome` follows."""

    id: str
    formula: str
    outcome: str
    source: Source


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table that gives a derived fact.

    `unique`: at most one row may hold. `highest`: the outcome that stands first in `order` wins. `collect`: the fact is the set of
    the outcomes of all rows that hold. `default` is the outcome when no row holds; `None` means the rulebook does not say, and the
    fact stays unknown (for `collect`: the set is empty). `level` is that of the derived fact: above every row's formula.
    """

    code: str
    fact: str
    policy: Literal["unique", "highest", "collect"]
    order: tuple[str, ...]
    default: str | None
    rows: tuple[Row, ...]
    level: int
    source: Source


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule of law in force on the date, ready to fire: `formula` is its condition."""

    id: str
    formula: str
    source: Source


@dataclass(frozen=True, slots=True)
class CompiledRulebook:
    """Everything inference needs, for one `as_of`. `derived` maps a derived fact's code to the table that gives it."""

    as_of: date
    conditions: Mapping[str, Condition]
    formulas: Mapping[str, Formula]
    tables: Mapping[str, Table]
    rules: Mapping[str, Rule]
    derived: Mapping[str, str]
    digest: str
