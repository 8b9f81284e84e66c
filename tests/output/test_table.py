"""The plan as text for a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

import pytest

from planner import Plan, Planner
from planner.output.outline import MANY_UNSETTLED, Outline
from planner.output.table import render_table
from planner.output.words import Words, words_for
from planner.plan import Certainty, Message, Status

PlanOf = Callable[..., Plan]
EXAMPLES = ("hospital-600-beds", "incomplete", "ground-pv-plant", "equipment-only-upgrade")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def columns(line: str) -> int:
    """The width of a line on a terminal, reckoned here on its own."""
    return sum(2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in line)


def section(text: str, heading: str, lang: str = "zh") -> str:
    """The part under a heading, up to the next."""
    titles = {line for line, under in zip(text.split("\n"), text.split("\n")[1:], strict=False) if re.fullmatch("=+", under)}
    lines = text.split("\n")
    start = lines.index(heading)
    end = next((n for n in range(start + 1, len(lines)) if lines[n] in titles), len(lines))
    return "\n".join(lines[start:end])


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [64, 80, 100, 137])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_line_is_wider_than_the_terminal(anshan: Planner, plan_of: PlanOf, name: str, width: int, lang: str) -> None:
    text = render_table(plan_of(name), lang=lang, width=width, calendar=anshan.calendar)
    wide = [line for line in text.split("\n") if columns(line) > width]
    assert wide == []


@pytest.mark.parametrize("width", [80, 100])
def test_the_full_plan_fits_too(anshan: Planner, rich_plan: Plan, width: int) -> None:
    text = render_table(rich_plan, width=width, calendar=anshan.calendar)
    assert max(map(columns, text.split("\n"))) <= width


def test_colour_only_adds_colour(rich_plan: Plan) -> None:
    plain, coloured = render_table(rich_plan, width=100), render_table(rich_plan, width=100, color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert [line.rstrip() for line in ANSI.sub("", coloured).split("\n")] == plain.split("\n")


def test_equal_plans_give_equal_text(rich_plan: Plan) -> None:
    assert render_table(rich_plan, width=100) == render_table(rich_plan.model_copy(deep=True), width=100)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [80, 100])
def test_every_approval_its_department_and_papers_are_there(plan_of: PlanOf, name: str, width: int) -> None:
    plan = plan_of(name)
    text = render_table(plan, width=width)
    unwrapped = re.sub(r"\s", "", text)
    papers = section(text, "材料清单")
    brief = sum(item.status is Status.DEPENDS for item in plan.items) > MANY_UNSETTLED
    for item in plan.items:
        assert re.sub(r"\s", "", item.name) in unwrapped
        if brief and item.status is Status.DEPENDS:
            assert f"\n{item.name}（" not in papers
            continue
        assert re.sub(r"\s", "", item.name) in re.sub(r"\s", "", papers)
        for paper in item.materials:
            assert re.sub(r"\s", "", paper.name) in re.sub(r"\s", "", papers)
    assert ("材料等确定要办以后再列" in papers) == brief
    for one in plan.not_required:
        assert re.sub(r"\s", "", one.name) in re.sub(r"\s", "", section(text, "不需要办理的事项"))


def test_blockers_come_before_everything_but_the_projects_name(rich_plan: Plan) -> None:
    text = render_table(rich_plan, width=100)
    assert text.index("!!!!") < text.index("没有产能置换方案的不得备案") < text.index("主要结果") < text.index("审批事项一览")
    assert "《试验办法》第三条[待核]" in text
    assert "\n- 《试验办法》（试〔2026〕1号）\n" in section(text, "引用的文件")
    assert "!!" not in render_table(rich_plan.model_copy(update={"blockers": ()}), width=100)


def test_a_blocker_that_may_apply_names_the_facts_it_turns_on(rich_plan: Plan) -> None:
    text = render_table(rich_plan, width=100, fact_names={"credit_bad": "失信主体"})
    assert "如果成立才适用，取决于：失信主体" in text
    assert "取决于：credit_bad" in render_table(rich_plan, width=100)


def test_items_stand_under_their_stage_in_the_order_of_the_law(plan_of: PlanOf) -> None:
    text = section(render_table(plan_of("hospital-600-beds"), width=100), "审批事项一览")
    stages = ["立项用地规划许可", "工程建设许可", "施工许可", "竣工验收"]
    lines = text.split("\n")
    assert [line for line in lines if line in stages] == stages
    assert text.index("立项用地规划许可\n") < text.index("可行性研究报告审批") < text.index("工程建设许可\n")


def test_slack_of_many_days_stands_whole_in_its_column(plan_of: PlanOf) -> None:
    plan = plan_of("housing-estate")
    items = tuple(item.model_copy(update={"slack": -1737}) for item in plan.items)
    text = render_table(plan.model_copy(update={"items": items}), "zh", 120)
    assert sum(line.endswith(" -1737") for line in text.splitlines()) == len(items)


def test_marks_say_what_is_critical_open_unverified_and_provisional(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    outline = Outline(plan, Words())
    text = section(render_table(plan, width=140), "审批事项一览")
    for item in plan.items:
        line = next(line for line in text.split("\n") if line[2:].startswith(item.name))
        assert (line[0] == "*") == outline.critical(item)
        assert (line[1] == "?") == (item.status is Status.DEPENDS)
        assert ("[待核]" in line) == (not item.verified)
        decide = item.dates.decide_promised
        assert (f"~{decide.date}" in line) == (decide.certainty is Certainty.PROVISIONAL)
        assert f"{item.dates.submit_from.date}" in line
        if item.statutory is not None:
            assert Words().term(item.statutory) in line


def test_what_an_item_depends_on_is_named_and_asked_for(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    text = render_table(plan, width=140)
    asked = section(text, "还不能判断：请补充的情况")
    assert plan.open_facts
    for fact in plan.open_facts:
        assert f"? {fact.name}：" in asked
    names = {fact.code: fact.name for fact in plan.open_facts}
    hanging = next(item for item in plan.items if len(item.depends_on) > 1)
    listed = re.sub(r"\s", "", section(text, "审批事项一览"))
    assert f"取决于：{'、'.join(names[code] for code in hanging.depends_on)}" in listed


def test_a_settled_plan_asks_nothing(plan_of: PlanOf) -> None:
    plan = plan_of("refractory-line-upgrade")
    assert not plan.open_facts
    assert "还不能判断" not in render_table(plan, width=100)


def test_what_only_a_missing_number_leaves_open_asks_nothing_of_the_project(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    assert not plan.open_facts
    text = render_table(plan, width=140)
    assert "请补充的情况" not in text
    assert "还不能判断：规则库缺少数值，补充项目情况也定不下来（1 项）\n ?交通影响评价审查" in text


def test_promised_and_statutory_limits_stand_one_below_the_other(rich_plan: Plan) -> None:
    lines = render_table(rich_plan, width=100).split("\n")
    place = next(n for n, line in enumerate(lines) if "承诺 5 工作日" in line)
    assert "法定 " in lines[place + 1]


def test_shared_papers_and_papers_that_may_follow_are_marked(rich_plan: Plan) -> None:
    papers = section(render_table(rich_plan, width=140), "材料清单")
    item = next(i for i in rich_plan.items if any(p.shared and p.comes_from and p.later for p in i.materials))
    paper = next(p for p in item.materials if p.shared and p.comes_from and p.later)
    line = next(line for line in papers.split("\n") if paper.name in line)
    assert line.startswith("  [免交] ")
    assert f"来自：{rich_plan.item(str(paper.comes_from)).name}" in line
    assert "可容缺后补" in line


def test_a_target_that_cannot_be_met_says_what_forbids_it(rich_plan: Plan) -> None:
    figures = section(render_table(rich_plan, width=140), "主要结果")
    assert rich_plan.target is not None
    assert not rich_plan.target.feasible
    assert "实现不了" in figures
    outline = Outline(rich_plan, Words())
    for term in rich_plan.target.conflict:
        assert re.sub(r"\s", "", outline.term(term)) in re.sub(r"\s", "", figures)


def figures_of(plan: Plan, lang: str = "zh", width: int = 140) -> str:
    """The key figures, without what breaks lines."""
    text = render_table(plan, lang=lang, width=width)
    return re.sub(r"\s", "", section(text, {"zh": "主要结果", "en": "Key figures"}[lang], lang))


@pytest.mark.parametrize("width", [64, 80, 140])
def test_dates_that_took_construction_as_zero_say_so_where_they_stand(plan_of: PlanOf, width: int) -> None:
    plan = plan_of("incomplete")
    assert "construction" in {one.code for one in plan.assumed_zero}
    figures = figures_of(plan, width=width)
    for label, milestone in (("竣工验收", plan.milestones.completion), ("投入使用", plan.milestones.use)):
        assert f"最早{label}~{milestone.promised.date}（未给工期，按零天计，实际更晚" in figures
    english = figures_of(plan, "en")
    assert english.count("(constructiontimeunknown,countedaszerodays:willbelater") == 2


def test_a_start_without_the_time_to_prepare_says_so(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    assert f"最早开工~{plan.milestones.start_of_works.promised.date}（未含编制文件等准备时间；" in figures_of(plan)
    assert "withoutthetimetopreparedocuments" in figures_of(plan, "en")
    prepared = tuple(
        item.model_copy(update={"preparation": tuple(s.model_copy(update={"days": 5}) for s in item.preparation)})
        for item in plan.items
    )
    assert "未含编制文件" not in figures_of(plan.model_copy(update={"items": prepared}))


def test_dates_that_took_nothing_as_zero_carry_no_remark(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    assert "construction" not in {one.code for one in plan.assumed_zero}
    assert "未给工期" not in figures_of(plan)
    bare = tuple(item.model_copy(update={"preparation": ()}) for item in plan.items)
    assert "准备时间" not in figures_of(plan.model_copy(update={"items": bare}))


def test_preparation_after_the_start_leaves_the_start_alone(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    early = Outline(plan, Words()).before("start_of_works")
    late = Outline(plan, Words()).before("use")
    unprepared = next(item.preparation[0] for item in plan.items if item.preparation).model_copy(update={"days": None})
    assert early < late

    def with_step(codes: frozenset[str]) -> Outline:
        changed = {True: (unprepared,), False: ()}
        items = tuple(item.model_copy(update={"preparation": changed[item.code in codes]}) for item in plan.items)
        return Outline(plan.model_copy(update={"items": items}), Words())

    doubted = with_step(late - early)
    assert doubted.doubts("start_of_works") == ()
    assert doubted.doubts("use") == ("no_preparation",)
    # What a permit waits for delays the start as much as the permit does.
    indirect = frozenset(c for c in early if not any(g.gate == "START" for g in plan.item(c).gates))
    assert indirect
    assert with_step(indirect).doubts("start_of_works") == ("no_preparation",)


def test_a_target_that_only_holds_with_construction_as_zero_says_so(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete", target=("use", date(2029, 1, 1)))
    assert re.search(r"可以实现。最早~[\d-]+（[\d～-]+）。（未给工期，按零天计，实际更晚）", figures_of(plan))


def test_dates_to_supplement_and_to_check_stand_with_the_item(rich_plan: Plan) -> None:
    item = next(i for i in rich_plan.items if i.dates.supplement_by and i.dates.verify_by)
    text = render_table(rich_plan, width=80)
    assert f"容缺材料补齐截止： {Words().day(item.dates.decide_statutory)}" in text
    assert f"告知承诺核查截止： {Words().day(item.dates.decide_statutory)}" in text
    without = item.dates.model_copy(update={"supplement_by": None, "verify_by": None})
    items = tuple(i.model_copy(update={"dates": without}) for i in rich_plan.items)
    assert "截止" not in render_table(rich_plan.model_copy(update={"items": items}), width=80)


def test_papers_that_a_commitment_stands_in_for_are_marked(rich_plan: Plan) -> None:
    papers = section(render_table(rich_plan, width=140), "材料清单")
    assert papers.count("以承诺代替") == sum(paper.by_promise for item in rich_plan.items for paper in item.materials) > 0


def test_what_hangs_on_a_fact_may_be_a_blocker(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    codes = {code for fact in plan.open_facts for code in fact.items} - {item.code for item in plan.items}
    assert "own_land_conflict" in codes
    asked = section(render_table(plan, width=140), "还不能判断：请补充的情况")
    assert "自有用地与新增建设用地矛盾" in asked
    assert not [code for code in codes if code in asked]


def test_a_message_that_may_apply_on_no_one_fact_names_none(rich_plan: Plan) -> None:
    doubt = Message(code="office_in_doubt", text="甲：也可能由乙办理", status=Status.DEPENDS)
    text = render_table(rich_plan.model_copy(update={"warnings": (doubt,), "blockers": ()}), width=100)
    assert "也可能由乙办理" in text
    assert "如果成立才适用" not in text


def test_the_strip_has_a_bar_for_each_item_that_begins_in_the_order_of_acceptance(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    strip = section(render_table(plan, width=140, calendar=anshan.calendar), "进度图")
    begins = {}
    rows = [row for row in strip.split("\n") if re.search(".{4}[█▓]", row) and not row.startswith("█")]
    for item in plan.items:
        label = {row for row in rows if item.name.startswith(re.split(" |…", row[1:])[0])}
        assert len(label) == 1
        begins[item.code] = columns(re.split("[█▓]", label.pop())[0])
    ordered = sorted(plan.items, key=lambda i: i.dates.accept.date)
    assert [begins[i.code] for i in ordered] == sorted(begins.values())


def test_long_holidays_are_marked_in_the_strip_when_the_calendar_is_given(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")

    def rows(text: str) -> str:
        return "".join(line[40:] for line in section(text, "进度图").split("\n")[4:-2])

    assert ":" in rows(render_table(plan, width=140, calendar=anshan.calendar))
    assert ":" not in rows(render_table(plan, width=140))


def test_the_time_left_out_is_marked(plan_of: PlanOf) -> None:
    assert "//" in section(render_table(plan_of("hospital-600-beds"), width=100), "进度图")
    assert "//" not in section(render_table(plan_of("incomplete"), width=100), "进度图")


def test_assumed_zero_warnings_and_sources_are_told(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    text = render_table(plan, width=140)
    zero = re.sub(r"\s", "", section(text, "按零计的时间"))
    for one in plan.assumed_zero:
        assert re.sub(r"\s", "", one.name) in zero
    warnings = re.sub(r"\s", "", section(text, "提示"))
    for message in plan.warnings:
        assert re.sub(r"\s", "", message.text) in warnings
    assert plan.provenance.rulebook_name in section(text, "来源")


def test_control_and_direction_characters_do_not_reach_the_terminal(rich_plan: Plan) -> None:
    project = rich_plan.project.model_copy(update={"name": "红\x1b[31m字\u202e倒\r换行\n末", "content": "\x9b2J\x07"})
    text = render_table(rich_plan.model_copy(update={"project": project}), width=100)
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]
    assert "红[31m字倒 换行 末" in text


def test_english_labels_keep_the_chinese_names(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    text = render_table(plan, lang="en", width=100)
    for label in ("Construction approval plan", "Approvals at a glance", "Statutory 20 wd", "Not required", "Critical path"):
        assert label in text
    assert plan.items[0].name in text


def test_a_language_there_is_not(rich_plan: Plan) -> None:
    with pytest.raises(ValueError, match="zh"):
        render_table(rich_plan, lang="fr")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_labels_can_be_printed_on_a_gbk_terminal(rich_plan: Plan, lang: str) -> None:
    """Windows command lines in China still speak GBK; what the plan itself says may not fit, the labels must."""
    words_for(lang)
    text = render_table(rich_plan, lang=lang, width=100)
    unprintable = {c for c in text if not _in_gbk(c)}
    assert unprintable <= set(rich_plan.model_dump_json())


def _in_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
