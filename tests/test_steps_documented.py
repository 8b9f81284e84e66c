"""docs/步骤.md and the steps are the same list: every step has an example there, and every example there is a step."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import planner.features.steps as steps

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "步骤.md"
WORDS = {"假如": "given", "当": "when", "那么": "then"}
LINE = re.compile(r"(假如|当|那么|并且|但是)\s+(.+)")


def defined_steps() -> list[tuple[str, re.Pattern[str]]]:
    """Every step of the library: its kind and its pattern. pytest-bdd leaves each in its module under a name made of both."""
    found = [re.fullmatch(r"pytestbdd_stepdef_(given|when|then)_(.+)", name, re.DOTALL) for name in vars(steps)]
    return [(one.group(1), re.compile(one.group(2))) for one in found if one]


def step_lines(text: str) -> list[tuple[str, str]]:
    """Kind and wording of every step written in a feature text; 并且 and 但是 go on with the kind before them."""
    kind = ""
    lines = []
    for line in text.splitlines():
        found = LINE.fullmatch(line.strip())
        if found:
            kind = WORDS.get(found.group(1), kind)
            lines.append((kind, found.group(2)))
    return lines


def with_first_example(block: str) -> str:
    """An outline with the values of the first row of its 例子 in place."""
    table = re.search(r"例子:\s*\n\s*\|(.+)\|\s*\n\s*\|(.+)\|", block)
    if table:
        names, values = ([cell.strip() for cell in row.split("|")] for row in table.groups())
        for name, value in zip(names, values, strict=True):
            block = block.replace(f"<{name}>", value)
    return block


def documented() -> list[tuple[str, str]]:
    blocks = re.findall(r"```gherkin\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in step_lines(with_first_example(block))]


DOCUMENTED = documented()
STEPS = defined_steps()


def test_the_page_and_the_steps_are_found() -> None:
    assert len(DOCUMENTED) > 80
    assert len(STEPS) > 80


@pytest.mark.parametrize(("kind", "wording"), DOCUMENTED, ids=[wording for _, wording in DOCUMENTED])
def test_every_documented_example_is_one_step(kind: str, wording: str) -> None:
    matching = [pattern.pattern for of, pattern in STEPS if of == kind and pattern.fullmatch(wording)]
    assert len(matching) == 1, f"“{wording}”合乎 {len(matching)} 个步骤：{matching}"


@pytest.mark.parametrize(("kind", "pattern"), STEPS, ids=[f"{kind} {pattern.pattern}" for kind, pattern in STEPS])
def test_every_step_has_an_example(kind: str, pattern: re.Pattern[str]) -> None:
    assert any(of == kind and pattern.fullmatch(wording) for of, wording in DOCUMENTED), (
        f"docs/步骤.md 没有这个步骤的例子：{pattern.pattern}"
    )


def test_whole_examples_of_the_page_are_features_that_run() -> None:
    """What the page shows whole stands in features/示例场景 word for word, so it is run with all the others."""
    text = PAGE.read_text(encoding="utf-8")
    shown = [block for block in re.findall(r"```gherkin\n(.*?)```", text, re.DOTALL) if block.startswith("# language")]
    kept = [path.read_text(encoding="utf-8") for path in (ROOT / "features" / "示例场景").glob("*.feature")]
    assert len(shown) == 2
    assert sorted(shown) == sorted(kept)


def test_no_pattern_is_defined_twice() -> None:
    twice = [step for step, times in Counter((kind, pattern.pattern) for kind, pattern in STEPS).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize("path", sorted((ROOT / "features").rglob("*.feature")), ids=lambda path: path.stem)
def test_every_step_of_a_feature_is_one_step(path: Path) -> None:
    wrong = []
    for kind, wording in step_lines(path.read_text(encoding="utf-8")):
        if "<" in wording:  # an outline's step: its rows are matched when the scenario runs
            continue
        matching = [pattern.pattern for of, pattern in STEPS if of == kind and pattern.fullmatch(wording)]
        if len(matching) != 1:
            wrong.append((wording, matching))
    assert wrong == []
