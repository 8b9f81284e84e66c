"""What each type and field of a plan means, for those who query it.

Keyed by the names of `planner.plan`. A test holds this table equal to the models: nothing missing, nothing left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Description(NamedTuple):
    """A type's meaning and that of each of its fields."""

    text: str
    fields: Mapping[str, str]


_BASIS = "The law it rests on."
_VERIFIED = "Whether this was checked against the official text (已核). False means 待核: show it so."
_STATUS = "REQUIRED when the facts settle it; DEPENDS when it turns on facts not given."

MODELS: Mapping[str, Description] = {
    "Plan": Description(
        "A dated, reasoned plan: every approval the project needs, from whom, with which papers, under which law, by which date.",
        {
            "project": "The project as it was understood.",
            "as_of": "The day whose law the plan is made for.",
            "start": "The day the applicant begins.",
            "routes": "Which of the open routes the plan takes.",
            "choice": "What the routes taken gain, and what more could be gained.",
            "target": "The wished milestone date and whether it can be met; null when none was asked for.",
            "team": "The working group that looks after projects of this class (工作专班); null when the class is not given or has none.",
            "items": "The approvals of the plan, in order of stage. An approval that still depends on facts not given is among them.",
            "not_required": "Approvals this project does not need, each with the condition that failed.",
            "not_recorded": "Approvals of which the rulebook says nothing for this day, because its rules on them begin later. Not the same "
            "as not required: show them apart.",
            "open_facts": "Facts not given that something turns on, the most decisive first: the questions to ask next.",
            "parameters_missing": "Parameters the rulebook has no value for and that matter to this plan: no fact of the project settles "
            "what turns on them.",
            "milestones": "开工, 竣工验收 and 投入使用.",
            "critical_path": "The chain of moments that sets the last date, first to last: `code.moment`, e.g. `filing.decide`.",
            "totals": "Time and burden in numbers.",
            "caps": "The most time that policies allow, beside the plan's own.",
            "joint": "Items handled as one under one lead (联合审图, 联合验收).",
            "lanes": "Fast lanes known for such projects, open here or not.",
            "relief": "What finished regional assessments (区域评估) change for this project.",
            "valid": "How long the plan may be relied on.",
            "blockers": "What forbids the project as described (阻断).",
            "warnings": "What its reader must know: doubts, assumptions, what is not verified.",
            "assumed_zero": "Durations nobody gave and no law sets; the plan took zero for each.",
            "provenance": "What the plan was made from. Equal provenance means an equal plan.",
        },
    ),
    "ProjectEcho": Description(
        "The project as it was understood: canonical values, in Chinese.",
        {
            "name": "名称.",
            "content": "建设内容; empty when not given.",
            "district": "县区; empty when not given.",
            "progress": "形象进度; empty when not given.",
            "facts": "The facts given, by code. A fact that is missing here was taken as unknown, not as zero or no.",
            "durations": "The durations given for steps that are not an office's.",
        },
    ),
    "Target": Description(
        "A wished date for a milestone.",
        {
            "milestone": "Which milestone.",
            "date": "The wished date.",
            "feasible": "Whether it can be met when every office takes its full promised limit.",
            "certain": "Whether no coming holiday notice can turn the answer.",
            "earliest": "The earliest day that can be met.",
            "earliest_with_routes": "The earliest with every open route taken.",
            "conflict": "A minimal set of durations that together forbid the date. Empty when feasible, or when the start itself is too late.",
        },
    ),
    "ConflictTerm": Description(
        "A duration that, with the others of its set, forbids the target.",
        {
            "code": "The approval's code, or `construction`.",
            "name": "名称.",
            "part": "Which of its durations.",
            "length": "How long, in Chinese.",
            "basis": "The law that sets it; empty where the project gave it.",
            "verified": _VERIFIED,
        },
    ),
    "RouteChoice": Description(
        "Which easier routes the plan takes, and what they gain.",
        {
            "policy": "How routes were chosen.",
            "milestone": "The milestone the gain is measured on.",
            "standard": "Its day with no optional route.",
            "reached": "Its day in this plan.",
            "fastest": "Its day with every open route taken.",
            "days_gained": "Working days gained by the routes taken.",
            "days_possible": "Working days that all open routes together gain.",
            "promises": "How many promises (告知承诺) the plan takes that are the applicant's choice.",
            "later_papers": "How many papers follow after acceptance (容缺).",
            "taken": "Keys of the optional routes taken; see `PlanItem.routes`.",
            "ladder": "What each further promise gains, the cheapest step first; worked out with FEWEST_PROMISES only.",
        },
    ),
    "RouteStep": Description(
        "The fewest promises and later papers that reach a day: one step of a ladder.",
        {
            "reached": "The day of the milestone.",
            "days_gained": "Working days earlier than with no optional route.",
            "promises": "How many promises that takes.",
            "later_papers": "How many papers follow after acceptance.",
            "taken": "Keys of the routes.",
        },
    ),
    "Lane": Description(
        "A fast lane for a kind of project (带方案出让, 小型低风险 …).",
        {
            "code": "The lane's code; stable.",
            "name": "名称.",
            "open": "Whether a rule opens it here. A lane that is not open changes nothing in the plan.",
            "holds": "Whether the project fits its definition.",
            "because": "Why it does or does not.",
            "effects": "What it makes easier, in Chinese.",
            "basis": _BASIS,
            "verified": _VERIFIED,
            "note": "A remark; empty when there is none.",
        },
    ),
    "JointProcedure": Description(
        "Items handled as one, with one lead.",
        {
            "code": "Its code; stable.",
            "name": "名称.",
            "lead": "The bureau that leads.",
            "lead_verified": "Whether the lead was checked against the official text.",
            "members": "Codes of the plan's items that it joins.",
            "begins": "When the first member is accepted.",
            "ends": "When the last member is decided.",
            "working_days": "Working days between the two.",
            "days": "The limit of the whole; null when none is known.",
            "unit": "Which days; null when no limit is known.",
            "over": "Whether the members together exceed that limit.",
            "status": _STATUS,
            "basis": _BASIS,
            "verified": _VERIFIED,
            "note": "A remark; empty when there is none.",
        },
    ),
    "Relief": Description(
        "What a finished regional assessment changes for this project.",
        {
            "code": "The assessment's code in the fact 已完成区域评估.",
            "name": "名称.",
            "removes": "Codes of approvals that it makes unnecessary.",
            "changes": "Codes of approvals that it makes easier.",
        },
    ),
    "TimeCap": Description(
        "The most working days a policy allows, beside the plan's own.",
        {
            "code": "Its code; stable.",
            "name": "名称.",
            "milestone": "From the plan's start to where.",
            "days": "The cap in working days.",
            "working_days": "The plan's own, on promised limits, construction not counted.",
            "over": "Whether the plan exceeds it.",
            "status": _STATUS,
            "basis": _BASIS,
            "verified": _VERIFIED,
            "note": "A remark; empty when there is none.",
        },
    ),
    "PlanValidity": Description(
        "How long the plan may be relied on.",
        {
            "until": "The first day on which a rule changes; null when no change is known.",
            "because": "What ends it, in Chinese.",
        },
    ),
    "ClosedRoute": Description(
        "A route that is known but not open for the item.",
        {"route": "Which way.", "name": "名称.", "because": "Why it is closed."},
    ),
    "ClockRule": Description(
        "One thing the law says of an item's clock.",
        {
            "kind": "What it is.",
            "name": "名称.",
            "days": "How many days; null when the law sets no cap.",
            "unit": "Which days; null when there is no cap.",
            "starts": "What it runs from.",
            "times": "How often at most; 0 when the law does not say.",
            "counted": "Whether the schedule adds it.",
            "by": "The last day if it runs as planned; null when it cannot be known.",
            "effect": "What follows when the day passes, in Chinese; empty when the law says nothing.",
            "basis": _BASIS,
            "verified": _VERIFIED,
        },
    ),
    "Item": Description(
        "One approval of the plan (审批事项).",
        {
            "code": "The approval's code; stable.",
            "name": "名称.",
            "kind": "What sort of approval it is (种类), in Chinese.",
            "stage": "The stage (阶段), in Chinese.",
            "function": "The office function that handles it (职能).",
            "department": "The bureau that handles it here (办理部门).",
            "department_verified": "Whether the bureau was checked against an official text.",
            "channel": "How to hand in and get the result.",
            "status": _STATUS,
            "depends_on": "Codes of the facts not given that it turns on; empty when REQUIRED, or when only a parameter the rulebook lacks "
            "(`Plan.parametersMissing`) keeps it open.",
            "because": "Why it is in the plan: the rules, the values they read, the law.",
            "statutory": "The limit the law sets (法定时限); null when none is known.",
            "promised": "The limit the city publishes (承诺时限); null when none is known, and the statutory limit is planned with.",
            "excluded": "Special procedures whose time does not count (特别程序).",
            "handling": "The times from acceptance to decision that the promised schedule counts, one after the other; empty where no limit is known.",
            "handling_statutory": "The same of the statutory schedule.",
            "route": "The way it is planned to be handled.",
            "routes": "Easier ways that law opens for it here.",
            "closed_routes": "Easier routes that are known but not open for it, and why.",
            "clock": "Everything the law says of its clock, each with the last day and the law that makes it.",
            "preparation": "Work before submission that is not an office's.",
            "materials": "The papers to hand in (申请材料).",
            "gates": "What must come first, and what it holds back itself (卡点).",
            "conditions": "Conditions of acceptance (受理条件), in Chinese.",
            "basis": "All laws the item cites, each once.",
            "result": "The document that comes out (结果).",
            "validity": "How long the result is valid (有效期).",
            "dates": "When it runs.",
            "slack": "Working days it may be late without delaying the end.",
            "critical": "Whether a day lost here is a day lost at the end.",
            "verified": _VERIFIED,
            "note": "A remark; empty when there is none.",
        },
    ),
    "NotRequired": Description(
        "An approval that this project does not need.",
        {"code": "The approval's code.", "name": "名称.", "because": "The conditions that failed."},
    ),
    "NotRecorded": Description(
        "An approval of which the rulebook says nothing for the plan's day: whether it was needed then is not known.",
        {"code": "The approval's code.", "name": "名称.", "since": "The first day the rulebook has a rule for."},
    ),
    "OpenFact": Description(
        "A fact that was not given and that something turns on.",
        {
            "code": "The fact's code.",
            "name": "名称.",
            "question": "The question to ask, in Chinese.",
            "items": "Codes of the approvals and blockers that turn on the answer.",
        },
    ),
    "ParameterMissing": Description(
        "A number the law leaves to be looked up (a limit, a share, a rate) that the rulebook has no value for on the plan's date.",
        {
            "code": "The parameter's code.",
            "name": "名称.",
            "unit": "The unit of its value, in Chinese; empty for a bare number.",
            "note": "What is known of it and where it was looked for, in Chinese; empty when there is nothing to say.",
            "items": "Codes of the approvals, blockers and fast lanes that turn on it or use it.",
            "basis": _BASIS,
        },
    ),
    "Reason": Description(
        "A rule, whether it holds for this project, the values it read and the law it rests on.",
        {
            "rule": "The rule's identity in the rulebook.",
            "text": "The rule in Chinese.",
            "holds": "Whether the rule holds.",
            "facts": "The values it read.",
            "basis": _BASIS,
            "verified": _VERIFIED,
            "file": "The rulebook file it stands in.",
            "line": "The line in that file, counted from 1; 0 when the whole file is meant.",
        },
    ),
    "FactRead": Description(
        "A value that a rule read.",
        {
            "fact": "The fact's code.",
            "name": "名称.",
            "value": "The value as read back in Chinese; 未知 when it was not given.",
            "test": "The test put to it, as the rule writes it.",
            "holds": "The answer.",
        },
    ),
    "LegalBasis": Description(
        "A citation in force on the plan's date.",
        {
            "document": "The law or document.",
            "number": "Its number (文号); empty when it has none.",
            "article": "The article (条款).",
            "verified": _VERIFIED,
        },
    ),
    "StatutoryLimit": Description(
        "The limit the law sets.",
        {
            "days": "How many days.",
            "unit": "Which days.",
            "nature": "Whether it is the most an office may take or the least that must pass.",
            "starts": "What starts the clock.",
            "extension_days": "By how many days it may be extended; null when it may not.",
            "extension_unit": "Which days the extension counts; null when there is none.",
            "extension_times": "How often it may be extended.",
            "verified": _VERIFIED,
            "basis": _BASIS,
            "note": "A remark; empty when there is none.",
        },
    ),
    "Duration": Description("A time.", {"days": "How many days.", "unit": "Which days."}),
    "PromisedLimit": Description(
        "The limit the city publishes; never longer than the statutory one.",
        {"days": "How many days.", "unit": "Which days.", "verified": _VERIFIED, "basis": _BASIS},
    ),
    "ExcludedTime": Description(
        "A special procedure (hearing, testing, expert review, public notice …) whose time the limit does not count.",
        {
            "procedure": "The procedure, in Chinese.",
            "days": "At most how many days; null when the law sets no cap.",
            "unit": "Which days; null when there is no cap.",
            "counted": "True when it always takes place and the schedule adds it; false when it is only mentioned.",
        },
    ),
    "OpenRoute": Description(
        "An easier way of handling that law opens, or may open, for the item here.",
        {
            "key": "Names the route within the plan.",
            "route": "Which way.",
            "name": "名称.",
            "optional": "The applicant's choice; false when the law knows no other way.",
            "taken": "Whether the plan takes it.",
            "status": _STATUS,
            "papers": "Papers that a promise stands in for, or that may follow.",
            "ahead_of": "Codes of approvals it need not wait for.",
            "promises": "What is promised, in Chinese.",
            "own_papers": "Papers of the route itself.",
            "consequences": "What follows when it is not kept, in Chinese.",
            "decided_within": "The time for a decision on the promise, where the route has its own; null otherwise.",
            "days_gained": "Working days by which the milestone of `Plan.choice` would come later without it (taken), or earlier with it (not "
            "taken); null where it is not the applicant's choice.",
            "duty": "What it leaves to be done, in Chinese; empty when nothing.",
            "due": "By when; null when it is not taken or leaves nothing.",
            "basis": _BASIS,
            "verified": _VERIFIED,
            "note": "A remark; empty when there is none.",
        },
    ),
    "PreparationStep": Description(
        "Work before submission that is not an office's: drafting, surveying, designing.",
        {
            "code": "The step's code.",
            "name": "名称.",
            "by": "Who does it.",
            "days": "How many days the project gave; null when it gave none, and the plan takes zero.",
            "unit": "Which days; null when none were given.",
        },
    ),
    "MaterialNeeded": Description(
        "A paper to hand in.",
        {
            "name": "The paper.",
            "issuer": "Who issues it.",
            "comes_from": "Code of the approval whose result it is; null when it is no approval's result.",
            "shared": "True when the office gets it from another office: it need not be handed in.",
            "secondary": "True when it is no principal paper (次要材料).",
            "later": "True when it may follow after acceptance (容缺后补).",
            "by_promise": "True when a written commitment stands in for it (告知承诺).",
            "status": _STATUS,
            "basis": _BASIS,
        },
    ),
    "GateHeld": Description(
        "A gate (卡点) at an item.",
        {
            "code": "For ACCEPT and DECIDE the approval that must come first; for START, COMPLETE and USE the milestone held back.",
            "name": "Its 名称.",
            "gate": "What is held back.",
            "status": _STATUS,
            "basis": _BASIS,
            "verified": _VERIFIED,
        },
    ),
    "ValidityNote": Description(
        "How long a result is valid.",
        {
            "term": "The term, in Chinese.",
            "lapses": "The last day on which the result holds if it is decided at the end of the promised limit; null when the law gives "
            "no number. Days off do not move it.",
            "reach": "The milestone that must be reached by then, or the result lapses or must be examined anew; null when there is none.",
            "status": _STATUS,
            "basis": _BASIS,
            "verified": _VERIFIED,
        },
    ),
    "Channel": Description(
        "How the applicant hands in and gets the result. What is null is not known.",
        {
            "counter": "The counter (窗口), in Chinese.",
            "online": "Whether it can be handed in online (网上申报).",
            "post": "Whether the result can be sent by post (结果邮寄).",
            "visits": "How often somebody has to come in person.",
            "verified": _VERIFIED,
            "basis": _BASIS,
        },
    ),
    "ItemDates": Description(
        "When an item runs. An acceptance is day 0; day 1 is the working day after it.",
        {
            "submit_from": "The first day it can be handed in.",
            "accept": "The day of acceptance, which starts the clock (受理).",
            "decide_promised": "The last day of the promised limit.",
            "decide_statutory": "The last day of the statutory limit when every office takes its full statutory limit.",
            "supplement_by": "The last day for papers that may follow; null when none may.",
            "verify_by": "The last day for checking a commitment; null when none was made.",
            "accept_after": "The code of the approval or milestone that sets the day of acceptance; empty for the plan's start or its own preparation.",
            "decide_after": "The code of the approval or milestone that sets the day of the decision; empty for its own limit.",
            "latest_submit": "The last day to hand in without delaying what it holds back (or the target, when one was asked for).",
        },
    ),
    "PlanDate": Description(
        "A date and how sure it is.",
        {
            "date": "The date, by the expected calendar.",
            "certainty": "FIRM or PROVISIONAL.",
            "earliest": "The earliest it can turn out; equal to `date` when FIRM.",
            "latest": "The latest it can turn out; equal to `date` when FIRM.",
            "skipped": "Days on the way that did not count.",
        },
    ),
    "SkippedDays": Description(
        "Days that did not count towards a deadline.",
        {"first": "The first of them.", "last": "The last of them.", "name": "Why: 周末, 国庆节 …"},
    ),
    "Milestones": Description(
        "The milestones of a project.",
        {
            "start_of_works": "开工: works may start.",
            "completion": "竣工验收: the completion acceptance may be organised.",
            "use": "投入使用: it may be put to use.",
        },
    ),
    "Milestone": Description(
        "The earliest day of a milestone.",
        {
            "promised": "When every office takes its full promised limit.",
            "statutory": "When every office takes its full statutory limit.",
        },
    ),
    "Totals": Description(
        "Offices' time in working days, construction itself not counted, and the applicant's burden in counts.",
        {
            "working_days_promised": "In parallel, every office taking its full promised limit.",
            "working_days_statutory": "In parallel, every office taking its full statutory limit.",
            "working_days_serial": "One after another: what parallel approval saves is the difference.",
            "approvals": "Number of approvals.",
            "steps": "How often the applicant applies somewhere: items handled jointly count once, own duties do not.",
            "departments": "Number of bureaus.",
            "materials": "Number of papers.",
            "shared_materials": "How many of them need not be handed in: the offices fetch them.",
            "reused_materials": "How many of them were handed in with an earlier item already.",
            "materials_to_submit": "How many remain to be handed in.",
            "visits": "How often the applicant has to come in person, over the approvals of which it is known.",
            "visits_unknown": "Number of approvals of which it is not known.",
        },
    ),
    "Message": Description(
        "A blocker or a warning.",
        {
            "code": "A stable code.",
            "text": "The message, in Chinese.",
            "status": "REQUIRED when it applies; DEPENDS when it applies if the facts it turns on prove so.",
            "depends_on": "Codes of the facts not given that it turns on.",
            "basis": _BASIS,
        },
    ),
    "ProjectTeam": Description(
        "A working group that looks after projects of one class (工作专班).",
        {
            "code": "The team's code; stable.",
            "name": "名称.",
            "offices": "The offices it is made of (科室), in Chinese.",
            "verified": _VERIFIED,
            "basis": _BASIS,
        },
    ),
    "AssumedZero": Description(
        "A duration nobody gave and no law sets, taken as zero.",
        {
            "code": "The step's code, or the approval's own; empty for a special procedure.",
            "name": "名称.",
            "item": "Code of the approval it belongs to; empty for construction itself.",
            "reason": "Why, in Chinese.",
        },
    ),
    "Provenance": Description(
        "What a plan was made from.",
        {
            "facts": "Digest of the facts.",
            "rulebook": "Digest of the rulebook.",
            "rulebook_name": "The rulebook's name.",
            "calendar": "Digest of the calendar.",
            "versions": "Versions of the programs it was made with.",
            "as_of": "The day whose law it is made for.",
        },
    ),
}


class EnumDescription(NamedTuple):
    """A closed list of the plan: its GraphQL name, its meaning and that of each value (as the plan writes it)."""

    name: str
    text: str
    values: Mapping[str, str]


class Words(NamedTuple):
    """What is said of the models of one module, by their names, and how they are called in GraphQL.

    `models`: a described name that is no field of a model is a property of it, served the same way. `renamed`: other names for types.
    `said`: parts of field names and enum values that are called otherwise, e.g. `left` → `before`. `members`: names of models that stand
    in a union, and so must be told apart.
    """

    models: Mapping[str, Description]
    enums: tuple[EnumDescription, ...]
    renamed: Mapping[str, str] = {}
    said: Mapping[str, str] = {}
    members: frozenset[str] = frozenset()


ENUMS: tuple[EnumDescription, ...] = (
    EnumDescription(
        "DayUnit",
        "Which days are counted. The two are never converted into each other.",
        {"working_days": "工作日.", "calendar_days": "日: every day counts."},
    ),
    EnumDescription(
        "Certainty",
        "How sure a date is.",
        {
            "FIRM": "The holiday notices it rests on are published.",
            "PROVISIONAL": "A holiday notice it rests on is not published yet: show the earliest and latest too.",
        },
    ),
    EnumDescription(
        "Need",
        "Whether something is needed. What is not needed at all is in `Plan.notRequired`.",
        {
            "required": "The facts settle that it is needed.",
            "depends": "It turns on facts not given; planned for all the same.",
        },
    ),
    EnumDescription(
        "Route",
        "A way of handling an approval.",
        {
            "standard": "As the law prints it.",
            "deficiency": "容缺受理: accepted with named secondary papers missing.",
            "commitment": "告知承诺: decided on a written promise, verified afterwards.",
            "pre_review": "预审: reviewed before a condition is in hand.",
            "staged": "分阶段办理: granted for one stage of the works after the other.",
        },
    ),
    EnumDescription(
        "TruthValue",
        "Three truth values. Unknown is neither true nor false.",
        {"true": "It holds.", "false": "It does not hold.", "unknown": "The facts given do not settle it."},
    ),
    EnumDescription(
        "RoutePolicy",
        "Which of the open routes a plan takes.",
        {
            "standard": "None that is the applicant's choice.",
            "fastest": "All of them.",
            "fewest_promises": "As few promises and later papers as reach the earliest date (or the target).",
        },
    ),
    EnumDescription(
        "LimitStart",
        "What starts a statutory clock.",
        {"acceptance": "受理.", "receipt": "收到申请."},
    ),
    EnumDescription(
        "ClockStart",
        "What a rule of the clock runs from.",
        {"receipt": "收到申请.", "acceptance": "受理.", "decision": "办结.", "end_of_limit": "时限届满."},
    ),
    EnumDescription(
        "ClockKind",
        "What a rule of the clock is about.",
        {
            "correction": "补正: what is missing is told once.",
            "handling": "办理时限.",
            "minimum_wait": "最短间隔: the least that must pass.",
            "extension": "延长.",
            "special_procedure": "特别程序: time that does not count.",
            "delivery": "送达.",
        },
    ),
    EnumDescription(
        "LimitNature",
        "What a limit is.",
        {"handling": "The most an office may take.", "minimum_wait": "The least that must pass."},
    ),
    EnumDescription(
        "PlanPart",
        "Which duration.",
        {"preparation": "Before submission.", "handling": "From acceptance to decision.", "construction": "施工."},
    ),
    EnumDescription(
        "CapScope",
        "Where a cap's time ends.",
        {"start_of_works": "开工.", "completion": "竣工验收.", "use": "投入使用.", "end": "The plan's last day."},
    ),
    EnumDescription(
        "Gate",
        "What a prerequisite holds back (卡点).",
        {
            "ACCEPT": "受理: not accepted before.",
            "DECIDE": "办结: accepted and reviewed in parallel, only the decision waits.",
            "START": "开工: works may not start before.",
            "COMPLETE": "组织竣工验收: the completion acceptance may not be organised before.",
            "USE": "投入使用: may not be put to use before.",
        },
    ),
    EnumDescription(
        "MilestoneName",
        "A milestone of a project.",
        {"start_of_works": "开工.", "completion": "竣工验收.", "use": "投入使用."},
    ),
)
