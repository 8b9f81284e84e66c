"""How a failed step is shown: the feature file, its line and the step, and not the program's own frames."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_step_error(feature: Any, scenario: Any, step: Any, exception: BaseException) -> None:
    """pytest-bdd calls this before a failure is reported."""
    exception.add_note(f"场景“{scenario.name}”（{feature.rel_filename} 第 {step.line_number} 行）：{step.keyword}{step.name}")
