"""Calendar feeds: a department's deadlines over all projects, at an address that opens with a token of its own.

Calendar programs cannot send a header, so the token is in the address: 256 random bits, of which a hash is kept (`store.feed_rows`). It is
written to no log. A feed shows what the department may see: its own deadlines of all projects' current plans.

An event is named (UID) by the project's identity and the deadline's key, so a project renamed or planned anew keeps its events. When the
plan was made says which version of an event is newer (DTSTAMP, SEQUENCE).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from planner.diagnostics import did_you_mean
from planner.output.typeset import printable
from planner.output.words import words_for
from planner_api.access.viewer import Role, Scope
from planner_api.connections import Info
from planner_api.family import Family, Field
from planner_api.http.errors import Code, refusal
from planner_api.ids import global_id, local_id
from planner_api.kept_bytes import KeptBytes, Made, answer, disposition
from planner_api.plan_types import NotFound
from planner_api.refusals import forbidden
from planner_api.service import Service
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import DeadlineFilter, DeadlineOrder, DeadlineRecord, FeedRecord, PageRequest

if TYPE_CHECKING:
    from planner_api.context import Context
    from planner_api.inputs import ProjectForm

BACK, AHEAD = 60, 400
"""Days of the past and of the future that a feed shows."""
MOST_EVENTS = 10_000
REFRESH = "PT4H"
"""How often a calendar program is asked to look again (RFC 7986 §5.7)."""
_PAGE = 1_000
_KEPT = 32_000_000
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


# -- the file ------------------------------------------------------------------------------------------------------------


def render_feed(department: str, rows: Sequence[DeadlineRecord], first: datetime.date, last: datetime.date, cut: bool) -> bytes:
    """The calendar (RFC 5545, RFC 7986), in Chinese. Equal arguments give equal bytes. `cut`: there are more deadlines than `rows`."""
    words = words_for("zh")
    name = f"{department}：审批期限"
    about = f"全部在办项目现行计划里由{department}办理的期限，{first} 至 {last}。标“暂定”的日期会随放假安排变动。"
    if cut:
        about += f"期限太多，只列最近的 {len(rows)} 个，{rows[-1].day} 以后的没有列全。"
    lines = [
        "BEGIN:VCALENDAR",
        f"PRODID:-//approval-planner//{words('title')}//ZH",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *(f"{property_}:{_text(name)}" for property_ in ("NAME", "X-WR-CALNAME")),
        *(f"{property_}:{_text(about)}" for property_ in ("DESCRIPTION", "X-WR-CALDESC")),
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    for row in rows:
        lines += _event(row)
    lines.append("END:VCALENDAR")
    # icalendar's own components take five times as long, which ten thousand events would feel.
    return b"".join(_folded(line) for line in lines)


def _event(row: DeadlineRecord) -> Iterator[str]:
    from planner.output.ics import event_uid

    words = words_for("zh")
    made = _made_at(row.plan)
    marks = [words("depends")] if row.depends else []
    if row.provisional:
        marks.append(words("provisional"))
    # An office looks for the project first.
    summary = words("due_line", name=row.project_name, text=words("due_line", name=row.title, text=row.name))
    if marks:
        summary += words.bracketed(words.semicolon.join(marks))
    told = [words("due_line", name=words("project"), text=row.project_name), words("due_line", name=row.title, text=row.name)]
    if row.provisional:
        bounds = words.bracketed(words("range", earliest=row.earliest.isoformat(), latest=row.latest.isoformat()))
        told.append(words("due_provisional") + (bounds if row.earliest != row.latest else ""))
    else:
        told.append(words("due_firm"))
    if not row.verified:
        told.append(words("unverified_long"))
    stamp = made.strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{event_uid(row.project, row.id.partition('/')[2])}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"SEQUENCE:{max(0, int((made - _EPOCH).total_seconds()))}"
    yield f"DTSTART;VALUE=DATE:{row.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{row.day + datetime.timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(printable(summary).replace(chr(10), ' '))}"
    yield f"DESCRIPTION:{_text(chr(10).join(told))}"
    if row.stage:
        yield f"CATEGORIES:{_text(row.stage)}"
    yield f"STATUS:{'TENTATIVE' if marks else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _made_at(plan: str) -> datetime.datetime:
    """When a plan was made: its identity begins with the milliseconds since 1970 (RFC 9562 §5.7)."""
    return datetime.datetime.fromtimestamp(int(plan[:12], 16) // 1000, datetime.UTC)


def _text(text: str) -> str:
    from planner.output.ics import CalendarText

    return CalendarText(text).to_ical().decode()


def _folded(line: str) -> bytes:
    """A content line of at most 75 octets, continued on the next after a space (RFC 5545 §3.1). No character is cut in two."""
    octets = line.encode()
    if len(octets) <= 75:
        return octets + b"\r\n"
    parts, start, room = [], 0, 75
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(octets[start:end])
        start, room = end, 74
    parts.append(octets[start:])
    return b"\r\n ".join(parts) + b"\r\n"


class Feeds:
    """The feeds of a service's departments. Calendar programs ask again and again for what has not changed: the files are kept."""

    def __init__(self, service: Service, kept: int = _KEPT) -> None:
        self._service = service
        self._kept = KeptBytes(kept)
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, request: Request) -> Response:
        token, dot, suffix = request.path_params["name"].rpartition(".")
        if not dot or suffix != "ics":
            return _closed()
        if find_spec("icalendar") is None:
            message = "这台服务器做不出日历：缺少组件 icalendar（安装：pip install 'approval-planner[ics]'）"
            return refusal(501, message, Code.NOT_IMPLEMENTED)
        if self._limiter is None:
            self._limiter = CapacityLimiter(2)
        try:
            feed = await to_thread.run_sync(self._service.store.feed_of_token, token)
            if feed is None:
                return _closed()
            made = await to_thread.run_sync(self._file, feed.department, self._service.today(), limiter=self._limiter)
        except StoreUnavailable:
            return refusal(503, "数据库现在没有回应，请过一会儿再试", Code.UNAVAILABLE, {"retry-after": "300"})
        headers = {
            "content-type": "text/calendar; charset=utf-8",
            "content-disposition": disposition("inline", feed.department, ".ics", "calendar"),
            "cache-control": "private, no-cache",
        }
        return answer(request, made, headers)

    def _file(self, department: str, today: datetime.date) -> Made:
        store = self._service.store
        # Read before the deadlines are: what changes meanwhile makes another key the next time.
        key = (department, today, store.last_change())
        found = self._kept.get(key)
        if found is not None:
            return found
        first, last = today - datetime.timedelta(days=BACK), today + datetime.timedelta(days=AHEAD)
        which = DeadlineFilter(departments=frozenset({department}), first=first, last=last)
        scope = Scope(departments=frozenset({department}))
        rows: list[DeadlineRecord] = []
        page: PageRequest | None = PageRequest(_PAGE)
        while page is not None and len(rows) < MOST_EVENTS:
            read = store.deadlines(scope, which, DeadlineOrder.DAY, page)
            rows += read.rows
            page = PageRequest(_PAGE, after=read.cursors[-1]) if read.has_next else None
        made = Made.of(render_feed(department, rows[:MOST_EVENTS], first, last, page is not None or len(rows) > MOST_EVENTS))
        self._kept.keep(key, made)
        return made


def _closed() -> Response:
    return refusal(404, "没有这个日历，或者它已经停用", Code.NOT_FOUND)


def path_of(token: str) -> str:
    """Where a feed is to be subscribed to."""
    return f"/calendars/{token}.ics"


def routes(service: Service) -> list[BaseRoute]:
    """The route of the feeds. It asks for no sign-in: the token is in the address."""
    return [Route("/calendars/{name}", Feeds(service).__call__, methods=["GET"])]


# -- in GraphQL ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Created:
    """A new feed, and the one time its token is told."""

    feed: FeedRecord
    token: str


@dataclass(frozen=True, slots=True)
class Revoked:
    feed: FeedRecord


@strawberry.type(description="The rulebook knows no such department.")
class UnknownDepartment:
    department: str = strawberry.field(description="What was sent.")
    message: str = strawberry.field(description="What is wrong, in Chinese.")
    help: str | None = strawberry.field(description="The likely name, in Chinese; null when none can be guessed.")


def _types() -> Family:
    family = Family()
    family.object(
        "CalendarFeed",
        "A calendar of a department's deadlines over all projects. Its address holds a token, which is told once, when it is made.",
        FeedRecord,
        {
            "id": Field(strawberry.ID, "Names it.", lambda root: global_id("CalendarFeed", root.id)),
            "department": Field(str, "The department, as plans write it."),
            "created_at": Field(datetime.datetime, "When it was made."),
            "created_by": Field(str, "Who made it."),
            "revoked_at": Field(datetime.datetime | None, "Since when it is closed; null while it works."),
        },
    )
    family.object(
        "CalendarFeedCreated",
        "It can be subscribed to from now on.",
        Created,
        {
            "feed": Field("CalendarFeed", "The feed."),
            "token": Field(str, "Its token. It is told only now: whoever has it sees the calendar."),
            "path": Field(str, "The path on this server to subscribe to; the token is in it.", lambda root: path_of(root.token)),
        },
    )
    family.object("CalendarFeedRevoked", "It no longer opens.", Revoked, {"feed": Field("CalendarFeed", "The feed, closed.")})
    what = "What came of it, or what must be put right first."
    family.union("CreateCalendarFeedResult", what, (family["CalendarFeedCreated"], UnknownDepartment))
    family.union("RevokeCalendarFeedResult", what, (family["CalendarFeedRevoked"], NotFound))
    return family


@strawberry.input(description="A calendar feed to make.")
class CreateCalendarFeedInput:
    department: str = strawberry.field(description="The department, as plans write it (鞍山市自然资源局).")


@strawberry.input(description="A calendar feed to close.")
class RevokeCalendarFeedInput:
    id: strawberry.ID = strawberry.field(description="The feed.")


_FAMILY = _types()  # nothing of a rulebook is in them
_LIST: Any = list.__class_getitem__(_FAMILY["CalendarFeed"])


def query_fields(_form: ProjectForm) -> dict[str, Any]:
    """`calendarFeeds` of the query type."""

    def calendar_feeds(info: Info) -> Any:
        return list(info.context.service.store.feeds(_own(info.context)))

    return {
        "calendar_feeds": strawberry.field(
            resolver=calendar_feeds,
            graphql_type=_LIST,
            description="The calendar feeds of the viewer's departments (an administrator's: of all), newest first, closed ones too.",
        )
    }


def mutation_fields(_form: ProjectForm) -> dict[str, Any]:
    """`createCalendarFeed` and `revokeCalendarFeed` of the mutation type."""

    def create_calendar_feed(
        info: Info, input: Annotated[CreateCalendarFeedInput, strawberry.argument(description="What to do.")]
    ) -> Any:
        return _create(info.context, input.department)

    def revoke_calendar_feed(
        info: Info, input: Annotated[RevokeCalendarFeedInput, strawberry.argument(description="What to do.")]
    ) -> Any:
        context = info.context
        own_id = local_id("CalendarFeed", input.id)
        found = context.service.store.revoke_feed(own_id, _own(context)) if own_id else None
        return NotFound(id=input.id, message="没有这个日历，或者没有权限停用它") if found is None else Revoked(found)

    return {
        "create_calendar_feed": strawberry.field(
            resolver=create_calendar_feed,
            graphql_type=_FAMILY["CreateCalendarFeedResult"],
            description="Makes a calendar feed of a department of the viewer's (an administrator: of any that the rulebook knows).",
        ),
        "revoke_calendar_feed": strawberry.field(
            resolver=revoke_calendar_feed,
            graphql_type=_FAMILY["RevokeCalendarFeedResult"],
            description="Closes a calendar feed. Calendars that read it keep what they have and get no more.",
        ),
    }


def _own(context: Context) -> frozenset[str] | None:
    """The departments whose feeds the viewer may look after; None for all."""
    viewer = context.viewer
    return None if Role.ADMIN in viewer.roles else viewer.scope.departments


def _create(context: Context, department: str) -> Created | UnknownDepartment:
    name, own = department.strip(), _own(context)
    known = {one.bureau for versions in context.in_use.planner.rulebook.departments.values() for one in versions}
    if name not in known:
        # Whoever may make feeds of some offices only is pointed to those.
        fix = did_you_mean(name, sorted(known if own is None else known & own))
        return UnknownDepartment(department=department, message=f"规则库里没有办理机关“{name[:80]}”", help=fix or None)
    if own is not None and name not in own:
        raise forbidden(f"不能给“{name}”建日历：只能给自己的部门建")
    feed, token = context.service.store.create_feed(name, context.viewer.subject)
    return Created(feed, token)
