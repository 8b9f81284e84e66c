"""那么: blockers, notices, projects and rulebooks that are refused."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import then

from planner.features.scene import Scene, load_rules
from planner.features.steps.wording import pattern, rows
from planner.plan import Message


def _listed(messages: tuple[Message, ...]) -> str:
    return "\n".join(f"  {m.text}" for m in messages) or "  （无）"


@then(pattern("项目被阻断，原因提到〈text〉"))
def blocked(scene: Scene, text: str) -> None:
    found = scene.plan.blockers
    assert any(text in one.text for one in found), f"没有提到“{text}”的阻断，有：\n{_listed(found)}"


@then(pattern("项目没有被阻断"))
def not_blocked(scene: Scene) -> None:
    assert not scene.plan.blockers, f"项目被阻断：\n{_listed(scene.plan.blockers)}"


@then(pattern("计划提示〈text〉"))
def warned(scene: Scene, text: str) -> None:
    found = scene.plan.warnings
    assert any(text in one.text for one in found), f"没有提到“{text}”的提示，有：\n{_listed(found)}"


@then(pattern("计划不提示〈text〉"))
def not_warned(scene: Scene, text: str) -> None:
    found = tuple(w for w in scene.plan.warnings if text in w.text)
    assert not found, f"有这样的提示：\n{_listed(found)}"


@then(pattern("项目的阻断正好是以下各条："))
def blockers_are(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    _expect_texts("阻断", scene.plan.blockers, datatable)


@then(pattern("计划的提示正好是以下各条："))
def warnings_are(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    _expect_texts("提示", scene.plan.warnings, datatable)


def _expect_texts(what: str, messages: tuple[Message, ...], datatable: Sequence[Sequence[str]]) -> None:
    expected = [" ".join(row[0].split()) for row in rows(datatable)]
    found = [" ".join(message.text.split()) for message in messages]
    missing, surplus = ([one for one in some if one not in other] for some, other in ((expected, found), (found, expected)))
    shown = [f"  缺少：{text}" for text in missing] + [f"  多出：{text}" for text in surplus]
    assert not shown, "\n".join([f"{what}与写的不同：", *shown])


@then(pattern("项目不被接受，因为〈text〉"))
def refused(scene: Scene, text: str) -> None:
    assert scene.refusal is not None, "项目被接受了"
    assert text in str(scene.refusal), f"理由里没有“{text}”：\n{scene.refusal}"


@then(pattern("规则库〈folder〉不能使用，因为〈text〉"))
def rulebook_refused(scene: Scene, folder: str, text: str) -> None:
    loaded = load_rules((scene.root / folder).resolve())
    assert isinstance(loaded, str), f"规则库“{folder}”可以使用"
    assert text in loaded, f"规则库不能使用，但理由里没有“{text}”：\n{loaded}"
