"""Why: from formulas and truth values to reasons a clerk can read and check.

A reason names only what decided: for a rule that holds, everything it needed; for one that fails, the conditions that failed; for an
open one, what is not known. A condition on a derived fact brings the table rows behind it, so that the chain ends at the law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.inference.questions import OpenQuestions
from planner.plan import FactRead, Holds, LegalBasis, NotRequired, Reason
from planner.rulebook.compile import ApprovalInForce, Citation, InForce, InForceRule, MissingParameter
from planner.rulebook.compiled import CompiledRulebook
from planner.vocabulary import Vocabulary, show_value

T = TypeVar("T")
HOLDS: Mapping[Truth, Holds] = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "unknown"}


@lru_cache(maxsize=4096)
def legal_basis(citations: tuple[Citation, ...]) -> tuple[LegalBasis, ...]:
    """Citations as plans show them."""
    return tuple(LegalBasis(document=c.document, number=c.number, article=c.article, verified=c.checked) for c in citations)


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """Why an approval is, or may be, needed, and the facts that would settle it while it is open. Told apart by identity."""

    reasons: tuple[Reason, ...]
    depends_on: tuple[str, ...]


class LawMemory:
    """Reasons and parts of plans already worked out under one day's law.

    Why an approval is needed or not depends on nothing but the values of the facts its rules read, directly or through tables, so
    remembering the answer by those values is exact. Bounded: when full it starts anew. What a paper or gate looks like in a plan depends on
    its rule and status alone: there are only so many.
    """

    def __init__(self, law: InForce, room: int = 20_000) -> None:
        self.law = law  # keeps the rules alive, by whose identity parts are remembered
        self.book = law.compiled
        self.room = room
        self._parts: dict[tuple[object, ...], Any] = {}
        self._facts: dict[str, tuple[str, ...]] = {}
        self._read_behind: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[object, ...], Any] = {}
        self._dated: dict[tuple[object, ...], Any] = {}

    def recall(self, kind: str, approval: ApprovalInForce, conclusions: Conclusions, work_out: Callable[[], T]) -> T:
        """What is remembered of the approval's need, or what `work_out` says, remembered from now on."""
        facts = self._facts.get(approval.need)
        if facts is None:
            facts = self._facts[approval.need] = tuple(sorted(self._read(approval.need)))
        values = conclusions.values
        # By the approval's own code: two approvals on the same condition share a formula, but not their rules and laws.
        key = (kind, approval.model.code, conclusions.given, *map(values.get, facts))
        return self.by(key, work_out)

    def by(self, key: tuple[object, ...], work_out: Callable[[], T], *, dated: bool = False) -> T:
        """What is remembered under `key`, which must say everything it depends on besides this law; else what `work_out` says.

        `dated`: it depends on days, too, of which there are many: these do not crowd out the rest.
        """
        known = self._dated if dated else self._known
        found = known.get(key)
        if found is None:
            if len(known) >= self.room:
                known.clear()
            found = known[key] = work_out()
        return cast(T, found)

    def part(self, rule: object, *variant: object, make: Callable[[], T]) -> T:
        """The part of a plan that `rule`, a piece of this law, becomes in this variant; made once."""
        key = (id(rule), *variant)
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = make()
        return cast(T, found)

    def _read(self, identifier: str) -> frozenset[str]:
        formula = self.book.formulas.get(identifier)
        if formula is None:
            return self._behind(self.book.conditions[identifier].fact)
        return frozenset().union(*(self._read(part.id) for part in formula.parts))

    def _behind(self, fact: str) -> frozenset[str]:
        """The fact, and those that its table reads, directly or not; worked out once for each fact."""
        found = self._read_behind.get(fact)
        if found is None:
            table = self.book.tables.get(self.book.derived.get(fact, ""))
            formulas = dict.fromkeys(row.formula for row in table.rows) if table else ()
            found = self._read_behind[fact] = frozenset({fact}).union(*map(self._read, formulas))
        return found


class Explainer:
    """Explains one project's conclusions under one day's law."""

    def __init__(self, law: InForce, vocabulary: Vocabulary, conclusions: Conclusions, memory: LawMemory | None = None) -> None:
        self.law = law
        self.memory = memory if memory is not None else LawMemory(law)
        self.book: CompiledRulebook = law.compiled
        self.vocabulary = vocabulary
        self.conclusions = conclusions
        self.open = OpenQuestions(law.compiled, conclusions)
        self._read: dict[tuple[str, bool], FactRead] = {}
        self._rows: dict[str, tuple[Reason, ...]] = {}

    def deciding(self, formula: str) -> list[tuple[str, bool]]:
        """The conditions that decide a formula's truth, each with whether it is read as its contrary; in written order."""
        found: dict[tuple[str, bool], None] = {}
        self._walk(formula, False, found)
        return list(found)

    def _walk(self, identifier: str, negated: bool, found: dict[tuple[str, bool], None]) -> None:
        formula = self.book.formulas.get(identifier)
        if formula is None:
            found[(identifier, negated)] = None
            return
        truth = self.conclusions.formulas[identifier]
        for part in formula.parts:
            known = self.conclusions.formulas.get(part.id)
            value = known if known is not None else self.conclusions.conditions[part.id]
            if (~value if part.negated else value) is truth:
                self._walk(part.id, negated != part.negated, found)

    def fact_read(self, identifier: str, negated: bool) -> FactRead:
        """The value a condition read, its test and the answer."""
        found = self._read.get((identifier, negated))
        if found is None:
            condition = self.book.conditions[identifier]
            lacking = self.law.parameters.get(condition.fact)
            if lacking is not None:
                found = self._read[(identifier, negated)] = FactRead(
                    fact=lacking.fact,
                    name=f"参数“{lacking.name}”",
                    value="规则库未载明",
                    test=f"非（{condition.text}）" if negated else condition.text,
                    holds="unknown",
                )
                return found
            fact = self.vocabulary.facts[condition.fact]
            truth = self.conclusions.conditions[identifier]
            found = self._read[(identifier, negated)] = FactRead(
                fact=fact.code,
                name=fact.name,
                value=show_value(fact, self.conclusions.values.get(fact.code)),
                test=f"非（{condition.text}）" if negated else condition.text,
                holds=HOLDS[~truth if negated else truth],
            )
        return found

    def reason(self, rule: InForceRule[Any], name: str, lead: str) -> Reason:
        """The reason that `rule` gives: `lead` says in a word what it means for the approval."""
        truth = self.conclusions.formulas[rule.formula]
        reads = tuple(self.fact_read(*one) for one in self.deciding(rule.formula))
        return Reason(
            rule=name,
            text=_sentence(lead, name, truth, reads),
            holds=HOLDS[truth],
            facts=reads,
            basis=legal_basis(rule.basis),
            verified=rule.checked,
            file=rule.source.file,
            line=rule.source.line,
        )

    def behind(self, formulas: Iterable[str]) -> Iterator[Reason]:
        """The table rows behind the derived facts that decided these formulas, down to the facts a project states."""
        seen: set[str] = set()
        for formula in formulas:
            yield from self._behind(formula, seen)

    def _behind(self, formula: str, seen: set[str]) -> Iterator[Reason]:
        for identifier, _ in self.deciding(formula):
            fact = self.book.conditions[identifier].fact
            code = self.book.derived.get(fact)
            if code is None or code in seen:
                continue
            seen.add(code)
            if fact in self.law.parameters:
                yield self._lacking(self.law.parameters[fact])
                continue
            if fact in self.conclusions.given:
                name = self.vocabulary.facts[fact].name
                yield Reason(rule=name, text=f"“{name}”由项目直接给定（以主管部门认定为准）", holds="true")
                continue
            yield from self._row_reasons(code)
            for row in self.book.tables[code].rows:
                if self.conclusions.rows[row.id] is not Truth.FALSE:
                    yield from self._behind(row.formula, seen)

    def _lacking(self, parameter: MissingParameter) -> Reason:
        """Why nothing can be concluded from a parameter without a value."""
        remark = f"（{parameter.note.rstrip('。')}）" if parameter.note else ""
        return Reason(
            rule=f"参数“{parameter.name}”",
            text=f"规则库缺少参数“{parameter.name}”的数值{remark}，用到它的条件不能判断",
            holds="unknown",
            basis=legal_basis(parameter.basis),
            verified=False,
            file=parameter.source.file,
            line=parameter.source.line,
        )

    def _row_reasons(self, code: str) -> tuple[Reason, ...]:
        found = self._rows.get(code)
        if found is not None:
            return found
        table = self.book.tables[code]
        view = self.law.tables[code]
        fact = self.vocabulary.facts[table.fact]
        reasons: list[Reason] = []
        for row in table.rows:
            truth = self.conclusions.rows[row.id]
            if truth is Truth.FALSE:
                continue
            rule = view.rows[row.id]
            reads = tuple(self.fact_read(*one) for one in self.deciding(row.formula))
            outcome = show_value(fact, row.outcome)
            verb = "得出" if truth is Truth.TRUE else "可能得出"
            detail = f"（{rule.item}）" if rule.item else ""
            reasons.append(
                Reason(
                    rule=row.source.name,
                    text=f"{row.source.name}{detail}：{verb} {fact.name} = {outcome}。{_listing(truth, reads)}",
                    holds=HOLDS[truth],
                    facts=reads,
                    basis=legal_basis(rule.basis),
                    verified=rule.checked,
                    file=rule.source.file,
                    line=rule.source.line,
                )
            )
        if not reasons:
            value = show_value(fact, self.conclusions.values.get(fact.code))
            text = f"{view.title}：没有一行适用，{fact.name} = {value}"
            if self.conclusions.values.get(fact.code) is None:
                text = f"{view.title}：收录的各行都不适用，规则库未载明“{fact.name}”；可由主管部门认定后直接填写"
            reasons.append(
                Reason(
                    rule=view.title,
                    text=text,
                    holds="true",
                    basis=legal_basis(view.basis),
                    verified=view.checked,
                    file=table.source.file,
                    line=table.source.line,
                )
            )
        self._rows[code] = tuple(reasons)
        return self._rows[code]

    def why_needed(self, approval: ApprovalInForce) -> tuple[Reason, ...]:
        """Reasons for an approval that is, or may be, needed."""
        return self.grounds(approval).reasons

    def grounds(self, approval: ApprovalInForce) -> Grounds:
        """Reasons for an approval that is, or may be, needed, with what would settle it."""

        def work_out() -> Grounds:
            return Grounds(self._why_needed(approval), self.open.facts(approval.need))

        return self.memory.recall("needed", approval, self.conclusions, work_out)

    def _why_needed(self, approval: ApprovalInForce) -> tuple[Reason, ...]:
        truths = self.conclusions.formulas
        holding = [r for r in approval.applies if truths[r.formula] is Truth.TRUE]
        rules = holding or [r for r in approval.applies if truths[r.formula] is Truth.UNKNOWN]
        reasons = [self.reason(r, r.item.name, "需要办理") for r in rules]
        doubts = [r for r in approval.exceptions if truths[r.formula] is Truth.UNKNOWN]
        reasons += [self.reason(r, r.item.name, "不必办理的例外") for r in doubts]
        reasons += self.behind(r.formula for r in [*rules, *doubts])
        return tuple(reasons)

    def why_not(self, approval: ApprovalInForce) -> tuple[Reason, ...]:
        """Reasons for an approval that is not needed: the exception that holds, or each rule with the condition that failed."""
        return self.not_required(approval).because

    def not_required(self, approval: ApprovalInForce) -> NotRequired:
        """An approval that is not needed, with its reasons."""

        def work_out() -> NotRequired:
            return NotRequired(code=approval.model.code, name=approval.model.name, because=self._why_not(approval))

        return self.memory.recall("not needed", approval, self.conclusions, work_out)

    def _why_not(self, approval: ApprovalInForce) -> tuple[Reason, ...]:
        truths = self.conclusions.formulas
        excepted = [r for r in approval.exceptions if truths[r.formula] is Truth.TRUE]
        rules = excepted or list(approval.applies)
        if not rules:
            return (Reason(rule="", text="在此日期没有有效的适用规则", holds="true"),)
        lead = "不必办理" if excepted else "需要办理"
        reasons = [self.reason(r, r.item.name, lead) for r in rules]
        reasons += self.behind(r.formula for r in rules)
        return tuple(reasons)


def _sentence(lead: str, name: str, truth: Truth, reads: tuple[FactRead, ...]) -> str:
    if truth is Truth.TRUE:
        return f"{lead}：{name}。{_listing(truth, reads)}"
    if truth is Truth.FALSE:
        return f"“{name}”不成立。{_listing(truth, reads)}"
    return f"“{name}”尚不能判断。{_listing(truth, reads)}"


def _listing(truth: Truth, reads: tuple[FactRead, ...]) -> str:
    if not reads:
        return "一律适用" if truth is Truth.TRUE else ""
    word = "要求 " if truth is not Truth.TRUE else ""
    return "；".join(f"{r.name}：{r.value}" + ("" if r.value == r.test else f"（{word}{r.test}）") for r in reads)
