"""The load gate: what the inference engine is given to hold, and what is refused before it can do harm.

durable-rules crashes, hangs or answers wrongly beyond limits it does not check (more than 64 conditions satisfied by one fact, 256
rules on one condition, property names whose 32-bit FNV-1a hashes are equal). The gate stays well inside them: it cuts a rulebook
into shards, splits a formula that is too wide into nested ones, gives every input a property name of its own hash, and refuses,
naming file and rule, what still does not fit. A shard is plain data; nothing here needs the engine.

Negation is never asked of the engine. Each formula becomes rules that fire on values that are *there*:

    all   one rule for "true" (every part reads true) and one rule for "false" per part (that part reads false)
    any   one rule for "false" (every part reads false) and one rule for "true" per part (that part reads true)

If neither fires the formula is unknown, which is exactly Kleene's table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from planner.conditions import Truth
from planner.diagnostics import Diagnostic
from planner.rulebook.compiled import CompiledRulebook, Formula, Part, Source

RESERVED_NAMES = ("k", "sid", "id", "$s")
"""Property names the engine or its adapter uses on every fact; a generated name may not share a hash with one."""

_SAFE_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_OPEN_SHARDS = 24  # a formula looks for room in the newest shards only, so that planning stays linear in the rulebook's size


@dataclass(frozen=True, slots=True)
class Limits:
    """What one shard, one formula and one rulebook may hold. The defaults keep clear of the engine's own limits.

    `inputs`: distinct conditions and formulas one shard reads (the engine errs above 64 satisfied by one fact, 255 properties).
    `rules_per_input`: rules that test one input in one shard (the engine crashes at 256).
    `rules`: rules in one shard. `parts`: parts of one formula, before it is split.
    `shards`: shards of one rulebook (each costs about 1 MB that is never given back).
    """

    inputs: int = 48
    rules_per_input: int = 200
    rules: int = 400
    parts: int = 5_000
    shards: int = 256


@dataclass(frozen=True, slots=True)
class EngineRule:
    """One positive rule: when every property of `tests` has the value beside it (`t` or `f`), `formula` is `truth`."""

    name: str
    formula: str
    truth: Truth
    tests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shard:
    """One ruleset: formulas of one level that read few inputs. Its answer depends on the values of `inputs` and nothing else.

    `properties` are the names under which `inputs` reach the engine, in the same order. Shards of one level run in `step` order:
    the pieces of a split formula have a lower step than the formula that reads them.
    """

    name: str
    level: int
    step: int
    inputs: tuple[str, ...]
    properties: tuple[str, ...]
    formulas: tuple[str, ...]
    rules: tuple[EngineRule, ...]


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """A rulebook cut to the engine's measure.

    `constants` are formulas without parts (an empty `all` is true, an empty `any` false); the engine never sees them.
    `auxiliary` are the generated pieces of split formulas, `split` the formulas as they read after splitting.
    When `refusals` is not empty the plan must not be used.
    """

    shards: tuple[Shard, ...]
    constants: Mapping[str, Truth]
    auxiliary: Mapping[str, Formula]
    split: Mapping[str, Formula]
    refusals: tuple[Diagnostic, ...]


def plan_shards(book: CompiledRulebook, limits: Limits | None = None) -> ShardPlan:
    """Cut `book` into shards. What cannot be held is among `refusals` (R320), every case at once."""
    limit = limits or Limits()
    refusals: list[Diagnostic] = []
    constants: dict[str, Truth] = {}
    pieces: list[_Piece] = []
    auxiliary: dict[str, Formula] = {}
    split: dict[str, Formula] = {}
    taken = {*book.conditions, *book.formulas}
    for formula in book.formulas.values():
        distinct = replace(formula, parts=tuple(dict.fromkeys(formula.parts)))
        if not distinct.parts:
            constants[formula.id] = Truth.of(formula.op == "all")
            continue
        problem = _cannot_hold(distinct, limit)
        if problem:
            refusals.append(_refusal(formula.source, problem))
            continue
        cut = _split(distinct, _width(limit), taken)
        pieces.extend(cut)
        if len(cut) > 1:
            split[formula.id] = cut[-1].formula
            auxiliary.update((piece.formula.id, piece.formula) for piece in cut[:-1])
    properties = property_names(dict.fromkeys(part.id for piece in pieces for part in piece.formula.parts))
    groups = _group(pieces, limit)
    for group in groups[limit.shards :]:
        refusals.extend(
            _refusal(piece.formula.source, f"规则库要用的推理分片超过 {limit.shards} 个，从这条规则起装不下")
            for piece in group.pieces
            if piece.formula.id not in auxiliary
        )
    shards = tuple(_shard(f"shard{number:04}", group, properties) for number, group in enumerate(groups[: limit.shards]))
    return ShardPlan(shards, constants, auxiliary, split, tuple(dict.fromkeys(refusals)))


def fnv1a(name: str) -> int:
    """The 32-bit FNV-1a hash of the name's UTF-8 bytes: all that the engine looks at when it compares property names."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def property_names(ids: Iterable[str]) -> dict[str, str]:
    """A property name for each id, no two with the same hash, none with a reserved one's. Mostly the id itself.

    An id that is not plain lower-case ASCII (a dot would nest, a `$` would forge) or whose hash is taken gets another name.
    """
    seen = {fnv1a(name) for name in RESERVED_NAMES}
    names: dict[str, str] = {}
    for number, identifier in enumerate(ids):
        name = identifier if _SAFE_NAME.match(identifier) else f"p{number:05}"
        attempt = 0
        while fnv1a(name) in seen:
            attempt += 1
            name = f"p{number:05}x{attempt}"
        seen.add(fnv1a(name))
        names[identifier] = name
    return names


def _width(limit: Limits) -> int:
    """How many parts one formula may have in a shard: its inputs, and one rule more than it has parts, must fit."""
    return min(limit.inputs, limit.rules - 1)


def _cannot_hold(formula: Formula, limit: Limits) -> str:
    """Why `formula` fits no shard even when split, or ""."""
    if len(formula.parts) > limit.parts:
        return f"这条规则有 {len(formula.parts)} 个并列条件，推理引擎最多容纳 {limit.parts} 个"
    if _width(limit) < 2 or limit.rules_per_input < 4:
        return "推理分片的容量太小，连两个并列条件的规则也装不下"
    return ""


def _refusal(source: Source, message: str) -> Diagnostic:
    return Diagnostic(
        "R320",
        f"“{source.name}”：{message}",
        file=source.file,
        line=source.line,
        help="把并列的条件先归纳成派生事实或决策表，再在规则里引用；或拆成几条规则",
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    formula: Formula
    step: int


def _split(formula: Formula, width: int, taken: set[str]) -> list[_Piece]:
    """`formula` as pieces of at most `width` parts each, what is read before what reads it. Adds the new ids to `taken`.

    `all(a, b, c, d)` is `all(all(a, b), all(c, d))`, and the same for `any`, also with unknowns: nothing is lost.
    """
    pieces: list[_Piece] = []
    parts: Sequence[Part] = formula.parts
    step = 0
    number = 0
    while len(parts) > width:
        shorter: list[Part] = []
        for start in range(0, len(parts), width):
            chunk = tuple(parts[start : start + width])
            if len(chunk) == 1:
                shorter.append(chunk[0])
                continue
            number += 1
            while f"{formula.id}_{number}" in taken:
                number += 1
            piece = replace(formula, id=f"{formula.id}_{number}", parts=chunk)
            taken.add(piece.id)
            pieces.append(_Piece(piece, step))
            shorter.append(Part(piece.id))
        parts = shorter
        step += 1
    pieces.append(_Piece(replace(formula, parts=tuple(parts)), step))
    return pieces


@dataclass(slots=True)
class _Group:
    """A shard being filled."""

    level: int
    step: int
    pieces: list[_Piece] = field(default_factory=list)
    load: dict[str, int] = field(default_factory=dict)  # rules that test each input
    rules: int = 0

    def takes(self, load: Mapping[str, int], rules: int, limit: Limits) -> bool:
        if self.rules + rules > limit.rules:
            return False
        own = self.load
        if len(own) + sum(1 for identifier in load if identifier not in own) > limit.inputs:
            return False
        return all(own.get(identifier, 0) + more <= limit.rules_per_input for identifier, more in load.items())

    def add(self, piece: _Piece, load: Mapping[str, int], rules: int) -> None:
        self.pieces.append(piece)
        self.rules += rules
        for identifier, more in load.items():
            self.load[identifier] = self.load.get(identifier, 0) + more


def _group(pieces: Sequence[_Piece], limit: Limits) -> list[_Group]:
    """Pieces into groups under the limits, each where it shares most inputs, in the order the groups must run."""
    groups: dict[tuple[int, int], list[_Group]] = {}
    for piece in pieces:
        load: dict[str, int] = {}
        for part in piece.formula.parts:
            load[part.id] = load.get(part.id, 0) + 2  # its own rule, and the rule that reads all parts
        rules = len(piece.formula.parts) + 1
        same = groups.setdefault((piece.formula.level, piece.step), [])
        fitting = [group for group in same[-_OPEN_SHARDS:] if group.takes(load, rules, limit)]
        if fitting:
            best = max(fitting, key=lambda group: sum(1 for identifier in load if identifier in group.load))
        else:
            best = _Group(piece.formula.level, piece.step)
            same.append(best)
        best.add(piece, load, rules)
    return [group for key in sorted(groups) for group in groups[key]]


def _shard(name: str, group: _Group, properties: Mapping[str, str]) -> Shard:
    rules: list[EngineRule] = []
    for piece in group.pieces:
        for truth, tests in _firings(piece.formula, properties):
            rules.append(EngineRule(f"r{len(rules):03}", piece.formula.id, truth, tests))
    inputs = tuple(group.load)
    return Shard(
        name,
        group.level,
        group.step,
        inputs,
        tuple(properties[identifier] for identifier in inputs),
        tuple(piece.formula.id for piece in group.pieces),
        tuple(rules),
    )


def _firings(formula: Formula, properties: Mapping[str, str]) -> list[tuple[Truth, tuple[tuple[str, str], ...]]]:
    """What fires `formula`: its whole reading once, and each single part that settles it the other way."""
    whole = Truth.of(formula.op == "all")
    together = tuple((properties[part.id], _reads(part, whole)) for part in formula.parts)
    singly: list[tuple[Truth, tuple[tuple[str, str], ...]]] = [
        (~whole, ((properties[part.id], _reads(part, ~whole)),)) for part in formula.parts
    ]
    if len({name for name, _ in together}) < len(together):  # a part and its contrary: never all true, nor all false
        return singly
    return [(whole, together), *singly]


def _reads(part: Part, wanted: Truth) -> str:
    """The value of the input at which `part` reads `wanted`."""
    return (~wanted if part.negated else wanted).value
