"""The clock of one application: from which day its limit runs, what stops and what lengthens it, on which day it ends.

One rule for every day (民法典 art. 201): the day of an event belongs to what was before it. A limit that starts on day a counts the days
after a; a procedure that begins on day s and ends on day r stops the clock on the days after s, up to and with r. So the last day is the
first working day on which the limit is used up and after which no stop goes on:

- working-day limits count working days, calendar-day limits every day; a last day that is off moves to the next working day (art. 203);
- a stop that begins on the last day itself still counts: nothing is left when it ends, and the decision is due that very day;
- a procedure stops the clock for its cap at most, counted over all its parts in the cap's own unit. What it takes beyond the cap
  counts again: an office's limit is never longer than law allows;
- stops at the same time stop the clock once; a stop that begins after the last day changes nothing;
- an extension lengthens the limit itself, so limit and extension are counted as one.

Acceptance (行政许可法 art. 32): what is missing is said once, completely, within the law's days from receipt; silence past them is
acceptance on the day of receipt. When all that was asked for is there the application is accepted that day, unless the office says a
later day within the same number of days again. A limit that runs from receipt runs from the day the papers are complete.

Events are facts. Whether each was lawful is judged on the expected days; a refused event leaves a `Problem` and changes nothing.
Nothing here knows today: it is an argument. Days past the last holiday notice make a `PlanDate` with bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Literal, TypeAlias

from planner.calendar import CalendarDays, Clock, PlanDate, SkippedDays, Span, WorkCalendar
from planner.limits import (
    CORRECTION,
    DELIVERY,
    Piece,
    Procedure,
    correction_by,
    count_days,
    deliver_by,
    due_ordinal,
    extended_end,
    longest_end,
    plan_date,
    stopped_runs,
    used_days,
)

__all__ = [
    "CORRECTION",
    "DELIVERY",
    "Accepted",
    "ClockLaw",
    "ClockState",
    "CorrectionAsked",
    "CorrectionMet",
    "Decided",
    "Declined",
    "Delivered",
    "Event",
    "Extended",
    "Fault",
    "Problem",
    "Procedure",
    "Received",
    "Resumed",
    "Stop",
    "Suspended",
    "Withdrawn",
    "correction_by",
    "deliver_by",
    "extended_end",
    "longest_end",
    "run",
]

# --------------------------------------------------------------------------------------------------------------------------- the law


@dataclass(frozen=True, slots=True)
class ClockLaw:
    """What law says of one clock.

    `nature`: `handling`, the most the office may take; `minimum_wait`, the least that must pass, which nothing lengthens or stops.
    `extension`: how much one extension may add, in the unit of `limit`; `times`: how often (once, unless law says otherwise).
    `correction`, `delivery`: None where no such rule applies (an applicant's own duty).

    Raises ValueError where the extension is in another unit than the limit, two procedures have one name, or `times` is negative.
    """

    limit: Span
    starts: Literal["receipt", "acceptance"] = "acceptance"
    nature: Literal["handling", "minimum_wait"] = "handling"
    extension: Span | None = None
    times: int = 1
    procedures: tuple[Procedure, ...] = ()
    correction: Span | None = CORRECTION
    delivery: Span | None = DELIVERY

    def __post_init__(self) -> None:
        if self.extension is not None and type(self.extension) is not type(self.limit):
            raise ValueError(f"延长的时间（{self.extension}）和期限（{self.limit}）单位不同")
        if len({one.name for one in self.procedures}) < len(self.procedures):
            raise ValueError("两个特别程序同名")
        if self.times < 0:
            raise ValueError(f"延长次数不能是负数：{self.times}")


# ------------------------------------------------------------------------------------------------------------------------ the events


@dataclass(frozen=True, slots=True)
class Received:
    """The application was handed in (收件)."""

    day: date


@dataclass(frozen=True, slots=True)
class CorrectionAsked:
    """The office said what is missing (补正告知)."""

    day: date
    what: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionMet:
    """Everything that was asked for is there (补正材料齐全)."""

    day: date


@dataclass(frozen=True, slots=True)
class Accepted:
    """The office accepted the application (受理)."""

    day: date


@dataclass(frozen=True, slots=True)
class Declined:
    """The office did not accept the application (不予受理)."""

    day: date


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The applicant took the application back (撤回)."""

    day: date


@dataclass(frozen=True, slots=True)
class Suspended:
    """The clock stops: a special procedure begins (特别程序开始), or, with its ground in `reason`, another lawful suspension (中止)."""

    day: date
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The procedure or suspension of that name ends (特别程序结束、恢复办理)."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Extended:
    """The limit was extended (延长期限), by `by`."""

    day: date
    by: Span


@dataclass(frozen=True, slots=True)
class Decided:
    """The office decided (办结). What is still stopped ends with it."""

    day: date


@dataclass(frozen=True, slots=True)
class Delivered:
    """The decision was handed over (送达)."""

    day: date


Event: TypeAlias = (
    Received
    | CorrectionAsked
    | CorrectionMet
    | Accepted
    | Declined
    | Withdrawn
    | Suspended
    | Resumed
    | Extended
    | Decided
    | Delivered
)

# Events of one day in the order in which they can follow each other; a procedure that ends and one that begins on the same day are
# sorted out by `_Reading.day`.
_ORDER = (
    Received,
    CorrectionAsked,
    CorrectionMet,
    Accepted,
    Extended,
    Resumed,
    Suspended,
    Declined,
    Withdrawn,
    Decided,
    Delivered,
)


# ------------------------------------------------------------------------------------------------------------------------- the state


class Fault(StrEnum):
    """Why an event does not count."""

    FUTURE = "future"
    REPEATED = "repeated"
    NOT_RECEIVED = "not_received"
    ENDED = "ended"
    ASKED_TWICE = "asked_twice"
    ASKED_LATE = "asked_late"
    ALREADY_ACCEPTED = "already_accepted"
    NOTHING_ASKED = "nothing_asked"
    ACCEPTED_LATE = "accepted_late"
    NOT_RUNNING = "not_running"
    NO_EXTENSION = "no_extension"
    EXTENSIONS_USED_UP = "extensions_used_up"
    EXTENSION_TOO_LONG = "extension_too_long"
    EXTENSION_LATE = "extension_late"
    UNKNOWN_PROCEDURE = "unknown_procedure"
    ALREADY_STOPPED = "already_stopped"
    NOT_STOPPED = "not_stopped"
    MINIMUM_WAIT = "minimum_wait"
    TOO_EARLY = "too_early"
    NOT_DECIDED = "not_decided"


@dataclass(frozen=True, slots=True)
class Problem:
    """An event that does not count, why, and what law allows instead, in Chinese.

    ACCEPTED_LATE and TOO_EARLY are remarks: the event stands, but not with the effect it was meant to have.
    """

    fault: Fault
    event: Event
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One time the clock was stopped: the days after `since`, up to and with `until` (None: still going on).

    `taken`: how long it went on (so far), in the unit of its cap, or of the limit where it has none. `over`: the part beyond the cap, which
    counts towards the limit again; a procedure held in parts shares one cap.
    """

    name: str
    since: date
    until: date | None
    taken: Span
    over: Span
    reason: str = ""


Stage: TypeAlias = Literal[
    "not_received", "received", "correcting", "running", "stopped", "decided", "delivered", "declined", "withdrawn"
]
Since: TypeAlias = Literal["receipt", "accepted", "papers_complete", "silence"]


@dataclass(frozen=True, slots=True)
class ClockState:
    """Where an application stands.

    `counts_from`: the day the limit runs from (its day 0), None while it does not run; `because`: the receipt, the office's acceptance, the
    day the papers were complete, or silence past the days for saying what is missing.
    `correction_by`: the last day to say what is missing. `due`: the last day of the limit with extensions and stops; a procedure still
    going on is taken to use up its cap, and None says that it has no cap, or that the limit does not run.
    `total` = `consumed` + `left`, in the unit of the limit, on the day asked about (or of the decision). `overdue`: working days by which
    the decision came, or is, late. `extensions_left`: how often the limit may still be extended.
    `deliver_by`: the last day to hand over the decision; `delivery_overdue` in working days.
    """

    stage: Stage
    counts_from: date | None
    because: Since | None
    correction_by: PlanDate | None
    due: PlanDate | None
    total: Span
    consumed: Span
    left: Span
    stops: tuple[Stop, ...]
    extensions: tuple[Extended, ...]
    extensions_left: int
    overdue: int
    deliver_by: PlanDate | None
    delivery_overdue: int
    problems: tuple[Problem, ...]


def run(law: ClockLaw, events: Iterable[Event], calendar: WorkCalendar, today: date | None = None) -> ClockState:
    """Where the application stands on `today` after `events`, in whatever order they are given.

    Without `today`: on the day of the last event. Events after `today` are refused.
    """
    given = sorted(events, key=lambda event: (event.day, _ORDER.index(type(event)), repr(event)))
    reading = _Reading(law, calendar)
    for day, happened in groupby(given, key=lambda event: event.day):
        if today is not None and day > today:
            for event in happened:
                reading.refuse(Fault.FUTURE, event, f"{event.day} 在今天（{today}）以后，还没有发生：到时再记")
        else:
            reading.day(list(happened))
    return reading.state(today or (given[-1].day if given else None))


# --------------------------------------------------------------------------------------------------------------- reading the events


@dataclass
class _Reading:
    """The events read so far. Used by `run` alone."""

    law: ClockLaw
    calendar: WorkCalendar
    received: date | None = None
    asked: date | None = None
    met: date | None = None
    accepted: date | None = None
    ended: Declined | Withdrawn | Decided | None = None
    delivered: date | None = None
    extensions: list[Extended] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    open: dict[str, Suspended] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, fault: Fault, event: Event, text: str) -> None:
        self.problems.append(Problem(fault, event, text))

    def day(self, happened: list[Event]) -> None:
        """The events of one day, in the order of `_ORDER`."""
        # A procedure that begins and ends on one day has to begin first.
        begun = {event.name for event in happened if isinstance(event, Suspended)}
        late = [event for event in happened if isinstance(event, Resumed) and event.name in begun and event.name not in self.open]
        rest = [event for event in happened if event not in late]
        place = next(
            (n for n, event in enumerate(rest) if isinstance(event, Declined | Withdrawn | Decided | Delivered)), len(rest)
        )
        for event in (*rest[:place], *late, *rest[place:]):
            self.read(event)

    def read(self, event: Event) -> None:
        if self.received is None and not isinstance(event, Received):
            self.refuse(Fault.NOT_RECEIVED, event, "还没有收件：先记收到申请的日期")
        elif self.ended is not None and not isinstance(event, Delivered):
            self.refuse(Fault.ENDED, event, f"已在 {self.ended.day} {_ENDS[type(self.ended)]}，此后不能再有这一步")
        else:
            match event:
                case Received():
                    self.receive(event)
                case CorrectionAsked():
                    self.ask(event)
                case CorrectionMet():
                    self.meet(event)
                case Accepted():
                    self.accept(event)
                case Declined():
                    self.decline(event)
                case Withdrawn():
                    self.ended = event
                case Suspended():
                    self.suspend(event)
                case Resumed():
                    self.resume(event)
                case Extended():
                    self.extend(event)
                case Decided():
                    self.decide(event)
                case Delivered():
                    self.deliver(event)

    # -- up to acceptance ------------------------------------------------------------------------------------------------------------

    def window(self) -> PlanDate | None:
        """The last day to say what is missing, or, once that was supplied, to accept."""
        if self.received is None or self.law.correction is None:
            return None
        return correction_by(self.calendar, self.met or self.received, self.law.correction)

    def silent(self, on: date) -> bool:
        """Whether the office had let the days for saying what is missing pass before `on`."""
        window = self.window()
        return self.asked is None and window is not None and on > window.date

    def start(self, on: date) -> tuple[date, Since] | None:
        """The day the limit counts from, as known on `on`."""
        if self.received is None:
            return None
        if self.law.starts == "receipt":
            if self.asked is None:
                return self.received, "receipt"
            return (self.met, "papers_complete") if self.met is not None else None
        if self.accepted is not None:
            window = self.window()
            late = window is not None and self.accepted > window.date and (self.asked is None or self.met is not None)
            if not late:
                return self.accepted, "accepted"
            return (self.received, "silence") if self.met is None else (self.met, "papers_complete")
        if self.met is not None:
            return self.met, "papers_complete"
        return (self.received, "silence") if self.silent(on) else None

    def receive(self, event: Received) -> None:
        if self.received is not None:
            self.refuse(Fault.REPEATED, event, f"已在 {self.received} 收件：重新申请另开一件")
        else:
            self.received = event.day

    def ask(self, event: CorrectionAsked) -> None:
        window = self.window()
        if self.accepted is not None:
            self.refuse(Fault.ALREADY_ACCEPTED, event, f"已在 {self.accepted} 受理，不能再要求补正（行政许可法第三十二条）")
        elif self.asked is not None:
            self.refuse(Fault.ASKED_TWICE, event, f"已在 {self.asked} 告知补正，要一次告知全部内容（行政许可法第三十二条）")
        elif self.silent(event.day) and window is not None:
            text = f"告知补正的期限到 {window.date} 为止，逾期不告知，自收到申请之日（{self.received}）起即为受理（行政许可法第三十二条）"
            self.refuse(Fault.ASKED_LATE, event, text)
        else:
            self.asked = event.day

    def meet(self, event: CorrectionMet) -> None:
        if self.asked is None:
            self.refuse(Fault.NOTHING_ASKED, event, "没有告知过补正（或者告知无效），不存在补正齐全：期限不因此重新起算")
        elif self.met is not None:
            self.refuse(Fault.REPEATED, event, f"材料已在 {self.met} 补齐")
        elif self.accepted is not None:
            self.refuse(Fault.ALREADY_ACCEPTED, event, f"已在 {self.accepted} 受理，期限从受理起算，不因补齐材料重新起算")
        else:
            self.met = event.day

    def accept(self, event: Accepted) -> None:
        if self.accepted is not None:
            self.refuse(Fault.REPEATED, event, f"已在 {self.accepted} 受理")
            return
        self.accepted = event.day
        start = self.start(event.day)
        if self.law.starts == "acceptance" and start is not None and start[1] != "accepted":
            text = f"受理晚了：{'材料齐全' if start[1] == 'papers_complete' else '收到申请'}之日（{start[0]}）起即为受理，期限从那天起算"
            self.refuse(Fault.ACCEPTED_LATE, event, text)

    def decline(self, event: Declined) -> None:
        if self.accepted is not None or self.met is not None or self.silent(event.day):
            since = self.accepted or self.met or self.received
            self.refuse(Fault.ALREADY_ACCEPTED, event, f"{since} 起已经受理（或视为受理），不能再不予受理：只能作出决定")
        else:
            self.ended = event

    # -- while it runs ---------------------------------------------------------------------------------------------------------------

    def cap(self, name: str) -> Span | None:
        return next((procedure.cap for procedure in self.law.procedures if procedure.name == name), None)

    def running(self, event: Event) -> date | None:
        """The day the limit counts from, if it runs when the event happens."""
        start = self.start(event.day)
        if start is None:
            self.refuse(Fault.NOT_RUNNING, event, "期限还没有起算：要先受理，补正的要等材料齐全")
            return None
        return start[0]

    def all_pieces(self) -> list[Piece]:
        end = self.ended.day.toordinal() if isinstance(self.ended, Decided) else None
        going = [Piece(one.name, one.day.toordinal(), end, one.reason) for one in self.open.values()]
        return sorted([*self.pieces, *going], key=lambda piece: (piece.since, piece.name))

    def total(self) -> Span:
        return type(self.law.limit)(self.law.limit.n + sum(one.by.n for one in self.extensions))

    def end(self, clock: Clock, start: date) -> int | None:
        return due_ordinal(clock, start.toordinal(), self.total(), stopped_runs(clock, self.all_pieces(), self.cap))

    def suspend(self, event: Suspended) -> None:
        known = any(procedure.name == event.name for procedure in self.law.procedures)
        if self.running(event) is None:
            return
        if self.law.nature == "minimum_wait":
            self.refuse(Fault.MINIMUM_WAIT, event, "最短间隔照日子走，不因任何程序停下")
        elif event.name in self.open:
            self.refuse(Fault.ALREADY_STOPPED, event, f"“{event.name}”从 {self.open[event.name].day} 起还没有结束：先记它结束")
        elif not known and not event.reason:
            names = "、".join(procedure.name for procedure in self.law.procedures) or "无"
            text = f"“{event.name}”不是法律规定不计入期限的程序（有：{names}）：要停，须写明依据"
            self.refuse(Fault.UNKNOWN_PROCEDURE, event, text)
        else:
            self.open[event.name] = event

    def resume(self, event: Resumed) -> None:
        begun = self.open.pop(event.name, None)
        if begun is None:
            self.refuse(Fault.NOT_STOPPED, event, f"“{event.name}”没有开始过，或者已经结束")
        else:
            self.pieces.append(Piece(event.name, begun.day.toordinal(), event.day.toordinal(), begun.reason))

    def extend(self, event: Extended) -> None:
        law = self.law
        start = self.running(event)
        if start is None:
            return
        due = self.end(self.calendar.expected, start)
        if law.nature == "minimum_wait":
            self.refuse(Fault.MINIMUM_WAIT, event, "最短间隔不是办理期限，谈不上延长")
        elif law.extension is None or not law.times:
            self.refuse(Fault.NO_EXTENSION, event, "法律没有规定这一期限可以延长：到期就要办结")
        elif len(self.extensions) >= law.times:
            self.refuse(Fault.EXTENSIONS_USED_UP, event, f"只能延长 {law.times} 次，已经用完")
        elif type(event.by) is not type(law.extension) or event.by.n > law.extension.n:
            self.refuse(Fault.EXTENSION_TOO_LONG, event, f"每次最多延长 {law.extension}，不能延长 {event.by}")
        elif due is not None and event.day.toordinal() > due:
            self.refuse(Fault.EXTENSION_LATE, event, f"期限已在 {date.fromordinal(due)} 届满：延长要在届满以前决定")
        else:
            self.extensions.append(event)

    # -- the end ---------------------------------------------------------------------------------------------------------------------

    def decide(self, event: Decided) -> None:
        start = self.running(event)
        if start is None:
            return
        self.ended = event
        due = self.end(self.calendar.expected, start)
        if self.law.nature == "minimum_wait" and due is not None and event.day.toordinal() < due:
            self.refuse(Fault.TOO_EARLY, event, f"至少要隔 {self.law.limit}，最早 {date.fromordinal(due)}")

    def deliver(self, event: Delivered) -> None:
        if not isinstance(self.ended, Decided):
            self.refuse(Fault.NOT_DECIDED, event, "还没有决定，谈不上送达")
        elif self.delivered is not None:
            self.refuse(Fault.REPEATED, event, f"已在 {self.delivered} 送达")
        else:
            self.delivered = event.day

    def state(self, asked_on: date | None) -> ClockState:
        law, table = self.law, self.calendar.expected
        decided = self.ended.day if isinstance(self.ended, Decided) else None
        on = self.ended.day if self.ended is not None else asked_on
        start = self.start(on) if on is not None else None
        total = self.total()
        due, used, overdue = None, 0, 0
        if start is not None and on is not None:
            due = self.due(start[0])
            used = used_days(table, start[0].toordinal(), on.toordinal(), total, stopped_runs(table, self.all_pieces(), self.cap))
            if due is not None and law.nature == "handling" and not isinstance(self.ended, Declined | Withdrawn):
                overdue = max(table.working_days_between(due.date, on), 0)
        deliver = deliver_by(self.calendar, decided, law.delivery) if decided is not None and law.delivery is not None else None
        handed = self.delivered or asked_on
        late = max(table.working_days_between(deliver.date, handed), 0) if deliver is not None and handed is not None else 0
        return ClockState(
            self.stage(start is not None),
            start[0] if start is not None else None,
            start[1] if start is not None else None,
            correction_by(self.calendar, self.received, law.correction) if self.received and law.correction is not None else None,
            due,
            total,
            type(total)(used),
            type(total)(total.n - used),
            self.stops(on),
            tuple(self.extensions),
            max(law.times - len(self.extensions), 0) if law.extension is not None and law.nature == "handling" else 0,
            overdue,
            deliver,
            late,
            tuple(self.problems),
        )

    def stage(self, counts: bool) -> Stage:
        match self.ended:
            case Declined():
                return "declined"
            case Withdrawn():
                return "withdrawn"
            case Decided():
                return "decided" if self.delivered is None else "delivered"
        if self.received is None:
            return "not_received"
        if counts:
            return "stopped" if self.open else "running"
        return "correcting" if self.asked is not None else "received"

    def due(self, start: date) -> PlanDate | None:
        calendar = self.calendar
        day = self.end(calendar.expected, start)
        if day is None:
            return None
        skipped = self.skipped(start.toordinal(), day)
        if calendar.firm_from <= start and day <= calendar.firm_until.toordinal():
            return plan_date(day, skipped=skipped)
        return plan_date(day, self.end(calendar.earliest, start), self.end(calendar.latest, start), skipped)

    def skipped(self, start: int, due: int) -> tuple[SkippedDays, ...]:
        """The days off the limit passed over by itself: those within a stop are the stop's."""
        table, total = self.calendar.expected, self.total()
        runs = stopped_runs(table, self.all_pieces(), self.cap)
        day = start if total.n else start - 1
        if isinstance(total, CalendarDays):
            # Days off are counted, but for those at the end.
            first, day = day + 1, due - 1
            while day >= first and table.next_ordinal(day) > day and used_days(table, start, day, total, runs) == total.n:
                day -= 1
        result: tuple[SkippedDays, ...] = ()
        for since, end in runs:
            result += table.skipped_ordinals(day, min(since, due))
            day = max(day, due if end is None else min(end, due))
        return result + table.skipped_ordinals(day, due)

    def stops(self, on: date | None) -> tuple[Stop, ...]:
        table, used, result = self.calendar.expected, dict[str, int](), list[Stop]()
        for piece in self.all_pieces():
            cap = self.cap(piece.name)
            unit = type(cap if cap is not None else self.law.limit)
            last = piece.end if piece.end is not None else on.toordinal() if on is not None else piece.since
            taken = count_days(table, unit, piece.since, last)
            before = used.get(piece.name, 0)
            used[piece.name] = before + taken
            over = max(before + taken - max(cap.n, before), 0) if cap is not None else 0
            until = date.fromordinal(piece.end) if piece.end is not None else None
            result.append(Stop(piece.name, date.fromordinal(piece.since), until, unit(taken), unit(over), piece.reason))
        return tuple(result)


_ENDS = {Declined: "不予受理", Withdrawn: "撤回", Decided: "办结"}
