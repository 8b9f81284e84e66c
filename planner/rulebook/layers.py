"""The folders of a rulebook: which layer lies on which, and which files of a layer are read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from planner.diagnostics import Diagnostic, Severity, did_you_mean
from planner.rulebook.files import read_model, shown_path
from planner.rulebook.models import RulebookFile
from planner.rulebook.source import read_yaml


def layer_folders(top: Path, packaged: Path, problems: list[Diagnostic]) -> tuple[list[Path], bool]:
    """Folders from the ground up, following 继承; and whether the ground was reached.

    `packaged` holds the layers that come with the program, which 继承 may name.
    """
    chain: list[Path] = []
    whole = True
    current: Path | None = top
    while current is not None:
        path = current / "rulebook.yaml"
        shown = shown_path(path)
        if not _is(path, "file"):
            hint = "这个文件夹不是规则库的一层：里面要有 rulebook.yaml"
            problems.append(Diagnostic("F001", f"找不到规则库：{shown}", shown, help=hint))
            whole = False
            break
        chain.append(current)
        data, positions, _ = read_yaml(path, shown)
        read_model(RulebookFile, path, shown, problems)
        inherits = data.get("继承") if isinstance(data, dict) else None
        if not inherits or not isinstance(inherits, str):
            # A file that cannot be read may have named a layer below; one that can be read and names none is the ground.
            whole = isinstance(data, dict) and not inherits
            break
        below, reason, fix = _layer_below(current, inherits, packaged, chain)
        if below is None:
            problems.append(positions.diagnostic("R314", reason, ("继承",), fix))
            whole = False
        current = below
    return list(reversed(chain)), whole


def _layer_below(folder: Path, inherits: str, packaged: Path, chain: list[Path]) -> tuple[Path | None, str, str]:
    """The folder that `inherits` names, or None with the reason and the likely fix."""
    below = folder / inherits if _is(folder / inherits, "folder") else packaged / inherits
    if not _is(below / "rulebook.yaml", "file"):
        names = sorted(p.name for p in packaged.iterdir() if (p / "rulebook.yaml").is_file())
        return None, f"继承的下一层“{inherits}”找不到", did_you_mean(inherits, names)
    below = below.resolve()
    if any(below == seen.resolve() for seen in chain):
        way = " → ".join([*(seen.resolve().name for seen in chain), below.name])
        return None, f"继承关系成环：{way}", "最下面一层不写“继承”"
    if any(below.name == seen.resolve().name for seen in chain):
        return None, f"两层的文件夹同名“{below.name}”", "文件夹名就是层名，改成不同的名字"
    return below, "", ""


def _is(path: Path, what: Literal["file", "folder"]) -> bool:
    try:
        return path.is_file() if what == "file" else path.is_dir()
    except (OSError, ValueError):  # a name too long, or with characters no file can have
        return False


def rule_files(folder: Path, *endings: str) -> list[Path]:
    """The files of a folder with these endings, in order, without the lock and scratch files that office programs put beside them."""
    found = (p for ending in endings for p in folder.glob(f"*{ending}"))
    return sorted(p for p in found if not is_scratch(p))


def is_scratch(path: Path) -> bool:
    """`~$表.csv`, `.~lock.表.csv#`, `.表.yaml.swp`: another program's, not the rulebook's."""
    return path.name.startswith(("~", "."))


def theme_files(folder: Path, name: str) -> list[Path]:
    """`name.yaml` and every `name/*.yaml`: a long list may be kept by theme."""
    single = folder / f"{name}.yaml"
    return [p for p in [single, *rule_files(folder / name, ".yaml")] if p.exists() or p.is_symlink()]


_THEMES = ("vocabulary", "laws", "departments", "teams", "parameters", "notices", "routes", "lanes", "joint", "clocks")
_FOLDERS = (*_THEMES, "approvals", "tables")


def never_read(folder: Path) -> Iterator[Diagnostic]:
    """Files that nobody reads although whoever put them there surely meant them to be: wrong ending, wrong or nested folder."""
    files = sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml"), *folder.rglob("*.csv")])
    for path in (p for p in files if not is_scratch(p)):
        parts = path.relative_to(folder).parts
        if parts[0] in _FOLDERS:
            fits = len(parts) == 2 and (path.suffix == ".yaml" or (parts[0], path.suffix) in _OTHER_ENDINGS)
            fits = fits or (parts[0] == "tables" and len(parts) == 3 and path.suffix == ".csv" and _is_part(path))
            fix = f"放到 {parts[0]}/ 下面，用 .yaml 结尾"
        elif len(parts) == 1 and path.stem in ("rulebook", *_THEMES):
            fits, fix = path.suffix == ".yaml", "用 .yaml 结尾"
        else:
            known = _near_miss(path.stem if len(parts) == 1 else parts[0])
            fits, fix = not known, f"是不是要写“{known}”？"
        if not fits:
            shown = shown_path(path)
            yield Diagnostic("F010", "这个文件不在规则库读取的位置，没有被读到", shown, help=fix, severity=Severity.WARNING)


def _is_part(path: Path) -> bool:
    """Whether this is part of a table that is kept in parts: `tables/<code>/<part>.csv` beside `tables/<code>.yaml`."""
    return path.parent.with_suffix(".yaml").exists()


def _near_miss(name: str) -> str:
    # A rulebook's folder may hold anything else (tests, a readme): only a name one slip away from a known one is pointed out.
    found = difflib.get_close_matches(name, ("rulebook", *_FOLDERS), n=1, cutoff=0.8)
    return found[0] if found else ""


_OTHER_ENDINGS = frozenset({("approvals", ".yml"), ("tables", ".csv")})
