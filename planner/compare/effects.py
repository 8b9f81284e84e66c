"""What a change of rules does to projects: approvals that come and go, days won and lost, other answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from planner.diagnostics import Diagnostic, DiagnosticError
from planner.plan import ClockKind, DayUnit, Item, JointProcedure, Lane, Plan, Status, TimeCap
from planner.planner import Planner
from planner.project import Project
from planner.rulebook.rulebook import Rulebook

_STATUS = {Status.REQUIRED: "需要", Status.DEPENDS: "取决于"}
_FITS = {"true": "项目合乎条件", "false": "项目不合条件", "unknown": "项目合不合还不能判断"}
_MILESTONES = (("start_of_works", "开工"), ("completion", "竣工验收"), ("use", "投入使用"))


@dataclass(frozen=True)
class ItemChange:
    """One approval that comes, goes or is handled otherwise. `what` says how, in words."""

    code: str
    name: str
    kind: str  # 新增, 不再要办, 改变
    what: tuple[str, ...]


@dataclass(frozen=True)
class ProjectChange:
    """One project on one day. `days` is the working days in parallel, before and after; empty `items` and `days` equal: no change.

    `whole` says in words what changed of lanes, joint procedures and caps.
    """

    project: str
    as_of: date
    items: tuple[ItemChange, ...]
    milestones: tuple[tuple[str, date, date], ...]
    days: tuple[int, int]
    refused: tuple[Diagnostic, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()  # (新增 | 不再有, text) of blockers
    whole: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.items or self.milestones or self.refused or self.messages or self.whole or self.days[0] != self.days[1])


def coming_days(old: Rulebook, new: Rulebook, today: date) -> tuple[date, ...]:
    """Days after today from which the new rulebook differs: its own first and last days that the old one does not have."""
    return tuple(day for day in new.changes if day > today and day not in old.changes)


def compare_plans(old: Planner, new: Planner, projects: Iterable[Project], days: Sequence[date]) -> tuple[ProjectChange, ...]:
    """Every project under both rulebooks on each of `days`. A project that one of them refuses says so instead of a plan."""
    return tuple(_compare(old, new, project, day) for day in days for project in projects)


def _compare(old: Planner, new: Planner, project: Project, day: date) -> ProjectChange:
    plans: list[Plan] = []
    for planner in (old, new):
        try:
            plans.append(planner.plan(project, as_of=day))
        except DiagnosticError as error:
            return ProjectChange(project.name, day, (), (), (0, 0), error.diagnostics)
    before, after = plans
    milestones = tuple(
        (word, was, now)
        for name, word in _MILESTONES
        if (was := getattr(before.milestones, name).promised.date) != (now := getattr(after.milestones, name).promised.date)
    )
    days = (before.totals.working_days_promised, after.totals.working_days_promised)
    gone = [("不再有", m.text) for m in before.blockers if m.text not in {n.text for n in after.blockers}]
    come = [("新增", m.text) for m in after.blockers if m.text not in {n.text for n in before.blockers}]
    return ProjectChange(
        project.name, day, tuple(_items(before, after)), milestones, days, (), (*gone, *come), tuple(_whole(before, after))
    )


def _whole(before: Plan, after: Plan) -> Iterable[str]:
    """Lanes, joint procedures and caps of which the two plans say different things."""
    for word, was, now in (
        ("快办通道", {one.name: _lane(one) for one in before.lanes}, {one.name: _lane(one) for one in after.lanes}),
        ("联合办理", {one.name: _joint(one) for one in before.joint}, {one.name: _joint(one) for one in after.joint}),
        ("总时限", {one.name: _cap(one) for one in before.caps}, {one.name: _cap(one) for one in after.caps}),
    ):
        for name in [*was, *(one for one in now if one not in was)]:
            if was.get(name) != now.get(name):
                yield f"{word}“{name}”：{was.get(name, '（没有）')} → {now.get(name, '（没有）')}"


def _lane(lane: Lane) -> str:
    return f"{'已经' if lane.open else '没有'}开放，{_FITS[lane.holds]}"


def _joint(joint: JointProcedure) -> str:
    term = "没有时限" if joint.days is None else f"{joint.days} {'工作日' if joint.unit is DayUnit.WORKING_DAYS else '日'}"
    return f"{len(joint.members)} 项，由{joint.lead}牵头，{term}"


def _cap(cap: TimeCap) -> str:
    return f"最多 {cap.days} 工作日，{'超过' if cap.over else '不超过'}"


def _items(before: Plan, after: Plan) -> Iterable[ItemChange]:
    was = {item.code: item for item in before.items}
    now = {item.code: item for item in after.items}
    for code, item in now.items():
        if code not in was:
            yield ItemChange(code, item.name, "新增", (_STATUS[item.status], *(r.text for r in item.because if r.holds != "false")))
        elif what := tuple(_differs(was[code], item)):
            yield ItemChange(code, item.name, "改变", what)
    for code, item in was.items():
        if code not in now:
            reasons = next((n.because for n in after.not_required if n.code == code), ())
            yield ItemChange(code, item.name, "不再要办", tuple(r.text for r in reasons))


def _differs(was: Item, now: Item) -> Iterable[str]:
    if was.status is not now.status:
        yield f"{_STATUS[was.status]} → {_STATUS[now.status]}"
    pairs = (
        ("部门", was.department, now.department),
        ("法定时限", _limit(was.statutory), _limit(now.statutory)),
        ("承诺时限", _limit(was.promised), _limit(now.promised)),
        ("路线", was.route.value, now.route.value),
        ("可走的路线", _routes(was), _routes(now)),
        ("补正", _clock(was, "correction"), _clock(now, "correction")),
        ("送达", _clock(was, "delivery"), _clock(now, "delivery")),
        ("最迟办结", str(was.dates.decide_promised.date), str(now.dates.decide_promised.date)),
    )
    yield from (f"{name} {one} → {other}" for name, one, other in pairs if one != other)
    before, after = {m.name for m in was.materials}, {m.name for m in now.materials}
    yield from (f"不再要材料“{name}”" for name in sorted(before - after))
    yield from (f"新增材料“{name}”" for name in sorted(after - before))


def _routes(item: Item) -> str:
    return "、".join(route.name for route in item.routes if route.status is Status.REQUIRED) or "（无）"


def _clock(item: Item, kind: ClockKind) -> str:
    return next((_limit(one) for one in item.clock if one.kind == kind and one.days is not None), "（无）")


def _limit(limit: object) -> str:
    if limit is None:
        return "（无）"
    unit = "工作日" if getattr(limit, "unit").value == "working_days" else "日"  # noqa: B009 - two classes share the fields
    return f"{getattr(limit, 'days')} {unit}"  # noqa: B009
