"""Figures for Prometheus. Every label has a bounded set of values, whatever clients send."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from planner_api.observe.asked import Asked

if TYPE_CHECKING:
    from planner_api.live import InUse

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder through which several processes add up their figures; set before this module is first imported."""
MOST_WORDS = 60
MOST_CHILDREN = 500

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of this process, or of all processes that share a folder."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "planner_requests",
            "Requests answered, by route, type of operation, HTTP status and code of the first error.",
            ("route", "type", "status", "code"),
            registry=own,
        )
        self.seconds = Histogram(
            "planner_request_seconds",
            "Seconds from a request to the end of its answer; connections that stay open are not counted.",
            ("route", "type"),
            buckets=_SECONDS,
            registry=own,
        )
        self.operations = Histogram(
            "planner_operation_seconds",
            "Seconds by the operation's name, for operations of the server's own list; the rest is 'other'.",
            ("operation",),
            buckets=_SECONDS,
            registry=own,
        )
        self.answers = Counter(
            "planner_cacheable_answers", "Answers that may be kept, by whether one was kept already.", ("cached",), registry=own
        )
        self.cost = Histogram(
            "planner_operation_cost",
            "What operations cost, as the limits reckon it.",
            buckets=(10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000),
            registry=own,
        )
        self.parts = Histogram(
            "planner_part_seconds",
            "Seconds spent in a part of the work: parse, validate, execute, plan, store (by what was asked of it).",
            ("part", "which"),
            buckets=_SECONDS,
            registry=own,
        )
        self.subscriptions = Gauge(
            "planner_subscriptions_open", "Subscriptions under way.", registry=own, multiprocess_mode="livesum"
        )
        self.pool = Gauge(
            "planner_store_connections_in_use", "Database connections in use.", registry=own, multiprocess_mode="livesum"
        )
        self.reloads = Counter("planner_rulebook_reloads", "Changed rulebooks, by what became of them.", ("outcome",), registry=own)
        self.refused = Gauge(
            "planner_rulebook_refused",
            "1 while the newest rule files are not in use because they were refused.",
            registry=own,
            multiprocess_mode="livemax",
        )
        self.since = Gauge(
            "planner_rulebook_in_use_since_seconds",
            "When the rulebook in use was taken into use, in seconds since 1970 (of several processes the latest).",
            registry=own,
            multiprocess_mode="livemax",
        )
        self._words: dict[str, set[str]] = {}
        self._counters: dict[tuple[str, str, int, str], Counter] = {}
        self._histograms: dict[tuple[str, ...], Histogram] = {}
        self._hits, self._misses = self.answers.labels("hit"), self.answers.labels("miss")
        for outcome in ("taken", "refused"):
            self.reloads.labels(outcome)
        self.refused.set(0)
        self.subscriptions.set(0)

    def finished(self, asked: Asked, route: str, status: int, seconds: float, lasting: bool) -> None:
        kind = asked.type or "none"
        request = (route, kind, status, asked.code)
        # Looking a child up by its labels takes longer than all the counting; what clients may make up is not kept.
        counted = self._counters.get(request)
        if counted is None:
            counted = self.requests.labels(route, kind, str(status), self._bounded("code", asked.code))
            if len(self._counters) < MOST_CHILDREN:
                self._counters[request] = counted
        counted.inc()
        if not lasting:
            self._timed("seconds", route, kind).observe(seconds)
            if asked.type:
                known = asked.trusted and asked.name
                self._timed("operations", self._bounded("operation", asked.name) if known else "other").observe(seconds)
        if asked.cached is not None:
            (self._hits if asked.cached else self._misses).inc()
        if asked.cost:
            self.cost.observe(asked.cost)

    def _timed(self, which: Literal["seconds", "operations", "parts"], *labels: str) -> Histogram:
        found = self._histograms.get((which, *labels))
        if found is None:
            found = self._histograms[which, *labels] = getattr(self, which).labels(*labels)
        return found

    def part(self, part: str, which: str, seconds: float) -> None:
        self._timed("parts", part, which).observe(seconds)

    def rulebook(self, outcome: Literal["taken", "refused"] | None, in_use: InUse, refused: bool) -> None:
        if outcome is not None:
            self.reloads.labels(outcome).inc()
        self.refused.set(int(refused))
        self.since.set(in_use.since.timestamp())

    def _bounded(self, label: str, word: str) -> str:
        """The word, as long as there are not too many of them: a label must never grow with what clients send."""
        known = self._words.setdefault(label, set())
        if word in known or len(known) < MOST_WORDS:
            known.add(word)
            return word
        return "other"

    def text(self) -> bytes:
        """All figures in Prometheus's own form."""
        if FOLDER in os.environ:
            together = CollectorRegistry()
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
            return generate_latest(together)
        return generate_latest(self._registry)


def forget_dead_processes(folder: Path) -> None:
    """Take what died with its process (open connections) out of a shared folder."""
    for file in folder.glob("gauge_live*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not Path(f"/proc/{number}").exists() and not _alive(int(number)):
            mark_process_dead(int(number), str(folder))  # type: ignore[no-untyped-call]


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
