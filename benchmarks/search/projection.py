"""How long the deduplication of a country takes, from what was measured of a smaller population."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from benchmarks.figures import plain
from benchmarks.search.findings import Findings
from benchmarks.search.person_join import PersonJoin
from benchmarks.search.person_rate import PersonCost

COUNTRIES = (1_000_000, 10_000_000)

_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Hours of one core for everybody against everybody.

    Parameters
    ----------
    persons
        In the gallery.
    vector_h, minutia_h
        For the join of vectors, and to compare those that it lists.
    """

    persons: int
    vector_h: float
    minutia_h: float

    @property
    def hours(self) -> float:
        """Both together."""
        return self.vector_h + self.minutia_h


def project(joined: PersonJoin, person_us: float, persons: int) -> Projection:
    """Return what a gallery of another size takes.

    A pair of vectors costs the same however many there are, and the product lists as many strangers for a person in a
    large gallery as in a small one, as its thresholds follow the size.

    Parameters
    ----------
    person_us
        Microseconds to compare two persons by minutiae.
    """
    pairs = persons * (persons - 1) / 2
    listed = persons * joined.strangers / 2
    return Projection(
        persons=persons,
        vector_h=pairs / joined.pairs_s / _HOUR_S,
        minutia_h=listed * person_us * 1e-6 / _HOUR_S,
    )


def add_projections(joined: PersonJoin, cost: PersonCost, found: Findings) -> None:
    """Add what was measured of persons, and what follows for countries; everybody is taken to have ten fingers."""
    compared = ", ".join(f"{fingers} fingers {figure}" for fingers, figure in cost.compare_us.items())
    slowest = cost.compare_us[max(cost.compare_us)].value
    projections = [project(joined, slowest, persons) for persons in COUNTRIES]
    found.sections["persons"] = {
        **asdict(joined),
        "pairs_s": joined.pairs_s,
        "strangers_listed": joined.strangers,
        "compare_us": {str(fingers): figure.value for fingers, figure in cost.compare_us.items()},
        "memory_bytes": cost.memory_bytes,
        "feature_bytes": cost.feature_bytes,
    }
    found.sections["projections"] = [{**asdict(one), "hours": one.hours} for one in projections]
    found.notes += [
        f"persons, {joined.width} columns: {joined.left:,} against {joined.persons:,}, {plain(joined.pairs_s)} pairs/s "
        f"of one core, {joined.strangers:.2f} strangers listed a person, "
        f"{joined.found:,} of {joined.planted:,} planted pairs listed",
        f"minutiae: {compared} a person; {cost.memory_bytes:,.0f} bytes of memory a person beside the vector",
        *(
            f"everybody of {one.persons:,} against everybody: {one.hours:.2f} h of one core "
            f"({one.vector_h:.2f} vectors, {one.minutia_h:.2f} minutiae)"
            for one in projections
        ),
    ]
