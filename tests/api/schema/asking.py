"""The service asked as any viewer, from the text of a document to its answer; what HTTP adds is tested with the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

from graphql import ExecutionResult, GraphQLError
from planner import load_project
from planner_api.access.viewer import LOCAL, Role, Scope, Viewer
from planner_api.context import Context
from planner_api.drafts import draft_of
from planner_api.http.answering import Answering
from planner_api.http.documents import DocumentRefused
from planner_api.http.request import Asking
from planner_api.service import Service
from planner_api.store.records import PlanRecord, ProjectRecord


@dataclass(frozen=True)
class Answer:
    """What came back: data, and errors as (code, message, path)."""

    data: Any
    errors: tuple[tuple[str, str, tuple[Any, ...]], ...]

    @property
    def codes(self) -> set[str]:
        return {code for code, _, _ in self.errors}


@dataclass(frozen=True)
class Asker:
    """A viewer of a service."""

    service: Service
    viewer: Viewer = LOCAL

    def by(self, viewer: Viewer) -> Asker:
        return replace(self, viewer=viewer)

    def send(self, query: str, variables: Mapping[str, Any] | None = None, name: str | None = None) -> Answer:
        """The answer, refused or not."""
        return self.result(query, variables, name, lambda ready, context, answering: answering.run(ready, context))

    def refused(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Only what is refused before anything runs."""
        return self.result(query, variables, None, lambda *_: ExecutionResult({}))

    def result(self, query: str, variables: Mapping[str, Any] | None, name: str | None, run: Any) -> Answer:
        service, answering = self.service, _answering(self.service)
        context = Context(self.viewer, service, service.live.in_use, service.today(), Event())
        try:
            ready = answering.ready(Asking(query, variables=variables or {}, operation_name=name), context)
        except DocumentRefused as refused:
            return _answer(None, refused.errors)
        found = run(ready, context, answering)
        return _answer(found.data, found.errors or ())

    def ask(self, query: str, variables: Mapping[str, Any] | None = None, name: str | None = None) -> Any:
        """The data of an answer without errors."""
        answer = self.send(query, variables, name)
        assert answer.errors == (), answer.errors
        return answer.data


_ANSWERING: dict[int, tuple[Service, Answering]] = {}


def _answering(service: Service) -> Answering:
    """What answers for a service; its documents are kept with it."""
    found = _ANSWERING.get(id(service))
    if found is None or found[0] is not service:
        found = _ANSWERING[id(service)] = (service, Answering(service, None))
    return found[1]


def _answer(data: Any, errors: Iterable[GraphQLError]) -> Answer:
    return Answer(data, tuple(((e.extensions or {}).get("code", ""), e.message, tuple(e.path or ())) for e in errors))


@dataclass(frozen=True)
class Kept:
    """A project that was kept, and its plans, the first one first."""

    project: ProjectRecord
    plans: tuple[PlanRecord, ...]


def keep(service: Service, owner: str, path: Path, *days: str) -> Kept:
    """Keep a project of an example file, with a plan that begins on each of these days."""
    planner = service.live.in_use.planner
    project, _ = load_project(path)
    record = service.store.create_project(owner, draft_of(planner, project, service.today()))
    made = []
    for day in days:
        plan = planner.plan(project, as_of=service.today(), start=date.fromisoformat(day))
        found = service.store.add_plan(Scope(everything=True), record.id, record.revision, plan, owner)
        assert isinstance(found, tuple)
        made.append(found[0])
    again = service.store.project(Scope(everything=True), record.id)
    assert again is not None
    return Kept(again, tuple(made))


class CountingStore:
    """Counts the calls of a store by name."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        if not callable(found):
            return found

        def counted(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            return found(*arguments, **named)

        return counted


def viewer(role: Role, subject: str = "someone", departments: tuple[str, ...] = (), teams: tuple[str, ...] = ()) -> Viewer:
    return Viewer(subject, frozenset({role}), frozenset(departments), frozenset(teams))
