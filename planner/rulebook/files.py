"""From one rule file to one validated model: pydantic's complaints become diagnostics at the line where the mistake stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from planner.diagnostics import Diagnostic, did_you_mean, nearest
from planner.rulebook.slips import HALF_WIDTH
from planner.rulebook.source import Path_, Positions, read_text, read_yaml
from planner.vocabulary import date_hint

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_model(model: type[ModelT], path: Path, shown: str, problems: list[Diagnostic]) -> tuple[ModelT | None, Positions]:
    """The file as a `model`, or None with every reason added to `problems`."""
    data, positions, found = read_yaml(path, shown)
    problems.extend(found)
    if not isinstance(data, dict):
        return None, positions
    return validate(model, data, positions, problems), positions


def validate(model: type[ModelT], data: dict[str, Any], positions: Positions, problems: list[Diagnostic]) -> ModelT | None:
    """`data` as a `model`, or None with every reason added to `problems`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.extend(_diagnostic(model, dict(one), positions) for one in error.errors(include_url=False))
        return None


def _diagnostic(model: type[BaseModel], error: dict[str, Any], positions: Positions) -> Diagnostic:
    path: Path_ = tuple(part for part in error["loc"] if isinstance(part, str | int))
    kind: str = error["type"]
    key = next((part for part in reversed(path) if isinstance(part, str)), "")  # of an item of a list: the list's
    if kind == "extra_forbidden":
        owner = _model_at(model, path[:-1])
        hint = did_you_mean(key, _keys(owner) if owner else ())
        return positions.diagnostic("S101", f"不认识的键“{key}”", path, hint, key=True)
    if kind == "missing":
        return positions.diagnostic(
            "S102", f"缺少“{key}”", path[:-1], f"补上“{key}: …”", key=not isinstance(path[-2], int) if len(path) > 1 else False
        )
    value = error.get("input")
    shown = _shown(value)
    if kind in ("literal_error", "enum"):
        code = "R304" if key in ("卡点", "节点") else "S104"
        return positions.diagnostic(code, f"“{key}”不能写{shown}", path, _one_of(str(value), _choices(error)))
    if kind == "string_pattern_mismatch":
        return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path, _pattern_help(key))
    if kind == "value_error":
        reason = str(error.get("ctx", {}).get("error", ""))
        if reason.startswith("期限"):
            return positions.diagnostic("S106", reason, path, "写成“10 工作日”“60 日”或“当场”")
        if reason.startswith("日期"):
            return positions.diagnostic("S105", reason, path, "核对月份和日期" if "不存在" in reason else date_hint(str(value)))
        return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path, reason)
    wide = next((c for c in str(value) if c in HALF_WIDTH), "") if isinstance(value, str) else ""
    if wide and kind in ("tuple_type", "list_type", "model_type", "model_attributes_type", "dict_type"):
        # The text was meant to be structure, and what kept it from being so is there to see.
        return positions.diagnostic("F005", f"{shown}里有全角标点“{wide}”", path, f"改成半角“{HALF_WIDTH[wide]}”，冒号后面加空格")
    if kind in ("tuple_type", "list_type"):
        return positions.diagnostic("S103", f"“{key}”下面要写成清单，写的是{shown}", path, "每一项另起一行，以“- ”开头")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return positions.diagnostic("S103", f"这里要写成“键: 值”，写的是{shown}", path, "检查冒号是否半角、后面是否有空格")
    if kind in ("string_type", "string_too_short"):
        return positions.diagnostic("S103", f"“{key}”要写文字，写的是{shown}", path)
    if kind == "too_short" and path == ("适用",):
        return positions.diagnostic(
            "R315", "“适用”是空的，这个事项永远不会出现", path, "至少写一条；总要办的写“当: 一律”", key=True
        )
    if kind == "too_short":
        return positions.diagnostic("S103", f"“{key}”至少要有一项", path, "写上一项；不需要这一条就整条删去")
    return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path)


def _pattern_help(key: str) -> str:
    return "代码只用小写英文字母、数字和下划线，以字母开头" if key in ("代码", "事项", "来自") else "对照同类文件的写法"


def _shown(value: object) -> str:
    if value is None:
        return "空的"
    if isinstance(value, bool):
        return "“是”" if value else "“否”"
    if isinstance(value, dict | list):
        return "映射" if isinstance(value, dict) else "清单"
    text = str(value)
    return f"“{text if len(text) <= 60 else text[:60] + '…'}”"


def _one_of(word: str, choices: list[str]) -> str:
    guess = nearest(word, choices)
    listed = "可以写：" + "、".join(choices)
    return f"是不是要写“{guess}”？{listed}" if guess else listed


def _choices(error: dict[str, Any]) -> list[str]:
    expected = str(error.get("ctx", {}).get("expected", ""))
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",") if part.strip()]


def _keys(model: type[BaseModel]) -> Iterable[str]:
    return [f.alias or name for name, f in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: Path_) -> type[BaseModel] | None:
    """The model that describes the mapping at `path` below `model`."""
    current: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        if current is None:
            return None
        found = next((f for name, f in current.model_fields.items() if f.alias == part or name == part), None)
        current = _inner_model(found.annotation) if found else None
    return current


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None


def shown_path(path: Path) -> str:
    """A path as the user would type it: relative to the working folder when it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # elsewhere; or a link that leads to itself
        return str(path)


@dataclass
class Unread:
    """Words that files with mistakes may define. Whoever refers to one has made no mistake of their own."""

    facts: set[str] = field(default_factory=set)
    laws: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    approvals: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    tables: bool = False


def read_items(
    file: type[BaseModel],
    key: str,
    item: type[ModelT],
    path: Path,
    problems: list[Diagnostic],
    unread: set[str],
    words: tuple[str, ...],
) -> tuple[list[tuple[int, ModelT]], Positions]:
    """The items of a file that is one list under `key`, with their places in it.

    A mistake in one item costs that item only; the words by which others may refer to it are added to `unread`.
    """
    shown = shown_path(path)
    model, positions = read_model(file, path, shown, problems)
    if model is not None:
        return list(enumerate(getattr(model, next(n for n, f in file.model_fields.items() if f.alias == key)))), positions
    data, _, _ = read_yaml(path, shown)
    listed = data.get(key) if isinstance(data, dict) else None
    if not isinstance(listed, list):
        text, _ = read_text(path, shown)
        pattern = rf"(?:{'|'.join(words)})[ \"']*[:：][ \"']*([^\s,，}}\"']+)"
        unread.update(re.findall(pattern, text or ""))
        return [], positions
    good: list[tuple[int, ModelT]] = []
    for index, raw in enumerate(listed):
        try:
            good.append((index, item.model_validate(raw)))
        except ValidationError:
            if isinstance(raw, dict):
                unread.update(str(raw.get(word)) for word in words)
    return good, positions
