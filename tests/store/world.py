"""Small things that the tests of the store put into it and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.records import (
    DeadlineFilter,
    DeadlineOrder,
    DeadlineRecord,
    Page,
    PageRequest,
    PlanRecord,
    ProjectDraft,
    ProjectFilter,
    ProjectOrder,
    ProjectRecord,
)
from planner_api.store.sql import SqlStore

T = TypeVar("T")

EVERYTHING = Scope(everything=True)
NEWEST = ProjectOrder.NEWEST
BY_DAY = DeadlineOrder.DAY


def draft(name: str = "铁西区厂房", **changes: Any) -> ProjectDraft:
    """A project of the investment class."""
    plain = ProjectDraft(
        name=name,
        content="改造一条生产线",
        district="铁西区",
        progress="前期",
        facts={"land_area": "1.5", "dangerous": False, "uses": ["a", "b"]},
        durations={"construction": "300 日"},
        project_class="investment",
        team="investment_team",
    )
    return replace(plain, **changes)


def moved(plan: Plan, days: int) -> Plan:
    """The plan as if it began some days later: another document with the same deadlines."""
    return plan.model_copy(update={"start": plan.start + timedelta(days=days)})


def planned(store: SqlStore, project: ProjectRecord, plan: Plan) -> PlanRecord:
    """The plan, kept for the project."""
    answer = store.add_plan(EVERYTHING, project.id, project.revision, plan, "somebody")
    assert isinstance(answer, tuple)
    return answer[0]


def edited(store: SqlStore, project: ProjectRecord, changed: ProjectDraft) -> ProjectRecord:
    answer = store.edit_project(EVERYTHING, project.id, project.revision, changed)
    assert isinstance(answer, ProjectRecord)
    return answer


def archived(store: SqlStore, project: ProjectRecord, whether: bool = True) -> ProjectRecord:
    answer = store.archive_project(EVERYTHING, project.id, project.revision, whether)
    assert isinstance(answer, ProjectRecord)
    return answer


def walked(read: Callable[[PageRequest], Page[T]], size: int = 3, *, backward: bool = False) -> list[T]:
    """Every row of a list, page by page, in the list's order. What each page says of its neighbours is checked on the way."""
    rows: list[T] = []
    cursor: str | None = None
    while True:
        page = read(PageRequest(size, before=cursor, backward=True) if backward else PageRequest(size, after=cursor))
        assert len(page.rows) == len(page.cursors) <= size
        beyond, behind = (page.has_previous, page.has_next) if backward else (page.has_next, page.has_previous)
        assert behind == bool(rows)
        rows = [*page.rows, *rows] if backward else [*rows, *page.rows]
        if not beyond:
            return rows
        assert len(page.rows) == size
        cursor = page.cursors[0 if backward else -1]


def all_projects(store: SqlStore, scope: Scope = EVERYTHING, order: ProjectOrder = NEWEST, **which: Any) -> list[ProjectRecord]:
    return list(store.projects(scope, ProjectFilter(**which), order, PageRequest(100_000)).rows)


def all_deadlines(store: SqlStore, scope: Scope = EVERYTHING, order: DeadlineOrder = BY_DAY, **which: Any) -> list[DeadlineRecord]:
    return list(store.deadlines(scope, DeadlineFilter(**which), order, PageRequest(10_000)).rows)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
