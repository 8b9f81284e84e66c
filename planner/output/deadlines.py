"""The deadlines of a plan, as a calendar holds them: one day each, whose it is, and what it rests on.

The plan is reckoned from the earliest days. So each approval has the last day to hand it in, and the days by which an office must have
decided if it was handed in on the earliest day. Left out is what is no deadline: the last day to hand in what nothing waits for (it
would only say when the plan ends), and the decision on what has no known limit (its zero days are an assumption).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from planner.output.outline import Outline
from planner.output.words import Words
from planner.plan import (
    Certainty,
    ClockRule,
    Item,
    LegalBasis,
    Milestone,
    MilestoneName,
    PlanDate,
    PromisedLimit,
    Status,
    StatutoryLimit,
)
from planner.rulebook.models import ApprovalKind

DeadlineKind: TypeAlias = Literal[
    "submit",
    "may_submit",
    "decide_promised",
    "decide_statutory",
    "correction",
    "delivery",
    "minimum_wait",
    "special_procedure",
    "supplement",
    "verify",
    "duty",
    "lapse",
    "milestone",
    "target",
    "revise",
]
_MILESTONES: tuple[MilestoneName, ...] = ("start_of_works", "completion", "use")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline. `title` says which, `name` of what; `department` is empty for what is not an office's.

    `owner`: the code of the item or milestone; "" for the whole plan's. `place` tells several of one kind and owner apart. `depends`:
    it falls away if open facts turn out so. `notes`: what else to know, a line each.
    """

    kind: DeadlineKind
    owner: str
    place: str
    day: PlanDate
    title: str
    name: str
    department: str
    stage: str
    sort: str
    depends: bool
    verified: bool
    notes: tuple[str, ...]
    basis: tuple[LegalBasis, ...]

    @property
    def key(self) -> str:
        """What names this deadline among those of its project, whatever its day. The first and the last day to hand in are one."""
        return "/".join((self.owner, "submit" if self.kind == "may_submit" else self.kind, self.place))


def deadlines(outline: Outline, *, charted: bool = False) -> tuple[Deadline, ...]:
    """Every deadline of a plan, by day; those of one day in reading order. No two have the same key.

    `charted`: without those of the items that charts leave out, where much is unsettled.
    """
    items = (item for group in outline.stages for item in (outline.charted(group) if charted else group.items))
    found = [*_of_plan(outline), *(one for item in items for one in _of_item(item, outline))]
    times: Counter[str] = Counter()
    for index, one in enumerate(found):
        times[one.key] += 1
        if times[one.key] > 1:
            found[index] = replace(one, place=f"{one.place}#{times[one.key]}")
    return tuple(sorted(found, key=lambda one: one.day.date))


def _of_item(item: Item, outline: Outline) -> Iterator[Deadline]:
    words, dates = outline.words, item.dates
    always = _about(item, outline)

    def deadline(
        kind: DeadlineKind,
        day: PlanDate,
        title: str,
        notes: Iterable[str] = (),
        basis: tuple[LegalBasis, ...] = (),
        *,
        place: str = "",
        depends: bool = False,
        verified: bool = True,
    ) -> Deadline:
        return Deadline(
            kind=kind,
            owner=item.code,
            place=place,
            day=day,
            title=title,
            name=item.name,
            department=item.department,
            stage=item.stage,
            sort=item.kind,
            depends=depends or item.status is Status.DEPENDS,
            verified=verified and item.verified,
            notes=(*(text for text in notes if text), *always),
            basis=tuple(dict.fromkeys(basis)),
        )

    own = "_own" if item.kind == ApprovalKind.OWN_DUTY.value else ""
    held, papers = outline.held_back(item), _papers(item, words)
    if held:
        notes = (words("due_delays", names=words.semicolon.join(held)), papers)
        yield deadline("submit", dates.latest_submit, words(f"due_submit{own}"), notes, item.basis)
    else:
        yield deadline("may_submit", dates.submit_from, words(f"due_open{own}"), (words("due_free"), papers), item.basis)

    decided = set()
    if item.promised is not None:
        decided.add(dates.decide_promised.date)
        told = (_counted("promised_limit", item.promised, item, words), *outline.promise_note(item))
        title, limit = words("due_promised"), item.promised
        yield deadline("decide_promised", dates.decide_promised, title, told, limit.basis, verified=limit.verified)
    if item.statutory is not None and dates.decide_statutory.date not in decided:
        decided.add(dates.decide_statutory.date)
        wait = item.statutory.nature == "minimum_wait"
        counted = _counted("minimum_wait" if wait else "statutory_limit", item.statutory, item, words)
        told = (counted, *outline.promise_note(item), item.statutory.note)
        title = words("due_wait" if wait else "due_statutory")
        basis, verified = item.statutory.basis, item.statutory.verified
        yield deadline("decide_statutory", dates.decide_statutory, title, told, basis, verified=verified)

    yield from (
        deadline(kind, day, title, (rule.name, rule.effect), rule.basis, place=rule.name, verified=rule.verified)
        for kind, day, title, rule in _clock(item, words, decided)
    )

    taken = [route for route in item.routes if route.taken]
    duties = [text for route in taken for text in (*route.promises, route.duty)]
    grounds = tuple(basis for route in taken for basis in route.basis)
    if dates.supplement_by is not None:
        yield deadline("supplement", dates.supplement_by, words("due_supplement"), (_later(item, words), *duties), grounds)
    if dates.verify_by is not None:
        yield deadline("verify", dates.verify_by, words("due_verify"), duties, grounds)
    said = {day.date for day in (dates.supplement_by, dates.verify_by) if day is not None}
    for route in taken:
        if route.due is not None and route.due.date not in said:
            notes_ = (route.name, *route.promises, route.duty, *route.consequences)
            title, basis, verified = words("due_duty"), route.basis, route.verified
            yield deadline("duty", route.due, title, notes_, basis, place=route.key, verified=verified)

    for term in item.validity:
        if term.lapses is not None:
            yield deadline(
                "lapse",
                term.lapses,
                words("due_lapse_reach", milestone=words(term.reach)) if term.reach else words("due_lapse"),
                (term.term,),
                term.basis,
                place=term.reach or "",
                depends=term.status is Status.DEPENDS,
                verified=term.verified,
            )


def _clock(item: Item, words: Words, decided: set[date]) -> Iterator[tuple[DeadlineKind, PlanDate, str, ClockRule]]:
    """The days of the clock's rules, but those that the limits' own days tell already and those that the schedule does not count."""
    for rule in item.clock:
        if rule.by is None:
            continue
        if rule.kind == "correction" or rule.kind == "delivery":
            yield rule.kind, rule.by, words(f"due_{rule.kind}"), rule
        elif (rule.kind == "minimum_wait" or rule.kind == "special_procedure") and rule.counted and rule.by.date not in decided:
            yield rule.kind, rule.by, words("due_procedure", name=rule.name), rule


def _of_plan(outline: Outline) -> Iterator[Deadline]:
    plan, words = outline.plan, outline.words
    for name in _MILESTONES:
        found: Milestone = getattr(plan.milestones, name)
        holding = [item for item in outline.items if any(gate.gate in _GATE_OF[name] for gate in item.gates)]
        notes = [outline.doubt(name)] if outline.doubt(name) else []
        if found.statutory.date != found.promised.date:
            notes.append(words("if_statutory", date=words.day(found.statutory)))
        if holding:
            notes.append(words("due_holds_back", names=words.comma.join(item.name for item in holding)))
        gates = [gate for item in holding for gate in item.gates if gate.gate in _GATE_OF[name]]
        title = words("earliest_milestone", milestone=words(name))
        if doubt := outline.doubt(name, short=True):
            title += words.bracketed(doubt)
        basis = tuple(dict.fromkeys(basis for gate in gates for basis in gate.basis))
        yield _whole(outline, "milestone", name, found.promised, title, tuple(notes), basis)
    if plan.target is not None:
        target = plan.target
        word = "target_met" if target.feasible else "target_missed"
        told = [words(word, earliest=words.day(target.earliest))]
        if target.conflict:
            told.append(words("target_conflict", items=outline.terms(target.conflict)))
        title = words("due_target", milestone=words(target.milestone))
        day = PlanDate(date=target.date, certainty=Certainty.FIRM, earliest=target.date, latest=target.date)
        basis = tuple(dict.fromkeys(basis for term in target.conflict for basis in term.basis))
        yield _whole(outline, "target", target.milestone, day, title, tuple(told), basis)
    if plan.valid.until is not None:
        until = plan.valid.until
        day = PlanDate(date=until, certainty=Certainty.FIRM, earliest=until, latest=until)
        notes_ = (words("due_law_changes", because=plan.valid.because),)
        yield _whole(outline, "revise", "", day, words("due_revise"), notes_, ())


_GATE_OF = {"start_of_works": ("START",), "completion": ("COMPLETE",), "use": ("USE",)}


def _whole(
    outline: Outline,
    kind: DeadlineKind,
    owner: str,
    day: PlanDate,
    title: str,
    notes: tuple[str, ...],
    basis: tuple[LegalBasis, ...],
) -> Deadline:
    name = outline.plan.project.name
    return Deadline(kind, owner, "", day, title, name, "", "", outline.words("milestones"), False, True, notes, basis)


def _about(item: Item, outline: Outline) -> tuple[str, ...]:
    """What belongs to every deadline of an item: what it waits for, and what is not known of it."""
    words = outline.words
    lines = list(outline.awaited(item))
    if item.depends_on:
        lines.append(words("due_line", name=words("depends_on"), text=outline.fact_list(item.depends_on)))
    if lacking := outline.parameters(item.code):
        lines.append(words("due_line", name=words("lacks"), text=lacking))
    return tuple(lines)


def _papers(item: Item, words: Words) -> str:
    """What has to be handed in with the application; empty when nothing has."""
    handed = [paper.name for paper in item.materials if not (paper.shared or paper.by_promise or paper.later)]
    return words("due_line", name=words("papers"), text=words.comma.join(handed)) if handed else ""


def _later(item: Item, words: Words) -> str:
    later = [paper.name for paper in item.materials if paper.later]
    return words("due_line", name=words("paper_later"), text=words.comma.join(later)) if later else ""


def _counted(key: str, limit: StatutoryLimit | PromisedLimit, item: Item, words: Words) -> str:
    receipt = item.statutory is not None and item.statutory.starts == "receipt"
    starts = words("from_receipt" if receipt else "from_acceptance")
    accept = words.day(item.dates.accept)
    return words("due_counted", limit=words(key), length=words.term(limit), starts=starts, accept=accept)
