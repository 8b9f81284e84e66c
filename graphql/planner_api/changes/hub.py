"""The hub: one for each process; it hears of every change, whichever process made it, and tells those who listen.

The log of changes is the only source: its sequences are given in the order of commits (`store.change_rows`), so whoever has read up to one
has missed none before it. All else (a notification, a wake-up, a tick of the clock) only says that it is worth reading on. That is why a
connection lost for a while loses and repeats nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from planner_api.store.interface import StoreUnavailable

if TYPE_CHECKING:
    from planner_api.store.interface import Store
    from planner_api.store.records import Change

T = TypeVar("T")

CHANNEL = "planner_changes"
POLL = 0.1
"""Seconds between looks at the database where nobody tells of writes by other processes (SQLite). One look costs microseconds."""
HEARTBEAT = 15.0
"""Seconds after which a silent listening connection is tried, and the log looked at all the same."""
TICK = 15.0
"""Seconds between looks at the calendar on the wall, for those who wait for a new day."""
HELD = 256
"""Changes held for one listener that is busy."""
_BATCH = 500
_PATIENCE = 5.0
_SLOWEST_RETRY = 5.0

log = logging.getLogger("planner_api")


class FellBehind(Exception):
    """A listener took its changes too slowly; what was held for it is gone, and it has to look at the state of things anew."""


class NoNews(Exception):
    """The hub is not open, or cannot reach the log."""


class Listener:
    """One listener's own queue. It is filled without waiting; whoever does not empty it in time loses it and is told so."""

    def __init__(self, wanted: Callable[[Change], bool] | None, held: int) -> None:
        self._wanted = wanted
        self._held = held
        self._queue: deque[Change] = deque()
        self._stirred = asyncio.Event()
        self._behind = False
        self._since = 0
        self.begun = False
        self.ended = False

    def begin(self, since: int) -> None:
        """Only what came after this sequence is news."""
        self._since = since
        self.begun = True
        self._queue = deque(change for change in self._queue if change.sequence > since)

    def offer(self, change: Change) -> None:
        if self._behind or self.ended or change.sequence <= self._since or (self._wanted is not None and not self._wanted(change)):
            return
        if len(self._queue) >= self._held:
            self._queue.clear()
            self._behind = True
        else:
            self._queue.append(change)
        self._stirred.set()

    def end(self) -> None:
        self.ended = True
        self._stirred.set()

    async def next(self, timeout: float | None = None) -> Change | None:
        """The next change; None when there was none within `timeout` seconds, or there will be no more (`ended`).

        Raises `FellBehind` once for each time that the queue overflowed; from then on changes are held again.
        """
        if not (self._queue or self._behind or self.ended):
            self._stirred.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), timeout)
        if self._behind:
            self._behind = False
            raise FellBehind
        return self._queue.popleft() if self._queue else None

    def taken_at_once(self) -> list[Change]:
        """All that is held already."""
        found = list(self._queue)
        self._queue.clear()
        return found

    def __aiter__(self) -> AsyncIterator[Change]:
        return self

    async def __anext__(self) -> Change:
        found = await self.next()
        if found is None:
            raise StopAsyncIteration
        return found


class Hub:
    """News of changes. Opened and closed with the application; a listener that falls behind holds up nobody.

    `poll`, `heartbeat`, `tick`: seconds, see the constants; `held`: changes held for a busy listener.
    """

    def __init__(
        self, store: Store, *, poll: float = POLL, heartbeat: float = HEARTBEAT, tick: float = TICK, held: int = HELD
    ) -> None:
        self._store = store
        self._poll = poll
        self._heartbeat = heartbeat
        self.tick = tick
        self._held = held
        self._listeners: set[Listener] = set()
        self._seen: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._stirred: asyncio.Event | None = None
        self._following: asyncio.Event | None = None

    @property
    def listeners(self) -> int:
        """How many listen at the moment."""
        return sum(listener.begun for listener in self._listeners)

    @property
    def problem(self) -> str:
        """Why no news comes at the moment, in Chinese; "" when it does."""
        return "" if self._following is not None and self._following.is_set() else "暂时收不到数据变动的消息，正在重试"

    async def open(self) -> None:
        """Begin to hear of changes. Opening twice is opening once; without a database it goes on trying."""
        if self._task is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._stirred = asyncio.Event()
        self._following = asyncio.Event()
        self._seen = None
        # A thread of its own: however busy the others are with plans, news goes on.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="news")
        self._task = asyncio.create_task(self._follow(), name="news of changes")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._following.wait(), _PATIENCE)

    async def close(self) -> None:
        """Stop; whoever still listens is told that there is no more."""
        task, thread = self._task, self._thread
        self._task = self._thread = self._loop = None
        self.dismiss()
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if thread is not None:
            thread.shutdown(wait=False, cancel_futures=True)

    def dismiss(self) -> None:
        """End every listener's stream: the server is about to stop, and waits for answers under way. Only in the loop's thread."""
        for listener in list(self._listeners):
            listener.end()

    def wake(self) -> None:
        """Look at the log now: this process has just written to it. From any thread; costs nothing when there is nobody to tell."""
        loop, stirred = self._loop, self._stirred
        if loop is not None and stirred is not None and self._listeners:
            with suppress(RuntimeError):  # closed at this very moment
                loop.call_soon_threadsafe(stirred.set)

    @asynccontextmanager
    async def listen(self, wanted: Callable[[Change], bool] | None = None) -> AsyncIterator[Listener]:
        """Changes from now on, each once, in the order in which they were committed; only those `wanted` (cheap to tell).

        Raises `NoNews` when the log cannot be reached. Then the listener's own `next` raises `FellBehind`, see there.
        """
        if self._task is None or self._following is None:
            raise NoNews
        try:
            await asyncio.wait_for(self._following.wait(), _PATIENCE)
        except TimeoutError:
            raise NoNews from None
        listener = Listener(wanted, self._held)
        self._listeners.add(listener)
        try:
            # Something may have been committed already that the hub has yet to read: that is no news to whoever begins now.
            try:
                listener.begin(await self._aside(self._store.last_change))
            except StoreUnavailable:
                raise NoNews from None
            yield listener
        finally:
            self._listeners.discard(listener)

    # -- following the log -----------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        listen_dsn = getattr(self._store, "listen_dsn", None)
        dsn: str | None = None if listen_dsn is None else listen_dsn()
        pause = 0.05
        while True:
            try:
                if dsn is None:
                    await self._by_looking()
                else:
                    await self._by_listening(dsn)
            except _Reconnect as told:
                pause = 0.05 if told.worked else min(pause * 2, _SLOWEST_RETRY)
                log.warning("no news of changes for %.2f s: %s", pause, told)
            except StoreUnavailable as error:
                pause = min(pause * 2, _SLOWEST_RETRY)
                log.warning("no news of changes for %.2f s: %s", pause, error)
            except Exception:
                # Whatever it was, a hub that stops would leave every listener waiting for ever.
                pause = _SLOWEST_RETRY
                log.exception("following the log of changes")
            await self._rest(pause)

    async def _by_looking(self) -> None:
        pulse = getattr(self._store, "pulse", self._store.last_change)
        last: int | None = None
        while True:
            now = await self._aside(pulse)  # before reading, so that what is written meanwhile is seen the next time
            if now != last:
                await self._catch_up()
                last = now
            await self._rest(self._poll)

    async def _by_listening(self, dsn: str) -> None:
        import psycopg

        connected = False
        try:
            options: dict[str, Any] = {"application_name": "approval-planner news", "connect_timeout": 5, "keepalives_idle": 30}
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, **options) as connection:
                connected = True
                await connection.execute(f"LISTEN {CHANNEL}")
                while True:
                    await connection.execute("SELECT 1")  # a connection that died silently is found out
                    await self._catch_up()
                    async for told in connection.notifies(timeout=self._heartbeat):
                        if not told.payload.isdigit() or self._seen is None or int(told.payload) > self._seen:
                            await self._catch_up()
        except psycopg.Error as error:
            if not connected:
                # Without a connection of its own (too many clients, a proxy that keeps none) looking is still possible.
                with suppress(StoreUnavailable):
                    await self._catch_up()
            raise _Reconnect(str(error).strip().partition("\n")[0], worked=connected) from error

    async def _rest(self, seconds: float) -> None:
        """Wait, but not when this process has written."""
        assert self._stirred is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)
        self._stirred.clear()

    async def _catch_up(self) -> None:
        """Read on in the log, and tell. The first time there is nothing to tell: news begins now."""
        assert self._following is not None
        if self._seen is None:
            self._seen = await self._aside(self._store.last_change)
            self._following.set()
            return
        while True:
            found = await self._aside(partial(self._store.changes_after, self._seen, _BATCH))
            for change in found:
                self._seen = change.sequence
                for listener in tuple(self._listeners):
                    listener.offer(change)
            if len(found) < _BATCH:
                return

    async def _aside(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            raise NoNews
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _Reconnect(Exception):
    """The listening connection is lost or could not be made. `worked`: it had been made."""

    def __init__(self, message: str, worked: bool) -> None:
        super().__init__(message)
        self.worked = worked
