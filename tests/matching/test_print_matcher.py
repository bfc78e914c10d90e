"""The gallery with the minutia comparison it ships with, on simulated prints."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biometrics.positions import Modality, Position
from biometrics.templates import MinutiaSet, Template
from matching import minutiae
from matching.calibration import Calibration, fit_calibration
from matching.gallery import Gallery
from matching.policy import DEFAULT_POLICY, Finding, decide
from matching.print_matcher import PrintMatcher
from tests.matching.parts import CALIBRATIONS, FINGER_FORMAT, QUALITY, ToySource, probe

COUNT = 36


def simulated_print(seed: int, *, jitter_px: float = 0.0, turn_rad: float = 0.0) -> Template:
    """Return minutiae thrown at random; the same seed is the same finger, moved and turned a little."""
    drawn, noise = np.random.default_rng(seed), np.random.default_rng(seed + 10_000)
    place = drawn.uniform(-110, 110, (COUNT, 2)) + noise.normal(0, 1, (COUNT, 2)) * jitter_px
    angle = drawn.uniform(0, 2 * np.pi, COUNT) + turn_rad
    cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
    # Angles count counter-clockwise with y up, coordinates have y down.
    x = 200 + place[:, 0] * cosine + place[:, 1] * sine
    y = 200 - place[:, 0] * sine + place[:, 1] * cosine
    body = MinutiaSet(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        angle=(angle % (2 * np.pi)).astype(np.float32) % np.float32(2 * np.pi),
        kind=drawn.integers(1, 3, COUNT).astype(np.uint8),
        quality=np.full(COUNT, 80, dtype=np.uint8),
        width=400,
        height=400,
    )
    return Template(format=FINGER_FORMAT, position=Position.RIGHT_INDEX, body=body, quality=QUALITY)


def calibration() -> Calibration:
    prepared = [minutiae.prepare(simulated_print(seed).minutiae) for seed in range(100, 150)]
    scores = [minutiae.compare(one, other) for one in prepared for other in prepared if one is not other]
    return fit_calibration(
        np.array(scores, dtype=np.float32), scale=minutiae.SCALE, population="simulated", origin="random", subjects=50
    )


def test_a_store_scores_every_row_as_the_comparison_of_two_does() -> None:
    matcher = PrintMatcher()
    store = matcher.new_store(FINGER_FORMAT)
    prints = [matcher.prepare(simulated_print(seed)) for seed in range(6)]
    assert [store.append(one) for one in prints] == list(range(6)) and len(store) == 6
    query = matcher.prepare(simulated_print(4, jitter_px=1.0, turn_rad=0.2))
    rows = np.array([5, 4, 0])
    expected = [minutiae.compare(query, prints[row]) for row in rows]
    assert store.compare(query, rows).tolist() == pytest.approx(expected)
    assert np.argmax(expected) == 1
    other = matcher.new_store(FINGER_FORMAT)
    other.extend(store.export(np.array([1, 4, 5])))
    assert len(other) == 3
    assert other.compare(query, np.array([2, 1])).tolist() == pytest.approx(expected[:2])
    assert other.feature(1).record.tolist() == prints[4].record.tolist()


def test_moved_and_turned_prints_are_found_and_strangers_are_not() -> None:
    source = ToySource()
    for seed in range(12):
        source.add(f"p{seed}", simulated_print(seed))
    gallery = Gallery(calibrations={**CALIBRATIONS, Modality.FINGER: calibration()})
    gallery.follow(source)
    for seed in range(12):
        whole = probe(simulated_print(seed, jitter_px=1.5, turn_rad=0.3))
        found = gallery.search(whole)
        mated = decide(found, DEFAULT_POLICY)
        assert (mated.finding, mated.candidates[0].subject_id) == (Finding.DUPLICATE, f"p{seed}")
        strangers = dataclasses.replace(found, candidates=found.candidates[1:])
        assert len(strangers.candidates) == 11
        assert decide(strangers, DEFAULT_POLICY).finding is Finding.UNIQUE
