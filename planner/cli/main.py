"""The command `planner`.

Chinese by default, `--lang en` for English labels. Bad input ends with exit code 2 and every problem at once; a traceback never
reaches a user. Heavy imports wait until a command needs them, so that `planner --help` is instant.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from planner.cli.check import check_command
from planner.cli.common import ROUTES_HELP, Day, Routes, TargetDay, one_target, unwritable, write
from planner.cli.compare import compare_command
from planner.cli.diff import diff_command
from planner.cli.formats import FORMAT_HELP, chosen_format, rendered
from planner.cli.new import new_group
from planner.cli.scenarios import test_command
from planner.cli.serve import serve_command
from planner.cli.table import table_group
from planner.cli.token import token_group
from planner.cli.unverified import unverified_command
from planner.cli.usage import Group, usage_problem
from planner.cli.verify import verify_command
from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean, in_reading_order

if TYPE_CHECKING:
    from planner.plan import MilestoneName
    from planner.planner import Planner
    from planner.project import ProjectFacts
    from planner.rulebook.rulebook import Rulebook

BAD_INPUT = 2
CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def _shared(command: CommandT) -> CommandT:
    """Options of every command that reads a rulebook."""
    for option in (
        click.option(
            "--rules",
            type=click.Path(path_type=Path),
            metavar="文件夹",
            help="规则库的最上层文件夹（默认：随程序提供的鞍山规则库）",
        ),
        click.option("--allow-unchecked", is_flag=True, help="规则库没有通过 planner check 也用；每份计划都会写明"),
        click.option("--as-of", type=Day(), metavar="日期", help="按哪一天有效的法律（默认：今天）"),
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="输出语言"),
    ):
        command = option(command)
    return command


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    from importlib.metadata import PackageNotFoundError, version

    if wanted:
        try:
            click.echo(f"planner {version('approval-planner')}")
        except PackageNotFoundError:
            click.echo("planner（未安装，从源码运行）")
        ctx.exit()


@click.group(cls=Group, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="显示版本")
def cli() -> None:
    """工程建设项目审批计划：要办哪些审批、找谁办、依据什么、何时办结。"""


@cli.command("plan")
@click.argument("project", type=click.Path(path_type=Path), metavar="项目文件")
@_shared
@click.option("--start", type=Day(), metavar="日期", help="从哪一天开始办（默认：同 --as-of）")
@click.option(
    "--target", type=TargetDay(), multiple=True, callback=one_target, metavar="节点=日期", help="目标，如 开工=2027-04-01"
)
@click.option("--routes", type=Routes(), default="standard", metavar="办法", help=ROUTES_HELP)
@click.option("--format", "form", metavar="格式", help=FORMAT_HELP)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写入文件，而不是打印；- 是标准输出")
@click.option("--width", type=click.IntRange(60, 400), metavar="列数", help="表格宽度（默认：终端宽度）")
def plan_command(
    project: Path,
    rules: Path | None,
    allow_unchecked: bool,
    as_of: date | None,
    lang: str,
    start: date | None,
    target: tuple[MilestoneName, date] | None,
    routes: str,
    form: str | None,
    output: Path | None,
    width: int | None,
) -> None:
    """为一个项目制定审批计划。项目文件是 YAML 或 JSON。"""
    chosen = chosen_format(form, output)
    planner, facts = _read(project, rules, allow_unchecked)
    today = as_of or date.today()
    plan = planner.plan(facts, as_of=today, start=start, target=target, routes=routes)
    write(rendered(chosen, plan, planner, lang, width, output), output)
    if plan.blockers and output is not None:
        click.echo("\n".join(f"阻断：{b.text}" for b in plan.blockers), err=True)


@cli.command("why")
@click.argument("project", type=click.Path(path_type=Path), metavar="项目文件")
@click.argument("approval", metavar="事项")
@_shared
def why_command(project: Path, approval: str, rules: Path | None, allow_unchecked: bool, as_of: date | None, lang: str) -> None:
    """为什么要办（或不必办）某一事项，以及改变哪些事实结论就会不同。事项写代码、名称，或者不会混淆的一部分名称。"""
    from planner.output.why import render_why

    planner, facts = _read(project, rules, allow_unchecked)
    code = _approval(approval, planner.rulebook)
    names = {fact.code: fact.name for fact in planner.rulebook.vocabulary.facts.values()}
    write(render_why(planner.why(facts, code, as_of=as_of or date.today()), lang, names), None)


@cli.command("ask")
@click.argument("project", type=click.Path(path_type=Path), metavar="项目文件")
@_shared
def ask_command(project: Path, rules: Path | None, allow_unchecked: bool, as_of: date | None, lang: str) -> None:
    """还缺哪些事实：先问最能定下结论的。"""
    from planner.output.why import render_questions

    planner, facts = _read(project, rules, allow_unchecked)
    plan = planner.plan(facts, as_of=as_of or date.today())
    write(render_questions(plan, planner.rulebook.vocabulary, lang), None)


@cli.command("schema")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹", help="写到哪个文件夹（默认：打印清单）"
)
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="文件夹", help="规则库的最上层文件夹（默认：随程序提供的鞍山规则库）"
)
def schema_command(output: Path | None, rules: Path | None) -> None:
    """规则文件和项目文件的 JSON Schema，供编辑器补全和检查。"""
    from planner.rulebook.load import load_rulebook
    from planner.rulebook.schema import schema_files

    book, warnings = load_rulebook(rules)
    _warn(warnings)
    files = schema_files(book)
    if output is None:
        click.echo("\n".join(files))
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(output), error) from error
    for name, text in files.items():
        write(text, output / name)
    click.echo(f"已写入 {output}：" + "、".join(files))


cli.add_command(test_command)
cli.add_command(check_command)
cli.add_command(compare_command)
cli.add_command(diff_command)
cli.add_command(new_group)
cli.add_command(serve_command)
cli.add_command(table_group)
cli.add_command(token_group)
cli.add_command(unverified_command)
cli.add_command(verify_command)


def _read(project: Path, rules: Path | None, allow_unchecked: bool) -> tuple[Planner, ProjectFacts]:
    """The planner and the project's facts; problems of both together."""
    from planner.planner import Planner
    from planner.project import load_project

    problems: list[Diagnostic] = []
    planner = None
    try:
        planner = Planner.load(rules, allow_unchecked=allow_unchecked, announce=partial(click.echo, err=True))
    except DiagnosticError as error:
        problems += error.diagnostics
    try:
        described, positions = load_project(project)
        facts = planner.read(described, positions) if planner else None
    except DiagnosticError as error:
        problems += error.diagnostics
    if problems or planner is None or facts is None:
        raise DiagnosticError(problems)
    _warn(planner.warnings)
    return planner, facts


def _approval(word: str, book: Rulebook) -> str:
    """The code of the approval that `word` means: a code, a 名称, or a part of one 名称 only."""
    names = {a.model.name: code for code, a in book.approvals.items()}
    if word in book.approvals:
        return word
    containing = [name for name in names if word.strip() and word.strip() in name]
    if word in names or len(containing) == 1:
        return names.get(word) or names[containing[0]]
    if containing:
        problem = Diagnostic("R303", f"“{word}”不止一项", help=f"写全其中一个名称：{'、'.join(containing)}", field="事项")
    else:
        likely = did_you_mean(word, [*book.approvals, *names])
        problem = Diagnostic("R303", f"不认识的审批事项“{word}”", help=likely, field="事项")
    raise DiagnosticError([problem])


def _warn(warnings: Iterable[Diagnostic]) -> None:
    """What does not stop the command but is probably a slip: a file that is not read, days off that do not add up."""
    for warning in in_reading_order(warnings):
        click.echo(str(warning), err=True)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line. Exits 0, or 2 with every problem on standard error."""
    try:
        cli.main(arguments, prog_name="planner", standalone_mode=False)
    except DiagnosticError as error:
        _complain(error.diagnostics)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _complain([usage_problem(error)])
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is wrong.
        _drop_output()
    except OSError as error:
        # Every file is opened where it is named; what is left is standard output.
        _drop_output()
        _complain(unwritable("标准输出", error).diagnostics)
    sys.exit(0)


def _drop_output() -> None:
    # What is still in the buffer would raise again when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(problems: tuple[Diagnostic, ...] | list[Diagnostic]) -> NoReturn:
    # With standard error gone too, the exit code is all that can be said.
    with suppress(OSError):
        for problem in in_reading_order(problems):
            click.echo(str(problem), err=True)
        click.echo(f"共 {len(problems)} 处问题。", err=True)
    sys.exit(BAD_INPUT)
