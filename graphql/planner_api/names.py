"""GraphQL names for the codes of a rulebook.

Policy staff choose the codes. `land_area` becomes the field `landArea`, the enum value `LAND_AREA` and, for its list of values, the
enum type `LandAreaChoice`. A code need not be a GraphQL name (`一_国家公园`): what GraphQL does not allow is written by code point,
a Chinese numeral that stands alone as a digit. The name depends on the code alone, so adding a value never renames another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from planner.diagnostics import Diagnostic

_NUMERALS = {numeral: str(number) for number, numeral in enumerate("零一二三四五六七八九十")}
_FOREIGN = re.compile(r"[^A-Za-z0-9]+")


def field_name(code: str) -> str:
    """`floor_area` → `floorArea`."""
    first, *rest = _plain(code).split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def enum_value(code: str) -> str:
    """`government_direct` → `GOVERNMENT_DIRECT`; `一` → `N1`; `二_湿地` → `N2_U6E7F5730`."""
    return _plain(code).upper()


def choice_type(code: str) -> str:
    """`land_supply` → `LandSupplyChoice`, the enum type of a fact's values."""
    return "".join(part[:1].upper() + part[1:] for part in _plain(code).split("_")) + "Choice"


def _plain(code: str) -> str:
    parts = [_part(part) for part in unicodedata.normalize("NFKC", code).split("_") if part]
    name = "_".join(parts) or "N"
    return f"N{name}" if name[0].isdigit() else name


def _part(part: str) -> str:
    if part in _NUMERALS:
        return _NUMERALS[part]
    return _FOREIGN.sub(lambda found: "U" + "".join(f"{ord(c):04X}" for c in found.group()), part)


def clashes(names: Iterable[tuple[str, str]], what: str) -> list[Diagnostic]:
    """A problem for each code whose GraphQL name another code already has. `names` are (GraphQL name, code)."""
    problems: list[Diagnostic] = []
    taken: dict[str, str] = {}
    for name, code in names:
        other = taken.setdefault(name, code)
        if other != code:
            message = f"{what}“{code}”与“{other}”在 GraphQL 里都叫 {name}"
            problems.append(Diagnostic("V208", message, help="给其中一个换一个代码", field=code))
    return problems
