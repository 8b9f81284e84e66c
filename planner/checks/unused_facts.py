"""登记了却没有一处用到的事实：没有规则、决策表、告知、路线或通道读它；派生出来的事实没有人用。"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding
from planner.diagnostics import Diagnostic, Severity
from planner.rulebook.grammar import facts_read
from planner.rulebook.rulebook import BAD_CREDIT, PROJECT_CLASS

CODE = "K811"


def find(inspection: Inspection) -> Iterator[Finding]:
    read = {fact for expression in inspection.book.conditions() for fact in facts_read(expression)}
    for fact in inspection.book.vocabulary.facts.values():
        if fact.code in read | {BAD_CREDIT} or (fact.code == PROJECT_CLASS and inspection.book.teams):
            continue
        if fact.derived:
            message = f"派生事实“{fact.name}”由决策表得出，但没有规则用它"
            fix = "在该用它的规则里引用；不需要就把决策表和这条事实一起删去"
        else:
            message = f"事实“{fact.name}”没有一条规则、决策表、告知、路线或通道用到，问了也没有用"
            fix = "在该用它的规则里引用；不需要就从 vocabulary 里删去"
        yield Finding(Diagnostic(CODE, message, fact.file, fact.line, 1, fix, severity=Severity.WARNING))


CHECK = Check("用不到的事实", CODE, __doc__, find)
