"""The public keys that signed tokens are checked with: a JWKS from a file or an address, kept as good as the source allows.

Only keys of public-key algorithms are taken. A shared secret (`oct`) in a key set is left out: with it, whoever can read the set could
sign tokens.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from jwt.algorithms import get_default_algorithms

from planner.diagnostics import Diagnostic, DiagnosticError

ALGORITHMS: Mapping[str, str] = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "EdDSA": "OKP",
}
"""Algorithms that a token may be signed with, and the kind of key each takes. `none` and the HS family are not among them."""

MOST_BYTES = 512_000
MOST_KEYS = 100
FETCH_SECONDS = 5.0
EVERY = 300.0
"""Seconds between two looks at an address."""
COOLDOWN = 60.0
"""Seconds before an unknown `kid` may lead to another look at an address."""
LEAST_RSA_BITS = 2048

log = logging.getLogger("planner_api.signin")


@dataclass(frozen=True, slots=True)
class Key:
    """One public key. `only`: the one algorithm the set names for it; "" when it names none."""

    kid: str
    kind: str
    only: str
    key: Any

    def takes(self, algorithm: str) -> bool:
        return ALGORITHMS.get(algorithm) == self.kind and self.only in ("", algorithm)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one JWKS."""

    keys: tuple[Key, ...] = ()

    def of(self, kid: str | None, algorithm: str) -> Key | None:
        """The key a token names. A token that names none is taken only where there is no choice."""
        if kid is None:
            return self.keys[0] if len(self.keys) == 1 and self.keys[0].takes(algorithm) else None
        return next((key for key in self.keys if key.kid == kid and key.takes(algorithm)), None)


def read_key_set(text: bytes, shown: str, field: str = "") -> KeySet:
    """The usable keys of a JWKS. Raises `DiagnosticError` (L706) when it is none or holds no such key."""

    def refused(message: str) -> DiagnosticError:
        fix = '写成 {"keys": [...]}，里面是公钥（RSA、EC 或 OKP）'
        return DiagnosticError([Diagnostic("L706", message, shown if not field else "", field=field, help=fix)])

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused("签名公钥不是 JSON") from error
    listed = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise refused("签名公钥不是 JWKS：没有 keys 清单")
    if len(listed) > MOST_KEYS:
        raise refused(f"签名公钥有 {len(listed)} 把，最多 {MOST_KEYS} 把")
    keys = tuple(key for one in listed if isinstance(one, dict) and (key := _key(one)) is not None)
    if not keys:
        raise refused("JWKS 里没有能用的签名公钥")
    return KeySet(keys)


def _key(data: Mapping[str, Any]) -> Key | None:
    kind = data.get("crv") if data.get("kty") == "EC" else data.get("kty")
    if kind not in ALGORITHMS.values() or data.get("use", "sig") != "sig" or "d" in data:
        return None
    operations = data.get("key_ops", ["verify"])
    only = data.get("alg", "")
    if not isinstance(operations, list) or "verify" not in operations or not isinstance(only, str):
        return None
    algorithm = only or next(name for name, takes in ALGORITHMS.items() if takes == kind)
    if ALGORITHMS.get(algorithm) != kind:
        return None
    try:
        made = get_default_algorithms()[algorithm].from_jwk(dict(data))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if kind == "RSA" and made.key_size < LEAST_RSA_BITS:
        return None
    return Key(str(data.get("kid", "")), str(kind), only, made)


def address_problem(source: str) -> str:
    """What is wrong with an address that keys are to come from; "" when nothing is. Plain http only to this machine."""
    parts = urlsplit(source)
    try:
        parts.port  # noqa: B018 - raises for a bad one
    except ValueError:
        return "端口写得不对"
    host = parts.hostname or ""
    if not host:
        return "没有写主机"
    if parts.username or parts.password:
        return "地址里不能写用户名和密码"
    if parts.scheme != "https" and not _this_machine(host):
        return "要用 https：用 http 取来的公钥可能被人换过"
    return ""


def is_address(source: str) -> bool:
    return source.partition("://")[0].lower() in ("http", "https")


def _this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None  # the answer is then an error: keys come from the address the operator wrote, or not at all


def fetch(address: str, seconds: float = FETCH_SECONDS) -> bytes:
    """What an address answers, within a time and a size. Raises OSError (also for a refusal) or ValueError (too long)."""
    end = time.monotonic() + seconds
    # No proxy from the environment for addresses of this machine; elsewhere the system's settings hold.
    proxies = [urllib.request.ProxyHandler({})] if _this_machine(urlsplit(address).hostname or "") else []
    opener = urllib.request.build_opener(_NoRedirect, *proxies)
    request = urllib.request.Request(address, headers={"Accept": "application/jwk-set+json, application/json"})
    try:
        with opener.open(request, timeout=seconds) as answer:
            found = bytearray()
            while part := answer.read1(65_536):
                found += part
                if len(found) > MOST_BYTES:
                    raise ValueError(f"超过 {MOST_BYTES} 字节")
                if time.monotonic() > end:
                    raise TimeoutError("超时")
            return bytes(found)
    except HTTPException as error:
        raise OSError(str(error)) from error


class KeySource:
    """Where keys come from, and the last good ones. `read` is safe to call from any thread; the rest belongs to the event loop."""

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.keys = KeySet()
        self.problem = "签名公钥还没有取到"
        """Why the newest keys are not in use, in Chinese; "" when they are."""
        self._clock = clock
        self._address = is_address(source)
        self._looked: float = -COOLDOWN
        self._mark: tuple[int, int] | None = None
        self._under_way: asyncio.Task[bool] | None = None

    def open(self) -> None:
        """Read the keys for the first time. Raises `DiagnosticError` when there are none to be had."""
        text, self._mark = self._text()
        self.keys, self.problem = read_key_set(text, self.source, "--jwks"), ""
        self._looked = self._clock()

    def _text(self) -> tuple[bytes, tuple[int, int] | None]:
        try:
            if self._address:
                return fetch(self.source), None
            path = Path(self.source)
            about = path.stat()
            if about.st_size > MOST_BYTES:
                raise ValueError(f"超过 {MOST_BYTES} 字节")
            return path.read_bytes(), (about.st_mtime_ns, about.st_size)
        except (OSError, ValueError) as error:
            reason = _why(error)
            fix = "核对地址，并确认从这台机器能打开" if self._address else "核对路径"
            raise DiagnosticError(
                [Diagnostic("L706", f"取不到签名公钥（{self.source}）：{reason}", field="--jwks", help=fix)]
            ) from error

    async def refresh(self, because_unknown: bool = False) -> bool:
        """Look again when it is time to; True when the keys changed. A source that fails leaves the last good keys."""
        if self._under_way is not None:
            return await asyncio.shield(self._under_way)
        since = self._clock() - self._looked
        wait = COOLDOWN if because_unknown or self.problem else EVERY
        if since < wait if self._address else not self._file_changed():
            return False
        self._looked = self._clock()
        self._under_way = asyncio.create_task(self._look())
        self._under_way.add_done_callback(self._done)
        return await asyncio.shield(self._under_way)

    def _done(self, _task: asyncio.Task[bool]) -> None:
        self._under_way = None

    async def _look(self) -> bool:
        try:
            text, mark = await asyncio.to_thread(self._text)
            found = read_key_set(text, self.source, "--jwks")
        except DiagnosticError as error:
            self.problem = error.diagnostics[0].message
            log.warning("签名公钥没有更新，继续用原来的：%s", self.problem)
            return False
        changed = _names(found) != _names(self.keys)
        self.keys, self.problem, self._mark = found, "", mark
        if changed:
            log.info("签名公钥已更新：%d 把", len(found.keys))
        return changed

    def _file_changed(self) -> bool:
        try:
            about = Path(self.source).stat()
        except OSError:
            return self._mark is not None and not self.problem
        return (about.st_mtime_ns, about.st_size) != self._mark


def _names(keys: KeySet) -> tuple[object, ...]:
    return tuple((key.kid, key.kind, key.only, _numbers(key.key)) for key in keys.keys)


def _numbers(key: Any) -> object:
    # Ed25519 keys have no numbers; their raw bytes say the same.
    return key.public_numbers() if hasattr(key, "public_numbers") else key.public_bytes_raw()


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "文件不存在"
    if isinstance(error, urllib.error.HTTPError):
        return f"对方答复 {error.code}"
    if isinstance(error, urllib.error.URLError):
        return str(getattr(error.reason, "strerror", None) or error.reason)
    if isinstance(error, TimeoutError):
        return "超时"
    return str(getattr(error, "strerror", None) or error)
