"""Opening a store: addresses, folders, migrations, and what is wrong with a database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Text, inspect, text

from planner.diagnostics import DiagnosticError
from planner_api.store.database import data_folder, database_url, open_engine
from planner_api.store.migrate import VERSION_TABLE, configuration, newest_version, version
from planner_api.store.sql import open_store
from planner_api.store.tables import metadata
from tests.store.world import all_projects, draft

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url(empty_url))
    yield opened
    opened.dispose()


def test_by_default_it_is_a_file_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "new"))
    monkeypatch.setattr(sys, "platform", "linux")
    store = open_store()
    store.create_project("me", draft())
    store.close()
    assert (tmp_path / "new" / "approval-planner" / "planner.db").is_file()
    again = open_store("")
    assert len(all_projects(again)) == 1
    again.close()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/approval-planner")),
        ("linux", {}, Path.home() / ".local/share/approval-planner"),
        ("linux", {"XDG_DATA_HOME": "relative"}, Path.home() / ".local/share/approval-planner"),
        ("darwin", {}, Path.home() / "Library/Application Support/approval-planner"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/approval-planner")),
    ],
)
def test_the_data_folder(monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], folder: Path) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert data_folder(environment) == folder


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgres_addresses_go_to_psycopg(scheme: str) -> None:
    url = database_url(f"{scheme}://user:p%40ss@host:5433/name?sslmode=require")
    assert (url.drivername, url.password, url.database, url.query["sslmode"]) == ("postgresql+psycopg", "p@ss", "name", "require")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "://",
        "postgresql://host:port/x",
        "mysql://host/x",
        "postgresql+asyncpg://host/x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory",
    ],
)
def test_addresses_that_are_none_of_ours_are_refused(url: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        open_store(url)
    assert [(one.code, one.field) for one in caught.value.diagnostics] == [("L707", "database")]
    assert "postgresql://" in caught.value.diagnostics[0].help


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, but long enough to be looked at" * 100, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for place in ("text/planner.db", "text", "folder"):
        with pytest.raises(DiagnosticError) as caught:
            open_store(f"sqlite:///{tmp_path / place}")
        assert [one.code for one in caught.value.diagnostics] == ["L707"]


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        open_store(f"postgresql://user:secret@/name?host={tmp_path}")
    assert [one.code for one in caught.value.diagnostics] == ["L707"]
    assert "secret" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_the_migrations_and_the_tables_agree(empty_url: str, engine: Engine) -> None:
    open_store(empty_url).close()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_same_tables_to_the_letter(engine: Engine, tmp_path: Path) -> None:
    """SQLite keeps the statements themselves; PostgreSQL tells of columns, keys and indexes with their conditions."""
    other = open_engine(database_url(f"sqlite:///{tmp_path / 'other.db'}"))
    if engine.dialect.name == "sqlite":
        open_store(str(engine.url)).close()
        with other.begin() as connection:
            metadata.create_all(connection)
        query = text(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE '%' || :version || '%' AND name <> 'sqlite_sequence'"
        )
        with engine.connect() as ours, other.connect() as theirs:
            made, known = (
                {name: _plain(sql) for name, sql in c.execute(query, {"version": VERSION_TABLE})} for c in (ours, theirs)
            )
        assert made.keys() == known.keys()
        assert [name for name in made if made[name] != known[name]] == []
    else:
        open_store(engine.url.render_as_string(hide_password=False)).close()
        query = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")
        constraints = text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1"
        )
        with engine.begin() as connection:
            made = {name: sql for q in (query, constraints) for name, sql in connection.execute(q) if VERSION_TABLE not in name}
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
            metadata.create_all(connection)
            known = {name: sql for q in (query, constraints) for name, sql in connection.execute(q)}
        assert made == known
    other.dispose()


def _plain(statement: str | None) -> set[str]:
    """The parts of a statement, whatever their order and spacing."""
    lines = (statement or "").replace("\n", " ").replace("\t", " ").split(",")
    return {" ".join(line.replace("(", " ").replace(")", " ").split()) for line in lines}


def test_text_is_compared_by_code_point_on_postgres(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        query = "SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE table_schema = 'public'"
        found = {(table, column): collation for table, column, collation in connection.execute(query)}
    wordy = [(table.name, column.name) for table in metadata.tables.values() for column in table.c if isinstance(column.type, Text)]
    assert len(wordy) > 30
    assert {found[place] for place in wordy} == {"C"}


def test_sqlite_is_made_safe_and_fast(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'planner.db'}")
    with store._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()


def test_postgres_waits_for_its_disk_whatever_it_was_set_to(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SHOW synchronous_commit").fetchone()
    assert row == ("off",)  # so the server of the tests is set
    store = open_store(postgres_url)
    with store._engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    store.close()


def test_a_database_newer_than_the_program_is_refused_and_left_alone(empty_url: str, engine: Engine) -> None:
    open_store(empty_url).close()
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(DiagnosticError) as caught:
        open_store(empty_url)
    assert [one.code for one in caught.value.diagnostics] == ["L708"]
    assert "9999" in str(caught.value)
    with engine.connect() as connection:
        assert version(connection) == "9999"


def test_a_store_says_when_its_tables_changed_under_it(empty_url: str, engine: Engine) -> None:
    store = open_store(empty_url)
    assert store.ready() == ""
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    assert "9999" in store.ready()
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    assert "空" in store.ready()
    store.close()


def test_another_programs_tables_are_not_touched(empty_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE projects (theirs INTEGER)"))
    with pytest.raises(DiagnosticError) as caught:
        open_store(empty_url)
    assert [one.code for one in caught.value.diagnostics] == ["L708"]
    assert "projects" in str(caught.value)
    assert inspect(engine).get_table_names() == ["projects"]


def test_tables_with_other_names_do_not_matter(empty_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of another program')"))
    store = open_store(empty_url)
    assert store.ready() == ""
    store.close()


def test_a_migration_that_fails_leaves_nothing(empty_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.execute", fail)
        with pytest.raises(RuntimeError, match="in the middle"):
            open_store(empty_url)
    assert inspect(engine).get_table_names() == []
    store = open_store(empty_url)
    assert store.ready() == ""
    store.close()


def test_processes_that_start_together_migrate_once(empty_url: str, engine: Engine) -> None:
    program = "import sys; from planner_api.store.sql import open_store; s = open_store(sys.argv[1]); print(s.ready() or 'ready'); s.close()"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(5)
    ]
    told = [process.communicate(timeout=120) for process in started]
    assert told == [(b"ready\n", b"")] * 5
    with engine.connect() as connection:
        assert version(connection) == newest_version()
        assert connection.execute(text(f"SELECT count(*) FROM {VERSION_TABLE}")).scalar_one() == 1


def test_the_steps_form_one_line() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert script.get_heads() == [newest_version()]
    assert [one.revision for one in script.walk_revisions()][-1] == "0001"
