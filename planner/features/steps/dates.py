"""那么: dates, days in total, targets."""

from __future__ import annotations

from pytest_bdd import then

from planner.features.scene import MILESTONES, Scene
from planner.features.steps.wording import day, pattern, words
from planner.plan import PlanDate, Target

_CERTAINTY = {"FIRM": "确定", "PROVISIONAL": "暂定"}


def _check_day(what: str, expected: str, found: PlanDate) -> None:
    skipped = "；".join(f"{s.name} {s.first}~{s.last}" for s in found.skipped)
    assert found.date == day(expected), f"{what}：期望 {expected}，实际是 {found.date}（跳过：{skipped or '无'}）"


@then(pattern("〈approval〉最早于 〔when〕 (?P<moment>提交|受理)"))
def accepted_on(scene: Scene, approval: str, when: str, moment: str) -> None:
    dates = scene.item(approval).dates
    _check_day(f"“{approval}”最早{moment}", when, dates.submit_from if moment == "提交" else dates.accept)


@then(pattern("〈approval〉最迟于 〔when〕 办结"))
def decided_by(scene: Scene, approval: str, when: str) -> None:
    _check_day(f"“{approval}”办结", when, scene.item(approval).dates.decide_promised)


@then(pattern("〈approval〉按法定时限最迟于 〔when〕 办结"))
def decided_by_law(scene: Scene, approval: str, when: str) -> None:
    _check_day(f"“{approval}”按法定时限办结", when, scene.item(approval).dates.decide_statutory)


@then(pattern("〈approval〉依法延长的最迟于 〔when〕 办结"))
def extended_until(scene: Scene, approval: str, when: str) -> None:
    found = [rule.by for rule in scene.item(approval).clock if rule.kind == "extension" and rule.by is not None]
    assert found, f"“{approval}”的时限不能延长"
    _check_day(f"“{approval}”延长以后办结", when, found[0])


@then(pattern("〈approval〉最迟应于 〔when〕 提交"))
def latest_submission(scene: Scene, approval: str, when: str) -> None:
    _check_day(f"“{approval}”最迟提交", when, scene.item(approval).dates.latest_submit)


@then(pattern("〈approval〉的后补材料最迟于 〔when〕 补齐"))
def supplement_by(scene: Scene, approval: str, when: str) -> None:
    found = scene.item(approval).dates.supplement_by
    assert found is not None, f"“{approval}”没有可以后补的材料"
    _check_day(f"“{approval}”补齐材料", when, found)


@then(pattern("〈approval〉的承诺最迟于 〔when〕 核查"))
def verify_by(scene: Scene, approval: str, when: str) -> None:
    found = scene.item(approval).dates.verify_by
    assert found is not None, f"“{approval}”没有要核查的承诺"
    _check_day(f"“{approval}”的承诺核查", when, found)


@then(pattern("〈approval〉的办结日期跳过了〈holiday〉"))
def skips(scene: Scene, approval: str, holiday: str) -> None:
    found = scene.item(approval).dates.decide_promised.skipped
    names = "、".join(f"{s.name} {s.first}~{s.last}" for s in found)
    assert any(holiday in s.name for s in found), f"“{approval}”的办结日期没有跳过“{holiday}”，跳过的是：{names or '无'}"


@then(pattern("〈approval〉的办理期间 〔when〕 (?P<counted>算|不算)工作日"))
def counts(scene: Scene, approval: str, when: str, counted: str) -> None:
    one = day(when)
    dates = scene.item(approval).dates
    assert dates.accept.date < one <= dates.decide_promised.date, (
        f"{when} 不在“{approval}”的办理期间：{dates.accept.date} 受理，{dates.decide_promised.date} 办结"
    )
    found = not any(s.first <= one <= s.last for s in dates.decide_promised.skipped)
    assert found == (counted == "算"), f"“{approval}”的办理期间，{when} {'算' if found else '不算'}工作日"


@then(pattern("〈approval〉的办结日期是(?P<certainty>确定|暂定)的"))
def certainty_is(scene: Scene, approval: str, certainty: str) -> None:
    _check_certainty(f"“{approval}”的办结日期", certainty, scene.item(approval).dates.decide_promised)


@then(pattern("(?P<milestone>开工|竣工验收|投入使用)日期是(?P<certainty>确定|暂定)的"))
def milestone_certainty_is(scene: Scene, milestone: str, certainty: str) -> None:
    _check_certainty(f"{milestone}日期", certainty, getattr(scene.plan.milestones, MILESTONES[milestone]).promised)


def _check_certainty(what: str, expected: str, found: PlanDate) -> None:
    shown = _CERTAINTY[found.certainty.value]
    assert shown == expected, f"{what}：期望是{expected}的，实际是{shown}的（{found.earliest}~{found.latest}）"
    if shown == "暂定":
        assert found.earliest <= found.date <= found.latest, f"{what} {found.date} 不在 {found.earliest}~{found.latest} 之内"


@then(pattern("最早 〔when〕 (?P<milestone>开工|竣工验收|投入使用)"))
def milestone_on(scene: Scene, when: str, milestone: str) -> None:
    _check_day(f"最早{milestone}", when, getattr(scene.plan.milestones, MILESTONES[milestone]).promised)


@then(pattern("按法定时限最早 〔when〕 (?P<milestone>开工|竣工验收|投入使用)"))
def milestone_by_law(scene: Scene, when: str, milestone: str) -> None:
    _check_day(f"按法定时限最早{milestone}", when, getattr(scene.plan.milestones, MILESTONES[milestone]).statutory)


@then(pattern("〈approval〉有 (?P<days>\\d+) 个?工作日的机动时间"))
def slack_is(scene: Scene, approval: str, days: str) -> None:
    found = scene.item(approval).slack
    assert found == int(days), f"“{approval}”的机动时间：期望 {days} 个工作日，实际是 {found}"


# -- 合计 ------------------------------------------------------------------------------------------------------------


@then(pattern("并联办理需要 (?P<days>\\d+) 个?工作日"))
def parallel_days(scene: Scene, days: str) -> None:
    found = scene.plan.totals.working_days_promised
    assert found == int(days), f"并联办理：期望 {days} 个工作日，实际是 {found}"


@then(pattern("按法定时限并联办理需要 (?P<days>\\d+) 个?工作日"))
def parallel_days_by_law(scene: Scene, days: str) -> None:
    found = scene.plan.totals.working_days_statutory
    assert found == int(days), f"按法定时限并联办理：期望 {days} 个工作日，实际是 {found}"


@then(pattern("逐项办理需要 (?P<days>\\d+) 个?工作日"))
def serial_days(scene: Scene, days: str) -> None:
    found = scene.plan.totals.working_days_serial
    assert found == int(days), f"逐项办理：期望 {days} 个工作日，实际是 {found}"


@then(pattern("并联办理比逐项办理快"))
def parallel_is_faster(scene: Scene) -> None:
    totals = scene.plan.totals
    assert totals.working_days_promised < totals.working_days_serial, (
        f"并联 {totals.working_days_promised} 个工作日，逐项 {totals.working_days_serial} 个工作日"
    )


@then(pattern("关键路线(?P<included>包括|不包括)〈approval〉"))
def on_critical_path(scene: Scene, included: str, approval: str) -> None:
    code = scene.item(approval).code
    path = [node.rpartition(".")[0] for node in scene.plan.critical_path]
    assert (code in path) == (included == "包括"), f"关键路线是：{scene.approval_names(dict.fromkeys(path))}"


@then(pattern("计划把〈name〉按零天排期"))
def assumed_zero(scene: Scene, name: str) -> None:
    found = [one.name for one in scene.plan.assumed_zero]
    assert any(name in one for one in found), f"计划没有把“{name}”按零天排期，按零天排期的有：{'、'.join(found) or '（无）'}"


@then(pattern("计划没有把〈name〉按零天排期"))
def not_assumed_zero(scene: Scene, name: str) -> None:
    found = [f"{one.name}（{one.reason}）" for one in scene.plan.assumed_zero if name in one.name]
    assert not found, f"计划按零天排期：{'、'.join(found)}"


# -- 目标 ------------------------------------------------------------------------------------------------------------


@then(pattern("目标可以实现"))
def feasible(scene: Scene) -> None:
    target = _target(scene)
    assert target.feasible, f"目标不能实现，最早 {target.earliest.date}，受制于{_conflict(scene, target)}"


@then(pattern("目标无法实现，最早 〔when〕"))
def infeasible(scene: Scene, when: str) -> None:
    target = _target(scene)
    assert not target.feasible, f"目标可以实现：最早 {target.earliest.date}"
    _check_day("目标节点最早", when, target.earliest)


@then(pattern("目标(?P<only>只|)受制于〈approvals〉"))
def conflicts(scene: Scene, only: str, approvals: str) -> None:
    target = _target(scene)
    found = {term.code for term in target.conflict}
    expected = {"construction" if word == "施工" else scene.code(word) for word in words(approvals)}
    assert expected <= found, f"冲突里没有{scene.approval_names(sorted(expected - found))}，有：{_conflict(scene, target)}"
    if only:
        assert found == expected, f"冲突里还有别的事项：{_conflict(scene, target)}"


def _target(scene: Scene) -> Target:
    assert scene.plan.target is not None, "计划没有目标：在“当”里写“目标是……前开工”"
    return scene.plan.target


def _conflict(scene: Scene, target: Target) -> str:
    return scene.approval_names(dict.fromkeys(term.code for term in target.conflict)).replace("construction", "施工")
