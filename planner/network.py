"""What waits for what: the moments of each approval, the milestones of the works, and the links between them.

A node is the acceptance (受理) or the decision (办结) of an activity, or a milestone. Acceptance comes before decision, and the
milestones come in the order 开工 → 完工 → 竣工验收 → 投入使用, always. Everything else runs in parallel unless a `Link` says
otherwise. Durations live on the activities; the calendar is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import compress
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from planner.calendar import Span

T = TypeVar("T")


class Gate(StrEnum):
    """What a prerequisite holds back (卡点)."""

    ACCEPT = "ACCEPT"  # 受理
    DECIDE = "DECIDE"  # 办结: accepted and reviewed in parallel, only the decision waits
    START = "START"  # 开工
    COMPLETE = "COMPLETE"  # 组织竣工验收
    USE = "USE"  # 投入使用


Milestone: TypeAlias = Literal["start_of_works", "works_done", "completion", "use"]
Moment: TypeAlias = Literal["accept", "decide", "milestone"]

START_OF_WORKS: Milestone = "start_of_works"  # 开工
WORKS_DONE: Milestone = "works_done"  # 完工: the construction itself is finished
COMPLETION: Milestone = "completion"  # 竣工验收
USE: Milestone = "use"  # 投入使用
MILESTONES: tuple[Milestone, ...] = (START_OF_WORKS, WORKS_DONE, COMPLETION, USE)

HELD_BY: Mapping[Gate, Milestone] = {Gate.START: START_OF_WORKS, Gate.COMPLETE: COMPLETION, Gate.USE: USE}


@dataclass(frozen=True, slots=True)
class Activity:
    """One approval or step. `code` must not be the name of a milestone.

    `preparation`: the applicant's or a hired institution's time before submission, usually none, which counts as zero.
    `handling`: the limit from acceptance to decision, then the time of each special procedure (行政许可法 art. 45), one after the
    other, each in its own unit.
    """

    code: str
    preparation: tuple[Span, ...] = ()
    handling: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """`before` must be done first. `before` is an activity (its decision) or a milestone.

    ACCEPT, DECIDE: the acceptance (and the preparation before it) or the decision of the activity `after` waits.
    START, COMPLETE, USE: the milestone waits; `after` may be left empty.
    """

    before: str
    gate: Gate
    after: str = ""


class Node(NamedTuple):
    """A moment: of an activity (`accept`, `decide`) or a `milestone`, whose code is its name."""

    code: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class CyclicNetwork:
    """Links that wait for each other. Each cycle is a list of codes; the first waits for the last. Cycles share no moment."""

    cycles: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Network:
    """A network without cycles; made by `build_network` only.

    Nodes are numbered: activity i is accepted at 2i and decided at 2i + 1, the milestones follow. `before[node]` lists what the
    node waits for by links, `order` is a topological order of all nodes.
    """

    activities: tuple[Activity, ...]
    before: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]

    @property
    def first_milestone(self) -> int:
        """The number of the node 开工."""
        return 2 * len(self.activities)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes by number."""
        moments: tuple[Moment, Moment] = ("accept", "decide")
        own = [Node(activity.code, moment) for activity in self.activities for moment in moments]
        return (*own, *(Node(name, "milestone") for name in MILESTONES))

    def milestone(self, name: Milestone) -> int:
        """The number of a milestone's node."""
        return self.first_milestone + MILESTONES.index(name)

    def predecessors(self, node: int) -> tuple[int, ...]:
        """Everything the node waits for: its links, its own acceptance, the milestone before it."""
        first = self.first_milestone
        if node > first or (node < first and node % 2):
            return (*self.before[node], node - 1)
        return self.before[node]

    @cached_property
    def group(self) -> tuple[int, ...]:
        """For each node, the first milestone it holds back: 0 开工, 1 竣工验收 (完工 included), 2 投入使用, 3 none."""
        first = self.first_milestone
        groups = [3] * (first + 4)
        groups[first], groups[first + 2], groups[first + 3] = 0, 1, 2
        for node in reversed(self.order):
            for earlier in self.predecessors(node):
                groups[earlier] = min(groups[earlier], groups[node])
        return tuple(groups)

    def upstream(self, node: int) -> tuple[int, ...]:
        """The node and everything it waits for, directly or not, in topological order."""
        wanted = {node}
        for one in reversed(self.order):
            if one in wanted:
                wanted.update(self.predecessors(one))
        return tuple(one for one in self.order if one in wanted)

    def with_handling(self, handling: Mapping[str, tuple[Span, ...]]) -> Network:
        """The same links with other limits (statutory in place of promised); activities not named keep theirs."""
        changed = replace(
            self, activities=tuple(replace(a, handling=handling[a.code]) if a.code in handling else a for a in self.activities)
        )
        # Same nodes, same links: what was worked out for one holds for the other.
        for name in ("nodes", "group"):
            if name in self.__dict__:
                changed.__dict__[name] = self.__dict__[name]
        return changed


def build_network(activities: Sequence[Activity], links: Iterable[Link]) -> Network | CyclicNetwork:
    """The network of `activities` and `links`, or its cycles.

    Raises ValueError for two activities of one code, a code that is a milestone's name, or a link to something not in the network:
    the caller decides which links apply, and one that is dropped unseen would make a wrong plan.
    """
    index = {activity.code: number for number, activity in enumerate(activities)}
    if len(index) < len(activities):
        raise ValueError("two activities have the same code")
    if not index.keys().isdisjoint(MILESTONES):
        raise ValueError("an activity has the name of a milestone")
    first = 2 * len(activities)
    ends = {code: 2 * number + 1 for code, number in index.items()}
    ends.update((name, first + place) for place, name in enumerate(MILESTONES))
    before: list[dict[int, None]] = [{} for _ in range(first + 4)]
    for link in links:
        if link.before not in ends:
            raise ValueError(f"link from {link.before!r}, which is not in the network")
        held = HELD_BY.get(link.gate)
        if held is not None:
            if link.after not in ("", held):
                raise ValueError(f"gate {link.gate.value} holds back {held}, not {link.after!r}")
            before[ends[held]][ends[link.before]] = None
        elif link.after in index:
            before[ends[link.after] - (link.gate is Gate.ACCEPT)][ends[link.before]] = None
        else:
            raise ValueError(f"link to {link.after!r}, which is not an activity of the network")
    frozen = tuple(tuple(waits) for waits in before)
    network = Network(tuple(activities), frozen, ())
    order, stuck = _order(network, frozenset())
    if not stuck:
        return replace(network, order=order)
    cycles: list[tuple[str, ...]] = []
    broken: set[int] = set()
    while stuck:
        cycle = _cycle(network, stuck)
        broken.update(cycle)
        cycles.append(tuple(dict.fromkeys(network.nodes[node].code for node in cycle)))
        _, stuck = _order(network, broken)
    return CyclicNetwork(tuple(cycles))


def build_without_cycles(
    activities: Sequence[Activity], waits: Iterable[T], link: Callable[[T], Link]
) -> tuple[Network, tuple[T, ...], tuple[tuple[str, ...], ...]]:
    """The network of what is left when the waits inside cycles are cut out; those left, and the cycles. `link`: the link a wait makes."""
    left, found = tuple(waits), list[tuple[str, ...]]()
    while True:
        links = [link(wait) for wait in left]
        network = build_network(activities, links)
        if not isinstance(network, CyclicNetwork):
            return network, left, tuple(found)
        found += network.cycles
        for cycle in network.cycles:
            inside = set(cycle)
            kept = [not (one.before in inside and (one.after or HELD_BY[one.gate]) in inside) for one in links]
            left, links = tuple(compress(left, kept)), list(compress(links, kept))


def _order(network: Network, without: frozenset[int] | set[int]) -> tuple[tuple[int, ...], list[int]]:
    """A topological order of the nodes that have one, leaving out `without`, and the nodes that have none."""
    count = network.first_milestone + 4
    waiting = [0] * count
    after: list[list[int]] = [[] for _ in range(count)]
    for node in range(count):
        if node not in without:
            for earlier in network.predecessors(node):
                if earlier not in without:
                    waiting[node] += 1
                    after[earlier].append(node)
    order = [node for node in range(count) if not waiting[node] and node not in without]
    for node in order:
        for later in after[node]:
            waiting[later] -= 1
            if not waiting[later]:
                order.append(later)
    return tuple(order), [node for node in range(count) if waiting[node]]


def _cycle(network: Network, stuck: Sequence[int]) -> list[int]:
    """One cycle among nodes that each wait for another of them, in the order in which things would have to happen."""
    among = set(stuck)
    walked: list[int] = []
    node = stuck[0]
    while node not in walked:
        walked.append(node)
        node = next(earlier for earlier in network.predecessors(node) if earlier in among)
    return walked[walked.index(node) :][::-1]
