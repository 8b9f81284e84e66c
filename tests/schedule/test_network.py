"""What waits for what, and that nothing waits for itself; checked against networkx."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.calendar import WorkingDays
from planner.network import (
    COMPLETION,
    MILESTONES,
    START_OF_WORKS,
    USE,
    WORKS_DONE,
    Activity,
    CyclicNetwork,
    Gate,
    Link,
    Network,
    build_network,
)
from tests.schedule.networks import CODES, networks

A, B, C = (Activity(code, handling=(WorkingDays(5),)) for code in "abc")


def as_graph(codes: list[str], links: list[Link]) -> nx.DiGraph:
    """The same network for networkx, built from the meaning of gates and not from `Network`."""
    graph = nx.DiGraph()
    for code in codes:
        graph.add_edge((code, "accept"), (code, "decide"))
    nx.add_path(graph, [(name, "milestone") for name in MILESTONES])
    held = {Gate.START: START_OF_WORKS, Gate.COMPLETE: COMPLETION, Gate.USE: USE}
    for link in links:
        before = (link.before, "milestone" if link.before in MILESTONES else "decide")
        after = (held[link.gate], "milestone") if link.gate in held else (link.after, link.gate.value.lower())
        graph.add_edge(before, after)
    return graph


@st.composite
def anything(draw: st.DrawFn) -> tuple[list[str], list[Link]]:
    codes = list(CODES[: draw(st.integers(1, 6))])
    from_ = st.sampled_from([*codes, *MILESTONES])
    link = st.one_of(
        st.builds(Link, from_, st.sampled_from([Gate.ACCEPT, Gate.DECIDE]), st.sampled_from(codes)),
        st.builds(Link, from_, st.sampled_from([Gate.START, Gate.COMPLETE, Gate.USE])),
    )
    return codes, draw(st.lists(link, max_size=10))


@given(anything())
def test_cycles_are_found_exactly_when_there_are_any(plan: tuple[list[str], list[Link]]) -> None:
    codes, links = plan
    built = build_network([Activity(code) for code in codes], links)
    graph = as_graph(codes, links)
    assert isinstance(built, Network) == nx.is_directed_acyclic_graph(graph)
    if isinstance(built, CyclicNetwork):
        # Folded to codes, every cycle named is one, and without its activities and milestones none is left.
        folded = nx.DiGraph((before[0], after[0]) for before, after in graph.edges)
        for cycle in built.cycles:
            assert all(folded.has_edge(one, other) for one, other in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
        named = {code for cycle in built.cycles for code in cycle}
        graph.remove_nodes_from([node for node in graph if node[0] in named])
        assert nx.is_directed_acyclic_graph(graph)


@given(networks())
def test_the_order_puts_everything_after_what_it_waits_for(network: Network) -> None:
    place = {node: number for number, node in enumerate(network.order)}
    assert sorted(place) == list(range(len(network.nodes)))
    assert all(place[earlier] < place[node] for node in place for earlier in network.predecessors(node))


def test_a_cycle_is_told_by_its_codes() -> None:
    links = [Link("a", Gate.ACCEPT, "b"), Link("b", Gate.ACCEPT, "c"), Link("c", Gate.DECIDE, "a")]
    built = build_network([A, B, C], links)
    assert isinstance(built, CyclicNetwork)
    (cycle,) = built.cycles
    assert set(cycle) == {"a", "b", "c"}
    turn = cycle.index("a")
    assert cycle[turn:] + cycle[:turn] == ("a", "b", "c")


def test_two_separate_cycles_are_both_told() -> None:
    d = Activity("d")
    links = [Link("a", Gate.ACCEPT, "b"), Link("b", Gate.DECIDE, "a"), Link("c", Gate.ACCEPT, "d"), Link("d", Gate.ACCEPT, "c")]
    built = build_network([A, B, C, d], links)
    assert isinstance(built, CyclicNetwork)
    assert [set(cycle) for cycle in built.cycles] == [{"a", "b"}, {"c", "d"}]


def test_deciding_on_each_other_is_a_cycle_but_accepting_before_the_others_decision_is_not() -> None:
    assert isinstance(build_network([A, B], [Link("a", Gate.DECIDE, "b"), Link("b", Gate.DECIDE, "a")]), CyclicNetwork)
    assert isinstance(build_network([A, B], [Link("a", Gate.DECIDE, "b")]), Network)
    built = build_network([A], [Link("a", Gate.ACCEPT, "a")])
    assert isinstance(built, CyclicNetwork)
    assert built.cycles == (("a",),)


def test_holding_the_start_while_waiting_for_the_works_is_a_cycle() -> None:
    built = build_network([A], [Link(WORKS_DONE, Gate.ACCEPT, "a"), Link("a", Gate.START)])
    assert isinstance(built, CyclicNetwork)
    assert set(built.cycles[0]) == {"a", START_OF_WORKS, WORKS_DONE}


@pytest.mark.parametrize(
    ("activities", "links", "words"),
    [
        ([A, A], [], "same code"),
        ([Activity("use")], [], "name of a milestone"),
        ([A], [Link("z", Gate.ACCEPT, "a")], "not in the network"),
        ([A], [Link("a", Gate.ACCEPT, "z")], "not an activity"),
        ([A], [Link("a", Gate.ACCEPT)], "not an activity"),
        ([A, B], [Link("a", Gate.START, "b")], "holds back start_of_works"),
    ],
)
def test_a_link_to_nowhere_is_refused(activities: list[Activity], links: list[Link], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_network(activities, links)


def test_a_link_given_twice_counts_once() -> None:
    once = build_network([A, B], [Link("a", Gate.ACCEPT, "b"), Link("a", Gate.START)])
    twice = build_network(
        [A, B], [Link("a", Gate.ACCEPT, "b"), Link("a", Gate.ACCEPT, "b"), Link("a", Gate.START, "start_of_works")]
    )
    assert once == twice
