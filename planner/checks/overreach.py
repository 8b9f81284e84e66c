"""上层文件动了不归它定的内容：把卡点改严，或者让主要材料、不存在的材料后补。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.rulebook.compiled import Source
from planner.rulebook.rulebook import LoadedApproval, LoadedOverlay

CODE = "K822"


def find(inspection: Inspection) -> Iterator[Finding]:
    for loaded in inspection.book.approvals.values():
        for overlay in loaded.overlays:
            yield from _hardened(inspection, loaded, overlay)
            yield from _postponed(inspection, loaded, overlay)


def _place(inspection: Inspection, overlay: LoadedOverlay, key: str, index: int) -> Source:
    file = overlay.source.file
    return Source(file, inspection.positions(file).of((key, index))[0], overlay.source.name)


def _hardened(inspection: Inspection, loaded: LoadedApproval, overlay: LoadedOverlay) -> Iterator[Finding]:
    """A layer may soften 受理 to 办结, never the other way."""
    model = loaded.model
    gates = {p.approval: p.gate for p in model.prerequisites if p.approval}
    gates |= {m.comes_from: m.gate for m in model.materials if m.comes_from}
    for index, softer in enumerate(overlay.model.softer):
        if gates.get(softer.approval, "受理") == "办结" and softer.gate == "受理":
            message = (
                f"“{model.name}”等“{softer.approval}”的卡点，{inspection.shown(loaded.source.file)} 里是“办结”，这里改严成“受理”"
            )
            yield inspection.finding(CODE, message, _place(inspection, overlay, "卡点放宽", index), "只能放宽：受理 → 办结")


def _postponed(inspection: Inspection, loaded: LoadedApproval, overlay: LoadedOverlay) -> Iterator[Finding]:
    secondary = {m.name: m.secondary for m in loaded.model.materials}
    for index, later in enumerate(overlay.model.later):
        if not secondary.get(later.material, False):
            what = "不是次要材料" if later.material in secondary else "没有这份材料"
            message = f"“{loaded.model.name}”的“{later.material}”不能后补：{inspection.shown(loaded.source.file)} 里{what}"
            yield inspection.finding(
                CODE, message, _place(inspection, overlay, "容缺后补", index), "只有写明“次要: 是”的材料可以后补"
            )


CHECK = Check("越权的调整", CODE, __doc__, find)
