"""What one request may ask for: bytes, tokens, depth, aliases.

Depth and aliases are counted over the operation as it would be written out, fragments and all, each fragment looked at once: counting
them by walking every spread would itself take exponential time on a document of a few hundred bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

MAX_BODY_BYTES = 1_000_000
MAX_TOKENS = 4_000
MAX_DEPTH = 10
MAX_ALIASES = 15


class _Size(NamedTuple):
    depth: int
    aliases: int


class OperationLimits(ValidationRule):
    """Refuses operations deeper than `MAX_DEPTH` fields or with more than `MAX_ALIASES` aliases.

    Introspection is left out: graphql-core's own rule bounds its depth.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments = {d.name.value: d for d in context.document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._sizes: dict[str, _Size] = {}
        for definition in context.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                depth, aliases = self._measure(definition.selection_set)
                if depth > MAX_DEPTH:
                    context.report_error(GraphQLError(f"查询嵌套 {depth} 层，最多 {MAX_DEPTH} 层", definition))
                if aliases > MAX_ALIASES:
                    context.report_error(GraphQLError(f"查询用了 {aliases} 个别名，最多 {MAX_ALIASES} 个", definition))

    def _measure(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
            elif isinstance(node, FieldNode):
                if node.name.value.startswith("__"):
                    continue
                below = self._measure(node.selection_set)
                inner = _Size(below.depth + 1, below.aliases + (node.alias is not None))
            else:
                inner = self._measure(node.selection_set)  # type: ignore[attr-defined]
            depth, aliases = max(depth, inner.depth), aliases + inner.aliases
        return _Size(depth, aliases)

    def _fragment(self, name: str) -> _Size:
        if name not in self._sizes:
            self._sizes[name] = _Size(0, 0)  # a fragment inside itself is refused by its own rule
            fragment = self._fragments.get(name)
            self._sizes[name] = self._measure(fragment.selection_set if fragment else None)
        return self._sizes[name]


class BodyLimit:
    """Answers 413 as soon as a request's body is known to be longer than `limit` bytes, whatever its headers claim."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        claimed = dict(scope["headers"]).get(b"content-length", b"0")
        if claimed.isdigit() and int(claimed) > self.limit:
            await self._refuse(scope, receive, send)
            return
        # The whole body is held before the application sees any of it: it is small, and a refusal can then still be answered.
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self.limit:
                await self._refuse(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(413, f"请求超过 {self.limit} 字节")(scope, receive, send)


def refusal(status: int, message: str) -> JSONResponse:
    """A request refused before any GraphQL was read, in GraphQL's own form."""
    headers = {"connection": "close"} if status == 413 else None
    return JSONResponse({"errors": [{"message": message}]}, status_code=status, headers=headers)
