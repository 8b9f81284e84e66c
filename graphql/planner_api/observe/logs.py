"""The log: one line for each event, JSON for programs, plain on a terminal. It holds nothing that people wrote.

A defect is logged with its kind and the places in the program that led there. Its message is left out below the level `debug`: messages
quote the values they stumbled over, and those may be somebody's.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog

LEVELS = ("debug", "info", "warning", "error")
Event = MutableMapping[str, Any]
_MOST_FRAMES = 40


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send this process's log to a stream (default: standard error). For a program that is nothing but the server."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_stamp, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Frames(with_message=level == "debug"),
                _renderer(out),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Below `warning` these tell of every connection, with its address.
    for talkative in ("uvicorn", "uvicorn.error", "websockets", "asyncio", "urllib3", "alembic", "sqlalchemy"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))


def request_log(level: str, stream: TextIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """Where one line for each request goes. Apart from the standard library's logging, which takes several times as long."""
    out = stream or sys.stderr
    made: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=[_stamp, structlog.processors.add_log_level, _renderer(out)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    return made


def _stamp(_logger: Any, _method: str, event: Event) -> Event:
    event["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event


def _renderer(out: TextIO) -> Any:
    if out.isatty():
        return structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


class Frames:
    """Puts in place of an exception its kind and the places that led to it, innermost last."""

    def __init__(self, with_message: bool) -> None:
        self.with_message = with_message

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        found = event.pop("exc_info", None)
        if found is True:
            found = sys.exc_info()
        error = found[1] if isinstance(found, tuple) else found
        if isinstance(error, BaseException):
            event["error"] = [self._one(e) for e in _chain(error)]
        return event

    def _one(self, error: BaseException) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": f"{type(error).__module__}.{type(error).__qualname__}", "at": _places(error.__traceback__)}
        if self.with_message:
            told["message"] = str(error)[:2000]
        return told


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what it came from, at most ten."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(found) < 10:
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
