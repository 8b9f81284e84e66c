"""What people write for a fact, and what rules write as a test, read exactly or refused with the likely fix."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
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
from planner.diagnostics import CODES
from planner.units import find_unit
from planner.vocabulary import Choice, Fact, ValueProblem, Vocabulary, show_value

KINDS = (
    Choice("works", "工程"),
    Choice("building", "房屋建筑", "works"),
    Choice("housing", "住宅", "building"),
    Choice("road", "道路"),
)
AREA = Fact("area", "占地面积", "number", aliases=("用地规模",), unit=find_unit("公顷"), low=Fraction(0), high=Fraction(1000))
BEDS = Fact("beds", "床位数", "number", unit=find_unit("张"), integer=True)
RATIO = Fact("ratio", "系数", "number")
PRONE = Fact("prone", "易发区", "yes_no")
KIND = Fact("kind", "工程类型", "choice", choices=KINDS)
USES = Fact(
    "uses",
    "用途",
    "set",
    choices=(Choice("shop", "商业"), Choice("nonprofit", "非营利性"), Choice("oily", "含油"), Choice("ab", "甲、乙类")),
)
INDUSTRY = Fact("industry", "行业", "code", pattern=r"[A-T](\d{2,4})?", note="字母加 2 至 4 位数字")
FILED = Fact("filed", "备案日期", "date")
CLASS = Fact("class", "环评类别", "choice", choices=(Choice("report", "报告书"), Choice("form", "报告表")), derived=True)
SPECIAL = Fact("special", "特殊工程", "yes_no", derived=True)
BOOK = Vocabulary({f.code: f for f in (AREA, BEDS, RATIO, PRONE, KIND, USES, INDUSTRY, FILED, CLASS, SPECIAL)})


# -- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["area", "占地面积", "用地规模", " 占地面积 ", "ａｒｅａ"])
def test_a_fact_goes_by_code_name_and_alias(word: str) -> None:
    assert BOOK.find(word) is AREA


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [("占地面机", "占地面积"), ("AREA", "area"), ("工程种类", "工程类型"), ("xyz", ""), ("", ""), ("占" * 100_000, "")],
)
def test_an_unknown_fact_is_refused_with_the_nearest_word(word: str, suggestion: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        BOOK.find(word)
    assert caught.value.code == "V201"
    assert suggestion in caught.value.help


# -- values ----------------------------------------------------------------------------------------------------------------

VALUES: list[tuple[Fact, object, Value | None]] = [
    (AREA, "5", Fraction(5)),
    (AREA, "33.35 亩", Fraction(667, 300)),
    (AREA, "50,000 ㎡", Fraction(5)),
    (AREA, "５ 公顷", Fraction(5)),
    (AREA, 5, Fraction(5)),
    (AREA, 0.1, Fraction(1, 10)),  # what was written, not the binary number nearest to it
    (AREA, Decimal("0.10"), Fraction(1, 10)),
    (AREA, 1e-7, Fraction(1, 10**7)),
    (AREA, Fraction(1, 3), Fraction(1, 3)),
    (AREA, "0", Fraction(0)),
    (AREA, "1000", Fraction(1000)),
    (BEDS, "600 床", Fraction(600)),
    (BEDS, "6.0", Fraction(6)),
    (RATIO, "-1.5", Fraction(-3, 2)),
    (PRONE, "是", True),
    (PRONE, "有", True),
    (PRONE, True, True),
    (PRONE, "否", False),
    (PRONE, "无", False),
    (PRONE, False, False),
    (KIND, "住宅", "housing"),
    (KIND, "housing", "housing"),
    (KIND, " 住宅 ", "housing"),
    (USES, ["商业", "oily"], frozenset({"shop", "oily"})),
    (USES, "商业、含油", frozenset({"shop", "oily"})),
    (USES, "商业，含油；非营利性", frozenset({"shop", "oily", "nonprofit"})),
    (USES, ["商业，含油"], frozenset({"shop", "oily"})),  # a full-width comma in a list
    (USES, "甲、乙类", frozenset({"ab"})),
    (USES, ("商业",), frozenset({"shop"})),
    (USES, "无", frozenset()),
    (USES, [], frozenset()),
    (INDUSTRY, "C3089", "C3089"),
    (INDUSTRY, "ｃ３０", "C30"),
    (INDUSTRY, "c", "C"),
    (FILED, "2026-03-01", date(2026, 3, 1)),
    (FILED, "２０２６-03-01", date(2026, 3, 1)),
    (FILED, date(2026, 3, 1), date(2026, 3, 1)),
    (FILED, datetime(2026, 3, 1, 12), date(2026, 3, 1)),
    (CLASS, "报告表", "form"),
    (SPECIAL, "是", "yes"),
    (SPECIAL, False, "no"),
    *((fact, word, None) for fact in BOOK.facts.values() for word in (None, "", " ", "未知", "待定")),
    *((fact, "不适用", NOT_APPLICABLE) for fact in BOOK.facts.values()),
    (AREA, NOT_APPLICABLE, NOT_APPLICABLE),
]


@pytest.mark.parametrize(("fact", "raw", "value"), VALUES, ids=lambda part: part.code if isinstance(part, Fact) else None)
def test_value(fact: Fact, raw: object, value: Value | None) -> None:
    read = BOOK.read_value(fact, raw)
    assert read == value
    assert type(read) is type(value)


BAD_VALUES: list[tuple[Fact, object, str, str]] = [
    (AREA, "五公顷", "V206", "5 公顷"),
    (AREA, "5 公倾", "V202", "公顷"),
    (AREA, "5 万元", "V203", "公顷"),
    (AREA, "1001", "V207", "单位"),
    (AREA, "10000001 ㎡", "V207", "单位"),
    (AREA, "-1", "V207", "单位"),
    (AREA, True, "V206", ""),
    (AREA, ["5"], "V206", ""),
    (AREA, {"a": 1}, "V206", ""),
    (AREA, "1.1E+10", "V206", ""),
    (AREA, float("nan"), "V206", ""),
    (AREA, float("inf"), "V206", ""),
    (AREA, "NaN", "V206", ""),
    (AREA, Decimal("Infinity"), "V206", ""),
    (AREA, Decimal("1E+999999"), "V206", ""),
    (AREA, Decimal("1E-999999"), "V206", ""),
    (AREA, 10**400, "V206", ""),
    (AREA, 1e300, "V206", ""),
    (AREA, "9" * 400, "V206", ""),
    (BEDS, "1.5", "V206", ""),
    (RATIO, "1.5 公顷", "V203", "去掉“公顷”"),
    (PRONE, "可能", "V204", "未知"),
    (PRONE, 1, "V204", ""),
    (PRONE, ["是"], "V204", ""),
    (KIND, "民宅", "V204", "住宅"),
    (KIND, ["住宅"], "V204", "住宅"),
    (KIND, True, "V204", "住宅"),
    (KIND, {"住宅": 1}, "V204", ""),
    (USES, ["商场"], "V204", "商业"),
    (USES, {"商业": "是"}, "V204", "商业"),
    (USES, True, "V204", ""),
    (USES, 5, "V204", ""),
    (USES, [["商业"]], "V204", ""),
    (USES, ["商业", None], "V204", ""),
    (INDUSTRY, "3089", "V204", "字母"),
    (INDUSTRY, "C3", "V204", "字母"),
    (INDUSTRY, True, "V204", ""),
    (INDUSTRY, ["C30"], "V204", ""),
    (FILED, "2026/3/1", "S105", "2026-03-01"),
    (FILED, "2026年3月1日", "S105", "2026-03-01"),
    (FILED, "2026-02-30", "S105", "核对"),
    (FILED, "明年", "S105", "2026-03-01"),
    (FILED, 20260301, "S105", ""),
    (CLASS, "登记表", "V204", "报告表"),
    (SPECIAL, "也许", "V204", "未知"),
]


@pytest.mark.parametrize(("fact", "raw", "code", "fix"), BAD_VALUES, ids=lambda part: part.code if isinstance(part, Fact) else None)
def test_refused_value(fact: Fact, raw: object, code: str, fix: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        BOOK.read_value(fact, raw)
    assert caught.value.code == code
    assert fix in caught.value.help
    assert fact.name in caught.value.message or code in ("V202", "S105")


# -- tests -----------------------------------------------------------------------------------------------------------------


def choice(*codes: str, inside: set[str], above: set[str] | None = None) -> OneOf:
    return OneOf("choice", codes, frozenset(inside), frozenset(above or ()))


def uses(*codes: str) -> OneOf:
    return OneOf("set", codes, frozenset(codes), frozenset())


TESTS: list[tuple[Fact, object, Test | None]] = [
    (AREA, "≥ 5 公顷", Compare(">=", Fraction(5))),
    (AREA, "≥5公顷", Compare(">=", Fraction(5))),
    (AREA, ">= 75 亩", Compare(">=", Fraction(5))),
    (AREA, "＞５公顷", Compare(">", Fraction(5))),
    (AREA, "≤ 50,000 ㎡", Compare("<=", Fraction(5))),
    (AREA, "< 5 公顷", Compare("<", Fraction(5))),
    (AREA, "= 5 公顷", Compare("=", Fraction(5))),
    (AREA, "[0.5..5) 公顷", Between(Fraction(1, 2), True, Fraction(5), False)),
    (AREA, "(7.5 亩..5 公顷]", Between(Fraction(1, 2), False, Fraction(5), True)),
    (AREA, "（7.5～75】亩", Between(Fraction(1, 2), False, Fraction(5), True)),
    (AREA, "[5..5] 公顷", Between(Fraction(5), True, Fraction(5), True)),
    (AREA, "非 ≥ 5 公顷", Not(Compare(">=", Fraction(5)))),
    (AREA, "不适用", IsNotApplicable()),
    (AREA, "非 不适用", Not(IsNotApplicable())),
    (BEDS, "≥ 100 床", Compare(">=", Fraction(100))),
    (RATIO, "≥ 1.5", Compare(">=", Fraction(3, 2))),
    (RATIO, "[-1..1]", Between(Fraction(-1), True, Fraction(1), True)),
    (PRONE, "是", Is(True)),
    (PRONE, True, Is(True)),
    (PRONE, "否", Is(False)),
    (PRONE, "非 是", Not(Is(True))),
    (KIND, "住宅", choice("housing", inside={"housing"}, above={"building", "works"})),
    (KIND, "房屋建筑", choice("building", inside={"building", "housing"}, above={"works"})),
    (KIND, "房屋建筑,住宅", choice("building", "housing", inside={"building", "housing"}, above={"works"})),
    (KIND, "工程", choice("works", inside={"works", "building", "housing"})),
    (KIND, ["住宅", "道路"], choice("housing", "road", inside={"housing", "road"}, above={"building", "works"})),
    (KIND, "非 道路", Not(choice("road", inside={"road"}))),
    (KIND, "不是道路", Not(choice("road", inside={"road"}))),
    (USES, "商业", uses("shop")),
    (USES, "含 商业", uses("shop")),
    (USES, "全含 商业,含油", ContainsAll((uses("shop"), uses("oily")))),
    (USES, "非营利性", uses("nonprofit")),  # a value's own name, no negation
    (USES, "非营利性,商业", uses("nonprofit", "shop")),
    (USES, "非 非营利性", Not(uses("nonprofit"))),
    (USES, "含油", uses("oily")),
    (USES, "甲、乙类", uses("ab")),
    (USES, ["甲、乙类", "商业"], uses("ab", "shop")),
    (INDUSTRY, "C31", OneOf("prefix", ("C31",), frozenset(), frozenset())),
    (INDUSTRY, "c308，C31", OneOf("prefix", ("C308", "C31"), frozenset(), frozenset())),
    (FILED, "≥ 2026-08-15", Compare(">=", date(2026, 8, 15))),
    (FILED, "[2026-01-01..2026-08-15)", Between(date(2026, 1, 1), True, date(2026, 8, 15), False)),
    (CLASS, "报告书,报告表", choice("report", "form", inside={"report", "form"})),
    (SPECIAL, "是", choice("yes", inside={"yes"})),
    *((fact, blank, None) for fact in BOOK.facts.values() for blank in (None, "", "  ", "-", "—")),
]


@pytest.mark.parametrize(("fact", "raw", "test"), TESTS, ids=lambda part: part.code if isinstance(part, Fact) else None)
def test_test(fact: Fact, raw: object, test: Test | None) -> None:
    assert BOOK.read_test(fact, raw) == test


BAD_TESTS: list[tuple[Fact, object, str, str]] = [
    (AREA, "≥ 5", "V210", "5 公顷"),
    (AREA, "[1..5)", "V210", "1 公顷"),
    (AREA, "[1..5 公顷)", "V210", "1 公顷"),
    (AREA, "≥ 5 公倾", "V202", "公顷"),
    (AREA, "≥ 5 万元", "V203", "公顷"),
    (AREA, "≥ 五公顷", "V206", "5 公顷"),
    (AREA, "5 公顷", "V205", "≥ 5 公顷"),
    (AREA, "5 公顷以上", "V205", "≥ 5 公顷"),
    (AREA, "≥ 5 公顷, < 10 公顷", "V205", "区间"),
    (AREA, "是", "V205", "≥ 5 公顷"),
    (AREA, ["1..5"], "V205", "加引号"),
    (AREA, "[5..1] 公顷", "V211", "下限"),
    (AREA, "[5..5) 公顷", "V211", "下限"),
    (AREA, "(5..5] 公顷", "V211", "下限"),
    (AREA, "非", "V205", "≥ 5 公顷"),
    (AREA, "非 -", "V205", "≥ 5 公顷"),
    (AREA, "非 非 ≥ 5 公顷", "V205", "≥ 5 公顷"),
    (AREA, "非" * 2000, "V205", ""),
    (AREA, "≥", "V205", "≥ 5 公顷"),
    (AREA, 5, "V205", "≥ 5 公顷"),
    (PRONE, "≥ 1", "V205", "是"),
    (PRONE, "也许", "V204", "未知"),
    (PRONE, ["是", "否"], "V205", "是"),
    (KIND, "民宅", "V204", "住宅"),
    (KIND, "住宅,民宅", "V204", "住宅"),
    (KIND, "[1..5]", "V205", "住宅"),
    (KIND, ",", "V205", "住宅"),
    (KIND, [], "V205", "住宅"),
    (USES, "全含", "V205", "商业"),
    (INDUSTRY, "3089", "V204", "字母"),
    (FILED, "≥ 2026/8/15", "S105", "2026-08-15"),
    (FILED, "≥ 2026-02-30", "S105", "核对"),
    (FILED, "[2026-08-15..2026-01-01]", "V211", "下限"),
    (FILED, "[2026-01-01..2026-08-15) 日", "V205", "2026"),
    (SPECIAL, "也许", "V204", "未知"),
]


@pytest.mark.parametrize(("fact", "raw", "code", "fix"), BAD_TESTS, ids=lambda part: part.code if isinstance(part, Fact) else None)
def test_refused_test(fact: Fact, raw: object, code: str, fix: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        BOOK.read_test(fact, raw)
    assert caught.value.code == code
    assert fix in caught.value.help


# -- hierarchy and showing ---------------------------------------------------------------------------------------------------


def test_wider_values_stand_nearest_first_and_a_circle_ends() -> None:
    assert KIND.ancestors("housing") == ("building", "works")
    assert KIND.ancestors("road") == ()
    assert KIND.ancestors("nobody") == ()
    ring = Fact("ring", "圈", "choice", choices=(Choice("a", "甲", "b"), Choice("b", "乙", "a")))
    assert ring.ancestors("a") == ("b", "a")


def test_a_wide_value_leaves_a_narrow_test_open() -> None:
    narrow = BOOK.read_test(KIND, "住宅")
    assert narrow is not None
    assert evaluate(narrow, BOOK.read_value(KIND, "工程")) is Truth.UNKNOWN
    assert evaluate(narrow, BOOK.read_value(KIND, "道路")) is Truth.FALSE


@pytest.mark.parametrize(
    ("fact", "value", "shown"),
    [
        (AREA, None, "未知"),
        (AREA, NOT_APPLICABLE, "不适用"),
        (AREA, Fraction(667, 300), "约 2.2233 公顷"),
        (AREA, Fraction(5, 2), "2.5 公顷"),
        (RATIO, Fraction(5, 2), "2.5"),
        (PRONE, True, "是"),
        (PRONE, False, "否"),
        (KIND, "housing", "住宅"),
        (USES, frozenset({"oily", "shop"}), "商业、含油"),
        (USES, frozenset(), "无"),
        (INDUSTRY, "C30", "C30"),
        (FILED, date(2026, 3, 1), "2026-03-01"),
        (SPECIAL, "yes", "是"),
        (CLASS, Possible(frozenset({"report", "form"})), "未定（报告书或报告表）"),
        (CLASS, Possible(frozenset({"report", None})), "未定（报告书或规则库未载明）"),
        (USES, PossibleSet(frozenset({"shop"}), frozenset({"oily"})), "未定（已定：商业；可能还有：含油）"),
    ],
)
def test_values_are_shown_as_they_are_written(fact: Fact, value: Value | None, shown: str) -> None:
    assert show_value(fact, value) == shown


facts = st.sampled_from(list(BOOK.facts.values()))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


def said_of(read: Callable[[Fact, object], object], fact: Fact, raw: object) -> str:
    """The code of the problem, "" when the value or test is read. Any other exception fails the test."""
    try:
        read(fact, raw)
    except ValueProblem as problem:
        return problem.code
    return ""


@given(facts, anything)
def test_whatever_is_given_is_read_or_refused(fact: Fact, raw: object) -> None:
    for read in (BOOK.read_value, BOOK.read_test):
        assert said_of(read, fact, raw) in ("", *CODES)


pieces = st.sampled_from(
    [
        "≥",
        "<",
        "5",
        "0.5",
        " ",
        "公顷",
        "亩",
        "万元",
        "[",
        "(",
        "..",
        ")",
        "]",
        "非",
        "含",
        "全含",
        "是",
        "商业",
        "住宅",
        ",",
        "，",
        "、",
        "C30",
        "-",
        "不适用",
        "2026-01-01",
    ]
)


@given(facts, st.lists(pieces, max_size=8).map("".join))
def test_any_arrangement_of_the_grammar_is_read_or_refused(fact: Fact, text: str) -> None:
    assert said_of(BOOK.read_test, fact, text) in ("", *CODES)
    with suppress(ValueProblem):
        test = BOOK.read_test(fact, text)
        assert test is None or evaluate(test, None) is Truth.UNKNOWN


bounds = st.decimals(min_value=0, max_value=1000, places=3)


@given(bounds, st.fractions(min_value=0, max_value=1000))
def test_an_interval_is_its_two_comparisons(low: Decimal, value: Fraction) -> None:
    interval, floor = BOOK.read_test(AREA, f"[{low}..1000] 公顷"), BOOK.read_test(AREA, f"≥ {low} 公顷")
    assert interval is not None
    assert floor is not None
    assert evaluate(interval, value) is evaluate(floor, value) is Truth.of(value >= Fraction(low))
