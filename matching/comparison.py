"""One prepared person against the columns of a gallery: scores per finger, rates per score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids, Rates, Values
from biometrics.positions import Modality, Position
from matching.calibration import Calibration
from matching.column import Column
from matching.fusion import best_of, evidence_of

NUMBER_OF = {position: number for number, position in enumerate(Position)}
"""A whole number per position, for arrays."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbePart:
    """One finger, or the face, of the person who is compared, with its prepared samples."""

    position: Position
    samples: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Every comparison of a part of the probe with a finger or the face of a subject, one a row.

    Parameters
    ----------
    subjects
        int64 [count] persons, by the numbers of their versions.
    probe_parts
        int64 [count] index among the parts of the probe.
    probe_positions, positions
        int64 [count] position of either side, by `NUMBER_OF`.
    slots
        int64 [count] which finger of the subject, where the position is unknown.
    scores
        float32 [count] best raw score among the samples.
    evidence
        float64 [count] -ln of the false match rate, corrected for the samples tried.
    extrapolated
        bool [count] whether the rate comes from a tail model.
    """

    subjects: Ids
    probe_parts: Ids
    probe_positions: Ids
    positions: Ids
    slots: Ids
    scores: Values
    evidence: Rates
    extrapolated: Flags

    def __len__(self) -> int:
        return len(self.subjects)

    def take(self, rows: NDArray[Any]) -> Comparisons:
        """Return some of the rows, by index or flag."""
        return Comparisons(**{name: getattr(self, name)[rows] for name in _COLUMNS})


_COLUMNS = tuple(Comparisons.__dataclass_fields__)


def comparable(probe: Position, reference: Position) -> bool:
    """Return whether two positions may be compared: the same, or two fingers of which one is unknown."""
    if probe.modality is not reference.modality:
        return False
    return probe is reference or Position.UNKNOWN in (probe, reference)


def compare_person(
    parts: Sequence[ProbePart],
    columns: Mapping[Position, Column[Any]],
    calibrations: Mapping[Modality, Calibration],
    persons: Ids,
) -> Comparisons:
    """Compare a person with every finger and face of others that may be compared.

    Parameters
    ----------
    parts
        The probe's fingers and face.
    columns
        The gallery's references by position.
    calibrations
        What the scores of each modality mean.
    persons
        int64 [count] versions, ascending.
    """
    # Always in the same order, so that sums do not depend on who came first.
    tables = [
        _compare_part(index, part, position, columns[position], calibrations[position.modality], persons)
        for index, part in enumerate(parts)
        for position in Position
        if position in columns and comparable(part.position, position)
    ]
    if not tables:
        return _nothing()
    return Comparisons(**{name: np.concatenate([getattr(table, name) for table in tables]) for name in _COLUMNS})


def _compare_part(  # noqa: PLR0913, PLR0917
    index: int,
    part: ProbePart,
    position: Position,
    column: Column[Any],
    calibration: Calibration,
    persons: Ids,
) -> Comparisons:
    found = column.compare(part.samples, persons)
    count = len(found.persons)
    return Comparisons(
        subjects=found.persons,
        probe_parts=np.full(count, index, dtype=np.int64),
        probe_positions=np.full(count, NUMBER_OF[part.position], dtype=np.int64),
        positions=np.full(count, NUMBER_OF[position], dtype=np.int64),
        slots=found.slots,
        scores=found.scores,
        evidence=evidence_of(best_of(calibration.fmr_values(found.scores), found.tries)),
        extrapolated=calibration.extrapolated(found.scores),
    )


def _nothing() -> Comparisons:
    none, no_evidence = np.empty(0, dtype=np.int64), np.empty(0)
    return Comparisons(
        subjects=none,
        probe_parts=none,
        probe_positions=none,
        positions=none,
        slots=none,
        scores=np.empty(0, dtype=np.float32),
        evidence=no_evidence,
        extrapolated=np.empty(0, dtype=np.bool_),
    )
