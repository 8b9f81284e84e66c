"""Running the checks over a rulebook's folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from planner.checks import engine, readable
from planner.checks.inspection import Inspection
from planner.checks.registry import CHECKS
from planner.checks.report import Check, Report, Result, Verdict
from planner.diagnostics import Diagnostic, DiagnosticError
from planner.rulebook.files import shown_path
from planner.rulebook.layers import layer_folders
from planner.rulebook.load import load_rulebook, packaged_rules
from planner.rulebook.rulebook import Rulebook


def check_rules(rules: str | Path | None, today: date, *, only: Collection[str] = (), more: Sequence[Check] = ()) -> Report:
    """Check the rulebook whose top layer is the folder `rules` (default: 鞍山, as packaged).

    Every check runs, whatever the others find. `only` names the checks to run (all when empty); `more` are checks that other parts of
    the program add. Raises nothing: a rulebook that cannot be read is the finding of the check 能读.
    """
    top = packaged_rules() / "anshan" if rules is None else Path(rules)
    chosen = [check for check in (*CHECKS, *more) if not only or check.name in only]
    try:
        book, warnings = load_rulebook(top)
    except DiagnosticError as error:
        unread = "规则库还读不出来"
        rest = [Result(check, Verdict.NOT_APPLICABLE, (), (unread,)) for check in chosen if check is not readable.CHECK]
        return Report.of(shown_path(top), "", "", [readable.unreadable(error.diagnostics), *rest])
    return check_rulebook(book, top, today, chosen, warnings)


def check_rulebook(
    book: Rulebook, top: Path, today: date, checks: Sequence[Check] = CHECKS, warnings: tuple[Diagnostic, ...] = ()
) -> Report:
    """Run `checks` on a rulebook that was loaded from `top`, with the loader's `warnings`."""
    folders, _ = layer_folders(top, packaged_rules(), [])
    inspection = Inspection(book, {folder.resolve().name: folder for folder in folders}, today, warnings)
    inspection.periods  # noqa: B018 - worked out once, before two threads ask for it
    # The trial of the inference engine waits for child processes; the other checks run meanwhile.
    with ThreadPoolExecutor(max_workers=1) as pool:
        trial = pool.submit(engine.CHECK.run, inspection) if engine.CHECK in checks else None
        results = [check.run(inspection) for check in checks if check is not engine.CHECK]
        if trial is not None:
            results.append(trial.result())
    order = {check.name: place for place, check in enumerate(checks)}
    results.sort(key=lambda result: order[result.check.name])
    return Report.of(shown_path(top), book.title, book.digest, results)
