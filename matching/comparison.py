"""One prepared person against the columns of a gallery: scores per finger, rates per score, one rate per subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids, Rates, Values
from biometrics.positions import Modality, Position
from matching.calibration import Calibration
from matching.column import Column
from matching.fusion import MOST_PAIRINGS, best_of, evidence_of, person_fmr
from matching.pairing import best_pairing, count_pairings

_POSITIONS = tuple(Position)
_NUMBER = {position: number for number, position in enumerate(_POSITIONS)}
_UNKNOWN, _FACE = _NUMBER[Position.UNKNOWN], _NUMBER[Position.FACE]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbeFinger:
    """One finger, or the face, of the person who is compared, with its prepared samples."""

    position: Position
    samples: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Every comparison of a finger of the probe with a finger of a subject, one a row.

    Parameters
    ----------
    subjects
        int64 [count] subject numbers.
    probe_fingers
        int64 [count] index among the fingers of the probe.
    probe_positions, positions
        int64 [count] position of either side, as its place in `Position`.
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
    probe_fingers: Ids
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FusedSubjects:
    """The person-level rate of each subject that was compared, by ascending subject number.

    Parameters
    ----------
    subjects
        int64 [subjects] numbers.
    fmrs
        float64 [subjects].
    terms
        int64 [subjects] comparisons that were fused.
    extrapolated
        bool [subjects].
    used
        Comparisons that entered the fusion.
    """

    subjects: Ids
    fmrs: Rates
    terms: Ids
    extrapolated: Flags
    used: Comparisons


def comparable(probe: Position, reference: Position) -> bool:
    """Return whether two positions may be compared: the same, or two fingers of which one is unknown."""
    if probe.modality is not reference.modality:
        return False
    return probe is reference or Position.UNKNOWN in (probe, reference)


def compare_person(
    fingers: Sequence[ProbeFinger],
    columns: Mapping[Position, Column[Any]],
    calibrations: Mapping[Modality, Calibration],
    wanted: Flags,
) -> Comparisons:
    """Compare a person with every finger and face of the wanted subjects that may be compared.

    Parameters
    ----------
    fingers
        The probe's fingers and face.
    columns
        The gallery's references by position.
    calibrations
        What the scores of each modality mean.
    wanted
        bool [count] per subject number.
    """
    parts = [
        _compare_finger(index, finger, position, column, calibrations[position.modality], wanted)
        for index, finger in enumerate(fingers)
        for position, column in columns.items()
        if comparable(finger.position, position)
    ]
    if not parts:
        return _nothing()
    return Comparisons(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS})


def _compare_finger(  # noqa: PLR0913, PLR0917
    index: int,
    finger: ProbeFinger,
    position: Position,
    column: Column[Any],
    calibration: Calibration,
    wanted: Flags,
) -> Comparisons:
    found = column.compare(finger.samples, wanted)
    count = len(found.subjects)
    return Comparisons(
        subjects=found.subjects,
        probe_fingers=np.full(count, index, dtype=np.int64),
        probe_positions=np.full(count, _NUMBER[finger.position], dtype=np.int64),
        positions=np.full(count, _NUMBER[position], dtype=np.int64),
        slots=found.slots,
        scores=found.scores,
        evidence=evidence_of(best_of(calibration.fmr_values(found.scores), found.tries)),
        extrapolated=calibration.extrapolated(found.scores),
    )


def _nothing() -> Comparisons:
    none, no_evidence = np.empty(0, dtype=np.int64), np.empty(0)
    return Comparisons(
        subjects=none,
        probe_fingers=none,
        probe_positions=none,
        positions=none,
        slots=none,
        scores=np.empty(0, dtype=np.float32),
        evidence=no_evidence,
        extrapolated=np.empty(0, dtype=np.bool_),
    )


def fuse_subjects(table: Comparisons) -> FusedSubjects:
    """Fuse the comparisons of each subject into one false match rate.

    Where every print has a known position, each comparison is one term. Where an unknown print leaves a choice, the
    one-to-one pairing with the most evidence is taken and the rate multiplied by the number of pairings.
    """
    size = int(table.subjects.max(initial=-1)) + 1
    used = np.ones(len(table), dtype=np.bool_)
    pairings = np.ones(size)
    extra_terms = np.zeros(size, dtype=np.int64)
    for rows in _open_choices(table):
        choice = table.take(rows)
        chosen, terms, ways = _pair_fingers(choice)
        used[rows] = chosen
        subject = int(choice.subjects[0])
        pairings[subject] = float(min(ways, MOST_PAIRINGS))
        extra_terms[subject] = terms - int(chosen.sum())
    kept = table.take(used)
    terms_of = np.bincount(kept.subjects, minlength=size) + extra_terms
    evidence: Rates = np.zeros(size)
    np.add.at(evidence, kept.subjects, kept.evidence)
    extrapolated = np.bincount(kept.subjects[kept.extrapolated], minlength=size) > 0
    subjects = np.flatnonzero(terms_of)
    return FusedSubjects(
        subjects=subjects,
        fmrs=person_fmr(terms_of[subjects], evidence[subjects], pairings[subjects]),
        terms=terms_of[subjects],
        extrapolated=extrapolated[subjects],
        used=kept,
    )


def _open_choices(table: Comparisons) -> Iterator[Ids]:
    """Yield the finger rows of each subject whose fingers can be paired in more than one way."""
    finger = table.positions != _FACE
    unknown = finger & ((table.positions == _UNKNOWN) | (table.probe_positions == _UNKNOWN))
    if not unknown.any():
        return
    size = int(table.subjects.max()) + 1
    several = np.bincount(table.subjects[finger], minlength=size) > 1
    some_unknown = np.bincount(table.subjects[unknown], minlength=size) > 0
    rows = np.flatnonzero(finger & (several & some_unknown)[table.subjects])
    rows = rows[np.argsort(table.subjects[rows], kind="stable")]
    borders = np.flatnonzero(np.diff(table.subjects[rows])) + 1
    yield from (part for part in np.split(rows, borders) if len(part))


def _pair_fingers(choice: Comparisons) -> tuple[Flags, int, int]:
    """Pair the fingers of one subject: which rows are taken, how many terms to count, among how many pairings."""
    probe, probe_index = np.unique(choice.probe_fingers, return_inverse=True)
    codes, reference_index = np.unique(choice.slots * len(_POSITIONS) + choice.positions, return_inverse=True)
    evidence = np.zeros((len(probe), len(codes)))
    row_at = np.full(evidence.shape, -1)
    evidence[probe_index, reference_index] = choice.evidence
    row_at[probe_index, reference_index] = np.arange(len(choice))
    chosen = np.zeros(len(choice), dtype=np.bool_)
    taken = [int(row_at[pair]) for pair in best_pairing(evidence)]
    chosen[[row for row in taken if row >= 0]] = True
    unknown_probe = len(np.unique(choice.probe_fingers[choice.probe_positions == _UNKNOWN]))
    unknown_reference = int((codes % len(_POSITIONS) == _UNKNOWN).sum())
    named_pairs = int(((choice.positions != _UNKNOWN) & (choice.probe_positions != _UNKNOWN)).sum())
    # A pairing never has more terms than this; counting too many only weakens the evidence.
    terms = min(len(probe), len(codes), named_pairs + unknown_probe + unknown_reference)
    ways = count_pairings(
        unknown_probe=unknown_probe,
        named_probe=len(probe) - unknown_probe,
        unknown_reference=unknown_reference,
        named_reference=len(codes) - unknown_reference,
    )
    return chosen, terms, ways
