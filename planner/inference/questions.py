"""Two questions back to the conclusions.

On which facts does an open conclusion still depend (`OpenQuestions`), and what is the least that would have to be otherwise for a
conclusion to turn out differently (`flips`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count

from planner.conditions import ContainsAll, Not, OneOf, Possible, PossibleSet, Test, Truth, evaluate
from planner.inference.conclude import Conclusions
from planner.inference.strata import derive
from planner.rulebook.compiled import PARAMETER, CompiledRulebook, Condition, Row, Table


class OpenQuestions:
    """What the open conclusions of one project depend on, each formula worked out once however many others read it."""

    def __init__(self, book: CompiledRulebook, conclusions: Conclusions) -> None:
        self._book = book
        self._conclusions = conclusions
        self._causes: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, tuple[list[Row], frozenset[str]]] = {}

    def facts(self, formula_id: str) -> tuple[str, ...]:
        """The facts a project would have to state to settle an UNKNOWN formula, in the order the rulebook reads them; else ().

        These are facts asked of the project. A derived fact is traced to what its table's open rows depend on, and is named itself only
        when the table cannot settle it: no row holds and none is open, its rows contradict each other, or its value is too coarse.
        A parameter without a value is no fact a project could state: `causes` names it.
        """
        return tuple(code for code in self.causes(formula_id) if not code.startswith(PARAMETER))

    def causes(self, identifier: str) -> tuple[str, ...]:
        """Like `facts`, with the facts that stand for parameters the rulebook has no value for (`parameter:…`)."""
        found = self._causes.get(identifier)
        if found is None:
            formula = self._book.formulas.get(identifier)
            if formula is None:
                found = self._condition(self._book.conditions[identifier])
            elif self._conclusions.formulas[identifier] is not Truth.UNKNOWN:
                found = ()
            elif len(formula.parts) == 1:
                found = self.causes(formula.parts[0].id)
            else:
                found = self._of_all(part.id for part in formula.parts)
            self._causes[identifier] = found
        return found

    def _condition(self, condition: Condition) -> tuple[str, ...]:
        if self._conclusions.conditions[condition.id] is not Truth.UNKNOWN:
            return ()
        table = self._book.tables.get(self._book.derived.get(condition.fact, ""))
        rows = self._open_rows(table, condition.test) if table and condition.fact not in self._conclusions.given else []
        if not rows:
            return (condition.fact,)
        return self._of_all(dict.fromkeys(row.formula for row in rows))

    def _of_all(self, identifiers: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(map(self.causes, identifiers))))

    def _open_rows(self, table: Table, test: Test) -> list[Row]:
        """The UNKNOWN rows of `table` that bear on what `test` says of the fact it gives."""
        value = self._conclusions.values.get(table.fact)
        if not isinstance(value, Possible | PossibleSet):
            return []
        unknown, settled = self._rows_of(table)
        if isinstance(value, Possible):
            # An outcome that some row already gives needs no second row to be among the possible ones.
            possible = value.outcomes - settled
            return [row for row in unknown if row.outcome in possible]
        bare = test
        while isinstance(bare, Not):
            bare = bare.test
        if isinstance(bare, OneOf):
            return [row for row in unknown if evaluate(bare, row.outcome) is not Truth.FALSE]
        return unknown

    def _rows_of(self, table: Table) -> tuple[list[Row], frozenset[str]]:
        """The UNKNOWN rows of a table, and the outcomes of those that hold."""
        found = self._rows.get(table.code)
        if found is None:
            rows = self._conclusions.rows
            unknown = [row for row in table.rows if rows[row.id] is Truth.UNKNOWN]
            settled = frozenset([row.outcome for row in table.rows if rows[row.id] is Truth.TRUE])
            found = self._rows[table.code] = (unknown, settled)
        return found


def open_facts(book: CompiledRulebook, conclusions: Conclusions, formula_id: str) -> tuple[str, ...]:
    """See `OpenQuestions.facts`."""
    return OpenQuestions(book, conclusions).facts(formula_id)


def open_causes(book: CompiledRulebook, conclusions: Conclusions, formula_id: str) -> tuple[str, ...]:
    """See `OpenQuestions.causes`."""
    return OpenQuestions(book, conclusions).causes(formula_id)


_SEARCH_STATES = 2_000  # how many sets of changes are tried for one smaller than the first found


def flips(book: CompiledRulebook, conclusions: Conclusions, formula_id: str, wanted: Truth) -> tuple[tuple[str, Truth], ...] | None:
    """The smallest set of condition truths, each with the value it would need, that makes `formula_id` `wanted`.

    Empty when it is so already; `None` when nothing is found that does it. Every answer has been tried out; that no smaller one
    exists is certain for all but formulas with very many ways to come round, where the search for a smaller one is cut short.
    A derived fact changes through its table's rows, so the conditions named are on facts a project states (or on a derived fact
    that was given). Two conditions on one fact may be asked for what no value satisfies together (≥ 5 and < 3): the caller, who knows
    the values, sees that.
    """
    if wanted is Truth.UNKNOWN:
        raise ValueError("only TRUE or FALSE can be wanted")
    world = _World(book, conclusions)
    best = _Cheapest(world).changes(formula_id, wanted)
    if best is not None and _Otherwise(world, dict(best)).truth(formula_id) is not wanted:
        best = None
    smaller = _smaller(world, formula_id, wanted, None if best is None else len(best))
    found = best if smaller is None else smaller.items()
    if found is None:
        return None
    order = {identifier: place for place, identifier in enumerate(book.conditions)}
    return tuple(sorted(found, key=lambda item: order[item[0]]))


class _World:
    """The rulebook, what was concluded, and which derived facts still come from their tables."""

    def __init__(self, book: CompiledRulebook, conclusions: Conclusions) -> None:
        self.formulas = book.formulas
        self.conditions = book.conditions
        self.was = conclusions
        self.tables = {table.fact: table for table in book.tables.values() if table.fact not in conclusions.given}


Changes = frozenset[tuple[str, Truth]]


class _Cheapest:
    """Part by part: for a whole reading the changes of every part together, for a single part's the fewest.

    Exact where no condition is read twice; the result has to be tried out, because it does not see what a change breaks elsewhere.
    """

    def __init__(self, world: _World) -> None:
        self._world = world
        self._found: dict[tuple[str, Truth], Changes | None] = {}

    def changes(self, identifier: str, wanted: Truth) -> Changes | None:
        """Changes that make `identifier` `wanted`; `None` if there are none."""
        key = (identifier, wanted)
        if key not in self._found:
            self._found[key] = self._work_out(identifier, wanted)
        return self._found[key]

    def _work_out(self, identifier: str, wanted: Truth) -> Changes | None:
        formula = self._world.formulas.get(identifier)
        if formula is None:
            return self._condition(self._world.conditions[identifier], wanted)
        if self._world.was.formulas[identifier] is wanted:
            return frozenset()
        each = (self.changes(part.id, ~wanted if part.negated else wanted) for part in formula.parts)
        return _together(each) if (formula.op == "all") is (wanted is Truth.TRUE) else _fewest(each)

    def _condition(self, condition: Condition, wanted: Truth) -> Changes | None:
        if self._world.was.conditions[condition.id] is wanted:
            return frozenset()
        table = self._world.tables.get(condition.fact)
        if table is None:
            return frozenset(((condition.id, wanted),))
        test, aim = condition.test, wanted
        while isinstance(test, Not):
            test, aim = test.test, ~aim
        return self._members(table, test, aim) if table.policy == "collect" else self._outcome(table, test, aim)

    def _outcome(self, table: Table, test: Test, wanted: Truth) -> Changes | None:
        """One row with a right outcome holds and none that would displace it, or the default is right and no other row holds."""
        right = {outcome: evaluate(test, outcome) is wanted for outcome in (*table.order, *(row.outcome for row in table.rows))}
        rank = {outcome: place for place, outcome in enumerate(table.order)} if table.policy == "highest" else {}

        def without(rows: Iterable[Row]) -> Changes | None:
            return _together(self.changes(row.formula, Truth.FALSE) for row in rows)

        wrong = [row for row in table.rows if not right[row.outcome]]
        ways: list[Changes | None] = []
        for row in table.rows:
            if right[row.outcome]:
                place = rank.get(row.outcome, 0)
                displacing = without(other for other in wrong if rank.get(other.outcome, -1) < place)
                ways.append(_together((self.changes(row.formula, Truth.TRUE), displacing)))
        if table.default is not None and evaluate(test, table.default) is wanted:
            ways.append(without(wrong))
        return _fewest(ways)

    def _members(self, table: Table, test: Test, wanted: Truth) -> Changes | None:
        each = (
            [self.changes(row.formula, wanted) for row in table.rows if evaluate(one, row.outcome) is not Truth.FALSE]
            for one in _single_tests(test)
        )
        if wanted is Truth.TRUE:
            return _together(_fewest(ways) for ways in each)
        return _fewest(_together(ways) for ways in each)


def _together(each: Iterable[Changes | None]) -> Changes | None:
    """All of these changes; `None` if one is impossible or two contradict each other."""
    union: set[tuple[str, Truth]] = set()
    for changes in each:
        if changes is None:
            return None
        union |= changes
    return frozenset(union) if len({identifier for identifier, _ in union}) == len(union) else None


def _fewest(each: Iterable[Changes | None]) -> Changes | None:
    """The first of the smallest."""
    return min((changes for changes in each if changes is not None), key=len, default=None)


def _smaller(world: _World, formula_id: str, wanted: Truth, than: int | None) -> dict[str, Truth] | None:
    """The smallest set of changes with fewer than `than`; `None` when there is none, or the search was cut short."""
    tie = count()
    queue: list[tuple[int, int, dict[str, Truth]]] = [(0, next(tie), {})]
    reached: set[Changes] = {frozenset()}
    while queue:
        size, _, changed = heapq.heappop(queue)
        if than is not None and size >= than:
            return None
        otherwise = _Otherwise(world, changed)
        if otherwise.truth(formula_id) is wanted:
            return changed
        if than is not None and size + 1 >= than:
            continue
        for identifier, truth in dict.fromkeys(otherwise.steps(formula_id, wanted)):
            further = {**changed, identifier: truth}
            key = frozenset(further.items())
            if key not in reached:
                if len(reached) >= _SEARCH_STATES:
                    return None
                reached.add(key)
                heapq.heappush(queue, (len(further), next(tie), further))
    return None


class _Otherwise:
    """The conclusions as they would be if some conditions were otherwise.

    `steps` yields single changes of which every way to the wanted truth contains at least one; searching by number of changes
    therefore meets a smallest set first.
    """

    def __init__(self, world: _World, changed: Mapping[str, Truth]) -> None:
        self._world = world
        self._changed = changed
        self._truths: dict[str, Truth] = {}

    def truth(self, identifier: str) -> Truth:
        found = self._truths.get(identifier)
        if found is None:
            found = self._truths[identifier] = self._work_out(identifier)
        return found

    def _work_out(self, identifier: str) -> Truth:
        formula = self._world.formulas.get(identifier)
        if formula is not None:
            readings = {~self.truth(part.id) if part.negated else self.truth(part.id) for part in formula.parts}
            settling = Truth.FALSE if formula.op == "all" else Truth.TRUE
            if settling in readings:
                return settling
            return Truth.UNKNOWN if Truth.UNKNOWN in readings else ~settling
        if identifier in self._changed:
            return self._changed[identifier]
        condition = self._world.conditions[identifier]
        table = self._world.tables.get(condition.fact)
        if table is None or not self._changed:
            return self._world.was.conditions[identifier]
        return evaluate(condition.test, derive(table, {row.id: self.truth(row.formula) for row in table.rows}))

    def steps(self, identifier: str, wanted: Truth) -> Iterator[tuple[str, Truth]]:
        """Changes that bring `identifier`, which is not `wanted`, nearer to it."""
        formula = self._world.formulas.get(identifier)
        if formula is None:
            yield from self._condition_steps(self._world.conditions[identifier], wanted)
            return
        lacking = [
            (part.id, aim)
            for part in formula.parts
            for aim in [~wanted if part.negated else wanted]
            if self.truth(part.id) is not aim
        ]
        every_part = (formula.op == "all") is (wanted is Truth.TRUE)
        # When every part must come round, any one lacking part will do to branch on: each has to be dealt with sooner or later.
        for part_id, aim in lacking[:1] if every_part else lacking:
            yield from self.steps(part_id, aim)

    def _condition_steps(self, condition: Condition, wanted: Truth) -> Iterator[tuple[str, Truth]]:
        table = self._world.tables.get(condition.fact)
        if table is None:
            if condition.id not in self._changed:
                yield condition.id, wanted
            return
        test, aim = condition.test, wanted
        while isinstance(test, Not):
            test, aim = test.test, ~aim
        for row in table.rows:
            row_aim = _row_aim(table, row, test, aim)
            if row_aim is not None and self.truth(row.formula) is not row_aim:
                yield from self.steps(row.formula, row_aim)


def _row_aim(table: Table, row: Row, test: Test, wanted: Truth) -> Truth | None:
    """What has to become of `row` for `test` on the derived fact to be `wanted`; `None` if the row has no bearing on it."""
    if table.policy != "collect":
        return Truth.of(evaluate(test, row.outcome) is wanted)

    def hits(outcome: str) -> bool:
        return any(evaluate(one, outcome) is not Truth.FALSE for one in _single_tests(test))

    if hits(row.outcome):
        return wanted
    # A default is there only while no row holds.
    return ~wanted if table.default is not None and hits(table.default) else None


def _single_tests(test: Test) -> tuple[Test, ...]:
    return test.tests if isinstance(test, ContainsAll) else (test,)
