"""Whole small rulebooks, and projects to ask them about, as hypothesis strategies.

The vocabulary is fixed and small, with one fact of every type, so that projects often sit exactly on a bound; everything else
(tests, formulas, nesting, levels, tables, rules) is drawn.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from hypothesis import strategies as st

from planner.conditions import (
    NOT_APPLICABLE,
    Between,
    Compare,
    ContainsAll,
    Facts,
    Is,
    IsNotApplicable,
    Not,
    OneOf,
    Test,
    Value,
)
from planner.inference.gate import Limits
from planner.rulebook.compiled import CompiledRulebook, Condition, Formula, Part, Row, Rule, Source, Table

Policy = Literal["unique", "highest", "collect"]
AS_OF = date(2026, 1, 1)
SOURCE = Source("test.yaml", 1, "生成的规则")

NUMBERS = ("land_area", "height")
DATES = ("built_on",)
YES_NO = ("civil_building", "erosion_prone")
CHOICE = "building_use"
SET = "sensitive_areas"
PREFIX = "industry"
BASE_FACTS = (*NUMBERS, *DATES, *YES_NO, CHOICE, SET, PREFIX)

BOUNDS = (Fraction(0), Fraction(5), Fraction(10), Fraction(667, 20))
AROUND = tuple(bound + step for bound in BOUNDS for step in (Fraction(-1, 1000), Fraction(0), Fraction(1, 1000)))
DAYS = (date(2025, 9, 1), date(2026, 8, 15))
AROUND_DAYS = tuple(day + timedelta(days=step) for day in DAYS for step in (-1, 0, 1))
TREE = {
    CHOICE: {"public": ("hospital", "school"), "works": ("factory", "warehouse"), "housing": ()},
    SET: {"two": ("farmland", "wetland"), "one": (), "three": ()},
}
OUTCOMES = {"paper": ("report", "form"), "registration": ()}
CODES = ("C", "C3", "C30", "C308", "C31", "D", "D44")


def codes_of(tree: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(code for parent, children in tree.items() for code in (parent, *children))


def one_of(kind: str, tree: dict[str, tuple[str, ...]], values: tuple[str, ...]) -> OneOf:
    """`OneOf` with its hierarchy worked out, as a compiler does."""
    inside = {code for value in values for code in (value, *tree.get(value, ()))}
    above = {parent for parent, children in tree.items() if parent not in inside and inside & set(children)}
    return OneOf(kind, values, frozenset(inside), frozenset(above))  # type: ignore[arg-type]


def _values(pool: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True).map(tuple)


def intervals(pool: tuple[Fraction, ...] | tuple[date, ...]) -> st.SearchStrategy[Test]:
    bound: st.SearchStrategy[Fraction | date] = st.sampled_from(pool)
    return st.builds(Between, bound, st.booleans(), bound, st.booleans())


def plain_tests(fact: str, outcomes_are_set: bool) -> st.SearchStrategy[Test]:
    """Tests fitting the type of `fact`; any other name is a derived fact."""
    if fact in NUMBERS or fact in DATES:
        pool = BOUNDS if fact in NUMBERS else DAYS
        compare = st.builds(Compare, st.sampled_from(("<", "<=", "=", ">=", ">")), st.sampled_from(pool))
        return st.one_of(compare, intervals(pool))
    if fact in YES_NO:
        return st.builds(Is, st.booleans())
    if fact == PREFIX:
        return _values(CODES).map(lambda values: OneOf("prefix", values, frozenset(), frozenset()))
    tree = TREE.get(fact, OUTCOMES)
    is_set = fact == SET or outcomes_are_set
    member = _values(codes_of(tree)).map(lambda values: one_of("set" if is_set else "choice", tree, values))
    if not is_set:
        return member
    single = st.sampled_from(codes_of(tree)).map(lambda value: one_of("set", tree, (value,)))
    contains = st.lists(single, min_size=1, max_size=2).map(lambda tests: ContainsAll(tuple(tests)))
    return st.one_of(member, contains)


def fact_tests(fact: str, outcomes_are_set: bool) -> st.SearchStrategy[Test]:
    plain = plain_tests(fact, outcomes_are_set)
    return st.one_of(plain, plain, plain.map(Not), plain.map(Not).map(Not), st.just(IsNotApplicable()))


def values_of(fact: str) -> st.SearchStrategy[Value]:
    """Stated values of a base fact, on and beside every bound, and 不适用."""
    given: st.SearchStrategy[Value]
    if fact in NUMBERS:
        given = st.sampled_from(AROUND)
    elif fact in DATES:
        given = st.sampled_from(AROUND_DAYS)
    elif fact in YES_NO:
        given = st.booleans()
    elif fact == PREFIX:
        given = st.sampled_from(CODES)
    elif fact == SET:
        given = st.frozensets(st.sampled_from(codes_of(TREE[SET])), max_size=3)
    else:
        given = st.sampled_from(codes_of(TREE[fact]))
    return st.one_of(given, given, given, st.just(NOT_APPLICABLE))


@st.composite
def rulebooks(draw: st.DrawFn) -> CompiledRulebook:
    conditions: dict[str, Condition] = {}
    formulas: dict[str, Formula] = {}
    tables: dict[str, Table] = {}

    def add_conditions(fact: str, most: int, is_set: bool = False) -> None:
        for test in draw(st.lists(fact_tests(fact, is_set), min_size=0, max_size=most)):
            identifier = f"c{len(conditions):04}"
            conditions[identifier] = Condition(identifier, fact, test, "…")

    def add_formula(level: int) -> str:
        readable = [*conditions, *(identifier for identifier, formula in formulas.items() if formula.level < level)]
        part = st.builds(Part, st.sampled_from(readable), st.booleans()) if readable else st.nothing()
        parts = draw(st.lists(part, max_size=7)) if readable else []
        identifier = f"n{len(formulas):04}"
        formulas[identifier] = Formula(identifier, draw(st.sampled_from(("all", "any"))), tuple(parts), level, SOURCE)
        return identifier

    for fact in draw(st.lists(st.sampled_from(BASE_FACTS), min_size=2, max_size=5, unique=True)):
        add_conditions(fact, 3)
    for level in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(1, 3))):
            add_formula(level)
        if draw(st.booleans()):
            code = f"t{len(tables)}"
            usable = [identifier for identifier, formula in formulas.items() if formula.level <= level]
            codes = draw(st.permutations(codes_of(OUTCOMES)))
            rows = tuple(
                Row(f"{code}r{number}", draw(st.sampled_from(usable)), draw(st.sampled_from(codes)), SOURCE)
                for number in range(draw(st.integers(0, 4)))
            )
            policies: tuple[Policy, ...] = ("unique", "highest", "collect")
            policy = draw(st.sampled_from(policies))
            default = draw(st.sampled_from((None, *codes)))
            # The derived fact may state a higher level than its rows need.
            tables[code] = Table(code, f"d{code}", policy, tuple(codes), default, rows, level + draw(st.integers(1, 2)), SOURCE)
            add_conditions(f"d{code}", 3, policy == "collect")
    rules = {
        f"r{number}": Rule(f"r{number}", formula, SOURCE)
        for number, formula in enumerate(draw(st.lists(st.sampled_from(list(formulas)), max_size=4)))
    }
    derived = {table.fact: code for code, table in tables.items()}
    return CompiledRulebook(AS_OF, conditions, formulas, tables, rules, derived, digest="generated")


@st.composite
def projects(draw: st.DrawFn, book: CompiledRulebook) -> Facts:
    """Facts for `book`: each unknown, not applicable, or a value; now and then a derived fact is given."""
    facts: dict[str, Value] = {}
    for fact in dict.fromkeys(condition.fact for condition in book.conditions.values()):
        if fact in book.derived:
            continue
        if draw(st.integers(0, 3)):
            facts[fact] = draw(values_of(fact))
    for fact, code in book.derived.items():
        if draw(st.integers(0, 5)) == 0:
            outcome = draw(st.sampled_from(codes_of(OUTCOMES)))
            facts[fact] = frozenset((outcome,)) if book.tables[code].policy == "collect" else outcome
    return facts


def limits() -> st.SearchStrategy[Limits]:
    """The real limits, and narrow ones that split formulas and cut the smallest rulebook into many shards."""
    return st.one_of(st.just(Limits()), st.builds(Limits, inputs=st.integers(2, 5), rules=st.integers(4, 12)))
