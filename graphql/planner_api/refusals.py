"""Requests that make no sense, or that their viewer may not make, as GraphQL errors with a code."""

from __future__ import annotations

from graphql import GraphQLError
from planner_api.http.errors import Code


def bad_input(message: str) -> GraphQLError:
    """An argument that its type admits and that makes no sense: the asker's program has to be changed."""
    return GraphQLError(message, extensions={"code": Code.BAD_USER_INPUT})


def forbidden(message: str) -> GraphQLError:
    """Something that this viewer may not ask for."""
    return GraphQLError(message, extensions={"code": Code.FORBIDDEN})
