"""Who a token stands for, and how a request without a good one is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from planner_api.access.viewer import LOCAL, Role, Viewer

NEVER = math.inf


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A viewer, and until when they may be taken for it: seconds since 1970; `NEVER` on a server without keys.

    A connection that outlives `expires_at` (a WebSocket, a stream of events) ends then.
    """

    viewer: Viewer
    expires_at: float = NEVER


HERE = SignedIn(LOCAL)


class SignInRefused(Exception):
    """No good token (401), or one that gives no role here (403). Says no more than that: details would help guessing.

    `presented`: whether there was a token at all.
    """

    def __init__(self, status: int, presented: bool = True) -> None:
        self.status = status
        self.presented = presented
        self.message = "这个令牌在这里没有任何角色" if status == 403 else "请先登录：请求头写 Authorization: Bearer <令牌>"
        self.code = "FORBIDDEN" if status == 403 else "UNAUTHENTICATED"
        super().__init__(self.message)

    @property
    def challenge(self) -> str:
        """The WWW-Authenticate header of a 401."""
        return 'Bearer realm="planner", error="invalid_token"' if self.presented else 'Bearer realm="planner"'


_ROLES = {role.value: role for role in Role}


def known_roles(words: Iterable[str]) -> frozenset[Role]:
    """Those of the words that are roles here; an identity provider may know many more."""
    return frozenset(_ROLES[word] for word in words if word in _ROLES)
