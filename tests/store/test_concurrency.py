"""Many at once: exactly one edit of a revision wins, and no plan is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

import pytest

from planner.plan import Plan
from planner_api.store.due import kept_deadlines
from planner_api.store.records import ChangeKind, DeadlineFilter, DeadlineOrder, PageRequest, ProjectRecord, Stale
from planner_api.store.sql import SqlStore, open_store
from tests.store.world import EVERYTHING, all_deadlines, all_projects, draft, moved, planned

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Each call in a thread of its own, all let go at the same moment."""
    together = threading.Barrier(len(calls))

    def one(call: Callable[[], T]) -> T:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_one_edit_of_a_revision_wins(store: SqlStore, store_url: str) -> None:
    second = open_store(store_url)  # as another process has it
    project = store.create_project("company", draft())
    for turn in range(15):
        revision = turn + 1
        edits = [partial(one.edit_project, EVERYTHING, project.id, revision, draft(f"{turn}")) for one in (store, second)]
        answers = at_once(edits)
        won = [one for one in answers if isinstance(one, ProjectRecord)]
        lost = [one for one in answers if isinstance(one, Stale)]
        assert (len(won), len(lost)) == (1, 1)
        assert won[0].revision == revision + 1
        assert lost[0].current == won[0] == store.project(EVERYTHING, project.id)
    second.close()


def test_an_edit_and_a_plan_of_the_same_revision_do_not_mix(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["equipment-only-upgrade"]
    for turn in range(10):
        revision = turn + 1
        edit, made = at_once(
            cast(
                "list[Callable[[], Any]]",
                [
                    partial(store.edit_project, EVERYTHING, project.id, revision, draft(team=f"team-{revision}")),
                    partial(store.add_plan, EVERYTHING, project.id, revision, moved(plan, revision), "x"),
                ],
            )
        )
        assert isinstance(edit, ProjectRecord)
        assert isinstance(made, tuple | Stale)
        now = store.project(EVERYTHING, project.id)
        assert now is not None
        assert {one.team for one in all_deadlines(store)} <= {now.draft.team}


def test_twenty_plans_of_one_project(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["equipment-only-upgrade"]
    made = at_once([partial(planned, store, project, moved(plan, n)) for n in range(20)])
    assert sorted(one.number for one in made) == list(range(1, 21))
    last = max(made, key=lambda one: one.number)
    now = store.project(EVERYTHING, project.id)
    assert now is not None
    assert now.plan == last.id
    assert {one.plan for one in all_deadlines(store)} == {last.id}
    assert len(all_deadlines(store)) == len(kept_deadlines(plan))
    log = [one.plan for one in store.changes_after(0) if one.kind is ChangeKind.PLAN_MADE]
    assert log == [one.id for one in sorted(made, key=lambda one: one.number)]


def test_twenty_plans_of_twenty_projects(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    names = sorted(plans_by_name)
    projects = [store.create_project("company", draft(str(n))) for n in range(20)]
    made = at_once([partial(planned, store, projects[n], plans_by_name[names[n % len(names)]]) for n in range(20)])
    assert {one.number for one in made} == {1}
    assert {one.plan for one in all_projects(store)} == {one.id for one in made}
    assert len(all_deadlines(store)) == sum(len(kept_deadlines(plans_by_name[names[n % len(names)]])) for n in range(20))


def test_the_same_plan_twenty_times_is_kept_once(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["equipment-only-upgrade"]
    answers = at_once([lambda: store.add_plan(EVERYTHING, project.id, 1, plan, "x")] * 20)
    assert sum(isinstance(one, tuple) and one[1] for one in answers) == 1
    assert store.count_plans(EVERYTHING, project.id) == 1


def test_the_same_request_twenty_times_makes_one_project(store: SqlStore, store_url: str) -> None:
    second = open_store(store_url)
    made = at_once([partial(one.create_project, "company", draft(), "key") for one in (store, second) * 10])
    assert len({one.id for one in made}) == 1
    assert len(store.changes_after(0)) == 1
    second.close()


@pytest.mark.parametrize("threads", [40])
def test_readers_and_writers_go_on_beside_each_other(store: SqlStore, plans_by_name: dict[str, Plan], threads: int) -> None:
    """What a reader sees is of one moment: a plan's deadlines are all there or none of them."""
    project = store.create_project("company", draft())
    large, small = plans_by_name["hospital-600-beds"], plans_by_name["equipment-only-upgrade"]
    sizes = {0, len(kept_deadlines(large)), len(kept_deadlines(small))}
    which = DeadlineFilter(projects=frozenset({project.id}))

    def work(n: int) -> set[int]:
        if n % 8 == 0:
            for turn in range(4):
                planned(store, project, moved(large if turn % 2 else small, n + turn))
            return set()
        return {len(store.deadlines(EVERYTHING, which, DeadlineOrder.DAY, PageRequest(1000)).rows) for _ in range(10)}

    seen = at_once([partial(work, n) for n in range(threads)])
    assert set().union(*seen) <= sizes
