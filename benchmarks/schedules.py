"""Dating a network: `planner.schedule.schedule` for 10 to 2,000 approvals, beside TaskJuggler 3 and OR-Tools CP-SAT.

The three get the same random networks and days off and have to give every moment the same day, else the run fails. `schedule` works out
more than that: latest days, slack, and the bounds of the days that coming holiday notices may move.

tj3 is a program that reads a file and writes one, so its whole run is timed, and beside it one that has but a single task to schedule.
CP-SAT is given each moment as the number of a working day and minimises their sum; building the model counts. Times are processor time:
on a machine that others use too, a call of some milliseconds is put aside in the middle.

    python benchmarks/schedules.py [--rounds 15] [--peers-up-to 500] [--plot FILE.svg]
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from ortools.sat.python import cp_model  # noqa: E402

from planner.calendar import CalendarDays, Span, WorkCalendar  # noqa: E402
from planner.network import WORKS_DONE, Network, Node  # noqa: E402
from planner.output.taskjuggler import Undated, project_file, task_of  # noqa: E402
from planner.output.words import words_for  # noqa: E402
from planner.rulebook.calendar_files import load_calendar  # noqa: E402
from planner.schedule import Schedule, schedule  # noqa: E402
from tests.schedule.networks import large  # noqa: E402

START = date(2026, 11, 24)
WORKS = CalendarDays(300)
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000)
WAITS = (1, 2, 4)
"""How many others an approval waits for, on average: three networks of each size."""
PEERS_WAIT = 2


Moment: TypeAlias = "cp_model.IntVar | cp_model.LinearExpr"


class Measured(NamedTuple):
    """The median processor time, in seconds, of dating a network of so many approvals and gates."""

    approvals: int
    gates: int
    seconds: float


class Fit(NamedTuple):
    """seconds = fixed + each approval's + each gate's, with the smallest sum of squared relative errors; `worst`: the largest of them.

    `exponent`: the slope of time over approvals and gates on logarithmic scales, 1 when it is in proportion.
    """

    fixed: float
    approval: float
    gate: float
    worst: float
    exponent: float

    def at(self, approvals: float, gates: float) -> float:
        return self.fixed + self.approval * approvals + self.gate * gates


def moments(network: Network, dated: Schedule) -> Iterator[tuple[Node, date]]:
    """Every moment and its day."""
    for node in network.nodes:
        if node.moment == "milestone":
            yield node, dated.milestones[node.code].date  # type: ignore[index]
        else:
            yield node, (dated.items[node.code].accept if node.moment == "accept" else dated.items[node.code].decide).date


def timed(call: Callable[[], object], rounds: int) -> float:
    """The median of so many runs, in seconds of processor time, that of programs it starts and waits for included."""
    times = []
    for _ in range(rounds):
        began = _clock()
        call()
        times.append(_clock() - began)
    return statistics.median(times)


def _clock() -> float:
    children = getrusage(RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def gates_of(network: Network) -> int:
    return sum(map(len, network.before))


def ours(networks: Sequence[Network], calendar: WorkCalendar, rounds: int) -> list[Measured]:
    """Each network in turn, round after round, so that a busy minute of the machine falls on all of them."""
    times: list[list[float]] = [[] for _ in networks]
    for _ in range(rounds):
        for network, own in zip(networks, times, strict=True):
            fresh = replace(network)  # a network remembers what was worked out about it
            own.append(timed(lambda fresh=fresh: schedule(fresh, calendar, START, WORKS), 1))  # type: ignore[misc]
    return [
        Measured(len(network.activities), gates_of(network), statistics.median(own))
        for network, own in zip(networks, times, strict=True)
    ]


def fitted(points: Sequence[Measured]) -> Fit:
    seconds = np.array([one.seconds for one in points])
    terms = np.array([[1, one.approvals, one.gates] for one in points])
    found = np.linalg.lstsq(terms / seconds[:, None], np.ones(len(points)), rcond=None)[0]
    worst = float(np.max(np.abs(terms @ found / seconds - 1)))
    exponent = float(np.polyfit(np.log(terms[:, 1] + terms[:, 2]), np.log(seconds), 1)[0])
    fixed, approval, gate = (float(one) for one in found)
    return Fit(fixed, approval, gate, worst, exponent)


# ------------------------------------------------------------------------------------------------------------------------- the peers


def by_tj3(command: str, network: Network, calendar: WorkCalendar, dated: Schedule, rounds: int) -> float:
    """The median time of a whole run of tj3, after its dates were found to be the same."""
    one = Undated("n", "n", network, START, dated.end.date + timedelta(days=31), WORKS)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plan.tjp").write_text(project_file([one], calendar, words_for("zh")), encoding="utf-8")
        run = [command, "--silent", "--no-color", "--report", "dates", "plan.tjp"]
        utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
        seconds = timed(lambda: subprocess.run(run, cwd=folder, env=utf8, check=True, capture_output=True), rounds)
        (table,) = Path(folder).glob("*.csv")
        with table.open(encoding="utf-8", newline="") as lines:
            ends = {row["Id"]: row["End"] for row in csv.DictReader(lines, delimiter=";")}
    for node, day in moments(network, dated):
        assert ends[task_of(one, node)] == day.isoformat(), (node, day, ends[task_of(one, node)])
    return seconds


def by_cp_sat(network: Network, calendar: WorkCalendar, dated: Schedule, rounds: int) -> float:
    """The median time of building and solving the model, after its dates were found to be the same."""
    table = calendar.expected
    begin = table.next_ordinal(START.toordinal())
    # Room for a calendar span counted from the last day, so that the tables below are whole.
    days: list[int] = []
    day = begin
    while day <= dated.end.date.toordinal() + 450:
        days.append(day)
        day = table.next_ordinal(day + 1)
    place = {ordinal: number for number, ordinal in enumerate(days)}
    horizon = sum(day <= dated.end.date.toordinal() + 31 for day in days)

    def after(model: cp_model.CpModel, since: Moment, spans: Sequence[Span]) -> Moment:
        """The day on which spans that begin on a day end."""
        for span in spans:
            if isinstance(span, CalendarDays):
                begins, ends = model.new_int_var(0, horizon - 1, ""), model.new_int_var(0, len(days) - 1, "")
                model.add(begins == since)
                model.add_element(begins, [place[table.next_ordinal(day + span.n)] for day in days[:horizon]], ends)
                since = ends
            else:
                since = since + span.n
        return since

    def solve() -> list[int]:
        model = cp_model.CpModel()
        at = [model.new_int_var(0, horizon - 1, "") for _ in network.nodes]
        first = network.first_milestone
        for number, waits in enumerate(network.before):
            ready = at[number]
            if number < first and number % 2 == 0 and network.activities[number // 2].preparation:
                ready = model.new_int_var(0, horizon - 1, "")
                model.add(at[number] >= after(model, ready, network.activities[number // 2].preparation))
            for one in waits:
                model.add(ready >= at[one])
            if number < first and number % 2:
                model.add(at[number] >= after(model, at[number - 1], network.activities[number // 2].handling))
            elif number > first:
                own = (WORKS,) if network.nodes[number].code == WORKS_DONE else ()
                model.add(at[number] >= after(model, at[number - 1], own))
        model.minimize(sum(at))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(model)
        assert status == cp_model.OPTIMAL, solver.status_name(status)
        return [solver.value(one) for one in at]

    found: list[int] = []
    seconds = timed(lambda: found.__setitem__(slice(None), solve()), rounds)
    for (node, given), number in zip(moments(network, dated), found, strict=True):
        assert days[number] == given.toordinal(), (node, given, date.fromordinal(days[number]))
    return seconds


# ----------------------------------------------------------------------------------------------------------------------- the drawing


def drawn(points: Sequence[Measured], fit: Fit) -> str:
    """The points, and the fit as a line for each number of gates per approval, as an SVG picture: milliseconds over approvals and gates."""
    width, height, left, bottom = 720, 420, 64, 52
    most_x = max(one.approvals + one.gates for one in points)
    most_y = max(one.seconds for one in points)
    step_x, step_y = _step(most_x), _step(most_y * 1000)

    def x(size: float) -> float:
        return left + size / (most_x * 1.04) * (width - left - 16)

    def y(seconds: float) -> float:
        return height - bottom - seconds / (most_y * 1.08) * (height - bottom - 16)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number in range(int(most_x / step_x) + 1):
        at = x(number * step_x)
        parts.append(f'<path d="M{at:.1f} 16V{height - bottom}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - bottom + 18}" text-anchor="middle">{number * step_x:g}</text>')
    for number in range(int(most_y * 1000 / step_y) + 1):
        at = y(number * step_y / 1000)
        parts.append(f'<path d="M{left} {at:.1f}H{width - 16}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{number * step_y:g}</text>')
    for largest in points[-len(WAITS) :]:
        size, seconds = largest.approvals + largest.gates, fit.at(largest.approvals, largest.gates)
        parts.append(f'<path d="M{x(0):.1f} {y(fit.fixed):.1f}L{x(size):.1f} {y(seconds):.1f}" stroke="#c33"/>')
        parts.append(
            f'<text x="{x(size) - 24:.1f}" y="{y(seconds) - 14:.1f}" text-anchor="end">每项 {largest.gates / largest.approvals:.1f} 个卡点</text>'
        )
    parts += [f'<circle cx="{x(one.approvals + one.gates):.1f}" cy="{y(one.seconds):.1f}" r="3.5" fill="#246"/>' for one in points]
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 12}" text-anchor="middle">审批和卡点的个数</text>')
    parts.append(
        f'<text x="14" y="{height / 2}" text-anchor="middle" transform="rotate(-90 14 {height / 2})">排期用时（处理器毫秒）</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _step(most: float) -> float:
    """A round distance between ticks, four to ten of them."""
    power = 10.0 ** int(f"{most:e}".split("e")[1])
    return next(step for step in (power / 5, power / 2, power, power * 2) if most / step <= 10)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--peers-up-to", type=int, default=500, metavar="APPROVALS")
    options.add_argument("--plot", type=Path)
    asked = options.parse_args()
    calendar, problems = load_calendar([ROOT / "rules" / "calendar"])
    tj3 = shutil.which("tj3")
    if calendar is None or tj3 is None:
        sys.exit("\n".join(map(str, problems)) or "tj3 is needed: run tools/tj3.sh")
    networks = {(size, waits): large(Random(size * 10 + waits), size, waits) for size in SIZES for waits in WAITS}
    schedule(networks[SIZES[-1], WAITS[-1]], calendar, START, WORKS)  # the calendar counts its years once
    # What the peers' libraries keep alive is not for the garbage collector to look through during our runs.
    gc.collect()
    gc.freeze()
    print("approvals   gates     median   per approval")
    points = ours(list(networks.values()), calendar, asked.rounds)
    for one in points:
        print(f"{one.approvals:9} {one.gates:7} {one.seconds * 1000:8.3f} ms {one.seconds / one.approvals * 1e6:8.2f} µs")
    fit = fitted(points)
    print(
        f"\nfit: {fit.fixed * 1000:.3f} ms + {fit.approval * 1e6:.2f} µs × approvals + {fit.gate * 1e6:.2f} µs × gates; "
        f"farthest point {fit.worst:.0%} off; exponent {fit.exponent:.2f}\n"
    )
    empty = by_tj3(tj3, large(Random(0), 1, 0), calendar, schedule(large(Random(0), 1, 0), calendar, START, WORKS), 3)
    print(f"tj3 with one approval: {empty * 1000:.0f} ms, the price of starting it\n")
    print("approvals   gates   schedule        tj3             CP-SAT")
    for size in SIZES:
        if size > asked.peers_up_to:
            break
        network = networks[size, PEERS_WAIT]
        rounds = 3 if size <= 200 else 1
        dated = schedule(network, calendar, START, WORKS)
        own = ours([network], calendar, asked.rounds)[0].seconds
        theirs = by_tj3(tj3, network, calendar, dated, rounds), by_cp_sat(network, calendar, dated, rounds)
        shown = "   ".join(f"{seconds * 1000:9.0f} ms {seconds / own:6.0f} ×" for seconds in theirs)
        print(f"{size:9} {gates_of(network):7} {own * 1000:8.3f} ms {shown}", flush=True)
    if asked.plot:
        asked.plot.parent.mkdir(exist_ok=True)
        asked.plot.write_text(drawn(points, fit), encoding="utf-8")


if __name__ == "__main__":
    main()
