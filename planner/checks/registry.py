"""Every check there is, in the order in which `docs/checks.md` explains them."""

from __future__ import annotations

from planner.checks import (
    ambiguous_parts,
    closed_routes,
    conflicting_rows,
    cycles,
    damaged_cells,
    dates,
    engine,
    expected_approvals,
    file_names,
    groundless_duties,
    groundless_rest,
    overdue_rechecks,
    overreach,
    promises,
    readable,
    shadowed_rows,
    shadowed_rules,
    sibling_thresholds,
    stale_basis,
    table_gaps,
    unreachable,
    unused_facts,
    unverified,
)
from planner.checks.report import Check

CHECKS: tuple[Check, ...] = tuple(
    module.CHECK
    for module in (
        readable,
        file_names,
        expected_approvals,
        damaged_cells,
        unused_facts,
        unreachable,
        closed_routes,
        shadowed_rules,
        shadowed_rows,
        conflicting_rows,
        table_gaps,
        sibling_thresholds,
        ambiguous_parts,
        dates,
        cycles,
        promises,
        overreach,
        groundless_duties,
        groundless_rest,
        stale_basis,
        overdue_rechecks,
        unverified,
        engine,
    )
)
