"""What makes a print a probe: an index of its edges, made once and used for every comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.minutiae.edges.kernels import CODES, Entries, Starts, index_edges
from matching.minutiae.edges.likeness import likeness
from matching.minutiae.kernels import COLUMNS, NEIGHBOURS
from matching.minutiae.record import PreparedPrint


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EdgeIndex:
    """For each edge code, which minutiae of a print have an edge like it.

    Parameters
    ----------
    starts
        int32 [65537]: the entries of code c are those from starts[c] to starts[c + 1].
    entries
        uint16 [entries]: minutia in the high byte, likeness in the low one.
    """

    starts: Starts
    entries: Entries


def index_probe(probe: PreparedPrint) -> EdgeIndex:
    """Index the edges of a print; some 0.1 ms and 0.4 MB, for as long as the print is compared with others."""
    codes = probe.record[COLUMNS + 3 * len(probe) :].view(np.uint16).reshape(len(probe), NEIGHBOURS)
    alike = likeness()
    starts = np.zeros(CODES + 1, dtype=np.int32)
    entries = index_edges(codes.astype(np.int64), alike.starts, alike.kin, starts)
    return EdgeIndex(starts=starts, entries=entries)
