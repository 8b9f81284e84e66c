"""The inference engine: durable-rules, held inside a fence. The only module that imports `durable`.

What reaches the engine is one flat fact of generated names with the plain strings `t`, `f` and `u`, after an anchor fact that
always fires (deleting a session in which nothing fired kills the process). Each session has the same constant id, runs under its
shard's lock and is deleted at its end. `durable.engine.Ruleset` is used bare: a `Host` would start timer threads that walk freed sessions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from planner.conditions import Truth
from planner.diagnostics import Diagnostic, DiagnosticError
from planner.inference.gate import Limits, Shard, ShardPlan, plan_shards
from planner.inference.strata import Strata
from planner.rulebook.compiled import CompiledRulebook

Values = tuple[Truth, ...]

_SESSION = "1"
_SLOW_SESSION = 5.0  # seconds; beyond 10 the engine silently stops firing, so an answer that took long is not believed
_ATTEMPTS = 3
_REMEMBERED = 32_768  # answers kept by one engine, all shards together: about 30 MB when full
_REMEMBERED_PER_SHARD = (256, 4096)
_INSTALL = (
    "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-binary durable-rules --force-reinstall --no-cache-dir "
    "durable-rules==2.0.28"
)


class InferenceError(RuntimeError):
    """The engine failed or gave no trustworthy answer. Never raised for anything a project or a rulebook may contain."""


class _Unfinished(InferenceError):
    """The engine left a session half done, as it does without a word when the process stood still for some seconds: worth asking again."""


class DurableEngine:
    """Infers the formulas of a rulebook level by level. Safe to share between threads.

    Raises `DiagnosticError` when durable-rules is missing (L703) or the rulebook does not fit (R320). Rulesets are built when first
    asked, and answers remembered per shard by the values it reads, of which they are a pure function.
    """

    def __init__(self, book: CompiledRulebook, limits: Limits | None = None) -> None:
        ruleset = _ruleset_class()
        self.book = book
        self.plan: ShardPlan = plan_shards(book, limits)
        if self.plan.refusals:
            raise DiagnosticError(self.plan.refusals)
        self.strata = Strata(book)
        least, most = _REMEMBERED_PER_SHARD
        room = min(most, max(least, _REMEMBERED // max(1, len(self.plan.shards))))
        levels: dict[int, _Level] = {}
        for identifier, truth in self.plan.constants.items():
            levels.setdefault(book.formulas[identifier].level, _Level({}, [])).constants[identifier] = truth
        self._runners = tuple(_ShardRunner(shard, ruleset, room) for shard in self.plan.shards)
        for runner in self._runners:
            levels.setdefault(runner.shard.level, _Level({}, [])).runners.append(runner)
        self._levels = levels
        self._auxiliary = frozenset(self.plan.auxiliary)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The shards in the order they run."""
        return self.plan.shards

    def infer(self, level: int, known: Mapping[str, Truth]) -> Mapping[str, Truth]:
        """The truth of every formula of `level`; `known` holds at least every condition and formula they read."""
        found: dict[str, Truth] = {}
        work = self._levels.get(level)
        if work is None:
            return found
        found.update(work.constants)
        for runner in work.runners:
            if runner.shard.step:
                known = {**known, **found}
            found.update(runner.infer(known))
        for identifier in self._auxiliary & found.keys() if self._auxiliary else ():
            del found[identifier]
        return found

    def fire(self, shard: int, values: Values) -> Mapping[str, Truth]:
        """What shard number `shard` answers to these values of its inputs, asked of durable-rules afresh, nothing remembered."""
        runner = self._runners[shard]
        if len(values) != len(runner.shard.inputs):
            raise ValueError(f"{runner.shard.name} reads {len(runner.shard.inputs)} values, not {len(values)}")
        return dict(runner.ask(values))


@dataclass(slots=True)
class _Level:
    constants: dict[str, Truth]
    runners: list[_ShardRunner]


Answer = tuple[tuple[str, Truth], ...]


class _ShardRunner:
    """One shard: its ruleset once it is needed, and what it answered before."""

    def __init__(self, shard: Shard, ruleset: Callable[..., Any], room: int) -> None:
        self.shard = shard
        self._create = ruleset
        self._read: Callable[[Mapping[str, Truth]], Any] = itemgetter(*shard.inputs)
        self._single = len(shard.inputs) == 1
        self._lock = threading.Lock()
        self._ruleset: Any = None
        self._fired: list[int] = []
        # Two generations instead of a linked list: a hit costs one look-up without a lock, and what is in use outlives a turn.
        self._half = max(1, room // 2)
        self._young: dict[Values, Answer] = {}
        self._old: dict[Values, Answer] = {}

    def infer(self, known: Mapping[str, Truth]) -> Answer:
        values: Values = (self._read(known),) if self._single else self._read(known)
        answer = self._young.get(values)
        if answer is None:
            answer = self._old.get(values)
            if answer is None:
                answer = self.ask(values)
            if len(self._young) >= self._half:
                self._old, self._young = self._young, {}
            self._young[values] = answer
        return answer

    def ask(self, values: Values) -> Answer:
        """The answer of durable-rules itself."""
        fact = {name: value.value for name, value in zip(self.shard.properties, values, strict=True)}
        with self._lock:
            for _ in range(_ATTEMPTS):
                began = time.monotonic()
                try:
                    fired = self._session(fact)
                except _Unfinished:
                    continue  # with a new ruleset: the one that failed is dropped
                if time.monotonic() - began < _SLOW_SESSION:
                    return self._conclude(fired)
        raise InferenceError(
            f"{self.shard.name}: {_ATTEMPTS} sessions in a row took longer than {_SLOW_SESSION:g} s or were left half done"
        )

    def _conclude(self, fired: frozenset[int]) -> Answer:
        truths = dict.fromkeys(self.shard.formulas, Truth.UNKNOWN)
        for number in fired:
            rule = self.shard.rules[number]
            if truths[rule.formula] is ~rule.truth:
                raise InferenceError(f"{self.shard.name}: {rule.formula} was found both true and false")
            truths[rule.formula] = rule.truth
        return tuple(truths.items())

    def _session(self, fact: Mapping[str, str]) -> frozenset[int]:
        """The numbers of the rules that fire on `fact`. A ruleset that failed is dropped; the next question builds a new one."""
        ruleset = self._ruleset
        if ruleset is None:
            ruleset = self._ruleset = self._create(self.shard.name, None, self._definition())
            ruleset._definition = None  # the engine has read it and keeps it for nobody; it is a seventh of the memory
        self._fired.clear()
        anchored = False
        sound = False
        try:
            _assert_fact(ruleset, {"sid": _SESSION, "id": "a", "k": "a"})
            anchored = self._fired == [_ANCHOR]
            if not anchored:
                raise InferenceError(f"{self.shard.name}: the anchor rule did not fire")
            _assert_fact(ruleset, {"sid": _SESSION, "id": "p", "k": "p", **fact})
            sound = _READ in self._fired
            if not sound:
                raise InferenceError(f"{self.shard.name}: the project's fact was not read")
        finally:
            if not sound:
                self._ruleset = None
            if anchored:  # only then: deleting a session in which no rule fired is a segmentation fault
                ruleset.delete_state(_SESSION)
        return frozenset(self._fired) - {_ANCHOR, _READ}

    def _definition(self) -> dict[str, Any]:
        """The ruleset in the engine's JSON form. New on every call, because `Ruleset` takes its parts out of it."""
        definition: dict[str, Any] = {
            "anchor": {"all": [{"m": {"$and": [{"k": "a"}]}}], "run": _record(self._fired, _ANCHOR)},
            "read": {"all": [{"m": {"$and": [{"k": "p"}]}}], "run": _record(self._fired, _READ)},
        }
        for number, rule in enumerate(self.shard.rules):
            tests = [{"k": "p"}, *({name: value} for name, value in rule.tests)]
            definition[rule.name] = {"all": [{"m": {"$and": tests}}], "run": _record(self._fired, number)}
        return definition


_ANCHOR = -1
_READ = -2  # fires on every project's fact: a fact that fires nothing is an error to the engine, and so to be told from one


def _record(fired: list[int], number: int) -> Callable[[Any], None]:
    """An action that only notes that it ran. One argument exactly: with a second the engine waits for a callback for ever."""

    def run(_: Any) -> None:
        fired.append(number)

    return run


def _assert_fact(ruleset: Any, fact: dict[str, str]) -> None:
    """Assert a fact and run what it fires. Raises what the engine would swallow: an action's error, an unfinished run."""
    ended: list[tuple[Any, Any]] = []

    def complete(error: Any, state: Any) -> None:
        ended.append((error, state))

    try:
        handle = ruleset.assert_fact(fact)
    except Exception as error:  # the engine's own error class, one of its plain subclasses of Exception, or MemoryError
        raise InferenceError(f"durable-rules refused a fact: {error!r}") from error
    ruleset.do_actions(handle, complete)
    if not ended:
        raise _Unfinished("durable-rules did not finish its actions")
    for problem, state in ended:
        if isinstance(problem, BaseException):
            if not isinstance(problem, Exception):
                raise problem  # an interrupt from the keyboard, caught by the engine
            raise InferenceError(f"durable-rules failed: {problem!r}") from problem
        if problem is not None:
            raise InferenceError(f"durable-rules failed: {problem}")
        if state and state.get("exception"):
            raise InferenceError(f"an action failed inside durable-rules: {state['exception']}")


def _ruleset_class() -> Callable[..., Any]:
    """`durable.engine.Ruleset`, or a `DiagnosticError` that says how to install it."""
    try:
        from durable import engine
    except ImportError as error:
        raise DiagnosticError([_missing(error)]) from error
    _steady_clock(engine)
    ruleset: Callable[..., Any] = engine.Ruleset
    return ruleset


def _missing(error: ImportError) -> Diagnostic:
    if "PyEval_CallObject" in str(error):
        why = "已安装的推理引擎 durable-rules 是按旧接口编译的，在 Python 3.13 及以上无法载入，请在命令行运行：" + _INSTALL
    elif isinstance(error, ModuleNotFoundError):
        why = "没有安装推理引擎 durable-rules（需要 C 编译器），请在命令行运行：" + _INSTALL
    else:
        why = f"推理引擎 durable-rules 无法载入（{error}），请在命令行重新安装：{_INSTALL}"
    return Diagnostic("L703", why)


def _steady_clock(engine: Any) -> None:
    """Let durable-rules time its actions by the monotonic clock.

    Its own clock goes through `datetime.utcfromtimestamp`, which warns on Python 3.12, and jumps with the system's: a correction of
    more than ten seconds during an action would make it drop the rules that follow, without an error. Only differences are used.
    """
    if engine._unix_now is not time.monotonic:
        engine._unix_now = time.monotonic
