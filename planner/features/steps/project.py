"""假如 and 当: the project, the rulebook, the day's law."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pytest_bdd import given, parsers, when

from planner.features.scene import DEFAULT_RULES, MILESTONES, POLICIES, Scene
from planner.features.steps.wording import day, pattern, rows


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Scene:
    """The state of one scenario."""
    return Scene(request.config.rootpath, default_rules=request.config.stash.get(DEFAULT_RULES, None))


@given(pattern("规则库〈folder〉"))
def use_rules(scene: Scene, folder: str) -> None:
    scene.use_rules(folder)


@given(pattern("一个项目："))
@given(pattern("项目〈name〉："))
def new_project(scene: Scene, datatable: Sequence[Sequence[str]] | None = None, name: str = "场景里的项目") -> None:
    scene.name = name
    scene.facts = {}
    more_facts(scene, datatable or ())


@given(pattern("项目还有："))
def more_facts(scene: Scene, datatable: Sequence[Sequence[str]]) -> None:
    for row in rows(datatable):
        assert len(row) == 2, f"项目的表要写两列：事实、值；这一行是：{'|'.join(row)}"
        scene.set_fact(*row)


@given(pattern("示例项目〈name〉"))
def example(scene: Scene, name: str) -> None:
    scene.use_example(name)


@given(parsers.re(r"项目的(?P<fact>[^\s“”\"]+?)为\s*[“\"]?(?P<value>[^“”\"]+?)[”\"]?"))
def fact_is(scene: Scene, fact: str, value: str) -> None:
    # Some facts have 为 in their name (以再生塑料为原料): the name is the longest known one.
    known = scene.planner.rulebook.vocabulary.words()
    parts = f"{fact}为{value}".split("为")
    for cut in range(len(parts) - 1, 1, -1):
        name = "为".join(parts[:cut])
        if name in known:
            fact, value = name, "为".join(parts[cut:])
            break
    scene.set_fact(fact, value.strip(' “”"'))


@given(parsers.re(r"项目的(?P<fact>[^\s“”\"]+?)\s*(?:未知|还不知道)"))
def fact_unknown(scene: Scene, fact: str) -> None:
    scene.forget(fact)


@given(parsers.re(r"项目的(?P<fact>[^\s“”\"]+?)\s*不适用"))
def fact_not_applicable(scene: Scene, fact: str) -> None:
    scene.set_fact(fact, "不适用")


@given(parsers.re(r"[“\"]?(?P<step>[^\s“”\"]+?)[”\"]?\s*用时\s*(?P<taken>\d+\s*\S+)"))
def step_takes(scene: Scene, step: str, taken: str) -> None:
    scene.durations[step] = taken


@given(pattern("路线选用〈policy〉"))
def choose_routes(scene: Scene, policy: str) -> None:
    if policy not in POLICIES:
        raise AssertionError(f"路线选用要写：{'、'.join(POLICIES)}，写的是“{policy}”")
    scene.routes = POLICIES[policy]


@when(pattern("按 〔as_of〕 的法律制定计划"))
def plan_as_of(scene: Scene, as_of: str) -> None:
    scene.make_plan(day(as_of))


@when(pattern("按 〔as_of〕 的法律从 〔start〕 开始办理"))
def plan_from(scene: Scene, as_of: str, start: str) -> None:
    scene.make_plan(day(as_of), day(start))


@when(pattern("按 〔as_of〕 的法律从 〔start〕 开始办理，目标是 〔by〕 前(?P<milestone>开工|竣工验收|投入使用)"))
def plan_with_target(scene: Scene, as_of: str, start: str, by: str, milestone: str) -> None:
    scene.make_plan(day(as_of), day(start), (MILESTONES[milestone], day(by)))
