"""What the desk's tests share: an officer's folder with the sample layers, and the command run in it as a real process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with the sample layers under `rules/`."""
    shutil.copytree(ROOT / "tests" / "rulebook" / "good", tmp_path / "rules")
    return tmp_path


@pytest.fixture
def run() -> Run:
    """`run(folder, "new", "approval", …)`: the command `planner` in a folder."""

    def planner(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}", "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "planner.cli", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=120)

    return planner
