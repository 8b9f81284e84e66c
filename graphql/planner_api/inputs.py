"""A project as GraphQL input: one typed field for each fact that a project may state, made from the rulebook's vocabulary."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeVar

import strawberry

from planner import Diagnostic, DiagnosticError, Planner, Project
from planner.project import CONSTRUCTION
from planner.units import show
from planner.vocabulary import Fact
from planner_api.enums import Value, enum_type
from planner_api.names import choice_type, clashes, enum_value, field_name
from planner_api.plan_types import DayUnit, MilestoneName, Problem, problem_at
from planner_api.scalars import Quantity

_OWN: Mapping[str, tuple[Any, str]] = {
    "name": (str, "项目名称。"),
    "content": (str | None, "建设内容。"),
    "district": (str | None, "县区。"),
    "progress": (str | None, "形象进度。"),
}
T = TypeVar("T")
_DAYS = {"working_days": "工作日", "calendar_days": "日"}
_NOT_APPLICABLE = "不适用"


@strawberry.input(description="A wished date for a milestone (节点倒逼): the plan then says whether it can be met.")
class TargetInput:
    milestone: MilestoneName = strawberry.field(description="Which milestone.")
    date: datetime.date = strawberry.field(description="The last day it may fall on.")


@dataclass(frozen=True)
class ProjectForm:
    """The input types made from one rulebook, and how to read them."""

    project: Any
    fields: Mapping[str, str]
    """GraphQL field of `ProjectInput` by fact code."""
    kinds: Mapping[str, Any]
    """Type of that field's values by fact code."""
    fact_name: Any
    step_name: Any
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Types of what is kept, by their names: `Project`, `SavedPlan`, `Deadline`, their connections, and what mutations answer."""

    def read(self, value: Any) -> tuple[Project, list[Problem]]:
        """The project that was sent, and what is wrong with its form. A fact left out or null is unknown."""
        problems: list[Problem] = []
        given = {code: getattr(value, attribute(code)) for code in self.fields}
        facts = {code: _plain(raw) for code, raw in given.items() if raw is not strawberry.UNSET and raw is not None}
        for index, chosen in enumerate(_items(value.not_applicable)):
            code = chosen.value
            if code in facts and facts[code] != _NOT_APPLICABLE:
                path = ["project", "notApplicable", str(index)]
                text = f"{self.fields[code]} 给了值，又列在 notApplicable 里"
                problems.append(Problem(code="P602", message=text, help="只留一处", path=path))
            else:
                facts[code] = _NOT_APPLICABLE
        durations: dict[str, str] = {}
        for index, given_time in enumerate(_items(value.durations)):
            step = given_time.step.value
            if step in durations:
                path = ["project", "durations", str(index), "step"]
                problems.append(Problem(code="P602", message="同一步骤的时长给了两次", help="只留一处", path=path))
            durations.setdefault(step, f"{given_time.days} {_DAYS[given_time.unit.value]}")
        own = {name: _text(getattr(value, name)) for name in _OWN}
        return Project(**own, facts=facts, durations=durations), problems

    def problem(self, diagnostic: Diagnostic, value: Any) -> Problem:
        """A diagnostic of the library, at the field the client sent."""
        return problem_at(self._path(diagnostic.field, value), diagnostic)

    def _path(self, field: str, value: Any) -> list[str]:
        outer, _, inner = field.partition(".")
        if outer == "durations" and inner:
            steps = [given.step.value for given in _items(value.durations)]
            return ["project", "durations", *([str(steps.index(inner)), "days"] if inner in steps else [])]
        name = self.fields.get(outer, outer)
        return ["project", name] if name else ["project"]


def project_form(planner: Planner) -> ProjectForm:
    """The form for a planner's rulebook. Raises `DiagnosticError` when two of its codes would get one GraphQL name."""
    from planner_api.kept import kept_types

    facts = [f for f in planner.rulebook.vocabulary.facts.values() if f.givable or not f.derived]
    steps = {CONSTRUCTION: "施工", **planner.steps}
    fields = {f.code: field_name(f.code) for f in facts}
    reserved = [(name, f"{name}（项目自己的）") for name in (*_OWN, "notApplicable", "durations")]
    problems = clashes([*reserved, *((name, code) for code, name in fields.items())], "事实")
    problems += clashes([(enum_value(code), code) for code in steps], "步骤")
    for fact in facts:
        problems += clashes([(enum_value(c.code), c.code) for c in fact.choices], f"“{fact.name}”的取值")
    if problems:
        raise DiagnosticError(problems)
    form = _form(facts, steps, fields)
    return replace(form, kept=kept_types(form, planner))


def _form(facts: list[Fact], steps: Mapping[str, str], fields: Mapping[str, str]) -> ProjectForm:
    kinds = {fact.code: _fact_type(fact) for fact in facts}
    fact_name = enum_type(
        "FactName", "A fact that a project may state.", [Value(enum_value(f.code), f.code, f"{f.name}。") for f in facts]
    )
    step_name = enum_type(
        "StepName",
        "A step that is not an office's: what a project may give a duration for.",
        [Value(enum_value(code), code, f"{name}。") for code, name in steps.items()],
    )
    duration = _input(
        "DurationInput",
        "How long a step takes that is not an office's. The planner invents no such duration: what is not given counts as zero.",
        {
            "step": (step_name, "step", "Which step."),
            "days": (int, "days", "How many days; not negative."),
            "unit": (DayUnit, "unit", "Which days."),
        },
    )
    members: dict[str, tuple[Any, str, str]] = {name: (type_, name, text) for name, (type_, text) in _OWN.items()}
    members["not_applicable"] = (
        list[fact_name] | None,  # type: ignore[valid-type]
        "notApplicable",
        "Facts that do not exist for this project (不适用), e.g. the height of a road. Different from null, which is unknown (未知), "
        "and from no or zero.",
    )
    members["durations"] = (
        list[duration] | None,  # type: ignore[valid-type]
        "durations",
        "Durations of steps that are not an office's.",
    )
    for fact in facts:
        members[attribute(fact.code)] = (kinds[fact.code] | None, fields[fact.code], describe(fact))
    project = _input(
        "ProjectInput",
        "A project's facts. A fact left out or null is unknown (未知): the plan says what depends on it. Unknown is not zero and not no.",
        members,
    )
    return ProjectForm(project, fields, kinds, fact_name, step_name)


def _input(name: str, description: str, members: Mapping[str, tuple[Any, str, str]]) -> Any:
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations}
    for attribute, (type_, graphql_name, text) in members.items():
        optional = type(None) in getattr(type_, "__args__", ())
        annotations[attribute] = type_
        namespace[attribute] = (
            strawberry.field(name=graphql_name, description=text, default=strawberry.UNSET)
            if optional
            else strawberry.field(name=graphql_name, description=text)
        )
    return strawberry.input(type(name, (), namespace), description=description)


def _fact_type(fact: Fact) -> Any:
    match fact.kind:
        case "number":
            return Quantity
        case "yes_no":
            return bool
        case "date":
            return datetime.date
        case "code":
            return str
        case "choice" | "set":
            values = [Value(enum_value(c.code), c.code, f"{c.name}。") for c in fact.choices]
            choice = enum_type(choice_type(fact.code), f"“{fact.name}”的取值。", values)
            return choice if fact.kind == "choice" else list[choice]  # type: ignore[valid-type]


def describe(fact: Fact) -> str:
    """A fact's description for a form: name, unit and range, the question to ask, the remark."""
    measure = f"（单位：{fact.unit.name}）" if fact.unit else ""
    bounds = "、".join(
        text
        for text in (
            f"不小于 {show(fact.low)}" if fact.low is not None else "",
            f"不大于 {show(fact.high)}" if fact.high is not None else "",
            "整数" if fact.integer else "",
        )
        if text
    )
    empty = "没有就写空列表 []，null 表示未知。" if fact.kind == "set" else ""
    derived = "一般由规则得出，有关部门已经认定的才填。" if fact.derived else ""
    limits = f"{bounds}。" if bounds else ""
    return f"{fact.name}{measure}。{fact.question}{empty}{derived}{limits}{fact.note}"


def sent(given: T) -> T | None:
    """What was sent; None for what was left out."""
    return None if given is strawberry.UNSET else given


def attribute(code: str) -> str:
    """The Python name of a fact's field."""
    # A code may be a Python keyword (`class`), which no dataclass field can be.
    return f"fact_{code}"


def _items(given: Any) -> Iterator[Any]:
    return iter(given or ())


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _plain(raw: Any) -> Any:
    if isinstance(raw, Enum):
        return raw.value
    return [_plain(part) for part in raw] if isinstance(raw, list) else raw
