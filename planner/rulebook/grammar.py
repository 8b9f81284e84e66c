"""The condition grammar of rule files: 全部 / 任一 / 非 over `事实: 测试`, nesting free. Small on purpose.

    当:
      水土流失易发区: 是
      任一:
        - 扰动面积: ≥ 5 公顷
        - 挖填土石方总量: ≥ 5 万立方米

Several entries of one mapping must all hold. `一律` holds always. A bound may be a parameter: `总投资: < 参数 小型项目限额`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from planner.conditions import IsNotApplicable, Test
from planner.diagnostics import Diagnostic
from planner.rulebook.source import Path_, Positions
from planner.vocabulary import Fact, ValueProblem, Vocabulary, sample_test

ALL, ANY, NOT, ALWAYS = "全部", "任一", "非", "一律"
_WORDS = {ALL: "all", "且": "all", "所有": "all", ANY: "any", "或": "any", "任意": "any"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test on one fact. `text` is the test as written."""

    fact: str
    test: Test
    text: str


@dataclass(frozen=True, slots=True)
class ParameterLeaf:
    """A test on one number with a bound that a parameter gives: which value it has depends on the date.

    `text` is the test as written; `before` and `after` stand around the value, so that `before + "400 万元" + after` is an ordinary test.
    """

    fact: str
    parameter: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """`all` or `any` of its parts; an empty `all` holds always."""

    op: Literal["all", "any"]
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: Expression


Expression: TypeAlias = Leaf | ParameterLeaf | Group | Negation
ALWAYS_TRUE = Group("all", ())


def unread(path: Path_) -> Leaf:
    """Stands where a condition could not be read: equal to nothing else, excluding nothing. A book that holds it is refused."""
    return Leaf("", IsNotApplicable(), "/".join(map(str, path)))


def was_read(expression: Expression) -> bool:
    """Whether every part of a condition could be read."""
    return "" not in facts_read(expression)


def read_condition(raw: Any, path: Path_, positions: Positions, vocabulary: Vocabulary, problems: list[Diagnostic]) -> Expression:
    """The condition written as `raw`. Mistakes are added to `problems`; what can be read is read on, so that all are found."""
    if raw == ALWAYS:
        return ALWAYS_TRUE
    if isinstance(raw, dict) and raw:
        parts = tuple(_entry(key, value, (*path, key), positions, vocabulary, problems) for key, value in raw.items())
        return parts[0] if len(parts) == 1 else Group("all", parts)
    if isinstance(raw, dict):
        problems.append(positions.diagnostic("V209", "条件是空的", path, "无条件就写“一律”"))
        return unread(path)
    if isinstance(raw, list):
        problems.append(positions.diagnostic("V209", "条件不能直接写成清单", path, "清单前面写明“全部:”或“任一:”"))
    elif isinstance(raw, str) and "：" in raw:
        problems.append(positions.diagnostic("F005", f"条件“{raw}”里是全角冒号“：”", path, "改成半角冒号加空格“: ”"))
    else:
        shown = "空的" if raw is None else f"“{raw}”"
        fix = "写成“事实: 测试”，例如“扰动面积: ≥ 5 公顷”；无条件写“一律”"
        problems.append(positions.diagnostic("V209", f"条件读不懂：{shown}", path, fix))
    return unread(path)


def _entry(
    key: str, value: Any, path: Path_, positions: Positions, vocabulary: Vocabulary, problems: list[Diagnostic]
) -> Expression:
    if key in (ALL, ANY):
        if isinstance(value, dict) and value:
            children = [_entry(k, v, (*path, k), positions, vocabulary, problems) for k, v in value.items()]
        elif isinstance(value, list) and value:
            children = [read_condition(v, (*path, i), positions, vocabulary, problems) for i, v in enumerate(value)]
        else:
            problems.append(positions.diagnostic("V209", f"“{key}”下面要有清单", path, "每行以“- ”开头写一个条件", key=True))
            return unread(path)
        return Group("all" if key == ALL else "any", tuple(children))
    if key == NOT:
        return Negation(read_condition(value, path, positions, vocabulary, problems))
    if key in _WORDS:
        right = ALL if _WORDS[key] == "all" else ANY
        problems.append(positions.diagnostic("V209", f"条件里没有“{key}”这个词", path, f"是不是要写“{right}”？", key=True))
        return unread(path)
    try:
        fact = vocabulary.find(key)
    except ValueProblem as problem:
        if key not in vocabulary.unread:
            problems.append(positions.diagnostic(problem.code, problem.message, path, problem.help, key=True))
        return unread(path)
    if isinstance(value, dict):
        problems.append(
            positions.diagnostic("V209", f"“{key}”后面要写测试，不能再写映射", path, f"{sample_test(fact)}；否定写“非 …”", key=True)
        )
        return unread(path)
    try:
        leaf = read_leaf(fact, value, vocabulary)
    except ValueProblem as problem:
        if problem.code != "V213" or not names_unread_parameter(value, vocabulary):
            problems.append(positions.diagnostic(problem.code, problem.message, path, problem.help))
        return unread(path)
    if leaf is None:
        problems.append(positions.diagnostic("V205", f"“{key}”没有写测试", path, "不需要这一条就整行删去", key=True))
        return unread(path)
    return leaf


_PARAMETER = re.compile(
    r"(?P<sign>(?:(?:非|不是)\s*)?(?:≥|≧|≤|≦|>=|<=|＞＝|＜＝|==|>|<|＞|＜|=|＝)\s*)参数[\s“\"]*(?P<word>[^“”\"]+?)[”\"\s]*"
)
_IN_RANGE = re.compile(
    r"(?P<sign>(?<=[\[(（【])\s*|(?<=\.\.)\s*|(?<=…)\s*)参数[\s“\"]*(?P<word>[^\s“”\".…～~\[\]()（）【】]+)[”\"]*"
)


def read_leaf(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Leaf | ParameterLeaf | None:
    """The test written as `raw` on one fact; None for "any". Raises `ValueProblem`.

    A test that names a parameter is tried with every value the parameter has on any date (with none, with a number in its unit), so that
    what compiles on one date compiles on all.
    """
    text = raw.strip() if isinstance(raw, str) else ""
    found = _references(text) if fact.kind == "number" and "参数" in text else []
    if not found:
        test = vocabulary.read_test(fact, raw)
        return None if test is None else Leaf(fact.code, test, _text(raw))
    if len(found) > 1:
        raise ValueProblem("V205", f"“{fact.name}”的测试“{text}”用了两个参数", "一个测试只用一个参数；两头都是参数的，分成两行条件")
    (match,) = found
    parameter = vocabulary.find_parameter(match["word"])
    before, after = text[: match.start()] + match["sign"], text[match.end() :]
    for value in parameter.values or (_sample(parameter.unit),):
        try:
            vocabulary.read_test(fact, before + value + after)
        except ValueProblem as problem:
            if problem.code == "V211" and not parameter.values:
                continue  # an interval is empty or not by a value that is not known
            of_what = f"参数“{parameter.name}”（{value if parameter.values else parameter.unit or '没有单位'}）"
            raise ValueProblem(problem.code, f"{of_what}用在这里不对：{problem.message}", problem.help) from problem
    return ParameterLeaf(fact.code, parameter.code, before, after, text)


def _references(text: str) -> list[re.Match[str]]:
    compared = _PARAMETER.fullmatch(text)
    return [compared] if compared else list(_IN_RANGE.finditer(text))


def names_unread_parameter(raw: Any, vocabulary: Vocabulary) -> bool:
    """Whether a test names a parameter that a file with mistakes may define: then it is no mistake of its own."""
    found = _references(raw.strip()) if isinstance(raw, str) else []
    return any(one["word"] in vocabulary.unread_parameters for one in found)


def _sample(unit: str) -> str:
    return f"1 {unit}".strip()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    return str(value).strip()


def parameters_read(expression: Expression) -> frozenset[str]:
    """Codes of all parameters a condition names."""
    match expression:
        case ParameterLeaf(parameter=parameter):
            return frozenset({parameter})
        case Negation(part):
            return parameters_read(part)
        case Group(_, parts):
            return frozenset().union(*(parameters_read(p) for p in parts))
        case Leaf():
            return frozenset()


def facts_read(expression: Expression) -> frozenset[str]:
    """Codes of all facts a condition reads."""
    match expression:
        case Leaf(fact) | ParameterLeaf(fact):
            return frozenset({fact})
        case Negation(part):
            return facts_read(part)
        case Group(_, parts):
            return frozenset().union(*(facts_read(p) for p in parts))
