"""A department's view of a plan: its own approvals, and of the rest what is said of the project as a whole.

Of another department's approvals nothing is left but those that a gate of an own approval names.
"""

from __future__ import annotations

from collections.abc import Collection

from planner.assembly.whole import totals_of
from planner.plan import Item, Message, NotRecorded, NotRequired, Plan, Status

_MILESTONES = frozenset({"start_of_works", "completion", "use", "construction", ""})


def own_codes(plan: Plan, departments: Collection[str]) -> frozenset[str]:
    """Codes of the approvals of a plan that these departments handle."""
    return frozenset(item.code for item in plan.items if item.department in departments)


def reduced(plan: Plan, departments: Collection[str]) -> Plan:
    """What these departments see of a plan."""
    own = own_codes(plan, departments)
    items = tuple(_own(item, own) for item in plan.items if item.code in own)
    every: list[Item | NotRequired | NotRecorded] = [*plan.items, *plan.not_required, *plan.not_recorded]
    others = [one for one in every if one.code not in own]
    gates = [gate for item in items for gate in item.gates]
    hidden = {one.name for one in others} - {gate.name for gate in gates}
    hidden_codes = {one.code for one in others} - {gate.code for gate in gates}
    keys = {route.key for item in items for route in item.routes}
    taken = tuple(key for key in plan.choice.taken if key in keys)
    routes = [route for item in items for route in item.routes if route.taken and route.optional]
    joint = tuple(
        one.model_copy(update={"members": tuple(code for code in one.members if code in own)})
        for one in plan.joint
        if own.intersection(one.members)
    )
    totals = plan.totals
    return plan.model_copy(
        update={
            "items": items,
            "not_required": (),
            "not_recorded": (),
            "open_facts": tuple(
                one.model_copy(update={"items": kept}) for one in plan.open_facts if (kept := _among(one.items, own))
            ),
            "parameters_missing": tuple(
                one.model_copy(update={"items": kept}) for one in plan.parameters_missing if (kept := _among(one.items, own))
            ),
            "critical_path": tuple(step for step in plan.critical_path if step.partition(".")[0] in own | _MILESTONES),
            "choice": plan.choice.model_copy(
                update={
                    "taken": taken,
                    "ladder": (),
                    "promises": sum(route.route == "commitment" for route in routes),
                    "later_papers": sum(route.route == "deficiency" for route in routes),
                }
            ),
            "target": plan.target
            and plan.target.model_copy(
                update={"conflict": tuple(term for term in plan.target.conflict if term.code in own | _MILESTONES)}
            ),
            "joint": joint,
            "relief": tuple(
                one.model_copy(update={"removes": _among(one.removes, own), "changes": _among(one.changes, own)})
                for one in plan.relief
                if own.intersection((*one.removes, *one.changes))
            ),
            "totals": totals_of(
                items, joint, totals.working_days_promised, totals.working_days_statutory, totals.working_days_serial
            ),
            "assumed_zero": tuple(one for one in plan.assumed_zero if one.item in own | {""}),
            "blockers": _unnamed(plan.blockers, hidden, hidden_codes),
            "warnings": (_PART, *_unnamed(plan.warnings, hidden, hidden_codes)),
        }
    )


_PART = Message(
    code="own_approvals_only",
    text="这里只有本部门办理的事项；其他部门的事项、不需要办理的事项和选路的比较没有列出，工作日数和节点日期仍是整个项目的",
    status=Status.REQUIRED,
)
"""Said in every reduced plan: who reads it must not take it for the whole."""


def _own(item: Item, own: frozenset[str]) -> Item:
    """An own approval, without the codes of others that no gate of it names."""
    known = own | {gate.code for gate in item.gates}
    return item.model_copy(
        update={
            "dates": item.dates.model_copy(
                update={
                    "accept_after": item.dates.accept_after if item.dates.accept_after in known | _MILESTONES else "",
                    "decide_after": item.dates.decide_after if item.dates.decide_after in known | _MILESTONES else "",
                }
            ),
            "materials": tuple(
                paper if paper.comes_from is None or paper.comes_from in known else paper.model_copy(update={"comes_from": None})
                for paper in item.materials
            ),
            "routes": tuple(
                route.model_copy(update={"ahead_of": tuple(code for code in route.ahead_of if code in known)})
                for route in item.routes
            ),
        }
    )


def _among(codes: Collection[str], own: frozenset[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in own)


def _unnamed(messages: tuple[Message, ...], names: Collection[str], codes: Collection[str]) -> tuple[Message, ...]:
    """Messages about the project, or about approvals that are shown."""
    return tuple(one for one in messages if one.code not in codes and not any(name in one.text for name in names))
