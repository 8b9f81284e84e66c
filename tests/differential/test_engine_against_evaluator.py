"""The engine and the independent evaluator must say the same of every rulebook and every project.

`PLANNER_DIFFERENTIAL_CASES` (default 2,000) is how many pairs of rulebook and project are compared at least. Rulesets cannot be
unloaded, so the number of rulebooks is bounded and each is asked about more projects instead.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from planner.conditions import Truth
from planner.inference.conclude import Conclusions, conclude
from planner.inference.durable_engine import DurableEngine
from planner.inference.evaluator import SecondOpinion, evaluate_independently
from tests.differential.strategies import limits, projects, rulebooks

CASES = int(os.environ.get("PLANNER_DIFFERENTIAL_CASES", "2000"))
RULEBOOKS = min(500, max(200, CASES // 200))
PROJECTS = -(-CASES // RULEBOOKS)

thorough = settings(
    max_examples=RULEBOOKS,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


def differences(first: Conclusions, second: SecondOpinion) -> dict[str, tuple[object, object]]:
    pairs = {name: (getattr(first, name), getattr(second, name)) for name in ("conditions", "formulas", "rules", "fired", "values")}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def test_the_engine_and_the_independent_evaluator_agree() -> None:
    compared = 0
    seen = dict.fromkeys(Truth, 0)

    @thorough
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        nonlocal compared
        book = data.draw(rulebooks())
        engine = DurableEngine(book, data.draw(limits()))
        for facts in data.draw(st.lists(projects(book), min_size=PROJECTS, max_size=PROJECTS)):
            first = conclude(book, facts, engine)
            assert not differences(first, evaluate_independently(book, facts))
            compared += 1
            for truth in first.formulas.values():
                seen[truth] += 1

    agree()
    assert compared >= CASES
    # A generator that only ever made one kind of answer would show nothing.
    assert min(seen.values()) > sum(seen.values()) // 20
