"""Whether the server is alive (`/healthz`) and whether it can work (`/readyz`)."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from planner_api.service import Service
from planner_api.store.interface import StoreUnavailable

KEPT_SECONDS = 1.0
"""How long an answer of `/readyz` is good: anybody may ask, and each look asks the database."""
MOST_PROBLEMS = 20


async def healthz(_request: Request) -> Response:
    """The process runs and answers. Says nothing about the database: a restart would not mend that."""
    return PlainTextResponse("ok")


log = logging.getLogger("planner_api")


@dataclass(slots=True)
class Readiness:
    """What `/readyz` tells. A refused rulebook leaves the server ready, as the old one goes on; the reason is shown."""

    service: Service
    _told: tuple[float, bool, dict[str, Any]] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, _request: Request) -> Response:
        async with self._lock:
            if self._told is None or time.monotonic() - self._told[0] > KEPT_SECONDS:
                self._told = (time.monotonic(), *(await self._look()))
        _, ready, told = self._told
        return JSONResponse(told, status_code=200 if ready else 503, headers={"cache-control": "no-store"})

    async def _look(self) -> tuple[bool, dict[str, Any]]:
        service = self.service
        database = await run_in_threadpool(_database, service)
        able = service.authenticator.ready
        in_use, refused = service.live.in_use, service.live.refused
        told: dict[str, Any] = {
            "ready": not database and able,
            "database": database or "ok",
            "changes": service.hub.problem or "ok",
            "signIn": service.authenticator.problem or "ok",
            "rulebook": {
                "name": in_use.planner.rulebook.title,
                "digest": in_use.digest,
                "since": in_use.since.isoformat(timespec="seconds"),
                "unchecked": in_use.planner.unchecked or None,
                "refused": None,
            },
        }
        if refused is not None:
            told["rulebook"]["refused"] = {
                "at": refused.at.isoformat(timespec="seconds"),
                "problems": [str(problem) for problem in refused.problems[:MOST_PROBLEMS]],
                "count": len(refused.problems),
            }
        return bool(told["ready"]), told


def _database(service: Service) -> str:
    try:
        return service.store.ready()
    except StoreUnavailable as error:
        log.warning("the database does not answer: %s", error)
        return "数据库没有回答"
