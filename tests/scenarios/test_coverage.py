"""What counts as touched: the scenario speaks of it, its facts decide it, and on a threshold the number itself decides."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from planner import Planner
from planner.features.cases import read_cases
from planner.features.coverage import Coverage, measure

SAMPLE = Path(__file__).parent.parent / "rulebook" / "good" / "city"
TODAY = date(2026, 11, 24)
HEAD = "# language: zh-CN\n功能: 试验\n"


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner.from_files(SAMPLE)


def covered(planner: Planner, folder: Path, *scenarios: str) -> Coverage:
    text = HEAD + "".join(
        f"\n  场景: 第{n}个\n" + "".join(f"    {line}\n" for line in s.split("\n")) for n, s in enumerate(scenarios)
    )
    (folder / "试验.feature").write_text(text, encoding="utf-8")
    cases = read_cases(folder, planner, folder)
    assert cases.problems == ()
    assert len(cases.cases) == len(scenarios)
    return measure(planner.rulebook, cases.cases, TODAY)


def soil(area: str, storeys: str, speaks: str = '那么 需要办理"水土方案审批"', day: str = "2026-11-24") -> str:
    rows = f"| 工程类型 | 住宅 |\n| 水土易发区 | 是 |\n| 占地面积 | {area} |\n| 层数 | {storeys} |\n| 备案日期 | 2020-01-01 |"
    return f"假如 一个项目:\n{rows}\n当 按{day}的法律制定计划\n{speaks}"


def gaps(coverage: Coverage, words: str, kind: str = "门槛") -> set[str]:
    return {gap.lacks for gap in coverage.gaps if gap.kind == kind and words in f"{gap.source.file} {gap.source.name} {gap.lacks}"}


def test_nothing_is_covered_by_nothing(planner: Planner) -> None:
    none = measure(planner.rulebook, (), TODAY)
    assert set(none.touched.values()) == {0}
    assert len(none.gaps) == sum(none.sides.values())
    assert gaps(none, "占地面积 ≥ 5 公顷") == {"占地面积 ≥ 5 公顷：成立", "占地面积 ≥ 5 公顷：不成立"}


def test_one_side_of_a_threshold_is_half_of_it(planner: Planner, tmp_path: Path) -> None:
    above = covered(planner, tmp_path, soil("5 公顷", "2 层"))
    assert gaps(above, "占地面积 ≥ 5 公顷") == {"占地面积 ≥ 5 公顷：不成立"}


def test_both_sides(planner: Planner, tmp_path: Path) -> None:
    both = covered(planner, tmp_path, soil("5 公顷", "2 层"), soil("4.99 公顷", "2 层", '那么 不需要办理"水土方案审批"'))
    assert gaps(both, "占地面积 ≥ 5 公顷") == set()
    assert gaps(both, "易发区内达到规模", "规则") == set()


def test_a_number_that_does_not_decide_is_not_tested(planner: Planner, tmp_path: Path) -> None:
    """Thirty storeys settle it: whether the area is above five hectares makes no difference."""
    coverage = covered(planner, tmp_path, soil("5 公顷", "30 层"), soil("4.99 公顷", "30 层"))
    assert gaps(coverage, "占地面积 ≥ 5 公顷") == {"占地面积 ≥ 5 公顷：成立", "占地面积 ≥ 5 公顷：不成立"}


def test_a_rule_evaluated_in_passing_is_not_tested(planner: Planner, tmp_path: Path) -> None:
    coverage = covered(planner, tmp_path, soil("5 公顷", "2 层", '那么 需要办理"施工许可"'))
    assert "成立" in gaps(coverage, "易发区内达到规模", "规则")


def test_speaking_of_an_approval_speaks_of_the_table_that_decides_it(planner: Planner, tmp_path: Path) -> None:
    speaks = '假如 一个项目:\n| 行业 | C310 |\n| 占地面积 | 10 公顷 |\n| 敏感区 | 无 |\n当 按2026-11-24的法律制定计划\n那么 需要办理"环评审批"'
    coverage = covered(planner, tmp_path, speaks)
    assert gaps(coverage, "环评名录 1-甲", "表行") == {"不成立"}
    assert gaps(coverage, "环评名录 2-甲", "表行") == {"成立"}
    assert "占地面积 ≥ 10 公顷：成立" not in gaps(coverage, "环评名录 1-甲")


def test_saying_what_is_derived_speaks_of_its_table(planner: Planner, tmp_path: Path) -> None:
    speaks = "假如 一个项目:\n| 工程类型 | 住宅 |\n| 层数 | 17 层 |\n当 按2026-11-24的法律制定计划\n那么 推得特殊工程为否"
    coverage = covered(planner, tmp_path, speaks)
    assert gaps(coverage, "高层住宅", "表行") == {"成立"}
    assert gaps(coverage, "层数 ≥ 18 层") == {"层数 ≥ 18 层：成立"}


def test_a_range_has_three_sides(planner: Planner, tmp_path: Path) -> None:
    def permit(area: str) -> str:
        return f'假如 一个项目:\n| 占地面积 | {area} |\n当 按2026-11-24的法律制定计划\n那么 需要办理"施工许可"'

    inside = covered(planner, tmp_path, permit("0.5 公顷"))
    assert gaps(inside, "[0.5..50) 公顷") == {"占地面积 [0.5..50) 公顷：低于范围", "占地面积 [0.5..50) 公顷：高于范围"}
    assert gaps(covered(planner, tmp_path, *map(permit, ("0.49 公顷", "49.9 公顷", "50 公顷"))), "[0.5..50) 公顷") == set()


def test_a_date_wants_a_scenario_on_either_side(planner: Planner, tmp_path: Path) -> None:
    after = covered(planner, tmp_path, soil("5 公顷", "2 层"))
    assert gaps(after, "2023-03-01", "日期") == {"2023-03-01 以前的法律"}
    eve = soil("5 公顷", "2 层", '那么 不需要办理"水土方案审批"', "2023-02-28")
    assert gaps(covered(planner, tmp_path, soil("5 公顷", "2 层"), eve), "2023-03-01", "日期") == set()


def test_more_scenarios_never_cover_less(planner: Planner, tmp_path: Path) -> None:
    some = (soil("5 公顷", "2 层"), soil("1 公顷", "31 层"), soil("1 公顷", "3 层", day="2022-05-01"))
    before = -1
    for count in range(1, len(some) + 1):
        touched = sum(covered(planner, tmp_path, *some[:count]).touched.values())
        assert touched > before
        before = touched


def test_a_scenario_that_cannot_be_played_is_named(planner: Planner, tmp_path: Path) -> None:
    (tmp_path / "坏.feature").write_text(
        HEAD + "  场景: 甲\n    假如 项目还有:\n      | 层数 | 三 | 四 |\n    当 按2026-11-24的法律制定计划\n", "utf-8"
    )
    (problem,) = read_cases(tmp_path, planner, tmp_path).problems
    assert (problem.code, problem.line) == ("F011", 4)


def test_a_file_that_is_no_feature_is_named(planner: Planner, tmp_path: Path) -> None:
    (tmp_path / "坏.feature").write_text(HEAD + "  场景: 甲\n    假如 一个项目\n  嘿嘿\n", "utf-8")
    (problem,) = read_cases(tmp_path, planner, tmp_path).problems
    assert (problem.code, problem.line) == ("F011", 5)
    assert "嘿嘿" in problem.message


def test_scenarios_about_another_rulebook_are_not_counted(planner: Planner, tmp_path: Path) -> None:
    text = f'  场景: 甲\n    假如 规则库"{SAMPLE}"\n    当 按2026-11-24的法律制定计划\n    那么 需要办理"施工许可"\n'
    (tmp_path / "别的.feature").write_text(HEAD + text, "utf-8")
    cases = read_cases(tmp_path, planner, tmp_path)
    assert (cases.cases, cases.others) == ((), 1)


def test_a_rule_that_hangs_on_a_missing_parameter_is_not_asked_to_hold(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE.parent, tmp_path / "rules")
    (tmp_path / "rules/national/parameters.yaml").write_text(
        "参数:\n  - {代码: big_site, 名称: 大型用地标准, 单位: 公顷, 说明: 没有查到}\n", "utf-8"
    )
    path = tmp_path / "rules/national/approvals/fire_check.yaml"
    path.write_text(
        path.read_text("utf-8").replace("当: {特殊工程: 是}", "当: {特殊工程: 是, 占地面积: ≥ 参数 大型用地标准}", 1), "utf-8"
    )
    coverage = measure(Planner.from_files(tmp_path / "rules/city").rulebook, (), TODAY)
    assert gaps(coverage, "消防审查：特殊工程", "规则") == {"不成立"}


# -- rules that are not one approval's -------------------------------------------------------------------------------------


def house(facts: str, speaks: str, day: str = "2026-11-24") -> str:
    rows = "".join(f"| {' | '.join(pair.split('：'))} |\n" for pair in facts.split("，"))
    return f"假如 一个项目:\n{rows}当 按{day}的法律制定计划\n{speaks}"


SMALL, LARGE = "工程类型：住宅，占地面积：0.9 公顷", "工程类型：住宅，占地面积：1 公顷"


def test_a_lane_is_touched_by_a_scenario_that_names_it(planner: Planner, tmp_path: Path) -> None:
    named = '那么 快速通道"小型工程快办"已经开放，项目合乎条件'
    both = covered(planner, tmp_path, house(SMALL, named), house(LARGE, named))
    assert gaps(both, "快办通道“小型工程快办” 成立", "规则") == gaps(both, "快办通道“小型工程快办” 不成立", "规则") == set()
    assert gaps(both, "快办通道“小型工程快办” 占地面积") == set()
    one = covered(planner, tmp_path, house(SMALL, named))
    assert gaps(one, "快办通道“小型工程快办” 占地面积") == {"占地面积 < 1 公顷：不成立"}
    passing = covered(planner, tmp_path, house(SMALL, '那么 需要办理"施工许可"'), house(LARGE, '那么 需要办理"施工许可"'))
    assert "占地面积 < 1 公顷：成立" in gaps(passing, "小型工程快办”")


def test_a_cap_and_a_joint_review_are_touched_by_their_names(planner: Planner, tmp_path: Path) -> None:
    speaks = '那么 "开工前的总时限"最多 120 个工作日，计划用 5 个工作日'
    coverage = covered(planner, tmp_path, house("工程类型：住宅", speaks), house("工程类型：道路", speaks))
    assert gaps(coverage, "总时限“开工前的总时限”", "规则") == set()
    assert gaps(coverage, "联合办理“联合审查”", "规则") == {"成立", "不成立"}
    joint = house("特殊工程：是", '那么 "联合审查"从2026-11-24到2026-12-15联合办理')
    assert gaps(covered(planner, tmp_path, joint), "联合办理“联合审查”", "规则") == {"不成立"}


def test_an_exclusion_is_touched_by_speaking_of_the_routes_it_may_shut(planner: Planner, tmp_path: Path) -> None:
    name = "告知承诺的共同规定：排除“占用基本农田”"
    farmland, town = "工程类型：住宅，敏感区：基本农田", "工程类型：住宅，敏感区：无"
    shut = covered(planner, tmp_path, house(farmland, '那么 "施工许可"不可走"告知承诺"'))
    assert gaps(shut, name, "规则") == {"不成立"}
    both = (house(farmland, '那么 "施工许可"不可走"告知承诺"'), house(town, '那么 "施工许可"可走"告知承诺"'))
    assert gaps(covered(planner, tmp_path, *both), name, "规则") == set()
    assert gaps(covered(planner, tmp_path, house(farmland, '那么 需要办理"施工许可"')), name, "规则") == {"成立", "不成立"}
    other = house(farmland, '那么 "环评审批"不可走"告知承诺"')
    assert gaps(covered(planner, tmp_path, other), name, "规则") == {"成立", "不成立"}, "it has no such route to shut"


def test_an_exclusion_that_names_approvals_is_touched_by_speaking_of_their_routes(planner: Planner, tmp_path: Path) -> None:
    """Whether or not such a route is open for them today."""
    name = "告知承诺的共同规定：排除“特殊工程的消防”"
    named = house("特殊工程：是", '那么 "消防审查"不可走"告知承诺"')
    assert gaps(covered(planner, tmp_path, named), name, "规则") == {"不成立"}
    other = house("特殊工程：是", '那么 "施工许可"不可走"告知承诺"')
    assert gaps(covered(planner, tmp_path, other), name, "规则") == {"成立", "不成立"}


def test_a_clock_is_touched_by_speaking_of_it_for_an_approval_it_is_for(planner: Planner, tmp_path: Path) -> None:
    clock = house("工程类型：住宅", '那么 "施工许可"的送达最迟到2026-12-10')
    assert gaps(covered(planner, tmp_path, clock), "clocks.yaml 时限总则", "规则") == {"成立"}
    assert gaps(covered(planner, tmp_path, clock), "时限总则“送达”", "规则") == set()


def test_a_paper_that_may_follow_counts_its_condition(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE.parent, tmp_path / "rules")
    path = tmp_path / "rules/city/approvals/build_permit.yaml"
    text = path.read_text("utf-8").replace("补齐期限: 5 工作日}", "补齐期限: 5 工作日, 当: {层数: < 6 层}}")
    path.write_text(text, "utf-8")
    own = Planner.from_files(tmp_path / "rules/city")
    (tmp_path / "features").mkdir()
    speaks = '那么 "施工许可"的材料"资金承诺书"不能后补'
    low, high = house("层数：5 层", speaks), house("层数：6 层", speaks)
    assert gaps(covered(own, tmp_path / "features", low), "层数 < 6 层") == {"层数 < 6 层：不成立"}
    assert gaps(covered(own, tmp_path / "features", low, high), "层数 < 6 层") == set()


def test_two_routes_of_one_file_are_two_rules(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE.parent, tmp_path / "rules")
    path = tmp_path / "rules/city/approvals/build_permit.yaml"
    path.write_text(path.read_text("utf-8") + "  - {方式: 告知承诺, 当: {工程类型: 道路}}\n", "utf-8")
    none = measure(Planner.from_files(tmp_path / "rules/city").rulebook, (), TODAY)
    routes = [g for g in none.gaps if g.source.file == "city/approvals/build_permit.yaml" and "告知承诺" in g.source.name]
    assert len(routes) == 4


def test_the_days_of_a_general_rule_want_a_scenario_on_either_side(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE.parent, tmp_path / "rules")
    path = tmp_path / "rules/national/clocks.yaml"
    path.write_text(path.read_text("utf-8").replace("    到: 开工", "    生效: 2026-03-01\n    到: 开工"), "utf-8")
    own = Planner.from_files(tmp_path / "rules/city")
    (tmp_path / "features").mkdir()

    def lacking(*days: str) -> set[str]:
        speaks = '那么 "开工前的总时限"最多 120 个工作日，计划用 5 个工作日'
        return gaps(
            covered(own, tmp_path / "features", *(house("工程类型：住宅", speaks, day) for day in days)), "clocks.yaml", "日期"
        )

    assert lacking("2026-03-01") == {"2026-03-01 以前的法律"}
    assert lacking("2026-02-28", "2026-03-01") == set()
