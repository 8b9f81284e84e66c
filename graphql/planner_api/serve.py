"""`planner serve`: the application on a port of this machine."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from planner import Diagnostic, DiagnosticError, Planner
from planner_api.app import LOOPBACK_NAMES, create_app, today_in_china


def serve(host: str, port: int, rules: Path | None = None, allow_unchecked: bool = False) -> None:
    """Serve until told to stop (Ctrl+C or SIGTERM, after which the process exits with 0).

    Raises `DiagnosticError` with every reason not to start: an address outside this machine, a busy port, a rulebook with mistakes or (unless
    `allow_unchecked`) one that did not pass its check.
    """
    problems = _outside(host)
    listener: socket.socket | None = None
    planner: Planner | None = None
    if not problems:
        try:
            listener = listen(host, port)
        except DiagnosticError as error:
            problems += error.diagnostics
    try:
        planner = Planner.load(rules, allow_unchecked=allow_unchecked, announce=_say)
    except DiagnosticError as error:
        problems += error.diagnostics
    if listener is None or planner is None:
        if listener is not None:
            listener.close()
        raise DiagnosticError(problems)
    with closing(listener):
        app = create_app(planner, hosts=(*LOOPBACK_NAMES, host))
        planner.engine(planner.rulebook.at(today_in_china()))  # compiled before the first asker waits for it
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                proxy_headers=False,
                server_header=False,
                limit_concurrency=64,
                timeout_graceful_shutdown=10,
            )
        )
        # uvicorn finishes the answers under way, then passes the signal on.
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        print(f"GraphQL 服务已启动：http://{shown}:{address[1]}/graphql（Ctrl+C 停止）", flush=True)
        server.run(sockets=[listener])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _outside(host: str) -> list[Diagnostic]:
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if inside:
        return []
    message = f"不能在“{host}”上提供服务：服务还没有鉴权，任何人都能访问，所以只在本机监听"
    return [Diagnostic("L701", message, help="写 --host 127.0.0.1，或者不写", field="--host")]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `DiagnosticError` when the port cannot be had."""
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Listening at once: until then a second server could bind the same port.
        listener.listen(128)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise DiagnosticError(
            [Diagnostic("L703", f"端口 {port} 用不了：{_reason(error)}", help="换一个端口，例如 --port 8001", field="--port")]
        ) from error
    return listener


def _reason(error: OSError) -> str:
    return {errno.EADDRINUSE: "已被别的程序占用", errno.EACCES: "没有权限"}.get(error.errno or 0, error.strerror or str(error))
