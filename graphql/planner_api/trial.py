"""Whether a rulebook may be taken into use, found out in a child process: requests go on meanwhile, and a crash is the child's alone.

    python -m planner_api.trial < what to try (JSON)      (what `planner_api.reload` runs)

The child loads the rulebook as the server did at its start: with its check, whose verdict is remembered for others
(`planner.checks.standing`). Loaded without its check, its rules of today are still tried by the canary.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from planner import Diagnostic, DiagnosticError, Planner
from planner.inference.canary import try_rulebook

_VERDICT = "rulebook-verdict:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the trial of a rulebook said: the digests of what was tried, and the problems that keep it from being used.

    `rulebook`, `calendar`: "" where they could not be read. `unchecked`: what plans have to warn of, as in `Planner`.
    """

    rulebook: str = ""
    calendar: str = ""
    unchecked: str = ""
    problems: tuple[Diagnostic, ...] = ()


def judge(rules: Path | None, today: date, allow_unchecked: bool) -> Verdict:
    """Load a rulebook with its check, and say what came of it."""
    try:
        planner = Planner.load(rules, allow_unchecked=allow_unchecked, today=today)
    except DiagnosticError as error:
        return Verdict(problems=tuple(error.diagnostics))
    problems = try_rulebook(planner.rulebook.at(today).compiled) if planner.unchecked else []
    return Verdict(planner.rulebook.digest, planner.calendar.digest, planner.unchecked, tuple(problems))


def start(rules: Path | None, today: date, allow_unchecked: bool, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Begin a trial; its words go to `output`. The child leads a group of its own, so that all of it can be ended."""
    paths = dict.fromkeys(path for path in sys.path if path)
    asked = {"rules": None if rules is None else str(rules), "today": today.isoformat(), "allow_unchecked": allow_unchecked}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "planner_api.trial"],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(asked).encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it ended at once; its verdict will be missing
    return child


def verdict_in(output: bytes, code: int) -> Verdict:
    """The verdict in a child's output, or that it could give none."""
    lines = output.decode("utf-8", errors="replace").splitlines()
    found = [line.removeprefix(_VERDICT) for line in lines if line.startswith(_VERDICT)]
    if code != 0 or not found:
        last = next((line for line in reversed(lines) if line.strip()), f"退出码 {code}")
        return Verdict(problems=(unfinished(f"检查规则库的子进程出错：{last[:300]}"),))
    data = json.loads(found[-1])
    problems = tuple(Diagnostic.of_data(one) for one in data.pop("problems"))
    return Verdict(**data, problems=problems)


def unfinished(message: str) -> Diagnostic:
    """A check that came to no verdict."""
    return Diagnostic("R321", message, help="继续用原来的规则库；用 planner check 单独检查，看是哪里的问题")


def main() -> int:
    """Read what to try from standard input, try it, and write the verdict."""
    if hasattr(os, "nice"):
        os.nice(10)  # who waits for an answer goes first
    asked = json.load(sys.stdin)
    rules = None if asked["rules"] is None else Path(asked["rules"])
    verdict = judge(rules, date.fromisoformat(asked["today"]), asked["allow_unchecked"])
    said = {
        "rulebook": verdict.rulebook,
        "calendar": verdict.calendar,
        "unchecked": verdict.unchecked,
        "problems": [one.data for one in verdict.problems],
    }
    print(_VERDICT + json.dumps(said, ensure_ascii=True), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
