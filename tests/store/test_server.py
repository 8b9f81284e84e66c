"""The server that tests start, with each kind of binaries."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from planner_api.store.sql import open_store
from tests.postgres import PostgresServer, packaged_binaries, system_binaries
from tests.store.world import all_projects, draft


@pytest.mark.parametrize(
    "binaries", {packaged_binaries(), system_binaries() or packaged_binaries()}, ids=lambda path: path.parent.name
)
def test_the_store_works_on_this_server(binaries: Path) -> None:
    with PostgresServer(binaries) as server:
        with server.database() as url:
            store = open_store(url)
            made = store.create_project("company", draft())
            assert all_projects(store) == [made]
            store.close()
        folder = Path(server.url().partition("host=")[2])
        assert folder.is_dir()
    assert not folder.exists()


def test_databases_are_fresh_and_go_away(postgres: PostgresServer) -> None:
    with postgres.database() as one, postgres.database() as other:
        assert one != other
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE t (x int)")
        with psycopg.connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM t")
        held = psycopg.connect(one)  # whoever is still connected does not keep it
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(one)
    held.close()
