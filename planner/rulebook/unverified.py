"""Everything in a rulebook that was not checked against an official text (待核), worst first, for officers to work off.

Worst is what would do most harm if wrong: first figures that are missing altogether, then whether an approval is needed at all, then what
stops a project, then the days, the office, the papers. Rules no longer in force are left out; those to come are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from planner.rulebook.compiled import Source
from planner.rulebook.lists import grounded_parts
from planner.rulebook.models import Basis
from planner.rulebook.rulebook import LoadedApproval, Rulebook

GRADES: tuple[tuple[str, str], ...] = (
    ("缺数值的参数", "没有数值，有关的判断定不下来，或者没有写进计划"),
    ("要不要办", "错了就会漏办，或者白办一项审批"),
    ("卡住什么、先后", "错了就会早开工、早投产，或者白等"),
    ("办不下去的情形", "错了就会把能办的项目拦住，或者放过不能办的"),
    ("多少天", "错了期限就不准"),
    ("由谁办", "错了就会跑错门"),
    ("材料、路线、有效期", "错了就会来回补件"),
    ("提示", "只作提醒，不改变计划"),
    ("法规登记", "施行、废止日期和文号"),
)
GRADE_OF: Mapping[str, int] = {
    "适用": 1, "例外": 1, "前置": 2, "卡住": 2, "卡点放宽": 2, "卡点选定": 2, "法定时限": 4, "承诺时限": 4, "时限总则": 4, "总时限": 4,
    "改由": 5, "联合办理": 5, "办理方式": 5, "材料": 6, "路线": 6, "容缺后补": 6, "有效期": 6, "路线总则": 6, "排除": 6, "快办通道": 6,
}  # fmt: skip
"""The grade of what stands under each key of approvals and general rules."""


@dataclass(frozen=True)
class Unverified:
    """One entry to be checked. `grade` is an index into `GRADES`; `overdue` says its 复核 date has passed; `rows` are table rows alike."""

    grade: int
    source: Source
    subject: str
    what: str
    basis: tuple[Basis, ...]
    note: str
    recheck: date | None
    overdue: bool
    rows: tuple[str, ...] = ()


def unverified(book: Rulebook, today: date) -> list[Unverified]:
    """All entries 待核 that are or will be in force on or after `today`: by grade, those overdue first, then by subject."""
    found = [
        *_parameters(book),
        *_approvals(book),
        *_general(book),
        *_tables(book),
        *_notices(book),
        *_departments(book),
        *_laws(book),
    ]
    living = [one for one, item in found if getattr(item, "until", None) is None or item.until > today]
    dated = [replace(one, overdue=True) if one.recheck is not None and one.recheck <= today else one for one in living]
    return sorted(dated, key=lambda one: (one.grade, not one.overdue, one.source.file, one.source.line))


Found = Iterator[tuple[Unverified, Any]]


def _entry(grade: int, source: Source, subject: str, what: str, item: Any, rows: tuple[str, ...] = ()) -> Unverified:
    return Unverified(grade, source, subject, what, item.basis, item.note, item.recheck, False, rows)


def _parameters(book: Rulebook) -> Found:
    for parameter in book.parameters.values():
        for version in parameter.versions:
            if version.value is None and any(v.value is not None for v in parameter.versions):
                continue  # a layer above gives it
            if version.value is None:
                yield _entry(0, version.source, parameter.name, "没有数值", version.model), version.model
            elif version.model.checked == "待核":
                yield _entry(1, version.source, parameter.name, f"数值 {version.value}", version.model), version.model


def _approvals(book: Rulebook) -> Found:
    for loaded in book.approvals.values():
        for key, path, item in grounded_parts(loaded.model):
            if item.checked == "待核":
                place = _place(loaded, "/".join(map(str, path)))
                yield _entry(GRADE_OF[key], place, loaded.model.name, f"{key}{_called(item)}", item), item
        for overlay in loaded.overlays:
            for key, _, item in grounded_parts(overlay.model):
                if item.checked == "待核":
                    yield _entry(GRADE_OF[key], overlay.source, loaded.model.name, f"{key}{_called(item)}", item), item


def _general(book: Rulebook) -> Found:
    """General rules, and what they exclude or open, each as far as its own dates and its rule's go."""
    for one in book.general:
        if one.model.checked == "待核":
            yield _entry(GRADE_OF[one.key], one.source, one.model.name, f"{one.key}{_limits(one.model)}", one.model), one.model
        for key, index, item in one.nested():
            if item.checked == "待核":
                entry = _entry(GRADE_OF[key], one.place_of(key, index), one.model.name, f"{key}{_called(item)}", item)
                yield entry, one.model if _ends_first(one.model, item) else item


def _limits(model: Any) -> str:
    """The figure that is to be checked, where the entry is about one."""
    term = getattr(model, "term", None)
    return "" if term is None else f"“{term}”"


def _ends_first(one: Any, other: Any) -> bool:
    return one.until is not None and (other.until is None or one.until < other.until)


def _place(loaded: LoadedApproval, place: str) -> Source:
    return Source(loaded.source.file, loaded.lines.get(place, loaded.source.line), loaded.model.name)


def _called(item: Any) -> str:
    for field in ("name", "milestone", "approval", "function", "way", "material", "term"):
        value = getattr(item, field, None)
        if value is not None and value != "":
            return f"“{value}”"
    return ""


def _tables(book: Rulebook) -> Found:
    """Rows with the same remark are one entry: they were doubted for one reason."""
    for table in book.tables.values():
        alike: dict[tuple[str, str], list[Any]] = {}
        for row in table.rows:
            if not row.checked:
                remark = row.note.rpartition("；")[2] if row.source.file.endswith(".csv") else row.note
                alike.setdefault((row.source.file, remark), []).append(row)
        for (_, remark), rows in alike.items():
            first = rows[0]
            subject = f"{table.model.name}（得出：{table.model.fact}）"
            what = f"{len(rows)} 行" if len(rows) > 1 else f"行“{first.id}”"
            entry = Unverified(1, first.source, subject, what, first.basis, remark, None, False, tuple(row.id for row in rows))
            yield entry, _Span(rows)


class _Span:
    """Rows alike stand together until the last of them is out of force."""

    def __init__(self, rows: Iterable[Any]) -> None:
        ends = [row.until for row in rows]
        self.until = None if None in ends else max(ends)


def _notices(book: Rulebook) -> Found:
    for notice in book.notices:
        if notice.model.checked == "待核":
            grade = 3 if notice.model.severity == "阻断" else 7
            yield _entry(grade, notice.source, notice.model.name, notice.model.severity, notice.model), notice.model


def _departments(book: Rulebook) -> Found:
    for versions in book.departments.values():
        for one in versions:
            if one.checked == "待核":
                source = Source("departments.yaml", 0, one.function)
                yield _entry(5, source, one.function, f"由“{one.bureau}”办理", one), one
    for teams in book.teams.values():
        for team in teams:
            if team.model.checked == "待核":
                yield _entry(5, Source("teams.yaml", 0, team.model.name), team.model.name, "专班", team.model), team.model


def _laws(book: Rulebook) -> Found:
    for law in book.laws.values():
        if law.checked == "待核":
            since = f"施行 {law.effective}" if law.effective else "施行日期未登记"
            entry = Unverified(8, Source("laws.yaml", 0, law.name), law.title or law.name, since, (), law.note, None, False)
            yield entry, law
