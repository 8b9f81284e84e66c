"""Answers by GET and POST: validators, forms, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.app import create_app
from planner_api.http.answers import Answers, finished
from planner_api.http.tags import etag_of, matches
from planner_api.service import Service
from planner_api.signin.identity import SignedIn

LASTING = "{ rulebook { name digest } }"
PASSING = "{ viewer { subject } }"
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def fresh(
    another: Callable[..., Service], serve_at: Callable[..., AbstractContextManager[str]]
) -> Iterator[tuple[httpx.Client, Service]]:
    """A server that has answered nothing yet."""
    service = another()
    with serve_at(create_app(service)) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as http:
        yield http, service


def get(http: httpx.Client, query: str, headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
    return http.get("/graphql", params={"query": query, **params}, headers={"accept": "application/json", **(headers or {})})


@pytest.mark.parametrize("query", [LASTING, PASSING])
def test_a_get_has_a_strong_validator(client: Any, query: str) -> None:
    first = get(client.http, query)
    assert first.status_code == 200
    assert first.headers["etag"].startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, Accept"
    for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = get(client.http, query, {"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == "private, no-cache"
        assert "content-type" not in again.headers
    assert get(client.http, query, {"if-none-match": '"x"'}).content == first.content


def test_head_is_get_without_its_body(client: Any) -> None:
    whole = get(client.http, LASTING)
    head = client.http.head("/graphql", params={"query": LASTING}, headers={"accept": "application/json"})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control", "vary"):
        assert head.headers[name] == whole.headers[name]


def test_the_forms_have_validators_of_their_own(client: Any) -> None:
    older, newer = (get(client.http, LASTING, {"accept": form}) for form in ("application/json", GRAPHQL))
    assert older.content == newer.content
    assert older.headers["etag"] != newer.headers["etag"]
    assert get(client.http, LASTING, {"accept": GRAPHQL, "if-none-match": older.headers["etag"]}).status_code == 200


def test_what_passes_by_post_is_not_stored(client: Any) -> None:
    answer = client.send(PASSING)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_errors_are_not_stored(client: Any) -> None:
    for answer in (get(client.http, "{ nothing }"), client.send("{ nothing }")):
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_post_is_answered_whole(client: Any) -> None:
    first = client.send(LASTING)
    again = client.http.post("/graphql", json={"query": LASTING, "variables": {}}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (200, first.content)


def counting(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the service executes something."""
    runs: list[int] = []
    real = type(service.live.in_use.schema).run

    def run(*given: Any, **more: Any) -> Any:
        runs.append(1)
        return real(*given, **more)

    monkeypatch.setattr("planner_api.execution.PlannerSchema.run", run)
    return runs


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_lasts_is_worked_out_once(fresh: Any, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    http, service = fresh
    runs = counting(service, monkeypatch)
    send = (lambda: get(http, LASTING)) if method == "GET" else (lambda: http.post("/graphql", json={"query": LASTING}))
    answers = {send().content for _ in range(3)}
    assert len(answers) == 1
    assert len(runs) == 1
    assert get(http, LASTING, accept="x").status_code == 200  # another question
    assert len(runs) == 2


def test_what_passes_is_worked_out_every_time(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    http, service = fresh
    runs = counting(service, monkeypatch)
    for _ in range(3):
        get(http, PASSING)
    assert len(runs) == 3


def test_another_day_is_another_question(fresh: Any) -> None:
    http, service = fresh
    query = '{ planPreview(project: {name: "甲"}) { ... on Plan { asOf } } }'
    days = iter([date(2026, 3, 2), date(2026, 3, 3)])
    day = [next(days)]
    object.__setattr__(service, "today", lambda: day[0])
    first = get(http, query).json()["data"]["planPreview"]["asOf"]
    day[0] = next(days)
    assert (first, get(http, query).json()["data"]["planPreview"]["asOf"]) == ("2026-03-02", "2026-03-03")


def test_another_rulebook_forgets_all(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    http, service = fresh
    get(http, LASTING)
    runs = counting(service, monkeypatch)
    service.live.swap(replace(service.live.in_use))
    get(http, LASTING)
    assert len(runs) == 1


def test_viewers_do_not_share_answers(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    http, service = fresh
    runs = counting(service, monkeypatch)
    people = {
        "Bearer a": SignedIn(Viewer("a", frozenset({Role.POLICY}))),
        "Bearer b": SignedIn(Viewer("b", frozenset({Role.POLICY}))),
        "Bearer c": SignedIn(Viewer("a", frozenset({Role.POLICY, Role.ADMIN}))),
    }
    monkeypatch.setattr(service.authenticator, "remembered", lambda header: people.get(header or ""))
    for word in people:
        for _ in range(2):
            assert get(http, LASTING, {"authorization": word}).status_code == 200
    assert len(runs) == 3


def test_host_and_sign_in_hold_for_kept_answers(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    http, service = fresh
    assert get(http, LASTING).status_code == 200
    assert get(http, LASTING, {"host": "evil.example"}).status_code == 400
    real = service.authenticator
    monkeypatch.setattr(real, "required", True)
    for headers in ({}, {"authorization": "Bearer wrong"}):
        assert get(http, LASTING, headers).status_code == 401
        assert http.post("/graphql", json={"query": LASTING}, headers=headers).status_code == 401


def test_only_json_is_looked_up(fresh: Any) -> None:
    http, _ = fresh
    body = json.dumps({"query": LASTING}).encode()
    assert http.post("/graphql", content=body, headers={"content-type": "application/json"}).status_code == 200
    assert http.post("/graphql", content=body, headers={"content-type": "text/plain"}).status_code == 415


def test_answers_with_an_error_or_nothing_in_them_are_not_kept(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner_api.http.documents.lasts", lambda *_: True)
    with toy() as server:

        def etag(query: str) -> str | None:
            return server.post(query).headers.get("etag")

        assert etag("{ echo }")
        assert etag("{ echo nothing }") is None
        assert etag("{ echo breaks }") is None


# -- the shelf of answers ----------------------------------------------------------------------------------------------


def key(name: str, viewer: Viewer = LOCAL) -> Any:
    return (viewer, "digest", date(2026, 3, 2), "application/json", b"GET", name.encode())


def answer(size: int, seconds: float = 1e9) -> Any:
    body = b"x" * size
    return finished(body, "application/json", etag_of(b"application/json", body), seconds=seconds)


def test_those_used_last_are_kept() -> None:
    answers = Answers(10_000)
    for name in "abcd":
        answers.keep(key(name), answer(1_000))
    assert answers.get(key("a"))
    answers.keep(key("e"), answer(1_000))
    assert [bool(answers.get(key(name))) for name in "abcde"] == [True, False, True, True, True]
    assert answers.size <= 10_000


def test_one_that_would_push_out_the_others_is_not_kept() -> None:
    answers = Answers(10_000)
    answers.keep(key("small"), answer(10))
    answers.keep(key("big"), answer(5_000))
    assert answers.get(key("small"))
    assert answers.get(key("big")) is None


def test_size_is_counted_right() -> None:
    answers = Answers(100_000)
    for _ in range(5):
        answers.keep(key("a"), answer(100))
    one = answers.size
    answers.keep(key("b"), answer(100))
    assert answers.size == 2 * one
    answers.clear()
    assert (answers.size, len(answers)) == (0, 0)


def test_some_are_kept_for_a_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("planner_api.http.answers.time.monotonic", lambda: clock[0])
    answers = Answers(100_000, clock=lambda: clock[0])
    answers.keep(key("a"), answer(100, seconds=60))
    clock[0] = 59
    assert answers.get(key("a"))
    clock[0] = 61
    assert answers.get(key("a")) is None
    assert answers.size == 0


@pytest.mark.parametrize(
    ("given", "known"),
    [(b'"a"', True), (b'W/"a"', True), (b'"b", "a"', True), (b"*", True), (b'"b"', False), (b"a", False), (b"", False)],
)
def test_validators_are_compared(given: bytes, known: bool) -> None:
    assert matches(given, b'"a"') is known


def test_kept_for_a_day_means_not_for_the_next() -> None:
    answers = Answers(100_000)
    answers.keep(key("a"), answer(10))
    viewer, digest, day, *rest = key("a")
    assert answers.get((viewer, digest, day + timedelta(days=1), *rest)) is None  # type: ignore[arg-type]
