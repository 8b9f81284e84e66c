"""The examples of docs/graphql.md run, and its limits are the server's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from planner_api.limits import MAX_ALIASES, MAX_BODY_BYTES, MAX_DEPTH, MAX_TOKENS
from planner_api.preview import FIRST_DAY, LAST_DAY


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "graphql.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_curl(page: str, client: Any) -> None:
    (command,) = blocks(page, "sh")
    curl, url, header_flag, header, data_flag, body = shlex.split(command)
    assert (curl, url, header_flag, data_flag) == ("curl", "http://127.0.0.1:8000/graphql", "-H", "-d")
    answer = client.http.post("/graphql", content=body.encode(), headers=dict([header.split(": ")])).json()
    assert answer["data"]["planPreview"]["__typename"] == "Plan"
    assert answer["data"]["planPreview"]["items"]


def test_queries(page: str, client: Any) -> None:
    deadlines, questions = blocks(page, "graphql")
    good, bad = (json.loads(block) for block in blocks(page, "json"))
    plan = client.ask(deadlines, good)["planPreview"]
    assert plan["items"]
    assert plan["target"]["earliest"]["date"]
    assert plan["openFacts"]
    problems = client.ask(deadlines, bad)["planPreview"]["problems"]
    assert sorted(p["path"] for p in problems) == [["project", "beds"], ["project", "landArea"], ["start"]]
    for path in (p["path"] for p in problems):
        assert json.dumps(path) in page
    assert client.ask(questions)["rulebook"]["facts"]


def test_limits(page: str) -> None:
    text = " ".join(page.split())
    assert f"{MAX_TOKENS} tokens, {MAX_DEPTH} levels and {MAX_ALIASES} aliases" in text
    assert f"at most {MAX_BODY_BYTES // 1_000_000} MB" in text
    assert f"between {FIRST_DAY} and {LAST_DAY}" in text
