"""Rules that are not one approval's: what each layer says of routes, lanes, joint handling, clocks and caps, and what it may not."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from planner.calendar import CalendarDays, WorkingDays
from planner.rulebook.compile import ApprovalInForce, InForce
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group, Leaf, facts_read
from planner.rulebook.lists import grounded_lists, grounded_parts
from planner.rulebook.load import load_rulebook
from planner.rulebook.loosened import covers
from planner.rulebook.models import Approval, LaneModel, Overlay
from planner.rulebook.rulebook import Rulebook
from planner.vocabulary import Vocabulary

GOOD = Path(__file__).parent / "good"
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(GOOD / "city")[0]


@pytest.fixture(scope="module")
def law(book: Rulebook) -> InForce:
    return book.at(DAY)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "rules")
    return tmp_path / "rules"


def approval(law: InForce, code: str) -> ApprovalInForce:
    return next(a for a in law.approvals if a.model.code == code)


def test_every_kind_is_read(law: InForce) -> None:
    (routes,) = law.routes
    assert (routes.rule.item.way, routes.rule.item.verify_within) == ("告知承诺", CalendarDays(60))
    assert [(e.item.name, e.item.approvals) for e in routes.exclusions] == [
        ("占用基本农田", ()),
        ("特殊工程的消防", ("fire_check",)),
    ]
    (joint,) = law.joint
    assert joint.lead is not None
    assert (joint.lead.item.bureau, joint.rule.item.term) == ("市住建局", WorkingDays(15))
    assert [(c.item.procedure, c.item.term, c.item.effect) for c in law.clocks] == [
        ("补正", WorkingDays(5), "视为受理"),
        ("送达", WorkingDays(10), ""),
    ]
    assert [(c.item.reach, c.item.term) for c in law.caps] == [("开工", WorkingDays(120))]


def test_reasons_name_the_line_of_each_part(law: InForce) -> None:
    places = [law.routes[0].rule.source, *(e.source for e in law.routes[0].exclusions), law.caps[0].source]
    lines = {file: (GOOD / file).read_text("utf-8").split("\n") for file in {p.file for p in places}}
    assert [lines[p.file][p.line - 1].strip() for p in places] == [
        "- 代码: promise",
        "- 名称: 占用基本农田",
        "- 名称: 特殊工程的消防",
        "- 代码: until_works",
    ]


def test_a_layer_above_replaces_by_code(book: Rulebook, law: InForce) -> None:
    (lane,) = law.lanes
    assert (lane.layer, lane.item.open) == ("city", True)
    (loaded,) = [one for one in book.general if isinstance(one.model, LaneModel)]
    assert [(one.layer, one.model.open) for one in loaded.below] == [("national", False)]


def test_an_open_lane_gives_its_approvals_a_route_and_a_closed_one_none(law: InForce, copy: Path) -> None:
    assert [r.item.replaces for r in approval(law, "build_permit").routes] == [(), ("资金承诺书",)]
    (copy / "city/lanes.yaml").unlink()
    closed = load_rulebook(copy / "city")[0].at(DAY)
    assert [lane.item.open for lane in closed.lanes] == [False]
    assert [r.item.replaces for r in approval(closed, "build_permit").routes] == [()]


def test_versions_of_one_code_follow_each_other(copy: Path) -> None:
    text = "总时限:\n" + "".join(
        f"  - {{代码: own, 名称: 甲, 到: 办完, 最多: {days} 工作日, {when}}}\n"
        for days, when in ((90, "失效: 2027-01-01"), (80, "生效: 2027-01-01"))
    )
    (copy / "city/clocks.yaml").write_text(text, "utf-8")
    book = load_rulebook(copy / "city")[0]

    def own(day: date) -> list[int]:
        return [c.item.term.n for c in book.at(day).caps if c.item.code == "own"]

    assert (own(date(2026, 12, 31)), own(date(2027, 1, 1))) == ([90], [80])


def test_the_layer_above_speaks_for_all_dates(copy: Path) -> None:
    """A lane that the city opens next year is not there before: neither the city's nor the one below."""
    path = copy / "city/lanes.yaml"
    path.write_text(path.read_text("utf-8").replace("开放: 是", "开放: 是\n    生效: 2027-01-01"), "utf-8")
    book = load_rulebook(copy / "city")[0]
    assert [len(book.at(day).lanes) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [0, 1]


def test_long_lists_may_be_kept_by_theme(copy: Path) -> None:
    (copy / "national/clocks").mkdir()
    (copy / "national/clocks.yaml").rename(copy / "national/clocks/行政许可法.yaml")
    (copy / "national/clocks/总时限.yaml").write_text("总时限: [{代码: all, 名称: 甲, 到: 办完, 最多: 200 工作日}]\n", "utf-8")
    law = load_rulebook(copy / "city")[0].at(DAY)
    assert {c.item.code for c in law.caps} == {"until_works", "all"}


def test_one_list_of_the_clocks_is_enough(copy: Path) -> None:
    (copy / "national/clocks.yaml").write_text("总时限: [{代码: all, 名称: 甲, 到: 办完, 最多: 200 工作日}]\n", "utf-8")
    law = load_rulebook(copy / "city")[0].at(DAY)
    assert ([c.item.code for c in law.caps], law.clocks) == (["all"], ())


PROMISE = "{代码: promise, 名称: 规定, 方式: 告知承诺, 核查期限: 60 日, 排除: [%s]}"
FARMLAND, FIRE = "{名称: 占用基本农田, 当: {敏感区: 基本农田}}", "{名称: 特殊工程的消防, 当: {特殊工程: 是}, 事项: [fire_check]}"
ANY_FIRE = FIRE.replace(", 事项: [fire_check]", "")
DELIVERY = "{代码: delivery, 名称: 送达, 程序: 送达, 种类: [行政许可], "
CAP = "{代码: until_works, 名称: 开工前, 到: 开工, "
TIGHTER = {
    "the same exclusions": ("routes", f"路线总则: [{PROMISE % f'{FARMLAND}, {FIRE}'}]"),
    "an exclusion for every approval": ("routes", f"路线总则: [{PROMISE % f'{FARMLAND}, {ANY_FIRE}'}]"),
    "an exclusion of every project": ("routes", f"路线总则: [{PROMISE % '{名称: 都不行}'}]"),
    "an exclusion of more projects": (
        "routes",
        f"路线总则: [{PROMISE % f'{{名称: 农田或道路, 当: {{任一: [{{敏感区: 基本农田}}, {{工程类型: 道路}}]}}}}, {FIRE}'}]",
    ),
    "an exclusion in two versions": (
        "routes",
        f"路线总则: [{PROMISE % f'{FARMLAND[:-1]}, 失效: 2027-01-01}}, {FARMLAND[:-1]}, 生效: 2027-01-01}}, {FIRE}'}]",
    ),
    "a check that comes sooner": ("routes", f"路线总则: [{(PROMISE % f'{FARMLAND}, {FIRE}').replace('60 日', '30 日')}]"),
    "exclusions of its own beside": ("routes", "路线总则: [{代码: own, 名称: 甲, 方式: 告知承诺, 排除: [{名称: 乙, 当: 一律}]}]"),
    "a shorter delivery": ("clocks", f"时限总则: [{DELIVERY}期限: 3 工作日}}]"),
    "a delivery on the spot": ("clocks", f"时限总则: [{DELIVERY}期限: 当场}}]"),
    "a shorter delivery for one approval": (
        "clocks",
        "时限总则: [{代码: own, 名称: 甲, 程序: 送达, 期限: 5 工作日, 事项: [fire_check]}]",
    ),
    "a delivery of what the law says nothing of": (
        "clocks",
        "时限总则: [{代码: own, 名称: 甲, 程序: 送达, 期限: 30 工作日, 种类: [中介服务]}]",
    ),
    "a lower cap for more projects": ("clocks", f"总时限: [{CAP}最多: 80 工作日, 当: 一律}}]"),
    "a cap of its own": ("clocks", "总时限: [{代码: own, 名称: 甲, 到: 开工, 最多: 200 工作日}]"),
    "a cap in two versions": (
        "clocks",
        f"总时限: [{CAP}最多: 100 工作日, 失效: 2027-01-01}}, {CAP}最多: 80 工作日, 生效: 2027-01-01}}]",
    ),
    "a quicker joint review of fewer": (
        "joint",
        "联合办理: [{代码: joint_review, 名称: 甲, 牵头: 住建, 事项: [build_permit, fire_check], 期限: 9 工作日}]",
    ),
}


@pytest.mark.parametrize(("theme", "text"), TIGHTER.values(), ids=TIGHTER.keys())
def test_a_layer_above_may_tighten_and_add(copy: Path, theme: str, text: str) -> None:
    (copy / f"city/{theme}.yaml").write_text(text + "\n", "utf-8")
    assert load_rulebook(copy / "city")[1] == ()


def test_what_a_layer_below_lets_a_promise_replace_a_layer_above_may_open(copy: Path) -> None:
    """Bad samples hold the contrary: the same paper where the layer below says nothing, or for more projects than it says."""
    for layer in ("national", "city"):
        path = copy / layer / "lanes.yaml"
        path.write_text(path.read_text("utf-8").replace("[资金承诺书]", "[施工许可申请表]"), "utf-8")
    narrower = copy / "city/lanes.yaml"
    narrower.write_text(narrower.read_text("utf-8").replace("{水土易发区: 否}", "{水土易发区: 否, 特殊工程: 否}"), "utf-8")
    assert load_rulebook(copy / "city")[1] == ()


def test_a_promise_is_held_to_the_limits_of_the_projects_it_is_for(copy: Path) -> None:
    """Forty days are more than a form takes and less than a report: the route is for reports."""
    text = "代码: eia_review\n路线: [{方式: 告知承诺, 期限: 40 日, 当: {环评类别: 报告书}}]\n"
    (copy / "city/approvals/eia_review.yaml").write_text(text, "utf-8")
    assert load_rulebook(copy / "city")[1] == ()


# -- conditions as written ------------------------------------------------------------------------------------------------


def read(book: Rulebook, when: str) -> Expression:
    """`a` 房屋, `b` 易发区, `c` 特殊工程, joined by & and |, & first."""
    vocabulary: Vocabulary = book.vocabulary
    leaves = {}
    for letter, name, test in (("a", "工程类型", "房屋建筑"), ("b", "水土易发区", "是"), ("c", "特殊工程", "是")):
        fact = vocabulary.find(name)
        found = vocabulary.read_test(fact, test)
        assert found is not None
        leaves[letter] = Leaf(fact.code, found, test)
    if when == "1":
        return ALWAYS_TRUE
    ors = [[leaves[letter] for letter in part.split("&")] for part in when.split("|")]
    parts = tuple(part[0] if len(part) == 1 else Group("all", tuple(part)) for part in ors)
    return parts[0] if len(parts) == 1 else Group("any", parts)


@pytest.mark.parametrize(
    ("wide", "narrow", "seen"),
    [
        ("a", "a", True), ("a", "b", False), ("1", "a", True), ("a", "1", False), ("1", "1", True),
        ("a", "a&b", True), ("a&b", "a", False), ("a&b", "b&a", True), ("a&b", "a&b&c", True), ("a&b&c", "a&b", False),
        ("a|b", "a", True), ("a", "a|b", False), ("a|b", "b|a", True), ("a|b|c", "a|b", True), ("a|b", "a|b|c", False),
        ("a|b", "a&c", True), ("a&b|c", "a&b", True), ("a&b|c", "a", False), ("a|b&c", "a&b|a&c", True),
    ],
)  # fmt: skip
def test_one_condition_covers_another(book: Rulebook, wide: str, narrow: str, seen: bool) -> None:
    assert covers(read(book, wide), read(book, narrow)) is seen
    assert facts_read(read(book, wide)) <= {"works_kind", "erosion_prone", "special_works"}


# -- what is dated and grounded --------------------------------------------------------------------------------------------


def test_the_lists_are_read_off_the_models() -> None:
    assert [one.key for one in grounded_lists(Approval) if one.single] == ["办理方式"]
    assert {"适用", "例外", "改由", "法定时限", "前置", "材料", "路线", "有效期"} <= {one.key for one in grounded_lists(Approval)}
    assert {one.key for one in grounded_lists(Overlay)} == {"承诺时限", "容缺后补", "卡点放宽", "卡点选定", "路线", "办理方式"}
    assert [one.key for one in grounded_lists(LaneModel)] == ["路线"]


def test_every_part_of_a_file_is_found_where_it_stands(book: Rulebook) -> None:
    parts = list(grounded_parts(book.approvals["build_permit"].overlays[0].model))
    assert [part.path for part in parts] == [("承诺时限", 0), ("承诺时限", 1), ("容缺后补", 0), ("卡点放宽", 0), ("路线", 0)]
    assert parts[2].item.material == "资金承诺书"
