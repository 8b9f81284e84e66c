"""Why an approval is needed or not, and what to ask next: of a project as sent, and of one as a kept plan describes it."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Union

import strawberry

from planner import DiagnosticError, plan
from planner.output.outline import Outline
from planner.output.words import words_for
from planner.plan import Plan
from planner.plan_files import project_of
from planner.project import ProjectFacts
from planner.reasons import HOLDS
from planner.rulebook.rulebook import Rulebook as Book
from planner_api.context import Context
from planner_api.inputs import ProjectForm
from planner_api.observe import measure
from planner_api.plan_types import InvalidProject, graphql_type, object_type, problem_at
from planner_api.preview import preview, read_project
from planner_api.rulebook import FactQuestion, fact_question

if TYPE_CHECKING:
    from planner_api.live import InUse

_Reason = object_type(plan.Reason)
_TruthValue = graphql_type(plan.Holds)
_ParameterMissing = object_type(plan.ParameterMissing)
_SUGGESTIONS = 5
_AS_OF = "The day whose law applies. Default: today, in China's time."
_NOTE = "What to know of this answer, in Chinese, e.g. that the plan was made with another rulebook; empty when there is nothing to say."
_RULEBOOK = "Digest of the rulebook the answer comes from."


@strawberry.type(description="One fact as it is, and what it would have to be instead.")
class FactChange:
    code: str = strawberry.field(description="The fact's code.")
    field: str | None = strawberry.field(description="Its field in `ProjectInput`; null when a project cannot state it.")
    name: str = strawberry.field(description="名称.")
    value: str = strawberry.field(description="Its value now, in Chinese.")
    wanted: str = strawberry.field(description="What it would have to satisfy, in Chinese, e.g. `≥ 5 公顷`.")


@strawberry.type(
    description="Why an approval is, or is not, needed, and the smallest change of facts after which the answer would be the other one."
)
class Explanation:
    code: str = strawberry.field(description="The approval's code; stable.")
    name: str = strawberry.field(description="名称.")
    as_of: datetime.date = strawberry.field(description="The day whose law the answer is of.")
    answer: _TruthValue = strawberry.field(  # type: ignore[valid-type]
        description="TRUE: it is needed. FALSE: it is not. UNKNOWN: it turns on facts not given; see `settle`."
    )
    because: list[_Reason] = strawberry.field(description="The rules that decided, each with what it read and its law.")  # type: ignore[valid-type]
    flip: list[FactChange] | None = strawberry.field(
        description="The smallest set of changes after which, all together, the answer would be the other one; null when the answer is "
        "UNKNOWN or no such set was found."
    )
    settle: list[FactQuestion] = strawberry.field(description="The facts that would settle an UNKNOWN answer; else empty.")
    lacking: list[str] = strawberry.field(
        description="Names of the parameters that an UNKNOWN answer turns on and that the rulebook has no value for: no fact settles these."
    )
    rulebook: str = strawberry.field(description=_RULEBOOK)
    note: str = strawberry.field(description=_NOTE)


@strawberry.type(description="An approval by code and name.")
class NamedApproval:
    code: str = strawberry.field(description="Its code; stable.")
    name: str = strawberry.field(description="名称.")


@strawberry.type(description="The rulebook has no such approval.")
class UnknownApproval:
    approval: str = strawberry.field(description="The approval that was asked for.")
    message: str = strawberry.field(description="What is wrong and what was probably meant, in Chinese.")
    suggestions: list[NamedApproval] = strawberry.field(
        description="Approvals with a similar code or name, the most similar first."
    )


@strawberry.type(description="Something that hangs on an answer: an approval, a blocker or a fast lane.")
class Dependent:
    code: str = strawberry.field(description="Its code; stable.")
    name: str = strawberry.field(description="名称.")


@strawberry.type(description="A fact to ask for next.")
class OpenQuestion:
    fact: FactQuestion = strawberry.field(description="The fact: its field in `ProjectInput`, question, unit and choices.")
    items: list[Dependent] = strawberry.field(
        description="What hangs on the answer: approvals (whether they are needed, or which of their limits, papers, gates and routes apply) "
        "and blockers that may hold."
    )


@strawberry.type(description="What to ask next, the question that settles most first.")
class Questions:
    as_of: datetime.date = strawberry.field(description="The day whose law the answer is of.")
    questions: list[OpenQuestion] = strawberry.field(
        description="Facts not given that something turns on; empty when every approval is decided as far as facts go."
    )
    parameters: list[_ParameterMissing] = strawberry.field(  # type: ignore[valid-type]
        description="Parameters the rulebook has no value for: not to be asked of the applicant, but to be looked up."
    )
    rulebook: str = strawberry.field(description=_RULEBOOK)
    note: str = strawberry.field(description=_NOTE)


WhyResult = Annotated[
    Union[Explanation, UnknownApproval, InvalidProject],  # noqa: UP007
    strawberry.union("WhyResult", description="The reasons, or what must be put right first."),
]
QuestionsResult = Annotated[
    Union[Questions, InvalidProject],  # noqa: UP007
    strawberry.union("QuestionsResult", description="The questions, or what must be put right first."),
]


def query_fields(form: ProjectForm) -> dict[str, Any]:
    """`why` and `questions` of the query type, for the form made from one rulebook."""

    def why(info: strawberry.Info[Context, None], project: Any, approval: Any, as_of: Any = strawberry.UNSET) -> Any:
        in_use, day = info.context.in_use, as_of or info.context.today
        facts = read_project(in_use, project, [(day, ["asOf"])])
        return facts if isinstance(facts, InvalidProject) else _explained(in_use, facts, approval, day)

    def questions(info: strawberry.Info[Context, None], project: Any, as_of: Any = strawberry.UNSET) -> Any:
        in_use = info.context.in_use
        planned = preview(in_use, project, as_of or info.context.today)
        return planned if isinstance(planned, InvalidProject) else _asked(in_use, planned)

    project = _argument(form.project, "The project's facts.")
    as_of: Any = Annotated[datetime.date | None, strawberry.argument(description=_AS_OF)]
    why.__annotations__ |= {"project": project, "approval": APPROVAL_ARGUMENT, "as_of": as_of}
    questions.__annotations__ |= {"project": project, "as_of": as_of}
    return {
        "why": strawberry.field(
            resolver=why,
            graphql_type=WhyResult,
            description="Why a project needs an approval or does not, and what would change that.",
        ),
        "questions": strawberry.field(
            resolver=questions, graphql_type=QuestionsResult, description="What to ask next of a project, the most decisive first."
        ),
    }


def _argument(type_: Any, description: str) -> Any:
    return Annotated[type_, strawberry.argument(description=description)]


APPROVAL_ARGUMENT = Annotated[str, strawberry.argument(description="The approval's code, or its whole name.")]


def why_of_plan(in_use: InUse, kept: Plan, approval: str, only: Collection[str] | None = None) -> Any:
    """The `WhyResult` for a kept plan's project on the plan's day, by the rulebook in use.

    `kept` is the whole plan, for its echo of the project. `only`: codes of the approvals that may be asked about; others are as if the
    rulebook did not have them.
    """
    facts = _echoed(in_use, kept)
    if isinstance(facts, InvalidProject):
        return facts
    return _explained(in_use, facts, approval, kept.as_of, _remark(in_use, kept), only)


def questions_of_plan(in_use: InUse, kept: Plan, only: Collection[str] | None = None) -> Any:
    """The `QuestionsResult` for a kept plan's project on the plan's day, by the rulebook in use.

    `only`: codes of the approvals whose questions may be seen; what hangs on nothing else is left out.
    """
    facts = _echoed(in_use, kept)
    if isinstance(facts, InvalidProject):
        return facts
    try:
        with measure("plan"):
            again = in_use.planner.plan(facts, as_of=kept.as_of, start=kept.start)
    except DiagnosticError as error:
        return _unreadable(in_use, error)
    return _asked(in_use, again, _remark(in_use, kept), only)


def _echoed(in_use: InUse, kept: Plan) -> ProjectFacts | InvalidProject:
    """The project that a plan describes, as the rulebook in use reads it; its facts may be unknown there by now."""
    try:
        return in_use.planner.read(project_of(kept.project, in_use.planner.rulebook.vocabulary))
    except DiagnosticError as error:
        return _unreadable(in_use, error)


def _unreadable(in_use: InUse, error: DiagnosticError) -> InvalidProject:
    fields = in_use.form.fields
    return InvalidProject(problems=[problem_at(["project", fields.get(d.field, d.field)], d) for d in error.diagnostics])


def _remark(in_use: InUse, kept: Plan) -> str:
    """That the plan was made with another rulebook than the one that answers; "" when it was not."""
    made = kept.provenance
    if made.rulebook == in_use.digest:
        return ""
    now = in_use.planner.rulebook.title
    return (
        f"这份计划是用另一版规则库（{made.rulebook_name}，{made.rulebook[:12]}）制定的；这里按现在使用的规则库"
        f"（{now}，{in_use.digest[:12]}）回答，可能与计划写的不同"
    )


def _explained(
    in_use: InUse, facts: ProjectFacts, word: str, as_of: datetime.date, note: str = "", only: Collection[str] | None = None
) -> Explanation | UnknownApproval:
    book = in_use.planner.rulebook
    known = {code: a.model.name for code, a in book.approvals.items() if only is None or code in only}
    code = word if word in known else next((code for code, name in known.items() if name == word), None)
    if code is None:
        return _unknown(word, known)
    found = in_use.planner.why(facts, code, as_of=as_of)
    fields = in_use.form.fields
    return Explanation(
        code=found.code,
        name=found.name,
        as_of=found.as_of,
        answer=HOLDS[found.answer],
        because=list(found.because),
        flip=None
        if found.flip is None
        else [FactChange(code=c.fact, field=fields.get(c.fact), name=c.name, value=c.value, wanted=c.wanted) for c in found.flip],
        settle=list(_questions(in_use.form, book, found.settle)),
        lacking=list(found.lacking),
        rulebook=in_use.digest,
        note=note,
    )


def _unknown(word: str, known: dict[str, str]) -> UnknownApproval:
    near = _similar(word, known)
    suggestions = [NamedApproval(code=code, name=known[code]) for code in near]
    meant = "、".join(f"“{one.name}”（{one.code}）" for one in suggestions)
    message = f"规则库里没有事项“{word[:60]}”" + (f"，是不是要问{meant}？" if meant else "")
    return UnknownApproval(approval=word, message=message, suggestions=suggestions)


def _similar(word: str, known: dict[str, str]) -> list[str]:
    """Codes of approvals with a part of the name, or else a code or name that is nearly the same."""
    if not word or len(word) > 200:
        return []
    holding = [code for code, name in known.items() if word in name or word.lower() in code]
    by_word = {**{name: code for code, name in known.items()}, **{code: code for code in known}}
    alike = [by_word[one] for one in difflib.get_close_matches(word, by_word, n=_SUGGESTIONS, cutoff=0.6)]
    return list(dict.fromkeys([*alike, *holding]))[:_SUGGESTIONS]


def _asked(in_use: InUse, planned: Plan, note: str = "", only: Collection[str] | None = None) -> Questions:
    book, outline = in_use.planner.rulebook, Outline(planned, words_for("zh"))

    def seen(items: tuple[str, ...]) -> list[str]:
        return [code for code in items if only is None or code in only]

    questions = [
        OpenQuestion(fact=question, items=[Dependent(code=code, name=outline.name(code)) for code in seen(one.items)])
        for one in planned.open_facts
        if only is None or seen(one.items)
        for question in _questions(in_use.form, book, [one.code])
    ]
    parameters = [
        one if only is None else one.model_copy(update={"items": tuple(seen(one.items))})
        for one in planned.parameters_missing
        if only is None or seen(one.items)
    ]
    return Questions(as_of=planned.as_of, questions=questions, parameters=parameters, rulebook=in_use.digest, note=note)


def _questions(form: ProjectForm, book: Book, codes: Collection[str]) -> Iterator[FactQuestion]:
    """The questions for facts that a project can state; of what only rules can find there is nothing to ask."""
    facts = book.vocabulary.facts
    yield from (fact_question(facts[code], form.fields[code]) for code in codes if code in form.fields)
