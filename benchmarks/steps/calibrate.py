"""`kura bench calibrate`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.accuracy.calibration import calibrate, summary
from benchmarks.datasets import finger_sets, require_folder
from benchmarks.steps.parts import answer, bench_of, require_writable_json
from biometrics.positions import Modality
from matching.calibration import write_calibration


def run(arguments: argparse.Namespace) -> int:
    """Fit what scores of prints mean to the impostors of a population."""
    require_writable_json(arguments)
    require_folder(arguments.out.parent)
    sets = finger_sets(arguments.data)
    with progress_display() as progress:
        calibration = calibrate(
            sets,
            bench_of(arguments, Modality.FINGER, progress),
            population=arguments.population,
            command=_command(arguments),
        )
    write_calibration(calibration, arguments.out)
    document = summary(calibration)
    return answer(arguments, document, [f"{name}: {value}" for name, value in document.items()])


def _command(arguments: argparse.Namespace) -> str:
    """Return the command without what is particular to one machine: folders by their last name."""
    folders = " ".join(f"--data {folder}" for folder in arguments.data)
    return f"kura bench calibrate {folders} --population {arguments.population} --out {arguments.out.name}"
