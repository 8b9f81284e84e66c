"""The facts a rule may read: what they are called, how they are measured, how they are written.

A `Vocabulary` is built from `vocabulary.yaml` (see `planner.rulebook`). It reads what people write (`33.35 亩`, `是`, `C3089`,
`[医院, 学校]`) into the values of `planner.conditions`, and the unary tests of the rules (`≥ 5 公顷`, `[3..10)`, `甲,乙`, `非 甲`) into
its tests. Everything is exact or refused; a refusal is a `ValueProblem` with the likely fix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

from planner.conditions import (
    NOT_APPLICABLE,
    Between,
    Compare,
    ContainsAll,
    Is,
    IsNotApplicable,
    Not,
    NotApplicable,
    OneOf,
    Possible,
    PossibleSet,
    Test,
    Value,
)
from planner.diagnostics import did_you_mean
from planner.units import MAX_DIGITS, Unit, UnitError, convert, find_unit, show, spellings, split_quantity

Kind = Literal["number", "yes_no", "choice", "set", "code", "date"]
KIND_NAMES: Mapping[Kind, str] = {
    "number": "数量",
    "yes_no": "是否",
    "choice": "单选",
    "set": "多选",
    "code": "代码",
    "date": "日期",
}
YES, NO = "yes", "no"
"""Outcome codes of a derived yes/no fact, which is a choice to the tables that give it."""

_YES_WORDS = frozenset({"是", "有", "true", "yes", "True", "Yes", "对"})
_NO_WORDS = frozenset({"否", "无", "false", "no", "False", "No", "不", "没有"})


class ValueProblem(ValueError):
    """A value or test cannot be read. `code` is a diagnostic code, `help` the likely fix (may be empty)."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        self.code = code
        self.message = message
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a list: its code, its Chinese name, and the wider value it lies in, if any."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True)
class Fact:
    """One fact of the vocabulary.

    `unit` is the canonical unit of a number (None for a bare count). `low` and `high` bound what may be given, in that unit.
    A `derived` fact is given by a table; `givable` says that a project may state it all the same (an authority's own finding goes
    before the table). `pattern` is what a code must look like.
    """

    code: str
    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    unit: Unit | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    integer: bool = False
    choices: tuple[Choice, ...] = ()
    pattern: str = ""
    question: str = ""
    note: str = ""
    derived: bool = False
    givable: bool = True
    file: str = ""
    line: int = 0

    @cached_property
    def by_word(self) -> Mapping[str, str]:
        """Choice code by every way to write it (code or Chinese name)."""
        words = {c.name: c.code for c in self.choices}
        words.update({c.code: c.code for c in self.choices})
        return words

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Chinese name by choice code."""
        return {c.code: c.name for c in self.choices}

    @cached_property
    def _parents(self) -> Mapping[str, str]:
        return {c.code: c.parent for c in self.choices}

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The wider values that hold `code`, nearest first."""
        found: list[str] = []
        parent = self._parents.get(code, "")
        while parent and parent not in found:
            found.append(parent)
            parent = self._parents.get(parent, "")
        return tuple(found)

    @property
    def is_choice_like(self) -> bool:
        return self.kind in ("choice", "set") or (self.derived and self.kind == "yes_no")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that rules refer to by name. `values`: every value it has on some date, as written, with its unit (`400 万元`)."""

    code: str
    name: str
    unit: str
    values: tuple[str, ...] = ()


_RANGE = re.compile(r"\s*([\[(（【])\s*(.+?)\s*(?:\.\.|…|～|~)\s*(.+?)\s*([\])）】])\s*(.*)")
_OPERATORS: Mapping[str, Literal["<", "<=", "=", ">=", ">"]] = {
    "≥": ">=",
    ">=": ">=",
    "＞＝": ">=",
    "≧": ">=",
    "≤": "<=",
    "<=": "<=",
    "＜＝": "<=",
    "≦": "<=",
    ">": ">",
    "＞": ">",
    "<": "<",
    "＜": "<",
    "=": "=",
    "＝": "=",
    "==": "=",
}
_COMPARISON = re.compile(r"\s*(≥|≧|≤|≦|>=|<=|＞＝|＜＝|==|>|<|＞|＜|=|＝)\s*(.+)")
_COMPARISON_SIGN = re.compile(r"≥|≧|≤|≦|>=|<=|＞＝|＜＝|==|>|<|＞|＜|=|＝")
_NEGATION = re.compile(r"(?:非|不是)\s*(.+)", re.DOTALL)
_BLANKS = ("", "-", "－", "—")
_SEPARATORS = re.compile(r"[,，、;；]")


@dataclass(frozen=True)
class Vocabulary:
    """All facts by code. `find` also knows Chinese names and aliases.

    `unread` holds words that a vocabulary file with mistakes may define: what uses them is not a second mistake. `parameters` are those a
    rule may name as a bound, by code; `unread_parameters` words that a parameter file with mistakes may define.
    """

    facts: Mapping[str, Fact]
    unread: frozenset[str] = frozenset()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    unread_parameters: frozenset[str] = frozenset()
    _words: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words: dict[str, str] = {}
        for fact in self.facts.values():
            for word in (fact.code, fact.name, *fact.aliases):
                words.setdefault(word, fact.code)
        object.__setattr__(self, "_words", words)

    def find(self, word: str) -> Fact:
        """The fact that `word` (code, 名称 or alias) names. Raises `ValueProblem` V201 with the nearest right word."""
        code = self._words.get(word) or self._words.get(unicodedata.normalize("NFKC", word).strip())
        if code is None:
            raise ValueProblem("V201", f"不认识的事实“{word}”", did_you_mean(word, [*self._words, *sorted(self.unread)]))
        return self.facts[code]

    def words(self) -> Set[str]:
        """Every word `find` knows."""
        return self._words.keys()

    def find_parameter(self, word: str) -> Parameter:
        """The parameter that `word` (code or 名称) names. Raises `ValueProblem` V213 with the nearest right word."""
        found = self.parameters.get(word)
        if found is None:
            found = next((one for one in self.parameters.values() if one.name == word), None)
        if found is None:
            known = [word for one in self.parameters.values() for word in (one.name, one.code)]
            hint = did_you_mean(word, known) or "先在 parameters.yaml 登记；还没有查到数值的，登记时不写“值”"
            raise ValueProblem("V213", f"不认识的参数“{word}”", hint)
        return found

    # -- values ----------------------------------------------------------------------------------------------------

    def read_value(self, fact: Fact, raw: object) -> Value | None:
        """The value written as `raw`; None when it is left open (empty, `未知`). Raises `ValueProblem`."""
        if raw is None:
            return None
        if isinstance(raw, str):
            text = raw.strip()
            if text in ("", "未知", "待定", "unknown"):
                return None
            if text in ("不适用", "不涉及此项", "n/a", "N/A"):
                return NOT_APPLICABLE
            raw = text
        if isinstance(raw, NotApplicable):
            return raw
        match fact.kind:
            case "number":
                return self._read_number(fact, raw)
            case "yes_no":
                truth = _read_yes_no(fact, raw)
                return (YES if truth else NO) if fact.derived else truth
            case "choice":
                return _read_choice(fact, raw)
            case "set":
                return _read_set(fact, raw)
            case "code":
                return _read_code(fact, raw)
            case "date":
                return read_date(raw)

    def _read_number(self, fact: Fact, raw: object) -> Fraction:
        value = self._quantity(fact, raw, unit_required=False)
        unit = fact.unit.name if fact.unit else ""
        if fact.integer and value.denominator != 1:
            raise ValueProblem("V206", f"“{fact.name}”应为整数，写的是 {show(value)}")
        if fact.low is not None and value < fact.low:
            raise ValueProblem(
                "V207", f"“{fact.name}”不能小于 {show(fact.low, unit)}，写的是 {show(value, unit)}", "请核对数值和单位"
            )
        if fact.high is not None and value > fact.high:
            raise ValueProblem(
                "V207", f"“{fact.name}”不能大于 {show(fact.high, unit)}，写的是 {show(value, unit)}", "请核对数值和单位"
            )
        return value

    def _quantity(self, fact: Fact, raw: object, *, unit_required: bool) -> Fraction:
        if isinstance(raw, bool):
            raise ValueProblem("V206", f"“{fact.name}”要写数字，写的是{'是' if raw else '否'}")
        if isinstance(raw, float):
            # A binary float's shortest text is what its writer meant (0.1, not 0.1000000000000000055…).
            raw = Decimal(repr(raw))
        if isinstance(raw, int | Decimal | Fraction):
            return self._plain_number(fact, raw)
        if not isinstance(raw, str):
            raise ValueProblem("V206", f"“{fact.name}”要写数字，写的是{_shown(raw)}")
        expected = f"例如“5 {fact.unit.name}”" if fact.unit else "例如“5”"
        try:
            number, spelling = split_quantity(raw)
        except UnitError as error:
            raise ValueProblem("V206", f"“{fact.name}”要写数字：{error}", expected) from error
        if not spelling:
            if unit_required and fact.unit is not None:
                raise ValueProblem(
                    "V210", f"“{fact.name}”的数值要带单位，写的是“{raw}”", f"是不是要写“{show(number, fact.unit.name)}”？"
                )
            return Fraction(number)
        if fact.unit is None:
            raise ValueProblem("V203", f"“{fact.name}”没有单位，写的是“{raw}”", f"去掉“{spelling}”")
        try:
            return convert(number, find_unit(spelling), fact.unit)
        except UnitError as error:
            fitting = spellings(fact.unit.dimension)
            if error.reason == "unknown":
                raise ValueProblem("V202", f"不认识的单位“{spelling}”", did_you_mean(spelling, fitting)) from error
            raise ValueProblem("V203", f"“{fact.name}”：{error}", "可用的单位：" + "、".join(fitting)) from error

    @staticmethod
    def _plain_number(fact: Fact, raw: int | Decimal | Fraction) -> Fraction:
        # Decimal's exponent is looked at first: 1E+999999999 as a Fraction would need a thousand million digits.
        if isinstance(raw, Decimal) and (not raw.is_finite() or (raw and abs(raw.adjusted()) > MAX_DIGITS)):
            raise ValueProblem("V206", f"“{fact.name}”要写有限的、{MAX_DIGITS} 位以内的数字")
        value = Fraction(raw)
        if abs(value) >= 10**MAX_DIGITS:
            raise ValueProblem("V206", f"“{fact.name}”要写有限的、{MAX_DIGITS} 位以内的数字")
        return value

    # -- tests -----------------------------------------------------------------------------------------------------

    def read_test(self, fact: Fact, raw: object) -> Test | None:
        """The unary test written as `raw`, for `fact`; None for "any" (blank or `-`). Raises `ValueProblem`."""
        if raw is None:
            return None
        if isinstance(raw, bool):
            raw = "是" if raw else "否"
        if isinstance(raw, list):
            return self._positive_test(fact, raw, "、".join(str(part) for part in raw))
        if not isinstance(raw, str):
            raise ValueProblem("V205", f"“{fact.name}”的测试要写成文字", sample_test(fact))
        text = raw.strip()
        if text in _BLANKS:
            return None
        negated = _NEGATION.fullmatch(text)
        if negated and not _begins_with_value(fact, text):
            if negated.group(1) in _BLANKS:
                raise ValueProblem("V205", f"“非”后面缺少内容：“{text}”", sample_test(fact))
            return Not(self._positive_test(fact, negated.group(1), text))
        if text in ("非", "不是"):
            raise ValueProblem("V205", f"“{text}”后面缺少内容", sample_test(fact))
        return self._positive_test(fact, text, text)

    def _positive_test(self, fact: Fact, written: str | list[object], shown: str) -> Test:
        if written == "不适用":
            return IsNotApplicable()
        if fact.kind in ("number", "date"):
            if not isinstance(written, str):
                raise ValueProblem("V205", f"“{fact.name}”的测试“{shown}”读不懂", "区间要整个加引号；" + sample_test(fact))
            return self._ordered_test(fact, written)
        if isinstance(written, str):
            if _COMPARISON.fullmatch(written) or _RANGE.fullmatch(written):
                raise ValueProblem(
                    "V205", f"“{fact.name}”的类型是“{KIND_NAMES[fact.kind]}”，不能比较大小：“{shown}”", sample_test(fact)
                )
            if fact.kind == "yes_no" and not fact.derived:
                return Is(_read_yes_no(fact, written))
            if fact.kind == "set" and not _begins_with_value(fact, written):
                if written.startswith("全含"):
                    return ContainsAll(tuple(one_of(fact, (code,)) for code in _codes(fact, written[2:])))
                written = written.removeprefix("含")
        elif fact.kind == "yes_no" and not fact.derived:
            raise ValueProblem("V205", f"“{fact.name}”的测试“{shown}”读不懂", sample_test(fact))
        return one_of(fact, _codes(fact, written))

    def _ordered_test(self, fact: Fact, text: str) -> Test:
        ranged = _RANGE.fullmatch(text)
        if ranged:
            left, low, high, right, unit = ranged.groups()
            if fact.kind == "date" and unit:
                raise ValueProblem("V205", f"“{fact.name}”的测试“{text}”读不懂", sample_test(fact))
            low_value, high_value = self._bound(fact, low, unit), self._bound(fact, high, unit)
            low_closed, high_closed = left in "[【", right in "]】"
            if low_value > high_value or (low_value == high_value and not (low_closed and high_closed)):  # type: ignore[operator]
                raise ValueProblem("V211", f"区间“{text}”里没有任何值", "下限写在前，上限写在后")
            return Between(low_value, low_closed, high_value, high_closed)
        compared = _COMPARISON.fullmatch(text)
        if compared and len(_COMPARISON_SIGN.findall(text)) > 1:
            raise ValueProblem("V205", f"“{fact.name}”一格只能写一个比较：“{text}”", "两头都有界写成区间；" + sample_test(fact))
        if compared:
            return Compare(_OPERATORS[compared.group(1)], self._bound(fact, compared.group(2), ""))
        raise ValueProblem("V205", f"“{fact.name}”的测试“{text}”读不懂", sample_test(fact))

    def _bound(self, fact: Fact, text: str, shared_unit: str) -> Fraction | date:
        if fact.kind == "date":
            return read_date(text)
        if shared_unit and not split_unit(text):
            text = f"{text} {shared_unit}"
        return self._quantity(fact, text, unit_required=True)


def split_unit(text: str) -> str:
    """The unit part of a quantity text, "" when there is none or the text is no quantity."""
    try:
        return split_quantity(text)[1]
    except UnitError:
        return ""


def one_of(fact: Fact, codes: tuple[str, ...]) -> OneOf:
    """The test "is (or holds) one of `codes`" with what lies inside and above them spelled out."""
    if fact.kind == "code":
        return OneOf("prefix", codes, frozenset(), frozenset())
    inside = {c.code for c in fact.choices if c.code in codes or any(a in codes for a in fact.ancestors(c.code))}
    above = {a for code in codes for a in fact.ancestors(code)} - inside
    if fact.kind == "yes_no":
        inside = set(codes)
    return OneOf("set" if fact.kind == "set" else "choice", codes, frozenset(inside), frozenset(above))


def _words(fact: Fact, raw: object) -> list[str]:
    """The words of a list, or of text that lists them; a known value is one word even with a comma in it."""
    words: list[str] = []
    for part in raw if isinstance(raw, Iterable) and not isinstance(raw, str) else (raw,):
        text = "" if part is None else str(part).strip()
        words += [text] if text in fact.by_word else [w.strip() for w in _SEPARATORS.split(text) if w.strip()]
    return words


def _begins_with_value(fact: Fact, text: str) -> bool:
    # A value's own name may begin with 非 or 含 (“非经营性”, “含油”): there it is no negation and no operator.
    return any(word in fact.by_word for word in _words(fact, text)[:1])


def _codes(fact: Fact, raw: object) -> tuple[str, ...]:
    words = _words(fact, raw)
    if not words:
        raise ValueProblem("V205", f"“{fact.name}”的测试是空的", sample_test(fact))
    if fact.kind == "code":
        return tuple(_read_code(fact, word) for word in words)
    if fact.kind == "yes_no":
        return tuple(YES if _read_yes_no(fact, word) else NO for word in words)
    return tuple(_choice_code(fact, word) for word in words)


def _choice_code(fact: Fact, word: str) -> str:
    code = fact.by_word.get(word)
    if code is None:
        raise ValueProblem("V204", f"“{fact.name}”没有“{word}”这个值", did_you_mean(word, fact.by_word))
    return code


def _read_choice(fact: Fact, raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueProblem("V204", f"“{fact.name}”只能选一个，写的是{_shown(raw)}", sample_test(fact))
    return _choice_code(fact, raw)


def _read_set(fact: Fact, raw: object) -> frozenset[str]:
    if isinstance(raw, str):
        if raw in ("无", "没有", "none", "[]") and raw not in fact.by_word:
            return frozenset()
    elif not isinstance(raw, list | tuple | set | frozenset):
        example = "、".join(list(fact.names.values())[:2])
        raise ValueProblem("V204", f"“{fact.name}”要写成清单，写的是{_shown(raw)}", f"写成 [{example}]，没有就写“无”")
    elif any(not isinstance(part, str | int) or isinstance(part, bool) for part in raw):
        raise ValueProblem("V204", f"“{fact.name}”的清单里每一项都要是一个词", sample_test(fact))
    return frozenset(_choice_code(fact, word) for word in _words(fact, raw))


def _shown(raw: object) -> str:
    if isinstance(raw, bool):
        return "“是”" if raw else "“否”"
    if isinstance(raw, list | tuple | set | frozenset):
        return "清单"
    return "映射" if isinstance(raw, Mapping) else f"“{raw}”"


def _read_code(fact: Fact, raw: object) -> str:
    text = (
        unicodedata.normalize("NFKC", str(raw)).strip().upper() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    )
    if not text or (fact.pattern and not re.fullmatch(fact.pattern, text)):
        raise ValueProblem("V204", f"“{fact.name}”的代码写法不对：“{raw}”", fact.note)
    return text


def _read_yes_no(fact: Fact, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        if raw in _YES_WORDS:
            return True
        if raw in _NO_WORDS:
            return False
    raise ValueProblem("V204", f"“{fact.name}”要写“是”或“否”，写的是“{raw}”", "还不知道就不写，或写“未知”")


def read_date(raw: object) -> date:
    """A date written YYYY-MM-DD. Raises `ValueProblem` S105."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else ""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueProblem("S105", f"没有 {text} 这一天", "核对月份和日期") from None
    raise ValueProblem("S105", f"日期{_shown(raw)}写法不对", date_hint(text))


def date_hint(text: str) -> str:
    """How a date written some other way (2026/3/1, 2026年3月1日) should have been written."""
    parts = re.fullmatch(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?", text)
    return f"写成 {parts[1]}-{int(parts[2]):02}-{int(parts[3]):02}" if parts else "写成 2026-03-01 这样"


def sample_test(fact: Fact) -> str:
    """How a test on `fact` may be written, for `help`."""
    match fact.kind:
        case "number":
            unit = f" {fact.unit.name}" if fact.unit else ""
            return f"可以写“≥ 5{unit}”“[3..10){unit}”“< 5{unit}”"
        case "date":
            return "可以写“≥ 2026-01-01”"
        case "yes_no":
            return "可以写“是”或“否”"
        case "code":
            return "可以写“C31”“C308,C309”"
        case _:
            return "可以写：" + "、".join(list(fact.names.values())[:12])


def show_value(fact: Fact, value: Value | None, *, exactly: bool = False) -> str:
    """A value as the people who wrote it would read it back; `exactly` keeps a number without finite decimal as a fraction."""
    if value is None:
        return "未知"
    if value is NOT_APPLICABLE:
        return "不适用"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return show(value, fact.unit.name if fact.unit else "", exactly=exactly)
    if isinstance(value, Possible):
        return "未定（" + "或".join(sorted(_show_code(fact, o) if o else "规则库未载明" for o in value.outcomes)) + "）"
    if isinstance(value, PossibleSet):
        return "未定（已定：" + _show_codes(fact, value.certain) + "；可能还有：" + _show_codes(fact, value.maybe) + "）"
    if isinstance(value, frozenset):
        return _show_codes(fact, value)
    if isinstance(value, date):
        return value.isoformat()
    return _show_code(fact, str(value))


def _show_code(fact: Fact, code: str) -> str:
    if fact.kind == "yes_no":
        return "是" if code == YES else "否"
    return fact.names.get(code, code)


def _show_codes(fact: Fact, codes: frozenset[str]) -> str:
    ordered = [c.name for c in fact.choices if c.code in codes]
    return "、".join(ordered) if ordered else "无"
