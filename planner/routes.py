"""Choosing among lawful shortcuts: what each relaxes in a network, and the fewest that reach a day.

An `Option` is one route an applicant may choose: a promise, a paper that follows, a review ahead of its condition, a permit by stages.
A `Wait` says which options soften or remove it. All options only relax: with more of them no moment comes later. On that rests the
search for the fewest, which is exact: as long as the options chosen leave a chain of moments that runs past the day, every choice that
reaches it holds one of the options that break that chain; so the cheapest set that meets all chains found so far is tried next, until
none is left. The network is never built anew: an order of its moments that is right with no option taken is right with any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

from planner.calendar import Span
from planner.network import HELD_BY, Activity, Gate, Link, Milestone, Network, Node, build_network, build_without_cycles
from planner.schedule import Chain, rough_length


class Burden(IntEnum):
    """What an option costs the applicant; the fewest of the dearer kind are sought first."""

    FREE = 1
    """A review ahead of a condition, a permit by stages: nothing is promised."""
    BINDING = 10_000
    """A promise or a paper that must follow."""


@dataclass(frozen=True, slots=True)
class Option:
    """One route that may be chosen for an activity. `handling`: the activity's own time if the route changes it."""

    key: str
    activity: str
    burden: Burden
    handling: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """One reason why `after` waits for `before`. Any option of `softened_by` lets it be accepted before and only the decision wait; any of
    `removed_by` makes it wait no longer.

    `only_with`: the wait is there only with an option of these. It must hold a milestone that waited anyway without them, through another
    wait that they remove: so they still only relax.
    """

    before: str
    gate: Gate
    after: str = ""
    softened_by: frozenset[str] = frozenset()
    removed_by: frozenset[str] = frozenset()
    only_with: frozenset[str] = frozenset()

    def gate_with(self, taken: frozenset[str]) -> Gate | None:
        """What the wait still holds back; None when nothing."""
        if self.removed_by & taken or (self.only_with and not self.only_with & taken):
            return None
        return Gate.DECIDE if self.gate is Gate.ACCEPT and self.softened_by & taken else self.gate


Measure = Callable[[frozenset[str]], Chain]
"""When the milestone in question is reached with these options taken, and by which chain."""


@dataclass(frozen=True)
class OpenNetwork:
    """A network with its options. `base` is the network with none taken; `widest` has every wait that any of them may bring."""

    base: Network
    widest: Network
    waits: tuple[Wait, ...]
    options: Mapping[str, Option]

    def taking(self, taken: frozenset[str]) -> Network:
        """The network with these options taken."""
        changed = [w for w in self.waits if (w.softened_by | w.removed_by | w.only_with) & taken]
        quick: dict[str, tuple[Span, ...]] = {}
        for key, option in self.options.items():
            if key in taken and option.handling is not None:
                known = quick.get(option.activity)
                quick[option.activity] = option.handling if known is None else min(known, option.handling, key=rough_length)
        if not changed and not quick:
            return self.base
        before = self._before(taken, changed) if changed else self.base.before
        activities = self.base.activities
        if quick:
            activities = tuple([replace(a, handling=quick[a.code]) if a.code in quick else a for a in activities])
        changed_network = Network(activities, before, self.base.order)
        changed_network.__dict__["nodes"] = self.base.nodes
        return changed_network

    def upstream(self, milestone: Milestone) -> tuple[int, ...]:
        """Everything the milestone may wait for, whichever options are taken, in topological order."""
        return self.widest.upstream(self.widest.milestone(milestone))

    def _before(self, taken: frozenset[str], changed: Sequence[Wait]) -> tuple[tuple[int, ...], ...]:
        """What each node waits for, worked out anew for the nodes of the activities, and of the milestones, that these waits hold."""
        codes, milestones = {w.after for w in changed if w.after}, any(not w.after for w in changed)
        index, first = self._index, self.base.first_milestone
        rows: dict[int, dict[int, None]] = {index[code] - moment: {} for code in codes for moment in (0, 1)}
        if milestones:
            rows.update({first + place: {} for place in range(4)})
        for wait in self.waits:
            if wait.after in codes or (milestones and not wait.after):
                gate = wait.gate_with(taken)
                if gate is not None:
                    node = index[HELD_BY[gate]] if gate in HELD_BY else index[wait.after] - (gate is Gate.ACCEPT)
                    rows[node][index[wait.before]] = None
        return tuple(tuple(rows[node]) if node in rows else row for node, row in enumerate(self.base.before))

    @cached_property
    def _index(self) -> Mapping[str, int]:
        """The node by which others wait for a code: an activity's decision, a milestone."""
        return {node.code: number for number, node in enumerate(self.base.nodes) if node.moment != "accept"}

    def price(self, taken: frozenset[str]) -> tuple[int, int]:
        """How many promises and papers that follow, and how many of the rest."""
        binding = sum(self.options[key].burden is Burden.BINDING for key in taken)
        return binding, len(taken) - binding

    def breakers(self, chain: Chain, taken: frozenset[str]) -> frozenset[str]:
        """The options, not taken yet, of which every choice that breaks this chain holds one at least."""
        quick: dict[str, set[str]] = {}
        for key, option in self.options.items():
            if option.handling is not None and key not in taken:
                quick.setdefault(option.activity, set()).add(key)
        found: set[str] = set()
        for earlier, later in zip(chain.nodes, chain.nodes[1:], strict=False):
            if earlier.moment == "accept" and later.moment == "decide" and earlier.code == later.code:
                found |= quick.get(later.code, set())
                continue
            target = "" if later.moment == "milestone" else later.code
            standing = [wait for wait in self._between.get((earlier.code, target), ()) if _holds(wait.gate_with(taken), later)]
            if standing and all(_relaxing(wait, taken) for wait in standing):
                # Every one of them has to give way, so whichever is looked at, one of its options is needed: the fewest say most.
                found |= min((_relaxing(wait, taken) for wait in standing), key=len)
        return frozenset(found)

    @cached_property
    def _between(self) -> Mapping[tuple[str, str], Sequence[Wait]]:
        found: dict[tuple[str, str], list[Wait]] = {}
        for wait in self.waits:
            found.setdefault((wait.before, wait.after), []).append(wait)
        return found


def _holds(gate: Gate | None, node: Node) -> bool:
    if gate is None:
        return False
    if node.moment == "milestone":
        return HELD_BY.get(gate) == node.code
    return gate is (Gate.ACCEPT if node.moment == "accept" else Gate.DECIDE)


def _relaxing(wait: Wait, taken: frozenset[str]) -> frozenset[str]:
    """The options that would relax a wait further than it is with `taken`."""
    if wait.gate_with(taken) is Gate.ACCEPT:
        return wait.softened_by | wait.removed_by
    return wait.removed_by


def open_network(
    activities: Sequence[Activity], waits: Sequence[Wait], options: Iterable[Option] = ()
) -> tuple[OpenNetwork, tuple[tuple[str, ...], ...]]:
    """The network of these waits, and the cycles that had to be cut out of it: codes, the first of which waits for the last.

    A wait that comes with an option only and would close a cycle is left out.
    """
    always = [wait for wait in waits if not wait.only_with]
    network, left, cycles = build_without_cycles(activities, always, _link)
    added = [wait for wait in waits if wait.only_with and not _would_close(wait, network)]
    widest = network
    if added:
        left = (*left, *added)
        built = build_network(activities, map(_link, left))
        if not isinstance(built, Network):
            raise AssertionError("each wait that comes with an option was looked at, and all hold milestones")
        widest = built
        network = Network(network.activities, network.before, widest.order)
    return OpenNetwork(network, widest, left, {option.key: option for option in options}), cycles


def _link(wait: Wait) -> Link:
    return Link(wait.before, wait.gate, wait.after)


def _would_close(wait: Wait, network: Network) -> bool:
    """Whether what the wait holds must come before what it waits for."""
    held = network.milestone(HELD_BY[wait.gate])
    return held in network.upstream(network.nodes.index(Node(wait.before, "decide")))


def fewest(network: OpenNetwork, measure: Measure, by: int | None = None) -> frozenset[str]:
    """The cheapest options with which the milestone comes as early as with all of them, or by the day `by` if that is later.

    Cheapest: fewest promises and papers that follow, then fewest of the rest, then those that stand first. Exact.
    """
    everything = frozenset(network.options)
    wanted = measure(everything).day
    if by is not None:
        wanted = max(wanted, by)
    place = {key: number for number, key in enumerate(network.options)}
    cost = {key: option.burden * 1_000_000 + place[key] for key, option in network.options.items()}
    chains: list[frozenset[str]] = []
    taken: frozenset[str] = frozenset()
    while True:
        chain = measure(taken)
        if chain.day <= wanted:
            return taken
        breakers = network.breakers(chain, taken)
        if not breakers:
            raise AssertionError("the day was reached with every option, so some option must break the chain")
        chains.append(breakers)
        taken = _cheapest(chains, cost)


def _cheapest(chains: Sequence[frozenset[str]], cost: Mapping[str, int]) -> frozenset[str]:
    """The cheapest set that holds an option of every chain, by branch and bound."""
    best: list[frozenset[str]] = [_greedy(chains, cost)]

    def price(options: Iterable[str]) -> int:
        return sum(cost[key] for key in options)

    def search(chosen: frozenset[str], banned: frozenset[str], left: Sequence[frozenset[str]]) -> None:
        left = [chain - banned for chain in left if not chain & chosen]
        if price(chosen) + _at_least(left, cost) >= price(best[0]):
            return
        if not left:
            best[0] = chosen
            return
        branch = min(left, key=lambda chain: (len(chain), sorted(chain)))
        tried: frozenset[str] = frozenset()
        for key in sorted(branch, key=lambda one: cost[one]):
            search(chosen | {key}, banned | tried, left)
            tried |= {key}

    search(frozenset(), frozenset(), chains)
    return best[0]


def _at_least(left: Sequence[frozenset[str]], cost: Mapping[str, int]) -> int:
    """What the chains that share no option cost at least, each by its cheapest; too much to be had where one has none left."""
    seen: set[str] = set()
    total = 0
    for chain in sorted(left, key=len):
        if not chain:
            return sum(cost.values()) + 1
        if not chain & seen:
            seen |= chain
            total += min(cost[key] for key in chain)
    return total


def _greedy(chains: Sequence[frozenset[str]], cost: Mapping[str, int]) -> frozenset[str]:
    """A set that meets every chain, to begin with."""
    chosen: frozenset[str] = frozenset()
    for chain in sorted(chains, key=len):
        if not chain & chosen:
            chosen |= {min(chain, key=lambda key: cost[key])}
    return chosen
