"""Which of the open routes a plan takes, and what each gains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from planner.calendar import PlanDate, Span, WorkCalendar
from planner.network import START_OF_WORKS, USE, Network
from planner.plan import MilestoneName, RoutePolicy
from planner.routes import Measure, OpenNetwork, fewest
from planner.schedule import Chain, chain_to, reach

MOST_RUNGS = 12


class Rung(NamedTuple):
    """The cheapest options that reach a day, and the working days gained."""

    day: date
    gained: int
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """The optional routes taken, by key, and what they gain for `milestone`.

    `gains`: by key, the working days by which the milestone would come later without a route taken, or earlier with one not taken.
    `ladder`: the cheapest options for each earlier day, the cheapest of all first; for the fewest promises only.
    `standard`, `fastest`: the milestone's day with none and with all of them; None where these are the ones taken.
    """

    milestone: MilestoneName
    taken: frozenset[str] = frozenset()
    gains: Mapping[str, int] = field(default_factory=dict)
    ladder: tuple[Rung, ...] = ()
    standard: PlanDate | None = None
    fastest: PlanDate | None = None


def measured_on(network: Network) -> MilestoneName:
    """The milestone that routes are measured on where no target names one: 开工, or 投入使用 where nothing holds 开工 back."""
    activities = network.group[: network.first_milestone]
    return START_OF_WORKS if 0 in activities else USE  # type: ignore[return-value]


def choose(
    network: OpenNetwork,
    policy: RoutePolicy,
    milestone: MilestoneName,
    by: date | None,
    calendar: WorkCalendar,
    start: date,
    construction: Span,
) -> Choice:
    """The routes that `policy` takes. `by`: the target, which the fewest promises need not beat."""
    if not network.options:
        return Choice(milestone)
    upstream = network.upstream(milestone)
    known: dict[frozenset[str], Chain] = {}

    def measured(taken: frozenset[str]) -> Chain:
        found = known.get(taken)
        if found is None:
            found = known[taken] = chain_to(network.taking(taken), calendar, start, milestone, construction, upstream)
        return found

    everything = frozenset(network.options)
    if policy is RoutePolicy.STANDARD:
        taken: frozenset[str] = frozenset()
    elif policy is RoutePolicy.FASTEST:
        taken = everything
    else:
        taken = fewest(network, measured, by.toordinal() if by is not None else None)
    between = calendar.expected.working_ordinals
    ladder = _ladder(network, measured, between) if policy is RoutePolicy.FEWEST_PROMISES else ()
    reached = measured(taken).day
    gains = {
        key: between(reached, measured(taken - {key}).day) if key in taken else between(measured(taken | {key}).day, reached)
        for key in network.options
    }
    standard, fastest = (
        None if keys == taken else reach(network.taking(keys), calendar, start, construction).milestones[milestone]
        for keys in (frozenset[str](), everything)
    )
    return Choice(milestone, taken, gains, ladder, standard, fastest)


def _ladder(network: OpenNetwork, measured: Measure, between: Callable[[int, int], int]) -> tuple[Rung, ...]:
    """The cheapest options for one working day earlier, and again, until no day is left to gain."""
    standard, best = measured(frozenset()).day, measured(frozenset(network.options)).day
    found: list[Rung] = []
    day = standard
    while day > best and len(found) < MOST_RUNGS:
        taken = fewest(network, measured, day - 1)
        day = measured(taken).day
        while found and network.price(taken) <= network.price(found[-1].taken):
            found.pop()
        found.append(Rung(date.fromordinal(day), between(day, standard), taken))
    return tuple(found)
