"""The HTTP door: what it refuses, and that nothing inside leaks out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from planner import Planner
from planner_api.app import create_app
from planner_api.limits import MAX_ALIASES, MAX_BODY_BYTES, MAX_DEPTH

JSON = {"content-type": "application/json"}


def refused(answer: httpx.Response, status: int) -> str:
    """The message of a refusal in GraphQL's own form."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    return str(error["message"])


def test_health(client: Any) -> None:
    answer = client.http.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize("body", [b"", b"{", b'{"query": "\xff"}', b'{"query": "\\ud800"}', b"[" * 100_000, b'{"a": NaN}'])
def test_malformed_bodies(client: Any, body: bytes) -> None:
    assert refused(client.http.post("/graphql", content=body, headers=JSON), 400).startswith("请求不是")


@pytest.mark.parametrize("body", [b"null", b"5", b'"{ rulebook { name } }"', b"[]", b'[{"query": "{ rulebook { name } }"}]'])
def test_bodies_that_are_no_object(client: Any, body: bytes) -> None:
    assert "JSON 对象" in refused(client.http.post("/graphql", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 5},
        {"query": "{ rulebook { name } }", "variables": []},
        {"query": "{ a }", "operationName": 5},
        {"query": "{ a }", "operationName": {}},
    ],
)
def test_objects_that_are_no_request(client: Any, body: Any) -> None:
    assert refused(client.http.post("/graphql", json=body), 400)


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_only_json_is_read(client: Any, type_: str) -> None:
    # What a web form can send from any page is never read as a query.
    answer = client.http.post("/graphql", content=b'{"query": "{ rulebook { name } }"}', headers={"content-type": type_})
    assert refused(answer, 400)


def test_queries_are_not_read_from_addresses(client: Any) -> None:
    assert refused(client.http.get("/graphql", params={"query": "{ rulebook { name } }"}), 400)


@pytest.mark.parametrize("path", ["/", "/graphql/more", "/graphql/../etc/passwd", "/docs"])
def test_other_paths(client: Any, path: str) -> None:
    assert "/graphql" in refused(client.http.get(path, follow_redirects=True), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(client: Any, method: str) -> None:
    assert refused(client.http.request(method, "/graphql"), 405)


def test_graphiql_is_for_browsers(client: Any) -> None:
    page = client.http.get("/graphql", headers={"accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "GraphiQL" in page.text
    assert client.http.get("/graphql", headers={"accept": "*/*"}).status_code == 400


def test_no_other_host_name_is_answered(client: Any) -> None:
    answer = client.http.post("/graphql", json={"query": "{ rulebook { name } }"}, headers={"host": "evil.example:8000"})
    assert answer.status_code == 400
    assert "鞍山" not in answer.text
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert client.http.get("/healthz", headers={"host": host}).status_code == 200


def test_the_host_names_served_are_a_choice(anshan: Planner, serving: Callable[..., Any]) -> None:
    with serving(create_app(anshan, hosts=("127.0.0.9",))) as address:
        assert httpx.get(f"{address}/healthz", headers={"host": "127.0.0.9:8000"}).status_code == 200
        assert httpx.get(f"{address}/healthz").status_code == 400


def test_a_huge_body_is_refused(client: Any) -> None:
    body = json.dumps({"query": "{ rulebook { name } }", "variables": {"x": "长" * MAX_BODY_BYTES}}).encode()
    assert "字节" in refused(client.http.post("/graphql", content=body, headers=JSON), 413)


def test_a_huge_body_of_undeclared_length_is_refused(address: str) -> None:
    def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    with httpx.Client(base_url=address) as http:
        assert "字节" in refused(http.post("/graphql", content=pieces(), headers=JSON), 413)


def test_a_body_just_within_the_limit_is_read(client: Any) -> None:
    body = b'{"query": "{ rulebook { __typename } }"}'
    answer = client.http.post("/graphql", content=body.ljust(MAX_BODY_BYTES), headers=JSON)
    assert answer.json() == {"data": {"rulebook": {"__typename": "Rulebook"}}}


# -- what one operation may ask for --------------------------------------------------------------------------------------


def error_of(client: Any, query: str) -> str:
    answer = client.send(query)
    assert answer.status_code == 200
    assert answer.json().get("data") is None
    return str(answer.json()["errors"][0]["message"])


def test_aliases(client: Any) -> None:
    def query(count: int) -> str:
        return "{" + " ".join(f"a{i}: rulebook {{ name }}" for i in range(count)) + "}"

    assert len(client.ask(query(MAX_ALIASES))) == MAX_ALIASES
    assert "别名" in error_of(client, query(MAX_ALIASES + 1))


def test_aliases_behind_fragments(client: Any) -> None:
    spreads = " ".join("...F" for _ in range(4))
    aliases = " ".join(f"a{i}: name" for i in range(MAX_ALIASES // 3))
    assert "别名" in error_of(client, f"{{ rulebook {{ {spreads} }} }} fragment F on Rulebook {{ {aliases} }}")


def test_depth(client: Any) -> None:
    def query(depth: int) -> str:
        return "{" + "rulebook {" * depth + "name" + "}" * depth + "}"

    assert "嵌套" not in error_of(client, query(MAX_DEPTH - 1))
    answer = client.send(query(MAX_DEPTH)).json()
    assert any("嵌套" in e["message"] for e in answer["errors"])


def test_deep_nesting_behind_fragments(client: Any) -> None:
    parts = [f"fragment F{i} on Rulebook {{ facts {{ ...F{i + 1} }} }}" for i in range(MAX_DEPTH)]
    last = f"fragment F{MAX_DEPTH} on Rulebook {{ name }}"
    answer = client.send("{ rulebook { ...F0 } } " + " ".join([*parts, last])).json()
    assert any("嵌套" in e["message"] for e in answer["errors"])


def test_fragments_that_double_are_measured_once_each(client: Any) -> None:
    # Walked spread by spread this would be 2**60 steps.
    doubling = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ... on Query {{ ...F{i + 1} }} }}" for i in range(60))
    query = "{ ...F0 } " + doubling + " fragment F60 on Query { rulebook { __typename } }"
    assert client.ask(query) == {"rulebook": {"__typename": "Rulebook"}}


def test_a_fragment_inside_itself(client: Any) -> None:
    assert "itself" in error_of(client, "{ rulebook { ...F } } fragment F on Rulebook { name ...F }")


def test_tokens(client: Any) -> None:
    assert "tokens" in error_of(client, "{" + " ".join(["rulebook { name }"] * 2000) + "}")


@pytest.mark.parametrize("shape", ["{rulebook" * 900, "{a(b:" + "[" * 1500, "{a(b:" + "{c:" * 900])
def test_nesting_that_exhausts_a_parser(client: Any, shape: str) -> None:
    answer = client.send(shape)
    assert answer.json()["errors"]
    assert "Traceback" not in answer.text
    assert "recursion" not in answer.text


def test_introspection_is_bounded(client: Any) -> None:
    deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert "introspection" in error_of(client, deep).lower()


def test_a_query_with_a_mistake_says_so(client: Any) -> None:
    assert "did you mean" in error_of(client, "{ rulebok { name } }").lower()


# -- defects ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(anshan: Planner, serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server whose planner breaks down on every plan."""

    def burst(*_: Any, **__: Any) -> None:
        raise RuntimeError("机密：/srv/planner/secret.py")

    monkeypatch.setattr(Planner, "plan", burst)
    with serving(create_app(anshan, lambda: date(2026, 3, 2))) as address, httpx.Client(base_url=address) as http:
        yield http


def test_a_defect_is_masked_and_logged(broken: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "planner_api"):
        answer = broken.post("/graphql", json={"query": '{ planPreview(project: {name: "甲"}) { __typename } }'})
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("服务器内部错误")
    assert error["path"] == ["planPreview"]
    assert "机密" not in answer.text
    assert "Traceback" not in answer.text
    assert any("机密" in str(record.exc_info) for record in caplog.records)
    assert broken.get("/healthz").text == "ok"


def test_a_defect_outside_resolvers_is_masked(
    anshan: Planner, serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: Any) -> None:
        raise RuntimeError("机密")

    app = create_app(anshan, lambda: date(2026, 3, 2))
    monkeypatch.setattr("planner_api.limits.OperationLimits.__init__", burst)
    with serving(app) as address, httpx.Client(base_url=address) as http:
        answer = http.post("/graphql", json={"query": "{ rulebook { name } }"})
    assert "机密" not in answer.text
    assert answer.json()["errors"][0]["message"].startswith("服务器内部错误")


def test_a_defect_of_the_door_itself_is_masked(
    anshan: Planner, serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def burst(*_: Any) -> None:
        raise RuntimeError("机密")

    monkeypatch.setattr("planner_api.app._Door.run", burst)
    with serving(create_app(anshan)) as address:
        answer = httpx.post(f"{address}/graphql", json={"query": "{ rulebook { name } }"})
    assert refused(answer, 500).startswith("服务器内部错误")
    assert "机密" not in answer.text


def test_an_asker_mistake_is_not_logged(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.send("{ nothing }")
        client.send("{")
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_many_at_once(address: str, everything: str, as_input: Any, root: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sent = {"query": everything, "variables": {"project": as_input(root / "examples" / "housing-estate.yaml")}}

    def once(_: int) -> str:
        with httpx.Client(base_url=address, timeout=60) as http:
            return http.post("/graphql", json=sent).text

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(once, range(16)))
    assert len(answers) == 1
    assert '"__typename":"Plan"' in answers.pop()
