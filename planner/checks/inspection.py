"""What every check looks at: the loaded rulebook, its periods, and where each thing stands in the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from planner.checks.domains import Domains
from planner.checks.report import Finding, Scenario
from planner.checks.witness import Finder, Witness
from planner.conditions import Facts
from planner.diagnostics import Diagnostic, Severity
from planner.rulebook.compile import ApprovalInForce, InForce, InForceRule
from planner.rulebook.compiled import Source
from planner.rulebook.files import shown_path
from planner.rulebook.lists import grounded_lists, grounded_parts
from planner.rulebook.models import Approval, Overlay
from planner.rulebook.rulebook import LoadedApproval, Rulebook
from planner.rulebook.source import Path_, Positions, read_yaml

_OF_APPROVALS = tuple(
    dict.fromkeys(
        one.attribute
        for model in (Approval, Overlay)
        for one in grounded_lists(model)
        if not one.single and one.attribute != "offices"
    )
)


@dataclass(frozen=True)
class Period:
    """The law between two changes. `as_of` is a day of it: today where that lies in it, else the day nearest to today."""

    law: InForce
    first: date
    last: date
    as_of: date
    finder: Finder

    @cached_property
    def formulas(self) -> Mapping[int, str]:
        """The formula of each dated thing in force, by the identity of its model."""
        found: dict[int, str] = {}
        for approval in self.law.approvals:
            for rule in rules_of(approval):
                found[id(rule.item)] = rule.formula
        for rule in (*self.law.notices, *general_rules(self.law)):
            found[id(rule.item)] = rule.formula
        return found

    @cached_property
    def rows(self) -> Mapping[str, str]:
        """The formula of each table row in force, by table code and 编号 (`eia_main#3`)."""
        return {row.id: row.formula for table in self.law.compiled.tables.values() for row in table.rows}


def rules_of(approval: ApprovalInForce) -> Iterator[InForceRule[Any]]:
    """Everything of an approval that has a condition and a basis, what layers above and fast lanes add included."""
    yield from (office for office, _ in approval.offices)
    for attribute in _OF_APPROVALS:
        yield from getattr(approval, attribute)


def general_rules(law: InForce) -> Iterator[InForceRule[Any]]:
    """The general rules in force, with what they exclude. The routes of lanes are their approvals'."""
    for general in law.routes:
        yield general.rule
        yield from general.exclusions
    yield from law.lanes
    yield from (joint.rule for joint in law.joint)
    yield from law.clocks
    yield from law.caps


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated, grounded thing as a file writes it.

    `key` is the file's word for its list (`适用`, `法定时限`, `行`, `告知`, `参数`, `快办通道`); `owner` the approval, table or general rule it is
    part of; `name` what officers call it.
    """

    key: str
    owner: str
    name: str
    item: Any
    source: Source

    def __str__(self) -> str:
        what = f"{self.owner}的{self.key}" if self.owner else self.key
        return f"{what}“{self.name}”" if self.name else what


@dataclass
class Inspection:
    """A rulebook under inspection. `folders`: where each layer lies; `today` decides what is overdue and which examples are dated how."""

    book: Rulebook
    folders: Mapping[str, Path]
    today: date
    loader_warnings: tuple[Diagnostic, ...] = ()
    _files: dict[str, tuple[Any, Positions]] = field(default_factory=dict)

    # -- periods -------------------------------------------------------------------------------------------------------

    @cached_property
    def domains(self) -> Domains:
        return Domains.of(self.book.vocabulary, [self.book.at(day) for day in self._starts])

    @cached_property
    def _starts(self) -> tuple[date, ...]:
        changes = self.book.changes
        return (changes[0] - timedelta(days=1), *changes) if changes else (self.today,)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Every period, today's first, then those to come, then those gone by, the latest first."""
        starts = self._starts
        found: list[Period] = []
        for index, start in enumerate(starts):
            law = self.book.at(start)
            last = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else date.max
            first = law.since
            as_of = min(max(self.today, first), last)
            found.append(Period(law, first, last, as_of, Finder(law, self.domains)))
        return tuple(sorted(found, key=lambda p: (p.last < self.today, abs((p.as_of - self.today).days))))

    def period_on(self, day: date) -> Period:
        return next(period for period in self.periods if period.first <= day <= period.last)

    # -- places --------------------------------------------------------------------------------------------------------

    def shown(self, file: str) -> str:
        """A source's file (`national/approvals/x.yaml`) as the user would type it."""
        layer, _, rest = file.partition("/")
        return shown_path(self.folders[layer] / rest) if layer in self.folders and rest else file

    def positions(self, file: str) -> Positions:
        """Where everything stands in a rule file that was loaded (`national/approvals/x.yaml`)."""
        return self._read(file)[1]

    def written(self, file: str, path: Path_) -> Any:
        """What a rule file has at `path`, as written; None when it has nothing there."""
        found = self._read(file)[0]
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def _read(self, file: str) -> tuple[Any, Positions]:
        found = self._files.get(file)
        if found is None:
            layer, _, rest = file.partition("/")
            data, positions, _ = read_yaml(self.folders[layer] / rest, self.shown(file))
            found = self._files[file] = (data, positions)
        return found

    def finding(
        self, code: str, message: str, source: Source, help: str, *, warn: bool = False, shows: Scenario | None = None
    ) -> Finding:
        severity = Severity.WARNING if warn else Severity.ERROR
        return Finding(Diagnostic(code, message, self.shown(source.file), source.line, 0, help, severity=severity), shows)

    def undecided(self, code: str, what: str, source: Source, reason: str) -> Finding:
        """Neither found right nor wrong: never passed over in silence."""
        return self.finding(code, f"未能判断：{what}（{reason}）", source, "请人工核对，或者把条件拆简单", warn=True)

    def scenario(self, period: Period, facts: Facts | Witness, title: str) -> Scenario:
        """A witness as it is printed: 名称 and value, in the vocabulary's order."""
        values = facts.facts if isinstance(facts, Witness) else facts
        return Scenario.of(period.as_of, values, self.book.vocabulary, title)

    # -- everything that is dated and grounded -------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """Every dated thing with a basis, of all layers, for all dates."""
        for loaded in self.book.approvals.values():
            yield from self._of_approval(loaded)
        for table in self.book.tables.values():
            for row in table.rows:
                yield Entry("行", f"决策表“{table.model.name}”", row.id, row, row.source)
        for notice in self.book.notices:
            yield Entry("告知", "", notice.model.name, notice.model, notice.source)
        for parameter in self.book.parameters.values():
            for version in parameter.versions:
                yield Entry("参数", "", parameter.name, version.model, version.source)
        for one in self.book.general:
            yield Entry(one.key, "", one.model.name, one.model, one.source)
            for key, index, item in one.nested():
                yield Entry(key, one.source.name, label(item), item, one.place_of(key, index))

    @cached_property
    def places(self) -> Mapping[int, Source]:
        """The line of each of them, by the identity of its model."""
        return {id(entry.item): entry.source for entry in self.entries()}

    def listed(self, name: str, key: str) -> Iterator[tuple[Mapping[str, Any], Source]]:
        """The items under `key` of every `name.yaml` and `name/*.yaml`, as written: laws, departments, teams."""
        for layer in self.book.layers:
            for file in layer.files:
                if file != f"{name}.yaml" and not file.startswith(f"{name}/"):
                    continue
                whole = f"{layer.name}/{file}"
                items = self.written(whole, (key,))
                for index, item in enumerate(items if isinstance(items, list) else ()):
                    if isinstance(item, dict):
                        yield item, Source(whole, self.positions(whole).of((key, index))[0], str(item.get("名称", "")))

    def _of_approval(self, loaded: LoadedApproval) -> Iterator[Entry]:
        owner = f"“{loaded.model.name}”"
        for key, path, item in grounded_parts(loaded.model):
            line = loaded.lines.get("/".join(map(str, path))) or self.positions(loaded.source.file).of(path)[0]
            yield Entry(key, owner, label(item), item, Source(loaded.source.file, line, loaded.model.name))
        for overlay in loaded.overlays:
            for key, path, item in grounded_parts(overlay.model):
                line = self.positions(overlay.source.file).of(path)[0]
                yield Entry(key, owner, label(item), item, Source(overlay.source.file, line, loaded.model.name))


def label(item: Any) -> str:
    """What officers call an entry of a list."""
    for attribute in ("name", "function", "milestone", "approval", "material", "way"):
        found = getattr(item, attribute, None)
        if found:
            return str(found)
    return ""
