"""Made bytes kept for the next asker, within a bound, and answers that carry their strong ETag."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

_TAG = re.compile(r'\*|(?:W/)?"[^"]*"')
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\:*?"<>|]+')
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes, and the tag that names exactly these."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> Made:
        return cls(content, f'"{sha256(content).hexdigest()[:32]}"')


class KeptBytes:
    """The bytes made last, at most `most` of them altogether. From any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._held: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        return self._size

    def get(self, key: Hashable) -> Made | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def keep(self, key: Hashable, made: Made) -> None:
        if len(made.content) > self._most // 4:
            return  # one thing does not push out all others
        with self._lock:
            old = self._held.pop(key, None)
            self._size += len(made.content) - (0 if old is None else len(old.content))
            self._held[key] = made
            while self._size > self._most:
                _, gone = self._held.popitem(last=False)
                self._size -= len(gone.content)


def answer(request: Request, made: Made, headers: Mapping[str, str]) -> Response:
    """The bytes, or 304 when the asker has exactly them (RFC 9110 §13.1.2: compared weakly)."""
    said = {**headers, "etag": made.etag}
    tags = _TAG.findall(",".join(request.headers.getlist("if-none-match")))
    if any(tag == "*" or tag.removeprefix("W/") == made.etag for tag in tags):
        return Response(status_code=304, headers={name: text for name, text in said.items() if name != "content-type"})
    return Response(made.content, headers=said)


def disposition(way: str, name: str, suffix: str, plain: str) -> str:
    """A Content-Disposition (RFC 6266): the name in UTF-8 without anything that means something to a file system, and a plain one."""
    safe = _UNSAFE.sub(" ", name).strip(" .")[:_LONGEST_NAME].strip(" .") or plain
    return f"{way}; filename=\"{plain}{suffix}\"; filename*=UTF-8''{quote(safe + suffix, safe='')}"
