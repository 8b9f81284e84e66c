"""规则库能不能读：每个文件都读得出来、写法对、互相对得上。读不出来，其他检查就无从做起。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding, Result, Verdict
from planner.diagnostics import Diagnostic


def find(inspection: Inspection) -> Iterator[Finding]:
    return (Finding(warning) for warning in inspection.loader_warnings)


CHECK = Check("能读", "", __doc__, find)


def unreadable(problems: tuple[Diagnostic, ...]) -> Result:
    """The result for a rulebook that does not load: everything the loader says."""
    result = Result.of(CHECK, (Finding(problem) for problem in problems))
    return Result(CHECK, Verdict.FAIL, result.findings)
