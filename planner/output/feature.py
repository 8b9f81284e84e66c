"""A plan as a Chinese feature file: the project as 假如, its day as 当, everything the plan says as 那么.

Run later with `planner test`, it shows what other rules, another calendar or another program make of the same project, at the line that
no longer holds. Two scenarios for each stage, so that one failure does not hide those of other stages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from planner.diagnostics import Diagnostic, DiagnosticError
from planner.plan import (
    Certainty,
    DayUnit,
    GateHeld,
    Holds,
    Item,
    JointProcedure,
    Lane,
    LegalBasis,
    Message,
    MilestoneName,
    Plan,
    RoutePolicy,
    RouteTaken,
    Status,
    TimeCap,
)
from planner.plan_files import project_of
from planner.project import CONSTRUCTION
from planner.rulebook.rulebook import Rulebook
from planner.units import MAX_DIGITS, UNITS, show
from planner.vocabulary import Fact

TOTALS: Mapping[str, str] = {
    "办理事项": "approvals",
    "申请次数": "steps",
    "办理部门": "departments",
    "全部材料": "materials",
    "部门调取的材料": "shared_materials",
    "已经交过的材料": "reused_materials",
    "要交的材料": "materials_to_submit",
    "已知的到场次数": "visits",
    "不知道要不要到场的事项": "visits_unknown",
}
"""What a plan adds up, by the word of the step 计划的合计为."""

HOLDS: Mapping[Holds, str] = {"true": "合乎条件", "false": "不合乎条件", "unknown": "还不能判断"}
"""Whether a project fits a fast lane, as the step 快速通道 says it."""

_POLICIES = {RoutePolicy.FASTEST: "最快", RoutePolicy.FEWEST_PROMISES: "最少承诺"}
_STATUS = {Status.REQUIRED: "需要", Status.DEPENDS: "取决于"}
_ROUTES = {
    RouteTaken.STANDARD: "一般程序",
    RouteTaken.COMMITMENT: "告知承诺",
    RouteTaken.DEFICIENCY: "容缺受理",
    RouteTaken.PRE_REVIEW: "预审",
    RouteTaken.STAGED: "分阶段办理",
}
_MILESTONES: Mapping[MilestoneName, str] = {"start_of_works": "开工", "completion": "竣工验收", "use": "投入使用"}
_EVENTS = {"start_of_works": "开工", "works_done": "完工", "completion": "竣工验收", "use": "投入使用"}
_HOLDS = {"START": "开工", "COMPLETE": "组织竣工验收", "USE": "投入使用"}
_CERTAINTY = {Certainty.FIRM: "确定", Certainty.PROVISIONAL: "暂定"}
_CAN = {True: "可以", False: "不能", None: "不知道能不能"}
_NOT_OF_THE_PLAN = frozenset({"unchecked_rules"})
"""Warnings that tell of the day a plan was made: scenarios try rules without asking for their check."""

_QUOTES = re.compile('[“”"\n\r]+')
_UNSAFE = re.compile('[\\s“”"、,，]')


def render_feature(plan: Plan, book: Rulebook) -> str:
    """The feature file of a plan made with `book`. Raises `DiagnosticError` for a number that nobody could write in a project."""
    return "\n".join([*_head(plan), "", *_background(plan, book), "", *_scenarios(plan, _Names(book))])


def _head(plan: Plan) -> Iterator[str]:
    made, project = plan.provenance, plan.project
    yield "# language: zh-CN"
    yield f"# 由审批计划生成。规则库：{_one_line(made.rulebook_name)}（{made.rulebook[:12]}）；放假安排：{made.calendar[:12]}。"
    yield "# 这样核对：planner test 本文件；计划是用别的规则库（--rules）做的，跑的时候也写上。"
    for what, said in (("建设内容", project.content), ("县区", project.district), ("形象进度", project.progress)):
        if said:
            yield f"# {what}：{_one_line(said)}"
    yield f"功能: {_one_line(project.name)}的审批计划"


def _background(plan: Plan, book: Rulebook) -> Iterator[str]:
    name = _QUOTES.sub(" ", _one_line(plan.project.name)).strip() or "没有名称的项目"
    facts = project_of(plan.project, book.vocabulary).facts
    yield "  背景:"
    if not facts:
        yield f'    假如 项目"{name}"'
    else:
        yield f'    假如 项目"{name}":'
        yield from _table([("事实", "值"), *(_fact(book, code, value) for code, value in facts.items())])
    steps = {s.code: s.name for a in book.approvals.values() for s in a.model.steps}
    steps[CONSTRUCTION] = "施工"
    for code, span in plan.project.durations.items():
        word = steps.get(code, code)
        shared = sum(word == other for other in steps.values()) > 1 or _UNSAFE.search(word)
        yield f'    并且 "{code if shared else word}"用时 {span}'
    if plan.routes in _POLICIES:
        yield f'    并且 路线选用"{_POLICIES[plan.routes]}"'


def _fact(book: Rulebook, code: str, value: object) -> tuple[str, str]:
    fact = book.vocabulary.facts[code]
    words = [word for word in (fact.name, code) if book.vocabulary.find(word).code == code]
    return words[0], _value(fact, value)


def _value(fact: Fact, value: object) -> str:
    """A value as a project file would state it, so that it is read back as exactly the same."""
    if isinstance(value, Fraction):
        return _quantity(fact, value)
    if isinstance(value, list):
        # A name that holds the sign between names would be read as two.
        return "、".join(fact.by_word[one] if _UNSAFE.search(one) else one for one in value)
    text = str(value)
    return fact.by_word[text] if text in fact.by_word and _one_line(text) != text else text


def _quantity(fact: Fact, value: Fraction) -> str:
    if fact.unit is None:
        ways = [show(value)]
    else:
        fitting = [fact.unit, *(unit for unit in UNITS.values() if unit.dimension == fact.unit.dimension)]
        ways = [show(value * fact.unit.ratio / unit.ratio, unit.name) for unit in fitting]
    for text in ways:
        number = text.split(" ")[0]
        if "/" not in number and sum(map(str.isdigit, number)) <= MAX_DIGITS:
            return text
    problem = Diagnostic("V206", f"“{fact.name}”的值 {ways[0][:60]} 写不成小数，不能写进场景", field=fact.code)
    raise DiagnosticError([problem])


class _Names:
    """How a step names approvals and facts: by name where that is unmistakable, else by code."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._approvals: dict[str, str] = {}
        names = [approval.model.name for approval in book.approvals.values()]
        for code, approval in book.approvals.items():
            name = approval.model.name
            plain = names.count(name) == 1 and name not in book.approvals and not _QUOTES.search(name)
            self._approvals[code] = name if plain and name == _one_line(name) else code

    def approval(self, code: str) -> str:
        """Inside quotes of its own."""
        return self._approvals.get(code, code)

    def listed(self, codes: Iterable[str]) -> str:
        """Several in one pair of quotes, with 、 between; milestones too."""
        words = (_EVENTS.get(code) or self.approval(code) for code in codes)
        return "、".join(code if re.search("[、,，]", word) else word for word, code in zip(words, codes, strict=True))

    def facts(self, codes: Iterable[str]) -> str:
        """Facts in one pair of quotes; what is no fact (a parameter) is left out."""
        vocabulary = self._book.vocabulary
        known = [vocabulary.facts[code] for code in codes if code in vocabulary.facts]
        plain = [not _UNSAFE.search(fact.name) and vocabulary.find(fact.name).code == fact.code for fact in known]
        return "、".join(fact.name if is_plain else fact.code for fact, is_plain in zip(known, plain, strict=True))

    def is_approval(self, code: str) -> bool:
        return code in self._book.approvals


# -- scenarios -----------------------------------------------------------------------------------------------------------


def _scenarios(plan: Plan, names: _Names) -> Iterator[str]:
    when = _when(plan)
    yield from _scenario("办哪些事项", when, _which(plan, names))
    stages = list(dict.fromkeys(item.stage for item in plan.items))
    ordered = sorted(plan.items, key=lambda item: stages.index(item.stage))
    for stage, some in groupby(ordered, key=lambda item: item.stage):
        items = list(some)
        shown = _one_line(stage)
        yield from _scenario(f"{shown}：部门、时限、材料和先后", when, (line for item in items for line in _rules(item, names)))
        yield from _scenario(f"{shown}：日期", when, (line for item in items for line in _dates(item, plan, names)))
    yield from _scenario("节点和合计", when, _sums(plan, names))
    yield from _scenario("阻断和提示", when, _messages(plan))


def _scenario(name: str, when: str, then: Iterable[str]) -> Iterator[str]:
    """`then`: lines of steps without their keyword, and of tables, which begin with a blank."""
    lines = list(then)
    if not lines:
        return
    yield f"  场景: {name}"
    yield f"    当 {when}"
    yield f"    那么 {lines[0]}"
    yield from (line if line.startswith(" ") else f"    并且 {line}" for line in lines[1:])
    yield ""


def _when(plan: Plan) -> str:
    if plan.target is not None:
        milestone = _MILESTONES[plan.target.milestone]
        return f"按{plan.as_of}的法律从{plan.start}开始办理，目标是{plan.target.date}前{milestone}"
    return f"按{plan.as_of}的法律从{plan.start}开始办理" if plan.start != plan.as_of else f"按{plan.as_of}的法律制定计划"


def _which(plan: Plan, names: _Names) -> Iterator[str]:
    if plan.items:
        yield "计划正好包括以下事项:"
        yield from _table([("事项",), *((names.approval(item.code),) for item in plan.items)])
    status = [(item.code, _STATUS[item.status]) for item in plan.items]
    status += [(one.code, "不需要") for one in plan.not_required]
    status += [(one.code, "未收录") for one in plan.not_recorded]
    if status:
        yield "以下事项的结论为:"
        yield from _table([("事项", "结论"), *((names.approval(code), word) for code, word in status)])
    for item in plan.items:
        facts = names.facts(item.depends_on)
        if facts:
            only = "只" if all(names.facts([code]) for code in item.depends_on) else ""
            yield f'"{names.approval(item.code)}"{only}取决于"{facts}"'
    asked = names.facts(one.code for one in plan.open_facts)
    if asked:
        yield f'计划会问"{asked}"'
    for lacking in plan.parameters_missing:
        name = lacking.code if _QUOTES.search(lacking.name) else lacking.name
        about = names.listed([code for code in lacking.items if names.is_approval(code)])
        yield f'缺少参数"{name}"' + (f'，关系到"{about}"' if about else "")


def _rules(item: Item, names: _Names) -> Iterator[str]:
    name = f'"{names.approval(item.code)}"'
    yield from _with(item.department, f"{name}由%s办理")
    yield from _with(item.stage, f"{name}属于%s阶段", whole=True)
    yield from _with(item.result, f"{name}办结后取得%s")
    yield f"{name}{'已核' if item.verified else '待核'}"
    yield from _limits(item, name)
    yield from _ways(item, name)
    for step in item.preparation:
        yield from _with(step.name, f"{name}申请前要完成%s")
    yield from _papers(item, name, names)
    yield from _order(item, name, names)
    for document, article in dict.fromkeys((law.document, law.article) for law in item.basis):
        yield from _cited(f"{name}的依据包括", document, article)


def _limits(item: Item, name: str) -> Iterator[str]:
    statutory, promised = item.statutory, item.promised
    if statutory is None:
        yield f"{name}没有法定时限"
    elif statutory.nature == "minimum_wait":
        yield f"{name}的最短间隔为 {_days(statutory.days, statutory.unit)}"
        yield f"{name}的最短间隔从{'收到申请' if statutory.starts == 'receipt' else '受理'}起算"
    else:
        yield f"{name}的法定时限为 {_days(statutory.days, statutory.unit)}"
        if statutory.extension_days is not None:
            yield f"{name}的法定时限可延长 {_days(statutory.extension_days, statutory.extension_unit)}"
            yield f"{name}的法定时限最多延长 {statutory.extension_times} 次"
        yield f"{name}的法定时限从{'收到申请' if statutory.starts == 'receipt' else '受理'}起算"
    yield f"{name}没有承诺时限" if promised is None else f"{name}的承诺时限为 {_days(promised.days, promised.unit)}"
    for one in item.excluded:
        at_most = "" if one.days is None else f"，最长 {_days(one.days, one.unit)}"
        yield from _with(one.procedure, f"{name}的%s不计入时限{at_most}", whole=bool(at_most))
    for note in item.validity:
        yield from _with(note.term, f"{name}的有效期提到%s")
        if note.reach is not None:
            yield f"{name}的结果失效前要{_MILESTONES[note.reach]}"


def _ways(item: Item, name: str) -> Iterator[str]:
    yield f'{name}按"{_ROUTES[item.route]}"办理'
    open_ones = {one.route for one in item.routes if one.status is Status.REQUIRED} | {item.route}
    known = [*(one.route for one in item.routes), *(one.route for one in item.closed_routes)]
    for route in dict.fromkeys(known):
        if route is not item.route:
            yield f'{name}{"可走" if route in open_ones else "不可走"}"{_ROUTES[route]}"'
    channel = item.channel
    yield f"{name}{_CAN[channel.online]}网上申报"
    yield f"{name}的结果{_CAN[channel.post]}邮寄"
    yield from _with(channel.counter or "", f"{name}在%s办理")
    yield f"{name}到场次数未知" if channel.visits is None else f"{name}到场{channel.visits}次"


def _papers(item: Item, name: str, names: _Names) -> Iterator[str]:
    if not item.materials:
        yield f"{name}没有要交的材料"
        return
    yield f"{name}的材料正好是以下各件:"
    papers = {
        (_one_line(m.name), names.approval(m.comes_from) if m.comes_from else "申请人", "可以" if m.later else "不能")
        for m in item.materials
    }
    yield from _table([("材料", "来自", "后补"), *sorted(papers)])


def _order(item: Item, name: str, names: _Names) -> Iterator[str]:
    before = [gate for gate in item.gates if gate.gate in ("ACCEPT", "DECIDE")]
    codes = list(dict.fromkeys(gate.code for gate in before))
    yield f'{name}要等的正好是"{names.listed(codes)}"' if codes else f"{name}不用等任何事项"
    for code in codes:
        if code != "start_of_works":
            gate = min((one for one in before if one.code == code), key=lambda one: one.gate)
            moment = "受理" if gate.gate == "ACCEPT" else "办结"
            yield _with_basis(f'{name}的{moment}要等"{_EVENTS.get(code) or names.approval(code)}"', gate)
    held = {gate.gate: gate for gate in reversed(item.gates) if gate.gate in _HOLDS}
    for kind, words in _HOLDS.items():
        if kind in held:
            yield _with_basis(f"没有{name}不得{words}", held[kind])
        else:
            yield f"{name}不卡{words.removeprefix('组织')}"


def _with_basis(said: str, gate: GateHeld) -> str:
    law: LegalBasis | None = next(iter(gate.basis), None)
    return next(_cited(f"{said}，依据", law.document, law.article), said) if law is not None else said


def _cited(said: str, document: str, article: str) -> Iterator[str]:
    title = _fragment(document)
    if title:
        provision = _fragment(article)
        yield f'{said}"{title}"' + (f'"{provision}"' if provision else "")


def _dates(item: Item, plan: Plan, names: _Names) -> Iterator[str]:
    name, dates = f'"{names.approval(item.code)}"', item.dates
    yield f"{name}最早于{dates.submit_from.date}提交"
    yield f"{name}最早于{dates.accept.date}受理"
    yield f"{name}最迟于{dates.decide_promised.date}办结"
    yield f"{name}按法定时限最迟于{dates.decide_statutory.date}办结"
    yield f"{name}的办结日期是{_CERTAINTY[dates.decide_promised.certainty]}的"
    yield f"{name}最迟应于{dates.latest_submit.date}提交"
    if dates.supplement_by is not None:
        yield f"{name}的后补材料最迟于{dates.supplement_by.date}补齐"
    if dates.verify_by is not None:
        yield f"{name}的承诺最迟于{dates.verify_by.date}核查"
    lapses = [note.lapses.date for note in item.validity if note.lapses is not None]
    yield from (f"{name}的结果到{day}失效" for day in lapses)
    if not lapses:
        yield f"{name}的结果没有到期日"
    if item.slack >= 0:
        yield f"{name}有 {item.slack} 个工作日的机动时间"
    path = {node.rpartition(".")[0] for node in plan.critical_path}
    yield f"关键路线{'包括' if item.code in path else '不包括'}{name}"


def _sums(plan: Plan, names: _Names) -> Iterator[str]:
    for code, word in _MILESTONES.items():
        milestone = getattr(plan.milestones, code)
        yield f"最早{milestone.promised.date}{word}"
        yield f"按法定时限最早{milestone.statutory.date}{word}"
        yield f"{word}日期是{_CERTAINTY[milestone.promised.certainty]}的"
        kind = {"start_of_works": "START", "completion": "COMPLETE", "use": "USE"}[code]
        holding = [item.code for item in plan.items if any(gate.gate == kind for gate in item.gates)]
        if holding:
            yield f"{word}要等的正好是以下事项:"
            yield from _table([("事项",), *((names.approval(one),) for one in holding)])
    totals = plan.totals
    yield f"并联办理需要 {totals.working_days_promised} 个工作日"
    yield f"按法定时限并联办理需要 {totals.working_days_statutory} 个工作日"
    yield f"逐项办理需要 {totals.working_days_serial} 个工作日"
    yield "计划的合计为:"
    yield from _table([("合计", "数"), *((word, str(getattr(totals, field))) for word, field in TOTALS.items())])
    choice, until = plan.choice, plan.valid.until
    yield f"计划用了 {choice.promises} 项承诺、{choice.later_papers} 份后补材料"
    if min(choice.days_gained, choice.days_possible) >= 0:
        yield f"计划比一般程序早 {choice.days_gained} 个工作日"
        yield f"捷径全走比一般程序早 {choice.days_possible} 个工作日"
    yield f"计划从{until}起要重新制定" if until else "没有已知的规定变化影响计划"
    for cap in plan.caps:
        yield f"{_called(cap)}最多 {cap.days} 个工作日，计划用 {cap.working_days} 个工作日"
    for joint in plan.joint:
        yield f"{_called(joint)}从{joint.begins.date}到{joint.ends.date}联合办理"
    for lane in plan.lanes:
        yield f"快速通道{_called(lane)}{'已经' if lane.open else '没有'}开放，项目{HOLDS[lane.holds]}"
    for zero in dict.fromkeys(one.name for one in plan.assumed_zero):
        yield from _with(zero, "计划把%s按零天排期")
    yield from _with(plan.team.name, "由专班%s负责") if plan.team else ["没有专班负责"]
    yield from _target(plan, names)


def _target(plan: Plan, names: _Names) -> Iterator[str]:
    target = plan.target
    if target is None:
        return
    yield "目标可以实现" if target.feasible else f"目标无法实现，最早{target.earliest.date}"
    codes = list(dict.fromkeys(term.code for term in target.conflict))
    if codes:
        approvals = [code for code in codes if code != CONSTRUCTION]
        words = [*([names.listed(approvals)] if approvals else []), *(["施工"] if CONSTRUCTION in codes else [])]
        yield f'目标只受制于"{"、".join(words)}"'


def _messages(plan: Plan) -> Iterator[str]:
    if plan.blockers:
        yield "项目的阻断正好是以下各条:"
        yield from _table([("阻断",), *((text,) for text in _texts(plan.blockers))])
    else:
        yield "项目没有被阻断"
    warnings = _texts(plan.warnings)
    if warnings:
        yield "计划的提示正好是以下各条:"
        yield from _table([("提示",), *((text,) for text in warnings)])


def _texts(messages: Sequence[Message]) -> list[str]:
    return list(dict.fromkeys(_one_line(m.text) for m in messages if m.code not in _NOT_OF_THE_PLAN))


# -- writing -------------------------------------------------------------------------------------------------------------


def _with(text: str, step: str, *, whole: bool = False) -> Iterator[str]:
    """The step with `text` in quotes where `%s` stands; nothing where it cannot be quoted. `whole`: a part of it will not do."""
    said = _fragment(text)
    if said and (not whole or said == text):
        yield step.replace("%s", f'"{said}"')


def _called(one: TimeCap | JointProcedure | Lane) -> str:
    plain = one.name == _one_line(one.name) and not _QUOTES.search(one.name)
    return f'"{one.name if plain else one.code}"'


def _fragment(text: str) -> str:
    """The longest part of a text that quotes can hold: steps look for it in the whole."""
    return max((part.strip() for part in _QUOTES.split(text)), key=len, default="")


def _days(days: int, unit: DayUnit | None) -> str:
    return f"{days} {'工作日' if unit is DayUnit.WORKING_DAYS else '日'}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        cells = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n") for cell in row)
        yield f"      | {' | '.join(cells)} |"
