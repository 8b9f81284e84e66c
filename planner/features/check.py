"""没有场景的规则：规则、表行或门槛的某一侧，没有一个场景说到并由它定结论。"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from planner.checks.inspection import Inspection
from planner.checks.report import Check, Finding, Note

CODE = "K831"
_MOST_EXAMPLES = 20


def find(inspection: Inspection) -> Iterator[Finding | Note]:
    folder = _features(inspection)
    if folder is None:
        yield Note("规则库旁边没有 features 文件夹", applies=False)
        return
    if find_spec("pytest_bdd") is None:
        yield Note("没有安装 pytest-bdd，读不了场景", applies=False)
        return
    from planner.features.cases import read_cases
    from planner.features.coverage import measure
    from planner.features.examples import Examples
    from planner.planner import Planner

    planner = Planner.from_files(list(inspection.folders.values())[-1])
    cases = read_cases(folder, planner, folder.parent)
    for problem in cases.problems:
        yield Finding(problem)
    coverage = measure(inspection.book, cases.cases, inspection.today)
    examples = Examples(inspection.book, inspection.today)
    gaps = [gap for gap in coverage.gaps if gap.kind != "日期"]
    for index, gap in enumerate(gaps):
        shown = examples.of(gap) if index < _MOST_EXAMPLES else None
        fix = "照例子补一个场景，写明应当怎样" if shown else "补一个场景，写明应当怎样"
        yield inspection.finding(CODE, f"“{gap.source.name}”没有场景：{gap.lacks}", gap.source, fix, warn=True, shows=shown)
    touched = "、".join(f"{kind} {coverage.touched[kind]}/{sides}" for kind, sides in coverage.sides.items())
    yield Note(f"{len(cases.cases)} 个场景；{touched}")


def _features(inspection: Inspection) -> Path | None:
    """The scenarios beside the rulebook: `features/` next to the folder that holds its top layer's folder."""
    top = list(inspection.folders.values())[-1].resolve()
    folder = top.parent.parent / "features"
    return folder if folder.is_dir() else None


CHECK = Check("没有场景的规则", CODE, __doc__, find)
