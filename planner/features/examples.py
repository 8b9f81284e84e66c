"""For what no scenario touches: a project that would touch it, ready to paste."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from planner.checks.domains import Domains
from planner.checks.report import Scenario
from planner.checks.witness import Finder, Witness
from planner.conditions import Truth
from planner.features.coverage import MET, Gap
from planner.rulebook.rulebook import Rulebook


class Examples:
    """Finds example projects for gaps; remembers one finder per period."""

    def __init__(self, book: Rulebook, today: date) -> None:
        self._book = book
        self._today = today
        self._finders: dict[date, Finder] = {}

    def of(self, gap: Gap) -> Scenario | None:
        """A project on the missing side, None for a date's gap or when none was found.

        For a threshold the example falls on the wanted side; whether the number decides there is for the officer to see.
        """
        if not gap.formula:
            return None
        want = Truth.TRUE if gap.lacks.endswith(MET) and not gap.lacks.endswith(f"不{MET}") else Truth.FALSE
        wanted = {gap.condition or gap.formula: want}
        with_approval = {**wanted, **({gap.need: Truth.TRUE} if gap.need else {})}
        deciding = {**with_approval, gap.formula: Truth.TRUE} if want is Truth.TRUE else with_approval
        finder = self._finder(gap.period)
        answers = (finder.solve(require) for require in (deciding, with_approval, wanted))
        answer = next((one for one in answers if isinstance(one, Witness)), None)
        if answer is None:
            return None
        day = self._day(gap.period)
        then = "" if day == self._today else f"，{day}"  # versions of one rule share its name, and scenarios of a file may not
        return Scenario.of(day, answer.facts, self._book.vocabulary, f"{gap.source.name}，{gap.lacks}{then}")

    def _finder(self, period: date) -> Finder:
        found = self._finders.get(period)
        if found is None:
            law = self._book.at(max(period, date.min))
            found = self._finders[period] = Finder(law, Domains.of(self._book.vocabulary, [law]))
        return found

    def _day(self, period: date) -> date:
        """A day of the period: today where it lies in it."""
        if self._book.at(self._today).since == period:
            return self._today
        return period if period != date.min else self._book.changes[0] - timedelta(days=1)


def examples_of(book: Rulebook, gaps: Iterable[Gap], today: date) -> dict[Gap, str]:
    """An example for each gap that has one."""
    finder = Examples(book, today)
    found = {gap: finder.of(gap) for gap in gaps}
    return {gap: str(scenario) for gap, scenario in found.items() if scenario is not None}
