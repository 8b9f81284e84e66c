"""Files that are damaged rather than wrong: two people's edits left unmerged, or a file that was not saved to its end.

What a parser says of such a file leads nowhere. Here it is said what happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from planner.diagnostics import Diagnostic

_BEGINS = re.compile(r"<{7}(\s|$)")
_ENDS = re.compile(r">{7}(\s|$)")
# What a file says that stops too early: a key or a row that is missing, a bracket or quotation mark that is never closed.
_SIGNS = frozenset({"F003", "S102", "S103", "T402", "V205", "V209"})
# What the last thing in a file lacks when the file stops in the middle of it.
_LACKING = frozenset({"R304", "R305", "R311"})
_LONGEST = 10  # lines that one entry of a list takes at most


def conflicts(text: str, shown: str) -> list[Diagnostic]:
    """The conflict markers that a merge left in a file, one diagnostic for each conflict."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return []
    found: list[Diagnostic] = []
    begun = 0
    for number, line in enumerate(text.split("\n"), 1):
        if _BEGINS.match(line):
            if begun:
                found.append(_conflict(shown, begun, 0))
            begun = number
        elif _ENDS.match(line):
            found.append(_conflict(shown, begun or number, number))
            begun = 0
    if begun:
        found.append(_conflict(shown, begun, 0))
    return found


def _conflict(shown: str, begun: int, ended: int) -> Diagnostic:
    where = f"第 {begun} 行到第 {ended} 行" if ended > begun else f"第 {begun} 行"
    message = f"两个人的修改有冲突：{where}留着两边的内容，还没有决定用哪一边"
    fix = "和另一位修改的人商量，留下对的内容，再删去“<<<<<<<”“=======”“>>>>>>>”三行"
    return Diagnostic("K801", message, shown, begun, 1, fix)


def cut_bytes(data: bytes, shown: str) -> Diagnostic | None:
    """A file whose bytes end inside a character, or in zeros: the machine stopped while it was being written."""
    kept = data.rstrip(b"\x00")
    if kept != data and b"\x00" not in kept and kept:
        return _cut(shown, kept.count(b"\n") + 1, "后面全是空字节")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and data[: error.start].decode("utf-8", "ignore").strip():
            return _cut(shown, data.count(b"\n") + 1, "最后一个字只存了一半")
    return None


def cut_off(problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Files among those with problems that were not saved to their end: no line end at the end, and something is missing there."""
    signs: dict[str, list[Diagnostic]] = {}
    for problem in problems:
        if problem.code in _SIGNS | _LACKING and problem.file:
            signs.setdefault(problem.file, []).append(problem)
    for file, found in signs.items():
        try:
            data = Path(file).read_bytes()
        except (OSError, ValueError):
            continue
        if not data or data.endswith((b"\n", b"\r")):
            continue
        last = data.count(b"\n") + 1
        # A slip further up explains itself; a missing key is told of the top, wherever the file stops.
        if any(_points_to_the_end(problem, last) for problem in found):
            yield _cut(file, last, "最后一行没有写完，后面的内容没有了")


def _points_to_the_end(problem: Diagnostic, last: int) -> bool:
    near = _LONGEST if problem.code in _LACKING else 1
    return problem.code == "S102" or problem.line >= last - near or "没有成对" in problem.message


def _cut(shown: str, line: int, what: str) -> Diagnostic:
    fix = "从备份、版本记录或发件人那里找回完整的文件；如果内容是全的，在末尾按一次回车再保存"
    return Diagnostic("K802", f"文件像是没有存完整：{what}", shown, line, 1, fix)
