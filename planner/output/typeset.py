"""Chinese text in columns: how wide it is, where a line may break, where it is cut. A Chinese character is two columns wide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_NOT_FIRST = frozenset("，。、；：！？）》〉】〕」』”’％‰…～·,.;:!?)]}%~")
_NOT_LAST = frozenset("（《〈【〔「『“‘([{")


def text_units(text: str) -> int:
    """The width of text in columns."""
    return sum(map(_units, text))


@lru_cache(maxsize=8192)
def _units(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clipped(text: str, width: int) -> str:
    """Text cut to a width, with … (two columns) in place of what is left out."""
    if text_units(text) <= width:
        return text
    kept = ""
    for character in text:
        if text_units(kept + character) > width - 2:
            break
        kept += character
    return kept + "…"


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Text in lines of at most `width` columns (at least 2).

    A line breaks at spaces and between Chinese characters, never before a closing mark nor after an opening one, unless a piece does
    not fit on a line of its own.
    """
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        units = text_units(piece.rstrip(" "))
        if used + units > width and line:
            lines.append(line.rstrip(" "))
            line, used = "", 0
            piece = piece.lstrip(" ")
            units = text_units(piece.rstrip(" "))
        while units > width:
            head = _head(piece, width)
            lines.append(head)
            piece = piece[len(head) :]
            units = text_units(piece.rstrip(" "))
        line += piece
        used = text_units(line)
    lines.append(line.rstrip(" "))
    return tuple(lines)


def _head(text: str, width: int) -> str:
    used = 0
    for place, character in enumerate(text):
        used += _units(character)
        if used > width:
            return text[:place] or text[:1]
    return text


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may break."""
    piece = ""
    for character in text:
        if piece and _may_break(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before == " " or _units(before) == 2 or _units(after) == 2


_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Text that any document may hold: lines end with \n; control characters and those that turn the direction of writing are left out."""
    return _UNPRINTABLE.sub("", _BREAKS.sub("\n", text)).encode("utf-8", "replace").decode("utf-8")
