"""What an operation is reckoned to cost, and which fields it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphql import GraphQLObjectType, get_introspection_query
from planner_api.http.documents import Document, DocumentRefused, prepare
from planner_api.limits.sizes import SIZES, WORK
from planner_api.service import Service
from planner_api.settings import Limits, Settings

BUDGET = Limits().cost
UNBOUND = Settings(limits=replace(Limits(), tokens=50_000, text=500_000, aliases=100, root_fields=100, repeats=100))


@pytest.fixture
def ready(service: Service) -> Any:
    def one(query: str, settings: Settings = UNBOUND) -> Document:
        return prepare(service.live.in_use.schema, query, settings)

    return one


@pytest.fixture
def cost(ready: Any) -> Any:
    return lambda query, **variables: ready(query).operation(None).cost.reckon(variables)


def whole(everything: str, times: int = 1) -> str:
    """A query for everything of a plan, so many times."""
    head, _, rest = everything.partition("{ planPreview")
    return head + "{" + " ".join(f"p{i}: planPreview{rest.rstrip()[:-1]}" for i in range(times)) + "}"


def test_one_whole_plan_fits_and_ten_do_not(cost: Any, everything: str) -> None:
    assert cost(everything) <= BUDGET
    assert cost(whole(everything)) == cost(everything)
    assert cost(whole(everything, 10)) > BUDGET
    assert cost(whole(everything, 10)) == 10 * cost(everything)


def test_the_reckoning_is_near_what_comes(client: Any, cost: Any, everything: str, as_input: Any, root: Path) -> None:
    def values(part: Any) -> int:
        if isinstance(part, dict):
            return sum(1 + values(inner) for inner in part.values())
        return sum(1 + values(inner) for inner in part) if isinstance(part, list) else 0

    project = as_input(root / "examples" / "hospital-600-beds.yaml")
    found = values(client.ask(everything, {"project": project}))
    assert found / 2 < cost(everything) < found * 4


def test_every_operation_of_the_screens_fits(ready: Any, operations: Mapping[str, str]) -> None:
    for text in operations.values():
        for operation in ready(text, Settings()).operations.values():
            assert operation.cost.reckon({}) <= BUDGET


def test_introspection_fits_the_limits(client: Any, cost: Any) -> None:
    query = get_introspection_query()
    assert cost(query) < BUDGET
    assert client.ask(query)["__schema"]["types"]


def test_a_page_costs_what_is_asked_of_it(cost: Any) -> None:
    query = "query ($n: Int) { projects(first: $n) { nodes { id name } } }"
    assert cost(query, n=0) < cost(query, n=1) < cost(query, n=100)
    assert cost(query, n=100) - cost(query, n=99) == 3
    assert cost(query, n=100) == cost("{ projects(first: 100) { nodes { id name } } }")
    assert cost(query) == cost("{ projects { nodes { id name } } }") == cost(query, n=20)
    assert cost("query ($n: Int = 7) { projects(first: $n) { nodes { id } } }") == cost("{ projects(last: 7) { nodes { id } } }")
    assert cost("{ projects(first: 5) { edges { node { id } } } }") == cost(
        "{ projects(first: 5) { ...F } } fragment F on ProjectConnection { edges { node { id } } }"
    )


def test_pages_within_pages_multiply(cost: Any) -> None:
    query = "query ($n: Int, $m: Int) { projects(first: $n) { nodes { plans(first: $m) { nodes { number } } } } }"
    one = cost(query, n=1, m=1)
    assert cost(query, n=10, m=10) > 50 * (one - 10)
    assert cost(query, n=100, m=100) > 10_000


def test_ids_cost_as_many_as_they_are(cost: Any) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert cost(query, ids=["a"] * 50) == cost("{ nodes(ids: [" + '"a" ' * 50 + "]) { id } }") == 25 * cost(query, ids=["a"] * 2)


def test_fragments_cost_where_they_are_used(cost: Any) -> None:
    part = "fragment F on Rulebook { facts { name } }"
    once, twice = (cost("{ " + "...Q " * n + f"}} fragment Q on Query {{ rulebook {{ ...F }} }} {part}") for n in (1, 2))
    assert twice == 2 * once
    assert once == cost("{ rulebook { facts { name } } }")


def test_the_budget_is_shown(client: Any) -> None:
    answer = client.send("{ rulebook { name digest } }").json()
    assert answer["extensions"]["cost"] == {"requested": 3, "budget": BUDGET}


def test_more_than_the_budget_is_not_run(client: Any) -> None:
    query = "{ projects(first: 100) { nodes { plans(first: 100) { nodes { content { items { code } } } } } } }"
    answer = client.send(query).json()
    (error,) = answer["errors"]
    assert "data" not in answer
    assert error["extensions"]["limit"] == "cost"
    assert error["extensions"]["found"] == answer["extensions"]["cost"]["requested"] > BUDGET


@pytest.mark.parametrize("variables", [{"n": 101}, {"n": -1}, {"n": 2**31 - 1}])
def test_pages_have_a_size(client: Any, variables: Any) -> None:
    for query in (
        "query ($n: Int) { projects(first: $n) { nodes { id } } }",
        f"{{ projects(last: {variables['n']}) {{ nodes {{ id }} }} }}",
    ):
        (error,) = client.send(query, variables if "$n" in query else {}).json()["errors"]
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "page", "most": 100}


def test_every_size_and_work_is_of_a_field_there_is(service: Service) -> None:
    types = service.live.in_use.schema._schema.type_map
    for name in (*SIZES, *WORK):
        type_, _, field = name.partition(".")
        assert isinstance(types[type_], GraphQLObjectType)
        assert field in types[type_].fields, name


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("{ rulebook { name n: digest __typename } }", {"Query.rulebook", "Rulebook.name", "Rulebook.digest"}),
        (
            "{ ...A ...A } fragment A on Query { rulebook { ...B } } fragment B on Rulebook { name }",
            {"Query.rulebook", "Rulebook.name"},
        ),
        (
            '{ planPreview(project: {name: "a"}) { __typename ... on InvalidProject { problems { code } } } }',
            {"Query.planPreview", "InvalidProject.problems", "Problem.code"},
        ),
        ("{ __schema { types { name } } }", {"Query.__schema"}),
        ("{ rulebook @skip(if: true) { name } }", {"Query.rulebook", "Rulebook.name"}),
        ("mutation { reloadRulebook { __typename } }", {"Mutation.reloadRulebook"}),
    ],
)
def test_fields_asked(ready: Any, query: str, fields: set[str]) -> None:
    assert ready(query).operation(None).fields == fields


def test_a_field_of_an_interface_is_asked_of_every_type_there(service: Service, ready: Any) -> None:
    schema = service.live.in_use.schema._schema
    nodes = {type_.name for type_ in schema.get_possible_types(schema.type_map["Node"])}
    assert {"Project", "SavedPlan"} <= nodes
    assert ready('{ node(id: "x") { id } }').operation(None).fields == {"Query.node", *(f"{name}.id" for name in nodes)}


def test_operations_of_one_document_are_told_apart(ready: Any) -> None:
    document = ready("query A { rulebook { name } } query B { viewer { subject } }")
    assert document.operation("A").fields == {"Query.rulebook", "Rulebook.name"}
    assert document.operation("B").fields == {"Query.viewer", "Viewer.subject"}
    with pytest.raises(DocumentRefused):
        document.operation(None)
