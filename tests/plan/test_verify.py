"""A plan made again from its own echo: confirmed to the byte, or what no longer matches; no change of the file goes unseen."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import Plan, Planner, Project, load_project
from planner.assembly.around import echo_of, facts_digest
from planner.calendar import CalendarDays, WorkingDays
from planner.conditions import NOT_APPLICABLE, Value
from planner.diagnostics import DiagnosticError
from planner.plan import MilestoneName, ProjectEcho, RoutePolicy
from planner.plan_files import project_of
from planner.project import ProjectFacts
from planner.units import UNITS
from planner.verify import MOST_DIFFERENCES, MismatchKind, Verification, verify
from planner.vocabulary import Choice, Fact, Vocabulary

DAY = date(2026, 11, 24)
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def plan_of(planner: Planner, path: Path, **asked: Any) -> Plan:
    project, positions = load_project(path)
    return planner.plan(planner.read(project, positions), **{"as_of": DAY, **asked})


@pytest.fixture(scope="module")
def plan(anshan: Planner) -> Plan:
    return plan_of(anshan, ROOT / "examples" / "refractory-line-upgrade.yaml", target=("completion", date(2027, 8, 31)))


def kinds(found: Verification) -> list[MismatchKind]:
    return [one.kind for one in found.mismatches]


# -- confirmed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("as_of", [date(2020, 1, 6), date(2026, 8, 14), DAY, date(2027, 6, 1)], ids=str)
def test_every_example_is_confirmed(anshan: Planner, path: Path, as_of: date) -> None:
    targets: list[tuple[MilestoneName, date] | None] = [None, ("start_of_works", as_of), ("use", as_of + timedelta(days=900))]
    for number, routes in enumerate(RoutePolicy):
        for start in (None, as_of + timedelta(days=10)):
            made = plan_of(anshan, path, as_of=as_of, start=start, target=targets[number], routes=routes)
            found = verify(made.model_dump_json().encode(), anshan)
            assert (found.confirmed, found.same_content, found.mismatches, found.more) == (True, True, (), 0)


def test_one_line_end_after_the_text_is_not_the_plans(anshan: Planner, plan: Plan) -> None:
    for line_end in ("\n", "\r\n"):
        assert verify((plan.model_dump_json() + line_end).encode(), anshan).confirmed


def test_two_line_ends_are_another_way_of_writing(anshan: Planner, plan: Plan) -> None:
    found = verify((plan.model_dump_json() + "\n\n").encode(), anshan)
    assert (found.confirmed, found.same_content, kinds(found)) == (False, True, [MismatchKind.BYTES])


# -- not confirmed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent=2),
        lambda text: json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        lambda text: json.dumps(json.loads(text), separators=(",", ":")),
        lambda text: "\ufeff" + text,
        lambda text: text.replace(":", ": ", 1),
    ],
    ids=["indented", "sorted", "escaped", "bom", "one blank"],
)
def test_another_way_of_writing_is_said_to_be_only_that(anshan: Planner, plan: Plan, written: Any) -> None:
    found = verify(written(plan.model_dump_json()).encode(), anshan)
    assert (found.confirmed, found.same_content, kinds(found)) == (False, True, [MismatchKind.BYTES])
    assert "只是写法不同" in found.mismatches[0].text


def test_an_edited_project_does_not_fit_its_digest(anshan: Planner, plan: Plan) -> None:
    text = plan.model_dump_json()
    for edited in (
        text.replace(f'"name":"{plan.project.name}"', '"name":"别的项目"', 1),
        text.replace(plan.provenance.facts, plan.provenance.facts[::-1]),
        text.replace('"construction":"', '"construction":"1', 1),
    ):
        assert edited != text
        found = verify(edited.encode(), anshan)
        assert not found.confirmed
        assert kinds(found)[0] is MismatchKind.FACTS


def test_a_project_that_cannot_be_read_any_more_is_said_to_be_so(anshan: Planner, plan: Plan) -> None:
    data = json.loads(plan.model_dump_json())
    data["project"]["facts"] |= {"no_such_fact": "是", "civil_building": "也许"}
    data["project"]["durations"] = {"construction": "一年"}
    data["provenance"]["rulebook"] = "另一个"
    found = verify(json.dumps(data).encode(), anshan)
    assert not found.made_again
    assert kinds(found) == [MismatchKind.RULEBOOK, *([MismatchKind.PROJECT] * 3)]
    data = json.loads(plan.model_dump_json()) | {"start": "9999-12-31"}
    found = verify(json.dumps(data).encode(), anshan)
    assert kinds(found) == [MismatchKind.PROJECT]
    assert "超出能计算的范围" in found.mismatches[0].text


def test_a_changed_field_is_named_with_both_values(anshan: Planner, plan: Plan) -> None:
    item = next(one for one in plan.items if one.statutory is not None and one.statutory.days)
    assert item.statutory is not None
    data = json.loads(plan.model_dump_json())
    changed = next(one for one in data["items"] if one["code"] == item.code)
    changed["statutory"]["days"] += 1
    changed["critical"] = not changed["critical"]
    found = verify(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    assert [(one.path, one.was, one.now) for one in found.mismatches] == [
        (f'items["{item.code}"].statutory.days', str(item.statutory.days + 1), str(item.statutory.days)),
        (f'items["{item.code}"].critical', json.dumps(not item.critical), json.dumps(item.critical)),
    ]
    assert item.name in found.mismatches[0].text


def test_an_item_taken_out_does_not_shift_the_others(anshan: Planner, plan: Plan) -> None:
    data = json.loads(plan.model_dump_json())
    gone = data["items"].pop(3)
    data["items"].reverse()
    found = verify(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    assert [one.path for one in found.mismatches] == [f'items["{gone["code"]}"]', "items（先后次序）"]
    assert found.mismatches[0].was == "（没有）"


def test_long_values_are_shown_where_they_differ(anshan: Planner, plan: Plan) -> None:
    data = json.loads(plan.model_dump_json())
    warning = next(one for one in data["warnings"] if len(one["text"]) > 150)
    warning["text"] = warning["text"][:140] + "改" + warning["text"][141:]
    found = verify(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    (one,) = found.mismatches
    assert one.was != one.now
    assert "改" in one.was
    assert max(len(one.was), len(one.now)) < 100


def test_many_differences_are_counted(anshan: Planner, plan: Plan) -> None:
    data = json.loads(plan.model_dump_json())
    for item in data["items"]:
        item["note"] += "改"
    found = verify(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    assert len(found.mismatches) == MOST_DIFFERENCES
    assert found.more == len(plan.items) - MOST_DIFFERENCES > 0


def test_an_edited_request_is_another_plan(anshan: Planner, plan: Plan) -> None:
    """Another day, start, target or route of the plan's own gives other dates, and those in the file are then not its own."""
    data = json.loads(plan.model_dump_json())
    for path, value in (
        (("as_of",), "2026-07-01"),
        (("start",), "2026-12-09"),
        (("target", "date"), "2027-03-01"),
        (("target", "milestone"), "use"),
        (("routes",), "fastest"),
    ):
        edited = json.loads(json.dumps(data))
        inner = edited
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        assert not verify(json.dumps(edited, ensure_ascii=False, separators=(",", ":")).encode(), anshan).confirmed, path


def test_other_rules_calendar_or_program_are_named(anshan: Planner, plan: Plan) -> None:
    data = json.loads(plan.model_dump_json())
    data["provenance"]["rulebook"] = "0" * 64
    data["provenance"]["calendar"] = "1" * 64
    data["provenance"]["versions"] = {**data["provenance"]["versions"], "durable-rules": "1.0", "别的": "3"}
    found = verify(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    assert kinds(found) == [MismatchKind.RULEBOOK, MismatchKind.CALENDAR, MismatchKind.VERSIONS, MismatchKind.VERSIONS]
    assert "planner diff" in found.mismatches[0].text
    assert "其余内容没有变" in found.mismatches[0].text
    assert "durable-rules 的版本不同：制作时是 1.0" in found.mismatches[2].text


def test_changed_rules_say_which_approvals_and_dates_they_change(anshan: Planner, plan: Plan, small: Any) -> None:
    """Two rulebooks written on the spot: an approval more, a longer limit."""
    before, after = small
    project = Project(name="试", facts={"size": "120 ㎡"})
    text = before.plan(project, as_of=DAY).model_dump_json()
    assert verify(text.encode(), before).confirmed
    found = verify(text.encode(), after)
    first = found.mismatches[0]
    assert first.kind is MismatchKind.RULEBOOK
    assert "现在多出：事项c" in first.text
    assert "现在没有：事项b" in first.text
    assert "日期变了：事项a" in first.text
    assert any(one.path == 'items["a"].statutory.days' and (one.was, one.now) == ("10", "20") for one in found.mismatches)


@pytest.fixture
def small(tmp_path: Path) -> tuple[Planner, Planner]:
    def rulebook(name: str, limits: Mapping[str, int]) -> Planner:
        top = tmp_path / name / "rules"
        (top / "approvals").mkdir(parents=True)
        (top / "rulebook.yaml").write_text(f"名称: 试用\n事项: [{', '.join(limits)}]\n", "utf-8")
        (top / "vocabulary.yaml").write_text("事实:\n  - {代码: size, 名称: 规模, 类型: 数量, 单位: ㎡}\n", "utf-8")
        (top / "laws.yaml").write_text("法规:\n  - {名称: 本法, 文号: 第1号, 核验: 已核}\n", "utf-8")
        (top / "departments.yaml").write_text("部门: [{职能: 职能, 机关: 甲局, 依据: [{文件: 本法}], 核验: 已核}]\n", "utf-8")
        for code, days in limits.items():
            (top / "approvals" / f"{code}.yaml").write_text(
                f"代码: {code}\n名称: 事项{code}\n种类: 行政许可\n阶段: 立项用地规划许可\n职能: 职能\n结果: 批文\n"
                f"适用: [{{名称: 都办, 当: 一律, 依据: [{{文件: 本法}}], 核验: 已核}}]\n"
                f"法定时限: [{{期限: {days} 工作日, 依据: [{{文件: 本法}}], 核验: 已核}}]\n",
                "utf-8",
            )
        return Planner.from_files(top)

    return rulebook("旧", {"a": 10, "b": 5}), rulebook("新", {"a": 20, "c": 5})


def test_a_plan_of_an_unchecked_rulebook(anshan: Planner, plan: Plan) -> None:
    unchecked = replace(anshan, unchecked="这份规则库还没有检查过")
    marked = plan_of(
        unchecked, ROOT / "examples" / "refractory-line-upgrade.yaml", target=("completion", date(2027, 8, 31))
    ).model_dump_json()
    assert verify(marked.encode(), unchecked).confirmed
    found = verify(marked.encode(), anshan)
    assert kinds(found) == [MismatchKind.UNCHECKED]
    assert "其余内容一字不差" in found.mismatches[0].text
    assert kinds(verify(plan.model_dump_json().encode(), unchecked)) == [MismatchKind.UNCHECKED]
    edited = json.loads(marked)
    edited["items"][0]["note"] += "改"
    found = verify(json.dumps(edited, ensure_ascii=False, separators=(",", ":")).encode(), anshan)
    assert kinds(found) == [MismatchKind.UNCHECKED, MismatchKind.CONTENT]
    assert "其余" not in found.mismatches[0].text


def outside_strings(text: str, at: int) -> bool:
    """Whether the character at `at` lies between strings."""
    inside = escaped = False
    for character in text[:at]:
        if inside and escaped:
            escaped = False
        elif inside and character == "\\":
            escaped = True
        elif character == '"':
            inside = not inside
    return not inside


@pytest.mark.parametrize("seed", range(8))
def test_no_single_edited_character_goes_unseen(anshan: Planner, seed: int) -> None:
    """Refused, not confirmed, or (a blank between strings) said to be the same in another way of writing."""
    chance = random.Random(seed)
    text = plan_of(anshan, ROOT / "examples" / "equipment-only-upgrade.yaml", target=("use", date(2027, 3, 1))).model_dump_json()
    for _ in range(40):
        at = chance.randrange(len(text))
        put = chance.choice(["", *'0123456789-abefnrtu \t\n"\\,:{}[]是否项目日', text[at] * 2])
        edited = text[:at] + put + text[at + 1 :]
        if edited == text:
            continue
        try:
            found = verify(edited.encode(), anshan)
        except DiagnosticError:
            continue
        assert not found.confirmed, (at, put)
        if found.same_content:
            assert put.isspace() or text[at].isspace() or not outside_strings(text, at), (at, put)
            assert json.loads(edited) == json.loads(text)
        else:
            assert found.mismatches


# -- the echo ------------------------------------------------------------------------------------------------------------


def values(fact: Fact) -> st.SearchStrategy[Value]:
    """Values of a fact as a project may give them, in whatever unit."""
    codes = [choice.code for choice in fact.choices]
    match fact.kind:
        case "number":
            low, high = fact.low or Fraction(0), fact.high
            units = [unit.ratio for unit in UNITS.values() if fact.unit is not None and unit.dimension == fact.unit.dimension]
            written = st.integers(0, 10**6).map(Fraction) if fact.integer else st.decimals(0, 10**9, places=6).map(Fraction)
            into = Fraction(1) if fact.unit is None or fact.integer else fact.unit.ratio
            scaled = st.tuples(written, st.sampled_from(units or [Fraction(1)])).map(
                lambda drawn: drawn[0] if fact.integer else drawn[0] * drawn[1] / into
            )
            found: st.SearchStrategy[Any] = scaled.map(lambda n: max(n, low) if high is None else min(max(n, low), high))
        case "yes_no":
            found = st.sampled_from(["yes", "no"]) if fact.derived else st.booleans()
        case "choice":
            found = st.sampled_from(codes)
        case "set":
            found = st.frozensets(st.sampled_from(codes))
        case "code":
            found = st.sampled_from(["C", "C30", "C3089", "D4415", "E"])
        case "date":
            found = st.dates(date(1950, 1, 1), date(2100, 1, 1))
    return st.one_of(found, st.just(NOT_APPLICABLE))


SPANS = st.one_of(st.integers(0, 4000).map(WorkingDays), st.integers(0, 4000).map(CalendarDays))


@settings(max_examples=150)
@given(data=st.data())
def test_the_echo_loses_nothing(anshan: Planner, data: st.DataObject) -> None:
    """Read → echo → read gives the same facts, for every kind of fact the shipped vocabulary has."""
    givable = [fact for fact in anshan.rulebook.vocabulary.facts.values() if not fact.derived or fact.givable]
    chosen = data.draw(st.lists(st.sampled_from(givable), unique_by=lambda fact: fact.code, max_size=25))
    facts = {fact.code: data.draw(values(fact), label=fact.code) for fact in sorted(chosen, key=lambda fact: fact.code)}
    steps = data.draw(st.dictionaries(st.sampled_from(["construction", *sorted(anshan.steps)]), SPANS, max_size=5))
    words = st.text(st.characters(codec="utf-8"), max_size=20)
    name = data.draw(words.filter(str.strip))
    project = Project(name=name, content=data.draw(words), district=data.draw(words), progress=data.draw(words))
    given_facts = ProjectFacts(project, facts, dict(sorted(steps.items())))
    echo = echo_of(anshan.rulebook, given_facts)
    again = anshan.read(project_of(ProjectEcho.model_validate_json(echo.model_dump_json()), anshan.rulebook.vocabulary))
    assert again.values == facts
    assert again.durations == dict(steps)
    assert facts_digest(again) == facts_digest(given_facts)
    assert echo_of(anshan.rulebook, again) == echo


def test_every_fact_kind_is_in_the_vocabulary(anshan: Planner) -> None:
    facts = anshan.rulebook.vocabulary.facts.values()
    assert {fact.kind for fact in facts} >= {"number", "yes_no", "choice", "set", "code"}


def test_numbers_and_names_that_the_ordinary_reader_cannot_take_back(anshan: Planner) -> None:
    listed = Fact(
        "set",
        "多选事",
        "set",
        choices=tuple(
            Choice(code, code_name) for code, code_name in (("a", "铁路、公路"), ("b", "公路"), ("c", "铁路"), ("d", "甲,乙"))
        ),
    )
    area = Fact("area", "面积", "number", unit=UNITS["公顷"])
    bare = Fact("bare", "数", "number")
    vocabulary = Vocabulary({fact.code: fact for fact in (listed, area, bare)})

    def read(**facts: str) -> dict[str, Any]:
        echo = ProjectEcho(name="试", content="", district="", progress="", facts=facts, durations={})
        return {
            code: vocabulary.read_value(vocabulary.facts[code], raw) for code, raw in project_of(echo, vocabulary).facts.items()
        }

    assert read(set="铁路、公路、公路、甲,乙") == {"set": frozenset("abd")}
    assert read(set="公路、铁路") == {"set": frozenset("bc")}
    assert read(set="无") == {"set": frozenset()}
    assert read(area="667/300 公顷", bare="-1/3") == {"area": Fraction(667, 300), "bare": Fraction(-1, 3)}
    assert read(area="0." + "1" * 50 + " 公顷") == {"area": Fraction("0." + "1" * 50)}
    for wrong in ("667/0 公顷", "1e3 公顷", "1/2/3 公顷", "1" * 40 + " 公顷"):
        with pytest.raises(ValueError):
            read(area=wrong)
    assert read(area="5 亩") == {"area": Fraction(1, 3)}  # not the echo's own unit: read as a person's
