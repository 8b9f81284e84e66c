"""Why an approval is needed, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner import Planner, load_project
from planner.plan import Plan
from planner_api.live import in_use
from planner_api.service import Service
from planner_api.why import Explanation, Questions, UnknownApproval, questions_of_plan, why_of_plan
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker

WHY = """query($project: ProjectInput!, $approval: String!, $asOf: Date) {
  why(project: $project, approval: $approval, asOf: $asOf) {
    __typename
    ... on Explanation {
      code name asOf answer because { text holds basis { document } } flip { code field name value wanted }
      settle { field question } lacking rulebook note
    }
    ... on UnknownApproval { approval message suggestions { code name } }
    ... on InvalidProject { problems { code path message } }
  }
}"""
QUESTIONS = """query($project: ProjectInput!, $asOf: Date) {
  questions(project: $project, asOf: $asOf) {
    __typename
    ... on Questions {
      asOf questions { fact { code field question unit choices { value name } } items { code name } } parameters { code name items }
      rulebook note
    }
    ... on InvalidProject { problems { code path } }
  }
}"""


@pytest.fixture(scope="module")
def hospital(root: Path) -> Path:
    return root / "examples" / "hospital-600-beds.yaml"


def test_a_needed_approval_is_explained_by_its_rules(
    asker: Asker, as_input: Callable[[Path], Mapping[str, Any]], hospital: Path
) -> None:
    answer = asker.ask(WHY, {"project": as_input(hospital), "approval": "construction_permit"})["why"]
    assert answer["__typename"] == "Explanation"
    assert (answer["code"], answer["answer"], answer["asOf"]) == ("construction_permit", "TRUE", TODAY.isoformat())
    assert any(reason["holds"] == "TRUE" and reason["basis"] for reason in answer["because"])
    assert answer["flip"]
    assert all(change["field"] for change in answer["flip"])
    assert answer["settle"] == []
    assert answer["note"] == ""
    assert answer["rulebook"] == asker.service.live.in_use.digest


def test_the_flip_turns_the_answer(
    asker: Asker, anshan: Planner, as_input: Callable[[Path], Mapping[str, Any]], hospital: Path
) -> None:
    explained = anshan.why(load_project(hospital)[0], "construction_permit", as_of=TODAY)
    answer = asker.ask(WHY, {"project": as_input(hospital), "approval": "construction_permit"})["why"]
    assert explained.flip is not None
    assert [change["code"] for change in answer["flip"]] == [change.fact for change in explained.flip]


def test_an_open_answer_names_the_questions_that_settle_it(asker: Asker) -> None:
    answer = asker.ask(WHY, {"project": {"name": "未定的项目"}, "approval": "construction_permit"})["why"]
    assert answer["answer"] == "UNKNOWN"
    assert answer["flip"] is None
    assert answer["settle"]
    assert all(fact["field"] and fact["question"] for fact in answer["settle"])


def test_an_approval_may_be_named(asker: Asker, anshan: Planner) -> None:
    name = anshan.rulebook.approvals["construction_permit"].model.name
    assert asker.ask(WHY, {"project": {"name": "甲"}, "approval": name})["why"]["code"] == "construction_permit"


@pytest.mark.parametrize("slip", ["construction_permt", "constructionpermit"])
def test_a_slip_in_a_code_is_answered_with_the_likely_one(asker: Asker, slip: str) -> None:
    answer = asker.ask(WHY, {"project": {"name": "甲"}, "approval": slip})["why"]
    assert answer["__typename"] == "UnknownApproval"
    assert answer["approval"] == slip
    assert answer["suggestions"][0]["code"] == "construction_permit"
    assert f"“{answer['suggestions'][0]['name']}”" in answer["message"]


def test_a_part_of_a_name_is_answered_with_those_that_have_it(asker: Asker) -> None:
    answer = asker.ask(WHY, {"project": {"name": "甲"}, "approval": "施工许可"})["why"]
    assert "construction_permit" in {one["code"] for one in answer["suggestions"]}


@pytest.mark.parametrize("nothing", ["", "完全不相干的一串字", "x" * 100_000])
def test_what_is_like_nothing_gets_no_suggestion(asker: Asker, nothing: str) -> None:
    answer = asker.ask(WHY, {"project": {"name": "甲"}, "approval": nothing})["why"]
    assert answer["suggestions"] == []
    assert len(answer["message"]) < 200


def test_problems_of_the_project_and_the_day_come_together(asker: Asker) -> None:
    sent = {"project": {"name": "甲", "landArea": "-1 亩"}, "approval": "construction_permit", "asOf": "1850-01-01"}
    for answer in (asker.ask(WHY, sent)["why"], asker.ask(QUESTIONS, {k: sent[k] for k in ("project", "asOf")})["questions"]):
        assert answer["__typename"] == "InvalidProject"
        assert [problem["path"] for problem in answer["problems"]] == [["asOf"], ["project", "landArea"]]


def test_the_questions_are_those_of_the_plan(
    asker: Asker, anshan: Planner, as_input: Callable[[Path], Mapping[str, Any]], root: Path
) -> None:
    path = root / "examples" / "incomplete.yaml"
    plan = anshan.plan(load_project(path)[0], as_of=TODAY)
    answer = asker.ask(QUESTIONS, {"project": as_input(path)})["questions"]
    assert [q["fact"]["code"] for q in answer["questions"]] == [fact.code for fact in plan.open_facts] != []
    assert [[i["code"] for i in q["items"]] for q in answer["questions"]] == [list(fact.items) for fact in plan.open_facts]
    assert all(item["name"] for q in answer["questions"] for item in q["items"])
    assert [p["code"] for p in answer["parameters"]] == [one.code for one in plan.parameters_missing]
    facts = anshan.rulebook.vocabulary.facts
    for question in answer["questions"]:
        fact = facts[question["fact"]["code"]]
        assert question["fact"]["unit"] == (fact.unit.name if fact.unit else None)
        assert len(question["fact"]["choices"]) == len(fact.choices)


@pytest.fixture(scope="module")
def kept(anshan: Planner, root: Path) -> Plan:
    return anshan.plan(load_project(root / "examples" / "incomplete.yaml")[0], as_of=TODAY)


def test_a_kept_plan_is_explained_from_its_own_echo(service: Service, anshan: Planner, root: Path, kept: Plan) -> None:
    using = service.live.in_use
    project = load_project(root / "examples" / "incomplete.yaml")[0]
    for code in ("construction_permit", "energy_review", "water_soil"):
        if code in anshan.rulebook.approvals:
            found = why_of_plan(using, kept, code)
            assert isinstance(found, Explanation)
            assert found.because == list(anshan.why(project, code, as_of=TODAY).because)
            assert found.note == ""
    asked = questions_of_plan(using, kept)
    assert isinstance(asked, Questions)
    assert [one.fact.code for one in asked.questions] == [fact.code for fact in kept.open_facts]


def test_another_rulebook_than_the_plan_s_is_said(service: Service, kept: Plan) -> None:
    older = kept.model_copy(update={"provenance": kept.provenance.model_copy(update={"rulebook": "0" * 64})})
    for found in (why_of_plan(service.live.in_use, older, "construction_permit"), questions_of_plan(service.live.in_use, older)):
        assert "另一版规则库" in found.note
        assert "0" * 12 in found.note
        assert found.rulebook == service.live.in_use.digest


def test_a_plan_whose_facts_the_rulebook_no_longer_knows_is_a_problem_of_its_project(kept: Plan, small: Service) -> None:
    found = why_of_plan(small.live.in_use, kept, "permit")
    assert type(found).__name__ == "InvalidProject"
    assert found.problems
    assert all(problem.path[0] == "project" for problem in found.problems)


def test_who_may_ask_of_some_approvals_only_sees_nothing_of_others(service: Service, kept: Plan) -> None:
    own = frozenset({"construction_permit"})
    refused = why_of_plan(
        service.live.in_use, kept, kept.items[0].code if kept.items[0].code not in own else kept.items[1].code, own
    )
    assert isinstance(refused, UnknownApproval)
    assert {one.code for one in refused.suggestions} <= own
    whole, part = questions_of_plan(service.live.in_use, kept), questions_of_plan(service.live.in_use, kept, own)
    assert 0 < len(part.questions) < len(whole.questions)
    assert all(item.code in own for question in part.questions for item in question.items)
    assert all(set(one.items) <= own for one in part.parameters)


def test_unchecked_rules_answer_as_checked_ones_do(anshan: Planner) -> None:
    using = in_use(replace(anshan, unchecked="没有检查"))
    plan = using.planner.plan(load_project(Path(__file__).parents[3] / "examples" / "hospital-600-beds.yaml")[0], as_of=TODAY)
    assert isinstance(why_of_plan(using, plan, "construction_permit"), Explanation)
