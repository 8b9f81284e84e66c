"""Servers with schemas of their own, to see how the door treats what the real schema does not do."""
# No postponed annotations: strawberry looks for the names in them at the module's top, and these types live in a function.

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import strawberry
from starlette.applications import Starlette

from planner_api.app import create_app
from planner_api.execution import PlannerSchema
from planner_api.live import Live
from planner_api.service import Service
from planner_api.signin import Authenticator
from tests.api import serving


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """The application under uvicorn on a free port, WebSockets included; its host and port."""
    with serving.running(app, ws="websockets-sansio") as address:
        yield address.removeprefix("http://")


@dataclass
class Seen:
    """What happened inside."""

    steps: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    subscribed: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    working: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


def toy_schema(seen: Seen) -> PlannerSchema:
    """Fields that are slow, that break, that come again and again."""

    @strawberry.type
    class Step:
        number: int

        @strawberry.field
        def slowly(self) -> int:
            seen.steps += 1
            time.sleep(0.02)
            return self.number

    @strawberry.type
    class Query:
        @strawberry.field
        def steps(self, count: int = 500) -> list[Step]:
            return [Step(number=n) for n in range(count)]

        @strawberry.field
        def waits(self, info: strawberry.Info) -> bool:
            if info.context.cancelled.wait(30):
                seen.stopped.set()
            return True

        @strawberry.field
        def echo(self, text: str = "") -> str:
            return text

        @strawberry.field
        def who(self, info: strawberry.Info) -> str:
            return str(info.context.viewer.subject)

        @strawberry.field
        def nothing(self) -> str | None:
            return None

        @strawberry.field
        def breaks(self) -> str | None:
            raise RuntimeError("机密：/srv/planner/secret.py")

        @strawberry.field
        def page(self, first: int = 20) -> list[Step]:
            return [Step(number=n) for n in range(first)]

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def touch(self) -> int:
            seen.steps += 1
            return seen.steps

    @strawberry.type
    class Tick:
        number: int

        @strawberry.field
        def heavy(self) -> int:
            seen.working.set()
            seen.release.wait(30)
            return self.number

        @strawberry.field
        def breaks(self) -> str | None:
            raise RuntimeError("机密")

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def ticks(self, count: int = 3) -> AsyncIterator[Tick]:
            seen.subscribed.set()
            try:
                for number in range(count):
                    yield Tick(number=number)
                    await asyncio.sleep(0.01)
            finally:
                seen.closed.set()

        @strawberry.subscription
        async def broken(self) -> AsyncIterator[int]:
            yield 1
            raise RuntimeError("机密")

    return PlannerSchema(query=Query, mutation=Mutation, subscription=Subscription)


@dataclass(frozen=True)
class Toy:
    """A server of the toy schema."""

    address: str
    seen: Seen
    service: Service

    @property
    def url(self) -> str:
        return f"http://{self.address}/graphql"

    def post(self, query: str, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        return httpx.post(self.url, json={"query": query, **more}, headers=headers, timeout=60)


def beside(service: Service, schema: PlannerSchema | None = None, **settings: Any) -> Service:
    """A service with the same store and rulebook, settings and perhaps a schema of its own, and nothing kept."""
    in_use = service.live.in_use if schema is None else replace(service.live.in_use, schema=schema)
    return replace(
        service,
        settings=replace(service.settings, **settings),
        live=Live(in_use),
        authenticator=Authenticator(service.settings.sign_in),
    )


@pytest.fixture(scope="session")
def another(service: Service) -> Callable[..., Service]:
    """Services beside the one for all tests; settings may be given by name."""
    return lambda **settings: beside(service, **settings)


@pytest.fixture
def toy(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Toy]]:
    """Starts servers of the toy schema; settings may be given by name. Everybody may ask everything of it."""
    monkeypatch.setattr("planner_api.http.answering.refusals", lambda _fields, _viewer: [])

    @contextmanager
    def start(**settings: Any) -> Iterator[Toy]:
        seen = Seen()
        own = beside(service, toy_schema(seen), **settings)
        with running(create_app(own)) as address:
            try:
                yield Toy(address, seen, own)
            finally:
                seen.release.set()

    return start


@pytest.fixture(scope="session")
def serve_at() -> Callable[[Starlette], AbstractContextManager[str]]:
    """Runs an application; gives host and port."""
    return running
