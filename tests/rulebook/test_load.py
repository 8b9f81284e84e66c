"""The sample rulebook of three layers, loaded: what each layer adds, what is in force when, and what its digest depends on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from planner.calendar import CalendarDays, WorkingDays
from planner.diagnostics import DiagnosticError, Severity
from planner.rulebook.compile import ApprovalInForce, InForce
from planner.rulebook.grammar import Group, Leaf, Negation, facts_read
from planner.rulebook.load import load_rulebook
from planner.rulebook.rulebook import Rulebook

GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(GOOD / "city")[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "rules")
    return tmp_path / "rules"


def approval(law: InForce, code: str) -> ApprovalInForce:
    return next(a for a in law.approvals if a.model.code == code)


# -- layers ----------------------------------------------------------------------------------------------------------------


def test_layers_stand_from_the_ground_up(book: Rulebook) -> None:
    assert [(layer.name, layer.title, layer.jurisdiction) for layer in book.layers] == [
        ("national", "国家层（样例）", ""),
        ("province", "某省层（样例）", "某省"),
        ("city", "某市规则库（样例）", "某市"),
    ]
    assert book.title == "某市规则库（样例）"
    assert book.layers[0].missing == ("文物调查",)


def test_the_sample_has_no_warnings() -> None:
    assert load_rulebook(GOOD / "city")[1] == ()


def test_every_layer_may_bring_its_own(book: Rulebook) -> None:
    assert {code: loaded.layer for code, loaded in book.approvals.items()} == {
        "eia_review": "national",
        "build_permit": "national",
        "fire_check": "national",
        "soil_plan": "national",
        "tree_permit": "city",
    }
    assert [notice.model.code for notice in book.notices] == ["farmland"]
    assert [one.counter for one in book.departments["住建"]] == ["3 号"]
    assert book.laws["旧环评法"].replaced_by == "环境法典"


def test_approvals_stand_in_the_order_of_their_stages(book: Rulebook) -> None:
    assert list(book.approvals) == ["eia_review", "build_permit", "fire_check", "soil_plan", "tree_permit"]


def test_overlays_adjust_and_never_replace(book: Rulebook) -> None:
    law = book.at(date(2026, 3, 1))
    permit = approval(law, "build_permit")
    assert [rule.item.term for rule in permit.limits] == [CalendarDays(7)]
    assert [rule.item.term for rule in permit.promises] == [WorkingDays(3)]
    assert [(rule.item.approval, rule.item.gate, rule.layer) for rule in permit.softer] == [("eia_review", "办结", "city")]
    assert [(rule.item.material, rule.item.within) for rule in permit.later] == [("资金承诺书", WorkingDays(5))]
    assert [(rule.item.way, rule.layer, rule.item.replaces) for rule in permit.routes] == [
        ("告知承诺", "city", ()),
        ("告知承诺", "city", ("资金承诺书",)),  # of the lane that the city opens
    ]
    assert permit.department is not None
    assert permit.department.item.bureau == "市住建局"
    check = approval(law, "fire_check")
    assert [(rule.item.term, rule.layer) for rule in check.promises] == [(WorkingDays(12), "province")]
    assert check.conditions == ("图纸已通过审查",)


def test_the_nearest_promise_is_the_published_one(copy: Path) -> None:
    overlay = "代码: fire_check\n职能: 水利\n承诺时限:\n  - 期限: 9 工作日\n受理条件: [市里另有要求]\n"
    (copy / "city/approvals/fire_check.yaml").write_text(overlay, encoding="utf-8")
    check = approval(load_rulebook(copy / "city")[0].at(date(2026, 3, 1)), "fire_check")
    assert [rule.item.term for rule in check.promises] == [WorkingDays(9)]
    assert check.conditions == ("图纸已通过审查", "市里另有要求")
    assert (check.function, check.department and check.department.item.bureau) == ("水利", "市水利局")


def test_a_lower_layer_is_a_rulebook_too(copy: Path) -> None:
    shutil.copy(copy / "city/departments.yaml", copy / "national/departments.yaml")
    national, warnings = load_rulebook(copy / "national")
    assert warnings == ()
    assert list(national.approvals) == ["eia_review", "build_permit", "fire_check", "soil_plan"]


def test_long_lists_may_be_kept_by_theme(copy: Path, book: Rulebook) -> None:
    (copy / "national/vocabulary").mkdir()
    (copy / "national/vocabulary.yaml").rename(copy / "national/vocabulary/土地.yaml")
    again = load_rulebook(copy / "city")[0]
    assert list(again.vocabulary.facts) == list(book.vocabulary.facts)
    assert again.digest != book.digest


# -- conditions and places ---------------------------------------------------------------------------------------------------


def test_conditions_are_read_as_they_nest(book: Rulebook) -> None:
    soil = book.approvals["soil_plan"]
    first = soil.conditions["适用/0"]
    assert isinstance(first, Group)
    assert first.op == "all"
    prone, any_of = first.parts
    assert isinstance(prone, Leaf)
    assert (prone.fact, prone.text) == ("erosion_prone", "是")
    assert isinstance(any_of, Group)
    assert (any_of.op, len(any_of.parts)) == ("any", 2)
    third = soil.conditions["适用/2"]
    assert isinstance(third, Group)
    assert isinstance(third.parts[1], Negation)
    assert facts_read(third) == {"works_kind", "sensitive"}
    assert soil.conditions["卡住/0"] == Group("all", ())


def test_reasons_name_file_and_line(book: Rulebook) -> None:
    law = book.at(date(2026, 3, 1))
    soil = approval(law, "soil_plan")
    text = (GOOD / "national/approvals/soil_plan.yaml").read_text(encoding="utf-8").split("\n")
    for rule in (*soil.applies, *soil.exceptions):
        assert rule.source.file == "national/approvals/soil_plan.yaml"
        assert rule.item.name in text[rule.source.line - 1]
    rows = (GOOD / "national/tables/eia_class.csv").read_text(encoding="utf-8").split("\n")
    for row in law.compiled.tables["eia_class"].rows:
        assert row.source.file == "national/tables/eia_class.csv"
        assert rows[row.source.line - 1].startswith(row.id.removeprefix("eia_class#"))


def test_table_rows_keep_their_basis(book: Rulebook) -> None:
    first, second, third = book.tables["eia_class"].rows
    assert [(basis.document, basis.article) for basis in first.basis] == [("环境法典", "第一条")]
    assert (first.outcome, second.outcome) == ("report", "form")
    assert second.note == "规模小的，填表"
    assert third.effective == date(2025, 1, 1)
    assert isinstance(third.when, Group)


# -- dates -------------------------------------------------------------------------------------------------------------------


def road_rules(law: InForce) -> list[date | None]:
    return [rule.item.effective for rule in approval(law, "soil_plan").applies if rule.item.name == "道路"]


CHANGES: list[tuple[str, date, Callable[[InForce], object], object, object]] = [
    ("a rule's two versions", date(2026, 1, 1), road_rules, [None], [date(2026, 1, 1)]),
    ("a promise", date(2026, 7, 1), lambda law: [r.item.term.n for r in approval(law, "build_permit").promises], [3], [2]),
    (
        "the law behind a rule",
        date(2026, 8, 15),
        lambda law: [c.document for r in approval(law, "eia_review").applies for c in r.basis],
        ["旧环评法"],
        ["环境法典"],
    ),
    ("a table row", date(2025, 1, 1), lambda law: len(law.compiled.tables["eia_class"].rows), 2, 3),
    ("a rule that begins", date(2023, 3, 1), lambda law: len(approval(law, "soil_plan").applies), 1, 2),
]


@pytest.mark.parametrize(("day", "look", "before", "after"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_both_sides_of_a_change(
    book: Rulebook, day: date, look: Callable[[InForce], object], before: object, after: object
) -> None:
    assert look(book.at(day - timedelta(days=1))) == before
    assert look(book.at(day)) == after
    assert day in book.changes


def test_changes_are_in_order_and_complete(book: Rulebook) -> None:
    assert book.changes == tuple(sorted(set(book.changes)))
    assert book.changes[0] == date(2003, 9, 1)
    assert book.changes[-1] == date(2026, 8, 15)


def test_every_day_of_a_period_has_equal_law(book: Rulebook) -> None:
    first, later = book.at(date(2026, 8, 15)), book.at(date(2030, 1, 1))
    assert first is later
    assert first.since == date(2026, 8, 15)
    assert book.at(date(2026, 8, 14)).since == date(2026, 7, 1)
    assert book.at(date(1990, 1, 1)).since == date.min


def test_before_everything_and_after(book: Rulebook) -> None:
    assert approval(book.at(date.min), "soil_plan").applies[0].item.name == "道路"
    assert approval(book.at(date.max), "soil_plan").applies[0].item.name == "易发区内达到规模"


# -- digest ------------------------------------------------------------------------------------------------------------------


def test_digest_does_not_depend_on_where_the_rulebook_lies(book: Rulebook, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    assert load_rulebook("city")[0].digest == book.digest


@pytest.mark.parametrize("file", ["city/rulebook.yaml", "national/tables/eia_class.csv", "national/laws.yaml"])
def test_digest_changes_with_any_byte_of_any_layer(book: Rulebook, copy: Path, file: str) -> None:
    with (copy / file).open("ab") as appended:
        appended.write(b"\n")
    assert load_rulebook(copy / "city")[0].digest != book.digest


def test_digest_changes_with_a_file_name(book: Rulebook, copy: Path) -> None:
    (copy / "province/notices").mkdir()
    (copy / "province/notices.yaml").rename(copy / "province/notices/a.yaml")
    assert load_rulebook(copy / "city")[0].digest != book.digest


def test_compiled_law_is_the_same_in_every_process() -> None:
    program = (
        "import sys; from datetime import date; from planner.rulebook.load import load_rulebook\n"
        "law = load_rulebook(sys.argv[1])[0].at(date(2026, 9, 1))\n"
        "print(law.compiled.digest, sorted(law.compiled.conditions), sorted(law.compiled.formulas))"
    )
    root = Path(__file__).resolve().parents[2]
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(GOOD / "city")],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


# -- as policy staff save files ------------------------------------------------------------------------------------------------

SAVED: dict[str, Callable[[str], bytes]] = {
    "GB18030": lambda text: text.encode("gb18030"),
    "UTF-8 with BOM": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac line ends": lambda text: text.replace("\n", "\r").encode(),
    "no newline at the end": lambda text: text.rstrip("\n").encode(),
    "GB18030 with CRLF": lambda text: text.replace("\n", "\r\n").encode("gb18030"),
}
FILES = ["national/approvals/soil_plan.yaml", "national/tables/eia_class.csv", "national/vocabulary.yaml", "city/rulebook.yaml"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("way", SAVED)
def test_a_file_reads_the_same_however_it_was_saved(book: Rulebook, copy: Path, file: str, way: str) -> None:
    (copy / file).write_bytes(SAVED[way]((copy / file).read_text(encoding="utf-8")))
    again, warnings = load_rulebook(copy / "city")
    assert warnings == ()
    assert (again.approvals, again.tables, again.laws, again.title) == (book.approvals, book.tables, book.laws, book.title)
    assert [replace(fact, file="") for fact in again.vocabulary.facts.values()] == [
        replace(fact, file="") for fact in book.vocabulary.facts.values()
    ]


def test_spreadsheets_in_other_countries_use_semicolons_and_tabs(book: Rulebook, copy: Path) -> None:
    path = copy / "national/tables/eia_class.csv"
    rows = path.read_text(encoding="utf-8").replace('"C30,C32"', "C30，C32").replace('"规模小的，填表"', "规模小的，填表")
    for separator in ";\t":
        path.write_text(rows.replace(",", separator), encoding="utf-8")
        assert [row.outcome for row in load_rulebook(copy / "city")[0].tables["eia_class"].rows] == ["report", "form", "report"]


def test_blank_lines_and_trailing_cells_of_a_spreadsheet_do_not_matter(book: Rulebook, copy: Path) -> None:
    path = copy / "national/tables/eia_class.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    padded = "\n".join(line + ",," for line in lines[:2]) + "\n,,,,,,,,,\n\n" + "\n".join(line + ",," for line in lines[2:]) + "\n"
    path.write_text(padded, encoding="utf-8")
    again = load_rulebook(copy / "city")[0].tables["eia_class"]
    assert [(row.id, row.when, row.outcome) for row in again.rows] == [
        (row.id, row.when, row.outcome) for row in book.tables["eia_class"].rows
    ]


# -- warnings ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "fix"),
    [
        ("city/approvals/旧/soil_plan.yaml", "approvals/"),
        ("city/approval/soil_plan.yaml", "approvals"),
        ("city/vocabulary.yml", ".yaml"),
        ("city/tabels/x.csv", "tables"),
        ("city/departmnets.yaml", "departments"),
    ],
)
def test_a_file_nobody_reads_is_pointed_out(copy: Path, file: str, fix: str) -> None:
    path = copy / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("代码: soil_plan\n", encoding="utf-8")
    (warning,) = load_rulebook(copy / "city")[1]
    assert (warning.code, warning.severity) == ("F010", Severity.WARNING)
    assert warning.file.endswith(file)
    assert fix in warning.help


@pytest.mark.parametrize("file", ["city/supervision.yaml", "city/calendar/2027.yaml", "city/features/样例.yaml", "city/readme.csv"])
def test_other_files_of_a_rulebook_are_nobodys_mistake(copy: Path, file: str) -> None:
    (copy / file).parent.mkdir(parents=True, exist_ok=True)
    (copy / file).write_text("a: 1\n", encoding="utf-8")
    assert load_rulebook(copy / "city")[1] == ()


@pytest.mark.parametrize(
    ("promise", "limit", "warned"),
    [("4 工作日", "5 日", True), ("3 工作日", "5 日", False), ("3 日", "3 工作日", False), ("7 日", "6 工作日", False)],
)
def test_a_promise_in_another_unit_that_may_run_longer_is_a_warning(copy: Path, promise: str, limit: str, warned: bool) -> None:
    permit, overlay = copy / "national/approvals/build_permit.yaml", copy / "city/approvals/build_permit.yaml"
    permit.write_text(permit.read_text(encoding="utf-8").replace("7 日", limit), encoding="utf-8")
    kept = overlay.read_text(encoding="utf-8").replace("期限: 3 工作日", "期限: 当场")
    overlay.write_text(kept.replace("期限: 2 工作日", f"期限: {promise}"), encoding="utf-8")
    assert [w.code for w in load_rulebook(copy / "city")[1]] == ["R309"] * warned


def test_a_listed_approval_without_a_file_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "layer"
    (folder / "approvals").mkdir(parents=True)
    (folder / "rulebook.yaml").write_text("名称: 一层\n事项: [gone]\n", encoding="utf-8")
    with pytest.raises(DiagnosticError) as refused:
        load_rulebook(folder)
    found = [(d.code, d.line) for d in refused.value.diagnostics]
    assert ("R322", 2) in found
    assert len(found) == 2  # and: no approvals at all


def test_the_shipped_rulebook_lists_every_approval_it_holds() -> None:
    book, _ = load_rulebook(Path(__file__).resolve().parents[2] / "rules" / "anshan")
    for layer in ("national", "liaoning"):
        path = Path(__file__).resolve().parents[2] / "rules" / layer / "rulebook.yaml"
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))["事项"]
        assert sorted(listed) == sorted(code for code, a in book.approvals.items() if a.layer == layer)


def test_lock_and_scratch_files_of_office_programs_are_left_alone(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(Path(__file__).parent / "good", rules)
    before, _ = load_rulebook(rules / "city")
    for name in ("approvals/~$x.yaml", "approvals/.x.yaml", "tables/~$x.csv", "tables/.~x.yaml", "~$vocabulary.yaml"):
        path = rules / "national" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x05lock\x00")
    after, warnings = load_rulebook(rules / "city")
    assert warnings == ()
    assert after.digest == before.digest


# -- choices between two readings ------------------------------------------------------------------------------------------


@pytest.fixture
def open_gate(copy: Path) -> Path:
    """The sample with one gate that the law leaves open: its own reading is 办结."""
    path = copy / "national/approvals/build_permit.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    卡点: 办结", "    卡点: 办结\n    两读: 是"), encoding="utf-8")
    return copy


def say(folder: Path, layer: str, key: str, gate: str) -> None:
    path = folder / layer / "approvals/build_permit.yaml"
    before = path.read_text(encoding="utf-8") if path.exists() else "代码: build_permit\n"
    path.write_text(f"{before}{key}: [{{事项: fire_check, 卡点: {gate}}}]\n", encoding="utf-8")


def test_a_choice_stands_against_what_lower_layers_softened(open_gate: Path) -> None:
    say(open_gate, "province", "卡点放宽", "办结")
    say(open_gate, "city", "卡点选定", "受理")
    permit = approval(load_rulebook(open_gate / "city")[0].at(date(2026, 3, 1)), "build_permit")
    assert [(rule.item.approval, rule.layer) for rule in permit.softer] == [("eia_review", "city")]
    assert [(rule.item.gate, rule.layer) for rule in permit.chosen] == [("受理", "city")]


def test_the_nearest_choice_counts(open_gate: Path) -> None:
    say(open_gate, "province", "卡点选定", "受理")
    say(open_gate, "city", "卡点选定", "办结")
    permit = approval(load_rulebook(open_gate / "city")[0].at(date(2026, 3, 1)), "build_permit")
    assert [(rule.item.gate, rule.layer) for rule in permit.chosen] == [("办结", "city")]


def test_a_choice_below_may_not_be_hardened_by_softening(open_gate: Path) -> None:
    say(open_gate, "province", "卡点选定", "办结")
    overlay = open_gate / "city/approvals/build_permit.yaml"
    text = overlay.read_text(encoding="utf-8").replace("卡点放宽:", "卡点放宽:\n  - {事项: fire_check, 卡点: 受理}")
    overlay.write_text(text, encoding="utf-8")
    with pytest.raises(DiagnosticError) as caught:
        load_rulebook(open_gate / "city")
    assert [(d.code, "province/approvals/build_permit.yaml" in d.message) for d in caught.value.diagnostics] == [("R316", True)]


# -- parameters --------------------------------------------------------------------------------------------------------


def test_a_parameter_that_nothing_uses_is_pointed_out(copy: Path) -> None:
    text = "参数:\n  - {代码: idle, 名称: 没用的, 单位: 亩, 值: 30}\n  - {代码: used, 名称: 有用的, 用于: [soil_plan]}\n"
    (copy / "national/parameters.yaml").write_text(text, encoding="utf-8")
    (warning,) = load_rulebook(copy / "city")[1]
    assert (warning.code, warning.severity, warning.line) == ("R323", Severity.WARNING, 2)
    assert "没用的" in warning.message


def test_parameters_may_be_kept_by_theme_and_given_from_above(copy: Path) -> None:
    (copy / "national/parameters").mkdir()
    text = "参数: [{代码: small, 名称: 小型限额, 单位: 公顷, 用于: [soil_plan], 说明: 没有查到}]\n"
    (copy / "national/parameters/土地.yaml").write_text(text, encoding="utf-8")
    (copy / "city/parameters.yaml").write_text("参数: [{代码: small, 值: 30 亩, 生效: 2026-01-01}]\n", encoding="utf-8")
    book, warnings = load_rulebook(copy / "city")
    small = book.parameters["small"]
    assert warnings == ()
    assert (small.name, small.unit, small.uses) == ("小型限额", "公顷", ("soil_plan",))
    versions = [small.on(day) for day in (date(2025, 12, 31), date(2026, 1, 1))]
    assert [(v.layer, v.value) for v in versions if v is not None] == [("national", None), ("city", "30 亩")]
    assert date(2026, 1, 1) in book.changes
    assert [one.code for one in book.at(date(2025, 12, 31)).parameters.values()] == ["small"]
    assert book.at(date(2026, 1, 1)).parameters == {}


def test_an_interval_waits_for_the_value_to_be_called_empty(copy: Path) -> None:
    text = "参数: [{代码: small, 名称: 小型限额, 单位: 公顷}]\n"
    (copy / "national/parameters.yaml").write_text(text, encoding="utf-8")
    path = copy / "national/approvals/soil_plan.yaml"
    rule = path.read_text(encoding="utf-8").replace("占地面积: ≥ 5 公顷", '占地面积: "[3..参数 小型限额) 公顷"')
    path.write_text(rule, encoding="utf-8")
    book = load_rulebook(copy / "city")[0]
    assert list(book.at(date(2026, 3, 1)).parameters) == ["parameter:small"]


# -- teams, departments ------------------------------------------------------------------------------------------------


CLASS = "事实: [{代码: class, 名称: 项目类别, 类型: 单选, 取值: [{代码: social, 名称: 社会类}]}]\n"


def test_the_nearest_team_for_a_class_goes_first(copy: Path) -> None:
    (copy / "national/vocabulary").mkdir()
    (copy / "national/vocabulary/class.yaml").write_text(CLASS, encoding="utf-8")
    for layer, code in (("province", "far"), ("city", "near")):
        text = f"专班: [{{代码: {code}, 名称: {code}, 项目类别: [社会类]}}]\n"
        (copy / layer / "teams.yaml").write_text(text, encoding="utf-8")
    law = load_rulebook(copy / "city")[0].at(date(2026, 3, 1))
    assert [team.code for team in law.teams] == ["near", "far"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "city/departments.yaml",
            "部门: [{职能: 水利, 机关: 甲, 失效: 2031-05-01}, {职能: 环保, 机关: 乙}, {职能: 住建, 机关: 丙}]\n",
        ),
        ("city/teams.yaml", "专班: [{代码: t, 名称: 组, 项目类别: [社会类], 生效: 2031-05-01}]\n"),
        ("city/parameters.yaml", "参数: [{代码: p, 名称: 数, 值: 1, 用于: [soil_plan], 生效: 2031-05-01}]\n"),
        ("city/approvals/soil_plan.yaml", "代码: soil_plan\n办理方式: {网上申报: 是, 生效: 2031-05-01}\n"),
        ("city/routes.yaml", "路线总则: [{代码: own, 名称: 甲, 方式: 预审, 失效: 2031-05-01}]\n"),
        ("city/routes.yaml", "路线总则: [{代码: own, 名称: 甲, 方式: 预审, 排除: [{名称: 乙, 生效: 2031-05-01}]}]\n"),
        (
            "city/lanes.yaml",
            "快办通道: [{代码: own, 名称: 甲, 当: 一律, 路线: [{事项: soil_plan, 方式: 告知承诺, 生效: 2031-05-01}]}]\n",
        ),
        ("city/joint.yaml", "联合办理: [{代码: own, 名称: 甲, 牵头: 住建, 事项: [soil_plan, eia_review], 生效: 2031-05-01}]\n"),
        ("city/clocks.yaml", "总时限: [{代码: own, 名称: 甲, 到: 办完, 最多: 90 工作日, 失效: 2031-05-01}]\n"),
        ("city/approvals/fire_check.yaml", "代码: fire_check\n卡点选定: [{事项: soil_plan, 卡点: 受理, 生效: 2031-05-01}]\n"),
    ],
)
def test_what_begins_or_ends_is_a_change_of_law(copy: Path, file: str, text: str) -> None:
    (copy / "national/vocabulary").mkdir()
    (copy / "national/vocabulary/class.yaml").write_text(CLASS, encoding="utf-8")
    check = copy / "national/approvals/fire_check.yaml"
    either = "  - {事项: soil_plan, 卡点: 办结, 两读: 是, 依据: [{文件: 消防法}]}"
    check.write_text(check.read_text(encoding="utf-8").replace("前置:", f"前置:\n{either}"), encoding="utf-8")
    before = load_rulebook(copy / "city")[0].changes
    (copy / file).write_text(text, encoding="utf-8")
    assert set(load_rulebook(copy / "city")[0].changes) - set(before) == {date(2031, 5, 1)}
