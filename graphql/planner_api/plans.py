"""Kept plans: read back once and held in memory, as they never change; and what of them a viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.plan import Plan
from planner_api.access.reduced import reduced
from planner_api.ids import local_id
from planner_api.recent import Recent
from planner_api.store.records import PlanRecord, ProjectRecord

if TYPE_CHECKING:
    from planner_api.context import Context


class PlanShelf:
    """The plans used last, at most `most` of them, whole or as departments see them."""

    def __init__(self, most: int = 200) -> None:
        self._held: Recent[tuple[str, frozenset[str] | None], Plan] = Recent(most)

    def plan(self, record: PlanRecord, departments: frozenset[str] | None = None) -> Plan:
        """The plan of a record; with `departments`, what these see of it."""
        key = (record.id, departments)
        found = self._held.get(key)
        if found is None:
            found = Plan.model_validate_json(record.document) if departments is None else reduced(self.plan(record), departments)
            self._held.keep(key, found)
        return found


def project_row(context: Context, id: str) -> ProjectRecord | None:
    """A project, if its viewer may see it."""
    return context.rows.project(context.service.store, context.viewer.scope, id)


def plan_row(context: Context, id: str) -> PlanRecord | None:
    """A kept plan, if its viewer may see it."""
    return context.rows.plan(context.service.store, context.viewer.scope, id)


def seen_whole(context: Context, project: str) -> bool:
    """Whether this viewer sees a project with all its approvals."""
    found = project_row(context, project)
    return found is not None and context.viewer.scope.whole(found.owner, found.draft.team)


def plan_seen(context: Context, record: PlanRecord) -> Plan:
    """A kept plan as its viewer may see it: whole, or its own departments' approvals."""
    shelf = context.service.shelf
    return shelf.plan(record) if seen_whole(context, record.project) else shelf.plan(record, context.viewer.scope.departments)


def kept_plan(context: Context, id: str) -> Plan | None:
    """A kept plan by the id that clients send, as its viewer may see it; None when there is none."""
    record = plan_row(context, local_id("SavedPlan", id))
    return None if record is None else plan_seen(context, record)
