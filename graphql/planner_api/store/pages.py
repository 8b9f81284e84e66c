"""Pages of a list, by keyset: a cursor is the place of a row in its order, so that rows that come or go shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, tuple_

from planner_api.store.identities import is_identity
from planner_api.store.records import Page, PageRequest
from planner_api.store.scoping import keepable

T = TypeVar("T")
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
Place: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a list: columns that together name one row, all ascending or all descending. `name` is written into cursors."""

    name: str
    columns: tuple[Column[Any], ...]
    kinds: tuple[type, ...]
    """What each column holds: `str` (a text), `bytes` (an identity), `int`, `date` or `datetime`."""
    descending: bool = False

    def place(self, row: AnyRow) -> Place:
        return tuple(row._mapping[column] for column in self.columns)

    def cursor(self, place: Place) -> str:
        """Opaque text for a place."""
        written = [value.isoformat() if isinstance(value, date) else value for value in place]
        text = json.dumps([self.name, *written], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read(self, cursor: str) -> Place:
        """The place that a cursor names. Raises ValueError for one of another list, or for none at all."""
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
            name, *values = json.loads(text)
            if name != self.name or len(values) != len(self.kinds):
                raise ValueError("a cursor of another list")
            return tuple(_read(value, kind) for value, kind in zip(values, self.kinds, strict=True))
        except (ValueError, TypeError, RecursionError, binascii.Error) as error:
            raise ValueError("not a cursor of this list") from error

    def _beyond(self, place: Place, *, forward: bool, including: bool = False) -> ColumnElement[bool]:
        """Rows after (or before) a place in this order."""
        types = [column.type for column in self.columns]
        left, right = tuple_(*self.columns), tuple_(*place, types=types)
        if forward != self.descending:
            return left >= right if including else left > right
        return left <= right if including else left < right

    def _sorted(self, query: AnySelect, *, forward: bool) -> AnySelect:
        ascending = forward != self.descending
        return query.order_by(*(column.asc() if ascending else column.desc() for column in self.columns))

    def page(
        self,
        connection: Connection,
        query: AnySelect,
        request: PageRequest,
        record: Callable[[AnyRow], T],
        whole: Callable[[AnySelect], AnySelect] | None = None,
    ) -> Page[T]:
        """A page of a query, which selects at least the order's columns. Raises ValueError for a bad cursor.

        `whole`: from the query, cut down to the rows of the page, to what `record` reads.
        """
        after = None if request.after is None else self.read(request.after)
        before = None if request.before is None else self.read(request.before)
        bounded = query
        if after is not None:
            bounded = bounded.where(self._beyond(after, forward=True))
        if before is not None:
            bounded = bounded.where(self._beyond(before, forward=False))
        forward = not request.backward
        size = max(request.size, 0)
        cut = self._sorted(bounded, forward=forward).limit(size + 1)
        found: Sequence[AnyRow] = connection.execute(cut if whole is None else self._sorted(whole(cut), forward=forward)).all()
        more, rows = len(found) > size, list(found[:size])
        if not forward:
            rows.reverse()
        places = [self.place(row) for row in rows]

        def beyond(forward: bool) -> bool:
            """Whether a bound that was given cut off rows on that side."""
            bound = before if forward else after
            if bound is None:
                return False
            if places:
                outside = self._beyond(places[-1 if forward else 0], forward=forward)
            else:
                outside = self._beyond(bound, forward=forward, including=True)
            return connection.execute(self._sorted(query.where(outside), forward=forward).limit(1)).first() is not None

        return Page(
            rows=tuple(record(row) for row in rows),
            cursors=tuple(self.cursor(place) for place in places),
            has_next=(forward and more) or beyond(True),
            has_previous=(not forward and more) or beyond(False),
        )


def _read(value: Any, kind: type) -> Any:
    if kind is int:
        if type(value) is int and -(2**63) <= value < 2**63:
            return value
    elif not isinstance(value, str):
        pass
    elif kind is date:
        return date.fromisoformat(value)
    elif kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    elif (kind is bytes and is_identity(value)) or (kind is str and keepable([value])):
        return value
    raise ValueError("not a value of this kind")
