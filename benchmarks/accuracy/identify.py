"""1:N search of fingers and of persons: how often, how early and at what price the mate is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.discard import JudgedSamples, discard_figures
from benchmarks.accuracy.identify_distractors import (
    MIRRORED,
    SIMULATED,
    Distractors,
    counting,
    mirrored_distractors,
    other_distractors,
    spread,
    tail_figures,
    tails_of,
)
from benchmarks.accuracy.identify_listed import Faces, Material, foreign_finger_figures, listed_figures
from benchmarks.accuracy.identify_pairs import Portraits, face_pairs, mated_prints, strange_prints
from benchmarks.accuracy.identify_persons import people_of, person_figures
from benchmarks.accuracy.identify_prints import Prints, prints_of
from benchmarks.accuracy.identify_scores import BothScores, Minutiae, all_scores
from benchmarks.accuracy.identify_sides import Sides
from benchmarks.accuracy.identify_single import Searches, search_figures
from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from matching.descriptor import SCHEME
from matching.minutiae import SCALE, warm_up

Simulate: TypeAlias = Callable[[int], DataSet]
"""Gives so many simulated prints."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdentificationMeasurement(Measurement):
    """A measurement with the scores of every search of a single finger."""

    searches: Searches

    def raw_scores(self) -> dict[str, NDArray[Any]]:
        """Return scores [searches, gallery], mates and persons as named arrays."""
        both = self.searches.scores
        return {
            "vectors": both.vectors,
            "matcher": both.matcher,
            "mates": self.searches.mates,
            "persons": self.searches.persons,
        }


def measure_identification(  # noqa: PLR0913
    sets: Sequence[DataSet],
    bench: Bench,
    *,
    simulate: Simulate,
    gallery: int,
    persons: int,
    portraits: Portraits | None = None,
) -> IdentificationMeasurement:
    """Search every further impression among first impressions and distractors, then persons among very many.

    Parameters
    ----------
    simulate
        Asked for prints where mirrored ones do not fill the gallery.
    gallery
        Prints in the gallery of single fingers, as far as distractors count.
    persons
        Strangers in the gallery of persons.
    portraits
        Faces for persons who are put together of everybody's.

    Raises
    ------
    ConfigurationError
        When fewer than two fingers have several prints.
    SampleError
        When not one sample of a set could be enrolled.
    """
    warm_up()
    enrolled = [bench.extractor.extract_all(data, bench.progress) for data in sets]
    for one in enrolled:
        one.require_any()
    real = prints_of(enrolled)
    sides = Sides.of(real)
    own = all_scores(sides.real, sides.real, bench.progress)
    kinds = {MIRRORED: mirrored_distractors(real, sides, bench.progress)}
    lacking = gallery - int(real.firsts.sum()) - len(kinds[MIRRORED])
    if lacking > 0:
        kinds[SIMULATED] = other_distractors(sides, _minutiae(simulate(lacking), bench), bench.progress)
    tails = tails_of(real, own, kinds)
    counted, notes = counting(list(kinds), tails)
    searches = _searches(real, own, [kinds[kind] for kind in counted], gallery)
    found = search_figures(searches, replicates=bench.replicates)
    figures = {f"single, N={searches.size}/{name}": figure for name, figure in found.items()}
    figures |= _person_figures(real, own, kinds[MIRRORED], bench, persons) if MIRRORED in counted else {}
    figures |= _listed_figures(real, own, kinds[MIRRORED], portraits) if MIRRORED in counted else {}
    figures |= _discard_figures(real, own, bench)
    return IdentificationMeasurement(
        figures={**figures, **tail_figures(tails)},
        pairs={},
        scale=f"{SCHEME} and {SCALE}",
        notes=(*notes, *(note for one in enrolled for note in one.notes())),
        failed={one.data.name: one.failed for one in enrolled},
        searches=searches,
    )


def _minutiae(data: DataSet, bench: Bench) -> Minutiae:
    templates = bench.extractor.extract_all(data, bench.progress).templates
    return [None if template is None else template.minutiae for template in templates]


def _searches(real: Prints, own: BothScores, distractors: Sequence[Distractors], gallery: int) -> Searches:
    """Return searches for further impressions; the gallery holds first ones, then distractors as far as wanted."""
    firsts = np.flatnonzero(real.firsts)
    probes = np.flatnonzero(~real.firsts)
    parts = [BothScores(vectors=own.vectors[:, firsts], matcher=own.matcher[:, firsts])]
    room = gallery - len(firsts)
    for kind in distractors:
        chosen = spread(len(kind), max(room, 0))
        parts.append(BothScores(vectors=kind.scores.vectors[:, chosen], matcher=kind.scores.matcher[:, chosen]))
        room -= len(chosen)
    return Searches(
        scores=BothScores(
            vectors=np.concatenate([part.vectors[probes] for part in parts], axis=1),
            matcher=np.concatenate([part.matcher[probes] for part in parts], axis=1),
        ),
        mates=np.searchsorted(real.fingers[firsts], real.fingers[probes]).astype(np.int64),
        persons=real.fingers[probes],
    )


def _person_figures(
    real: Prints, own: BothScores, mirrored: Distractors, bench: Bench, persons: int
) -> dict[str, Figure]:
    people = people_of(real, persons)
    if people is None:
        return {}
    found = person_figures(people, own, mirrored.scores, replicates=bench.replicates)
    return {f"persons, N={people.size}/{name}": figure for name, figure in found.items()}


def _listed_figures(
    real: Prints, own: BothScores, mirrored: Distractors, portraits: Portraits | None
) -> dict[str, Figure]:
    faces = None
    if portraits is not None:
        mated, strange = (face_pairs(portraits, mated=mated) for mated in (True, False))
        faces = Faces(mated=mated, strange=strange, calibration=portraits.calibration)
    material = Material(mated=mated_prints(real, own), strange=strange_prints(real, own, mirrored.scores), faces=faces)
    return listed_figures(material) | foreign_finger_figures(material)


def _discard_figures(real: Prints, own: BothScores, bench: Bench) -> dict[str, Figure]:
    """Return error versus discard over all sets, where there are impostors at all."""
    judged = []
    for one in np.unique(real.sets):
        here = np.flatnonzero(real.sets == one)
        scores = own.matcher[np.ix_(here, here)]
        judged.append(JudgedSamples(scores=scores, subjects=real.fingers[here], qualities=real.qualities[here]))
    if all(len(np.unique(one.subjects)) < 2 for one in judged):
        return {}
    found = discard_figures(judged, replicates=bench.replicates)
    return {f"discard/{name}": figure for name, figure in found.items()}
