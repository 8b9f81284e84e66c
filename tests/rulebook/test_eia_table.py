"""The EIA classification table against the printed catalogue: its items, their trades, and one class for every complete project.

`PRINTED` holds, for each item, the GB/T 4754 codes the printed catalogue names beside it; an empty tuple is an item that
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
from planner.vocabulary import Fact

AS_OF = date(2026, 11, 24)
TABLE = "eia_catalogue"
MAIN = "eia_main"
EXAMPLES = 40
CLASSES = {"report", "form", "registration", "none"}

PRINTED: dict[int, tuple[str, ...]] = {
    1: (),
    2: (),
    3: ("031", "032", "039"),
    4: ("0411",),
    5: ("0412",),
    6: ("061", "062", "069"),
    7: ("0711",),
    8: ("0721",),
    9: ("081", "082", "089"),
    10: ("091", "092", "093"),
    11: ("101",),
    12: ("102", "109"),
    13: ("103",),
    14: ("120",),
    15: ("131", "132"),
    16: ("133",),
    17: ("134",),
    18: ("135",),
    19: ("136",),
    20: ("139",),
    21: ("142", "143", "145"),
    22: ("144",),
    23: ("146",),
    24: ("149",),
    25: ("151",),
    26: ("152",),
    27: ("162",),
    28: ("171", "172", "173", "174", "175", "176", "177", "178"),
    29: ("181", "182", "183"),
    30: ("191", "192", "193"),
    31: ("194",),
    32: ("195",),
    33: ("201", "203"),
    34: ("202",),
    35: ("204",),
    36: ("211", "212", "213", "214", "219"),
    37: ("221", "222"),
    38: ("223",),
    39: ("231",),
    40: ("241", "242", "244", "245", "246"),
    41: ("243",),
    42: ("251", "252"),
    43: ("254",),
    44: ("261", "263", "264", "265", "266", "267"),
    45: ("262",),
    46: ("268",),
    47: ("271", "272", "275", "276"),
    48: ("273", "274"),
    49: ("277", "278"),
    50: ("281", "282"),
    51: ("283",),
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
    72: ("371", "372"),
    73: ("373",),
    74: ("374",),
    75: ("375",),
    76: ("376", "377", "378", "379"),
    77: ("381", "382", "383", "384", "385", "386", "387", "389"),
    78: ("391",),
    79: ("396",),
    80: ("397",),
    81: ("398",),
    82: ("392", "393", "394", "395", "399"),
    83: ("401", "402", "403", "404", "405", "409"),
    84: ("411", "419"),
    85: ("421", "422"),
    86: ("431", "432", "433", "434", "435", "436", "439"),
    87: ("4411", "4412"),
    88: ("4413",),
    89: ("4417",),
    90: ("4415", "4416", "4419"),
    91: (),
    92: ("451",),
    93: ("452",),
    94: ("461",),
    95: (),
    96: ("463", "469"),
    97: (),
    98: (),
    99: (),
    100: (),
    101: (),
    102: (),
    103: (),
    104: (),
    105: (),
    106: (),
    107: (),
    108: ("841", "8432", "8433", "8434", "8435", "842"),
    109: ("8431",),
    110: (),
    111: (),
    112: (),
    113: (),
    114: (),
    115: (),
    116: (),
    117: (),
    118: (),
    119: (),
    120: (),
    121: (),
    122: (),
    123: (),
    124: (),
    125: (),
    126: (),
    127: (),
    128: (),
    129: (),
    130: (),
    131: (),
    132: (),
    133: (),
    134: (),
    135: (),
    136: (),
    137: (),
    138: (),
    139: (),
    140: (),
    141: (),
    142: (),
    143: (),
    144: (),
    145: (),
    146: (),
    147: (),
    148: (),
    149: ("594",),
    150: (),
    151: (),
    152: (),
    153: (),
    154: (),
    155: (),
    156: (),
    157: (),
    158: (),
    159: (),
    160: (),
    161: (),
    162: (),
    163: (),
    164: (),
    165: (),
    166: (),
    167: (),
    168: (),
    169: (),
    170: (),
    171: (),
    172: (),
    173: (),
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
    r"|97-外.*|110-外-(养老|学校)|113-外|118-外|119-外-.*|128-表|130-表-二级新|130-登-.*|146-登-.*|147-表|148-表|161-表.*|131-(登|外)-.*|77-外|101-表-内部"
    r"|95-登-.*"
)


@pytest.fixture(scope="module")
def lines(root: Path) -> list[dict[str, str]]:
    """The table's rows as written."""
    found: list[dict[str, str]] = []
    for path in sorted((root / "rules" / "national" / "tables" / TABLE).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file)
    return found


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
        item, cell = item_of(line["编号"]), line.get("国民经济行业", "")
        if item is None or not cell or cell.startswith("非 "):
            continue
        for code in cell.split(","):
            printed = any(code[1:].startswith(p) for p in PRINTED[item])
            whole_division = any(p.startswith(code[1:]) for p in PRINTED[item])
            assert printed or whole_division or code in WORKS.get(item, ()), f"{line['编号']} {code}"


# -- one class ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Trades or works the table covers. `among` narrows what a fact may be, `fixed` settles it, both by code.

    `circumstances`: those that bear on these trades, tried one at a time and none. `beside`: whether a boiler or sewage works of its own
    is tried too (the case of a heating plant, of sewage works, and of one trade and one building for all others).
    """

    name: str
    kinds: tuple[str, ...]
    industries: tuple[str, ...] = ("K7010",)
    uses: tuple[str, ...] = ("",)
    circumstances: tuple[str, ...] = ()
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positive: tuple[str, ...] = ()
    fixed: Mapping[str, Value] = field(default_factory=dict)
    beside: bool = False
    special: tuple[str, ...] = ()


def codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FARMS = codes("A0313 A0321 A0391 A0330 A0411 A0412 A0421")
MINES = codes("B0810 B0820 B0890 B0912 B0921 B0932 B1019 B1020 B1099")
ENERGY_MINES = codes("B0610 B0620 B0690 B0711 B0721 B1030 B1200")
FOOD = codes(
    "C1311 C1329 C1331 C1340 C1351 C1352 C1353 C1361 C1363 C1371 C1391 C1392 C1393 C1411 C1421 C1432 C1453 C1441 C1462 C1491 C1495 "
    "C1512 C1523 C1530 C1610 C1620 C1690"
)
TEXTILES = codes(
    "C1713 C1721 C1731 C1741 C1751 C1762 C1771 C1781 C1819 C1821 C1830 C1910 C1921 C1931 C1941 C1942 C1952"
)
WOOD_AND_PAPER = codes(
    "C2011 C2034 C2021 C2041 C2110 C2120 C2130 C2140 C2190 C2211 C2221 C2222 C2223 C2231 C2319 C2320 C2330 C2412 C2422 C2438 C2442 "
    "C2452 C2462"
)
CHEMISTRY = codes("C2511 C2521 C2524 C2541 C2542 C2614 C2631 C2641 C2651 C2661 C2671 C2621 C2623 C2681 C2710 C2720 C2750 C2761")
MEDICINE_AND_FIBRE = codes("C2730 C2740 C2770 C2780 C2812 C2822 C2831")
PLASTICS = codes("C2911 C2912 C2914 C2921")
MINERALS = codes(
    "C3011 C3012 C3021 C3029 C3031 C3041 C3042 C3054 C3061 C3071 C3072 C3073 C3074 C3075 C3079 C3081 C3082 C3089 C3091 C3099"
)
METALS = codes("C3110 C3120 C3130 C3140 C3217 C3221 C3231 C3240 C3251")
MACHINES = codes(
    "C3311 C3321 C3331 C3340 C3351 C3360 C3371 C3381 C3391 C3392 C3393 C3399 "
    "C3411 C3421 C3431 C3441 C3451 C3461 C3471 C3481 C3491 C3511 C3521 C3531 C3541 C3551 C3561 C3571 C3581 C3591"
)
VEHICLES = codes(
    "C3611 C3620 C3630 C3640 C3650 C3660 C3670 C3711 C3720 C3731 C3739 C3741 C3751 C3752 C3761 C3770 C3780 C3790"
)
ELECTRICS = codes(
    "C3812 C3821 C3825 C3831 C3843 C3849 C3851 C3861 C3871 C3891 C3911 C3921 C3931 C3940 C3951 C3961 C3972 C3975 C3982 C3985 C3990 "
    "C4011 C4021 C4030 C4040 C4053 C4090 C4111 C4120 C4190"
)
REPAIRS = codes("C4310 C4320 C4330 C4341 C4342 C4350 C4360 C4390")
POWER = {"power_kind": ("thermal", "retrofit", "gas", "waste_heat", "waste_gas")}
PUBLIC_SEWAGE = {"sewage_kind": ("urban", "industrial_central")}
SOME_WASTE = codes(
    "hazardous_use hazardous_store medical medical_store carcass solid_landfill kiln_retrofit solid_other garbage_landfill "
    "garbage_burning garbage_other transfer nightsoil"
)
SOME_WORKS = codes("river flood_new_large flood_other drainage_gates small_ditch pond")
EXTRAS = codes("own_substation plating_line passivated_galvanising_line hazardous_waste_reuse air_treatment")
WATER_SOURCES = codes("reservoir irrigation irrigation_saving diversion groundwater")
TRANSPORT = codes(
    "railway_new railway_branch railway_rebuilt railway_hub urban_rail airport airport_ancillary wharf_liquid wharf_bulk "
    "wharf_container wharf_passenger wharf_train_ferry wharf_fishing waterway breakwater water_ancillary navigation_power"
)
RADIATION = codes(
    "broadcasting tv_tower earth_station radar wireless nuclear_facility radioactive_cleanup radioactive_waste uranium "
    "uranium_survey associated_ore nuclear_technique nuclear_technique_retired"
)
PLACES = codes(
    "exploration carbon_storage geohazard waste_burial waste_use golf sports_ground park artificial_lake cableway other_tourism "
    "film_base film_laboratory vehicle_grounds tanker_washing car_washing funeral_home cemetery animal_hospital"
)
CASES = (
    Case("种植林业", ("other",), ("A0111", "A0220"), fixed={"river_works": False}),
    Case("畜牧渔业", ("other",), FARMS),
    Case("采矿", ("other",), MINES, circumstances=("crushing_only", "mine_restoration", "river_sand")),
    Case("煤油气盐", ("other",), ENERGY_MINES, among={"coal_works": ()}),
    Case("食品饮料烟草", ("plant",), FOOD, circumstances=("outside_industrial_building",)),
    Case("纺织皮革鞋", ("plant",), TEXTILES, circumstances=("outside_industrial_building",)),
    Case("木材家具造纸印刷文教", ("plant",), WOOD_AND_PAPER, circumstances=("outside_industrial_building",)),
    Case("石化化工医药", ("plant",), CHEMISTRY),
    Case("中药医药材料化纤", ("plant",), MEDICINE_AND_FIBRE, circumstances=("outside_industrial_building",)),
    Case("橡胶塑料", ("plant",), PLASTICS, circumstances=("continuous_devulcanisation",)),
    Case("非金属矿物制品", ("plant",), MINERALS, circumstances=("cement_grinding_only", "outside_industrial_building")),
    Case("冶炼压延", ("plant",), METALS, circumstances=("metal_remelting",)),
    Case("金属制品和机械", ("plant",), MACHINES),
    Case("运输设备", ("plant",), VEHICLES, among={"transport_products": ()}),
    Case("电气电子仪器", ("plant",), ELECTRICS, circumstances=("outside_industrial_building",)),
    Case("修理", ("plant",), REPAIRS, among={"transport_products": ()}),
    Case("房屋建筑里的厂房", ("building",), ("C3311", "C3089", "C1331", "C2110"), ("factory",)),
    Case("农业房屋", ("building",), ("A0313", "A0411"), ("other_use",)),
    Case("废料加工", ("plant",), ("C4210", "C4220"), among={"scrap_kinds": ()}),
    Case("火电热电", ("energy",), ("D4411", "D4412"), among=POWER),
    Case("水电", ("energy",), ("D4413",)),
    Case("生物质发电", ("energy",), ("D4417",), among={"power_kind": ("garbage", "biomass")}),
    Case("风电", ("energy",), ("D4415",)),
    Case("光伏", ("energy", "other"), ("D4416",), circumstances=("household_pv",), positive=("pv_capacity",)),
    Case("地热发电", ("energy",), ("D4419",), among={"power_kind": ("geothermal",)}),
    Case("供热", ("energy", "municipal"), ("D4430",), beside=True),
    Case("输变电", ("energy", "municipal"), ("D4420",)),
    Case("燃气", ("energy", "municipal"), ("D4511", "D4520"), among={"gas_content": ()}),
    Case("自来水", ("municipal",), ("D4610", "D4630", "D4690"), circumstances=("village_works",)),
    Case("污水处理厂", ("municipal",), ("D4620",), among=PUBLIC_SEWAGE, positive=("sewage_capacity",), beside=True),
    Case("自建污水处理", ("plant",), ("D4620", "N7721"), positive=("sewage_capacity",), beside=True),
    Case("固废处置", ("municipal", "plant"), ("N7724", "N7820"), among={"waste_works": SOME_WASTE}),
    Case("住宅办公商业", ("building",), uses=("housing", "mall", "dormitory")),
    Case("标准厂房", ("building", "plant"), ("K7010", "L7212"), ("factory",)),
    Case(
        "场馆车站",
        ("building",),
        uses=("stadium", "exhibition", "transport_hall", "entertainment"),
        circumstances=("village_works",),
    ),
    Case("学校养老", ("building",), ("P8331",), ("school", "kindergarten", "elderly_home")),
    Case("医院", ("building",), ("Q8411", "Q8415"), ("hospital",)),
    Case("其他卫生", ("building",), ("Q8421", "Q8431", "Q8432", "Q8433", "Q8434", "Q8435"), ("other_use",)),
    Case("实验室", ("building",), ("M7320", "K7010"), ("laboratory",)),
    Case("研发基地", ("plant", "other"), ("M7320",)),
    Case("仓库数据中心建筑", ("building",), uses=("warehouse", "data_centre")),
    Case("仓储", ("other", "plant"), ("G5920", "G5930", "G5941", "G5990")),
    Case("数据中心", ("plant",), ("I6450", "I6550")),
    Case("加油加气站", ("other",), ("F5265", "F5266")),
    Case("汽车维修", ("other", "plant"), ("O8111",)),
    Case("汽车维修（房屋）", ("building",), ("O8111",), ("other_use",)),
    Case("公路", ("other",), ("E4812", "G5430"), fixed={"river_works": False}, circumstances=("road_maintenance",)),
    Case("城市道路", ("road",), ("E4813",), circumstances=("road_maintenance", "road_bridge", "road_pipes")),
    Case("桥隧", ("bridge_tunnel",), ("E4819",), circumstances=("road_maintenance", "footbridge", "road_pipes")),
    Case("管网", ("pipeline",), ("E4852",), among={"pipe_kinds": ()}),
    Case("水利", ("municipal",), ("N7610",), among={"hydraulic_works": SOME_WORKS}, fixed={"river_works": True}),
    Case("水源", ("municipal",), ("N7630",), fixed={"river_works": True, "hydraulic_works": "water_source"}, special=WATER_SOURCES),
    Case("铁路机场码头", ("other",), ("G5531",), fixed={"river_works": False}, special=TRANSPORT),
    Case("海洋工程", ("other",), ("G5531",), fixed={"river_works": False}, special=("marine",)),
    Case("核与辐射", ("other",), ("D4414",), fixed={"river_works": False}, special=RADIATION),
    Case("治理旅游文体殡葬", ("other",), ("N7862",), fixed={"river_works": False}, special=PLACES),
    Case("厂房附带专项工程", ("plant",), ("C3012",), circumstances=("attached_special",), special=codes("waste_burial groundwater nuclear_technique")),
    Case("厂房和附带工程", ("plant",), ("C3012",), circumstances=EXTRAS, beside=True),
    Case("住宅和附带工程", ("building",), uses=("housing",), circumstances=EXTRAS, beside=True),
)


def bounds_of(test: Test) -> set[Fraction]:
    """Every number a test compares with."""
    if isinstance(test, Not):
        return bounds_of(test.test)
    ends = (test.bound,) if isinstance(test, Compare) else (test.low, test.high) if isinstance(test, Between) else ()
    return {end for end in ends if isinstance(end, Fraction)}


def open_in(anshan: Planner, facts: Mapping[str, Value]) -> dict[str, set[Fraction]]:
    """The facts on which rows of the table still turn, each with the numbers these rows compare it with."""
    law, conclusions = anshan.conclude(facts, AS_OF)
    book = law.compiled
    found: dict[str, set[Fraction]] = {}
    waiting = [r.formula for t in (TABLE, MAIN) for r in book.tables[t].rows if conclusions.rows[r.id] is Truth.UNKNOWN]
    while waiting:
        identifier = waiting.pop()
        if identifier in book.formulas:
            waiting += [part.id for part in book.formulas[identifier].parts]
        elif not anshan.rulebook.vocabulary.facts[book.conditions[identifier].fact].derived:
            found.setdefault(book.conditions[identifier].fact, set()).update(bounds_of(book.conditions[identifier].test))
    return {code: numbers for code, numbers in found.items() if code not in facts}


def values_of(fact: Fact, numbers: set[Fraction], case: Case) -> st.SearchStrategy[Value]:
    """Values of one fact at and beside the numbers it is compared with, and every narrowest choice."""
    leaves = [c.code for c in fact.choices if not any(o.parent == c.code for o in fact.choices)]
    choices = case.among.get(fact.code) or leaves
    if fact.kind == "yes_no":
        return st.booleans()
    if fact.kind == "number":
        step = Fraction(1) if fact.integer else Fraction(1, 100)
        near = {Fraction(0), *(n + d for n in numbers for d in (-step, Fraction(0), step))}
        least = Fraction(1, 1000) if fact.code in case.positive else Fraction(0)
        return st.sampled_from(sorted(n for n in near if n >= least))
    if fact.kind == "set":
        # One part at a time: a project that is the sum of two parts may well be of two classes.
        one = st.sampled_from(choices).map(lambda code: frozenset((code,)))
        return one if fact.code in case.among else st.one_of(st.just(frozenset[str]()), one)
    return st.sampled_from(choices)


@st.composite
def projects(draw: st.DrawFn, anshan: Planner, case: Case, industry: str, use: str) -> dict[str, Value]:
    """Complete projects of a case: facts are added until no row of the table is open."""
    facts: dict[str, Value] = {
        "kind": draw(st.sampled_from(case.kinds)),
        "industry": industry,
        "building_use": frozenset((use,)) if use else frozenset(),
        "eia_circumstances": draw(st.sampled_from([frozenset(), *(frozenset((one,)) for one in case.circumstances)])),
        **case.fixed,
    }
    if case.special:
        facts["special_works"] = frozenset((draw(st.sampled_from(case.special)),))
    if not case.beside:
        facts.update(boiler_capacity=Fraction(0), sewage_capacity=Fraction(0))
    while still := open_in(anshan, facts):
        code = min(still)
        facts[code] = draw(values_of(anshan.rulebook.vocabulary.facts[code], still[code], case), label=code)
    return facts


def rows_that_hold(anshan: Planner, facts: Mapping[str, Value]) -> tuple[Value | None, dict[str, str]]:
    """The class derived, and the rows that hold with their classes."""
    law, conclusions = anshan.conclude(facts, AS_OF)
    table = law.compiled.tables[TABLE]
    title = law.tables[TABLE].title
    names = {row.id: row.source.name.removeprefix(title).strip().split("（")[0] for row in table.rows}
    holding = {names[r.id]: r.outcome for r in table.rows if conclusions.rows[r.id] is Truth.TRUE}
    return conclusions.values.get(table.fact), holding


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_complete_project_has_one_class(anshan: Planner, case: Case) -> None:
    rank = {code: place for place, code in enumerate(anshan.rulebook.at(AS_OF).compiled.tables[TABLE].order)}

    def check(facts: dict[str, Value]) -> None:
        found, holding = rows_that_hold(anshan, facts)
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

    for industry in case.industries:
        for use in case.uses:
            tried = given(projects(anshan, case, industry, use))(check)
            settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)(tried)()


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
        found, _ = rows_that_hold(anshan, {**facts, "kind": kind})
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
            found, _ = rows_that_hold(anshan, {**facts, "eia_circumstances": circumstances})
            assert found == expected, (industry, part)
