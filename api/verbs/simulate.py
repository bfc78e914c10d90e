"""`kura simulate`: a population of nobody, with fingerprints and a manifest, for trying out everything else."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.positions import FINGERS, FOUR_FINGERS, Position

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUMMARY = "write a simulated population: fingerprints, manifest, names, planted duplicates and twins; nobody exists"

_SETS = {"4": FOUR_FINGERS, "10": FINGERS}
_NAMED = {finger.value: finger for finger in FINGERS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=shared.folder, metavar="DIR", help="a new folder, or one to go on with")
    parser.add_argument("--persons", type=_persons, required=True, metavar="N", help="how many enrollments")
    parser.add_argument(
        "--seed", type=shared.whole_number, default=0, help="another seed is another population (default: 0)"
    )
    parser.add_argument(
        "--duplicates",
        type=_counting,
        default="2%",
        metavar="N|SHARE%",
        help="how many of them are somebody enrolled before: a number, or a share such as 2%% (default)",
    )
    parser.add_argument(
        "--twins",
        type=_counting,
        default="1%",
        metavar="N|SHARE%",
        help="how many of them are somebody's identical twin (default: 1%%)",
    )
    parser.add_argument(
        "--fingers",
        type=_fingers,
        default=FOUR_FINGERS,
        metavar="4|10|NAMES",
        help="thumbs and index fingers, all ten, or names such as left_ring parted by commas (default: 4)",
    )
    shared.add_profile(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the population, or go on with it, and say what to type next."""
    from api.command_line import DONE, MISUSE
    from api.progress import progress_display
    from biometrics.errors import ConfigurationError
    from devices.simulated import PROFILES
    from enrollment.simulation import PopulationPlan, write_population

    duplicates, twins = arguments.duplicates(arguments.persons), arguments.twins(arguments.persons)
    try:
        plan = PopulationPlan(persons=arguments.persons, seed=arguments.seed, duplicates=duplicates, twins=twins)
    except ConfigurationError as error:
        shared.complain(str(error))
        return MISUSE
    with progress_display() as progress:
        written = write_population(
            plan,
            arguments.folder,
            fingers=arguments.fingers,
            profile=PROFILES[arguments.profile],
            threads=len(os.sched_getaffinity(0)),
            progress=progress,
        )
    document = {
        "simulated": True,
        "folder": str(arguments.folder),
        "manifest": str(written.manifest),
        "persons": plan.persons,
        "persons_without_prints": written.without_prints,
        "prints": written.prints,
        "prints_made_now": written.simulated,
        "duplicates": plan.duplicates,
        "twins": plan.twins,
        "next": _enrolling(written.manifest, arguments.home),
    }
    if arguments.json:
        shared.print_json(document)
    else:
        _print_summary(document)
    return DONE


def _enrolling(manifest: Path, home: Path | None) -> str:
    """Return the command that enrolls a population, never into the user's own installation unless that was named."""
    from api.shell import program, word

    if home is None:
        people = manifest.parent if manifest.parent.name not in ("", "..") else manifest.parent.resolve()
        home = people.with_name(f"{people.name}-home")
    return f"{program()} --home {word(home)} enroll {word(manifest)}"


def _print_summary(document: dict[str, Any]) -> None:
    persons, prints = (
        shared.counted(document["persons"], "simulated person"),
        shared.counted(document["prints"], "print"),
    )
    print(f"{persons} with {prints} in {document['folder']}; nobody exists")
    nothing = document["persons_without_prints"]
    if nothing:
        print(f"{nothing} without any of these fingers: in people.jsonl, but not in manifest.csv")
    duplicates, twins = (shared.counted(document[f"{one}s"], one) for one in ("duplicate", "twin"))
    print(f"planted: {duplicates} (the same person under another name), {twins}")
    print(f"enroll them: {document['next']}")


def _persons(text: str) -> int:
    from enrollment.simulation.plan import LARGEST_POPULATION

    return shared.whole_number(text, least=1, most=LARGEST_POPULATION)


def _counting(text: str) -> Callable[[int], int]:
    """Read a count, or a share of the persons (`2%`)."""
    if not text.endswith("%"):
        count = shared.whole_number(text)
        return lambda _: count
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no share of the persons; write 0% to 100%")
    return lambda persons: round(share * persons)


def _fingers(text: str) -> tuple[Position, ...]:
    if text in _SETS:
        return _SETS[text]
    names = [name.strip() for name in text.split(",")]
    if not set(names) <= set(_NAMED) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither 4 nor 10 nor a list of fingers, each once, of {', '.join(_NAMED)}"
        )
    return tuple(_NAMED[name] for name in names)
