"""What each test says of each value: one table per operator, with unknown, 不适用 and half-known values."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
NA = NOT_APPLICABLE
five = Fraction(5)

# housing lies in building, and building in works
HOUSING = OneOf("choice", ("housing",), frozenset({"housing"}), frozenset({"building", "works"}))
BUILDING = OneOf("choice", ("building",), frozenset({"building", "housing"}), frozenset({"works"}))
FARMLAND = OneOf("set", ("farmland",), frozenset({"farmland"}), frozenset({"two"}))
TWO = OneOf("set", ("two",), frozenset({"two", "farmland"}), frozenset())
ONE = OneOf("set", ("one",), frozenset({"one"}), frozenset())
C308 = OneOf("prefix", ("C308", "D44"), frozenset(), frozenset())
YES = OneOf("choice", ("yes",), frozenset({"yes"}), frozenset())

TABLES: dict[str, list[tuple[Test, Value | None, Truth]]] = {
    "compare": [
        (Compare(op, five), None if n is None else Fraction(n), truth)  # type: ignore[arg-type]
        for op, row in {
            "<": {4: T, 5: F, 6: F, None: U},
            "<=": {4: T, 5: T, 6: F, None: U},
            "=": {4: F, 5: T, 6: F, None: U},
            ">=": {4: F, 5: T, 6: T, None: U},
            ">": {4: F, 5: F, 6: T, None: U},
        }.items()
        for n, truth in row.items()
    ]
    + [
        (Compare(">=", five), NA, F),
        (Compare("<", five), NA, F),
        (Compare(">=", date(2026, 8, 15)), date(2026, 8, 15), T),
        (Compare(">", date(2026, 8, 15)), date(2026, 8, 15), F),
        (Compare("<", date(2026, 8, 15)), None, U),
        (Compare(">", Fraction(1, 3)), Fraction(333333333, 1000000000), F),
    ],
    "between": [
        (Between(Fraction(3), low, Fraction(5), high), Fraction(n), truth)
        for low, high, row in [
            (True, True, {2: F, 3: T, 4: T, 5: T, 6: F}),
            (True, False, {2: F, 3: T, 4: T, 5: F, 6: F}),
            (False, True, {2: F, 3: F, 4: T, 5: T, 6: F}),
            (False, False, {2: F, 3: F, 4: T, 5: F, 6: F}),
        ]
        for n, truth in row.items()
    ]
    + [
        (Between(Fraction(3), True, five, True), None, U),
        (Between(Fraction(3), True, five, True), NA, F),
        (Between(date(2026, 1, 1), True, date(2027, 1, 1), False), date(2026, 12, 31), T),
        (Between(date(2026, 1, 1), True, date(2027, 1, 1), False), date(2027, 1, 1), F),
    ],
    "one of, choice": [
        (HOUSING, "housing", T),
        (HOUSING, "road", F),
        (HOUSING, "building", U),  # given too coarsely to tell
        (HOUSING, "works", U),
        (HOUSING, None, U),
        (HOUSING, NA, F),
        (BUILDING, "housing", T),  # inside what is asked for
        (BUILDING, "building", T),
        (BUILDING, "works", U),
        (BUILDING, Possible(frozenset({"housing", "building"})), T),
        (BUILDING, Possible(frozenset({"housing", "road"})), U),
        (BUILDING, Possible(frozenset({"road", "bridge"})), F),
        (BUILDING, Possible(frozenset({"road", None})), U),
        (YES, Possible(frozenset({"yes", "no"})), U),
    ],
    "one of, set": [
        (TWO, frozenset({"farmland", "one"}), T),
        (TWO, frozenset({"one"}), F),
        (TWO, frozenset(), F),
        (TWO, None, U),
        (TWO, NA, F),
        (FARMLAND, frozenset({"two"}), U),
        (FARMLAND, frozenset({"two", "farmland"}), T),
        (FARMLAND, frozenset({"one", "two"}), U),
        (TWO, PossibleSet(frozenset({"farmland"}), frozenset({"one"})), T),
        (TWO, PossibleSet(frozenset({"one"}), frozenset({"farmland"})), U),
        (TWO, PossibleSet(frozenset({"one"}), frozenset()), F),
        (FARMLAND, PossibleSet(frozenset({"two"}), frozenset()), U),
        (FARMLAND, PossibleSet(frozenset(), frozenset({"two"})), U),
    ],
    "one of, prefix": [
        (C308, "C308", T),
        (C308, "C3089", T),
        (C308, "D4411", T),
        (C308, "C309", F),
        (C308, "C30", U),
        (C308, "C", U),
        (C308, "A", F),
        (C308, None, U),
        (C308, NA, F),
    ],
    "contains all": [
        (ContainsAll((TWO, ONE)), frozenset({"farmland", "one"}), T),
        (ContainsAll((TWO, ONE)), frozenset({"farmland"}), F),
        (ContainsAll((FARMLAND, ONE)), frozenset({"two", "one"}), U),
        (ContainsAll((FARMLAND, ONE)), frozenset({"two"}), F),  # one is surely absent
        (ContainsAll((TWO, ONE)), PossibleSet(frozenset({"two"}), frozenset({"one"})), U),
        (ContainsAll((TWO, ONE)), None, U),
        (ContainsAll((TWO, ONE)), NA, F),
    ],
    "yes or no": [
        (Is(True), True, T),
        (Is(True), False, F),
        (Is(False), False, T),
        (Is(False), True, F),
        (Is(True), None, U),
        (Is(False), None, U),
        (Is(True), NA, F),
        (Is(False), NA, F),  # what does not exist is not a "no"
    ],
    "not applicable": [
        (IsNotApplicable(), NA, T),
        (IsNotApplicable(), None, U),
        (IsNotApplicable(), False, F),
        (IsNotApplicable(), Fraction(0), F),
        (IsNotApplicable(), frozenset(), F),
        (IsNotApplicable(), PossibleSet(frozenset(), frozenset({"one"})), F),
        (IsNotApplicable(), Possible(frozenset({"a", "b"})), F),
    ],
    "not": [
        (Not(Is(True)), True, F),
        (Not(Is(True)), False, T),
        (Not(Is(True)), None, U),
        (Not(Is(True)), NA, T),
        (Not(HOUSING), "building", U),
        (Not(HOUSING), "road", T),
        (Not(Not(HOUSING)), "housing", T),
        (Not(HOUSING), Possible(frozenset({"road", "bridge"})), T),
        (Not(IsNotApplicable()), None, U),
    ],
}


@pytest.mark.parametrize(
    ("test", "value", "truth"),
    [pytest.param(*row, id=f"{name} {index}") for name, rows in TABLES.items() for index, row in enumerate(rows)],
)
def test_truth_table(test: Test, value: Value | None, truth: Truth) -> None:
    assert evaluate(test, value) is truth
    assert evaluate(Not(test), value) is ~truth


@pytest.mark.parametrize(("truth", "contrary"), [(T, F), (F, T), (U, U)])
def test_contrary(truth: Truth, contrary: Truth) -> None:
    assert ~truth is contrary
    assert Truth.of(True) is T
    assert Truth.of(False) is F


@pytest.mark.parametrize(
    ("test", "value"),
    [
        (Compare("<", five), True),
        (Compare("<", five), "5"),
        (Compare("<", five), date(2026, 1, 1)),
        (Compare("<", date(2026, 1, 1)), five),
        (Between(five, True, five, True), frozenset()),
        (HOUSING, five),
        (HOUSING, True),
    ],
)
def test_a_test_on_the_wrong_kind_of_value_is_a_programming_error(test: Test, value: Value) -> None:
    with pytest.raises(TypeError):
        evaluate(test, value)


codes = st.text(alphabet="C0123", max_size=5)


@given(st.lists(codes, min_size=1, max_size=3), st.text(alphabet="C0123", min_size=1, max_size=5), codes)
def test_a_finer_industry_code_never_overturns_a_settled_answer(values: list[str], code: str, finer: str) -> None:
    test = OneOf("prefix", tuple(values), frozenset(), frozenset())
    coarse = evaluate(test, code)
    if coarse is not U:
        assert evaluate(test, code + finer) is coarse


@given(st.sets(st.sampled_from(["one", "two", "farmland"])), st.sets(st.sampled_from(["one", "two", "farmland"])))
def test_a_settled_answer_on_an_open_set_holds_for_every_way_it_may_close(certain: set[str], maybe: set[str]) -> None:
    members = sorted(maybe)
    for test in (ONE, TWO, FARMLAND, ContainsAll((ONE, TWO))):
        before = evaluate(test, PossibleSet(frozenset(certain), frozenset(maybe)))
        for mask in range(2 ** len(members)):
            chosen = {m for index, m in enumerate(members) if mask >> index & 1}
            after = evaluate(test, frozenset(certain | chosen))
            assert before is U or after is before
