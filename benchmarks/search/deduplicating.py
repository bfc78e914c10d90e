"""Everything that `kura bench dedup` measures: everybody with everybody, by vectors, then by minutiae."""

from __future__ import annotations

import gc

from benchmarks.search.contest import hold
from benchmarks.search.findings import Findings
from benchmarks.search.galleries import build
from benchmarks.search.joining import TrianglePeer, wanted_pairs
from benchmarks.search.limits import STRICT_RATE
from benchmarks.search.peers import empty_flat_index, one_faiss_thread
from benchmarks.search.person_join import join_persons, person_layout
from benchmarks.search.person_rate import measure_person_cost
from benchmarks.search.plain import RESIDENT_SHARE, SEED
from benchmarks.search.projection import add_projections
from benchmarks.search.room import require_disk, require_memory
from benchmarks.search.rows import Requirement, Row
from benchmarks.timing import single_threaded
from benchmarks.vector_population.population import plain_layout, population
from benchmarks.vector_population.rows import Rows
from biometrics.extraction import Extractor
from biometrics.protocols import Progress, no_progress

JOIN = "N:N, all pairs above a limit"

JOINED = 100_000
"""Persons of the join that FAISS's is compared with."""

MOST_PERSONS = 200_000
"""Persons who are joined as the product joins them: what a pair costs does not depend on how many there are."""

_DUPLICATES = 100
"""One person in so many stands there twice."""

_OURS, _PEER = "ours", "peer"
_FLOAT_BYTES = 4


def measure_deduplication(
    persons: int, dimension: int, extractor: Extractor, found: Findings, progress: Progress = no_progress
) -> None:
    """Measure the join of vectors beside FAISS's, then what a deduplication of persons takes.

    Parameters
    ----------
    extractor
        Of prints, for the comparison of minutiae.
    found
        Takes what is found out, as soon as it is known.

    Raises
    ------
    StorageError, ProcessingError
        When temporary space or memory is lacking.
    """
    require_room(persons, dimension)
    with single_threaded(), one_faiss_thread():
        measure_join(min(persons, JOINED), dimension, found, progress)
        gc.collect()
        joined = join_persons(min(persons, MOST_PERSONS), progress)
        add_projections(joined, measure_person_cost(extractor, progress), found)


def require_room(persons: int, dimension: int) -> None:
    """Refuse populations that would not fit, before any of them is made.

    Raises
    ------
    StorageError, ProcessingError
        When temporary space or memory is lacking.
    """
    joined = min(persons, JOINED) * plain_layout(dimension).width
    whole = min(persons, MOST_PERSONS) * person_layout().width
    require_disk(max(joined, whole) * _FLOAT_BYTES)
    # The peer of the join holds fp32 vectors in its blocks, beside those that the truth is computed from.
    require_memory(int(max(joined * (RESIDENT_SHARE + 2 * _FLOAT_BYTES), whole * RESIDENT_SHARE)))


def measure_join(persons: int, dimension: int, found: Findings, progress: Progress) -> None:
    """Join a population with itself beside FAISS, and compare the pairs with those that there must be."""
    people = population(plain_layout(dimension), persons, SEED, duplicates=persons // _DUPLICATES)
    searched = build(people, flat=empty_flat_index(people.layout.width, persons), progress=progress)
    limits = searched.limits(STRICT_RATE)
    triangle = TrianglePeer(searched.vectors(), float(limits[-1]))
    peer = triangle.tuned()
    contest = hold({_OURS: lambda: searched.join(limits), _PEER: peer.call}, what=JOIN, progress=progress)
    wanted = wanted_pairs(Rows(vectors=searched.vectors(), masks=searched.masks), limits, progress)
    pairs = searched.join(limits)
    ours, theirs = (contest.times[name].processor_ms() for name in (_OURS, _PEER))
    row = Row(
        name=JOIN,
        exact=True,
        kernel=searched.view.kernel.name,
        threads=1,
        n=persons,
        dim=searched.layout.width,
        batch=persons,
        ours_ms=ours.value,
        low_ms=ours.low,
        high_ms=ours.high,
        rounds=ours.counts["rounds"],
        peer=peer.name,
        peer_ms=theirs.value,
        ratio=contest.ratio(_PEER, _OURS).value,
        identical=wanted.agrees(pairs),
        further={
            "pairs": len(pairs),
            "peer_identical": wanted.agrees(triangle.pairs()),
            "pairs_compared_s": persons * (persons - 1) / 2 / (1e-3 * ours.value),
            "others_cores": contest.others_cores,
        },
    )
    found.rows.append(row)
    found.requirements.append(
        Requirement(
            what=f"{JOIN}, N = {persons:,}, d = {row.dim}",
            against=f"{peer.name}, same triangle",
            wanted=5.0,
            measured=row.ratio,
            note=f"{len(pairs):,} pairs, {'identical' if row.identical else 'NOT identical'}",
        )
    )
