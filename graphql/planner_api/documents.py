"""Kept plans as files: `/plans/{id}.html`, `.ics`, `.xlsx`, `.json`, `.mermaid`, `.tjp`, for whoever sees the project whole.

`.json` is the plan's bytes as they were kept, so `planner verify` confirms it. The others are rendered from them, with the names and the
days off of the rulebook in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from planner.cli.formats import chosen_format, rendered
from planner.diagnostics import DiagnosticError
from planner_api.access.viewer import Viewer
from planner_api.http.errors import Code, refusal
from planner_api.ids import local_id
from planner_api.kept_bytes import KeptBytes, Made, answer, disposition
from planner_api.live import InUse
from planner_api.service import Service
from planner_api.store.identities import is_identity
from planner_api.store.interface import StoreUnavailable
from planner_api.store.records import PlanRecord, ProjectRecord

NOTHING_HERE = "这里没有这份文件：没有这份计划，或者您看不到整个项目"
_UNAVAILABLE = "数据库现在没有回应，请过一会儿再试"
_KEPT = 32_000_000
_AT_ONCE = 2
"""Renderings under way at once: each keeps a processor busy, and others are waiting for answers too."""
LANGUAGES = ("zh", "en")

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox",
    )
)
"""The page has its styles and its chart inside, and no script; whatever a project's name may hold, nothing runs and nothing is fetched."""


class _Form(NamedTuple):
    """A kind of file: the library's format, its media type, and whether a browser shows it or saves it."""

    format: str
    media_type: str
    way: str


FORMS: Mapping[str, _Form] = {
    "html": _Form("html", "text/html; charset=utf-8", "inline"),
    "json": _Form("json", "application/json", "inline"),
    "ics": _Form("ics", "text/calendar; charset=utf-8", "attachment"),
    "xlsx": _Form("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
    "mermaid": _Form("mermaid", "text/plain; charset=utf-8", "inline"),
    "tjp": _Form("taskjuggler", "text/plain; charset=utf-8", "attachment"),
}
"""The files there are of a plan, by the end of their name."""


def path_of(plan: str, suffix: str) -> str:
    """Where a plan's file is; `plan` is its identity in the store, or its id in GraphQL."""
    return f"/plans/{plan}.{suffix}"


class _Refused(Exception):
    def __init__(self, status: int, message: str, code: str) -> None:
        self.answer = partial(refusal, status, message, code)
        super().__init__(message)


class Documents:
    """The files of the plans of a service, those asked for last kept as made."""

    def __init__(self, service: Service, kept: int = _KEPT) -> None:
        self._service = service
        self._kept = KeptBytes(kept)
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except _Refused as refused:
            return refused.answer()
        except StoreUnavailable:
            return refusal(503, _UNAVAILABLE, Code.UNAVAILABLE, {"retry-after": "5"})

    async def _answer(self, request: Request) -> Response:
        name, _, suffix = request.path_params["name"].rpartition(".")
        viewer: Viewer | None = request.scope["state"]["viewer"]
        form = FORMS.get(suffix)
        if form is None or viewer is None:
            raise _nothing()
        lang = request.query_params.get("lang", "zh")
        if lang not in LANGUAGES:
            raise _Refused(400, "lang 只能写 zh 或 en", Code.BAD_USER_INPUT)
        plan, project = await to_thread.run_sync(self._found, viewer, name)
        made = await self._made(plan, form, lang)
        headers = {
            "content-type": form.media_type,
            "content-disposition": disposition(
                form.way, f"{project.draft.name} {plan.number}", f".{suffix}", f"plan-{plan.number}"
            ),
            # Who may see it can change at any time, so every use asks again; the tag makes that cheap.
            "cache-control": "private, no-cache",
            "vary": "authorization",
        }
        if form.format == "html":
            headers["content-security-policy"] = PAGE_POLICY
        return answer(request, made, headers)

    def _found(self, viewer: Viewer, name: str) -> tuple[PlanRecord, ProjectRecord]:
        """The plan and its project. Missing, and seen in part only, are one and the same to the asker."""
        own_id = name if is_identity(name) else local_id("SavedPlan", name)
        store, scope = self._service.store, viewer.scope
        plan = store.plan(scope, own_id) if own_id else None
        project = store.project(scope, plan.project) if plan is not None else None
        if plan is None or project is None or not scope.whole(project.owner, project.draft.team):
            raise _nothing()
        return plan, project

    async def _made(self, plan: PlanRecord, form: _Form, lang: str) -> Made:
        if form.format == "json":
            return Made.of(plan.document)
        in_use = self._service.live.in_use
        key = (plan.id, form.format, lang, in_use.digest, in_use.planner.calendar.digest)
        found = self._kept.get(key)
        if found is not None:
            return found
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)
        return await to_thread.run_sync(self._render, key, plan, form, lang, in_use, limiter=self._limiter)

    def _render(self, key: tuple[str, ...], plan: PlanRecord, form: _Form, lang: str, in_use: InUse) -> Made:
        found = self._kept.get(key)  # another asked for the same while this one waited
        if found is not None:
            return found
        # The plan's own file name stands for "not a terminal": nothing is written.
        away = Path(f"plan.{form.format}")
        try:
            chosen_format(form.format, away)
        except DiagnosticError as error:
            told = error.diagnostics[0]
            raise _Refused(501, f"这台服务器做不出这种文件：{told.message}（{told.help}）", Code.NOT_IMPLEMENTED) from error
        text = rendered(form.format, self._service.shelf.plan(plan), in_use.planner, lang, None, away)
        made = Made.of(text if isinstance(text, bytes) else text.encode())
        self._kept.keep(key, made)
        return made


def _nothing() -> _Refused:
    return _Refused(404, NOTHING_HERE, Code.NOT_FOUND)


def routes(service: Service) -> list[BaseRoute]:
    """The routes of the files."""
    return [Route("/plans/{name}", Documents(service).__call__, methods=["GET"])]
