"""Templates: what models extract from samples and matching compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Bytes, Values, Vector
from biometrics.errors import IncompatibleTemplatesError, TemplateError
from biometrics.positions import Modality, Position
from biometrics.quality import QualityScore

TEMPLATE_PPI = 500.0
"""All minutia coordinates are in pixels at this resolution."""

MOST_MINUTIAE = 255
"""A set holds no more: ISO/IEC 19794-2 counts minutiae in one byte."""

TYPE_OTHER, TYPE_ENDING, TYPE_BIFURCATION = 0, 1, 2
"""Minutia type codes of ISO/IEC 19794-2."""

UNIT_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFormat:
    """Which algorithm made a template, and how such templates are compared; equal formats are comparable.

    Parameters
    ----------
    algorithm, version
        The model or extractor, with a version that changes whenever its output does.
    metric
        `minutiae` or `cosine`.
    dimension
        Length of the vector; 0 for minutiae.
    """

    algorithm: str
    version: str
    metric: str
    dimension: int = 0

    def __post_init__(self) -> None:
        if self.metric not in ("minutiae", "cosine"):
            raise TemplateError(f"unknown metric {self.metric!r}")
        if (self.dimension > 0) != (self.metric == "cosine"):
            raise TemplateError(f"dimension {self.dimension} does not fit metric {self.metric}")

    @property
    def model_id(self) -> str:
        """`algorithm/version`, as it is stored and shown."""
        return f"{self.algorithm}/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MinutiaSet:
    """Ridge endings and bifurcations of one print.

    Coordinates are pixels at 500 ppi, x to the right and y down from the top left corner. Angles are radians in
    [0, 2pi), counter-clockwise from the x axis as one sees the image (y up), in the direction of ISO/IEC 19794-2.

    Parameters
    ----------
    x, y
        float32 [count], inside the image.
    angle
        float32 [count] radians.
    kind
        uint8 [count]: 0 other, 1 ending, 2 bifurcation.
    quality
        uint8 [count]: 0-100.
    width, height
        Size of the image at 500 ppi, pixels.

    Raises
    ------
    TemplateError
        When lengths differ, a value is not finite or out of range, or there are more than 255 minutiae.
    """

    x: Values
    y: Values
    angle: Values
    kind: Bytes
    quality: Bytes
    width: int
    height: int

    def __post_init__(self) -> None:
        columns = (self.x, self.y, self.angle, self.kind, self.quality)
        if len({len(column) for column in columns}) != 1:
            raise TemplateError("minutia columns have different lengths")
        if len(self.x) > MOST_MINUTIAE:
            raise TemplateError(f"{len(self.x)} minutiae are more than {MOST_MINUTIAE}")
        if not all(np.isfinite(column).all() for column in (self.x, self.y, self.angle)):
            raise TemplateError("a minutia coordinate or angle is not a finite number")
        inside = (self.x >= 0) & (self.x < self.width) & (self.y >= 0) & (self.y < self.height)
        if not inside.all():
            raise TemplateError("a minutia lies outside the image")
        if not ((self.angle >= 0) & (self.angle < 2 * np.pi)).all():
            raise TemplateError("a minutia angle is outside [0, 2 pi)")
        if (self.kind > TYPE_BIFURCATION).any() or (self.quality > 100).any():
            raise TemplateError("a minutia type or quality is out of range")

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceEmbedding:
    """A unit vector that represents a face, and the length it had before it was normalised.

    Parameters
    ----------
    vector
        float32 [dimension], Euclidean norm 1.
    raw_norm
        Norm before normalisation; evidence of quality, not used in comparison.

    Raises
    ------
    TemplateError
        When the vector holds a number that is not finite or its norm is not 1.
    """

    vector: Vector
    raw_norm: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.vector).all():
            raise TemplateError("the embedding holds a number that is not finite")
        # No element of a unit vector is larger than 1, and those that are might have no norm in 32 bits.
        largest = float(np.abs(self.vector).max(initial=0.0))
        if largest > 1.0 + UNIT_NORM_TOLERANCE or abs(float(np.linalg.norm(self.vector)) - 1.0) > UNIT_NORM_TOLERANCE:
            raise TemplateError("the embedding is not a unit vector")
        if not np.isfinite(self.raw_norm) or self.raw_norm <= 0:
            raise TemplateError("the embedding's raw norm must be positive")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """Features of one sample, labelled with the model that made them.

    Raises
    ------
    TemplateError
        When body, format and position do not belong together.
    """

    format: TemplateFormat
    position: Position
    body: MinutiaSet | FaceEmbedding
    quality: QualityScore
    simulated: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.body, MinutiaSet):
            fits = self.format.metric == "minutiae" and self.modality is Modality.FINGER
        else:
            fits = self.format.dimension == len(self.body.vector) and self.modality is Modality.FACE
        if not fits:
            raise TemplateError(f"a {type(self.body).__name__} does not fit {self.format} at {self.position.value}")

    @property
    def modality(self) -> Modality:
        """Finger or face."""
        return self.position.modality

    @property
    def minutiae(self) -> MinutiaSet:
        """The body of a finger template.

        Raises
        ------
        TemplateError
            When this is not one.
        """
        if not isinstance(self.body, MinutiaSet):
            raise TemplateError("not a finger template")
        return self.body

    @property
    def embedding(self) -> FaceEmbedding:
        """The body of a face template.

        Raises
        ------
        TemplateError
            When this is not one.
        """
        if not isinstance(self.body, FaceEmbedding):
            raise TemplateError("not a face template")
        return self.body


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BiometricReference:
    """A stored template, attributed to a subject; `sample_sha256` names the sample it was extracted from, if kept."""

    reference_id: str
    subject_id: str
    template: Template
    sample_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """The templates of one person to be searched or verified; at least one.

    Raises
    ------
    TemplateError
        When it is empty.
    """

    templates: tuple[Template, ...]

    def __post_init__(self) -> None:
        if not self.templates:
            raise TemplateError("a probe needs at least one template")


def require_comparable(first: TemplateFormat, second: TemplateFormat) -> None:
    """Refuse templates of different formats.

    Raises
    ------
    IncompatibleTemplatesError
        When the formats differ.
    """
    if first != second:
        raise IncompatibleTemplatesError(
            f"templates of {first.model_id} and {second.model_id} cannot be compared",
            remedy="extract both with the same model",
        )
