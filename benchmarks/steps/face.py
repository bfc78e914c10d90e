"""`kura bench face`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.installation import look_at_installation
from api.progress import progress_display
from api.verbs import arguments as shared
from api.wiring import load_calibrations
from benchmarks.accuracy.face import FaceMeasurement, FaceTask, measure_faces
from benchmarks.accuracy.face_ablation import ablation, ablation_lines
from benchmarks.accuracy.face_groups import FMR_TARGETS, Operating
from benchmarks.accuracy.face_lines import face_lines
from benchmarks.lfw_pairs import read_pairs
from benchmarks.pair_scores import write_pair_scores
from benchmarks.portraits import data_set
from benchmarks.publishing import Run, publish
from benchmarks.steps.parts import answer, bench_of, require_writable_json
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from biometrics.samples import now_utc
from enrollment.population.labels import listed_names
from enrollment.population.portraits import PortraitFolder, find_portraits, with_unlabelled
from matching.face import cosine_scale


def run(arguments: argparse.Namespace) -> int:
    """Verify portraits on pairs, search persons, count false matches by group and sex, and time the face path."""
    started = now_utc()
    _require_sense(arguments)
    folder = find_portraits(arguments.images, arguments.labels)
    if arguments.pairs is not None or arguments.identify or arguments.discard:
        folder = with_unlabelled(folder, arguments.images)  # labels say whom to group, not whom to verify or search
    left_out = listed_names(arguments.leave_out) if arguments.leave_out else frozenset[str]()
    with progress_display() as progress:
        bench = bench_of(arguments, Modality.FACE, progress)
        scale = cosine_scale(bench.extractor.extractor.format)
        task = FaceTask(
            data=data_set(folder),
            pairs=None if arguments.pairs is None else read_pairs(arguments.pairs),
            identify=arguments.identify,
            discard=arguments.discard,
            operating=None if arguments.labels is None else operating_of(arguments.home, scale),
            left_out=left_out,
        )
        measurement = _noting_absent(measure_faces(task, bench), folder)
        if arguments.ablation:
            rows = ablation(task, bench)
            measurement = replace(measurement, sections={**measurement.sections, "ablation": rows})
    asked = Run(
        name=arguments.step, started=started, files=_files(arguments, task), parameters=_parameters(arguments, folder)
    )
    result = publish(measurement, asked, arguments.out)
    if arguments.scores is not None and measurement.listed is not None:
        write_pair_scores(measurement.listed.arrays(), arguments.scores)
    lines = [*face_lines(measurement), *(ablation_lines(rows) if arguments.ablation else []), *measurement.notes]
    return answer(arguments, result.document(), lines)


def _noting_absent(measurement: FaceMeasurement, folder: PortraitFolder) -> FaceMeasurement:
    """Say how many labelled portraits the folder lacks, which a wrong folder or half a copy would leave unseen."""
    if not folder.absent:
        return measurement
    labelled = len(folder.absent) + len(folder.portraits)
    note = f"{folder.name}: {len(folder.absent):,} of {labelled:,} labelled portraits are not in the folder"
    return replace(measurement, notes=(*measurement.notes, f"{note}, such as {folder.absent[0]}"))


def operating_of(home: Path | None, scale: str) -> Operating:
    """Return the thresholds at which the installation verifies, for each false match rate that is counted.

    Raises
    ------
    ConfigurationError
        When its face calibration is missing, wrong, or for scores of another scale.
    """
    calibration = load_calibrations(look_at_installation(home))[Modality.FACE]
    if calibration.scale != scale:
        raise ConfigurationError(
            f"the face calibration is for scores of {calibration.scale}, not of {scale}",
            remedy="fit one with kura models calibrate, and name it as face_calibration in the settings",
        )
    thresholds = {target: calibration.threshold(target) for target in FMR_TARGETS}
    return Operating(population=calibration.population, thresholds=thresholds)


def _require_sense(arguments: argparse.Namespace) -> None:
    """Refuse what cannot succeed, before anything is measured."""
    require_writable_json(arguments)
    if arguments.scores is not None and arguments.pairs is None:
        raise ConfigurationError("--scores writes the scores of a pairs file", remedy="give one with --pairs")
    if arguments.leave_out is not None and arguments.labels is None:
        raise ConfigurationError("--leave-out is for false matches by group", remedy="give labels with --labels")
    if arguments.scores is not None:
        shared.require_writable(arguments.scores)


def _files(arguments: argparse.Namespace, task: FaceTask) -> dict[str, Path]:
    listed = {"pairs": arguments.pairs, "labels": arguments.labels, "leave-out": arguments.leave_out}
    return {**task.measured.files, **{name: path for name, path in listed.items() if path is not None}}


def _parameters(arguments: argparse.Namespace, folder: PortraitFolder) -> dict[str, Any]:
    return {
        "images": folder.name,
        "pairs": None if arguments.pairs is None else arguments.pairs.name,
        "identify": arguments.identify,
        "discard": arguments.discard,
        "ablation": arguments.ablation,
        "labels": None if arguments.labels is None else arguments.labels.name,
        "labelled images not in the folder": len(folder.absent),
        "leave-out": None if arguments.leave_out is None else arguments.leave_out.name,
        "replicates": arguments.replicates,
    }
