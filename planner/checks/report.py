"""What a check says: findings, a verdict for each check, and all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from planner.conditions import Facts
from planner.diagnostics import Diagnostic, Severity
from planner.vocabulary import Vocabulary, show_value

if TYPE_CHECKING:
    from planner.checks.inspection import Inspection


class Verdict(Enum):
    """The outcome of one check. The values are what users read."""

    FAIL = "不通过"
    WARN = "警告"
    PASS = "通过"
    NOT_APPLICABLE = "不适用"


_GRAVEST_FIRST = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A witness project, ready to paste into a `.feature` file. `facts`: 名称 and value with its unit, as read back by the vocabulary."""

    as_of: date
    facts: tuple[tuple[str, str], ...]
    title: str = "检查给出的例子"

    @classmethod
    def of(cls, as_of: date, facts: Facts, vocabulary: Vocabulary, title: str) -> Scenario:
        """A project as it is printed: 名称 and value, in the vocabulary's order."""
        known = (fact for fact in vocabulary.facts.values() if fact.code in facts)
        return cls(as_of, tuple((fact.name, show_value(fact, facts[fact.code], exactly=True)) for fact in known), title)

    def __str__(self) -> str:
        lines = [f"场景: {self.title}"]
        if self.facts:
            width = max(_width(name) for name, _ in (*self.facts, ("事实", "")))
            lines.append("  假如 一个项目:")
            wide = max(_width(value) for _, value in (*self.facts, ("", "值")))
            lines += [f"    | {_padded(name, width)} | {_padded(value, wide)} |" for name, value in (("事实", "值"), *self.facts)]
        lines.append(f"  当 按{self.as_of}的法律制定计划")
        return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    `place` tells where (file as the user types it, line from 1), what is wrong and the likely fix. `shows` is the project on which it
    comes out, None when there can be none (a rule that no project meets) or it is no matter of projects.
    """

    place: Diagnostic
    shows: Scenario | None = None

    def __str__(self) -> str:
        text = str(self.place)
        if self.shows is None:
            return text
        shown = "\n".join(f"      {line}" for line in str(self.shows).splitlines())
        return f"{text}\n    例子：\n{shown}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something a check says beside its verdict: a count, a pointer, why it does not apply."""

    text: str
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name and one-line definition for officers, the code of its findings, and how they are found."""

    name: str
    code: str
    definition: str
    find: Callable[[Inspection], Iterable[Finding | Note]]

    @property
    def module(self) -> str:
        """The name of its module (`sibling_thresholds`), by which it may be asked for as well."""
        return self.find.__module__.rpartition(".")[2]

    def run(self, inspection: Inspection) -> Result:
        findings: list[Finding] = []
        notes: list[Note] = []
        for one in self.find(inspection):
            if isinstance(one, Note):
                notes.append(one)
            else:
                findings.append(one)
        return Result.of(self, findings, notes)


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one check, with its findings in reading order."""

    check: Check
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, check: Check, findings: Iterable[Finding], notes: Iterable[Note] = ()) -> Result:
        once = {(f.place.file, f.place.line, f.place.message): f for f in findings}
        ordered = tuple(sorted(once.values(), key=_reading_order))
        remarks = list(notes)
        if any(f.place.severity is Severity.ERROR for f in ordered):
            verdict = Verdict.FAIL
        elif ordered:
            verdict = Verdict.WARN
        else:
            verdict = Verdict.PASS if all(note.applies for note in remarks) else Verdict.NOT_APPLICABLE
        return cls(check, verdict, ordered, tuple(note.text for note in remarks))


def _reading_order(finding: Finding) -> tuple[bool, str, int, str]:
    place = finding.place
    return (place.severity is Severity.WARNING, place.file, place.line, place.message)


@dataclass(frozen=True, slots=True)
class Report:
    """Every check's result, the gravest verdicts first. `digest` is the rulebook's, "" when it could not be read."""

    rules: str
    title: str
    digest: str
    results: tuple[Result, ...]

    @classmethod
    def of(cls, rules: str, title: str, digest: str, results: Iterable[Result]) -> Report:
        return cls(rules, title, digest, tuple(sorted(results, key=lambda result: _GRAVEST_FIRST.index(result.verdict))))

    @property
    def passed(self) -> bool:
        """Whether no check failed: warnings do not keep a rulebook from being used."""
        return all(result.verdict is not Verdict.FAIL for result in self.results)

    def with_verdict(self, verdict: Verdict) -> Iterator[Result]:
        return (result for result in self.results if result.verdict is verdict)
