"""What a plan says around its items: milestones, target, open questions, assumed zeros, blockers and warnings, provenance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from planner.assembly.dates import last_of, plan_date
from planner.assembly.settle import MILESTONE_NAMES, Settled, not_false, status_of
from planner.calendar import PlanDate as Day
from planner.calendar import Span
from planner.conditions import NotApplicable, Truth
from planner.inference.conclude import Conclusions
from planner.inference.questions import OpenQuestions
from planner.plan import (
    AssumedZero,
    ConflictTerm,
    DayUnit,
    Item,
    JointProcedure,
    Message,
    Milestone,
    MilestoneName,
    Milestones,
    OpenFact,
    ParameterMissing,
    PlanDate,
    ProjectEcho,
    ProjectTeam,
    RouteTaken,
    Status,
    Target,
    TimeCap,
)
from planner.project import CONSTRUCTION, ProjectFacts
from planner.reasons import legal_basis
from planner.rulebook.compile import InForce
from planner.rulebook.rulebook import BAD_CREDIT, PROJECT_CLASS, Rulebook
from planner.schedule import Reached, Schedule, Term
from planner.schedule import Target as Backward
from planner.vocabulary import show_value


@dataclass(frozen=True, slots=True)
class Wish:
    """A target: which milestone, by when."""

    milestone: MilestoneName
    date: date


def milestones_of(promised: Reached, statutory: Reached) -> Milestones:
    """Both days of each milestone. A limit in days can end before a promise in working days that spans a holiday: the later one stands."""

    def milestone(name: Literal["start_of_works", "completion", "use"]) -> Milestone:
        soon, late = promised.milestones[name], statutory.milestones[name]
        return Milestone(promised=plan_date(soon), statutory=plan_date(soon if soon == late else last_of(soon, late)))

    return Milestones(start_of_works=milestone("start_of_works"), completion=milestone("completion"), use=milestone("use"))


def target_of(wish: Wish, backward: Backward, with_routes: Day | None, chosen: Sequence[Settled], construction: Span) -> Target:
    """The target, and the durations that forbid it, each with the law that makes it. `with_routes`: its day with every route taken."""
    settled = {one.approval.model.code: one for one in chosen}
    return Target(
        milestone=wish.milestone,
        date=wish.date,
        feasible=backward.feasible,
        certain=backward.certain,
        earliest=plan_date(backward.earliest),
        earliest_with_routes=plan_date(with_routes or backward.earliest),
        conflict=tuple([_conflict_term(term, settled.get(term.code), construction) for term in backward.conflict]),
    )


def _conflict_term(term: Term, settled: Settled | None, construction: Span) -> ConflictTerm:
    if settled is None:
        return ConflictTerm(code=CONSTRUCTION, name="施工", part="construction", length=str(construction), basis=(), verified=True)
    spans = settled.preparation if term.part == "preparation" else settled.handling
    stated = [rule for rule in (settled.promise, settled.limit) if rule is not None] if term.part == "handling" else []
    return ConflictTerm(
        code=term.code,
        name=settled.approval.model.name,
        part=term.part,
        length="＋".join(map(str, spans)),
        basis=tuple(dict.fromkeys(law for rule in stated for law in legal_basis(rule.basis))),
        verified=all(rule.checked for rule in stated),
    )


def open_questions_of(
    book: Rulebook, law: InForce, conclusions: Conclusions, questions: OpenQuestions, chosen: Sequence[Settled]
) -> tuple[tuple[OpenFact, ...], tuple[ParameterMissing, ...]]:
    """Facts that would settle something, those that settle most first; and the parameters without a value that matter here.

    Something: whether an approval is needed, which of its limits, papers, gates and routes apply, whether a blocker holds. A parameter
    also matters when an approval of the plan is said to use it.
    """
    hanging: dict[str, dict[str, None]] = {}

    def hang(code: str, formula: str) -> None:
        if conclusions.formulas[formula] is Truth.UNKNOWN:
            for fact in questions.causes(formula):
                hanging.setdefault(fact, {})[code] = None

    for one in chosen:
        approval = one.approval
        hang(approval.model.code, approval.need)
        for formula in approval.questions:
            hang(approval.model.code, formula)
        for way in one.ways.known:
            for formula in way.doubts:
                hang(approval.model.code, formula)
            if way.credit_asked and BAD_CREDIT in book.vocabulary.facts:
                hanging.setdefault(BAD_CREDIT, {})[approval.model.code] = None
    for notice in law.notices:
        if notice.item.severity == "阻断":
            hang(notice.item.code, notice.formula)
    # A fast lane that is not open asks nothing of the project, but a number it lacks is worth knowing.
    for lane in law.lanes:
        if conclusions.formulas[lane.formula] is Truth.UNKNOWN:
            for fact in questions.causes(lane.formula):
                if fact in law.parameters:
                    hanging.setdefault(fact, {})[lane.item.code] = None
    planned = {one.approval.model.code for one in chosen}
    missing: list[ParameterMissing] = []
    for parameter in law.parameters.values():
        items = dict.fromkeys([*hanging.pop(parameter.fact, ()), *(code for code in parameter.uses if code in planned)])
        if items:
            missing.append(
                ParameterMissing(
                    code=parameter.code,
                    name=parameter.name,
                    unit=parameter.unit,
                    note=parameter.note,
                    items=tuple(items),
                    basis=legal_basis(parameter.basis),
                )
            )
    ordered = sorted(hanging.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    facts = book.vocabulary.facts
    asked = tuple(
        OpenFact(code=c, name=facts[c].name, question=facts[c].question or f"{facts[c].name}？", items=tuple(codes))
        for c, codes in ordered
    )
    return asked, tuple(missing)


def team_of(law: InForce, conclusions: Conclusions) -> ProjectTeam | None:
    """The working group for the project's class; None when the class is not given or no group is there for it."""
    given = conclusions.values.get(PROJECT_CLASS)
    classes = {given} if isinstance(given, str) else given if isinstance(given, frozenset) else frozenset()
    for team in law.teams:
        if team.classes & classes:
            basis = legal_basis(team.basis)
            return ProjectTeam(code=team.code, name=team.name, offices=team.offices, verified=team.checked, basis=basis)
    return None


def lapses_before_use(items: Sequence[Item], promised: Schedule) -> Iterator[Message]:
    """A warning for each result that lapses before the milestone it is good for, on the promised schedule of this very plan."""
    for item in items:
        for one in item.validity:
            if one.lapses is None or one.reach is None:
                continue
            reached = promised.milestones[one.reach]
            if reached.latest <= one.lapses.earliest:
                continue
            verb = "晚于" if reached.date > one.lapses.date else "可能晚于"
            last, day = one.lapses.date.isoformat(), reached.date.isoformat()
            text = f"{item.name}：{item.result}的有效期到 {last}（{one.term}），按本计划{MILESTONE_NAMES[one.reach]}在 {day}，{verb}到期日"
            yield Message(code="lapses_before_use", text=text, status=one.status, basis=one.basis)


def papers_too_late(items: Sequence[Item]) -> Iterator[Message]:
    """A warning for each paper that is to follow by a day on which the approval it comes from is not decided yet."""
    decided = {item.code: (item.name, item.dates.decide_promised) for item in items}
    for item in items:
        sources = {paper.name: paper.comes_from for paper in item.materials if paper.later}
        for route in item.routes:
            if route.due is None or route.route is not RouteTaken.DEFICIENCY:
                continue
            for name in route.papers:
                source, there = decided.get(sources.get(name) or "", ("", None))
                if there is None or not _may_come_after(there, route.due):
                    continue
                due, day = route.due.date.isoformat(), there.date.isoformat()
                verb = "来不及" if there.date > route.due.date else "可能来不及"
                text = f"{item.name}：容缺受理后“{name}”应在 {due} 前补齐，它是{source}的结果，按本计划 {day} 才办结，{verb}"
                yield Message(code="paper_too_late", text=text, status=item.status, basis=route.basis)


def _may_come_after(one: PlanDate, other: PlanDate) -> bool:
    """Whether a day is later than another, on the expected days or on either bound. Compared bound by bound: the same notices move both."""
    return one.date > other.date or one.earliest > other.earliest or one.latest > other.latest


def over_the_limit(caps: Sequence[TimeCap], joint: Sequence[JointProcedure]) -> Iterator[Message]:
    """A warning for each cap that the plan's own time exceeds, and each joint procedure whose members do not fit its limit."""
    for cap in caps:
        if cap.over:
            where = "办完" if cap.milestone == "end" else MILESTONE_NAMES[cap.milestone]
            text = f"{cap.name}：到{where}最多 {cap.days} 个工作日，本计划部门办理时间 {cap.working_days} 个工作日，超过 {cap.working_days - cap.days} 个"
            yield Message(code="over_cap", text=text, status=cap.status, basis=cap.basis)
    for one in joint:
        if one.over:
            unit = "工作日" if one.unit is DayUnit.WORKING_DAYS else "日"
            text = f"{one.name}：整个办理最多 {one.days} {unit}，各事项合起来从 {one.begins.date} 到 {one.ends.date}，超过了"
            yield Message(code="over_joint_limit", text=text, status=one.status, basis=one.basis)


def assumed_zero_of(chosen: Sequence[Settled], facts: ProjectFacts) -> tuple[AssumedZero, ...]:
    found: dict[tuple[str, str], AssumedZero] = {}
    for one in chosen:
        model = one.approval.model
        for step in one.steps:
            if step.days is None:
                found[(step.code, model.code)] = AssumedZero(
                    code=step.code, name=step.name, item=model.code, reason="项目没有给出时长"
                )
        if one.limit is None and one.promise is None:
            found[(model.code, model.code)] = AssumedZero(
                code=model.code, name=model.name, item=model.code, reason="没有查到法定时限，也没有公布承诺时限"
            )
        for procedure in one.limit.item.excluded if one.limit else ():
            if procedure.always and procedure.at_most is None:
                found[(procedure.procedure, model.code)] = AssumedZero(
                    code="", name=procedure.procedure, item=model.code, reason="必经的特别程序，没有查到法定上限"
                )
    if CONSTRUCTION not in facts.durations:
        found[(CONSTRUCTION, "")] = AssumedZero(code=CONSTRUCTION, name="施工", item="", reason="项目没有给出工期")
    return tuple(found.values())


def messages_of(
    law: InForce,
    conclusions: Conclusions,
    questions: OpenQuestions,
    chosen: Sequence[Settled],
    items: Sequence[Item],
    promised: Schedule,
    statutory: Reached,
    caps: Sequence[TimeCap],
    joint: Sequence[JointProcedure],
    changes: Sequence[date],
    as_of: date,
) -> tuple[list[Message], tuple[Message, ...]]:
    blockers: list[Message] = []
    warnings: list[Message] = []
    for notice in law.notices:
        truth = conclusions.formulas[notice.formula]
        if truth is Truth.FALSE or (truth is Truth.UNKNOWN and notice.item.severity == "提示"):
            continue
        message = Message(
            code=notice.item.code,
            text=f"{notice.item.name}：{notice.item.text}",
            status=status_of(truth),
            depends_on=questions.facts(notice.formula) if truth is Truth.UNKNOWN else (),
            basis=legal_basis(notice.basis),
        )
        (blockers if notice.item.severity == "阻断" and truth is Truth.TRUE else warnings).append(message)
    for code, rows in conclusions.conflicts:
        names = "、".join(r.split("#", 1)[1] for r in rows)
        text = f"决策表“{law.tables[code].title}”应当至多一行适用，现在有几行同时适用：{names}。请核对"
        blockers.append(Message(code="table_conflict", text=text, status=Status.REQUIRED))
    for one in chosen:
        warnings += one.doubts

    def warn(code: str, text: str) -> None:
        warnings.append(Message(code=code, text=text, status=Status.REQUIRED))

    unpromised = [i.name for i in items if i.promised is None]
    if unpromised:
        warn("no_promise", f"{len(unpromised)} 个事项没有查到本地公布的承诺时限，按法定时限排期")
    outdated = [
        one.approval.model.name for one in chosen if any(not rule.basis for rule in not_false(one.approval.applies, conclusions))
    ]
    if outdated:
        warn(
            "law_of_another_time", "以下事项的规则在这一天没有有效的法律依据，规则库可能没有收录当时的法律：" + "、".join(outdated)
        )
    unverified = [i.name for i in items if not i.verified]
    if unverified:
        warn("unverified", "以下事项的条件、时限或先后关系尚有未对照正式文本核实之处（待核）：" + "、".join(unverified))
    warnings += lapses_before_use(items, promised)
    warnings += papers_too_late(items)
    warnings += over_the_limit(caps, joint)
    if any(i.statutory is not None and i.statutory.unit is DayUnit.CALENDAR_DAYS for i in items):
        warn("calendar_days", "法律只写“日”的时限按自然日计算（从严），最后一日逢休息日顺延")
    last = max(promised.end.date, statutory.end.date)
    coming = [day for day in changes if as_of < day <= last]
    if coming:
        days = "、".join(day.isoformat() for day in coming)
        warn("law_changes", f"计划期间（到 {last.isoformat()} 为止）规则库里有规定生效或失效：{days}。届时尚未办结的事项要重新核对")
    if promised.end.certainty != "FIRM" or statutory.end.certainty != "FIRM":
        warn("provisional", "部分日期超出已公布的放假安排，只能暂定，并给出最早和最晚")
    if law.missing:
        warn("not_in_rulebook", "规则库尚未收录、须另行核对的事项：" + "、".join(law.missing))
    return blockers, tuple(warnings)


def echo_of(book: Rulebook, facts: ProjectFacts) -> ProjectEcho:
    project = facts.project
    return ProjectEcho(
        name=project.name,
        content=project.content,
        district=project.district,
        progress=project.progress,
        facts={code: show_value(book.vocabulary.facts[code], value, exactly=True) for code, value in facts.values.items()},
        durations={code: str(span) for code, span in facts.durations.items()},
    )


def facts_digest(facts: ProjectFacts) -> str:
    canonical = {
        "project": [facts.project.name, facts.project.content, facts.project.district, facts.project.progress],
        "facts": {code: _canonical(value) for code, value in facts.values.items()},
        "durations": {code: str(span) for code, span in facts.durations.items()},
    }
    return hashlib.sha256(json.dumps(canonical, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, NotApplicable):
        return {"na": True}
    if isinstance(value, frozenset):
        return sorted(value)
    return value if isinstance(value, bool) else str(value)
