"""Enum types made from lists that are data: the closed lists of a plan, and the choices of a rulebook."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

import strawberry


class Value(NamedTuple):
    """One value: its GraphQL name, what the planner calls it, and its meaning."""

    name: str
    value: str
    description: str


def enum_type(name: str, description: str, values: Iterable[Value]) -> Any:
    """A GraphQL enum whose Python values are the planner's own codes."""
    members = [(v.name, strawberry.enum_value(v.value, description=v.description)) for v in values]
    functional: Any = Enum  # mypy reads `Enum(…)` only with literal names
    made = functional(name, members)
    return strawberry.enum(made, description=description)
