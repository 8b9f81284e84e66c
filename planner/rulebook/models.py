"""The shape of every rule file: pydantic models whose aliases are the Chinese keys.

From the same models come validation and the JSON Schema that gives editors completion and hover help. A model holds what a file
says, not what it means: conditions stay as written (`Any`) until the loader, which knows the vocabulary, reads them.

Dates: `生效` is the first day in force, `失效` the first day no longer in force, so two versions of a rule share one date.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from planner.calendar import CalendarDays, Lasting, Months, Span, WorkingDays


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, arbitrary_types_allowed=True)


def _yes_no(raw: object) -> object:
    if raw in ("是", True):
        return True
    if raw in ("否", False):
        return False
    raise ValueError("要写“是”或“否”")


def _iso_date(raw: object) -> object:
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            raise ValueError(f"日期“{raw}”不存在，没有这一天") from None
    raise ValueError(f"日期“{raw}”写法不对")


_SPAN = re.compile(r"(\d{1,4})\s*(个工作日|工作日|个自然日|自然日|日|天)")


def parse_span(raw: object) -> Span:
    """`10 工作日` → WorkingDays(10); `60 日` → CalendarDays(60) (a statute that prints only 日 is read strictly); `当场` → 0."""
    if isinstance(raw, WorkingDays | CalendarDays):
        return raw
    if raw in ("当场", "即办"):
        return WorkingDays(0)
    found = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if not found:
        raise ValueError(f"期限“{str(raw)[:60]}”写法不对")
    number = int(found.group(1))
    return WorkingDays(number) if "工作日" in found.group(2) else CalendarDays(number)


_LASTING = re.compile(r"([1-9]\d{0,3})\s*(年|个月)")


def parse_lasting(raw: object) -> Lasting:
    """`2 年` → Months(24); `6 个月` → Months(6); days and working days as in `parse_span`."""
    if isinstance(raw, Months):
        return raw
    found = _LASTING.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None:
        try:
            span = parse_span(raw)
        except ValueError:
            span = WorkingDays(0)
        if not span.n:
            raise ValueError(f"时长“{str(raw)[:60]}”写法不对，写成“2 年”“6 个月”“30 日”或“20 工作日”")
        return span
    number = int(found.group(1)) * (12 if found.group(2) == "年" else 1)
    if number > 1200:
        raise ValueError(f"时长“{raw}”太长，最多 100 年")
    return Months(number)


YesNo = Annotated[bool, BeforeValidator(_yes_no), WithJsonSchema({"enum": ["是", "否"], "type": "string"}, mode="validation")]
Day = Annotated[
    date,
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "日期，写成 2026-03-01"}),
]
Term = Annotated[
    Any,
    BeforeValidator(parse_span),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(\d{1,4}\s*(个?工作日|个?自然日|日|天)|当场|即办)$",
            "description": "“10 工作日”“60 日”或“当场”",
        }
    ),
]
LastingTerm = Annotated[
    Any,
    BeforeValidator(parse_lasting),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,4}\s*(年|个月|个?工作日|个?自然日|日|天)$"}),
]
Figure = Annotated[
    str,
    BeforeValidator(lambda raw: str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1}]}, mode="validation"),
    Field(min_length=1),
]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Checked = Literal["已核", "待核"]
Condition = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "条件：“一律”，或“事实: 测试”，可用 全部 / 任一 / 非 组合",
            "anyOf": [{"const": "一律"}, {"type": "object"}],
        }
    ),
]


class Stage(StrEnum):
    """The stages of a project's approval, in order (国办发〔2018〕33号 item 5; Liaoning puts 前期策划 before)."""

    PREPARATION = "前期策划"
    LAND = "立项用地规划许可"
    WORKS = "工程建设许可"
    CONSTRUCTION = "施工许可"
    COMPLETION = "竣工验收"


class ApprovalKind(StrEnum):
    LICENCE = "行政许可"
    CONFIRMATION = "行政确认"
    FILING = "行政备案"
    GOVERNMENT = "政府投资审批"
    REVIEW = "技术审查"
    ACCEPTANCE = "验收"
    SERVICE = "中介服务"
    UTILITY = "公用服务"
    PROCEDURE = "法定程序"
    CONSULTATION = "征求意见"
    OWN_DUTY = "自行办理"


GateWord = Literal["受理", "办结", "开工", "竣工验收", "投入使用"]
MilestoneWord = Literal["开工", "完工", "竣工验收", "投入使用"]


class Basis(Model):
    """One legal basis: document and article. 文号 and the document's own dates come from laws.yaml."""

    document: Text = Field(alias="文件", description="法规文件名，须在 laws.yaml 登记")
    article: str = Field(default="", alias="条款", description="第几条第几款")
    note: str = Field(default="", alias="说明")


class Dated(Model):
    effective: Day | None = Field(default=None, alias="生效", description="从这一天起有效；不写表示一直有效")
    until: Day | None = Field(default=None, alias="失效", description="从这一天起不再有效")


class Grounded(Dated):
    basis: tuple[Basis, ...] = Field(default=(), alias="依据", description="法律依据")
    checked: Checked = Field(default="待核", alias="核验", description="是否已对照正式文本核过")
    note: str = Field(default="", alias="说明")
    recheck: Day | None = Field(default=None, alias="复核", description="到这一天要重新核对，过期由 planner check 报出")


class Applicability(Grounded):
    """When an approval is needed (适用), or when it is not after all (例外)."""

    name: Text = Field(alias="名称", description="规则的名字，会写进理由")
    when: Condition = Field(alias="当", description="条件；无条件写“一律”")


class ExcludedTime(Model):
    """A special procedure whose time does not count (行政许可法 art. 45 and special laws)."""

    procedure: Text = Field(alias="程序", description="不计入时限的程序，如 技术评审、听证、公示")
    at_most: Term | None = Field(default=None, alias="最长", description="该程序的上限；没有上限就不写")
    always: YesNo = Field(default=False, alias="必经", description="是：排期时计入；否：只提示")


class Limit(Grounded):
    """A statutory limit, from acceptance unless 起算 says otherwise."""

    term: Term = Field(alias="期限", description="“10 工作日”“60 日”或“当场”；法律只写“日”的照写“日”")
    nature: Literal["办理时限", "最短间隔"] = Field(
        default="办理时限",
        alias="性质",
        description="办理时限：最多用这么久；最短间隔：至少要隔这么久（报备、公示、通知以后满多少日），不能缩短，也没有延长",
    )
    extension: Term | None = Field(default=None, alias="可延长", description="依法可以延长的时间（排期不计入）")
    extension_times: int = Field(
        default=1, ge=1, le=9, alias="延长次数", description="最多延长几次，每次不超过“可延长”；法律没有另写的是一次"
    )
    starts: Literal["受理", "收到申请"] = Field(default="受理", alias="起算")
    when: Condition = Field(default="一律", alias="当", description="这一时限适用的情形")
    excluded: tuple[ExcludedTime, ...] = Field(default=(), alias="不计入")

    @field_validator("extension_times", mode="before")
    @classmethod
    def _times(cls, raw: object) -> object:
        if isinstance(raw, str) and not (raw.isascii() and raw.isdigit()):
            raise ValueError("要写一个数，如 1、2")
        return raw


class Promise(Grounded):
    """A promised limit, published by the city. Never longer than the statutory one."""

    term: Term = Field(alias="期限")


_EITHER = "条文没有说清卡受理还是卡办结，两种读法都站得住：“卡点”写默认的读法，下层可以用“卡点选定”改选"


class Material(Grounded):
    """A paper of the application. 来自 makes it the result of another approval, and thereby a prerequisite."""

    name: Text = Field(alias="名称")
    comes_from: Code | None = Field(default=None, alias="来自", description="如是另一审批事项的结果，写其代码：自动形成前后置关系")
    gate: Literal["受理", "办结"] = Field(
        default="受理", alias="卡点", description="来自另一事项时：受理前就要有，还是办结前补齐即可"
    )
    either: YesNo = Field(default=False, alias="两读", description=_EITHER)
    issuer: str = Field(default="申请人", alias="出具", description="由谁出具")
    shared: YesNo = Field(default=False, alias="共享", description="部门可自行调取，不必提交")
    secondary: YesNo = Field(default=False, alias="次要", description="次要材料：城市可以开放容缺后补")
    when: Condition = Field(default="一律", alias="当", description="什么情形才要")


class Prerequisite(Grounded):
    """What this approval must wait for, by law. Without a citation there is no series: everything else runs in parallel."""

    approval: Code | None = Field(default=None, alias="事项", description="在先事项的代码")
    milestone: Literal["完工", "竣工验收", "投入使用"] | None = Field(default=None, alias="节点", description="在先的工程节点")
    gate: Literal["受理", "办结"] = Field(alias="卡点", description="受理：没有它可以不受理；办结：可先受理审查，等它才能办结")
    either: YesNo = Field(default=False, alias="两读", description=_EITHER)
    when: Condition = Field(default="一律", alias="当")


class Hold(Grounded):
    """A milestone that this approval holds back: no start, no completion acceptance, no use without it."""

    milestone: Literal["开工", "竣工验收", "投入使用"] = Field(alias="节点")
    when: Condition = Field(default="一律", alias="当")


class Step(Model):
    """What the applicant or a hired institution does before submission. No duration is assumed; a project file may give one."""

    code: Code = Field(alias="代码", description="步骤代码，项目文件的“时长”用它")
    name: Text = Field(alias="名称")
    by: str = Field(default="申请人", alias="承担")
    when: Condition = Field(default="一律", alias="当")


Way = Literal["告知承诺", "预审", "分阶段办理"]


class Route(Grounded):
    """An easier route that a law opens nation-wide (a city opens its own in its layer). Papers that may follow: 容缺后补."""

    way: Way = Field(alias="方式")
    name: str = Field(default="", alias="名称", description="这条路线的名字；不写就用“方式”")
    choice: Literal["自愿", "一律"] = Field(
        default="自愿", alias="选用", description="自愿：由申请人选，计划按要求决定走不走；一律：法律只有这一种办法"
    )
    when: Condition = Field(default="一律", alias="当")
    replaces: tuple[str, ...] = Field(
        default=(), alias="代替", description="告知承诺：用承诺代替的材料，写材料名称；不写是整项凭承诺办结"
    )
    term: Term | None = Field(
        default=None, alias="期限", description="整项凭承诺办结的，多久办结（如“当场”）；不写则仍按本事项的时限"
    )
    verify_within: Term | None = Field(default=None, alias="核查期限", description="告知承诺：办结后多久内核查")
    ahead_of: tuple[Code, ...] = Field(default=(), alias="先审", description="预审：可以先于这些前置事项审查，等它们办结再办结")
    moved: tuple[Code, ...] = Field(
        default=(), alias="后移", description="分阶段办理：首个阶段不用等的前置事项，改到后续阶段开工前补齐"
    )
    promises: tuple[str, ...] = Field(default=(), alias="承诺内容", description="申请人承诺什么，一条一句")
    own_papers: tuple[str, ...] = Field(default=(), alias="路线材料", description="走这条路线自己要交的材料，如 告知承诺书")
    consequences: tuple[str, ...] = Field(default=(), alias="后果", description="没有做到的后果，一条一句")


class OtherOffice(Grounded):
    """Another office handles the approval in this case (a higher level above a size)."""

    function: Text = Field(alias="职能", description="改由哪个职能办理，须在 departments.yaml 登记")
    when: Condition = Field(alias="当", description="什么情形改由它办理")


class Validity(Grounded):
    """How long the result lives: as printed, and where the law gives a number, in figures."""

    term: Text = Field(alias="期限", description="照法律的意思写，如“2 年内开工”")
    lasting: LastingTerm | None = Field(
        default=None, alias="时长", description="“2 年”“6 个月”“30 日”“20 工作日”：从办结次日起算，计划据此算出到期日；没有数就不写"
    )
    starts: Literal["办结"] = Field(default="办结", alias="起算", description="从哪一刻起算")
    reach: Literal["开工", "竣工验收", "投入使用"] | None = Field(
        default=None, alias="达到", description="到期前必须达到的节点，否则失效或要重新审核；没有就不写"
    )
    when: Condition = Field(default="一律", alias="当", description="这一有效期适用的情形")


class Handling(Grounded):
    """How the applicant hands in and gets back: over the counter or online, by post or in person."""

    counter: str | None = Field(default=None, alias="窗口", description="在哪个窗口办；不知道就不写")
    online: YesNo | None = Field(default=None, alias="网上申报", description="可以在网上申报，不必到窗口交材料")
    post: YesNo | None = Field(default=None, alias="结果邮寄", description="结果可以邮寄，不必到窗口领取")
    visits: int | None = Field(
        default=None, ge=0, le=20, alias="到场次数", description="申请人要到场几次；不写的，由网上申报、结果邮寄推算"
    )

    @field_validator("visits", mode="before")
    @classmethod
    def _number(cls, raw: object) -> object:
        if isinstance(raw, str) and not (raw.isascii() and raw.isdigit()):
            raise ValueError("要写一个数，如 0、1、2")
        return raw


class Approval(Model):
    """审批事项：一个事项一个文件（approvals/<代码>.yaml）。"""

    code: Code = Field(alias="代码", description="与文件名相同")
    name: Text = Field(alias="名称")
    kind: ApprovalKind = Field(alias="种类")
    stage: Stage = Field(alias="阶段")
    function: Text = Field(alias="职能", description="办理职能，须在 departments.yaml 登记")
    result: Text = Field(alias="结果", description="办结后得到的文书")
    offices: tuple[OtherOffice, ...] = Field(default=(), alias="改由", description="某些情形改由上级等其他机关办理")
    note: str = Field(default="", alias="说明")
    applies: tuple[Applicability, ...] = Field(alias="适用", description="满足任何一条就要办", min_length=1)
    exceptions: tuple[Applicability, ...] = Field(default=(), alias="例外", description="满足任何一条就不用办，优先于适用")
    limits: tuple[Limit, ...] = Field(default=(), alias="法定时限", description="没有法定时限就不写，绝不编造")
    promises: tuple[Promise, ...] = Field(default=(), alias="承诺时限")
    prerequisites: tuple[Prerequisite, ...] = Field(default=(), alias="前置")
    holds: tuple[Hold, ...] = Field(default=(), alias="卡住")
    materials: tuple[Material, ...] = Field(default=(), alias="材料")
    steps: tuple[Step, ...] = Field(default=(), alias="准备", description="申请前由申请人或中介完成的工作")
    conditions: tuple[str, ...] = Field(default=(), alias="受理条件")
    routes: tuple[Route, ...] = Field(default=(), alias="路线")
    validity: tuple[Validity, ...] = Field(default=(), alias="有效期")
    handling: Handling | None = Field(default=None, alias="办理方式", description="与办理部门的一般做法不同时才写")


class ChosenGate(Grounded):
    """A layer's choice between two readings of the law that a prerequisite leaves open (两读)."""

    approval: Code = Field(alias="事项", description="哪个在先事项；它那一条要写有“两读: 是”")
    gate: Literal["受理", "办结"] = Field(alias="卡点", description="本层采用的读法")


class SofterGate(Grounded):
    """A layer's own choice to examine earlier: 受理 softened to 办结. Never the other way."""

    approval: Code = Field(alias="事项")
    gate: Literal["受理", "办结"] = Field(alias="卡点")


class LaterPaper(Grounded):
    """A secondary paper that this layer lets come later (容缺后补), and by when."""

    material: Text = Field(alias="材料")
    within: Term | None = Field(default=None, alias="补齐期限", description="不写则以本事项的办理时限为限")
    when: Condition = Field(default="一律", alias="当", description="什么情形可以后补")


class Overlay(Model):
    """下层（省、市）对已有事项的调整（approvals/<代码>.yaml）：只能定属于本层的内容。"""

    code: Code = Field(alias="代码")
    function: str | None = Field(default=None, alias="职能")
    promises: tuple[Promise, ...] = Field(default=(), alias="承诺时限", description="本地公布的承诺时限，不得长于法定时限")
    later: tuple[LaterPaper, ...] = Field(default=(), alias="容缺后补")
    softer: tuple[SofterGate, ...] = Field(default=(), alias="卡点放宽")
    chosen: tuple[ChosenGate, ...] = Field(
        default=(), alias="卡点选定", description="法律两种读法都站得住（两读）的，本层采用哪一种"
    )
    routes: tuple[Route, ...] = Field(default=(), alias="路线")
    conditions: tuple[str, ...] = Field(default=(), alias="受理条件")
    handling: Handling | None = Field(default=None, alias="办理方式", description="与办理部门的一般做法不同时才写")
    note: str = Field(default="", alias="说明")


class Exclusion(Grounded):
    """What a general rule shuts out from an easier route."""

    name: Text = Field(alias="名称", description="写进理由，如“失信主体”")
    when: Condition = Field(default="一律", alias="当", description="什么情形不能走；不写就是这些事项一律不能走")
    approvals: tuple[Code, ...] = Field(default=(), alias="事项", description="哪些事项不能走，写代码；不写就是所有事项")


class GeneralRoute(Grounded):
    """路线总则：一种路线的共同规定，哪些情形和事项不能走，没有做到怎样，由申请人选的路线都受它约束。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这一条")
    name: Text = Field(alias="名称")
    way: Literal["告知承诺", "容缺受理", "预审", "分阶段办理"] = Field(alias="方式")
    exclusions: tuple[Exclusion, ...] = Field(default=(), alias="排除")
    verify_within: Term | None = Field(default=None, alias="核查期限", description="路线自己没有写核查期限的，用这一条")
    own_papers: tuple[str, ...] = Field(default=(), alias="路线材料", description="走这种路线都要交的材料")
    consequences: tuple[str, ...] = Field(default=(), alias="后果", description="没有做到的后果，一条一句")


class RoutesFile(Model):
    rules: tuple[GeneralRoute, ...] = Field(alias="路线总则")


class LaneRoute(Route):
    """A route that a fast lane opens for one approval."""

    approval: Code = Field(alias="事项", description="哪个事项，写代码")


class LaneModel(Grounded):
    """快办通道：为一类项目设的整套快办办法。没有写“开放: 是”的，只在计划里说明，不改变任何事项。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这一条：本地开办的，在本地层写“开放: 是”")
    name: Text = Field(alias="名称")
    when: Condition = Field(alias="当", description="哪些项目可以走")
    open: YesNo = Field(default=False, alias="开放", description="本地是否已经开办")
    effects: tuple[str, ...] = Field(default=(), alias="效果", description="走了有什么不同，一条一句")
    routes: tuple[LaneRoute, ...] = Field(default=(), alias="路线", description="开放以后，哪些事项多了哪条路线")


class LanesFile(Model):
    lanes: tuple[LaneModel, ...] = Field(alias="快办通道")


class JointModel(Grounded):
    """联合办理：几个事项由一家牵头、一并办理（联合审图、联合验收）。不改变法律规定的先后。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这一条")
    name: Text = Field(alias="名称")
    lead: Text = Field(alias="牵头", description="牵头的职能，须在 departments.yaml 登记")
    approvals: tuple[Code, ...] = Field(alias="事项", min_length=1, description="一并办理的事项，写代码")
    when: Condition = Field(default="一律", alias="当")
    term: Term | None = Field(default=None, alias="期限", description="整个联合办理的时限；没有查到就不写")


class JointFile(Model):
    joint: tuple[JointModel, ...] = Field(alias="联合办理")


class GeneralClock(Grounded):
    """时限总则：办理一类事项都要守的钟点，补正告知和送达。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这一条")
    name: Text = Field(alias="名称")
    procedure: Literal["补正", "送达"] = Field(alias="程序", description="补正：收到申请后多久内一次告知；送达：办结后多久内送达")
    term: Term = Field(alias="期限")
    kinds: tuple[ApprovalKind, ...] = Field(default=(), alias="种类", description="哪些种类的事项；不写就只看“事项”")
    approvals: tuple[Code, ...] = Field(default=(), alias="事项", description="点名的事项；有自己规定的，先于按种类的规定")
    when: Condition = Field(default="一律", alias="当")
    effect: str = Field(default="", alias="逾期", description="过了期限怎样，如 视为受理")


class TimeCapModel(Grounded):
    """总时限：从开始办理到某个节点，部门办理时间合计最多多少工作日。超过的，计划给出提示。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这一条")
    name: Text = Field(alias="名称")
    reach: Literal["开工", "竣工验收", "投入使用", "办完"] = Field(alias="到", description="到哪个节点；办完：计划的最后一天")
    term: Term = Field(alias="最多", description="“120 工作日”")
    when: Condition = Field(default="一律", alias="当", description="管哪些项目")


class ClocksFile(Model):
    rules: tuple[GeneralClock, ...] = Field(default=(), alias="时限总则")
    caps: tuple[TimeCapModel, ...] = Field(default=(), alias="总时限")


class ChoiceModel(Model):
    code: Text = Field(alias="代码")
    name: Text = Field(alias="名称")
    parent: str = Field(default="", alias="上级", description="更宽的取值的代码")


class FactModel(Model):
    """事实：规则能读到的一项项目情况。"""

    code: Code = Field(alias="代码")
    name: Text = Field(alias="名称")
    aliases: tuple[str, ...] = Field(default=(), alias="别名")
    kind: Literal["数量", "是否", "单选", "多选", "代码", "日期"] = Field(alias="类型")
    unit: str | None = Field(default=None, alias="单位", description="规范单位；规则和项目可用同量纲的其他单位")
    span: str | None = Field(default=None, alias="范围", description="允许的范围，如“[0..100000]”")
    integer: YesNo = Field(default=False, alias="整数")
    choices: tuple[ChoiceModel, ...] = Field(default=(), alias="取值")
    pattern: str = Field(default="", alias="写法", description="代码的正则写法")
    question: str = Field(default="", alias="提问")
    note: str = Field(default="", alias="说明")
    derived: YesNo = Field(default=False, alias="派生", description="由决策表得出，而不是由项目填写")
    givable: YesNo = Field(default=True, alias="可直接给定", description="派生事实：主管部门已认定的，项目可以直接写")


class VocabularyFile(Model):
    facts: tuple[FactModel, ...] = Field(alias="事实")


class Document(Model):
    """A legal document: number, dates. `until` is the first day it is no longer in force."""

    name: Text = Field(alias="名称", description="通行简称，规则里写它")
    title: str = Field(default="", alias="全称")
    number: str = Field(default="", alias="文号")
    effective: Day | None = Field(default=None, alias="施行")
    until: Day | None = Field(default=None, alias="废止")
    replaced_by: str = Field(default="", alias="替代")
    checked: Checked = Field(default="待核", alias="核验")
    note: str = Field(default="", alias="说明")


class LawsFile(Model):
    documents: tuple[Document, ...] = Field(alias="法规")


class Department(Handling):
    """办理机关：本地由谁行使一项职能，怎样申报和领取。同一职能前后由不同机关办理的，写几条，日期不重叠。"""

    function: Text = Field(alias="职能", description="审批事项里写的职能")
    bureau: Text = Field(alias="机关", description="机关的全称")


class Team(Grounded):
    """专班：本地为一类项目设的工作专班，由几个科室组成。"""

    code: Code = Field(alias="代码", description="上层写同一代码，就替换下层的这个专班")
    name: Text = Field(alias="名称")
    classes: tuple[str, ...] = Field(alias="项目类别", min_length=1, description="负责哪几类项目，写“项目类别”的取值")
    offices: tuple[str, ...] = Field(default=(), alias="科室", description="由哪些科室组成")


class TeamsFile(Model):
    teams: tuple[Team, ...] = Field(alias="专班")


class DepartmentsFile(Model):
    departments: tuple[Department, ...] = Field(alias="部门")


class Parameter(Grounded):
    """参数：一个会变的、要查的数值（限额、标准、比例），条件里写“参数 名称”来引用。没有“值”就是还没有查到。"""

    code: Code = Field(alias="代码", description="同一代码的几条是先后的版本，日期不能重叠")
    name: str = Field(default="", alias="名称", description="条件里引用它的名字；上层给值时可以不写")
    unit: str = Field(default="", alias="单位", description="值的单位，如 万元；没有单位的不写；上层给值时可以不写")
    value: Figure | None = Field(default=None, alias="值", description="一个数，可以带单位；还没有查到就不写，计划会列出缺这个参数")
    uses: tuple[Code, ...] = Field(default=(), alias="用于", description="哪些审批事项要用到它，写代码")


class ParametersFile(Model):
    parameters: tuple[Parameter, ...] = Field(alias="参数", description="本层的参数")


class Notice(Grounded):
    """阻断或提示：项目办不下去的情形，或办理中要注意的事。"""

    code: Code = Field(alias="代码")
    name: Text = Field(alias="名称")
    severity: Literal["阻断", "提示"] = Field(alias="性质")
    when: Condition = Field(alias="当")
    text: Text = Field(alias="内容")


class NoticesFile(Model):
    notices: tuple[Notice, ...] = Field(alias="告知")


class RowModel(Grounded):
    """One row of a decision table written in YAML."""

    id: Text = Field(alias="编号")
    when: Condition = Field(alias="当")
    outcome: Text = Field(alias="结果")


class TableModel(Model):
    """决策表：tables/<代码>.yaml，行在同名 .csv 里、同名文件夹的几个 .csv 里，或写在“行”里。"""

    code: Code = Field(alias="代码")
    name: Text = Field(alias="名称")
    fact: Text = Field(alias="得出", description="由本表得出的派生事实")
    policy: Literal["唯一", "取最高", "全部"] = Field(alias="命中")
    order: tuple[str, ...] = Field(default=(), alias="次序", description="取最高：从高到低")
    default: str | None = Field(default=None, alias="无匹配", description="没有一行命中时的结果；不写则为“规则库未载明”")
    basis: tuple[Basis, ...] = Field(default=(), alias="依据", description="各行共同的依据")
    checked: Checked = Field(default="待核", alias="核验")
    effective: Day | None = Field(default=None, alias="生效")
    until: Day | None = Field(default=None, alias="失效")
    note: str = Field(default="", alias="说明")
    rows: tuple[RowModel, ...] | None = Field(default=None, alias="行")


class RulebookFile(Model):
    """规则库一层的说明（rulebook.yaml）。"""

    name: Text = Field(alias="名称")
    inherits: str = Field(default="", alias="继承", description="下一层规则库的文件夹（相对路径），或随程序提供的层名")
    jurisdiction: str = Field(default="", alias="地区")
    note: str = Field(default="", alias="说明")
    approvals: tuple[Code, ...] = Field(
        default=(), alias="事项", description="本层应有的事项代码：少了文件会报错，免得漏抄一个就少办一项"
    )
    missing: tuple[str, ...] = Field(default=(), alias="尚未收录", description="已知还没有写进规则库的事项，会写进每份计划的警告")
