"""Random small rulebooks with projects, as a value that one thing can be changed in: files, planner and plan come from it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from hypothesis import strategies as st

from planner import Plan, Planner, Project
from planner.plan import MilestoneName, RoutePolicy

CODES = tuple("abcdefg")
DAY = date(2026, 3, 2)
_BASIS = "依据: [{文件: 本法, 条款: 第一条}], 核验: 已核"
_MILESTONES = ("开工", "竣工验收", "投入使用")


@dataclass(frozen=True)
class Wait:
    """`code` waits for `before`: by a plain gate, by a paper, or (`before` 完工) for the works. `eased`: 承诺, 后补, 预审 or 分阶段 softens it."""

    before: str
    gate: str
    paper: bool = False
    eased: str = ""


@dataclass(frozen=True)
class Approval:
    code: str
    limit: str | None
    promise: str | None
    procedure: str | None
    waits: tuple[Wait, ...]
    holds: tuple[str, ...]
    preparation: str | None
    quick: bool = False  # the whole approval may be decided on the spot on a promise

    def body(self) -> str:
        lines = [f"代码: {self.code}", f"名称: 事项{self.code}", "种类: 行政许可", "阶段: 施工许可", "职能: 办事", "结果: 批复"]
        lines.append(f"适用: [{{名称: 都要, 当: 一律, {_BASIS}}}]")
        if self.limit is not None:
            more = f", 不计入: [{{程序: 评审, 最长: {self.procedure}, 必经: 是}}]" if self.procedure else ""
            lines.append(f"法定时限: [{{期限: {self.limit}{more}, {_BASIS}}}]")
        gates = [
            f"{{{'节点' if w.before == '完工' else '事项'}: {w.before}, 卡点: {w.gate}, {_BASIS}}}"
            for w in self.waits
            if not w.paper
        ]
        lines += [f"前置: [{', '.join(gates)}]"] if gates else []
        papers = [
            f"{{名称: {w.before}的批复, 来自: {w.before}, 卡点: {w.gate}, 次要: 是, {_BASIS}}}" for w in self.waits if w.paper
        ]
        lines += [f"材料: [{', '.join(papers)}]"] if papers else []
        if self.holds:
            lines.append("卡住: [" + ", ".join(f"{{节点: {name}, {_BASIS}}}" for name in self.holds) + "]")
        if self.preparation is not None:
            lines.append(f"准备: [{{代码: prepare_{self.code}, 名称: 编制{self.code}文件}}]")
        routes = [
            f"{{方式: 告知承诺, 名称: 承诺{w.before}, 代替: [{w.before}的批复], 核查期限: 10 工作日, {_BASIS}}}"
            for w in self.waits
            if w.eased == "承诺"
        ]
        routes += [f"{{方式: 预审, 先审: [{w.before}], {_BASIS}}}" for w in self.waits if w.eased == "预审"]
        routes += [f"{{方式: 分阶段办理, 后移: [{w.before}], {_BASIS}}}" for w in self.waits if w.eased == "分阶段"]
        routes += [f"{{方式: 告知承诺, 名称: 当场承诺, 期限: 当场, {_BASIS}}}"] if self.quick else []
        lines += [f"路线: [{', '.join(routes)}]"] if routes else []
        return "\n".join(lines) + "\n"

    def city(self) -> str:
        lines = [f"代码: {self.code}"]
        if self.promise is not None:
            lines.append(f"承诺时限: [{{期限: {self.promise}, {_BASIS}}}]")
        later = [f"{{材料: {w.before}的批复, {_BASIS}}}" for w in self.waits if w.eased == "后补"]
        lines += [f"容缺后补: [{', '.join(later)}]"] if later else []
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Case:
    """A rulebook, a project under it, and how it is planned."""

    approvals: tuple[Approval, ...]
    construction: str | None = None
    start: date = DAY
    target: tuple[MilestoneName, date] | None = None
    routes: RoutePolicy = RoutePolicy.STANDARD

    def with_approval(self, changed: Approval) -> Case:
        return replace(self, approvals=tuple(changed if one.code == changed.code else one for one in self.approvals))

    @property
    def planner(self) -> Planner:
        return _planner(self.approvals)

    def plan(self, planner: Planner | None = None) -> Plan:
        durations = {f"prepare_{a.code}": a.preparation for a in self.approvals if a.preparation not in (None, "")}
        if self.construction is not None:
            durations["construction"] = self.construction
        project = Project(name="试", facts={"失信主体": "否"}, durations=durations)
        planner = planner or self.planner
        return planner.plan(project, as_of=DAY, start=self.start, target=self.target, routes=self.routes)


def write_rulebook(folder: Path, approvals: tuple[Approval, ...]) -> Path:
    """The rulebook's files below a folder; its top folder."""
    base, city = folder / "rules" / "base", folder / "rules" / "city"
    (base / "approvals").mkdir(parents=True)
    (city / "approvals").mkdir(parents=True)
    (base / "rulebook.yaml").write_text("名称: 试验层\n", "utf-8")
    (city / "rulebook.yaml").write_text("名称: 试验市\n继承: ../base\n", "utf-8")
    (base / "vocabulary.yaml").write_text("事实:\n  - {代码: credit_bad, 名称: 失信主体, 类型: 是否}\n", "utf-8")
    (base / "laws.yaml").write_text("法规: [{名称: 本法, 核验: 已核}]\n", "utf-8")
    (base / "departments.yaml").write_text("部门: [{职能: 办事, 机关: 某局, 核验: 已核}]\n", "utf-8")
    for one in approvals:
        (base / "approvals" / f"{one.code}.yaml").write_text(one.body(), "utf-8")
        (city / "approvals" / f"{one.code}.yaml").write_text(one.city(), "utf-8")
    return city


@lru_cache(maxsize=512)
def _planner(approvals: tuple[Approval, ...]) -> Planner:
    with tempfile.TemporaryDirectory() as folder:
        return Planner.from_files(write_rulebook(Path(folder), approvals))


def spans(most: int = 25) -> st.SearchStrategy[str]:
    return st.builds(lambda n, unit: f"{n} {unit}", st.integers(1, most), st.sampled_from(["工作日", "日"]))


@st.composite
def approvals(draw: st.DrawFn, most: int = 5) -> tuple[Approval, ...]:
    """Approvals without cycles: each waits for earlier ones only, and what waits for the works holds no 开工."""
    count = draw(st.integers(2, most))
    works = draw(st.integers(1, count))
    found: list[Approval] = []
    for place, code in enumerate(CODES[:count]):
        waits = [
            Wait(before, draw(st.sampled_from(["受理", "受理", "办结"])), *draw(_EASED))
            for before in CODES[:place]
            if draw(st.integers(0, 2)) == 0
        ]
        if place >= works and draw(st.booleans()):
            waits.append(Wait("完工", "受理"))
        days = draw(st.integers(2, 25))
        unit = draw(st.sampled_from(["工作日", "日"]))
        limit = draw(st.sampled_from([None, f"{days} {unit}", f"{days} {unit}", f"{days} {unit}"]))
        promise = draw(st.sampled_from([None, f"{draw(st.integers(1, days))} {unit}"]))
        found.append(
            Approval(
                code,
                limit,
                promise,
                draw(st.none() | spans()) if limit else None,
                tuple(waits),
                tuple(name for name in (_MILESTONES if place < works else _MILESTONES[1:]) if draw(st.integers(0, 2)) == 0),
                draw(st.sampled_from([None, None, "", "7 日", "9 工作日"])),
                limit is not None and draw(st.integers(0, 4)) == 0,
            )
        )
    return tuple(found)


_EASED = st.sampled_from([(False, ""), (False, "预审"), (False, "分阶段"), (True, ""), (True, "承诺"), (True, "后补")])
_TARGETS: st.SearchStrategy[tuple[MilestoneName, date] | None] = st.none() | st.tuples(
    st.sampled_from(("start_of_works", "completion", "use")), st.dates(date(2026, 3, 20), date(2026, 12, 31))
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    return Case(
        draw(approvals()),
        draw(st.none() | spans(80)),
        draw(st.dates(date(2026, 1, 5), date(2026, 8, 1))),
        draw(_TARGETS),
        draw(st.sampled_from(RoutePolicy)),
    )
