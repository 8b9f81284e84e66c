"""GraphQL over HTTP, audited by the suite of graphql-http."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "audit"


@pytest.fixture(scope="module")
def results(address: str) -> list[dict[str, Any]]:
    command = ["node", "audit.mjs", f"{address}/graphql"]
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_every_audit_is_ok(results: list[dict[str, Any]]) -> None:
    assert [f"{r['id']} {r['name']}: {r['status']} {r['reason']}" for r in results if r["status"] != "ok"] == []


def test_all_audits_were_run(results: list[dict[str, Any]]) -> None:
    assert len({r["id"] for r in results}) == 61
