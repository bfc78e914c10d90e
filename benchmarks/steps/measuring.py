"""How the benchmarks of searches run and answer, interrupted or not."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

from api.command_line import DONE, NEGATIVE
from api.progress import progress_display
from benchmarks.search.findings import Findings
from benchmarks.search.one_thread import start_with_one_thread
from benchmarks.steps.parts import answer, require_writable_json
from biometrics.protocols import Progress
from biometrics.samples import now_utc

Measure: TypeAlias = Callable[[int, int, Findings, Progress], None]
"""Measures persons of a dimension, and adds what is found out as soon as it is known."""


def measure_and_answer(arguments: argparse.Namespace, measure: Measure) -> int:
    """Measure, answer, and return the exit code: 1 where an answer was wrong.

    Raises
    ------
    KeyboardInterrupt
        After what was measured until then has been answered.
    """
    require_writable_json(arguments)
    start_with_one_thread()
    found, started = Findings(), now_utc()
    parameters = {"persons": arguments.persons, "dim": arguments.dim}
    try:
        with progress_display() as progress:
            measure(arguments.persons, arguments.dim, found, progress)
    except KeyboardInterrupt:
        if found.rows:
            found.notes.append("interrupted: only what was measured until then")
            answer(arguments, found.result(arguments.step, started, parameters).document(), found.lines())
        raise
    answer(arguments, found.result(arguments.step, started, parameters).document(), found.lines())
    return DONE if found.identical else NEGATIVE
