"""Errors as clients see them: a message, and a code to act on in `extensions.code`."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from enum import StrEnum

from starlette.responses import JSONResponse

from graphql import GraphQLError, GraphQLSyntaxError
from planner_api.store.interface import StoreUnavailable

INTERNAL = "服务器内部错误，已记入服务器日志"
UNAVAILABLE = "数据库现在没有回应，请过一会儿再试"

log = logging.getLogger("planner_api")


class Code(StrEnum):
    """Every `extensions.code` there is. The words are those of the clients that know some: Apollo's."""

    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    FORBIDDEN = "FORBIDDEN"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_FOUND = "NOT_FOUND"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    TIMEOUT = "TIMEOUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNAVAILABLE = "UNAVAILABLE"
    UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT"


def refusal(status: int, message: str, code: str = Code.BAD_REQUEST, headers: dict[str, str] | None = None) -> JSONResponse:
    """A request refused before any GraphQL was read, in GraphQL's own form."""
    said = {"cache-control": "no-store", **(headers or {})}
    if status == 413:
        said["connection"] = "close"  # the rest of the body is not waited for
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": code}}]}, status_code=status, headers=said)


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error with a code, where it has none yet."""
    known = error.extensions or {}
    if "code" in known:
        return error
    return GraphQLError(
        error.message, error.nodes, error.source, error.positions, error.path, error.original_error, {"code": code, **known}
    )


def is_internal(error: GraphQLError) -> bool:
    """Whether an error is ours (a defect, to be logged and masked) and not the asker's."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


def note(errors: Iterable[GraphQLError]) -> None:
    """Log the defects among errors."""
    for error in errors:
        cause = error.original_error
        if isinstance(cause, StoreUnavailable):
            log.warning("store unavailable at %s: %s", error.path, cause)
        elif is_internal(error):
            log.error("%s at %s", type(cause).__name__, error.path, exc_info=cause)


def shown(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """Errors of an execution as clients may see them: defects masked, each with a code."""
    return [_shown(error) for error in errors]


def _shown(error: GraphQLError) -> GraphQLError:
    if isinstance(error, GraphQLSyntaxError):
        return coded(error, Code.GRAPHQL_PARSE_FAILED)
    if not is_internal(error):
        return coded(error, Code.BAD_USER_INPUT)
    gone = isinstance(error.original_error, StoreUnavailable)
    code = Code.UNAVAILABLE if gone else Code.INTERNAL_SERVER_ERROR
    return GraphQLError(UNAVAILABLE if gone else INTERNAL, error.nodes, path=error.path, extensions={"code": code})


def defect(error: Exception) -> GraphQLError:
    """The error of something that broke outside every resolver."""
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
