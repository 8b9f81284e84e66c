"""GraphiQL's page and files as they are served."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from planner_api import ide
from tests.api.front.server import serving

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SUNDAY = date(2026, 3, 8)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as the bundler leaves it."""
    (tmp_path / "graphiql-AB12.js").write_text("1", encoding="utf-8")
    (tmp_path / "graphiql-AB12.css").write_text("", encoding="utf-8")
    (tmp_path / "manifest.json").write_text(
        json.dumps({"script": "graphiql-AB12.js", "style": "graphiql-AB12.css"}), encoding="utf-8"
    )
    return tmp_path


@pytest.fixture(scope="module")
def http(services: Callable[..., Any]) -> Iterator[httpx.Client]:
    with serving(services()) as url, httpx.Client(base_url=url.removesuffix("/graphql"), timeout=60) as client:
        yield client


def test_only_a_browser_gets_the_page(http: httpx.Client) -> None:
    page = http.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "script-src 'self' " not in policy
    assert page.headers.get_list("referrer-policy") == ["no-referrer"]
    assert http.get("/graphql", headers={"accept": "application/json"}).headers["content-type"].startswith("application/json")


def test_the_page_names_files_that_are_there_and_no_other_host(http: httpx.Client) -> None:
    text = http.get("/graphql", headers=BROWSER).text
    files = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len([file for file in files if file.startswith("graphiql/")]) == 2
    assert "//" not in text
    for file in files:
        if file.startswith("graphiql/"):
            answer = http.get(f"/{file}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/graphiql/", "/graphiql/none.js", "/graphiql/../ide.py", "/graphiql/%2e%2e/ide.py", "/graphiql/%00"]
)
def test_nothing_else_is_served(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 404
    assert answer.json()["errors"]


def test_a_server_without_graphiql_has_no_page(services: Callable[..., Any]) -> None:
    with serving(services(graphiql=False)) as url:
        assert httpx.get(url, headers=BROWSER).status_code == 404


def test_the_examples_are_about_this_week_and_leave_room_for_a_token(built: Path) -> None:
    def data(text: str) -> list[str]:
        return re.findall(r'data-(?:variables|headers)="([^"]*)"', text)

    variables, headers = data(bytes(ide.page(SUNDAY, "", True, built).body).decode())
    assert re.findall(r"\d{4}-\d\d-\d\d", variables) == ["2026-03-02", "2026-03-08"]
    assert "Bearer TOKEN" in headers
    assert data(bytes(ide.page(SUNDAY, "", False, built).body).decode())[1] == ""


def test_where_it_was_not_built_the_page_says_how(tmp_path: Path) -> None:
    text = bytes(ide.page(SUNDAY, "http://localhost/<graphql>", False, tmp_path / "none").body).decode()
    assert "make graphiql" in text
    assert "http://localhost/&lt;graphql&gt;" in text
    assert "<script" not in text

    async def status() -> int:
        transport = httpx.ASGITransport(Starlette(routes=[ide.assets(tmp_path / "none")]))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/graphiql/graphiql-AB12.js")).status_code

    assert anyio.run(status) == 404
