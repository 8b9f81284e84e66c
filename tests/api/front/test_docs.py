"""docs/graphql.md: its queries run in the order they stand in, its figures and codes are the server's, its links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse

from graphql import OperationDefinitionNode, parse
from planner_api.http.errors import Code
from planner_api.http.trusted import digest
from planner_api.preview import FIRST_DAY, LAST_DAY
from planner_api.settings import Limits
from tests.api.front.server import serving


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "graphql.md").read_text(encoding="utf-8")


def blocks(page: str, *languages: str) -> list[tuple[str, str]]:
    """Language and text of the page's blocks, in order."""
    return [b for b in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE) if b[0] in languages]


@pytest.fixture(scope="module")
def server(services: Callable[..., Any]) -> Iterator[httpx.Client]:
    with serving(services()) as url, httpx.Client(base_url=url.removesuffix("/graphql"), timeout=60) as http:
        yield http


@dataclass
class Reader:
    """Somebody who tries the page's examples one after another, with the ids that the answers bring."""

    http: httpx.Client
    known: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, Any]] = field(default_factory=list)

    def put(self, text: str) -> str:
        """The text with ids in place of `<project>`, `<plan>` and `<earlier plan>`."""
        return re.sub(r"<([a-z ]+)>", lambda found: self.known[found[1]], text)

    def ask(self, query: str, variables: Any) -> None:
        operation = parse(query).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        sent = {"query": query, "variables": variables}
        if operation.operation.value == "subscription":
            with connect_sse(self.http, "POST", "/graphql", json=sent) as events:
                answer = json.loads(next(event.data for event in events.iter_sse() if event.event == "next" and event.data))
        else:
            answer = self.http.post("/graphql", json=sent).json()
        assert "errors" not in answer, (operation.name.value, answer["errors"])
        self.answers.append((operation.name.value, answer["data"]))
        match answer["data"]:
            case {"saveProject": {"project": project}}:
                self.known["project"] = project["id"]
            case {"makePlan": {"plan": plan}}:
                self.known.setdefault("earlier plan", plan["id"])
                self.known["plan"] = plan["id"]

    def said(self, name: str) -> list[Any]:
        return [next(iter(data.values())) for found, data in self.answers if found == name]


def declared(query: str) -> set[str]:
    operation = parse(query).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return {one.variable.name.value for one in operation.variable_definitions or ()}


@pytest.fixture(scope="module")
def reader(page: str, server: httpx.Client) -> Reader:
    """The reader at the page's end."""
    reader = Reader(server)
    queries: list[str] = []
    for language, text in blocks(page, "graphql", "json"):
        if language == "graphql":
            queries.append(text)
            if not declared(text):
                reader.ask(text, {})
        elif "documentId" not in text:
            variables = json.loads(reader.put(text))
            # Variables belong to the query before them that has them.
            reader.ask(next(query for query in reversed(queries) if variables.keys() <= declared(query)), variables)
    assert len(queries) > 10
    return reader


def test_every_query_is_asked_and_says_something(page: str, reader: Reader) -> None:
    asked = {name for name, _ in reader.answers}
    named = {match for _, text in blocks(page, "graphql") for match in re.findall(r"^(?:query|mutation|subscription) (\w+)", text)}
    assert asked == named
    (preview, wrong) = reader.said("Preview")
    assert preview["items"]
    assert preview["target"]["earliest"]["date"]
    assert preview["openFacts"]
    paths = [problem["path"] for problem in wrong["problems"]]
    assert sorted(paths) == [["project", "beds"], ["project", "landArea"], ["start"]]
    assert all(json.dumps(path) in page for path in paths)
    assert reader.said("Form")[0]["facts"]
    (me,) = reader.said("Me")
    assert me["today"] == "2026-03-02"


def test_saving_and_planning_as_told(reader: Reader) -> None:
    created, edited = reader.said("Save")
    assert (created["project"]["revision"], edited["project"]["revision"]) == (1, 2)
    assert edited["project"]["id"] == created["project"]["id"]
    assert reader.said("Archive")[0]["project"]["archived"] is False
    first, second = reader.said("Plan")
    assert [first["plan"]["number"], second["plan"]["number"]] == [1, 2]
    (project,) = reader.said("ProjectPage")
    assert project["plan"]["number"] == 2
    assert [plan["number"] for plan in project["plans"]["nodes"]] == [2, 1]
    assert project["deadlines"]["nodes"]
    (comparison,) = reader.said("Compare")
    assert comparison["__typename"] == "PlanComparison"
    assert comparison["settings"]
    assert comparison["milestones"]


def test_lists_reasons_news_and_feeds_as_told(reader: Reader) -> None:
    assert [one["name"] for one in reader.said("Projects")[0]["nodes"]] == ["标准厂房"]
    assert reader.said("Desk")[0]["nodes"]
    (why,) = reader.said("Why")
    assert why["answer"] in ("TRUE", "UNKNOWN")
    assert why["because"]
    (rules,) = reader.said("Rules")
    assert rules["approval"]["rules"]["limits"]
    assert reader.said("Due")[0]["deadlines"]
    assert reader.said("Feed")[0]["__typename"] == "CalendarFeedCreated"


def test_a_stale_edit_and_a_repeated_request_end_as_told(page: str, reader: Reader) -> None:
    save = next(text for _, text in blocks(page, "graphql") if "mutation Save" in text)
    create, edit = (
        json.loads(reader.put(text)) for _, text in blocks(page, "json") if '"landArea": "3' in text and '"input"' in text
    )

    def send(variables: Any) -> Any:
        return reader.http.post("/graphql", json={"query": save, "variables": variables}).json()["data"]["saveProject"]

    again = send(create)
    assert again["project"]["id"] == reader.known["project"]
    stale = send(edit)
    assert stale["__typename"] == "StaleRevision"
    assert stale["message"]
    assert stale["current"]["facts"]["landArea"] == "35 亩"


def test_curl(page: str, server: httpx.Client) -> None:
    ((_, command),) = blocks(page, "sh")
    curl, url, header_flag, header, data_flag, body = shlex.split(command)
    assert (curl, url, header_flag, data_flag) == ("curl", "http://127.0.0.1:8000/graphql", "-H", "-d")
    answer = server.post("/graphql", content=body.encode(), headers=dict([header.split(": ")])).json()
    assert answer["data"]["planPreview"]["__typename"] == "Plan"
    assert answer["data"]["planPreview"]["items"]


def test_an_unchanged_answer_is_304(page: str, reader: Reader) -> None:
    ((_, request),) = blocks(page, "http")
    line, *headers = reader.put(request).splitlines()
    method, path = line.split()
    accept = dict(header.split(": ") for header in headers)
    first = reader.http.request(method, path, headers=accept)
    assert "errors" not in first.json(), first.text
    assert first.json()["data"]["plan"]["content"]["items"]
    assert first.headers["etag"].startswith('"')
    assert "private" in first.headers["cache-control"]
    again = reader.http.request(method, path, headers={**accept, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_are_where_the_plan_says(reader: Reader) -> None:
    (project,) = reader.said("ProjectPage")
    for name, path in project["plan"]["documents"].items():
        assert path.endswith(f".{name}")
        assert reader.http.get(path).status_code == 200
    (feed,) = reader.said("Feed")
    calendar = reader.http.get(feed["path"])
    assert calendar.text.startswith("BEGIN:VCALENDAR")


def test_a_trusted_document_is_known_by_its_digest(page: str, root: Path, services: Callable[..., Any], operations: Any) -> None:
    text = next(text for _, text in blocks(page, "json") if "documentId" in text)
    sent = json.loads(text.replace("<digest>", digest(operations["project_form"])))
    with serving(services(trusted=root / "graphql" / "operations")) as url, httpx.Client(timeout=60) as http:
        assert http.post(url, json=sent).json()["data"]["rulebook"]["facts"]
        refused = http.post(url, json={"query": "{ rulebook { name } }"}).json()
    assert refused["errors"][0]["extensions"]["code"] == "UNTRUSTED_DOCUMENT"


def test_limits(page: str) -> None:
    text, limits = " ".join(page.split()), Limits()
    for said in (
        f"at most {limits.body // 1_000_000} MB (413 beyond) and {limits.values} values",
        f"at most {limits.text} characters, {limits.tokens} tokens, {limits.depth} levels, {limits.aliases} aliases, "
        f"{limits.root_fields} fields at the top, {limits.directives} directives, {limits.fragments} fragments, "
        f"and the same field at most {limits.repeats} times",
        f"at most {limits.page} rows",
        f"Time: {limits.timeout:g} seconds",
        f"{limits.subscriptions} subscriptions",
        f"of a `budget` of {limits.cost}",
        f"between {FIRST_DAY} and {LAST_DAY}",
    ):
        assert said in text


def test_every_code_is_explained_and_no_other(page: str) -> None:
    table = page[page.index("| code | |") : page.index("The status of an answer")]
    assert set(re.findall(r"`([A-Z_]+)`", re.sub(r"`X-\S+`", "", table))) == {code.value for code in Code}


def test_links_lead_somewhere(page: str, root: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page):
        assert (root / "docs" / target).exists(), target
    for folder in ("typescript", "python"):
        readme = root / "graphql" / "clients" / folder / "README.md"
        for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8")):
            assert (readme.parent / target).exists(), target
