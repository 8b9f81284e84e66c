"""Random sequences of everything the store does, beside a plain model of it in Python."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from planner.plan import Plan
from planner_api.access.viewer import Scope
from planner_api.store.due import departments_of, kept_deadlines
from planner_api.store.records import (
    Change,
    ChangeKind,
    DeadlineCount,
    DeadlineFilter,
    DeadlineOrder,
    DeadlineRecord,
    Missing,
    PlanRecord,
    ProjectDraft,
    ProjectFilter,
    ProjectOrder,
    ProjectRecord,
    Stale,
)
from planner_api.store.sql import SqlStore, open_store
from tests.postgres import PostgresServer
from tests.store.world import draft, monday, moved, walked

T = TypeVar("T")

OFFICES = ("鞍山市营商环境建设局（行政审批）", "鞍山市自然资源局", "鞍山市卫生健康委员会", "")
OWNERS, TEAMS, CLASSES = ("甲公司", "乙公司"), ("a_team", "b_team", None), ("one", "two", None)

few = st.sampled_from


def some(values: Sequence[str | None]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([one for one in values if one is not None]), max_size=2)


scopes = st.one_of(
    st.just(Scope(everything=True)),
    st.builds(Scope, owner=few([None, *OWNERS]), teams=some(TEAMS), departments=some(OFFICES)),
)
drafts = st.builds(
    draft,
    few(["甲厂", "乙厂", "B 厂", "b 厂", "100%_"]),
    project_class=few(CLASSES),
    team=few(TEAMS),
    district=few(["铁西区", "铁东区"]),
)
days = st.none() | st.integers(0, 400).map(lambda n: date(2026, 2, 1) + timedelta(days=n))
flags = st.none() | st.booleans()


def at_most_two(make: Callable[..., T], **conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """A filter with one or two conditions, or none: with all of them at once hardly anything would ever be found."""
    each = [st.tuples(st.just(name), values) for name, values in conditions.items()]
    return st.lists(st.one_of(each), max_size=2).map(lambda chosen: make(**dict(chosen)))


project_filters = at_most_two(
    ProjectFilter,
    classes=some(CLASSES),
    teams=some(TEAMS),
    departments=some(OFFICES),
    districts=some(("铁西区", "铁东区")),
    search=few(["厂", "b", "%", "_"]),
    archived=st.booleans(),
    planned=flags,
)
deadline_filters = at_most_two(
    DeadlineFilter,
    kinds=some(("submit", "decide_statutory", "milestone")),
    classes=some(CLASSES),
    teams=some(TEAMS),
    departments=some(OFFICES),
    stages=some(("施工许可", "立项用地规划许可")),
    items=some(("filing", "construction_permit")),
    first=days,
    last=days,
    depends=flags,
    critical=flags,
    provisional=flags,
)


@dataclass
class Kept:
    """A project as the model holds it. `due`: the rows of its current plan's deadlines with a number that grows as they are added."""

    record: ProjectRecord
    plans: list[PlanRecord] = field(default_factory=list)
    took_part: set[str] = field(default_factory=set)
    due: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


class StoreMachine(RuleBasedStateMachine):
    """The store on one side, the model on the other."""

    open: Callable[[ExitStack], SqlStore]
    plans: tuple[Plan, ...]

    def __init__(self) -> None:
        super().__init__()
        self.held = ExitStack()
        self.store = type(self).open(self.held)
        self.projects: list[Kept] = []
        self.keys: dict[tuple[str, str], str] = {}
        self.log: list[tuple[ChangeKind, str, str | None, str, str | None, frozenset[str]]] = []
        self.numbers = iter(range(1, 10**9))

    def teardown(self) -> None:
        self.held.close()

    # -- the model --------------------------------------------------------------------------------------------------

    def _whole(self, scope: Scope, project: Kept) -> bool:
        return scope.everything or scope.owner == project.record.owner or project.record.draft.team in scope.teams

    def _sees(self, scope: Scope, project: Kept) -> bool:
        return self._whole(scope, project) or bool((scope.departments - {""}) & project.took_part)

    def _logged(self, kind: ChangeKind, project: Kept, plan: str | None = None) -> None:
        record = project.record
        self.log.append((kind, record.id, plan, record.owner, record.draft.team, frozenset(project.took_part)))

    def _due(self, scope: Scope) -> Iterator[tuple[int, str, DeadlineRecord]]:
        for project in self.projects:
            record = project.record
            for number, row in project.due:
                if record.archived or not (self._whole(scope, project) or row["department"] in scope.departments - {""}):
                    continue
                shown = {name: value for name, value in row.items() if name != "key"}
                yield (
                    number,
                    record.owner,
                    DeadlineRecord(
                        id=f"{record.plan}/{row['key']}",
                        project=record.id,
                        project_name=record.draft.name,
                        plan=str(record.plan),
                        project_class=record.draft.project_class,
                        team=record.draft.team,
                        **shown,
                    ),
                )

    # -- what is done -----------------------------------------------------------------------------------------------

    @initialize(owner=few(OWNERS), described=drafts)
    def begin(self, owner: str, described: ProjectDraft) -> None:
        self.create(owner, described, None)
        self._planned(Scope(everything=True), self.projects[0], type(self).plans[0], 0)

    @rule(owner=few(OWNERS), described=drafts, key=few([None, "k1", "k2"]))
    def create(self, owner: str, described: ProjectDraft, key: str | None) -> None:
        made = self.store.create_project(owner, described, key)
        if key is not None and (owner, key) in self.keys:
            assert made == next(one.record for one in self.projects if one.record.id == self.keys[owner, key])
            return
        assert made == ProjectRecord(made.id, owner, 1, described, False, None, made.created_at, made.created_at)
        assert made.id not in {one.record.id for one in self.projects}
        self.projects.append(Kept(made))
        if key is not None:
            self.keys[owner, key] = made.id
        self._logged(ChangeKind.PROJECT_SAVED, self.projects[-1])

    @rule(data=st.data(), scope=scopes, off=few([0, 0, 0, 1, -1]), described=drafts)
    def edit(self, data: st.DataObject, scope: Scope, off: int, described: ProjectDraft) -> None:
        project = data.draw(few(self.projects))
        before = project.record
        answer = self.store.edit_project(scope, before.id, before.revision + off, described)
        if not self._whole(scope, project):
            assert answer == Missing(before.id)
        elif off:
            assert answer == Stale(before)
        else:
            assert isinstance(answer, ProjectRecord)
            assert answer == replace(before, revision=before.revision + 1, draft=described, updated_at=answer.updated_at)
            project.record = answer
            self._logged(ChangeKind.PROJECT_SAVED, project)

    @rule(data=st.data(), scope=scopes, off=few([0, 0, 0, 1]), archived=st.booleans())
    def archive(self, data: st.DataObject, scope: Scope, off: int, archived: bool) -> None:
        project = data.draw(few(self.projects))
        before = project.record
        answer = self.store.archive_project(scope, before.id, before.revision + off, archived)
        if not self._whole(scope, project):
            assert answer == Missing(before.id)
        elif off:
            assert answer == Stale(before)
        elif before.archived == archived:
            assert answer == before
        else:
            assert isinstance(answer, ProjectRecord)
            assert answer == replace(before, revision=before.revision + 1, archived=archived, updated_at=answer.updated_at)
            project.record = answer
            self._logged(ChangeKind.PROJECT_ARCHIVED, project)

    @rule(data=st.data(), scope=scopes, off=few([0, 0, 0, 1]), days=st.integers(0, 1))
    def add_plan(self, data: st.DataObject, scope: Scope, off: int, days: int) -> None:
        self._planned(scope, data.draw(few(self.projects)), moved(data.draw(few(type(self).plans)), days), off)

    def _planned(self, scope: Scope, project: Kept, plan: Plan, off: int) -> None:
        before = project.record
        answer = self.store.add_plan(scope, before.id, before.revision + off, plan, "clerk")
        if not self._whole(scope, project):
            assert answer == Missing(before.id)
            return
        if off:
            assert answer == Stale(before)
            return
        document = plan.model_dump_json().encode()
        if project.plans and project.plans[-1].document == document:
            assert answer == (project.plans[-1], False)
            return
        assert isinstance(answer, tuple)
        kept, created = answer
        assert created
        assert kept == PlanRecord(
            id=kept.id,
            project=before.id,
            number=len(project.plans) + 1,
            revision=before.revision,
            packed=zlib.compress(document, 6),
            made_at=kept.made_at,
            made_by="clerk",
            as_of=plan.as_of,
            start=plan.start,
            rulebook=plan.provenance.rulebook,
            owner=before.owner,
            team=before.draft.team,
            departments=departments_of(plan),
        )
        project.plans.append(kept)
        project.record = replace(before, plan=kept.id)
        project.took_part |= kept.departments
        project.due = [(next(self.numbers), row) for row in kept_deadlines(plan)]
        self._logged(ChangeKind.PLAN_MADE, project, kept.id)

    # -- what is asked ----------------------------------------------------------------------------------------------

    @rule(scope=scopes, which=project_filters, order=few(list(ProjectOrder)), size=few([1, 2, 100]), backward=st.booleans())
    def list_projects(self, scope: Scope, which: ProjectFilter, order: ProjectOrder, size: int, backward: bool) -> None:
        wanted = [one for one in self.projects if self._sees(scope, one) and self._fits(scope, one, which)]
        records = sorted((one.record for one in wanted), key=_KEYS[order], reverse=order is not ProjectOrder.NAME)
        assert walked(lambda page: self.store.projects(scope, which, order, page), size, backward=backward) == records
        assert self.store.count_projects(scope, which) == len(records)

    def _fits(self, scope: Scope, project: Kept, which: ProjectFilter) -> bool:
        described, current = project.record.draft, project.plans[-1].departments if project.plans else frozenset()
        known = current if self._whole(scope, project) else current & scope.departments
        return (
            project.record.archived == which.archived
            and (not which.classes or described.project_class in which.classes)
            and (not which.teams or described.team in which.teams)
            and (not which.districts or described.district in which.districts)
            and (not which.departments or bool(which.departments & known))
            and which.search.casefold() in described.name.casefold()
            and (which.planned is None or which.planned == bool(project.plans))
        )

    @rule(scope=scopes, which=deadline_filters, order=few(list(DeadlineOrder)), size=few([3, 50]), backward=st.booleans())
    def list_deadlines(self, scope: Scope, which: DeadlineFilter, order: DeadlineOrder, size: int, backward: bool) -> None:
        found = [(number, one) for number, _, one in self._due(scope) if _due_fits(one, which)]
        if order is DeadlineOrder.DEPARTMENT:
            found.sort(key=lambda pair: (pair[1].department, pair[1].day, pair[0]))
        else:
            found.sort(key=lambda pair: (pair[1].day, pair[1].department, pair[0]), reverse=order is DeadlineOrder.DAY_DESCENDING)
        records = [one for _, one in found]
        assert walked(lambda page: self.store.deadlines(scope, which, order, page), size, backward=backward) == records
        assert self.store.count_deadlines(scope, which) == len(records)
        counted = Counter((one.department, monday(one.day)) for one in records)
        unsure = Counter((one.department, monday(one.day)) for one in records if one.provisional)
        assert self.store.deadline_counts(scope, which) == tuple(
            DeadlineCount(*key, counted[key], unsure[key]) for key in sorted(counted)
        )

    @rule(data=st.data(), scope=scopes)
    def read_one(self, data: st.DataObject, scope: Scope) -> None:
        project = data.draw(few(self.projects))
        sees = self._sees(scope, project)
        assert self.store.project(scope, project.record.id) == (project.record if sees else None)
        assert self.store.count_plans(scope, project.record.id) == (len(project.plans) if sees else 0)
        listed = walked(lambda page: self.store.plans(scope, project.record.id, page), 2)
        assert listed == (project.plans[::-1] if sees else [])
        for plan in project.plans:
            assert self.store.plan(scope, plan.id) == (plan if sees else None)

    @invariant()
    @precondition(lambda self: self.projects)
    def the_log_tells_all(self) -> None:
        found: tuple[Change, ...] = self.store.changes_after(0, 10_000)
        assert [(one.kind, one.project, one.plan, one.owner, one.team, one.departments) for one in found] == self.log
        assert self.store.last_change() == found[-1].sequence


_KEYS: dict[ProjectOrder, Callable[[ProjectRecord], Any]] = {
    ProjectOrder.NEWEST: lambda one: one.id,
    ProjectOrder.RECENTLY_UPDATED: lambda one: (one.updated_at, one.id),
    ProjectOrder.NAME: lambda one: (one.draft.name.casefold(), one.id),
}


def _due_fits(one: DeadlineRecord, which: DeadlineFilter) -> bool:
    return (
        (not which.kinds or one.kind in which.kinds)
        and (not which.classes or one.project_class in which.classes)
        and (not which.teams or one.team in which.teams)
        and (not which.departments or one.department in which.departments)
        and (not which.stages or one.stage in which.stages)
        and (not which.items or one.item in which.items)
        and (which.first is None or one.day >= which.first)
        and (which.last is None or one.day <= which.last)
        and (which.depends is None or one.depends == which.depends)
        and (which.critical is None or one.critical == which.critical)
        and (which.provisional is None or one.provisional == which.provisional)
    )


def _run(opener: Callable[[ExitStack], SqlStore], made: dict[str, Plan]) -> None:
    class Machine(StoreMachine):
        open = staticmethod(opener)
        plans = (made["equipment-only-upgrade"], made["standard-factory"])

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=checks)
    )


def test_sqlite_behaves_like_the_model(tmp_path: Path, plans_by_name: dict[str, Plan]) -> None:
    numbers = iter(range(10**9))

    def opener(held: ExitStack) -> SqlStore:
        path = tmp_path / f"{next(numbers)}.db"
        store = open_store(f"sqlite:///{path}")
        held.callback(path.unlink)
        held.callback(store.close)
        return store

    _run(opener, plans_by_name)


def test_postgres_behaves_like_the_model(postgres: PostgresServer, planner_template: str, plans_by_name: dict[str, Plan]) -> None:
    def opener(held: ExitStack) -> SqlStore:
        store = open_store(held.enter_context(postgres.database(planner_template)))
        held.callback(store.close)
        return store

    _run(opener, plans_by_name)
