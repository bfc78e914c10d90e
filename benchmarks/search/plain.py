"""Searches of vectors of one kind: at every batch, with the best k, on two threads, by the fallback, while adding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np

from benchmarks.search.adding import measure_latency
from benchmarks.search.approximate import LEAST_ROWS, Gated, Known, gate, gate_lines
from benchmarks.search.findings import Findings
from benchmarks.search.galleries import Searched, build
from benchmarks.search.growth import growth_rows, worst_deviation
from benchmarks.search.limits import SHORTLIST_RATE, STRICT_RATE
from benchmarks.search.one_to_many import OneToMany, Question
from benchmarks.search.room import fits
from benchmarks.search.rows import Requirement, Row
from benchmarks.vector_population.population import Population, population
from matching.vectors.kernels import choose_kernel

SEED = 2026
"""Of all simulated populations here."""

BATCHES = (1, 2, 4, 8, 16, 64, 256)
"""Of searches for everybody above a limit."""

ABOVE, BEST, LISTED = "1:N above a limit", "1:N, the best 10 too", "1:N, a shortlist of 200 in a million"
FALLBACK = "faiss"

RESIDENT_SHARE = 1.15
"""What a table may take of memory, of the bytes of its codes."""

_GROWTH_BATCHES = (1, 16)
_THREADED = (1, 256)

_GATED = 50_000
"""Persons that approximate indexes are measured on: beyond, building them takes minutes."""

_WANTED_RECALL = 0.999

_GATE_PROBES = 4_096
"""So many without a miss prove the recall wanted."""

_NEWCOMERS = 8_192


def measure_batches(bench: OneToMany, found: Findings) -> None:
    """Measure searches for everybody above a limit at every batch, and what is demanded of the first and the last."""
    row, bandwidth = bench.row_and_bandwidth(Question(name=ABOVE, batch=1, rate=STRICT_RATE))
    found.rows.append(row)
    found.sections |= {"bandwidth_fraction": bandwidth.fraction, "bandwidth_gbs": bandwidth.reading_gbs}
    found.sections["scanning_gbs"] = bandwidth.scanning_gbs
    found.requirements.append(
        Requirement(
            what=_title(row),
            against="streaming read bandwidth in the same rounds",
            wanted=0.8,
            measured=bandwidth.fraction,
            note=f"{bandwidth.scanning_gbs:.1f} of {bandwidth.reading_gbs:.1f} GB/s",
        )
    )
    for batch in BATCHES[1:]:
        found.rows.append(bench.row(Question(name=ABOVE, batch=batch, rate=STRICT_RATE)))
    found.requirements.append(faster(found.rows[-1], wanted=4.0))


def measure_kinds(bench: OneToMany, found: Findings) -> None:
    """Measure searches for the best too, and lists as long as shortlists are."""
    for batch in (1, 16, 256):
        found.rows.append(bench.row(Question(name=BEST, batch=batch, rate=STRICT_RATE, k=10)))
    found.rows.append(bench.row(Question(name=LISTED, batch=16, rate=SHORTLIST_RATE)))


def measure_threads(bench: OneToMany, found: Findings) -> None:
    """Measure what a second core gains."""
    rows = [bench.scaling(Question(name="1:N on two threads", batch=batch, rate=STRICT_RATE)) for batch in _THREADED]
    found.rows += rows
    for row in rows:
        others = row.further["others_cores"]
        found.requirements.append(
            Requirement(
                what=_title(row),
                against="one thread",
                wanted=1.8,
                measured=row.ratio,
                note=f"best of each: {row.further['best_ratio']:.2f} x; others kept {others} cores busy",
            )
        )


def measure_fallback(bench: OneToMany, found: Findings) -> None:
    """Measure the kernel for machines without the instructions of the best one, over the same codes."""
    if bench.kernel == FALLBACK:
        return
    view = replace(bench.searched.view, kernel=choose_kernel(FALLBACK))
    other = replace(bench, searched=replace(bench.searched, view=view), kernel=FALLBACK)
    found.rows += [other.row(Question(name=ABOVE, batch=batch, rate=STRICT_RATE)) for batch in (1, 16)]


def measure_memory(searched: Searched, found: Findings) -> None:
    """Compare the memory that a table keeps resident with the bytes of its codes."""
    taken = searched.memory_bytes
    measured = None if taken is None else taken / searched.code_bytes
    found.sections["resident_bytes"], found.sections["code_bytes"] = taken, searched.code_bytes
    found.requirements.append(
        Requirement(
            what=f"resident memory, N = {searched.persons:,}, d = {searched.layout.width}",
            against="bytes of the codes",
            wanted=RESIDENT_SHARE,
            measured=measured,
            least=False,
            note="" if searched.persons >= 500_000 else "a chunk is reserved whole: small tables look large",
        )
    )


def measure_gates(bench: OneToMany, people: Population, found: Findings) -> None:
    """Measure how many mates approximate indexes lose; nothing in Kura decides by them."""
    count = min(_GATED, bench.searched.persons)
    if count < LEAST_ROWS:
        found.notes.append(f"approximate indexes: not measured below {LEAST_ROWS:,} persons")
        return
    mates = np.linspace(0, count - 1, min(_GATE_PROBES, count)).astype(np.int64)
    known = Known(vectors=bench.searched.vectors()[:count], probes=people.probes(mates).vectors, mates=mates)
    gated = gate(known, wanted=_WANTED_RECALL, progress=bench.progress)
    found.rows += [_gated_row(one, known) for one in gated]
    found.notes += [f"approximate, {count:,} persons: {line}" for line in gate_lines(gated)]


def measure_growth(bench: OneToMany, found: Findings) -> None:
    """Measure whether a query's cost grows as the population does, from a tenth of it to four times as many."""
    sizes = list(_sizes(bench, found))
    for batch in _GROWTH_BATCHES:
        rows = growth_rows(sizes, bench, batch)
        found.rows += rows
        found.requirements.append(
            Requirement(
                what=f"cost per person, N = {sizes[0].persons:,} to {sizes[-1].persons:,}, batch {batch}",
                against="the cheapest size",
                wanted=1.1,
                measured=1.0 + worst_deviation(rows),
                least=False,
            )
        )


def _sizes(bench: OneToMany, found: Findings) -> Iterator[Searched]:
    persons, layout = bench.searched.persons, bench.searched.layout
    yield build(population(layout, max(1, persons // 10), SEED), progress=bench.progress)
    yield bench.searched
    many = 4 * persons
    reason = fits(int(many * layout.width * RESIDENT_SHARE), many * layout.width * 4)
    if reason is None:
        yield build(population(layout, many, SEED), progress=bench.progress)
    else:
        found.notes.append(f"growth to {many:,} persons: not measured, {reason}")


def measure_additions(bench: OneToMany, people: Population, found: Findings) -> None:
    """Measure the slowest searches while persons are added; they stay in the table."""
    latency = measure_latency(bench, people.probes(people.strangers(_NEWCOMERS)))
    found.sections["latency"] = {**asdict(latency), "p99_ratio": latency.p99_ratio}
    found.requirements += [
        Requirement(
            what=f"p99 while adding, N = {bench.searched.persons:,}",
            against="p99 of a table at rest",
            wanted=2.0,
            measured=latency.p99_ratio,
            least=False,
            note=f"{latency.adding_p99_ms:.1f} and {latency.idle_p99_ms:.1f} ms; {latency.added_s:,.0f} persons/s",
        ),
        Requirement(
            what="longest search while adding",
            against="no stall",
            wanted=100.0,
            measured=latency.adding_worst_ms,
            unit="ms",
            least=False,
            note=f"at rest {latency.idle_worst_ms:.1f} ms",
        ),
    ]


def faster(row: Row, *, wanted: float) -> Requirement:
    """Return the requirement that a row is so many times as fast as its peer."""
    return Requirement(what=_title(row), against=row.peer or "nothing", wanted=wanted, measured=row.ratio)


def _title(row: Row) -> str:
    return f"{row.name}, N = {row.n:,}, d = {row.dim}, batch {row.batch}"


def _gated_row(one: Gated, known: Known) -> Row:
    return Row(
        name=one.name,
        exact=False,
        kernel="faiss",
        threads=1,
        n=len(known.vectors),
        dim=known.vectors.shape[1],
        batch=len(known.probes),
        ours_ms=one.query_ms,
        low_ms=one.query_ms,
        high_ms=one.query_ms,
        rounds=1,
        further={"recall": one.recall, "lost": one.lost.errors, "trials": one.lost.trials, "passes": one.passes},
    )
