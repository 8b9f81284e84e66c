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
EXAMPLES = 25
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
    1: {"A01", "A02"},
    2: {"A01", "A02"},
    67: {"C336", "C313", "C325", "C331", "C332", "C333", "C334", "C335", "C337", "C338", "C339", "C34", "C35", "C36", "C37", "C38"},
    73: {"C4342"},
    91: {"D443"},
    92: {"D452"},
    93: {"D451"},
    95: {"D462", "N772", "N7721"},
    97: {"K", "L"},
    98: {"M73"},
    101: {"N772", "N781", "N782", "N783", "C421", "C422"},
    102: {"N772", "N781", "N782", "N783"},
    103: {"N772", "N781", "N782", "N783", "C421", "C422"},
    105: {"N772", "N781", "N782", "N783"},
    106: {"N772", "N781", "N782", "N783"},
    107: {"N772", "N781", "N782", "N783"},
    119: {"F5265", "F5266"},
    121: {"O811"},
    130: {"E48", "E4812", "G54"},
    149: {"D451", "D452"},
    151: {"D4415", "D4419"},
    161: {"D442"},
}
# Rows of no item: trades and buildings the catalogue leaves out, its article 4, and classes stated by the owner.
UNNUMBERED = {
    "4条",
    "主体",
    "专项",
    "娱乐",
    "仓储",
    "数据中心",
    "辐照",
    "种植林业",
    "狩猎",
    "捕捞",
    "食品饮料",
    "果蔬",
    "焙烤",
    "精制茶",
    "其他烟草",
    "纺织鞋",
    "木纸文教",
    "装订",
    "复制",
}

# Exceptions that a higher row of the item takes back although it turns on other facts, and why both may hold at once.
TAKEN_BACK = {
    "20-外-分装": "有发酵就不是单纯分装",
    "23-外": "有发酵就不是单纯混合、分装",
    "24-外": "有发酵就不是单纯混合、分装",
    "25-外": "有发酵就不是单纯勾兑",
    "36-外": "有电镀、涂装、表面处理的，不再是只有分割、组装",
    "36-外-涂装": "溶剂型涂料、低VOCs 10 吨以上、表面处理都不在除外之列",
    "71-外": "整车、发动机只有只组装才除外",
    "73-外-木船": "木船只在报告表一格除外，电镀、溶剂型涂料 10 吨以上照样是报告书",
    "77-外": "铅蓄电池、太阳能电池片不看工艺范围",
    "110-外-养老": "敏感区另列",
    "110-外-学校": "敏感区另列",
    "119-外-建成区外": "敏感区另列",
    "119-外-改": "敏感区另列",
    "119-外-加气": "敏感区另列",
    "122-外": "殡仪馆、敏感区另列",
    "131-外-支": "同步建设的桥梁、隧道另列",
}


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
            assert "第五条" in line["条款"] or row in ("主体-外", "专项-外"), row


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
    is tried too (the case of a heating plant, of sewage works, and of one trade and one building for all others). `special`: the works
    the catalogue lists by content and not by trade.
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
TEXTILES = codes("C1713 C1762 C1819 C1830 C1910 C1921 C1931 C1941 C1942 C1952")
WOOD_AND_PAPER = codes("C2011 C2034 C2021 C2041 C2110 C2130 C2211 C2221 C2222 C2223 C2231 C2319 C2320 C2330 C2412 C2438 C2442")
CHEMISTRY = codes("C2511 C2521 C2524 C2541 C2542 C2614 C2631 C2641 C2651 C2661 C2671 C2621 C2623 C2681 C2710 C2720 C2750 C2761")
MEDICINE_AND_FIBRE = codes("C2730 C2740 C2770 C2780 C2812 C2822 C2831")
PLASTICS = codes("C2911 C2912 C2914 C2921")
MINERALS = codes(
    "C3011 C3012 C3021 C3029 C3031 C3041 C3042 C3054 C3061 C3071 C3072 C3073 C3074 C3075 C3079 C3081 C3082 C3089 C3091 C3099"
)
METALS = codes("C3110 C3120 C3130 C3140 C3217 C3221 C3231 C3240 C3251")
MACHINES = codes("C3311 C3360 C3391 C3392 C3393 C3399 C3411 C3516")
VEHICLES = codes("C3611 C3620 C3670 C3711 C3720 C3741 C3751 C3761")
SHIPS = {"transport_products": ("shipyard", "wooden_boat", "other_transport")}
ELECTRICS = codes("C3812 C3825 C3843 C3911 C3940 C3961 C3972 C3982 C4011 C4030 C4111 C4120")
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
    "railway_new railway_branch railway_rebuilt urban_rail airport airport_ancillary wharf_liquid wharf_bulk "
    "wharf_container wharf_passenger wharf_train_ferry wharf_fishing waterway breakwater water_ancillary navigation_power"
)
RADIATION = codes("broadcasting tv_tower earth_station radar wireless uranium_survey nuclear_technique nuclear_technique_retired")
# What the catalogue's item 158 and the marine items do not name stays undecided.
SOME_MARINE = codes(
    "new_block oil_gas gathering_lines seabed_minerals oil_survey adjustment_well abandoned_lines ocean_energy offshore_wind "
    "offshore_solar undersea_tunnel harmless_lines hazardous_lines sea_bridge reclamation sea_dyke recreation artificial_reef "
    "marine_storage ash_storage restoration_dredging restoration_removal restoration_planting restoration_other "
    "radioactive_outfall urban_outfall industrial_outfall other_outfall underwater_digging blasting"
)
PLACES = codes(
    "exploration carbon_storage geohazard waste_burial waste_use golf sports_ground park artificial_lake cableway other_tourism "
    "film_base film_laboratory vehicle_grounds tanker_washing car_washing funeral_home cemetery animal_hospital"
)
NUCLEAR = {
    "nuclear_facility": "build_or_retire subcritical major_change inactive_buildings",
    "radioactive_cleanup": "build_or_retire major_change",
    "radioactive_waste": "build_or_retire disposal_closed separate_storage",
    "uranium": "build_or_retire trial_or_other",
    "associated_ore": "ore_processing ore_other",
}
HYDRODYNAMIC = {"marine_works": ("restoration_hydrodynamic",), "sensitive_areas": ("一_自然保护区", "二_海洋公园", "二_重要湿地")}
DRY: Mapping[str, Value] = {"river_works": False}
CASES = (
    Case("种植林业", ("other",), ("A0111", "A0220"), fixed=DRY),
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
    Case(
        "运输设备", ("plant",), VEHICLES, among={"transport_products": ("rolling_stock", "motorcycle", "engine", "other_transport")}
    ),
    Case("船舶", ("plant",), ("C3731", "C3739"), among=SHIPS),
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
    Case("其他电力生产", ("energy",), ("D4419",), among={"power_kind": ("geothermal", "other_land", "ocean")}),
    Case("供热", ("energy", "municipal"), ("D4430",), beside=True),
    Case("输变电", ("energy", "municipal"), ("D4420",)),
    Case("燃气", ("energy", "municipal"), ("D4511", "D4520"), among={"gas_content": ()}),
    Case("自来水", ("municipal",), ("D4610", "D4630", "D4690"), circumstances=("village_works",)),
    Case("污水处理厂", ("municipal",), ("D4620",), among=PUBLIC_SEWAGE, positive=("sewage_capacity",), beside=True),
    Case("自建污水处理", ("plant",), ("D4620", "N7721"), positive=("sewage_capacity",), beside=True),
    Case("固废处置", ("municipal", "plant"), ("N7724", "N7820"), among={"waste_works": SOME_WASTE}),
    Case("住宅办公商业", ("building",), uses=("housing", "shopping_centre", "trade_market", "dormitory")),
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
    Case("公路", ("other",), ("E4812", "G5430"), fixed=DRY, circumstances=("road_maintenance",)),
    Case("城市道路", ("road",), ("E4813",), circumstances=("road_maintenance", "road_bridge", "road_pipes")),
    Case("桥隧", ("bridge_tunnel",), ("E4819",), circumstances=("road_maintenance", "footbridge", "road_pipes")),
    Case("管网", ("pipeline",), ("E4852",), among={"pipe_kinds": ()}),
    Case("水利", ("municipal",), ("N7610",), among={"hydraulic_works": SOME_WORKS}, fixed={"river_works": True}),
    Case(
        "水源",
        ("municipal",),
        ("N7630",),
        fixed={"river_works": True, "hydraulic_works": "water_source"},
        special=WATER_SOURCES,
    ),
    Case(
        "铁路机场码头", ("other",), ("G5531",), fixed=DRY, special=TRANSPORT, among={"airport_content": (), "wharf_extension": ()}
    ),
    *(
        Case(f"海洋工程 {one}", ("other",), ("G5531",), fixed=DRY, special=("marine",), among={"marine_works": (one,)})
        for one in SOME_MARINE
    ),
    Case("铁路枢纽", ("other",), ("G5531",), fixed=DRY, special=("railway_hub",), among={"works": ("new", "reconstruction")}),
    Case("改变水动力的修复", ("other",), ("G5531",), fixed=DRY, special=("marine",), among=HYDRODYNAMIC),
    Case("辐射", ("other",), ("D4414",), fixed=DRY, special=RADIATION, among={"nuclear_use": (), "nuclear_use_retired": ()}),
    *(
        Case(f"核设施 {works}", ("other",), ("D4414",), fixed=DRY, special=(works,), among={"nuclear_content": codes(content)})
        for works, content in NUCLEAR.items()
    ),
    Case("治理旅游文体殡葬", ("other",), ("N7862",), fixed=DRY, special=PLACES),
    Case(
        "厂房附带专项工程",
        ("plant",),
        ("C3012",),
        circumstances=("attached_special",),
        special=("waste_burial", "groundwater", "hazardous_disposal"),
    ),
    Case("厂房附带光伏", ("plant",), ("C3012",), circumstances=("attached_pv",), positive=("pv_capacity",)),
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
def projects(draw: st.DrawFn, anshan: Planner, case: Case, industry: str, use: str, special: str) -> dict[str, Value]:
    """Complete projects of a case: facts are added until no row of the table is open."""
    facts: dict[str, Value] = {
        "kind": draw(st.sampled_from(case.kinds)),
        "industry": industry,
        "building_use": frozenset((use,)) if use else frozenset(),
        "eia_circumstances": draw(st.sampled_from([frozenset(), *(frozenset((one,)) for one in case.circumstances)])),
        **case.fixed,
    }
    if special:
        facts["special_works"] = frozenset((special,))
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


@dataclass(frozen=True)
class Bounds:
    """The numbers a cell of a row allows; an end left open is one step inside the number."""

    low: tuple[Fraction, bool] | None
    high: tuple[Fraction, bool] | None

    def within(self, other: Bounds) -> bool:
        """Whether every number allowed here is allowed there."""
        low = other.low is None or (self.low is not None and self.low >= other.low)
        high = other.high is None or (self.high is not None and self.high <= other.high)
        return low and high


def bounds_in(cell: str) -> Bounds | None:
    """The numbers a cell allows; None for a cell that is not about a number."""
    if found := re.match(r"([≥>≤<]) ?([\d.]+)", cell):
        end = Fraction(found[2])
        least = {"≥": (end, False), ">": (end, True)}.get(found[1])
        return Bounds(least, {"≤": (end, True), "<": (end, False)}.get(found[1]))
    if found := re.match(r"([\[(])([\d.]+)\.\.([\d.]+)([\])])", cell):
        return Bounds((Fraction(found[2]), found[1] == "("), (Fraction(found[3]), found[4] == "]"))
    return None


def implies(cell: str, other: str) -> bool:
    """Whether a project that answers `cell` answers `other`, as far as the cells themselves say."""
    if cell == other or not cell or not other:
        return not other or cell == other
    numbers, others = bounds_in(cell), bounds_in(other)
    if numbers is not None or others is not None:
        return numbers is not None and others is not None and numbers.within(others)
    refused, excluded = cell.removeprefix("非 "), other.removeprefix("非 ")
    if other.startswith("非 "):
        excludes = bounds_in(excluded) is None
        if cell.startswith("非 "):
            return excludes and set(excluded.split(",")) <= set(refused.split(","))
        return excludes and not set(excluded.split(",")) & set(cell.split(","))
    if cell.startswith("全含 "):
        return bool(set(cell.removeprefix("全含 ").split(",")) & set(other.split(",")))
    return not cell.startswith("非 ") and all(
        any(one == wide or re.fullmatch(rf"{wide}\d*", one) for wide in other.split(",")) for one in cell.split(",")
    )


TEXT = ("编号", "内容", "结果", "条款", "文件", "核验", "说明", "生效", "失效")
PLACE = ("工程类型", "生产性项目", "专项工程项目")  # which projects a row is asked of at all


def conditions(line: Mapping[str, str]) -> dict[str, str]:
    """What a row asks of a project of its kind; the circumstances a row keeps out are not among them."""
    kept = {heading: cell for heading, cell in line.items() if cell and heading not in TEXT and heading not in PLACE}
    if kept.get("环评特别情形", "").startswith("非 "):
        del kept["环评特别情形"]
    return kept


def overruled(lower: Mapping[str, str], higher: Mapping[str, str]) -> bool:
    """Whether a higher row of an item may hold beside a lower one, the project being of the higher class.

    - The lower row is the item's rest (“其他”): the higher row asks all that it asks, and more.
    - The two are alternatives, each of its own column of the catalogue, that turn on different facts.
    - Not so an exception, which is what takes a project out of the higher class: a row that asks all the higher row asks (its trades as
      well), that leaves the catalogue, or that rests on a circumstance. It holds alone, or stands in TAKEN_BACK with the reason.
    """
    if lower["编号"] in TAKEN_BACK:
        return True
    asked, more = conditions(lower), conditions(higher)
    if all(implies(asked.get(heading, ""), cell) for heading, cell in more.items()):
        return False
    if all(implies(more.get(heading, ""), cell) for heading, cell in asked.items() if heading != "国民经济行业"):
        return True
    return lower["结果"] != "不纳入环评管理" and "环评特别情形" not in asked


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_complete_project_has_one_class(anshan: Planner, lines: list[dict[str, str]], case: Case) -> None:
    rank = {code: place for place, code in enumerate(anshan.rulebook.at(AS_OF).compiled.tables[TABLE].order)}
    written = {line["编号"]: line for line in lines}

    def check(facts: dict[str, Value]) -> None:
        found, holding = rows_that_hold(anshan, facts)
        assert found in CLASSES, f"没有类别：{facts}"
        assert found == min(holding.values(), key=rank.__getitem__)
        for lower, outcome in holding.items():
            above = [one for one in holding if item_of(one) == item_of(lower) and rank[holding[one]] < rank[outcome]]
            for higher in above if item_of(lower) else ():
                assert overruled(written[lower], written[higher]), f"{lower} 与 {higher} 互相矛盾：{facts}"

    for industry in case.industries:
        for use in case.uses:
            for special in case.special or ("",):
                tried = given(projects(anshan, case, industry, use, special))(check)
                settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)(tried)()


def test_taken_back_names_exceptions_of_the_table(lines: list[dict[str, str]]) -> None:
    leaving = {line["编号"] for line in lines if line["结果"] == "不纳入环评管理"}
    assert set(TAKEN_BACK) <= leaving


def test_every_row_is_within_reach_of_a_case(anshan: Planner, lines: list[dict[str, str]]) -> None:
    """A trade or a work the table takes in must come into the cases above as well."""
    choices = {choice.name: choice for choice in anshan.rulebook.vocabulary.facts["special_works"].choices}
    codes_of = {choice.code: choice for choice in choices.values()}
    industries = {industry for case in CASES for industry in case.industries}
    reached: set[str] = set()
    for work in (work for case in CASES for work in case.special):
        while work:
            reached.add(codes_of[work].name)
            work = codes_of[work].parent or ""
    for line in lines:
        trades = line.get("国民经济行业", "")
        if trades and not trades.startswith("非 "):
            assert any(industry.startswith(code) for industry in industries for code in trades.split(",")), line["编号"]
        works = line.get("环评专项工程类型", "")
        if works and item_of(line["编号"]):
            assert set(works.removeprefix("非 ").split(",")) & reached, line["编号"]


@pytest.mark.parametrize("industry", ["A0511", "B1120", "C2530", "C3024", "D4419", "E4710", "G5810", "F5211", "H6110", "S9110"])
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
    trades = (FARMS, MINES, ENERGY_MINES, FOOD, TEXTILES, WOOD_AND_PAPER, CHEMISTRY, MEDICINE_AND_FIBRE, PLASTICS, MINERALS, METALS)
    others = ("A0111", "A0220", "C3731", "C4210", "D4411", "D4413", "D4415")
    for industry in (*(one for trade in (*trades, MACHINES, VEHICLES, ELECTRICS, REPAIRS) for one in trade), *others):
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
