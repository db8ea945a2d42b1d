"""Documents as PDF: titles, facts, clauses, tables of money. No network, no system fonts.

The same content gives the same bytes: the date inside is the one that is passed in.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF

from contracts.adapters.wrapping import wrap

FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC-GB2312.otf"
FONT = "paper"
LEFT, RIGHT, TOP, BOTTOM, GAP = 20, 190, 18, 277, 3
GREY, BLACK, RULE = 95, 20, 205


class _Sheet(FPDF):
    """A4 with a foot on every page: what it is, its hash, and the page number."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot

    def footer(self) -> None:
        """Print the foot; fpdf2 calls this on every page."""
        self.set_font(FONT, size=7)
        self.set_text_color(GREY)
        self.text(LEFT, 289, self._foot)
        number = f"{self.page_no()} / {{nb}}"
        self.set_xy(RIGHT - 30, 285.5)
        self.cell(30, 5, number, align="R")


class Paper:
    """One document. Call the builders from top to bottom, then `pdf()`."""

    def __init__(self, *, title: str, subtitle: str, foot: str, made_at: datetime) -> None:
        self._sheet = _Sheet(foot)
        self._sheet.set_creation_date(made_at)
        self._sheet.set_title(title)
        self._sheet.set_creator("Gridhour")
        self._sheet.set_producer("Gridhour")
        self._sheet.set_auto_page_break(auto=False)
        self._sheet.add_font(FONT, fname=str(FONT_FILE))
        self._sheet.set_line_width(0.2)
        self._sheet.add_page()
        self._y = float(TOP)
        self._block(title, size=17, leading=8)
        self._block(subtitle, size=9.5, leading=5, grey=True)
        self._y += GAP

    def heading(self, text: str) -> None:
        """Start a section; it stays with what follows."""
        self._y += GAP
        self._room_for(22)
        self._block(text, size=12, leading=7)
        self._rule()

    def paragraph(self, text: str, *, small: bool = False) -> None:
        """Print running text; `\\n` starts a new line."""
        self._block(text, size=7.5 if small else 9.5, leading=4 if small else 5, grey=small)
        self._y += 1

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print names and values in two columns."""
        for name, value in rows:
            self._row((name, value), (LEFT, LEFT + 55), (52, 115), "LL", grey=(True, False))

    def clause(self, number: str, heading: str, text: str, detail: str = "") -> None:
        """Print a numbered clause with its words and, small, its legal detail."""
        self._room_for(16)
        self._row((number, heading), (LEFT, LEFT + 9), (8, 160), "LL", size=10.5)
        self._block(text, size=9.5, leading=5, left=LEFT + 9)
        if detail:
            self._block(detail, size=8, leading=4.2, left=LEFT + 9, grey=True)
        self._y += 2

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[int],
        align: str,
        total: Sequence[str] = (),
    ) -> None:
        """Print a table; widths in mm (170 in all), `align` has L or R for each column."""
        lefts = [LEFT + sum(widths[:index]) for index in range(len(widths))]
        self._row(head, lefts, widths, align, size=8, grey=(True,) * len(head))
        self._rule()
        for row in rows:
            self._row(row, lefts, widths, align, size=9)
        if total:
            self._rule()
            self._row(total, lefts, widths, align, size=10)
        self._y += GAP

    def pdf(self) -> bytes:
        """Return the finished document."""
        return bytes(self._sheet.output())

    def _room_for(self, height: float) -> None:
        if self._y + height > BOTTOM:
            self._sheet.add_page()
            self._y = float(TOP)

    def _rule(self) -> None:
        self._sheet.set_draw_color(RULE)
        self._sheet.line(LEFT, self._y, RIGHT, self._y)
        self._y += 2

    def _block(
        self, text: str, *, size: float, leading: float, left: int = LEFT, grey: bool = False
    ) -> None:
        self._sheet.set_font(FONT, size=size)
        for line in wrap(text, RIGHT - left, self._sheet.get_string_width):
            self._room_for(leading)
            # A new page's foot changes pen and colour.
            self._pen(size, grey=grey)
            self._y += leading
            self._sheet.text(left, self._y - leading * 0.3, line)

    def _pen(self, size: float, *, grey: bool) -> None:
        self._sheet.set_font(FONT, size=size)
        self._sheet.set_text_color(GREY if grey else BLACK)

    def _row(
        self,
        cells: Sequence[str],
        lefts: Sequence[int],
        widths: Sequence[int],
        align: str,
        *,
        size: float = 9.5,
        grey: Sequence[bool] = (),
    ) -> None:
        leading = size * 0.53
        self._pen(size, grey=False)
        wrapped = [
            wrap(cell, width - 2, self._sheet.get_string_width)
            for cell, width in zip(cells, widths, strict=True)
        ]
        self._room_for(leading * max(map(len, wrapped)) + 1)
        for index, lines in enumerate(wrapped):
            self._pen(size, grey=bool(grey) and grey[index])
            for number, line in enumerate(lines, start=1):
                inset = 0.0
                if align[index] == "R":
                    inset = widths[index] - self._sheet.get_string_width(line)
                self._sheet.text(lefts[index] + inset, self._y + leading * (number - 0.3), line)
        self._y += leading * max(map(len, wrapped)) + 1
