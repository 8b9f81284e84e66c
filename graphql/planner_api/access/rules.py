"""Who may ask what: one table, from the fields of the schema to the roles that may select them. What is not in it nobody may.

A whole document is looked at before any of it runs. Which rows a viewer sees is another matter (`planner_api.access.viewer.Scope`); what of a
plan a department sees is `reduced`.

An applicant and a working group see their projects whole. A department sees a project in which it has an approval of its own, with the
facts that its approvals are decided by, and of its plans and deadlines its own approvals only. Policy staff see the rulebook, and what
it makes of projects they describe themselves, and no kept project.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLError
from planner_api.access.viewer import Role, Viewer
from planner_api.refusals import forbidden

_APPLICANT, _DEPARTMENT, _TEAM, _POLICY, _ADMIN = Role.APPLICANT, Role.DEPARTMENT, Role.TEAM, Role.POLICY, Role.ADMIN

EVERYONE = frozenset(Role)
OWNERS = frozenset({_APPLICANT, _TEAM, _ADMIN})
"""Who sees projects whole."""
DESKS = OWNERS | {_DEPARTMENT}
"""Who sees projects."""
OFFICES = frozenset({_DEPARTMENT, _ADMIN})
RULES_STAFF = frozenset({_POLICY, _ADMIN})

ROOTS: Mapping[str, frozenset[Role]] = {
    "Query.viewer": EVERYONE,
    "Query.node": DESKS,
    "Query.nodes": DESKS,
    "Query.project": DESKS,
    "Query.projects": DESKS,
    "Query.plan": DESKS,
    "Query.deadlines": DESKS,
    "Query.deadlineCounts": DESKS,
    "Query.planPreview": EVERYONE,
    "Query.comparison": EVERYONE,
    "Query.why": EVERYONE,
    "Query.questions": EVERYONE,
    "Query.rulebook": EVERYONE,
    "Query.rulebookVersions": EVERYONE,
    "Query.rulebookDifference": EVERYONE,
    "Query.calendarFeeds": OFFICES,
    "Mutation.saveProject": OWNERS,
    "Mutation.setProjectArchived": OWNERS,
    "Mutation.makePlan": OWNERS,
    "Mutation.createCalendarFeed": OFFICES,
    "Mutation.revokeCalendarFeed": OFFICES,
    "Mutation.reloadRulebook": RULES_STAFF,
    "Subscription.planChanged": DESKS,
    "Subscription.deadlinesComingDue": DESKS,
}
"""The fields where operations begin."""

_KEPT: Mapping[str, frozenset[Role]] = {
    "Node.id": DESKS,
    "Project.id": DESKS,
    "Project.revision": DESKS,
    "Project.name": DESKS,
    "Project.content": DESKS,
    "Project.district": DESKS,
    "Project.progress": DESKS,
    "Project.class": DESKS,
    "Project.team": DESKS,
    "Project.archived": DESKS,
    "Project.createdAt": DESKS,
    "Project.updatedAt": DESKS,
    "Project.facts": DESKS,
    "Project.plan": DESKS,
    "Project.plans": DESKS,
    "Project.deadlines": DESKS,
    "SavedPlan.id": DESKS,
    "SavedPlan.number": DESKS,
    "SavedPlan.current": DESKS,
    "SavedPlan.asOf": DESKS,
    "SavedPlan.start": DESKS,
    "SavedPlan.madeAt": DESKS,
    "SavedPlan.madeBy": OWNERS,
    "SavedPlan.revision": DESKS,
    "SavedPlan.rulebook": DESKS,
    "SavedPlan.project": DESKS,
    "SavedPlan.content": DESKS,
    "SavedPlan.documents": OWNERS,
    "SavedPlan.why": DESKS,
    "SavedPlan.questions": DESKS,
    "SavedPlan.verification": OWNERS,
    "ProjectFacts.*": DESKS,
    "StepDuration.*": DESKS,
    "UnreadableFact.*": DESKS,
    "PlanDocuments.*": OWNERS,
    "PlanVerification.*": OWNERS,
    "PlanMismatch.*": OWNERS,
    "ProjectConnection.*": DESKS,
    "ProjectEdge.*": DESKS,
    "SavedPlanConnection.*": DESKS,
    "SavedPlanEdge.*": DESKS,
    "Deadline.*": DESKS,
    "DeadlineConnection.*": DESKS,
    "DeadlineEdge.*": DESKS,
    "DeadlineCount.*": DESKS,
    "ProjectSaved.*": OWNERS,
    "PlanMade.*": OWNERS,
    "StaleRevision.*": OWNERS,
    "PlanChange.*": DESKS,
    "DeadlinesDue.*": DESKS,
    "CalendarFeed.*": OFFICES,
    "CalendarFeedCreated.*": OFFICES,
    "CalendarFeedRevoked.*": OFFICES,
    "UnknownDepartment.*": OFFICES,
}
"""What is kept of projects."""

_ANYBODY_S = (
    # The viewer, pages, and what is wrong.
    "Viewer CodeName PageInfo Problem InvalidProject NotFound Entry "
    # The rulebook.
    "Rulebook Fact Choice Approval ApprovalRules OfficeRule LegalBasis ApplicabilityRule LimitRule GateRule HoldRule PaperRule StepRule "
    "RouteRule ValidityRule HandlingRule Step LawDocument RulebookDepartment RulebookTeam UnverifiedEntries "
    # A plan: which one may be had is decided where it is asked for.
    "Plan ProjectEcho PlanTarget PlanDate SkippedDays ConflictTerm RouteChoice RouteStep ProjectTeam PlanItem Channel Reason FactRead "
    "StatutoryLimit PromisedLimit ExcludedTime Duration OpenRoute ClosedRoute ClockRule PreparationStep MaterialNeeded GateHeld ValidityNote "
    "ItemDates NotRequired NotRecorded OpenFact ParameterMissing Milestones MilestoneDates PlanTotals TimeCap JointProcedure Lane Relief "
    "PlanValidity PlanMessage AssumedZero PlanProvenance "
    # Why, what next, and what differs.
    "Explanation FactChange UnknownApproval NamedApproval Questions OpenQuestion Dependent PlanComparison ComparedPlan SettingChange "
    "ValueChange ItemOfOne ItemChange FieldChange BlockerOfOne ComparedMilestone MoveCause MovedDate ComparedFigure ComparedCap "
    # Rulebooks used so far.
    "RulebookVersion RulebookVersionEdge RulebookVersionConnection RulebookDifference RuleFileChange RuleChange"
)
"""Types that hold nothing of a kept project by themselves."""

_RULES_STAFF_S: Mapping[str, frozenset[Role]] = {
    "Rulebook.refused": RULES_STAFF,
    "RulebookRefused.*": RULES_STAFF,
    "RuleProblem.*": RULES_STAFF,
    "RulebookReloaded.*": RULES_STAFF,
    "RulebookBeingChecked.*": RULES_STAFF,
    "RulebookDifference.effects": RULES_STAFF,
    "RulebookEffects.*": RULES_STAFF,
    "ProjectEffect.*": RULES_STAFF,
    "ItemEffectOf.*": RULES_STAFF,
    "MilestoneEffect.*": RULES_STAFF,
    "BlockerEffect.*": RULES_STAFF,
}
"""What is for those who look after the rules: files that were refused, with their places, and what a change does."""

RULES: Mapping[str, frozenset[Role]] = {
    **ROOTS,
    **_KEPT,
    **_RULES_STAFF_S,
    **{f"{name}.*": EVERYONE for name in _ANYBODY_S.split()},
}
"""`Type.field`, or `Type.*` for all fields of a type that have no entry of their own."""


def roles_for(field: str) -> frozenset[Role]:
    """The roles that may select a field (`Type.field`)."""
    found = RULES.get(field)
    if found is None:
        found = RULES.get(f"{field.partition('.')[0]}.*")
    return frozenset() if found is None else found


def refusals(fields: frozenset[str], viewer: Viewer) -> list[GraphQLError]:
    """An error for each field (`Type.field`) that this viewer may not select. Introspection's own fields are not judged here."""
    asked = sorted(field for field in fields if not field.partition(".")[2].startswith("__") and not field.startswith("__"))
    return [forbidden(f"没有权限查询 {field}") for field in asked if not viewer.roles & roles_for(field)]
