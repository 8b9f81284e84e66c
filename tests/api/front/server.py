"""A whole server on a real port: with its lifespan, WebSockets and the example projects, as `planner serve` starts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from planner_api.app import create_app
from planner_api.service import Service
from tests.api.serving import running


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The address of the service's `/graphql`. The service ends with it."""
    config = {"lifespan": "on", "ws": "websockets-sansio", "timeout_graceful_shutdown": 2}
    with running(create_app(service), **config) as address:
        yield f"{address}/graphql"
