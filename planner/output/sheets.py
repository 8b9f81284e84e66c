"""A plan as the sheets of a workbook: which columns, which rows, what stands in each cell. How they look is `planner.output.xlsx`'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeAlias

from planner.calendar import CalendarRangeError, WorkCalendar
from planner.output.deadlines import deadlines
from planner.output.outline import Outline
from planner.output.words import Words
from planner.plan import (
    Certainty,
    Item,
    LegalBasis,
    MaterialNeeded,
    MilestoneName,
    OpenRoute,
    Plan,
    PlanDate,
    PromisedLimit,
    Status,
    StatutoryLimit,
)

Cell: TypeAlias = str | int | date | PlanDate | None
"""A text, a number, a day, a day of the plan (which may be provisional), or nothing."""
Tone: TypeAlias = Literal["", "section", "warning", "open", "critical"]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the width in columns of the font (a Chinese character takes two). `short`: set in the middle."""

    title: str
    width: int
    short: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, as many as there are columns, and what the row is to be seen as. `page`: it begins a new page on paper."""

    cells: tuple[Cell, ...]
    tone: Tone = ""
    page: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `listing`: rows of one kind, to be sorted and filtered; else a page to read. `kept`: columns that stay in sight."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    listing: bool = True
    kept: int = 0


def sheets(outline: Outline, calendar: WorkCalendar) -> tuple[Sheet, ...]:
    """Every sheet, in order. A sheet without rows says so, so that a workbook always has the same sheets."""
    made = (
        _summary(outline),
        _items(outline),
        _papers(outline),
        _calendar(outline, calendar),
        _bases(outline),
        _routes(outline),
        _questions(outline),
        _not_required(outline),
    )
    return tuple(sheet if sheet.rows else replace(sheet, rows=(_empty(sheet, outline.words),)) for sheet in made)


def _empty(sheet: Sheet, words: Words) -> Row:
    return Row((words("nothing_listed"), *(None for _ in sheet.columns[1:])))


# -- the plan ------------------------------------------------------------------------------------------------------------


def _items(outline: Outline) -> Sheet:
    words = outline.words
    columns = (
        Column(words("col_number"), 5, True),
        Column(words("col_stage"), 9),
        Column(words("item"), 22),
        Column(words("col_code"), 13),
        Column(words("col_kind"), 9),
        Column(words("department"), 16),
        Column(words("col_needed"), 7, True),
        Column(words("statutory_limit"), 9),
        Column(words("promised_limit"), 9),
        Column(words("col_route"), 9),
        Column(words("submit_earliest"), 12, True),
        Column(words("col_accept"), 12, True),
        Column(words("col_decide_promised"), 12, True),
        Column(words("col_decide_statutory"), 12, True),
        Column(words("submit_latest"), 12, True),
        Column(words("slack_short"), 9, True),
        Column(words("critical"), 5, True),
        Column(words("col_waits"), 23),
        Column(words("col_holds"), 23),
        Column(words("col_certainty"), 25),
        Column(words("col_verified"), 6, True),
    )
    rows = tuple(_item(number, item, outline) for number, item in enumerate(outline.items, 1))
    return Sheet(words("sheet_plan"), columns, rows, kept=3)


def _item(number: int, item: Item, outline: Outline) -> Row:
    words, dates = outline.words, item.dates
    critical = outline.critical(item)
    return Row(
        (
            number,
            item.stage,
            item.name,
            item.code,
            item.kind,
            item.department,
            words(item.status.value),
            _limit(item.statutory, words),
            _limit(item.promised, words),
            words(f"route_{item.route.value}"),
            dates.submit_from,
            dates.accept,
            dates.decide_promised,
            dates.decide_statutory,
            dates.latest_submit,
            item.slack,
            words("yes") if critical else "",
            words.semicolon.join(outline.awaited(item)),
            words.semicolon.join(outline.held_back(item)),
            certainty(item, words),
            _checked(item.verified, words),
        ),
        "open" if item.status is Status.DEPENDS else "critical" if critical else "",
    )


def _limit(limit: StatutoryLimit | PromisedLimit | None, words: Words) -> str:
    return words.term(limit) if limit is not None else words("no_limit")


def certainty(item: Item, words: Words) -> str:
    """Firm, or which days of the item are provisional and between which days each of them lies."""
    named = (
        ("submit_earliest", item.dates.submit_from),
        ("col_accept", item.dates.accept),
        ("col_decide_promised", item.dates.decide_promised),
        ("col_decide_statutory", item.dates.decide_statutory),
        ("submit_latest", item.dates.latest_submit),
    )
    provisional = [(key, day) for key, day in named if day.certainty is Certainty.PROVISIONAL]
    if not provisional:
        return words("firm")
    spans: dict[str, list[str]] = {}
    for key, day in provisional:
        if day.earliest != day.latest:
            first, last = day.earliest.isoformat(), day.latest.isoformat()
            spans.setdefault(words("range_short", earliest=first, latest=last), []).append(words(key))
    lines = [words("due_line", name=words.comma.join(keys), text=span) for span, keys in spans.items()]
    return "\n".join((words("provisional"), *lines))


def _checked(verified: bool, words: Words) -> str:
    return words("checked" if verified else "unverified")


# -- papers --------------------------------------------------------------------------------------------------------------


def _papers(outline: Outline) -> Sheet:
    words = outline.words
    ready = (words("ready_yes"), words("ready_no"), words("ready_unneeded"))
    columns = (
        Column(words("col_number"), 5, True),
        Column(words("item"), 26),
        Column(words("col_needed"), 7, True),
        Column(words("col_paper"), 40),
        Column(words("col_issuer"), 18),
        Column(words("col_from"), 22),
        Column(words("col_how"), 18),
        Column(words("col_ready"), 9, True, ready),
        Column(words("col_remark"), 18),
    )
    listed = ((item, paper) for item in outline.items for paper in item.materials)
    return Sheet(
        words("sheet_papers"),
        columns,
        tuple(_paper(number, item, paper, outline) for number, (item, paper) in enumerate(listed, 1)),
        kept=2,
    )


def _paper(number: int, item: Item, paper: MaterialNeeded, outline: Outline) -> Row:
    words = outline.words
    depends = Status.DEPENDS in (item.status, paper.status)
    how = [words("paper_shared")] if paper.shared else []
    how += [words("paper_promised")] if paper.by_promise else []
    how += [words("paper_later")] if paper.later else [words("paper_secondary")] if paper.secondary else []
    return Row(
        (
            number,
            item.name,
            words((Status.DEPENDS if depends else Status.REQUIRED).value),
            paper.name,
            paper.issuer,
            outline.name(paper.comes_from) if paper.comes_from is not None else "",
            words.semicolon.join(how) or words("hand_in"),
            words("ready_unneeded") if paper.shared or paper.by_promise else None,
            None,
        ),
        "open" if depends else "",
    )


# -- days ----------------------------------------------------------------------------------------------------------------


def _calendar(outline: Outline, calendar: WorkCalendar) -> Sheet:
    words = outline.words
    columns = (
        Column(words("col_date"), 13, True),
        Column(words("col_weekday"), 8, True),
        Column(words("col_worked"), 9, True),
        Column(words("col_deadline"), 20),
        Column(words("item"), 30),
        Column(words("department"), 22),
        Column(words("col_needed"), 7, True),
        Column(words("col_certainty"), 7, True),
        Column(words("col_earliest"), 12, True),
        Column(words("col_latest"), 12, True),
        Column(words("note"), 44),
    )
    weekdays = words("weekdays").split(" ")
    rows = tuple(
        Row(
            (
                one.day,
                weekdays[one.day.date.weekday()],
                _worked(one.day.date, calendar, words),
                one.title,
                one.name,
                one.department,
                words((Status.DEPENDS if one.depends else Status.REQUIRED).value) if one.stage else "",
                words("firm" if one.day.certainty is Certainty.FIRM else "provisional"),
                one.day.earliest,
                one.day.latest,
                "\n".join(text for text in (*one.notes[:2], words.skipped(one.day.skipped)) if text),
            ),
            "open" if one.depends else "" if one.stage else "section",
        )
        for one in deadlines(outline)
    )
    return Sheet(words("sheet_calendar"), columns, rows, kept=1)


def _worked(day: date, calendar: WorkCalendar, words: Words) -> str:
    """Whether offices are expected to work on a day, or the holiday; empty for a day that cannot be counted."""
    try:
        runs = calendar.expected.skipped(day - timedelta(days=1), day)
    except (CalendarRangeError, OverflowError):
        return ""
    return runs[0].name if runs else words("worked")


# -- law -----------------------------------------------------------------------------------------------------------------


def _bases(outline: Outline) -> Sheet:
    words = outline.words
    columns = (
        Column(words("col_number"), 5, True),
        Column(words("item"), 28),
        Column(words("col_use"), 34),
        Column(words("col_document"), 46),
        Column(words("col_file_number"), 24),
        Column(words("col_article"), 28),
        Column(words("col_verified"), 8, True),
    )
    rows = []
    for name, uses in _citations(outline):
        found: dict[LegalBasis, dict[str, None]] = {}
        for use, basis in uses:
            for law in basis:
                found.setdefault(law, {})[use] = None
        rows += [
            (name, words.semicolon.join(told), law.document, law.number, law.article, _checked(law.verified, words))
            for law, told in found.items()
        ]
    return Sheet(words("sheet_basis"), columns, tuple(Row((number, *row)) for number, row in enumerate(rows, 1)), kept=2)


_Uses: TypeAlias = Iterable[tuple[str, tuple[LegalBasis, ...]]]


def _citations(outline: Outline) -> Iterator[tuple[str, _Uses]]:
    """Whose citations, and what each is for."""
    plan, words = outline.plan, outline.words
    whole = words("whole_project")
    yield whole, [(words("use_blocker"), one.basis) for one in plan.blockers]
    yield whole, [(words("use_warning"), one.basis) for one in plan.warnings]
    for item in outline.items:
        yield item.name, _uses(item, words)
    for one in plan.not_required:
        yield one.name, [(words("kind_not_required"), outline.grounds(one))]
    for lacking in plan.parameters_missing:
        yield lacking.name, [(words("parameter"), lacking.basis)]
    for cap in plan.caps:
        yield cap.name, [(words("use_cap"), cap.basis)]
    for joint in plan.joint:
        yield joint.name, [(words("joint"), joint.basis)]
    for lane in plan.lanes:
        yield lane.name, [(words("lanes"), (*lane.basis, *(basis for reason in lane.because for basis in reason.basis)))]
    if plan.target is not None:
        yield whole, [(words("target"), term.basis) for term in plan.target.conflict]
    if plan.team is not None:
        yield plan.team.name, [(words("team"), plan.team.basis)]


def _uses(item: Item, words: Words) -> list[tuple[str, tuple[LegalBasis, ...]]]:
    def of(key: str, name: str) -> str:
        return words("due_line", name=words(key), text=name)

    uses = [(words("use_reason"), reason.basis) for reason in item.because]
    if item.statutory is not None:
        uses.append((words.limit_name(item.statutory), item.statutory.basis))
    if item.promised is not None:
        uses.append((words("promised_limit"), item.promised.basis))
    uses += [(of("use_clock", rule.name), rule.basis) for rule in item.clock]
    uses += [(of("use_gate", words.gate(gate)), gate.basis) for gate in item.gates]
    uses += [(of("use_material", paper.name), paper.basis) for paper in item.materials]
    uses += [(of("use_route", route.name), route.basis) for route in item.routes]
    uses += [(of("use_route", one.name), reason.basis) for one in item.closed_routes for reason in one.because]
    uses += [(words("validity"), term.basis) for term in item.validity]
    uses.append((words("channel"), item.channel.basis))
    told = {law for _, basis in uses for law in basis}
    return [*uses, (words("use_general"), tuple(law for law in item.basis if law not in told))]


# -- routes --------------------------------------------------------------------------------------------------------------


def _routes(outline: Outline) -> Sheet:
    words = outline.words
    columns = (
        Column(words("item"), 24),
        Column(words("col_route"), 18),
        Column(words("col_taken"), 12, True),
        Column(words("col_gained"), 9, True),
        Column(words("col_asks"), 34),
        Column(words("col_replaced"), 28),
        Column(words("col_ahead"), 20),
        Column(words("col_duty"), 26),
        Column(words("col_due"), 13, True),
        Column(words("col_consequences"), 26),
        Column(words("basis"), 36),
        Column(words("col_verified"), 6, True),
    )
    rows = []
    for item in outline.items:
        rows += [_open_route(item, route, outline) for route in item.routes]
        for closed in item.closed_routes:
            reasons = closed.because
            laws = tuple(dict.fromkeys(law for reason in reasons for law in reason.basis))
            why = words.semicolon.join(reason.text for reason in reasons)
            name = _route_name(closed.name, words(f"route_{closed.route.value}"), words)
            checked = _checked(all(reason.verified for reason in reasons), words)
            cells = (item.name, name, words("state_closed"), None, why, None, None, None, None, None, words.laws(laws), checked)
            rows.append(Row(cells))
    return Sheet(words("sheet_routes"), columns, tuple(rows), kept=2)


def _open_route(item: Item, route: OpenRoute, outline: Outline) -> Row:
    words = outline.words
    if route.taken:
        state = "state_taken" if route.optional else "state_no_other"
    else:
        state = "state_not_taken" if route.status is Status.REQUIRED else "state_may_open"
    within = outline.decided_within(route)
    quick = (words("due_line", name=words("route_decided_within"), text=within),) if within else ()
    return Row(
        (
            item.name,
            _route_name(route.name, words(f"route_{route.route.value}"), words),
            words(state),
            route.days_gained,
            _list((*quick, *route.promises, *route.own_papers)),
            _list(route.papers),
            _list(outline.name(code) for code in route.ahead_of),
            _list(text for text in (route.duty, route.note) if text),
            route.due,
            _list(route.consequences),
            words.laws(route.basis),
            _checked(route.verified, words),
        ),
        "open" if route.status is Status.DEPENDS else "",
    )


def _route_name(name: str, kind: str, words: Words) -> str:
    return kind if name in ("", kind) else f"{name}{words.bracketed(kind)}"


def _list(texts: Iterable[str]) -> str:
    return "\n".join(texts)


# -- what is open, what is not needed ------------------------------------------------------------------------------------


def _questions(outline: Outline) -> Sheet:
    words, plan = outline.words, outline.plan
    columns = (
        Column(words("col_number"), 5, True),
        Column(words("col_situation"), 14),
        Column(words("fact"), 28),
        Column(words("question"), 52),
        Column(words("hangs"), 60),
        Column(words("col_remark"), 24),
    )
    asked = [(words("kind_question"), one.name, one.question, one.items) for one in plan.open_facts]
    asked += [
        (words("kind_lacking"), one.name + (words.bracketed(one.unit) if one.unit else ""), one.note, one.items)
        for one in plan.parameters_missing
    ]
    rows = tuple(
        Row((number, kind, name, question, words.comma.join(outline.name(code) for code in items), None))
        for number, (kind, name, question, items) in enumerate(asked, 1)
    )
    return Sheet(words("sheet_questions"), columns, rows)


def _not_required(outline: Outline) -> Sheet:
    words, plan = outline.words, outline.plan
    columns = (
        Column(words("col_number"), 5, True),
        Column(words("item"), 34),
        Column(words("col_situation"), 12),
        Column(words("reason"), 70),
        Column(words("basis"), 60),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            words("kind_not_required"),
            _list(dict.fromkeys(reason.text for reason in one.because)),
            words.laws(outline.grounds(one)) or words("no_basis"),
        )
        for one in plan.not_required
    ]
    rows += [
        (one.name, words("kind_not_recorded"), words("recorded_since", date=one.since.isoformat()), "") for one in plan.not_recorded
    ]
    return Sheet(words("sheet_not_required"), columns, tuple(Row((number, *row)) for number, row in enumerate(rows, 1)), kept=2)


# -- the summary ---------------------------------------------------------------------------------------------------------


def _summary(outline: Outline) -> Sheet:
    words = outline.words
    columns = (Column(words("title"), 22), Column(words("value_label"), 60), Column(words("note_label"), 68))
    parts = (
        (words("project"), _project(outline)),
        (words("blockers"), _messages(outline, blockers=True)),
        (words("milestones"), _milestones(outline)),
        (words("figures"), _figures(outline)),
        (words("routes"), _choice(outline)),
        (words("joint"), _together(outline)),
        (words("lanes"), _lanes(outline)),
        (words("relief"), _relief(outline)),
        (words("warnings"), _messages(outline, blockers=False)),
        (words("assumed_zero"), _assumed(outline)),
        (words("facts"), _facts(outline)),
        (words("provenance"), _provenance(outline)),
    )
    rows = []
    for heading, found in parts:
        lines = list(found)
        if lines:
            rows += [Row((heading, None, None), "section", page=heading == words("warnings")), *lines]
    return Sheet(words("sheet_summary"), columns, tuple(rows), listing=False)


def _project(outline: Outline) -> Iterator[Row]:
    plan, words = outline.plan, outline.words
    yield Row((words("project"), plan.project.name, None))
    for label, value in (
        ("content", plan.project.content),
        ("district", plan.project.district),
        ("progress", plan.project.progress),
    ):
        if value:
            yield Row((words(label), value, None))
    yield Row((words("as_of"), plan.as_of, None))
    yield Row((words("start"), plan.start, None))
    until = plan.valid.until
    yield Row((words("valid_until"), until - timedelta(days=1) if until else words("valid_open"), plan.valid.because))
    if plan.team is not None:
        mark = "" if plan.team.verified else words.bracketed(words("unverified"))
        offices = words("team_offices", offices=words.comma.join(plan.team.offices)) if plan.team.offices else ""
        yield Row((words("team"), plan.team.name + mark, offices))


def _messages(outline: Outline, *, blockers: bool) -> Iterator[Row]:
    plan, words = outline.plan, outline.words
    for number, one in enumerate(plan.blockers if blockers else plan.warnings, 1):
        notes = [words("applies_if", facts=outline.fact_list(one.depends_on))] if one.status is Status.DEPENDS else []
        notes += [words("law_label", laws=words.laws(one.basis))] if one.basis else []
        label = words("due_line", name=words("use_blocker" if blockers else "use_warning"), text=str(number))
        yield Row((label, one.text, _list(notes)), "warning" if blockers else "")


def _milestones(outline: Outline) -> Iterator[Row]:
    plan, words = outline.plan, outline.words
    named: tuple[MilestoneName, ...] = ("start_of_works", "completion", "use")
    for name in named:
        found = getattr(plan.milestones, name)
        statutory = found.statutory.date != found.promised.date
        notes = [words("if_statutory", date=words.day(found.statutory))] if statutory else []
        notes += [text for text in (words.span(found.promised), outline.doubt(name)) if text]
        yield Row((words("earliest_milestone", milestone=words(name)), found.promised, words.semicolon.join(notes)))
    if plan.target is not None:
        target = plan.target
        word = "target_met" if target.feasible else "target_missed"
        notes = [words(word, earliest=words.day(target.earliest))]
        if target.conflict:
            notes.append(words("target_conflict", items=outline.terms(target.conflict)))
        elif not target.feasible:
            notes.append(words("target_too_late"))
        if doubt := outline.doubt(target.milestone):
            notes.append(doubt)
        label = words("due_line", name=words("target"), text=words(target.milestone))
        yield Row((label, target.date, _list(notes)), "" if target.feasible else "warning")


def _figures(outline: Outline) -> Iterator[Row]:
    plan, words = outline.plan, outline.words
    totals = plan.totals
    certain = words("approvals_detail", certain=outline.certain, depends=outline.depending)
    yield Row((words("approvals_figure"), totals.approvals, certain if outline.depending else words("approvals_certain")))
    yield Row((words("steps_figure"), totals.steps, None))
    yield Row((words("departments_figure"), totals.departments, None))
    yield Row((words("materials_figure"), totals.materials, outline.papers()))
    yield Row((words("visits_figure"), outline.visits(), None))
    saved = words("parallel_detail", serial=totals.working_days_serial, saved=outline.saved)
    label = words("parallel_figure") + words.bracketed(words("working_days"))
    full = words("parallel_statutory", days=totals.working_days_statutory)
    yield Row((label, totals.working_days_promised, words.semicolon.join((saved, full, words("parallel_note")))))
    path = " → ".join(outline.name(code) for code in outline.critical_codes)
    yield Row((words("critical_path"), words("due_count", count=len(outline.critical_codes)), path))
    for cap in plan.caps:
        state = words("cap_over" if cap.over else "cap_within")
        notes = [text for text in (cap.note, words.laws(cap.basis)) if text]
        label = words("due_line", name=words("use_cap"), text=cap.name)
        yield Row((label, outline.cap_line(cap) + words.bracketed(state), _list(notes)), "warning" if cap.over else "")


def _choice(outline: Outline) -> Iterator[Row]:
    words, choice = outline.words, outline.plan.choice
    yield Row((words("choice_policy"), words(f"policy_{choice.policy.value}"), _list(outline.choice())))
    yield Row((words("col_gained"), choice.days_gained, None))


def _together(outline: Outline) -> Iterator[Row]:
    words = outline.words
    for one in outline.plan.joint:
        members = words("due_line", name=words("joint_members"), text=words.comma.join(outline.name(code) for code in one.members))
        line = outline.joint(one) + (words.bracketed(words("cap_over")) if one.over else "")
        notes = [text for text in (members, one.note, words.laws(one.basis)) if text]
        yield Row((one.name, line, _list(notes)), "warning" if one.over else "")


def _lanes(outline: Outline) -> Iterator[Row]:
    words = outline.words
    for one in outline.plan.lanes:
        notes = [text for text in (*one.effects, one.note, words.laws(one.basis)) if text]
        yield Row((one.name, outline.lane(one), _list(notes)))


def _relief(outline: Outline) -> Iterator[Row]:
    words = outline.words
    for one in outline.plan.relief:
        removes = words.comma.join(outline.name(code) for code in one.removes) or words("none")
        changes = words.comma.join(outline.name(code) for code in one.changes) or words("none")
        yield Row((one.name, None, words("relief_line", removes=removes, changes=changes)))


def _assumed(outline: Outline) -> Iterator[Row]:
    """Durations taken as zero, one row per cause; what is the item's own stands by the item's name alone."""
    words = outline.words
    by_reason: dict[str, dict[str, None]] = {}
    for one in outline.plan.assumed_zero:
        owner = outline.name(one.item) if one.item else one.name
        own = not one.item or one.item == one.code
        by_reason.setdefault(one.reason, {})[owner if own else owner + words.bracketed(one.name)] = None
    for reason, names in by_reason.items():
        yield Row((words("due_count", count=len(names)), reason, words.comma.join(names)))


def _facts(outline: Outline) -> Iterator[Row]:
    project = outline.plan.project
    for code, value in project.facts.items():
        yield Row((outline.facts.get(code, code), value, None))
    for code, value in project.durations.items():
        yield Row((outline.words("duration_of", name=outline.step(code)), value, None))


def _provenance(outline: Outline) -> Iterator[Row]:
    plan: Plan = outline.plan
    words, made = outline.words, plan.provenance
    yield Row((words("rulebook"), made.rulebook_name, made.rulebook))
    yield Row((words("calendar"), None, made.calendar))
    yield Row((words("facts_digest"), None, made.facts))
    yield Row((words("versions"), words.comma.join(f"{name} {version}" for name, version in made.versions.items()), None))
    yield Row((words("note"), words("disclaimer"), words("marks_units")))
