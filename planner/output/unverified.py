"""The page of everything 待核, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from planner.rulebook.models import Basis
from planner.rulebook.unverified import GRADES, Unverified


def render_unverified(entries: Iterable[Unverified], title: str, today: date) -> str:
    """The page: what the grades mean, how many of each, and then every entry with its place, basis and what was not seen."""
    found = list(entries)
    counts = [(index, sum(one.grade == index for one in found)) for index in range(len(GRADES))]
    lines = [
        f"# 待核清单：{title}",
        "",
        f"规则库里还没有对照正式文本核过的 {len(found)} 处，后果重的在前（按 {today} 及以后有效的规则）。本页由 `planner unverified` 生成，不要手改：",
        "核过一处，就在规则文件里把 `核验` 改成 `已核`，再生成一次。",
        "",
        "| 类 | 错了会怎样 | 处数 |",
        "|---|---|---|",
        *(f"| {GRADES[index][0]} | {GRADES[index][1]} | {count} |" for index, count in counts),
    ]
    for grade, group in groupby(found, key=lambda one: one.grade):
        lines += ["", f"## {GRADES[grade][0]}", "", "| 事项 | 哪一处 | 依据 | 还没有核的 | 位置 |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(_cell(text) for text in _columns(one))} |" for one in group]
    return "\n".join(lines) + "\n"


def _columns(one: Unverified) -> tuple[str, ...]:
    what = one.what + (f"：{'、'.join(one.rows)}" if len(one.rows) > 1 else "")
    late = f"（复核日 {one.recheck} 已过）" if one.overdue else f"（{one.recheck} 复核）" if one.recheck else ""
    place = f"{one.source.file}:{one.source.line}" if one.source.line else one.source.file
    return one.subject, what, "；".join(_cited(b) for b in one.basis) or "（没有写依据）", f"{one.note}{late}", f"`{place}`"


def _cited(basis: Basis) -> str:
    return f"{basis.document}{basis.article}"


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|").strip()
