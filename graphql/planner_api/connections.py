"""Lists in pages, as Relay asks for them: connections with edges, cursors and a count that is made only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from planner_api.context import Context
from planner_api.family import Family, Field
from planner_api.inputs import sent
from planner_api.refusals import bad_input
from planner_api.store.records import Page, PageRequest

T = TypeVar("T")
Info = strawberry.Info[Context, None]
DEFAULT_PAGE = 20

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many rows at most, from the beginning (or after `after`). Default: {DEFAULT_PAGE}."),
]
After = Annotated[str | None, strawberry.argument(description="Only rows after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many rows at most, from the end (or before `before`), in the list's own order."),
]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]
"""The arguments of every connection."""


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are rows before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first row; null when it has none.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row; null when it has none.")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row of a page and its cursor."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page, and how to count the whole list."""

    page: Page[T]
    count: Callable[[], int]


def page_request(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
    """The page that a connection's arguments ask for. Raises a `GraphQLError` when they make no sense together."""
    most = info.context.service.settings.limits.page
    if first is not None and last is not None:
        raise bad_input("first 和 last 只能写一个")
    name, size = ("last", last) if last is not None else ("first", DEFAULT_PAGE if first is None else first)
    if size < 1 or size > most:
        raise bad_input(f"{name} 要在 1 到 {most} 之间，写的是 {size}")
    return PageRequest(size, after, before, backward=last is not None)


def listed(
    read: Callable[[PageRequest], Page[T]],
    count: Callable[[], int],
    info: Info,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Listed[T]:
    """A page of a list that the store reads. Raises a `GraphQLError` for arguments that make no sense and for cursors of another list."""
    request = page_request(info, sent(first), sent(after), sent(last), sent(before))
    try:
        return Listed(read(request), count)
    except ValueError as error:
        raise bad_input("游标（after、before）不是这个列表给出的，或者换了排序：从第一页重新取") from error


def connection(family: Family, node: str, what: str) -> Any:
    """Make the connection type for a type of the family, and its edge type. `what` says what it lists."""
    family.object(
        f"{node}Edge",
        f"A row of a {node}Connection.",
        None,
        {
            "node": Field(node, "The row itself."),
            "cursor": Field(str, "Its place in the list, to ask for what comes after or before it."),
        },
    )
    return family.object(
        f"{node}Connection",
        what,
        None,
        {
            "edges": Field(f"list[{node}Edge]", "The rows of this page, each with its cursor.", _edges),
            "nodes": Field(f"list[{node}]", "The rows of this page.", _nodes),
            "page_info": Field(PageInfo, "Where the page lies in the list.", _page_info),
            "total_count": Field(int, "How many rows the whole list has. Counted only when asked for.", _total_count),
        },
    )


def _edges(root: Any) -> list[Row[Any]]:
    return [Row(node, cursor) for node, cursor in zip(root.page.rows, root.page.cursors, strict=True)]


def _nodes(root: Any) -> Sequence[Any]:
    return list(root.page.rows)


def _page_info(root: Any) -> PageInfo:
    page = root.page
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )


def _total_count(root: Any) -> int:
    count: int = root.count()
    return count
