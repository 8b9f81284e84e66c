"""A store whose every call is timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from planner_api.observe.asked import measure
from planner_api.store.interface import Store

_TIMED = frozenset(name for name in vars(Store) if not name.startswith("_") and name not in ("close", "now"))


class ObservedStore:
    """Passes every call on to another store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def around(cls, store: Store) -> Store:
        return cast(Store, cls(store))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name in _TIMED:
            found = _timed(name, found)
            self.__dict__[name] = found
        return found


def _timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        with measure("store", name):
            return call(*arguments, **named)

    return timed
