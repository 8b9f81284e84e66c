"""The independent evaluator, test by test, against answers written down by hand (not against the other implementation)."""

from __future__ import annotations

import ast
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from planner.conditions import (
    NOT_APPLICABLE,
    Between,
    Compare,
    ContainsAll,
    Is,
    IsNotApplicable,
    Not,
    OneOf,
    Possible,
    PossibleSet,
    Test,
    Truth,
    Value,
    evaluate,
)
from planner.inference import evaluator
from planner.inference.evaluator import evaluate_independently, formula_truth
from planner.rulebook.compiled import Formula, Part
from tests.inference.small_books import F, T, U, book, source

FIVE, TEN = Fraction(5), Fraction(10)
WORKS = OneOf("choice", ("works",), frozenset({"works", "factory"}), frozenset())
FACTORY = OneOf("choice", ("factory",), frozenset({"factory"}), frozenset({"works"}))
ZONE = OneOf("set", ("farmland",), frozenset({"farmland"}), frozenset({"two"}))
ONE = OneOf("set", ("one",), frozenset({"one"}), frozenset())
C30 = OneOf("prefix", ("C30",), frozenset(), frozenset())


def members(*codes: str) -> frozenset[str]:
    return frozenset(codes)


CASES: list[tuple[Test, Value | None, Truth]] = [
    (Compare(">=", FIVE), FIVE, T),
    (Compare(">", FIVE), FIVE, F),
    (Compare("<", FIVE), Fraction(4999, 1000), T),
    (Compare("<=", FIVE), FIVE, T),
    (Compare("=", FIVE), Fraction(10, 2), T),
    (Compare(">=", FIVE), None, U),
    (Compare(">=", FIVE), NOT_APPLICABLE, F),
    (Not(Compare(">=", FIVE)), NOT_APPLICABLE, T),
    (Compare("<", date(2026, 8, 15)), date(2026, 8, 14), T),
    (Compare(">=", date(2026, 8, 15)), date(2026, 8, 14), F),
    (Between(FIVE, True, TEN, False), FIVE, T),
    (Between(FIVE, False, TEN, False), FIVE, F),
    (Between(FIVE, True, TEN, False), TEN, F),
    (Between(FIVE, True, TEN, True), TEN, T),
    (Between(FIVE, True, FIVE, True), FIVE, T),
    (Between(FIVE, True, FIVE, False), FIVE, F),
    (Between(FIVE, True, TEN, True), NOT_APPLICABLE, F),
    (Is(True), True, T),
    (Is(False), True, F),
    (Is(False), NOT_APPLICABLE, F),
    (Is(True), None, U),
    (IsNotApplicable(), NOT_APPLICABLE, T),
    (IsNotApplicable(), False, F),
    (IsNotApplicable(), None, U),
    (Not(Not(Is(True))), True, T),
    (Not(Is(True)), None, U),
    (WORKS, "factory", T),
    (FACTORY, "works", U),
    (FACTORY, "housing", F),
    (Not(FACTORY), "works", U),
    (C30, "C308", T),
    (C30, "C30", T),
    (C30, "C3", U),
    (C30, "C31", F),
    (C30, "", F),
    (ZONE, members("farmland", "one"), T),
    (ZONE, members("two"), U),
    (ZONE, members("one"), F),
    (ZONE, members(), F),
    (ZONE, PossibleSet(members("one"), members("farmland")), U),
    (ZONE, PossibleSet(members("two"), members("one")), U),
    (ZONE, PossibleSet(members("farmland"), members("one")), T),
    (ZONE, PossibleSet(members("one"), members("three")), F),
    (ContainsAll((ZONE, ONE)), members("farmland", "one"), T),
    (ContainsAll((ZONE, ONE)), members("farmland"), F),
    (ContainsAll((ZONE, ONE)), members("two", "one"), U),
    (ContainsAll((ZONE, ONE)), PossibleSet(members("one"), members("farmland")), U),
    (WORKS, Possible(members("works", "factory")), T),
    (WORKS, Possible(members("works", "housing")), U),
    (WORKS, Possible(members("hospital", "housing")), F),
    (WORKS, Possible(frozenset({"works", None})), U),
    # that no row holds would leave the fact unknown, so the test is not certain to fail either
    (WORKS, Possible(frozenset({"housing", None})), U),
    (IsNotApplicable(), Possible(members("works", "housing")), F),
]


@pytest.mark.parametrize(("test", "value", "expected"), CASES)
def test_a_test_says_of_a_value(test: Test, value: Value | None, expected: Truth) -> None:
    rulebook = book({"n1": "all c1"}, tests={"c1": ("fact", test)})
    facts = {} if value is None else {"fact": value}
    assert evaluate_independently(rulebook, facts).conditions["c1"] is expected
    assert evaluate(test, value) is expected


@pytest.mark.parametrize(("test", "value"), [(Compare("<", FIVE), "five"), (WORKS, True), (ZONE, FIVE)])
def test_a_value_of_the_wrong_type_is_an_error(test: Test, value: Value) -> None:
    with pytest.raises(TypeError):
        evaluate_independently(book({"n1": "all c1"}, tests={"c1": ("fact", test)}), {"fact": value})


def test_one_formula_on_its_own() -> None:
    formula = Formula("n1", "any", (Part("c1"), Part("c2", negated=True)), 0, source("n1"))
    assert formula_truth(formula, {"c1": F, "c2": F}) is T
    assert formula_truth(formula, {"c1": F, "c2": U}) is U
    assert formula_truth(formula, {"c1": F, "c2": T}) is F


def test_it_shares_nothing_with_the_first_way() -> None:
    tree = ast.parse(Path(evaluator.__file__).read_text(encoding="utf-8"))
    imported = {node.module: {alias.name for alias in node.names} for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {module: names for module, names in imported.items() if module and module.startswith("planner")}
    assert set(own) == {"planner.conditions", "planner.rulebook.compiled"}
    assert not {name for name in own["planner.conditions"] if name[0].islower()}
