"""Subscriptions over WebSocket (graphql-transport-ws) and as server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from planner_api.access.viewer import Role, Viewer
from planner_api.settings import Limits
from planner_api.signin.identity import SignedIn, SignInRefused

EVENTS = {"accept": "text/event-stream"}


@contextmanager
def socket(server: Any, payload: Any = None, **options: Any) -> Iterator[ClientConnection]:
    """An acknowledged connection."""
    with connect(f"ws://{server.address}/graphql", subprotocols=["graphql-transport-ws"], proxy=None, **options) as ws:  # type: ignore[list-item]
        send(ws, type="connection_init", **({} if payload is None else {"payload": payload}))
        assert receive(ws) == {"type": "connection_ack"}
        yield ws


def send(ws: ClientConnection, **message: Any) -> None:
    ws.send(json.dumps(message))


def receive(ws: ClientConnection) -> Any:
    return json.loads(ws.recv(timeout=30))


def subscribe(ws: ClientConnection, query: str, id: str = "1", **more: Any) -> None:
    send(ws, type="subscribe", id=id, payload={"query": query, **more})


def closed(ws: ClientConnection) -> int:
    """The code the server closes with."""
    until = time.monotonic() + 30
    try:
        while time.monotonic() < until:
            ws.recv(timeout=30)
        return 0
    except ConnectionClosed as gone:
        return gone.rcvd.code if gone.rcvd is not None else 0


def test_every_event_comes(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        subscribe(ws, "subscription ($n: Int!) { ticks(count: $n) { number } }", variables={"n": 3})
        for number in range(3):
            assert receive(ws) == {"type": "next", "id": "1", "payload": {"data": {"ticks": {"number": number}}}}
        assert receive(ws) == {"type": "complete", "id": "1"}
        assert server.seen.closed.wait(10)


def test_queries_and_mutations_too(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        subscribe(ws, '{ echo(text: "甲") }')
        assert receive(ws)["payload"] == {"data": {"echo": "甲"}}
        assert receive(ws)["type"] == "complete"
        subscribe(ws, "mutation { touch }")
        assert receive(ws)["payload"] == {"data": {"touch": 1}}


def test_several_at_once_and_a_slow_one_holds_up_none(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        subscribe(ws, "subscription { ticks(count: 2) { heavy } }", "slow")
        assert server.seen.working.wait(30)
        assert server.post("{ echo }").status_code == 200
        subscribe(ws, "{ echo }", "quick")
        assert [receive(ws)["id"] for _ in range(2)] == ["quick", "quick"]
        server.seen.release.set()
        assert [receive(ws)["id"] for _ in range(3)] == ["slow", "slow", "slow"]


def test_complete_ends_the_source(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        subscribe(ws, "subscription { ticks(count: 100000) { number } }")
        receive(ws)
        send(ws, type="complete", id="1")
        assert server.seen.closed.wait(10)
        send(ws, type="ping")
        while (message := receive(ws))["type"] != "pong":
            assert message["type"] == "next"


def test_leaving_ends_the_source(toy: Any) -> None:
    with toy() as server:
        with socket(server) as ws:
            subscribe(ws, "subscription { ticks(count: 100000) { number } }")
            receive(ws)
        assert server.seen.closed.wait(10)


def test_leaving_stops_work_under_way(toy: Any) -> None:
    with toy(limits=Limits(timeout=600)) as server:
        with socket(server) as ws:
            subscribe(ws, "{ waits }")
            time.sleep(0.3)
        assert server.seen.stopped.wait(10)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing_such }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { ticks { number } broken }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "echo " * 500 + "}", "LIMIT_EXCEEDED"),
        ("subscription ($n: Int!) { ticks(count: $n) { number } }", "BAD_USER_INPUT"),
    ],
)
def test_refused_before_it_began(toy: Any, query: str, code: str) -> None:
    with toy() as server:
        with socket(server) as ws:
            subscribe(ws, query)
            message = receive(ws)
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == code
        events = server.post(query, headers=EVENTS).text
        assert code in events
        assert events.endswith("event: complete\r\ndata: \r\n\r\n")


def test_what_breaks_is_masked(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        subscribe(ws, "subscription { ticks(count: 1) { breaks } }")
        (error,) = receive(ws)["payload"]["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert receive(ws)["type"] == "complete"
        subscribe(ws, "subscription { broken }")
        assert receive(ws)["payload"] == {"data": {"broken": 1}}
        message = receive(ws)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "机密" not in json.dumps(message, ensure_ascii=False)


def test_an_event_that_takes_too_long(toy: Any) -> None:
    with toy(limits=Limits(timeout=0.1)) as server, socket(server) as ws:
        subscribe(ws, "subscription { ticks { heavy } }")
        assert receive(ws)["payload"][0]["extensions"]["code"] == "TIMEOUT"
        assert server.seen.closed.wait(10)


def test_only_so_many_on_one_connection(toy: Any) -> None:
    with toy(limits=Limits(subscriptions=2)) as server, socket(server) as ws:
        for id_ in "abc":
            subscribe(ws, "subscription { ticks(count: 100000) { number } }", id_)
        while (message := receive(ws))["type"] == "next":
            pass
        assert (message["id"], message["type"]) == ("c", "error")
        assert message["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("5", 4400),
        ("{", 4400),
        ('"a"', 4400),
        ("{}", 4400),
        ('{"type": 5}', 4400),
        ('{"type": "nothing"}', 4400),
        ('{"type": "subscribe"}', 4400),
        ('{"type": "subscribe", "id": []}', 4400),
        ('{"type": "complete", "id": {}}', 4400),
        ('{"type": "connection_init"}', 4429),
        ("[" * 5_000, 4400),
        ("[" + "1," * 20_000 + "1]", 4400),
    ],
)
def test_messages_that_are_none(toy: Any, sent: str, code: int, caplog: pytest.LogCaptureFixture) -> None:
    with toy() as server, socket(server) as ws:
        ws.send(sent)
        assert closed(ws) == code
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("payload", [None, 5, {}, {"query": 5}, {"query": "{ echo }", "variables": []}])
def test_subscriptions_that_ask_nothing(toy: Any, payload: Any) -> None:
    with toy() as server, socket(server) as ws:
        send(ws, type="subscribe", id="1", payload=payload)
        message = receive(ws)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_the_same_id_twice(toy: Any) -> None:
    with toy() as server, socket(server) as ws:
        for _ in range(2):
            subscribe(ws, "subscription { ticks(count: 100000) { number } }")
        assert closed(ws) == 4409


def test_nothing_before_the_beginning(toy: Any) -> None:
    with toy() as server, connect(f"ws://{server.address}/graphql", subprotocols=["graphql-transport-ws"], proxy=None) as ws:  # type: ignore[list-item]
        subscribe(ws, "{ echo }")
        assert closed(ws) == 4401


def test_pages_elsewhere_may_not_connect(toy: Any) -> None:
    with toy(origins=("https://front.example",)) as server:
        for origin in ("https://evil.example", "null"):
            with pytest.raises(InvalidStatus) as refused, socket(server, origin=origin):
                pass
            assert refused.value.response.status_code == 403
        for origin in ("https://front.example", f"http://{server.address}"):
            with socket(server, origin=origin):
                pass


# -- who is at the other end -------------------------------------------------------------------------------------------


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> dict[str, SignedIn]:
    """Tokens that are good, by the header that brings them."""
    known: dict[str, SignedIn] = {}

    async def check(_self: Any, authorization: str | None) -> SignedIn:
        if authorization not in known:
            raise SignInRefused(401, presented=authorization is not None)
        return known[authorization]

    monkeypatch.setattr("planner_api.signin.authenticator.Authenticator.remembered", lambda _self, header: known.get(header))
    monkeypatch.setattr("planner_api.signin.authenticator.Authenticator.check", check)
    return known


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
def test_a_token_comes_with_connection_init(toy: Any, tokens: dict[str, SignedIn], name: str) -> None:
    tokens["Bearer good"] = SignedIn(Viewer("王", frozenset({Role.POLICY})))
    with toy() as server, socket(server, {name: "Bearer good"}) as ws:
        subscribe(ws, "{ who }")
        assert receive(ws)["payload"] == {"data": {"who": "王"}}


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer bad"}, {"authorization": 5}])
def test_without_a_good_token_there_is_no_connection(toy: Any, tokens: dict[str, SignedIn], payload: Any) -> None:
    with toy() as server, connect(f"ws://{server.address}/graphql", subprotocols=["graphql-transport-ws"], proxy=None) as ws:  # type: ignore[list-item]
        send(ws, type="connection_init", payload=payload or {})
        assert closed(ws) == 4403


def test_a_connection_ends_with_its_token(toy: Any, tokens: dict[str, SignedIn]) -> None:
    tokens["Bearer short"] = SignedIn(Viewer("王", frozenset({Role.POLICY})), time.time() + 1)
    with toy() as server, socket(server, {"authorization": "Bearer short"}) as ws:
        subscribe(ws, "subscription { ticks(count: 100000) { number } }")
        assert closed(ws) == 4403
        assert server.seen.closed.wait(10) or not server.seen.subscribed.is_set()


def test_a_stream_of_events_ends_with_its_token(toy: Any, tokens: dict[str, SignedIn]) -> None:
    tokens["Bearer short"] = SignedIn(Viewer("王", frozenset({Role.POLICY})), time.time() + 1)
    with toy() as server:
        text = server.post(
            "subscription { ticks(count: 100000) { number } }", headers={**EVENTS, "authorization": "Bearer short"}
        ).text
        assert "UNAUTHENTICATED" in text
        assert server.seen.closed.wait(10) or not server.seen.subscribed.is_set()


def test_a_connection_ends_when_its_token_is_taken_away(
    toy: Any, tokens: dict[str, SignedIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_api.signin.authenticator.LONGEST_WAIT", 0.05)
    tokens["Bearer long"] = SignedIn(Viewer("王", frozenset({Role.POLICY})), time.time() + 10_000)
    with toy() as server, socket(server, {"authorization": "Bearer long"}) as ws:
        subscribe(ws, "{ who }")
        assert receive(ws)["payload"] == {"data": {"who": "王"}}
        del tokens["Bearer long"]
        assert closed(ws) == 4403


def test_a_stream_of_events_ends_when_its_token_is_taken_away(
    toy: Any, tokens: dict[str, SignedIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_api.signin.authenticator.LONGEST_WAIT", 0.05)
    tokens["Bearer long"] = SignedIn(Viewer("王", frozenset({Role.POLICY})), time.time() + 10_000)
    with toy() as server:
        asked = {"query": "subscription { ticks(count: 100000) { number } }"}
        headers = {**EVENTS, "authorization": "Bearer long"}
        with httpx.stream("POST", server.url, json=asked, headers=headers, timeout=30) as answer:
            pieces = answer.iter_text()
            assert "number" in next(piece for piece in pieces if "data" in piece and "number" in piece)
            del tokens["Bearer long"]
            assert "UNAUTHENTICATED" in "".join(pieces)
        assert server.seen.closed.wait(10)


# -- server-sent events ------------------------------------------------------------------------------------------------


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\r\n\r\n"):
        fields = {name: value.strip() for name, _, value in (line.partition(":") for line in block.split("\r\n")) if name}
        found.append((fields["event"], json.loads(fields["data"]) if fields["data"] else None))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subscription_as_events(toy: Any, method: str) -> None:
    query = "subscription { ticks(count: 2) { number } }"
    with toy() as server:
        if method == "POST":
            answer = server.post(query, headers=EVENTS)
        else:
            answer = httpx.get(server.url, params={"query": query}, headers=EVENTS)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in answer.headers["cache-control"]
        found = events(answer.text)
        assert [name for name, _ in found] == ["next", "next", "complete"]
        assert [payload["data"] for _, payload in found[:2]] == [{"ticks": {"number": 0}}, {"ticks": {"number": 1}}]
        assert server.seen.closed.wait(10)


def test_a_query_as_events(toy: Any) -> None:
    with toy() as server:
        found = events(server.post('{ echo(text: "甲\\n乙") }', headers=EVENTS).text)
        assert [name for name, _ in found] == ["next", "complete"]
        assert found[0][1]["data"] == {"echo": "甲\n乙"}


def test_a_mutation_is_no_event_to_get(toy: Any) -> None:
    with toy() as server:
        answer = httpx.get(server.url, params={"query": "mutation { touch }"}, headers=EVENTS)
        assert "METHOD_NOT_ALLOWED" in answer.text
        assert server.seen.steps == 0


def test_a_subscription_is_no_plain_answer(toy: Any) -> None:
    with toy() as server:
        answer = server.post("subscription { ticks { number } }")
        assert answer.status_code == 406
        assert not server.seen.subscribed.is_set()


def test_a_reader_that_goes_ends_the_source(toy: Any) -> None:
    with toy() as server:
        body = {"query": "subscription { ticks(count: 100000) { number } }"}
        with httpx.stream("POST", server.url, json=body, headers=EVENTS) as answer:
            next(answer.iter_bytes())
        assert server.seen.closed.wait(10)
