"""The page of everything 待核: complete, worst first, and as current as the rules."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.output.unverified import render_unverified
from planner.rulebook.general import KINDS
from planner.rulebook.lists import grounded_lists
from planner.rulebook.load import load_rulebook
from planner.rulebook.models import Approval, Overlay
from planner.rulebook.unverified import GRADE_OF, GRADES, Unverified, unverified

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "tests" / "rulebook" / "good"
TODAY = date(2026, 11, 24)
GENERAL = {"routes.yaml", "lanes.yaml", "joint.yaml", "clocks.yaml"}
PAGE = ROOT / "docs" / "待核.md"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    return tmp_path / "rules"


def listed(office: Path, today: date = TODAY) -> list[Unverified]:
    return unverified(load_rulebook(office / "city")[0], today)


def edit(office: Path, file: str, find: str, replace: str) -> None:
    path = office / file
    text = path.read_text("utf-8")
    assert find in text
    path.write_text(text.replace(find, replace, 1), "utf-8")


def test_checking_a_rule_takes_it_off(office: Path) -> None:
    file = "national/approvals/fire_check.yaml"
    before = [one for one in listed(office) if one.source.file == file and one.grade == 1]
    edit(office, file, "当: {特殊工程: 是}\n", "当: {特殊工程: 是}\n    核验: 已核\n")
    assert len([one for one in listed(office) if one.source.file == file and one.grade == 1]) == len(before) - 1


def test_places_are_those_of_the_files(office: Path) -> None:
    for one in listed(office):
        if one.source.line:
            line = (office / one.source.file).read_text("utf-8").splitlines()[one.source.line - 1]
            assert line.lstrip().startswith("-") or one.source.file.endswith(".csv") or ":" in line


def test_what_is_over_is_left_out_and_what_comes_is_in(office: Path) -> None:
    lines = {one.source.line for one in listed(office) if one.source.file.endswith("soil_plan.yaml") and "道路" in one.what}
    assert len(lines) == 1, "of two versions only the one in force"
    assert len({one.source.line for one in listed(office, date(2025, 1, 1)) if "道路" in one.what}) >= 2


def test_worst_first_and_overdue_before_the_rest_of_its_grade(office: Path) -> None:
    edit(office, "national/approvals/build_permit.yaml", "当: 一律\n", "当: 一律\n    复核: 2026-01-01\n")
    found = listed(office)
    assert [one.grade for one in found] == sorted(one.grade for one in found)
    need = [one for one in found if one.grade == 1]
    assert [one.overdue for one in need] == sorted((one.overdue for one in need), reverse=True)
    assert need[0].overdue
    assert "复核日 2026-01-01 已过" in render_unverified(found, "甲", TODAY)


def test_general_rules_and_their_parts_are_listed_where_they_stand(office: Path) -> None:
    found = {(one.subject, one.what): one for one in listed(office) if one.source.file.rpartition("/")[2] in GENERAL}
    expected = {
        ("告知承诺的共同规定", "路线总则"): (6, "代码: promise"),
        ("告知承诺的共同规定", "排除“占用基本农田”"): (6, "名称: 占用基本农田"),
        ("告知承诺的共同规定", "排除“特殊工程的消防”"): (6, "名称: 特殊工程的消防"),
        ("小型工程快办", "快办通道"): (6, "代码: small_works"),
        ("小型工程快办", "路线“build_permit”"): (6, "事项: build_permit"),
        ("联合审查", "联合办理“15 工作日”"): (5, "代码: joint_review"),
        ("一次告知补正", "时限总则“5 工作日”"): (4, "代码: correction"),
        ("送达", "时限总则“10 工作日”"): (4, "代码: delivery"),
        ("开工前的总时限", "总时限“120 工作日”"): (4, "代码: until_works"),
    }
    assert {key: one.grade for key, one in found.items()} == {key: grade for key, (grade, _) in expected.items()}
    for key, one in found.items():
        line = (office / one.source.file).read_text("utf-8").splitlines()[one.source.line - 1]
        assert expected[key][1] in line


def test_a_part_is_over_with_its_rule(office: Path) -> None:
    edit(office, "national/routes.yaml", "核查期限: 60 日", "核查期限: 60 日\n    失效: 2026-01-01")
    assert not [one for one in listed(office) if one.source.file == "national/routes.yaml"]


def test_every_kind_of_entry_has_a_grade() -> None:
    models = (Approval, Overlay, *(kind.model for kind in KINDS))
    assert {one.key for model in models for one in grounded_lists(model)} | {kind.key for kind in KINDS} == set(GRADE_OF)
    assert set(GRADE_OF.values()) <= set(range(len(GRADES)))


def test_a_remark_with_a_bar_stays_in_its_cell(office: Path) -> None:
    edit(office, "national/approvals/build_permit.yaml", "当: 一律\n", "当: 一律\n    说明: 甲|乙\n")
    (row,) = [line for line in render_unverified(listed(office), "甲", TODAY).splitlines() if "甲\\|乙" in line]
    assert len(re.split(r"(?<!\\)\|", row)) == 7


def _entries(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if "核验" in data or "依据" in data:
            yield data
        for value in data.values():
            yield from _entries(value)
    elif isinstance(data, list):
        for value in data:
            yield from _entries(value)


def test_no_unchecked_entry_of_the_shipped_approvals_is_forgotten() -> None:
    """Counted from the files themselves, without the loader."""
    book, _ = load_rulebook()
    page = render_unverified(unverified(book, TODAY), book.title, TODAY)
    for path in sorted((ROOT / "rules" / "national" / "approvals").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        keys = ("适用", "例外", "前置", "卡住", "法定时限", "改由", "材料", "路线", "有效期")
        entries = [e for key in keys for e in data.get(key, ()) if e.get("核验", "待核") == "待核"]
        current = [e for e in entries if e.get("失效") is None or str(e["失效"]) > TODAY.isoformat()]
        assert page.count(f"`national/approvals/{path.name}:") == len(current), path.name


def test_the_page_is_current() -> None:
    """After an edit of the rules: `make docs`."""
    page = PAGE.read_text("utf-8")
    day = re.search(r"按 (\d{4}-\d{2}-\d{2}) 及以后", page)
    assert day is not None
    book, _ = load_rulebook()
    assert page == render_unverified(unverified(book, date.fromisoformat(day[1])), book.title, date.fromisoformat(day[1]))
    assert all(grade in page for grade, _ in GRADES)
