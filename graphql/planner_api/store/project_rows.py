"""Projects in their table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from planner_api.access.viewer import Scope
from planner_api.store.change_rows import log_change
from planner_api.store.identities import is_identity, new_identity
from planner_api.store.pages import AnyRow, Order
from planner_api.store.records import (
    ChangeKind,
    Missing,
    Page,
    PageRequest,
    ProjectDraft,
    ProjectFilter,
    ProjectOrder,
    ProjectRecord,
    Stale,
)
from planner_api.store.scoping import has_current, keepable, one_of, sees_project, sees_whole
from planner_api.store.tables import deadlines, projects

_NAME_ORDER = 100
"""How much of a name lists are sorted by: an entry of an index has its limits."""
_IDENTIFIER = 500
"""The longest text that may stand for somebody."""
_SEARCH = 10_000

ORDERS: Mapping[ProjectOrder, Order] = {
    ProjectOrder.NEWEST: Order("pn", (projects.c.id,), (bytes,), descending=True),
    ProjectOrder.RECENTLY_UPDATED: Order("pu", (projects.c.updated_at, projects.c.id), (datetime, bytes), descending=True),
    ProjectOrder.NAME: Order("pa", (projects.c.name_order, projects.c.id), (str, bytes)),
}


def record(row: AnyRow) -> ProjectRecord:
    draft = ProjectDraft(
        name=row.name,
        content=row.content,
        district=row.district,
        progress=row.progress,
        facts=json.loads(row.facts),
        durations=json.loads(row.durations),
        project_class=row.project_class,
        team=row.team,
    )
    return ProjectRecord(
        id=row.id,
        owner=row.owner,
        revision=row.revision,
        draft=draft,
        archived=row.archived,
        plan=row.plan,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _columns(draft: ProjectDraft) -> dict[str, Any]:
    name = _storable(draft.name)
    return {
        "name": name,
        "name_folded": name.casefold(),
        "name_order": name.casefold()[:_NAME_ORDER],
        "content": _storable(draft.content),
        "district": _storable(draft.district),
        "progress": _storable(draft.progress),
        "facts": json.dumps(dict(draft.facts), separators=(",", ":")),
        "durations": json.dumps(dict(draft.durations), separators=(",", ":")),
        "project_class": draft.project_class,
        "team": draft.team,
    }


def _storable(text: str) -> str:
    """A text as databases can hold it: what they cannot, NUL and half characters, shows as U+FFFD or "?"."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def check_name(name: str) -> None:
    """Raises ValueError for what cannot stand for somebody: two of them could become one in the database."""
    if not 0 < len(name) <= _IDENTIFIER or not keepable([name]):
        raise ValueError(f"not a name for somebody: empty, longer than {_IDENTIFIER} characters, or not proper text")


def create(connection: Connection, now: datetime, owner: str, draft: ProjectDraft, request_key: str | None) -> ProjectRecord:
    check_name(owner)
    row = {
        "id": new_identity(now),
        "owner": owner,
        "request_key": None if request_key is None else hashlib.sha256(request_key.encode("utf-8", "surrogatepass")).hexdigest(),
        "revision": 1,
        **_columns(draft),
        "archived": False,
        "plan": None,
        "created_at": now,
        "updated_at": now,
    }
    added = connection.execute(_insert_once(connection).values(row).returning(*projects.c)).first()
    if added is None:
        same = select(projects).where(projects.c.owner == owner, projects.c.request_key == row["request_key"])
        return record(connection.execute(same).one())
    made = record(added)
    log_change(connection, now, ChangeKind.PROJECT_SAVED, made)
    return made


def _insert_once(connection: Connection) -> Insert:
    """An insert that does nothing when the same owner used the same key before."""
    key = ["owner", "request_key"]
    if connection.dialect.name == "postgresql":
        return postgresql.insert(projects).on_conflict_do_nothing(index_elements=key)
    return sqlite.insert(projects).on_conflict_do_nothing(index_elements=key)


def locked(connection: Connection, scope: Scope, id: str, revision: int) -> ProjectRecord | Stale | Missing:
    """The project, held against other writers until the transaction ends, if this is its revision and the scope sees it whole."""
    if not is_identity(id):
        return Missing(id)
    found = connection.execute(select(projects).where(projects.c.id == id, sees_whole(scope)).with_for_update()).first()
    if found is None:
        return Missing(id)
    current = record(found)
    return current if current.revision == revision else Stale(current)


def edit(
    connection: Connection, now: datetime, scope: Scope, id: str, revision: int, draft: ProjectDraft
) -> ProjectRecord | Stale | Missing:
    current = locked(connection, scope, id, revision)
    if not isinstance(current, ProjectRecord):
        return current
    changed = _change(connection, now, current, _columns(draft))
    if (draft.project_class, draft.team) != (current.draft.project_class, current.draft.team):
        connection.execute(
            update(deadlines).where(deadlines.c.project == id).values(project_class=draft.project_class, team=draft.team)
        )
    log_change(connection, now, ChangeKind.PROJECT_SAVED, changed)
    return changed


def archive(
    connection: Connection, now: datetime, scope: Scope, id: str, revision: int, archived: bool
) -> ProjectRecord | Stale | Missing:
    current = locked(connection, scope, id, revision)
    if not isinstance(current, ProjectRecord) or current.archived == archived:
        return current
    changed = _change(connection, now, current, {"archived": archived})
    connection.execute(update(deadlines).where(deadlines.c.project == id).values(archived=archived))
    log_change(connection, now, ChangeKind.PROJECT_ARCHIVED, changed)
    return changed


def _change(connection: Connection, now: datetime, current: ProjectRecord, values: dict[str, Any]) -> ProjectRecord:
    # The row is locked; the revision stands here too, so that nothing is overwritten whatever the lock is worth.
    statement = (
        update(projects)
        .where(projects.c.id == current.id, projects.c.revision == current.revision)
        .values(**values, revision=current.revision + 1, updated_at=now)
        .returning(*projects.c)
    )
    return record(connection.execute(statement).one())


def by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, ProjectRecord]:
    known = sorted(set(filter(is_identity, ids)))
    if not known or scope.empty:
        return {}
    found = connection.execute(select(projects).where(projects.c.id.in_(known), sees_project(scope)))
    rows = {row.id: record(row) for row in found}
    return {wanted: rows[wanted] for wanted in ids if wanted in rows}


def page(
    connection: Connection, scope: Scope, which: ProjectFilter, order: ProjectOrder, request: PageRequest
) -> Page[ProjectRecord]:
    return ORDERS[order].page(connection, select(projects).where(*_conditions(scope, which)), request, record)


def count(connection: Connection, scope: Scope, which: ProjectFilter) -> int:
    return connection.execute(select(func.count()).select_from(projects).where(*_conditions(scope, which))).scalar_one()


def _conditions(scope: Scope, which: ProjectFilter) -> list[ColumnElement[bool]]:
    conditions = [sees_project(scope), projects.c.archived == which.archived]
    for column, values in (
        (projects.c.project_class, which.classes),
        (projects.c.team, which.teams),
        (projects.c.district, which.districts),
    ):
        if values:
            conditions.append(one_of(column, values))
    if which.departments:
        conditions.append(has_current(scope, which.departments))
    if which.search:
        conditions.append(_named_like(which.search))
    if which.planned is not None:
        conditions.append(projects.c.plan.is_not(None) if which.planned else projects.c.plan.is_(None))
    return conditions


def _named_like(search: str) -> ColumnElement[bool]:
    """Names with this part in them, upper or lower case."""
    if len(search) > _SEARCH or not keepable([search]):
        return one_of(projects.c.id, ())
    return projects.c.name_folded.contains(search.casefold(), autoescape=True)


def set_plan(connection: Connection, id: str, plan: str) -> None:
    connection.execute(update(projects).where(projects.c.id == id).values(plan=plan))
