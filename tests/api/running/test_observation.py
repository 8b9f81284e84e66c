"""What is seen of requests: ids, safe headers, figures and log lines; and that none of it is anybody's."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from planner_api.observe import asked, measure
from planner_api.observe import logs as logs_module
from planner_api.observe.logs import configure, request_log
from planner_api.observe.metrics import MOST_WORDS, Metrics
from planner_api.observe.observation import Observation, route_of
from planner_api.observe.observer import Observer

Handler = Callable[[Request], Any]


def figures(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def send(observer: Observer | None, handler: Handler, path: str = "/graphql", **options: Any) -> httpx.Response:
    async def one() -> httpx.Response:
        app = Starlette(routes=[Route("/{path:path}", handler)], middleware=[Middleware(Observation, observer=observer)])
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, **options)

    return asyncio.run(one())


async def plain(_request: Request) -> Response:
    return PlainTextResponse("ok")


def test_an_id_that_is_sane_is_echoed() -> None:
    assert send(None, plain, headers={"x-request-id": "front-7.a_B"}).headers["x-request-id"] == "front-7.a_B"


@pytest.mark.parametrize("given", [None, "", "two words", "a" * 65, '"}injected', "编号".encode()])
def test_any_other_request_gets_an_id_of_its_own(given: Any) -> None:
    ids = {send(None, plain, headers={} if given is None else {"x-request-id": given}).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(one) == 24 and one.isalnum() for one in ids)


def test_answers_carry_safe_headers() -> None:
    headers = send(None, plain).headers
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "content-security-policy" not in headers


def test_pages_get_a_policy_unless_they_bring_one() -> None:
    async def page(_request: Request) -> Response:
        return HTMLResponse("<p>")

    async def own(_request: Request) -> Response:
        return HTMLResponse("<p>", headers={"content-security-policy": "default-src 'self'"})

    assert "default-src 'none'" in send(None, page).headers["content-security-policy"]
    assert send(None, own).headers.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/graphql", "/graphql"),
        ("/plans/0192.html", "/plans"),
        ("/calendars/secret-token.ics", "/calendars"),
        ("/graphqlx", "other"),
        ("/张三", "other"),
        ("/", "other"),
    ],
)
def test_routes_name_nothing_of_a_path(path: str, route: str) -> None:
    assert route_of(path) == route


async def query(_request: Request) -> Response:
    one = asked()
    one.type, one.name, one.trusted, one.cost, one.cached = "query", "Desk", True, 120, False

    def work() -> None:
        with measure("execute"), measure("store", "project"):
            pass

    await run_in_threadpool(work)
    return PlainTextResponse("ok")


def test_figures_of_a_request() -> None:
    metrics = Metrics()
    send(Observer(metrics, None, None), query)
    seen = figures(metrics)
    assert seen["planner_requests_total", (("code", ""), ("route", "/graphql"), ("status", "200"), ("type", "query"))] == 1
    assert seen["planner_request_seconds_count", (("route", "/graphql"), ("type", "query"))] == 1
    assert seen["planner_operation_seconds_count", (("operation", "Desk"),)] == 1
    assert seen["planner_cacheable_answers_total", (("cached", "miss"),)] == 1
    assert seen["planner_part_seconds_count", (("part", "store"), ("which", "project"))] == 1
    assert seen["planner_part_seconds_count", (("part", "execute"), ("which", ""))] == 1
    assert seen["planner_operation_cost_sum", ()] == 120


def test_labels_do_not_grow_with_what_clients_send() -> None:
    metrics = Metrics()
    number = 0

    async def made_up(_request: Request) -> Response:
        one = asked()
        one.type, one.name, one.code = "query", f"Name{number}", f"CODE_{number}"
        one.trusted = number % 2 == 1
        return PlainTextResponse("ok")

    for number in range(3 * MOST_WORDS):
        send(Observer(metrics, None, None), made_up, f"/made-up/{number}")
    seen = figures(metrics)
    operations = {dict(labels)["operation"] for name, labels in seen if name == "planner_operation_seconds_count"}
    codes = {dict(labels)["code"] for name, labels in seen if name == "planner_requests_total"}
    routes = {dict(labels)["route"] for name, labels in seen if name == "planner_requests_total"}
    assert "Name0" not in operations
    assert {"Name1", "other"} <= operations
    assert len(operations) <= MOST_WORDS + 1
    assert len(codes) <= MOST_WORDS + 1
    assert routes == {"other"}


def test_subscriptions_are_counted_while_they_are_open() -> None:
    metrics = Metrics()
    observer = Observer(metrics, None, None)
    with observer.subscription(), observer.subscription():
        assert figures(metrics)["planner_subscriptions_open", ()] == 2
    assert figures(metrics)["planner_subscriptions_open", ()] == 0


def test_nobody_measures_nothing() -> None:
    before = asked()
    with measure("plan"):
        pass
    assert before.timed is None
    assert asked() is not before, "what one test writes, another must not read"


def test_a_line_for_each_request() -> None:
    out = io.StringIO()
    observer = Observer(None, None, request_log("info", out))
    secret = "planner_secret-token"
    send(
        observer,
        query,
        "/plans/0192",
        params={"variables": '{"name": "张三"}'},
        headers={"x-request-id": "front-1", "authorization": f"Bearer {secret}", "user-agent": "张三的电脑".encode()},
    )
    (line,) = out.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("ms") >= 0
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "event": "request",
        "level": "info",
        "id": "front-1",
        "method": "GET",
        "route": "/plans",
        "status": 200,
        "type": "query",
        "operation": "Desk",
        "cost": 120,
        "cached": False,
    }


def test_probes_are_not_logged_and_levels_hold() -> None:
    out = io.StringIO()
    send(Observer(None, None, request_log("info", out)), plain, "/healthz")
    send(Observer(None, None, request_log("warning", out)), plain)
    assert out.getvalue() == ""


def test_a_defect_is_an_error_of_ours() -> None:
    out, metrics = io.StringIO(), Metrics()

    async def broken(_request: Request) -> Response:
        raise RuntimeError("张三")

    assert send(Observer(metrics, None, request_log("info", out)), broken).status_code == 500
    told = json.loads(out.getvalue())
    assert (told["level"], told["status"]) == ("error", 500)
    assert (
        figures(metrics)["planner_requests_total", (("code", ""), ("route", "/graphql"), ("status", "500"), ("type", "none"))] == 1
    )


@pytest.fixture
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    for name in ("uvicorn", "uvicorn.error", "websockets", "asyncio", "urllib3", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def stumble() -> None:
    try:
        int("张三")
    except ValueError as error:
        raise RuntimeError("项目“张三的厂房”坏了") from error


def logged(level: str) -> dict[str, Any]:
    out = io.StringIO()
    configure(level, out)
    try:
        stumble()
    except RuntimeError:
        logging.getLogger("planner_api").exception("defect at %s", ["plan"])
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.mark.usefixtures("root_logger")
def test_a_defects_places_are_logged_and_not_its_words() -> None:
    told = logged("info")
    assert "张三" not in json.dumps(told, ensure_ascii=False)
    assert (told["event"], told["level"], told["logger"]) == ("defect at ['plan']", "error", "planner_api")
    assert [one["kind"] for one in told["error"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert told["error"][0]["at"][-1].endswith(" stumble")


@pytest.mark.usefixtures("root_logger")
def test_its_words_are_there_for_who_asks_for_debug() -> None:
    assert logged("debug")["error"][0]["message"] == "项目“张三的厂房”坏了"


@pytest.mark.usefixtures("root_logger")
def test_a_terminal_gets_plain_lines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    configure("info", out)
    try:
        stumble()
    except RuntimeError:
        logging.getLogger("planner_api").exception("defect")
    request_log("info", out).info("request", status=200)
    assert "defect" in out.getvalue()
    assert "张三" not in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_the_log_module_has_no_state_of_its_own() -> None:
    assert request_log("info", sys.stderr) is not request_log("info", sys.stderr)
    assert set(logs_module.LEVELS) <= {name.lower() for name in logging.getLevelNamesMapping()}
