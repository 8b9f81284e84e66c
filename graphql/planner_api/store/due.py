"""The deadlines that are kept of a plan: those that the calendar file shows, but for what no desk waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from planner.output.deadlines import deadlines
from planner.output.outline import Outline
from planner.output.words import words_for
from planner.plan import Certainty, Plan
from planner_api.store.records import DeadlineKind

KINDS: frozenset[str] = frozenset(get_args(DeadlineKind))


def kept_deadlines(plan: Plan) -> list[dict[str, Any]]:
    """Columns of the deadlines of a plan, in the order of their days; titles in Chinese."""
    critical: Mapping[str, bool] = {item.code: item.critical for item in plan.items}
    return [
        {
            "key": one.key,
            "kind": one.kind,
            "item": one.owner,
            "name": one.name,
            "title": one.title,
            "department": one.department,
            "stage": one.stage,
            "day": one.day.date,
            "earliest": one.day.earliest,
            "latest": one.day.latest,
            "provisional": one.day.certainty is Certainty.PROVISIONAL,
            "depends": one.depends,
            "critical": critical.get(one.owner, False),
            "verified": one.verified,
        }
        for one in deadlines(Outline(plan, words_for("zh")))
        if one.kind in KINDS
    ]


def departments_of(plan: Plan) -> frozenset[str]:
    """The offices with an item in a plan."""
    return frozenset(item.department for item in plan.items if item.department)
