"""What the plan says of routes, clocks, provisional dates and the project as a whole, in the table and on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pytest

from planner import Plan, Planner, Project
from planner.output.axis import busy_days, due_days
from planner.output.course import moments
from planner.output.deadlines import deadlines
from planner.output.html import render_html
from planner.output.outline import Outline
from planner.output.table import render_table
from planner.output.ways import ways
from planner.output.words import Words
from planner.plan import Certainty, ClockRule, DayUnit, LegalBasis, PlanDate, RoutePolicy, RouteTaken, SkippedDays
from tests.output.small_rules import write_rules
from tests.output.test_html import Document, Element

Wish = tuple[Literal["start_of_works", "completion", "use"], date] | None
FACTS = {"有风险": "否", "失信主体": "否", "已完成区域评估": "地震"}
DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Office:
    """The small rulebook and what it plans."""

    planner: Planner

    def plan(self, routes: str = "standard", *, target: date | None = date(2026, 12, 10), **facts: str) -> Plan:
        project = Project(name="试", facts={**FACTS, **facts})
        wish: Wish = None if target is None else ("start_of_works", target)
        return self.planner.plan(project, as_of=DAY, routes=RoutePolicy(routes), target=wish)

    def page(self, plan: Plan, lang: str = "zh") -> Element:
        return Document(render_html(plan, self.planner.calendar, lang)).root

    def table(self, plan: Plan, lang: str = "zh", width: int = 160) -> str:
        return render_table(plan, lang, width, calendar=self.planner.calendar)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(write_rules(tmp_path_factory.mktemp("rules")))


def flat(text: str) -> str:
    return re.sub(r"[\s\u2060]", "", text)


Shown = Callable[[Plan], str]


@pytest.fixture(params=["table", "page"])
def shown(request: pytest.FixtureRequest, office: Office) -> Shown:
    """A plan as text, from either document, without spaces and line ends."""
    if request.param == "table":
        return lambda plan: flat(office.table(plan))
    return lambda plan: flat(office.page(plan).one("main").text)


# -- the head ------------------------------------------------------------------------------------------------------------


def test_the_head_says_which_routes_are_taken_and_what_they_could_gain(office: Office, shown: Shown) -> None:
    plan = office.plan()
    assert plan.choice.days_possible == 10
    text = shown(plan)
    for expected in (
        "不走捷径~2027-01-06→本计划~2027-01-06→捷径全走2026-12-22（已省0工作日，还能再省10工作日）",
        "--routesfewest_promises",
    ):
        assert expected in text
    assert "公司因此要兑现" not in text


def test_what_was_gained_and_what_it_binds_the_company_to(office: Office, shown: Shown) -> None:
    text = shown(office.plan("fastest"))
    assert "最快（捷径全走）" in text
    assert "（已省10工作日，没有再能省的）" in text
    assert "公司因此要兑现1项承诺，后补1份材料" in text
    assert "再排一次" not in text


def test_the_fewest_promises_show_each_step(office: Office, shown: Shown) -> None:
    plan = office.plan("fewest_promises")
    assert plan.choice.ladder
    text = shown(plan)
    assert "最少承诺" in text
    assert "到2026-12-22（省10工作日）至少要：承诺1项，后补0份；走：“主许可”的“免勘测承诺”" in text


def test_who_asked_for_the_fewest_promises_is_not_told_to_ask_again(office: Office, shown: Shown) -> None:
    plan = office.plan("fewest_promises", target=date(2027, 1, 20))
    assert plan.choice.days_possible > plan.choice.days_gained
    text = shown(plan)
    assert "还能再省10工作日" in text
    assert "再排一次" not in text


def test_a_decision_on_a_promise_shows_its_own_time_beside_the_limit(office: Office, shown: Shown) -> None:
    plan = office.plan("fastest", 有风险="是")
    review = next(item for item in plan.items if item.code == "review")
    assert review.dates.decide_statutory.date == DAY
    assert review.statutory is not None
    assert review.statutory.days == 5
    text = shown(plan)
    assert "凭承诺办结：当场" in text
    assert "凭“低风险承诺”办理，按当场排，不按这一时限" in text
    kept = [one for one in deadlines(Outline(plan, Words())) if one.owner == "review" and one.kind == "decide_statutory"]
    assert ["凭“低风险承诺”办理，按 当场 排，不按这一时限" in one.notes for one in kept] == [True]
    assert "凭承诺 当场" in office.table(plan)
    told = shown(office.plan(有风险="是"))
    assert "不按这一时限" not in told
    assert "凭承诺办结：当场" in told


def test_a_route_that_gains_nothing_is_not_recommended(office: Office, shown: Shown) -> None:
    plan = office.plan(有风险="是")
    assert plan.choice.days_possible == 0
    text = shown(plan)
    assert "条捷径可以走，但都不能让开工提前" in text
    assert "fewest_promises" not in text


def test_no_route_and_routes_that_cannot_be_judged(office: Office, shown: Shown) -> None:
    bare = office.plan()
    items = tuple(item.model_copy(update={"routes": ()}) for item in bare.items)
    none = bare.choice.model_copy(update={"days_possible": 0, "fastest": bare.choice.standard})
    assert "没有可以选的捷径" in shown(bare.model_copy(update={"items": items, "choice": none}))
    unknown = office.planner.plan(Project(name="试", facts={"已完成区域评估": "地震"}), as_of=DAY)
    assert "条还不能判断能不能走" in shown(unknown)


# -- the routes of an item -----------------------------------------------------------------------------------------------


def test_an_open_route_says_what_it_asks_gains_and_leaves_to_be_done(office: Office, shown: Shown) -> None:
    text = shown(office.plan("fastest"))
    for expected in (
        "告知承诺“免勘测承诺”",
        "省10工作日",
        "以承诺代替：勘测批复",
        "要承诺：地基符合标准",
        "另交：告知承诺书",
        "办结后30工作日内接受核查，不晚于~2027-02-03（2027-02-01至2027-02-13之间）",
        "做不到的后果：撤销许可",
        "试办发〔2026〕7号第三条",
        "可以后补：图纸",
        "补齐以前不作决定，不晚于2026-12-01",
    ):
        assert expected in text
    assert "走它能省" not in text


def test_a_route_that_is_not_taken_says_so_and_what_it_would_gain(office: Office, shown: Shown) -> None:
    text = shown(office.plan())
    assert "可选，未采用" in text
    assert "走它能省10工作日" in text
    assert "不影响开工" in text
    assert "接受核查，不晚于" not in text


def test_a_closed_route_says_why(office: Office, shown: Shown) -> None:
    assert "走不了：告知承诺" in (text := shown(office.plan()))
    assert "“低风险承诺”不成立。有风险：否（要求是）" in text
    assert "走不了" not in shown(office.plan(有风险="是", 失信主体="是").model_copy(update={"items": ()}))


def test_routes_that_differ_in_their_paper_alone_are_one(office: Office) -> None:
    plan = office.plan()
    item = plan.item("permit")
    route = next(route for route in item.routes if route.route is RouteTaken.DEFICIENCY)
    other = route.model_copy(update={"key": "x", "papers": ("说明",), "duty": "补交“说明”；补齐以前不作决定"})
    several = item.model_copy(update={"routes": (*item.routes, other)})
    outline = Outline(plan, Words())
    found = [way for way in ways(several, outline) if route.key in way.keys]
    assert [way.keys for way in found] == [(route.key, "x")]
    parts = dict(found[0].parts)
    assert parts["可以后补"] == "图纸、说明"
    assert parts["以后要做"] == "受理后 5 工作日内补交“图纸”；补齐以前不作决定；补交“说明”"
    dearer = other.model_copy(update={"days_gained": 4})
    assert len(ways(item.model_copy(update={"routes": (route, dearer)}), outline)) == 2


def test_consequences_that_several_routes_share_are_told_once(office: Office, shown: Shown) -> None:
    plan = office.plan("fastest")
    assert shown(plan).count("撤销许可") == 1
    assert "几条捷径共同的后果" not in shown(plan)
    both = ("记入信用记录", "三年内不得再申请")
    items = []
    for item in plan.items:
        routes = tuple(route.model_copy(update={"consequences": (*route.consequences, *both)}) for route in item.routes)
        items.append(item.model_copy(update={"routes": routes}))
    text = shown(plan.model_copy(update={"items": tuple(items)}))
    assert text.count("三年内不得再申请") == 1
    assert "几条捷径共同的后果：记入信用记录；三年内不得再申请" in text
    assert "做不到的后果：撤销许可；见“几条捷径共同的后果”" in text
    assert "做不到的后果：见“几条捷径共同的后果”" in text


def test_a_route_without_choice_is_called_so(office: Office) -> None:
    plan = office.plan("fastest")
    item = plan.item("permit")
    taken = item.routes[0].model_copy(update={"optional": False, "days_gained": None})
    way = ways(item.model_copy(update={"routes": (taken,)}), Outline(plan, Words()))[0]
    assert way.state == "采用（法律只有这一条）"
    assert way.gain == ""


# -- the clock -----------------------------------------------------------------------------------------------------------


def test_every_rule_of_the_clock_is_told_with_its_day(office: Office) -> None:
    plan = office.plan("fastest")
    card = flat(office.page(plan).one(id="item-permit").text)
    item = plan.item("permit")
    assert {rule.kind for rule in item.clock} == {"correction", "handling", "extension", "special_procedure", "delivery"}
    for rule in item.clock:
        if rule.by is not None:
            assert rule.by.date.isoformat() in card
    for expected in (
        "材料不齐，一次告知补正的最后一天5工作日，自收到申请起算",
        "法定时限届满，应当办结20工作日，自受理起算",
        "依法延长的最后一天最多2次，每次10工作日，排期未计入",
        "特别程序：专家评审最长30日，排期未计入",
        "特别程序：听证法律没有定上限，排期未计入",
        "决定送达的最后一天10工作日，自作出决定起算",
        "容缺材料补齐截止",
        "告知承诺核查截止",
    ):
        assert expected in card


def test_the_table_tells_the_clock_in_one_paragraph(office: Office) -> None:
    text = flat(office.table(office.plan()))
    assert "补正告知不晚于2026-12-15（不计：周末2天）" in text
    assert "法定20工作日，自受理起算（《本法》第二条；不计：元旦1-1～3；周末6天）" in text
    assert "可依法延长：最多2次，每次10工作日，排期未计入，至~2027-02-03" in text
    assert "送达不晚于~2027-01-20" in text


def test_what_sets_the_day_of_acceptance_is_named_with_its_law(office: Office, shown: Shown) -> None:
    standard = office.plan()
    assert standard.item("permit").dates.accept_after == "survey"
    assert "受理日由“勘测”决定" in shown(standard)
    assert "受理日由“勘测”决定" not in shown(office.plan("fastest"))
    moment = next(one for one in moments(standard.item("permit"), Outline(standard, Words())) if one.kind == "accept")
    assert moment.basis == standard.item("permit").gates[0].basis


def test_what_sets_the_day_of_decision_is_named(office: Office, shown: Shown) -> None:
    plan = office.plan()
    dates = plan.item("review").dates.model_copy(update={"decide_after": "survey"})
    items = tuple(i.model_copy(update={"dates": dates}) if i.code == "review" else i for i in plan.items)
    assert "办结日由“勘测”决定" in shown(plan.model_copy(update={"items": items}))
    assert "办结日由" not in shown(plan)


def test_a_minimum_wait_is_not_called_a_limit(office: Office, shown: Shown) -> None:
    plan = office.plan()
    card = office.page(plan).one(id="item-notice").text
    assert "最短间隔届满" in card
    assert "法定时限" not in card
    assert "最短间隔至少15日，自收到申请起算" in flat(office.table(plan))
    assert "法定至少" not in shown(plan)


def test_a_step_beside_a_minimum_wait_is_not_called_the_longest(office: Office, shown: Shown) -> None:
    plan = office.plan()
    step = ClockRule(
        kind="special_procedure", name="公示", days=3, unit=DayUnit.CALENDAR_DAYS, starts="end_of_limit", times=1, counted=True,
        by=None, effect="", basis=(), verified=True,
    )  # fmt: skip
    assert "特别程序：公示" not in shown(plan)

    def with_step(code: str) -> Plan:
        items = (item.model_copy(update={"clock": (*item.clock, step)}) if item.code == code else item for item in plan.items)
        return plan.model_copy(update={"items": tuple(items)})

    assert "3日，必经，排期已计入" in (told := shown(with_step("notice")))
    assert "最长3日" not in told
    assert "最长3日，必经，排期已计入" in shown(with_step("permit"))


def test_what_holds_for_many_is_said_once(office: Office, shown: Shown) -> None:
    plan = office.plan()
    assert sum(rule.effect == "视为受理" for item in plan.items for rule in item.clock) > 1
    assert shown(plan).count("逾期：视为受理") == 1
    alone = plan.model_copy(update={"items": (plan.item("permit"),)})
    assert shown(alone).count("逾期：视为受理") == 1


def test_a_citation_is_not_repeated_under_the_same_limit_but_after_another(office: Office) -> None:
    plan = office.plan()
    outline = Outline(plan, Words())
    by_kind = {one.kind: one for one in moments(plan.item("permit"), outline)}
    assert by_kind["extension"].basis == ()
    assert by_kind["delivery"].basis
    first = plan.item("survey")
    assert {one.kind: one for one in moments(first, outline)}["statutory"].basis == first.statutory.basis  # type: ignore[union-attr]


def test_days_off_are_named_in_full_for_the_limit_and_once_after_it(office: Office) -> None:
    plan = office.plan()
    item = plan.item("permit")
    by_kind = {one.kind: one for one in moments(item, Outline(plan, Words()))}
    limit, extension = by_kind["statutory"], by_kind["extension"]
    assert limit.day is not None
    assert limit.skipped == limit.day.skipped
    assert extension.day is not None
    assert extension.skipped == tuple(run for run in extension.day.skipped if run not in limit.skipped)
    assert extension.more


def test_weekends_are_counted() -> None:
    runs = (
        SkippedDays(first=date(2026, 9, 12), last=date(2026, 9, 13), name="周末"),
        SkippedDays(first=date(2026, 9, 19), last=date(2026, 9, 19), name="周末"),
        SkippedDays(first=date(2026, 10, 1), last=date(2026, 10, 7), name="国庆节"),
    )
    assert Words().skipped_short(runs) == "不计：国庆节 10-1～7；周末 3 天"
    assert Words().skipped_short(runs[:1], more=True) == "另不计：周末 2 天"
    assert Words().skipped_short(()) == ""


# -- provisional dates ---------------------------------------------------------------------------------------------------


def provisional(day: str, earliest: str, latest: str) -> PlanDate:
    first, last = date.fromisoformat(earliest), date.fromisoformat(latest)
    return PlanDate(date=date.fromisoformat(day), certainty=Certainty.PROVISIONAL, earliest=first, latest=last)


def test_the_ends_of_a_provisional_date_leave_out_a_year_that_is_its_own() -> None:
    words = Words()
    assert words.range(provisional("2027-02-03", "2027-02-01", "2027-02-13")) == "02-01～02-13"
    assert words.range(provisional("2027-01-04", "2026-12-31", "2027-01-04")) == "2026-12-31～2027-01-04"
    assert words.range(provisional("2027-01-04", "2027-01-04", "2027-01-04")) == ""
    firm = provisional("2027-02-03", "2027-02-01", "2027-02-13").model_copy(update={"certainty": Certainty.FIRM})
    assert words.range(firm) == ""


def moved(plan: Plan) -> Plan:
    """The same with a decision that may turn out earlier or later."""
    decide = provisional("2027-02-08", "2027-02-04", "2027-02-18")
    item = plan.item("permit")
    dates = item.dates.model_copy(update={"decide_promised": decide, "decide_statutory": decide})
    start = plan.milestones.start_of_works.model_copy(update={"promised": decide, "statutory": decide})
    milestones = plan.milestones.model_copy(update={"start_of_works": start})
    items = tuple(item.model_copy(update={"dates": dates}) if one is item else one for one in plan.items)
    return plan.model_copy(update={"items": items, "milestones": milestones})


def test_a_provisional_date_shows_both_its_ends(office: Office) -> None:
    plan = moved(office.plan())
    assert "日期暂定：最迟办结02-04～02-18" in flat(office.table(plan))
    assert "日期暂定：" not in flat(office.table(office.plan("fastest")))
    root = office.page(plan)
    assert "2027-02-08暂定02-04～02-18" in flat(root.one(id="item-permit").text)
    overview = next(s for s in root.all("section") if s.attributes.get("aria-labelledby") == "overview")
    assert "2027-02-08暂定02-04～02-18" in flat(overview.text)


def test_the_charts_show_the_ends_of_bars_and_milestones(office: Office) -> None:
    plan = moved(office.plan())
    chart = office.page(plan).one("svg", role="group")
    row = next(row for row in chart.all("g", kind="row") if row.attributes["data-code"] == "permit")
    assert len(row.all("path", kind="whisker")) == 1
    assert len([line for line in chart.all("g", kind="milestone") if line.all("path", kind="whisker")]) == 1
    assert "最早～最晚" in office.page(plan).one("ul", kind="legend").text
    calm = office.page(office.plan("fastest", target=None)).one("svg", role="group")
    assert calm.all("path", kind="whisker") == []
    strip = office.table(plan).split("进度图")[1]
    bar = next(line for line in strip.split("\n") if line.startswith("*主许可"))
    assert re.search("█~~+", bar)


def test_due_days_of_routes_are_marked_in_both_charts(office: Office) -> None:
    fast, plain = office.plan("fastest"), office.plan()
    root = office.page(fast)
    marks = root.one("svg", role="group").all("g", kind="due")
    titles = [mark.one("title").text for mark in marks]
    assert titles == ["主许可：容缺材料补齐截止 2026-12-01", "主许可：告知承诺核查截止 ~2027-02-03"]
    assert "走捷径的：补齐材料、接受核查的最后一天" in root.one("ul", kind="legend").text
    without = office.page(plain)
    assert without.one("svg", role="group").all("g", kind="due") == []
    assert "走捷径的" not in without.one("ul", kind="legend").text
    rows = [line for line in office.table(fast).split("进度图")[1].split("\n") if line.startswith("*主许可")]
    assert "◇" in rows[0]
    assert "◇" not in office.table(plain)


def test_the_time_axis_reaches_the_day_of_the_check(office: Office) -> None:
    plan = office.plan("fastest")
    item = plan.item("permit")
    assert item.dates.verify_by is not None
    assert [day.date for day in due_days(item)] == [date(2026, 12, 1), item.dates.verify_by.date]
    assert (item.dates.verify_by.date,) * 2 in set(busy_days(plan))


# -- the project as a whole ----------------------------------------------------------------------------------------------


def test_caps_say_what_the_plan_takes_of_them_and_stand_out_when_exceeded(office: Office, shown: Shown) -> None:
    plan = office.plan()
    text = shown(plan)
    assert "从立项到开工：用30，上限12工作日，超过18" in text
    assert "全部办完：用30，上限90工作日" in text
    warning = next(one.text for one in plan.warnings if one.code == "over_cap")
    assert text.count(flat(warning.removeprefix("从立项到开工："))) == 2
    root = office.page(plan)
    assert [one.text for one in root.one("div", kind="figures").all("p", kind="over")] == [
        "从立项到开工：用 30，上限 12 工作日，超过 18"
    ]
    assert len(root.all("tr", kind="exceeded")) == 2
    coloured = render_table(plan, width=160, color=True)
    assert re.search("\x1b\\[[0-9;]*31m从立项到开工：用 30", coloured)


def test_joint_procedures_name_lead_members_window_and_limit(office: Office, shown: Shown) -> None:
    text = shown(office.plan())
    assert "牵头：某局；2026-11-24至~2027-01-06，30工作日" in text
    assert "整个办理最多3工作日" in text
    assert "包括：主许可、审图" in text
    plan = office.plan()
    longer = plan.joint[0].model_copy(update={"over": False, "days": 40})
    assert "30工作日；限40工作日" in shown(plan.model_copy(update={"joint": (longer,)}))


def test_a_fast_lane_says_whether_it_is_open_and_fits(office: Office, shown: Shown) -> None:
    plan = office.plan()
    text = shown(plan)
    for expected in ("小型快办", "本地没有开通，不改变计划；项目符合", "立等可取", "本地没有文件"):
        assert expected in text
    opened = plan.lanes[0].model_copy(update={"open": True, "holds": "unknown"})
    assert "本地已开通；还不能判断项目是不是符合" in shown(plan.model_copy(update={"lanes": (opened,)}))


def test_regional_assessments_say_what_they_remove(office: Office, shown: Shown) -> None:
    plan = office.plan()
    assert "免办：地震评价" in shown(plan)
    relief = plan.relief[0].model_copy(update={"removes": (), "changes": ("permit",)})
    text = shown(plan.model_copy(update={"relief": (relief,)}))
    assert "改变：主许可" in text
    assert "免办" not in text


def test_without_any_of_them_there_is_no_such_part(office: Office, shown: Shown) -> None:
    plan = office.plan()
    heading = "整个项目：总时限"
    assert heading in shown(plan)
    assert heading not in shown(plan.model_copy(update={"caps": (), "joint": (), "lanes": (), "relief": ()}))


def test_the_burden_in_numbers(office: Office, shown: Shown) -> None:
    plan = office.plan("fastest")
    text = shown(plan)
    assert f"申报次数{plan.totals.steps}次" in re.sub("：", "", text)
    assert "1份以承诺代替；要提交1份" in text
    reused = plan.totals.model_copy(update={"reused_materials": 7, "materials_to_submit": 5})
    assert "7份前面已经交过；1份以承诺代替；要提交5份" in shown(plan.model_copy(update={"totals": reused}))


def test_until_when_the_plan_holds(office: Office, shown: Shown) -> None:
    plan = office.plan()
    assert "没有已知的规定变化" in shown(plan)
    valid = plan.valid.model_copy(update={"until": date(2027, 1, 1), "because": "规则改了"})
    assert "2026-12-31（规则改了）" in shown(plan.model_copy(update={"valid": valid}))


# -- the target ----------------------------------------------------------------------------------------------------------


def test_a_target_names_what_routes_reach_and_the_law_in_the_way(office: Office, shown: Shown) -> None:
    text = shown(office.plan())
    assert "实现不了。最早~2027-01-06。走捷径最早2026-12-22。放假安排不会改变这个结论。" in text.replace("。暂定走", "。走")
    assert "主许可（20工作日，《本法》第二条）" in text
    assert "走捷径最早" not in shown(office.plan("fastest"))


def test_a_target_that_a_notice_may_turn_says_so(office: Office, shown: Shown) -> None:
    plan = office.plan()
    assert plan.target is not None
    unsure = plan.model_copy(update={"target": plan.target.model_copy(update={"certain": False})})
    assert "还没有公布的放假安排可能改变这个结论" in shown(unsure)


# -- citations -----------------------------------------------------------------------------------------------------------


def test_documents_are_cited_in_short_and_listed_in_full_once(office: Office, shown: Shown) -> None:
    text = shown(office.plan())
    assert text.count("中华人民共和国本法（2019年修正）") == 1
    assert text.count("关于进一步深化工程建设项目审批制度改革若干具体问题的通知") == 1
    assert text.index("引用的文件") < text.index("中华人民共和国本法（2019年修正）")


def test_every_short_citation_leads_to_its_document(office: Office) -> None:
    plan = office.plan()
    root = office.page(plan)
    documents = {one.anchor: one for one in Outline(plan, Words()).citations.documents}
    cited = root.all("a", kind="cite")
    assert len(cited) > 10
    for link in cited:
        document = documents[link.attributes["href"][1:]]
        assert link.text.startswith(document.short)
        assert document.full in root.one("li", id=document.anchor).text


def basis(document: str, number: str = "", article: str = "", *, verified: bool = True) -> LegalBasis:
    return LegalBasis(document=document, number=number, article=article, verified=verified)


def cited(plan: Plan, *laws: LegalBasis) -> list[str]:
    items = (plan.items[0].model_copy(update={"basis": laws}),)
    citations = Outline(plan.model_copy(update={"items": items}), Words()).citations
    return [one.text for one in citations.of(laws)]


def test_short_names(office: Office) -> None:
    plan = office.plan()
    long = "关于以多规合一为基础推进规划用地多审合一、多证合一改革的通知"
    assert cited(plan, basis("中华人民共和国土地管理法（2019年修正）", article="第一条")) == ["《土地管理法》第一条"]
    assert cited(plan, basis(long, "自然资规〔2019〕2号", "第三条")) == ["自然资规〔2019〕2号第三条"]
    assert cited(plan, basis(long)) == [f"《{long}》"]
    # The year of a catalogue tells its versions apart only where there are two.
    two = (basis("名录（2021年版）", "1号"), basis("名录（2017年版）", "2号"))
    assert cited(plan, *two) == ["《名录（2021年版）》（1号）", "《名录（2017年版）》（2号）"]
    assert cited(plan, two[0]) == ["《名录》"]


def test_articles_of_one_document_stand_together_if_equally_checked(office: Office) -> None:
    plan = office.plan()
    first, second = basis("甲法", article="第一条"), basis("甲法", article="第二条")
    assert cited(plan, first, second, first) == ["《甲法》第一条、第二条"]
    doubtful = basis("甲法", article="第三条", verified=False)
    assert cited(plan, first, doubtful, second) == ["《甲法》第一条", "《甲法》第三条", "《甲法》第二条"]


# -- said once -----------------------------------------------------------------------------------------------------------


def test_what_several_items_rest_on_is_told_once_and_referred_to(anshan: Planner, plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("hospital-600-beds")
    outline = Outline(plan, Words())
    assert len(outline.derived) > 10
    root = Document(render_html(plan, anshan.calendar)).root
    for one, place in outline.derived.items():
        users = [item for item in plan.items if one in item.because[1:]]
        assert len(users) > 1
        assert flat(one.text) in flat(root.one("div", id=place).text)
        for item in users:
            card = root.one(id=f"item-{item.code}")
            assert [link for link in card.all("a") if link.attributes["href"] == f"#{place}"]
            assert flat(one.text) not in flat(card.text) or one in item.because[:1]


def test_the_usual_way_to_apply_is_told_once(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("hospital-600-beds")
    outline = Outline(plan, Words())
    usual = outline.usual_channel
    assert usual is not None
    text = render_table(plan, width=120)
    told = Words().channel(usual)
    assert text.count(told) == 1
    marked = sum(item.channel == usual and item.status.value == "required" for item in plan.items)
    assert text.count("①") == marked + 1 > 10


def test_the_page_says_what_silence_on_how_to_apply_means(office: Office, anshan: Planner, plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("hospital-600-beds")
    root = Document(render_html(plan, anshan.calendar)).root
    usual = Outline(plan, Words()).usual_channel
    for item in plan.items:
        said = "怎样申报" in root.one(id=f"item-{item.code}").text
        assert said == (item.channel != usual)
    assert "没有写明怎样申报的，是没有查到" not in root.text
    silent = office.page(office.plan())
    assert "没有写明怎样申报的，是没有查到" in silent.text
    assert not [card for card in silent.all("article") if "怎样申报" in card.text]


# -- form ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["standard", "fastest"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [64, 80, 120, 160])
def test_no_line_is_too_wide(office: Office, policy: str, lang: str, width: int) -> None:
    text = office.table(office.plan(policy), lang, width)
    assert max(sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in text.split("\n")) <= width


def test_english_labels(office: Office) -> None:
    plan = office.plan()
    for text in (office.table(plan, "en"), office.page(plan, "en").one("main").text):
        for label in ("10 more to be gained", "would gain 10 working days", "Promise instead of", "Documents cited", "Fast lanes"):
            assert flat(label).lower() in flat(text).lower()


def _luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((name, "paper") for name in ("ink", "soft", "faint", "blue", "red", "amber", "green")),
        *((name, "wash") for name in ("ink", "soft")),
        ("amber", "amber-pale"),
        ("ink", "blue-pale"),
    ],
)
def test_text_stands_out_from_its_ground(office: Office, text: str, ground: str) -> None:
    """At least 4.5 to 1, as WCAG asks of small text."""
    html = render_html(office.plan(), office.planner.calendar)
    colours = {
        name: (code * 2 if len(code) == 3 else code)[:6] for name, code in re.findall(r"--([\w-]+):#([0-9a-f]{3,6})[;}]", html)
    }
    one, other = sorted((_luminance(f"#{colours[name]}") for name in (text, ground)), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5
