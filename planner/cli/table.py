"""`planner table`: decision tables out to a spreadsheet and back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.usage import Command, Group
from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean

if TYPE_CHECKING:
    from planner.rulebook.workbook import TableFiles
    from planner.vocabulary import Vocabulary


_rules = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules/anshan"),
    metavar="文件夹",
    help="规则库的最上层文件夹（默认 rules/anshan）",
)


@click.group("table", cls=Group)
def table_group() -> None:
    """决策表：导出成 Excel 工作簿编辑，再原样导回。"""


@table_group.command("export", cls=Command)
@click.argument("code", metavar="表代码")
@_rules
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件", help="写到哪里（默认：表代码.xlsx）")
def export_command(code: str, rules: Path, output: Path | None) -> None:
    """导出一张决策表：每个分册一张工作表，表头有提示，单元格都是文本。"""
    from planner.rulebook.workbook import to_workbook

    table, vocabulary = _table(code, rules)
    target = output or Path(f"{code}.xlsx")
    try:
        to_workbook(table, vocabulary).save(target)
    except OSError as error:
        raise DiagnosticError(
            [Diagnostic("L704", f"写不进 {target}：{error.strerror}", str(target), help="换一个位置，或先关掉打开它的程序")]
        ) from error
    click.echo(f"已写入 {target}：{len(table.parts)} 张工作表")


@table_group.command("import", cls=Command)
@click.argument("code", metavar="表代码")
@click.argument("workbook", type=click.Path(path_type=Path), metavar="工作簿")
@_rules
def import_command(code: str, workbook: Path, rules: Path) -> None:
    """把编辑过的工作簿导回决策表。有一格读不准、或者导入后规则库有错，就一格也不改。"""
    from planner.rulebook.load import load_rulebook
    from planner.rulebook.workbook import from_workbook, read_rows, rows_as_csv

    table, _ = _table(code, rules)
    sheets = from_workbook(workbook, table)
    changed = {table.parts[name]: rows for name, rows in sheets.items() if rows != read_rows(table.parts[name])}
    before = {path: path.read_bytes() for path in changed}
    try:
        for path, rows in changed.items():
            _replace(path, rows_as_csv(rows).encode())
        load_rulebook(rules)
    except BaseException:
        for path, content in before.items():
            _replace(path, content)
        if changed:
            click.echo("导入后规则库有错，文件都没有改；下面的行号就是工作表的行号：", err=True)
        raise
    click.echo("没有变化。" if not changed else "已改写：\n" + "\n".join(f"  {path}" for path in changed))


def _replace(path: Path, content: bytes) -> None:
    """The whole new file or the whole old one, never half."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".tmp", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(path.stat().st_mode)
    Path(file.name).replace(path)


def _table(code: str, rules: Path) -> tuple[TableFiles, Vocabulary]:
    from importlib.util import find_spec

    if find_spec("openpyxl") is None:
        raise DiagnosticError(
            [Diagnostic("L703", "缺少组件 openpyxl", help="安装：pip install 'approval-planner[xlsx]'", field="table")]
        )
    from planner.rulebook.layers import layer_folders
    from planner.rulebook.load import load_rulebook, packaged_rules
    from planner.rulebook.workbook import table_files

    book, _ = load_rulebook(rules)
    if code not in book.tables:
        names = {t.model.name: c for c, t in book.tables.items()}
        code = names.get(code, code)
    if code not in book.tables:
        raise DiagnosticError([Diagnostic("T405", f"没有决策表“{code}”", field="表代码", help=did_you_mean(code, book.tables))])
    folders, _ = layer_folders(rules, packaged_rules(), [])
    described = next(path for folder in folders if (path := folder / "tables" / f"{code}.yaml").is_file())
    table = table_files(described, book.tables[code].model)
    if not table.parts:
        raise DiagnosticError(
            [Diagnostic("T405", f"“{table.model.name}”的行写在 {described} 里，直接编辑那个文件", str(described))]
        )
    return table, book.vocabulary
