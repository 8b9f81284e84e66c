"""What an open conclusion still depends on, and the least that would turn a conclusion round."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.conditions import ContainsAll, Facts, Is, Not, OneOf, Test, Truth
from planner.inference.conclude import Conclusions, conclude
from planner.inference.durable_engine import DurableEngine
from planner.inference.evaluator import evaluate_independently
from planner.inference.questions import flips, open_facts
from planner.rulebook.compiled import CompiledRulebook, Condition
from tests.differential.strategies import projects, rulebooks
from tests.inference.small_books import F, T, U, book, concluded, table, yes_no

HIGH = OneOf("choice", ("high",), frozenset({"high"}), frozenset())
COARSE = OneOf("choice", ("high",), frozenset({"high"}), frozenset({"tall"}))
few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def asked(rulebook: CompiledRulebook, facts: Facts, formula: str) -> tuple[str, ...]:
    return open_facts(rulebook, concluded(rulebook, facts), formula)


def turned(rulebook: CompiledRulebook, facts: Facts, formula: str, wanted: Truth) -> dict[str, str] | None:
    found = flips(rulebook, concluded(rulebook, facts), formula, wanted)
    return None if found is None else {identifier: truth.value for identifier, truth in found}


# -- open facts --------------------------------------------------------------------------------------------------------


def test_only_unknown_parts_are_asked_about() -> None:
    rulebook = book({"n1": "any c1 c2", "n2": "any c3 c4", "n3": "all n1 n2 c5"})
    assert asked(rulebook, yes_no("fuufu"), "n3") == ("f2", "f3", "f5")
    assert asked(rulebook, yes_no("ftufu"), "n3") == ("f3", "f5")


def test_a_settled_formula_asks_nothing() -> None:
    assert asked(book({"n1": "all c1 c2"}), yes_no("fu"), "n1") == ()


def test_a_fact_read_twice_is_asked_once_and_in_the_order_read() -> None:
    rulebook = book({"n1": "all c2 n2 c1", "n2": "any c1 c2 c3"})
    assert asked(rulebook, {}, "n1") == ("f2", "f1", "f3")


def test_a_value_too_coarse_is_asked_for_again() -> None:
    rulebook = book({"n1": "all c1"}, tests={"c1": ("use", COARSE)})
    assert asked(rulebook, {"use": "tall"}, "n1") == ("use",)


@pytest.mark.parametrize(
    ("policy", "rows", "facts"),
    [
        ("highest", "uuu", ("f1", "f2", "f3")),
        ("highest", "utu", ("f1",)),
        ("highest", "fuu", ()),
        ("unique", "fuf", ()),
        ("unique", "uff", ("f1",)),
        ("collect", "uuu", ("f1",)),
        ("collect", "ftu", ()),
    ],
)
def test_a_derived_fact_is_traced_to_the_rows_that_bear_on_it(policy: str, rows: str, facts: tuple[str, ...]) -> None:
    rulebook = book(
        {"n1": "all c1", "n2": "all c2", "n3": "all c3", "n4": "all ch"},
        [table("t", policy, "n1=high n2=middle n3=low", default="low")],
        {"ch": ("d_t", replace(HIGH, kind="set") if policy == "collect" else HIGH)},
    )
    assert asked(rulebook, yes_no(rows), "n4") == facts


@pytest.mark.parametrize(("rows", "facts"), [("ff", ("d_t",)), ("tt", ("d_t",)), ("fu", ("f2",))])
def test_a_derived_fact_its_table_cannot_settle_is_named_itself(rows: str, facts: tuple[str, ...]) -> None:
    rulebook = book(
        {"n1": "all c1", "n2": "all c2", "n3": "all ch"}, [table("t", "unique", "n1=high n2=low")], {"ch": ("d_t", HIGH)}
    )
    assert asked(rulebook, yes_no(rows), "n3") == facts


def test_a_derived_fact_given_too_coarsely_is_named_itself() -> None:
    rulebook = book({"n1": "all c1", "n2": "all ch"}, [table("t", "unique", "n1=high")], {"ch": ("d_t", COARSE)})
    assert asked(rulebook, {"d_t": "tall"}, "n2") == ("d_t",)


@few
@given(st.data())
def test_an_open_formula_always_asks_and_asks_for_what_can_matter(data: st.DataObject) -> None:
    rulebook = data.draw(rulebooks())
    facts = data.draw(projects(rulebook))
    conclusions = conclude(rulebook, facts, DurableEngine(rulebook))
    for identifier, truth in conclusions.formulas.items():
        assert bool(open_facts(rulebook, conclusions, identifier)) is (truth is U)


# -- flips -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formulas", "values", "wanted", "expected"),
    [
        ({"n1": "all c1 c2 c3"}, "tfu", T, {"c2": "t", "c3": "t"}),
        ({"n1": "all c1 c2 c3"}, "ttt", F, {"c1": "f"}),
        ({"n1": "any c1 c2 c3"}, "fff", T, {"c1": "t"}),
        ({"n1": "any c1 c2 c3"}, "ttf", F, {"c1": "f", "c2": "f"}),
        ({"n1": "all c1 !c2"}, "tt", T, {"c2": "f"}),
        ({"n1": "all c1 c2"}, "tt", T, {}),
        ({"n1": "any n2 n3", "n2": "all c1 c2", "n3": "all c3 c4 c5"}, "ffftt", T, {"c3": "t"}),
        # turning c1 alone would break the other part, which holds only because c1 does not
        ({"n1": "all c1 n2", "n2": "any !c1 c2"}, "ff", T, {"c1": "t", "c2": "t"}),
        # cheapest part by part is three changes, c3 shared makes two
        ({"n1": "all n2 n3", "n2": "any c1 c3", "n3": "any c2 c3"}, "fff", T, {"c3": "t"}),
        ({"n1": "all c1 !c1"}, "t", T, None),
        ({"n1": "any c1 !c1"}, "t", F, None),
        ({"n1": "all"}, "", F, None),
        ({"n1": "any"}, "", T, None),
    ],
)
def test_the_smallest_change_is_found(
    formulas: dict[str, str], values: str, wanted: Truth, expected: dict[str, str] | None
) -> None:
    assert turned(book(formulas), yes_no(values), "n1", wanted) == expected


@pytest.mark.parametrize(
    ("policy", "default", "test", "rows", "wanted", "expected"),
    [
        ("highest", "low", HIGH, "fff", T, {"c1": "t"}),
        ("highest", "low", HIGH, "tft", F, {"c1": "f"}),
        ("highest", "low", HIGH, "uft", F, {"c1": "f"}),
        ("highest", None, HIGH, "tff", F, {"c1": "f", "c2": "t"}),
        ("highest", "low", Not(HIGH), "fff", F, {"c1": "t"}),
        ("unique", "low", HIGH, "fft", T, {"c1": "t", "c3": "f"}),
        ("unique", "high", HIGH, "fft", T, {"c3": "f"}),
        ("collect", None, HIGH, "fft", T, {"c1": "t"}),
        ("collect", None, HIGH, "ttt", F, {"c1": "f"}),
        ("collect", "high", HIGH, "fff", F, {"c2": "t"}),
        ("collect", "high", HIGH, "fft", T, {"c1": "t"}),
        (
            "collect",
            None,
            ContainsAll((HIGH, replace(HIGH, values=("low",), inside=frozenset({"low"})))),
            "fff",
            T,
            {"c1": "t", "c3": "t"},
        ),
    ],
)
def test_a_derived_fact_turns_through_its_rows(
    policy: str, default: str | None, test: Test, rows: str, wanted: Truth, expected: dict[str, str]
) -> None:
    rulebook = book(
        {"n1": "all c1", "n2": "all c2", "n3": "all c3", "n4": "all ch"},
        [table("t", policy, "n1=high n2=middle n3=low", default=default)],
        {"ch": ("d_t", test)},
    )
    assert turned(rulebook, yes_no(rows), "n4", wanted) == expected


def test_a_given_derived_fact_turns_itself() -> None:
    rulebook = book({"n1": "all c1", "n2": "all ch"}, [table("t", "unique", "n1=high")], {"ch": ("d_t", HIGH)})
    assert turned(rulebook, {"d_t": "low"}, "n2", T) == {"ch": "t"}


def test_unknown_cannot_be_wanted() -> None:
    rulebook = book({"n1": "all c1"})
    with pytest.raises(ValueError, match="TRUE or FALSE"):
        flips(rulebook, concluded(rulebook, {}), "n1", U)


def test_many_ways_to_come_round_still_give_one() -> None:
    groups = {f"n{n}": "any " + " ".join(f"c{n}x{m}" for m in range(9)) for n in range(9)}
    rulebook = book({**groups, "n99": "all " + " ".join(groups)})
    assert turned(rulebook, {}, "n99", T) == {f"c{n}x0": "t" for n in range(9)}


def test_a_way_that_contradicts_itself_is_passed_over() -> None:
    groups = {f"n{n}": "any " + " ".join(f"c{n}x{m}" for m in range(9)) for n in range(9)}
    rulebook = book({**groups, "n99": "all " + " ".join(groups), "n100": "all c1 !c1", "n101": "any n100 n99"})
    assert turned(rulebook, {}, "n101", T) == {f"c{n}x0": "t" for n in range(9)}


@pytest.mark.parametrize(("policy", "more"), [("highest", {}), ("unique", {"c149a": "f"})])
def test_a_large_table_is_turned_by_one_row(policy: str, more: dict[str, str]) -> None:
    rows = {f"n{n}": f"all c{n}a c{n}b c{n}c" for n in range(150)}
    outcomes = " ".join(f"{identifier}={('high', 'low')[number % 2]}" for number, identifier in enumerate(rows))
    rulebook = book({**rows, "n999": "all ch"}, [table("t", policy, outcomes, default="low")], {"ch": ("d_t", HIGH)})
    facts: Facts = {f"f{n}{letter}": n == 149 for n in range(150) for letter in "abc"}  # the last row holds, and says low
    assert turned(rulebook, facts, "n999", T) == {"c0a": "t", "c0b": "t", "c0c": "t", **more}


def freely_true_or_false(rulebook: CompiledRulebook) -> CompiledRulebook:
    """The same rulebook with every condition on a base fact made a yes/no fact of its own, so that each can be turned alone."""
    conditions = {
        identifier: condition if condition.fact in rulebook.derived else Condition(identifier, f"f{identifier}", Is(True), "是")
        for identifier, condition in rulebook.conditions.items()
    }
    return replace(rulebook, conditions=conditions)


def after(facts: Facts, conclusions: Conclusions, changes: dict[str, Truth], rulebook: CompiledRulebook) -> Facts:
    return {**facts, **{rulebook.conditions[identifier].fact: truth is T for identifier, truth in changes.items()}}


@few
@given(st.data())
def test_flips_do_what_they_say_and_nothing_smaller_does(data: st.DataObject) -> None:
    rulebook = freely_true_or_false(data.draw(rulebooks()))
    base = [identifier for identifier, condition in rulebook.conditions.items() if condition.fact not in rulebook.derived]
    facts: Facts = {
        f"f{identifier}": value for identifier in base if (value := data.draw(st.sampled_from((True, False, None)))) is not None
    }
    conclusions = conclude(rulebook, facts, DurableEngine(rulebook))
    identifier = data.draw(st.sampled_from(list(rulebook.formulas)))
    wanted = data.draw(st.sampled_from((T, F)))
    assume(conclusions.formulas[identifier] is not wanted)
    found = flips(rulebook, conclusions, identifier, wanted)
    if found is not None:
        changes = dict(found)
        assert len(changes) == len(found)
        turned = evaluate_independently(rulebook, after(facts, conclusions, changes, rulebook))
        assert turned.formulas[identifier] is wanted
    most = 2 if found is None else min(2, len(found) - 1)
    for size in range(1, most + 1):
        for chosen in combinations(base, size):
            for truths in product((T, F), repeat=size):
                other = after(facts, conclusions, dict(zip(chosen, truths, strict=True)), rulebook)
                assert evaluate_independently(rulebook, other).formulas[identifier] is not wanted
