"""Who sees which rows: each role alone, roles together, and nobody."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from planner.plan import Plan
from planner_api.access.viewer import Role, Scope, Viewer
from planner_api.store.records import (
    DeadlineFilter,
    DeadlineRecord,
    PageRequest,
    PlanRecord,
    ProjectFilter,
    ProjectOrder,
    ProjectRecord,
)
from planner_api.store.sql import SqlStore
from tests.store.world import EVERYTHING, all_deadlines, all_projects, draft, edited, planned

OFFICE = "鞍山市卫生健康委员会"
"""Has an item in the hospital's plan only."""
COMMON = "鞍山市营商环境建设局（行政审批）"


@dataclass(frozen=True)
class World:
    projects: dict[str, ProjectRecord]
    plans: dict[str, PlanRecord]


@pytest.fixture
def world(store: SqlStore, plans_by_name: dict[str, Plan]) -> World:
    projects, plans = {}, {}
    for name, owner, team, example in (
        ("医院", "hospital", "government_team", "hospital-600-beds"),
        ("厂房", "company", "investment_team", "standard-factory"),
        ("设备", "company", None, "equipment-only-upgrade"),
    ):
        projects[name] = store.create_project(owner, draft(name, team=team))
        plans[name] = planned(store, projects[name], plans_by_name[example])
    projects["空"] = store.create_project("hospital", draft("空", team="investment_team"))
    return World(projects, plans)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (EVERYTHING, {"医院", "厂房", "设备", "空"}),
        (Scope(), set()),
        (Scope(owner="company"), {"厂房", "设备"}),
        (Scope(owner="nobody"), set()),
        (Scope(owner=""), set()),
        (Scope(owner="\0"), set()),
        (Scope(teams=frozenset({"investment_team"})), {"厂房", "空"}),
        (Scope(teams=frozenset({"investment_team", "government_team"})), {"医院", "厂房", "空"}),
        (Scope(teams=frozenset({"", "\0"})), set()),
        (Scope(departments=frozenset({OFFICE})), {"医院"}),
        (Scope(departments=frozenset({COMMON})), {"医院", "厂房", "设备"}),
        (Scope(departments=frozenset({OFFICE, "没有的局"})), {"医院"}),
        (Scope(departments=frozenset({""})), set()),
        (Scope(departments=frozenset({"没有的局"})), set()),
        (Scope(owner="company", departments=frozenset({OFFICE})), {"医院", "厂房", "设备"}),
        (Scope(owner="company", teams=frozenset({"government_team"})), {"医院", "厂房", "设备"}),
        (
            Scope(owner="hospital", teams=frozenset({"investment_team"}), departments=frozenset({COMMON})),
            {"医院", "厂房", "设备", "空"},
        ),
    ],
)
def test_projects_and_plans(store: SqlStore, world: World, scope: Scope, seen: set[str]) -> None:
    for order in ProjectOrder:
        assert {one.draft.name for one in all_projects(store, scope, order)} == seen
    assert store.count_projects(scope, ProjectFilter()) == len(seen)
    ids = [one.id for one in world.projects.values()]
    assert {one.draft.name for one in store.projects_by_id(scope, ids).values()} == seen
    for name, project in world.projects.items():
        assert (store.project(scope, project.id) is not None) == (name in seen)
        count = int(name in seen and name in world.plans)
        assert store.count_plans(scope, project.id) == count
        assert len(store.plans(scope, project.id, PageRequest(5)).rows) == count
    for name, plan in world.plans.items():
        assert (store.plan(scope, plan.id) is not None) == (name in seen)
        assert (plan.id in store.plans_by_id(scope, [plan.id])) == (name in seen)


@pytest.mark.parametrize(
    "scope",
    [
        EVERYTHING,
        Scope(),
        Scope(owner="company"),
        Scope(owner="\ud800"),
        Scope(teams=frozenset({"investment_team"})),
        Scope(departments=frozenset({OFFICE})),
        Scope(departments=frozenset({COMMON, OFFICE})),
        Scope(departments=frozenset({""})),
        Scope(owner="company", departments=frozenset({OFFICE})),
        Scope(owner="hospital", departments=frozenset({COMMON})),
        Scope(owner="x", teams=frozenset({"government_team"}), departments=frozenset({COMMON})),
    ],
)
def test_deadlines(store: SqlStore, world: World, scope: Scope) -> None:
    owners = {project.id: project.owner for project in world.projects.values()}

    def may_see(one: DeadlineRecord) -> bool:
        return scope.whole(owners[one.project], one.team) or (one.department != "" and one.department in scope.departments)

    whole = all_deadlines(store)
    seen = [one for one in whole if may_see(one)]
    assert all_deadlines(store, scope) == seen
    assert store.count_deadlines(scope, DeadlineFilter()) == len(seen)
    assert sum(one.count for one in store.deadline_counts(scope, DeadlineFilter())) == len(seen)
    assert [one for one in whole if store.deadline(scope, one.id) is not None] == seen


def test_a_department_stays_with_a_project_it_once_took_part_in(
    store: SqlStore, world: World, plans_by_name: dict[str, Plan]
) -> None:
    scope = Scope(departments=frozenset({OFFICE}))
    hospital = world.projects["医院"]
    second = planned(store, hospital, plans_by_name["equipment-only-upgrade"])
    assert OFFICE not in second.departments
    assert [one.draft.name for one in all_projects(store, scope)] == ["医院"]
    assert store.plan(scope, second.id) == second
    assert store.plan(scope, world.plans["医院"].id) == world.plans["医院"]
    assert all_deadlines(store, scope) == []
    assert OFFICE in store.changes_after(0)[-1].departments


def test_the_department_filter_tells_a_department_nothing_of_the_others(store: SqlStore, world: World) -> None:
    common = Scope(departments=frozenset({COMMON}))
    which = frozenset({OFFICE})
    assert [one.draft.name for one in all_projects(store, departments=which)] == ["医院"]
    assert all_projects(store, common, departments=which) == []
    assert len(all_projects(store, common, departments=frozenset({COMMON}))) == 3
    owner = Scope(owner="hospital", departments=frozenset({COMMON}))
    assert [one.draft.name for one in all_projects(store, owner, departments=which)] == ["医院"]


def test_a_project_that_changes_hands_is_seen_by_the_new_group(store: SqlStore, world: World) -> None:
    edited(store, world.projects["厂房"], draft("厂房", team="government_team"))
    old, new = Scope(teams=frozenset({"investment_team"})), Scope(teams=frozenset({"government_team"}))
    factory = world.projects["厂房"].id
    assert (store.project(old, factory), all_deadlines(store, old)) == (None, [])
    assert store.project(new, factory) is not None
    assert factory in {one.project for one in all_deadlines(store, new)}
    assert store.plan(old, world.plans["厂房"].id) is None


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        ({Role.APPLICANT}, {"厂房", "设备"}),
        ({Role.TEAM}, {"医院"}),
        ({Role.DEPARTMENT}, {"医院", "厂房", "设备"}),
        ({Role.POLICY}, set()),
        ({Role.ADMIN}, {"医院", "厂房", "设备", "空"}),
        ({Role.APPLICANT, Role.TEAM}, {"医院", "厂房", "设备"}),
        (set(), set()),
    ],
)
def test_each_role(store: SqlStore, world: World, roles: set[Role], seen: set[str]) -> None:
    viewer = Viewer("company", frozenset(roles), frozenset({COMMON}), frozenset({"government_team"}))
    assert {one.draft.name for one in all_projects(store, viewer.scope)} == seen
