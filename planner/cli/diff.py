"""`planner diff`: two rulebooks side by side."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.common import Day, write
from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.compare.effects import ProjectChange


@click.command("diff", cls=Command)
@click.argument("old", metavar="旧规则库")
@click.argument("new", metavar="新规则库", default="rules/anshan")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules/anshan"),
    metavar="文件夹",
    help="只写版本号时指哪个文件夹（默认 rules/anshan）",
)
@click.option(
    "--projects",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="文件",
    help="看这些项目的计划怎么变：项目文件、一列项目的文件或文件夹，可写几次",
)
@click.option(
    "--as-of",
    metavar="日期",
    multiple=True,
    type=Day(),
    help="按哪一天的法律比较项目（默认：今天，以及新规则将来起止的各天）",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")
def diff_command(old: str, new: str, rules: Path, projects: tuple[Path, ...], as_of: Sequence[date], form: str) -> None:
    """两个规则库有什么不同，哪些项目的计划会变。规则库写文件夹，或 git 的版本（HEAD~1），或“版本:文件夹”。"""
    from planner.compare.sources import rulebook_folder
    from planner.compare.words import compare_files
    from planner.output.diff import as_json, render_files, render_projects

    with rulebook_folder(old, rules) as before, rulebook_folder(new, rules) as after:
        files = compare_files(before, after)
        effects = _effects(before, after, projects, as_of) if projects else ()
    if form == "json":
        write(json.dumps(as_json(files, effects), ensure_ascii=False, indent=2))
        return
    write(render_files(files))
    if projects:
        write("\n" + render_projects(effects))


def _effects(before: Path, after: Path, files: tuple[Path, ...], as_of: Sequence[date]) -> tuple[ProjectChange, ...]:
    from planner.compare.effects import coming_days, compare_plans
    from planner.planner import Planner
    from planner.project import load_projects

    problems: list[Diagnostic] = []
    found = []
    planners = []
    for folder in (before, after):
        try:
            planners.append(Planner.from_files(folder))
        except DiagnosticError as error:
            problems += error.diagnostics
    for file in files:
        try:
            found += [project for project, _ in load_projects(file)]
        except DiagnosticError as error:
            problems += error.diagnostics
    if problems:
        raise DiagnosticError(problems)
    old, new = planners
    today = date.today()
    days = as_of or [today, *coming_days(old.rulebook, new.rulebook, today)]
    return compare_plans(old, new, found, days)
