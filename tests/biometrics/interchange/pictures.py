"""A picture with ridges for tests of formats, computed from whole numbers so that it is the same everywhere."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import GrayPixels


def ridges(width: int = 149, height: int = 130) -> GrayPixels:
    """Return arches of about nine pixels' period with some noise, fading to white at the border."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    phase = 28 * (y + (x - width // 2) ** 2 // 150) + 40 * ((x // 31 + y // 37) % 2)
    ridge = np.abs(phase % 256 - 128)
    noise = (x * 7919 + y * 104_729 + (x * y) % 251 * 31) % 41 - 20
    inside = np.minimum.reduce([x, y, width - 1 - x, height - 1 - y]).clip(0, 12)
    level = 40 + (ridge * 170) // 128 + noise
    faded = (level * inside + 250 * (12 - inside)) // 12
    return np.asarray(faded.clip(0, 255), dtype=np.uint8)


REFERENCE_PICTURES = {"framed": ridges(), "even": np.ascontiguousarray(ridges(160, 170)[20:150, 20:140])}
"""What NIST's software was given: a print on white, and ridges only; an encoder measures their contrast differently."""
