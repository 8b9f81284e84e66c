"""The JSON contract, determinism and provenance of plans."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from planner import DiagnosticError, Plan, Planner, Project, load_project

DAY = date(2026, 11, 24)
ITEM_KEYS = {
    "code", "name", "kind", "stage", "department", "status", "depends_on", "because", "statutory", "promised", "route", "materials",
    "gates", "conditions", "basis", "result", "dates", "slack", "critical", "verified", "excluded",
}  # fmt: skip
PLAN_KEYS = {
    "project", "as_of", "start", "target", "items", "not_required", "milestones", "totals", "blockers", "warnings", "provenance",
}  # fmt: skip
DATE_KEYS = {"date", "certainty", "earliest", "latest", "skipped"}


def plan_of(planner: Planner, root: Path, name: str, **options: object) -> Plan:
    project, positions = load_project(root / "examples" / f"{name}.yaml")
    return planner.plan(planner.read(project, positions), as_of=DAY, **options)  # type: ignore[arg-type]


def test_the_keys_agreed(anshan: Planner, root: Path) -> None:
    plan = json.loads(plan_of(anshan, root, "hospital-600-beds", target=("start_of_works", date(2027, 6, 1))).model_dump_json())
    assert plan.keys() >= PLAN_KEYS
    for item in plan["items"]:
        assert item.keys() >= ITEM_KEYS
        assert item["dates"].keys() >= {
            "submit_from", "accept", "decide_promised", "decide_statutory", "supplement_by", "verify_by", "latest_submit",
        }  # fmt: skip
        assert item["dates"]["accept"].keys() == DATE_KEYS
        assert all(gate.keys() >= {"code", "gate", "basis"} for gate in item["gates"])
        assert item["because"]
    assert plan["target"].keys() >= {"milestone", "date", "feasible", "earliest", "conflict"}
    assert plan["milestones"].keys() == {"start_of_works", "completion", "use"}
    assert plan["totals"].keys() >= {
        "working_days_promised", "working_days_statutory", "working_days_serial", "approvals", "departments", "materials",
        "shared_materials",
    }  # fmt: skip
    assert all(entry.keys() >= {"code", "name", "because"} and entry["because"] for entry in plan["not_required"])


def test_every_approval_is_accounted_for(anshan: Planner, root: Path) -> None:
    for path in sorted((root / "examples").glob("*.yaml")):
        plan = plan_of(anshan, root, path.stem)
        codes = [i.code for i in plan.items] + [n.code for n in plan.not_required]
        assert sorted(codes) == sorted(anshan.rulebook.approvals)


def test_the_agreed_codes_are_in_the_rulebook(anshan: Planner) -> None:
    agreed = {
        "proposal", "feasibility", "preliminary_design", "verification", "filing", "land_prereview", "land_permit", "energy_review",
        "eia_report", "eia_form", "eia_registration", "soil_report", "soil_form", "design_scheme", "works_permit", "civil_defence",
        "drawing_review", "fire_design", "construction_permit", "planning_verification", "fire_acceptance", "fire_filing",
        "joint_acceptance", "completion_filing", "discharge_permit", "flood_review", "water_permit", "forest_land", "road_permit",
        "green_permit",
    }  # fmt: skip
    assert agreed <= anshan.rulebook.approvals.keys()


def test_json_reads_back_to_the_same_plan(anshan: Planner, root: Path) -> None:
    plan = plan_of(anshan, root, "sewage-works")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_the_same_inputs_give_the_same_bytes_in_every_process(root: Path) -> None:
    script = (
        "from datetime import date; from planner import *\n"
        "for rules in ('rules/anshan', 'features/示例规则库/捷径市'):\n"
        "    p = Planner.from_files(rules); pr, at = load_project('examples/trunk-road-with-bridge.yaml')\n"
        "    for routes in ('standard', 'fewest_promises'):\n"
        "        print(p.plan(p.read(pr, at), as_of=date(2026, 11, 24), routes=routes).model_dump_json())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            capture_output=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1


def test_the_order_in_which_facts_are_written_does_not_matter(anshan: Planner, root: Path) -> None:
    project, _ = load_project(root / "examples" / "housing-estate.yaml")
    turned = Project(name=project.name, content=project.content, district=project.district, progress=project.progress,
                     facts=dict(reversed(list(project.facts.items()))), durations=project.durations)  # fmt: skip
    assert anshan.plan(project, as_of=DAY).model_dump_json() == anshan.plan(turned, as_of=DAY).model_dump_json()


def test_digests_tell_inputs_apart(anshan: Planner) -> None:
    one = anshan.plan(Project(name="甲", land_area="15 亩"), as_of=DAY).provenance
    same = anshan.plan(Project(name="甲", 用地面积="1 公顷"), as_of=DAY).provenance
    other = anshan.plan(Project(name="甲", land_area="16 亩"), as_of=DAY).provenance
    assert one.facts == same.facts != other.facts
    assert one.rulebook == other.rulebook
    assert one.versions["durable-rules"] == "2.0.28"


def test_unknown_is_neither_no_nor_zero(anshan: Planner) -> None:
    def status(**facts: object) -> str:
        plan = anshan.plan(Project(name="试", facts=facts), as_of=DAY)
        return next((i.status.value for i in plan.items if i.code == "forest_land"), "not_required")

    assert status() == "depends"
    assert status(forest_land=None) == "depends"
    assert status(forest_land="未知") == "depends"
    assert status(forest_land=False) == status(forest_land="否") == "not_required"
    assert status(forest_land=True) == status(占用林地="是") == "required"
    assert status(forest_land="不适用") == "not_required"


def test_a_wish_that_cannot_be_met_names_what_forbids_it(anshan: Planner, root: Path) -> None:
    plan = plan_of(anshan, root, "hospital-600-beds", target=("start_of_works", date(2026, 12, 1)))
    assert plan.target is not None
    assert not plan.target.feasible
    assert plan.target.conflict
    assert {term.code for term in plan.target.conflict} <= {i.code for i in plan.items} | {"construction"}
    assert plan.target.earliest.date > date(2026, 12, 1)


def test_bad_facts_from_a_program_come_with_field_paths(anshan: Planner) -> None:
    with pytest.raises(DiagnosticError) as refused:
        anshan.plan(Project(name="", 用地面积="很大", beds=1.5, durations={"construction": "一年"}), as_of=DAY)
    assert {d.field for d in refused.value.diagnostics} == {"name", "用地面积", "beds", "durations.construction"}


def test_library_in_ten_lines(anshan: Planner) -> None:
    project = Project(name="轧钢车间扩建", 国民经济行业="C3130", 用地面积="33.35 亩", 水土流失易发区=True, earthwork="12 万立方米")
    plan = anshan.plan(project, as_of=date(2026, 11, 24), start=date(2026, 12, 1))
    assert "soil_report" in {i.code for i in plan.items}
    assert plan.item("soil_report").statutory is not None
    assert plan.start == date(2026, 12, 1)


@pytest.mark.parametrize("start", [date(9000, 1, 1), date(1, 1, 1)])
def test_a_date_out_of_the_calendars_range_is_a_clear_refusal(anshan: Planner, start: date) -> None:
    with pytest.raises(DiagnosticError, match="P605"):
        anshan.plan(Project(name="试"), as_of=DAY, start=start)
