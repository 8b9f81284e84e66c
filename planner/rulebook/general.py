"""Rules that are not one approval's: general rules of routes, fast lanes, joint handling, clocks and caps.

    routes.yaml   路线总则   what no easier route may be taken for, and what follows when one is not kept
    lanes.yaml    快办通道   fast lanes for a kind of project, open here or not
    joint.yaml    联合办理   approvals handled as one under one lead
    clocks.yaml   时限总则、总时限   correction notice and delivery; the most that a whole procedure may take

Each may be kept by theme in a folder of its name. An entry of a layer above replaces those of the same 代码 below, all their versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from planner.diagnostics import Diagnostic
from planner.rulebook.compiled import Source
from planner.rulebook.files import Unread, read_items
from planner.rulebook.grammar import ALWAYS_TRUE, Expression, read_condition
from planner.rulebook.layers import theme_files
from planner.rulebook.lists import grounded_parts
from planner.rulebook.models import (
    ClocksFile,
    GeneralClock,
    GeneralRoute,
    Grounded,
    JointFile,
    JointModel,
    LaneModel,
    LanesFile,
    RoutesFile,
    TimeCapModel,
)
from planner.rulebook.source import Path_, Positions
from planner.vocabulary import Vocabulary

ModelT = TypeVar("ModelT", bound=Grounded, covariant=True)


class Kind(NamedTuple):
    """One kind of general rule: the file it stands in, the key of its list there, and the models of both."""

    theme: str
    key: str
    file: type[BaseModel]
    model: type[Grounded]


KINDS: tuple[Kind, ...] = (
    Kind("routes", "路线总则", RoutesFile, GeneralRoute),
    Kind("lanes", "快办通道", LanesFile, LaneModel),
    Kind("joint", "联合办理", JointFile, JointModel),
    Kind("clocks", "时限总则", ClocksFile, GeneralClock),
    Kind("clocks", "总时限", ClocksFile, TimeCapModel),
)


@dataclass(frozen=True, slots=True)
class LoadedGeneral(Generic[ModelT]):
    """A general rule as its layer writes it. `conditions`: every 当, read, by its place: "" is the entry's own, then `排除/0`, `路线/1` …

    `below`: the versions of the nearest layer below that the entry replaces.
    """

    layer: str
    model: ModelT
    conditions: Mapping[str, Expression]
    source: Source
    positions: Positions
    below: tuple[LoadedGeneral[Any], ...] = ()

    @property
    def key(self) -> str:
        """The key of the list it stands in: 路线总则, 快办通道 …"""
        return next(kind.key for kind in KINDS if isinstance(self.model, kind.model))

    def when(self, place: str = "") -> Expression:
        return self.conditions.get(place, ALWAYS_TRUE)

    def nested(self) -> Iterator[tuple[str, int, Any]]:
        """The dated, grounded parts of the entry: the key of their list, their place in it, and what stands there."""
        for key, path, item in grounded_parts(self.model):
            yield key, int(path[1]), item

    def place_of(self, key: str, index: int) -> Source:
        """Where one of these parts stands."""
        return Source(self.source.file, self.positions.of((key, index))[0], f"{self.source.name} {key}")


def with_replaced(general: Iterable[LoadedGeneral[Any]]) -> Iterator[LoadedGeneral[Any]]:
    """General rules and, after each layer's, those it replaces, down to the ground: every one once."""
    seen: set[int] = set()
    left = list(general)
    while left:
        one = left.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            left += one.below


def read_general(
    folder: Path,
    vocabulary: Vocabulary,
    problems: list[Diagnostic],
    overlapping: Callable[[Any, Any], bool],
    below: Mapping[tuple[str, str], Sequence[LoadedGeneral[Any]]],
) -> list[tuple[tuple[str, str], list[LoadedGeneral[Any]]]]:
    """The general rules of one layer, by key of their list and 代码, each with what it replaces of `below`, those of the layers below.

    `overlapping(one, other)`: whether both are in force on some day.
    """
    layer = folder.resolve().name
    found: dict[tuple[str, str], list[LoadedGeneral[Any]]] = {}
    for kind in KINDS:
        for path in theme_files(folder, kind.theme):
            # Both lists of one file are read from it: what is said of the file twice is shown once.
            entries, positions = read_items(kind.file, kind.key, kind.model, path, problems, Unread().laws, ("代码",))
            for index, model in entries:
                place: Path_ = (kind.key, index)
                code: str = model.code  # type: ignore[attr-defined]
                conditions = _conditions(model, place, positions, vocabulary, problems)
                file = f"{layer}/{path.relative_to(folder).as_posix()}"
                source = Source(file, positions.of(place)[0], f"{kind.key}“{model.name}”")  # type: ignore[attr-defined]
                versions = found.setdefault((kind.key, code), [])
                other = next((one for one in versions if overlapping(model, one.model)), None)
                if other is not None:
                    where = f"{other.positions.file}:{other.source.line}"
                    message = f"{kind.key}“{code}”登记了两次，有效期重叠（另一处：{where}）"
                    fix = "删去一处，或换一个代码；前后有别的，前一条的“失效”写成后一条的“生效”那一天"
                    problems.append(positions.diagnostic("R307", message, (*place, "代码"), fix))
                replaced = tuple(below.get((kind.key, code), ()))
                versions.append(LoadedGeneral(layer, model, conditions, source, positions.below(place), replaced))
    return list(found.items())


def _conditions(
    model: Grounded, place: Path_, positions: Positions, vocabulary: Vocabulary, problems: list[Diagnostic]
) -> dict[str, Expression]:
    conditions = {}
    if hasattr(model, "when"):
        conditions[""] = read_condition(model.when, (*place, "当"), positions, vocabulary, problems)
    for key, path, item in grounded_parts(model):
        conditions[f"{key}/{path[1]}"] = read_condition(item.when, (*place, *path, "当"), positions, vocabulary, problems)
    return conditions
