"""Scalars: `Quantity`, a number in the canonical unit of its fact or text that names the unit, and `Date`.

GraphQL's own `Float` is a binary floating-point number: 33.35 would no longer be 33.35 when the rules compare it. A `Quantity` keeps
the digits that were sent. Whether they are a sensible area or sum is for the vocabulary to say, with all other problems of the project.
"""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode, print_ast
from planner.vocabulary import ValueProblem, read_date

Quantity = NewType("Quantity", object)

DESCRIPTION = """\
An exact amount: a JSON number in the fact's canonical unit (`2.2`), or text with any unit of the same kind (`"33.35 亩"`,
`"12 万立方米"`). Converted exactly, never through binary floating point. Integers and text are safest where a client's own
JSON writer rounds."""


def exact_number(digits: str) -> Decimal | str:
    """The number written by `digits`; the digits themselves when no exact number can hold them, for the vocabulary to refuse."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return digits


def _parse_value(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float | str):
        raise GraphQLError('Quantity 要写数字，或者写“数字 单位”的文字，例如 2.2 或 "33.35 亩"')
    # A caller inside Python may hand over a float; its shortest text is what its writer meant.
    return exact_number(repr(value)) if isinstance(value, float) else value


def _parse_literal(node: ValueNode, _variables: dict[str, object] | None = None) -> object:
    if isinstance(node, IntValueNode | FloatValueNode):
        return exact_number(node.value)
    if isinstance(node, StringValueNode):
        return node.value
    raise GraphQLError(f"Quantity 要写数字，或者写“数字 单位”的文字，写的是 {print_ast(node)}", node)


def _parse_date(value: object) -> datetime.date:
    try:
        return read_date(value)
    except ValueProblem as error:
        raise GraphQLError(f"{error.message}：{error.help}") from None


SCALARS: dict[object, ScalarDefinition] = {
    Quantity: strawberry.scalar(
        name="Quantity", description=DESCRIPTION, serialize=str, parse_value=_parse_value, parse_literal=_parse_literal
    ),
    datetime.date: strawberry.scalar(
        name="Date", description="A day, written YYYY-MM-DD.", serialize=datetime.date.isoformat, parse_value=_parse_date
    ),
}
"""How strawberry is to read and write the types on the left."""
