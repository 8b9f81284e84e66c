"""The example projects that came with the program, kept in an empty database, so that there is something to query."""

from __future__ import annotations

from datetime import date

from planner import Planner
from planner.diagnostics import DiagnosticError
from planner.project import load_projects
from planner.rulebook.load import packaged_examples
from planner_api.access.viewer import Scope
from planner_api.store.interface import Store

OWNER = "示例"
EVERYTHING = Scope(everything=True)


def keep_examples(store: Store, planner: Planner, today: date) -> int:
    """Keep the examples and a plan of each, unless the database holds, or ever held, anything; how many were kept.

    An example that this rulebook has no facts for is left out: another city's vocabulary need not fit it.
    """
    from planner_api.drafts import draft_of

    if store.last_change():
        return 0
    kept = 0
    for project, positions in load_projects(packaged_examples()):
        try:
            facts = planner.read(project, positions)
            plan = planner.plan(facts, as_of=today)
        except DiagnosticError:
            continue
        # Two servers that begin at the same moment keep each example once.
        record = store.create_project(OWNER, draft_of(planner, facts, today), request_key=project.name)
        if record.plan is None:
            store.add_plan(EVERYTHING, record.id, record.revision, plan, OWNER)
            kept += 1
    return kept
