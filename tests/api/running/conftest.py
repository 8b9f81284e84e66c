"""An issuer of tokens with its keys on a real port, and servers as processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from planner_api.settings import SignIn

COMMAND = [sys.executable, "-c", "from planner.cli.main import main; main()", "serve"]
Start = Callable[..., "subprocess.Popen[str]"]
ISSUER, AUDIENCE = "https://sign-in.example.cn", "planner"


@dataclass
class Answer:
    """What an address answers, and how often it was asked."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    asked: int = 0
    elsewhere: bytes = b""
    """What is to be had at another path."""


@dataclass
class Site:
    """A web server whose answer tests may change."""

    url: str
    answer: Answer


@pytest.fixture
def site() -> Iterator[Site]:
    answer = Answer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = self.path == "/jwks.json"
            body = answer.body if here else answer.elsewhere
            answer.asked += 1
            time.sleep(answer.wait)
            self.send_response(answer.status if here else 200)
            for name, value in answer.headers.items() if here else ():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}/jwks.json", answer)
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class Signer:
    """A private key and what others may know of it."""

    kid: str
    algorithm: str
    private: Any

    @property
    def public(self) -> dict[str, Any]:
        made: Any = RSAAlgorithm if self.algorithm.startswith(("RS", "PS")) else ECAlgorithm
        return {**made.to_jwk(self.private.public_key(), as_dict=True), "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def token(self, header: Mapping[str, Any] = {}, **claims: Any) -> str:
        now = int(time.time())
        whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 600, "roles": ["policy"], **claims}
        whole = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(whole, self.private, self.algorithm, {"kid": self.kid, **header})


def jwks(*signers: Signer, more: tuple[dict[str, Any], ...] = ()) -> bytes:
    return json.dumps({"keys": [*(signer.public for signer in signers), *more]}).encode()


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("one", "RS256", rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="session")
def other_signer() -> Signer:
    return Signer("two", "RS256", rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="session")
def curve_signer() -> Signer:
    return Signer("three", "ES256", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def sign_in(tmp_path: Path, signer: Signer) -> SignIn:
    """Signed tokens by a file of keys."""
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(signer))
    return SignIn(ISSUER, AUDIENCE, ("RS256",), str(path))


@pytest.fixture
def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    """What a process of the server sees: the program, and a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLANNER_", "OTEL_", "PROMETHEUS_"))}
    kept["PLANNER_CACHE"] = os.environ["PLANNER_CACHE"]
    return {
        **kept,
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'graphql'}",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


@pytest.fixture
def start(root: Path, environment: dict[str, str]) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def one(*arguments: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=root,
            env={**environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """Where a server says that it is."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+?(?=/graphql)", line)
    assert found, (line, process.communicate())
    return found.group()


def refused(process: subprocess.Popen[str]) -> str:
    """What a server that did not start said."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2, err
    assert out == ""
    assert "Traceback" not in err
    return err


def log_lines(text: str) -> list[dict[str, Any]]:
    """The lines of a log, each of which must be JSON."""
    return [json.loads(line) for line in text.splitlines()]
