"""A server on a real port, and what a front-end does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from planner import Planner, load_project
from planner.conditions import NOT_APPLICABLE
from planner_api.service import Service, open_service
from planner_api.settings import Settings
from tests.api.serving import running

TODAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Client:
    """A front-end: it sends operations and reads answers."""

    http: httpx.Client

    def send(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        return self.http.post("/graphql", json={"query": query, "variables": variables or {}, **more})

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of an answer that has no errors."""
        answer = self.send(query, variables)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]


@pytest.fixture(scope="session")
def serving() -> Callable[[Starlette], Any]:
    return running


@pytest.fixture(scope="session")
def services(anshan: Planner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Makes services with the shipped rulebook, on `TODAY`, each with an empty database of its own; settings may be given by name."""
    opened: list[Service] = []

    def one(**settings: Any) -> Service:
        database = f"sqlite:///{tmp_path_factory.mktemp('store') / 'planner.db'}"
        service = open_service(Settings(**{"database": database, **settings}), anshan, today=lambda: TODAY)
        opened.append(service)
        return service

    yield one
    for service in opened:
        service.store.close()


@pytest.fixture(scope="session")
def service(services: Callable[..., Service]) -> Service:
    """One service for all tests that only ask."""
    return services()


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    from planner_api.app import create_app

    with running(create_app(service)) as found:
        yield found


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[Client]:
    with httpx.Client(base_url=address, timeout=60) as http:
        yield Client(http)


@pytest.fixture(scope="session")
def operations(root: Path) -> Mapping[str, str]:
    """The checked-in operations by file name."""
    return {p.stem: p.read_text(encoding="utf-8") for p in (root / "graphql" / "operations").glob("*.graphql")}


@pytest.fixture(scope="session")
def schema(client: Client) -> Mapping[str, Any]:
    """Every type of the running server's schema by name, by introspection."""
    reference = "kind name ofType { kind name ofType { kind name ofType { kind name } } }"
    found = client.ask(
        f"""{{ __schema {{ types {{
            kind name description
            fields(includeDeprecated: true) {{
                name description type {{ {reference} }} args {{ name description type {{ {reference} }} }}
            }}
            inputFields {{ name description defaultValue type {{ {reference} }} }}
            enumValues {{ name description }}
            possibleTypes {{ name }}
        }} }} }}"""
    )
    return {t["name"]: t for t in found["__schema"]["types"]}


@pytest.fixture(scope="session")
def everything(schema: Mapping[str, Any]) -> str:
    """A query for the whole of a plan: every field of every type below `PlanResult`."""

    def named(reference: Mapping[str, Any]) -> str:
        while reference.get("ofType"):
            reference = reference["ofType"]
        return str(reference["name"])

    def selection(type_name: str) -> str:
        of = schema[type_name]
        if of["kind"] == "UNION":
            parts = [f"... on {t['name']} {selection(t['name'])}" for t in of["possibleTypes"]]
        elif of["kind"] == "OBJECT":
            parts = [f"{f['name']} {selection(named(f['type']))}" for f in of["fields"]]
        else:
            return ""
        return "{ __typename " + " ".join(parts) + " }"

    return (
        "query Everything($project: ProjectInput!, $asOf: Date, $start: Date, $target: TargetInput)"
        "{ planPreview(project: $project, asOf: $asOf, start: $start, target: $target) " + selection("PlanResult") + " }"
    )


@pytest.fixture(scope="session")
def form(client: Client, operations: Mapping[str, str]) -> Mapping[str, Any]:
    """What a form screen knows: the rulebook's questions, asked for as that screen asks."""
    found: Mapping[str, Any] = client.ask(operations["project_form"])["rulebook"]
    return found


@pytest.fixture(scope="session")
def as_input(anshan: Planner, form: Mapping[str, Any]) -> Callable[[Path], dict[str, Any]]:
    """A project file as the input a form would send; the names come from the form, not from the code under test."""
    questions = {q["name"]: q for q in form["facts"]}
    steps = {s["name"]: s["value"] for s in form["steps"]}

    def translate(path: Path) -> dict[str, Any]:
        project, _ = load_project(path)
        sent: dict[str, Any] = {
            "name": project.name,
            "content": project.content,
            "district": project.district,
            "progress": project.progress,
            "notApplicable": [],
            "durations": [],
        }
        for word, raw in project.facts.items():
            fact = anshan.rulebook.vocabulary.find(word)
            question = questions[fact.name]
            value = anshan.rulebook.vocabulary.read_value(fact, raw)
            choices = {c["name"]: c["value"] for c in question["choices"]}
            if value is NOT_APPLICABLE:
                sent["notApplicable"].append(question["notApplicable"])
            elif value is None or isinstance(value, Fraction):
                sent[question["field"]] = None if value is None else raw
            elif fact.kind == "set":
                assert isinstance(value, frozenset)
                sent[question["field"]] = [choices[fact.names[code]] for code in sorted(value)]
            elif fact.kind == "choice":
                sent[question["field"]] = choices[fact.names[str(value)]]
            elif fact.kind == "yes_no":
                sent[question["field"]] = value in (True, "yes")
            else:
                sent[question["field"]] = str(value)
        for word, span in project.durations.items():
            number, unit = span.split()
            days = {"工作日": "WORKING_DAYS", "日": "CALENDAR_DAYS"}[unit]
            sent["durations"].append({"step": steps[word], "days": int(number), "unit": days})
        return sent

    return translate
