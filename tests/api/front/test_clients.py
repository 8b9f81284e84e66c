"""The example clients: made by their generators from the schema and every operation file, checked strictly, run against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from planner_api.service import Service
from tests.api.front.server import serving

LINES = [
    r"试算：(\d+) 个事项，承诺 \d+ 个工作日",
    *[r"  还要问：.+？"] * 3,
    r"已保存：标准厂房（\w+ 示例），第 1 版",
    r"计划第 1 号：/plans/[0-9a-f]{32}\.html",
    *[r"  \d{4}-\d\d-\d\d( 至 \d{4}-\d\d-\d\d)? .+：.+"] * 3,
    r"期限：(\d+) 个，(\d+) 页",
    r"消息：60 个工作日内到期 (\d+) 个",
]
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
"""node is in the environment that runs the tests, or on the path."""


def run(folder: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PATH": PATH, **environment},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Error" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of a client's folder beside the schema and the operations, with the tools that `make test` put into the original."""

    def copied(name: str, tools: str) -> Path:
        here, there = root / "graphql", tmp_path / "graphql"
        assert (here / "clients" / name / tools).exists(), "run `make test`: it installs the tools"
        shutil.copytree(here / "operations", there / "operations")
        shutil.copy(here / "schema.graphql", there)
        shutil.copytree(here / "clients", there / "clients", ignore=shutil.ignore_patterns("node_modules", ".venv", "generated"))
        (there / "clients" / name / tools).symlink_to(here / "clients" / name / tools)
        return there / "clients" / name

    return copied


def look(printed: str, service: Service) -> None:
    """What a client printed is true."""
    lines = printed.splitlines()
    assert len(lines) == len(LINES), printed
    found = [re.fullmatch(pattern, line) for pattern, line in zip(LINES, lines, strict=True)]
    assert all(found), printed
    approvals, deadlines, pages, soon = (int(n) for match in found if match for n in match.groups() if n and n.isdigit())
    assert approvals > 10
    assert deadlines > 10
    assert pages == -(-deadlines // 10)
    assert 0 < soon <= min(deadlines, service.settings.limits.page)


def test_typescript(copy: Callable[[str, str], Path], services: Callable[..., Service]) -> None:
    folder = copy("typescript", "node_modules")
    run(folder, "node", "node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.ts")
    made = (folder / "generated" / "operations.ts").read_text(encoding="utf-8")
    operations = [*(folder.parents[1] / "operations").glob("*.graphql"), folder.parent / "tour.graphql"]
    for file in operations:
        for name in re.findall(r"^(?:query|mutation|subscription) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            assert f"export const {name}Document" in made
    assert ": any" not in re.sub(r"/\*.*?\*/", "", made, flags=re.DOTALL)
    run(folder, "node", "node_modules/typescript/bin/tsc", "--project", ".")
    service = services()
    with serving(service) as url:
        look(run(folder, "node", "src/main.ts", url), service)


def test_a_wrong_field_or_value_does_not_compile(copy: Callable[[str, str], Path]) -> None:
    folder = copy("typescript", "node_modules")
    run(folder, "node", "node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.ts")
    main = folder / "src" / "main.ts"
    text = main.read_text(encoding="utf-8")
    for right, wrong in [
        ("totals.approvals", "totals.aprovals"),
        ('works: "NEW"', 'works: "NEU"'),
        ("expectedRevision: revision", "projectId: 1"),
    ]:
        assert right in text
        main.write_text(text.replace(right, wrong), encoding="utf-8")
        done = subprocess.run(
            ["node", "node_modules/typescript/bin/tsc", "--project", "."],
            cwd=folder, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "PATH": PATH},
        )  # fmt: skip
        assert done.returncode != 0
        assert "src/main.ts" in done.stdout


def test_python(copy: Callable[[str, str], Path], services: Callable[..., Service], tmp_path: Path) -> None:
    folder = copy("python", ".venv")
    bin_ = folder / ".venv" / "bin"
    (folder / "generated").mkdir()
    files = [folder.parent / "tour.graphql", *sorted((folder.parents[1] / "operations").glob("*.graphql"))]
    gathered = run(folder, str(bin_ / "python"), "documents.py", *map(str, files))
    (folder / "generated" / "documents.graphql").write_text(gathered, encoding="utf-8")
    run(folder, str(bin_ / "ariadne-codegen"))
    mypy = [sys.executable, "-m", "mypy", "--python-executable", str(bin_ / "python"), "--cache-dir", str(tmp_path / "mypy")]
    run(folder, *mypy, "main.py", "documents.py", "scalars.py", "generated", MYPYPATH=str(folder))
    service = services()
    with serving(service) as url:
        look(run(folder, str(bin_ / "python"), "-W", "error", "main.py", url), service)


def test_two_fragments_of_one_name_must_be_alike(copy: Callable[[str, str], Path], tmp_path: Path) -> None:
    folder = copy("python", ".venv")
    one, other = tmp_path / "one.graphql", tmp_path / "other.graphql"
    one.write_text("query One { a { ...F } } fragment F on A { b }", encoding="utf-8")
    other.write_text("query Other { a { ...F } } fragment F on A { b c }", encoding="utf-8")
    python = str(folder / ".venv" / "bin" / "python")
    assert run(folder, python, "documents.py", str(one), str(one)).count("fragment F") == 1
    done = subprocess.run([python, "documents.py", str(one), str(other)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "F is something else in another file" in done.stderr
