"""Answers that last, kept as finished bytes, and a way to them that is shorter than GraphQL.

What is kept and what is not is said in `planner_api.http.lasting`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from planner_api.access.viewer import Viewer
from planner_api.http.accept import EVENTS, names_a_form, preferred
from planner_api.http.tags import matches
from planner_api.limits.body import BodyTooLong, ClientGone, read_body, replaying, too_long
from planner_api.live import InUse
from planner_api.observe import asked
from planner_api.recent import Recent
from planner_api.service import Service

Key: TypeAlias = tuple[Viewer, datetime, date, str, bytes, bytes]
"""Who asked, with the rulebook taken into use when, on which day, in which form, by which method, and the request's own bytes."""

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

_OVERHEAD = 1_000
VARY = (b"vary", b"Authorization, Accept")
REVALIDATE = (b"cache-control", b"private, no-cache")
"""Kept by the client alone, and never used again without asking: who may see a thing can change when the thing cannot."""
NEVER_KEEP = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer of status 200. `unchanged`: the headers of a 304 instead.

    `operation` and `cost` are for the log; `until`: on `time.monotonic`, when it is worth no more.
    """

    body: bytes
    etag: bytes
    headers: Headers
    unchanged: Headers
    operation: str
    cost: int
    until: float


def finished(body: bytes, media: str, etag: bytes, operation: str = "", cost: int = 0, seconds: float = math.inf) -> Answer:
    """An answer with its headers. `seconds`: how long it may be kept."""
    unchanged = ((b"etag", etag), REVALIDATE, VARY)
    content = ((b"content-type", f"{media}; charset=utf-8".encode()), (b"content-length", str(len(body)).encode()))
    return Answer(body, etag, content + unchanged, unchanged, operation, cost, time.monotonic() + seconds)


class Answers(Recent[Key, Answer]):
    """Answers by what was asked, up to a number of bytes together; none that would push out many others, or whose time is up."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(most, _size, most // 4)
        self._clock = clock

    def get(self, key: Key) -> Answer | None:
        found = super().get(key)
        if found is not None and found.until < self._clock():
            self.drop(key)
            return None
        return found


def _size(key: Key, answer: Answer) -> int:
    return len(answer.body) + len(key[-1]) + _OVERHEAD


async def send_answer(answer: Answer, unchanged: bool, send: Send) -> None:
    """Send it, or that the client has it already."""
    if unchanged:
        await send({"type": "http.response.start", "status": 304, "headers": list(answer.unchanged)})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})


class AnswersFirst:
    """Before everything that takes time: a request that was answered before is answered again from what is kept.

    Host and sign-in hold here as they do behind; where it is not plain at once that they do, the request goes on as if this were not here.
    """

    def __init__(self, app: ASGIApp, service: Service, answers: Answers, path: str = "/graphql") -> None:
        self.app = app
        self.service = service
        self.answers = answers
        self.path = path
        self._limit = service.settings.limits.body
        self._origins = bool(service.settings.origins)
        self._any_host = "*" in service.settings.hosts
        self._hosts: frozenset[bytes] = frozenset(host.encode("latin-1") for host in service.settings.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self.path or not len(self.answers):
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        host = authorization = accept = content_type = none_match = None
        plain = method == "POST" or (method in ("GET", "HEAD") and bool(scope["query_string"]))
        for name, value in scope["headers"]:
            if name == b"host":
                plain = plain and host is None
                host = value
            elif name == b"authorization":
                plain = plain and authorization is None
                authorization = value
            elif name == b"accept":
                plain = plain and accept is None
                accept = value
            elif name == b"if-none-match":
                none_match = value
            elif name == b"content-type":
                content_type = value
            elif name == b"origin" and self._origins:
                plain = False  # its answer needs headers that are not kept here
        if not plain or host is None or not (self._any_host or host.partition(b":")[0] in self._hosts):
            await self.app(scope, receive, send)
            return
        forms = None if accept is None else accept.decode("latin-1")
        media = preferred(forms) if method == "POST" or names_a_form(forms) else None
        signed_in = self.service.authenticator.remembered(None if authorization is None else authorization.decode("latin-1"))
        if media is None or media == EVENTS or signed_in is None or (method == "POST" and content_type != b"application/json"):
            await self.app(scope, receive, send)
            return
        if method == "POST":
            try:
                asking = await read_body(scope, receive, self._limit)
            except BodyTooLong:
                await too_long(self._limit)(scope, receive, send)
                return
            except ClientGone:
                return
            receive = replaying(asking, receive)
        else:
            asking = scope["query_string"]
        key = key_of(signed_in.viewer, self.service.live.in_use, self.service.today(), media, method, asking)
        found = self.answers.get(key)
        if found is None:
            await self.app(scope, receive, send)
            return
        request = asked()
        request.type, request.name, request.cost, request.cached = "query", found.operation, found.cost, True
        await send_answer(found, method != "POST" and none_match is not None and matches(none_match, found.etag), send)


def key_of(viewer: Viewer, in_use: InUse, today: date, media: str, method: str, asking: bytes) -> Key:
    """`in_use` is the request's own: the rulebook may be another, or its calendar, by the time the answer is kept."""
    return (viewer, in_use.since, today, media, b"POST" if method == "POST" else b"GET", asking)
