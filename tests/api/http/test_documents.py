"""Documents made ready once, and which of them are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from planner_api.app import create_app
from planner_api.http.documents import DocumentRefused, Documents
from planner_api.limits import Excess
from planner_api.service import Service
from planner_api.settings import Settings


def text(number: int) -> str:
    return f"query Q{number} {{ rulebook {{ name }} }}"


def test_the_same_text_is_made_ready_once(service: Service) -> None:
    documents = Documents(Settings())
    schema = service.live.in_use.schema
    assert documents.ready(schema, text(1)) is documents.ready(schema, text(1))
    assert documents.ready(schema, text(1)) is not documents.ready(schema, text(2))
    first = documents.ready(schema, text(1))
    documents.clear()
    assert documents.ready(schema, text(1)) is not first


def test_those_used_last_are_kept(service: Service) -> None:
    schema = service.live.in_use.schema
    size = Documents(Settings()).ready(schema, text(1)).size
    documents = Documents(Settings(), most=3 * size)
    made = {n: documents.ready(schema, text(n)) for n in (1, 2, 3)}
    assert documents.ready(schema, text(1)) is made[1]
    documents.ready(schema, text(4))
    assert documents.ready(schema, text(1)) is made[1]
    assert documents.ready(schema, text(2)) is not made[2]


def test_documents_of_another_schema_are_others(toy: Any, service: Service) -> None:
    with toy() as server:
        documents = Documents(Settings())
        assert documents.ready(server.service.live.in_use.schema, "{ echo }")
        with pytest.raises(DocumentRefused):
            documents.ready(service.live.in_use.schema, "{ echo }")


def test_refused_ones_are_refused_again(service: Service) -> None:
    documents = Documents(Settings())
    for _ in range(2):
        with pytest.raises(DocumentRefused) as refused:
            documents.ready(service.live.in_use.schema, "{ nothing }")
        assert len(refused.value.errors) == 1


def test_a_swapped_rulebook_is_used_from_the_next_request_on(toy: Any, service: Service) -> None:
    with toy() as server:
        assert server.post("{ echo }").json()["data"] == {"echo": ""}
        server.service.live.swap(replace(service.live.in_use))
        assert server.post("{ echo }").json()["errors"]
        assert server.post("{ rulebook { __typename } }").json()["data"]


def test_an_excess_says_how_much_there_may_be() -> None:
    assert "12" in Excess("depth", 12, 40).message
    error = Excess("cost", 10, 10**30).error()
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "cost", "most": 10, "found": 2**53 - 1}


# -- other origins -----------------------------------------------------------------------------------------------------

QUERY = {"query": "{ rulebook { name } }"}
ORIGIN = "https://front.example"


def test_other_origins_are_told_nothing(client: Any) -> None:
    for _ in range(2):  # worked out, and kept
        answer = client.http.post("/graphql", json=QUERY, headers={"origin": ORIGIN})
        assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    assert "access-control-allow-origin" not in client.http.options("/graphql", headers=asked).headers


def test_origins_named_may_read(another: Callable[..., Service], serve_at: Any) -> None:
    with serve_at(create_app(another(origins=(ORIGIN,)))) as address, httpx.Client(base_url=f"http://{address}") as http:
        for _ in range(2):
            answer = http.post("/graphql", json=QUERY, headers={"origin": ORIGIN})
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert "etag" in answer.headers["access-control-expose-headers"].lower()
            known = {"origin": ORIGIN, "accept": "application/json"}
            tag = http.get("/graphql", params=QUERY, headers=known).headers["etag"]
            again = http.get("/graphql", params=QUERY, headers={**known, "if-none-match": tag})
            assert (again.status_code, again.headers["access-control-allow-origin"]) == (304, ORIGIN)
        other = http.post("/graphql", json=QUERY, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        asked = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        assert http.options("/graphql", headers=asked).status_code == 200
