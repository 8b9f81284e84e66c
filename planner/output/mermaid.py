"""The plan as a mermaid Gantt chart: text that GitHub, GitLab, Gitee, Typora, Obsidian and others draw inside a document.

Every bar has both its dates written out, so nothing is left for mermaid to count: from the acceptance to the end of the promised limit
(of the statutory one where none is promised), both days included.
"""

from __future__ import annotations

import re

from planner.output.outline import Outline
from planner.output.typeset import text_units
from planner.output.words import words_for
from planner.plan import Certainty, Item, Plan, PlanDate, Status
from planner.rulebook.models import Stage

_TAGS = frozenset({"active", "done", "crit", "milestone", "vert"})
"""Words that mermaid reads as a mark of the task wherever an identifier may stand."""
_SIGNS = re.compile(r"[\x00-\x1f!-'*:-@\[-^`{-\x9f]")
"""Every sign of ASCII but `( ) + , - . / _`."""
_ORDER = {stage.value: place for place, stage in enumerate(Stage)}


def render_mermaid(plan: Plan, lang: str = "zh") -> str:
    """A mermaid `gantt` diagram. Equal arguments give equal bytes.

    Sections are the stages, and one for the milestones. `crit`: no slack, or on the critical path. `active`: turns on facts not given. A
    date that coming holiday notices may move says so behind the name. Raises ValueError for a language other than `zh` and `en`.
    """
    words = words_for(lang)
    outline = Outline(plan, words)
    stages = sorted({item.stage for item in plan.items}, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    headings = [*map(words.stage, stages), words("milestones")]
    padding = max(75, 25 + max(map(text_units, headings)) * 6)
    lines = [
        # mermaid does not make room for the names of sections by itself.
        f'%%{{init: {{"gantt": {{"leftPadding": {padding}}}}}}}%%',
        f"%% {words('mermaid_key')}",
        "gantt",
        f"    title {escaped(plan.project.name or words('title'))}",
        "    dateFormat YYYY-MM-DD",
        "    axisFormat %Y-%m-%d",
        "    inclusiveEndDates",
        "    todayMarker off",
    ]
    for stage in stages:
        lines.append(f"    section {escaped(words.stage(stage))}")
        own = (item for item in plan.items if item.stage == stage)
        lines += [_task(outline, item) for item in sorted(own, key=lambda i: (i.dates.accept.date, i.dates.decide_promised.date))]
    lines.append(f"    section {escaped(words('milestones'))}")
    milestones = plan.milestones
    for code, reached in (
        ("start_of_works", milestones.start_of_works),
        ("completion", milestones.completion),
        ("use", milestones.use),
    ):
        day = reached.promised.date
        name = _named(outline, words(code), outline.doubt(code, short=True), reached.promised)
        lines.append(f"    {name} :milestone, {code}, {day}, {day}")
    return "\n".join(lines) + "\n"


def _task(outline: Outline, item: Item) -> str:
    dates = item.dates
    marks = ["crit"] if outline.critical(item) else []
    marks += ["active"] if item.status is Status.DEPENDS else []
    name = _named(outline, item.name, "", dates.accept, dates.decide_promised)
    identifier = f"{item.code}_" if item.code in _TAGS else item.code
    return f"    {name} :{', '.join([*marks, identifier, str(dates.accept.date), str(dates.decide_promised.date)])}"


def _named(outline: Outline, name: str, doubt: str, *days: PlanDate) -> str:
    """The name, and in brackets why its dates may turn out otherwise."""
    words = outline.words
    remarks = [words("provisional")] if any(day.certainty is Certainty.PROVISIONAL for day in days) else []
    remarks += [doubt] if doubt else []
    return escaped(name + (words.bracketed(words.semicolon.join(remarks)) if remarks else ""))


def escaped(text: str) -> str:
    """Text that mermaid shows as it is.

    A colon ends a name, a semicolon a line, # and %% begin comments, < and & are markup: these and all other signs become mermaid's
    numbered entities (`#58;`). So does a first character that is a letter or digit, as the name might begin with a keyword or a date.
    Line breaks become spaces.
    """
    text = " ".join(text.split())
    first = _entity(text[:1]) if text[:1].isascii() else text[:1]
    return first + "".join(_entity(sign) if _SIGNS.match(sign) else sign for sign in text[1:])


def _entity(sign: str) -> str:
    return f"#{ord(sign)};" if sign.isprintable() and sign else ""
