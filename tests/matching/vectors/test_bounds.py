"""Limits of a scan let through every pair that reaches its threshold, however near it is and whatever the rows are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.vectors.bounds import Limits, ProbeSide, ScannedPairs
from matching.vectors.exact.kernels import inner_products
from matching.vectors.layout import Layout
from matching.vectors.quantize import Quantized, quantize
from matching.vectors.requests import Thresholds
from tests.matching.vectors.adversaries import KIND, SEED, adversary
from tests.matching.vectors.parts import layout_of

WEIGHTS = st.sampled_from([1e-3, 0.3, 1.0, 7.0, 1e3])
DIMENSIONS = st.sampled_from([1, 5, 64, 130])
BLOCKS = st.lists(st.tuples(DIMENSIONS, WEIGHTS), min_size=1, max_size=3)
PLANTED = st.sampled_from([0.0, 1e-7, -1e-7, 1e-6, -1e-6, 1e-5, -1e-5, 1e-3, -1e-3])


def row_of(layout: Layout, kinds: list[str], mask: int, rng: np.random.Generator) -> np.ndarray:
    parts = {
        block.name: adversary(kinds[number % len(kinds)], block.dimension, rng)
        for number, block in enumerate(layout.blocks)
        if mask >> number & 1
    }
    row = np.zeros(layout.width, np.float32)
    for name, part in parts.items():
        row[layout.columns(name)] = part * np.float32(np.sqrt(layout.blocks[layout.names[name]].weight))
    # Squares of numbers next to nothing vanish: such a block counts as there by its mask all the same.
    return row


def exact_score(x: np.ndarray, y: np.ndarray) -> float:
    score, one = np.empty(1, np.float32), np.zeros(1, np.int64)
    inner_products(x[np.newaxis].copy(), y[np.newaxis].copy(), one, one, score)
    return float(score[0])


class Scan:
    """One probe and one row, as a kernel sees them."""

    def __init__(self, layout: Layout, x: np.ndarray, y: np.ndarray, masks: tuple[int, int]) -> None:
        self.layout, self.masks = layout, masks
        self.side = ProbeSide.of(quantize(x[np.newaxis]), np.array([masks[0]], np.uint16))
        row: Quantized = quantize(y[np.newaxis])
        steps = row.steps.astype(np.float64)
        self.u = np.float32(1.0 / steps[0])
        self.v = np.nextafter(np.float32(row.residuals[0] / steps[0]), np.float32(np.inf))
        values = row.codes[0].astype(np.int64) - 128
        self.product = int(self.side.values[0].astype(np.int64) @ values)

    def limits(self, thresholds: Thresholds) -> Limits:
        return Limits(self.layout, self.side, thresholds, np.array([self.masks[1]], np.int64))

    def reaches(self, alpha: np.ndarray) -> bool:
        """Return whether the pair is listed, computed as the contract of kernels says."""
        limit = alpha[self.masks[1], 0] * self.u - self.side.beta()[0] * self.v
        return not np.float32(self.product) < limit

    def pairs(self) -> ScannedPairs:
        step = 1.0 / np.float64(self.u)
        return ScannedPairs(
            rows=np.zeros(1, np.int64),
            probes=np.zeros(1, np.int64),
            products=np.array([self.product], np.float64),
            steps=np.array([step]),
            residuals=np.array([self.v * step]),
            masks=np.array([self.masks[1]], np.uint16),
        )


@settings(max_examples=500)
@given(BLOCKS, st.lists(KIND, min_size=2, max_size=4), SEED, PLANTED, st.sampled_from(["other", "same", "opposite"]))
def test_no_pair_at_or_above_its_threshold_is_lost(
    blocks: list[tuple[int, float]], kinds: list[str], seed: int, planted: float, how: str
) -> None:
    rng = np.random.default_rng(seed)
    layout = layout_of(*(one[0] for one in blocks), weights=tuple(one[1] for one in blocks))
    masks = (int(rng.integers(1, layout.shares)), int(rng.integers(1, layout.shares)))
    x, y = row_of(layout, kinds, masks[0], rng), row_of(layout, kinds[::-1], masks[1], rng)
    if how != "other" and masks[0] == masks[1]:
        y = x if how == "same" else -x
    scan, score = Scan(layout, x, y, masks), exact_score(x, y)
    lower, upper = scan.limits(Thresholds.uniform(layout, 0.0)).bounds(scan.pairs())
    assert lower[0] <= score <= upper[0]
    if not masks[0] & masks[1]:
        assert not scan.reaches(scan.limits(Thresholds.uniform(layout, -np.inf)).alpha())
        return
    size = max(1.0, abs(score))
    threshold = np.float32(score - planted * size)
    alpha = scan.limits(Thresholds.uniform(layout, float(threshold))).alpha()
    assert not np.isnan(alpha).any()
    if score >= threshold:
        assert scan.reaches(alpha)
    # The k-th best so far is as good a threshold as a stated one.
    best = scan.limits(Thresholds.uniform(layout, np.inf)).alpha(np.array([min(float(threshold), score)]))
    assert scan.reaches(best)


@given(SEED, st.sampled_from([5, 64, 512]), st.sampled_from(["probe", "row"]), st.sampled_from([0.3, 0.45, 0.499]))
def test_no_pair_is_lost_when_all_that_was_lost_points_one_way(
    seed: int, dimension: int, whose: str, part: float
) -> None:
    """Then the bound of Cauchy and Schwarz is what happens, and nothing but rounding is left in between."""
    layout, rng = layout_of(dimension), np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], dimension)
    rounded = rng.integers(-126, 126, dimension) + part * signs
    rounded[0] = 127 * signs[0]
    sides = [(one / np.linalg.norm(one)).astype(np.float32) for one in (signs, rounded)]
    x, y = (np.zeros(layout.width, np.float32) for _ in range(2))
    x[:dimension], y[:dimension] = sides if whose == "row" else sides[::-1]
    scan, score = Scan(layout, x, y, (1, 1)), exact_score(x, y)
    assert scan.reaches(scan.limits(Thresholds.uniform(layout, score)).alpha())
    lower, upper = scan.limits(Thresholds.uniform(layout, 0.0)).bounds(scan.pairs())
    assert lower[0] <= score <= upper[0]
    assert upper[0] - score <= 0.2 * (upper[0] - lower[0]) + 1e-5


@settings(max_examples=200)
@given(SEED, st.sampled_from([64, 256, 512]))
def test_limits_are_hardly_wider_than_what_was_lost(seed: int, dimension: int) -> None:
    """A bound that lets everything through would pass every other test here."""
    layout, rng = layout_of(dimension), np.random.default_rng(seed)
    x, y = adversary("random", dimension, rng), adversary("random", dimension, rng)
    scan = Scan(layout, x, y, (1, 1))
    lower, upper = scan.limits(Thresholds.uniform(layout, 0.0)).bounds(scan.pairs())
    assert upper[0] - lower[0] <= 2 * (scan.side.residuals[0] + scan.v / scan.u) * 1.01 + 1e-5 < 0.08
    above = scan.limits(Thresholds.uniform(layout, float(upper[0]) + 1e-4)).alpha()
    assert not scan.reaches(above)


@given(SEED, st.floats(allow_nan=False, width=32))
def test_thresholds_off_the_scale_list_all_or_nobody(seed: int, threshold: float) -> None:
    layout, rng = layout_of(64), np.random.default_rng(seed)
    x, y = adversary("random", 64, rng), adversary("random", 64, rng)
    scan, score = Scan(layout, x, y, (1, 1)), exact_score(x, y)
    reached = scan.reaches(scan.limits(Thresholds.uniform(layout, threshold)).alpha())
    if score >= threshold:
        assert reached
    if threshold > score + 0.1:
        assert not reached
