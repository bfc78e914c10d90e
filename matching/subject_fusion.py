"""From the comparisons of a person with everybody to one rate per subject: pairing, then fusion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Flags, Ids, Rates
from biometrics.positions import Position
from matching.comparison import NUMBER_OF, Comparisons
from matching.fusion import MOST_PAIRINGS, person_fmr
from matching.pairing import best_pairing, count_pairings

_UNKNOWN, _FACE = NUMBER_OF[Position.UNKNOWN], NUMBER_OF[Position.FACE]


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
        int64 [subjects] comparisons in Fisher's sum.
    tried
        int64 [subjects] comparisons the best was chosen from.
    extrapolated
        bool [subjects].
    used
        Comparisons that the rates rest on: those in the sum and the best of all.
    """

    subjects: Ids
    fmrs: Rates
    terms: Ids
    tried: Ids
    extrapolated: Flags
    used: Comparisons


def fuse_subjects(table: Comparisons) -> FusedSubjects:
    """Fuse the comparisons of each subject into one false match rate, as `matching.fusion` describes.

    Where every print has a known position, each comparison is one term of the sum. Where an unknown print leaves a
    choice, the one-to-one pairing with the most evidence is.
    """
    size = int(table.subjects.max(initial=-1)) + 1
    summed = np.ones(len(table), dtype=np.bool_)
    pairings = np.ones(size)
    extra_terms = np.zeros(size, dtype=np.int64)
    for rows in _open_choices(table):
        choice = table.take(rows)
        chosen, terms, ways = _pair_fingers(choice)
        summed[rows] = chosen
        subject = int(choice.subjects[0])
        pairings[subject] = float(min(ways, MOST_PAIRINGS))
        extra_terms[subject] = terms - int(chosen.sum())
    terms_of = np.bincount(table.subjects[summed], minlength=size) + extra_terms
    evidence: Rates = np.zeros(size)
    np.add.at(evidence, table.subjects[summed], table.evidence[summed])
    strongest: Rates = np.zeros(size)
    np.maximum.at(strongest, table.subjects, table.evidence)
    tried = np.bincount(table.subjects, minlength=size)
    # The pairing with the most evidence need not hold the best comparison.
    used = table.take(summed | (table.evidence == strongest[table.subjects]))
    extrapolated = np.bincount(used.subjects[used.extrapolated], minlength=size) > 0
    subjects = np.flatnonzero(tried)
    return FusedSubjects(
        subjects=subjects,
        fmrs=person_fmr(
            terms=terms_of[subjects],
            evidence=evidence[subjects],
            pairings=pairings[subjects],
            tried=tried[subjects],
            strongest=strongest[subjects],
        ),
        terms=terms_of[subjects],
        tried=tried[subjects],
        extrapolated=extrapolated[subjects],
        used=used,
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
