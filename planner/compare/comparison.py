"""Two plans side by side, as a frozen value: what differs, and why each date moved. `left` and `right` have no order of their own.

Values are Chinese text as a reader sees them; "" is "there is none" (a fact not given, an item without a promise). Working days are
positive where the right plan comes later.
"""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from planner.plan import Milestones, PlanDate, RouteChoice, RoutePolicy, Status, Target, Totals


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


SettingName = Literal[
    "name", "content", "district", "progress", "as_of", "start", "target", "routes", "rulebook", "calendar", "version"
]
ItemField = Literal[
    "status",
    "department",
    "promised",
    "statutory",
    "special_procedure",
    "route",
    "routes",
    "gate",
    "paper",
    "preparation",
    "validity",
    "channel",
]
DateName = Literal["accept", "decide_promised", "decide_statutory", "latest_submit", "supplement_by", "verify_by"]
ScheduleName = Literal["promised", "statutory"]
MilestoneOfPlan = Literal["start_of_works", "completion", "use"]
SideName = Literal["left", "right"]
CauseKind = Literal[
    "start",
    "target",
    "calendar",
    "version",
    "item",
    "limit",
    "special_procedure",
    "preparation",
    "construction",
    "gate",
    "route",
    "cycle",
    "unexplained",
]
FigureName = Literal[
    "steps",
    "approvals",
    "departments",
    "materials",
    "shared_materials",
    "reused_materials",
    "materials_to_submit",
    "visits",
    "visits_unknown",
    "working_days_promised",
    "working_days_statutory",
    "working_days_serial",
    "promises",
    "later_papers",
    "open_facts",
]


class ComparedPlan(_Frozen):
    """One of the two plans: what it was made from and what it comes to."""

    name: str
    as_of: datetime.date
    start: datetime.date
    routes: RoutePolicy
    target: Target | None
    choice: RouteChoice
    rulebook: str
    rulebook_name: str
    calendar: str
    facts: str
    milestones: Milestones
    totals: Totals


class SettingChange(_Frozen):
    """Something both plans rest on that is not the same. `subject`: which version (setting `version`)."""

    setting: SettingName
    subject: str
    left: str
    right: str


class ValueChange(_Frozen):
    """A fact or a duration that the two projects do not share. `code`: the fact's, or the step's (`construction`: the works)."""

    code: str
    name: str
    left: str
    right: str


class ItemOfOne(_Frozen):
    """An approval that only one plan has. `because`: why it is needed there. `why_not`: why the other plan has none."""

    code: str
    name: str
    stage: str
    department: str
    status: Status
    because: tuple[str, ...]
    why_not: tuple[str, ...]


class FieldChange(_Frozen):
    """One thing about an approval that is not the same. `subject`: the code or name of the gate, paper, step or route it is about."""

    field: ItemField
    subject: str
    name: str
    left: str
    right: str


class ItemChange(_Frozen):
    """An approval that both plans have and handle differently (its dates apart)."""

    code: str
    name: str
    changes: tuple[FieldChange, ...]


class Cause(_Frozen):
    """Why a date moved: the first difference met when the date is followed back through what sets it.

    `code`: the approval it lies in (`construction`: the works); "" where it lies in the plan as a whole. `field`, `subject`: which of that
    approval's changes it is. `text`: the same in words, from left to right.
    """

    kind: CauseKind
    code: str
    name: str
    field: ItemField | None
    subject: str
    text: str


class MovedDate(_Frozen):
    """A date of an approval that both plans have. None where a plan has no such date; `working_days` is then None too."""

    code: str
    name: str
    which: DateName
    left: PlanDate | None
    right: PlanDate | None
    working_days: int | None
    cause: Cause


class MilestoneDates(_Frozen):
    """A milestone in both plans, on the promised or the statutory schedule. `cause`: None where it did not move."""

    milestone: MilestoneOfPlan
    schedule: ScheduleName
    left: PlanDate
    right: PlanDate
    working_days: int
    cause: Cause | None


class Figure(_Frozen):
    """A count of both plans."""

    figure: FigureName
    left: int
    right: int


class CapOfBoth(_Frozen):
    """A cap on the time to a milestone, in working days. None where it does not bind that plan."""

    code: str
    name: str
    days_left: int | None
    days_right: int | None
    working_days_left: int | None
    working_days_right: int | None
    over_left: bool
    over_right: bool


class BlockerOfOne(_Frozen):
    """A blocker that only one plan has."""

    side: SideName
    text: str


class PlanComparison(_Frozen):
    """What differs between two plans. Figures, caps and milestones are there even where they agree."""

    left: ComparedPlan
    right: ComparedPlan
    settings: tuple[SettingChange, ...]
    facts: tuple[ValueChange, ...]
    durations: tuple[ValueChange, ...]
    only_left: tuple[ItemOfOne, ...]
    only_right: tuple[ItemOfOne, ...]
    changed: tuple[ItemChange, ...]
    blockers: tuple[BlockerOfOne, ...]
    milestones: tuple[MilestoneDates, ...]
    moved: tuple[MovedDate, ...]
    figures: tuple[Figure, ...]
    caps: tuple[CapOfBoth, ...]

    @property
    def empty(self) -> bool:
        """Whether the two plans are the same in everything compared."""
        lists = (
            self.settings,
            self.facts,
            self.durations,
            self.only_left,
            self.only_right,
            self.changed,
            self.blockers,
            self.moved,
        )
        same_caps = all((c.days_left, c.working_days_left) == (c.days_right, c.working_days_right) for c in self.caps)
        same_figures = all(f.left == f.right for f in self.figures)
        return not any(lists) and same_caps and same_figures and all(m.cause is None for m in self.milestones)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause once, the one that moved the most dates first."""
        found: dict[Cause, int] = {}
        for cause in (*(m.cause for m in self.milestones), *(m.cause for m in self.moved)):
            if cause is not None:
                found[cause] = found.get(cause, 0) + 1
        return tuple(sorted(found, key=lambda cause: -found[cause]))
