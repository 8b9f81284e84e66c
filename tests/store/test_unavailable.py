"""A database that is away for a while, and comes back."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from planner_api.store.database import database_url, open_engine, transaction
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import DeadlineFilter, ProjectRecord
from planner_api.store.sql import SqlStore, open_store
from tests.postgres import PostgresServer
from tests.store.world import EVERYTHING, all_projects, draft


def test_postgres_goes_and_comes_back() -> None:
    with PostgresServer() as server, server.database() as url:
        store = open_store(url)
        made = store.create_project("company", draft())
        for crash in (False, True):
            if crash:
                server.crash()
            else:
                server.stop()
            for attempt in range(3):
                with pytest.raises(StoreUnavailable):
                    store.create_project("company", draft(f"{crash} {attempt}"))
                with pytest.raises(StoreUnavailable):
                    store.project(EVERYTHING, made.id)
                with pytest.raises(StoreUnavailable):
                    store.pulse()
            assert "连不上" in store.ready()
            server.start()
            assert store.project(EVERYTHING, made.id) == made
            assert store.ready() == ""
        assert all_projects(store) == [made]
        store.close()


def test_a_restart_between_two_requests_is_not_noticed() -> None:
    with PostgresServer() as server, server.database() as url:
        store = open_store(url)
        made = store.create_project("company", draft())
        for _ in range(2):
            server.stop()
            server.start()
            assert store.project(EVERYTHING, made.id) == made
        store.close()


def test_a_connection_lost_in_the_middle_is_told(postgres_url: str) -> None:
    engine = open_engine(database_url(postgres_url))

    def cut_off() -> None:
        with transaction(engine) as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(postgres_url) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        cut_off()
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_a_statement_that_takes_too_long_is_stopped(postgres_url: str) -> None:
    engine = open_engine(database_url(postgres_url))
    with transaction(engine) as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "10s"

    with pytest.raises(StoreUnavailable), transaction(engine) as connection:
        connection.execute(text("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(5)"))
    engine.dispose()


def test_a_mistake_in_a_statement_is_not_taken_for_a_lost_database(store: SqlStore, store_url: str) -> None:
    engine = open_engine(database_url(store_url))
    with pytest.raises(Exception, match="no_such_table") as caught, transaction(engine) as connection:
        connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(caught.value, StoreUnavailable)
    engine.dispose()


def test_sqlite_waits_for_another_writer_and_then_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner_api.store.database.BUSY_SECONDS", 0.3)
    url = f"sqlite:///{tmp_path / 'planner.db'}"
    store = open_store(url)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        engine = open_engine(database_url(url))
        with transaction(engine, writing=True):
            held.set()
            release.wait(10)
        engine.dispose()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    with pytest.raises(StoreUnavailable, match="locked"):
        store.create_project("company", draft("晚"))
    assert store.count_deadlines(EVERYTHING, DeadlineFilter()) == 0  # who only reads waits for nobody
    timer = threading.Timer(0.1, release.set)
    timer.start()
    assert isinstance(store.create_project("company", draft("等到了")), ProjectRecord)
    thread.join()
    assert [one.draft.name for one in all_projects(store)] == ["等到了"]
    store.close()


def test_sqlite_on_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'planner.db'}"
    store = open_store(url)
    made = store.create_project("company", draft("先"))
    full = open_engine(database_url(url))
    with transaction(full) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # of this connection, the only one of its engine
    large = "INSERT INTO rulebooks VALUES ('x', 'x', '2026-01-01 00:00:00.000000', zeroblob(1000000))"
    with pytest.raises(StoreUnavailable, match="full"), transaction(full, writing=True) as connection:
        connection.exec_driver_sql(large)
    full.dispose()
    assert all_projects(store) == [made]
    store.close()
