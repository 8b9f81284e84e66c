"""Documents made to do harm: refused before they cost anything, or cheap to answer.

The bound on the time is loose, so that a busy machine fails no test: what matters is that none of them takes seconds, as some of them would
behind a door that parses and validates first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from graphql import parse
from planner_api.http.documents import Document, DocumentRefused, prepare
from planner_api.http.request import BadRequest, from_body
from planner_api.limits import measure
from planner_api.service import Service
from planner_api.settings import Limits, Settings

LOOSE = 0.25
"""Seconds of processor time; the slowest takes a fortieth of it."""

_SCHEMA = "__schema { types { name fields { name type { name } } } }"


def doubling(times: int) -> str:
    parts = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ... on Query {{ ...F{i + 1} }} }}" for i in range(times))
    return f"{{ ...F0 }} {parts} fragment F{times} on Query {{ rulebook {{ name }} }}"


def chain(length: int) -> str:
    parts = " ".join(f"fragment F{i} on Rulebook {{ facts {{ ...F{i + 1} }} }}" for i in range(length))
    return f"{{ rulebook {{ ...F0 }} }} {parts} fragment F{length} on Rulebook {{ name }}"


REFUSED: Mapping[str, tuple[str, str]] = {
    "20,000 aliases": ("text", "{" + " ".join(f"a{i}: rulebook {{ name }}" for i in range(20_000)) + "}"),
    "a hundred aliases": ("root_fields", "{" + " ".join(f"a{i}: rulebook {{ name }}" for i in range(100)) + "}"),
    "aliases further down": ("aliases", "{ rulebook {" + " ".join(f"a{i}: name" for i in range(100)) + "} }"),
    "1,500 times the same field": ("repeats", "{ rulebook {" + "name " * 1_500 + "} }"),
    "20,000 times the same field": ("text", "{" + "__typename " * 20_000 + "}"),
    "300 times the same object": ("repeats", "{" + "rulebook { name } " * 300 + "}"),
    "objects in each other": ("depth", "{ rulebook " * 500),
    "lists in each other": ("depth", "{ a(b: " + "[" * 1_500),
    "objects of an argument in each other": ("depth", "{ a(b: " + "{c: " * 500),
    "inline fragments in each other": ("fragments", "{" + "... {" * 400 + "name" + "}" * 400 + "}"),
    "deep fragments": ("depth", chain(30)),
    "hundreds of fragments": ("fragments", " ".join(f"fragment F{i} on Query {{ name }}" for i in range(200)) + "{ ...F0 }"),
    "exponential fragments": ("root_fields", doubling(15)),
    "hundreds of operations": ("fragments", " ".join(f"query Q{i} {{ __typename }}" for i in range(300))),
    "directives": ("directives", "{ __typename " + "@skip(if: false) " * 200 + "}"),
    "directives nobody knows": ("directives", "{ __typename " + "@a" * 900 + "}"),
    "introspection fifty times": ("root_fields", "{" + " ".join(f"a{i}: {_SCHEMA}" for i in range(50)) + "}"),
    "a comment without end": ("text", "#" + "a" * 900_000 + "\n{ __typename }"),
    "200,000 comments": ("text", "#a\n" * 200_000 + "{ __typename }"),
    "strings that never end": ("tokens", '"' * 49_000),
    "block strings that never end": ("tokens", '{ a(b: "' + '""" ' * 12_000),
    "very many names": ("tokens", "{ rulebook {" + " ".join(f"f{i}" for i in range(4_000)) + "} }"),
    "very many arguments": ("tokens", "{ rulebook(" + " ".join(f"a{i}: 1" for i in range(1_500)) + ") { name } }"),
    "very many variables": ("tokens", "query (" + " ".join(f"$a{i}: Int" for i in range(1_500)) + ") { rulebook { name } }"),
}

INVALID: Mapping[str, str] = {
    "a fragment in itself": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "introspection in circles": "{ __schema { types " + "{ fields { type " * 5 + "{ name }" + "} }" * 5 + " } }",
    "a long string": '{ rulebook(a: "' + "x" * 45_000 + '") { name } }',
    "unclosed": "{ rulebook { name ",
}


def timed(work: Callable[[], Any]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def refusal(service: Service, text: str) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as refused:
        prepare(service.live.in_use.schema, text, Settings())
    return refused.value


@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_anything_is_validated(service: Service, name: str) -> None:
    limit, text = REFUSED[name]
    seconds = timed(lambda: refusal(service, text))
    (error,) = refusal(service, text).errors
    assert (error.extensions or {})["code"] == "LIMIT_EXCEEDED"
    assert (error.extensions or {})["limit"] == limit
    assert seconds < LOOSE


@pytest.mark.parametrize("name", INVALID)
def test_invalid_and_cheap_to_find_so(service: Service, name: str) -> None:
    seconds = timed(lambda: refusal(service, INVALID[name]))
    codes = {(error.extensions or {})["code"] for error in refusal(service, INVALID[name]).errors}
    assert codes <= {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
    assert seconds < LOOSE


def test_fragments_are_measured_once_each() -> None:
    # Walked spread by spread this would be 2**60 steps.
    excess = measure(parse(doubling(60)), Limits())
    assert excess is not None
    assert (excess.measure, excess.found) == ("root_fields", 2**60)


def test_within_all_limits_at_once(service: Service) -> None:
    # As many fragments as there may be, each in the next: valid, and still quick.
    parts = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(45))
    text = f"{{ ...F0 }} {parts} fragment F45 on Query {{ rulebook {{ name }} }}"
    made: list[Document] = []
    assert timed(lambda: made.append(prepare(service.live.in_use.schema, text, Settings()))) < LOOSE
    assert made[0].operation(None).fields == {"Query.rulebook", "Rulebook.name"}


BODIES: Mapping[str, tuple[int, bytes]] = {
    "half a million numbers": (413, b'{"query": "{ a }", "variables": {"a": [' + b"1," * 480_000 + b"1]}}"),
    "lists in each other": (413, b'{"query": "{ a }", "variables": {"a": ' + b"[" * 400_000 + b"]" * 400_000 + b"}}"),
    "some lists in each other": (400, b'{"query": "{ a }", "variables": {"a": ' + b"[" * 4_000 + b"]" * 4_000 + b"}}"),
    "sixty thousand keys": (413, b'{"query": "{ a }",' + b",".join(b'"k%d": 1' % i for i in range(60_000)) + b"}"),
    "six thousand values": (413, b'{"query": "{ a }", "variables": {"a": [' + b"1," * 6_000 + b"1]}}"),
    "a batch of thousands": (413, b"[" + b",".join([b'{"query": "{ a }"}'] * 6_000) + b"]"),
    "a batch": (400, b'[{"query": "{ a }"}, {"query": "{ a }"}]'),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_refused_unread(name: str) -> None:
    status, body = BODIES[name]

    def read() -> None:
        with pytest.raises(BadRequest) as refused:
            from_body(body, Limits())
        assert refused.value.status == status

    assert timed(read) < LOOSE


@pytest.mark.parametrize("number", [b"9" * 900_000, b"0." + b"9" * 900_000, b"1e" + b"9" * 900_000])
def test_numbers_without_end_are_read_as_text(number: bytes) -> None:
    read: list[Any] = []
    body = b'{"query": "{ a }", "variables": {"a": ' + number + b"}}"
    assert timed(lambda: read.append(from_body(body, Limits()).variables["a"])) < LOOSE
    assert str(read[0]) == number.decode()


def test_a_server_under_them_goes_on(client: Any) -> None:
    for _, text in REFUSED.values():
        assert client.send(text).json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert client.ask("{ rulebook { __typename } }") == {"rulebook": {"__typename": "Rulebook"}}
