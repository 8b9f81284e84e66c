"""However a rule file is spoiled, loading ends with a rulebook or with diagnostics: never with another exception."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.diagnostics import CODES, Diagnostic, DiagnosticError
from planner.rulebook.load import load_rulebook

GOOD = Path(__file__).parent / "good"
FILES = sorted(path.relative_to(GOOD).as_posix() for path in GOOD.rglob("*") if path.is_file())
OTHER_LINES = sorted({line for file in FILES for line in (GOOD / file).read_text(encoding="utf-8").split("\n")})
SLIPS = ["\n\n", "  ", "- ", "*a", "&a ", "非", "任一", "一律", "../", "9" * 40, "x" * 300, *" \t\n:：,，[]{}\"'#|>!%"]
INSERTS = st.sampled_from([*SLIPS, *"\x00\x85\u2028\u3000\ufeff"]) | st.characters()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    shutil.copytree(GOOD, folder, dirs_exist_ok=True)
    return folder


def said_of(rules: Path) -> tuple[Diagnostic, ...]:
    """What loading says: errors or warnings. Any other exception fails the test."""
    try:
        return load_rulebook(rules / "city")[1]
    except DiagnosticError as error:
        return error.diagnostics or pytest.fail("refused without a reason")


def is_loaded_or_refused(rules: Path) -> None:
    for diagnostic in said_of(rules):
        assert diagnostic.code in CODES
        assert diagnostic.file
        assert diagnostic.message


def with_content(rules: Path, file: str, content: bytes) -> None:
    path = rules / file
    path.write_bytes(content)
    try:
        is_loaded_or_refused(rules)
    finally:
        path.write_bytes((GOOD / file).read_bytes())


a_few = settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@a_few
@given(file=st.sampled_from(FILES), data=st.data())
def test_spoiled_characters(rules: Path, file: str, data: st.DataObject) -> None:
    text = (GOOD / file).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 2, 10])))
        text = text[:start] + data.draw(INSERTS | st.just("")) + text[end:]
    with_content(rules, file, text.encode("utf-8", errors="replace"))


@a_few
@given(file=st.sampled_from(FILES), data=st.data())
def test_spoiled_lines(rules: Path, file: str, data: st.DataObject) -> None:
    lines = (GOOD / file).read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["delete", "repeat", "replace", "indent", "cut"])):
            case "delete" if len(lines) > 1:
                del lines[index]
            case "repeat":
                lines.insert(index, lines[index])
            case "replace":
                lines[index] = data.draw(st.sampled_from(OTHER_LINES))
            case "indent":
                lines[index] = data.draw(st.sampled_from([" ", "  ", "    "])) + lines[index]
            case _:
                lines[index] = lines[index][: data.draw(st.integers(0, len(lines[index])))]
    with_content(rules, file, "\n".join(lines).encode())


@a_few
@given(file=st.sampled_from(FILES), other=st.sampled_from(FILES), cut=st.integers(0, 2000))
def test_files_cut_short_or_mixed_up(rules: Path, file: str, other: str, cut: int) -> None:
    with_content(rules, file, (GOOD / other).read_bytes()[:cut])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", ["missing", "folder", "loop", "nothing"])
def test_files_that_are_none(rules: Path, file: str, kind: str) -> None:
    path = rules / file
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "nothing":
        path.touch()
    try:
        is_loaded_or_refused(rules)
    finally:
        path.rmdir() if kind == "folder" else path.unlink(missing_ok=True)
        path.write_bytes((GOOD / file).read_bytes())


@pytest.mark.parametrize("inherits", ["x" * 5000, '"a\\0b"', "/", "~", "..", ".", "../city/", "../../../../../../..", "[a]", "'*'"])
def test_any_layer_may_be_named(rules: Path, inherits: str) -> None:
    with_content(rules, "city/rulebook.yaml", f"名称: 市\n继承: {inherits}\n".encode())
