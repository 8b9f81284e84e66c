"""Two plans side by side through the schema, and kept plans made again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from planner import load_project, verify
from planner.compare import comparison
from planner.compare.plans import compare
from planner_api.access.viewer import Role
from planner_api.comparison_words import COMPARISON, VERIFICATION
from planner_api.descriptions import Words
from planner_api.ids import global_id
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker, keep, viewer

COMPARE = """query($before: PlanSource!, $after: PlanSource!) {
  comparison(before: $before, after: $after) {
    __typename
    ... on PlanComparison {
      empty before { name start asOf rulebook } after { name start asOf }
      settings { setting before after } facts { code before after } onlyBefore { code } onlyAfter { code whyNot }
      milestones { milestone schedule before { date } after { date } workingDays cause { kind text } }
      moved { code which workingDays cause { kind text } } causes { kind text } figures { figure before after }
      blockers { side text } caps { code daysBefore overAfter }
    }
    ... on InvalidProject { problems { code path message } }
    ... on NotFound { id message }
  }
}"""
AsInput = Callable[[Path], Mapping[str, Any]]


@pytest.fixture(scope="module")
def hospital(root: Path) -> Path:
    return root / "examples" / "hospital-600-beds.yaml"


def of_plan(id: str) -> dict[str, Any]:
    return {"plan": global_id("SavedPlan", id)}


def test_a_preview_is_compared_with_itself(asker: Asker, as_input: AsInput, hospital: Path) -> None:
    side = {"preview": {"project": as_input(hospital)}}
    answer = asker.ask(COMPARE, {"before": side, "after": side})["comparison"]
    assert answer["empty"] is True
    assert answer["moved"] == answer["settings"] == answer["causes"] == []
    assert len(answer["milestones"]) == 6
    assert answer["before"]["asOf"] == TODAY.isoformat()


def test_it_says_what_the_library_says(asker: Asker, as_input: AsInput, hospital: Path) -> None:
    planner = asker.service.live.in_use.planner
    project = load_project(hospital)[0]
    plans = [
        planner.plan(project, as_of=TODAY),
        planner.plan(project, as_of=TODAY, start=TODAY.replace(month=4), routes="fastest"),
    ]
    expected = compare(plans[0], plans[1], planner.calendar)
    sent = as_input(hospital)
    sides = {
        "before": {"preview": {"project": sent}},
        "after": {"preview": {"project": sent, "start": TODAY.replace(month=4).isoformat(), "routes": "FASTEST"}},
    }
    answer = asker.ask(COMPARE, sides)["comparison"]
    assert answer["empty"] is False
    assert [(m["code"], m["which"], m["workingDays"], m["cause"]["text"]) for m in answer["moved"]] == [
        (m.code, m.which.upper(), m.working_days, m.cause.text) for m in expected.moved
    ]
    assert [c["text"] for c in answer["causes"]] == [c.text for c in expected.causes] != []
    assert {s["setting"]: (s["before"], s["after"]) for s in answer["settings"]} == {
        s.setting.upper(): (s.left, s.right) for s in expected.settings
    }
    assert [(f["figure"], f["before"], f["after"]) for f in answer["figures"]] == [
        (f.figure.upper(), f.left, f.right) for f in expected.figures
    ]


def test_kept_plans_are_compared_with_each_other_and_with_a_preview(asker: Asker, as_input: AsInput, hospital: Path) -> None:
    kept = keep(asker.service, "local", hospital, "2026-03-02", "2026-04-01")
    one, other = (of_plan(plan.id) for plan in kept.plans)
    answer = asker.ask(COMPARE, {"before": one, "after": other})["comparison"]
    assert (answer["before"]["start"], answer["after"]["start"]) == ("2026-03-02", "2026-04-01")
    assert {cause["kind"] for cause in answer["causes"]} == {"START"}
    same = asker.ask(COMPARE, {"before": one, "after": {"preview": {"project": as_input(hospital)}}})["comparison"]
    assert same["empty"] is True


def test_problems_of_both_previews_come_together_at_their_places(asker: Asker) -> None:
    wrong = {"preview": {"project": {"name": "甲", "landArea": "-1 亩"}, "start": "1850-01-01"}}
    answer = asker.ask(COMPARE, {"before": wrong, "after": wrong})["comparison"]
    assert answer["__typename"] == "InvalidProject"
    assert [problem["path"] for problem in answer["problems"]] == [
        [side, "preview", *rest] for side in ("before", "after") for rest in (["start"], ["project", "landArea"])
    ]


@pytest.mark.parametrize("id", ["", "nothing", global_id("SavedPlan", "0" * 32), global_id("Project", "0" * 32)])
def test_a_plan_that_is_none_is_not_found(asker: Asker, id: str) -> None:
    answer = asker.ask(COMPARE, {"before": {"plan": id}, "after": {"plan": id}})["comparison"]
    assert answer["__typename"] == "NotFound"
    assert answer["id"] == id
    assert answer["message"]


@pytest.mark.parametrize("source", [{}, {"plan": "a", "preview": {"project": {"name": "甲"}}}, {"plan": None}, {"preview": None}])
def test_a_source_is_exactly_one_thing(asker: Asker, source: dict[str, Any]) -> None:
    answer = asker.send(COMPARE, {"before": source, "after": {"plan": "a"}})
    assert answer.data is None
    assert answer.codes == {"BAD_USER_INPUT"}


def test_another_s_plan_is_not_found(asker: Asker, hospital: Path) -> None:
    kept = keep(asker.service, "somebody", hospital, "2026-03-02", "2026-04-01")
    sides = {"before": of_plan(kept.plans[0].id), "after": of_plan(kept.plans[1].id)}
    assert asker.by(viewer(Role.APPLICANT, "another")).ask(COMPARE, sides)["comparison"]["__typename"] == "NotFound"
    assert asker.by(viewer(Role.APPLICANT, "somebody")).ask(COMPARE, sides)["comparison"]["__typename"] == "PlanComparison"


def test_a_department_compares_its_own_approvals_only(asker: Asker, hospital: Path) -> None:
    kept = keep(asker.service, "somebody", hospital, "2026-03-02", "2026-04-01")
    whole = asker.service.shelf.plan(kept.plans[0])
    department = sorted({item.department for item in whole.items})[0]
    own = {item.code for item in whole.items if item.department == department}
    sides = {"before": of_plan(kept.plans[0].id), "after": of_plan(kept.plans[1].id)}
    desk = asker.by(viewer(Role.DEPARTMENT, "desk", departments=(department,)))
    answer = desk.ask(COMPARE, sides)["comparison"]
    assert answer["moved"]
    assert {moved["code"] for moved in answer["moved"]} <= own < {item.code for item in whole.items}
    others = {item.name for item in whole.items} - {item.name for item in whole.items if item.code in own}
    assert not any(name in cause["text"] for cause in answer["causes"] for name in others)


def test_a_kept_plan_is_made_again(asker: Asker, hospital: Path) -> None:
    kept = keep(asker.service, "local", hospital, "2026-03-02")
    query = """query($id: ID!) { plan(id: $id) { verification {
        confirmed sameContent madeAgain project asOf start more mismatches { kind text path was now } } } }"""
    found = asker.ask(query, {"id": global_id("SavedPlan", kept.plans[0].id)})["plan"]["verification"]
    assert found == {
        "confirmed": True,
        "sameContent": True,
        "madeAgain": True,
        "project": kept.project.draft.name,
        "asOf": "2026-03-02",
        "start": "2026-03-02",
        "more": 0,
        "mismatches": [],
    }


# -- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "words"), [(comparison, COMPARISON), (verify, VERIFICATION)])
def test_every_field_has_a_description_and_no_other(module: Any, words: Words) -> None:
    for name, (text, fields) in words.models.items():
        model = getattr(module, name)
        described = set(fields)
        assert text
        assert all(fields.values())
        assert set(model.model_fields) <= described, name
        assert all(isinstance(getattr(model, extra), property) for extra in described - set(model.model_fields)), name
    models = {n for n, m in vars(module).items() if isinstance(m, type) and issubclass(m, BaseModel) and n[0].isupper()}
    assert models - {"BaseModel"} - {m for m in models if getattr(module, m).__module__ != module.__name__} == set(words.models)


def test_every_closed_list_has_a_description_and_no_other() -> None:
    lists: dict[str, Iterable[str]] = {name: get_args(found) for name, found in vars(comparison).items() if get_args(found)}
    described = [set(one.values) for one in COMPARISON.enums]
    # MilestoneOfPlan is the plan's own list.
    undescribed = {name for name, values in lists.items() if set(values) not in described}
    assert undescribed == {"MilestoneOfPlan"}
    assert len(described) == len(lists) - 1
    assert [set(one.values) for one in VERIFICATION.enums] == [{kind.value for kind in verify.MismatchKind}]
