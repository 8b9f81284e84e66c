"""What must hold between files before a rulebook can be used at all: references, dates, layers, acyclicity.

These are the loader's own checks: without them a plan could be silently wrong. Each finding stands at the line that has to change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from planner.calendar import Span, WorkingDays
from planner.conditions import Is, OneOf
from planner.diagnostics import Diagnostic, Severity, did_you_mean
from planner.rulebook.compile import in_dependency_order
from planner.rulebook.files import Unread
from planner.rulebook.general import LoadedGeneral, with_replaced
from planner.rulebook.grammar import (
    ALWAYS_TRUE,
    Expression,
    Group,
    Leaf,
    Negation,
    ParameterLeaf,
    facts_read,
    parameters_read,
    was_read,
)
from planner.rulebook.models import (
    Approval,
    Basis,
    GeneralClock,
    GeneralRoute,
    Grounded,
    JointModel,
    LaneRoute,
    Promise,
    Route,
    TimeCapModel,
)
from planner.rulebook.rulebook import LoadedApproval, LoadedOverlay, Rulebook
from planner.rulebook.source import Path_, Positions
from planner.rulebook.tables import LoadedTable, TableRow

Places: TypeAlias = Mapping[str, tuple[Positions, str]]
OverlayPlaces: TypeAlias = Mapping[tuple[str, str], tuple[Positions, str]]


def check_consistency(
    book: Rulebook,
    approvals: Places,
    overlays: OverlayPlaces,
    tables: Places,
    notices: Places,
    parameters: Mapping[str, Sequence[Positions]],
    others: Iterable[tuple[Grounded, Positions]],
    unread: Unread,
) -> list[Diagnostic]:
    """Every inconsistency between the files of a rulebook, but none that only follows from a file that could not be read.

    `others`: departments and teams, each with the positions of its own entry.
    """
    problems: list[Diagnostic] = []
    known = _Known(
        book.approvals.keys(),
        frozenset(unread.approvals),
        dict.fromkeys([*book.laws, *sorted(unread.laws)]),
        dict.fromkeys([*book.departments, *sorted(unread.functions)]),
    )
    for code, loaded in book.approvals.items():
        positions = approvals[code][0]
        problems += _check_approval(known, loaded, positions)
        for overlay in loaded.overlays:
            over_positions = overlays[(overlay.layer, code)][0]
            problems += _check_overlay(known, loaded, overlay, over_positions, approvals[code][1])
    for code, table in book.tables.items():
        positions = tables[code][0]
        problems += _basis_problems(known, table.model.basis, ("依据",), positions)
        problems += _date_order(table.model, (), positions)
        if table.model.rows is None:
            problems += _csv_rows(known, table.rows, positions.file[: -len(f"{code}.yaml")])
        else:
            problems += _inline_rows(known, table, positions)
    for notice in book.notices:
        positions = notices[notice.model.code][0]
        problems += _basis_problems(known, notice.model.basis, ("依据",), positions)
        problems += _date_order(notice.model, (), positions)
    for one in with_replaced(book.general):
        problems += _general(known, book, one)
    for item, at in others:
        problems += _basis_problems(known, item.basis, ("依据",), at)
        problems += _date_order(item, (), at)
    problems += _parameters(known, book, parameters, whole=not unread.tables and not unread.approvals)
    problems += _derived_facts(book, tables, whole=not unread.tables)
    problems += _cycles(book, approvals)
    return problems


@dataclass(frozen=True)
class _Known:
    """What may be referred to. `unread_approvals` are files with mistakes of their own, already reported."""

    approvals: Collection[str]
    unread_approvals: frozenset[str]
    laws: Collection[str]
    functions: Collection[str]

    def misses(self, code: str) -> bool:
        return code not in self.approvals and code not in self.unread_approvals


# -- one approval ----------------------------------------------------------------------------------------------------


def _check_approval(known: _Known, loaded: LoadedApproval, positions: Positions) -> Iterator[Diagnostic]:
    model = loaded.model
    yield from _check_bases(known, model, positions)
    yield from _check_function(known, model.function, positions)
    for index, office in enumerate(model.offices):
        yield from _check_function(known, office.function, positions, ("改由", index, "职能"))
        if not office.basis:
            yield positions.diagnostic("R311", "“改由”的这一条没有依据", ("改由", index), "写明哪部法、哪一条定的层级")
    for index, prerequisite in enumerate(model.prerequisites):
        path = ("前置", index)
        if (prerequisite.approval is None) == (prerequisite.milestone is None):
            yield positions.diagnostic("R304", "前置要写“事项”或“节点”，二者取一", path, "补上一个，或删去多余的一个")
        if prerequisite.approval is not None and known.misses(prerequisite.approval):
            yield _unknown_approval(known, prerequisite.approval, (*path, "事项"), positions)
        if not prerequisite.basis:
            yield positions.diagnostic("R305", "前置关系没有依据", path, "写明哪部法、哪一条要求先后；没有就删去，两件事并联")
    for index, hold in enumerate(model.holds):
        if not hold.basis:
            yield positions.diagnostic("R305", f"卡住“{hold.milestone}”没有依据", ("卡住", index), "写明哪部法、哪一条")
    yield from _waits_for_what_it_holds(loaded, positions)
    yield from _check_routes(model.routes, loaded.conditions, loaded, _waited_for(loaded), positions)
    for index, material in enumerate(model.materials):
        path = ("材料", index)
        if material.comes_from is None:
            continue
        if known.misses(material.comes_from):
            yield _unknown_approval(known, material.comes_from, (*path, "来自"), positions)
        if not material.basis:
            yield positions.diagnostic(
                "R305", f"“{material.name}”来自另一事项，形成前置关系，但没有依据", path, "写明哪部法、哪一条要求提交它"
            )
    for key, attribute in (("适用", "applies"), ("例外", "exceptions"), ("法定时限", "limits")):
        for index, rule in enumerate(getattr(model, attribute)):
            if not rule.basis:
                yield positions.diagnostic("R311", f"“{key}”的这一条没有依据", (key, index), "写明哪部法、哪一条")
    yield from _check_dates(model, positions)
    for key, attribute, name in (
        ("适用", "applies", "name"),
        ("例外", "exceptions", "name"),
        ("法定时限", "limits", ""),
        ("承诺时限", "promises", ""),
    ):
        yield from _overlaps(key, getattr(model, attribute), name, loaded.conditions, positions)
    yield from _check_limits(model, positions)
    yield from _check_promises(model, model.promises, positions, positions.file)
    yield from _check_handling(known, model, positions)


def _check_handling(known: _Known, model: Any, positions: Positions) -> Iterator[Diagnostic]:
    if model.handling is not None:
        yield from _basis_problems(known, model.handling.basis, ("办理方式", "依据"), positions)
        yield from _date_order(model.handling, ("办理方式",), positions)


def _unknown_approval(known: _Known, code: str, path: Path_, positions: Positions) -> Diagnostic:
    return positions.diagnostic("R303", f"不认识的审批事项“{code}”", path, did_you_mean(code, known.approvals))


def _check_function(known: _Known, function: str, positions: Positions, path: Path_ = ("职能",)) -> Iterator[Diagnostic]:
    if function not in known.functions:
        fix = did_you_mean(function, known.functions) or "先在 departments.yaml 登记"
        yield positions.diagnostic("R313", f"职能“{function}”没有登记", path, fix)


def _lists(model: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every list of an approval or overlay, by its key."""
    for name, field in type(model).model_fields.items():
        items = getattr(model, name)
        if isinstance(items, tuple):
            yield str(field.alias), items


def _check_dates(model: Any, positions: Positions) -> Iterator[Diagnostic]:
    for key, items in _lists(model):
        for index, item in enumerate(items):
            if hasattr(item, "until"):
                yield from _date_order(item, (key, index), positions)


_MILESTONES = ("开工", "完工", "竣工验收", "投入使用")


def _waits_for_what_it_holds(loaded: LoadedApproval, positions: Positions) -> Iterator[Diagnostic]:
    """An approval may not wait for a milestone that comes no earlier than one it holds back."""
    for index, prerequisite in enumerate(loaded.model.prerequisites):
        if prerequisite.milestone is None:
            continue
        when = loaded.conditions.get(f"前置/{index}", ALWAYS_TRUE)
        for place, hold in enumerate(loaded.model.holds):
            together = not excludes(when, loaded.conditions.get(f"卡住/{place}", ALWAYS_TRUE)) and both_in_force(prerequisite, hold)
            if together and _MILESTONES.index(hold.milestone) <= _MILESTONES.index(prerequisite.milestone):
                message = f"前置关系成环：它卡住“{hold.milestone}”，自己却要等“{prerequisite.milestone}”"
                yield positions.diagnostic("R306", message, ("前置", index), "去掉其中一处")


def _date_order(item: Any, path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    if item.effective and item.until and item.until <= item.effective:
        yield positions.diagnostic(
            "R308", f"失效日期 {item.until} 不晚于生效日期 {item.effective}", (*path, "失效"), "失效写“不再有效的第一天”"
        )


def _overlaps(
    key: str, items: Sequence[Any], name: str, conditions: Mapping[str, Expression], positions: Positions
) -> Iterator[Diagnostic]:
    """Versions of one thing (same name; or, for limits, same condition) must not be in force together."""
    groups: dict[object, list[tuple[int, Any]]] = {}
    for index, item in enumerate(items):
        identity = getattr(item, name) if name else conditions.get(f"{key}/{index}", ALWAYS_TRUE)
        groups.setdefault(identity, []).append((index, item))
    for identity, versions in groups.items():
        for position, (index, item) in enumerate(versions):
            for other_index, other in versions[:position]:
                if both_in_force(item, other):
                    what = f"“{identity}”" if name else f"“{key}”"
                    line = positions.of((key, other_index))[0]
                    yield positions.diagnostic(
                        "R307", f"{what}与第 {line} 行的版本有效期重叠", (key, index), "前一版的“失效”写成后一版的“生效”那一天"
                    )


def both_in_force(one: Any, other: Any) -> bool:
    """Whether there is a day on which both are in force."""
    starts_before_other_ends = one.effective is None or other.until is None or one.effective < other.until
    other_starts_before_one_ends = other.effective is None or one.until is None or other.effective < one.until
    return starts_before_other_ends and other_starts_before_one_ends


# -- legal bases -----------------------------------------------------------------------------------------------------


def _check_bases(known: _Known, model: Any, positions: Positions) -> Iterator[Diagnostic]:
    for key, items in _lists(model):
        for index, item in enumerate(items):
            if hasattr(item, "basis"):
                yield from _basis_problems(known, item.basis, (key, index, "依据"), positions)


def _basis_problems(known: _Known, basis: Iterable[Basis], path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    for index, one in enumerate(basis):
        if one.document not in known.laws:
            fix = _law_help(known, one.document)
            yield positions.diagnostic("R312", f"法规“{one.document}”没有登记", (*path, index, "文件"), fix)


def _law_help(known: _Known, document: str) -> str:
    return did_you_mean(document, known.laws) or "先在 laws.yaml 登记"


def _inline_rows(known: _Known, table: LoadedTable, positions: Positions) -> Iterator[Diagnostic]:
    for index, row in enumerate(table.model.rows or ()):
        path = ("行", index)
        yield from _basis_problems(known, row.basis, (*path, "依据"), positions)
        yield from _date_order(row, path, positions)
        if not row.basis and not table.model.basis:
            yield positions.diagnostic("R311", f"行“{row.id}”没有依据", path, "给这一行写“依据”，或写全表共同的“依据”")


def _csv_rows(known: _Known, rows: Iterable[TableRow], folder: str) -> Iterator[Diagnostic]:
    """`folder` is that of the tables, as shown, with its last slash."""
    for row in rows:
        file = folder + row.source.file.partition("/tables/")[2]
        if not row.basis:
            fix = "填“文件”“条款”两列，或在 yaml 里写共同的“依据”"
            yield Diagnostic("R311", f"行“{row.id}”没有依据", file, row.source.line, 1, fix)
        for one in row.basis:
            if one.document not in known.laws:
                fix = _law_help(known, one.document)
                yield Diagnostic("R312", f"法规“{one.document}”没有登记", file, row.source.line, 1, fix)
        if row.effective and row.until and row.until <= row.effective:
            fix = "失效写“不再有效的第一天”"
            yield Diagnostic("R308", f"行“{row.id}”的失效日期不晚于生效日期", file, row.source.line, 1, fix)


# -- layers ----------------------------------------------------------------------------------------------------------


def _check_limits(model: Approval, positions: Positions) -> Iterator[Diagnostic]:
    """Nothing lengthens a minimum wait; and how often a limit may be extended says nothing without by how much."""
    for index, limit in enumerate(model.limits):
        if limit.nature == "最短间隔" and limit.extension is not None:
            message = "最短间隔不是办理时限，没有“可延长”"
            yield positions.diagnostic("R309", message, ("法定时限", index, "可延长"), "删去“可延长”，或把“性质”改为“办理时限”")
        elif limit.extension is None and limit.extension_times > 1:
            message = f"写了延长 {limit.extension_times} 次，没有写每次最多延长多久"
            yield positions.diagnostic("R309", message, ("法定时限", index, "延长次数"), "补写“可延长”，或删去“延长次数”")


def _check_promises(model: Approval, promises: Sequence[Promise], positions: Positions, owner: str) -> Iterator[Diagnostic]:
    """A promise is never longer than any statutory limit in force with it; a doubt that only the units raise is a warning.

    Where the limit is a minimum wait it is the other way about, and a doubt is refused: shortened by a day it protects nobody.
    """
    for index, promise in enumerate(promises):
        path = ("承诺时限", index, "期限")
        for limit in model.limits:
            if not both_in_force(limit, promise):
                continue
            if limit.nature == "最短间隔":
                if possibly_longer(limit.term, promise.term):
                    message = f"承诺 {promise.term}，短于法定的最短间隔 {limit.term}（{owner}）"
                    yield positions.diagnostic("R309", message, path, "最短间隔是给别人留的时间，部门承诺不能缩短：删去这一条承诺")
                continue
            compared = f"承诺 {promise.term}，{{}}法定的 {limit.term}（{owner}）"
            if certainly_longer(promise.term, limit.term):
                yield positions.diagnostic("R309", compared.format("长于"), path, "承诺时限只能短于或等于法定时限")
            elif possibly_longer(promise.term, limit.term):
                doubt = positions.diagnostic("R309", compared.format("遇上周末会长于"), path, "改用与法定时限相同的单位")
                yield replace(doubt, severity=Severity.WARNING)


def _check_overlay(
    known: _Known, loaded: LoadedApproval, overlay: LoadedOverlay, positions: Positions, owner: str
) -> Iterator[Diagnostic]:
    model = loaded.model
    yield from _check_bases(known, overlay.model, positions)
    yield from _check_dates(overlay.model, positions)
    if overlay.model.function is not None:
        yield from _check_function(known, overlay.model.function, positions)
    yield from _check_handling(known, overlay.model, positions)
    yield from _check_promises(model, overlay.model.promises, positions, owner)
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
    gates = _gates_below(loaded, overlay, owner)
    yield from _check_routes(overlay.model.routes, overlay.conditions, loaded, gates, positions)
    for index, softer in enumerate(overlay.model.softer):
        spot: Path_ = ("卡点放宽", index)
        current, holder = gates.get(softer.approval, ("", owner))
        if not current and any(known.misses(code) for code in gates):
            continue  # the file below misspells a code, and that is reported there
        if not current:
            yield positions.diagnostic(
                "R303",
                f"“{model.name}”没有以“{softer.approval}”为前置（{owner}）",
                (*spot, "事项"),
                did_you_mean(softer.approval, gates),
            )
        elif current == "办结" and softer.gate == "受理":
            yield positions.diagnostic(
                "R316", f"{holder} 里是“办结”，这里改严成了“受理”", (*spot, "卡点"), "下层只能放宽：受理 → 办结"
            )

    yield from _check_choices(known, loaded, overlay, gates, positions, owner)


def _check_choices(
    known: _Known,
    loaded: LoadedApproval,
    overlay: LoadedOverlay,
    gates: Mapping[str, tuple[str, str]],
    positions: Positions,
    owner: str,
) -> Iterator[Diagnostic]:
    """A layer chooses only where the law can be read two ways; and once for each prerequisite."""
    open_to_choice = {p.approval for p in loaded.model.prerequisites if p.either}
    open_to_choice |= {m.comes_from for m in loaded.model.materials if m.either}
    for index, choice in enumerate(overlay.model.chosen):
        spot: Path_ = ("卡点选定", index, "事项")
        if choice.approval not in gates:
            if not any(known.misses(code) for code in gates):
                message = f"“{loaded.model.name}”没有以“{choice.approval}”为前置（{owner}）"
                yield positions.diagnostic("R303", message, spot, did_you_mean(choice.approval, gates))
        elif choice.approval not in open_to_choice:
            message = f"{owner} 里这一前置没有写“两读: 是”，法律只有一种读法，不能另选"
            yield positions.diagnostic("R316", message, spot, "只能放宽的写在“卡点放宽”；条文确有两读的，先在那个文件里写明")
        if any(choice.approval == other.approval and both_in_force(choice, other) for other in overlay.model.chosen[:index]):
            message = f"“{choice.approval}”的卡点选定了两次"
            yield positions.diagnostic("R307", message, spot, "前一条的“失效”写成后一条的“生效”那一天，或删去一条")
        if any(choice.approval == other.approval for other in overlay.model.softer):
            message = f"“{choice.approval}”既写了“卡点选定”，又写了“卡点放宽”"
            yield positions.diagnostic("R307", message, spot, "只留“卡点选定”")


def _check_routes(
    routes: Sequence[Route],
    conditions: Mapping[str, Expression],
    loaded: LoadedApproval,
    gates: Collection[str],
    positions: Positions,
) -> Iterator[Diagnostic]:
    """The routes of one file. `conditions`: every 当 of it, by place."""
    for index, route in enumerate(routes):
        when = conditions.get(f"路线/{index}", ALWAYS_TRUE)
        yield from _check_route(route, when, loaded, gates, positions.below(("路线", index)))


_OF_WAY = {
    "告知承诺": ("代替", "期限", "核查期限", "承诺内容"),
    "预审": ("先审",),
    "分阶段办理": ("后移",),
}
_ROUTE_KEYS = {
    "代替": "replaces",
    "期限": "term",
    "核查期限": "verify_within",
    "承诺内容": "promises",
    "先审": "ahead_of",
    "后移": "moved",
}


def _check_route(
    route: Route, when: Expression, loaded: LoadedApproval, gates: Collection[str], positions: Positions
) -> Iterator[Diagnostic]:
    """One route: what it says belongs to its kind, and names papers and prerequisites there are. Its limit is no longer than the law's."""
    papers = [m.name for m in loaded.model.materials]
    for key, attribute in _ROUTE_KEYS.items():
        if key not in _OF_WAY[route.way] and getattr(route, attribute) not in (None, ()):
            fix = f"“{route.way}”可以写：{'、'.join(_OF_WAY[route.way])}"
            yield positions.diagnostic("R317", f"“{key}”不是“{route.way}”的内容", (key,), fix, key=True)
    for key in {"预审": ("先审",), "分阶段办理": ("后移",)}.get(route.way, ()):
        if not getattr(route, _ROUTE_KEYS[key]):
            yield positions.diagnostic("R317", f"“{route.way}”没有写“{key}”，走了也不省什么", (), f"写明“{key}”哪些前置事项")
    if route.term is not None and route.replaces:
        fix = "只代替材料的，时限不变，删去“期限”；整项凭承诺办结的，删去“代替”"
        yield positions.diagnostic("R317", "“代替”和“期限”只能写一个", ("期限",), fix)
    for place, limit in enumerate(loaded.model.limits):
        if route.term is None or not both_in_force(limit, route):
            continue
        if excludes(when, loaded.conditions.get(f"法定时限/{place}", ALWAYS_TRUE)):
            continue
        if limit.nature == "最短间隔":
            message = f"这里的 {limit.term} 是最短间隔，不能凭承诺缩短到 {route.term}"
            yield positions.diagnostic("R309", message, ("期限",), "删去“期限”")
        elif possibly_longer(route.term, limit.term):
            message = f"承诺办结的期限 {route.term}，可能长于法定的 {limit.term}"
            yield positions.diagnostic("R309", message, ("期限",), "凭承诺办结只能更快")
    for place, name in enumerate(route.replaces):
        if name not in papers:
            message = f"“{loaded.model.name}”没有材料“{name}”，谈不上用承诺代替"
            yield positions.diagnostic("R317", message, ("代替", place), did_you_mean(name, papers) or "照抄“材料”里的名称")
    for key, codes, verb in (("先审", route.ahead_of, "先审"), ("后移", route.moved, "后移")):
        for place, code in enumerate(codes):
            if code not in gates:
                message = f"“{loaded.model.name}”没有以“{code}”为前置，谈不上{verb}"
                fix = did_you_mean(code, gates) or ("照抄“前置”或“来自”里的代码" if gates else "它不用等谁，删去这条路线")
                yield positions.diagnostic("R303", message, (key, place), fix)


def _general(known: _Known, book: Rulebook, one: LoadedGeneral[Any]) -> Iterator[Diagnostic]:
    """A general rule: its laws, its dates, and what it names."""
    model, positions = one.model, one.positions
    yield from _basis_problems(known, model.basis, ("依据",), positions)
    yield from _date_order(model, (), positions)
    yield from _codes(known, model, (), positions)
    if isinstance(model, JointModel):
        yield from _check_function(known, model.lead, positions, ("牵头",))
        if len(set(model.approvals)) < 2:
            yield positions.diagnostic("S103", "联合办理只写了一个事项，没有可以一并办理的", ("事项",), "至少写两个不同的事项")
    if isinstance(model, TimeCapModel) and not isinstance(model.term, WorkingDays):
        yield positions.diagnostic("S106", "总时限要用工作日", ("最多",), "写成“120 工作日”")
    if isinstance(model, GeneralClock) and not model.kinds and not model.approvals:
        yield positions.diagnostic("S102", "没有写管哪些事项", (), "写“种类”或“事项”")
    if isinstance(model, GeneralRoute):
        yield from _overlaps("排除", model.exclusions, "name", one.conditions, positions)
    for key, index, part in one.nested():
        yield from _basis_problems(known, part.basis, (key, index, "依据"), positions)
        yield from _date_order(part, (key, index), positions)
        at = positions.below((key, index))
        yield from _codes(known, part, (), at)
        if isinstance(part, LaneRoute) and part.approval in book.approvals:
            loaded = book.approvals[part.approval]
            yield from _check_route(part, one.when(f"{key}/{index}"), loaded, _waited_for(loaded), at)


def _codes(known: _Known, model: Any, path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    """The approvals that an entry names under 事项."""
    named = [getattr(model, "approval", None)] if isinstance(getattr(model, "approval", None), str) else []
    listed = getattr(model, "approvals", ())
    for place, code in [*((None, code) for code in named), *enumerate(listed)]:
        if known.misses(code):
            yield _unknown_approval(known, code, (*path, "事项") if place is None else (*path, "事项", place), positions)


def _waited_for(loaded: LoadedApproval) -> list[str]:
    """The approvals that this one waits for, by prerequisite or paper."""
    model = loaded.model
    found = [*(p.approval for p in model.prerequisites), *(m.comes_from for m in model.materials)]
    return [code for code in found if code is not None]


def _gates_below(loaded: LoadedApproval, overlay: LoadedOverlay, owner: str) -> dict[str, tuple[str, str]]:
    """The gate of each prerequisite as the layers below `overlay` leave it, and the file that says so.

    Where one prerequisite holds back twice, the stricter gate counts.
    """
    gates: dict[str, tuple[str, str]] = {}
    for code, gate in (
        *((p.approval, p.gate) for p in loaded.model.prerequisites),
        *((m.comes_from, m.gate) for m in loaded.model.materials),
    ):
        if code is not None and gates.get(code, ("", ""))[0] != "受理":
            gates[code] = (str(gate), owner)
    for below in loaded.overlays[: loaded.overlays.index(overlay)]:
        said = [*((s.approval, s.gate) for s in below.model.softer), *((c.approval, c.gate) for c in below.model.chosen)]
        for approval, word in said:
            if approval in gates:
                gates[approval] = (str(word), below.source.file)
    return gates


def certainly_longer(promise: Span, limit: Span) -> bool:
    """Whether `promise` runs longer than `limit` even in the weeks kindest to it (no holidays, best starting day)."""
    if type(promise) is type(limit):
        return promise.n > limit.n
    if isinstance(promise, WorkingDays):
        return promise.n // 5 * 7 + promise.n % 5 > limit.n
    # Calendar days against working days: n working days take at most two more calendar days a week, so this many may fit.
    return promise.n > (limit.n // 5) * 7 + limit.n % 5 + 2


def possibly_longer(promise: Span, limit: Span) -> bool:
    """Whether `promise` may run longer than `limit` in some ordinary week (weekends, but no holidays)."""
    if type(promise) is type(limit):
        return promise.n > limit.n
    if isinstance(promise, WorkingDays):
        return promise.n // 5 * 7 + (promise.n % 5 + 2 if promise.n % 5 else 0) > limit.n
    return promise.n > limit.n // 5 * 7 + limit.n % 5


# -- parameters ------------------------------------------------------------------------------------------------------


def _parameters(known: _Known, book: Rulebook, places: Mapping[str, Sequence[Positions]], *, whole: bool) -> Iterator[Diagnostic]:
    """What parameters refer to; versions of one layer that overlap; and those that nothing uses. Not `whole`: some file is not read."""
    named = {code for expression in book.conditions() for code in parameters_read(expression)}
    for parameter in book.parameters.values():
        positions = places[parameter.code]
        for index, (version, at) in enumerate(zip(parameter.versions, positions, strict=True)):
            yield from _basis_problems(known, version.model.basis, ("依据",), at)
            yield from _date_order(version.model, (), at)
            for place, code in enumerate(version.model.uses):
                if known.misses(code):
                    yield _unknown_approval(known, code, ("用于", place), at)
            for earlier, other in zip(parameter.versions[:index], positions, strict=False):
                if earlier.layer == version.layer and both_in_force(earlier.model, version.model):
                    line = other.of(())[0]
                    yield at.diagnostic(
                        "R307",
                        f"参数“{parameter.name}”与第 {line} 行的版本有效期重叠",
                        ("代码",),
                        "前一版的“失效”写成后一版的“生效”那一天",
                    )
        if whole and parameter.code not in named and not parameter.uses:
            unused = positions[0].diagnostic(
                "R323", f"参数“{parameter.name}”没有条件引用，也没有写“用于”", ("代码",), "写上“用于”，或删去这个参数"
            )
            yield replace(unused, severity=Severity.WARNING)


# -- derived facts ---------------------------------------------------------------------------------------------------


def _derived_facts(book: Rulebook, tables: Places, *, whole: bool) -> Iterator[Diagnostic]:
    """Every derived fact has one table, and tables do not go round. Not `whole`: some table could not be read."""
    given: dict[str, str] = {}
    for code, table in book.tables.items():
        positions = tables[code][0]
        if table.fact in given:
            yield positions.diagnostic(
                "T404",
                f"“{book.vocabulary.facts[table.fact].name}”已由决策表“{given[table.fact]}”得出",
                ("得出",),
                "一个派生事实只由一张表得出",
            )
        given[table.fact] = code
    for fact in book.vocabulary.facts.values():
        if whole and fact.derived and fact.code not in given:
            yield Diagnostic(
                "R318", f"派生事实“{fact.name}”没有决策表得出它", fact.file, fact.line, 1, "写一张表，或去掉“派生: 是”"
            )
    order = {t.fact: index for index, t in enumerate(in_dependency_order(book.tables.values()))}
    for code, table in book.tables.items():
        reads = {f for row in table.rows for f in facts_read(row.when)}
        late = sorted(f for f in reads if f in order and order[f] >= order[table.fact])
        if late:
            names = "、".join(book.vocabulary.facts[f].name for f in late)
            yield tables[code][0].diagnostic(
                "R318", f"决策表互相引用成环：“{table.model.name}”要用到“{names}”", ("代码",), "让其中一张表改用项目填写的事实"
            )


# -- prerequisite cycles -----------------------------------------------------------------------------------------------


def _cycles(book: Rulebook, approvals: Places) -> Iterator[Diagnostic]:
    """Cycles among prerequisites that could be in force together and whose conditions do not exclude one another."""
    edges = _edges_in_cycles(book)
    reported: set[frozenset[str]] = set()

    def walk(start: str, code: str, trail: list[_Edge], seen: tuple[str, ...]) -> Iterator[list[_Edge]]:
        for edge in edges[code]:
            target, _, when, item = edge
            if any(excludes(when, other[2]) or not both_in_force(item, other[3]) for other in trail):
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
            others = [f"{approvals[c][1]}:{approvals[c][0].of(edge[1])[0]}" for c, edge in zip(codes, cycle[:-1], strict=False)]
            if others:
                names += f"（另见 {'、'.join(others)}）"
            yield positions.diagnostic(
                "R306", f"前置关系成环：{names}", cycle[-1][1], "至少去掉一处前置，或给它加上不会同时成立的“当”"
            )


_Edge: TypeAlias = tuple[str, Path_, Expression, Any]
"""Prerequisite's code, place in the file, condition, and the dated item itself."""


def _edges_in_cycles(book: Rulebook) -> dict[str, list[_Edge]]:
    """Prerequisites by approval, those left out that cannot be part of any cycle: what needs nothing, or is needed by nothing."""
    edges: dict[str, list[_Edge]] = {}
    for code, loaded in book.approvals.items():
        model = loaded.model
        named: list[tuple[str | None, Path_, Any]] = [
            (p.approval, ("前置", index), p) for index, p in enumerate(model.prerequisites)
        ]
        named += [(m.comes_from, ("材料", index), m) for index, m in enumerate(model.materials)]
        edges[code] = []
        for target, path, item in named:
            when = loaded.conditions.get(f"{path[0]}/{path[1]}", ALWAYS_TRUE)
            if target in book.approvals and was_read(when):
                edges[code].append((str(target), path, when, item))
    while True:
        targets = {edge[0] for outgoing in edges.values() for edge in outgoing}
        kept = {code: [edge for edge in outgoing if edges[edge[0]]] if code in targets else [] for code, outgoing in edges.items()}
        if kept == edges:
            return edges
        edges = kept


def excludes(one: Expression, other: Expression) -> bool:
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
        case Group() | Negation() | ParameterLeaf():
            return
