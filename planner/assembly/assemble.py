"""From conclusions to a plan: which approvals, their papers and gates, the network they form, their dates.

An approval that still depends on facts not given is planned for as if it were needed: the plan then shows the later date, and says
on which facts it turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from planner.assembly.around import (
    Wish,
    assumed_zero_of,
    echo_of,
    facts_digest,
    messages_of,
    milestones_of,
    open_questions_of,
    target_of,
    team_of,
)
from planner.assembly.item import build_item, plan_date
from planner.assembly.settle import MILESTONE_NAMES, Settled, handling_of, settle, status_of
from planner.calendar import Span, WorkCalendar, WorkingDays
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.network import HELD_BY, Activity, CyclicNetwork, Network, build_network
from planner.plan import (
    Message,
    NotRecorded,
    Plan,
    PlanValidity,
    Provenance,
    RouteChoice,
    RoutePolicy,
    Status,
    Totals,
)
from planner.project import CONSTRUCTION, ProjectFacts
from planner.reasons import Explainer, LawMemory
from planner.rulebook.compile import InForce
from planner.rulebook.rulebook import Rulebook
from planner.schedule import back_from, reach, schedule, serial_working_days

NO_TIME = WorkingDays(0)


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
    active = {a.model.code: status_of(wanted[a.model.code]) for a in planned}
    names = {a.model.code: a.model.name for a in law.approvals}
    chosen = [settle(a, active, names, facts, conclusions, explainer.memory) for a in planned]
    construction = facts.durations.get(CONSTRUCTION, NO_TIME)
    network, cycles = _network(chosen, names)
    # Where no statutory limit is known the promise stands in for it: an office never takes longer than it promised.
    handling = {c.approval.model.code: handling_of(c.limit, None if c.limit else c.promise) for c in chosen}
    promised = schedule(network, calendar, start, construction)
    statutory = (
        promised if _same_limits(network, handling) else reach(network.with_handling(handling), calendar, start, construction)
    )
    backward = back_from(network, calendar, start, wish.milestone, wish.date, construction) if wish else None
    items = tuple(build_item(c, explainer, conclusions, promised, backward, calendar) for c in chosen)
    left_out = [a for a in law.approvals if wanted[a.model.code] is Truth.FALSE]
    not_required = tuple([explainer.not_required(a) for a in left_out if a.since is None])
    # Where every rule begins after the date, the law of the date may well ask for the approval: the rulebook does not say.
    not_recorded = tuple(NotRecorded(code=a.model.code, name=a.model.name, since=a.since) for a in left_out if a.since is not None)
    blockers, warnings = messages_of(law, conclusions, explainer.open, chosen, items, promised, statutory, book.changes, as_of)
    asked, lacking = open_questions_of(book, law, conclusions, explainer.open, chosen)
    return Plan(
        project=echo_of(book, facts),
        as_of=as_of,
        start=start,
        target=target_of(wish, backward, chosen, construction) if wish and backward else None,
        routes=RoutePolicy.STANDARD,
        choice=RouteChoice(
            policy=RoutePolicy.STANDARD,
            milestone="start_of_works",
            standard=plan_date(promised.milestones["start_of_works"]),
            reached=plan_date(promised.milestones["start_of_works"]),
            fastest=plan_date(promised.milestones["start_of_works"]),
            days_gained=0,
            days_possible=0,
            promises=0,
            later_papers=0,
            taken=(),
        ),
        team=team_of(law, conclusions),
        items=items,
        not_required=not_required,
        not_recorded=not_recorded,
        open_facts=asked,
        parameters_missing=lacking,
        milestones=milestones_of(promised, statutory),
        critical_path=tuple(f"{node.code}.{node.moment}" for node in promised.critical_path),
        totals=Totals(
            working_days_promised=promised.working_days,
            working_days_statutory=statutory.working_days,
            working_days_serial=serial_working_days(network, calendar, start),
            approvals=len(items),
            steps=len(items),
            departments=len({i.department for i in items}),
            materials=sum(len(i.materials) for i in items),
            shared_materials=sum(m.shared for i in items for m in i.materials),
            reused_materials=0,
            materials_to_submit=sum(not m.shared for i in items for m in i.materials),
            visits=sum(i.channel.visits or 0 for i in items),
            visits_unknown=sum(i.channel.visits is None for i in items),
        ),
        caps=(),
        joint=(),
        lanes=(),
        relief=(),
        valid=PlanValidity(until=None, because=""),
        blockers=(*cycles, *blockers),
        warnings=warnings,
        assumed_zero=assumed_zero_of(chosen, facts),
        provenance=Provenance(
            facts=facts_digest(facts),
            rulebook=book.digest,
            rulebook_name=book.title,
            calendar=calendar.digest,
            versions=dict(versions),
            as_of=as_of,
        ),
    )


def _same_limits(network: Network, handling: Mapping[str, tuple[Span, ...]]) -> bool:
    return all(a.handling == handling[a.code] for a in network.activities)


def _network(chosen: Sequence[Settled], names: Mapping[str, str]) -> tuple[Network, list[Message]]:
    """The network; where links wait for each other (the loader lets no unconditional cycle through), they are cut and reported."""
    activities = [Activity(c.approval.model.code, c.preparation, handling_of(c.limit, c.promise)) for c in chosen]
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
            links = [k for k in links if not (k.before in inside and (k.after or HELD_BY[k.gate]) in inside)]
