"""The rulebook in memory: everything the layers say, for all dates; `at(date)` gives what is in force on one."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Any

from planner.rulebook.compile import InForce, compile_for, in_force
from planner.rulebook.compiled import Source
from planner.rulebook.general import LoadedGeneral
from planner.rulebook.grammar import Expression
from planner.rulebook.lists import grounded_parts
from planner.rulebook.models import Approval, Department, Document, Notice, Overlay, Parameter, Team
from planner.rulebook.tables import LoadedTable
from planner.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class LoadedOverlay:
    """What one layer above changes about an approval."""

    layer: str
    model: Overlay
    conditions: Mapping[str, Expression]
    source: Source


@dataclass(frozen=True, slots=True)
class LoadedApproval:
    """An approval as its own layer writes it, and what higher layers adjust.

    `conditions` holds every 当 of the file, read, by its place (`适用/0`, `材料/3`, …).
    """

    layer: str
    model: Approval
    conditions: Mapping[str, Expression]
    source: Source
    lines: Mapping[str, int]
    overlays: tuple[LoadedOverlay, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedNotice:
    model: Notice
    when: Expression
    source: Source


@dataclass(frozen=True, slots=True)
class ParameterVersion:
    """What one layer says of a parameter for some dates. `value` is complete with its unit (`400 万元`), None when not found."""

    layer: str
    model: Parameter
    value: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class LoadedParameter:
    """A parameter and its versions, those of the lowest layer first."""

    code: str
    name: str
    unit: str
    uses: tuple[str, ...]
    versions: tuple[ParameterVersion, ...]

    def on(self, as_of: date) -> ParameterVersion | None:
        """The version in force on a date: of the highest layer that speaks for it. None when no layer does."""
        return next((v for v in reversed(self.versions) if in_force(v.model, as_of)), None)


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder of the rulebook. `files` maps each file's relative name to the digest of its bytes."""

    name: str
    title: str
    jurisdiction: str
    missing: tuple[str, ...]
    files: Mapping[str, str]


BAD_CREDIT = "credit_bad"
"""The fact that says an applicant has broken promises before: no paper may follow later for one who has, or does not say."""

REGIONAL_ASSESSMENTS = "regional_assessments"
"""The fact that lists the regional assessments (区域评估) finished where the project lies."""

PROJECT_CLASS = "class"
"""The fact that says which of the city's lists a project is on."""


@dataclass(frozen=True, slots=True)
class LoadedTeam:
    """A working group, with the codes of the project classes it is there for."""

    layer: str
    model: Team
    classes: frozenset[str]


@dataclass(frozen=True)
class Rulebook:
    """A loaded, checked rulebook. Immutable; safe to share between threads.

    `departments` by function, `teams` by code: each with its versions, whose dates do not overlap. Teams stand in the order of layers,
    as do the general rules of routes, lanes, joint handling and clocks (`general`).
    """

    layers: tuple[Layer, ...]
    vocabulary: Vocabulary
    laws: Mapping[str, Document]
    departments: Mapping[str, tuple[Department, ...]]
    approvals: Mapping[str, LoadedApproval]
    tables: Mapping[str, LoadedTable]
    notices: tuple[LoadedNotice, ...]
    parameters: Mapping[str, LoadedParameter] = field(default_factory=dict)
    teams: Mapping[str, tuple[LoadedTeam, ...]] = field(default_factory=dict)
    general: tuple[LoadedGeneral[Any], ...] = ()
    _epochs: dict[int, InForce] = field(default_factory=dict, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def title(self) -> str:
        return self.layers[-1].title

    @cached_property
    def digest(self) -> str:
        """sha256 over all files of all layers: names and bytes, independent of where they lie."""
        hashed = hashlib.sha256()
        for layer in self.layers:
            for name, digest in sorted(layer.files.items()):
                hashed.update(f"{layer.name}/{name}\0{digest}\n".encode())
        return hashed.hexdigest()

    def conditions(self) -> Iterator[Expression]:
        """Every condition of every rule, table row and notice, of all layers and dates."""
        for loaded in self.approvals.values():
            yield from loaded.conditions.values()
            for overlay in loaded.overlays:
                yield from overlay.conditions.values()
        for table in self.tables.values():
            yield from (row.when for row in table.rows)
        yield from (notice.when for notice in self.notices)
        for one in self.general:
            yield from one.conditions.values()

    @cached_property
    def changes(self) -> tuple[date, ...]:
        """Every date on which something in the rulebook begins or ends, in order."""
        return _change_dates(self)

    def at(self, as_of: date) -> InForce:
        """What is in force on `as_of`. Compiled once per period between two changes, then remembered."""
        epoch = bisect_right(self.changes, as_of)
        with self._lock:
            found = self._epochs.get(epoch)
            if found is None:
                first = self.changes[epoch - 1] if epoch else date.min
                found = self._epochs[epoch] = compile_for(self, as_of, first)
            return found


def _change_dates(book: Rulebook) -> tuple[date, ...]:
    days: set[date | None] = set()

    def collect(*dated: object) -> None:
        for one in dated:
            days.add(getattr(one, "effective", None))
            days.add(getattr(one, "until", None))

    collect(*book.laws.values(), *(n.model for n in book.notices))
    collect(*(d for versions in book.departments.values() for d in versions))
    collect(*(t.model for versions in book.teams.values() for t in versions))
    collect(*(v.model for parameter in book.parameters.values() for v in parameter.versions))
    collect(*(g.model for g in book.general), *(part for g in book.general for _, _, part in g.nested()))
    for table in book.tables.values():
        collect(table.model, *table.rows)
    for loaded in book.approvals.values():
        for model in (loaded.model, *(overlay.model for overlay in loaded.overlays)):
            collect(*(part.item for part in grounded_parts(model)))
    return tuple(sorted(d for d in days if d is not None))
