"""From the rulebook of all dates to the law in force on one: plain data for inference, and the approvals with their papers.

Conditions and formulas are interned: the same test on the same fact is one condition wherever it is written, so the engine
decides it once. A condition `当: 一律` becomes the empty `all`, which always holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from planner.conditions import Test
from planner.rulebook.compiled import CompiledRulebook, Condition, Formula, Part, Row, Rule, Source, Table
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group, Leaf, Negation, facts_read
from planner.rulebook.models import (
    Applicability,
    Approval,
    Basis,
    Department,
    Hold,
    LaterPaper,
    Limit,
    Material,
    Notice,
    OtherOffice,
    Prerequisite,
    Promise,
    Route,
    SofterGate,
    Step,
    Validity,
)

if TYPE_CHECKING:
    from planner.rulebook.rulebook import LoadedApproval, LoadedOverlay, Rulebook
    from planner.rulebook.tables import LoadedTable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Citation:
    """A legal basis in force on the date, complete with number."""

    document: str
    number: str
    article: str
    checked: bool


@dataclass(frozen=True, slots=True)
class InForceRule(Generic[T]):
    """Something a rule file says that is in force, with the formula that opens it and its citations."""

    item: T
    formula: str
    basis: tuple[Citation, ...]
    checked: bool
    source: Source
    layer: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalInForce:
    """An approval on the date: `need` is true when it is required, false when it is not."""

    model: Approval
    function: str
    department: Department | None
    offices: tuple[tuple[InForceRule[OtherOffice], Department | None], ...]
    need: str
    source: Source
    applies: tuple[InForceRule[Applicability], ...]
    exceptions: tuple[InForceRule[Applicability], ...]
    limits: tuple[InForceRule[Limit], ...]
    promises: tuple[InForceRule[Promise], ...]
    prerequisites: tuple[InForceRule[Prerequisite], ...]
    holds: tuple[InForceRule[Hold], ...]
    materials: tuple[InForceRule[Material], ...]
    routes: tuple[InForceRule[Route], ...]
    validity: tuple[InForceRule[Validity], ...]
    steps: tuple[tuple[Step, str], ...]
    conditions: tuple[str, ...]
    later: tuple[InForceRule[LaterPaper], ...]
    softer: tuple[InForceRule[SofterGate], ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """The formulas that decide how, not whether: office, limit, order, papers, route."""
        return (
            *(office.formula for office, _ in self.offices),
            *(rule.formula for rule in self.limits),
            *(rule.formula for rule in self.prerequisites),
            *(rule.formula for rule in self.holds),
            *(rule.formula for rule in self.materials),
            *(rule.formula for rule in self.routes),
        )


@dataclass(frozen=True, slots=True)
class TableInForce:
    """A table's reasons: which rows there are, with their citations and remarks; and what stands behind "none of them"."""

    table: str
    title: str
    rows: Mapping[str, InForceRule[str]]
    basis: tuple[Citation, ...]
    checked: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """The law of one period between two changes: what inference reads, and what plans are assembled from.

    `since` is the first day of the period, `date.min` before the first change of all.
    """

    since: date
    compiled: CompiledRulebook
    approvals: tuple[ApprovalInForce, ...]
    tables: Mapping[str, TableInForce]
    notices: tuple[InForceRule[Notice], ...]
    missing: tuple[str, ...]


class _Dated(Protocol):
    @property
    def effective(self) -> date | None: ...

    @property
    def until(self) -> date | None: ...


def in_force(item: _Dated, as_of: date) -> bool:
    """生效 is the first day in force, 失效 the first day no longer so."""
    return (item.effective is None or item.effective <= as_of) and (item.until is None or as_of < item.until)


DatedT = TypeVar("DatedT", bound=_Dated)


class _Builder:
    """Interns conditions and formulas."""

    def __init__(self, book: Rulebook, as_of: date) -> None:
        self.book = book
        self.as_of = as_of
        self.conditions: dict[tuple[str, Test], Condition] = {}
        self.formulas: dict[tuple[Literal["all", "any"], tuple[Part, ...]], Formula] = {}
        self.levels: dict[str, int] = {}
        self.fact_levels: dict[str, int] = {}

    def condition(self, leaf: Leaf) -> Part:
        key = (leaf.fact, leaf.test)
        found = self.conditions.get(key)
        if found is None:
            found = self.conditions[key] = Condition(f"c{len(self.conditions):04d}", leaf.fact, leaf.test, leaf.text)
            self.levels[found.id] = self.fact_levels.get(leaf.fact, 0)
        return Part(found.id)

    def part(self, expression: Expression, source: Source) -> Part:
        match expression:
            case Leaf():
                return self.condition(expression)
            case Negation(inner):
                part = self.part(inner, source)
                return Part(part.id, not part.negated)
            case Group(op, parts):
                if len(parts) == 1:
                    return self.part(parts[0], source)
                return Part(self.group(op, [self.part(p, source) for p in parts], source))

    def formula(self, expression: Expression, source: Source) -> str:
        part = self.part(expression, source)
        if part.id in self.levels and part.id.startswith("n") and not part.negated:
            return part.id
        return self.group("all", [part], source)

    def group(self, op: Literal["all", "any"], parts: Sequence[Part], source: Source) -> str:
        key = (op, tuple(dict.fromkeys(parts)))
        found = self.formulas.get(key)
        if found is None:
            level = 1 + max((self.levels[p.id] for p in key[1]), default=0)
            found = self.formulas[key] = Formula(f"n{len(self.formulas):04d}", op, key[1], level, source)
            self.levels[found.id] = level
        return found.id


def compile_for(book: Rulebook, as_of: date, first_day: date) -> InForce:
    """Compile what is in force on `as_of`. `first_day` names the period, so that every date of it gets equal data."""
    builder = _Builder(book, as_of)
    tables, table_views = _compile_tables(builder)
    approvals = tuple(_compile_approval(builder, loaded) for loaded in book.approvals.values())
    notices = tuple(_rule(builder, n.model, n.when, n.source) for n in book.notices if in_force(n.model, as_of))
    rules: dict[str, Rule] = {}
    for approval in approvals:
        rules[approval.model.code] = Rule(approval.model.code, approval.need, approval.source)
    conditions = {c.id: c for c in builder.conditions.values()}
    formulas = {f.id: f for f in builder.formulas.values()}
    digest = hashlib.sha256(f"{book.digest} {first_day.isoformat()}".encode()).hexdigest()
    compiled = CompiledRulebook(first_day, conditions, formulas, tables, rules, {t.fact: t.code for t in tables.values()}, digest)
    missing = tuple(dict.fromkeys(m for layer in book.layers for m in layer.missing))
    return InForce(first_day, compiled, approvals, table_views, notices, missing)


def _citations(builder: _Builder, basis: Iterable[Basis], checked: bool) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for one in basis:
        law = builder.book.laws.get(one.document)
        if law is not None and not in_force(law, builder.as_of):
            continue
        title = law.title if law and law.title else one.document
        found.append(Citation(title, law.number if law else "", one.article, checked))
    return tuple(found)


def _rule(builder: _Builder, item: T, when: Expression, source: Source, layer: str = "") -> InForceRule[T]:
    checked = getattr(item, "checked", "待核") == "已核"
    cited: tuple[Basis, ...] = getattr(item, "basis", ())
    basis = _citations(builder, cited, checked)
    return InForceRule(item, builder.formula(when, source), basis, checked and _stands(cited, basis), source, layer)


def _stands(cited: tuple[Basis, ...], in_force: tuple[Citation, ...]) -> bool:
    """Whether what was checked still holds: a rule whose every law is out of force on this date was checked for another one."""
    return bool(in_force) or not cited


def _compile_tables(builder: _Builder) -> tuple[dict[str, Table], dict[str, TableInForce]]:
    tables: dict[str, Table] = {}
    views: dict[str, TableInForce] = {}
    for loaded in in_dependency_order(builder.book.tables.values()):
        rows: list[Row] = []
        reasons: dict[str, InForceRule[str]] = {}
        for row in loaded.rows:
            if not in_force(row, builder.as_of):
                continue
            identity = f"{loaded.model.code}#{row.id}"
            formula = builder.formula(row.when, row.source)
            rows.append(Row(identity, formula, row.outcome, row.source))
            basis = _citations(builder, row.basis, row.checked)
            reasons[identity] = InForceRule(row.note, formula, basis, row.checked and _stands(row.basis, basis), row.source)
        level = 1 + max((builder.levels[r.formula] for r in rows), default=0)
        policy: Literal["unique", "highest", "collect"] = (
            "unique" if loaded.model.policy == "唯一" else "highest" if loaded.model.policy == "取最高" else "collect"
        )
        tables[loaded.model.code] = Table(
            loaded.model.code, loaded.fact, policy, loaded.order, loaded.default, tuple(rows), level, loaded.source
        )
        # A condition on this fact stands where the table's rows are known; formulas that read it come one level above.
        builder.fact_levels[loaded.fact] = level - 1
        checked = loaded.model.checked == "已核"
        basis = _citations(builder, loaded.model.basis, checked)
        checked = checked and _stands(loaded.model.basis, basis)
        views[loaded.model.code] = TableInForce(loaded.model.code, loaded.model.name, reasons, basis, checked)
    return tables, views


def in_dependency_order(tables: Iterable[LoadedTable]) -> list[LoadedTable]:
    """Tables such that each stands after those whose facts it reads. A cycle is broken anywhere (the loader refuses it)."""
    by_fact = {t.fact: t for t in tables}
    done: dict[str, LoadedTable] = {}
    busy: set[str] = set()

    def visit(table: LoadedTable) -> None:
        if table.fact in done or table.fact in busy:
            return
        busy.add(table.fact)
        for fact in sorted({f for row in table.rows for f in facts_read(row.when)}):
            if fact in by_fact:
                visit(by_fact[fact])
        done[table.fact] = table

    for table in by_fact.values():
        visit(table)
    return list(done.values())


def _of_layer(builder: _Builder, overlay: LoadedOverlay, key: str, items: Sequence[DatedT]) -> list[InForceRule[DatedT]]:
    """What a layer above says under `key` that is in force."""
    return [
        _rule(builder, item, overlay.conditions.get(f"{key}/{index}", ALWAYS_TRUE), overlay.source, overlay.layer)
        for index, item in enumerate(items)
        if in_force(item, builder.as_of)
    ]


def _compile_approval(builder: _Builder, loaded: LoadedApproval) -> ApprovalInForce:
    model = loaded.model
    source = loaded.source

    def rules(key: str, items: Sequence[DatedT]) -> tuple[InForceRule[DatedT], ...]:
        found = []
        for index, item in enumerate(items):
            if not in_force(item, builder.as_of):
                continue
            place = f"{key}/{index}"
            at = Source(source.file, loaded.lines.get(place, source.line), f"{model.name} {key}")
            found.append(_rule(builder, item, loaded.conditions.get(place, ALWAYS_TRUE), at, loaded.layer))
        return tuple(found)

    applies, exceptions = rules("适用", model.applies), rules("例外", model.exceptions)
    needed = builder.group("any", [Part(r.formula) for r in applies], source)
    need = builder.group("all", [Part(needed), *(Part(r.formula, negated=True) for r in exceptions)], source)
    promises, later, softer, routes = list(rules("承诺时限", model.promises)), [], [], list(rules("路线", model.routes))
    function, conditions = model.function, list(model.conditions)
    for overlay in loaded.overlays:
        o = overlay.model
        function = o.function or function
        conditions += o.conditions
        # The nearest layer's promise is the one published to the applicant; it replaces, not adds to, the layer below.
        promises = _of_layer(builder, overlay, "承诺时限", o.promises) or promises
        later += _of_layer(builder, overlay, "容缺后补", o.later)
        softer += _of_layer(builder, overlay, "卡点放宽", o.softer)
        routes += _of_layer(builder, overlay, "路线", o.routes)
    steps = tuple(
        (step, builder.formula(loaded.conditions.get(f"准备/{index}", ALWAYS_TRUE), source))
        for index, step in enumerate(model.steps)
    )
    return ApprovalInForce(
        model=model,
        function=function,
        department=builder.book.departments.get(function),
        offices=tuple((rule, builder.book.departments.get(rule.item.function)) for rule in rules("改由", model.offices)),
        need=need,
        source=source,
        applies=applies,
        exceptions=exceptions,
        limits=rules("法定时限", model.limits),
        promises=tuple(promises),
        prerequisites=rules("前置", model.prerequisites),
        holds=rules("卡住", model.holds),
        materials=rules("材料", model.materials),
        routes=tuple(routes),
        validity=rules("有效期", model.validity),
        steps=steps,
        conditions=tuple(conditions),
        later=tuple(later),
        softer=tuple(softer),
    )
