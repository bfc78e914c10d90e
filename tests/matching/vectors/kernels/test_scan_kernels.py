"""What every scan kernel does: list exactly the pairs that the plainest arithmetic lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from matching.vectors.kernels import CodeBlock, Hits, ProbeBatch, RowBlock, ScanKernel, choose_kernel
from matching.vectors.kernels.choice import KERNELS, supports_vnni
from tests.matching.vectors.kernels.brute_force import (
    listed,
    pairs,
    products,
    random_batch,
    random_block,
    scanned,
)

RUNNABLE = [name for name in KERNELS if name != "vnni" or supports_vnni()]


@pytest.fixture(params=KERNELS)
def kernel(request: pytest.FixtureRequest) -> ScanKernel:
    if request.param not in RUNNABLE:
        pytest.skip("needs a processor with AVX512-VNNI")
    return choose_kernel(request.param)


def plain_block(codes: np.ndarray, *, u: float = 1.0, v: float = 0.0) -> RowBlock:
    rows = len(codes)
    us, vs = np.full(rows, u, np.float32), np.full(rows, v, np.float32)
    return RowBlock(codes=codes, u=us, v=vs, classes=np.zeros(rows, np.uint16))


@given(
    name=st.sampled_from(RUNNABLE),
    seed=st.integers(0, 2**32),
    rows=st.integers(0, 40),
    probes=st.integers(0, 70),
    columns=st.integers(1, 24),
)
def test_a_scan_lists_what_brute_force_lists(name: str, seed: int, rows: int, probes: int, columns: int) -> None:
    generator = np.random.default_rng(seed)
    block, batch = random_block(generator, rows, 64 * columns), random_batch(generator, probes, 64 * columns)

    assert scanned(choose_kernel(name), block, batch) == pairs(block, batch)


@pytest.mark.parametrize("width", range(64, 1_537, 64))
def test_products_of_extremes_are_exact_at_every_width(kernel: ScanKernel, width: int) -> None:
    codes = np.array([[0], [1], [128], [255], [255]], np.uint8).repeat(width, axis=1)
    codes[4, 0] = 254  # an odd sum, which 32 bits of floating point cannot hold in the widest rows
    values = np.array([[-128], [-127], [127], [1]], np.int8).repeat(width, axis=1)
    values[3, ::2] = -1
    always = np.full((1, 4), -np.inf, np.float32)
    batch = ProbeBatch(values=values, alpha=always, beta=np.zeros(4, np.float32))

    found = {(row, probe): product for row, probe, product in scanned(kernel, plain_block(codes), batch)}

    assert len(found) == 20
    assert found[0, 0] == 128 * 128 * width
    assert found[1, 1] == 127 * 127 * width
    assert found[4, 2] == 127 * 127 * width - 127
    assert found == {spot: int(product) for spot, product in np.ndenumerate(products(plain_block(codes), batch))}


@pytest.mark.parametrize("probes", [1, 2, 5, 6, 16, 17, 32, 33, 48, 64, 65, 130])
@pytest.mark.parametrize("rows", [15, 16, 17, 2_047, 2_049, 4_195])
def test_rows_and_probes_that_fill_no_tile(kernel: ScanKernel, rows: int, probes: int) -> None:
    generator = np.random.default_rng(rows * 131 + probes)
    block, batch = random_block(generator, rows, 64), random_batch(generator, probes, 64)

    assert scanned(kernel, block, batch) == pairs(block, batch)


@given(name=st.sampled_from(RUNNABLE), seed=st.integers(0, 2**32), probes=st.sampled_from([1, 5, 20, 66]))
def test_a_product_at_its_limit_is_listed_and_one_just_below_is_not(name: str, seed: int, probes: int) -> None:
    generator = np.random.default_rng(seed)
    width = 64 * int(generator.integers(1, 25))
    block = plain_block(random_block(generator, 1, width).codes)
    values, zeros = random_batch(generator, probes, width).values, np.zeros(probes, np.float32)
    limits = products(block, ProbeBatch(values=values, alpha=zeros[np.newaxis], beta=zeros)).astype(np.float32)
    at = ProbeBatch(values=values, alpha=limits, beta=zeros)
    above = ProbeBatch(values=values, alpha=np.nextafter(limits, np.float32(np.inf)), beta=zeros)

    assert len(scanned(choose_kernel(name), block, at)) == probes
    assert scanned(choose_kernel(name), block, above) == set()


def test_limits_are_rounded_after_each_operation(kernel: ScanKernel) -> None:
    generator = np.random.default_rng(8)
    # Two equal products leave a limit of 0, which a product of 0 reaches; one that is not rounded leaves its remainder.
    factors = generator.random(2_000).astype(np.float32)
    codes = np.full((2_000, 64), 128, np.uint8)
    block = RowBlock(codes=codes, u=factors, v=factors, classes=np.zeros(2_000, np.uint16))
    for probes in (2, 40):
        beta = generator.random(probes).astype(np.float32) + np.float32(1)
        batch = ProbeBatch(values=np.ones((probes, 64), np.int8), alpha=beta[np.newaxis].copy(), beta=beta)

        assert len(scanned(kernel, block, batch)) == 2_000 * probes


@pytest.mark.parametrize("probes", [1, 17, 70])
def test_a_limit_that_is_no_number_is_reached(kernel: ScanKernel, probes: int) -> None:
    generator = np.random.default_rng(9)
    block, zeros = random_block(generator, 33, 128), np.zeros(probes, np.float32)
    damaged = RowBlock(codes=block.codes, u=block.u, v=np.full(33, np.inf, np.float32), classes=block.classes * 0)
    values = random_batch(generator, probes, 128).values
    batch = ProbeBatch(values=values, alpha=np.full((1, probes), np.inf, np.float32), beta=zeros)

    assert len(scanned(kernel, damaged, batch)) == 33 * probes


@pytest.mark.parametrize("probes", [1, 3, 20, 70])
def test_more_pairs_than_room_are_counted_and_only_the_room_is_written(kernel: ScanKernel, probes: int) -> None:
    generator = np.random.default_rng(probes)
    block, batch = random_block(generator, 37, 192), random_batch(generator, probes, 192)
    expected = pairs(block, batch)
    for capacity in {0, 1, len(expected) // 2, len(expected) - 1, len(expected)}:
        whole = np.full((3, len(expected) + 9), -7, np.int32)
        rows, numbers, found = (line[:capacity] for line in whole)
        hits = Hits(rows=rows, probes=numbers, products=found)

        assert kernel.scan(block, kernel.pack(batch), hits) == len(expected)
        assert len(listed(hits, capacity)) == capacity
        assert listed(hits, capacity) <= expected
        assert (whole[:, capacity:] == -7).all()


def test_many_threads_scan_at_once(kernel: ScanKernel) -> None:
    generator = np.random.default_rng(3)
    blocks = [random_block(generator, 900, 256) for _ in range(4)]
    batches = [random_batch(generator, probes, 256) for probes in (1, 4, 33, 70)]
    packed = [kernel.pack(batch) for batch in batches]
    work = [(block, number) for block in blocks for number in range(len(batches))] * 4

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: scanned(kernel, one[0], batches[one[1]], packed[one[1]]), work))

    assert found == [pairs(block, batches[number]) for block, number in work]


@pytest.mark.parametrize("probes", [2, 20])
def test_rows_are_scanned_where_they_lie(kernel: ScanKernel, probes: int) -> None:
    generator = np.random.default_rng(4)
    block, batch = random_block(generator, 300, 320), random_batch(generator, probes, 320)
    chunk = CodeBlock(320, 400)
    chunk.append(block.codes)
    there = RowBlock(codes=chunk.view(), u=block.u, v=block.v, classes=block.classes)
    for array in (there.u, there.v, there.classes, batch.values, batch.alpha, batch.beta):
        array.flags.writeable = False

    assert scanned(kernel, there, batch) == pairs(block, batch)
    assert scanned(kernel, there.part(37, 291), batch) == pairs(block.part(37, 291), batch)


def test_probes_are_packed_once_for_any_number_of_scans(kernel: ScanKernel) -> None:
    generator = np.random.default_rng(5)
    batch = random_batch(generator, 18, 64)
    packed = kernel.pack(batch)
    for rows in (1, 50, 7):
        block = random_block(generator, rows, 64)
        assert scanned(kernel, block, batch, packed) == pairs(block, batch)


def test_what_would_read_memory_that_is_not_there_is_refused(kernel: ScanKernel) -> None:
    generator = np.random.default_rng(6)
    block, batch = random_block(generator, 20, 128), random_batch(generator, 4, 128)
    hits = Hits.room(80)
    with pytest.raises(GalleryError, match="128 codes cannot be compared with 64"):
        kernel.scan(block, kernel.pack(random_batch(generator, 4, 64)), hits)
    fewer = ProbeBatch(values=batch.values, alpha=batch.alpha[:2].copy(), beta=batch.beta)
    with pytest.raises(GalleryError, match="not among the 2 with limits"):
        kernel.scan(block, kernel.pack(fewer), hits)


@pytest.mark.skipif(len(RUNNABLE) < 2, reason="needs two kernels, so a processor with AVX512-VNNI")
def test_probes_packed_for_another_kernel_are_refused() -> None:
    generator = np.random.default_rng(7)
    block, batch = random_block(generator, 20, 64), random_batch(generator, 4, 64)
    for mine, other in (RUNNABLE, RUNNABLE[::-1]):
        with pytest.raises(GalleryError, match="packed for another kernel"):
            choose_kernel(mine).scan(block, choose_kernel(other).pack(batch), Hits.room(80))
