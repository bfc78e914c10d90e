"""`kura bench face`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.accuracy.face import measure_faces
from benchmarks.portraits import face_pairs, face_set
from benchmarks.publishing import Run, figure_lines, publish
from benchmarks.steps.parts import answer, bench_of, require_writable_json
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Verify portraits on pairs, and search them where persons have several."""
    started = now_utc()
    require_writable_json(arguments)
    if len(arguments.data) > 1:
        raise ConfigurationError("one folder of portraits at a time", remedy="give --data once")
    data = face_set(arguments.data[0])
    pairs = None if arguments.pairs is None else face_pairs(arguments.pairs)
    with progress_display() as progress:
        measurement = measure_faces(data, pairs, bench_of(arguments, Modality.FACE, progress))
    parameters = {
        "data": data.name,
        "pairs": "all" if arguments.pairs is None else arguments.pairs.name,
        "replicates": arguments.replicates,
    }
    files = data.files if arguments.pairs is None else {**data.files, "pairs": arguments.pairs}
    asked = Run(name=arguments.step, started=started, files=files, parameters=parameters)
    result = publish(measurement, asked, arguments.out)
    return answer(arguments, result.document(), figure_lines(result))
