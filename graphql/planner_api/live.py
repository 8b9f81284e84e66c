"""The rulebook in use and everything made from it; swapped as one when another takes its place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from planner import Planner
from planner.diagnostics import Diagnostic

if TYPE_CHECKING:
    from planner_api.execution import PlannerSchema
    from planner_api.inputs import ProjectForm

log = logging.getLogger("planner_api")


@dataclass(frozen=True, slots=True)
class InUse:
    """A planner with the schema and the form made from its rulebook. A request keeps the one it began with."""

    planner: Planner
    schema: PlannerSchema
    form: ProjectForm
    since: datetime

    @property
    def digest(self) -> str:
        return self.planner.rulebook.digest


@dataclass(frozen=True, slots=True)
class Refusal:
    """A changed rulebook that was not taken into use, and why."""

    at: datetime
    problems: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Live:
    """The rulebook in use. `refused`: why the newest files are not; None when they are."""

    in_use: InUse
    refused: Refusal | None = None
    listeners: list[Callable[[InUse], None]] = field(default_factory=list)

    def swap(self, new: InUse) -> None:
        """Take another into use: requests that begin from now on see it. A listener that fails holds up nobody."""
        self.in_use = new
        self.refused = None
        for told in self.listeners:
            try:
                told(new)
            except Exception:
                log.exception("a listener failed when the rulebook %s was taken into use", new.digest[:12])

    def refuse(self, problems: tuple[Diagnostic, ...]) -> Refusal:
        """Go on with the rulebook in use, and remember why a newer one is not taken."""
        self.refused = Refusal(datetime.now(UTC), problems)
        return self.refused


def in_use(planner: Planner) -> InUse:
    """Everything made from a planner's rulebook. Raises `DiagnosticError` when it makes no schema."""
    from planner_api.inputs import project_form
    from planner_api.schema import build_schema

    form = project_form(planner)
    return InUse(planner, build_schema(planner, form), form, datetime.now(UTC))
