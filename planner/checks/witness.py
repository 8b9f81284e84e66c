"""The witness finder: a project that makes conditions of a rulebook true or false, or the proof that there is none.

    answer = solve(law, vocabulary, {"n0012": Truth.TRUE, "n0034": Truth.FALSE})

The question is put as a tree of `全部` and `任一` over tests; tests on a derived fact are replaced by what its table needs to give it. The
search walks the tree, narrows what each fact can still be (`domains`), and takes an alternative back when nothing is left. Because a
domain holds a value for every difference a test can see, an exhausted search is a proof. It is exact about unknowns too: a condition
on a table that does not say stays unknown, so it is neither true nor false.

A witness is evaluated by the independent evaluator before it is handed out, and holds no fact that is not needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as OneOfThese
from typing import TypeAlias

from planner.checks.domains import Domains
from planner.conditions import NOT_APPLICABLE, ContainsAll, Facts, IsNotApplicable, Not, OneOf, Test, Truth, Value, evaluate
from planner.inference.evaluator import Reading
from planner.rulebook.compile import InForce
from planner.rulebook.compiled import PARAMETER, CompiledRulebook, Condition, Table
from planner.vocabulary import Vocabulary

BUDGET = 4_000
"""Alternatives the search may try for one question before it gives up."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A project that shows it: evaluated, and without a fact it could do without.

    `stated` are derived facts that the project has to state itself, because no table row gives what is asked.
    """

    facts: Facts
    stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """No project shows it."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Neither found nor ruled out. `reason` is for users (Chinese)."""

    reason: str


Answer: TypeAlias = Witness | Unsatisfiable | GaveUp


def solve(
    period: InForce,
    vocabulary: Vocabulary,
    require: Mapping[str, Truth],
    *,
    facts: Facts | None = None,
    stated: bool = True,
    not_applicable: bool = True,
    budget: int = BUDGET,
) -> Answer:
    """A project on which every condition or formula of `require` (ids of the period's compiled rulebook) is as required.

    `facts` are fixed beforehand. `stated`: whether derived facts may be stated by the project where the vocabulary allows it (tables are
    tried first). `not_applicable`: whether a fact may be 不适用. Raises ValueError for a required UNKNOWN, KeyError for an unknown id.
    """
    finder = Finder(period, Domains.of(vocabulary, [period]))
    return finder.solve(require, facts=facts, stated=stated, not_applicable=not_applicable, budget=budget)


# -- the question as a tree ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """A test on a fact that the project gives, wanted true or false."""

    fact: str
    test: Test
    want: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """`all` or `any` of its parts. `first`: branch here before other places (the row of a table settles most of what is beside it)."""

    op: OneOfThese["all", "any"]
    parts: tuple[_Node, ...]
    facts: frozenset[str]
    size: int
    first: bool = False


_Node: TypeAlias = _Leaf | _Tree

_HOLDS = _Tree("all", (), frozenset(), 0)
_FAILS = _Tree("any", (), frozenset(), 0)


def _tree(op: OneOfThese["all", "any"], parts: Iterable[_Node], *, first: bool = False) -> _Node:
    neutral, settling = (_HOLDS, _FAILS) if op == "all" else (_FAILS, _HOLDS)
    kept = [part for part in dict.fromkeys(parts) if part is not neutral]
    if settling in kept:
        return settling
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    facts = frozenset[str]().union(*(part.facts if isinstance(part, _Tree) else (part.fact,) for part in kept))
    size = sum(part.size if isinstance(part, _Tree) else 1 for part in kept)
    return _Tree(op, tuple(kept), facts, size, first)


class _OutOfBudget(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a question is put: which derived facts the project states itself, and whether what cannot be settled counts as met.

    An exhausted search is a proof only when nothing was left out for being unsettled; the generous reading leaves nothing out.
    """

    stated: frozenset[str]
    generous: bool = False


class Finder:
    """Answers questions about one period. What it has worked out about the period is kept for the next question."""

    def __init__(self, law: InForce, domains: Domains) -> None:
        self.law = law
        self.book: CompiledRulebook = law.compiled
        self.domains = domains
        facts = domains.vocabulary.facts
        self.givable = frozenset(fact for fact in self.book.derived if fact in facts and facts[fact].givable)
        self._nodes: dict[tuple[str, bool, _Reading], _Node] = {}
        self._leaves: dict[tuple[str, Test, bool], _Leaf] = {}
        self._unsure: dict[str, bool] = {}

    def solve(
        self,
        require: Mapping[str, Truth],
        *,
        facts: Facts | None = None,
        stated: bool = True,
        not_applicable: bool = True,
        budget: int = BUDGET,
    ) -> Answer:
        """See `solve`."""
        if Truth.UNKNOWN in require.values():
            raise ValueError("only true or false can be required")
        fixed = dict(facts or {})
        given = frozenset(self.book.derived).intersection(fixed)
        answer: Answer = Unsatisfiable()
        for reading in dict.fromkeys((_Reading(given), _Reading(given | self.givable if stated else given))):
            answer = self._attempt(require, fixed, reading, not_applicable, budget)
            if isinstance(answer, Witness):
                return answer
        # The last attempt allows the most, so its word covers the one before.
        return answer

    def _attempt(self, require: Mapping[str, Truth], fixed: dict[str, Value], reading: _Reading, na: bool, budget: int) -> Answer:
        search = _Search(self.domains, fixed, na, budget)
        try:
            state = search.run(self._question(require, reading))
            if state is None:
                generous = _Search(self.domains, fixed, na, budget).run(self._question(require, replace(reading, generous=True)))
                return (
                    Unsatisfiable()
                    if generous is None
                    else GaveUp("要看规则库没有载明的内容（没有数值的参数，或没有结果的决策表）")
                )
        except _OutOfBudget:
            return GaveUp("条件太复杂，在限定的步数内没有算完")
        found = {**fixed, **search.values(state)}
        if not self.shows(require, found):
            return GaveUp("求得的项目经独立核算并不成立")
        for fact in sorted(set(found) - set(fixed), key=lambda fact: (fact not in self.book.derived, fact)):
            fewer = {code: value for code, value in found.items() if code != fact}
            if self.shows(require, fewer):
                found = fewer
        return Witness({code: found[code] for code in sorted(found)}, tuple(sorted(f for f in found if f in self.book.derived)))

    def _question(self, require: Mapping[str, Truth], reading: _Reading) -> list[_Node]:
        return [self._need(identifier, truth is Truth.TRUE, reading) for identifier, truth in require.items()]

    @cached_property
    def nothing_else(self) -> Facts:
        """Every fact that a test reads and a project gives, as 不适用: what completes a project so that little else of the rulebook holds."""
        return {
            fact: NOT_APPLICABLE
            for fact in self.domains.tests
            if fact in self.domains.vocabulary.facts and fact not in self.book.derived
        }

    def shows(self, require: Mapping[str, Truth], facts: Facts) -> bool:
        """Whether the independent evaluator finds every requirement met by a project."""
        reading = Reading(self.book, facts)
        return all(reading.truth(identifier) is truth for identifier, truth in require.items())

    # -- from ids to a tree --------------------------------------------------------------------------------------------

    def _need(self, identifier: str, want: bool, reading: _Reading) -> _Node:
        key = (identifier, want, reading)
        found = self._nodes.get(key)
        if found is None:
            if identifier in self.book.formulas:
                formula = self.book.formulas[identifier]
                op: OneOfThese["all", "any"] = "all" if (formula.op == "all") == want else "any"
                found = _tree(op, [self._need(p.id, want != p.negated, reading) for p in formula.parts])
            else:
                found = self._condition(self.book.conditions[identifier], want, reading)
            self._nodes[key] = found
        return found

    def _condition(self, condition: Condition, want: bool, reading: _Reading) -> _Node:
        fact, test = condition.fact, condition.test
        while isinstance(test, Not):
            test, want = test.test, not want
        if fact.startswith(PARAMETER):
            return _HOLDS if reading.generous else _FAILS
        table = self.book.tables[self.book.derived[fact]] if fact in self.book.derived else None
        if table is None or fact in reading.stated:
            if self.domains.is_set(fact) and isinstance(test, ContainsAll):
                parts = [self._leaf(fact, one, want) for one in test.tests]
                return _tree("all" if want else "any", parts)
            return self._leaf(fact, test, want)
        return self._from_table(table, test, want, reading)

    def _leaf(self, fact: str, test: Test, want: bool) -> _Leaf:
        key = (fact, test, want)
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = _Leaf(fact, test, want)
        return found

    def _from_table(self, table: Table, test: Test, want: bool, reading: _Reading) -> _Node:
        """What the rows must do for `test` on the table's fact to come out as wanted: the evaluator's reading, turned round."""
        wanted = Truth.of(want)
        if table.policy == "collect":
            return self._from_set(table, test, want, reading)

        def fits(outcome: str | None) -> bool:
            return outcome is not None and evaluate(test, outcome) is wanted

        def rows(outcomes: Iterable[str], holding: bool) -> list[_Node]:
            among = set(outcomes)
            return [self._need(row.formula, holding, reading) for row in table.rows if row.outcome in among]

        outcomes = list(dict.fromkeys(row.outcome for row in table.rows))
        others = [outcome for outcome in outcomes if not fits(outcome)]
        # Other rows have to fail. To a table of policy `unique` it is enough that they do not hold for certain.
        excluded = rows(others, False)
        if reading.generous and table.policy == "unique":
            failing = [row for row in table.rows if row.outcome in others and not self._may_stay_unknown(row.formula)]
            excluded = [self._need(row.formula, False, reading) for row in failing]
        if fits(table.default):
            return _tree("all", excluded)
        if table.policy == "unique":
            row_holds = _tree("any", rows([o for o in outcomes if fits(o)], True), first=True)
            return _tree("all", [row_holds, *excluded])
        alternatives = []
        for place, outcome in enumerate(table.order):
            if fits(outcome):
                higher = [o for o in table.order[:place] if not fits(o)]
                alternatives.append(_tree("all", [_tree("any", rows([outcome], True), first=True), *rows(higher, False)]))
        return _tree("any", alternatives, first=True)

    def _from_set(self, table: Table, test: Test, want: bool, reading: _Reading) -> _Node:
        if isinstance(test, ContainsAll):
            return _tree("all" if want else "any", [self._from_set(table, one, want, reading) for one in test.tests])
        if isinstance(test, IsNotApplicable):
            return _FAILS if want else _HOLDS
        hits = {
            outcome: evaluate(test, frozenset([outcome])) for outcome in [r.outcome for r in table.rows] + [table.default or ""]
        }
        default = hits[table.default] if table.default is not None else None
        none = [self._need(row.formula, False, reading) for row in table.rows]
        if want:
            some = [self._need(row.formula, True, reading) for row in table.rows if hits[row.outcome] is Truth.TRUE]
            return _tree("any", [*some, *([_tree("all", none)] if default is Truth.TRUE else [])], first=True)
        absent = [self._need(row.formula, False, reading) for row in table.rows if hits[row.outcome] is not Truth.FALSE]
        if default in (None, Truth.FALSE):
            return _tree("all", absent)
        other = [self._need(row.formula, True, reading) for row in table.rows if hits[row.outcome] is Truth.FALSE]
        return _tree("all", [*absent, _tree("any", other, first=True)])

    def _may_stay_unknown(self, identifier: str) -> bool:
        """Whether something stays unknown however much of a project is given: it turns on a table that may not say."""
        found = self._unsure.get(identifier)
        if found is None:
            if identifier in self.book.formulas:
                found = any(self._may_stay_unknown(part.id) for part in self.book.formulas[identifier].parts)
            else:
                fact = self.book.conditions[identifier].fact
                table = self.book.tables[self.book.derived[fact]] if fact in self.book.derived else None
                found = table is not None and (
                    (table.default is None and table.policy != "collect")
                    or any(self._may_stay_unknown(row.formula) for row in table.rows)
                )
            self._unsure[identifier] = found
        return found


# -- the search ------------------------------------------------------------------------------------------------------

_DEAD, _OPEN, _MET = -1, 0, 1
_LOOKED_INTO = 60  # a tree with more leaves is not looked through to see whether it can still hold


@dataclass(frozen=True, slots=True)
class _SetState:
    """What is asked of a set so far. `absent`: whether it is 不适用; None while either will do."""

    allowed: int
    needs: tuple[int, ...] = ()
    absent: bool | None = None


@dataclass(slots=True)
class _State:
    """How far every fact is narrowed down; facts not mentioned are free."""

    masks: dict[str, int] = field(default_factory=dict)
    sets: dict[str, _SetState] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(dict(self.masks), dict(self.sets))


class _Search:
    def __init__(self, domains: Domains, fixed: Facts, not_applicable: bool, budget: int) -> None:
        self.domains = domains
        self.fixed = fixed
        self.not_applicable = not_applicable
        self.budget = budget

    def run(self, question: Sequence[_Node]) -> _State | None:
        return self._walk(_State(), list(question), [])

    def _walk(self, state: _State, queue: list[_Node], open_: list[tuple[_Tree, tuple[_Node, ...]]]) -> _State | None:
        waiting = self._propagate(state, queue, open_)
        if waiting is None:
            return None
        if not waiting:
            return state
        # Decisive places first, then the fewest alternatives.
        best = min(range(len(waiting)), key=lambda at: (not waiting[at][0].first, len(waiting[at][1])))
        _, alternatives = waiting[best]
        rest = waiting[:best] + waiting[best + 1 :]
        for alternative in alternatives:
            self.budget -= 1
            if self.budget < 0:
                raise _OutOfBudget
            found = self._walk(state.copy(), [alternative], list(rest))
            if found is not None:
                return found
        return None

    def _propagate(
        self, state: _State, queue: list[_Node], open_: list[tuple[_Tree, tuple[_Node, ...]]]
    ) -> list[tuple[_Tree, tuple[_Node, ...]]] | None:
        """Everything that follows without choosing. None: nothing is left for some fact."""
        changed: set[str] = set()
        while True:
            while queue:
                node = queue.pop()
                if isinstance(node, _Leaf):
                    before = self._seen(state, node.fact)
                    if not self._assert(state, node):
                        return None
                    if self._seen(state, node.fact) != before:
                        changed.add(node.fact)
                elif node.op == "all":
                    queue.extend(node.parts)
                else:
                    kept = self._alternatives(state, node.parts)
                    if kept == ():
                        return None
                    if kept is not None and len(kept) == 1:
                        queue.append(kept[0])
                    elif kept is not None:
                        open_.append((node, kept))
            if not changed:
                return open_
            again, open_ = open_, []
            for node, alternatives in again:
                if not node.facts & changed:
                    open_.append((node, alternatives))
                    continue
                kept = self._alternatives(state, alternatives)
                if kept == ():
                    return None
                if kept is not None and len(kept) == 1:
                    queue.append(kept[0])
                elif kept is not None:
                    open_.append((node, kept))
            changed = set()

    def _seen(self, state: _State, fact: str) -> object:
        return state.sets.get(fact) if fact in state.sets else state.masks.get(fact)

    def _alternatives(self, state: _State, parts: tuple[_Node, ...]) -> tuple[_Node, ...] | None:
        """Those that can still hold; None when one holds already."""
        kept = []
        for part in parts:
            status = self._status(state, part)
            if status == _MET:
                return None
            if status == _OPEN:
                kept.append(part)
        return tuple(kept)

    def _status(self, state: _State, node: _Node) -> int:
        if isinstance(node, _Leaf):
            return self._leaf_status(state, node)
        if node.size > _LOOKED_INTO:
            return _OPEN
        met, against = (_MET, _DEAD) if node.op == "all" else (_DEAD, _MET)
        result = met
        for part in node.parts:
            status = self._status(state, part)
            if status == against:
                return against
            if status == _OPEN:
                result = _OPEN
        return result

    def _leaf_status(self, state: _State, leaf: _Leaf) -> int:
        if leaf.fact in self.fixed:
            return _MET if evaluate(leaf.test, self.fixed[leaf.fact]) is Truth.of(leaf.want) else _DEAD
        if self.domains.is_set(leaf.fact):
            return self._set_status(state.sets.get(leaf.fact), leaf)
        mask = self._mask(state, leaf.fact)
        holding = self._holding(leaf)
        if not mask & holding:
            return _DEAD
        # A test that every value passes still wants a value: of a fact not given nothing is known.
        return _MET if leaf.fact in state.masks and not mask & ~holding else _OPEN

    def _mask(self, state: _State, fact: str) -> int:
        found = state.masks.get(fact)
        if found is None:
            domain = self.domains.domain(fact)
            found = domain.whole if self.not_applicable else domain.applicable
        return found

    def _holding(self, leaf: _Leaf) -> int:
        true, false = self.domains.domain(leaf.fact).masks(leaf.test)
        return true if leaf.want else false

    def _assert(self, state: _State, leaf: _Leaf) -> bool:
        if leaf.fact in self.fixed:
            return self._leaf_status(state, leaf) == _MET
        if self.domains.is_set(leaf.fact):
            narrowed = self._narrow_set(state.sets.get(leaf.fact), leaf)
            if narrowed is not None:
                state.sets[leaf.fact] = narrowed
            return narrowed is not None
        mask = self._mask(state, leaf.fact) & self._holding(leaf)
        state.masks[leaf.fact] = mask
        return mask != 0

    def _narrow_set(self, state: _SetState | None, leaf: _Leaf) -> _SetState | None:
        """What is asked of the set when the leaf is asked too; None when no set answers it."""
        domain = self.domains.set_domain(leaf.fact)
        state = state or _SetState(domain.whole, absent=None if self.not_applicable else False)
        if isinstance(leaf.test, IsNotApplicable):
            return None if state.absent is (not leaf.want) else replace(state, absent=leaf.want)
        if not isinstance(leaf.test, OneOf):
            raise TypeError(f"not a test on a set: {leaf.test!r}")
        if leaf.want:
            need = domain.mask(leaf.test.inside)
            if state.absent or not need & state.allowed:
                return None
            return _SetState(state.allowed, state.needs if need in state.needs else (*state.needs, need), False)
        if state.absent:
            return state
        allowed = state.allowed & ~domain.mask(leaf.test.inside | leaf.test.above)
        return replace(state, allowed=allowed) if all(need & allowed for need in state.needs) else None

    def _set_status(self, state: _SetState | None, leaf: _Leaf) -> int:
        if self._narrow_set(state, leaf) is None:
            return _DEAD
        if state is None:
            return _OPEN
        if isinstance(leaf.test, IsNotApplicable):
            return _MET if state.absent is leaf.want else _OPEN
        asked = self.domains.set_domain(leaf.fact)
        if not isinstance(leaf.test, OneOf):
            raise TypeError(f"not a test on a set: {leaf.test!r}")
        if leaf.want:
            inside = asked.mask(leaf.test.inside)
            return _MET if any(not need & state.allowed & ~inside for need in state.needs) else _OPEN
        return _MET if state.absent or not state.allowed & asked.mask(leaf.test.inside | leaf.test.above) else _OPEN

    def values(self, state: _State) -> dict[str, Value]:
        """A value for every fact that was narrowed, the plainest of those left."""
        found: dict[str, Value] = {}
        for fact, mask in state.masks.items():
            found[fact] = self.domains.domain(fact).values[(mask & -mask).bit_length() - 1]
        for fact, asked in state.sets.items():
            found[fact] = NOT_APPLICABLE if asked.absent else self.domains.set_domain(fact).choose(asked.allowed, asked.needs)
        return found


def leaves(finder: Finder, identifier: str) -> Iterator[Condition]:
    """Every condition below a formula, tables not entered."""
    formula = finder.book.formulas.get(identifier)
    if formula is None:
        yield finder.book.conditions[identifier]
        return
    for part in formula.parts:
        yield from leaves(finder, part.id)
