"""Click's own words in Chinese: the help page, and what is wrong with the arguments.

Click speaks English, and its wording differs between the releases this package allows. So every sentence is made here from what the
exception carries; click's own text is the last resort.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean, nearest

_SEE = "看用法：planner --help"
_HEADINGS = {"Options": "选项", "Commands": "命令"}


class _Page(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        words = {"[OPTIONS]": "[选项]", "COMMAND": "命令", "[ARGS]...": "[参数]..."}
        super().write_usage(prog, " ".join(words.get(word, word) for word in args.split(" ")), prefix or "用法：")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        with super().section(_HEADINGS.get(name, name)):
            yield


class _Context(click.Context):
    formatter_class = _Page


class Command(click.Command):
    """A command whose help page is in Chinese."""

    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示用法"
        return option


class Group(click.Group):
    """The group of commands; a command it does not have is a `Diagnostic`."""

    context_class = _Context
    command_class = Command

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示用法"
        return option

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            likely = did_you_mean(args[0], self.list_commands(ctx)) or _SEE
            raise DiagnosticError([Diagnostic("L701", f"没有命令“{args[0]}”", help=likely, field="命令行")])
        return super().resolve_command(ctx, args)


def usage_problem(error: click.ClickException) -> Diagnostic:
    """What click refused, as a diagnostic named by the option or argument as the user writes it."""
    if isinstance(error, click.NoSuchOption):
        known = [name for p in error.ctx.command.get_params(error.ctx) for name in p.opts] if error.ctx else []
        near = nearest(error.option_name, [name for name in known if name.startswith("--")])
        return Diagnostic(
            "L701", f"没有选项“{error.option_name}”", help=f"是不是要写“{near}”？" if near else _SEE, field=error.option_name
        )
    if isinstance(error, click.BadOptionUsage):
        return Diagnostic("L701", "这个选项的用法不对：后面要写一个值", help=_SEE, field=error.option_name)
    param = error.param if isinstance(error, click.BadParameter) else None
    if isinstance(param, click.Parameter):
        name = max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name
        return Diagnostic("L701", _what_is_wrong(error, param), help=_SEE, field=name)
    text = error.format_message()
    if "extra argument" in text:
        text = f"多了参数：{text.partition('(')[2].rpartition(')')[0] or text}"
    elif "Missing command" in text:
        text = "没有写命令"
    return Diagnostic("L701", text, help=_SEE, field="命令行")


def _what_is_wrong(error: click.ClickException, param: click.Parameter) -> str:
    if isinstance(error, click.MissingParameter):
        return "少了这一项"
    if isinstance(param.type, click.Choice):
        return f"只能写：{'、'.join(str(choice) for choice in param.type.choices)}"
    if isinstance(param.type, click.IntRange):
        return f"要写 {param.type.min} 到 {param.type.max} 之间的整数"
    if isinstance(param.type, click.Path):
        return "这个位置已经有一个文件，要写文件夹"
    return error.message
