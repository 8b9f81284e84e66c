"""Plans to render: the shipped examples, and one that shows what their rulebook does not (yet) give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from planner import Plan, Planner, load_project
from planner.plan import DayUnit, LegalBasis, Message, OpenRoute, PromisedLimit, RouteTaken, Status

DAY = date(2026, 9, 7)
PlanOf = Callable[..., Plan]


@pytest.fixture(scope="session")
def plan_of(anshan: Planner, root: Path) -> PlanOf:
    """`plan_of("hospital-600-beds", target=…)`: the plan of an example."""

    def plan(name: str, *, as_of: date = DAY, target: object = None) -> Plan:
        project, positions = load_project(root / "examples" / f"{name}.yaml")
        return anshan.plan(anshan.read(project, positions), as_of=as_of, target=target)  # type: ignore[arg-type]

    return plan


@pytest.fixture(scope="session")
def rich_plan(plan_of: PlanOf) -> Plan:
    """A plan with everything in it: blockers, a target, promised limits shorter than the statutory ones, papers that may follow."""
    plan = plan_of("sewage-works", target=("start_of_works", date(2026, 11, 2)))
    basis = LegalBasis(document="试验办法", number="试〔2026〕1号", article="第三条", verified=False)
    items = []
    for item in plan.items:
        dates = item.dates
        if item.statutory is not None and item.statutory.days > 5:
            promised = PromisedLimit(days=5, unit=DayUnit.WORKING_DAYS, verified=False, basis=(basis,))
            early = dates.decide_promised.model_copy(update={"date": dates.accept.date, "earliest": dates.accept.date})
            papers = tuple(
                p.model_copy(update={"later": True, "secondary": True, "by_promise": n == 0}) for n, p in enumerate(item.materials)
            )
            route = OpenRoute(
                key=f"{item.code}:告知承诺",
                route=RouteTaken.COMMITMENT,
                name="试点告知承诺",
                optional=True,
                taken=True,
                status=Status.DEPENDS,
                papers=(item.materials[0].name,) if item.materials else (),
                ahead_of=(),
                promises=("符合批准条件",),
                own_papers=("告知承诺书",),
                consequences=("未履行承诺的，撤销决定",),
                decided_within=None,
                days_gained=3,
                duty="办结后核查承诺",
                due=dates.decide_statutory,
                basis=(basis,),
                verified=False,
                note="试点",
            )
            changed = {
                "promised": promised,
                "route": RouteTaken.DEFICIENCY,
                "routes": (route,),
                "materials": papers,
                "dates": dates.model_copy(
                    update={"decide_promised": early, "supplement_by": dates.decide_statutory, "verify_by": dates.decide_statutory}
                ),
            }
            item = item.model_copy(update=changed)
        items.append(item)
    blockers = (
        Message(code="first", text="没有产能置换方案的不得备案", status=Status.REQUIRED, basis=(basis,)),
        Message(code="second", text="失信主体不得告知承诺", status=Status.DEPENDS, depends_on=("credit_bad",)),
    )
    return plan.model_copy(update={"items": tuple(items), "blockers": blockers})
