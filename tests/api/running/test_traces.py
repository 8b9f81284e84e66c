"""Traces, sent over real HTTP to a collector of the test's own."""

from __future__ import annotations

import asyncio
import gzip
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from planner.diagnostics import DiagnosticError
from planner_api.observe.observation import Observation
from planner_api.observe.observer import Observer
from planner_api.observe.traces import Traces
from tests.api.running.conftest import Start, address
from tests.api.running.test_observation import query

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    def __init__(self) -> None:
        self.url = ""
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for one in self.requests
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def traced(**headers: str) -> None:
    traces = Traces.open()
    app = Starlette(
        routes=[Route("/{path:path}", query)], middleware=[Middleware(Observation, observer=Observer(None, traces, None))]
    )

    async def one() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            await client.get("/plans/0192?variables=张三", headers={"authorization": "Bearer secret", **headers})

    asyncio.run(one())
    traces.close()


def test_spans_of_a_request_reach_the_collector(collector: Collector) -> None:
    traced(traceparent=f"00-{TRACE}-{PARENT}-01")
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"request", "execute", "store project"}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert spans["request"].parent_span_id.hex() == PARENT
    assert spans["execute"].parent_span_id == spans["request"].span_id
    assert spans["store project"].parent_span_id == spans["execute"].span_id
    attributes = {one.key: one.value.string_value or one.value.int_value for one in spans["request"].attributes}
    assert attributes["graphql.operation.name"] == "Desk"
    assert attributes["http.route"] == "/plans"
    assert attributes["http.response.status_code"] == 200


def test_nothing_of_anybody_is_sent(collector: Collector) -> None:
    traced()
    sent = "".join(one.SerializeToString().decode("utf-8", "replace") for one in collector.requests)
    for word in ("张三", "0192", "secret", "variables", "127.0.0.1"):
        assert word not in sent
    (resource,) = {one.resource.SerializeToString() for request in collector.requests for one in request.resource_spans}
    assert b"approval-planner" in resource


@pytest.mark.usefixtures("checked_rules")
def test_a_server_with_traces(start: Start, collector: Collector) -> None:
    process = start("--port", "0", "--no-examples", "--traces", "--log-level", "warning", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    base = address(process)
    query = 'query Desk { planPreview(project: {name: "张三的厂房"}) { __typename } projects { totalCount } }'
    assert "errors" not in httpx.post(f"{base}/graphql", json={"query": query}, timeout=60).json()
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert {"request", "parse", "validate", "execute", "plan", "store count_projects"} <= {span.name for span in collector.spans}
    assert len({span.trace_id for span in collector.spans}) == 1
    assert "张三" not in repr([one.SerializeToString().decode("utf-8", "replace") for one in collector.requests])


def test_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(DiagnosticError) as caught:
        Traces.open()
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.field) == ("L703", "--traces")
    assert "approval-planner[traces]" in problem.help
