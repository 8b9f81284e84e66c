"""Our server under a day's mixture: does its memory grow, and what does a reader wait while others write?

Memory: tens of thousands of requests, of which most are answered from memory, some are documents never seen before (so that whatever is
kept of documents and answers must let go of others), and some are pages of deadlines. Waiting: plans, pages of deadlines and mutations at a steady
pace, each alone and then all together.

python benchmarks/graphql_under_load.py [--requests 50000] [--seconds 10] [--out FILE]

It needs wrk. Results are added to what `graphql_server.py` wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import timeit
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from graphql_server import ROOT, Json, Outcome, Request, ask, free_port, full_plan_query, hammer, kept_plan, running

from planner import Planner
from planner_api.access.rules import refusals
from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.http.documents import Documents, prepare
from planner_api.live import in_use
from planner_api.settings import Settings

DEADLINES = """query Desk { deadlines(first: 20) { totalCount edges { node {
    id kind title name department stage project { id name class { code name } } } } pageInfo { hasNextPage endCursor } } }"""
UNSEEN = "query Unseen { rulebook { d@N@: digest facts { code name question note } } }"
"""Its answer lasts and is long: what is kept of answers is full after a tenth of the run."""
SAVE = """mutation Save { saveProject(input: {requestKey: "bench-@N@", project: {name: "试验项目@N@", content: "厂房", district: "千山区"}})
    { __typename ... on ProjectSaved { project { id revision } } } }"""
MAKE = """mutation Make($id: ID!, $revision: Int!) {
    a: makePlan(input: {projectId: $id, expectedRevision: $revision, asOf: "2026-11-23"}) { __typename ... on PlanMade { created } }
    b: makePlan(input: {projectId: $id, expectedRevision: $revision, asOf: "2026-11-24"}) { __typename ... on PlanMade { created } } }"""
CURRENT = '{ projects(filter: {search: "医院"}, first: 1) { edges { node { id revision } } } }'


def resident(process: int) -> float:
    """Resident memory of a process in MB (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("resident memory is not known on this system")


def body(folder: Path, name: str, query: str, variables: Mapping[str, Json] | None = None) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"query": query, "variables": variables or {}}, ensure_ascii=False), encoding="utf-8")
    return path


def memory(process: int, plan: Request, unseen: Request, desk: Request, requests: int, say: Callable[[str], None]) -> None:
    """Rounds of all three, until enough were sent; resident memory after each tenth."""
    sent, unlike, marks = 0, 0, [resident(process)]
    while sent < requests:
        for request, seconds in ((plan, 1.0), (replace(unseen, first=unlike), 1.0), (desk, 1.0)):
            found = hammer(request, seconds)
            sent += found.requests
            unlike += found.requests if request.body == unseen.body else 0
            if found.failed:
                raise SystemExit(f"{found.failed} of {found.requests} requests failed: {request}")
        if sent >= requests * len(marks) / 10:
            marks.append(resident(process))
    say(
        f"memory over {sent:,} requests, {unlike:,} of them new documents: {', '.join(f'{mark:.0f}' for mark in marks)} MB, a tenth apart"
    )


def waiting(kinds: Mapping[str, tuple[Request, int]], seconds: float, say: Callable[[str], None]) -> None:
    """What each kind waits for its answers, alone and with all the others at the same time."""
    alone = {name: hammer(request, seconds, connections) for name, (request, connections) in kinds.items()}
    with ThreadPoolExecutor() as pool:
        begun = {
            name: pool.submit(hammer, replace(request, first=1_000_000), seconds, connections)
            for name, (request, connections) in kinds.items()
        }
        together: dict[str, Outcome] = {name: run.result() for name, run in begun.items()}
    say(f"\nload average {os.getloadavg()[0]:.1f}")
    say(f"{'at a steady pace':34} {'alone: /s':>10} {'p50 ms':>8} {'p99 ms':>8} {'together: /s':>13} {'p50 ms':>8} {'p99 ms':>8}")
    for name, one in alone.items():
        all_ = together[name]
        say(
            f"{name:34} {one.per_second:10.1f} {one.p50:8.2f} {one.p99:8.2f} {all_.per_second:13.1f} {all_.p50:8.2f} {all_.p99:8.2f}"
            + (f"  failed {one.failed + all_.failed}" if one.failed + all_.failed else "")
        )


def steps(query: str, say: Callable[[str], None]) -> None:
    """What each request pays before it runs, in this process: microseconds, the best of several tries."""
    planner = Planner.from_files(ROOT / "rules" / "anshan")
    schema = in_use(planner).schema
    documents = Documents(Settings())
    ready = documents.ready(schema, query)
    sent = query.encode()
    fields = ready.operation(None).fields
    viewers = {"an administrator": LOCAL, "a working group": Viewer("team", frozenset({Role.TEAM}), teams=frozenset({"any"}))}

    def microseconds(call: Callable[[], object]) -> float:
        return min(timeit.repeat(call, number=200, repeat=7)) / 200 * 1e6

    say(f"\nbefore the full plan query runs ({len(fields)} different fields), microseconds:")
    say(
        f"document parsed, measured, validated: {min(timeit.repeat(lambda: prepare(schema, query, Settings()), number=1)) * 1e6:,.0f}"
    )
    say(f"the same document again, read from another request: {microseconds(lambda: documents.ready(schema, sent.decode())):,.1f}")
    for who, viewer in viewers.items():
        say(f"whether {who} may ask it: {microseconds(lambda viewer=viewer: refusals(fields, viewer)):,.1f}")  # type: ignore[misc]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=50_000)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "graphql.txt")
    chosen = options.parse_args()
    if not shutil.which("wrk"):
        print("graphql_under_load.py: wrk is missing (Debian: apt-get install wrk); nothing measured")
        return
    lines = [""]

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        database = f"sqlite:///{folder / 'planner.db'}"
        serve = [sys.executable, "-m", "planner.cli", "serve", "--database", database, "--port", str(port), "--no-watch"]
        with running(serve, port) as process:
            identity, _ = kept_plan(port)
            project = ask(port, CURRENT)["projects"]["edges"][0]["node"]
            query = full_plan_query(port)
            plan = Request(port, body=body(folder, "plan", query, {"id": identity}))
            desk = Request(port, body=body(folder, "desk", DEADLINES))
            unseen = Request(port, body=body(folder, "unseen", UNSEEN))
            save = Request(port, body=body(folder, "save", SAVE))
            variables = {"id": project["id"], "revision": project["revision"]}
            make = Request(port, body=body(folder, "make", MAKE, variables))
            # wrk sees only statuses: that these do what they say is looked at once.
            saved = ask(port, SAVE.replace("@N@", "0"))["saveProject"]["__typename"]
            made = [one.get("created") for one in ask(port, MAKE, variables).values()]
            if (saved, made) != ("ProjectSaved", [True, True]):
                raise SystemExit(f"the mutations do not do what is to be measured: {saved}, {made}")
            memory(process.pid, plan, unseen, desk, chosen.requests, say)
            waiting(
                {
                    "a kept plan, 8 × every 40 ms": (replace(plan, pause=40), 8),
                    "a page of deadlines, 4 × 100 ms": (replace(desk, pause=100), 4),
                    "saving a project, 2 × 100 ms": (replace(save, pause=100), 2),
                    "making two plans, 1 × 500 ms": (replace(make, pause=500), 1),
                },
                chosen.seconds,
                say,
            )
    steps(query, say)
    with chosen.out.open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
