"""Changes made through one process are heard at another, each once, in order: on PostgreSQL and on SQLite."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from planner_api.access.viewer import LOCAL
from planner_api.changes.hub import FellBehind, Hub, Listener, NoNews
from planner_api.store.records import ChangeKind, ProjectDraft
from planner_api.store.sql import SqlStore, open_store
from tests.api.changes.conftest import PATIENCE, Server, processes
from tests.postgres import PostgresServer

SAVE = """mutation ($name: String!) {
  saveProject(input: {project: {name: $name, works: NEW, landArea: "33.35 亩"}}) { ... on ProjectSaved { project { id } } }
}"""
PLAN = "mutation ($id: ID!) { makePlan(input: {projectId: $id}) { ... on PlanMade { plan { id } } } }"
CHANGED = "subscription { planChanged { sequence kind project { name } plan { id } } }"

DRAFT = ProjectDraft(name="甲", content="", district="", progress="", facts={}, durations={}, project_class=None, team=None)


def test_a_plan_made_at_one_is_heard_at_the_other(database: str) -> None:
    with processes(database) as (one, other):
        for here, there in ((one, other), (other, one)):
            with here.events(CHANGED) as stream:
                saved = _saves_until_heard(stream, there)
                plan = there.ask(PLAN, {"id": saved[-1]})["makePlan"]["plan"]["id"]
                last = there.ask(SAVE, {"name": "最后"})
                assert last
                heard = [stream.data()["planChanged"]]
                while heard[-1]["project"]["name"] != "最后":
                    heard.append(stream.data()["planChanged"])
                assert [one["plan"]["id"] for one in heard if one["kind"] == "PLAN_MADE"] == [plan]
                sequences = [one["sequence"] for one in heard]
                assert sequences == sorted(set(sequences))


def _saves_until_heard(stream: Any, there: Server) -> list[str]:
    """Save projects at a server until the stream has begun to hear of them; their ids."""
    saved: list[str] = []
    with ThreadPoolExecutor(1) as reader:
        heard = reader.submit(stream.data)
        while not heard.done() or not saved:
            saved.append(there.ask(SAVE, {"name": f"项目{len(saved)}"})["saveProject"]["project"]["id"])
            time.sleep(0.02)
        heard.result()
    return saved


# -- the hub by itself ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(store: SqlStore, **options: Any) -> AsyncIterator[Hub]:
    hub = Hub(store, **options)
    await hub.open()
    try:
        yield hub
    finally:
        await hub.close()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), PATIENCE * 2))


async def take(listener: Listener, count: int) -> list[int]:
    """The sequences of the next changes."""
    found = []
    while len(found) < count:
        change = await listener.next(PATIENCE)
        assert change is not None
        found.append(change.sequence)
    return found


def write(database: str, count: int) -> None:
    store = open_store(database)
    for _ in range(count):
        store.create_project("somebody", DRAFT)
    store.close()


def test_many_writers_at_once(database: str) -> None:
    """Numbers are given in the order of commits: whoever reads on from the last one seen misses none."""

    async def work() -> None:
        store = open_store(database)
        async with opened(store) as hub, hub.listen() as listener:
            writers = [asyncio.to_thread(write, database, 40) for _ in range(4)]
            _, heard = await asyncio.gather(asyncio.gather(*writers), take(listener, 160))
            assert heard == [change.sequence for change in store.changes_after(0)]
            assert await listener.next(0.3) is None
        store.close()

    run(work)


def test_news_begins_with_listening(database: str) -> None:
    async def work() -> None:
        store = open_store(database)
        store.create_project("somebody", DRAFT)
        async with opened(store) as hub:
            store.create_project("somebody", DRAFT)  # the hub may not have read this one yet
            async with hub.listen() as listener:
                made = store.create_project("somebody", DRAFT)
                change = await listener.next(PATIENCE)
                assert change is not None
                assert (change.project, change.kind) == (made.id, ChangeKind.PROJECT_SAVED)
            assert hub.listeners == 0
        store.close()

    run(work)


def test_one_that_falls_behind_is_told_and_others_are_not_held_up(database: str) -> None:
    async def work() -> None:
        store = open_store(database)
        async with opened(store, held=5) as hub, hub.listen() as slow, hub.listen() as quick:
            for _ in range(20):
                await asyncio.to_thread(store.create_project, "somebody", DRAFT)
                await take(quick, 1)
            with pytest.raises(FellBehind):
                await slow.next()
            store.create_project("somebody", DRAFT)
            assert await take(slow, 1) == await take(quick, 1)  # from then on it hears again
        store.close()

    run(work)


def test_only_what_is_wanted_is_held(database: str) -> None:
    async def work() -> None:
        store = open_store(database)
        async with opened(store, held=2) as hub, hub.listen(lambda change: change.owner == "乙") as listener:
            for owner in ["甲"] * 10 + ["乙"]:
                store.create_project(owner, DRAFT)
            change = await listener.next(PATIENCE)
            assert change is not None
            assert change.owner == "乙"
        store.close()

    run(work)


def test_closing_ends_every_stream(database: str) -> None:
    async def work() -> None:
        store = open_store(database)
        hub = Hub(store)
        with pytest.raises(NoNews):
            async with hub.listen():
                pass
        await hub.open()
        await hub.open()
        async with hub.listen() as listener:
            reading = asyncio.create_task(_all(listener))
            await asyncio.sleep(0)
            await hub.close()
            await hub.close()
            assert await reading == []
        await hub.open()  # and it can be opened again
        async with hub.listen() as listener:
            store.create_project("somebody", DRAFT)
            assert len(await take(listener, 1)) == 1
        await hub.close()
        assert {task.get_name() for task in asyncio.all_tasks()} & {"news of changes"} == set()
        store.close()

    run(work)


async def _all(listener: Listener) -> list[Any]:
    return [change async for change in listener]


def test_a_lost_connection_loses_and_repeats_nothing(postgres_url: str) -> None:
    async def work() -> None:
        store = open_store(postgres_url)
        async with opened(store, heartbeat=1000) as hub, hub.listen() as listener:
            writing = asyncio.create_task(asyncio.to_thread(write, postgres_url, 200))
            ended = 0
            heard: list[int] = []
            while len(heard) < 200:
                heard += await take(listener, 20)
                if len(heard) % 60 == 0:
                    ended += await asyncio.to_thread(_end_listening, postgres_url)
            await writing
            assert ended >= 2
            assert heard == [change.sequence for change in store.changes_after(0)]
            # And the new connection is told: with this heartbeat the hub would not look by itself.
            store.create_project("somebody", DRAFT)
            assert len(await take(listener, 1)) == 1
        store.close()

    run(work)


def _end_listening(url: str) -> int:
    """End the connection that listens; how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'approval-planner news' AND datname = current_database()"
        )
        return len(found.fetchall())


def test_a_database_that_is_gone_for_a_while(postgres_of_its_own: PostgresServer) -> None:
    url = postgres_of_its_own.url(postgres_of_its_own.create())

    async def work() -> None:
        store = open_store(url)
        async with opened(store) as hub, hub.listen() as listener:
            store.create_project("somebody", DRAFT)
            await take(listener, 1)
            await asyncio.to_thread(postgres_of_its_own.stop)
            await asyncio.to_thread(postgres_of_its_own.start)
            await asyncio.to_thread(write, url, 3)
            heard = await take(listener, 3)
            assert heard == [change.sequence for change in store.changes_after(0)][1:]
        store.close()

    run(work)


@pytest.fixture
def postgres_of_its_own() -> Any:
    with PostgresServer() as server:
        yield server


def test_edits_by_another_process_on_the_same_file(tmp_path: Any) -> None:
    """SQLite tells nobody: the hub finds out by looking."""
    database = f"sqlite:///{tmp_path / 'planner.db'}"

    async def work() -> None:
        mine, theirs = open_store(database), open_store(database)
        async with opened(mine) as hub, hub.listen() as listener:
            made = theirs.create_project("somebody", DRAFT)
            theirs.archive_project(LOCAL.scope, made.id, made.revision, True)
            kinds = []
            while len(kinds) < 2:
                change = await listener.next(PATIENCE)
                assert change is not None
                kinds.append(change.kind)
            assert kinds == [ChangeKind.PROJECT_SAVED, ChangeKind.PROJECT_ARCHIVED]
        mine.close()
        theirs.close()

    run(work)
