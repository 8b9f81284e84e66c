"""Small rulebooks written in one line per formula: `all c1 !c2 n3`. A condition `c1` is "是" on the yes/no fact `f1`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from planner.conditions import Facts, Is, Test, Truth
from planner.inference.conclude import Conclusions, conclude
from planner.inference.durable_engine import DurableEngine
from planner.inference.evaluator import evaluate_independently
from planner.inference.gate import Limits
from planner.rulebook.compiled import CompiledRulebook, Condition, Formula, Part, Row, Rule, Source, Table

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def source(name: str) -> Source:
    return Source(f"approvals/{name}.yaml", 7, f"规则 {name}")


def table(code: str, policy: str, rows: str, order: str = "high middle low", default: str | None = None) -> Table:
    """`rows` is `n1=high n2=low`; the table gives the fact `d_<code>`."""
    pairs = [row.split("=") for row in rows.split()]
    entries = tuple(Row(f"{code}.{number}", formula, outcome, source(code)) for number, (formula, outcome) in enumerate(pairs))
    return Table(code, f"d_{code}", policy, tuple(order.split()), default, entries, 0, source(code))  # type: ignore[arg-type]


def book(
    formulas: Mapping[str, str],
    tables: Iterable[Table] = (),
    tests: Mapping[str, tuple[str, Test]] | None = None,
    digest: str = "small",
) -> CompiledRulebook:
    """A rulebook with a rule `r_<id>` on every formula. `tests` gives (fact, test) of conditions that are not plain yes/no."""
    by_code = {entry.code: entry for entry in tables}
    giving = {entry.fact: entry for entry in by_code.values()}
    conditions: dict[str, Condition] = {i: Condition(i, fact, test, "…") for i, (fact, test) in (tests or {}).items()}
    parsed: dict[str, tuple[str, tuple[Part, ...]]] = {}
    for identifier, text in formulas.items():
        op, *words = text.split()
        parsed[identifier] = (op, tuple(Part(word.lstrip("!"), word.startswith("!")) for word in words))
    for _, parts in parsed.values():
        for part in parts:
            if part.id not in parsed and part.id not in conditions:
                conditions[part.id] = Condition(part.id, "f" + part.id.removeprefix("c"), Is(True), "是")

    def level(identifier: str) -> int:
        below = [-1]
        for part in parsed[identifier][1]:
            if part.id in parsed:
                below.append(level(part.id))
            elif conditions[part.id].fact in giving:
                below.extend(level(row.formula) for row in giving[conditions[part.id].fact].rows)
        return max(below) + 1

    built = {i: Formula(i, op, parts, level(i), source(i)) for i, (op, parts) in parsed.items()}  # type: ignore[arg-type]
    levelled = {
        code: Table(
            entry.code,
            entry.fact,
            entry.policy,
            entry.order,
            entry.default,
            entry.rows,
            max((built[row.formula].level for row in entry.rows), default=-1) + 1,
            entry.source,
        )
        for code, entry in by_code.items()
    }
    rules = {f"r_{i}": Rule(f"r_{i}", i, source(i)) for i in built}
    return CompiledRulebook(
        date(2026, 1, 1), conditions, built, levelled, rules, {fact: entry.code for fact, entry in giving.items()}, digest
    )


def yes_no(values: str) -> Facts:
    """`tfu` is f1 yes, f2 no, f3 not given."""
    return {f"f{number}": value == "t" for number, value in enumerate(values, start=1) if value != "u"}


def concluded(rulebook: CompiledRulebook, facts: Facts, limits: Limits | None = None) -> Conclusions:
    """Conclusions of the engine, after checking that the independent evaluator says the same."""
    found = conclude(rulebook, facts, DurableEngine(rulebook, limits))
    second = evaluate_independently(rulebook, facts)
    for name in ("conditions", "formulas", "rules", "fired", "values"):
        assert getattr(found, name) == getattr(second, name), name
    return found
