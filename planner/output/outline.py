"""What every document of a plan needs to know of it: the stages in order, the names behind the codes, the critical path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from planner.output.citations import Citations
from planner.output.words import Words
from planner.plan import (
    Channel,
    ClockRule,
    ConflictTerm,
    Item,
    JointProcedure,
    Lane,
    LegalBasis,
    NotRequired,
    OpenRoute,
    Plan,
    Reason,
    RoutePolicy,
    Status,
    TimeCap,
)
from planner.rulebook.models import Stage

MANY_UNSETTLED = 12
"""With more undecided items than this, a document keeps what is certain in front and says the rest in short."""
MILESTONES = ("start_of_works", "works_done", "completion", "use")
_REACHED = {"start_of_works": ("START",), "completion": ("START", "COMPLETE"), "use": ("START", "COMPLETE", "USE")}
"""The gates passed by the time a milestone is reached."""
_EXCEEDED = ("over_cap", "over_joint_limit")
"""Codes of the warnings for limits of the whole."""
_ORDER = {stage.value: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class StageGroup:
    """Required items of one stage, or items not yet settled (`open`) for the same cause; by earliest submission.

    `fact`: the code of the one fact that settles them all and that `name` tells; "" for every other group.
    """

    name: str
    items: tuple[Item, ...]
    open: bool = False
    fact: str = ""


@dataclass(frozen=True)
class Outline:
    """A plan and the names its codes stand for, in the words of one language."""

    plan: Plan
    words: Words
    fact_names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def citations(self) -> Citations:
        """The documents that the plan cites, each with its short name."""
        return Citations(self.plan)

    def cited(self, basis: tuple[LegalBasis, ...]) -> str:
        """Citations in short, in one line, those not checked marked."""
        mark = f"[{self.words('unverified')}]"
        return self.words.semicolon.join(one.text + ("" if one.verified else mark) for one in self.citations.of(basis))

    @cached_property
    def stages(self) -> tuple[StageGroup, ...]:
        """What is read in order: the stages with their required items as the law orders them, then what is not settled.

        The items of each group stand by the day they can be handed in.
        """
        groups: dict[str, list[Item]] = {}
        for item in self.plan.items:
            if item.status is Status.REQUIRED:
                groups.setdefault(item.stage, []).append(item)
        ordered = sorted(groups, key=lambda name: _ORDER.get(name, len(_ORDER)))
        return (*(StageGroup(self.words.stage(name), _by_day(groups[name])) for name in ordered), *self.unsettled)

    @cached_property
    def unsettled(self) -> tuple[StageGroup, ...]:
        """The items that depend on facts not given, so that one answer can be seen to settle many.

        First those that a single fact settles, by that fact where it settles more than one, the most telling fact first; then those that
        need several; last those that no fact of the project settles, because the rulebook lacks a number.
        """
        by_fact: dict[str, list[Item]] = {}
        several: list[Item] = []
        lacking: list[Item] = []
        for item in self.plan.items:
            if item.status is Status.DEPENDS:
                group = (
                    several
                    if len(item.depends_on) > 1
                    else by_fact.setdefault(item.depends_on[0], [])
                    if item.depends_on
                    else lacking
                )
                group.append(item)
        telling = [(fact, items) for fact, items in sorted(by_fact.items(), key=lambda pair: -len(pair[1])) if len(items) > 1]
        alone = [items[0] for items in by_fact.values() if len(items) == 1]
        rest = (("open_by_one", alone), ("open_by_several", several), ("open_by_none", lacking))
        return (
            *(
                StageGroup(self.words("open_by_fact", fact=self.fact_list((fact,)), count=len(items)), _by_day(items), True, fact)
                for fact, items in telling
            ),
            *(StageGroup(self.words(key, count=len(items)), _by_day(items), True) for key, items in rest if items),
        )

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items in reading order: stage by stage."""
        return tuple(item for group in self.stages for item in group.items)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names by code: approvals, milestones, construction, and blockers and warnings by what their text begins with."""
        return {
            **{one.code: one.text.split("：")[0] for one in (*self.plan.warnings, *self.plan.blockers)},
            **{code: self.words(code) for code in (*MILESTONES, "construction")},
            **{one.code: one.name for one in self.plan.lanes},
            **{one.code: one.name for one in self.plan.not_recorded},
            **{one.code: one.name for one in self.plan.not_required},
            **{one.code: one.name for one in self.plan.items},
        }

    def name(self, code: str) -> str:
        """The name of an approval or milestone; the code itself when the plan does not know it."""
        return self.names.get(code, code)

    @cached_property
    def item_codes(self) -> frozenset[str]:
        """The codes that have an item in the plan, and so a place to point to."""
        return frozenset(item.code for item in self.plan.items)

    def doubts(self, milestone: str) -> tuple[str, ...]:
        """Why a milestone will really be later than its date: keys of `Words`, none when nothing before it was taken as zero.

        Construction of unknown length outweighs documents not yet prepared, and so is named alone.
        """
        if milestone != "start_of_works" and any(one.code == "construction" for one in self.plan.assumed_zero):
            return ("no_construction",)
        before = self.before(milestone)
        unprepared = any(step.days is None for item in self.plan.items if item.code in before for step in item.preparation)
        return ("no_preparation",) if unprepared else ()

    def doubt(self, milestone: str, *, short: bool = False) -> str:
        """The same in words; empty when there is none."""
        return self.words.semicolon.join(self.words(f"{key}_short" if short else key) for key in self.doubts(milestone))

    def before(self, milestone: str) -> frozenset[str]:
        """The items that a milestone waits for: those that hold it back, and what they wait for themselves."""
        reached = _REACHED[milestone]
        found: set[str] = set()
        open_ends = [item.code for item in self.plan.items if any(gate.gate in reached for gate in item.gates)]
        gates = {item.code: item.gates for item in self.plan.items}
        while open_ends:
            code = open_ends.pop()
            if code in gates and code not in found:
                found.add(code)
                open_ends += [gate.code for gate in gates[code] if gate.gate in ("ACCEPT", "DECIDE")]
        return frozenset(found)

    def term(self, term: ConflictTerm) -> str:
        """A duration in a target's conflict: whose it is, how long, and the law that sets it."""
        name = self.words("preparation_of", name=self.name(term.code)) if term.part == "preparation" else self.name(term.code)
        law = f"，{self.cited(term.basis)}" if term.basis else ""
        return f"{name}（{term.length}{law}）"

    def terms(self, terms: tuple[ConflictTerm, ...]) -> str:
        """Durations by name, in one line."""
        return self.words.comma.join(self.term(term) for term in terms)

    def step(self, code: str) -> str:
        """The name of a step that a project gave a duration for."""
        steps = (step for item in self.plan.items for step in item.preparation)
        return next((step.name for step in steps if step.code == code), self.name(code))

    def gates(self, item: Item) -> tuple[str, ...]:
        """What the item waits for, what it holds back and which items wait for it, one short phrase each."""
        return (*self.awaited(item), *self.held_back(item))

    def awaited(self, item: Item) -> tuple[str, ...]:
        """What the item waits for: one phrase for its acceptance, one for its decision."""
        named = self._gated(item)
        return tuple(
            self.words(key, names=self.words.comma.join(named[kind]))
            for kind, key in (("ACCEPT", "short_accept"), ("DECIDE", "short_decide"))
            if kind in named
        )

    def held_back(self, item: Item) -> tuple[str, ...]:
        """What cannot go on without the item: a phrase for milestones, then those of the items that wait for it."""
        named = self._gated(item)
        held = [name for kind in ("START", "COMPLETE", "USE") for name in named.get(kind, ())]
        phrases = (self.words("short_hold", names=self.words.comma.join(held)),) if held else ()
        return (*phrases, *self.following(item))

    def _gated(self, item: Item) -> Mapping[str, tuple[str, ...]]:
        """The names at the item's gates by kind of gate, each once."""
        named: dict[str, dict[str, None]] = {}
        for gate in item.gates:
            named.setdefault(gate.gate, {})[self.names.get(gate.code, gate.name)] = None
        return {kind: tuple(names) for kind, names in named.items()}

    def following(self, item: Item) -> tuple[str, ...]:
        """Which items wait for the item: one phrase for acceptances, one for decisions."""
        return tuple(
            self.words(key, names=self.words.comma.join(self.waiting[item.code, kind]))
            for kind, key in (("ACCEPT", "short_before_accept"), ("DECIDE", "short_before_decide"))
            if (item.code, kind) in self.waiting
        )

    @cached_property
    def waiting(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The names of the items whose acceptance (ACCEPT) or decision (DECIDE) waits for an item, by its code."""
        found: dict[tuple[str, str], dict[str, None]] = {}
        for item in self.items:
            for gate in item.gates:
                found.setdefault((gate.code, gate.gate), {})[item.name] = None
        return {key: tuple(names) for key, names in found.items() if key[1] in ("ACCEPT", "DECIDE")}

    def grounds(self, one: NotRequired) -> tuple[LegalBasis, ...]:
        """The citations behind an approval that is not needed, each once."""
        return tuple(dict.fromkeys(basis for reason in one.because for basis in reason.basis))

    def other_basis(self, item: Item) -> tuple[LegalBasis, ...]:
        """The item's citations that no reason, limit or gate of it shows already."""
        shown = {basis for reason in item.because for basis in reason.basis}
        shown.update(basis for gate in item.gates for basis in gate.basis)
        shown.update(item.statutory.basis if item.statutory else ())
        shown.update(item.promised.basis if item.promised else ())
        return tuple(basis for basis in item.basis if basis not in shown)

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """Names of facts by code: those given, then those the plan speaks of."""
        because = [*(item.because for item in self.plan.items), *(one.because for one in self.plan.not_required)]
        found = {one.code: one.name for one in self.plan.parameters_missing}
        found |= {read.fact: read.name for reasons in because for reason in reasons for read in reason.facts}
        return {**self.fact_names, **found, **{one.code: one.name for one in self.plan.open_facts}}

    def fact_list(self, codes: tuple[str, ...]) -> str:
        """Facts by name, in one line."""
        return self.words.comma.join(self.facts.get(code, code) for code in codes)

    def parameters(self, code: str) -> str:
        """The parameters without a value that an item turns on or uses, in one line; empty when there are none."""
        return self.words.comma.join(f"“{one.name}”" for one in self.plan.parameters_missing if code in one.items)

    @cached_property
    def critical_codes(self) -> tuple[str, ...]:
        """What sets the last date of the plan, first to last: approvals and milestones, each once."""
        return tuple(dict.fromkeys(step.rpartition(".")[0] or step for step in self.plan.critical_path))

    def critical(self, item: Item) -> bool:
        """Whether any delay of the item delays the plan: it has no slack, or lies on the critical path.

        A limit in calendar days that would end on a day off leaves a day or two of slack even there.
        """
        return item.critical or item.code in self.critical_codes

    def visits(self) -> str:
        """How often the applicant has to come in person, and of how many items it is not known."""
        totals = self.plan.totals
        if totals.visits_unknown == totals.approvals:
            return self.words("visits_all_unknown")
        text = self.words("visits_known", visits=totals.visits)
        unknown = totals.visits_unknown
        return text + (self.words.bracketed(self.words("visits_unknown", count=unknown)) if unknown else "")

    @property
    def depending(self) -> int:
        """How many items turn on facts not given."""
        return sum(item.status.value == "depends" for item in self.plan.items)

    @property
    def certain(self) -> int:
        """How many items are needed whatever the open facts turn out to be."""
        return len(self.plan.items) - self.depending

    @property
    def brief(self) -> bool:
        """Whether so much is undecided that its details would bury what is certain."""
        return self.depending > MANY_UNSETTLED

    def charted(self, group: StageGroup) -> tuple[Item, ...]:
        """The items of a group that the charts draw: all, but of many unsettled ones only those that set the dates."""
        return tuple(item for item in group.items if not (group.open and self.brief) or self.critical(item))

    @property
    def uncharted(self) -> int:
        """How many items the charts leave out."""
        return len(self.plan.items) - sum(len(self.charted(group)) for group in self.stages)

    @cached_property
    def derived(self) -> Mapping[Reason, str]:
        """What was derived from the facts and bears on more than one item, with the name of its place in the document."""
        counted = Counter(reason for item in self.plan.items for reason in dict.fromkeys(item.because[1:]))
        return {reason: f"why-{place}" for place, reason in enumerate((r for r, count in counted.items() if count > 1), 1)}

    @cached_property
    def common_clocks(self) -> Mapping[ClockRule, str]:
        """What general law says in the same words of the clock of more than one item, without a day, and the name of its place."""
        kinds = ("correction", "delivery")
        rules = [common(rule) for kind in kinds for item in self.plan.items for rule in item.clock if rule.kind == kind]
        counted = Counter(rules)
        return {rule: f"clock-{place}" for place, rule in enumerate((r for r, count in counted.items() if count > 1), 1)}

    @cached_property
    def common_consequences(self) -> tuple[str, ...]:
        """What follows from more than one of the open routes if it is not done."""
        counted = Counter(text for item in self.plan.items for route in item.routes for text in dict.fromkeys(route.consequences))
        return tuple(text for text, count in counted.items() if count > 1)

    def own_reasons(self, item: Item) -> tuple[Reason, ...]:
        """Why the item is needed, without what several items rest on."""
        return item.because[:1] + tuple(reason for reason in item.because[1:] if reason not in self.derived)

    def shared_reasons(self, item: Item) -> tuple[Reason, ...]:
        """What the item rests on together with others."""
        return tuple(dict.fromkeys(reason for reason in item.because[1:] if reason in self.derived))

    @cached_property
    def zeros(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """What was taken as zero: by reason and the item's code, the steps; by its own name what belongs to no item."""
        found: dict[str, dict[str, list[str]]] = {}
        for one in self.plan.assumed_zero:
            steps = found.setdefault(one.reason, {}).setdefault(one.item or one.name, [])
            if one.item and one.item != one.code:
                steps.append(one.name)
        return {reason: {owner: tuple(steps) for owner, steps in owners.items()} for reason, owners in found.items()}

    @cached_property
    def usual_channel(self) -> Channel | None:
        """How to apply for most items of which it is known; None where no two share it."""
        counted = Counter(
            item.channel for item in self.plan.items if self.words.channel(item.channel) != self.words("channel_unknown")
        )
        channel, count = counted.most_common(1)[0] if counted else (None, 0)
        return channel if count > 1 else None

    def choice(self) -> tuple[str, ...]:
        """What the routes that the plan takes gain, ask and leave to be gained, in sentences."""
        words, choice = self.words, self.plan.choice
        routes = [route for item in self.plan.items for route in item.routes if route.optional]
        open_here = sum(route.taken or route.status is Status.REQUIRED for route in routes)
        unsettled = len(routes) - open_here
        lines: list[str] = []
        left = choice.days_possible - choice.days_gained
        if choice.days_possible > 0:
            days = {name: words.day(getattr(choice, name)) for name in ("standard", "reached", "fastest")}
            gained = words("choice_gained" if left > 0 else "choice_gained_all", gained=choice.days_gained, left=left)
            milestone = words("choice_milestone", milestone=words(choice.milestone))
            lines.append(words("due_line", name=milestone, text=words("choice_short", **days) + words.bracketed(gained)))
        elif open_here:
            lines.append(words("choice_no_gain", count=open_here, milestone=words(choice.milestone)))
        else:
            lines.append(words("choice_none"))
        if unsettled:
            lines.append(words("choice_unsettled", count=unsettled))
        if choice.promises or choice.later_papers:
            lines.append(words("choice_binds", promises=choice.promises, papers=choice.later_papers))
        for step in choice.ladder:
            asks = {"promises": step.promises, "papers": step.later_papers}
            line = words("choice_step", reached=step.reached.isoformat(), gained=step.days_gained, **asks)
            lines.append(line + words("choice_step_takes", routes=words.comma.join(self._named(step.taken))))
        if left > 0 and choice.policy is not RoutePolicy.FEWEST_PROMISES:
            lines.append(words("choice_advice"))
        return tuple(lines)

    def _named(self, keys: Iterable[str]) -> Iterator[str]:
        """Routes by the item and their own name."""
        named = {route.key: (item.name, route.name) for item in self.plan.items for route in item.routes}
        for key in keys:
            item, route = named.get(key, ("", key))
            yield self.words("choice_of", item=f"“{item}”", route=f"“{route}”") if item else route

    @staticmethod
    def on_promise(item: Item) -> OpenRoute | None:
        """The promise on which the plan has an item decided in a time of its own; None where it has none."""
        for route in item.routes:
            if route.taken and route.decided_within is not None and item.handling == (route.decided_within,):
                return route
        return None

    def decided_within(self, route: OpenRoute) -> str:
        """The time for a decision on a promise, empty where the route has none of its own."""
        within = route.decided_within
        return "" if within is None else self.words.days(within.days, within.unit)

    def promise_note(self, item: Item) -> tuple[str, ...]:
        """That the decision's day is not that of the office's limit, but of a promise; nothing where it is the limit's."""
        found = self.on_promise(item)
        if found is None:
            return ()
        return (self.words("on_promise_within", name=found.name, days=self.decided_within(found)),)

    def papers(self) -> str:
        """How the papers of all items are made up: fetched, handed in before, replaced by promises, to be handed in."""
        totals, words = self.plan.totals, self.words
        promised = sum(paper.by_promise for item in self.plan.items for paper in item.materials)
        parts = [words("materials_detail", shared=totals.shared_materials)]
        if totals.reused_materials:
            parts.append(words("materials_reused", count=totals.reused_materials))
        if promised:
            parts.append(words("materials_promised", count=promised))
        parts.append(words("materials_to_submit", count=totals.materials_to_submit))
        return words.semicolon.join(parts)

    def validity(self) -> str:
        """The last day on which the plan may be relied on, and why; that none is known where so."""
        valid = self.plan.valid
        if valid.until is None:
            return self.words("valid_open")
        return (valid.until - timedelta(days=1)).isoformat() + self.words.bracketed(valid.because)

    def cap(self, one: TimeCap) -> str:
        """A cap by name, what the plan takes of it and by how much that is too long, in one short line."""
        text = self.words("cap_short", name=one.name, days=one.days, working=one.working_days)
        return text + self.words("cap_short_over", over=one.working_days - one.days) if one.over else text

    def cap_line(self, one: TimeCap) -> str:
        """What a cap allows, and what the plan takes of it."""
        milestone = self.words("cap_end" if one.milestone == "end" else one.milestone)
        return self.words("cap_line", milestone=milestone, days=one.days, working=one.working_days)

    def over(self, name: str) -> str:
        """The warning that a cap or a joint procedure's limit is exceeded, without its name."""
        texts = (one.text for one in self.plan.warnings if one.code in _EXCEEDED and one.text.startswith(f"{name}："))
        return next((text.removeprefix(f"{name}：") for text in texts), self.words("over"))

    def joint(self, one: JointProcedure) -> str:
        """The window and the limit of a joint procedure, in one line; a limit that is exceeded is the warning's to tell."""
        words = self.words
        window = words(
            "joint_window",
            begins=words.day(one.begins),
            ends=words.day(one.ends) + words.span_bracketed(one.ends),
            days=one.working_days,
        )
        limit = [words("joint_limit", days=words.days(one.days, one.unit))] if one.days is not None and not one.over else []
        return words.semicolon.join([window, *limit])

    def lane(self, one: Lane) -> str:
        """Whether a fast lane is open here and whether the project fits it, in one line."""
        words = self.words
        fits = {"true": "lane_fits", "false": "lane_fits_not", "unknown": "lane_may_fit"}[one.holds]
        return words.semicolon.join((words("lane_open_short" if one.open else "lane_shut_short"), words(fits)))

    @property
    def has_whole(self) -> bool:
        """Whether there is something to say of the project as a whole beside its totals."""
        plan = self.plan
        return bool(plan.caps or plan.joint or plan.lanes or plan.relief)

    @property
    def saved(self) -> int:
        """Working days that parallel approval saves against one after another; never below zero."""
        return max(0, self.plan.totals.working_days_serial - self.plan.totals.working_days_promised)


def common(rule: ClockRule) -> ClockRule:
    """A rule of the clock without its day in one plan, so that two items' can be seen to be the same."""
    return rule.model_copy(update={"by": None})


def _by_day(items: list[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda i: (i.dates.accept.date, i.dates.decide_promised.date)))
