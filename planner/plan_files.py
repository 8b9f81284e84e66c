"""Plans read back from their JSON, and the project that a plan's own echo describes.

A file is a plan when it holds exactly the fields of `planner.plan.Plan`, each of its type: nothing is filled in or converted. What is
wrong is a `Diagnostic`, all of it at once: syntax with line and column, fields with their JSON path (`items[3].dates.accept.date`).
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from planner.plan import Plan, ProjectEcho
from planner.project import Project, json_problem
from planner.vocabulary import Fact, Vocabulary

MOST_BYTES = 32 * 1024 * 1024
"""A plan of every approval there is takes one; more is a file of something else."""

_MOST_DEPTH = 40
_MOST_DIGITS = 15
_MOST_PROBLEMS = 100
_HOW_MADE = "计划文件这样制作：planner plan 项目文件 --format json -o 计划.json"
_BOM = "\ufeff".encode()


def read_plan(path: Path) -> Plan:
    """The plan in a JSON file. Raises `DiagnosticError` with everything wrong with it."""
    return parse_plan(plan_bytes(path), str(path))


def plan_bytes(path: Path) -> bytes:
    """The bytes of a file that may hold a plan. Raises `DiagnosticError` (F001, F009) where they cannot be had."""
    shown = str(path)
    try:
        if path.is_dir():
            raise DiagnosticError([Diagnostic("F001", "这是文件夹，不是计划文件", shown, help=_HOW_MADE)])
        if not stat.S_ISREG(path.stat().st_mode):
            raise DiagnosticError([Diagnostic("F001", "这不是普通文件（设备或管道），不读", shown, help="检查路径和文件名")])
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "文件不存在" if missing else f"文件打不开：{getattr(error, 'strerror', None) or error}"
        raise DiagnosticError([Diagnostic("F001", reason, shown, help="检查路径和文件名")]) from error
    if len(data) > MOST_BYTES:
        message = f"文件超过 {MOST_BYTES // 1024 // 1024} MB，不是一份计划"
        raise DiagnosticError([Diagnostic("F009", message, shown, help="核对是不是选错了文件")])
    return data


def parse_plan(data: bytes, shown: str = "") -> Plan:
    """The plan that JSON bytes hold; `shown` is the name to print for them. Raises `DiagnosticError` with everything wrong."""
    text = plan_text(data, shown)
    if not text.lstrip().startswith(("{", "[")):
        raise DiagnosticError([Diagnostic("F008", "这不是一份计划：计划是 JSON，以“{”开头", shown, help=_HOW_MADE)])
    found = _loaded(text, shown)
    if not isinstance(found, dict) or len(found.keys() & Plan.model_fields.keys()) * 2 < len(Plan.model_fields):
        raise DiagnosticError([Diagnostic("F008", "这不是一份计划：没有计划应有的字段", shown, help=_HOW_MADE)])
    try:
        return Plan.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise DiagnosticError(_not_a_plan(error, found, shown)) from error


def plan_text(data: bytes, shown: str = "") -> str:
    """The text of a plan file: UTF-8, a byte order mark left out. Raises `DiagnosticError` (F002)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DiagnosticError([Diagnostic("F002", "计划文件是 UTF-16 编码，只读 UTF-8", shown, help="另存为 UTF-8，或重新制作")])
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", errors="replace")) + 1
        message = "计划文件不是 UTF-8 编码，或者这里有坏字节"
        raise DiagnosticError([Diagnostic("F002", message, shown, line, column, "重新制作计划文件")]) from error


# -- syntax --------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


def _loaded(text: str, shown: str) -> Any:
    """The JSON of a text, with every key once, whole numbers of reasonable length, and text that is text."""
    deep = _too_deep(text)
    if deep is not None:
        message = f"嵌套超过 {_MOST_DEPTH} 层，不是一份计划"
        raise DiagnosticError([Diagnostic("F009", message, shown, *_place(text, deep), "核对是不是选错了文件")])
    try:
        # Numbers stay text until they are known to be short: one of a million digits must not stop the reader.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        problem = json_problem(error, text, shown)
        raise DiagnosticError([problem]) from error
    slips = list(_slips(text))
    if slips:
        listed = [Diagnostic(code, said, shown, *_place(text, at), fix) for code, said, at, fix in slips[:_MOST_PROBLEMS]]
        raise DiagnosticError([*listed, *_left_out(len(slips), shown)])
    return json.loads(text)


def _too_deep(text: str) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            if depth > _MOST_DEPTH:
                return token.start()
        elif token[0] in "}]":
            depth -= 1
    return None


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _slips(text: str) -> Iterator[tuple[str, str, int, str]]:
    """What JSON allows and a plan does not, in text that is JSON: code, message, place, likely fix."""
    open_keys: list[set[str] | None] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        word, at = token[0], token.start()
        if word in "{[":
            open_keys.append(set() if word == "{" else None)
            is_key = word == "{"
        elif word in "}]":
            open_keys.pop()
            is_key = False
        elif word == ",":
            is_key = open_keys[-1] is not None
        elif word == ":":
            is_key = False
        elif word.startswith('"'):
            said = json.loads(word) if "\\" in word else word[1:-1]
            if any("\ud800" <= character <= "\udfff" for character in said):
                yield "F008", "文字里有不成对的代理码位（\\ud800 之类），不是文字", at, "重新制作计划文件"
            keys = open_keys[-1] if open_keys else None
            if is_key and keys is not None:
                if said in keys:
                    yield "F006", f"键“{said[:60]}”写了两次", at, "删去一处"
                keys.add(said)
        elif word in ("NaN", "Infinity", "-Infinity"):
            yield "F008", f"“{word}”不是 JSON 的数", at, "重新制作计划文件"
        elif word not in ("true", "false", "null") and len(word) > _MOST_DIGITS:
            yield "F008", f"数太长（{len(word)} 个字符），计划里没有这样的数", at, "重新制作计划文件"


# -- fields --------------------------------------------------------------------------------------------------------------

_TYPES: Mapping[str, str] = {
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "bool_type": "真假值（true、false）",
    "bool_parsing": "真假值（true、false）",
    "date_type": "日期，如 2026-03-01",
    "date_parsing": "日期，如 2026-03-01",
    "date_from_datetime_parsing": "日期，如 2026-03-01",
    "date_from_datetime_inexact": "日期，如 2026-03-01",
    "tuple_type": "清单 [ … ]",
    "dict_type": "映射 { … }",
    "model_type": "映射 { … }",
    "model_attributes_type": "映射 { … }",
}


def _not_a_plan(error: ValidationError, found: Mapping[str, Any], shown: str) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    fields_differ = False
    for one in error.errors(include_url=False, include_context=True):
        path, kind = json_path(one["loc"]), one["type"]
        if kind == "missing":
            fields_differ = True
            problems.append(Diagnostic("S102", f"计划缺少“{path}”", shown, field=path))
        elif kind == "extra_forbidden":
            fields_differ = True
            problems.append(Diagnostic("S101", f"计划没有“{path}”这个字段", shown, field=path))
        elif kind in ("enum", "literal_error"):
            allowed = str(one.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
            written = str(one["input"])[:60]
            hint = did_you_mean(written, allowed.split("、"))
            problems.append(Diagnostic("S104", f"“{path}”不能是“{written}”，只能是 {allowed}", shown, help=hint, field=path))
        else:
            wanted = _TYPES.get(kind)
            wrong = f"“{path}”应当是{wanted}" if wanted else f"“{path}”的值不对（{one['msg']}）"
            problems.append(Diagnostic("S103", wrong, shown, field=path))
    shown_ones = [*problems[:_MOST_PROBLEMS], *_left_out(len(problems), shown)]
    if fields_differ:
        shown_ones.insert(0, Diagnostic("F008", _other_version(found), shown, help="用制作它的那个版本核对，或者重新制作计划"))
    return shown_ones


def _left_out(number: int, shown: str) -> list[Diagnostic]:
    more = number - _MOST_PROBLEMS
    return [Diagnostic("F008", f"还有 {more} 处问题没有列出", shown, help="核对是不是选错了文件")] if more > 0 else []


def _other_version(found: Mapping[str, Any]) -> str:
    provenance = found.get("provenance")
    versions = provenance.get("versions") if isinstance(provenance, dict) else None
    made_by = versions.get("approval-planner") if isinstance(versions, dict) else None
    try:
        ours = version("approval-planner")
    except PackageNotFoundError:
        ours = "unpackaged"
    if isinstance(made_by, str) and made_by != ours:
        return f"这份计划由本程序的另一个版本（{made_by[:40]}）制作，现在是 {ours}，两个版本的字段不同"
    return "字段与本程序的计划不同：是本程序更新或更旧的版本制作的，或者文件被改过"


def json_path(steps: Sequence[str | int]) -> str:
    """`("items", 3, "dates")` → `items[3].dates`."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


# -- the project a plan echoes ---------------------------------------------------------------------------------------------

_EXACT = re.compile(r"(-?[0-9]{1,2000})(?:(\.[0-9]{1,2000})|/([0-9]{1,2000}))?(?: (\S+))?")


def project_of(echo: ProjectEcho, vocabulary: Vocabulary) -> Project:
    """The project that a plan's echo describes, every value as exact as it was planned with.

    What the vocabulary does not know, or cannot have shown in this way, stays as written, for `planner.project.read_facts` to refuse.
    """
    facts = {code: _value(vocabulary.facts.get(code), text) for code, text in echo.facts.items()}
    return Project(
        name=echo.name,
        content=echo.content,
        district=echo.district,
        progress=echo.progress,
        facts=facts,
        durations=dict(echo.durations),
    )


def _value(fact: Fact | None, text: str) -> Any:
    if fact is None:
        return text
    if fact.kind == "number":
        return _exact_number(fact, text)
    if fact.kind == "set":
        return _split_names(text, fact.by_word.keys()) or text
    return text


def _exact_number(fact: Fact, text: str) -> Fraction | str:
    """A number as a plan shows it: longer than a person may write one, and a fraction where no decimal is exact."""
    found = _EXACT.fullmatch(text)
    if found is None or (found[4] or "") != (fact.unit.name if fact.unit else ""):
        return text
    whole, decimals, denominator, _ = found.groups()
    if denominator is not None:
        return Fraction(int(whole), int(denominator)) if int(denominator) else text
    return Fraction(whole + (decimals or ""))


def _split_names(text: str, names: Collection[str]) -> list[str] | None:
    """`甲、乙` as names, which may themselves hold the sign between them; None when it is no list of them."""
    parts = text.split("、")
    longest = max((name.count("、") for name in names), default=0) + 1
    ways: list[list[str] | None] = [[], *([None] * len(parts))]
    for end in range(1, len(parts) + 1):
        for begin in range(max(0, end - longest), end):
            before, name = ways[begin], "、".join(parts[begin:end])
            if before is not None and name in names:
                ways[end] = [*before, name]
                break
    return ways[-1]
