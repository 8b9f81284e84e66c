"""The plan as one HTML file for the screen, the phone and A4 paper: no network, no script, styles and chart inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.calendar import WorkCalendar
from planner.output.course import moments
from planner.output.gantt import draw_gantt
from planner.output.outline import Outline
from planner.output.ways import shut, ways
from planner.output.words import words_for
from planner.plan import Certainty, Plan


def render_html(plan: Plan, calendar: WorkCalendar, lang: str = "zh", *, fact_names: Mapping[str, str] | None = None) -> str:
    """One self-contained page. Equal arguments give equal bytes.

    `calendar` shades the days off of the chart and should be the one the plan was made with. Everything that comes from the project or
    the rulebook is escaped. `fact_names`: names of facts by code, for facts that the plan mentions by code only. Raises ValueError for a
    language other than `zh` and `en`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    words = words_for(lang)
    outline = Outline(plan, words, fact_names or {})
    environment = Environment(
        loader=PackageLoader("planner.output"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["n"] = _number
    context: Mapping[str, Any] = {
        "plan": plan,
        "words": words,
        "lang": "zh-CN" if words.lang == "zh" else "en",
        "outline": outline,
        "gantt": draw_gantt(outline, calendar),
        "milestones": (
            ("start_of_works", plan.milestones.start_of_works),
            ("completion", plan.milestones.completion),
            ("use", plan.milestones.use),
        ),
        "moments_of": lambda item: moments(item, outline),
        "ways_of": lambda item: ways(item, outline),
        "shut_of": lambda item: shut(item, outline),
        "provisional": Certainty.PROVISIONAL,
    }
    return environment.get_template("plan.html").render(context)


def _number(value: float) -> str:
    """A coordinate, as short as it can be said."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
