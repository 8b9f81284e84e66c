"""`Planner`: the one door that ties the floors together.

from planner import Planner, Project

planner = Planner.load()
plan = planner.plan(Project(name="…", land_area="33.35 亩"), as_of=date(2026, 11, 24))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import get_args

from planner.assembly import Wish, assemble
from planner.calendar import CalendarRangeError, WorkCalendar
from planner.checks.standing import remembered, ships_with_the_program, standing_of
from planner.conditions import Facts
from planner.diagnostics import Diagnostic, DiagnosticError, Severity
from planner.inference.conclude import Conclusions, conclude
from planner.inference.durable_engine import DurableEngine
from planner.plan import Message, MilestoneName, Plan, RoutePolicy, Status
from planner.project import Project, ProjectFacts, read_facts
from planner.reasons import LawMemory
from planner.rulebook.calendar_files import load_calendar
from planner.rulebook.compile import InForce
from planner.rulebook.files import shown_path
from planner.rulebook.load import calendar_folders, load_rulebook, packaged_rules
from planner.rulebook.rulebook import Rulebook
from planner.rulebook.source import Positions
from planner.why import Explanation, explain


@dataclass(frozen=True)
class Planner:
    """A loaded rulebook and calendar, ready to plan. Immutable to its users and safe to share between threads.

    `unchecked`: why every plan has to warn that the rulebook did not pass its check (Chinese); "" when there is nothing to say.
    """

    rulebook: Rulebook
    calendar: WorkCalendar
    warnings: tuple[Diagnostic, ...] = ()
    unchecked: str = ""
    _engines: dict[str, DurableEngine] = field(default_factory=dict, repr=False, compare=False)
    _memories: dict[str, LawMemory] = field(default_factory=dict, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        rules: str | Path | None = None,
        *,
        allow_unchecked: bool = False,
        today: date | None = None,
        announce: Callable[[str], None] | None = None,
    ) -> Planner:
        """Load a rulebook by its top folder (`rules/anshan`); the Anshan rulebook of the package when none is given.

        Raises `DiagnosticError` with every mistake in any file, or (K803) with what its check found when it did not pass. The check runs
        at most once for the same files and program (see `planner.checks.standing`); `announce` is told before it has to run, `today`
        (default: the clock's) is its day. With `allow_unchecked` it is loaded all the same, and every plan warns of it.
        """
        loaded = cls.from_files(rules)
        top = packaged_rules() / "anshan" if rules is None else Path(rules)
        if ships_with_the_program(top):
            return loaded
        if allow_unchecked:
            known = remembered(loaded.rulebook, top)
            if known is not None and known.passed:
                return loaded
            reason = "这份规则库还没有检查过" if known is None else f"这份规则库没有通过检查（{len(known.failures)} 处）"
            return replace(loaded, unchecked=reason)
        standing = standing_of(loaded.rulebook, top, today or date.today(), announce=announce)
        if not standing.passed:
            raise DiagnosticError([_refusal(top, len(standing.failures)), *standing.failures])
        return loaded

    @classmethod
    def from_files(cls, rules: str | Path | None = None) -> Planner:
        """As `load`, without asking whether the rulebook passed its check: for trying out rules while they are being written.

        Raises `DiagnosticError` with every mistake in any file.
        """
        problems: list[Diagnostic] = []
        book: Rulebook | None = None
        try:
            book, found = load_rulebook(rules)
            problems += found
        except DiagnosticError as error:
            problems += error.diagnostics
        top = packaged_rules() / "anshan" if rules is None else Path(rules)
        calendar, found_days = load_calendar(calendar_folders(top))
        problems += found_days
        if book is None or calendar is None or any(p.severity is Severity.ERROR for p in problems):
            raise DiagnosticError(problems)
        return cls(book, calendar, tuple(problems))

    @cached_property
    def steps(self) -> Mapping[str, str]:
        """Steps that a project may give a duration for: code → name."""
        return {s.code: s.name for a in self.rulebook.approvals.values() for s in a.model.steps}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The versions a plan's provenance names."""
        found = {}
        for name in ("approval-planner", "durable-rules", "chinesecalendar"):
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "unpackaged"
        return found

    def read(self, project: Project, positions: Positions | None = None) -> ProjectFacts:
        """Validate a project's facts. Raises `DiagnosticError` with every mistake, at file places when `positions` is given."""
        return read_facts(project, self.rulebook.vocabulary, self.steps, positions)

    def conclude(self, facts: Facts, as_of: date) -> tuple[InForce, Conclusions]:
        """The law in force on `as_of` and what follows from validated facts under it."""
        law = self.rulebook.at(as_of)
        return law, conclude(law.compiled, facts, self.engine(law))

    def engine(self, law: InForce) -> DurableEngine:
        """The inference engine for one day's law; built once per period."""
        digest = law.compiled.digest
        with self._lock:
            found = self._engines.get(digest)
            if found is None or found.book is not law.compiled:
                found = self._engines[digest] = DurableEngine(law.compiled)
            return found

    def why(self, project: Project | ProjectFacts, approval: str, *, as_of: date) -> Explanation:
        """Why `approval` (a code) is or is not needed, and the smallest change of facts that would turn the answer.

        Raises KeyError for an unknown code and `DiagnosticError` when the facts cannot be read.
        """
        facts = project if isinstance(project, ProjectFacts) else self.read(project)
        law, conclusions = self.conclude(facts.values, as_of)
        return explain(self.rulebook, law, conclusions, approval, as_of, lambda other: self.conclude(other, as_of)[1])

    def plan(
        self,
        project: Project | ProjectFacts,
        *,
        as_of: date,
        start: date | None = None,
        target: tuple[MilestoneName, date] | None = None,
        routes: RoutePolicy | str = RoutePolicy.STANDARD,
    ) -> Plan:
        """Plan a project under the law in force on `as_of`, beginning on `start` (default: `as_of`).

        `target` asks for a milestone (`start_of_works`, `completion`, `use`) by a date. `routes`: which of the easier routes that are the
        applicant's choice to take (`standard` none, `fastest` all, `fewest_promises` as few as reach the earliest date, or the target).
        Raises `DiagnosticError` when the facts cannot be read, ValueError for another word in `routes` or another milestone, TypeError for a
        day that is none. Equal arguments give equal plans.
        """
        policy = _policy(routes)
        for name, day in (("as_of", as_of), ("start", start)):
            if (day is not None or name == "as_of") and not _is_day(day):
                raise TypeError(f"{name}={day!r}：要写 datetime.date，如 date(2027, 4, 1)")
        wish = _wish(target)
        facts = project if isinstance(project, ProjectFacts) else self.read(project)
        law, conclusions = self.conclude(facts.values, as_of)
        memory = self._memories.get(law.compiled.digest)
        if memory is None or memory.law is not law:
            memory = self._memories[law.compiled.digest] = LawMemory(law)
        begin = start or as_of
        engine = self.engine(law)

        def again(other: Facts) -> Conclusions:
            return conclude(law.compiled, other, engine)

        try:
            plan = assemble(
                self.rulebook, law, facts, conclusions, self.calendar, begin, wish, self.versions, as_of, policy, again, memory
            )
        except CalendarRangeError as error:
            message = f"从 {begin.isoformat()} 排起，有的日期超出能计算的范围（1900 年至 2400 年）"
            hint = "核对开始日期、目标日期和项目里的“时长”"
            raise DiagnosticError([Diagnostic("P605", message, help=hint, field="start")]) from error
        return _with_warning(plan, self.unchecked) if self.unchecked else plan


def _policy(routes: RoutePolicy | str) -> RoutePolicy:
    try:
        return RoutePolicy(routes)
    except ValueError:
        raise ValueError(f"routes={routes!r}：不认识，可以写 {'、'.join(RoutePolicy)}") from None


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _wish(target: tuple[MilestoneName, date] | None) -> Wish | None:
    if target is None:
        return None
    milestones = get_args(MilestoneName)
    if not isinstance(target, tuple) or len(target) != 2 or not _is_day(target[1]):
        raise TypeError(f'target={target!r}：要写（节点, 日期），如 ("start_of_works", date(2027, 4, 1))')
    if target[0] not in milestones:
        raise ValueError(f"target：不认识节点 {target[0]!r}，可以写 {'、'.join(milestones)}")
    return Wish(*target)


def _with_warning(plan: Plan, reason: str) -> Plan:
    text = f"{reason}，按要求仍用它制定了计划，结论可能有错。先运行 planner check 并改好，再用于办理"
    warning = Message(code="unchecked_rules", text=text, status=Status.REQUIRED)
    return plan.model_copy(update={"warnings": (warning, *plan.warnings)})


def _refusal(top: Path, number: int) -> Diagnostic:
    shown = shown_path(top)
    fix = f"运行 planner check {shown} 看全部，改好再用；一定要用的，加 --allow-unchecked，每份计划都会写明"
    return Diagnostic("K803", f"规则库没有通过检查（{number} 处），不能使用", shown, help=fix)
