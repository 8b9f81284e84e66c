"""What in a rule file is dated and grounded, read off the models: whoever looks at all of it needs no list of his own.

A model's grounded parts are its lists of `Grounded` entries (适用, 法定时限, 排除 …) and the single ones it may have (办理方式).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, get_args, get_origin

from planner.rulebook.models import Grounded, Model
from planner.rulebook.source import Path_


class GroundedList(NamedTuple):
    """A key of a rule file whose entries have dates and a basis, and its name in code. `single`: one entry, not a list of them."""

    key: str
    attribute: str
    single: bool = False


class Part(NamedTuple):
    """One such entry, and its place in the file below its owner: `("适用", 0)`, `("办理方式",)`."""

    key: str
    path: Path_
    item: Any


@lru_cache(maxsize=64)
def grounded_lists(model: type[Model]) -> tuple[GroundedList, ...]:
    """The keys of a model that hold grounded entries, in the order of the model."""
    found: list[GroundedList] = []
    for name, field in model.model_fields.items():
        inner = get_args(field.annotation)
        if any(isinstance(one, type) and issubclass(one, Grounded) for one in inner):
            found.append(GroundedList(str(field.alias), name, get_origin(field.annotation) is not tuple))
    return tuple(found)


def grounded_parts(model: Model) -> Iterator[Part]:
    """Every grounded entry of what a file says, in the order of the model."""
    for key, attribute, single in grounded_lists(type(model)):
        found = getattr(model, attribute)
        if not single:
            for index, item in enumerate(found):
                yield Part(key, (key, index), item)
        elif found is not None:
            yield Part(key, (key,), found)
