"""`kura bench extraction`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.data_hash import data_hash
from benchmarks.datasets import finger_sets
from benchmarks.environment import describe_environment
from benchmarks.extraction.speed import Subjects, measure_extraction
from benchmarks.publishing import figure_lines
from benchmarks.results import Result
from benchmarks.steps.parts import all_files, answer, require_writable_json, resolutions
from biometrics.samples import now_utc
from models.store import ModelStore


def run(arguments: argparse.Namespace) -> int:
    """Time the extraction of prints by stage, beside the plain export of its network."""
    started = now_utc()
    require_writable_json(arguments)
    sets = finger_sets(arguments.data)
    with progress_display() as progress:
        figures = measure_extraction(sets, Subjects.load(ModelStore()), progress)
    result = Result(
        name=arguments.step,
        started=started,
        environment=describe_environment().document(),
        data_sha256=data_hash(all_files(sets)),
        parameters={"data": resolutions(sets), "threads": 1, "clock": "processor time of the process"},
        figures=figures,
    )
    return answer(arguments, result.document(), figure_lines(result))
