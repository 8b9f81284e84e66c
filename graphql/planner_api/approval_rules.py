"""What one approval's rules say on a day, for those who browse the rulebook: the conditions in words, and the law behind each.

Shown is what plans of that day are made from: rules in force, with the laws of that day, as the layers above adjust them. Whether a
condition holds is a project's matter and not said here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import strawberry

from planner import plan
from planner.assembly.settle import MILESTONE_NAMES
from planner.days import CalendarDays, WorkingDays
from planner.reasons import legal_basis
from planner.rulebook.compile import ApprovalInForce, InForceRule, Stated
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group
from planner.rulebook.lists import grounded_parts
from planner.rulebook.models import Department, Handling, LaneModel
from planner.rulebook.rulebook import LoadedApproval, Rulebook
from planner_api.plan_types import DayUnit, graphql_type, object_type
from planner_api.rule_words import in_words

_Basis = object_type(plan.LegalBasis)
_Gate = graphql_type(plan.GateHeld.model_fields["gate"].annotation)
_Route = graphql_type(plan.RouteTaken)
_HELD = {"受理": "ACCEPT", "办结": "DECIDE", "开工": "START", "竣工验收": "COMPLETE", "投入使用": "USE"}
_MILESTONES = {name: code for code, name in MILESTONE_NAMES.items()}
_ROUTES = {"告知承诺": "commitment", "预审": "pre_review", "分阶段办理": "staged"}


@strawberry.type(description="A rule of an approval: when it applies, and the law it rests on.")
class RuleText:
    when: str = strawberry.field(description="The condition in words; 一律 when there is none.")
    basis: list[_Basis] = strawberry.field(description="The law it rests on, as far as that is in force on the day.")  # type: ignore[valid-type]
    verified: bool = strawberry.field(
        description="Whether it was checked against the official text (已核). False: show it as 待核."
    )
    note: str = strawberry.field(description="A remark, in Chinese; empty when there is none.")
    effective: datetime.date | None = strawberry.field(description="生效: its first day; null when it always was.")
    until: datetime.date | None = strawberry.field(
        description="失效: the first day it is no longer in force; null when no end is known."
    )


@strawberry.type(description="A case in which the approval is needed (适用), or is not after all (例外).")
class ApplicabilityRule(RuleText):
    name: str = strawberry.field(description="The rule's 名称, as reasons give it.")


@strawberry.type(description="A limit on the office's time.")
class LimitRule(RuleText):
    text: str = strawberry.field(description="The limit in Chinese, e.g. `20 工作日`.")
    days: int = strawberry.field(description="How many days; 0: at once (当场).")
    unit: DayUnit = strawberry.field(description="Which days.")
    minimum_wait: bool = strawberry.field(description="True when it is the least that must pass (最短间隔), not the most.")
    extension: str | None = strawberry.field(description="By how much it may be extended, in Chinese; null when it may not.")
    not_counted: list[str] = strawberry.field(description="Procedures whose time does not count (不计入), in Chinese.")


@strawberry.type(description="What the approval has to wait for (前置).")
class GateRule(RuleText):
    code: str = strawberry.field(description="Code of the approval or milestone that comes first.")
    name: str = strawberry.field(description="Its 名称.")
    gate: _Gate = strawberry.field(  # type: ignore[valid-type]
        description="ACCEPT: not accepted before. DECIDE: accepted and reviewed in parallel, only the decision waits."
    )
    paper: str | None = strawberry.field(description="The paper that brings the wait with it; null when a rule says it outright.")


@strawberry.type(description="A milestone that the approval holds back (卡住).")
class HoldRule(RuleText):
    gate: _Gate = strawberry.field(description="START, COMPLETE or USE.")  # type: ignore[valid-type]
    milestone: str = strawberry.field(description="The milestone, in Chinese.")


@strawberry.type(description="A paper of the application (材料).")
class PaperRule(RuleText):
    name: str = strawberry.field(description="名称.")
    comes_from: str | None = strawberry.field(description="Code of the approval whose result it is; null for any other paper.")
    issuer: str = strawberry.field(description="Who issues it (出具), in Chinese.")
    shared: bool = strawberry.field(description="Whether the office fetches it itself (共享).")
    secondary: bool = strawberry.field(description="Whether it is a secondary paper, which a city may let follow later (次要).")
    later: str | None = strawberry.field(
        description="When it may follow later (容缺后补), in words, and until when; null when it may not."
    )


@strawberry.type(description="An easier way (路线), open or only known.")
class RouteRule(RuleText):
    route: _Route = strawberry.field(description="Which way.")  # type: ignore[valid-type]
    name: str = strawberry.field(description="名称.")
    voluntary: bool = strawberry.field(description="Whether it is the applicant's choice.")
    term: str | None = strawberry.field(description="Its own limit, in Chinese; null when it has none.")
    replaces: list[str] = strawberry.field(description="Papers that the promise stands for.")
    promises: list[str] = strawberry.field(description="What the applicant promises, in Chinese.")
    own_papers: list[str] = strawberry.field(description="Papers of the route itself.")
    consequences: list[str] = strawberry.field(description="What follows when it is not kept, in Chinese.")


@strawberry.type(description="How long the result is valid (有效期).")
class ValidityRule(RuleText):
    term: str = strawberry.field(description="The term, in Chinese.")
    reach: str | None = strawberry.field(description="The milestone to reach by then, in Chinese; null when there is none.")


@strawberry.type(description="An office that handles the approval.")
class OfficeRule(RuleText):
    function: str = strawberry.field(description="The function (职能), in Chinese.")
    bureau: str | None = strawberry.field(description="The bureau that exercises it on the day; null when the rulebook names none.")


@strawberry.type(description="What the applicant or a hired institution does before handing in (准备).")
class StepRule:
    code: str = strawberry.field(description="The step's code; a project may give a duration for it.")
    name: str = strawberry.field(description="名称.")
    by: str = strawberry.field(description="Who does it, in Chinese.")
    when: str = strawberry.field(description="The condition in words; 一律 when there is none.")


@strawberry.type(description="How the applicant hands in and gets the result. What is null is not known.")
class HandlingRule:
    counter: str | None = strawberry.field(description="The counter (窗口), in Chinese.")
    online: bool | None = strawberry.field(description="Whether it can be handed in online (网上申报).")
    post: bool | None = strawberry.field(description="Whether the result can be sent by post (结果邮寄).")
    visits: int | None = strawberry.field(description="How often somebody has to come in person, where a rule says so.")


@strawberry.type(description="An approval's rules on one day.")
class ApprovalRules:
    as_of: datetime.date = strawberry.field(description="The day.")
    begins: datetime.date | None = strawberry.field(
        description="The first day of its rules when all of them begin later: the rulebook then says nothing of this day. Else null."
    )
    office: OfficeRule = strawberry.field(description="Who handles it, unless one of `otherOffices` does.")
    other_offices: list[OfficeRule] = strawberry.field(description="Who handles it in other cases (改由).")
    applies: list[ApplicabilityRule] = strawberry.field(description="It is needed when any of these holds (适用) …")
    exceptions: list[ApplicabilityRule] = strawberry.field(description="… unless any of these does (例外).")
    limits: list[LimitRule] = strawberry.field(description="法定时限; empty when the law sets none.")
    promises: list[LimitRule] = strawberry.field(description="承诺时限; empty when none is published.")
    gates: list[GateRule] = strawberry.field(description="What it waits for, papers that other approvals produce included.")
    holds: list[HoldRule] = strawberry.field(description="Milestones it holds back.")
    papers: list[PaperRule] = strawberry.field(description="What to hand in.")
    steps: list[StepRule] = strawberry.field(description="What to do before.")
    conditions: list[str] = strawberry.field(description="What must be so for it to be accepted (受理条件), in Chinese.")
    routes: list[RouteRule] = strawberry.field(description="Easier ways.")
    validity: list[ValidityRule] = strawberry.field(description="How long the result is valid.")
    handling: HandlingRule = strawberry.field(description="How to hand in and get the result.")


def approval_rules(book: Rulebook, code: str, as_of: datetime.date) -> ApprovalRules:
    """The rules of an approval of the rulebook on a day."""
    loaded = book.approvals[code]
    found = next(one for one in book.at(as_of).approvals if one.model.code == code)
    return _Reader(book, loaded, as_of).rules(found)


class _Reader:
    """Puts the rules of one approval on one day into words."""

    def __init__(self, book: Rulebook, loaded: LoadedApproval, as_of: datetime.date) -> None:
        self.book = book
        self.as_of = as_of
        self.expressions = _expressions(book, loaded)

    def words(self, item: object) -> str:
        expression = self.expressions.get(id(item), ALWAYS_TRUE)
        return in_words(expression, self.book.vocabulary, self.book.parameters, self.as_of)

    def text(self, rule: InForceRule[Any]) -> dict[str, Any]:
        """What every rule has."""
        item = rule.item
        return {
            "when": self.words(item),
            "basis": list(legal_basis(rule.basis)),
            "verified": rule.checked,
            "note": item.note,
            "effective": item.effective,
            "until": item.until,
        }

    def rules(self, found: ApprovalInForce) -> ApprovalRules:
        return ApprovalRules(
            as_of=self.as_of,
            begins=found.since,
            office=_own_office(found),
            other_offices=[self.office(rule, bureau) for rule, bureau in found.offices],
            applies=[ApplicabilityRule(name=r.item.name, **self.text(r)) for r in found.applies],
            exceptions=[ApplicabilityRule(name=r.item.name, **self.text(r)) for r in found.exceptions],
            limits=[self.limit(r) for r in found.limits],
            promises=[self.limit(r) for r in found.promises],
            gates=self.gates(found),
            holds=[HoldRule(gate=_HELD[r.item.milestone], milestone=r.item.milestone, **self.text(r)) for r in found.holds],
            papers=[self.paper(r, found) for r in found.materials],
            steps=[StepRule(code=s.code, name=s.name, by=s.by, when=self.words(s)) for s, _ in found.steps],
            conditions=list(found.conditions),
            routes=[self.route(r) for r in found.routes],
            validity=[ValidityRule(term=r.item.term, reach=r.item.reach, **self.text(r)) for r in found.validity],
            handling=_handling([one.item for one in found.handling], found.department),
        )

    def office(self, rule: InForceRule[Any], bureau: Stated[Department] | None) -> OfficeRule:
        return OfficeRule(function=rule.item.function, bureau=bureau.item.bureau if bureau else None, **self.text(rule))

    def limit(self, rule: InForceRule[Any]) -> LimitRule:
        item = rule.item
        extension = getattr(item, "extension", None)
        return LimitRule(
            text=_span(item.term),
            days=item.term.n,
            unit="working_days" if isinstance(item.term, WorkingDays) else "calendar_days",
            minimum_wait=getattr(item, "nature", "") == "最短间隔",
            extension=None if extension is None else _times(_span(extension), item.extension_times),
            not_counted=[
                one.procedure + (f"（最长 {_span(one.at_most)}）" if one.at_most is not None else "")
                for one in getattr(item, "excluded", ())
            ],
            **self.text(rule),
        )

    def gates(self, found: ApprovalInForce) -> list[GateRule]:
        """Prerequisites, and papers that other approvals produce, each with the gate that the layers leave or make of it."""
        chosen = {one.item.approval: one.item.gate for one in found.chosen}
        softer = {one.item.approval for one in found.softer if one.item.gate == "办结"}

        def gate(item: Any, before: str) -> str:
            written = chosen.get(before, item.gate) if item.either else item.gate
            return "DECIDE" if before in softer else _HELD[written]

        gates = []
        for rule in found.prerequisites:
            one = rule.item
            code = one.approval or _MILESTONES.get(one.milestone or "", "")
            name = self.name(code) if one.approval else one.milestone or ""
            gates.append(GateRule(code=code, name=name, gate=gate(one, code), paper=None, **self.text(rule)))
        for paper in found.materials:
            item = paper.item
            if item.comes_from is not None:
                name, held = self.name(item.comes_from), gate(item, item.comes_from)
                gates.append(GateRule(code=item.comes_from, name=name, gate=held, paper=item.name, **self.text(paper)))
        return gates

    def name(self, code: str) -> str:
        loaded = self.book.approvals.get(code)
        return loaded.model.name if loaded else code

    def paper(self, rule: InForceRule[Any], found: ApprovalInForce) -> PaperRule:
        item = rule.item
        later = [
            self.words(one.item) + (f"，{_span(one.item.within)}内补齐" if one.item.within is not None else "")
            for one in found.later
            if one.item.material == item.name
        ]
        return PaperRule(
            name=item.name,
            comes_from=item.comes_from,
            issuer=item.issuer,
            shared=item.shared,
            secondary=item.secondary,
            later="；".join(later) or None,
            **self.text(rule),
        )

    def route(self, rule: InForceRule[Any]) -> RouteRule:
        item = rule.item
        return RouteRule(
            route=_ROUTES[item.way],
            name=item.name or item.way,
            voluntary=item.choice == "自愿",
            term=None if item.term is None else _span(item.term),
            replaces=list(item.replaces),
            promises=list(item.promises),
            own_papers=list(item.own_papers),
            consequences=list(item.consequences),
            **self.text(rule),
        )


def _expressions(book: Rulebook, loaded: LoadedApproval) -> Mapping[int, Expression]:
    """The condition of each part of an approval's files, and of what fast lanes add, by the part's identity."""
    found: dict[int, Expression] = {}

    def read(model: Any, conditions: Callable[[str], Expression | None]) -> None:
        for _, path, item in grounded_parts(model):
            found[id(item)] = conditions("/".join(map(str, path))) or ALWAYS_TRUE

    read(loaded.model, loaded.conditions.get)
    for index, step in enumerate(loaded.model.steps):
        found[id(step)] = loaded.conditions.get(f"准备/{index}", ALWAYS_TRUE)
    for overlay in loaded.overlays:
        read(overlay.model, overlay.conditions.get)
    for one in book.general:
        if isinstance(one.model, LaneModel):
            for key, index, item in one.nested():
                found[id(item)] = _both(one.when(), one.when(f"{key}/{index}"))
    return found


def _both(first: Expression, second: Expression) -> Expression:
    return Group("all", tuple(one for one in (first, second) if one != ALWAYS_TRUE))


def _own_office(found: ApprovalInForce) -> OfficeRule:
    stated = found.department
    return OfficeRule(
        function=found.function,
        bureau=stated.item.bureau if stated else None,
        when="一律",
        basis=list(legal_basis(stated.basis)) if stated else [],
        verified=stated.checked if stated else False,
        note=stated.item.note if stated else "",
        effective=stated.item.effective if stated else None,
        until=stated.item.until if stated else None,
    )


def _handling(own: Iterable[Handling], department: Stated[Department] | None) -> HandlingRule:
    """What is said nearest the approval goes before what is said farther off."""
    said = [*own, *([department.item] if department else [])]

    def first(name: str) -> Any:
        return next((value for one in said if (value := getattr(one, name)) is not None), None)

    return HandlingRule(counter=first("counter"), online=first("online"), post=first("post"), visits=first("visits"))


def _span(span: WorkingDays | CalendarDays) -> str:
    return str(span) if span.n else "当场"


def _times(length: str, times: int) -> str:
    return length if times == 1 else f"{length}，最多 {times} 次"
