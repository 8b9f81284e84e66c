"""The JSON face is the plan's own JSON, byte for byte."""

from __future__ import annotations

from planner import Plan
from planner.output.json import render_json


def test_it_is_the_models_own_json_and_reads_back_as_the_same_plan(rich_plan: Plan) -> None:
    text = render_json(rich_plan)
    assert text == rich_plan.model_dump_json()
    assert Plan.model_validate_json(text) == rich_plan
