"""A page of a terminal: paragraphs, titles and rows of cells, broken so that Chinese lines up. A Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from planner.output.typeset import text_units, wrapped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

NARROWEST, WIDEST = 64, 160
"""Columns: a narrower terminal gets lines of the narrowest width, a wider one lines that can still be read."""


def without_controls(value: Any) -> Any:
    """Plain data with no control or direction characters in its texts, which could drive the terminal or disguise text."""
    if isinstance(value, str):
        return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " if c in "\n\r\t" else "" for c in value)
    if isinstance(value, dict):
        return {without_controls(key): without_controls(one) for key, one in value.items()}
    return [without_controls(one) for one in value] if isinstance(value, list | tuple) else value


class Page:
    """Lines of at most `width` columns, within what can be read. Without `color` there are no control sequences."""

    def __init__(self, width: int, color: bool) -> None:
        from rich.console import Console

        self.width = width = min(max(width, NARROWEST), WIDEST)
        self._file = StringIO()
        self._console: Console = Console(
            file=self._file,
            width=width,
            height=1000,
            color_system="standard" if color else None,
            force_terminal=color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            _environ={},
        )

    def text(self) -> str:
        """What was written."""
        return "\n".join(line.rstrip() for line in self._file.getvalue().split("\n"))

    def say(self, text: str | Text = "") -> None:
        """A paragraph, over the whole width."""
        self._console.print(self.fitted(text, self.width))

    def styled(self, text: str, style: str = "") -> Text:
        from rich.text import Text

        return Text(text, style=style)

    def fitted(self, text: str | Text, width: int) -> Text:
        """The text broken into lines; rich itself would not break inside a run of Chinese before trying the next line."""
        from rich.text import Text

        plain, style = (text, "") if isinstance(text, str) else (text.plain, text.style)
        justify = None if isinstance(text, str) else text.justify
        return Text("\n".join(wrapped(plain, width)), style=style, justify=justify, no_wrap=True)

    def title(self, text: str, style: str = "bold blue") -> None:
        self.say()
        self.say(self.styled(text, style))
        self.say(self.styled("=" * min(text_units(text), self.width), style))

    def row(self, cells: Sequence[tuple[str | Text, int | None]], gap: int = 2, lead: str = "") -> None:
        """Cells beside each other behind `lead`, each wrapped inside its own width; None takes what is left."""
        from rich.table import Table

        fixed = sum(width for _, width in cells if width is not None) + gap * (len(cells) - 1) + text_units(lead)
        grid = Table.grid(padding=(0, 0))
        texts: list[str | Text] = []
        if lead:
            grid.add_column(width=text_units(lead))
            texts.append(lead)
        for place, (text, width) in enumerate(cells):
            if place:
                grid.add_column(width=gap)
                texts.append("")
            room = self.width - fixed if width is None else width
            grid.add_column(width=room)
            texts.append(self.fitted(text, room))
        grid.add_row(*texts)
        self._console.print(grid)

    def point(self, mark: str, text: str | Text, indent: int = 0) -> None:
        """A mark and a text that hangs beside it."""
        self.row([(mark, text_units(mark)), (text, None)], gap=1, lead=" " * indent)
