"""How an item runs in time, for documents: each of its days with how long, from when, what sets it, and the law behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from planner.output.outline import Outline, common
from planner.plan import ClockRule, ClockStart, GateHeld, Item, LegalBasis, PlanDate, RouteTaken, SkippedDays

MomentKind = Literal[
    "submit",
    "accept",
    "correction",
    "promised",
    "statutory",
    "extension",
    "special_procedure",
    "delivery",
    "supplement",
    "verify",
    "latest",
]
_STARTS: dict[ClockStart, str] = {
    "receipt": "from_receipt",
    "acceptance": "from_acceptance",
    "decision": "from_decision",
    "end_of_limit": "from_end_of_limit",
}

_AFTER: tuple[MomentKind, ...] = ("extension", "delivery", "supplement", "verify")
"""Days that follow the limit and pass over its days off again."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One day of an item, or a procedure that has none of its own (`day` None).

    `length`: the limit that leads to it, in words. `notes`: what sets the day, what follows when it passes. `basis`: the law that makes
    it, empty where an extension or a procedure rests on that of the limit before it. `skipped`: the days off it passed over; with `more`, those only
    that no moment before it names. `general`: it follows from a rule for many items, which the document says once.
    """

    kind: MomentKind
    label: str
    day: PlanDate | None
    length: str = ""
    notes: tuple[str, ...] = ()
    basis: tuple[LegalBasis, ...] = ()
    verified: bool = True
    skipped: tuple[SkippedDays, ...] = ()
    more: bool = False
    general: bool = False


def moments(item: Item, outline: Outline) -> tuple[Moment, ...]:
    """The days of an item in the order of the procedure, what several have in common said with the first of them."""
    found: list[Moment] = []
    law: tuple[LegalBasis, ...] = ()
    named: set[SkippedDays] = set()
    for moment in _all(item, outline):
        runs = () if moment.day is None or moment.kind == "latest" else moment.day.skipped
        more = moment.kind in _AFTER and not named.isdisjoint(runs)
        skipped = tuple(run for run in runs if run not in named) if more else runs
        named.update(runs)
        repeated = moment.basis == law and moment.kind in ("extension", "special_procedure")
        found.append(replace(moment, basis=() if repeated else moment.basis, skipped=skipped, more=more))
        law = moment.basis or law
    return tuple(found)


def _all(item: Item, outline: Outline) -> Iterator[Moment]:
    words, dates = outline.words, item.dates
    sets, law = _accepted(item, outline)
    if dates.submit_from.date == dates.accept.date:
        yield Moment("accept", words("date_submit_accept"), dates.accept, "", sets, law)
    else:
        yield Moment("submit", words("date_submit"), dates.submit_from)
        yield Moment("accept", words("date_accept"), dates.accept, "", sets, law)
    yield from (_of_clock(rule, "correction", item, outline) for rule in item.clock if rule.kind == "correction")
    decided = _decided(item, outline)
    if item.promised is not None:
        limit = item.promised
        length = words.term(limit)
        notes = (*outline.promise_note(item), *decided[0])
        yield Moment("promised", words("date_promised"), dates.decide_promised, length, notes, limit.basis, limit.verified)
    if item.statutory is not None:
        statutory = item.statutory
        waits = statutory.nature == "minimum_wait"
        starts = words("from_receipt" if statutory.starts == "receipt" else "from_acceptance")
        length = words("clock_limit", length=words.term(statutory), starts=starts)
        own = statutory.note.removesuffix("。")
        remarks = (words("wait_fixed") if waits else "", "" if own in item.note else own)
        before = () if item.promised is not None else (*outline.promise_note(item), *decided[0])
        notes = (*before, *(text for text in remarks if text))
        label = words("date_wait" if waits else "date_statutory")
        yield Moment("statutory", label, dates.decide_statutory, length, notes, statutory.basis, statutory.verified)
    elif item.promised is None:
        yield Moment("statutory", words("date_decide"), dates.decide_statutory, "", *decided)
    for kind in ("extension", "special_procedure", "delivery"):
        yield from (_of_clock(rule, kind, item, outline) for rule in item.clock if rule.kind == kind)
    if dates.supplement_by is not None:
        yield Moment("supplement", words("date_supplement"), dates.supplement_by, "", (), _grounds(item, RouteTaken.DEFICIENCY))
    if dates.verify_by is not None:
        yield Moment("verify", words("date_verify"), dates.verify_by, "", (), _grounds(item, RouteTaken.COMMITMENT))
    yield Moment("latest", words("date_latest"), dates.latest_submit, words("slack_of", days=item.slack))


def _accepted(item: Item, outline: Outline) -> tuple[tuple[str, ...], tuple[LegalBasis, ...]]:
    """What sets the day of acceptance, and the law that makes it wait."""
    words, code = outline.words, item.dates.accept_after
    if code:
        return (words("set_accept", name=outline.name(code)),), _law_of(item, code, "ACCEPT")
    if item.dates.accept.date == outline.plan.start:
        return (words("set_start"),), ()
    return ((words("set_preparation"),) if any(step.days for step in item.preparation) else ()), ()


def _decided(item: Item, outline: Outline) -> tuple[tuple[str, ...], tuple[LegalBasis, ...]]:
    code = item.dates.decide_after
    if not code:
        return (), ()
    return (outline.words("set_decide", name=outline.name(code)),), _law_of(item, code, "DECIDE")


def _grounds(item: Item, kind: RouteTaken) -> tuple[LegalBasis, ...]:
    """The law of the routes of a kind that are taken."""
    taken = (route for route in item.routes if route.taken and route.route is kind)
    return tuple(dict.fromkeys(basis for route in taken for basis in route.basis))


def _law_of(item: Item, code: str, gate: str) -> tuple[LegalBasis, ...]:
    def at(one: GateHeld) -> bool:
        return one.code == code and one.gate == gate

    return next((one.basis for one in item.gates if at(one)), ())


def _of_clock(rule: ClockRule, kind: MomentKind, item: Item, outline: Outline) -> Moment:
    words = outline.words
    span = "" if rule.days is None else words.days(rule.days, rule.unit)
    general = common(rule) in outline.common_clocks
    notes = (words("clock_effect", effect=rule.effect.removesuffix("。")),) if rule.effect and not general else ()
    if kind == "extension":
        key = "clock_extension_times" if rule.times > 1 else "clock_extension_length"
        label, length = words("clock_extension"), words(key, times=rule.times, length=span)
    elif kind == "special_procedure":
        key = "open" if rule.days is None else "counted" if rule.counted else "capped"
        if key == "counted" and item.statutory is not None and item.statutory.nature == "minimum_wait":
            key = "step"  # beside a minimum wait it may itself be the least that must pass
        label, length = words("clock_special", name=rule.name), words(f"clock_special_{key}", length=span)
    else:
        label = words(f"clock_{kind}")
        length = words("clock_limit", length=span, starts=words(_STARTS[rule.starts])) if span else ""
    return Moment(kind, label, rule.by, length, notes, rule.basis, rule.verified, general=general)
