"""A project as its owner describes it: a flat list of facts, by code or by Chinese name, in any order.

    名称: 耐火材料生产线升级改造
    县区: 海城市
    项目类别: 工业四改类
    用地面积: 33.35 亩
    时长: {施工: 300 日}

`Project` keeps what was written. `read_facts` turns it into validated values with a rulebook's vocabulary, and reports every
mistake with its place: the line and column of a file, or the field path of a library or API call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.calendar import Span
from planner.conditions import Value
from planner.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from planner.rulebook.models import parse_span
from planner.rulebook.source import Positions, parse_yaml, read_text
from planner.vocabulary import ValueProblem, Vocabulary

_OWN_KEYS: Mapping[str, str] = {
    "name": "name", "名称": "name", "项目名称": "name",
    "content": "content", "建设内容": "content", "内容": "content",
    "district": "district", "县区": "district", "区县": "district",
    "progress": "progress", "形象进度": "progress",
    "durations": "durations", "时长": "durations",
}  # fmt: skip


class Project(BaseModel):
    """A project's own description. Facts may be keyword arguments, by code or 名称, or the mapping `facts`.

    `Project(name="…", land_area="33.35 亩", 环境敏感区="无")`. A fact left out, None or 未知 is unknown; 不适用 says that it does not
    exist for this project. `durations` gives the time of steps that are not an office's (`{"construction": "300 日"}`).

    Raises pydantic's `ValidationError` (a ValueError) when one of its own keys is of the wrong type or a key is given twice. What the
    facts say is checked against a vocabulary, by `read_facts`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    content: str = ""
    district: str = ""
    progress: str = ""
    facts: Mapping[str, Any] = Field(default_factory=dict)
    durations: Mapping[str, Any] = Field(default_factory=dict)

    if TYPE_CHECKING:
        # At run time pydantic's own __init__ gathers the facts; a type checker learns here that they may be keywords of any name.
        def __init__(
            self,
            *,
            name: str = ...,
            content: str = ...,
            district: str = ...,
            progress: str = ...,
            facts: Mapping[str, Any] = ...,
            durations: Mapping[str, Any] = ...,
            **more_facts: Any,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        inner = data.get("facts")
        if inner is not None and not isinstance(inner, Mapping):
            raise ValueError("facts must be a mapping")
        gathered: dict[str, Any] = {"facts": dict(inner or {})}
        for key, value in data.items():
            if key == "facts":
                continue
            own = _OWN_KEYS.get(key)
            into, word = (gathered["facts"], key) if own is None else (gathered, own)
            if word in into:
                raise ValueError(f"“{key}”写了两次")
            into[word] = value
        return gathered


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project read with a vocabulary: values by fact code (unknown ones absent) and durations by step code."""

    project: Project
    values: Mapping[str, Value]
    durations: Mapping[str, Span] = field(default_factory=dict)


_MOST_LINES = 1000
CONSTRUCTION = "construction"
_CONSTRUCTION_WORDS = (CONSTRUCTION, "施工", "建设工期", "工期")


def load_project(path: str | Path) -> tuple[Project, Positions]:
    """Read a project file, YAML or JSON. Raises `DiagnosticError` with everything wrong with the file itself."""
    data, positions = _read_mapping(Path(path))
    return project_from(data, positions), positions


def load_projects(path: str | Path) -> list[tuple[Project, Positions]]:
    """Read several projects: a folder of project files, a file with a list under `项目` (or `projects`), or one project file.

    Raises `DiagnosticError` with everything wrong with any of the files.
    """
    path = Path(path)
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in _ENDINGS) if path.is_dir() else [path]
    if not files:
        raise DiagnosticError([Diagnostic("F001", "文件夹里没有项目文件", str(path), help="项目文件的扩展名是 .yaml 或 .json")])
    found: list[tuple[Project, Positions]] = []
    problems: list[Diagnostic] = []
    for file in files:
        try:
            data, positions = _read_mapping(file)
            found += _listed(data, positions)
        except DiagnosticError as error:
            problems += error.diagnostics
    if problems:
        raise DiagnosticError(problems)
    return found


_ENDINGS = (".yaml", ".yml", ".json")


def _listed(data: Mapping[str, Any], positions: Positions) -> list[tuple[Project, Positions]]:
    key = next((k for k in ("项目", "projects") if isinstance(data.get(k), list) and len(data) == 1), None)
    if key is None:
        return [(project_from(data, positions), positions)]
    found: list[tuple[Project, Positions]] = []
    problems: list[Diagnostic] = []
    for index, one in enumerate(data[key]):
        if not isinstance(one, dict):
            problems.append(positions.diagnostic("F007", "每个项目应当是“键: 值”的映射", (key, index)))
            continue
        here = positions.below((key, index))
        try:
            found.append((project_from(one, here), here))
        except DiagnosticError as error:
            problems += error.diagnostics
    if problems:
        raise DiagnosticError(problems)
    return found


def _read_mapping(path: Path) -> tuple[dict[str, Any], Positions]:
    shown = str(path)
    text, problems = read_text(path, shown)
    if text is None:
        raise DiagnosticError(problems)
    if path.suffix.lower() == ".json":
        data, positions, problems = _parse_json(text, shown)
    else:
        data, positions, problems = parse_yaml(text, shown)
    if problems or not isinstance(data, dict):
        raise DiagnosticError(problems or [Diagnostic("F007", "项目文件应当是“键: 值”的映射", shown, 1, 1)])
    return data, positions


_SURROGATES = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)


_JSON_REASONS: Mapping[str, str] = {
    "property name": "键要用双引号括起来，最后一项后面不能有逗号",
    "delimiter": "缺少逗号或冒号",
    "Expecting value": "这里缺少一个值",
    "trailing comma": "最后一项后面不能有逗号",
    "Extra data": "内容结束后还有多余的文字",
    "Unterminated string": "双引号没有成对",
    "control character": "双引号里有换行或不可见字符",
    "escape": "反斜杠后面的写法不对",
    "nesting": "嵌套过深",
}


def json_problem(error: ValueError | RecursionError, text: str, shown: str) -> Diagnostic:
    """What the JSON reader refused, with its place and in words that lead to the slip."""
    line, column, said = 1, 1, "nesting"
    if isinstance(error, json.JSONDecodeError):
        line, column, said = error.lineno, error.colno, error.msg
        before = text[: error.pos].rstrip()
        # Before Python 3.13 a comma too many is noticed only at the bracket after it; the comma is what has to go.
        if "property name" in said and before.endswith(",") and text[error.pos : error.pos + 1] in "}]":
            line, column, said = before.count("\n") + 1, len(before) - before.rfind("\n") - 1, "trailing comma"
    reason = next((chinese for english, chinese in _JSON_REASONS.items() if english in said), said)
    return Diagnostic("F008", f"JSON 语法错误：{reason}", shown, line, column, "检查引号、逗号和括号")


def _parse_json(text: str, shown: str) -> tuple[Any, Positions, list[Diagnostic]]:
    try:
        # Numbers stay text: their places are all that is wanted here, and a numeral of any length must not stop the reader.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        return None, Positions(shown, {}, {}), [json_problem(error, text, shown)]
    # JSON is YAML but for its tabs and its pairs of surrogates, so the same reader gives the places of its values.
    return parse_yaml(_SURROGATES.sub(_one_character, text.replace("\t", " ")), shown)


def _one_character(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    return (bytes.fromhex(found[1]) + bytes.fromhex(found[2])).decode("utf-16-be")


def project_from(data: Mapping[str, Any], positions: Positions) -> Project:
    """A project from parsed data. Raises `DiagnosticError` when its own keys are not what they should be."""
    problems: list[Diagnostic] = []
    seen: dict[str, str] = {}
    facts: dict[str, Any] = {}
    own_values: dict[str, Any] = {}
    for key, value in data.items():
        own = _OWN_KEYS.get(key)
        if own is None and key != "facts":
            facts[str(key)] = value
            continue
        if own is None:
            if value is not None and not isinstance(value, Mapping):
                problems.append(positions.diagnostic("S103", "“facts”要写成“事实: 值”的映射", (key,), "事实也可以直接写在顶层"))
            continue
        if own in seen:
            problems.append(positions.diagnostic("P602", f"“{key}”与“{seen[own]}”是同一项，写了两次", (key,), "删去一处", key=True))
            continue
        seen[own] = key
        if value is None:
            continue
        if own == "durations" and not isinstance(value, Mapping):
            problems.append(positions.diagnostic("P604", "“时长”要写成“步骤: 时间”的映射", (key,), "例如 时长: {施工: 300 日}"))
        elif own != "durations" and not isinstance(value, str):
            problems.append(
                positions.diagnostic("S103", f"“{key}”要写文字", (key,), "给值加上引号" if _is_plain(value) else "写成一行文字")
            )
        else:
            own_values[own] = value
    nested = data.get("facts")
    for key, value in nested.items() if isinstance(nested, Mapping) else ():
        if str(key) in facts:
            problems.append(positions.diagnostic("P602", f"“{key}”在顶层和“facts”里各写了一次", (str(key),), "删去一处", key=True))
        facts.setdefault(str(key), value)
    if problems:
        raise DiagnosticError(problems)
    return Project(facts=facts, **own_values)


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float)


def read_facts(
    project: Project, vocabulary: Vocabulary, steps: Mapping[str, str], positions: Positions | None = None
) -> ProjectFacts:
    """Validate a project against a vocabulary. `steps` maps step codes to names (what `durations` may time).

    Raises `DiagnosticError` with every mistake: at file places when `positions` is given, else with field paths.
    """
    if len(project.facts) + len(project.durations) > _MOST_LINES:
        # For each unknown word the nearest right one is sought: the answer to a file of something else must not take minutes.
        message, likely = f"项目文件写了 {len(project.facts) + len(project.durations)} 项，多得不合理", "核对是不是选错了文件"
        raise DiagnosticError([Diagnostic("F009", message, positions.file if positions else "", help=likely, field="facts")])
    problems: list[Diagnostic] = []

    def problem(code: str, message: str, key: str, help: str, *, at_key: bool = False, inside: str = "") -> None:
        path = (inside, key) if inside else (key,)
        if positions is not None:
            if inside:
                path = (next((k for k in ("durations", "时长") if (k,) in positions.places), inside), key)
            elif path not in positions.places and ("facts", key) in positions.places:
                path = ("facts", key)
            problems.append(positions.diagnostic(code, message, path, help, key=at_key))
        else:
            problems.append(Diagnostic(code, message, help=help, field=".".join(path)))

    if not project.name.strip():
        problem("P603", "项目没有名称", "name", "补上“名称: …”")
    values: dict[str, Value] = {}
    written: dict[str, str] = {}
    for key, raw in project.facts.items():
        try:
            fact = vocabulary.find(str(key))
        except ValueProblem as error:
            known = [*vocabulary.words(), *_OWN_KEYS]
            problem("P601", f"项目文件里不认识“{key}”", str(key), did_you_mean(str(key), known) or error.help, at_key=True)
            continue
        if fact.code in written:
            problem("P602", f"“{key}”与“{written[fact.code]}”是同一项事实，给了两次", str(key), "删去一处", at_key=True)
            continue
        written[fact.code] = str(key)
        if fact.derived and not fact.givable:
            problem("V212", f"“{fact.name}”由规则得出，不能直接给定", str(key), "删去这一行", at_key=True)
            continue
        try:
            value = vocabulary.read_value(fact, raw)
        except ValueProblem as error:
            problem(error.code, error.message, str(key), error.help)
            continue
        if value is not None:
            values[fact.code] = value
    durations: dict[str, Span] = {}
    by_word = dict.fromkeys(_CONSTRUCTION_WORDS, CONSTRUCTION)
    for code, name in steps.items():
        by_word.update({code: code, name: code})
    for key, raw in project.durations.items():
        step = by_word.get(str(key))
        if step is None:
            problem(
                "P604", f"时长里不认识的步骤“{key}”", str(key), did_you_mean(str(key), by_word), at_key=True, inside="durations"
            )
            continue
        if step in durations:
            problem("P602", f"“{key}”的时长写了两次", str(key), "删去一处", at_key=True, inside="durations")
            continue
        try:
            durations[step] = parse_span(raw)
        except ValueError:
            problem("P604", f"时长“{raw}”写法不对", str(key), "写成“30 工作日”或“300 日”", inside="durations")
    if problems:
        raise DiagnosticError(problems)
    ordered = {code: values[code] for code in sorted(values)}
    return ProjectFacts(project, ordered, {code: durations[code] for code in sorted(durations)})
