"""The observer of a service: what its requests turned out to be goes to metrics, traces and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner_api.observe.asked import Asked
from planner_api.observe.logs import request_log
from planner_api.observe.metrics import Metrics
from planner_api.observe.traces import Traces
from planner_api.settings import Settings

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from planner_api.live import InUse, Live
    from planner_api.store.interface import Store

LASTING = ("subscription", "websocket")


class Observer:
    """Any of its three may be None: nobody looks there."""

    def __init__(self, metrics: Metrics | None, traces: Traces | None, log: FilteringBoundLogger | None) -> None:
        self.metrics = metrics
        self.traces = traces
        self.log = log
        self._live: Live | None = None
        self._refused: object = None
        self._in_use: Callable[[], int] | None = None

    @classmethod
    def open(cls, settings: Settings) -> Observer:
        """What the settings ask for. Raises `DiagnosticError` (L703) when the packages for traces are missing."""
        level = settings.log_level
        return cls(
            Metrics() if settings.metrics else None,
            Traces.open() if settings.traces else None,
            request_log(level) if level in ("debug", "info") else None,
        )

    def watch(self, live: Live, store: Store) -> None:
        """Keep an eye on the rulebook in use and on the store's connections."""
        self._live = live
        in_use = getattr(store, "connections_in_use", None)
        self._in_use = in_use if callable(in_use) else None
        live.listeners.append(self._taken)
        if self.metrics is not None:
            self.metrics.rulebook(None, live.in_use, live.refused is not None)

    def _taken(self, new: InUse) -> None:
        if self.metrics is not None:
            self.metrics.rulebook("taken", new, False)
        self._refused = None

    def look(self) -> None:
        """Read what tells nobody when it changes."""
        if self.metrics is None or self._live is None:
            return
        if self._live.refused is not self._refused:
            self._refused = self._live.refused
            outcome = None if self._refused is None else "refused"
            self.metrics.rulebook(outcome, self._live.in_use, self._refused is not None)  # type: ignore[arg-type]
        if self._in_use is not None:
            self.metrics.pool.set(self._in_use())

    @contextmanager
    def subscription(self) -> Iterator[None]:
        """One subscription, for as long as it is open."""
        if self.metrics is None:
            yield
            return
        self.metrics.subscriptions.inc()
        try:
            yield
        finally:
            self.metrics.subscriptions.dec()

    def finished(self, asked: Asked, route: str, method: str, status: int, seconds: float) -> None:
        """A request has been answered, or its connection closed."""
        lasting = method == "WS" or asked.type == "subscription"
        if self.metrics is not None:
            self.metrics.finished(asked, route, status, seconds, lasting)
            self.look()
        if self.log is not None and route not in ("/healthz", "/readyz", "/metrics"):
            told: dict[str, object] = {"id": asked.request_id, "method": method, "route": route, "status": status}
            for key, value in (("type", asked.type), ("operation", asked.name[:64]), ("code", asked.code), ("cost", asked.cost)):
                if value:
                    told[key] = value
            if asked.cached is not None:
                told["cached"] = asked.cached
            told["ms"] = round(seconds * 1000, 2)
            if status >= 500:
                self.log.error("request", **told)
            else:
                self.log.info("request", **told)

    def close(self) -> None:
        if self.traces is not None:
            self.traces.close()
