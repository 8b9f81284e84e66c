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
from planner.rulebook.rulebook import LoadedApproval, Rulebook
from planner.rulebook.source import Path_, Positions, read_yaml

LISTS: tuple[tuple[str, str], ...] = (
    ("适用", "applies"),
    ("例外", "exceptions"),
    ("改由", "offices"),
    ("法定时限", "limits"),
    ("承诺时限", "promises"),
    ("前置", "prerequisites"),
    ("卡住", "holds"),
    ("材料", "materials"),
    ("路线", "routes"),
    ("有效期", "validity"),
)
"""The lists of an approval file whose entries are dated and grounded: the key, and the name in code."""

_OVERLAY_LISTS = (("承诺时限", "promises"), ("容缺后补", "later"), ("卡点放宽", "softer"), ("路线", "routes"))


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
        for notice in self.law.notices:
            found[id(notice.item)] = notice.formula
        return found

    @cached_property
    def rows(self) -> Mapping[str, str]:
        """The formula of each table row in force, by table code and 编号 (`eia_main#3`)."""
        return {row.id: row.formula for table in self.law.compiled.tables.values() for row in table.rows}


def rules_of(approval: ApprovalInForce) -> Iterator[InForceRule[Any]]:
    """Everything of an approval that has a condition and a basis."""
    yield from (office for office, _ in approval.offices)
    for _, attribute in LISTS:
        if attribute != "offices":
            yield from getattr(approval, attribute)
    yield from approval.later
    yield from approval.softer


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated, grounded thing as a file writes it.

    `key` is the file's word for its list (`适用`, `法定时限`, `行`, `告知`, `参数`); `owner` the approval or table; `name` what officers call it.
    """

    key: str
    owner: str
    name: str
    item: Any
    source: Source

    def __str__(self) -> str:
        return f"{self.owner}的{self.key}“{self.name}”" if self.name else f"{self.owner}的{self.key}"


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
        for key, attribute in LISTS:
            for index, item in enumerate(getattr(loaded.model, attribute)):
                line = loaded.lines.get(f"{key}/{index}", loaded.source.line)
                yield Entry(key, owner, label(item), item, Source(loaded.source.file, line, loaded.model.name))
        for overlay in loaded.overlays:
            for key, attribute in _OVERLAY_LISTS:
                for index, item in enumerate(getattr(overlay.model, attribute)):
                    line = self.positions(overlay.source.file).of((key, index))[0]
                    yield Entry(key, owner, label(item), item, Source(overlay.source.file, line, loaded.model.name))


def label(item: Any) -> str:
    """What officers call an entry of a list."""
    for attribute in ("name", "function", "milestone", "approval", "material", "way"):
        found = getattr(item, attribute, None)
        if found:
            return str(found)
    return ""
