"""One mistake per case, as policy staff make them: the loader names it, where it stands, and what to do.

A case is a file of `bad/`: edits to the sample rulebook of `good/`, and the diagnostics that must come back, all of them and no
others. `column` is given where it points at the mistake itself; `message` and `help` are fragments.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.diagnostics import CODES, Diagnostic, DiagnosticError, Severity
from planner.rulebook.load import load_rulebook

HERE = Path(__file__).parent
CASES = sorted((HERE / "bad").glob("*.yaml"))


def apply_edit(folder: Path, edit: Mapping[str, Any]) -> None:
    """One edit of a case: `find` and `replace` once, or the whole `content`, or raw bytes as `hex`, or `delete`."""
    path = folder / edit["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if edit.get("delete"):
        path.unlink()
    elif "hex" in edit:
        path.write_bytes(bytes.fromhex(edit["hex"]))
    elif "content" in edit:
        path.write_text(edit["content"], encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["find"]) == 1, f"{edit['find']!r} must occur once in {edit['file']}"
        path.write_text(text.replace(edit["find"], edit["replace"]), encoding="utf-8")


def broken(case: Path, folder: Path) -> tuple[list[Diagnostic], list[dict[str, Any]]]:
    """The diagnostics of a case, and what it expects."""
    described = yaml.safe_load(case.read_text(encoding="utf-8"))
    shutil.copytree(HERE / "good", folder, dirs_exist_ok=True)
    for edit in described["edits"]:
        apply_edit(folder, edit)
    with pytest.raises(DiagnosticError) as caught:
        load_rulebook(folder / "city")
    return list(caught.value.diagnostics), described["expect"]


def relative(diagnostic: Diagnostic, folder: Path) -> str:
    return Path(diagnostic.file).resolve().relative_to(folder.resolve()).as_posix()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_mistake_is_named_located_and_helped(case: Path, tmp_path: Path) -> None:
    found, expected = broken(case, tmp_path)

    def place(code: str, file: str, line: int) -> tuple[str, str, int]:
        return (code, file, line)

    listing = "\n".join(map(str, found))
    assert all(re.search("[一-鿿]", d.message) and d.help for d in found), listing
    assert sorted(place(d.code, relative(d, tmp_path), d.line) for d in found) == sorted(
        place(one["code"], one["file"], one.get("line", 0)) for one in expected
    ), listing
    for one in expected:
        (diagnostic,) = (
            d for d in found if place(d.code, relative(d, tmp_path), d.line) == place(one["code"], one["file"], one.get("line", 0))
        )
        if "column" in one:
            assert diagnostic.column == one["column"], listing
        assert one["message"] in diagnostic.message
        assert one.get("help", "") in diagnostic.help
        assert diagnostic.severity is Severity(one.get("severity", "error"))


def test_cases_show_the_right_line() -> None:
    """Most mistakes are located on a line: a rule about the cases themselves, so that the table does not thin out."""
    expectations = [one for case in CASES for one in yaml.safe_load(case.read_text(encoding="utf-8"))["expect"]]
    assert sum("line" in one for one in expectations) >= 38
    assert {one["code"] for one in expectations} <= CODES.keys()
