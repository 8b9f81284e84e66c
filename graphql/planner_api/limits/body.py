"""The length of a request, whatever its headers claim."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from planner_api.http.errors import refusal
from planner_api.settings import Limits


class BodyLimit:
    """Answers 413 as soon as a request's body is known to be longer than `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int = Limits().body) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await read_body(scope, receive, self.limit)
        except BodyTooLong:
            await too_long(self.limit)(scope, receive, send)
            return
        except ClientGone:
            return
        await self.app(scope, replaying(body, receive), send)


def too_long(limit: int) -> Response:
    """The answer to a body that is longer than `limit` bytes."""
    return refusal(413, f"请求超过 {limit} 字节", "LIMIT_EXCEEDED")


class BodyTooLong(Exception):
    """A body is longer than it may be."""


class ClientGone(Exception):
    """The client went away before it had sent its whole request."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """A request's whole body, held before the application sees any of it: a refusal can then still be answered.

    Raises `BodyTooLong` once it is known to be longer than `limit` bytes, and `ClientGone`.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise BodyTooLong
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        if len(whole) > limit:
            raise BodyTooLong
        return whole
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLong
        if not message.get("more_body", False):
            return bytes(body)
        message = await receive()


def replaying(body: bytes, receive: Receive) -> Receive:
    """`receive` for whoever comes after one who has read the body."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return whole.pop() if whole else await receive()

    return replay
