"""The exported mermaid chart, drawn by mermaid itself in a real browser."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import Plan, Planner, load_project
from planner.output.mermaid import render_mermaid

pytestmark = pytest.mark.browser

MERMAID = Path(__file__).parent / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
Draw = Callable[[str], dict[str, Any]]

PAGE = """<!DOCTYPE html><meta charset="utf-8"><body><script src="mermaid.js"></script><script>
addEventListener("load", async () => {
  const result = {};
  try {
    mermaid.initialize({ startOnLoad: false });
    const drawn = await mermaid.render("chart", __CHART__);
    const place = document.createElement("div");
    place.innerHTML = drawn.svg;
    document.body.append(place);
    const all = kind => Array.from(place.querySelectorAll(kind));
    result.kind = drawn.diagramType;
    result.title = all("text.titleText").map(one => one.textContent);
    result.sections = all("text.sectionTitle").map(one => [one.textContent, one.getBBox().x + one.getBBox().width]);
    result.bars = all("rect.task").map(one => ({
      id: one.id.replace(/^chart-/, ""), x: one.x.baseVal.value, width: one.width.baseVal.value, kind: one.getAttribute("class"),
    }));
    result.texts = Object.fromEntries(all("text[id$='-text']").map(
      one => [one.id.replace(/^chart-/, "").replace(/-text$/, ""), one.textContent]));
    result.error = all(".error-text").length;
  } catch (problem) { result.problem = String(problem); }
  const shown = document.createElement("pre");
  shown.id = "measured";
  shown.textContent = JSON.stringify(result);
  document.body.append(shown);
});
</script>"""


@pytest.fixture
def draw(run: Callable[..., bytes], tmp_path: Path) -> Draw:
    """Draws a chart and says what stands in it."""
    assert MERMAID.exists(), "run `make test`: it installs mermaid"

    def draw(text: str) -> dict[str, Any]:
        shutil.copyfile(MERMAID, tmp_path / "mermaid.js")
        page = tmp_path / "chart.html"
        page.write_text(PAGE.replace("__CHART__", json.dumps(text).replace("</", "<\\/")), encoding="utf-8")
        dom = run(page, "--virtual-time-budget=30000", "--dump-dom").decode()
        found = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)
        assert found, "the page did not run to its end"
        drawn: dict[str, Any] = json.loads(html.unescape(found[1]))
        return drawn

    return draw


@pytest.fixture(scope="module", params=["hospital-600-beds", "incomplete"])
def plan(request: pytest.FixtureRequest, anshan: Planner, root: Path) -> Plan:
    project, positions = load_project(root / "examples" / f"{request.param}.yaml")
    return anshan.plan(anshan.read(project, positions), as_of=date(2026, 9, 7))


def spans(plan: Plan) -> Mapping[str, tuple[date, date]]:
    """First and last day of every bar."""
    found = {item.code: (item.dates.accept.date, item.dates.decide_promised.date) for item in plan.items}
    for code in ("start_of_works", "completion", "use"):
        day = getattr(plan.milestones, code).promised.date
        found[code] = (day, day)
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_approval_and_milestone_is_drawn_on_its_days(plan: Plan, draw: Draw, lang: str) -> None:
    drawn = draw(render_mermaid(plan, lang))
    assert "problem" not in drawn, drawn["problem"]
    assert drawn["kind"] == "gantt"
    assert drawn["error"] == 0
    assert drawn["title"] == [plan.project.name]
    days = spans(plan)
    bars = {bar["id"]: bar for bar in drawn["bars"]}
    assert len(drawn["bars"]) == len(bars) == len(plan.items) + 3
    assert bars.keys() == days.keys()
    # The scale, from the first and the last day of all; a bar takes its last day whole.
    first, last = min(day for day, _ in days.values()), max(day for _, day in days.values())
    left = min(bar["x"] for code, bar in bars.items() if code not in MILESTONES)
    right = max(bar["x"] + bar["width"] for code, bar in bars.items() if code not in MILESTONES)
    day_width = (right - left) / ((last - first).days + 1)
    for item in plan.items:
        begin, end = days[item.code]
        bar = bars[item.code]
        assert bar["x"] == pytest.approx(left + (begin - first).days * day_width, abs=1.01)
        assert bar["x"] + bar["width"] == pytest.approx(left + ((end - first).days + 1) * day_width, abs=1.01)
        assert ("active" in bar["kind"]) == (item.status.value == "depends")
        assert ("crit" in bar["kind"].lower()) >= item.critical
        assert drawn["texts"][item.code].startswith(item.name)
    for code in MILESTONES:
        assert "milestone" in bars[code]["kind"]
    assert all(right_end <= left for _, right_end in drawn["sections"]), "the name of a section runs into the bars"


MILESTONES = ("start_of_works", "completion", "use")
STRANGE = "title: 甲；乙; 丙 #35; # 丁 %% 戊 %%{init: {}}%% <b>己</b> &amp; \"庚\" '辛' `壬` $癸$ , x\n第二行 --- :crit, a, 2026-01-01 \\ [x] {y} ~"


@pytest.mark.parametrize(
    "name", [STRANGE, "section 一", "2026-01-01 以后", "click x", "；", "：", "#", "-->", "%%", "dateFormat YYYY"]
)
def test_a_name_is_shown_as_it_is(anshan: Planner, root: Path, draw: Draw, name: str) -> None:
    project, positions = load_project(root / "examples" / "poultry-processing-with-well.yaml")
    plan = anshan.plan(anshan.read(project, positions), as_of=date(2026, 9, 7))
    certain = next(item for item in plan.items if item.dates.decide_promised.certainty.value == "FIRM")
    strange = certain.model_copy(update={"name": name, "code": "crit", "stage": name})
    echo = plan.project.model_copy(update={"name": name})
    items = (strange, *(item for item in plan.items if item is not certain))
    drawn = draw(render_mermaid(plan.model_copy(update={"project": echo, "items": items})))
    assert "problem" not in drawn, drawn["problem"]
    assert len(drawn["bars"]) == len(plan.items) + 3
    shown = " ".join(name.split())
    assert drawn["title"] == [shown]
    assert drawn["texts"]["crit_"].strip() == shown
    assert shown in [text for text, _ in drawn["sections"]]
