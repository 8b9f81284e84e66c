"""`planner check`: every check of a rulebook, failures first, all at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.common import Day, write
from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean

if TYPE_CHECKING:
    from planner.checks.report import Check, Finding, Report

FORMATS = ("table", "json")


FAILED = 1
_SCENARIO_CHECK = "planner.features.check"


@click.command("check", cls=Command)
@click.argument("rules", type=click.Path(path_type=Path), required=False, metavar="[规则库]")
@click.option("--only", multiple=True, metavar="检查名", help="只做这一项检查（可以写几次）")
@click.option("--format", "form", default="table", metavar="格式", help="table（文字）、json")
@click.option("--today", type=Day(), metavar="日期", help="今天是哪一天：看复核到期没有（默认：今天）")
def check_command(rules: Path | None, only: tuple[str, ...], form: str, today: date | None) -> None:
    """检查规则库能不能用：一次报出全部问题，能举例的都附一个项目。有“不通过”时退出码为 1，只有警告时为 0。"""
    text, passed = checked(rules, only, form, today or date.today())
    write(text)
    if not passed:
        sys.exit(FAILED)


def checked(rules: Path | None, only: tuple[str, ...], form: str, today: date) -> tuple[str, bool]:
    """The report as text, and whether no check failed. Raises `DiagnosticError` for a check or format that does not exist."""
    from planner.checks.registry import CHECKS
    from planner.checks.run import check_rules

    if form not in FORMATS:
        problem = Diagnostic("L702", f"不认识的输出格式“{form}”", help=did_you_mean(form, FORMATS), field="--format")
        raise DiagnosticError([problem])
    more = added_checks()
    names = [check.name for check in (*CHECKS, *more)]
    by_module = {check.module: check.name for check in (*CHECKS, *more)}
    only = tuple(by_module.get(name, name) for name in only)
    unknown = [name for name in only if name not in names]
    if unknown:
        # The names are all there is to choose from, so all are shown where none is near.
        raise DiagnosticError(
            [
                Diagnostic(
                    "L701", f"没有检查“{name}”", help=did_you_mean(name, names) or "可以写：" + "、".join(names), field="--only"
                )
                for name in unknown
            ]
        )
    report = check_rules(rules, today, only=only, more=more)
    return (as_json(report) if form == "json" else as_text(report)), report.passed


def added_checks() -> tuple[Check, ...]:
    """Checks that lie above the rulebook's own: whether every rule has a scenario, where the steps are installed."""
    if find_spec("pytest_bdd") is None or find_spec(_SCENARIO_CHECK) is None:
        return ()
    return (import_module(_SCENARIO_CHECK).CHECK,)


def as_text(report: Report) -> str:
    """One line for each check, the gravest first, then the findings."""
    from planner.checks.report import Verdict

    counts = {verdict: sum(1 for _ in report.with_verdict(verdict)) for verdict in Verdict}
    lines = [f"检查规则库 {report.title or report.rules}", ""]
    lines += [_line(result.verdict.value, result.check.name, len(result.findings), result.notes) for result in report.results]
    lines.append("")
    for result in report.results:
        if result.findings:
            lines += [f"■ {result.verdict.value}　{result.check.name}：{result.check.definition}", ""]
            lines += [line for finding in result.findings for line in _shown(finding)]
            lines.append("")
    lines.append("　".join(f"{verdict.value} {number}" for verdict, number in counts.items()))
    lines.append("可以使用。" if report.passed else "没有通过检查，不能使用：先改好“不通过”的各处。")
    return "\n".join(lines) + "\n"


def _line(verdict: str, name: str, number: int, notes: tuple[str, ...]) -> str:
    said = [f"{number} 处"] if number else []
    return "　".join([verdict.ljust(3, "　"), name, *said, *notes])


def _shown(finding: Finding) -> Iterator[str]:
    yield from (f"  {line}" for line in str(finding).splitlines())


def as_json(report: Report) -> str:
    """The report as data. Keys are a contract: rules, title, digest, passed, checks[]{name, code, definition, verdict, notes, findings[]}."""
    data = {
        "rules": report.rules,
        "title": report.title,
        "digest": report.digest,
        "passed": report.passed,
        "checks": [
            {
                "name": result.check.name,
                "code": result.check.code,
                "definition": result.check.definition,
                "verdict": result.verdict.name.lower(),
                "notes": list(result.notes),
                "findings": [_as_data(finding) for finding in result.findings],
            }
            for result in report.results
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _as_data(finding: Finding) -> dict[str, Any]:
    place, shows = finding.place, finding.shows
    return {
        "code": place.code,
        "severity": place.severity.value,
        "message": place.message,
        "file": place.file,
        "line": place.line,
        "help": place.help,
        "witness": shows and {"as_of": shows.as_of.isoformat(), "facts": dict(shows.facts), "scenario": str(shows)},
    }
