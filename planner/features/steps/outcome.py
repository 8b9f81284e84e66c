"""那么: which approvals are needed, on which facts an open answer turns, what the tables derive."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import then

from planner.features.scene import Scene
from planner.features.steps.wording import pattern, rows, words


@then(pattern("需要办理〈approval〉"))
def required(scene: Scene, approval: str) -> None:
    scene.expect_status(approval, "需要")


@then(pattern("不需要办理〈approval〉"))
def not_required(scene: Scene, approval: str) -> None:
    scene.expect_status(approval, "不需要")


@then(pattern("尚不能判断是否办理〈approval〉"))
def undecided(scene: Scene, approval: str) -> None:
    scene.expect_status(approval, "取决于")


@then(pattern("规则库没有收录〈approval〉在这一天的规定"))
def not_recorded(scene: Scene, approval: str) -> None:
    scene.expect_status(approval, "未收录")


@then(pattern("缺少参数〈name〉"))
@then(pattern("缺少参数〈name〉，关系到〈approvals〉"))
def lacks_parameter(scene: Scene, name: str, approvals: str = "") -> None:
    found = next((one for one in scene.plan.parameters_missing if name in (one.name, one.code)), None)
    if found is None:
        names = "、".join(one.name for one in scene.plan.parameters_missing) or "（无）"
        raise AssertionError(f"计划没有说缺少参数“{name}”，缺少的是：{names}")
    absent = [word for word in words(approvals) if scene.code(word) not in found.items]
    assert not absent, f"参数“{name}”没有提到关系到{'、'.join(absent)}，提到的是：{scene.approval_names(found.items)}"


@then(pattern("不缺少参数〈name〉"))
def has_parameter(scene: Scene, name: str) -> None:
    known = scene.planner.rulebook.parameters.values()
    assert any(name in (one.name, one.code) for one in known), f"规则库里没有登记参数“{name}”"
    found = [one for one in scene.plan.parameters_missing if name in (one.name, one.code)]
    assert not found, f"计划说缺少参数“{name}”，关系到：{scene.approval_names(found[0].items)}"


@then(pattern("〈approval〉的结论为 (?P<status>需要|不需要|取决于|未收录)"))
def status_is(scene: Scene, approval: str, status: str) -> None:
    scene.expect_status(approval, status)


@then(pattern("以下事项的结论为："))
def statuses(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    for approval, status in rows(datatable):
        scene.expect_status(approval, status)


@then(pattern("需要办理以下事项："))
def all_required(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    for row in rows(datatable):
        scene.expect_status(row[0], "需要")


@then(pattern("不需要办理以下事项："))
def none_required(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    for row in rows(datatable):
        scene.expect_status(row[0], "不需要")


@then(pattern("计划正好包括以下事项："))
@then(pattern("除〈others〉外，计划正好包括以下事项："))
def exactly(scene: Scene, datatable: Sequence[Sequence[str]], others: str = "") -> None:
    left_out = {scene.code(word) for word in words(others)}
    expected = [scene.code(row[0]) for row in rows(datatable)]
    found = [item.code for item in scene.plan.items if item.code not in left_out]
    missing = [code for code in expected if code not in found]
    surplus = [code for code in found if code not in expected]
    reasons = "\n".join(scene.reasons(code) for code in (*missing, *surplus))
    shown = f"计划缺少：{scene.approval_names(missing)}；多出：{scene.approval_names(surplus)}。\n{reasons}"
    assert [*missing, *surplus] == [], shown


@then(pattern("〈approval〉取决于〈facts〉"))
def depends_on(scene: Scene, approval: str, facts: str) -> None:
    scene.expect_status(approval, "取决于")
    found = scene.item(approval).depends_on
    missing = [word for word in words(facts) if scene.fact(word).code not in found]
    assert not missing, (
        f"“{approval}”没有提到取决于{'、'.join(missing)}，提到的是：{scene.fact_names(found)}。\n{scene.reasons(approval)}"
    )


@then(pattern("〈approval〉只取决于〈facts〉"))
def depends_only_on(scene: Scene, approval: str, facts: str) -> None:
    depends_on(scene, approval, facts)
    wanted = {scene.fact(word).code for word in words(facts)}
    surplus = [code for code in scene.item(approval).depends_on if code not in wanted]
    assert not surplus, f"“{approval}”还取决于：{scene.fact_names(surplus)}。\n{scene.reasons(approval)}"


@then(pattern("计划会问〈facts〉"))
def asks(scene: Scene, facts: str) -> None:
    asked = {one.code for one in scene.plan.open_facts}
    missing = [word for word in words(facts) if scene.fact(word).code not in asked]
    assert not missing, f"计划没有问{'、'.join(missing)}，问的是：{scene.fact_names(asked)}"


@then(pattern("计划不会问〈facts〉"))
def does_not_ask(scene: Scene, facts: str) -> None:
    asked = {one.code: one for one in scene.plan.open_facts}
    found = [one for word in words(facts) if (one := asked.get(scene.fact(word).code))]
    assert not found, "；".join(f"计划问了“{one.name}”，因为{scene.approval_names(one.items)}要看它" for one in found)


@then(pattern("改变〈facts〉就会使〈approval〉的结论相反"))
def flips(scene: Scene, facts: str, approval: str) -> None:
    answer = scene.why(approval)
    shown = "没有办法改变" if answer.flip is None else "、".join(f"{c.name}改为“{c.wanted}”" for c in answer.flip)
    expected = {scene.fact(word).code for word in words(facts)}
    found = {change.fact for change in answer.flip or ()}
    assert found == expected, f"“{approval}”：期望改变{facts}，计划说：{shown}。\n{scene.reasons(approval)}"


@then(pattern('推得(?P<fact>[^\\s“”"]+?)为 [“"]?(?P<value>[^“”"]+?)[”"]?'))
def derived_is(scene: Scene, fact: str, value: str) -> None:
    scene.expect_derived(fact, value)


@then(pattern('推得(?P<fact>[^\\s“”"]+?)尚不能判断'))
def derived_unknown(scene: Scene, fact: str) -> None:
    found = scene.derived(fact)
    assert found.startswith("未"), f"“{fact}”：期望尚不能判断，实际是“{found}”。\n{scene.rows_behind(fact)}"


@then(pattern("〈approval〉的理由提到〈text〉"))
def reason_mentions(scene: Scene, approval: str, text: str) -> None:
    found = scene.because(approval)
    assert any(text in reason.text for reason in found), f"“{approval}”的理由没有提到“{text}”。\n{scene.reasons(approval)}"
