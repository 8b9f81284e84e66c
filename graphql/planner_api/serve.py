"""`planner serve`: the application on a port, in one process or several.

This module and what it imports at its top stay light: a worker process imports it before anything can ask whether it is alive.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from planner.diagnostics import Diagnostic, DiagnosticError, Severity, did_you_mean, in_reading_order
from planner_api.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from planner import Planner
    from planner_api.service import Service

GRACE_SECONDS = 10
"""How long answers under way may take once the server is told to stop."""
CONNECTIONS = 2_000
"""Connections at one time and process; beyond it, 503 at once."""
MESSAGE_BYTES = 1_000_000
HEALTH_SECONDS = 30
"""How long a worker may be deaf before it is replaced. Compiling rules can keep it busy for seconds."""
AGAIN_SECONDS = 3.0
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str = "127.0.0.1"
    port: int = 8000


def serve(address: Address, settings: Settings) -> None:
    """Serve until told to stop (Ctrl+C or SIGTERM, after which the process exits with 0).

    Raises `DiagnosticError` with every reason not to start.
    """
    from planner_api.observe import logs

    logs.configure(settings.log_level or "info")
    problems = outside(address.host, settings)
    listener = _collect(problems, lambda: listen(address.host, address.port)) if not problems else None
    problems += contradictions(settings)
    planner = _collect(problems, lambda: load_planner(settings))
    folder = _shared_figures(settings)
    service = _collect(problems, lambda: _open_service(settings, planner)) if not problems else None
    if problems or listener is None or planner is None or service is None:
        if listener is not None:
            listener.close()
        if service is None:
            problems += _sign_in_problems(settings, problems)
        raise DiagnosticError(problems)
    _warn(planner, service)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with closing(listener):
        for line in _greeting(listener, settings):
            print(line, flush=True)
        if settings.workers > 1:
            service.store.close()
            _run_several(listener, settings, folder)
        else:
            _run_one(listener, settings, service)


def load_planner(settings: Settings) -> Planner:
    """The planner with its engine for today compiled, before the first asker waits for it."""
    from planner import Planner
    from planner_api.service import today_in_china

    planner = Planner.load(settings.rules, allow_unchecked=settings.allow_unchecked, announce=_say)
    planner.engine(planner.rulebook.at(today_in_china()))
    return planner


def outside(host: str, settings: Settings) -> list[Diagnostic]:
    """The problem of an address beyond this machine on a server that lets everybody in."""
    if settings.sign_in.configured or is_this_machine(host):
        return []
    message = f"不能在“{host}”上提供服务：没有配置登录，任何人都能看、能改，所以只在本机监听"
    fix = "配置 --jwks（或 --tokens）再对外服务；只在本机用就写 --host 127.0.0.1，或者不写"
    return [Diagnostic("L701", message, help=fix, field="--host")]


def is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def contradictions(settings: Settings) -> list[Diagnostic]:
    """Everything in the settings that cannot be meant."""
    from planner_api.frame import origin_problem
    from planner_api.http.trusted import read_trusted
    from planner_api.signin.keys import ALGORITHMS, address_problem, is_address
    from planner_api.store.database import database_url

    found: list[Diagnostic] = []

    def wrong(message: str, field: str, help: str = "") -> None:
        found.append(Diagnostic("L706", message, help=help, field=field))

    entry = settings.sign_in
    if entry.keys:
        if is_address(entry.keys) and (problem := address_problem(entry.keys)):
            wrong(f"签名公钥的地址“{entry.keys}”不能用：{problem}", "--jwks")
        for value, option, why in (
            (entry.issuer, "--issuer", "签发者（iss）"),
            (entry.audience, "--audience", "受众（aud）"),
            (entry.algorithms, "--algorithm", "签名算法"),
        ):
            if not value:
                wrong(f"写了 --jwks，还要写{why}", option, "例如 --algorithm RS256" if option == "--algorithm" else "")
    elif entry.issuer or entry.audience or entry.algorithms:
        wrong("写了签发者、受众或算法，但没有写签名公钥", "--jwks", "补上 --jwks，或者删去 --issuer、--audience、--algorithm")
    for word in entry.algorithms:
        if word not in ALGORITHMS:
            likely = did_you_mean(word, ALGORITHMS)
            wrong(f"不能用算法“{word}”：只用公钥算法", "--algorithm", likely or "可以写：" + "、".join(ALGORITHMS))
    for origin in settings.origins:
        if problem := origin_problem(origin):
            wrong(f"网页来源“{origin}”写法不对：{problem}", "--origin")
    for proxy in settings.proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            wrong(f"代理的地址“{proxy}”不是 IP 地址或网段", "--trusted-proxy", "例如 127.0.0.1 或 10.0.0.0/8")
    for read in (lambda: database_url(settings.database), lambda: settings.trusted and read_trusted(settings.trusted)):
        _collect(found, read)
    if settings.workers > 1 and sys.platform == "win32":
        wrong("Windows 上只能用一个进程", "--workers", "不写 --workers")
    return found


def _sign_in_problems(settings: Settings, known: list[Diagnostic]) -> list[Diagnostic]:
    """Problems of keys and tokens, for when the service was not opened and so nobody looked yet."""
    from planner_api.signin import Authenticator

    if any(problem.field in ("--jwks", "--algorithm") for problem in known):
        settings = replace(settings, sign_in=replace(settings.sign_in, keys=""))
    try:
        Authenticator.open(settings.sign_in)
    except DiagnosticError as error:
        return [problem for problem in error.diagnostics if problem not in known]
    return []


def _collect(problems: list[Diagnostic], make: Callable[[], Any]) -> Any:
    try:
        return make()
    except DiagnosticError as error:
        problems += error.diagnostics
        return None


def _open_service(settings: Settings, planner: Planner) -> Service:
    from planner_api.service import open_service

    # The parent of several processes serves nothing itself.
    mine = replace(settings, metrics=False, traces=settings.traces and settings.workers == 1) if settings.workers > 1 else settings
    return open_service(mine, planner)


def _warn(planner: Planner, service: Service) -> None:
    book = planner.rulebook
    departments = [department.bureau for versions in book.departments.values() for department in versions]
    warnings = [
        *(problem for problem in planner.warnings if problem.severity is Severity.WARNING),
        *service.authenticator.file.unknown_names(departments, list(book.teams)),
    ]
    for warning in in_reading_order(warnings):
        _say(str(warning))


def _greeting(listener: socket.socket, settings: Settings) -> list[str]:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [f"GraphQL 服务已启动：{base}/graphql（Ctrl+C 停止）"]
    if settings.graphiql:
        lines.append('用浏览器打开这个地址就能查询；前端用 POST 发 JSON：{"query": "{ rulebook { digest } }"}')
    else:
        lines.append("查询用 POST 发 JSON，请求头写 Authorization: Bearer <令牌>")
    if not settings.sign_in.configured:
        lines.append("没有配置登录：只在本机服务，来访的人都当作管理员")
    return lines


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _shared_figures(settings: Settings) -> tempfile.TemporaryDirectory[str] | None:
    """A folder through which several processes add up their figures; named in the environment before any of them begins."""
    if settings.workers == 1 or not settings.metrics:
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        return None
    folder = tempfile.TemporaryDirectory(prefix="planner-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder.name
    return folder


def _config(app: Any, settings: Settings, workers: int = 1, factory: bool = False) -> uvicorn.Config:
    import uvicorn

    return uvicorn.Config(
        app,
        factory=factory,
        workers=workers,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a few bytes sent may unpack to many
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=HEALTH_SECONDS,
    )


def _run_one(listener: socket.socket, settings: Settings, service: Service) -> None:
    import uvicorn

    # uvicorn finishes the answers under way, then passes the signal on, to `_stop`.
    uvicorn.Server(_config(application(service), settings)).run(sockets=[listener])


def _run_several(listener: socket.socket, settings: Settings, folder: tempfile.TemporaryDirectory[str] | None) -> NoReturn:
    from uvicorn.supervisors import Multiprocess

    worker = Worker(replace(settings, examples=False), time.time())
    try:
        listener.set_inheritable(True)
        supervisor = Multiprocess(_config(worker, settings, settings.workers, factory=True), sockets=[listener])
        supervisor.run()
    finally:
        if folder is not None:
            folder.cleanup()
    failed = any(process.exitcode not in (0, None, -signal.SIGTERM, -signal.SIGINT) for process in supervisor.processes)
    sys.exit(2 if failed else 0)


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes the application in a process of its own. What it needs goes there through a pipe, so that no list of processes shows it."""

    settings: Settings
    began: float

    def __call__(self) -> Starlette:
        from planner_api.observe import logs

        threading.Thread(target=_die_with_parent, daemon=True).start()
        logs.configure(self.settings.log_level or "info")
        try:
            return self._application()
        except DiagnosticError as error:
            for problem in error.diagnostics:
                _say(str(problem))
        # The parent has begun with these very settings, so what fails now may mend: the others go on, and this one is tried again.
        time.sleep(AGAIN_SECONDS)
        os._exit(1)

    def _application(self) -> Starlette:
        from planner_api.observe.metrics import FOLDER, forget_dead_processes
        from planner_api.service import open_service

        if FOLDER in os.environ:
            forget_dead_processes(Path(os.environ[FOLDER]))
        refused: tuple[Diagnostic, ...] = ()
        try:
            planner = load_planner(self.settings)
        except DiagnosticError as error:
            # Rule files that were broken since the server began must not take it down bit by bit, as its workers are replaced.
            planner, refused = self._last_good(error), error.diagnostics
        service = open_service(self.settings, planner, patient=True)
        if refused:
            service.live.refuse(refused)
        return application(service)

    def _last_good(self, error: DiagnosticError) -> Planner:
        """The rulebook that was taken into use last, from where the service keeps them. Raises `error` when there is none."""
        from planner import Planner
        from planner_api.service import today_in_china
        from planner_api.store.records import PageRequest
        from planner_api.store.sql import open_store
        from planner_api.versions import unpacked

        with closing(open_store(self.settings.database)) as store:
            newest = store.rulebooks(PageRequest(1)).rows
            kept = store.rulebook(newest[0].digest) if newest else None
        if kept is None:
            raise error
        with unpacked(kept.archive) as top:
            planner = Planner.from_files(top)
            planner.engine(planner.rulebook.at(today_in_china()))
        return planner


def _die_with_parent() -> None:
    """End with the parent, however it ended: a worker left alone would hold the port for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def application(service: Service) -> Starlette:
    """The application as this process serves it: told to stop, it ends what would go on for ever before it waits for the rest."""
    from planner_api.app import create_app

    app = create_app(service)
    inside = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(one: Starlette) -> AsyncIterator[Any]:
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            _also(number, lambda: loop.call_soon_threadsafe(service.hub.dismiss))
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, lambda _number, _frame: loop.call_soon_threadsafe(service.reloader.ask) and None)
        async with inside(one) as state:
            yield state

    app.router.lifespan_context = lifespan
    return app


def _also(number: signal.Signals, told: Callable[[], object]) -> None:
    """Tell of a signal before whoever hears of it already (the server, which puts its own back in the end)."""
    before = signal.getsignal(number)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return

    def both(signum: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):
            told()
        before(signum, frame)

    signal.signal(number, both)


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
        listener.listen(2048)
    except OSError as error:
        if listener is not None:
            listener.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            problem = Diagnostic("L701", f"这台机器没有地址“{host}”", help="写这台机器的地址，或 0.0.0.0", field="--host")
        else:
            fix = "换一个端口，例如 --port 8001"
            problem = Diagnostic("L703", f"端口 {port} 用不了：{_reason(error)}", help=fix, field="--port")
        raise DiagnosticError([problem]) from error
    return listener


def _reason(error: OSError) -> str:
    return {errno.EADDRINUSE: "已被别的程序占用", errno.EACCES: "没有权限"}.get(error.errno or 0, error.strerror or str(error))
