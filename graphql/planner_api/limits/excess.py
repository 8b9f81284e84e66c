"""More than a request may ask for, said in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graphql import GraphQLError

Measure = Literal[
    "text",
    "tokens",
    "depth",
    "aliases",
    "root_fields",
    "directives",
    "fragments",
    "repeats",
    "values",
    "page",
    "cost",
    "introspection",
]

_WORDS: dict[Measure, str] = {
    "text": "查询文本最多 {} 个字符",
    "tokens": "查询最多 {} 个记号",
    "depth": "查询最多嵌套 {} 层",
    "aliases": "查询最多用 {} 个别名",
    "root_fields": "一次查询最多 {} 个根字段",
    "directives": "查询最多用 {} 个指令",
    "fragments": "文档最多有 {} 个操作和片段，使用片段最多 {} 处",
    "repeats": "同一个字段在同一处最多重复 {} 次",
    "values": "请求最多 {} 个值",
    "page": "一页最多 {} 行，最少 0 行",
    "cost": "查询的代价超过 {}：少选一些字段，或者分几次、分几页查",
    "introspection": "这个服务不提供自省（introspection）：类型见发布的 schema.graphql",
}


@dataclass(frozen=True, slots=True)
class Excess:
    """What there is too much of, and the most there may be. `found`: how much there is, where it was counted to the end."""

    measure: Measure
    most: int
    found: int | None = None

    @property
    def message(self) -> str:
        words = _WORDS[self.measure].replace("{}", str(self.most))
        return words if self.found is None else f"{words}，现在是 {self.found}"

    def error(self) -> GraphQLError:
        extensions: dict[str, object] = {"code": "LIMIT_EXCEEDED", "limit": self.measure, "most": self.most}
        if self.found is not None:
            # A number beyond a double's range is no use to anyone, and some JSON readers fall over it.
            extensions["found"] = min(self.found, 2**53 - 1)
        return GraphQLError(self.message, extensions=extensions)
