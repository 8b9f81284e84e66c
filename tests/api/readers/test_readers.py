"""Compiled readers against graphql-core itself: the same answer, byte for byte, and the same errors."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NewType, cast

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    execute,
    get_named_type,
    parse,
    validate,
)
from planner import Planner, load_project
from planner.plan import Plan
from planner_api import plan_types, readers
from planner_api.readers import ReadingExecutor, reading_executor
from planner_api.scalars import SCALARS

DAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Answers:
    """A schema with an executor of its own: one that reads, beside one that only executes."""

    schema: GraphQLSchema
    executor: type[ReadingExecutor]

    def equal(self, query: str | DocumentNode, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        """The reader's answer, after comparing it with graphql-core's: data, order of keys, errors, paths."""
        document = parse(query) if isinstance(query, str) else query
        assert not validate(self.schema, document)
        found, expected = (
            cast(ExecutionResult, execute(self.schema, document, variable_values=dict(variables or {}), executor_class=executor))
            for executor in (self.executor, StrawberryGraphQLCoreExecutionContext)
        )
        assert json.dumps(found.data, ensure_ascii=False) == json.dumps(expected.data, ensure_ascii=False)
        assert [e.formatted for e in found.errors or ()] == [e.formatted for e in expected.errors or ()]
        return found


def answering(query: type, *types: Any) -> Answers:
    schema = strawberry.Schema(
        query=query,
        types=types,
        config=StrawberryConfig(scalar_map={**SCALARS, Echo: strawberry.scalar(name="Echo", serialize=lambda value: value)}),
    )
    return Answers(schema._schema, reading_executor())


@pytest.fixture(scope="module")
def plans(anshan: Planner, root: Path) -> Answers:
    made = [anshan.plan(anshan.read(*load_project(path)), as_of=DAY) for path in sorted((root / "examples").glob("*.yaml"))]

    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=list[plan_types.Plan])
        def plans(self) -> list[Plan]:
            return made

        @strawberry.field(graphql_type=plan_types.PlanResult)
        def result(self) -> Plan:
            return made[0]

    return answering(Query)


def selection(schema: GraphQLSchema, name: str, chance: random.Random, depth: int = 0) -> str:
    """Some of a type's fields, now and then under another name, in a fragment, or left to a variable."""
    of = schema.type_map[name]
    if isinstance(of, GraphQLUnionType):
        return "{ " + " ".join(f"... on {t.name} {selection(schema, t.name, chance, depth)}" for t in of.types) + " }"
    if not isinstance(of, GraphQLObjectType):
        return ""
    parts = []
    names = list(of.fields)
    for field in chance.sample(names, chance.randint(1, len(names))):
        below = selection(schema, get_named_type(of.fields[field].type).name, chance, depth + 1)
        written = f"{chance.choice(['', f'a{depth}_{field}: '])}{field} {chance.choice(['', '', '@include(if: $yes)', '@skip(if: $no)'])} {below}"
        parts.append(chance.choice([written, written, f"... on {name} {{ {written} }}", f"... @skip(if: $yes) {{ {written} }}"]))
        if chance.random() < 0.2:
            parts.append("__typename")
    return "{ __typename " + " ".join(parts) + " }"


@pytest.mark.parametrize("seed", range(25))
def test_random_selections_of_plans(plans: Answers, seed: int) -> None:
    chance = random.Random(seed)
    query = f"query ($yes: Boolean!, $no: Boolean! = false) {{ plans {selection(plans.schema, 'Plan', chance)} "
    query += (
        f"result {selection(plans.schema, 'PlanResult', chance)} k: result {{ __typename @skip(if: $no) @include(if: $yes) }} }}"
    )
    document = parse(query)
    for yes in (True, False, True):
        assert plans.equal(document, {"yes": yes}).data


def test_readers_do_read(plans: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is one: plain objects do not come by graphql-core's way, what has a resolver does."""
    executed: list[str] = []
    original = StrawberryGraphQLCoreExecutionContext.execute_field

    def execute_field(self: Any, parent_type: GraphQLObjectType, *rest: Any) -> Any:
        executed.append(parent_type.name)
        return original(self, parent_type, *rest)

    monkeypatch.setattr(ReadingExecutor, "execute_field", execute_field)
    plans.equal("{ plans { items { name basis { document } } } }")
    assert executed == ["Query"]


def test_fragments_aliases_and_merged_fields(plans: Answers) -> None:
    plans.equal(
        """{ plans { ...A items { code } other: items { n: name } ...B } }
        fragment A on Plan { items { name department ...C } asOf }
        fragment B on Plan { items { basis { verified number } } items { basis { document } } }
        fragment C on PlanItem { code status __typename }"""
    )


@strawberry.enum
class Size(Enum):
    SMALL = 1
    LARGE = 2


Echo = NewType("Echo", object)
"""A scalar that passes on whatever it is given."""


@strawberry.type
class Leaf:
    text: str
    number: int
    maybe: bool | None


@strawberry.type
class Holder:
    leaves: list[Leaf]
    gaps: list[Leaf | None]
    one: Leaf | None
    needed: Leaf
    words: list[str]
    size: Size
    echo: Echo


@strawberry.type
class Part:
    name: str

    @strawberry.field
    def twice(self, times: int = 2) -> str:
        return self.name * times


class Twin(Part):
    """Its attribute has the name of a field with a resolver."""

    def __getattribute__(self, name: str) -> Any:
        return "never read" if name == "twice" else super().__getattribute__(name)


def leaf(**values: Any) -> Any:
    return SimpleNamespace(**{"text": "t", "number": 1, "maybe": None, **values})


def holding(**values: Any) -> Answers:
    """A schema that answers with these values, whether their types like them or not."""

    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=Holder | None)
        def holder(self) -> Any:
            return SimpleNamespace(
                **{"leaves": (), "gaps": (), "one": None, "needed": leaf(), "words": (), "size": Size.SMALL, "echo": 1, **values}
            )

    return answering(Query)


ODD = "{ holder { leaves { text number maybe } gaps { text number } one { text number maybe } needed { text number maybe } words size echo } }"


@pytest.mark.parametrize(
    "values",
    [
        {"text": None},
        {"text": 5},
        {"text": ["no"]},
        {"number": 2**31},
        {"number": -(2**31)},
        {"number": True},
        {"number": 1.0},
        {"number": "7"},
        {"number": "seven"},
        {"maybe": 1},
        {"maybe": "yes"},
        {"text": ValueError("an error as a value")},
    ],
    ids=repr,
)
def test_values_their_types_do_not_expect(values: dict[str, Any]) -> None:
    good, bad = leaf(), leaf(**values)
    for held in ({"leaves": (good, bad)}, {"gaps": [good, None, bad]}, {"one": bad}, {"needed": bad}):
        holding(**held).equal(ODD)


@pytest.mark.parametrize(
    "held",
    [
        {"leaves": None},
        {"leaves": "text is no list"},
        {"leaves": {1, 2}},
        {"needed": None},
        {"gaps": [None, None]},
        {"one": 5},
        {"leaves": [None]},
        {"leaves": iter(())},
        {"words": "text is no list"},
        {"words": frozenset({"word"})},
        {"words": ("a", None)},
        {"size": Size.LARGE},
        {"size": 2},
        {"size": 3},
        {"size": "LARGE"},
        {"size": None},
        {"echo": None},
        {"echo": Undefined},
        {"echo": {"any": ["thing"]}},
    ],
    ids=lambda held: "-".join(f"{name}-{type(value).__name__}" for name, value in held.items()),
)
def test_shapes_their_types_do_not_expect(held: dict[str, Any]) -> None:
    holding(**held).equal(ODD)


def test_errors_are_still_found() -> None:
    found = holding(needed=leaf(text=None)).equal(ODD)
    assert found.data == {"holder": None}
    assert [e.path for e in found.errors or ()] == [["holder", "needed", "text"]]


def test_what_has_a_resolver_is_resolved() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def parts(self) -> list[Part]:
            return [Twin(name="a"), Twin(name="b")]

    answers = answering(Query)
    assert answers.equal("query ($n: Int) { parts { name t: twice(times: $n) twice } }", {"n": 3}).data == {
        "parts": [{"name": "a", "t": "aaa", "twice": "aa"}, {"name": "b", "t": "bbb", "twice": "bb"}]
    }


def test_readers_kept_are_bounded(plans: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_READERS", 5)
    for number in range(20):
        plans.equal(f"{{ plans {{ a{number}: asOf }} }}")
        assert len(plans.executor.readers) <= 5
