"""JSON Schemas of the rule files and of a project file, for editors: completion, hover help and checks while typing.

From the same models as validation; fact names, approval codes, functions and registered laws of the loaded rulebook become lists to
complete from.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from planner.rulebook.calendar_files import FestivalsFile, YearFile
from planner.rulebook.models import (
    Approval,
    ClocksFile,
    DepartmentsFile,
    JointFile,
    LanesFile,
    LawsFile,
    NoticesFile,
    Overlay,
    ParametersFile,
    RoutesFile,
    RulebookFile,
    TableModel,
    TeamsFile,
    VocabularyFile,
)
from planner.rulebook.rulebook import PROJECT_CLASS, Rulebook
from planner.vocabulary import KIND_NAMES, Fact

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OPEN = ("未知", "待定", "不适用", None)
_MODELS: dict[str, type[BaseModel]] = {
    "approval.json": Approval,
    "overlay.json": Overlay,
    "vocabulary.json": VocabularyFile,
    "laws.json": LawsFile,
    "departments.json": DepartmentsFile,
    "teams.json": TeamsFile,
    "parameters.json": ParametersFile,
    "notices.json": NoticesFile,
    "routes.json": RoutesFile,
    "lanes.json": LanesFile,
    "joint.json": JointFile,
    "clocks.json": ClocksFile,
    "table.json": TableModel,
    "rulebook.json": RulebookFile,
    "calendar.json": YearFile,
    "festivals.json": FestivalsFile,
}


def schema_files(book: Rulebook) -> dict[str, str]:
    """File name → JSON text, one schema per kind of file, and `project.json`."""
    files = {name: _model_schema(model, book) for name, model in _MODELS.items()}
    files["project.json"] = _project_schema(book)
    return {name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for name, schema in files.items()}


def _model_schema(model: type[BaseModel], book: Rulebook) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    schema["$schema"] = _DIALECT
    _complete(schema, book)
    return schema


def _complete(node: Any, book: Rulebook) -> None:
    """Put the rulebook's own words where they belong: 文件, 职能, 事项, 来自 and the keys of conditions."""
    if isinstance(node, list):
        for child in node:
            _complete(child, book)
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        if "文件" in properties:
            properties["文件"]["examples"] = sorted(book.laws)
        for key in ("职能", "牵头"):
            if key in properties:
                properties[key]["examples"] = sorted(book.departments)
        for key in ("事项", "来自", "用于", "先审", "后移"):
            if key in properties:
                place = properties[key].get("items", properties[key])
                place["examples"] = sorted(book.approvals)
        if "items" in properties.get("项目类别", {}) and PROJECT_CLASS in book.vocabulary.facts:
            properties["项目类别"]["items"]["examples"] = [c.name for c in book.vocabulary.facts[PROJECT_CLASS].choices]
        if "当" in properties:
            properties["当"] = {**properties["当"], **_condition_schema(book)}
    for child in node.values():
        _complete(child, book)


def _condition_schema(book: Rulebook) -> dict[str, Any]:
    facts: dict[str, Any] = {
        fact.name: {"description": _describe(fact), "type": ["string", "boolean", "array"]}
        for fact in book.vocabulary.facts.values()
    }
    numbers = "\n".join(f"参数 {one.name}（{one.unit or '没有单位'}）" for one in book.parameters.values())
    for fact in book.vocabulary.facts.values():
        if fact.kind == "number" and numbers:
            facts[fact.name]["description"] = f"{facts[fact.name]['description']}\n界限可以写成参数，如“< 参数 …”：\n{numbers}"
    return {"anyOf": [{"const": "一律"}, {"type": "object", "properties": {**facts, "全部": {}, "任一": {}, "非": {}}}]}


def _describe(fact: Fact) -> str:
    parts = [fact.question, f"类型：{KIND_NAMES[fact.kind]}"]
    if fact.unit:
        parts.append(f"单位：{fact.unit.name}")
    if fact.choices:
        parts.append("取值：" + "、".join(c.name for c in fact.choices))
    if fact.note:
        parts.append(fact.note)
    return "\n".join(p for p in parts if p)


def _project_schema(book: Rulebook) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "名称": {"type": "string", "description": "项目名称"},
        "建设内容": {"type": "string"},
        "县区": {"type": "string"},
        "形象进度": {"type": "string"},
        "时长": {
            "type": "object",
            "description": "施工和各准备步骤要用的时间，如 施工: 300 日",
            "properties": {
                "施工": {"type": "string"},
                **{s.name: {"type": "string"} for a in book.approvals.values() for s in a.model.steps},
            },
        },
    }
    for fact in book.vocabulary.facts.values():
        if fact.derived and not fact.givable:
            continue
        value: dict[str, Any] = {"description": _describe(fact)}
        names = [c.name for c in fact.choices]
        if fact.kind == "choice":
            value["enum"] = [*names, *(c.code for c in fact.choices), *_OPEN]
        elif fact.kind == "yes_no":
            value["enum"] = ["是", "否", "有", "无", True, False, *_OPEN]
        elif fact.kind == "set":
            words = [*names, *(c.code for c in fact.choices)]
            value["anyOf"] = [{"type": "array", "items": {"enum": words}}, {"type": "string"}]
        properties[fact.name] = value
    return {"$schema": _DIALECT, "title": "项目", "type": "object", "properties": properties, "required": ["名称"]}
