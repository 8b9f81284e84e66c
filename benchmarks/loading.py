"""Loading the rulebook, and a cold `planner plan` from the shell, beside starting Python with the same libraries and nothing else.

python benchmarks/loading.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from planner import Planner

ROOT = Path(__file__).resolve().parent.parent
BARE = "import click, durable.engine, pydantic, rich.table, yaml"


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    Planner.from_files(ROOT / "rules" / "anshan")  # files into the page cache
    loads = []
    for _ in range(15):
        began = time.perf_counter()
        Planner.from_files(ROOT / "rules" / "anshan")
        loads.append(time.perf_counter() - began)
    project = "examples/hospital-600-beds.yaml"
    cold = [seconds([sys.executable, "-m", "planner.cli", "plan", project]) for _ in range(9)]
    bare = [seconds([sys.executable, "-c", BARE]) for _ in range(9)]
    print(f"loading the rulebook: median {statistics.median(loads) * 1000:.0f} ms")
    print(f"cold planner plan:    median {statistics.median(cold) * 1000:.0f} ms")
    print(f"bare imports:         median {statistics.median(bare) * 1000:.0f} ms")
    print(f"cold plan / bare imports: {statistics.median(cold) / statistics.median(bare):.2f} ×")


if __name__ == "__main__":
    main()
