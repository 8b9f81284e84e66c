"""The gate before every route: a request goes on as somebody, or not at all."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from planner_api.signin.authenticator import Authenticator
from planner_api.signin.identity import SignInRefused


class SignInGate:
    """Sets `scope["state"]["signed_in"]` (a `SignedIn`) and `["viewer"]`; answers 401 or 403 where there is nobody.

    `open_to_all` tells which requests need nobody: for those both are None unless a token came along. So it is for a WebSocket, as browsers
    cannot give it a header: there `connection_init` brings the token, and whoever reads it asks `Authenticator.check`.
    """

    def __init__(self, app: ASGIApp, authenticator: Authenticator, open_to_all: Callable[[Scope], bool]) -> None:
        self.app = app
        self.authenticator = authenticator
        self.open_to_all = open_to_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind != "http" and kind != "websocket":
            await self.app(scope, receive, send)
            return
        header = authorization(scope)
        found = self.authenticator.remembered(header)
        if found is None:
            try:
                found = await self.authenticator.check(header)
            except SignInRefused as refused:
                if (kind == "websocket" and not refused.presented) or self.open_to_all(scope):
                    found = None
                elif kind == "websocket":
                    await send({"type": "websocket.close", "code": 4403, "reason": refused.code})
                    return
                else:
                    await refusal(refused)(scope, receive, send)
                    return
        state = scope.setdefault("state", {})
        state["signed_in"] = found
        state["viewer"] = None if found is None else found.viewer
        await self.app(scope, receive, send)


def authorization(scope: Scope) -> str | None:
    """The Authorization header of a request. Two of them are as good as none: it is not known which one a proxy looked at."""
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    return found[0].decode("latin-1") if len(found) == 1 else None


def refusal(refused: SignInRefused) -> JSONResponse:
    """A refused request's answer, in GraphQL's own form."""
    headers = {"www-authenticate": refused.challenge} if refused.status == 401 else None
    body = {"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]}
    return JSONResponse(body, status_code=refused.status, headers=headers)
