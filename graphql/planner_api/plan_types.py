"""The plan's GraphQL types, derived from the models of `planner.plan`: one truth, no copy to drift.

Each model becomes an object type with a field for each of its own; values are served from the plan itself, unconverted. Only the
words are added here (`planner_api.descriptions`). A model, field or list that has none is an error when the module is imported. Models of
other modules (a comparison's) are served the same way, with words of their own.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import strawberry
from pydantic import BaseModel

from planner import plan, verify
from planner.compare import comparison
from planner.diagnostics import Diagnostic
from planner_api.comparison_words import COMPARISON, VERIFICATION
from planner_api.descriptions import ENUMS, MODELS, Words
from planner_api.enums import Value, enum_type
from planner_api.names import enum_value, field_name

RENAMED: Mapping[str, str] = {
    "Item": "PlanItem",
    "Message": "PlanMessage",
    "Milestone": "MilestoneDates",
    "Target": "PlanTarget",
    "Totals": "PlanTotals",
    "Provenance": "PlanProvenance",
}
"""Models whose names are clear within a plan and too general in a whole API."""


_WORDS: Mapping[str, Words] = {
    plan.__name__: Words(MODELS, ENUMS, RENAMED, members=frozenset({"Plan"})),
    comparison.__name__: COMPARISON,
    verify.__name__: VERIFICATION,
}
"""What is said of the models of each module."""


@strawberry.type(description="A text by its code: GraphQL has no maps.")
class Entry:
    code: str = strawberry.field(description="The code: a fact's, a step's, a program's name.")
    value: str = strawberry.field(description="The text.")


@cache
def list_type(values: tuple[str, ...]) -> Any:
    """The enum type of a closed list of the plan, known by its values."""
    for words in _WORDS.values():
        for name, text, known in words.enums:
            if set(known) == set(values):
                return enum_type(name, text, [Value(enum_value(_said(v, words.said)), v, known[v]) for v in values])
    raise TypeError(f"no description for the list {values}")


@cache
def object_type(model: type[BaseModel]) -> Any:
    """The GraphQL type of a model of the plan, or of another module whose words are known."""
    words = _WORDS[model.__module__]
    text, fields = words.models[model.__name__]
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations}
    for name, info in model.model_fields.items():
        said = _field_name(name, words.said)
        if get_origin(info.annotation) is dict:
            namespace[name] = strawberry.field(resolver=_entries(name), description=fields[name], name=said)
        else:
            annotations[name] = graphql_type(info.annotation)
            namespace[name] = strawberry.field(description=fields[name], name=said)
    for name in [one for one in fields if one not in model.model_fields]:
        annotations[name] = graphql_type(get_type_hints(getattr(model, name).fget)["return"])
        namespace[name] = strawberry.field(description=fields[name], name=_field_name(name, words.said))
    if model.__name__ in words.members:
        namespace["is_type_of"] = staticmethod(lambda value, _info: isinstance(value, model))
    name = words.renamed.get(model.__name__, model.__name__)
    return strawberry.type(type(name, (), namespace), description=text)


def _field_name(name: str, said: Mapping[str, str]) -> str | None:
    """The GraphQL name of a field whose parts are called otherwise; None for one that keeps its own."""
    other = _said(name, said)
    return None if other == name else field_name(other)


def _said(name: str, said: Mapping[str, str]) -> str:
    return "_".join(said.get(part, part) for part in name.split("_"))


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


def problem_at(path: list[str], diagnostic: Diagnostic) -> Problem:
    """A diagnostic of the library as data, at the path of what the client sent."""
    return Problem(code=diagnostic.code, message=diagnostic.message, help=diagnostic.help or None, path=path)


@strawberry.type(description="The project cannot be planned as described. All problems at once.")
class InvalidProject:
    problems: list[Problem] = strawberry.field(description="Every problem found, in the order of the input's fields.")


@strawberry.type(description="There is no such thing, or its asker may not see it: the answer does not tell which.")
class NotFound:
    id: strawberry.ID = strawberry.field(description="The id that was sent.")
    message: str = strawberry.field(description="What was not found, in Chinese.")


PlanResult = Annotated[
    Union[Plan, InvalidProject],  # type: ignore[valid-type]  # noqa: UP007
    strawberry.union("PlanResult", description="A plan, or what must be put right first."),
]
