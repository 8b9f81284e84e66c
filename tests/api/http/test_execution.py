"""Operations run in threads: they stop when nobody waits, they hold up nobody, and show nothing of what breaks."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import httpx
import pytest

from planner_api.settings import Limits
from planner_api.store.interface import StoreUnavailable

GRAPHQL = {"accept": "application/graphql-response+json"}


def test_time_is_up(toy: Any) -> None:
    with toy(limits=Limits(timeout=0.3)) as server:
        answer = server.post("{ steps { slowly } }")
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "TIMEOUT"
        assert answer.status_code == 504
        at_once = server.seen.steps
        time.sleep(0.5)
        assert server.seen.steps <= at_once + 2  # the work has stopped too
        assert at_once < 100


def test_time_is_up_for_a_resolver_that_waits(toy: Any) -> None:
    with toy(limits=Limits(timeout=0.3)) as server:
        assert server.post("{ waits }").json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
        assert server.seen.stopped.wait(10)


def test_a_client_that_goes_stops_the_work(toy: Any) -> None:
    with toy(limits=Limits(timeout=600)) as server:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url, json={"query": "{ waits }"}, timeout=0.5)
        assert server.seen.stopped.wait(10)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url, json={"query": "{ steps(count: 100000) { slowly } }"}, timeout=0.5)
        time.sleep(0.3)
        stopped_at = server.seen.steps
        time.sleep(0.3)
        assert server.seen.steps == stopped_at


def test_a_long_operation_holds_up_nobody(toy: Any) -> None:
    with toy() as server:
        long = threading.Thread(target=lambda: server.post("{ steps(count: 100) { slowly } }"))
        long.start()
        while not server.seen.steps:
            time.sleep(0.01)
        assert server.post("{ echo }").json()["data"] == {"echo": ""}
        assert long.is_alive()
        long.join()


@pytest.mark.parametrize("headers", [{}, GRAPHQL])
def test_what_resolvers_raise_is_masked(toy: Any, headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    with toy() as server, caplog.at_level(logging.ERROR, "planner_api"):
        answer = server.post("{ echo breaks }", headers=headers)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == ["breaks"]
    assert answer.json()["data"] == {"echo": "", "breaks": None}
    assert "机密" not in answer.text
    assert "secret" not in answer.text
    assert any("机密" in str(record.exc_info) for record in caplog.records)


def test_a_store_that_is_gone_is_said_to_be(toy: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("postgresql://user:secret@db")

    with toy() as server:
        field = server.service.live.in_use.schema._schema.query_type.fields["echo"]
        monkeypatch.setattr(field, "resolve", gone)
        with caplog.at_level(logging.WARNING, "planner_api"):
            answer = server.post("{ echo }")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert "secret" not in answer.text


@pytest.mark.parametrize("headers", [{"accept": "application/json"}, GRAPHQL])
def test_mutations_run_by_post_only(toy: Any, headers: dict[str, str]) -> None:
    with toy() as server:
        answer = httpx.get(server.url, params={"query": "mutation { touch }"}, headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert server.seen.steps == 0
        assert server.post("mutation { touch }", headers=headers).json()["data"] == {"touch": 1}


def test_one_operation_of_several(toy: Any) -> None:
    query = 'query A { echo(text: "a") } query B { echo(text: "b") }'
    with toy() as server:
        assert server.post(query, operationName="B").json()["data"] == {"echo": "b"}
        for more in ({}, {"operationName": "C"}):
            answer = server.post(query, headers=GRAPHQL, **more)
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


def test_a_mutation_beside_a_query_is_not_run_by_get(toy: Any) -> None:
    with toy() as server:
        query = "query A { echo } mutation B { touch }"
        assert httpx.get(server.url, params={"query": query, "operationName": "A"}, headers=GRAPHQL).status_code == 200
        assert httpx.get(server.url, params={"query": query, "operationName": "B"}, headers=GRAPHQL).status_code == 405
        assert server.seen.steps == 0


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ echo ", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing_such }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { steps(count: $n) { number } }", {}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { steps(count: $n) { number } }", {"n": "x"}, "BAD_USER_INPUT"),
        ("{ a1: page(first: 101) { number } }", {}, "LIMIT_EXCEEDED"),
    ],
)
def test_refused_before_it_began(toy: Any, query: str, variables: Any, code: str) -> None:
    with toy() as server:
        for headers, status in ((GRAPHQL, 400), ({}, 200)):
            answer = server.post(query, variables=variables, headers=headers)
            assert answer.status_code == status
            assert answer.json()["errors"][0]["extensions"]["code"] == code
            assert "data" not in answer.json()


def test_what_a_viewer_may_not_ask_is_not_run(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphql import GraphQLError

    asked: list[Any] = []

    def refusals(fields: Any, viewer: Any) -> list[GraphQLError]:
        asked.append((fields, viewer))
        return [GraphQLError("没有权限", extensions={"code": "FORBIDDEN"})]

    with toy() as server:
        monkeypatch.setattr("planner_api.http.answering.refusals", refusals)
        answer = server.post("mutation { touch }", headers=GRAPHQL)
        assert answer.status_code == 403
        assert server.seen.steps == 0
        ((fields, viewer),) = asked
        assert fields == {"Mutation.touch"}
        assert viewer.subject == "local"


def test_introspection_can_be_closed(toy: Any) -> None:
    with toy(introspection=False) as server:
        for query in (
            "{ __schema { types { name } } }",
            '{ __type(name: "Query") { name } }',
            "{ ...F } fragment F on Query { __schema { types { name } } }",
        ):
            (error,) = server.post(query).json()["errors"]
            assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "introspection", "most": 0}
        assert server.post("{ __typename }").json()["data"] == {"__typename": "Query"}


def test_graphiql_can_be_closed(toy: Any) -> None:
    with toy(graphiql=False) as server:
        answer = httpx.get(server.url, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert "text/html" not in answer.headers["content-type"]


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", "application/json; charset=gbk"])
def test_forms_there_are_not(toy: Any, accept: str) -> None:
    with toy() as server:
        assert server.post("{ echo }", headers={"accept": accept}).status_code == 406


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/json, application/graphql-response+json", "application/json"),
        ("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("APPLICATION/JSON; charset=UTF-8", "application/json"),
        ("application/json; q=x, application/graphql-response+json", "application/graphql-response+json"),
    ],
)
def test_forms_there_are(toy: Any, accept: str, form: str) -> None:
    with toy() as server:
        assert server.post("{ echo }", headers={"accept": accept}).headers["content-type"] == f"{form}; charset=utf-8"
