"""Simulated people of a load: fingers pressed several times, as marked PNG files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from biometrics.image_writing import encode_png
from biometrics.positions import Position
from biometrics.protocols import Progress
from devices.simulated import CLEAN, PPI, PrintOrder, fingers_of, simulate_prints

POSITIONS = (Position.RIGHT_INDEX, Position.LEFT_INDEX)
"""Fingers that stations capture."""

VISITS = 3
"""How often everybody is met: enrolled, asked about, and enrolled again under another name."""

FIRST_SEED = 77_000
"""People whom no other benchmark and no training uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One meeting: a PNG file per position."""

    pictures: tuple[tuple[Position, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPerson:
    """A simulated person and their visits."""

    label: str
    visits: tuple[Visit, ...]


def simulate_people(count: int, *, threads: int, progress: Progress) -> Iterator[LoadPerson]:
    """Yield so many people, always the same ones."""
    orders = [
        PrintOrder(traits=fingers_of(FIRST_SEED + number)[position], touches=tuple(range(VISITS)), profile=CLEAN)
        for number in range(count)
        for position in POSITIONS
    ]
    delivered = simulate_prints(orders, threads=threads)
    for number in range(count):
        prints = [(position, next(delivered)[1]) for position in POSITIONS]
        visits = tuple(
            Visit(
                pictures=tuple(
                    (position, encode_png(touches[visit], PPI, simulated=True)) for position, touches in prints
                )
            )
            for visit in range(VISITS)
        )
        yield LoadPerson(label=f"SIMULATED-{number:05d}", visits=visits)
        progress(number + 1, count, "persons simulated")
