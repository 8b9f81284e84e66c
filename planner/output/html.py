"""The plan as one HTML file for the screen, the phone and A4 paper: no network, no script, styles and chart inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.calendar import WorkCalendar
from planner.output.gantt import draw_gantt
from planner.output.outline import Outline
from planner.output.words import Words, words_for
from planner.plan import Certainty, Item, Plan, PlanDate


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
        "dates_of": lambda item: item_dates(item, words),
        "provisional": Certainty.PROVISIONAL,
    }
    return environment.get_template("plan.html").render(context)


def item_dates(item: Item, words: Words) -> tuple[tuple[str, PlanDate], ...]:
    """The dates of an item, each by its legal meaning, in the order in which they matter."""
    dates = item.dates
    found: list[tuple[str, PlanDate | None]] = []
    if dates.submit_from.date == dates.accept.date:
        found.append(("date_submit_accept", dates.accept))
    else:
        found += [("date_submit", dates.submit_from), ("date_accept", dates.accept)]
    if item.promised is not None:
        found.append(("date_promised", dates.decide_promised))
    found += [
        ("date_statutory" if item.statutory is not None else "date_decide", dates.decide_statutory),
        ("date_supplement", dates.supplement_by),
        ("date_verify", dates.verify_by),
        ("date_latest", dates.latest_submit),
    ]
    if item.promised is not None and item.statutory is None:
        found = [pair for pair in found if pair[0] != "date_decide"]
    return tuple((words(key), day) for key, day in found if day is not None)


def _number(value: float) -> str:
    """A coordinate, as short as it can be said."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
