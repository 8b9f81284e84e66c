"""Executing operations: at once, in the thread that asks, stopping when nobody waits any more; subscriptions event by event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from inspect import isawaitable
from threading import Event
from typing import Any, TypeAlias, TypeGuard, cast

import strawberry
from graphql.execution import create_source_event_stream
from graphql.pyutils import is_awaitable as default_is_awaitable
from strawberry.types import ExecutionContext, ExecutionResult

from graphql import DocumentNode, GraphQLError, GraphQLObjectType
from graphql import ExecutionResult as Result
from planner_api.http.errors import INTERNAL, Code, coded, defect, note, shown
from planner_api.readers import ReadingExecutor, reading_executor

__all__ = ["INTERNAL", "PlannerExecutor", "PlannerSchema", "Stopped"]

InThread: TypeAlias = Callable[[Callable[[], Result]], Any]


class Stopped(BaseException):
    """The client has gone, or the time is up. No `Exception`: nothing between here and the door may take it for a field's error."""


class PlannerExecutor(ReadingExecutor):
    """graphql-core's executor for resolvers that never wait: it looks at every object whether anybody still wants the answer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_awaitable = _never
        self.is_async_iterable = _never
        self.cancelled: Event | None = getattr(self.context_value, "cancelled", None)

    def complete_object_value(
        self, return_type: GraphQLObjectType, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if self.cancelled is not None and self.cancelled.is_set():
            raise Stopped
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)


def _never(_value: Any) -> TypeGuard[Any]:
    return False


class PlannerSchema(strawberry.Schema):
    """A schema whose answers show no defects: they are logged, and masked with a code.

    The service itself does not call strawberry's `execute`, which parses and validates each time: it prepares a document once
    (`planner_api.http.documents`) and runs that. Both use the same executor.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.executor = reading_executor(PlannerExecutor)
        options["execution_context_class"] = self.executor
        super().__init__(*args, **options)

    def run(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any],
        operation_name: str | None,
        context: Any,
        root_value: object = None,
    ) -> Result:
        """Execute a query or mutation of a valid document. Raises `Stopped`.

        `data` is None with errors that are the request's own when it did not begin (`began` tells).
        """
        executor = self._executor(document, variables, operation_name, context, root_value)
        if isinstance(executor, list):
            return NotBegun(executor)
        return self._finish(executor.execute_operation)

    async def events(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any],
        operation_name: str | None,
        context: Any,
        in_thread: InThread,
    ) -> AsyncGenerator[Result, None]:
        """The results of a subscription: its source is read on the event loop, each event's selection is executed in a thread."""
        executor = self._executor(document, variables, operation_name, context, None)
        if isinstance(executor, list):
            yield NotBegun(executor)
            return
        executor.is_awaitable = default_is_awaitable  # a source may have to be waited for; its events' fields never
        try:
            source: Any = create_source_event_stream(executor)
            if isawaitable(source):
                source = await source
        except Exception as error:
            source = Result(None, [defect(error)])
        if isinstance(source, Result):
            note(source.errors or ())
            yield NotBegun(shown(source.errors or ()))
            return
        iterator = aiter(source)
        try:
            while True:
                try:
                    event = await anext(iterator)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    yield Result(None, broken(error).errors)
                    return
                one = executor.build_per_event_executor(event)
                one.is_awaitable = _never
                yield await in_thread(lambda one=one: self._finish(lambda: one.execute_operation(False)))  # type: ignore[misc]
        finally:
            close = getattr(iterator, "aclose", None)
            if close is not None:
                await close()

    def _executor(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any],
        operation_name: str | None,
        context: Any,
        root_value: object,
    ) -> PlannerExecutor | list[GraphQLError]:
        try:
            built = self.executor.build(
                self._schema,
                document,
                root_value=root_value,
                context_value=context,
                raw_variable_values=dict(variables),
                operation_name=operation_name,
                hide_suggestions=True,
                max_coercion_errors=20,
            )
        except Exception as error:
            return broken(error).errors or []
        if isinstance(built, list):
            # Variables that do not fit their types, or no such operation.
            return [coded(error, Code.BAD_USER_INPUT) for error in built]
        return cast(PlannerExecutor, built)

    @staticmethod
    def _finish(execute: Callable[[], Any]) -> Result:
        try:
            result: Result = execute()
        except Exception as error:
            result = Result(None, [defect(error)])
        if result.errors:
            note(result.errors)
            return Result(result.data, shown(result.errors))
        return result

    # -- strawberry's own way in, for whoever asks a schema without a server ---------------------------------------------

    def execute_sync(self, *args: Any, **options: Any) -> ExecutionResult:
        result = super().execute_sync(*args, **options)
        if result.errors:
            result.errors = shown(result.errors)
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002
        note(errors)


class NotBegun(Result):
    """Why an operation was not begun at all: its answer has no `data`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(None, errors)


def broken(error: Exception) -> NotBegun:
    """The result of an operation on whose way something broke: logged, and masked."""
    errors = [defect(error)]
    note(errors)
    return NotBegun(shown(errors))
