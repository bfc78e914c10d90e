"""Prints compared by their minutiae, as a gallery wants it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from biometrics.templates import Template, TemplateFormat
from matching.calibration import Calibration
from matching.minutiae import SCALE, PreparedPrint, PrintColumn, prepare
from matching.stores import TemplateStore


class PrintMatcher:
    """Compares prints by their minutiae."""

    space = ""
    """Minutiae are as they were extracted: what a rotation keeps, their comparison does not."""

    def scale(self, template_format: TemplateFormat) -> str:
        """Return the name of the minutia score scale; it does not depend on the extractor."""
        return SCALE

    def prepare(self, template: Template) -> PreparedPrint:
        """Make the minutiae of a finger template ready for comparison."""
        return prepare(template.minutiae)

    def fuse(self, samples: Sequence[PreparedPrint], calibration: Calibration) -> tuple[PreparedPrint, ...]:
        """Return the samples: prints are compared one by one."""
        return tuple(samples)

    def new_store(self, template_format: TemplateFormat, folder: Path | None = None) -> TemplateStore[PreparedPrint]:
        """Return an empty store."""
        return PrintColumn(folder=folder)
