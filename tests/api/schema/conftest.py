"""What the tests of the schema share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from planner_api.service import Service
from tests.api.schema.asking import Asker


@pytest.fixture
def asker(services: Callable[..., Service]) -> Asker:
    """An administrator of a service with an empty database."""
    return Asker(services())


@pytest.fixture(scope="session")
def examples(root: Path) -> Mapping[str, Path]:
    return {path.stem: path for path in (root / "examples").glob("*.yaml")}


@pytest.fixture(scope="session")
def introspected(service: Service) -> Mapping[str, Any]:
    """Every type of the schema by name, by introspection."""
    reference = "kind name ofType { kind name ofType { kind name ofType { kind name } } }"
    found = Asker(service).ask(
        f"""{{ __schema {{ types {{
            kind name description
            fields {{ name description type {{ {reference} }} args {{ name description defaultValue type {{ {reference} }} }} }}
            inputFields {{ name description defaultValue type {{ {reference} }} }}
            enumValues {{ name description }}
            possibleTypes {{ name }}
        }} }} }}"""
    )
    return {t["name"]: t for t in found["__schema"]["types"]}
