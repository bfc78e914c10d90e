"""`kura bench dedup`."""

from __future__ import annotations

import argparse

from api.command_line import DONE, NEGATIVE
from api.progress import progress_display
from benchmarks.search.deduplicating import measure_deduplication
from benchmarks.search.one_thread import start_with_one_thread
from benchmarks.steps.parts import answer, load_extractor, require_writable_json
from biometrics.positions import Modality
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Time the search of everybody among all; a pair too many or too few makes the exit code 1."""
    require_writable_json(arguments)
    start_with_one_thread()
    started = now_utc()
    extractor = load_extractor(Modality.FINGER)
    with progress_display() as progress:
        found = measure_deduplication(arguments.persons, arguments.dim, extractor, progress)
    result = found.result(arguments.step, started, {"persons": arguments.persons, "dim": arguments.dim})
    answer(arguments, result.document(), found.lines())
    return DONE if found.identical else NEGATIVE
