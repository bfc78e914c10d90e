"""`kura bench fingerprint`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.accuracy.fingerprint import measure_fingerprints, write_matrices
from benchmarks.accuracy.fingerprint_rows import table_lines
from benchmarks.accuracy.peers import load_nbis, with_peers
from benchmarks.datasets import finger_sets
from benchmarks.publishing import Run, publish
from benchmarks.steps.parts import all_files, answer, bench_of, require_writable_json, resolutions
from biometrics.positions import Modality
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Compare prints, all pairs, FVC protocol."""
    started = now_utc()
    require_writable_json(arguments)
    sets = finger_sets(arguments.data)
    if arguments.peers:
        load_nbis()  # refuses before any work is done
    with progress_display() as progress:
        bench = bench_of(arguments, Modality.FINGER, progress)
        measurement = measure_fingerprints(sets, bench, first_impressions_only=arguments.first_impressions)
        if arguments.peers:
            measurement = with_peers(measurement, sets, bench, first_impressions_only=arguments.first_impressions)
    parameters = {
        "data": resolutions(sets),
        "impostors": "first impressions" if arguments.first_impressions else "all impressions",
        "replicates": arguments.replicates,
    }
    asked = Run(name=arguments.step, started=started, files=all_files(sets), parameters=parameters)
    result = publish(measurement, asked, arguments.out)
    if arguments.scores is not None:
        write_matrices(measurement.compared, arguments.scores)
    systems = {"Kura": measurement.sections}
    systems |= {peer["name"]: peer for peer in measurement.sections.get("peers", [])}
    return answer(arguments, result.document(), [*table_lines(systems), *measurement.notes])
