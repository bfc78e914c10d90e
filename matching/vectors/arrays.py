"""Names for the arrays of the vector engine."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8, UInt16, UInt64
from numpy.typing import NDArray

Codes: TypeAlias = UInt8[NDArray[np.uint8], "count width"]
"""Vectors as bytes, one a row: number + 128, the number from -127 to 127."""

ProbeVectors: TypeAlias = Float32[NDArray[np.float32], "_ width"]
"""Probes in full precision, however many."""

Masks: TypeAlias = UInt16[NDArray[np.uint16], " count"]
"""Which blocks each row has, a bit each (`Layout.mask`)."""

Attributes: TypeAlias = UInt64[NDArray[np.uint64], " count"]
"""What else a row is, a bit each, as its owner says; filters read it."""

Places: TypeAlias = Int32[NDArray[np.int32], " count"]
"""Positions in a chunk or a batch."""

Counts: TypeAlias = Int64[NDArray[np.int64], " classes"]
"""How many rows there are of each mask."""

SomeMasks: TypeAlias = UInt16[NDArray[np.uint16], " _"]
"""Masks of however many rows."""

SomeIds: TypeAlias = Int64[NDArray[np.int64], " _"]
"""Numbers of however many persons or rows."""
