"""The log of changes, and how one hears of it."""

from __future__ import annotations

import threading

import psycopg
import pytest

from planner.plan import Plan
from planner_api.store.change_rows import CHANNEL
from planner_api.store.records import Change, ChangeKind, ProjectRecord
from planner_api.store.sql import SqlStore, open_store
from tests.store.world import EVERYTHING, archived, draft, edited, planned


def test_every_change_is_in_the_log(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    assert (store.last_change(), store.changes_after(0)) == (0, ())
    plan = plans_by_name["standard-factory"]
    offices = frozenset(item.department for item in plan.items if item.department)
    project = store.create_project("company", draft())
    kept = planned(store, project, plan)
    changed = edited(store, project, draft(team="housing_team"))
    archived(store, changed)
    log = store.changes_after(0)
    assert [(one.kind, one.plan, one.team, one.departments) for one in log] == [
        (ChangeKind.PROJECT_SAVED, None, "investment_team", frozenset()),
        (ChangeKind.PLAN_MADE, kept.id, "investment_team", offices),
        (ChangeKind.PROJECT_SAVED, None, "housing_team", offices),
        (ChangeKind.PROJECT_ARCHIVED, None, "housing_team", offices),
    ]
    assert {(one.project, one.owner) for one in log} == {(project.id, "company")}
    assert [one.at for one in log] == sorted(one.at for one in log)
    sequences = [one.sequence for one in log]
    assert sequences == sorted(set(sequences))
    assert store.last_change() == sequences[-1]
    assert store.changes_after(sequences[1]) == log[2:]
    assert store.changes_after(0, limit=3) == log[:3]
    assert [store.change(sequence) for sequence in sequences] == list(log)
    assert store.change(sequences[-1] + 1) is None
    assert store.changes_after(sequences[-1]) == ()


def test_what_changes_nothing_is_not_in_the_log(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft(), "key")
    planned(store, project, plans_by_name["equipment-only-upgrade"])
    before = store.changes_after(0)
    store.create_project("company", draft(), "key")
    store.add_plan(EVERYTHING, project.id, 1, plans_by_name["equipment-only-upgrade"], "x")
    store.add_plan(EVERYTHING, project.id, 7, plans_by_name["standard-factory"], "x")
    store.edit_project(EVERYTHING, project.id, 7, draft("改"))
    store.archive_project(EVERYTHING, project.id, 1, False)
    assert store.changes_after(0) == before


def test_the_pulse_changes_with_every_write_of_anybody(store: SqlStore, store_url: str) -> None:
    other = open_store(store_url)
    seen = [store.pulse()]
    assert store.pulse() == seen[0]
    for writer in (store, other, store):
        writer.create_project("company", draft())
        seen.append(store.pulse())
        assert store.pulse() == seen[-1]
    assert len(set(seen)) == 4
    other.close()


def test_postgres_tells_of_each_entry_when_it_is_committed(postgres_url: str) -> None:
    store = open_store(postgres_url)
    address = store.listen_dsn()
    assert address is not None
    with psycopg.connect(address, autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        project = store.create_project("company", draft())
        assert store.edit_project(EVERYTHING, project.id, 9, draft()) != project  # stale: nothing to tell
        edited(store, project, draft("改"))
        told = [int(one.payload) for one in listening.notifies(timeout=5, stop_after=2)]
        assert list(listening.notifies(timeout=0.1)) == []
    assert told == [one.sequence for one in store.changes_after(0)]
    store.close()


def test_sqlite_is_listened_to_by_its_pulse(store: SqlStore) -> None:
    assert (store.listen_dsn() is None) == (store.dialect == "sqlite")


@pytest.mark.parametrize("readers", [2])
def test_who_reads_on_from_the_highest_seen_misses_nothing(
    store: SqlStore, store_url: str, plans_by_name: dict[str, Plan], readers: int
) -> None:
    done = threading.Event()
    second = open_store(store_url)
    read: list[list[Change]] = [[] for _ in range(readers)]

    def write(with_store: SqlStore, number: int) -> None:
        for count in range(8):
            project = with_store.create_project(f"writer-{number}", draft(str(count)))
            planned(with_store, project, plans_by_name["equipment-only-upgrade"])
            assert isinstance(with_store.edit_project(EVERYTHING, project.id, 1, draft("改")), ProjectRecord)

    def follow(into: list[Change]) -> None:
        while True:
            last_look = done.is_set()
            into += store.changes_after(into[-1].sequence if into else 0, limit=5)
            if last_look and not store.changes_after(into[-1].sequence):
                return

    followers = [threading.Thread(target=follow, args=(one,)) for one in read]
    writers = [threading.Thread(target=write, args=(one, n)) for n, one in enumerate((store, second, store, second, store, second))]
    for thread in (*followers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in followers:
        thread.join()
    whole = list(store.changes_after(0, 10_000))
    assert len(whole) == 6 * 8 * 3
    assert read == [whole] * readers
    second.close()
