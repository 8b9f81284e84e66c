"""The deadlines of a plan as an iCalendar file, read back by a reader of its own (RFC 5545) and by the library."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from planner import Plan
from planner.output.ics import render_ics
from planner.output.outline import MANY_UNSETTLED
from planner.output.words import Words
from planner.plan import Certainty, Item, Status

PlanOf = Callable[..., Plan]
EXAMPLES = ("hospital-600-beds", "incomplete", "ground-pv-plant", "equipment-only-upgrade", "sewage-works")


# -- a reader that knows RFC 5545 and nothing of this project ----------------------------------------------------------------


@dataclass(frozen=True)
class Property:
    parameters: str
    value: str


Component = dict[str, Property]


def unfolded(written: bytes) -> list[str]:
    """§3.1: a line break followed by one space or tab is no break. Joined as octets, as the standard allows any fold."""
    return re.sub(rb"\r\n[ \t]", b"", written).decode("utf-8").split("\r\n")


def unescaped(value: str) -> str:
    """§3.3.11."""
    return re.sub(r"\\([\\;,nN])", lambda found: "\n" if found[1] in "nN" else found[1], value)


def parts(value: str) -> list[str]:
    """§3.1.1: a list of values, with commas that are not escaped between them."""
    return [unescaped(part) for part in re.findall(r"(?:^|,)((?:\\.|[^,\\])*)", value)]


def read(written: bytes) -> tuple[Component, list[Component]]:
    """The calendar's own properties and those of its events."""
    stack: list[Component] = []
    calendar: Component = {}
    events: list[Component] = []
    for line in unfolded(written)[:-1]:
        head, _, value = line.partition(":")
        name, _, parameters = head.partition(";")
        if name == "BEGIN":
            stack.append({})
            assert value == ("VCALENDAR", "VEVENT")[len(stack) - 1]
        elif name == "END":
            done = stack.pop()
            if value == "VEVENT":
                events.append(done)
            else:
                calendar = done
        else:
            assert name not in stack[-1], f"{name} twice"
            stack[-1][name] = Property(parameters, value)
    assert stack == []
    return calendar, events


def text(component: Component, name: str) -> str:
    return unescaped(component[name].value)


def day(component: Component, name: str = "DTSTART") -> date:
    assert component[name].parameters == "VALUE=DATE"
    return date.fromisoformat(component[name].value)


def told(plan: Plan, lang: str = "zh") -> dict[tuple[str, str], Component]:
    """Events by what they are and whose: `("最迟提交", "建筑工程施工许可证")`."""
    _, events = read(render_ics(plan, lang))
    found = {}
    for event in events:
        title, _, rest = text(event, "SUMMARY").partition("：")
        named = next((item.name for item in sorted(plan.items, key=lambda i: -len(i.name)) if rest.startswith(item.name)), rest)
        found[title, named] = event
    assert len(found) == len(events)
    return found


def holds_something(plan: Plan, item: Item) -> bool:
    waited_for = {gate.code for one in plan.items for gate in one.gates if gate.gate in ("ACCEPT", "DECIDE")}
    return item.code in waited_for or any(gate.gate in ("START", "COMPLETE", "USE") for gate in item.gates)


# -- the file ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_library_reads_the_same_as_the_standard_says(plan_of: PlanOf, name: str) -> None:
    written = render_ics(plan_of(name))
    calendar, events = read(written)
    parsed = Calendar.from_ical(written)
    assert str(parsed["X-WR-CALNAME"]) == text(calendar, "X-WR-CALNAME")
    walked: list[Any] = list(parsed.walk("VEVENT"))
    assert len(walked) == len(events) > 0
    for event, other in zip(events, walked, strict=True):
        assert other.errors == []
        assert str(other["SUMMARY"]) == text(event, "SUMMARY")
        assert str(other["DESCRIPTION"]) == text(event, "DESCRIPTION")
        assert other["DTSTART"].dt == day(event)
        assert [str(one) for one in other["CATEGORIES"].cats] == parts(event["CATEGORIES"].value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_end_with_crlf_and_have_at_most_75_octets_of_whole_characters(plan_of: PlanOf, name: str) -> None:
    written = render_ics(plan_of(name))
    assert written.endswith(b"END:VCALENDAR\r\n")
    lines = written.split(b"\r\n")
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert any(len(line) > 60 for line in lines)
    for line in lines:
        line.decode("utf-8")


def test_the_calendar_says_what_it_is(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    calendar, _ = read(render_ics(plan))
    assert text(calendar, "VERSION") == "2.0"
    assert text(calendar, "METHOD") == "PUBLISH"
    assert "approval-planner" in text(calendar, "PRODID")
    assert text(calendar, "X-WR-CALNAME") == text(calendar, "NAME") == f"{plan.project.name}：审批期限"


def test_equal_plans_give_equal_bytes(rich_plan: Plan) -> None:
    assert render_ics(rich_plan) == render_ics(rich_plan.model_copy(deep=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_event_is_one_whole_day_and_blocks_no_time(plan_of: PlanOf, name: str) -> None:
    plan = plan_of(name)
    _, events = read(render_ics(plan))
    for event in events:
        assert day(event, "DTEND") == day(event) + timedelta(days=1)
        assert text(event, "TRANSP") == "TRANSPARENT"
        assert event["DTSTAMP"].value == plan.as_of.strftime("%Y%m%dT000000Z")
        assert day(event) >= plan.start


# -- which deadlines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_certain_approval_has_the_last_day_to_hand_in_or_the_first_where_nothing_waits(plan_of: PlanOf, name: str) -> None:
    plan = plan_of(name)
    found = told(plan)
    kinds = set()
    for item in plan.items:
        own = item.kind == "自行办理"
        last, first = ("最迟开始办理", "可以开始办理") if own else ("最迟提交", "可以提交")
        if item.status is Status.DEPENDS and (last, item.name) not in found and (first, item.name) not in found:
            continue  # left out where much is unsettled; told by an event of its own
        if holds_something(plan, item):
            assert day(found[last, item.name]) == item.dates.latest_submit.date
            assert (first, item.name) not in found
        else:
            assert day(found[first, item.name]) == item.dates.submit_from.date
            assert (last, item.name) not in found
        kinds.add(holds_something(plan, item))
    assert kinds == {True, False}


@pytest.mark.parametrize("name", EXAMPLES)
def test_decisions_are_due_only_where_a_limit_is_known(plan_of: PlanOf, name: str) -> None:
    plan = plan_of(name)
    found = told(plan)
    decided = {what for title, what in found if title in ("办结期限（承诺）", "办结期限（法定）", "法定等待期满")}
    for item in plan.items:
        if item.promised is None and item.statutory is None:
            assert item.name not in decided
        elif item.status is Status.REQUIRED:
            assert item.name in decided
    for (title, what), event in found.items():
        if title in ("办结期限（承诺）", "办结期限（法定）"):
            item = next(item for item in plan.items if item.name == what)
            dates = item.dates
            assert day(event) == (dates.decide_promised if "承诺" in title else dates.decide_statutory).date


def test_promised_and_statutory_days_and_the_days_of_promises_stand_side_by_side(rich_plan: Plan) -> None:
    found = told(rich_plan)
    item = next(
        i
        for i in rich_plan.items
        if i.promised and i.statutory and i.dates.supplement_by and i.dates.decide_promised.date != i.dates.decide_statutory.date
    )
    for title, expected in (
        ("办结期限（承诺）", item.dates.decide_promised),
        ("办结期限（法定）", item.dates.decide_statutory),
        ("补齐材料截止", item.dates.supplement_by),
        ("承诺核查截止", item.dates.verify_by),
    ):
        assert expected is not None
        assert day(found[title, item.name]) == expected.date
    promised = text(found["办结期限（承诺）", item.name], "DESCRIPTION")
    assert "承诺时限 5 工作日" in promised
    assert "《试验办法》（试〔2026〕1号）第三条[待核]" in promised
    assert "符合批准条件" in text(found["承诺核查截止", item.name], "DESCRIPTION")


def test_a_duty_with_a_day_of_its_own_is_a_deadline(rich_plan: Plan) -> None:
    item = next(i for i in rich_plan.items if any(r.taken and r.due for r in i.routes))
    assert ("办结后的义务截止", item.name) not in told(rich_plan)  # the day of the check tells it
    alone = item.model_copy(update={"dates": item.dates.model_copy(update={"verify_by": None, "supplement_by": None})})
    items = tuple(alone if i.code == item.code else i for i in rich_plan.items)
    event = told(rich_plan.model_copy(update={"items": items}))["办结后的义务截止", item.name]
    assert item.routes[0].due is not None
    assert day(event) == item.routes[0].due.date
    assert "未履行承诺的，撤销决定" in text(event, "DESCRIPTION")


@pytest.mark.parametrize("name", EXAMPLES)
def test_milestones_and_days_on_which_results_lapse_are_there(plan_of: PlanOf, name: str) -> None:
    plan = plan_of(name, target=("start_of_works", date(2027, 3, 1)))
    found = told(plan)
    days = {title.split("（")[0]: day(event) for (title, _), event in found.items()}
    assert days["最早开工"] == plan.milestones.start_of_works.promised.date
    assert days["最早竣工验收"] == plan.milestones.completion.promised.date
    assert days["最早投入使用"] == plan.milestones.use.promised.date
    assert day(found["目标（不晚于此日开工）", plan.project.name]) == date(2027, 3, 1)
    for item in plan.items:
        for term in item.validity:
            if term.lapses is not None and item.status is Status.REQUIRED:
                title = f"到期失效（须在此前{Words()(term.reach)}）" if term.reach else "到期失效"
                assert day(found[title, item.name]) == term.lapses.date


def test_milestones_that_took_construction_as_zero_say_so_in_their_title(plan_of: PlanOf) -> None:
    assert any("工期按零天计" in title for title, _ in told(plan_of("incomplete")))
    assert not any("工期按零天计" in title for title, _ in told(plan_of("hospital-600-beds")))


def test_a_change_of_the_rules_asks_for_a_new_plan(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    valid = plan.valid.model_copy(update={"until": date(2027, 1, 1), "because": "新办法施行"})
    found = told(plan.model_copy(update={"valid": valid}))
    event = found["规定变化，重做计划", plan.project.name]
    assert day(event) == date(2027, 1, 1)
    assert "新办法施行" in text(event, "DESCRIPTION")


def test_blockers_are_told_on_the_first_day(rich_plan: Plan) -> None:
    event = told(rich_plan)["阻断，先解决", "2 项"]
    assert day(event) == rich_plan.start
    assert "没有产能置换方案的不得备案" in text(event, "DESCRIPTION")
    assert "如果成立才适用" in text(event, "DESCRIPTION")
    assert not any(title.startswith("阻断") for title, _ in told(rich_plan.model_copy(update={"blockers": ()})))


def test_what_is_unsettled_is_left_out_only_with_a_word(plan_of: PlanOf) -> None:
    plan = plan_of("incomplete")
    depending = [item for item in plan.items if item.status is Status.DEPENDS]
    assert len(depending) > MANY_UNSETTLED
    found = told(plan)
    event = next(event for (title, _), event in found.items() if title.startswith("还不能判断"))
    told_of = {what for _, what in found}
    missing = [item for item in depending if item.name not in told_of]
    assert f"{len(missing)} 项" in text(event, "SUMMARY")
    for item in missing:
        assert item.name in text(event, "DESCRIPTION")
    assert plan.open_facts[0].question in text(event, "DESCRIPTION")


@pytest.mark.parametrize("name", EXAMPLES)
def test_provisional_days_and_what_may_not_be_needed_are_tentative_and_say_so(plan_of: PlanOf, name: str) -> None:
    plan = plan_of(name)
    found = told(plan)
    seen = 0
    for item in plan.items:
        for title in ("最迟提交", "最迟开始办理"):
            event = found.get((title, item.name))
            if event is None:
                continue
            latest = item.dates.latest_submit
            provisional = latest.certainty is Certainty.PROVISIONAL
            tentative = provisional or item.status is Status.DEPENDS
            assert text(event, "STATUS") == ("TENTATIVE" if tentative else "CONFIRMED")
            assert ("暂定" in text(event, "SUMMARY")) == provisional
            assert ("视情况" in text(event, "SUMMARY")) == (item.status is Status.DEPENDS)
            if provisional and latest.earliest != latest.latest:
                assert f"{latest.earliest} 至 {latest.latest} 之间" in text(event, "DESCRIPTION")
            seen += 1
    assert seen > 1


def test_a_firm_day_is_confirmed_and_names_the_days_off_it_passed_over(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    found = told(plan)
    item = next(i for i in plan.items if i.statutory and i.dates.decide_statutory.certainty is Certainty.FIRM)
    event = found["办结期限（法定）", item.name]
    assert text(event, "STATUS") == "CONFIRMED"
    assert "日期确定" in text(event, "DESCRIPTION")
    assert Words().skipped(item.dates.decide_statutory.skipped) in text(event, "DESCRIPTION")
    assert item.department in text(event, "SUMMARY")
    assert parts(event["CATEGORIES"].value) == [item.stage, item.kind]


# -- names of events -------------------------------------------------------------------------------------------------------


def test_a_plan_made_anew_moves_its_events_and_adds_none(plan_of: PlanOf) -> None:
    before, after = plan_of("hospital-600-beds"), plan_of("hospital-600-beds", as_of=date(2026, 10, 12))
    old, new = told(before), told(after)
    moved = 0
    for what in old.keys() & new.keys():
        assert old[what]["UID"] == new[what]["UID"]
        assert int(new[what]["SEQUENCE"].value) > int(old[what]["SEQUENCE"].value)
        assert new[what]["DTSTAMP"].value > old[what]["DTSTAMP"].value
        moved += day(old[what]) != day(new[what])
    assert moved > 20


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_two_events_have_one_name(plan_of: PlanOf, name: str) -> None:
    _, events = read(render_ics(plan_of(name)))
    assert len({event["UID"].value for event in events}) == len(events)


def test_two_results_of_one_item_lapse_under_two_names(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    item = next(i for i in plan.items if any(v.lapses for v in i.validity))
    twice = item.model_copy(update={"validity": item.validity * 2})
    items = tuple(twice if i.code == item.code else i for i in plan.items)
    _, events = read(render_ics(plan.model_copy(update={"items": items})))
    assert len({event["UID"].value for event in events}) == len(events)


def test_events_of_another_project_have_other_names_however_the_name_is_spaced(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")

    def uids(name: str) -> set[str]:
        project = plan.project.model_copy(update={"name": name})
        return {event["UID"].value for event in read(render_ics(plan.model_copy(update={"project": project})))[1]}

    assert uids("甲 项目") == uids("  甲  项目\n")
    assert not uids("甲项目") & uids("乙项目")


def test_an_item_that_something_comes_to_wait_for_keeps_the_name_of_its_event(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    free = next(i for i in plan.items if not holds_something(plan, i) and i.kind != "自行办理")
    gate = next(g for i in plan.items for g in i.gates if g.gate == "START")
    held = free.model_copy(update={"gates": (*free.gates, gate)})
    changed = plan.model_copy(update={"items": tuple(held if i.code == free.code else i for i in plan.items)})
    assert told(plan)["可以提交", free.name]["UID"] == told(changed)["最迟提交", free.name]["UID"]


# -- any text --------------------------------------------------------------------------------------------------------------

awkward = st.lists(
    st.one_of(
        st.sampled_from(list('，、。；：“”《》审批计划环境影响报告书节能审查,;:\\"nN \n\t=^&')),
        st.sampled_from(["😀", "👨‍👩‍👧‍👦", "🇨🇳", "é", "𠮷", "‱"]),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=300,
).map("".join)
FORBIDDEN = re.compile("[\u2028\u2029\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


@given(words=awkward)
@example(words="路径 C:\\New\\n；逗号,分号;反斜杠\\")
@example(words="环" * 400)
@example(words="\\" * 151)
@example(words="👨‍👩‍👧‍👦" * 40)
def test_any_text_comes_back_and_no_line_is_too_long(small_plan: Plan, words: str) -> None:
    words = FORBIDDEN.sub("", words)
    item = small_plan.items[0].model_copy(update={"name": f"名{words}", "kind": words})
    project = small_plan.project.model_copy(update={"name": f"项目{words}"})
    written = render_ics(small_plan.model_copy(update={"items": (item,), "project": project}))
    for line in written.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
    _, events = read(written)
    submit = next(event for event in events if "提交" in text(event, "SUMMARY") and "名" in text(event, "SUMMARY"))
    assert f"：名{words}（".replace("\n", " ") in text(submit, "SUMMARY")
    assert text(submit, "DESCRIPTION").startswith(f"项目：项目{words}\n")
    assert parts(submit["CATEGORIES"].value) == [one for one in (item.stage, words) if one]
    parsed = [str(event["DESCRIPTION"]) for event in Calendar.from_ical(written).walk("VEVENT")]
    assert parsed == [text(event, "DESCRIPTION") for event in events]


def test_line_breaks_and_control_characters_bring_no_property_into_the_file(small_plan: Plan) -> None:
    name = "甲\r\nEND:VEVENT\r\nBEGIN:VEVENT\nATTACH:x\r乙\x00\x07\x1b\u2028丙\x85丁\ud800戊\u202e"
    project = small_plan.project.model_copy(update={"name": name})
    _, before = read(render_ics(small_plan))
    written = render_ics(small_plan.model_copy(update={"project": project}))
    _, events = read(written)
    assert len(events) == len(before)
    assert not any("ATTACH" in event for event in events)
    assert "甲\nEND:VEVENT\nBEGIN:VEVENT\nATTACH:x\n乙\n丙\n丁?戊\n" in text(events[0], "DESCRIPTION")


@pytest.fixture(scope="session")
def small_plan(plan_of: PlanOf) -> Plan:
    """A plan of one item that others wait for."""
    plan = plan_of("hospital-600-beds")
    item = next(i for i in plan.items if any(g.gate == "START" for g in i.gates) and i.kind != "自行办理")
    return plan.model_copy(update={"items": (item,)})


def test_english_titles_keep_the_chinese_names(plan_of: PlanOf) -> None:
    plan = plan_of("hospital-600-beds")
    _, events = read(render_ics(plan, "en"))
    titles = [text(event, "SUMMARY") for event in events]
    item = next(i for i in plan.items if i.statutory and i.status is Status.REQUIRED)
    assert any(title.startswith(f"Decision due (statutory): {item.name} (") for title in titles)
    with pytest.raises(ValueError, match="zh"):
        render_ics(plan, "fr")
