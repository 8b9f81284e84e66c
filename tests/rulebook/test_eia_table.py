"""The EIA classification table against the printed catalogue: its items, their trades, and one class for every complete project.

`PRINTED` holds, for each item the table has, the GB/T 4754 codes the printed catalogue names beside it; an empty tuple is an item that
is a kind of work and not a trade. Codes the table adds to such items stand in `WORKS`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import Planner
from planner.conditions import Between, Compare, Not, Test, Truth, Value
from planner.rulebook.compiled import CompiledRulebook

AS_OF = date(2026, 11, 24)
TABLE = "eia_catalogue"
CLASSES = {"report", "form", "registration", "none"}

PRINTED: dict[int, tuple[str, ...]] = {
    9: ("081", "082", "089"),
    10: ("091", "092", "093"),
    11: ("101",),
    12: ("102", "109"),
    42: ("251", "252"),
    44: ("261", "263", "264", "265", "266", "267"),
    45: ("262",),
    47: ("271", "272", "275", "276"),
    52: ("291",),
    53: ("292",),
    54: ("301",),
    55: ("302",),
    56: ("303",),
    57: ("304", "305"),
    58: ("306",),
    59: ("307",),
    60: ("308", "309"),
    61: ("311",),
    62: ("312", "314"),
    63: ("313",),
    64: ("321", "322", "323", "324"),
    65: ("325",),
    66: ("331", "332", "333", "334", "335", "337", "338"),
    67: (),
    68: ("339",),
    69: ("341", "342", "343", "344", "345", "346", "347", "348", "349"),
    70: ("351", "352", "353", "354", "355", "356", "357", "358", "359"),
    71: ("361", "362", "363", "364", "365", "366", "367"),
    76: ("376", "377", "378", "379"),
    77: ("381", "382", "383", "384", "385", "386", "387", "389"),
    83: ("401", "402", "403", "404", "405", "409"),
    85: ("421", "422"),
    87: ("4411", "4412"),
    89: ("4417",),
    90: ("4415", "4416", "4419"),
    91: (),
    94: ("461",),
    95: (),
    97: (),
    98: (),
    100: (),
    101: (),
    102: (),
    103: (),
    105: (),
    106: (),
    107: (),
    108: ("841", "8432", "8433", "8434", "8435", "842"),
    109: ("8431",),
    110: (),
    111: (),
    113: (),
    118: (),
    119: (),
    121: (),
    127: (),
    128: (),
    130: (),
    131: (),
    146: (),
    147: (),
    148: (),
    149: ("594",),
    161: (),
}
WORKS = {
    67: {"C336", "C313", "C325", "C339"},
    91: {"D443"},
    95: {"D462", "N772", "N7721"},
    97: {"K", "L"},
    98: {"M73"},
    101: {"N77", "N78", "C421", "C422"},
    102: {"N77", "N78"},
    103: {"N77", "N78"},
    105: {"N77", "N78"},
    106: {"N77", "N78"},
    107: {"N77", "N78"},
    119: {"F5265", "F5266"},
    121: {"O811"},
    130: {"E48", "G54"},
    161: {"D442"},
}
UNNUMBERED = {"仓储", "娱乐", "数据中心", "4条", "主体"}

# Rows of “其他”, and exceptions taken back by another fact of the same item: a higher row of the item goes before them.
OVERRULED = re.compile(
    r"11-表-不涉敏|63-表|68-表-铸造|90-表-风(小|不涉敏)|(53|66|67|69|70|71|76|77|83)-表.*|68-(表|外)"
    r"|97-外.*|110-外-(养老|学校)|113-外|118-外|119-外-.*|128-表|130-表-二级新|130-登-.*|146-登-.*|147-表|148-表|161-表.*|131-(登|外)-.*|77-外"
    r"|95-登-.*"
)


@pytest.fixture(scope="module")
def lines(root: Path) -> list[dict[str, str]]:
    """The table's rows as written."""
    path = root / "rules" / "national" / "tables" / f"{TABLE}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def item_of(row: str) -> int | None:
    """The catalogue item a row belongs to; None for a row of no item."""
    found = re.match(r"(\d+)-", row)
    return int(found[1]) if found else None


# -- the items ---------------------------------------------------------------------------------------------------------


def test_items_are_the_catalogues(lines: list[dict[str, str]]) -> None:
    items = {item for line in lines if (item := item_of(line["编号"]))}
    assert items == set(PRINTED)
    assert all(1 <= item <= 173 for item in items)
    assert {line["编号"].split("-")[0] for line in lines if item_of(line["编号"]) is None} == UNNUMBERED


def test_a_row_cites_its_item_and_ids_name_the_class(lines: list[dict[str, str]]) -> None:
    outcome = {"书": "报告书", "表": "报告表", "登": "登记表", "外": "不纳入环评管理"}
    for line in lines:
        row = line["编号"]
        assert outcome[row.split("-")[1]] == line["结果"], row
        cited = re.findall(r"第(\d+)项", line["条款"])
        if item_of(row):
            assert cited == [str(item_of(row))], row
        if line["结果"] == "不纳入环评管理":
            assert "第五条" in line["条款"] or row == "主体-外", row


def test_a_rows_trades_are_those_printed_beside_its_item(lines: list[dict[str, str]]) -> None:
    for line in lines:
        item, cell = item_of(line["编号"]), line["国民经济行业"]
        if item is None or not cell or cell.startswith("非 "):
            continue
        for code in cell.split(","):
            printed = any(code[1:].startswith(p) for p in PRINTED[item])
            whole_division = any(p.startswith(code[1:]) for p in PRINTED[item])
            assert printed or whole_division or code in WORKS.get(item, ()), f"{line['编号']} {code}"


# -- one class ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One trade or kind of work the table covers. `fixed` and `among` are facts that make the case what it is, by code."""

    name: str
    kinds: tuple[str, ...]
    industries: tuple[str, ...] = ("K7010",)
    uses: tuple[frozenset[str], ...] = (frozenset(),)
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positive: tuple[str, ...] = ()
    fixed: Mapping[str, Value] = field(default_factory=dict)


def uses(*each: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset((one,)) for one in each)


MINES = ("B0810", "B0820", "B0890", "B0912", "B0921", "B0932", "B1019", "B1020", "B1099")
CHEMISTRY = tuple("C2511 C2521 C2524 C2529 C2614 C2631 C2641 C2651 C2669 C2671 C2621 C2623 C2625 C2710 C2720 C2750 C2761".split())
PLASTICS = ("C2911", "C2912", "C2914", "C2919", "C2921", "C2929")
MINERALS = tuple(
    "C3011 C3012 C3021 C3022 C3023 C3029 C3031 C3032 C3039 C3041 C3042 C3049 C3054 C3061 C3062 C3071 C3072 C3073 C3074 C3075 C3076 "
    "C3079 C3081 C3082 C3089 C3091 C3099".split()
)
METALS = tuple("C3110 C3120 C3130 C3140 C3211 C3217 C3221 C3231 C3240 C3251".split())
MACHINES = tuple(
    "C3311 C3322 C3331 C3340 C3351 C3360 C3371 C3381 C3391 C3392 C3393 C3394 C3399 C3411 C3516 C3611 C3620 C3670 C3761 C3770 C3780 "
    "C3791 C3812 C3825 C3841 C3843 C3871 C4011 C4021 C4090".split()
)
POWER = {"power_kind": ("thermal", "retrofit", "gas", "waste_heat", "waste_gas")}
PUBLIC_SEWAGE = {"sewage_kind": ("urban", "industrial_central")}
CASES = (
    Case("采矿", ("other", "plant"), MINES),
    Case("石化化工医药", ("plant",), CHEMISTRY),
    Case("橡胶塑料", ("plant",), PLASTICS),
    Case("非金属矿物制品", ("plant",), MINERALS),
    Case("冶炼压延", ("plant",), METALS),
    Case("金属制品和机械", ("plant",), MACHINES),
    Case("房屋建筑里的厂房", ("building",), (*MACHINES, *MINERALS), uses("factory")),
    Case("废料加工", ("plant",), ("C4210", "C4220"), among={"scrap_kinds": ()}),
    Case("火电热电", ("energy",), ("D4411", "D4412"), among=POWER),
    Case("生物质发电", ("energy",), ("D4417",), among={"power_kind": ("garbage", "biomass")}),
    Case("风电", ("energy",), ("D4415",)),
    Case("光伏", ("energy", "other"), ("D4416",), positive=("pv_capacity",)),
    Case("地热发电", ("energy",), ("D4419",), among={"power_kind": ("geothermal",)}),
    Case("供热", ("energy", "municipal"), ("D4430",)),
    Case("输变电", ("energy", "municipal"), ("D4420",)),
    Case("自来水", ("municipal",), ("D4610",)),
    Case("污水处理厂", ("municipal",), ("D4620",), among=PUBLIC_SEWAGE, positive=("sewage_capacity",)),
    Case("自建污水处理", ("plant",), ("D4620", "N7721"), positive=("sewage_capacity",)),
    Case("固废处置", ("municipal", "plant"), ("N7724", "N7820"), among={"waste_works": ()}),
    Case("住宅办公商业", ("building",), uses=uses("housing", "office", "mall", "hotel", "dormitory", "canteen")),
    Case("标准厂房", ("building", "plant"), ("K7010", "L7212"), uses("factory")),
    Case("场馆车站", ("building",), uses=uses("stadium", "exhibition", "theatre", "library", "transport_hall", "entertainment")),
    Case("学校养老", ("building",), ("P8331", "Q8514"), uses("school", "kindergarten", "elderly_home")),
    Case("医院", ("building",), ("Q8411", "Q8415"), uses("hospital")),
    Case("其他卫生", ("building",), ("Q8421", "Q8431", "Q8432", "Q8433", "Q8434", "Q8435"), uses("other_use")),
    Case("实验室", ("building",), ("M7320", "K7010"), uses("laboratory")),
    Case("研发基地", ("plant", "other"), ("M7320",)),
    Case("仓库数据中心建筑", ("building",), uses=uses("warehouse", "data_centre")),
    Case("仓储", ("other", "plant"), ("G5910", "G5920", "G5930", "G5941", "G5990")),
    Case("数据中心", ("plant",), ("I6450", "I6550")),
    Case("加油加气站", ("other",), ("F5265", "F5266")),
    Case("汽车维修", ("other", "plant"), ("O8111",)),
    Case("汽车维修（房屋）", ("building",), ("O8111",), uses("other_use")),
    Case("公路", ("other",), ("E4812", "G5430"), fixed={"river_works": False}),
    Case("城市道路", ("road",), ("E4813",)),
    Case("桥隧", ("bridge_tunnel",), ("E4819",)),
    Case("管网", ("pipeline",), ("E4852",), among={"pipe_kinds": ()}),
    Case("水利", ("municipal",), ("N7610",), among={"hydraulic_works": ()}, fixed={"river_works": True}),
)
NOT_THESE = {"hydraulic_works": "not_hydraulic", "waste_works": "no_waste"}
# 未写明 is what the rulebook presumes; a rebuilt part without the main works has its own test.
UNUSED = {"unstated", "ancillary_only", "unlisted_ancillary"}


def bounds_of(test: Test) -> set[Fraction]:
    """Every number a test compares with."""
    if isinstance(test, Not):
        return bounds_of(test.test)
    ends = (test.bound,) if isinstance(test, Compare) else (test.low, test.high) if isinstance(test, Between) else ()
    return {end for end in ends if isinstance(end, Fraction)}


def read_by(book: CompiledRulebook, table: str) -> dict[str, set[Fraction]]:
    """The facts a table reads, derived ones traced to what they are derived from, each with the numbers it is compared with."""
    found: dict[str, set[Fraction]] = {}
    by_fact = {t.fact: t for t in book.tables.values()}
    waiting = [row.formula for row in book.tables[table].rows]
    while waiting:
        identifier = waiting.pop()
        if identifier in book.formulas:
            waiting += [part.id for part in book.formulas[identifier].parts]
            continue
        condition = book.conditions[identifier]
        if condition.fact in by_fact and condition.fact not in found:
            waiting += [row.formula for row in by_fact[condition.fact].rows]
        found.setdefault(condition.fact, set()).update(bounds_of(condition.test))
    return found


def projects(anshan: Planner, case: Case) -> st.SearchStrategy[dict[str, Value]]:
    """Complete projects of a case: every fact the table reads has a value, at or beside the numbers it is compared with."""
    book = anshan.rulebook.at(AS_OF).compiled
    facts = anshan.rulebook.vocabulary.facts
    each: dict[str, st.SearchStrategy[Value]] = {}
    for code, bounds in read_by(book, TABLE).items():
        fact = facts[code]
        leaves = [c.code for c in fact.choices if not any(o.parent == c.code for o in fact.choices)]
        leaves = [c for c in leaves if c != NOT_THESE.get(code) or code not in case.among]
        if code in case.fixed:
            each[code] = st.just(case.fixed[code])
        elif code == "kind":
            each[code] = st.sampled_from(case.kinds)
        elif code == "industry":
            each[code] = st.sampled_from(case.industries)
        elif code == "building_use":
            each[code] = st.sampled_from(case.uses)
        elif code == "eia_circumstances":
            some = [c for c in leaves if c not in UNUSED]
            each[code] = st.one_of(st.just(frozenset()), st.sampled_from(some).map(lambda one: frozenset((one,))))
        elif fact.derived:
            continue
        elif fact.kind == "yes_no":
            each[code] = st.booleans()
        elif fact.kind == "number":
            step = Fraction(1) if fact.integer else Fraction(1, 100)
            values = {Fraction(0), *(b + d for b in bounds for d in (-step, Fraction(0), step))}
            least = Fraction(1, 1000) if code in case.positive else Fraction(0)
            each[code] = st.sampled_from(sorted(v for v in values if v >= least))
        elif fact.kind == "set":
            # One part at a time where a project is the sum of its parts: two parts may well be of two classes.
            parts = code in ("scrap_kinds", "waste_works", "pipe_kinds")
            size = {"min_size": int(code in case.among), "max_size": 1 if parts else 2}
            each[code] = st.frozensets(st.sampled_from(leaves), **size)
        else:
            each[code] = st.sampled_from(case.among.get(code) or leaves)
    return st.fixed_dictionaries(each)


def rows_that_hold(anshan: Planner, facts: Mapping[str, Value]) -> tuple[Value | None, dict[str, str], list[str]]:
    """The class derived, the rows that hold with their classes, and the rows that stay open."""
    law, conclusions = anshan.conclude(facts, AS_OF)
    table = law.compiled.tables[TABLE]
    title = law.tables[TABLE].title
    names = {row.id: row.source.name.removeprefix(title).strip().split("（")[0] for row in table.rows}
    holding = {names[r.id]: r.outcome for r in table.rows if conclusions.rows[r.id] is Truth.TRUE}
    return conclusions.values.get(table.fact), holding, [names[r.id] for r in table.rows if conclusions.rows[r.id] is Truth.UNKNOWN]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_complete_project_has_one_class(anshan: Planner, case: Case) -> None:
    rank = {code: place for place, code in enumerate(anshan.rulebook.at(AS_OF).compiled.tables[TABLE].order)}

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(projects(anshan, case))
    def check(facts: dict[str, Value]) -> None:
        found, holding, open_rows = rows_that_hold(anshan, facts)
        assert not open_rows, f"尚不能判断：{open_rows}；{facts}"
        assert found in CLASSES, f"没有类别：{facts}"
        assert found == min(holding.values(), key=rank.__getitem__)
        by_item: dict[int, dict[str, str]] = {}
        for row, outcome in holding.items():
            if (item := item_of(row)) is not None:
                by_item.setdefault(item, {})[row] = outcome
        for item, rows in by_item.items():
            highest = min(rows.values(), key=rank.__getitem__)
            lower = [row for row, outcome in rows.items() if outcome != highest and not OVERRULED.fullmatch(row)]
            assert not lower, f"第 {item} 项互相矛盾：{rows}；{facts}"

    check()


@pytest.mark.parametrize("industry", ["A0111", "C1352", "C2221", "C3024", "C3731", "C3982", "C4320", "D4413", "B1030", "R8810"])
@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"boiler_capacity": Fraction(8), "boiler_fuel": "natural_gas"},
        {"sewage_capacity": Fraction(300), "sewage_kind": "domestic_own"},
        {"eia_circumstances": frozenset(("air_treatment",))},
    ],
    ids=["nothing", "boiler", "sewage", "air"],
)
def test_a_trade_the_table_lacks_stays_undecided(anshan: Planner, industry: str, beside: dict[str, Value]) -> None:
    """What stands beside the main works cannot settle a class lower than the main works may have."""
    facts: dict[str, Value] = {
        "kind": "plant",
        "works": "new",
        "industry": industry,
        "building_use": frozenset(("factory", "office")),
        "sensitive_areas": frozenset(),
        "eia_circumstances": frozenset(),
        "boiler_capacity": Fraction(0),
        "sewage_capacity": Fraction(0),
        "river_works": False,
        **beside,
    }
    for kind in ("plant", "building", "other"):
        found, _, _ = rows_that_hold(anshan, {**facts, "kind": kind})
        assert found not in CLASSES, kind


def test_a_rebuilt_part_is_classed_by_itself(anshan: Planner) -> None:
    """Article 4, paragraph 3: whatever the trade, its report does not reach a part that leaves the main works alone."""
    for industry in (*MINES, *CHEMISTRY, *PLASTICS, *MINERALS, *METALS, *MACHINES, "C4210", "D4411", "D4415", "C1352"):
        facts: dict[str, Value] = {
            "kind": "plant",
            "works": "reconstruction",
            "industry": industry,
            "boiler_capacity": Fraction(0),
            "sewage_capacity": Fraction(0),
            "surface_treatment": frozenset(),
        }
        for part, expected in (("unlisted_ancillary", "none"), ("air_treatment", "registration"), ("plating_line", "report")):
            circumstances = frozenset(("ancillary_only", part))
            found, _, _ = rows_that_hold(anshan, {**facts, "eia_circumstances": circumstances})
            assert found == expected, (industry, part)
