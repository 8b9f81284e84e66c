"""`planner new`: skeletons to fill in, with a comment beside every line, for policy staff."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from planner.cli.usage import Command, Group
from planner.diagnostics import Diagnostic, DiagnosticError
from planner.rulebook.models import ApprovalKind, Stage
from planner.rulebook.skeletons import approval_feature, approval_file, city_files, listed

_CODE = re.compile(r"[a-z][a-z0-9_]*")


@click.group("new", cls=Group)
def new_group() -> None:
    """新建一个带注释的空白文件，照着填。"""


def _layer(written: Path) -> Path:
    if not (written / "rulebook.yaml").is_file():
        message = f"“{written}”不是规则库的一层：里面没有 rulebook.yaml"
        raise DiagnosticError([Diagnostic("F001", message, str(written), help="写 rules/national、rules/anshan 这样的文件夹")])
    return written


def _code(written: str) -> str:
    if not _CODE.fullmatch(written):
        fix = "用小写英文字母开头，后面是小写字母、数字、下划线，如 tree_transplant"
        raise DiagnosticError([Diagnostic("S103", f"代码“{written}”写法不对", field="代码", help=fix)])
    return written


def _create(files: dict[Path, str]) -> None:
    """Write new files, all or none; nothing that exists is overwritten."""
    taken = [path for path in files if path.exists()]
    if taken:
        fix = "换一个代码；要改现有的，直接编辑那个文件"
        raise DiagnosticError([Diagnostic("L704", "文件已经有了，不覆盖", str(path), help=fix) for path in taken])
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DiagnosticError([Diagnostic("L704", f"写不进去：{error.strerror}", str(error.filename))]) from error
    for path in files:
        click.echo(f"新建 {path}")


@new_group.command("approval", cls=Command)
@click.argument("code", metavar="代码")
@click.option(
    "--layer",
    type=click.Path(path_type=Path),
    default=Path("rules/anshan"),
    metavar="文件夹",
    help="写进哪一层（默认 rules/anshan）",
)
@click.option("--name", default="待填", metavar="名称", help="事项的名称")
@click.option("--kind", type=click.Choice([k.value for k in ApprovalKind]), default=ApprovalKind.LICENCE.value, help="种类")
@click.option("--stage", type=click.Choice([s.value for s in Stage]), default=Stage.CONSTRUCTION.value, help="阶段")
@click.option("--features", type=click.Path(path_type=Path), default=Path("features"), metavar="文件夹", help="场景写到哪个文件夹")
def new_approval(code: str, layer: Path, name: str, kind: str, stage: str, features: Path) -> None:
    """新建一个审批事项的规则文件和它的场景，并把代码记进这一层的事项清单。标着“待填”的地方填好以前，规则库不能用。"""
    layer, code = _layer(layer), _code(code)
    _create(
        {
            layer / "approvals" / f"{code}.yaml": approval_file(code, name, kind, stage),
            features / stage / f"{name if name != '待填' else code}.feature": approval_feature(name),
        }
    )
    about = layer / "rulebook.yaml"
    text = about.read_text(encoding="utf-8")
    with_code = listed(text, code)
    if with_code is None:
        click.echo(f"还要：把 {code} 补进 {about} 的“事项”清单")
    elif with_code != text:
        about.write_text(with_code, encoding="utf-8")
        click.echo(f"已把 {code} 记进 {about} 的“事项”清单")


@new_group.command("city", cls=Command)
@click.argument("code", metavar="代码")
@click.argument("name", metavar="名称")
@click.option(
    "--on", "below", default="../liaoning", show_default=True, metavar="下一层", help="继承哪一层：文件夹，或随程序提供的层名"
)
@click.option(
    "--rules", type=click.Path(path_type=Path), default=Path("rules"), metavar="文件夹", help="规则库放在哪里（默认 rules）"
)
def new_city(code: str, name: str, below: str, rules: Path) -> None:
    """新建另一个城市的一层：rules/<代码>/，与鞍山并列。"""
    from planner.rulebook.layers import layer_folders
    from planner.rulebook.load import packaged_rules
    from planner.rulebook.skeletons import functions_wanted

    folder = rules / _code(code)
    near = Path(os.path.normpath(folder / below))  # the folder itself is not there yet
    ground = near if near.is_dir() else packaged_rules() / below.removeprefix("../")
    problems: list[Diagnostic] = []
    layers, _ = layer_folders(ground, packaged_rules(), problems)
    if problems:
        raise DiagnosticError(problems)
    on = below if near.is_dir() else below.removeprefix("../")
    _create({folder / file: text for file, text in city_files(name, on, functions_wanted(layers)).items()})
    click.echo(
        f"下一步：填好 {folder}/departments.yaml；本市的路线、快办通道、联合办理、总时限照各文件里的注释写；再运行 planner check {folder}"
    )
