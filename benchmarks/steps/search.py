"""`kura bench search`."""

from __future__ import annotations

import argparse

from api.command_line import DONE, NEGATIVE
from api.progress import progress_display
from benchmarks.search.one_thread import start_with_one_thread
from benchmarks.search.searching import measure_searches
from benchmarks.steps.parts import answer, require_writable_json
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Time searches among simulated persons; a wrong answer makes the exit code 1."""
    require_writable_json(arguments)
    start_with_one_thread()
    started = now_utc()
    with progress_display() as progress:
        found = measure_searches(arguments.persons, arguments.dim, progress)
    result = found.result(arguments.step, started, {"persons": arguments.persons, "dim": arguments.dim})
    answer(arguments, result.document(), found.lines())
    return DONE if found.identical else NEGATIVE
