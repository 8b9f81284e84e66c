"""The officers' handbook, done from top to bottom in a fresh copy of the rulebook: every file written, every command run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HANDBOOK = ROOT / "docs" / "规则手册.md"
_BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n?```(?P<kind>[^\n]*)\n(?P<text>.*?)```", re.DOTALL)
_FILE = re.compile(r"新建 `([^`]+\.(?:yaml|feature))`：$")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what an officer has, under git, as committed."""
    copy = tmp_path_factory.mktemp("desk")
    for folder in ("rules", "features", "examples", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("schema"))
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "原来的规则"],
    ):
        subprocess.run(["git", *command], cwd=copy, check=True, capture_output=True)
    return copy


def blocks() -> list[tuple[str, str, str]]:
    return [(m["before"].strip(), m["kind"].strip(), m["text"]) for m in _BLOCK.finditer(HANDBOOK.read_text("utf-8"))]


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    assert program == "planner"
    environment = {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}", "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(folder), "PYTHONUTF8": "1",
        "PLANNER_CACHE": str(folder / ".cache"),
    }  # fmt: skip
    line = [sys.executable, "-m", "planner.cli", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, env=environment, timeout=300)


def test_the_handbook_works_from_top_to_bottom(office: Path) -> None:
    said = ""
    ran = 0
    for before, kind, text in blocks():
        if kind.startswith("edit "):
            path = office / kind.removeprefix("edit ")
            old, new = text.removeprefix("原文:\n").split("改为:\n")
            content = path.read_text("utf-8")
            assert content.count(old) >= 1, f"{path.name} 里没有：{old}"
            path.write_text(content.replace(old, new, 1), "utf-8")
        elif kind.startswith("file ") or _FILE.search(before):
            found = _FILE.search(before)
            path = office / (kind.removeprefix("file ") if kind.startswith("file ") else found[1])  # type: ignore[index]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif kind == "console":
            said = ""
            for command in text.splitlines():
                done = run(office, command)
                assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
                assert "Traceback" not in done.stderr
                said += done.stdout
                ran += 1
        elif kind == "text":
            for line in text.splitlines():
                assert line.strip() in said, f"没有说“{line}”：\n{said}"
    assert ran >= 10


def test_every_section_is_in_the_contents() -> None:
    text = HANDBOOK.read_text("utf-8")
    sections = re.findall(r"^## ([一二三四五六七八九十]+、.+)$", text, re.MULTILINE)
    links = re.findall(r"\[([一二三四五六七八九十]+、[^\]]+)\]\(#([^)]+)\)", text)
    assert [name for name, _ in links] == sections
    assert [anchor for _, anchor in links] == [re.sub(r"[、 ]", lambda m: "-" if m[0] == " " else "", s).lower() for s in sections]


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", HANDBOOK.read_text("utf-8")):
        assert (HANDBOOK.parent / target).exists(), target
