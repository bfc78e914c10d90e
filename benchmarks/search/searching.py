"""Everything that `kura bench search` measures, one population after another."""

from __future__ import annotations

import gc
from dataclasses import replace

from benchmarks.search.findings import Findings
from benchmarks.search.galleries import Searched, build
from benchmarks.search.limits import STRICT_RATE
from benchmarks.search.one_to_many import OneToMany, Question
from benchmarks.search.peers import empty_flat_index, one_faiss_thread
from benchmarks.search.people import EXCEPTIONS, fused_layout, queries_of
from benchmarks.search.plain import (
    RESIDENT_SHARE,
    SEED,
    faster,
    measure_additions,
    measure_batches,
    measure_fallback,
    measure_gates,
    measure_growth,
    measure_kinds,
    measure_memory,
    measure_threads,
)
from benchmarks.search.room import require_disk, require_memory
from benchmarks.timing import single_threaded
from benchmarks.vector_population.population import Population, plain_layout, population
from biometrics.protocols import Progress, no_progress
from matching.vectors.kernels import choose_kernel

PERSONS = "1:N, face and four fingers"

_PROBES = 256
_FLOAT_BYTES = 4


def require_room(persons: int, dimension: int) -> None:
    """Refuse populations that would not fit, before any of them is made.

    Raises
    ------
    StorageError, ProcessingError
        When temporary space or memory is lacking.
    """
    width = max(plain_layout(dimension).width, fused_layout().width)
    require_disk(persons * width * _FLOAT_BYTES)
    require_memory(int(persons * width * (RESIDENT_SHARE + _FLOAT_BYTES)))


def measure_searches(persons: int, dimension: int, found: Findings, progress: Progress = no_progress) -> None:
    """Measure searches of simulated persons: of vectors of one dimension, then of a face with four fingers.

    Parameters
    ----------
    found
        Takes what is found out, as soon as it is known.

    Raises
    ------
    StorageError, ProcessingError
        When temporary space or memory is lacking.
    """
    require_room(persons, dimension)
    with single_threaded(), one_faiss_thread():
        _measure_plain(population(plain_layout(dimension), persons, SEED), found, progress)
        gc.collect()
        _measure_persons(population(fused_layout(), persons, SEED, mix=EXCEPTIONS), found, progress)


def _measure_plain(people: Population, found: Findings, progress: Progress) -> None:
    searched = _filled(people, progress)
    measure_memory(searched, found)
    kernel = choose_kernel().name
    bench = OneToMany(searched=searched, queries=queries_of(people, _PROBES), kernel=kernel, progress=progress)
    measure_batches(bench, found)
    measure_kinds(bench, found)
    measure_threads(bench, found)
    measure_fallback(bench, found)
    measure_gates(bench, people, found)
    # The fp32 vectors are no longer needed; four times the population takes their place.
    bench = replace(bench, searched=replace(searched, flat=None))
    del searched
    measure_growth(bench, found)
    measure_additions(bench, people, found)


def _measure_persons(people: Population, found: Findings, progress: Progress) -> None:
    searched = _filled(people, progress)
    bench = OneToMany(
        searched=searched, queries=queries_of(people, _PROBES), kernel=choose_kernel().name, progress=progress
    )
    rows = [bench.row(Question(name=PERSONS, batch=batch, rate=STRICT_RATE)) for batch in (1, 16, _PROBES)]
    found.rows += rows
    found.rows.append(bench.row(Question(name=f"{PERSONS}, the best 10 too", batch=_PROBES, rate=STRICT_RATE, k=10)))
    found.requirements.append(faster(rows[-1], wanted=4.0))


def _filled(people: Population, progress: Progress) -> Searched:
    return build(people, flat=empty_flat_index(people.layout.width, people.persons), progress=progress)
