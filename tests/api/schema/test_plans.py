"""Kept plans: made, made again, read back, compared, asked why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Planner, load_project
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import ProjectDraft
from tests.api.schema.asking import Asker, CountingStore, keep

MAKE = """mutation($input: MakePlanInput!) {
  makePlan(input: $input) {
    __typename
    ... on PlanMade { created plan { id number current asOf start madeBy revision rulebook project { id plan { number } } } }
    ... on InvalidProject { problems { code message help path } }
    ... on StaleRevision { message current { revision } }
    ... on NotFound { id message }
  }
}"""
PROJECTS = "{ projects(orderBy: NAME) { nodes { id revision name plan { id number asOf content { provenance { rulebook } } } } } }"


def make(asker: Asker, **input: Any) -> Any:
    return asker.ask(MAKE, {"input": input})["makePlan"]


@pytest.fixture
def factory(asker: Asker, examples: Mapping[str, Path]) -> str:
    """The id of a kept project without a plan."""
    keep(asker.service, "local", examples["standard-factory"])
    return str(asker.ask(PROJECTS)["projects"]["nodes"][0]["id"])


def test_a_plan_is_made_and_kept(asker: Asker, factory: str, examples: Mapping[str, Path], anshan: Planner) -> None:
    made = make(asker, projectId=factory, start="2026-04-07", routes="FASTEST", target={"milestone": "USE", "date": "2027-09-01"})
    assert (made["__typename"], made["created"]) == ("PlanMade", True)
    plan = made["plan"]
    assert {k: plan[k] for k in ("number", "current", "asOf", "start", "madeBy", "revision", "rulebook")} == {
        "number": 1,
        "current": True,
        "asOf": "2026-03-02",
        "start": "2026-04-07",
        "madeBy": "local",
        "revision": 1,
        "rulebook": anshan.rulebook.digest,
    }
    assert plan["project"] == {"id": factory, "plan": {"number": 1}}
    wanted = anshan.plan(
        load_project(examples["standard-factory"])[0],
        as_of=date(2026, 3, 2),
        start=date(2026, 4, 7),
        routes="fastest",
        target=("use", date(2027, 9, 1)),
    )
    query = "query($id: ID!) { plan(id: $id) { content { routes target { feasible } items { code dates { accept { date } } } totals { visits } } } }"
    content = asker.ask(query, {"id": plan["id"]})["plan"]["content"]
    assert wanted.target is not None
    assert content == {
        "routes": "FASTEST",
        "target": {"feasible": wanted.target.feasible},
        "items": [{"code": i.code, "dates": {"accept": {"date": i.dates.accept.date.isoformat()}}} for i in wanted.items],
        "totals": {"visits": wanted.totals.visits},
    }


def test_the_same_plan_is_not_kept_twice_and_earlier_ones_stay(asker: Asker, factory: str) -> None:
    first = make(asker, projectId=factory, start="2026-04-07")
    again = make(asker, projectId=factory, start="2026-04-07", expectedRevision=1)
    assert (again["created"], again["plan"]["id"]) == (False, first["plan"]["id"])
    later = make(asker, projectId=factory, start="2026-05-06")
    assert (later["created"], later["plan"]["number"]) == (True, 2)
    history = asker.ask(
        "query($id: ID!) { project(id: $id) { plans(first: 1) { totalCount nodes { number current } pageInfo { endCursor hasNextPage } } } }",
        {"id": factory},
    )["project"]["plans"]
    assert (history["totalCount"], history["nodes"], history["pageInfo"]["hasNextPage"]) == (
        2,
        [{"number": 2, "current": True}],
        True,
    )
    rest = asker.ask(
        "query($id: ID!, $after: String) { project(id: $id) { plans(after: $after) { nodes { number current start } } } }",
        {"id": factory, "after": history["pageInfo"]["endCursor"]},
    )["project"]["plans"]
    assert rest["nodes"] == [{"number": 1, "current": False, "start": "2026-04-07"}]


def test_days_nobody_can_plan_for(asker: Asker, factory: str) -> None:
    made = make(asker, projectId=factory, asOf="1066-10-14", start="9000-01-01", target={"milestone": "USE", "date": "2100-01-01"})
    assert [(p["code"], p["path"]) for p in made["problems"]] == [
        ("S105", ["input", "asOf"]),
        ("S105", ["input", "start"]),
        ("S105", ["input", "target", "date"]),
    ]


def test_durations_of_centuries(asker: Asker, introspected: Mapping[str, Any]) -> None:
    save = """mutation($project: ProjectInput!) { saveProject(input: {project: $project}) { ... on ProjectSaved { project { id } } } }"""
    steps = [value["name"] for value in introspected["StepName"]["enumValues"]]
    spans = [{"step": step, "days": 9999, "unit": "WORKING_DAYS"} for step in steps]
    saved = asker.ask(save, {"project": {"name": "甲", "durations": spans}})["saveProject"]
    made = make(asker, projectId=saved["project"]["id"], start="2099-12-31")
    assert [(p["code"], p["path"]) for p in made["problems"]] == [("P605", ["input", "start"])]


def test_a_plan_of_what_somebody_changed(asker: Asker, factory: str) -> None:
    made = make(asker, projectId=factory, expectedRevision=7)
    assert (made["__typename"], made["current"]) == ("StaleRevision", {"revision": 1})


@pytest.mark.parametrize("id", ["", "x", "UHJvamVjdDow", "U2F2ZWRQbGFuOjA"])
def test_a_plan_of_nothing(asker: Asker, id: str) -> None:
    assert make(asker, projectId=id)["__typename"] == "NotFound"


# -- another rulebook than the one the project was saved with ----------------------------------------------------------------


@pytest.fixture
def outdated(asker: Asker) -> str:
    """A kept project with facts that the rulebook in use does not know, or does not admit."""
    draft = ProjectDraft(
        name="旧项目",
        content="",
        district="",
        progress="",
        facts={"land_area": "5 公顷", "works": "moved", "gone_fact": True, "sensitive_areas": ["nowhere"], "height": "-3"},
        durations={"construction": "300 日", "gone_step": "5 工作日"},
        project_class="gone_class",
        team="gone_team",
    )
    asker.service.store.create_project("local", draft)
    return str(asker.ask(PROJECTS)["projects"]["nodes"][0]["id"])


def test_facts_that_no_longer_fit_are_told_at_their_place(asker: Asker, outdated: str) -> None:
    made = make(asker, projectId=outdated)
    assert sorted(".".join(p["path"]) for p in made["problems"]) == [
        "project.durations.1",
        "project.gone_fact",
        "project.height",
        "project.sensitiveAreas",
        "project.works",
    ]
    assert all(p["message"] for p in made["problems"])


def test_facts_that_no_longer_fit_are_shown_as_they_were_kept(asker: Asker, outdated: str) -> None:
    project = asker.ask(
        "query($id: ID!) { project(id: $id) { class { code name } team { code name } facts { landArea works height sensitiveAreas "
        "durations { step days unit } unreadable { code value message } } } }",
        {"id": outdated},
    )["project"]
    assert project["class"] == {"code": "gone_class", "name": "gone_class"}
    assert project["team"] == {"code": "gone_team", "name": "gone_team"}
    facts = project["facts"]
    assert (facts["landArea"], facts["works"], facts["height"], facts["sensitiveAreas"]) == ("5 公顷", None, None, None)
    assert facts["durations"] == [{"step": "CONSTRUCTION", "days": 300, "unit": "CALENDAR_DAYS"}]
    assert {(u["code"], u["value"]) for u in facts["unreadable"]} == {
        ("works", "moved"),
        ("gone_fact", "是"),
        ("sensitive_areas", "nowhere"),
        ("height", "-3"),
        ("gone_step", "5 工作日"),
    }


# -- what hangs on a plan ------------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(asker: Asker, factory: str) -> Mapping[str, Any]:
    made: Mapping[str, Any] = make(asker, projectId=factory, start="2026-04-07")["plan"]
    return made


def test_documents_why_questions_and_verification(asker: Asker, planned: Mapping[str, Any]) -> None:
    plan = asker.ask(
        """query($id: ID!) { plan(id: $id) {
            documents { html ics xlsx json }
            why(approval: "construction_permit") { ... on Explanation { code answer because { text } } }
            unknown: why(approval: "nothing") { __typename }
            questions { ... on Questions { questions { fact { field } items { code } } note } }
            verification { __typename }
        } }""",
        {"id": planned["id"]},
    )["plan"]
    hex_id = plan["documents"]["html"].removeprefix("/plans/").removesuffix(".html")
    assert len(hex_id) == 32
    assert plan["documents"] == {kind: f"/plans/{hex_id}.{kind}" for kind in ("html", "ics", "xlsx", "json")}
    assert (plan["why"]["code"], plan["why"]["answer"]) == ("construction_permit", "TRUE")
    assert plan["why"]["because"]
    assert plan["unknown"] == {"__typename": "UnknownApproval"}
    assert plan["questions"]["note"] == ""
    assert plan["verification"] == {"__typename": "PlanVerification"}


def test_a_kept_plan_beside_a_preview(asker: Asker, planned: Mapping[str, Any]) -> None:
    query = """query($plan: ID!, $project: ProjectInput!) {
        comparison(before: {plan: $plan}, after: {preview: {project: $project, start: "2026-05-06"}}) {
            __typename ... on PlanComparison { empty facts { code before after } settings { setting before after } }
        }
    }"""
    project = {"name": "标准厂房", "landArea": "33.35 亩"}
    found = asker.ask(query, {"plan": planned["id"], "project": project})["comparison"]
    assert found["empty"] is False
    assert ("START", "2026-04-07", "2026-05-06") in [(s["setting"], s["before"], s["after"]) for s in found["settings"]]
    missing = asker.ask(query, {"plan": "x", "project": project})["comparison"]
    assert missing == {"__typename": "NotFound"}


def test_nodes(asker: Asker, planned: Mapping[str, Any], factory: str) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Project { name } ... on SavedPlan { number } } }"
    found = asker.ask(query, {"ids": [planned["id"], factory, "x", "UHJvamVjdDow", planned["id"]]})["nodes"]
    assert found[0] == found[4] == {"__typename": "SavedPlan", "id": planned["id"], "number": 1}
    assert found[1]["__typename"] == "Project"
    assert found[1]["id"] == factory
    assert found[2:4] == [None, None]
    assert asker.ask("query($id: ID!) { node(id: $id) { id } }", {"id": factory})["node"] == {"id": factory}
    assert asker.send(query, {"ids": ["x"] * 101}).codes == {"BAD_USER_INPUT"}
    # A project's id is no plan's.
    assert asker.ask("query($id: ID!) { plan(id: $id) { id } project(id: $id) { id } }", {"id": factory}) == {
        "plan": None,
        "project": {"id": factory},
    }


# -- how often the store is asked ----------------------------------------------------------------------------------------------


@pytest.fixture
def counted(asker: Asker, examples: Mapping[str, Path]) -> tuple[Asker, CountingStore]:
    for name in ("standard-factory", "equipment-only-upgrade", "refractory-line-upgrade"):
        keep(asker.service, "local", examples[name], "2026-04-07", "2026-05-06")
    store = CountingStore(asker.service.store)
    return Asker(replace(asker.service, store=store)), store  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("{ deadlines(first: 90) { nodes { id project { name } plan { number project { id } current } } } }",
         {"deadlines": 1, "projects_by_id": 1, "plans_by_id": 1}),
        ("{ deadlines(first: 90) { nodes { day } pageInfo { endCursor } } }", {"deadlines": 1}),
        ("{ deadlines(first: 1) { totalCount } }", {"deadlines": 1, "count_deadlines": 1}),
        ("{ projects { nodes { name plan { number current madeBy project { name } content { totals { visits } } } } } }",
         {"projects": 1, "plans_by_id": 1}),
        ("{ projects { edges { node { class { name } team { name } facts { landArea } } } } }", {"projects": 1}),
        ("{ projects(first: 1) { nodes { plans { nodes { number current project { id } content { asOf } documents { html } } } } } }",
         {"projects": 1, "plans": 1}),
        ("{ projects(first: 1) { nodes { deadlines { nodes { project { id } plan { current } } } } } }",
         {"projects": 1, "deadlines": 1, "plans_by_id": 1}),
    ],
)  # fmt: skip
def test_rows_of_a_list_are_read_together(counted: tuple[Asker, CountingStore], query: str, calls: Mapping[str, int]) -> None:
    asker, store = counted
    asker.ask(query)
    assert store.calls == calls


def test_nodes_are_read_together(counted: tuple[Asker, CountingStore]) -> None:
    asker, store = counted
    ids = [n["id"] for n in asker.ask("{ projects { nodes { id } } }")["projects"]["nodes"]]
    plans = [n["plan"]["id"] for n in asker.ask(PROJECTS)["projects"]["nodes"]]
    store.calls.clear()
    found = asker.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [*ids, *plans]})["nodes"]
    assert [n["id"] for n in found] == [*ids, *plans]
    assert store.calls == {"projects_by_id": 1, "plans_by_id": 1}


# -- a database that is gone ---------------------------------------------------------------------------------------------------


class Gone:
    """A store whose database cannot be reached."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable("connection to 10.0.0.5 refused for user planner")

        return call


@pytest.mark.parametrize(
    "query",
    [
        "{ projects { nodes { id } } }",
        "{ deadlineCounts { count } }",
        'mutation { saveProject(input: {project: {name: "甲"}}) { __typename } }',
        'mutation { makePlan(input: {projectId: "UHJvamVjdDow"}) { __typename } }',
    ],
)
def test_a_database_that_is_gone_is_said_without_secrets(asker: Asker, query: str) -> None:
    gone = Asker(replace(asker.service, store=Gone()))  # type: ignore[arg-type]
    ((code, message, _),) = gone.send(query).errors
    assert code == "UNAVAILABLE"
    assert "数据库" in message
    assert "10.0.0.5" not in message


def test_what_needs_no_database_still_answers(asker: Asker) -> None:
    gone = Asker(replace(asker.service, store=Gone()))  # type: ignore[arg-type]
    assert gone.ask('{ planPreview(project: {name: "甲"}) { __typename } rulebook { name } }')["planPreview"] == {
        "__typename": "Plan"
    }
