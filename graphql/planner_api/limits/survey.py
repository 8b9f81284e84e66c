"""A document's words counted before it is parsed: what is far too much is refused at the price of one regular expression.

A parser takes some ten times as long, and validation longer still. What passes here is measured again, exactly, by
`planner_api.limits.measure`: there fragments count as often as they are used.
"""

from __future__ import annotations

import re

from planner_api.limits.excess import Excess
from planner_api.settings import Limits

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:"""|\Z)'  # a string that is never closed ends with the text: no second look at it
    r'|"(?:[^"\\\n\r]|\\.)*+"?'
    r"|\.\.\."
    r"|[A-Za-z_][A-Za-z0-9_]*+"
    r"|-?[0-9][0-9A-Za-z.+-]*+"
    r"|[!$&()*:=@\[\]{}|?]"
    r"|#[^\n\r]*+"
)
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
NESTING = 3
"""Braces within braces, for each level of fields that is allowed: inline fragments need some of their own."""
VALUE_NESTING = 20
"""Lists and objects within each other in an argument's value."""


def survey(text: str, limits: Limits) -> Excess | None:
    """What a document has too much of, as it is written; None when nothing. Says nothing of its being GraphQL at all."""
    if len(text) > limits.text:
        return Excess("text", limits.text)
    tokens = _TOKEN.findall(text)
    if len(tokens) > limits.tokens:
        return Excess("tokens", limits.tokens)
    if tokens.count("@") > limits.directives:
        return Excess("directives", limits.directives)
    if tokens.count("...") > limits.fragments:
        return Excess("fragments", limits.fragments)
    return _walk(tokens, limits)


def _walk(tokens: list[str], limits: Limits) -> Excess | None:
    sets: list[dict[str, int]] = []
    aliases = inside = definitions = 0
    of_fragment = False
    passed_over = 0  # names that follow and are no fields: a type's, a fragment's, a directive's, the field behind an alias
    for token in tokens:
        if inside:  # arguments, or the variables of an operation
            if token in "([{":
                inside += 1
                if inside > VALUE_NESTING:
                    return Excess("depth", limits.depth)
            elif token in ")]}":
                inside -= 1
        elif token[0] in _NAME:
            if passed_over:
                # `... on Type`: `on` and the type
                passed_over -= token != "on"
            elif sets:
                names = sets[-1]
                count = names.get(token, 0)
                if count > limits.repeats:
                    return Excess("repeats", limits.repeats)
                names[token] = count + 1
                if len(names) > limits.root_fields and len(sets) == 1 and not of_fragment:
                    return Excess("root_fields", limits.root_fields)
            else:
                of_fragment = of_fragment or token == "fragment"
        elif token == "{":
            passed_over = 0
            if not sets:
                definitions += 1
                if definitions > limits.fragments:
                    return Excess("fragments", limits.fragments)
            sets.append({})
            if len(sets) > limits.depth * NESTING:
                return Excess("depth", limits.depth)
        elif token == "}":
            if sets:
                sets.pop()
            of_fragment = of_fragment and bool(sets)
        elif token == "(":
            inside = 1
        elif token == ":":
            aliases += 1
            passed_over = 1
            if aliases > limits.aliases:
                return Excess("aliases", limits.aliases)
        elif token in ("...", "@"):
            passed_over = 1
    return None
