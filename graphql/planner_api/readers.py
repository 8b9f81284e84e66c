"""Reading values that need no resolver: plans, comparisons, the rulebook's tables.

graphql-core spends microseconds on every field: a path, a resolve info, a call or five. For an object whose selected fields are all plain
attributes of frozen values that is waste: here a selection is compiled once into a reader, which makes the same dictionary at a
tenth of the time. Whatever is not plain (a resolver, an argument, an interface, a value that its type does not expect) goes graphql-core's
way, errors and nulls and all: a reader that meets something unexpected gives up, and graphql-core starts on that object anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLString,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

Read: TypeAlias = Callable[[Any], Any]

MOST_READERS = 500
"""Readers kept for one schema. Each keeps its document's nodes alive."""


class _Unexpected(Exception):
    """A value that its type does not expect: graphql-core will find it again and say so."""


class ReadingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes as graphql-core does, and reads plain objects by compiled readers. Use `reading_executor` to make one for a schema."""

    readers: dict[Any, tuple[FieldDetailsList, Read | None]]

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        read = self._reader(return_type, field_details_list)
        if read is not None:
            try:
                if return_type.is_type_of is None or return_type.is_type_of(result, info) is True:
                    return read(result)
            except Exception:
                pass
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def _reader(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
        # The nodes are the document's, so with a document kept between requests they are the same ones again. What @skip and
        # @include choose depends on the variables that are booleans.
        chosen = tuple((n, v) for n, v in self.variable_values.coerced.items() if isinstance(v, bool))
        key = (type_.name, *(id(d.node) for d in details), chosen)
        found = self.readers.get(key)
        if found is None:
            found = (details, _object_reader(self, type_, details))
            if len(self.readers) >= MOST_READERS:
                self.readers.clear()
            self.readers[key] = found
        return found[1]


def reading_executor(base: type[ReadingExecutor] = ReadingExecutor) -> type[ReadingExecutor]:
    """An executor for one schema, with readers of its own."""
    return type("SchemaExecutor", (base,), {"readers": {}})


def _object_reader(executor: ReadingExecutor, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
    """A reader of the selected fields; None when one of them is not plain."""
    if any(d.fragment_variable_values is not None for d in details):
        return None
    selected, deferred, forbidden = executor.collect_subfields(type_, details)
    if deferred or forbidden:
        return None
    constants: dict[str, str] = {}
    fields: list[tuple[str, str, Read]] = []
    for key, group in selected.items():
        name = group[0].node.name.value
        if name == "__typename":
            constants[key] = type_.name
            continue
        field = type_.fields.get(name)
        attribute = _attribute(field)
        if field is None or attribute is None:
            return None
        read = _value_reader(executor, field.type, group)
        if read is None:
            return None
        fields.append((key, attribute, read))
    return _dictionary(list(selected), constants, fields)


def _attribute(field: GraphQLField | None) -> str | None:
    """The attribute that a field stands for; None when it has a resolver."""
    if field is None:
        return None
    defined = field.extensions.get("strawberry-definition")
    if not isinstance(defined, StrawberryField) or not defined.is_basic_field:
        return None
    return defined.python_name


def _dictionary(order: list[str], constants: Mapping[str, str], fields: list[tuple[str, str, Read]]) -> Read:
    blank: dict[str, Any] = {key: constants.get(key) for key in order}
    copy = blank.copy
    if not fields:
        return lambda _source: copy()
    if len(fields) == 1:
        ((only, attribute, read_only),) = fields
        get_only = attrgetter(attribute)

        def read_one(source: Any) -> dict[str, Any]:
            made = copy()
            made[only] = read_only(get_only(source))
            return made

        return read_one
    get = attrgetter(*(attribute for _, attribute, _ in fields))
    pairs = [(key, read) for key, _, read in fields]

    def read(source: Any) -> dict[str, Any]:
        made = copy()
        for (key, part), value in zip(pairs, get(source), strict=True):
            made[key] = part(value)
        return made

    return read


def _value_reader(executor: ReadingExecutor, type_: Any, details: FieldDetailsList) -> Read | None:
    if not is_non_null_type(type_):
        inner = _present_reader(executor, type_, details)
        return None if inner is None else lambda value: None if value is None else inner(value)
    return _present_reader(executor, type_.of_type, details)


def _present_reader(executor: ReadingExecutor, type_: Any, details: FieldDetailsList) -> Read | None:
    """A reader of values other than null."""
    if is_list_type(type_):
        inner = _value_reader(executor, type_.of_type, details)
        return None if inner is None else _list_reader(inner)
    if is_leaf_type(type_):
        return _leaf_reader(type_)
    if is_object_type(type_) and type_.is_type_of is None:
        return _object_reader(executor, type_, details)
    return None


def _list_reader(inner: Read) -> Read:
    def read(values: Any) -> list[Any]:
        if type(values) is not tuple and type(values) is not list:
            raise _Unexpected
        return [inner(value) for value in values]

    return read


def _leaf_reader(type_: GraphQLLeafType) -> Read:
    coerce = type_.coerce_output_value

    def convert(value: Any) -> Any:
        made = coerce(value)
        if value is None or made is None or made is Undefined:
            raise _Unexpected
        return made

    if type_ is GraphQLString:
        return lambda value: value if type(value) is str else convert(value)
    if type_ is GraphQLBoolean:
        return lambda value: value if type(value) is bool else convert(value)
    if type_ is GraphQLInt:
        return lambda value: value if type(value) is int and -2147483648 <= value <= 2147483647 else convert(value)
    if isinstance(type_, GraphQLEnumType):
        names: dict[str, Any] = {}  # as many as the enum has values

        def read_name(value: Any) -> Any:
            if not isinstance(value, str):
                return convert(value)
            name = names.get(value)
            if name is None:
                name = names[value] = convert(value)
            return name

        return read_name
    return convert
