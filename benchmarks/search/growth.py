"""Whether the cost of a query grows as the population does: per person it must stay the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.search.contest import hold
from benchmarks.search.galleries import Searched
from benchmarks.search.limits import STRICT_RATE
from benchmarks.search.one_to_many import OneToMany
from benchmarks.search.people import Queries
from benchmarks.search.rows import Row
from benchmarks.search.truth import Limits
from benchmarks.timing import Call


def growth_rows(sizes: Sequence[Searched], bench: OneToMany, batch: int) -> tuple[Row, ...]:
    """Time the same queries in turns on populations of several sizes, and return a row for each.

    A row's ratio says how its cost per person compares with that of the first: 1 is linear.
    """
    queries, limits = bench.queries.first(batch), bench.limits(STRICT_RATE)
    calls: Mapping[str, Call] = {str(one.persons): _asking(one, queries, limits) for one in sizes}
    contest = hold(calls, what=f"growth, {batch} at once", progress=bench.progress)
    rows = []
    for one in sizes:
        ours = contest.times[str(one.persons)].processor_ms(batch)
        per_person = contest.ratio(str(one.persons), str(sizes[0].persons)).value * sizes[0].persons / one.persons
        row = Row(
            name="growth",
            exact=True,
            kernel=bench.kernel,
            threads=1,
            n=one.persons,
            dim=one.layout.width,
            batch=batch,
            ours_ms=ours.value,
            low_ms=ours.low,
            high_ms=ours.high,
            rounds=ours.counts["rounds"],
            ratio=per_person,
        )
        rows.append(replace(row, further={"ns_a_person": 1e6 * ours.value / one.persons}))
    return tuple(rows)


def worst_deviation(rows: Sequence[Row]) -> float:
    """Return by what share the costs per person differ most between two sizes; 0.1 is ten per cent."""
    costs = [row.ours_ms / row.n for row in rows]
    return max(costs) / min(costs) - 1.0


def _asking(searched: Searched, queries: Queries, limits: Limits) -> Call:
    return lambda: searched.ask(queries, limits)
