"""A plan as an Excel workbook to be filed, filled in and printed (A4, on its side).

Days are days and counts are numbers. Everything else is text, so that a name that begins with `=` stays a name. A provisional day is
shown with ~ before it and is a day all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.calendar import WorkCalendar
from planner.output.outline import Outline
from planner.output.sheets import Cell, Column, Row, Sheet, Tone, sheets
from planner.output.typeset import clipped, printable, wrapped
from planner.output.words import Words, words_for
from planner.plan import Certainty, Plan, PlanDate

_FONT = "宋体"
_DAY, _PROVISIONAL = "yyyy-mm-dd", '"~"yyyy-mm-dd'
_LONGEST = 32_767
"""Characters that a cell can hold."""
_LEADING, _HIGHEST = 13.2, 409.0
"""A line of 10 points, and the highest row there is: in points."""
_LINE = Side(style="thin", color="B5BFC9")
_FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEADING = PatternFill("solid", fgColor="DDE7F0")
_FILLS: Mapping[Tone, str] = {"section": "EAF0E4", "open": "FFF6DC"}
_INKS: Mapping[Tone, str] = {"warning": "B00020", "critical": "9C2B00"}
_TYPED = re.compile(r"[=+\-@\t]")
"""What a spreadsheet would take for the beginning of a formula if the text were typed anew."""
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Where a spreadsheet would read a character by its number (ECMA-376, ST_Xstring)."""
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def render_xlsx(plan: Plan, calendar: WorkCalendar, lang: str = "zh", *, fact_names: Mapping[str, str] | None = None) -> bytes:
    """The workbook. Equal arguments give equal bytes (with the same openpyxl and zlib).

    `calendar` tells working days from days off and should be the one the plan was made with. `fact_names`: names of facts by code, for
    facts that the plan mentions by code only. Raises ValueError for a language other than `zh` and `en`.
    """
    words = words_for(lang)
    outline = Outline(plan, words, fact_names or {})
    book: Any = Workbook()
    book.remove(book.worksheets[0])
    # The width of columns is counted in digits of this font.
    book._named_styles["Normal"].font = Font(name=_FONT, size=10)
    for sheet in sheets(outline, calendar):
        _write(book.create_sheet(sheet.title), sheet, plan, words)
    made = datetime.combine(plan.as_of, time())
    book.properties.creator = "approval-planner"
    book.properties.title = printable(words("due_line", name=words("title"), text=plan.project.name))
    book.properties.created = made
    written = BytesIO()
    book.save(written)
    return _settled(written.getvalue(), made)


def _settled(written: bytes, made: datetime) -> bytes:
    """The same archive without the clock in it: openpyxl stamps the document and every entry with the time it is saved."""
    settled = BytesIO()
    with ZipFile(BytesIO(written)) as source, ZipFile(settled, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + made.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            entry = ZipInfo(name)  # dated 1980-01-01, the first day a zip file knows
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(entry, content)
    return settled.getvalue()


# -- a sheet -------------------------------------------------------------------------------------------------------------


def _write(target: Worksheet, sheet: Sheet, plan: Plan, words: Words) -> None:
    for number, column in enumerate(sheet.columns, 1):
        cell: Any = target.cell(1, number)
        _put(cell, column.title)
        cell.font, cell.fill, cell.border = Font(name=_FONT, size=10, bold=True), _HEADING, _FRAME
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        target.column_dimensions[get_column_letter(number)].width = column.width
    target.row_dimensions[1].height = _height(sheet, Row(tuple(column.title for column in sheet.columns)))
    looks: dict[object, Any] = {}
    for place, row in enumerate(sheet.rows, 2):
        for number, (column, value) in enumerate(zip(sheet.columns, row.cells, strict=True), 1):
            cell = target.cell(place, number)
            _put(cell, value)
            # A look is made once and shared: there are thousands of cells.
            key = (
                row.tone,
                column.short,
                cell.number_format,
                cell.quotePrefix,
                isinstance(value, str | None),
                sheet.listing,
                number,
            )
            if key not in looks:
                _dress(cell, column, row.tone, sheet)
                looks[key] = cell._style
            cell._style = looks[key]
        target.row_dimensions[place].height = _height(sheet, row)
        if row.page:
            target.row_breaks.append(Break(id=place - 1))
    last = len(sheet.rows) + 1
    target.freeze_panes = target.cell(2, sheet.kept + 1).coordinate
    if sheet.listing:
        target.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{last}"
    for number, column in enumerate(sheet.columns, 1):
        if column.choices:
            _offer(target, f"{get_column_letter(number)}2:{get_column_letter(number)}{last}", column, words)
    _for_paper(target, sheet, plan, words)


def _height(sheet: Sheet, row: Row) -> float:
    """How high a row must be for all its text, in points. Programs that only print do not work it out themselves."""

    def wide(text: str) -> str:
        # Quotation marks, dashes and the like are as wide as a Chinese character in a Chinese font.
        return "".join("口" if east_asian_width(character) == "A" else character for character in text)

    lines = (
        sum(len(wrapped(wide(line), column.width)) for line in printable(value).split("\n"))
        for column, value in zip(sheet.columns, row.cells, strict=True)
        if isinstance(value, str)
    )
    return min(_HIGHEST, _LEADING * max(lines, default=1) + 5)


def _put(cell: Any, value: Cell) -> None:
    if isinstance(value, PlanDate):
        cell.value = value.date
        cell.number_format = _PROVISIONAL if value.certainty is Certainty.PROVISIONAL else _DAY
    elif isinstance(value, date):
        cell.value, cell.number_format = value, _DAY
    elif isinstance(value, str) and value:
        text = printable(value)
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST - 40]}…"
        cell.value = _CODED.sub("_x005F_", text)
        cell.data_type = "s"  # openpyxl takes a leading = for a formula
        cell.quotePrefix = bool(_TYPED.match(text))
    elif isinstance(value, int):
        cell.value = value


def _dress(cell: Any, column: Column, tone: Tone, sheet: Sheet) -> None:
    named = sheet.listing and cell.column == sheet.kept
    ink = _INKS.get(tone, "000000") if tone == "warning" or named else "000000"
    bold = tone == "section" or (tone in _INKS and named) or (not sheet.listing and cell.column == 1)
    cell.font = Font(name=_FONT, size=10, bold=bold, italic=cell.number_format == _PROVISIONAL, color=ink)
    horizontal = "center" if column.short else "left"
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    cell.border = _FRAME
    if tone in _FILLS:
        cell.fill = PatternFill("solid", fgColor=_FILLS[tone])


def _offer(target: Worksheet, cells: str, column: Column, words: Words) -> None:
    """A box to tick: the words to choose from, coloured when chosen."""
    choice = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True, showErrorMessage=True)
    choice.promptTitle, choice.prompt, choice.showInputMessage = column.title, words("ready_prompt"), True
    choice.errorTitle, choice.error = column.title, words("ready_prompt")
    choice.add(cells)
    target.add_data_validation(choice)
    for word, colour in zip(column.choices, ("D5EBD0", "F6CFCB", "E4E4E4"), strict=True):
        fill = PatternFill("solid", bgColor=colour)
        look = DifferentialStyle(fill=fill)
        target.conditional_formatting.add(cells, Rule(type="cellIs", operator="equal", formula=[f'"{word}"'], dxf=look))


def _for_paper(target: Worksheet, sheet: Sheet, plan: Plan, words: Words) -> None:
    target.page_setup.orientation, target.page_setup.paperSize = "landscape", 9  # A4
    if sheet.listing:
        target.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        target.page_setup.fitToWidth, target.page_setup.fitToHeight = 1, 0
    else:
        # Pages made to fit have no breaks. Where the font is replaced by a wider one the columns are wider too: this leaves room for that.
        target.page_setup.scale = 78
    target.print_title_rows = "1:1"
    target.print_options.horizontalCentered = True
    margins = target.page_margins
    margins.left = margins.right = 0.4  # inches
    margins.top, margins.bottom, margins.header, margins.footer = 0.75, 0.65, 0.35, 0.3
    # In headers an & begins a command.
    name = clipped(" ".join(printable(plan.project.name).split()), 80).replace("&", "&&")
    header, footer = HeaderFooterItem(), HeaderFooterItem()
    header.center.text = f"{name}  {words('title')}"
    footer.left.text, footer.center.text = "&A", words("page_of")
    footer.right.text = f"{words('as_of')} {plan.as_of.isoformat()}"
    target.oddHeader, target.oddFooter = header, footer
