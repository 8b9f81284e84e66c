"""Project files: what owners write is read exactly, and every mistake is reported at its line, all at once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.calendar import CalendarDays, WorkingDays
from planner.conditions import NOT_APPLICABLE, Value
from planner.diagnostics import CODES, Diagnostic, DiagnosticError
from planner.project import Project, ProjectFacts, load_project, project_from, read_facts
from planner.rulebook.load import load_rulebook
from planner.rulebook.source import Positions
from planner.vocabulary import Vocabulary

GOOD = Path(__file__).parent / "rulebook" / "good" / "city"
STEPS = {"eia_drafting": "编制环评文件"}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_rulebook(GOOD)[0].vocabulary


def read(path: Path, vocabulary: Vocabulary) -> ProjectFacts:
    project, positions = load_project(path)
    return read_facts(project, vocabulary, STEPS, positions)


def refused(path: Path, vocabulary: Vocabulary) -> list[Diagnostic]:
    with pytest.raises(DiagnosticError) as caught:
        read(path, vocabulary)
    assert {d.file for d in caught.value.diagnostics} == {str(path)}
    return list(caught.value.diagnostics)


VALUES: Mapping[str, Value] = {
    "works_kind": "housing",
    "site_area": Fraction(667, 300),
    "erosion_prone": True,
    "sensitive": frozenset({"one", "farmland"}),
    "industry": "C3089",
    "filed_on": date(2026, 3, 1),
    "storeys": Fraction(18),
    "eia_class": "form",
}
BY_NAME = """\
名称: 样例小区
建设内容: 三栋住宅
县区: 海城市
形象进度: 未开工
工程类型: 住宅
占地面积: 33.35 亩
水土易发区: 是
敏感区: [一类, 基本农田]
行业: C3089
备案日期: 2026-03-01
层数: 18
环评类别: 报告表
特殊工程: 未知
时长: {施工: 300 日, 编制环评文件: 30 工作日}
"""
BY_CODE = {
    "name": "样例小区",
    "content": "三栋住宅",
    "district": "海城市",
    "progress": "未开工",
    "works_kind": "housing",
    "site_area": "33.35 亩",
    "erosion_prone": True,
    "sensitive": ["one", "farmland"],
    "industry": "C3089",
    "filed_on": "2026-03-01",
    "storeys": 18,
    "eia_class": "form",
    "special_works": None,
    "durations": {"construction": "300 日", "eia_drafting": "30 工作日"},
}


def as_json(text: str) -> str:
    return json.dumps(yaml.safe_load(text), ensure_ascii=False, default=str)


WAYS: dict[str, tuple[str, bytes]] = {
    "yaml by name": ("p.yaml", BY_NAME.encode()),
    "yaml by code": ("p.yml", yaml.safe_dump(BY_CODE, allow_unicode=True).encode()),
    "json by name": ("p.json", as_json(BY_NAME).encode()),
    "json by code": ("p.json", json.dumps(BY_CODE).encode()),  # Chinese as \\u escapes
    "json, indented with tabs": ("p.json", json.dumps(BY_CODE, indent="\t").encode()),
    "json in capitals": ("P.JSON", json.dumps(BY_CODE).encode()),
    "GB18030": ("p.yaml", BY_NAME.encode("gb18030")),
    "UTF-8 with BOM": ("p.yaml", BY_NAME.encode("utf-8-sig")),
    "UTF-16": ("p.yaml", BY_NAME.encode("utf-16")),
    "CRLF": ("p.yaml", BY_NAME.replace("\n", "\r\n").encode()),
    "json in GB18030": ("p.json", as_json(BY_NAME).encode("gb18030")),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_project_reads_the_same_however_it_is_written(tmp_path: Path, vocabulary: Vocabulary, way: str) -> None:
    name, content = WAYS[way]
    (tmp_path / name).write_bytes(content)
    facts = read(tmp_path / name, vocabulary)
    assert facts.values == VALUES
    assert list(facts.values) == sorted(facts.values)
    assert facts.durations == {"construction": CalendarDays(300), "eia_drafting": WorkingDays(30)}
    project = facts.project
    assert (project.name, project.content, project.district, project.progress) == ("样例小区", "三栋住宅", "海城市", "未开工")


def test_json_escapes_beyond_the_basic_plane(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"name": "\\ud842\\udfb7野 \\\\ud842 \\/", "层数": 3}', encoding="utf-8")
    assert read(path, vocabulary).project.name == "𠮷野 \\ud842 /"


def test_the_library_takes_keywords_and_a_mapping(vocabulary: Vocabulary) -> None:
    one = Project(name="样例", site_area="33.35 亩", 敏感区="无", erosion_prone=False)
    other = Project(名称="样例", facts={"占地面积": "33.35 亩", "sensitive": [], "水土易发区": "否"})
    expected = {"site_area": Fraction(667, 300), "sensitive": frozenset(), "erosion_prone": False}
    for project in (one, other):
        assert read_facts(project, vocabulary, STEPS).values == expected


def test_unknown_and_not_applicable_are_different(vocabulary: Vocabulary) -> None:
    project = Project(name="样例", site_area="不适用", 层数="未知", 水土易发区=None)
    assert read_facts(project, vocabulary, STEPS).values == {"site_area": NOT_APPLICABLE}


def test_a_project_file_may_hold_its_facts_apart(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("名称: 样例\nfacts:\n  层数: 18\n时长:\n说明书: x\n", encoding="utf-8")
    (problem,) = refused(path, vocabulary)
    assert (problem.code, problem.line) == ("P601", 5)
    path.write_text("名称: 样例\nfacts:\n  层数: 18\n  占地面积: 5 公倾\n", encoding="utf-8")
    (problem,) = refused(path, vocabulary)
    assert (problem.code, problem.line, problem.column) == ("V202", 4, 9)


# -- mistakes --------------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, tuple[str, list[tuple[str, int, int, str]]]] = {
    # what is added after the first line 名称: 样例; the diagnostics: code, line, column, part of the help
    "unknown key": ("占地面机: 5", [("P601", 2, 1, "占地面积")]),
    "misspelt own key": ("建设内荣: 三栋住宅", [("P601", 2, 1, "建设内容")]),
    "by name twice": ("层数: 3\n层数: 4", [("F006", 3, 1, "删去一处")]),
    "by code and name": ("层数: 3\n占地面积: 5\nstoreys: 4", [("P602", 4, 1, "删去一处")]),
    "by name and alias": ("占地面积: 5\n用地规模: 6", [("P602", 3, 1, "删去一处")]),
    "own key twice": ("项目名称: 另一个", [("P602", 2, 1, "删去一处")]),
    "unknown unit": ("占地面积: 5 公倾", [("V202", 2, 7, "公顷")]),
    "wrong dimension": ("占地面积: 5 万元", [("V203", 2, 7, "公顷")]),
    "not a number": ("占地面积: 约五公顷", [("V206", 2, 7, "5 公顷")]),
    "scientific": ("占地面积: 1.1E+10", [("V206", 2, 7, "5 公顷")]),
    "huge": ("占地面积: " + "9" * 6000, [("V206", 2, 7, "")]),
    "not a number, NaN": ("占地面积: .nan", [("V206", 2, 7, "")]),
    "infinite": ("占地面积: .inf", [("V206", 2, 7, "")]),
    "out of range": ("占地面积: 100001", [("V207", 2, 7, "单位")]),
    "negative": ("占地面积: -5 亩", [("V207", 2, 7, "单位")]),
    "half a storey": ("层数: 1.5", [("V206", 2, 5, "")]),
    "neither yes nor no": ("水土易发区: 可能", [("V204", 2, 8, "未知")]),
    "unknown choice": ("工程类型: 民宅", [("V204", 2, 7, "住宅")]),
    "two of one choice": ("工程类型: [住宅, 道路]", [("V204", 2, 7, "住宅")]),
    "unknown member": ("敏感区:\n  - 一类\n  - 三类", [("V204", 3, 3, "类")]),
    "mapping for a set": ("敏感区: {一类: 是}", [("V204", 2, 6, "一类")]),
    "nested junk": ("占地面积: {a: [1, {b: 2}]}", [("V206", 2, 7, "")]),
    "bad code": ("行业: 制造业", [("V204", 2, 5, "")]),
    "date with slashes": ("备案日期: 2026/3/1", [("S105", 2, 7, "2026-03-01")]),
    "no such day": ("备案日期: 2026-02-30", [("S105", 2, 7, "")]),
    "duration without unit": ("时长: {施工: 300}", [("P604", 2, 10, "300 日")]),
    "duration in months": ("时长: {施工: 10 个月}", [("P604", 2, 10, "日")]),
    "unknown step": ("时长: {土方: 30 日}", [("P604", 2, 6, "")]),
    "misspelt step": ("时长:\n  eia_drafing: 30 日", [("P604", 3, 3, "eia_drafting")]),
    "step twice": ("时长:\n  施工: 30 日\n  construction: 40 日", [("P602", 4, 3, "删去一处")]),
    "durations no mapping": ("时长: 300 日", [("P604", 2, 5, "施工")]),
    "content no text": ("建设内容: [a, b]", [("S103", 2, 7, "一行")]),
    "content is a yes": ("建设内容: true", [("S103", 2, 7, "引号")]),
    "facts no mapping": ("facts: 3", [("S103", 2, 8, "顶层")]),
    "fact in both places": ("层数: 3\nfacts: {层数: 4}", [("P602", 2, 1, "删去一处")]),
    "several": (
        "占地面积: 5 公倾\n层数: 三\n未知项: 1\n时长: {施工: 快}",
        [("V202", 2, 7, "公顷"), ("V206", 3, 5, "5 层"), ("P601", 4, 1, ""), ("P604", 5, 10, "日")],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_at_its_line(tmp_path: Path, vocabulary: Vocabulary, mistake: str) -> None:
    added, expected = MISTAKES[mistake]
    path = tmp_path / "p.yaml"
    path.write_text(f"名称: 样例\n{added}\n", encoding="utf-8")
    found = sorted(refused(path, vocabulary), key=lambda d: d.line)
    listing = "\n".join(map(str, found))
    assert [(d.code, d.line) for d in found] == [(code, line) for code, line, _, _ in expected], listing
    for diagnostic, (_, _, column, fix) in zip(found, expected, strict=True):
        if mistake != "unknown member":  # a list is located as a whole
            assert diagnostic.column == column, listing
        assert fix in diagnostic.help
        assert len(str(diagnostic)) < 400


FILES: dict[str, tuple[bytes, str, int]] = {
    "empty": (b"", "F007", 1),
    "only a comment": ("# 还没写\n".encode(), "F007", 1),
    "a list": ("- 名称: 样例\n".encode(), "F007", 1),
    "a word": ("样例".encode(), "F007", 1),
    "full-width colon": ("名称：样例\n层数: 3\n".encode(), "F005", 1),
    "tab": ("名称: 样例\n时长:\n\t施工: 3 日\n".encode(), "F004", 3),
    "unclosed quote": ('名称: "样例\n层数: 3\n'.encode(), "F003", 1),
    "binary": (bytes(range(256)), "F002", 0),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "F002", 0),
    "cut off in the middle of a character": ("名称: 样例小区\n建设内容: 三栋".encode()[:-2] + "住宅\n".encode(), "F002", 2),
    "cut off in a character": ("名称: 样例小区\n建设内容: 三栋住宅".encode()[:-1], "K802", 2),
    "deep": (b"a: " + b"[" * 100_000, "F009", 1),
    "deeper than it looks": (b"- " * 50_000, "F009", 1),
    "bomb": (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(8)), "F009", 1),
    "too big": ("名称: 样例\n".encode() + b"#" * 5_000_000, "F009", 0),
    "no name": ("层数: 3\n".encode(), "P603", 1),
    "empty name": ("名称: ' '\n层数: 3\n".encode(), "P603", 1),
    "nameless": ("名称:\n层数: 3\n".encode(), "P603", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_project(tmp_path: Path, vocabulary: Vocabulary, kind: str) -> None:
    content, code, line = FILES[kind]
    path = tmp_path / "p.yaml"
    path.write_bytes(content)
    (diagnostic,) = refused(path, vocabulary)
    assert (diagnostic.code, diagnostic.line) == (code, line), diagnostic
    assert diagnostic.help


JSONS: dict[str, tuple[str, str, int]] = {
    "missing comma": ('{"name": "样例"\n "层数": 3}', "F008", 2),
    "single quotes": ("{'name': '样例'}", "F008", 1),
    "nothing": ("", "F008", 1),
    "trailing comma": ('{"name": "样例",\n}', "F008", 1),
    "deep": ('{"name": ' + "[" * 100_000, "F008", 1),
    "a list": ("[1, 2]", "F007", 1),
    "twice": ('{"name": "样例",\n "层数": 3,\n "层数": 4}', "F006", 3),
    "NaN": ('{"name": "样例",\n "层数": NaN}', "V206", 2),
    "infinite": ('{"name": "样例",\n "占地面积": -Infinity}', "V206", 2),
    "endless": ('{"name": "样例",\n "层数": ' + "9" * 10_000 + "}", "V206", 2),
    "exponent": ('{"name": "样例",\n "占地面积": 1e400}', "V206", 2),
    "null inside": ('{"name": "样例",\n "敏感区": ["一类", null]}', "V204", 2),
    "lone surrogate": ('{"name": "样例",\n "工程类型": "\\ud842"}', "F003", 2),
}


@pytest.mark.parametrize("kind", JSONS)
def test_mistakes_in_json(tmp_path: Path, vocabulary: Vocabulary, kind: str) -> None:
    text, code, line = JSONS[kind]
    path = tmp_path / "p.json"
    path.write_text(text, encoding="utf-8")
    (diagnostic,) = refused(path, vocabulary)
    assert (diagnostic.code, diagnostic.line) == (code, line), diagnostic


@pytest.mark.parametrize("where", ["missing.yaml", "folder", "no/such/folder/p.yaml", "x" * 5000, "a\0b"])
def test_there_is_no_such_file(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DiagnosticError) as caught:
        load_project(tmp_path / where)
    assert [d.code for d in caught.value.diagnostics] == ["F001"]


def test_without_a_file_the_place_is_the_field(vocabulary: Vocabulary) -> None:
    project = Project(name="", durations={"施工": "快"}, site_area="5 公倾", 未知项=1)
    with pytest.raises(DiagnosticError) as caught:
        read_facts(project, vocabulary, STEPS)
    assert [(d.code, d.field) for d in caught.value.diagnostics] == [
        ("P603", "name"),
        ("V202", "site_area"),
        ("P601", "未知项"),
        ("P604", "durations.施工"),
    ]


def test_a_derived_fact_that_only_the_rules_give_is_refused() -> None:
    book = load_rulebook(GOOD)[0].vocabulary
    sealed = Vocabulary({**book.facts, "eia_class": replace(book.facts["eia_class"], givable=False)})
    with pytest.raises(DiagnosticError) as caught:
        read_facts(Project(name="样例", 环评类别="报告书"), sealed, STEPS)
    assert [d.code for d in caught.value.diagnostics] == ["V212"]


def test_facts_must_be_a_mapping() -> None:
    with pytest.raises(ValidationError):
        Project(name="样例", facts=3)  # type: ignore[arg-type]


def test_a_project_survives_its_own_dump(vocabulary: Vocabulary) -> None:
    project = project_from(BY_CODE, Positions("", {}, {}))
    again = project_from(json.loads(project.model_dump_json()), Positions("", {}, {}))
    assert read_facts(again, vocabulary, STEPS).values == VALUES


# -- whatever is in the file -------------------------------------------------------------------------------------------------

quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = [
    "名称",
    "层数",
    "占地面积",
    "敏感区",
    "时长",
    "施工",
    "facts",
    "durations",
    "工程类型",
    "住宅",
    "5",
    "5 亩",
    "是",
    "未知",
    "不适用",
    "2026-03-01",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(WORDS)
documents = st.dictionaries(
    st.sampled_from(WORDS) | st.text(max_size=8),
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=6,
)
snippets = st.lists(
    st.sampled_from(
        [
            *WORDS,
            ":",
            ": ",
            "：",
            "\n",
            "  ",
            "\t",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "，",
            '"',
            "'",
            "#",
            "|",
            ">",
            "&a ",
            "*a",
            "!",
            "%",
            "---",
            "\u3000",
            "\x00",
            "\x85",
            "\ud7ff",
        ]
    )
    | st.characters(),
    max_size=25,
).map("".join)


def said_of(path: Path, vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    """The mistakes of a project file, none when it is read. Any other exception fails the test."""
    try:
        read(path, vocabulary)
    except DiagnosticError as error:
        return error.diagnostics or pytest.fail("refused without a reason")
    return ()


def is_read_or_refused(path: Path, vocabulary: Vocabulary) -> None:
    for diagnostic in said_of(path, vocabulary):
        assert diagnostic.code in CODES
        assert diagnostic.file == str(path)


@quick
@given(
    content=snippets.map(lambda text: text.encode("utf-8", errors="replace")) | st.binary(max_size=60),
    suffix=st.sampled_from(["yaml", "json"]),
)
def test_any_text_is_read_or_refused(tmp_path: Path, vocabulary: Vocabulary, content: bytes, suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    path.write_bytes(content)
    is_read_or_refused(path, vocabulary)


@quick
@given(document=documents, suffix=st.sampled_from(["yaml", "json"]))
def test_any_document_is_read_or_refused(tmp_path: Path, vocabulary: Vocabulary, document: Mapping[str, Any], suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    text = json.dumps(document) if suffix == "json" else yaml.safe_dump(document, allow_unicode=True)
    path.write_text(text, encoding="utf-8", errors="replace")
    is_read_or_refused(path, vocabulary)


@quick
@given(document=documents)
def test_any_mapping_from_a_library_call_is_read_or_refused(vocabulary: Vocabulary, document: Mapping[str, Any]) -> None:
    with suppress(DiagnosticError):
        facts = read_facts(project_from(document, Positions("", {}, {})), vocabulary, STEPS)
        assert set(facts.values) <= set(vocabulary.facts)


def test_a_key_given_twice_to_the_library_is_refused_not_dropped() -> None:
    with pytest.raises(ValidationError, match="写了两次"):
        Project.model_validate({"name": "甲", "名称": "乙"})
    with pytest.raises(ValidationError, match="写了两次"):
        Project(name="甲", land_area=1, facts={"land_area": 2})
    assert Project(name="甲", land_area=1, facts={"总投资": 2}).facts == {"land_area": 1, "总投资": 2}


def test_a_file_of_something_else_is_refused_at_once_not_word_by_word(vocabulary: Vocabulary) -> None:
    project = Project(name="甲", facts={f"字段{n}": n for n in range(5000)})
    with pytest.raises(DiagnosticError) as refused:
        read_facts(project, vocabulary, STEPS)
    assert [d.code for d in refused.value.diagnostics] == ["F009"]


def test_a_strict_type_checker_accepts_the_lines_of_the_readme(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    (example,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    script = tmp_path / "script.py"
    script.write_text(example, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(script)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = script.with_name("wrong.py")
    wrong.write_text(example.replace('name="轧钢车间扩建"', "name=5"), encoding="utf-8")
    done = subprocess.run([*command[:-1], str(wrong)], cwd=root, capture_output=True, text=True, check=False, timeout=600)
    assert "arg-type" in done.stdout
