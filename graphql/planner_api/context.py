"""What a resolver knows of the request it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import TYPE_CHECKING

from planner_api.access.viewer import Viewer
from planner_api.rows import Rows

if TYPE_CHECKING:
    from planner_api.live import InUse
    from planner_api.service import Service


@dataclass(slots=True)
class Context:
    """One request: who asks, on which day (China's), with which rulebook in use from its first field to its last.

    `cancelled` is set when the client has gone or the time is up: long work looks at it and stops. `cost` is what the request was reckoned
    to cost, once it is known. `rows`: what was read from the store for it.
    """

    viewer: Viewer
    service: Service
    in_use: InUse
    today: date
    cancelled: Event
    cost: int = 0
    rows: Rows = field(default_factory=Rows)
