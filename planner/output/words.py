"""The words of the documents, in Chinese and English.

Only labels are translated. The names of approvals, departments, papers and laws, the reasons and the messages are the rulebook's and
stay Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from planner.plan import (
    Certainty,
    Channel,
    DayUnit,
    ExcludedTime,
    GateHeld,
    LegalBasis,
    PlanDate,
    PromisedLimit,
    SkippedDays,
    StatutoryLimit,
    ValidityNote,
)

Language: TypeAlias = Literal["zh", "en"]

_WORDS: Mapping[str, tuple[str, str]] = {
    # -- head --------------------------------------------------------------------------------------------------------
    "title": ("工程建设项目审批计划", "Construction approval plan"),
    "content": ("建设内容", "Works"),
    "district": ("县区", "District"),
    "progress": ("形象进度", "Progress"),
    "as_of": ("依据法律的日期", "Law in force on"),
    "start": ("计划起始日", "Plan starts on"),
    "figures": ("主要结果", "Key figures"),
    "start_of_works": ("开工", "start of works"),
    "works_done": ("完工", "works done"),
    "completion": ("竣工验收", "completion acceptance"),
    "use": ("投入使用", "use"),
    "construction": ("施工", "Construction"),
    "earliest_milestone": ("最早{milestone}", "Earliest {milestone}"),
    "if_statutory": ("各部门用满法定时限：{date}", "every office takes its full statutory limit: {date}"),
    "same_statutory": ("按法定时限排期", "scheduled on statutory limits"),
    "no_construction": ("未给工期，按零天计，实际更晚", "construction time unknown, counted as zero days: will be later"),
    "no_preparation": ("未含编制文件等准备时间", "without the time to prepare documents"),
    "no_construction_short": ("工期按零天计", "construction time unknown, counted as zero"),
    "no_preparation_short": ("未含准备时间", "without preparation"),
    "approvals_figure": ("审批事项", "Approvals"),
    "approvals_detail": ("确定要办 {certain} 项，还不能判断 {depends} 项", "{certain} certain, {depends} not settled yet"),
    "approvals_certain": ("全部确定要办", "all of them certain"),
    "departments_figure": ("办理部门", "Departments"),
    "parallel_figure": ("并联办理", "In parallel"),
    "parallel_detail": (
        "逐项串联要 {serial} 个工作日，省 {saved} 个",
        "one after another {serial} working days: {saved} saved",
    ),
    "parallel_note": ("部门办理时间，不含施工", "offices' time, without construction"),
    "parallel_statutory": ("用满法定时限 {days} 个工作日", "{days} working days at full statutory limits"),
    "working_days": ("工作日", "working days"),
    "copies": ("份", "papers"),
    "materials_figure": ("申请材料", "Papers"),
    "materials_detail": ("其中 {shared} 份部门自行调取，不必提交", "{shared} of them fetched by the offices, not handed in"),
    "target": ("目标日期", "Target"),
    "target_line": ("目标：不晚于 {date} {milestone}", "Target: {milestone} by {date}"),
    "target_met": ("可以实现。最早 {earliest}。", "Can be met. Earliest {earliest}."),
    "target_missed": ("实现不了。最早 {earliest}。", "Cannot be met. Earliest {earliest}."),
    "target_conflict": (
        "仅下列各项的时间就已超过，缺了其中任何一项都不再超过：{items}",
        "These durations alone overrun it, and none of them can be left out: {items}",
    ),
    "target_too_late": ("起始日本身已经太晚。", "The start itself is too late."),
    "preparation_of": ("{name}（申请前准备）", "{name} (preparation)"),
    "critical_path": ("关键路径", "Critical path"),
    # -- blockers and what is open -------------------------------------------------------------------------------------
    "blockers": ("阻断：先解决，否则办不下去", "Blockers: settle these first"),
    "blockers_count": ("有 {count} 个阻断", "{count} blocker(s)"),
    "open_facts": ("还不能判断：请补充的情况", "Not settled: facts to supply"),
    "open_facts_lead": (
        "没有给出的情况一律按“未知”处理，不当作“否”或 0。补充后，才能确定下列事项要不要办、按哪条时限、交哪些材料，有没有阻断。",
        "A fact not given is unknown, never taken as no or zero. Supplying these settles which approvals are needed, on which limits "
        "and papers, and whether anything blocks them.",
    ),
    "parameters_missing": ("规则库缺少参数", "Numbers the rulebook lacks"),
    "parameters_missing_lead": (
        "下列数值由法规或政府文件规定，规则库没有查到。它们不是项目情况，补充项目情况也定不下来：用到它们的条件一律待定，请向主管部门查询。",
        "These numbers are set by law or government documents and were not found. No fact of the project settles what turns on them: "
        "ask the authority.",
    ),
    "parameter": ("参数", "Number"),
    "lacks": ("规则库缺少参数", "the rulebook lacks"),
    "not_recorded": ("规则库没有收录这一天的规定", "Not recorded for this day"),
    "not_recorded_lead": (
        "下列事项在规则库里的规定从后来的日期起才有；这一天要不要办，规则库不知道，不等于不用办。",
        "The rulebook's rules on these begin later. Whether they were needed on this day it does not know: this is not “not required”.",
    ),
    "recorded_since": ("收录的规定从 {date} 起", "recorded from {date}"),
    "team": ("工作专班", "Working group"),
    "team_offices": ("由{offices}组成", "made up of {offices}"),
    "visits_figure": ("到场次数", "Visits in person"),
    "visits_known": ("{visits} 次", "{visits}"),
    "visits_unknown": ("另有 {count} 项不知道要不要到场", "not known for {count} more"),
    "visits_all_unknown": ("不知道", "not known"),
    "channel": ("怎样申报", "How to apply"),
    "channel_counter": ("窗口：{counter}", "counter: {counter}"),
    "channel_online": ("网上申报", "apply online"),
    "channel_in_person": ("到窗口申报", "apply at the counter"),
    "channel_post": ("结果邮寄", "result by post"),
    "channel_collect": ("到窗口领取结果", "collect the result"),
    "channel_visits": ("到场 {visits} 次", "visits: {visits}"),
    "channel_unknown": ("没有查到", "not known"),
    "lapses": ("到 {date} 失效", "lapses on {date}"),
    "lapses_reach": ("到 {date}，须在此前{milestone}", "until {date}; {milestone} by then"),
    "question": ("要回答的问题", "Question"),
    "fact": ("情况", "Fact"),
    "hangs": ("关系到的事项", "What hangs on it"),
    "depends_on": ("取决于", "Depends on"),
    "open_by_fact": ("还不能判断：答清楚“{fact}”就能定（{count} 项）", "Not settled: “{fact}” alone decides ({count})"),
    "open_by_one": ("还不能判断：答清楚各自写明的一项情况就能定（{count} 项）", "Not settled: one fact decides each ({count})"),
    "open_by_several": ("还不能判断：要答清楚几项情况才能定（{count} 项）", "Not settled: several facts decide ({count})"),
    "open_by_none": (
        "还不能判断：规则库缺少数值，补充项目情况也定不下来（{count} 项）",
        "Not settled: the rulebook lacks a number, no fact of the project decides ({count})",
    ),
    "applies_if": ("如果成立才适用，取决于：{facts}", "applies only if so; depends on: {facts}"),
    # -- items ---------------------------------------------------------------------------------------------------------
    "items": ("审批事项一览", "Approvals at a glance"),
    "details": ("逐项说明", "Each approval"),
    "item": ("事项", "Approval"),
    "department": ("部门", "Department"),
    "limit": ("时限", "Limit"),
    "submit": ("提交", "Submit"),
    "submit_earliest": ("最早提交", "Submit from"),
    "submit_latest": ("最迟提交", "Submit by"),
    "decide": ("办结", "Decide"),
    "decide_by": ("最迟办结", "Decide by"),
    "statutory_full": ("用满法定", "Full statutory"),
    "slack": ("机动", "Slack"),
    "slack_days": ("{days} 工作日", "{days} working days"),
    "slack_short": ("机动（工作日）", "Slack (working days)"),
    "gate": ("卡点", "Gates"),
    "statutory": ("法定", "Statutory"),
    "promised": ("承诺", "Promised"),
    "statutory_limit": ("法定时限", "Statutory limit"),
    "promised_limit": ("承诺时限", "Promised limit"),
    "no_limit": ("未见时限", "no limit known"),
    "no_promise": ("未见本地公布，按法定时限排期", "none published here; scheduled on the statutory limit"),
    "no_statute": ("未见法定时限", "no statutory limit known"),
    "on_the_spot": ("当场", "on the spot"),
    "from_receipt": ("自收到申请起算", "from receipt"),
    "from_acceptance": ("自受理起算", "from acceptance"),
    "may_extend": ("可依法延长 {days}（排期未计入）", "may be extended by {days} (not scheduled)"),
    "excluded": ("不计入时限", "Not counted"),
    "excluded_counted": ("{procedure}：{days}，必经，排期已计入", "{procedure}: {days}, always held, scheduled"),
    "excluded_capped": ("{procedure}：最长 {days}，排期未计入", "{procedure}: up to {days}, not scheduled"),
    "excluded_open": ("{procedure}：法律没有定上限，排期未计入", "{procedure}: no cap in law, not scheduled"),
    "required": ("要办", "Required"),
    "depends": ("视情况", "Depends"),
    "critical": ("关键", "Critical"),
    "unverified": ("待核", "unverified"),
    "unverified_long": ("待核：尚未对照正式文本核实", "not yet checked against the official text"),
    "provisional": ("暂定", "provisional"),
    "range": ("{earliest} 至 {latest} 之间", "between {earliest} and {latest}"),
    "range_short": ("{earliest}～{latest}", "{earliest} to {latest}"),
    "wait_accept": ("受理前须有：{names}", "before acceptance: {names}"),
    "wait_decide": ("办结前须有：{names}", "before the decision: {names}"),
    "hold_start": ("不办结不得开工", "holds the start of works"),
    "hold_complete": ("不办结不得组织竣工验收", "holds completion acceptance"),
    "hold_use": ("不办结不得投入使用", "holds use"),
    "short_accept": ("受理前须有：{names}", "after {names}"),
    "short_decide": ("办结前须有：{names}", "decision waits for {names}"),
    "short_hold": ("未办结不得{names}", "holds {names}"),
    "short_before_accept": ("先于：{names}", "before {names}"),
    "short_before_decide": ("办结先于：{names}", "before the decision of {names}"),
    "no_gate": ("没有先后要求，并联办理", "none: handled in parallel"),
    "gates": ("先后关系", "What waits for what"),
    "gates_none": ("法律没有规定先后，与其他事项并联办理。", "The law sets no order: handled in parallel with everything else."),
    "value_read": ("{name}：{value}（要求 {test}）", "{name}: {value} (needed: {test})"),
    "why": ("为什么要办", "Why it is needed"),
    "why_open": ("为什么可能要办", "Why it may be needed"),
    "more_reasons": ("另有 {count} 条相关的规则", "{count} more rules bear on it"),
    "values_read": ("读取的情况", "Values read"),
    "value": ("项目情况", "Value"),
    "test": ("规则要求", "Test"),
    "holds": ("结论", "Answer"),
    "holds_true": ("符合", "holds"),
    "holds_false": ("不符合", "does not hold"),
    "holds_unknown": ("未知", "unknown"),
    "rule_at": ("规则出处", "Rule"),
    "basis": ("法律依据", "Legal basis"),
    "no_basis": ("没有写明依据", "no basis stated"),
    "dates": ("日期", "Dates"),
    "date_submit": ("最早可以提交", "Earliest submission"),
    "date_accept": ("受理（时限从次日起算）", "Acceptance (day 1 is the next)"),
    "date_submit_accept": ("最早提交、受理（时限从次日起算）", "Earliest submission and acceptance (day 1 is the next)"),
    "date_promised": ("承诺时限届满，应当办结", "End of the promised limit"),
    "date_statutory": ("法定时限届满，应当办结", "End of the statutory limit"),
    "date_decide": ("办结（没有查到时限，按 0 计）", "Decision (no limit known, taken as zero)"),
    "date_supplement": ("容缺材料补齐截止", "Last day for papers that may follow"),
    "date_verify": ("告知承诺核查截止", "Last day to check the commitment"),
    "date_latest": ("最迟提交（再晚就耽误后面）", "Latest submission (later delays what follows)"),
    "skipped": ("不计：{days}", "not counted: {days}"),
    "weekends": ("周末 {days}", "weekends {days}"),
    "papers": ("申请材料", "Papers"),
    "papers_none": ("规则库没有收录材料清单，请以办事指南为准。", "No list of papers in the rulebook; see the service guide."),
    "papers_later": (
        "还不能判断的 {count} 项，材料等确定要办以后再列（网页版和 JSON 里有）。",
        "The papers of the {count} not settled are listed once they are known to be needed (the HTML and the JSON have them).",
    ),
    "chart_later": (
        "还不能判断的 {count} 项没有画出，排期已经按要办留了时间。",
        "The {count} not settled are not drawn; the schedule leaves time for them.",
    ),
    "paper_shared": ("部门自行调取，不必提交", "fetched by the office"),
    "paper_shared_short": ("免交", "shared"),
    "paper_from": ("来自：{name}", "result of {name}"),
    "paper_later": ("可容缺后补", "may follow later"),
    "paper_promised": ("以承诺代替", "a commitment stands in"),
    "paper_secondary": ("次要材料", "secondary"),
    "paper_depends": ("视情况", "depends"),
    "preparation": ("申请前的准备", "Before submission"),
    "prepare_days": ("{by}，{days}", "{by}, {days}"),
    "prepare_zero": ("{by}，项目没有给出时长，按 0 计", "{by}; no duration given, taken as zero"),
    "routes": ("办理方式", "Routes"),
    "route_standard": ("一般办理", "standard"),
    "route_deficiency": ("容缺受理", "acceptance with deficiencies"),
    "route_commitment": ("告知承诺", "commitment-based"),
    "route_pre_review": ("预审", "pre-review"),
    "route_open": ("可以走：{route}", "open: {route}"),
    "conditions": ("受理条件", "Conditions of acceptance"),
    "result": ("办结后得到", "Result"),
    "validity": ("有效期", "Validity"),
    "note": ("说明", "Note"),
    # -- chart ---------------------------------------------------------------------------------------------------------
    "chart": ("进度图", "Schedule chart"),
    "chart_description": (
        "横轴是日期，每行是一个审批事项，按阶段分组。从 {start} 起，最早 {works} 开工。各项日期见下方“{table}”。",
        "Dates run left to right, one row per approval, grouped by stage. From {start}; works can start on {works}. "
        "All dates are in the table “{table}” below.",
    ),
    "chart_bar": (
        "{name}：{accept} 受理，不晚于 {decide} 办结，{limit}，机动 {slack} 工作日",
        "{name}: accepted {accept}, decided by {decide}, {limit}, slack {slack} working days",
    ),
    "scroll_hint": ("进度图可以左右滑动。", "The chart scrolls sideways."),
    "milestones": ("节点", "Milestones"),
    "legend_promised": ("承诺时限", "promised limit"),
    "legend_statutory": ("法定时限", "statutory limit"),
    "legend_critical": ("关键路径", "critical path"),
    "legend_depends": ("视情况而定", "depends on open facts"),
    "legend_preparation": ("申请前的准备", "preparation"),
    "legend_provisional": ("暂定（放假安排未公布）", "provisional (holidays not yet announced)"),
    "legend_off": ("休息日", "days off"),
    "legend_accept": ("在先，卡受理", "must precede acceptance"),
    "legend_decide": ("在先，卡办结", "must precede the decision"),
    "legend_holds": ("机动时间，连到所卡的节点", "slack, up to the milestone held"),
    "legend_target": ("目标日期", "target date"),
    "legend_latest": ("最迟提交", "latest submission"),
    "legend_idle": ("时间轴省略", "time left out"),
    "firm_until": ("此后放假安排未公布，日期暂定", "holidays not announced: provisional"),
    "milestone_statutory": ("{milestone}（用满法定时限）", "{milestone} (statutory)"),
    "idle_days": ("省略 {days} 天", "{days} days left out"),
    # -- tail ----------------------------------------------------------------------------------------------------------
    "papers_by_item": ("材料清单", "Papers by approval"),
    "not_required": ("不需要办理的事项", "Not required"),
    "reason": ("理由", "Reason"),
    "warnings": ("提示", "Warnings"),
    "assumed_zero": ("按零计的时间", "Durations taken as zero"),
    "assumed_zero_lead": (
        "法律只给部门定时限。下列时间没有依据可查，项目也没有给出，排期按 0 计；实际日期会因此推后。",
        "The law sets limits for offices only. These durations were not given and are taken as zero; real dates will be later.",
    ),
    "step": ("步骤", "Step"),
    "facts": ("项目情况", "The project as understood"),
    "duration_of": ("时长：{name}", "Duration: {name}"),
    "durations": ("项目给出的时长", "Durations given"),
    "provenance": ("来源", "Sources"),
    "rulebook": ("规则库", "Rulebook"),
    "calendar": ("工作日历", "Calendar"),
    "facts_digest": ("项目情况摘要值", "Facts digest"),
    "versions": ("版本", "Versions"),
    "provenance_note": (
        "相同的项目情况、规则库、日历和日期，得到逐字节相同的计划。",
        "The same facts, rulebook, calendar and dates give the same plan, byte for byte.",
    ),
    "disclaimer": (
        "带“待核”的内容尚未对照正式文本；办理以主管部门的决定和公布的办事指南为准。",
        "What is marked unverified was not checked against the official text; the authorities' decisions prevail.",
    ),
    "marks": (
        "* 关键路径  ? 视情况而定  ~ 日期暂定（放假安排未公布）  [待核] 未对照正式文本",
        "* critical path  ? depends on open facts  ~ provisional date (holidays not announced)  [unverified]",
    ),
    "marks_units": (
        "“日”为自然日，最后一天逢休息日顺延；受理当日不计入时限",
        "d = calendar days, wd = working days; the day of acceptance is not counted",
    ),
    "strip_key": (
        "█ 关键路径  ▓ 时限  ─ 法定时限余下部分  │ 节点  ! 目标  : 长假  ~ 暂定",
        "█ critical  ▓ limit  ─ rest of the statutory limit  │ milestone  ! target  : holiday  ~ provisional",
    ),
    "strip_idle": ("省略的时间", "time left out"),
    "none": ("无", "none"),
}  # fmt: skip

_STAGES: Mapping[str, str] = {
    "前期策划": "project generation",
    "立项用地规划许可": "project and land planning",
    "工程建设许可": "works planning",
    "施工许可": "construction",
    "竣工验收": "completion",
}
_HOLDING: Mapping[str, str] = {"START": "hold_start", "COMPLETE": "hold_complete", "USE": "hold_use"}


@dataclass(frozen=True, slots=True)
class Words:
    """The labels of one language: `words("target_line", date=…)`."""

    lang: Language = "zh"

    def __call__(self, key: str, /, **values: object) -> str:
        return _WORDS[key][self.lang == "en"].format(**values)

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""
        return "、" if self.lang == "zh" else ", "

    @property
    def semicolon(self) -> str:
        return "；" if self.lang == "zh" else "; "

    def bracketed(self, text: str) -> str:
        return f"（{text}）" if self.lang == "zh" else f" ({text})"

    def days(self, days: int, unit: DayUnit | None, *, short: bool = False) -> str:
        """A duration in its own unit: 20 工作日, 60 日; 0 is 当场."""
        if days == 0:
            return self("on_the_spot")
        working = unit is DayUnit.WORKING_DAYS
        if self.lang == "zh":
            return f"{days} 工作日" if working else f"{days} 日"
        if short:
            return f"{days} wd" if working else f"{days} d"
        noun = "working day" if working else "calendar day"
        return f"{days} {noun}" if days == 1 else f"{days} {noun}s"

    def term(self, limit: StatutoryLimit | PromisedLimit, *, short: bool = False) -> str:
        return self.days(limit.days, limit.unit, short=short)

    def excluded(self, one: ExcludedTime) -> str:
        """A special procedure, its cap, and whether the schedule adds it."""
        if one.days is None:
            return self("excluded_open", procedure=one.procedure)
        key = "excluded_counted" if one.counted else "excluded_capped"
        return self(key, procedure=one.procedure, days=self.days(one.days, one.unit))

    def day(self, day: PlanDate) -> str:
        """A date, marked ~ when provisional."""
        return f"~{day.date.isoformat()}" if day.certainty is Certainty.PROVISIONAL else day.date.isoformat()

    def span(self, day: PlanDate) -> str:
        """When a provisional date may turn out to be, in brackets; empty for a firm one or one that cannot move."""
        if day.certainty is Certainty.FIRM or day.earliest == day.latest:
            return ""
        return self("range", earliest=day.earliest.isoformat(), latest=day.latest.isoformat())

    def law(self, basis: LegalBasis) -> str:
        """《文件》（文号）条款."""
        number = f"（{basis.number}）" if basis.number else ""
        return f"《{basis.document}》{number}{basis.article}"

    def laws(self, basis: tuple[LegalBasis, ...]) -> str:
        """Citations in one line, those not checked marked."""
        mark = f"[{self('unverified')}]"
        return self.semicolon.join(self.law(one) + ("" if one.verified else mark) for one in basis)

    def stage(self, name: str) -> str:
        """A stage by its Chinese name, with an English one behind it."""
        return f"{name} ({_STAGES[name]})" if self.lang == "en" and name in _STAGES else name

    def gate(self, gate: GateHeld) -> str:
        """What one gate holds back, in a sentence."""
        if gate.gate in _HOLDING:
            return self(_HOLDING[gate.gate])
        return self("wait_accept" if gate.gate == "ACCEPT" else "wait_decide", names=gate.name)

    def channel(self, channel: Channel) -> str:
        """How to hand in and get the result, what is known of it; else that nothing is."""
        parts = [self("channel_counter", counter=channel.counter)] if channel.counter else []
        if channel.online is not None:
            parts.append(self("channel_online" if channel.online else "channel_in_person"))
        if channel.post is not None:
            parts.append(self("channel_post" if channel.post else "channel_collect"))
        if channel.visits is not None:
            parts.append(self("channel_visits", visits=channel.visits))
        return self.comma.join(parts) or self("channel_unknown")

    def lapse(self, one: ValidityNote) -> str:
        """Until when a result holds on the promised schedule, and what must be reached by then; empty when no number is known."""
        if one.lapses is None:
            return ""
        date = self.day(one.lapses) + self.span_bracketed(one.lapses)
        return self("lapses_reach", date=date, milestone=self(one.reach)) if one.reach else self("lapses", date=date)

    def span_bracketed(self, day: PlanDate) -> str:
        span = self.span(day)
        return self.bracketed(span) if span else ""

    def skipped(self, runs: tuple[SkippedDays, ...]) -> str:
        """The days off a date passed over: festivals by name, then the weekends. Empty when there are none."""
        if not runs:
            return ""
        festivals = [f"{run.name} {_run(run)}" for run in runs if run.name != "周末"]
        weekends = [_run(run) for run in runs if run.name == "周末"]
        parts = festivals + ([self("weekends", days=self.comma.join(weekends))] if weekends else [])
        return self("skipped", days=self.semicolon.join(parts))


def _run(run: SkippedDays) -> str:
    first = f"{run.first.month}-{run.first.day}"
    if run.first == run.last:
        return first
    last = f"{run.last.day}" if run.first.month == run.last.month else f"{run.last.month}-{run.last.day}"
    return f"{first}～{last}"


def words_for(lang: str) -> Words:
    """The words of a language. Raises ValueError for one that is neither `zh` nor `en`."""
    if lang not in get_args(Language):
        raise ValueError(f"文档语言只有 zh 和 en：{lang!r}")
    return Words(cast(Language, lang))
