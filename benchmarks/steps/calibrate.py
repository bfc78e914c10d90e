"""`kura bench calibrate`."""

from __future__ import annotations

import argparse

from api.progress import progress_display
from benchmarks.accuracy.calibration import calibrate, summary
from benchmarks.asked import command_of, selection_of
from benchmarks.datasets import DataSet, finger_sets, require_folder
from benchmarks.portraits import chosen, face_set, listed_names
from benchmarks.steps.parts import answer, bench_of, require_writable_json
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from matching.calibration import write_calibration


def run(arguments: argparse.Namespace) -> int:
    """Fit what scores mean to the impostors of a population."""
    require_writable_json(arguments)
    require_folder(arguments.out.parent)
    modality = Modality(arguments.modality)
    left_out = listed_names(arguments.leave_out) if arguments.leave_out else frozenset()
    sets = tuple(
        chosen(data, where=arguments.where, without=arguments.without, left_out=left_out)
        for data in _found(arguments, modality)
    )
    with progress_display() as progress:
        calibration = calibrate(
            sets,
            bench_of(arguments, modality, progress),
            population=arguments.population,
            within=arguments.within,
            selection=selection_of(arguments, len(left_out)),
            command=command_of(arguments),
        )
    write_calibration(calibration, arguments.out)
    document = summary(calibration)
    return answer(arguments, document, [f"{name}: {value}" for name, value in document.items()])


def _found(arguments: argparse.Namespace, modality: Modality) -> tuple[DataSet, ...]:
    if modality is Modality.FINGER:
        return finger_sets(arguments.data)
    for folder in arguments.data:
        if folder.ppi is not None:
            raise ConfigurationError(
                "portraits have no resolution in pixels per inch",
                source=str(folder),
                remedy="give the folder without what follows the colon",
            )
    return tuple(face_set(folder.path) for folder in arguments.data)
