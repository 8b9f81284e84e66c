from __future__ import annotations

from pathlib import Path

import pytest

from planner.calendar import WorkCalendar
from planner.rulebook.calendar_files import load_calendar

RULES = Path(__file__).parents[2] / "rules" / "calendar"


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    loaded, problems = load_calendar([RULES])
    assert problems == []
    assert loaded is not None
    return loaded
