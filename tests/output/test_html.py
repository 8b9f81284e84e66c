"""The plan as one HTML file: complete, well formed, self-contained, and safe whatever the project is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from planner import Plan, Planner
from planner.output.html import render_html
from planner.output.outline import Outline
from planner.output.words import Words
from planner.plan import Certainty, Item, LegalBasis, PlanDate, Status

PlanOf = Callable[..., Plan]
EXAMPLES = ("hospital-600-beds", "incomplete", "ground-pv-plant", "equipment-only-upgrade")
VOID = {"meta", "link", "br", "hr", "img", "input", "area", "base", "col", "embed", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Descendants with this tag and these attributes; `kind` is one of its classes."""
        kind = attributes.pop("kind", None)
        return [
            one
            for one in self.walk()
            if (not tag or one.tag == tag)
            and (kind is None or kind in one.attributes.get("class", "").split())
            and all(one.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Document(HTMLParser):
    """Reads strictly: every element that is opened is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(html)
        self.close()
        assert self.open == [self.root], [element.tag for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def page(planner: Planner, plan: Plan, lang: str = "zh") -> Element:
    return Document(render_html(plan, planner.calendar, lang)).root


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest, anshan: Planner, plan_of: PlanOf) -> tuple[Plan, Element]:
    plan = plan_of(request.param)
    return plan, page(anshan, plan)


@pytest.fixture(scope="module")
def rich(anshan: Planner, rich_plan: Plan) -> Element:
    return page(anshan, rich_plan)


# -- form ----------------------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_every_reference_is_to_one_of_them(example: tuple[Plan, Element], rich: Element) -> None:
    for root in (example[1], rich):
        ids = [one.attributes["id"] for one in root.walk() if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        for one in root.walk():
            for name in ("aria-labelledby", "aria-describedby", "for"):
                assert set(one.attributes.get(name, "").split()) <= set(ids)
            if "href" in one.attributes:
                assert one.attributes["href"].startswith("#")
                assert one.attributes["href"][1:] in ids


def test_it_needs_nothing_from_outside_and_runs_nothing(anshan: Planner, rich_plan: Plan) -> None:
    html = render_html(rich_plan, anshan.calendar)
    root = Document(html).root
    for one in root.walk():
        assert one.tag not in (
            "script",
            "img",
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "image",
            "use",
            "foreignobject",
        )
        assert not {name for name in one.attributes if name.startswith("on") or name in ("src", "srcset", "style", "xlink:href")}
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= {"#hatch", "#hatch-dark"}
    assert "@import" not in html
    assert set(re.findall(r"https?://[^\s\"'<]*", html)) <= {"http://www.w3.org/2000/svg"}
    policy = next(m.attributes["content"] for m in root.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_headings_tables_and_the_chart_can_be_found_by_a_screen_reader(example: tuple[Plan, Element], rich: Element) -> None:
    for root in (example[1], rich):
        assert root.one("html").attributes["lang"] == "zh-CN"
        levels = [int(one.tag[1]) for one in root.walk() if re.fullmatch("h[1-6]", one.tag)]
        assert levels[0] == levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for table in root.all("table"):
            headers = table.all("th")
            assert headers
            assert all(header.attributes.get("scope") in ("col", "row", "rowgroup") for header in headers)
        chart = root.one("svg", role="group")
        title, description = (root.one(id=name) for name in chart.attributes["aria-labelledby"].split())
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text
        for legend in [svg for svg in root.all("svg") if svg is not chart]:
            assert legend.attributes.get("aria-hidden") == "true"


def test_equal_plans_give_equal_bytes(anshan: Planner, rich_plan: Plan) -> None:
    assert render_html(rich_plan, anshan.calendar) == render_html(rich_plan.model_copy(deep=True), anshan.calendar)


def test_english_labels_and_chinese_text_marked_as_such(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    root = page(anshan, plan, "en")
    assert root.one("html").attributes["lang"] == "en"
    assert root.one("h1").attributes["lang"] == "zh-CN"
    assert "Approvals at a glance" in root.text
    assert plan.items[0].name in root.text


def test_a_language_there_is_not(anshan: Planner, rich_plan: Plan) -> None:
    with pytest.raises(ValueError, match="zh"):
        render_html(rich_plan, anshan.calendar, "de")


# -- nothing from the project or the rulebook is taken for markup ----------------------------------------------------------

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{ 7*7 }}</title></style>"
CLOSED_WORDS = {
    "status", "unit", "certainty", "route", "gate", "holds", "starts", "milestone", "code", "fact", "item", "comes_from", "date",
    "earliest", "latest", "first", "last", "as_of", "start", "critical_path", "depends_on", "reach", "part", "nature", "kind", "policy",
    "accept_after", "decide_after", "taken", "ahead_of", "members",
}  # fmt: skip


def poisoned(value: Any, key: str = "") -> Any:
    """The same value with every free text made hostile."""
    if isinstance(value, dict):
        return {name: poisoned(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(one, key) for one in value]
    if isinstance(value, str) and type(value) is str and key not in CLOSED_WORDS:
        return value + HOSTILE
    return value


def test_hostile_text_stays_text(anshan: Planner, rich_plan: Plan) -> None:
    plan = Plan.model_validate(poisoned(rich_plan.model_dump()))
    assert plan.project.name.endswith(HOSTILE)
    assert plan.items[0].because[0].basis[0].document.endswith(HOSTILE)
    html = render_html(plan, anshan.calendar)
    assert "<script" not in html
    assert "<img" not in html
    root = Document(html).root
    assert root.one("h1").text == plan.project.name
    assert root.one("head").one("title").text.startswith(plan.project.name)
    assert "{{ 7*7 }}" in root.text
    for item in plan.items:
        assert item.name in root.one(id=f"item-{item.code}").text


# -- content -------------------------------------------------------------------------------------------------------------


def test_every_approval_has_its_card_with_why_who_by_when_with_what(example: tuple[Plan, Element]) -> None:
    plan, root = example
    outline = Outline(plan, Words())
    for item in plan.items:
        card = root.one("article", id=f"item-{item.code}")
        text = squeezed(card.text)
        for expected in (item.name, item.department, item.result, item.note, *item.conditions, *(v.term for v in item.validity)):
            assert squeezed(expected) in text
        for reason in item.because:
            # What several items rest on is told once, elsewhere on the page.
            assert squeezed(reason.text) in text or reason in outline.derived
        for paper in item.materials:
            assert squeezed(paper.name) in text
        elsewhere = "".join(squeezed(root.one(id=outline.derived[one]).text) for one in outline.shared_reasons(item))
        for citation in outline.citations.of(all_laws(item)):
            assert squeezed(citation.document.short) in text + elsewhere
            for article in citation.articles:
                assert squeezed(article) in text + elsewhere
        for step in item.preparation:
            assert squeezed(step.name) in text
        for one in item.excluded:
            assert squeezed(one.procedure) in text
        for day in all_dates(item):
            assert day.date.isoformat() in text
        if item.statutory is not None:
            assert squeezed(Words().term(item.statutory)) in text
        assert f"机动{item.slack}工作日" in text


def all_laws(item: Item) -> list[LegalBasis]:
    parts: list[Any] = [item, *item.because[:1], *item.gates, *item.materials, *item.routes, *item.validity, *item.clock]
    parts += [limit for limit in (item.statutory, item.promised) if limit is not None]
    return [basis for part in parts for basis in part.basis]


def all_dates(item: Item) -> list[PlanDate]:
    dates = item.dates
    every = [dates.submit_from, dates.accept, dates.decide_statutory, dates.supplement_by, dates.verify_by, dates.latest_submit]
    if item.promised is not None or item.statutory is None:
        every.append(dates.decide_promised)
    return [day for day in every if day is not None]


def test_the_rest_of_the_plan_is_there(example: tuple[Plan, Element]) -> None:
    plan, root = example
    text = squeezed(root.text)
    for one in plan.not_required:
        row = squeezed(root.one("tr", id=f"not-{one.code}").text)
        assert squeezed(one.name) in row
        assert squeezed(one.because[0].text) in row
    for message in (*plan.blockers, *plan.warnings):
        assert squeezed(message.text) in text
    for fact in plan.open_facts:
        assert squeezed(fact.question) in text
    for zero in plan.assumed_zero:
        assert squeezed(zero.name) in text
        assert squeezed(zero.reason) in text
    for digest in (plan.provenance.facts, plan.provenance.rulebook, plan.provenance.calendar):
        assert digest in text
    for value in (*plan.project.facts.values(), *plan.project.durations.values()):
        assert squeezed(value) in text
    figures = squeezed(root.one(kind="figures").text)
    totals = plan.totals
    for number in (
        totals.approvals,
        totals.departments,
        totals.materials,
        totals.working_days_promised,
        totals.working_days_serial,
    ):
        assert str(number) in figures


def test_what_was_not_checked_is_marked_where_it_stands(example: tuple[Plan, Element]) -> None:
    plan, root = example
    for item in plan.items:
        header = root.one(id=f"item-{item.code}").all("header")[0]
        assert bool(header.all(kind="unverified")) == (not item.verified)
    citations = Outline(plan, Words()).citations
    names = tuple(document.short for document in citations.documents)
    for cite in root.all(kind="cite"):
        assert cite.text.startswith(names)
    unverified = sum(not one.verified for message in plan.warnings for one in citations.of(message.basis))
    warnings = next(s for s in root.all("section") if s.attributes.get("aria-labelledby") == "warnings")
    assert len(warnings.all(kind="unverified")) == unverified


def test_provisional_dates_are_marked_with_both_ends_and_firm_ones_are_not(example: tuple[Plan, Element]) -> None:
    plan, root = example
    for item in plan.items:
        card = root.one(id=f"item-{item.code}")
        for day in all_dates(item):
            cells = [cell for cell in card.all("td") if day.date.isoformat() in cell.text]
            assert cells
            if day.certainty is Certainty.PROVISIONAL:
                assert any(cell.all(kind="provisional") for cell in cells)
                if day.earliest != day.latest:
                    assert any(f"暂定 {Words().range(day)}" in cell.text for cell in cells)
        if all(day.certainty is Certainty.FIRM for day in all_dates(item)):
            assert card.all(kind="provisional") == []


def test_a_deadline_names_the_festivals_it_skipped(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    root = page(anshan, plan)
    item = next(i for i in plan.items if any("国庆节" in s.name for s in i.dates.decide_statutory.skipped))
    assert "国庆节 10-1～7" in root.one(id=f"item-{item.code}").text


def test_open_items_say_so_and_name_the_facts(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    root = page(anshan, plan)
    names = {fact.code: fact.name for fact in plan.open_facts}
    assert any(item.status is Status.DEPENDS for item in plan.items)
    for item in plan.items:
        card = root.one(id=f"item-{item.code}")
        depends = item.status is Status.DEPENDS
        assert bool(card.all("header")[0].all(kind="depends")) == depends
        for code in item.depends_on:
            assert names[code] in card.text


def test_blockers_come_first(rich: Element, rich_plan: Plan) -> None:
    section = rich.one("section", kind="blockers")
    main = rich.one("main")
    order = [child for child in main.children if isinstance(child, Element)]
    assert order[1] is section
    for message in rich_plan.blockers:
        assert message.text in section.text
    assert "视情况" in section.text


def test_the_target_and_what_forbids_it(rich: Element, rich_plan: Plan) -> None:
    assert rich_plan.target is not None
    target = rich.one("div", kind="target")
    assert "missed" in target.attributes["class"]
    assert rich_plan.target.date.isoformat() in target.text
    outline = Outline(rich_plan, Words())
    for term in rich_plan.target.conflict:
        assert outline.term(term) in target.text


def test_easier_routes_supplement_and_check_dates_are_shown(rich: Element, rich_plan: Plan) -> None:
    item = next(i for i in rich_plan.items if i.promised is not None)
    card = rich.one(id=f"item-{item.code}")
    for words in (
        "容缺受理",
        "告知承诺“试点告知承诺”",
        "采用",
        "省 3 工作日",
        "见“几条捷径共同的后果”",
        "办结后核查承诺，不晚于",
        "试点",
        "容缺材料补齐截止",
        "告知承诺核查截止",
        "承诺时限届满",
        "可容缺后补",
        "以承诺代替",
        "5 工作日",
    ):
        assert words in card.text
    assert rich.one("p", id="consequences").text.startswith("几条捷径共同的后果：未履行承诺的，撤销决定")


def test_what_hangs_on_a_fact_may_be_a_blocker_which_has_no_card_to_go_to(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    section = next(s for s in page(anshan, plan).all("section") if s.attributes.get("aria-labelledby") == "open-facts")
    assert "own_land_conflict" in {code for fact in plan.open_facts for code in fact.items}
    assert "自有用地与新增建设用地矛盾" in section.text
    assert "自有用地与新增建设用地矛盾" not in " ".join(link.text for link in section.all("a"))
    linked = {link.attributes["href"].removeprefix("#item-") for link in section.all("a")}
    assert linked == {item.code for item in plan.items if any(item.code in fact.items for fact in plan.open_facts)}


def figures_of(root: Element) -> dict[str, str]:
    """The key figures by label."""
    return {one.one("h3").text: one.text for one in root.one("div", kind="figures").all("div", kind="figure")}


@pytest.mark.parametrize(
    ("lang", "labels", "construction", "preparation"),
    [
        ("zh", ("最早开工", "最早竣工验收", "最早投入使用"), "未给工期，按零天计，实际更晚", "未含编制文件等准备时间"),
        (
            "en",
            ("Earliest start of works", "Earliest completion acceptance", "Earliest use"),
            "construction time unknown, counted as zero days: will be later",
            "without the time to prepare documents",
        ),
    ],
)
def test_dates_that_took_time_as_zero_say_so_where_they_stand(
    anshan: Planner, plan_of: PlanOf, lang: str, labels: tuple[str, str, str], construction: str, preparation: str
) -> None:
    plan = plan_of("incomplete", target=("use", date(2029, 1, 1)))
    root = page(anshan, plan, lang)
    start, completion, use = (figures_of(root)[label] for label in labels)
    assert preparation in start
    assert construction not in start
    assert construction in completion
    assert construction in use
    target = root.one("div", kind="target")
    assert "doubted" in target.attributes["class"]
    assert construction in target.text
    known = figures_of(page(anshan, plan_of("hospital-600-beds"), lang))
    assert not [text for text in known.values() if construction in text]


def test_the_chart_says_which_milestones_took_time_as_zero(anshan: Planner, plan_of: PlanOf) -> None:
    def labels(name: str) -> list[str]:
        return [label.text for label in page(anshan, plan_of(name)).one("svg", role="group").all("text", kind="milestone-name")]

    doubted = labels("incomplete")
    for word in ("竣工验收", "投入使用"):
        assert [text for text in doubted if text.startswith(word)]
        assert all(text.endswith("（工期按零天计）") for text in doubted if text.startswith(word))
    assert all(text.endswith("（未含准备时间）") for text in doubted if text.startswith("开工"))
    assert not [text for text in labels("hospital-600-beds") if "工期按零" in text]


# -- chart ---------------------------------------------------------------------------------------------------------------


def chart_rows(root: Element) -> dict[str, Element]:
    return {row.attributes["data-code"]: row for row in root.one("svg", role="group").all("g", kind="row")}


def number(element: Element, name: str) -> float:
    return float(element.attributes[name])


def test_the_chart_has_one_bar_for_each_item_in_the_order_of_the_table(example: tuple[Plan, Element]) -> None:
    plan, root = example
    rows = chart_rows(root)
    outline = Outline(plan, Words())
    left_out = [item for item in outline.items if item.code not in rows]
    assert list(rows) == [item.code for item in outline.items if item not in left_out]
    # Only of many unsettled items are those left out that set no date.
    assert outline.brief or left_out == []
    assert [item for item in left_out if item.status is Status.REQUIRED or outline.critical(item)] == []
    for row in rows.values():
        bar = row.one("rect", kind="bar")
        assert number(bar, "width") > 0
        assert 0 < number(bar, "x") < number(bar, "x") + number(bar, "width") <= 1280


def test_bars_stand_on_their_dates(example: tuple[Plan, Element]) -> None:
    plan, root = example
    bars = {code: row.one("rect", kind="bar") for code, row in chart_rows(root).items()}
    drawn = [item for item in plan.items if item.code in bars]
    for before in drawn:
        for after in drawn:
            if before.dates.accept.date < after.dates.accept.date:
                assert number(bars[before.code], "x") < number(bars[after.code], "x")
    ends = sorted((i.dates.decide_promised.date, number(bars[i.code], "x") + number(bars[i.code], "width")) for i in drawn)
    assert all(b >= a - 4 for (_, a), (_, b) in pairwise(ends))


def test_the_promised_bar_lies_on_the_statutory_one(rich: Element, rich_plan: Plan) -> None:
    rows = chart_rows(rich)
    for item in rich_plan.items:
        rest = rows[item.code].all("rect", kind="rest")
        if item.promised is not None:
            bar = rows[item.code].one("rect", kind="bar")
            assert number(rest[0], "width") > number(bar, "width")
            assert number(rest[0], "height") > number(bar, "height")


def test_critical_open_and_provisional_items_are_drawn_so(example: tuple[Plan, Element]) -> None:
    plan, root = example
    outline = Outline(plan, Words())
    for code, row in chart_rows(root).items():
        item = plan.item(code)
        kinds = row.attributes["class"].split()
        assert ("critical" in kinds) == outline.critical(item) == bool(row.all("path", kind="mark"))
        assert ("depends" in kinds) == (item.status is Status.DEPENDS)
        decide = item.dates.decide_promised
        assert bool(row.all("rect", kind="unsure")) == (decide.certainty is Certainty.PROVISIONAL)
        assert bool(row.all("path", kind="whisker")) == (decide.earliest != decide.latest)


def test_every_order_between_items_is_an_arrow(example: tuple[Plan, Element]) -> None:
    plan, root = example
    drawn = chart_rows(root)
    items = [item for item in plan.items if item.code in drawn]
    edges = {(g.code, i.code, g.gate) for i in items for g in i.gates if g.code in drawn and g.gate in ("ACCEPT", "DECIDE")}
    arrows = root.one("svg", role="group").all("g", kind="arrow")
    titles = [arrow.one("title").text for arrow in arrows]
    for before, after, _ in edges:
        assert any(title.startswith(f"{plan.item(before).name} → {plan.item(after).name}：") for title in titles)
    decide = [arrow for arrow in arrows if "decide" in arrow.attributes["class"].split()]
    assert len(decide) == len({edge for edge in edges if edge[2] == "DECIDE"})


def test_milestones_target_festivals_and_weekends_are_in_the_chart(rich: Element, rich_plan: Plan) -> None:
    chart = rich.one("svg", role="group")
    names = " ".join(label.text for label in chart.all("text", kind="milestone-name"))
    assert rich_plan.target is not None
    for words in ("开工", "竣工验收", "投入使用", f"目标日期 开工 {rich_plan.target.date}"):
        assert words in names
    assert len(chart.one("g", kind="days").all("rect", kind="weekend")) > 10
    assert "国庆节" in " ".join(title.text for title in chart.one("g", kind="days").all("title"))
    assert "国庆节" in " ".join(label.text for label in chart.all("text", kind="festival-name"))


def test_the_legend_explains_what_occurs_and_nothing_else(anshan: Planner, plan_of: PlanOf, rich: Element) -> None:
    legend = rich.one("ul", kind="legend").text
    for words in ("承诺时限", "法定时限", "关键路径", "目标日期", "最迟提交", "休息日"):
        assert words in legend
    plain = page(anshan, plan_of("refractory-line-upgrade")).one("ul", kind="legend").text
    for words in ("承诺时限", "目标日期", "视情况"):
        assert words not in plain


def test_a_plan_that_starts_after_the_published_days_is_provisional_from_its_first_bar(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("equipment-only-upgrade", as_of=date(2029, 3, 1))
    rows = chart_rows(page(anshan, plan))
    for row in rows.values():
        bar, unsure = row.one("rect", kind="bar"), row.one("rect", kind="unsure")
        assert (unsure.attributes["x"], unsure.attributes["width"]) == (bar.attributes["x"], bar.attributes["width"])


def test_a_project_that_needs_nothing_still_gives_a_page(anshan: Planner, plan_of: PlanOf) -> None:
    plan = plan_of("equipment-only-upgrade").model_copy(
        update={"items": (), "critical_path": (), "assumed_zero": (), "open_facts": ()}
    )
    root = page(anshan, plan)
    assert root.all("svg") == []
    assert plan.not_required[0].name in root.text
