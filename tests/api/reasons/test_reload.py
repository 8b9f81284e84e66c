"""Changed rule files on a running server: real files, real requests, a real check in a child process."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from planner import Diagnostic, Planner
from planner_api import reload, trial
from planner_api.access.viewer import LOCAL
from planner_api.app import create_app
from planner_api.http.answers import key_of
from planner_api.live import Refusal, in_use
from planner_api.reload import Pace, Reloaded, Reloader
from planner_api.service import Service, open_service
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import PageRequest
from planner_api.versions import Versions
from tests.api.conftest import TODAY
from tests.api.schema.asking import Asker
from tests.api.serving import running

PACE = Pace(look=0.05, settle=0.15)
PLAN = """query($project: ProjectInput!) { rulebook { digest }
  planPreview(project: $project) { ... on Plan {
    provenance { rulebook } items { code statutory { days } } } } }"""
STATE = "{ rulebook { digest name refused { problems { code message file line } } } }"
RELOAD = """mutation { reloadRulebook { __typename
  ... on RulebookReloaded { changed rulebook { digest name current } }
  ... on RulebookRefused { problems { code message file line } }
  ... on RulebookBeingChecked { message } } }"""
_NEVER = "当: 一律", "当: {有风险: 是, 非: {有风险: 是}}"
TWENTY, FIFTEEN = "期限: 20 工作日", "期限: 15 工作日"


@dataclass
class Running:
    """A server whose files are watched, and clients that ask it all the time."""

    service: Service
    rules: Path
    http: httpx.Client
    answers: list[tuple[str, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def permit(self) -> Path:
        return self.rules.parent / "base" / "approvals" / "permit.yaml"

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        answer = self.http.post("/graphql", json={"query": query, "variables": variables or {}})
        body = answer.json()
        assert (answer.status_code, body.get("errors")) == (200, None), body
        return body["data"]

    def state(self) -> Any:
        return self.ask(STATE)["rulebook"]

    def until(self, met: Callable[[], Any]) -> Any:
        """What `met` gives once it gives something."""
        for _ in range(1200):
            found = met()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("it never came")

    def rewrite(self, path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def server(small: Service, rules: Path) -> Iterator[Running]:
    _at_pace(small, PACE)
    with running(create_app(small), lifespan="on") as address, httpx.Client(base_url=address, timeout=60) as http:
        yield Running(small, rules, http)


def _at_pace(service: Service, pace: Pace) -> None:
    again = Reloader(service.settings, service.live, service.versions, service.today, pace)
    object.__setattr__(service, "reloader", again)


@contextmanager
def _asked_all_the_time(server: Running, clients: int = 3) -> Iterator[None]:
    """Clients that each check that every answer is wholly of one rulebook: its digest, and the limit that is in that rulebook."""
    ends = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.http.base_url, timeout=60) as http:
            while not ends.is_set():
                answer = http.post("/graphql", json={"query": PLAN, "variables": {"project": {"name": "甲"}}})
                body = answer.json()
                if answer.status_code != 200 or "errors" in body:
                    server.wrong.append(answer.text)
                    continue
                plan = body["data"]["planPreview"]
                digest = body["data"]["rulebook"]["digest"]
                if plan["provenance"]["rulebook"] != digest:
                    server.wrong.append(f"two rulebooks in one answer: {digest} {plan}")
                (permit,) = (item for item in plan["items"] if item["code"] == "permit")
                server.answers.append((digest, permit["statutory"]["days"]))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ends.set()
        for thread in threads:
            thread.join()


def test_a_changed_limit_is_in_use_soon_and_no_answer_mixes_two_rulebooks(server: Running) -> None:
    before = server.state()["digest"]
    with _asked_all_the_time(server):
        server.until(lambda: len(server.answers) > 5)
        server.rewrite(server.permit, TWENTY, FIFTEEN)
        after = server.until(lambda: (found := server.state()["digest"]) != before and found)
        already = len(server.answers)
        server.until(lambda: len(server.answers) > already + 10)
    assert server.wrong == []
    assert set(server.answers) == {(before, 20), (after, 15)}
    assert after == Planner.from_files(server.rules).rulebook.digest
    kept = server.service.store.rulebooks(PageRequest(10)).rows
    assert {row.digest for row in kept} == {before, after}


def test_mistakes_leave_the_old_rulebook_in_use_until_they_are_mended(server: Running) -> None:
    before = server.state()["digest"]
    good = server.permit.read_text(encoding="utf-8")
    survey = server.rules.parent / "base" / "approvals" / "survey.yaml"
    unbroken = survey.read_text(encoding="utf-8")

    def problems() -> Any:
        refused = server.state()["refused"]
        return refused and refused["problems"]

    with _asked_all_the_time(server, clients=1):
        server.permit.write_text(good.replace("法定时限:", "法定时限: ["), encoding="utf-8")
        found = server.until(problems)
        assert any(p["file"].endswith("permit.yaml") and p["line"] for p in found)

        # Whole files that can be read, and do not pass the check: a rule that no project can meet.
        server.permit.write_text(good, encoding="utf-8")
        server.until(lambda: server.state()["refused"] is None)
        survey.write_text(unbroken.replace(*_NEVER), encoding="utf-8")
        found = server.until(problems)
        assert [p["code"] for p in found] == ["K803", "K812"]
        assert server.state()["digest"] == before

        survey.write_text(unbroken.replace("期限: 10 工作日", "期限: 12 工作日"), encoding="utf-8")
        after = server.until(lambda: (state := server.state())["digest"] != before and state)
        assert after["refused"] is None
    assert server.wrong == []
    assert {days for _, days in server.answers} == {20}


def test_readyz_tells_why_and_stays_ready(server: Running) -> None:
    server.permit.write_text("代码: [", encoding="utf-8")
    server.until(lambda: server.service.live.refused)
    told = server.until(lambda: (answer := server.http.get("/readyz")).json()["rulebook"].get("refused") and answer)
    assert told.status_code == 200
    assert "permit.yaml" in told.text


def test_a_folder_that_is_gone_and_comes_back(server: Running, tmp_path: Path) -> None:
    before = server.state()["digest"]
    away = tmp_path / "away"
    with _asked_all_the_time(server, clients=1):
        server.rules.rename(away)
        refused = server.until(lambda: server.state()["refused"])
        assert {p["code"] for p in refused["problems"]} & {"F001", "R322"}
        away.rename(server.rules)
        server.until(lambda: server.state()["refused"] is None)
    assert server.wrong == []
    assert {digest for digest, _ in server.answers} == {before}


def test_a_file_that_is_half_written_is_not_looked_at(small: Service, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that takes its time: what lies there between is never tried."""
    tried: list[str] = []
    permit = rules.parent / "base" / "approvals" / "permit.yaml"

    def start(*arguments: Any) -> Any:
        tried.append(permit.read_text(encoding="utf-8"))
        return trial.start(*arguments)

    monkeypatch.setattr(reload, "start", start)
    text = permit.read_text(encoding="utf-8").replace(TWENTY, FIFTEEN)
    _at_pace(small, Pace(look=0.02, settle=0.8))
    small.reloader.start()
    time.sleep(0.2)
    with permit.open("w", encoding="utf-8") as file:
        for begin in range(0, len(text), 40):
            file.write(text[begin : begin + 40])
            file.flush()
            time.sleep(0.1)
    while not tried:
        time.sleep(0.05)
    assert set(tried) == {text}


def test_touching_a_file_changes_nothing(server: Running) -> None:
    using = server.service.live.in_use
    server.permit.touch()
    outcome = server.service.reloader.reload_now(60)
    assert outcome == Reloaded(using, changed=False)
    assert server.service.live.in_use is using


def test_the_calendar_is_watched_too(server: Running) -> None:
    before = server.service.live.in_use
    folder = server.rules.parent / "calendar"
    folder.mkdir()
    shipped = Path(__file__).parents[3] / "rules" / "calendar" / "festivals.yaml"
    (folder / "festivals.yaml").write_text(shipped.read_text(encoding="utf-8") + "# 同样的\n", encoding="utf-8")
    outcome = server.service.reloader.reload_now(60)
    assert isinstance(outcome, Reloaded)
    assert not outcome.changed
    (folder / "festivals.yaml").write_text("节日: 不是\n", encoding="utf-8")
    server.until(lambda: server.service.live.refused)
    assert server.service.live.in_use is before


def test_a_code_that_clashes_in_graphql_is_refused(server: Running) -> None:
    """The rulebook is sound; only no schema can be made of it."""
    words = server.rules.parent / "base" / "vocabulary.yaml"
    before = server.state()["digest"]
    words.write_text(words.read_text(encoding="utf-8") + "  - {代码: not_applicable, 名称: 不清楚, 类型: 是否}\n", encoding="utf-8")
    refused = server.until(lambda: server.state()["refused"])
    assert [problem["code"] for problem in refused["problems"]] == ["V208"]
    assert server.state()["digest"] == before


# -- asked for -----------------------------------------------------------------------------------------------------------


def test_policy_staff_reload_at_once(small: Service, rules: Path) -> None:
    service = small
    object.__setattr__(service, "settings", replace(service.settings, watch=False))
    _at_pace(service, PACE)
    asker = Asker(service)
    assert asker.ask(RELOAD)["reloadRulebook"]["changed"] is False
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    good = permit.read_text(encoding="utf-8")
    permit.write_text(good.replace(TWENTY, FIFTEEN), encoding="utf-8")
    time.sleep(10 * PACE.look)
    assert service.live.in_use.digest != Planner.from_files(rules).rulebook.digest  # nobody watches
    answer = asker.ask(RELOAD)["reloadRulebook"]
    assert answer["changed"] is True
    assert answer["rulebook"]["digest"] == service.live.in_use.digest == Planner.from_files(rules).rulebook.digest
    permit.write_text("代码: [", encoding="utf-8")
    answer = asker.ask(RELOAD)["reloadRulebook"]
    assert answer["__typename"] == "RulebookRefused"
    assert answer["problems"]


def test_a_check_that_takes_longer_than_a_request_is_said_to_be_under_way(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threading.Event()

    def start(*arguments: Any) -> Any:
        slow.wait(60)
        return trial.start(*arguments)

    monkeypatch.setattr(reload, "start", start)
    server.rewrite(server.permit, TWENTY, FIFTEEN)
    before = server.state()["digest"]
    object.__setattr__(server.service.settings.limits, "timeout", 1.0)
    try:
        assert server.service.reloader.reload_now(0.2) is None
        answer = Asker(server.service).ask(RELOAD)["reloadRulebook"]
        assert answer["__typename"] == "RulebookBeingChecked"
        assert answer["message"]
    finally:
        slow.set()
    server.until(lambda: server.state()["digest"] != before)


# -- what may break ------------------------------------------------------------------------------------------------------


def test_a_child_that_ends_without_a_verdict_is_a_refusal(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_VERDICT", "something else:")
    server.rewrite(server.permit, TWENTY, FIFTEEN)
    refused = server.until(lambda: server.service.live.refused)
    assert [problem.code for problem in refused.problems] == ["R321"]


def test_a_check_without_end_is_ended(small: Service, rules: Path) -> None:
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    permit.write_text(permit.read_text(encoding="utf-8").replace(TWENTY, FIFTEEN), encoding="utf-8")
    _at_pace(small, replace(PACE, check=0.0))
    outcome = small.reloader.reload_now(60)
    assert isinstance(outcome, Refusal)
    assert "没有结束" in outcome.problems[0].message


def test_stopping_ends_a_check_under_way(small: Service, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[Any] = []

    def start(*arguments: Any) -> Any:
        children.append(trial.start(*arguments))
        return children[-1]

    monkeypatch.setattr(reload, "start", start)
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    permit.write_text(permit.read_text(encoding="utf-8").replace(TWENTY, FIFTEEN), encoding="utf-8")
    _at_pace(small, PACE)
    others = set(threading.enumerate())
    asked = small.reloader.ask()
    while not children:
        time.sleep(0.001)
    own = {thread for thread in threading.enumerate() if thread.name == "rulebook-reload"} - others
    small.reloader.stop()
    assert children[0].poll() is not None
    assert isinstance(asked.result(10), Refusal)
    assert own
    assert not own & set(threading.enumerate())


def test_files_that_change_during_the_check_are_checked_again(small: Service, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    good = permit.read_text(encoding="utf-8")
    begun: list[Any] = []

    def start(*arguments: Any) -> Any:
        child = trial.start(*arguments)
        begun.append(child)
        if len(begun) == 1:
            permit.write_text(good.replace(TWENTY, "期限: 17 工作日"), encoding="utf-8")
        return child

    monkeypatch.setattr(reload, "start", start)
    permit.write_text(good.replace(TWENTY, FIFTEEN), encoding="utf-8")
    _at_pace(small, replace(PACE, look=0.01))
    outcome = small.reloader.reload_now(60)
    assert isinstance(outcome, Reloaded)
    assert outcome.changed
    assert outcome.in_use.digest == Planner.from_files(rules).rulebook.digest
    assert len(begun) >= 2


class StoreThatIsAway:
    """A store whose database cannot be reached until it is `back`."""

    def __init__(self, store: Any) -> None:
        self.store, self.back = store, threading.Event()

    def keep_rulebook(self, *arguments: Any) -> None:
        if not self.back.is_set():
            raise StoreUnavailable
        self.store.keep_rulebook(*arguments)


def test_a_store_that_is_away_does_not_stop_a_reload(small: Service, rules: Path) -> None:
    store = StoreThatIsAway(small.store)
    object.__setattr__(small, "versions", Versions(store))  # type: ignore[arg-type]
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    permit.write_text(permit.read_text(encoding="utf-8").replace(TWENTY, FIFTEEN), encoding="utf-8")
    _at_pace(small, PACE)
    outcome = small.reloader.reload_now(60)
    assert isinstance(outcome, Reloaded)
    assert outcome.changed
    assert small.store.rulebooks(PageRequest(10)).rows == ()
    store.back.set()
    for _ in range(1200):
        if small.store.rulebook(outcome.in_use.digest):
            break
        time.sleep(0.05)
    else:
        raise AssertionError("it was never kept")


def test_unchecked_rules_are_taken_with_their_warning(rules: Path, tmp_path: Path, small: Service) -> None:
    settings = replace(small.settings, allow_unchecked=True)
    service = open_service(settings, Planner.from_files(rules), small.store, lambda: TODAY)
    _at_pace(service, PACE)
    survey = rules.parent / "base" / "approvals" / "survey.yaml"
    survey.write_text(survey.read_text(encoding="utf-8").replace(*_NEVER), encoding="utf-8")
    try:
        outcome = service.reloader.reload_now(60)
    finally:
        service.reloader.stop()
    assert isinstance(outcome, Reloaded)
    assert outcome.changed
    assert "还没有检查过" in outcome.in_use.planner.unchecked


def test_a_listener_that_fails_holds_up_nobody(small: Service, anshan: Planner) -> None:
    told: list[str] = []

    def fails(_new: Any) -> None:
        raise RuntimeError

    small.live.listeners[:] = [fails, lambda new: told.append(new.digest)]
    new = replace(small.live.in_use, planner=anshan)
    small.live.swap(new)
    assert small.live.in_use is new
    assert told == [anshan.rulebook.digest]


def test_old_rulebooks_are_let_go(small: Service, rules: Path) -> None:
    """Two quick swaps, with requests between: nothing keeps what is no longer used."""
    _at_pace(small, PACE)
    permit = rules.parent / "base" / "approvals" / "permit.yaml"
    good = permit.read_text(encoding="utf-8")
    used = [weakref.ref(small.live.in_use.planner)]
    for days in ("15", "16", "17"):
        Asker(small).ask(PLAN, {"project": {"name": "甲"}})
        permit.write_text(good.replace(TWENTY, f"期限: {days} 工作日"), encoding="utf-8")
        outcome = small.reloader.reload_now(60)
        assert isinstance(outcome, Reloaded)
        assert outcome.changed
        used.append(weakref.ref(outcome.in_use.planner))
        del outcome
    for _ in range(100):
        gc.collect()
        if not any(one() for one in used[:-1]):
            break
        time.sleep(0.05)
    assert [one() is None for one in used] == [True, True, True, False]


# -- the child -----------------------------------------------------------------------------------------------------------


def test_the_child_s_words_are_read_back_as_they_were(rules: Path) -> None:
    import json

    problem = Diagnostic("K803", "没有通过", "甲.yaml", 3, 4, "改好", "")
    said = {"rulebook": "1", "calendar": "2", "unchecked": "", "problems": [problem.data]}
    output = f"noise\n{trial._VERDICT}{json.dumps(said)}\n".encode()
    assert trial.verdict_in(output, 0) == trial.Verdict("1", "2", "", (problem,))
    assert trial.verdict_in(output, -11).problems[0].code == "R321"
    assert trial.verdict_in(b"Traceback\nMemoryError", 1).problems[0].message.endswith("MemoryError")


def test_a_sound_rulebook_is_judged_sound(rules: Path) -> None:
    planner = Planner.from_files(rules)
    assert trial.judge(rules, TODAY, allow_unchecked=False) == trial.Verdict(planner.rulebook.digest, planner.calendar.digest)


def test_an_answer_kept_for_one_calendar_is_not_given_for_another(server: Running) -> None:
    """Only the calendar is another: the rulebook's digest stays what it was."""
    query = '{ planPreview(project: {name: "甲"}) { ... on Plan { provenance { rulebook calendar } } } }'
    before = [server.ask(query)["planPreview"]["provenance"] for _ in range(3)]
    old = server.service.live.in_use
    planner = replace(old.planner, calendar=replace(old.planner.calendar, version="另一份"))
    new = in_use(planner)
    server.service.live.swap(new)
    after = server.ask(query)["planPreview"]["provenance"]
    assert after["rulebook"] == before[0]["rulebook"]
    assert after["calendar"] == planner.calendar.digest != before[0]["calendar"]
    # Nor is one that was under way at the swap kept for those who come after it.
    assert key_of(LOCAL, old, TODAY, "", "POST", b"") != key_of(LOCAL, new, TODAY, "", "POST", b"")
