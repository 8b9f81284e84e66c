"""The canary: a compiled rulebook is tried in a child process before anybody relies on it.

The child builds the engine, fires every rule of every shard at least once, and compares each answer, and whole projects made from
the rulebook's own bounds, with the independent evaluator. A native crash, a hang or a wrong answer ends the child only; the parent
gets a `Diagnostic` (R321), never an exception.

    python -m planner.inference.canary < pickled rulebooks      (what `try_rulebooks` runs)
"""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from planner.conditions import Facts, Truth, Value, telling_values
from planner.diagnostics import Diagnostic, DiagnosticError
from planner.inference.conclude import conclude
from planner.inference.durable_engine import DurableEngine, InferenceError
from planner.inference.evaluator import evaluate_independently, formula_truth
from planner.inference.gate import Limits, Shard, plan_shards
from planner.rulebook.compiled import CompiledRulebook

_VERDICT = "canary-verdict:"
_PROJECTS = 40
_FEW_PROJECTS = 4  # of a book that is tried briefly
_SHOWN = 20  # problems reported; a broken engine would name every rule


def try_rulebook(book: CompiledRulebook, timeout: float = 60.0, limits: Limits | None = None) -> list[Diagnostic]:
    """Problems found by trying `book` in a child process; empty when it may be used. `timeout` in seconds of wall time.

    What the engine cannot hold is found here in the parent already (R320), without starting a child.
    """
    return try_rulebooks([book], timeout, limits)


def try_rulebooks(
    books: Sequence[CompiledRulebook], timeout: float = 60.0, limits: Limits | None = None, *, briefly: bool = False
) -> list[Diagnostic]:
    """Problems found by trying several books, one after another in one child process. `timeout` is for all of them together.

    `briefly`: not every engine rule is fired by itself, but every shard is, on nothing known, everything true, everything false and on
    a few whole projects.
    """
    refusals = [refusal for book in books for refusal in plan_shards(book, limits).refusals]
    if refusals:
        return list(dict.fromkeys(refusals))
    root = str(Path(__file__).resolve().parents[2])
    paths = dict.fromkeys([root, *(path for path in sys.path if path)])
    command = [sys.executable, "-P", "-m", "planner.inference.canary"]
    try:
        child = subprocess.run(
            command,
            input=pickle.dumps(([_plain(book) for book in books], limits, briefly)),
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [_problem(f"试运行超过 {timeout:g} 秒没有结束，推理引擎可能陷入死循环")]
    except OSError as error:
        return [_problem(f"无法启动试运行的子进程（{error}）")]
    return _verdict(child.returncode, child.stdout.decode(errors="replace"), child.stderr.decode(errors="replace"))


def _verdict(code: int, output: str, errors: str) -> list[Diagnostic]:
    """What the child said, or that it could not say anything."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        return [_problem(f"推理引擎在试运行中崩溃（信号 {name}）")]
    lines = [line.removeprefix(_VERDICT) for line in output.splitlines() if line.startswith(_VERDICT)]
    if code != 0 or not lines:
        last = errors.strip().splitlines()[-1:] or [f"退出码 {code}"]
        return [_problem(f"试运行的子进程出错：{last[0]}")]
    return [Diagnostic.of_data(data) for data in json.loads(lines[-1])]


def _problem(message: str, file: str = "", line: int = 0) -> Diagnostic:
    return Diagnostic("R321", message, file=file, line=line, help="不要启用这份规则库，继续用原来的；并把这条信息报告给维护者")


def _plain(book: CompiledRulebook) -> CompiledRulebook:
    """The rulebook with ordinary dicts, which can be pickled whatever mappings it was built from."""
    return replace(
        book,
        conditions=dict(book.conditions),
        formulas=dict(book.formulas),
        tables=dict(book.tables),
        rules=dict(book.rules),
        derived=dict(book.derived),
    )


# -- the child ---------------------------------------------------------------------------------------------------------


def inspect(book: CompiledRulebook, engine: DurableEngine, *, briefly: bool = False) -> list[Diagnostic]:
    """Fire every engine rule once (`briefly`: every shard) and compare every answer with the independent evaluator. Runs in the child."""
    problems: list[Diagnostic] = []
    formulas = {**book.formulas, **engine.plan.auxiliary, **engine.plan.split}
    for number, shard in enumerate(engine.shards):
        for values in uniform_inputs(shard) if briefly else shard_inputs(shard):
            truths = dict(zip(shard.inputs, values, strict=True))
            answer = engine.fire(number, values)
            for identifier in shard.formulas:
                expected = formula_truth(formulas[identifier], truths)
                if answer[identifier] is not expected:
                    source = formulas[identifier].source
                    message = f"“{source.name}”：推理引擎答 {answer[identifier].value}，独立核算答 {expected.value}"
                    problems.append(_problem(message, source.file, source.line))
    for facts in sample_projects(book, _FEW_PROJECTS if briefly else _PROJECTS):
        problems.extend(_disagreements(book, engine, facts))
    return list(dict.fromkeys(problems))[:_SHOWN]


def shard_inputs(shard: Shard) -> Iterator[tuple[Truth, ...]]:
    """Values for the shard's inputs that between them fire each of its rules alone, all at once, and none."""
    place = {name: position for position, name in enumerate(shard.properties)}
    for rule in shard.rules:
        values = [Truth.UNKNOWN] * len(shard.inputs)
        for name, value in rule.tests:
            values[place[name]] = Truth(value)
        yield tuple(values)
    yield from uniform_inputs(shard)


def uniform_inputs(shard: Shard) -> Iterator[tuple[Truth, ...]]:
    """The shard's inputs all true, all false, all unknown."""
    for truth in Truth:
        yield (truth,) * len(shard.inputs)


def sample_projects(book: CompiledRulebook, number: int) -> Iterator[Facts]:
    """`number` projects, the same for the same rulebook, whose values lie on and beside the bounds its conditions name."""
    values: dict[str, dict[tuple[type, Value], Value]] = {}
    for condition in book.conditions.values():
        if condition.fact not in book.derived:
            for value in telling_values(condition.test):
                values.setdefault(condition.fact, {})[(type(value), value)] = value
    choices = {fact: list(found.values()) for fact, found in values.items()}
    dice = random.Random(book.digest)
    yield {}
    for _ in range(number - 1):
        known = dice.choice((0.5, 0.9, 1.0))
        yield {fact: dice.choice(found) for fact, found in choices.items() if found and dice.random() < known}


def _disagreements(book: CompiledRulebook, engine: DurableEngine, facts: Facts) -> Iterator[Diagnostic]:
    first, second = conclude(book, facts, engine), evaluate_independently(book, facts)
    for identifier, rule in book.rules.items():
        yours, mine = first.rules[identifier], second.rules[identifier]
        if yours is not mine:
            message = f"“{rule.source.name}”：推理引擎答 {yours.value}，独立核算答 {mine.value}"
            yield _problem(message, rule.source.file, rule.source.line)
    for table in book.tables.values():
        if first.values.get(table.fact) != second.values.get(table.fact):
            message = f"决策表“{table.source.name}”：推理引擎与独立核算得出的结果不同"
            yield _problem(message, table.source.file, table.source.line)
    if (first.conditions, first.formulas, first.fired) != (second.conditions, second.formulas, second.fired):
        yield _problem("推理引擎与独立核算得出的条件或公式不同")


def main() -> int:
    """Read pickled `(rulebooks, limits, briefly)` from standard input, try them, and write the verdict."""
    books, limits, briefly = pickle.load(sys.stdin.buffer)
    problems: list[Diagnostic] = []
    try:
        for book in books:
            problems += inspect(book, DurableEngine(book, limits), briefly=briefly)
    except DiagnosticError as error:
        problems += error.diagnostics
    except (InferenceError, ValueError) as error:
        problems.append(_problem(f"试运行失败：{error}"))
    print(_VERDICT + json.dumps([problem.data for problem in dict.fromkeys(problems)], ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
