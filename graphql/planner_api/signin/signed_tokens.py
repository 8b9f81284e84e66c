"""Signed tokens (JWT): whether one is good, and whom it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jwt

from planner_api.access.viewer import Viewer
from planner_api.settings import SignIn
from planner_api.signin.identity import SignedIn, SignInRefused, known_roles
from planner_api.signin.keys import KeySet

LEEWAY = 30
"""Seconds that clocks may differ by."""
MOST_CHARACTERS = 16_000
MOST_WORDS = 100
LONGEST_WORD = 200


class UnknownKey(Exception):
    """A token names a key that the key set does not have: perhaps a new one."""


def check_signed(token: str, keys: KeySet, settings: SignIn) -> SignedIn:
    """Whom a token stands for. Raises `UnknownKey`, or `SignInRefused` for one that is not good or gives no role."""
    if len(token) > MOST_CHARACTERS:
        raise SignInRefused(401)
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise SignInRefused(401) from error
    algorithm, kid = header.get("alg"), header.get("kid")
    # The operator's list decides, never the token. Extensions that a token declares critical are none of ours.
    if algorithm not in settings.algorithms or "crit" in header or not isinstance(kid, str | None):
        raise SignInRefused(401)
    key = keys.of(kid, algorithm)
    if key is None:
        raise UnknownKey
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            issuer=settings.issuer,
            audience=settings.audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise SignInRefused(401) from error
    return SignedIn(_viewer(claims), float(claims["exp"]) + LEEWAY)


def _viewer(claims: Mapping[str, Any]) -> Viewer:
    subject = claims["sub"]
    # NUL and half characters: no database can keep such an owner.
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_WORD or re.search("[\0\ud800-\udfff]", subject):
        raise SignInRefused(401)
    roles = known_roles(_words(claims.get("roles")))
    if not roles:
        raise SignInRefused(403)
    return Viewer(subject, roles, frozenset(_words(claims.get("departments"))), frozenset(_words(claims.get("teams"))))


def _words(claim: object) -> list[str]:
    """A claim's list of words; a single word counts as a list of one, anything else as none."""
    listed = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return [word for word in listed[:MOST_WORDS] if isinstance(word, str) and 0 < len(word) <= LONGEST_WORD]
