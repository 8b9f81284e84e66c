"""Explanations and open questions as text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from planner.conditions import Truth
from planner.output.outline import Outline
from planner.output.words import words_for
from planner.plan import LegalBasis, Plan, Reason
from planner.vocabulary import Vocabulary
from planner.why import Explanation

_ANSWERS = {
    "zh": {Truth.TRUE: "需要办理", Truth.FALSE: "不需要办理", Truth.UNKNOWN: "尚不能判断"},
    "en": {Truth.TRUE: "required", Truth.FALSE: "not required", Truth.UNKNOWN: "cannot be decided yet"},
}
_WORDS = {
    "zh": {
        "law": "依据", "unverified": "待核", "flip": "最小改变：以下事实都改变，结论就会相反", "never": "没有找到改变哪些项目事实会使结论相反",
        "settle": "知道以下事实就能判断", "lacking": "规则库缺少参数，项目补充情况也定不下来", "as_of": "按 {} 有效的法律", "none": "没有悬而未决的事实：每个事项都已能判断。",
        "questions": "还缺 {} 项事实，先答前面的：",
        "parameters": "规则库缺少 {} 个参数：",
        "answer": "没有这一项的写“不适用”，数量为零写 0，还不知道就不写。", "hangs": "决定", "choices": "可选",
    },
    "en": {
        "law": "law", "unverified": "unverified", "flip": "Smallest change that would turn the answer (all of)",
        "never": "No change of facts was found that would turn the answer", "settle": "Known, these facts would settle it",
        "lacking": "The rulebook lacks these numbers; no fact of the project settles what turns on them",
        "as_of": "under the law in force on {}", "none": "Nothing is open: every approval is decided.",
        "questions": "{} facts are missing; the first settle most:",
        "parameters": "{} numbers are missing from the rulebook:",
        "answer": "Write 不适用 where the project has no such thing, 0 for a quantity of zero, and nothing where it is not known yet.",
        "hangs": "decides", "choices": "choices",
    },
}  # fmt: skip


def show_basis(basis: tuple[LegalBasis, ...], unverified: str) -> str:
    """Citations on one line, unchecked ones marked."""
    return "；".join(
        f"《{b.document}》{f'（{b.number}）' if b.number else ''}{b.article}{'' if b.verified else f'［{unverified}］'}"
        for b in basis
    )


def render_why(explanation: Explanation, lang: str = "zh", fact_names: Mapping[str, str] | None = None) -> str:
    """One approval explained: the answer, the rules behind it, the law, and what would turn it."""
    words = _WORDS[lang]
    names = fact_names or {}
    lines = [
        f"{explanation.name}（{explanation.code}）：{_ANSWERS[lang][explanation.answer]}",
        words["as_of"].format(explanation.as_of.isoformat()),
        "",
    ]
    for reason in explanation.because:
        lines += _reason_lines(reason, words)
    lines.append("")
    if explanation.answer is Truth.UNKNOWN:
        if explanation.settle:
            lines.append(f"{words['settle']}：{'、'.join(names.get(code, code) for code in explanation.settle)}")
        if explanation.lacking:
            lines.append(f"{words['lacking']}：{'、'.join(explanation.lacking)}")
    elif explanation.flip:
        lines.append(f"{words['flip']}：")
        lines += [f"  - {change.name}：{change.value} → {change.wanted}" for change in explanation.flip]
    else:
        lines.append(words["never"])
    return "\n".join(lines) + "\n"


def _reason_lines(reason: Reason, words: dict[str, str]) -> list[str]:
    mark = {"true": "✓", "false": "✗", "unknown": "?"}[reason.holds]
    lines = [f"{mark} {reason.text}"]
    if reason.basis:
        lines.append(f"    {words['law']}：{show_basis(reason.basis, words['unverified'])}")
    if reason.file:
        lines.append(f"    {reason.file}:{reason.line}")
    return lines


def render_questions(plan: Plan, vocabulary: Vocabulary, lang: str = "zh") -> str:
    """The facts still to be given, those that settle most first."""
    words = _WORDS[lang]
    outline = Outline(plan, words_for(lang))
    lacking = _lacking_lines(plan, outline, words)
    if not plan.open_facts:
        return "\n".join(lacking or [words["none"]]) + "\n"
    lines = [words["questions"].format(len(plan.open_facts)), words["answer"], ""]
    for number, fact in enumerate(plan.open_facts, 1):
        known = vocabulary.facts[fact.code]
        unit = f"（{known.unit.name}）" if known.unit else ""
        lines.append(f"{number}. {fact.name}{unit}：{fact.question}")
        if known.choices:
            lines.append(f"   {words['choices']}：{'、'.join(c.name for c in known.choices)}")
        lines.append(f"   {words['hangs']}：{'、'.join(outline.name(code) for code in fact.items)}")
    return "\n".join([*lines, *([""] if lacking else []), *lacking]) + "\n"


def _lacking_lines(plan: Plan, outline: Outline, words: Mapping[str, str]) -> list[str]:
    """The parameters without a value: nothing to ask the project for, but to look up."""
    if not plan.parameters_missing:
        return []
    lines = [words["parameters"].format(len(plan.parameters_missing))]
    for one in plan.parameters_missing:
        unit = f"（{one.unit}）" if one.unit else ""
        lines.append(f"- {one.name}{unit}" + (f"：{one.note}" if one.note else ""))
        lines.append(f"   {words['hangs']}：{'、'.join(outline.name(code) for code in one.items)}")
    return lines
