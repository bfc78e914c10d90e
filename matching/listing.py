"""Whom to compare with a probe: those whose vectors are like its own, or everybody where that would not do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biometrics.arrays import Ids
from biometrics.positions import Position
from matching.attributes import AttributeBits
from matching.comparison import ProbePart
from matching.describing import Describing
from matching.pairs import Sides, Some
from matching.person_vectors import PersonVector
from matching.state import State
from matching.vectors.join import join
from matching.vectors.requests import Filter, Found, Probes
from matching.vectors.search import search


def list_persons(
    state: State,
    describing: Describing | None,
    people: Sequence[Sequence[ProbePart]],
    only: AttributeBits,
    threads: int,
) -> list[Some | None]:
    """Return for each probe the versions of the persons to compare it with, ascending; None for everybody.

    Parameters
    ----------
    people
        The probes' fingers and faces; the vectors of all are searched together.
    only
        Whom the search is about.
    threads
        How many share the scan.
    """
    listed: list[Some | None] = [None] * len(people)
    size = state.census.size(only)
    if describing is None or state.table is None or only.impossible or not describing.worthwhile(size):
        return listed
    vectors, masks = describing.describe(people)
    rows: list[tuple[int, Probes]] = []
    for number, parts in enumerate(people):
        person = PersonVector(vector=vectors[number], mask=int(masks[number]))
        if describing.serves(parts, person, size):
            own, held = describing.probes(person)
            rows.append((number, Probes(vectors=own, masks=held)))
    if not rows:
        return listed
    found = search(
        state.table,
        Probes(
            vectors=np.concatenate([probes.vectors for _, probes in rows]),
            masks=np.concatenate([probes.masks for _, probes in rows]),
        ),
        thresholds=describing.search_thresholds(size),
        only=None if only.everybody else Filter(all_of=only.all_of, none_of=only.none_of),
        threads=threads,
    )
    done = 0
    for number, probes in rows:
        listed[number] = _persons(state, found[done : done + len(probes)])
        done += len(probes)
    return listed


def _persons(state: State, found: Sequence[Found]) -> Ids:
    owners = np.unique(np.concatenate([one.owners for one in found]))
    return state.people.of_owners(owners)


def list_pairs(
    state: State, describing: Describing, sides: Sides, gallery_size: int, threads: int
) -> list[tuple[int, Some]]:
    """Return for each person who is a probe the versions of the persons to compare it with, ascending.

    Who is the probe is as in `Sides.others`.

    Parameters
    ----------
    gallery_size
        Among how many everybody is compared with everybody.
    threads
        How many share the work.
    """
    if state.table is None:
        return sides.others()
    left = state.people.owners(np.array(sides.left, dtype=np.int64))
    right = None if sides.right is None else state.people.owners(np.array(sides.right, dtype=np.int64))
    thresholds = describing.join_thresholds(gallery_size)
    # The face alone too: the fingers of somebody else outweigh it.
    alone = [Position.FACE.value] if Position.FACE.value in state.table.layout.names else []
    ends = [
        (state.people.of_owners(pairs.left), state.people.of_owners(pairs.right))
        for block in (None, *alone)
        for pairs in join(state.table, left, right, thresholds, block=block, threads=threads)
    ]
    if not ends:
        return []
    first, second = np.unique([np.concatenate(side) for side in zip(*ends, strict=True)], axis=1)
    return _by_probe(sides, first, second)


def _by_probe(sides: Sides, first: Some, second: Some) -> list[tuple[int, Some]]:
    """Return pairs by who is the probe: who is on the left; of two, the earlier one."""
    place = {person: number for number, person in enumerate(sides.left)}
    nowhere = len(place)
    of_first = np.array([place.get(person, nowhere) for person in first.tolist()], dtype=np.int64)
    of_second = np.array([place.get(person, nowhere) for person in second.tolist()], dtype=np.int64)
    turned = of_second < of_first
    probes, others = np.where(turned, second, first), np.where(turned, first, second)
    order = np.lexsort((others, np.minimum(of_first, of_second)))
    probes, others = probes[order], others[order]
    borders = np.flatnonzero(np.diff(probes)) + 1
    groups = zip(np.split(probes, borders), np.split(others, borders), strict=True)
    return [(int(group[0]), some) for group, some in groups if len(group)]
