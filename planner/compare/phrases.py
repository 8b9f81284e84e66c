"""What a comparison says in Chinese: the values it sets side by side, and the names of what differs."""

from __future__ import annotations

from collections.abc import Mapping

from planner.compare.comparison import ItemField
from planner.plan import (
    Channel,
    DayUnit,
    ExcludedTime,
    GateHeld,
    MaterialNeeded,
    OpenRoute,
    PreparationStep,
    PromisedLimit,
    RoutePolicy,
    RouteTaken,
    Status,
    StatutoryLimit,
    Target,
    ValidityNote,
)

NAME_OF: Mapping[ItemField, str] = {
    "status": "要不要办",
    "department": "部门",
    "promised": "承诺时限",
    "statutory": "法定时限",
    "special_procedure": "特别程序",
    "route": "办理方式",
    "routes": "路线",
    "gate": "先后",
    "paper": "材料",
    "preparation": "申请前的准备",
    "validity": "有效期",
    "channel": "怎样申报",
}
STATUS: Mapping[Status, str] = {Status.REQUIRED: "要办", Status.DEPENDS: "还不能判断"}
ROUTE: Mapping[RouteTaken, str] = {
    RouteTaken.STANDARD: "一般办理",
    RouteTaken.DEFICIENCY: "容缺受理",
    RouteTaken.COMMITMENT: "告知承诺",
    RouteTaken.PRE_REVIEW: "预审",
    RouteTaken.STAGED: "分阶段办理",
}
POLICY: Mapping[RoutePolicy, str] = {
    RoutePolicy.STANDARD: "一律一般办理",
    RoutePolicy.FASTEST: "能走的快办路线都走",
    RoutePolicy.FEWEST_PROMISES: "承诺和后补最少",
}
MILESTONE: Mapping[str, str] = {"start_of_works": "开工", "completion": "竣工验收", "use": "投入使用"}
_GATE: Mapping[str, str] = {
    "ACCEPT": "等它办结才能受理",
    "DECIDE": "等它办结才能办结，受理不必等",
    "START": "办结才能开工",
    "COMPLETE": "办结才能组织竣工验收",
    "USE": "办结才能投入使用",
}
_AFTER_MILESTONE: Mapping[str, str] = {"ACCEPT": "在它之后才能受理", "DECIDE": "在它之后才能办结"}


def change(left: str, right: str, none: str = "没有") -> str:
    """From the left value to the right one."""
    return f"{left or none} → {right or none}"


def length(days: int, unit: DayUnit | None) -> str:
    if days == 0:
        return "当场"
    return f"{days} 日" if unit is DayUnit.CALENDAR_DAYS else f"{days} 工作日"


def promised(limit: PromisedLimit | None) -> str:
    return "" if limit is None else length(limit.days, limit.unit)


def statutory(limit: StatutoryLimit | None) -> str:
    """The limit and, where the law allows it to be extended, by how much."""
    if limit is None:
        return ""
    words = length(limit.days, limit.unit)
    if limit.nature == "minimum_wait":
        words = f"至少 {words}"
    if limit.starts == "receipt":
        words += "（从收到申请算）"
    if limit.extension_days is not None:
        words += f"，可延长 {length(limit.extension_days, limit.extension_unit)}"
        words += f"（{limit.extension_times} 次）" if limit.extension_times > 1 else ""
    return words


def procedure(one: ExcludedTime) -> str:
    if one.days is None:
        return "不计入时限，没有法定上限"
    return f"必经，{length(one.days, one.unit)}" if one.counted else f"需要时不计入时限，最长 {length(one.days, one.unit)}"


def gate(one: GateHeld) -> str:
    words = (_AFTER_MILESTONE if one.code in ("works_done", *MILESTONE) else _GATE).get(one.gate, _GATE[one.gate])
    return words if one.status is Status.REQUIRED else f"{words}（视情况）"


def paper(one: MaterialNeeded) -> str:
    """How a paper is handed in."""
    words = "部门自行调取，不必提交" if one.shared else "要提交"
    if one.by_promise:
        words = "以承诺代替"
    elif one.later:
        words = "可以后补"
    return words if one.status is Status.REQUIRED else f"{words}（视情况）"


def step(one: PreparationStep) -> str:
    return "没有给出时长，按 0 计" if one.days is None else length(one.days, one.unit)


def route(one: OpenRoute) -> str:
    """Whether a route is taken, and what it leaves to be done."""
    if one.taken:
        words = "采用" if one.optional else "采用（只有这一种办法）"
    else:
        words = "可以走，没有采用" if one.status is Status.REQUIRED else "可能可以走，没有采用"
    return f"{words}：{one.duty}" if one.duty else words


def validity(one: ValidityNote) -> str:
    words = one.term + (f"，须在此前{MILESTONE[one.reach]}" if one.reach else "")
    return words if one.status is Status.REQUIRED else f"{words}（视情况）"


def channel(one: Channel) -> str:
    parts = [f"窗口：{one.counter}"] if one.counter else []
    if one.online is not None:
        parts.append("网上申报" if one.online else "到窗口申报")
    if one.post is not None:
        parts.append("结果邮寄" if one.post else "到窗口领取结果")
    if one.visits is not None:
        parts.append(f"到场 {one.visits} 次")
    return "，".join(parts)


def target(one: Target | None) -> str:
    return "" if one is None else f"不晚于 {one.date.isoformat()} {MILESTONE[one.milestone]}"
