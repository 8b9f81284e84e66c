"""What a gap's example is worth: pasted as a scenario, it closes the gap; and the check that lists gaps."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from planner import Planner
from planner.checks.report import Verdict
from planner.checks.run import check_rules
from planner.features.cases import read_cases
from planner.features.check import CHECK
from planner.features.coverage import measure
from planner.features.examples import examples_of

SAMPLE = Path(__file__).parent.parent / "rulebook" / "good"
TODAY = date(2026, 11, 24)
HEAD = "# language: zh-CN\n功能: 试验\n"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    (tmp_path / "features").mkdir()
    return tmp_path


def test_pasted_examples_close_the_gaps_of_rules_and_rows(office: Path) -> None:
    planner = Planner.from_files(office / "rules/city")
    before = measure(planner.rulebook, (), TODAY)
    examples = examples_of(planner.rulebook, before.gaps, TODAY)
    facts = planner.rulebook.vocabulary.facts
    approvals = planner.rulebook.approvals
    pasted = []
    for gap, scenario in examples.items():
        if gap.about in facts:
            said = f"推得{facts[gap.about].name}尚不能判断"
        elif gap.about in approvals:
            said = f'需要办理"{approvals[gap.about].model.name}"'
        else:
            continue  # a notice is spoken of by its text
        indented = "\n".join(f"  {line}" for line in scenario.splitlines())
        pasted.append(f"{indented}\n    那么 {said}\n")
    assert len(pasted) > 20
    (office / "features" / "例.feature").write_text(HEAD + "\n".join(pasted), "utf-8")
    cases = read_cases(office / "features", planner, office)
    assert cases.problems == ()
    after = measure(planner.rulebook, cases.cases, TODAY)
    closed = {gap for gap in examples if gap.kind in ("规则", "表行") and gap.about in {*facts, *approvals}}
    assert [f"{g.source.name} {g.lacks}" for g in after.gaps if g in closed] == []


def test_the_check_names_place_and_example(office: Path) -> None:
    (office / "features" / "空.feature").write_text(
        HEAD + '  场景: 甲\n    当 按2026-11-24的法律制定计划\n    那么 需要办理"施工许可"\n', "utf-8"
    )
    (result,) = check_rules(office / "rules/city", TODAY, only=[CHECK.name], more=[CHECK]).results
    assert result.verdict is Verdict.WARN
    found = next(f for f in result.findings if "易发区内达到规模" in f.place.message and f.place.message.endswith("成立"))
    assert found.place.code == "K831"
    assert found.place.file.endswith("national/approvals/soil_plan.yaml")
    line = Path(found.place.file).read_text("utf-8").splitlines()[found.place.line - 1]
    assert "易发区内达到规模" in line
    assert any("1 个场景" in note for note in result.notes)


def test_without_features_the_check_does_not_apply(office: Path) -> None:
    shutil.rmtree(office / "features")
    (result,) = check_rules(office / "rules/city", TODAY, only=[CHECK.name], more=[CHECK]).results
    assert (result.verdict, result.findings) == (Verdict.NOT_APPLICABLE, ())


def test_a_scenario_that_cannot_be_read_is_a_finding(office: Path) -> None:
    (office / "features" / "坏.feature").write_text("嘿嘿\n", "utf-8")
    (result,) = check_rules(office / "rules/city", TODAY, only=[CHECK.name], more=[CHECK]).results
    assert any(f.place.code == "F011" for f in result.findings)


def test_the_shipped_scenarios_leave_no_rule_row_or_threshold_untouched(root: Path) -> None:
    planner = Planner.from_files(root / "rules/anshan")
    cases = read_cases(root / "features", planner, root)
    assert cases.problems == ()
    coverage = measure(planner.rulebook, cases.cases, TODAY)
    untouched = [f"{g.source.file}:{g.source.line} {g.source.name} {g.lacks}" for g in coverage.gaps if g.kind != "日期"]
    assert untouched == []
    assert coverage.sides["表行"] > 2000
