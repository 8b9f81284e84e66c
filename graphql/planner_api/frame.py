"""The frame around every route: who is let in, what is seen of it, and the routes that tell how the server is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from planner_api.access.viewer import Role
from planner_api.health import Readiness, healthz
from planner_api.observe.observation import Observation
from planner_api.service import Service
from planner_api.signin import SignInGate

OWN_TOKEN = ("/calendars/",)
"""Routes whose address holds a token of their own: calendar programs send no header."""
ASSETS = "/graphiql/"


def middleware(service: Service) -> list[Middleware]:
    """From the outside in. A request is given its id first, so that every refusal has one too."""
    settings = service.settings
    return [
        Middleware(Observation, observer=service.observer),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False),
        *(
            [
                Middleware(
                    CORSMiddleware,
                    allow_origins=list(settings.origins),
                    allow_methods=["GET", "POST"],
                    allow_headers=["authorization", "content-type", "if-none-match", "x-request-id", "graphql-require-preflight"],
                    expose_headers=["etag", "x-request-id"],
                    max_age=600,
                )
            ]
            if settings.origins
            else []
        ),
        Middleware(SignInGate, authenticator=service.authenticator, open_to_all=_open(service)),
    ]


def routes(service: Service) -> list[BaseRoute]:
    """How the server is: `/healthz`, `/readyz` and, where figures are kept, `/metrics`."""
    found: list[BaseRoute] = [Route("/healthz", healthz), Route("/readyz", Readiness(service).__call__)]
    if service.observer is not None and service.observer.metrics is not None:
        found.append(Route("/metrics", _metrics(service)))
    return found


def lifespan(service: Service) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """What runs beside the requests, for as long as the application does."""

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        await service.hub.open()
        service.reloader.start()
        try:
            async with service.authenticator.watching():
                yield
        finally:
            await run_in_threadpool(service.reloader.stop)
            await service.hub.close()
            if service.observer is not None:
                service.observer.close()
            service.store.close()

    return running


def _open(service: Service) -> Callable[[Scope], bool]:
    page = service.settings.graphiql

    def open_to_all(scope: Scope) -> bool:
        path: str = scope["path"]
        if path in ("/healthz", "/readyz") or path.startswith(OWN_TOKEN):
            return True
        # The page alone, which asks for a token itself; a query by GET needs one as ever.
        return (
            page
            and scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and (path.startswith(ASSETS) or (path == "/graphql" and not scope["query_string"] and _wants_page(scope)))
        )

    return open_to_all


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _metrics(service: Service) -> Callable[[Request], Response]:
    from planner_api.observe.metrics import CONTENT_TYPE

    observer = service.observer
    figures = observer.metrics if observer is not None else None

    def metrics(request: Request) -> Response:
        viewer = request.scope["state"]["viewer"]
        if viewer is None or Role.ADMIN not in viewer.roles:
            body = {"errors": [{"message": "只有管理员能看运行指标", "extensions": {"code": "FORBIDDEN"}}]}
            return JSONResponse(body, status_code=403)
        assert observer is not None
        assert figures is not None
        observer.look()
        return Response(figures.text(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    return metrics


def origin_problem(origin: str) -> str:
    """What is wrong with a web origin as written; "" when nothing is."""
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
        return "写成 https://主机 或 https://主机:端口，后面不带斜线"
    return ""
