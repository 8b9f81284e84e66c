"""A running service: its settings, the rulebook in use, its store, who may come in, and the news of what changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from planner import Planner
from planner_api.live import Live, in_use
from planner_api.reload import Reloader
from planner_api.settings import Settings, SignIn
from planner_api.signin import Authenticator
from planner_api.store.interface import Store
from planner_api.versions import Versions

if TYPE_CHECKING:
    from planner_api.changes.hub import Hub
    from planner_api.observe.observer import Observer
    from planner_api.plans import PlanShelf

CHINA = timezone(timedelta(hours=8))


def today_in_china() -> date:
    """The office's day, wherever the server's clock thinks it is."""
    return datetime.now(CHINA).date()


@dataclass(frozen=True, slots=True)
class Service:
    """What every request shares. `shelf`: kept plans read back, held in memory; `hub`: news of changes, from every process.

    `authenticator`: who sends a request; `observer`: where metrics, traces and log lines go, None where nobody looks. `versions`: the rulebooks
    used so far; `reloader`: takes changed rule files into use.
    """

    settings: Settings
    live: Live
    store: Store
    shelf: PlanShelf
    hub: Hub
    today: Callable[[], date] = today_in_china
    authenticator: Authenticator = field(default_factory=lambda: Authenticator(SignIn()))
    observer: Observer | None = None
    versions: Versions = field(init=False)
    reloader: Reloader = field(init=False)

    def __post_init__(self) -> None:
        versions = Versions(self.store)
        object.__setattr__(self, "versions", versions)
        object.__setattr__(self, "reloader", Reloader(self.settings, self.live, versions, self.today))


def open_service(
    settings: Settings,
    planner: Planner,
    store: Store | None = None,
    today: Callable[[], date] = today_in_china,
    patient: bool = False,
) -> Service:
    """A service with this planner's rulebook in use. Opens the store of the settings when none is given.

    `patient`: begins even when the keys to sign in with cannot be had yet, and looks again (a worker that takes another's place).
    Raises `DiagnosticError` when the rulebook makes no schema, the database cannot be opened, or the sign-in settings do not hold.
    """
    from planner_api.changes.hub import Hub
    from planner_api.examples import keep_examples
    from planner_api.observe.observer import Observer
    from planner_api.observe.store import ObservedStore
    from planner_api.plans import PlanShelf
    from planner_api.store.sql import open_store

    authenticator = Authenticator.open(settings.sign_in, patient=patient)
    observer = Observer.open(settings) if settings.metrics or settings.traces or settings.log_level else None
    live = Live(in_use(planner))
    kept: Store = store if store is not None else open_store(settings.database)
    if settings.examples:
        keep_examples(kept, planner, today())
    hub = Hub(kept)
    if observer is not None:
        observer.watch(live, kept)
        kept = ObservedStore.around(kept)
    return Service(settings, live, kept, PlanShelf(), hub, today, authenticator, observer)
