"""The plan over GraphQL is the library's plan: every field, every example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from planner import Planner, load_project

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def expected(value: Any, annotation: Any = None) -> Any:
    """A plan's value as GraphQL must answer it: camelCase fields, upper-case enum values, maps as lists, dates as text."""
    if isinstance(value, BaseModel):
        return {camel(name): expected(getattr(value, name), info.annotation) for name, info in type(value).model_fields.items()}
    if isinstance(value, tuple):
        return [expected(part, get_args(annotation)[0] if annotation else None) for part in value]
    if isinstance(value, dict):
        return [{"code": code, "value": text} for code, text in value.items()]
    if isinstance(value, date):
        return value.isoformat()
    closed = any(get_origin(one) is Literal for one in (annotation, *get_args(annotation)))
    if isinstance(value, StrEnum) or (closed and value is not None):
        return str(value).upper()
    return value


def without_typename(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {key: without_typename(value) for key, value in answer.items() if key != "__typename"}
    return [without_typename(part) for part in answer] if isinstance(answer, list) else answer


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_equals_the_library(path: Path, anshan: Planner, client: Any, everything: str, as_input: Any) -> None:
    project, positions = load_project(path)
    plan = anshan.plan(
        anshan.read(project, positions), as_of=date(2026, 3, 2), start=date(2026, 4, 7), target=("start_of_works", date(2026, 5, 6))
    )
    answer = client.ask(
        everything,
        {
            "project": as_input(path),
            "asOf": "2026-03-02",
            "start": "2026-04-07",
            "target": {"milestone": "START_OF_WORKS", "date": "2026-05-06"},
        },
    )["planPreview"]
    assert answer["__typename"] == "Plan"
    assert without_typename(answer) == expected(plan)


def test_dates_default_to_the_office_day(client: Any, everything: str, as_input: Any, anshan: Planner) -> None:
    path = EXAMPLES[0]
    answer = client.ask(everything, {"project": as_input(path), "asOf": None})["planPreview"]
    plan = anshan.plan(load_project(path)[0], as_of=date(2026, 3, 2))
    assert without_typename(answer) == expected(plan)
    assert answer["target"] is None


def test_the_law_is_that_of_the_day_asked_for(client: Any, everything: str, as_input: Any, anshan: Planner) -> None:
    path = ROOT / "examples" / "refractory-line-upgrade.yaml"
    for day in ("2025-08-29", "2026-09-01"):
        answer = client.ask(everything, {"project": as_input(path), "asOf": day})["planPreview"]
        assert without_typename(answer) == expected(anshan.plan(load_project(path)[0], as_of=date.fromisoformat(day)))


def test_the_plan_screen(client: Any, operations: Mapping[str, str], as_input: Any) -> None:
    sent = {"project": as_input(ROOT / "examples" / "hospital-600-beds.yaml"), "start": "2026-04-07"}
    plan = client.ask(operations["plan_preview"], sent)["planPreview"]
    assert plan["__typename"] == "Plan"
    assert plan["project"]["name"] == "鞍山市千山区综合医院新建项目"
    assert len(plan["items"]) == plan["totals"]["approvals"] > 10
    assert all(item["because"] and item["dates"]["accept"]["date"] >= "2026-04-07" for item in plan["items"])
    assert plan["team"]["name"] == "城市建设类项目工作专班"
    assert plan["notRecorded"] == []
    (open_item,) = [item["code"] for item in plan["items"] if item["status"] == "DEPENDS"]
    assert open_item in [code for one in plan["parametersMissing"] for code in one["items"]]
    works = next(item for item in plan["items"] if item["code"] == "construction_permit")
    assert works["channel"]["online"] is True
    assert works["validity"][0]["reach"] == "START_OF_WORKS"
    assert works["validity"][0]["lapses"]["date"] > works["dates"]["decidePromised"]["date"]
    assert plan["totals"]["visitsUnknown"] == sum(item["channel"]["visits"] is None for item in plan["items"]) > 0


def test_the_form_screen(form: Mapping[str, Any], anshan: Planner) -> None:
    assert form["digest"] == anshan.rulebook.digest
    by_field = {q["field"]: q for q in form["facts"]}
    land = by_field["landArea"]
    assert (land["name"], land["kind"], land["unit"], land["notApplicable"]) == ("用地面积", "NUMBER", "公顷", "LAND_AREA")
    assert {"亩", "㎡"} <= set(land["units"])
    assert {"value": "OWNED", "name": "自有用地", "parent": None} in by_field["landSupply"]["choices"]
    assert {"value": "CONSTRUCTION", "name": "施工"} in form["steps"]


def test_the_rulebook_lists_its_approvals(client: Any, anshan: Planner) -> None:
    book = client.ask("{ rulebook { name changes missing approvals { code name stage kind result } steps { code } } }")["rulebook"]
    assert book["name"] == anshan.rulebook.title
    assert book["changes"] == [day.isoformat() for day in anshan.rulebook.changes]
    assert [(a["code"], a["name"]) for a in book["approvals"]] == [(c, a.model.name) for c, a in anshan.rulebook.approvals.items()]
    assert {s["code"] for s in book["steps"]} == {"construction", *anshan.steps}


def test_the_routes_screen(client: Any, operations: Mapping[str, str], as_input: Any, anshan: Planner) -> None:
    project, _ = load_project(ROOT / "examples" / "hospital-600-beds.yaml")
    for routes in ("STANDARD", "FASTEST", "FEWEST_PROMISES"):
        sent = {"project": as_input(ROOT / "examples" / "hospital-600-beds.yaml"), "asOf": "2026-09-07", "routes": routes}
        shown = client.ask(operations["plan_routes"], sent)["planPreview"]
        plan = anshan.plan(anshan.read(project), as_of=date(2026, 9, 7), routes=routes.lower())
        assert shown["routes"] == routes
        assert shown["choice"]["reached"]["date"] == plan.choice.reached.date.isoformat()
        assert shown["choice"]["taken"] == list(plan.choice.taken)
        assert {i["code"]: [r["key"] for r in i["routes"]] for i in shown["items"]} == {
            i.code: [r.key for r in i.routes] for i in plan.items
        }
        assert any(i["closedRoutes"] for i in shown["items"])
