"""What tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner import Planner

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def anshan() -> Planner:
    """The shipped rulebook, loaded once."""
    return Planner.load(ROOT / "rules" / "anshan")
