"""Rulebooks that the service has used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, LargeBinary, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from planner_api.store.pages import AnyRow, Order
from planner_api.store.records import Page, PageRequest, RulebookRecord
from planner_api.store.scoping import keepable
from planner_api.store.tables import rulebooks

NEWEST = Order("rn", (rulebooks.c.first_used_at, rulebooks.c.digest), (datetime, str), descending=True)


def record(row: AnyRow) -> RulebookRecord:
    return RulebookRecord(digest=row.digest, name=row.name, first_used_at=row.first_used_at, archive=row.archive)


def keep(connection: Connection, now: datetime, digest: str, name: str, archive: bytes) -> None:
    row = {"digest": digest, "name": name, "first_used_at": now, "archive": archive}
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(rulebooks).on_conflict_do_nothing().values(row))
    else:
        connection.execute(sqlite.insert(rulebooks).on_conflict_do_nothing().values(row))


def page(connection: Connection, request: PageRequest) -> Page[RulebookRecord]:
    nothing = literal(b"", LargeBinary).label("archive")
    query = select(rulebooks.c.digest, rulebooks.c.name, rulebooks.c.first_used_at, nothing)
    return NEWEST.page(connection, query, request, record)


def one(connection: Connection, digest: str) -> RulebookRecord | None:
    if not keepable([digest]):
        return None
    found = connection.execute(select(rulebooks).where(rulebooks.c.digest == digest)).first()
    return None if found is None else record(found)
