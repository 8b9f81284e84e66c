"""The plan as text for a terminal: blockers first, then the items by stage, a time strip, papers, and what is not known.

Every mark is a character, so nothing is lost without colour; only characters that GBK has are added to what the plan says.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from planner.calendar import WorkCalendar
from planner.output.axis import TimeAxis, busy_days, due_days, time_axis
from planner.output.course import moments
from planner.output.outline import Outline, StageGroup
from planner.output.page import Page, without_controls
from planner.output.typeset import clipped, text_units
from planner.output.ways import shut, ways
from planner.output.words import Words, words_for
from planner.plan import Certainty, Item, LegalBasis, Message, NotRequired, Plan, PlanDate, Status, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.text import Text

USUAL = "①"
"""Behind a department: one applies to it in the way most do, told once above the items."""


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
    page = _Page(Outline(_printable(plan), words, fact_names or {}), width, color)
    page.head()
    page.blockers()
    page.figures()
    page.items()
    page.strip(calendar)
    page.whole()
    page.papers()
    page.open_facts()
    page.parameters_missing()
    page.assumed_zero()
    page.not_recorded()
    page.not_required()
    page.warnings()
    page.basis_list()
    page.sources()
    return page.text()


def _printable(plan: Plan) -> Plan:
    """The plan without control and direction characters, which could drive the terminal or disguise text."""
    return Plan.model_validate(without_controls(plan.model_dump()))


class _Page(Page):
    def __init__(self, outline: Outline, width: int, color: bool) -> None:
        super().__init__(width, color)
        self.outline, self.plan, self.words = outline, outline.plan, outline.words
        self.cited: dict[str, None] = {}

    def unverified(self, verified: bool) -> str:
        return "" if verified else f" [{self.words('unverified')}]"

    def laws(self, basis: tuple[LegalBasis, ...]) -> str:
        """Citations in short; the documents they are to are listed at the end."""
        self.cited.update(dict.fromkeys(one.document.anchor for one in self.outline.citations.of(basis)))
        return self.outline.cited(basis)

    def remarks(self, *texts: str) -> str:
        """What there is of remarks, in brackets."""
        said = [text for text in texts if text]
        return self.words.bracketed(self.words.semicolon.join(said)) if said else ""

    def labelled(self, key: str, text: str | Text) -> None:
        """A line under an item: what it is, and the text hanging beside it."""
        self.point(f"{self.words(key)}{self.colon()}".rstrip(), text, indent=2)

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
        self.say(self.styled(f"{words('valid_until')}{self.colon()}{self.outline.validity()}"))
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
            self.point(" " * text_units(mark), self.styled(self.laws(message.basis), "dim"))

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
        figure(words("steps_figure"), f"{words('times', count=totals.steps)}{words.bracketed(words('steps_detail'))}")
        figure(words("materials_figure"), f"{totals.materials} {words('copies')}{words.bracketed(self.outline.papers())}")
        figure(words("visits_figure"), self.outline.visits())
        notes = [words("parallel_detail", serial=totals.working_days_serial, saved=self.outline.saved)]
        if totals.working_days_statutory != totals.working_days_promised:
            notes.append(words("parallel_statutory", days=totals.working_days_statutory))
        notes.append(words("parallel_note"))
        text = f"{totals.working_days_promised} {words('working_days')}{words.bracketed(words.semicolon.join(notes))}"
        figure(words("parallel_figure"), text)
        for place, cap in enumerate(plan.caps):
            figure("" if place else words("caps"), self.outline.cap(cap), "bold red" if cap.over else "")
        if plan.items:
            figure(words("choice"), words(f"policy_{plan.choice.policy.value}"), "bold")
            for text in self.outline.choice():
                figure("", text)
        if plan.target is not None:
            self.target(plan.target, figure)
        if self.outline.critical_codes:
            figure(words("critical_path"), " → ".join(self.outline.name(code) for code in self.outline.critical_codes), "red")

    def target(self, target: Target, figure: Callable[[str, str, str], None]) -> None:
        words = self.words
        earliest, sooner = target.earliest, target.earliest_with_routes
        line = words("target_line", date=target.date.isoformat(), milestone=words(target.milestone))
        verdict = words("target_met" if target.feasible else "target_missed", earliest=self.dated(earliest))
        doubt = self.outline.doubt(target.milestone)
        parts = [f"{line}{words.semicolon}{verdict}{words.bracketed(doubt) if doubt else ''}"]
        if sooner.date < earliest.date:
            parts.append(words("target_with_routes", day=self.dated(sooner)))
        parts.append(words("target_certain" if target.certain else "target_uncertain"))
        if not target.feasible:
            parts.append(words("target_conflict_lead" if target.conflict else "target_too_late"))
        style = "bold red" if not target.feasible else "yellow" if doubt or not target.certain else "green"
        figure(words("target"), " ".join(parts), style)
        for term in () if target.feasible else target.conflict:
            self.laws(term.basis)
            figure("", f"- {self.outline.term(term)}", "bold red")

    def dated(self, day: PlanDate) -> str:
        """A date, with both ends where it is provisional and may move."""
        return self.words.day(day) + self.remarks(self.words.range(day))

    # -- the project as a whole --------------------------------------------------------------------------------------

    def whole(self) -> None:
        """The limits of the whole with their law, joint procedures, fast lanes, regional assessments."""
        if not self.outline.has_whole:
            return
        words, plan, outline = self.words, self.plan, self.outline
        self.title(words("whole"))

        def head(name: str, verified: bool, status: Status = Status.REQUIRED) -> str:
            depends = f" [{words('depends')}]" if status is Status.DEPENDS else ""
            return f"{name}{self.unverified(verified)}{depends}{self.colon()}"

        for cap in plan.caps:
            text = outline.over(cap.name) if cap.over else outline.cap_line(cap)
            self.point(
                "!" if cap.over else "-", self.styled(head(cap.name, cap.verified, cap.status) + text, "red" if cap.over else "")
            )
            self.point(" ", self.styled(words.joined(cap.note, self.laws(cap.basis)), "dim"))
        for one in plan.joint:
            lead = words("joint_lead", lead=one.lead) + self.unverified(one.lead_verified)
            text = head(one.name, one.verified, one.status) + words.joined(lead, outline.joint(one))
            if one.over:
                text += f"{words.semicolon}{outline.over(one.name)}"
            self.point("!" if one.over else "-", self.styled(text, "red" if one.over else ""))
            members = words.comma.join(outline.name(code) for code in one.members)
            self.point(" ", f"{words('joint_members')}{self.colon()}{members}")
            self.point(" ", self.styled(words.joined(one.note, self.laws(one.basis)), "dim"))
        for lane in plan.lanes:
            self.point("-", head(lane.name, lane.verified) + outline.lane(lane))
            if lane.effects:
                self.point(" ", f"{words('effects')}{self.colon()}{words.semicolon.join(lane.effects)}")
            told = words.joined(*(why.text for why in lane.because), lane.note, self.laws(lane.basis))
            self.point(" ", self.styled(told, "dim"))
        for relief in plan.relief:
            self.point("-", f"{words('relief')}{self.colon()}{relief.name}")
            for key, codes in (("relief_removes", relief.removes), ("relief_changes", relief.changes)):
                if codes:
                    self.point(" ", f"{words(key)}{self.colon()}{words.comma.join(outline.name(code) for code in codes)}")

    # -- items -------------------------------------------------------------------------------------------------------

    def items(self) -> None:
        if not self.plan.items:
            return
        words = self.words
        limit, date, slack = (15, 11, 5) if words.lang == "zh" else (15, 14, 5)

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
        self.said_once()
        for group in self.outline.stages:
            self.say(self.styled("-" * self.width, "dim"))
            self.say(self.styled(group.name, "bold blue"))
            for item in group.items:
                self.item(item, line, group)

    def said_once(self) -> None:
        """What holds for many items and is not repeated with each."""
        words, outline = self.words, self.outline
        lines = []
        if outline.usual_channel is not None:
            text = words.channel(outline.usual_channel) + self.unverified(outline.usual_channel.verified)
            lines.append(f"{USUAL} {words('channel')}{self.colon()}{text}")
        for rule in outline.common_clocks:
            length = "" if rule.days is None else words.days(rule.days, rule.unit)
            effect = words("clock_effect", effect=rule.effect.removesuffix("。")) if rule.effect else ""
            told = words.joined(length, effect, self.laws(rule.basis))
            lines.append(f"{words(f'clock_{rule.kind}')}{self.colon()}{told}{self.unverified(rule.verified)}")
        if outline.common_consequences:
            text = words.joined(*outline.common_consequences)
            lines.append(f"{words('route_consequences_common')}{self.colon()}{text}")
        for text in lines:
            self.point("  ", self.styled(text, "dim"))

    def item(self, item: Item, line: Any, group: StageGroup) -> None:
        words, dates = self.words, item.dates
        critical, depends = self.outline.critical(item), item.status is Status.DEPENDS
        limits: list[str] = []
        if item.promised is not None:
            limits.append(f"{words('promised')} {words.term(item.promised, short=True)}")
        if item.statutory is not None:
            term = words.term(item.statutory, short=True)
            limits.append(term if item.statutory.nature == "minimum_wait" else f"{words('statutory')} {term}")
        if (promise := self.outline.on_promise(item)) is not None:
            limits.insert(0, words("on_promise", days=self.outline.decided_within(promise)))
        first, second = (*limits, "", "")[:2] if limits else (words("no_limit"), "")
        later = words.day(dates.decide_statutory) if dates.decide_statutory.date != dates.decide_promised.date else ""
        mark = ("*" if critical else " ") + ("?" if depends else " ")
        name = self.styled(f"{item.name}{self.unverified(item.verified)}", "bold red" if critical else "bold")
        line(name, (first, words.day(dates.submit_from), words.day(dates.decide_promised), str(item.slack)), lead=mark)
        # Under the fact that settles them, items stand without their stage's heading.
        stage = words.bracketed(words.stage(item.stage)) if depends else ""
        apply = USUAL if item.channel == self.outline.usual_channel and not depends else ""
        department = self.styled(f"{item.department}{apply}{self.unverified(item.department_verified)}{stage}", "dim")
        line(department, (second, words.day(dates.latest_submit), later, ""), "dim")
        for key, day in (("date_supplement", dates.supplement_by), ("date_verify", dates.verify_by)):
            if day is not None:
                self.labelled(key, self.dated(day))
        moving = [
            f"{words(key)} {words.range(day)}"
            for key, day in (
                ("submit_earliest", dates.submit_from),
                ("decide_by", dates.decide_promised),
                ("statutory_full", dates.decide_statutory if later else dates.decide_promised),
            )
            if words.range(day)
        ]
        if moving:
            self.labelled("provisional_dates", words.semicolon.join(dict.fromkeys(moving[: 2 if not later else 3])))
        self.routes(item)
        gates = words.semicolon.join(self.outline.gates(item)) or ("" if depends else words("no_gate"))
        if gates:
            self.labelled("gate", gates)
        if item.depends_on and not group.fact:
            self.labelled("depends_on", self.styled(self.outline.fact_list(item.depends_on), "cyan"))
        lacking = self.outline.parameters(item.code)
        if lacking:
            self.labelled("lacks", self.styled(lacking, "cyan"))
        if depends:
            return  # how long its result holds and where to apply can wait until it is known to be needed
        if clock := self.clock(item):
            self.labelled("clock", self.styled(clock, "dim"))
        for one in item.validity:
            if one.lapses is not None:
                self.labelled("validity", words.lapse(one) + self.unverified(one.verified))
        channel = words.channel(item.channel)
        if channel != words("channel_unknown") and item.channel != self.outline.usual_channel:
            self.labelled("channel", channel + self.unverified(item.channel.verified))

    def clock(self, item: Item) -> str:
        """What the law says of the item's clock, in one paragraph: each day with its law and the days off it passes over."""
        words = self.words
        parts: list[str] = []
        for one in moments(item, self.outline):
            law = "" if one.general else self.laws(one.basis)
            skipped = words.skipped_short(one.skipped, more=one.more)
            verified = "" if one.verified or law else words("unverified")
            day = "" if one.day is None else self.dated(one.day)
            if one.kind in ("submit", "supplement", "verify", "latest"):
                continue
            if one.kind == "accept":
                if item.dates.accept_after:
                    parts.append(words.semicolon.join(one.notes) + self.remarks(law, skipped))
            elif one.kind in ("promised", "statutory"):
                waits = one.kind == "statutory" and item.statutory is not None and item.statutory.nature == "minimum_wait"
                name = words("promised" if one.kind == "promised" else "minimum_wait" if waits else "statutory")
                text = f"{name} {one.length}" if one.length else ""
                parts.append(
                    words.joined(text + self.remarks(law, skipped, verified), *one.notes) if text else words.joined(*one.notes)
                )
            else:
                key = f"clock_short_{one.kind}"
                parts.append(
                    words(key, label=one.label, length=one.length, day=day) + self.remarks(*one.notes, law, skipped, verified)
                )
        return words.joined(*parts)

    def routes(self, item: Item) -> None:
        """The easier routes: open ones with what they ask and gain, closed ones with the reason."""
        words = self.words
        if self.outline.brief and item.status is Status.DEPENDS and not any(route.taken for route in item.routes):
            return
        for way in ways(item, self.outline):
            head = way.title + self.remarks(way.state, way.gain) + self.unverified(way.verified)
            text = head + self.colon() + words.joined(way.text(self.colon(), words.semicolon), way.note, self.laws(way.basis))
            self.labelled("routes_open", self.styled(text, "green" if way.taken else ""))
        for one in shut(item, self.outline):
            told = (one.reason, self.laws(one.basis) + self.unverified(one.verified))
            self.labelled(
                "route_closed", self.styled(f"{one.title}{self.colon()}{words.semicolon.join(filter(None, told))}", "dim")
            )

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
        if any(due_days(item) for item in self.plan.items):
            key += f"  {self.words('strip_due')}"
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
                self.point(" ", self.styled(self.laws(one.basis), "dim"))

    def assumed_zero(self) -> None:
        if not self.plan.assumed_zero:
            return
        self.title(self.words("assumed_zero"))
        self.say(self.words("assumed_zero_lead"))
        for reason, owners in self.outline.zeros.items():
            self.say(self.styled(f"{reason}{self.colon()}", "bold"))
            for owner, steps in owners.items():
                name = self.outline.name(owner)
                self.point("-", name + (f"{self.colon()}{self.words.semicolon.join(steps)}" if steps else ""))

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

    def basis_list(self) -> None:
        """The documents cited above, in full; those whose short name is already the full one need no line."""
        documents = [one for one in self.outline.citations.documents if one.anchor in self.cited and one.short != one.full]
        if not documents:
            return
        self.title(self.words("basis_list"))
        self.say(self.words("basis_list_lead"))
        for one in documents:
            self.point("-", one.full if one.short in one.full else f"{one.short}{self.colon()}{one.full}")

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
    decided = dates.decide_promised
    if decided.certainty is Certainty.PROVISIONAL:
        after = max(right, full)
        for column in range(after, min(max(after + 1, round(axis.end(decided.latest))), len(cells))):
            if cells[column] in " :":
                cells[column] = "~"
    for due in due_days(item):
        column = min(int(axis.start(due.date)), len(cells) - 1)
        if cells[column] not in (block, "│", "!"):
            cells[column] = "◇"
    return "".join(cells)


def _why_not(one: NotRequired, words: Words) -> str:
    """The values that decided it, in one line; the reason's own words where it read none."""
    reads = {
        (read.name, read.value, read.test): None for reason in one.because if reason.holds == "false" for read in reason.facts
    } or {(read.name, read.value, read.test): None for reason in one.because[:1] for read in reason.facts}
    if not reads:
        return one.because[0].text if one.because else words("none")
    return words.semicolon.join(words("value_read", name=name, value=value, test=test) for name, value, test in reads)
