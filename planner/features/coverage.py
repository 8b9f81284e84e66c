"""Which rules, table rows, thresholds and dates the scenarios touch, and which none does.

A scenario touches a rule when the rule is in force on the scenario's day, the facts decide it, **and** the scenario says something of
what the rule is about: of the approval, of the derived fact (or of anything that follows from it), of the notice, lane, cap or joint
procedure, of the approval's routes (for what shuts them), of its correction notice or delivery (for these clocks). Evaluated in passing is
not tested.

- A rule or row has two sides: it holds, and (unless it always does) it does not.
- A threshold (one bound of a numeric test in one rule or row) has two sides too, and on both it must **decide**: had this one test gone
  the other way, the rule would have answered otherwise.
- A date (the first or last day of a rule, limit, paper or row) wants a scenario on either side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from planner.checks.inspection import label, rules_of
from planner.conditions import Between, Compare, Facts, Not, Truth, Value, evaluate
from planner.features.cases import Case
from planner.inference.evaluator import formula_truth, table_outcome
from planner.rulebook.compile import ApprovalInForce, InForce, InForceRule
from planner.rulebook.compiled import CompiledRulebook, Condition, Formula, Source
from planner.rulebook.general import LoadedGeneral
from planner.rulebook.lists import grounded_parts
from planner.rulebook.models import Applicability, Exclusion, GeneralClock, GeneralRoute
from planner.rulebook.rulebook import Rulebook
from planner.vocabulary import Fact, ValueProblem

Kind = Literal["规则", "表行", "门槛", "日期"]
KINDS: tuple[Kind, ...] = ("规则", "表行", "门槛", "日期")
MET, UNMET = "成立", "不成立"
_INSIDE, _BELOW, _ABOVE = "在范围内", "低于范围", "高于范围"


@dataclass(frozen=True)
class Gap:
    """A side that no scenario touches. `formula` and `condition` are ids of `period`'s compiled rulebook, for finding an example."""

    kind: Kind
    source: Source
    lacks: str
    about: str
    period: date
    formula: str = ""
    condition: str = ""
    need: str = ""  # the formula of the approval it belongs to, which has to be needed as well


@dataclass(frozen=True)
class Coverage:
    """How many sides there are of each kind and how many are touched, and the gaps in reading order."""

    sides: Mapping[Kind, int]
    touched: Mapping[Kind, int]
    gaps: tuple[Gap, ...]

    @property
    def complete(self) -> bool:
        return not self.gaps


@dataclass(frozen=True)
class _Element:
    """A rule or row of one period: `about` is what a scenario must speak of. One that may be spoken of in several ways stands several times."""

    kind: Kind
    source: Source
    formula: str
    about: str
    need: str = ""  # the approval's own formula: a paper of an approval that is not needed is not tested by its condition

    def key(self, side: str, test: str = "") -> tuple[str, ...]:
        return (self.kind, self.source.file, str(self.source.line), self.source.name, test, side)


@dataclass
class _Side:
    """Something to be touched: which element, and what is wanted of it."""

    gap: Gap
    done: bool = False


def measure(book: Rulebook, cases: Sequence[Case], today: date) -> Coverage:
    """The coverage of `cases` over all periods of `book`; an example of a gap is sought under the law of `today` where it is in force."""
    words = _Words(book)
    periods: dict[date, _Period] = {}
    sides: dict[tuple[str, ...], _Side] = {}

    def period(day: date) -> _Period:
        law = book.at(day)
        found = periods.get(law.since)
        if found is None:
            found = periods[law.since] = _Period(law, book)
            for key, gap in found.sides():
                sides.setdefault(key, _Side(gap))
        return found

    dates = list(_dates(book))
    for day in (today, *sorted({one.day for one in dates}, reverse=True)):
        period(day)
    for one in dates:
        for lacks in (one.before, one.since):
            sides.setdefault(one.key(lacks), _Side(Gap("日期", one.source, lacks, one.about, one.day)))
    dated: dict[str, list[_Dated]] = {}
    for one in dates:
        dated.setdefault(one.about, []).append(one)
    for case in cases:
        here = period(case.as_of)
        about = here.concerned(words.spoken_of(case))
        reading = _Answers(here.law.compiled, case.facts)
        for name in about:
            if name not in here.watched:
                here.watched[name] = [_Watch(here, element, sides) for element in here.elements.get(name, ())]
            here.watched[name] = [watch for watch in here.watched[name] if not watch.touch(reading)]
            for one in dated.get(name, ()):
                sides[one.key(one.before if case.as_of < one.day else one.since)].done = True
    per_kind = {kind: [s for s in sides.values() if s.gap.kind == kind] for kind in KINDS}
    gaps = sorted((s.gap for s in sides.values() if not s.done), key=lambda g: (g.source.file, g.source.line, g.kind, g.lacks))
    return Coverage(
        {kind: len(found) for kind, found in per_kind.items()},
        {kind: sum(s.done for s in found) for kind, found in per_kind.items()},
        tuple(gaps),
    )


class _Watch:
    """One element of one period, with the sides of it that are still to be touched."""

    def __init__(self, period: _Period, element: _Element, sides: Mapping[tuple[str, ...], _Side]) -> None:
        self._period = period
        self._element = element
        self._met = sides.get(element.key(MET))
        self._unmet = sides.get(element.key(UNMET))
        self._thresholds = [
            (one, {side: sides[element.key(side, one.id_text)] for side in one.sides}) for one in period.thresholds(element.formula)
        ]

    def touch(self, reading: _Answers) -> bool:
        """Mark what a case touches; whether nothing is left to be touched."""
        formula = self._element.formula
        answer = reading.truth(formula)
        side = self._met if answer is Truth.TRUE else self._unmet if answer is Truth.FALSE else None
        if side is not None and not side.done:
            side.done = not (self._element.need and reading.truth(self._element.need) is Truth.FALSE)
        for one, wanted in self._thresholds:
            fallen = wanted.get(one.side_of(reading.value(one.fact)) or "")
            if fallen is not None and not fallen.done:
                with_it, without = (self._period.with_condition(formula, one.id, t, reading) for t in (Truth.TRUE, Truth.FALSE))
                fallen.done = with_it is not without
        self._thresholds = [(one, wanted) for one, wanted in self._thresholds if not all(s.done for s in wanted.values())]
        return not self._thresholds and all(side is None or side.done for side in (self._met, self._unmet))


class _Answers:
    """What a rulebook answers for one case, worked out only as far as asked: most rows fail on their first test."""

    def __init__(self, book: CompiledRulebook, facts: Facts) -> None:
        self._book = book
        self._values: dict[str, Value | None] = dict(facts)
        self._known: dict[str, Truth] = {}

    def value(self, fact: str) -> Value | None:
        if fact not in self._values:
            table = self._book.tables.get(self._book.derived.get(fact, ""))
            rows = {row.id: self.truth(row.formula) for row in table.rows} if table else {}
            self._values[fact] = table_outcome(table, rows) if table else None
        return self._values[fact]

    def truth(self, identifier: str) -> Truth:
        found = self._known.get(identifier)
        if found is None:
            formula = self._book.formulas.get(identifier)
            found = self._known[identifier] = self._of(formula) if formula else self._test(self._book.conditions[identifier])
        return found

    def _test(self, condition: Condition) -> Truth:
        return evaluate(condition.test, self.value(condition.fact))

    def _of(self, formula: Formula) -> Truth:
        settles = Truth.FALSE if formula.op == "all" else Truth.TRUE
        answer = ~settles
        for part in formula.parts:
            truth = ~self.truth(part.id) if part.negated else self.truth(part.id)
            if truth is settles:
                return settles
            if truth is Truth.UNKNOWN:
                answer = truth
        return answer


@dataclass(frozen=True)
class _Threshold:
    """A numeric test as it stands in one compiled rulebook, and the sides a value can fall on."""

    id: str
    fact: str
    id_text: str
    test: Compare | Between
    sides: tuple[str, ...]

    def side_of(self, value: object) -> str | None:
        if not isinstance(value, (Fraction, date)):
            return None
        if isinstance(self.test, Compare):
            return MET if evaluate(self.test, value) is Truth.TRUE else UNMET
        if evaluate(self.test, value) is Truth.TRUE:
            return _INSIDE
        below = value < self.test.low or (value == self.test.low and not self.test.low_closed)  # type: ignore[operator]
        return _BELOW if below else _ABOVE


class _Period:
    """The elements of the law between two changes, by what they are about."""

    def __init__(self, law: InForce, book: Rulebook) -> None:
        self.law = law
        self.book = book
        self.elements: dict[str, list[_Element]] = {}
        self._reach: dict[str, frozenset[str]] = {}
        self._thresholds: dict[str, tuple[_Threshold, ...]] = {}
        self._conditions: dict[str, frozenset[str]] = {}
        for element in _elements(law):
            self.elements.setdefault(element.about, []).append(element)
        self.watched: dict[str, list[_Watch]] = {}

    def sides(self) -> Iterator[tuple[tuple[str, ...], Gap]]:
        """Everything a scenario is wanted for."""
        for element in (e for found in self.elements.values() for e in found):
            for side in self._answers(element.formula):
                yield (
                    element.key(side),
                    Gap(element.kind, element.source, side, element.about, self.law.since, element.formula, need=element.need),
                )
            for one in self.thresholds(element.formula):
                for side in one.sides:
                    lacks = f"{one.id_text}：{side}"
                    gap = Gap("门槛", element.source, lacks, element.about, self.law.since, element.formula, one.id, element.need)
                    yield element.key(side, one.id_text), gap

    def _answers(self, identifier: str) -> tuple[str, ...]:
        """The answers a rule can give at all: an unconditional one never fails, one that hangs on a missing parameter never holds."""
        possible = self._possible(identifier)
        return tuple(side for side, answer in ((MET, True), (UNMET, False)) if answer in possible)

    def _possible(self, identifier: str) -> frozenset[bool]:
        formula = self.law.compiled.formulas.get(identifier)
        if formula is None:
            missing = self.law.compiled.conditions[identifier].fact in self.law.parameters
            return frozenset() if missing else frozenset({True, False})
        parts = [frozenset(answer is not part.negated for answer in self._possible(part.id)) for part in formula.parts]
        whole, broken = (True, False) if formula.op == "all" else (False, True)
        reachable = {whole} if all(whole in part for part in parts) else set()
        return frozenset(reachable | ({broken} if any(broken in part for part in parts) else set()))

    def concerned(self, spoken: Iterable[str]) -> frozenset[str]:
        """What a scenario that speaks of these says something about: these, and the derived facts that decide them."""
        return frozenset().union(*(self._behind(name) for name in spoken))

    def _behind(self, name: str) -> frozenset[str]:
        found = self._reach.get(name)
        if found is None:
            self._reach[name] = frozenset({name})  # ends a cycle, which the loader refuses anyway
            facts = {self.law.compiled.conditions[c].fact for e in self.elements.get(name, ()) for c in self.conditions(e.formula)}
            derived = [fact for fact in facts if fact in self.law.compiled.derived]
            found = self._reach[name] = frozenset({name}).union(*(self._behind(fact) for fact in derived))
        return found

    def conditions(self, identifier: str) -> frozenset[str]:
        """Every condition below a formula, tables not entered."""
        found = self._conditions.get(identifier)
        if found is None:
            formula = self.law.compiled.formulas.get(identifier)
            below = [self.conditions(part.id) for part in formula.parts] if formula else [frozenset({identifier})]
            found = self._conditions[identifier] = frozenset().union(*below)
        return found

    def thresholds(self, formula: str) -> tuple[_Threshold, ...]:
        found = self._thresholds.get(formula)
        if found is None:
            found = self._thresholds[formula] = tuple(self._read_thresholds(formula))
        return found

    def _read_thresholds(self, formula: str) -> Iterator[_Threshold]:
        for identifier in sorted(self.conditions(formula)):
            condition = self.law.compiled.conditions[identifier]
            test = condition.test
            while isinstance(test, Not):
                test = test.test
            if isinstance(test, (Compare, Between)):
                fact = self.book.vocabulary.facts[condition.fact]
                text = condition.text.removeprefix("非").strip()
                yield _Threshold(identifier, condition.fact, f"{fact.name} {text}", test, _possible_sides(test, fact))

    def with_condition(self, identifier: str, condition: str, answer: Truth, reading: _Answers) -> Truth:
        """What a formula would say if this one condition had that answer."""
        if identifier == condition:
            return answer
        if condition not in self.conditions(identifier):
            return reading.truth(identifier)
        formula = self.law.compiled.formulas[identifier]
        parts = {part.id: self.with_condition(part.id, condition, answer, reading) for part in formula.parts}
        return formula_truth(formula, parts)


def _possible_sides(test: Compare | Between, fact: Fact) -> tuple[str, ...]:
    """The sides on which the fact's range leaves room."""
    low, high = fact.low, fact.high
    if isinstance(test, Compare):
        return (MET, UNMET)
    sides = [_INSIDE]
    if low is None or test.low > low or (test.low == low and not test.low_closed):  # type: ignore[operator]
        sides.append(_BELOW)
    if high is None or test.high < high or (test.high == high and not test.high_closed):  # type: ignore[operator]
        sides.append(_ABOVE)
    return tuple(sides)


def _elements(law: InForce) -> Iterator[_Element]:
    for approval in law.approvals:
        yield from _of_approval(approval)
    for table in law.compiled.tables.values():
        for row in table.rows:
            yield _Element("表行", row.source, row.formula, table.fact)
    for notice in law.notices:
        yield _Element("规则", notice.source, notice.formula, f"告知:{notice.item.code}")
    general: list[InForceRule[Any]] = [*law.lanes, *(one.rule for one in law.joint), *law.clocks, *law.caps]
    for rule in general:
        for about in _about_general(rule.item, law.approvals):
            yield _Element("规则", rule.source, rule.formula, about)
    for route in law.routes:
        for shut in route.exclusions:
            for about in _about_exclusion(route.rule.item, shut.item, law.approvals):
                source = Source(shut.source.file, shut.source.line, f"{route.rule.item.name}：排除“{shut.item.name}”")
                yield _Element("规则", source, shut.formula, about)


def _about_general(item: Any, approvals: Iterable[ApprovalInForce]) -> list[str]:
    """What a scenario has to speak of: the lane, joint procedure or cap itself; of a clock, the procedure of an approval it is for."""
    if not isinstance(item, GeneralClock):
        return [f"总则:{type(item).__name__}:{item.code}"]
    return [f"{item.procedure}:{a.model.code}" for a in approvals if a.model.code in item.approvals or a.model.kind in item.kinds]


def _about_exclusion(general: GeneralRoute, item: Exclusion, approvals: Iterable[ApprovalInForce]) -> list[str]:
    """The routes it may shut: of the approvals it names, else of all that have one of its kind."""
    if item.approvals:
        return [f"路线:{code}" for code in item.approvals]
    return [f"路线:{a.model.code}" for a in approvals if general.way in _ways(a)]


def _ways(approval: ApprovalInForce) -> set[str]:
    return {rule.item.way for rule in approval.routes} | ({"容缺受理"} if approval.later else set())


def _of_approval(approval: ApprovalInForce) -> Iterator[_Element]:
    code = approval.model.code
    for rule in (*approval.applies, *approval.exceptions):
        source = Source(rule.source.file, rule.source.line, f"{approval.model.name}：{rule.item.name}")
        yield _Element("规则", source, rule.formula, code)
    seen: dict[Source, int] = {}
    for part in rules_of(approval):
        if not isinstance(part.item, Applicability):
            # What a layer above says carries the line of its file only: its name tells it from its neighbours.
            name = part.source.name if part.source.name != approval.model.name else f"{part.source.name} {label(part.item)}"
            source = Source(part.source.file, part.source.line, name)
            seen[source] = number = seen.get(source, 0) + 1
            source = source if number == 1 else Source(source.file, source.line, f"{name}（第 {number} 条）")
            yield _Element("规则", source, part.formula, code, approval.need)


@dataclass(frozen=True)
class _Dated:
    """A day on which something of a file begins or ends. `part`: which entry of the file it is, where each counts by itself."""

    day: date
    source: Source
    about: str
    part: str = ""

    @property
    def before(self) -> str:
        return f"{self.day} 以前的法律"

    @property
    def since(self) -> str:
        return f"{self.day} 起的法律"

    def key(self, lacks: str) -> tuple[str, ...]:
        return ("日期", self.source.file, self.part, lacks)


def _dates(book: Rulebook) -> Iterator[_Dated]:
    """Every first and last day written in a file, once for the file; of a general rule, once for the entry."""
    seen: set[tuple[str, date]] = set()

    def days(items: Iterable[Any], source: Source, about: str) -> Iterator[_Dated]:
        for item in items:
            for day in (item.effective, item.until):
                if day is not None and (source.file, day) not in seen:
                    seen.add((source.file, day))
                    yield _Dated(day, source, about)

    for loaded in book.approvals.values():
        for model, source in ((loaded.model, loaded.source), *((o.model, o.source) for o in loaded.overlays)):
            yield from days((part.item for part in grounded_parts(model)), source, loaded.model.code)
    for table in book.tables.values():
        for row in table.rows:
            yield from days([row], Source(row.source.file, row.source.line, table.model.name), table.fact)
    for notice in book.notices:
        yield from days([notice.model], notice.source, f"告知:{notice.model.code}")
    if book.general:
        days_of_law = [*(day - timedelta(days=1) for day in book.changes[:1]), *book.changes]
        approvals = [a for day in days_of_law for a in book.at(day).approvals]
        for one in book.general:
            yield from _general_dates(one, approvals)


def _general_dates(one: LoadedGeneral[Any], approvals: Sequence[ApprovalInForce]) -> Iterator[_Dated]:
    """The days of a general rule and of what it excludes or opens, each told by whatever a scenario may speak of it with.

    `approvals`: those of all dates.
    """
    parts: list[tuple[Any, Source, Iterable[str]]] = []
    if not isinstance(one.model, GeneralRoute):
        parts.append((one.model, one.source, _about_general(one.model, approvals)))
    for key, index, item in one.nested():
        abouts = _about_exclusion(one.model, item, approvals) if isinstance(item, Exclusion) else [item.approval]
        parts.append((item, one.place_of(key, index), abouts))
    for item, source, told in parts:
        for day in (one for one in (item.effective, item.until) if one is not None):
            for about in dict.fromkeys(told):
                yield _Dated(day, source, about, source.name)


_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_OF_ROUTES = re.compile("路线|可走|后补|容缺|承诺|预审|分阶段")
_DERIVED = re.compile(r"推得([^\s“”\"]+?)(?:为|尚不能判断)")


class _Words:
    """Which approvals, derived facts, notices and general rules an expectation speaks of."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._names = {a.model.name: code for code, a in book.approvals.items()}
        self._known: dict[str, frozenset[str]] = {}

    def spoken_of(self, case: Case) -> frozenset[str]:
        return frozenset().union(*(self._in(text) for text in case.expectations))

    def _in(self, text: str) -> frozenset[str]:
        found = self._known.get(text)
        if found is None:
            quoted = _QUOTED.findall(text)
            tokens = [part for token in (quoted or [text]) for part in (token, *token.split("、"))]
            meant = {code for token in tokens for code in self._meant_by(token.strip())}
            meant |= {fact.code for word in _DERIVED.findall(text) if (fact := self._fact(word))}
            approvals = [code for code in meant if code in self._book.approvals]
            meant |= {f"{procedure}:{code}" for procedure in ("补正", "送达") if procedure in text for code in approvals}
            meant |= {f"路线:{code}" for code in approvals if _OF_ROUTES.search(text)}
            if text.startswith("项目没有被阻断"):
                meant |= {f"告知:{n.model.code}" for n in self._book.notices if n.model.severity == "阻断"}
            found = self._known[text] = frozenset(meant)
        return found

    def _meant_by(self, word: str) -> Iterator[str]:
        if not word:
            return
        if word in self._book.approvals:
            yield word
        elif word in self._names:
            yield self._names[word]
        else:
            containing = [code for name, code in self._names.items() if word in name]
            if len(containing) == 1:
                yield containing[0]
        for notice in self._book.notices:
            if word in f"{notice.model.name}：{notice.model.text}":
                yield f"告知:{notice.model.code}"
        for one in self._book.general:
            if word == one.model.name and not isinstance(one.model, GeneralClock | GeneralRoute):
                yield f"总则:{type(one.model).__name__}:{one.model.code}"

    def _fact(self, word: str) -> Fact | None:
        try:
            return self._book.vocabulary.find(word)
        except ValueProblem:
            return None
