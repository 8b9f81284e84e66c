"""The scheduler against TaskJuggler 3, which counts by itself: the same network, the same days off, every date of both.

TaskJuggler gets only durations, links and the days off; a make-up Saturday is for it a day like any other.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planner import Planner, load_project
from planner.calendar import CalendarDays, Span, WorkCalendar, WorkingDays
from planner.cli.main import main
from planner.network import Activity, Network, Node, build_network
from planner.output.taskjuggler import Label, Undated, project_file, quoted, render_taskjuggler, task_of
from planner.output.words import words_for
from planner.plan import Plan
from planner.schedule import Schedule, schedule
from tests.schedule.networks import ANY, networks

pytestmark = pytest.mark.tj3

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))
NETWORKS = 240
AT_ONCE = 120
"""With more trees in one file tj3 takes longer for each."""
STARTS = (date(2024, 9, 1), date(2026, 12, 31))
"""Starts among published days with every make-up workday of two years, and days of which only the law is known behind them."""
Dates = Mapping[str, tuple[date, date]]
Tj3 = Callable[[str], Dates]


class Case(NamedTuple):
    network: Network
    start: date
    construction: Span


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Runs tj3 on a project file: its table of dates, as text."""
    command = shutil.which("tj3")
    if command is None:
        pytest.fail("这项测试需要 TaskJuggler 3：运行 tools/tj3.sh，或者自行安装（Debian、Ubuntu：apt-get install tj3）。")

    def run(text: str) -> str:
        folder = tmp_path_factory.mktemp("tj3")
        (folder / "plan.tjp").write_text(text, encoding="utf-8")
        given = [command, "--silent", "--no-color", "--abort-on-warnings", "--report", "dates", "plan.tjp"]
        # In a locale without UTF-8, Ruby cannot read Chinese names.
        utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(given, cwd=folder, env=utf8, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (report,) = folder.glob("*.csv")
        return report.read_text(encoding="utf-8")

    return run


@pytest.fixture(scope="session")
def tj3(table: Callable[[str], str]) -> Tj3:
    """Runs tj3 on a project file: begin and end of every task, by its full identifier."""

    def run(text: str) -> Dates:
        rows = csv.DictReader(table(text).splitlines(), delimiter=";")
        return {row["Id"]: (date.fromisoformat(row["Start"]), date.fromisoformat(row["End"])) for row in rows}

    return run


def drawn(count: int) -> list[Case]:
    """That many random networks, always the same."""
    found: list[Case] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(networks(), st.dates(*STARTS), st.one_of(ANY, st.integers(0, 300).map(CalendarDays)))
    def collect(network: Network, start: date, construction: Span) -> None:
        found.append(Case(network, start, construction))

    collect()
    return found


def undated(code: str, case: Case, own: Schedule) -> Undated:
    # Far enough for any date that is not wrong by more than a month.
    return Undated(code, code, case.network, case.start, own.end.date + timedelta(days=31), case.construction)


def moments(network: Network, own: Schedule) -> Iterable[tuple[Node, date]]:
    """Every moment of a network and the day our scheduler gives it."""
    for node in network.nodes:
        if node.moment == "milestone":
            yield node, own.milestones[node.code].date  # type: ignore[index]
        else:
            dates = own.items[node.code]
            yield node, (dates.accept if node.moment == "accept" else dates.decide).date


def differences(one: Undated, own: Schedule, theirs: Dates) -> list[str]:
    """The moments, and the beginnings of preparation, to which the two give different days."""
    found = [
        f"{task}: 本程序 {day}，TaskJuggler {theirs[task][1]}"
        for node, day in moments(one.network, own)
        if theirs[task := task_of(one, node)][1] != day
    ]
    for activity in one.network.activities:
        first = task_of(one, Node(activity.code, "accept")).removesuffix("accept") + "prepare_1"
        begins = own.items[activity.code].prepare_from.date
        if first in theirs and theirs[first][0] != begins:
            found.append(f"{first}: 本程序 {begins}，TaskJuggler {theirs[first][0]}")
    return found


def test_both_give_every_moment_of_random_networks_the_same_day(tj3: Tj3, calendar: WorkCalendar) -> None:
    cases = drawn(NETWORKS)
    assert len({repr(case) for case in cases}) > NETWORKS / 2
    ours = [schedule(case.network, calendar, case.start, case.construction) for case in cases]
    works = [undated(f"n{number}", *pair) for number, pair in enumerate(zip(cases, ours, strict=True))]
    theirs: dict[str, tuple[date, date]] = {}
    for batch in range(0, len(works), AT_ONCE):
        theirs |= tj3(project_file(works[batch : batch + AT_ONCE], calendar, words_for("zh")))
    compared = sum(len(case.network.nodes) for case in cases)
    assert compared > NETWORKS * 8
    for one, case, own in zip(works, cases, ours, strict=True):
        found = differences(one, own, theirs)
        assert not found, "\n".join([repr(case), *found])


@pytest.mark.usefixtures("checked_rules")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_exported_plan_of_every_example_is_scheduled_to_the_plans_own_dates(
    path: Path, tj3: Tj3, anshan: Planner, tmp_path: Path
) -> None:
    today, holiday, file = date(2026, 9, 24), date(2026, 10, 3), tmp_path / "计划.tjp"
    project, positions = load_project(path)
    plan = anshan.plan(anshan.read(project, positions), as_of=today, start=holiday)
    command = ["plan", path, "--as-of", today, "--start", holiday, "--format", "taskjuggler", "-o", file]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in command])
    assert ended.value.code == 0
    assert_same(plan, tj3(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["hospital-600-beds", "housing-estate"])
def test_so_is_a_plan_that_takes_every_open_route(name: str, tj3: Tj3, root: Path) -> None:
    planner = Planner.from_files(root / "features" / "示例规则库" / "捷径市")
    project, positions = load_project(root / "examples" / f"{name}.yaml")
    plan = planner.plan(planner.read(project, positions), as_of=date(2026, 11, 24), routes="fastest")
    assert plan.choice.taken
    assert_same(plan, tj3(render_taskjuggler(plan, planner.calendar)))


def assert_same(plan: Plan, theirs: Dates) -> None:
    ends = {".".join(task.split(".")[-2:]): end for task, (_, end) in theirs.items()}
    expected = {f"{item.code}.accept": item.dates.accept.date for item in plan.items}
    expected |= {f"{item.code}.decide": item.dates.decide_promised.date for item in plan.items}
    for code in ("start_of_works", "completion", "use"):
        expected[f"milestones.{code}"] = getattr(plan.milestones, code).promised.date
    assert {task: ends[task] for task in expected} == expected


def single(code: str, spans: tuple[Span, ...], start: date, **rest: object) -> Undated:
    """A network of one activity that only takes time."""
    network = build_network([Activity(code, (), spans)], [])
    assert isinstance(network, Network)
    return Undated("n", "n", network, start, start + timedelta(days=400), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "spans", "decided"),
    [
        # 2026-10-10 is a Saturday that is worked, 1 to 7 October are off.
        (date(2026, 10, 9), (WorkingDays(1),), date(2026, 10, 10)),
        (date(2026, 10, 9), (CalendarDays(1),), date(2026, 10, 10)),
        (date(2026, 10, 9), (CalendarDays(2),), date(2026, 10, 12)),
        (date(2026, 9, 30), (CalendarDays(1),), date(2026, 10, 8)),
        (date(2026, 9, 30), (CalendarDays(1), WorkingDays(1)), date(2026, 10, 9)),
        (date(2026, 10, 4), (), date(2026, 10, 8)),
        (date(2026, 10, 4), (WorkingDays(0), CalendarDays(0)), date(2026, 10, 8)),
    ],
)
def test_days_off_and_make_up_workdays(
    tj3: Tj3, calendar: WorkCalendar, start: date, spans: tuple[Span, ...], decided: date
) -> None:
    one = single("a", spans, start)
    theirs = tj3(project_file([one], calendar, words_for("zh")))
    assert theirs[task_of(one, Node("a", "decide"))][1] == decided


@pytest.mark.parametrize(
    "code", ["task", "end", "depends", "milestone", "use1", "begin", "milestones", "stage_1", "length", "project"]
)
def test_a_code_may_be_a_word_of_taskjugglers_own(code: str, tj3: Tj3, calendar: WorkCalendar) -> None:
    one = single(code, (WorkingDays(3),), date(2026, 11, 23))
    theirs = tj3(project_file([one], calendar, words_for("en")))
    assert theirs[task_of(one, Node(code, "decide"))][1] == date(2026, 11, 26)


STRANGE = '甲"乙" ${name} $(HOME) \\ # x // y /* [z] -8<- ->8- \n{ } 项目（一）'


def test_names_survive(table: Callable[[str], str], calendar: WorkCalendar) -> None:
    label = Label(STRANGE, STRANGE, STRANGE)
    one = single("a", (WorkingDays(3),), date(2026, 11, 23), labels={"a": label})
    lines = table(project_file([one], calendar, words_for("zh"))).splitlines()
    kept = '甲"乙" ＄{name} ＄(HOME) ＼ # x // y /* [z] -8<- ->8-  { } 项目（一）'
    # tj3 writes a quotation mark within a field as it is.
    for task in ("n.stage_1", "n.stage_1.a"):
        (line,) = (line for line in lines if line.startswith(f'"{task}";'))
        assert line.split(";")[3].removeprefix('"').removesuffix('"').strip() == kept
    assert quoted("一\\") == '"一＼"'


@pytest.mark.parametrize("name", ["厂房[一期", "厂房[[一期]", "厂房<nowiki>", "<-一->厂", "== 厂 =="])
def test_marks_of_its_own_in_the_projects_name_do_not_stop_it(name: str, tj3: Tj3, calendar: WorkCalendar) -> None:
    one = replace(single("a", (WorkingDays(3),), date(2026, 11, 23)), name=name)
    assert tj3(project_file([one], calendar, words_for("zh")))[task_of(one, Node("a", "decide"))][1] == date(2026, 11, 26)


def test_the_same_plan_gives_the_same_file_in_both_languages(anshan: Planner, root: Path) -> None:
    project, positions = load_project(root / "examples" / "poultry-processing-with-well.yaml")
    plan = anshan.plan(anshan.read(project, positions), as_of=date(2026, 11, 24))
    chinese = render_taskjuggler(plan, anshan.calendar)
    assert chinese == render_taskjuggler(plan, anshan.calendar, "zh")
    english = render_taskjuggler(plan, anshan.calendar, "en")
    assert 'task begin "起始日"' in chinese
    assert 'task begin "First day"' in english
    with pytest.raises(ValueError, match="zh 和 en"):
        render_taskjuggler(plan, anshan.calendar, "fr")
