"""The store on each database, and things to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from planner import Planner, load_project
from planner.plan import Plan
from planner_api.store.sql import SqlStore, open_store

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = date(2026, 3, 2)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'planner.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def plans_by_name(anshan: Planner) -> dict[str, Plan]:
    """Plans of some example projects, and one of the same project on another day."""
    made = {}
    for name in ("hospital-600-beds", "equipment-only-upgrade", "standard-factory"):
        project, positions = load_project(ROOT / "examples" / f"{name}.yaml")
        made[name] = anshan.plan(anshan.read(project, positions), as_of=DAY)
    project, positions = load_project(ROOT / "examples" / "equipment-only-upgrade.yaml")
    made["equipment-only-upgrade later"] = anshan.plan(anshan.read(project, positions), as_of=DAY, start=date(2026, 6, 1))
    return made
