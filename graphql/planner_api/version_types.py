"""Rulebook versions and what differs between them, as GraphQL shows them; and the mutation that takes changed rules into use at once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Union

import strawberry

from planner import Diagnostic
from planner.compare.effects import ItemChange, ProjectChange
from planner.compare.words import FileChange
from planner_api.connections import After, First, PageInfo, listed
from planner_api.context import Context
from planner_api.enums import Value, enum_type
from planner_api.execution import Stopped
from planner_api.inputs import ProjectForm
from planner_api.live import InUse, Refusal
from planner_api.plan_types import MilestoneName, NotFound
from planner_api.preview import FIRST_DAY, LAST_DAY
from planner_api.refusals import bad_input
from planner_api.reload import Reloaded
from planner_api.store.records import RulebookRecord
from planner_api.versions import DamagedArchive

Info = strawberry.Info[Context, None]
_REPLY = 0.7
"""The part of a request's time that a reload is waited for."""

FileState = enum_type(
    "RuleFileState",
    "What became of a rule file.",
    [
        Value("ADDED", "新增", "It is new."),
        Value("REMOVED", "删去", "It is gone."),
        Value("CHANGED", "修改", "It says something else."),
        Value("UNREADABLE", "读不懂", "It changed, and one of the two cannot be read as data."),
    ],
)
ItemEffect = enum_type(
    "ItemEffect",
    "What becomes of an approval in a project's plan.",
    [
        Value("ADDED", "新增", "It comes into the plan."),
        Value("REMOVED", "不再要办", "It is no longer needed."),
        Value("CHANGED", "改变", "It is handled otherwise."),
    ],
)
_MILESTONES = {"开工": "start_of_works", "竣工验收": "completion", "投入使用": "use"}


@strawberry.type(description="One thing that is wrong with rule files, at its place.")
class RuleProblem:
    code: str = strawberry.field(description="A stable code, e.g. R314.")
    message: str = strawberry.field(description="What is wrong, in Chinese.")
    help: str | None = strawberry.field(description="The likely fix, in Chinese; null when none can be guessed.")
    file: str | None = strawberry.field(description="The file; null when it is in none.")
    line: int | None = strawberry.field(description="The line, counted from 1; null for the whole file.")


def _current(root: Any, info: Info) -> bool:
    in_use: bool = root.digest == info.context.in_use.digest
    return in_use


@strawberry.type(description="A rulebook that this service has used. All its files are kept.")
class RulebookVersion:
    digest: str = strawberry.field(description="Digest of all its files: plans name it in their provenance.")
    name: str = strawberry.field(description="名称.")
    first_used_at: datetime.datetime = strawberry.field(description="When this service first used it.")
    current: bool = strawberry.field(resolver=_current, description="Whether it is the one in use.")


@strawberry.type(description="A row of a RulebookVersionConnection.")
class RulebookVersionEdge:
    node: RulebookVersion = strawberry.field(description="The rulebook.")
    cursor: str = strawberry.field(description="Its place in the list, to ask for what comes after it.")


@strawberry.type(description="Rulebooks this service has used, the newest first.")
class RulebookVersionConnection:
    edges: list[RulebookVersionEdge] = strawberry.field(description="The rows of this page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    nodes: list[RulebookVersion] = strawberry.field(description="The rows of this page.")


@strawberry.type(description="One difference in a rule file.")
class RuleChange:
    path: list[str] = strawberry.field(description="Where, in the file's own Chinese keys, from the outside in.")
    before: str | None = strawberry.field(description="What it said, on one line; null where there was nothing.")
    after: str | None = strawberry.field(description="What it says now, on one line; null where there is nothing any more.")


@strawberry.type(description="What changed in one rule file. Files are compared as data: layout and order of keys change nothing.")
class RuleFileChange:
    file: str = strawberry.field(description="The file, from its layer on: `national/approvals/filing.yaml`.")
    title: str = strawberry.field(description="名称 of what the file is about; empty when it has none.")
    state: FileState = strawberry.field(description="What became of it.")  # type: ignore[valid-type]
    changes: list[RuleChange] = strawberry.field(description="Every difference; empty unless CHANGED.")


@strawberry.type(description="What becomes of one approval of a project.")
class ItemEffectOf:
    code: str = strawberry.field(description="The approval's code; stable.")
    name: str = strawberry.field(description="名称.")
    effect: ItemEffect = strawberry.field(description="What becomes of it.")  # type: ignore[valid-type]
    what: list[str] = strawberry.field(description="How, or why, in Chinese.")


@strawberry.type(description="A milestone that moves.")
class MilestoneEffect:
    milestone: MilestoneName = strawberry.field(description="Which milestone.")
    before: datetime.date = strawberry.field(description="Its day, on promised limits, under the rulebook before.")
    after: datetime.date = strawberry.field(description="Its day, on promised limits, under the rulebook after.")


@strawberry.type(description="A blocker that comes or goes.")
class BlockerEffect:
    added: bool = strawberry.field(description="Whether it is new; false when it is gone.")
    text: str = strawberry.field(description="The blocker, in Chinese.")


@strawberry.type(description="What a change of rulebooks does to one example project.")
class ProjectEffect:
    project: str = strawberry.field(description="The project's 名称.")
    changed: bool = strawberry.field(description="Whether anything is otherwise.")
    items: list[ItemEffectOf] = strawberry.field(description="Approvals that come, go or are handled otherwise.")
    milestones: list[MilestoneEffect] = strawberry.field(description="Milestones that move.")
    working_days_before: int = strawberry.field(description="Working days in parallel, on promised limits, before.")
    working_days_after: int = strawberry.field(description="Working days in parallel, on promised limits, after.")
    blockers: list[BlockerEffect] = strawberry.field(description="Blockers (阻断) that come or go.")
    whole: list[str] = strawberry.field(description="What changes of lanes, joint procedures and caps, in Chinese.")
    refused: list[str] = strawberry.field(
        description="Why one of the rulebooks cannot plan the project, in Chinese; nothing else is told of it then. Else empty."
    )


@strawberry.type(description="What a change of rulebooks does to the example projects that come with the program, on one day.")
class RulebookEffects:
    as_of: datetime.date = strawberry.field(description="The day whose law the plans are made for.")
    projects: list[ProjectEffect] = strawberry.field(description="Every example project; empty when there are problems.")
    problems: list[RuleProblem] = strawberry.field(
        description="Why plans cannot be compared: this program can no longer read one of the rulebooks. Else empty."
    )


_EffectsDay = Annotated[
    datetime.date | None, strawberry.argument(description="The day whose law applies. Default: today, in China's time.")
]


def _effects(root: Any, info: Info, as_of: _EffectsDay = strawberry.UNSET) -> RulebookEffects:
    day = as_of or info.context.today
    if not FIRST_DAY <= day <= LAST_DAY:
        raise bad_input(f"日期 {day} 超出可以计划的范围（{FIRST_DAY} 至 {LAST_DAY}）")

    def wanted() -> None:
        if info.context.cancelled.is_set():
            raise Stopped

    found = info.context.service.versions.effects(root.before.digest, root.after.digest, day, wanted)
    if found is None:
        return RulebookEffects(as_of=day, projects=[], problems=[])
    return RulebookEffects(as_of=day, projects=[_effect(one) for one in found.projects], problems=rule_problems(found.problems))


@strawberry.type(description="Two rulebooks side by side.")
class RulebookDifference:
    before: RulebookVersion = strawberry.field(description="The one before.")
    after: RulebookVersion = strawberry.field(description="The one after.")
    files: list[RuleFileChange] = strawberry.field(description="What changed, file by file, in the order of their names.")
    effects: RulebookEffects = strawberry.field(
        resolver=_effects, description="What the change does to the example projects. Takes a second or two the first time."
    )


@strawberry.type(description="The rule files are in use: those that were changed, or still the same.")
class RulebookReloaded:
    rulebook: RulebookVersion = strawberry.field(description="The rulebook in use now.")
    changed: bool = strawberry.field(description="Whether it was not in use before.")


@strawberry.type(description="The rule files are not taken into use; the rulebook that was in use still is.")
class RulebookRefused:
    at: datetime.datetime = strawberry.field(description="When they were refused.")
    problems: list[RuleProblem] = strawberry.field(description="What is wrong with them, all of it.")


@strawberry.type(
    description="The check of the rule files takes longer than a request may; it goes on, and what comes of it shows in `rulebook`."
)
class RulebookBeingChecked:
    message: str = strawberry.field(description="The same in Chinese.")


ReloadResult = Annotated[
    Union[RulebookReloaded, RulebookRefused, RulebookBeingChecked],  # noqa: UP007
    strawberry.union("ReloadRulebookResult", description="What became of the rule files."),
]
DifferenceResult = Annotated[
    Union[RulebookDifference, NotFound],  # noqa: UP007
    strawberry.union("RulebookDifferenceResult", description="The differences, or which rulebook is not known here."),
]


def query_fields(form: ProjectForm) -> dict[str, Any]:  # noqa: ARG001
    """`rulebookVersions` and `rulebookDifference` of the query type."""

    def rulebook_versions(info: Info, first: First = None, after: After = None) -> Any:
        page = listed(info.context.service.store.rulebooks, lambda: 0, info, first, after, None, None).page
        nodes = [version_of(row) for row in page.rows]
        return RulebookVersionConnection(
            edges=[RulebookVersionEdge(node=node, cursor=cursor) for node, cursor in zip(nodes, page.cursors, strict=True)],
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=page.cursors[0] if page.cursors else None,
                end_cursor=page.cursors[-1] if page.cursors else None,
            ),
        )

    def rulebook_difference(
        info: Info,
        before: Annotated[str, strawberry.argument(description="Digest of a rulebook this service has used.")],
        after: Annotated[str, strawberry.argument(description="Digest of the rulebook it is compared with.")],
    ) -> Any:
        return difference(info.context, before, after)

    return {
        "rulebook_versions": strawberry.field(
            resolver=rulebook_versions,
            graphql_type=RulebookVersionConnection,
            description="Rulebooks this service has used, the newest first.",
        ),
        "rulebook_difference": strawberry.field(
            resolver=rulebook_difference,
            graphql_type=DifferenceResult,
            description="What differs between two rulebooks: in their files, and in the plans of the example projects.",
        ),
    }


def mutation_fields(form: ProjectForm) -> dict[str, Any]:  # noqa: ARG001
    """`reloadRulebook` of the mutation type."""

    def reload_rulebook(info: Info) -> Any:
        return reloaded(info.context)

    return {
        "reload_rulebook": strawberry.field(
            resolver=reload_rulebook,
            graphql_type=ReloadResult,
            description="Check the rule files as they are now and, if they pass, take them into use. Requests under way keep the rulebook "
            "they began with, this one too.",
        )
    }


def difference(context: Context, before: str, after: str) -> RulebookDifference | NotFound:
    """The difference between two kept rulebooks."""
    service = context.service
    records: list[RulebookRecord] = []
    for digest in (before, after):
        record = service.store.rulebook(digest)
        if record is None:
            return _not_kept(digest)
        records.append(record)
    try:
        files = service.versions.files(before, after)
    except DamagedArchive:
        return NotFound(id=strawberry.ID(before), message="保存的规则库文件已损坏，不能比较")
    if files is None:
        return _not_kept(before)
    one, other = (version_of(record) for record in records)
    return RulebookDifference(before=one, after=other, files=[_file(change) for change in files])


def reloaded(context: Context) -> RulebookReloaded | RulebookRefused | RulebookBeingChecked:
    """What becomes of the rule files now."""
    service = context.service
    outcome = service.reloader.reload_now(service.settings.limits.timeout * _REPLY)
    if outcome is None:
        return RulebookBeingChecked(message="规则库正在检查，还没有结果；检查通过后自动换用，没有通过的原因见规则库页面")
    if isinstance(outcome, Reloaded):
        return RulebookReloaded(rulebook=_version_in_use(context, outcome.in_use), changed=outcome.changed)
    return refused(outcome)


def refused(refusal: Refusal) -> RulebookRefused:
    """Why changed rule files are not in use."""
    return RulebookRefused(at=refusal.at, problems=rule_problems(refusal.problems))


def version_of(record: RulebookRecord) -> RulebookVersion:
    return RulebookVersion(digest=record.digest, name=record.name, first_used_at=record.first_used_at)


def _version_in_use(context: Context, using: InUse) -> RulebookVersion:
    record = context.service.store.rulebook(using.digest)
    if record is not None:
        return version_of(record)
    return RulebookVersion(digest=using.digest, name=using.planner.rulebook.title, first_used_at=using.since)


def _not_kept(digest: str) -> NotFound:
    return NotFound(id=strawberry.ID(digest[:80]), message=f"没有保存过摘要为“{digest[:80]}”的规则库：摘要见 rulebookVersions")


def _file(change: FileChange) -> RuleFileChange:
    changes = [RuleChange(path=list(one.path), before=one.before, after=one.after) for one in change.changes]
    return RuleFileChange(file=change.file, title=change.title, state=change.state, changes=changes)


def _effect(change: ProjectChange) -> ProjectEffect:
    return ProjectEffect(
        project=change.project,
        changed=change.changed,
        items=[_item(one) for one in change.items],
        milestones=[MilestoneEffect(milestone=_MILESTONES[word], before=was, after=now) for word, was, now in change.milestones],
        working_days_before=change.days[0],
        working_days_after=change.days[1],
        blockers=[BlockerEffect(added=kind == "新增", text=text) for kind, text in change.messages],
        whole=list(change.whole),
        refused=[problem.message for problem in change.refused],
    )


def _item(one: ItemChange) -> ItemEffectOf:
    return ItemEffectOf(code=one.code, name=one.name, effect=one.kind, what=list(one.what))


def rule_problems(problems: Sequence[Diagnostic]) -> list[RuleProblem]:
    return [
        RuleProblem(code=d.code, message=d.message, help=d.help or None, file=d.file or None, line=d.line or None) for d in problems
    ]
