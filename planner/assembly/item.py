"""One item of the plan: what was settled about an approval, why, and its dates."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from planner.assembly.parts import channel_part, excluded_part, promised_part, route_part, statutory_part, validity_part
from planner.assembly.settle import Settled, handling_of, not_false, status_of
from planner.calendar import PlanDate as Day
from planner.calendar import SkippedDays as Skipped
from planner.calendar import WorkCalendar
from planner.inference.conclude import Conclusions
from planner.plan import Certainty, Item, ItemDates, PlanDate, SkippedDays, Status, ValidityNote
from planner.reasons import Explainer, Grounds, legal_basis
from planner.rulebook.compile import InForceRule, Stated
from planner.rulebook.models import Department, Handling, Validity
from planner.schedule import ItemDates as Dates
from planner.schedule import Schedule, TargetItem
from planner.schedule import Target as Backward


def plan_date(day: Day) -> PlanDate:
    """A calendar date as plans show it."""
    return _plan_date(day.date, day.certainty, day.earliest, day.latest, day.skipped)


@lru_cache(maxsize=65_536)
def _plan_date(day: date, certainty: str, earliest: date, latest: date, skipped: tuple[Skipped, ...]) -> PlanDate:
    return PlanDate.model_construct(
        date=day,
        certainty=Certainty.FIRM if certainty == "FIRM" else Certainty.PROVISIONAL,
        earliest=earliest,
        latest=latest,
        skipped=tuple(SkippedDays.model_construct(first=s.first, last=s.last, name=s.name) for s in skipped),
    )


def _lawful_end(chosen: Settled, dates: Dates, calendar: WorkCalendar) -> Day:
    """The last day the law gives for an application accepted when this plan has it accepted; never before what it must wait for."""
    if chosen.promise is None or chosen.limit is None:
        return dates.decide
    end = calendar.deadline(dates.accept, *handling_of(chosen.limit, None))
    return max(end, dates.decide, key=lambda day: day.date)


def _validity(rule: InForceRule[Validity], conclusions: Conclusions, dates: Dates, calendar: WorkCalendar) -> ValidityNote:
    lasting = rule.item.lasting
    lapses = None if lasting is None else plan_date(calendar.lapse(dates.decide, lasting))
    return validity_part(rule, status_of(conclusions.formulas[rule.formula]), lapses)


def build_item(
    chosen: Settled,
    explainer: Explainer,
    conclusions: Conclusions,
    promised: Schedule,
    backward: Backward | None,
    calendar: WorkCalendar,
) -> Item:
    """The item of the plan. What was settled and why make most of it and are remembered together; the dates are this plan's own."""
    approval, code = chosen.approval, chosen.approval.model.code
    dates = promised.items[code]
    in_target = backward.items.get(code) if backward else None
    grounds = explainer.grounds(approval)
    own = {
        "validity": tuple([_validity(v, conclusions, dates, calendar) for v in not_false(approval.validity, conclusions)]),
        "dates": _dates(chosen, dates, in_target, calendar),
        "slack": in_target.slack if in_target else dates.slack,
        "critical": dates.critical,
    }
    undated = explainer.memory.by(("item", chosen, grounds), lambda: _undated(chosen, grounds, explainer, conclusions))
    return undated.model_copy(update=own)


def _dates(chosen: Settled, dates: Dates, in_target: TargetItem | None, calendar: WorkCalendar) -> ItemDates:
    supplement = None
    if chosen.later:
        offers = [calendar.deadline(dates.accept, span) for span in chosen.later_within]
        supplement = min([*offers, dates.decide], key=lambda d: d.date)
    verify = calendar.deadline(dates.decide, chosen.verify_within) if chosen.verify_within is not None else None
    return ItemDates(
        submit_from=plan_date(dates.submit_from),
        accept=plan_date(dates.accept),
        decide_promised=plan_date(dates.decide),
        decide_statutory=plan_date(_lawful_end(chosen, dates, calendar)),
        supplement_by=plan_date(supplement) if supplement else None,
        verify_by=plan_date(verify) if verify else None,
        latest_submit=plan_date(in_target.latest_submit if in_target else dates.latest_accept),
        accept_after=dates.accept_after,
        decide_after=dates.decide_after,
    )


_NO_DAY = PlanDate(date=date.min, certainty=Certainty.FIRM, earliest=date.min, latest=date.min)
_NO_DATES = ItemDates(
    submit_from=_NO_DAY,
    accept=_NO_DAY,
    decide_promised=_NO_DAY,
    decide_statutory=_NO_DAY,
    supplement_by=None,
    verify_by=None,
    latest_submit=_NO_DAY,
    accept_after="",
    decide_after="",
)


def _undated(chosen: Settled, grounds: Grounds, explainer: Explainer, conclusions: Conclusions) -> Item:
    """The item before its dates, and what is counted from them, are put in."""
    approval, model, because = chosen.approval, chosen.approval.model, grounds.reasons
    limit = chosen.limit
    memory = explainer.memory
    routes = tuple(
        route_part(memory, r, status_of(conclusions.formulas[r.formula])) for r in not_false(approval.routes, conclusions)
    )
    bases = {b: None for reason in because for b in reason.basis}
    bases.update(dict.fromkeys(legal_basis(limit.basis) if limit else ()))
    bases.update({b: None for g in chosen.gates for b in g.basis})
    checked = [
        # The rules that apply and the table rows behind them: one unchecked link leaves the whole chain unchecked.
        *(reason.verified for reason in because if reason.file),
        *(g.verified for g in chosen.gates),
        *([limit.checked] if limit else []),
    ]
    department = chosen.department
    ways: list[Stated[Handling] | Stated[Department]] = [*approval.handling, *([department] if department else [])]
    return Item(
        code=model.code,
        name=model.name,
        kind=model.kind.value,
        stage=model.stage.value,
        function=chosen.function,
        department=department.item.bureau if department else chosen.function,
        department_verified=department is not None and department.checked,
        channel=memory.part(department or approval, "channel", model.code, make=lambda: channel_part(ways)),
        status=chosen.status,
        depends_on=grounds.depends_on if chosen.status is Status.DEPENDS else (),
        because=because,
        statutory=memory.part(limit, "limit", make=lambda: statutory_part(limit)) if limit else None,
        promised=promised_part(chosen.promise),
        excluded=memory.part(limit, "excluded", make=lambda: excluded_part(limit)) if limit else (),
        route=chosen.route,
        routes=routes,
        closed_routes=(),
        clock=(),
        preparation=chosen.steps,
        materials=chosen.materials,
        gates=chosen.gates,
        conditions=approval.conditions,
        basis=tuple(bases),
        result=model.result,
        validity=(),
        dates=_NO_DATES,
        slack=0,
        critical=False,
        verified=all(checked),
        note="；".join(text.rstrip("。； ") for text in (model.note, limit.item.note if limit else "") if text),
    )
