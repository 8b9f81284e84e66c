"""Citations in short: a law by its name, a notice with a long name by its number; each document in full once, in a list at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel

from planner.plan import LegalBasis, Plan

LONGEST_NAME = 20
"""A longer name gives way to the document's number."""
_STATE = "中华人民共和国"
_VERSION = re.compile(r"（\d{4}年[^（）]{0,4}）$")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that a plan cites. `anchor` names its place in the list; `short` is what stands in the text, brackets included."""

    anchor: str
    name: str
    number: str
    short: str

    @property
    def full(self) -> str:
        return f"《{self.name}》" + (f"（{self.number}）" if self.number else "")


@dataclass(frozen=True, slots=True)
class Citation:
    """Articles of one document, equally checked, in short: 《土地管理法》第四十四条、第四十六条."""

    document: Document
    articles: tuple[str, ...]
    verified: bool

    @property
    def text(self) -> str:
        return self.document.short + "、".join(self.articles)


@dataclass(frozen=True)
class Citations:
    """The documents that a plan cites, with a short name for each that no other has."""

    plan: Plan

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """In the order of their short names: those named first, then those that go by their number."""
        cited = dict.fromkeys((one.document, one.number) for one in _basis_in(self.plan))
        short = {key: _short(*key) for key in cited}
        shared = {text for text in short.values() if sum(text == other for other in short.values()) > 1}
        named = {key: _full(*key) if text in shared else text for key, text in short.items()}
        ordered = sorted(named.items(), key=lambda pair: (not pair[1].startswith("《"), pair[1]))
        return tuple(Document(f"law-{place}", *key, text) for place, (key, text) in enumerate(ordered, 1))

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Document]:
        return {(one.name, one.number): one for one in self.documents}

    def of(self, basis: Iterable[LegalBasis]) -> tuple[Citation, ...]:
        """Citations of the plan in short, in their order, each once; articles of one document that follow each other stand together."""
        found: list[Citation] = []
        for one in dict.fromkeys(basis):
            document = self._by_key[one.document, one.number]
            articles = (one.article,) if one.article else ()
            if found and articles and found[-1].articles and (found[-1].document, found[-1].verified) == (document, one.verified):
                found[-1] = Citation(document, (*found[-1].articles, *articles), one.verified)
            else:
                found.append(Citation(document, articles, one.verified))
        return tuple(found)


def _basis_in(value: object) -> Iterator[LegalBasis]:
    if isinstance(value, LegalBasis):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _basis_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _basis_in(one)


def _full(name: str, number: str) -> str:
    return f"《{name}》" + (f"（{number}）" if number else "")


def _short(name: str, number: str) -> str:
    short = _VERSION.sub("", name).removeprefix(_STATE) or name
    return number if number and len(short) > LONGEST_NAME else f"《{short}》"
