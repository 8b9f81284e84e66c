"""Calendar feeds and their tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, true, update

from planner_api.store.identities import is_identity, new_identity
from planner_api.store.pages import AnyRow
from planner_api.store.project_rows import check_name
from planner_api.store.records import FeedRecord
from planner_api.store.scoping import one_of
from planner_api.store.tables import feeds


def record(row: AnyRow) -> FeedRecord:
    return FeedRecord(
        id=row.id,
        department=row.department,
        created_by=row.created_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _hash(token: str) -> bytes:
    # A token is 256 random bits: it needs no salt, and no slow hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def create(connection: Connection, now: datetime, department: str, created_by: str) -> tuple[FeedRecord, str]:
    check_name(department)
    check_name(created_by)
    token = secrets.token_urlsafe(32)
    values = {
        "id": new_identity(now),
        "token": _hash(token),
        "department": department,
        "created_by": created_by,
        "created_at": now,
        "revoked_at": None,
    }
    return record(connection.execute(insert(feeds).values(values).returning(*feeds.c)).one()), token


def listed(connection: Connection, departments: frozenset[str] | None) -> tuple[FeedRecord, ...]:
    query = select(feeds).where(_of(departments)).order_by(feeds.c.id.desc())
    return tuple(record(row) for row in connection.execute(query))


def opened_by(connection: Connection, token: str) -> FeedRecord | None:
    found = connection.execute(select(feeds).where(feeds.c.token == _hash(token), feeds.c.revoked_at.is_(None))).first()
    return None if found is None else record(found)


def revoke(connection: Connection, now: datetime, id: str, departments: frozenset[str] | None) -> FeedRecord | None:
    """Close a feed. One that is closed already stays as it is."""
    if not is_identity(id):
        return None
    own = (feeds.c.id == id, _of(departments))
    connection.execute(update(feeds).where(*own, feeds.c.revoked_at.is_(None)).values(revoked_at=now))
    found = connection.execute(select(feeds).where(*own)).first()
    return None if found is None else record(found)


def _of(departments: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if departments is None else one_of(feeds.c.department, departments)
