"""GraphiQL in a real browser that can reach nothing but this server: it opens, asks, explains, and keeps no token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from graphql import build_schema, parse, validate
from planner import Planner
from planner_api import ide
from planner_api.service import open_service
from planner_api.settings import Settings
from tests.api.front.server import serving
from tests.browser.devtools import Page, browser

pytestmark = pytest.mark.browser

TODAY = date(2026, 3, 2)
SECRET = "token-7731"
RUN = ".graphiql-execute-button"
DOCS = '[aria-label="Show Documentation Explorer"]'
ANSWER = (
    "[...document.querySelectorAll('.result-window .view-line')].map(one => one.textContent.replaceAll('\\u00a0', ' ')).join('\\n')"
)
EDITORS = "globalThis.__MONACO.editor.getModels()"


@pytest.fixture(scope="module")
def url(anshan: Planner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the example projects."""
    assert (ide.FOLDER / "manifest.json").is_file(), "run `make test`: it builds GraphiQL"
    database = tmp_path_factory.mktemp("graphiql") / "planner.db"
    with serving(open_service(Settings(database=f"sqlite:///{database}", examples=True), anshan, today=lambda: TODAY)) as address:
        yield address


@pytest.fixture(scope="module")
def visit(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Page]]:
    with browser(chromium, tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def opened(page: Page) -> Page:
    """The page once GraphiQL can be used: its editors stand, and the schema is read."""
    page.until(f"!!document.querySelector('{RUN}') && globalThis.__MONACO?.editor.getModels().length === 4")
    page.click(DOCS)
    page.until("document.body.innerText.includes('Root Types')")
    return page


def text_of(page: Page, name: str) -> str:
    """What stands in one of the editors."""
    script = f"{EDITORS}.find(one => one.uri.path.endsWith({json.dumps(name)}))?.getValue() ?? ''"
    return str(page.value(script))


def run(page: Page) -> Any:
    """Run what the editor shows: the answer, as data."""
    shown = f"{EDITORS}.find(one => one.uri.path.endsWith('response.json')).getValue()"
    while True:
        page.complaints.clear()
        page.click(RUN)
        page.until(f"{shown}.startsWith('{{')")
        found = json.loads(page.value(shown))
        if "OPERATION_RESOLUTION_FAILURE" not in str(found):
            return found
        # GraphiQL learns a moment later than its reader which operation another tab holds.
        page.value(f"{EDITORS}.find(one => one.uri.path.endsWith('response.json')).setValue('')")


def test_it_opens_runs_the_example_and_asks_no_other_host(visit: Callable[[str], Page], url: str) -> None:
    page = opened(visit(url))
    assert json.loads(text_of(page, "variables.json")) == {"first": "2026-03-02", "last": "2026-03-08"}
    found = run(page)
    assert "errors" not in found
    assert found["data"]["projects"]["totalCount"] > 10
    assert all(project["plan"]["content"]["items"] for project in found["data"]["projects"]["nodes"])
    assert found["data"]["deadlines"]["nodes"]
    assert all("2026-03-02" <= one["day"] <= "2026-03-08" for one in found["data"]["deadlines"]["nodes"])
    page.until(f"{ANSWER}.includes('totalCount')")
    page.asked("graphql.worker")  # it completes and checks what is typed
    assert {urlsplit(one).netloc for one in page.requests} == {urlsplit(url).netloc}
    assert len(page.requests) > 10
    assert page.complaints == [], "errors of the page, or something its policy refused"


def test_the_documentation_describes_every_step(visit: Callable[[str], Page], url: str) -> None:
    page = opened(visit(url))
    page.choose(".graphiql-doc-explorer-type-name", "Query")
    page.until("document.body.innerText.includes('What can be asked.')")
    page.choose(".graphiql-doc-explorer-field-name", "deadlines")
    page.until("document.querySelector('.graphiql-markdown-description')?.innerText.length > 20")
    page.until("document.body.innerText.includes('orderBy')")


def test_a_subscription_runs_over_the_same_address(visit: Callable[[str], Page], url: str) -> None:
    page = opened(visit(url))
    page.choose(".graphiql-tab-button", "ComingDue")
    page.until(f"{EDITORS}.some(one => one.getValue().includes('subscription ComingDue'))")
    found = run(page)
    assert found["data"]["deadlinesComingDue"]["deadlines"]
    assert url.replace("http", "ws") in page.requests
    assert page.complaints == []


def test_a_token_is_not_written_to_the_browsers_storage(visit: Callable[[str], Page], url: str) -> None:
    page = opened(visit(url))
    page.choose(".graphiql-tab-button", "ThisWeek")
    typed = json.dumps(json.dumps({"x-request-id": SECRET}))
    page.value(f"{EDITORS}.find(one => one.uri.path.endsWith('headers.json')).setValue({typed})")
    page.value("new Promise(done => setTimeout(done, 1000))")  # by then GraphiQL has taken note of it
    assert "data" in run(page)
    page.until("!!localStorage.getItem('graphiql:tabState')")
    assert SECRET not in page.value("JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage}) + document.cookie")


def test_the_examples_are_answered_by_the_schema(root: Path) -> None:
    schema = build_schema((root / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
    text = (root / "graphql" / "graphiql" / "examples.graphql").read_text(encoding="utf-8")
    assert validate(schema, parse(text)) == []
    assert text.startswith("# ")
