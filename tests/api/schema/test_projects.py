"""Projects: saved from a form, read back into it, listed, put away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planner import Planner, load_project
from planner_api.access.viewer import Role
from planner_api.drafts import draft_of, project_of
from planner_api.names import field_name
from tests.api.schema.asking import Asker, keep, viewer

SAVE = """mutation($input: SaveProjectInput!) {
  saveProject(input: $input) {
    __typename
    ... on ProjectSaved { project { id revision name content district progress class { code name } team { code name } archived } }
    ... on InvalidProject { problems { code message help path } }
    ... on StaleRevision { message current { revision name } }
    ... on NotFound { id message }
  }
}"""


def save(asker: Asker, project: Mapping[str, Any], **more: Any) -> Any:
    return asker.ask(SAVE, {"input": {"project": project, **more}})["saveProject"]


def test_a_project_is_saved_and_found_again(asker: Asker) -> None:
    sent = {"name": "标准厂房", "content": "三栋", "district": "海城市", "progress": "前期", "class": "INDUSTRIAL_UPGRADE"}
    saved = save(asker, sent)
    assert saved["__typename"] == "ProjectSaved"
    project = saved["project"]
    assert project["revision"] == 1
    assert project["class"] == {"code": "industrial_upgrade", "name": "工业四改类"}
    assert project["team"]["code"] == "industrial_upgrade_team"
    assert project["team"]["name"] != project["team"]["code"]
    found = asker.ask(
        "query($id: ID!) { project(id: $id) { name content district progress archived plan { id } } }", {"id": project["id"]}
    )
    assert found["project"] == {
        "name": "标准厂房", "content": "三栋", "district": "海城市", "progress": "前期", "archived": False, "plan": None,
    }  # fmt: skip


def test_every_problem_at_once_at_its_place(asker: Asker) -> None:
    bad = {
        "name": " ",
        "landArea": "33 斤",
        "beds": 1.5,
        "durations": [{"step": "CONSTRUCTION", "days": -1, "unit": "CALENDAR_DAYS"}],
    }
    answer = save(asker, bad)
    assert answer["__typename"] == "InvalidProject"
    assert sorted(".".join(p["path"]) for p in answer["problems"]) == [
        "input.project.beds",
        "input.project.durations.0.days",
        "input.project.landArea",
        "input.project.name",
    ]
    assert asker.ask("{ projects { totalCount } }")["projects"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "甲\0"),
        ("content", "\0"),
        ("district", "\ud800"),
        ("progress", "x\udfff"),
        ("name", "甲" * 501),
        ("district", "x" * 201),
    ],
)
def test_texts_that_cannot_be_kept(asker: Asker, field: str, text: str) -> None:
    answer = save(asker, {"name": "甲", "landArea": "5 斤", field: text})
    assert sorted(p["path"] for p in answer["problems"]) == sorted([["input", "project", "landArea"], ["input", "project", field]])
    assert asker.send(SAVE, {"input": {"project": {"name": "甲"}, "requestKey": "\0"}}).codes == {"BAD_USER_INPUT"}


def test_the_same_request_sent_again_makes_no_second_project(asker: Asker) -> None:
    one, other = (save(asker, {"name": "甲"}, requestKey="k1")["project"]["id"] for _ in range(2))
    assert one == other
    assert save(asker, {"name": "甲"}, requestKey="k2")["project"]["id"] != one
    assert asker.ask("{ projects { totalCount } }")["projects"]["totalCount"] == 2


@pytest.mark.parametrize(
    "more",
    [{"id": "UHJvamVjdDox"}, {"expectedRevision": 1}, {"id": "UHJvamVjdDox", "expectedRevision": 1, "requestKey": "k"}, {"requestKey": ""},
     {"requestKey": "k" * 101}],
)  # fmt: skip
def test_what_makes_no_sense_together_is_an_error(asker: Asker, more: Mapping[str, Any]) -> None:
    answer = asker.send(SAVE, {"input": {"project": {"name": "甲"}, **more}})
    assert answer.codes == {"BAD_USER_INPUT"}
    assert answer.data is None or answer.data["saveProject"] is None


def test_an_edit_replaces_the_whole_and_counts(asker: Asker) -> None:
    first = save(asker, {"name": "甲", "landArea": 5, "erosionProne": False})["project"]
    again = save(asker, {"name": "乙", "landArea": "33.35 亩"}, id=first["id"], expectedRevision=1)["project"]
    assert (again["id"], again["revision"], again["name"]) == (first["id"], 2, "乙")
    facts = asker.ask("query($id: ID!) { project(id: $id) { facts { landArea erosionProne } } }", {"id": first["id"]})["project"][
        "facts"
    ]
    assert facts == {"landArea": "33.35 亩", "erosionProne": None}


def test_an_edit_of_what_somebody_changed_says_what_it_is_now(asker: Asker) -> None:
    first = save(asker, {"name": "甲"})["project"]
    save(asker, {"name": "乙"}, id=first["id"], expectedRevision=1)
    late = save(asker, {"name": "丙"}, id=first["id"], expectedRevision=1)
    assert late["__typename"] == "StaleRevision"
    assert late["current"] == {"revision": 2, "name": "乙"}
    assert "第 2 版" in late["message"]


def test_an_edit_of_nothing(asker: Asker) -> None:
    for wrong in ("UHJvamVjdDox", "x", "", "U2F2ZWRQbGFuOjE", "啊"):
        answer = save(asker, {"name": "甲"}, id=wrong, expectedRevision=1)
        assert (answer["__typename"], answer["id"]) == ("NotFound", wrong)


# -- facts go round -------------------------------------------------------------------------------------------------------


def facts_query(schema: Mapping[str, Any]) -> str:
    """A query for all facts of a project: what a form is filled with."""
    plain = [f["name"] for f in schema["ProjectFacts"]["fields"] if f["name"] not in ("durations", "unreadable")]
    return (
        "query($id: ID!) { project(id: $id) { revision name content district progress facts { "
        + " ".join(plain)
        + " durations { step days unit } unreadable { code value message help } } } }"
    )


def as_form(project: Mapping[str, Any]) -> dict[str, Any]:
    """A saved project as the input that a form would send back."""
    facts = dict(project["facts"])
    assert facts.pop("unreadable") == []
    return {**{key: project[key] for key in ("name", "content", "district", "progress")}, **facts}


def test_every_example_goes_round(
    asker: Asker, examples: Mapping[str, Path], anshan: Planner, introspected: Mapping[str, Any]
) -> None:
    query = facts_query(introspected)
    for path in examples.values():
        project, _ = load_project(path)
        kept = keep(asker.service, "o", path)
        key = asker.ask("{ projects(first: 1) { nodes { id } } }")["projects"]["nodes"][0]["id"]
        form = as_form(asker.ask(query, {"id": key})["project"])
        assert save(asker, json.loads(json.dumps(form)), id=key, expectedRevision=1)["__typename"] == "ProjectSaved"
        again = asker.ask(query, {"id": key})["project"]
        assert again["revision"] == 2
        assert as_form(again) == form
        draft = draft_of(anshan, project, asker.service.today())
        assert kept.project.draft == draft
        assert anshan.read(project_of(draft)).values == anshan.read(project).values
        assert anshan.read(project_of(draft)).durations == anshan.read(project).durations


def test_unknown_no_zero_none_and_inapplicable_stay_five_things(asker: Asker, introspected: Mapping[str, Any]) -> None:
    sent = {
        "name": "甲",
        "landArea": 0,
        "erosionProne": False,
        "sensitiveAreas": [],
        "height": None,
        "notApplicable": ["STOREYS"],
        "beds": "600 张",
        "totalInvestment": "12345678.123456789012345",
    }
    key = save(asker, sent)["project"]["id"]
    form = as_form(asker.ask(facts_query(introspected), {"id": key})["project"])
    given = {key: value for key, value in form.items() if value is not None and key not in ("content", "district", "progress")}
    assert given == {
        "name": "甲",
        "landArea": "0",
        "erosionProne": False,
        "sensitiveAreas": [],
        "notApplicable": ["STOREYS"],
        "beds": "600 张",
        "totalInvestment": "12345678.123456789012345",
        "durations": [],
    }


@pytest.mark.parametrize(
    ("sent", "kept"), [(5, "5"), (2.50, "2.5"), ("33.35亩", "33.35亩"), (" 5 公顷 ", "5 公顷"), ("1,000 ㎡", "1,000 ㎡")]
)
def test_numbers_stay_the_text_that_was_sent(asker: Asker, sent: Any, kept: str) -> None:
    key = save(asker, {"name": "甲", "landArea": sent})["project"]["id"]
    answer = asker.ask("query($id: ID!) { project(id: $id) { facts { landArea } } }", {"id": key})
    assert answer["project"]["facts"] == {"landArea": kept}


def test_facts_have_the_fields_of_the_form(introspected: Mapping[str, Any], anshan: Planner) -> None:
    def shape(of: Mapping[str, Any]) -> str:
        inner = shape(of["ofType"]) if of.get("ofType") else ""
        return {"NON_NULL": f"{inner}!", "LIST": f"[{inner}]"}.get(of["kind"], str(of["name"]))

    inputs = {f["name"]: f for f in introspected["ProjectInput"]["inputFields"]}
    outputs = {f["name"]: f for f in introspected["ProjectFacts"]["fields"]}
    own = {"name", "content", "district", "progress", "notApplicable", "durations"}
    assert set(inputs) - own == set(outputs) - {"notApplicable", "durations", "unreadable"}
    assert len(inputs) > 100
    for name in set(inputs) - own:
        assert shape(inputs[name]["type"]) == shape(outputs[name]["type"])
    for fact in anshan.rulebook.vocabulary.facts.values():
        if field_name(fact.code) in outputs:
            assert fact.name in outputs[field_name(fact.code)]["description"]


# -- lists ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(asker: Asker) -> Asker:
    for number in range(7):
        save(
            asker,
            {
                "name": f"项目{number}",
                "district": "海城市" if number % 2 else "立山区",
                "class": "SOCIAL_INVESTMENT" if number < 3 else None,
            },
        )
    return asker


LIST = """query($first: Int, $after: String, $last: Int, $before: String, $filter: ProjectFilter, $orderBy: ProjectOrder) {
  projects(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def names(page: Mapping[str, Any]) -> list[str]:
    assert [edge["node"]["name"] for edge in page["edges"]] == [node["name"] for node in page["nodes"]]
    return [node["name"][-1] for node in page["nodes"]]


def test_pages_forward_and_back(many: Asker) -> None:
    seen, after = [], None
    for _ in range(3):
        page = many.ask(LIST, {"first": 3, "after": after, "orderBy": "NAME"})["projects"]
        assert page["totalCount"] == 7
        seen += names(page)
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] == (len(seen) < 7)
        assert page["pageInfo"]["hasPreviousPage"] == (len(seen) > 3)
    assert seen == list("0123456")
    back = many.ask(LIST, {"last": 2, "before": after, "orderBy": "NAME"})["projects"]
    assert names(back) == ["4", "5"]
    assert back["pageInfo"]["hasPreviousPage"]
    assert names(many.ask(LIST, {"orderBy": "NEWEST"})["projects"]) == list("6543210")
    empty = many.ask(LIST, {"filter": {"search": "没有这个"}})["projects"]
    assert empty["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({"search": "目3"}, "3"),
        ({"districts": ["立山区"]}, "0246"),
        ({"classes": ["social_investment"]}, "012"),
        ({"classes": [], "search": None}, "0123456"),
        ({"teams": ["social_investment_team"], "districts": ["海城市"]}, "1"),
        ({"planned": True}, ""),
        ({"archived": True}, ""),
    ],
)
def test_filters(many: Asker, which: Mapping[str, Any], found: str) -> None:
    assert names(many.ask(LIST, {"filter": which, "orderBy": "NAME"})["projects"]) == list(found)


@pytest.mark.parametrize(
    "page",
    [
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"last": 0},
        {"last": 101},
        {"first": 1, "last": 1},
        {"after": "x"},
        {"before": "游标"},
    ],
)
def test_pages_that_are_none(many: Asker, page: Mapping[str, Any]) -> None:
    answer = many.send(LIST, page)
    ((code, message, _),) = answer.errors
    assert code in ("BAD_USER_INPUT", "LIMIT_EXCEEDED")
    assert any("一" <= letter <= "鿿" for letter in message)


def test_a_cursor_of_another_list_is_refused(many: Asker) -> None:
    cursor = many.ask(LIST, {"first": 1, "orderBy": "NAME"})["projects"]["pageInfo"]["endCursor"]
    assert many.send(LIST, {"after": cursor, "orderBy": "NEWEST"}).codes == {"BAD_USER_INPUT"}


# -- put away --------------------------------------------------------------------------------------------------------------

ARCHIVE = """mutation($input: SetProjectArchivedInput!) {
  setProjectArchived(input: $input) {
    __typename
    ... on ProjectSaved { project { id revision archived } }
    ... on StaleRevision { current { revision } }
    ... on NotFound { id message }
  }
}"""


def test_put_away_and_brought_back(asker: Asker, examples: Mapping[str, Path]) -> None:
    keep(asker.service, "o", examples["standard-factory"], "2026-03-02")
    counts = "{ projects { totalCount nodes { id revision } } deadlines(first: 1) { totalCount } }"
    before = asker.ask(counts)
    (project,) = before["projects"]["nodes"]
    away = asker.ask(ARCHIVE, {"input": {"id": project["id"], "expectedRevision": project["revision"], "archived": True}})
    assert away["setProjectArchived"]["project"]["archived"] is True
    gone = asker.ask(counts)
    assert (gone["projects"]["totalCount"], gone["deadlines"]["totalCount"]) == (0, 0)
    late = asker.ask(ARCHIVE, {"input": {"id": project["id"], "expectedRevision": project["revision"], "archived": False}})
    assert late["setProjectArchived"]["__typename"] == "StaleRevision"
    current = late["setProjectArchived"]["current"]["revision"]
    asker.ask(ARCHIVE, {"input": {"id": project["id"], "expectedRevision": current, "archived": False}})
    assert asker.ask(counts)["deadlines"] == before["deadlines"]


def test_put_away_nothing(asker: Asker) -> None:
    answer = asker.ask(ARCHIVE, {"input": {"id": "x", "expectedRevision": 1, "archived": True}})["setProjectArchived"]
    assert answer["__typename"] == "NotFound"


# -- whose project ----------------------------------------------------------------------------------------------------------


def test_a_working_group_keeps_projects_of_its_class_only(asker: Asker) -> None:
    team = asker.by(viewer(Role.TEAM, "组员", teams=("industrial_upgrade_team",)))
    assert save(team, {"name": "甲", "class": "INDUSTRIAL_UPGRADE"})["__typename"] == "ProjectSaved"
    for other in ({"name": "乙", "class": "SOCIAL_INVESTMENT"}, {"name": "丙"}):
        answer = save(team, other)
        assert [p["path"] for p in answer["problems"]] == [["input", "project", "class"]]
    assert asker.ask("{ projects { nodes { name } } }")["projects"]["nodes"] == [{"name": "甲"}]


def test_a_request_key_shows_no_project_that_went_to_another_working_group(asker: Asker) -> None:
    team = asker.by(viewer(Role.TEAM, "组员", teams=("industrial_upgrade_team",)))
    first = save(team, {"name": "甲", "class": "INDUSTRIAL_UPGRADE"}, requestKey="k")["project"]
    save(asker, {"name": "机密", "class": "SOCIAL_INVESTMENT"}, id=first["id"], expectedRevision=1)
    again = team.send(SAVE, {"input": {"project": {"name": "甲", "class": "INDUSTRIAL_UPGRADE"}, "requestKey": "k"}}).data[
        "saveProject"
    ]
    assert again["__typename"] == "NotFound"
    assert "机密" not in str(again)
