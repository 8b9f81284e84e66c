"""Kept plans, and the deadlines of each project's current one."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.change_rows import log_change
from planner_api.store.due import departments_of, kept_deadlines
from planner_api.store.identities import is_identity, new_identity
from planner_api.store.pages import AnyRow, Order
from planner_api.store.project_rows import check_name, locked, set_plan
from planner_api.store.records import ChangeKind, Missing, Page, PageRequest, PlanRecord, ProjectRecord, Stale
from planner_api.store.scoping import sees_project
from planner_api.store.tables import deadlines, participations, plans, projects

NEWEST = Order("vn", (plans.c.number,), (int,), descending=True)


def record(row: AnyRow) -> PlanRecord:
    return PlanRecord(
        id=row.id,
        project=row.project,
        number=row.number,
        revision=row.revision,
        packed=row.document,
        made_at=row.made_at,
        made_by=row.made_by,
        as_of=row.as_of,
        start=row.start,
        rulebook=row.rulebook,
        owner=row.owner,
        team=row.team,
        departments=frozenset(json.loads(row.departments)),
    )


def add(
    connection: Connection, now: datetime, scope: Scope, project: str, revision: int, plan: Plan, made_by: str
) -> tuple[PlanRecord, bool] | Stale | Missing:
    check_name(made_by)
    document = plan.model_dump_json().encode()
    current = locked(connection, scope, project, revision)
    if not isinstance(current, ProjectRecord):
        return current
    digest = hashlib.sha256(document).digest()
    if current.plan is not None:
        same = connection.execute(select(plans).where(plans.c.id == current.plan, plans.c.digest == digest)).first()
        if same is not None:
            return record(same), False
    departments = departments_of(plan)
    last = connection.execute(select(func.max(plans.c.number)).where(plans.c.project == project)).scalar_one()
    added = connection.execute(
        insert(plans)
        .values(
            id=new_identity(now),
            project=project,
            number=(last or 0) + 1,
            revision=revision,
            document=zlib.compress(document, 6),
            digest=digest,
            made_at=now,
            made_by=made_by,
            as_of=plan.as_of,
            start=plan.start,
            rulebook=plan.provenance.rulebook,
            owner=current.owner,
            team=current.draft.team,
            departments=json.dumps(sorted(departments), ensure_ascii=False),
        )
        .returning(*plans.c)
    ).one()
    made = record(added)
    set_plan(connection, project, made.id)
    _take_part(connection, project, departments)
    _replace_deadlines(connection, current, plan)
    log_change(connection, now, ChangeKind.PLAN_MADE, current, made.id)
    return made, True


def _take_part(connection: Connection, project: str, departments: frozenset[str]) -> None:
    """Departments stay with a project for good; `current` follows the plan."""
    connection.execute(update(participations).where(participations.c.project == project).values(current=False))
    if not departments:
        return
    rows = [{"project": project, "department": department, "current": True} for department in sorted(departments)]
    key = ["project", "department"]
    if connection.dialect.name == "postgresql":
        connection.execute(
            postgresql.insert(participations).on_conflict_do_update(index_elements=key, set_={"current": True}), rows
        )
    else:
        connection.execute(sqlite.insert(participations).on_conflict_do_update(index_elements=key, set_={"current": True}), rows)


def _replace_deadlines(connection: Connection, project: ProjectRecord, plan: Plan) -> None:
    connection.execute(delete(deadlines).where(deadlines.c.project == project.id))
    same = {
        "project": project.id,
        "owner": project.owner,
        "team": project.draft.team,
        "project_class": project.draft.project_class,
        "archived": project.archived,
    }
    rows = [{**same, **row} for row in kept_deadlines(plan)]
    if rows:
        connection.execute(insert(deadlines), rows)


def one(connection: Connection, scope: Scope, id: str) -> PlanRecord | None:
    if not is_identity(id) or scope.empty:
        return None
    query = select(plans).join(projects, projects.c.id == plans.c.project).where(plans.c.id == id, sees_project(scope))
    found = connection.execute(query).first()
    return None if found is None else record(found)


def by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, PlanRecord]:
    known = sorted(set(filter(is_identity, ids)))
    if not known or scope.empty:
        return {}
    query = select(plans).join(projects, projects.c.id == plans.c.project).where(plans.c.id.in_(known), sees_project(scope))
    return {row.id: record(row) for row in connection.execute(query)}


def page(connection: Connection, scope: Scope, project: str, request: PageRequest) -> Page[PlanRecord]:
    wanted = project if is_identity(project) else None
    query = select(plans).join(projects, projects.c.id == plans.c.project).where(plans.c.project == wanted, sees_project(scope))
    return NEWEST.page(connection, query, request, record)


def count(connection: Connection, scope: Scope, project: str) -> int:
    if not is_identity(project):
        return 0
    query = select(func.count()).select_from(plans).join(projects, projects.c.id == plans.c.project)
    return connection.execute(query.where(plans.c.project == project, sees_project(scope))).scalar_one()
