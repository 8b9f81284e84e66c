"""Static tokens for small offices: a file of hashes, each with whom the token stands for.

A token is 256 random bits that `planner token new` made, so its plain SHA-256 gives nothing away and wrong guesses cost the server nothing;
tokens that people thought up are not taken, whatever hash stands in the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, DiagnosticError, Severity, did_you_mean
from planner.rulebook.source import Positions, parse_yaml, read_text
from planner_api.access.viewer import Role, Viewer
from planner_api.signin.identity import SignedIn, SignInRefused, known_roles

PREFIX = "planner_"
_TOKEN = re.compile(r"planner_[A-Za-z0-9_-]{43}")
_HASH = re.compile(r"[0-9a-f]{64}")
_KEYS = ("token_sha256", "subject", "roles", "departments", "teams", "expires")
_CHINA = timezone(timedelta(hours=8))
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One token. It is good to the end of its last day, China's time."""

    hash: str
    signed_in: SignedIn


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The entries of a file, with where each department and team was written (for whoever knows which there are)."""

    entries: tuple[Entry, ...]
    departments: tuple[tuple[str, Diagnostic], ...] = ()
    teams: tuple[tuple[str, Diagnostic], ...] = ()

    def unknown_names(self, departments: Sequence[str], teams: Sequence[str]) -> list[Diagnostic]:
        """Warnings about names that the rulebook does not know: such a token would see nothing, and say nothing of it."""
        found = []
        for written, known in ((self.departments, departments), (self.teams, teams)):
            for name, warning in written:
                if name not in known:
                    found.append(_with_help(warning, did_you_mean(name, known)))
        return found


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_static(token: str) -> bool:
    return token.startswith(PREFIX)


def check_static(token: str, entries: Sequence[Entry], now: float) -> SignedIn:
    """Whom a token stands for. Raises `SignInRefused`. Compares with every entry, all of each, whatever it finds."""
    if not _TOKEN.fullmatch(token):
        raise SignInRefused(401)
    presented = hash_of(token)
    found: SignedIn | None = None
    for entry in entries:
        if hmac.compare_digest(entry.hash, presented):
            found = entry.signed_in
    if found is None or found.expires_at <= now:
        raise SignInRefused(401)
    return found


def read_token_file(path: Path) -> TokenFile:
    """The entries of a token file, YAML or JSON. Raises `DiagnosticError` with every mistake in it, each at its place."""
    shown = str(path)
    text, problems = read_text(path, shown)
    if text is None:
        raise DiagnosticError(problems)
    return parse_tokens(text, shown)


def parse_tokens(text: str, shown: str) -> TokenFile:
    """As `read_token_file`, of text in hand."""
    data, positions, problems = parse_yaml(text, shown)
    if problems or not isinstance(data, dict):
        raise DiagnosticError(problems or [Diagnostic("F007", "令牌文件应当是 tokens: 下的清单", shown, 1, 1)])
    problems = [
        positions.diagnostic("L705", f"不认识的键“{key}”", (key,), did_you_mean(key, ["tokens"]), key=True)
        for key in data
        if key != "tokens"
    ]
    listed = data.get("tokens") or []
    if "tokens" not in data or not isinstance(listed, list):
        problems.append(positions.diagnostic("L705", "令牌文件里要有 tokens: 清单", ("tokens",), "用 planner token new 做一个令牌"))
        raise DiagnosticError(problems)
    reader = _Reader(positions, problems)
    for index, one in enumerate(listed):
        reader.entry(one, index)
    if problems:
        raise DiagnosticError(problems)
    return TokenFile(tuple(reader.entries), tuple(reader.departments), tuple(reader.teams))


class _Reader:
    """Reads entries one after the other, keeping every problem."""

    def __init__(self, positions: Positions, problems: list[Diagnostic]) -> None:
        self.positions = positions
        self.problems = problems
        self.entries: list[Entry] = []
        self.departments: list[tuple[str, Diagnostic]] = []
        self.teams: list[tuple[str, Diagnostic]] = []
        self._hashes: set[str] = set()

    def entry(self, one: Any, index: int) -> None:
        here: tuple[str | int, ...] = ("tokens", index)
        if not isinstance(one, dict):
            self._wrong("每个令牌应当是“键: 值”的映射", here)
            return
        before = len(self.problems)
        for key in one:
            if key not in _KEYS:
                self.problems.append(
                    self.positions.diagnostic("L705", f"不认识的键“{key}”", (*here, key), did_you_mean(key, _KEYS), key=True)
                )
        hashed = self._hash(one, here)
        subject = self._subject(one, here)
        roles = self._roles(one, here)
        expires = self._expires(one, here)
        departments, teams = (self._names(one, key, here) for key in ("departments", "teams"))
        for role, key, names in ((Role.DEPARTMENT, "departments", departments), (Role.TEAM, "teams", teams)):
            if role in roles and not names and key not in one:
                self._wrong(f"角色 {role.value} 要写 {key}，否则什么也看不到", (*here, "roles"))
        if len(self.problems) == before and expires is not None:
            viewer = Viewer(subject, roles, frozenset(departments), frozenset(teams))
            self.entries.append(Entry(hashed, SignedIn(viewer, expires)))

    def _hash(self, one: Mapping[str, Any], here: tuple[str | int, ...]) -> str:
        written = one.get("token_sha256")
        if not isinstance(written, str) or not _HASH.fullmatch(written):
            self._wrong("token_sha256 要写 64 位十六进制小写字母和数字", (*here, "token_sha256"), "用 planner token new 做")
            return ""
        if written in self._hashes:
            self._wrong("这个令牌已经写过一次", (*here, "token_sha256"), "删去一处")
        self._hashes.add(written)
        return written

    def _subject(self, one: Mapping[str, Any], here: tuple[str | int, ...]) -> str:
        written = one.get("subject")
        if not isinstance(written, str) or not 0 < len(written) <= _LONGEST:
            self._wrong("subject 要写一个不变的代号，如 window-1", (*here, "subject"))
            return ""
        return written

    def _roles(self, one: Mapping[str, Any], here: tuple[str | int, ...]) -> frozenset[Role]:
        words = self._names(one, "roles", here)
        known = known_roles(words)
        for place, word in enumerate(words):
            if not known_roles([word]):
                choices = [role.value for role in Role]
                self._wrong(f"不认识的角色“{word}”", (*here, "roles", place), did_you_mean(word, choices))
        if one.get("roles") in (None, []):
            self._wrong("至少写一个角色", (*here, "roles"), "可以写：" + "、".join(role.value for role in Role))
        return known

    def _names(self, one: Mapping[str, Any], key: str, here: tuple[str | int, ...]) -> list[str]:
        written = one.get(key)
        if written is None:
            return []
        if not isinstance(written, list) or not all(isinstance(word, str) and 0 < len(word) <= _LONGEST for word in written):
            self._wrong(f"{key} 要写成清单，如 [一项, 另一项]", (*here, key))
            return []
        for place, word in enumerate(written):
            if key in ("departments", "teams"):
                what = "部门" if key == "departments" else "专班"
                warning = self.positions.diagnostic("L705", f"规则库里没有这个{what}：“{word}”", (*here, key, place))
                (self.departments if key == "departments" else self.teams).append((word, warning))
        return written

    def _expires(self, one: Mapping[str, Any], here: tuple[str | int, ...]) -> float | None:
        try:
            day = date.fromisoformat(str(one.get("expires")))
            return datetime.combine(day + timedelta(days=1), time(), _CHINA).timestamp()
        except (ValueError, OverflowError):
            self._wrong("expires 要写最后一天，如 2027-06-30", (*here, "expires"))
            return None

    def _wrong(self, message: str, path: tuple[str | int, ...], help: str = "") -> None:
        self.problems.append(self.positions.diagnostic("L705", message, path, help))


def _with_help(found: Diagnostic, help: str) -> Diagnostic:
    return replace(found, help=help, severity=Severity.WARNING)


def entry_text(
    token: str, subject: str, roles: Sequence[str], departments: Sequence[str], teams: Sequence[str], expires: date
) -> str:
    """An entry as YAML, ready to stand in a token file."""

    def quoted(words: Sequence[str]) -> str:
        return "[" + ", ".join(json.dumps(word, ensure_ascii=False) for word in words) + "]"

    lines = [
        f"  - token_sha256: {hash_of(token)}",
        f"    subject: {json.dumps(subject, ensure_ascii=False)}",
        f"    roles: {quoted(roles)}",
        *([f"    departments: {quoted(departments)}"] if departments else []),
        *([f"    teams: {quoted(teams)}"] if teams else []),
        f"    expires: {expires.isoformat()}",
    ]
    return "\n".join(lines) + "\n"
