"""The gate before every route, on an application of three lines."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from planner_api.settings import SignIn
from planner_api.signin import Authenticator, SignInGate
from planner_api.signin.static_tokens import new_token
from tests.api.running.conftest import Signer
from tests.api.running.test_static_tokens import entry


def app(authenticator: Authenticator) -> Starlette:
    async def who(request: Request) -> JSONResponse:
        viewer = request.state.viewer
        return JSONResponse(None if viewer is None else viewer.subject)

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(None if socket.state.viewer is None else socket.state.viewer.subject)
        await socket.close()

    gate = Middleware(SignInGate, authenticator=authenticator, open_to_all=lambda scope: scope["path"] == "/open")
    return Starlette(routes=[Route("/", who), Route("/open", who), WebSocketRoute("/ws", talk)], middleware=[gate])


def get(authenticator: Authenticator, path: str = "/", *headers: tuple[str, str]) -> httpx.Response:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app(authenticator))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=list(headers))

    return asyncio.run(one())


@pytest.fixture
def authenticator(sign_in: SignIn) -> Authenticator:
    return Authenticator.open(sign_in)


def test_a_good_token_goes_on_as_its_viewer(authenticator: Authenticator, signer: Signer) -> None:
    for path in ("/", "/open"):
        assert get(authenticator, path, ("authorization", f"Bearer {signer.token(sub='u-7')}")).json() == "u-7"


def test_no_token_goes_only_where_all_may(authenticator: Authenticator) -> None:
    assert get(authenticator, "/open").json() is None
    answer = get(authenticator)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="planner"')
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


def test_every_bad_token_is_refused_in_the_same_words(authenticator: Authenticator, signer: Signer, other_signer: Signer) -> None:
    bad = ["nonsense", signer.token(exp=1), signer.token(aud="x"), other_signer.token(), new_token()]
    answers = [get(authenticator, "/", ("authorization", f"Bearer {token}")) for token in bad]
    assert {(a.status_code, a.text, a.headers["www-authenticate"]) for a in answers} == {
        (401, answers[0].text, 'Bearer realm="planner", error="invalid_token"')
    }


def test_a_token_without_a_role_is_forbidden(authenticator: Authenticator, signer: Signer) -> None:
    answer = get(authenticator, "/", ("authorization", f"Bearer {signer.token(roles=[])}"))
    assert answer.status_code == 403
    assert "www-authenticate" not in answer.headers
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


def test_two_headers_are_as_good_as_none(authenticator: Authenticator, signer: Signer) -> None:
    good = ("authorization", f"Bearer {signer.token()}")
    assert get(authenticator, "/", good, good).status_code == 401


def talk(authenticator: Authenticator, *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    """What a WebSocket connection is told."""
    told: list[dict[str, Any]] = []
    incoming = [{"type": "websocket.connect"}]

    async def receive() -> Any:
        return incoming.pop() if incoming else await asyncio.sleep(10)

    async def send(message: Any) -> None:
        told.append(dict(message))

    scope = {"type": "websocket", "path": "/ws", "headers": headers, "query_string": b"", "subprotocols": []}
    asyncio.run(app(authenticator)(scope, receive, send))
    return told


def test_a_websocket_may_bring_its_token_later(authenticator: Authenticator, signer: Signer) -> None:
    assert talk(authenticator)[1]["text"] == "null"
    assert talk(authenticator, (b"authorization", f"Bearer {signer.token()}".encode()))[1]["text"] == '"u-1"'
    (only,) = talk(authenticator, (b"authorization", b"Bearer wrong"))
    assert (only["type"], only["code"]) == ("websocket.close", 4403)


def test_both_kinds_of_token_side_by_side(tmp_path: Path, sign_in: SignIn, signer: Signer) -> None:
    token, path = new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(token))
    both: Any = Authenticator.open(replace(sign_in, tokens=path), clock=lambda: 1_800_000_000.0 - 10**8)
    assert get(both, "/", ("authorization", f"Bearer {token}")).json() == "window-1"
    assert get(both, "/", ("authorization", f"Bearer {signer.token()}")).json() == "u-1"
