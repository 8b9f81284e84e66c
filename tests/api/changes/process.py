"""A server as a process of its own: `python process.py DATABASE` prints its port and serves until it is told to stop."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import uvicorn

from planner import Planner
from planner_api.app import create_app
from planner_api.serve import listen
from planner_api.service import open_service
from planner_api.settings import Settings

if __name__ == "__main__":
    rules = Path(__file__).resolve().parents[3] / "rules" / "anshan"
    service = open_service(Settings(database=sys.argv[1]), Planner.from_files(rules), today=lambda: date(2026, 3, 2))
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(create_app(service), log_level="warning", ws="websockets-sansio")).run(sockets=[listener])
