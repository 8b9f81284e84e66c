"""The operations of real screens, each executed as the people of its screen execute it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from graphql import OperationType, parse
from planner import Planner
from planner_api.access.viewer import Role
from planner_api.inputs import project_form
from planner_api.schema import edit_form
from planner_api.service import Service
from tests.api.schema.asking import Asker, keep, viewer

NATURE = "鞍山市自然资源局"
PROJECT = {"name": "标准厂房", "works": "NEW", "landArea": "33.35 亩", "class": "SOCIAL_INVESTMENT"}
RUN_ELSEWHERE = {"plan_preview", "plan_routes", "project_form"}
"""Executed by the tests of plans and forms."""


@pytest.fixture(scope="module")
def texts(root: Path) -> Mapping[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (root / "graphql" / "operations").glob("*.graphql")}


@pytest.fixture(scope="module")
def shared(services: Callable[..., Service], examples: Mapping[str, Path]) -> Asker:
    """A service with two planned projects of one owner, that the tests here only ask."""
    service = services()
    keep(service, "alice", examples["standard-factory"], "2026-04-07", "2026-05-06")
    keep(service, "alice", examples["trunk-road-with-bridge"], "2026-04-07")
    return Asker(service, viewer(Role.APPLICANT, "alice"))


Run = Callable[..., Any]


@pytest.fixture
def run(shared: Asker, texts: Mapping[str, str]) -> Run:
    def one(name: str, asker: Asker = shared, **variables: Any) -> Any:
        return asker.ask(texts[name], variables)

    return one


@pytest.fixture
def projects(run: Run) -> list[Any]:
    found: list[Any] = run("project_list", orderBy="NAME")["projects"]["nodes"]
    return found


def test_every_operation_is_executed_somewhere(texts: Mapping[str, str], root: Path) -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'run\("(\w+)"', here))
    subscriptions = {name for name, text in texts.items() if parse(text).definitions[0].operation is OperationType.SUBSCRIPTION}  # type: ignore[attr-defined]
    assert set(texts) == named | subscriptions | RUN_ELSEWHERE
    assert len(named) > 20


def test_operations_are_named_as_their_files_and_say_what_they_are_for(texts: Mapping[str, str]) -> None:
    for stem, text in texts.items():
        (name,) = re.findall(r"^(?:query|mutation|subscription) (\w+)", text, re.MULTILINE)
        assert name == "".join(part.capitalize() for part in stem.split("_"))
        assert text.startswith("# ")


def test_the_operation_that_edits_names_every_fact(texts: Mapping[str, str], anshan: Planner) -> None:
    assert texts["edit_project"] == edit_form(project_form(anshan)), "run: PYTHONPATH=.:graphql python -m planner_api.schema"


def test_project_list(run: Run) -> None:
    page = run("project_list", orderBy="NAME", first=1)["projects"]
    assert page["totalCount"] == 2
    (first,) = page["nodes"]
    assert first["plan"]["content"]["totals"]["approvals"] > 10
    assert first["plan"]["content"]["milestones"]["startOfWorks"]["promised"]["date"] > "2026-04-07"
    (second,) = run("project_list", orderBy="NAME", first=1, after=page["pageInfo"]["endCursor"])["projects"]["nodes"]
    assert {first["class"]["code"], second["class"]["code"]} == {"social_investment", "urban_construction"}
    assert run("project_list", filter={"search": "没有"})["projects"]["nodes"] == []


def test_project_page(run: Run, projects: list[Any]) -> None:
    page = run("project_page", id=projects[0]["id"], today="2026-06-01")["project"]
    assert page["name"] == projects[0]["name"]
    assert page["plan"]["number"] == projects[0]["plan"]["number"]
    assert page["plan"]["content"]["milestones"]["use"]["promised"]["certainty"] in ("FIRM", "PROVISIONAL")
    assert page["plan"]["questions"]["note"] == ""
    assert len(page["deadlines"]["nodes"]) == 10
    days = [one["day"] for one in page["deadlines"]["nodes"]]
    assert days == sorted(days)
    assert days[0] >= "2026-06-01"


def test_the_edit_form_goes_round(run: Run, projects: list[Any], shared: Asker, texts: Mapping[str, str]) -> None:
    edited = run("edit_project", id=projects[0]["id"])["project"]
    facts = edited.pop("facts")
    assert facts.pop("unreadable") == []
    key, revision = edited.pop("id"), edited.pop("revision")
    saved = run("save_project", input={"id": key, "expectedRevision": revision, "project": {**edited, **facts}})["saveProject"]
    assert saved["project"]["revision"] == revision + 1
    again = run("edit_project", id=projects[0]["id"])["project"]
    assert again["facts"] == {**facts, "unreadable": []}


def test_plan_page_documents_and_history(run: Run, projects: list[Any], shared: Asker) -> None:
    factory = next(one for one in projects if one["plan"]["number"] == 2)
    page = run("plan_page", id=factory["plan"]["id"])["plan"]
    assert page["current"] is True
    assert page["project"]["id"] == factory["id"]
    assert len(page["content"]["items"]) == factory["plan"]["content"]["totals"]["approvals"]
    assert page["content"]["notRequired"]
    office = shared.by(viewer(Role.DEPARTMENT, "o", departments=(NATURE,)))
    part = run("plan_page", office, id=factory["plan"]["id"])["plan"]
    assert {item["department"] for item in part["content"]["items"]} == {NATURE}
    documents = run("plan_documents", id=factory["plan"]["id"])["plan"]
    assert documents["documents"]["xlsx"].endswith(".xlsx")
    assert documents["verification"] == {"confirmed": True, "madeAgain": True, "sameContent": True, "more": 0, "mismatches": []}
    history = run("plan_history", project=factory["id"], first=1)["project"]["plans"]
    assert history["totalCount"] == 2
    older = run("plan_history", project=factory["id"], after=history["pageInfo"]["endCursor"])["project"]["plans"]["nodes"]
    assert [one["number"] for one in (*history["nodes"], *older)] == [2, 1]


def test_what_if(run: Run, projects: list[Any], as_project: Callable[[str], dict[str, Any]]) -> None:
    factory = next(one for one in projects if one["plan"]["number"] == 2)
    changed = {**as_project("standard-factory"), "landArea": "60 亩"}
    preview = {"project": changed, "start": "2026-05-06"}
    found = run("what_if", before={"plan": factory["plan"]["id"]}, after={"preview": preview})["comparison"]
    assert [(one["code"], one["before"] != one["after"]) for one in found["facts"]] == [("land_area", True)]
    assert found["empty"] is False
    bad = run("what_if", before={"plan": factory["plan"]["id"]}, after={"preview": {"project": {"name": ""}}})["comparison"]
    assert bad["problems"][0]["path"] == ["after", "preview", "project", "name"]
    later = run("what_if", before={"plan": factory["plan"]["id"]}, after={"preview": {**preview, "start": "2026-08-03"}})[
        "comparison"
    ]
    assert any(one["workingDays"] > 0 and one["cause"] for one in later["milestones"])


def test_department_desk(run: Run, shared: Asker) -> None:
    office = shared.by(viewer(Role.DEPARTMENT, "o", departments=(NATURE,)))
    desk = run("department_desk", office)
    assert desk["viewer"]["departments"] == [NATURE]
    assert desk["viewer"]["today"] == "2026-03-02"
    assert {one["department"] for one in (*desk["deadlines"]["nodes"], *desk["deadlineCounts"])} == {NATURE}
    assert sum(one["count"] for one in desk["deadlineCounts"]) == desk["deadlines"]["totalCount"] == len(desk["deadlines"]["nodes"])
    assert {one["project"]["name"] for one in desk["deadlines"]["nodes"]} == {
        p["name"] for p in run("project_list")["projects"]["nodes"]
    }


def test_deadline_calendar(run: Run) -> None:
    month = run("deadline_calendar", firstDay="2026-06-01", lastDay="2026-06-30", departments=[NATURE])
    assert month["deadlines"]["nodes"]
    assert all("2026-06-01" <= one["day"] <= "2026-06-30" and one["department"] == NATURE for one in month["deadlines"]["nodes"])
    assert sum(one["count"] for one in month["deadlineCounts"]) == month["deadlines"]["totalCount"]
    mondays = [date.fromisoformat(one["week"]) for one in month["deadlineCounts"]]
    assert all(day.weekday() == 0 and date(2026, 6, 1) - timedelta(6) <= day <= date(2026, 6, 30) for day in mondays)
    wide = run("deadline_calendar", firstDay="2026-01-01", lastDay="2030-12-31", teams=["urban_construction_team"])
    assert {one["projectName"] for one in wide["deadlines"]["nodes"]} == {"立山区建国北路北延工程（含沙河桥）"}


def test_rule_browser(run: Run, shared: Asker, anshan: Planner) -> None:
    policy = shared.by(viewer(Role.POLICY))
    book = run("rule_browser", policy)["rulebook"]
    assert book["digest"] == anshan.rulebook.digest
    assert {one["code"] for one in book["approvals"]} == set(anshan.rulebook.approvals)
    assert NATURE in [one["name"] for one in book["departments"]]
    assert "social_investment_team" in [one["code"] for one in book["teams"]]
    rules = run("approval_rules", policy, code="construction_permit", asOf="2026-09-01")["rulebook"]["approval"]["rules"]
    assert rules["applies"]
    assert rules["papers"]
    assert rules["office"]["bureau"] == "鞍山市住房和城乡建设局"
    assert run("approval_rules", policy, code="nothing")["rulebook"]["approval"] is None


def test_rulebook_versions_and_difference(run: Run, shared: Asker, anshan: Planner) -> None:
    policy = shared.by(viewer(Role.POLICY))
    shared.service.store.keep_rulebook("a" * 64, "旧规则库", b"")
    versions = run("rulebook_versions", policy)["rulebookVersions"]["nodes"]
    assert "a" * 64 in [one["digest"] for one in versions]
    missing = run("rulebook_difference", policy, before="b" * 64, after=anshan.rulebook.digest)["rulebookDifference"]
    assert missing["__typename"] == "NotFound"


def test_why_and_next_questions(run: Run, shared: Asker) -> None:
    found = run("why", project=PROJECT, approval="construction_permit", asOf="2026-09-01")["why"]
    assert found["__typename"] == "Explanation"
    assert found["because"][0]["basis"]
    assert run("why", project=PROJECT, approval="施工许可")["why"]["suggestions"]
    asked = run("next_questions", project=PROJECT)["questions"]
    assert asked["questions"][0]["fact"]["question"]
    assert len(asked["questions"][0]["items"]) >= len(asked["questions"][-1]["items"]) > 0
    assert run("next_questions", project={"name": ""})["questions"]["problems"][0]["path"] == ["project", "name"]


def test_save_plan_put_away(asker: Asker, run: Run) -> None:
    saved = run("save_project", asker, input={"requestKey": "k", "project": PROJECT})["saveProject"]["project"]
    made = run("make_plan", asker, input={"projectId": saved["id"], "expectedRevision": 1, "start": "2026-04-07"})["makePlan"]
    assert made["created"] is True
    assert made["plan"]["project"]["id"] == saved["id"]
    stale = run("make_plan", asker, input={"projectId": saved["id"], "expectedRevision": 9})["makePlan"]
    assert stale["__typename"] == "StaleRevision"
    bad = run("save_project", asker, input={"project": {"name": "", "landArea": "5 斤"}})["saveProject"]
    assert [p["path"] for p in bad["problems"]] == [["input", "project", "name"], ["input", "project", "landArea"]]
    revision = run("project_list", asker)["projects"]["nodes"][0]["revision"]
    away = run("set_project_archived", asker, id=saved["id"], expectedRevision=revision, archived=True)["setProjectArchived"]
    assert away["project"]["archived"] is True
    assert run("project_list", asker)["projects"]["nodes"] == []
    assert [p["id"] for p in run("project_list", asker, filter={"archived": True})["projects"]["nodes"]] == [saved["id"]]


def test_calendar_feeds(asker: Asker, run: Run) -> None:
    office = asker.by(viewer(Role.DEPARTMENT, "o", departments=(NATURE,)))
    made = run("create_calendar_feed", office, department=NATURE)["createCalendarFeed"]
    assert made["token"] in made["path"]
    assert [one["id"] for one in run("calendar_feeds", office)["calendarFeeds"]] == [made["feed"]["id"]]
    assert run("create_calendar_feed", asker, department="鞍山市自然资源")["createCalendarFeed"]["help"]
    closed = run("revoke_calendar_feed", office, id=made["feed"]["id"])["revokeCalendarFeed"]
    assert closed["feed"]["revokedAt"]


def test_reload_rulebook(asker: Asker, run: Run, anshan: Planner) -> None:
    policy = asker.by(viewer(Role.POLICY))
    answer = run("reload_rulebook", policy)["reloadRulebook"]
    assert answer["__typename"] == "RulebookReloaded"
    assert answer["rulebook"]["digest"] == anshan.rulebook.digest
    assert answer["changed"] is False


@pytest.fixture
def as_project(
    examples: Mapping[str, Path], shared: Asker, texts: Mapping[str, str], services: Callable[..., Service]
) -> Callable[[str], dict[str, Any]]:
    """An example as the form would send it: kept, and read back by the screen that edits."""

    def one(name: str) -> dict[str, Any]:
        asker = Asker(services())
        keep(asker.service, "o", examples[name])
        key = asker.ask(texts["project_list"])["projects"]["nodes"][0]["id"]
        edited = asker.ask(texts["edit_project"], {"id": key})["project"]
        facts = {k: v for k, v in edited.pop("facts").items() if k != "unreadable"}
        return {**{k: v for k, v in edited.items() if k not in ("id", "revision")}, **facts}

    return one
