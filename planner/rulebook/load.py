"""Loading a rulebook: layers from the ground up, every file validated, every problem reported at once.

    rules/anshan  继承→  rules/liaoning  继承→  rules/national

`load_rulebook` returns the rulebook, or raises `DiagnosticError` with all errors; warnings come back beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from planner.conditions import Between
from planner.diagnostics import Diagnostic, DiagnosticError, Severity, did_you_mean, in_reading_order
from planner.rulebook.compiled import Source
from planner.rulebook.consistency import check_consistency
from planner.rulebook.files import read_model, validate
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, read_condition
from planner.rulebook.models import (
    Approval,
    Department,
    DepartmentsFile,
    Document,
    FactModel,
    LawsFile,
    NoticesFile,
    Overlay,
    RulebookFile,
    TableModel,
    VocabularyFile,
)
from planner.rulebook.rulebook import Layer, LoadedApproval, LoadedNotice, LoadedOverlay, Rulebook
from planner.rulebook.source import Positions, read_yaml
from planner.rulebook.tables import LoadedTable, read_table
from planner.units import Unit, UnitError, find_unit, spellings
from planner.vocabulary import Choice, Fact, Kind, ValueProblem, Vocabulary

ItemT = TypeVar("ItemT")
FileT = TypeVar("FileT", bound=BaseModel)
_KINDS: Mapping[str, Kind] = {
    "数量": "number", "是否": "yes_no", "单选": "choice", "多选": "set", "代码": "code", "日期": "date",
}  # fmt: skip
_OVERLAY_KEYS = frozenset(str(f.alias) for f in Overlay.model_fields.values())
_APPROVAL_KEYS = frozenset(str(f.alias) for f in Approval.model_fields.values())


def packaged_rules() -> Path:
    """The rulebook that came with the program: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_rules"
    return inside if inside.is_dir() else package.parent / "rules"


@dataclass(frozen=True)
class Located:
    """An approval file as read: its model, where it is, and its positions for later checks."""

    positions: Positions
    shown: str
    layer: str


@dataclass
class _Loading:
    """What loading gathers, layer by layer."""

    problems: list[Diagnostic] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    laws: dict[str, Document] = field(default_factory=dict)
    law_places: dict[str, str] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    approvals: dict[str, LoadedApproval] = field(default_factory=dict)
    located: dict[str, Located] = field(default_factory=dict)
    overlays: dict[tuple[str, str], Located] = field(default_factory=dict)
    tables: dict[str, LoadedTable] = field(default_factory=dict)
    table_places: dict[str, Located] = field(default_factory=dict)
    notices: list[LoadedNotice] = field(default_factory=list)
    notice_places: dict[str, Located] = field(default_factory=dict)


def load_rulebook(folder: str | Path | None = None) -> tuple[Rulebook, tuple[Diagnostic, ...]]:
    """Load the rulebook whose top layer is `folder` (default: 鞍山, as packaged).

    Returns the rulebook and its warnings. Raises `DiagnosticError` with every error found in any file of any layer.
    """
    top = packaged_rules() / "anshan" if folder is None else Path(folder)
    loading = _Loading()
    folders = _layer_folders(top, loading.problems)
    for one in folders:
        _read_foundation(one, loading)
    vocabulary = Vocabulary(loading.facts)
    for one in folders:
        _read_rules(one, vocabulary, loading)
    book = Rulebook(
        layers=tuple(loading.layers),
        vocabulary=vocabulary,
        laws=loading.laws,
        departments=loading.departments,
        approvals=_in_stage_order(loading.approvals),
        tables=loading.tables,
        notices=tuple(loading.notices),
    )
    loading.problems += check_consistency(
        book,
        {code: (at.positions, at.shown) for code, at in loading.located.items()},
        {key: (at.positions, at.shown) for key, at in loading.overlays.items()},
        {code: (at.positions, at.shown) for code, at in loading.table_places.items()},
        {code: (at.positions, at.shown) for code, at in loading.notice_places.items()},
    )
    ordered = in_reading_order(loading.problems)
    if any(d.severity is Severity.ERROR for d in ordered):
        raise DiagnosticError(ordered)
    return book, tuple(ordered)


def _in_stage_order(approvals: dict[str, LoadedApproval]) -> dict[str, LoadedApproval]:
    stages = {stage: index for index, stage in enumerate(type(next(iter(approvals.values())).model.stage))} if approvals else {}
    return dict(sorted(approvals.items(), key=lambda pair: (stages[pair[1].model.stage], pair[0])))


def shown_path(path: Path) -> str:
    """A path as the user would type it: relative to the working folder when it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


# -- layers --------------------------------------------------------------------------------------------------------


def _layer_folders(top: Path, problems: list[Diagnostic]) -> list[Path]:
    """Folders from the ground up, following 继承."""
    chain: list[Path] = []
    current: Path | None = top
    while current is not None:
        path = current / "rulebook.yaml"
        shown = shown_path(path)
        if not path.is_file():
            hint = "这个文件夹不是规则库的一层：里面要有 rulebook.yaml"
            problems.append(Diagnostic("F001", f"找不到规则库：{shown}", shown, help=hint))
            break
        if any(current.resolve() == seen.resolve() for seen in chain):
            problems.append(Diagnostic("R314", "继承关系成环", shown, 1, 1, "检查各层 rulebook.yaml 的“继承”"))
            break
        chain.append(current)
        model, positions = read_model(RulebookFile, path, shown, problems)
        if model is None or not model.inherits:
            break
        below = (current / model.inherits).resolve() if (current / model.inherits).is_dir() else packaged_rules() / model.inherits
        if not (below / "rulebook.yaml").is_file():
            names = sorted(p.name for p in packaged_rules().iterdir() if (p / "rulebook.yaml").is_file())
            problems.append(
                positions.diagnostic(
                    "R314", f"继承的下一层“{model.inherits}”找不到", ("继承",), did_you_mean(model.inherits, names)
                )
            )
            break
        current = below
    return list(reversed(chain))


def _theme_files(folder: Path, name: str) -> list[Path]:
    """`name.yaml` and every `name/*.yaml`: a long list may be kept by theme."""
    single = folder / f"{name}.yaml"
    return [p for p in [single, *sorted((folder / name).glob("*.yaml"))] if p.is_file()]


def _read_foundation(folder: Path, loading: _Loading) -> None:
    """Facts, laws and departments of one layer: what its rules are written in."""
    silenced: list[Diagnostic] = []  # rulebook.yaml was already reported by _layer_folders
    about, _ = read_model(RulebookFile, folder / "rulebook.yaml", shown_path(folder / "rulebook.yaml"), silenced)
    files = {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.suffix in (".yaml", ".yml", ".csv")
    }
    loading.layers.append(
        Layer(
            folder.resolve().name,
            about.name if about else folder.name,
            about.jurisdiction if about else "",
            about.missing if about else (),
            files,
        )
    )
    for path in _theme_files(folder, "vocabulary"):
        vocabulary, positions = read_model(VocabularyFile, path, shown_path(path), loading.problems)
        for index, model in enumerate(vocabulary.facts if vocabulary else ()):
            _add_fact(model, ("事实", index), positions, loading)
    for path in _theme_files(folder, "laws"):
        laws, positions = read_model(LawsFile, path, shown_path(path), loading.problems)
        for index, document in enumerate(laws.documents if laws else ()):
            place = ("法规", index)
            if document.name in loading.laws:
                where = loading.law_places[document.name]
                loading.problems.append(
                    positions.diagnostic("R307", f"法规“{document.name}”登记了两次（另一处：{where}）", place, "删去一处")
                )
            if document.effective and document.until and document.until <= document.effective:
                loading.problems.append(
                    positions.diagnostic("R308", f"“{document.name}”的废止日期不晚于施行日期", (*place, "废止"))
                )
            loading.laws[document.name] = document
            loading.law_places[document.name] = f"{positions.file}:{positions.of(place)[0]}"
    for path in _theme_files(folder, "departments"):
        departments, _ = read_model(DepartmentsFile, path, shown_path(path), loading.problems)
        for department in departments.departments if departments else ():
            loading.departments[department.function] = department


def _add_fact(model: FactModel, path: tuple[str | int, ...], positions: Positions, loading: _Loading) -> None:
    def problem(code: str, message: str, key: str, help: str = "") -> None:
        loading.problems.append(positions.diagnostic(code, message, (*path, key), help))

    for word in (model.code, model.name, *model.aliases):
        if word in loading.words:
            problem("V208", f"“{word}”已经是事实“{loading.words[word]}”的名字", "代码", "换一个代码或名称")
        loading.words[word] = model.name
    unit: Unit | None = None
    if model.unit is not None:
        try:
            unit = find_unit(model.unit)
        except UnitError as error:
            problem("V202", str(error), "单位", did_you_mean(model.unit, spellings()))
    low = high = None
    if model.span is not None:
        bounds = Fact(model.code, model.name, "number")
        try:
            test = Vocabulary({}).read_test(bounds, model.span)
            if isinstance(test, Between) and isinstance(test.low, Fraction) and isinstance(test.high, Fraction):
                low, high = test.low, test.high
            else:
                problem("S103", f"范围“{model.span}”写法不对", "范围", "写成“[0..100]”")
        except ValueProblem as error:
            problem("S103", f"范围“{model.span}”写法不对：{error}", "范围", "写成“[0..100]”")
    codes = {c.code for c in model.choices}
    if len(codes) != len(model.choices):
        problem("V208", "取值的代码有重复", "取值")
    for choice in model.choices:
        if choice.parent and choice.parent not in codes:
            problem("V204", f"“{choice.name}”的上级“{choice.parent}”不在取值里", "取值", did_you_mean(choice.parent, codes))
    if model.kind in ("单选", "多选") and not model.choices:
        problem("S102", f"“{model.kind}”的事实要有“取值”", "类型")
    loading.facts[model.code] = Fact(
        code=model.code,
        name=model.name,
        kind=_KINDS[model.kind],
        aliases=model.aliases,
        unit=unit,
        low=low,
        high=high,
        integer=model.integer,
        choices=tuple(Choice(c.code, c.name, c.parent) for c in model.choices),
        pattern=model.pattern,
        question=model.question,
        note=model.note,
        derived=model.derived,
        givable=model.givable,
        file=positions.file,
        line=positions.of(path)[0],
    )


def _read_rules(folder: Path, vocabulary: Vocabulary, loading: _Loading) -> None:
    """Tables, notices and approvals of one layer."""
    layer = folder.resolve().name
    for path in sorted((folder / "tables").glob("*.yaml")):
        _read_table_file(path, folder, layer, vocabulary, loading)
    for path in sorted((folder / "tables").glob("*.csv")):
        if not path.with_suffix(".yaml").exists():
            shown = shown_path(path)
            loading.problems.append(Diagnostic("T405", "决策表没有同名 .yaml 说明", shown, 1, 1, f"补上 {path.stem}.yaml"))
    for path in _theme_files(folder, "notices"):
        _read_notices(path, folder, layer, vocabulary, loading)
    for path in sorted([*(folder / "approvals").glob("*.yaml"), *(folder / "approvals").glob("*.yml")]):
        _read_approval(path, folder, layer, vocabulary, loading)


def _read_table_file(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    model, positions = read_model(TableModel, path, shown, loading.problems)
    if model is None:
        return
    _check_name(model.code, path, positions, loading.problems)
    if model.code in loading.tables:
        loading.problems.append(positions.diagnostic("R301", f"决策表代码“{model.code}”重复", ("代码",)))
    source_file = f"{layer}/{path.relative_to(folder).as_posix()}"
    table = read_table(model, positions, path, shown, source_file, vocabulary, loading.problems)
    if table is not None:
        loading.tables[model.code] = table
        loading.table_places[model.code] = Located(positions, shown, layer)


def _read_notices(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    model, positions = read_model(NoticesFile, path, shown, loading.problems)
    for index, notice in enumerate(model.notices if model else ()):
        place = ("告知", index)
        when = read_condition(notice.when, (*place, "当"), positions, vocabulary, loading.problems)
        if notice.code in loading.notice_places:
            loading.problems.append(positions.diagnostic("R301", f"告知代码“{notice.code}”重复", (*place, "代码")))
        source = Source(f"{layer}/{path.relative_to(folder).as_posix()}", positions.of(place)[0], notice.name)
        loading.notices.append(LoadedNotice(notice, when, source))
        loading.notice_places[notice.code] = Located(_Below(positions, place), shown, layer)


class _Below(Positions):
    """The positions of one item of a list, addressed as if it were a document."""

    def __init__(self, positions: Positions, prefix: tuple[str | int, ...]) -> None:
        cut = len(prefix)
        super().__init__(
            positions.file,
            {p[cut:]: v for p, v in positions.places.items() if p[:cut] == prefix},
            {p[cut:]: v for p, v in positions.keys.items() if p[:cut] == prefix},
        )


def _check_name(code: str, path: Path, positions: Positions, problems: list[Diagnostic]) -> None:
    if code != path.stem:
        problems.append(positions.diagnostic("R302", f"文件名是“{path.name}”，代码却是“{code}”", ("代码",), "两处改成一致"))


def _read_approval(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    data, positions, found = read_yaml(path, shown)
    loading.problems.extend(found)
    if not isinstance(data, dict):
        return
    below = loading.approvals.get(str(data.get("代码", "")))
    source_file = f"{layer}/{path.relative_to(folder).as_posix()}"
    if below is not None and below.layer != layer:
        _read_overlay(data, path, layer, source_file, positions, below, vocabulary, loading)
        return
    model = validate(Approval, data, positions, loading.problems)
    if model is None:
        return
    _check_name(model.code, path, positions, loading.problems)
    if below is not None:
        other = loading.located[model.code].shown
        loading.problems.append(
            positions.diagnostic("R301", f"审批事项代码“{model.code}”已经在 {other} 里", ("代码",), "换一个代码，或合并成一个文件")
        )
        return
    conditions, lines = _read_conditions(data, positions, vocabulary, loading.problems)
    source = Source(source_file, positions.of(("代码",))[0], model.name)
    loading.approvals[model.code] = LoadedApproval(layer, model, conditions, source, lines)
    loading.located[model.code] = Located(positions, shown, layer)


_CONDITIONED = ("适用", "例外", "法定时限", "前置", "卡住", "材料", "准备", "路线")
_LISTED = (*_CONDITIONED, "承诺时限", "有效期", "容缺后补", "卡点放宽")


def _read_conditions(
    data: dict[str, Any], positions: Positions, vocabulary: Vocabulary, problems: list[Diagnostic]
) -> tuple[dict[str, Expression], dict[str, int]]:
    conditions: dict[str, Expression] = {}
    lines: dict[str, int] = {}
    for key in _LISTED:
        items = data.get(key)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            place = f"{key}/{index}"
            lines[place] = positions.of((key, index))[0]
            if key in _CONDITIONED and isinstance(item, dict):
                conditions[place] = (
                    read_condition(item["当"], (key, index, "当"), positions, vocabulary, problems) if "当" in item else ALWAYS_TRUE
                )
    return conditions, lines


def _read_overlay(
    data: dict[str, Any],
    path: Path,
    layer: str,
    source_file: str,
    positions: Positions,
    below: LoadedApproval,
    vocabulary: Vocabulary,
    loading: _Loading,
) -> None:
    code = below.model.code
    owner = loading.located[code].shown
    foreign = [key for key in data if key in _APPROVAL_KEYS and key not in _OVERLAY_KEYS]
    for key in foreign:
        loading.problems.append(
            positions.diagnostic(
                "R310",
                f"“{key}”由 {owner} 规定，本层文件不能改动",
                (key,),
                "删去这一项；本层可以定：" + "、".join(sorted(_OVERLAY_KEYS - {"代码"})),
                key=True,
            )
        )
    kept = {key: value for key, value in data.items() if key not in foreign}
    model = validate(Overlay, kept, positions, loading.problems)
    _check_name(code, path, positions, loading.problems)
    if model is None:
        return
    if (layer, code) in loading.overlays:
        loading.problems.append(positions.diagnostic("R301", f"本层已有一个文件调整“{code}”", ("代码",)))
        return
    conditions, _ = _read_conditions(kept, positions, vocabulary, loading.problems)
    overlay = LoadedOverlay(layer, model, conditions, Source(source_file, 1, below.model.name))
    loading.approvals[code] = replace(below, overlays=(*below.overlays, overlay))
    loading.overlays[(layer, code)] = Located(positions, shown_path(path), layer)
