"""What graphql-cop looks for, on a server as it would stand before the public: introspection and GraphiQL closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from planner_api.app import create_app
from planner_api.service import Service


@pytest.fixture(scope="module")
def http(another: Callable[..., Service], serve_at: Callable[..., AbstractContextManager[str]]) -> Iterator[httpx.Client]:
    app = create_app(another(introspection=False, graphiql=False))
    with serve_at(app) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as client:
        yield client


def answer(http: httpx.Client, body: Any) -> Any:
    return http.post("/graphql", json=body).json()


def data(found: Any) -> Any:
    return found.get("data") if isinstance(found, dict) else found


def test_it_is_graphql(http: httpx.Client) -> None:
    assert answer(http, {"query": "query cop { __typename }"})["data"] == {"__typename": "Query"}


def test_alias_overloading(http: httpx.Client) -> None:
    aliases = " ".join(f"alias{i}:__typename" for i in range(101))
    assert data(answer(http, {"query": f"query cop {{ {aliases} }}", "operationName": "cop"})) is None


def test_batch_queries(http: httpx.Client) -> None:
    found = answer(http, [{"query": "query cop { __typename }", "operationName": "cop"}] * 10)
    assert not isinstance(found, list)
    assert data(found) is None


@pytest.mark.parametrize("directive", ["@aa", "@skip(if: false)"])
def test_directive_overloading(http: httpx.Client, directive: str) -> None:
    found = answer(http, {"query": f"query cop {{ __typename {directive * 50} }}", "operationName": "cop"})
    assert data(found) is None
    assert len(found["errors"]) == 1  # cop counts them


def test_circular_introspection(http: httpx.Client) -> None:
    query = (
        "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
    )
    assert data(answer(http, {"query": query, "operationName": "cop"})) is None


def test_introspection(http: httpx.Client) -> None:
    assert (
        data(answer(http, {"query": "query cop { __schema { types { name fields { name } } } }", "operationName": "cop"})) is None
    )


def test_field_duplication(http: httpx.Client) -> None:
    query = "query cop { " + "__typename\n" * 500 + " }"
    assert data(answer(http, {"query": query, "operationName": "cop"})) is None


def test_field_suggestions(http: httpx.Client) -> None:
    for query in ("query cop { rulebok { name } }", "query cop { __schema { directive } }"):
        assert "did you mean" not in http.post("/graphql", json={"query": query}).text.lower()


@pytest.mark.parametrize("path", ["/graphql", "/graphiql", "/playground", "/console", "/altair", "/graphql/console"])
def test_ide(http: httpx.Client, path: str) -> None:
    text = http.get(path, headers={"accept": "text/html"}).text.lower()
    assert not any(word in text for word in ("graphiql.min.css", "graphql playground", "graphql console", "altair", "<script"))


def test_get_queries(http: httpx.Client) -> None:
    assert "Query" not in http.get("/graphql", params={"query": "query cop { __typename }"}).text


def test_get_mutations(http: httpx.Client) -> None:
    for accept in ("*/*", "application/json"):
        found = http.get("/graphql", params={"query": "mutation cop { __typename }"}, headers={"accept": accept})
        assert found.status_code in (400, 405)
        assert "Mutation" not in found.text


def test_url_encoded_posts(http: httpx.Client) -> None:
    found = http.post("/graphql", data={"query": "query cop { __typename }"})
    assert found.status_code == 415
    assert "Query" not in found.text


def test_tracing(http: httpx.Client) -> None:
    found = answer(http, {"query": "query cop { __typename }", "operationName": "cop"})
    assert set(found.get("extensions", {})) <= {"cost"}


def test_unhandled_errors(http: httpx.Client) -> None:
    for body in (
        b'{"query": "qwerty cop { abc }"}',
        b'{"query": [[]]}',
        b'{"query": "query cop { __typename }", "operationName": {"a": 1}}',
    ):
        text = http.post("/graphql", content=body, headers={"content-type": "application/json"}).text.lower()
        assert not any(word in text for word in ("exception", "traceback", "stacktrace", ".py"))
