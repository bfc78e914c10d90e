"""The lists that go with a population's prints, line by line: manifest, biographic data, and what was planted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from biometrics.positions import Modality, Position
from devices.simulated import PPI
from enrollment.simulation.people import SimulatedPerson, label_of, people
from enrollment.simulation.plan import PopulationPlan, planted_pairs


def captured(person: SimulatedPerson, fingers: Sequence[Position]) -> list[Position]:
    """Return which of the fingers asked for the person can give."""
    return [finger for finger in fingers if finger not in person.missing]


def print_name(person: SimulatedPerson, finger: Position) -> str:
    """Return where a print lies in the population's folder."""
    return f"prints/{person.label}/{finger.value}.png"


def manifest_lines(plan: PopulationPlan, fingers: Sequence[Position]) -> Iterator[str]:
    """Yield a manifest of all prints, its header first."""
    columns = ("person", "modality", "position", "path", "ppi", "simulated")
    yield _row(columns)
    for person in people(plan):
        for finger in captured(person, fingers):
            yield _row(
                (person.label, Modality.FINGER.value, finger.value, print_name(person, finger), f"{PPI:g}", "yes")
            )


def people_lines(plan: PopulationPlan) -> Iterator[str]:
    """Yield what each person states, as JSON; what is planted is only in the truth."""
    for person in people(plan):
        yield json.dumps(_statement(person), ensure_ascii=False) + "\n"


def truth_lines(plan: PopulationPlan) -> Iterator[str]:
    """Yield the planted pairs as CSV, its header first."""
    yield _row(("a", "b", "relation"))
    for pair in planted_pairs(plan):
        yield _row((label_of(pair.first), label_of(pair.second), pair.relation.value))


def _row(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _statement(person: SimulatedPerson) -> dict[str, Any]:
    date, place = person.birth_date, person.birth_place
    missing = [{"position": finger.value, "reason": reason.value} for finger, reason in person.missing.items()]
    return {
        "simulated": True,
        "person": person.label,
        "number": person.number,
        "given_name": person.given_name,
        "surname": person.surname,
        "sex": person.sex.value,
        "birth_date": {"value": date.value or None, "precision": date.precision.value},
        "birth_place": {"value": place.value or None, "precision": place.precision.value},
        "missing_fingers": missing,
    }
