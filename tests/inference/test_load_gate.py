"""The load gate cuts a rulebook to the engine's measure, loses nothing, and refuses by name what does not fit."""

from __future__ import annotations

import pytest

from planner.conditions import Truth
from planner.diagnostics import DiagnosticError
from planner.inference.durable_engine import DurableEngine
from planner.inference.gate import RESERVED_NAMES, Limits, ShardPlan, fnv1a, plan_shards, property_names
from planner.rulebook.compiled import CompiledRulebook
from tests.inference.small_books import F, T, U, book, concluded


def wide(op: str, parts: int) -> CompiledRulebook:
    return book({"n1": f"{op} " + " ".join(f"c{number}" for number in range(1, parts + 1))})


def many(formulas: int, shared: bool) -> CompiledRulebook:
    """Many small rules; when `shared`, each reads condition c0 as well."""
    return book({f"n{number}": f"all c{number % 150 + 1}" + " c0" * shared for number in range(formulas)})


def assert_within(plan: ShardPlan, limits: Limits) -> None:
    for shard in plan.shards:
        tested = [name for rule in shard.rules for name, _ in rule.tests]
        assert len(shard.inputs) == len(set(shard.inputs)) == len(set(shard.properties)) <= limits.inputs
        assert len(shard.rules) <= limits.rules
        assert set(tested) == set(shard.properties)
        assert max(tested.count(name) for name in shard.properties) <= limits.rules_per_input


NARROW = (
    Limits(inputs=5, rules_per_input=20, rules=30, shards=1000),
    Limits(inputs=48, rules_per_input=200, rules=30, shards=1000),
    Limits(inputs=48, rules_per_input=20, rules=400, shards=1000),
)


@pytest.mark.parametrize("limits", [Limits(), *NARROW])
@pytest.mark.parametrize("rulebook", [wide("all", 300), wide("any", 49), many(500, shared=True), many(500, shared=False)])
def test_every_shard_stays_within_the_limits(rulebook: CompiledRulebook, limits: Limits) -> None:
    plan = plan_shards(rulebook, limits)
    assert not plan.refusals
    assert_within(plan, limits)
    placed = [identifier for shard in plan.shards for identifier in shard.formulas]
    assert sorted(placed) == sorted({*rulebook.formulas, *plan.auxiliary})


def test_formulas_of_different_levels_never_share_a_shard() -> None:
    plan = plan_shards(book({"n1": "all c1", "n2": "all n1 c1", "n3": "any n2"}))
    assert [(shard.level, shard.formulas) for shard in plan.shards] == [(0, ("n1",)), (1, ("n2",)), (2, ("n3",))]


def test_formulas_that_read_the_same_inputs_are_put_together() -> None:
    left, right = " ".join(f"c{n}" for n in range(1, 31)), " ".join(f"c{n}" for n in range(31, 61))
    # n3 would find room in the first shard too
    plan = plan_shards(book({"n1": f"all {left}", "n2": f"all {right}", "n3": "any c31 c32", "n4": "any c1 c2"}))
    assert [shard.formulas for shard in plan.shards] == [("n1", "n4"), ("n2", "n3")]


def test_a_formula_of_48_parts_stays_whole_and_one_of_49_is_split() -> None:
    assert not plan_shards(wide("all", 48)).auxiliary
    plan = plan_shards(wide("all", 49))
    assert list(plan.auxiliary) == ["n1_1"]
    assert [part.id for part in plan.split["n1"].parts] == ["n1_1", "c49"]
    assert [shard.step for shard in plan.shards] == [0, 1]


def test_a_split_takes_no_name_that_exists() -> None:
    parts = " ".join(f"c{number}" for number in range(1, 50))
    assert list(plan_shards(book({"n1": f"all {parts}", "n1_1": "all c1"})).auxiliary) == ["n1_2"]


def test_pieces_of_a_split_formula_are_no_conclusions() -> None:
    rulebook = wide("any", 130)
    engine = DurableEngine(rulebook)
    assert set(engine.infer(0, dict.fromkeys(rulebook.conditions, T))) == {"n1"}


@pytest.mark.parametrize("parts", [49, 97, 130, 2500])
@pytest.mark.parametrize(
    ("op", "rest", "odd", "expected"),
    [
        ("all", "t", "t", T),
        ("all", "t", "u", U),
        ("all", "t", "f", F),
        ("all", "u", "f", F),
        ("any", "f", "f", F),
        ("any", "f", "u", U),
        ("any", "f", "t", T),
        ("any", "u", "t", T),
    ],
)
def test_splitting_loses_nothing(parts: int, op: str, rest: str, odd: str, expected: Truth) -> None:
    rulebook = wide(op, parts)
    engine = DurableEngine(rulebook)
    for place in {1, parts // 2, parts}:
        truths = {identifier: Truth(rest) for identifier in rulebook.conditions}
        truths[f"c{place}"] = Truth(odd)
        assert engine.infer(0, truths) == {"n1": expected}


def test_a_repeated_part_counts_once() -> None:
    (shard,) = plan_shards(book({"n1": "all " + "c1 " * 60})).shards
    assert (shard.inputs, len(shard.rules)) == (("c1",), 2)


def test_a_part_beside_its_contrary_leaves_no_rule_for_what_cannot_be() -> None:
    (shard,) = plan_shards(book({"n1": "all c1 !c1"})).shards
    assert {rule.truth for rule in shard.rules} == {F}
    for value, expected in (("t", F), ("f", F), ("u", U)):
        assert concluded(book({"n1": "all c1 !c1"}), {} if value == "u" else {"f1": value == "t"}).formulas["n1"] is expected


def test_empty_formulas_are_decided_without_the_engine() -> None:
    plan = plan_shards(book({"n1": "all", "n2": "any"}))
    assert (plan.constants, plan.shards) == ({"n1": T, "n2": F}, ())


def test_too_many_parts_are_refused_naming_file_and_rule() -> None:
    plan = plan_shards(book({"n1": "all c1 c2 c3", "n2": "all c1", "n3": "any c1 c2 c4"}), Limits(parts=2))
    assert [(d.code, d.file, d.line) for d in plan.refusals] == [
        ("R320", "approvals/n1.yaml", 7),
        ("R320", "approvals/n3.yaml", 7),
    ]
    assert "规则 n1" in plan.refusals[0].message
    assert plan.refusals[0].help


def test_too_many_shards_are_refused_naming_the_rules_left_over() -> None:
    rulebook = book({f"n{number}": f"all c{2 * number} c{2 * number + 1}" for number in range(4)})
    plan = plan_shards(rulebook, Limits(inputs=2, shards=3))
    assert [(d.code, d.file) for d in plan.refusals] == [("R320", "approvals/n3.yaml")]


def test_an_engine_is_not_built_for_what_was_refused() -> None:
    with pytest.raises(DiagnosticError) as refused:
        DurableEngine(wide("all", 9), Limits(parts=8))
    assert [d.code for d in refused.value.diagnostics] == ["R320"]


def test_fnv1a_is_the_published_function() -> None:
    assert [fnv1a(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]
    assert fnv1a("costarring") == fnv1a("liquid")


def test_property_names_never_share_a_hash() -> None:
    hostile = ["costarring", "liquid", *RESERVED_NAMES, "a.b", "占地面积", "c0001", "declinate", "macallums", "x" * 500]
    names = property_names(hostile)
    hashes = {fnv1a(name) for name in names.values()}
    assert len(hashes) == len(hostile)
    assert not hashes & {fnv1a(name) for name in RESERVED_NAMES}
    assert all(name.isascii() and "." not in name and "$" not in name for name in names.values())
    assert names["c0001"] == "c0001"
