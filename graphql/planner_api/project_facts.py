"""A kept project's facts as GraphQL answers them: one typed field for each fact, the mirror of `ProjectInput`.

What comes out goes into a form as it is, and comes back as the same project: a number is the text that was sent, and 未知 (null), 不适用
(a name in `notApplicable`), no, zero and the empty list stay five different things.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry

from planner import Planner
from planner.conditions import NOT_APPLICABLE
from planner.days import WorkingDays
from planner.rulebook.models import parse_span
from planner.vocabulary import YES, Fact, ValueProblem, Vocabulary
from planner_api.family import Family, Field
from planner_api.inputs import ProjectForm, attribute, describe
from planner_api.plan_types import DayUnit
from planner_api.store.records import ProjectDraft


@strawberry.type(
    description="A kept fact or duration that the rulebook in use does not know or does not admit any more: what was kept, and what is wrong."
)
class UnreadableFact:
    code: str = strawberry.field(description="The fact's code, or the step's.")
    value: str = strawberry.field(description="What was kept.")
    message: str = strawberry.field(description="What is wrong, in Chinese.")
    help: str | None = strawberry.field(description="The likely fix, in Chinese; null when none can be guessed.")


@dataclass(frozen=True, slots=True)
class StepDuration:
    """A duration that was given for a step."""

    step: Any
    days: int
    unit: Any


class KeptFacts:
    """The facts of a draft, read by the vocabulary in use; each is an attribute."""

    def __init__(self, form: ProjectForm, planner: Planner, draft: ProjectDraft) -> None:
        self.not_applicable: list[Any] = []
        self.durations: list[StepDuration] = []
        self.unreadable: list[UnreadableFact] = []
        values = dict.fromkeys(map(attribute, form.fields))
        for code, kept in draft.facts.items():
            try:
                if code not in form.fields:
                    raise ValueProblem("V201", f"现在的规则库里没有事实“{code}”")
                read = planner.rulebook.vocabulary.read_value(planner.rulebook.vocabulary.facts[code], kept)
            except ValueProblem as error:
                self.unreadable.append(
                    UnreadableFact(code=code, value=_shown(kept), message=error.message, help=error.help or None)
                )
                continue
            if read is NOT_APPLICABLE:
                self.not_applicable.append(form.fact_name(code))
            elif read is not None:
                values[attribute(code)] = _answer(form, planner.rulebook.vocabulary, code, read, kept)
        self.__dict__.update(values)
        steps = {member.value for member in form.step_name}
        for code, text in draft.durations.items():
            if code not in steps:
                message = f"现在的规则库里没有步骤“{code}”"
                self.unreadable.append(UnreadableFact(code=code, value=text, message=message, help=None))
                continue
            span = parse_span(text)
            unit = DayUnit("working_days" if isinstance(span, WorkingDays) else "calendar_days")
            self.durations.append(StepDuration(form.step_name(code), span.n, unit))


def facts_type(family: Family, form: ProjectForm, facts: Mapping[str, Fact]) -> None:
    """Make `ProjectFacts` for a form."""
    family.object(
        "StepDuration",
        "How long a step takes that is not an office's.",
        StepDuration,
        {
            "step": Field(form.step_name, "Which step."),
            "days": Field(int, "How many days."),
            "unit": Field(DayUnit, "Which days."),
        },
    )
    fields: dict[str, Field] = {
        "not_applicable": Field(
            list[form.fact_name],  # type: ignore[name-defined]
            "Facts that do not exist for this project (不适用). Different from null, which is unknown (未知).",
        ),
        "durations": Field("list[StepDuration]", "Durations of steps that are not an office's."),
        "unreadable": Field(
            list[UnreadableFact],
            "What was kept under another rulebook and cannot be said in this one; empty as a rule. Null in the fact's own field: ask anew.",
        ),
    }
    for code, name in form.fields.items():
        fields[attribute(code)] = Field(form.kinds[code] | None, f"{describe(facts[code])} null: 未知或不适用。", None, name)
    family.object(
        "ProjectFacts",
        "A kept project's facts, each with the name and type it has in `ProjectInput`, so that they fill a form as they are. Null: not "
        "given (未知), unless its name stands in `notApplicable`. Numbers are the text that was sent.",
        KeptFacts,
        fields,
    )


def _answer(form: ProjectForm, vocabulary: Vocabulary, code: str, read: Any, kept: Any) -> Any:
    fact, type_ = vocabulary.facts[code], form.kinds[code]
    match fact.kind:
        case "number":
            return kept
        case "yes_no":
            return read in (True, YES)
        case "choice":
            return type_(read)
        case "set":
            # `list[…]`: its members' type.
            return [type_.__args__[0](choice.code) for choice in fact.choices if choice.code in read]
        case "date" | "code":
            return read if isinstance(read, datetime.date) else str(read)


def _shown(kept: Any) -> str:
    if isinstance(kept, bool):
        return "是" if kept else "否"
    return "、".join(map(str, kept)) if isinstance(kept, list | tuple) else str(kept)
