"""The full plan query (every field of a kept plan) under wrk, side by side in one run, one process each:

- our server, answering repeated queries from memory, with that turned off, and with If-None-Match (304);
- stock strawberry: the same types over the same frozen plan, its own ASGI door, no extensions;
- mercurius with jit on Node: the same schema, the same plan as plain objects;
- raw starlette: a constant response of the same bytes, and an empty 304.

Nothing is measured before all of them have given the same answer. Rounds are interleaved, so that a busy minute of the machine falls on all.

python benchmarks/graphql_server.py [--rounds 5] [--seconds 5] [--out FILE]

It needs wrk and, for mercurius, node with the packages of benchmarks/peers/mercurius (`npm ci` there); what is missing is named and left
out. The file is not called graphql.py: run as a script it would hide graphql-core from everything it imports.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
CONNECTIONS = 8

Json: TypeAlias = Any


@dataclass(frozen=True)
class Request:
    """One request that is sent again and again. `body`: a file to POST; None for GET. `pause`: milliseconds before the next one."""

    port: int
    target: str = "/graphql"
    body: Path | None = None
    etag: str = ""
    pause: int = 0
    first: int = 0
    """The number before the first that stands for `@N@` in the body."""
    process: int = 0
    """The server's process, whose processor time is wanted; 0 when it is not."""


@dataclass(frozen=True)
class Outcome:
    """What one run of wrk found. Latencies in milliseconds. `failed`: what wrk counts as errors, any status from 400 on included."""

    requests: int
    per_second: float
    p50: float
    p99: float
    failed: int
    cpu: float
    """Processor time of the server for each request, in milliseconds: what a busy machine changes least. 0 when not asked for."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that answers on a port; stopped at the end."""
    with (
        tempfile.TemporaryFile() as said,
        # A group of its own: `node` may be a script that starts node, and stopping the script would leave node running.
        subprocess.Popen([str(c) for c in command], stdout=said, stderr=subprocess.STDOUT, start_new_session=True) as process,
    ):
        try:
            began = time.monotonic()
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None or time.monotonic() - began > 60:
                    said.seek(0)
                    raise SystemExit(f"did not start: {' '.join(map(str, command))}\n{said.read().decode()[-2000:]}")
                time.sleep(0.05)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def hammer(request: Request, seconds: float, connections: int = CONNECTIONS) -> Outcome:
    """wrk on one request for a time."""
    environment = dict(os.environ, TARGET=request.target, PAUSE=str(request.pause), FIRST=str(request.first))
    if request.body:
        environment["BODY"] = str(request.body)
    if request.etag:
        environment["ETAG"] = request.etag
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s", "-s", str(PEERS / "request.lua")]
    before = processor_seconds(request.process)
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{request.port}"], env=environment, check=True, capture_output=True, text=True
    )
    found = json.loads(next(line for line in ran.stdout.splitlines() if line.startswith("RESULT ")).removeprefix("RESULT "))
    spent = processor_seconds(request.process) - before
    rate, each = found["requests"] / found["microseconds"] * 1e6, spent / max(1, found["requests"]) * 1000
    return Outcome(found["requests"], rate, found["p50"] / 1000, found["p99"] / 1000, found["failed"], each)


def processor_seconds(process: int) -> float:
    """What a process and those it started have used of processors so far (Linux)."""
    if not process:
        return 0.0
    figures = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    started = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(one)) for one in started)


def ask(port: int, query: str, variables: Mapping[str, Json] | None = None) -> Json:
    """The data of an answer that must have no errors."""
    with httpx.Client(timeout=60, trust_env=False) as http:
        answer = http.post(f"http://127.0.0.1:{port}/graphql", json={"query": query, "variables": variables or {}})
    found = answer.json()
    if "errors" in found:
        raise SystemExit(f"{found['errors'][:3]}")
    return found["data"]


def full_plan_query(port: int) -> str:
    """A query for every field of a kept plan's content, made from what the server says of itself."""
    reference = "name ofType { name ofType { name ofType { name } } }"
    found = ask(
        port,
        f"{{ __schema {{ types {{ kind name possibleTypes {{ name }} fields {{ name args {{ name }} type {{ {reference} }} }} }} }} }}",
    )
    schema = {t["name"]: t for t in found["__schema"]["types"]}

    def named(of: Json) -> str:
        return named(of["ofType"]) if of.get("ofType") else str(of["name"])

    def selection(name: str) -> str:
        kind = schema[name]
        if kind["kind"] == "UNION":
            return "{__typename " + " ".join(f"... on {t['name']} {selection(t['name'])}" for t in kind["possibleTypes"]) + "}"
        if kind["kind"] == "OBJECT":
            return "{__typename " + " ".join(f["name"] + selection(named(f["type"])) for f in kind["fields"]) + "}"
        return ""

    return f"query FullPlan($id: ID!) {{ plan(id: $id) {{ id content {selection('Plan')} }} }}"


def kept_plan(port: int) -> tuple[str, bytes]:
    """The example hospital's plan: its id, and the plan as the library writes it."""
    query = '{ projects(filter: {search: "医院"}, first: 1) { edges { node { plan { id documents { json } } } } } }'
    plan = ask(port, query)["projects"]["edges"][0]["node"]["plan"]
    document = answer_of(Request(port, plan["documents"]["json"]))
    if document.status_code != 200:
        raise SystemExit(f"{plan['documents']['json']}: {document.status_code} {document.text[:300]}")
    return str(plan["id"]), document.content


def plain(value: Json) -> Json:
    """JSON, numbers and order and all, as one comparable text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def answer_of(request: Request) -> httpx.Response:
    headers = {"accept": "application/json", "content-type": "application/json"}
    if request.etag:
        headers["if-none-match"] = request.etag
    with httpx.Client(timeout=120, trust_env=False) as http:
        address = f"http://127.0.0.1:{request.port}{request.target}"
        if request.body:
            return http.post(address, content=request.body.read_bytes(), headers=headers)
        return http.get(address, headers=headers)


OURS, OURS_304, OURS_FRESH = "ours, repeated", "ours, 304", "ours, not from memory"
QUIET_304 = "ours, 304, no log or figures"
STOCK, MERCURIUS, CONSTANT, CONSTANT_304 = (
    "stock strawberry",
    "mercurius with jit",
    "starlette, constant",
    "starlette, constant 304",
)
PAIRS = (
    (OURS, STOCK, "aim 20 at least"),
    (OURS, MERCURIUS, "aim 1 at least"),
    (OURS_FRESH, STOCK, "aim 1 at least"),
    (OURS_FRESH, MERCURIUS, ""),
    (OURS_304, CONSTANT_304, "aim near 1"),
    (QUIET_304, CONSTANT_304, "no log line for each request, as starlette"),
    (OURS, CONSTANT, ""),
)


def start_all(stack: ExitStack, folder: Path, say: Callable[[str], None]) -> dict[str, Request]:
    """Every server with its request. Stops the run unless all give the same answer."""

    def start(command: Sequence[str | Path], port: int) -> int:
        return stack.enter_context(running(command, port)).pid

    database = f"sqlite:///{folder / 'planner.db'}"
    port, fresh_port, quiet_port = free_port(), free_port(), free_port()
    serve = [sys.executable, "-m", "planner.cli", "serve", "--database", database, "--no-watch", "--port"]
    ours = start([*serve, str(port)], port)
    quiet = start([*serve, str(quiet_port), "--log-level", "warning", "--no-metrics"], quiet_port)
    fresh = start([sys.executable, PEERS / "uncached.py", database, str(fresh_port)], fresh_port)
    identity, document = kept_plan(port)
    query = full_plan_query(port)
    body = folder / "body.json"
    variables = {"id": identity}
    body.write_text(json.dumps({"query": query, "variables": variables}), encoding="utf-8")
    requests = {OURS: Request(port, body=body, process=ours), OURS_FRESH: Request(fresh_port, body=body, process=fresh)}
    first = answer_of(requests[OURS])
    data = first.json().get("data")
    if first.status_code != 200 or not data:
        raise SystemExit(f"our server: {first.status_code} {first.text[:500]}")
    target = f"/graphql?query={quote(query)}&variables={quote(json.dumps(variables))}"
    etag = answer_of(Request(port, target)).headers.get("etag", "")
    if not etag:
        raise SystemExit("our server gives no ETag for a GET of the plan")
    requests[OURS_304] = Request(port, target, etag=etag, process=ours)
    requests[QUIET_304] = Request(quiet_port, target, etag=etag, process=quiet)
    answer_of(Request(quiet_port, target))
    say(f"answer {len(first.content):,} bytes, query {len(query):,}")

    (folder / "answer.json").write_bytes(first.content)
    (folder / "plan.json").write_bytes(document)
    (folder / "data.json").write_text(json.dumps(data["plan"], ensure_ascii=False), encoding="utf-8")
    port = free_port()
    stock = start([sys.executable, PEERS / "stock.py", folder / "plan.json", identity, str(port)], port)
    requests[STOCK] = Request(port, body=body, process=stock)
    port = free_port()
    constant = start([sys.executable, PEERS / "constant.py", folder / "answer.json", etag, str(port)], port)
    requests[CONSTANT] = Request(port, body=body, process=constant)
    requests[CONSTANT_304] = Request(port, target, etag=etag, process=constant)
    if not shutil.which("node") or not (PEERS / "mercurius" / "node_modules").is_dir():
        say("mercurius left out: it needs node, and `npm ci` in benchmarks/peers/mercurius")
    else:
        text = subprocess.run([sys.executable, PEERS / "stock.py", "--schema"], check=True, capture_output=True).stdout
        (folder / "schema.graphql").write_bytes(text)
        port = free_port()
        command: list[str | Path] = ["node", PEERS / "mercurius" / "server.js", folder / "schema.graphql", folder / "data.json"]
        requests[MERCURIUS] = Request(port, body=body, process=start([*command, str(port)], port))

    for name, request in requests.items():
        found = answer_of(request)
        if request.etag:
            if (found.status_code, found.content, found.headers.get("etag")) != (304, b"", etag):
                raise SystemExit(f"{name}: {found.status_code} {found.headers.get('etag')}, not an empty 304 with {etag}")
        elif plain(found.json().get("data")) != plain(data):
            raise SystemExit(f"{name} answers otherwise: {found.status_code} {found.text[:500]}")
    return requests


def table(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """A line for each server, and the ratios with their spread over the rounds."""
    lines = [f"{'median over the rounds':28} {'requests/s':>11} {'p50 ms':>9} {'p99 ms':>9} {'best p99':>9} {'CPU ms each':>12}"]
    for name, rounds in outcomes.items():
        rate, p50, p99, cpu = (statistics.median(getattr(o, f) for o in rounds) for f in ("per_second", "p50", "p99", "cpu"))
        lines.append(f"{name:28} {rate:11,.1f} {p50:9.2f} {p99:9.2f} {min(o.p99 for o in rounds):9.2f} {cpu:12.3f}")
        if failed := sum(o.failed for o in rounds):
            lines.append(f"{'':28} failed: {failed}")
    lines.append(f"\n{'times as fast (lowest, highest)':58} {'by the clock':>22} {'by CPU time':>22}")
    for one, other, aim in PAIRS:
        if one in outcomes and other in outcomes:
            pairs = list(zip(outcomes[one], outcomes[other], strict=True))
            clock, cpu_time = ([a.per_second / b.per_second for a, b in pairs], [b.cpu / a.cpu for a, b in pairs])
            lines.append(f"{one + ' / ' + other:58} {spread(clock):>22} {spread(cpu_time):>22}  {aim}".rstrip())
    rates = [o.per_second for o in outcomes[CONSTANT]]
    lines.append(
        f"\nnoise: {CONSTANT} varied by {max(rates) / min(rates):.2f} × over the rounds; load average {os.getloadavg()[1]:.1f}"
    )
    return lines


def spread(ratios: Sequence[float]) -> str:
    digits = 0 if statistics.median(ratios) >= 100 else 2
    return f"{statistics.median(ratios):.{digits}f} ({min(ratios):.{digits}f}, {max(ratios):.{digits}f})"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "graphql.txt")
    chosen = options.parse_args()
    if not shutil.which("wrk"):
        print("graphql_server.py: wrk is missing (Debian: apt-get install wrk); nothing measured")
        return
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        requests = start_all(stack, Path(folder), say)
        outcomes: dict[str, list[Outcome]] = {name: [] for name in requests}
        for request in requests.values():
            hammer(request, 2)  # warm: compiled by jit, kept in memory
        for number in range(chosen.rounds):
            # Each round begins with another, so that none always follows the same one.
            order = list(requests)
            for name in order[number % len(order) :] + order[: number % len(order)]:
                outcomes[name].append(hammer(requests[name], chosen.seconds))
        say(f"{chosen.rounds} rounds of {chosen.seconds:g} s, {CONNECTIONS} connections, one process each\n")
        for line in table(outcomes):
            say(line)
    chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
