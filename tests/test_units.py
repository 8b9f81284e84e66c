"""Units convert exactly or not at all, and numbers never pass through binary floats."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.units import MAX_DIGITS, UNITS, UnitError, convert, find_unit, parse_number, show, spellings, split_quantity

EXACT = [
    ("33.35", "亩", "公顷", Fraction(667, 300)),
    ("15", "亩", "㎡", Fraction(10000)),
    ("1", "公顷", "㎡", Fraction(10000)),
    ("5", "万㎡", "公顷", Fraction(5)),
    ("0.1", "平方公里", "亩", Fraction(150)),
    ("0.1", "亿元", "万元", Fraction(1000)),
    ("12.5", "万立方米", "m³", Fraction(125000)),
    ("1", "万吨标准煤", "tce", Fraction(10000)),
    ("1", "kg", "t", Fraction(1, 1000)),
    ("1", "度", "万kWh", Fraction(1, 10000)),
    ("500", "W", "kW", Fraction(1, 2)),
    ("1.5", "万吨/日", "m³/d", Fraction(15000)),
    ("15", "%", "百分之", Fraction(15)),
]


@pytest.mark.parametrize(("number", "source", "target", "expected"), EXACT)
def test_conversion_is_exact(number: str, source: str, target: str, expected: Fraction) -> None:
    assert convert(Decimal(number), find_unit(source), find_unit(target)) == expected


def test_thirds_of_a_hectare_stay_thirds() -> None:
    assert show(convert(Decimal("33.35"), find_unit("亩"), find_unit("公顷")), "公顷") == "667/300 公顷"


@pytest.mark.parametrize(("source", "target"), [("公顷", "万元"), ("t/h", "MW"), ("t", "tce"), ("m³", "m³/d"), ("年", "天")])
def test_different_measures_are_never_converted(source: str, target: str) -> None:
    with pytest.raises(UnitError, match="不能换算") as caught:
        convert(Decimal(1), find_unit(source), find_unit(target))
    assert caught.value.reason == "dimension"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("平方米", "㎡"),
        ("m2", "㎡"),
        ("M2".lower(), "㎡"),
        ("m²", "㎡"),
        ("hm²", "公顷"),
        ("万 ㎡", "万㎡"),
        (" 亩 ", "亩"),
        ("\u200b亩", "亩"),
        ("％", "%"),
        ("ｋＷ", "kW"),
        ("万方", "万m³"),
        ("张床位", "张"),
    ],
)
def test_every_way_offices_write_a_unit(spelling: str, name: str) -> None:
    assert find_unit(spelling).name == name


@pytest.mark.parametrize("spelling", ["公倾", "", "尺", "平方", "公顷公顷", "kw·h"])
def test_unknown_unit(spelling: str) -> None:
    with pytest.raises(UnitError) as caught:
        find_unit(spelling)
    assert caught.value.reason == "unknown"


def test_spellings_are_of_one_dimension() -> None:
    assert spellings("面积") == ["㎡", "公顷", "亩", "万㎡", "平方公里"]
    assert set(spellings()) == set(UNITS)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("12.5 万立方米", "12.5", "万立方米"),
        ("12.5万立方米", "12.5", "万立方米"),
        ("1,234,567.5元", "1234567.5", "元"),
        ("１２．５ 亩", "12.5", "亩"),
        ("1，000 元", "1000", "元"),
        ("-3", "-3", ""),
        ("－3", "-3", ""),
        ("+3 m", "3", "m"),
        ("007", "7", ""),
        ("5\u3000公顷", "5", "公顷"),
    ],
)
def test_quantities_as_people_write_them(text: str, number: str, unit: str) -> None:
    assert split_quantity(text) == (Decimal(number), unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "五公顷",
        "约5",
        ".5",
        "5.",
        "1,23",
        "1,2345",
        "1.2.3",
        "--5",
        "nan",
        "inf",
        "Infinity",
        "1.1E+10",
        "1e5",
        "9" * (MAX_DIGITS + 1),
        "0." + "1" * (MAX_DIGITS + 1),
        "٣",
    ],
)
def test_what_is_not_a_number(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        split_quantity(text)
    assert caught.value.reason == "number"
    assert len(str(caught.value)) < 100


def test_scientific_notation_is_named() -> None:
    with pytest.raises(UnitError, match="科学计数"):
        split_quantity("1.1E+10")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(5), "5"),
        (Fraction(0), "0"),
        (Fraction(-1, 2), "-0.5"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("1E+3"), "1000"),
        (Decimal("2.500"), "2.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 2**70), "0." + str(5**70).rjust(70, "0")),
        (10**40, "1" + "0" * 40),
    ],
)
def test_show(value: Decimal | Fraction | int, text: str) -> None:
    assert show(value) == text


decimals = st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False)
units = st.sampled_from(sorted(UNITS.values(), key=lambda unit: unit.name))


@given(decimals, units, units)
def test_there_and_back_again(value: Decimal, one: object, other: object) -> None:
    source, target = UNITS[one.name], UNITS[other.name]  # type: ignore[attr-defined]
    if source.dimension != target.dimension:
        with pytest.raises(UnitError):
            convert(value, source, target)
        return
    there = convert(value, source, target)
    assert type(there) is Fraction
    assert convert(there, target, source) == Fraction(value)


@given(decimals)
def test_shown_numbers_are_read_back(value: Decimal) -> None:
    assert parse_number(show(value)) == value


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number, unit = split_quantity(text)
    except UnitError:
        return
    assert type(number) is Decimal
    assert number.is_finite()
    assert unit == unit.strip()
