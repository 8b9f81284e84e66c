"""Object types that refer to one another and are made anew for each rulebook, because its vocabulary is in them.

Their values are plain frozen values (the store's records), each type known by the class of its values; fields are functions of such a
value. Types name each other in annotations written as text, which are read when the schema is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, Union

import strawberry
from strawberry.annotation import StrawberryAnnotation


class Field(NamedTuple):
    """A field: its type as written (text where it names a type of the family), its meaning, and how its value is found.

    `resolve` takes the value of the object (named `root`), and may take `info` and arguments; None for the value's own attribute. `name`: the
    GraphQL name where it does not follow from the Python one.
    """

    type: Any
    description: str
    resolve: Callable[..., Any] | None = None
    name: str | None = None


class Family:
    """The types made so far, by their GraphQL names."""

    def __init__(self, **known: Any) -> None:
        self.types: dict[str, Any] = dict(known)

    def __getitem__(self, name: str) -> Any:
        return self.types[name]

    def object(
        self, name: str, description: str, of: type | None, fields: Mapping[str, Field], interfaces: tuple[type, ...] = ()
    ) -> Any:
        """Make an object type for values of the class `of`; None where the type is not told from others by its value. `fields`: by Python name."""
        annotations: dict[str, Any] = {}
        namespace: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations}
        for attribute, (type_, text, resolve, own_name) in fields.items():
            annotations[attribute] = StrawberryAnnotation(type_, namespace=self.types) if isinstance(type_, str) else type_
            namespace[attribute] = (
                strawberry.field(description=text, name=own_name)
                if resolve is None
                else strawberry.field(resolver=resolve, description=text, name=own_name)
            )
        if of is not None:
            namespace["is_type_of"] = staticmethod(lambda value, _info: isinstance(value, of))
        self.types[name] = strawberry.type(type(name, interfaces, namespace), description=description)
        return self.types[name]

    def union(self, name: str, description: str, members: tuple[Any, ...]) -> Any:
        """Make a union type."""
        self.types[name] = Annotated[Union[members], strawberry.union(name, description=description)]  # noqa: UP007
        return self.types[name]
