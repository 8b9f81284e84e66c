"""Two plans side by side: for a terminal, as JSON, and as one HTML page.

What counts comes first: the figures of both, then what the plans rest on, then the approvals, then every moved date under the one
difference that moved it. Only labels are translated; what differs is said in the rulebook's language.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from planner.compare.comparison import CapOfBoth, Cause, FieldChange, ItemOfOne, MovedDate, PlanComparison, SettingChange
from planner.output.page import Page, without_controls
from planner.output.typeset import text_units
from planner.output.words import Words, words_for
from planner.plan import PlanDate, Status

_LABELS: Mapping[str, tuple[str, str]] = {
    "title": ("两份计划的对比", "Two plans side by side"),
    "left": ("左边", "Left"),
    "right": ("右边", "Right"),
    "same": ("两份计划相同：依据、事项、日期和数字都没有差别。", "The plans are the same in what they rest on, approvals, dates and figures."),
    "figures": ("主要结果", "Key figures"),
    "difference": ("差别", "Difference"),
    "promised_line": ("最早{milestone}", "Earliest {milestone}"),
    "statutory_line": ("　用满法定时限", "  at full statutory limits"),
    "later": ("晚 {days} 工作日", "{days} working days later"),
    "earlier": ("早 {days} 工作日", "{days} working days earlier"),
    "later_short": ("晚 {days}", "+{days}"),
    "earlier_short": ("早 {days}", "-{days}"),
    "more": ("多 {count}", "+{count}"),
    "fewer": ("少 {count}", "-{count}"),
    "other_day": ("日期不同", "another day"),
    "approvals": ("审批事项", "Approvals"),
    "steps": ("申报次数（合办的算一次）", "Applications (joint ones once)"),
    "departments": ("办理部门", "Departments"),
    "materials": ("申请材料（份）", "Papers"),
    "shared_materials": ("　部门自行调取", "  fetched by the offices"),
    "reused_materials": ("　随别的事项交过，不再交", "  handed in already"),
    "materials_to_submit": ("　要提交", "  to hand in"),
    "visits": ("到场次数", "Visits in person"),
    "visits_unknown": ("　不知道要不要到场的事项", "  approvals of which it is not known"),
    "working_days_promised": ("并联办理（工作日）", "In parallel (working days)"),
    "working_days_statutory": ("　用满法定时限", "  at full statutory limits"),
    "working_days_serial": ("　逐项串联", "  one after another"),
    "promises": ("要作的承诺", "Promises to make"),
    "later_papers": ("后补的材料", "Papers to follow"),
    "open_facts": ("还要回答的问题", "Questions still open"),
    "cap": ("总时限：{name}", "Cap: {name}"),
    "cap_value": ("{days}（上限 {most}）", "{days} (at most {most})"),
    "cap_over": ("{days}（上限 {most}，超过）", "{days} (at most {most}, over)"),
    "cap_none": ("不适用", "does not apply"),
    "target": ("目标：{words}", "Target: {words}"),
    "target_met": ("能实现", "can be met"),
    "target_missed": ("实现不了", "cannot be met"),
    "no_target": ("没有提", "none"),
    "rests_on": ("依据的不同", "What the plans rest on"),
    "none_given": ("没有", "none"),
    "not_given": ("没有给出", "not given"),
    "name": ("项目名称", "Project"),
    "content": ("建设内容", "Works"),
    "district": ("县区", "District"),
    "progress": ("形象进度", "Progress"),
    "as_of": ("依据法律的日期", "Law in force on"),
    "start": ("计划起始日", "Plan starts on"),
    "target_setting": ("目标", "Target"),
    "routes": ("路线的选法", "Choice of routes"),
    "rulebook": ("规则库", "Rulebook"),
    "calendar": ("工作日历", "Calendar"),
    "version": ("程序版本（{name}）", "Version ({name})"),
    "fact": ("情况“{name}”", "Fact “{name}”"),
    "duration": ("时长“{name}”", "Duration “{name}”"),
    "blockers": ("只在一边的阻断", "Blockers of one plan only"),
    "only_left": ("只在左边要办的事项（{count}）", "Approvals of the left plan only ({count})"),
    "only_right": ("只在右边要办的事项（{count}）", "Approvals of the right plan only ({count})"),
    "depends": ("还不能判断", "not settled"),
    "reasons_left": ("左边：{reasons}", "Left: {reasons}"),
    "reasons_right": ("右边：{reasons}", "Right: {reasons}"),
    "changed": ("两边都要办、内容不同的事项（{count}）", "Approvals of both plans that differ ({count})"),
    "status": ("要不要办", "Needed"),
    "department": ("部门", "Department"),
    "promised": ("承诺时限", "Promised limit"),
    "statutory": ("法定时限", "Statutory limit"),
    "special_procedure": ("特别程序", "Special procedure"),
    "route": ("办理方式", "Handled by"),
    "gate": ("先后", "Order"),
    "paper": ("材料", "Paper"),
    "preparation": ("申请前的准备", "Preparation"),
    "validity": ("有效期", "Validity"),
    "channel": ("怎样申报", "How to apply"),
    "route_of": ("路线", "Route"),
    "moved": ("日期的变动：{dates} 个日期，{causes} 个原因", "Moved dates: {dates}, causes: {causes}"),
    "none_moved": ("日期的变动", "Moved dates"),
    "moved_lead": (
        "每个变动的日期只归到一个原因：从这个日期起，顺着决定它的事项往前找，碰到的第一处不同。“晚”“早”是右边比左边，按工作日。",
        "Each moved date has one cause: the first difference met when what sets it is followed back. Later and earlier: the right plan "
        "against the left, in working days.",
    ),
    "nothing_moved": ("两份计划都有的事项，日期都相同。", "The approvals of both plans have the same dates."),
    "milestone_of": ("最早{milestone}", "earliest {milestone}"),
    "milestone_statutory": ("最早{milestone}（用满法定时限）", "earliest {milestone} (statutory)"),
    "accept": ("受理", "accepted"),
    "decide_promised": ("办结（承诺）", "decided (promised)"),
    "decide_statutory": ("办结（法定）", "decided (statutory)"),
    "latest_submit": ("最迟提交", "submit by"),
    "supplement_by": ("后补材料截止", "papers by"),
    "verify_by": ("承诺核查截止", "checked by"),
    "counted": ("（{count} 个日期）", " ({count})"),
    "no_day": ("没有", "none"),
    "provisional": ("~ 日期暂定（放假安排未公布）", "~ provisional date (holidays not announced)"),
    "item": ("事项", "Approval"),
    "what": ("哪个日期", "Date"),
}  # fmt: skip
_FIELD_LABELS = {"routes": "route_of"}
_SETTING_LABELS = {"target": "target_setting"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of the figures: both values as written, and the difference in words."""

    label: str
    left: str
    right: str
    difference: str


@dataclass(frozen=True, slots=True)
class CauseRows:
    """What one cause moved: lines of the milestone or item, which date, left, right, difference."""

    cause: Cause
    dates: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True)
class Sides:
    """A comparison in the words of one language. `sources`: what the two plans were read from or how they were asked for."""

    found: PlanComparison
    words: Words
    sources: tuple[str, str] = ("", "")

    def say(self, key: str, /, **values: object) -> str:
        return _LABELS[key][self.words.lang == "en"].format(**values)

    @property
    def colon(self) -> str:
        return "：" if self.words.lang == "zh" else ": "

    @cached_property
    def heads(self) -> tuple[tuple[str, str], ...]:
        """What each side is, in a line."""
        found = []
        for label, plan, source in (("left", self.found.left, self.sources[0]), ("right", self.found.right, self.sources[1])):
            parts = [source] if source else []
            parts += [plan.name, f"{self.say('as_of')} {plan.as_of.isoformat()}", f"{self.say('start')} {plan.start.isoformat()}"]
            found.append((self.say(label), (self.words.semicolon).join(parts)))
        return tuple(found)

    @cached_property
    def figures(self) -> tuple[FigureRow, ...]:
        rows = [*self._milestone_rows(), *self._target_rows(), *self._count_rows()]
        return (*rows, *(self._cap_row(cap) for cap in self.found.caps))

    def _milestone_rows(self) -> list[FigureRow]:
        rows: list[FigureRow] = []
        for milestone in ("start_of_works", "completion", "use"):
            for one in self.found.milestones:
                if one.milestone == milestone:
                    label = self.say(f"{one.schedule}_line", milestone=self.words(milestone))
                    moved = self._moved(one.left, one.right, one.working_days)
                    rows.append(FigureRow(label, self.words.day(one.left), self.words.day(one.right), moved))
        return rows

    def _target_rows(self) -> list[FigureRow]:
        targets = [plan.target for plan in (self.found.left, self.found.right)]
        rows = []
        for one in dict.fromkeys((t.milestone, t.date) for t in targets if t is not None):
            verdicts = [
                self.say("no_target")
                if t is None or (t.milestone, t.date) != one
                else self.say("target_met" if t.feasible else "target_missed")
                for t in targets
            ]
            words = self.words("target_line", date=one[1].isoformat(), milestone=self.words(one[0]))
            rows.append(FigureRow(words, verdicts[0], verdicts[1], ""))
        return rows

    def _count_rows(self) -> list[FigureRow]:
        return [
            FigureRow(self.say(one.figure), str(one.left), str(one.right), self._count(one.right - one.left))
            for one in self.found.figures
        ]

    def _cap_row(self, cap: CapOfBoth) -> FigureRow:
        def value(days: int | None, most: int | None, over: bool) -> str:
            if days is None or most is None:
                return self.say("cap_none")
            return self.say("cap_over" if over else "cap_value", days=days, most=most)

        left, right = cap.working_days_left, cap.working_days_right
        difference = self._count(right - left) if left is not None and right is not None else ""
        return FigureRow(
            self.say("cap", name=cap.name),
            value(left, cap.days_left, cap.over_left),
            value(right, cap.days_right, cap.over_right),
            difference,
        )

    def _count(self, difference: int) -> str:
        return self.say("more" if difference > 0 else "fewer", count=abs(difference)) if difference else ""

    def _moved(self, left: PlanDate | None, right: PlanDate | None, days: int | None, short: bool = False) -> str:
        if left is None or right is None or days is None or left.date == right.date:
            return ""
        if not days:
            return self.say("other_day")
        return self.say(("later" if days > 0 else "earlier") + ("_short" if short else ""), days=abs(days))

    @cached_property
    def rests_on(self) -> tuple[tuple[str, str, str], ...]:
        """What the two plans rest on and do not share: label, left, right."""
        missing = self.say("not_given")
        return (
            *((self._setting(s), s.left or self.say("none_given"), s.right or self.say("none_given")) for s in self.found.settings),
            *((self.say("fact", name=v.name), _decimal(v.left) or missing, _decimal(v.right) or missing) for v in self.found.facts),
            *((self.say("duration", name=v.name), v.left or missing, v.right or missing) for v in self.found.durations),
        )

    def _setting(self, setting: SettingChange) -> str:
        return self.say(_SETTING_LABELS.get(setting.setting, setting.setting), name=setting.subject)

    @cached_property
    def blockers(self) -> tuple[tuple[str, str], ...]:
        return tuple((self.say(one.side), one.text) for one in self.found.blockers)

    @property
    def only(self) -> tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]:
        """The approvals of one plan only: heading; by approval a line, why it is needed there and why the other plan has none."""
        sides = (("left", "right", self.found.only_left), ("right", "left", self.found.only_right))
        return tuple(
            (
                self.say(f"only_{side}", count=len(items)),
                tuple(
                    (self.item_line(item), (*self._reasons(side, item.because), *self._reasons(other, item.why_not)))
                    for item in items
                ),
            )
            for side, other, items in sides
            if items
        )

    def _reasons(self, side: str, reasons: Sequence[str]) -> tuple[str, ...]:
        text = self.words.semicolon.join(reason.rstrip("。；") for reason in reasons)
        return (self.say(f"reasons_{side}", reasons=text),) if text else ()

    def item_line(self, item: ItemOfOne) -> str:
        doubt = self.words.bracketed(self.say("depends")) if item.status is Status.DEPENDS else ""
        return f"{item.name}{doubt}{self.words.bracketed(item.department)}"

    def field(self, change: FieldChange) -> tuple[str, str, str]:
        """A change of an item: what, left, right."""
        label = self.say(_FIELD_LABELS.get(change.field, change.field))
        what = f"{label}“{change.name}”" if change.name else label
        none = self.say("none_given")
        return what, change.left or none, change.right or none

    @cached_property
    def by_cause(self) -> tuple[CauseRows, ...]:
        """Every moved date under its cause, the milestones first."""
        rows: dict[Cause, list[tuple[str, str, str, str, str]]] = {cause: [] for cause in self.found.causes}
        for one in self.found.milestones:
            if one.cause is not None:
                key = "milestone_of" if one.schedule == "promised" else "milestone_statutory"
                what = self.say(key, milestone=self.words(one.milestone))
                moved = self._moved(one.left, one.right, one.working_days, short=True)
                rows[one.cause].append(("", what, self.words.day(one.left), self.words.day(one.right), moved))
        for date in self.found.moved:
            rows[date.cause].append(self._date_row(date))
        return tuple(CauseRows(cause, tuple(dates)) for cause, dates in rows.items())

    def _date_row(self, date: MovedDate) -> tuple[str, str, str, str, str]:
        left, right = (self.say("no_day") if day is None else self.words.day(day) for day in (date.left, date.right))
        moved = self._moved(date.left, date.right, date.working_days, short=True)
        return date.name, self.say(date.which), left, right, moved

    @property
    def moved_title(self) -> str:
        if not self.by_cause:
            return self.say("none_moved")
        dates = sum(len(one.dates) for one in self.by_cause)
        return self.say("moved", dates=dates, causes=len(self.by_cause))


_FRACTION = re.compile(r"(-?\d{1,18})/(\d{1,18})( .*)?")


def _decimal(value: str) -> str:
    """A value with what a fraction comes to, for those who do not divide in their heads."""
    found = _FRACTION.fullmatch(value)
    if found is None or not int(found[2]):
        return value
    return f"{value}（≈ {int(found[1]) / int(found[2]):.4f}{found[3] or ''}）"


def render_comparison_json(found: PlanComparison) -> str:
    """The comparison's own fields."""
    return found.model_dump_json(indent=2)


def render_comparison_table(
    found: PlanComparison,
    lang: str = "zh",
    width: int | None = None,
    color: bool = False,
    sources: tuple[str, str] = ("", ""),
) -> str:
    """The comparison as text, lines at most `width` columns wide (a Chinese character is two; None: as wide as the terminal).

    `sources`: what the two plans were read from. Raises ValueError for a language other than `zh` and `en`.
    """
    clean = PlanComparison.model_validate(without_controls(found.model_dump()))
    first, second = without_controls(sources)
    sides = Sides(clean, words_for(lang), (first, second))
    page = _Page(sides, shutil.get_terminal_size((100, 24)).columns if width is None else width, color)
    page.head()
    if not found.empty:
        page.figures()
        page.rests_on()
        page.blockers()
        page.only()
        page.changed()
        page.moved()
    return page.text()


class _Page(Page):
    def __init__(self, sides: Sides, width: int, color: bool) -> None:
        super().__init__(width, color)
        self.sides, self.found = sides, sides.found

    def head(self) -> None:
        self.say(self.styled(self.sides.say("title"), "bold"))
        for label, text in self.sides.heads:
            self.point(f"{label}{self.sides.colon}".rstrip(), text)
        if self.found.empty:
            self.say()
            self.say(self.styled(self.sides.say("same"), "green"))

    def figures(self) -> None:
        sides = self.sides
        self.title(sides.say("figures"))
        wide = max(text_units(value) for row in sides.figures for value in (row.left, row.right, sides.say("not_given")))
        last = max(text_units(text) for text in (*(row.difference for row in sides.figures), sides.say("difference")))
        label = min(max(text_units(row.label) for row in sides.figures), self.width - 2 * wide - last - 6)

        def line(row: FigureRow, style: str = "") -> None:
            self.row(
                [
                    (self.styled(row.label, style), label),
                    (self.styled(row.left, style), wide),
                    (self.styled(row.right, style), wide),
                    (self.styled(row.difference, style or "cyan"), last),
                ]
            )

        line(FigureRow("", sides.say("left"), sides.say("right"), sides.say("difference")), "bold")
        for row in sides.figures:
            line(row)

    def rests_on(self) -> None:
        if self.sides.rests_on:
            self.title(self.sides.say("rests_on"))
            for label, left, right in self.sides.rests_on:
                self.point("-", f"{label}{self.sides.colon}{left} → {right}")

    def blockers(self) -> None:
        if self.sides.blockers:
            self.title(self.sides.say("blockers"), "bold red")
            for side, text in self.sides.blockers:
                self.point("!!", self.styled(f"{side}{self.sides.colon}{text}", "bold red"))

    def only(self) -> None:
        for heading, items in self.sides.only:
            self.title(heading)
            for line, reasons in items:
                self.point("-", self.styled(line, "bold"))
                for text in reasons:
                    self.point(" ", self.styled(text, "dim"))

    def changed(self) -> None:
        if not self.found.changed:
            return
        self.title(self.sides.say("changed", count=len(self.found.changed)))
        for item in self.found.changed:
            self.say(self.styled(item.name, "bold"))
            for change in item.changes:
                what, left, right = self.sides.field(change)
                self.point("-", f"{what}{self.sides.colon}{left} → {right}", indent=2)

    def moved(self) -> None:
        sides = self.sides
        if not sides.by_cause:
            self.title(sides.moved_title)
            self.say(sides.say("nothing_moved"))
            return
        self.title(sides.moved_title)
        self.say(self.styled(sides.say("moved_lead"), "dim"))
        provisional = False
        for number, one in enumerate(sides.by_cause, 1):
            self.say()
            self.point(f"{number}.", self.styled(one.cause.text + sides.say("counted", count=len(one.dates)), "bold"))
            of_item: dict[str, dict[str, list[str]]] = {}
            for name, what, left, right, moved in one.dates:
                provisional = provisional or "~" in left + right
                shift = f"{left} → {right}{sides.words.bracketed(moved) if moved else ''}"
                of_item.setdefault(name, {}).setdefault(shift, []).append(what)
            for name, shifts in of_item.items():
                text = sides.words.semicolon.join(f"{sides.words.comma.join(what)} {shift}" for shift, what in shifts.items())
                self.point("-", f"{name}{sides.colon}{text}" if name else self.styled(text, "bold"), indent=2)
        if provisional:
            self.say()
            self.say(self.styled(sides.say("provisional"), "dim"))


def render_comparison_html(found: PlanComparison, lang: str = "zh", sources: tuple[str, str] = ("", "")) -> str:
    """One self-contained page: no network, no script. Raises ValueError for a language other than `zh` and `en`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    words = words_for(lang)
    environment = Environment(
        loader=PackageLoader("planner.output"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sides = Sides(found, words, sources)
    template = environment.get_template("comparison.html")
    return template.render(sides=sides, say=sides.say, found=found, lang="zh-CN" if words.lang == "zh" else "en")
