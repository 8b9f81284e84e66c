"""Conditions of rules in words, for those who read rules and do not write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planner.rulebook.grammar import Expression, Group, Leaf, Negation, ParameterLeaf
from planner.rulebook.rulebook import LoadedParameter
from planner.vocabulary import Vocabulary

ALWAYS = "一律"
_SIGNS = "≥≤><=＞＜＝[(（【"


def in_words(when: Expression, vocabulary: Vocabulary, parameters: Mapping[str, LoadedParameter], as_of: date) -> str:
    """`用地面积 ≥ 5 公顷，且（性质：新建，或 性质：扩建）`; 一律 for what has no condition.

    A parameter is named with the value it has on `as_of`.
    """

    def said(part: Expression, inside: bool = False) -> str:
        match part:
            case Leaf():
                return _test(part.fact, part.text)
            case ParameterLeaf():
                version = parameters[part.parameter].on(as_of)
                value = version.value if version is not None and version.value is not None else "规则库未载明"
                return f"{_test(part.fact, part.text)}（{value}）"
            case Negation(inner):
                return f"非（{said(inner)}）"
            case Group(_, ()):
                return ALWAYS
            case Group(_, (only,)):
                return said(only, inside)
            case Group(op, parts):
                text = ("，且 " if op == "all" else "，或 ").join(said(one, True) for one in parts)
                return f"（{text}）" if inside else text

    def _test(fact: str, text: str) -> str:
        known = vocabulary.facts[fact]
        if text[:1] in _SIGNS:
            return f"{known.name} {text}"
        return f"{known.name}：{text if known.kind == 'number' else text.replace(',', '、')}"

    return said(when)
