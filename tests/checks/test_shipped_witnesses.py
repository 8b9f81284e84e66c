"""Witnesses for the rulebook as shipped: each is read back from what is printed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from planner.checks.engine import CHECK as TRIAL
from planner.checks.registry import CHECKS
from planner.checks.run import check_rulebook
from planner.conditions import NOT_APPLICABLE
from planner.rulebook.load import load_rulebook


def test_every_printed_example_can_be_read_back(root: Path) -> None:
    book, warnings = load_rulebook(root / "rules" / "anshan")
    report = check_rulebook(book, root / "rules" / "anshan", date(2026, 11, 24), [c for c in CHECKS if c is not TRIAL], warnings)
    shown = [f.shows for result in report.results for f in result.findings if f.shows is not None]
    assert shown
    for scenario in shown:
        assert str(scenario).startswith("场景: ")
        for name, value in scenario.facts:
            fact = book.vocabulary.find(name)
            read = book.vocabulary.read_value(fact, value)
            assert read is not None
            assert fact.givable or not fact.derived
            assert read is NOT_APPLICABLE or fact.low is None or read >= fact.low  # type: ignore[operator]
