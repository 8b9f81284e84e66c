"""那么: the plan as a whole: what its routes gain, how long it may be relied on, caps, joint handling, fast lanes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pytest_bdd import then

from planner.features.scene import Scene
from planner.features.steps.wording import day, pattern, rows, words
from planner.output.feature import HOLDS, TOTALS
from planner.plan import JointProcedure, Lane, TimeCap


class _Named(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


def _one(what: str, name: str, found: Sequence[NamedT]) -> NamedT:
    for one in found:
        if name in (one.code, one.name):
            return one
    raise AssertionError(f"计划没有{what}“{name}”，有：{'、'.join(one.name for one in found) or '（无）'}")


@then(pattern("计划的合计为："))
def totals_are(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    wrong = []
    for row in rows(datatable):
        assert len(row) == 2, f"合计的表要写两列：合计、数；这一行是：{'|'.join(row)}"
        name, number = row
        assert name in TOTALS, f"合计里没有“{name}”，可以写：{'、'.join(TOTALS)}"
        found = getattr(scene.plan.totals, TOTALS[name])
        if str(found) != number:
            wrong.append(f"{name}：期望 {number}，实际是 {found}")
    assert not wrong, "；".join(wrong)


@then(pattern("计划用了 (?P<promises>\\d+) 项承诺、(?P<later>\\d+) 份后补材料"))
def promises_are(scene: Scene, promises: str, later: str) -> None:
    found = scene.plan.choice
    assert (found.promises, found.later_papers) == (int(promises), int(later)), (
        f"期望 {promises} 项承诺、{later} 份后补材料，实际是 {found.promises} 项、{found.later_papers} 份：{'、'.join(found.taken)}"
    )


@then(pattern("计划比一般程序早 (?P<days>\\d+) 个?工作日"))
def gained(scene: Scene, days: str) -> None:
    found = scene.plan.choice.days_gained
    assert found == int(days), f"比一般程序早：期望 {days} 个工作日，实际是 {found}"


@then(pattern("捷径全走比一般程序早 (?P<days>\\d+) 个?工作日"))
def gained_at_most(scene: Scene, days: str) -> None:
    found = scene.plan.choice.days_possible
    assert found == int(days), f"捷径全走比一般程序早：期望 {days} 个工作日，实际是 {found}"


@then(pattern("计划从 〔when〕 起要重新制定"))
def valid_until(scene: Scene, when: str) -> None:
    found = scene.plan.valid
    assert found.until == day(when), f"期望从 {when} 起要重新制定，实际是 {found.until or '没有已知的变化'}（{found.because}）"


@then(pattern("没有已知的规定变化影响计划"))
def valid_without_end(scene: Scene) -> None:
    found = scene.plan.valid
    assert found.until is None, f"从 {found.until} 起要重新制定：{found.because}"


@then(pattern("〈cap〉最多 (?P<days>\\d+) 个?工作日，计划用 (?P<taken>\\d+) 个?工作日"))
def cap_is(scene: Scene, cap: str, days: str, taken: str) -> None:
    found = _one("总时限", cap, scene.plan.caps)
    assert (found.days, found.working_days) == (int(days), int(taken)), (
        f"“{cap}”：期望最多 {days} 个工作日、计划用 {taken} 个，实际最多 {found.days} 个、计划用 {found.working_days} 个"
    )


@then(pattern("〈procedure〉从 〔begins〕 到 〔ends〕 联合办理"))
def joint_runs(scene: Scene, procedure: str, begins: str, ends: str) -> None:
    found = _one("联合办理", procedure, scene.plan.joint)
    assert (found.begins.date, found.ends.date) == (day(begins), day(ends)), (
        f"“{procedure}”：期望从 {begins} 到 {ends}，实际从 {found.begins.date} 到 {found.ends.date}，"
        f"包括：{scene.approval_names(found.members)}"
    )


@then(pattern("快速通道〈lane〉(?P<open>已经|没有)开放，项目(?P<holds>合乎条件|不合乎条件|还不能判断)"))
def lane_is(scene: Scene, lane: str, open: str, holds: str) -> None:
    found = _one("快速通道", lane, scene.plan.lanes)
    shown = ("已经" if found.open else "没有", HOLDS[found.holds])
    reasons = "\n".join(f"  {reason.text}" for reason in found.because)
    assert shown == (open, holds), f"快速通道“{lane}”：期望{open}开放、{holds}，实际{shown[0]}开放、{shown[1]}\n{reasons}"


@then(pattern("计划(?P<has>有|没有)(?P<what>快速通道|联合办理|总时限)〈name〉"))
def there_is(scene: Scene, has: str, what: str, name: str) -> None:
    kinds: dict[str, tuple[Lane | JointProcedure | TimeCap, ...]] = {
        "快速通道": scene.plan.lanes,
        "联合办理": scene.plan.joint,
        "总时限": scene.plan.caps,
    }
    listed = kinds[what]
    found = [one for one in listed if name in (one.code, one.name)]
    shown = "、".join(one.name for one in listed) or "（无）"
    assert bool(found) == (has == "有"), f"计划{'有' if found else '没有'}{what}“{name}”，{what}有：{shown}"


@then(pattern("联合办理〈procedure〉包括〈approvals〉"))
def joint_members(scene: Scene, procedure: str, approvals: str) -> None:
    found = _one("联合办理", procedure, scene.plan.joint)
    wanted = {scene.code(word) for word in words(approvals)}
    assert wanted == set(found.members), f"“{procedure}”包括：{scene.approval_names(found.members)}"


@then(pattern("联合办理〈procedure〉由〈department〉牵头"))
def joint_lead(scene: Scene, procedure: str, department: str) -> None:
    found = _one("联合办理", procedure, scene.plan.joint)
    assert found.lead == department, f"“{procedure}”由“{found.lead}”牵头"


@then(pattern("联合办理〈procedure〉没有时限"))
def joint_without_term(scene: Scene, procedure: str) -> None:
    found = _one("联合办理", procedure, scene.plan.joint)
    assert found.days is None, f"“{procedure}”的时限是 {found.days}"


@then(pattern("快速通道〈lane〉的效果提到〈text〉"))
def lane_effect(scene: Scene, lane: str, text: str) -> None:
    found = _one("快速通道", lane, scene.plan.lanes)
    assert any(text in effect for effect in found.effects), f"“{lane}”的效果：{'；'.join(found.effects)}"
