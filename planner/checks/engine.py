"""推理引擎装不装得下、答得对不对：按每一段时间的法律，在子进程里试运行一遍，与独立核算对照。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from planner.checks.inspection import Inspection, Period
from planner.checks.report import Check, Finding, Note
from planner.diagnostics import Diagnostic
from planner.inference.canary import try_rulebooks
from planner.rulebook.compiled import CompiledRulebook, Source

CODE = "K830"
_SECONDS = 600.0


def find(inspection: Inspection) -> Iterator[Finding | Note]:
    periods = _different(inspection.periods)
    current = [p.law.compiled for p in periods if p.last >= inspection.today]
    past = [p.law.compiled for p in periods if p.last < inspection.today]
    # The law of today and later is tried rule by rule, the law of the past with whole projects: two child processes side by side.
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [
            pool.submit(try_rulebooks, current, _SECONDS),
            *([pool.submit(try_rulebooks, past, _SECONDS, briefly=True)] if past else []),
        ]
        problems = dict.fromkeys(problem for run in runs for problem in run.result())
    for problem in problems:
        yield _finding(inspection, problem)
    if not problems:
        yield Note(f"{len(periods)} 段时间的法律各试运行了一遍")


def _different(periods: Sequence[Period]) -> list[Period]:
    """Periods whose rules differ: where only citations change, inference is the same."""
    found: dict[int, list[Period]] = {}
    kept = []
    for period in periods:
        mine = _content(period.law.compiled)
        alike = found.setdefault(hash(tuple(mine[1].items())), [])
        if not any(_content(other.law.compiled) == mine for other in alike):
            alike.append(period)
            kept.append(period)
    return kept


def _content(book: CompiledRulebook) -> tuple[dict[str, object], ...]:
    return tuple(dict(part) for part in (book.conditions, book.formulas, book.tables, book.rules))


def _finding(inspection: Inspection, problem: Diagnostic) -> Finding:
    return inspection.finding(CODE, problem.message, Source(problem.file, problem.line, ""), problem.help)


CHECK = Check("推理引擎试运行", CODE, __doc__, find)
