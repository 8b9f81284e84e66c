"""Documents made ready to run: parsed, measured, validated, and what is known of each operation before it runs. Done once for each text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from planner_api.execution import PlannerSchema
from planner_api.http.errors import Code, coded
from planner_api.http.fields import fields_asked
from planner_api.http.lasting import lasts
from planner_api.limits import Cost, Excess, cost_of, measure, survey
from planner_api.observe import measure as timing
from planner_api.recent import Recent
from planner_api.settings import Settings

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. `fields`: every "Type.field" it asks. `lasts`: equal questions get equal answers (`http.lasting`)."""

    name: str | None
    type: OperationType
    fields: frozenset[str]
    cost: Cost
    lasts: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document. `size`: its tokens, roughly, for the bound on what is kept."""

    node: DocumentNode
    operations: Mapping[str | None, Operation]
    size: int

    def operation(self, name: str | None) -> Operation:
        """The operation asked for. Raises `DocumentRefused` when there is none, or several and no name."""
        if name is not None:
            found = self.operations.get(name)
            if found is not None:
                return found
            raise DocumentRefused([GraphQLError(f"没有名为“{name[:100]}”的操作", extensions=_UNRESOLVED)])
        if len(self.operations) == 1:
            return next(iter(self.operations.values()))
        raise DocumentRefused([GraphQLError("文档里有几个操作：用 operationName 指明要哪一个", extensions=_UNRESOLVED)])


_UNRESOLVED: dict[str, object] = {"code": Code.OPERATION_RESOLUTION_FAILURE.value}


class DocumentRefused(Exception):
    """A document that is not run, with every reason."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class Documents:
    """Documents by their text and schema. Those used last are kept, up to a number of tokens together; refused ones are not."""

    def __init__(self, settings: Settings, most: int = 100_000) -> None:
        self._settings = settings
        self._kept: Recent[tuple[PlannerSchema, str], Document] = Recent(most, lambda _key, document: document.size)

    def clear(self) -> None:
        """Forget all, as when another schema takes the place of the one they were validated for."""
        self._kept.clear()

    def ready(self, schema: PlannerSchema, text: str) -> Document:
        """The document of a text. Raises `DocumentRefused`."""
        key = (schema, text)
        found = self._kept.get(key)
        if found is None:
            found = prepare(schema, text, self._settings)
            self._kept.keep(key, found)
        return found


def prepare(schema: PlannerSchema, text: str, settings: Settings) -> Document:
    """Parse, measure and validate, in the order of what each costs. Raises `DocumentRefused`."""
    limits = settings.limits
    _refuse(survey(text, limits))
    with timing("parse"):
        try:
            node = parse(text, max_lexical_tokens=limits.tokens)
        except GraphQLError as error:
            raise DocumentRefused([coded(error, Code.GRAPHQL_PARSE_FAILED)]) from None
    _refuse(measure(node, limits))
    with timing("validate"):
        errors = validate(schema._schema, node, RULES, max_errors=20, hide_suggestions=True)
    if errors:
        raise DocumentRefused([coded(error, Code.GRAPHQL_VALIDATION_FAILED) for error in errors])
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    operations: dict[str | None, Operation] = {}
    for definition in node.definitions:
        if isinstance(definition, OperationDefinitionNode):
            name = definition.name.value if definition.name else None
            fields = fields_asked(schema._schema, definition, fragments)
            if not settings.introspection and any(field.partition(".")[2] in _INTROSPECTION for field in fields):
                _refuse(Excess("introspection", 0))
            cost = cost_of(schema._schema, definition, fragments)
            operations[name] = Operation(name, definition.operation, fields, cost, lasts(definition.operation, fields))
    return Document(node, operations, len(text) // 4 + 50)


def _refuse(excess: Excess | None) -> None:
    if excess is not None:
        raise DocumentRefused([excess.error()])
