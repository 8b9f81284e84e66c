"""Whether a plan is what this program makes of it today: made again from its own echo and compared byte for byte.

The bytes compared are the JSON text without one line end after it, as `planner plan --format json` writes it. A plan that states another
day, start, target or routes of its own is another plan: it is confirmed when it is, throughout, what the program makes of what it states.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from planner.assembly.around import facts_digest
from planner.diagnostics import DiagnosticError
from planner.plan import Plan
from planner.plan_files import parse_plan, plan_text, project_of
from planner.planner import Planner

MOST_DIFFERENCES = 20
UNCHECKED = "unchecked_rules"
"""The warning of a plan made with a rulebook that did not pass its check; it tells of the day it was made, not of the plan."""

_ABSENT = "（没有）"
_LONGEST = 80
_AT = ("items[", "not_required[", "not_recorded[")


class MismatchKind(StrEnum):
    """What no longer matches. `facts`: the project does not fit its digest. `project`: it can no longer be read or planned.

    `rulebook`, `calendar`, `versions`: made from others than those here. `unchecked`: what is said of the rulebook's check. `content`: a
    field says something else. `bytes`: nothing but the way the same content is written.
    """

    FACTS = "facts"
    PROJECT = "project"
    RULEBOOK = "rulebook"
    CALENDAR = "calendar"
    VERSIONS = "versions"
    UNCHECKED = "unchecked"
    CONTENT = "content"
    BYTES = "bytes"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mismatch(_Frozen):
    """One thing that does not match. `path`: JSON path in the plan, an approval by its code; `was` in the file, `now` made again."""

    kind: MismatchKind
    text: str
    path: str = ""
    was: str = ""
    now: str = ""


class Verification(_Frozen):
    """What came of making a plan again.

    `confirmed`: equal to the byte. `same_content`: equal but for the way it is written. `more`: differences that are not listed.
    """

    confirmed: bool
    same_content: bool
    project: str
    as_of: date
    start: date
    made_again: bool
    mismatches: tuple[Mismatch, ...]
    more: int


def verify(plan_bytes: bytes, planner: Planner, shown: str = "") -> Verification:
    """Make the plan in `plan_bytes` again with `planner` and compare. Raises `DiagnosticError` when the bytes are no plan."""
    plan = parse_plan(plan_bytes, shown)
    try:
        facts = planner.read(project_of(plan.project, planner.rulebook.vocabulary))
        target = (plan.target.milestone, plan.target.date) if plan.target else None
        again = planner.plan(facts, as_of=plan.as_of, start=plan.start, target=target, routes=plan.routes)
    except DiagnosticError as error:
        reasons = [Mismatch(kind=MismatchKind.PROJECT, text=_one_line(problem.message)) for problem in error.diagnostics]
        return _verification(plan, [*_origins(plan, planner, None), *reasons], made_again=False)
    expected = again.model_dump_json().encode()
    if _without_line_end(plan_bytes) == expected:
        return _verification(plan, [], made_again=True)
    was, now = json.loads(plan_text(plan_bytes)), json.loads(expected)
    if was == now:
        return _verification(plan, [Mismatch(kind=MismatchKind.BYTES, text=_how_written(plan_bytes))], made_again=True)
    found = [*_origins(plan, planner, again)]
    if plan.provenance.facts != facts_digest(facts):
        text = "项目情况与计划自己记下的摘要对不上：制作之后，“project”或者“provenance.facts”被改过"
        digests = {"was": _cut(plan.provenance.facts), "now": facts_digest(facts)}
        found.insert(0, Mismatch(kind=MismatchKind.FACTS, text=text, path="provenance.facts", **digests))
    explained = {one.path for one in found}
    differences = [one for one in _differences(_comparable(was), _comparable(now)) if one[0] not in explained]
    names = {**_names(plan), **_names(again)}
    listed = [_content(*one, names) for one in differences[:MOST_DIFFERENCES]]
    found += _unchecked(plan, again, alone=not (found or listed))
    return _verification(plan, [*found, *listed], made_again=True, more=len(differences) - len(listed))


def _verification(plan: Plan, mismatches: Sequence[Mismatch], *, made_again: bool, more: int = 0) -> Verification:
    return Verification(
        confirmed=not mismatches,
        same_content=all(one.kind is MismatchKind.BYTES for one in mismatches),
        project=plan.project.name,
        as_of=plan.as_of,
        start=plan.start,
        made_again=made_again,
        mismatches=tuple(mismatches),
        more=more,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


# -- bytes ---------------------------------------------------------------------------------------------------------------


def _without_line_end(data: bytes) -> bytes:
    return data[:-2] if data.endswith(b"\r\n") else data.removesuffix(b"\n")


def _how_written(data: bytes) -> str:
    bom = "开头多了字节顺序标记（BOM）；" if data.startswith("\ufeff".encode()) else ""
    return f"内容一字不差，只是写法不同（{bom}空格、换行、转义或键的先后）：多半是被别的程序重新排过版"


# -- what a plan is made from ----------------------------------------------------------------------------------------------


def _origins(plan: Plan, planner: Planner, again: Plan | None) -> Iterator[Mismatch]:
    was, book = plan.provenance, planner.rulebook
    if was.rulebook != book.digest:
        other = "" if was.rulebook_name == book.title else f"计划用的是“{was.rulebook_name}”，现在用的是“{book.title}”。"
        effect = "" if again is None else _effect(plan, again)
        hint = "看改了哪些规则：planner diff 旧版本 新版本；看两份计划哪里不同：planner compare 这份计划 重新制作的计划"
        text = f"规则库与制作计划时不同。{other}{effect}{hint}"
        yield Mismatch(kind=MismatchKind.RULEBOOK, text=text, path="provenance.rulebook", was=was.rulebook, now=book.digest)
    if was.calendar != planner.calendar.digest:
        text = "放假安排与制作计划时不同：之后公布或改动过放假通知，日期和“暂定”会变"
        yield Mismatch(
            kind=MismatchKind.CALENDAR, text=text, path="provenance.calendar", was=was.calendar, now=planner.calendar.digest
        )
    for name in sorted(was.versions.keys() | planner.versions.keys()):
        before, here = was.versions.get(name, _ABSENT), planner.versions.get(name, _ABSENT)
        if before != here:
            path = f"provenance.versions.{name}"
            text = f"程序组件 {name} 的版本不同：制作时是 {_cut(before)}，现在是 {here}"
            yield Mismatch(kind=MismatchKind.VERSIONS, text=text, path=path, was=_cut(before), now=here)


def _effect(plan: Plan, again: Plan) -> str:
    """What other rules did to the approvals and their dates."""
    before, after = ({one.code: one for one in made.items} for made in (plan, again))
    both = [code for code in before if code in after]
    said = {
        "现在多出": [after[code].name for code in after if code not in before],
        "现在没有": [before[code].name for code in before if code not in after],
        "结论变了": [before[code].name for code in both if before[code].status != after[code].status],
        "日期变了": [before[code].name for code in both if before[code].dates != after[code].dates],
    }
    parts = [f"{what}：{_some(names)}。" for what, names in said.items() if names]
    rest = {"provenance": again.provenance}
    unchanged = "计划的其余内容没有变。" if plan.model_copy(update=rest) == again else "事项和日期没有变。"
    return "".join(parts) or unchanged


def _some(names: Sequence[str], most: int = 8) -> str:
    shown = "、".join(names[:most])
    return f"{shown} 等 {len(names)} 项" if len(names) > most else shown


def _unchecked(plan: Plan, again: Plan, *, alone: bool) -> Iterator[Mismatch]:
    was, now = (next((w.text for w in made.warnings if w.code == UNCHECKED), "") for made in (plan, again))
    if was != now:
        rest = "；其余内容一字不差" if alone else ""
        text = f"对规则库检查情况的说明不同：制作之后规则库检查过，或者这次没有加 --allow-unchecked{rest}"
        before, here = _shown(was or ..., now or ...)
        yield Mismatch(kind=MismatchKind.UNCHECKED, text=text, was=before, now=here)


# -- fields --------------------------------------------------------------------------------------------------------------


def _comparable(plan: dict[str, Any]) -> dict[str, Any]:
    return {**plan, "warnings": [one for one in plan["warnings"] if one["code"] != UNCHECKED]}


def _differences(was: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, value in the file and value made again, for everything that differs; `...` stands for what is not there."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from _differences(was.get(key, ...), now.get(key, ...), f"{path}.{key}" if path else key)
        return
    if isinstance(was, list) and isinstance(now, list):
        yield from _list_differences(was, now, path)
        return
    if was != now:
        yield path, was, now


def _list_differences(was: list[Any], now: list[Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    before, after = _by_code(was), _by_code(now)
    if before is None or after is None:
        for index in range(max(len(was), len(now))):
            one, other = (side[index] if index < len(side) else ... for side in (was, now))
            yield from _differences(one, other, f"{path}[{index}]")
        return
    for code in [*before, *(code for code in after if code not in before)]:
        yield from _differences(before.get(code, ...), after.get(code, ...), f'{path}["{code}"]')
    common = [code for code in before if code in after]
    if common != [code for code in after if code in before]:
        yield f"{path}（先后次序）", list(before), list(after)


def _by_code(listed: list[Any]) -> Mapping[str, Any] | None:
    """The members by code, where each has one of its own: something added then does not move all that follow."""
    found = {one["code"]: one for one in listed if isinstance(one, dict) and isinstance(one.get("code"), str)}
    return found if len(found) == len(listed) else None


def _names(plan: Plan) -> dict[str, str]:
    named = [(one.code, one.name) for one in plan.items]
    named += [(one.code, one.name) for one in plan.not_required]
    return dict([*named, *((one.code, one.name) for one in plan.not_recorded)])


def _content(path: str, was: Any, now: Any, names: Mapping[str, str]) -> Mismatch:
    before, here = _shown(was, now)
    about = next((f"“{name}”的" for code, name in names.items() if path.startswith(_AT) and f'["{code}"]' in path), "")
    text = f"{about}{path}：计划里是 {before}，重新制作的是 {here}"
    return Mismatch(kind=MismatchKind.CONTENT, text=text, path=path, was=before, now=here)


def _shown(was: Any, now: Any) -> tuple[str, str]:
    """Both values as JSON; long ones only from where they begin to differ."""
    one, other = (_ABSENT if value is ... else json.dumps(value, ensure_ascii=False) for value in (was, now))
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    skip = max(0, same - _LONGEST // 4) if max(len(one), len(other)) > _LONGEST and ... not in (was, now) else 0
    return _cut(one, skip), _cut(other, skip)


def _cut(text: str, skip: int = 0) -> str:
    rest = text[skip:]
    return ("…" if skip else "") + (rest if len(rest) <= _LONGEST else rest[:_LONGEST] + "…")
