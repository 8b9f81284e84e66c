"""A rulebook is tried in a child process; whatever happens there comes back as diagnostics."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import pytest

from planner.conditions import Between, Compare, ContainsAll, Is, IsNotApplicable, Not, OneOf, Test, Truth
from planner.inference import canary
from planner.inference.canary import inspect, sample_projects, shard_inputs, try_rulebook
from planner.inference.durable_engine import DurableEngine
from planner.inference.gate import Limits, plan_shards
from planner.rulebook.compiled import CompiledRulebook
from tests.inference.small_books import F, T, book, table

HIGH = OneOf("choice", ("high",), frozenset({"high"}), frozenset())
ZONE = OneOf("set", ("two",), frozenset({"two", "farmland"}), frozenset())


def varied() -> CompiledRulebook:
    tests: dict[str, tuple[str, Test]] = {
        "c1": ("land", Compare(">=", Fraction(5))),
        "c2": ("land", Not(Between(Fraction(1), True, Fraction(9), False))),
        "c3": ("built", Compare("<", date(2026, 8, 15))),
        "c4": ("industry", OneOf("prefix", ("C30",), frozenset(), frozenset())),
        "c5": ("zones", ContainsAll((ZONE,))),
        "c6": ("use", HIGH),
        "c7": ("beds", IsNotApplicable()),
        "c8": ("road", Is(True)),
        "ch": ("d_t", HIGH),
    }
    formulas = {"n1": "all c1 c2", "n2": "any c3 c4 !c5", "n3": "all c6 !c7 c8", "n4": "any n1 ch", "n5": "all", "n6": "any"}
    return book(formulas, [table("t", "highest", "n1=high n2=low")], tests)


def wide() -> CompiledRulebook:
    return book({f"n{n}": f"{op} " + " ".join(f"c{m}" for m in range(1, n * 40)) for n in (1, 2, 3) for op in ("all",)})


@pytest.mark.parametrize("rulebook", [varied(), wide(), book({}), book({"n1": "all"})])
def test_a_sound_rulebook_passes(rulebook: CompiledRulebook) -> None:
    assert try_rulebook(rulebook) == []


def test_it_works_from_any_directory_and_with_any_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planner.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rulebook = varied()
    assert try_rulebook(replace(rulebook, conditions=MappingProxyType(dict(rulebook.conditions)))) == []


def test_every_rule_of_every_shard_is_fired() -> None:
    for shard in plan_shards(wide()).shards:
        fired = set()
        for values in shard_inputs(shard):
            read = dict(zip(shard.properties, (value.value for value in values), strict=True))
            fired |= {rule.name for rule in shard.rules if all(read[name] == value for name, value in rule.tests)}
        assert fired == {rule.name for rule in shard.rules}


def test_projects_lie_on_and_beside_every_bound() -> None:
    land = {facts["land"] for facts in sample_projects(varied(), 200) if "land" in facts}
    step = Fraction(1, 1000)
    assert land == {bound + move for bound in (Fraction(1), Fraction(5), Fraction(9)) for move in (-step, Fraction(0), step)}
    assert list(sample_projects(varied(), 20)) == list(sample_projects(varied(), 20))


def test_what_does_not_fit_is_refused_without_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert [d.code for d in try_rulebook(wide(), limits=Limits(parts=100))] == ["R320"]


def test_a_child_that_cannot_start_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    (problem,) = try_rulebook(varied())
    assert problem.code == "R321"
    assert "无法启动" in problem.message
    assert problem.help


def python_that(does: str, folder: Path) -> str:
    """An executable put in the place of the child's Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\ncat >/dev/null\n{does}\n", encoding="utf-8")
    path.chmod(0o755)
    return os.fspath(path)


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("kill -SEGV $$", "SIGSEGV"),
        ("exec sleep 60", "超过 1 秒"),
        ("echo 'ImportError: broken' >&2; exit 1", "ImportError: broken"),
        ("exit 0", "退出码 0"),
    ],
)
def test_a_child_that_dies_hangs_or_says_nothing_is_a_diagnostic(
    does: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_that(does, tmp_path))
    (problem,) = try_rulebook(varied(), timeout=1.0)
    assert problem.code == "R321"
    assert says in problem.message


def test_a_real_crash_of_the_engine_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limits taken away the engine itself goes down in the child, on more rules than it holds for one condition."""
    limits = Limits(inputs=10_000, rules_per_input=10_000, rules=100_000)
    (problem,) = try_rulebook(book({f"n{n}": "all c1" for n in range(255)} | {"n999": "any c1 !c1"}), limits=limits)
    assert problem.code == "R321"


def contrary_of_n3(truths: Mapping[str, Truth]) -> Mapping[str, Truth]:
    return {identifier: ~truth if identifier == "n3" else truth for identifier, truth in truths.items()}


class LyingAboutShards(DurableEngine):
    def fire(self, shard: int, values: tuple[Truth, ...]) -> Mapping[str, Truth]:
        return contrary_of_n3(super().fire(shard, values))


class LyingAboutProjects(DurableEngine):
    def infer(self, level: int, known: Mapping[str, Truth]) -> Mapping[str, Truth]:
        return contrary_of_n3(super().infer(level, known))


@pytest.mark.parametrize("lying", [LyingAboutShards, LyingAboutProjects])
def test_a_wrong_answer_names_the_rule(lying: type[DurableEngine]) -> None:
    rulebook = varied()
    problems = inspect(rulebook, lying(rulebook))
    assert {problem.code for problem in problems} == {"R321"}
    assert {(problem.file, problem.line) for problem in problems if problem.file} == {("approvals/n3.yaml", 7)}
    assert "规则 n3" in problems[0].message


def test_a_wrong_rulebook_is_reported_by_the_child() -> None:
    rulebook = book({"n1": "all c1"}, [table("t", "highest", "n1=elsewhere")])
    (problem,) = try_rulebook(rulebook)
    assert problem.code == "R321"
    assert "elsewhere" in problem.message


def test_signals_without_a_name_are_told_by_number() -> None:
    (problem,) = canary._verdict(-250, "", "")
    assert "250" in problem.message
    (named,) = canary._verdict(-signal.SIGKILL, "", "")
    assert "SIGKILL" in named.message


def test_the_truths_are_what_they_seem() -> None:
    assert (~T, Truth("f")) == (F, F)
