"""Projects are kept, edited under their revision, archived, found."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.records import DeadlineFilter, Missing, PageRequest, ProjectFilter, ProjectOrder, Stale
from planner_api.store.sql import SqlStore
from tests.store.world import EVERYTHING, NEWEST, all_deadlines, all_projects, archived, draft, edited, planned, walked


def test_a_project_reads_back_as_it_was_kept(store: SqlStore) -> None:
    before = datetime.now(UTC)
    made = store.create_project("company", draft())
    assert (made.owner, made.revision, made.draft, made.archived, made.plan) == ("company", 1, draft(), False, None)
    assert before <= made.created_at == made.updated_at <= datetime.now(UTC)
    assert store.project(EVERYTHING, made.id) == made


@pytest.mark.parametrize(
    "kept",
    [
        draft("引号'\"；反斜线\\；百分号%_；表情🏗️；全角　空格"),
        draft("", content="", district="", progress="", facts={}, durations={}),
        draft(project_class=None, team=None),
        draft(facts={"text": "a\0b", "deep": {"list": [1, "2", None, True]}, "大": "9" * 2000}),
        draft("很长" * 20_000),
    ],
)
def test_any_text_is_kept(store: SqlStore, kept: object) -> None:
    made = store.create_project("company", kept)  # type: ignore[arg-type]
    found = store.project(EVERYTHING, made.id)
    assert found is not None
    assert found.draft == kept
    assert all_projects(store, order=ProjectOrder.NAME) == [found]


def test_what_no_database_holds_is_shown_as_lost(store: SqlStore) -> None:
    made = store.create_project("company", draft("a\0b\ud800c"))
    assert made.draft.name == "a\ufffdb?c"


@pytest.mark.parametrize("owner", ["", "a\0b", "\ud800", "x" * 501])
def test_an_owner_that_could_be_taken_for_another_is_refused(store: SqlStore, owner: str) -> None:
    with pytest.raises(ValueError, match="somebody"):
        store.create_project(owner, draft())
    assert all_projects(store) == []


def test_the_same_key_gives_the_same_project(store: SqlStore) -> None:
    first = store.create_project("company", draft("甲"), "key")
    assert store.create_project("company", draft("乙"), "key") == first
    assert store.create_project("company", draft("乙"), "key\0") != first
    assert store.create_project("other", draft("乙"), "key") != first
    assert store.create_project("company", draft("甲")) != store.create_project("company", draft("甲"))
    assert len(all_projects(store)) == 5
    assert len(store.changes_after(0)) == 5


def test_the_key_gives_the_project_as_it_is_now(store: SqlStore) -> None:
    first = store.create_project("company", draft("甲"), "key")
    now = edited(store, first, draft("乙"))
    assert store.create_project("company", draft("甲"), "key") == now


def test_an_edit_makes_a_new_revision(store: SqlStore) -> None:
    made = store.create_project("company", draft("甲"))
    changed = edited(store, made, draft("乙", facts={"x": "1"}, team=None))
    assert changed == replace(made, revision=2, draft=draft("乙", facts={"x": "1"}, team=None), updated_at=changed.updated_at)
    assert changed.updated_at > made.updated_at
    assert store.project(EVERYTHING, made.id) == changed


def test_an_edit_of_another_revision_changes_nothing(store: SqlStore) -> None:
    made = store.create_project("company", draft("甲"))
    changed = edited(store, made, draft("乙"))
    for revision in (0, 1, 3):
        assert store.edit_project(EVERYTHING, made.id, revision, draft("丙")) == Stale(changed)
        assert store.archive_project(EVERYTHING, made.id, revision, True) == Stale(changed)
    assert store.project(EVERYTHING, made.id) == changed
    assert len(store.changes_after(0)) == 2


@pytest.mark.parametrize("id", ["0" * 32, "", "x", "\0", "0" * 31 + "G", "甲" * 32, "0" * 33])
def test_what_is_not_there_is_missing(store: SqlStore, id: str) -> None:
    store.create_project("company", draft())
    assert store.project(EVERYTHING, id) is None
    assert store.projects_by_id(EVERYTHING, [id]) == {}
    assert store.edit_project(EVERYTHING, id, 1, draft()) == Missing(id)
    assert store.archive_project(EVERYTHING, id, 1, True) == Missing(id)
    assert store.plan(EVERYTHING, id) is None
    assert store.plans(EVERYTHING, id, PageRequest(5)).rows == ()
    assert store.count_plans(EVERYTHING, id) == 0
    assert store.revoke_feed(id, None) is None
    assert all_deadlines(store, projects=frozenset({id})) == []


def test_archiving_hides_a_project_and_its_deadlines_and_brings_both_back(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    made = store.create_project("company", draft())
    planned(store, made, plans_by_name["standard-factory"])
    before = all_deadlines(store)
    assert before
    hidden = archived(store, made)
    assert (hidden.archived, hidden.revision) == (True, 2)
    assert (all_deadlines(store), store.count_deadlines(EVERYTHING, DeadlineFilter())) == ([], 0)
    assert store.deadline_counts(EVERYTHING, DeadlineFilter()) == ()
    assert all(store.deadline(EVERYTHING, one.id) is None for one in before)
    assert (all_projects(store), all_projects(store, archived=True)) == ([], [hidden])
    assert store.project(EVERYTHING, made.id) == hidden
    back = archived(store, hidden, False)
    assert (back.archived, back.revision) == (False, 3)
    assert all_deadlines(store) == before
    assert all_projects(store) == [back]


def test_archiving_what_is_archived_changes_nothing(store: SqlStore) -> None:
    made = store.create_project("company", draft())
    assert store.archive_project(EVERYTHING, made.id, 1, False) == made
    hidden = archived(store, made)
    assert store.archive_project(EVERYTHING, made.id, 2, True) == hidden
    assert len(store.changes_after(0)) == 2


def test_a_plan_of_an_archived_project_has_its_deadlines_when_it_comes_back(
    store: SqlStore, plans_by_name: dict[str, Plan]
) -> None:
    hidden = archived(store, store.create_project("company", draft()))
    planned(store, hidden, plans_by_name["standard-factory"])
    assert all_deadlines(store) == []
    archived(store, hidden, False)
    assert all_deadlines(store)


def test_many_are_read_at_once_in_the_order_asked(store: SqlStore) -> None:
    made = [store.create_project("company", draft(str(n))) for n in range(5)]
    asked = [made[3].id, "0" * 32, made[0].id, made[3].id]
    assert list(store.projects_by_id(EVERYTHING, asked).items()) == [(made[3].id, made[3]), (made[0].id, made[0])]
    assert store.projects_by_id(EVERYTHING, []) == {}


def test_lists_are_sorted(store: SqlStore) -> None:
    names = ["乙", "甲", "b", "A", "a", "Z", "é", "🏗", "\uffff", ""]
    made = []
    for name in names:
        made.append(store.create_project("company", draft(name)))
        time.sleep(0.001)  # made in the same microsecond, they have no order
    first = edited(store, made[0], draft("乙"))
    made[0] = first
    assert all_projects(store) == made[::-1]
    assert all_projects(store, order=ProjectOrder.RECENTLY_UPDATED) == [first, *made[:0:-1]]
    by_name = [one.draft.name for one in all_projects(store, order=ProjectOrder.NAME)]
    assert [name.casefold() for name in by_name] == sorted(name.casefold() for name in names)


@pytest.mark.parametrize("order", ProjectOrder)
@pytest.mark.parametrize("size", [1, 3, 7, 8])
def test_lists_are_walked_both_ways(store: SqlStore, order: ProjectOrder, size: int) -> None:
    for n in range(7):
        store.create_project("company", draft(f"名称 {n // 2}"))
    whole = all_projects(store, order=order)
    read = lambda page: store.projects(EVERYTHING, ProjectFilter(), order, page)  # noqa: E731
    assert walked(read, size) == whole
    assert walked(read, size, backward=True) == whole


def test_filters(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    made = {
        name: store.create_project("company", draft(name, project_class=kind, team=team, district=district))
        for name, kind, team, district in (
            ("甲", "investment", "a_team", "铁西区"),
            ("乙", "housing", "b_team", "铁东区"),
            ("丙", "housing", None, "铁东区"),
            ("丁", None, "b_team", ""),
        )
    }
    planned(store, made["甲"], plans_by_name["standard-factory"])
    planned(store, made["乙"], plans_by_name["equipment-only-upgrade"])

    def names(**which: object) -> set[str]:
        found = {one.draft.name for one in all_projects(store, **which)}  # type: ignore[arg-type]
        assert store.count_projects(EVERYTHING, ProjectFilter(**which)) == len(found)  # type: ignore[arg-type]
        return found

    assert names(classes=frozenset({"housing"})) == {"乙", "丙"}
    assert names(classes=frozenset({"housing", "investment"})) == {"甲", "乙", "丙"}
    assert names(teams=frozenset({"b_team"})) == {"乙", "丁"}
    assert names(teams=frozenset({"b_team"}), classes=frozenset({"housing"})) == {"乙"}
    assert names(districts=frozenset({"铁东区", "没有的区"})) == {"乙", "丙"}
    assert names(districts=frozenset({"\0", "\ud800"})) == set()
    assert names(planned=True) == {"甲", "乙"}
    assert names(planned=False) == {"丙", "丁"}
    in_both = {"鞍山市营商环境建设局（行政审批）"}
    only_factory = {one.department for one in plans_by_name["standard-factory"].items} - {
        one.department for one in plans_by_name["equipment-only-upgrade"].items
    }
    assert names(departments=frozenset(in_both)) == {"甲", "乙"}
    assert only_factory
    assert all(names(departments=frozenset({one})) == {"甲"} for one in only_factory)


def test_the_department_filter_follows_the_current_plan(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    made = store.create_project("company", draft())
    large, small = plans_by_name["standard-factory"], plans_by_name["equipment-only-upgrade"]
    gone = {one.department for one in large.items} - {one.department for one in small.items}
    planned(store, made, large)
    assert len(all_projects(store, departments=frozenset(gone))) == 1
    planned(store, made, small)
    assert all_projects(store, departments=frozenset(gone)) == []
    planned(store, made, large)
    assert len(all_projects(store, departments=frozenset(gone))) == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("50%", {"打折 50% 项目"}),
        ("%", {"打折 50% 项目"}),
        ("_", {"下_线"}),
        ("\\", {"反\\斜"}),
        ("/", {"斜/线"}),
        ("abc", {"ABC 厂", "abc 厂"}),
        ("ABC", {"ABC 厂", "abc 厂"}),
        ("ÉCOLE", {"École"}),
        ("STRASSE", {"Straße"}),
        ("厂", {"ABC 厂", "abc 厂"}),
        ("没有", set()),
        ("'; DROP TABLE projects; --", set()),
        ("\0", set()),
        ("\ud800", set()),
        ("长" * 100_000, set()),
    ],
)
def test_search_takes_every_sign_for_itself(store: SqlStore, search: str, found: set[str]) -> None:
    for name in ("打折 50% 项目", "下_线", "反\\斜", "斜/线", "ABC 厂", "abc 厂", "École", "Straße"):
        store.create_project("company", draft(name))
    assert {one.draft.name for one in all_projects(store, search=search)} == found


def test_only_who_sees_a_project_whole_may_change_it(store: SqlStore, plans_by_name: dict[str, Plan]) -> None:
    made = store.create_project("company", draft())
    plan = plans_by_name["standard-factory"]
    planned(store, made, plan)
    office = Scope(departments=frozenset({plan.items[0].department}))
    assert store.project(office, made.id) is not None
    for scope in (office, Scope(owner="other"), Scope(teams=frozenset({"housing_team"})), Scope()):
        assert store.edit_project(scope, made.id, 1, draft("改")) == Missing(made.id)
        assert store.archive_project(scope, made.id, 1, True) == Missing(made.id)
        assert store.add_plan(scope, made.id, 1, plan, "x") == Missing(made.id)
    for scope in (Scope(owner="company"), Scope(teams=frozenset({"investment_team"}))):
        revision = store.projects(scope, ProjectFilter(), NEWEST, PageRequest(1)).rows[0].revision
        assert not isinstance(store.edit_project(scope, made.id, revision, draft("改")), Missing | Stale)
