"""Deadlines across projects: filtered, sorted, counted, and those of one project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from planner_api.access.viewer import Scope
from planner_api.store.records import DeadlineFilter, DeadlineKind, DeadlineOrder, PageRequest
from tests.api.schema.asking import Asker, keep

ALL = Scope(everything=True)
LIST = """query($filter: DeadlineFilter, $orderBy: DeadlineOrder, $first: Int, $after: String) {
  deadlines(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    nodes {
      id kind responsible day earliest latest provisional item name title department stage class { code } team { code } depends critical
      verified projectName project { id name } plan { number current }
    }
    pageInfo { endCursor hasNextPage }
  }
}"""


@pytest.fixture
def desk(asker: Asker, examples: Mapping[str, Path]) -> Asker:
    for name in ("standard-factory", "hospital-600-beds", "trunk-road-with-bridge"):
        keep(asker.service, "local", examples[name], "2026-04-07")
    return asker


def everything(asker: Asker, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = asker.ask(LIST, {"filter": which, "first": 100, "after": after})["deadlines"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert page["totalCount"] >= len(found)
    assert len(found) == page["totalCount"]
    return found


def test_what_the_store_keeps_is_what_is_shown(desk: Asker) -> None:
    found = everything(desk)
    assert len(found) > 100
    assert len({one["id"] for one in found}) == len(found)
    kept = desk.service.store.deadlines(ALL, DeadlineFilter(), DeadlineOrder.DAY, PageRequest(10_000)).rows
    shown = (
        "day",
        "earliest",
        "latest",
        "provisional",
        "item",
        "name",
        "title",
        "department",
        "stage",
        "depends",
        "critical",
        "verified",
    )
    assert [{key: one[key] for key in shown} for one in found] == [
        {key: value.isoformat() if isinstance(value := getattr(row, key), date) else value for key in shown} for row in kept
    ]
    assert [one["kind"] for one in found] == [row.kind.upper() for row in kept]
    assert all(one["project"]["name"] == one["projectName"] and one["plan"] == {"number": 1, "current": True} for one in found)
    assert {one["team"]["code"] for one in found} == {"social_investment_team", "urban_construction_team"}
    assert {one["class"]["code"] for one in found} == {"social_investment", "urban_construction"}


def test_days_are_certain_or_bounded(desk: Asker) -> None:
    found = everything(desk)
    firm, open_ = [[one for one in found if one["provisional"] is truth] for truth in (False, True)]
    assert firm
    assert open_
    assert all(one["earliest"] == one["day"] == one["latest"] for one in firm)
    assert all(one["earliest"] <= one["day"] <= one["latest"] for one in open_)


def test_who_has_to_act(desk: Asker) -> None:
    who = {(one["kind"], one["responsible"]) for one in everything(desk)}
    assert ("SUBMIT", "APPLICANT") in who
    assert ("DECIDE_STATUTORY", "OFFICE") in who
    assert ("MILESTONE", "NONE") in who
    assert not {("SUBMIT", "OFFICE"), ("DECIDE_STATUTORY", "APPLICANT"), ("MILESTONE", "OFFICE")} & who
    waits = [one for one in everything(desk) if one["title"] == "法定等待期满"]
    assert waits
    assert {one["responsible"] for one in waits} == {"NONE"}


def test_every_kind_is_in_the_list(introspected: Mapping[str, Any]) -> None:
    kinds = {value["name"] for value in introspected["DeadlineKind"]["enumValues"]}
    assert kinds == {kind.upper() for kind in get_args(DeadlineKind)}


@pytest.mark.parametrize(
    ("which", "holds"),
    [
        ({"kinds": ["SUBMIT", "LAPSE"]}, lambda one: one["kind"] in ("SUBMIT", "LAPSE")),
        ({"departments": ["鞍山市自然资源局"]}, lambda one: one["department"] == "鞍山市自然资源局"),
        ({"classes": ["urban_construction"]}, lambda one: one["class"]["code"] == "urban_construction"),
        ({"teams": ["social_investment_team"]}, lambda one: one["team"]["code"] == "social_investment_team"),
        ({"items": ["construction_permit"]}, lambda one: one["item"] == "construction_permit"),
        ({"critical": True}, lambda one: one["critical"]),
        ({"critical": False}, lambda one: not one["critical"]),
        ({"provisional": True}, lambda one: one["provisional"]),
        ({"depends": True}, lambda one: one["depends"]),
        ({"firstDay": "2026-06-01", "lastDay": "2026-06-30"}, lambda one: "2026-06-01" <= one["day"] <= "2026-06-30"),
        ({"firstDay": "2026-06-01", "kinds": ["SUBMIT"]}, lambda one: one["day"] >= "2026-06-01" and one["kind"] == "SUBMIT"),
        ({"kinds": [], "classes": None}, lambda one: True),
    ],
)
def test_filters(desk: Asker, which: Mapping[str, Any], holds: Any) -> None:
    wanted = [one["id"] for one in everything(desk) if holds(one)]
    assert [one["id"] for one in everything(desk, **which)] == wanted


def test_filters_by_stage_and_project(desk: Asker) -> None:
    found = everything(desk)
    stage = next(one["stage"] for one in found if one["stage"])
    assert [one["id"] for one in everything(desk, stages=[stage])] == [one["id"] for one in found if one["stage"] == stage]
    project = found[0]["project"]["id"]
    assert [one["id"] for one in everything(desk, projects=[project])] == [
        one["id"] for one in found if one["project"]["id"] == project
    ]
    # An id of nothing narrows to nothing: it does not fall back to everything.
    assert everything(desk, projects=["x"]) == []


def test_orders(desk: Asker) -> None:
    days = [one["day"] for one in desk.ask(LIST, {"first": 100})["deadlines"]["nodes"]]
    assert days == sorted(days)
    days = [one["day"] for one in desk.ask(LIST, {"orderBy": "DAY_DESCENDING", "first": 100})["deadlines"]["nodes"]]
    assert days == sorted(days, reverse=True)
    offices = [one["department"] for one in desk.ask(LIST, {"orderBy": "DEPARTMENT", "first": 100})["deadlines"]["nodes"]]
    assert len(set(offices)) == len([one for i, one in enumerate(offices) if i == 0 or offices[i - 1] != one])


def test_counts_by_office_and_week(desk: Asker) -> None:
    query = "query($filter: DeadlineFilter) { deadlineCounts(filter: $filter) { department week count provisional } }"
    counts = desk.ask(query)["deadlineCounts"]

    def monday(day: str) -> str:
        of = date.fromisoformat(day)
        return (of - timedelta(days=of.weekday())).isoformat()

    found = everything(desk)
    total = Counter((one["department"], monday(one["day"])) for one in found)
    open_ = Counter((one["department"], monday(one["day"])) for one in found if one["provisional"])
    assert {(c["department"], c["week"]): c["count"] for c in counts} == total
    assert {(c["department"], c["week"]): c["provisional"] for c in counts if c["provisional"]} == open_
    few = desk.ask(query, {"filter": {"kinds": ["MILESTONE"]}})["deadlineCounts"]
    assert sum(c["count"] for c in few) == 9
    assert {c["department"] for c in few} == {""}


def test_those_of_one_project(desk: Asker) -> None:
    query = """query($filter: DeadlineFilter) { projects(orderBy: NAME) { nodes { id deadlines(filter: $filter) { totalCount nodes { project { id } } } } } }"""
    projects = desk.ask(query)["projects"]["nodes"]
    assert sum(p["deadlines"]["totalCount"] for p in projects) == len(everything(desk))
    for project in projects:
        assert project["deadlines"]["nodes"]
        assert all(one["project"]["id"] == project["id"] for one in project["deadlines"]["nodes"])
    only = desk.ask(query, {"filter": {"projects": [projects[0]["id"]]}})["projects"]["nodes"]
    assert [p["deadlines"]["totalCount"] for p in only] == [projects[0]["deadlines"]["totalCount"], 0, 0]


def test_a_new_plan_replaces_the_deadlines(desk: Asker) -> None:
    before = everything(desk)
    project = before[0]["project"]["id"]
    desk.ask(
        'mutation($id: ID!) { makePlan(input: {projectId: $id, start: "2026-08-03"}) { ... on PlanMade { created } } }',
        {"id": project},
    )
    after = [one for one in everything(desk) if one["project"]["id"] == project]
    assert after
    assert not {one["id"] for one in after} & {one["id"] for one in before}
    assert {one["plan"]["number"] for one in after} == {2}
