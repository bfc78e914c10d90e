"""`kura bench`: error rates and speed on data of your own, and calibrations of scores."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from benchmarks.verb_arguments import REPLICATES, add_steps
from biometrics.positions import Modality

if TYPE_CHECKING:
    from benchmarks.accuracy.measured import Bench, Measurement
    from benchmarks.datasets import DataSet
    from benchmarks.publishing import Run
    from benchmarks.results import Result
    from biometrics.extraction import Extractor
    from biometrics.protocols import Progress

SUMMARY = "measure error rates and speed on known persons, calibrate scores, compare simulated prints with real ones"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_steps(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do the benchmark."""
    steps = {"fingerprint": _fingerprint, "face": _face, "calibrate": _calibrate, "simulator": _simulator}
    return steps[arguments.step](arguments)


def _fingerprint(arguments: argparse.Namespace) -> int:
    from api.progress import progress_display
    from benchmarks.accuracy.fingerprint import measure_fingerprints
    from benchmarks.datasets import finger_sets
    from benchmarks.publishing import Run
    from biometrics.samples import now_utc

    started = now_utc()
    sets = finger_sets(arguments.data, arguments.ppi)
    with progress_display() as progress:
        bench = _bench(arguments, Modality.FINGER, progress)
        measurement = measure_fingerprints(sets, bench, first_impressions_only=arguments.first_impressions)
    parameters = {
        "data": {data.name: _ppi_text(data) for data in sets},
        "impostors": "first impressions" if arguments.first_impressions else "all impressions",
        "replicates": arguments.replicates,
    }
    files = {name: path for data in sets for name, path in data.files.items()}
    asked = Run(name=arguments.step, started=started, files=files, parameters=parameters)
    return _publish(arguments, measurement, asked)


def _face(arguments: argparse.Namespace) -> int:
    from api.progress import progress_display
    from benchmarks.accuracy.face import measure_faces
    from benchmarks.portraits import face_pairs, face_set
    from benchmarks.publishing import Run
    from biometrics.errors import ConfigurationError
    from biometrics.samples import now_utc

    started = now_utc()
    if len(arguments.data) > 1:
        raise ConfigurationError("one folder of portraits at a time", remedy="give --data once")
    data = face_set(arguments.data[0])
    pairs = None if arguments.pairs is None else face_pairs(arguments.pairs)
    with progress_display() as progress:
        measurement = measure_faces(data, pairs, _bench(arguments, Modality.FACE, progress))
    parameters = {
        "data": data.name,
        "pairs": "all" if arguments.pairs is None else arguments.pairs.name,
        "replicates": arguments.replicates,
    }
    files = data.files if arguments.pairs is None else {**data.files, "pairs": arguments.pairs}
    asked = Run(name=arguments.step, started=started, files=files, parameters=parameters)
    return _publish(arguments, measurement, asked)


def _calibrate(arguments: argparse.Namespace) -> int:
    from api.command_line import DONE
    from api.progress import progress_display
    from benchmarks.accuracy.calibration import calibrate, summary
    from benchmarks.asked import command_of, selection_of
    from benchmarks.datasets import finger_sets, require_folder
    from benchmarks.portraits import chosen, face_set, listed_names
    from matching.calibration import write_calibration

    require_folder(arguments.out.parent)
    modality = Modality(arguments.modality)
    if modality is Modality.FINGER:
        found = finger_sets(arguments.data, arguments.ppi)
    else:
        found = tuple(face_set(folder) for folder in arguments.data)
    left_out = listed_names(arguments.leave_out) if arguments.leave_out else frozenset()
    sets = tuple(chosen(data, where=arguments.where, without=arguments.without, left_out=left_out) for data in found)
    with progress_display() as progress:
        calibration = calibrate(
            sets,
            _bench(arguments, modality, progress),
            population=arguments.population,
            within=arguments.within,
            selection=selection_of(arguments, len(left_out)),
            command=command_of(arguments),
        )
    write_calibration(calibration, arguments.out)
    document = summary(calibration)
    if arguments.json:
        shared.print_json(document)
    else:
        print("\n".join(f"{name}: {value}" for name, value in document.items()))
    return DONE


def _simulator(arguments: argparse.Namespace) -> int:
    from api.progress import progress_display
    from benchmarks.accuracy.simulator import measure_likeness, real_names
    from benchmarks.datasets import finger_sets
    from benchmarks.likeness import comparison_lines, likeness_plots
    from benchmarks.publishing import Run, figure_lines, publish
    from benchmarks.simulation import NAME, Wanted, prints_folder, simulate_set, time_simulator
    from biometrics.samples import now_utc
    from devices.simulated import PROFILES

    started = now_utc()
    wanted = Wanted(
        fingers=arguments.fingers,
        impressions=arguments.impressions,
        seed=arguments.seed,
        profile=PROFILES[arguments.profile],
    )
    sets = finger_sets(arguments.data, arguments.ppi)
    real_names(NAME, sets)  # refuses before any work is done
    with progress_display() as progress:
        simulated, speed = simulate_set(wanted, prints_folder(wanted, arguments.out), progress)
        speed |= time_simulator(wanted)
        likeness = measure_likeness(simulated, sets, _bench(arguments, Modality.FINGER, progress))
    measured = replace(likeness, figures={**speed, **likeness.figures})
    parameters = {
        "simulated": {"fingers": wanted.fingers, "impressions": wanted.impressions, "seed": wanted.seed},
        "profile": wanted.profile.name,
        "data": {data.name: _ppi_text(data) for data in sets},
        "replicates": arguments.replicates,
    }
    files = {name: path for data in (simulated, *sets) for name, path in data.files.items()}
    asked = Run(name=arguments.step, started=started, files=files, parameters=parameters)
    plots = {} if arguments.out is None else likeness_plots(measured)
    result = publish(measured, asked, arguments.out, plots)
    short = replace(result, figures=speed)
    return _answer(arguments, result, [*comparison_lines(measured), *figure_lines(short)])


def _bench(arguments: argparse.Namespace, modality: Modality, progress: Progress) -> Bench:
    from benchmarks.accuracy.measured import Bench
    from benchmarks.templates import CachingExtractor

    extractor = CachingExtractor(_extractor(modality), fresh=arguments.fresh)
    return Bench(extractor=extractor, replicates=getattr(arguments, "replicates", REPLICATES), progress=progress)


def _extractor(modality: Modality) -> Extractor:
    from models.store import ModelStore

    store = ModelStore()
    if modality is Modality.FINGER:
        from models.finger.extractor import FingerExtractor

        return FingerExtractor.load(store)
    from models.face.extractor import FaceExtractor

    return FaceExtractor.load(store)


def _publish(arguments: argparse.Namespace, measurement: Measurement, asked: Run) -> int:
    from benchmarks.publishing import figure_lines, publish

    result = publish(measurement, asked, arguments.out)
    return _answer(arguments, result, figure_lines(result))


def _answer(arguments: argparse.Namespace, result: Result, lines: Sequence[str]) -> int:
    from api.command_line import DONE

    if arguments.json:
        shared.print_json(result.document())
    else:
        print("\n".join(lines))
    return DONE


def _ppi_text(data: DataSet) -> str:
    ppi = data.samples[0].ppi
    return "as the files say" if ppi is None else f"{ppi:g} ppi"
