"""The log of changes. An entry is written in the transaction of what it tells of, as the last thing in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, text

from planner_api.store.pages import AnyRow
from planner_api.store.records import Change, ChangeKind, ProjectRecord
from planner_api.store.tables import changes, participations

CHANNEL = "planner_changes"
"""The PostgreSQL channel on which the sequence of each new entry is told when it is committed."""
_IN_TURN = 0x706C616E  # "plan"; the key of the advisory lock that writers of the log take in turn


def log_change(connection: Connection, now: datetime, kind: ChangeKind, project: ProjectRecord, plan: str | None = None) -> None:
    """Add an entry about a project as it now is. It must be the transaction's last statement.

    Sequences are given in the order in which transactions commit: a reader that has seen one has seen, or can see, all before it. SQLite has
    one writer. On PostgreSQL a writer holds a lock from before it takes its number until after its commit (committing a NOTIFY takes
    such a lock anyway); nothing else is waited for under it.
    """
    departments = connection.scalars(
        select(participations.c.department).where(participations.c.project == project.id).order_by(participations.c.department)
    ).all()
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IN_TURN})
    statement = (
        insert(changes)
        .values(
            kind=kind.value,
            project=project.id,
            plan=plan,
            owner=project.owner,
            team=project.draft.team,
            departments=json.dumps(list(departments), ensure_ascii=False),
            at=now,
        )
        .returning(changes.c.sequence)
    )
    sequence = connection.execute(statement).scalar_one()
    if postgres:
        connection.execute(text("SELECT pg_notify(:channel, :sequence)"), {"channel": CHANNEL, "sequence": str(sequence)})


def record(row: AnyRow) -> Change:
    return Change(
        sequence=row.sequence,
        kind=ChangeKind(row.kind),
        project=row.project,
        plan=row.plan,
        owner=row.owner,
        team=row.team,
        departments=frozenset(json.loads(row.departments)),
        at=row.at,
    )


def after(connection: Connection, sequence: int, limit: int) -> Sequence[Change]:
    found = connection.execute(
        select(changes).where(changes.c.sequence > sequence).order_by(changes.c.sequence).limit(max(limit, 0))
    )
    return [record(row) for row in found]


def one(connection: Connection, sequence: int) -> Change | None:
    found = connection.execute(select(changes).where(changes.c.sequence == sequence)).first()
    return None if found is None else record(found)


def last(connection: Connection) -> int:
    return connection.execute(select(func.coalesce(func.max(changes.c.sequence), 0))).scalar_one()
