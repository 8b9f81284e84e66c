"""The HTTP application: `/graphql` and `/healthz`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, NoReturn

from cross_web import HTTPException
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL

from planner import Planner
from planner_api.limits import BodyLimit, refusal
from planner_api.scalars import exact_number
from planner_api.schema import INTERNAL, PlannerSchema, build_schema

CHINA = timezone(timedelta(hours=8))
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def today_in_china() -> date:
    """The office's day, wherever the server's clock thinks it is."""
    return datetime.now(CHINA).date()


def create_app(planner: Planner, today: Callable[[], date] = today_in_china, hosts: Sequence[str] = LOOPBACK_NAMES) -> Starlette:
    """The application for one planner. Raises `DiagnosticError` when its rulebook makes no schema.

    `hosts` are the host names answered to: a web page elsewhere that points its own name at this machine is not (DNS rebinding).
    """
    return Starlette(
        routes=[Route("/graphql", _Door(build_schema(planner, today))), Route("/healthz", _healthz)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), Middleware(BodyLimit)],
        exception_handlers={404: _not_found, 405: _not_allowed, 500: _broken},
    )


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _not_found(_request: Request, _error: Exception) -> Response:
    return refusal(404, "这里没有内容：查询发到 /graphql")


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    return refusal(405, "请求方法不对：查询用 POST 发到 /graphql")


async def _broken(_request: Request, _error: Exception) -> Response:
    return refusal(500, INTERNAL)


class _Door(GraphQL[None, None]):
    """Strawberry's HTTP door, made exact (no binary floats) and strict (only JSON objects by POST; GraphiQL only for browsers)."""

    def __init__(self, schema: PlannerSchema) -> None:
        super().__init__(schema, graphql_ide="graphiql", allow_queries_via_get=False, subscription_protocols=())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as error:
            response = refusal(error.status_code, error.reason)
        await response(scope, receive, send)

    def should_render_graphql_ide(self, request: Any) -> bool:
        return request.method == "GET" and "text/html" in request.headers.get("accept", "")

    def decode_json(self, data: str | bytes) -> object:
        try:
            if isinstance(data, bytes):
                data = data.decode("utf-8")
            decoded = json.loads(data, parse_float=exact_number, parse_int=_whole_number, parse_constant=_no_number)
            if _SURROGATE.search(data.encode("utf-8")):
                json.dumps(decoded, ensure_ascii=False, default=str).encode("utf-8")
        except UnicodeError as error:
            raise HTTPException(400, "请求不是 UTF-8 编码的文字") from error
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"请求不是 JSON：{error}") from error
        if not isinstance(decoded, dict):
            raise HTTPException(400, '请求要写成 JSON 对象：{"query": …, "variables": …}')
        return decoded

    def encode_json(self, data: object) -> str:
        # Plans are Chinese text; escaped, it would take twice the bytes.
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _whole_number(digits: str) -> int | str:
    # Beyond a few thousand digits Python refuses to read an integer: its text goes on, for the vocabulary to refuse.
    return int(digits) if len(digits) < 1000 else digits


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} 不是 JSON")
