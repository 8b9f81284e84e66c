"""From one rule file to one validated model: pydantic's complaints become diagnostics at the line where the mistake stands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from planner.diagnostics import Diagnostic, did_you_mean
from planner.rulebook.source import Path_, Positions, read_yaml

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
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        owner = _model_at(model, path[:-1])
        hint = did_you_mean(key, _keys(owner) if owner else ())
        return positions.diagnostic("S101", f"不认识的键“{key}”", path, hint, key=True)
    if kind == "missing":
        return positions.diagnostic(
            "S102", f"缺少“{key}”", path[:-1], f"补上“{key}: …”", key=not isinstance(path[-2], int) if len(path) > 1 else False
        )
    value = error.get("input")
    shown = "空的" if value is None else f"“{value}”" if isinstance(value, str | int | float) else "一个清单或映射"
    if kind in ("literal_error", "enum"):
        choices = _choices(error)
        return positions.diagnostic("S104", f"“{key}”不能写{shown}", path, did_you_mean(str(value), choices))
    if kind == "string_pattern_mismatch":
        return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path, "代码只用小写英文字母、数字和下划线，以字母开头")
    if kind == "value_error":
        reason = str(error.get("ctx", {}).get("error", ""))
        if reason.startswith("期限"):
            return positions.diagnostic("S106", reason, path, "写成“10 工作日”“60 日”或“当场”")
        if reason.startswith("日期"):
            return positions.diagnostic("S105", reason, path, "写成 2026-03-01 这样")
        return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path, reason)
    if kind in ("tuple_type", "list_type"):
        return positions.diagnostic("S103", f"“{key}”下面要写成清单，写的是{shown}", path, "每一项另起一行，以“- ”开头")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return positions.diagnostic("S103", f"这里要写成“键: 值”，写的是{shown}", path, "检查冒号是否半角、后面是否有空格")
    if kind in ("string_type", "string_too_short"):
        return positions.diagnostic("S103", f"“{key}”要写文字，写的是{shown}", path)
    if kind == "too_short":
        return positions.diagnostic("S103", f"“{key}”至少要有一项", path)
    return positions.diagnostic("S103", f"“{key}”写法不对：{shown}", path)


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
