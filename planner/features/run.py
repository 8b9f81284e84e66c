"""Running scenarios and saying in Chinese what came of them. pytest does the running; nothing of its own output is shown.

Only this project's plugins are loaded, so that a run is the same on every machine.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.feature import features as remembered_features
from pytest_bdd.parser import ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from planner.features.scene import DEFAULT_RULES

_MODULE = "from pytest_bdd import scenarios\nscenarios({!r})\n"


@dataclass(frozen=True)
class Failure:
    """A scenario that did not hold. `message` says what was expected, what came and why; `example` is its line of the 例子."""

    file: str
    line: int
    feature: str
    scenario: str
    example: str
    message: str


@dataclass
class Outcome:
    """What came of a run."""

    passed: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return self.passed + len(self.failures)


def run_features(
    folder: Path,
    root: Path,
    rules: Path | None = None,
    word: str = "",
    progress: Callable[[int, int, int], None] | None = None,
) -> Outcome:
    """Run every scenario under `folder` (or in one file) whose file, 功能 or name holds `word`.

    Paths in scenarios start at `root`. `rules` is the rulebook of scenarios that name none. `progress` is told (done, failed, of).
    """
    listener = _Listener(rules, word, progress)
    remembered_features.clear()  # a file may have changed since it was last read in this process
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        module = Path(temporary) / "test_scenarios.py"
        module.write_text(_MODULE.format(str(folder.resolve())), encoding="utf-8")
        arguments = [str(module), f"--rootdir={root}", "-c", os.devnull, "-p", "pytest_bdd.plugin", "-p", "planner.features.plugin"]
        with _environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS=""), contextlib.redirect_stdout(io.StringIO()) as said:
            code = pytest.main([*arguments, "-p", "no:cacheprovider", "-q"], plugins=[listener])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            raise RuntimeError(said.getvalue())
        sys.modules.pop("test_scenarios", None)
    listener.outcome.seconds = time.monotonic() - began
    return listener.outcome


class _Listener:
    """A pytest plugin that keeps what happens."""

    def __init__(self, rules: Path | None, word: str, progress: Callable[[int, int, int], None] | None) -> None:
        self.outcome = Outcome()
        self._rules = rules
        self._word = word
        self._progress = progress
        self._of = 0
        self._scenarios: dict[str, tuple[ScenarioTemplate, str]] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[DEFAULT_RULES] = self._rules

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            scenario = scenario_wrapper_template_registry[item.obj]  # type: ignore[attr-defined]
            self._scenarios[item.nodeid] = scenario, _example(item)
        items[:] = [item for item in items if self._wanted(*self._scenarios[item.nodeid])]
        self._of = len(items)

    def _wanted(self, scenario: ScenarioTemplate, example: str) -> bool:
        return self._word in "\n".join([scenario.feature.filename, scenario.feature.name, scenario.name, example])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            scenario, example = self._scenarios[report.nodeid]
            feature = scenario.feature
            shown = str(report.longrepr)
            file = os.path.relpath(feature.filename)
            self.outcome.failures.append(Failure(file, scenario.line_number, feature.name, scenario.name, example, shown))
        elif report.when == "call":
            self.outcome.passed += 1
        if report.when == "call" and self._progress is not None:
            self._progress(self.outcome.total, len(self.outcome.failures), self._of)


def _example(item: pytest.Item) -> str:
    """The line of the 例子 this run took: 日期=2026-11-24、能耗=1000 tce."""
    call: Any = getattr(item, "callspec", None)
    given = call.params.get("_pytest_bdd_example", {}) if call is not None else {}
    return "、".join(f"{name}={value}" for name, value in given.items())


@contextlib.contextmanager
def _environment(**settings: str) -> Any:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def as_json(outcome: Outcome) -> dict[str, Any]:
    """A run as plain data."""
    failures: Sequence[dict[str, Any]] = [vars(one) for one in outcome.failures]
    return {"passed": outcome.passed, "failed": len(failures), "failures": failures}
