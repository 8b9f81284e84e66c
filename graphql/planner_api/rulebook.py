"""The rulebook as forms and lists need it: its facts with their questions and choices, its approvals, its name and digest."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from fractions import Fraction

import strawberry

from planner import Planner
from planner.units import show, spellings
from planner.vocabulary import KIND_NAMES, Fact
from planner_api.enums import Value, enum_type
from planner_api.names import enum_value

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


@strawberry.type(description="An approval that the rulebook knows, whether or not a project needs it.")
class Approval:
    code: str = strawberry.field(description="Its code; stable.")
    name: str = strawberry.field(description="名称.")
    kind: str = strawberry.field(description="What sort of approval it is (种类), in Chinese.")
    stage: str = strawberry.field(description="The stage (阶段), in Chinese.")
    result: str = strawberry.field(description="The document that comes out (结果).")


@strawberry.type(description="A step that is not an office's.")
class Step:
    code: str = strawberry.field(description="Its code, as plans write it.")
    value: str = strawberry.field(description="Its value in `StepName`.")
    name: str = strawberry.field(description="名称.")


@strawberry.type(description="The rulebook that plans are made with.")
class Rulebook:
    name: str = strawberry.field(description="名称.")
    digest: str = strawberry.field(description="Digest of all its files. A plan's provenance names the rulebook it was made with.")
    changes: list[datetime.date] = strawberry.field(
        description="Days on which something in it begins or ends: plans with `asOf` on either side may differ."
    )
    facts: list[FactQuestion] = strawberry.field(description="What a project may state, in the vocabulary's order.")
    approvals: list[Approval] = strawberry.field(description="The approvals it knows, in order of stage.")
    steps: list[Step] = strawberry.field(description="Steps that a project may give a duration for.")
    missing: list[str] = strawberry.field(description="Matters it does not hold yet, to be looked up elsewhere, in Chinese.")


def rulebook_view(planner: Planner, fields: Mapping[str, str], steps: Mapping[str, str]) -> Rulebook:
    """What GraphQL shows of a rulebook. `fields` are the fields of `ProjectInput` by fact code, `steps` names by code."""
    book = planner.rulebook
    return Rulebook(
        name=book.title,
        digest=book.digest,
        changes=list(book.changes),
        facts=[_question(book.vocabulary.facts[code], field) for code, field in fields.items()],
        approvals=[
            Approval(code=code, name=a.model.name, kind=a.model.kind.value, stage=a.model.stage.value, result=a.model.result)
            for code, a in book.approvals.items()
        ],
        steps=[Step(code=code, value=enum_value(code), name=name) for code, name in steps.items()],
        missing=list(dict.fromkeys(m for layer in book.layers for m in layer.missing)),
    )


def _question(fact: Fact, field: str) -> FactQuestion:
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
        choices=[Choice(code=c.code, value=enum_value(c.code), name=c.name, parent=c.parent or None) for c in fact.choices],
    )
