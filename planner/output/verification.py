"""What came of making a plan again, for a terminal and for other programs."""

from __future__ import annotations

from planner.verify import MismatchKind, Verification

_HEADINGS = {
    MismatchKind.FACTS: "项目情况",
    MismatchKind.PROJECT: "不能重新制作",
    MismatchKind.RULEBOOK: "规则库",
    MismatchKind.CALENDAR: "放假安排",
    MismatchKind.VERSIONS: "程序版本",
    MismatchKind.UNCHECKED: "规则库检查",
    MismatchKind.CONTENT: "内容",
    MismatchKind.BYTES: "写法",
}


def render_verification(found: Verification) -> str:
    """The answer first, then everything that no longer matches."""
    start = "" if found.start == found.as_of else f"，从 {found.start} 开始办"
    head = f"{found.project}（按 {found.as_of} 的法律{start}）"
    if found.confirmed:
        return f"核对无误：{head}的计划，用现在的规则库重新制作，逐字节相同。"
    if found.same_content:
        answer = f"内容相同、文件不同：{head}"
    elif found.made_again:
        answer = f"核对不上：{head}的计划，与现在重新制作的不同。"
    else:
        answer = f"核对不上：{head}的计划，现在不能重新制作。"
    lines = [answer, *(f"  {_HEADINGS[one.kind]}　{one.text}" for one in found.mismatches)]
    if found.more:
        lines.append(f"  还有 {found.more} 处不同没有列出。")
    return "\n".join(lines)


def verification_as_json(found: Verification) -> str:
    """The same as data: the fields of `planner.verify.Verification`."""
    return found.model_dump_json(indent=2)
