"""What a request turned out to be. The parts that know fill it in; log, metrics and traces read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Any, Literal

OperationType = Literal["query", "mutation", "subscription", ""]


@dataclass(slots=True)
class Asked:
    """One request. Nothing here may be what a person wrote: no variables, no project's name, no token, no address.

    `type`, `name`: of the GraphQL operation; `trusted`: its name stands in a list of the server's own, so that it may label a metric.
    `code`: `extensions.code` of the first error, "" without one. `cost`: as the limits reckon it. `cached`: whether the answer was kept
    from before; None where none is ever kept.
    """

    request_id: str = ""
    type: OperationType = ""
    name: str = ""
    trusted: bool = False
    code: str = ""
    cost: int = 0
    cached: bool | None = None
    timed: Callable[[str, str, float], None] | None = field(default=None, repr=False)
    """Told of each part of the work: its name, which one of these, how many seconds it took."""
    tracer: Any = field(default=None, repr=False)


_NOBODY = Asked()
_current: ContextVar[Asked] = ContextVar("asked", default=_NOBODY)


def asked() -> Asked:
    """The request under way; one that nobody reads when there is none (a test, a background task)."""
    found = _current.get()
    return Asked() if found is _NOBODY else found


def begin(request: Asked) -> Token[Asked]:
    """This request is the one under way, in this task and in threads it starts."""
    return _current.set(request)


def end(token: Token[Asked]) -> None:
    _current.reset(token)


@contextmanager
def measure(part: str, which: str = "") -> Iterator[None]:
    """Time a part of the request's work: `parse`, `validate`, `execute`, `plan`, `store`. Costs next to nothing when nobody measures."""
    request = _current.get()
    if request.timed is None and request.tracer is None:
        yield
        return
    started = time.perf_counter()
    try:
        if request.tracer is None:
            yield
        else:
            with request.tracer.start_as_current_span(f"{part} {which}" if which else part, record_exception=False):
                yield
    finally:
        if request.timed is not None:
            request.timed(part, which, time.perf_counter() - started)
