"""Whether a rulebook may be used: the verdict of its last check, remembered.

A check takes seconds to half a minute; a plan takes milliseconds. So the verdict is kept in a stamp file, named by everything it depends
on: the bytes of the rulebook, where it lies, and the program itself. Nothing else makes a stamp hold; whatever changes, it is checked
again. A folder that cannot be written to only means that it is checked each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from planner.checks.run import check_rulebook
from planner.diagnostics import Diagnostic, Severity
from planner.rulebook.load import packaged_rules
from planner.rulebook.rulebook import Rulebook

_KEPT = 40
ANNOUNCED = "这份规则库（或程序）还没有检查过，先检查一遍，约半分钟…"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the last check said: `failures` are the findings that keep the rulebook from being used, empty when it passed."""

    failures: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures


def standing_of(
    book: Rulebook,
    top: Path,
    today: date,
    environment: Mapping[str, str] | None = None,
    announce: Callable[[str], None] | None = None,
) -> Standing:
    """The standing of a loaded rulebook: from its stamp, or by checking it now (then `announce` is told first).

    `environment` (default: the process's) says where stamps are kept: `PLANNER_CACHE`, else the user's cache folder.
    """
    stamp = remembered(book, top, environment)
    if stamp is not None:
        return stamp
    if announce is not None:
        announce(ANNOUNCED)
    report = check_rulebook(book, top, today)
    failures = tuple(f.place for r in report.results for f in r.findings if f.place.severity is Severity.ERROR)
    standing = Standing(failures)
    _remember(_stamp(book, top, environment), standing)
    return standing


def remembered(book: Rulebook, top: Path, environment: Mapping[str, str] | None = None) -> Standing | None:
    """The standing that a stamp tells, None when there is none that can be read."""
    try:
        data = json.loads(_stamp(book, top, environment).read_text(encoding="utf-8"))
        return Standing(tuple(Diagnostic.of_data(one) for one in data["failures"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ships_with_the_program(top: Path) -> bool:
    """Whether this is the rulebook inside the installed package: the suite has checked it, and nobody edits it there."""
    inside = packaged_rules()
    return inside.name == "_rules" and inside.resolve() in top.resolve().parents


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where stamps are kept: `PLANNER_CACHE`, or the user's cache folder by the custom of the system."""
    values = os.environ if environment is None else environment
    if values.get("PLANNER_CACHE"):
        return Path(values["PLANNER_CACHE"])
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        if values.get(name):
            return Path(values[name]) / "approval-planner"
    return Path(values.get("HOME") or values.get("USERPROFILE") or tempfile.gettempdir()) / ".cache" / "approval-planner"


def _stamp(book: Rulebook, top: Path, environment: Mapping[str, str] | None) -> Path:
    named = f"{book.digest}\n{top.resolve()}\n{program_digest()}"
    return cache_folder(environment) / "checks" / f"{hashlib.sha256(named.encode()).hexdigest()[:40]}.json"


@lru_cache(maxsize=1)
def program_digest() -> str:
    """A digest of what does the checking: this package's code, the inference engine's version, Python's."""
    hashed = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    with suppress(PackageNotFoundError):
        hashed.update(version("durable-rules").encode())
    package = Path(__file__).resolve().parent.parent
    for path in sorted(package.rglob("*.py")):
        with suppress(OSError):
            hashed.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()


def _remember(stamp: Path, standing: Standing) -> None:
    with suppress(OSError):
        stamp.parent.mkdir(parents=True, exist_ok=True)
        # Written beside it and moved there: another process never reads half a stamp.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=stamp.parent, suffix=".part", delete=False) as file:
            json.dump({"failures": [failure.data for failure in standing.failures]}, file, ensure_ascii=False)
        Path(file.name).replace(stamp)
        old = sorted(stamp.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]
        for path in old:
            path.unlink(missing_ok=True)
