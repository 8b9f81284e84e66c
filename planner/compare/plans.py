"""Two plans side by side: everything that differs, and for every date that moved the one difference that moved it.

The plans may be of two projects, or of one project on two days, from two starts, by two sets of routes, under two rulebooks. Nothing is
planned anew: what is compared is what the plans say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from planner.calendar import WorkCalendar
from planner.compare import phrases
from planner.compare.causes import Causes
from planner.compare.comparison import (
    BlockerOfOne,
    CapOfBoth,
    ComparedPlan,
    DateName,
    FieldChange,
    Figure,
    FigureName,
    ItemChange,
    ItemField,
    ItemOfOne,
    MilestoneDates,
    MilestoneOfPlan,
    MovedDate,
    PlanComparison,
    ScheduleName,
    SettingChange,
    SettingName,
    ValueChange,
)
from planner.compare.timing import Timing
from planner.plan import GateHeld, Item, Plan, PlanDate, TimeCap
from planner.project import CONSTRUCTION

T = TypeVar("T")
_STRICTNESS = {"DECIDE": 0, "ACCEPT": 1}


def compare(left: Plan, right: Plan, calendar: WorkCalendar, names: Mapping[str, str] | None = None) -> PlanComparison:
    """What differs between two plans. Pure: equal arguments give equal comparisons.

    `calendar` counts the working days between dates, and should be the one the plans were made with. `names`: names of facts and steps by
    code, for those that neither plan names. Raises ValueError (in Chinese) when a plan contradicts itself: two items of one code, a
    duration that is none.
    """
    timings = Timing(left, calendar), Timing(right, calendar)
    for timing in timings:
        timing.check()
    changed = tuple(_changed(*timings))
    causes = Causes(*timings, {one.code: one.changes for one in changed})
    return PlanComparison(
        left=_side(left),
        right=_side(right),
        settings=tuple(_settings(left, right)),
        facts=_values(left.project.facts, right.project.facts, {**_fact_names(left), **_fact_names(right), **(names or {})}),
        durations=_values(
            left.project.durations, right.project.durations, {**_step_names(left), **_step_names(right), **(names or {})}
        ),
        only_left=tuple(_only(*timings)),
        only_right=tuple(_only(timings[1], timings[0])),
        changed=changed,
        blockers=tuple(_blockers(left, right)),
        milestones=tuple(_milestones(causes, calendar)),
        moved=tuple(_moved(causes, calendar)),
        figures=tuple(_figures(left, right)),
        caps=tuple(_caps(left, right)),
    )


def _side(plan: Plan) -> ComparedPlan:
    return ComparedPlan(
        name=plan.project.name,
        as_of=plan.as_of,
        start=plan.start,
        routes=plan.routes,
        target=plan.target,
        choice=plan.choice,
        rulebook=plan.provenance.rulebook,
        rulebook_name=plan.provenance.rulebook_name,
        calendar=plan.provenance.calendar,
        facts=plan.provenance.facts,
        milestones=plan.milestones,
        totals=plan.totals,
    )


# -- what the plans rest on --------------------------------------------------------------------------------------------


def _settings(left: Plan, right: Plan) -> Iterator[SettingChange]:
    def said(plan: Plan) -> dict[tuple[SettingName, str], str]:
        project, made = plan.project, plan.provenance
        return {
            ("name", ""): project.name,
            ("content", ""): project.content,
            ("district", ""): project.district,
            ("progress", ""): project.progress,
            ("as_of", ""): plan.as_of.isoformat(),
            ("start", ""): plan.start.isoformat(),
            ("target", ""): phrases.target(plan.target),
            ("routes", ""): phrases.POLICY[plan.routes],
            ("rulebook", ""): f"{made.rulebook_name} {made.rulebook[:12]}",
            ("calendar", ""): made.calendar[:12],
            **{("version", name): version for name, version in made.versions.items()},
        }

    before, after = said(left), said(right)
    for setting, subject in {**before, **after}:
        values = before.get((setting, subject), ""), after.get((setting, subject), "")
        if values[0] != values[1]:
            yield SettingChange(setting=setting, subject=subject, left=values[0], right=values[1])


def _values(left: Mapping[str, str], right: Mapping[str, str], names: Mapping[str, str]) -> tuple[ValueChange, ...]:
    return tuple(
        ValueChange(code=code, name=names.get(code, code), left=left.get(code, ""), right=right.get(code, ""))
        for code in {**left, **right}
        if left.get(code) != right.get(code)
    )


def _fact_names(plan: Plan) -> dict[str, str]:
    because = (*(one.because for one in plan.items), *(one.because for one in plan.not_required))
    read = {fact.fact: fact.name for reasons in because for reason in reasons for fact in reason.facts}
    return {**read, **{fact.code: fact.name for fact in plan.open_facts}}


def _step_names(plan: Plan) -> dict[str, str]:
    return {CONSTRUCTION: "施工", **{step.code: step.name for item in plan.items for step in item.preparation}}


# -- items -------------------------------------------------------------------------------------------------------------


def _only(having: Timing, other: Timing) -> Iterator[ItemOfOne]:
    not_required = {one.code: one.because for one in other.plan.not_required}
    not_recorded = {one.code: one.since for one in other.plan.not_recorded}
    for code, item in having.items.items():
        if code in other.items:
            continue
        if code in not_recorded:
            why_not: tuple[str, ...] = (f"规则库没有收录这一天的规定，收录的从 {not_recorded[code].isoformat()} 起",)
        else:
            why_not = tuple(r.text for r in not_required.get(code, ()) if r.holds != "true") or (
                ("不具备要办的条件",) if code in not_required else ("那份计划的规则库里没有这个事项",)
            )
        yield ItemOfOne(
            code=code,
            name=item.name,
            stage=item.stage,
            department=item.department,
            status=item.status,
            because=tuple(r.text for r in item.because if r.holds != "false"),
            why_not=why_not,
        )


def _changed(left: Timing, right: Timing) -> Iterator[ItemChange]:
    for code, item in left.items.items():
        other = right.items.get(code)
        changes = tuple(_differs(item, other)) if other is not None else ()
        if other is not None and changes:
            yield ItemChange(code=code, name=other.name, changes=changes)


def _differs(left: Item, right: Item) -> Iterator[FieldChange]:
    single: tuple[tuple[ItemField, str, str], ...] = (
        ("status", phrases.STATUS[left.status], phrases.STATUS[right.status]),
        ("department", left.department, right.department),
        ("promised", phrases.promised(left.promised), phrases.promised(right.promised)),
        ("statutory", phrases.statutory(left.statutory), phrases.statutory(right.statutory)),
        ("route", phrases.ROUTE[left.route], phrases.ROUTE[right.route]),
        ("channel", phrases.channel(left.channel), phrases.channel(right.channel)),
    )
    for field, before, after in single:
        if before != after:
            yield FieldChange(field=field, subject="", name="", left=before, right=after)
    yield from _paired("special_procedure", left.excluded, right.excluded, _by(lambda e: e.procedure), phrases.procedure)
    yield from _paired("preparation", left.preparation, right.preparation, _by(lambda s: s.code, lambda s: s.name), phrases.step)
    yield from _paired("routes", left.routes, right.routes, _by(lambda r: r.key or r.name, lambda r: r.name), phrases.route)
    gates = _by_strictness(left), _by_strictness(right)
    yield from _paired("gate", gates[0], gates[1], _by(lambda g: g.code, lambda g: g.name), phrases.gate, last=True)
    yield from _paired("paper", left.materials, right.materials, _by(lambda m: m.name), phrases.paper)
    yield from _paired("validity", left.validity, right.validity, _by(lambda v: v.reach or "", lambda _: ""), phrases.validity)


def _by_strictness(item: Item) -> list[GateHeld]:
    return sorted(item.gates, key=lambda gate: _STRICTNESS.get(gate.gate, 2))


def _by(key: Callable[[T], str], name: Callable[[T], str] | None = None) -> Callable[[T], tuple[str, str]]:
    return lambda one: (key(one), (name or key)(one))


def _paired(
    field: ItemField,
    left: Sequence[T],
    right: Sequence[T],
    identity: Callable[[T], tuple[str, str]],
    words: Callable[[T], str],
    last: bool = False,
) -> Iterator[FieldChange]:
    """Parts matched by what identifies them. Of several that one name stands for, all are said, or with `last` the last."""

    def said(parts: Iterable[T]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part in parts:
            found.setdefault(identity(part)[0], []).append(words(part))
        return {key: texts[-1:] if last else texts for key, texts in found.items()}

    before, after = said(left), said(right)
    names = dict(map(identity, (*left, *right)))
    for key in {**before, **after}:
        texts = ["；".join(sorted(side.get(key, ()))) for side in (before, after)]
        if texts[0] != texts[1]:
            yield FieldChange(field=field, subject=key, name=names[key], left=texts[0], right=texts[1])


def _blockers(left: Plan, right: Plan) -> Iterator[BlockerOfOne]:
    texts = [dict.fromkeys(message.text for message in plan.blockers) for plan in (left, right)]
    yield from (BlockerOfOne(side="left", text=text) for text in texts[0] if text not in texts[1])
    yield from (BlockerOfOne(side="right", text=text) for text in texts[1] if text not in texts[0])


# -- dates -------------------------------------------------------------------------------------------------------------


def _milestones(causes: Causes, calendar: WorkCalendar) -> Iterator[MilestoneDates]:
    for schedule in get_args(ScheduleName):
        for name in get_args(MilestoneOfPlan):
            left, right = (getattr(getattr(t.plan.milestones, name), schedule) for t in (causes.left, causes.right))
            yield MilestoneDates(
                milestone=name,
                schedule=schedule,
                left=_plain(left),
                right=_plain(right),
                working_days=calendar.expected.working_days_between(left.date, right.date),
                cause=causes.milestone(name, schedule),
            )


def _moved(causes: Causes, calendar: WorkCalendar) -> Iterator[MovedDate]:
    for code, item in causes.left.items.items():
        other = causes.right.items.get(code)
        if other is None:
            continue
        for which in get_args(DateName):
            left: PlanDate | None = getattr(item.dates, which)
            right: PlanDate | None = getattr(other.dates, which)
            if left is None and right is None:
                continue
            if left is not None and right is not None and left.date == right.date:
                continue
            days = None
            if left is not None and right is not None:
                days = calendar.expected.working_days_between(left.date, right.date)
            yield MovedDate(
                code=code,
                name=other.name,
                which=which,
                left=_plain(left),
                right=_plain(right),
                working_days=days,
                cause=causes.item(code, which, left, right),
            )


def _plain(day: Any) -> Any:
    """A date without the days off it passed over: those are the plans' own matter."""
    return None if day is None else day.model_copy(update={"skipped": ()})


# -- figures -----------------------------------------------------------------------------------------------------------


def _figures(left: Plan, right: Plan) -> Iterator[Figure]:
    def value(plan: Plan, figure: FigureName) -> int:
        if figure in ("promises", "later_papers"):
            return int(getattr(plan.choice, figure))
        return len(plan.open_facts) if figure == "open_facts" else int(getattr(plan.totals, figure))

    for figure in get_args(FigureName):
        yield Figure(figure=figure, left=value(left, figure), right=value(right, figure))


def _caps(left: Plan, right: Plan) -> Iterator[CapOfBoth]:
    caps: list[dict[str, TimeCap]] = [{cap.code: cap for cap in plan.caps} for plan in (left, right)]
    for code, known in {**caps[0], **caps[1]}.items():
        first, second = (side.get(code) for side in caps)
        yield CapOfBoth(
            code=code,
            name=known.name,
            days_left=first.days if first else None,
            days_right=second.days if second else None,
            working_days_left=first.working_days if first else None,
            working_days_right=second.working_days if second else None,
            over_left=first is not None and first.over,
            over_right=second is not None and second.over,
        )
