"""The tables, as this program knows them. `migrations/` brings a database there; a test holds the two equal.

Text is compared by its code points on both databases (COLLATE "C" on PostgreSQL), so that lists have one order. Who may see a row is
written on it (owner, working group, department): lists are read in order from an index, whoever asks.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_refers",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
    }
)


WORDS = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by code point."""


class Identity(TypeDecorator[str]):
    """32 hexadecimal digits; a native UUID on PostgreSQL."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[uuid.UUID]:
        return dialect.type_descriptor(Uuid(as_uuid=True))

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> uuid.UUID | None:
        return None if value is None else uuid.UUID(hex=value)

    def process_result_value(self, value: uuid.UUID | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.hex


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC, to the microsecond."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Serial = BigInteger().with_variant(Integer(), "sqlite")
"""A number that grows; on SQLite only INTEGER counts up by itself."""


class ProjectColumns(TypedColumns):
    """`facts`, `durations`: JSON. `name_folded`: what a search looks in; `name_order`: its beginning, which lists are sorted by.

    `request_key`: a hash of the key under which its maker asked for it. `plan`: the current one.
    """

    id: Named[str] = Column(Identity, primary_key=True)
    owner: Named[str] = Column(WORDS)
    request_key: Named[str | None] = Column(WORDS)
    revision: Named[int] = Column(Integer)
    name: Named[str] = Column(WORDS)
    name_folded: Named[str] = Column(WORDS)
    name_order: Named[str] = Column(WORDS)
    content: Named[str] = Column(WORDS)
    district: Named[str] = Column(WORDS)
    progress: Named[str] = Column(WORDS)
    facts: Named[str] = Column(WORDS)
    durations: Named[str] = Column(WORDS)
    project_class: Named[str | None] = Column(WORDS)
    team: Named[str | None] = Column(WORDS)
    archived: Named[bool] = Column(Boolean)
    plan: Named[str | None] = Column(Identity, ForeignKey("plans.id", use_alter=True))
    created_at: Named[datetime] = Column(Moment)
    updated_at: Named[datetime] = Column(Moment)


projects = Table(
    "projects",
    metadata,
    ProjectColumns,
    UniqueConstraint("owner", "request_key"),
    Index("projects_by_age", "archived", "id"),
    Index("projects_by_update", "archived", "updated_at", "id"),
    Index("projects_by_name", "archived", "name_order", "id"),
    Index("projects_of_owner_by_age", "owner", "archived", "id"),
    Index("projects_of_owner_by_update", "owner", "archived", "updated_at", "id"),
    Index("projects_of_owner_by_name", "owner", "archived", "name_order", "id"),
    Index("projects_of_team_by_age", "team", "archived", "id"),
    Index("projects_of_team_by_update", "team", "archived", "updated_at", "id"),
    Index("projects_of_team_by_name", "team", "archived", "name_order", "id"),
)


class PlanColumns(TypedColumns):
    """`document`: the plan's JSON, compressed by zlib; `digest`: SHA-256 of the JSON. `departments`: a JSON list.

    Rows are added and never touched again: triggers refuse it.
    """

    id: Named[str] = Column(Identity, primary_key=True)
    project: Named[str] = Column(Identity, ForeignKey("projects.id"))
    number: Named[int] = Column(Integer)
    revision: Named[int] = Column(Integer)
    document: Named[bytes] = Column(LargeBinary)
    digest: Named[bytes] = Column(LargeBinary)
    made_at: Named[datetime] = Column(Moment)
    made_by: Named[str] = Column(WORDS)
    as_of: Named[date] = Column(Date)
    start: Named[date] = Column(Date)
    rulebook: Named[str] = Column(WORDS)
    owner: Named[str] = Column(WORDS)
    team: Named[str | None] = Column(WORDS)
    departments: Named[str] = Column(WORDS)


plans = Table("plans", metadata, PlanColumns, UniqueConstraint("project", "number"))


class ParticipationColumns(TypedColumns):
    """A department that has, or had in one of its plans, an approval in a project. `current`: in the current plan."""

    project: Named[str] = Column(Identity, ForeignKey("projects.id"), primary_key=True)
    department: Named[str] = Column(WORDS, primary_key=True)
    current: Named[bool] = Column(Boolean)


participations = Table(
    "participations",
    metadata,
    ParticipationColumns,
    Index("participations_of_department", "department", "project"),
)


class DeadlineColumns(TypedColumns):
    """The deadlines of current plans. `owner`, `team`, `project_class`, `archived` are the project's, and change with it."""

    id: Named[int] = Column(Serial, primary_key=True, autoincrement=True)
    project: Named[str] = Column(Identity, ForeignKey("projects.id"))
    owner: Named[str] = Column(WORDS)
    team: Named[str | None] = Column(WORDS)
    project_class: Named[str | None] = Column(WORDS)
    archived: Named[bool] = Column(Boolean)
    key: Named[str] = Column(WORDS)
    kind: Named[str] = Column(WORDS)
    item: Named[str] = Column(WORDS)
    name: Named[str] = Column(WORDS)
    title: Named[str] = Column(WORDS)
    department: Named[str] = Column(WORDS)
    stage: Named[str] = Column(WORDS)
    day: Named[date] = Column(Date)
    earliest: Named[date] = Column(Date)
    latest: Named[date] = Column(Date)
    provisional: Named[bool] = Column(Boolean)
    depends: Named[bool] = Column(Boolean)
    critical: Named[bool] = Column(Boolean)
    verified: Named[bool] = Column(Boolean)


deadlines = Table(
    "deadlines",
    metadata,
    DeadlineColumns,
    Index("deadlines_of_project", "project", "day"),
    sqlite_autoincrement=True,
)
_LIVE = ~deadlines.c.archived
for _name, _columns in {
    # `provisional` is there so that counting reads the index alone, `archived` because SQLite looks at it all the same.
    "deadlines_by_day": ("day", "department", "id", "provisional", "archived"),
    "deadlines_of_department": ("department", "day", "id", "provisional", "archived"),
    "deadlines_of_team": ("team", "day", "department", "id", "provisional", "archived"),
    "deadlines_of_owner": ("owner", "day", "department", "id", "provisional", "archived"),
    "deadlines_of_item": ("item", "day", "department", "id", "archived"),
}.items():
    Index(_name, *(deadlines.c[column] for column in _columns), sqlite_where=_LIVE, postgresql_where=_LIVE)


class ChangeColumns(TypedColumns):
    """The log of changes. `departments`: a JSON list of all that take, or took, part in the project."""

    sequence: Named[int] = Column(Serial, primary_key=True, autoincrement=True)
    kind: Named[str] = Column(WORDS)
    project: Named[str] = Column(Identity)
    plan: Named[str | None] = Column(Identity)
    owner: Named[str] = Column(WORDS)
    team: Named[str | None] = Column(WORDS)
    departments: Named[str] = Column(WORDS)
    at: Named[datetime] = Column(Moment)


changes = Table("changes", metadata, ChangeColumns, sqlite_autoincrement=True)


class RulebookColumns(TypedColumns):
    """Rulebooks that were used. `archive`: a zip of the files."""

    digest: Named[str] = Column(WORDS, primary_key=True)
    name: Named[str] = Column(WORDS)
    first_used_at: Named[datetime] = Column(Moment)
    archive: Named[bytes] = Column(LargeBinary)


rulebooks = Table("rulebooks", metadata, RulebookColumns, Index("rulebooks_by_age", "first_used_at", "digest"))


class FeedColumns(TypedColumns):
    """Calendar feeds. `token`: SHA-256 of the token, which itself is not kept."""

    id: Named[str] = Column(Identity, primary_key=True)
    token: Named[bytes] = Column(LargeBinary, unique=True)
    department: Named[str] = Column(WORDS)
    created_by: Named[str] = Column(WORDS)
    created_at: Named[datetime] = Column(Moment)
    revoked_at: Named[datetime | None] = Column(Moment)


feeds = Table("feeds", metadata, FeedColumns, Index("feeds_of_department", "department", "id"))
