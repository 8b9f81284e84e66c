"""A department's view of a plan: its own approvals, and nothing of another's but what a gate of its own names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Planner, load_project
from planner.plan import Plan
from planner_api.access.reduced import own_codes, reduced

REDUCED = {
    "choice", "target", "items", "not_required", "not_recorded", "open_facts", "parameters_missing", "critical_path", "totals", "joint",
    "relief", "blockers", "warnings", "assumed_zero",
}  # fmt: skip
OF_THE_PROJECT = {"project", "as_of", "start", "routes", "team", "milestones", "caps", "lanes", "valid", "provenance"}


@pytest.fixture(scope="module")
def plans(anshan: Planner, examples: Mapping[str, Path]) -> list[Plan]:
    return [
        anshan.plan(load_project(path)[0], as_of=date(2026, 9, 7), routes=routes, target=("use", date(2027, 1, 4)))
        for path, routes in zip(examples.values(), ["standard", "fastest", "fewest_promises"] * len(examples), strict=False)
    ]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value


def test_every_part_of_a_plan_is_either_reduced_or_of_the_project() -> None:
    assert set(Plan.model_fields) == REDUCED | OF_THE_PROJECT
    assert not REDUCED & OF_THE_PROJECT


def test_no_code_and_no_route_of_another_department_is_left(plans: list[Plan]) -> None:
    looked = 0
    for plan in plans:
        for department in {item.department for item in plan.items}:
            part = reduced(plan, {department})
            own = own_codes(plan, {department})
            assert [item.code for item in part.items] == [item.code for item in plan.items if item.department == department]
            gates = {gate.code for item in part.items for gate in item.gates}
            hidden = {item.code for item in plan.items} - own - gates
            hidden |= {one.code for one in plan.not_required} - gates
            said = set(strings(json.loads(part.model_dump_json())))
            assert not hidden & said, department
            routes = {route.key for item in plan.items if item.code not in own for route in item.routes}
            assert not routes & said
            steps = {step for step in plan.critical_path if step.partition(".")[0] in hidden}
            assert not steps & said
            for message in (*part.blockers, *part.warnings[1:]):
                names = {item.name for item in plan.items if item.code in hidden}
                assert not any(name in message.text for name in names)
            looked += len(hidden)
    assert looked > 500


def test_other_approvals_show_only_in_gates(plans: list[Plan]) -> None:
    for plan in plans:
        for department in {item.department for item in plan.items}:
            part = reduced(plan, {department})
            own = own_codes(plan, {department})
            bare = part.model_copy(update={"items": tuple(item.model_copy(update={"gates": ()}) for item in part.items)})
            gates = {gate.code for item in part.items for gate in item.gates}
            others = {item.code for item in plan.items} - own - gates
            assert not others & set(strings(json.loads(bare.model_dump_json())))
            # The gates themselves are as they were: an office must know what it waits for.
            assert [item.gates for item in part.items] == [item.gates for item in plan.items if item.code in own]


def test_own_approvals_are_told_in_full(plans: list[Plan]) -> None:
    same = (
        "because",
        "statutory",
        "promised",
        "clock",
        "conditions",
        "basis",
        "result",
        "validity",
        "preparation",
        "channel",
        "handling",
    )
    for plan in plans:
        for department in {item.department for item in plan.items}:
            for item in reduced(plan, {department}).items:
                whole = plan.item(item.code)
                assert all(getattr(item, name) == getattr(whole, name) for name in same)
                assert item.dates.model_copy(update={"accept_after": "", "decide_after": ""}) == whole.dates.model_copy(
                    update={"accept_after": "", "decide_after": ""}
                )
                assert [paper.name for paper in item.materials] == [paper.name for paper in whole.materials]


def test_counts_are_of_what_is_shown_and_it_is_said(plans: list[Plan]) -> None:
    for plan in plans:
        department = plan.items[0].department
        part = reduced(plan, {department})
        assert part.totals.approvals == len(part.items)
        assert part.totals.departments == 1
        assert part.totals.materials == sum(len(item.materials) for item in part.items)
        assert part.warnings[0].code == "own_approvals_only"
        assert set(part.choice.taken) == {
            route.key for item in part.items for route in item.routes if route.taken and route.optional
        }
        assert part.choice.promises == sum(
            route.route == "commitment" for item in part.items for route in item.routes if route.taken and route.optional
        )


def test_all_departments_together_see_every_approval(plans: list[Plan]) -> None:
    for plan in plans:
        part = reduced(plan, {item.department for item in plan.items})
        assert [item.code for item in part.items] == [item.code for item in plan.items]
        assert part.choice.taken == plan.choice.taken
        assert part.choice.promises == plan.choice.promises
        assert part.choice.later_papers == plan.choice.later_papers
        assert part.totals == plan.totals


def test_a_department_without_an_approval_sees_none(plans: list[Plan]) -> None:
    part = reduced(plans[0], {"鞍山市某某局"})
    assert (part.items, part.joint, part.open_facts, part.relief) == ((), (), (), ())
    assert part.totals.approvals == 0
