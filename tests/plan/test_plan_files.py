"""Plans read back: exactly what was written, or every reason why it is no plan; nothing makes the reader fall over."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner import Plan, Planner, load_project
from planner.diagnostics import DiagnosticError
from planner.plan_files import MOST_BYTES, parse_plan, plan_bytes, read_plan

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def plan(anshan: Planner, root: Path) -> Plan:
    project, positions = load_project(root / "examples" / "equipment-only-upgrade.yaml")
    return anshan.plan(anshan.read(project, positions), as_of=DAY, target=("start_of_works", date(2027, 4, 1)))


@pytest.fixture(scope="module")
def text(plan: Plan) -> str:
    return plan.model_dump_json()


def problems(data: bytes) -> list[str]:
    with pytest.raises(DiagnosticError) as refused:
        parse_plan(data, "计划.json")
    found = [str(one) for one in refused.value.diagnostics]
    assert found
    assert all("计划.json" in one for one in found)
    return found


def changed(text: str, *path: str | int, value: Any) -> bytes:
    data = json.loads(text)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(data, ensure_ascii=False).encode()


def test_a_plan_is_read_back_as_it_was(plan: Plan, text: str, tmp_path: Path) -> None:
    path = tmp_path / "计划.json"
    for written in (text, text + "\n", json.dumps(json.loads(text), indent=2), "\ufeff" + text):
        path.write_text(written, encoding="utf-8")
        assert read_plan(path) == plan


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "大.json"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path, code in ((tmp_path / "没有.json", "F001"), (tmp_path, "F001"), (Path("/dev/null"), "F001"), (huge, "F009")):
        with pytest.raises(DiagnosticError) as refused:
            plan_bytes(path)
        assert [one.code for one in refused.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "计划.json: 错误 F008: 这不是一份计划：计划是 JSON"),
        (b'{"project": {},\n "as_of": }', "计划.json:2:11: 错误 F008"),
        (b'{"a": 1,}', "最后一项后面不能有逗号"),
        ('{"名称": "'.encode() + b'\xff"}', "计划.json:1:9: 错误 F002"),
        ('{"a": "甲"}'.encode("gb18030"), "F002"),
        ('{"a": "甲"}'.encode("utf-16"), "UTF-16"),
        (b"[" * 100_000, "嵌套超过 40 层"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "计划.json:1:201: 错误 F009"),
        (b'{"as_of": NaN}', "“NaN”不是 JSON 的数"),
        (b'{"as_of": [-Infinity, 1]}', "“-Infinity”不是 JSON 的数"),
        (b'{"slack": ' + b"9" * 100_000 + b"}", "数太长（100000 个字符）"),
        (b'{"slack": 1e99999999999999999999}', "数太长"),
        (b'{"name": "\\ud800"}', "不成对的代理码位"),
        (b'{"\\udc00": 1}', "不成对的代理码位"),
        (b'{\n"as_of": 1,\n"as_of": 2}', "计划.json:3:1: 错误 F006: 键“as_of”写了两次"),
        (b'{"as_of": 1, "as\\u005fof": 2}', "键“as_of”写了两次"),
        (b'{"a": [{"b": 1}, {"b": 2, "b": 3}]}', "计划.json:1:27: 错误 F006"),
        (b"null", "不是一份计划"),
        (b"[]", "不是一份计划"),
        (b'{"data": {"plan": {}}}', "不是一份计划"),
        ("名称: 试\n".encode(), "计划.json: 错误 F008: 这不是一份计划：计划是 JSON"),
    ],
)
def test_what_is_no_json_of_a_plan(data: bytes, said: str) -> None:
    assert said in "\n".join(problems(data))


def test_every_slip_of_the_json_is_told_at_once() -> None:
    found = problems(b'{"a": NaN, "b": Infinity, "a": 1234567890123456}')
    assert [one.split(":")[2] for one in found] == ["7", "17", "27", "32"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("start",), ..., "计划.json:start: 错误 S102"),
        (("items", 2, "dates", "accept", "date"), ..., "计划.json:items[2].dates.accept.date: 错误 S102"),
        (("items", 0, "colour"), "红", "计划.json:items[0].colour: 错误 S101"),
        (("items", 0, "slack"), "3", "items[0].slack: 错误 S103: “items[0].slack”应当是整数"),
        (("items", 0, "slack"), 3.0, "items[0].slack: 错误 S103"),
        (("items", 0, "slack"), True, "items[0].slack: 错误 S103"),
        (("items", 0, "critical"), 1, "items[0].critical: 错误 S103: “items[0].critical”应当是真假值（true、false）"),
        (("items", 0, "status"), "require", "S104: “items[0].status”不能是“require”，只能是 required、depends"),
        (("items", 0, "because", 0, "holds"), "maybe", "只能是 true、false、unknown"),
        (("as_of",), "2026-13-01", "as_of: 错误 S103: “as_of”应当是日期"),
        (("as_of",), None, "as_of: 错误 S103"),
        (("project", "facts"), [], "project.facts: 错误 S103"),
        (("items",), {}, "items: 错误 S103: “items”应当是清单"),
        (("provenance",), 3, "provenance: 错误 S103"),
    ],
)
def test_wrong_fields_are_named_by_path(text: str, path: tuple[str | int, ...], value: Any, said: str) -> None:
    assert said in "\n".join(problems(changed(text, *path, value=value)))


def test_all_wrong_fields_come_at_once_and_a_flood_is_cut(text: str) -> None:
    data = json.loads(text)
    data["items"][0]["slack"] = "x"
    data["totals"]["steps"] = None
    del data["valid"]
    found = problems(json.dumps(data).encode())
    assert len(found) == 4  # the three, and that the fields are another version's
    data["items"] = [0] * 5000
    assert len(problems(json.dumps(data).encode())) <= 102
    assert "没有列出" in "\n".join(problems(json.dumps(data).encode()))


def test_a_plan_of_another_version_is_said_to_be_one(text: str) -> None:
    data = json.loads(text)
    data["provenance"]["versions"]["approval-planner"] = "9.9.9"
    del data["lanes"]
    data["colour"] = "红"
    first, *rest = problems(json.dumps(data).encode())
    assert "另一个版本（9.9.9）制作" in first
    assert len(rest) == 2
    data["provenance"]["versions"] = json.loads(text)["provenance"]["versions"]
    assert "更新或更旧的版本" in problems(json.dumps(data).encode())[0]


JUNK = st.sampled_from(
    ["", '"', "\\", "{", "[", "}", ",", ":", "NaN", "null", "1e9", "\ud800", "\x00", "\ufeff", "\\ud800", "9" * 5000, "甲"]
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[float, int, str]:
    return draw(st.floats(0, 1)), draw(st.integers(0, 40)), draw(st.one_of(JUNK, st.text(max_size=4)))


@settings(max_examples=150)
@given(where=st.lists(edits(), min_size=1, max_size=3))
def test_mutated_plans_are_read_or_refused(text: str, where: list[tuple[float, int, str]]) -> None:
    for at, cut, put in where:
        begin = int(at * len(text))
        text = text[:begin] + put + text[begin + cut :]
    data = text.encode("utf-8", errors="surrogatepass")
    # Nothing but a refusal may be raised; what is read may be written again.
    with suppress(DiagnosticError):
        parse_plan(data, "x").model_dump_json()


@settings(max_examples=200)
@given(data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda t: t.encode("utf-8", "ignore"))))
@example(data=b'"\\')
@example(data=b'{"a": "\\u12"}')
@example(data=b'{"a": 1}}')
@example(data=b'"\xed\xa0\x80"')
@example(data=b"\xef\xbb\xbf\xef\xbb\xbf{}")
@example(data=b"-")
@example(data=b"1" * 5000)
@example(data=b'"' * 100_001)
def test_noise_is_refused(data: bytes) -> None:
    assert problems(data)
