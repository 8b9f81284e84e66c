"""Made bytes kept for the next asker, within a bound, and answers that carry their strong ETag."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from planner_api.http.tags import etag_of, matches
from planner_api.recent import Recent

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\:*?"<>|]+')
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes, and the tag that names exactly these."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> Made:
        return cls(content, etag_of(content).decode())


class KeptBytes(Recent[Hashable, Made]):
    """The bytes made last, at most `most` of them altogether; nothing that would push out many others."""

    def __init__(self, most: int) -> None:
        super().__init__(most, lambda _key, made: len(made.content), most // 4)


def answer(request: Request, made: Made, headers: Mapping[str, str]) -> Response:
    """The bytes, or 304 when the asker has exactly them (RFC 9110 §13.1.2: compared weakly)."""
    said = {**headers, "etag": made.etag}
    if matches(",".join(request.headers.getlist("if-none-match")).encode("latin-1"), made.etag.encode()):
        return Response(status_code=304, headers={name: text for name, text in said.items() if name != "content-type"})
    return Response(made.content, headers=said)


def disposition(way: str, name: str, suffix: str, plain: str) -> str:
    """A Content-Disposition (RFC 6266): the name in UTF-8 without anything that means something to a file system, and a plain one."""
    safe = _UNSAFE.sub(" ", name).strip(" .")[:_LONGEST_NAME].strip(" .") or plain
    return f"{way}; filename=\"{plain}{suffix}\"; filename*=UTF-8''{quote(safe + suffix, safe='')}"
