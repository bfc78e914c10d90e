"""The gate: what cannot be compared is refused, everything else is the operator's decision."""

from __future__ import annotations

from collections.abc import Mapping

from biometrics.decisions import Reason
from biometrics.quality import ComponentVerdict, Verdict

LEAST_RAW_NORM = 6.0
"""Where faces of LFW View 1 were blurred, darkened, compressed or blown out until the embedder's raw norm fell below,
1 % of 338 still scored above 0.35 with an intact portrait of the same person: chance. None of the 1,548 untouched ones
does."""

MOST_YAW_DEG = 80.0
"""Beyond, one half of the face is not in the picture. None of the faces of LFW View 1 and 15 of 1,519 of the FairFace
sample are; those that were looked at are full profiles."""

LOW_VALUE = 45
"""Below, one in eight mated pairs of LFW View 1 misses the threshold for FMR 1e-3 (see `usefulness`)."""


def refusal(measured: Mapping[str, float]) -> Reason | None:
    """Return why a face with these measures is not to be compared; None when it can be.

    Parameters
    ----------
    measured
        The numbers of all components.
    """
    if abs(measured["yaw_deg"]) > MOST_YAW_DEG:
        return Reason.FACE_TURNED
    return Reason.FACE_UNUSABLE if measured["raw_norm"] < LEAST_RAW_NORM else None


def judge_usefulness(value: int, measured: Mapping[str, float]) -> ComponentVerdict:
    """Return whether the portrait is good enough to be recognised by.

    Parameters
    ----------
    value
        0-100, see `usefulness`.
    measured
        The numbers of all components.
    """
    if refusal(measured) is Reason.FACE_UNUSABLE:
        return ComponentVerdict(component="usefulness", verdict=Verdict.BAD, message="face.usefulness.unusable")
    if value < LOW_VALUE:
        return ComponentVerdict(component="usefulness", verdict=Verdict.IMPROVE, message="face.usefulness.low")
    return ComponentVerdict(component="usefulness", verdict=Verdict.GOOD)
