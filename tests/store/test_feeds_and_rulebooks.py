"""Calendar feeds open by their token alone; rulebooks are remembered from their first use."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from planner_api.store.database import database_url, open_engine
from planner_api.store.records import PageRequest
from planner_api.store.sql import SqlStore
from tests.store.world import walked


def test_a_token_opens_its_feed_until_it_is_revoked(store: SqlStore) -> None:
    feed, token = store.create_feed("水利局", "clerk")
    other, other_token = store.create_feed("水利局", "clerk")
    assert (feed.department, feed.created_by, feed.revoked_at) == ("水利局", "clerk", None)
    assert len(token) >= 43
    assert (store.feed_of_token(token), store.feed_of_token(other_token)) == (feed, other)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "\0", "\ud800", feed.id):
        assert store.feed_of_token(wrong) is None
    closed = store.revoke_feed(feed.id, None)
    assert closed is not None
    assert closed.revoked_at is not None
    assert store.feed_of_token(token) is None
    assert store.feed_of_token(other_token) == other
    assert store.revoke_feed(feed.id, None) == closed


def test_the_token_itself_is_not_in_the_database(store: SqlStore, store_url: str) -> None:
    _, token = store.create_feed("水利局", "clerk")
    engine = open_engine(database_url(store_url))
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM feeds")).one()
    engine.dispose()
    assert not any(token in str(value) or token.encode() == value for value in row)


def test_feeds_are_listed_and_revoked_by_their_department_only(store: SqlStore) -> None:
    made = []
    for department in ("水利局", "住建局", "水利局"):
        made.append(store.create_feed(department, "clerk")[0])
        time.sleep(0.001)
    assert store.feeds(None) == tuple(made[::-1])
    assert store.feeds(frozenset({"水利局"})) == (made[2], made[0])
    assert store.feeds(frozenset({"水利局", "住建局"})) == tuple(made[::-1])
    assert store.feeds(frozenset()) == ()
    assert store.feeds(frozenset({"\0"})) == ()
    assert store.revoke_feed(made[0].id, frozenset({"住建局"})) is None
    assert store.revoke_feed(made[0].id, frozenset()) is None
    assert store.feeds(None) == tuple(made[::-1])
    closed = store.revoke_feed(made[0].id, frozenset({"水利局"}))
    assert closed is not None
    assert store.feeds(None) == (made[2], made[1], closed)


@pytest.mark.parametrize("department", ["", "\0", "\ud800"])
def test_a_feed_of_nobody_is_refused(store: SqlStore, department: str) -> None:
    with pytest.raises(ValueError, match="somebody"):
        store.create_feed(department, "clerk")


def test_rulebooks_are_kept_once(store: SqlStore) -> None:
    assert store.rulebook("a") is None
    assert store.rulebook("\0") is None
    store.keep_rulebook("a", "鞍山", b"zip\0\xff")
    store.keep_rulebook("a", "别的名", b"other")
    found = store.rulebook("a")
    assert found is not None
    assert (found.digest, found.name, found.archive) == ("a", "鞍山", b"zip\0\xff")


def test_rulebooks_are_listed_newest_first_without_their_files(store: SqlStore) -> None:
    for digest in "cabde":
        store.keep_rulebook(digest, digest, b"x" * 100)
        time.sleep(0.001)
    listed = walked(store.rulebooks, 2)
    assert [one.digest for one in listed] == list("edbac")
    assert walked(store.rulebooks, 2, backward=True) == listed
    assert {one.archive for one in listed} == {b""}
    first = store.rulebook("c")
    assert first is not None
    assert listed[-1].first_used_at == first.first_used_at
    assert store.rulebooks(PageRequest(2)).has_next
