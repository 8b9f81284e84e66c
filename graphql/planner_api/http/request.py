"""A GraphQL request read from HTTP: JSON by POST, or the parameters of an address by GET."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from planner_api.http.errors import Code
from planner_api.scalars import exact_number
from planner_api.settings import Limits

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONG_NUMBER = re.compile(r"[0-9]{1000}")
_HASH = re.compile(r"[0-9a-f]{64}")


class BadRequest(Exception):
    """No GraphQL request can be read from this one."""

    def __init__(
        self, message: str, status: int = 400, code: str = Code.BAD_REQUEST, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: a document's text, or the SHA-256 of one the server knows, or both; variables; which operation."""

    query: str | None
    document: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


def from_body(body: bytes, limits: Limits) -> Asking:
    """The request in a POST's body. Raises `BadRequest`."""
    try:
        text = body.decode("utf-8")
    except UnicodeError as error:
        raise BadRequest("请求不是 UTF-8 编码的文字") from error
    return from_json(json_value(text, limits))


def from_json(decoded: object) -> Asking:
    """The request in a JSON value. Raises `BadRequest`."""
    if isinstance(decoded, list):
        raise BadRequest('一次请求只能有一个操作，不能成批：写成 JSON 对象 {"query": …, "variables": …}')
    if not isinstance(decoded, dict):
        raise BadRequest('请求要写成 JSON 对象：{"query": …, "variables": …}')
    extensions = _of(decoded, "extensions", dict)
    return _asking(
        _of(decoded, "query", str),
        _of(decoded, "documentId", str),
        _of(decoded, "variables", dict),
        _of(decoded, "operationName", str),
        extensions,
    )


def from_address(query_string: bytes, limits: Limits) -> Asking:
    """The request in the parameters of an address. Raises `BadRequest`."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=20
        )
    except UnicodeError as error:
        raise BadRequest("地址里的参数不是 UTF-8 编码的文字") from error
    except ValueError as error:
        raise BadRequest("地址里的参数太多") from error
    given = dict(pairs)
    if len(given) < len(pairs):
        raise BadRequest("地址里有重复的参数")
    decoded: dict[str, Any] = {name: given.get(name) or None for name in ("query", "documentId", "operationName")}
    for name in ("variables", "extensions"):
        decoded[name] = json_value(given[name], limits) if given.get(name) else None
    return from_json(decoded)


def _asking(
    query: str | None, document: str | None, variables: dict[str, Any] | None, name: str | None, extensions: dict[str, Any] | None
) -> Asking:
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is not None:
        digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(digest, str):
            raise BadRequest("extensions.persistedQuery 要写成 {version: 1, sha256Hash: …}")
        if document is not None and _digest(document) != _digest(digest):
            raise BadRequest("documentId 和 extensions.persistedQuery 不是同一个文档")
        document = digest
    if document is not None:
        document = _digest(document)
    if not query and document is None:
        raise BadRequest("请求里没有 query，也没有 documentId")
    return Asking(query or None, document, variables or {}, name or None)


def _digest(text: str) -> str:
    digest = text.removeprefix("sha256:").lower()
    if not _HASH.fullmatch(digest):
        raise BadRequest("文档的标识要写它的 SHA-256：64 位十六进制数字")
    return digest


def _of(decoded: dict[str, Any], name: str, type_: type) -> Any:
    value = decoded.get(name)
    if value is not None and not isinstance(value, type_):
        raise BadRequest(f"{name} 要写成{'对象' if type_ is dict else '文字'}")
    return value


def json_value(text: str, limits: Limits) -> object:
    """A JSON value, its fractions exact. What holds far too many values is refused unread: reading them would take long."""
    if text.count(",") + text.count("[") + text.count("{") > limits.values + limits.tokens:
        raise _too_many(limits)
    long = _LONG_NUMBER.search(text) is not None
    try:
        decoded = json.loads(text, parse_float=exact_number, parse_int=_whole_number if long else None, parse_constant=_no_number)
        if _SURROGATE.search(text):
            json.dumps(decoded, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeError as error:
        raise BadRequest("请求不是 UTF-8 编码的文字") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"请求不是 JSON：{error}") from error
    if sum(1 for _ in _values(decoded)) > limits.values:
        raise _too_many(limits)
    return decoded


def _too_many(limits: Limits) -> BadRequest:
    return BadRequest(f"请求最多 {limits.values} 个值", 413, Code.LIMIT_EXCEEDED)


def _values(value: object) -> Iterator[object]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _whole_number(digits: str) -> int | str:
    # Beyond a few thousand digits Python refuses to read an integer: its text goes on, for the vocabulary to refuse.
    return int(digits) if len(digits) < 1000 else digits


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} 不是 JSON")
