"""Bytes are as far from their row as they say, never farther."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from matching.vectors.quantize import Quantized, quantize
from tests.matching.vectors.adversaries import KIND, SEED, adversary


def exact_squares(row: np.ndarray, codes: Quantized) -> tuple[Fraction, Fraction]:
    """Return the squared lengths of what is lost and of what is left, without any rounding."""
    step = Fraction(float(codes.steps[0]))
    values = [int(code) - 128 for code in codes.codes[0]]
    lost = sum(((Fraction(float(x)) - step * value) ** 2 for x, value in zip(row, values, strict=True)), Fraction(0))
    return lost, step**2 * sum(value**2 for value in values)


@settings(max_examples=150)
@given(KIND, st.sampled_from([1, 2, 63, 64, 200]), SEED)
def test_lengths_are_measured_and_rounded_up(kind: str, width: int, seed: int) -> None:
    row = adversary(kind, width, np.random.default_rng(seed))
    codes = quantize(row[np.newaxis])
    lost, left = exact_squares(row, codes)
    residual, norm = Fraction(float(codes.residuals[0])), Fraction(float(codes.norms[0]))
    assert residual**2 >= lost
    assert norm**2 >= left
    # And hardly longer than they need be: within a millionth, but for numbers next to nothing.
    assert float(residual) <= np.sqrt(float(lost)) * (1 + 1e-6) + 1e-36
    assert float(norm) <= np.sqrt(float(left)) * (1 + 1e-6) + 1e-36


@given(KIND, SEED)
def test_a_row_is_what_its_codes_say_to_half_a_step(kind: str, seed: int) -> None:
    row = adversary(kind, 128, np.random.default_rng(seed))
    codes = quantize(row[np.newaxis])
    assert codes.codes.min() >= 1
    step = float(codes.steps[0])
    assert 0 < step <= max(1e-12, float(np.abs(row).max()) / 127) * (1 + 1e-6)
    values = codes.codes[0].astype(np.float64) - 128
    assert np.abs(row - step * values).max() <= step * 0.501


def test_rows_do_not_depend_on_those_beside_them() -> None:
    rng = np.random.default_rng(1)
    rows = np.stack([adversary(kind, 64, rng) for kind in ("random", "sparse", "short", "all equal")])
    together = quantize(rows)
    for number, row in enumerate(rows):
        alone = quantize(row[np.newaxis])
        assert alone.codes[0].tolist() == together.codes[number].tolist()
        assert alone.residuals[0] == together.residuals[number]
    assert quantize(rows[:0]).codes.shape == (0, 64)
    assert quantize(np.asfortranarray(rows)).codes.tolist() == together.codes.tolist()


def test_nothing_stays_nothing() -> None:
    codes = quantize(np.zeros((1, 64), np.float32))
    assert set(codes.codes[0].tolist()) == {128}
    assert 0 <= codes.residuals[0] <= 1e-36


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(wrong: float) -> None:
    rows = np.zeros((3, 64), np.float32)
    rows[1, 7] = wrong
    with pytest.raises(GalleryError):
        quantize(rows)
