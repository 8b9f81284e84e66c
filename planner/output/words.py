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
    "slack_short": ("机动（工作日）", "Slack (working days)"),
    "gate": ("卡点", "Gates"),
    "statutory": ("法定", "Statutory"),
    "promised": ("承诺", "Promised"),
    "statutory_limit": ("法定时限", "Statutory limit"),
    "promised_limit": ("承诺时限", "Promised limit"),
    "no_limit": ("未见时限", "no limit known"),
    "no_promise": ("未见本地公布，按法定时限排期", "none published here; scheduled on the statutory limit"),
    "on_the_spot": ("当场", "on the spot"),
    "from_receipt": ("自收到申请起算", "from receipt"),
    "from_acceptance": ("自受理起算", "from acceptance"),
    "minimum_wait": ("最短间隔", "Minimum wait"),
    "at_least": ("至少 {days}", "at least {days}"),
    "wait_fixed": ("不能缩短，也没有延长", "cannot be shortened and is not extended"),
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
    "date_wait": ("最短间隔届满", "End of the minimum wait"),
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
    "route_staged": ("分阶段办理", "in stages"),
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
    # -- files of other programs ---------------------------------------------------------------------------------------
    "mermaid_key": (
        "crit：机动为零或在关键路径上；active：取决于还没有给出的情况",
        "crit: no slack, or on the critical path; active: depends on facts not given",
    ),
    "tj_head": (
        "各项日期由 TaskJuggler 自己排：tj3 文件名。每个工作日只有 16:00 到 17:00 一小时，当天的事都在 17:00 发生。",
        "TaskJuggler works out all dates: tj3 FILE. A working day is the one hour from 16:00 to 17:00; what happens on a day happens at 17:00.",
    ),
    "tj_firm": (
        "{day} 以后的放假安排还没有公布，休息日按周末和法定节日预计。",
        "Holidays after {day} are not announced: days off are weekends and the statutory festivals.",
    ),
    "tj_begin": ("起始日", "First day"),
    "tj_accept": ("受理", "Acceptance"),
    "tj_handling": ("办理时限", "Limit"),
    "tj_decide": ("办结", "Decision"),
    "tj_count": ("日历日", "Calendar days"),
    "tj_move": ("最后一天遇休息日顺延", "A last day that is off moves on"),
    "tj_chart_file": ("进度图", "chart"),
    "tj_dates_file": ("各项日期", "dates"),
    "none": ("无", "none"),
    # -- deadlines -----------------------------------------------------------------------------------------------------
    "project": ("项目", "Project"),
    "due_submit": ("最迟提交", "Submit by"),
    "due_submit_own": ("最迟开始办理", "Begin by"),
    "due_open": ("可以提交", "May be submitted"),
    "due_open_own": ("可以开始办理", "May begin"),
    "due_promised": ("办结期限（承诺）", "Decision due (promised)"),
    "due_statutory": ("办结期限（法定）", "Decision due (statutory)"),
    "due_wait": ("法定等待期满", "Statutory wait ends"),
    "due_correction": ("补正告知截止", "Last day to ask for corrections"),
    "due_delivery": ("送达截止", "Delivery due"),
    "due_procedure": ("{name}期满", "End of {name}"),
    "due_supplement": ("补齐材料截止", "Outstanding papers due"),
    "due_verify": ("承诺核查截止", "Check of the commitment due"),
    "due_duty": ("办结后的义务截止", "Duty after the decision due"),
    "due_lapse": ("到期失效", "Lapses"),
    "due_lapse_reach": ("到期失效（须在此前{milestone}）", "Lapses ({milestone} by then)"),
    "due_target": ("目标（不晚于此日{milestone}）", "Target ({milestone} by this day)"),
    "due_revise": ("规定变化，重做计划", "The rules change, plan anew"),
    "due_blockers": ("阻断，先解决", "Blockers, settle first"),
    "due_left_out": ("还不能判断、没有列入日历的事项", "Not settled and left out of this calendar"),
    "due_count": ("{count} 项", "{count}"),
    "due_delays": ("再晚就会耽误后面（{names}）", "Later than this delays what follows ({names})"),
    "due_free": ("没有哪一步要等它：写的是最早的一天", "No step waits for it: this is the first day"),
    "due_line": ("{name}：{text}", "{name}: {text}"),
    "due_counted": ("{limit} {length}，{starts}；按 {accept} 受理计算", "{limit}: {length}, {starts}; acceptance on {accept}"),
    "due_firm": ("日期确定", "Firm date"),
    "due_provisional": ("日期暂定：放假安排还没有公布", "Provisional: the holidays are not announced yet"),
    "due_holds_back": ("在此之前要办结：{names}", "Needed before: {names}"),
    "due_law_changes": ("从这一天起，计划可能依据的规定变化：{because}", "From this day a rule that the plan may rest on changes: {because}"),
    "calendar_name": ("{project}：审批期限", "{project}: approval deadlines"),
    "calendar_about": (
        "由审批计划生成（依据法律的日期 {as_of}）。标“暂定”的日期会随放假安排变动。",
        "From the approval plan (law in force on {as_of}). Provisional dates move with the holiday notices.",
    ),
    # -- workbook ------------------------------------------------------------------------------------------------------
    "sheet_summary": ("总表", "Summary"),
    "sheet_plan": ("审批计划", "Plan"),
    "sheet_papers": ("材料清单", "Papers"),
    "sheet_calendar": ("日历", "Calendar"),
    "sheet_basis": ("依据", "Legal basis"),
    "sheet_routes": ("路线", "Routes"),
    "sheet_questions": ("还要回答的问题", "Open questions"),
    "sheet_not_required": ("不需要办理", "Not required"),
    "col_number": ("序号", "No."),
    "col_stage": ("阶段", "Stage"),
    "col_code": ("代码", "Code"),
    "col_kind": ("种类", "Kind"),
    "col_needed": ("要不要办", "Needed"),
    "col_route": ("路线", "Route"),
    "col_accept": ("受理", "Accepted"),
    "col_decide_promised": ("办结（承诺）", "Decided (promised)"),
    "col_decide_statutory": ("办结（法定）", "Decided (statutory)"),
    "col_waits": ("前置", "Waits for"),
    "col_holds": ("卡住", "Holds back"),
    "col_certainty": ("确定性", "Certainty"),
    "col_verified": ("核验", "Checked"),
    "col_paper": ("材料", "Paper"),
    "col_issuer": ("出具", "Issued by"),
    "col_from": ("来自", "Result of"),
    "col_how": ("怎样交", "How"),
    "col_ready": ("备齐情况", "Ready"),
    "col_remark": ("备注", "Remarks"),
    "col_date": ("日期", "Date"),
    "col_weekday": ("星期", "Weekday"),
    "col_worked": ("当天", "That day"),
    "col_deadline": ("期限", "Deadline"),
    "col_earliest": ("最早", "Earliest"),
    "col_latest": ("最晚", "Latest"),
    "col_use": ("用在", "Used for"),
    "col_document": ("文件", "Document"),
    "col_file_number": ("文号", "Number"),
    "col_article": ("条款", "Article"),
    "col_taken": ("采用", "Taken"),
    "col_gained": ("省（工作日）", "Gains (working days)"),
    "col_asks": ("要承诺、要交的", "Promises and papers asked"),
    "col_replaced": ("替代或后补的材料", "Papers replaced or following"),
    "col_ahead": ("不必等", "Need not wait for"),
    "col_duty": ("以后要做的", "Left to be done"),
    "col_due": ("截止", "Due"),
    "col_consequences": ("做不到的后果", "If it is not done"),
    "col_situation": ("情形", "Situation"),
    "ready_yes": ("已备", "ready"),
    "ready_no": ("缺", "missing"),
    "ready_unneeded": ("不需要", "not needed"),
    "ready_prompt": ("选“已备”“缺”或“不需要”", "Choose ready, missing or not needed"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "firm": ("确定", "firm"),
    "checked": ("已核", "checked"),
    "worked": ("工作日", "worked"),
    "hand_in": ("提交", "hand in"),
    "state_taken": ("采用", "taken"),
    "state_no_other": ("采用（法律只有这一条）", "taken (no other way)"),
    "state_not_taken": ("可选，未采用", "open, not taken"),
    "state_may_open": ("可能可选", "may be open"),
    "state_closed": ("不能走", "closed"),
    "kind_question": ("要回答", "to answer"),
    "kind_lacking": ("规则库缺少数值", "number missing"),
    "kind_not_required": ("不需要", "not required"),
    "kind_not_recorded": ("没有收录", "not recorded"),
    "use_reason": ("要不要办", "whether needed"),
    "use_material": ("材料", "paper"),
    "use_gate": ("先后", "order"),
    "use_route": ("路线", "route"),
    "use_clock": ("计时", "clock"),
    "use_general": ("事项", "approval"),
    "use_blocker": ("阻断", "blocker"),
    "use_warning": ("提示", "warning"),
    "use_cap": ("总时限", "overall limit"),
    "whole_project": ("整个项目", "the whole project"),
    "caps": ("总时限", "Overall limits"),
    "cap_line": ("到{milestone}：上限 {days} 工作日，本计划 {working} 工作日", "to {milestone}: at most {days} working days, this plan {working}"),
    "cap_end": ("计划最后一天", "the plan's last day"),
    "cap_over": ("超过", "over"),
    "cap_within": ("没有超过", "within"),
    "choice_policy": ("采用路线的办法", "Choice of routes"),
    "policy_standard": ("不走捷径", "standard only"),
    "policy_fastest": ("最快（捷径全走）", "fastest (every open route)"),
    "policy_fewest_promises": ("最少承诺", "fewest promises and later papers"),
    "lanes": ("快速通道", "Fast lanes"),
    "joint": ("合并办理", "Handled together"),
    "relief": ("区域评估", "Regional assessment"),
    "relief_line": ("免去：{removes}；改变：{changes}", "removes: {removes}; changes: {changes}"),
    "valid_until": ("计划可以依据到", "The plan may be relied on until"),
    "valid_open": ("没有已知的规定变化", "no change of the rules is known"),
    "materials_to_submit": ("要提交 {count} 份", "{count} to hand in"),
    "steps_figure": ("申报次数", "Applications"),
    "weekdays": ("星期一 星期二 星期三 星期四 星期五 星期六 星期日", "Mon Tue Wed Thu Fri Sat Sun"),
    "value_label": ("内容", "Value"),
    "note_label": ("说明", "Notes"),
    "law_label": ("依据：{laws}", "Basis: {laws}"),
    "nothing_listed": ("没有", "none"),
    "page_of": ("第 &P 页，共 &N 页", "Page &P of &N"),
    # -- time and routes -----------------------------------------------------------------------------------------------
    "routes_open": ("捷径", "Easier routes"),
    "choice": ("走哪些捷径", "Easier routes"),
    "choice_short": ("不走捷径 {standard} → 本计划 {reached} → 捷径全走 {fastest}", "none {standard} → this plan {reached} → all {fastest}"),
    "choice_milestone": ("最早{milestone}", "earliest {milestone}"),
    "choice_gained": ("已省 {gained} 工作日，还能再省 {left} 工作日", "{gained} working days gained, {left} more to be gained"),
    "choice_gained_all": ("已省 {gained} 工作日，没有再能省的", "{gained} working days gained, no more to be gained"),
    "choice_no_gain": ("{count} 条捷径可以走，但都不能让{milestone}提前", "{count} open, but none brings the {milestone} forward"),
    "choice_none": ("没有可以选的捷径", "none is open"),
    "choice_unsettled": ("另有 {count} 条还不能判断能不能走", "{count} more not settled yet"),
    "choice_binds": ("公司因此要兑现 {promises} 项承诺，后补 {papers} 份材料", "binds the company to {promises} promises and {papers} papers to follow"),
    "choice_step": (
        "到 {reached}（省 {gained} 工作日）至少要：承诺 {promises} 项，后补 {papers} 份",
        "{reached} ({gained} working days gained) takes at least {promises} promises and {papers} papers to follow",
    ),
    "choice_advice": (
        "看最少要作哪些承诺就能做到：加 --routes fewest_promises 再排一次",
        "To see the fewest promises that reach it, plan again with --routes fewest_promises",
    ),
    "choice_step_takes": ("；走：{routes}", "; takes: {routes}"),
    "choice_of": ("{item}的{route}", "{route} of {item}"),
    "on_promise": ("凭承诺 {days}", "promise {days}"),
    "on_promise_within": (
        "凭“{name}”办理，按 {days} 排，不按这一时限",
        "handled on “{name}”: scheduled as {days}, not as this limit",
    ),
    "route_decided_within": ("凭承诺办结", "Decided on the promise within"),
    "route_gains": ("省 {days} 工作日", "gains {days} working days"),
    "route_would_gain": ("走它能省 {days} 工作日", "would gain {days} working days"),
    "route_gains_nothing": ("不影响{milestone}", "no effect on the {milestone}"),
    "route_replaces": ("以承诺代替", "Promise instead of"),
    "route_follow": ("可以后补", "May follow"),
    "route_ahead": ("不必等", "Need not wait for"),
    "route_promises": ("要承诺", "To promise"),
    "route_own_papers": ("另交", "Also to hand in"),
    "route_duty": ("以后要做", "Left to be done"),
    "route_due": ("{duty}，不晚于 {day}", "{duty}, by {day}"),
    "route_consequences": ("做不到的后果", "If it is not done"),
    "route_consequences_common": ("几条捷径共同的后果", "Consequences that several routes share"),
    "route_consequences_see": ("{own}见“{heading}”", "{own}see “{heading}”"),
    "route_closed": ("走不了", "Closed"),
    "times_and_dates": ("时限和日期", "Limits and dates"),
    "clock": ("计时", "Clock"),
    "set_accept": ("受理日由“{name}”决定", "acceptance is set by {name}"),
    "set_decide": ("办结日由“{name}”决定", "the decision is set by {name}"),
    "set_start": ("受理日是计划起始日", "acceptance is the plan's first day"),
    "set_preparation": ("受理日由申请前的准备决定", "acceptance is set by the preparation"),
    "clock_limit": ("{length}，{starts}", "{length}, {starts}"),
    "clock_correction": ("材料不齐，一次告知补正的最后一天", "Last day to ask for what is missing"),
    "clock_extension": ("依法延长的最后一天", "Last day if extended"),
    "clock_extension_length": ("{length}，排期未计入", "{length}, not scheduled"),
    "clock_extension_times": ("最多 {times} 次，每次 {length}，排期未计入", "at most {times} times, {length} each, not scheduled"),
    "clock_special": ("特别程序：{name}", "Special procedure: {name}"),
    "clock_special_step": ("{length}，必经，排期已计入", "{length}, always held, scheduled"),
    "clock_special_counted": ("最长 {length}，必经，排期已计入", "up to {length}, always held, scheduled"),
    "clock_special_capped": ("最长 {length}，排期未计入", "up to {length}, not scheduled"),
    "clock_special_open": ("法律没有定上限，排期未计入", "no cap in law, not scheduled"),
    "clock_delivery": ("决定送达的最后一天", "Last day for delivery"),
    "from_decision": ("自作出决定起算", "from the decision"),
    "from_end_of_limit": ("自时限届满起算", "from the end of the limit"),
    "clock_short_correction": ("补正告知不晚于 {day}", "told what is missing by {day}"),
    "clock_short_extension": ("可依法延长：{length}，至 {day}", "may be extended: {length}, to {day}"),
    "clock_short_special_procedure": ("{label}，{length}", "{label}, {length}"),
    "clock_short_delivery": ("送达不晚于 {day}", "delivered by {day}"),
    "clock_effect": ("逾期：{effect}", "if late: {effect}"),
    "skipped_more": ("另不计：{days}", "also not counted: {days}"),
    "weekends_count": ("周末 {count} 天", "{count} days of weekends"),
    "provisional_range": ("暂定 {range}", "provisional {range}"),
    "provisional_dates": ("日期暂定", "Provisional"),
    "materials_reused": ("{count} 份前面已经交过", "{count} handed in before"),
    "materials_promised": ("{count} 份以承诺代替", "{count} replaced by promises"),
    "steps_detail": ("合并办理的算一次，自己办的不算", "those handled together count once, own duties not"),
    "times": ("{count} 次", "{count}"),
    "cap_short": ("{name}：用 {working}，上限 {days} 工作日", "{name}: {working} of at most {days} working days"),
    "cap_short_over": ("，超过 {over}", ", {over} too many"),
    "slack_of": ("机动 {days} 工作日", "slack {days} working days"),
    "whole": ("整个项目：总时限、合并办理、快速通道、区域评估", "The project as a whole: limits, joint handling, fast lanes, regional assessments"),
    "joint_lead": ("牵头：{lead}", "lead: {lead}"),
    "joint_window": ("{begins} 至 {ends}，{days} 工作日", "{begins} to {ends}, {days} working days"),
    "joint_limit": ("限 {days}", "at most {days}"),
    "joint_members": ("包括", "Members"),
    "over": ("超过", "over"),
    "lane_open_short": ("本地已开通", "open here"),
    "lane_shut_short": ("本地没有开通，不改变计划", "not open here, changes nothing"),
    "lane_fits": ("项目符合", "the project fits"),
    "lane_may_fit": ("还不能判断项目是不是符合", "not settled whether the project fits"),
    "lane_fits_not": ("项目不符合", "the project does not fit"),
    "effects": ("效果", "Effects"),
    "relief_removes": ("免办", "No longer needed"),
    "relief_changes": ("改变", "Changed"),
    "target_with_routes": ("走捷径最早 {day}。", "With easier routes {day} at the earliest."),
    "target_certain": ("放假安排不会改变这个结论。", "No holiday notice can change this."),
    "target_uncertain": ("还没有公布的放假安排可能改变这个结论。", "Holidays not announced yet may change this."),
    "target_conflict_lead": (
        "仅下列各项的时间就已超过，缺了其中任何一项都不再超过：",
        "These durations alone overrun it, and none of them can be left out:",
    ),
    "basis_list": ("引用的文件", "Documents cited"),
    "basis_list_lead": (
        "文中引用用简称：法律法规用名称，名称长的文件用文号。全称和文号如下。",
        "Citations above are short: laws by name, documents with long names by number. In full:",
    ),
    "details_lead": (
        "没有写明的：办理方式是一般办理；承诺时限没有见到公布，按法定时限排期。",
        "Unless stated: handled on the standard route; no promised limit published, scheduled on the statutory one.",
    ),
    "details_channel": ("没有另外写明的，怎样申报：{channel}", "How to apply, unless stated: {channel}"),
    "details_no_channel": ("没有写明怎样申报的，是没有查到。", "Where nothing is said of how to apply, it is not known."),
    "derived": ("推得的情况", "What was derived"),
    "derived_lead": ("好几个事项都要用到的判断，在这里说一次。", "Conclusions that several approvals rest on, said once."),
    "derived_refer": ("还依据（见“{heading}”）：{names}", "Also rests on (see “{heading}”): {names}"),
    "legend_due": ("走捷径的：补齐材料、接受核查的最后一天", "easier routes: papers to follow, check of the promise"),
    "legend_whisker": ("最早～最晚", "earliest to latest"),
    "strip_due": ("◇ 补齐材料、核查的最后一天", "◇ papers to follow, checks due"),
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

    def joined(self, *texts: str) -> str:
        """Sentences in one line: those there are, without the full stop that would stand before the next mark."""
        return self.semicolon.join(text.removesuffix("。") for text in texts if text)

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
        """The days of a limit; of a minimum wait, that they are the least."""
        days = self.days(limit.days, limit.unit, short=short)
        if isinstance(limit, StatutoryLimit) and limit.nature == "minimum_wait":
            return self("at_least", days=days)
        return days

    def limit_name(self, limit: StatutoryLimit | None) -> str:
        """What a limit of the law is called: 法定时限, or 最短间隔."""
        return self("minimum_wait" if limit is not None and limit.nature == "minimum_wait" else "statutory_limit")

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

    def skipped_short(self, runs: tuple[SkippedDays, ...], *, more: bool = False) -> str:
        """The same with the days of weekends counted; `more`: beside those told before."""
        festivals = [f"{run.name} {_run(run)}" for run in runs if run.name != "周末"]
        weekends = sum((run.last - run.first).days + 1 for run in runs if run.name == "周末")
        parts = festivals + ([self("weekends_count", count=weekends)] if weekends else [])
        return self("skipped_more" if more else "skipped", days=self.semicolon.join(parts)) if parts else ""

    def range(self, day: PlanDate) -> str:
        """A provisional date's ends in short, without the year where it is the date's own: 06-18～06-22; empty when it cannot move."""
        if not self.span(day):
            return ""
        same = day.earliest.year == day.latest.year == day.date.year
        earliest, latest = (end.isoformat()[5 if same else 0 :] for end in (day.earliest, day.latest))
        return self("range_short", earliest=earliest, latest=latest)


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
