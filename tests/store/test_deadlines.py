"""Lists and counts of deadlines over many projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from planner.plan import Plan
from planner_api.store.records import DeadlineCount, DeadlineFilter, DeadlineOrder, DeadlineRecord, PageRequest
from planner_api.store.sql import SqlStore
from tests.store.world import EVERYTHING, all_deadlines, draft, monday, planned, walked


@pytest.fixture
def full(store: SqlStore, plans_by_name: dict[str, Plan]) -> SqlStore:
    """A store with projects of three classes."""
    for name, kind, team in (
        ("hospital-600-beds", "government", "government_team"),
        ("standard-factory", "investment", "investment_team"),
        ("equipment-only-upgrade", "investment", None),
    ):
        planned(store, store.create_project(name, draft(name, project_class=kind, team=team)), plans_by_name[name])
    return store


def _key(one: DeadlineRecord) -> tuple[date, str]:
    return one.day, one.department


def test_orders(full: SqlStore) -> None:
    by_day = all_deadlines(full)
    assert by_day == sorted(by_day, key=_key)
    assert all_deadlines(full, order=DeadlineOrder.DAY_DESCENDING) == by_day[::-1]
    by_department = all_deadlines(full, order=DeadlineOrder.DEPARTMENT)
    assert by_department == sorted(by_day, key=lambda one: (one.department, one.day))
    assert len({one.department for one in by_day}) > 10


@pytest.mark.parametrize("order", DeadlineOrder)
@pytest.mark.parametrize("size", [1, 10, 1000])
def test_lists_are_walked_both_ways(full: SqlStore, order: DeadlineOrder, size: int) -> None:
    whole = all_deadlines(full, order=order)
    read = lambda page: full.deadlines(EVERYTHING, DeadlineFilter(), order, page)  # noqa: E731
    assert walked(read, size) == whole == walked(read, size, backward=True)


_CONDITIONS: list[tuple[DeadlineFilter, Callable[[DeadlineRecord], bool]]] = [
    (DeadlineFilter(kinds=frozenset({"submit"})), lambda one: one.kind == "submit"),
    (DeadlineFilter(kinds=frozenset({"submit", "lapse", "nothing"})), lambda one: one.kind in ("submit", "lapse")),
    (DeadlineFilter(classes=frozenset({"investment"})), lambda one: one.project_class == "investment"),
    (DeadlineFilter(teams=frozenset({"investment_team", "government_team"})), lambda one: one.team is not None),
    (DeadlineFilter(departments=frozenset({"鞍山市自然资源局"})), lambda one: one.department == "鞍山市自然资源局"),
    (DeadlineFilter(departments=frozenset({""})), lambda one: one.department == ""),
    (DeadlineFilter(stages=frozenset({"施工许可", "工程建设许可"})), lambda one: one.stage in ("施工许可", "工程建设许可")),
    (DeadlineFilter(items=frozenset({"filing"})), lambda one: one.item == "filing"),
    (DeadlineFilter(first=date(2026, 6, 1)), lambda one: one.day >= date(2026, 6, 1)),
    (DeadlineFilter(last=date(2026, 6, 1)), lambda one: one.day <= date(2026, 6, 1)),
    (
        DeadlineFilter(first=date(2026, 3, 2), last=date(2026, 4, 1)),
        lambda one: date(2026, 3, 2) <= one.day <= date(2026, 4, 1),
    ),
    (DeadlineFilter(depends=False), lambda one: not one.depends),
    (DeadlineFilter(critical=True), lambda one: one.critical),
    (DeadlineFilter(critical=False), lambda one: not one.critical),
    (DeadlineFilter(provisional=True), lambda one: one.provisional),
    (DeadlineFilter(provisional=False), lambda one: not one.provisional),
]


@pytest.mark.parametrize(("which", "holds"), _CONDITIONS)
def test_each_filter(full: SqlStore, which: DeadlineFilter, holds: Callable[[DeadlineRecord], bool]) -> None:
    whole = all_deadlines(full)
    wanted = [one for one in whole if holds(one)]
    assert 0 < len(wanted) < len(whole) or which.depends is False
    assert list(full.deadlines(EVERYTHING, which, DeadlineOrder.DAY, PageRequest(1000)).rows) == wanted
    assert full.count_deadlines(EVERYTHING, which) == len(wanted)
    assert sum(one.count for one in full.deadline_counts(EVERYTHING, which)) == len(wanted)


def test_filters_together(full: SqlStore) -> None:
    day = date(2026, 5, 1)
    which = DeadlineFilter(kinds=frozenset({"decide_statutory"}), classes=frozenset({"government"}), first=day, critical=False)
    found = list(full.deadlines(EVERYTHING, which, DeadlineOrder.DAY, PageRequest(1000)).rows)
    assert found == [
        one
        for one in all_deadlines(full)
        if one.kind == "decide_statutory" and one.project_class == "government" and one.day >= day and not one.critical
    ]
    assert found
    assert all_deadlines(full, first=day, last=day - timedelta(days=1)) == []


def test_a_filter_by_projects(full: SqlStore) -> None:
    whole = all_deadlines(full)
    one, other = sorted({deadline.project for deadline in whole})[:2]
    assert all_deadlines(full, projects=frozenset({one, other, "x", "\0"})) == [d for d in whole if d.project in (one, other)]


def test_counts_by_department_and_week(full: SqlStore) -> None:
    whole = all_deadlines(full)
    counted = Counter((one.department, monday(one.day)) for one in whole)
    unsure = Counter((one.department, monday(one.day)) for one in whole if one.provisional)
    expected = tuple(DeadlineCount(*key, counted[key], unsure[key]) for key in sorted(counted))
    assert full.deadline_counts(EVERYTHING, DeadlineFilter()) == expected
    assert len(expected) > 20
    assert sum(unsure.values()) > 0
    week = monday(whole[5].day)
    only = full.deadline_counts(EVERYTHING, DeadlineFilter(first=week, last=week + timedelta(days=6)))
    assert only == tuple(one for one in expected if one.week == week)


@pytest.mark.parametrize("day", [date(2024, 12, 29), date(2024, 12, 30), date(2025, 12, 31), date(2026, 1, 4), date(2026, 1, 5)])
def test_weeks_begin_on_monday_across_years(store: SqlStore, plans_by_name: dict[str, Plan], day: date) -> None:
    plan = plans_by_name["equipment-only-upgrade"]
    item = next(one for one in plan.items if one.statutory is not None)
    when = item.dates.decide_statutory.model_copy(update={"date": day, "earliest": day, "latest": day})
    item = item.model_copy(update={"dates": item.dates.model_copy(update={"decide_statutory": when}), "promised": None})
    changed = plan.model_copy(update={"items": tuple(item if one.code == item.code else one for one in plan.items)})
    planned(store, store.create_project("company", draft()), changed)
    which = DeadlineFilter(items=frozenset({item.code}), kinds=frozenset({"decide_statutory"}))
    found = store.deadline_counts(EVERYTHING, which)
    assert found == (DeadlineCount(item.department, monday(day), 1, found[0].provisional),)
    assert found[0].week.weekday() == 0


def test_an_empty_store_has_none(store: SqlStore) -> None:
    assert all_deadlines(store) == []
    assert store.deadline_counts(EVERYTHING, DeadlineFilter()) == ()
    assert store.count_deadlines(EVERYTHING, DeadlineFilter()) == 0
    page = store.deadlines(EVERYTHING, DeadlineFilter(), DeadlineOrder.DAY, PageRequest(5))
    assert replace(page, rows=(), cursors=()) == page
    assert (page.has_next, page.has_previous) == (False, False)
