"""那么: what waits for what, what holds a milestone, what runs in parallel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from pytest_bdd import then

from planner.features.scene import MILESTONES, Scene, cites, show_citations
from planner.features.steps.wording import pattern, rows, words
from planner.plan import GateHeld

_MOMENTS = {"开工": "start_of_works", "完工": "works_done", "竣工验收": "completion", "投入使用": "use"}


@then(pattern("没有〈approval〉不得(?:组织)?(?P<milestone>开工|竣工验收|投入使用)"))
@then(pattern("没有〈approval〉不得(?:组织)?(?P<milestone>开工|竣工验收|投入使用)，依据〈document〉"))
@then(pattern("没有〈approval〉不得(?:组织)?(?P<milestone>开工|竣工验收|投入使用)，依据〈document〉〈article〉"))
def holds(scene: Scene, approval: str, milestone: str, document: str = "", article: str = "") -> None:
    found = scene.holds(approval, milestone)
    if found is None:
        scene.fail_gate(approval, f"“{approval}”没有卡住{milestone}")
    _expect_basis(found, document, article)


@then(pattern("〈approval〉不卡(?P<milestone>开工|竣工验收|投入使用)"))
def does_not_hold(scene: Scene, approval: str, milestone: str) -> None:
    if scene.holds(approval, milestone) is not None:
        scene.fail_gate(approval, f"“{approval}”卡住了{milestone}")


@then(pattern("(?P<milestone>开工|竣工验收|投入使用)要等的正好是以下事项："))
def held_by_exactly(scene: Scene, milestone: str, datatable: Sequence[Sequence[str]]) -> None:
    expected = {scene.code(row[0]) for row in rows(datatable)}
    code = MILESTONES[milestone]
    found = {i.code for i in scene.plan.items for g in i.gates if g.code == code and g.gate in ("START", "COMPLETE", "USE")}
    assert found == expected, (
        f"{milestone}要等的事项缺少：{scene.approval_names(sorted(expected - found))}；"
        f"多出：{scene.approval_names(sorted(found - expected))}"
    )


@then(pattern("〈approval〉的(?P<moment>受理|办结)要等〈before〉"))
@then(pattern("〈approval〉的(?P<moment>受理|办结)要等〈before〉，依据〈document〉"))
@then(pattern("〈approval〉的(?P<moment>受理|办结)要等〈before〉，依据〈document〉〈article〉"))
def waits(scene: Scene, approval: str, moment: str, before: str, document: str = "", article: str = "") -> None:
    found = scene.waits(approval, before)
    if found is None or found.gate != ("ACCEPT" if moment == "受理" else "DECIDE"):
        scene.fail_gate(approval, f"“{approval}”：期望{moment}要等“{before}”")
    _expect_basis(found, document, article)


def _expect_basis(gate: GateHeld, document: str, article: str) -> None:
    if document:
        assert cites(gate.basis, document, article), f"先后的依据不是《{document}》{article}，是：{show_citations(gate.basis)}"


@then(pattern("〈approval〉要等的正好是〈befores〉"))
def waits_for_exactly(scene: Scene, approval: str, befores: str) -> None:
    _expect_waits(scene, approval, {_MOMENTS[word] if word in _MOMENTS else scene.code(word) for word in words(befores)})


@then(pattern("〈approval〉不用等任何事项"))
def waits_for_nothing(scene: Scene, approval: str) -> None:
    _expect_waits(scene, approval, set())


def _expect_waits(scene: Scene, approval: str, expected: set[str]) -> None:
    found = {gate.code for gate in scene.item(approval).gates if gate.gate in ("ACCEPT", "DECIDE")}
    missing, surplus = (scene.approval_names(sorted(some)) for some in (expected - found, found - expected))
    if found != expected:
        scene.fail_gate(approval, f"“{approval}”要等的缺少：{missing}；多出：{surplus}")


@then(pattern("〈approval〉的受理不用等〈before〉"))
def acceptance_does_not_wait(scene: Scene, approval: str, before: str) -> None:
    if scene.item(before).code in scene.order.before(scene.item(approval).code, "accept"):
        scene.fail_gate(approval, f"“{approval}”的受理要等“{before}”（直接或间接）")


@then(pattern("〈approval〉不用等〈before〉"))
def does_not_wait(scene: Scene, approval: str, before: str) -> None:
    if scene.item(before).code in scene.order.before(scene.item(approval).code, "decide"):
        scene.fail_gate(approval, f"“{approval}”要等“{before}”（直接或间接）")


@then(pattern("〈one〉与〈other〉并联"))
def parallel(scene: Scene, one: str, other: str) -> None:
    does_not_wait(scene, one, other)
    does_not_wait(scene, other, one)


@then(pattern("以下事项两两并联："))
def all_parallel(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    for one, other in combinations([row[0] for row in rows(datatable)], 2):
        parallel(scene, one, other)


@then(pattern("〈later〉在〈earlier〉之后"))
def after(scene: Scene, later: str, earlier: str) -> None:
    if scene.item(earlier).code not in scene.order.before(scene.item(later).code, "decide"):
        scene.fail_gate(later, f"“{later}”不用等“{earlier}”")
