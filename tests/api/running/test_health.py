"""`/healthz`, `/readyz`, `/metrics` and the frame around every route, on the whole application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from planner import Planner
from planner.diagnostics import Diagnostic
from planner_api.access.viewer import Scope
from planner_api.app import create_app
from planner_api.examples import OWNER
from planner_api.service import Service, open_service
from planner_api.settings import Settings, SignIn
from planner_api.signin.static_tokens import new_token
from planner_api.store.records import ProjectFilter
from tests.api.conftest import TODAY
from tests.api.running.conftest import Signer
from tests.api.running.test_static_tokens import entry

Open = Callable[..., Service]


@pytest.fixture
def opened(anshan: Planner, tmp_path: Path) -> Any:
    services: list[Service] = []

    def one(**changes: Any) -> Service:
        settings = replace(Settings(database=f"sqlite:///{tmp_path / 'kept.db'}", hosts=("localhost",), watch=False), **changes)
        services.append(open_service(settings, anshan, today=lambda: TODAY))
        return services[-1]

    yield one
    for service in services:
        service.store.close()


def send(service: Service, method: str = "GET", path: str = "/readyz", headers: dict[str, str] | None = None) -> httpx.Response:
    async def one() -> httpx.Response:
        app = create_app(service)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, headers=headers)

    return asyncio.run(one())


def test_ready(opened: Open, anshan: Planner) -> None:
    answer = send(opened())
    told = answer.json()
    assert answer.status_code == 200
    assert (told["ready"], told["database"], told["signIn"], told["changes"]) == (True, "ok", "ok", "ok")
    assert told["rulebook"]["digest"] == anshan.rulebook.digest
    assert told["rulebook"]["name"] == anshan.rulebook.title
    assert told["rulebook"]["refused"] is None


def test_a_refused_rulebook_is_shown_and_the_server_goes_on(opened: Open) -> None:
    service = opened()
    service.live.refuse(tuple(Diagnostic("F003", f"坏了 {n}", "rules/x.yaml", n, 1) for n in range(1, 31)))
    answer = send(service)
    refused = answer.json()["rulebook"]["refused"]
    assert (answer.status_code, refused["count"], len(refused["problems"])) == (200, 30, 20)
    assert refused["problems"][0].startswith("rules/x.yaml:1:1: 错误 F003")
    assert refused["at"]
    assert "planner_rulebook_refused 1.0" in send(service, path="/metrics").text


def test_a_database_that_does_not_answer(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    service = opened()
    monkeypatch.setattr(service.store, "ready", lambda: "数据库连不上", raising=False)
    answer = send(service)
    assert (answer.status_code, answer.json()["database"], answer.json()["ready"]) == (503, "数据库连不上", False)
    assert send(service, path="/healthz").status_code == 200


def test_nobody_can_sign_in_yet(opened: Open, tmp_path: Path, anshan: Planner) -> None:
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'kept.db'}",
        hosts=("localhost",),
        watch=False,
        sign_in=SignIn("i", "a", ("RS256",), str(tmp_path / "none.json")),
    )
    service = open_service(settings, anshan, today=lambda: TODAY, patient=True)
    answer = send(service)
    assert answer.status_code == 503
    assert "取不到签名公钥" in answer.json()["signIn"]
    service.store.close()


@pytest.mark.parametrize(
    "path", ["/graphql", "/plans/0.json", "/metrics", "/nothing", "/calendars/../metrics", "/calendarsx", "//metrics"]
)
def test_everything_else_needs_a_token(opened: Open, sign_in: SignIn, path: str) -> None:
    service = opened(sign_in=sign_in)
    for method in ("GET", "POST"):
        answer = send(service, method, path, {"accept": "text/html"} if path != "/graphql" else {})
        assert answer.status_code in (401, 404), answer.text
        assert "planner_" not in answer.text


def test_the_page_is_open_and_what_is_asked_by_it_is_not(opened: Open, sign_in: SignIn) -> None:
    service = opened(sign_in=sign_in)
    page = {"accept": "text/html, application/json"}
    assert send(service, path="/graphql", headers=page).status_code == 200
    for asking in ("query={viewer{subject}}", "qu%65ry=%7Bviewer%7Bsubject%7D%7D", "documentId=" + "0" * 64, "extensions={}"):
        assert send(service, path=f"/graphql?{asking}", headers=page).status_code == 401, asking
    closed = opened(sign_in=sign_in, graphiql=False)
    assert send(closed, path="/graphql", headers=page).status_code == 401


def test_figures_are_for_administrators(opened: Open, tmp_path: Path) -> None:
    admin, policy, path = new_token(), new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(admin) + entry(policy, "policy"))
    service = opened(sign_in=SignIn(tokens=path))
    statuses = [send(service, path="/metrics", headers={"authorization": f"Bearer {t}"}).status_code for t in (policy, admin, "x")]
    assert statuses == [403, 200, 401]
    assert send(opened(metrics=False), path="/metrics").status_code == 404


def test_other_sites_may_ask_only_when_they_are_named(opened: Open, signer: Signer, sign_in: SignIn) -> None:
    ask = {
        "origin": "https://desk.example.cn",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    assert "access-control-allow-origin" not in send(opened(), "OPTIONS", "/graphql", ask).headers
    named = opened(origins=("https://desk.example.cn",), sign_in=sign_in)
    answer = send(named, "OPTIONS", "/graphql", ask)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://desk.example.cn")
    assert "access-control-allow-credentials" not in answer.headers
    other = send(named, "OPTIONS", "/graphql", {**ask, "origin": "https://evil.example.cn"})
    assert "access-control-allow-origin" not in other.headers
    # A refusal can be read too, or the front-end would not know why.
    refused = send(named, "POST", "/graphql", {"origin": "https://desk.example.cn"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://desk.example.cn")


def test_other_host_names_are_not_answered(opened: Open) -> None:
    service = opened()
    for path in ("/readyz", "/graphql", "/metrics"):
        assert send(service, path=path, headers={"host": "planner.attacker.example"}).status_code == 400


def test_every_answer_has_an_id_and_safe_headers(opened: Open, sign_in: SignIn) -> None:
    service = opened(sign_in=sign_in)
    for path, headers in (("/graphql", {}), ("/nothing", {}), ("/healthz", {}), ("/readyz", {"host": "elsewhere"})):
        answer = send(service, path=path, headers={"x-request-id": "front-1", **headers})
        assert (answer.headers["x-request-id"], answer.headers["x-content-type-options"]) == ("front-1", "nosniff"), path


def test_an_empty_database_begins_with_the_examples(opened: Open) -> None:
    whose = Scope(owner=OWNER)
    first = opened(examples=True).store.count_projects(whose, ProjectFilter(planned=True))
    assert first == len(list((Path(__file__).parents[3] / "examples").glob("*.yaml")))
    assert opened(examples=True).store.count_projects(whose, ProjectFilter()) == first


def test_a_database_with_anything_in_it_stays_as_it_is(opened: Open) -> None:
    from planner_api.store.records import ProjectDraft, ProjectRecord

    store = opened().store
    record = store.create_project("company", ProjectDraft("厂房", "", "", "", {}, {}, None, None))
    assert isinstance(record, ProjectRecord)
    store.archive_project(Scope(everything=True), record.id, record.revision, True)
    assert opened(examples=True).store.count_projects(Scope(everything=True), ProjectFilter()) == 0
