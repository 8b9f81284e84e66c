"""Identities: UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

_IDENTITY = re.compile(r"[0-9a-f]{32}")


def new_identity(now: datetime) -> str:
    """32 hexadecimal digits: milliseconds since 1970, a finer fraction, 62 random bits."""
    microseconds = int(now.timestamp()) * 1_000_000 + now.microsecond
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}"


def is_identity(text: str) -> bool:
    """Whether a text can name anything at all."""
    return _IDENTITY.fullmatch(text) is not None
