"""`planner unverified`: the list of everything 待核."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from planner.cli.common import Day, write
from planner.cli.usage import Command


@click.command("unverified", cls=Command)
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="文件夹", help="规则库的最上层文件夹（默认：随程序提供的鞍山规则库）"
)
@click.option("--today", type=Day(), metavar="日期", help="按哪一天算（默认：今天）")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写入文件，而不是打印")
def unverified_command(rules: Path | None, today: date | None, output: Path | None) -> None:
    """待核清单：还没有对照正式文本核过的，后果重的在前。"""
    from planner.output.unverified import render_unverified
    from planner.rulebook.load import load_rulebook
    from planner.rulebook.unverified import unverified

    book, _ = load_rulebook(rules)
    day = today or date.today()
    write(render_unverified(unverified(book, day), book.title, day), output)
    if output is not None:
        click.echo(f"已写入 {output}")
