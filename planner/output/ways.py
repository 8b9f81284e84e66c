"""The easier routes of an item, for documents: what each asks, what it gains, what it leaves to be done, and why others are closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.output.outline import Outline
from planner.plan import Item, LegalBasis, OpenRoute, PlanDate, RouteTaken, Status


@dataclass(frozen=True, slots=True)
class Way:
    """One open route in words; routes of an item that differ in their paper alone are one.

    `state`: whether it is taken, and whose choice it is. `gain`: what it does to the milestone, empty where that is not known. `parts`: a
    label and a text each. `keys`: the routes it stands for.
    """

    title: str
    state: str
    taken: bool
    gain: str
    parts: tuple[tuple[str, str], ...]
    due: PlanDate | None
    basis: tuple[LegalBasis, ...]
    verified: bool
    note: str
    keys: tuple[str, ...]

    def text(self, colon: str, semicolon: str) -> str:
        """The parts in one line."""
        return semicolon.join(f"{label}{colon}{text}" for label, text in self.parts)


@dataclass(frozen=True, slots=True)
class Shut:
    """A closed route and the reason, in short."""

    title: str
    reason: str
    basis: tuple[LegalBasis, ...]
    verified: bool


def ways(item: Item, outline: Outline) -> tuple[Way, ...]:
    """The open routes of an item: those taken first, then by what they would gain."""
    alike: dict[object, list[OpenRoute]] = {}
    for route in item.routes:
        own = () if route.route is RouteTaken.DEFICIENCY else (route.key,)
        same = (route.route, route.optional, route.taken, route.status, route.days_gained, route.due, route.basis, route.verified)
        alike.setdefault((own, same, route.note, route.promises, route.own_papers, route.consequences), []).append(route)
    found = [(routes[0], _way(routes, outline)) for routes in alike.values()]
    found.sort(key=lambda pair: (not pair[0].taken, -(pair[0].days_gained or 0)))
    return tuple(way for _, way in found)


def shut(item: Item, outline: Outline) -> tuple[Shut, ...]:
    """The closed routes of an item, each with the reason that closes it."""
    found = []
    for route in item.closed_routes:
        reason = outline.words.joined(*dict.fromkeys(one.text for one in route.because))
        basis = tuple(dict.fromkeys(basis for one in route.because for basis in one.basis))
        verified = all(one.verified or not one.basis for one in route.because)
        names = () if route.name in reason else (route.name,)
        found.append(Shut(_title(route.route, names, outline), reason, basis, verified))
    return tuple(found)


def _way(routes: list[OpenRoute], outline: Outline) -> Way:
    words, first = outline.words, routes[0]
    papers = tuple(dict.fromkeys(paper for route in routes for paper in route.papers))
    duties = tuple(dict.fromkeys(part for route in routes for part in route.duty.split("；") if part))
    duty = "；".join(duties)
    if first.due is not None and first.taken:
        duty = words("route_due", duty=duty, day=words.day(first.due) + words.span_bracketed(first.due))
    parts: Mapping[str, str] = {
        "route_follow" if first.route is RouteTaken.DEFICIENCY else "route_replaces": words.comma.join(papers),
        "route_ahead": words.comma.join(outline.name(code) for code in first.ahead_of),
        "route_promises": words.semicolon.join(first.promises),
        "route_decided_within": outline.decided_within(first),
        "route_own_papers": words.comma.join(first.own_papers),
        "route_duty": duty,
        "route_consequences": _consequences(first, outline),
    }
    names = dict.fromkeys(route.name for route in routes)
    return Way(
        title=_title(first.route, names, outline),
        state=words(_state(first)),
        taken=first.taken,
        gain=_gain(first, outline),
        parts=tuple((words(key), text) for key, text in parts.items() if text),
        due=first.due if first.taken else None,
        basis=first.basis,
        verified=first.verified,
        note=first.note,
        keys=tuple(route.key for route in routes),
    )


def _consequences(route: OpenRoute, outline: Outline) -> str:
    """Those of its own, and where those are told that it shares with other routes."""
    words = outline.words
    own = tuple(text for text in route.consequences if text not in outline.common_consequences)
    if len(own) == len(route.consequences):
        return words.joined(*own)
    before = words.joined(*own) + words.semicolon if own else ""
    return words("route_consequences_see", own=before, heading=words("route_consequences_common"))


def _title(route: RouteTaken, names: Iterable[str], outline: Outline) -> str:
    """The kind of route, and its own name where it has one that the papers below do not say."""
    kind = outline.words(f"route_{route.value}")
    chinese = {"deficiency": "容缺受理", "commitment": "告知承诺", "pre_review": "预审", "staged": "分阶段办理"}.get(
        route.value, ""
    )
    own = [name for name in names if not name.startswith(chinese)]
    return f"{kind}“{outline.words.comma.join(own)}”" if own else kind


def _state(route: OpenRoute) -> str:
    if route.taken:
        return "state_taken" if route.optional else "state_no_other"
    return "state_not_taken" if route.status is Status.REQUIRED else "state_may_open"


def _gain(route: OpenRoute, outline: Outline) -> str:
    words = outline.words
    if route.days_gained is None:
        return ""
    if route.days_gained <= 0:
        return words("route_gains_nothing", milestone=words(outline.plan.choice.milestone))
    return words("route_gains" if route.taken else "route_would_gain", days=route.days_gained)
