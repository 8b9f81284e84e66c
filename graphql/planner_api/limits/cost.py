"""What an operation is reckoned to cost before it runs: about how many values its answer holds, and what they take to work out.

A field costs one. What lies below a list counts as often as the list is long: as long as the client asks (`first`, `last`, a list of
ids), else as long as such a list usually is (`SIZES`). Reckoned once for each document; only sizes given by variables wait for the
request. Fields under `@skip` and `@include` count: whether they are left out is known too late to matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
)
from planner_api.limits.sizes import DEFAULT_PAGE, OTHER_LIST, SIZES, WORK

PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class Variable:
    """A size that a request's variable gives: a number of rows, or the length of a list. `otherwise` when it gives none."""

    name: str
    otherwise: int

    def size(self, variables: Mapping[str, Any]) -> int:
        value = variables.get(self.name, self.otherwise)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return max(value, 0)
        return self.otherwise


Terms: TypeAlias = dict[tuple[Variable, ...], int]


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of products: a number times the sizes that a request gives."""

    terms: tuple[tuple[int, tuple[Variable, ...]], ...]
    pages: tuple[Variable | int, ...]
    """The page sizes asked for, wherever `first` and `last` stand."""

    def reckon(self, variables: Mapping[str, Any]) -> int:
        total = 0
        for number, sizes in self.terms:
            for size in sizes:
                number *= size.size(variables)
            total += number
        return total

    def bad_page(self, variables: Mapping[str, Any], most: int) -> bool:
        """Whether a page is asked for that is longer than `most` rows, or shorter than none."""
        for page in self.pages:
            rows = page if isinstance(page, int) else variables.get(page.name, 0)
            if isinstance(rows, int) and not 0 <= rows <= most:
                return True
        return False


def cost_of(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Cost:
    """The cost of an operation of a valid document."""
    reckoning = _Reckoning(schema, operation, fragments)
    root = schema.get_root_type(operation.operation)
    assert root is not None
    terms = reckoning.selection(operation.selection_set, root, None)
    return Cost(tuple((number, sizes) for sizes, number in terms.items()), tuple(dict.fromkeys(reckoning.pages)))


class _Reckoning:
    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.defaults = {d.variable.name.value: d.default_value for d in operation.variable_definitions or ()}
        self.pages: list[Variable | int] = []
        self._known: dict[tuple[str, Variable | int | None], Terms] = {}

    def selection(self, selections: SelectionSetNode | None, parent: GraphQLNamedType, page: Variable | int | None) -> Terms:
        """`page`: how many rows the connection has that this selection is of."""
        terms: Terms = defaultdict(int)
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                self._add(terms, self._field(node, parent, page))
            elif isinstance(node, InlineFragmentNode):
                to = node.type_condition
                inner = self.schema.type_map[to.name.value] if to else parent
                self._add(terms, self.selection(node.selection_set, inner, page))
            else:
                assert isinstance(node, FragmentSpreadNode)
                self._add(terms, self._fragment(node.name.value, page))
        return terms

    def _fragment(self, name: str, page: Variable | int | None) -> Terms:
        if (name, page) not in self._known:
            fragment = self.fragments[name]
            on = self.schema.type_map[fragment.type_condition.name.value]
            self._known[name, page] = self.selection(fragment.selection_set, on, page)
        return self._known[name, page]

    @staticmethod
    def _add(terms: Terms, more: Terms) -> None:
        for sizes, number in more.items():
            terms[sizes] += number

    def _field(self, node: FieldNode, parent: GraphQLNamedType, page: Variable | int | None) -> Terms:
        name = node.name.value
        if name == "__typename":
            return {(): 1}
        definition = self._definition(name, parent)
        key = f"{parent.name}.{name}"
        rows = self._rows(node, definition)
        size: Variable | int = 1
        if _is_list(definition.type):
            size = self._length(node, definition, page if name in ("edges", "nodes") else None, SIZES.get(key, OTHER_LIST))
        below = self.selection(node.selection_set, get_named_type(definition.type), rows)
        terms: Terms = {(): WORK.get(key, 0)} if key in WORK else {}
        for sizes, number in {**below, (): below.get((), 0) + 1}.items():
            if isinstance(size, int):
                terms[sizes] = terms.get(sizes, 0) + number * size
            else:
                many = (*sizes, size)
                terms[many] = terms.get(many, 0) + number
        return terms

    def _definition(self, name: str, parent: GraphQLNamedType) -> GraphQLField:
        if name in ("__schema", "__type"):
            found = self.schema.get_field(parent, name)  # type: ignore[arg-type]
            assert found is not None
            return found
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        found = parent.fields[name]
        assert isinstance(found, GraphQLField)
        return found

    def _rows(self, node: FieldNode, definition: GraphQLField) -> Variable | int | None:
        """How many rows a connection is asked for; None where the field is none."""
        if "first" not in definition.args:
            return None
        asked: list[Variable | int] = []
        for argument in node.arguments or ():
            if argument.name.value in PAGE_ARGUMENTS:
                value = argument.value
                if isinstance(value, IntValueNode):
                    asked.append(int(value.value[:10]))
                elif isinstance(value, VariableNode):
                    default = self.defaults.get(value.name.value)
                    rows = int(default.value[:10]) if isinstance(default, IntValueNode) else DEFAULT_PAGE
                    asked.append(Variable(value.name.value, rows))
        self.pages += asked
        # With both, the longer one counts; which that is may turn on variables, and the schema refuses both anyway.
        return asked[0] if asked else DEFAULT_PAGE

    def _length(self, node: FieldNode, definition: GraphQLField, page: Variable | int | None, usual: int) -> Variable | int:
        """How long a list is: as long as a list of the client's that it answers one for one, as the page it is of, or as usual."""
        for argument in node.arguments or ():
            if argument.name.value == "ids" and _is_list(definition.args["ids"].type):
                value = argument.value
                if isinstance(value, ListValueNode):
                    return len(value.values)
                if isinstance(value, VariableNode):
                    return Variable(value.name.value, OTHER_LIST)
        return usual if page is None else page


def _is_list(type_: GraphQLOutputType | Any) -> bool:
    return is_list_type(type_.of_type if isinstance(type_, GraphQLNonNull) else type_)
