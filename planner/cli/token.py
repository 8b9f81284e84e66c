"""`planner token`: static tokens for small offices."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import click

from planner.cli.common import Day, unwritable
from planner.cli.usage import Command, Group
from planner.diagnostics import Diagnostic, DiagnosticError

ROLES = ("applicant", "department", "team", "policy", "admin")
DAYS = 365


@click.group("token", cls=Group)
def token_group() -> None:
    """不用单位的统一登录时，服务认的令牌。"""


@token_group.command("new", cls=Command)
@click.option("--subject", default="", metavar="代号", help="给谁用的，写一个不变的代号，如 window-1（默认：任取一个）")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="角色，可以写几次")
@click.option("--department", "departments", multiple=True, metavar="部门", help="部门全名，同计划里写的；可以写几次")
@click.option("--team", "teams", multiple=True, metavar="专班", help="专班的代码；可以写几次")
@click.option("--expires", type=Day(), metavar="日期", help=f"用到哪一天（默认：{DAYS} 天以后）")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="文件", help="接在这个令牌文件后面（默认：打印出来，自己贴进去）"
)
def new_token_command(
    subject: str,
    roles: tuple[str, ...],
    departments: tuple[str, ...],
    teams: tuple[str, ...],
    expires: date | None,
    path: Path | None,
) -> None:
    """做一个新令牌。令牌只显示这一次，文件里只存它的散列值。"""
    try:
        from planner_api.service import today_in_china
        from planner_api.signin.static_tokens import entry_text, new_token, parse_tokens
    except ModuleNotFoundError as error:
        fix = "安装：pip install 'approval-planner[serve]'"
        raise DiagnosticError([Diagnostic("L703", f"缺少组件 {error.name}", help=fix, field="token")]) from error
    lacking = [
        Diagnostic("L705", f"角色 {role} 要写明是哪个{word}", help=f"加 {option} …", field=option)
        for role, word, option, given in (("department", "部门", "--department", departments), ("team", "专班", "--team", teams))
        if role in roles and not given
    ]
    if lacking:
        raise DiagnosticError(lacking)
    token = new_token()
    last = expires or today_in_china() + timedelta(days=DAYS)
    name = subject or f"{roles[0]}-{os.urandom(3).hex()}"
    entry = entry_text(token, name, tuple(dict.fromkeys(roles)), departments, teams, last)
    parse_tokens(f"tokens:\n{entry}", "命令行")
    if path is None:
        click.echo(f"# 贴进令牌文件（第一行是 tokens:）\n{entry}", err=True, nl=False)
    else:
        _append(path, entry)
        click.echo(f"已写入 {path}", err=True)
    click.echo("令牌（只显示这一次）：", err=True)
    click.echo(token)


def _append(path: Path, entry: str) -> None:
    """Put an entry at the end of a token file, whole or not at all. A new file can be read by its owner alone."""
    from planner.rulebook.source import read_text
    from planner_api.signin.static_tokens import parse_tokens

    before, many, mode = "tokens:\n", 0, stat.S_IRUSR | stat.S_IWUSR
    if path.exists():
        text, problems = read_text(path, str(path))
        if text is None:
            raise DiagnosticError(problems)
        before, many, mode = text.rstrip("\n") + "\n", len(parse_tokens(text, str(path)).entries), stat.S_IMODE(path.stat().st_mode)
    after = before + entry
    try:
        grown = len(parse_tokens(after, str(path)).entries)
    except DiagnosticError:
        grown = 0
    if grown != many + 1:
        fix = "不写 --file，把打印出来的几行自己贴进去"
        raise DiagnosticError([Diagnostic("L705", "文件不是以 tokens: 的清单结尾的 YAML，接不上去", str(path), help=fix)])
    _replace(path, after, mode)


def _replace(path: Path, text: str, mode: int) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise unwritable(str(path), error) from error
