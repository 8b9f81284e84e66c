"""Loading a rulebook: layers from the ground up, every file validated, every problem reported at once.

    rules/anshan  继承→  rules/liaoning  继承→  rules/national

`load_rulebook` returns the rulebook, or raises `DiagnosticError` with all errors; warnings come back beside it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from planner.conditions import Between
from planner.diagnostics import Diagnostic, DiagnosticError, Severity, did_you_mean, in_reading_order
from planner.rulebook.compiled import Source
from planner.rulebook.consistency import both_in_force, check_consistency
from planner.rulebook.damage import cut_off
from planner.rulebook.files import Unread, read_items, read_model, shown_path, validate
from planner.rulebook.general import LoadedGeneral, read_general
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, read_condition
from planner.rulebook.layers import is_scratch, layer_folders, never_read, rule_files, theme_files
from planner.rulebook.loosened import loosened
from planner.rulebook.models import (
    Approval,
    Department,
    DepartmentsFile,
    Document,
    FactModel,
    Grounded,
    LawsFile,
    NoticesFile,
    Overlay,
    Parameter,
    ParametersFile,
    RulebookFile,
    Stage,
    TableModel,
    Team,
    TeamsFile,
    VocabularyFile,
)
from planner.rulebook.rulebook import (
    PROJECT_CLASS,
    Layer,
    LoadedApproval,
    LoadedNotice,
    LoadedOverlay,
    LoadedParameter,
    LoadedTeam,
    ParameterVersion,
    Rulebook,
)
from planner.rulebook.source import Positions, read_yaml
from planner.rulebook.tables import LoadedTable, read_table
from planner.units import Unit, UnitError, convert, find_unit, show, spellings, split_quantity
from planner.vocabulary import Choice, Fact, Kind, ValueProblem, Vocabulary
from planner.vocabulary import Parameter as NamedNumber

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


def calendar_folders(top: Path) -> tuple[Path, ...]:
    """The folders whose calendar files a rulebook with this top layer is used with, the nearest last."""
    folders = (packaged_rules() / "calendar", top.parent / "calendar", top / "calendar")
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def packaged_examples() -> Path:
    """The example projects that came with the program: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_examples"
    return inside if inside.is_dir() else package.parent / "examples"


@dataclass(frozen=True)
class Located:
    """An approval file as read: its model, where it is, and its positions for later checks."""

    positions: Positions
    shown: str
    layer: str


# What may be found missing only because the layer that defines it was not reached.
_FOLLOWS_FROM_MISSING_LAYER = frozenset({"V201", "V213", "R323", "R303", "R312", "R313", "R318", "T401"})


@dataclass
class _Loading:
    """What loading gathers, layer by layer."""

    problems: list[Diagnostic] = field(default_factory=list)
    expected: list[tuple[str, Positions, tuple[str | int, ...]]] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    word_places: dict[str, str] = field(default_factory=dict)
    laws: dict[str, Document] = field(default_factory=dict)
    law_places: dict[str, str] = field(default_factory=dict)
    departments: dict[str, tuple[Department, ...]] = field(default_factory=dict)
    teams: dict[str, tuple[str, list[Team]]] = field(default_factory=dict)  # by code: the layer, and its versions
    others: list[tuple[Grounded, Positions]] = field(default_factory=list)
    approvals: dict[str, LoadedApproval] = field(default_factory=dict)
    located: dict[str, Located] = field(default_factory=dict)
    overlays: dict[tuple[str, str], Located] = field(default_factory=dict)
    tables: dict[str, LoadedTable] = field(default_factory=dict)
    table_places: dict[str, Located] = field(default_factory=dict)
    parameters: dict[str, LoadedParameter] = field(default_factory=dict)
    parameter_places: dict[str, list[Located]] = field(default_factory=dict)
    notices: list[LoadedNotice] = field(default_factory=list)
    general: dict[tuple[str, str], list[LoadedGeneral[Any]]] = field(default_factory=dict)
    notice_places: dict[str, Located] = field(default_factory=dict)
    unread: Unread = field(default_factory=Unread)
    whole: bool = True  # False when a layer below could not be reached


def load_rulebook(folder: str | Path | None = None) -> tuple[Rulebook, tuple[Diagnostic, ...]]:
    """Load the rulebook whose top layer is `folder` (default: 鞍山, as packaged).

    Returns the rulebook and its warnings. Raises `DiagnosticError` with every error found in any file of any layer.
    """
    top = packaged_rules() / "anshan" if folder is None else Path(folder)
    loading = _Loading()
    folders, loading.whole = layer_folders(top, packaged_rules(), loading.problems)
    for one in folders:
        _read_foundation(one, loading)
    vocabulary = Vocabulary(
        loading.facts,
        frozenset(loading.unread.facts - loading.facts.keys()),
        {
            one.code: NamedNumber(one.code, one.name, one.unit, tuple(v.value for v in one.versions if v.value is not None))
            for one in loading.parameters.values()
        },
        frozenset(loading.unread.parameters),
    )
    for one in folders:
        _read_rules(one, vocabulary, loading)
    teams = _read_teams(loading, vocabulary)
    _check_expected(loading)
    book = Rulebook(
        layers=tuple(loading.layers),
        vocabulary=vocabulary,
        laws=loading.laws,
        departments=loading.departments,
        approvals=_in_stage_order(loading.approvals),
        tables=loading.tables,
        notices=tuple(loading.notices),
        parameters=loading.parameters,
        teams=teams,
        general=tuple(one for versions in loading.general.values() for one in versions),
    )
    approvals = {code: (at.positions, at.shown) for code, at in loading.located.items()}
    overlays = {key: (at.positions, at.shown) for key, at in loading.overlays.items()}
    loading.problems += check_consistency(
        book,
        approvals,
        overlays,
        {code: (at.positions, at.shown) for code, at in loading.table_places.items()},
        {code: (at.positions, at.shown) for code, at in loading.notice_places.items()},
        {code: [at.positions for at in places] for code, places in loading.parameter_places.items()},
        loading.others,
        loading.unread,
    )
    loading.problems += loosened(book, approvals, overlays)
    if not loading.whole:
        loading.problems = [d for d in loading.problems if d.code not in _FOLLOWS_FROM_MISSING_LAYER]
    ordered = in_reading_order([*cut_off(loading.problems), *loading.problems])
    if any(d.severity is Severity.ERROR for d in ordered):
        raise DiagnosticError(ordered)
    return book, tuple(ordered)


def _check_expected(loading: _Loading) -> None:
    """A half-copied folder must not quietly give plans with fewer approvals."""
    for code, positions, path in loading.expected:
        if code not in loading.approvals and code not in loading.unread.approvals:
            message = f"清单里的事项“{code}”没有文件 approvals/{code}.yaml"
            loading.problems.append(positions.diagnostic("R322", message, path, "找回这个文件；确实取消的，从清单里删去"))
    if not loading.approvals and not loading.unread.approvals and loading.layers:
        loading.problems.append(
            Diagnostic("R322", "规则库里一个审批事项也没有", loading.layers[0].name, help="检查 approvals 文件夹是否复制完整")
        )


def _in_stage_order(approvals: dict[str, LoadedApproval]) -> dict[str, LoadedApproval]:
    stages = {stage: index for index, stage in enumerate(Stage)}
    return dict(sorted(approvals.items(), key=lambda pair: (stages[pair[1].model.stage], pair[0])))


def _read_foundation(folder: Path, loading: _Loading) -> None:
    """Facts, laws and departments of one layer: what its rules are written in."""
    silenced: list[Diagnostic] = []  # rulebook.yaml was already reported by layer_folders
    about, about_positions = read_model(RulebookFile, folder / "rulebook.yaml", shown_path(folder / "rulebook.yaml"), silenced)
    loading.expected += [(code, about_positions, ("事项", index)) for index, code in enumerate(about.approvals if about else ())]
    loading.problems.extend(never_read(folder))
    loading.layers.append(
        Layer(
            folder.resolve().name,
            about.name if about else folder.name,
            about.jurisdiction if about else "",
            about.missing if about else (),
            _file_digests(folder),
        )
    )
    unread = loading.unread
    for path in theme_files(folder, "vocabulary"):
        facts, positions = read_items(VocabularyFile, "事实", FactModel, path, loading.problems, unread.facts, ("代码", "名称"))
        for index, model in facts:
            _add_fact(model, ("事实", index), positions, loading)
    for path in theme_files(folder, "laws"):
        laws, positions = read_items(LawsFile, "法规", Document, path, loading.problems, unread.laws, ("名称",))
        for index, document in laws:
            _add_law(document, ("法规", index), positions, loading)
    for path in theme_files(folder, "parameters"):
        _read_parameters(path, folder, loading)
    for path in theme_files(folder, "departments"):
        departments, positions = read_items(
            DepartmentsFile, "部门", Department, path, loading.problems, unread.functions, ("职能",)
        )
        own: dict[str, list[tuple[Department, int]]] = {}
        for index, department in departments:
            place = ("部门", index, "职能")
            for other, line in own.get(department.function, ()):
                if both_in_force(department, other):
                    message = f"职能“{department.function}”登记了两次（第一次在第 {line} 行）"
                    fix = "删去一处；前后由不同机关办理的，前一条的“失效”写成后一条的“生效”那一天"
                    loading.problems.append(positions.diagnostic("R307", message, place, fix))
                    break
            own.setdefault(department.function, []).append((department, positions.of(place)[0]))
            loading.others.append((department, positions.below(place[:2])))
        # A layer above says anew who exercises a function, for all dates.
        loading.departments.update({function: tuple(d for d, _ in versions) for function, versions in own.items()})
    for path in theme_files(folder, "teams"):
        found, positions = read_items(TeamsFile, "专班", Team, path, loading.problems, set(), ("代码",))
        groups: dict[str, list[Team]] = {}
        for index, team in found:
            at = ("专班", index, "代码")
            if any(both_in_force(team, other) for other in groups.get(team.code, ())):
                loading.problems.append(positions.diagnostic("R307", f"专班“{team.code}”登记了两次", at, "删去一处，或换一个代码"))
            groups.setdefault(team.code, []).append(team)
            loading.others.append((team, positions.below(at[:2])))
        for code, members in groups.items():
            loading.teams.pop(code, None)  # a layer above says anew; and comes after those below
            loading.teams[code] = (folder.resolve().name, members)


def _read_parameters(path: Path, folder: Path, loading: _Loading) -> None:
    layer = folder.resolve().name
    found, positions = read_items(
        ParametersFile, "参数", Parameter, path, loading.problems, loading.unread.parameters, ("代码", "名称")
    )
    for index, model in found:
        place = ("参数", index)

        def problem(code: str, message: str, key: str, help: str, place: tuple[str | int, ...] = place) -> None:
            loading.problems.append(positions.diagnostic(code, message, (*place, key) if key else place, help))

        known = loading.parameters.get(model.code)
        if known is None and not model.name:
            fix = "补上“名称: …”" if loading.whole else ""
            problem("S102", f"参数“{model.code}”缺少“名称”：下层也没有登记它", "代码", fix or "核对代码")
            loading.unread.parameters.add(model.code)
            continue
        name, unit = (known.name, known.unit) if known else (model.name, model.unit)
        if model.name not in ("", name):
            problem(
                "R307", f"参数“{model.code}”的名称原来是“{name}”，这里写的是“{model.name}”", "名称", "同一代码的各条写同一个名称"
            )
        namesake = next((one.code for one in loading.parameters.values() if one.name == name and one.code != model.code), None)
        if known is None and namesake:
            problem("R307", f"参数“{namesake}”也叫“{name}”", "名称", "换一个名称，或合并成一个参数")
        value = _parameter_value(model, model.unit or unit, problem)
        source = Source(f"{layer}/{path.relative_to(folder).as_posix()}", positions.of(place)[0], f"参数“{name}”")
        version = ParameterVersion(layer, model, value, source)
        uses = dict.fromkeys([*(known.uses if known else ()), *model.uses])
        loading.parameters[model.code] = LoadedParameter(
            model.code, name, unit, tuple(uses), (*(known.versions if known else ()), version)
        )
        loading.parameter_places.setdefault(model.code, []).append(Located(positions.below(place), shown_path(path), layer))


def _parameter_value(model: Parameter, unit: str, problem: Callable[[str, str, str, str], None]) -> str | None:
    """The value complete with its unit; None when there is none, or it cannot be read (which is reported)."""
    if unit:
        try:
            canonical = find_unit(unit)
        except UnitError as error:
            if model.unit:
                problem("V202", str(error), "单位", did_you_mean(unit, spellings()) or "写成 万元、公顷、㎡ 这样的单位")
            return None
    if model.value is None:
        return None
    try:
        number, written = split_quantity(model.value)
        if not written:
            return f"{show(number)} {unit}".strip()
        if not unit:
            problem(
                "V203", f"参数“{model.code}”没有单位，值写的是“{model.value}”", "值", f"补上“单位: {written}”，或去掉值里的单位"
            )
            return None
        convert(number, find_unit(written), canonical)
    except UnitError as error:
        if error.reason == "dimension":
            problem(
                "V203",
                f"参数“{model.code}”的值和单位不符：{error}",
                "值",
                f"可用的单位：{'、'.join(spellings(canonical.dimension))}",
            )
        elif error.reason == "unknown":
            problem("V202", str(error), "值", did_you_mean(written, spellings()) or f"写成“{show(number)} {unit}”")
        else:
            problem("V206", f"参数“{model.code}”的值读不懂：{error}", "值", f"写成“400”或“400 {unit}”" if unit else "写成一个数")
        return None
    return f"{show(number)} {written}"


def _read_teams(loading: _Loading, vocabulary: Vocabulary) -> dict[str, tuple[LoadedTeam, ...]]:
    """The working groups with the classes they are there for, read by the vocabulary; in one layer no class has two on one day."""
    places = {id(team): positions for team, positions in loading.others}
    fact = vocabulary.facts.get(PROJECT_CLASS)
    loaded: dict[str, list[LoadedTeam]] = {}
    seen: list[LoadedTeam] = []
    for layer, team in ((layer, one) for layer, versions in loading.teams.values() for one in versions):
        classes: set[str] = set()
        for index, word in enumerate(team.classes):
            at = ("项目类别", index)
            if fact is None or word not in fact.by_word:
                if PROJECT_CLASS in vocabulary.unread:
                    continue
                known = fact.by_word if fact else ()
                message = f"“项目类别”没有“{word}”这个值"
                fix = did_you_mean(word, known) or "先在词汇表的“项目类别”里加上"
                loading.problems.append(places[id(team)].diagnostic("V204", message, at, fix))
                continue
            code = fact.by_word[word]
            rivals = (one.model for one in seen if one.layer == layer and code in one.classes)
            rival = next((one for one in rivals if both_in_force(one, team)), None)
            if rival is not None:
                message = f"“{word}”已由“{rival.name}”负责"
                loading.problems.append(places[id(team)].diagnostic("R307", message, at, "一类项目只归一个专班"))
            classes |= {c.code for c in fact.choices if c.code == code or code in fact.ancestors(c.code)}
        one = LoadedTeam(layer, team, frozenset(classes))
        seen.append(one)
        loaded.setdefault(team.code, []).append(one)
    return {code: tuple(versions) for code, versions in loaded.items()}


def _file_digests(folder: Path) -> dict[str, str]:
    digests: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".csv") and path.is_file() and not is_scratch(path):
            try:
                digests[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:  # reported where the file is read
                continue
    return digests


def _add_law(document: Document, place: tuple[str | int, ...], positions: Positions, loading: _Loading) -> None:
    if document.name in loading.laws:
        where = loading.law_places[document.name]
        message = f"法规“{document.name}”登记了两次（另一处：{where}）"
        loading.problems.append(positions.diagnostic("R307", message, (*place, "名称"), "删去一处"))
    if document.effective and document.until and document.until <= document.effective:
        message = f"“{document.name}”的废止日期不晚于施行日期"
        loading.problems.append(positions.diagnostic("R308", message, (*place, "废止"), "废止写“不再有效的第一天”"))
    loading.laws[document.name] = document
    loading.law_places[document.name] = f"{positions.file}:{positions.of(place)[0]}"


def _add_fact(model: FactModel, path: tuple[str | int, ...], positions: Positions, loading: _Loading) -> None:
    def problem(code: str, message: str, key: str, help: str = "") -> None:
        loading.problems.append(positions.diagnostic(code, message, (*path, key), help))

    for key, word in (("代码", model.code), ("名称", model.name), *(("别名", alias) for alias in model.aliases)):
        if word in loading.words:
            other = loading.word_places[word]
            problem("V208", f"“{word}”已经是事实“{loading.words[word]}”的名字（{other}）", key, "换一个名字，或删去一处")
        loading.words[word] = model.name
        loading.word_places[word] = f"{positions.file}:{positions.of(path)[0]}"
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
    _check_choices(model, path, positions, loading.problems)
    if not _compiles(model.pattern):
        problem("S103", f"“写法”不是正则表达式：“{model.pattern}”", "写法", r"例如 '[A-T](\d{2,4})?'")
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
        pattern=model.pattern if _compiles(model.pattern) else "",
        question=model.question,
        note=model.note,
        derived=model.derived,
        givable=model.givable,
        file=positions.file,
        line=positions.of(path)[0],
    )


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _check_choices(model: FactModel, path: tuple[str | int, ...], positions: Positions, problems: list[Diagnostic]) -> None:
    if model.kind in ("单选", "多选") and not model.choices:
        problems.append(positions.diagnostic("S102", f"“{model.kind}”的事实要有“取值”", (*path, "类型"), "补上“取值: …”"))
    parents = {c.code: c.parent for c in model.choices}
    words: dict[str, str] = {}
    for index, choice in enumerate(model.choices):
        place = (*path, "取值", index)
        for word in dict.fromkeys((choice.code, choice.name)):
            if word in words:
                problems.append(positions.diagnostic("V208", f"取值“{word}”写了两次", place, "换一个代码或名称"))
            words[word] = choice.code
        if choice.parent and choice.parent not in parents:
            message = f"“{choice.name}”的上级“{choice.parent}”不在取值里"
            problems.append(positions.diagnostic("V204", message, (*place, "上级"), did_you_mean(choice.parent, parents)))
        trail, parent = [choice.code], choice.parent
        while parent and parent not in trail:
            trail.append(parent)
            parent = parents.get(parent, "")
        if parent == choice.code:
            message = f"“{choice.name}”的上级绕回了它自己：{' → '.join([*trail, parent])}"
            problems.append(positions.diagnostic("V204", message, (*place, "上级"), "最宽的取值不写“上级”"))


def _read_rules(folder: Path, vocabulary: Vocabulary, loading: _Loading) -> None:
    """Tables, notices, general rules and approvals of one layer."""
    layer = folder.resolve().name
    for path in rule_files(folder / "tables", ".yaml"):
        _read_table_file(path, folder, layer, vocabulary, loading)
    for path in rule_files(folder / "tables", ".csv"):
        if not path.with_suffix(".yaml").exists():
            shown = shown_path(path)
            loading.problems.append(Diagnostic("T405", "决策表没有同名 .yaml 说明", shown, 1, 1, f"补上 {path.stem}.yaml"))
    for path in theme_files(folder, "notices"):
        _read_notices(path, folder, layer, vocabulary, loading)
    # A layer above says anew what a code means, and comes after those below.
    for key, versions in read_general(folder, vocabulary, loading.problems, both_in_force, loading.general):
        loading.general.pop(key, None)
        loading.general[key] = versions
    for path in rule_files(folder / "approvals", ".yaml", ".yml"):
        _read_approval(path, folder, layer, vocabulary, loading)


def _read_table_file(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    model, positions = read_model(TableModel, path, shown, loading.problems)
    if model is None:
        loading.unread.tables = True
        return
    _check_name(model.code, path, positions, loading.problems)
    if model.code in loading.tables:
        loading.problems.append(positions.diagnostic("R301", f"决策表代码“{model.code}”重复", ("代码",)))
    source_file = f"{layer}/{path.relative_to(folder).as_posix()}"
    table = read_table(model, positions, path, shown, source_file, vocabulary, loading.problems)
    if table is None:
        loading.unread.tables = True
    else:
        loading.tables[model.code] = table
        loading.table_places[model.code] = Located(positions, shown, layer)


def _read_notices(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    model, positions = read_model(NoticesFile, path, shown, loading.problems)
    for index, notice in enumerate(model.notices if model else ()):
        place = ("告知", index)
        when = read_condition(notice.when, (*place, "当"), positions, vocabulary, loading.problems)
        if notice.code in loading.notice_places:
            loading.problems.append(positions.diagnostic("R301", f"告知代码“{notice.code}”重复", (*place, "代码"), "换一个代码"))
        source = Source(f"{layer}/{path.relative_to(folder).as_posix()}", positions.of(place)[0], notice.name)
        loading.notices.append(LoadedNotice(notice, when, source))
        loading.notice_places[notice.code] = Located(positions.below(place), shown, layer)


def _check_name(code: str, path: Path, positions: Positions, problems: list[Diagnostic]) -> None:
    if code != path.stem:
        problems.append(positions.diagnostic("R302", f"文件名是“{path.name}”，代码却是“{code}”", ("代码",), "两处改成一致"))


def _read_approval(path: Path, folder: Path, layer: str, vocabulary: Vocabulary, loading: _Loading) -> None:
    shown = shown_path(path)
    data, positions, found = read_yaml(path, shown)
    loading.problems.extend(found)
    if not isinstance(data, dict):
        loading.unread.approvals.add(path.stem)
        return
    code = str(data.get("代码", path.stem))
    source_file = f"{layer}/{path.relative_to(folder).as_posix()}"
    below = loading.approvals.get(code) or loading.approvals.get(path.stem)
    if below is not None and below.layer != layer:
        _read_overlay(data, path, layer, source_file, positions, below, vocabulary, loading)
        return
    on_the_ground = layer == loading.layers[0].name and loading.whole
    if not on_the_ground and not _defines(data):
        _read_stray_overlay(data, code, path, positions, vocabulary, loading)
        return
    model = validate(Approval, data, positions, loading.problems)
    conditions, lines = _read_conditions(data, positions, vocabulary, loading.problems)
    if model is None:
        loading.unread.approvals.update((path.stem, code))
        return
    _check_name(model.code, path, positions, loading.problems)
    if model.code != path.stem:
        loading.unread.approvals.add(path.stem)
    if model.code in loading.approvals:
        other = loading.located[model.code].shown
        loading.problems.append(
            positions.diagnostic("R301", f"审批事项代码“{model.code}”已经在 {other} 里", ("代码",), "换一个代码，或合并成一个文件")
        )
        return
    source = Source(source_file, positions.of(("代码",))[0], model.name)
    loading.approvals[model.code] = LoadedApproval(layer, model, conditions, source, lines)
    loading.located[model.code] = Located(positions, shown, layer)


def _defines(data: Mapping[str, Any]) -> bool:
    """Whether a file means to say what an approval is, and not only to adjust one of a layer below."""
    return any(key in data for key in ("名称", "种类", "阶段", "结果", "适用"))


def _read_stray_overlay(
    data: dict[str, Any], code: str, path: Path, positions: Positions, vocabulary: Vocabulary, loading: _Loading
) -> None:
    """A file that adjusts an approval which no layer below has."""
    if not loading.unread.approvals & {code, path.stem} and loading.whole:
        known = list(loading.approvals)
        message = f"下层没有审批事项“{code}”，本文件没有可以调整的对象"
        fix = did_you_mean(code, known) or "新增事项要写全：名称、种类、阶段、职能、结果、适用"
        loading.problems.append(positions.diagnostic("R303", message, ("代码",), fix))
    _check_name(code, path, positions, loading.problems)
    validate(Overlay, data, positions, loading.problems)
    _read_conditions(data, positions, vocabulary, loading.problems)


_CONDITIONED = ("改由", "适用", "例外", "法定时限", "前置", "卡住", "材料", "准备", "路线", "有效期", "容缺后补")
_LISTED = (*_CONDITIONED, "承诺时限", "卡点放宽", "卡点选定")


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
    conditions, _ = _read_conditions(kept, positions, vocabulary, loading.problems)
    if model is None:
        return
    _check_name(model.code, path, positions, loading.problems)
    if (layer, code) in loading.overlays:
        loading.problems.append(positions.diagnostic("R301", f"本层已有一个文件调整“{code}”", ("代码",)))
        return
    overlay = LoadedOverlay(layer, model, conditions, Source(source_file, 1, below.model.name))
    loading.approvals[code] = replace(below, overlays=(*below.overlays, overlay))
    loading.overlays[(layer, code)] = Located(positions, shown_path(path), layer)
