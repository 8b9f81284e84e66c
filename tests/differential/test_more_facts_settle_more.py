"""Stating what was unknown may settle a conclusion; it never takes one back."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.conditions import Truth
from planner.inference.conclude import conclude
from planner.inference.durable_engine import DurableEngine
from tests.differential.strategies import projects, rulebooks, values_of


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.data())
def test_a_settled_conclusion_stays_when_more_is_known(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    engine = DurableEngine(book)
    facts = data.draw(projects(book))
    asked = {condition.fact for condition in book.conditions.values()} - book.derived.keys() - facts.keys()
    more = {**facts, **{fact: data.draw(values_of(fact)) for fact in sorted(asked)}}
    before, after = conclude(book, facts, engine), conclude(book, more, engine)
    if after.conflicts:  # rows that contradict each other are a mistake of the rulebook, reported as such
        return
    for identifier, truth in before.formulas.items():
        assert truth is Truth.UNKNOWN or after.formulas[identifier] is truth
