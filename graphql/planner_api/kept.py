"""The types of what is kept, made for one rulebook: projects hold its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner import Planner
from planner_api.deadlines import deadline_type
from planner_api.family import Family
from planner_api.inputs import ProjectForm
from planner_api.mutations import result_types
from planner_api.project_facts import facts_type
from planner_api.projects import project_type
from planner_api.saved_plan import plan_type


def kept_types(form: ProjectForm, planner: Planner) -> Mapping[str, Any]:
    """Every type of the family by its GraphQL name."""
    family = Family()
    facts_type(family, form, planner.rulebook.vocabulary.facts)
    deadline_type(family)
    plan_type(family)
    project_type(family, form)
    result_types(family)
    return family.types
