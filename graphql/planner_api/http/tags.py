"""Entity tags: strong ones for bytes, and whether a client has these bytes already."""

from __future__ import annotations

import re
from hashlib import sha256

_TAG = re.compile(rb'\*|(?:W/)?"[^"]*"')


def etag_of(*parts: bytes) -> bytes:
    """A strong validator: equal for equal parts, and for nothing else."""
    return b'"' + sha256(b"\0".join(parts)).hexdigest()[:32].encode() + b'"'


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Whether a client has this answer already (RFC 9110 §13.1.2: compared weakly)."""
    if if_none_match == etag:
        return True
    return any(tag == b"*" or tag.removeprefix(b"W/") == etag for tag in _TAG.findall(if_none_match))
