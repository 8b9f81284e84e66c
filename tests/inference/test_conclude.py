"""Formulas in Kleene's logic, and every hit policy with rows true, false and unknown."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from planner.conditions import NOT_APPLICABLE, Compare, Is, Not, OneOf, Possible, PossibleSet, Truth, Value
from planner.inference.conclude import conclude
from planner.inference.durable_engine import DurableEngine
from planner.inference.strata import Strata
from planner.rulebook.compiled import CompiledRulebook
from tests.inference.small_books import F, T, U, book, concluded, table, yes_no

HIGH = OneOf("choice", ("high",), frozenset({"high"}), frozenset())
HAS_HIGH = OneOf("set", ("high",), frozenset({"high"}), frozenset())


@pytest.mark.parametrize("values", ["".join(values) for values in product("tfu", repeat=3)])
def test_all_and_any_follow_kleene(values: str) -> None:
    found = concluded(book({"n1": "all c1 c2 !c3", "n2": "any c1 c2 !c3"}), yes_no(values)).formulas
    read = [Truth(values[0]), Truth(values[1]), ~Truth(values[2])]
    rank = {F: 0, U: 1, T: 2}
    assert found == {"n1": min(read, key=rank.__getitem__), "n2": max(read, key=rank.__getitem__)}


def test_formulas_read_formulas_through_levels() -> None:
    rulebook = book({"n3": "all !n2 c3", "n2": "any n1 c2", "n1": "all c1"})
    assert concluded(rulebook, yes_no("fft")).fired == {"r_n3"}
    assert concluded(rulebook, yes_no("uft")).formulas == {"n1": U, "n2": U, "n3": U}
    assert concluded(rulebook, yes_no("utt")).formulas == {"n1": U, "n2": T, "n3": F}


def three_rows(policy: str, default: str | None = None) -> CompiledRulebook:
    rows = table("t", policy, "n1=high n2=middle n3=low n4=low", default=default)
    test = HAS_HIGH if policy == "collect" else HIGH
    formulas = {"n1": "all c1", "n2": "all c2", "n3": "all c3", "n4": "all c4", "n5": "all ch"}
    return book(formulas, [rows], {"ch": ("d_t", test)})


def possible(*outcomes: str | None) -> Possible:
    return Possible(frozenset(outcomes))


@pytest.mark.parametrize(
    ("rows", "default", "value", "is_high"),
    [
        ("tfff", None, "high", T),
        ("tttt", None, "high", T),
        ("ftft", None, "middle", F),
        ("fffu", "low", "low", F),
        ("ffff", "low", "low", F),
        ("ffff", None, None, U),
        ("utff", None, possible("high", "middle"), U),
        ("futf", None, possible("middle", "low"), F),
        ("tuuu", None, "high", T),
        ("ftuu", None, "middle", F),
        ("ffuu", None, possible("low", None), U),
        ("ufff", "low", possible("high", "low"), U),
        ("uuuu", None, possible("high", "middle", "low", None), U),
        ("fftu", None, "low", F),
    ],
)
def test_highest_takes_the_first_outcome_in_order(rows: str, default: str | None, value: Value | None, is_high: Truth) -> None:
    found = concluded(three_rows("highest", default), yes_no(rows))
    assert (found.values["d_t"], found.formulas["n5"], found.conflicts) == (value, is_high, ())


@pytest.mark.parametrize(
    ("rows", "default", "value", "is_high", "conflict"),
    [
        ("tfff", None, "high", T, ()),
        ("tuuu", None, "high", T, ()),
        ("fftt", None, "low", F, ()),
        ("ffff", None, None, U, ()),
        ("ffff", "low", "low", F, ()),
        ("ffuu", "low", "low", F, ()),
        ("ffuf", None, possible("low", None), U, ()),
        ("ufff", "low", possible("high", "low"), U, ()),
        ("ttff", None, possible("high", "middle"), U, ("t.0", "t.1")),
        ("fttt", "low", possible("middle", "low"), F, ("t.1", "t.2", "t.3")),
        ("tfuu", "low", "high", T, ()),
    ],
)
def test_unique_is_settled_by_the_row_that_holds(
    rows: str, default: str | None, value: Value | None, is_high: Truth, conflict: tuple[str, ...]
) -> None:
    found = concluded(three_rows("unique", default), yes_no(rows))
    assert (found.values["d_t"], found.formulas["n5"]) == (value, is_high)
    assert found.conflicts == ((("t", conflict),) if conflict else ())


@pytest.mark.parametrize(
    ("rows", "default", "value", "is_high"),
    [
        ("tfft", None, frozenset({"high", "low"}), T),
        ("ffff", None, frozenset(), F),
        ("ffff", "low", frozenset({"low"}), F),
        ("uftf", None, PossibleSet(frozenset({"low"}), frozenset({"high"})), U),
        ("fftu", None, frozenset({"low"}), F),
        ("fuff", None, PossibleSet(frozenset(), frozenset({"middle"})), F),
        ("fuff", "high", PossibleSet(frozenset(), frozenset({"middle", "high"})), U),
        ("tuff", "low", PossibleSet(frozenset({"high"}), frozenset({"middle"})), T),
    ],
)
def test_collect_gathers_the_outcomes_of_all_rows(rows: str, default: str | None, value: Value, is_high: Truth) -> None:
    found = concluded(three_rows("collect", default), yes_no(rows))
    assert (found.values["d_t"], found.formulas["n5"]) == (value, is_high)


def test_row_truths_are_told_by_row_id() -> None:
    assert concluded(three_rows("highest"), yes_no("tfu")).rows == {"t.0": T, "t.1": F, "t.2": U, "t.3": U}


def test_a_given_derived_fact_wins_over_its_table() -> None:
    found = concluded(three_rows("highest"), {**yes_no("fttt"), "d_t": "high"})
    assert (found.values["d_t"], found.formulas["n5"], found.given) == ("high", T, frozenset({"d_t"}))
    assert found.rows["t.0"] is F


def test_derived_facts_chain_through_tables() -> None:
    first = table("a", "highest", "n1=high n2=low", default="low")
    second = table("b", "unique", "n3=high", default="low")
    tests = {"ca": ("d_a", HIGH), "cb": ("d_b", HIGH)}
    rulebook = book({"n1": "all c1", "n2": "all c2", "n3": "all ca c3", "n4": "all cb"}, [first, second], tests)
    assert [rulebook.formulas[i].level for i in ("n1", "n3", "n4")] == [0, 1, 2]
    assert concluded(rulebook, yes_no("tft")).values["d_b"] == "high"
    assert concluded(rulebook, yes_no("fft")).formulas["n4"] is F
    assert concluded(rulebook, yes_no("uft")).values["d_b"] == possible("high", "low")


def test_a_table_without_rows_gives_its_default() -> None:
    rulebook = book({"n1": "all ch"}, [table("t", "highest", "", default="high")], {"ch": ("d_t", HIGH)})
    assert concluded(rulebook, {}).fired == {"r_n1"}


def test_a_table_nothing_reads_is_closed_all_the_same() -> None:
    rulebook = book({"n1": "all c1"}, [table("t", "highest", "n1=high")])
    assert concluded(rulebook, yes_no("t")).values["d_t"] == "high"


def test_not_applicable_unknown_and_no_stay_different() -> None:
    rulebook = book({"n1": "all c1", "n2": "all cn"}, tests={"cn": ("f1", Not(Is(True)))})
    assert concluded(rulebook, {"f1": NOT_APPLICABLE}).formulas == {"n1": F, "n2": T}
    assert concluded(rulebook, {}).formulas == {"n1": U, "n2": U}
    assert concluded(rulebook, {"f1": False}).formulas == {"n1": F, "n2": T}


def test_values_equal_to_python_but_of_different_types_are_not_confused() -> None:
    rulebook = book({"n1": "all c1"})
    engine = DurableEngine(rulebook)
    for value, expected in ((Fraction(1), F), (True, T), (Fraction(1), F), ("1", F), (False, F), (Fraction(0), F)):
        assert conclude(rulebook, {"f1": value}, engine).formulas["n1"] is expected


def test_a_bound_is_met_exactly() -> None:
    rulebook = book({"n1": "all c1"}, tests={"c1": ("land", Compare(">=", Fraction(5)))})
    below = Fraction(5) - Fraction(1, 10**30)
    assert [concluded(rulebook, {"land": value}).formulas["n1"] for value in (below, Fraction(5))] == [F, T]


def test_an_engine_answers_for_its_own_rulebook_only() -> None:
    with pytest.raises(ValueError, match="another rulebook"):
        conclude(book({"n1": "all c1"}), {}, DurableEngine(book({"n1": "any c1"})))


def test_a_rulebook_that_reads_ahead_is_refused() -> None:
    rulebook = book({"n1": "all c1", "n2": "all n1"})
    swapped = {**rulebook.formulas, "n1": rulebook.formulas["n2"].__class__("n1", "all", (), 3, rulebook.formulas["n1"].source)}
    broken = CompiledRulebook(rulebook.as_of, rulebook.conditions, swapped, {}, rulebook.rules, {}, "broken")
    with pytest.raises(ValueError, match="before it is known"):
        Strata(broken)


def test_an_outcome_outside_the_order_is_refused() -> None:
    with pytest.raises(ValueError, match="outside its order"):
        Strata(book({"n1": "all c1"}, [table("t", "highest", "n1=elsewhere")]))


def test_more_values_of_one_fact_than_are_remembered() -> None:
    rulebook = book({"n1": "all c1"}, tests={"c1": ("investment", Compare(">=", Fraction(700)))})
    engine = DurableEngine(rulebook)
    found = [conclude(rulebook, {"investment": Fraction(amount)}, engine).formulas["n1"] for amount in [*range(1400), 3, 1399]]
    assert found == [Truth.of(amount >= 700) for amount in [*range(1400), 3, 1399]]
    assert len(engine.strata.base[0]._remembered) <= 512
