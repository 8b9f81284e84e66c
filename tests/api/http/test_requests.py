"""The HTTP door: what it refuses, how much one operation may ask for, and that nothing inside leaks out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from planner import Planner
from planner_api.app import create_app
from planner_api.service import Service
from planner_api.settings import Limits

JSON = {"content-type": "application/json"}
LIMITS = Limits()


def refused(answer: httpx.Response, status: int) -> str:
    """The message of a refusal in GraphQL's own form."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    return str(error["message"])


def test_health(client: Any) -> None:
    answer = client.http.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize("body", [b"", b"{", b'{"query": "\xff"}', b'{"query": "\\ud800"}', b"[" * 3_000, b'{"a": NaN}'])
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
    assert "application/json" in refused(answer, 415)


@pytest.mark.parametrize(
    ("name", "value"),
    [("content-type", "application/json; charset=gbk"), ("content-encoding", "gzip"), ("content-type", "application/jsonp")],
)
def test_json_is_plain_utf8(client: Any, name: str, value: str) -> None:
    headers = {**JSON, name: value}
    assert refused(client.http.post("/graphql", content=b'{"query": "{ rulebook { name } }"}', headers=headers), 415)


def test_a_charset_that_is_utf8_may_be_said(client: Any) -> None:
    headers = {"content-type": 'Application/JSON; Charset="UTF-8"'}
    answer = client.http.post("/graphql", content=b'{"query": "{ rulebook { __typename } }"}', headers=headers)
    assert answer.json()["data"] == {"rulebook": {"__typename": "Rulebook"}}


@pytest.mark.parametrize(
    "query_string",
    ["", "query=", "query=%ff", "query={a}&query={b}", "variables={}", "query={a}&variables=[]", "query={a}&variables={"],
)
def test_addresses_that_are_no_request(client: Any, query_string: str) -> None:
    assert refused(client.http.get(f"/graphql?{query_string}", headers={"accept": "application/json"}), 400)


def test_addresses_with_too_many_parameters(client: Any) -> None:
    assert refused(
        client.http.get("/graphql?" + "&".join(f"a{i}=1" for i in range(100)), headers={"accept": "application/json"}), 400
    )


@pytest.mark.parametrize("accept", ["*/*", "", "image/avif,image/webp,*/*;q=0.8", "text/css,*/*;q=0.1"])
def test_what_a_page_points_at_is_not_run(client: Any, accept: str) -> None:
    # `<img src="…/graphql?query=…">` on any page at all sends such a request.
    for query in ("{ rulebook { name } }", "{ rulebook { digest } }"):
        headers = {"accept": accept, "sec-fetch-mode": "no-cors"}
        assert "Accept" in refused(client.http.get("/graphql", params={"query": query}, headers=headers), 400)
        client.http.get("/graphql", params={"query": query}, headers={"accept": "application/json"})
        assert "Accept" in refused(client.http.get("/graphql", params={"query": query}, headers={"accept": accept}), 400)


@pytest.mark.parametrize(
    "header", [{"graphql-require-preflight": "1"}, {"sec-fetch-mode": "cors"}, {"sec-fetch-mode": "same-origin"}]
)
def test_a_script_that_will_read_it_is_answered(client: Any, header: dict[str, str]) -> None:
    headers = {"accept": "*/*", **header}
    assert client.http.get("/graphql", params={"query": "{ rulebook { name } }"}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/graphql/more", "/graphql/../etc/passwd", "/docs"])
def test_other_paths(client: Any, path: str) -> None:
    assert "/graphql" in refused(client.http.get(path, follow_redirects=True), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(client: Any, method: str) -> None:
    answer = client.http.request(method, "/graphql")
    assert refused(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, POST"


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


def test_the_host_names_served_are_a_choice(another: Callable[..., Service], serving: Callable[..., Any]) -> None:
    with serving(create_app(another(hosts=("127.0.0.9",)))) as address:
        assert httpx.get(f"{address}/healthz", headers={"host": "127.0.0.9:8000"}).status_code == 200
        assert httpx.get(f"{address}/healthz").status_code == 400


def test_a_huge_body_is_refused(client: Any) -> None:
    body = json.dumps({"query": "{ rulebook { name } }", "variables": {"x": "长" * LIMITS.body}}).encode()
    assert "字节" in refused(client.http.post("/graphql", content=body, headers=JSON), 413)


def test_a_huge_body_of_undeclared_length_is_refused(address: str) -> None:
    def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    with httpx.Client(base_url=address) as http:
        assert "字节" in refused(http.post("/graphql", content=pieces(), headers=JSON), 413)


def test_a_body_just_within_the_limit_is_read(client: Any) -> None:
    body = b'{"query": "{ rulebook { __typename } }"}'
    answer = client.http.post("/graphql", content=body.ljust(LIMITS.body), headers=JSON)
    assert answer.json()["data"] == {"rulebook": {"__typename": "Rulebook"}}


# -- what one operation may ask for --------------------------------------------------------------------------------------


def error_of(client: Any, query: str) -> str:
    answer = client.send(query)
    assert answer.status_code == 200
    assert answer.json().get("data") is None
    return str(answer.json()["errors"][0]["message"])


def test_aliases(client: Any) -> None:
    def query(count: int) -> str:
        return "{ rulebook {" + " ".join(f"a{i}: name" for i in range(count)) + "} }"

    assert len(client.ask(query(LIMITS.aliases))["rulebook"]) == LIMITS.aliases
    assert "别名" in error_of(client, query(LIMITS.aliases + 1))


def test_aliases_behind_fragments(client: Any) -> None:
    spreads = " ".join("...F" for _ in range(4))
    aliases = " ".join(f"a{i}: name" for i in range(LIMITS.aliases // 3))
    assert "别名" in error_of(client, f"{{ rulebook {{ {spreads} }} }} fragment F on Rulebook {{ {aliases} }}")


def test_depth(client: Any) -> None:
    def query(depth: int) -> str:
        return "{" + "rulebook {" * depth + "name" + "}" * depth + "}"

    assert "嵌套" not in error_of(client, query(LIMITS.depth - 1))
    answer = client.send(query(LIMITS.depth)).json()
    (error,) = answer["errors"]
    assert "嵌套" in error["message"]
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "depth", "most": LIMITS.depth, "found": LIMITS.depth + 1}


def test_deep_nesting_behind_fragments(client: Any) -> None:
    parts = [f"fragment F{i} on Rulebook {{ facts {{ ...F{i + 1} }} }}" for i in range(LIMITS.depth)]
    last = f"fragment F{LIMITS.depth} on Rulebook {{ name }}"
    answer = client.send("{ rulebook { ...F0 } } " + " ".join([*parts, last])).json()
    assert any("嵌套" in e["message"] for e in answer["errors"])


def test_fragments_that_double_count_as_written_out(client: Any) -> None:
    doubling = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ... on Query {{ ...F{i + 1} }} }}" for i in range(15))
    query = "{ ...F0 } " + doubling + " fragment F15 on Query { rulebook { __typename } }"
    assert str(2**15) in error_of(client, query)


def test_a_fragment_inside_itself(client: Any) -> None:
    assert "itself" in error_of(client, "{ rulebook { ...F } } fragment F on Rulebook { name ...F }")


def test_tokens(client: Any) -> None:
    text = "{ rulebook { name ".ljust(100) + "# 说明\n" + "} }"
    assert client.ask(text)["rulebook"]["name"]
    many = " ".join(f"f{i}" for i in range(LIMITS.tokens))
    assert "记号" in error_of(client, f"{{ rulebook {{ {many} }} }}")


@pytest.mark.parametrize("shape", ["{rulebook" * 900, "{a(b:" + "[" * 1500, "{a(b:" + "{c:" * 900])
def test_nesting_that_exhausts_a_parser(client: Any, shape: str) -> None:
    answer = client.send(shape)
    assert answer.json()["errors"]
    assert "Traceback" not in answer.text
    assert "recursion" not in answer.text


def test_introspection_is_bounded(client: Any) -> None:
    deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert "introspection" in error_of(client, deep).lower()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ rulebok { name } }", {}),
        ("{ rulebook { nam } }", {}),
        ("{ rulebook { ... on Rulebok { name } } }", {}),
        ("query ($project: ProjectInpu!) { planPreview(project: $project) { __typename } }", {}),
        ("{ planPreview(projec: {}) { __typename } }", {}),
        ("{ planPreview(project: {nam: 1}) { __typename } }", {}),
        ('{ planPreview(project: {name: "a", works: NE}) { __typename } }', {}),
        ("{ rulebook @skp(if: true) { name } }", {}),
        ("query ($project: ProjectInput!) { planPreview(project: $project) { __typename } }", {"project": {"nam": "a"}}),
        ("query ($project: ProjectInput!) { planPreview(project: $project) { __typename } }", {"project": {"works": "NE"}}),
    ],
)
def test_mistakes_are_named_and_nothing_is_suggested(client: Any, query: str, variables: Any) -> None:
    answer = client.send(query, variables)
    (error, *_) = answer.json()["errors"]
    assert error["message"]
    assert "did you mean" not in answer.text.lower()
    assert error["extensions"]["code"] in ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")


# -- defects ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(another: Callable[..., Service], serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server whose planner breaks down on every plan."""

    def burst(*_: Any, **__: Any) -> None:
        raise RuntimeError("机密：/srv/planner/secret.py")

    monkeypatch.setattr(Planner, "plan", burst)
    with serving(create_app(another())) as address, httpx.Client(base_url=address) as http:
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
    another: Callable[..., Service], serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: Any) -> None:
        raise RuntimeError("机密")

    app = create_app(another())
    monkeypatch.setattr("planner_api.http.documents.measure", burst)
    with serving(app) as address, httpx.Client(base_url=address) as http:
        answer = http.post("/graphql", json={"query": "{ rulebook { name } }"})
    assert "机密" not in answer.text
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["message"].startswith("服务器内部错误")


def test_a_defect_of_the_door_itself_is_masked(
    another: Callable[..., Service], serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def burst(*_: Any) -> None:
        raise RuntimeError("机密")

    monkeypatch.setattr("planner_api.http.door.Door._respond", burst)
    with serving(create_app(another())) as address:
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
