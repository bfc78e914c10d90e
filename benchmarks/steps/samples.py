"""`kura bench samples`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.accuracy.face_samples import measure_samples
from benchmarks.portraits import face_set
from benchmarks.publishing import Run, figure_lines, publish
from benchmarks.steps.parts import answer, bench_of, require_writable_json
from biometrics.positions import Modality
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Compare persons of whom there are several portraits in several ways."""
    started = now_utc()
    require_writable_json(arguments)
    data = face_set(arguments.images)
    with progress_display() as progress:
        measurement = measure_samples(data, bench_of(arguments, Modality.FACE, progress))
    parameters = {"data": data.name, "replicates": arguments.replicates}
    asked = Run(name=arguments.step, started=started, files=data.files, parameters=parameters)
    result = publish(measurement, asked, arguments.out)
    return answer(arguments, result.document(), figure_lines(result))
