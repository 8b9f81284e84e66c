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
from planner.assembly.choosing import Choice, choose, measured_on
from planner.assembly.clocks import general_clocks
from planner.assembly.dates import plan_date
from planner.assembly.item import build_item
from planner.assembly.settle import MILESTONE_NAMES, Settled, settle, status_of
from planner.assembly.whole import Again, caps_of, joint_of, lanes_of, relief_of, totals_of, validity_of
from planner.calendar import Span, WorkCalendar, WorkingDays
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.network import Activity, Network
from planner.plan import (
    Message,
    NotRecorded,
    Plan,
    Provenance,
    RouteChoice,
    RoutePolicy,
    RouteStep,
    RouteTaken,
    Status,
)
from planner.project import CONSTRUCTION, ProjectFacts
from planner.reasons import Explainer, LawMemory
from planner.routes import OpenNetwork, open_network
from planner.rulebook.compile import InForce
from planner.rulebook.rulebook import REGIONAL_ASSESSMENTS, Rulebook
from planner.schedule import Schedule, back_from, reach, schedule, serial_working_days

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
    policy: RoutePolicy,
    again: Again,
    memory: LawMemory | None = None,
) -> Plan:
    """The plan. Pure: equal arguments give equal plans, byte for byte (`memory` only spares work already done).

    `again` concludes from other facts under the same law.
    """
    explainer = Explainer(law, book.vocabulary, conclusions, memory)
    truths = conclusions.formulas
    wanted = {a.model.code: truths[a.need] for a in law.approvals}
    planned = [a for a in law.approvals if wanted[a.model.code] is not Truth.FALSE]
    active = {a.model.code: status_of(wanted[a.model.code]) for a in planned}
    names = {a.model.code: a.model.name for a in law.approvals}
    settled = [settle(a, active, names, facts, conclusions, explainer.memory) for a in planned]
    construction = facts.durations.get(CONSTRUCTION, NO_TIME)
    opened, cycles = _network(settled, names)
    milestone = wish.milestone if wish else measured_on(opened.base)
    choice = choose(opened, policy, milestone, wish.date if wish else None, calendar, start, construction)
    network, chosen = opened.taking(choice.taken), settled
    if choice.taken:
        chosen = [settle(a, active, names, facts, conclusions, explainer.memory, choice.taken) for a in planned]
    # Where no statutory limit is known the promise stands in for it: an office never takes longer than it promised.
    lawful = {c.approval.model.code: c.lawful for c in chosen}
    promised = schedule(network, calendar, start, construction)
    statutory = promised if _same_limits(network, lawful) else reach(network.with_handling(lawful), calendar, start, construction)
    backward = back_from(network, calendar, start, wish.milestone, wish.date, construction) if wish else None
    general = general_clocks(conclusions, explainer.memory)
    items = tuple([build_item(c, explainer, conclusions, promised, backward, calendar, choice.gains, general) for c in chosen])
    left_out = [a for a in law.approvals if wanted[a.model.code] is Truth.FALSE]
    not_required = tuple([explainer.not_required(a) for a in left_out if a.since is None])
    # Where every rule begins after the date, the law of the date may well ask for the approval: the rulebook does not say.
    not_recorded = tuple(NotRecorded(code=a.model.code, name=a.model.name, since=a.since) for a in left_out if a.since is not None)
    joint = joint_of(law, conclusions, items, promised, calendar)
    caps = caps_of(law, conclusions, promised, calendar)
    blockers, warnings = messages_of(
        law, conclusions, explainer.open, chosen, items, promised, statutory, caps, joint, book.changes, as_of
    )
    asked, lacking = open_questions_of(book, law, conclusions, explainer.open, chosen)
    serial = serial_working_days(network, calendar, start)
    return Plan(
        project=echo_of(book, facts),
        as_of=as_of,
        start=start,
        target=target_of(wish, backward, choice.fastest, chosen, construction) if wish and backward else None,
        routes=policy,
        choice=_choice(choice, policy, promised, chosen, calendar),
        team=team_of(law, conclusions),
        items=items,
        not_required=not_required,
        not_recorded=not_recorded,
        open_facts=asked,
        parameters_missing=lacking,
        milestones=milestones_of(promised, statutory),
        critical_path=tuple(f"{node.code}.{node.moment}" for node in promised.critical_path),
        totals=totals_of(items, joint, promised.working_days, statutory.working_days, serial),
        caps=caps,
        joint=joint,
        lanes=lanes_of(law, conclusions, explainer),
        relief=relief_of(law, facts.values, conclusions, book.vocabulary.facts.get(REGIONAL_ASSESSMENTS), again, explainer.memory),
        valid=validity_of(book.changes, as_of, promised.end),
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


def _choice(
    choice: Choice, policy: RoutePolicy, promised: Schedule, chosen: Sequence[Settled], calendar: WorkCalendar
) -> RouteChoice:
    reached = promised.milestones[choice.milestone]
    standard, fastest = choice.standard or reached, choice.fastest or reached
    between = calendar.expected.working_days_between
    taken = [way for one in chosen for way in one.taken if way.optional]
    kinds = {way.key: way.route for one in chosen for way in one.ways.choices}
    return RouteChoice(
        policy=policy,
        milestone=choice.milestone,
        standard=plan_date(standard),
        reached=plan_date(reached),
        fastest=plan_date(fastest),
        days_gained=between(reached.date, standard.date),
        days_possible=between(fastest.date, standard.date),
        promises=sum(way.route is RouteTaken.COMMITMENT for way in taken),
        later_papers=sum(way.route is RouteTaken.DEFICIENCY for way in taken),
        taken=tuple(way.key for way in taken),
        ladder=tuple(
            RouteStep(
                reached=rung.day,
                days_gained=rung.gained,
                promises=sum(kinds[key] is RouteTaken.COMMITMENT for key in rung.taken),
                later_papers=sum(kinds[key] is RouteTaken.DEFICIENCY for key in rung.taken),
                taken=tuple(key for key in kinds if key in rung.taken),
            )
            for rung in choice.ladder
        ),
    )


def _same_limits(network: Network, lawful: Mapping[str, tuple[Span, ...]]) -> bool:
    return all(a.handling == lawful[a.code] for a in network.activities)


def _network(settled: Sequence[Settled], names: Mapping[str, str]) -> tuple[OpenNetwork, list[Message]]:
    """The network and its options; where waits wait for each other (the loader lets no unconditional cycle through), they are cut and
    reported.
    """
    activities = [Activity(one.approval.model.code, one.preparation, one.standard) for one in settled]
    waits = [wait for one in settled for wait in one.waits]
    network, cycles = open_network(activities, waits, [option for one in settled for option in one.options])
    found: list[Message] = []
    for cycle in cycles:
        ring = " → ".join(names.get(code, MILESTONE_NAMES.get(code, code)) for code in (*cycle, cycle[0]))
        text = f"前置关系成环：{ring}。这几项的先后无法排定，请核对项目事实或规则"
        found.append(Message(code="prerequisite_cycle", text=text, status=Status.REQUIRED))
    return network, found
