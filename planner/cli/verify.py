"""`planner verify`: whether a plan file is what the program makes of it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.common import write
from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError, in_reading_order

if TYPE_CHECKING:
    from planner.planner import Planner

NOT_CONFIRMED = 1


@click.command("verify", cls=Command)
@click.argument("plan", type=click.Path(path_type=Path), metavar="计划文件")
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="文件夹", help="制作计划用的规则库（默认：随程序提供的鞍山规则库）"
)
@click.option("--allow-unchecked", is_flag=True, help="规则库没有通过 planner check 也用：计划是这样制作的，核对时也这样写")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")
def verify_command(plan: Path, rules: Path | None, allow_unchecked: bool, form: str) -> None:
    """核对一份计划（JSON）：用它自己写明的项目情况、日期和目标重新制作，逐字节比较。相同时退出码为 0，不同为 1。"""
    from planner.output.verification import render_verification, verification_as_json
    from planner.plan_files import parse_plan, plan_bytes
    from planner.verify import verify

    problems: list[Diagnostic] = []
    planner: Planner | None = None
    data = b""
    try:
        data = plan_bytes(plan)
        parse_plan(data, str(plan))
    except DiagnosticError as error:
        problems += error.diagnostics
    try:
        planner = _load(rules, allow_unchecked)
    except DiagnosticError as error:
        problems += error.diagnostics
    if problems or planner is None:
        raise DiagnosticError(problems)
    for warning in in_reading_order(planner.warnings):
        click.echo(str(warning), err=True)
    found = verify(data, planner, str(plan))
    write(verification_as_json(found) if form == "json" else render_verification(found))
    if not found.confirmed:
        sys.exit(NOT_CONFIRMED)


def _load(rules: Path | None, allow_unchecked: bool) -> Planner:
    from planner.planner import Planner

    return Planner.load(rules, allow_unchecked=allow_unchecked, announce=partial(click.echo, err=True))
