"""Databases as SQLAlchemy engines: SQLite and PostgreSQL made to behave alike."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from planner.diagnostics import Diagnostic, DiagnosticError
from planner_api.store.interface import StoreUnavailable

DialectName: TypeAlias = Literal["sqlite", "postgresql"]

STATEMENT_SECONDS = 10
"""The longest that one statement may take on PostgreSQL."""
BUSY_SECONDS = 10
"""How long a writer waits for the other process's on SQLite, and any for a connection of the pool."""
_WRITING = "planner_writing"
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_SQLITE = ("sqlite", "sqlite+pysqlite")


def database_url(text: str) -> URL:
    """The address of a database; "" is a file in the user's data folder. Raises `DiagnosticError` for what is none of ours."""
    if not text:
        return URL.create("sqlite+pysqlite", database=str(data_folder(os.environ) / "planner.db"))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DiagnosticError([Diagnostic("L707", "数据库地址读不懂", help=_HOW, field="database")]) from error
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in _SQLITE:
        if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
            raise DiagnosticError([Diagnostic("L707", "SQLite 要存在文件里，不能只放在内存里", help=_HOW, field="database")])
        return url.set(drivername="sqlite+pysqlite")
    message = f"不认识的数据库“{url.drivername}”：只能用 SQLite 或 PostgreSQL"
    raise DiagnosticError([Diagnostic("L707", message, help=_HOW, field="database")])


_HOW = "写成 sqlite:////完整路径/planner.db 或 postgresql://用户:密码@主机/库名"


def data_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's programs keep their data."""
    if sys.platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "approval-planner"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "approval-planner"
    given = environment.get("XDG_DATA_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "share"
    return base / "approval-planner"


def open_engine(url: URL) -> Engine:
    """An engine for the database, not yet connected."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=56,
        pool_timeout=BUSY_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself: `begin` below does
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -16000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its place at the start: one that read first and then wrote could be refused halfway.
        immediate = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgres(url: URL) -> Engine:
    connect = {"connect_timeout": "5", "application_name": "approval-planner"}
    engine = create_engine(
        url,
        connect_args={key: value for key, value in connect.items() if key not in url.query},
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=4,
        pool_timeout=BUSY_SECONDS,
        pool_recycle=3600,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(
            f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET idle_in_transaction_session_timeout = '60s';"
            # Lists are read by day or department, whose values differ in weight by thousands: each gets a plan of its own.
            "SET plan_cache_mode = force_custom_plan; SET jit = off;"
            # What is acknowledged is on disk, whatever the server was set to.
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = False

    return engine


@contextmanager
def transaction(engine: Engine, *, writing: bool = False) -> Iterator[Connection]:
    """One transaction, kept if the block ends well. Raises `StoreUnavailable` when the database is gone or too slow."""
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(**{_WRITING: True}) if writing else plain
            with connection.begin():
                yield connection
    except PoolTimeout as error:
        raise StoreUnavailable("all connections to the database are in use") from error
    except DBAPIError as error:
        if not lost(error):
            raise
        raise StoreUnavailable(first_line(error.orig or error)) from error
    except (sqlite3.Error, psycopg.Error) as error:  # in what a new connection is told first
        raise StoreUnavailable(first_line(error)) from error


def lost(error: DBAPIError) -> bool:
    """Whether a failure is the database's state (gone, busy, full, being shut down) and not what was asked of it."""
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    if isinstance(error.orig, sqlite3.Error):
        # SQLITE_ERROR is a mistake in a statement.
        return isinstance(error, OperationalError) and getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR
    # 25006: a standby that takes no writes.
    return isinstance(error, OperationalError) or (isinstance(error, InternalError) and _state(error) == "25006")


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", "") or "")


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
