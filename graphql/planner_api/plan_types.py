"""The plan's GraphQL types, derived from the models of `planner.plan`: one truth, no copy to drift.

Each model becomes an object type with a field for each of its own; values are served from the plan itself, unconverted. Only the
words are added here (`planner_api.descriptions`). A model, field or list that has none is an error when the module is imported.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import strawberry
from pydantic import BaseModel

from planner import plan
from planner_api.descriptions import ENUMS, MODELS
from planner_api.enums import Value, enum_type
from planner_api.names import enum_value

RENAMED: Mapping[str, str] = {
    "Item": "PlanItem",
    "Message": "PlanMessage",
    "Milestone": "MilestoneDates",
    "Target": "PlanTarget",
    "Totals": "PlanTotals",
    "Provenance": "PlanProvenance",
}
"""Models whose names are clear within a plan and too general in a whole API."""

UNION_MEMBERS: tuple[type[BaseModel], ...] = (plan.Plan,)


@strawberry.type(description="A text by its code: GraphQL has no maps.")
class Entry:
    code: str = strawberry.field(description="The code: a fact's, a step's, a program's name.")
    value: str = strawberry.field(description="The text.")


@cache
def list_type(values: tuple[str, ...]) -> Any:
    """The enum type of a closed list of the plan, known by its values."""
    for name, text, known in ENUMS:
        if set(known) == set(values):
            return enum_type(name, text, [Value(enum_value(v), v, known[v]) for v in values])
    raise TypeError(f"no description for the list {values}")


@cache
def object_type(model: type[BaseModel]) -> Any:
    """The GraphQL type of a plan's model."""
    text, fields = MODELS[model.__name__]
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations}
    for name, info in model.model_fields.items():
        if get_origin(info.annotation) is dict:
            namespace[name] = strawberry.field(resolver=_entries(name), description=fields[name])
        else:
            annotations[name] = graphql_type(info.annotation)
            namespace[name] = strawberry.field(description=fields[name])
    if model in UNION_MEMBERS:
        namespace["is_type_of"] = staticmethod(lambda value, _info: isinstance(value, model))
    name = RENAMED.get(model.__name__, model.__name__)
    return strawberry.type(type(name, (), namespace), description=text)


def graphql_type(annotation: Any) -> Any:
    """The type strawberry is to see for a pydantic field's annotation."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        (inner,) = (a for a in arguments if a is not NoneType)
        return graphql_type(inner) | None
    if origin is tuple:
        return list[graphql_type(arguments[0])]  # type: ignore[misc]
    if origin is Literal:
        return list_type(arguments)
    if annotation in (str, int, bool, datetime.date):
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return list_type(tuple(member.value for member in annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return object_type(annotation)
    raise TypeError(f"no GraphQL type for {annotation}")


def _entries(name: str) -> Any:
    def entries(root: Any) -> list[Entry]:
        return [Entry(code=code, value=value) for code, value in getattr(root, name).items()]

    return entries


Plan = object_type(plan.Plan)
DayUnit = graphql_type(plan.DayUnit)
RoutePolicy = graphql_type(plan.RoutePolicy)
MilestoneName = graphql_type(plan.Target.model_fields["milestone"].annotation)


@strawberry.type(description="One thing that is wrong with the facts or dates sent, as data: show it beside the field.")
class Problem:
    code: str = strawberry.field(description="A stable code, e.g. V207.")
    message: str = strawberry.field(description="What is wrong, in Chinese.")
    help: str | None = strawberry.field(description="The likely fix, in Chinese; null when none can be guessed.")
    path: list[str] = strawberry.field(
        description="Where: the argument, then the input fields and list positions below it, named as the client sent them, "
        'e.g. ["project", "landArea"].'
    )


@strawberry.type(description="The project cannot be planned as described. All problems at once.")
class InvalidProject:
    problems: list[Problem] = strawberry.field(description="Every problem found, in the order of the input's fields.")


PlanResult = Annotated[
    Union[Plan, InvalidProject],  # type: ignore[valid-type]  # noqa: UP007
    strawberry.union("PlanResult", description="A plan, or what must be put right first."),
]
