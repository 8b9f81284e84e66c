"""Servers on real ports, in this process and in others, and clients that listen to them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
import uvicorn
from websockets.sync.client import ClientConnection, connect

from planner import Plan, Planner, load_project
from planner_api.access.viewer import LOCAL
from planner_api.app import create_app
from planner_api.changes.hub import Hub
from planner_api.drafts import draft_of
from planner_api.serve import listen
from planner_api.service import Service, open_service
from planner_api.settings import Settings, SignIn
from planner_api.signin.authenticator import Authenticator
from planner_api.signin.identity import SignedIn, SignInRefused
from planner_api.store.records import PlanRecord, ProjectRecord

TODAY = date(2026, 3, 2)
PATIENCE = 60.0
"""Seconds after which a test says that something will not come. Nothing waits this long when all is well."""
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

Query = str | Mapping[str, Any]


def until(holds: Callable[[], bool], what: Callable[[], str] = str) -> None:
    """Wait for something that is about to be so."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what()
        time.sleep(0.005)


class Events:
    """A stream of server-sent events, by the graphql-sse protocol (distinct connections)."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = httpx_sse.EventSource(response).iter_sse()

    def event(self) -> tuple[str, Any]:
        """The next event: its name and what it holds."""
        found = next(self._events)
        return found.event, json.loads(found.data) if found.data else None

    def next(self) -> Any:
        """What the next event tells."""
        name, held = self.event()
        assert name == "next", (name, held)
        return held

    def data(self) -> Any:
        held = self.next()
        assert "errors" not in held, held
        return held["data"]


class Socket:
    """A WebSocket that speaks graphql-transport-ws by hand."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def receive(self) -> Any:
        return json.loads(self.connection.recv(timeout=PATIENCE))

    def begin(self, payload: Mapping[str, Any] | None = None) -> Socket:
        self.send(type="connection_init", **({} if payload is None else {"payload": payload}))
        assert self.receive() == {"type": "connection_ack"}
        return self

    def subscribe(self, id: str, query: str, variables: Mapping[str, Any] | None = None) -> None:
        self.send(id=id, type="subscribe", payload={"query": query, "variables": variables or {}})

    def next(self, id: str) -> Any:
        """The data of the next result of one operation."""
        found = self.receive()
        assert (found["type"], found["id"]) == ("next", id), found
        assert "errors" not in found["payload"], found
        return found["payload"]["data"]


@dataclass
class Server:
    """A server, wherever it runs, as its clients see it."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=PATIENCE, headers=dict(self.headers))

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        with self.http() as http:
            body = http.post("/graphql", json={"query": query, "variables": variables or {}}).json()
        assert "errors" not in body, body
        return body["data"]

    @contextmanager
    def events(self, query: str, variables: Mapping[str, Any] | None = None, method: str = "POST") -> Iterator[Events]:
        accept = {"accept": "text/event-stream"}
        sent: dict[str, Any] = {"query": query, "variables": variables or {}}
        if method == "GET":
            how: dict[str, Any] = {"params": {"query": query, "variables": json.dumps(sent["variables"])}}
        else:
            how = {"json": sent}
        with self.http() as http, http.stream(method, "/graphql", headers=accept, **how) as response:
            assert response.status_code == 200, response.read()
            yield Events(response)

    @contextmanager
    def socket(self) -> Iterator[Socket]:
        address = self.address.replace("http", "ws", 1) + "/graphql"
        with connect(address, subprotocols=["graphql-transport-ws"], open_timeout=PATIENCE, proxy=None) as connection:  # type: ignore[list-item]
            yield Socket(connection)


@dataclass
class Inside(Server):
    """A server in this process: its parts can be looked at, and its day moved."""

    service: Service = field(kw_only=True)
    day: list[date] = field(kw_only=True)
    loop: list[asyncio.AbstractEventLoop] = field(kw_only=True)

    def as_(self, name: str) -> Inside:
        """The same server, asked by somebody."""
        return replace(self, headers={"authorization": f"Bearer {name}"})

    @property
    def hub(self) -> Hub:
        return self.service.hub

    @property
    def tasks(self) -> int:
        return len(asyncio.all_tasks(self.loop[0]))

    def heard(self, count: int) -> None:
        """Wait until so many listen."""
        until(lambda: self.hub.listeners == count, lambda: f"{self.hub.listeners} listeners, not {count}")


def keep_project(service: Service, example: str = "hospital-600-beds", name: str = "") -> ProjectRecord:
    """Keep one of the example projects."""
    planner = service.live.in_use.planner
    project, _ = load_project(ROOT / "examples" / f"{example}.yaml")
    draft = draft_of(planner, project, TODAY)
    return service.store.create_project("somebody", replace(draft, name=name or draft.name))


def plan_of(service: Service, example: str = "hospital-600-beds", start: date = TODAY) -> Plan:
    project, _ = load_project(ROOT / "examples" / f"{example}.yaml")
    return service.live.in_use.planner.plan(project, as_of=TODAY, start=start)


def keep_plan(service: Service, project: ProjectRecord, plan: Plan) -> PlanRecord:
    made = service.store.add_plan(LOCAL.scope, project.id, project.revision, plan, "somebody")
    assert isinstance(made, tuple)
    assert made[1]
    return made[0]


@contextmanager
def serving(service: Service, day: list[date]) -> Iterator[Inside]:
    """The service under uvicorn, on a free port, with its lifespan."""
    listener = listen("127.0.0.1", 0)
    app = create_app(service)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=5))
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert thread.is_alive()
        yield Inside(f"http://127.0.0.1:{listener.getsockname()[1]}", service=service, day=day, loop=loops)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def inside(anshan: Planner, tmp_path: Path) -> Callable[..., Any]:
    """Makes servers in this process; by default each on a SQLite file of its own."""

    @contextmanager
    def one(
        database: str = "",
        hub: Mapping[str, Any] | None = None,
        people: Mapping[str, SignedIn] | None = None,
        **settings: Any,
    ) -> Iterator[Inside]:
        day = [TODAY]
        given = Settings(database=database or f"sqlite:///{tmp_path / 'planner.db'}", log_level="", **settings)
        service = open_service(given, anshan, today=lambda: day[0])
        if hub is not None:
            service = replace(service, hub=Hub(service.store, **hub))
        if people is not None:
            service = replace(service, authenticator=People(people))
        with serving(service, day) as server:
            yield server

    return one


@pytest.fixture
def server(inside: Callable[..., Any]) -> Iterator[Inside]:
    """A server on an empty SQLite file, quick to see a new day."""
    with inside(hub={"tick": 0.02}) as found:
        yield found


@contextmanager
def processes(database: str, count: int = 2) -> Iterator[list[Server]]:
    """Servers in processes of their own, all on one database."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}", "PYTHONUTF8": "1"}
    command = [sys.executable, str(HERE / "process.py"), database]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        ports = [int(process.stdout.readline()) for process in started if process.stdout is not None]
        yield [Server(f"http://127.0.0.1:{port}") for port in ports]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.communicate(timeout=PATIENCE)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "postgresql":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path / 'planner.db'}"


class People(Authenticator):
    """Everybody by name: `Authorization: Bearer <name>`."""

    def __init__(self, people: Mapping[str, SignedIn]) -> None:
        super().__init__(SignIn())
        self.required = True
        self.people = people

    def remembered(self, header: str | None) -> SignedIn | None:
        return self.people.get((header or "").removeprefix("Bearer "))

    async def check(self, header: str | None) -> SignedIn:
        found = self.remembered(header)
        if found is None:
            raise SignInRefused(401, presented=header is not None)
        return found
