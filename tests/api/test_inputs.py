"""Facts as GraphQL input: units, unknowns, what does not apply, and every problem at its field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

PREVIEW = """query($project: ProjectInput!, $asOf: Date, $start: Date, $target: TargetInput) {
  planPreview(project: $project, asOf: $asOf, start: $start, target: $target) {
    ... on Plan { project { name facts { code value } durations { code value } } provenance { facts } openFacts { code } }
    ... on InvalidProject { problems { code message help path } }
  }
}"""


@pytest.fixture
def echo(client: Any) -> Any:
    """What the planner understood: Chinese values by fact code."""

    def understood(**facts: Any) -> Mapping[str, str]:
        plan = client.ask(PREVIEW, {"project": {"name": "测试项目", **facts}})["planPreview"]
        return {f["code"]: f["value"] for f in plan["project"]["facts"]}

    return understood


@pytest.fixture
def problems(client: Any) -> Any:
    """Problems as (path, code), in order."""

    def found(project: Mapping[str, Any], **arguments: Any) -> list[tuple[str, str]]:
        answer = client.ask(PREVIEW, {"project": {"name": "测试项目", **project}, **arguments})["planPreview"]
        assert all(p["message"] for p in answer["problems"])
        return [(".".join(p["path"]), p["code"]) for p in answer["problems"]]

    return found


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        (2.2, "2.2 公顷"),
        (5, "5 公顷"),
        ("2.2", "2.2 公顷"),
        ("33.35 亩", "667/300 公顷"),
        ("33.35亩", "667/300 公顷"),
        ("52000 ㎡", "5.2 公顷"),
        (0, "0 公顷"),
    ],
)
def test_units(echo: Any, sent: object, understood: str) -> None:
    assert echo(landArea=sent) == {"land_area": understood}


def test_a_number_keeps_its_digits(client: Any) -> None:
    # As a binary float the first would be 0.1000000000000000055…, the second 12345678.12345679.
    body = json.dumps({"query": PREVIEW, "variables": {"project": {"name": "测试项目", "landArea": "A", "earthwork": "B"}}})
    body = body.replace('"A"', "0.1000000000000000000001").replace('"B"', "12345678.123456789012345")
    answer = client.http.post("/graphql", content=body, headers={"content-type": "application/json"}).json()
    facts = {f["code"]: f["value"] for f in answer["data"]["planPreview"]["project"]["facts"]}
    assert facts == {"land_area": "0.1000000000000000000001 公顷", "earthwork": "12345678.123456789012345 m³"}


def test_a_number_in_the_query_text_keeps_its_digits(client: Any) -> None:
    query = """{ planPreview(project: {name: "测试项目", landArea: 0.1000000000000000000001, earthwork: "12 万立方米", beds: 600}) {
        ... on Plan { project { facts { code value } } } } }"""
    facts = {f["code"]: f["value"] for f in client.ask(query)["planPreview"]["project"]["facts"]}
    assert facts == {"land_area": "0.1000000000000000000001 公顷", "earthwork": "120000 m³", "beds": "600 张"}


def test_unknown_is_not_no_and_not_zero_and_not_inapplicable(client: Any, echo: Any) -> None:
    assert echo() == echo(erosionProne=None, landArea=None, sensitiveAreas=None, works=None) == {}
    assert echo(erosionProne=False, landArea=0, sensitiveAreas=[]) == {
        "erosion_prone": "否",
        "land_area": "0 公顷",
        "sensitive_areas": "无",
    }
    assert echo(notApplicable=["HEIGHT", "SENSITIVE_AREAS"]) == {"height": "不适用", "sensitive_areas": "不适用"}
    digests = {
        client.ask(PREVIEW, {"project": {"name": "测试项目", **facts}})["planPreview"]["provenance"]["facts"]
        for facts in ({}, {"height": None}, {"height": 0}, {"notApplicable": ["HEIGHT"]})
    }
    assert len(digests) == 3


def test_choices_sets_and_codes(echo: Any) -> None:
    assert echo(landSupply="OWNED", buildingUse=["HOUSING", "MALL"], sensitiveAreas=["N1"], industry="c3089", newLand=True) == {
        "land_supply": "自有用地",
        "building_use": "住宅、商场市场",
        "sensitive_areas": "第三条（一）类",
        "industry": "C3089",
        "new_land": "是",
    }


def test_an_empty_form_field_is_not_a_contradiction(echo: Any) -> None:
    assert echo(height=None, notApplicable=["HEIGHT", "HEIGHT"]) == {"height": "不适用"}


def test_durations(client: Any) -> None:
    durations = [{"step": "CONSTRUCTION", "days": 300, "unit": "CALENDAR_DAYS"}]
    plan = client.ask(PREVIEW, {"project": {"name": "测试项目", "durations": durations}})["planPreview"]
    assert plan["project"]["durations"] == [{"code": "construction", "value": "300 日"}]


def test_unicode_goes_round(client: Any) -> None:
    name = "岫岩县𠮷祥里👷“一期”\u3000\n第二行"
    assert client.ask(PREVIEW, {"project": {"name": name}})["planPreview"]["project"]["name"] == name


def test_every_problem_at_once_at_its_field(problems: Any) -> None:
    time = {"days": 30, "unit": "WORKING_DAYS"}
    found = problems(
        {
            "name": "  ",
            "landArea": "33 斤",
            "beds": 1.5,
            "height": -3,
            "totalInvestment": "很多",
            "industry": "乱写",
            "storeys": 3,
            "floorArea": "5 米",
            "notApplicable": ["COAL_USE", "STOREYS"],
            "durations": [
                {"step": "CONSTRUCTION", **time},
                {"step": "CONSTRUCTION", **time},
                {"step": "EIA_DRAFTING", "days": -1, "unit": "CALENDAR_DAYS"},
            ],
        },
        asOf="1066-10-14",
        start="9000-01-01",
        target={"milestone": "USE", "date": "2100-01-01"},
    )
    assert sorted(found) == sorted(
        [
            ("project.notApplicable.1", "P602"),
            ("project.durations.1.step", "P602"),
            ("asOf", "S105"),
            ("start", "S105"),
            ("target.date", "S105"),
            ("project.name", "P603"),
            ("project.landArea", "V202"),
            ("project.beds", "V206"),
            ("project.height", "V207"),
            ("project.totalInvestment", "V206"),
            ("project.industry", "V204"),
            ("project.floorArea", "V203"),
            ("project.durations.2.days", "P604"),
        ]
    )


@pytest.mark.parametrize("project", [{}, {"landArea": "3 公顷"}])
def test_a_bad_date_alone_is_a_problem(problems: Any, project: Mapping[str, Any]) -> None:
    assert problems(project, start="2100-01-01") == [("start", "S105")]


def test_problems_help(client: Any) -> None:
    answer = client.ask(PREVIEW, {"project": {"name": "测试项目", "landArea": "33 斤", "beds": 1.5}})["planPreview"]
    helps = {p["path"][-1]: p["help"] for p in answer["problems"]}
    assert "公顷" in helps["landArea"]
    assert helps["beds"] is None


@pytest.mark.parametrize("sent", ["1e5", "9" * 400, "٣", "1e99999999999999999999", "NaN"])
def test_odd_numerals_are_problems_not_crashes(problems: Any, sent: str) -> None:
    assert problems({"landArea": sent}) == [("project.landArea", "V206")]


@pytest.mark.parametrize("sent", ["1/3", "0x10"])
def test_what_follows_a_number_is_read_as_its_unit(problems: Any, sent: str) -> None:
    assert problems({"landArea": sent}) == [("project.landArea", "V202")]


@pytest.mark.parametrize("sent", ["1e400", "9" * 5000, "1e99999999999999999999", "-1e-99999999999999999999", "1e999999999"])
def test_huge_json_numbers_are_problems_not_crashes(client: Any, sent: str) -> None:
    body = json.dumps({"query": PREVIEW, "variables": {"project": {"name": "测试项目", "landArea": "A"}}}).replace('"A"', sent)
    answer = client.http.post("/graphql", content=body, headers={"content-type": "application/json"}).json()
    (problem,) = answer["data"]["planPreview"]["problems"]
    assert problem["path"] == ["project", "landArea"]
    assert problem["code"] == "V206"
    inline = (
        f'{{ planPreview(project: {{name: "测试项目", landArea: {sent}}}) {{ ... on InvalidProject {{ problems {{ code }} }} }} }}'
    )
    assert client.ask(inline)["planPreview"]["problems"] == [{"code": "V206"}]


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ({"landArea": True}, "Quantity"),
        ({"landArea": [1]}, "Quantity"),
        ({"landArea": {"value": 1}}, "Quantity"),
        ({"erosionProne": "是"}, "Boolean"),
        ({"landSupply": "BORROWED"}, "LandSupplyChoice"),
        ({"landAria": 5}, "landAria"),
        ({"notApplicable": ["LAND_ARIA"]}, "FactName"),
        ({"name": None}, "name"),
        ({"durations": [{"step": "CONSTRUCTION", "days": 2.5, "unit": "CALENDAR_DAYS"}]}, "Int"),
    ],
)
def test_what_the_types_forbid_is_a_graphql_error(client: Any, project: Mapping[str, Any], says: str) -> None:
    answer = client.send(PREVIEW, {"project": {"name": "测试项目", **project}}).json()
    assert answer.get("data") is None
    assert says in answer["errors"][0]["message"]
    assert "Traceback" not in json.dumps(answer)


@pytest.mark.parametrize("day", ["2026-02-30", "2026/3/1", "20260301", "今天", 20260301, True])
def test_a_date_that_is_none(client: Any, day: object) -> None:
    answer = client.send(PREVIEW, {"project": {"name": "测试项目"}, "asOf": day}).json()
    assert "日期" in answer["errors"][0]["message"] or "这一天" in answer["errors"][0]["message"]
