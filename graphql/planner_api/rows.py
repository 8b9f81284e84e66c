"""Rows that one request has read from the store: each is read once, and those that stand in one list are read together.

A list announces what its rows refer to; the first field that needs one of them reads them all. So a page of deadlines with the project
of each costs two calls of the store, not one for every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from planner_api.access.viewer import Scope
from planner_api.store.interface import Store
from planner_api.store.records import PlanRecord, ProjectRecord

T = TypeVar("T")


class _Known(Generic[T]):
    """Rows of one kind, and the ids that will be read with the next one."""

    def __init__(self) -> None:
        self.rows: dict[str, T | None] = {}
        self.expected: dict[str, None] = {}

    def get(self, id: str, read: Callable[[Sequence[str]], dict[str, T]]) -> T | None:
        if id not in self.rows:
            wanted = [one for one in self.expected if one not in self.rows and one != id]
            found = read([id, *wanted])
            self.rows.update({one: found.get(one) for one in (id, *wanted)})
            self.expected.clear()
        return self.rows[id]


class Rows:
    """What one request knows of the store. None where a row is missing, or is none that the viewer may see."""

    def __init__(self) -> None:
        self._projects: _Known[ProjectRecord] = _Known()
        self._plans: _Known[PlanRecord] = _Known()

    def forget(self) -> None:
        """Begin anew: something was changed, or news came in."""
        self._projects = _Known()
        self._plans = _Known()

    def expect(self, projects: Iterable[str] = (), plans: Iterable[str | None] = ()) -> None:
        """Rows that will be asked for, if any, together."""
        self._projects.expected.update(dict.fromkeys(projects))
        self._plans.expected.update(dict.fromkeys(one for one in plans if one is not None))

    def hold(self, *records: ProjectRecord | PlanRecord) -> None:
        """Rows that were read otherwise."""
        for one in records:
            if isinstance(one, ProjectRecord):
                self._projects.rows[one.id] = one
            else:
                self._plans.rows[one.id] = one

    def project(self, store: Store, scope: Scope, id: str) -> ProjectRecord | None:
        return self._projects.get(id, lambda ids: store.projects_by_id(scope, ids))

    def plan(self, store: Store, scope: Scope, id: str) -> PlanRecord | None:
        return self._plans.get(id, lambda ids: store.plans_by_id(scope, ids))
