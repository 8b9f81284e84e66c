"""What a run of the scenarios says, and what they leave untouched, for a policy officer's terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.features.coverage import Coverage, Gap
    from planner.features.run import Failure, Outcome


def render_run(outcome: Outcome) -> str:
    """Failures first, each with its place, what was expected, what came and why; then the count."""
    lines = [line for failure in outcome.failures for line in _failure(failure)]
    count = f"场景 {outcome.total} 个：成立 {outcome.passed} 个，不成立 {len(outcome.failures)} 个（用时 {outcome.seconds:.0f} 秒）"
    return "\n".join([*lines, count])


def _failure(failure: Failure) -> Iterator[str]:
    yield f"✗ {failure.feature}：{failure.scenario}"
    if failure.example:
        yield f"  例子：{failure.example}"
    yield from (f"  {line}" for line in failure.message.splitlines())
    yield ""


def render_coverage(coverage: Coverage, examples: Mapping[Gap, str], most: int = 40) -> str:
    """Counts by kind, then the gaps by file. `examples` are scenarios to paste; at most `most` gaps are shown in full."""
    lines = ["覆盖率（两侧都有场景说到、并且由它定结论的才算）："]
    for kind, sides in coverage.sides.items():
        touched = coverage.touched[kind]
        share = f"{touched * 100 // sides} %" if sides else "—"
        lines.append(f"  {kind}  {touched}/{sides}  {share}")
    for file, gaps in groupby(coverage.gaps[:most], key=lambda gap: gap.source.file):
        lines += ["", file]
        for gap in gaps:
            lines.append(f"  第 {gap.source.line} 行  {gap.source.name}  {gap.kind}缺：{gap.lacks}")
            if gap in examples:
                lines += [f"    {line}" for line in examples[gap].splitlines()]
    if len(coverage.gaps) > most:
        lines += ["", f"还有 {len(coverage.gaps) - most} 处，用 --all 全部列出。"]
    return "\n".join(lines)


def coverage_as_json(coverage: Coverage, examples: Mapping[Gap, str]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "kinds": {kind: {"sides": sides, "touched": coverage.touched[kind]} for kind, sides in coverage.sides.items()},
        "gaps": [
            {
                "kind": gap.kind,
                "file": gap.source.file,
                "line": gap.source.line,
                "name": gap.source.name,
                "lacks": gap.lacks,
                "example": examples.get(gap),
            }
            for gap in coverage.gaps
        ],
    }
