"""The rulebook as forms, lists and a browser of rules need it: its facts with their questions and choices, its approvals and who they
belong to, its laws, its name and digest. What one approval's rules say on a day is in `planner_api.approval_rules`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

import strawberry

from planner import Planner
from planner.rulebook.compile import in_force
from planner.rulebook.models import Stage
from planner.rulebook.rulebook import PROJECT_CLASS
from planner.rulebook.rulebook import Rulebook as Book
from planner.rulebook.unverified import GRADES, unverified
from planner.units import show, spellings
from planner.vocabulary import KIND_NAMES, Fact
from planner.vocabulary import Choice as ChoiceOfFact
from planner_api.approval_rules import ApprovalRules, approval_rules
from planner_api.context import Context
from planner_api.enums import Value, enum_type
from planner_api.names import enum_value
from planner_api.version_types import RulebookRefused, refused

AsOf = Annotated[
    datetime.date | None, strawberry.argument(description="The day whose rules are shown. Default: today, in China's time.")
]
Info = strawberry.Info[Context, None]
ApprovalCode = Annotated[str, strawberry.argument(description="The approval's code.")]

_KINDS = {
    "number": "An amount: a `Quantity`.",
    "yes_no": "A `Boolean`.",
    "choice": "One value of a list: an enum.",
    "set": "Any number of values of a list: a list of an enum.",
    "code": "A code such as an industry's: a `String`.",
    "date": "A `Date`.",
}
FactKind = enum_type(
    "FactKind", "How a fact is answered.", [Value(enum_value(k), k, f"{KIND_NAMES[k]}. {_KINDS[k]}") for k in KIND_NAMES]
)


@strawberry.type(description="One value of a fact's list.")
class Choice:
    code: str = strawberry.field(description="Its code in the rulebook, as plans and project files write it.")
    value: str = strawberry.field(description="The enum value to send for it.")
    name: str = strawberry.field(description="Its Chinese name, to show.")
    parent: str | None = strawberry.field(description="Code of the wider value it lies in; null when there is none.")


@strawberry.type(name="Fact", description="A fact that a project may state: what a form asks.")
class FactQuestion:
    code: str = strawberry.field(description="Its code, as plans write it.")
    field: str = strawberry.field(description="Its field in `ProjectInput`.")
    not_applicable: str = strawberry.field(description="Its value in `FactName`, for `notApplicable`.")
    name: str = strawberry.field(description="名称.")
    kind: FactKind = strawberry.field(description="How it is answered.")  # type: ignore[valid-type]
    unit: str | None = strawberry.field(description="The canonical unit of a number; null for a bare count and all other kinds.")
    units: list[str] = strawberry.field(description="Units a number may be written with.")
    minimum: str | None = strawberry.field(
        description="The least a number may be, in the canonical unit, exact; null when unbounded."
    )
    maximum: str | None = strawberry.field(
        description="The most a number may be, in the canonical unit, exact; null when unbounded."
    )
    integer: bool = strawberry.field(description="Whether a number must be whole.")
    question: str = strawberry.field(description="The question to ask, in Chinese.")
    note: str = strawberry.field(description="A remark, in Chinese; empty when there is none.")
    derived: bool = strawberry.field(
        description="True when the rules work it out; state it only where an authority has already found it."
    )
    choices: list[Choice] = strawberry.field(description="The values of a list; empty for other kinds.")


def _rules(root: Any, info: Info, as_of: AsOf = strawberry.UNSET) -> ApprovalRules:
    return approval_rules(info.context.in_use.planner.rulebook, root.code, as_of or info.context.today)


@strawberry.type(description="An approval that the rulebook knows, whether or not a project needs it.")
class Approval:
    code: str = strawberry.field(description="Its code; stable.")
    name: str = strawberry.field(description="名称.")
    kind: str = strawberry.field(description="What sort of approval it is (种类), in Chinese.")
    stage: str = strawberry.field(description="The stage (阶段), in Chinese.")
    result: str = strawberry.field(description="The document that comes out (结果).")
    note: str = strawberry.field(description="A remark, in Chinese; empty when there is none.")
    rules: ApprovalRules = strawberry.field(
        resolver=_rules,
        description="What its rules say on a day: when it is needed, who handles it, in what time, with which papers.",
    )


@strawberry.type(description="A step that is not an office's.")
class Step:
    code: str = strawberry.field(description="Its code, as plans write it.")
    value: str = strawberry.field(description="Its value in `StepName`.")
    name: str = strawberry.field(description="名称.")


@strawberry.type(description="A bureau and the functions it exercises.")
class RulebookDepartment:
    name: str = strawberry.field(description="Its full name (机关), as plans write it.")
    functions: list[str] = strawberry.field(description="Functions (职能) that approvals name, in Chinese.")
    verified: bool = strawberry.field(description="Whether all of this was checked against an official text (已核).")


@strawberry.type(description="A working group (工作专班) that looks after projects of some classes.")
class RulebookTeam:
    code: str = strawberry.field(description="Its code; stable.")
    name: str = strawberry.field(description="名称.")
    classes: list[Choice] = strawberry.field(description="The project classes (项目类别) it is there for, narrower ones included.")
    offices: list[str] = strawberry.field(description="The offices it is made of (科室), in Chinese.")
    verified: bool = strawberry.field(description="Whether this was checked against an official text (已核).")


@strawberry.type(description="A legal document that rules cite.")
class LawDocument:
    name: str = strawberry.field(description="The short name that rules use.")
    title: str = strawberry.field(description="全称; empty when it is the short name.")
    number: str = strawberry.field(description="文号; empty when it has none.")
    effective: datetime.date | None = strawberry.field(description="施行: its first day in force; null when not recorded.")
    until: datetime.date | None = strawberry.field(
        description="废止: the first day it is no longer in force; null when it still is."
    )
    replaced_by: str = strawberry.field(description="What took its place; empty when nothing did.")
    verified: bool = strawberry.field(description="Whether dates and number were checked against an official text (已核).")
    note: str = strawberry.field(description="A remark, in Chinese; empty when there is none.")


@strawberry.type(description="Entries that were not checked against an official text (待核), of one grade of gravity.")
class UnverifiedEntries:
    grade: str = strawberry.field(description="What they are about, in Chinese.")
    harm: str = strawberry.field(description="What happens if they are wrong, in Chinese.")
    count: int = strawberry.field(description="How many there are.")
    overdue: int = strawberry.field(description="How many of them should have been checked again by now (复核).")


def _approval(root: Any, code: ApprovalCode) -> Approval | None:
    return next((one for one in root.approvals if one.code == code), None)


def _departments(info: Info, as_of: AsOf = strawberry.UNSET) -> list[RulebookDepartment]:
    return departments_on(info.context.in_use.planner.rulebook, as_of or info.context.today)


def _teams(info: Info, as_of: AsOf = strawberry.UNSET) -> list[RulebookTeam]:
    return teams_on(info.context.in_use.planner.rulebook, as_of or info.context.today)


def _since(info: Info) -> datetime.datetime:
    return info.context.in_use.since


def _refused(info: Info) -> RulebookRefused | None:
    refusal = info.context.service.live.refused
    return None if refusal is None else refused(refusal)


def _unverified(info: Info) -> list[UnverifiedEntries]:
    return unverified_entries(info.context.in_use.planner.rulebook, info.context.today)


@strawberry.type(description="The rulebook that plans are made with.")
class Rulebook:
    name: str = strawberry.field(description="名称.")
    digest: str = strawberry.field(description="Digest of all its files. A plan's provenance names the rulebook it was made with.")
    changes: list[datetime.date] = strawberry.field(
        description="Days on which something in it begins or ends: plans with `asOf` on either side may differ."
    )
    facts: list[FactQuestion] = strawberry.field(description="What a project may state, in the vocabulary's order.")
    approvals: list[Approval] = strawberry.field(description="The approvals it knows, in order of stage.")
    stages: list[str] = strawberry.field(description="The stages (阶段) of a project's approval, in order.")
    steps: list[Step] = strawberry.field(description="Steps that a project may give a duration for.")
    laws: list[LawDocument] = strawberry.field(description="The legal documents its rules cite.")
    missing: list[str] = strawberry.field(description="Matters it does not hold yet, to be looked up elsewhere, in Chinese.")
    approval: Approval | None = strawberry.field(
        resolver=_approval, description="One approval by its code; null when the rulebook has none."
    )
    departments: list[RulebookDepartment] = strawberry.field(
        resolver=_departments, description="The bureaus that exercise a function on a day, by name."
    )
    teams: list[RulebookTeam] = strawberry.field(resolver=_teams, description="The working groups there are on a day.")
    since: datetime.datetime = strawberry.field(resolver=_since, description="When this service took it into use.")
    refused: RulebookRefused | None = strawberry.field(
        resolver=_refused, description="Why the rule files as they are now are not in use; null when they are."
    )
    unverified: list[UnverifiedEntries] = strawberry.field(
        resolver=_unverified,
        description="How many entries in force, or to come, were not checked against an official text, the gravest first.",
    )


def rulebook_view(planner: Planner, fields: Mapping[str, str], steps: Mapping[str, str]) -> Rulebook:
    """What GraphQL shows of a rulebook. `fields` are the fields of `ProjectInput` by fact code, `steps` names by code."""
    book = planner.rulebook
    return Rulebook(
        name=book.title,
        digest=book.digest,
        changes=list(book.changes),
        facts=[fact_question(book.vocabulary.facts[code], field) for code, field in fields.items()],
        approvals=[
            Approval(
                code=code,
                name=a.model.name,
                kind=a.model.kind.value,
                stage=a.model.stage.value,
                result=a.model.result,
                note=a.model.note,
            )
            for code, a in book.approvals.items()
        ],
        stages=[stage.value for stage in Stage],
        steps=[Step(code=code, value=enum_value(code), name=name) for code, name in steps.items()],
        laws=[
            LawDocument(
                name=law.name,
                title=law.title,
                number=law.number,
                effective=law.effective,
                until=law.until,
                replaced_by=law.replaced_by,
                verified=law.checked == "已核",
                note=law.note,
            )
            for law in book.laws.values()
        ],
        missing=list(dict.fromkeys(m for layer in book.layers for m in layer.missing)),
    )


def departments_on(book: Book, as_of: datetime.date) -> list[RulebookDepartment]:
    """The bureaus in force on a day, each with all its functions."""
    found: dict[str, RulebookDepartment] = {}
    for function, versions in book.departments.items():
        for one in versions:
            if in_force(one, as_of):
                bureau = found.setdefault(one.bureau, RulebookDepartment(name=one.bureau, functions=[], verified=True))
                bureau.functions.append(function)
                bureau.verified = bureau.verified and one.checked == "已核"
    return [found[name] for name in sorted(found)]


def teams_on(book: Book, as_of: datetime.date) -> list[RulebookTeam]:
    """The working groups in force on a day, the nearest layer's first."""
    fact = book.vocabulary.facts.get(PROJECT_CLASS)
    classes = fact.choices if fact else ()
    return [
        RulebookTeam(
            code=team.code,
            name=team.name,
            classes=[_choice(one) for one in classes if one.code in team.classes],
            offices=list(team.offices),
            verified=team.checked,
        )
        for team in book.at(as_of).teams
    ]


def unverified_entries(book: Book, today: datetime.date) -> list[UnverifiedEntries]:
    """Entries 待核 counted by grade, grades without any left out."""
    found: dict[int, list[bool]] = {}
    for one in unverified(book, today):
        found.setdefault(one.grade, []).append(one.overdue)
    return [
        UnverifiedEntries(grade=GRADES[grade][0], harm=GRADES[grade][1], count=len(overdue), overdue=sum(overdue))
        for grade, overdue in sorted(found.items())
    ]


def _choice(choice: ChoiceOfFact) -> Choice:
    return Choice(code=choice.code, value=enum_value(choice.code), name=choice.name, parent=choice.parent or None)


def fact_question(fact: Fact, field: str) -> FactQuestion:
    def bound(value: Fraction | None) -> str | None:
        return None if value is None else show(value)

    return FactQuestion(
        code=fact.code,
        field=field,
        not_applicable=enum_value(fact.code),
        name=fact.name,
        kind=FactKind(fact.kind),
        unit=fact.unit.name if fact.unit else None,
        units=spellings(fact.unit.dimension) if fact.unit else [],
        minimum=bound(fact.low),
        maximum=bound(fact.high),
        integer=fact.integer,
        question=fact.question,
        note=fact.note,
        derived=fact.derived,
        choices=[_choice(one) for one in fact.choices],
    )
