"""What a scenario gathers: a project, a day's law, and the plan that follows; and how expectations are checked.

A failed expectation says in Chinese what was expected, what came, and the reasons the plan gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from planner.diagnostics import DiagnosticError, did_you_mean
from planner.inference.conclude import Conclusions
from planner.plan import GateHeld, Item, LegalBasis, MilestoneName, NotRequired, Plan, Reason, RoutePolicy, Status
from planner.planner import Planner
from planner.project import Project, ProjectFacts, load_project
from planner.rulebook.compile import InForce
from planner.rulebook.load import packaged_examples, packaged_rules
from planner.vocabulary import Fact, ValueProblem, show_value
from planner.why import Explanation

MILESTONES: dict[str, MilestoneName] = {"开工": "start_of_works", "竣工验收": "completion", "投入使用": "use"}
POLICIES: dict[str, RoutePolicy] = {
    "一般程序": RoutePolicy.STANDARD,
    "最快": RoutePolicy.FASTEST,
    "最少承诺": RoutePolicy.FEWEST_PROMISES,
}
"""Which routes a scenario's plan takes, as officers say it."""
STATUS_WORDS: dict[Status | None, str] = {Status.REQUIRED: "需要", Status.DEPENDS: "取决于", None: "不需要"}
NOT_RECORDED = "未收录"
"""What the rulebook concludes of an approval for a day before its rules on it begin."""
_EVENTS = {"完工": "works_done", "竣工验收": "completion", "投入使用": "use"}
_EVENT_NAMES = {"start_of_works": "开工", **{code: name for name, code in _EVENTS.items()}}


DEFAULT_RULES = pytest.StashKey[Path | None]()
"""Where a run keeps the rulebook of scenarios that name none; absent or None: the packaged one."""


@lru_cache(maxsize=16)
def load_rules(folder: Path) -> Planner | str:
    """The planner of a rulebook folder, or what is wrong with it."""
    try:
        return Planner.from_files(folder)  # scenarios are how rules under work are tried; their check comes after
    except DiagnosticError as error:
        return str(error)


@lru_cache(maxsize=64)
def _example(path: Path, _changed: int) -> Project:
    return load_project(path)[0]


class Order:
    """What comes before what in a plan: a node is (code, "accept" | "decide"), or a milestone (code, "")."""

    def __init__(self, plan: Plan) -> None:
        self._before: dict[tuple[str, str], set[tuple[str, str]]] = {
            ("start_of_works", ""): set(),
            ("works_done", ""): {("start_of_works", "")},
            ("completion", ""): {("works_done", "")},
            ("use", ""): {("completion", "")},
        }
        for item in plan.items:
            self._before[(item.code, "accept")] = set()
            self._before[(item.code, "decide")] = {(item.code, "accept")}
        for item in plan.items:
            for gate in item.gates:
                if gate.gate in ("ACCEPT", "DECIDE"):
                    node = (item.code, gate.gate.lower())
                    earlier = (gate.code, "") if gate.code in _EVENT_NAMES else (gate.code, "decide")
                    self._before[node].add(earlier)
                else:
                    self._before[(gate.code, "")].add((item.code, "decide"))

    def before(self, code: str, moment: str) -> set[str]:
        """Codes of everything decided, and every milestone reached, before this moment; directly or not."""
        found: set[tuple[str, str]] = set()
        waiting = list(self._before[(code, moment)])
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self._before[node]
        return {one for one, when in found if when != "accept"}


@dataclass
class Asked:
    """What a scenario asks of the planner. The plan itself is made when a step looks at it."""

    facts: ProjectFacts
    as_of: date
    start: date | None
    target: tuple[MilestoneName, date] | None
    routes: RoutePolicy = RoutePolicy.STANDARD
    plan: Plan | None = None


@dataclass
class Scene:
    """One scenario's state. `root` is where relative paths of the feature start (pytest's root folder).

    `default` is the planner of a scenario that names no rulebook, `default_rules` its folder; without either, the packaged one.
    """

    root: Path
    rules: Path | None = None
    default: Planner | None = None
    default_rules: Path | None = None
    name: str = "场景里的项目"
    facts: dict[str, Any] = field(default_factory=dict)
    durations: dict[str, Any] = field(default_factory=dict)
    routes: RoutePolicy = RoutePolicy.STANDARD
    asked: Asked | None = None
    refusal: DiagnosticError | None = None

    @property
    def planner(self) -> Planner:
        if self.rules is None and self.default is not None:
            return self.default
        loaded = load_rules((self.rules or self.default_rules or packaged_rules() / "anshan").resolve())
        if isinstance(loaded, str):
            raise AssertionError(f"规则库有错，不能使用：\n{loaded}")
        return loaded

    @property
    def plan(self) -> Plan:
        asked = self._asked()
        if asked.plan is None:
            asked.plan = self.planner.plan(
                asked.facts, as_of=asked.as_of, start=asked.start, target=asked.target, routes=asked.routes
            )
        return asked.plan

    def _asked(self) -> Asked:
        if self.refusal is not None:
            raise AssertionError(f"项目没有被接受：\n{self.refusal}")
        if self.asked is None:
            raise AssertionError("场景里还没有制定计划：先写“当 按……的法律制定计划”")
        return self.asked

    # -- the project ---------------------------------------------------------------------------------------------------

    def use_rules(self, folder: str) -> None:
        self.rules = self.root / folder

    def use_example(self, name: str) -> None:
        folders = [self.root / "examples", packaged_examples()]
        for folder in folders:
            for path in (folder / f"{name}.yaml", folder / f"{name}.json"):
                if path.is_file():
                    project = _example(path, path.stat().st_mtime_ns)
                    self.name = project.name
                    self.facts = dict(project.facts)
                    self.durations = dict(project.durations)
                    return
        known = [p.stem for folder in folders if folder.is_dir() for p in folder.glob("*.yaml")]
        raise AssertionError(f"没有示例项目“{name}”。{did_you_mean(name, known)}")

    def set_fact(self, word: str, value: Any) -> None:
        """State a fact, replacing what was said of it under any of its names. A word the rulebook lacks is refused with the plan."""
        self.forget(word)
        self.facts[word] = value

    def forget(self, word: str) -> None:
        code = self._fact_code(word)
        for key in [key for key in self.facts if self._fact_code(key) == code]:
            del self.facts[key]

    def _fact_code(self, word: str) -> str:
        try:
            return self.planner.rulebook.vocabulary.find(word).code
        except ValueProblem:
            return word

    def make_plan(self, as_of: date, start: date | None = None, target: tuple[MilestoneName, date] | None = None) -> None:
        self.asked, self.refusal = None, None
        project = Project.model_validate({"name": self.name, "facts": self.facts, "durations": self.durations})
        try:
            self.asked = Asked(self.planner.read(project), as_of, start, target, self.routes)
        except DiagnosticError as error:
            self.refusal = error

    # -- looking things up ---------------------------------------------------------------------------------------------

    def code(self, word: str) -> str:
        """The approval that `word` (code or 名称, or a part of one 名称) means."""
        approvals = self.planner.rulebook.approvals
        if word in approvals:
            return word
        names = {a.model.name: code for code, a in approvals.items()}
        if word in names:
            return names[word]
        containing = [name for name in names if word in name]
        if len(containing) == 1:
            return names[containing[0]]
        if containing:
            raise AssertionError(f"“{word}”不止一项：{'、'.join(containing)}。请写全名")
        raise AssertionError(f"没有审批事项“{word}”。{did_you_mean(word, [*names, *approvals])}")

    def fact(self, word: str) -> Fact:
        """The fact that `word` names."""
        try:
            return self.planner.rulebook.vocabulary.find(word)
        except ValueProblem as problem:
            raise AssertionError(f"{problem.message}。{problem.help}") from problem

    def fact_names(self, codes: Iterable[str]) -> str:
        facts = self.planner.rulebook.vocabulary.facts
        return "、".join(facts[code].name if code in facts else code for code in codes) or "（无）"

    def approval_names(self, codes: Iterable[str]) -> str:
        approvals = self.planner.rulebook.approvals
        return "、".join(approvals[c].model.name if c in approvals else _EVENT_NAMES.get(c, c) for c in codes) or "（无）"

    def item(self, word: str) -> Item:
        """The item of the plan, or a failure that says why it is not there."""
        code = self.code(word)
        for one in self.plan.items:
            if one.code == code:
                return one
        raise AssertionError(f"计划里没有“{word}”。\n{self.reasons(word)}")

    def status(self, word: str) -> str:
        """需要, 不需要, 取决于 or 未收录."""
        code = self.code(word)
        if any(one.code == code for one in self.plan.not_recorded):
            return NOT_RECORDED
        return STATUS_WORDS[next((i.status for i in self.plan.items if i.code == code), None)]

    def because(self, word: str) -> tuple[Reason, ...]:
        """The plan's reasons for needing an approval or not."""
        code = self.code(word)
        found: Item | NotRequired | None = next((i for i in self.plan.items if i.code == code), None)
        found = found or next((n for n in self.plan.not_required if n.code == code), None)
        return found.because if found else ()

    def reasons(self, word: str) -> str:
        """What the plan says of an approval, with the place of each rule, for failure messages."""
        lines = [f"计划的理由（按 {self.plan.as_of} 的法律）："]
        lines += [f"  {r.text}  [{r.file}:{r.line}]" if r.file else f"  {r.text}" for r in self.because(word)]
        code = self.code(word)
        begins = [one.since for one in self.plan.not_recorded if one.code == code]
        lines += [f"  规则库收录的规定从 {day} 起，这一天的规定没有收录" for day in begins]
        return "\n".join(lines) if len(lines) > 1 else "计划没有提到它。"

    @property
    def order(self) -> Order:
        """What comes before what in the plan."""
        return Order(self.plan)

    def gates(self, word: str) -> str:
        """The gates of an item, for failure messages."""
        words = {"ACCEPT": "受理要等", "DECIDE": "办结要等", "START": "卡住", "COMPLETE": "卡住", "USE": "卡住"}
        shown = [f"  {words[g.gate]} {g.name}：{show_citations(g.basis)}" for g in self.item(word).gates]
        return "\n".join(["计划里的先后：", *(shown or ["  不用等任何事项，也不卡任何节点"])])

    def waits(self, word: str, before: str) -> GateHeld | None:
        """The gate by which an item waits for `before` (an approval or 完工, 竣工验收, 投入使用); 受理 goes before 办结."""
        code = _EVENTS[before] if before in _EVENTS else self.code(before)
        found = [g for g in self.item(word).gates if g.code == code and g.gate in ("ACCEPT", "DECIDE")]
        return min(found, key=lambda g: g.gate, default=None)

    def holds(self, word: str, milestone: str) -> GateHeld | None:
        """The gate by which an item holds a milestone back, if it does."""
        code = MILESTONES[milestone]
        return next((g for g in self.item(word).gates if g.code == code and g.gate in ("START", "COMPLETE", "USE")), None)

    def conclusions(self) -> tuple[InForce, Conclusions]:
        """What the law of the scenario's day makes of the project."""
        asked = self._asked()
        return self.planner.conclude(asked.facts.values, asked.as_of)

    def derived(self, word: str) -> str:
        """A derived fact's value as the law of the scenario's day gives it."""
        fact = self.fact(word)
        _, conclusions = self.conclusions()
        return show_value(fact, conclusions.values.get(fact.code))

    def rows_behind(self, word: str) -> str:
        """The table rows that hold or may hold for a derived fact, for failure messages."""
        fact = self.fact(word)
        law, conclusions = self.conclusions()
        table = next((t for t in law.compiled.tables.values() if t.fact == fact.code), None)
        if table is None:
            return f"“{fact.name}”不由决策表得出。"
        if fact.code in conclusions.given:
            return f"“{fact.name}”由项目直接给定。"
        words = {"t": "命中", "u": "尚不能判断"}
        rows = [(r, words.get(conclusions.rows[r.id].value)) for r in table.rows]
        shown = [f"  {word}：{r.source.name}  [{r.source.file}:{r.source.line}]" for r, word in rows if word]
        return "\n".join([f"决策表“{law.tables[table.code].title}”：", *(shown or ["  没有一行命中"])])

    def why(self, word: str) -> Explanation:
        asked = self._asked()
        return self.planner.why(asked.facts, self.code(word), as_of=asked.as_of)

    # -- expectations --------------------------------------------------------------------------------------------------

    def expect_status(self, word: str, expected: str) -> None:
        if expected not in (*STATUS_WORDS.values(), NOT_RECORDED):
            raise AssertionError(f"结论要写“需要”“不需要”“取决于”或“未收录”，写的是“{expected}”")
        found = self.status(word)
        assert found == expected, f"“{word}”：期望“{expected}”，实际是“{found}”。\n{self.reasons(word)}"

    def expect_derived(self, word: str, expected: str) -> None:
        found = self.derived(word)
        assert found == expected, f"“{word}”：期望“{expected}”，实际是“{found}”。\n{self.rows_behind(word)}"

    def fail_gate(self, word: str, message: str) -> NoReturn:
        raise AssertionError(f"{message}。\n{self.gates(word)}")


def cites(basis: tuple[LegalBasis, ...], document: str, article: str = "") -> bool:
    """Whether a citation names the document (by title or number) and, if asked, the article."""
    return any((document in b.document or document in b.number) and article in b.article for b in basis)


def show_citations(basis: tuple[LegalBasis, ...]) -> str:
    return "、".join(f"《{b.document}》{b.number}{b.article}" for b in basis) or "（无）"
