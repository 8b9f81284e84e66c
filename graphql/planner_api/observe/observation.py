"""Every request gets an id, is measured from beginning to end, and its answer carries the headers that browsers keep safe by."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from planner_api.observe.asked import Asked, begin, end
from planner_api.observe.observer import Observer

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SAFE: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PAGE = b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ROUTES = re.compile(r"/(graphql|graphiql|healthz|readyz|metrics|plans|calendars|feeds|rulebooks?)(?=[/.]|$)")
GONE = 499
"""The status of a request whose sender went away before the answer began."""


class Observation:
    """Outermost but for the server itself."""

    def __init__(self, app: ASGIApp, observer: Observer | None) -> None:
        self.app = app
        self.observer = observer
        self._timed = observer.metrics.part if observer is not None and observer.metrics is not None else None
        self._traces = observer.traces if observer is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind != "http" and kind != "websocket":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        asked = Asked(request_id.decode(), timed=self._timed, tracer=None if self._traces is None else self._traces.tracer)
        scope.setdefault("state", {})["asked"] = asked
        status = 101 if kind == "websocket" else GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _with_safe(message.get("headers", ()), request_id)}
            await send(message)

        started = time.perf_counter()
        token = begin(asked)
        try:
            if self._traces is None:
                await self.app(scope, receive, answer)
            else:
                await self._traced(scope, receive, answer, asked, lambda: status)
        except BaseException:
            status = 500 if status == GONE else status
            raise
        finally:
            end(token)
            if self.observer is not None:
                method = "WS" if kind == "websocket" else scope["method"]
                self.observer.finished(asked, route_of(scope["path"]), _method(method), status, time.perf_counter() - started)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, asked: Asked, status: Any) -> None:
        assert self._traces is not None
        headers: Mapping[str, str] = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"traceparent", b"tracestate")
        }
        with self._traces.tracer.start_as_current_span(
            "request", context=self._traces.parent(headers), record_exception=False
        ) as span:
            try:
                await self.app(scope, receive, send)
            finally:
                span.set_attribute("http.route", route_of(scope["path"]))
                span.set_attribute("http.response.status_code", status())
                span.set_attribute("request.id", asked.request_id)
                if asked.type:
                    span.set_attribute("graphql.operation.type", asked.type)
                if asked.name and asked.trusted:
                    span.set_attribute("graphql.operation.name", asked.name)
                if asked.code:
                    span.set_attribute("error.type", asked.code)
                if asked.cost:
                    span.set_attribute("graphql.cost", asked.cost)
                if asked.cached is not None:
                    span.set_attribute("graphql.cached", asked.cached)


def route_of(path: str) -> str:
    """The route of a path without anything that names a plan or a token."""
    found = _ROUTES.match(path)
    return "other" if found is None else found.group()


def _method(word: str) -> str:
    return word if word in ("GET", "HEAD", "POST", "OPTIONS", "WS") else "other"


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return bytes(value)
    return os.urandom(12).hex().encode()


def _with_safe(headers: Any, request_id: bytes) -> list[tuple[bytes, bytes]]:
    made = [*headers, *_SAFE, (b"x-request-id", request_id)]
    page = policy = False
    for name, value in headers:
        page = page or (name == b"content-type" and value.startswith(b"text/html"))
        policy = policy or name == b"content-security-policy"
    if page and not policy:
        made.append((b"content-security-policy", _PAGE))
    return made
