"""A document for people as PDF, in letters that write French and Bambara; nothing is written to the disk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from api.rights.sections import Document, Section, Table
from biometrics.errors import ConfigurationError

_PLAIN, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_DATE = len("30 septembre 2026")
_MARGIN = 20 * mm
_FOOT_Y = 10 * mm
_LEAST_ROOM = 35 * mm  # a heading and two lines below it
_GREY = colors.HexColor("#666666")
_HEAD = colors.HexColor("#e8ecef")

_TITLE = ParagraphStyle("title", fontName=_BOLD, fontSize=17, leading=22, spaceAfter=4 * mm)
_LINE = ParagraphStyle("line", fontName=_PLAIN, fontSize=9.5, leading=13)
_HEADING = ParagraphStyle("heading", fontName=_BOLD, fontSize=12, leading=16, spaceBefore=7 * mm, spaceAfter=2 * mm)
_TEXT = ParagraphStyle("text", fontName=_PLAIN, fontSize=9.5, leading=13.5, spaceAfter=2 * mm)
_CELL = ParagraphStyle("cell", fontName=_PLAIN, fontSize=8, leading=10.5, wordWrap="LTR", splitLongWords=True)
_COLUMN = ParagraphStyle("column", parent=_CELL, fontName=_BOLD)

_GRID = TableStyle(
    [
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#c5ccd1")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
)


def pdf_bytes(document: Document) -> bytes:
    """Return a document as PDF, its pages numbered.

    Raises
    ------
    ConfigurationError
        When the letters are not installed.
    """
    _register_letters()
    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=document.title,
        author=document.foot,
        lang="fr",
    )
    story: list[Any] = [Paragraph(escape(document.title), _TITLE)]
    story += [Paragraph(escape(line), _LINE) for line in document.lines]
    for section in document.sections:
        story += _section(section, template.width)

    class Numbered(_NumberedCanvas):
        foot = document.foot

    template.build(story, canvasmaker=Numbered)
    return buffer.getvalue()


def _section(section: Section, width: float) -> list[Any]:
    story: list[Any] = [CondPageBreak(_LEAST_ROOM), Paragraph(escape(section.title), _HEADING)]
    story += [Paragraph(escape(text), _TEXT) for text in section.paragraphs]
    if section.table is not None and section.table.rows:
        story += [_table(section.table, width), Spacer(1, 2 * mm)]
    return story


def _table(table: Table, width: float) -> LongTable:
    heads = [Paragraph(escape(name), _COLUMN) for name in table.columns]
    rows = [[Paragraph(escape(cell), _CELL) for cell in row] for row in table.rows]
    return LongTable([heads, *rows], colWidths=_widths(table, width), repeatRows=1, style=_GRID)


def _widths(table: Table, width: float) -> list[float]:
    """Return widths by how long the cells are, none so narrow that a word of its heading or of a date is broken."""
    longest = [
        min(60, max(len(name), *(len(row[place]) for row in table.rows))) for place, name in enumerate(table.columns)
    ]
    least = [
        max(pdfmetrics.stringWidth(word, _BOLD, _CELL.fontSize) for word in _words(table, place)) + 8
        for place in range(len(table.columns))
    ]
    least = [floor * min(1.0, width / sum(least)) for floor in least]
    spare = max(0.0, width - sum(least))
    return [floor + spare * part / sum(longest) for floor, part in zip(least, longest, strict=True)]


def _words(table: Table, place: int) -> Iterator[str]:
    """Yield what a column must have room for: words of its heading, and dates, whose parts are held together."""
    yield from table.columns[place].split()
    for row in table.rows:
        yield from (word for word in row[place].split(" ") if "\N{NO-BREAK SPACE}" in word and len(word) <= _DATE)


def _register_letters() -> None:
    if _PLAIN in pdfmetrics.getRegisteredFontNames():
        return
    found = find_spec("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else Path()
    for name in (_PLAIN, _BOLD):
        path = folder / f"{name}.ttf"
        if not path.is_file():
            raise ConfigurationError("the letters for documents are not installed", source=path.name)
        pdfmetrics.registerFont(TTFont(name, str(path)))


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # the library says nothing of its types
    """Writes `Page 2 sur 5` when the number of pages is known."""

    foot = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Keep a page until all are known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the pages, with their numbers."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(_PLAIN, 7.5)
            self.setFillColor(_GREY)
            self.drawString(_MARGIN, _FOOT_Y, self.foot)
            self.drawRightString(A4[0] - _MARGIN, _FOOT_Y, f"Page {number} sur {len(self._pages)}")
            super().showPage()
        super().save()
