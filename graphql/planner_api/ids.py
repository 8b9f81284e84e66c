"""Ids as clients see them: opaque text that names a type and one of its things, the same in every answer."""

from __future__ import annotations

import base64
import binascii

_MOST = 200
"""No id of ours is longer; longer texts are not looked at."""


def global_id(type_name: str, id: str) -> str:
    """The id of a thing of a type."""
    return base64.urlsafe_b64encode(f"{type_name}:{id}".encode()).decode().rstrip("=")


def parts_of(id: str) -> tuple[str, str] | None:
    """The type and the thing that an id names; None for a text that is no id of ours."""
    if len(id) > _MOST:
        return None
    try:
        text = base64.b64decode(id + "=" * (-len(id) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    type_name, colon, own = text.partition(":")
    return (type_name, own) if colon and global_id(type_name, own) == id else None


def local_id(type_name: str, id: str) -> str:
    """What the store calls the thing of this type; "", which names nothing, for an id of another type or of none."""
    found = parts_of(id)
    return found[1] if found is not None and found[0] == type_name else ""
