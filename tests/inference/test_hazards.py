"""What durable-rules does to the unwary, shown in child processes, and that our engine is not touched by it.

Each hazard has two tests: the bare engine crashes, hangs or answers wrongly (so that the fence is known to be needed, and an
engine put right would be noticed), and the same situation behind our fence gives the right answer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from planner.conditions import Compare, Is, OneOf
from planner.inference.conclude import conclude
from planner.inference.durable_engine import DurableEngine, InferenceError, _assert_fact, _record, _ruleset_class
from planner.inference.evaluator import evaluate_independently
from planner.rulebook.compiled import CompiledRulebook
from tests.inference.small_books import F, T, U, book, concluded, yes_no

PRELUDE = """
import warnings
warnings.simplefilter("ignore")
from durable.engine import Ruleset
log = []
def act(name):
    def run(c): log.append(name)
    return run
def rule(name, *tests, run=None):
    return {name: {"all": [{"m": {"$and": list(tests)}}], "run": run or act(name)}}
def do(rules, fact, post=False):
    ended = []
    put = rules.assert_event if post else rules.assert_fact
    rules.do_actions(put(fact), lambda error, state: ended.append((error, state)))
    return ended
def session(number=1, **values):
    return {"sid": str(number), "id": "1", **values}
def ruleset(*rules):
    return Ruleset("bare", None, {name: body for one in rules for name, body in one.items()})
"""

ROOT = str(Path(__file__).resolve().parents[2])
CRASH = "crash"
HANG = "hang"


@dataclass(frozen=True)
class Hazard:
    """A script for the bare engine and what comes of it: a crash, a hang, or this last line of output or of the error."""

    name: str
    script: str
    outcome: str


HAZARDS = [
    Hazard(
        "deleting a session in which nothing fired",
        """
rules = ruleset(rule("a", {"x": "t"}))
try: do(rules, session(y="t"))
except Exception: pass
rules.delete_state("1")
""",
        CRASH,
    ),
    Hazard(
        "65 conditions satisfied at once",
        """
rules = ruleset(*(rule(f"r{n}", {f"x{n}": "t"}) for n in range(65)))
do(rules, session(**{f"x{n}": "t" for n in range(65)}))
""",
        "error code: 303",
    ),
    Hazard(
        "257 rules on one condition",
        'do(ruleset(*(rule(f"r{n}", {"x": "t"}) for n in range(300))), session(x="t"))',
        "error code: 108",
    ),
    Hazard("513 tests at one level", 'ruleset(*(rule(f"r{n}", {f"x{n}": "t"}) for n in range(513)))', HANG),
    Hazard(
        "300 properties on one fact",
        'do(ruleset(rule("a", {"x3": "t"})), session(**{f"x{n}": "t" for n in range(300)}))',
        "error code: 302",
    ),
    Hazard("property names with one hash", 'do(ruleset(rule("a", {"costarring": "t"})), session(liquid="t")); print(log)', "['a']"),
    Hazard(
        "session ids with one hash",
        """
rules = ruleset({"a": {"all": [{"m": {"$and": [{"x": "t"}]}}, {"n": {"$and": [{"y": "t"}]}}], "run": act("a")}})
do(rules, {"sid": "40189", "id": "1", "x": "t"})
do(rules, {"sid": "797186", "id": "2", "y": "t"})
print(log)
""",
        "['a']",
    ),
    Hazard(
        "loose types",
        """
rules = ruleset(rule("one", {"x": 1}), rule("five", {"$gte": {"x": 5}}))
for number, value in enumerate((1, True, "1", "6")): do(rules, session(number, x=value))
print(log)
""",
        "['one', 'one', 'one', 'five']",
    ),
    Hazard(
        "$or with two true branches",
        'do(ruleset(rule("a", {"$or": [{"x": "t"}, {"y": "t"}]})), session(x="t", y="t")); print(log)',
        "['a', 'a']",
    ),
    Hazard(
        "an exception in an action",
        """
def bad(c): raise KeyError("lost")
(error, state), = do(ruleset(rule("a", {"x": "t"}, run=bad)), session(x="t"))
print(error, "exception" in state)
""",
        "None True",
    ),
    Hazard(
        "an action with a second parameter",
        'print(do(ruleset(rule("a", {"x": "t"}, run=lambda c, d=None: None)), session(x="t")))',
        "[]",
    ),
    Hazard(
        "an operand that is missing",
        'do(ruleset(rule("z", {"k": "p"}), rule("not yes", {"k": "p"}, {"$neq": {"x": "t"}})), session(k="p")); print(log)',
        "['z']",
    ),
    Hazard(
        "NaN is read as null",
        'do(ruleset(rule("a", {"k": "p"}, {"x": None})), session(k="p", x=float("nan"))); print(log)',
        "['a']",
    ),
    Hazard("a large float", 'do(ruleset(rule("z", {"k": "p"})), session(k="p", x=1e16))', "error code: 204"),
    Hazard("a nested key matches a dotted one", 'do(ruleset(rule("a", {"a.b": "t"})), session(a={"b": "t"})); print(log)', "['a']"),
    Hazard("$nex alone", 'do(ruleset(rule("a", {"$nex": {"x": 1}})), session(y="t"))', HANG),
    Hazard("a Chinese range in a pattern", 'do(ruleset(rule("a", {"$mt": {"x": "[一-龥]+"}})), session(x="鞍山"))', CRASH),
    Hazard(
        "events are eaten",
        'do(ruleset(rule("a", {"x": "t"}), rule("b", {"x": "t"})), session(x="t"), post=True); print(log)',
        "['a']",
    ),
    Hazard(
        "1,100 live sessions",
        'rules = ruleset(rule("a", {"x": "t"}))\nfor number in range(1100): do(rules, session(number, x="t"))',
        "MemoryError",
    ),
    Hazard("a fact that fires nothing", 'do(ruleset(rule("a", {"x": "t"})), session(x="u"))', "MessageNotHandledException"),
]


# Fresh memory is filled with rubbish, so that what the engine reads without having written it shows every time, not now and then.
RUBBISH = {**os.environ, "PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": "165"}


def run_bare(script: str, timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + script], capture_output=True, text=True, timeout=timeout, check=False, env=RUBBISH
    )


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.name)
def test_without_the_fence(hazard: Hazard) -> None:
    if hazard.outcome == HANG:
        with pytest.raises(subprocess.TimeoutExpired) as stuck:
            run_bare('print("begun", flush=True)\n' + hazard.script, 3)
        assert stuck.value.stdout == b"begun\n"
        return
    child = run_bare(hazard.script, 30)
    if hazard.outcome == CRASH:
        assert child.returncode in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS), child.stderr
    elif hazard.outcome.endswith(("Error", "Exception")) or "error code" in hazard.outcome:
        assert child.returncode == 1
        assert hazard.outcome in child.stderr.strip().splitlines()[-1]
    else:
        assert (child.returncode, child.stdout.strip()) == (0, hazard.outcome), child.stderr


# -- behind the fence --------------------------------------------------------------------------------------------------


UNKNOWN_PROJECTS = """
import sys
sys.path.insert(0, sys.argv[1])
from planner.conditions import Truth
from planner.inference.durable_engine import DurableEngine
from tests.inference.small_books import book

engine = DurableEngine(book({"n1": "all c1 c2", "n2": "any c1 c2"}))
print({engine.fire(0, (Truth.UNKNOWN, Truth.UNKNOWN)) == {"n1": Truth.UNKNOWN, "n2": Truth.UNKNOWN} for _ in range(200)})
"""


def test_projects_of_which_nothing_is_known_are_answered_again_and_again() -> None:
    child = subprocess.run(
        [sys.executable, "-c", UNKNOWN_PROJECTS, ROOT], capture_output=True, text=True, timeout=60, check=False, env=RUBBISH
    )
    assert (child.returncode, child.stdout) == (0, "{True}\n"), child.stderr


def test_600_conditions_satisfied_at_once_and_all_of_them_in_one_rule() -> None:
    every = " ".join(f"c{n}" for n in range(1, 601))
    rulebook = book({f"n{n}": f"all c{n}" for n in range(1, 601)} | {"n700": f"all {every}", "n701": f"any {every}"})
    assert len(concluded(rulebook, yes_no("t" * 600)).fired) == 602
    assert concluded(rulebook, yes_no("f" * 600)).fired == frozenset()
    assert concluded(rulebook, yes_no("t" * 599 + "u")).formulas["n700"] is U


def test_600_rules_on_one_condition() -> None:
    rulebook = book({f"n{n}": "all c1" for n in range(600)})
    assert len(concluded(rulebook, yes_no("t")).fired) == 600


def test_names_with_one_hash_stay_apart() -> None:
    rulebook = book(
        {"n1": "all costarring", "n2": "all liquid"}, tests={"costarring": ("f1", Is(True)), "liquid": ("f2", Is(True))}
    )
    assert concluded(rulebook, yes_no("uf")).formulas == {"n1": U, "n2": F}
    assert concluded(rulebook, yes_no("ut")).formulas == {"n1": U, "n2": T}


@pytest.mark.parametrize("name", ["$s", "sid", "id", "k", "a.b", "$nex", "$and", "占地面积", '"', "", "all", "m"])
def test_names_that_would_forge_state_are_only_names(name: str) -> None:
    rulebook = book({"n1": "all odd even", "n2": "any odd"}, tests={"odd": ("f1", Is(True)), "even": ("f2", Is(True))})
    renamed = renamed_condition(rulebook, "odd", name)
    for values, expected in (("tt", T), ("tf", F), ("tu", U), ("ft", F)):
        assert concluded(renamed, yes_no(values)).formulas["n1"] is expected


def renamed_condition(rulebook: CompiledRulebook, old: str, new: str) -> CompiledRulebook:
    conditions = {
        new if key == old else key: replace(value, id=new) if key == old else value for key, value in rulebook.conditions.items()
    }
    formulas = {
        key: replace(value, parts=tuple(replace(part, id=new) if part.id == old else part for part in value.parts))
        for key, value in rulebook.formulas.items()
    }
    return replace(rulebook, conditions=conditions, formulas=formulas)


def test_one_projects_facts_never_join_anothers() -> None:
    engine = DurableEngine(book({"n1": "all c1 c2"}))
    assert engine.fire(0, (T, U)) == {"n1": U}
    assert engine.fire(0, (U, T)) == {"n1": U}


def test_types_are_told_apart() -> None:
    rulebook = book({"n1": "all cy", "n2": "all cn"}, tests={"cy": ("yes", Is(True)), "cn": ("number", Compare("=", Fraction(1)))})
    assert concluded(rulebook, {"yes": "1", "number": Fraction(1)}).formulas == {"n1": F, "n2": T}


def test_any_with_two_true_parts_holds_once() -> None:
    found = concluded(book({"n1": "any c1 c2 !c3"}), yes_no("ttf"))
    assert found.formulas == {"n1": T}
    assert found.fired == {"r_n1"}


def test_numbers_no_float_can_hold_are_compared_exactly() -> None:
    huge = Fraction(10) ** 400
    rulebook = book({"n1": "all c1"}, tests={"c1": ("coal", Compare(">", huge))})
    assert [concluded(rulebook, {"coal": value}).formulas["n1"] for value in (huge, huge + Fraction(1, 10**400))] == [F, T]


def test_chinese_codes_are_matched_without_patterns() -> None:
    rulebook = book({"n1": "all c1"}, tests={"c1": ("industry", OneOf("prefix", ("[一-龥]+",), frozenset(), frozenset()))})
    assert concluded(rulebook, {"industry": "鞍山"}).formulas["n1"] is F


def test_unknown_is_not_null_and_not_the_contrary() -> None:
    assert concluded(book({"n1": "all !c1", "n2": "any c1"}), {}).formulas == {"n1": U, "n2": U}


def test_every_rule_on_one_fact_fires() -> None:
    assert concluded(book({"n1": "all c1", "n2": "all c1", "n3": "any c1"}), yes_no("t")).fired == {"r_n1", "r_n2", "r_n3"}


def _bare_ruleset(action: object) -> object:
    return _ruleset_class()("fenced", None, {"a": {"all": [{"m": {"$and": [{"x": "t"}]}}], "run": action}})


def test_an_exception_in_an_action_is_raised() -> None:
    def bad(_: object) -> None:
        raise KeyError("lost")

    with pytest.raises(InferenceError, match="lost"):
        _assert_fact(_bare_ruleset(bad), {"sid": "1", "id": "1", "x": "t"})


def test_actions_that_never_complete_are_an_error() -> None:
    with pytest.raises(InferenceError, match="did not finish"):
        _assert_fact(_bare_ruleset(lambda _, second=None: None), {"sid": "1", "id": "1", "x": "t"})


def test_our_actions_have_one_parameter() -> None:
    assert _record([], 1).__code__.co_argcount == 1


def test_an_error_of_the_engine_is_raised_as_ours() -> None:
    with pytest.raises(InferenceError, match="302"):
        _assert_fact(_bare_ruleset(_record([], 1)), {"sid": "1", "id": "1", **{f"x{n}": "t" for n in range(300)}})


RESIDENT = """
import itertools, resource, sys
sys.path.insert(0, sys.argv[1])
from planner.conditions import Truth
from planner.inference.durable_engine import DurableEngine
from tests.inference.small_books import book

def resident():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak

engine = DurableEngine(book({"n1": "all c1 c2 !c3 c4", "n2": "any c3 c4 c5", "n3": "any c6 !c7"}))
inputs = itertools.cycle(itertools.product(Truth, repeat=7))
def sessions(number):
    for _ in range(number):
        engine.fire(0, next(inputs))
sessions(2000)
before = resident()
sessions(20000)
print(resident() - before)
"""


def test_20_000_sessions_take_no_memory() -> None:
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", RESIDENT, ROOT], capture_output=True, text=True, timeout=120, check=False
    )
    assert child.returncode == 0, child.stderr
    assert int(child.stdout) < 2_000  # kB; what a leak of 100 bytes a session would take


def test_many_different_projects_keep_the_memory_of_answers_bounded() -> None:
    rulebook = book({"n1": "all " + " ".join(f"c{n}" for n in range(1, 13))})
    engine = DurableEngine(rulebook)
    (runner,) = engine._runners
    for number in range(5000):
        facts = yes_no(f"{number:012b}".replace("1", "t").replace("0", "f"))
        assert conclude(rulebook, facts, engine).fired == evaluate_independently(rulebook, facts).fired
    assert len(runner._young) + len(runner._old) <= 4096
