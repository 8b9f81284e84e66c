"""From conclusions to a plan: which approvals, their papers and gates, the network they form, their dates.

An approval that still depends on facts not given is planned for as if it were needed: the plan then shows the later date, and says
on which facts it turns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Literal, TypeVar

from planner.calendar import PlanDate as Day
from planner.calendar import Span, WorkCalendar, WorkingDays
from planner.conditions import NotApplicable, Truth
from planner.inference.conclude import Conclusions
from planner.inference.questions import open_facts
from planner.network import COMPLETION, START_OF_WORKS, USE, WORKS_DONE, Activity, CyclicNetwork, Gate, Link, Network, build_network
from planner.plan import (
    AssumedZero,
    Certainty,
    DayUnit,
    ExcludedTime,
    GateHeld,
    Item,
    ItemDates,
    MaterialNeeded,
    Message,
    Milestone,
    Milestones,
    NotRequired,
    OpenFact,
    OpenRoute,
    Plan,
    PlanDate,
    PreparationStep,
    ProjectEcho,
    PromisedLimit,
    Provenance,
    RouteTaken,
    SkippedDays,
    Status,
    StatutoryLimit,
    Target,
    Totals,
    ValidityNote,
)
from planner.project import CONSTRUCTION, ProjectFacts
from planner.reasons import Explainer, LawMemory, legal_basis
from planner.rulebook.compile import ApprovalInForce, InForce, InForceRule
from planner.rulebook.models import Limit, Material, Promise, Route, Step, Validity
from planner.rulebook.rulebook import Rulebook
from planner.schedule import Schedule, back_from, schedule, serial_working_days
from planner.schedule import Target as Backward
from planner.vocabulary import show_value

MilestoneName = Literal["start_of_works", "completion", "use"]
MILESTONE_NAMES: Mapping[str, str] = {
    START_OF_WORKS: "开工",
    WORKS_DONE: "完工",
    COMPLETION: "竣工验收",
    USE: "投入使用",
}
_MILESTONE_CODES = {name: code for code, name in MILESTONE_NAMES.items()}
_HELD: Mapping[str, Gate] = {"开工": Gate.START, "竣工验收": Gate.COMPLETE, "投入使用": Gate.USE}
_GATES: Mapping[str, Gate] = {"受理": Gate.ACCEPT, "办结": Gate.DECIDE}
_ROUTES: Mapping[str, RouteTaken] = {
    "告知承诺": RouteTaken.COMMITMENT,
    "容缺受理": RouteTaken.DEFICIENCY,
    "预审": RouteTaken.PRE_REVIEW,
}
NO_TIME = WorkingDays(0)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """A target: which milestone, by when."""

    milestone: MilestoneName
    date: date


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What was settled about one approval before dates are known."""

    approval: ApprovalInForce
    status: Status
    limit: InForceRule[Limit] | None
    promise: InForceRule[Promise] | None
    steps: tuple[PreparationStep, ...]
    preparation: tuple[Span, ...]
    materials: tuple[MaterialNeeded, ...]
    gates: tuple[GateHeld, ...]
    links: tuple[Link, ...]
    later: bool
    later_within: tuple[Span, ...]
    doubts: tuple[Message, ...]


def assemble(
    book: Rulebook,
    law: InForce,
    facts: ProjectFacts,
    conclusions: Conclusions,
    calendar: WorkCalendar,
    start: date,
    wish: Wish | None,
    versions: Mapping[str, str],
    as_of: date,
    memory: LawMemory | None = None,
) -> Plan:
    """The plan. Pure: equal arguments give equal plans, byte for byte (`memory` only spares work already done)."""
    explainer = Explainer(law, book.vocabulary, conclusions, memory)
    truths = conclusions.formulas
    wanted = {a.model.code: truths[a.need] for a in law.approvals}
    planned = [a for a in law.approvals if wanted[a.model.code] is not Truth.FALSE]
    active = {a.model.code: _status(wanted[a.model.code]) for a in planned}
    names = {a.model.code: a.model.name for a in law.approvals}
    chosen = [_choose(a, active, names, facts, conclusions, explainer.memory) for a in planned]
    construction = facts.durations.get(CONSTRUCTION, NO_TIME)
    network, cycles = _network(chosen, names)
    handling = {c.approval.model.code: _handling(c.limit, None) for c in chosen}
    promised = schedule(network, calendar, start, construction)
    statutory_network = network.with_handling(handling)
    statutory = promised if _same_limits(network, handling) else schedule(statutory_network, calendar, start, construction)
    backward = back_from(network, calendar, start, wish.milestone, wish.date, construction) if wish else None
    items = tuple(_item(c, explainer, conclusions, promised, statutory, backward, calendar) for c in chosen)
    not_required = tuple(
        NotRequired(code=a.model.code, name=a.model.name, because=explainer.why_not(a))
        for a in law.approvals
        if wanted[a.model.code] is Truth.FALSE
    )
    blockers, warnings = _messages(law, conclusions, chosen, items, promised, statutory)
    return Plan(
        project=_echo(book, facts),
        as_of=as_of,
        start=start,
        target=_target(wish, backward) if wish and backward else None,
        items=items,
        not_required=not_required,
        open_facts=_open_facts(book, items),
        milestones=_milestones(promised, statutory),
        critical_path=tuple(f"{node.code}.{node.moment}" for node in promised.critical_path),
        totals=Totals(
            working_days_promised=promised.working_days,
            working_days_statutory=statutory.working_days,
            working_days_serial=serial_working_days(network, calendar, start),
            approvals=len(items),
            departments=len({i.department for i in items}),
            materials=sum(len(i.materials) for i in items),
            shared_materials=sum(m.shared for i in items for m in i.materials),
        ),
        blockers=(*cycles, *blockers),
        warnings=warnings,
        assumed_zero=_assumed_zero(chosen, facts),
        provenance=Provenance(
            facts=_facts_digest(facts),
            rulebook=book.digest,
            rulebook_name=book.title,
            calendar=calendar.digest,
            versions=dict(versions),
            as_of=as_of,
        ),
    )


# -- settling one approval -------------------------------------------------------------------------------------------


def _status(truth: Truth) -> Status:
    return Status.REQUIRED if truth is Truth.TRUE else Status.DEPENDS


def _open(rules: Iterable[InForceRule[T]], conclusions: Conclusions) -> list[InForceRule[T]]:
    return [r for r in rules if conclusions.formulas[r.formula] is not Truth.FALSE]


def _longest(span: Span) -> int:
    # For choosing between limits only: working days weigh the weekends they span.
    return span.n * 7 if isinstance(span, WorkingDays) else span.n * 5


def _choose(
    approval: ApprovalInForce,
    active: Mapping[str, Status],
    names: Mapping[str, str],
    facts: ProjectFacts,
    conclusions: Conclusions,
    memory: LawMemory,
) -> _Chosen:
    model = approval.model
    doubts: list[Message] = []
    certain = [r for r in approval.limits if conclusions.formulas[r.formula] is Truth.TRUE]
    candidates = certain or _open(approval.limits, conclusions)
    limit = max(candidates, key=lambda r: _longest(r.item.term), default=None)
    if len({str(r.item.term) for r in candidates}) > 1:
        why = "有几条法定时限同时适用" if certain else "适用哪条法定时限尚不能判断"
        doubts.append(
            Message(
                code="limit_in_doubt",
                text=f"{model.name}：{why}，按最长的 {limit.item.term if limit else ''} 排期",
                status=Status.REQUIRED,
            )
        )
    promise = approval.promises[-1] if approval.promises else None
    steps = tuple(
        _step(s, facts.durations.get(s.code)) for s, formula in approval.steps if conclusions.formulas[formula] is not Truth.FALSE
    )
    preparation = tuple(facts.durations[s.code] for s in steps if s.code in facts.durations)
    # A paper may come later only where this layer opens it and the applicant is known to be in good standing.
    trusted = conclusions.values.get("credit_bad") is False
    may_follow = {r.item.material: r.item for r in approval.later} if trusted else {}
    softer = {r.item.approval for r in approval.softer if r.item.gate == "办结"}
    links: dict[tuple[str, str], Link] = {}
    gates: list[GateHeld] = []
    later_within: list[Span] = []

    def wait_for(before: str, gate: Gate, name: str, rule: InForceRule[T], status: Status) -> None:
        gates.append(_gate(memory, rule, before, name, gate, status))
        known = links.get((before, model.code))
        if known is None or known.gate is Gate.DECIDE:
            links[(before, model.code)] = Link(before, gate, model.code)

    for rule in _open(approval.prerequisites, conclusions):
        one = rule.item
        certainty = conclusions.formulas[rule.formula]
        if one.approval is not None and one.approval in active:
            gate = Gate.DECIDE if one.approval in softer else _GATES[one.gate]
            wait_for(one.approval, gate, names[one.approval], rule, _both(active[one.approval], certainty))
        elif one.milestone is not None:
            wait_for(_MILESTONE_CODES[one.milestone], _GATES[one.gate], one.milestone, rule, _status(certainty))
    materials: list[MaterialNeeded] = []
    for paper in _open(approval.materials, conclusions):
        item = paper.item
        status = _status(conclusions.formulas[paper.formula])
        if item.comes_from is not None:
            if item.comes_from not in active:
                continue
            status = _both(active[item.comes_from], conclusions.formulas[paper.formula])
        follows = item.name in may_follow
        if follows:
            within = may_follow[item.name].within
            later_within += [within] if within is not None else []
        if item.comes_from is not None:
            gate = Gate.DECIDE if follows or item.comes_from in softer else _GATES[item.gate]
            wait_for(item.comes_from, gate, names[item.comes_from], paper, status)
        materials.append(_material(memory, paper, status, follows))
    for hold in _open(approval.holds, conclusions):
        milestone = _MILESTONE_CODES[hold.item.milestone]
        gate = _HELD[hold.item.milestone]
        gates.append(_gate(memory, hold, milestone, hold.item.milestone, gate, _status(conclusions.formulas[hold.formula])))
        links[(model.code, milestone)] = Link(model.code, gate)
    return _Chosen(
        approval=approval,
        status=active[model.code],
        limit=limit,
        promise=promise,
        steps=steps,
        preparation=preparation,
        materials=tuple(materials),
        gates=tuple(gates),
        links=tuple(links.values()),
        later=any(m.later for m in materials),
        later_within=tuple(later_within),
        doubts=tuple(doubts),
    )


def _gate(memory: LawMemory, rule: InForceRule[T], code: str, name: str, gate: Gate, status: Status) -> GateHeld:
    def make() -> GateHeld:
        basis = legal_basis(rule.basis)
        return GateHeld(code=code, name=name, gate=gate.value, status=status, basis=basis, verified=rule.checked)

    return memory.part(rule, gate, status, make=make)


def _material(memory: LawMemory, rule: InForceRule[Material], status: Status, later: bool) -> MaterialNeeded:
    def make() -> MaterialNeeded:
        paper = rule.item
        return MaterialNeeded(
            name=paper.name,
            issuer=paper.issuer,
            comes_from=paper.comes_from,
            shared=paper.shared,
            secondary=paper.secondary,
            later=later,
            status=status,
            basis=legal_basis(rule.basis),
        )

    return memory.part(rule, status, later, make=make)


def _both(status: Status, truth: Truth) -> Status:
    return Status.REQUIRED if status is Status.REQUIRED and truth is Truth.TRUE else Status.DEPENDS


def _handling(limit: InForceRule[Limit] | None, promise: InForceRule[Promise] | None) -> tuple[Span, ...]:
    """The limit and the procedures that always take place, each in its own unit; nothing when no limit is known."""
    spans: list[Span] = []
    if promise is not None:
        spans.append(promise.item.term)
    elif limit is not None:
        spans.append(limit.item.term)
    if limit is not None:
        spans += [e.at_most for e in limit.item.excluded if e.always and e.at_most is not None]
    return tuple(spans)


def _same_limits(network: Network, handling: Mapping[str, tuple[Span, ...]]) -> bool:
    return all(a.handling == handling[a.code] for a in network.activities)


def _network(chosen: Sequence[_Chosen], names: Mapping[str, str]) -> tuple[Network, list[Message]]:
    """The network; where links wait for each other (the loader lets no unconditional cycle through), they are cut and reported."""
    activities = [Activity(c.approval.model.code, c.preparation, _handling(c.limit, c.promise)) for c in chosen]
    links = [link for c in chosen for link in c.links]
    found: list[Message] = []
    while True:
        network = build_network(activities, links)
        if not isinstance(network, CyclicNetwork):
            return network, found
        for cycle in network.cycles:
            ring = " → ".join(names.get(code, MILESTONE_NAMES.get(code, code)) for code in (*cycle, cycle[0]))
            text = f"前置关系成环：{ring}。这几项的先后无法排定，请核对项目事实或规则"
            found.append(Message(code="prerequisite_cycle", text=text, status=Status.REQUIRED))
            inside = set(cycle)
            links = [k for k in links if not (k.before in inside and (k.after or k.gate.value) in inside | {k.gate.value})]


# -- one item --------------------------------------------------------------------------------------------------------


def _step(step: Step, span: Span | None) -> PreparationStep:
    days, unit = (None, None) if span is None else (span.n, _unit(span))
    return PreparationStep(code=step.code, name=step.name, by=step.by, days=days, unit=unit)


def _unit(span: Span) -> DayUnit:
    return DayUnit.WORKING_DAYS if isinstance(span, WorkingDays) else DayUnit.CALENDAR_DAYS


@lru_cache(maxsize=65_536)
def plan_date(day: Day) -> PlanDate:
    """A calendar date as plans show it."""
    return PlanDate.model_construct(
        date=day.date,
        certainty=Certainty.FIRM if day.certainty == "FIRM" else Certainty.PROVISIONAL,
        earliest=day.earliest,
        latest=day.latest,
        skipped=tuple(SkippedDays.model_construct(first=s.first, last=s.last, name=s.name) for s in day.skipped),
    )


def _item(
    chosen: _Chosen,
    explainer: Explainer,
    conclusions: Conclusions,
    promised: Schedule,
    statutory: Schedule,
    backward: Backward | None,
    calendar: WorkCalendar,
) -> Item:
    approval, model = chosen.approval, chosen.approval.model
    because = explainer.why_needed(approval)
    dates = promised.items[model.code]
    full = statutory.items[model.code]
    in_target = backward.items.get(model.code) if backward else None
    limit = chosen.limit
    memory = explainer.memory
    routes = tuple(_route(memory, r, _status(conclusions.formulas[r.formula])) for r in _open(approval.routes, conclusions))
    taken = RouteTaken.DEFICIENCY if chosen.later else RouteTaken.STANDARD
    if any(r.route is RouteTaken.COMMITMENT and r.status is Status.REQUIRED for r in routes):
        taken = RouteTaken.COMMITMENT
    bases = {b: None for reason in because for b in reason.basis}
    bases.update(dict.fromkeys(legal_basis(limit.basis) if limit else ()))
    bases.update({b: None for g in chosen.gates for b in g.basis})
    checked = [
        *(r.checked for r in approval.applies if conclusions.formulas[r.formula] is not Truth.FALSE),
        *(g.verified for g in chosen.gates),
        *([limit.checked] if limit else []),
    ]
    supplement = None
    if chosen.later:
        offers = [calendar.deadline(dates.accept, span) for span in chosen.later_within]
        supplement = min([*offers, dates.decide], key=lambda d: d.date)
    return Item(
        code=model.code,
        name=model.name,
        kind=model.kind.value,
        stage=model.stage.value,
        function=approval.function,
        department=approval.department.bureau if approval.department else approval.function,
        department_verified=approval.department is not None and approval.department.checked == "已核",
        status=chosen.status,
        depends_on=open_facts(explainer.book, conclusions, approval.need) if chosen.status is Status.DEPENDS else (),
        because=because,
        statutory=memory.part(limit, "limit", make=lambda: _statutory(limit)) if limit else None,
        promised=_promised(chosen.promise),
        excluded=memory.part(limit, "excluded", make=lambda: _excluded(limit)) if limit else (),
        route=taken,
        routes=routes,
        preparation=chosen.steps,
        materials=chosen.materials,
        gates=chosen.gates,
        conditions=approval.conditions,
        basis=tuple(bases),
        result=model.result,
        validity=tuple(memory.part(v, make=partial(_validity, v)) for v in approval.validity),
        dates=ItemDates(
            submit_from=plan_date(dates.submit_from),
            accept=plan_date(dates.accept),
            decide_promised=plan_date(dates.decide),
            decide_statutory=plan_date(full.decide),
            supplement_by=plan_date(supplement) if supplement else None,
            verify_by=None,
            latest_submit=plan_date(in_target.latest_submit if in_target else dates.latest_accept),
        ),
        slack=in_target.slack if in_target else dates.slack,
        critical=dates.critical,
        verified=all(checked),
        note="；".join(text for text in (model.note, limit.item.note if limit else "") if text),
    )


def _route(memory: LawMemory, rule: InForceRule[Route], status: Status) -> OpenRoute:
    def make() -> OpenRoute:
        route, basis = _ROUTES[rule.item.way], legal_basis(rule.basis)
        return OpenRoute(route=route, status=status, basis=basis, verified=rule.checked, note=rule.item.note)

    return memory.part(rule, status, make=make)


def _validity(rule: InForceRule[Validity]) -> ValidityNote:
    return ValidityNote(term=rule.item.term, basis=legal_basis(rule.basis), verified=rule.checked)


def _statutory(limit: InForceRule[Limit]) -> StatutoryLimit:
    item = limit.item
    return StatutoryLimit(
        days=item.term.n,
        unit=_unit(item.term),
        starts="receipt" if item.starts == "收到申请" else "acceptance",
        extension_days=item.extension.n if item.extension is not None else None,
        extension_unit=_unit(item.extension) if item.extension is not None else None,
        verified=limit.checked,
        basis=legal_basis(limit.basis),
        note=item.note,
    )


def _promised(promise: InForceRule[Promise] | None) -> PromisedLimit | None:
    if promise is None:
        return None
    term = promise.item.term
    return PromisedLimit(days=term.n, unit=_unit(term), verified=promise.checked, basis=legal_basis(promise.basis))


def _excluded(limit: InForceRule[Limit]) -> tuple[ExcludedTime, ...]:
    return tuple(
        ExcludedTime(
            procedure=e.procedure,
            days=e.at_most.n if e.at_most is not None else None,
            unit=_unit(e.at_most) if e.at_most is not None else None,
            counted=e.always and e.at_most is not None,
        )
        for e in limit.item.excluded
    )


# -- around the items ------------------------------------------------------------------------------------------------


def _milestones(promised: Schedule, statutory: Schedule) -> Milestones:
    def milestone(name: Literal["start_of_works", "completion", "use"]) -> Milestone:
        return Milestone(promised=plan_date(promised.milestones[name]), statutory=plan_date(statutory.milestones[name]))

    return Milestones(start_of_works=milestone("start_of_works"), completion=milestone("completion"), use=milestone("use"))


def _target(wish: Wish, backward: Backward) -> Target:
    names = {"preparation": "/preparation", "handling": "", "construction": ""}
    conflict = tuple(
        CONSTRUCTION if term.part == "construction" else f"{term.code}{names[term.part]}" for term in backward.conflict
    )
    return Target(
        milestone=wish.milestone,
        date=wish.date,
        feasible=backward.feasible,
        earliest=plan_date(backward.earliest),
        conflict=conflict,
    )


def _open_facts(book: Rulebook, items: Sequence[Item]) -> tuple[OpenFact, ...]:
    """Facts that would settle something, those that settle most first."""
    hanging: dict[str, list[str]] = {}
    for item in items:
        for code in item.depends_on:
            hanging.setdefault(code, []).append(item.code)
    ordered = sorted(hanging.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    facts = book.vocabulary.facts
    return tuple(
        OpenFact(code=c, name=facts[c].name, question=facts[c].question or f"{facts[c].name}？", items=tuple(codes))
        for c, codes in ordered
    )


def _assumed_zero(chosen: Sequence[_Chosen], facts: ProjectFacts) -> tuple[AssumedZero, ...]:
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
    if CONSTRUCTION not in facts.durations:
        found[(CONSTRUCTION, "")] = AssumedZero(code=CONSTRUCTION, name="施工", item="", reason="项目没有给出工期")
    return tuple(found.values())


def _messages(
    law: InForce,
    conclusions: Conclusions,
    chosen: Sequence[_Chosen],
    items: Sequence[Item],
    promised: Schedule,
    statutory: Schedule,
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
            status=_status(truth),
            depends_on=open_facts(law.compiled, conclusions, notice.formula) if truth is Truth.UNKNOWN else (),
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
    unverified = [i.name for i in items if not i.verified]
    if unverified:
        warn("unverified", "以下事项的条件、时限或先后关系尚有未对照正式文本核实之处（待核）：" + "、".join(unverified))
    if any(i.statutory is not None and i.statutory.unit is DayUnit.CALENDAR_DAYS for i in items):
        warn("calendar_days", "法律只写“日”的时限按自然日计算（从严），最后一日逢休息日顺延")
    if promised.end.certainty != "FIRM" or statutory.end.certainty != "FIRM":
        warn("provisional", "部分日期超出已公布的放假安排，标为 PROVISIONAL，并给出最早和最晚")
    if law.missing:
        warn("not_in_rulebook", "规则库尚未收录、须另行核对的事项：" + "、".join(law.missing))
    return blockers, tuple(warnings)


def _echo(book: Rulebook, facts: ProjectFacts) -> ProjectEcho:
    project = facts.project
    return ProjectEcho(
        name=project.name,
        content=project.content,
        district=project.district,
        progress=project.progress,
        facts={code: show_value(book.vocabulary.facts[code], value) for code, value in facts.values.items()},
        durations={code: str(span) for code, span in facts.durations.items()},
    )


def _facts_digest(facts: ProjectFacts) -> str:
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
