"""那么: which routes are taken and what each gains, why others are closed, what the clock of an item says, what regional assessments change."""

from __future__ import annotations

from pytest_bdd import then

from planner.features.scene import Scene
from planner.features.steps.wording import day, pattern, words
from planner.plan import ClockKind, ClockRule, OpenRoute

_CLOCK: dict[str, ClockKind] = {"补正": "correction", "送达": "delivery", "依法延长": "extension"}


def _route(scene: Scene, approval: str, name: str) -> OpenRoute:
    routes = scene.item(approval).routes
    found = [route for route in routes if name in route.name]
    shown = "、".join(route.name for route in routes) or "（没有）"
    assert len(found) == 1, f"“{approval}”的路线里叫“{name}”的有 {len(found)} 条，有：{shown}"
    return found[0]


@then(pattern("〈approval〉(?P<taken>走了|没有走)路线〈name〉"))
def takes_or_not(scene: Scene, approval: str, taken: str, name: str) -> None:
    route = _route(scene, approval, name)
    assert route.taken == (taken == "走了"), f"“{approval}”{'没有走' if taken == '走了' else '走了'}“{route.name}”"


@then(pattern("〈approval〉走路线〈name〉能早 (?P<days>\\d+) 个工作日"))
def route_gains(scene: Scene, approval: str, name: str, days: str) -> None:
    found = _route(scene, approval, name).days_gained
    assert found == int(days), f"“{approval}”走“{name}”能早 {'（不由申请人选）' if found is None else found} 个工作日"


@then(pattern("〈approval〉的路线〈name〉要求〈duty〉"))
def route_duty(scene: Scene, approval: str, name: str, duty: str) -> None:
    route = _route(scene, approval, name)
    said = [route.duty, *route.promises, *route.own_papers, *route.consequences]
    assert any(duty in one for one in said), f"“{approval}”的“{name}”要求的是：{'；'.join(said)}"


@then(pattern("〈approval〉的路线〈name〉不开放，因为〈reason〉"))
def route_closed(scene: Scene, approval: str, name: str, reason: str) -> None:
    closed = scene.item(approval).closed_routes
    found = [route for route in closed if name in route.name]
    shown = "\n".join(f"  {one.name}：{'；'.join(r.text for r in one.because)}" for one in closed) or "  （没有）"
    assert found, f"“{approval}”不开放的路线里没有“{name}”，有：\n{shown}"
    assert any(reason in r.text for one in found for r in one.because), f"“{approval}”不开放的路线：\n{shown}"


def _clock(scene: Scene, approval: str, kind: str) -> ClockRule:
    rules = [rule for rule in scene.item(approval).clock if rule.kind == _CLOCK[kind]]
    shown = "、".join(rule.name for rule in scene.item(approval).clock) or "（没有）"
    assert rules, f"“{approval}”的时限里没有{kind}，有：{shown}"
    return rules[0]


@then(pattern("〈approval〉的(?P<kind>补正|送达|依法延长)最迟到 〔when〕"))
def clock_day(scene: Scene, approval: str, kind: str, when: str) -> None:
    rule = _clock(scene, approval, kind)
    assert rule.by is not None, f"“{approval}”的{kind}没有日期"
    assert rule.by.date == day(when), f"“{approval}”的{kind}最迟到 {rule.by.date}（{rule.name}）"


@then(pattern("〈approval〉没有(?P<kind>补正|送达|依法延长)的规定"))
def no_clock(scene: Scene, approval: str, kind: str) -> None:
    found = [rule.name for rule in scene.item(approval).clock if rule.kind == _CLOCK[kind]]
    assert not found, f"“{approval}”有{kind}的规定：{'、'.join(found)}"


@then(pattern("〈approval〉的(?P<kind>补正|送达|依法延长)逾期〈effect〉"))
def clock_effect(scene: Scene, approval: str, kind: str, effect: str) -> None:
    rule = _clock(scene, approval, kind)
    assert effect in rule.effect, f"“{approval}”的{kind}逾期：{rule.effect or '（没有写）'}"


@then(pattern("区域评估〈assessment〉(?P<how>免去|改变)〈approvals〉"))
def relieved(scene: Scene, assessment: str, how: str, approvals: str) -> None:
    found = [one for one in scene.plan.relief if one.name == assessment]
    listed = {code for one in found for code in (one.removes if how == "免去" else one.changes)}
    wanted = {scene.code(word) for word in words(approvals)}
    assert wanted <= listed, f"区域评估“{assessment}”{how}的是：{scene.approval_names(sorted(listed))}"


@then("计划没有因区域评估免去或改变的事项")
def no_relief(scene: Scene) -> None:
    found = [one.name for one in scene.plan.relief]
    assert not found, f"区域评估有作用的：{'、'.join(found)}"
