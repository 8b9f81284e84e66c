"""Whatever is killed, whenever: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from planner.plan import Plan
from planner_api.store.due import departments_of, kept_deadlines
from planner_api.store.records import ChangeKind, DeadlineFilter, DeadlineOrder, PageRequest
from planner_api.store.sql import SqlStore, open_store
from tests.postgres import PostgresServer
from tests.store.world import EVERYTHING, all_projects

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 90


@pytest.fixture
def folder(tmp_path: Path, plans_by_name: dict[str, Plan]) -> Path:
    """The plans, for another process to read."""
    made = tmp_path / "plans"
    made.mkdir()
    for number, plan in enumerate(plans_by_name.values()):
        (made / f"{number}.json").write_text(plan.model_dump_json(), encoding="utf-8")
    return made


class Writer:
    """The writing process and what it has acknowledged. Its output goes to a file: that cannot fill up and stop it."""

    def __init__(self, url: str, folder: Path, output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.store.writer", url, str(folder)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}"},
                stdout=file,
            )

    def said(self) -> list[dict[str, Any]]:
        """Whole lines only: the last may have been cut off."""
        return [json.loads(line) for line in self._output.read_bytes().split(b"\n")[:-1]]

    def wait_for(self, more: int) -> None:
        """Until it has acknowledged so many things more."""
        wanted = self.acknowledged() + more
        until = time.monotonic() + SECONDS
        while self.acknowledged() < wanted:
            assert self.process.poll() is None, "the writer ended"
            assert time.monotonic() < until, "the writer writes nothing"
            time.sleep(0.02)

    def acknowledged(self) -> int:
        return sum("project" in fact for fact in self.said())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def writing(url: str, folder: Path, output: Path) -> Iterator[Writer]:
    writer = Writer(url, folder, output)
    try:
        yield writer
    finally:
        if writer.process.poll() is None:
            writer.kill()


def check(store: SqlStore, facts: list[dict[str, Any]]) -> None:
    """Everything acknowledged is there, and every project is of one piece."""
    projects = {one.id: one for one in all_projects(store)}
    changes = store.changes_after(0, 1_000_000)
    logged = {one.plan for one in changes if one.kind is ChangeKind.PLAN_MADE}
    saved = [one.project for one in changes if one.kind is ChangeKind.PROJECT_SAVED]
    kept = {}
    for project in projects.values():
        plans = store.plans(EVERYTHING, project.id, PageRequest(100)).rows
        assert [plan.number for plan in plans] == list(range(len(plans), 0, -1))
        assert project.plan == (plans[0].id if plans else None)
        assert saved.count(project.id) == project.revision
        due = store.deadlines(
            EVERYTHING, DeadlineFilter(projects=frozenset({project.id})), DeadlineOrder.DAY, PageRequest(1000)
        ).rows
        current = Plan.model_validate_json(plans[0].document) if plans else None
        assert {one.id for one in due} == (
            {f"{project.plan}/{row['key']}" for row in kept_deadlines(current)} if current is not None else set()
        )
        for plan in plans:
            parsed = Plan.model_validate_json(plan.document)
            assert parsed.model_dump_json().encode() == plan.document
            assert plan.departments == departments_of(parsed)
            assert plan.id in logged
            kept[plan.id] = plan
    assert len(logged) == len(kept)
    for fact in facts:
        if "plan" in fact:
            assert (kept[fact["plan"]].project, kept[fact["plan"]].number) == (fact["project"], fact["number"])
        elif "project" in fact:
            project = projects[fact["project"]]
            assert project.revision >= fact["revision"]
            assert project.revision > fact["revision"] or project.draft.name == fact["name"]


def _url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return f"sqlite:///{tmp_path / 'planner.db'}" if kind == "sqlite" else str(request.getfixturevalue("durable_url"))


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server of this test's own, which waits for its disk."""
    with PostgresServer(durable=True) as server:
        yield server


@pytest.fixture
def durable_url(durable: PostgresServer) -> Iterator[str]:
    with durable.database() as url:
        yield url


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_writing_process_is_killed(kind: str, tmp_path: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    url = _url(kind, tmp_path, request)
    chance = random.Random(kind)
    facts: list[dict[str, Any]] = []
    for turn in range(5):
        with writing(url, folder, tmp_path / f"said-{turn}") as writer:
            writer.wait_for(chance.randint(1, 40))
            time.sleep(chance.random() / 20)
            writer.kill()
            facts += writer.said()
        store = open_store(url)
        check(store, facts)
        store.close()
    assert sum("plan" in fact for fact in facts) > 20
    assert len({hashlib.sha256(json.dumps(fact).encode()).digest() for fact in facts}) > 50


def test_the_server_is_killed(tmp_path: Path, folder: Path, durable: PostgresServer, durable_url: str) -> None:
    chance = random.Random(4754)
    with writing(durable_url, folder, tmp_path / "said") as writer:
        for _ in range(4):
            writer.wait_for(chance.randint(10, 40))
            time.sleep(chance.random() / 20)
            durable.crash()
            time.sleep(0.1)
            durable.start()
        writer.wait_for(20)
        writer.kill()
        facts = writer.said()
    assert any("unavailable" in fact for fact in facts)
    store = open_store(durable_url)
    check(store, facts)
    store.close()


def test_a_backend_is_killed(tmp_path: Path, folder: Path, durable: PostgresServer, durable_url: str) -> None:
    """The server then drops every connection and recovers by itself."""
    with writing(durable_url, folder, tmp_path / "said") as writer:
        for _ in range(3):
            writer.wait_for(20)
            with psycopg.connect(durable_url) as connection:
                query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'approval-planner'"
                backends = [row[0] for row in connection.execute(query)]
            os.kill(random.choice(backends), signal.SIGKILL)
        writer.wait_for(20)
        writer.kill()
        facts = writer.said()
    assert any("unavailable" in fact for fact in facts)
    store = open_store(durable_url)
    check(store, facts)
    store.close()
