"""依据的法规不在有效期内：规则还在用，它引的法规已经废止或者还没有施行。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from planner.checks.inspection import Entry, Inspection
from planner.checks.report import Check, Finding, Scenario
from planner.checks.witness import Witness
from planner.conditions import Truth
from planner.rulebook.models import Basis

CODE = "K825"
_Span = tuple[date, date]  # first day, first day no longer


def find(inspection: Inspection) -> Iterator[Finding]:
    for entry in inspection.entries():
        lives = {one.document: _life(inspection, one) for one in entry.item.basis}
        if not lives or None in lives.values():
            continue  # without a basis, or with a law that is not registered: other checks
        own: _Span = (entry.item.effective or date.min, entry.item.until or date.max)
        spans = {document: span for document, span in lives.items() if span is not None}
        dead = [document for document, span in spans.items() if not _common(own, span)]
        for document in dead:
            message = f"{entry}引的“{document}”，在这一条有效的日子里从来没有效（{_shown(spans[document])}）"
            fix = "换成当时有效的法规，或者改正这一条的“生效”“失效”和法规的施行、废止日期"
            yield inspection.finding(CODE, message, entry.source, fix)
        # A rule without 生效 is as old as its oldest law: nothing is said of the time before.
        start = max(own[0], min(span[0] for span in spans.values()))
        bare = list(_uncovered((start, own[1]), list(spans.values())))
        if len(dead) < len(spans):
            for gap in bare:
                message = f"{entry}在 {_shown(gap)} 没有一部有效的依据（引的是{'、'.join(spans)}）"
                fix = "补上接替的法规（新旧两部都写，程序按日期取用）；不再有依据的，写“失效”"
                yield inspection.finding(CODE, message, entry.source, fix, warn=True, shows=_applied(inspection, entry, gap[0]))


def _life(inspection: Inspection, basis: Basis) -> _Span | None:
    law = inspection.book.laws.get(basis.document)
    return None if law is None else (law.effective or date.min, law.until or date.max)


def _common(one: _Span, other: _Span) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _uncovered(whole: _Span, spans: Sequence[_Span]) -> Iterator[_Span]:
    """The parts of `whole` that none of `spans` covers."""
    reached = whole[0]
    for start, end in sorted(spans):
        if start >= whole[1]:
            break
        if start > reached:
            yield (reached, start)
        reached = max(reached, end)
    if reached < whole[1]:
        yield (reached, whole[1])


def _shown(span: _Span) -> str:
    start = "" if span[0] == date.min else f"{span[0]} 起"
    end = "" if span[1] == date.max else f"{span[1]} 前"
    return "，".join(part for part in (start, end) if part) or "任何一天"


def _applied(inspection: Inspection, entry: Entry, day: date) -> Scenario | None:
    """A project to which the entry applies on the first day without a basis."""
    period = inspection.period_on(day)
    formula = period.rows.get(_row(inspection, entry)) if entry.key == "行" else period.formulas.get(id(entry.item))
    if formula is None:
        return None
    found = period.finder.solve({formula: Truth.TRUE})
    if not isinstance(found, Witness):
        return None
    return replace(inspection.scenario(period, found, "这一条适用，却没有有效的依据"), as_of=day)


def _row(inspection: Inspection, entry: Entry) -> str:
    for table in inspection.book.tables.values():
        if entry.item in table.rows:
            return f"{table.model.code}#{entry.item.id}"
    return ""


CHECK = Check("依据不在有效期", CODE, __doc__, find)
