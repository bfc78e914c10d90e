"""Names for the arrays that cross room borders; shapes are checked at run time in the tests."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8
from numpy.typing import NDArray

GrayPixels: TypeAlias = UInt8[NDArray[np.uint8], "height width"]
"""Grey levels, 0 black to 255 white."""

ColorPixels: TypeAlias = UInt8[NDArray[np.uint8], "height width 3"]
"""Red, green, blue, in this order."""

Pixels: TypeAlias = UInt8[NDArray[np.uint8], "height width *channels"]
"""Grey levels or RGB."""

Picture: TypeAlias = UInt8[NDArray[np.uint8], "_ _ 3"]
"""Red, green, blue, of whatever size: for functions whose result is of another size than what they are given."""

Vector: TypeAlias = Float32[NDArray[np.float32], " dimension"]
"""One feature vector."""

Vectors: TypeAlias = Float32[NDArray[np.float32], "count dimension"]
"""Several feature vectors, one a row."""

Values: TypeAlias = Float32[NDArray[np.float32], " count"]
"""One 32-bit number per item."""

Ids: TypeAlias = Int64[NDArray[np.int64], " count"]
"""One 64-bit identifier or index per item."""

Flags: TypeAlias = Bool[NDArray[np.bool_], " count"]
"""One truth value per item."""

Bytes: TypeAlias = UInt8[NDArray[np.uint8], " count"]
"""One byte per item."""

Rates: TypeAlias = Float64[NDArray[np.float64], " count"]
"""One probability or rate per item; 64 bits, as person-level rates go far below what 32 bits hold."""
