"""`kura bench`: error rates and speed on data of your own, and calibrations of scores."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.positions import Modality

if TYPE_CHECKING:
    from benchmarks.accuracy.measured import Bench, Measurement
    from benchmarks.datasets import DataSet
    from benchmarks.publishing import Run
    from biometrics.extraction import Extractor
    from biometrics.protocols import Progress

SUMMARY = "measure error rates and speed on prints or portraits of known persons, or calibrate scores on them"

_REPLICATES = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    steps = parser.add_subparsers(title="benchmarks", metavar="BENCHMARK", required=True, dest="step")
    finger = _add_step(steps, "fingerprint", "compare prints named <finger>_<impression>, all pairs, FVC protocol")
    finger.add_argument(
        "--first-impressions",
        action="store_true",
        help="take impostors from the first impression of each finger only (default: all cross-finger pairs)",
    )
    _add_ppi(finger)
    face = _add_step(steps, "face", "verify portraits on pairs, and search them where persons have several")
    face.add_argument("--pairs", type=Path, metavar="FILE", help="pairs file of LFW (default: all pairs)")
    for step in (finger, face):
        step.add_argument("--out", type=Path, metavar="DIR", help="write result, raw scores and a page there")
        step.add_argument(
            "--replicates", type=_positive, default=_REPLICATES, help="draws of the subjects for each interval"
        )
    _add_calibration_arguments(_add_step(steps, "calibrate", "fit what scores mean to the impostors of a population"))


def _add_step(steps: Any, name: str, summary: str) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name, help=summary, description=summary)
    shared.add_home(step)
    shared.add_json(step)
    step.add_argument(
        "--data", type=Path, action="append", required=True, metavar="DIR", help="folder of samples; may be repeated"
    )
    step.add_argument("--fresh", action="store_true", help="extract again what earlier runs left in the cache")
    return step


def _add_ppi(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--ppi",
        type=float,
        help="pixels per inch of all prints (default: known for folders named after FVC databases, else the file's)",
    )


def _add_calibration_arguments(step: argparse.ArgumentParser) -> None:
    step.add_argument("--modality", choices=("finger", "face"), required=True)
    step.add_argument("--population", required=True, metavar="LABEL", help="short name of whom the samples show")
    step.add_argument("--out", type=Path, required=True, metavar="FILE", help="calibration to write")
    step.add_argument(
        "--where",
        type=_assignment,
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="use only portraits with this value in labels.csv; may be repeated",
    )
    step.add_argument(
        "--without",
        type=_assignment,
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="leave out portraits with this value; may be repeated",
    )
    step.add_argument(
        "--leave-out",
        type=Path,
        metavar="FILE",
        help="names of samples to leave out, one a line, such as those that show a person already there",
    )
    step.add_argument(
        "--within",
        action="append",
        default=[],
        metavar="COLUMN",
        help="compare only portraits with equal values in this column; may be repeated",
    )
    _add_ppi(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the benchmark."""
    steps = {"fingerprint": _fingerprint, "face": _face, "calibrate": _calibrate}
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


def _bench(arguments: argparse.Namespace, modality: Modality, progress: Progress) -> Bench:
    from benchmarks.accuracy.measured import Bench
    from benchmarks.templates import CachingExtractor

    extractor = CachingExtractor(_extractor(modality), fresh=arguments.fresh)
    return Bench(extractor=extractor, replicates=getattr(arguments, "replicates", _REPLICATES), progress=progress)


def _extractor(modality: Modality) -> Extractor:
    from models.store import ModelStore

    store = ModelStore()
    if modality is Modality.FINGER:
        from models.finger.extractor import FingerExtractor

        return FingerExtractor.load(store)
    from models.face.extractor import FaceExtractor

    return FaceExtractor.load(store)


def _publish(arguments: argparse.Namespace, measurement: Measurement, asked: Run) -> int:
    from api.command_line import DONE
    from benchmarks.publishing import figure_lines, publish

    result = publish(measurement, asked, arguments.out)
    if arguments.json:
        shared.print_json(result.document())
    else:
        print("\n".join(figure_lines(result)))
    return DONE


def _ppi_text(data: DataSet) -> str:
    ppi = data.samples[0].ppi
    return "as the files say" if ppi is None else f"{ppi:g} ppi"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def _assignment(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not (column and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=VALUE")
    return column, value
