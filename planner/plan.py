"""The plan: a frozen result that explains itself. `plan.model_dump_json()` is the JSON contract.

Every date is a `PlanDate`: FIRM when the holiday notices it rests on are published, else PROVISIONAL with the earliest and latest it can
turn out to be. Days are counted as their `unit` says and never converted silently.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DayUnit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class Certainty(StrEnum):
    FIRM = "FIRM"
    PROVISIONAL = "PROVISIONAL"


class Status(StrEnum):
    """`required`: the facts settle that it is needed. `depends`: it turns on facts not given; planned for all the same."""

    REQUIRED = "required"
    DEPENDS = "depends"


class RouteTaken(StrEnum):
    STANDARD = "standard"
    DEFICIENCY = "deficiency"
    COMMITMENT = "commitment"
    PRE_REVIEW = "pre_review"


Holds = Literal["true", "false", "unknown"]
MilestoneName = Literal["start_of_works", "completion", "use"]


class LegalBasis(_Frozen):
    """A citation in force on the plan's date. `verified` says whether it was checked against the official text."""

    document: str
    number: str
    article: str
    verified: bool


class SkippedDays(_Frozen):
    """Days that did not count towards a deadline: from `first` to `last`, and why (周末, 国庆节 …)."""

    first: datetime.date
    last: datetime.date
    name: str


class PlanDate(_Frozen):
    """A date with its certainty. For FIRM dates `earliest` and `latest` equal `date`."""

    date: datetime.date
    certainty: Certainty
    earliest: datetime.date
    latest: datetime.date
    skipped: tuple[SkippedDays, ...] = ()


class FactRead(_Frozen):
    """A value that a rule read: the fact, its value, the test put to it and the answer."""

    fact: str
    name: str
    value: str
    test: str
    holds: Holds


class Reason(_Frozen):
    """Why something is in the plan or not: the rule, whether it holds, the values it read, the law."""

    rule: str
    text: str
    holds: Holds
    facts: tuple[FactRead, ...] = ()
    basis: tuple[LegalBasis, ...] = ()
    verified: bool = False
    file: str = ""
    line: int = 0


class StatutoryLimit(_Frozen):
    """The limit the law sets. `starts` is what starts the clock: acceptance, or receipt of the application."""

    days: int
    unit: DayUnit
    starts: Literal["acceptance", "receipt"]
    extension_days: int | None
    extension_unit: DayUnit | None
    verified: bool
    basis: tuple[LegalBasis, ...]
    note: str


class PromisedLimit(_Frozen):
    """The limit the city publishes; never longer than the statutory one."""

    days: int
    unit: DayUnit
    verified: bool
    basis: tuple[LegalBasis, ...]


class ExcludedTime(_Frozen):
    """Time of a special procedure that does not count. `days` is its cap, None when the law sets none.

    `counted` says whether the schedule adds it (the procedure always takes place) or only mentions it.
    """

    procedure: str
    days: int | None
    unit: DayUnit | None
    counted: bool


class MaterialNeeded(_Frozen):
    """A paper. `comes_from` is the approval whose result it is; `shared` papers need not be handed in; `later` may follow.

    `by_promise`: a written commitment stands in for it.
    """

    name: str
    issuer: str
    comes_from: str | None
    shared: bool
    secondary: bool
    later: bool
    by_promise: bool
    status: Status
    basis: tuple[LegalBasis, ...]


class GateHeld(_Frozen):
    """A gate at this item. ACCEPT, DECIDE: `code` is what must come first. START, COMPLETE, USE: `code` is the milestone it holds."""

    code: str
    name: str
    gate: Literal["ACCEPT", "DECIDE", "START", "COMPLETE", "USE"]
    status: Status
    basis: tuple[LegalBasis, ...]
    verified: bool


class PreparationStep(_Frozen):
    """Work before submission that is not an office's. `days` is None when the project gives none: the plan then takes zero."""

    code: str
    name: str
    by: str
    days: int | None
    unit: DayUnit | None


class ValidityNote(_Frozen):
    """How long a result holds. `lapses`: the last day on which it holds if it is decided on the promised day; None when the law gives no
    number. `reach`: the milestone that must be reached by then.
    """

    term: str
    lapses: PlanDate | None
    reach: MilestoneName | None
    status: Status
    basis: tuple[LegalBasis, ...]
    verified: bool


class OpenRoute(_Frozen):
    """An easier route that law opens for this item here."""

    route: RouteTaken
    status: Status
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str


class Channel(_Frozen):
    """How the applicant hands in and gets the result; None is not known. `visits`: how often somebody has to come in person."""

    counter: str | None
    online: bool | None
    post: bool | None
    visits: int | None
    verified: bool
    basis: tuple[LegalBasis, ...]


class ItemDates(_Frozen):
    """When an item runs.

    `submit_from`: first day it can be handed in. `accept`: day of acceptance (the clock's day 0). `decide_promised`,
    `decide_statutory`: last day of the promised and of the statutory limit, both counted from that acceptance. `supplement_by`: last day for papers that may follow.
    `verify_by`: last day for checking a commitment. `latest_submit`: last day to hand in without delaying what it holds back.
    """

    submit_from: PlanDate
    accept: PlanDate
    decide_promised: PlanDate
    decide_statutory: PlanDate
    supplement_by: PlanDate | None
    verify_by: PlanDate | None
    latest_submit: PlanDate


class Item(_Frozen):
    """One approval of the plan."""

    code: str
    name: str
    kind: str
    stage: str
    function: str
    department: str
    department_verified: bool
    channel: Channel
    status: Status
    depends_on: tuple[str, ...]
    because: tuple[Reason, ...]
    statutory: StatutoryLimit | None
    promised: PromisedLimit | None
    excluded: tuple[ExcludedTime, ...]
    route: RouteTaken
    routes: tuple[OpenRoute, ...]
    preparation: tuple[PreparationStep, ...]
    materials: tuple[MaterialNeeded, ...]
    gates: tuple[GateHeld, ...]
    conditions: tuple[str, ...]
    basis: tuple[LegalBasis, ...]
    result: str
    validity: tuple[ValidityNote, ...]
    dates: ItemDates
    slack: int
    critical: bool
    verified: bool
    note: str


class NotRequired(_Frozen):
    """An approval that this project does not need, and the condition that failed."""

    code: str
    name: str
    because: tuple[Reason, ...]


class NotRecorded(_Frozen):
    """An approval of which the rulebook says nothing for the plan's date: its rules begin on `since`. Not the same as not required."""

    code: str
    name: str
    since: datetime.date


class OpenFact(_Frozen):
    """A fact that was not given and that something turns on: the question to ask, and what hangs on the answer.

    `items`: codes of approvals (whether they are needed, or which of their limits, papers, gates and routes apply) and of blockers that
    may hold.
    """

    code: str
    name: str
    question: str
    items: tuple[str, ...]


class ParameterMissing(_Frozen):
    """A parameter the law leaves to be looked up (a limit, a share, a rate) for which the rulebook has no value on the plan's date.

    No fact of the project can settle it. `items`: codes of approvals and blockers that turn on it or are said to use it. `note` says
    where it was looked for.
    """

    code: str
    name: str
    unit: str
    note: str
    items: tuple[str, ...]
    basis: tuple[LegalBasis, ...]


class Milestone(_Frozen):
    promised: PlanDate
    statutory: PlanDate


class Milestones(_Frozen):
    """开工, 竣工验收 and 投入使用: the earliest day of each if every office takes its full promised, or full statutory, limit."""

    start_of_works: Milestone
    completion: Milestone
    use: Milestone


class Target(_Frozen):
    """A wished date: whether it can be met, the earliest that can, and a minimal set of items whose limits together forbid it."""

    milestone: MilestoneName
    date: datetime.date
    feasible: bool
    earliest: PlanDate
    conflict: tuple[str, ...]


class Totals(_Frozen):
    """Offices' time in working days (construction itself not counted), in parallel and one after another, and the burden in counts.

    `visits`: how often the applicant has to come in person, over the items of which it is known; `visits_unknown`: the other items.
    """

    working_days_promised: int
    working_days_statutory: int
    working_days_serial: int
    approvals: int
    departments: int
    materials: int
    shared_materials: int
    visits: int
    visits_unknown: int


class Message(_Frozen):
    """A blocker or warning. `status` "depends": it applies if the facts it turns on prove so."""

    code: str
    text: str
    status: Status
    depends_on: tuple[str, ...] = ()
    basis: tuple[LegalBasis, ...] = ()


class AssumedZero(_Frozen):
    """A duration nobody gave and no law sets, taken as zero. `code` is a step's, or the item's own, or "" for a special procedure."""

    code: str
    name: str
    item: str
    reason: str


class ProjectTeam(_Frozen):
    """The working group that looks after projects of this class, and the offices it is made of."""

    code: str
    name: str
    offices: tuple[str, ...]
    verified: bool
    basis: tuple[LegalBasis, ...]


class ProjectEcho(_Frozen):
    """The project as it was understood: canonical values by fact code, in Chinese."""

    name: str
    content: str
    district: str
    progress: str
    facts: dict[str, str]
    durations: dict[str, str]


class Provenance(_Frozen):
    """What the plan was made from. Equal provenance, `start` and `target` mean equal bytes."""

    facts: str
    rulebook: str
    rulebook_name: str
    calendar: str
    versions: dict[str, str]
    as_of: datetime.date


class Plan(_Frozen):
    """A dated, reasoned plan."""

    project: ProjectEcho
    as_of: datetime.date
    start: datetime.date
    target: Target | None
    team: ProjectTeam | None
    items: tuple[Item, ...]
    not_required: tuple[NotRequired, ...]
    not_recorded: tuple[NotRecorded, ...]
    open_facts: tuple[OpenFact, ...]
    parameters_missing: tuple[ParameterMissing, ...]
    milestones: Milestones
    critical_path: tuple[str, ...]
    totals: Totals
    blockers: tuple[Message, ...]
    warnings: tuple[Message, ...]
    assumed_zero: tuple[AssumedZero, ...]
    provenance: Provenance

    def item(self, code: str) -> Item:
        """The item with this code. Raises KeyError when the approval is not in the plan."""
        for one in self.items:
            if one.code == code:
                return one
        raise KeyError(code)
