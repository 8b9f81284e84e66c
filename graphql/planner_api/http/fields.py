"""Which fields a document asks: what access is decided on, and whether an answer may be kept."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)


def fields_asked(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """Every "Type.field" an operation of a valid document may ask, fragments and all.

    A field asked of an interface is asked of every type that may stand there. `__typename` is left out, and of introspection everything
    below `Query.__schema` and `Query.__type`.
    """
    found: set[str] = set()
    seen: set[str] = set()

    def look(selections: SelectionSetNode | None, parent: GraphQLNamedType) -> None:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                name = node.name.value
                if name == "__typename":
                    continue
                if name.startswith("__"):
                    found.add(f"{parent.name}.{name}")
                    continue
                found.update(f"{possible}.{name}" for possible in _possible(schema, parent))
                if node.selection_set:
                    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
                    look(node.selection_set, get_named_type(parent.fields[name].type))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                look(node.selection_set, schema.type_map[condition.name.value] if condition else parent)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = fragments[node.name.value]
                look(fragment.selection_set, schema.type_map[fragment.type_condition.name.value])

    root = schema.get_root_type(operation.operation)
    assert root is not None
    look(operation.selection_set, root)
    return frozenset(found)


def _possible(schema: GraphQLSchema, type_: GraphQLNamedType) -> list[str]:
    if is_object_type(type_):
        return [type_.name]
    assert is_abstract_type(type_)
    return [possible.name for possible in schema.get_possible_types(type_)]
