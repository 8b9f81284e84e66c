"""The plan as JSON, the contract that other programs read."""

from __future__ import annotations

from planner.plan import Plan


def render_json(plan: Plan) -> str:
    """`plan.model_dump_json()`, unchanged: equal plans give equal bytes."""
    return plan.model_dump_json()
