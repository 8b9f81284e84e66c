"""The plan as a project file for TaskJuggler 3, which works out every date itself: no date but the start is written into it.

How a day becomes an hour: a working day has one working hour, from 16:00 to 17:00, on any day of the week, and every day off is a leave.
What happens on a day happens at 17:00. So of the planner's two ways of counting

- so many working days are a `length`: the hours of the next so many working days (day 1 is the working day after the event, 民法典 201);
- so many calendar days are a `duration` that ends at 16:00 of the last day, then a `length` of one hour: the hour of that day, or of the
  next working day when it is off (民法典 203).

Make-up workdays need nothing: a Saturday that is worked is a day without a leave.

What a project file does not hold: bounds of provisional dates (days off past the last holiday notice are the expected ones), the
schedule on statutory limits, latest dates and slack, papers, reasons and law.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from planner.calendar import CalendarDays, Span, WorkCalendar, WorkingDays
from planner.compare.timing import Timing, handling_of
from planner.network import MILESTONES, WORKS_DONE, Network, Node
from planner.output.words import Words, words_for
from planner.plan import Item, Plan
from planner.rulebook.models import Stage

_ORDER = {stage.value: place for place, stage in enumerate(Stage)}
_ROOM = 365
"""Days that the project lasts beyond the plan's last date, so that durations can be made longer without an overflow."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is said of an activity: its name, its stage, whose it is, and its steps of preparation in order."""

    name: str
    stage: str = ""
    office: str = ""
    preparation: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undated:
    """A network before it has dates, and what its activities are called. `code`: an identifier, its own in the project file.

    `until`: a day that no date of it can pass.
    """

    code: str
    name: str
    network: Network
    start: date
    until: date
    construction: Span = field(default_factory=lambda: WorkingDays(0))
    labels: Mapping[str, Label] = field(default_factory=dict)


def render_taskjuggler(plan: Plan, calendar: WorkCalendar, lang: str = "zh") -> str:
    """A project file (.tjp) that `tj3` schedules to the plan's own dates. Equal arguments give equal bytes.

    `calendar` should be the one the plan was made with. Raises ValueError for a language other than `zh` and `en`, and for a plan that
    contradicts itself.
    """
    words = words_for(lang)
    timing = Timing(plan, calendar)
    milestones = plan.milestones
    days = [day for item in plan.items for day in (item.dates.decide_promised, item.dates.decide_statutory)]
    days += [day for reached in (milestones.start_of_works, milestones.use) for day in (reached.promised, reached.statutory)]
    undated = Undated(
        code="plan",
        name=plan.project.name or words("title"),
        network=timing.network.with_handling({item.code: handling_of(item, "promised") for item in plan.items}),
        start=plan.start,
        until=max([plan.start, *(day.latest for day in days)]) + timedelta(days=_ROOM),
        construction=timing.construction,
        labels={
            item.code: _label(item, words) for item in sorted(plan.items, key=lambda item: _ORDER.get(item.stage, len(_ORDER)))
        },
    )
    return project_file([undated], calendar, words)


def _label(item: Item, words: Words) -> Label:
    steps = tuple(step.name for step in item.preparation if step.days is not None)
    return Label(item.name, words.stage(item.stage), item.department, steps)


def project_file(works: Sequence[Undated], calendar: WorkCalendar, words: Words) -> str:
    """A project file with a tree of tasks for each network, and reports of its dates: a chart, and a table for other programs.

    Networks do not know of each other. Raises ValueError when there are none.
    """
    start, until = min(one.start for one in works), max(one.until for one in works)
    offices = dict.fromkeys(label.office for one in works for label in one.labels.values() if label.office)
    numbered = {office: f"office_{number}" for number, office in enumerate(offices, 1)}
    lines = [f"# {words('tj_head')}"]
    if until > calendar.firm_until:
        lines.append(f"# {words('tj_firm', day=calendar.firm_until.isoformat())}")
    lines += [
        # The bounds are read as UTC, and so lie a day further out than the dates in between.
        f"project planner {quoted(works[0].name)} {start - timedelta(days=1)} - {until + timedelta(days=2)} {{",
        # Hours are counted, and so there must be no summer time: eight hours ahead of UTC all year round.
        '  timezone "Etc/GMT-8"',
        "  timingresolution 60 min",
        '  timeformat "%Y-%m-%d"',
        "  dailyworkinghours 1",
        "  workinghours mon - sun 16:00 - 17:00",
        "}",
    ]
    for run in calendar.expected.skipped(start - timedelta(days=1), until):
        lines.append(f"leaves holiday {quoted(run.name)} {run.first} - {run.last + timedelta(days=1)}")
    lines += [f"resource {code} {quoted(office)}" for office, code in numbered.items()]
    for one in works:
        lines += _Tree(one, words, numbered).lines()
    columns = "name, start, end, responsible, chart" if numbered else "name, start, end, chart"
    lines += [
        f'taskreport chart "{words("tj_chart_file")}" {{',
        f"  formats html\n  headline {_heading(works[0].name)}\n  columns {columns}",
        "}",
        f'taskreport dates "{words("tj_dates_file")}" {{',
        "  formats csv\n  columns id, start, end, name\n  sorttasks tree",
        "}",
    ]
    return "\n".join(lines) + "\n"


def task_of(undated: Undated, node: Node) -> str:
    """The full identifier of the task for a moment; its end is the day of the moment."""
    if node.moment == "milestone":
        return f"{undated.code}.milestones.{node.code}"
    stages = _stages(undated)
    label = undated.labels.get(node.code)
    return f"{undated.code}.{stages[label.stage if label else '']}.{node.code}.{node.moment}"


def _stages(undated: Undated) -> Mapping[str, str]:
    """An identifier for each stage, in the order of the labels."""
    names = [label.stage for label in undated.labels.values()]
    names += [""] if any(activity.code not in undated.labels for activity in undated.network.activities) else []
    return {name: f"stage_{number}" for number, name in enumerate(dict.fromkeys(names), 1)}


class _Tree:
    """The tasks of one network."""

    def __init__(self, undated: Undated, words: Words, offices: Mapping[str, str]) -> None:
        self.undated, self.words, self.offices = undated, words, offices
        self.network = undated.network
        self.begin = f"{undated.code}.begin"

    def lines(self) -> Iterator[str]:
        yield f"task {self.undated.code} {quoted(self.undated.name)} {{"
        # The hour of the first working day on or after the start.
        yield f"  task begin {quoted(self.words('tj_begin'))} {{ start {self.undated.start}-00:00 length 1d }}"
        for stage, code in _stages(self.undated).items():
            yield f"  task {code} {quoted(stage or self.words('items'))} {{"
            for number, activity in enumerate(self.network.activities):
                label = self.undated.labels.get(activity.code, Label(activity.code))
                if label.stage == stage:
                    yield from self.activity(number, label, f"{self.undated.code}.{code}.{activity.code}")
            yield "  }"
        yield from self.milestones()
        yield "}"

    def activity(self, number: int, label: Label, path: str) -> Iterator[str]:
        activity = self.network.activities[number]
        yield f"    task {activity.code} {quoted(label.name)} {{"
        if label.office:
            yield f"      responsible {self.offices[label.office]}"
        last: Sequence[str] = self.waits(2 * number) or (self.begin,)
        for place, span in enumerate(activity.preparation):
            name = label.preparation[place] if place < len(label.preparation) else self.words("preparation")
            last = yield from self.span(f"prepare_{place + 1}", name, span, last, path)
        yield _milestone("accept", self.words("tj_accept"), last)
        last = (f"{path}.accept",)
        for place, span in enumerate(activity.handling):
            last = yield from self.span(f"handle_{place + 1}", self.words("tj_handling"), span, last, path)
        yield _milestone("decide", self.words("tj_decide"), (*last, *self.waits(2 * number + 1)))
        yield "    }"

    def milestones(self) -> Iterator[str]:
        path = f"{self.undated.code}.milestones"
        yield f"  task milestones {quoted(self.words('milestones'))} {{"
        before: Sequence[str] = (self.begin,)
        for place, name in enumerate(MILESTONES):
            if name == WORKS_DONE:
                before = yield from self.span("construction", self.words("construction"), self.undated.construction, before, path)
            yield _milestone(name, self.words(name), (*before, *self.waits(self.network.first_milestone + place)))
            before = (f"{path}.{name}",)
        yield "  }"

    def waits(self, node: int) -> tuple[str, ...]:
        """The tasks of the moments a moment waits for by links."""
        return tuple(task_of(self.undated, self.network.nodes[one]) for one in self.network.before[node])

    def span(self, code: str, name: str, span: Span, after: Sequence[str], path: str) -> Generator[str, None, Sequence[str]]:
        """The tasks of a span after others; returned is the task that ends it. A span of no days needs none: it ends where it begins."""
        if span.n == 0:
            return after
        depends = ", ".join(dict.fromkeys(after))
        head = f"      task {code} {quoted(f'{name} {span}')}"
        if isinstance(span, CalendarDays):
            yield f"{head} {{"
            yield f"        task count {quoted(self.words('tj_count'))} {{ duration {24 * span.n - 1}h depends {depends} }}"
            yield f"        task move {quoted(self.words('tj_move'))} {{ length 1d depends {path}.{code}.count }}"
            yield "      }"
            return (f"{path}.{code}.move",)
        yield f"{head} {{ length {span.n}d depends {depends} }}"
        return (f"{path}.{code}",)


def _milestone(code: str, name: str, after: Iterable[str]) -> str:
    return f"      task {code} {quoted(name)} {{ milestone depends {', '.join(dict.fromkeys(after))} }}"


def _heading(text: str) -> str:
    """Text where TaskJuggler reads its own markup, as it stands: `[` would begin a link and `==` a heading."""
    return quoted(f"<nowiki>{text.replace('<', '＜')}</nowiki>")


def quoted(text: str) -> str:
    """Text as TaskJuggler reads it back unchanged, but for what it has no way to write: a backslash, and `$` before a bracket (a macro
    or variable), become their full-width forms; line breaks and other control characters become spaces."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)
    text = re.sub(r"\$(?=[({])", "＄", text.replace("\\", "＼"))
    return '"' + text.replace('"', '\\"') + '"'
