"""Projects as they are kept: plain values by fact code, numbers as the text that was sent."""

from __future__ import annotations

import datetime
from decimal import Decimal

from planner import Planner, Project
from planner.assembly.around import team_of
from planner.conditions import NOT_APPLICABLE, Value
from planner.project import ProjectFacts
from planner.rulebook.rulebook import PROJECT_CLASS
from planner.units import show
from planner.vocabulary import YES, Fact
from planner_api.store.records import ProjectDraft

INAPPLICABLE = "不适用"


def draft_of(planner: Planner, project: Project | ProjectFacts, as_of: datetime.date) -> ProjectDraft:
    """A project ready to be kept, with the working group that the law in force on `as_of` gives its class.

    What is unknown is left out. Raises `DiagnosticError` when the facts cannot be read.
    """
    facts = project if isinstance(project, ProjectFacts) else planner.read(project)
    vocabulary = planner.rulebook.vocabulary
    written = {vocabulary.find(str(word)).code: raw for word, raw in facts.project.facts.items()}
    law, conclusions = planner.conclude(facts.values, as_of)
    team = team_of(law, conclusions)
    given = facts.values.get(PROJECT_CLASS)
    return ProjectDraft(
        name=facts.project.name,
        content=facts.project.content,
        district=facts.project.district,
        progress=facts.project.progress,
        facts={code: kept_value(vocabulary.facts[code], value, written[code]) for code, value in facts.values.items()},
        durations={code: str(span) for code, span in facts.durations.items()},
        project_class=given if isinstance(given, str) else None,
        team=team.code if team else None,
    )


def project_of(draft: ProjectDraft) -> Project:
    """The project that a draft describes, to be read again."""
    return Project(
        name=draft.name,
        content=draft.content,
        district=draft.district,
        progress=draft.progress,
        facts=dict(draft.facts),
        durations=dict(draft.durations),
    )


def kept_value(fact: Fact, value: Value, written: object) -> str | bool | list[str]:
    """A fact's value as JSON that reads back as the same. A number keeps its digits and unit as `written`."""
    if value is NOT_APPLICABLE:
        return INAPPLICABLE
    if fact.kind == "number":
        return _number(written)
    if fact.kind == "yes_no":
        return value in (True, YES)
    if isinstance(value, frozenset):
        return [choice.code for choice in fact.choices if choice.code in value]
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _number(written: object) -> str:
    match written:
        case str():
            return written.strip()
        case float():
            return show(Decimal(repr(written)))
        case int() | Decimal():
            return show(written)
    raise TypeError(f"no number: {written!r}")
