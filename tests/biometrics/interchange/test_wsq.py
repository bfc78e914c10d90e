"""WSQ as NIST's software reads and writes it, and no damage that is more than a typed error."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import GrayPixels
from biometrics.errors import ImageFormatError
from biometrics.interchange.wsq import decode_wsq, encode_wsq
from biometrics.interchange.wsq.huffman import HuffmanTable, best_table
from biometrics.interchange.wsq.subbands import coded_bands, decompose, recompose
from tests.biometrics.interchange.pictures import REFERENCE_PICTURES, ridges

WSQ_REFERENCE = Path(__file__).parents[2] / "golden" / "wsq_reference.npz"

PICTURE = ridges()
FILE = encode_wsq(PICTURE, 500)

SMALL = encode_wsq(ridges(48, 40), 500)
HEADER = SMALL.index(b"\xff\xa3")  # where the first block begins


def noise_ratio_db(first: GrayPixels, second: GrayPixels) -> float:
    return float(10 * np.log10(255**2 / np.square(first.astype(float) - second).mean()))


@pytest.mark.parametrize("name", REFERENCE_PICTURES)
def test_what_nist_encodes_is_decoded_as_nist_does_to_one_level(name: str) -> None:
    # The specification allows a decoder to differ by one level; here one pixel in ten thousand does.
    reference = np.load(WSQ_REFERENCE)
    decoded = decode_wsq(reference[f"{name}_encoded"].tobytes())
    difference = np.abs(decoded.pixels.astype(int) - reference[f"{name}_decoded"])
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001
    assert noise_ratio_db(decoded.pixels, REFERENCE_PICTURES[name]) > 20


@pytest.mark.parametrize("name", REFERENCE_PICTURES)
def test_a_picture_is_encoded_as_well_and_as_small_as_nist_does(name: str) -> None:
    reference, picture = np.load(WSQ_REFERENCE), REFERENCE_PICTURES[name]
    data = encode_wsq(picture, 500)
    theirs = noise_ratio_db(reference[f"{name}_decoded"], picture)
    assert noise_ratio_db(decode_wsq(data).pixels, picture) == pytest.approx(theirs, abs=0.05)
    assert len(data) == pytest.approx(len(reference[f"{name}_encoded"]), rel=0.01)


@pytest.mark.parametrize(("width", "height"), [(17, 17), (18, 33), (65, 64), (64, 67), (71, 93), (129, 130), (200, 77)])
def test_every_size_comes_back(width: int, height: int) -> None:
    decoded = decode_wsq(encode_wsq(ridges(width, height))).pixels
    assert decoded.shape == (height, width)
    assert noise_ratio_db(decoded, ridges(width, height)) > 15


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_a_uniform_picture_stays_what_it_is(level: int) -> None:
    picture = np.full((80, 90), level, dtype=np.uint8)
    assert np.array_equal(decode_wsq(encode_wsq(picture)).pixels, picture)


def test_extreme_pictures_are_encoded() -> None:
    random = np.random.default_rng(1)
    for picture in (random.integers(0, 256, (99, 99)), 255 * random.integers(0, 2, (99, 99)), np.indices((99, 99))[0]):
        assert decode_wsq(encode_wsq(picture.astype(np.uint8))).pixels.shape == (99, 99)
    dot = np.zeros((99, 99), dtype=np.uint8)
    dot[50, 50] = 255
    assert decode_wsq(encode_wsq(dot)).pixels.argmax() == dot.argmax()


@pytest.mark.parametrize("shape", [(16, 80), (80, 16), (70_000, 64)])
def test_sizes_the_format_cannot_hold_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ImageFormatError, match="WSQ cannot hold"):
        encode_wsq(np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize(("ppi", "stated"), [(500, 500.0), (1000.0, 1000.0), (568.6, 569.0), (None, None)])
def test_resolution_is_stated_in_a_nist_comment(ppi: float | None, stated: float | None) -> None:
    decoded = decode_wsq(encode_wsq(PICTURE, ppi, comments=(b"first",)))
    assert decoded.ppi == stated
    assert decoded.comments[0] == b"first"
    assert decoded.comments[1].startswith(b"NIST_COM 9\nPIX_WIDTH 149\nPIX_HEIGHT 130\nPIX_DEPTH 8\nPPI ")


@pytest.mark.parametrize(
    "comment",
    [
        b"PPI 500",
        b"NIST_COM 2\nPPI",
        b"NIST_COM 2\nPPI x",
        b"NIST_COM 2\nPPI 0",
        b"NIST_COM 2\nPPI 99999",
        b"NIST_COM 2\nPPI \xb2",
        b"NIST_COM 2\nPPI " + b"9" * 5000,
        b"NIST_COM 1\n" * 5000,
    ],
)
def test_other_comments_state_no_resolution(comment: bytes) -> None:
    assert decode_wsq(encode_wsq(PICTURE, comments=(comment,))).ppi is None


@given(width=st.integers(17, 90), height=st.integers(17, 90), seed=st.integers(0, 9))
def test_decomposition_loses_nothing(width: int, height: int, seed: int) -> None:
    picture = np.random.default_rng(seed).normal(0, 50, (height, width)).astype(np.float32)
    assert np.allclose(recompose(decompose(picture)), picture, atol=0.01)


@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_subbands_tile_the_picture_but_for_the_highest_frequencies(width: int, height: int) -> None:
    covered = np.zeros((height, width), dtype=int)
    bands = coded_bands(width, height)
    for band in bands:
        covered[band.window] += 1
    assert len(bands) == 60
    assert covered.max() == 1
    assert (covered == 0).sum() == (width // 2) * (height // 2)


@given(st.lists(st.integers(0, 2**24), min_size=256, max_size=256))
def test_huffman_codes_are_short_different_and_never_all_ones(frequencies: list[int]) -> None:
    counts = np.array(frequencies, dtype=np.int64)
    table = best_table(counts)
    codes, lengths = table.codes()
    used = {(int(codes[symbol]), int(lengths[symbol])) for symbol in table.symbols}
    assert set(np.flatnonzero(counts)) <= set(table.symbols)
    assert len(used) == max(1, np.count_nonzero(counts)) == len(table.symbols)
    assert all(1 <= length <= 16 and code != 2**length - 1 for code, length in used)
    symbols, by_window = table.lookup()
    for symbol in table.symbols:
        window = int(codes[symbol]) << (16 - int(lengths[symbol]))
        assert (symbols[window], by_window[window]) == (symbol, lengths[symbol])


def test_huffman_codes_of_steep_frequencies_are_limited_to_16_bits() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 40:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    table = best_table(np.array(fibonacci + [0] * 216, dtype=np.int64))
    assert sum(table.counts) == 40
    assert table.symbols[0] == 39


@pytest.mark.parametrize("counts", [(3, *[0] * 15), (0, 5, *[0] * 14), (2, 1, *[0] * 14)])
def test_a_table_of_more_codes_than_there_are_is_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ImageFormatError, match="more codes"):
        HuffmanTable(counts=counts, symbols=bytes(range(sum(counts))))


def test_a_file_cut_anywhere_is_refused() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(ImageFormatError):
            decode_wsq(SMALL[:length])


def test_a_damaged_bit_in_the_tables_reads_or_is_refused() -> None:
    for position in range(0, HEADER + 30, 4):
        value = SMALL[position] ^ (1 << position % 8)
        decoded_or_refused(SMALL[:position] + bytes([value]) + SMALL[position + 1 :])


@given(
    damage=st.lists(st.tuples(st.integers(0, len(SMALL)), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6),
    kept=st.integers(0, len(SMALL)) | st.just(len(SMALL)),
)
def test_a_damaged_file_reads_or_is_refused(damage: list[tuple[int, bytes]], kept: int) -> None:
    data = bytearray(SMALL)
    for position, replacement in damage:
        data[position : position + len(replacement)] = replacement
    decoded_or_refused(bytes(data[:kept]))


@given(st.binary(max_size=300))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(ImageFormatError):
        decode_wsq(b"\xff\xa0" + data)


def decoded_or_refused(data: bytes) -> None:
    try:
        assert decode_wsq(data).pixels.dtype == np.uint8
    except ImageFormatError as error:
        assert error.message


def with_size(width: int, height: int) -> bytes:
    frame = FILE.index(b"\xff\xa2") + 6
    return FILE[:frame] + struct.pack(">HH", height, width) + FILE[frame + 4 :]


def with_taps() -> bytes:
    tap = FILE.index(b"\xff\xa4") + 8
    return FILE[:tap] + bytes(4) + FILE[tap + 4 :]


def without(marker: bytes) -> bytes:
    start = FILE.index(marker)
    return FILE[:start] + FILE[start + 2 + int.from_bytes(FILE[start + 2 : start + 4], "big") :]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"\x89PNG", "not a WSQ file"),
        (lambda: with_size(65_535, 65_535), "more than 25 million pixels"),
        (lambda: with_size(0, 130), "declares 0 x 130"),
        (lambda: with_size(5_000, 5_000), "truncated"),
        (lambda: with_size(100, 100), "more than its size"),
        (with_taps, "filters other than"),
        (lambda: without(b"\xff\xa4"), "lacks its frame, filters or quantisation"),
        (lambda: without(b"\xff\xa5"), "lacks its frame, filters or quantisation"),
        (lambda: without(b"\xff\xa2"), "lacks its frame, filters or quantisation"),
        (lambda: without(b"\xff\xa6"), "Huffman table 0, which is missing"),
        (lambda: FILE[:2] + b"\xff\xa8\x00\x02" * 1000 + FILE[2:], "more than 1000 segments"),
        (lambda: FILE[:-2] + b"\xff\xa3\x00\x03\x00" * 2 + FILE[-2:], "no place"),
        (lambda: FILE[:2] + b"\xff\xa7\x00\x04\x00\x01" + FILE[2:], "no place"),
        (lambda: FILE[:2] + b"\xff\xa8\x00\x01" + FILE[2:], "1 bytes long"),
        (lambda: FILE[:2] + b"\xff\xa8\xff\xff" + FILE[2:], "ends within"),
    ],
)
def test_lies_are_called_by_name(make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(ImageFormatError, match=message):
        decode_wsq(make())


def test_bytes_behind_the_end_are_ignored() -> None:
    assert np.array_equal(decode_wsq(FILE + b"rest").pixels, decode_wsq(FILE).pixels)
