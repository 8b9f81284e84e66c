"""时间上的空档：同一条规则、时限、参数、路线总则、快办通道、总时限、法规的前一版已经失效，后一版还没有生效；或者两版同时有效。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from planner.checks.inspection import Inspection, label
from planner.checks.report import Check, Finding, Scenario
from planner.checks.witness import Witness
from planner.conditions import Truth
from planner.rulebook.compiled import Source
from planner.rulebook.grammar import ALWAYS_TRUE
from planner.rulebook.rulebook import LoadedApproval

CODE = "K819"
_LISTS = (("适用", "applies"), ("例外", "exceptions"), ("法定时限", "limits"), ("承诺时限", "promises"))


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of a thing: from `first` (None: always) until the day before `end` (None: for good)."""

    first: date | None
    end: date | None
    source: Source
    item: Any = None


def find(inspection: Inspection) -> Iterator[Finding]:
    for loaded in inspection.book.approvals.values():
        for what, versions in _of_approval(loaded):
            yield from _between(inspection, what, versions)
    for parameter in inspection.book.parameters.values():
        for layer in dict.fromkeys(v.layer for v in parameter.versions):
            own = [_Version(v.model.effective, v.model.until, v.source, v.model) for v in parameter.versions if v.layer == layer]
            yield from _between(inspection, f"参数“{parameter.name}”", own)
    for what, versions in _general(inspection):
        yield from _between(inspection, what, versions)
    yield from _laws(inspection)


def _general(inspection: Inspection) -> Iterator[tuple[str, list[_Version]]]:
    """General rules by code, and what they exclude by name."""
    groups: dict[str, list[_Version]] = {}
    for one in inspection.book.general:
        found = groups.setdefault(f"{one.key}“{one.model.code}”", [])
        found.append(_Version(one.model.effective, one.model.until, one.source, one.model))
        for key, index, part in one.nested():
            if key == "排除":
                named = groups.setdefault(f"{one.source.name}的{key}“{part.name}”（第 {one.source.line} 行起）", [])
                named.append(_Version(part.effective, part.until, one.place_of(key, index), part))
    yield from groups.items()


def _of_approval(loaded: LoadedApproval) -> Iterator[tuple[str, list[_Version]]]:
    """Things of which there are versions: rules by name, limits by what they apply to."""
    for key, attribute in _LISTS:
        groups: dict[object, list[_Version]] = {}
        for index, item in enumerate(getattr(loaded.model, attribute)):
            place = f"{key}/{index}"
            same = getattr(item, "name", "") or loaded.conditions.get(place, ALWAYS_TRUE)
            source = Source(loaded.source.file, loaded.lines.get(place, loaded.source.line), loaded.model.name)
            groups.setdefault(same, []).append(_Version(item.effective, item.until, source, item))
        for versions in groups.values():
            name = label(versions[0].item)
            yield f"“{loaded.model.name}”的{key}{f'“{name}”' if name else ''}", versions


def _between(inspection: Inspection, what: str, versions: Sequence[_Version]) -> Iterator[Finding]:
    """Gaps and overlaps of versions that follow one another."""
    ordered = sorted(versions, key=lambda v: v.first or date.min)
    for earlier, later in pairwise(ordered):
        if later.first is None or (earlier.end is None or earlier.end > later.first):
            message = f"{what}的两版同时有效（另一版在第 {earlier.source.line} 行）"
            yield inspection.finding(CODE, message, later.source, "前一版的“失效”写成后一版的“生效”那一天")
        elif earlier.end < later.first:
            last = later.first - timedelta(days=1)
            message = f"{what}有空档：{earlier.end} 至 {last} 哪一版都不算（前一版在第 {earlier.source.line} 行）"
            fix = "前一版的“失效”写成后一版的“生效”那一天；中间法律确实没有规定的，可以保留"
            yield inspection.finding(CODE, message, later.source, fix, warn=True, shows=_lost(inspection, earlier, earlier.end))


def _lost(inspection: Inspection, version: _Version, day: date) -> Scenario | None:
    """A project to which the earlier version applied, on the first day of the gap."""
    before = inspection.period_on(day - timedelta(days=1))
    formula = before.formulas.get(id(version.item))
    if formula is None:
        return None
    found = before.finder.solve({formula: Truth.TRUE})
    if not isinstance(found, Witness):
        return None
    return replace(inspection.scenario(inspection.period_on(day), found, "前一版还管，这一天起没有一版管"), as_of=day)


def _laws(inspection: Inspection) -> Iterator[Finding]:
    laws = inspection.book.laws
    for law in laws.values():
        after = laws.get(law.replaced_by)
        if after is None or law.until is None or after.effective is None or law.until >= after.effective:
            continue
        message = f"法规“{law.name}”{law.until} 废止，替代它的“{after.name}”{after.effective} 才施行，中间没有法"
        yield inspection.finding(CODE, message, _law_place(inspection, law.name), "核对两部法规的施行和废止日期", warn=True)


def _law_place(inspection: Inspection, name: str) -> Source:
    return next((source for _, source in inspection.listed("laws", "法规") if source.name == name), Source("", 0, name))


CHECK = Check("时间上的空档和重叠", CODE, __doc__, find)
