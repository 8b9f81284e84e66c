"""Plans are kept for good; the newest is the current one, and its deadlines are those of the project."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from planner.output.deadlines import deadlines as calendar_deadlines
from planner.output.outline import Outline
from planner.output.words import words_for
from planner.plan import Certainty, Plan
from planner_api.store.database import database_url, open_engine
from planner_api.store.due import KINDS, kept_deadlines
from planner_api.store.records import DeadlineFilter, DeadlineKind, DeadlineRecord, PageRequest, Stale
from planner_api.store.sql import SqlStore
from tests.store.world import BY_DAY, EVERYTHING, all_deadlines, archived, draft, edited, moved, planned, walked


def test_a_plan_reads_back_byte_by_byte(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["hospital-600-beds"]
    answer = store.add_plan(EVERYTHING, project.id, 1, plan, "clerk")
    assert isinstance(answer, tuple)
    kept, created = answer
    assert created
    assert kept.document == plan.model_dump_json().encode()
    assert (kept.project, kept.number, kept.revision, kept.made_by) == (project.id, 1, 1, "clerk")
    assert (kept.as_of, kept.start, kept.rulebook) == (plan.as_of, plan.start, plan.provenance.rulebook)
    assert (kept.owner, kept.team) == ("company", "investment_team")
    assert kept.departments == {item.department for item in plan.items if item.department}
    assert store.plan(EVERYTHING, kept.id) == kept
    now = store.project(EVERYTHING, project.id)
    assert now is not None
    assert (now.plan, now.revision, now.updated_at) == (kept.id, 1, project.updated_at)


def test_every_plan_is_kept_and_the_newest_is_current(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["equipment-only-upgrade"]
    made = [planned(store, project, moved(plan, days)) for days in range(7)]
    assert [one.number for one in made] == [1, 2, 3, 4, 5, 6, 7]
    assert store.count_plans(EVERYTHING, project.id) == 7
    for size in (1, 3, 7):
        read = lambda page: store.plans(EVERYTHING, project.id, page)  # noqa: E731
        assert walked(read, size) == made[::-1] == walked(read, size, backward=True)
    now = store.project(EVERYTHING, project.id)
    assert now is not None
    assert now.plan == made[-1].id
    assert store.plans_by_id(EVERYTHING, [made[2].id, "0" * 32, "x"]) == {made[2].id: made[2]}


def test_the_same_bytes_as_the_current_plan_add_nothing(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    plan = plans_by_name["equipment-only-upgrade"]
    first = planned(store, project, plan)
    assert store.add_plan(EVERYTHING, project.id, 1, plan, "another") == (first, False)
    second = planned(store, project, moved(plan, 1))
    again = planned(store, project, plan)
    assert [first.number, second.number, again.number] == [1, 2, 3]
    assert first.document == again.document
    assert len(store.changes_after(0)) == 4


def test_a_plan_of_another_revision_is_not_kept(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    now = edited(store, project, draft("改"))
    assert store.add_plan(EVERYTHING, project.id, 1, plans_by_name["standard-factory"], "clerk") == Stale(now)
    assert (store.count_plans(EVERYTHING, project.id), all_deadlines(store)) == (0, [])


@pytest.mark.parametrize("statement", ["UPDATE plans SET number = 9", "DELETE FROM plans", "UPDATE plans SET document = document"])
def test_the_database_itself_refuses_to_touch_a_plan(
    store: SqlStore, store_url: str, plans_by_name: dict[str, Plan], statement: str
) -> None:
    kept = planned(store, store.create_project("company", draft()), plans_by_name["equipment-only-upgrade"])
    engine = open_engine(database_url(store_url))
    with pytest.raises(DBAPIError, match="a kept plan is never"), engine.begin() as connection:
        connection.execute(text(statement))
    if store.dialect == "postgresql":
        with pytest.raises(DBAPIError, match="a kept plan is never"), engine.begin() as connection:
            connection.execute(text("TRUNCATE plans CASCADE"))
    engine.dispose()
    assert store.plan(EVERYTHING, kept.id) == kept


def test_two_plans_of_a_project_cannot_have_one_number(store: SqlStore, store_url: str, plans_by_name: dict[str, Plan]) -> None:
    planned(store, store.create_project("company", draft()), plans_by_name["equipment-only-upgrade"])
    engine = open_engine(database_url(store_url))
    columns = "project, number, revision, document, digest, made_at, made_by, as_of, start, rulebook, owner, team, departments"
    other = "'00000000-0000-0000-0000-000000000000'" if store.dialect == "postgresql" else "'" + "0" * 32 + "'"
    with pytest.raises(DBAPIError, match=r"(?i)unique"), engine.begin() as connection:
        connection.execute(text(f"INSERT INTO plans (id, {columns}) SELECT {other}, {columns} FROM plans"))
    engine.dispose()


def test_kept_kinds_are_those_of_the_calendar_that_somebody_waits_for(plans_by_name: dict[str, Plan]) -> None:
    assert set(get_args(DeadlineKind)) == KINDS
    for plan in plans_by_name.values():
        shown = [one for one in calendar_deadlines(Outline(plan, words_for("zh"))) if one.kind in KINDS]
        kept = kept_deadlines(plan)
        assert len(kept) == len(shown) > 3
        for row, one in zip(kept, shown, strict=True):
            assert (row["key"], row["kind"], row["item"], row["title"], row["name"]) == (
                one.key,
                one.kind,
                one.owner,
                one.title,
                one.name,
            )
            assert (row["department"], row["stage"]) == (one.department, one.stage)
            assert (row["day"], row["earliest"], row["latest"]) == (one.day.date, one.day.earliest, one.day.latest)
            assert row["provisional"] == (one.day.certainty is Certainty.PROVISIONAL)
            assert (row["depends"], row["verified"]) == (one.depends, one.verified)
            assert row["critical"] == any(item.code == one.owner and item.critical for item in plan.items)


def test_kept_deadlines_leave_out_what_only_tells_when_one_may_begin(plans_by_name: dict[str, Plan]) -> None:
    plan = plans_by_name["hospital-600-beds"]
    kinds = {row["kind"] for row in kept_deadlines(plan)}
    every = {one.kind for one in calendar_deadlines(Outline(plan, words_for("zh")))}
    assert {"may_submit", "correction", "delivery", "revise"} <= every
    assert kinds >= {"submit", "decide_statutory", "milestone", "lapse"}
    assert not kinds & {"may_submit", "correction", "delivery", "revise"}


def test_the_deadlines_are_those_of_the_current_plan(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft("厂房"))
    for name in ("standard-factory", "equipment-only-upgrade", "equipment-only-upgrade later", "standard-factory"):
        plan = plans_by_name[name]
        kept = planned(store, project, plan)
        found = all_deadlines(store)
        assert {one.id for one in found} == {f"{kept.id}/{row['key']}" for row in kept_deadlines(plan)}
        assert len(found) == len(kept_deadlines(plan))
        assert {(one.project, one.project_name, one.plan, one.project_class, one.team) for one in found} == {
            (project.id, "厂房", kept.id, "investment", "investment_team")
        }
        rows = {row["key"]: row for row in kept_deadlines(plan)}
        for one in found:
            assert {name: getattr(one, name) for name in rows[one.id[33:]] if name != "key"} | {"key": one.id[33:]} == rows[
                one.id[33:]
            ]


def test_a_deadline_is_found_by_its_identity_while_its_plan_is_current(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    planned(store, project, plans_by_name["equipment-only-upgrade"])
    old = all_deadlines(store)
    assert [store.deadline(EVERYTHING, one.id) for one in old] == old
    for wrong in ("", "x/y", old[0].plan, f"{old[0].plan}/none", f"{old[0].plan}/\0", f"{old[0].plan}/\ud800"):
        assert store.deadline(EVERYTHING, wrong) is None
    planned(store, project, plans_by_name["standard-factory"])
    assert [store.deadline(EVERYTHING, one.id) for one in old] == [None] * len(old)


def test_deadlines_follow_what_the_project_is_called_and_belongs_to(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    other = store.create_project("company", draft("别的"))
    for one in (project, other):
        planned(store, one, plans_by_name["equipment-only-upgrade"])
    edited(store, project, draft("新名", project_class="housing", team=None))
    changed = all_deadlines(store, projects=frozenset({project.id}))
    assert {(one.project_name, one.project_class, one.team) for one in changed} == {("新名", "housing", None)}
    kept = all_deadlines(store, projects=frozenset({other.id}))
    assert {(one.project_name, one.project_class, one.team) for one in kept} == {("别的", "investment", "investment_team")}
    assert len(changed) == len(kept)


def test_plans_of_an_archived_project_are_still_read(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    project = store.create_project("company", draft())
    kept = planned(store, project, plans_by_name["equipment-only-upgrade"])
    archived(store, project)
    assert store.plan(EVERYTHING, kept.id) == kept
    assert store.plans(EVERYTHING, project.id, PageRequest(5)).rows == (kept,)


def test_pages_of_deadlines_hold_while_plans_come_and_go(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    plan = plans_by_name["equipment-only-upgrade"]
    first, second = (store.create_project("company", draft(name)) for name in ("甲", "乙"))
    planned(store, first, plan)
    planned(store, second, plan)
    before = all_deadlines(store)
    page = store.deadlines(EVERYTHING, DeadlineFilter(), BY_DAY, PageRequest(5))
    assert list(page.rows) == before[:5]
    planned(store, second, moved(plan, 1))  # its rows are others now
    stayed = [one for one in before[5:] if one.project == first.id]
    rest: list[DeadlineRecord] = []
    while page.has_next:
        page = store.deadlines(EVERYTHING, DeadlineFilter(), BY_DAY, PageRequest(4, after=page.cursors[-1]))
        assert page.has_previous
        rest += page.rows
    assert [one for one in rest if one.project == first.id] == stayed
    assert len({one.id for one in rest}) == len(rest)


def test_identities_sort_by_time(store: SqlStore) -> None:
    made = []
    for n in range(20):
        made.append(store.create_project("company", draft(str(n))).id)
        time.sleep(0.0005)
    assert made == sorted(made)
    assert all(len(one) == 32 and one[12] == "7" and one[16] in "89ab" for one in made)
