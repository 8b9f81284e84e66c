"""Units of measure and exact conversion between them.

Numbers are read as `Decimal` and converted as `Fraction`: exact at every step, never binary floating point. A unit belongs
to one dimension; quantities of different dimensions are never converted into each other (锅炉的 t/h 与 MW 之间也不换算：
那是经验折算，不是单位换算).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


class UnitError(ValueError):
    """A unit is unknown or does not fit, or a number is not a number. `reason` is one of unknown, dimension, number."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its canonical spelling, its dimension, and how many base units of that dimension it holds (exact)."""

    name: str
    dimension: str
    ratio: Fraction


_TABLE: tuple[tuple[str, str, str | Fraction, tuple[str, ...]], ...] = (
    # spelling, dimension, ratio to the dimension's base unit, other spellings
    ("㎡", "面积", "1", ("平方米", "平米", "m2", "m²", "sqm")),
    ("公顷", "面积", "10000", ("ha", "hm²", "hm2")),
    ("亩", "面积", Fraction(10000, 15), ("市亩",)),
    ("万㎡", "面积", "10000", ("万平方米", "万平米", "万m²", "万m2")),
    ("平方公里", "面积", "1000000", ("km²", "km2", "平方千米")),
    ("元", "金额", "1", ("人民币元", "yuan", "CNY")),
    ("万元", "金额", "10000", ()),
    ("百万元", "金额", "1000000", ()),
    ("亿元", "金额", "100000000", ()),
    ("m³", "体积", "1", ("立方米", "m3", "方")),
    ("万m³", "体积", "10000", ("万立方米", "万m3", "万方")),
    ("tce", "标准煤", "1", ("吨标准煤", "吨标煤")),
    ("万tce", "标准煤", "10000", ("万吨标准煤", "万吨标煤")),
    ("t", "质量", "1", ("吨",)),
    ("kg", "质量", "0.001", ("千克", "公斤")),
    ("万t", "质量", "10000", ("万吨",)),
    ("kWh", "电量", "1", ("千瓦时", "度")),
    ("万kWh", "电量", "10000", ("万千瓦时", "万度")),
    ("亿kWh", "电量", "100000000", ("亿千瓦时", "亿度")),
    ("m", "长度", "1", ("米",)),
    ("km", "长度", "1000", ("公里", "千米")),
    ("mm", "长度", "0.001", ("毫米",)),
    ("W", "功率", "0.001", ("瓦",)),
    ("kW", "功率", "1", ("千瓦", "KW", "kw")),
    ("万kW", "功率", "10000", ("万千瓦",)),
    ("MW", "功率", "1000", ("兆瓦",)),
    ("GW", "功率", "1000000", ("吉瓦",)),
    ("kV", "电压", "1", ("千伏",)),
    ("V", "电压", "0.001", ("伏",)),
    ("MPa", "压力", "1", ("兆帕",)),
    ("t/h", "蒸发量", "1", ("吨/小时", "蒸吨", "蒸吨/小时")),
    ("t/a", "年产量", "1", ("吨/年",)),
    ("万t/a", "年产量", "10000", ("万吨/年",)),
    ("m³/a", "年体积", "1", ("立方米/年", "m3/a")),
    ("万m³/a", "年体积", "10000", ("万立方米/年", "万m3/a")),
    ("kl/a", "年容量", "1", ("千升/年",)),
    ("m³/d", "日水量", "1", ("立方米/日", "立方米/天", "m3/d", "吨/日", "t/d", "吨/天")),
    ("万m³/d", "日水量", "10000", ("万立方米/日", "万立方米/天", "万m3/d", "万吨/日", "万t/d", "万吨/天")),
    ("张", "计数", "1", ("床", "张床", "床位", "张床位")),
    ("层", "计数", "1", ()),
    ("个", "计数", "1", ("座", "栋", "幢", "台", "套", "人", "株", "头", "只", "处", "条")),
    ("万头", "计数", "10000", ("万只", "万人")),
    ("%", "比例", "0.01", ("百分之", "％")),
    ("年", "年数", "1", ()),
    ("天", "天数", "1", ("日",)),
)


def _build() -> tuple[dict[str, Unit], dict[str, Unit]]:
    canonical: dict[str, Unit] = {}
    spellings: dict[str, Unit] = {}
    for name, dimension, ratio, others in _TABLE:
        unit = Unit(name, dimension, Fraction(ratio))
        canonical[name] = unit
        for spelling in (name, *others):
            key = _fold(spelling)
            if spellings.get(key, unit) is not unit:
                raise AssertionError(f"unit spelling {spelling} defined twice")
            spellings[key] = unit
    return canonical, spellings


_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff]+")


def _fold(spelling: str) -> str:
    # NFKC makes ㎡ into m2, full-width ％ into %, ³ into 3; the micro differences that offices type must not matter, nor the
    # zero-width characters that come along with text copied from a web page.
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", spelling))


UNITS, _SPELLINGS = _build()


def find_unit(spelling: str) -> Unit:
    """The unit a spelling names. Raises `UnitError` ("unknown")."""
    unit = _SPELLINGS.get(_fold(spelling))
    if unit is None:
        raise UnitError("unknown", f"不认识的单位“{spelling}”")
    return unit


def spellings(dimension: str | None = None) -> list[str]:
    """Canonical spellings of all units, or of one dimension; for suggestions and schemas."""
    return [u.name for u in UNITS.values() if dimension is None or u.dimension == dimension]


MAX_DIGITS = 30
"""No area, sum or capacity needs more; a longer numeral is a slip, and unbounded ones would stall exact arithmetic."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")


def parse_number(text: str) -> Decimal:
    """A plain decimal numeral; thousands commas and full-width digits are read. Raises `UnitError` ("number")."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not _NUMBER.fullmatch(folded):
        raise UnitError("number", f"“{_brief(text)}”不是数字")
    digits = folded.replace(",", "").lstrip("+-0").replace(".", "")
    if len(digits) > MAX_DIGITS:
        raise UnitError("number", f"“{_brief(text)}”多于 {MAX_DIGITS} 位数字")
    return Decimal(folded.replace(",", ""))


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


_QUANTITY = re.compile(r"\s*([+\-＋－]?[0-9０-９][0-9０-９,，.．]*)\s*(.*?)\s*", re.DOTALL)
_EXPONENT = re.compile(r"[eE][+-]?[0-9]+")


def split_quantity(text: str) -> tuple[Decimal, str]:
    """`"12.5 万立方米"` → `(Decimal("12.5"), "万立方米")`; the unit may be empty. Raises `UnitError` ("number")."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise UnitError("number", f"“{_brief(text)}”不是数字，也不是“数字 单位”")
    if _EXPONENT.match(found.group(2)):
        raise UnitError("number", f"“{_brief(text)}”是科学计数，要写成普通数字")
    return parse_number(found.group(1)), found.group(2)


def convert(value: Decimal | Fraction, source: Unit, target: Unit) -> Fraction:
    """`value` in `source` units, expressed in `target` units, exactly (a fraction: 33.35 亩 is 667/300 公顷).

    Raises `UnitError` ("dimension") when the two measure different things.
    """
    if source.dimension != target.dimension:
        raise UnitError("dimension", f"“{source.name}”（{source.dimension}）不能换算成“{target.name}”（{target.dimension}）")
    return Fraction(value) * source.ratio / target.ratio


def show(value: Decimal | Fraction | int, unit: str = "", *, exactly: bool = True) -> str:
    """A quantity as people write it: no exponent, no trailing zeros.

    What has no finite decimal (33.35 亩 in 公顷) stays a fraction, `667/300`; with `exactly=False` it is rounded and marked 约.
    """
    exact = Fraction(value)
    twos = fives = 0
    rest = exact.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1 and not exactly:
        text = "约 " + show(round(exact, 4))
    elif rest != 1:
        text = f"{exact.numerator}/{exact.denominator}"
    else:
        places = max(twos, fives)
        digits = str(abs(exact.numerator) * 10**places // exact.denominator).rjust(places + 1, "0")
        whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
        text = ("-" if exact < 0 else "") + whole + ("." + decimals if decimals else "")
    return f"{text} {unit}" if unit else text
