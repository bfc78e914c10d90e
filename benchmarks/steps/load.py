"""`kura bench load`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from api.command_line import DONE, NEGATIVE
from api.progress import progress_display
from benchmarks.load.lines import result_lines
from benchmarks.load.profiles import PROFILES
from benchmarks.load.running import measure_load
from benchmarks.search.one_thread import start_with_one_thread
from benchmarks.steps.parts import answer, require_writable_json


def run(arguments: argparse.Namespace) -> int:
    """Put the service under load; what was lost or wrong makes the exit code 1."""
    require_writable_json(arguments)
    start_with_one_thread("NUMBA_NUM_THREADS")  # as the service's workers have it: what is compared is alike
    with tempfile.TemporaryDirectory(prefix="kura-load-") as folder, progress_display() as progress:
        result = measure_load(PROFILES[arguments.profile], Path(folder), progress)
    code = answer(arguments, result.document(), list(result_lines(result)))
    return NEGATIVE if result.failed and code == DONE else code
