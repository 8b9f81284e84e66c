"""The calendar's files: `festivals.yaml`, the statutory festivals, and `<year>.yaml`, a notice the calendar library does not have yet.

A year's file is the whole year: it takes the place of what the library says of that year. So it is checked as a whole: every
statutory festival day is off, and days off and make-up workdays balance (each weekday given off beyond the law's days is worked
back on a weekend day).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from planner.calendar import Festival, FestivalTable, Notice, Statute, WorkCalendar, library_notices
from planner.diagnostics import Diagnostic, Severity, did_you_mean
from planner.rulebook.source import Positions, read_yaml

FESTIVALS_FILE = "festivals.yaml"
LUNAR_COLUMNS = ("除夕", "初一", "清明", "端午", "中秋")


def _day(raw: object) -> object:
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise ValueError(f"日期“{raw}”写法不对")


def _year(raw: object) -> object:
    if isinstance(raw, int) or (isinstance(raw, str) and re.fullmatch(r"[12]\d{3}", raw)):
        return int(raw)
    raise ValueError(f"年份“{raw}”写法不对")


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "日期，写成 2027-01-01"}),
]
Year = Annotated[int, BeforeValidator(_year), WithJsonSchema({"type": "integer", "description": "四位年份"})]
Text = Annotated[str, Field(min_length=1)]
Reach = tuple[Annotated[int, Field(ge=0, le=20)], Annotated[int, Field(ge=0, le=20)]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DaysOff(_Model):
    name: Text = Field(alias="名称", description="节日：元旦、春节、清明节、劳动节、端午节、中秋节、国庆节")
    first: Day = Field(alias="自", description="放假第一天")
    last: Day = Field(alias="至", description="放假最后一天（含当天）")


class YearFile(_Model):
    """`<年份>.yaml`：国务院办公厅一年的部分节假日安排通知。"""

    year: Year = Field(alias="年份", description="与文件名一致")
    document: Text = Field(alias="文件", description="通知名称")
    number: str = Field(default="", alias="文号", description="如 国办发明电〔2025〕7号")
    off: tuple[DaysOff, ...] = Field(min_length=1, alias="放假", description="照通知逐段抄写，含其中的周末")
    work: tuple[Day, ...] = Field(default=(), alias="上班", description="调休上班的周六、周日")
    checked: Literal["已核", "待核"] = Field(default="待核", alias="核验", description="是否已对照正式文本核过")


class FestivalRow(_Model):
    name: Text = Field(alias="名称")
    first: Annotated[str, Field(pattern=rf"^(\d{{2}}-\d{{2}}|{'|'.join(LUNAR_COLUMNS)})$")] = Field(
        alias="首日", description="“月-日”，或历年表的栏名"
    )
    days: int = Field(alias="天数", ge=1, le=10)


class StatuteRow(_Model):
    since: Year = Field(alias="自", description="自该年 1 月 1 日起")
    document: Text = Field(alias="文件")
    number: str = Field(default="", alias="文号")
    festivals: tuple[FestivalRow, ...] = Field(alias="节日", min_length=1)


class Window(_Model):
    off: Reach = Field(alias="放假", description="[首日之前, 末日之后] 最多几天可能调为放假")
    work: Reach = Field(alias="上班", description="[首日之前, 末日之后] 最多几天可能调为上班")
    extra: Annotated[int, Field(ge=0, le=10)] = Field(default=0, alias="多放", description="调休抵消之后，可能比法定多放几天")


class FestivalsFile(_Model):
    """`festivals.yaml`：法定节日、调整范围和历年公历日期。"""

    checked: Literal["已核", "待核"] = Field(default="待核", alias="核验")
    statutes: tuple[StatuteRow, ...] = Field(alias="法定", min_length=1)
    windows: dict[str, Window] = Field(alias="调整范围")
    moons: dict[Year, dict[Literal["除夕", "初一", "清明", "端午", "中秋"], Day]] = Field(alias="历年", min_length=1)


def load_calendar(directories: Iterable[Path]) -> tuple[WorkCalendar | None, list[Diagnostic]]:
    """The calendar from the library and the files of `directories`; a file of a later directory goes before one of the same name.

    None when there is no usable festival table. A year whose file has errors is not taken from it; the diagnostics say why.
    """
    files: dict[str, Path] = {}
    for directory in directories:
        if directory.is_dir():
            files.update((path.name, path) for path in sorted(directory.iterdir()) if path.suffix in (".yaml", ".yml"))
    problems: list[Diagnostic] = []
    table_path = files.pop(FESTIVALS_FILE, None)
    table: FestivalTable | None = None
    if table_path is None:
        problems.append(Diagnostic("F001", f"缺少法定节日表 {FESTIVALS_FILE}", help="从全国层的 calendar 文件夹恢复该文件"))
    else:
        table, found = read_festivals(table_path, str(table_path))
        problems += found
    notices = library_notices()
    for path in files.values():
        notice, found = read_notice(path, str(path), table)
        problems += found
        if notice is not None:
            notices[notice.year] = notice
    return (WorkCalendar(dict(sorted(notices.items())), table) if table is not None else None), problems


def read_festivals(path: Path, shown: str) -> tuple[FestivalTable | None, list[Diagnostic]]:
    """`festivals.yaml` as a `FestivalTable`, or None with what is wrong. `shown` is the file name to print."""
    data, places, problems = read_yaml(path, shown)
    if problems or data is None:
        return None, problems
    try:
        file = FestivalsFile.model_validate(data)
    except ValidationError as error:
        return None, _translate(error, places, FestivalsFile)
    for index, statute in enumerate(file.statutes):
        for place, row in enumerate(statute.festivals):
            at = ("法定", index, "节日", place)
            if row.name not in file.windows:
                problems.append(places.diagnostic("S102", f"“调整范围”里没有“{row.name}”", at, "在“调整范围”里补上这个节日"))
            if row.first not in LUNAR_COLUMNS and not _is_month_day(row.first):
                problems.append(places.diagnostic("S105", f"“{row.first}”不是日期", (*at, "首日"), "写成“月-日”，如 05-01"))
        if index and statute.since <= file.statutes[index - 1].since:
            problems.append(places.diagnostic("S103", "“法定”要按年份先后排列", ("法定", index, "自"), "把较早的一项放在前面"))
    moons: dict[int, dict[str, date]] = {
        year: {str(column): day for column, day in row.items()} for year, row in sorted(file.moons.items())
    }
    for year, dates in moons.items():
        for column in LUNAR_COLUMNS:
            if column not in dates:
                problems.append(
                    places.diagnostic("S102", f"{year} 年缺少“{column}”", ("历年", str(year)), f"补上{column}的公历日期")
                )
            elif dates[column].year != year:
                problems.append(
                    places.diagnostic("C501", f"{dates[column]} 不在 {year} 年", ("历年", str(year), column), "检查年份")
                )
    if problems:
        return None, problems
    return FestivalTable(
        tuple(Statute(s.since, tuple(_festival(row, file.windows[row.name]) for row in s.festivals)) for s in file.statutes),
        moons,
    ), []


def _is_month_day(text: str) -> bool:
    try:
        date.fromisoformat(f"2023-{text}")
    except ValueError:
        return False
    return True


def _festival(row: FestivalRow, window: Window) -> Festival:
    first = row.first if row.first in LUNAR_COLUMNS else (int(row.first[:2]), int(row.first[3:]))
    return Festival(row.name, first, row.days, *window.off, *window.work, window.extra)


class _Run(NamedTuple):
    name: str
    days: tuple[date, ...]
    place: tuple[str | int, ...]


def read_notice(path: Path, shown: str, festivals: FestivalTable | None) -> tuple[Notice | None, list[Diagnostic]]:
    """`<year>.yaml` as a `Notice`, or None with what is wrong. Warnings alone leave it usable."""
    data, places, problems = read_yaml(path, shown)
    if problems or data is None:
        return None, problems
    try:
        file = YearFile.model_validate(data)
    except ValidationError as error:
        return None, _translate(error, places, YearFile)
    check = _YearCheck(file, places, [])
    check.year(path.stem)
    runs = check.runs()
    check.work(runs)
    if festivals is not None and not check.problems:
        check.law(runs, festivals)
    notice = Notice(
        file.year,
        {day: run.name for run in runs for day in run.days},
        dict.fromkeys(file.work, ""),
        f"{file.document}（{file.number}）" if file.number else file.document,
        file.checked == "已核",
    )
    broken = any(problem.severity is Severity.ERROR for problem in check.problems)
    return (None if broken else notice), check.problems


@dataclass
class _YearCheck:
    file: YearFile
    places: Positions
    problems: list[Diagnostic]

    def add(self, code: str, message: str, path: tuple[str | int, ...], help: str) -> None:
        self.problems.append(self.places.diagnostic(code, message, path, help))

    def year(self, stem: str) -> None:
        if stem != str(self.file.year):
            self.add(
                "C501", f"文件名是“{stem}”，年份写的是 {self.file.year}", ("年份",), f"文件名改成 {self.file.year}.yaml，或改年份"
            )

    def within(self, day: date, path: tuple[str | int, ...]) -> None:
        # A notice may reach back into the end of December: that of 2019 named 2018-12-29, 30 and 31.
        if not date(self.file.year - 1, 12, 20) <= day <= date(self.file.year, 12, 31):
            self.add("C501", f"{day} 不在 {self.file.year} 年", path, "检查年份；元旦前的调整可以写上一年 12 月 20 日以后的日期")

    def runs(self) -> list[_Run]:
        result: list[_Run] = []
        seen: dict[date, int] = {}
        for index, row in enumerate(self.file.off):
            path: tuple[str | int, ...] = ("放假", index)
            for key, day in (("自", row.first), ("至", row.last)):
                self.within(day, (*path, key))
            length = (row.last - row.first).days + 1
            if length < 1:
                self.add("C503", f"{row.name}放假自 {row.first} 至 {row.last}：一天也没有", (*path, "至"), "“至”不能早于“自”")
            elif length > 16:
                self.add("C503", f"{row.name}放假 {length} 天，不合理", (*path, "至"), "检查起止日期")
            else:
                days = tuple(row.first + timedelta(days=n) for n in range(length))
                twice = [day for day in days if day in seen]
                if twice:
                    line = self.places.of(("放假", seen[twice[0]]))[0]
                    self.add("C502", f"{twice[0]} 放假写了两次（第一次在第 {line} 行）", path, "删去重复的日期")
                if all(day.weekday() >= 5 for day in days):
                    self.problems.append(
                        Diagnostic(
                            "C503",
                            f"{row.name}放假 {row.first} 至 {row.last} 全是周末，等于没有放假",
                            self.places.file,
                            *self.places.of(path),
                            "对照通知检查起止日期",
                            severity=Severity.WARNING,
                        )
                    )
                seen.update((day, index) for day in days if day not in seen)
                result.append(_Run(row.name, days, path))
        return result

    def work(self, runs: list[_Run]) -> None:
        off = {day: run for run in runs for day in run.days}
        counted: Counter[date] = Counter()
        for index, day in enumerate(self.file.work):
            path: tuple[str | int, ...] = ("上班", index)
            self.within(day, path)
            counted[day] += 1
            if counted[day] == 2:
                self.add("C502", f"{day} 上班写了两次", path, "删去一处")
            if day in off:
                self.add("C502", f"{day} 既放假（{off[day].name}）又上班", path, "对照通知，删去一处")
            elif day.weekday() < 5:
                self.add("C503", f"{day} 是星期{'一二三四五'[day.weekday()]}，本来就上班", path, "调休上班日只写周六、周日")

    def law(self, runs: list[_Run], festivals: FestivalTable) -> None:
        year = self.file.year
        off = {day for run in runs for day in run.days}
        statutory = festivals.statutory_days(year)
        for day, name in statutory.items():
            if day not in off:
                self.add("C504", f"{day} 是{name}，法定放假，文件里没有", ("放假",), "这份文件要写全年的放假安排，对照通知补上")
        if len(self.problems) == 0 and year in festivals.moons:
            given = sum(day.weekday() < 5 for day in off)
            worked, law = len(self.file.work), festivals.statutory_count(year)
            if given - worked != law:
                self.problems.append(
                    Diagnostic(
                        "C504",
                        f"放假占去 {given} 个星期一至星期五，调休上班 {worked} 天，相差 {given - worked} 天；法定放假是 {law} 天",
                        self.places.file,
                        *self.places.of(("放假",)),
                        "多半是漏写或多写了一天，对照通知逐日检查",
                        severity=Severity.WARNING,
                    )
                )


def _translate(error: ValidationError, places: Positions, model: type[BaseModel]) -> list[Diagnostic]:
    """Pydantic's complaints as diagnostics at the place of the value (or of the key, for a key that is not known)."""
    result: list[Diagnostic] = []
    found = error.errors()
    for item in found:
        path: tuple[str | int, ...] = tuple(part for part in item["loc"] if part != "[key]")
        kind: str = item["type"]
        key = str(path[-1]) if path else ""
        if kind == "too_short":
            # A list whose entries are all wrong counts as empty too; that is said of the entries already.
            if not any(other["loc"][: len(path)] == path and len(other["loc"]) > len(path) for other in found):
                result.append(places.diagnostic("S103", f"“{key}”是空的", path, "至少写一项"))
        elif kind == "extra_forbidden":
            result.append(places.diagnostic("S101", f"不认识的键“{key}”", path, did_you_mean(key, _keys(model, path)), key=True))
        elif kind == "missing":
            result.append(places.diagnostic("S102", f"缺少“{key}”", path, f"补上“{key}: …”"))
        elif kind == "literal_error":
            given = str(item["input"])
            choices = re.findall(r"'([^']+)'", str(item.get("ctx", {}).get("expected", "")))
            result.append(places.diagnostic("S104", f"“{given}”不在允许的清单里", path, did_you_mean(given, choices)))
        elif kind == "value_error":
            message = str(item["ctx"]["error"]) if "ctx" in item else item["msg"]
            help_ = "写成 2027-01-01 这样" if message.startswith("日期") else "写成四位数字"
            result.append(places.diagnostic("S105" if message.startswith("日期") else "S103", message, path, help_))
        else:
            shown = item["input"] if isinstance(item["input"], str | int) else "这里的内容"
            result.append(places.diagnostic("S103", f"“{shown}”写法不对" if key else "内容写法不对", path, "对照同类文件检查写法"))
    return result


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where `path` ends."""
    at: Any = model
    for part in path[:-1]:
        if isinstance(part, str) and isinstance(at, type) and issubclass(at, BaseModel):
            fields: Mapping[str, Any] = at.model_fields
            at = next((f.annotation for f in fields.values() if f.alias == part), None)
        else:
            continue
        while at is not None and not (isinstance(at, type) and issubclass(at, BaseModel)):
            inner = [a for a in getattr(at, "__args__", ()) if a is not Ellipsis]
            at = inner[-1] if inner else None
    if at is None:
        return []
    return [str(f.alias) for f in at.model_fields.values()]
