"""What must hold between files before a rulebook can be used at all: references, dates, layers, acyclicity.

These are the loader's own checks: without them a plan could be silently wrong. Each finding stands at the line that has to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from planner.calendar import CalendarDays, Span, WorkingDays
from planner.conditions import Is, OneOf
from planner.diagnostics import Diagnostic, did_you_mean
from planner.rulebook.compile import in_dependency_order
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group, Leaf, Negation, facts_read
from planner.rulebook.models import Basis
from planner.rulebook.rulebook import LoadedApproval, LoadedOverlay, Rulebook
from planner.rulebook.source import Path_, Positions

Places: TypeAlias = Mapping[str, tuple[Positions, str]]
OverlayPlaces: TypeAlias = Mapping[tuple[str, str], tuple[Positions, str]]

_DATED_LISTS = (
    ("适用", "applies", "name"),
    ("例外", "exceptions", "name"),
    ("法定时限", "limits", ""),
    ("前置", "prerequisites", ""),
    ("卡住", "holds", ""),
    ("材料", "materials", "name"),
    ("路线", "routes", ""),
    ("有效期", "validity", ""),
    ("承诺时限", "promises", ""),
)


def check_consistency(
    book: Rulebook, approvals: Places, overlays: OverlayPlaces, tables: Places, notices: Places
) -> list[Diagnostic]:
    """Every inconsistency between the files of a rulebook."""
    problems: list[Diagnostic] = []
    for code, loaded in book.approvals.items():
        positions = approvals[code][0]
        problems += _check_approval(book, loaded, positions)
        for overlay in loaded.overlays:
            over_positions = overlays[(overlay.layer, code)][0]
            problems += _check_overlay(loaded, overlay, over_positions, approvals[code][1])
            problems += _check_bases(book, overlay.model, over_positions)
    for code, table in book.tables.items():
        positions = tables[code][0]
        problems += _basis_problems(book, table.model.basis, ("依据",), positions)
        for index, row in enumerate(table.model.rows or ()):
            problems += _basis_problems(book, row.basis, ("行", index, "依据"), positions)
        problems += _date_order(table.model, (), positions)
        if table.model.rows is None:
            problems += _csv_basis(book, table.rows, positions.file[: -len("yaml")] + "csv", table.model.basis)
    for notice in book.notices:
        positions = notices[notice.model.code][0]
        problems += _basis_problems(book, notice.model.basis, ("依据",), positions)
        problems += _date_order(notice.model, (), positions)
    problems += _derived_facts(book, tables)
    problems += _cycles(book, approvals)
    return problems


# -- one approval ----------------------------------------------------------------------------------------------------


def _check_approval(book: Rulebook, loaded: LoadedApproval, positions: Positions) -> Iterator[Diagnostic]:
    model = loaded.model
    known = book.approvals.keys()
    yield from _check_bases(book, model, positions)
    if model.function not in book.departments:
        yield positions.diagnostic(
            "R313", f"职能“{model.function}”没有登记", ("职能",), did_you_mean(model.function, book.departments)
        )
    for index, prerequisite in enumerate(model.prerequisites):
        path = ("前置", index)
        if (prerequisite.approval is None) == (prerequisite.milestone is None):
            yield positions.diagnostic("R304", "前置要写“事项”或“节点”，二者取一", path)
        if prerequisite.approval is not None and prerequisite.approval not in known:
            yield positions.diagnostic(
                "R303", f"不认识的审批事项“{prerequisite.approval}”", (*path, "事项"), did_you_mean(prerequisite.approval, known)
            )
        if not prerequisite.basis:
            yield positions.diagnostic("R305", "前置关系没有依据", path, "写明哪部法、哪一条要求先后；没有就删去，两件事并联")
    for index, hold in enumerate(model.holds):
        if not hold.basis:
            yield positions.diagnostic("R305", f"卡住“{hold.milestone}”没有依据", ("卡住", index), "写明哪部法、哪一条")
    for index, material in enumerate(model.materials):
        path = ("材料", index)
        if material.comes_from is None:
            continue
        if material.comes_from not in known:
            yield positions.diagnostic(
                "R303", f"不认识的审批事项“{material.comes_from}”", (*path, "来自"), did_you_mean(material.comes_from, known)
            )
        if not material.basis:
            yield positions.diagnostic(
                "R305", f"“{material.name}”来自另一事项，形成前置关系，但没有依据", path, "写明哪部法、哪一条要求提交它"
            )
    for key, attribute in (("适用", "applies"), ("例外", "exceptions"), ("法定时限", "limits")):
        for index, rule in enumerate(getattr(model, attribute)):
            if not rule.basis:
                yield positions.diagnostic("R311", f"“{key}”的这一条没有依据", (key, index), "写明哪部法、哪一条")
    for key, attribute, name in _DATED_LISTS:
        items = getattr(model, attribute)
        for index, item in enumerate(items):
            yield from _date_order(item, (key, index), positions)
        yield from _overlaps(key, items, name, loaded.conditions, positions)


def _date_order(item: Any, path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    if item.effective and item.until and item.until <= item.effective:
        yield positions.diagnostic(
            "R308", f"失效日期 {item.until} 不晚于生效日期 {item.effective}", (*path, "失效"), "失效写“不再有效的第一天”"
        )


def _overlaps(
    key: str, items: Sequence[Any], name: str, conditions: Mapping[str, Expression], positions: Positions
) -> Iterator[Diagnostic]:
    """Versions of one thing (same name; or, for limits, same condition) must not be in force together."""
    if key not in ("适用", "例外", "法定时限", "承诺时限"):
        return
    groups: dict[object, list[tuple[int, Any]]] = {}
    for index, item in enumerate(items):
        identity = getattr(item, name) if name else conditions.get(f"{key}/{index}", ALWAYS_TRUE)
        groups.setdefault(identity, []).append((index, item))
    for identity, versions in groups.items():
        for position, (index, item) in enumerate(versions):
            for other_index, other in versions[:position]:
                if _both_in_force(item, other):
                    what = f"“{identity}”" if name else f"“{key}”"
                    line = positions.of((key, other_index))[0]
                    yield positions.diagnostic(
                        "R307", f"{what}与第 {line} 行的版本有效期重叠", (key, index), "前一版的“失效”写成后一版的“生效”那一天"
                    )


def _both_in_force(one: Any, other: Any) -> bool:
    starts_before_other_ends = one.effective is None or other.until is None or one.effective < other.until
    other_starts_before_one_ends = other.effective is None or one.until is None or other.effective < one.until
    return starts_before_other_ends and other_starts_before_one_ends


# -- legal bases -----------------------------------------------------------------------------------------------------


def _check_bases(book: Rulebook, model: Any, positions: Positions) -> Iterator[Diagnostic]:
    for name, field in type(model).model_fields.items():
        items = getattr(model, name)
        if not isinstance(items, tuple):
            continue
        for index, item in enumerate(items):
            if hasattr(item, "basis"):
                yield from _basis_problems(book, item.basis, (str(field.alias), index, "依据"), positions)


def _basis_problems(book: Rulebook, basis: Iterable[Basis], path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    for index, one in enumerate(basis):
        if one.document not in book.laws:
            yield positions.diagnostic(
                "R312",
                f"法规“{one.document}”没有登记",
                (*path, index, "文件"),
                did_you_mean(one.document, book.laws) or "先在 laws.yaml 登记",
            )


def _csv_basis(book: Rulebook, rows: Iterable[Any], file: str, common: tuple[Basis, ...]) -> Iterator[Diagnostic]:
    for row in rows:
        if not row.basis and not common:
            yield Diagnostic(
                "R311", f"第 {row.id} 行没有依据", file, row.source.line, 1, "填“文件”“条款”两列，或在 yaml 里写共同的“依据”"
            )
        for one in row.basis:
            if one.document not in book.laws:
                yield Diagnostic(
                    "R312", f"法规“{one.document}”没有登记", file, row.source.line, 1, did_you_mean(one.document, book.laws)
                )
        if row.effective and row.until and row.until <= row.effective:
            yield Diagnostic(
                "R308", f"第 {row.id} 行的失效日期不晚于生效日期", file, row.source.line, 1, "失效写“不再有效的第一天”"
            )


# -- layers ----------------------------------------------------------------------------------------------------------


def _check_overlay(loaded: LoadedApproval, overlay: LoadedOverlay, positions: Positions, owner: str) -> Iterator[Diagnostic]:
    model = loaded.model
    for index, promise in enumerate(overlay.model.promises):
        path = ("承诺时限", index)
        yield from _date_order(promise, path, positions)
        for limit in model.limits:
            if _both_in_force(limit, promise) and _certainly_longer(promise.term, limit.term):
                yield positions.diagnostic(
                    "R309",
                    f"承诺 {promise.term}，长于法定的 {limit.term}（{owner}）",
                    (*path, "期限"),
                    "承诺时限只能短于或等于法定时限",
                )
    yield from _overlaps("承诺时限", overlay.model.promises, "", {}, positions)
    names = {m.name: m for m in model.materials}
    for index, later in enumerate(overlay.model.later):
        place: Path_ = ("容缺后补", index, "材料")
        paper = names.get(later.material)
        if paper is None:
            yield positions.diagnostic(
                "R317", f"“{model.name}”没有材料“{later.material}”（{owner}）", place, did_you_mean(later.material, names)
            )
        elif not paper.secondary:
            yield positions.diagnostic(
                "R317", f"“{later.material}”不是次要材料（{owner}），不能容缺", place, "主要材料缺了就不能受理"
            )
    gates = _own_gates(loaded)
    for index, softer in enumerate(overlay.model.softer):
        spot: Path_ = ("卡点放宽", index)
        current = gates.get(softer.approval)
        if current is None:
            yield positions.diagnostic(
                "R303",
                f"“{model.name}”没有以“{softer.approval}”为前置（{owner}）",
                (*spot, "事项"),
                did_you_mean(softer.approval, gates),
            )
        elif current == "办结" and softer.gate == "受理":
            yield positions.diagnostic(
                "R316", f"{owner} 里是“办结”，这里改严成了“受理”", (*spot, "卡点"), "下层只能放宽：受理 → 办结"
            )


def _own_gates(loaded: LoadedApproval) -> dict[str, str]:
    gates = {p.approval: p.gate for p in loaded.model.prerequisites if p.approval}
    gates.update({m.comes_from: m.gate for m in loaded.model.materials if m.comes_from})
    return {code: str(gate) for code, gate in gates.items()}


def _certainly_longer(promise: Span, limit: Span) -> bool:
    """Whether `promise` runs longer than `limit` even in the weeks kindest to it (no holidays, best starting day)."""
    if type(promise) is type(limit):
        return promise.n > limit.n
    if isinstance(promise, WorkingDays) and isinstance(limit, CalendarDays):
        return promise.n // 5 * 7 + promise.n % 5 > limit.n
    # Calendar days against working days: n working days take at most two more calendar days a week, so this many may fit.
    return promise.n > (limit.n // 5) * 7 + limit.n % 5 + 2


# -- derived facts ---------------------------------------------------------------------------------------------------


def _derived_facts(book: Rulebook, tables: Places) -> Iterator[Diagnostic]:
    given: dict[str, str] = {}
    for code, table in book.tables.items():
        positions = tables[code][0]
        if table.fact in given:
            yield positions.diagnostic(
                "T404", f"“{book.vocabulary.facts[table.fact].name}”已由决策表“{given[table.fact]}”得出", ("得出",)
            )
        given[table.fact] = code
    for fact in book.vocabulary.facts.values():
        if fact.derived and fact.code not in given:
            yield Diagnostic(
                "R318", f"派生事实“{fact.name}”没有决策表得出它", fact.file, fact.line, 1, "写一张表，或去掉“派生: 是”"
            )
    order = {t.fact: index for index, t in enumerate(in_dependency_order(book.tables.values()))}
    for code, table in book.tables.items():
        reads = {f for row in table.rows for f in facts_read(row.when)}
        late = sorted(f for f in reads if f in order and order[f] >= order[table.fact])
        if late:
            names = "、".join(book.vocabulary.facts[f].name for f in late)
            yield tables[code][0].diagnostic("R318", f"决策表互相引用成环：“{table.model.name}”要用到“{names}”", ("代码",))


# -- prerequisite cycles -----------------------------------------------------------------------------------------------


def _cycles(book: Rulebook, approvals: Places) -> Iterator[Diagnostic]:
    """Cycles among prerequisites that could be in force together and whose conditions do not exclude one another."""
    edges: dict[str, list[tuple[str, Path_, Expression, Any]]] = {code: [] for code in book.approvals}
    for code, loaded in book.approvals.items():
        for index, prerequisite in enumerate(loaded.model.prerequisites):
            if prerequisite.approval in edges:
                when = loaded.conditions.get(f"前置/{index}", ALWAYS_TRUE)
                edges[code].append((str(prerequisite.approval), ("前置", index), when, prerequisite))
        for index, material in enumerate(loaded.model.materials):
            if material.comes_from in edges:
                when = loaded.conditions.get(f"材料/{index}", ALWAYS_TRUE)
                edges[code].append((str(material.comes_from), ("材料", index), when, material))
    reported: set[frozenset[str]] = set()

    def walk(start: str, code: str, trail: list[tuple[str, Path_, Expression, Any]], seen: tuple[str, ...]) -> Iterator[list[Any]]:
        for edge in edges[code]:
            target, _, when, item = edge
            if any(_exclude(when, other[2]) or not _both_in_force(item, other[3]) for other in trail):
                continue
            if target == start:
                yield [*trail, edge]
            elif target not in seen and target > start and len(seen) < 12:
                yield from walk(start, target, [*trail, edge], (*seen, target))

    for start in sorted(edges):
        for cycle in walk(start, start, [], (start,)):
            codes = [start, *(edge[0] for edge in cycle)]
            if frozenset(codes) in reported:
                continue
            reported.add(frozenset(codes))
            names = " → ".join(book.approvals[c].model.name for c in codes)
            owner = codes[-2]
            positions = approvals[owner][0]
            yield positions.diagnostic(
                "R306", f"前置关系成环：{names}", cycle[-1][1], "至少去掉一处前置，或给它加上不会同时成立的“当”"
            )


def _exclude(one: Expression, other: Expression) -> bool:
    """Whether two conditions can be seen not to hold together: they demand different values of one choice or yes/no fact."""
    demands = {leaf.fact: leaf.test for leaf in _certain_leaves(one)}
    for leaf in _certain_leaves(other):
        test = demands.get(leaf.fact)
        if (
            isinstance(test, OneOf)
            and isinstance(leaf.test, OneOf)
            and test.kind == leaf.test.kind == "choice"
            and not test.inside & leaf.test.inside
        ):
            return True
        if isinstance(test, Is) and isinstance(leaf.test, Is) and test.value != leaf.test.value:
            return True
    return False


def _certain_leaves(expression: Expression) -> Iterator[Leaf]:
    match expression:
        case Leaf():
            yield expression
        case Group("all", parts):
            for part in parts:
                yield from _certain_leaves(part)
        case Group() | Negation():
            return
