"""Static tokens: the file, the command that makes them, and who they stand for."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from planner.cli.main import main
from planner.diagnostics import DiagnosticError, Severity
from planner_api.access.viewer import Role, Viewer
from planner_api.settings import SignIn
from planner_api.signin import Authenticator, SignInRefused
from planner_api.signin.static_tokens import entry_text, hash_of, new_token, parse_tokens

LAST = date(2027, 6, 30)
END = datetime(2027, 7, 1, tzinfo=timezone(timedelta(hours=8))).timestamp()


def entry(token: str, role: str = "admin", **lists: list[str]) -> str:
    return entry_text(token, "window-1", [role], lists.get("departments", []), lists.get("teams", []), LAST)


def opened(path: Path, now: float = 0.0) -> Authenticator:
    return Authenticator.open(SignIn(tokens=path), clock=lambda: now)


def test_a_token_stands_for_its_entry_until_its_last_day_is_over(tmp_path: Path) -> None:
    token, path = new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(new_token()) + entry(token, "department", departments=["鞍山市水利局"]), encoding="utf-8")
    found = asyncio.run(opened(path, END - 1).check(f"Bearer {token}"))
    assert found.viewer == Viewer("window-1", frozenset({Role.DEPARTMENT}), frozenset({"鞍山市水利局"}))
    assert found.expires_at == END
    with pytest.raises(SignInRefused):
        asyncio.run(opened(path, END).check(f"Bearer {token}"))


def test_json_will_do(tmp_path: Path) -> None:
    token, path = new_token(), tmp_path / "tokens.json"
    path.write_text(
        f'{{"tokens": [{{"token_sha256": "{hash_of(token)}", "subject": "a", "roles": ["policy"], "expires": "2027-06-30"}}]}}'
    )
    assert asyncio.run(opened(path).viewer_of(f"Bearer {token}")).roles == {Role.POLICY}


@pytest.mark.parametrize(
    "made", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: t + "A", str.upper, hash_of, lambda t: ""]
)
def test_any_other_token_is_refused(tmp_path: Path, made: object) -> None:
    token, path = new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(token))
    assert callable(made)
    with pytest.raises(SignInRefused) as refused:
        asyncio.run(opened(path).check(f"Bearer {made(token)}"))
    assert refused.value.status == 401


def test_a_token_that_somebody_thought_up_is_refused_whatever_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry("planner_123456") + entry("123456"))
    for token in ("planner_123456", "123456"):
        with pytest.raises(SignInRefused):
            asyncio.run(opened(path).check(f"Bearer {token}"))


def test_a_changed_file_is_read_again_and_a_broken_one_is_not_used(tmp_path: Path) -> None:
    first, second, path = new_token(), new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(first))
    authenticator = opened(path)

    async def good(token: str) -> bool:
        try:
            await authenticator.check(f"Bearer {token}")
        except SignInRefused:
            return False
        return True

    async def story() -> None:
        assert await good(first)
        path.write_text("tokens:\n" + entry(second) + "# changed\n")
        await authenticator.refresh()
        assert (await good(first), await good(second)) == (False, True)
        path.write_text("tokens:\n  - subject: nobody\n")
        await authenticator.refresh()
        assert await good(second)
        assert "token_sha256" in authenticator.problem
        path.write_text("tokens:\n" + entry(first))
        await authenticator.refresh()
        assert (await good(first), await good(second), authenticator.problem) == (True, False, "")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("tokens:\n  - token_sha256: 密码\n    subject: a\n    roles: [admin]\n    expires: 2027-06-30\n", (2, 19), "64 位"),
        (f"tokens:\n{entry('a')}{entry('a')}", (6, 19), "写过一次"),
        (entry("a").replace("subject:", "subjekt:").join(["tokens:\n", ""]), (3, 5), "subjekt"),
        ("tokens:\n" + entry("a", "chief"), (4, 13), "不认识的角色“chief”"),
        ("tokens:\n" + entry("a", "department"), (4, 12), "要写 departments"),
        ("tokens:\n" + entry("a", "team"), (4, 12), "要写 teams"),
        ("tokens:\n" + entry("a").replace('["admin"]', "[]"), (4, 12), "至少写一个角色"),
        ("tokens:\n" + entry("a").replace('["admin"]', "admin"), (4, 12), "写成清单"),
        ("tokens:\n" + entry("a").replace("2027-06-30", "明年"), (5, 14), "2027-06-30"),
        ("tokens:\n" + entry("a").replace('subject: "window-1"', 'subject: ""'), (3, 14), "代号"),
        ("tokens:\n  - 一\n", (2, 5), "映射"),
        ("tokens: 一\n", (1, 9), "tokens: 清单"),
        ("tokens: []\n令牌: []\n", (2, 1), "不认识的键“令牌”"),
        ("tokens: [\n", (2, 1), "括号没有成对"),
        ("", (1, 1), "空"),
    ],
)
def test_a_mistake_in_the_file_has_its_place(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_tokens(text, "tokens.yaml")
    problem = caught.value.diagnostics[0]
    assert said in problem.message + problem.help
    assert problem.file == "tokens.yaml"
    assert (problem.line, problem.column) == place


def test_every_mistake_at_once() -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_tokens("tokens:\n  - subject: a\n  - token_sha256: b\n    role: admin\n", "tokens.yaml")
    assert {problem.line for problem in caught.value.diagnostics} == {2, 3, 4}
    assert {problem.code for problem in caught.value.diagnostics} == {"L705"}


def test_names_the_rulebook_does_not_know_are_warned_of() -> None:
    read = parse_tokens("tokens:\n" + entry("a", "department", departments=["鞍山水利局", "鞍山市水利局"]), "tokens.yaml")
    (warning,) = read.unknown_names(["鞍山市水利局"], [])
    assert (warning.severity, warning.line) == (Severity.WARNING, 5)
    assert "鞍山市水利局" in warning.help


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["token", "new", *arguments])
    shown = capsys.readouterr()
    return int(str(ended.value.code)), shown.out, shown.err


def test_the_command_prints_the_token_once_and_keeps_its_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tokens.yaml"
    tokens = []
    for role, more in (
        ("admin", ()),
        ("department", ("--department", "鞍山市水利局")),
        ("team", ("--team", "a_team", "--role", "policy")),
    ):
        code, out, err = run(capsys, "--role", role, *more, "--file", str(path), "--expires", "2027-06-30")
        assert code == 0, err
        tokens.append(out.strip())
        assert out.strip() not in path.read_text(encoding="utf-8") + err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    authenticator = opened(path)
    roles = [asyncio.run(authenticator.viewer_of(f"Bearer {token}")).roles for token in tokens]
    assert roles == [{Role.ADMIN}, {Role.DEPARTMENT}, {Role.TEAM, Role.POLICY}]
    assert [p.name for p in tmp_path.iterdir()] == ["tokens.yaml"]


def test_the_command_prints_what_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--role", "applicant", "--subject", "某公司", "--expires", "2027-06-30")
    pasted = "".join(line for line in err.splitlines(keepends=True) if line.startswith("  "))
    (made,) = parse_tokens("tokens:\n" + pasted, "").entries
    assert (code, made.hash, made.signed_in.viewer.subject) == (0, hash_of(out.strip()), "某公司")
    assert re.fullmatch(r"planner_[\w-]{43}\n", out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--role: 错误 L701"),
        (("--role", "chief"), "只能写"),
        (("--role", "department", "--role", "team"), "--department: 错误 L705"),
        (("--role", "department", "--role", "team"), "--team: 错误 L705"),
        (("--role", "admin", "--expires", "明年"), "不是日期"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("before", ['{"tokens": []}\n', "tokens: []\n", "tokens:\n  - broken\n", "tokens:\nother: 1\n"])
def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path, before: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tokens.yaml"
    path.write_text(before)
    code, out, _ = run(capsys, "--role", "admin", "--file", str(path))
    assert (code, out, path.read_text()) == (2, "", before)


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        pytest.param(lambda _token: "tokens: []\n", True, id="taken away"),
        pytest.param(lambda token: "tokens:\n" + entry(token, "policy"), True, id="another role"),
        pytest.param(lambda token: "tokens:\n" + entry(token) + entry(new_token()), False, id="still there"),
    ],
)
def test_who_is_connected_is_asked_again_when_the_file_changes(tmp_path: Path, left: Callable[[str], str], ends: bool) -> None:
    token, path = new_token(), tmp_path / "tokens.yaml"
    path.write_text("tokens:\n" + entry(token), encoding="utf-8")

    async def ended() -> bool:
        authenticator = opened(path)
        signed_in = await authenticator.check(f"Bearer {token}")
        ending = asyncio.create_task(authenticator.ended(f"Bearer {token}", signed_in))
        await asyncio.sleep(0)
        path.write_text(left(token), encoding="utf-8")
        await authenticator.refresh()
        done, waiting = await asyncio.wait({ending}, timeout=5 if ends else 0.1)
        for task in waiting:
            task.cancel()
        return bool(done)

    assert asyncio.run(ended()) is ends
