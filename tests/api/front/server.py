"""A whole server on a real port: with its lifespan, WebSockets and the example projects, as `planner serve` starts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from planner_api.app import create_app
from planner_api.serve import listen
from planner_api.service import Service


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The address of the service's `/graphql`. The service ends with it."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        create_app(service), log_level="warning", lifespan="on", ws="websockets-sansio", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
