"""How a step's wording becomes a pattern, and how the words inside it are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pytest_bdd import parsers

from planner.calendar import Span
from planner.plan import DayUnit
from planner.rulebook.models import parse_span
from planner.vocabulary import ValueProblem, read_date

_HEADINGS = frozenset({"事项", "名称", "事实", "审批事项", "材料", "阻断", "提示", "合计"})


def pattern(text: str) -> parsers.re:
    """A step text with 〈name〉 for a quoted name, 〔name〕 for a date, ｛name｝ for a time limit, and 开工|竣工验收 for a choice.

    A blank may be left out or doubled; a comma may be full or half width.
    """
    regex = text.replace("，", "[,，]").replace("：", "[:：]?")
    regex = re.sub(r"〈(\w+)〉", r"[“\"](?P<\1>[^”\"]+)[”\"]", regex)
    regex = re.sub(r"〔(\w+)〕", r"(?P<\1>\\d{4}-\\d{2}-\\d{2})", regex)
    regex = re.sub(r"｛(\w+)｝", r"(?P<\1>[^“”\",，]+?)", regex)
    return parsers.re(regex.replace(" ", r"\s*"))


def day(text: str) -> date:
    """A date as written in a step."""
    try:
        return read_date(text)
    except ValueProblem as problem:
        raise AssertionError(f"{problem.message}。{problem.help}") from problem


def span(text: str) -> Span:
    """A time limit as written in a step: 10 工作日, 15 日, 当场."""
    try:
        return parse_span(text.strip())
    except ValueError as problem:
        raise AssertionError(f"{problem}，写成“10 工作日”“15 日”或“当场”") from problem


def show_days(days: int | None, unit: DayUnit | None) -> str:
    """A number of days as a plan gives it, in the words of a step."""
    if days is None:
        return "没有写"
    return f"{days} {'工作日' if unit is DayUnit.WORKING_DAYS else '日'}"


def words(text: str) -> list[str]:
    """A list written 甲、乙."""
    return [w.strip() for w in re.split(r"[、,，]", text) if w.strip()]


def rows(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows of a step's table, without its heading."""
    cleaned = [[cell.strip() for cell in row] for row in table]
    return cleaned[1:] if cleaned and cleaned[0][0] in _HEADINGS else cleaned
