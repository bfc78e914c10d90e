"""What a gallery needs of whoever keeps and compares the templates of one position."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from biometrics.positions import Modality
from biometrics.templates import Template, TemplateFormat
from matching.calibration import Calibration

Feature = TypeVar("Feature")
"""A template made ready for comparison: a prepared print, or a face with its weight."""

Piece: TypeAlias = Mapping[str, NDArray[Any]]
"""Features of some rows as arrays, by the names that a store chooses."""


@runtime_checkable
class TemplateStore(Protocol[Feature]):
    """Features in rows 0, 1, 2 ..., compared exactly; a row never changes and never moves.

    One thread may append while any number read and compare rows that are there.
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

    def cut(self, rows: int) -> None:
        """Drop all rows but the first `rows`; nobody may have read the others yet."""
        ...

    def erase(self, rows: Ids) -> None:
        """Write over these rows, which nobody may ask for again; what reads them meanwhile finds nobody alike.

        Raises
        ------
        StorageError
            When the disk cannot be written.
        """
        ...

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays of a piece."""
        ...

    @property
    def row_bytes(self) -> int:
        """Bytes of a row at most, as `export` gives it."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes of all features, in memory or on disk."""
        ...

    def export(self, rows: Ids) -> Piece:
        """Return these rows, ascending, as `extend` takes them."""
        ...

    def extend(self, piece: Piece) -> None:
        """Add the rows of a piece.

        Raises
        ------
        GalleryError
            When the piece is damaged.
        """
        ...


@runtime_checkable
class Matcher(Protocol[Feature]):
    """How templates of one modality are prepared, kept and compared."""

    @property
    def space(self) -> str:
        """Return the name of what turns its features, empty where nothing does; other spaces cannot be compared."""
        ...

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

    def new_store(self, template_format: TemplateFormat, folder: Path | None = None) -> TemplateStore[Feature]:
        """Return an empty store for features of this format; with a folder, they lie in nameless files there."""
        ...


StoreMaker: TypeAlias = Callable[[Modality, Mapping[Modality, TemplateFormat]], TemplateStore[Any]]
"""Makes an empty store for features of a modality."""
