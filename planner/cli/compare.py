"""`planner compare`: two plans side by side."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import click

from planner.cli.common import ROUTES_HELP, Day, Routes, TargetDay, one_target, write
from planner.cli.formats import format_of
from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean, in_reading_order

if TYPE_CHECKING:
    from planner.compare.comparison import PlanComparison
    from planner.plan import MilestoneName, Plan
    from planner.planner import Planner

_FORMATS = ("table", "json", "html")
_SUFFIXES = {".json": "json", ".html": "html", ".htm": "html"}
_PLAN_KEYS = (b'"provenance"', b'"critical_path"')
_PROJECT_KEYS = frozenset({"name", "名称", "项目名称"})
Kind: TypeAlias = Literal["plan", "project"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ask:
    """How one side is to be planned; None: not asked for."""

    rules: Path | None = None
    as_of: date | None = None
    start: date | None = None
    target: tuple[MilestoneName, date] | None = None
    routes: str | None = None

    def asked(self, prefix: str) -> tuple[str, ...]:
        """The options given that shape a plan; a rulebook may also be given for its calendar and the names of facts."""
        names = (*(("rules",) if prefix else ()), "as_of", "start", "target", "routes")
        return tuple(f"--{prefix}{name.replace('_', '-')}" for name in names if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True)
class _Side:
    """A plan, or a project to plan as asked. `kind`: None where the file is neither."""

    path: Path
    kind: Kind | None
    ask: _Ask


@click.command("compare", cls=Command)
@click.argument("left", type=click.Path(path_type=Path), metavar="左边")
@click.argument("right", type=click.Path(path_type=Path), metavar="[右边]", required=False)
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="文件夹", help="规则库的最上层文件夹（默认：随程序提供的鞍山规则库）"
)
@click.option("--allow-unchecked", is_flag=True, help="规则库没有通过 planner check 也用；每份计划都会写明")
@click.option("--as-of", type=Day(), metavar="日期", help="按哪一天有效的法律（默认：今天）")
@click.option("--start", type=Day(), metavar="日期", help="从哪一天开始办（默认：同 --as-of）")
@click.option(
    "--target", type=TargetDay(), multiple=True, callback=one_target, metavar="节点=日期", help="目标，如 开工=2027-04-01"
)
@click.option("--routes", type=Routes(), metavar="办法", help=ROUTES_HELP)
@click.option("--right-rules", type=click.Path(path_type=Path), metavar="文件夹", help="右边用的规则库（默认：同左边，下同）")
@click.option("--right-as-of", type=Day(), metavar="日期", help="右边按哪一天的法律")
@click.option("--right-start", type=Day(), metavar="日期", help="右边从哪一天开始办")
@click.option("--right-target", type=TargetDay(), multiple=True, callback=one_target, metavar="节点=日期", help="右边的目标")
@click.option("--right-routes", type=Routes(), metavar="办法", help="右边走哪些捷径")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="输出语言")
@click.option("--format", "form", metavar="格式", help="table（终端表格）、json、html；默认看 -o 的扩展名，再就是 table")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写入文件，而不是打印")
@click.option("--width", type=click.IntRange(60, 400), metavar="列数", help="表格宽度（默认：终端宽度）")
def compare_command(
    left: Path,
    right: Path | None,
    rules: Path | None,
    allow_unchecked: bool,
    as_of: date | None,
    start: date | None,
    target: tuple[MilestoneName, date] | None,
    routes: str | None,
    right_rules: Path | None,
    right_as_of: date | None,
    right_start: date | None,
    right_target: tuple[MilestoneName, date] | None,
    right_routes: str | None,
    lang: str,
    form: str | None,
    output: Path | None,
    width: int | None,
) -> None:
    """两份计划有什么不同，每个日期为什么变了。左右各写一个计划（JSON）或项目文件；只写一个项目文件时，用 --right-… 写明右边的条件。"""
    from planner.compare.plans import compare
    from planner.planner import Planner

    chosen = _format(form, output)
    own = _Ask(rules, as_of, start, target, routes)
    other = _Ask(right_rules, right_as_of, right_start, right_target, right_routes)
    problems: list[Diagnostic] = []
    sides = _sides(left, right, own, other, problems)
    planners: dict[Path | None, Planner | None] = {}
    for folder in dict.fromkeys(side.ask.rules for side in sides):
        load = partial(Planner.load, folder, allow_unchecked=allow_unchecked, announce=partial(click.echo, err=True))
        planners[folder] = _tried(load, problems)
    plans = [_tried(partial(_plan, side, planners[side.ask.rules]), problems) for side in sides]
    first, second = (planners[side.ask.rules] for side in sides)
    before, after = plans
    if problems or first is None or second is None or before is None or after is None:
        raise DiagnosticError(in_reading_order(problems))
    for warning in in_reading_order(dict.fromkeys([*first.warnings, *second.warnings])):
        click.echo(str(warning), err=True)
    if any(plan.provenance.calendar != first.calendar.digest for plan in (before, after)):
        click.echo("提示：计划文件是用另一份工作日历排的；相差多少工作日，按现在的日历数。", err=True)
    try:
        found = compare(before, after, first.calendar, _names(first) | _names(second))
    except ValueError as error:
        places = "、".join(str(side.path) for side in sides if side.kind == "plan")
        raise DiagnosticError([Diagnostic("P605", f"不能比较：{error}", places, help="核对计划文件，或重新制作")]) from error
    write(_rendered(found, chosen, lang, width, output, (str(sides[0].path), str(sides[1].path))), output)


def _sides(left: Path, right: Path | None, own: _Ask, other: _Ask, problems: list[Diagnostic]) -> tuple[_Side, _Side]:
    """The two sides. What the right one is not asked otherwise is as on the left."""
    merged = replace(own, **{name: value for name in _Ask.__slots__ if (value := getattr(other, name)) is not None})
    first = _Side(left, _tried(partial(_kind, left), problems), own)
    if right is None:
        if first.kind == "plan":
            problems.append(_misused("左边是一份排好的计划，不能换条件重排", "再写一个计划或项目文件；或者左边写项目文件", "右边"))
        elif merged == own:
            fix = "再写一个计划或项目文件；或者用 --right-start、--right-routes 等写明右边有什么不同"
            problems.append(_misused("只有一个项目，左右没有不同", fix, "右边"))
        return first, replace(first, ask=merged)
    second = _Side(right, _tried(partial(_kind, right), problems), merged)
    if second.kind == "plan":
        useless = (*other.asked("right-"), *(own.asked("") if first.kind == "plan" else ()))
        problems += [_misused(f"用不上“{name}”：计划文件已经排好", "去掉这个选项，或者写项目文件", name) for name in useless]
    return first, second


def _misused(message: str, help: str, field: str) -> Diagnostic:
    return Diagnostic("L701", message, help=help, field=field)


def _kind(path: Path) -> Kind:
    """What a file holds. Raises `DiagnosticError` for JSON that is neither; a file that cannot be read is taken for a project."""
    from planner.plan_files import plan_bytes

    if path.suffix.lower() != ".json":
        return "project"
    try:
        data = plan_bytes(path)
    except DiagnosticError:
        return "project"
    if all(key in data for key in _PLAN_KEYS):
        return "plan"
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return "project"
    if isinstance(found, dict) and (not found or found.keys() & _PROJECT_KEYS):
        return "project"
    fix = "计划文件用 planner plan 项目文件 --format json 制作；项目文件至少要有“名称”"
    raise DiagnosticError([Diagnostic("F008", "这个 JSON 既不是计划，也不是项目文件", str(path), help=fix)])


def _tried(step: Callable[[], T], problems: list[Diagnostic]) -> T | None:
    """What a step gives; None where it fails, with its problems added."""
    try:
        return step()
    except DiagnosticError as error:
        problems += error.diagnostics
        return None


def _plan(side: _Side, planner: Planner | None) -> Plan | None:
    """The plan of a side. Raises `DiagnosticError` with everything wrong with its file; without a planner no more is done than reading."""
    from planner.compare.timing import Timing
    from planner.plan_files import read_plan
    from planner.project import load_project

    if side.kind == "plan":
        plan = read_plan(side.path)
        if planner is not None:
            try:
                Timing(plan, planner.calendar).check()
            except ValueError as error:
                message = f"计划自相矛盾：{error}"
                raise DiagnosticError([Diagnostic("F008", message, str(side.path), help="重新制作计划文件")]) from error
        return plan
    if side.kind is None:
        return None
    project, positions = load_project(side.path)
    if planner is None:
        return None
    ask = side.ask
    facts = planner.read(project, positions)
    return planner.plan(facts, as_of=ask.as_of or date.today(), start=ask.start, target=ask.target, routes=ask.routes or "standard")


def _names(planner: Planner) -> dict[str, str]:
    return {**planner.steps, **{code: fact.name for code, fact in planner.rulebook.vocabulary.facts.items()}}


def _format(form: str | None, output: Path | None) -> str:
    if form is None:
        form = format_of(output, _SUFFIXES)
    if form not in _FORMATS:
        raise DiagnosticError(
            [Diagnostic("L702", f"不认识的输出格式“{form}”", help=did_you_mean(form, _FORMATS), field="--format")]
        )
    return form


def _rendered(found: PlanComparison, form: str, lang: str, width: int | None, output: Path | None, sources: tuple[str, str]) -> str:
    from planner.output.comparison import render_comparison_html, render_comparison_json, render_comparison_table

    if form == "json":
        return render_comparison_json(found) + "\n"
    if form == "html":
        return render_comparison_html(found, lang, sources)
    terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    wide = width or (120 if output is not None else shutil.get_terminal_size((120, 40)).columns)
    return render_comparison_table(found, lang, wide, terminal and "NO_COLOR" not in os.environ, sources)
