"""Pages are exact, whatever comes between two of them; a bad cursor is a ValueError."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, create_engine, select

from planner_api.store.pages import Order
from planner_api.store.records import DeadlineFilter, DeadlineOrder, Page, PageRequest, ProjectFilter, ProjectOrder
from planner_api.store.sql import SqlStore
from tests.store.world import EVERYTHING, draft

THINGS = Table("things", MetaData(), Column("a", Integer), Column("b", Text), Column("id", Integer, primary_key=True))
COLUMNS = (THINGS.c.a, THINGS.c.b, THINGS.c.id)


def coded(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


BAD = [
    "",
    "x",
    "é",
    "====",
    "AAAA",
    coded(),
    coded("pn"),
    coded("pn", "0" * 32, 1),
    coded("pn", 5),
    coded("pn", "Z" * 32),
    coded("pn", "'; DROP TABLE projects; --"),
    coded("pu", "2026-01-01T00:00:00", "0" * 32),
    coded("pu", "2026-13-01T00:00:00+00:00", "0" * 32),
    coded("pu", None, "0" * 32),
    coded("pa", "a\0", "0" * 32),
    coded("pa", "\ud800", "0" * 32),
    coded("pa", ["a"], "0" * 32),
    base64.urlsafe_b64encode(b'{"a":1}').decode(),
    base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@pytest.mark.parametrize("cursor", BAD)
def test_a_bad_cursor_is_a_value_error(store: SqlStore, cursor: str) -> None:
    store.create_project("company", draft())
    for order in ProjectOrder:
        for page in (PageRequest(5, after=cursor), PageRequest(5, before=cursor, backward=True)):
            with pytest.raises(ValueError, match="cursor"):
                store.projects(EVERYTHING, ProjectFilter(), order, page)


@pytest.mark.parametrize(
    "cursor",
    [
        coded("dd", "2026-01-01", "a", 2**63),
        coded("dd", "2026-01-01", "a", True),
        coded("dd", "2026-01-01", "a", 1.5),
        coded("dd", "yesterday", "a", 1),
        coded("dd", "2026-01-01", 1, 1),
        coded("dz", "2026-01-01", "a", 1),
    ],
)
def test_a_bad_cursor_of_deadlines_too(store: SqlStore, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        store.deadlines(EVERYTHING, DeadlineFilter(), DeadlineOrder.DAY, PageRequest(5, after=cursor))


def test_a_cursor_belongs_to_its_order(store: SqlStore) -> None:
    for n in range(3):
        store.create_project("company", draft(str(n)))
    cursors = {order: store.projects(EVERYTHING, ProjectFilter(), order, PageRequest(1)).cursors[0] for order in ProjectOrder}
    for order in ProjectOrder:
        for other, cursor in cursors.items():
            if other is order:
                assert len(store.projects(EVERYTHING, ProjectFilter(), order, PageRequest(5, after=cursor)).rows) == 2
            else:
                with pytest.raises(ValueError, match="cursor"):
                    store.projects(EVERYTHING, ProjectFilter(), order, PageRequest(5, after=cursor))


def test_a_cursor_outlives_its_row(store: SqlStore) -> None:
    made = [store.create_project("company", draft(str(n))) for n in range(4)]
    page = store.projects(EVERYTHING, ProjectFilter(), ProjectOrder.NAME, PageRequest(2))
    store.archive_project(EVERYTHING, made[1].id, 1, True)
    rest = store.projects(EVERYTHING, ProjectFilter(), ProjectOrder.NAME, PageRequest(2, after=page.cursors[-1]))
    assert [one.draft.name for one in rest.rows] == ["2", "3"]


ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "甲", "🏗"])), max_size=12)


@given(
    rows=ROWS,
    more=ROWS,
    descending=st.booleans(),
    backward=st.booleans(),
    size=st.integers(0, 5),
    bounds=st.tuples(st.none() | st.integers(0, 11), st.none() | st.integers(0, 11)),
)
def test_a_page_is_what_its_definition_says(
    rows: list[tuple[int, str]],
    more: list[tuple[int, str]],
    descending: bool,
    backward: bool,
    size: int,
    bounds: tuple[int | None, int | None],
) -> None:
    """Against the plain list: the rows strictly between the cursors, cut to size at one end, with what is known of their neighbours."""
    order = Order("t", COLUMNS, (int, str, int), descending=descending)
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        THINGS.create(connection)
        _add(connection, rows)
        places = _listed(connection, descending)
        after, before = (None if at is None or at >= len(places) else places[at] for at in bounds)
        _add(connection, more)  # others come between the first page and the next
        whole = _listed(connection, descending)
        between = [
            place
            for place in whole
            if (after is None or whole.index(place) > whole.index(after))
            and (before is None or whole.index(place) < whole.index(before))
        ]
        wanted = between[max(len(between) - size, 0) :] if backward else between[:size]
        request = PageRequest(
            size,
            after=None if after is None else order.cursor(after),
            before=None if before is None else order.cursor(before),
            backward=backward,
        )
        page: Page[tuple[Any, ...]] = order.page(connection, select(*COLUMNS), request, tuple)
    engine.dispose()
    assert list(page.rows) == wanted
    assert [order.read(cursor) for cursor in page.cursors] == wanted
    if wanted:
        assert page.has_previous == (whole.index(wanted[0]) > 0)
        assert page.has_next == (whole.index(wanted[-1]) < len(whole) - 1)


def _add(connection: Connection, rows: list[tuple[int, str]]) -> None:
    if rows:
        connection.execute(THINGS.insert(), [{"a": a, "b": b} for a, b in rows])


def _listed(connection: Connection, descending: bool) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in connection.execute(select(*COLUMNS))), reverse=descending)
