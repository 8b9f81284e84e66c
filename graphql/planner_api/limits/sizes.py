"""How long lists usually are, and what some fields take to work out beside their values. The unit is one value of an answer.

The lengths are of large projects: the average of the examples with sixty approvals, rounded up. A plan of one is reckoned somewhat above
what it holds, and that is what the budget is made for (`planner_api.settings.Limits.cost`).
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_PAGE = 20
"""Rows of a connection when neither `first` nor `last` is given."""

OTHER_LIST = 2
"""The length of a list that is not named below."""

SIZES: Mapping[str, int] = {
    "Plan.assumedZero": 60,
    "Plan.criticalPath": 20,
    "Plan.items": 60,
    "Plan.notRecorded": 5,
    "Plan.notRequired": 90,
    "Plan.openFacts": 15,
    "Plan.parametersMissing": 8,
    "Plan.warnings": 40,
    "PlanComparison.changed": 60,
    "PlanComparison.moved": 60,
    "PlanItem.basis": 4,
    "PlanItem.because": 3,
    "PlanItem.materials": 3,
    "OpenFact.items": 4,
    "OpenRoute.basis": 4,
    "OpenRoute.consequences": 4,
    "ProjectFacts.durations": 5,
    "Query.deadlineCounts": 200,
    "Questions.questions": 15,
    "Rulebook.approvals": 150,
    "Rulebook.departments": 40,
    "Rulebook.facts": 150,
    "Rulebook.laws": 300,
    "Rulebook.unverified": 100,
    "Fact.choices": 5,
    "RulebookDifference.files": 20,
    "RuleFileChange.changes": 5,
    "RulebookEffects.projects": 12,
    "ProjectEffect.items": 10,
}

WORK: Mapping[str, int] = {
    "Query.planPreview": 1_000,
    "Query.comparison": 2_000,
    "Query.why": 1_000,
    "Query.questions": 1_000,
    "Query.rulebookDifference": 5_000,
    "Query.deadlineCounts": 500,
    "Mutation.makePlan": 1_000,
    "Mutation.reloadRulebook": 5_000,
    "SavedPlan.content": 500,
    "SavedPlan.why": 1_000,
    "SavedPlan.questions": 1_000,
    "RulebookDifference.effects": 20_000,
    "ProjectConnection.totalCount": 100,
    "DeadlineConnection.totalCount": 100,
    "SavedPlanConnection.totalCount": 20,
}
