"""What the rest of the service needs of a store. `planner_api.store.sql.SqlStore` is it; tests may bring others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.records import (
    Change,
    DeadlineCount,
    DeadlineFilter,
    DeadlineOrder,
    DeadlineRecord,
    FeedRecord,
    Missing,
    Page,
    PageRequest,
    PlanRecord,
    ProjectDraft,
    ProjectFilter,
    ProjectOrder,
    ProjectRecord,
    RulebookRecord,
    Stale,
)


class StoreUnavailable(Exception):
    """The database cannot be reached, or answered too slowly. Nothing is known of what was asked; asking again may help."""


class Store(Protocol):
    """Every method is one transaction, safe to call from any thread, and raises `StoreUnavailable` when the database is gone.

    A row outside `scope` is treated as if it did not exist.
    """

    def create_project(self, owner: str, draft: ProjectDraft, request_key: str | None = None) -> ProjectRecord:
        """A new project. The same owner's same `request_key` gives the project made the first time."""
        ...

    def edit_project(self, scope: Scope, id: str, revision: int, draft: ProjectDraft) -> ProjectRecord | Stale | Missing: ...

    def archive_project(self, scope: Scope, id: str, revision: int, archived: bool) -> ProjectRecord | Stale | Missing:
        """Take a project out of lists and calendars, or bring it back with its current plan's deadlines. Nothing is removed."""
        ...

    def project(self, scope: Scope, id: str) -> ProjectRecord | None: ...

    def projects_by_id(self, scope: Scope, ids: Sequence[str]) -> dict[str, ProjectRecord]: ...

    def projects(self, scope: Scope, which: ProjectFilter, order: ProjectOrder, page: PageRequest) -> Page[ProjectRecord]: ...

    def count_projects(self, scope: Scope, which: ProjectFilter) -> int: ...

    def add_plan(
        self, scope: Scope, project: str, revision: int, plan: Plan, made_by: str
    ) -> tuple[PlanRecord, bool] | Stale | Missing:
        """Keep a plan made of this revision of the project, as its current one, with its deadlines.

        False beside it when the current plan has the same bytes already; then nothing is added.
        """
        ...

    def plan(self, scope: Scope, id: str) -> PlanRecord | None: ...

    def plans_by_id(self, scope: Scope, ids: Sequence[str]) -> dict[str, PlanRecord]: ...

    def plans(self, scope: Scope, project: str, page: PageRequest) -> Page[PlanRecord]:
        """A project's plans, newest first."""
        ...

    def count_plans(self, scope: Scope, project: str) -> int: ...

    def deadlines(self, scope: Scope, which: DeadlineFilter, order: DeadlineOrder, page: PageRequest) -> Page[DeadlineRecord]:
        """Deadlines of the current plans. Who sees a project whole sees all of it; a department its own."""
        ...

    def count_deadlines(self, scope: Scope, which: DeadlineFilter) -> int: ...

    def deadline_counts(self, scope: Scope, which: DeadlineFilter) -> tuple[DeadlineCount, ...]:
        """By department and week, in that order."""
        ...

    def keep_rulebook(self, digest: str, name: str, archive: bytes) -> None:
        """Remember a rulebook the first time it is used; later calls change nothing."""
        ...

    def rulebooks(self, page: PageRequest) -> Page[RulebookRecord]:
        """Newest first. `archive` is empty here; `rulebook` has it."""
        ...

    def rulebook(self, digest: str) -> RulebookRecord | None: ...

    def create_feed(self, department: str, created_by: str) -> tuple[FeedRecord, str]:
        """A new calendar feed and its token, which is shown this once."""
        ...

    def feeds(self, departments: frozenset[str] | None) -> tuple[FeedRecord, ...]:
        """Feeds of these departments (None: of all), newest first."""
        ...

    def feed_of_token(self, token: str) -> FeedRecord | None:
        """The feed that a token opens; None for a wrong or revoked one."""
        ...

    def revoke_feed(self, id: str, departments: frozenset[str] | None) -> FeedRecord | None:
        """Close a feed of one of these departments (None: of any)."""
        ...

    def changes_after(self, sequence: int, limit: int = 1000) -> tuple[Change, ...]:
        """Entries of the log after one, in the order of their sequence."""
        ...

    def change(self, sequence: int) -> Change | None: ...

    def last_change(self) -> int:
        """The highest sequence there is; 0 when there is none."""
        ...

    def ready(self) -> str:
        """ "" when the database answers and its tables are the ones this program knows; else why not, in Chinese."""
        ...

    def now(self) -> datetime:
        """The time of the store's clock, in UTC."""
        ...

    def close(self) -> None: ...
