"""Many plans in one process: does memory grow? Every plan differs (numbers change), so nothing is answered from memory whole.

python benchmarks/memory.py [--plans 100000]
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import date
from pathlib import Path

from single_plan import varied

from planner import Planner, load_project

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 11, 24)


def resident() -> int:
    """Resident memory of this process in kB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise SystemExit("resident memory is not known on this system")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--plans", type=int, default=100_000)
    plans = options.parse_args().plans
    planner = Planner.from_files(ROOT / "rules" / "anshan")
    projects = [planner.read(*load_project(path)) for path in sorted((ROOT / "examples").glob("*.yaml"))]
    chance = random.Random(4754)
    began = time.perf_counter()
    marks = []
    for number in range(plans):
        planner.plan(varied(projects[number % len(projects)], chance), as_of=DAY)
        if (number + 1) % max(1, plans // 10) == 0:
            marks.append(resident())
            print(f"{number + 1:>8} plans  {marks[-1] / 1024:8.1f} MB  {time.perf_counter() - began:7.1f} s", flush=True)
    half = len(marks) // 2
    print(f"growth over the second half: {(marks[-1] - marks[half]) / marks[half]:+.1%}")


if __name__ == "__main__":
    main()
