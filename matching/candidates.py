"""From fused rates to the candidate list that leaves matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from biometrics.arrays import Ids
from biometrics.positions import Modality, Position
from biometrics.scores import CalibratedFmr, Candidate, ComparisonScore
from matching.calibration import Calibration
from matching.comparison import Comparisons, FusedSubjects, ProbeFinger
from matching.fusion import fusion_model
from matching.people import People


def build_candidates(
    fused: FusedSubjects,
    fingers: Sequence[ProbeFinger],
    calibrations: Mapping[Modality, Calibration],
    people: People,
    largest_fmr: float | None,
) -> tuple[Candidate, ...]:
    """Return the subjects at or below `largest_fmr` (all, when it is None), best first.

    Equal scores are ordered by identifier, so that the same gallery always gives the same list.
    """
    near = np.arange(len(fused.subjects)) if largest_fmr is None else np.flatnonzero(fused.fmrs <= largest_fmr)
    wanted = np.zeros(int(fused.subjects.max(initial=-1)) + 1, dtype=np.bool_)
    wanted[fused.subjects[near]] = True
    evidence = fused.used.take(wanted[fused.used.subjects])
    evidence = evidence.take(np.argsort(evidence.subjects, kind="stable"))
    starts = np.searchsorted(evidence.subjects, fused.subjects[near], side="left")
    ends = np.searchsorted(evidence.subjects, fused.subjects[near], side="right")
    candidates = [
        Candidate(
            subject_id=people.subject_id(int(fused.subjects[row])),
            fmr=CalibratedFmr(
                value=float(fused.fmrs[row]),
                extrapolated=bool(fused.extrapolated[row]),
                model=fusion_model(int(fused.terms[row])),
            ),
            scores=_scores(evidence, np.arange(start, end), fingers, calibrations),
        )
        for row, start, end in zip(near, starts, ends, strict=True)
    ]
    return tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.subject_id)))


def _scores(
    evidence: Comparisons, rows: Ids, fingers: Sequence[ProbeFinger], calibrations: Mapping[Modality, Calibration]
) -> dict[Position, ComparisonScore]:
    """Return the score per probe position; of several unknown prints, the one that says most."""
    scores: dict[Position, ComparisonScore] = {}
    for row in rows[np.argsort(evidence.evidence[rows], kind="stable")]:
        position = fingers[int(evidence.probe_fingers[row])].position
        calibration = calibrations[position.modality]
        value = float(evidence.scores[row])
        scores[position] = ComparisonScore(value=value, scale=calibration.scale, fmr=calibration.fmr(value))
    return dict(sorted(scores.items(), key=lambda item: _ORDER[item[0]]))


_ORDER = {position: number for number, position in enumerate(Position)}
