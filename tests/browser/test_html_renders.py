"""The plan's HTML in a real browser: on a wide screen, on a phone, and on paper."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Plan, Planner, Project, load_project
from planner.output.html import render_html
from planner.plan import RoutePolicy
from tests.output.small_rules import write_rules

pytestmark = pytest.mark.browser

DESKTOP, PHONE = 1400, 390
A4_PORTRAIT, A4_LANDSCAPE = 695, 1031
"""CSS pixels between the margins of a page: 184 mm and 273 mm."""
Open = Callable[..., dict[str, Any]]

MEASURE = """
<script>
function glyph(character, font) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const pen = canvas.getContext("2d");
  pen.font = "32px " + font;
  pen.fillText(character, 4, 38);
  return Array.from(pen.getImageData(0, 0, 48, 48).data).filter((value, place) => place % 4 === 3).join("");
}
addEventListener("load", () => {
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  const width = document.documentElement.clientWidth;
  const outside = Array.from(document.querySelectorAll("main *"))
    .filter(one => !one.closest("svg") && !one.closest(".scroll") && !one.closest(".hidden"))
    .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.right > width + 1 || box.left < -1); })
    .map(one => (one.closest(".wide-page") ? "wide " : "") + one.tagName + " " + one.textContent.trim().slice(0, 30));
  const chart = document.querySelector("svg[role=group]");
  const bars = Array.from(chart.querySelectorAll("rect.bar")).map(one => one.getBoundingClientRect());
  const names = Array.from(chart.querySelectorAll("text.name")).map(one => one.getBoundingClientRect());
  const fonts = [getComputedStyle(document.body).fontFamily, getComputedStyle(document.querySelector("h1")).fontFamily];
  const result = {
    window: innerWidth, width, scroll: document.documentElement.scrollWidth, outside,
    due: Array.from(chart.querySelectorAll(".due path")).map(one => one.getBoundingClientRect()).map(box => [box.left, box.right]),
    right: chart.getBoundingClientRect().right,
    bars: bars.map(box => [box.width, box.height]),
    chart: chart.getBoundingClientRect().width,
    names: names.map(box => [box.left, box.right]),
    first_bar: Math.min(...bars.map(box => box.left)),
    glyphs: fonts.map(font => Array.from("鞍山审批节\\ue0f3").map(one => glyph(one, font))),
    text: document.querySelector("main").innerText.length,
    cards: Array.from(document.querySelectorAll("article")).map(one => one.getBoundingClientRect().height),
  };
  const pre = document.createElement("pre");
  pre.id = "measured";
  pre.textContent = JSON.stringify(result);
  document.body.append(pre);
});
</script>
"""
FRAME = """<!DOCTYPE html><meta charset="utf-8"><iframe width="{width}" height="900" frameborder="0" srcdoc="{inside}"></iframe><script>
addEventListener("load", () => {{
  const result = document.createElement("pre");
  result.id = "measured";
  result.textContent = frames[0].document.getElementById("measured").textContent;
  document.body.replaceChildren(result);
}});
</script>"""
"""A window cannot be made as narrow as a phone, a frame can."""


@pytest.fixture
def measure(run: Callable[..., bytes], tmp_path: Path) -> Open:
    """Open a page `width` pixels wide and measure it; with `paper`, in its printed form."""

    def measure(text: str, width: int, *, paper: bool = False) -> dict[str, Any]:
        # The page forbids scripts, and so the copy that is measured has to lift that.
        text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
        if paper:
            assert "@media print{" in text
            text = text.replace("@media print{", "@media all{")
        inside = html.escape(text.replace("</body>", f"{MEASURE}</body>"))
        page = tmp_path / "frame.html"
        page.write_text(FRAME.format(width=width, inside=inside), encoding="utf-8")
        dom = run(page, "--window-size=1600,1000", "--dump-dom").decode()
        found = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)
        assert found, "the page did not run to its end"
        measured: dict[str, Any] = json.loads(html.unescape(found[1]))
        assert measured["window"] == width
        return measured

    return measure


def plan_of(planner: Planner, root: Path, name: str, day: date) -> Plan:
    project, positions = load_project(root / "examples" / f"{name}.yaml")
    return planner.plan(planner.read(project, positions), as_of=day)


@pytest.fixture(scope="module")
def settled(anshan: Planner, root: Path) -> tuple[Plan, str]:
    """A hospital: everything known, two years of construction, dates past the published ones."""
    plan = plan_of(anshan, root, "hospital-600-beds", date(2026, 9, 7))
    return plan, render_html(plan, anshan.calendar)


@pytest.fixture(scope="module")
def open_project(anshan: Planner, root: Path) -> tuple[Plan, str]:
    """A project of which little is known."""
    plan = plan_of(anshan, root, "incomplete", date(2026, 11, 24))
    return plan, render_html(plan, anshan.calendar)


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, str]:
    """A small plan that takes easier routes: papers to follow, a promise to be checked, limits of the whole exceeded."""
    planner = write_rules(tmp_path_factory.mktemp("rules"))
    facts = {"有风险": "否", "失信主体": "否", "已完成区域评估": "地震"}
    plan = planner.plan(Project(name="试", facts=facts), as_of=date(2026, 11, 24), routes=RoutePolicy.FASTEST)
    return plan, render_html(plan, planner.calendar)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_routes_and_the_days_they_leave_open(routed: tuple[Plan, str], measure: Open, width: int) -> None:
    _, text = routed
    seen = measure(text, width)
    assert seen["scroll"] <= seen["width"]
    assert seen["outside"] == []
    assert len(seen["due"]) == 2
    assert all(seen["first_bar"] < left < right <= seen["right"] for left, right in seen["due"])


def test_on_a_wide_screen(settled: tuple[Plan, str], measure: Open) -> None:
    plan, text = settled
    seen = measure(text, DESKTOP)
    assert seen["scroll"] <= seen["width"]
    assert seen["outside"] == []
    assert len(seen["bars"]) == len(seen["names"]) == len(plan.items)
    assert all(width > 1 and height > 3 for width, height in seen["bars"])
    assert max(right for _, right in seen["names"]) <= seen["first_bar"]
    assert len(seen["cards"]) == len(plan.items)
    for glyphs in seen["glyphs"]:
        assert all("255" in one for one in glyphs[:-1]), "nothing is drawn"
        assert len(set(glyphs)) == len(glyphs), "Chinese characters are drawn as one and the same box: no Chinese font"


def test_on_a_phone(open_project: tuple[Plan, str], measure: Open) -> None:
    _, text = open_project
    seen = measure(text, PHONE)
    assert seen["scroll"] <= seen["width"] == PHONE
    assert seen["outside"] == []
    assert seen["chart"] > PHONE, "the chart is scrolled sideways in its own box, not shrunk until nobody can read it"
    assert len(seen["bars"]) == text.count('data-code="') > 10


def test_long_words_do_not_push_the_phone_wide(settled: tuple[Plan, str], anshan: Planner, measure: Open) -> None:
    plan, _ = settled
    long = "Https" * 60
    project = plan.project.model_copy(update={"name": long, "content": "长" * 300, "district": long, "facts": {"x": long}})
    item = plan.items[0].model_copy(update={"name": long, "department": long, "result": long, "note": long})
    text = render_html(plan.model_copy(update={"project": project, "items": (item, *plan.items[1:])}), anshan.calendar)
    seen = measure(text, PHONE)
    assert seen["scroll"] <= seen["width"]
    assert seen["outside"] == []


@pytest.mark.parametrize("which", ["settled", "open_project", "routed"])
def test_nothing_is_cut_off_on_paper(which: str, request: pytest.FixtureRequest, measure: Open) -> None:
    _, text = request.getfixturevalue(which)
    upright = measure(text, A4_PORTRAIT, paper=True)
    assert [one for one in upright["outside"] if not one.startswith("wide ")] == []
    sideways = measure(text, A4_LANDSCAPE, paper=True)
    assert sideways["outside"] == []
    assert sideways["chart"] <= sideways["scroll"] == A4_LANDSCAPE


def test_it_prints_on_a4_with_the_chart_sideways(settled: tuple[Plan, str], run: Callable[..., bytes], tmp_path: Path) -> None:
    plan, text = settled
    page, paper = tmp_path / "plan.html", tmp_path / "plan.pdf"
    page.write_text(text, encoding="utf-8")
    run(page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    pdf = paper.read_bytes()
    sizes = [tuple(round(float(n)) for n in found.split()) for found in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)]
    assert set(sizes) == {(0, 0, 595, 842), (0, 0, 842, 595)}
    assert sizes[0] == (0, 0, 595, 842)
    # A sideways page holds at least ten rows of the table.
    assert 2 <= sizes.count((0, 0, 842, 595)) <= 3 + len(plan.items) / 10, "the chart and the table of approvals"
    # A page holds two approvals and more, and the rest is short: ten sheets, and one for every twenty rows of its tables and lists.
    rows = len(plan.items) + len(plan.not_required) + len(plan.warnings) + len(plan.parameters_missing)
    assert len(sizes) <= len(plan.items) / 2 + 10 + rows / 20
    assert b"/FontName" in pdf


def test_a_script_in_the_projects_name_does_not_run(
    settled: tuple[Plan, str], anshan: Planner, run: Callable[..., bytes], tmp_path: Path
) -> None:
    plan, _ = settled
    name = "</title></style><script>document.documentElement.id='ran'</script><img src=x onerror=\"document.documentElement.id='ran'\">"
    project = plan.project.model_copy(update={"name": name})
    page = tmp_path / "plan.html"
    page.write_text(render_html(plan.model_copy(update={"project": project}), anshan.calendar), encoding="utf-8")
    dom = run(page, "--dump-dom").decode()
    assert '<html lang="zh-CN">' in dom
    assert "&lt;script&gt;" in dom
