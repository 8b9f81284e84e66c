"""The same service on PostgreSQL: what the store's own tests do not see of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from planner import Planner
from planner_api.service import open_service
from planner_api.settings import Settings
from tests.api.schema.asking import Asker, keep

SAVE = """mutation($input: SaveProjectInput!) { saveProject(input: $input) { __typename
  ... on ProjectSaved { project { id revision createdAt } } ... on InvalidProject { problems { path } } ... on StaleRevision { current { name } } } }"""


@pytest.fixture
def asker(postgres_url: str, anshan: Planner) -> Iterator[Asker]:
    service = open_service(Settings(database=postgres_url), anshan, today=lambda: date(2026, 3, 2))
    yield Asker(service)
    service.store.close()


def test_from_saving_to_deadlines(asker: Asker, examples: Mapping[str, Path]) -> None:
    keep(asker.service, "o", examples["standard-factory"], "2026-04-07", "2026-05-06")
    saved = asker.ask(SAVE, {"input": {"project": {"name": "岫岩县𠮷祥里👷", "landArea": "33.35 亩"}}})["saveProject"]["project"]
    assert saved["createdAt"].endswith(("+00:00", "Z"))
    edited = asker.ask(SAVE, {"input": {"id": saved["id"], "expectedRevision": 1, "project": {"name": "乙", "landArea": "5 公顷"}}})
    assert edited["saveProject"]["project"]["revision"] == 2
    late = asker.ask(SAVE, {"input": {"id": saved["id"], "expectedRevision": 1, "project": {"name": "丙"}}})
    assert late["saveProject"] == {"__typename": "StaleRevision", "current": {"name": "乙"}}
    page = asker.ask(
        "{ projects(first: 1, orderBy: NEWEST) { totalCount nodes { name facts { landArea } } pageInfo { endCursor hasNextPage } } }"
    )["projects"]
    assert (page["totalCount"], page["nodes"]) == (2, [{"name": "乙", "facts": {"landArea": "5 公顷"}}])
    rest = asker.ask(
        "query($after: String) { projects(after: $after, orderBy: NEWEST) { nodes { plan { number content { asOf } } plans { totalCount } } } }",
        {"after": page["pageInfo"]["endCursor"]},
    )
    assert rest["projects"]["nodes"] == [{"plan": {"number": 2, "content": {"asOf": "2026-03-02"}}, "plans": {"totalCount": 2}}]
    due = asker.ask("{ deadlines(first: 100) { totalCount nodes { day project { name } } } deadlineCounts { count } }")
    assert due["deadlines"]["totalCount"] == sum(one["count"] for one in due["deadlineCounts"]) > 10


def test_texts_that_no_database_holds(asker: Asker) -> None:
    bad = asker.ask(SAVE, {"input": {"project": {"name": "甲\0"}}})["saveProject"]
    assert bad["problems"] == [{"path": ["input", "project", "name"]}]
    assert asker.ask("query($f: ProjectFilter) { projects(filter: $f) { totalCount } }", {"f": {"search": "\0", "classes": ["\0"]}})
