"""How fast this machine reads memory that no cache holds: the limit of a scan by few probes."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from functools import partial

import numpy as np

from benchmarks.search.kernels import read_four, read_one
from benchmarks.timing import Call

BUFFER_BYTES = 512 * 2**20
"""Of this much, no cache of today holds a worthwhile part."""

ONE_STREAM, FOUR_STREAMS = "reading, one stream", "reading, four streams"


def reading_calls() -> Mapping[str, Call]:
    """Return ways of reading a buffer of `BUFFER_BYTES` once, in order; the fastest of them is the machine's limit.

    The buffer lies in large pages where the system gives them, and all of it has been written to: memory that was never
    touched is one page of zeros.
    """
    # The array keeps the mapping alive.
    room = mmap.mmap(-1, BUFFER_BYTES)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        room.madvise(mmap.MADV_HUGEPAGE)
    words = np.frombuffer(room, dtype=np.uint64)
    words[:] = 1
    return {ONE_STREAM: partial(read_one, words), FOUR_STREAMS: partial(read_four, words)}
