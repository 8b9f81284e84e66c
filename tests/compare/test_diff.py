"""Two rulebooks side by side: what changed in words, and what it does to projects. Real folders, a real git repository."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from planner import Planner, Project
from planner.compare.effects import coming_days, compare_plans
from planner.compare.words import compare_files
from planner.diagnostics import DiagnosticError
from planner.project import load_projects

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "tests" / "rulebook" / "good"
DAY = date(2026, 11, 24)
SOIL = "national/approvals/soil_plan.yaml"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "old")
    return tmp_path / "old" / "city"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "new")
    return tmp_path / "new" / "city"


def edit(top: Path, file: str, find: str, replace: str) -> None:
    path = top.parent / file
    text = path.read_text("utf-8")
    assert find in text
    path.write_text(text.replace(find, replace, 1), "utf-8")


def said(old: Path, new: Path) -> list[tuple[str, str, str | None, str | None]]:
    return [(f.file, " ".join(c.path), c.before, c.after) for f in compare_files(old, new) for c in f.changes]


# -- in words ----------------------------------------------------------------------------------------------------------


def test_nothing_changed(old: Path, new: Path) -> None:
    assert compare_files(old, new) == ()


def test_layout_is_no_change(old: Path, new: Path) -> None:
    edit(new, SOIL, "名称: 水土方案审批", "名称: '水土方案审批'   # 说明")
    assert compare_files(old, new) == ()


def test_a_threshold(old: Path, new: Path) -> None:
    edit(new, SOIL, "占地面积: ≥ 5 公顷", "占地面积: ≥ 4 公顷")
    where = "适用“易发区内达到规模”（2023-03-01 起） 当 任一 占地面积"
    assert said(old, new) == [(SOIL, where, "≥ 5 公顷", "≥ 4 公顷")]


def test_a_limit_is_changed_and_not_another_one(old: Path, new: Path) -> None:
    edit(new, "national/approvals/build_permit.yaml", "期限: 7 日", "期限: 5 日")
    assert said(old, new) == [("national/approvals/build_permit.yaml", "法定时限 期限", "7 日", "5 日")]


def test_versions_of_one_rule_are_told_apart_by_their_day(old: Path, new: Path) -> None:
    edit(new, SOIL, "失效: 2026-01-01", "失效: 2026-03-01")
    edit(new, SOIL, "    生效: 2026-01-01", "    生效: 2026-03-01")
    found = {(where, before, after) for _, where, before, after in said(old, new)}
    assert found == {
        ("适用“道路” 失效", "2026-01-01", "2026-03-01"),
        ("适用“道路”（2026-03-01 起） 生效", "2026-01-01", "2026-03-01"),
    }


def test_a_table_row_that_moved_is_no_change_and_one_that_changed_is(old: Path, new: Path) -> None:
    path = new.parent / "national/tables/eia_class.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, *reversed(rows)]) + "\n", "utf-8")
    assert compare_files(old, new) == ()
    path.write_text(path.read_text("utf-8").replace("1-甲,C31,≥ 10 公顷", "1-甲,C31,≥ 8 公顷"), "utf-8")
    assert said(old, new) == [("national/tables/eia_class.csv", "行“1-甲” 占地面积", "≥ 10 公顷", "≥ 8 公顷")]


def test_files_that_come_and_go_and_one_that_broke(old: Path, new: Path) -> None:
    (new.parent / SOIL).rename(new.parent / "national/approvals/soil_scheme.yaml")
    (new / "departments.yaml").write_text("部门: [", "utf-8")
    states = {f.file: f.state for f in compare_files(old, new)}
    assert states == {"city/departments.yaml": "读不懂", SOIL: "删去", "national/approvals/soil_scheme.yaml": "新增"}


# -- on projects -------------------------------------------------------------------------------------------------------

SITE = Project(
    name="北山库房",
    工程类型="住宅",
    水土易发区="是",
    占地面积="4.5 公顷",
    层数="3 层",
    备案日期="2020-01-01",
    行业="C310",
    敏感区="无",
)


def test_an_approval_comes_with_its_reason_and_days(old: Path, new: Path) -> None:
    edit(new, SOIL, "占地面积: ≥ 5 公顷", "占地面积: ≥ 4 公顷")
    (change,) = compare_plans(Planner.from_files(old), Planner.from_files(new), [SITE], [DAY])
    (item,) = change.items
    assert (item.code, item.kind) == ("soil_plan", "新增")
    assert any("易发区内达到规模" in what for what in item.what)
    (back,) = compare_plans(Planner.from_files(new), Planner.from_files(old), [SITE], [DAY])
    assert [(i.code, i.kind) for i in back.items] == [("soil_plan", "不再要办")]


def test_days_won_are_the_two_plans_difference(old: Path, new: Path) -> None:
    edit(new, "national/approvals/eia_review.yaml", "期限: 30 日", "期限: 10 日")
    before, after = Planner.from_files(old), Planner.from_files(new)
    (change,) = compare_plans(before, after, [SITE], [DAY])
    first, second = (p.plan(SITE, as_of=DAY).totals.working_days_promised for p in (before, after))
    assert change.days == (first, second)
    assert second < first
    assert ("eia_review", "改变") in {(i.code, i.kind) for i in change.items}
    assert any("法定时限 30 日 → 10 日" in what for i in change.items for what in i.what)


def test_a_change_of_next_year_is_compared_on_its_day(old: Path, new: Path) -> None:
    edit(new, SOIL, "    生效: 2023-03-01", "    生效: 2023-03-01\n    失效: 2027-03-01")
    before, after = Planner.from_files(old), Planner.from_files(new)
    days = coming_days(before.rulebook, after.rulebook, DAY)
    assert days == (date(2027, 3, 1),)
    big = SITE.model_copy(update={"facts": {**SITE.facts, "占地面积": "9 公顷"}})
    today, then = compare_plans(before, after, [big], [DAY, *days])
    assert not today.changed
    assert [(i.code, i.kind) for i in then.items] == [("soil_plan", "不再要办")]


def test_a_project_one_rulebook_refuses_is_not_called_unchanged(old: Path, new: Path) -> None:
    odd = SITE.model_copy(update={"facts": {**SITE.facts, "没有的事实": "是"}})
    (change,) = compare_plans(Planner.from_files(old), Planner.from_files(new), [odd], [DAY])
    assert change.changed
    assert change.refused[0].code == "P601"


# -- the command -------------------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "HOME": str(folder),
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "planner.cli", "diff", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=120)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A city's repository with one commit, and an edit not committed."""
    shutil.copytree(SAMPLE, tmp_path / "office" / "rules")
    office = tmp_path / "office"
    (office / "projects.yaml").write_text(
        "项目:\n  - {名称: 甲, 工程类型: 住宅, 水土易发区: 是, 占地面积: 4.5 公顷, 层数: 3 层, 备案日期: 2020-01-01}\n  - {名称: 乙, 工程类型: 道路}\n",
        "utf-8",
    )
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "初稿"]):
        subprocess.run(["git", *command], cwd=office, check=True, capture_output=True)
    edit(office / "rules" / "city", SOIL, "占地面积: ≥ 5 公顷", "占地面积: ≥ 4 公顷")
    return office


def test_a_revision_against_the_folder(repository: Path) -> None:
    found = run(repository, "HEAD", "rules/city", "--rules", "rules/city", "--projects", "projects.yaml", "--as-of", "2026-11-24")
    assert (found.returncode, found.stderr) == (0, "")
    for words in (
        "适用“易发区内达到规模”（2023-03-01 起） 当 任一 占地面积：≥ 5 公顷 → ≥ 4 公顷",
        "2 个项目，1 个有变化",
        "+ 水土方案审批（soil_plan）",
    ):
        assert words in found.stdout


def test_a_revision_with_its_folder_and_json(repository: Path) -> None:
    found = run(
        repository, "HEAD:rules/city", "rules/city", "--format", "json", "--projects", "projects.yaml", "--as-of", "2026-11-24"
    )
    said_ = json.loads(found.stdout)
    assert [f["file"] for f in said_["files"]] == [SOIL]
    assert [(p["project"], [i["code"] for i in p["items"]]) for p in said_["projects"]] == [("甲", ["soil_plan"])]


@pytest.mark.parametrize("old", ["没有", "HEAD~9", "--upload-pack=x", "HEAD:nowhere/city"])
def test_what_is_no_rulebook_is_named(repository: Path, old: str) -> None:
    found = run(repository, "--rules", "rules/city", "--", old, "rules/city")
    assert found.returncode == 2
    assert "F001" in found.stderr
    assert "Traceback" not in found.stderr


def test_mistakes_of_both_rulebooks_and_the_projects_come_together(repository: Path) -> None:
    edit(repository / "rules" / "city", "national/approvals/fire_check.yaml", "特殊工程: 是", "特殊的工程: 是")
    (repository / "projects.yaml").write_text("项目:\n  - 甲\n", "utf-8")
    found = run(repository, "HEAD:rules/city", "rules/city", "--projects", "projects.yaml")
    assert found.returncode == 2
    assert "fire_check.yaml" in found.stderr
    assert "projects.yaml:2" in found.stderr


# -- several projects --------------------------------------------------------------------------------------------------


def test_a_list_keeps_the_place_of_every_project(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("项目:\n  - 名称: 甲\n    层数: 3\n  - 名称: 乙\n    层数: 4\n", "utf-8")
    (first, _), (second, places) = load_projects(path)
    assert (first.name, second.name) == ("甲", "乙")
    assert places.of(("层数",)) == (5, 9)


def test_every_bad_file_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("名称: [", "utf-8")
    (tmp_path / "b.json").write_text("[]", "utf-8")
    (tmp_path / "c.yaml").write_text("名称: 好的", "utf-8")
    with pytest.raises(DiagnosticError) as caught:
        load_projects(tmp_path)
    assert {Path(d.file).name for d in caught.value.diagnostics} == {"a.yaml", "b.json"}


# -- rules that are not one approval's ---------------------------------------------------------------------------------

CLOCKS, LANES, ROUTES = (f"national/{name}.yaml" for name in ("clocks", "lanes", "routes"))


def test_general_rules_are_named_as_officers_know_them(old: Path, new: Path) -> None:
    edit(new, CLOCKS, "最多: 120 工作日", "最多: 100 工作日")
    edit(new, CLOCKS, "期限: 10 工作日", "期限: 8 工作日")
    edit(new, ROUTES, "当: {敏感区: 基本农田}", "当: {敏感区: 二类}")
    assert said(old, new) == [
        (CLOCKS, "时限总则“送达” 期限", "10 工作日", "8 工作日"),
        (CLOCKS, "总时限“开工前的总时限” 最多", "120 工作日", "100 工作日"),
        (ROUTES, "路线总则“告知承诺的共同规定” 排除“占用基本农田” 当 敏感区", "基本农田", "二类"),
    ]


def test_routes_of_one_kind_for_two_approvals_are_told_apart(old: Path, new: Path) -> None:
    """The route that comes stands first, so that the order cannot tell them."""
    edit(new, LANES, "    路线:\n", "    路线:\n      - {事项: soil_plan, 方式: 告知承诺, 承诺内容: [照图施工]}\n")
    edit(new, LANES, "当: {水土易发区: 否}", "当: {水土易发区: 是}")
    where = "快办通道“小型工程快办” 路线"
    assert said(old, new) == [
        (LANES, f"{where}“build_permit 告知承诺” 当 水土易发区", "否", "是"),
        (LANES, f"{where}“soil_plan 告知承诺”", None, "事项：soil_plan、方式：告知承诺、承诺内容：照图施工"),
    ]


HOUSE = Project(name="甲", 工程类型="住宅", 占地面积="0.5 公顷", 水土易发区="否", 层数="20 层", 敏感区="无")


def whole_of(old: Path, new: Path) -> tuple[str, ...]:
    (change,) = compare_plans(Planner.from_files(old), Planner.from_files(new), [HOUSE], [DAY])
    assert change.changed
    return change.whole


def test_a_lane_that_opens_is_told_of_the_projects_that_fit(old: Path, new: Path) -> None:
    edit(old, "city/lanes.yaml", "开放: 是", "开放: 否")
    assert whole_of(old, new) == ("快办通道“小型工程快办”：没有开放，项目合乎条件 → 已经开放，项目合乎条件",)
    (change,) = compare_plans(Planner.from_files(old), Planner.from_files(new), [HOUSE], [DAY])
    (permit,) = [item for item in change.items if item.code == "build_permit"]
    assert any("可走的路线" in what for what in permit.what)


def test_caps_joint_procedures_and_clocks_are_told(old: Path, new: Path) -> None:
    edit(new, CLOCKS, "最多: 120 工作日", "最多: 3 工作日")
    edit(new, CLOCKS, "期限: 10 工作日", "期限: 8 工作日")
    edit(new, "national/joint.yaml", "期限: 15 工作日", "期限: 9 工作日")
    assert whole_of(old, new) == (
        "联合办理“联合审查”：2 项，由市住建局牵头，15 工作日 → 2 项，由市住建局牵头，9 工作日",
        "总时限“开工前的总时限”：最多 120 工作日，不超过 → 最多 3 工作日，超过",
    )
    (change,) = compare_plans(Planner.from_files(old), Planner.from_files(new), [HOUSE], [DAY])
    assert all("送达 10 工作日 → 8 工作日" in item.what for item in change.items)
