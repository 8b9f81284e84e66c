"""What tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from planner import Planner
from planner.calendar import WorkCalendar
from planner.rulebook.calendar_files import load_calendar

pytest_plugins = ["tests.postgres"]

ROOT = Path(__file__).resolve().parent.parent

# Verdicts of checks are kept with what pytest keeps, not in the user's own cache.
os.environ.setdefault("PLANNER_CACHE", str(ROOT / ".pytest_cache" / "planner"))

# No test asserts a timing: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def anshan() -> Planner:
    """The shipped rulebook, loaded once."""
    return Planner.from_files(ROOT / "rules" / "anshan")


@pytest.fixture(scope="session")
def checked_rules() -> None:
    """The shipped rulebook has passed its check, so that commands use it without checking first."""
    Planner.load(ROOT / "rules" / "anshan")


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    """The calendar as shipped."""
    loaded, problems = load_calendar([ROOT / "rules" / "calendar"])
    assert problems == []
    assert loaded is not None
    return loaded
