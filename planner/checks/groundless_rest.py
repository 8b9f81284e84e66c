"""没有依据的材料、路线、容缺、承诺时限、有效期、告知、参数、快办通道、联合办理、总时限：不妨碍使用，但说不出是谁定的。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Entry, Inspection
from planner.checks.report import Check, Finding

CODE = "K824"
_WANTED = frozenset(
    {"材料", "路线", "容缺后补", "承诺时限", "有效期", "告知", "参数", "路线总则", "快办通道", "联合办理", "总时限"}
)
_NAMED = 4


def find(inspection: Inspection) -> Iterator[Finding]:
    """One finding for each list of each file: a list of papers is grounded, or looked up, as one."""
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in inspection.entries():
        serial = entry.key == "材料" and entry.item.comes_from is not None
        absent = entry.key == "参数" and entry.item.value is None
        if entry.key in _WANTED and not entry.item.basis and not serial and not absent:
            groups.setdefault((entry.source.file, entry.owner, entry.key), []).append(entry)
    for (_, owner, key), entries in groups.items():
        named = [f"“{e.name}”" for e in entries if e.name]
        names = "、".join(named[:_NAMED]) + (f" 等 {len(named)} 项" if len(named) > _NAMED else "")
        what = f"{owner}的{key}" if owner else key
        fix = "写上“依据”；查过没有成文规定的，在“说明”里写明"
        yield inspection.finding(CODE, f"{what}没有依据" + (f"：{names}" if names else ""), entries[0].source, fix, warn=True)


CHECK = Check("没有依据的其他内容", CODE, __doc__, find)
