"""The store on SQLite or PostgreSQL. What it promises stands in `planner_api.store.interface.Store`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from planner.diagnostics import Diagnostic, DiagnosticError
from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store import change_rows, deadline_rows, feed_rows, plan_rows, project_rows, rulebook_rows
from planner_api.store.database import BUSY_SECONDS, DialectName, database_url, open_engine, transaction
from planner_api.store.interface import StoreUnavailable
from planner_api.store.migrate import migrate, newest_version, version
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


def open_store(url: str = "") -> SqlStore:
    """The store at a SQLAlchemy URL, its tables brought up to date; "" is a SQLite file in the user's data folder, made when missing.

    Raises `DiagnosticError` when the database cannot be opened, or is not for this program.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        folder = Path(str(address.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"数据库所在的文件夹建不了：{error.strerror}"
            raise DiagnosticError([Diagnostic("L707", message, str(folder), help="换一个能写入的位置")]) from error
    engine = open_engine(address)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlStore:
    """The store of a database whose tables are up to date. Safe to use from many threads, and from many processes at once."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _utc_now) -> None:
        self.dialect: DialectName = cast(Literal["sqlite", "postgresql"], engine.dialect.name)
        self._engine = engine
        self._clock = clock
        self._writer = threading.Lock()
        self._watch: PoolProxiedConnection | None = None
        self._watch_lock = threading.Lock()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self.dialect == "postgresql":
            with transaction(self._engine) as connection:
                yield connection
        else:
            # SQLite has one writer. Our threads wait here in turn; other processes wait in `BEGIN IMMEDIATE`.
            if not self._writer.acquire(timeout=BUSY_SECONDS):
                raise StoreUnavailable("other writers take too long")
            try:
                with transaction(self._engine, writing=True) as connection:
                    yield connection
            finally:
                self._writer.release()

    # -- projects ---------------------------------------------------------------------------------------------------

    def create_project(self, owner: str, draft: ProjectDraft, request_key: str | None = None) -> ProjectRecord:
        with self._writing() as connection:
            return project_rows.create(connection, self.now(), owner, draft, request_key)

    def edit_project(self, scope: Scope, id: str, revision: int, draft: ProjectDraft) -> ProjectRecord | Stale | Missing:
        """Only who sees the project whole may edit it; to others it is missing."""
        with self._writing() as connection:
            return project_rows.edit(connection, self.now(), scope, id, revision, draft)

    def archive_project(self, scope: Scope, id: str, revision: int, archived: bool) -> ProjectRecord | Stale | Missing:
        """Only who sees the project whole may do it. One that is so already stays as it is, with its revision."""
        with self._writing() as connection:
            return project_rows.archive(connection, self.now(), scope, id, revision, archived)

    def project(self, scope: Scope, id: str) -> ProjectRecord | None:
        return self.projects_by_id(scope, [id]).get(id)

    def projects_by_id(self, scope: Scope, ids: Sequence[str]) -> dict[str, ProjectRecord]:
        with self._reading() as connection:
            return project_rows.by_id(connection, scope, ids)

    def projects(self, scope: Scope, which: ProjectFilter, order: ProjectOrder, page: PageRequest) -> Page[ProjectRecord]:
        """Names sort by their first hundred characters, without regard to upper and lower case."""
        with self._reading() as connection:
            return project_rows.page(connection, scope, which, order, page)

    def count_projects(self, scope: Scope, which: ProjectFilter) -> int:
        with self._reading() as connection:
            return project_rows.count(connection, scope, which)

    # -- plans ------------------------------------------------------------------------------------------------------

    def add_plan(
        self, scope: Scope, project: str, revision: int, plan: Plan, made_by: str
    ) -> tuple[PlanRecord, bool] | Stale | Missing:
        """Only who sees the project whole may do it. The project's revision stays as it is."""
        with self._writing() as connection:
            return plan_rows.add(connection, self.now(), scope, project, revision, plan, made_by)

    def plan(self, scope: Scope, id: str) -> PlanRecord | None:
        with self._reading() as connection:
            return plan_rows.one(connection, scope, id)

    def plans_by_id(self, scope: Scope, ids: Sequence[str]) -> dict[str, PlanRecord]:
        with self._reading() as connection:
            return plan_rows.by_id(connection, scope, ids)

    def plans(self, scope: Scope, project: str, page: PageRequest) -> Page[PlanRecord]:
        with self._reading() as connection:
            return plan_rows.page(connection, scope, project, page)

    def count_plans(self, scope: Scope, project: str) -> int:
        with self._reading() as connection:
            return plan_rows.count(connection, scope, project)

    # -- deadlines --------------------------------------------------------------------------------------------------

    def deadline(self, scope: Scope, id: str) -> DeadlineRecord | None:
        """The deadline of this identity, while its plan is the project's current one."""
        with self._reading() as connection:
            return deadline_rows.one(connection, scope, id)

    def deadlines(self, scope: Scope, which: DeadlineFilter, order: DeadlineOrder, page: PageRequest) -> Page[DeadlineRecord]:
        with self._reading() as connection:
            return deadline_rows.page(connection, scope, which, order, page)

    def count_deadlines(self, scope: Scope, which: DeadlineFilter) -> int:
        with self._reading() as connection:
            return deadline_rows.count(connection, scope, which)

    def deadline_counts(self, scope: Scope, which: DeadlineFilter) -> tuple[DeadlineCount, ...]:
        with self._reading() as connection:
            return deadline_rows.counts(connection, scope, which)

    # -- rulebooks --------------------------------------------------------------------------------------------------

    def keep_rulebook(self, digest: str, name: str, archive: bytes) -> None:
        with self._writing() as connection:
            rulebook_rows.keep(connection, self.now(), digest, name, archive)

    def rulebooks(self, page: PageRequest) -> Page[RulebookRecord]:
        with self._reading() as connection:
            return rulebook_rows.page(connection, page)

    def rulebook(self, digest: str) -> RulebookRecord | None:
        with self._reading() as connection:
            return rulebook_rows.one(connection, digest)

    # -- feeds ------------------------------------------------------------------------------------------------------

    def create_feed(self, department: str, created_by: str) -> tuple[FeedRecord, str]:
        with self._writing() as connection:
            return feed_rows.create(connection, self.now(), department, created_by)

    def feeds(self, departments: frozenset[str] | None) -> tuple[FeedRecord, ...]:
        with self._reading() as connection:
            return feed_rows.listed(connection, departments)

    def feed_of_token(self, token: str) -> FeedRecord | None:
        with self._reading() as connection:
            return feed_rows.opened_by(connection, token)

    def revoke_feed(self, id: str, departments: frozenset[str] | None) -> FeedRecord | None:
        """One that is closed already keeps the time it was closed."""
        with self._writing() as connection:
            return feed_rows.revoke(connection, self.now(), id, departments)

    # -- changes ----------------------------------------------------------------------------------------------------

    def changes_after(self, sequence: int, limit: int = 1000) -> tuple[Change, ...]:
        """Reading on from the highest sequence seen misses nothing: entries become visible in the order of their sequence."""
        with self._reading() as connection:
            return tuple(change_rows.after(connection, sequence, limit))

    def change(self, sequence: int) -> Change | None:
        with self._reading() as connection:
            return change_rows.one(connection, sequence)

    def last_change(self) -> int:
        with self._reading() as connection:
            return change_rows.last(connection)

    def listen_dsn(self) -> str | None:
        """On PostgreSQL, what `psycopg.AsyncConnection.connect` takes to `LISTEN planner_changes`; it holds the password. None on SQLite.

        The payload of each notification is the sequence of a new entry. One that connects anew first reads `changes_after` what it saw last.
        """
        if self.dialect != "postgresql":
            return None
        return self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def pulse(self) -> int:
        """A number that is another one whenever anything was written since the last call, by any process. Made to be called often.

        On SQLite it costs a few microseconds (`PRAGMA data_version`), on PostgreSQL a query.
        """
        if self.dialect == "postgresql":
            return self.last_change()
        try:
            with self._watch_lock:
                if self._watch is None:
                    self._watch = self._engine.raw_connection()
                    self._watch.detach()  # its own for good: the number only counts what other connections write
                cursor = self._watch.cursor()
                try:
                    return int(cursor.execute("PRAGMA data_version").fetchone()[0])
                finally:
                    cursor.close()
        except DBAPIError as error:
            raise StoreUnavailable(str(error.orig)) from error

    # -- the store itself -------------------------------------------------------------------------------------------

    def connections_in_use(self) -> int:
        """Connections that are at work at this moment."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def ready(self) -> str:
        try:
            with self._reading() as connection:
                found = version(connection)
        except StoreUnavailable:
            return "数据库连不上，或者回答得太慢"
        known = newest_version()
        return "" if found == known else f"数据库的版本是 {found or '空'}，程序要的是 {known}"

    def now(self) -> datetime:
        return self._clock()

    def close(self) -> None:
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()
