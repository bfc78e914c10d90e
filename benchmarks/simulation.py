"""A data set of simulated prints made to order, after the protocol of FVC2002, and how fast the simulator is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.datasets import DataSet, SampleFile
from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, measured, median_figure, single_threaded
from biometrics.errors import ConfigurationError
from biometrics.image_writing import write_png
from biometrics.places import cache_folder
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from devices.simulated import PPI, PrintOrder, Profile, fingers_of, simulate_prints

NAME = "simulated"
"""Of the data set."""

POSITIONS = (Position.RIGHT_INDEX, Position.LEFT_INDEX, Position.RIGHT_MIDDLE, Position.LEFT_MIDDLE)
"""Which fingers FVC2002 took of its volunteers (Maio et al., "FVC2002: Second Fingerprint Verification Competition",
ICPR 2002); here each is another person's."""

LEAST = 2
"""Fingers, and impressions of each: fewer make no pair to compare."""

MOST_FINGERS = 1_000_000
"""Persons of one seed; those of the next are others."""

MOST_IMPRESSIONS = 1_000
"""Of a finger; its pictures are made at once and held together."""

_TIMED_ROUNDS = 9
_SPANS = 8
"""Stretches of the whole work whose speeds are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to simulate.

    Parameters
    ----------
    fingers
        Each of another person.
    impressions
        Of each finger.
    seed
        Other seeds show other people.
    profile
        How fingers are pressed.

    Raises
    ------
    ConfigurationError
        When there would be no pair of fingers or of impressions to compare, or too many of either.
    """

    fingers: int
    impressions: int
    seed: int
    profile: Profile

    def __post_init__(self) -> None:
        if not (LEAST <= self.fingers <= MOST_FINGERS and LEAST <= self.impressions <= MOST_IMPRESSIONS):
            raise ConfigurationError(
                f"these cannot be compared: fingers {self.fingers}, impressions of each {self.impressions}",
                remedy=f"simulate {LEAST} to {MOST_FINGERS:,} fingers, {LEAST} to {MOST_IMPRESSIONS:,} impressions",
            )

    def orders(self) -> Iterator[PrintOrder]:
        """Yield what the simulator is asked for, finger by finger."""
        touches = tuple(range(1, self.impressions + 1))
        for finger in range(self.fingers):
            traits = fingers_of(self.seed * MOST_FINGERS + finger)[POSITIONS[finger % len(POSITIONS)]]
            yield PrintOrder(traits=traits, touches=touches, profile=self.profile)


def prints_folder(wanted: Wanted, out: Path | None) -> Path:
    """Return where simulated prints lie: with the results, or in the cache; each kind in a folder of its own."""
    folder = cache_folder() / "bench" if out is None else out
    return folder / f"{NAME}_{wanted.profile.name}_{wanted.seed}"


def simulate_set(wanted: Wanted, folder: Path, progress: Progress = no_progress) -> tuple[DataSet, dict[str, Figure]]:
    """Simulate on all cores, write the prints as `<finger>_<impression>.png`, and return them with the speed.

    Raises
    ------
    StorageError
        When a print cannot be written.
    """
    samples: list[SampleFile] = []
    delivered_at = [time.perf_counter()]
    cores = len(os.sched_getaffinity(0))
    for finger, (order, pictures) in enumerate(simulate_prints(wanted.orders(), threads=cores), start=1):
        progress(finger - 1, wanted.fingers, "simulating")
        for touch, pixels in zip(order.touches, pictures, strict=True):
            path = folder / f"{finger}_{touch}.png"
            write_png(path, pixels, ppi=PPI, simulated=True)
            samples.append(SampleFile(name=path.name, path=path, subject=str(finger), ppi=PPI))
        delivered_at.append(time.perf_counter())
    progress(wanted.fingers, wanted.fingers, "simulating")
    return DataSet(name=NAME, samples=tuple(samples)), _all_cores(delivered_at, wanted.impressions, cores)


def time_simulator(wanted: Wanted) -> dict[str, Figure]:
    """Return the median seconds to grow a master and press it twice, on one thread."""
    timed = replace(wanted, fingers=_TIMED_ROUNDS + 1, impressions=2, seed=wanted.seed + 1)  # nobody grown before
    calls = [partial(_simulate_alone, order) for order in timed.orders()]
    with single_threaded():
        calls[0]()  # warm-up: compiles or loads what is compiled
        taken = measured(calls[1:], unit="s", per_unit_s=1.0)
    return {f"{NAME}/1 master and 2 impressions, one thread": taken}


def _simulate_alone(order: PrintOrder) -> None:
    for _ in simulate_prints((order,), threads=1):
        pass


def _all_cores(delivered_at: list[float], impressions: int, cores: int) -> dict[str, Figure]:
    """Return the median speed over stretches of the work; nothing where there are too few fingers to tell."""
    marks = np.unique(np.linspace(0, len(delivered_at) - 1, _SPANS + 1).astype(int))
    if len(marks) <= LEAST_ROUNDS:
        return {}
    prints = np.diff(marks) * impressions
    speeds = prints / np.diff(np.array(delivered_at)[marks])
    return {f"{NAME}/prints written, {cores} threads": median_figure(speeds.tolist(), unit="1/s")}
