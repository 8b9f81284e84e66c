"""The witness finder against brute force and the evaluator: what it shows holds, what it rules out no project shows."""

from __future__ import annotations

import itertools
import math
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.checks.domains import Domains, plain_between
from planner.checks.witness import Answer, Finder, GaveUp, Unsatisfiable, Witness, solve
from planner.conditions import NOT_APPLICABLE, Compare, Facts, Is, Not, OneOf, Test, Truth, Value
from planner.inference.evaluator import evaluate_independently
from planner.rulebook.compile import InForce
from planner.rulebook.compiled import PARAMETER, CompiledRulebook, Condition, Formula, Part, Row, Source, Table
from planner.vocabulary import Choice, Fact, Vocabulary, one_of
from tests.differential import strategies

T, F = Truth.TRUE, Truth.FALSE


def _choices(tree: dict[str, tuple[str, ...]]) -> tuple[Choice, ...]:
    return tuple(Choice(code, code, parent if code != parent else "") for parent, kids in tree.items() for code in (parent, *kids))


def _vocabulary(book: CompiledRulebook, givable: bool = True) -> Vocabulary:
    facts = {code: Fact(code, code, "number") for code in strategies.NUMBERS}
    facts |= {code: Fact(code, code, "date") for code in strategies.DATES}
    facts |= {code: Fact(code, code, "yes_no") for code in strategies.YES_NO}
    facts[strategies.CHOICE] = Fact(strategies.CHOICE, "用途", "choice", choices=_choices(strategies.TREE[strategies.CHOICE]))
    facts[strategies.SET] = Fact(strategies.SET, "敏感区", "set", choices=_choices(strategies.TREE[strategies.SET]))
    facts[strategies.PREFIX] = Fact(strategies.PREFIX, "行业", "code", pattern=r"[A-T]\d{0,4}")
    outcomes = _choices(strategies.OUTCOMES)
    for fact, code in book.derived.items():
        kind = "set" if book.tables[code].policy == "collect" else "choice"
        facts[fact] = Fact(fact, fact, kind, choices=outcomes, derived=True, givable=givable)  # type: ignore[arg-type]
    return Vocabulary(facts)


def _law(book: CompiledRulebook) -> InForce:
    rest: dict[str, Any] = dict.fromkeys(InForce.__dataclass_fields__, ())
    return InForce(**{**rest, "since": book.as_of, "compiled": book})


def _ask(book: CompiledRulebook, require: dict[str, Truth], **options: Any) -> Answer:
    return solve(_law(book), _vocabulary(book, options.pop("givable", True)), require, **options)


def _all_values(fact: str) -> list[Value]:
    if fact in strategies.NUMBERS:
        return [*strategies.AROUND, NOT_APPLICABLE]
    if fact in strategies.DATES:
        return [*strategies.AROUND_DAYS, NOT_APPLICABLE]
    if fact in strategies.YES_NO:
        return [True, False, NOT_APPLICABLE]
    if fact == strategies.PREFIX:
        return [*strategies.CODES, "C309", "C39", "D45", "E", NOT_APPLICABLE]
    tree = strategies.codes_of(strategies.TREE[fact])
    if fact == strategies.SET:
        return [*(frozenset(c) for size in range(len(tree) + 1) for c in itertools.combinations(tree, size)), NOT_APPLICABLE]
    return [*tree, NOT_APPLICABLE]


def _shows(book: CompiledRulebook, require: dict[str, Truth], facts: Facts) -> bool:
    truths = evaluate_independently(book, facts)
    return all({**truths.conditions, **truths.formulas}[identifier] is truth for identifier, truth in require.items())


@st.composite
def _questions(draw: st.DrawFn) -> tuple[CompiledRulebook, dict[str, Truth]]:
    book = draw(strategies.rulebooks())
    asked = draw(st.lists(st.sampled_from([*book.formulas, *book.conditions]), min_size=1, max_size=3, unique=True))
    return book, {identifier: draw(st.sampled_from((T, F))) for identifier in asked}


@settings(max_examples=120)
@given(_questions(), st.booleans())
def test_a_witness_shows_what_was_asked_and_needs_every_fact(
    question: tuple[CompiledRulebook, dict[str, Truth]], stated: bool
) -> None:
    book, require = question
    answer = _ask(book, require, stated=stated)
    if isinstance(answer, Witness):
        assert _shows(book, require, answer.facts)
        assert stated or not answer.stated
        for fact in answer.facts:
            fewer = {code: value for code, value in answer.facts.items() if code != fact}
            assert not _shows(book, require, fewer)


@settings(max_examples=200)
@given(st.data())
def test_what_some_project_shows_is_never_ruled_out(data: st.DataObject) -> None:
    book = data.draw(strategies.rulebooks())
    facts = data.draw(strategies.projects(book))
    truths = evaluate_independently(book, facts)
    decided = {i: t for i, t in {**truths.conditions, **truths.formulas}.items() if t is not Truth.UNKNOWN}
    if not decided:
        return
    asked = data.draw(st.lists(st.sampled_from(list(decided)), min_size=1, max_size=4, unique=True))
    answer = _ask(book, {identifier: decided[identifier] for identifier in asked})
    assert not isinstance(answer, Unsatisfiable)


@settings(max_examples=120)
@given(_questions())
def test_brute_force_agrees(question: tuple[CompiledRulebook, dict[str, Truth]]) -> None:
    """Without stated derived facts: every combination of every value that any test could tell apart."""
    book, require = question
    base = [fact for fact in dict.fromkeys(c.fact for c in book.conditions.values()) if fact not in book.derived]
    values = [_all_values(fact) for fact in base]
    if math.prod(len(v) for v in values) > 3_000:
        return
    answer = _ask(book, require, givable=False)
    found = any(_shows(book, require, dict(zip(base, combination, strict=True))) for combination in itertools.product(*values))
    if isinstance(answer, GaveUp):
        # Only where a row may stay unknown whatever is given: a table that does not say.
        assert any(t.default is None and t.policy != "collect" for t in book.tables.values())
    else:
        assert isinstance(answer, Witness) == found


# -- by hand -----------------------------------------------------------------------------------------------------------

SOURCE = Source("national/approvals/x.yaml", 1, "规则")


def _book(
    tests: dict[str, tuple[str, Test]], formulas: dict[str, tuple[str, str]], tables: tuple[Table, ...] = ()
) -> CompiledRulebook:
    conditions = {i: Condition(i, fact, test, "…") for i, (fact, test) in tests.items()}
    built = {
        i: Formula(i, op, tuple(Part(w.lstrip("!"), w.startswith("!")) for w in parts.split()), 1, SOURCE)  # type: ignore[arg-type]
        for i, (op, parts) in formulas.items()
    }
    by_code = {table.code: table for table in tables}
    return CompiledRulebook(date(2026, 1, 1), conditions, built, by_code, {}, {t.fact: t.code for t in tables}, "by hand")


def _one(known: list[Fact], book: CompiledRulebook, require: dict[str, Truth], **options: Any) -> Answer:
    return solve(_law(book), Vocabulary({fact.code: fact for fact in known}), require, **options)


AREA = Fact("area", "面积", "number", low=Fraction(0), high=Fraction(100))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Compare(">", Fraction(10)), Compare("<", Fraction(20)), True),
        (Compare(">", Fraction(20)), Compare("<", Fraction(10)), False),
        (Compare(">=", Fraction(20)), Compare("<=", Fraction(20)), True),
        (Compare(">", Fraction(20)), Compare("<=", Fraction(20)), False),
        (Compare(">=", Fraction(100)), Not(Compare("<", Fraction(5))), True),
        (Compare(">", Fraction(100)), Compare(">=", Fraction(0)), False),  # beyond the fact's range
        (Compare("<", Fraction(0)), Compare("<=", Fraction(50)), False),
    ],
)
def test_numbers(one: Test, other: Test, together: bool) -> None:
    book = _book({"c1": ("area", one), "c2": ("area", other)}, {"n1": ("all", "c1 c2")})
    assert isinstance(_one([AREA], book, {"n1": T}), Witness) is together


def test_whole_numbers_have_nothing_between() -> None:
    storeys = Fact("storeys", "层数", "number", integer=True)
    book = _book(
        {"c1": ("storeys", Compare(">", Fraction(3))), "c2": ("storeys", Compare("<", Fraction(4)))}, {"n1": ("all", "c1 c2")}
    )
    assert isinstance(_one([storeys], book, {"n1": T}), Unsatisfiable)
    assert isinstance(
        _one(
            [AREA],
            _book({"c1": ("area", Compare(">", Fraction(3))), "c2": ("area", Compare("<", Fraction(4)))}, {"n1": ("all", "c1 c2")}),
            {"n1": T},
        ),
        Witness,
    )


def test_codes_lie_in_prefixes_and_beside_them() -> None:
    industry = Fact("industry", "行业", "code", pattern=r"[A-T](\d{2,4})?")
    wide = OneOf("prefix", ("C30",), frozenset(), frozenset())
    narrow = OneOf("prefix", ("C301", "C302"), frozenset(), frozenset())
    all_of_it = OneOf("prefix", tuple(f"C30{digit}" for digit in range(10)), frozenset(), frozenset())
    book = _book({"c1": ("industry", wide), "c2": ("industry", narrow), "c3": ("industry", all_of_it)}, {})
    inside = _one([industry], book, {"c1": T, "c2": F})
    assert isinstance(inside, Witness)
    assert str(inside.facts["industry"]).startswith("C30")
    assert isinstance(_one([industry], book, {"c1": F, "c2": T}), Unsatisfiable)
    assert isinstance(_one([industry], book, {"c1": T, "c3": F}), Unsatisfiable)


def test_sets_hold_several_at_once_and_wide_members_leave_narrow_ones_open() -> None:
    zones = Fact("zones", "敏感区", "set", choices=(Choice("wide", "宽"), Choice("in1", "甲", "wide"), Choice("in2", "乙", "wide")))
    tests: dict[str, tuple[str, Test]] = {
        "wide": ("zones", one_of(zones, ("wide",))),
        "in1": ("zones", one_of(zones, ("in1",))),
        "in2": ("zones", one_of(zones, ("in2",))),
    }
    book = _book(tests, {})
    both = _one([zones], book, {"in1": T, "in2": T})
    assert isinstance(both, Witness)
    assert both.facts == {"zones": frozenset({"in1", "in2"})}
    assert isinstance(_one([zones], book, {"wide": T, "in1": F, "in2": F}), Unsatisfiable)
    assert isinstance(_one([zones], book, {"wide": F, "in1": T}), Unsatisfiable)


def _table(policy: str, default: str | None) -> Table:
    rows = (Row("r1", "big", "report", SOURCE), Row("r2", "some", "form", SOURCE))
    return Table("class", "class", policy, ("report", "form", "none"), default, rows, 2, SOURCE)  # type: ignore[arg-type]


GRADE = Fact(
    "class", "类别", "choice", choices=(Choice("report", "报告书"), Choice("form", "报告表"), Choice("none", "不用")), derived=True
)


@pytest.mark.parametrize("policy", ["unique", "highest"])
def test_a_derived_fact_is_reached_through_its_table(policy: str) -> None:
    tests: dict[str, tuple[str, Test]] = {
        "c1": ("area", Compare(">=", Fraction(50))),
        "c2": ("area", Compare(">=", Fraction(5))),
        "c3": ("class", one_of(GRADE, ("form",))),
        "c4": ("class", one_of(GRADE, ("none",))),
    }
    formulas = {"big": ("all", "c1"), "some": ("all", "c2")}
    book = _book(tests, formulas, (_table(policy, "none"),))
    middle = _one([AREA, GRADE], book, {"c3": T})
    assert isinstance(middle, Witness)
    assert middle.stated == ()
    assert 5 <= middle.facts["area"] < 50  # type: ignore[operator]
    least = _one([AREA, GRADE], book, {"c4": T})
    assert isinstance(least, Witness)
    assert least.facts["area"] < 5  # type: ignore[operator]
    # Only by stating it can a large project have a form: an authority's own finding goes before the table.
    large = {"c3": T, "c1": T}
    stated = _one([AREA, GRADE], book, large)
    assert isinstance(stated, Witness)
    assert stated.stated == ("class",)
    assert isinstance(_one([AREA, GRADE], book, large, stated=False), Unsatisfiable)


def test_a_table_that_does_not_say_makes_nothing_true_or_false() -> None:
    tests: dict[str, tuple[str, Test]] = {"c1": ("area", Compare(">=", Fraction(50))), "c3": ("class", one_of(GRADE, ("none",)))}
    table = Table("class", "class", "highest", ("report", "form", "none"), None, (Row("r1", "big", "report", SOURCE),), 2, SOURCE)
    book = _book(tests, {"big": ("all", "c1")}, (table,))
    assert isinstance(_one([AREA, GRADE], book, {"c3": T}, stated=False), Unsatisfiable)
    known = _one([AREA, GRADE], book, {"c3": F}, stated=False)
    assert isinstance(known, Witness)
    assert known.facts["area"] >= 50  # type: ignore[operator]


def test_what_turns_on_a_parameter_without_a_value_is_not_ruled_out() -> None:
    lacking = PARAMETER + "limit"
    text = OneOf("choice", ("x",), frozenset({"x"}), frozenset())
    tests: dict[str, tuple[str, Test]] = {"c1": (lacking, text), "c2": ("area", Compare(">", Fraction(200)))}
    table = Table(lacking, lacking, "unique", (), None, (), 1, SOURCE)
    book = _book(tests, {"n1": ("all", "c1"), "n2": ("all", "c1 c2")}, (table,))
    assert isinstance(_one([AREA], book, {"n1": T}), GaveUp)
    assert isinstance(_one([AREA], book, {"n2": T}), Unsatisfiable)  # whatever the parameter may be


def test_fixed_facts_and_not_applicable() -> None:
    book = _book({"c1": ("area", Compare(">", Fraction(5)))}, {})
    assert isinstance(_one([AREA], book, {"c1": T}, facts={"area": Fraction(5)}), Unsatisfiable)
    assert _one([AREA], book, {"c1": T}, facts={"area": Fraction(6)}) == Witness({"area": Fraction(6)})
    narrow = _book({"c1": ("area", Compare("<=", Fraction(100)))}, {})
    assert _one([AREA], narrow, {"c1": F}) == Witness({"area": NOT_APPLICABLE})
    assert isinstance(_one([AREA], narrow, {"c1": F}, not_applicable=False), Unsatisfiable)


def test_a_question_too_hard_is_given_up_and_not_answered() -> None:
    tests: dict[str, tuple[str, Test]] = {f"c{n}": (f"f{n}", Is(True)) for n in range(12)}
    facts = [Fact(f"f{n}", f"f{n}", "yes_no") for n in range(12)]
    pairs = {f"n{n}": ("any", f"c{n} c{(n + 1) % 12}") for n in range(12)}
    book = _book(tests, pairs)
    assert isinstance(_one(facts, book, dict.fromkeys(pairs, T), budget=1), GaveUp)
    assert isinstance(_one(facts, book, dict.fromkeys(pairs, T)), Witness)


def test_unknown_cannot_be_required() -> None:
    book = _book({"c1": ("area", Compare(">", Fraction(5)))}, {})
    with pytest.raises(ValueError, match="true or false"):
        _one([AREA], book, {"c1": Truth.UNKNOWN})
    with pytest.raises(KeyError):
        _one([AREA], book, {"c9": T})


@given(
    st.fractions(-(10**6), 10**6, max_denominator=1000),
    st.fractions(-(10**6), 10**6, max_denominator=1000),
    st.booleans(),
)
@example(Fraction(3), Fraction(4), True)
def test_plain_numbers_lie_strictly_between(one: Fraction, other: Fraction, integer: bool) -> None:
    low, high = sorted((one, other))
    found = plain_between(low, high, integer=integer)
    if found is not None:
        assert low < found < high
        assert not integer or found.denominator == 1
    elif integer:
        assert math.floor(low) + 1 >= high
    else:
        assert low == high


def test_one_finder_answers_many_questions() -> None:
    book = _book({"c1": ("area", Compare(">", Fraction(5))), "c2": ("area", Compare("<", Fraction(3)))}, {"n1": ("all", "c1 c2")})
    law = _law(book)
    finder = Finder(law, Domains.of(Vocabulary({"area": AREA}), [law]))
    assert isinstance(finder.solve({"n1": T}), Unsatisfiable)
    assert isinstance(finder.solve({"n1": F}), Witness)
    assert isinstance(finder.solve({"c1": T}), Witness)
