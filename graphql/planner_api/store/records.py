"""What the store gives and takes: frozen values that know nothing of SQL or GraphQL.

Identities are 32 hexadecimal digits of a UUID version 7 (they sort by the time they were made). Times are aware datetimes in UTC. A
project is edited under optimistic concurrency: `revision` grows by one with each edit, and an edit names the one it saw. A plan is
never changed or removed; a project keeps all of them, numbered from 1, and the newest is its current one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")

DeadlineKind: TypeAlias = Literal[
    "submit", "decide_promised", "decide_statutory", "supplement", "verify", "duty", "lapse", "milestone", "target"
]
"""Kinds of `planner.output.deadlines` that are kept for every project; what else a plan's clock says is read from the plan."""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project as its owner describes it, ready to be kept: plain JSON values, numbers as text.

    `project_class`, `team`: code of the class (项目类别) and of the working group that follows from it; None when not given.
    """

    name: str
    content: str
    district: str
    progress: str
    facts: Mapping[str, Any]
    durations: Mapping[str, str]
    project_class: str | None
    team: str | None


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A kept project. `plan`: identity of the current plan; None before the first. An archived one has no deadlines."""

    id: str
    owner: str
    revision: int
    draft: ProjectDraft
    archived: bool
    plan: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A kept plan. `packed`: its document, compressed as it lies in the database. `revision`: the project's when it was made.

    `made_by`: the subject who had it made. `owner`, `team`: of its project when it was made; `departments`: those with an item in it.
    """

    id: str
    project: str
    number: int
    revision: int
    packed: bytes
    made_at: datetime
    made_by: str
    as_of: date
    start: date
    rulebook: str
    owner: str
    team: str | None
    departments: frozenset[str]

    @property
    def document(self) -> bytes:
        """The bytes of `plan.model_dump_json()`, as made. Unpacked only when asked for: a list of plans reads none of them."""
        return zlib.decompress(self.packed)


@dataclass(frozen=True, slots=True)
class DeadlineRecord:
    """One deadline of a project's current plan. `day` is the day it falls on; `earliest` and `latest` bound it where it is provisional.

    `id`: the plan's identity and the deadline's key in it. `item`: the approval's code, or the milestone's. `department` is "" for what
    is no office's. `critical`: a day lost here is a day lost at the end. `depends`: it falls away if open facts turn out so.
    """

    id: str
    project: str
    project_name: str
    plan: str
    project_class: str | None
    team: str | None
    kind: DeadlineKind
    item: str
    name: str
    title: str
    department: str
    stage: str
    day: date
    earliest: date
    latest: date
    provisional: bool
    depends: bool
    critical: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class DeadlineCount:
    """How many deadlines a department has in the week that begins on a Monday, and how many of them are provisional."""

    department: str
    week: date
    count: int
    provisional: int


@dataclass(frozen=True, slots=True)
class RulebookRecord:
    """A rulebook that this service has used: its digest, its name, when it was first used, a zip of its files (`archive`)."""

    digest: str
    name: str
    first_used_at: datetime
    archive: bytes


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A department's calendar feed. Only a hash of its token is kept. `revoked_at`: None while it works."""

    id: str
    department: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class ChangeKind(StrEnum):
    PROJECT_SAVED = "project_saved"
    PROJECT_ARCHIVED = "project_archived"
    PLAN_MADE = "plan_made"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log of changes, written in the transaction of what it tells of. `sequence` names it; gaps mean nothing."""

    sequence: int
    kind: ChangeKind
    project: str
    plan: str | None
    owner: str
    team: str | None
    departments: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects. Empty means any. `search`: part of the name. `department`: with one of its approvals in the current plan."""

    classes: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    search: str = ""
    archived: bool = False
    planned: bool | None = None


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """Which deadlines. Empty means any; `first` and `last` are days, both included. `depends`: None for either."""

    kinds: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    depends: bool | None = None
    critical: bool | None = None
    provisional: bool | None = None


class ProjectOrder(StrEnum):
    NEWEST = "newest"
    RECENTLY_UPDATED = "recently_updated"
    NAME = "name"


class DeadlineOrder(StrEnum):
    DAY = "day"
    DAY_DESCENDING = "day_descending"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of a list: at most `size` rows after (or, `backward`, before) a cursor. A cursor is opaque text; a bad one is a ValueError."""

    size: int
    after: str | None = None
    before: str | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the list's order, each with its cursor, and whether there are more on either side."""

    rows: tuple[T, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such thing, or this viewer may not see it: the answer does not tell which."""

    id: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The edit was made on another revision than the current one; nothing was changed."""

    current: ProjectRecord
