"""`kura bench search`."""

from __future__ import annotations

import argparse

from benchmarks.search.searching import measure_searches
from benchmarks.steps.measuring import measure_and_answer


def run(arguments: argparse.Namespace) -> int:
    """Time searches among simulated persons; a wrong answer makes the exit code 1."""
    return measure_and_answer(arguments, measure_searches)
