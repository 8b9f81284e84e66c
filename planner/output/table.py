"""The plan as text for a terminal: blockers first, then the items by stage, a time strip, papers, and what is not known.

Every mark is a character, so nothing is lost without colour; only characters that GBK has are added to what the plan says.
"""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from planner.calendar import WorkCalendar
from planner.output.axis import TimeAxis, busy_days, time_axis
from planner.output.outline import Outline, StageGroup
from planner.output.typeset import clipped, text_units, wrapped
from planner.output.words import Words, words_for
from planner.plan import Certainty, Item, Message, NotRequired, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from rich.text import Text

NARROWEST, WIDEST = 64, 160
"""Columns: a narrower terminal gets lines of the narrowest width, a wider one lines that can still be read."""


def render_table(
    plan: Plan,
    lang: str = "zh",
    width: int | None = None,
    color: bool = False,
    *,
    calendar: WorkCalendar | None = None,
    fact_names: Mapping[str, str] | None = None,
) -> str:
    """The plan as text, lines at most `width` columns wide (a Chinese character is two; None: as wide as the terminal).

    Without `color` there are no control sequences; control characters in the plan's own text are never let through. With `calendar`
    the strip marks long holidays. `fact_names`: names of facts by code, for facts that the plan mentions by code only. Raises
    ValueError for a language other than `zh` and `en`.
    """
    words = words_for(lang)
    if width is None:
        width = shutil.get_terminal_size((100, 24)).columns
    page = _Page(Outline(_printable(plan), words, fact_names or {}), min(max(width, NARROWEST), WIDEST), color)
    page.head()
    page.blockers()
    page.figures()
    page.items()
    page.strip(calendar)
    page.papers()
    page.open_facts()
    page.parameters_missing()
    page.assumed_zero()
    page.not_recorded()
    page.not_required()
    page.warnings()
    page.sources()
    return page.text()


def _printable(plan: Plan) -> Plan:
    """The plan without control and direction characters, which could drive the terminal or disguise text."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " if c in "\n\r\t" else "" for c in value)
        if isinstance(value, dict):
            return {clean(key): clean(one) for key, one in value.items()}
        return [clean(one) for one in value] if isinstance(value, list | tuple) else value

    return Plan.model_validate(clean(plan.model_dump()))


class _Page:
    def __init__(self, outline: Outline, width: int, color: bool) -> None:
        from rich.console import Console

        self.outline, self.plan, self.words, self.width = outline, outline.plan, outline.words, width
        self._file = StringIO()
        self._console: Console = Console(
            file=self._file,
            width=width,
            height=1000,
            color_system="standard" if color else None,
            force_terminal=color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            _environ={},
        )

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._file.getvalue().split("\n"))

    # -- pieces ------------------------------------------------------------------------------------------------------

    def say(self, text: str | Text = "") -> None:
        """A paragraph, over the whole width."""
        self._console.print(self.fitted(text, self.width))

    def styled(self, text: str, style: str = "") -> Text:
        from rich.text import Text

        return Text(text, style=style)

    def fitted(self, text: str | Text, width: int) -> Text:
        """The text broken into lines; rich itself would not break inside a run of Chinese before trying the next line."""
        from rich.text import Text

        plain, style = (text, "") if isinstance(text, str) else (text.plain, text.style)
        justify = None if isinstance(text, str) else text.justify
        return Text("\n".join(wrapped(plain, width)), style=style, justify=justify, no_wrap=True)

    def title(self, text: str, style: str = "bold blue") -> None:
        self.say()
        self.say(self.styled(text, style))
        self.say(self.styled("=" * min(text_units(text), self.width), style))

    def row(self, cells: Sequence[tuple[str | Text, int | None]], gap: int = 2, lead: str = "") -> None:
        """Cells beside each other behind `lead`, each wrapped inside its own width; None takes what is left."""
        from rich.table import Table

        fixed = sum(width for _, width in cells if width is not None) + gap * (len(cells) - 1) + text_units(lead)
        grid = Table.grid(padding=(0, 0))
        texts: list[str | Text] = []
        if lead:
            grid.add_column(width=text_units(lead))
            texts.append(lead)
        for place, (text, width) in enumerate(cells):
            if place:
                grid.add_column(width=gap)
                texts.append("")
            room = self.width - fixed if width is None else width
            grid.add_column(width=room)
            texts.append(self.fitted(text, room))
        grid.add_row(*texts)
        self._console.print(grid)

    def point(self, mark: str, text: str | Text, indent: int = 0) -> None:
        """A mark and a text that hangs beside it."""
        self.row([(mark, text_units(mark)), (text, None)], gap=1, lead=" " * indent)

    def unverified(self, verified: bool) -> str:
        return "" if verified else f" [{self.words('unverified')}]"

    def colon(self) -> str:
        return "：" if self.words.lang == "zh" else ": "

    # -- head --------------------------------------------------------------------------------------------------------

    def head(self) -> None:
        project, words = self.plan.project, self.words
        self.say(self.styled(f"{words('title')}{self.colon()}{project.name}", "bold"))
        if project.content:
            self.say(self.styled(f"{words('content')}{self.colon()}{project.content}"))
        parts = [
            (words("district"), project.district),
            (words("progress"), project.progress),
            (words("as_of"), self.plan.as_of.isoformat()),
            (words("start"), self.plan.start.isoformat()),
        ]
        self.say(self.styled("  ".join(f"{label}{self.colon()}{text}" for label, text in parts if text)))
        team = self.plan.team
        if team is not None:
            offices = words.bracketed(words("team_offices", offices=words.comma.join(team.offices))) if team.offices else ""
            text = f"{words('team')}{self.colon()}{team.name}{offices}{self.unverified(team.verified)}"
            self.say(self.styled(text))

    def blockers(self) -> None:
        blockers = self.plan.blockers
        if not blockers:
            return
        line = "!" * self.width
        self.say()
        self.say(self.styled(line, "bold red"))
        count = self.words.bracketed(str(len(blockers)))
        self.say(self.styled(f"!! {self.words('blockers')}{count}", "bold red"))
        for message in blockers:
            self.message("!!", message, "bold red")
        self.say(self.styled(line, "bold red"))

    def message(self, mark: str, message: Message, style: str = "") -> None:
        self.point(mark, self.styled(message.text, style))
        if message.depends_on:
            facts = self.outline.fact_list(message.depends_on)
            self.point(" " * text_units(mark), self.styled(f"? {self.words('applies_if', facts=facts)}", "cyan"))
        if message.basis:
            self.point(" " * text_units(mark), self.styled(self.words.laws(message.basis), "dim"))

    def figures(self) -> None:
        plan, words, totals = self.plan, self.words, self.plan.totals
        milestones = plan.milestones
        label_width = max(text_units(words("earliest_milestone", milestone=words(code))) for code in ("completion", "use"))
        label_width = max(label_width, text_units(words("critical_path")), text_units(words("approvals_figure")))

        def figure(label: str, text: str, style: str = "") -> None:
            self.row([(self.styled(label, "bold"), label_width), (self.styled(text, style), None)])

        self.title(words("figures"))
        for code, milestone in (
            ("start_of_works", milestones.start_of_works),
            ("completion", milestones.completion),
            ("use", milestones.use),
        ):
            notes = [doubt := self.outline.doubt(code), words.span(milestone.promised)]
            if milestone.statutory.date != milestone.promised.date:
                notes.append(words("if_statutory", date=words.day(milestone.statutory)))
            else:
                notes.append(words("same_statutory"))
            text = words.day(milestone.promised) + words.bracketed(words.semicolon.join(note for note in notes if note))
            figure(words("earliest_milestone", milestone=words(code)), text, "yellow" if doubt else "")
        depending = self.outline.depending
        detail = (
            words("approvals_detail", certain=self.outline.certain, depends=depending) if depending else words("approvals_certain")
        )
        figure(words("approvals_figure"), f"{totals.approvals}{words.bracketed(detail)}")
        figure(words("departments_figure"), str(totals.departments))
        shared = words.bracketed(words("materials_detail", shared=totals.shared_materials))
        figure(words("materials_figure"), f"{totals.materials} {words('copies')}{shared}")
        figure(words("visits_figure"), self.outline.visits())
        notes = [words("parallel_detail", serial=totals.working_days_serial, saved=self.outline.saved)]
        if totals.working_days_statutory != totals.working_days_promised:
            notes.append(words("parallel_statutory", days=totals.working_days_statutory))
        notes.append(words("parallel_note"))
        text = f"{totals.working_days_promised} {words('working_days')}{words.bracketed(words.semicolon.join(notes))}"
        figure(words("parallel_figure"), text)
        if plan.target is not None:
            target = plan.target
            verdict = words("target_met" if target.feasible else "target_missed", earliest=words.day(target.earliest))
            line = words("target_line", date=target.date.isoformat(), milestone=words(target.milestone))
            if not target.feasible:
                conflict = words("target_conflict", items=self.outline.terms(target.conflict))
                verdict = f"{verdict} {conflict if target.conflict else words('target_too_late')}"
            doubt = self.outline.doubt(target.milestone)
            style = "bold red" if not target.feasible else "yellow" if doubt else "green"
            figure(words("target"), f"{line}{words.semicolon}{verdict}{words.bracketed(doubt) if doubt else ''}", style)
        if self.outline.critical_codes:
            figure(words("critical_path"), " → ".join(self.outline.name(code) for code in self.outline.critical_codes), "red")

    # -- items -------------------------------------------------------------------------------------------------------

    def items(self) -> None:
        if not self.plan.items:
            return
        words = self.words
        limit, date, slack = (14, 11, 4) if words.lang == "zh" else (15, 14, 5)

        def line(name: Text, cells: tuple[str, str, str, str], style: str = "", lead: str = "  ") -> None:
            texts = [self.styled(cell, style) for cell in cells]
            texts[3].justify = "right"
            self.row([(name, None), (texts[0], limit), (texts[1], date), (texts[2], date), (texts[3], slack)], lead=lead)

        self.title(words("items"))
        line(
            self.styled(words("item"), "bold"),
            (words("limit"), words("submit_earliest"), words("decide_by"), words("slack")),
            "bold",
        )
        line(self.styled(words("department"), "dim"), ("", words("submit_latest"), words("statutory_full"), ""), "dim")
        for group in self.outline.stages:
            self.say(self.styled("-" * self.width, "dim"))
            self.say(self.styled(group.name, "bold blue"))
            for item in group.items:
                self.item(item, line, group)

    def item(self, item: Item, line: Any, group: StageGroup) -> None:
        words, dates = self.words, item.dates
        critical, depends = self.outline.critical(item), item.status is Status.DEPENDS
        limits: list[str] = []
        if item.promised is not None:
            limits.append(f"{words('promised')} {words.term(item.promised, short=True)}")
        if item.statutory is not None:
            limits.append(f"{words('statutory')} {words.term(item.statutory, short=True)}")
        first, second = (*limits, "", "")[:2] if limits else (words("no_limit"), "")
        later = words.day(dates.decide_statutory) if dates.decide_statutory.date != dates.decide_promised.date else ""
        mark = ("*" if critical else " ") + ("?" if depends else " ")
        name = self.styled(f"{item.name}{self.unverified(item.verified)}", "bold red" if critical else "bold")
        line(name, (first, words.day(dates.submit_from), words.day(dates.decide_promised), str(item.slack)), lead=mark)
        # Under the fact that settles them, items stand without their stage's heading.
        stage = words.bracketed(words.stage(item.stage)) if depends else ""
        department = self.styled(f"{item.department}{self.unverified(item.department_verified)}{stage}", "dim")
        line(department, (second, words.day(dates.latest_submit), later, ""), "dim")
        for key, day in (("date_supplement", dates.supplement_by), ("date_verify", dates.verify_by)):
            if day is not None:
                span = words.span(day)
                text = words.day(day) + (words.bracketed(span) if span else "")
                self.point(f"{words(key)}{self.colon()}".rstrip(), text, indent=2)
        gates = words.semicolon.join(self.outline.gates(item)) or ("" if depends else words("no_gate"))
        if gates:
            self.point(f"{words('gate')}{self.colon()}".rstrip(), gates, indent=2)
        if item.depends_on and not group.fact:
            facts = self.styled(self.outline.fact_list(item.depends_on), "cyan")
            self.point(f"{words('depends_on')}{self.colon()}".rstrip(), facts, indent=2)
        lacking = self.outline.parameters(item.code)
        if lacking:
            self.point(f"{words('lacks')}{self.colon()}".rstrip(), self.styled(lacking, "cyan"), indent=2)
        if depends:
            return  # how long its result holds and where to apply can wait until it is known to be needed
        for one in item.validity:
            if one.lapses is not None:
                text = words.lapse(one) + self.unverified(one.verified)
                self.point(f"{words('validity')}{self.colon()}".rstrip(), text, indent=2)
        if (
            item.channel.online is not None
            or item.channel.post is not None
            or item.channel.counter
            or item.channel.visits is not None
        ):
            text = words.channel(item.channel) + self.unverified(item.channel.verified)
            self.point(f"{words('channel')}{self.colon()}".rstrip(), text, indent=2)

    # -- time strip --------------------------------------------------------------------------------------------------

    def strip(self, calendar: WorkCalendar | None) -> None:
        if not self.plan.items:
            return
        names = min(30, self.width // 3)
        room = self.width - names - 1
        axis = time_axis(busy_days(self.plan), 0, room, 4)
        background = _background(self.plan, axis, room, calendar)
        self.title(self.words("chart"))
        for label, line in (("", _months(axis, room)), (self.words("milestones"), self.milestone_names(axis, room))):
            self.say(self.styled(f"{_padded(label, names)} {line}".rstrip(), "dim"))
        for group in self.outline.stages:
            for item in self.outline.charted(group):
                critical = self.outline.critical(item)
                mark = "*" if critical else "?" if item.status is Status.DEPENDS else " "
                name = _padded(mark + clipped(item.name, names - 1), names)
                line = _bar(item, axis, background, "█" if critical else "▓")
                self.say(self.styled(f"{name} {line}".rstrip(), "red" if critical else ""))
        if self.outline.uncharted:
            self.say(self.styled(self.words("chart_later", count=self.outline.uncharted), "cyan"))
        key = self.words("strip_key") + (f"  // {self.words('strip_idle')}" if axis.idle else "")
        self.say(self.styled(key, "dim"))

    def milestone_names(self, axis: TimeAxis, room: int) -> str:
        milestones = self.plan.milestones
        line = _Line(room)
        for code, milestone in (
            ("start_of_works", milestones.start_of_works),
            ("completion", milestones.completion),
            ("use", milestones.use),
        ):
            line.put(int(axis.start(milestone.promised.date)), self.words(code))
        return line.text()

    # -- lists -------------------------------------------------------------------------------------------------------

    def papers(self) -> None:
        if not self.plan.items:
            return
        words = self.words
        self.title(words("papers_by_item"))
        brief = self.outline.brief
        for item in self.outline.items:
            if brief and item.status is Status.DEPENDS:
                continue
            self.say(self.styled(f"{item.name}{words.bracketed(str(len(item.materials)))}", "bold"))
            if not item.materials:
                self.point("  ", words("papers_none"))
            for paper in item.materials:
                notes = [paper.issuer] if paper.issuer else []
                if paper.comes_from is not None:
                    notes.append(words("paper_from", name=self.outline.name(paper.comes_from)))
                if paper.by_promise:
                    notes.append(words("paper_promised"))
                if paper.later:
                    notes.append(words("paper_later"))
                elif paper.secondary:
                    notes.append(words("paper_secondary"))
                if paper.status is Status.DEPENDS:
                    notes.append(words("paper_depends"))
                box = f"[{words('paper_shared_short')}]" if paper.shared else "[ ]"
                text = paper.name + (words.bracketed(words.semicolon.join(notes)) if notes else "")
                self.point(box, text, indent=2)
        if brief:
            self.say(self.styled(words("papers_later", count=self.outline.depending), "cyan"))

    def open_facts(self) -> None:
        if not self.plan.open_facts:
            return
        words = self.words
        self.title(words("open_facts"), "bold cyan")
        self.say(words("open_facts_lead"))
        for fact in self.plan.open_facts:
            self.point("?", self.styled(f"{fact.name}{self.colon()}{fact.question}", "cyan"))
            hanging = words.comma.join(self.outline.name(code) for code in fact.items)
            self.point(" ", self.styled(f"{words('hangs')}{self.colon()}{hanging}", "dim"))

    def parameters_missing(self) -> None:
        if not self.plan.parameters_missing:
            return
        words = self.words
        self.title(words("parameters_missing"), "bold cyan")
        self.say(words("parameters_missing_lead"))
        for one in self.plan.parameters_missing:
            unit = words.bracketed(one.unit) if one.unit else ""
            remark = f"{self.colon()}{one.note}" if one.note else ""
            self.point("?", self.styled(f"{one.name}{unit}{remark}", "cyan"))
            hanging = words.comma.join(self.outline.name(code) for code in one.items)
            self.point(" ", self.styled(f"{words('hangs')}{self.colon()}{hanging}", "dim"))
            if one.basis:
                self.point(" ", self.styled(words.laws(one.basis), "dim"))

    def assumed_zero(self) -> None:
        if not self.plan.assumed_zero:
            return
        self.title(self.words("assumed_zero"))
        self.say(self.words("assumed_zero_lead"))
        by_reason: dict[str, dict[str, list[str]]] = {}
        for one in self.plan.assumed_zero:
            owner = self.outline.name(one.item) if one.item else one.name
            steps = by_reason.setdefault(one.reason, {}).setdefault(owner, [])
            if one.item and one.item != one.code:
                steps.append(one.name)
        for reason, owners in by_reason.items():
            self.say(self.styled(f"{reason}{self.colon()}", "bold"))
            for owner, steps in owners.items():
                self.point("-", owner + (f"{self.colon()}{self.words.semicolon.join(steps)}" if steps else ""))

    def not_recorded(self) -> None:
        if not self.plan.not_recorded:
            return
        self.title(self.words("not_recorded"))
        self.say(self.words("not_recorded_lead"))
        for one in self.plan.not_recorded:
            since = self.words("recorded_since", date=one.since.isoformat())
            self.point("-", f"{one.name}{self.colon()}{since}")

    def not_required(self) -> None:
        if not self.plan.not_required:
            return
        self.title(self.words("not_required"))
        for one in self.plan.not_required:
            self.point("-", f"{one.name}{self.colon()}{_why_not(one, self.words)}")

    def warnings(self) -> None:
        if not self.plan.warnings:
            return
        self.title(self.words("warnings"))
        for message in self.plan.warnings:
            self.message("-", message)

    def sources(self) -> None:
        words, provenance = self.words, self.plan.provenance
        self.title(words("provenance"))
        versions = words.comma.join(f"{name} {version}" for name, version in provenance.versions.items())
        for label, text in (
            ("rulebook", f"{provenance.rulebook_name} {provenance.rulebook[:16]}"),
            ("calendar", provenance.calendar[:16]),
            ("facts_digest", provenance.facts[:16]),
            ("versions", versions),
            ("as_of", provenance.as_of.isoformat()),
        ):
            self.point(f"{words(label)}{self.colon()}".rstrip(), text)
        for key in ("marks", "marks_units", "disclaimer"):
            self.say(self.styled(words(key), "dim"))


# -- strips of characters ------------------------------------------------------------------------------------------------


class _Line:
    """A line of columns that text is put on where there is room for it."""

    def __init__(self, width: int) -> None:
        self.cells = [" "] * width
        self.free = 0

    def put(self, column: int, text: str) -> None:
        units = text_units(text)
        column = min(column, len(self.cells) - units)
        if column < self.free:
            return
        place = column
        for character in text:
            self.cells[place] = character
            wide = text_units(character)
            if wide == 2:
                self.cells[place + 1] = ""
            place += wide
        self.free = column + units + 1

    def text(self) -> str:
        return "".join(self.cells).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_units(text))


def _months(axis: TimeAxis, room: int) -> str:
    line = _Line(room)
    shown = 0
    for stretch in axis.scaled:
        year, month = stretch.first.year, stretch.first.month
        first = True
        while (year, month) <= (stretch.last.year, stretch.last.month):
            day = stretch.first.replace(year=year, month=month, day=1) if not first else stretch.first
            text = f"{month:02}" if year == shown else f"{year}-{month:02}"
            before = line.free
            line.put(int(axis.start(day)), text)
            if line.free != before:
                shown = year
            first = False
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return line.text()


def _background(plan: Plan, axis: TimeAxis, room: int, calendar: WorkCalendar | None) -> list[str]:
    """What stands behind the bars: holidays that fill a column, breaks, milestones, the target."""
    cells = [" "] * room
    if calendar is not None:
        for stretch in axis.scaled:
            for run in calendar.expected.skipped(stretch.first, stretch.last):
                if run.name != "周末":
                    left, right = axis.start(run.first), axis.end(run.last)
                    for column in range(int(left) if left == int(left) else int(left) + 1, int(right)):
                        cells[column] = ":"
    for stretch in axis.idle:
        middle = int((stretch.left + stretch.right) / 2)
        cells[middle - 1 : middle + 1] = "//"
    for milestone in (plan.milestones.start_of_works, plan.milestones.completion, plan.milestones.use):
        cells[min(int(axis.start(milestone.promised.date)), room - 1)] = "│"
    if plan.target is not None:
        cells[min(int(axis.start(plan.target.date)), room - 1)] = "!"
    return cells


def _bar(item: Item, axis: TimeAxis, background: list[str], block: str) -> str:
    cells = list(background)
    dates = item.dates
    left = min(int(axis.start(dates.accept.date)), len(cells) - 1)
    right = max(left + 1, round(axis.end(dates.decide_promised.date)))
    full = round(axis.end(dates.decide_statutory.date))
    for column in range(right, min(full, len(cells))):
        cells[column] = "─"
    for column in range(left, min(right, len(cells))):
        cells[column] = block
    after = max(right, full)
    if dates.decide_promised.certainty is Certainty.PROVISIONAL and after < len(cells) and cells[after] == " ":
        cells[after] = "~"
    return "".join(cells)


def _why_not(one: NotRequired, words: Words) -> str:
    """The values that decided it, in one line; the reason's own words where it read none."""
    reads = {
        (read.name, read.value, read.test): None for reason in one.because if reason.holds == "false" for read in reason.facts
    } or {(read.name, read.value, read.test): None for reason in one.because[:1] for read in reason.facts}
    if not reads:
        return one.because[0].text if one.because else words("none")
    return words.semicolon.join(words("value_read", name=name, value=value, test=test) for name, value, test in reads)
