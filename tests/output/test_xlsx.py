"""The plan as a workbook, read back with openpyxl."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from planner import Plan, Planner
from planner.output.outline import Outline
from planner.output.words import Words
from planner.output.xlsx import render_xlsx
from planner.plan import Certainty, ClosedRoute, PlanDate, Reason, RouteTaken, Status, TimeCap

PlanOf = Callable[..., Plan]
EXAMPLES = ("hospital-600-beds", "incomplete", "ground-pv-plant", "equipment-only-upgrade", "sewage-works")
SHEETS = ["总表", "审批计划", "材料清单", "日历", "依据", "路线", "还要回答的问题", "不需要办理"]
Rendered = Callable[[Plan], Any]  # a Workbook, of whose cells openpyxl cannot say more than that they are something


@pytest.fixture(scope="session")
def book_of(anshan: Planner) -> Rendered:
    def book(plan: Plan) -> Workbook:
        return load_workbook(BytesIO(render_xlsx(plan, anshan.calendar)))

    return book


def rows(book: Workbook, title: str) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings; an empty cell is an empty text."""
    sheet = book[title]
    headings = [cell.value for cell in sheet[1]]
    assert len(set(headings)) == len(headings)
    return [
        {str(heading): "" if cell.value is None else cell.value for heading, cell in zip(headings, row, strict=True)}
        for row in sheet.iter_rows(min_row=2)
    ]


def on(day: PlanDate) -> datetime:
    """As a spreadsheet holds a day."""
    return datetime.combine(day.date, datetime.min.time())


def citations(value: object) -> Iterator[tuple[str, str, str, str]]:
    """Every citation anywhere in a plan's data."""
    if isinstance(value, dict):
        if set(value) == {"document", "number", "article", "verified"}:
            yield value["document"], value["number"], value["article"], "已核" if value["verified"] else "待核"
        for part in value.values():
            yield from citations(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from citations(part)


# -- what is in it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sheets_are_always_the_same(plan_of: PlanOf, book_of: Rendered, name: str) -> None:
    book = book_of(plan_of(name))
    assert book.sheetnames == SHEETS
    for sheet in book.worksheets:
        assert sheet.max_row > 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_item_has_a_row_that_equals_the_plan(plan_of: PlanOf, book_of: Rendered, name: str) -> None:
    plan = plan_of(name)
    listed = rows(book_of(plan), "审批计划")
    assert [row["序号"] for row in listed] == list(range(1, len(plan.items) + 1))
    assert [row["代码"] for row in listed] == [item.code for item in Outline(plan, Words()).items]
    assert {row["代码"] for row in listed} == {item.code for item in plan.items}
    for row in listed:
        item, words = plan.item(row["代码"]), Words()
        assert (row["阶段"], row["事项"], row["种类"], row["部门"]) == (item.stage, item.name, item.kind, item.department)
        assert row["要不要办"] == ("视情况" if item.status is Status.DEPENDS else "要办")
        assert row["法定时限"] == (words.term(item.statutory) if item.statutory else "未见时限")
        assert row["承诺时限"] == (words.term(item.promised) if item.promised else "未见时限")
        assert row["路线"] == words(f"route_{item.route.value}")
        for heading, day in (
            ("最早提交", item.dates.submit_from),
            ("受理", item.dates.accept),
            ("办结（承诺）", item.dates.decide_promised),
            ("办结（法定）", item.dates.decide_statutory),
            ("最迟提交", item.dates.latest_submit),
        ):
            assert row[heading] == on(day)
        assert row["机动（工作日）"] == item.slack
        assert row["关键"] == ("是" if Outline(plan, words).critical(item) else "")
        assert row["核验"] == ("已核" if item.verified else "待核")
        for gate in item.gates:
            if gate.gate in ("ACCEPT", "DECIDE"):
                assert gate.name in row["前置"]
            else:
                assert gate.name in row["卡住"]


def test_days_are_days_and_provisional_ones_are_marked(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds")
    book = book_of(plan)
    sheet = book["审批计划"]
    headings = [cell.value for cell in sheet[1]]
    codes, column = headings.index("代码"), headings.index("办结（法定）")
    seen = set()
    for row, told in zip(sheet.iter_rows(min_row=2), rows(book, "审批计划"), strict=True):
        day = plan.item(str(row[codes].value)).dates.decide_statutory
        assert row[column].is_date
        provisional = day.certainty is Certainty.PROVISIONAL
        assert row[column].number_format == ('"~"yyyy-mm-dd' if provisional else "yyyy-mm-dd")
        if provisional and day.earliest != day.latest:
            assert f"{day.earliest}～{day.latest}" in told["确定性"]
        seen.add(provisional)
    assert seen == {True, False}
    firm = [told for told in rows(book, "审批计划") if told["确定性"] == "确定"]
    for told in firm:
        dates = plan.item(told["代码"]).dates
        assert {dates.accept.certainty, dates.decide_statutory.certainty, dates.latest_submit.certainty} == {Certainty.FIRM}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_paper_has_a_row_with_a_box(plan_of: PlanOf, book_of: Rendered, name: str) -> None:
    plan = plan_of(name)
    book = book_of(plan)
    outline = Outline(plan, Words())
    expected = [
        (item.name, paper.name, paper.issuer, outline.name(paper.comes_from) if paper.comes_from else "")
        for item in outline.items
        for paper in item.materials
    ]
    listed = rows(book, "材料清单")
    assert [(row["事项"], row["材料"], row["出具"], row["来自"]) for row in listed] == expected
    sheet = book["材料清单"]
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"已备,缺,不需要"'
    column = [cell.value for cell in sheet[1]].index("备齐情况")
    boxes = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in [row[column]]}
    offered = {cell.coordinate for rng in choice.sqref.ranges for row in sheet[rng.coord] for cell in row}
    assert offered == boxes


def test_papers_say_how_they_reach_the_office(rich_plan: Plan, book_of: Rendered) -> None:
    papers = [paper for item in Outline(rich_plan, Words()).items for paper in item.materials]
    listed = rows(book_of(rich_plan), "材料清单")
    assert {True, False} == {paper.shared for paper in papers} == {paper.by_promise for paper in papers}
    for paper, row in zip(papers, listed, strict=True):
        assert ("部门自行调取" in row["怎样交"]) == paper.shared
        assert ("以承诺代替" in row["怎样交"]) == paper.by_promise
        assert ("可容缺后补" in row["怎样交"]) == paper.later
        assert row["备齐情况"] == ("不需要" if paper.shared or paper.by_promise else "")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_calendar_holds_every_deadline_in_order(plan_of: PlanOf, anshan: Planner, book_of: Rendered, name: str) -> None:
    plan = plan_of(name)
    listed = rows(book_of(plan), "日历")
    days = [row["日期"].date() for row in listed]
    assert days == sorted(days)
    found = {(row["事项"], row["期限"]): row for row in listed}
    assert len(found) == len(listed)
    for item in plan.items:
        mine = {title: row for (what, title), row in found.items() if what == item.name}
        assert mine
        if item.statutory is not None and item.promised is None:
            row = mine.get("办结期限（法定）") or mine["法定等待期满"]
            assert row["日期"] == on(item.dates.decide_statutory)
            assert row["最早"].date() == item.dates.decide_statutory.earliest
            assert row["最晚"].date() == item.dates.decide_statutory.latest
    for row in listed:
        day = row["日期"].date()
        assert row["星期"] == "星期" + "一二三四五六日"[day.isoweekday() - 1]
        assert (row["当天"] == "工作日") == anshan.calendar.expected.is_workday(day)
        assert (row["确定性"] == "确定") == (row["最早"] == row["最晚"] == row["日期"]) or row["确定性"] == "暂定"
    assert any(row["事项"] == plan.project.name for row in listed)


def test_a_day_off_is_named(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds", target=("start_of_works", date(2026, 10, 3)))
    row = next(row for row in rows(book_of(plan), "日历") if row["期限"].startswith("目标"))
    assert (row["星期"], row["当天"]) == ("星期六", "国庆节")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_citation_of_the_plan_is_listed(plan_of: PlanOf, book_of: Rendered, name: str) -> None:
    plan = plan_of(name, target=("start_of_works", date(2026, 11, 2)))
    listed = rows(book_of(plan), "依据")
    assert {(row["文件"], row["文号"], row["条款"], row["核验"]) for row in listed} == set(citations(plan.model_dump()))
    keys = [(row["事项"], row["文件"], row["条款"], row["核验"], row["文号"]) for row in listed if row["事项"] != "整个项目"]
    for item in plan.items:
        mine = {key[1:] for key in keys if key[0] == item.name}
        assert {(d, a, v, n) for d, n, a, v in citations(item.model_dump())} <= mine
    assert all(row["用在"] for row in listed)


def test_what_is_cited_for_what_is_said(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds")
    item = plan.item("energy_review")
    assert item.statutory is not None
    law = item.statutory.basis[-1]
    uses = [row["用在"] for row in rows(book_of(plan), "依据") if row["事项"] == item.name and row["条款"] == law.article]
    assert any("法定时限" in use for use in uses)


def test_routes_say_what_they_gain_ask_and_leave(rich_plan: Plan, book_of: Rendered) -> None:
    reason = Reason(rule="失信", text="失信主体不适用", holds="true")
    closed = ClosedRoute(route=RouteTaken.DEFICIENCY, name="容缺受理", because=(reason,))
    first = rich_plan.items[0].model_copy(update={"closed_routes": (closed,)})
    plan = rich_plan.model_copy(update={"items": (first, *rich_plan.items[1:])})
    listed = rows(book_of(plan), "路线")
    open_ = [row for row in listed if row["采用"] != "不能走"]
    assert len(open_) == sum(len(item.routes) for item in plan.items) > 0
    item = next(i for i in plan.items if any(r.key == f"{i.code}:告知承诺" for r in i.routes))
    (route,) = (r for r in item.routes if r.key == f"{item.code}:告知承诺")
    row = next(row for row in listed if row["事项"] == item.name and "试点告知承诺" in row["路线"])
    assert row["采用"] == "采用"
    assert row["省（工作日）"] == 3
    assert row["要承诺、要交的"] == "符合批准条件\n告知承诺书"
    assert row["替代或后补的材料"] == "\n".join(route.papers)
    assert "办结后核查承诺" in row["以后要做的"]
    assert route.due is not None
    assert row["截止"] == on(route.due)
    assert row["做不到的后果"] == "未履行承诺的，撤销决定"
    (shut,) = (row for row in listed if row["采用"] == "不能走" and row["事项"] == first.name and row["路线"] == "容缺受理")
    assert shut["要承诺、要交的"] == "失信主体不适用"


def test_questions_and_missing_numbers_are_told_apart(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("incomplete")
    listed = rows(book_of(plan), "还要回答的问题")
    asked = [row for row in listed if row["情形"] == "要回答"]
    assert [(row["情况"], row["要回答的问题"]) for row in asked] == [(one.name, one.question) for one in plan.open_facts]
    outline = Outline(plan, Words())
    for one, row in zip(plan.open_facts, asked, strict=True):
        assert row["关系到的事项"] == "、".join(outline.name(code) for code in one.items)
    assert len(listed) == len(plan.open_facts) + len(plan.parameters_missing)


def test_a_settled_plan_has_no_questions_and_says_so(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds").model_copy(update={"open_facts": (), "parameters_missing": ()})
    (row,) = rows(book_of(plan), "还要回答的问题")
    assert row["序号"] == "没有"


def test_what_is_not_needed_stands_with_its_reasons(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds")
    listed = rows(book_of(plan), "不需要办理")
    expected = [one.name for one in plan.not_required] + [one.name for one in plan.not_recorded]
    assert [row["事项"] for row in listed] == expected
    for one, row in zip(plan.not_required, listed, strict=False):
        assert row["情形"] == "不需要"
        for reason in one.because:
            assert reason.text in row["理由"]


def test_the_summary_shows_blockers_milestones_target_and_caps(rich_plan: Plan, book_of: Rendered) -> None:
    cap = TimeCap(
        code="cap",
        name="社会投资类",
        milestone="start_of_works",
        days=60,
        working_days=75,
        over=True,
        status=Status.REQUIRED,
        basis=(),
        verified=False,
        note="",
    )
    plan = rich_plan.model_copy(update={"caps": (cap,)})
    sheet = book_of(plan)["总表"]
    told = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert told["项目"][1].value == plan.project.name
    assert told["阻断：1"][1].value == "没有产能置换方案的不得备案"
    assert "《试验办法》（试〔2026〕1号）第三条[待核]" in told["阻断：1"][2].value
    assert told["阻断：1"][1].font.color.rgb == "00B00020"
    assert told["最早开工"][1].value == on(plan.milestones.start_of_works.promised)
    assert plan.target is not None
    assert told["目标日期：开工"][1].value.date() == plan.target.date
    assert "实现不了" in told["目标日期：开工"][2].value
    assert told["申请材料"][1].value == plan.totals.materials
    assert f"要提交 {plan.totals.materials_to_submit} 份" in told["申请材料"][2].value
    assert told["总时限：社会投资类"][1].value == "到开工：上限 60 工作日，本计划 75 工作日（超过）"
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    for message in (*plan.warnings, *plan.blockers):
        assert message.text in text
    for value in plan.project.facts.values():
        assert value in text
    assert plan.provenance.rulebook in text


def test_english_headings_keep_the_chinese_names(plan_of: PlanOf, anshan: Planner) -> None:
    plan = plan_of("hospital-600-beds")
    book = load_workbook(BytesIO(render_xlsx(plan, anshan.calendar, "en")))
    assert book.sheetnames[:3] == ["Summary", "Plan", "Papers"]
    assert [row["Approval"] for row in rows(book, "Plan")] == [item.name for item in Outline(plan, Words()).items]
    with pytest.raises(ValueError, match="zh"):
        render_xlsx(plan, anshan.calendar, "fr")


# -- how it looks on paper -------------------------------------------------------------------------------------------------


def test_headings_stay_in_sight_and_sheets_print_on_a4_on_its_side(plan_of: PlanOf, book_of: Rendered) -> None:
    plan = plan_of("hospital-600-beds")
    for sheet in book_of(plan).worksheets:
        assert re.fullmatch("[A-D]2", str(sheet.freeze_panes))
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"
        assert plan.project.name in sheet.oddHeader.center.text
        if sheet.title == "总表":
            assert not sheet.auto_filter.ref
            heading = next(cell.row for cell in sheet["A"] if cell.value == "提示")
            assert [one.id for one in sheet.row_breaks.brk] == [heading - 1]
        else:
            assert sheet.auto_filter.ref == sheet.dimensions
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def _lines(text: str, width: int) -> int:
    """The fewest lines a text can take, without any rule of where a line may break."""
    wide = [sum(2 if ord(c) > 0x2E7F else 1 for c in line if c != " ") for line in text.split("\n")]
    return sum(max(1, -(-units // width)) for units in wide)


def test_rows_are_high_enough_for_their_text(plan_of: PlanOf, book_of: Rendered) -> None:
    sheets: list[Any] = book_of(plan_of("hospital-600-beds")).worksheets
    tall = 0
    for sheet in sheets:
        # Neighbours of one width are one record in the file.
        widths = {n: int(d.width) for d in sheet.column_dimensions.values() for n in range(d.min, d.max + 1)}
        for row in sheet.iter_rows():
            height = sheet.row_dimensions[row[0].row].height
            lines = max(_lines(cell.value, widths[cell.column]) if isinstance(cell.value, str) else 1 for cell in row)
            assert height >= min(409, lines * 13)
            assert all(cell.alignment.wrap_text for cell in row)
            tall += lines > 1
    assert tall > 100


# -- hostile text, equal bytes -----------------------------------------------------------------------------------------------

HOSTILE = ["=1+1", "=HYPERLINK(\"http://x\",\"点\")", "+1", "-1", "@SUM(A1)", "\t=1", "<b>&amp;</b>", "'=1"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_text(rich_plan: Plan, anshan: Planner, name: str) -> None:
    item = rich_plan.items[0].model_copy(update={"name": name, "department": name})
    project = rich_plan.project.model_copy(update={"name": name})
    written = render_xlsx(rich_plan.model_copy(update={"items": (item,), "project": project}), anshan.calendar)
    with ZipFile(BytesIO(written)) as archive:
        assert not any(b"<f>" in archive.read(part) for part in archive.namelist() if part.startswith("xl/worksheets/sheet"))
    book = load_workbook(BytesIO(written))
    (row,) = rows(book, "审批计划")
    assert (row["事项"], row["部门"]) == (name, name)
    cell = book["总表"]["B3"]
    assert cell.value == name
    assert cell.data_type == "s"
    assert bool(cell.quotePrefix) == (name[0] in "=+-@\t")


def test_what_looks_like_a_coded_character_is_not_read_as_one(rich_plan: Plan, book_of: Rendered) -> None:
    project = rich_plan.project.model_copy(update={"name": "_x0041_与_x003D_，_x 不是"})
    stored = str(book_of(rich_plan.model_copy(update={"project": project}))["总表"]["B3"].value)
    # openpyxl leaves the decoding of ECMA-376 (22.9.2.19) to others.
    decoded = re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), stored)
    assert decoded == project.name


def test_characters_a_workbook_cannot_hold_are_left_out(rich_plan: Plan, book_of: Rendered) -> None:
    name = "甲\x00\x08\x0b\x1f乙\r\n丙\u202e\ud800\ufffe&丁"
    project = rich_plan.project.model_copy(update={"name": name, "content": "长" * 40_000})
    sheet = book_of(rich_plan.model_copy(update={"project": project}))["总表"]
    assert sheet["B3"].value == "甲乙\n丙?&丁"
    assert 32_000 < len(sheet["B4"].value) <= 32_767
    assert sheet["B4"].value.endswith("…")
    assert sheet.oddHeader.center.text == "甲乙 丙?&&丁  工程建设项目审批计划"


def test_equal_plans_give_equal_bytes_without_the_clock(rich_plan: Plan, anshan: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    first = render_xlsx(rich_plan, anshan.calendar)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Later:
            return cls(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr("openpyxl.writer.excel.datetime.datetime", Later)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert render_xlsx(rich_plan.model_copy(deep=True), anshan.calendar) == first
    with ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert re.findall(r">(\d{4}-\d\d-\d\dT[\d:]+Z)<", core) == [f"{rich_plan.as_of}T00:00:00Z"] * 2
