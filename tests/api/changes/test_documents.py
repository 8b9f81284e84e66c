"""Kept plans as files, read back by other programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from planner.verify import verify
from planner_api import documents
from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.ids import global_id
from planner_api.kept_bytes import KeptBytes, Made
from planner_api.signin.identity import SignedIn
from planner_api.store.records import PlanRecord
from tests.api.changes.conftest import Inside, keep_plan, keep_project, plan_of

ENDS = sorted(documents.FORMS)


@pytest.fixture
def kept(server: Inside) -> PlanRecord:
    return keep_plan(server.service, keep_project(server.service, name="某/医院\r\n一期：“甲”"), plan_of(server.service))


@pytest.fixture
def http(server: Inside) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


def test_json_is_the_kept_plan_to_the_byte(server: Inside, kept: PlanRecord, http: httpx.Client) -> None:
    answer = http.get(f"/plans/{kept.id}.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == kept.document
    assert verify(answer.content, server.service.live.in_use.planner).confirmed


def test_html(kept: PlanRecord, http: httpx.Client) -> None:
    answer = http.get(f"/plans/{kept.id}.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "建设工程规划许可证" in answer.text
    assert 'lang="en"' in http.get(f"/plans/{kept.id}.html?lang=en").text
    assert http.get(f"/plans/{kept.id}.html?lang=fr").status_code == 400


def test_ics_and_xlsx_are_read_by_others(kept: PlanRecord, http: httpx.Client) -> None:
    calendar = Calendar.from_ical(http.get(f"/plans/{kept.id}.ics").content)
    assert calendar.walk("VEVENT")
    book = load_workbook(BytesIO(http.get(f"/plans/{kept.id}.xlsx").content))
    assert book.sheetnames


@pytest.mark.parametrize("end", ENDS)
def test_tags_head_and_names(kept: PlanRecord, http: httpx.Client, end: str) -> None:
    path = f"/plans/{kept.id}.{end}"
    answer = http.get(path)
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = http.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
    assert http.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    head = http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["etag"], head.headers["content-length"]) == (tag, str(len(answer.content)))
    assert answer.headers["cache-control"] == "private, no-cache"
    told = answer.headers["content-disposition"]
    name = unquote(re.search(r"filename\*=UTF-8''(\S+)$", told)[1])  # type: ignore[index]
    assert name == f"某 医院 一期：“甲” 1.{end}"
    assert f'filename="plan-1.{end}"' in told


def test_both_ids_and_what_graphql_says(server: Inside, kept: PlanRecord, http: httpx.Client) -> None:
    plan = global_id("SavedPlan", kept.id)
    told = server.ask("query ($id: ID!) { plan(id: $id) { documents { html ics xlsx json } } }", {"id": plan})["plan"]["documents"]
    for end, path in told.items():
        assert http.get(path).headers["etag"] == http.get(f"/plans/{plan}.{end}").headers["etag"]


@pytest.mark.parametrize(
    "name",
    [
        "x.json",
        "0" * 32 + ".json",
        "{}.pdf",
        "{}",
        "{}.",
        ".json",
        global_id("Project", "0" * 32) + ".json",
        "%00.json",
        "a%2Fb.json",
    ],
)
def test_nothing_there(kept: PlanRecord, http: httpx.Client, name: str) -> None:
    answer = http.get(f"/plans/{name.format(kept.id)}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_only_for_those_who_see_the_whole_project(inside: Callable[..., Any]) -> None:
    office = "鞍山市自然资源局"
    who = {
        "owner": Viewer("somebody", frozenset({Role.APPLICANT})),
        "team": Viewer("team", frozenset({Role.TEAM}), teams=frozenset({"urban_construction_team"})),
        "admin": LOCAL,
        "stranger": Viewer("another", frozenset({Role.APPLICANT})),
        "office": Viewer("desk", frozenset({Role.DEPARTMENT}), departments=frozenset({office})),
        "policy": Viewer("policy", frozenset({Role.POLICY})),
    }
    with inside(people={name: SignedIn(viewer) for name, viewer in who.items()}) as server:
        kept = keep_plan(server.service, keep_project(server.service), plan_of(server.service))
        assert office in kept.departments
        refused = set()
        for name in who:
            for end in ENDS:
                with server.as_(name).http() as http:
                    answer = http.get(f"/plans/{kept.id}.{end}")
                    if name in ("owner", "team", "admin"):
                        assert answer.status_code == 200, name
                    else:
                        refused.add((answer.status_code, answer.content))
        with server.as_("admin").http() as http:
            missing = http.get(f"/plans/{'0' * 32}.html")
        assert refused == {(missing.status_code, missing.content)}
        with server.as_("nobody").http() as http:
            assert http.get(f"/plans/{kept.id}.json").status_code == 401


def test_what_is_made_is_kept(server: Inside, kept: PlanRecord, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    render = documents.rendered
    monkeypatch.setattr(documents, "rendered", lambda form, *rest: made.append(form) or render(form, *rest))
    tags = {http.get(f"/plans/{kept.id}.html").headers["etag"] for _ in range(3)}
    assert (len(tags), made) == (1, ["html"])


def test_a_missing_package_is_said(kept: PlanRecord, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.cli.formats.find_spec", lambda name: None)
    answer = http.get(f"/plans/{kept.id}.xlsx")
    assert answer.status_code == 501
    assert "openpyxl" in answer.json()["errors"][0]["message"]
    assert http.get(f"/plans/{kept.id}.json").status_code == 200


def test_kept_bytes_stay_within_their_bound() -> None:
    kept = KeptBytes(1000)
    for number in range(50):
        kept.keep(number, Made.of(bytes(100)))
        kept.keep(number, Made.of(bytes(90)))
        assert kept.size <= 1000
    assert kept.get(49) is not None
    assert kept.get(0) is None
    kept.keep("large", Made.of(bytes(900)))
    assert kept.get("large") is None
    assert kept.get(49) is not None


def test_no_path_leaves_the_folder(http: httpx.Client, root: Path) -> None:
    for path in ("/plans/../healthz.json", "/plans/%2e%2e/%2e%2e/etc/passwd.json"):
        assert http.get(path).status_code == 404
