"""Random networks: small ones for the property tests, ones of any size to compare with other schedulers."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from planner.calendar import CalendarDays, Span, WorkingDays
from planner.network import WORKS_DONE, Activity, Gate, Link, Network, build_network

CODES = tuple("abcdefgh")
WORKING = st.integers(0, 25).map(WorkingDays)
ANY = st.one_of(WORKING, st.integers(0, 40).map(CalendarDays))


def spans(of: st.SearchStrategy[Span]) -> st.SearchStrategy[tuple[Span, ...]]:
    return st.lists(of, max_size=2).map(tuple)


@st.composite
def plans(draw: st.DrawFn, of: st.SearchStrategy[Span] = ANY) -> tuple[list[Activity], list[Link]]:
    """Activities and links without cycles: links run forward in the list, and what waits for the works holds no 开工."""
    count = draw(st.integers(1, len(CODES)))
    activities = [Activity(code, draw(spans(of)), draw(spans(of))) for code in CODES[:count]]
    works = draw(st.integers(0, count))  # activities from this one on may wait for the works
    links: list[Link] = []
    for number, activity in enumerate(activities):
        for earlier in activities[:number]:
            if draw(st.integers(0, 3)) == 0:
                links.append(Link(earlier.code, draw(st.sampled_from([Gate.ACCEPT, Gate.DECIDE])), activity.code))
        if number >= works and draw(st.booleans()):
            links.append(Link(WORKS_DONE, Gate.ACCEPT, activity.code))
        gates = [Gate.START, Gate.COMPLETE, Gate.USE] if number < works else [Gate.COMPLETE, Gate.USE]
        if draw(st.booleans()):
            links.append(Link(activity.code, draw(st.sampled_from(gates))))
    return activities, links


def networks(of: st.SearchStrategy[Span] = ANY) -> st.SearchStrategy[Network]:
    return plans(of).map(build)


def build(plan: tuple[list[Activity], list[Link]]) -> Network:
    network = build_network(*plan)
    assert isinstance(network, Network)
    return network


def large(chance: Random, count: int, waits: float) -> Network:
    """`count` activities, each of which waits for `waits` others on average. Links run forward in the list.

    What an activity waits for is drawn from all before it, so that a long list becomes wider and not much longer in time. The last third
    may wait for the works. Limits are like those of law: none to two months, in both units.
    """
    names = [f"a{number}" for number in range(count)]
    works = count * 2 // 3
    activities: list[Activity] = []
    links: dict[tuple[str, str], Link] = {}
    for number, name in enumerate(names):
        preparation = (_span(chance),) if chance.random() < 0.3 else ()
        handling = (_span(chance), *([_span(chance)] if chance.random() < 0.1 else []))
        activities.append(Activity(name, preparation, handling))
        for _ in range(min(number, round(chance.uniform(0, 2 * waits)))):
            earlier = names[chance.randrange(number)]
            links[earlier, name] = Link(earlier, chance.choice([Gate.ACCEPT, Gate.ACCEPT, Gate.DECIDE]), name)
        if number >= works and chance.random() < 0.3:
            links[WORKS_DONE, name] = Link(WORKS_DONE, Gate.ACCEPT, name)
        gates = [Gate.START, Gate.COMPLETE, Gate.USE] if number < works else [Gate.COMPLETE, Gate.USE]
        if chance.random() < 0.3:
            gate = chance.choice(gates)
            links[name, gate.value] = Link(name, gate)
    return build((activities, list(links.values())))


def _span(chance: Random) -> Span:
    return CalendarDays(chance.randint(0, 60)) if chance.random() < 0.3 else WorkingDays(chance.randint(0, 30))
