"""The shipped rulebook, engine against independent evaluator, on either side of every change of the law; and its canary."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from planner import Planner
from planner.conditions import Truth
from planner.inference.canary import sample_projects, try_rulebook
from planner.inference.conclude import conclude
from planner.inference.durable_engine import DurableEngine
from planner.inference.evaluator import evaluate_independently

TODAY = date(2026, 11, 24)
ALL_CASES = int(os.environ.get("PLANNER_DIFFERENTIAL_CASES", "2000"))


def compare(planner: Planner, as_of: date, cases: int) -> dict[Truth, int]:
    """Compare `cases` projects whose values lie on and beside every bound; how often each answer came for an approval."""
    book = planner.rulebook.at(as_of).compiled
    engine = DurableEngine(book)
    seen = dict.fromkeys(Truth, 0)
    for facts in sample_projects(book, cases):
        ours, theirs = conclude(book, facts, engine), evaluate_independently(book, facts)
        assert ours.conditions == theirs.conditions
        assert ours.formulas == theirs.formulas
        assert ours.fired == theirs.fired
        assert {c: ours.values.get(c) for c in book.derived} == {c: theirs.values.get(c) for c in book.derived}
        for truth in ours.rules.values():
            seen[truth] += 1
    return seen


def test_todays_law(anshan: Planner) -> None:
    seen = compare(anshan, TODAY, ALL_CASES // 8)
    assert all(seen.values()), seen


@pytest.mark.parametrize("side", [-1, 0])
def test_either_side_of_every_change(anshan: Planner, side: int) -> None:
    days = [change + timedelta(days=side) for change in anshan.rulebook.changes]
    assert len(days) >= 5
    for day in days:
        compare(anshan, day, max(6, ALL_CASES // 20 // len(days)))


def test_the_canary_lets_the_shipped_rulebook_pass(anshan: Planner) -> None:
    assert try_rulebook(anshan.rulebook.at(TODAY).compiled) == []
