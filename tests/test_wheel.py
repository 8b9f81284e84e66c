"""`pip install` of the wheel in an empty environment, then `planner plan` in another folder: no checkout needed."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest


@pytest.mark.wheel
def test_the_wheel_plans_without_a_checkout(tmp_path: Path, root: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(root)]
    built = subprocess.run(build, capture_output=True, text=True, check=False, timeout=300)
    assert built.returncode == 0, built.stderr + built.stdout
    (wheel,) = (tmp_path / "dist").glob("approval_planner-*.whl")
    home = tmp_path / "empty"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pins = [line for line in (root / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    wanted = {"annotated-types", "chinesecalendar", "click", "durable-rules", "jinja2", "markdown-it-py", "markupsafe", "mdurl", "pydantic",
              "pydantic-core", "pygments", "pyyaml", "rich", "typing-extensions", "typing-inspection"}  # fmt: skip
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(p for p in pins if p.split("==")[0].lower() in wanted))
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(constraints), str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True, check=False, timeout=600)
    assert installed.returncode == 0, installed.stderr
    elsewhere = tmp_path / "别处"
    elsewhere.mkdir()
    project = elsewhere / "项目.yaml"
    project.write_text((root / "examples" / "hospital-600-beds.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    command = [str(home / "bin" / "planner"), "plan", "项目.yaml", "--format", "json", "--as-of", "2026-11-24"]
    planned = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False, timeout=120)
    assert planned.returncode == 0, planned.stderr
    plan = json.loads(planned.stdout)
    assert {i["code"] for i in plan["items"]} >= {"feasibility", "construction_permit"}
    assert plan["provenance"]["versions"]["approval-planner"] == "0.1.0"
    tables = subprocess.run(
        [str(home / "bin" / "planner"), "plan", "项目.yaml"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert tables.returncode == 0, tables.stderr
    served = subprocess.run(
        [str(home / "bin" / "planner"), "serve"], cwd=elsewhere, capture_output=True, text=True, check=False, timeout=60
    )
    assert served.returncode == 2
    assert "approval-planner[serve]" in served.stderr
