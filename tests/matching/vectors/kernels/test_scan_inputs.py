"""Rows, probes and room for hits are checked before compiled code sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from biometrics.errors import GalleryError
from matching.vectors.kernels import ProbeBatch, RowBlock
from tests.matching.vectors.kernels.brute_force import random_batch, random_block

GENERATOR = np.random.default_rng(1)


def rows(**changed: Any) -> RowBlock:
    block = random_block(GENERATOR, 6, 128)
    fields: dict[str, Any] = {"codes": block.codes, "u": block.u, "v": block.v, "classes": block.classes}
    return RowBlock(**(fields | changed))


def probes(**changed: Any) -> ProbeBatch:
    batch = random_batch(GENERATOR, 3, 128)
    fields: dict[str, Any] = {"values": batch.values, "alpha": batch.alpha, "beta": batch.beta}
    return ProbeBatch(**(fields | changed))


@pytest.mark.parametrize(
    "codes",
    [np.zeros((6, 100), np.uint8), np.zeros((6, 0), np.uint8), np.zeros((6, 256), np.uint8)[:, ::2]],
    ids=["no multiple of 64", "no columns", "not one after another"],
)
def test_codes_of_another_layout_are_refused(codes: np.ndarray) -> None:
    with pytest.raises(GalleryError):
        rows(codes=codes)


def test_a_part_of_rows_is_a_block() -> None:
    block = rows()
    part = block.part(2, 5)
    assert (len(part), part.width) == (3, 128)
    assert np.array_equal(part.codes, block.codes[2:5])


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_probe_without_a_limit_is_refused(number: float) -> None:
    with pytest.raises(GalleryError, match="no number"):
        probes(beta=np.array([1, number, 1], np.float32))


def test_alpha_may_be_infinite_but_not_nothing() -> None:
    assert len(probes(alpha=np.array([[np.inf, -np.inf, 0]], np.float32))) == 3
    with pytest.raises(GalleryError, match="no number"):
        probes(alpha=np.array([[np.inf, np.nan, 0]], np.float32))
