"""Arguments that several verbs share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biometrics.errors import BiometricsError
from biometrics.positions import Modality, Position

if TYPE_CHECKING:
    from biometrics.scores import Candidate
    from enrollment.preparation import Extractors, PreparedSubmission


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json, which replaces the text on standard output by one JSON document."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add what may be said about images that no manifest describes."""
    parser.add_argument(
        "--modality",
        type=_modality,
        metavar="finger|face",
        help="what the images show (default: told from the picture)",
    )
    parser.add_argument(
        "--position",
        type=_position,
        default=Position.UNKNOWN,
        help="which finger: a name or an ISO code (default: unknown)",
    )
    parser.add_argument(
        "--ppi", type=float, help="pixels per inch of fingerprints whose file does not say it, usually 500"
    )


def _modality(text: str) -> Modality:
    try:
        return Modality.parse(text)
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _position(text: str) -> Position:
    try:
        return Position.parse(text)
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def complain(message: str) -> None:
    """Say on standard error how a verb was misused."""
    print(f"kura: {message}", file=sys.stderr)


def prepare_person(images: Sequence[Path], arguments: argparse.Namespace, extractors: Extractors) -> PreparedSubmission:
    """Read and extract images that all belong to one person.

    Raises
    ------
    BiometricsError
        For the first image that cannot be used.
    """
    from enrollment.intake import gather
    from enrollment.preparation import prepare

    intake = gather(images, person="probe", modality=arguments.modality, position=arguments.position, ppi=arguments.ppi)
    return prepare(intake.submissions[0], extractors)


def candidate_document(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate's evidence as it appears in JSON output."""
    return {
        "subject_id": candidate.subject_id,
        "score": candidate.score,
        "fmr": candidate.fmr.value,
        "extrapolated": candidate.fmr.extrapolated,
        "scores": {position.value: score.value for position, score in candidate.scores.items()},
    }


def add_home(parser: argparse.ArgumentParser) -> None:
    """Let --home stand behind a step's name too."""
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
