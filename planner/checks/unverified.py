"""还没有对照正式文本核过的内容有多少（只计数，不算问题：计划里会标明“待核”）。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Note


def find(inspection: Inspection) -> Iterator[Note]:
    entries = list(inspection.entries())
    open_ = sum(1 for entry in entries if entry.item.checked not in ("已核", True))
    yield Note(f"共 {len(entries)} 条，其中待核 {open_} 条；各条在规则文件里写着“核验: 待核”，清单见 docs/待核.md")


CHECK = Check("待核", "", __doc__, find)
