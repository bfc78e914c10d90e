"""`kura models calibrate`: what a face score means among the people served, from a folder of their portraits."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from enrollment.population.portraits import PortraitFolder

NAME, SUMMARY = "calibrate", "fit what face scores mean to the people served, from a folder of their portraits"

_USUAL_COLUMNS = ("group", "sex")
"""Whoever shares these is most easily taken for another; compared within, where labels have them."""


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--images",
        type=shared.folder,
        required=True,
        metavar="DIR",
        help="portraits, each of another person; a folder within is taken as one person's",
    )
    step.add_argument("--population", metavar="LABEL", help="short name of whom the portraits show (default: DIR's)")
    step.add_argument(
        "--out", type=_json_file, metavar="FILE", help="calibration to write (default: LABEL-calibration.json, here)"
    )
    step.add_argument("--labels", type=Path, metavar="CSV", help="says more of the portraits: file, age, sex, group")
    step.add_argument(
        "--worst-group",
        action="store_true",
        help="fit to the group and sex that scores highest, so that the stated rates hold for everybody",
    )
    step.add_argument("--model", metavar="ID", help="model to calibrate (default: face_model of the settings)")
    _add_choice(step)
    step.add_argument(
        "--target-fmr",
        type=_rate,
        default=1e-3,
        metavar="RATE",
        help="false match rate that must be measured, not extrapolated (default: 0.001)",
    )


def _add_choice(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--leave-out",
        type=Path,
        metavar="FILE",
        help="names of portraits to leave out, one a line, such as second pictures of a person",
    )
    for name, what in (("--where", "use only portraits"), ("--without", "leave out portraits")):
        step.add_argument(
            name,
            type=_assignment,
            action="append",
            default=[],
            metavar="COLUMN=VALUE",
            help=f"{what} with this value in the labels; may be repeated",
        )
    step.add_argument(
        "--within",
        action="append",
        metavar="COLUMN",
        help="compare only portraits with equal values in this column; may be repeated (default: group and sex)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Embed the portraits, fit, write the calibration, and say whom it would treat worse."""
    from api.calibration_views import calibration_document, calibration_lines
    from api.command_line import DONE
    from api.installation import look_at_installation
    from api.progress import progress_display
    from api.wiring import load_extractors
    from enrollment.population.calibration import Wanted, calibrate_population
    from enrollment.population.extraction import embed_population
    from matching.calibration import write_calibration
    from matching.face import cosine_scale

    _name(arguments)
    shared.require_writable(arguments.out)
    folder = _portraits(arguments)
    within = _within(arguments, folder)
    installation = look_at_installation(arguments.home)
    if arguments.model:  # one that is to be the installation's later
        installation = replace(installation, settings=replace(installation.settings, face_model=arguments.model))
    threads = installation.settings.threads
    with progress_display() as progress:
        extractor = load_extractors(installation, progress).face
        population = embed_population(folder.portraits, extractor, threads=threads, progress=progress)
    wanted = Wanted(
        scale=cosine_scale(extractor.format),
        population=arguments.population,
        origin=_origin(arguments, folder),
        command=_command(arguments),
        within=within,
        worst=arguments.worst_group,
        target_fmr=arguments.target_fmr,
    )
    found = calibrate_population(population, wanted)
    write_calibration(found.calibration, arguments.out)
    document = calibration_document(found, population, absent=len(folder.absent))
    if arguments.json:
        shared.print_json(document)
    else:
        print("\n".join(calibration_lines(document, arguments.out)))
    return DONE


def _name(arguments: argparse.Namespace) -> None:
    """Name population and file after the folder where nobody named them."""
    if not arguments.population:
        arguments.population = arguments.images.resolve().name
    if arguments.out is None:
        label = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in arguments.population)
        arguments.out = Path(f"{label}-calibration.json")


def _portraits(arguments: argparse.Namespace) -> PortraitFolder:
    from enrollment.population.labels import listed_names
    from enrollment.population.portraits import find_portraits, persons_by_folder

    left_out = listed_names(arguments.leave_out) if arguments.leave_out else frozenset()
    folder = find_portraits(arguments.images, arguments.labels)
    return persons_by_folder(folder.chosen(where=arguments.where, without=arguments.without, left_out=left_out))


def _within(arguments: argparse.Namespace, folder: PortraitFolder) -> tuple[str, ...]:
    from biometrics.errors import ConfigurationError

    labels = folder.portraits[0].labels or {}
    within = arguments.within if arguments.within is not None else [name for name in _USUAL_COLUMNS if name in labels]
    for column in within:
        folder.require_column(column)
    if arguments.worst_group and not within:
        raise ConfigurationError(
            "--worst-group needs groups",
            remedy="give --labels with the columns group and sex, or name others by --within",
        )
    return tuple(within)


def _origin(arguments: argparse.Namespace, folder: PortraitFolder) -> str:
    persons = len({portrait.person for portrait in folder.portraits})
    parts = [f"{len(folder.portraits)} portraits of {persons} persons of {folder.name}"]
    parts += [f"{column} {value}" for column, value in arguments.where]
    parts += [f"not {column} {value}" for column, value in arguments.without]
    parts += ["listed pictures left out"] if arguments.leave_out else []
    return ", ".join(parts)


def _command(arguments: argparse.Namespace) -> str:
    """Return the command without what is particular to one machine: files and folders by their last name."""
    words = ["kura models calibrate", f"--images {arguments.images.resolve().name}"]
    words += [f"--labels {arguments.labels.name}"] if arguments.labels else []
    words += [f"--where '{column}={value}'" for column, value in arguments.where]
    words += [f"--without '{column}={value}'" for column, value in arguments.without]
    words += [f"--leave-out {arguments.leave_out.name}"] if arguments.leave_out else []
    words += [f"--within {column}" for column in arguments.within or ()]
    words += ["--worst-group"] if arguments.worst_group else []
    words += [f"--target-fmr {arguments.target_fmr:g}"] if arguments.target_fmr != 1e-3 else []
    return " ".join([*words, f"--population {arguments.population}", f"--out {arguments.out.name}"])


def _json_file(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".json":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .json, by which settings know a file")
    return path


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate <= 0.1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate of at most 0.1, such as 0.001")
    return rate


def _assignment(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not (column and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=VALUE")
    return column, value
