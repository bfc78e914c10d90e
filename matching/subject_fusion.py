"""From the comparisons of a person with everybody to one rate per subject: pairing, then fusion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids, Rates
from biometrics.positions import Position
from matching.comparison import NUMBER_OF, Comparisons
from matching.fusion import MOST_PAIRINGS, person_fmr
from matching.pairing import best_pairing, count_pairings

UsedBy: TypeAlias = Int64[NDArray[np.int64], " used"]
"""Index of a fused subject, for each comparison that its rate rests on."""

_UNKNOWN, _FACE = NUMBER_OF[Position.UNKNOWN], NUMBER_OF[Position.FACE]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FusedSubjects:
    """The person-level rate of each subject that was compared, by ascending number.

    Parameters
    ----------
    subjects
        int64 [subjects] persons, by the numbers of their versions.
    fmrs
        float64 [subjects].
    terms
        int64 [subjects] comparisons in Fisher's sum.
    tried
        int64 [subjects] comparisons the best was chosen from.
    extrapolated
        bool [subjects].
    used
        Comparisons that the rates rest on: those in the sum and the best of all, each of `subjects[used_by]`.
    used_by
        int64 [used].
    """

    subjects: Ids
    fmrs: Rates
    terms: Ids
    tried: Ids
    extrapolated: Flags
    used: Comparisons
    used_by: UsedBy


def fuse_subjects(table: Comparisons) -> FusedSubjects:
    """Fuse the comparisons of each subject into one false match rate, as `matching.fusion` describes.

    Where every print has a known position, each comparison is one term of the sum. Where an unknown print leaves a
    choice, the one-to-one pairing with the most evidence is.
    """
    # Counted through, since those who are compared may be few among many.
    subjects, subject_of_row = np.unique(table.subjects, return_inverse=True)
    size = len(subjects)
    summed = np.ones(len(table), dtype=np.bool_)
    pairings = np.ones(size)
    extra_terms = np.zeros(size, dtype=np.int64)
    for rows in _open_choices(table, subject_of_row, size):
        chosen, terms, ways = _pair_fingers(table.take(rows))
        summed[rows] = chosen
        subject = int(subject_of_row[rows[0]])
        pairings[subject] = float(min(ways, MOST_PAIRINGS))
        extra_terms[subject] = terms - int(chosen.sum())
    terms_of = np.bincount(subject_of_row[summed], minlength=size) + extra_terms
    evidence: Rates = np.zeros(size)
    np.add.at(evidence, subject_of_row[summed], table.evidence[summed])
    strongest: Rates = np.zeros(size)
    np.maximum.at(strongest, subject_of_row, table.evidence)
    tried = np.bincount(subject_of_row, minlength=size)
    # The pairing with the most evidence need not hold the best comparison.
    telling = summed | (table.evidence == strongest[subject_of_row])
    used, used_by = table.take(telling), subject_of_row[telling]
    return FusedSubjects(
        subjects=subjects,
        fmrs=person_fmr(terms=terms_of, evidence=evidence, pairings=pairings, tried=tried, strongest=strongest),
        terms=terms_of,
        tried=tried,
        extrapolated=np.bincount(used_by[used.extrapolated], minlength=size) > 0,
        used=used,
        used_by=used_by,
    )


def _open_choices(table: Comparisons, subject_of_row: Ids, size: int) -> Iterator[Ids]:
    """Yield the finger rows of each subject whose fingers can be paired in more than one way."""
    finger = table.positions != _FACE
    unknown = finger & ((table.positions == _UNKNOWN) | (table.probe_positions == _UNKNOWN))
    if not unknown.any():
        return
    several = np.bincount(subject_of_row[finger], minlength=size) > 1
    some_unknown = np.bincount(subject_of_row[unknown], minlength=size) > 0
    rows = np.flatnonzero(finger & (several & some_unknown)[subject_of_row])
    rows = rows[np.argsort(subject_of_row[rows], kind="stable")]
    borders = np.flatnonzero(np.diff(subject_of_row[rows])) + 1
    yield from (part for part in np.split(rows, borders) if len(part))


def _pair_fingers(choice: Comparisons) -> tuple[Flags, int, int]:
    """Pair the fingers of one subject: which rows are taken, how many terms to count, among how many pairings."""
    probe, probe_index = np.unique(choice.probe_parts, return_inverse=True)
    codes, reference_index = np.unique(choice.slots * len(NUMBER_OF) + choice.positions, return_inverse=True)
    evidence = np.zeros((len(probe), len(codes)))
    row_at = np.full(evidence.shape, -1)
    evidence[probe_index, reference_index] = choice.evidence
    row_at[probe_index, reference_index] = np.arange(len(choice))
    chosen = np.zeros(len(choice), dtype=np.bool_)
    taken = [int(row_at[pair]) for pair in best_pairing(evidence)]
    chosen[[row for row in taken if row >= 0]] = True
    unknown_probe = len(np.unique(choice.probe_parts[choice.probe_positions == _UNKNOWN]))
    unknown_reference = int((codes % len(NUMBER_OF) == _UNKNOWN).sum())
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
