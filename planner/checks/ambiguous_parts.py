"""同一事项里会同时适用、说法却不同的两条：两条法定时限、两条“改由”，或者管着它的两条补正、送达的规定。"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, TypeAlias

from planner.checks.inspection import Inspection, Period
from planner.checks.report import Check, Finding
from planner.checks.witness import GaveUp, Witness
from planner.conditions import Truth
from planner.rulebook.compile import ApprovalInForce, InForceRule

CODE = "K818"
_List: TypeAlias = tuple[str, Sequence[InForceRule[Any]], Callable[[InForceRule[Any]], str]]


def find(inspection: Inspection) -> Iterator[Finding]:
    done: set[tuple[str, int, int]] = set()
    for period in inspection.periods:
        for approval in period.law.approvals:
            lists: tuple[_List, ...] = (
                ("法定时限", approval.limits, _limit),
                ("改由", [office for office, _ in approval.offices], _office),
                ("补正", _clocks(period, approval, "补正"), _limit),
                ("送达", _clocks(period, approval, "送达"), _limit),
            )
            for key, rules, says in lists:
                for one, other in combinations(rules, 2):
                    place = (one.source.file, one.source.line, other.source.line)
                    if place in done or says(one) == says(other):
                        continue
                    done.add(place)
                    yield from _together(inspection, period, approval, key, (one, other), (says(one), says(other)))


def _clocks(period: Period, approval: ApprovalInForce, procedure: str) -> list[InForceRule[Any]]:
    """The general clocks that settle a procedure of the approval: of the nearest layer, those that name it before those for its kind."""
    every = [clock for clock in period.law.clocks if clock.item.procedure == procedure]
    named = [clock for clock in every if approval.model.code in clock.item.approvals]
    found = named or [clock for clock in every if approval.model.kind in clock.item.kinds]
    return [clock for clock in found if clock.layer == found[-1].layer]


def _limit(rule: InForceRule[Any]) -> str:
    term = rule.item.term
    return f"{term.n} {'工作日' if type(term).__name__ == 'WorkingDays' else '日'}"


def _office(rule: InForceRule[Any]) -> str:
    return str(rule.item.function)


def _together(
    inspection: Inspection,
    period: Period,
    approval: ApprovalInForce,
    key: str,
    rules: tuple[InForceRule[Any], InForceRule[Any]],
    words: tuple[str, str],
) -> Iterator[Finding]:
    one, other = rules
    answer = period.finder.solve({approval.need: Truth.TRUE, one.formula: Truth.TRUE, other.formula: Truth.TRUE})
    what = f"“{approval.model.name}”的“{key}”"
    if isinstance(answer, Witness):
        message = f"{what}有两条会同时适用，说法不同：{words[0]}、{words[1]}（第 {other.source.line} 行）"
        shows = inspection.scenario(period, answer, "两条同时适用")
        fix = "给两条写上不会同时成立的“当”" + ("；本来就以前一条为准的，可以保留：程序用写在前面的" if key == "改由" else "")
        yield inspection.finding(CODE, message, one.source, fix, warn=True, shows=shows)
    elif isinstance(answer, GaveUp) and "没有载明" not in answer.reason:
        yield inspection.undecided(CODE, f"{what}第 {other.source.line} 行的一条会不会同时适用", one.source, answer.reason)


CHECK = Check("同时适用的不同说法", CODE, __doc__, find)
