"""Fields over the picture that several stages draw: coordinates and smooth random variation."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

Field: TypeAlias = Float32[NDArray[np.float32], "height width"]


def centred_grid(height: int, width: int, spacing_px: float = 1.0) -> tuple[Field, Field]:
    """Return x to the right and y up of every pixel from the middle of the picture, in pixels at 500 ppi."""
    columns = (np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)) * np.float32(spacing_px)
    rows = (np.float32((height - 1) / 2) - np.arange(height, dtype=np.float32)) * np.float32(spacing_px)
    x, y = np.meshgrid(columns, rows)
    return x, y


def smooth_noise(random: np.random.Generator, height: int, width: int, reach_px: float) -> Field:
    """Return a random field of about zero mean and unit variance that changes over `reach_px` pixels."""
    # Random knots, one every reach, joined by cubic interpolation: a tenth of the time of blurring white noise.
    knots_down, knots_across = int(height / reach_px) + 4, int(width / reach_px) + 4
    knots = random.standard_normal((knots_down, knots_across), dtype=np.float32)
    down = np.linspace(1.5, 1.5 + (height - 1) / reach_px, height, dtype=np.float32)
    across = np.linspace(1.5, 1.5 + (width - 1) / reach_px, width, dtype=np.float32)
    offset = random.uniform(-0.5, 0.5, 2).astype(np.float32)
    to_x, to_y = np.meshgrid(across + offset[0], down + offset[1])
    field = cv2.remap(knots, to_x, to_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    # Cubic interpolation between independent knots keeps about this share of their deviation.
    return np.asarray(field / np.float32(0.78), dtype=np.float32)
