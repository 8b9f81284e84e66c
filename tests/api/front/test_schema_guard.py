"""graphql-inspector guards the schema: its file is what the server says, and nothing that a client of the last release uses is gone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphql import build_schema, get_introspection_query, lexicographic_sort_schema, print_schema

HERE = Path(__file__).parent
CRITICAL = r'\n  """[^"]*"""\n  critical: Boolean!\n'
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


@dataclass(frozen=True)
class Change:
    """One difference between two schemas. `level`: BREAKING, DANGEROUS or NON_BREAKING."""

    type: str
    path: str
    message: str
    level: str


def inspect(
    before: str | None, after: str | Mapping[str, Any], operations: Mapping[str, str] | None = None
) -> tuple[list[Change], Any]:
    """What changed, and which operations the later schema does not answer."""
    assert (HERE / "node_modules").is_dir(), "run `make test`: it installs graphql-inspector"
    asked = json.dumps({"before": before, "after": after, "operations": operations or {}})
    done = subprocess.run(
        ["node", str(HERE / "inspect.mjs")],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PATH": PATH},
    )
    found = json.loads(done.stdout)
    return [Change(**change) for change in found["changes"]], found["invalid"]


def breaking(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.level == "BREAKING"]


@pytest.fixture(scope="module")
def file(root: Path) -> str:
    """The schema's file."""
    return (root / "graphql" / "schema.graphql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def released(root: Path) -> str:
    """The schema of the last release."""
    return (root / "graphql" / "schema.released.graphql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def accepted(root: Path) -> set[tuple[str, str]]:
    """Breaking changes that were decided on, each with its reason."""
    listed = yaml.safe_load((root / "graphql" / "schema.breaking.yaml").read_text(encoding="utf-8")) or []
    assert all(one["reason"].strip() for one in listed)
    return {(one["change"], one["path"]) for one in listed}


def test_the_file_is_what_the_server_says(client: Any, file: str) -> None:
    said = client.ask(
        get_introspection_query(input_value_deprecation=True, specified_by_url=True, directive_is_repeatable=True, one_of=True)
    )
    changes, _ = inspect(file, said)
    assert changes == []


def test_the_file_is_sorted(file: str) -> None:
    assert file == print_schema(lexicographic_sort_schema(build_schema(file))) + "\n"


def test_nothing_of_the_last_release_is_gone(released: str, file: str, accepted: set[tuple[str, str]]) -> None:
    changes, _ = inspect(released, file)
    gone = {(change.type, change.path): change.message for change in breaking(changes)}
    unexplained = {key: message for key, message in gone.items() if key not in accepted}
    assert unexplained == {}, "keep the field and deprecate it, or list the change in graphql/schema.breaking.yaml with its reason"
    assert accepted - gone.keys() == set(), "listed in graphql/schema.breaking.yaml, but no change: take it out"


@pytest.mark.parametrize(
    ("type_", "was", "is_", "expected"),
    [
        ("type Deadline ", CRITICAL, "\n", [("FIELD_REMOVED", "Deadline.critical")]),
        ("type Deadline ", CRITICAL, "\n  critical: Boolean\n", [("FIELD_TYPE_CHANGED", "Deadline.critical")]),
        ("enum DeadlineOrder ", r"\{", "{\n  NEVER", []),
    ],
)
def test_what_would_break_a_client_is_caught(file: str, type_: str, was: str, is_: str, expected: list[tuple[str, str]]) -> None:
    start = file.index(type_)
    changed = file[:start] + re.sub(was, is_, file[start:], count=1)
    assert changed != file
    changes, _ = inspect(file, changed)
    assert [(c.type, c.path) for c in breaking(changes)] == expected
    assert changes


def test_every_operation_is_answered_and_uses_nothing_deprecated(root: Path, file: str, operations: Mapping[str, str]) -> None:
    tour = root / "graphql" / "clients" / "tour.graphql"
    _, invalid = inspect(None, file, {**operations, "tour": tour.read_text(encoding="utf-8")})
    assert invalid == []


def test_an_operation_of_a_field_that_is_gone_is_caught(file: str) -> None:
    _, invalid = inspect(None, file, {"old": "query Old { viewer { subject shoeSize } }"})
    (one,) = invalid
    assert one["name"] == "old"
    assert "shoeSize" in one["problems"][0]
