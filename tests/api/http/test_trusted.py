"""Trusted documents: with a manifest, only what it holds runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from planner import DiagnosticError
from planner_api.app import create_app
from planner_api.http.trusted import digest, main, read_trusted
from planner_api.service import Service

KNOWN = "query Name { rulebook { name } }"
OTHER = "query Digest { rulebook { digest } }"
FORM = "application/graphql-response+json"


def persisted(text: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}}


@pytest.fixture(scope="module")
def http(
    another: Callable[..., Service], serve_at: Callable[..., AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A server that trusts `KNOWN` alone."""
    manifest = tmp_path_factory.mktemp("trusted") / "manifest.json"
    manifest.write_text(json.dumps({digest(KNOWN): KNOWN}), encoding="utf-8")
    app = create_app(another(trusted=manifest))
    with serve_at(app) as address, httpx.Client(base_url=f"http://{address}", headers={"accept": FORM}) as client:
        yield client


@pytest.mark.parametrize(
    "body",
    [
        {"query": KNOWN},
        {"documentId": digest(KNOWN)},
        {"documentId": f"sha256:{digest(KNOWN)}"},
        {"documentId": digest(KNOWN).upper()},
        persisted(KNOWN),
        {"query": KNOWN, **persisted(KNOWN)},
        {"documentId": digest(KNOWN), **persisted(KNOWN)},
        {"documentId": digest(KNOWN), "operationName": "Name"},
    ],
)
def test_known_documents_run(http: httpx.Client, body: dict[str, Any]) -> None:
    assert http.post("/graphql", json=body).json()["data"]["rulebook"]["name"]


def test_known_documents_run_by_get(http: httpx.Client) -> None:
    assert http.get("/graphql", params={"documentId": digest(KNOWN)}).json()["data"]["rulebook"]["name"]
    extensions = json.dumps(persisted(KNOWN)["extensions"])
    assert http.get("/graphql", params={"extensions": extensions}).json()["data"]["rulebook"]["name"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": OTHER}, "UNTRUSTED_DOCUMENT"),
        ({"query": KNOWN + " "}, "UNTRUSTED_DOCUMENT"),
        ({"query": OTHER, **persisted(OTHER)}, "UNTRUSTED_DOCUMENT"),
        ({"query": OTHER, **persisted(KNOWN)}, "BAD_REQUEST"),
        ({"documentId": digest(OTHER)}, "PERSISTED_QUERY_NOT_FOUND"),
        (persisted(OTHER), "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": "{ __schema { types { name } } }"}, "UNTRUSTED_DOCUMENT"),
        ({"documentId": "abc"}, "BAD_REQUEST"),
        ({"documentId": digest(KNOWN), **persisted(OTHER)}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": 5}}, "BAD_REQUEST"),
    ],
)
def test_others_do_not(http: httpx.Client, body: dict[str, Any], code: str) -> None:
    answer = http.post("/graphql", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer.json()


def test_without_a_manifest_texts_run_and_digests_are_asked_for_in_full(client: Any) -> None:
    # What clients of automatic persisted queries look for before they send the text.
    (error,) = client.http.post("/graphql", json=persisted(KNOWN)).json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    assert client.http.post("/graphql", json={"query": KNOWN, **persisted(KNOWN)}).json()["data"]
    assert client.http.post("/graphql", json={"query": OTHER, **persisted(KNOWN)}).json()["errors"]


def test_a_manifest_of_the_screens(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], operations: Any) -> None:
    manifest = tmp_path / "manifest.json"
    assert main([str(root / "graphql" / "operations"), "-o", str(manifest)]) == 0
    assert str(len(operations)) in capsys.readouterr().out
    found = read_trusted(manifest)
    assert sorted(found.values()) == sorted(operations.values())
    assert found == read_trusted(root / "graphql" / "operations")
    assert main([str(root / "graphql" / "operations")]) == 0
    assert capsys.readouterr().out == manifest.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    ["", "5", "{}", "[]", '{"abc": "{ a }"}', json.dumps({digest(KNOWN): OTHER}), json.dumps({digest(KNOWN): 5}), "[" * 100_000],
)
def test_manifests_that_are_none(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DiagnosticError) as refused:
        read_trusted(file)
    assert [problem.code for problem in refused.value.diagnostics] == ["L706"]
    assert str(file) in str(refused.value)
    assert main([str(file)]) == 2
    assert "L706" in capsys.readouterr().err


def test_folders_without_documents(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DiagnosticError):
            read_trusted(path)


def test_a_manifest_that_cannot_be_written(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(root / "graphql" / "operations"), "-o", str(tmp_path)]) == 2
    assert "L704" in capsys.readouterr().err


def test_a_server_with_a_bad_manifest_does_not_start(another: Callable[..., Service], tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError):
        create_app(another(trusted=tmp_path / "nowhere.json"))


def test_a_manifest_that_is_not_there_is_told_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        read_trusted(tmp_path / "none.json")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.message) == ("L706", "可信操作读不出来：文件不存在")
    assert problem.file.endswith("none.json")
