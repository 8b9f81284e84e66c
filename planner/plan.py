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
    STAGED = "staged"


class RoutePolicy(StrEnum):
    """Which of the open routes a plan takes. `standard`: none that is the applicant's choice. `fastest`: all.

    `fewest_promises`: as few promises and later papers as reach the date that all of them together reach (or the target's).
    """

    STANDARD = "standard"
    FASTEST = "fastest"
    FEWEST_PROMISES = "fewest_promises"


Holds = Literal["true", "false", "unknown"]
MilestoneName = Literal["start_of_works", "completion", "use"]
PlanPart = Literal["preparation", "handling", "construction"]
ClockKind = Literal["correction", "handling", "minimum_wait", "extension", "special_procedure", "delivery"]
ClockStart = Literal["receipt", "acceptance", "decision", "end_of_limit"]
LimitNature = Literal["handling", "minimum_wait"]


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
    """The limit the law sets. `starts` is what starts the clock: acceptance, or receipt of the application.

    `nature`: `handling`, the most an office may take; `minimum_wait`, the least that must pass (a notice before demolition).
    `extension_times`: how often the limit may be extended by `extension_days`.
    """

    days: int
    unit: DayUnit
    nature: LimitNature
    starts: Literal["acceptance", "receipt"]
    extension_days: int | None
    extension_unit: DayUnit | None
    extension_times: int
    verified: bool
    basis: tuple[LegalBasis, ...]
    note: str


class Duration(_Frozen):
    """A time, in the unit it is counted in."""

    days: int
    unit: DayUnit


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
    """An easier route that law opens, or may open, for this item here: what it asks, what it gains, what it leaves to be done.

    `key` names it in the plan. `optional`: the applicant's choice; else the law knows no other way. `papers`: those a promise stands in
    for, or that may follow. `ahead_of`: codes of approvals it need not wait for. `decided_within`: the time for a decision on a promise, where
    the route has its own. `days_gained`: working days by which the milestone of
    `Plan.choice` would come later without it (taken), or earlier with it (not taken); None where that is not the applicant's choice.
    `due`: the day by which what it leaves open must be done, where the plan takes it.
    """

    key: str
    route: RouteTaken
    name: str
    optional: bool
    taken: bool
    status: Status
    papers: tuple[str, ...]
    ahead_of: tuple[str, ...]
    promises: tuple[str, ...]
    own_papers: tuple[str, ...]
    consequences: tuple[str, ...]
    decided_within: Duration | None
    days_gained: int | None
    duty: str
    due: PlanDate | None
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str


class ClosedRoute(_Frozen):
    """A route that is known but not open for this item, and why: its condition failed, or an exclusion holds."""

    route: RouteTaken
    name: str
    because: tuple[Reason, ...]


class ClockRule(_Frozen):
    """One thing the law says of an item's clock: how long, from what, how often at most, and the last day if it runs as planned.

    `days` is None where the law sets no cap. `counted`: the schedule adds it. `effect`: what follows when the day passes.
    """

    kind: ClockKind
    name: str
    days: int | None
    unit: DayUnit | None
    starts: ClockStart
    times: int
    counted: bool
    by: PlanDate | None
    effect: str
    basis: tuple[LegalBasis, ...]
    verified: bool


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
    `accept_after`, `decide_after`: the code of the approval or milestone that sets the day; "" when that is the plan's start, or the item's
    own preparation or limit.
    """

    submit_from: PlanDate
    accept: PlanDate
    decide_promised: PlanDate
    decide_statutory: PlanDate
    supplement_by: PlanDate | None
    verify_by: PlanDate | None
    latest_submit: PlanDate
    accept_after: str
    decide_after: str


class Item(_Frozen):
    """One approval of the plan.

    `handling`, `handling_statutory`: the times from acceptance to decision that the two schedules count, one after the other; none where no
    limit is known.
    """

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
    handling: tuple[Duration, ...]
    handling_statutory: tuple[Duration, ...]
    route: RouteTaken
    routes: tuple[OpenRoute, ...]
    closed_routes: tuple[ClosedRoute, ...]
    clock: tuple[ClockRule, ...]
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

    No fact of the project can settle it. `items`: codes of approvals, blockers and fast lanes that turn on it or are said to use it. `note` says
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


class ConflictTerm(_Frozen):
    """A duration that forbids a target together with the others of its set, and the law that makes it.

    `code`: the item's, or `construction`. `length` in words ("20 工作日＋30 日"). `basis`: of the limit; empty where the project gave the
    duration itself.
    """

    code: str
    name: str
    part: PlanPart
    length: str
    basis: tuple[LegalBasis, ...]
    verified: bool


class Target(_Frozen):
    """A wished date: whether it can be met, the earliest that can, and a minimal set of durations that together forbid it.

    `certain`: no coming holiday notice can turn the answer. `earliest_with_routes`: the earliest with every open route taken.
    """

    milestone: MilestoneName
    date: datetime.date
    feasible: bool
    certain: bool
    earliest: PlanDate
    earliest_with_routes: PlanDate
    conflict: tuple[ConflictTerm, ...]


class RouteStep(_Frozen):
    """The fewest promises and later papers that reach a day: one step of a ladder, each earlier than the one before.

    `days_gained`: working days earlier than with no optional route. `taken`: the keys of the routes.
    """

    reached: datetime.date
    days_gained: int
    promises: int
    later_papers: int
    taken: tuple[str, ...]


class RouteChoice(_Frozen):
    """Which routes the plan takes, and what they gain for `milestone`.

    `standard`, `reached`, `fastest`: its day with no optional route, in this plan, and with every open route. `days_gained`,
    `days_possible`: working days from `standard` to `reached` and to `fastest`. `promises`, `later_papers`: how many of each this plan
    takes. `taken`: the keys of the optional routes it takes. `ladder`: what each further promise gains, worked out with `fewest_promises` only.
    """

    policy: RoutePolicy
    milestone: MilestoneName
    standard: PlanDate
    reached: PlanDate
    fastest: PlanDate
    days_gained: int
    days_possible: int
    promises: int
    later_papers: int
    taken: tuple[str, ...]
    ladder: tuple[RouteStep, ...]


class Lane(_Frozen):
    """A fast lane for a kind of project (带方案出让, 小型低风险 …): whether the rulebook opens it here, whether the project fits.

    `holds`: whether the project fits its definition. `open`: a rule opens it here; a lane that is not open changes nothing in the plan.
    """

    code: str
    name: str
    open: bool
    holds: Holds
    because: tuple[Reason, ...]
    effects: tuple[str, ...]
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str


class JointProcedure(_Frozen):
    """Items handled as one, with one lead (联合审图, 联合验收): the window in which its members run on the promised schedule.

    `working_days`: from `begins` to `ends`. `days`, `unit`: the limit of the whole, None when none is known; `over`: the window exceeds it.
    """

    code: str
    name: str
    lead: str
    lead_verified: bool
    members: tuple[str, ...]
    begins: PlanDate
    ends: PlanDate
    working_days: int
    days: int | None
    unit: DayUnit | None
    over: bool
    status: Status
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str


class Relief(_Frozen):
    """What a finished regional assessment changes for this project: items it removes, items it changes. Codes."""

    code: str
    name: str
    removes: tuple[str, ...]
    changes: tuple[str, ...]


class TimeCap(_Frozen):
    """The most working days that a policy allows from the plan's start to a milestone (`end`: to the plan's last day), beside the plan's own.

    `working_days`: offices' time on the promised schedule, construction not counted.
    """

    code: str
    name: str
    milestone: Literal["start_of_works", "completion", "use", "end"]
    days: int
    working_days: int
    over: bool
    status: Status
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str


class PlanValidity(_Frozen):
    """How long the plan may be relied on: until the day before `until`, on which a rule it may rest on changes. None: no change is known."""

    until: datetime.date | None
    because: str


class Totals(_Frozen):
    """Offices' time in working days (construction itself not counted), in parallel and one after another, and the burden in counts.

    `steps`: how often the applicant applies somewhere: items, those handled jointly counted once, own duties left out. `materials`: papers
    of all items; `shared_materials`: those the offices fetch; `reused_materials`: those handed in with an earlier item already;
    `materials_to_submit`: what remains. `visits`: how often the applicant has to come in person, over the items of which it is known;
    `visits_unknown`: the other items.
    """

    working_days_promised: int
    working_days_statutory: int
    working_days_serial: int
    approvals: int
    steps: int
    departments: int
    materials: int
    shared_materials: int
    reused_materials: int
    materials_to_submit: int
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
    """What the plan was made from. Equal provenance, `start`, `target` and `routes` mean equal bytes."""

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
    routes: RoutePolicy
    choice: RouteChoice
    team: ProjectTeam | None
    items: tuple[Item, ...]
    not_required: tuple[NotRequired, ...]
    not_recorded: tuple[NotRecorded, ...]
    open_facts: tuple[OpenFact, ...]
    parameters_missing: tuple[ParameterMissing, ...]
    milestones: Milestones
    critical_path: tuple[str, ...]
    totals: Totals
    caps: tuple[TimeCap, ...]
    joint: tuple[JointProcedure, ...]
    lanes: tuple[Lane, ...]
    relief: tuple[Relief, ...]
    valid: PlanValidity
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
