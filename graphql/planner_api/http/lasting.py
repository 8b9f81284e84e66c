"""Which answers last: equal questions get equal answers, as long as the rulebook, the day and the viewer are the same.

The one place that says so. A field that is not named here may change from one moment to the next, and no answer with it is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from graphql import OperationType
from planner_api.descriptions import MODELS
from planner_api.plan_types import RENAMED

PLAN_TYPES = frozenset(RENAMED.get(name, name) for name in MODELS) | {"Entry"}
"""Types whose values are parts of a plan, which is never changed once it is made."""

TYPES = PLAN_TYPES | {
    # the rulebook, whose digest is part of the question
    "Approval",
    "ApprovalRules",
    "ApplicabilityRule",
    "Choice",
    "Fact",
    "GateRule",
    "HandlingRule",
    "HoldRule",
    "LawDocument",
    "LimitRule",
    "OfficeRule",
    "PaperRule",
    "RouteRule",
    "RulebookDepartment",
    "RulebookTeam",
    "Step",
    "StepRule",
    "UnverifiedEntries",
    "ValidityRule",
    # what is worked out from facts given, or from a kept plan
    "BlockerOfOne",
    "ComparedCap",
    "ComparedFigure",
    "ComparedMilestone",
    "ComparedPlan",
    "Dependent",
    "Explanation",
    "FactChange",
    "FieldChange",
    "InvalidProject",
    "ItemChange",
    "ItemOfOne",
    "MoveCause",
    "MovedDate",
    "NamedApproval",
    "OpenQuestion",
    "PlanComparison",
    "PlanDocuments",
    "PlanMismatch",
    "PlanVerification",
    "Problem",
    "Questions",
    "SettingChange",
    "UnknownApproval",
    "ValueChange",
}
"""Types all of whose fields last."""

ROWS = frozenset({"Query.comparison", "Query.node", "Query.plan"})
"""Fields whose value never changes, but may come out of a viewer's sight, as when a project passes to another working group."""

FIELDS = ROWS | {
    "Query.planPreview",
    "Query.questions",
    "Query.rulebook",
    "Query.why",
    "Rulebook.approval",
    "Rulebook.approvals",
    "Rulebook.changes",
    "Rulebook.departments",
    "Rulebook.digest",
    "Rulebook.facts",
    "Rulebook.laws",
    "Rulebook.missing",
    "Rulebook.name",
    "Rulebook.stages",
    "Rulebook.steps",
    "Rulebook.teams",
    "Rulebook.unverified",
    "SavedPlan.asOf",
    "SavedPlan.content",
    "SavedPlan.documents",
    "SavedPlan.id",
    "SavedPlan.madeAt",
    "SavedPlan.madeBy",
    "SavedPlan.number",
    "SavedPlan.questions",
    "SavedPlan.revision",
    "SavedPlan.rulebook",
    "SavedPlan.start",
    "SavedPlan.verification",
    "SavedPlan.why",
}
"""Fields that last though others of their type do not."""

ROWS_KEPT = 60.0
"""Seconds for which who was shown such a value is shown it again, unasked."""


def lasts(operation: OperationType, fields: Iterable[str]) -> bool:
    """Whether an operation's answer lasts."""
    return operation is OperationType.QUERY and all(field in FIELDS or field.partition(".")[0] in TYPES for field in fields)


def seconds_kept(fields: Iterable[str]) -> float:
    """How long a lasting answer may be kept, in seconds: without end, or, where it turns on what the viewer may see, not for long."""
    return ROWS_KEPT if any(field in ROWS for field in fields) else math.inf
