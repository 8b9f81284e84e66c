"""A comparison of two rulebooks for the terminal, or as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from planner.compare.effects import ProjectChange
from planner.compare.words import Change, FileChange


def render_files(changes: Sequence[FileChange]) -> str:
    """The changes of the rule files, file by file."""
    if not changes:
        return "规则文件没有变化。"
    lines = [f"规则的变化（{len(changes)} 个文件）", "=" * 24]
    for file in changes:
        lines.append(f"{file.file}  {file.title}".rstrip() + ("" if file.state == "修改" else f"  【{file.state}】"))
        lines += [f"  {_change(one)}" for one in file.changes]
    return "\n".join(lines)


def _change(one: Change) -> str:
    where = " ".join(one.path)
    if one.before is None:
        return f"新增 {where}：{one.after}"
    if one.after is None:
        return f"删去 {where}（原为 {one.before}）"
    return f"{where}：{one.before} → {one.after}"


def render_projects(changes: Sequence[ProjectChange]) -> str:
    """Which plans change, day by day."""
    lines: list[str] = []
    for day, group in groupby(changes, key=lambda change: change.as_of):
        found = list(group)
        changed = [one for one in found if one.changed]
        title = f"项目的变化（按 {day} 的法律）：{len(found)} 个项目，{len(changed)} 个有变化"
        lines += [*([""] if lines else []), title, "=" * 24]
        lines += [line for one in changed for line in _project(one)]
    return "\n".join(lines)


def _project(one: ProjectChange) -> Iterator[str]:
    yield one.project or "（没有名称的项目）"
    for problem in one.refused:
        yield f"  不能比较：{problem.message}"
    for sign, text in one.messages:
        yield f"  {sign}阻断：{text}"
    for text in one.whole:
        yield f"  {text}"
    signs = {"新增": "+ ", "不再要办": "- ", "改变": "~ "}
    for item in one.items:
        yield f"  {signs[item.kind]}{item.name}（{item.code}）" + (f"：{'；'.join(item.what)}" if item.what else "")
    for word, was, now in one.milestones:
        yield f"  最早{word} {was} → {now}（{'晚' if now > was else '早'} {abs((now - was).days)} 天）"
    before, after = one.days
    if before != after:
        yield f"  并联办理 {before} → {after} 工作日（{'多' if after > before else '省'} {abs(after - before)} 个工作日）"


def as_json(files: Sequence[FileChange], projects: Sequence[ProjectChange]) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "files": [
            {
                "file": f.file,
                "title": f.title,
                "state": f.state,
                "changes": [{"path": list(c.path), "before": c.before, "after": c.after} for c in f.changes],
            }
            for f in files
        ],
        "projects": [
            {
                "project": p.project,
                "as_of": p.as_of.isoformat(),
                "items": [{"code": i.code, "name": i.name, "kind": i.kind, "what": list(i.what)} for i in p.items],
                "milestones": [{"milestone": w, "before": a.isoformat(), "after": b.isoformat()} for w, a, b in p.milestones],
                "working_days": {"before": p.days[0], "after": p.days[1]},
                "blockers": [{"kind": kind, "text": text} for kind, text in p.messages],
                "whole": list(p.whole),
                "refused": [str(d) for d in p.refused],
            }
            for p in projects
            if p.changed
        ],
    }
