"""Extraction on real prints: FVC2002 set B and the ISO templates of a commercial extractor beside it."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import ResolutionError
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import MinutiaSet
from models.finger.extractor import FingerExtractor
from models.finger.resolution import check_resolution
from models.finger.ridges import RidgeMap, measure_ridges
from tests.shared_data import DATA, needs_fingerprints

pytestmark = [pytest.mark.data, needs_fingerprints]

PRINTS = DATA / "fingerprints"
TRUE_PPI = {"fvc2002_DB1_B": 500.0, "fvc2002_DB2_B": 569.0, "fvc2002_DB3_B": 500.0, "fvc2002_DB4_B": 500.0}
Column = NDArray[np.float64] | NDArray[np.int64]

EVERY = 1 if os.environ.get("KURA_TEST_THOROUGH") else 8


def _extract(extractor: FingerExtractor, path: Path, ppi: float) -> MinutiaSet:
    sample = BiometricSample(position=Position.UNKNOWN, pixels=read_image(path).pixels, ppi=ppi, captured_at=now_utc())
    extraction = extractor.extract(sample)
    assert extraction.template is not None, path.stem
    assert not extraction.template.simulated
    assert extraction.quality.value > 20, path.stem
    return extraction.template.minutiae


@pytest.fixture(scope="module")
def measured() -> dict[str, list[RidgeMap]]:
    """Ridges as captured, by database."""
    sampled = {name: sorted((PRINTS / name).glob("*.png"))[::EVERY] for name in TRUE_PPI}
    return {name: [measure_ridges(read_image(path).pixels) for path in paths] for name, paths in sampled.items()}


@pytest.mark.parametrize("name", TRUE_PPI)
def test_no_true_resolution_is_refused(name: str, measured: dict[str, list[RidgeMap]]) -> None:
    assert measured[name]
    for ridges in measured[name]:
        check_resolution(ridges, TRUE_PPI[name])


@pytest.mark.parametrize("name", TRUE_PPI)
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_wrong_resolutions_are_refused(name: str, factor: float, measured: dict[str, list[RidgeMap]]) -> None:
    refused = 0
    for ridges in measured[name]:
        try:
            check_resolution(ridges, TRUE_PPI[name] * factor)
        except ResolutionError:
            refused += 1
    # At half the true value the finest ridges, at twice the widest, still pass for another finger's.
    assert refused >= 0.9 * len(measured[name])


@pytest.mark.parametrize("name", TRUE_PPI)
def test_real_prints_give_templates(name: str, finger_extractor: FingerExtractor) -> None:
    counts = [
        len(_extract(finger_extractor, path, TRUE_PPI[name])) for path in sorted((PRINTS / name).glob("*_1.png"))[::4]
    ]
    assert 15 <= np.median(counts) <= 80


@pytest.mark.parametrize("name", ["101_1", "102_1", "103_1"])
def test_minutiae_agree_with_a_commercial_extractor_s_iso_template(
    name: str, finger_extractor: FingerExtractor
) -> None:
    x, y, angle, kind = _iso_minutiae(PRINTS / "iso19794-2" / f"{name}.iso")
    found = _extract(finger_extractor, PRINTS / "fvc2002_DB1_B" / f"{name}.png", 500.0)
    # That extractor was given the prints stretched to 300 x 400 pixels.
    across, down = 300 / found.width, 400 / found.height
    distance = np.hypot(found.x[:, np.newaxis] * across - x, found.y[:, np.newaxis] * down - y)
    nearest, near = distance.argmin(axis=0), distance.min(axis=0) < 6
    stretched = np.arctan2(down * np.sin(found.angle), across * np.cos(found.angle))[nearest][near]
    turns = np.exp(1j * (stretched - angle[near]))
    assert near.mean() > 0.8
    assert abs(np.degrees(np.angle(turns.mean()))) < 4
    assert abs(turns.mean()) > 0.98
    assert (found.kind[nearest][near] == kind[near]).mean() > 0.7


def _iso_minutiae(path: Path) -> tuple[Column, Column, Column, Column]:
    """Return x, y in pixels, angles in radians and types of an ISO/IEC 19794-2:2005 record with one view."""
    record = path.read_bytes()
    count = record[27]  # after the record header (24 bytes): position, view and impression, quality, count
    fields = np.array([*struct.iter_unpack(">HHBB", record[28 : 28 + 6 * count])], dtype=np.int64)
    x, y, kind = fields[:, 0] & 0x3FFF, fields[:, 1] & 0x3FFF, fields[:, 0] >> 14
    return x.astype(np.float64), y.astype(np.float64), fields[:, 2] * np.float64(2 * np.pi / 256), kind
