"""Rows as bytes: one step a row, and how far the bytes are from the row, measured.

`matching.vectors.bounds` says what that makes of a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Values, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Codes
from matching.vectors.exact.kernels import quantize_rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantized:
    """Rows as bytes: row i is about ``steps[i] * (codes[i] - 128)``.

    Parameters
    ----------
    codes
        uint8 [count, width]: whole numbers from -127 to 127, plus 128.
    steps
        float32 [count]: what one of a code stands for, above 0.
    residuals
        float32 [count]: length of the row less what its codes stand for, measured and rounded up.
    norms
        float32 [count]: length of what the codes stand for, rounded up.
    """

    codes: Codes
    steps: Values
    residuals: Values
    norms: Values


def quantize(vectors: Vectors) -> Quantized:
    """Return rows as bytes; zero stays zero.

    Parameters
    ----------
    vectors
        float32 [count, width].

    Raises
    ------
    GalleryError
        When a number is not finite.
    """
    if not np.isfinite(vectors).all():
        raise GalleryError("a vector has numbers that are not finite", source="vectors")
    rows = np.require(vectors, requirements=("C", "W"))  # compiled for arrays that may be written, though it does not
    codes = np.empty(rows.shape, dtype=np.uint8)
    steps, residuals, norms = (np.empty(len(rows), dtype=np.float32) for _ in range(3))
    quantize_rows(rows, codes, steps, residuals, norms)
    return Quantized(codes=codes, steps=steps, residuals=residuals, norms=norms)
