"""What verbs that compare a person with others share: the probe, and how a candidate and an answer are told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biometrics.records import DEFAULT_GALLERY

if TYPE_CHECKING:
    from biometrics.scores import Candidate
    from enrollment.preparation import Extractors, PreparedSubmission


def prepare_person(
    images: Sequence[Path],
    arguments: argparse.Namespace,
    extractors: Extractors,
    *,
    gallery_id: str = DEFAULT_GALLERY,
) -> PreparedSubmission:
    """Read and extract images that all belong to one person, to be searched in a gallery.

    Raises
    ------
    BiometricsError
        For the first image that cannot be used.
    """
    from enrollment.intake import gather
    from enrollment.preparation import prepare

    intake = gather(images, person="probe", modality=arguments.modality, position=arguments.position, ppi=arguments.ppi)
    return prepare(intake.into(gallery_id).submissions[0], extractors)


def candidate_document(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate's evidence as it appears in JSON output."""
    return {
        "subject_id": candidate.subject_id,
        "score": candidate.score,
        "fmr": candidate.fmr.value,
        "extrapolated": candidate.fmr.extrapolated,
        "scores": {position.value: score.value for position, score in candidate.scores.items()},
    }


def answer_code(*, positive: bool, judged: bool) -> int:
    """Return the exit code of an answer: yes, no, or that the samples could not be judged."""
    from api.command_line import BAD_INPUT, DONE, NEGATIVE

    if not judged:
        return BAD_INPUT
    return DONE if positive else NEGATIVE
