"""From the rulebook of all dates to the law in force on one: plain data for inference, and the approvals with their papers.

Conditions and formulas are interned: the same test on the same fact is one condition wherever it is written, so the engine
decides it once. A condition `当: 一律` becomes the empty `all`, which always holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from planner.conditions import OneOf, Test
from planner.rulebook.compiled import PARAMETER, CompiledRulebook, Condition, Formula, Part, Row, Rule, Source, Table
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group, Leaf, Negation, ParameterLeaf, facts_read, parameters_read
from planner.rulebook.models import (
    Applicability,
    Approval,
    Basis,
    ChosenGate,
    Department,
    Exclusion,
    GeneralClock,
    GeneralRoute,
    Grounded,
    Handling,
    Hold,
    JointModel,
    LaneModel,
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
    TimeCapModel,
    Validity,
)

if TYPE_CHECKING:
    from planner.rulebook.general import LoadedGeneral
    from planner.rulebook.rulebook import LoadedApproval, LoadedOverlay, LoadedParameter, Rulebook
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
class Stated(Generic[T]):
    """Something a file states for the date without a condition, with its citations. `stands`: not every law it cites is out of force."""

    item: T
    basis: tuple[Citation, ...]
    checked: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class TeamInForce:
    """A working group on the date and the codes of the project classes it is there for."""

    code: str
    name: str
    classes: frozenset[str]
    offices: tuple[str, ...]
    basis: tuple[Citation, ...]
    checked: bool


@dataclass(frozen=True, slots=True)
class GeneralRouteInForce:
    """What holds for every route of one kind that is the applicant's choice, and what none of them may be taken for."""

    rule: InForceRule[GeneralRoute]
    exclusions: tuple[InForceRule[Exclusion], ...]


@dataclass(frozen=True, slots=True)
class JointInForce:
    """Approvals handled as one, and the bureau that leads."""

    rule: InForceRule[JointModel]
    lead: Stated[Department] | None


@dataclass(frozen=True, slots=True)
class ApprovalInForce:
    """An approval on the date: `need` is true when it is required, false when it is not.

    `since`: the first day on which a rule of it is in force, when all of them begin after the date: the rulebook then says nothing of
    the date. `handling`: how it is handed in where that differs from its department's way, the nearest layer's first. `chosen`: the
    layers' choices between two readings of a gate.
    """

    model: Approval
    function: str
    department: Stated[Department] | None
    offices: tuple[tuple[InForceRule[OtherOffice], Stated[Department] | None], ...]
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
    chosen: tuple[InForceRule[ChosenGate], ...]
    handling: tuple[Stated[Handling], ...]
    since: date | None
    questions: tuple[str, ...]
    """The formulas that decide how, not whether: office, limit, order, papers, route, validity."""


@dataclass(frozen=True, slots=True)
class TableInForce:
    """A table's reasons: which rows there are, with their citations and remarks; and what stands behind "none of them"."""

    table: str
    title: str
    rows: Mapping[str, InForceRule[str]]
    basis: tuple[Citation, ...]
    checked: bool


@dataclass(frozen=True, slots=True)
class MissingParameter:
    """A parameter the rulebook has no value for on the date.

    `fact` stands for it in conditions: a derived fact whose table has no row, so that everything that turns on it stays unknown.
    """

    code: str
    name: str
    unit: str
    note: str
    fact: str
    uses: tuple[str, ...]
    basis: tuple[Citation, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class InForce:
    """The law of one period between two changes: what inference reads, and what plans are assembled from.

    `since` is the first day of the period, `date.min` before the first change of all. `parameters`: those without a value, by the fact
    that stands for them.
    """

    since: date
    compiled: CompiledRulebook
    approvals: tuple[ApprovalInForce, ...]
    tables: Mapping[str, TableInForce]
    notices: tuple[InForceRule[Notice], ...]
    missing: tuple[str, ...]
    parameters: Mapping[str, MissingParameter]
    teams: tuple[TeamInForce, ...]
    """The nearest layer's first."""
    routes: tuple[GeneralRouteInForce, ...]
    lanes: tuple[InForceRule[LaneModel], ...]
    joint: tuple[JointInForce, ...]
    clocks: tuple[InForceRule[GeneralClock], ...]
    caps: tuple[InForceRule[TimeCapModel], ...]


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
        self.conditions: dict[tuple[str, Test, str], Condition] = {}
        self.formulas: dict[tuple[Literal["all", "any"], tuple[Part, ...]], Formula] = {}
        self.levels: dict[str, int] = {}
        self.fact_levels: dict[str, int] = {}
        self.missing: dict[str, MissingParameter] = {}
        self.general = [one for one in book.general if in_force(one.model, as_of)]
        for parameter in book.parameters.values():
            version = parameter.on(as_of)
            if version is not None and version.value is None:
                self.lacking(parameter)

    def lacking(self, parameter: LoadedParameter) -> MissingParameter:
        """The parameter as one without a value on the date."""
        fact = PARAMETER + parameter.code
        found = self.missing.get(fact)
        if found is None:
            version = parameter.on(self.as_of)
            nearest = version or parameter.versions[-1]
            note = nearest.model.note if version else "规则库没有收录它在这一天的规定"
            basis = _citations(self, nearest.model.basis, nearest.model.checked == "已核")
            found = self.missing[fact] = MissingParameter(
                parameter.code, parameter.name, parameter.unit, note, fact, parameter.uses, basis, nearest.source
            )
        return found

    def by_parameter(self, leaf: ParameterLeaf) -> Leaf:
        """The ordinary test that the parameter's value on the date makes of it; without one, a test nothing ever answers."""
        parameter = self.book.parameters[leaf.parameter]
        version = parameter.on(self.as_of)
        if version is not None and version.value is not None:
            test = self.book.vocabulary.read_test(self.book.vocabulary.facts[leaf.fact], leaf.before + version.value + leaf.after)
            if test is None:
                raise ValueError(f"{leaf.text} is no test")
            return Leaf(leaf.fact, test, f"{leaf.before}{version.value}{leaf.after}（参数“{parameter.name}”）")
        # The test's words tell it from other tests against the same parameter: they are different conditions.
        text = f"{self.book.vocabulary.facts[leaf.fact].name} {leaf.text}"
        return Leaf(self.lacking(parameter).fact, OneOf("choice", (text,), frozenset({text}), frozenset()), text)

    def condition(self, leaf: Leaf, parameter: str = "") -> Part:
        # A test that a parameter gave stays apart from the same test written out: reasons name the parameter.
        key = (leaf.fact, leaf.test, parameter)
        found = self.conditions.get(key)
        if found is None:
            found = self.conditions[key] = Condition(f"c{len(self.conditions):04d}", leaf.fact, leaf.test, leaf.text)
            self.levels[found.id] = self.fact_levels.get(leaf.fact, 0)
        return Part(found.id)

    def part(self, expression: Expression, source: Source) -> Part:
        match expression:
            case Leaf():
                return self.condition(expression)
            case ParameterLeaf():
                return self.condition(self.by_parameter(expression), expression.parameter)
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
    general = _general(builder)
    rules: dict[str, Rule] = {}
    for approval in approvals:
        rules[approval.model.code] = Rule(approval.model.code, approval.need, approval.source)
    conditions = {c.id: c for c in builder.conditions.values()}
    formulas = {f.id: f for f in builder.formulas.values()}
    tables = {**{one.fact: _table_without_rows(one) for one in builder.missing.values()}, **tables}
    digest = hashlib.sha256(f"{book.digest} {first_day.isoformat()}".encode()).hexdigest()
    compiled = CompiledRulebook(first_day, conditions, formulas, tables, rules, {t.fact: t.code for t in tables.values()}, digest)
    missing = tuple(dict.fromkeys(m for layer in book.layers for m in layer.missing))
    for one in builder.missing.values():
        table_views[one.fact] = TableInForce(one.fact, f"参数“{one.name}”", {}, one.basis, False)
    return InForce(
        first_day,
        compiled,
        approvals,
        table_views,
        notices,
        missing,
        dict(builder.missing),
        _teams(builder),
        *general,
    )


def _general(
    builder: _Builder,
) -> tuple[
    tuple[GeneralRouteInForce, ...],
    tuple[InForceRule[LaneModel], ...],
    tuple[JointInForce, ...],
    tuple[InForceRule[GeneralClock], ...],
    tuple[InForceRule[TimeCapModel], ...],
]:
    """The general rules in force, by kind, those of the ground layer first."""
    routes: list[GeneralRouteInForce] = []
    lanes: list[InForceRule[LaneModel]] = []
    joint: list[JointInForce] = []
    clocks: list[InForceRule[GeneralClock]] = []
    caps: list[InForceRule[TimeCapModel]] = []
    for one in builder.general:
        rule = _rule(builder, one.model, one.when(), one.source, one.layer)
        match one.model:
            case GeneralRoute():
                routes.append(GeneralRouteInForce(rule, tuple(_parts(builder, one, "排除"))))
            case LaneModel():
                lanes.append(rule)
            case JointModel():
                joint.append(JointInForce(rule, _department(builder, one.model.lead)))
            case GeneralClock():
                clocks.append(rule)
            case TimeCapModel():
                caps.append(rule)
    return tuple(routes), tuple(lanes), tuple(joint), tuple(clocks), tuple(caps)


def _parts(builder: _Builder, one: LoadedGeneral[Any], key: str) -> Iterator[InForceRule[Any]]:
    """The parts of a general rule under `key` that are in force."""
    for found, index, part in one.nested():
        if found == key and in_force(part, builder.as_of):
            line = one.positions.of((key, index))[0]
            source = Source(one.source.file, line, f"{one.source.name} {key}")
            yield _rule(builder, part, one.when(f"{key}/{index}"), source, one.layer)


def _lane_routes(builder: _Builder, code: str) -> Iterator[InForceRule[Route]]:
    """The routes that the fast lanes open here give an approval: for projects that fit the lane."""
    for one in builder.general:
        if isinstance(one.model, LaneModel) and one.model.open:
            lane = _rule(builder, one.model, one.when(), one.source, one.layer)
            for route in _parts(builder, one, "路线"):
                if route.item.approval == code:
                    # The route rests on the lane: on its condition, its laws, and on whether these were checked.
                    yield replace(
                        route,
                        formula=builder.group("all", [Part(lane.formula), Part(route.formula)], route.source),
                        basis=tuple(dict.fromkeys((*route.basis, *lane.basis))),
                        checked=route.checked and lane.checked,
                    )


def _teams(builder: _Builder) -> tuple[TeamInForce, ...]:
    found: list[TeamInForce] = []
    for versions in reversed(list(builder.book.teams.values())):  # the nearest layer's first
        for loaded in versions:
            if in_force(loaded.model, builder.as_of):
                model, stated = loaded.model, _stated(builder, loaded.model)
                found.append(TeamInForce(model.code, model.name, loaded.classes, model.offices, stated.basis, stated.checked))
    return tuple(found)


GroundedT = TypeVar("GroundedT", bound=Grounded)


def _stated(builder: _Builder, item: GroundedT) -> Stated[GroundedT]:
    basis = _citations(builder, item.basis, item.checked == "已核")
    stands = _stands(item.basis, basis)
    return Stated(item, basis, item.checked == "已核" and stands, stands)


def _department(builder: _Builder, function: str) -> Stated[Department] | None:
    """Who exercises the function on the date; None when the file names nobody for it."""
    versions = builder.book.departments.get(function, ())
    found = next((one for one in versions if in_force(one, builder.as_of)), None)
    return None if found is None else _stated(builder, found)


def _table_without_rows(parameter: MissingParameter) -> Table:
    """Gives the fact that stands for a parameter without a value: never anything."""
    return Table(parameter.fact, parameter.fact, "unique", (), None, (), 1, parameter.source)


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
    return _grounded(builder, item, when, basis, checked and _stands(cited, basis), source, layer)


def _grounded(
    builder: _Builder, item: T, when: Expression, basis: tuple[Citation, ...], checked: bool, source: Source, layer: str = ""
) -> InForceRule[T]:
    """A rule also rests on the laws that give the parameters it names, and is no surer than they are."""
    for code in sorted(parameters_read(when)):
        version = builder.book.parameters[code].on(builder.as_of)
        if version is not None and version.value is not None:
            sure = version.model.checked == "已核"
            laws = _citations(builder, version.model.basis, sure)
            basis = tuple(dict.fromkeys((*basis, *laws)))
            checked = checked and sure and _stands(version.model.basis, laws)
    return InForceRule(item, builder.formula(when, source), basis, checked, source, layer)


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
            basis = _citations(builder, row.basis, row.checked)
            checked = row.checked and _stands(row.basis, basis)
            reason = reasons[identity] = _grounded(builder, row.note, row.when, basis, checked, row.source)
            rows.append(Row(identity, reason.formula, row.outcome, row.source))
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
    promises, later, routes = list(rules("承诺时限", model.promises)), [], list(rules("路线", model.routes))
    softer: list[InForceRule[SofterGate]] = []
    chosen: list[InForceRule[ChosenGate]] = []
    function, conditions = model.function, list(model.conditions)
    handling = [model.handling]
    for overlay in loaded.overlays:
        o = overlay.model
        function = o.function or function
        conditions += o.conditions
        # The nearest layer's promise is the one published to the applicant; it replaces, not adds to, the layer below.
        promises = _of_layer(builder, overlay, "承诺时限", o.promises) or promises
        later += _of_layer(builder, overlay, "容缺后补", o.later)
        choices = _of_layer(builder, overlay, "卡点选定", o.chosen)
        settled = {choice.item.approval for choice in choices}
        # What a layer chooses stands against the layers below it; a layer above may still soften it.
        softer = [one for one in softer if one.item.approval not in settled]
        softer += _of_layer(builder, overlay, "卡点放宽", o.softer)
        chosen = [*(one for one in chosen if one.item.approval not in settled), *choices]
        handling.append(o.handling)
        routes += _of_layer(builder, overlay, "路线", o.routes)
    routes += _lane_routes(builder, model.code)
    steps = tuple(
        (step, builder.formula(loaded.conditions.get(f"准备/{index}", ALWAYS_TRUE), source))
        for index, step in enumerate(model.steps)
    )
    offices = tuple((rule, _department(builder, rule.item.function)) for rule in rules("改由", model.offices))
    limits, prerequisites, holds = (
        rules("法定时限", model.limits),
        rules("前置", model.prerequisites),
        rules("卡住", model.holds),
    )
    materials, validity = rules("材料", model.materials), rules("有效期", model.validity)
    decide_how: list[InForceRule[Any]] = [
        *(rule for rule, _ in offices),
        *limits,
        *prerequisites,
        *holds,
        *materials,
        *routes,
        *later,
        *validity,
    ]
    return ApprovalInForce(
        model=model,
        function=function,
        department=_department(builder, function),
        offices=offices,
        need=need,
        source=source,
        applies=applies,
        exceptions=exceptions,
        limits=limits,
        promises=tuple(promises),
        prerequisites=prerequisites,
        holds=holds,
        materials=materials,
        routes=tuple(routes),
        validity=validity,
        steps=steps,
        conditions=tuple(conditions),
        later=tuple(later),
        softer=tuple(softer),
        chosen=tuple(chosen),
        handling=tuple(_stated(builder, one) for one in reversed(handling) if one is not None and in_force(one, builder.as_of)),
        since=_since(model, builder.as_of),
        questions=tuple(dict.fromkeys(rule.formula for rule in decide_how)),
    )


def _since(model: Approval, as_of: date) -> date | None:
    """The first day of any rule, when every one begins after the date; else None."""
    days = [rule.effective for rule in model.applies if rule.effective is not None and rule.effective > as_of]
    return min(days) if len(days) == len(model.applies) else None
