"""What is said to last exists, and lasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from graphql import GraphQLObjectType, OperationType, get_named_type
from planner_api.http.documents import prepare
from planner_api.http.lasting import FIELDS, PLAN_TYPES, ROWS, ROWS_KEPT, TYPES, lasts, seconds_kept
from planner_api.service import Service
from planner_api.settings import Settings


@pytest.fixture(scope="module")
def types(service: Service) -> Mapping[str, Any]:
    return service.live.in_use.schema._schema.type_map


def test_every_type_named_exists(types: Mapping[str, Any]) -> None:
    assert [name for name in TYPES if not isinstance(types.get(name), GraphQLObjectType)] == []


def test_every_field_named_exists(types: Mapping[str, Any]) -> None:
    pairs = [name.split(".") for name in FIELDS]
    assert [pair for pair in pairs if pair[1] not in types[pair[0]].fields] == []


def test_no_field_is_named_twice() -> None:
    assert [field for field in FIELDS if field.partition(".")[0] in TYPES] == []


def below(types: Mapping[str, Any], name: str) -> set[str]:
    """The object types that can be reached from one."""
    found: set[str] = set()
    waiting = [types[name]]
    while waiting:
        one = waiting.pop()
        for part in getattr(one, "types", [one]):
            if isinstance(part, GraphQLObjectType) and part.name not in found:
                found.add(part.name)
                waiting += [get_named_type(field.type) for field in part.fields.values()]
    return found


def test_a_plan_is_made_of_what_lasts_and_of_all_of_it(types: Mapping[str, Any]) -> None:
    assert below(types, "Plan") == PLAN_TYPES


def test_nothing_that_lasts_leads_to_what_does_not(types: Mapping[str, Any]) -> None:
    # Else a document could ask only for fields named here and still get an answer that passes.
    leads = {name: below(types, name) - TYPES for name in TYPES}
    assert {name: found for name, found in leads.items() if found} == {}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("{ rulebook { name facts { name choices { name } } } }", True),
        (
            '{ planPreview(project: {name: "a"}) { ... on Plan { items { name } } ... on InvalidProject { problems { message } } } }',
            True,
        ),
        ('{ plan(id: "x") { number content { items { name } } } }', True),
        ('{ plan(id: "x") { current } }', False),
        ('{ plan(id: "x") { content { asOf } project { name } } }', False),
        ('{ node(id: "x") { ... on SavedPlan { number } } }', True),
        ('{ node(id: "x") { id } }', False),
        ("{ projects { totalCount } }", False),
        ("{ rulebook { refused { at } } }", False),
        ("{ __typename }", True),
        ("{ __schema { types { name } } }", False),
        ("{ rulebook { ...F } } fragment F on Rulebook { name refused { at } }", False),
    ],
)
def test_documents(service: Service, query: str, kept: bool) -> None:
    assert prepare(service.live.in_use.schema, query, Settings()).operation(None).lasts is kept


def test_only_queries_last() -> None:
    assert lasts(OperationType.QUERY, ["Plan.items"])
    assert not lasts(OperationType.MUTATION, ["Plan.items"])
    assert not lasts(OperationType.SUBSCRIPTION, ["Plan.items"])


def test_rows_are_kept_for_a_short_time() -> None:
    assert seconds_kept(["Query.plan", "SavedPlan.number"]) == ROWS_KEPT
    assert seconds_kept(["Query.planPreview"]) > 1e9
    assert ROWS < FIELDS
