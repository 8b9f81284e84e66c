"""Settling one approval before dates are known: its limit, its papers, what it waits for and what it holds back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar

from planner.assembly.parts import gate_part, material_part, step_part
from planner.assembly.ways import Way, Ways, exclusions_for, ways_of
from planner.calendar import Span
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.network import COMPLETION, HELD_BY, START_OF_WORKS, USE, WORKS_DONE, Gate
from planner.plan import GateHeld, MaterialNeeded, Message, PreparationStep, RouteTaken, Status
from planner.project import ProjectFacts
from planner.reasons import LawMemory
from planner.routes import Option, Wait
from planner.rulebook.compile import ApprovalInForce, InForce, InForceRule, Stated
from planner.rulebook.consistency import possibly_longer
from planner.rulebook.models import ChosenGate, Department, Limit, Promise
from planner.rulebook.rulebook import BAD_CREDIT
from planner.schedule import rough_length

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
    """What was settled about one approval before dates are known. Told apart by identity.

    `standard`: its time without any route that is the applicant's choice; `handling`: with the ways taken; `lawful`: the same where every
    office takes all the law gives it.
    """

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
    waits: tuple[Wait, ...]
    standard: tuple[Span, ...]
    handling: tuple[Span, ...]
    lawful: tuple[Span, ...]
    ways: Ways
    taken: tuple[Way, ...]
    route: RouteTaken
    doubts: tuple[Message, ...]

    @property
    def options(self) -> Iterator[Option]:
        """The routes the applicant may choose for it."""
        for way in self.ways.choices:
            yield Option(way.key, self.approval.model.code, way.burden, self._quick(way))

    def _quick(self, way: Way) -> tuple[Span, ...] | None:
        """The time it takes on this way, where that is surely no longer than without."""
        term = _quicker(way, self.standard)
        return None if term is None else (term,)


def status_of(truth: Truth) -> Status:
    return Status.REQUIRED if truth is Truth.TRUE else Status.DEPENDS


def not_false(rules: Iterable[InForceRule[T]], conclusions: Conclusions) -> list[InForceRule[T]]:
    return [r for r in rules if conclusions.formulas[r.formula] is not Truth.FALSE]


@dataclass(frozen=True, slots=True)
class _Reads:
    """What settling an approval reads: `truths` picks the truth of every formula out of all, `steps` are those a project may time."""

    truths: Callable[[Mapping[str, Truth]], Any]
    steps: tuple[str, ...]


def _reads(approval: ApprovalInForce, law: InForce) -> _Reads:
    related = {rule.item.approval for rule in approval.prerequisites} | {paper.item.comes_from for paper in approval.materials}
    needs = [other.need for other in law.approvals if other.model.code in related]
    shut = [exclusion.formula for exclusion in exclusions_for(approval, law)]
    formulas = dict.fromkeys([approval.need, *approval.questions, *(formula for _, formula in approval.steps), *needs, *shut])
    return _Reads(itemgetter(*formulas), tuple(step.code for step, _ in approval.steps))


def settle(
    approval: ApprovalInForce,
    active: Mapping[str, Status],
    names: Mapping[str, str],
    facts: ProjectFacts,
    conclusions: Conclusions,
    memory: LawMemory,
    taken: frozenset[str] = frozenset(),
) -> Settled:
    """What is settled about an approval of the plan. `active`: the approvals of the plan; `names`: of every approval, by code.

    `taken`: the keys of the optional routes chosen. It depends on nothing but those of its own, the truths of the approval's formulas, which
    of the approvals it names are needed, the durations given for its steps and whether the applicant is in good standing, and is
    remembered by these.
    """
    reads = memory.part(approval, "reads", make=lambda: _reads(approval, memory.law))
    credit = conclusions.values.get(BAD_CREDIT) if approval.later else None
    durations = tuple([facts.durations.get(code) for code in reads.steps])
    own = frozenset([key for key in taken if key.startswith(f"{approval.model.code}/")]) if taken else taken
    key = ("settled", approval.model.code, reads.truths(conclusions.formulas), durations, credit, own)
    return memory.by(key, lambda: _settle(approval, active, names, facts, conclusions, memory, own))


def _settle(
    approval: ApprovalInForce,
    active: Mapping[str, Status],
    names: Mapping[str, str],
    facts: ProjectFacts,
    conclusions: Conclusions,
    memory: LawMemory,
    keys: frozenset[str],
) -> Settled:
    model = approval.model
    doubts: list[Message] = []
    candidates = not_false(approval.limits, conclusions)
    limit = max(candidates, key=lambda r: rough_length([r.item.term]), default=None)
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
    chosen = {r.item.approval: r for r in approval.chosen}
    brought = [
        p.item for p in not_false(approval.materials, conclusions) if p.item.comes_from is None or p.item.comes_from in active
    ]
    before = [*(p.item.approval for p in not_false(approval.prerequisites, conclusions)), *(paper.comes_from for paper in brought)]
    waited_for = {code for code in before if code is not None and code in active}
    ways = ways_of(approval, memory.law, conclusions, {paper.name for paper in brought}, waited_for)
    taken = ways.taken(keys)
    always = {code for r in approval.softer if r.item.gate == "办结" for code in [r.item.approval]}
    always |= {code for way in taken if not way.optional and way.route is RouteTaken.PRE_REVIEW for code in way.ahead_of}
    moved = {code for way in taken if not way.optional and way.route is RouteTaken.STAGED for code in way.ahead_of}
    waits: list[Wait] = []
    gates: list[GateHeld] = []

    def wait_for(
        before: str,
        gate: Gate,
        name: str,
        rule: InForceRule[T],
        status: Status,
        choice: InForceRule[ChosenGate] | None = None,
        paper: str = "",
    ) -> None:
        softened, removed = _relaxed_by(ways, before, paper)
        if before in moved:
            waits.append(Wait(before, Gate.COMPLETE, removed_by=removed))
            return
        wait = Wait(before, gate, model.code, softened, removed)
        waits.append(wait)
        held = wait.gate_with(keys)
        if held is not None:
            gates.append(gate_part(memory, rule, before, name, held, status, choice))

    for rule in not_false(approval.prerequisites, conclusions):
        one = rule.item
        certainty = conclusions.formulas[rule.formula]
        if one.approval is not None and one.approval in active:
            choice = chosen.get(one.approval) if one.either else None
            gate = Gate.DECIDE if one.approval in always else _GATES[choice.item.gate if choice else one.gate]
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
        by_promise = any(item.name in way.replaces for way in taken)
        follows = not by_promise and any(item.name == way.paper for way in taken)
        if item.comes_from is not None and not any(item.name in way.replaces for way in taken if not way.optional):
            choice = chosen.get(item.comes_from) if item.either else None
            gate = Gate.DECIDE if item.comes_from in always else _GATES[choice.item.gate if choice else item.gate]
            wait_for(item.comes_from, gate, names[item.comes_from], paper, status, choice, item.name)
        materials.append(material_part(memory, paper, status, later=follows, by_promise=by_promise))
    for hold in not_false(approval.holds, conclusions):
        milestone = _MILESTONE_CODES[hold.item.milestone]
        gate = _HOLDING[milestone]
        gates.append(gate_part(memory, hold, milestone, hold.item.milestone, gate, status_of(conclusions.formulas[hold.formula])))
        waits.append(Wait(model.code, gate))
    # What the first stage of the works need not wait for has to be there for a later one: before the works are accepted, at the latest.
    stages = {way.key for way in ways.choices if way.route is RouteTaken.STAGED}
    waits += [
        Wait(wait.before, Gate.COMPLETE, removed_by=wait.removed_by - stages, only_with=wait.removed_by & stages)
        for wait in waits
        if wait.removed_by & stages
    ]
    prescribed, preferred = ([way for way in taken if way.optional is optional] for optional in (False, True))
    standard = _at_best(prescribed, handling_of(limit, promise))
    handling = _at_best(preferred, standard)
    lawful = _at_best(preferred, _at_best(prescribed, handling_of(limit, None if limit else promise)))
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
        waits=tuple(waits),
        standard=standard,
        handling=handling,
        lawful=lawful,
        ways=ways,
        taken=taken,
        route=_route_taken(taken),
        doubts=tuple(doubts),
    )


def _at_best(ways: Sequence[Way], otherwise: tuple[Span, ...]) -> tuple[Span, ...]:
    """The shortest time these ways give for a decision, or the time it takes otherwise."""
    terms = [term for way in ways if (term := _quicker(way, otherwise)) is not None]
    return (min(terms, key=lambda term: rough_length([term])),) if terms else otherwise


def _quicker(way: Way, otherwise: tuple[Span, ...]) -> Span | None:
    """The limit of a decision on a promise, where it is surely no longer than the time it takes otherwise.

    Where that time is not known and counts as none, only the limit of a way that law prescribes stands in for it.
    """
    if way.stated is None or way.stated.term is None:
        return None
    term: Span = way.stated.term
    slower = possibly_longer(term, otherwise[0]) if otherwise else way.optional
    return None if slower else term


def _relaxed_by(ways: Ways, before: str, paper: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of the choices that let the decision wait instead of the acceptance, and of those that do away with the wait."""
    softer: set[str] = set()
    gone: set[str] = set()
    for way in ways.choices:
        if (way.route is RouteTaken.PRE_REVIEW and before in way.ahead_of) or (paper and paper == way.paper):
            softer.add(way.key)
        if (way.route is RouteTaken.STAGED and before in way.ahead_of) or paper in way.replaces:
            gone.add(way.key)
    return frozenset(softer), frozenset(gone)


_SHAPES = (RouteTaken.COMMITMENT, RouteTaken.STAGED, RouteTaken.PRE_REVIEW, RouteTaken.DEFICIENCY)


def _route_taken(taken: Sequence[Way]) -> RouteTaken:
    """The route that shapes this item: a commitment before a permit by stages, a pre-review, papers that follow."""
    return next((route for route in _SHAPES if any(way.route is route for way in taken)), RouteTaken.STANDARD)


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
