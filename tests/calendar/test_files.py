"""The calendar's files: a right one is used, a wrong one is explained, line by line."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from planner.calendar import WorkCalendar, WorkingDays
from planner.diagnostics import Severity
from planner.rulebook.calendar_files import load_calendar, read_festivals, read_notice

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "rules" / "calendar"
BAD = sorted((HERE / "bad").glob("*/*.yaml"))


def test_a_new_notice_makes_its_year_firm(calendar: WorkCalendar, tmp_path: Path) -> None:
    shutil.copy(HERE / "good" / "2027.yaml", tmp_path / "2027.yaml")
    loaded, problems = load_calendar([RULES, tmp_path])
    assert problems == []
    assert loaded is not None
    assert loaded.published == (2004, 2027)
    assert loaded.certainty(date(2027, 11, 1)) == "FIRM"
    assert calendar.certainty(date(2027, 11, 1)) == "PROVISIONAL"
    assert loaded.expected.is_workday(date(2027, 2, 20))
    assert not loaded.expected.is_workday(date(2027, 10, 7))
    assert loaded.unchecked == (2027,)
    assert loaded.notices[2027].title == "示例通知（国办发明电〔2026〕0号）"
    assert loaded.digest != calendar.digest
    # December of the year before is settled too: this notice leaves it alone.
    assert loaded.certainty(date(2026, 12, 31)) == "FIRM"
    guess = calendar.deadline(date(2026, 12, 1), WorkingDays(180))
    assert guess.earliest <= loaded.expected.add(date(2026, 12, 1), WorkingDays(180)) <= guess.latest


def test_a_notice_may_reach_back_into_december(tmp_path: Path) -> None:
    text = (HERE / "good" / "2027.yaml").read_text(encoding="utf-8")
    text = text.replace("自: 2027-01-01, 至: 2027-01-03", "自: 2026-12-31, 至: 2027-01-03").replace(
        "上班: [", "上班: [2026-12-27, "
    )
    (tmp_path / "2027.yaml").write_text(text, encoding="utf-8")
    loaded, problems = load_calendar([RULES, tmp_path])
    assert problems == []
    assert loaded is not None
    assert loaded.expected.is_workday(date(2026, 12, 27))
    assert not loaded.expected.is_workday(date(2026, 12, 31))
    assert [str(run) for run in loaded.expected.skipped(date(2026, 12, 30), date(2027, 1, 4))] == ["元旦 2026-12-31 至 2027-01-03"]


def test_every_notice_the_library_knows_would_pass_as_a_file(calendar: WorkCalendar, tmp_path: Path) -> None:
    """The checks of a year's file hold for what the State Council really did since 2016 (2020 had its holiday lengthened)."""
    for year in range(2016, 2027):
        notice = calendar.notices[year]
        runs = "".join(f"  - {{名称: {name}, 自: {day}, 至: {day}}}\n" for day, name in sorted(notice.off.items()))
        path = tmp_path / f"{year}.yaml"
        path.write_text(
            f"年份: {year}\n文件: 通知\n放假:\n{runs}上班: [{', '.join(str(day) for day in notice.work)}]\n核验: 已核\n",
            encoding="utf-8",
        )
        read, problems = read_notice(path, path.name, calendar.festivals)
        assert read is not None
        assert [p.message for p in problems if "全是周末" not in p.message and year != 2020] == []
        assert dict(read.off) == dict(notice.off)
        assert set(read.work) == set(notice.work)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.parent.name)
def test_a_wrong_file_is_explained(calendar: WorkCalendar, path: Path) -> None:
    """`bad/<mistake>/<year>.yaml`: each line that is wrong says so behind `# !`, with the code and part of the message."""
    wanted = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for remark in line.split("# !")[1:]:
            code, _, part = remark.strip().partition(" ")
            wanted.append((code, number, part))
    assert wanted, "a bad file says what is wrong with it"
    if path.name == "festivals.yaml":
        table, problems = read_festivals(path, path.name)
        assert table is None
    else:
        notice, problems = read_notice(path, path.name, calendar.festivals)
        assert (notice is None) == any(p.severity is Severity.ERROR for p in problems)
    assert [(p.code, p.line) for p in problems] == [(code, number) for code, number, _ in wanted]
    for problem, (_, _, part) in zip(problems, wanted, strict=True):
        assert part in problem.message
        assert problem.help
        assert problem.file == path.name


def test_a_broken_year_is_left_out_and_the_rest_still_counts(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text("年份: 2027\n", encoding="utf-8")
    loaded, problems = load_calendar([RULES, tmp_path])
    assert loaded is not None
    assert loaded.published == (2004, 2026)
    assert {(p.code, p.message) for p in problems} == {("S102", "缺少“文件”"), ("S102", "缺少“放假”")}


def test_without_the_festival_table_there_is_no_calendar(tmp_path: Path) -> None:
    loaded, problems = load_calendar([tmp_path, tmp_path / "missing"])
    assert loaded is None
    assert [p.code for p in problems] == ["F001"]


def test_broken_yaml_is_a_diagnostic(calendar: WorkCalendar, tmp_path: Path) -> None:
    path = tmp_path / "2027.yaml"
    path.write_text("年份：2027\n", encoding="utf-8")
    notice, problems = read_notice(path, "2027.yaml", calendar.festivals)
    assert notice is None
    assert [p.code for p in problems] == ["F005"]
