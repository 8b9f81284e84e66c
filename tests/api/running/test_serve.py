"""`planner serve` as a process: starts, answers, stops, and says clearly why it does not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from planner_api.signin.static_tokens import new_token
from tests.api.running.conftest import AUDIENCE, ISSUER, Signer, Site, Start, address, jwks, log_lines, refused
from tests.api.running.test_static_tokens import entry

pytestmark = pytest.mark.usefixtures("checked_rules")

QUIET = ("--port", "0", "--no-examples")


def ask(base: str, query: str, token: str = "", **variables: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{base}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=60)


def stopped(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> tuple[str, str]:
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


def test_on_ones_own_machine_with_examples(start: Start) -> None:
    process = start("--port", "0")
    base = address(process)
    assert httpx.get(f"{base}/healthz").text == "ok"
    found = ask(base, "{ projects(first: 50) { totalCount edges { node { name plan { number } } } } }").json()["data"]["projects"]
    assert found["totalCount"] == len(found["edges"]) > 5
    assert {edge["node"]["plan"]["number"] for edge in found["edges"]} == {1}
    ready = httpx.get(f"{base}/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["rulebook"]["refused"]) == (200, "ok", None)
    assert "planner_requests_total" in httpx.get(f"{base}/metrics").text
    assert httpx.get(f"{base}/healthz", headers={"host": "planner.example.cn"}).status_code == 400
    assert process.stdout is not None
    assert "POST" in process.stdout.readline()
    assert "没有配置登录：只在本机服务" in process.stdout.readline()
    stopped(process)
    # Begun again, the database holds something: nothing is added.
    process = start("--port", "0")
    assert ask(address(process), "{ projects { totalCount } }").json()["data"]["projects"] == {"totalCount": found["totalCount"]}
    stopped(process, signal.SIGINT)


def test_the_log_is_json_and_holds_nothing_of_anybody(start: Start) -> None:
    process = start(*QUIET)
    base = address(process)
    query = 'query Desk($name: String!) { planPreview(project: {name: $name, landArea: "33.35 亩"}) { __typename } }'
    answer = ask(base, query, name="张三的厂房", token="planner_secret")
    assert answer.json()["data"]["planPreview"]["__typename"] == "Plan"
    ask(base, "{ nonsense }")
    httpx.get(f"{base}/plans/0192f0c1", params={"who": "李四"})
    _, err = stopped(process)
    lines = [line for line in log_lines(err) if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/graphql", 200),
        ("/graphql", lines[1]["status"]),
        ("/plans", 404),
    ]
    assert (lines[0]["operation"], lines[0]["type"]) == ("Desk", "query")
    assert lines[0]["id"] == answer.headers["x-request-id"]
    assert lines[1]["code"] == "GRAPHQL_VALIDATION_FAILED"
    for word in ("张三", "33.35", "李四", "secret", "0192f0c1", "127.0.0.1", "nonsense"):
        assert word not in err


def test_this_machine_by_name(start: Start) -> None:
    process = start("--host", "localhost", *QUIET, "--log-level", "warning")
    assert httpx.get(f"{address(process)}/healthz").text == "ok"
    assert stopped(process)[1] == ""


def test_options_may_come_from_the_environment(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "somewhere" / "office.db"
    process = start(
        PLANNER_DATABASE=f"sqlite:///{database}", PLANNER_PORT="0", PLANNER_EXAMPLES="false", PLANNER_LOG_LEVEL="warning"
    )
    assert httpx.get(f"{address(process)}/readyz").status_code == 200
    stopped(process)
    assert database.is_file()


def test_static_tokens_open_the_door_to_other_machines(start: Start, tmp_path: Path) -> None:
    admin, policy, path = new_token(), new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(admin) + entry(policy, "policy"))
    process = start("--host", "0.0.0.0", *QUIET, "--tokens", str(path), "--log-level", "error")
    base = address(process)
    base = f"http://127.0.0.1:{base.rpartition(':')[2]}"
    query = "{ rulebook { digest } }"
    assert ask(base, query).status_code == 401
    assert ask(base, query, new_token()).status_code == 401
    assert ask(base, query, policy).json()["data"]["rulebook"]["digest"]
    assert ask(base, "{ projects { totalCount } }", policy).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert ask(base, "{ projects { totalCount } }", admin).json()["data"]["projects"]["totalCount"] == 0
    assert ask(base, "{ __schema { queryType { name } } }", admin).json().get("data") is None, "introspection is off with keys"
    assert httpx.get(f"{base}/graphql", headers={"accept": "text/html"}).status_code == 401, "and so is GraphiQL"
    assert (httpx.get(f"{base}/healthz").status_code, httpx.get(f"{base}/readyz").status_code) == (200, 200)
    statuses = [
        httpx.get(f"{base}/metrics", headers={"authorization": f"Bearer {t}"} if t else {}).status_code for t in ("", policy, admin)
    ]
    assert statuses == [401, 403, 200]
    path.write_text("tokens:\n" + entry(policy, "policy") + "# the other one is lost\n")
    for _ in range(100):
        if ask(base, query, admin).status_code == 401:
            break
        time.sleep(0.1)
    assert (ask(base, query, admin).status_code, ask(base, query, policy).status_code) == (401, 200)
    stopped(process)


def test_signed_tokens(start: Start, site: Site, signer: Signer) -> None:
    site.answer.body = jwks(signer)
    process = start(
        *QUIET, "--jwks", site.url, "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", "RS256", "--graphiql",
        "--allowed-host", "127.0.0.1", "--log-level", "error",
    )  # fmt: skip
    base = address(process)
    assert ask(base, "{ viewer { subject } }", signer.token(sub="u-5")).json()["data"]["viewer"]["subject"] == "u-5"
    assert ask(base, "{ viewer { subject } }", signer.token(exp=1)).status_code == 401
    assert ask(base, "{ viewer { subject } }", signer.token(roles=["boss"])).status_code == 403
    assert httpx.get(f"{base}/graphql", headers={"accept": "text/html"}).status_code == 200
    assert httpx.get(f"{base}/healthz", headers={"host": "elsewhere.example.cn"}).status_code == 400
    stopped(process)


def test_several_processes(start: Start, tmp_path: Path) -> None:
    process = start(*QUIET, "--workers", "2")
    base = address(process)
    workers = children(process.pid)
    for _ in range(200):
        if len(workers) >= 2 and httpx.get(f"{base}/readyz", timeout=60).status_code == 200:
            break
        time.sleep(0.1)
        workers = children(process.pid)
    for _ in range(6):
        assert ask(base, "{ rulebook { digest } }").status_code == 200
    figures = httpx.get(f"{base}/metrics", timeout=60).text
    counted = [line for line in figures.splitlines() if line.startswith("planner_requests_total") and 'route="/graphql"' in line]
    assert sum(float(line.split()[-1]) for line in counted) == 6, "the figures of both"
    # A worker that dies is replaced.
    victim = serving(workers)
    os.kill(victim, signal.SIGKILL)
    for _ in range(200):
        time.sleep(0.1)
        now = set(serving_all(children(process.pid)))
        if victim not in now and len(now) == 2:
            break
    assert len(now) == 2
    assert ask(base, "{ rulebook { digest } }").status_code == 200
    _, err = stopped(process)
    assert "Traceback" not in err
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/healthz")


def test_on_postgresql_with_several_processes(start: Start, empty_postgres_url: str) -> None:
    process = start(
        "--port", "0", "--workers", "2", PLANNER_DATABASE=empty_postgres_url, PLANNER_LOG_LEVEL="warning"
    )  # fmt: skip
    base = address(process)
    assert ask(base, "{ projects { totalCount } }").json()["data"]["projects"]["totalCount"] == 0, "no examples unless asked for"
    saved = ask(base, 'mutation { saveProject(input: {project: {name: "厂房"}}) { __typename } }').json()["data"]["saveProject"]
    assert saved["__typename"] == "ProjectSaved"
    for _ in range(8):
        assert ask(base, "{ projects { totalCount } }").json()["data"]["projects"]["totalCount"] == 1
    commands = [Path(f"/proc/{number}/cmdline").read_bytes() for number in (process.pid, *children(process.pid))]
    assert not any(b"postgresql" in command for command in commands), "an address may hold a password"
    assert stopped(process)[1] == ""


def test_workers_end_with_their_parent_however_it_ends(start: Start) -> None:
    process = start(*QUIET, "--workers", "2", "--log-level", "warning")
    base = address(process)
    assert httpx.get(f"{base}/healthz", timeout=60).text == "ok"
    process.kill()
    process.wait()
    for _ in range(200):
        try:
            httpx.get(f"{base}/healthz", timeout=5)
        except httpx.TransportError:
            return
        time.sleep(0.1)
    raise AssertionError("a worker holds the port")


def children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def serving_all(processes: list[int]) -> list[int]:
    """Those that are workers; Python's own watchman of resources is a child too."""
    found = []
    for number in processes:
        try:
            if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(number)
        except OSError:
            continue
    return found


def serving(processes: list[int]) -> int:
    return serving_all(processes)[0]


def test_an_answer_under_way_is_finished(start: Start) -> None:
    process = start(*QUIET, "--log-level", "warning")
    base = address(process)
    body = json.dumps({"query": "{ rulebook { digest } }"}).encode()
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        head = f"POST /graphql HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        slow.sendall(head.encode() + body[:5])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        slow.sendall(body[5:])
        answer = b""
        while part := slow.recv(65_536):
            answer += part
    assert b"200 OK" in answer
    assert b'"digest"' in answer
    assert process.wait(timeout=30) == 0


def test_streams_end_when_the_server_stops(start: Start) -> None:
    process = start(*QUIET, "--log-level", "warning")
    base = address(process)
    query = "subscription { planChanged { sequence } }"

    async def talk() -> tuple[float, int]:
        async with connect(f"ws{base.removeprefix('http')}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            async with httpx.AsyncClient() as client:
                events = {"accept": "text/event-stream"}
                async with client.stream("POST", f"{base}/graphql", json={"query": query}, headers=events, timeout=60) as stream:
                    assert stream.status_code == 200
                    figures = (await client.get(f"{base}/metrics")).text
                    for _ in range(50):
                        if "planner_subscriptions_open 2.0" in figures:
                            break
                        await asyncio.sleep(0.1)
                        figures = (await client.get(f"{base}/metrics")).text
                    assert "planner_subscriptions_open 2.0" in figures
                    process.send_signal(signal.SIGTERM)
                    began = time.monotonic()
                    async for _ in stream.aiter_lines():
                        pass
            with suppress(ConnectionClosed):
                while True:
                    await socket.recv()
            return time.monotonic() - began, socket.close_code or 0

    seconds, code = asyncio.run(talk())
    assert seconds < 8
    assert code in (1001, 1012), "a code on which clients connect anew"
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_socket_ends_with_its_token(start: Start, tmp_path: Path, signer: Signer) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_bytes(jwks(signer))
    process = start(
        *QUIET, "--jwks", str(keys), "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", "RS256", "--log-level", "warning"
    )
    base = address(process)

    async def talk(token: str) -> int:
        async with connect(f"ws{base.removeprefix('http')}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
            with suppress(ConnectionClosed):
                while True:
                    await socket.recv()
            return socket.close_code or 0

    # The leeway for clocks that differ is half a minute.
    soon = int(time.time()) - 28
    assert asyncio.run(asyncio.wait_for(talk(signer.token(exp=soon)), 20)) == 4403
    assert asyncio.run(asyncio.wait_for(talk(signer.token(exp=1)), 20)) == 4403
    stopped(process)


def test_a_worker_begins_anew_while_the_rules_are_broken(start: Start, root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(root / "rules", rules)
    process = start(
        *QUIET, "--workers", "2", "--log-level", "warning", "--rules", str(rules / "anshan"), "--allow-unchecked", "--no-watch"
    )
    base = address(process)
    digest = ask(base, "{ rulebook { digest } }").json()["data"]["rulebook"]["digest"]
    for _ in range(100):
        if ask(base, "{ rulebookVersions { edges { node { digest } } } }").json()["data"]["rulebookVersions"]["edges"]:
            break
        time.sleep(0.1)
    (rules / "anshan" / "departments.yaml").write_text("坏了: [", encoding="utf-8")
    before = serving_all(children(process.pid))
    for number in before:
        os.kill(number, signal.SIGKILL)
    for _ in range(300):
        time.sleep(0.1)
        if len(set(serving_all(children(process.pid))) - set(before)) == 2:
            break
    ready = httpx.get(f"{base}/readyz", timeout=120).json()
    assert ready["rulebook"]["digest"] == digest
    assert "departments.yaml" in ready["rulebook"]["refused"]["problems"][0]
    assert ask(base, "{ rulebook { digest } }").json()["data"]["rulebook"]["digest"] == digest
    stopped(process)


def test_a_busy_port(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(start("--port", str(port)))
    assert f"端口 {port} 用不了：已被别的程序占用" in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "example.com", ""])
def test_without_keys_only_this_machine(start: Start, host: str) -> None:
    said = refused(start("--host", host, "--port", "0", "--rules", "/nowhere"))
    assert "L701: 不能在" in said
    assert "没有配置登录" in said
    assert "--jwks" in said
    assert "127.0.0.1" in said


def test_every_reason_at_once(start: Start, tmp_path: Path, site: Site) -> None:
    site.answer.status = 500
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text("tokens:\n  - subject: a\n")
    wrong = {
        "--host": "203.0.113.7",
        "--rules": str(tmp_path / "nowhere"),
        "--tokens": str(tokens),
        "--jwks": site.url,
        "--algorithm": "HS256",
        "--origin": "https://a.cn/",
        "--trusted-proxy": "proxy",
        "--trusted-only": str(tmp_path / "none.json"),
        "--database": "mysql://x",
    }
    said = refused(start("--algorithm", "none", *(word for pair in wrong.items() for word in pair)))
    for words in (
        "--issuer: 错误 L706",
        "--audience: 错误 L706",
        "不能用算法“HS256”",
        "不能用算法“none”",
        "网页来源“https://a.cn/”",
        "代理的地址“proxy”",
        f"{tokens}:2:5: 错误 L705",
        "F001",
        "none.json: 错误 L706",
        "L707",
        "这台机器没有地址“203.0.113.7”",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("jwks", "said"),
    [
        ("http://sso.example.cn/jwks.json", "要用 https"),
        ("https:///jwks.json", "没有写主机"),
        ("https://u:p@sso.example.cn/", "不能写用户名"),
        ("/nowhere/jwks.json", "文件不存在"),
    ],
)
def test_keys_that_cannot_be_had(start: Start, jwks: str, said: str) -> None:
    arguments = ("--jwks", jwks, "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", "RS256")
    assert said in refused(start(*QUIET, *arguments))


def test_settings_that_make_no_sense_alone(start: Start) -> None:
    assert "没有写签名公钥" in refused(start(*QUIET, "--issuer", ISSUER))
