"""One item of the plan: what was settled about an approval, why, and its dates."""

from __future__ import annotations

from functools import lru_cache

from planner.assembly.parts import channel_part, excluded_part, promised_part, route_part, statutory_part, validity_part
from planner.assembly.settle import Settled, handling_of, not_false, status_of
from planner.calendar import PlanDate as Day
from planner.calendar import WorkCalendar
from planner.inference.conclude import Conclusions
from planner.inference.questions import open_facts
from planner.plan import Certainty, Item, ItemDates, PlanDate, SkippedDays, Status, ValidityNote
from planner.reasons import Explainer, legal_basis
from planner.rulebook.compile import InForceRule, Stated
from planner.rulebook.models import Department, Handling, Validity
from planner.schedule import ItemDates as Dates
from planner.schedule import Schedule
from planner.schedule import Target as Backward


@lru_cache(maxsize=65_536)
def plan_date(day: Day) -> PlanDate:
    """A calendar date as plans show it."""
    return PlanDate.model_construct(
        date=day.date,
        certainty=Certainty.FIRM if day.certainty == "FIRM" else Certainty.PROVISIONAL,
        earliest=day.earliest,
        latest=day.latest,
        skipped=tuple(SkippedDays.model_construct(first=s.first, last=s.last, name=s.name) for s in day.skipped),
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
    approval, model = chosen.approval, chosen.approval.model
    because = explainer.why_needed(approval)
    dates = promised.items[model.code]
    in_target = backward.items.get(model.code) if backward else None
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
    supplement = None
    if chosen.later:
        offers = [calendar.deadline(dates.accept, span) for span in chosen.later_within]
        supplement = min([*offers, dates.decide], key=lambda d: d.date)
    verify = calendar.deadline(dates.decide, chosen.verify_within) if chosen.verify_within is not None else None
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
        depends_on=open_facts(explainer.book, conclusions, approval.need) if chosen.status is Status.DEPENDS else (),
        because=because,
        statutory=memory.part(limit, "limit", make=lambda: statutory_part(limit)) if limit else None,
        promised=promised_part(chosen.promise),
        excluded=memory.part(limit, "excluded", make=lambda: excluded_part(limit)) if limit else (),
        route=chosen.route,
        routes=routes,
        preparation=chosen.steps,
        materials=chosen.materials,
        gates=chosen.gates,
        conditions=approval.conditions,
        basis=tuple(bases),
        result=model.result,
        validity=tuple(_validity(v, conclusions, dates, calendar) for v in not_false(approval.validity, conclusions)),
        dates=ItemDates(
            submit_from=plan_date(dates.submit_from),
            accept=plan_date(dates.accept),
            decide_promised=plan_date(dates.decide),
            decide_statutory=plan_date(_lawful_end(chosen, dates, calendar)),
            supplement_by=plan_date(supplement) if supplement else None,
            verify_by=plan_date(verify) if verify else None,
            latest_submit=plan_date(in_target.latest_submit if in_target else dates.latest_accept),
        ),
        slack=in_target.slack if in_target else dates.slack,
        critical=dates.critical,
        verified=all(checked),
        note="；".join(text.rstrip("。； ") for text in (model.note, limit.item.note if limit else "") if text),
    )
