"""Who may ask what: every field as every role, and which rows each of them sees."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphql import (
    GraphQLNamedType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
)
from planner import Planner, load_project
from planner_api.access.rules import DESKS, EVERYONE, OFFICES, OWNERS, ROOTS, RULES, RULES_STAFF, refusals, roles_for
from planner_api.access.viewer import Role, Viewer
from planner_api.http.documents import Documents
from planner_api.ids import global_id
from planner_api.service import Service
from tests.api.schema.asking import Asker, Kept, keep, viewer

NATURE, HOUSING = "鞍山市自然资源局", "鞍山市住房和城乡建设局"
NOBODY = Viewer("nobody", frozenset())
ALICE = viewer(Role.APPLICANT, "alice")
BOB = viewer(Role.APPLICANT, "bob")
URBAN = viewer(Role.TEAM, "urban", teams=("urban_construction_team",))
OFFICE = viewer(Role.DEPARTMENT, "office", departments=(NATURE,))
FARM = viewer(Role.DEPARTMENT, "farm", departments=("鞍山市某某局",))
POLICY = viewer(Role.POLICY, "policy")
ADMIN = viewer(Role.ADMIN, "admin")
BOTH = Viewer("alice", frozenset({Role.APPLICANT, Role.DEPARTMENT}), frozenset({NATURE}))
VIEWERS = {
    "nobody": NOBODY, "alice": ALICE, "bob": BOB, "urban": URBAN, "office": OFFICE, "farm": FARM, "policy": POLICY, "admin": ADMIN, "both": BOTH,
}  # fmt: skip
SEES = {
    "nobody": set(), "alice": {"factory"}, "bob": {"road", "line"}, "urban": {"road"}, "office": {"factory", "road"}, "farm": set(),
    "policy": set(), "admin": {"factory", "road", "line"}, "both": {"factory", "road"},
}  # fmt: skip
"""Which projects each viewer sees."""
WHOLE = {**SEES, "office": set(), "both": {"factory"}}
"""Which of them whole."""


@dataclass(frozen=True)
class World:
    """A service with projects of two owners, three classes, and several departments; one without a plan."""

    asker: Asker
    kept: Mapping[str, Kept]

    def as_(self, name: str) -> Asker:
        return self.asker.by(VIEWERS[name])

    def id(self, name: str) -> str:
        return global_id("Project", self.kept[name].project.id)

    def plans(self, name: str) -> list[str]:
        return [global_id("SavedPlan", plan.id) for plan in self.kept[name].plans]


@pytest.fixture(scope="module")
def world(services: Callable[..., Service], examples: Mapping[str, Path]) -> World:
    service = services()
    kept = {
        "factory": keep(service, "alice", examples["standard-factory"], "2026-04-07", "2026-05-06"),
        "road": keep(service, "bob", examples["trunk-road-with-bridge"], "2026-04-07"),
        "line": keep(service, "bob", examples["refractory-line-upgrade"]),
    }
    for name in ("factory", "road"):
        assert all(NATURE in plan.departments for plan in kept[name].plans)
    return World(Asker(service), kept)


# -- the table ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(service: Service) -> GraphQLSchema:
    """The schema that runs."""
    return service.live.in_use.schema._schema


def fields_of(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, type_ in schema.type_map.items():
        if not name.startswith("__") and (is_object_type(type_) or is_interface_type(type_)):
            yield from ((name, field) for field in type_.fields)


def entry_for(type_name: str, field: str) -> str | None:
    return next((key for key in (f"{type_name}.{field}", f"{type_name}.*") if key in RULES), None)


def test_every_field_has_an_entry_and_no_entry_is_left_over(running: GraphQLSchema) -> None:
    entries = {(type_name, field): entry_for(type_name, field) for type_name, field in fields_of(running)}
    assert [place for place, entry in entries.items() if entry is None] == []
    assert len(entries) > 700
    assert set(RULES) - set(entries.values()) == set()


def test_every_root_has_an_entry_of_its_own(running: GraphQLSchema) -> None:
    roots = [running.query_type, running.mutation_type, running.subscription_type]
    assert {f"{root.name}.{field}" for root in roots if root for field in root.fields} == set(ROOTS)


def test_what_is_not_in_the_table_nobody_may_ask() -> None:
    assert roles_for("Query.somethingNew") == frozenset()
    assert roles_for("NewType.field") == frozenset()
    (error,) = refusals(frozenset({"Query.somethingNew", "Query.viewer"}), ADMIN)
    assert "Query.somethingNew" in error.message


def test_groups_of_roles() -> None:
    assert set(Role) == EVERYONE
    assert {Role.POLICY} == EVERYONE - DESKS
    assert {Role.DEPARTMENT} == DESKS - OWNERS
    assert {Role.DEPARTMENT, Role.ADMIN} == OFFICES
    assert {Role.POLICY, Role.ADMIN} == RULES_STAFF


# -- every field as every role ---------------------------------------------------------------------------------------------------


def arguments(field: Any, world: World) -> str:
    """The arguments that a field cannot do without: well-formed ones, which name nothing that could be changed."""
    plan = world.plans("factory")[0]
    project = '{name: "甲"}'
    literals = {
        "ProjectInput!": project,
        "ID!": f'"{plan}"',
        "[ID!]!": f'["{plan}"]',
        "PlanSource!": f'{{plan: "{plan}"}}',
        "String!": '"construction_permit"',
        "SaveProjectInput!": '{id: "x", expectedRevision: 1, project: {name: "甲"}}',
        "SetProjectArchivedInput!": '{id: "x", expectedRevision: 1, archived: true}',
        "MakePlanInput!": '{projectId: "x"}',
        "CreateCalendarFeedInput!": '{department: "没有这个局"}',
        "RevokeCalendarFeedInput!": '{id: "x"}',
    }
    needed = {n: str(a.type) for n, a in field.args.items() if is_non_null_type(a.type) and a.default_value is Undefined}
    return f"({', '.join(f'{name}: {literals[type_]}' for name, type_ in needed.items())})" if needed else ""


def leaf(schema: GraphQLSchema, type_: GraphQLNamedType) -> str:
    """The least selection of a type."""
    return "" if is_leaf_type(type_) else "{ __typename }"


@dataclass(frozen=True)
class Way:
    """How an operation gets to a type: the text around its selection, and the fields passed."""

    before: str
    after: str
    passed: tuple[str, ...]


def ways(schema: GraphQLSchema, world: World, begin: str) -> dict[str, Way]:
    """The shortest way to every type that can be reached from a root field (`Query.plan`)."""
    root_name, _, root_field = begin.partition(".")
    root = schema.type_map[root_name]
    kind = root_name.lower()
    found: dict[str, Way] = {}
    queue: deque[tuple[str, Way]] = deque()

    def arrive(type_: GraphQLNamedType, way: Way) -> None:
        if is_leaf_type(type_) or type_.name in found:
            return
        found[type_.name] = way
        if is_abstract_type(type_):
            for member in schema.get_possible_types(type_):
                arrive(member, Way(f"{way.before} {{ ... on {member.name}", f"}} {way.after}", way.passed))
        if hasattr(type_, "fields"):
            queue.append((type_.name, way))

    def step(type_: Any, name: str, way: Way) -> None:
        field = type_.fields[name]
        passed = (*way.passed, f"{type_.name}.{name}")
        arrive(get_named_type(field.type), Way(f"{way.before} {{ {name}{arguments(field, world)}", f"}} {way.after}", passed))

    step(root, root_field, Way(kind, "", ()))
    while queue:
        name, way = queue.popleft()
        type_: Any = schema.type_map[name]
        for field in type_.fields:
            step(type_, field, way)
    return found


def operations(schema: GraphQLSchema, world: World, begin: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """An operation for every field that can be reached from a root field, each with the fields it selects."""
    root_name, _, root_field = begin.partition(".")
    root: Any = schema.type_map[root_name]
    field = root.fields[root_field]
    shown = leaf(schema, get_named_type(field.type))
    yield f"{root_name.lower()} {{ {root_field}{arguments(field, world)} {shown} }}", (begin,)
    for name, way in ways(schema, world, begin).items():
        type_: Any = schema.type_map[name]
        for field_name, field in getattr(type_, "fields", {}).items():
            shown = leaf(schema, get_named_type(field.type))
            targets = [m.name for m in schema.get_possible_types(type_)] if is_abstract_type(type_) else [name]
            selected = (*way.passed, *(f"{one}.{field_name}" for one in targets))
            yield f"{way.before} {{ {field_name}{arguments(field, world)} {shown} }} {way.after}", selected


def may(viewer_: Viewer, field: str) -> bool:
    entry = entry_for(*field.split("."))
    return entry is not None and bool(RULES[entry] & viewer_.roles)


@dataclass(frozen=True)
class Step:
    """An operation that reaches one field, and the fields that the service found in it."""

    text: str
    selected: frozenset[str]
    found: frozenset[str]


@pytest.fixture(scope="module")
def steps(world: World, running: GraphQLSchema) -> Mapping[str, list[Step]]:
    """By root field, an operation for every field that can be reached from it."""
    service = world.asker.service
    documents, schema = Documents(service.settings), service.live.in_use.schema
    return {
        begin: [
            Step(text, frozenset(selected), documents.ready(schema, text).operation(None).fields)
            for text, selected in operations(running, world, begin)
        ]
        for begin in ROOTS
    }


def test_every_field_is_reached_and_every_field_on_the_way_is_looked_at(
    steps: Mapping[str, list[Step]], running: GraphQLSchema
) -> None:
    for step in (step for ways_ in steps.values() for step in ways_):
        assert step.found == step.selected, step.text
    reached = frozenset().union(*(step.selected for ways_ in steps.values() for step in ways_))
    everything = {f"{type_name}.{field}" for type_name, field in fields_of(running)}
    assert everything - reached <= {"Node.id"}  # asked of the types that may stand there


@pytest.mark.parametrize("name", VIEWERS)
def test_every_field_is_refused_or_not_as_the_table_says(steps: Mapping[str, list[Step]], name: str) -> None:
    who = VIEWERS[name]
    for step in (step for ways_ in steps.values() for step in ways_):
        wanted = {f"没有权限查询 {field}" for field in step.selected if not may(who, field)}
        assert {error.message for error in refusals(step.found, who)} == wanted, step.text


@pytest.mark.parametrize("name", VIEWERS)
def test_refused_fields_do_not_run_and_others_do(world: World, running: GraphQLSchema, name: str) -> None:
    """From the roots that need no planning: every type's plain fields at once; of the fields that are refused, one of each type."""
    asker, answered, refused = world.as_(name), 0, 0
    for begin in EXECUTED:
        for type_name, way in ways(running, world, begin).items():
            if {"SavedPlan.verification", "SavedPlan.why", "SavedPlan.questions"}.intersection(way.passed[:-1]):
                continue
            type_: Any = running.type_map[type_name]
            if not hasattr(type_, "fields"):
                continue
            plain = [f for f, of in type_.fields.items() if is_leaf_type(get_named_type(of.type)) and not of.args][:60]
            allowed = [f for f in plain if is_interface_type(type_) or may(asker.viewer, f"{type_name}.{f}")]
            text = f"{way.before} {{ __typename %s }} {way.after}"
            if all(may(asker.viewer, passed) for passed in way.passed):
                answer = asker.send(text % " ".join(allowed))
                assert answer.errors == (), (way, answer.errors)
                answered += 1
                plain = [f for f in plain if f not in allowed]
            for field in plain[:1]:
                answer = asker.send(text % field)
                assert answer.codes == {"FORBIDDEN"}
                assert answer.data is None
                refused += 1
    assert answered + refused > 60
    assert answered > 60 or not asker.viewer.roles & DESKS
    assert refused or name in ("admin", "both")


EXECUTED = ("Query.viewer", "Query.project", "Query.plan", "Query.node", "Query.projects", "Query.deadlines", "Query.deadlineCounts",
            "Query.calendarFeeds", "Query.rulebookVersions", "Mutation.saveProject", "Mutation.makePlan", "Mutation.setProjectArchived",
            "Mutation.createCalendarFeed", "Mutation.revokeCalendarFeed")  # fmt: skip
"""Roots that answer without planning. The others are run by name further down, and by the tests of their parts."""


def test_an_operation_is_refused_whole_and_names_every_field(world: World) -> None:
    query = (
        "{ rulebook { name refused { at } } projects { nodes { plan { madeBy documents { html } } } } reload: viewer { subject } }"
    )
    answer = world.as_("office").send(query)
    assert answer.data is None
    assert {message.removeprefix("没有权限查询 ") for _, message, _ in answer.errors} == {
        "Rulebook.refused", "SavedPlan.madeBy", "SavedPlan.documents", "PlanDocuments.html", "RulebookRefused.at",
    }  # fmt: skip
    hidden = "query { ...A } fragment A on Query { ... on Query { p: projects { ...B } } } fragment B on ProjectConnection { totalCount }"
    assert {m.removeprefix("没有权限查询 ") for _, m, _ in world.as_("policy").send(hidden).errors} == {
        "Query.projects", "ProjectConnection.totalCount",
    }  # fmt: skip


# -- rows ------------------------------------------------------------------------------------------------------------------------


DESK_VIEWERS = [name for name, who in VIEWERS.items() if who.roles & DESKS]


@pytest.mark.parametrize("name", DESK_VIEWERS)
def test_projects_by_id_and_in_lists(world: World, name: str) -> None:
    asker = world.as_(name)
    query = """query($id: ID!, $ids: [ID!]!) {
        project(id: $id) { id name } node(id: $id) { id } nodes(ids: $ids) { id }
    }"""
    for project in world.kept:
        key = world.id(project)
        found = asker.ask(query, {"id": key, "ids": [key]})
        seen = project in SEES[name]
        assert (found["project"] is not None, found["node"] is not None, found["nodes"] != [None]) == (seen, seen, seen)
    listed = asker.ask('{ projects { totalCount nodes { id } } mine: projects(filter: {search: ""}) { nodes { id } } }')
    assert {node["id"] for node in listed["projects"]["nodes"]} == {world.id(one) for one in SEES[name]}
    assert listed["projects"]["totalCount"] == len(SEES[name])


@pytest.mark.parametrize("name", DESK_VIEWERS)
def test_plans_by_id_in_histories_and_comparisons(world: World, name: str) -> None:
    asker = world.as_(name)
    for project in ("factory", "road"):
        seen = project in SEES[name]
        for plan in world.plans(project):
            query = """query($id: ID!) {
                plan(id: $id) { id } node(id: $id) { id }
                comparison(before: {plan: $id}, after: {plan: $id}) { __typename ... on PlanComparison { empty } }
            }"""
            found = asker.ask(query, {"id": plan})
            assert (found["plan"] is not None, found["node"] is not None) == (seen, seen)
            assert found["comparison"]["__typename"] == ("PlanComparison" if seen else "NotFound")
        history = asker.ask(
            "query($id: ID!) { project(id: $id) { plans { totalCount nodes { id } } } }", {"id": world.id(project)}
        )["project"]
        assert history is None or {n["id"] for n in history["plans"]["nodes"]} == set(world.plans(project))
        assert (history is not None) == seen


@pytest.mark.parametrize("name", DESK_VIEWERS)
def test_deadlines(world: World, name: str) -> None:
    asker, who = world.as_(name), VIEWERS[name]
    query = "query($after: String) { deadlines(first: 100, after: $after) { totalCount nodes { department project { id } } pageInfo { endCursor hasNextPage } } }"
    found, after, more = [], None, True
    while more:
        page = asker.ask(query, {"after": after})["deadlines"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(found) == page["totalCount"]
    names = {world.id(one): one for one in world.kept}
    assert {names[one["project"]["id"]] for one in found} == SEES[name] - {"line"}
    for one in found:
        assert names[one["project"]["id"]] in WHOLE[name] or one["department"] in who.departments
    counts = asker.ask("{ deadlineCounts { department count } }")["deadlineCounts"]
    assert sum(one["count"] for one in counts) == len(found)
    if not WHOLE[name]:
        assert {one["department"] for one in counts} <= who.departments


@pytest.mark.parametrize("name", DESK_VIEWERS)
def test_what_may_not_be_seen_is_as_if_it_did_not_exist(world: World, name: str) -> None:
    """The same answers, but for the id, as for an id that never was."""
    asker = world.as_(name)
    never = {"project": global_id("Project", "0" * 32), "plan": global_id("SavedPlan", "0" * 32)}
    query = """query($project: ID!, $plan: ID!, $filter: DeadlineFilter) {
        project(id: $project) { name plans { totalCount } } plan(id: $plan) { number } nodes(ids: [$project, $plan]) { id }
        comparison(before: {plan: $plan}, after: {plan: $plan}) { __typename ... on NotFound { id message } }
        deadlines(filter: $filter) { totalCount nodes { id } } deadlineCounts(filter: $filter) { count }
    }"""
    edits = """mutation($project: ID!) {
        save: saveProject(input: {id: $project, expectedRevision: 1, project: {name: "被改了"}}) { __typename ... on NotFound { id message } }
        setProjectArchived(input: {id: $project, expectedRevision: 1, archived: true}) { __typename ... on NotFound { id message } }
        makePlan(input: {projectId: $project}) { __typename ... on NotFound { id message } }
    }"""

    def asked(text: str, project: str, plan: str) -> str:
        answer = asker.send(
            text, {"project": project, "plan": plan, "filter": {"projects": [project]}} if text is query else {"project": project}
        )
        return json.dumps([answer.data, answer.errors], ensure_ascii=False).replace(project, "ID").replace(plan, "PLAN")

    for one in ("factory", "road"):
        project, plan = world.id(one), world.plans(one)[0]
        if one not in SEES[name]:
            assert asked(query, project, plan) == asked(query, never["project"], never["plan"])
        if one not in WHOLE[name] and VIEWERS[name].roles & OWNERS:
            said = asked(edits, project, plan)
            assert said == asked(edits, never["project"], never["plan"])
            assert said.count("NotFound") == 3
    assert world.as_("admin").ask("{ projects { nodes { name revision } } }")["projects"]["nodes"] == [
        {"name": kept.project.draft.name, "revision": kept.project.revision} for kept in reversed(world.kept.values())
    ]


def test_a_department_may_change_nothing(world: World) -> None:
    for text in (
        'saveProject(input: {project: {name: "甲"}})',
        'makePlan(input: {projectId: "x"})',
        'setProjectArchived(input: {id: "x", expectedRevision: 1, archived: true})',
    ):
        for name in ("office", "policy", "nobody"):
            assert world.as_(name).send(f"mutation {{ {text} {{ __typename }} }}").codes == {"FORBIDDEN"}


def test_policy_staff_plan_what_they_describe_and_see_no_project(world: World) -> None:
    asker = world.as_("policy")
    plan = world.plans("factory")[0]
    query = """query($plan: ID!) {
        planPreview(project: {name: "甲"}) { __typename } why(project: {name: "甲"}, approval: "construction_permit") { __typename }
        questions(project: {name: "甲"}) { __typename }
        comparison(before: {plan: $plan}, after: {preview: {project: {name: "甲"}}}) { __typename }
    }"""
    found = asker.ask(query, {"plan": plan})
    assert [one["__typename"] for one in found.values()] == ["Plan", "Explanation", "Questions", "NotFound"]
    assert asker.send("query($id: ID!) { node(id: $id) { id } }", {"id": plan}).codes == {"FORBIDDEN"}


def test_who_sees_a_part_does_not_get_the_whole(world: World) -> None:
    """An applicant who also acts for an office: its own project whole, of the other one the office's part."""
    query = """query($id: ID!) { project(id: $id) { plan {
        madeBy documents { html } verification { __typename } content { items { department } notRequired { code } warnings { code } }
    } } }"""
    own, other = (world.as_("both").ask(query, {"id": world.id(one)})["project"]["plan"] for one in ("factory", "road"))
    assert own["madeBy"] == "alice"
    assert own["documents"]
    assert own["verification"]
    assert own["content"]["notRequired"]
    assert len({item["department"] for item in own["content"]["items"]}) > 3
    assert (other["madeBy"], other["documents"], other["verification"]) == (None, None, None)
    assert {item["department"] for item in other["content"]["items"]} == {NATURE}
    assert other["content"]["notRequired"] == []
    assert other["content"]["warnings"][0]["code"] == "own_approvals_only"
    assert own["content"]["warnings"][0]["code"] != "own_approvals_only"


def test_a_department_asks_why_of_its_own_approvals_only(world: World, anshan: Planner, examples: Mapping[str, Path]) -> None:
    query = "query($id: ID!, $approval: String!) { plan(id: $id) { why(approval: $approval) { __typename ... on UnknownApproval { suggestions { code } } } } }"
    whole = anshan.plan(load_project(examples["trunk-road-with-bridge"])[0], as_of=world.asker.service.today())
    own = [item.code for item in whole.items if item.department == NATURE]
    others = [item.code for item in whole.items if item.department != NATURE]
    assert own
    assert others
    plan = world.plans("road")[0]
    for code in own:
        assert world.as_("office").ask(query, {"id": plan, "approval": code})["plan"]["why"]["__typename"] == "Explanation"
    for code in (others[0], others[-1], whole.not_required[0].code):
        found = world.as_("office").ask(query, {"id": plan, "approval": code})["plan"]["why"]
        assert found["__typename"] == "UnknownApproval"
        assert {one["code"] for one in found["suggestions"]} <= set(own)
        assert world.as_("admin").ask(query, {"id": plan, "approval": code})["plan"]["why"]["__typename"] == "Explanation"


def test_a_department_compares_its_part(world: World) -> None:
    one, other = world.plans("factory")
    query = """query($a: ID!, $b: ID!) { comparison(before: {plan: $a}, after: {plan: $b}) { ... on PlanComparison {
        moved { code } onlyBefore { code } onlyAfter { code } changed { code }
    } } }"""
    whole = world.as_("admin").ask(query, {"a": one, "b": other})["comparison"]
    part = world.as_("office").ask(query, {"a": one, "b": other})["comparison"]
    content = "query($id: ID!) { plan(id: $id) { content { items { code } } } }"
    own = {item["code"] for item in world.as_("office").ask(content, {"id": one})["plan"]["content"]["items"]}
    assert {moved["code"] for moved in part["moved"]} == own
    assert len(whole["moved"]) > len(part["moved"])


def test_feeds(world: World) -> None:
    made = 'mutation { createCalendarFeed(input: {department: "%s"}) { __typename ... on CalendarFeedCreated { feed { id department } } } }'
    feed = world.as_("office").ask(made % NATURE)["createCalendarFeed"]["feed"]
    admins = world.as_("admin").ask(made % HOUSING)["createCalendarFeed"]["feed"]
    listed = "{ calendarFeeds { id department } }"
    assert world.as_("office").ask(listed)["calendarFeeds"] == [feed]
    assert world.as_("farm").ask(listed)["calendarFeeds"] == []
    assert [one["id"] for one in world.as_("admin").ask(listed)["calendarFeeds"]] == [admins["id"], feed["id"]]
    revoke = "mutation($id: ID!) { revokeCalendarFeed(input: {id: $id}) { __typename } }"
    assert world.as_("farm").ask(revoke, {"id": feed["id"]})["revokeCalendarFeed"]["__typename"] == "NotFound"
    assert world.as_("office").ask(revoke, {"id": feed["id"]})["revokeCalendarFeed"]["__typename"] == "CalendarFeedRevoked"
    for name in ("alice", "urban", "policy"):
        assert world.as_(name).send(listed).codes == {"FORBIDDEN"}
