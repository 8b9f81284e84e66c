"""Subscriptions over both protocols, from one server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from planner.days import WorkingDays
from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.ids import global_id
from planner_api.signin.identity import SignedIn
from tests.api.changes.conftest import TODAY, Inside, Socket, keep_plan, keep_project, plan_of, until

CHANGED = (
    "subscription Changed($id: ID) { planChanged(projectId: $id) { sequence kind at project { id name } plan { id number } } }"
)
DUE = """subscription Due($days: Int!, $filter: DeadlineFilter) {
  deadlinesComingDue(withinWorkingDays: $days, filter: $filter) { asOf more deadlines { title day item projectName project { id } } }
}"""


def test_a_plan_is_heard_of_by_post_and_by_get(server: Inside) -> None:
    project = keep_project(server.service, name="医院")
    with server.events(CHANGED) as posted, server.events(CHANGED, method="GET") as got:
        server.heard(2)
        keep_plan(server.service, project, plan_of(server.service))
        for stream in (posted, got):
            told = stream.data()["planChanged"]
            assert (told["kind"], told["project"]["name"], told["plan"]["number"]) == ("PLAN_MADE", "医院", 1)
        assert posted.response.headers["content-type"].startswith("text/event-stream")


def test_changes_come_in_order_each_once(server: Inside) -> None:
    with server.socket() as socket:
        socket.begin().subscribe("a", CHANGED)
        server.heard(1)
        project = keep_project(server.service)
        for days in range(4):
            keep_plan(server.service, project, plan_of(server.service, start=TODAY + timedelta(days=7 * days)))
        server.service.store.archive_project(LOCAL.scope, project.id, project.revision, True)
        told = [socket.next("a")["planChanged"] for _ in range(6)]
    assert [one["kind"] for one in told] == ["PROJECT_SAVED", *["PLAN_MADE"] * 4, "PROJECT_ARCHIVED"]
    assert [one["plan"] and one["plan"]["number"] for one in told] == [None, 1, 2, 3, 4, None]
    assert [one["sequence"] for one in told] == sorted({one["sequence"] for one in told})


def test_only_the_project_asked_for(server: Inside) -> None:
    one, other = keep_project(server.service, name="甲"), keep_project(server.service, name="乙")
    with server.events(CHANGED, {"id": global_id("Project", other.id)}) as stream:
        server.heard(1)
        keep_plan(server.service, one, plan_of(server.service))
        keep_plan(server.service, other, plan_of(server.service))
        assert stream.data()["planChanged"]["project"]["name"] == "乙"


@pytest.mark.parametrize("id", ["x", global_id("Project", "0" * 32), global_id("SavedPlan", "0" * 32)])
def test_a_project_that_is_not_there(server: Inside, id: str) -> None:
    with server.events(CHANGED, {"id": id}) as stream:
        (error,) = stream.next()["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert stream.event()[0] == "complete"
    with server.socket() as socket:
        socket.begin().subscribe("a", CHANGED, {"id": id})
        assert socket.receive()["type"] == "error"
    server.heard(0)


def test_a_change_through_the_api_is_heard(server: Inside) -> None:
    project = keep_project(server.service)
    with server.events(CHANGED) as stream:
        server.heard(1)
        made = server.ask(
            "mutation ($id: ID!) { makePlan(input: {projectId: $id}) { ... on PlanMade { plan { id } } } }",
            {"id": global_id("Project", project.id)},
        )
        assert stream.data()["planChanged"]["plan"]["id"] == made["makePlan"]["plan"]["id"]


# -- who hears what ------------------------------------------------------------------------------------------------------


def people(**who: Viewer) -> Mapping[str, SignedIn]:
    return {name: SignedIn(viewer) for name, viewer in who.items()}


def test_each_hears_of_what_it_may_see(inside: Callable[..., Any]) -> None:
    office = "鞍山市自然资源局"
    who = people(
        owner=Viewer("somebody", frozenset({Role.APPLICANT})),
        stranger=Viewer("another", frozenset({Role.APPLICANT})),
        office=Viewer("desk", frozenset({Role.DEPARTMENT}), departments=frozenset({office})),
        idle_office=Viewer("desk", frozenset({Role.DEPARTMENT}), departments=frozenset({"没有事项的局"})),
        team=Viewer("team", frozenset({Role.TEAM}), teams=frozenset({"urban_construction_team"})),
        other_team=Viewer("team", frozenset({Role.TEAM}), teams=frozenset({"nobody_s_team"})),
        admin=LOCAL,
    )
    with inside(people=who) as server, ExitStack() as stack:
        streams = {name: stack.enter_context(server.as_(name).events(CHANGED)) for name in who}
        server.heard(len(who))
        project = keep_project(server.service)
        assert project.draft.team == "urban_construction_team"
        plan = plan_of(server.service)
        assert office in {item.department for item in plan.items}
        keep_plan(server.service, project, plan)
        # Everybody hears of this one, last: whoever has heard nothing before it will not.
        last = server.service.store.create_project("another", project.draft)
        for name, expected in {
            "owner": ["PROJECT_SAVED", "PLAN_MADE"],
            "stranger": ["PROJECT_SAVED"],
            "office": ["PLAN_MADE"],
            "team": ["PROJECT_SAVED", "PLAN_MADE", "PROJECT_SAVED"],
            "admin": ["PROJECT_SAVED", "PLAN_MADE", "PROJECT_SAVED"],
        }.items():
            heard = [streams[name].data()["planChanged"] for _ in expected]
            assert [one["kind"] for one in heard] == expected, name
            assert all(one["project"] for one in heard)
        assert heard[-1]["project"]["id"] == global_id("Project", last.id)
        assert sum(len(listener._queue) for listener in server.hub._listeners) == 0  # nothing is held for the others


def test_who_may_not_ask_is_told(inside: Callable[..., Any]) -> None:
    with inside(people=people(policy=Viewer("p", frozenset({Role.POLICY})))) as server:
        with server.as_("policy").events(CHANGED) as stream:
            assert stream.next()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        with server.as_("nobody").http() as http:
            assert http.post("/graphql", json={"query": CHANGED}, headers={"accept": "text/event-stream"}).status_code == 401


def test_the_end_of_a_sign_in_ends_the_stream(inside: Callable[..., Any]) -> None:
    who: dict[str, SignedIn] = {}

    def sign_in() -> str:
        who["brief"] = SignedIn(Viewer("brief", LOCAL.roles), time.time() + 0.4)
        return "brief"

    with inside(people=who) as server:
        with server.as_(sign_in()).events(CHANGED) as stream:
            assert stream.next()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert stream.event()[0] == "complete"
        with suppress(ConnectionClosed), server.socket() as socket:
            socket.begin({"Authorization": f"Bearer {sign_in()}"})
            with suppress(ConnectionClosed):  # on a busy machine it may be over by now
                socket.subscribe("a", CHANGED)
            assert end_of(socket) == 4403
        server.heard(0)


# -- graphql-transport-ws ------------------------------------------------------------------------------------------------


def drained(socket: Socket) -> None:
    while True:
        socket.receive()


def end_of(socket: Socket) -> int:
    """Read to the end; the code that the server closed with."""
    with pytest.raises(ConnectionClosed) as closed:
        drained(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def closing_code(server: Inside, *messages: str | bytes) -> int:
    with server.socket() as socket:
        for message in messages:
            socket.connection.send(message)
        return end_of(socket)


INIT = '{"type": "connection_init"}'
SUBSCRIBE = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": CHANGED}})


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([SUBSCRIBE], 4401),
        ([INIT, INIT], 4429),
        ([INIT, SUBSCRIBE, SUBSCRIBE], 4409),
        (["{"], 4400),
        (['{"type": "connection_init", "payload": 1}'], 4400),
        (['{"type": "what"}'], 4400),
        (["[]"], 4400),
        ([b"\x00"], 4400),
    ],
)
def test_breaking_the_protocol_closes_the_connection(server: Inside, messages: list[str | bytes], code: int) -> None:
    assert closing_code(server, *messages) == code
    server.heard(0)


def test_tokens_over_the_socket(inside: Callable[..., Any]) -> None:
    with inside(people=people(admin=LOCAL)) as server:
        with server.socket() as socket:
            socket.begin({"authorization": "Bearer admin"}).subscribe("a", CHANGED)
            server.heard(1)
        assert closing_code(server, '{"type": "connection_init", "payload": {"authorization": "Bearer x"}}') == 4403
        assert closing_code(server, INIT) == 4403


def test_ping_queries_and_what_does_not_validate(server: Inside) -> None:
    with server.socket() as socket:
        socket.begin()
        socket.send(type="ping")
        assert socket.receive() == {"type": "pong"}
        socket.subscribe("q", "{ rulebook { digest } }")
        assert socket.next("q")["rulebook"]["digest"]
        assert socket.receive() == {"id": "q", "type": "complete"}
        socket.subscribe("w", "subscription { nothing }")
        found = socket.receive()
        assert (found["id"], found["type"]) == ("w", "error")


def test_unsubscribing_frees_everything(server: Inside) -> None:
    with server.socket() as socket:
        socket.begin()
        socket.subscribe("warm", CHANGED)
        server.heard(1)
        socket.send(id="warm", type="complete")
        server.heard(0)
        before = server.tasks
        for number in range(10):
            socket.subscribe(f"c{number}", CHANGED)
            socket.subscribe(f"d{number}", DUE, {"days": 5})
        server.heard(20)
        for number in range(10):
            socket.send(id=f"c{number}", type="complete")
        server.heard(10)
        keep_project(server.service)  # wakes those that are left, and no other
        for number in range(10):
            socket.send(id=f"d{number}", type="complete")
        server.heard(0)
        until(lambda: server.tasks == before, lambda: f"{server.tasks} tasks, not {before}")
        assert server.hub._listeners == set()


def test_a_client_that_goes_away_frees_everything(server: Inside) -> None:
    server.ask("{ rulebook { digest } }")
    before = server.tasks
    with server.events(CHANGED), server.events(DUE, {"days": 3}), server.socket() as socket:
        socket.begin().subscribe("a", CHANGED)
        server.heard(3)
    server.heard(0)
    until(lambda: server.tasks <= before, lambda: f"{server.tasks} tasks, not {before}")


def test_the_server_s_end_is_the_stream_s(inside: Callable[..., Any]) -> None:
    with inside() as server, server.events(CHANGED) as stream:
        server.heard(1)
        server.loop[0].call_soon_threadsafe(server.hub.dismiss)
        assert stream.event()[0] == "complete"


# -- many, and slow ------------------------------------------------------------------------------------------------------


def test_two_hundred_subscribers(inside: Callable[..., Any]) -> None:
    with inside(hub={}) as server, ExitStack() as stack:
        sockets = [stack.enter_context(server.socket()).begin() for _ in range(10)]
        for socket in sockets:
            for number in range(20):
                socket.subscribe(str(number), "subscription { planChanged { sequence project { name } } }")
        server.heard(200)
        keep_project(server.service, name="甲")
        for socket in sockets:
            told = [socket.receive() for _ in range(20)]
            assert {one["id"] for one in told} == {str(number) for number in range(20)}
            assert {one["payload"]["data"]["planChanged"]["project"]["name"] for one in told} == {"甲"}


def test_a_slow_consumer_delays_nobody_and_is_told(inside: Callable[..., Any]) -> None:
    heavy = """subscription { planChanged { sequence plan { content { items {
        code name because { text basis { document number article } } basis { document number article }
        materials { name } statutory { days basis { document } note } dates { accept { date skipped { name first last } } }
        gates { code gate basis { document } }
    } } } } }"""
    with inside(hub={"held": 2}) as server:
        project = keep_project(server.service)
        with server.events(heavy) as slow, server.events("subscription { planChanged { sequence } }") as fast:
            server.heard(2)
            plan = plan_of(server.service)
            heard: list[int] = []
            while not any(listener._behind for listener in server.hub._listeners):
                # The plan of another day, as far as anybody here can tell.
                start = TODAY + timedelta(days=len(heard))
                keep_plan(server.service, project, plan.model_copy(update={"start": start}))
                heard.append(fast.data()["planChanged"]["sequence"])
                assert len(heard) < 300
            assert heard == sorted(set(heard))
            got = []
            while "errors" not in (one := slow.next()):
                got.append(one["data"]["planChanged"]["sequence"])
            assert one["errors"][0]["extensions"]["code"] == "SLOW_CONSUMER"
            assert slow.event()[0] == "complete"
            assert got == heard[: len(got)]
            assert len(got) < len(heard)
        server.heard(0)


# -- deadlines coming due --------------------------------------------------------------------------------------------------


def days_of(server: Inside, first: date, last: date) -> list[tuple[str, str]]:
    """What the list of deadlines has within some days."""
    found = server.ask(
        """query ($first: Date!, $last: Date!) {
             deadlines(first: 100, filter: {firstDay: $first, lastDay: $last}) { nodes { title item day } } }""",
        {"first": first.isoformat(), "last": last.isoformat()},
    )
    return [(one["item"] + one["title"], one["day"]) for one in found["deadlines"]["nodes"]]


def named(message: Any) -> list[tuple[str, str]]:
    return [(one["item"] + one["title"], one["day"]) for one in message["deadlines"]]


def test_deadlines_come_due_at_once_with_the_day_and_with_a_plan(server: Inside) -> None:
    calendar = server.service.live.in_use.planner.calendar.expected
    project = keep_project(server.service, name="甲")
    keep_plan(server.service, project, plan_of(server.service))
    last = calendar.add(TODAY, WorkingDays(10))
    with server.events(DUE, {"days": 10}) as stream:
        first = stream.data()["deadlinesComingDue"]
        assert (first["asOf"], first["more"]) == (TODAY.isoformat(), False)
        assert named(first) == days_of(server, TODAY, last) != []
        assert {one["project"]["id"] for one in first["deadlines"]} == {global_id("Project", project.id)}
        # The day moves on: what has newly come within ten working days.
        server.day[0] = TODAY + timedelta(days=14)
        moved = calendar.add(server.day[0], WorkingDays(10))
        second = stream.data()["deadlinesComingDue"]
        assert second["asOf"] == server.day[0].isoformat()
        assert named(second) == days_of(server, last + timedelta(days=1), moved) != []
        # A plan made again with the same days tells nothing new; one of another project does.
        plan = plan_of(server.service)
        keep_plan(server.service, project, plan.model_copy(update={"as_of": TODAY + timedelta(days=1)}))
        other = keep_project(server.service, name="乙")
        keep_plan(server.service, other, plan_of(server.service))
        third = stream.data()["deadlinesComingDue"]
        assert {one["projectName"] for one in third["deadlines"]} == {"乙"}
        assert named(third) == [one for one in named(first) + named(second) if one[1] >= server.day[0].isoformat()]


def test_nothing_due_is_said_too(server: Inside) -> None:
    with server.events(DUE, {"days": 0}) as stream:
        assert stream.data()["deadlinesComingDue"] == {"asOf": TODAY.isoformat(), "more": False, "deadlines": []}


def test_many_come_in_pages(inside: Callable[..., Any]) -> None:
    with inside() as server:
        plan = plan_of(server.service)
        for number in range(40):
            keep_plan(server.service, keep_project(server.service, name=f"项目{number:02}"), plan)
        with server.events(DUE, {"days": 20}) as stream:
            messages = [stream.data()["deadlinesComingDue"]]
            while messages[-1]["more"]:
                messages.append(stream.data()["deadlinesComingDue"])
    assert len(messages) > 1
    assert all(len(one["deadlines"]) <= 100 for one in messages)
    told = [(one["projectName"], one["item"], one["title"], one["day"]) for message in messages for one in message["deadlines"]]
    assert len(told) == len(set(told)) > 100
    assert {one[0] for one in told} == {f"项目{number:02}" for number in range(40)}


def test_only_those_the_filter_names(server: Inside) -> None:
    one, other = keep_project(server.service, name="甲"), keep_project(server.service, name="乙")
    keep_plan(server.service, one, plan_of(server.service))
    with server.events(DUE, {"days": 10, "filter": {"projects": [global_id("Project", other.id)]}}) as stream:
        assert stream.data()["deadlinesComingDue"]["deadlines"] == []
        keep_plan(server.service, other, plan_of(server.service))
        assert {d["projectName"] for d in stream.data()["deadlinesComingDue"]["deadlines"]} == {"乙"}


@pytest.mark.parametrize("days", [-1, 61])
def test_a_window_that_makes_no_sense(server: Inside, days: int) -> None:
    with server.events(DUE, {"days": days}) as stream:
        assert stream.next()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    server.heard(0)


def test_an_office_hears_of_its_own_deadlines_only(inside: Callable[..., Any]) -> None:
    office = "鞍山市自然资源局"
    who = people(office=Viewer("desk", frozenset({Role.DEPARTMENT}), departments=frozenset({office})))
    with inside(people=who, hub={"tick": 0.02}) as server:
        keep_plan(server.service, keep_project(server.service), plan_of(server.service))
        query = "subscription { deadlinesComingDue(withinWorkingDays: 60) { deadlines { department title } } }"
        with server.as_("office").events(query) as stream:
            told = stream.data()["deadlinesComingDue"]["deadlines"]
    assert {one["department"] for one in told} == {office}


def test_threads_do_not_wait_for_streams(server: Inside) -> None:
    """More streams than threads, and a query is still answered."""
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.events(CHANGED))
        server.heard(60)
        assert server.ask("{ rulebook { digest } }")
