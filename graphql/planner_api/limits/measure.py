"""A parsed document measured as it would be written out, each fragment looked at once.

Walking every spread instead would take exponential time on a document of a few hundred bytes. Introspection is left out of depth: graphql-core's
own rule bounds it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from planner_api.limits.excess import Excess
from planner_api.settings import Limits


@dataclass(slots=True)
class Size:
    """A selection set written out. `names`: how often each field is selected in the set itself; `repeats`: the most, at any level."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0
    names: Counter[str] = field(default_factory=Counter)


def measure(document: DocumentNode, limits: Limits) -> Excess | None:
    """What a document has too much of; None when nothing."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    sizes: dict[str, Size] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            size = _set(definition.selection_set, fragments, sizes)
            found = {
                "depth": (size.depth, limits.depth),
                "aliases": (size.aliases, limits.aliases),
                "directives": (size.directives + len(definition.directives or ()), limits.directives),
                "root_fields": (size.names.total(), limits.root_fields),
                "repeats": (size.repeats - 1, limits.repeats),
            }
            for measure, (count, most) in found.items():
                if count > most:
                    return Excess(measure, most, count)  # type: ignore[arg-type]
    return None


def _set(selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], sizes: dict[str, Size]) -> Size:
    size = Size()
    for node in selections.selections if selections else ():
        size.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            name = node.name.value
            size.names[node.alias.value if node.alias else name] += 1
            below = _set(node.selection_set, fragments, sizes)
            size.aliases += below.aliases + (node.alias is not None)
            size.directives += below.directives
            size.repeats = max(size.repeats, below.repeats)
            if not name.startswith("__"):
                size.depth = max(size.depth, below.depth + 1)
            continue
        if isinstance(node, FragmentSpreadNode):
            inner = _fragment(node.name.value, fragments, sizes)
        else:
            assert isinstance(node, InlineFragmentNode)
            inner = _set(node.selection_set, fragments, sizes)
        size.depth = max(size.depth, inner.depth)
        size.aliases += inner.aliases
        size.directives += inner.directives
        size.repeats = max(size.repeats, inner.repeats)
        size.names.update(inner.names)
    size.repeats = max(size.repeats, max(size.names.values(), default=0))
    return size


def _fragment(name: str, fragments: dict[str, FragmentDefinitionNode], sizes: dict[str, Size]) -> Size:
    if name not in sizes:
        sizes[name] = Size()  # a fragment inside itself, or one that does not exist, is refused by its own rule
        fragment = fragments.get(name)
        if fragment is not None:
            sizes[name] = _set(fragment.selection_set, fragments, sizes)
    return sizes[name]
