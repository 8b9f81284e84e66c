"""How a failed step is shown: what was expected and why it came otherwise, the feature file and its line; no program frames."""

from __future__ import annotations

import os
from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_step_error(feature: Any, scenario: Any, step: Any, exception: Exception) -> None:
    """pytest-bdd calls this before a failure is reported. An unmet expectation is shown as plain text, an error of the program whole."""
    where = f"场景“{scenario.name}”，{os.path.relpath(feature.filename)} 第 {step.line_number} 行：{step.keyword} {step.name}"
    if isinstance(exception, AssertionError):
        raise pytest.fail.Exception(f"{where}\n{exception}", pytrace=False) from None
    exception.add_note(where)


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_step_func_lookup_error(feature: Any, scenario: Any, step: Any) -> None:
    """A step that is worded as no step is."""
    where = f"场景“{scenario.name}”，{os.path.relpath(feature.filename)} 第 {step.line_number} 行：{step.keyword} {step.name}"
    advice = "没有这样写的步骤。对照 docs/步骤.md 检查用词、引号和日期写法；“那么”后面的步骤不能写在“假如”“当”后面，反过来也一样。"
    raise pytest.fail.Exception(f"{where}\n{advice}", pytrace=False) from None
