"""The index of a probe's edges, compiled: for each edge code, which minutiae have an edge like it, and how like."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Int32, Int64, UInt16
from numpy.typing import NDArray

from biometrics.compiled import compiled

ANGLE_BINS = 64  # 5.6 degrees each
LENGTH_BINS = 16
CODES = LENGTH_BINS * ANGLE_BINS * ANGLE_BINS
NO_EDGE = CODES - 1  # stands for an edge that a print of few minutiae lacks; no edge gets this code

Codes: TypeAlias = Int64[NDArray[np.int64], "count neighbours"]
Kin: TypeAlias = Int32[NDArray[np.int32], "rows 4"]
KinStarts: TypeAlias = Int64[NDArray[np.int64], " bins"]
Starts: TypeAlias = Int32[NDArray[np.int32], " codes"]
Entries: TypeAlias = UInt16[NDArray[np.uint16], " entries"]


@compiled("uint16[::1](int64[:, ::1], int64[::1], int32[:, ::1], int32[::1])")
def index_edges(codes: Codes, kin_starts: KinStarts, kin: Kin, starts: Starts) -> Entries:
    """Return the entries of each code, one code's after the other's, and write where they begin into `starts`.

    An entry holds a minutia in its high byte and how alike one of its edges is to the code in its low byte. `starts` is
    int32 [`CODES` + 1], zeros.
    """
    entries = np.empty(0, dtype=np.uint16)
    for counting in (True, False):
        if not counting:
            total = 0
            for code in range(CODES + 1):
                here = starts[code]
                starts[code] = total
                total += here
            entries = np.empty(total, dtype=np.uint16)
        for minutia in range(codes.shape[0]):
            for edge in range(codes.shape[1]):
                code = codes[minutia, edge]
                if code == NO_EDGE:
                    continue
                length, angles = code // (ANGLE_BINS * ANGLE_BINS), code % (ANGLE_BINS * ANGLE_BINS)
                own, other = angles // ANGLE_BINS, angles % ANGLE_BINS
                for row in range(kin_starts[length], kin_starts[length + 1]):
                    alike = (
                        (length + kin[row, 0]) * ANGLE_BINS + ((own + kin[row, 1]) & (ANGLE_BINS - 1))
                    ) * ANGLE_BINS
                    alike += (other + kin[row, 2]) & (ANGLE_BINS - 1)
                    if alike == NO_EDGE:
                        continue
                    if not counting:
                        entries[starts[alike]] = (minutia << 8) | kin[row, 3]
                    starts[alike] += 1
    # Filling moved every start to where the next code's entries begin.
    for code in range(CODES, 0, -1):
        starts[code] = starts[code - 1]
    starts[0] = 0
    return entries
