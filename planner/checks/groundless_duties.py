"""没有依据的先后和义务：要不要办、等谁、卡住什么、多少天、归谁办、不能走哪条路线、表行，没有写明哪部法哪一条。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding

CODE = "K823"
_OBLIGING = frozenset({"适用", "例外", "改由", "法定时限", "前置", "卡住", "行", "排除", "时限总则"})


def find(inspection: Inspection) -> Iterator[Finding]:
    for entry in inspection.entries():
        serial = entry.key == "材料" and entry.item.comes_from is not None
        if not entry.item.basis and (serial or entry.key in _OBLIGING):
            what = f"{entry}来自另一事项，形成先后，" if serial else str(entry)
            fix = "写明哪部法、哪一条；没有依据就删去：没有依据的事项一律并联"
            yield inspection.finding(CODE, f"{what}没有依据", entry.source, fix)


CHECK = Check("没有依据的先后和义务", CODE, __doc__, find)
