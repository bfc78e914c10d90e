"""`kura simulate`: a population of nobody, with fingerprints and a manifest, for trying out everything else."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from biometrics.positions import FINGERS, Position

if TYPE_CHECKING:
    from collections.abc import Callable

SUMMARY = "write a simulated population: fingerprints, manifest, names, planted duplicates and twins; nobody exists"

_FOUR = (Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_THUMB, Position.LEFT_INDEX)
_SETS = {"4": _FOUR, "10": FINGERS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or one to go on with")
    parser.add_argument("--persons", type=shared.positive, required=True, metavar="N", help="how many enrollments")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another population (default: 0)")
    parser.add_argument(
        "--duplicates",
        type=_counting,
        default="2%",
        metavar="N|SHARE",
        help="how many of them are somebody enrolled before: a number, or a share such as 2%% (default)",
    )
    parser.add_argument(
        "--twins",
        type=_counting,
        default="1%",
        metavar="N|SHARE",
        help="how many of them are somebody's identical twin (default: 1%%)",
    )
    parser.add_argument(
        "--fingers",
        type=_fingers,
        default=_FOUR,
        metavar="4|10|LIST",
        help="thumbs and index fingers, all ten, or names parted by commas (default: 4)",
    )
    parser.add_argument(
        "--profile",
        choices=("ordinary", "clean", "worn"),
        default="ordinary",
        help="how fingers are pressed and how worn they are (default: ordinary)",
    )
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the population, or go on with it, and say what to type next."""
    from shlex import quote

    from api.command_line import DONE
    from api.installation import home_folder
    from api.progress import progress_display
    from api.settings import read_settings
    from devices.simulated import PROFILES
    from enrollment.simulation import PopulationPlan, write_population

    plan = PopulationPlan(
        persons=arguments.persons,
        seed=arguments.seed,
        duplicates=arguments.duplicates(arguments.persons),
        twins=arguments.twins(arguments.persons),
    )
    settings = read_settings(home_folder(arguments.home))
    with progress_display() as progress:
        written = write_population(
            plan,
            arguments.folder,
            fingers=arguments.fingers,
            profile=PROFILES[arguments.profile],
            threads=settings.threads,
            progress=progress,
        )
    next_command = f"kura enroll {quote(str(written.manifest))}"
    document = {
        "simulated": True,
        "folder": str(arguments.folder),
        "manifest": str(written.manifest),
        "persons": plan.persons,
        "prints": written.prints,
        "prints_made_now": written.simulated,
        "duplicates": plan.duplicates,
        "twins": plan.twins,
        "next": next_command,
    }
    if arguments.json:
        shared.print_json(document)
    else:
        print(f"{plan.persons} simulated persons with {written.prints} prints in {arguments.folder}; nobody exists")
        print(f"planted: {plan.duplicates} duplicates (the same person under another name), {plan.twins} twins")
        print(f"enroll them: {next_command}")
    return DONE


def _counting(text: str) -> Callable[[int], int]:
    """Read a count, or a share (`2%`, `0.02`) of the persons."""
    if text.isdecimal():
        count = int(text)
        return lambda _: count
    percent = text.endswith("%")
    share = float(text.removesuffix("%")) / (100 if percent else 1)
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is no share of the persons")
    return lambda persons: round(share * persons)


def _fingers(text: str) -> tuple[Position, ...]:
    if text in _SETS:
        return _SETS[text]
    from biometrics.errors import BiometricsError

    try:
        chosen = tuple(Position.parse(word) for word in text.split(","))
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not set(chosen) <= set(FINGERS) or len(set(chosen)) < len(chosen):
        raise argparse.ArgumentTypeError("name fingers, each once, or write 4 or 10")
    return chosen
