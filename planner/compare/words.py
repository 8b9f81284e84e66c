"""What changed in the rule files, in the words they are written in.

Files are compared as data, not as text: the order of keys, quotes and blank lines change nothing. Items of a list are matched by what
identifies them (名称, 编号, 代码 …) and, where versions of one rule share a name, by the day they begin; what remains is matched in order.
A file that cannot be read as data is said to have changed, no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.diagnostics import DiagnosticError
from planner.rulebook.layers import is_scratch, layer_folders
from planner.rulebook.load import packaged_rules
from planner.rulebook.source import parse_yaml, read_text
from planner.rulebook.tables import read_records

_IDENTITY = ("代码", "编号", "名称", "材料", "程序", "方式", "职能", "事项", "节点", "文件")


@dataclass(frozen=True)
class Change:
    """One difference. `path` leads to it in Chinese keys; `before` or `after` is None where there was or is nothing."""

    path: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class FileChange:
    """What changed in one file: `state` is 新增, 删去, 修改 or 读不懂."""

    file: str
    title: str
    state: str
    changes: tuple[Change, ...]


def compare_files(old: Path, new: Path) -> tuple[FileChange, ...]:
    """Every difference between the rule files of two rulebooks, over all their layers, in the order of file names."""
    before, after = _texts(old), _texts(new)
    found = []
    for file in sorted(before.keys() | after.keys()):
        was, now = before.get(file), after.get(file)
        if was == now:
            continue
        old_data, new_data = _data(file, was), _data(file, now)
        title = _title(new_data if now is not None else old_data)
        if was is None or now is None:
            found.append(FileChange(file, title, "新增" if was is None else "删去", ()))
        elif old_data is None or new_data is None:
            found.append(FileChange(file, title, "读不懂", ()))
        else:
            changes = tuple(_differences(old_data, new_data, ()))
            if changes:
                found.append(FileChange(file, title, "修改", changes))
    return tuple(found)


def _texts(top: Path) -> dict[str, str]:
    """The rule files of all layers by name (`national/approvals/…`); and of the calendar beside them."""
    folders, _ = layer_folders(top, packaged_rules(), [])
    texts: dict[str, str] = {}
    for folder in [*folders, top.parent / "calendar", top / "calendar"]:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix in (".yaml", ".yml", ".csv") and path.is_file() and not is_scratch(path):
                text, _ = read_text(path, str(path))
                texts[f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"] = text or ""
    return texts


def _data(file: str, text: str | None) -> Any:
    """The content as plain data: a mapping, or for a table of rows a mapping by 编号; None when it cannot be read."""
    if text is None:
        return None
    if file.endswith(".csv"):
        return _rows(text)
    data, _, _ = parse_yaml(text, file)
    return data if isinstance(data, dict) else None


def _rows(text: str) -> dict[str, Any] | None:
    try:
        records = [cells for _, cells in read_records(text, "")]
    except DiagnosticError:
        return None
    if not records:
        return None
    header, *lines = records
    rows = [{name: cell for name, cell in zip(header, line, strict=False) if cell} for line in lines]
    return {"行": rows}


def _title(data: Any) -> str:
    return str(data.get("名称", "")) if isinstance(data, dict) else ""


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(k for k in after if k not in before)]:
            if key not in before:
                yield Change((*path, key), None, show(after[key]))
            elif key not in after:
                yield Change((*path, key), show(before[key]), None)
            else:
                yield from _differences(before[key], after[key], (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and _has_items(before) and _has_items(after):
        yield from _list_differences(before, after, path)
    else:
        yield Change(path, show(before), show(after))


def _has_items(found: Sequence[Any]) -> bool:
    return all(isinstance(item, dict) for item in found)


def _identity(item: Mapping[str, Any]) -> str:
    """What tells an item from its neighbours: its name or code; of a route in a list for many approvals, whose it is as well; of a
    condition, the facts it reads."""
    if "方式" in item and isinstance(item.get("事项"), str):
        return f"{item['事项']} {item.get('名称') or item['方式']}"
    return next((f"{item[key]}" for key in _IDENTITY if item.get(key)), "" if "期限" in item else "、".join(item))


def _alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a nameless item (a time limit) is more likely a changed one than another one."""
    return not _identity(old) and not _identity(new) and sum(new.get(k) == v for k, v in old.items()) * 2 >= len(old)


def _list_differences(before: Sequence[Any], after: Sequence[Any], path: tuple[str, ...]) -> Iterator[Change]:
    """Items matched by name and first day, then by name, then nameless ones that are much alike; what is left is gone or new."""
    left = list(before)
    pairs: list[tuple[Any, Any]] = []
    new = list(after)
    for same in (
        lambda a, b: a == b,
        lambda a, b: _identity(a) == _identity(b) != "" and a.get("生效") == b.get("生效"),
        lambda a, b: _identity(a) == _identity(b) != "",
        _alike,
    ):
        for item in list(new):
            match = next((old for old in left if same(old, item)), None)
            if match is not None:
                left.remove(match)
                new.remove(item)
                pairs.append((match, item))
    order = {id(item): place for place, item in enumerate(after)}
    for old, item in sorted(pairs, key=lambda pair: order[id(pair[1])]):
        yield from _differences(old, item, _to(path, item))
    for item in left:
        yield Change(_to(path, item), show(item), None)
    for item in new:
        yield Change(_to(path, item), None, show(item))


def _to(path: tuple[str, ...], item: Mapping[str, Any]) -> tuple[str, ...]:
    of_many = "方式" in item and isinstance(item.get("事项"), str)
    name = _identity(item) if of_many else str(item.get("名称") or next((item[key] for key in _IDENTITY if item.get(key)), ""))
    since = f"（{item['生效']} 起）" if item.get("生效") else ""
    return (*path[:-1], f"{path[-1]}“{name}”{since}" if name else f"{path[-1]}{since}")


def show(value: Any) -> str:
    """Rule data on one line, as it would be written."""
    if isinstance(value, dict):
        return "、".join(f"{key}：{show(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "；".join(show(inner) for inner in value)
    return str(value)
