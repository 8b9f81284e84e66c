"""Settling one approval before dates are known: its limit, its papers, what it waits for and what it holds back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar

from planner.assembly.parts import gate_part, material_part, step_part
from planner.calendar import Span, WorkingDays
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.network import COMPLETION, HELD_BY, START_OF_WORKS, USE, WORKS_DONE, Gate, Link
from planner.plan import GateHeld, MaterialNeeded, Message, PreparationStep, RouteTaken, Status
from planner.project import ProjectFacts
from planner.reasons import LawMemory
from planner.rulebook.compile import ApprovalInForce, InForce, InForceRule, Stated
from planner.rulebook.models import ChosenGate, Department, Limit, Promise, Route
from planner.rulebook.rulebook import BAD_CREDIT

T = TypeVar("T")
MILESTONE_NAMES: Mapping[str, str] = {
    START_OF_WORKS: "开工",
    WORKS_DONE: "完工",
    COMPLETION: "竣工验收",
    USE: "投入使用",
}
_MILESTONE_CODES = {name: code for code, name in MILESTONE_NAMES.items()}
_HOLDING: Mapping[str, Gate] = {milestone: gate for gate, milestone in HELD_BY.items()}
_GATES: Mapping[str, Gate] = {"受理": Gate.ACCEPT, "办结": Gate.DECIDE}


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What was settled about one approval before dates are known. Told apart by identity."""

    approval: ApprovalInForce
    function: str
    department: Stated[Department] | None
    status: Status
    limit: InForceRule[Limit] | None
    promise: InForceRule[Promise] | None
    steps: tuple[PreparationStep, ...]
    preparation: tuple[Span, ...]
    materials: tuple[MaterialNeeded, ...]
    gates: tuple[GateHeld, ...]
    links: tuple[Link, ...]
    route: RouteTaken
    verify_within: Span | None
    later_within: tuple[Span, ...]
    doubts: tuple[Message, ...]

    @property
    def later(self) -> bool:
        """Whether some paper may follow after acceptance."""
        return any(m.later for m in self.materials)


def status_of(truth: Truth) -> Status:
    return Status.REQUIRED if truth is Truth.TRUE else Status.DEPENDS


def not_false(rules: Iterable[InForceRule[T]], conclusions: Conclusions) -> list[InForceRule[T]]:
    return [r for r in rules if conclusions.formulas[r.formula] is not Truth.FALSE]


def _longest(span: Span) -> int:
    # For choosing between limits only: working days weigh the weekends they span.
    return span.n * 7 if isinstance(span, WorkingDays) else span.n * 5


@dataclass(frozen=True, slots=True)
class _Reads:
    """What settling an approval reads: `truths` picks the truth of every formula out of all, `steps` are those a project may time."""

    truths: Callable[[Mapping[str, Truth]], Any]
    steps: tuple[str, ...]


def _reads(approval: ApprovalInForce, law: InForce) -> _Reads:
    related = {rule.item.approval for rule in approval.prerequisites} | {paper.item.comes_from for paper in approval.materials}
    needs = [other.need for other in law.approvals if other.model.code in related]
    formulas = dict.fromkeys([approval.need, *approval.questions, *(formula for _, formula in approval.steps), *needs])
    return _Reads(itemgetter(*formulas), tuple(step.code for step, _ in approval.steps))


def settle(
    approval: ApprovalInForce,
    active: Mapping[str, Status],
    names: Mapping[str, str],
    facts: ProjectFacts,
    conclusions: Conclusions,
    memory: LawMemory,
) -> Settled:
    """What is settled about an approval of the plan. `active`: the approvals of the plan; `names`: of every approval, by code.

    It depends on nothing but the truths of the approval's formulas, which of the approvals it names are needed, the durations given
    for its steps and whether the applicant is in good standing, and is remembered by these.
    """
    reads = memory.part(approval, "reads", make=lambda: _reads(approval, memory.law))
    trusted = conclusions.values.get(BAD_CREDIT) is False
    durations = tuple([facts.durations.get(code) for code in reads.steps])
    key = ("settled", approval.model.code, reads.truths(conclusions.formulas), durations, trusted)
    return memory.by(key, lambda: _settle(approval, active, names, facts, conclusions, memory))


def _settle(
    approval: ApprovalInForce,
    active: Mapping[str, Status],
    names: Mapping[str, str],
    facts: ProjectFacts,
    conclusions: Conclusions,
    memory: LawMemory,
) -> Settled:
    model = approval.model
    doubts: list[Message] = []
    candidates = not_false(approval.limits, conclusions)
    limit = max(candidates, key=lambda r: _longest(r.item.term), default=None)
    if len({str(r.item.term) for r in candidates}) > 1:
        settled = all(conclusions.formulas[r.formula] is Truth.TRUE for r in candidates)
        why = "有几条法定时限同时适用" if settled else "适用哪条法定时限尚不能判断"
        doubts.append(
            Message(
                code="limit_in_doubt",
                text=f"{model.name}：{why}，按最长的 {limit.item.term if limit else ''} 排期",
                status=Status.REQUIRED,
            )
        )
    function, department = approval.function, approval.department
    for office, bureau in approval.offices:
        truth = conclusions.formulas[office.formula]
        if truth is Truth.TRUE:
            function, department = office.item.function, bureau
        elif truth is Truth.UNKNOWN:
            name = bureau.item.bureau if bureau else office.item.function
            doubts.append(
                Message(code="office_in_doubt", text=f"{model.name}：也可能由{name}办理，事实补齐后才能判断", status=Status.DEPENDS)
            )
    promise = approval.promises[-1] if approval.promises else None
    steps = tuple(
        step_part(s, facts.durations.get(s.code))
        for s, formula in approval.steps
        if conclusions.formulas[formula] is not Truth.FALSE
    )
    preparation = tuple(facts.durations[s.code] for s in steps if s.code in facts.durations)
    # A paper may come later only where this layer opens it and the applicant is known to be in good standing.
    trusted = conclusions.values.get(BAD_CREDIT) is False
    may_follow = {r.item.material: r.item for r in approval.later} if trusted else {}
    chosen = {r.item.approval: r for r in approval.chosen}
    softer = {r.item.approval for r in approval.softer if r.item.gate == "办结"}
    # A route is taken where a rule opens it for this very project; whether it might be open is only shown.
    open_routes = [r.item for r in approval.routes if conclusions.formulas[r.formula] is Truth.TRUE]
    promised_papers = {name for route in open_routes if route.way == "告知承诺" for name in route.replaces}
    softer |= {code for route in open_routes if route.way == "预审" for code in route.ahead_of}
    links: dict[tuple[str, str], Link] = {}
    gates: list[GateHeld] = []
    later_within: list[Span] = []

    def wait_for(
        before: str, gate: Gate, name: str, rule: InForceRule[T], status: Status, choice: InForceRule[ChosenGate] | None = None
    ) -> None:
        gates.append(gate_part(memory, rule, before, name, gate, status, choice))
        known = links.get((before, model.code))
        if known is None or known.gate is Gate.DECIDE:
            links[(before, model.code)] = Link(before, gate, model.code)

    for rule in not_false(approval.prerequisites, conclusions):
        one = rule.item
        certainty = conclusions.formulas[rule.formula]
        if one.approval is not None and one.approval in active:
            choice = chosen.get(one.approval) if one.either else None
            gate = Gate.DECIDE if one.approval in softer else _GATES[choice.item.gate if choice else one.gate]
            wait_for(one.approval, gate, names[one.approval], rule, _both(active[one.approval], certainty), choice)
        elif one.milestone is not None:
            wait_for(_MILESTONE_CODES[one.milestone], _GATES[one.gate], one.milestone, rule, status_of(certainty))
    materials: list[MaterialNeeded] = []
    for paper in not_false(approval.materials, conclusions):
        item = paper.item
        status = status_of(conclusions.formulas[paper.formula])
        if item.comes_from is not None:
            if item.comes_from not in active:
                continue
            status = _both(active[item.comes_from], conclusions.formulas[paper.formula])
        by_promise = item.name in promised_papers
        follows = item.name in may_follow and not by_promise
        if follows:
            within = may_follow[item.name].within
            later_within += [within] if within is not None else []
        if item.comes_from is not None and not by_promise:
            choice = chosen.get(item.comes_from) if item.either else None
            gate = _GATES[choice.item.gate if choice else item.gate]
            gate = Gate.DECIDE if follows or item.comes_from in softer else gate
            wait_for(item.comes_from, gate, names[item.comes_from], paper, status, choice)
        materials.append(material_part(memory, paper, status, later=follows, by_promise=by_promise))
    for hold in not_false(approval.holds, conclusions):
        milestone = _MILESTONE_CODES[hold.item.milestone]
        gate = _HOLDING[milestone]
        gates.append(gate_part(memory, hold, milestone, hold.item.milestone, gate, status_of(conclusions.formulas[hold.formula])))
        links[(model.code, milestone)] = Link(model.code, gate)
    return Settled(
        approval=approval,
        function=function,
        department=department,
        status=active[model.code],
        limit=limit,
        promise=promise,
        steps=steps,
        preparation=preparation,
        materials=tuple(materials),
        gates=tuple(gates),
        links=tuple(links.values()),
        route=_route_taken(open_routes, materials, gates),
        verify_within=min((r.verify_within for r in open_routes if r.verify_within is not None), key=_longest, default=None),
        later_within=tuple(later_within),
        doubts=tuple(doubts),
    )


def _route_taken(routes: Sequence[Route], materials: Sequence[MaterialNeeded], gates: Sequence[GateHeld]) -> RouteTaken:
    """The route that shapes this item: a commitment before a pre-review before papers that follow."""
    if any(r.way == "告知承诺" for r in routes):
        return RouteTaken.COMMITMENT
    waited_for = {g.code for g in gates}
    if any(r.way == "预审" and waited_for & set(r.ahead_of) for r in routes):
        return RouteTaken.PRE_REVIEW
    return RouteTaken.DEFICIENCY if any(m.later for m in materials) else RouteTaken.STANDARD


def _both(status: Status, truth: Truth) -> Status:
    return Status.REQUIRED if status is Status.REQUIRED and truth is Truth.TRUE else Status.DEPENDS


def handling_of(limit: InForceRule[Limit] | None, promise: InForceRule[Promise] | None) -> tuple[Span, ...]:
    """The limit and the procedures that always take place, each in its own unit; nothing when no limit is known."""
    spans: list[Span] = []
    if promise is not None:
        spans.append(promise.item.term)
    elif limit is not None:
        spans.append(limit.item.term)
    if limit is not None:
        spans += [e.at_most for e in limit.item.excluded if e.always and e.at_most is not None]
    return tuple(spans)
