"""What a gallery needs of whoever keeps and compares the templates of one position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from biometrics.arrays import Ids, Values
from biometrics.templates import Template, TemplateFormat
from matching.calibration import Calibration

Feature = TypeVar("Feature")
"""A template made ready for comparison: a prepared print, or a face with its weight."""


@runtime_checkable
class TemplateStore(Protocol[Feature]):
    """Features in rows 0, 1, 2 ..., compared exactly; rows never move but in `keep`.

    One thread may change a store while none reads it; several may compare at once.
    """

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def append(self, feature: Feature) -> int:
        """Add a feature and return its row."""
        ...

    def feature(self, row: int) -> Feature:
        """Return what was added as `row`."""
        ...

    def compare(self, probe: Feature, rows: Ids) -> Values:
        """Return the score of the probe against each of the rows, in their order.

        Parameters
        ----------
        probe
            A feature of the same format.
        rows
            int64 [count] rows of this store.
        """
        ...

    def keep(self, rows: Ids) -> None:
        """Drop all rows but these (ascending); the first of them becomes row 0, and so on."""
        ...


@runtime_checkable
class Matcher(Protocol[Feature]):
    """How templates of one modality are prepared, kept and compared."""

    def scale(self, template_format: TemplateFormat) -> str:
        """Return the scale of the scores between templates of this format."""
        ...

    def prepare(self, template: Template) -> Feature:
        """Make a template ready for comparison."""
        ...

    def fuse(self, samples: Sequence[Feature], calibration: Calibration) -> tuple[Feature, ...]:
        """Return what is compared in the place of several samples of one finger or face: themselves, or fewer.

        The best comparison among those returned counts. The same samples in the same order always give the same.

        Parameters
        ----------
        samples
            Prepared templates of one format and one person's finger or face.
        calibration
            What scores between them mean.
        """
        ...

    def new_store(self, template_format: TemplateFormat) -> TemplateStore[Feature]:
        """Return an empty store for features of this format."""
        ...
