"""Bring a database to the tables that this program knows, however many processes start at once."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from planner.diagnostics import Diagnostic, DiagnosticError
from planner_api.store.database import BUSY_SECONDS, first_line, transaction
from planner_api.store.interface import StoreUnavailable
from planner_api.store.tables import metadata

VERSION_TABLE = "planner_version"
_IN_TURN = 0x706C6D67  # "plmg"; the key of the advisory lock under which one process migrates
_WAIT_SECONDS = 300


def configuration() -> Config:
    """Alembic's, for the migrations that are shipped with the program."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def newest_version() -> str:
    """The version of the tables that this program knows."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


def version(connection: Connection) -> str | None:
    """The version of a database's tables; None when it has none of ours."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def migrate(engine: Engine) -> None:
    """Raises `DiagnosticError` when the database cannot be opened, is not ours or is newer than this program."""
    try:
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        with transaction(engine) as connection:
            if version(connection) == newest_version():
                return
        with transaction(engine, writing=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL statement_timeout = '{_WAIT_SECONDS}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IN_TURN})
            _upgrade(connection)
    except StoreUnavailable as error:
        raise _cannot_open(engine, str(error)) from error
    except DBAPIError as error:
        raise _cannot_open(engine, first_line(error.orig or error)) from error
    except sqlite3.Error as error:
        raise _cannot_open(engine, first_line(error)) from error


def _upgrade(connection: Connection) -> None:
    at = version(connection)
    script = ScriptDirectory.from_config(configuration())
    if at is None:
        strange = sorted(set(inspect(connection).get_table_names()) & metadata.tables.keys())
        if strange:
            message = f"数据库里已经有别的程序的表：{'、'.join(strange)}"
            raise DiagnosticError([Diagnostic("L708", message, help="换一个空的数据库", field="database")])
    elif at not in {one.revision for one in script.walk_revisions()}:
        message = f"数据库的版本（{at}）比程序（{newest_version()}）新"
        raise DiagnosticError([Diagnostic("L708", message, help="升级程序，或者换回与程序相配的备份", field="database")])
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _write_ahead(engine: Engine) -> None:
    """SQLite's write-ahead log, which is a property of the file. Going over to it does not wait for others by itself, so we do."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        finally:
            connection.close()
        time.sleep(0.05)


def _cannot_open(engine: Engine, why: str) -> DiagnosticError:
    shown = engine.url.render_as_string(hide_password=True)
    return DiagnosticError(
        [Diagnostic("L707", f"数据库打不开（{shown}）：{why}", help=_ADVICE[engine.dialect.name], field="database")]
    )


_ADVICE = {
    "sqlite": "检查文件夹能否写入、文件是不是 SQLite 数据库",
    "postgresql": "检查服务器是否在运行，地址、用户、密码和库名对不对",
}
