"""A small rulebook on disk, a service with it, and one with the shipped rulebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner import Planner
from planner_api.service import Service, open_service
from planner_api.settings import Settings
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker
from tests.output.small_rules import write_rules


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The top folder of a small rulebook of two layers."""
    write_rules(tmp_path / "rules")
    return tmp_path / "rules" / "city"


@pytest.fixture
def small(rules: Path, tmp_path: Path) -> Iterator[Service]:
    """A service with the small rulebook."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'planner.db'}", rules=rules, log_level="", examples=False)
    service = open_service(settings, Planner.from_files(rules), today=lambda: TODAY)
    yield service
    service.reloader.stop()
    service.store.close()


@pytest.fixture
def asker(services: Callable[..., Service]) -> Asker:
    """An administrator of a service with the shipped rulebook and an empty database."""
    return Asker(services())
