"""Calendar feeds of departments: made in GraphQL, read by calendar programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest

from planner_api import feeds
from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.feeds import render_feed
from planner_api.ids import global_id
from planner_api.signin.identity import SignedIn
from planner_api.store.records import DeadlineRecord
from tests.api.changes.conftest import TODAY, Inside, keep_plan, keep_project, plan_of

OFFICE, OTHER = "鞍山市自然资源局", "鞍山市生态环境局"
CREATE = """mutation ($department: String!) { createCalendarFeed(input: {department: $department}) {
  __typename
  ... on CalendarFeedCreated { token path feed { id department createdBy revokedAt } }
  ... on UnknownDepartment { department message help }
} }"""
REVOKE = """mutation ($id: ID!) { revokeCalendarFeed(input: {id: $id}) {
  __typename ... on CalendarFeedRevoked { feed { id revokedAt } } ... on NotFound { message }
} }"""
LIST = "{ calendarFeeds { id department revokedAt } }"


@pytest.fixture
def staffed(inside: Callable[..., Any]) -> Iterator[Inside]:
    who = {
        "desk": Viewer("desk", frozenset({Role.DEPARTMENT}), departments=frozenset({OFFICE})),
        "other": Viewer("other", frozenset({Role.DEPARTMENT}), departments=frozenset({OTHER})),
        "admin": LOCAL,
        "owner": Viewer("somebody", frozenset({Role.APPLICANT})),
    }
    with inside(people={name: SignedIn(viewer) for name, viewer in who.items()}) as server:
        yield server


@contextmanager
def made(server: Inside, who: str = "desk", department: str = OFFICE) -> Iterator[Any]:
    yield server.as_(who).ask(CREATE, {"department": department})["createCalendarFeed"]


def read(server: Inside, path: str) -> list[Any]:
    with server.http() as http:
        answer = http.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_feed_has_the_department_s_deadlines_of_all_projects(staffed: Inside) -> None:
    for name in ("甲项目", "乙项目"):
        keep_plan(staffed.service, keep_project(staffed.service, name=name), plan_of(staffed.service))
    with made(staffed) as feed:
        assert feed["feed"]["createdBy"] == "desk"
        events = read(staffed, feed["path"])
    told = staffed.as_("desk").ask(
        """query ($first: Date!, $last: Date!) { deadlines(first: 100, filter: {firstDay: $first, lastDay: $last}) {
             nodes { day provisional depends department projectName } pageInfo { hasNextPage } } }""",
        {"first": str(TODAY - timedelta(days=60)), "last": str(TODAY + timedelta(days=400))},
    )["deadlines"]
    assert not told["pageInfo"]["hasNextPage"]
    assert {one["department"] for one in told["nodes"]} == {OFFICE}
    assert sorted(str(event.decoded("dtstart")) for event in events) == sorted(one["day"] for one in told["nodes"])
    assert len({str(event["uid"]) for event in events}) == len(events) > 2
    assert {str(event["summary"]).partition("：")[0] for event in events} == {"甲项目", "乙项目"}
    marked = sum(1 for one in told["nodes"] if one["provisional"] or one["depends"])
    assert sum(1 for event in events if event["status"] == "TENTATIVE") == marked


def test_uids_stay_when_a_project_is_planned_anew_and_newer_events_say_so(staffed: Inside) -> None:
    project = keep_project(staffed.service)
    keep_plan(staffed.service, project, plan_of(staffed.service))
    with made(staffed) as feed:
        first = {str(event["uid"]): event for event in read(staffed, feed["path"])}
        keep_plan(staffed.service, project, plan_of(staffed.service, start=TODAY + timedelta(days=30)))
        second = {str(event["uid"]): event for event in read(staffed, feed["path"])}
    assert first.keys() & second.keys() == second.keys()
    assert any(first[uid].decoded("dtstart") != second[uid].decoded("dtstart") for uid in second)
    assert all(second[uid]["sequence"] >= first[uid]["sequence"] for uid in second)
    assert all(second[uid].decoded("dtstamp") >= first[uid].decoded("dtstamp") for uid in second)


def test_tags_head_and_how_often_to_look(staffed: Inside) -> None:
    with made(staffed) as feed, staffed.http() as http:
        answer = http.get(feed["path"])
        tag = answer.headers["etag"]
        calendar = icalendar.Calendar.from_ical(answer.content)
        assert calendar["refresh-interval"].to_ical() in (b"PT4H", "PT4H")
        assert calendar["x-published-ttl"] == "PT4H"
        assert http.get(feed["path"], headers={"if-none-match": tag}).status_code == 304
        assert http.head(feed["path"]).headers["etag"] == tag
        keep_plan(staffed.service, keep_project(staffed.service), plan_of(staffed.service))
        assert http.get(feed["path"], headers={"if-none-match": tag}).status_code == 200


def test_a_revoked_feed_and_a_wrong_token_are_one(staffed: Inside) -> None:
    with made(staffed) as feed, staffed.http() as http:
        wrong = http.get("/calendars/" + feed["token"][:-1] + ("A" if feed["token"][-1] != "A" else "B") + ".ics")
        assert http.get(feed["path"]).status_code == 200
        revoked = staffed.as_("desk").ask(REVOKE, {"id": feed["feed"]["id"]})["revokeCalendarFeed"]
        assert revoked["feed"]["revokedAt"]
        gone = http.get(feed["path"])
        assert (gone.status_code, gone.content) == (wrong.status_code, wrong.content)
        assert gone.status_code == 404
        for path in (f"/calendars/{feed['token']}", f"/calendars/{feed['token']}.html", "/calendars/.ics", "/calendars/%00.ics"):
            assert http.get(path).status_code == 404
        listed = staffed.as_("desk").ask(LIST)["calendarFeeds"]
        assert [one["revokedAt"] is not None for one in listed] == [True]


def test_each_looks_after_its_own_feeds(staffed: Inside) -> None:
    with made(staffed) as mine, made(staffed, "other", OTHER) as theirs, made(staffed, "admin", OTHER) as third:
        ids = [one["feed"]["id"] for one in (mine, theirs, third)]
    assert [one["id"] for one in staffed.as_("desk").ask(LIST)["calendarFeeds"]] == ids[:1]
    assert {one["id"] for one in staffed.as_("other").ask(LIST)["calendarFeeds"]} == set(ids[1:])
    assert {one["id"] for one in staffed.as_("admin").ask(LIST)["calendarFeeds"]} == set(ids)
    for other in (ids[1], "x", global_id("Project", "0" * 32)):
        assert staffed.as_("desk").ask(REVOKE, {"id": other})["revokeCalendarFeed"]["__typename"] == "NotFound"
    assert staffed.as_("admin").ask(REVOKE, {"id": ids[0]})["revokeCalendarFeed"]["__typename"] == "CalendarFeedRevoked"


def test_departments_that_are_not_known_or_not_one_s_own(staffed: Inside) -> None:
    with made(staffed, "admin", "鞍山市自然资原局") as unknown:
        assert unknown["__typename"] == "UnknownDepartment"
        assert OFFICE in unknown["help"]
    for who, code in (("desk", "FORBIDDEN"), ("owner", "FORBIDDEN")):
        with staffed.as_(who).http() as http:
            body = http.post("/graphql", json={"query": CREATE, "variables": {"department": OTHER}}).json()
        assert body["errors"][0]["extensions"]["code"] == code
    assert staffed.as_("admin").ask(LIST)["calendarFeeds"] == []


def test_no_event_of_an_archived_project(staffed: Inside) -> None:
    project = keep_project(staffed.service)
    keep_plan(staffed.service, project, plan_of(staffed.service))
    with made(staffed) as feed:
        assert read(staffed, feed["path"])
        staffed.service.store.archive_project(LOCAL.scope, project.id, project.revision, True)
        assert read(staffed, feed["path"]) == []


def test_a_feed_too_large_is_cut_and_says_so(staffed: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_plan(staffed.service, keep_project(staffed.service), plan_of(staffed.service))
    with made(staffed) as feed, staffed.http() as http:
        whole = read(staffed, feed["path"])
        monkeypatch.setattr(feeds, "MOST_EVENTS", 2)
        keep_project(staffed.service)  # a change, so that the file is made again
        calendar = icalendar.Calendar.from_ical(http.get(feed["path"]).content)
    cut = calendar.walk("VEVENT")
    days = sorted(event.decoded("dtstart") for event in whole)
    assert [event.decoded("dtstart") for event in cut] == days[:2]
    assert "只列最近的 2 个" in str(calendar["description"])


def row(**more: Any) -> DeadlineRecord:
    plan = "0190a0b0c0d0" + "7" * 20
    values: dict[str, Any] = {
        "id": f"{plan}/permit/submit/", "project": "1" * 32, "project_name": "甲", "plan": plan, "project_class": None, "team": None,
        "kind": "submit", "item": "permit", "name": "许可", "title": "最迟申报", "department": OFFICE, "stage": "", "day": date(2026, 3, 4),
        "earliest": date(2026, 3, 4), "latest": date(2026, 3, 4), "provisional": False, "depends": False, "critical": False, "verified": True,
    }  # fmt: skip
    return DeadlineRecord(**{**values, **more})


@pytest.mark.parametrize(
    "name", ["甲" * 200, "a;b,c\\n\n\r\nBEGIN:VEVENT", "😀" * 60, "x" * 75, "\u202e\x00\x07甲", "a" * 73 + "甲乙", ""]
)
def test_any_text_is_carried(name: str) -> None:
    written = render_feed(OFFICE, [row(project_name=name)], TODAY, TODAY, False)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    clean = name.replace("\r\n", "\n").replace("\u202e", "").replace("\x00", "").replace("\x07", "")
    assert str(event["summary"]) == f"{clean.replace(chr(10), ' ')}：最迟申报：许可"
    assert str(event["description"]).splitlines()[: clean.count("\n") + 1] == f"项目：{clean}".splitlines()


def test_a_provisional_day_is_marked_with_its_bounds() -> None:
    given = row(provisional=True, earliest=date(2026, 3, 3), latest=date(2026, 3, 6), verified=False, depends=True)
    (event,) = icalendar.Calendar.from_ical(render_feed(OFFICE, [given], TODAY, TODAY, False)).walk("VEVENT")
    assert event["status"] == "TENTATIVE"
    assert str(event["summary"]).endswith("（视情况；暂定）")
    text = str(event["description"])
    assert "2026-03-03" in text
    assert "2026-03-06" in text
    assert "待核" in text
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 3, 4), date(2026, 3, 5))
