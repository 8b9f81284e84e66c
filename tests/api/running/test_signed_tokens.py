"""Which signed tokens are good, and whom they stand for."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from planner.diagnostics import DiagnosticError
from planner_api.access.viewer import LOCAL, Role, Viewer
from planner_api.settings import SignIn
from planner_api.signin import Authenticator, SignedIn, SignInRefused
from planner_api.signin import authenticator as authenticator_module
from tests.api.running.conftest import AUDIENCE, ISSUER, Signer, Site, jwks


def check(authenticator: Authenticator, token: str) -> SignedIn:
    return asyncio.run(authenticator.check(f"Bearer {token}"))


def status(authenticator: Authenticator, header: str | None) -> int:
    with pytest.raises(SignInRefused) as refused:
        asyncio.run(authenticator.check(header))
    return refused.value.status


def unsigned(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    def part(data: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")

    signed = part(header) + b"." + part(claims)
    mac = b"" if secret is None else base64.urlsafe_b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + mac).decode()


def claims() -> dict[str, Any]:
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "exp": int(time.time()) + 600, "roles": ["admin"]}


def test_a_good_token_stands_for_its_viewer(sign_in: SignIn, signer: Signer) -> None:
    expires = int(time.time()) + 60
    token = signer.token(
        sub="u-9", roles=["department", "team", "chief of everything"], departments=["鞍山市水利局"], teams=["a_team"], exp=expires
    )
    found = check(Authenticator.open(sign_in), token)
    roles = frozenset({Role.DEPARTMENT, Role.TEAM})
    assert found.viewer == Viewer("u-9", roles, frozenset({"鞍山市水利局"}), frozenset({"a_team"}))
    assert expires <= found.expires_at <= expires + 60


def test_one_word_is_a_list_of_one(sign_in: SignIn, signer: Signer) -> None:
    assert check(Authenticator.open(sign_in), signer.token(roles="admin")).viewer.roles == {Role.ADMIN}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": -120},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e400},
        {"nbf": 600},
        {"iss": "https://elsewhere.example.cn"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 201},
    ],
    ids=str,
)
def test_claims_that_do_not_hold(sign_in: SignIn, signer: Signer, changes: dict[str, Any]) -> None:
    now = int(time.time())  # times are written as seconds from now
    changes = {name: now + value if isinstance(value, int) else value for name, value in changes.items()}
    assert status(Authenticator.open(sign_in), f"Bearer {signer.token(**changes)}") == 401


def test_clocks_may_differ_a_little(sign_in: SignIn, signer: Signer) -> None:
    now = int(time.time())
    check(Authenticator.open(sign_in), signer.token(exp=now - 5, nbf=now + 5, roles=["admin"]))


@pytest.mark.parametrize("roles", [None, [], ["boss"], {"admin": True}, 7, [["admin"]]])
def test_a_token_without_a_role_here_is_forbidden(sign_in: SignIn, signer: Signer, roles: object) -> None:
    assert status(Authenticator.open(sign_in), f"Bearer {signer.token(roles=roles)}") == 403


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_none(sign_in: SignIn, signer: Signer, algorithm: str) -> None:
    authenticator = Authenticator.open(sign_in)
    for header in ({"alg": algorithm, "kid": "one"}, {"alg": algorithm}, {"kid": "one"}):
        assert status(authenticator, f"Bearer {unsigned(header, claims())}") == 401


def test_the_public_key_is_no_shared_secret(sign_in: SignIn, signer: Signer) -> None:
    authenticator = Authenticator.open(sign_in)
    public = signer.private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, der, json.dumps(signer.public).encode()):
        token = unsigned({"alg": "HS256", "kid": "one"}, claims(), secret)
        assert status(authenticator, f"Bearer {token}") == 401


def test_a_shared_secret_in_the_key_set_signs_nothing(tmp_path: Path, signer: Signer, sign_in: SignIn) -> None:
    secret = b"s" * 32
    shared = {"kty": "oct", "k": base64.urlsafe_b64encode(secret).decode().rstrip("="), "kid": "shared", "alg": "HS256"}
    Path(sign_in.keys).write_bytes(jwks(signer, more=(shared,)))
    # Even where somebody managed to write HS256 into the settings.
    authenticator = Authenticator.open(replace(sign_in, algorithms=("RS256", "HS256")))
    token = unsigned({"alg": "HS256", "kid": "shared"}, claims(), secret)
    assert status(authenticator, f"Bearer {token}") == 401


@pytest.mark.parametrize(
    "useless",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": 7, "e": None},
        {"kty": ["RSA"]},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {},
    ],
    ids=str,
)
def test_keys_of_no_use_are_left_out(sign_in: SignIn, signer: Signer, useless: dict[str, Any]) -> None:
    Path(sign_in.keys).write_bytes(jwks(signer, more=(useless,)))
    authenticator = Authenticator.open(sign_in)
    assert authenticator.keys is not None
    assert [key.kid for key in authenticator.keys.keys.keys] == ["one"]
    Path(sign_in.keys).write_bytes(jwks(more=(useless, {**signer.public, "use": "enc"}, {**signer.public, "d": "AQAB"})))
    with pytest.raises(DiagnosticError) as caught:
        Authenticator.open(sign_in)
    assert [problem.code for problem in caught.value.diagnostics] == ["L706"]


def test_only_the_operators_algorithms(sign_in: SignIn, signer: Signer) -> None:
    token = jwt.encode(claims(), signer.private, "RS512", {"kid": "one"})
    assert status(Authenticator.open(sign_in), f"Bearer {token}") == 401
    Path(sign_in.keys).write_bytes(json.dumps({"keys": [{**signer.public, "alg": None}]}).replace(', "alg": null', "").encode())
    assert status(Authenticator.open(sign_in), f"Bearer {token}") == 401, "whatever the key could do"
    assert status(Authenticator.open(replace(sign_in, algorithms=("RS384",))), f"Bearer {signer.token()}") == 401
    check(Authenticator.open(replace(sign_in, algorithms=("RS512",))), token)
    Path(sign_in.keys).write_bytes(jwks(signer))
    # Allowed by the operator, but the key itself is for RS256 only.
    assert status(Authenticator.open(replace(sign_in, algorithms=("RS256", "RS512"))), f"Bearer {token}") == 401


def test_each_algorithm_has_its_kind_of_key(tmp_path: Path, signer: Signer, curve_signer: Signer, sign_in: SignIn) -> None:
    Path(sign_in.keys).write_bytes(jwks(signer, curve_signer))
    authenticator = Authenticator.open(replace(sign_in, algorithms=("RS256", "ES256")))
    assert check(authenticator, curve_signer.token()).viewer.roles == {Role.POLICY}
    assert check(authenticator, signer.token()).viewer.roles == {Role.POLICY}
    assert status(authenticator, f"Bearer {curve_signer.token(header={'kid': 'one'})}") == 401


def test_a_forged_signature(sign_in: SignIn, signer: Signer, other_signer: Signer) -> None:
    authenticator = Authenticator.open(sign_in)
    forged = replace(other_signer, kid="one").token()
    assert status(authenticator, f"Bearer {forged}") == 401
    head, _, signature = signer.token().split(".")
    _, body, _ = signer.token(roles=["admin"]).split(".")
    assert status(authenticator, f"Bearer {head}.{body}.{signature}") == 401


def test_a_token_that_names_no_key(sign_in: SignIn, signer: Signer, other_signer: Signer) -> None:
    token = jwt.encode(claims(), signer.private, "RS256")
    assert check(Authenticator.open(sign_in), token).viewer.roles == {Role.ADMIN}
    Path(sign_in.keys).write_bytes(jwks(signer, other_signer))
    assert status(Authenticator.open(sign_in), f"Bearer {token}") == 401


def test_critical_extensions_are_not_ours(sign_in: SignIn, signer: Signer) -> None:
    token = signer.token(header={"crit": ["exp"], "exp": 1})
    assert status(Authenticator.open(sign_in), f"Bearer {token}") == 401


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer 令牌",
        "Bearer " + "x" * 20_000,
        "bearer\0x",
    ],
    ids=lambda header: str(header)[:12],
)
def test_what_is_no_token(sign_in: SignIn, header: str | None) -> None:
    assert status(Authenticator.open(sign_in), header) == 401


def test_deeply_nested_claims(sign_in: SignIn) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"one"}').decode().rstrip("=")
    assert status(Authenticator.open(sign_in), f"Bearer {head}.{deep}.AA") == 401
    assert status(Authenticator.open(sign_in), f"Bearer {deep}.{deep}.AA") == 401


def test_a_good_token_is_remembered_until_it_expires(sign_in: SignIn, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    authenticator = Authenticator.open(sign_in, clock=lambda: now)
    header = f"Bearer {signer.token(exp=int(now) + 60)}"
    assert authenticator.remembered(header) is None
    first = asyncio.run(authenticator.check(header))
    assert authenticator.remembered(header) is first
    now = first.expires_at
    assert authenticator.remembered(header) is None
    assert not any(signer.kid in str(key) or "Bearer" in str(key) for key in authenticator._remembered)


def test_what_is_remembered_has_an_end(sign_in: SignIn, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticator_module, "MOST_REMEMBERED", 3)
    authenticator = Authenticator.open(sign_in)
    headers = [f"Bearer {signer.token(sub=f'u-{number}')}" for number in range(5)]
    for header in headers:
        asyncio.run(authenticator.check(header))
    assert [authenticator.remembered(header) is not None for header in headers] == [False, False, True, True, True]


def test_a_new_key_is_fetched_when_a_token_names_it(site: Site, signer: Signer, other_signer: Signer) -> None:
    site.answer.body = jwks(signer)
    now = 0.0
    authenticator = Authenticator.open(SignIn(ISSUER, AUDIENCE, ("RS256",), site.url))
    assert authenticator.keys is not None
    authenticator.keys._clock = lambda: now
    authenticator.keys._looked = 0.0

    async def story() -> None:
        nonlocal now
        old, new = f"Bearer {signer.token()}", f"Bearer {other_signer.token()}"
        await authenticator.check(old)
        site.answer.body = jwks(other_signer)
        with pytest.raises(SignInRefused):
            await authenticator.check(new)
        assert site.answer.asked == 1, "asked again within a minute"
        now = 61.0
        # Many at once ask once.
        site.answer.wait = 0.1
        found = await asyncio.gather(*(authenticator.check(new) for _ in range(20)))
        assert {one.viewer.subject for one in found} == {"u-1"}
        assert site.answer.asked == 2
        # The old key is gone, and with it what was remembered by it.
        with pytest.raises(SignInRefused):
            await authenticator.check(old)
        for number in range(50):
            with pytest.raises(SignInRefused):
                await authenticator.check(f"Bearer {other_signer.token(header={'kid': f'made-up-{number}'})}")
        assert site.answer.asked == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, b"{}", {}),
        (200, b"<html>", {}),
        (200, b'{"keys": []}', {}),
        (200, b"other" + b" " * 600_000, {}),
        (302, b"", {"location": "/elsewhere"}),
    ],
    ids=str,
)
def test_the_last_good_keys_stay(
    site: Site, signer: Signer, other_signer: Signer, status: int, body: bytes, headers: dict[str, str]
) -> None:
    site.answer.body = jwks(signer)
    site.answer.elsewhere = jwks(other_signer)
    body = body.replace(b"other", jwks(other_signer))
    now = 0.0
    authenticator = Authenticator.open(SignIn(ISSUER, AUDIENCE, ("RS256",), site.url))
    assert authenticator.keys is not None
    authenticator.keys._clock = lambda: now
    authenticator.keys._looked = 0.0

    async def story() -> None:
        nonlocal now
        site.answer.status, site.answer.body, site.answer.headers = status, body, headers
        now = 301.0
        await authenticator.refresh()
        assert site.answer.asked == 2
        assert "取不到签名公钥" in authenticator.problem or "JWKS" in authenticator.problem or "JSON" in authenticator.problem
        assert (await authenticator.check(f"Bearer {signer.token()}")).viewer.subject == "u-1"
        with pytest.raises(SignInRefused):
            await authenticator.check(f"Bearer {other_signer.token()}")
        site.answer.status, site.answer.body, site.answer.headers = 200, jwks(signer), {}
        now = 400.0
        await authenticator.refresh()
        assert authenticator.problem == ""

    asyncio.run(story())


def test_a_changed_file_of_keys_is_read_again(sign_in: SignIn, signer: Signer, other_signer: Signer) -> None:
    authenticator = Authenticator.open(sign_in)

    async def story() -> None:
        old, new = f"Bearer {signer.token()}", f"Bearer {other_signer.token()}"
        await authenticator.check(old)
        Path(sign_in.keys).write_bytes(jwks(other_signer, signer))
        await authenticator.check(new)
        Path(sign_in.keys).write_bytes(jwks(other_signer))
        await authenticator.refresh()
        with pytest.raises(SignInRefused):
            await authenticator.check(old)
        Path(sign_in.keys).unlink()
        await authenticator.refresh()
        assert "文件不存在" in authenticator.problem
        await authenticator.check(new)

    asyncio.run(story())


def test_without_keys_everybody_is_the_person_at_this_machine() -> None:
    authenticator = Authenticator(SignIn())
    assert authenticator.remembered(None) is not None
    assert asyncio.run(authenticator.viewer_of("Bearer whatever")) is LOCAL


@pytest.mark.parametrize("subject", ["a\0b", "\ud800"])
def test_a_subject_that_no_database_can_keep_is_refused(sign_in: SignIn, signer: Signer, subject: str) -> None:
    with pytest.raises(SignInRefused):
        asyncio.run(Authenticator.open(sign_in).check(f"Bearer {signer.token(sub=subject)}"))
