"""Scenarios read without running them: which project, under which day's law, and what the scenario says of it.

`read_cases` plays only the 假如 and 当 steps (the very functions that run in a test), so that a rulebook's coverage can be worked out in
seconds, and keeps the words of the 那么 steps. What cannot be read is a `Diagnostic`, at its line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.parser import Feature, FeatureParser, ScenarioTemplate, Step, render_string
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

import planner.features.steps  # noqa: F401 - importing it registers the steps
from planner.conditions import Facts
from planner.diagnostics import Diagnostic, DiagnosticError
from planner.features.scene import Scene
from planner.planner import Planner


@dataclass(frozen=True)
class Case:
    """One scenario, or one line of a 场景大纲: validated facts, the day of the law, and the texts of its expectations."""

    file: Path
    line: int
    feature: str
    name: str
    facts: Facts
    as_of: date
    expectations: tuple[str, ...]


@dataclass(frozen=True)
class Cases:
    """`cases` are those about the rulebook asked for; `others` counts scenarios about other rulebooks or refused projects."""

    cases: tuple[Case, ...]
    others: int
    problems: tuple[Diagnostic, ...]


def read_features(folder: Path) -> tuple[list[Feature], list[Diagnostic]]:
    """Every feature file under `folder`, and what is wrong with those that cannot be read."""
    features: list[Feature] = []
    problems: list[Diagnostic] = []
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.feature"))
    for file in files:
        try:
            features.append(FeatureParser(str(file.parent), file.name).parse())
        except GherkinParseError as error:
            fix = "检查这一行：关键字（功能、场景、假如、当、那么）、冒号、表格的竖线；第一行要写 # language: zh-CN"
            problems.append(Diagnostic("F011", f"场景文件读不懂：“{error.line_content.strip()}”", str(file), error.line, 1, fix))
        except (OSError, UnicodeDecodeError):
            problems.append(Diagnostic("F002", "场景文件打不开，或者不是 UTF-8", str(file), help="另存为 UTF-8"))
    return features, problems


def read_cases(folder: Path, planner: Planner, root: Path) -> Cases:
    """The scenarios under `folder` about `planner`'s rulebook. Paths in them start at `root`."""
    features, problems = read_features(folder)
    steps = [context for context in step_function_context_registry.values() if context.type in ("given", "when")]
    cases: list[Case] = []
    others = 0
    for feature in features:
        for template in feature.scenarios.values():
            for line, played in _lines(template):
                case = _play(feature, template.name, line, played, Scene(root, default=planner), steps)
                if isinstance(case, Diagnostic):
                    problems.append(case)
                elif case is None:
                    others += 1
                else:
                    cases.append(case)
    return Cases(tuple(cases), others, tuple(problems))


@dataclass(frozen=True)
class _Played:
    """One step as it is said in one line of the 例子."""

    type: str
    name: str
    line: int
    table: tuple[tuple[str, ...], ...] | None


def _lines(template: ScenarioTemplate) -> Iterator[tuple[int, list[_Played]]]:
    """The steps of a scenario, once for each line of its 例子."""
    if not template.templated:
        yield template.line_number, [_said(step, {}) for step in template.steps]
        return
    for examples in template.examples:
        for index, context in enumerate(examples.as_contexts()):
            yield (examples.line_number or template.line_number) + index + 2, [_said(step, context) for step in template.steps]


def _said(step: Step, context: Mapping[str, str]) -> _Played:
    rows = step.datatable.rows if step.datatable is not None else None
    table = tuple(tuple(render_string(cell.value, context) for cell in row.cells) for row in rows) if rows is not None else None
    return _Played(step.type, render_string(step.name, context), step.line_number, table)


@lru_cache(maxsize=256)
def _takes_table(function: Callable[..., object]) -> bool:
    return "datatable" in inspect.signature(function).parameters


def _play(
    feature: Feature, name: str, line: int, played: Sequence[_Played], scene: Scene, steps: Sequence[StepFunctionContext]
) -> Case | Diagnostic | None:
    expectations: list[str] = []
    for step in played:
        if step.type == "then":
            expectations += [step.name, *(cell for row in step.table or () for cell in row)]
            continue
        found = next((context for context in steps if context.type == step.type and context.parser.is_matching(step.name)), None)
        if found is None:
            return None  # a step of the project's own, which only a run can play; running says so if it is a slip
        arguments = dict(found.parser.parse_arguments(step.name) or {})
        if step.table is not None and _takes_table(found.step_func):
            arguments["datatable"] = step.table
        try:
            found.step_func(scene=scene, **arguments)
        except (AssertionError, DiagnosticError) as error:
            return Diagnostic("F011", f"场景“{name}”的步骤不能照做：{error}", feature.filename, step.line, 1)
    if scene.rules is not None or scene.asked is None:
        return None
    facts = scene.asked.facts.values
    return Case(Path(feature.filename), line, feature.name, name, facts, scene.asked.as_of, tuple(expectations))
