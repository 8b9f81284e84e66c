"""What was used last, held in memory within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _one(_key: object, _value: object) -> int:
    return 1


class Recent(Generic[K, V]):
    """Values by key. When they are more than `most` altogether, those used longest ago go. From any thread.

    `size`: what one counts for, by default one. `largest`: the most that one may count for and be held at all; None for no such bound.
    """

    def __init__(self, most: int, size: Callable[[K, V], int] = _one, largest: int | None = None) -> None:
        self._most = most
        self._largest = largest
        self._size_of = size
        self._size = 0
        self._held: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """What is held counts for this much."""
        return self._size

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def keep(self, key: K, value: V) -> None:
        size = self._size_of(key, value)
        if self._largest is not None and size > self._largest:
            return
        with self._lock:
            self._drop(key)
            self._held[key] = value
            self._size += size
            while self._size > self._most and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def drop(self, key: K) -> None:
        """Hold this one no longer; none is no mistake."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size = 0

    def _drop(self, key: K) -> None:
        gone = self._held.pop(key, None)
        if gone is not None:
            self._size -= self._size_of(key, gone)
