"""The engine's fence: sessions, threads, memory of answers, failures, and a missing or wrongly built durable-rules."""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from planner.conditions import Truth
from planner.diagnostics import DiagnosticError
from planner.inference import durable_engine
from planner.inference.conclude import conclude
from planner.inference.durable_engine import Answer, DurableEngine, InferenceError, Values
from planner.inference.evaluator import evaluate_independently
from tests.inference.small_books import F, T, U, book, yes_no


def test_only_one_module_imports_durable() -> None:
    root = Path(durable_engine.__file__).parents[1]
    importing = {
        path.name
        for path in root.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import durable", "from durable"))
    }
    assert importing == {"durable_engine.py"}


def test_nothing_is_left_of_one_project_for_the_next() -> None:
    engine = DurableEngine(book({"n1": "all c1 c2", "n2": "any c1 c2"}))
    assert engine.fire(0, (T, T)) == {"n1": T, "n2": T}
    assert engine.fire(0, (U, U)) == {"n1": U, "n2": U}
    assert engine.fire(0, (F, U)) == {"n1": F, "n2": U}


def test_rulesets_are_built_when_first_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[str] = []
    engine = DurableEngine(book({"n1": "all c1", "n2": "all n1"}))
    for runner in engine._runners:

        def create(name: str, *definition: object, real: Callable[..., object] = runner._create) -> object:
            created.append(name)
            return real(name, *definition)

        monkeypatch.setattr(runner, "_create", create)
    assert created == []
    engine.infer(0, {"c1": T})
    assert created == ["shard0000"]
    engine.infer(0, {"c1": F})
    assert created == ["shard0000"]


def test_an_answer_is_asked_of_the_engine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DurableEngine(book({"n1": "all c1"}))
    (runner,) = engine._runners
    asked: list[Values] = []

    def ask(values: Values, real: Callable[[Values], Answer] = runner.ask) -> Answer:
        asked.append(values)
        return real(values)

    monkeypatch.setattr(runner, "ask", ask)
    for value in (T, F, T, T, F):
        assert engine.infer(0, {"c1": value}) == {"n1": value}
    assert asked == [(T,), (F,)]


def test_remembered_answers_are_bounded_and_stay_right() -> None:
    rulebook = book({"n1": "all c1 c2 c3 c4 c5 c6"})
    engine = DurableEngine(rulebook)
    (runner,) = engine._runners
    runner._half = 8
    dice = random.Random(1)
    for _ in range(600):
        known = {identifier: dice.choice(list(Truth)) for identifier in rulebook.conditions}
        expected = F if F in known.values() else U if U in known.values() else T
        assert engine.infer(0, known) == {"n1": expected}
        assert len(runner._young) + len(runner._old) <= 16


def test_threads_share_one_engine() -> None:
    rulebook = book({f"n{n}": f"{'all' if n % 2 else 'any'} c{n} !c{n + 1} c{n + 7}" for n in range(1, 60)})
    engine = DurableEngine(rulebook)

    def disagreements(seed: int) -> int:
        dice = random.Random(seed)
        projects = [yes_no("".join(dice.choice("tfu") for _ in range(70))) for _ in range(60)]
        return sum(
            conclude(rulebook, facts, engine).formulas != evaluate_independently(rulebook, facts).formulas for facts in projects
        )

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(disagreements, range(6))) == [0] * 6


class Refusing:
    """A ruleset that fails on the project's fact, after the anchor, until told otherwise."""

    def __init__(self, real: object) -> None:
        self.real = real
        self.fail = True

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def assert_fact(self, fact: dict[str, str]) -> object:
        if self.fail and fact["k"] == "p":
            raise RuntimeError("error code: 303")
        return self.real.assert_fact(fact)  # type: ignore[attr-defined]


def test_a_ruleset_that_failed_is_replaced() -> None:
    engine = DurableEngine(book({"n1": "all c1"}))
    (runner,) = engine._runners
    real = runner._create
    runner._create = lambda *definition: Refusing(real(*definition))
    with pytest.raises(InferenceError, match="303"):
        engine.infer(0, {"c1": T})
    runner._create = real
    assert engine.infer(0, {"c1": T}) == {"n1": T}


def test_a_fact_the_engine_did_not_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DurableEngine(book({"n1": "all c1"}))
    (runner,) = engine._runners
    definition = runner._definition()
    del definition["read"]
    monkeypatch.setattr(runner, "_definition", lambda: definition)
    with pytest.raises(InferenceError, match="was not read"):
        engine.infer(0, {"c1": T})


def test_an_answer_that_took_too_long_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DurableEngine(book({"n1": "all c1"}))
    monkeypatch.setattr(durable_engine, "_SLOW_SESSION", 0.0)
    with pytest.raises(InferenceError, match="took longer"):
        engine.infer(0, {"c1": T})


@dataclass
class Stalling:
    """A ruleset whose next actions do not finish, as if the process had stood still."""

    real: object
    stalls: int

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def do_actions(self, handle: object, complete: Callable[[object, object], None]) -> None:
        self.real.do_actions(handle, complete if self.stalls <= 0 else lambda *_: None)  # type: ignore[attr-defined]
        self.stalls -= 1


@pytest.mark.parametrize(("stalled", "answers"), [(1, True), (2, True), (3, False)])
def test_a_session_left_half_done_is_asked_again(stalled: int, answers: bool) -> None:
    engine = DurableEngine(book({"n1": "all c1"}))
    (runner,) = engine._runners
    real, made = runner._create, []

    def create(*definition: object) -> Stalling:
        made.append(Stalling(real(*definition), 1 if len(made) < stalled else 0))
        return made[-1]

    runner._create = create
    if answers:
        assert engine.infer(0, {"c1": T}) == {"n1": T}
    else:
        with pytest.raises(InferenceError, match="half done"):
            engine.infer(0, {"c1": T})
    assert len(made) == min(stalled + 1, 3)


def test_the_engine_is_timed_by_a_clock_that_neither_warns_nor_jumps() -> None:
    DurableEngine(book({"n1": "all c1"}))
    durable = sys.modules["durable.engine"]
    assert durable._unix_now is time.monotonic
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        durable._unix_now()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ImportError("durable_rules_engine.so: undefined symbol: PyEval_CallObject"), "3.13"),
        (ModuleNotFoundError("No module named 'durable'"), "没有安装"),
        (ImportError("libc.so.6: version not found"), "无法载入"),
    ],
)
def test_a_durable_rules_that_does_not_load_says_what_to_run(
    error: ImportError, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "durable":
                raise error

    for name in [name for name in sys.modules if name.partition(".")[0] == "durable"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(DiagnosticError) as refused:
        DurableEngine(book({"n1": "all c1"}))
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == "L703"
    assert says in diagnostic.message
    assert "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-binary durable-rules" in diagnostic.message


def test_a_shard_is_asked_for_as_many_values_as_it_reads() -> None:
    with pytest.raises(ValueError, match="reads 2 values"):
        DurableEngine(book({"n1": "all c1 c2"})).fire(0, (T,))


def test_a_level_without_formulas_infers_nothing() -> None:
    assert DurableEngine(book({"n1": "all c1"})).infer(9, {}) == {}
