"""From a request to its result: the document made ready, what it may not do refused, then run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from graphql import ExecutionResult, GraphQLError, OperationType
from planner_api.access.rules import refusals
from planner_api.context import Context
from planner_api.execution import NotBegun, Stopped, broken
from planner_api.http.documents import Document, DocumentRefused, Documents, Operation
from planner_api.http.errors import Code
from planner_api.http.request import Asking
from planner_api.http.trusted import digest
from planner_api.limits import Excess
from planner_api.observe import asked, measure
from planner_api.service import Service

T = TypeVar("T")

NO_MUTATION = "GET 不能改动任何东西：变更用 POST 发送"
THREADS = 8
"""Operations worked on at the same time; others wait, and their waiting counts as time."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that may run."""

    document: Document
    operation: Operation
    asking: Asking

    @property
    def name(self) -> str:
        return self.operation.name or ""


class TimeUp(Exception):
    """An operation took longer than it may."""


class Answering:
    """Runs operations in threads of its own, so that a long one holds up nobody's connection."""

    def __init__(self, service: Service, trusted: Mapping[str, str] | None) -> None:
        self.service = service
        self.trusted = trusted
        self.documents = Documents(service.settings)
        self._limiter = anyio.CapacityLimiter(THREADS)
        service.live.listeners.append(lambda _new: self.documents.clear())

    def ready(self, asking: Asking, context: Context) -> Ready:
        """The operation asked for, once everything that can be refused before it runs has been. Raises `DocumentRefused`."""
        limits = self.service.settings.limits
        document = self.documents.ready(context.in_use.schema, self._text(asking))
        operation = document.operation(asking.operation_name)
        note = asked()
        note.type, note.name, note.trusted = operation.type.value, operation.name or "", self.trusted is not None
        context.cost = note.cost = operation.cost.reckon(asking.variables)
        if operation.cost.bad_page(asking.variables, limits.page):
            raise DocumentRefused([Excess("page", limits.page).error()])
        if context.cost > limits.cost:
            raise DocumentRefused([Excess("cost", limits.cost, context.cost).error()])
        forbidden = refusals(operation.fields, context.viewer)
        if forbidden:
            raise DocumentRefused(forbidden)
        return Ready(document, operation, asking)

    def run(self, ready: Ready, context: Context) -> ExecutionResult:
        """The result of a query or mutation. Raises `Stopped` when nobody waits for it any more."""
        if context.cancelled.is_set():
            raise Stopped
        with measure("execute"):
            result = context.in_use.schema.run(ready.document.node, ready.asking.variables, ready.asking.operation_name, context)
        if ready.operation.type is OperationType.MUTATION:
            self.service.hub.wake()
        return result

    async def stream(self, asking: Asking, context: Context, changes: bool = True) -> AsyncGenerator[ExecutionResult, None]:
        """The results of any operation, one after the other: many of a subscription, one of all others.

        `changes`: whether a mutation may be run.
        """
        try:
            try:
                ready = await self.in_thread(lambda: self.ready(asking, context), context)
                if ready.operation.type is OperationType.MUTATION and not changes:
                    raise _refused(Code.METHOD_NOT_ALLOWED, NO_MUTATION)
                if ready.operation.type is OperationType.SUBSCRIPTION:
                    with self._counted():
                        results = context.in_use.schema.events(
                            ready.document.node,
                            asking.variables,
                            asking.operation_name,
                            context,
                            lambda work: self.in_thread(work, context),
                        )
                        async with aclosing(results):
                            async for result in results:
                                yield result
                else:
                    yield await self.in_thread(lambda: self.run(ready, context), context)
            except DocumentRefused as refused:
                yield NotBegun(refused.errors)
            except TimeUp:
                yield NotBegun([timed_out(self.service.settings.limits.timeout)])
            except Exception as error:
                yield broken(error)
        finally:
            context.cancelled.set()

    async def in_thread(
        self, work: Callable[[], T], context: Context, gone: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> T:
        """Work done in a thread, for as long as somebody waits for it. Raises `TimeUp`.

        `gone` returns when the client has left; then this raises `ClientLeft`.
        """
        doing = asyncio.ensure_future(anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limiter))
        leaving = asyncio.create_task(gone()) if gone is not None else None
        try:
            waiting: set[asyncio.Future[Any]] = {doing} if leaving is None else {doing, leaving}
            await asyncio.wait(waiting, timeout=self.service.settings.limits.timeout, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            if leaving is not None and leaving.done():
                raise ClientLeft
            raise TimeUp
        finally:
            if not doing.done():
                context.cancelled.set()
                doing.cancel()
            if leaving is not None:
                leaving.cancel()

    def _counted(self) -> AbstractContextManager[None]:
        observer = self.service.observer
        return nullcontext() if observer is None else observer.subscription()

    def _text(self, asking: Asking) -> str:
        """The document's text. Raises `DocumentRefused` for one that is not trusted, or not known."""
        text = asking.query
        if asking.document is not None and text is not None and digest(text) != asking.document:
            raise _refused(Code.BAD_REQUEST, "文档和它的 SHA-256 对不上")
        if self.trusted is None:
            if text is None:
                raise _refused(Code.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
            return text
        known = self.trusted.get(asking.document if asking.document is not None else digest(text or ""))
        if known is not None:
            return known
        if text is None:
            raise _refused(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        raise _refused(Code.UNTRUSTED_DOCUMENT, "这个服务只运行清单里的操作")


async def until(
    results: AsyncGenerator[ExecutionResult, None], ended: Coroutine[Any, Any, None]
) -> AsyncGenerator[ExecutionResult, None]:
    """Results until `ended` returns, as when a token is no longer good; then one that says so, and no more."""
    over = asyncio.create_task(ended)
    try:
        async with aclosing(results):
            while not over.done():
                try:
                    async with asyncio.timeout(None) as waiting, _at_its_end(over, waiting):
                        result = await anext(results)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    break
                yield result
            yield NotBegun([GraphQLError("令牌已失效，请重新登录", extensions={"code": Code.UNAUTHENTICATED.value})])
    finally:
        over.cancel()


@asynccontextmanager
async def _at_its_end(task: asyncio.Task[None], waiting: asyncio.Timeout) -> AsyncIterator[None]:
    """Lets a wait run out as soon as a task is done."""

    def now(_task: object) -> None:
        with suppress(RuntimeError):  # the wait is over already
            waiting.reschedule(asyncio.get_running_loop().time())

    task.add_done_callback(now)
    try:
        yield
    finally:
        task.remove_done_callback(now)


class ClientLeft(Exception):
    """Nobody waits for the answer."""


def timed_out(seconds: float) -> GraphQLError:
    return GraphQLError(f"超过 {seconds:g} 秒还没有算完，已停止", extensions={"code": Code.TIMEOUT.value})


def _refused(code: Code, message: str) -> DocumentRefused:
    # The words of the two about persisted queries are what clients look for.
    return DocumentRefused([GraphQLError(message, extensions={"code": code.value})])
