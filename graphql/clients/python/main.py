"""From a project's first facts to the news of its plan: python main.py [URL [TOKEN]]"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing

from generated.planner_client import PlannerClient
from generated.planner_client.enums import ClassChoice, WorksChoice
from generated.planner_client.input_types import MakePlanInput, ProjectInput, SaveProjectInput
from generated.planner_client.make import MakeMakePlanPlanMade
from generated.planner_client.preview import PreviewPlanPreviewPlan
from generated.planner_client.save import SaveSaveProjectProjectSaved

FACTS = ProjectInput.model_validate(
    {
        "name": "标准厂房（Python 示例）",
        "class": ClassChoice.SOCIAL_INVESTMENT,
        "works": WorksChoice.NEW,
        "landArea": "33.35 亩",
        "newLand": False,
    }
)


def wrong(answer: object) -> SystemExit:
    """What the answer says is wrong, for the person who filled in the form."""
    problems = getattr(answer, "problems", None)
    if problems is None:
        return SystemExit(str(getattr(answer, "message", answer)))
    return SystemExit("\n".join(f"{'.'.join(p.path)}：{p.message}" + (f"（{p.help}）" if p.help else "") for p in problems))


async def tour(url: str, token: str | None) -> None:
    """Preview, save, plan, page the deadlines, hear the news."""
    header = {"Authorization": f"Bearer {token}"} if token else {}
    socket = url.replace("http", "ws", 1)
    async with PlannerClient(url, headers=header, ws_url=socket, ws_connection_init_payload=header) as planner:
        preview = (await planner.preview(FACTS)).plan_preview
        if not isinstance(preview, PreviewPlanPreviewPlan):
            raise wrong(preview)
        print(f"试算：{preview.totals.approvals} 个事项，承诺 {preview.totals.working_days_promised} 个工作日")
        for fact in preview.open_facts[:3]:
            print(f"  还要问：{fact.question}")

        # The key makes a repeated request harmless: it gives the project that the first one made.
        saved = (await planner.save(SaveProjectInput(project=FACTS, requestKey=str(uuid.uuid4())))).save_project
        if not isinstance(saved, SaveSaveProjectProjectSaved):
            raise wrong(saved)
        print(f"已保存：{saved.project.name}，第 {saved.project.revision} 版")

        news = planner.due_soon(saved.project.id)
        assert isinstance(news, AsyncGenerator)  # said to be an iterator only, and to be closed all the same
        async with aclosing(news):
            # The first message is what there is already (a project without a plan has no deadlines); those that follow are news.
            await anext(news)
            await plan(planner, saved.project.id, saved.project.revision)
            told = (await anext(news)).deadlines_coming_due
            print(f"消息：60 个工作日内到期 {len(told.deadlines)} 个")


async def plan(planner: PlannerClient, project: str, revision: int) -> None:
    """Make a project's plan and go through all its deadlines."""
    made = (await planner.make(MakePlanInput(projectId=project, expectedRevision=revision))).make_plan
    if not isinstance(made, MakeMakePlanPlanMade):
        raise wrong(made)
    print(f"计划第 {made.plan.number} 号：{made.plan.documents.html if made.plan.documents else '看不到全文'}")

    deadlines = (await planner.due(project)).deadlines
    for one in deadlines.nodes[:3]:
        print(f"  {f'{one.earliest} 至 {one.latest}' if one.provisional else one.day} {one.name}：{one.title}")
    pages = 1
    while deadlines.page_info.has_next_page:
        deadlines = (await planner.due(project, after=deadlines.page_info.end_cursor)).deadlines
        pages += 1
    print(f"期限：{deadlines.total_count} 个，{pages} 页")


if __name__ == "__main__":
    address, key, *_ = [*sys.argv[1:], None, None]
    asyncio.run(tour(address or "http://127.0.0.1:8000/graphql", key))
