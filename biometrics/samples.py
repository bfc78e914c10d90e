"""A captured image with what must be known about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from biometrics.arrays import Pixels
from biometrics.errors import ResolutionError, SampleError
from biometrics.positions import Modality, Position

LOWEST_PPI = 100.0
HIGHEST_PPI = 2000.0
"""Resolutions outside this range are no fingerprint scanner's: screen tags (72, 96) and typing errors are refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BiometricSample:
    """Pixels of one finger or one face, as captured.

    Parameters
    ----------
    position
        Which finger, or the face.
    pixels
        uint8 [height, width] grey or [height, width, 3] RGB.
    ppi
        Pixels per inch; required for fingers, meaningless for faces.
    captured_at
        UTC time of capture.
    device
        What captured it (a driver URI or `file`).
    simulated
        True when no person was involved.

    Raises
    ------
    SampleError
        When the pixels are empty or of another type or shape, or the time has no zone.
    ResolutionError
        When a finger's ppi is missing or impossible.
    """

    position: Position
    pixels: Pixels
    ppi: float | None = None
    captured_at: datetime
    device: str = "file"
    simulated: bool = False

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        gray, color = len(shape) == 2, len(shape) == 3 and shape[2] == 3
        if self.pixels.dtype != np.uint8 or not (gray or color):
            raise SampleError(f"pixels must be uint8 grey or RGB, not {self.pixels.dtype} {shape}")
        if min(shape[:2]) < 1:
            raise SampleError("the image is empty")
        if self.captured_at.tzinfo is None:
            raise SampleError("captured_at has no time zone", remedy="give UTC")
        if self.modality is Modality.FINGER:
            check_ppi(self.ppi)

    @property
    def modality(self) -> Modality:
        """Finger or face."""
        return self.position.modality

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])


def check_ppi(ppi: float | None) -> float:
    """Return a fingerprint resolution that can be true.

    Raises
    ------
    ResolutionError
        When it is missing, not a number, or outside 100-2000.
    """
    if ppi is None:
        raise ResolutionError(
            "the image does not say its resolution", remedy="give it with --ppi (usually 500) or a ppi column"
        )
    if not LOWEST_PPI <= ppi <= HIGHEST_PPI:
        raise ResolutionError(
            f"{ppi:g} pixels per inch is not a fingerprint scanner's resolution",
            remedy=f"give the true one, {LOWEST_PPI:g} to {HIGHEST_PPI:g}, with --ppi or a ppi column",
        )
    return float(ppi)


def now_utc() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
