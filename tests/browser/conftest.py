"""The browser that tests drive."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser: PLANNER_CHROMIUM, or one on the path."""
    candidates = [os.environ.get("PLANNER_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in candidates if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "浏览器测试需要 Chromium：请安装（apt-get install chromium fonts-noto-cjk），或用 PLANNER_CHROMIUM 指明其路径。"
        )
    return found


@pytest.fixture
def run(chromium: str, tmp_path: Path) -> Callable[..., bytes]:
    """Run the browser headless, with a profile of its own and without network; what it prints."""

    def run(page: Path, *options: str) -> bytes:
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}", *options, page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout

    return run
