"""那么: who handles an approval, in how many days, under which article, with which papers, by which route."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import then

from planner.features.scene import MILESTONES, Scene, cites, show_citations
from planner.features.steps.wording import day, pattern, rows, show_days, span
from planner.plan import ExcludedTime, MaterialNeeded, RouteTaken, Status

_ROUTES = {
    "告知承诺": RouteTaken.COMMITMENT,
    "容缺受理": RouteTaken.DEFICIENCY,
    "预审": RouteTaken.PRE_REVIEW,
    "分阶段办理": RouteTaken.STAGED,
    "一般程序": RouteTaken.STANDARD,
}
_APPLICANT = "申请人"
_STARTS = {"受理": "acceptance", "收到申请": "receipt"}


@then(pattern("〈approval〉由〈department〉办理"))
def handled_by(scene: Scene, approval: str, department: str) -> None:
    found = scene.item(approval).department
    assert department in found, f"“{approval}”的办理部门：期望“{department}”，实际是“{found}”"


@then(pattern("〈approval〉属于〈stage〉阶段"))
def in_stage(scene: Scene, approval: str, stage: str) -> None:
    found = scene.item(approval).stage
    assert found == stage, f"“{approval}”的阶段：期望“{stage}”，实际是“{found}”"


@then(pattern("〈approval〉办结后取得〈result〉"))
def gives(scene: Scene, approval: str, result: str) -> None:
    found = scene.item(approval).result
    assert result in found, f"“{approval}”的结果：期望“{result}”，实际是“{found}”"


@then(pattern("由专班〈team〉负责"))
def team_is(scene: Scene, team: str) -> None:
    found = scene.plan.team
    assert found is not None, f"没有专班负责这个项目，期望“{team}”"
    assert team in found.name, f"负责的专班：期望“{team}”，实际是“{found.name}”（{'、'.join(found.offices)}）"


@then(pattern("没有专班负责"))
def no_team(scene: Scene) -> None:
    found = scene.plan.team
    assert found is None, f"有专班负责：{found and found.name}"


# -- 怎样申报 ----------------------------------------------------------------------------------------------------------


@then(pattern("〈approval〉(?P<online>可以|不能|不知道能不能)网上申报"))
def applied_online(scene: Scene, approval: str, online: str) -> None:
    _expect_channel(approval, "网上申报", online, scene.item(approval).channel.online)


@then(pattern("〈approval〉的结果(?P<post>可以|不能|不知道能不能)邮寄"))
def result_by_post(scene: Scene, approval: str, post: str) -> None:
    _expect_channel(approval, "邮寄结果", post, scene.item(approval).channel.post)


def _expect_channel(approval: str, what: str, expected: str, found: bool | None) -> None:
    shown = {True: "可以", False: "不能", None: "不知道能不能"}[found]
    assert shown == expected, f"“{approval}”：期望{expected}{what}，实际{shown}"


@then(pattern("〈approval〉在〈counter〉办理"))
def at_counter(scene: Scene, approval: str, counter: str) -> None:
    found = scene.item(approval).channel.counter
    assert counter in (found or ""), f"“{approval}”的窗口：期望“{counter}”，实际是{found or '不知道'}"


@then(pattern("〈approval〉到场 (?P<visits>\\d+) 次"))
def item_visits(scene: Scene, approval: str, visits: str) -> None:
    found = scene.item(approval).channel.visits
    assert found == int(visits), f"“{approval}”的到场次数：期望 {visits}，实际{'不知道' if found is None else f'是 {found}'}"


@then(pattern("〈approval〉到场次数未知"))
def item_visits_unknown(scene: Scene, approval: str) -> None:
    found = scene.item(approval).channel.visits
    assert found is None, f"“{approval}”的到场次数是 {found}"


@then(pattern("到场 (?P<visits>\\d+) 次"))
def visits(scene: Scene, visits: str) -> None:
    totals = scene.plan.totals
    assert not totals.visits_unknown, f"还有 {totals.visits_unknown} 项不知道要不要到场：{_unknown_visits(scene)}"
    assert totals.visits == int(visits), f"到场次数：期望 {visits}，实际是 {totals.visits}"


@then(pattern("到场次数未知"))
def visits_unknown(scene: Scene) -> None:
    totals = scene.plan.totals
    assert totals.visits_unknown, f"各项都知道要不要到场，共 {totals.visits} 次"


def _unknown_visits(scene: Scene) -> str:
    return scene.approval_names(item.code for item in scene.plan.items if item.channel.visits is None)


# -- 时限 ------------------------------------------------------------------------------------------------------------


@then(pattern("〈approval〉的法定时限为 ｛limit｝"))
def statutory_is(scene: Scene, approval: str, limit: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限，期望 {limit}"
    shown = show_days(found.days, found.unit)
    assert found.nature == "handling", f"“{approval}”的 {shown} 是最短间隔，不是办理时限：写成“的最短间隔为 {shown}”"
    assert str(span(limit)) == shown, f"“{approval}”的法定时限：期望 {span(limit)}，实际是 {shown}（{show_citations(found.basis)}）"


@then(pattern("〈approval〉的最短间隔为 ｛limit｝"))
def minimum_wait_is(scene: Scene, approval: str, limit: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限，期望最短间隔 {limit}"
    shown = show_days(found.days, found.unit)
    assert found.nature == "minimum_wait", f"“{approval}”的 {shown} 是办理时限，不是最短间隔（{show_citations(found.basis)}）"
    assert str(span(limit)) == shown, f"“{approval}”的最短间隔：期望 {span(limit)}，实际是 {shown}（{show_citations(found.basis)}）"


@then(pattern("〈approval〉的法定时限最多延长 (?P<times>\\d+) 次"))
def extension_times(scene: Scene, approval: str, times: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限"
    assert found.extension_times == int(times), f"“{approval}”最多延长：期望 {times} 次，实际 {found.extension_times} 次"


@then(pattern("〈approval〉的时限不能延长"))
def no_extension(scene: Scene, approval: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限"
    shown = show_days(found.extension_days, found.extension_unit)
    assert found.extension_days is None, f"“{approval}”可延长 {shown}（{show_citations(found.basis)}）"


@then(pattern("〈approval〉的法定时限可延长 ｛limit｝"))
def extension_is(scene: Scene, approval: str, limit: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限"
    shown = show_days(found.extension_days, found.extension_unit)
    assert str(span(limit)) == shown, f"“{approval}”可延长：期望 {span(limit)}，实际{shown}（{show_citations(found.basis)}）"


@then(pattern("〈approval〉的(?P<nature>法定时限|最短间隔)从(?P<moment>受理|收到申请)起算"))
def starts_from(scene: Scene, approval: str, nature: str, moment: str) -> None:
    found = scene.item(approval).statutory
    assert found is not None, f"“{approval}”没有法定时限"
    wait = found.nature == "minimum_wait"
    assert wait == (nature == "最短间隔"), f"“{approval}”没有{nature}，有的是{'最短间隔' if wait else '办理时限'}"
    assert found.starts == _STARTS[moment], f"“{approval}”的{nature}不是从{moment}起算（{show_citations(found.basis)}）"


@then(pattern("〈approval〉没有法定时限"))
def no_statutory(scene: Scene, approval: str) -> None:
    found = scene.item(approval).statutory
    assert found is None, f"“{approval}”有法定时限：{found and show_days(found.days, found.unit)}"


@then(pattern("〈approval〉的承诺时限为 ｛limit｝"))
def promised_is(scene: Scene, approval: str, limit: str) -> None:
    found = scene.item(approval).promised
    assert found is not None, f"“{approval}”没有承诺时限，期望 {limit}"
    shown = show_days(found.days, found.unit)
    assert str(span(limit)) == shown, f"“{approval}”的承诺时限：期望 {span(limit)}，实际是 {shown}（{show_citations(found.basis)}）"


@then(pattern("〈approval〉没有承诺时限"))
def no_promise(scene: Scene, approval: str) -> None:
    found = scene.item(approval).promised
    assert found is None, f"“{approval}”有承诺时限：{found and show_days(found.days, found.unit)}"


@then(pattern("〈approval〉的〈procedure〉不计入时限"))
def excludes(scene: Scene, approval: str, procedure: str) -> None:
    _excluded(scene, approval, procedure)


@then(pattern("〈approval〉的〈procedure〉不计入时限，最长 ｛limit｝"))
def excludes_at_most(scene: Scene, approval: str, procedure: str, limit: str) -> None:
    one = _excluded(scene, approval, procedure)
    shown = show_days(one.days, one.unit)
    assert str(span(limit)) == shown, f"“{approval}”的“{procedure}”：期望最长 {span(limit)}，实际{shown}"


def _excluded(scene: Scene, approval: str, procedure: str) -> ExcludedTime:
    found = scene.item(approval).excluded
    for one in sorted(found, key=lambda one: one.procedure != procedure):  # the very name goes before one that holds it
        if procedure in one.procedure:
            return one
    names = "、".join(e.procedure for e in found) or "（无）"
    raise AssertionError(f"“{approval}”不计入时限的程序里没有“{procedure}”，有：{names}")


@then(pattern("〈approval〉的有效期提到〈text〉"))
def validity_mentions(scene: Scene, approval: str, text: str) -> None:
    found = [v.term for v in scene.item(approval).validity]
    assert any(text in term for term in found), f"“{approval}”的有效期没有提到“{text}”，有：{'；'.join(found) or '（无）'}"


@then(pattern("〈approval〉的结果到 〔when〕 失效"))
def lapses_on(scene: Scene, approval: str, when: str) -> None:
    item = scene.item(approval)
    found = [v.lapses.date for v in item.validity if v.lapses is not None]
    shown = "、".join(one.isoformat() for one in found) or "（没有写时长）"
    assert day(when) in found, f"“{approval}”的结果：期望到 {when} 失效，实际是 {shown}（{item.dates.decide_promised.date} 办结）"


@then(pattern("〈approval〉的结果没有到期日"))
def never_lapses(scene: Scene, approval: str) -> None:
    found = [v.lapses.date.isoformat() for v in scene.item(approval).validity if v.lapses is not None]
    assert not found, f"“{approval}”的结果到 {'、'.join(found)} 失效"


@then(pattern("〈approval〉的结果失效前要(?P<milestone>开工|竣工验收|投入使用)"))
def to_be_reached(scene: Scene, approval: str, milestone: str) -> None:
    found = [v.reach for v in scene.item(approval).validity]
    assert MILESTONES[milestone] in found, f"“{approval}”的有效期没有写要{milestone}"


# -- 依据 ------------------------------------------------------------------------------------------------------------


@then(pattern("〈approval〉的依据包括〈document〉"))
@then(pattern("〈approval〉的依据包括〈document〉〈article〉"))
def based_on(scene: Scene, approval: str, document: str, article: str = "") -> None:
    basis = scene.item(approval).basis
    assert cites(basis, document, article), f"“{approval}”的依据里没有《{document}》{article}，有：{show_citations(basis)}"


@then(pattern("〈approval〉的依据不包括〈document〉"))
def not_based_on(scene: Scene, approval: str, document: str) -> None:
    basis = scene.item(approval).basis
    assert not cites(basis, document), f"“{approval}”的依据里有《{document}》：{show_citations(basis)}"


@then(pattern("〈approval〉(?P<checked>已核|待核)"))
def checked_is(scene: Scene, approval: str, checked: str) -> None:
    found = "已核" if scene.item(approval).verified else "待核"
    assert found == checked, f"“{approval}”：期望{checked}，实际{found}"


# -- 材料和办法 --------------------------------------------------------------------------------------------------------


@then(pattern("〈approval〉的材料包括〈paper〉"))
def needs_paper(scene: Scene, approval: str, paper: str) -> None:
    _paper(scene, approval, paper)


@then(pattern("〈approval〉的材料不包括〈paper〉"))
def needs_no_paper(scene: Scene, approval: str, paper: str) -> None:
    found = [m.name for m in scene.item(approval).materials if paper in m.name]
    assert not found, f"“{approval}”的材料里有“{'、'.join(found)}”"


@then(pattern("〈approval〉的材料〈paper〉来自〈source〉"))
def paper_comes_from(scene: Scene, approval: str, paper: str, source: str) -> None:
    found = _paper(scene, approval, paper).comes_from
    assert found == scene.code(source), f"“{approval}”的材料“{paper}”：期望来自“{source}”，实际来自{found or '申请人'}"


@then(pattern("〈approval〉的材料〈paper〉(?P<later>可以|不能)后补"))
def paper_may_follow(scene: Scene, approval: str, paper: str, later: str) -> None:
    found = _paper(scene, approval, paper).later
    assert found == (later == "可以"), f"“{approval}”的材料“{paper}”{'可以' if found else '不能'}后补"


@then(pattern("〈approval〉的材料正好是以下各件："))
def papers_are(scene: Scene, approval: str, datatable: Sequence[Sequence[str]]) -> None:
    item = scene.item(approval)
    expected = set()
    for row in rows(datatable):
        assert len(row) == 3, f"材料的表要写三列：材料、来自、后补；这一行是：{'|'.join(row)}"
        expected.add((row[0], "" if row[1] == _APPLICANT else scene.code(row[1]), row[2]))
    found = {(" ".join(m.name.split()), m.comes_from or "", "可以" if m.later else "不能") for m in item.materials}
    shown = [
        f"  {word}：{_papers_listed(scene, some)}"
        for word, some in (("缺少", expected - found), ("多出", found - expected))
        if some
    ]
    assert not shown, "\n".join([f"“{approval}”的材料与写的不同：", *shown])


def _papers_listed(scene: Scene, papers: set[tuple[str, str, str]]) -> str:
    return "；".join(
        f"{name}（来自{scene.approval_names([source]) if source else _APPLICANT}，{later}后补）"
        for name, source, later in sorted(papers)
    )


@then(pattern("〈approval〉没有要交的材料"))
def no_papers(scene: Scene, approval: str) -> None:
    found = [m.name for m in scene.item(approval).materials]
    assert not found, f"“{approval}”的材料有：{'、'.join(found)}"


def _paper(scene: Scene, approval: str, paper: str) -> MaterialNeeded:
    found = scene.item(approval).materials
    for one in sorted(found, key=lambda one: one.name != paper):  # the very name goes before one that holds it
        if paper in one.name:
            return one
    raise AssertionError(f"“{approval}”的材料里没有“{paper}”，有：{'、'.join(m.name for m in found)}")


@then(pattern("〈approval〉申请前要完成〈step〉"))
def prepared_by(scene: Scene, approval: str, step: str) -> None:
    found = [s.name for s in scene.item(approval).preparation]
    assert any(step in name for name in found), f"“{approval}”的申请前准备里没有“{step}”，有：{'、'.join(found) or '（无）'}"


@then(pattern("〈approval〉(?P<open>可走|不可走)〈way〉"))
def route_open(scene: Scene, approval: str, open: str, way: str) -> None:
    _expect_way(way)
    item = scene.item(approval)
    found = _ROUTES[way] in {r.route for r in item.routes if r.status is Status.REQUIRED} | {item.route}
    assert found == (open == "可走"), f"“{approval}”{'开放了' if found else '没有开放'}“{way}”"


@then(pattern("〈approval〉按〈way〉办理"))
def route_taken(scene: Scene, approval: str, way: str) -> None:
    _expect_way(way)
    found = next(word for word, route in _ROUTES.items() if route is scene.item(approval).route)
    assert found == way, f"“{approval}”：期望按“{way}”办理，实际按“{found}”"


def _expect_way(way: str) -> None:
    assert way in _ROUTES, f"没有“{way}”这种办理方式，可以写：{'、'.join(_ROUTES)}"
