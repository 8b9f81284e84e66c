"""The deadlines of a plan as an iCalendar file (RFC 5545), for the calendars that companies and offices keep.

One event of a whole day per deadline (see `planner.output.deadlines`). Days by which an office tells of corrections or delivers a result
stand in the workbook only: nothing has to be done by the applicant on them.

An event is named (UID) by the project's name, the approval's code and the kind of deadline, not by its day nor by the rulebook. So the
events of a plan made anew take the place of the old ones in a calendar, and two projects of the same name are one to it. What says which
is newer (DTSTAMP, SEQUENCE) is the day of the law the plan was made for: equal plans give equal bytes, and a plan made again for the same
day is to a calendar no newer than the first. Events that a plan no longer has stay in the calendar they were put in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from icalendar.prop import vCategory, vText

from planner.output.deadlines import Deadline, deadlines
from planner.output.outline import Outline
from planner.output.typeset import printable
from planner.output.words import Words, words_for
from planner.plan import Certainty, LegalBasis, Plan, Status

_PROJECTS = UUID("5b3f0f0e-6a0b-5f3c-9d0e-2f6f1c7a4e11")
"""Under which projects are named; any other would give every event a new name."""
_FIRST = date(2000, 1, 1)
_NOT_OURS = ("correction", "delivery")


def render_ics(plan: Plan, lang: str = "zh", *, fact_names: Mapping[str, str] | None = None) -> bytes:
    """The deadlines as an iCalendar file in UTF-8. Equal plans give equal bytes (with the same release of icalendar: where lines fold is its).

    Provisional dates, and those of approvals that may not be needed, are TENTATIVE and say so. Where much is unsettled, the approvals that
    may not be needed and set no date are left out; an event on the plan's first day says so, as one does of blockers. `fact_names`: names
    of facts by code, for facts that the plan mentions by code only. Raises ValueError for a language other than `zh` and `en`.
    """
    words = words_for(lang)
    outline = Outline(plan, words, fact_names or {})
    calendar = Calendar()
    calendar.add("prodid", f"-//approval-planner//{words('title')}//{lang.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = words("calendar_name", project=" ".join(plan.project.name.split()))
    for property_ in ("name", "x-wr-calname"):
        calendar.add(property_, CalendarText(name))
    for property_ in ("description", "x-wr-caldesc"):
        calendar.add(property_, CalendarText(words("calendar_about", as_of=plan.as_of.isoformat())))
    for event in (*_notices(outline), *_events(outline)):
        calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


class CalendarText(vText):
    r"""Text escaped as RFC 5545 §3.3.11 says. The library's own escaping takes a backslash followed by N for a line break."""

    def __new__(cls, text: str) -> CalendarText:
        return super().__new__(cls, printable(text))

    def to_ical(self) -> bytes:
        return re.sub(r"[\\;,]", r"\\\g<0>", str(self)).replace("\n", r"\n").encode()


def _events(outline: Outline) -> Iterator[Event]:
    words = outline.words
    for one in deadlines(outline, charted=True):
        if one.kind in _NOT_OURS:
            continue
        marks = [words("depends")] if one.depends else []
        if one.day.certainty is Certainty.PROVISIONAL:
            marks.append(words("provisional"))
        summary = words("due_line", name=one.title, text=one.name)
        if said := [text for text in (one.department, *marks) if text]:
            summary += words.bracketed(words.semicolon.join(said))
        yield _event(outline, one.key, one.day.date, summary, _lines(one, words), (one.stage, one.sort), tentative=bool(marks))


def _lines(one: Deadline, words: Words) -> Iterator[str]:
    if one.day.certainty is Certainty.FIRM:
        yield words("due_firm")
    else:
        yield words("due_provisional") + words.span_bracketed(one.day)
    yield words.skipped(one.day.skipped)
    yield from one.notes
    yield from _cited(one.basis, words)
    if not one.verified:
        yield words("unverified_long")


def _cited(basis: tuple[LegalBasis, ...], words: Words) -> Iterator[str]:
    for law in basis:
        yield words("due_line", name=words("basis"), text=words.laws((law,)))


def _notices(outline: Outline) -> Iterator[Event]:
    """What a calendar must not hide: that something blocks the project, and that not everything is in it."""
    plan, words = outline.plan, outline.words
    if plan.blockers:
        lines = []
        for one in plan.blockers:
            open_ = one.status is Status.DEPENDS
            lines.append(
                words("applies_if", facts=outline.fact_list(one.depends_on)) + words.semicolon + one.text if open_ else one.text
            )
            lines += _cited(one.basis, words)
        count = words("due_count", count=len(plan.blockers))
        summary = words("due_line", name=words("due_blockers"), text=count)
        yield _event(outline, "/blockers/", plan.start, summary, lines, (words("use_blocker"),))
    if outline.uncharted:
        shown = {item.code for group in outline.stages for item in outline.charted(group)}
        lines = [words("open_facts_lead"), *(fact.question for fact in plan.open_facts)]
        lines.append(words.comma.join(item.name for item in outline.items if item.code not in shown))
        count = words("due_count", count=outline.uncharted)
        summary = words("due_line", name=words("due_left_out"), text=count)
        yield _event(outline, "/left_out/", plan.start, summary, lines, (words("depends"),), tentative=True)


def _event(
    outline: Outline,
    key: str,
    day: date,
    summary: str,
    lines: Iterator[str] | list[str],
    categories: tuple[str, ...],
    *,
    tentative: bool = False,
) -> Event:
    plan, words = outline.plan, outline.words
    stamp = datetime.combine(plan.as_of, time(), UTC)
    about = words("calendar_about", as_of=plan.as_of.isoformat())
    text = [words("due_line", name=words("project"), text=plan.project.name), *lines, about]
    kinds = vCategory([])
    kinds.cats = [CalendarText(name) for name in categories if name]
    event = Event()
    event.add("uid", event_uid(plan.project.name, key))
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", max(0, (plan.as_of - _FIRST).days))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))  # RFC 5545 §3.6.1: the end is not part of the event
    event.add("summary", CalendarText(summary.replace("\n", " ")))
    event.add("description", CalendarText("\n".join(line for line in text if line)))
    event.add("categories", kinds)
    event.add("status", "TENTATIVE" if tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def event_uid(project: str, key: str) -> str:
    """The name of an event: the same for the same project (by name, however it is spaced) and deadline (`Deadline.key`)."""
    name = " ".join(unicodedata.normalize("NFC", project).split())
    return str(uuid5(_PROJECTS, f"{name}\n{key}".encode("utf-8", "replace").decode()))
