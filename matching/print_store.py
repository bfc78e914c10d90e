"""Prepared prints in columns, each compared with every probe print."""

from __future__ import annotations

from biometrics.arrays import Ids, Values
from biometrics.templates import Template, TemplateFormat
from matching.minutiae import SCALE, PreparedPrint, PrintColumn, prepare
from matching.stores import TemplateStore


class PrintStore:
    """Prepared prints of one finger position."""

    def __init__(self) -> None:
        self._column = PrintColumn()
        self._prints: list[PreparedPrint] = []

    def __len__(self) -> int:
        return len(self._prints)

    def append(self, feature: PreparedPrint) -> int:
        """Add a prepared print and return its row."""
        self._prints.append(feature)
        return self._column.append(feature)

    def feature(self, row: int) -> PreparedPrint:
        """Return the print of a row."""
        return self._prints[row]

    def compare(self, probe: PreparedPrint, rows: Ids) -> Values:
        """Return the score of the probe against each of the rows, in their order."""
        return self._column.compare(probe, rows)

    def keep(self, rows: Ids) -> None:
        """Drop all rows but these (ascending)."""
        kept = [self._prints[int(row)] for row in rows]
        self._column, self._prints = PrintColumn(), []
        for one in kept:
            self.append(one)


class PrintMatcher:
    """Compares prints by their minutiae."""

    def scale(self, template_format: TemplateFormat) -> str:
        """Return the name of the minutia score scale; it does not depend on the extractor."""
        return SCALE

    def prepare(self, template: Template) -> PreparedPrint:
        """Make the minutiae of a finger template ready for comparison."""
        return prepare(template.minutiae)

    def new_store(self, template_format: TemplateFormat) -> TemplateStore[PreparedPrint]:
        """Return an empty store."""
        return PrintStore()
