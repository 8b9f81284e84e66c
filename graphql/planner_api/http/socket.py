"""WebSocket connections: strawberry's graphql-transport-ws, with a context for each operation, persisted documents and tokens that expire."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, cast

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation as StrawberryOperation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message
from strawberry.types import ExecutionResult

from graphql import GraphQLError
from planner_api.execution import NotBegun
from planner_api.http.errors import Code
from planner_api.http.request import Asking, BadRequest, from_json
from planner_api.signin import SignedIn


@dataclass(slots=True)
class Connection:
    """A WebSocket and who is at its other end; None until `connection_init` has told. `authorization`: by which token."""

    signed_in: SignedIn | None
    authorization: str | None = None
    connection_params: Mapping[str, Any] | None = None

    @property
    def token(self) -> str | None:
        """What `connection_init` gave as the Authorization header would have been."""
        for name, value in (self.connection_params or {}).items():
            if name.lower() == "authorization" and isinstance(value, str):
                return value
        return None


class SocketOperation(StrawberryOperation[Any, None]):
    __slots__ = ("asking",)

    asking: Asking


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection."""

    _expiry: asyncio.Task[None] | None = None

    async def shutdown(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    async def handle_message(self, message: Any) -> None:
        # A client may send anything that is JSON.
        if not isinstance(message, dict) or not isinstance(message.get("type"), str) or not isinstance(message.get("id", ""), str):
            await self.handle_invalid_message("Failed to parse message")
            return
        await super().handle_message(cast(Message, message))

    async def handle_connection_init(self, message: Any) -> None:
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._expiry is None and self.context.signed_in.expires_at < math.inf:
            self._expiry = asyncio.create_task(self._expire())

    async def _expire(self) -> None:
        view: Any = self.view
        connection: Connection = self.context
        assert connection.signed_in is not None
        with suppress(Exception):  # whatever went wrong: nobody stays connected whose token is not known to be good
            await view.service.authenticator.ended(connection.authorization, connection.signed_in)
        with suppress(Exception):
            await self.websocket.close(code=4403, reason="Token expired")

    async def handle_subscribe(self, message: Any) -> None:
        if not self.connection_acknowledged:
            await self.websocket.close(code=4401, reason="Unauthorized")
            return
        id_ = message["id"]
        if id_ in self.operations:
            await self.websocket.close(code=4409, reason=f"Subscriber for {id_[:60]} already exists")
            return
        most = self.max_subscriptions_per_connection
        error: GraphQLError | None = None
        asking = Asking(None)
        try:
            asking = from_json(message["payload"])
        except BadRequest as bad:
            error = GraphQLError(bad.message, extensions={"code": bad.code})
        if most is not None and len(self.operations) >= most:
            error = GraphQLError(f"一个连接上最多同时 {most} 个操作", extensions={"code": Code.LIMIT_EXCEEDED.value})
        if error is not None:
            await self.send_message({"id": id_, "type": "error", "payload": [error.formatted]})
            return
        operation = SocketOperation(self, id_, asking.query or "", None, asking.operation_name)
        operation.asking = asking
        operation.task = asyncio.create_task(self.run_operation(operation))
        operation.task.add_done_callback(self._task_done)
        self.operations[id_] = operation

    async def run_operation(self, operation: Any) -> None:
        view: Any = self.view
        context = view.context(self.context.signed_in)
        try:
            async with aclosing(view.answering.stream(operation.asking, context)) as results:
                async for result in results:
                    if isinstance(result, NotBegun):
                        await operation.send_initial_errors(result.errors)
                        return
                    await operation.send_next(ExecutionResult(data=result.data, errors=result.errors))
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except Exception as error:
            await self.handle_task_exception(error)
            with suppress(Exception):
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
            self.operations.pop(operation.id, None)
