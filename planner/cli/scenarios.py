"""`planner test`: the scenarios, run and told in Chinese; with `--coverage`, what no scenario touches."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.common import write
from planner.cli.usage import Command
from planner.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.features.coverage import Coverage, Gap
    from planner.features.run import Outcome

FAILED = 1
SHOWN = 40


@click.command("test", cls=Command)
@click.argument("features", type=click.Path(path_type=Path), default=Path("features"), metavar="[场景]")
@click.option("--rules", type=click.Path(path_type=Path), metavar="文件夹", help="场景没有写规则库时用哪个（默认：鞍山规则库）")
@click.option("-k", "word", default="", metavar="词", help="只跑文件、功能、场景名或例子里有这个词的")
@click.option("--coverage", is_flag=True, help="另外列出没有场景碰到的规则、表行、门槛和日期")
@click.option("--coverage-only", is_flag=True, help="只算覆盖率，不跑场景")
@click.option("--all", "everything", is_flag=True, help="缺口全部列出（默认列 40 处）")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")
def test_command(
    features: Path, rules: Path | None, word: str, coverage: bool, coverage_only: bool, everything: bool, form: str
) -> None:
    """跑场景：哪个场景不成立、期望什么、实际是什么、为什么。全部成立时退出码为 0，有不成立的为 1。"""
    _require_pytest()
    if not features.exists():
        message = f"没有场景“{features}”"
        raise DiagnosticError([Diagnostic("F001", message, str(features), help="写明场景所在的文件夹：planner test features")])
    from planner.features.cases import read_features

    found, problems = read_features(features)
    if problems:
        raise DiagnosticError(problems)
    if not any(feature.scenarios for feature in found):
        message = f"{features} 里一个场景也没有"
        raise DiagnosticError([Diagnostic("F011", message, str(features), help="场景文件的扩展名是 .feature，写法见 docs/步骤.md")])
    outcome = None if coverage_only else _run(features, rules, word, form)
    measured, examples = _measure(features, rules, everything) if coverage or coverage_only else (None, {})
    _say(outcome, measured, examples, everything, form)
    if outcome is not None and outcome.failures:
        sys.exit(FAILED)


def _require_pytest() -> None:
    from importlib.util import find_spec

    if find_spec("pytest_bdd") is None:
        raise DiagnosticError(
            [Diagnostic("L703", "缺少组件 pytest-bdd", help="安装：pip install 'approval-planner[features]'", field="test")]
        )


def _run(features: Path, rules: Path | None, word: str, form: str) -> Outcome:
    from planner.features.run import run_features

    def progress(done: int, failed: int, of: int) -> None:
        click.echo(f"\r{done}/{of}" + (f"，不成立 {failed}" if failed else ""), nl=False, err=True)

    shown = progress if form == "text" and sys.stderr.isatty() else None
    outcome = run_features(features, Path.cwd(), rules, word, shown)
    if shown:
        click.echo("\r", nl=False, err=True)
    if not outcome.total:
        message = f"{features} 里没有提到“{word}”的场景"
        raise DiagnosticError([Diagnostic("F011", message, str(features), help="核对 -k 后面的词")])
    return outcome


def _measure(features: Path, rules: Path | None, everything: bool) -> tuple[Coverage, dict[Gap, str]]:
    from planner.features.cases import read_cases
    from planner.features.coverage import measure
    from planner.features.examples import examples_of
    from planner.planner import Planner

    planner = Planner.from_files(rules)
    cases = read_cases(features, planner, Path.cwd())
    if cases.problems:
        raise DiagnosticError(cases.problems)
    coverage = measure(planner.rulebook, cases.cases, date.today())
    gaps = coverage.gaps if everything else coverage.gaps[:SHOWN]
    return coverage, examples_of(planner.rulebook, gaps, date.today())


def _say(outcome: Outcome | None, coverage: Coverage | None, examples: Mapping[Gap, str], everything: bool, form: str) -> None:
    from planner.output.scenarios import coverage_as_json, render_coverage, render_run

    if form == "json":
        from planner.features.run import as_json

        said = {**(as_json(outcome) if outcome else {}), **({"coverage": coverage_as_json(coverage, examples)} if coverage else {})}
        write(json.dumps(said, ensure_ascii=False, indent=2))
        return
    if outcome is not None:
        write(render_run(outcome))
    if coverage is not None:
        write(
            ("\n" if outcome is not None else "") + render_coverage(coverage, examples, len(coverage.gaps) if everything else SHOWN)
        )
