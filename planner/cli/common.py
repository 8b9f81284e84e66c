"""What several commands share: how a day is written, and where a text goes."""

from __future__ import annotations

import errno
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean

if TYPE_CHECKING:
    from planner.plan import MilestoneName

_REASONS = {
    errno.EBADF: "已经关闭",
    errno.ENOENT: "上一级文件夹不存在",
    errno.ENOTDIR: "上一级不是文件夹",
    errno.EISDIR: "这是文件夹",
    errno.EEXIST: "这个位置已经有一个文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "这个位置只能读",
    errno.ENOSPC: "磁盘满了",
    errno.ENAMETOOLONG: "文件名太长",
}


class Day(click.ParamType[date]):
    """A day as commands take it: 2026-03-01."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}”不是日期，写成 2026-03-01 这样", param, ctx)


_MILESTONES: dict[str, MilestoneName] = {
    "开工": "start_of_works",
    "start_of_works": "start_of_works",
    "竣工": "completion",
    "竣工验收": "completion",
    "completion": "completion",
    "投入使用": "use",
    "投产": "use",
    "use": "use",
}


class TargetDay(click.ParamType["tuple[MilestoneName, date]"]):
    """A target as commands take it: 开工=2027-04-01; a day alone means 开工."""

    name = "节点=日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[MilestoneName, date]:
        if isinstance(value, tuple):
            return value
        word, found, day = (part.strip() for part in str(value).replace("＝", "=").partition("="))
        if not found:
            word, day = "开工", word
        if word not in _MILESTONES:
            self.fail(f"不认识的节点“{word}”。{did_you_mean(word, _MILESTONES)}", param, ctx)
        try:
            return _MILESTONES[word], date.fromisoformat(day)
        except ValueError:
            self.fail(f"“{day}”不是日期，写成 开工=2027-04-01 这样", param, ctx)


def one_target(
    _: click.Context, param: click.Parameter, value: tuple[tuple[MilestoneName, date], ...]
) -> tuple[MilestoneName, date] | None:
    """The target given; a plan has one, and the last of several must not silently stand for all."""
    if len(value) > 1:
        raise click.BadParameter("一份计划只有一个目标，这里写了几次；别的节点另排一份", param=param)
    return value[0] if value else None


ROUTES_HELP = "走哪些捷径：standard（一般程序，默认）、fastest（全走）、fewest_promises（达到最早日期所需的最少承诺和后补材料）"
_ROUTES = {
    "standard": "standard",
    "一般程序": "standard",
    "fastest": "fastest",
    "最快": "fastest",
    "fewest_promises": "fewest_promises",
    "fewest-promises": "fewest_promises",
    "最少承诺": "fewest_promises",
}


class Routes(click.ParamType[str]):
    """Which easier routes a plan takes, as commands take it."""

    name = "办法"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if str(value) not in _ROUTES:
            likely = did_you_mean(str(value), _ROUTES)
            self.fail(f"不认识的办法“{value}”，可以写 standard、fastest、fewest_promises。{likely}", param, ctx)
        return _ROUTES[str(value)]


def write(content: str | bytes, output: Path | None = None) -> None:
    """To the file, or to standard output (none, or `-`); bytes go out as they are.

    Raises `DiagnosticError` (L704) where that cannot be written.
    """
    if output is None or str(output) == "-":
        if sys.stdout is None:
            raise unwritable("标准输出", OSError(errno.EBADF, os.strerror(errno.EBADF)))
        # Offices run terminals in many encodings; a sign the terminal lacks must not end the command.
        if isinstance(getattr(sys.stdout, "errors", None), str):
            sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        click.echo(content, nl=isinstance(content, str) and not content.endswith("\n"))
        return
    try:
        if isinstance(content, str):
            output.write_text(content, encoding="utf-8")
        else:
            output.write_bytes(content)
    except OSError as error:
        raise unwritable(str(output), error) from error


def unwritable(place: str, error: OSError) -> DiagnosticError:
    """What to raise for a place that could not be written, with the reason in Chinese."""
    reason = _REASONS.get(error.errno or 0, error.strerror)
    return DiagnosticError([Diagnostic("L704", f"写不进 {place}：{reason}", place, help="换一个位置")])
