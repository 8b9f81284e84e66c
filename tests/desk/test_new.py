"""`planner new`: a skeleton is refused until it is filled in, each place named; filled in, it plans; nothing is overwritten."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from planner import Planner, Project
from planner.rulebook.skeletons import listed

Run = Callable[..., "subprocess.CompletedProcess[str]"]
DAY = date(2026, 11, 24)


def test_a_new_approval_is_refused_until_filled_in_and_then_plans(office: Path, run: Run) -> None:
    made = run(office, "new", "approval", "tree_transplant", "--layer", "rules/city", "--name", "树木移植审批")
    assert made.returncode == 0
    path = office / "rules/city/approvals/tree_transplant.yaml"
    (office / "project.yaml").write_text("名称: 甲\n工程类型: 道路\n", "utf-8")

    refused = run(office, "plan", "project.yaml", "--rules", "rules/city")
    assert refused.returncode == 2
    blanks = {n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if re.search(r"(职能|当|文件): 待填", line)}
    assert {int(n) for n in re.findall(r"tree_transplant.yaml:(\d+):", refused.stderr)} == blanks

    text = path.read_text("utf-8").replace("职能: 待填", "职能: 住建").replace("当: 待填", "当: {工程类型: 道路}")
    path.write_text(text.replace("文件: 待填, 条款: 待填", "文件: 建筑法, 条款: 第七条"), "utf-8")
    planner = Planner.from_files(office / "rules/city")
    assert planner.plan(Project(name="甲", 工程类型="道路"), as_of=DAY).item("tree_transplant").name == "树木移植审批"
    assert "tree_transplant" not in {i.code for i in planner.plan(Project(name="甲", 工程类型="住宅"), as_of=DAY).items}


def test_its_commented_lines_hold_when_uncommented(office: Path, run: Run) -> None:
    """The comments are what officers will uncomment: every key in them must be one the loader knows."""
    run(office, "new", "approval", "tree_transplant", "--layer", "rules/city", "--name", "树木移植审批")
    path = office / "rules/city/approvals/tree_transplant.yaml"
    text = re.sub(r"^# (?!yaml)", "", path.read_text("utf-8"), flags=re.MULTILINE)
    text = (
        text.replace("    # 生效", "    生效")
        .replace("职能: 待填", "职能: 住建")
        .replace("当: 待填", "当: 一律")
        .replace("{…: …}", "{工程类型: 道路}")
    )
    text = (
        text.replace("事项: ……", "事项: fire_check")
        .replace("来自: ……", "来自: eia_review")
        .replace("文件: 行政许可法", "文件: 建筑法")
    )
    path.write_text(re.sub(r"文件: (待填|……)", "文件: 建筑法", text), "utf-8")
    made = Planner.from_files(office / "rules/city").rulebook.approvals["tree_transplant"].model
    assert made.validity
    assert [(route.way, route.replaces) for route in made.routes] == [("告知承诺", ("……",))]


def test_its_scenarios_are_read(office: Path, run: Run) -> None:
    run(office, "new", "approval", "tree_transplant", "--layer", "rules/city", "--name", "绿地审批二")
    feature = office / "features/施工许可/绿地审批二.feature"
    told = run(office, "test", "features", "--rules", "rules/city")
    assert told.returncode in (1, 2)
    assert "Traceback" not in told.stderr + told.stdout
    text = feature.read_text("utf-8").replace("绿地审批二", "绿地审批").replace("| 待填 | 待填 |", "| 工程类型 | 道路 |", 1)
    feature.write_text(text.replace("| 待填 | 待填 |", "| 工程类型 | 住宅 |", 1), "utf-8")
    (office / "rules/city/approvals/tree_transplant.yaml").unlink()
    assert run(office, "test", "features", "--rules", "rules/city").returncode == 0


def test_nothing_is_overwritten(office: Path, run: Run) -> None:
    run(office, "new", "approval", "tree_permit_two", "--layer", "rules/city")
    path = office / "rules/city/approvals/tree_permit_two.yaml"
    path.write_text("我写的", "utf-8")
    again = run(office, "new", "approval", "tree_permit_two", "--layer", "rules/city")
    assert again.returncode == 2
    assert "不覆盖" in again.stderr
    assert path.read_text("utf-8") == "我写的"


@pytest.mark.parametrize("code", ["Tree", "树", "../x", "a b", ""])
def test_a_bad_code_writes_nothing(office: Path, run: Run, code: str) -> None:
    before = sorted(office.rglob("*"))
    told = run(office, "new", "approval", code, "--layer", "rules/city")
    assert (told.returncode, "S103" in told.stderr) == (2, True)
    assert sorted(office.rglob("*")) == before


def test_a_folder_that_is_no_layer(office: Path, run: Run) -> None:
    told = run(office, "new", "approval", "tree", "--layer", "rules")
    assert (told.returncode, "F001" in told.stderr) == (2, True)


def test_a_new_city_lists_every_function_the_layers_below_want(office: Path, run: Run) -> None:
    for layer in ("city", "province"):
        path = office / "rules" / layer / "departments.yaml"
        path.unlink(missing_ok=True)
    joint = office / "rules/national/joint.yaml"
    joint.write_text(joint.read_text("utf-8").replace("牵头: 住建", "牵头: 联审"), "utf-8")
    made = run(office, "new", "city", "harbour", "海港市", "--on", "../province", "--rules", "rules")
    assert (made.returncode, made.stderr) == (0, "")
    wanted = {"住建", "环保", "水利", "联审"}
    departments = (office / "rules/harbour/departments.yaml").read_text("utf-8")
    assert set(re.findall(r"职能: (\S+),", departments)) == wanted
    plan = Planner.from_files(office / "rules/harbour").plan(Project(name="甲", 工程类型="住宅"), as_of=DAY)
    assert plan.item("build_permit").department == "待填"
    assert any("海港市" in w.text for w in plan.warnings)


def test_what_a_new_city_is_shown_holds_when_uncommented(office: Path, run: Run) -> None:
    """As the comments say: the empty list goes, every line below it loses its mark, and the dots are filled in."""
    run(office, "new", "city", "harbour", "海港市", "--on", "../province", "--rules", "rules")
    folder = office / "rules/harbour"
    for theme in ("routes", "lanes", "joint", "clocks"):
        path = folder / f"{theme}.yaml"
        head, empty, examples = re.split(r"(^\S+: \[\]\n)", path.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)
        assert empty.split(":")[0] in head, "the comment names the line to delete"
        text = (
            re.sub(r"^# ", "", examples, flags=re.MULTILINE)
            .replace("{…: …}", "{工程类型: 住宅}")
            .replace("文件: ……", "文件: 建筑法")
        )
        text = text.replace("[……, ……]", "[build_permit, fire_check]").replace("牵头: ……", "牵头: 住建")
        path.write_text(head + re.sub(r"事项: (\[?)……", r"事项: \1build_permit", text), "utf-8")
    law = Planner.from_files(folder).rulebook.at(DAY)
    assert {one.rule.item.code for one in law.routes} == {"promise", "local_promise"}
    assert {one.item.code: one.item.open for one in law.lanes} == {"small_works": False, "local_lane": True}
    assert {one.rule.item.code for one in law.joint} == {"joint_review", "local_joint"}
    assert {one.item.code for one in (*law.clocks, *law.caps)} == {
        "correction", "delivery", "local_delivery", "until_works", "local_total",
    }  # fmt: skip
    assert [r.item.way for a in law.approvals if a.model.code == "build_permit" for r in a.routes] == ["告知承诺"]


def test_what_a_new_city_is_shown_of_overlays_holds_when_uncommented(office: Path, run: Run) -> None:
    run(office, "new", "city", "harbour", "海港市", "--on", "../province", "--rules", "rules")
    shown = (office / "rules/harbour/rulebook.yaml").read_text("utf-8")
    text = "".join(f"{line[4:]}\n" for line in shown.splitlines() if line.startswith("#   "))
    text = (
        text.replace("代码: ……", "代码: build_permit")
        .replace("文件: ……", "文件: 建筑法")
        .replace("5 工作日, 依据", "3 工作日, 依据", 1)
    )
    (office / "rules/harbour/approvals").mkdir()
    (office / "rules/harbour/approvals/build_permit.yaml").write_text(text.replace("……", "资金承诺书"), "utf-8")
    (overlay,) = Planner.from_files(office / "rules/harbour").rulebook.approvals["build_permit"].overlays
    assert (len(overlay.model.promises), len(overlay.model.later), len(overlay.model.routes)) == (1, 1, 1)


def test_a_new_city_on_no_layer(office: Path, run: Run) -> None:
    told = run(office, "new", "city", "harbour", "海港市", "--on", "../moon", "--rules", "rules")
    assert told.returncode == 2
    assert not (office / "rules/harbour").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("名称: 甲\n事项: [b, d]\n继承: 乙\n", "名称: 甲\n事项: [b, c, d]\n继承: 乙\n"),
        ("事项: []  # 说明\n", "事项: [c]  # 说明\n"),
        ("事项: [c]\n", "事项: [c]\n"),
        ("名称: 甲\n", None),
        ("事项:\n  - b\n", None),
    ],
)
def test_the_list_of_approvals_gains_one_and_keeps_the_rest(before: str, after: str | None) -> None:
    assert listed(before, "c") == after
