"""What a layer may not do to the layers it lies on: loosen what they set with routes, clocks and caps.

An entry of the same 代码 replaces the one below. It may add and shorten; it may not drop an exclusion, lengthen or drop a time, narrow what
the law covers, or leave days on which neither is in force. A route of its own may not let a promise stand in for a main paper, move what
the law makes come first, or leave the applicant no choice, unless a layer below already does. Each finding names both files.

Conditions are compared as written: one covers another that is the same, or has it among its 任一. The checks before use go further.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from planner.calendar import Span
from planner.diagnostics import Diagnostic, Severity
from planner.rulebook.consistency import OverlayPlaces, Places, both_in_force, certainly_longer, excludes, possibly_longer
from planner.rulebook.general import LoadedGeneral, with_replaced
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, Group, was_read
from planner.rulebook.models import Approval, GeneralClock, GeneralRoute, JointModel, LaneModel, Route, TimeCapModel
from planner.rulebook.rulebook import Rulebook
from planner.rulebook.source import Path_, Positions

CODE = "R310"
_OWN = "本地另有规定的，换一个代码另写一条，两条都管用"


def loosened(book: Rulebook, approvals: Places, overlays: OverlayPlaces) -> Iterator[Diagnostic]:
    """Everything with which a layer loosens what one below it sets."""
    for versions in _versions(book.general):
        yield from _replaced(versions)
    yield from _other_clocks(book)
    yield from _routes(book, approvals, overlays)


def covers(wide: Expression, narrow: Expression) -> bool:
    """Whether it can be seen from the writing that `wide` holds wherever `narrow` does."""
    if wide == narrow:
        return True
    match wide:
        case Group("all", parts):
            return all(covers(part, narrow) for part in parts)
        case Group("any", parts) if any(covers(part, narrow) for part in parts):
            return True
    match narrow:
        case Group("all", parts):
            return any(covers(wide, part) for part in parts)
        case Group("any", parts):
            return all(covers(wide, part) for part in parts)
    return False


# -- an entry in the place of another -------------------------------------------------------------------------------------


def _versions(general: Iterable[LoadedGeneral[Any]]) -> Iterator[list[LoadedGeneral[Any]]]:
    """The versions of one entry in one layer, where they replace something."""
    groups: dict[tuple[type, str, str], list[LoadedGeneral[Any]]] = {}
    for one in with_replaced(general):
        if one.below:
            groups.setdefault((type(one.model), one.model.code, one.layer), []).append(one)
    yield from groups.values()


def _replaced(versions: Sequence[LoadedGeneral[Any]]) -> Iterator[Diagnostic]:
    for lower in versions[0].below:
        if not isinstance(lower.model, LaneModel | JointModel):
            for first, last in _bare(lower.model, [one.model for one in versions]):
                message = f"{_days(first, last)}没有这一条了：同一代码替换了 {_place(lower)} 的“{lower.model.name}”，它那时有效"
                fix = f"补写那段日子的一版，或换一个代码。{_OWN}"
                yield versions[0].positions.diagnostic(CODE, message, ("代码",), fix)
        for upper in versions:
            if both_in_force(upper.model, lower.model):
                yield from _compared(upper, lower)


def _compared(upper: LoadedGeneral[Any], lower: LoadedGeneral[Any]) -> Iterator[Diagnostic]:
    above, below = upper.model, lower.model
    match above, below:
        case GeneralRoute(), GeneralRoute():
            yield from _same(upper, lower, "方式", above.way, below.way)
            yield from _exclusions(upper, lower)
            yield from _term(upper, lower, "核查期限", above.verify_within, below.verify_within)
        case GeneralClock(), GeneralClock():
            yield from _same(upper, lower, "程序", above.procedure, below.procedure)
            yield from _term(upper, lower, "期限", above.term, below.term)
            kinds = [kind.value for kind in below.kinds if kind not in above.kinds]
            named = [code for code in below.approvals if code not in above.approvals]
            if kinds or named:
                message = f"{_place(lower)} 管的“{'、'.join([*kinds, *named])}”，这里不管了"
                yield upper.positions.diagnostic(CODE, message, ("种类",) if kinds else ("事项",), f"补上。{_OWN}")
            yield from _narrowed(upper, lower)
            if below.effect and not above.effect:
                message = f"{_place(lower)} 写着逾期“{below.effect}”，这里没有了"
                yield upper.positions.diagnostic(CODE, message, (), f"补上“逾期: {below.effect}”")
        case TimeCapModel(), TimeCapModel():
            yield from _same(upper, lower, "到", above.reach, below.reach)
            yield from _term(upper, lower, "最多", above.term, below.term)
            yield from _narrowed(upper, lower)
        case JointModel(), JointModel():
            yield from _term(upper, lower, "期限", above.term, below.term)


def _same(upper: LoadedGeneral[Any], lower: LoadedGeneral[Any], key: str, above: str, below: str) -> Iterator[Diagnostic]:
    if above != below:
        message = f"{_place(lower)} 里的“{key}”是“{below}”，这里改成了“{above}”，那一条就没有了"
        yield upper.positions.diagnostic(CODE, message, (key,), f"换一个代码，或改回“{below}”")


def _term(
    upper: LoadedGeneral[Any], lower: LoadedGeneral[Any], key: str, above: Span | None, below: Span | None
) -> Iterator[Diagnostic]:
    """A time may only become shorter; a doubt that only the units raise is a warning."""
    if below is None:
        return
    says = f"{_place(lower)} 的“{key}”是 {below}，这里"
    if above is None:
        yield upper.positions.diagnostic(CODE, f"{says}没有了", (), f"补上“{key}: {below}”，或更短的")
    else:
        yield from _longer(f"{says}是 {above}，", above, below, (key,), upper.positions)


def _longer(says: str, above: Span, below: Span, path: Path_, positions: Positions) -> Iterator[Diagnostic]:
    if certainly_longer(above, below):
        yield positions.diagnostic(CODE, f"{says}更长", path, "只能更短或一样")
    elif possibly_longer(above, below):
        doubt = positions.diagnostic(CODE, f"{says}遇上周末会更长", path, "改用相同的单位")
        yield replace(doubt, severity=Severity.WARNING)


def _narrowed(upper: LoadedGeneral[Any], lower: LoadedGeneral[Any]) -> Iterator[Diagnostic]:
    if _readable(upper.when(), lower.when()) and not covers(upper.when(), lower.when()):
        message = f"{_place(lower)} 管的项目，这里看不出都管到了"
        yield upper.positions.diagnostic(CODE, message, ("当",), f"“当”照抄，或放宽。{_OWN}")


def _exclusions(upper: LoadedGeneral[Any], lower: LoadedGeneral[Any]) -> Iterator[Diagnostic]:
    """Every exclusion below is still there, for as many approvals, projects and days."""
    own = [(part, upper.when(f"{key}/{index}")) for key, index, part in upper.nested()]
    for key, index, part in lower.nested():
        when = lower.when(f"{key}/{index}")
        if not _readable(when, *(condition for _, condition in own)):
            continue
        days = _common(_common(_span(part), _span(lower.model)), _span(upper.model))
        standing = [
            _span(other)
            for other, condition in own
            if covers(condition, when) and (not other.approvals or (part.approvals and set(part.approvals) <= set(other.approvals)))
        ]
        if days[0] < days[1] and list(_uncovered(days, standing)):
            at = f"{lower.positions.file}:{lower.positions.of((key, index))[0]}"
            place = next((i for i, (other, _) in enumerate(own) if other.name == part.name), None)
            what = "没有了" if place is None else "比那里窄"
            message = f"排除“{part.name}”（{at}）在这里{what}"
            fix = f"照抄那一条的“当”和“事项”。{_OWN}"
            yield upper.positions.diagnostic(CODE, message, ("排除",) if place is None else ("排除", place), fix, key=place is None)


# -- a clock beside another -----------------------------------------------------------------------------------------------


def _other_clocks(book: Rulebook) -> Iterator[Diagnostic]:
    """A clock of a nearer layer goes before the farther ones for the same approvals, so it may not be longer than they are."""
    rank = {layer.name: index for index, layer in enumerate(book.layers)}
    clocks = [one for one in book.general if isinstance(one.model, GeneralClock)]
    for upper in clocks:
        farther = [
            one
            for one in clocks
            if rank[one.layer] < rank[upper.layer]
            and one.model.procedure == upper.model.procedure
            and both_in_force(one.model, upper.model)
            and not excludes(one.when(), upper.when())
        ]
        found: dict[int, LoadedGeneral[Any]] = {}
        for code, loaded in book.approvals.items():
            named = [one for one in farther if code in one.model.approvals]
            of_kind = [one for one in farther if loaded.model.kind in one.model.kinds]
            wins = code in upper.model.approvals or (loaded.model.kind in upper.model.kinds and not named)
            found |= {id(one): one for one in (named or of_kind) if wins}
        for lower in found.values():
            says = f"{_place(lower)} 给同样的事项定的是 {lower.model.term}，这里是 {upper.model.term}，"
            yield from _longer(says, upper.model.term, lower.model.term, ("期限",), upper.positions)


# -- a layer's own routes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stated:
    """A route as some file states it: all of `when` has to hold."""

    route: Route
    when: tuple[Expression, ...]
    layer: str
    positions: Positions


def _routes(book: Rulebook, approvals: Places, overlays: OverlayPlaces) -> Iterator[Diagnostic]:
    rank = {layer.name: index for index, layer in enumerate(book.layers)}
    stated: dict[str, list[_Stated]] = {}
    for code, loaded in book.approvals.items():
        stated[code] = [
            _Stated(route, (loaded.conditions.get(f"路线/{index}", ALWAYS_TRUE),), loaded.layer, approvals[code][0])
            for index, route in enumerate(loaded.model.routes)
        ]
        for overlay in loaded.overlays:
            positions = overlays[(overlay.layer, code)][0]
            stated[code] += [
                _Stated(route, (overlay.conditions.get(f"路线/{i}", ALWAYS_TRUE),), overlay.layer, positions.below(("路线", i)))
                for i, route in enumerate(overlay.model.routes)
            ]
    for one in with_replaced(book.general):
        if isinstance(one.model, LaneModel):
            for index, route in enumerate(one.model.routes):
                if route.approval in stated:
                    when = (one.when(), one.when(f"路线/{index}"))
                    stated[route.approval].append(_Stated(route, when, one.layer, one.positions.below(("路线", index))))
    general = [one for one in with_replaced(book.general) if isinstance(one.model, GeneralRoute)]
    for code, routes in stated.items():
        loaded = book.approvals[code]
        for upper in routes:
            if rank[upper.layer] > rank[loaded.layer]:
                lower = [one for one in routes if rank[one.layer] < rank[upper.layer]]
                yield from _own_route(upper, loaded.model, approvals[code][1], lower)
                yield from _checked_later(upper, [one for one in general if rank[one.layer] < rank[upper.layer]])


def _own_route(upper: _Stated, model: Approval, owner: str, lower: Sequence[_Stated]) -> Iterator[Diagnostic]:
    """A route that a layer opens for an approval of a layer below. `owner`: its file. `lower`: the routes that the layers below
    state."""
    route = upper.route
    if route.choice == "一律" and not _already(upper, lower, lambda one: one.choice == "一律"):
        message = f"“{model.name}”是 {owner} 定的，那里没有写只有这一种办法，这里不能写“选用: 一律”"
        yield upper.positions.diagnostic(CODE, message, ("选用",), "删去“选用”：由申请人选")
    main = {m.name for m in model.materials} - {m.name for m in model.materials if m.secondary}
    for place, name in enumerate(route.replaces):
        if name in main and not _already(upper, lower, lambda one, name=name: name in one.replaces):
            message = f"“{name}”是 {owner} 定的主要材料，这里不能用承诺代替"
            fix = "只有写明“次要: 是”的可以；法律许可用承诺代替的，路线写在那个文件里"
            yield upper.positions.diagnostic(CODE, message, ("代替", place), fix)
    for place, code in enumerate(route.moved):
        if not _already(upper, lower, lambda one, code=code: code in one.moved):
            message = f"“{model.name}”要等“{code}”是 {owner} 定的，这里不能后移"
            fix = "法律许可分阶段的，路线写在那个文件里；本地只能先受理后补齐，写“卡点放宽”"
            yield upper.positions.diagnostic(CODE, message, ("后移", place), fix)


def _already(upper: _Stated, lower: Iterable[_Stated], allows: Any) -> bool:
    """Whether a route below already allows it, for every project that `upper` is for."""
    if not _readable(*upper.when):
        return True
    return any(
        one.route.way == upper.route.way
        and allows(one.route)
        and both_in_force(one.route, upper.route)
        and all(any(covers(wide, narrow) for narrow in (*upper.when, ALWAYS_TRUE)) for wide in one.when)
        for one in lower
    )


def _checked_later(upper: _Stated, general: Iterable[LoadedGeneral[GeneralRoute]]) -> Iterator[Diagnostic]:
    for one in general:
        within, own = one.model.verify_within, upper.route.verify_within
        if one.model.way == upper.route.way and within is not None and own is not None and both_in_force(one.model, upper.route):
            says = f"{_place(one)} 的“核查期限”是 {within}，这里是 {own}，"
            yield from _longer(says, own, within, ("核查期限",), upper.positions)


# -- days and places ------------------------------------------------------------------------------------------------------

_Days = tuple[date, date]
"""First day, first day no longer."""


def _span(item: Any) -> _Days:
    return item.effective or date.min, item.until or date.max


def _common(one: _Days, other: _Days) -> _Days:
    return max(one[0], other[0]), min(one[1], other[1])


def _uncovered(whole: _Days, spans: Iterable[_Days]) -> Iterator[_Days]:
    """The parts of `whole` that none of `spans` covers."""
    reached = whole[0]
    for start, end in sorted(spans):
        if start >= whole[1]:
            break
        if start > reached:
            yield reached, start
        reached = max(reached, end)
    if reached < whole[1]:
        yield reached, whole[1]


def _bare(lower: Any, versions: Iterable[Any]) -> Iterator[_Days]:
    return _uncovered(_span(lower), [_span(one) for one in versions])


def _days(first: date, end: date) -> str:
    if first == date.min:
        return f"{end} 以前"
    return f"{first} 起" if end == date.max else f"{first} 至 {end - timedelta(days=1)} "


def _place(one: LoadedGeneral[Any]) -> str:
    return f"{one.positions.file}:{one.source.line}"


def _readable(*expressions: Expression) -> bool:
    return all(was_read(expression) for expression in expressions)
