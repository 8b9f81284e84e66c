"""Hot reload: changed rule files are tried in a child process and, when they may be used, take the place of the old between requests.

One thread for each server looks at the files every second. A change is acted on once the files have been quiet for a moment, so that a
file an editor is half through writing is not taken for a mistake. Whatever goes wrong, the rulebook in use stays, and `Live.refused` says
why the newer one is not taken. A request keeps the rulebook it began with.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TypeAlias

from planner import DiagnosticError, Planner
from planner.checks.standing import ships_with_the_program
from planner.rulebook.calendar_files import load_calendar
from planner.rulebook.layers import is_scratch, layer_folders
from planner.rulebook.load import calendar_folders, packaged_rules
from planner_api.live import InUse, Live, Refusal, in_use
from planner_api.settings import Settings
from planner_api.store.interface import StoreUnavailable
from planner_api.trial import Verdict, start, unfinished, verdict_in
from planner_api.versions import Versions, digest_of_files, top_of

log = logging.getLogger("planner_api")

Signature: TypeAlias = frozenset[tuple[str, int, int, int, int]]
"""Every rule file there is, with what changes when it is written."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often files are looked at, how long they must have been quiet, and how long a check may take. In seconds."""

    look: float = 1.0
    settle: float = 0.5
    check: float = 900.0


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The files are those of the rulebook in use. `changed`: they were not before."""

    in_use: InUse
    changed: bool


Outcome: TypeAlias = Reloaded | Refusal


class Reloader:
    """Keeps a server's rulebook up with its files, those that `settings.rules` names.

    `start` with the application and `stop` with it. With `settings.watch` off, or for the rulebook inside the installed package, files are
    only looked at when asked.
    """

    def __init__(
        self, settings: Settings, live: Live, versions: Versions, today: Callable[[], date], pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._live = live
        self._versions = versions
        self._today = today
        self._pace = pace or Pace()
        self._top = top_of(settings.rules)
        self._watching = settings.watch and not ships_with_the_program(self._top)
        self._wake, self._stopping = Event(), Event()
        self._lock = Lock()
        self._asked: list[Future[Outcome]] = []
        self._thread: Thread | None = None
        self._tried: Signature | None = None
        self._kept = ""

    # -- for the rest of the server ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look at the files, in a thread of its own; calling again changes nothing."""
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = Thread(target=self._run, name="rulebook-reload", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop looking; a check under way is ended."""
        self._stopping.set()
        self._wake.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    def ask(self) -> Future[Outcome]:
        """Have the files looked at now, whether or not they are watched; what comes of it is in the future."""
        future: Future[Outcome] = Future()
        with self._lock:
            self._asked.append(future)
        self.start()
        self._wake.set()
        return future

    def reload_now(self, timeout: float) -> Outcome | None:
        """As `ask`, waiting for what comes of it; None when that takes longer than `timeout` seconds: the check then goes on."""
        try:
            return self.ask().result(timeout)
        except TimeoutError:
            return None

    # -- the thread -------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:
                log.exception("looking at the rule files failed")
            self._wake.wait(self._pace.look if self._watching or not self._kept else None)
            self._wake.clear()
        self._answer(_unfinished("服务正在停止，没有换用规则库"))

    def _look(self) -> None:
        """Keep what is in use, and act on a change or a question."""
        self._keep(self._live.in_use)
        with self._lock:
            asked = bool(self._asked)
        if asked or (self._watching and self._signature() != self._tried):
            outcome = self._attempt()
            if outcome is not None:
                self._answer(outcome)

    def _answer(self, outcome: Outcome) -> None:
        with self._lock:
            waiting, self._asked = self._asked, []
        for future in waiting:
            with suppress(Exception):  # nobody waits any more
                future.set_result(outcome)

    def _attempt(self) -> Outcome | None:
        """Take the files as they are into use, or say why not; None when the server stops first."""
        while not self._stopping.is_set():
            self._tried = self._settled()
            if self._is_in_use():
                if self._live.refused is not None:
                    self._live.refused = None
                    log.info("the rule files are again those of the rulebook in use")
                return Reloaded(self._live.in_use, changed=False)
            verdict = self._trial(self._tried)
            if verdict is None:
                continue
            try:
                outcome = self._refuse(verdict) if verdict.problems else self._take(verdict)
            except DiagnosticError as error:
                # Files that changed after the trial are looked at anew; otherwise this rulebook makes no schema.
                outcome = self._refuse(Verdict(problems=error.diagnostics)) if self._signature() == self._tried else None
            except Exception:
                log.exception("taking a rulebook into use failed")
                outcome = self._refuse(Verdict(problems=(unfinished("换用规则库时出错，已记入服务器日志"),)))
            if outcome is not None:
                return outcome
        return None

    def _take(self, verdict: Verdict) -> Reloaded | None:
        """Load what was tried and swap it in; None when the files are no longer what was tried."""
        planner = Planner.from_files(self._settings.rules)
        if (planner.rulebook.digest, planner.calendar.digest) != (verdict.rulebook, verdict.calendar):
            return None
        if verdict.unchecked:
            planner = replace(planner, unchecked=verdict.unchecked)
        planner.engine(planner.rulebook.at(self._today()))  # compiled before the first asker waits for it
        new = in_use(planner)
        self._keep(new)
        old = self._live.in_use.digest
        self._live.swap(new)
        log.info("rulebook %s taken into use in place of %s", new.digest[:12], old[:12])
        return Reloaded(new, changed=True)

    def _refuse(self, verdict: Verdict) -> Refusal:
        before = self._live.refused
        if before is None or before.problems != verdict.problems:
            told = "\n".join(f"  {one}" for one in verdict.problems[:20])
            log.error("changed rules are not taken into use, the old rulebook stays:\n%s", told)
        return self._live.refuse(verdict.problems)

    def _keep(self, using: InUse) -> None:
        """Keep the rulebook in use among the versions; tried again later when the store does not answer."""
        if self._kept == using.digest:
            return
        try:
            self._versions.keep(using.planner, self._settings.rules)
            self._kept = using.digest
        except StoreUnavailable:
            log.warning("the rulebook %s is in use but not kept yet: no store", using.digest[:12])

    # -- the child --------------------------------------------------------------------------------------------------------

    def _trial(self, files: Signature) -> Verdict | None:
        """What the child says; None when the files changed meanwhile or the server stops."""
        ends = time.monotonic() + self._pace.check
        with tempfile.TemporaryFile() as output:
            try:
                child = start(self._settings.rules, self._today(), self._settings.allow_unchecked, output)
            except OSError as error:
                return Verdict(problems=(unfinished(f"检查规则库的子进程起不来：{error.strerror or error}"),))
            try:
                while True:
                    with suppress(subprocess.TimeoutExpired):
                        code = child.wait(self._pace.look / 4)
                        output.seek(0)
                        return verdict_in(output.read(), code)
                    if self._stopping.is_set() or self._signature() != files:
                        return None
                    if time.monotonic() > ends:
                        return Verdict(problems=(unfinished(f"检查规则库超过 {self._pace.check:g} 秒没有结束"),))
            finally:
                _end(child)

    # -- the files --------------------------------------------------------------------------------------------------------

    def _settled(self) -> Signature:
        """The files once nothing has changed for a moment."""
        found = self._signature()
        while not self._stopping.wait(self._pace.settle):
            now = self._signature()
            if now == found:
                break
            found = now
        return found

    def _is_in_use(self) -> bool:
        """Whether the files say what the rulebook and calendar in use say, whatever their times."""
        planner = self._live.in_use.planner
        if digest_of_files(self._top) != planner.rulebook.digest:
            return False
        calendar, _ = load_calendar(calendar_folders(self._top))
        return calendar is not None and calendar.digest == planner.calendar.digest

    def _signature(self) -> Signature:
        layers, _ = layer_folders(self._top, packaged_rules(), [])
        folders = dict.fromkeys([self._top, *layers, *calendar_folders(self._top)])
        return frozenset(entry for folder in folders for entry in _stats(folder))


def _stats(folder: Path) -> list[tuple[str, int, int, int, int]]:
    found = []
    for above, _, names in os.walk(folder):
        for name in names:
            if not name.endswith((".yaml", ".yml", ".csv")) or is_scratch(Path(name)):
                continue
            path = Path(above, name)
            try:
                at = path.stat()
            except OSError:
                continue  # gone between the two looks: the next one will tell
            found.append((str(path), at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_ino))
    return found


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and those it started, if it is still there."""
    if child.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
    child.wait()


def _unfinished(message: str) -> Refusal:
    """A refusal of what came to no verdict."""
    return Refusal(datetime.now(UTC), (unfinished(message),))
