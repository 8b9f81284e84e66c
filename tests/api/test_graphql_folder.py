"""`graphql/` must never be a regular package: it would hide graphql-core's own `graphql`, which strawberry imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_no_init_file(root: Path) -> None:
    assert (root / "graphql" / "planner_api").is_dir()
    assert list((root / "graphql").glob("__init__.*")) == []


def test_strawberry_imports_with_the_root_on_the_path(root: Path) -> None:
    script = "import graphql, strawberry; print(graphql.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).parent != root / "graphql"
    assert done.stderr == ""
