"""The JSON Schemas agree with the loader: every shipped file passes, and typical mistakes do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from planner import Planner
from planner.rulebook.schema import schema_files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def schemas(anshan: Planner) -> dict[str, Draft202012Validator]:
    found = {}
    for name, text in schema_files(anshan.rulebook).items():
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
        found[name] = Draft202012Validator(schema)
    return found


class _Editor(yaml.SafeLoader):
    """YAML as editors' language servers read it (1.2): numbers are numbers, dates are text, 是 and 否 are text."""


_Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def data_of(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Editor)


THEMES = ("vocabulary", "laws", "departments", "teams", "parameters", "notices", "routes", "lanes", "joint", "clocks")


def shipped() -> list[tuple[str, Path]]:
    """Each rule file with the schema that describes it."""
    pairs: list[tuple[str, Path]] = []
    for layer in ("national", "liaoning", "anshan"):
        folder = ROOT / "rules" / layer
        for path in sorted((folder / "approvals").glob("*.yaml")):
            pairs.append(("approval.json" if "名称" in data_of(path) else "overlay.json", path))
        pairs += [("table.json", p) for p in sorted((folder / "tables").glob("*.yaml"))]
        for kind in THEMES:
            pairs += [(f"{kind}.json", p) for p in sorted([*folder.glob(f"{kind}.yaml"), *(folder / kind).glob("*.yaml")])]
        pairs.append(("rulebook.json", folder / "rulebook.yaml"))
    pairs.append(("festivals.json", ROOT / "rules" / "calendar" / "festivals.yaml"))
    pairs += [("project.json", p) for p in sorted((ROOT / "examples").glob("*.yaml"))]
    return pairs


@pytest.mark.parametrize(("name", "path"), shipped(), ids=lambda v: v.stem if isinstance(v, Path) else "")
def test_every_shipped_file_passes_its_schema(schemas: dict[str, Draft202012Validator], name: str, path: Path) -> None:
    assert [e.message for e in schemas[name].iter_errors(data_of(path))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("种类", "许可"), ("阶段", "施工"), ("代码", "Soil"), ("适用", []), ("法定时限", [{"期限": "十天"}]), ("多余", "键")],
)
def test_typical_mistakes_do_not(schemas: dict[str, Draft202012Validator], key: str, value: object) -> None:
    data = data_of(ROOT / "rules" / "national" / "approvals" / "soil_report.yaml")
    assert list(schemas["approval.json"].iter_errors({**data, key: value}))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("routes.json", {"路线总则": [{"代码": "a", "名称": "甲", "方式": "承诺"}]}),
        ("lanes.json", {"快办通道": [{"代码": "a", "名称": "甲", "当": "一律", "路线": [{"方式": "告知承诺"}]}]}),
        ("joint.json", {"联合办理": [{"代码": "a", "名称": "甲", "牵头": "乙", "事项": []}]}),
        ("clocks.json", {"时限总则": [{"代码": "a", "名称": "甲", "程序": "补正", "期限": "五天"}]}),
        ("clocks.json", {"总时限": [{"代码": "a", "名称": "甲", "到": "完工", "最多": "120 工作日"}]}),
    ],
)
def test_mistakes_in_general_rules_do_not(schemas: dict[str, Draft202012Validator], name: str, wrong: object) -> None:
    assert list(schemas[name].iter_errors(wrong))


@pytest.mark.parametrize("name", ["routes", "lanes", "joint", "clocks"])
def test_the_sample_of_general_rules_passes(schemas: dict[str, Draft202012Validator], name: str) -> None:
    path = Path(__file__).parent / "good" / "national" / f"{name}.yaml"
    # The schemas complete the shipped rulebook's words, so the sample's conditions and laws are not theirs.
    errors = [e for e in schemas[f"{name}.json"].iter_errors(data_of(path)) if not {"当", "依据", "牵头"} & set(e.path)]
    assert [e.message for e in errors] == []


def test_hover_texts_are_chinese(schemas: dict[str, Draft202012Validator]) -> None:
    properties = schemas["approval.json"].schema["properties"]
    for key in ("代码", "职能", "适用", "例外", "法定时限", "准备"):
        assert any("一" <= c <= "鿿" for c in properties[key]["description"])


def test_editors_complete_facts_and_laws(schemas: dict[str, Draft202012Validator]) -> None:
    text = json.dumps(schemas["approval.json"].schema, ensure_ascii=False)
    assert "水土流失易发区" in text
    assert "水土保持法" in text


@pytest.mark.parametrize(("name", "path"), shipped(), ids=lambda v: v.stem if isinstance(v, Path) else "")
def test_every_file_tells_editors_its_schema(name: str, path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    target = (path.parent / first.split("=", 1)[1]).resolve()
    assert target == ROOT / "rules" / "schema" / name
