"""Each check on the sample rulebook, edited as somebody might by mistake: what it finds, where, and a project that shows it.

The sample itself passes every check. A witness is read back from the text that is printed, and judged by the independent evaluator.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from planner.checks.inspection import Inspection
from planner.checks.registry import CHECKS
from planner.checks.report import Finding, Result, Verdict
from planner.checks.run import check_rules
from planner.conditions import Truth, Value
from planner.inference.evaluator import evaluate_independently
from planner.rulebook.compile import InForce
from planner.rulebook.load import load_rulebook
from planner.rulebook.models import Overlay
from planner.rulebook.rulebook import Rulebook

SAMPLE = Path(__file__).parent / "sample"
TODAY = date(2026, 11, 24)
ERROR, WARNING = "error", "warning"
BY_NAME = {check.name: check for check in CHECKS}


@dataclass(frozen=True)
class Edit:
    file: str
    find: str
    put: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert not self.find or text.count(self.find) == 1, f"{self.find!r} must occur once in {self.file}"
        path.write_text(text.replace(self.find, self.put) if self.find else text + self.put, encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """`shows`: what the witness must make true or false, as `need:permit`, `row:grade#2` or `line:national/…:14`."""

    name: str
    check: str
    severity: str
    file: str
    line: int
    says: str
    edits: tuple[Edit, ...]
    shows: Mapping[str, Truth] | None = None


T, F = Truth.TRUE, Truth.FALSE
FORM, REPORT, PERMIT, EIA = (f"national/approvals/{code}.yaml" for code in ("soil_form", "soil_report", "permit", "eia_report"))
GRADE = "national/tables/grade.csv"
ROUTES, LANES, CLOCKS = (f"national/{name}.yaml" for name in ("routes", "lanes", "clocks"))
WATER = "依据: [{文件: 水法, 条款: 第九条}]"


def rule(name: str, when: str, more: str = WATER) -> str:
    return f"  - 名称: {name}\n    当: {when}\n    {more}\n    核验: 已核\n"


CASES = [
    Case(
        "a fact nobody reads",
        "用不到的事实",
        WARNING,
        "national/vocabulary.yaml",
        25,
        "床位",
        (Edit("national/vocabulary.yaml", "", "  - {代码: beds, 名称: 床位, 类型: 数量}\n"),),
    ),
    Case(
        "a derived fact nobody reads",
        "用不到的事实",
        WARNING,
        "national/vocabulary.yaml",
        21,
        "派生事实“简易项目”",
        (Edit(PERMIT, "当: {简易项目: 否}", "当: 一律"),),
    ),
    Case(
        "contradictory bounds",
        "永远不成立的条件",
        ERROR,
        REPORT,
        8,
        "“占地面积 < 2 公顷”",
        (Edit(REPORT, "      占地面积: ≥ 5 公顷", "      全部: [{占地面积: ≥ 5 公顷}, {占地面积: < 2 公顷}]"),),
    ),
    Case(
        "beyond the range",
        "永远不成立的条件",
        ERROR,
        REPORT,
        8,
        "本身就不能成立",
        (Edit(REPORT, "      易发区: 是\n      占地面积: ≥ 5 公顷", "      占地面积: ≥ 5000 公顷"),),
    ),
    Case(
        "a choice inside its contrary",
        "永远不成立的条件",
        ERROR,
        "national/tables/simple.yaml",
        10,
        "这一行永远不成立",
        (
            Edit(
                "national/tables/simple.yaml", "", "  - {编号: 怪, 当: {用途: 医院, 非: {用途: 公共建筑}}, 结果: 是, 核验: 已核}\n"
            ),
        ),
    ),
    Case(
        "one branch of any",
        "永远不成立的条件",
        ERROR,
        REPORT,
        8,
        "第 2 支（层数 > 200）",
        (Edit(REPORT, "      占地面积: ≥ 5 公顷", '      任一: [{占地面积: ≥ 5 公顷}, {层数: "> 200"}]'),),
    ),
    Case(
        "an approval whose exception covers all",
        "永远不成立的条件",
        ERROR,
        FORM,
        1,
        "要办的条件",
        (Edit(FORM, "", "例外:\n" + rule("都不用", "{占地面积: < 100 公顷}")),),
    ),
    Case(
        "a derived value no table gives",
        "永远不成立的条件",
        ERROR,
        EIA,
        8,
        "永远不成立",
        (
            Edit(GRADE, "1,C30,≥ 10 公顷,,报告书\n", ""),
            Edit(
                "national/vocabulary.yaml",
                "    名称: 环评类别\n    类型: 单选\n    派生: 是\n",
                "    名称: 环评类别\n    类型: 单选\n    派生: 是\n    可直接给定: 否\n",
            ),
        ),
    ),
    Case(
        "greater inside smaller",
        "重复或被包住的规则",
        WARNING,
        REPORT,
        14,
        "全在第 8 行的“大”里面",
        (Edit(REPORT, "", rule("特大", "{易发区: 是, 占地面积: ≥ 20 公顷}")),),
        {f"line:{REPORT}:8": T, f"line:{REPORT}:14": T},
    ),
    Case(
        "the same twice in other words",
        "重复或被包住的规则",
        WARNING,
        REPORT,
        8,
        "里面",
        (Edit(REPORT, "", rule("不小", "{易发区: 是, 占地面积: 非 < 5 公顷}")),),
        {f"line:{REPORT}:8": T, f"line:{REPORT}:14": T},
    ),
    Case(
        "a narrower industry",
        "重复或被包住的规则",
        WARNING,
        FORM,
        18,
        "里面",
        (Edit(FORM, "", rule("行业", "{行业: 'C30,C31'}") + rule("小行业", "{行业: C3089}")),),
        {f"line:{FORM}:14": T, f"line:{FORM}:18": T},
    ),
    Case(
        "a nested choice",
        "重复或被包住的规则",
        WARNING,
        FORM,
        18,
        "里面",
        (Edit(FORM, "", rule("公建", "{用途: 公共建筑}") + rule("医院", "{用途: 医院}")),),
        {f"line:{FORM}:14": T, f"line:{FORM}:18": T},
    ),
    Case(
        "a row that another goes before",
        "起不了作用的表行",
        WARNING,
        GRADE,
        5,
        "环评目录 1",
        (Edit(GRADE, "", "4,C308,≥ 20 公顷,,报告表\n"),),
        {"row:grade#4": T, "row:grade#1": T},
    ),
    Case(
        "a row that two others cover together",
        "起不了作用的表行",
        WARNING,
        GRADE,
        5,
        "合起来",
        (Edit(GRADE, "", '4,C301,"[0..1000] 公顷",,报告表\n'),),
        {"row:grade#4": T},
    ),
    Case(
        "the same row twice",
        "起不了作用的表行",
        WARNING,
        GRADE,
        5,
        "环评目录 3",
        (Edit(GRADE, "", "4,,,医院,报告表\n"),),
        {"row:grade#4": T, "row:grade#3": T},
    ),
    Case(
        "two rows that disagree",
        "结果相互矛盾的表行",
        ERROR,
        "national/tables/simple.yaml",
        8,
        "结果却不同：是、否",
        (Edit("national/tables/simple.yaml", '{层数: "> 3"}', '{层数: "≥ 3"}'),),
        {"row:simple#低层": T, "row:simple#高层": T},
    ),
    Case(
        "a table with a hole",
        "决策表的空白",
        WARNING,
        "national/tables/simple.yaml",
        1,
        "没覆盖到",
        (Edit("national/tables/simple.yaml", '{层数: "> 3"}', '{层数: "> 5"}'),),
        {"row:simple#低层": F, "row:simple#高层": F},
    ),
    Case(
        "both at the border",
        "接不上的成对门槛",
        WARNING,
        FORM,
        8,
        "两个都要办",
        (Edit(FORM, "[0.5..5) 公顷", "[0.5..5] 公顷"),),
        {"need:soil_report": T, "need:soil_form": T},
    ),
    Case(
        "neither at the border",
        "接不上的成对门槛",
        ERROR,
        REPORT,
        8,
        "占地面积 5 公顷”正好断开",
        (Edit(REPORT, "占地面积: ≥ 5 公顷", '占地面积: "> 5 公顷"'),),
        {"need:soil_report": F, "need:soil_form": F},
    ),
    Case(
        "one of two thresholds changed from a day on",
        "接不上的成对门槛",
        WARNING,
        FORM,
        8,
        "两个都要办",
        (
            Edit(REPORT, "    核验: 已核\n", "    核验: 已核\n    失效: 2027-03-01\n"),
            Edit(REPORT, "", rule("大", "{易发区: 是, 占地面积: ≥ 4 公顷}", WATER + "\n    生效: 2027-03-01")),
        ),
        {"need:soil_report": T, "need:soil_form": T},
    ),
    Case(
        "room between two thresholds from a day on",
        "接不上的成对门槛",
        ERROR,
        REPORT,
        15,
        "占地面积 5 公顷”与“占地面积 6 公顷”之间断开",
        (
            Edit(REPORT, "    核验: 已核\n", "    核验: 已核\n    失效: 2027-03-01\n"),
            Edit(REPORT, "", rule("大", "{易发区: 是, 占地面积: ≥ 6 公顷}", WATER + "\n    生效: 2027-03-01")),
        ),
        {"need:soil_report": F, "need:soil_form": F},
    ),
    Case(
        "two limits at once",
        "同时适用的不同说法",
        WARNING,
        EIA,
        18,
        "60 日、20 日",
        (Edit(EIA, "", "  - {期限: 20 日, 当: {占地面积: ≥ 50 公顷}, 依据: [{文件: 水法, 条款: 第二条}], 核验: 已核}\n"),),
        {"need:eia_report": T, f"line:{EIA}:18": T, f"line:{EIA}:19": T},
    ),
    Case(
        "two offices at once",
        "同时适用的不同说法",
        WARNING,
        EIA,
        13,
        "环保上级、住建",
        (Edit(EIA, "法定时限:", "  - {职能: 住建, 当: {占地面积: ≥ 500 公顷}, 依据: [{文件: 水法}], 核验: 已核}\n法定时限:"),),
        {f"line:{EIA}:13": T},
    ),
    Case(
        "a gap between versions",
        "时间上的空档和重叠",
        WARNING,
        REPORT,
        15,
        "2022-01-01 至 2022-02-28",
        (
            Edit(REPORT, "    核验: 已核\n", "    核验: 已核\n    失效: 2022-01-01\n"),
            Edit(REPORT, "", rule("大", "{易发区: 是, 占地面积: ≥ 6 公顷}", WATER + "\n    生效: 2022-03-01")),
        ),
        {"need:soil_report": F},
    ),
    Case(
        "a gap between laws",
        "时间上的空档和重叠",
        WARNING,
        "national/laws.yaml",
        3,
        "中间没有法",
        (Edit("national/laws.yaml", "施行: 2020-01-01, 核验", "施行: 2020-06-01, 核验"),),
    ),
    Case(
        "a cycle through a milestone",
        "前置成环",
        ERROR,
        PERMIT,
        15,
        "施工许可 → 水保报告书 → 完工 → 开工 → 施工许可",
        (Edit(REPORT, "", "前置:\n  - {节点: 完工, 卡点: 受理, 依据: [{文件: 水法}], 核验: 已核}\n"),),
        {"need:permit": T, "need:soil_report": T},
    ),
    Case(
        "a promise that a weekend makes longer",
        "承诺长于法定",
        WARNING,
        "city/approvals/permit.yaml",
        3,
        "遇上周末",
        (
            Edit("city/approvals/permit.yaml", "期限: 5 工作日", "期限: 13 日"),
            Edit(PERMIT, "期限: 10 工作日", "期限: 9 工作日"),
        ),
        {"need:permit": T},
    ),
    Case(
        "papers without a basis",
        "没有依据的其他内容",
        WARNING,
        PERMIT,
        24,
        "“申请表”",
        (Edit(PERMIT, "{名称: 申请表, 次要: 是, 依据: [{文件: 水法, 条款: 第三条}], 核验: 已核}", "{名称: 申请表, 次要: 是}"),),
    ),
    Case(
        "a law repealed before the rule began",
        "依据不在有效期",
        ERROR,
        EIA,
        8,
        "从来没有效",
        (
            Edit(
                EIA,
                "    依据: [{文件: 旧法, 条款: 第一条}, {文件: 新法, 条款: 第一条}]",
                "    生效: 2021-01-01\n    依据: [{文件: 旧法, 条款: 第一条}]",
            ),
        ),
    ),
    Case(
        "a law repealed while the rule runs on",
        "依据不在有效期",
        WARNING,
        EIA,
        8,
        "2020-01-01 起 没有一部有效的依据",
        (Edit(EIA, "依据: [{文件: 旧法, 条款: 第一条}, {文件: 新法, 条款: 第一条}]", "依据: [{文件: 旧法, 条款: 第一条}]"),),
        {f"line:{EIA}:8": T},
    ),
    Case(
        "a review that is overdue",
        "到期未复核",
        WARNING,
        PERMIT,
        8,
        "2026-06-30",
        (Edit(PERMIT, "    当: {简易项目: 否}\n", "    当: {简易项目: 否}\n    复核: 2026-06-30\n"),),
    ),
    Case(
        "a row whose review is overdue",
        "到期未复核",
        WARNING,
        "national/tables/simple.yaml",
        9,
        "2026-11-23",
        (Edit("national/tables/simple.yaml", '{层数: "> 3"}', '{层数: "> 3"}, 复核: 2026-11-23'),),
    ),
    Case(
        "an office whose review is overdue",
        "到期未复核",
        WARNING,
        "national/departments.yaml",
        3,
        "部门“环保”",
        (Edit("national/departments.yaml", "机关: 环境局", "机关: 环境局, 复核: 2026-11-23"),),
    ),
    Case(
        "an approval missing from the list",
        "应有的事项",
        WARNING,
        "national/rulebook.yaml",
        3,
        "环评报告书",
        (Edit("national/rulebook.yaml", "soil_form, eia_report, permit", "soil_form, permit"),),
    ),
    Case(
        "a formula that failed",
        "表格软件改坏的单元格",
        ERROR,
        GRADE,
        4,
        "#REF!",
        (
            Edit(
                GRADE,
                "编号,行业,占地面积,用途,结果\n1,C30,≥ 10 公顷,,报告书\n2,C30,< 10 公顷,,报告表\n3,,,医院,报告表",
                "编号,行业,占地面积,用途,结果,内容\n1,C30,≥ 10 公顷,,报告书,\n2,C30,< 10 公顷,,报告表,\n3,,,医院,报告表,见 #REF!",
            ),
        ),
    ),
    Case(
        "a lane nobody fits",
        "永远不成立的条件",
        ERROR,
        LANES,
        2,
        "快办通道“小项目快办”的条件永远不成立",
        (Edit(LANES, "当: {占地面积: < 2 公顷}", "当: {占地面积: ≥ 2000 公顷}"),),
    ),
    Case(
        "an exclusion that excludes nobody",
        "永远不成立的条件",
        ERROR,
        ROUTES,
        8,
        "永远不成立",
        (Edit(ROUTES, "当: {用途: 医院}", "当: {用途: 医院, 非: {用途: 公共建筑}}"),),
    ),
    Case(
        "a cap for nobody",
        "永远不成立的条件",
        ERROR,
        CLOCKS,
        10,
        "永远不成立",
        (Edit(CLOCKS, "当: {用途: 住宅}", "当: {用途: 住宅, 任一: [{用途: 医院}]}"),),
    ),
    Case(
        "one branch of a joint review",
        "永远不成立的条件",
        ERROR,
        "national/joint.yaml",
        2,
        "第 2 支（层数 > 200）",
        (Edit("national/joint.yaml", "当: {占地面积: ≥ 1 公顷}", '当: {任一: [{占地面积: ≥ 1 公顷}, {层数: "> 200"}]}'),),
    ),
    Case(
        "the second paper of a city that nobody may bring later",
        "永远不成立的条件",
        ERROR,
        "city/approvals/permit.yaml",
        6,
        "永远不成立",
        (
            Edit(
                "city/approvals/permit.yaml",
                "",
                "  - {材料: 申请表, 当: {占地面积: ≥ 2000 公顷}, 依据: [{文件: 水法, 条款: 第七条}], 核验: 已核}\n",
            ),
        ),
    ),
    Case(
        "a route shut by its own exclusion",
        "没有人能走的路线",
        ERROR,
        LANES,
        9,
        "都被排除“医院”（",
        (Edit(LANES, "        当: {用途: 住宅}", "        当: {用途: 医院}"),),
    ),
    Case(
        "a route for projects that need no such approval",
        "没有人能走的路线",
        ERROR,
        LANES,
        9,
        "要办这个事项的项目都不合它的条件",
        (
            Edit(
                LANES,
                "事项: permit\n        方式: 告知承诺\n        代替: [申请表]\n",
                "事项: soil_report\n        方式: 告知承诺\n",
            ),
        ),
    ),
    Case(
        "a paper that may follow, but for excluded projects only",
        "没有人能走的路线",
        ERROR,
        "city/approvals/permit.yaml",
        5,
        "“申请表容缺后补”没有项目能走",
        (
            Edit("city/approvals/permit.yaml", "{材料: 申请表,", "{材料: 申请表, 当: {用途: 医院},"),
            Edit(
                ROUTES,
                "",
                "  - {代码: later, 名称: 容缺的规定, 方式: 容缺受理, 排除: [{名称: 公共建筑, 当: {用途: 公共建筑}}]}\n",
            ),
        ),
    ),
    Case(
        "two corrections of one kind",
        "同时适用的不同说法",
        WARNING,
        CLOCKS,
        2,
        "说法不同：5 工作日、3 工作日（第 9 行）",
        (
            Edit(
                CLOCKS,
                "总时限:",
                "  - {代码: other, 名称: 另一条, 程序: 补正, 期限: 3 工作日, 种类: [行政许可], 当: {用途: 医院}}\n总时限:",
            ),
        ),
        {"need:eia_report": T},
    ),
    Case(
        "an exclusion without a law",
        "没有依据的先后和义务",
        ERROR,
        ROUTES,
        8,
        "路线总则“承诺的规定”的排除“医院”没有依据",
        (Edit(ROUTES, "        依据: [{文件: 水法, 条款: 第八条}]\n        核验", "        核验"),),
    ),
    Case(
        "a cap without a law",
        "没有依据的其他内容",
        WARNING,
        CLOCKS,
        10,
        "总时限没有依据：“开工前”",
        (Edit(CLOCKS, "    当: {用途: 住宅}\n    依据: [{文件: 水法, 条款: 第八条}]\n", "    当: {用途: 住宅}\n"),),
    ),
    Case(
        "an exclusion whose law is out of force",
        "依据不在有效期",
        WARNING,
        ROUTES,
        8,
        "2020-01-01 起 没有一部有效的依据",
        (Edit(ROUTES, "        依据: [{文件: 水法, 条款: 第八条}]\n        核验", "        依据: [{文件: 旧法}]\n        核验"),),
        {"exclusion:医院": T},
    ),
    Case(
        "a lane that is to be looked at again",
        "到期未复核",
        WARNING,
        LANES,
        2,
        "快办通道“小项目快办”要在 2026-01-01 以前复核",
        (Edit(LANES, "    开放: 是", "    开放: 是\n    复核: 2026-01-01"),),
    ),
    Case(
        "a cap with a gap between its versions",
        "时间上的空档和重叠",
        WARNING,
        CLOCKS,
        18,
        "总时限“cap”有空档：2026-01-01 至 2026-12-31",
        (
            Edit(CLOCKS, "    最多: 100 工作日", "    最多: 100 工作日\n    失效: 2026-01-01"),
            Edit(
                CLOCKS,
                "",
                "  - {代码: cap, 名称: 开工前, 到: 开工, 最多: 90 工作日, 当: {用途: 住宅}, 生效: 2027-01-01, 依据: [{文件: 水法}]}\n",
            ),
        ),
        {},
    ),
]


def inspected(folder: Path) -> Inspection:
    book, warnings = load_rulebook(folder / "city")
    return Inspection(book, {"national": folder / "national", "city": folder / "city"}, TODAY, warnings)


def relative(file: str, folder: Path) -> str:
    return Path(file).resolve().relative_to(folder.resolve()).as_posix()


def read_back(scenario: str, book: Rulebook) -> tuple[date, dict[str, Value]]:
    """The day and the facts of a printed scenario, as the steps would read them."""
    facts: dict[str, Value] = {}
    lines = [line.strip() for line in scenario.split("\n")]
    for line in lines:
        if line.startswith("|"):
            name, value = (cell.strip() for cell in line.strip("|").split("|"))
            if (name, value) == ("事实", "值"):
                continue
            fact = book.vocabulary.find(name)
            read = book.vocabulary.read_value(fact, value)
            assert read is not None
            facts[fact.code] = read
    day = next(line.removeprefix("当 按").removesuffix("的法律制定计划") for line in lines if line.startswith("当 按"))
    return date.fromisoformat(day), facts


def truth_of(statement: str, law: InForce, facts: Mapping[str, Value]) -> Truth:
    truths = evaluate_independently(law.compiled, facts)
    kind, _, what = statement.partition(":")
    if kind == "need":
        return truths.rules[what]
    if kind == "row":
        (formula,) = (row.formula for table in law.compiled.tables.values() for row in table.rows if row.id == what)
        return truths.formulas[formula]
    if kind == "exclusion":
        (shut,) = (e for general in law.routes for e in general.exclusions if e.item.name == what)
        return truths.formulas[shut.formula]
    file, _, line = what.rpartition(":")
    found = [
        rule.formula
        for approval in law.approvals
        for rule in (*approval.applies, *approval.exceptions, *approval.limits, *(office for office, _ in approval.offices))
        if (rule.source.file, rule.source.line) == (file, int(line))
    ]
    assert len(found) == 1, statement
    return truths.formulas[found[0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules")
    return tmp_path / "rules"


def test_the_sample_passes_every_check(folder: Path) -> None:
    report = check_rules(folder / "city", TODAY)
    assert [(r.check.name, r.verdict.value, r.findings) for r in report.results if r.verdict is not Verdict.PASS] == []
    assert {r.check.name for r in report.results} == set(BY_NAME)
    assert report.passed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_where_it_is_and_shown(case: Case, folder: Path) -> None:
    for edit in case.edits:
        edit.apply(folder)
    inspection = inspected(folder)
    result = BY_NAME[case.check].run(inspection)
    listing = "\n".join(map(str, result.findings))
    found = [f for f in result.findings if (relative(f.place.file, folder), f.place.line) == (case.file, case.line)]
    assert len(found) == 1, listing
    finding = found[0]
    assert finding.place.severity.value == case.severity, listing
    assert case.says in finding.place.message + finding.place.help, listing
    assert finding.place.help
    assert finding.place.code == BY_NAME[case.check].code
    assert (finding.shows is not None) == (case.shows is not None), listing
    if finding.shows is not None:
        day, facts = read_back(str(finding.shows), inspection.book)
        law = inspection.book.at(day)
        for statement, truth in (case.shows or {}).items():
            assert truth_of(statement, law, facts) is truth, f"{statement}\n{listing}"


def test_every_check_that_can_find_something_has_a_case() -> None:
    elsewhere = {"能读", "文件名与代码不一致", "越权的调整", "没有依据的先后和义务", "推理引擎试运行", "待核"}
    assert {case.check for case in CASES} | elsewhere == set(BY_NAME)


# -- what the loader refuses before a check can see it: the checks hold for rulebooks made in other ways, too -------------


def with_approval(inspection: Inspection, approval: str, /, **changes: Any) -> Inspection:
    loaded = inspection.book.approvals[approval]
    changed = replace(loaded, model=loaded.model.model_copy(update=changes))
    book = replace(inspection.book, approvals={**inspection.book.approvals, approval: changed}, _epochs={})
    return Inspection(book, inspection.folders, TODAY)


def only(result: Result) -> Finding:
    assert len(result.findings) == 1, "\n".join(map(str, result.findings))
    return result.findings[0]


def test_a_serial_edge_and_a_duty_need_a_basis(folder: Path) -> None:
    inspection = inspected(folder)
    permit = inspection.book.approvals["permit"].model
    bare = tuple(p.model_copy(update={"basis": ()}) for p in permit.prerequisites)
    finding = only(BY_NAME["没有依据的先后和义务"].run(with_approval(inspection, "permit", prerequisites=bare)))
    assert (relative(finding.place.file, folder), finding.place.line) == (PERMIT, 15)
    papers = tuple(m.model_copy(update={"basis": ()}) for m in permit.materials)
    finding = only(BY_NAME["没有依据的先后和义务"].run(with_approval(inspection, "permit", materials=papers)))
    assert "环评批复" in finding.place.message


def test_a_city_may_not_harden_a_gate_nor_postpone_a_main_paper(folder: Path) -> None:
    inspection = inspected(folder)
    permit = inspection.book.approvals["permit"]
    city = Overlay.model_validate(
        {
            "代码": "permit",
            "卡点放宽": [{"事项": "eia_report", "卡点": "受理"}],
            "容缺后补": [{"材料": "环评批复"}, {"材料": "没有的"}],
        }
    )
    hard = replace(permit, overlays=(replace(permit.overlays[0], model=city),))
    book = replace(inspection.book, approvals={**inspection.book.approvals, "permit": hard}, _epochs={})
    result = BY_NAME["越权的调整"].run(Inspection(book, inspection.folders, TODAY))
    assert result.verdict is Verdict.FAIL
    said = " ".join(f.place.message for f in result.findings)
    assert all(words in said for words in ("改严", "不是次要材料", "没有这份材料"))


def test_a_promise_longer_than_the_law_fails_only_where_both_apply(folder: Path) -> None:
    inspection = inspected(folder)
    permit = inspection.book.approvals["permit"].model
    short = permit.limits[0].model_copy(update={"term": type(permit.limits[0].term)(3)})
    result = BY_NAME["承诺长于法定"].run(with_approval(inspection, "permit", limits=(short,)))
    finding = only(result)
    assert result.verdict is Verdict.FAIL
    day, facts = read_back(str(finding.shows), inspection.book)
    assert truth_of("need:permit", inspection.book.at(day), facts) is T
    once = permit.limits[0].model_copy(update={"term": type(permit.limits[0].term)(3), "until": date(2001, 1, 1)})
    later = with_approval(inspection, "permit", limits=(once,), promises=())
    overlays = tuple(
        replace(
            o,
            model=o.model.model_copy(
                update={"promises": tuple(p.model_copy(update={"effective": date(2002, 1, 1)}) for p in o.model.promises)}
            ),
        )
        for o in later.book.approvals["permit"].overlays
    )
    book = replace(
        later.book,
        approvals={**later.book.approvals, "permit": replace(later.book.approvals["permit"], overlays=overlays)},
        _epochs={},
    )
    assert BY_NAME["承诺长于法定"].run(Inspection(book, inspection.folders, TODAY)).verdict is Verdict.PASS


def test_a_promise_longer_than_a_minimum_wait_breaks_nothing(folder: Path) -> None:
    inspection = inspected(folder)
    limit = inspection.book.approvals["permit"].model.limits[0]
    wait = limit.model_copy(update={"term": type(limit.term)(3), "nature": "最短间隔"})
    assert BY_NAME["承诺长于法定"].run(with_approval(inspection, "permit", limits=(wait,))).verdict is Verdict.PASS


def test_versions_in_force_together_fail(folder: Path) -> None:
    inspection = inspected(folder)
    (rule_,) = inspection.book.approvals["soil_report"].model.applies
    both = (rule_, rule_.model_copy(update={"effective": date(2020, 1, 1)}))
    finding = only(BY_NAME["时间上的空档和重叠"].run(with_approval(inspection, "soil_report", applies=both)))
    assert "同时有效" in finding.place.message
    assert finding.place.severity.value == ERROR


def test_a_file_must_be_named_for_its_code(folder: Path) -> None:
    inspection = inspected(folder)
    result = BY_NAME["文件名与代码不一致"].run(with_approval(inspection, "permit", code="licence"))
    assert {relative(f.place.file, folder) for f in result.findings} == {PERMIT, "city/approvals/permit.yaml"}
    assert "licence" in result.findings[0].place.message


def test_an_approval_on_the_list_without_a_file_fails(folder: Path) -> None:
    inspection = inspected(folder)
    fewer = {code: a for code, a in inspection.book.approvals.items() if code != "soil_form"}
    result = BY_NAME["应有的事项"].run(Inspection(replace(inspection.book, approvals=fewer, _epochs={}), inspection.folders, TODAY))
    finding = only(result)
    assert result.verdict is Verdict.FAIL
    assert "soil_form" in finding.place.message


def test_a_cycle_whose_conditions_exclude_one_another_is_none(folder: Path) -> None:
    Edit(REPORT, "", "前置:\n  - {节点: 完工, 卡点: 受理, 当: {占地面积: < 5 公顷}, 依据: [{文件: 水法}], 核验: 已核}\n").apply(
        folder
    )
    # The report is only needed from five hectares up, so it never waits for completion.
    assert BY_NAME["前置成环"].run(inspected(folder)).verdict is Verdict.PASS


def test_what_the_engine_cannot_hold_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = ", ".join(f"{{占地面积: ≥ {n / 100} 公顷}}" for n in range(1, 5200))
    Edit(FORM, "", rule("太多", f"{{任一: [{many}]}}")).apply(folder)
    result = BY_NAME["推理引擎试运行"].run(inspected(folder))
    assert result.verdict is Verdict.FAIL
    assert "最多容纳" in result.findings[0].place.message
    assert relative(result.findings[0].place.file, folder) == FORM


def test_unchecked_entries_are_counted_and_are_no_finding(folder: Path) -> None:
    Edit(
        PERMIT,
        "    当: {简易项目: 否}\n    依据: [{文件: 水法, 条款: 第三条}]\n    核验: 已核\n",
        "    当: {简易项目: 否}\n    依据: [{文件: 水法, 条款: 第三条}]\n    核验: 待核\n",
    ).apply(folder)
    result = BY_NAME["待核"].run(inspected(folder))
    assert result.verdict is Verdict.PASS
    assert "待核 1 条" in result.notes[0]


def test_a_finding_is_reported_once_for_all_the_periods_it_shows_in(folder: Path) -> None:
    laws = "".join(f"  - {{名称: 修订{n}, 施行: {date(2001, 1, 1) + timedelta(days=200 * n)}, 核验: 已核}}\n" for n in range(6))
    Edit("national/laws.yaml", "", laws).apply(folder)
    Edit(FORM, "[0.5..5) 公顷", "[0.5..5] 公顷").apply(folder)
    inspection = inspected(folder)
    assert len(inspection.periods) > 6
    assert only(BY_NAME["接不上的成对门槛"].run(inspection)).shows is not None


def test_a_question_that_cannot_be_settled_is_a_warning_and_no_pass(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.checks.witness import Finder, GaveUp

    answer: Callable[..., GaveUp] = lambda *_, **__: GaveUp("条件太复杂")  # noqa: E731
    Edit(FORM, "", rule("又一条", "{用途: 医院}")).apply(folder)
    inspection = inspected(folder)
    monkeypatch.setattr(Finder, "solve", answer)
    for name in ("重复或被包住的规则", "决策表的空白", "永远不成立的条件", "接不上的成对门槛"):
        result = BY_NAME[name].run(inspection)
        assert result.verdict is Verdict.WARN, name
        assert all("未能判断" in f.place.message for f in result.findings)


def test_a_review_is_not_overdue_on_its_day(folder: Path) -> None:
    Edit("national/departments.yaml", "机关: 环境局", "机关: 环境局, 复核: 2026-11-24").apply(folder)
    assert BY_NAME["到期未复核"].run(inspected(folder)).verdict is Verdict.PASS


def test_a_scenario_reads_as_the_steps_read_it(folder: Path) -> None:
    Edit("national/tables/simple.yaml", '{层数: "> 3"}', '{层数: "≥ 3"}').apply(folder)
    (finding,) = BY_NAME["结果相互矛盾的表行"].run(inspected(folder)).findings
    assert str(finding.shows) == (
        "场景: 两行同时命中\n  假如 一个项目:\n    | 事实 | 值 |\n    | 层数 | 3  |\n  当 按2026-11-24的法律制定计划"
    )


def test_a_lane_nobody_fits_is_said_once_and_not_of_its_routes(folder: Path) -> None:
    Edit(LANES, "当: {占地面积: < 2 公顷}", "当: {占地面积: ≥ 2000 公顷}").apply(folder)
    assert "快办通道" in only(BY_NAME["永远不成立的条件"].run(inspected(folder))).place.message
    assert BY_NAME["没有人能走的路线"].run(inspected(folder)).verdict is Verdict.PASS


def test_a_nearer_layers_shorter_clock_is_no_contradiction(folder: Path) -> None:
    text = "时限总则:\n  - {代码: own, 名称: 本市补正, 程序: 补正, 期限: 2 工作日, 种类: [行政许可]}\n"
    (folder / "city/clocks.yaml").write_text(text, "utf-8")
    assert BY_NAME["同时适用的不同说法"].run(inspected(folder)).verdict is Verdict.PASS


def test_a_route_the_law_prescribes_is_not_shut_by_exclusions(folder: Path) -> None:
    Edit(LANES, "        当: {用途: 住宅}", "        当: {用途: 医院}\n        选用: 一律").apply(folder)
    assert BY_NAME["没有人能走的路线"].run(inspected(folder)).verdict is Verdict.PASS
