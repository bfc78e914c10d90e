"""`kura bench dedup`."""

from __future__ import annotations

import argparse

from benchmarks.search.deduplicating import measure_deduplication
from benchmarks.search.findings import Findings
from benchmarks.steps.measuring import measure_and_answer
from benchmarks.steps.parts import load_extractor
from biometrics.positions import Modality
from biometrics.protocols import Progress


def run(arguments: argparse.Namespace) -> int:
    """Time the search of everybody among all; a pair too many or too few makes the exit code 1."""
    return measure_and_answer(arguments, _measure)


def _measure(persons: int, dimension: int, found: Findings, progress: Progress) -> None:
    measure_deduplication(persons, dimension, load_extractor(Modality.FINGER), found, progress)
