"""What a plan can be written as: which format a command means, and the plan in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.planner import Planner

FORMATS: Mapping[str, str] = {
    "table": "终端表格",
    "json": "",
    "html": "",
    "ics": "日历",
    "xlsx": "Excel 工作簿",
    "mermaid": "文档里的图",
    "taskjuggler": "",
    "feature": "场景",
}
"""The formats, each with what its name does not say."""
FORMAT_HELP = (
    "、".join(name + (f"（{what}）" if what else "") for name, what in FORMATS.items()) + "；默认看 -o 的扩展名，再就是 table"
)
_SUFFIXES = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".ics": "ics",
    ".xlsx": "xlsx",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".tjp": "taskjuggler",
    ".feature": "feature",
}
_PLAIN = frozenset({"", ".txt", ".text", ".log", ".out"})
"""Ends of a file's name that a text may have; any other names a format."""
_NEEDS = {"ics": "icalendar", "xlsx": "openpyxl"}
"""Formats that need an optional package: the extra of the same name brings it."""


def format_of(output: Path | None, suffixes: Mapping[str, str]) -> str:
    """The format that a file's name tells; a table where it tells none.

    Raises `DiagnosticError` (L702) for an end that names another format: a text called 计划.pdf or 计划.xls does not open.
    """
    if output is None:
        return "table"
    suffix = output.suffix.lower()
    if suffix in suffixes:
        return suffixes[suffix]
    if suffix not in _PLAIN:
        fix = f"可以写：{'、'.join(suffixes)}，或者 .txt（终端表格）；文件名就要这样的，另写 --format"
        raise DiagnosticError([Diagnostic("L702", f"没有扩展名是“{output.suffix}”的输出格式", help=fix, field="-o")])
    return "table"


def chosen_format(form: str | None, output: Path | None) -> str:
    """The format asked for, else the one the file's name tells, else a table.

    Raises `DiagnosticError` for a format there is not (L702), one whose package is not installed (L703), and a workbook that would go to
    a terminal (L701): with `-o -` that is what was asked for, and through a pipe it reaches a program.
    """
    if form is None:
        form = format_of(output, _SUFFIXES)
    if form not in FORMATS:
        raise DiagnosticError([Diagnostic("L702", f"不认识的输出格式“{form}”", help=did_you_mean(form, FORMATS), field="--format")])
    package = _NEEDS.get(form)
    if package is not None and find_spec(package) is None:
        fix = f"安装：pip install 'approval-planner[{form}]'"
        raise DiagnosticError([Diagnostic("L703", f"缺少组件 {package}", help=fix, field="--format")])
    if form == "xlsx" and output is None and sys.stdout is not None and sys.stdout.isatty():
        raise DiagnosticError(
            [Diagnostic("L701", "xlsx 是二进制文件，不能显示在终端上", help="写到文件：-o 计划.xlsx", field="-o")]
        )
    return form


def rendered(form: str, plan: Plan, planner: Planner, lang: str, width: int | None, output: Path | None) -> str | bytes:
    """The plan in one of `FORMATS`. Bytes where the file must not be changed on its way, by another encoding or other line ends."""
    names = {code: fact.name for code, fact in planner.rulebook.vocabulary.facts.items()}
    if form == "json":
        from planner.output.json import render_json

        return render_json(plan) + "\n"
    if form == "html":
        from planner.output.html import render_html

        return render_html(plan, planner.calendar, lang, fact_names=names)
    if form == "ics":
        from planner.output.ics import render_ics

        return render_ics(plan, lang, fact_names=names)
    if form == "xlsx":
        from planner.output.xlsx import render_xlsx

        return render_xlsx(plan, planner.calendar, lang, fact_names=names)
    if form == "mermaid":
        from planner.output.mermaid import render_mermaid

        return render_mermaid(plan, lang)
    if form == "taskjuggler":
        from planner.output.taskjuggler import render_taskjuggler

        return render_taskjuggler(plan, planner.calendar, lang)
    if form == "feature":
        from planner.output.feature import render_feature

        return render_feature(plan, planner.rulebook)
    from planner.output.table import render_table

    return render_table(
        plan, lang=lang, width=width or _width(output), color=_colour(output), calendar=planner.calendar, fact_names=names
    )


def _width(output: Path | None) -> int:
    import shutil

    return 120 if output is not None else max(60, min(shutil.get_terminal_size((120, 40)).columns, 200))


def _colour(output: Path | None) -> bool:
    return output is None and sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
