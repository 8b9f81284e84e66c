"""Lists of deadlines and projects on a full store, SQLite and PostgreSQL side by side: each page under 50 ms.

Seeds projects of 30 items each, whose plans begin over two and a half years, straight into the tables, and asks for pages the way the service does:
through the store, as an administrator, a department, a working group and an owner. The documents of the plans are left empty: no list
reads them. PostgreSQL is a server of its own, durable, with 256 MB of shared buffers. Writes the times and the databases' own
plans of the queries to `results/deadlines-<projects>.txt`.

    python benchmarks/deadlines.py [--projects 10000] [--rounds 100] [--only sqlite]

The number of projects may also be given as BENCH_PROJECTS. 100,000 take some minutes and 4 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, Table, event, text

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "graphql")]

from planner_api.access.viewer import Scope  # noqa: E402
from planner_api.store.database import database_url, open_engine  # noqa: E402
from planner_api.store.identities import new_identity  # noqa: E402
from planner_api.store.records import (  # noqa: E402
    DeadlineFilter,
    DeadlineOrder,
    PageRequest,
    ProjectFilter,
    ProjectOrder,
)
from planner_api.store.sql import SqlStore, open_store  # noqa: E402
from planner_api.store.tables import deadlines, participations, plans, projects  # noqa: E402
from tests.postgres import PostgresServer  # noqa: E402

MONDAY = date(2026, 11, 23)
WEEK = DeadlineFilter(first=MONDAY, last=MONDAY + timedelta(days=6))
BEGINS = date(2025, 6, 1)
DEPARTMENTS = [f"鞍山市第{n}局" for n in range(1, 31)]
TEAMS = [f"team_{n}" for n in range(1, 9)]
STAGES = ["前期策划", "立项用地规划许可", "工程建设许可", "施工许可", "竣工验收"]
ITEMS = 60
RARE, SELDOM = "鞍山市少见局", 2_000
"""An office that has an item in one project of so many."""
BATCH = 2_000
LIMIT = 0.050

Rows = dict[Table, list[dict[str, Any]]]


def offices_of_items() -> list[str]:
    """The office of each item. A few handle most of them, as in life."""
    chance = random.Random(4754)
    return [chance.choices(DEPARTMENTS, weights=[1 / (n + 1) for n in range(len(DEPARTMENTS))])[0] for _ in range(ITEMS)]


def seed(count: int) -> Iterator[Rows]:
    """Rows of so many projects, in batches."""
    chance = random.Random(4754)
    begin = datetime(2025, 6, 1, tzinfo=UTC)
    offices = offices_of_items()
    document = zlib.compress(b"{}")
    for first in range(0, count, BATCH):
        rows: Rows = {projects: [], plans: [], participations: [], deadlines: []}
        for number in range(first, min(first + BATCH, count)):
            made = begin + timedelta(minutes=number * 525_600 * 1.5 / count)
            project, plan = new_identity(made), new_identity(made)
            owner, kind = f"company-{number % max(count // 50, 1)}", number % len(TEAMS)
            items = {item: offices[item] for item in chance.sample(range(ITEMS), 30)}
            if number % SELDOM == SELDOM // 2:
                items[next(iter(items))] = RARE
            taking_part = sorted(set(items.values()))
            name = f"鞍山市第 {number} 号{'改造' if number % 2 else '新建'}项目"
            rows[projects].append(
                {
                    "id": project,
                    "owner": owner,
                    "request_key": None,
                    "revision": 1,
                    "name": name,
                    "name_folded": name,
                    "name_order": name,
                    "content": "建设内容" * 20,
                    "district": ["铁西区", "铁东区", "立山区", "千山区"][number % 4],
                    "progress": "前期",
                    "facts": '{"a":"' + "x" * 900 + '"}',
                    "durations": "{}",
                    "project_class": f"class_{kind}",
                    "team": TEAMS[kind],
                    "archived": False,
                    "plan": plan,
                    "created_at": made,
                    "updated_at": made + timedelta(days=chance.random() * 30),
                }
            )
            rows[plans].append(
                {
                    "id": plan,
                    "project": project,
                    "number": 1,
                    "revision": 1,
                    "document": document,
                    "digest": b"0" * 32,
                    "made_at": made,
                    "made_by": owner,
                    "as_of": made.date(),
                    "start": made.date(),
                    "rulebook": "0" * 64,
                    "owner": owner,
                    "team": TEAMS[kind],
                    "departments": "[]",
                }
            )
            rows[participations] += [{"project": project, "department": one, "current": True} for one in taking_part]
            start = BEGINS + timedelta(days=chance.randrange(912))
            for item, office in items.items():
                rows[deadlines] += _of_item(chance, start, item, office, project, owner, kind)
            rows[deadlines] += [
                _deadline(start + timedelta(days=days), "milestone", name, name, "", "", project, owner, kind, True)
                for days in (200, 500, 530)
            ]
        yield rows


def _of_item(
    chance: random.Random, start: date, item: int, office: str, project: str, owner: str, kind: int
) -> Iterator[dict[str, Any]]:
    """The last day to hand in, the limit for the decision, the end of validity: each where an item has it, as often as real plans do."""
    day = start + timedelta(days=chance.randrange(500))
    for what, share, later in (("submit", 0.6, 0), ("decide_statutory", 0.5, 20), ("lapse", 0.15, 700)):
        if chance.random() < share:
            due = day + timedelta(days=later)
            yield _deadline(due, what, f"item_{item}", f"第 {item} 项审批", office, STAGES[item % 5], project, owner, kind, False)


def _deadline(
    day: date, what: str, item: str, name: str, office: str, stage: str, project: str, owner: str, kind: int, critical: bool
) -> dict[str, Any]:
    provisional = day.year > 2026
    return {
        "project": project,
        "owner": owner,
        "team": TEAMS[kind],
        "project_class": f"class_{kind}",
        "archived": False,
        "key": f"{item}/{what}/",
        "kind": what,
        "item": item,
        "name": name,
        "title": "办结期限（法定）",
        "department": office,
        "stage": stage,
        "day": day,
        "earliest": day,
        "latest": day + timedelta(days=3 if provisional else 0),
        "provisional": provisional,
        "depends": False,
        "critical": critical,
        "verified": True,
    }


def fill(engine: Engine, count: int) -> None:
    """Rows first, then indexes: many times faster than the other way round."""
    indexes = sorted((*deadlines.indexes, *projects.indexes, *participations.indexes), key=lambda index: str(index.name))
    with engine.connect() as connection, connection.begin():
        # Projects and plans refer to each other, and rows come one by one.
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica; SET statement_timeout = 0"))
        else:
            for statement in ("COMMIT", "PRAGMA foreign_keys = OFF", "BEGIN"):
                connection.exec_driver_sql(statement)
        for index in indexes:
            index.drop(connection)
        for rows in seed(count):
            for table in (projects, plans, participations, deadlines):
                _add(connection, table, rows[table])
        for index in indexes:
            index.create(connection)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))  # as autovacuum does by itself
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()  # the connection that checks no references


def _add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    columns = list(rows[0])
    if connection.dialect.name == "sqlite":
        connection.execute(table.insert(), rows)
        return
    driver: Any = connection.connection.driver_connection
    names = ", ".join(f'"{column}"' for column in columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


class Watch:
    """The statements that an engine sends, for the database to explain."""

    def __init__(self, engine: Engine) -> None:
        self.seen: list[tuple[str, Any]] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        self.seen.append((statement, parameters))


def explain(engine: Engine, statement: str, parameters: Any) -> Iterator[str]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                yield str(row[3])
        else:
            for row in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY ON) {statement}", parameters):
                yield str(row[0])


def questions(store: SqlStore) -> Iterator[tuple[str, bool, Callable[[], object]]]:
    """What is asked, whether the limit is for it, and how."""
    ranked = [office for office, _ in Counter(offices_of_items()).most_common()]
    big, small = ranked[0], ranked[-1]
    scopes = {
        "admin": Scope(everything=True),
        "department": Scope(departments=frozenset({big})),
        "small department": Scope(departments=frozenset({small})),
        "rare department": Scope(departments=frozenset({RARE})),
        "team": Scope(teams=frozenset({TEAMS[0]})),
        "owner": Scope(owner="company-1"),
        "owner, team and department": Scope(owner="company-1", teams=frozenset({TEAMS[1]}), departments=frozenset({RARE})),
    }
    first, full, day = PageRequest(20), PageRequest(100), DeadlineOrder.DAY
    narrow = DeadlineFilter(first=WEEK.first, last=WEEK.last, kinds=frozenset({"lapse"}), departments=frozenset({small, big}))
    searched, office = ProjectFilter(search="第 77 号"), ProjectFilter(departments=frozenset({small}))
    for who, scope in scopes.items():
        # For somebody with three roles no index holds all that is counted or sorted by department, and SQLite looks through
        # all projects for those of an office that has hardly any: told, without a limit.
        plain, rare = len(scope.teams) + len(scope.departments) < 2, RARE in scope.departments
        due, listed = partial(store.deadlines, scope), partial(store.projects, scope)
        yield f"{who}: deadlines of the week", True, partial(due, WEEK, day, first)
        yield f"{who}: deadlines of the week, 100 on the page", True, partial(due, WEEK, day, full)
        cursors = due(WEEK, day, full).cursors
        if cursors:
            yield f"{who}: deadlines of the week, next page", True, partial(due, WEEK, day, PageRequest(20, after=cursors[-1]))
        yield f"{who}: deadlines of the week, last page", True, partial(due, WEEK, day, PageRequest(20, backward=True))
        yield f"{who}: deadlines of the week, latest first", True, partial(due, WEEK, DeadlineOrder.DAY_DESCENDING, first)
        yield f"{who}: deadlines of the week, by department", plain, partial(due, WEEK, DeadlineOrder.DEPARTMENT, first)
        yield f"{who}: deadlines of the week, one kind, two departments", True, partial(due, narrow, day, first)
        yield f"{who}: deadlines of all time", True, partial(due, DeadlineFilter(), day, first)
        yield f"{who}: deadlines of one approval", True, partial(due, DeadlineFilter(items=frozenset({"item_7"})), day, first)
        yield f"{who}: number of deadlines of the week", plain, partial(store.count_deadlines, scope, WEEK)
        yield f"{who}: counts by department for the week", plain, partial(store.deadline_counts, scope, WEEK)
        for order in ProjectOrder:
            yield f"{who}: projects, {order.value}", not rare, partial(listed, ProjectFilter(), order, first)
        yield f"{who}: projects, one name searched", False, partial(listed, searched, ProjectOrder.NEWEST, first)
        yield f"{who}: projects with a small department", not rare, partial(listed, office, ProjectOrder.NEWEST, first)
        yield f"{who}: number of projects", False, partial(store.count_projects, scope, ProjectFilter())
    everyone = scopes["admin"]
    for what, ask in (("counts by department and week", store.deadline_counts), ("number of deadlines", store.count_deadlines)):
        yield f"admin: {what}, all time", False, partial(ask, everyone, DeadlineFilter())


def measure(name: str, url: str, count: int, rounds: int, out: TextIO) -> list[str]:
    """Seed and ask; the questions that took longer than they may."""
    open_store(url).close()
    engine = open_engine(database_url(url))
    began = time.perf_counter()
    fill(engine, count)
    took = time.perf_counter() - began
    store = SqlStore(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM deadlines")).scalar_one()
        release = connection.exec_driver_sql("SELECT sqlite_version()" if name == "sqlite" else "SHOW server_version").scalar_one()
    say(out, f"\n== {name} {release}: {count:,} projects, {rows:,} deadlines, seeded in {took:.0f} s\n")
    watch, slow, plans_shown = Watch(engine), [], []
    for question, limited, ask in questions(store):
        watch.seen.clear()
        ask()
        statement, parameters = next(one for one in watch.seen if one[0] != "BEGIN")
        times = []
        for _ in range(rounds if limited else max(rounds // 10, 3)):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
        times.sort()
        p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        mark = "" if not limited else "  ok" if p95 < LIMIT else "  TOO SLOW"
        say(out, f"{question:68} p50 {p50 * 1000:8.2f} ms   p95 {p95 * 1000:8.2f} ms{mark}")
        if mark.strip() == "TOO SLOW":
            slow.append(f"{name}: {question}")
        plans_shown.append((question, list(explain(engine, statement, parameters))))
    say(out, f"\n-- how {name} goes about it\n")
    for question, lines in plans_shown:
        say(out, "\n".join([question, *(f"    {line}" for line in lines), ""]), quiet=True)
    store.close()
    return slow


def say(out: TextIO, line: str, *, quiet: bool = False) -> None:
    out.write(line + "\n")
    if not quiet:
        print(line, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--projects", type=int, default=int(os.environ.get("BENCH_PROJECTS", "10000")))
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    given = options.parse_args()
    results = ROOT / "benchmarks" / "results" / f"deadlines-{given.projects}.txt"
    slow: list[str] = []
    with ExitStack() as held, results.open("w", encoding="utf-8") as out:
        say(out, f"Python {platform.python_version()}, {os.cpu_count()} cores; {given.rounds} rounds; a page has 20 rows")
        if given.only != "postgresql":
            folder = held.enter_context(tempfile.TemporaryDirectory())
            slow += measure("sqlite", f"sqlite:///{folder}/planner.db", given.projects, given.rounds, out)
        if given.only != "sqlite":
            settings = {"shared_buffers": "'256MB'", "max_wal_size": "'4GB'"}
            server = held.enter_context(PostgresServer(durable=True, settings=settings))
            url = held.enter_context(server.database())
            slow += measure("postgresql", url, given.projects, given.rounds, out)
        say(out, "\nevery page under 50 ms" if not slow else "\nover 50 ms:\n" + "\n".join(slow))
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
