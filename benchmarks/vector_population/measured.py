"""Vectors of real portraits and prints, and the scores that people reach with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.face_vectors import embeddings
from benchmarks.accuracy.identify_prints import mirrored, prints_of
from benchmarks.data_folder import DataFolder
from benchmarks.datasets import finger_sets
from benchmarks.portraits import face_set
from benchmarks.steps.parts import load_extractor
from benchmarks.templates import CachingExtractor
from benchmarks.vector_population.scores import BlockScores, Scores
from biometrics.arrays import Flags, Ids, Vectors
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from biometrics.protocols import Progress
from matching.minutiae import prepare
from matching.person_vectors import finger_vectors

MIRRORED = -1
"""Stands for the occasion of a print seen in a mirror."""

_CHIMERAS, _MATED, _STRANGE = 1, 50_000, 1_000_000
"""Seed, mates and strangers of persons put together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RealVectors:
    """Vectors of samples, and whose they are.

    Parameters
    ----------
    name
        Of the data.
    vectors
        float32 [samples, dimension].
    owners
        int64 [samples]: the person or finger.
    sets
        int64 [samples]: number of the data set; samples of different ones are not compared.
    occasions
        int64 [samples]: the how-manieth sample of its owner; `MIRRORED` of prints seen in a mirror, which are nobody's.
    """

    name: str
    vectors: Vectors
    owners: Ids
    sets: Ids
    occasions: Ids

    def of_set(self, number: int) -> RealVectors:
        """Return the samples of one set."""
        return self._only(self.sets == number)

    @property
    def taken(self) -> RealVectors:
        """The samples that were taken of somebody, without mirrored ones."""
        return self._only(self.occasions != MIRRORED)

    def _only(self, here: Flags) -> RealVectors:
        return replace(
            self,
            vectors=self.vectors[here],
            owners=self.owners[here],
            sets=self.sets[here],
            occasions=self.occasions[here],
        )


def real_faces(folder: Path, progress: Progress) -> RealVectors:
    """Return the vectors of portraits, a folder a person."""
    extractor = CachingExtractor(load_extractor(Modality.FACE))
    enrolled = extractor.extract_all(face_set(folder), progress)
    vectors, present = embeddings(enrolled, extractor.extractor.format.dimension)
    owners = enrolled.subjects[present]
    return RealVectors(
        name=enrolled.data.name,
        vectors=vectors[present],
        owners=owners,
        sets=np.zeros(len(owners), dtype=np.int64),
        occasions=_occasions(owners),
    )


def real_fingers(folders: Sequence[DataFolder], progress: Progress) -> RealVectors:
    """Return the vectors of prints, and of the same prints seen in a mirror."""
    extractor = CachingExtractor(load_extractor(Modality.FINGER))
    sets = finger_sets(folders)
    prints = prints_of([extractor.extract_all(one, progress) for one in sets])
    minutiae = [one for one in prints.minutiae if one is not None]
    vectors, described = finger_vectors([prepare(one) for one in (*minutiae, *map(mirrored, minutiae))])
    fingers, numbers = prints.fingers[prints.present], prints.sets[prints.present]
    occasions = np.concatenate((_occasions(fingers), np.full(len(fingers), MIRRORED)))
    return RealVectors(
        name=", ".join(one.name for one in sets),
        vectors=vectors[described],
        owners=np.tile(fingers, 2)[described],
        sets=np.tile(numbers, 2)[described],
        occasions=occasions[described],
    )


def real_scores(real: RealVectors) -> BlockScores:
    """Return the cosine of every two samples of one set: of strangers, and of mates.

    Mirrored prints are strangers to all but those of their own finger, with which they are not compared: both have
    many minutiae in the same places.
    """
    first, second = np.triu_indices(len(real.owners), k=1)
    cosines = (real.vectors @ real.vectors.T)[first, second]
    same = real.owners[first] == real.owners[second]
    taken = real.occasions != MIRRORED
    strange = (real.sets[first] == real.sets[second]) & ~same
    return BlockScores(strangers=cosines[strange], mates=cosines[same & taken[first] & taken[second]])


def real_persons(
    faces: RealVectors, fingers: RealVectors, weights: Sequence[float], *, one_sensor: bool
) -> BlockScores:
    """Return scores of persons put together of a face and fingers pressed on the same occasions.

    The data have no persons with several fingers or a face as well: who goes with whom is drawn.

    Parameters
    ----------
    weights
        Of the face, then of each finger.
    one_sensor
        All fingers of a person, and of who is compared with it, are of one set; otherwise each is of another.
    """
    random = np.random.default_rng(_CHIMERAS)
    members = [fingers.of_set(int(one)) for one in np.unique(fingers.sets)]
    count = len(weights) - 1
    groups = [[one] * count for one in members] if one_sensor else [members[:count]]
    parts = [_put_together(random, group, weights[1:], len(groups)) for group in groups]
    face = real_scores(faces)
    strangers, mates = (np.concatenate([getattr(one, kind) for one in parts]) for kind in ("strangers", "mates"))
    return BlockScores(
        strangers=strangers + random.choice(face.strangers, len(strangers)) * np.float32(weights[0]),
        mates=mates + random.choice(face.mates, len(mates)) * np.float32(weights[0]),
    )


def _put_together(
    random: np.random.Generator, members: Sequence[RealVectors], weights: Sequence[float], share: int
) -> BlockScores:
    """Return scores of persons with a finger of each member, no finger twice."""
    tables = [_mated(one) for one in members]
    fewest = min(len(table) for table in tables)
    if fewest < len(tables):
        raise ConfigurationError(
            f"{fewest} fingers are too few for persons of {len(tables)}", remedy="give more fingers, or fewer sets"
        )
    mates: Scores = np.zeros(_MATED // share, dtype=np.float32)
    strangers: Scores = np.zeros(_STRANGE // share, dtype=np.float32)
    fingers = np.argsort(random.random((len(mates), fewest)), axis=1)
    pair = random.random(len(mates))
    for number, (one, weight) in enumerate(zip(members, weights, strict=True)):
        mates += np.float32(weight) * _chosen(tables[number], fingers[:, number], pair)
        strangers += np.float32(weight) * random.choice(real_scores(one).strangers, len(strangers))
    return BlockScores(strangers=strangers, mates=mates)


def _mated(real: RealVectors) -> list[Scores]:
    """Return the cosines of every two samples of each owner, in order of their occasions."""
    taken = real.taken
    tables = []
    for owner in np.unique(taken.owners):
        mine = taken.vectors[taken.owners == owner]
        tables.append((mine @ mine.T)[np.triu_indices(len(mine), k=1)])
    return [table for table in tables if len(table)]


def _chosen(tables: list[Scores], person: Ids, place: NDArray[np.float64]) -> Scores:
    """Return for each person the cosine that lies so far along its own."""
    lengths = np.array([len(table) for table in tables])
    starts = np.cumsum(lengths) - lengths
    where = starts[person] + (place * lengths[person]).astype(np.int64)
    return np.asarray(np.concatenate(tables)[where])


def _occasions(owners: Ids) -> Ids:
    """Return the how-manieth sample of its owner each is."""
    order = np.argsort(owners, kind="stable")
    firsts = np.searchsorted(owners[order], owners[order])
    found = np.empty_like(owners)
    found[order] = np.arange(len(owners)) - firsts
    return found
