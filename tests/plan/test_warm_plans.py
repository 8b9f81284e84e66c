"""What a planner remembers changes no plan: made with a warm planner it is the plan of a fresh one, byte for byte. And no route harms."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from planner import Plan, Planner, Project
from planner.plan import PlanDate
from planner.vocabulary import Fact

BASIS = "依据: [{文件: 本法, 条款: 第一条}], 核验: 已核"
WHERE_RISKY = f"适用: [{{名称: 有风险才要, 当: {{有风险: 是}}, {BASIS}}}]\n"
WHERE_BIG = f"适用: [{{名称: 等级高才要, 当: {{等级: 高}}, {BASIS}}}]\n"
START, COMPLETE = (f"卡住: [{{节点: {name}, {BASIS}}}]\n" for name in ("开工", "竣工验收"))
STEP = "准备: [{代码: writing, 名称: 编制, 承担: 申请人}]\n"


def limit(term: str, more: str = "") -> str:
    return f"法定时限: [{{期限: {term}{more}, {BASIS}}}]\n"


BOOK = {
    "a": WHERE_RISKY + limit("12 工作日", ", 可延长: 5 工作日") + STEP,
    "d": WHERE_BIG + limit("20 日"),
    "b": limit("10 工作日")
    + f"材料: [{{名称: 甲, 来自: a, 次要: 是, {BASIS}}}, {{名称: 丁, 来自: d, 次要: 是, {BASIS}}}, {{名称: 图, 当: {{规模: ≥ 10 ㎡}}, {BASIS}}}]\n"
    + f"路线: [{{方式: 告知承诺, 名称: 代两样, 代替: [甲, 图], {BASIS}}}, "
    + f"{{方式: 告知承诺, 名称: 代一样, 代替: [丁], 当: {{规模: < 500 ㎡}}, {BASIS}}}, "
    + f"{{方式: 预审, 先审: [a, d], {BASIS}}}]\n",
    "c": limit("15 工作日", ", 不计入: [{程序: 公示, 最长: 5 日, 必经: 是}]")
    + START
    + f"前置: [{{事项: b, 卡点: 受理, {BASIS}}}, {{事项: d, 卡点: 受理, 当: {{规模: ≥ 50 ㎡}}, {BASIS}}}]\n"
    + f"路线: [{{方式: 分阶段办理, 后移: [b, d], {BASIS}}}, {{方式: 告知承诺, 名称: 整项, 期限: 4 工作日, 当: {{有风险: 否}}, {BASIS}}}]\n",
    "e": limit("30 日")
    + COMPLETE
    + f"前置: [{{事项: c, 卡点: 办结, {BASIS}}}]\n"
    + f"路线: [{{方式: 告知承诺, 选用: 一律, 期限: 当场, 当: {{规模: < 100 ㎡}}, {BASIS}}}]\n",
    "f": limit("5 工作日") + f"前置: [{{节点: 完工, 卡点: 受理, {BASIS}}}]\n卡住: [{{节点: 投入使用, {BASIS}}}]\n",
}
CITY = {
    "a": f"承诺时限: [{{期限: 8 工作日, {BASIS}}}]\n",
    "b": f"容缺后补: [{{材料: 甲, 补齐期限: 3 工作日, {BASIS}}}, {{材料: 丁, 当: {{规模: < 800 ㎡}}, {BASIS}}}]\n",
}
GENERAL = {
    "routes": f"路线总则: [{{代码: g, 名称: 总则, 方式: 告知承诺, 核查期限: 20 工作日, 排除: [{{名称: 大的, 当: {{规模: ≥ 900 ㎡}}, 事项: [b], {BASIS}}}, "
    f"{{名称: 失信的, 当: {{失信主体: 是}}, {BASIS}}}], {BASIS}}}]\n",
    "lanes": f"快办通道: [{{代码: l, 名称: 小的, 当: {{规模: < 200 ㎡}}, 开放: 是, 效果: [快], 路线: [{{事项: e, 方式: 预审, 先审: [c], {BASIS}}}], {BASIS}}}]\n",
    "joint": f"联合办理: [{{代码: j, 名称: 联, 牵头: 办事, 事项: [a, d], 期限: 15 工作日, 当: {{有风险: 是}}, {BASIS}}}]\n",
    "clocks": f"时限总则: [{{代码: k, 名称: 补正, 程序: 补正, 期限: 5 工作日, 种类: [行政许可], 当: {{有风险: 否}}, {BASIS}}}]\n"
    f"总时限: [{{代码: m, 名称: 总, 到: 竣工验收, 最多: 30 工作日, {BASIS}}}]\n",
}
SIZES = ["5 ㎡", "60 ㎡", "150 ㎡", "600 ㎡", "850 ㎡", "950 ㎡", "不适用", None]
POLICIES = ("standard", "fastest", "fewest_promises")
DAYS = (date(2026, 3, 2), date(2026, 9, 26), date(2026, 12, 7))


def fresh(planner: Planner) -> Planner:
    """The same rulebook with nothing remembered."""
    return replace(planner, _memories={})


def asked(random: Random, facts: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    """Everything a plan is asked for, at random."""
    durations = {step: f"{random.randrange(30)} 工作日" for step in steps if random.random() < 0.4}
    if random.random() < 0.5:
        durations["施工"] = f"{random.randrange(200)} 日"
    day = random.choice(DAYS)
    wish = (random.choice(("start_of_works", "completion", "use")), date.fromordinal(day.toordinal() + random.randrange(-20, 200)))
    return {
        "project": Project(name="试", facts=facts, durations=durations),
        "as_of": DAYS[0],
        "start": day,
        "target": random.choice((None, wish)),
        "routes": random.choice(POLICIES),
    }


@pytest.fixture
def small(planner_of: Callable[..., Planner]) -> Planner:
    return planner_of(BOOK, CITY, **GENERAL)


def some_facts(random: Random) -> dict[str, Any]:
    given = {
        "size": random.choice(SIZES),
        "risky": random.choice((True, False, None)),
        "credit_bad": random.choice((True, False, False, None)),
        "grade": random.choice(("high", "low", None, None, None)),
    }
    return {code: value for code, value in given.items() if value is not None}


def test_a_warm_planner_makes_the_plans_of_a_fresh_one(small: Planner) -> None:
    random = Random(20261124)
    for _ in range(400):
        ask = asked(random, some_facts(random), ["writing"])
        assert small.plan(**ask).model_dump_json() == fresh(small).plan(**ask).model_dump_json()


def test_threads_that_share_a_planner_make_the_plans_of_a_fresh_one(small: Planner) -> None:
    random = Random(7)
    asks = [asked(random, some_facts(random), ["writing"]) for _ in range(80)]
    with ThreadPoolExecutor(8) as pool:
        shared = list(pool.map(lambda ask: small.plan(**ask).model_dump_json(), asks))
    assert shared == [fresh(small).plan(**ask).model_dump_json() for ask in asks]


RULES = Path(__file__).resolve().parents[2]


def any_value(random: Random, fact: Fact) -> Any:
    match fact.kind:
        case "yes_no":
            return random.choice((True, False))
        case "choice":
            return random.choice(fact.choices).code
        case "set":
            return [choice.code for choice in fact.choices if random.random() < 0.15]
        case "number":
            low = max(0, int(fact.low or 0))
            return low + int(10 ** random.uniform(0, 5)) if fact.high is None else random.randint(low, int(fact.high))
    return None


@pytest.mark.parametrize("rules", ["rules/anshan", "features/示例规则库/捷径市"])
def test_a_warm_planner_makes_the_plans_of_a_fresh_one_from_whole_rulebooks(rules: str) -> None:
    planner = Planner.from_files(RULES / rules)
    random = Random(rules)
    vocabulary = [fact for fact in planner.rulebook.vocabulary.facts.values() if not fact.derived]
    steps = sorted(planner.steps)
    for _ in range(20):
        share = random.choice((0.1, 0.5, 0.9))
        facts = {
            fact.code: value for fact in vocabulary if random.random() < share and (value := any_value(random, fact)) is not None
        }
        ask = asked(random, facts, steps)
        assert planner.plan(**ask).model_dump_json() == fresh(planner).plan(**ask).model_dump_json()


def test_what_a_plan_says_of_its_routes_is_what_the_other_policies_do(small: Planner) -> None:
    random = Random(3)
    for _ in range(150):
        ask = asked(random, some_facts(random), ["writing"])
        plans = {policy: small.plan(**{**ask, "routes": policy}) for policy in POLICIES}
        standard, fastest, fewest = (plans[policy] for policy in POLICIES)
        for plan in plans.values():
            assert plan.choice.standard == standard.choice.reached
            assert plan.choice.fastest == fastest.choice.reached
            check(plan)
        for milestone in ("start_of_works", "completion", "use"):
            days = [getattr(plan.milestones, milestone).promised.date for plan in (fastest, fewest, standard)]
            assert days == sorted(days)
        if ask["target"] is None:
            assert fewest.choice.reached.date == fastest.choice.reached.date
        assert fewest.choice.promises <= fastest.choice.promises
        for plan in plans.values():
            gains(plan)


def not_before(later: PlanDate, earlier: PlanDate) -> None:
    assert later.date >= earlier.date
    assert later.earliest >= earlier.earliest
    assert later.latest >= earlier.latest


def check(plan: Plan) -> None:
    """What holds of the days of every plan."""
    reached = {name: getattr(plan.milestones, name) for name in ("start_of_works", "completion", "use")}
    assert plan.choice.reached == reached[plan.choice.milestone].promised
    for one in reached.values():
        not_before(one.statutory, one.promised)
    for item in plan.items:
        not_before(item.dates.decide_statutory, item.dates.decide_promised)
        not_before(item.dates.decide_promised, item.dates.accept)
        assert sum(route.taken and route.optional for route in item.routes) == sum(
            key.startswith(f"{item.code}/") for key in plan.choice.taken
        )
        if item.dates.supplement_by is not None:
            not_before(item.dates.decide_promised, item.dates.supplement_by)
        if item.dates.verify_by is not None:
            not_before(item.dates.verify_by, item.dates.decide_promised)
    keys = [route.key for item in plan.items for route in item.routes]
    assert len(set(keys)) == len(keys)


def gains(plan: Plan) -> None:
    """What a route makes of the milestone is never a loss and never more than all of them make."""
    for item in plan.items:
        for route in item.routes:
            if route.days_gained is not None:
                assert 0 <= route.days_gained <= plan.choice.days_possible
    assert all(earlier.reached > later.reached for earlier, later in zip(plan.choice.ladder, plan.choice.ladder[1:], strict=False))


def test_the_samples_reach_every_kind_of_route(small: Planner) -> None:
    """Else the tests above would say little."""
    random, seen = Random(20261124), set[tuple[str, bool | None]]()
    for _ in range(150):
        plan = small.plan(**asked(random, some_facts(random), ["writing"]))
        seen |= {(route.route.value, route.taken) for item in plan.items for route in item.routes}
        seen |= {(closed.route.value, None) for item in plan.items for closed in item.closed_routes}
    assert seen >= set(product(("commitment", "deficiency", "pre_review", "staged"), (True, False)))
    assert {("commitment", None), ("deficiency", None)} <= seen
