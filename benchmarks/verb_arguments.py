"""What the benchmarks can be asked: their arguments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.verbs import arguments as shared
from benchmarks.data_folder import data_folder

REPLICATES = 1_000

PRINTED = "-"
"""What --json holds when it names no file: the document goes to standard output."""

_GALLERY, _PERSONS = 720, 200_000
"""Eight FVC databases have 80 first impressions and 640 prints to be mirrored."""

_SIMULATED, _DIMENSION = 1_000_000, 512
_LEAST_SIMULATED = 1_000
"""Persons: fewer are too few to set limits by."""

_LINKED = 3_000
"""Persons of whom all pairs are compared, twenty times."""

_DIMENSIONS = 16, 1_536
"""Fewer numbers tell nobody apart; the widest row of all is that of a face and ten fingers."""

_ROUNDS, _LEAST_ROUNDS = 200, 6
"""Frames: the slowest two of 200 are beyond the 99th percentile; of 6 the median has an interval."""

_FINGERS, _IMPRESSIONS = 40, 8
"""FVC has eight impressions of each finger."""


def add_steps(parser: argparse.ArgumentParser) -> None:
    """Declare every benchmark."""
    steps = parser.add_subparsers(title="benchmarks", metavar="BENCHMARK", required=True, dest="step")
    _add_fingerprint(
        _add_step(steps, "fingerprint", "compare prints named <finger>_<impression>, all pairs, FVC protocol")
    )
    _add_identify(_add_step(steps, "identify", "search fingers and persons among many: ranks, penetration, shortlists"))
    _add_face(_add_step(steps, "face", "verify portraits on pairs, search persons, count false matches by group"))
    _add_samples(_add_step(steps, "samples", "compare persons with several portraits: fused, the best, one alone"))
    _add_calibrate(_add_step(steps, "calibrate", "fit what scores of prints mean to the impostors of a population"))
    _add_simulator(_add_step(steps, "simulator", "compare simulated prints with real ones, and time the simulator"))
    _add_population(
        _add_uncached(steps, "search", "time searches among simulated persons beside FAISS, and check every answer")
    )
    _add_population(
        _add_uncached(steps, "dedup", "time the search of everybody among all, and say how long a country would take")
    )
    _add_load(_add_uncached(steps, "load", "put the service under load, and check that nothing is lost or wrong"))
    _add_protection(
        _add_step(steps, "protection", "link persons across two keys, and say what an attacker needs for it")
    )
    _add_prints(_add_uncached(steps, "extraction", "time extraction by stage, beside a plain export of the network"))
    _add_capture(_add_uncached(steps, "capture", "time live hints on frames, and see what their scores are worth"))


def _add_step(steps: Any, name: str, summary: str) -> argparse.ArgumentParser:
    step = _add_uncached(steps, name, summary)
    step.add_argument("--fresh", action="store_true", help="extract again what earlier runs left in the cache")
    return step


def _add_uncached(steps: Any, name: str, summary: str) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name, help=summary, description=summary)
    shared.add_home(step)
    step.add_argument(
        "--json",
        nargs="?",
        const=PRINTED,
        default=None,
        metavar="FILE",
        help="write one JSON document to FILE; without FILE, print it instead of text",
    )
    return step


def _add_data(step: argparse.ArgumentParser, read: Any, metavar: str, summary: str) -> None:
    step.add_argument("--data", type=read, nargs="+", action="extend", required=True, metavar=metavar, help=summary)


def _add_prints(step: argparse.ArgumentParser) -> None:
    _add_data(
        step,
        data_folder,
        "DIR[:PPI]",
        "folders of prints named <finger>_<impression>, or of such folders, and their pixels per inch (default: 500, "
        "whatever the files say)",
    )


def _add_fingerprint(step: argparse.ArgumentParser) -> None:
    _add_prints(step)
    step.add_argument(
        "--first-impressions",
        action="store_true",
        help="take impostors from the first impression of each finger only (default: all cross-finger pairs)",
    )
    step.add_argument("--peers", action="store_true", help="measure NBIS too, where the package nbis-py is installed")
    step.add_argument(
        "--scores", type=shared.folder, metavar="DIR", help="write <database>.npz there: names, and every score of two"
    )
    _add_publishing(step)


def _add_identify(step: argparse.ArgumentParser) -> None:
    _add_prints(step)
    step.add_argument(
        "--gallery", type=shared.positive, default=_GALLERY, help=f"prints to search single fingers in ({_GALLERY})"
    )
    step.add_argument(
        "--persons", type=shared.positive, default=_PERSONS, help=f"strangers to search persons among ({_PERSONS:,})"
    )
    step.add_argument(
        "--faces", type=shared.folder, metavar="DIR", help="portraits, a folder a person: persons are given faces too"
    )
    _add_publishing(step)


def _add_face(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--images", type=shared.folder, required=True, metavar="DIR", help="portraits, a folder a person as in LFW"
    )
    step.add_argument("--pairs", type=Path, metavar="FILE", help="pairs file of LFW to verify (default: all pairs)")
    step.add_argument(
        "--scores", type=_table_file, metavar="FILE", help="write every pair with its score there, .csv or .npz"
    )
    step.add_argument(
        "--identify", action="store_true", help="search further portraits of persons, and persons with a single one"
    )
    step.add_argument(
        "--discard", action="store_true", help="count false non-matches without the portraits of lowest quality"
    )
    step.add_argument(
        "--labels", type=Path, metavar="CSV", help="file, age, sex, group: count false matches by group and sex"
    )
    step.add_argument(
        "--leave-out",
        type=Path,
        metavar="FILE",
        help="with --labels: names of portraits not to compare, one a line, such as second pictures of a person",
    )
    step.add_argument(
        "--ablation", action="store_true", help="measure the same with parts of the face path switched off"
    )
    _add_publishing(step)


def _add_samples(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--images", type=shared.folder, required=True, metavar="DIR", help="portraits, a folder a person as in LFW"
    )
    _add_publishing(step)


def _add_protection(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--images", type=shared.folder, required=True, metavar="DIR", help="portraits, a folder a person as in LFW"
    )
    step.add_argument(
        "--data",
        type=data_folder,
        nargs="+",
        action="extend",
        metavar="DIR[:PPI]",
        help="folders of prints named <finger>_<impression>: their vectors too",
    )
    step.add_argument(
        "--persons",
        type=_simulated_persons,
        default=_LINKED,
        metavar="N",
        help=f"simulated persons in each installation (default: {_LINKED:,})",
    )


def _add_simulator(step: argparse.ArgumentParser) -> None:
    _add_prints(step)
    step.add_argument(
        "--fingers", type=_fingers, default=_FINGERS, help="simulated fingers, each another person's (default: 40)"
    )
    step.add_argument("--impressions", type=_impressions, default=_IMPRESSIONS, help="of each finger (default: 8)")
    step.add_argument("--seed", type=shared.whole_number, default=1, help="other seeds show other people (default: 1)")
    shared.add_profile(step)
    _add_publishing(step)


def _add_population(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--persons",
        type=_simulated_persons,
        default=_SIMULATED,
        metavar="N",
        help=f"simulated persons; the speeds that are demanded are for {_SIMULATED:,} (default)",
    )
    step.add_argument(
        "--dim",
        type=_dimension,
        default=_DIMENSION,
        metavar="D",
        help=f"numbers of a vector, {_DIMENSIONS[0]} to {_DIMENSIONS[1]:,} (default: {_DIMENSION})",
    )


def _add_load(step: argparse.ArgumentParser) -> None:
    from benchmarks.load.profiles import PROFILES  # noqa: PLC0415 - not needed for the help of others

    step.add_argument(
        "--profile", choices=tuple(PROFILES), default="small", help="how many people and callers (default: small)"
    )


def _add_capture(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--data",
        type=data_folder,
        nargs="+",
        action="extend",
        metavar="DIR[:PPI]",
        help="folders of prints named <finger>_<impression>, and their pixels per inch (default: simulated fingers)",
    )
    step.add_argument(
        "--images",
        type=shared.folder,
        nargs="+",
        action="extend",
        metavar="DIR",
        help="folders of portraits (default: those in the public domain that packages carry)",
    )
    step.add_argument(
        "--rounds", type=_rounds, default=_ROUNDS, help=f"frames of each kind to time (default: {_ROUNDS})"
    )
    step.add_argument(
        "--replicates", type=shared.positive, default=REPLICATES, help="draws of the subjects for each interval"
    )


def _add_publishing(step: argparse.ArgumentParser) -> None:
    step.add_argument("--out", type=shared.folder, metavar="DIR", help="write result, raw scores and a page there")
    step.add_argument(
        "--replicates", type=shared.positive, default=REPLICATES, help="draws of the subjects for each interval"
    )


def _add_calibrate(step: argparse.ArgumentParser) -> None:
    _add_prints(step)
    step.add_argument("--population", required=True, metavar="LABEL", help="short name of whose prints they are")
    step.add_argument("--out", type=Path, required=True, metavar="FILE", help="calibration to write")


def _rounds(text: str) -> int:
    return shared.whole_number(text, least=_LEAST_ROUNDS)


def _simulated_persons(text: str) -> int:
    return shared.whole_number(text, least=_LEAST_SIMULATED)


def _dimension(text: str) -> int:
    return shared.whole_number(text, least=_DIMENSIONS[0], most=_DIMENSIONS[1])


def _fingers(text: str) -> int:
    from benchmarks.simulation import LEAST, MOST_FINGERS  # noqa: PLC0415 - not needed for help

    return shared.whole_number(text, least=LEAST, most=MOST_FINGERS)


def _impressions(text: str) -> int:
    from benchmarks.simulation import LEAST, MOST_IMPRESSIONS  # noqa: PLC0415 - not needed for help

    return shared.whole_number(text, least=LEAST, most=MOST_IMPRESSIONS)


def _table_file(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".csv", ".npz"):
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .csv or .npz")
    return path
