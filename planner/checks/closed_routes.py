"""没有人能走的路线：路线的条件与要办的条件碰不到一起，或者能走的项目都被“排除”挡住了。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection, Period
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Unsatisfiable, Witness
from planner.conditions import Truth
from planner.rulebook.compile import ApprovalInForce, InForceRule
from planner.rulebook.models import Exclusion, LaterPaper, Route

CODE = "K832"


def find(inspection: Inspection) -> Iterator[Finding]:
    """One finding for a route that is open to nobody in any period in which it is in force."""
    met: set[int] = set()
    never: dict[int, Finding] = {}
    for period in inspection.periods:
        for approval in period.law.approvals:
            offered: tuple[InForceRule[Route] | InForceRule[LaterPaper], ...] = (*approval.routes, *approval.later)
            for rule in offered:
                key = id(rule.item)
                if key in met:
                    continue
                finding = _closed(inspection, period, approval, rule)
                if finding is None:
                    met.add(key)
                    never.pop(key, None)
                else:
                    never.setdefault(key, finding)
    yield from never.values()


def _closed(
    inspection: Inspection, period: Period, approval: ApprovalInForce, rule: InForceRule[Route] | InForceRule[LaterPaper]
) -> Finding | None:
    """Why nobody can take it; None when somebody can, or when its own condition never holds, which another check says."""
    item = rule.item
    way = item.way if isinstance(item, Route) else "容缺受理"
    name = (item.name or item.way) if isinstance(item, Route) else f"{item.material}容缺后补"
    what = f"“{approval.model.name}”的路线“{name}”"
    source = inspection.places.get(id(item), rule.source)
    if isinstance(period.finder.solve({rule.formula: Truth.TRUE}), Unsatisfiable):
        return None
    needed = {approval.need: Truth.TRUE, rule.formula: Truth.TRUE}
    answer = period.finder.solve(needed)
    if isinstance(answer, Unsatisfiable):
        fix = "核对路线的“当”和事项的“适用”；不要的路线就删去"
        return inspection.finding(CODE, f"{what}没有项目能走：要办这个事项的项目都不合它的条件", source, fix)
    shut = _exclusions(approval, way, period) if not isinstance(item, Route) or item.choice == "自愿" else []
    free = {**needed, **{one.formula: Truth.FALSE for one in shut}}
    if isinstance(answer, Witness) and shut:
        answer = period.finder.solve(free)
    if isinstance(answer, Unsatisfiable):
        where = "、".join(f"“{one.item.name}”（{inspection.shown(one.source.file)}:{one.source.line}）" for one in shut)
        fix = "核对路线的“当”和排除的“当”“事项”；法律确实不许走的，删去这条路线"
        return inspection.finding(CODE, f"{what}没有项目能走：合它条件的项目都被排除{where}挡住", source, fix)
    if isinstance(answer, GaveUp) and "参数" not in answer.reason and "没有载明" not in answer.reason:
        return inspection.undecided(CODE, f"{what}有没有项目能走", source, answer.reason)
    return None


def _exclusions(approval: ApprovalInForce, way: str, period: Period) -> list[InForceRule[Exclusion]]:
    """The exclusions that bind the approval's routes of this kind."""
    every = [one for general in period.law.routes if general.rule.item.way == way for one in general.exclusions]
    return [one for one in every if not one.item.approvals or approval.model.code in one.item.approvals]


CHECK = Check("没有人能走的路线", CODE, __doc__, find)
