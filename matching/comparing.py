"""One prepared person against some or all of a gallery's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from biometrics.arrays import Ids
from biometrics.positions import Modality
from biometrics.scores import Candidate
from matching.calibration import Calibration
from matching.candidates import build_candidates
from matching.comparison import ProbePart, compare_person
from matching.state import State
from matching.subject_fusion import fuse_subjects


def candidates_among(
    state: State,
    parts: Sequence[ProbePart],
    persons: Ids,
    calibrations: Mapping[Modality, Calibration],
    largest_fmr: float | None,
) -> tuple[Candidate, ...]:
    """Compare a person with some of a gallery and return the candidates, best first.

    Parameters
    ----------
    parts
        The probe's fingers and face.
    persons
        int64 [count] versions that are active in this state, ascending.
    largest_fmr
        Leave out candidates whose fused false match rate is larger.
    """
    fused = fuse_subjects(compare_person(parts, state.columns, calibrations, persons))
    return build_candidates(fused, parts, calibrations, state.people.subject_id, largest_fmr)
