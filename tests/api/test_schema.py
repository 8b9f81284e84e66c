"""The schema: complete, described, the same as the checked-in file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import planner_api.schema
from graphql import build_schema as parse_schema
from graphql import parse, validate
from planner import DiagnosticError, Planner, plan
from planner.vocabulary import Vocabulary
from planner_api.descriptions import MODELS
from planner_api.enums import Value, enum_type
from planner_api.inputs import project_form
from planner_api.names import choice_type, clashes, enum_value, field_name
from planner_api.plan_types import RENAMED
from planner_api.schema import build_schema, sorted_text

PLAN_MODELS = {
    name: model
    for name, model in inspect.getmembers(plan, inspect.isclass)
    if issubclass(model, BaseModel) and model.__module__ == plan.__name__ and not name.startswith("_")
}


def test_file_is_what_the_code_says(anshan: Planner, root: Path) -> None:
    file = (root / "graphql" / "schema.graphql").read_text(encoding="utf-8")
    made = sorted_text(build_schema(anshan, project_form(anshan)))
    assert made == file, "run: PYTHONPATH=graphql python -m planner_api.schema"


def test_the_command_writes_the_file_or_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planner_api.schema, "SCHEMA_FILE", tmp_path / "schema.graphql")
    assert planner_api.schema.main() == 0
    printed = capsys.readouterr().out
    assert "type Query" in printed
    (tmp_path / "schema.graphql").write_text("old", encoding="utf-8")
    assert planner_api.schema.main() == 0
    assert (tmp_path / "schema.graphql").read_text(encoding="utf-8") == printed


def test_every_plan_model_is_served(schema: Mapping[str, Any]) -> None:
    assert set(MODELS) == set(PLAN_MODELS)
    for name, model in PLAN_MODELS.items():
        fields = {f["name"] for f in schema[RENAMED.get(name, name)]["fields"]}
        assert fields == {field_name(f) for f in model.model_fields}
        assert set(MODELS[name].fields) == set(model.model_fields)


def test_everything_is_described(schema: Mapping[str, Any]) -> None:
    bare = []
    for name, of in schema.items():
        if name.startswith("__"):
            continue
        parts = [(name, of)]
        for key in ("fields", "inputFields", "enumValues"):
            parts += [(f"{name}.{part['name']}", part) for part in of[key] or ()]
        for field in of["fields"] or ():
            parts += [(f"{name}.{field['name']}({a['name']})", a) for a in field["args"]]
        bare += [place for place, part in parts if not (part["description"] or "").strip()]
    assert bare == []
    assert len(schema) > 40


def test_facts_are_described_in_chinese_with_unit_and_question(schema: Mapping[str, Any], anshan: Planner) -> None:
    fields = {f["name"]: f["description"] for f in schema["ProjectInput"]["inputFields"]}
    for fact in anshan.rulebook.vocabulary.facts.values():
        if fact.derived and not fact.givable:
            assert field_name(fact.code) not in fields
            continue
        text = fields[field_name(fact.code)]
        assert text.startswith(fact.name)
        assert fact.question in text
        assert fact.unit is None or fact.unit.name in text


@pytest.mark.parametrize(
    ("field", "type_"),
    [
        ("landArea", "Quantity"),
        ("equipmentOnly", "Boolean"),
        ("class", "ClassChoice"),
        ("industry", "String"),
        ("sensitiveAreas", "[SensitiveAreasChoice!]"),
        ("notApplicable", "[FactName!]"),
        ("durations", "[DurationInput!]"),
        ("name", "String!"),
    ],
)
def test_facts_have_the_types_of_their_kinds(schema: Mapping[str, Any], field: str, type_: str) -> None:
    def show(reference: Mapping[str, Any]) -> str:
        inner = show(reference["ofType"]) if reference.get("ofType") else ""
        return {"NON_NULL": f"{inner}!", "LIST": f"[{inner}]"}.get(reference["kind"], str(reference["name"]))

    found = {f["name"]: show(f["type"]) for f in schema["ProjectInput"]["inputFields"]}
    assert found[field] == type_


def test_operations_are_valid(root: Path, operations: Mapping[str, str]) -> None:
    schema = parse_schema((root / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
    assert len(operations) >= 2
    for text in operations.values():
        assert validate(schema, parse(text)) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("government_direct", "GOVERNMENT_DIRECT"),
        ("一", "N1"),
        ("三_学校", "N3_U5B666821"),
        ("3a", "N3A"),
        ("true", "TRUE"),
        ("__x", "X"),
        ("p3或p4", "P3U6216P4"),
    ],
)
def test_any_code_has_an_enum_name(code: str, name: str) -> None:
    assert enum_value(code) == name
    Probe = enum_type("Probe", "…", [Value(enum_value(code), code, "…")])  # noqa: N806
    assert Probe(code).value == code


def test_field_and_type_names() -> None:
    assert field_name("low_voc_paint") == "lowVocPaint"
    assert choice_type("land_supply") == "LandSupplyChoice"


def test_codes_that_would_share_a_name_are_refused() -> None:
    (problem,) = clashes([("aB1", "a_b1"), ("aB1", "a_b_1"), ("c", "c")], "事实")
    assert (problem.code, problem.field) == ("V208", "a_b_1")
    assert "a_b1" in problem.message


def test_a_rulebook_whose_codes_share_a_name_makes_no_schema(anshan: Planner) -> None:
    facts = dict(anshan.rulebook.vocabulary.facts)
    facts["name"] = replace(facts["height"], code="name")
    facts["land__area"] = replace(facts["land_area"], code="land__area")
    book = replace(anshan.rulebook, vocabulary=Vocabulary(facts))
    with pytest.raises(DiagnosticError) as caught:
        project_form(Planner(book, anshan.calendar))
    assert {(d.code, d.field) for d in caught.value.diagnostics} == {("V208", "name"), ("V208", "land__area")}


def test_what_only_the_rules_may_say_is_not_asked(anshan: Planner) -> None:
    facts = dict(anshan.rulebook.vocabulary.facts)
    derived = next(f for f in facts.values() if f.derived and f.givable)
    facts[derived.code] = replace(derived, givable=False)
    book = replace(anshan.rulebook, vocabulary=Vocabulary(facts))
    assert derived.code in project_form(anshan).fields
    assert derived.code not in project_form(Planner(book, anshan.calendar)).fields
