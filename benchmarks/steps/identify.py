"""`kura bench identify`."""

from __future__ import annotations

import argparse
from functools import partial

from api.progress import progress_display
from benchmarks.accuracy.face_vectors import embeddings
from benchmarks.accuracy.identify import measure_identification
from benchmarks.accuracy.identify_pairs import Portraits
from benchmarks.datasets import DataSet, finger_sets
from benchmarks.portraits import face_set
from benchmarks.publishing import Run, figure_lines, publish
from benchmarks.simulation import LEAST, Wanted, prints_folder, simulate_set
from benchmarks.steps.parts import all_files, answer, bench_of, require_writable_json, resolutions
from biometrics.positions import Modality
from biometrics.protocols import Progress
from biometrics.samples import now_utc
from devices.simulated import ORDINARY
from matching.calibration import load_calibration
from matching.face import cosine_scale

_SEED = 720
"""People that neither the other benchmarks nor the training of the descriptor use."""


def run(arguments: argparse.Namespace) -> int:
    """Search fingers and persons among many."""
    started = now_utc()
    require_writable_json(arguments)
    sets = finger_sets(arguments.data)
    with progress_display() as progress:
        measurement = measure_identification(
            sets,
            bench_of(arguments, Modality.FINGER, progress),
            simulate=partial(_simulated, progress=progress),
            gallery=arguments.gallery,
            persons=arguments.persons,
            portraits=_portraits(arguments, progress),
        )
    parameters = {
        "data": resolutions(sets),
        "gallery": arguments.gallery,
        "persons": arguments.persons,
        "replicates": arguments.replicates,
    }
    asked = Run(name=arguments.step, started=started, files=all_files(sets), parameters=parameters)
    result = publish(measurement, asked, arguments.out)
    return answer(arguments, result.document(), figure_lines(result))


def _portraits(arguments: argparse.Namespace, progress: Progress) -> Portraits | None:
    if arguments.faces is None:
        return None
    bench = bench_of(arguments, Modality.FACE, progress)
    enrolled = bench.extractor.extract_all(face_set(arguments.faces), progress)
    enrolled.require_any()
    template_format = bench.extractor.extractor.format
    vectors, present = embeddings(enrolled, template_format.dimension)
    return Portraits(
        vectors=vectors[present],
        people=enrolled.subjects[present],
        calibration=load_calibration(cosine_scale(template_format)),
    )


def _simulated(count: int, progress: Progress) -> DataSet:
    fingers = max(LEAST, -(-count // LEAST))
    wanted = Wanted(fingers=fingers, impressions=LEAST, seed=_SEED, profile=ORDINARY)
    data, _ = simulate_set(wanted, prints_folder(wanted, None), progress)
    return DataSet(name=data.name, samples=data.samples[:count])
