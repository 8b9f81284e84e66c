"""Which easier routes there are for one approval: those the applicant may choose, those the law prescribes, those that are closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from planner.calendar import Span
from planner.conditions import Truth
from planner.inference.conclude import Conclusions
from planner.plan import RouteTaken, Status
from planner.routes import Burden
from planner.rulebook.compile import ApprovalInForce, GeneralRouteInForce, InForce, InForceRule
from planner.rulebook.models import Exclusion, LaterPaper, Route
from planner.rulebook.rulebook import BAD_CREDIT

ROUTES: Mapping[str, RouteTaken] = {
    "告知承诺": RouteTaken.COMMITMENT,
    "容缺受理": RouteTaken.DEFICIENCY,
    "预审": RouteTaken.PRE_REVIEW,
    "分阶段办理": RouteTaken.STAGED,
}
_BURDENS: Mapping[RouteTaken, Burden] = {
    RouteTaken.COMMITMENT: Burden.BINDING,
    RouteTaken.DEFICIENCY: Burden.BINDING,
    RouteTaken.PRE_REVIEW: Burden.FREE,
    RouteTaken.STAGED: Burden.FREE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """An easier route for an approval. `status`: open, or perhaps open (then never taken).

    `paper`: the one that may follow. `replaces`: the papers of this project that a promise stands in for. `ahead_of`: the approvals it is
    examined ahead of, or whose result only a later stage of the works needs. `general`: the general rules it stands under. `doubts`: the
    formulas not settled that may shut it; `credit_asked`: whether it turns on the applicant's standing, which is not known.
    """

    key: str
    route: RouteTaken
    name: str
    optional: bool
    status: Status
    rule: InForceRule[Route] | InForceRule[LaterPaper]
    general: tuple[GeneralRouteInForce, ...]
    doubts: tuple[str, ...]
    credit_asked: bool
    stated: Route | None = None
    paper: str = ""
    replaces: tuple[str, ...] = ()
    ahead_of: tuple[str, ...] = ()

    @property
    def burden(self) -> Burden:
        return _BURDENS[self.route]

    @property
    def open(self) -> bool:
        return self.status is Status.REQUIRED

    @property
    def verify_within(self) -> Span | None:
        """How long after the decision a promise is checked: its own time, else the general one."""
        if self.route is not RouteTaken.COMMITMENT or self.stated is None:
            return None
        offered = [self.stated.verify_within, *(general.rule.item.verify_within for general in reversed(self.general))]
        return next((span for span in offered if span is not None), None)


@dataclass(frozen=True, slots=True, eq=False)
class ShutWay:
    """A route that is closed: because its condition failed (`rule`), or what shuts it out holds (`exclusions`, or bad credit)."""

    route: RouteTaken
    name: str
    rule: InForceRule[Route] | InForceRule[LaterPaper]
    exclusions: tuple[InForceRule[Exclusion], ...] = ()
    bad_credit: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """The routes of an approval."""

    known: tuple[Way, ...] = ()
    shut: tuple[ShutWay, ...] = ()

    def taken(self, keys: frozenset[str]) -> tuple[Way, ...]:
        """The open ways that shape the item: those the law prescribes, and those chosen. A paper that a promise stands in for does not
        have to follow as well.
        """
        taken = [way for way in self.known if way.open and (not way.optional or way.key in keys)]
        promised = {name for way in taken for name in way.replaces}
        return tuple([way for way in taken if way.paper not in promised])

    @property
    def choices(self) -> Iterator[Way]:
        """The open ways that are the applicant's to choose."""
        return (way for way in self.known if way.open and way.optional)


NO_WAYS = Ways()


def exclusions_for(approval: ApprovalInForce, law: InForce) -> tuple[InForceRule[Exclusion], ...]:
    """Everything that may shut a route of this approval out."""
    used = {rule.item.way for rule in approval.routes} | ({"容缺受理"} if approval.later else set())
    return tuple(
        [
            exclusion
            for general in law.routes
            if general.rule.item.way in used
            for exclusion in general.exclusions
            if _concerns(exclusion, approval)
        ]
    )


def ways_of(
    approval: ApprovalInForce, law: InForce, conclusions: Conclusions, papers: Collection[str], waited_for: Collection[str]
) -> Ways:
    """The routes of an approval for a project: those that change something for it.

    `papers`: those the project has to bring; `waited_for`: the approvals it has to wait for. A paper may follow only where the applicant is
    known to be in good standing; where several rules let it, the surest goes first, then the one of the nearest layer.
    """
    if not approval.routes and not approval.later:
        return NO_WAYS
    truths = conclusions.formulas
    known: list[Way] = []
    shut: list[ShutWay] = []

    def offer(
        key: str, word: str, name: str, optional: bool, rule: InForceRule[Route] | InForceRule[LaterPaper], standing: Truth
    ) -> Way | None:
        route = ROUTES[word]
        general = tuple([one for one in law.routes if one.rule.item.way == word])
        concerned = [e for one in general for e in one.exclusions if _concerns(e, approval)] if optional else []
        holding = tuple([e for e in concerned if truths[e.formula] is Truth.TRUE])
        if truths[rule.formula] is Truth.FALSE or holding or standing is Truth.FALSE:
            shut.append(ShutWay(route, name, rule, holding, standing is Truth.FALSE and not holding))
            return None
        doubts = tuple([e.formula for e in concerned if truths[e.formula] is Truth.UNKNOWN])
        certain = truths[rule.formula] is Truth.TRUE and standing is Truth.TRUE and not doubts
        status = Status.REQUIRED if certain else Status.DEPENDS
        return Way(key, route, name, optional, status, rule, general, doubts, standing is Truth.UNKNOWN)

    counted: dict[str, int] = {}
    for rule in approval.routes:
        stated = rule.item
        code = ROUTES[stated.way].value
        counted[code] = number = counted.get(code, 0) + 1
        replaces = tuple([name for name in stated.replaces if name in papers])
        ahead_of = tuple([one for one in (*stated.ahead_of, *stated.moved) if one in waited_for])
        named = (*stated.replaces, *stated.ahead_of, *stated.moved)
        if named and not replaces and not ahead_of and stated.term is None:
            continue
        key = f"{approval.model.code}/{code}" + (f"/{number}" if number > 1 else "")
        way = offer(key, stated.way, stated.name or stated.way, stated.choice == "自愿", rule, Truth.TRUE)
        if way is not None:
            known.append(replace(way, stated=stated, replaces=replaces, ahead_of=ahead_of))
    bad = conclusions.values.get(BAD_CREDIT)
    trusted = Truth.TRUE if bad is False else Truth.FALSE if bad is True else Truth.UNKNOWN
    promised = {name for way in known if way.open and not way.optional for name in way.replaces}
    for paper in dict.fromkeys(later.item.material for later in approval.later):
        if paper not in papers or paper in promised:
            continue
        closed = len(shut)
        key = f"{approval.model.code}/{RouteTaken.DEFICIENCY.value}/{paper}"
        rules = [later for later in reversed(approval.later) if later.item.material == paper]
        offers = [offer(key, "容缺受理", f"容缺受理：{paper}", True, later, trusted) for later in rules]
        ways = sorted([way for way in offers if way is not None], key=lambda way: not way.open)
        if ways:
            known.append(replace(ways[0], paper=paper))
        # One closed rule is no news where another opens the same.
        del shut[closed + (0 if ways else 1) :]
    return Ways(tuple(known), tuple(shut))


def _concerns(exclusion: InForceRule[Exclusion], approval: ApprovalInForce) -> bool:
    return not exclusion.item.approvals or approval.model.code in exclusion.item.approvals
