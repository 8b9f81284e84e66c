"""The Gantt chart's geometry: where everything stands, in SVG user units. The template only draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from planner.calendar import CalendarDays, Span, WorkCalendar, WorkingDays
from planner.output.axis import Stretch, TimeAxis, busy_days, due_days, time_axis
from planner.output.outline import Outline
from planner.output.typeset import clipped, text_units
from planner.plan import Certainty, DayUnit, Item, PlanDate, PreparationStep, Status

WIDTH = 1280.0
LABELS = 276.0
RIGHT = 16.0
IDLE = 64.0
TALLEST_LYING = 1100.0
"""With 158 mm of height on a sheet that lies and 184 mm of width on one that stands, a taller chart is larger on the latter."""
ROW = 27.0
STAGE_ROW = 28.0
LANE = 19.0
TALL = 15.0
SHORT = 9.0
NAME_UNITS = 36
"""How many half-widths of text fit into the column of names."""
TEXT = 11.0
"""Size of the chart's small text, in user units; a Chinese character is as wide as this."""

_HELD = {"START": "start_of_works", "COMPLETE": "completion", "USE": "use"}


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """Text that stands at `x`; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Bar:
    """One item's row: its bars, what they mean in words, and its text.

    `bar` is always there: the promised limit, or the statutory one when none is promised. `rest` reaches to the end of the
    statutory limit. The float runs from `float_from` to the milestone held, if there is room between. `unsure` is the part of `bar`
    after the last published day; `whisker` spans the days the decision may fall on.
    """

    code: str
    name: str
    clipped: str
    title: str
    y: float
    promised: bool
    critical: bool
    depends: bool
    bar: Box
    rest: Box | None
    preparation: Box | None
    unsure: Box | None
    whisker: tuple[float, float] | None
    float_from: float
    float_to: float | None
    latest: float | None
    label: Label | None
    due: tuple[tuple[float, str], ...] = ()
    """Where an easier route that is taken leaves something to be done, and what, in words."""


@dataclass(frozen=True, slots=True)
class StageBand:
    name: str
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """From the end of one bar to the acceptance or decision of another, as an SVG path; `decide` ones are dashed."""

    path: str
    head: str
    decide: bool
    critical: bool
    depends: bool
    title: str


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """A line from top to bottom. `kind`: promised, statutory, target, firm. `whisker`: the days a provisional milestone may fall on."""

    x: float
    kind: str
    label: Label
    whisker: tuple[float, float] | None = None


@dataclass(frozen=True)
class Gantt:
    """A drawn plan."""

    width: float
    height: float
    head: float
    foot: float
    axis: TimeAxis
    years: tuple[Label, ...]
    months: tuple[tuple[float, Label], ...]
    weeks: tuple[Label, ...]
    weekends: tuple[Box, ...]
    holidays: tuple[tuple[Box, str], ...]
    holiday_names: tuple[Label, ...]
    idle: tuple[tuple[Stretch, str], ...]
    lines: tuple[MilestoneLine, ...]
    stages: tuple[StageBand, ...]
    bars: tuple[Bar, ...]
    arrows: tuple[Arrow, ...]
    unsure_from: float | None
    has: frozenset[str] = field(default_factory=frozenset)
    """What occurs in the chart, for the legend."""

    @property
    def upright(self) -> bool:
        """Whether the chart is drawn larger on an upright sheet of paper than on one that lies."""
        return self.height > TALLEST_LYING


def draw_gantt(outline: Outline, calendar: WorkCalendar) -> Gantt:
    """Lay out the chart of a plan on the days of a calendar."""
    return _Drawing(outline, calendar).gantt()


class _Drawing:
    def __init__(self, outline: Outline, calendar: WorkCalendar) -> None:
        self.outline, self.plan, self.words = outline, outline.plan, outline.words
        self.calendar = calendar
        prepared = [(start, item.dates.accept.date) for item in outline.items if (start := self.prepared_from(item)) is not None]
        latest = [(day, day) for item in outline.items if outline.plan.target for day in [item.dates.latest_submit.date]]
        self.axis = time_axis([*busy_days(outline.plan), *latest, *prepared], LABELS, WIDTH - RIGHT, IDLE)
        self.sure = calendar.firm_until

    # -- along the axis ----------------------------------------------------------------------------------------------

    def prepared_from(self, item: Item) -> date | None:
        """When the preparation that has a duration may begin at the latest, so as to hand in on the first possible day."""
        spans = [span for step in item.preparation if (span := _step_span(step)) is not None]
        if not spans:
            return None
        day = item.dates.submit_from.date
        for span in reversed(spans):
            day = self.calendar.expected.latest_start(day, span)
        return max(day, min(self.plan.start, item.dates.submit_from.date))

    def months(self) -> Iterator[date]:
        for stretch in self.axis.scaled:
            day = stretch.first.replace(day=1)
            while day <= stretch.last:
                if day >= stretch.first:
                    yield day
                day = (day + timedelta(days=32)).replace(day=1)

    def month_labels(self) -> tuple[tuple[float, Label], ...]:
        """A tick for each month, and its name where there is room for it."""
        found: list[tuple[float, Label]] = []
        free = 0.0
        for day in self.months():
            x = self.axis.start(day)
            text = f"{day.month} 月" if self.words.lang == "zh" else day.strftime("%b")
            shown = x >= free and x + 5 + text_units(text) * TEXT / 2 <= WIDTH
            found.append((x, Label(x + 5, 0, text if shown else "")))
            if shown:
                free = x + 12 + text_units(text) * TEXT / 2
        return tuple(found)

    def years(self) -> tuple[Label, ...]:
        """The year at the left end, at each January, and after each break that crosses into another."""
        found: list[Label] = []
        shown = 0
        for stretch in self.axis.scaled:
            for year in range(stretch.first.year, stretch.last.year + 1):
                x = self.axis.start(max(date(year, 1, 1), stretch.first))
                text = f"{year} 年" if self.words.lang == "zh" else str(year)
                room = stretch.right - x
                if year != shown and (room > 44 or stretch is self.axis.scaled[-1]):
                    if found and x - found[-1].x < 46:
                        found.pop()
                    found.append(Label(min(x + 5, WIDTH - 46), 0, text))
                    shown = year
        return tuple(found)

    def weeks(self) -> tuple[Label, ...]:
        """The day of the month of each Monday, where days are wide enough."""
        if self.axis.day_width * 7 < 17:
            return ()
        found = []
        for stretch in self.axis.scaled:
            day = stretch.first + timedelta(days=-stretch.first.weekday() % 7)
            while day <= stretch.last - timedelta(days=2):
                found.append(Label(self.axis.start(day) + self.axis.day_width / 2, 0, str(day.day), "middle"))
                day += timedelta(days=7)
        return tuple(found)

    def days_off(self, top: float, height: float) -> tuple[tuple[Box, ...], tuple[tuple[Box, str], ...]]:
        """Weekends and festivals on the parts to scale. Weekends narrower than a hair are left out."""
        weekends: list[Box] = []
        festivals: list[tuple[Box, str]] = []
        for stretch in self.axis.scaled:
            for run in self.calendar.expected.skipped(stretch.first - timedelta(days=1), stretch.last):
                left, right = self.axis.start(run.first), self.axis.end(run.last)
                box = Box(left, top, right - left, height)
                if run.name == "周末":
                    if box.width >= 2.5:
                        weekends.append(box)
                else:
                    festivals.append((box, run.name))
        return tuple(weekends), tuple(festivals)

    def festival_names(self, festivals: tuple[tuple[Box, str], ...]) -> tuple[Label, ...]:
        """Each festival's name under its days, moved aside a little where the one before needs the room."""
        found: list[Label] = []
        free = LABELS
        for box, name in festivals:
            half = text_units(name) * (TEXT - 1) / 4
            middle = min(max(box.x + box.width / 2, free + half), WIDTH - half)
            if middle - half >= free and middle - half <= box.x + box.width:
                found.append(Label(middle, 0, name, "middle"))
                free = middle + half + 5
        return tuple(found)

    # -- milestones --------------------------------------------------------------------------------------------------

    def lines(self, below: float) -> tuple[tuple[MilestoneLine, ...], int]:
        """The lines with their labels, each label on the first lane where it fits, and how many lanes that takes."""
        wanted: list[tuple[float, str, str, tuple[float, float] | None]] = []
        milestones = self.plan.milestones
        for code, milestone in (
            ("start_of_works", milestones.start_of_works),
            ("completion", milestones.completion),
            ("use", milestones.use),
        ):
            name = self.words(code)
            doubt = self.outline.doubt(code, short=True)
            remark = self.words.bracketed(doubt) if doubt else ""
            text = f"{name} {self.words.day(milestone.promised)}{remark}"
            wanted.append((self.axis.end(milestone.promised.date), "promised", text, self.whisker(milestone.promised)))
            if milestone.statutory.date != milestone.promised.date:
                text = f"{self.words('milestone_statutory', milestone=name)} {self.words.day(milestone.statutory)}{remark}"
                wanted.append((self.axis.end(milestone.statutory.date), "statutory", text, self.whisker(milestone.statutory)))
        if self.plan.target is not None:
            target = self.plan.target
            text = f"{self.words('target')} {self.words(target.milestone)} {target.date.isoformat()}"
            wanted.append((self.axis.end(target.date), "target", text, None))
        if self.unsure_from is not None:
            wanted.append((self.unsure_from, "firm", self.words("firm_until"), None))
        lanes: list[list[tuple[float, float]]] = []
        found: list[MilestoneLine] = []
        for x, kind, text, whisker in sorted(wanted, key=lambda one: one[:3]):
            width = text_units(text) * TEXT / 2 + 14
            left = x if x + width <= WIDTH else x - width
            place = next((n for n, lane in enumerate(lanes) if all(left >= b or left + width <= a for a, b in lane)), len(lanes))
            if place == len(lanes):
                lanes.append([])
            lanes[place].append((left, left + width))
            y = below + place * LANE + 13
            label = Label(x + 5, y, text) if left == x else Label(x - 5, y, text, "end")
            found.append(MilestoneLine(x, kind, label, whisker))
        return tuple(found), len(lanes)

    @property
    def unsure_from(self) -> float | None:
        """Where the days begin that no notice has settled, if the plan has provisional dates there."""
        dates = [date for item in self.outline.items for date in (item.dates.decide_promised, item.dates.decide_statutory)]
        milestones = self.plan.milestones
        dates += [m.promised for m in (milestones.start_of_works, milestones.completion, milestones.use)]
        if not any(date.certainty is Certainty.PROVISIONAL for date in dates):
            return None
        return self.axis.end(self.sure) if self.axis.first <= self.sure else LABELS

    # -- rows --------------------------------------------------------------------------------------------------------

    def bar(self, item: Item, y: float) -> Bar:
        axis, dates = self.axis, item.dates
        middle = y + ROW / 2
        left, right = axis.start(dates.accept.date), axis.end(dates.decide_promised.date)
        right = max(right, left + 4)
        height = SHORT if item.promised is not None else TALL
        full = axis.end(dates.decide_statutory.date)
        rest = Box(left, middle - TALL / 2, full - left, TALL) if full > right or item.promised is not None else None
        unsure_from = self.unsure_from
        unsure = None
        if dates.decide_promised.certainty is Certainty.PROVISIONAL and unsure_from is not None:
            begin = left if dates.accept.certainty is Certainty.PROVISIONAL else min(max(unsure_from, left), right)
            unsure = Box(begin, middle - height / 2, right - begin, height)
        prepared = self.prepared_from(item)
        preparation = None
        if prepared is not None and prepared < dates.accept.date:
            begin = axis.start(prepared)
            preparation = Box(begin, middle - 3, left - begin, 6)
        held = [axis.end(m.date) for gate in item.gates if (m := self.milestone(gate.gate)) is not None]
        reach = max(right, full)
        float_to = min((x for x in held if x > reach + 6), default=None)
        latest = axis.start(dates.latest_submit.date) if self.plan.target is not None else None
        return Bar(
            item.code,
            item.name,
            clipped(item.name, NAME_UNITS),
            self.title(item),
            y,
            item.promised is not None,
            self.outline.critical(item),
            item.status is Status.DEPENDS,
            Box(left, middle - height / 2, right - left, height),
            rest,
            preparation,
            unsure,
            self.whisker(dates.decide_promised),
            reach,
            float_to,
            latest,
            self.bar_label(item, reach, left if preparation is None else preparation.x, middle),
            tuple((axis.end(day.date), self.due(item, day)) for day in due_days(item)),
        )

    def due(self, item: Item, day: PlanDate) -> str:
        """What has to be done by a day that an easier route sets, in words."""
        words, dates = self.words, item.dates
        named = (("date_supplement", dates.supplement_by), ("date_verify", dates.verify_by))
        what = [words(key) for key, known in named if known is not None and known.date == day.date]
        what += [] if what else [r.duty for r in item.routes if r.taken and r.due is not None and r.due.date == day.date]
        return words("due_line", name=item.name, text=f"{words.semicolon.join(what)} {words.day(day)}")

    def milestone(self, gate: str) -> PlanDate | None:
        code = _HELD.get(gate)
        return (
            None
            if code is None
            else {
                "start_of_works": self.plan.milestones.start_of_works,
                "completion": self.plan.milestones.completion,
                "use": self.plan.milestones.use,
            }[code].promised
        )

    def whisker(self, day: PlanDate) -> tuple[float, float] | None:
        if day.earliest == day.latest:
            return None
        return self.axis.end(day.earliest), self.axis.end(day.latest)

    def limit(self, item: Item) -> str:
        if item.promised is not None:
            return self.words.term(item.promised)
        return self.words.term(item.statutory) if item.statutory is not None else self.words("no_limit")

    def title(self, item: Item) -> str:
        dates = item.dates
        return self.words(
            "chart_bar",
            name=item.name,
            accept=self.words.day(dates.accept),
            decide=self.words.day(dates.decide_promised),
            limit=self.limit(item),
            slack=item.slack,
        )

    def bar_label(self, item: Item, right: float, left: float, middle: float) -> Label | None:
        text = self.limit(item)
        width = text_units(text) * TEXT / 2
        whisker = self.whisker(item.dates.decide_promised)
        marks = [x + 6 for day in due_days(item) if right <= (x := self.axis.end(day.date)) <= right + width + 16]
        after = max([right, *marks, *(whisker[1:] if whisker else ())]) + 8
        if after + width <= WIDTH:
            return Label(after, middle + 4, text)
        return Label(left - 8, middle + 4, text, "end") if left - 8 - width > LABELS else None

    # -- arrows ------------------------------------------------------------------------------------------------------

    def arrows(self, bars: tuple[Bar, ...]) -> tuple[Arrow, ...]:
        by_code = {bar.code: bar for bar in bars}
        found: list[Arrow] = []
        for item in (item for item in self.outline.items if item.code in by_code):
            for gate in item.gates:
                before = by_code.get(gate.code)
                if before is None or gate.gate not in ("ACCEPT", "DECIDE") or gate.code == item.code:
                    continue
                after = by_code[item.code]
                title = f"{before.name} → {after.name}：{self.words.gate(gate)}"
                depends = gate.status is Status.DEPENDS
                found.append(_arrow(before, after, gate.gate == "DECIDE", depends, title))
        return tuple(dict.fromkeys(found))

    # -- the whole ---------------------------------------------------------------------------------------------------

    def gantt(self) -> Gantt:
        weeks = self.weeks()
        axis_height = 2 * LANE + (LANE - 3 if weeks else 0)
        names_y = axis_height
        lines, lanes = self.lines(axis_height + LANE)
        head = axis_height + LANE + lanes * LANE + 4
        stages: list[StageBand] = []
        bars: list[Bar] = []
        y = head
        for group in self.outline.stages:
            drawn = self.outline.charted(group)
            if not drawn:
                continue
            stages.append(StageBand(group.name, y))
            y += STAGE_ROW
            for item in drawn:
                bars.append(self.bar(item, y))
                y += ROW
        foot = y + 4
        weekends, festivals = self.days_off(head, foot - head)
        rows = tuple(bars)
        arrows = self.arrows(rows)
        return Gantt(
            WIDTH,
            foot + 2,
            head,
            foot,
            self.axis,
            tuple(Label(label.x, LANE - 6, label.text) for label in self.years()),
            tuple((x, Label(label.x, 2 * LANE - 6, label.text)) for x, label in self.month_labels()),
            tuple(Label(label.x, 3 * LANE - 9, label.text, "middle") for label in weeks),
            weekends,
            festivals,
            tuple(Label(label.x, names_y + 13, label.text, "middle") for label in self.festival_names(festivals)),
            tuple((one, self.words("idle_days", days=one.days)) for one in self.axis.idle),
            lines,
            tuple(stages),
            rows,
            arrows,
            self.unsure_from,
            _occurring(rows, arrows, lines, weekends or festivals, self.axis),
        )


def _occurring(
    bars: tuple[Bar, ...], arrows: tuple[Arrow, ...], lines: tuple[MilestoneLine, ...], off: object, axis: TimeAxis
) -> frozenset[str]:
    marks = {
        "promised": any(bar.promised for bar in bars),
        "statutory": any(bar.rest is not None or not bar.promised for bar in bars),
        "critical": any(bar.critical for bar in bars),
        "depends": any(bar.depends for bar in bars),
        "preparation": any(bar.preparation for bar in bars),
        "provisional": any(bar.unsure for bar in bars) or any(line.kind == "firm" for line in lines),
        "off": bool(off),
        "accept": any(not arrow.decide for arrow in arrows),
        "decide": any(arrow.decide for arrow in arrows),
        "holds": any(bar.float_to is not None for bar in bars),
        "target": any(line.kind == "target" for line in lines),
        "latest": any(bar.latest is not None for bar in bars),
        "due": any(bar.due for bar in bars),
        "whisker": any(bar.whisker for bar in bars),
        "idle": bool(axis.idle),
    }
    return frozenset(mark for mark, occurs in marks.items() if occurs)


def _step_span(step: PreparationStep) -> Span | None:
    if not step.days:
        return None
    return WorkingDays(step.days) if step.unit is DayUnit.WORKING_DAYS else CalendarDays(step.days)


def _arrow(before: Bar, after: Bar, decide: bool, depends: bool, title: str) -> Arrow:
    """Along the row of `before` to above (or below) its mark on `after`, then straight to it."""
    source, target = before.bar, after.bar
    down = after.y > before.y
    x = target.x + target.width - 2.5 if decide else target.x + 2.5
    y = target.y - 0.5 if down else target.y + target.height + 0.5
    end = source.x + source.width
    from_y = source.y + source.height / 2
    if x > end + 2:
        path = f"M{end:.1f},{from_y:.1f}H{x:.1f}V{y:.1f}"
    else:
        edge = source.y + source.height if down else source.y
        path = f"M{x:.1f},{edge:.1f}V{y:.1f}"
    tip = -4.5 if down else 4.5
    head = f"M{x:.1f},{y:.1f}l-3,{tip}h6z"
    return Arrow(path, head, decide, before.critical and after.critical, depends, title)
