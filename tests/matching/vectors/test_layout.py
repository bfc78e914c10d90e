"""A row holds its person's blocks where they belong, weighted, and nothing that could hide it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import GalleryError, IncompatibleTemplatesError
from matching.vectors.layout import MOST_BLOCKS, MOST_WIDTH, Block, Layout

LAYOUT = Layout(blocks=(Block(name="face", dimension=100, weight=2.0), Block(name="finger", dimension=64, weight=0.5)))


def unit(dimension: int, seed: int = 1) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def test_blocks_begin_at_multiples_of_64() -> None:
    assert LAYOUT.starts == (0, 128, 192)
    assert (LAYOUT.width, LAYOUT.always, LAYOUT.shares, LAYOUT.classes) == (192, 4, 4, 8)
    assert LAYOUT.columns("face") == slice(0, 100)
    assert LAYOUT.columns("finger") == slice(128, 192)


@given(st.sets(st.sampled_from(["face", "finger"])), st.sets(st.sampled_from(["face", "finger"])))
def test_the_product_is_the_weighted_sum_of_cosines_of_shared_blocks(one: set[str], two: set[str]) -> None:
    sizes, weights = {"face": 100, "finger": 64}, {"face": 2.0, "finger": 0.5}
    a, b = {name: unit(sizes[name], 1) for name in one}, {name: unit(sizes[name], 2) for name in two}
    (row_a, mask_a), (row_b, mask_b) = LAYOUT.assemble(a), LAYOUT.assemble(b)
    expected = sum(weights[name] * float(a[name] @ b[name]) for name in one & two)
    assert float(row_a @ row_b) == pytest.approx(expected, abs=1e-6)
    assert mask_a & mask_b == sum(1 << LAYOUT.names[name] for name in one & two)


def test_norm_limits_hold_for_every_mask() -> None:
    limits = LAYOUT.norm_limits()
    assert limits[[0, 4]].tolist() == [0.0, 0.0]
    for parts in ({"face"}, {"finger"}, {"face", "finger"}):
        row, mask = LAYOUT.assemble({name: unit({"face": 100, "finger": 64}[name]) for name in parts})
        assert np.linalg.norm(row) <= limits[mask] == limits[mask | LAYOUT.always] <= 1.002 * np.linalg.norm(row)


@pytest.mark.parametrize(
    "wrong", [np.nan, np.inf, -np.inf, 2.0, 0.0], ids=["no number", "infinite", "minus infinite", "too long", "zero"]
)
def test_vectors_that_could_hide_a_person_are_refused(wrong: float) -> None:
    vector = unit(64) * np.float32(wrong) if wrong in (0.0, 2.0) else unit(64)
    if not np.isfinite(wrong):
        vector[3] = wrong
    with pytest.raises(GalleryError) as caught:
        LAYOUT.assemble({"finger": vector})
    assert caught.value.source == "finger"


def test_unknown_blocks_and_wrong_dimensions_are_refused() -> None:
    with pytest.raises(GalleryError, match="no such block"):
        LAYOUT.assemble({"iris": unit(64)})
    with pytest.raises(IncompatibleTemplatesError, match="63 numbers"):
        LAYOUT.assemble({"finger": unit(63)})
    with pytest.raises(GalleryError, match="so short"):
        light = Layout(blocks=(Block(name="finger", dimension=64, weight=1e-3),))
        light.assemble({"finger": np.full(64, 1e-45, dtype=np.float32)})


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf, 1e-9])
def test_weights_that_bytes_cannot_hold_are_refused(weight: float) -> None:
    with pytest.raises(GalleryError):
        Block(name="face", dimension=4, weight=weight)


def test_layouts_of_none_too_many_or_equal_blocks_are_refused() -> None:
    blocks = tuple(Block(name=str(number), dimension=4) for number in range(MOST_BLOCKS + 1))
    assert Layout(blocks=blocks[:-1]).classes == 4096
    for wrong in ((), blocks, (blocks[0], blocks[0])):
        with pytest.raises(GalleryError, match="layout"):
            Layout(blocks=wrong)
    assert Layout(blocks=(Block(name="wide", dimension=MOST_WIDTH),)).width == MOST_WIDTH
    with pytest.raises(GalleryError, match="too many"):
        Layout(blocks=(Block(name="wide", dimension=MOST_WIDTH + 1),))


def rows(mask: int) -> tuple[np.ndarray, np.ndarray]:
    row, stated = LAYOUT.assemble({"face": unit(100)})
    return row[np.newaxis].copy(), np.array([stated if mask < 0 else mask], dtype=np.uint16)


def test_rows_that_are_as_their_masks_say_are_taken() -> None:
    vectors, masks = rows(-1)
    LAYOUT.require(vectors, masks, source="test")
    LAYOUT.require(vectors, masks | np.uint16(LAYOUT.always), source="test")
    LAYOUT.require(0 * vectors, np.array([LAYOUT.always], dtype=np.uint16), source="test")


@pytest.mark.parametrize("mask", [0, 2, 3, 4, 8, 9, 65_535])
def test_rows_that_are_not_are_refused(mask: int) -> None:
    with pytest.raises(GalleryError) as caught:
        LAYOUT.require(*rows(mask), source="test")
    assert caught.value.source == "test"


@pytest.mark.parametrize(("column", "value"), [(0, 3.0), (5, np.nan), (7, np.inf), (130, 0.1)])
def test_rows_with_wrong_numbers_are_refused(column: int, value: float) -> None:
    vectors, masks = rows(-1)
    vectors[0, column] = value
    with pytest.raises(GalleryError):
        LAYOUT.require(vectors, masks, source="test")
    with pytest.raises(IncompatibleTemplatesError):
        LAYOUT.require(vectors[:, :-1], masks, source="test")
