"""GraphQL over HTTP, WebSocket (graphql-transport-ws) and server-sent events (graphql-sse)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from threading import Event
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from graphql import ExecutionResult, OperationType
from planner_api import ide
from planner_api.context import Context
from planner_api.execution import NotBegun, broken
from planner_api.http.accept import EVENTS, GRAPHQL, JSON, names_a_form, preferred, wants_page
from planner_api.http.answering import NO_MUTATION, Answering, ClientLeft, Ready, TimeUp, timed_out, until
from planner_api.http.answers import NEVER_KEEP, VARY, Answer, Answers, Headers, finished, key_of, send_answer
from planner_api.http.documents import DocumentRefused
from planner_api.http.errors import Code, refusal
from planner_api.http.lasting import seconds_kept
from planner_api.http.request import Asking, BadRequest, from_address, from_body, json_value
from planner_api.http.socket import Connection, SocketHandler
from planner_api.http.tags import etag_of, matches
from planner_api.limits.body import BodyTooLong, ClientGone, read_body, too_long
from planner_api.observe import asked
from planner_api.service import Service
from planner_api.signin import SignedIn, SignInRefused
from planner_api.signin.gate import authorization
from planner_api.signin.gate import refusal as sign_in_refusal

METHODS = "GET, HEAD, POST"
PREFLIGHT = "graphql-require-preflight"
"""A header that no page elsewhere can send without having asked first."""
_STATUS: Mapping[str, int] = {Code.FORBIDDEN: 403, Code.TIMEOUT: 504, Code.INTERNAL_SERVER_ERROR: 500, Code.UNAVAILABLE: 503}
"""Of an operation that was not begun; 400 for every other reason. Clients of the older form expect 200 where the reason is theirs."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished answer and how to send it. `keep`: where to keep it, None when it does not last."""

    status: int
    body: bytes
    ready: Ready | None
    etag: bytes | None = None
    keep: float | None = None


class Door(GraphQL[Any, None]):
    """The one address of the API. Strawberry's own view serves the WebSocket; HTTP is served here, by the rules of GraphQL over HTTP.

    GET changes nothing and has to name the form of its answer; POST takes only `application/json`, which no page elsewhere can send without
    being allowed to; cookies are never read. So no site can act for somebody who visits it.
    """

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, service: Service, answers: Answers, trusted: Mapping[str, str] | None = None) -> None:
        super().__init__(
            service.live.in_use.schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            max_subscriptions_per_connection=service.settings.limits.subscriptions,
            allowed_origins=service.settings.origins,
        )
        self.service = service
        self.answers = answers
        self.answering = Answering(service, trusted)
        self._events = SSETransport()
        service.live.listeners.append(lambda _new: answers.clear())

    def context(self, signed_in: SignedIn) -> Context:
        """A request's own context, with the rulebook in use now."""
        service = self.service
        return Context(signed_in.viewer, service, service.live.in_use, service.today(), Event())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self._respond(Request(scope), receive)
        except BadRequest as bad:
            note = asked()
            note.code = bad.code
            response = refusal(bad.status, bad.message, bad.code, bad.headers)
        except BodyTooLong:
            asked().code = Code.LIMIT_EXCEEDED
            response = too_long(self.service.settings.limits.body)
        except (ClientGone, ClientLeft):
            return
        if isinstance(response, Answer):
            known = None if scope["method"] == "POST" else dict(scope["headers"]).get(b"if-none-match")
            await send_answer(response, known is not None and matches(known, response.etag), send)
        else:
            await response(scope, receive, send)

    # -- HTTP -----------------------------------------------------------------------------------------------------------

    async def _respond(self, request: Request, receive: Receive) -> Response | Answer:
        method = request.method
        if method not in ("GET", "HEAD", "POST"):
            raise BadRequest(f"请求方法只能是 {METHODS}", 405, Code.METHOD_NOT_ALLOWED, {"allow": METHODS})
        accept = ", ".join(request.headers.getlist("accept"))
        if method != "POST" and wants_page(accept) and not _asks(request):
            return self._page(request)
        media = preferred(accept)
        if media is None:
            raise BadRequest(f"答复只有这几种格式：{GRAPHQL}、{JSON}、{EVENTS}", 406)
        limits = self.service.settings.limits
        if method != "POST" and not names_a_form(accept) and not _by_a_program(request):
            raise BadRequest(f"GET 查询要写明答复的格式，例如 Accept: {JSON}")
        if method == "POST":
            _only_json(request)
            body = await read_body(request.scope, receive, limits.body)
            asking = from_body(body, limits)
        else:
            body = request.scope["query_string"]
            asking = from_address(body, limits)
        signed_in = await self._signed_in(request)
        if isinstance(signed_in, Response):
            return signed_in
        context = self.context(signed_in)
        if media == EVENTS:
            return self._stream(asking, context, method, signed_in, authorization(request.scope))
        key = key_of(signed_in.viewer, context.in_use, context.today, media, method, body)
        kept = self.answers.get(key)
        if kept is not None:
            note = asked()
            note.type, note.name, note.cost, note.cached = "query", kept.operation, kept.cost, True
            return kept
        done = await self._done(asking, context, media, method, receive)
        if done.etag is None or done.status != 200:
            return _plain(done, media)
        ready = done.ready
        answer = finished(done.body, media, done.etag, ready.name if ready else "", context.cost, done.keep or 0.0)
        if done.keep is not None:
            asked().cached = False
            self.answers.keep(key, answer)
        return answer

    async def _done(self, asking: Asking, context: Context, media: str, method: str, receive: Receive) -> Done:
        try:
            return await self.answering.in_thread(
                lambda: self._work(asking, context, media, method), context, gone=lambda: _gone(receive)
            )
        except TimeUp:
            seconds = self.service.settings.limits.timeout
            return self._encoded(NotBegun([timed_out(seconds)]), None, context, media, method)

    def _work(self, asking: Asking, context: Context, media: str, method: str) -> Done:
        """All of a request's work, in one thread."""
        ready: Ready | None = None
        try:
            ready = self.answering.ready(asking, context)
            type_ = ready.operation.type
            if type_ is OperationType.SUBSCRIPTION:
                raise BadRequest(f"订阅要用 WebSocket（graphql-transport-ws），或者 Accept: {EVENTS}", 406)
            if type_ is OperationType.MUTATION and method != "POST":
                raise BadRequest(NO_MUTATION, 405, Code.METHOD_NOT_ALLOWED, {"allow": "POST"})
            result = self.answering.run(ready, context)
        except DocumentRefused as refused:
            result = NotBegun(refused.errors)
        except BadRequest:
            raise
        except Exception as error:  # of ours: what resolvers raise ends in the result
            result = broken(error)
        return self._encoded(result, ready, context, media, method)

    def _encoded(self, result: ExecutionResult, ready: Ready | None, context: Context, media: str, method: str) -> Done:
        begun = not isinstance(result, NotBegun)
        code = _note_code(result)
        answer = self._answer(result, context)
        status = 200 if begun else _STATUS.get(code, 400)
        if status < 500 and media != GRAPHQL:
            status = 200
        body: bytes = to_json(answer)
        whole = begun and not result.errors and ready is not None
        keep = None
        if whole and ready is not None and ready.operation.lasts and None not in (result.data or {}).values():
            keep = seconds_kept(ready.operation.fields)
        etag = etag_of(media.encode(), body) if whole and (method != "POST" or keep is not None) else None
        return Done(status, body, ready, etag, keep)

    def _answer(self, result: ExecutionResult, context: Context) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        if not isinstance(result, NotBegun):
            answer["data"] = result.data
        if context.cost:
            budget = self.service.settings.limits.cost
            answer["extensions"] = {"cost": {"requested": min(context.cost, 2**53 - 1), "budget": budget}}
        return answer

    async def _signed_in(self, request: Request) -> SignedIn | Response:
        """Who asks: as found at the gate, or, where none stands before this door, by the same authenticator."""
        state = request.scope.get("state") or {}
        found = state.get("signed_in")
        if isinstance(found, SignedIn):
            return found
        try:
            return await self.service.authenticator.check(request.headers.get("authorization"))
        except SignInRefused as refused:
            asked().code = refused.code
            return sign_in_refusal(refused)

    def _page(self, request: Request) -> Response:
        if not self.service.settings.graphiql:
            raise BadRequest("这个服务没有开放 GraphiQL：查询用 POST 发到这里", 404, Code.NOT_FOUND)
        return ide.page(self.service.today(), str(request.url.replace(query="")), self.service.authenticator.required)

    # -- events ---------------------------------------------------------------------------------------------------------

    def _stream(self, asking: Asking, context: Context, method: str, signed_in: SignedIn, token: str | None) -> Response:
        async def stream() -> AsyncIterator[str]:
            results = self.answering.stream(asking, context, changes=method == "POST")
            async with aclosing(until(results, self.service.authenticator.ended(token, signed_in))) as lasting:
                async for result in lasting:
                    _note_code(result)
                    yield self._events.encode_next(self._answer(result, context), self.encode_json_string)  # type: ignore[arg-type]
            yield self._events.encode_complete()

        merged = merge_stream_with_heartbeat(
            stream,  # type: ignore[arg-type]
            lambda: self._events.heartbeat_message(self.encode_json_string),
            interval=self._events.heartbeat_interval,
            send_initial_heartbeat=self._events.send_initial_heartbeat,
        )
        return StreamingResponse(merged(), headers={**self._events.headers, "cache-control": "no-store, no-transform"})

    # -- WebSocket ------------------------------------------------------------------------------------------------------

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002
        assert isinstance(request, WebSocket)
        return Connection(request.scope.get("state", {}).get("signed_in"), authorization(request.scope))

    async def on_ws_connect(self, context: Any) -> Any:
        """The token of a WebSocket comes with `connection_init`: browsers can give its handshake no header."""
        connection: Connection = context
        given = connection.token
        if given is not None or connection.signed_in is None:
            try:
                connection.signed_in = await self.service.authenticator.check(given)
                connection.authorization = given
            except SignInRefused as refused:
                asked().code = refused.code
                raise ConnectionRejectionError from refused
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        text = data if isinstance(data, str) else data.decode()
        try:
            return json_value(text, self.service.settings.limits)
        except BadRequest as bad:
            raise json.JSONDecodeError(bad.message, "", 0) from bad

    def encode_json(self, data: object) -> str:
        return to_json(data).decode()


def _by_a_program(request: Request) -> bool:
    """Whether a page's script fetches this in order to read it, which browsers say and no page can make them say otherwise."""
    return PREFLIGHT in request.headers or request.headers.get("sec-fetch-mode") in ("cors", "same-origin")


def _asks(request: Request) -> bool:
    return any(name in request.query_params for name in ("query", "documentId", "extensions"))


def _only_json(request: Request) -> None:
    media, *parameters = (piece.strip().lower() for piece in request.headers.get("content-type", "").split(";"))
    if media != "application/json":
        raise BadRequest("请求要写成 JSON，并注明 content-type: application/json", 415)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise BadRequest("请求要用 UTF-8 编码", 415)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest("请求不要压缩", 415)


def _note_code(result: ExecutionResult) -> str:
    if not result.errors:
        return ""
    code = str((result.errors[0].extensions or {}).get("code", ""))
    asked().code = code
    return code


def _plain(done: Done, media: str) -> Response:
    headers: Headers = ((b"content-type", f"{media}; charset=utf-8".encode()), NEVER_KEEP, VARY)
    response = Response(done.body, done.status)
    response.raw_headers = [*headers, (b"content-length", str(len(done.body)).encode())]
    return response


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
