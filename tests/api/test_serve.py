"""`planner serve` as a process: starts, answers, stops, and says clearly why it does not."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.usefixtures("checked_rules")

COMMAND = [sys.executable, "-c", "from planner.cli.main import main; main()", "serve"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def one(*arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'graphql'}", "PYTHONUTF8": "1"}
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+?(?=/graphql)", line)
    assert found, line
    return found.group()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_starts_answers_and_stops(start: Start, how: signal.Signals) -> None:
    process = start("--port", "0")
    base = address(process)
    assert httpx.get(f"{base}/healthz").text == "ok"
    query = '{ planPreview(project: {name: "测试项目"}) { ... on Plan { asOf items { code } } } }'
    plan = httpx.post(f"{base}/graphql", json={"query": query}, timeout=60).json()["data"]["planPreview"]
    assert plan["items"]
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/healthz")


def test_this_machine_by_name(start: Start) -> None:
    process = start("--host", "localhost", "--port", "0")
    assert httpx.get(f"{address(process)}/healthz").text == "ok"
    process.terminate()
    assert process.wait(timeout=30) == 0


def refused(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert "Traceback" not in err
    return err


def test_a_busy_port(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(start("--port", str(port)))
    assert f"端口 {port} 用不了：已被别的程序占用" in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "example.com", ""])
def test_only_this_machine(start: Start, host: str) -> None:
    said = refused(start("--host", host, "--port", "0"))
    assert "鉴权" in said
    assert "127.0.0.1" in said


def test_every_reason_at_once(start: Start, tmp_path: Path) -> None:
    said = refused(start("--host", "0.0.0.0", "--rules", str(tmp_path / "nowhere")))
    assert "L701" in said
    assert "F001" in said
