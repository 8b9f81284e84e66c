"""Steps that a feature made of a plan is written with: each holds of its plan, and says what came when it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.steps import step_function_context_registry

from planner import Plan, Planner, Project
from planner.features.scene import Asked, Scene
from planner.plan import DayUnit, ExcludedTime, Lane, Message, PlanValidity, RouteTaken, Status

import_module("planner.features.steps")  # registers the steps
SAMPLE = Path(__file__).parents[1] / "rulebook" / "good" / "city"
DAY = date(2026, 11, 24)
FACTS = {"工程类型": "住宅", "占地面积": "10.01 亩", "水土易发区": True, "行业": "C3089"}


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner.from_files(SAMPLE)


@pytest.fixture(scope="module")
def plan(planner: Planner) -> Plan:
    return planner.plan(Project(name="试", facts=FACTS), as_of=DAY)


def with_item(plan: Plan, code: str, **changes: Any) -> Plan:
    return plan.model_copy(update={"items": tuple(i.model_copy(update=changes) if i.code == code else i for i in plan.items)})


@pytest.fixture
def says(planner: Planner, plan: Plan) -> Callable[..., str]:
    """What a 那么 step says of a plan (the sample's, or another): "" when it holds."""

    def say(wording: str, table: Sequence[Sequence[str]] = (), of: Plan = plan) -> str:
        known = [context for context in step_function_context_registry.values() if context.type == "then"]
        (step,) = (one for one in known if one.parser.is_matching(wording))
        facts = planner.read(Project(name="试", facts=FACTS))
        scene = Scene(Path(), default=planner, asked=Asked(facts, DAY, None, None, plan=of))
        arguments = dict(step.parser.parse_arguments(wording) or {})
        if table:
            arguments["datatable"] = table
        try:
            step.step_func(scene=scene, **arguments)
        except AssertionError as unmet:
            # Where pytest rewrote the step's assert, it indents the message and puts the expression below.
            message, rewritten, _ = str(unmet).partition("\nassert ")
            return message.replace("\n  ", "\n") if rewritten else message
        return ""

    return say


Says = Callable[..., str]


def test_papers(says: Says, plan: Plan) -> None:
    head = ["材料", "来自", "后补"]
    papers = [["施工许可申请表", "申请人", "不能"], ["资金承诺书", "申请人", "不能"], ["消防审查意见", "消防审查", "不能"]]
    step = '"施工许可"的材料正好是以下各件:'
    assert says(step, [head, *papers]) == ""
    assert says(step, papers[::-1]) == ""
    assert "多出：消防审查意见（来自消防审查，不能后补）" in says(step, [head, *papers[:2]])
    assert "缺少：图纸（来自申请人，可以后补）" in says(step, [head, *papers, ["图纸", "申请人", "可以"]])
    assert "缺少：资金承诺书（来自申请人，可以后补）\n  多出：资金承诺书（来自申请人，不能后补）" in says(
        step, [papers[0], ["资金承诺书", "申请人", "可以"], papers[2]]
    )
    assert "写三列" in says(step, [["图纸", "申请人"]])
    assert "没有审批事项" in says(step, [["图纸", "没有的事项", "不能"]])
    assert says('"环评审批"没有要交的材料') == ""
    assert "材料有：施工许可申请表" in says('"施工许可"没有要交的材料')


def test_the_very_name_goes_before_one_that_holds_it(says: Says, plan: Plan) -> None:
    papers = plan.item("build_permit").materials
    short = papers[0].model_copy(update={"name": "申请表", "later": True})
    of = with_item(plan, "build_permit", materials=(*papers, short))
    assert says('"施工许可"的材料"申请表"可以后补', of=of) == ""
    assert says('"施工许可"的材料"许可申请表"不能后补', of=of) == ""
    excluded = tuple(
        ExcludedTime(procedure=name, days=days, unit=DayUnit.WORKING_DAYS, counted=False)
        for name, days in (("评审会", 5), ("评审", 9))
    )
    assert says('"水土方案审批"的"评审"不计入时限，最长 9 工作日', of=with_item(plan, "soil_plan", excluded=excluded)) == ""


def test_waiting_for_exactly_these(says: Says) -> None:
    assert says('"施工许可"要等的正好是"环评审批、消防审查"') == ""
    assert "缺少：水土方案审批；多出：（无）" in says('"施工许可"要等的正好是"环评审批、消防审查、水土方案审批"')
    assert "缺少：（无）；多出：环评审批" in says('"施工许可"要等的正好是"消防审查"')
    assert says('"消防审查"要等的正好是"完工"') == ""
    assert says('"环评审批"不用等任何事项') == ""
    assert "多出：完工" in says('"消防审查"不用等任何事项')


def test_messages_are_exactly_these(says: Says, plan: Plan) -> None:
    of = plan.model_copy(
        update={
            "blockers": (Message(code="a", text="占地：\n不行", status=Status.REQUIRED),),
            "warnings": tuple(Message(code="w", text=text, status=Status.REQUIRED) for text in ("一", "二")),
        }
    )
    assert says("项目的阻断正好是以下各条:", [["阻断"], ["占地： 不行"]], of) == ""
    assert says("计划的提示正好是以下各条:", [["提示"], ["二"], ["一"]], of) == ""
    assert says("计划的提示正好是以下各条:", [["提示"], ["一"], ["三"]], of).endswith("缺少：三\n  多出：二")
    assert "多出：占地： 不行" in says("项目的阻断正好是以下各条:", [["阻断"], ["别的"]], of)


def test_totals(says: Says, plan: Plan) -> None:
    number = str(plan.totals.approvals)
    assert says("计划的合计为:", [["合计", "数"], ["办理事项", number], ["全部材料", str(plan.totals.materials)]]) == ""
    assert says("计划的合计为:", [["办理事项", "99"]]) == f"办理事项：期望 99，实际是 {number}"
    assert "可以写：办理事项" in says("计划的合计为:", [["天数", "99"]])
    assert "写两列" in says("计划的合计为:", [["办理事项"]])


def test_routes_and_what_they_gain(says: Says, plan: Plan) -> None:
    choice = plan.choice.model_copy(
        update={"promises": 2, "later_papers": 1, "days_gained": 8, "days_possible": 15, "taken": ("甲",)}
    )
    of = plan.model_copy(update={"choice": choice})
    assert says("计划用了 2 项承诺、1 份后补材料", of=of) == ""
    assert "实际是 2 项、1 份：甲" in says("计划用了 1 项承诺、1 份后补材料", of=of)
    assert says("计划比一般程序早 8 个工作日", of=of) == ""
    assert "实际是 8" in says("计划比一般程序早 9 个工作日", of=of)
    assert says("捷径全走比一般程序早 15 个工作日", of=of) == ""
    assert "实际是 15" in says("捷径全走比一般程序早 8 个工作日", of=of)
    staged = with_item(plan, "build_permit", route=RouteTaken.STAGED)
    assert says('"施工许可"按"分阶段办理"办理', of=staged) == ""
    assert "实际按“一般程序”" in says('"施工许可"按"分阶段办理"办理')


def test_promises_are_checked_by_a_day(says: Says, plan: Plan) -> None:
    item = plan.item("build_permit")
    dates = item.dates.model_copy(update={"verify_by": item.dates.accept})
    of = with_item(plan, "build_permit", dates=dates)
    assert says(f'"施工许可"的承诺最迟于{item.dates.accept.date}核查', of=of) == ""
    assert "期望 2020-01-01" in says('"施工许可"的承诺最迟于2020-01-01核查', of=of)
    assert "没有要核查的承诺" in says('"施工许可"的承诺最迟于2020-01-01核查')


def test_how_long_the_plan_holds(says: Says, plan: Plan) -> None:
    never = plan.model_copy(update={"valid": PlanValidity(until=None, because="没有")})
    ends = plan.model_copy(update={"valid": PlanValidity(until=date(2027, 1, 1), because="新法施行")})
    assert says("没有已知的规定变化影响计划", of=never) == ""
    assert "从 2027-01-01 起要重新制定：新法施行" in says("没有已知的规定变化影响计划", of=ends)
    assert says("计划从2027-01-01起要重新制定", of=ends) == ""
    assert "没有已知的变化" in says("计划从2027-01-01起要重新制定", of=never)
    assert "实际是 2027-01-01" in says("计划从2027-01-02起要重新制定", of=ends)


def test_caps_and_joint_handling(says: Says, plan: Plan) -> None:
    (cap,) = plan.caps
    (joint,) = plan.joint
    assert says(f'"{cap.name}"最多 {cap.days} 个工作日，计划用 {cap.working_days} 个工作日') == ""
    assert says(f'"{cap.code}"最多 {cap.days} 个工作日，计划用 {cap.working_days} 个工作日') == ""
    assert f"实际最多 {cap.days} 个" in says(f'"{cap.name}"最多 {cap.days} 个工作日，计划用 {cap.working_days + 1} 个工作日')
    assert f"计划没有总时限“别的”，有：{cap.name}" in says('"别的"最多 1 个工作日，计划用 1 个工作日')
    assert says(f'"{joint.name}"从{joint.begins.date}到{joint.ends.date}联合办理') == ""
    assert f"实际从 {joint.begins.date} 到 {joint.ends.date}" in says(f'"{joint.name}"从2020-01-01到{joint.ends.date}联合办理')
    assert "没有联合办理“别的”" in says('"别的"从2020-01-01到2020-01-02联合办理')


def test_fast_lanes(says: Says, plan: Plan) -> None:
    lane = Lane(code="small", name="小型", open=False, holds="true", because=(), effects=(), basis=(), verified=False, note="")
    of = plan.model_copy(update={"lanes": (lane,)})
    assert says('快速通道"小型"没有开放，项目合乎条件', of=of) == ""
    assert says('快速通道"small"没有开放，项目合乎条件', of=of) == ""
    assert "实际没有开放、合乎条件" in says('快速通道"小型"已经开放，项目合乎条件', of=of)
    assert "实际没有开放、合乎条件" in says('快速通道"小型"没有开放，项目还不能判断', of=of)
    assert "没有快速通道“大型”，有：小型" in says('快速通道"大型"没有开放，项目合乎条件', of=of)
