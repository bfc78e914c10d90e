"""Searching persons of several fingers among very many: one finger of each data set makes a person.

The i-th fingers of all sets are one person's, their first impressions the reference, the others the probes. Everybody
else in the gallery is combined at random from mirrored prints, one of each set. There are few of these (80 for a set of
FVC's), so that persons share fingers, though hardly ever all of them: with two fingers there are 6,400 different
persons, and ranks are as good as they would be among so many. A set stands for a position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from benchmarks.accuracy.identify_prints import Prints
from benchmarks.accuracy.identify_ranks import rank_figures
from benchmarks.accuracy.identify_scores import BothScores, Scores
from benchmarks.figures import Figure
from benchmarks.identification import NOT_FOUND
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Ids

RANKS = (1, 100, 1_000)
MOST_FINGERS = 4
SEED = 1

Rows: TypeAlias = Int64[NDArray[np.int64], "searches sets"]
"""For each search, which print of each set is the probe."""

References: TypeAlias = Int64[NDArray[np.int64], "persons sets"]
"""For each known person, which print of each set is the reference."""

Strangers: TypeAlias = Int64[NDArray[np.int64], "strangers sets"]
"""For each stranger, which mirrored print of each set."""

Totals: TypeAlias = Float32[NDArray[np.float32], " people"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Who is searched, and among whom.

    Parameters
    ----------
    probes, references, strangers
        Places of prints, among the real ones and the mirrored ones.
    owners
        int64 [searches]: which person is searched.
    """

    probes: Rows
    references: References
    strangers: Strangers
    owners: Ids

    @property
    def size(self) -> int:
        """Persons in the gallery."""
        return len(self.references) + len(self.strangers)


def people_of(prints: Prints, strangers: int) -> People | None:
    """Return persons made of one finger from each set; None when there are fewer than two persons or sets.

    Sets of different sizes make as many persons as the smallest has fingers, and each has as many probes as the least
    photographed of its fingers has further impressions.
    """
    places = [[np.flatnonzero(prints.fingers == finger) for finger in _fingers(prints, one)] for one in _sets(prints)]
    persons = min(len(fingers) for fingers in places)
    fewest = [min(len(fingers[person]) for fingers in places) for person in range(persons)]
    if len(places) < 2 or sum(count > 1 for count in fewest) < 2:
        return None
    references = [[fingers[person][0] for fingers in places] for person in range(persons)]
    probes = [
        [fingers[person][touch] for fingers in places]
        for person, count in enumerate(fewest)
        for touch in range(1, count)
    ]
    random = np.random.default_rng(SEED)
    drawn = [random.choice(np.flatnonzero((prints.sets == one) & prints.present), strangers) for one in _sets(prints)]
    return People(
        probes=np.array(probes, dtype=np.int64),
        references=np.array(references, dtype=np.int64),
        strangers=np.stack(drawn, axis=1).astype(np.int64),
        owners=np.repeat(np.arange(persons), np.array(fewest) - 1).astype(np.int64),
    )


def person_figures(people: People, real: BothScores, mirrored: BothScores, *, replicates: int) -> dict[str, Figure]:
    """Return what searches for persons came to, for 2, 3 and 4 of their fingers, over all choices of these.

    Parameters
    ----------
    real, mirrored
        [real prints, real prints] and [real prints, mirrored prints].
    """
    figures: dict[str, Figure] = {}
    for count in range(2, min(MOST_FINGERS, people.probes.shape[1]) + 1):
        chosen = list(combinations(range(people.probes.shape[1]), count))
        by_vectors = person_ranks(people, real.vectors, mirrored.vectors, chosen)
        by_matcher = person_ranks(people, real.matcher, mirrored.matcher, chosen)
        owners = np.tile(people.owners, len(chosen))
        found = {
            "vector": rank_figures(by_vectors, owners, people.size, wanted=RANKS, replicates=replicates),
            "exhaustive": rank_figures(by_matcher, owners, people.size, wanted=RANKS[:1], replicates=replicates),
        }
        figures |= {
            f"{count} fingers/{name}/{what}": figure for name, some in found.items() for what, figure in some.items()
        }
    return figures


def person_ranks(people: People, real: Scores, mirrored: Scores, chosen: Sequence[tuple[int, ...]]) -> Ids:
    """Return the rank of the mate in each search, for one choice of sets after the other; ties count against it.

    Scores are summed over the sets; a finger without one adds nothing. A mate none of whose fingers can be compared is
    not found.
    """
    ranks = np.full((len(chosen), len(people.probes)), NOT_FOUND, dtype=np.int64)
    for search, (probe, owner) in enumerate(zip(people.probes, people.owners, strict=True)):
        known = [real[row, people.references[:, one]] for one, row in enumerate(probe)]
        strange = [mirrored[row, people.strangers[:, one]] for one, row in enumerate(probe)]
        for choice, sets in enumerate(chosen):
            if all(known[one][owner] == NOT_COMPARED for one in sets):
                continue
            others = _summed([known[one] for one in sets])
            total = (others >= others[owner]).sum() + (_summed([strange[one] for one in sets]) >= others[owner]).sum()
            ranks[choice, search] = total
    return ranks.ravel()


def _summed(scores: Sequence[Totals]) -> Totals:
    total = np.zeros_like(scores[0])
    for some in scores:
        total += np.where(some == NOT_COMPARED, np.float32(0), some)
    return total


def _sets(prints: Prints) -> list[int]:
    return [int(one) for one in np.unique(prints.sets)]


def _fingers(prints: Prints, one: int) -> list[int]:
    return [int(finger) for finger in np.unique(prints.fingers[prints.sets == one])]
