"""One thread for every library that multiplies matrices, whatever the caller's environment says."""

from __future__ import annotations

import os
import sys

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def start_with_one_thread(*more: str) -> None:
    """Start the command again with one BLAS thread, unless it has one: BLAS asks only when it is loaded.

    `more` names further variables that are to be 1.

    With two, products of small matrices, of which simulated persons are made, take eleven times the processor time:
    threads wait for each other and count as working.
    """
    names = (*_THREADS, *more)
    if all(os.environ.get(name) == "1" for name in names):
        return
    os.environ.update(dict.fromkeys(names, "1"))
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
