"""One plan, warm: `Planner.plan()` with dates and reasons, beside zen-engine evaluating the same decision tables alone.

Both get the example projects, in turn, in one run. zen (JSON decision model, tables and approvals translated from the compiled
rulebook) gives only which approvals are needed: no dates, no reasons, no unknowns. "varied" changes every number of a project by a
few per cent each time, so that no remembered answer fits exactly.

    python benchmarks/single_plan.py [--rounds 200]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import zen

from planner import Planner, load_project
from planner.conditions import Between, Compare, ContainsAll, Is, IsNotApplicable, Not, OneOf, Test, Value
from planner.project import ProjectFacts
from planner.rulebook.compiled import CompiledRulebook
from planner.vocabulary import Fact, Vocabulary

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 11, 24)
DEFAULTS: Mapping[str, Any] = {"number": 0, "yes_no": False, "choice": "", "set": [], "code": "", "date": ""}


def expression(test: Test, fact: str) -> str:
    """A unary test in zen's expression language."""
    match test:
        case Not(inner):
            return f"not ({expression(inner, fact)})"
        case Compare("=", bound):
            return f"{fact} == {_literal(bound)}"
        case Compare(op, bound):
            return f"{fact} {op} {_literal(bound)}"
        case Between(low, low_closed, high, high_closed):
            return (
                f"({fact} {'>=' if low_closed else '>'} {_literal(low)} and {fact} {'<=' if high_closed else '<'} {_literal(high)})"
            )
        case OneOf("prefix", values):
            return "(" + " or ".join(f"startsWith({fact}, {json.dumps(v)})" for v in values) + ")"
        case OneOf("set", _, inside):
            return f"some({fact}, # in {json.dumps(sorted(inside), ensure_ascii=False)})"
        case OneOf(_, _, inside):
            return f"{fact} in {json.dumps(sorted(inside), ensure_ascii=False)}"
        case ContainsAll(tests):
            return "(" + " and ".join(expression(one, fact) for one in tests) + ")"
        case Is(value):
            return f"{fact} == {str(value).lower()}"
        case IsNotApplicable():
            return "false"


def _literal(bound: object) -> str:
    return str(float(bound)) if isinstance(bound, Fraction) else json.dumps(str(bound))


def formula(book: CompiledRulebook, identifier: str) -> str:
    """A formula written out in zen's expression language."""
    condition = book.conditions.get(identifier)
    if condition is not None:
        return expression(condition.test, condition.fact)
    found = book.formulas[identifier]
    if not found.parts:
        return "true" if found.op == "all" else "false"
    parts = [f"not ({formula(book, p.id)})" if p.negated else f"({formula(book, p.id)})" for p in found.parts]
    return (" and " if found.op == "all" else " or ").join(parts)


def decision_model(book: CompiledRulebook) -> dict[str, Any]:
    """The compiled rulebook as a JSON decision model: its tables one after the other, then one table of all approvals."""
    nodes: list[dict[str, Any]] = [{"id": "in", "type": "inputNode", "name": "in"}]
    for table in sorted(book.tables.values(), key=lambda t: t.level):
        rank = {outcome: place for place, outcome in enumerate(table.order)}
        rows = sorted(table.rows, key=lambda r: rank.get(r.outcome, 0)) if table.policy == "highest" else table.rows
        collected = table.policy == "collect"
        rules = [("given", f"given.{table.fact} != null", f"given.{table.fact}")]
        rules += [(r.id, formula(book, r.formula), _outcome(r.outcome, collected)) for r in rows]
        rules.append(("default", "true", _outcome(table.default or "", collected)))
        nodes.append(_table(table.code, table.fact, rules, "first"))
    needs = [(r.id, formula(book, r.formula), json.dumps(r.id)) for r in book.rules.values()]
    nodes.append(_table("approvals", "approval", needs, "collect"))
    nodes.append({"id": "out", "type": "outputNode", "name": "out"})
    edges = [{"id": f"e{n}", "type": "edge", "sourceId": a["id"], "targetId": b["id"]} for n, (a, b) in enumerate(pairwise(nodes))]
    return {"nodes": nodes, "edges": edges}


def _outcome(outcome: str, collected: bool) -> str:
    return json.dumps([outcome] if collected else outcome, ensure_ascii=False)


def _table(code: str, field: str, rules: list[tuple[str, str, str]], policy: str) -> dict[str, Any]:
    content = {
        "hitPolicy": policy,
        "passThrough": policy == "first",
        "inputs": [{"id": "i", "name": "when", "type": "expression", "field": ""}],
        "outputs": [{"id": "o", "name": field, "type": "expression", "field": field}],
        "rules": [{"_id": identifier, "i": when, "o": outcome} for identifier, when, outcome in rules],
    }
    return {"id": f"t_{code}", "type": "decisionTableNode", "name": code, "content": content}


def context(vocabulary: Vocabulary, facts: Mapping[str, Value]) -> dict[str, Any]:
    """A project's facts as zen reads them; what was not given or does not apply is the type's zero, as zen knows no unknown."""
    stated = {fact.code: _plain(fact, facts.get(fact.code)) for fact in vocabulary.facts.values() if not fact.derived}
    given = {fact.code: _plain(fact, facts[fact.code]) for fact in vocabulary.facts.values() if fact.derived and fact.code in facts}
    return {**stated, "given": given}


def _plain(fact: Fact, value: Value | None) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, bool | str):
        return value
    return DEFAULTS[fact.kind]


def varied(facts: ProjectFacts, chance: random.Random) -> ProjectFacts:
    """The project with every number a few per cent off."""
    values = {
        code: value * Fraction(chance.randint(970, 1030), 1000) if isinstance(value, Fraction) else value
        for code, value in facts.values.items()
    }
    return replace(facts, values=values)


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=200)
    rounds = options.parse_args().rounds
    planner = Planner.from_files(ROOT / "rules" / "anshan")
    book = planner.rulebook.at(DAY).compiled
    decision = zen.ZenEngine().create_decision(json.dumps(decision_model(book), ensure_ascii=False))
    projects = []
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        if path.stem != "incomplete":  # zen cannot say "unknown"
            described, positions = load_project(path)
            projects.append(planner.read(described, positions))
    vocabulary = planner.rulebook.vocabulary
    differing = _compare(planner, decision, projects, vocabulary)
    chance = random.Random(4754)
    results: dict[str, list[float]] = {"plan": [], "plan, varied": [], "zen": [], "zen, varied": []}
    for _ in range(rounds):
        for facts in projects:
            other = varied(facts, chance)
            same_input, other_input = context(vocabulary, facts.values), context(vocabulary, other.values)
            results["plan"].append(timed(lambda facts=facts: planner.plan(facts, as_of=DAY)))  # type: ignore[misc]
            results["zen"].append(timed(lambda given=same_input: decision.evaluate(given)))  # type: ignore[misc]
            results["plan, varied"].append(timed(lambda other=other: planner.plan(other, as_of=DAY)))  # type: ignore[misc]
            results["zen, varied"].append(timed(lambda given=other_input: decision.evaluate(given)))  # type: ignore[misc]
    print(
        f"{len(projects)} projects × {rounds} rounds; {len(book.rules)} approvals, {sum(len(t.rows) for t in book.tables.values())} table rows"
    )
    print(f"approvals on which zen differs (facts left open count as zero for it): {differing}")
    for name, times in results.items():
        ordered = sorted(times)
        print(
            f"{name:14} median {statistics.median(times) * 1000:7.3f} ms   p95 {ordered[int(len(ordered) * 0.95)] * 1000:7.3f} ms"
        )
    for one, other in (("plan", "zen"), ("plan, varied", "zen, varied")):
        print(f"{one} / {other}: {statistics.median(results[one]) / statistics.median(results[other]):.2f} ×")


def _compare(planner: Planner, decision: Any, projects: list[ProjectFacts], vocabulary: Vocabulary) -> int:
    """How many answers differ where ours are settled: the peer must do the same work to be a peer."""
    differing = 0
    for facts in projects:
        plan = planner.plan(facts, as_of=DAY)
        settled = {i.code: True for i in plan.items if i.status.value == "required"} | {n.code: False for n in plan.not_required}
        found = decision.evaluate(context(vocabulary, facts.values))["result"]
        needed = {row["approval"] for row in found}
        differing += sum((code in needed) != answer for code, answer in settled.items())
    return differing


if __name__ == "__main__":
    main()
