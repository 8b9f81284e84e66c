"""The HTTP application: `/graphql` with GraphiQL, what stands around it, and the routes beside it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from planner_api import documents, feeds, frame, ide
from planner_api.http.answers import Answers, AnswersFirst
from planner_api.http.door import Door
from planner_api.http.errors import INTERNAL, Code, refusal
from planner_api.http.trusted import read_trusted
from planner_api.limits import BodyLimit
from planner_api.service import Service


def create_app(service: Service) -> Starlette:
    """The application of a service.

    Its settings' `hosts` are the host names answered to: a web page elsewhere that points its own name at this machine is not (DNS
    rebinding). Raises `DiagnosticError` when its trusted documents cannot be read.
    """
    settings = service.settings
    answers = Answers(settings.cache)
    trusted = read_trusted(settings.trusted) if settings.trusted is not None else None
    door = Door(service, answers, trusted)
    outermost, *inner = frame.middleware(service)
    return Starlette(
        routes=[
            Route("/graphql", door),
            WebSocketRoute("/graphql", door),
            *documents.routes(service),
            *feeds.routes(service),
            ide.assets(),
            *frame.routes(service),
        ],
        middleware=[
            outermost,
            Middleware(AnswersFirst, service=service, answers=answers),
            *inner,
            Middleware(BodyLimit, limit=settings.limits.body),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed, 500: _broken},
        lifespan=frame.lifespan(service),
    )


async def _not_found(_request: Request, _error: Exception) -> Response:
    return refusal(404, "这里没有内容：查询发到 /graphql", Code.NOT_FOUND)


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    return refusal(405, "请求方法不对：查询用 POST 发到 /graphql", Code.METHOD_NOT_ALLOWED)


async def _broken(_request: Request, _error: Exception) -> Response:
    return refusal(500, INTERNAL, Code.INTERNAL_SERVER_ERROR)
