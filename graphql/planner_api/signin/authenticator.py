"""Bearer tokens checked, and remembered while they are good."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from planner.diagnostics import Diagnostic, DiagnosticError
from planner_api.access.viewer import Viewer
from planner_api.settings import SignIn
from planner_api.signin.identity import HERE, SignedIn, SignInRefused
from planner_api.signin.keys import KeySource
from planner_api.signin.signed_tokens import UnknownKey, check_signed
from planner_api.signin.static_tokens import TokenFile, check_static, is_static, read_token_file

MOST_REMEMBERED = 10_000
LOOK_EVERY = 2.0
"""Seconds between two looks at the files."""
LONGEST_WAIT = 7 * 24 * 3600.0
"""Seconds that are slept at a time: event loops cannot sleep for years."""

log = logging.getLogger("planner_api.signin")


class Authenticator:
    """Who sends a request. Without keys and tokens everybody is the person at this machine.

    Lives on one event loop. A token that was found good is remembered by its hash until it expires, or until keys or tokens change.
    """

    def __init__(self, settings: SignIn, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.required = settings.configured
        self.keys = KeySource(settings.keys) if settings.keys else None
        self.file = TokenFile(())
        self._clock = clock
        self._remembered: OrderedDict[bytes, SignedIn] = OrderedDict()
        self._changed = asyncio.Event()
        self._mark: tuple[int, int] | None = None
        self._file_problem = ""

    @classmethod
    def open(cls, settings: SignIn, clock: Callable[[], float] = time.time, patient: bool = False) -> Authenticator:
        """With its keys and tokens read. Raises `DiagnosticError` when they cannot be; `patient`: then starts without and looks again."""
        made = cls(settings, clock)
        problems: list[Diagnostic] = []
        if settings.tokens is not None:
            try:
                made.file, made._mark = read_token_file(settings.tokens), _mark(settings.tokens)
            except DiagnosticError as error:
                problems += error.diagnostics
                made._file_problem = error.diagnostics[0].message
        if made.keys is not None:
            try:
                made.keys.open()
            except DiagnosticError as error:
                problems += error.diagnostics
                made.keys.problem = error.diagnostics[0].message
        if problems and not patient:
            raise DiagnosticError(problems)
        return made

    @property
    def problem(self) -> str:
        """Why the newest keys or tokens are not in use, in Chinese; "" when they are. The last good ones are."""
        return "；".join(p for p in (self.keys.problem if self.keys else "", self._file_problem) if p)

    @property
    def ready(self) -> bool:
        """Whether anybody could sign in at all."""
        return not self.required or bool(self.file.entries) or bool(self.keys and self.keys.keys.keys)

    def remembered(self, authorization: str | None) -> SignedIn | None:
        """Who an Authorization header stands for, where that is known already: takes microseconds and waits for nothing."""
        if not self.required:
            return HERE
        if authorization is None:
            return None
        found = self._remembered.get(_digest(authorization))
        return found if found is not None and found.expires_at > self._clock() else None

    async def check(self, authorization: str | None) -> SignedIn:
        """Who an Authorization header stands for. Raises `SignInRefused`."""
        known = self.remembered(authorization)
        if known is not None:
            return known
        token = _token(authorization)
        if is_static(token):
            found = check_static(token, self.file.entries, self._clock())
        else:
            found = await self._check_signed(token)
        assert authorization is not None
        self._remember(_digest(authorization), found)
        return found

    async def viewer_of(self, authorization: str | None) -> Viewer:
        """The viewer alone. Raises `SignInRefused`."""
        return (await self.check(authorization)).viewer

    async def ended(self, authorization: str | None, signed_in: SignedIn) -> None:
        """Returns when what a token said no longer holds: it has expired, its key or entry was taken away, or it now says something else.

        For what outlives a request: a WebSocket, a stream of events.
        """
        while signed_in.expires_at > self._clock():
            changed = self._changed  # before the look: no change falls between that and the wait
            try:
                found = await self.check(authorization)
            except SignInRefused:
                return
            if found.viewer != signed_in.viewer:
                return
            signed_in = found
            with suppress(TimeoutError):
                async with asyncio.timeout(min(found.expires_at - self._clock(), LONGEST_WAIT)):
                    await changed.wait()

    def _forget(self) -> None:
        """Keys or tokens have changed: everybody is asked again, those that are connected too."""
        self._remembered.clear()
        self._changed.set()
        self._changed = asyncio.Event()

    async def _check_signed(self, token: str) -> SignedIn:
        if self.keys is None:
            raise SignInRefused(401)
        try:
            return check_signed(token, self.keys.keys, self.settings)
        except UnknownKey:
            # The issuer may have signed with a new key.
            if not await self.keys.refresh(because_unknown=True):
                raise SignInRefused(401) from None
            self._forget()
        try:
            return check_signed(token, self.keys.keys, self.settings)
        except UnknownKey:
            raise SignInRefused(401) from None

    def _remember(self, digest: bytes, found: SignedIn) -> None:
        self._remembered[digest] = found
        self._remembered.move_to_end(digest)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    async def refresh(self) -> None:
        """Look whether keys or tokens have changed. Whoever was remembered by the old ones is asked again."""
        if self.keys is not None and await self.keys.refresh():
            self._forget()
        if self.settings.tokens is not None:
            await self._refresh_file(self.settings.tokens)

    async def _refresh_file(self, path: Path) -> None:
        mark = _mark(path)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self.file = await asyncio.to_thread(read_token_file, path)
        except DiagnosticError as error:
            self._file_problem = error.diagnostics[0].message
            for one in error.diagnostics:
                log.warning("令牌文件没有更新，继续用原来的：%s", one)
            return
        self._file_problem = ""
        self._forget()
        log.info("令牌文件已更新：%d 个令牌", len(self.file.entries))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Keys and tokens are kept up to date while this is open."""
        if not self.required:
            yield
            return
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.refresh()
            except Exception:
                log.exception("keys and tokens were not looked at")


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _digest(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).digest()


def _token(authorization: str | None) -> str:
    if authorization is None:
        raise SignInRefused(401, presented=False)
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise SignInRefused(401, presented=scheme.lower() == "bearer")
    return token
