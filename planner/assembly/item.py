"""One item of the plan: what was settled about an approval, why, and its dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planner.assembly.clocks import GeneralClocks, clock_of
from planner.assembly.dates import first_of, last_of, plan_date
from planner.assembly.parts import channel_part, durations_part, excluded_part, promised_part, statutory_part, validity_part
from planner.assembly.routes import closed_routes, due_of, open_route
from planner.assembly.settle import Settled, not_false, status_of
from planner.calendar import PlanDate as Day
from planner.calendar import WorkCalendar
from planner.inference.conclude import Conclusions
from planner.plan import Certainty, Item, ItemDates, PlanDate, RouteTaken, Status, ValidityNote
from planner.reasons import Explainer, Grounds, legal_basis
from planner.rulebook.compile import InForceRule, Stated
from planner.rulebook.models import Department, Handling, Validity
from planner.schedule import ItemDates as Dates
from planner.schedule import Schedule, TargetItem
from planner.schedule import Target as Backward


def _lawful_end(chosen: Settled, dates: Dates, calendar: WorkCalendar) -> Day:
    """The last day the law gives for an application accepted when this plan has it accepted; never before what it must wait for."""
    if chosen.lawful == chosen.handling:
        return dates.decide
    return last_of(calendar.deadline(dates.accept, *chosen.lawful), dates.decide)


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
    gains: Mapping[str, int],
    general: GeneralClocks,
) -> Item:
    """The item of the plan. What was settled and why make most of it and are remembered together; the dates are this plan's own."""
    approval, code = chosen.approval, chosen.approval.model.code
    dates = promised.items[code]
    in_target = backward.items.get(code) if backward else None
    grounds = explainer.grounds(approval)
    statutory = _lawful_end(chosen, dates, calendar)
    routes = tuple([open_route(way, chosen, dates, calendar, gains, explainer.memory) for way in chosen.ways.known])
    own = {
        "routes": routes,
        "closed_routes": tuple([closed_routes(shut, explainer) for shut in chosen.ways.shut]),
        "clock": clock_of(chosen, dates, statutory, general, calendar, explainer.memory),
        "validity": tuple([_validity(v, conclusions, dates, calendar) for v in not_false(approval.validity, conclusions)]),
        "dates": _dates(chosen, dates, statutory, in_target, calendar),
        "slack": in_target.slack if in_target else dates.slack,
        "critical": dates.critical,
    }
    undated = explainer.memory.by(("item", chosen, grounds), lambda: _undated(chosen, grounds, explainer))
    return undated.model_copy(update=own)


def _dates(chosen: Settled, dates: Dates, statutory: Day, in_target: TargetItem | None, calendar: WorkCalendar) -> ItemDates:
    due = [(way.route, day) for way in chosen.taken if (day := due_of(way, dates, calendar)) is not None]
    supplements = [day for route, day in due if route is RouteTaken.DEFICIENCY]
    checks = [day for route, day in due if route is RouteTaken.COMMITMENT]
    return ItemDates(
        submit_from=plan_date(dates.submit_from),
        accept=plan_date(dates.accept),
        decide_promised=plan_date(dates.decide),
        decide_statutory=plan_date(statutory),
        supplement_by=plan_date(first_of(*supplements)) if supplements else None,
        verify_by=plan_date(first_of(*checks)) if checks else None,
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


def _undated(chosen: Settled, grounds: Grounds, explainer: Explainer) -> Item:
    """The item before its dates, and what is counted from them, are put in."""
    approval, model, because = chosen.approval, chosen.approval.model, grounds.reasons
    limit = chosen.limit
    memory = explainer.memory
    bases = {b: None for reason in because for b in reason.basis}
    bases.update(dict.fromkeys(legal_basis(limit.basis) if limit else ()))
    bases.update({b: None for g in chosen.gates for b in g.basis})
    bases.update({b: None for way in chosen.taken for b in legal_basis(way.rule.basis)})
    checked = [
        # The rules that apply and the table rows behind them: one unchecked link leaves the whole chain unchecked.
        *(reason.verified for reason in because if reason.file),
        *(g.verified for g in chosen.gates),
        *([limit.checked] if limit else []),
        *(way.rule.checked for way in chosen.taken),
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
        handling=durations_part(chosen.handling),
        handling_statutory=durations_part(chosen.lawful),
        route=chosen.route,
        routes=(),
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
